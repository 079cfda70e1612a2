"""The client for what a config entry says about one Beeper, on a session of our own.

Home Assistant's common session has one cookie jar for all integrations: on one host Beeper
would get the cookies of others, and could overwrite them. Ours keeps no cookie. It is there
while an entry is loaded or a request is on its way, and closed with the last of them.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import ClientResponse, ClientSession, DummyCookieJar
from yarl import URL

from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_HEADERS,
    CONF_URL,
    CONF_VERIFY_SSL,
    EVENT_HOMEASSISTANT_CLOSE,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util.hass_dict import HassKey

from .api import BeeperClient
from .const import DOMAIN

ADDRESS: Final = (CONF_URL, CONF_VERIFY_SSL, CONF_HEADERS)
"""What the data of an entry holds of where Beeper is, and of how to get there."""


class _OwnSession:
    """Our session, for as long as somebody uses it."""

    def __init__(self, hass: HomeAssistant, *, verify_ssl: bool) -> None:
        """Begin without any."""
        self._hass = hass
        self._verify_ssl = verify_ssl
        self._users = 0
        self._session: ClientSession | None = None

    @callback
    def async_hold(self) -> CALLBACK_TYPE:
        """Keep the session; returns what lets go of it."""
        self._users += 1

        @callback
        def release() -> None:
            self._users -= 1
            if not self._users and self._session is not None:
                # The connector is that of Home Assistant
                self._session.detach()
                self._session = None

        return release

    @asynccontextmanager
    async def request(
        self, method: str, url: URL, **more: Any
    ) -> AsyncGenerator[ClientResponse]:
        """Ask; the session is there until the answer was read."""
        release = self.async_hold()
        try:
            if self._session is None:
                self._session = self._open()
            async with self._session.request(method, url, **more) as response:
                yield response
        finally:
            release()

    def _open(self) -> ClientSession:
        return async_create_clientsession(
            self._hass,
            verify_ssl=self._verify_ssl,
            auto_cleanup=False,
            cookie_jar=DummyCookieJar(),
        )


_SESSIONS: Final[HassKey[dict[bool, _OwnSession]]] = HassKey(f"{DOMAIN}_sessions")
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
    return BeeperClient(
        _async_session(hass, data),
        str(data[CONF_URL]),
        None if access_token is None else str(access_token),
        # For a proxy, if somebody has entered some
        headers if isinstance(headers, Mapping) else None,
    )


@callback
def async_hold_session(
    hass: HomeAssistant, data: Mapping[str, object]
) -> CALLBACK_TYPE:
    """Keep the session of an entry between its requests, at most until the end.

    Returns what lets go of it.
    """
    release = _async_session(hass, data).async_hold()

    @callback
    def let_go() -> None:
        stop()
        release()

    @callback
    def close(_: Event) -> None:
        # Nobody unloads entries then
        release()

    stop = hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, close)
    return let_go


@callback
def _async_session(hass: HomeAssistant, data: Mapping[str, object]) -> _OwnSession:
    # Certificates are verified, unless a person has switched that off
    verify_ssl = bool(data.get(CONF_VERIFY_SSL, True))
    sessions = hass.data.setdefault(_SESSIONS, {})
    if verify_ssl not in sessions:
        sessions[verify_ssl] = _OwnSession(hass, verify_ssl=verify_ssl)
    return sessions[verify_ssl]
