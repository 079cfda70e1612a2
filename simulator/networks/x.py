"""X: cookies, or X's own sign-in; both end with the PIN of encrypted messages.

The native sign-in asks for browser tokens again and again, each time under the same
step ID: that is no complaint. A complaint repeats the step that it is about.
"""

from collections.abc import Generator, Iterator

from simulator.login_steps import (
    Answer,
    Attempt,
    Exchange,
    Flow,
    Identity,
    LoginFlow,
    Step,
    complaining,
    cookie,
    cookie_field,
    cookies,
    input_field,
    local_storage,
    request_header,
    special,
    user_input,
)
from simulator.scenario import Json

from .exchanges import USER_AGENT, ask, ask_cookies

_TOKENS = 8
"""So many tokens the script may bring at once; one is needed."""
_TOKEN_PATTERN = r"^[\s\S]{128,}$"
_HEADER_PATTERN = r"^[^\r\n]{1,1024}$"
_COOKIES = (
    "__cf_bm",
    "__cuid",
    "gt",
    "guest_id",
    "guest_id_ads",
    "guest_id_marketing",
    "personalization_id",
)
_TOKEN_JS = """
new Promise(resolve => {
\tconst castle = window.castle?.createRequestToken
\tresolve(castle ? { castle_token: castle() } : {})
})
"""
_METHODS = ["Use your authenticator app", "Use your security key"]


def _cookies(attempt: Attempt) -> Flow:
    """Bring the cookies of a browser session, and type the PIN."""
    yield from ask_cookies(
        cookies(
            "fi.mau.twitter.login.enter_cookies",
            "Open the Login URL in an Incognito/Private browsing mode. Then, extract the"
            " cookies as a JSON object/cURL command.\n\nFor example:"
            ' `{"ct0":"123466-...","auth_token":"abcde-..."}`',
            "https://x.com/i/flow/login",
            [cookie_field(name, cookie(name)) for name in ("ct0", "auth_token")],
            right={name: attempt.base64url(30) for name in ("ct0", "auth_token")},
        )
    )
    yield from _ask_pin(attempt)
    return Identity(attempt.digits(18))


def _password(attempt: Attempt) -> Flow:
    """Sign in with a password, browser tokens, a second factor and the PIN."""
    text = "Enter your X username, email, or phone number and password."
    step = user_input(
        "fi.mau.twitter.login.enter_credentials",
        text,
        input_field(
            "identifier",
            "Username, email, or phone",
            "username",
            "The identifier you use to sign in to X.",
        ),
        input_field("password", "Password", "password"),
        right={
            "identifier": attempt.email,
            "password": f"password-{attempt.digits(6)}",
        },
    )
    yield from ask(step, complaining(step, f"Wrong password\n\n{text}"))
    for _ in range(2):
        yield from ask_cookies(_browser_tokens(attempt))
    if attempt.two_factor:
        yield from _ask_second_factor(attempt)
    yield from _ask_pin(attempt)
    return Identity(attempt.digits(18))


def _browser_tokens(attempt: Attempt) -> Step:
    """Return a step that asks for 19 things of a browser, of which 2 are needed."""
    return cookies(
        "fi.mau.twitter.login.castle_token",
        "Generating an X browser token for this login.",
        "https://x.com/robots.txt",
        list(_token_fields()),
        right={
            "castle_token": attempt.base64url(120),
            "browser_user_agent": USER_AGENT,
        },
        expectedFinalURLRegex=r"^https://x\.com/robots\.txt$",
        extractJS=_TOKEN_JS,
        hidden=True,
    )


def _token_fields() -> Iterator[Json]:
    """Yield the fields of the step that asks for browser tokens."""
    for number in range(1, _TOKENS + 1):
        suffix = "" if number == 1 else f"_{number}"
        key = f"fi.mau.twitter.castle_token{suffix}"
        yield cookie_field(
            f"castle_token{suffix}",
            special(key),
            local_storage(key),
            required=number == 1,
            pattern=_TOKEN_PATTERN,
        )
    for name, header, pattern in (
        ("browser_user_agent", "user-agent", _HEADER_PATTERN),
        ("browser_sec_ch_ua", "sec-ch-ua", _HEADER_PATTERN),
        ("browser_sec_ch_ua_platform", "sec-ch-ua-platform", _HEADER_PATTERN),
        ("browser_sec_ch_ua_mobile", "sec-ch-ua-mobile", r"^\?[01]$"),
    ):
        yield cookie_field(
            name,
            request_header(header, r"^https://x\.com/"),
            special(name),
            required=header == "user-agent",
            pattern=pattern,
        )
    for name in _COOKIES:
        key = f"fi.mau.twitter.cookie.{name}"
        yield cookie_field(
            name,
            cookie(name, "x.com"),
            cookie(name, ".x.com"),
            special(key),
            local_storage(key),
            required=False,
        )


def _ask_second_factor(attempt: Attempt) -> Generator[Step, Answer]:
    """Let the person choose a second factor, and ask for its code."""
    step = user_input(
        "fi.mau.twitter.login.select_auth_method",
        "Choose how to verify this X login.",
        input_field(
            "auth_method",
            "Verification method",
            "select",
            "Choose the method X should use for this login.",
            options=_METHODS,
        ),
        right={"auth_method": _METHODS[0]},
    )
    yield from ask(
        step,
        complaining(step, "That X verification method is not available."),
        lambda answer, _: answer.fields["auth_method"] in _METHODS,
    )
    step = user_input(
        "fi.mau.twitter.login.enter_verification",
        "Enter the verification code from X.",
        input_field("verification_code", "Verification code", "2fa_code"),
        right={"verification_code": attempt.digits(6)},
    )
    yield from ask(step, complaining(step, "Incorrect code."))


def _ask_pin(attempt: Attempt) -> Exchange:
    """Ask for the PIN of encrypted messages."""
    text = "To retrieve your encrypted messages, please enter your passcode below."
    step = user_input(
        "fi.mau.twitter.login.juicebox_pin",
        text,
        input_field("pin", "Passcode", "2fa_code", pattern="^[0-9]{4}$"),
        right={"pin": attempt.digits(4)},
    )
    return ask(step, complaining(step, f"Incorrect passcode.\n\n{text}"))


FLOWS = (
    LoginFlow("cookies", "Cookies", "Sign in in the browser", _cookies),
    LoginFlow("password", "Username/password", "Use your password", _password),
)
