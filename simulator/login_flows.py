"""What each network asks for when one signs in: a generator per flow.

A flow yields the steps it shows and is sent the answers: what a client submitted, or
what happened on the phone. It returns who signed in, or raises LoginFailed. Adding a
network is a generator of a few lines and an entry in FLOWS.
"""

import base64
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
import re
from typing import Self
from urllib.parse import quote

from .emoji import EMOJIS
from .scenario import Json

FATAL_ERRORS = {
    "login_timed_out": "Entering code or scanning QR timed out. Please try again.",
    "rate_limited": "The network limits the number of attempts. Try again later.",
    "phone_number_too_short": "The phone number is too short.",
    "phone_number_not_international": (
        "The phone number must be international, beginning with the country code."
    ),
    "device_limit_reached": "The account has no room for another linked device.",
    "checkpoint_required": (
        "The network wants a security check. Complete it on its website, then retry."
    ),
    "consent_required": (
        "The network asks for your consent. Give it on its website, then try again."
    ),
    "missing_cookies": "Some of the needed cookies are missing.",
    "wrong_emoji": "The wrong emoji was tapped on the phone.",
    "cancelled_on_phone": "The login was cancelled on the phone.",
}
"""The errors that end a session, and how they are worded."""

_MAX_ANSWERS = 5


class LoginFailed(Exception):
    """The login has ended without success; the code is one of FATAL_ERRORS."""

    def __init__(self, code: str) -> None:
        """Initialise with the code."""
        super().__init__(FATAL_ERRORS[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What was submitted, or, to a step that waits, what happened on the phone."""

    fields: Mapping[str, str] = field(default_factory=dict)
    last_url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step as shown to the client."""

    type: str
    step_id: str
    instructions: str
    members: Json
    """The members that belong to the type."""
    right: Mapping[str, str] = field(default_factory=dict)
    """What the network sent the person: a right answer for each field."""
    renew: Callable[[], Self] | None = None
    """Makes the same step with a new code, if codes rotate."""

    @property
    def wire(self) -> Json:
        """The step as served."""
        return {
            "type": self.type,
            "stepID": self.step_id,
            "instructions": self.instructions,
            **self.members,
        }

    @property
    def display_type(self) -> str | None:
        """What is displayed, for a step that displays something."""
        display: dict[str, str] = self.members.get("display", {})
        return display.get("type")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in to the network."""

    login_id: str
    user: Mapping[str, str] = field(default_factory=dict)
    scoped: bool = False
    """Account ids name the login, as those of workspaces do."""


type Flow = Generator[Step, Answer, Identity]
type Exchange = Generator[Step, Answer, Answer]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in, as the network sees it."""

    random: Random
    number: int
    """Different for each attempt of a simulator."""
    account: Json | None
    """The account to be reconnected."""
    two_factor: bool
    base_url: str

    @property
    def phone_number(self) -> str:
        """The person's phone number, in E.164 format."""
        return self._known("phoneNumber", f"+155555{50200 + self.number:05}")

    @property
    def email(self) -> str:
        """The person's mail address."""
        return self._known("email", f"alice{self.number}@example.com")

    def digits(self, length: int) -> str:
        """Return random digits."""
        return "".join(self.random.choices("0123456789", k=length))

    def letters(self, length: int) -> str:
        """Return random capital letters."""
        return "".join(self.random.choices("ABCDEFGHJKLMNPQRSTVWXYZ", k=length))

    def base64(self, size: int) -> str:
        """Return that many random bytes in base64."""
        return base64.b64encode(self.random.randbytes(size)).decode()

    def base64url(self, size: int) -> str:
        """Return that many random bytes in base64 for URLs, without padding."""
        return (
            base64.urlsafe_b64encode(self.random.randbytes(size)).decode().rstrip("=")
        )

    def _known(self, member: str, default: str) -> str:
        """Return what is known about the person, for an account that exists."""
        user: Json = self.account["user"] if self.account else {}
        value: str = user.get(member, default)
        return value


# Steps


def _field(name: str, label: str, kind: str, **more: object) -> Json:
    """Return a field of a user_input step."""
    return {"id": name, "label": label, "type": kind, **more}


def _user_input(
    step_id: str, instructions: str, *fields: Json, right: Mapping[str, str]
) -> Step:
    """Return a step that asks for input."""
    return Step("user_input", step_id, instructions, {"fields": list(fields)}, right)


def _qr(step_id: str, instructions: str, data: Callable[[], str]) -> Step:
    """Return a step with a QR code that rotates."""
    return Step(
        "display_and_wait",
        step_id,
        instructions,
        {"display": {"type": "qr", "data": data()}},
        renew=lambda: _qr(step_id, instructions, data),
    )


def _display(
    step_id: str, instructions: str, display: Json, right: Mapping[str, str]
) -> Step:
    """Return a step with something else to display."""
    return Step("display_and_wait", step_id, instructions, {"display": display}, right)


def _cookies(
    step_id: str,
    instructions: str,
    url: str,
    fields: list[Json],
    right: Mapping[str, str],
    **more: str,
) -> Step:
    """Return a step that asks for what a browser stores after sign-in."""
    members = {"url": url, "fields": fields, **more}
    return Step("cookies", step_id, instructions, members, right)


# Exchanges that several flows have in common


def _ask(step: Step, accepts: Callable[[Answer], bool], complaint: str) -> Exchange:
    """Ask until the answer is right; the network loses patience at some point."""
    complaining = replace(
        step, step_id=f"{step.step_id}.incorrect", instructions=complaint
    )
    answer = yield step
    for _ in range(_MAX_ANSWERS - 1):
        if accepts(answer):
            return answer
        answer = yield complaining
    if accepts(answer):
        return answer
    raise LoginFailed("rate_limited")


def _ask_exactly(step: Step, complaint: str) -> Exchange:
    """Ask until the answer is what the network sent."""
    return _ask(step, lambda answer: answer.fields == step.right, complaint)


def _ask_phone_number(step_id: str, attempt: Attempt) -> Exchange:
    """Ask for a phone number; a wrong one ends the login."""
    answer = yield _user_input(
        step_id,
        "Enter your phone number",
        _field("phone_number", "Phone number", "phone_number", placeholder="+1555…"),
        right={"phone_number": attempt.phone_number},
    )
    digits = re.sub(r"\D", "", answer.fields["phone_number"])
    if len(digits) <= 6:
        raise LoginFailed("phone_number_too_short")
    if digits.startswith("0"):
        raise LoginFailed("phone_number_not_international")
    return Answer({"phone_number": f"+{digits}"})


def _ask_cookies(step: Step) -> Exchange:
    """Ask for cookies; what the network's site did on the way may end the login."""
    answer = yield step
    if "/checkpoint/" in answer.last_url or "/challenge/" in answer.last_url:
        raise LoginFailed("checkpoint_required")
    if "/consent/" in answer.last_url:
        raise LoginFailed("consent_required")
    if not all(answer.fields.get(name) for name in step.right):
        raise LoginFailed("missing_cookies")
    return answer


def _phone_identity(number: str) -> Identity:
    """Return the identity of a network that knows people by their phone number."""
    return Identity(number.removeprefix("+"), {"phoneNumber": number})


# WhatsApp


def _whatsapp_qr(attempt: Attempt) -> Flow:
    """Scan a QR code: `2@` and four keys."""
    yield _qr(
        "fi.mau.whatsapp.login.qr",
        "Scan the QR code with the WhatsApp mobile app to log in",
        lambda: ",".join(
            (f"2@{attempt.base64(96)}", *(attempt.base64(32) for _ in range(3)))
        ),
    )
    return _phone_identity(attempt.phone_number)


def _whatsapp_phone(attempt: Attempt) -> Flow:
    """Type a pairing code on the phone."""
    answer = yield from _ask_phone_number("fi.mau.whatsapp.login.phone", attempt)
    code = f"{attempt.letters(4)}-{attempt.digits(4)}"
    yield _display(
        "fi.mau.whatsapp.login.code",
        "Input the pairing code in the WhatsApp mobile app to log in",
        {"type": "code", "data": code},
        right={"code": code},
    )
    return _phone_identity(answer.fields["phone_number"])


# Telegram


def _telegram_password(attempt: Attempt) -> Generator[Step, Answer]:
    """Ask for the password if the account has two-factor authentication."""
    if not attempt.two_factor:
        return
    yield from _ask_exactly(
        _user_input(
            "fi.mau.telegram.login.password",
            "You have two-factor authentication enabled. Enter your password.",
            _field("password", "Password", "password"),
            right={"password": f"password-{attempt.digits(6)}"},
        ),
        "Incorrect password, please try again",
    )


def _telegram_phone(attempt: Attempt) -> Flow:
    """Type the code that Telegram sends."""
    answer = yield from _ask_phone_number("fi.mau.telegram.login.phone", attempt)
    yield from _ask_exactly(
        _user_input(
            "fi.mau.telegram.login.code",
            "Enter the code sent to the Telegram app on your phone",
            _field("code", "Code", "2fa_code", placeholder="12345"),
            right={"code": attempt.digits(5)},
        ),
        "Incorrect code, please try again",
    )
    yield from _telegram_password(attempt)
    number = answer.fields["phone_number"]
    return Identity(attempt.digits(9), {"phoneNumber": number})


def _telegram_qr(attempt: Attempt) -> Flow:
    """Scan a QR code: a login token."""
    yield _qr(
        "fi.mau.telegram.login.qr",
        "Scan the QR code with the Telegram app on your phone",
        lambda: f"tg://login?token={attempt.base64url(36)}",
    )
    yield from _telegram_password(attempt)
    return Identity(attempt.digits(9), {"phoneNumber": attempt.phone_number})


# Signal


def _signal_qr(attempt: Attempt) -> Flow:
    """Scan a QR code: a provisioning address and key."""
    yield _qr(
        "fi.mau.signal.login.qr",
        "Scan the QR code with the Signal app on your phone",
        lambda: (
            f"sgnl://linkdevice?uuid={attempt.base64url(16)}"
            f"&pub_key={quote(attempt.base64(33), safe='')}"
        ),
    )
    return _phone_identity(attempt.phone_number)


# Google Messages


def _google_account(attempt: Attempt) -> Flow:
    """Bring the cookies of a Google account, then tap an emoji on the phone."""
    names = ("SID", "HSID", "SSID", "APISID", "SAPISID", "OSID")
    yield from _ask_cookies(
        _cookies(
            "fi.mau.gmessages.login.cookies",
            "Sign in to your Google account",
            "https://accounts.google.com/AccountChooser?continue=https://messages.google.com/web/config",
            [_cookie(name, ".google.com") for name in names],
            right={name: attempt.base64url(24) for name in names},
            expectedFinalURLRegex=r"^https://messages\.google\.com/web/config",
        )
    )
    emoji = attempt.random.choice(list(EMOJIS))
    answer = yield _display(
        "fi.mau.gmessages.login.emoji",
        "Tap the emoji on the Google Messages app on your phone",
        {
            "type": "emoji",
            "imageURL": f"{attempt.base_url}/emoji/{EMOJIS[emoji]}.svg",
        },
        right={"emoji": emoji},
    )
    if answer.fields["emoji"] != emoji:
        raise LoginFailed("wrong_emoji")
    return Identity(attempt.email, {"email": attempt.email})


def _gmessages_qr(attempt: Attempt) -> Flow:
    """Scan a QR code: a pairing link."""
    yield _qr(
        "fi.mau.gmessages.login.qr",
        "Scan the QR code with the Google Messages app on your phone",
        lambda: (
            "https://support.google.com/messages/?p=web_computer"
            f"#?c={attempt.base64(64)}"
        ),
    )
    return _phone_identity(attempt.phone_number)


# Slack


def _slack_email(attempt: Attempt) -> Flow:
    """Type the code from a mail and choose a workspace."""
    answer = yield from _ask(
        _user_input(
            "fi.mau.slack.login.email",
            "Enter the email address you use for Slack",
            _field("email", "Email address", "email", initialValue=attempt.email),
            right={"email": attempt.email},
        ),
        lambda answer: "@" in answer.fields["email"],
        "This is not an email address, please try again",
    )
    yield from _ask_exactly(
        _user_input(
            "fi.mau.slack.login.code",
            "Enter the 6-character code sent to your email address",
            _field("code", "Code", "2fa_code", placeholder="ABC123"),
            right={"code": f"{attempt.letters(3)}{attempt.digits(3)}"},
        ),
        "Incorrect code, please try again",
    )
    workspaces = ["Example Ltd", "Example Ltd Guests"]
    yield from _ask(
        _user_input(
            "fi.mau.slack.login.workspace",
            "Choose the workspace to connect",
            _field(
                "workspace",
                "Workspace",
                "select",
                options=workspaces,
                initialValue=workspaces[0],
            ),
            right={"workspace": workspaces[0]},
        ),
        lambda answer: answer.fields["workspace"] in workspaces,
        "There is no such workspace, please choose again",
    )
    if attempt.two_factor:
        yield from _ask_exactly(
            _user_input(
                "fi.mau.slack.login.2fa",
                "Enter the code from your authenticator app",
                _field("2fa_code", "Two-factor code", "2fa_code"),
                right={"2fa_code": attempt.digits(6)},
            ),
            "Incorrect code, please try again",
        )
    return _slack_identity(attempt, answer.fields["email"])


def _slack_authtoken(attempt: Attempt) -> Flow:
    """Bring the token and cookie of a browser session."""
    yield from _ask_cookies(
        _cookies(
            "fi.mau.slack.login.authtoken",
            "Sign in to your Slack workspace",
            "https://slack.com/signin",
            [
                # The token is in no cookie; the extraction script finds it
                {"id": "auth_token", "name": "Authorization", "type": "header"},
                {"id": "cookie_token", "name": "d", "type": "cookie"},
            ],
            right={
                "auth_token": f"xoxc-{attempt.digits(12)}-{attempt.base64url(24)}",
                "cookie_token": f"xoxd-{attempt.base64url(48)}",
            },
            extractJS="new Promise(resolve => resolve({auth_token: localConfig()}))",
        )
    )
    return _slack_identity(attempt, attempt.email)


def _slack_identity(attempt: Attempt, email: str) -> Identity:
    """Return a person in a workspace."""
    login_id = f"T{attempt.letters(8)}-U{attempt.letters(8)}"
    return Identity(login_id, {"email": email}, scoped=True)


# Networks that want a browser's cookies


def _cookie(name: str, domain: str) -> Json:
    """Return a cookie field, with the members that newer versions add."""
    source = {"type": "cookie", "name": name, "cookieDomain": domain}
    return {
        "id": name,
        "name": name,
        "type": "cookie",
        "required": True,
        "sources": [source],
    }


def _website(host: str, *names: str) -> Callable[[Attempt], Flow]:
    """Return a flow that asks for the cookies of a website."""

    def flow(attempt: Attempt) -> Flow:
        """Bring the cookies of a browser session."""
        yield from _ask_cookies(
            _cookies(
                "fi.mau.login.cookies",
                f"Sign in to {host} in the browser",
                f"https://www.{host}/login",
                [_cookie(name, f".{host}") for name in names],
                right={name: attempt.base64url(24) for name in names},
                expectedFinalURLRegex=rf"^https://www\.{re.escape(host)}/",
                userAgent=(
                    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like"
                    " Gecko) Chrome/150.0.0.0 Safari/537.36"
                ),
            )
        )
        return Identity(attempt.digits(15))

    return flow


# Discord


def _discord_qr(attempt: Attempt) -> Flow:
    """Scan a QR code: a remote-authentication link."""
    yield _qr(
        "fi.mau.discord.login.qr",
        "Scan the QR code with the Discord app on your phone",
        lambda: f"https://discord.com/ra/{attempt.base64url(32)}",
    )
    return Identity(attempt.digits(18))


def _discord_token(attempt: Attempt) -> Flow:
    """Bring the token from a browser's local storage."""
    token = f"{attempt.base64url(18)}.{attempt.base64url(4)}.{attempt.base64url(27)}"
    yield from _ask_cookies(
        _cookies(
            "fi.mau.discord.login.token",
            "Sign in to Discord in the browser",
            "https://discord.com/login",
            [{"id": "token", "name": "token", "type": "local_storage"}],
            right={"token": token},
        )
    )
    return Identity(attempt.digits(18))


# iMessage


def _imessage(attempt: Attempt) -> Flow:
    """Grant permission on the computer itself."""
    yield _display(
        "com.beeper.imessage.login.permission",
        "Allow Beeper to use Messages on this computer",
        {"type": "nothing"},
        right={},
    )
    return Identity(attempt.email, {"email": attempt.email})


# What clients do not know yet


def _passkey(attempt: Attempt) -> Flow:
    """Sign in with a passkey: a step of an unknown type."""
    yield Step(
        "webauthn",
        "com.example.carrierpigeon.login.webauthn",
        "Use your passkey",
        {"url": "https://example.com/", "publicKey": {"challenge": attempt.base64(32)}},
    )
    return Identity(attempt.digits(9))


def _touch(attempt: Attempt) -> Flow:
    """Touch the phone: a display of an unknown type."""
    yield _display(
        "com.example.carrierpigeon.login.nfc",
        "Hold your phone against the computer",
        {"type": "nfc", "payload": attempt.base64(32)},
        right={},
    )
    return Identity(attempt.digits(9))


@dataclass(frozen=True, slots=True)
class LoginFlow:
    """A way to sign in to a network."""

    id: str
    name: str
    description: str
    run: Callable[[Attempt], Flow]

    @property
    def wire(self) -> Json:
        """The flow as served."""
        return {"id": self.id, "name": self.name, "description": self.description}


def _cookies_flow(host: str, *names: str) -> tuple[LoginFlow, ...]:
    """Return the only flow of a network that wants a browser's cookies."""
    description = f"Sign in to {host} in the browser"
    return (LoginFlow("cookies", "Cookies", description, _website(host, *names)),)


FLOWS: dict[str, tuple[LoginFlow, ...]] = {
    "whatsapp": (
        LoginFlow("qr", "QR", "Scan a QR code with your phone", _whatsapp_qr),
        LoginFlow(
            "phone", "Pairing code", "Type a code on your phone", _whatsapp_phone
        ),
    ),
    "telegram": (
        LoginFlow(
            "phone", "Phone number", "Use a code Telegram sends", _telegram_phone
        ),
        LoginFlow("qr", "QR code", "Scan a QR code with your phone", _telegram_qr),
    ),
    "signal": (LoginFlow("qr", "QR", "Scan a QR code with your phone", _signal_qr),),
    "gmessages": (
        LoginFlow(
            "google", "Google account", "Sign in to your account", _google_account
        ),
        LoginFlow("qr", "QR", "Scan a QR code with your phone", _gmessages_qr),
    ),
    "slackgo": (
        LoginFlow("email", "Email", "Use a code Slack sends", _slack_email),
        LoginFlow(
            "authtoken",
            "Auth token & cookie",
            "Sign in in the browser",
            _slack_authtoken,
        ),
    ),
    "discordgo": (
        LoginFlow("qr", "QR", "Scan a QR code with your phone", _discord_qr),
        LoginFlow("token", "Token", "Sign in in the browser", _discord_token),
    ),
    "facebookgo": _cookies_flow("facebook.com", "c_user", "xs", "datr"),
    "instagramgo": _cookies_flow("instagram.com", "sessionid", "ds_user_id", "mid"),
    "linkedin": _cookies_flow("linkedin.com", "li_at", "JSESSIONID"),
    "twitter": _cookies_flow("x.com", "auth_token", "ct0"),
    "imessage": (
        LoginFlow("nothing", "iMessage", "Allow access on this computer", _imessage),
    ),
    "carrierpigeon": (
        LoginFlow("passkey", "Passkey", "Use a passkey", _passkey),
        LoginFlow("touch", "Touch", "Hold your phone against the computer", _touch),
    ),
}
"""The flows by the type of the bridge, the default one first."""
