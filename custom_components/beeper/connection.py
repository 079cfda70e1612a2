"""The client for what a config entry says about one Beeper."""

from collections.abc import Mapping
from typing import Final

from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_HEADERS,
    CONF_URL,
    CONF_VERIFY_SSL,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api import BeeperClient

ADDRESS: Final = (CONF_URL, CONF_VERIFY_SSL, CONF_HEADERS)
"""What the data of an entry holds of where Beeper is, and of how to get there."""


def create_client(hass: HomeAssistant, data: Mapping[str, object]) -> BeeperClient:
    """Return a client for the data of an entry, or for what is to become one.

    There may be no token yet. Certificates are verified unless a person has switched
    that off. Request headers for a proxy are there only if somebody has entered some.
    """
    access_token = data.get(CONF_ACCESS_TOKEN)
    headers = data.get(CONF_HEADERS)
    return BeeperClient(
        async_get_clientsession(hass, verify_ssl=bool(data.get(CONF_VERIFY_SSL, True))),
        str(data[CONF_URL]),
        None if access_token is None else str(access_token),
        headers if isinstance(headers, Mapping) else None,
    )
