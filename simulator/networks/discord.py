"""Discord: the token of a browser, a QR code, or Discord's own sign-in."""

from collections.abc import Generator

from simulator.login_steps import (
    Answer,
    Attempt,
    Exchange,
    Flow,
    Identity,
    LoginFlow,
    Step,
    complaining,
    cookie_field,
    cookies,
    input_field,
    qr_code,
    special,
    user_input,
)

from .exchanges import ask, ask_cookies

_TOKEN_JS = """
new Promise(resolve => {
\tconst frame = document.body.appendChild(document.createElement("iframe"))
\tconst look = setInterval(() => {
\t\tconst token = frame.contentWindow.localStorage.getItem("token")
\t\tif (!token) return
\t\tclearInterval(look)
\t\tresolve({ token: JSON.parse(token) })
\t}, 500)
})
"""
_CAPTCHA_JS = """
new Promise((resolve, reject) => {
\twindow.captchaSolved = token => resolve({ captcha_token: token })
\twindow.captchaFailed = () => reject(new Error("captcha"))
})
"""
_TOKEN_PATTERN = (
    r"^(mfa\.[a-zA-Z0-9_-]{20,})|"
    r"([a-zA-Z0-9_-]{23,}\.[a-zA-Z0-9_-]{6,7}\.[a-zA-Z0-9_-]{27,})$"
)
_VERIFIED = "I\N{RIGHT SINGLE QUOTATION MARK}ve verified the login"
_SMS = "Text me a code"
_APP = "Use my authenticator app"
_BACKUP = "Enter a backup code"


def _browser(attempt: Attempt) -> Flow:
    """Bring the token of a browser, which only the script finds."""
    yield from ask_cookies(
        cookies(
            "fi.mau.discord.cookies",
            "Log in with Discord.",
            "https://discord.com/login",
            [cookie_field("token", special("fi.mau.discord.token"))],
            right={"token": _a_token(attempt)},
            extractJS=_TOKEN_JS,
        )
    )
    return Identity(attempt.digits(18))


def _qr(attempt: Attempt) -> Flow:
    """Scan a QR code, which stays the same: a remote-authentication link."""
    yield qr_code(
        "fi.mau.discord.qr",
        "On your phone, find \N{LEFT DOUBLE QUOTATION MARK}Scan QR Code"
        "\N{RIGHT DOUBLE QUOTATION MARK} in Discord's settings.",
        lambda: f"https://discord.com/ra/{attempt.base64url(32)}",
    )
    return Identity(attempt.digits(18))


def _token(attempt: Attempt) -> Flow:
    """Type the token."""
    step = user_input(
        "fi.mau.discord.enter_token",
        "",
        input_field(
            "token", "Discord user account token", "password", pattern=_TOKEN_PATTERN
        ),
        right={"token": _a_token(attempt)},
    )
    yield from ask(step, complaining(step, "Discord rejected that token."))
    return Identity(attempt.digits(18))


def _machine(attempt: Attempt) -> Flow:
    """Sign in with a password, a captcha, a mail, and a second factor."""
    step = user_input(
        "fi.mau.discord.creds",
        "",
        input_field("username_or_phone", "Email or phone number", "username"),
        input_field("password", "Password", "password"),
        right={
            "username_or_phone": attempt.email,
            "password": f"password-{attempt.digits(6)}",
        },
    )
    yield from ask(step, complaining(step, "Login or password is invalid."))
    if "captcha" in attempt.demands:
        yield from _solve_captcha(attempt)
    yield user_input(
        "fi.mau.discord.email_verification",
        "Your login was correct, but Discord detected a new login location. Check your"
        " email for a verification link, then choose the option below to continue.",
        input_field(
            "email_verification", "Verification", "select", options=[_VERIFIED]
        ),
        right={"email_verification": _VERIFIED},
    )
    if attempt.two_factor:
        yield from _ask_second_factor(attempt)
    return Identity(attempt.digits(18))


def _solve_captcha(attempt: Attempt) -> Exchange:
    """Ask for the solution of a captcha, which only the script can bring."""
    return ask_cookies(
        cookies(
            "fi.mau.discord.captcha",
            "Discord is presenting a CAPTCHA challenge.",
            "https://discord.com/company-information",
            [cookie_field("captcha_token", special("captcha_token"))],
            right={"captcha_token": attempt.base64url(60)},
            extractJS=_CAPTCHA_JS,
        )
    )


def _ask_second_factor(attempt: Attempt) -> Generator[Step, Answer]:
    """Let the person choose a second factor, and ask for it."""
    ways = [_SMS, _APP, _BACKUP]
    step = user_input(
        "fi.mau.discord.mfa.method",
        "How do you want to verify it\N{RIGHT SINGLE QUOTATION MARK}s you?",
        input_field("mfa_method", "Verification Method", "select", options=ways),
        right={"mfa_method": _APP},
    )
    answer = yield from ask(
        step,
        complaining(step, "Choose one of these methods."),
        lambda answer, _: answer.fields["mfa_method"] in ways,
    )
    way = answer.fields["mfa_method"]
    if way == _BACKUP:
        step = user_input(
            "fi.mau.discord.mfa.backup",
            "Backup codes are meant for emergencies only.",
            input_field(
                "mfa_backup_code",
                "Backup code",
                "password",
                "You will not be able to use this backup code again.",
            ),
            right={"mfa_backup_code": f"{attempt.digits(4)}-{attempt.digits(4)}"},
        )
    else:
        kind = "sms" if way == _SMS else "totp"
        step = user_input(
            f"fi.mau.discord.mfa.{kind}",
            "Enter the code.",
            input_field(
                f"mfa_{kind}_code",
                "Authentication code",
                "2fa_code",
                pattern=r"^(\d+)$",
            ),
            right={f"mfa_{kind}_code": attempt.digits(6)},
        )
    yield from ask(step, complaining(step, "That code did not work."))


def _a_token(attempt: Attempt) -> str:
    """Return the token of a user."""
    return f"{attempt.base64url(18)}.{attempt.base64url(5)}.{attempt.base64url(27)}"


FLOWS = (
    LoginFlow("token", "Browser", "Sign in in the browser", _browser),
    LoginFlow("qr", "QR code", "Scan a QR code with your phone", _qr),
    LoginFlow("DEBUG_USERINPUT_token", "Token", "Type a token", _token),
    LoginFlow("machine", "Email/Phone & Password", "Use your password", _machine),
)
