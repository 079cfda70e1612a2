"""Errors of Beeper as a person is told of them, wherever that is: one table for all.

It says which translation belongs to an error; what a context says otherwise stands below.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, Protocol

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import ERR_HOME_ASSISTANT_ERROR
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_get_translations

from .api import (
    Account,
    AccountBridge,
    BeeperAccessProxyError,
    BeeperAuthenticationError,
    BeeperCertificateError,
    BeeperConflictError,
    BeeperConnectionError,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    BeeperRateLimitError,
    BeeperScopeError,
    BeeperServerError,
    Bridge,
)
from .beeper_data import BeeperData
from .const import DOMAIN
from .limits import MAX_STATE
from .texts import shortened


class Context(Enum):
    """What Beeper was asked when the error came."""

    POLL = auto()
    """How the accounts are: a translated exception, and the reason of an outage."""
    ACTION = auto()
    """To do something, in an action, a dialog of an account or the card: an exception."""
    ADDRESS = auto()
    """Who it is, when somebody has entered an address: an error of the config flow."""
    ACCESS_TOKEN = auto()
    """The accounts, to prove a token: an error of the config flow."""
    REGISTRATION = auto()
    """To let Home Assistant sign in: an error of the config flow."""
    AUTHORIZATION = auto()
    """For a token in return for a code: an error of the config flow."""
    SYSTEM_HEALTH = auto()
    """Who it is, for the page of that name."""


_KEYS: Final[Mapping[type[BeeperError], str]] = {
    # The first one that fits counts
    BeeperCertificateError: "invalid_certificate",
    BeeperConnectionError: "cannot_connect",
    BeeperAuthenticationError: "invalid_auth",
    BeeperScopeError: "missing_scope",
    BeeperNotFoundError: "unsupported_version",
    BeeperConflictError: "invalid_response",
    BeeperInvalidRequestError: "invalid_response",
    BeeperRateLimitError: "rate_limited",
    BeeperServerError: "server_error",
    BeeperAccessProxyError: "invalid_response",
    BeeperError: "invalid_response",
}
"""The translation key of each kind of error, unless a context says otherwise."""

_SETTING_UP: Final[dict[type[BeeperError], str]] = {
    BeeperRateLimitError: "cannot_connect",
    BeeperServerError: "cannot_connect",
    BeeperAccessProxyError: "access_proxy",
}
"""Whoever is setting Beeper up can try again later, or say what a proxy wants."""

_REFUSALS: Final = (
    BeeperAuthenticationError,
    BeeperScopeError,
    BeeperConflictError,
    BeeperInvalidRequestError,
)
_ANSWERS: Final = (*_REFUSALS, BeeperNotFoundError, BeeperError)

_OVERRIDES: Final[Mapping[Context, Mapping[type[BeeperError], str]]] = {
    Context.POLL: {},
    Context.ACTION: {
        BeeperScopeError: "missing_write_scope",
        BeeperNotFoundError: "not_found",
        BeeperConflictError: "conflict",
        BeeperInvalidRequestError: "invalid_request",
        BeeperRateLimitError: "too_often",
        BeeperServerError: "bridge_failed",
    },
    Context.ADDRESS: _SETTING_UP | dict.fromkeys(_ANSWERS, "not_beeper"),
    Context.ACCESS_TOKEN: _SETTING_UP
    | dict.fromkeys(
        (BeeperConflictError, BeeperInvalidRequestError, BeeperError), "unknown"
    ),
    Context.REGISTRATION: _SETTING_UP
    | dict.fromkeys(_REFUSALS, "registration_refused")
    | {BeeperNotFoundError: "oauth_unsupported", BeeperError: "authorize_failed"},
    Context.AUTHORIZATION: _SETTING_UP | dict.fromkeys(_ANSWERS, "authorize_failed"),
    Context.SYSTEM_HEALTH: dict.fromkeys(_KEYS, "unreachable"),
}


def error_key(err: BeeperError, context: Context) -> str:
    """Return the translation key of an error, where this was asked."""
    kind = next(kind for kind in _KEYS if isinstance(err, kind))
    return _OVERRIDES[context].get(kind, _KEYS[kind])


# --- What an action, a dialog of an account or the card tells

_BY_THE_CALLER: Final = frozenset({"invalid_request", "not_found"})
"""What is wrong with what was asked for, not with Beeper."""


class Poll(Protocol):
    """What the poll knows of Beeper: the coordinator."""

    hass: HomeAssistant

    @property
    def outage(self) -> str | None:
        """Why there is no good answer, as a translation key; `None` where there is."""


def translated(poll: Poll, err: BeeperError) -> HomeAssistantError:
    """Return the error for a person.

    Whoever asked gets Beeper's words with it, as a placeholder. What Home Assistant writes
    into its log is the text of the error, which has only ours: Beeper and networks quote
    what was entered.
    """
    key = error_key(err, Context.ACTION)
    if key == "invalid_auth" and poll.outage == "signed_out":
        # The token is not to blame: a Beeper that nobody is signed in to takes none
        key = "signed_out"
    is_by_the_caller = key in _BY_THE_CALLER
    kind = ServiceValidationError if is_by_the_caller else HomeAssistantError
    ours = kind(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"message": "…"},
    )
    return kind(
        str(ours),
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"message": shortened(_own_words(err), MAX_STATE)},
    )


@callback
def tell_card(
    connection: ActiveConnection, msg_id: int, err: HomeAssistantError
) -> None:
    """Tell the card alone of an error; one that a command raises would be logged."""
    connection.send_error(
        msg_id,
        ERR_HOME_ASSISTANT_ERROR,
        str(err),
        translation_domain=err.translation_domain,
        translation_key=err.translation_key,
        translation_placeholders=err.translation_placeholders,
    )


def not_an_account(entity_id: str) -> ServiceValidationError:
    """Return the error for an entity that does not stand for an account."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="not_an_account",
        translation_placeholders={"entity_id": entity_id},
    )


def known_bridge(data: BeeperData, account: Account) -> AccountBridge | Bridge:
    """Return the bridge of an account, where its logins are.

    Raises `HomeAssistantError` where Beeper is too old to tell.
    """
    if (bridge := data.bridge_of(account)) is None:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="unsupported_version"
        )
    return bridge


async def async_explain(poll: Poll, err: BeeperError) -> str:
    """Return what an error means, in the language of this Home Assistant."""
    error = translated(poll, err)
    return await async_message(
        poll.hass, error.translation_key or "", error.translation_placeholders
    )


async def async_message(
    hass: HomeAssistant, key: str, placeholders: Mapping[str, str] | None = None
) -> str:
    """Return the message of an exception, in the language of this Home Assistant.

    An exception's own text is always English.
    """
    messages = await async_get_translations(
        hass, hass.config.language, "exceptions", {DOMAIN}
    )
    message = messages[f"component.{DOMAIN}.exceptions.{key}.message"]
    return message.format(**placeholders or {})


def _own_words(err: BeeperError) -> str:
    """Return what Beeper says of an error, and of the first value that is at fault."""
    message = err.message or err.code or str(err)
    match err.details:
        case {"issues": [{"message": str(reason)}, *_]}:
            return f"{message}: {reason}"
    return message
