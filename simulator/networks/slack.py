"""Slack: a code by mail, the token of a browser, or an app.

A complaint repeats the step that it is about, under the same ID.
"""

from collections.abc import Generator

from simulator.login_steps import (
    Answer,
    Attempt,
    Exchange,
    Flow,
    Identity,
    LoginFailed,
    LoginFlow,
    Step,
    complaining,
    cookie,
    cookie_field,
    cookies,
    input_field,
    request_body,
    special,
    user_input,
)

from .exchanges import ask, ask_cookies

_EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_CODE_PATTERN = r"^[a-zA-Z0-9]{3}-?[a-zA-Z0-9]{3}$"
_WORKSPACES = ["Example Ltd", "Example Ltd Guests"]

_API = r"^https://.+?\.slack\.com/api/(client|experiments|api|users|teams|conversations)\..+$"
_TOKEN_JS = """
new Promise(resolve => {
\tconst look = window.setInterval(() => {
\t\tconst config = localStorage.getItem("localConfig_v2")
\t\tif (!config?.includes("xoxc-")) return
\t\twindow.clearInterval(look)
\t\tconst [team] = Object.values(JSON.parse(config).teams)
\t\tresolve({ auth_token: team.token })
\t}, 500)
})
"""
_CAPTCHA_JS = """
new Promise((resolve, reject) => {
\twindow.captchaSolved = token => resolve({ captcha_token: token })
\twindow.captchaFailed = () => reject(new Error("captcha"))
})
"""


def _email(attempt: Attempt) -> Flow:
    """Type the code from a mail and choose a workspace, if there are several."""
    email = yield from _ask_email(attempt)
    if "captcha" in attempt.demands:
        yield from _solve_captcha(attempt)
    yield from _ask_code(attempt)
    if "oneWorkspace" not in attempt.demands:
        yield from _ask_workspace()
    if attempt.two_factor:
        yield from _ask_second_factor(attempt)
    return _identity(attempt, email)


def _ask_email(attempt: Attempt) -> Generator[Step, Answer, str]:
    """Ask for the mail address and return it."""
    step = user_input(
        "fi.mau.slack.login.enter_email",
        "Enter the email address associated with your Slack account.",
        input_field("email", "Email", "email", pattern=_EMAIL_PATTERN),
        right={"email": attempt.email},
    )
    answer = yield from ask(
        step,
        complaining(step, "Enter a valid Slack account email address."),
        lambda answer, _: _can_exist(answer.fields["email"]),
    )
    return answer.fields["email"]


def _can_exist(email: str) -> bool:
    """Return whether there could be such a mail address (RFC 2606, 2)."""
    return "@" in email and not email.endswith(".invalid")


def _solve_captcha(attempt: Attempt) -> Exchange:
    """Ask for the solution of a captcha, which only the script can bring."""
    step = cookies(
        "fi.mau.slack.login.email_captcha",
        "Slack requires a CAPTCHA before it can email the confirmation code.",
        "https://slack.com/signin",
        [cookie_field("captcha_token", special("captcha_token"))],
        right={"captcha_token": attempt.base64url(60)},
        extractJS=_CAPTCHA_JS,
    )
    return ask(
        step,
        complaining(step, "Slack rejected or expired that CAPTCHA solution."),
        lambda answer, _: bool(answer.fields.get("captcha_token")),
    )


def _ask_code(attempt: Attempt) -> Exchange:
    """Ask for the code from the mail."""
    step = user_input(
        "fi.mau.slack.login.enter_email_code",
        "Slack emailed you a confirmation code.",
        input_field(
            "code",
            "Confirmation code",
            "2fa_code",
            "Six-character code from Slack",
            pattern=_CODE_PATTERN,
        ),
        right={"code": f"{attempt.letters(3)}{attempt.digits(3)}"},
    )
    return ask(
        step,
        complaining(step, "Slack rejected that confirmation code."),
        lambda answer, step: (
            answer.fields["code"].upper().replace("-", "") == step.right["code"]
        ),
    )


def _ask_workspace() -> Exchange:
    """Ask which workspace to connect."""
    step = user_input(
        "fi.mau.slack.login.select_workspace",
        "Choose the Slack workspace to connect.",
        input_field(
            "workspace",
            "Workspace",
            "select",
            "Slack workspace to connect",
            options=_WORKSPACES,
        ),
        right={"workspace": _WORKSPACES[0]},
    )
    return ask(
        step,
        complaining(step, "Choose one of the Slack workspaces in the list."),
        lambda answer, _: answer.fields["workspace"] in _WORKSPACES,
    )


def _ask_second_factor(attempt: Attempt) -> Exchange:
    """Ask for the code of the authenticator app."""
    step = user_input(
        "fi.mau.slack.login.two_factor",
        "Enter the authentication code required by this Slack workspace.",
        input_field(
            "two_factor_code",
            "Authentication code",
            "2fa_code",
            "Six-digit code from your Slack authenticator or SMS",
            pattern=r"^\d{6}$",
        ),
        right={"two_factor_code": attempt.digits(6)},
    )
    return ask(step, complaining(step, "Slack rejected that authentication code."))


def _token(attempt: Attempt) -> Flow:
    """Bring the token and cookie of a browser session.

    The token is in no cookie: the script finds it, or the body of the page's requests
    has it. The browser keeps the cookie percent-encoded.
    """
    yield from ask_cookies(
        cookies(
            "fi.mau.slack.login.enter_auth_token",
            "Enter a JSON object with your auth token and cookie token, or a cURL"
            " command copied from browser devtools.",
            "https://slack.com/signin",
            [
                cookie_field(
                    "auth_token",
                    special("fi.mau.slack.auth_token"),
                    request_body("token", _API),
                    pattern=r"^xoxc-.+$",
                ),
                cookie_field(
                    "cookie_token",
                    cookie("d", "slack.com"),
                    pattern=r"^xoxd-[a-zA-Z0-9/+=]+$",
                ),
            ],
            right={
                "auth_token": f"xoxc-{attempt.digits(12)}-{attempt.base64url(24)}",
                "cookie_token": f"xoxd-+/{attempt.base64(46)}",
            },
            extractJS=_TOKEN_JS,
        )
    )
    return _identity(attempt, attempt.email)


def _app(attempt: Attempt) -> Flow:
    """Bring the tokens of a Slack app; wrong ones are fatal."""
    answer = yield user_input(
        "fi.mau.slack.login.enter_app_tokens",
        "",
        input_field(
            "bot_token",
            "Bot token",
            "token",
            "Token of the bot, beginning with `xoxb-`",
            pattern="^xoxb-.+$",
        ),
        input_field(
            "app_token",
            "App token",
            "token",
            "Token of the app, beginning with `xapp-`",
            pattern="^xapp-.+$",
        ),
        right={
            "bot_token": f"xoxb-{attempt.digits(12)}-{attempt.base64url(18)}",
            "app_token": f"xapp-1-{attempt.letters(11)}-{attempt.digits(12)}",
        },
    )
    tokens = (answer.fields["bot_token"], answer.fields["app_token"])
    if not (tokens[0].startswith("xoxb-") and tokens[1].startswith("xapp-")):
        raise LoginFailed("invalid_credentials")
    return _identity(attempt, attempt.email)


def _identity(attempt: Attempt, email: str) -> Identity:
    """Return a person in a workspace."""
    login_id = f"T{attempt.letters(8)}-U{attempt.letters(8)}"
    return Identity(login_id, {"email": email}, scoped=True)


FLOWS = (
    LoginFlow("email", "Email", "Use a code Slack sends", _email),
    LoginFlow("token", "Auth token & cookie", "Sign in in the browser", _token),
    LoginFlow("app", "Slack app", "Use the tokens of an app", _app),
)
