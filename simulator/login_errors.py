"""Why a login ends without success: reasons, how they are worded, codes and statuses.

The codes and HTTP statuses are those of the open-source bridges (bridgev2.RespError in
mautrix-whatsapp, -signal, -gmessages, -slack, -meta, -discord, -twitter, -telegram and
in bridgev2's provisioning API) where they are known, and made in their manner where
they are not. An error without a code of its own is `M_UNKNOWN`, 500.
"""

from .errors import ApiError

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
    "invalid_credentials": "The network does not accept what was entered.",
    "wrong_emoji": "The wrong emoji was tapped on the phone.",
    "cancelled_on_phone": "The login was cancelled on the phone.",
    "passkey_unsupported": "Logging in with a passkey is not yet supported.",
}
"""The reasons for which a login ends, and how they are worded."""

_UNKNOWN = ("M_UNKNOWN", 500)
_BAD_TOKEN = ("FI.MAU.DISCORD.INVALID_TOKEN", 401)
_BAD_X_COOKIES = ("FI.MAU.TWITTER.BAD_COOKIES", 401)
_META = {
    "missing_cookies": ("FI.MAU.META_MISSING_COOKIES", 400),
    "checkpoint_required": ("FI.MAU.META_CHECKPOINT_ERROR", 400),
    "consent_required": ("FI.MAU.META_CONSENT_ERROR", 400),
    "invalid_credentials": ("FI.MAU.META_TOKEN_ERROR", 400),
}
_GOOGLE = {"missing_cookies": _UNKNOWN, "invalid_credentials": _UNKNOWN}

_CODES: dict[str, dict[str, tuple[str, int]]] = {
    "whatsapp": {"login_timed_out": ("FI.MAU.WHATSAPP.LOGIN_TIMEOUT", 400)},
    "telegram": {
        "phone_number_too_short": _UNKNOWN,
        "phone_number_not_international": _UNKNOWN,
        "invalid_credentials": _UNKNOWN,
    },
    "signal": {
        "login_timed_out": ("FI.MAU.BRIDGE.LOGIN_TIMED_OUT", 410),
        "rate_limited": ("FI.MAU.SIGNAL.DEVICE_LINK_RATE_LIMITED", 429),
        "cancelled_on_phone": ("FI.MAU.SIGNAL.DEVICE_LINK_REJECTED", 400),
    },
    "gmessages": {
        **_GOOGLE,
        "login_timed_out": ("FI.MAU.GMESSAGES.PAIR_QR_TIMEOUT", 400),
        "wrong_emoji": ("FI.MAU.GMESSAGES.PAIR_INCORRECT_EMOJI", 400),
        "cancelled_on_phone": ("FI.MAU.GMESSAGES.PAIR_CANCELLED", 400),
    },
    "gvoice": _GOOGLE,
    "slackgo": {"missing_cookies": _UNKNOWN, "invalid_credentials": _UNKNOWN},
    "facebookgo": _META,
    "instagramgo": _META,
    "discordgo": {
        "missing_cookies": ("FI.MAU.DISCORD.MISSING_LOGIN_INPUT", 400),
        "invalid_credentials": _BAD_TOKEN,
        "rate_limited": ("FI.MAU.DISCORD.RATE_LIMITED", 429),
    },
    "twitter": {
        "missing_cookies": _BAD_X_COOKIES,
        "invalid_credentials": _BAD_X_COOKIES,
        "rate_limited": ("FI.MAU.TWITTER.RATE_LIMITED", 429),
        "checkpoint_required": ("FI.MAU.TWITTER.ACCOUNT_LOCKED", 403),
    },
    "linkedin": {"missing_cookies": _UNKNOWN, "invalid_credentials": _UNKNOWN},
    "bluesky": {"invalid_credentials": _UNKNOWN},
    "zulip": {"invalid_credentials": _UNKNOWN},
    "irc": {"invalid_credentials": ("M_NOT_FOUND", 404)},
}
_ANYWHERE = {"passkey_unsupported": ("COM.BEEPER.WEBAUTHN_UNSUPPORTED", 400)}


def login_error(bridge_type: str, reason: str) -> ApiError:
    """Return the error with which a network ends a login for one of FATAL_ERRORS."""
    network = bridge_type.removesuffix("go").upper()
    code, status = (
        _CODES.get(bridge_type, {}).get(reason)
        or _ANYWHERE.get(reason)
        or (f"FI.MAU.{network}.{reason.upper()}", 400)
    )
    return ApiError(status, code, FATAL_ERRORS[reason])
