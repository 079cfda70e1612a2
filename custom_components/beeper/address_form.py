"""The form for an address of Beeper: what it shows, and what somebody has meant by it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import CONF_HEADERS, CONF_URL, CONF_VERIFY_SSL
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api import (
    HeaderLineError,
    ReservedHeaderError,
    at_default_port,
    masked,
    normalize_url,
    parse_request_headers,
    with_https,
)
from .checks import CheckFailedError

CONF_ACCESS_PROXY: Final = "access_proxy"
"""The part of the form that most people leave folded."""

CONF_SIGN_IN: Final = "sign_in"

URL_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL, autocomplete="url")
        )
    }
)
ADDRESS_SCHEMA: Final = URL_SCHEMA.extend(
    {vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector()}
)
RECONFIGURE_SCHEMA: Final = ADDRESS_SCHEMA.extend(
    {vol.Required(CONF_SIGN_IN, default=False): BooleanSelector()}
)
_HEADERS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_HEADERS): TextSelector(
            TextSelectorConfig(multiline=True, autocomplete="off")
        )
    }
)

_ABOUT_HEADERS: Final = frozenset({"access_proxy", "invalid_header", "reserved_header"})
"""Errors that request headers help against."""


def with_headers(schema: vol.Schema, error: str | None) -> vol.Schema:
    """Return a form that also asks for request headers, folded unless an error is theirs."""
    is_folded = error not in _ABOUT_HEADERS
    return schema.extend(
        {
            vol.Optional(CONF_ACCESS_PROXY): section(
                _HEADERS_SCHEMA, {"collapsed": is_folded}
            )
        }
    )


def values_to_show(
    values: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the form has in it; of request headers only the names."""
    shown = {
        key: values[key]
        for key in (CONF_URL, CONF_VERIFY_SSL, CONF_SIGN_IN)
        if key in values
    }
    if headers:
        shown[CONF_ACCESS_PROXY] = {CONF_HEADERS: masked(headers)}
    return shown


def read_headers(
    user_input: Mapping[str, Any], known: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the request headers that were entered.

    They are as before where the form says nothing of them. Raises `CheckFailedError`.
    """
    if (proxy := user_input.get(CONF_ACCESS_PROXY)) is None:
        return known
    try:
        return parse_request_headers(proxy.get(CONF_HEADERS, ""), known)
    except HeaderLineError as err:
        is_reserved = isinstance(err, ReservedHeaderError)
        raise CheckFailedError(
            "reserved_header" if is_reserved else "invalid_header",
            placeholders={"line": str(err.line)},
        ) from None


def read_address(
    user_input: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return what was entered, and the headers, as the data of an entry has them.

    Raises `CheckFailedError`.
    """
    try:
        address: dict[str, Any] = {CONF_URL: normalize_url(user_input[CONF_URL])}
    except ValueError:
        raise CheckFailedError("cannot_connect") from None
    if not user_input.get(CONF_VERIFY_SSL, True):
        address[CONF_VERIFY_SSL] = False
    if headers:
        address[CONF_HEADERS] = dict(headers)
    return address


def likely_addresses(
    address: Mapping[str, Any], error: str
) -> Iterator[dict[str, Any]]:
    """Yield what somebody may have meant whose address ends in this error.

    They may have left out the port, or have written http for https. Request headers are
    for the address that was entered, and for no other.
    """
    if CONF_HEADERS in address:
        return
    url = address[CONF_URL]
    likely = [
        with_https(url) if error == "not_beeper" else None,
        at_default_port(url) if error in ("cannot_connect", "not_beeper") else None,
    ]
    for other in filter(None, likely):
        yield {**address, CONF_URL: other}
