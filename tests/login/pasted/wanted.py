"""What networks ask for, in both shapes that Beeper has for it."""

from custom_components.beeper.api import LoginField


def cookie(
    name: str, domain: str | None = None, pattern: str | None = None
) -> LoginField:
    """Return a field that is a cookie, and tells of which domain."""
    source: dict[str, object] = {"type": "cookie", "name": name}
    if domain:
        source["cookieDomain"] = domain
    return LoginField(name, pattern=pattern, sources=[source])


def header(name: str, url: str | None = None, pattern: str | None = None) -> LoginField:
    """Return a field that is a request header, and tells of which requests."""
    source: dict[str, object] = {"type": "request_header", "name": name}
    if url:
        source["requestURLRegex"] = url
    return LoginField(name, pattern=pattern, sources=[source])


def body(name: str, url: str | None = None, pattern: str | None = None) -> LoginField:
    """Return a field that is in the body of a request, and tells of which requests."""
    source: dict[str, object] = {"type": "request_body", "name": name}
    if url:
        source["requestURLRegex"] = url
    return LoginField(name, pattern=pattern, sources=[source])


GOOGLE = [LoginField(name, type="cookie", name=name) for name in ("SID", "HSID")]

DISCORD = [LoginField("token", type="local_storage", name="token")]

SLACK_PUBLISHED = [
    LoginField("auth_token", type="header", name="Authorization"),
    LoginField("cookie_token", type="cookie", name="d"),
]

SLACK = [
    LoginField(
        "auth_token",
        pattern="^xoxc-.+$",
        sources=[
            {"type": "special", "name": "fi.mau.slack.auth_token"},
            {
                "type": "request_body",
                "name": "token",
                "requestURLRegex": r"^https://.+?\.slack\.com/api/(client|users)\..+$",
            },
        ],
    ),
    LoginField(
        "cookie_token",
        pattern="^xoxd-[a-zA-Z0-9/+=]+$",
        sources=[{"type": "cookie", "name": "d", "cookieDomain": "slack.com"}],
    ),
]

LINKEDIN_URL = "https://www.linkedin.com"
LINKEDIN = [
    header("Cookie", LINKEDIN_URL, pattern=r"\bJSESSIONID=[^;]+"),
    header("X-LI-Track", LINKEDIN_URL, pattern="clientVersion"),
    header("X-LI-Page-Instance", LINKEDIN_URL, pattern="urn:li:page"),
]

TUMBLR = [
    LoginField(
        "cookie_header",
        sources=[
            {
                "type": "request_header",
                "name": "Cookie",
                "requestURLRegex": r"^https://www\.tumblr\.com/.*",
            },
            {"type": "special", "name": "com.example.cookie_header"},
        ],
    )
]
TUMBLR_PUBLISHED = [LoginField("cookie_header", type="header", name="Cookie")]
