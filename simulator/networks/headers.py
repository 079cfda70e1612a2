"""LinkedIn and Tumblr: what a browser sends, the whole Cookie header among it."""

from simulator.login_steps import (
    Attempt,
    Flow,
    Identity,
    LoginFlow,
    cookie,
    cookie_field,
    cookies,
    request_header,
    special,
)

from .exchanges import USER_AGENT, ask_cookies

_LINKEDIN_SITE = "https://www.linkedin.com"
_TUMBLR_SITE = r"^https://www\.tumblr\.com/.*"
_TUMBLR_API = r"^https://www\.tumblr\.com/api/.*"
_TUMBLR_SPECIAL = "com.ifixrobots.tumblr_dms"
_TUMBLR_COOKIES = ("pfu", "sid", "logged_in", "tmgioct")
_TUMBLR_JS = """
new Promise(resolve => {
\tconst found = document.cookie
\tresolve(found ? { cookie_header: found } : null)
})
"""


def _linkedin(attempt: Attempt) -> Flow:
    """Bring three headers, which only requests to the API of the site have together."""
    ids = "fi.mau.linkedin.login"
    yield from ask_cookies(
        cookies(
            f"{ids}.enter_cookies",
            "Enter a JSON object with your cookies, or a cURL command copied from"
            " browser devtools.",
            "https://linkedin.com/login",
            [
                cookie_field(
                    f"{ids}.cookie_header",
                    request_header("Cookie", _LINKEDIN_SITE),
                    pattern=r"\bJSESSIONID=[^;]+",
                ),
                cookie_field(
                    f"{ids}.x_li_track",
                    request_header("X-LI-Track", _LINKEDIN_SITE),
                    pattern="clientVersion",
                ),
                cookie_field(
                    f"{ids}.x_li_page_instance",
                    request_header("X-LI-Page-Instance", _LINKEDIN_SITE),
                    pattern="urn:li:page",
                ),
            ],
            right={
                f"{ids}.cookie_header": (
                    f"li_at={attempt.base64url(60)};"
                    f' JSESSIONID="ajax:{attempt.digits(19)}"; lang=v=2&lang=en-us'
                ),
                f"{ids}.x_li_track": (
                    '{"clientVersion":"1.13.38","mpName":"voyager-web"}'
                ),
                f"{ids}.x_li_page_instance": (
                    f"urn:li:page:messaging_thread;{attempt.base64(16)}"
                ),
            },
            userAgent=USER_AGENT,
        )
    )
    return Identity(f"ACoAA{attempt.base64url(25)}")


def _tumblr(attempt: Attempt) -> Flow:
    """Bring the Cookie header; all else helps, but is not needed."""
    yield from ask_cookies(
        cookies(
            f"{_TUMBLR_SPECIAL}.login.cookies",
            "Sign in to Tumblr, then open Messages.",
            "https://www.tumblr.com/messages",
            [
                cookie_field(
                    "cookie_header",
                    request_header("Cookie", _TUMBLR_SITE),
                    special(f"{_TUMBLR_SPECIAL}.cookie_header"),
                ),
                *(
                    cookie_field(name, cookie(name), required=False)
                    for name in _TUMBLR_COOKIES
                ),
                cookie_field(
                    "api_token",
                    request_header("Authorization", _TUMBLR_API),
                    special(f"{_TUMBLR_SPECIAL}.api_token"),
                    required=False,
                ),
                cookie_field(
                    "csrf_token",
                    request_header("X-CSRF", _TUMBLR_API),
                    request_header("X-CSRF-Token", _TUMBLR_API),
                    special(f"{_TUMBLR_SPECIAL}.csrf_token"),
                    required=False,
                ),
                cookie_field(
                    "api_version",
                    request_header("X-Version", _TUMBLR_API),
                    required=False,
                ),
            ],
            right={"cookie_header": f"sid={attempt.base64url(40)}; logged_in=1"},
            expectedFinalURLRegex=(
                r"^https://www\.tumblr\.com/"
                r"(?:messages|messaging|dashboard|blog/[^/?#]+/messages)(?:[/?#].*)?$"
            ),
            extractJS=_TUMBLR_JS,
            userAgent=USER_AGENT,
        )
    )
    return Identity(f"t:{attempt.base64url(16)}", {"username": "alice-example"})


LINKEDIN = (LoginFlow("cookies", "Cookies", "Sign in in the browser", _linkedin),)
TUMBLR = (LoginFlow("cookies", "Browser sign-in", "Sign in in the browser", _tumblr),)
