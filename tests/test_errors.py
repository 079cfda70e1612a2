"""One table says which translation belongs to an error, in each context."""

import json
from pathlib import Path

import pytest

from custom_components.beeper.api import (
    BeeperAccessProxyError,
    BeeperAuthenticationError,
    BeeperCertificateError,
    BeeperConflictError,
    BeeperConnectionError,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    BeeperRateLimitError,
    BeeperResponseError,
    BeeperScopeError,
    BeeperServerError,
    BeeperTimeoutError,
)
from custom_components.beeper.errors import Context, error_key

STRINGS = json.loads(
    Path("custom_components/beeper/strings.json").read_text(encoding="utf-8")
)
TRANSLATED = {
    Context.POLL: STRINGS["exceptions"],
    Context.ACTION: STRINGS["exceptions"],
    Context.ADDRESS: STRINGS["config"]["error"],
    Context.ACCESS_TOKEN: STRINGS["config"]["error"],
    Context.REGISTRATION: STRINGS["config"]["error"],
    Context.AUTHORIZATION: STRINGS["config"]["error"],
    # Home Assistant's own words
    Context.SYSTEM_HEALTH: {"unreachable"},
}
ERRORS = (
    BeeperAccessProxyError,
    BeeperAuthenticationError,
    BeeperCertificateError,
    BeeperConflictError,
    BeeperConnectionError,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    BeeperRateLimitError,
    BeeperResponseError,
    BeeperScopeError,
    BeeperServerError,
    BeeperTimeoutError,
)


@pytest.mark.parametrize("context", Context)
@pytest.mark.parametrize("error", ERRORS)
def test_each_error_has_words_in_each_context(
    context: Context, error: type[BeeperError]
) -> None:
    """A person is told something, whatever happens and wherever it is."""
    assert error_key(error("?"), context) in TRANSLATED[context]


@pytest.mark.parametrize(
    ("error", "keys"),
    [
        (
            BeeperCertificateError,
            (
                "invalid_certificate invalid_certificate invalid_certificate"
                " invalid_certificate invalid_certificate invalid_certificate unreachable"
            ),
        ),
        (
            BeeperTimeoutError,
            (
                "cannot_connect cannot_connect cannot_connect"
                " cannot_connect cannot_connect cannot_connect unreachable"
            ),
        ),
        (
            BeeperAuthenticationError,
            (
                "invalid_auth invalid_auth not_beeper"
                " invalid_auth registration_refused authorize_failed unreachable"
            ),
        ),
        (
            BeeperScopeError,
            (
                "missing_scope missing_write_scope not_beeper"
                " missing_scope registration_refused authorize_failed unreachable"
            ),
        ),
        (
            BeeperNotFoundError,
            (
                "unsupported_version not_found not_beeper"
                " unsupported_version oauth_unsupported authorize_failed unreachable"
            ),
        ),
        (
            BeeperConflictError,
            (
                "invalid_response conflict not_beeper"
                " unknown registration_refused authorize_failed unreachable"
            ),
        ),
        (
            BeeperInvalidRequestError,
            (
                "invalid_response invalid_request not_beeper"
                " unknown registration_refused authorize_failed unreachable"
            ),
        ),
        (
            BeeperRateLimitError,
            (
                "rate_limited too_often cannot_connect"
                " cannot_connect cannot_connect cannot_connect unreachable"
            ),
        ),
        (
            BeeperServerError,
            (
                "server_error bridge_failed cannot_connect"
                " cannot_connect cannot_connect cannot_connect unreachable"
            ),
        ),
        (
            BeeperAccessProxyError,
            (
                "invalid_response invalid_response access_proxy"
                " access_proxy access_proxy access_proxy unreachable"
            ),
        ),
        (
            BeeperResponseError,
            (
                "invalid_response invalid_response not_beeper"
                " unknown authorize_failed authorize_failed unreachable"
            ),
        ),
    ],
)
def test_what_is_told_of_each_error(error: type[BeeperError], keys: str) -> None:
    """In the order of the contexts."""
    told = [error_key(error("?"), context) for context in Context]
    assert told == keys.split()
