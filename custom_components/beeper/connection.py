"""The client for what a config entry says about one Beeper, on a session of our own.

Home Assistant's common session has one cookie jar for all integrations: on one host Beeper
would get the cookies of others, and could overwrite them. Ours keeps no cookie.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import ClientSession, DummyCookieJar

from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_HEADERS,
    CONF_URL,
    CONF_VERIFY_SSL,
    EVENT_HOMEASSISTANT_CLOSE,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util.hass_dict import HassKey

from .api import BeeperClient
from .const import DOMAIN

ADDRESS: Final = (CONF_URL, CONF_VERIFY_SSL, CONF_HEADERS)
"""What the data of an entry holds of where Beeper is, and of how to get there."""

_SESSIONS: Final[HassKey[dict[bool, ClientSession]]] = HassKey(f"{DOMAIN}_sessions")
"""By whether certificates are verified."""


@callback
def async_create_client(
    hass: HomeAssistant, data: Mapping[str, object]
) -> BeeperClient:
    """Return a client for what is, or is to become, the data of an entry.

    There may be no token yet.
    """
    access_token = data.get(CONF_ACCESS_TOKEN)
    headers = data.get(CONF_HEADERS)
    # Certificates are verified, unless a person has switched that off
    verify_ssl = bool(data.get(CONF_VERIFY_SSL, True))
    return BeeperClient(
        _async_session(hass, verify_ssl=verify_ssl),
        str(data[CONF_URL]),
        None if access_token is None else str(access_token),
        # For a proxy, if somebody has entered some
        headers if isinstance(headers, Mapping) else None,
    )


@callback
def _async_session(hass: HomeAssistant, *, verify_ssl: bool) -> ClientSession:
    sessions = hass.data.setdefault(_SESSIONS, {})
    if (session := sessions.get(verify_ssl)) is not None:
        return session
    sessions[verify_ssl] = session = async_create_clientsession(
        hass, verify_ssl=verify_ssl, auto_cleanup=False, cookie_jar=DummyCookieJar()
    )

    @callback
    def close(_: Event) -> None:
        # The connector is that of Home Assistant
        session.detach()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, close)
    return session
