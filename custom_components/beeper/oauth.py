"""Signing in with OAuth 2.0 at a Beeper itself: getting a token, and giving it back.

Every Beeper is an authorization server of its own, and Home Assistant registers there
each time that somebody signs in.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
import logging
from typing import Any, Final, override

from yarl import URL

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_CLIENT_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.config_entry_oauth2_flow import (
    AUTH_CALLBACK_PATH,
    LocalOAuth2ImplementationWithPkce,
    async_get_redirect_uri,
)
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from .api import BeeperClient, BeeperError, BeeperNotFoundError
from .connection import async_create_client
from .const import DOMAIN, EXPIRY_NOTICE, EXPIRY_NOTICE_SHARE
from .internals import frontend_base

_LOGGER = logging.getLogger(__name__)

CLIENT_NAME = "Home Assistant"
"""What Beeper calls us when it asks the person, and under Approved connections."""

SCOPES: Final = {"read_write": "read write", "read": "read"}
"""What a person may allow, and the scopes that stand for it (docs)."""

CONF_EXPIRES_AT: Final = "expires_at"
"""Unix time in seconds at which the token ends; absent where it does not."""

CONF_EXPIRES_IN: Final = "expires_in"
"""Seconds for which the token was good when it was new."""

CREDENTIALS: Final = (
    CONF_ACCESS_TOKEN,
    CONF_CLIENT_ID,
    CONF_EXPIRES_AT,
    CONF_EXPIRES_IN,
)
"""What the data of an entry holds of a sign-in; a pasted token stands alone."""

REVOKE_TIMEOUT = 10
"""Seconds that giving a token back may take; a person waits for what comes next."""

MIN_EXPIRES_IN = timedelta(minutes=1).total_seconds()
"""Seconds; of the end of a token for which less is told, nobody is told before it."""

MAX_EXPIRES_IN = timedelta(days=3650).total_seconds()
"""Seconds; a token that is good for longer does not expire in any sense."""


class BeeperOAuth2Implementation(LocalOAuth2ImplementationWithPkce):
    """One sign-in at one Beeper, as the client that was registered for it.

    Everything goes through the `BeeperClient`, which follows no redirects, reads no
    endless answers and knows which certificates to accept.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        client: BeeperClient,
        client_id: str,
        scope: str,
        *,
        redirect_uri: str,
        authorize_path: str,
        token_path: str,
    ) -> None:
        """Sign in as this client; the paths are below the client's base URL."""
        super().__init__(
            hass, DOMAIN, client_id, f"{client.url}{authorize_path}", token_path
        )
        self._client = client
        self._scope = scope
        self._redirect_uri = redirect_uri

    @property
    @override
    def redirect_uri(self) -> str:
        """Where Beeper sends the browser, which was registered."""
        return self._redirect_uri

    async def async_check_authorize_url(self, url: str) -> None:
        """Find out whether Beeper will ask the person at all.

        Raises `BeeperInvalidRequestError` where it refuses, and `BeeperNotFoundError`
        where it has no page to ask on.
        """
        path = url.removeprefix(self._client.url)
        await self._client.check_authorization(path, self._redirect_uri)

    @property
    @override
    def extra_authorize_data(self) -> dict[str, str]:
        """What a person is asked to allow."""
        return {"scope": self._scope} | super().extra_authorize_data

    @override
    async def _token_request(self, data: dict[str, str]) -> dict[str, Any]:
        """Return the credentials, as an entry keeps them.

        Raises `BeeperError`.
        """
        token = await self._client.request_oauth_token(
            self.token_url, data | {CONF_CLIENT_ID: self.client_id}
        )
        credentials: dict[str, Any] = {
            CONF_ACCESS_TOKEN: token.access_token,
            CONF_CLIENT_ID: self.client_id,
        }
        expires_in = token.expires_in
        # Nonsense, or so little that whoever signs in would be asked again at once
        if expires_in is not None and MIN_EXPIRES_IN <= expires_in < MAX_EXPIRES_IN:
            credentials[CONF_EXPIRES_IN] = expires_in
            credentials[CONF_EXPIRES_AT] = dt_util.utcnow().timestamp() + expires_in
        return credentials


async def async_register(
    hass: HomeAssistant, data: Mapping[str, object], scope: str
) -> BeeperOAuth2Implementation:
    """Register Home Assistant at a Beeper, to sign in with these scopes.

    `data` tells where that is. Raises `BeeperNotFoundError` where Beeper registers
    nobody, another `BeeperError` where it cannot be asked or refuses, and
    `RuntimeError` where the address of Home Assistant is not known.
    """
    redirect_uri = _redirect_uri(hass)
    client = async_create_client(hass, data)
    endpoints = await client.oauth_endpoints()
    if endpoints.registration_endpoint is None:
        raise BeeperNotFoundError("Beeper registers no clients")
    client_id = await client.register_oauth_client(
        endpoints.registration_endpoint,
        client_name=CLIENT_NAME,
        redirect_uri=redirect_uri,
        scope=scope,
    )
    return BeeperOAuth2Implementation(
        hass,
        client,
        client_id,
        scope,
        redirect_uri=redirect_uri,
        authorize_path=endpoints.authorization_endpoint,
        token_path=endpoints.token_endpoint,
    )


def _redirect_uri(hass: HomeAssistant) -> str:
    """Return where Beeper is to send the browser.

    Somebody whose browser has Home Assistant open on its own machine is sent there at
    once: some versions of Beeper refuse addresses on the web, of which that of My Home
    Assistant is one. Raises `RuntimeError` where the address of Home Assistant is not
    known.
    """
    base = frontend_base()
    if base is not None and (origin := _loopback_origin(base)):
        return f"{origin}{AUTH_CALLBACK_PATH}"
    return async_get_redirect_uri(hass)


def _loopback_origin(address: str) -> str | None:
    """Return scheme, host and port; `None` for an address that is another machine's."""
    try:
        url = URL(address)
        if url.host != "localhost" and not ip_address(url.host or "").is_loopback:
            return None
        return str(url.origin())
    except ValueError:
        return None


async def async_revoke(hass: HomeAssistant, data: Mapping[str, Any]) -> None:
    """Give back a token that was obtained by signing in.

    One that was pasted stays: it may be in use elsewhere. It is no error if Beeper
    cannot be asked; the person can revoke the token there.
    """
    if (client_id := data.get(CONF_CLIENT_ID)) is None:
        return
    client = async_create_client(hass, data)
    try:
        async with asyncio.timeout(REVOKE_TIMEOUT):
            endpoints = await client.oauth_endpoints()
            if endpoints.revocation_endpoint is not None:
                await client.revoke_oauth_token(
                    endpoints.revocation_endpoint, client_id
                )
    except (BeeperError, TimeoutError) as err:
        _LOGGER.debug("The access token could not be revoked: %s", err)


def sign_in_due(data: Mapping[str, Any]) -> datetime | None:
    """Return when to ask for a new sign-in, before the token of an entry ends.

    It is `None` for a token that does not end. There is nothing to refresh one with
    (docs). What is stored may have been changed by anybody; where it tells no time, the
    token may end at any, so that one that is known is needed now.
    """
    if (expires_at := data.get(CONF_EXPIRES_AT)) is None:
        return None
    notice = EXPIRY_NOTICE.total_seconds()
    expires_in = _seconds(data.get(CONF_EXPIRES_IN))
    if expires_in is not None and 0 <= expires_in < MAX_EXPIRES_IN:
        # Nobody wants to be asked again right after a sign-in, or half of the time
        notice = min(notice, expires_in * EXPIRY_NOTICE_SHARE)
    try:
        return dt_util.utc_from_timestamp((_seconds(expires_at) or 0.0) - notice)
    except OSError, OverflowError, ValueError:
        return dt_util.utc_from_timestamp(0)


def _seconds(stored: object) -> float | None:
    """Return a number of seconds; `None` for anything else that may be stored."""
    if isinstance(stored, bool) or not isinstance(stored, int | float):
        return None
    return stored


@callback
def async_watch_expiry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Ask for a new sign-in before the token of an entry ends, or now if that is due."""
    if (due := sign_in_due(entry.data)) is None:
        return

    @callback
    def ask(_: datetime) -> None:
        entry.async_start_reauth(hass)

    entry.async_on_unload(async_track_point_in_utc_time(hass, ask, due))
