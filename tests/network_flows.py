"""What each network asks for when one signs in, as tests see it from the outside."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WHATSAPP = "local-whatsapp_ba_rG7f0Jc4mQ9zYw"
TELEGRAM = "local-telegram_ba_Kd83hsTq0aLwX2"
SIGNAL = "local-signal_ba_Qe5tUo2iVb7nHc"
SLACK = "slackgo.T0EXAMPLE-U0ALICE"

ROTATION = 21
"""Seconds in which a QR code rotates once."""


@dataclass(frozen=True)
class Form:
    """A step that asks for input; a wrong one is asked for again, unless it is fatal."""

    step_id: str
    field: str
    wrong: str | None = None


@dataclass(frozen=True)
class Cookies:
    """A step that asks for what a browser has stored."""

    step_id: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Display:
    """A step with something to look at."""

    step_id: str
    shows: str


type Step = Form | Cookies | Display


def qr(network: str) -> Display:
    """Return the step with the QR code of a network."""
    return Display(f"fi.mau.{network}.login.qr", "qr")


WHATSAPP_PHONE = Form("fi.mau.whatsapp.login.phone", "phone_number")
WHATSAPP_CODE = Display("fi.mau.whatsapp.login.code", "code")
TELEGRAM_PHONE = Form("fi.mau.telegram.login.phone", "phone_number")
TELEGRAM_CODE = Form("fi.mau.telegram.login.code", "code", wrong="00000")
TELEGRAM_PASSWORD = Form("fi.mau.telegram.login.password", "password", wrong="hunter2")
SLACK_EMAIL = (
    Form("fi.mau.slack.login.email", "email", wrong="alice"),
    Form("fi.mau.slack.login.code", "code", wrong="AAA000"),
    Form("fi.mau.slack.login.workspace", "workspace", wrong="Elsewhere"),
)
SLACK_2FA = Form("fi.mau.slack.login.2fa", "2fa_code", wrong="000000")
SLACK_TOKEN = Cookies("fi.mau.slack.login.authtoken", ("auth_token", "cookie_token"))
GOOGLE = (
    Cookies(
        "fi.mau.gmessages.login.cookies",
        ("SID", "HSID", "SSID", "APISID", "SAPISID", "OSID"),
    ),
    Display("fi.mau.gmessages.login.emoji", "emoji"),
)
FACEBOOK = Cookies("fi.mau.login.cookies", ("c_user", "xs", "datr"))
INSTAGRAM = Cookies("fi.mau.login.cookies", ("sessionid", "ds_user_id", "mid"))
DISCORD_TOKEN = Cookies("fi.mau.discord.login.token", ("token",))
IMESSAGE = Display("com.beeper.imessage.login.permission", "nothing")

NEW: list[tuple[str, str, list[Step]]] = [
    ("local-whatsapp", "qr", [qr("whatsapp")]),
    ("local-whatsapp", "phone", [WHATSAPP_PHONE, WHATSAPP_CODE]),
    ("local-telegram", "phone", [TELEGRAM_PHONE, TELEGRAM_CODE]),
    ("local-telegram", "qr", [qr("telegram")]),
    ("local-signal", "qr", [qr("signal")]),
    ("gmessages", "google", [*GOOGLE]),
    ("gmessages", "qr", [qr("gmessages")]),
    ("slackgo", "email", [*SLACK_EMAIL]),
    ("slackgo", "authtoken", [SLACK_TOKEN]),
    ("facebookgo", "cookies", [FACEBOOK]),
    ("instagramgo", "cookies", [INSTAGRAM]),
    ("discordgo", "qr", [qr("discord")]),
    ("discordgo", "token", [DISCORD_TOKEN]),
    ("imessage", "nothing", [IMESSAGE]),
]
"""Bridge, flow and the steps for a new account."""

RECONNECT: list[tuple[str, str, list[Step]]] = [
    (WHATSAPP, "qr", [qr("whatsapp")]),
    (WHATSAPP, "phone", [WHATSAPP_PHONE, WHATSAPP_CODE]),
    (TELEGRAM, "phone", [TELEGRAM_PHONE, TELEGRAM_CODE, TELEGRAM_PASSWORD]),
    (TELEGRAM, "qr", [qr("telegram"), TELEGRAM_PASSWORD]),
    (SIGNAL, "qr", [qr("signal")]),
    ("gmessages", "google", [*GOOGLE]),
    ("gmessages", "qr", [qr("gmessages")]),
    (SLACK, "email", [*SLACK_EMAIL, SLACK_2FA]),
    (SLACK, "authtoken", [SLACK_TOKEN]),
    ("discordgo", "qr", [qr("discord")]),
    ("discordgo", "token", [DISCORD_TOKEN]),
]
"""Account, flow and the steps to reconnect it, where two-factor authentication adds one."""


def names(cases: Iterable[tuple[Any, ...]]) -> list[str]:
    """Return the names of test cases."""
    return ["-".join(str(part) for part in case[:2]) for case in cases]
