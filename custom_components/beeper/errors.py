"""Errors of Beeper as a person is told of them, by actions and by dialogs."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_get_translations

from .api import (
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
)
from .const import DOMAIN
from .coordinator import BeeperCoordinator
from .texts import MAX_STATE, shortened

_ERRORS: tuple[tuple[type[BeeperError], type[HomeAssistantError], str], ...] = (
    (BeeperCertificateError, HomeAssistantError, "invalid_certificate"),
    (BeeperConnectionError, HomeAssistantError, "cannot_connect"),
    (BeeperAuthenticationError, HomeAssistantError, "invalid_auth"),
    (BeeperScopeError, HomeAssistantError, "missing_write_scope"),
    (BeeperNotFoundError, ServiceValidationError, "not_found"),
    (BeeperConflictError, HomeAssistantError, "conflict"),
    (BeeperInvalidRequestError, ServiceValidationError, "invalid_request"),
    (BeeperRateLimitError, HomeAssistantError, "too_often"),
    (BeeperServerError, HomeAssistantError, "bridge_failed"),
    (BeeperError, HomeAssistantError, "invalid_response"),
)


def translated(coordinator: BeeperCoordinator, err: BeeperError) -> HomeAssistantError:
    """Return the error for a person; it may end up in the log of an automation."""
    kind, translation_key = next(
        (error, key) for kind, error, key in _ERRORS if isinstance(err, kind)
    )
    if translation_key == "invalid_auth" and coordinator.outage == "signed_out":
        # The token is not to blame: a Beeper that nobody is signed in to takes none
        translation_key = "signed_out"
    return kind(
        translation_domain=DOMAIN,
        translation_key=translation_key,
        translation_placeholders={"message": shortened(_own_words(err), MAX_STATE)},
    )


async def async_explain(coordinator: BeeperCoordinator, err: BeeperError) -> str:
    """Return what an error means, in the language of this Home Assistant."""
    error = translated(coordinator, err)
    return await async_message(
        coordinator.hass, error.translation_key or "", error.translation_placeholders
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
