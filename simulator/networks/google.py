"""Google Messages and Google Voice: the cookies of a Google account, or a QR code."""

from simulator.emoji import EMOJIS
from simulator.login_steps import (
    Attempt,
    Flow,
    Identity,
    LoginFailed,
    LoginFlow,
    Step,
    cookie,
    cookie_field,
    cookies,
    display,
    qr_code,
)

from .exchanges import ask_cookies, phone_identity

_INSTRUCTIONS = (
    "Enter a JSON object with your cookies, or a cURL command copied from browser"
    " devtools."
)
_ACCOUNT = ("SID", "HSID", "SSID", "APISID", "SAPISID")


def _google_cookies(
    attempt: Attempt, step_id: str, url: str, domains: dict[str, str], *required: str
) -> Step:
    """Return a step that asks for cookies of a Google account, some of them optional."""
    return cookies(
        step_id,
        _INSTRUCTIONS,
        url,
        [
            cookie_field(name, cookie(name, domain), required=name in required)
            for name, domain in domains.items()
        ],
        right={name: attempt.base64url(24) for name in domains},
    )


def _messages_account(attempt: Attempt) -> Flow:
    """Bring the cookies, then tap an emoji on the phone.

    A phone that was paired by the same account before need not be paired again.
    """
    yield from ask_cookies(
        _google_cookies(
            attempt,
            "fi.mau.gmessages.google_account",
            "https://accounts.google.com/AccountChooser?continue=https://messages.google.com/web/config",
            {
                "OSID": "messages.google.com",
                **dict.fromkeys((*_ACCOUNT, "__Secure-1PSIDTS"), ".google.com"),
            },
            "OSID",
            *_ACCOUNT,
        )
    )
    identity = Identity(attempt.email, {"email": attempt.email})
    if attempt.account is not None:
        return identity
    emoji = attempt.random.choice(list(EMOJIS))
    answer = yield display(
        "fi.mau.gmessages.emoji",
        "Tap the emoji on the Google Messages app on your phone",
        {
            "type": "emoji",
            "data": emoji,
            "imageURL": f"{attempt.base_url}/emoji/{EMOJIS[emoji]}.svg",
        },
        right={"emoji": emoji},
    )
    if answer.fields["emoji"] != emoji:
        raise LoginFailed("wrong_emoji")
    return identity


def _messages_qr(attempt: Attempt) -> Flow:
    """Scan a QR code: a pairing link."""
    yield qr_code(
        "fi.mau.gmessages.qr",
        "Scan the QR code using the Google Messages app on your Android phone",
        lambda: (
            "https://support.google.com/messages/?p=web_computer"
            f"#?c={attempt.base64(64)}"
        ),
        (30.0,) * 6,
    )
    return phone_identity(attempt.phone_number)


def _voice(attempt: Attempt) -> Flow:
    """Bring the cookies."""
    yield from ask_cookies(
        _google_cookies(
            attempt,
            "fi.mau.gvoice.cookies",
            "https://voice.google.com/signup",
            {
                "OSID": "voice.google.com",
                "COMPASS": "clients6.google.com",
                **dict.fromkeys((*_ACCOUNT, "__Secure-1PSIDTS"), ".google.com"),
            },
            *_ACCOUNT,
        )
    )
    return phone_identity(attempt.phone_number)


MESSAGES = (
    LoginFlow("google", "Google account", "Sign in to your account", _messages_account),
    LoginFlow("qr", "QR", "Scan a QR code with your phone", _messages_qr),
)
VOICE = (LoginFlow("cookies", "Cookies", "Sign in to your account", _voice),)
