"""Errors of Beeper as a person is told of them, by actions and by dialogs."""

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .api import (
    BeeperAuthenticationError,
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
from .names import without_contact_details

_MAX_MESSAGE = 255
"""Characters of Beeper's own words in an error."""

_ERRORS: tuple[tuple[type[BeeperError], type[HomeAssistantError], str], ...] = (
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


def translated(err: BeeperError) -> HomeAssistantError:
    """Return the error for a person; it may end up in the log of an automation."""
    kind, translation_key = next(
        (error, key) for kind, error, key in _ERRORS if isinstance(err, kind)
    )
    return kind(
        translation_domain=DOMAIN,
        translation_key=translation_key,
        translation_placeholders={
            "message": without_contact_details(_own_words(err))[:_MAX_MESSAGE]
        },
    )


def _own_words(err: BeeperError) -> str:
    """Return what Beeper says of an error, and of the first value that is at fault."""
    message = err.message or err.code or str(err)
    match err.details:
        case {"issues": [{"message": str(reason)}, *_]}:
            return f"{message}: {reason}"
    return message
