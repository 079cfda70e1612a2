"""Config flow: where Beeper is, and a token proven before anything is stored."""

import asyncio
from collections.abc import Mapping
import logging
from typing import override

import voluptuous as vol

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api import (
    DEFAULT_PORT,
    Account,
    AppSetup,
    AppState,
    BeeperAuthenticationError,
    BeeperClient,
    BeeperConnectionError,
    BeeperError,
    BeeperNotFoundError,
    BeeperRateLimitError,
    BeeperScopeError,
    BeeperServerError,
    normalize_url,
)
from .const import DOMAIN
from .names import user_name

_LOGGER = logging.getLogger(__name__)

LOCAL_URL = f"http://localhost:{DEFAULT_PORT}"
LOCAL_TIMEOUT = 2
"""Seconds to look for a Beeper on this machine before the first form is shown."""

PLACEHOLDERS = {"example_url": f"http://192.168.1.20:{DEFAULT_PORT}"}

URL_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL, autocomplete="url")
        )
    }
)
ACCESS_TOKEN_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_ACCESS_TOKEN): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
        )
    }
)


class BeeperConfigFlow(ConfigFlow, domain=DOMAIN):
    """Set up a Beeper, or give a known one a new token."""

    _url: str

    @override
    async def async_step_user(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Ask for the address."""
        errors: dict[str, str] = {}
        if user_input is None:
            suggestion = await self._local_url()
        else:
            suggestion = user_input[CONF_URL]
            if not (error := await self._check_address(suggestion)):
                return await self.async_step_access_token()
            errors["base"] = error
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                URL_SCHEMA, {CONF_URL: suggestion}
            ),
            description_placeholders=PLACEHOLDERS,
            errors=errors,
        )

    async def async_step_access_token(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Ask for the access token."""
        errors: dict[str, str] = {}
        if user_input is not None:
            access_token = user_input[CONF_ACCESS_TOKEN].strip()
            result = await _check_access_token(self.hass, self._url, access_token)
            if not isinstance(result, str):
                # Somebody may have added the same one in the meantime
                self._async_abort_entries_match({CONF_URL: self._url})
                return self.async_create_entry(
                    title=_title(*result),
                    data={CONF_URL: self._url, CONF_ACCESS_TOKEN: access_token},
                )
            errors["base"] = result
        return self.async_show_form(
            step_id="access_token",
            data_schema=ACCESS_TOKEN_SCHEMA,
            description_placeholders={"url": self._url},
            errors=errors,
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, str]
    ) -> ConfigFlowResult:
        """Beeper no longer accepts the token."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new access token for the same Beeper."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            access_token = user_input[CONF_ACCESS_TOKEN].strip()
            result = await _check_access_token(
                self.hass, entry.data[CONF_URL], access_token
            )
            if not isinstance(result, str):
                return self.async_update_reload_and_abort(
                    entry, data_updates={CONF_ACCESS_TOKEN: access_token}
                )
            errors["base"] = result
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=ACCESS_TOKEN_SCHEMA,
            description_placeholders={"name": entry.title, "url": entry.data[CONF_URL]},
            errors=errors,
        )

    async def _local_url(self) -> str | None:
        """Return the address of a Beeper on this machine that is not set up yet."""
        if any(
            entry.data[CONF_URL] == LOCAL_URL for entry in self._async_current_entries()
        ):
            return None
        try:
            async with asyncio.timeout(LOCAL_TIMEOUT):
                await BeeperClient(async_get_clientsession(self.hass), LOCAL_URL).info()
        except BeeperError, TimeoutError:
            return None
        return LOCAL_URL

    async def _check_address(self, text: str) -> str | None:
        """Remember the address if a usable Beeper answers; else return the error."""
        try:
            url = normalize_url(text)
        except ValueError:
            return "cannot_connect"
        self._async_abort_entries_match({CONF_URL: url})
        client = BeeperClient(async_get_clientsession(self.hass), url)
        try:
            await client.info()
        except BeeperConnectionError, BeeperServerError, BeeperRateLimitError:
            return "cannot_connect"
        except BeeperError:
            return "not_beeper"
        if await _is_signed_out(client):
            return "signed_out"
        self._url = url
        return None


async def _check_access_token(
    hass: HomeAssistant, url: str, access_token: str
) -> tuple[tuple[Account, ...], AppSetup | None] | str:
    """Prove a token by reading with it all that is ever polled.

    Returns what was read, or the error.
    """
    client = BeeperClient(async_get_clientsession(hass), url, access_token)
    try:
        await client.bridges()
        return await client.accounts(), await _app_setup(client)
    except BeeperAuthenticationError:
        return "signed_out" if await _is_signed_out(client) else "invalid_auth"
    except BeeperScopeError:
        return "missing_scope"
    except BeeperNotFoundError:
        return "unsupported_version"
    except BeeperConnectionError, BeeperServerError, BeeperRateLimitError:
        return "cannot_connect"
    except BeeperError as err:
        _LOGGER.error(
            "Unexpected answer of Beeper while checking the access token: %s", err
        )
        return "unknown"


async def _app_setup(client: BeeperClient) -> AppSetup | None:
    """Return whether Beeper is signed in; `None` where it does not tell."""
    try:
        return await client.app_setup()
    except BeeperError:
        return None


async def _is_signed_out(client: BeeperClient) -> bool:
    setup = await _app_setup(client)
    return setup is not None and setup.state == AppState.NEEDS_LOGIN


def _title(accounts: tuple[Account, ...], setup: AppSetup | None) -> str:
    """Return a title that tells whose Beeper it is.

    Their Beeper account is the one on the Matrix bridge.
    """
    for account in accounts:
        if (
            account.bridge
            and account.bridge.type == "matrix"
            and (name := user_name(account.user))
        ):
            return f"Beeper ({name})"
    if setup and setup.matrix:
        return f"Beeper ({setup.matrix.user_id.removeprefix('@').partition(':')[0]})"
    return "Beeper"
