"""Telegram: a code, a QR code, a bot's token, or a session made elsewhere.

The ID of each field is that of the step that asks for it first.
"""

from collections.abc import Generator
import json
import re

from simulator.login_steps import (
    Answer,
    Attempt,
    Flow,
    Identity,
    LoginFailed,
    LoginFlow,
    Step,
    complaining,
    input_field,
    qr_code,
    user_input,
)

from .exchanges import ask, ask_phone_number

_PHONE_NUMBER = "fi.mau.telegram.login.phone_number"
_CODE = "fi.mau.telegram.login.code"
_PASSWORD = "fi.mau.telegram.login.password"
_BOT_TOKEN = "fi.mau.telegram.login.bot_token"
_SESSION = "fi.mau.telegram.login.manual_session"

_LIFETIME = 600.0
_QR_LASTS = (30.0,) * 20
_BOT_TOKEN_PATTERN = r"^\d+:[A-Za-z0-9_-]{35}$"
_SESSION_PATTERN = r'^\{[a-zA-Z0-9/+=":,. ]+\}$'


def _phone(attempt: Attempt) -> Flow:
    """Type the code that Telegram sends; for a reconnect the number is known."""
    number = attempt.phone_number
    if attempt.account is None:
        number = yield from ask_phone_number(
            _PHONE_NUMBER, _PHONE_NUMBER, "Include the country code with +", number
        )
    step = user_input(
        _CODE,
        "",
        input_field(
            _CODE,
            "Code",
            "2fa_code",
            "The code was sent to the Telegram app on your phone",
        ),
        right={_CODE: attempt.digits(5)},
    )
    yield from ask(
        step,
        complaining(step, "Incorrect code, please try again", f"{_CODE}.incorrect"),
    )
    yield from _password(attempt)
    return Identity(attempt.digits(9), {"phoneNumber": number})


def _qr(attempt: Attempt) -> Flow:
    """Scan a QR code: a login token."""
    yield qr_code(
        "fi.mau.telegram.login.show_qr",
        "Scan the QR code on your phone to log in",
        lambda: f"tg://login?token={attempt.base64url(36)}",
        _QR_LASTS,
    )
    yield from _password(attempt)
    return Identity(attempt.digits(9), {"phoneNumber": attempt.phone_number})


def _password(attempt: Attempt) -> Generator[Step, Answer]:
    """Ask for the password if the account has two-factor authentication."""
    if not attempt.two_factor:
        return
    step = user_input(
        _PASSWORD,
        "You have two-factor authentication enabled.",
        input_field(_PASSWORD, "Password", "password"),
        right={_PASSWORD: f"password-{attempt.digits(6)}"},
    )
    yield from ask(
        step,
        complaining(
            step, "Incorrect password, please try again", f"{_PASSWORD}.incorrect"
        ),
    )


def _bot(attempt: Attempt) -> Flow:
    """Sign in as a bot; a wrong token is fatal."""
    bot = attempt.digits(10).replace("0", "1")
    answer = yield user_input(
        _BOT_TOKEN,
        "Please enter the bot token you want to log in as",
        input_field(_BOT_TOKEN, "Bot token", "token", pattern=_BOT_TOKEN_PATTERN),
        right={_BOT_TOKEN: f"{bot}:{attempt.base64url(27)[:35]}"},
    )
    if not re.search(_BOT_TOKEN_PATTERN, answer.fields[_BOT_TOKEN]):
        raise LoginFailed("invalid_credentials")
    return Identity(answer.fields[_BOT_TOKEN].partition(":")[0])


def _manual(attempt: Attempt) -> Flow:
    """Bring a session that was made elsewhere; a wrong one is fatal."""
    session = {"dc": 2, "server": "149.154.167.50", "key": attempt.base64(48)}
    answer = yield user_input(
        _SESSION,
        "",
        input_field(_SESSION, "Session data JSON", "token", pattern=_SESSION_PATTERN),
        right={_SESSION: json.dumps(session)},
    )
    try:
        has_key = bool(json.loads(answer.fields[_SESSION])["key"])
    except ValueError, KeyError, TypeError:
        has_key = False
    if not has_key:
        raise LoginFailed("invalid_credentials")
    return Identity(attempt.digits(9), {"phoneNumber": attempt.phone_number})


FLOWS = (
    LoginFlow("phone", "Phone number", "Use a code Telegram sends", _phone, _LIFETIME),
    LoginFlow("qr", "QR code", "Scan a QR code with your phone", _qr, _LIFETIME),
    LoginFlow("bot", "Bot token", "Sign in as a bot of BotFather", _bot, _LIFETIME),
    LoginFlow("manual", "Manual", "Bring a session, for experts", _manual, _LIFETIME),
)
