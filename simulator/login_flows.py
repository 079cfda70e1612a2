"""The login flows that each type of bridge offers.

A network is added by a generator in a module of `networks` and an entry here.
"""

from .login_errors import FATAL_ERRORS
from .login_steps import Answer, Attempt, Flow, Identity, LoginFailed, LoginFlow, Step
from .networks import (
    discord,
    forms,
    future,
    google,
    headers,
    imessage,
    meta,
    signal,
    slack,
    telegram,
    whatsapp,
    x,
)

# For whoever invents a network of their own
__all__ = [
    "FATAL_ERRORS",
    "FLOWS",
    "Answer",
    "Attempt",
    "Flow",
    "Identity",
    "LoginFailed",
    "LoginFlow",
    "Step",
]

FLOWS: dict[str, tuple[LoginFlow, ...]] = {
    "whatsapp": whatsapp.FLOWS,
    "telegram": telegram.FLOWS,
    "signal": signal.FLOWS,
    "gmessages": google.MESSAGES,
    "gvoice": google.VOICE,
    "slackgo": slack.FLOWS,
    "discordgo": discord.FLOWS,
    "facebookgo": meta.FACEBOOK,
    "instagramgo": meta.INSTAGRAM,
    "twitter": x.FLOWS,
    "linkedin": headers.LINKEDIN,
    "tumblr": headers.TUMBLR,
    "line": forms.LINE,
    "irc": forms.IRC,
    "bluesky": forms.BLUESKY,
    "zulip": forms.ZULIP,
    "imessage": imessage.FLOWS,
    "carrierpigeon": future.FLOWS,
}
"""The flows by the type of the bridge, the default one first."""
