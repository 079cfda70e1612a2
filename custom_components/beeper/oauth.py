"""Signing in with OAuth 2.0 at a Beeper itself: getting a token, and giving it back.

Every Beeper is an authorization server of its own, and Home Assistant registers there
each time that somebody signs in.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_CLIENT_ID, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2ImplementationWithPkce,
    async_get_redirect_uri,
)
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from .api import BeeperClient, BeeperError, BeeperNotFoundError
from .connection import create_client
from .const import DOMAIN, EXPIRY_NOTICE

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
        authorize_url: str,
        token_path: str,
    ) -> None:
        """Sign in as this client; `token_path` is below the client's base URL."""
        super().__init__(hass, DOMAIN, client_id, authorize_url, token_path)
        self._client = client
        self._scope = scope

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
        if token.expires_in is not None and token.expires_in < MAX_EXPIRES_IN:
            expires_in = max(token.expires_in, 0.0)
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
    redirect_uri = async_get_redirect_uri(hass)
    client = create_client(hass, data)
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
        authorize_url=f"{data[CONF_URL]}{endpoints.authorization_endpoint}",
        token_path=endpoints.token_endpoint,
    )


async def async_revoke(hass: HomeAssistant, data: Mapping[str, Any]) -> None:
    """Give back a token that was obtained by signing in.

    One that was pasted stays: it may be in use elsewhere. It is no error if Beeper
    cannot be asked; the person can revoke the token there.
    """
    if (client_id := data.get(CONF_CLIENT_ID)) is None:
        return
    client = create_client(hass, data)
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
    (docs).
    """
    if (expires_at := data.get(CONF_EXPIRES_AT)) is None:
        return None
    notice = EXPIRY_NOTICE.total_seconds()
    if (expires_in := data.get(CONF_EXPIRES_IN)) is not None:
        # Nobody wants to be asked again right after a sign-in
        notice = min(notice, expires_in / 2)
    return dt_util.utc_from_timestamp(expires_at - notice)


@callback
def async_watch_expiry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Ask for a new sign-in before the token of an entry ends, or now if that is due."""
    if (due := sign_in_due(entry.data)) is None:
        return

    @callback
    def ask(_: datetime) -> None:
        entry.async_start_reauth(hass)

    entry.async_on_unload(async_track_point_in_utc_time(hass, ask, due))
