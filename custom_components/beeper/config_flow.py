"""Config flow: where Beeper is, and a sign-in proven before anything is stored."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
import logging
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow, UnknownFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api import (
    DEFAULT_PORT,
    Account,
    AppSetup,
    BeeperClient,
    BeeperError,
    at_default_port,
    normalize_url,
    with_https,
)
from .connection import create_client
from .const import CONF_USER_ID, DOMAIN
from .errors import Context, error_key
from .markdown import escape
from .names import person_name, user_name
from .oauth import (
    CREDENTIALS,
    SCOPES,
    BeeperOAuth2Implementation,
    async_register,
    async_revoke,
)
from .options_flow import BeeperOptionsFlow
from .runtime import BeeperConfigEntry
from .texts import MAX_READ

_LOGGER = logging.getLogger(__name__)

LOCAL_URL = f"http://localhost:{DEFAULT_PORT}"
LOCAL_TIMEOUT = 2
"""Seconds to look for a Beeper on this machine before the first form is shown."""

CONF_SCOPE = "scope"
CONF_SIGN_IN = "sign_in"

# As code, for the frontend makes links of addresses, and this one leads nowhere
PLACEHOLDERS = {"example_url": f"`http://192.168.1.20:{DEFAULT_PORT}`"}

SIGN_IN_METHODS = ["oauth", "access_token"]

URL_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL, autocomplete="url")
        )
    }
)
ADDRESS_SCHEMA = URL_SCHEMA.extend(
    {vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector()}
)
RECONFIGURE_SCHEMA = ADDRESS_SCHEMA.extend(
    {vol.Required(CONF_SIGN_IN, default=False): BooleanSelector()}
)
OAUTH_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_SCOPE, default="read_write"): SelectSelector(
            SelectSelectorConfig(
                options=list(SCOPES),
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_SCOPE,
            )
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
    """Set up a Beeper, sign in to a known one again, or tell that it has moved."""

    _address: dict[str, Any]
    """Where Beeper is: the part of the entry's data that no sign-in changes."""

    _oauth: BeeperOAuth2Implementation
    _authorize_url: str
    _authorized: Mapping[str, Any]
    """What the browser came back with."""

    _is_over = False
    """Whether the dialog has ended; it may be closed while a step waits for Beeper."""

    @callback
    @override
    def async_remove(self) -> None:
        """Remember that nobody wants anything stored any more."""
        self._is_over = True

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: BeeperConfigEntry) -> BeeperOptionsFlow:
        """Return what Configure opens."""
        return BeeperOptionsFlow()

    # --- The address

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the address."""
        errors: dict[str, str] = {}
        schema = URL_SCHEMA
        if user_input is None:
            user_input = {CONF_URL: await self._local_url()}
        elif error := await self._check_address(user_input):
            errors["base"] = error
            if error == "invalid_certificate" or CONF_VERIFY_SSL in user_input:
                schema = ADDRESS_SCHEMA
        else:
            return await self.async_step_sign_in()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            description_placeholders=PLACEHOLDERS,
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where a known Beeper is now; its token goes on where it still works."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is None:
            user_input = dict(entry.data)
        elif error := await self._check_address(user_input):
            errors["base"] = error
        elif user_input[CONF_SIGN_IN]:
            return await self.async_step_sign_in()
        else:
            result = await self._finish(_credentials(entry.data))
            if not isinstance(result, str):
                return result
            if result in ("invalid_auth", "missing_scope"):
                return await self.async_step_sign_in()
            errors["base"] = result
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                RECONFIGURE_SCHEMA, user_input
            ),
            description_placeholders=PLACEHOLDERS | {"name": escape(entry.title)},
            errors=errors,
        )

    # --- Signing in

    async def async_step_sign_in(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how to sign in."""
        return self.async_show_menu(
            step_id="sign_in",
            menu_options=SIGN_IN_METHODS,
            description_placeholders={"url": self._address[CONF_URL]},
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Beeper no longer accepts the token, or soon will not."""
        self._address = {
            key: entry_data[key]
            for key in (CONF_URL, CONF_VERIFY_SSL)
            if key in entry_data
        }
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how to sign in again."""
        return self.async_show_menu(
            step_id="reauth_confirm",
            menu_options=SIGN_IN_METHODS,
            description_placeholders={
                "name": escape(self._get_reauth_entry().title),
                "url": self._address[CONF_URL],
            },
        )

    async def async_step_access_token(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Ask for an access token that was made in Beeper."""
        errors: dict[str, str] = {}
        if user_input is not None:
            access_token = user_input[CONF_ACCESS_TOKEN].strip()
            result = await self._finish({CONF_ACCESS_TOKEN: access_token})
            if not isinstance(result, str):
                return result
            errors["base"] = result
        return self.async_show_form(
            step_id="access_token",
            data_schema=ACCESS_TOKEN_SCHEMA,
            description_placeholders={"url": self._address[CONF_URL]},
            errors=errors,
        )

    async def async_step_oauth(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Ask what to allow, then send the person to Beeper."""
        if user_input is None:
            return self._show_oauth()
        try:
            self._oauth = await async_register(
                self.hass, self._address, SCOPES[user_input[CONF_SCOPE]]
            )
            self._authorize_url = await self._oauth.async_generate_authorize_url(
                self.flow_id
            )
        except BeeperError as err:
            return self._show_oauth(error_key(err, Context.REGISTRATION))
        except RuntimeError:
            # Home Assistant knows its own address from the frontend only
            return self._show_oauth("no_redirect_address")
        return await self.async_step_authorize()

    async def async_step_authorize(
        self, user_input: Mapping[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Wait for the browser to come back from Beeper."""
        if user_input is None:
            return self.async_external_step(
                step_id="authorize", url=self._authorize_url
            )
        self._authorized = user_input
        return self.async_external_step_done(next_step_id="token")

    async def async_step_token(
        self, user_input: Mapping[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Exchange the code that the browser has brought for a token."""
        if user_input is not None:
            # The browser came back twice; only the first time counts
            return self.async_external_step_done(next_step_id="token")
        if "code" not in self._authorized:
            is_denied = self._authorized.get("error") == "access_denied"
            return self._show_oauth(
                "authorize_denied" if is_denied else "authorize_failed"
            )
        try:
            credentials = await self._oauth.async_resolve_external_data(
                self._authorized
            )
        except BeeperError as err:
            return self._show_oauth(_token_error(err))
        try:
            result = await self._finish(credentials)
        except AbortFlow, UnknownFlow:
            await async_revoke(self.hass, self._address | credentials)
            raise
        if isinstance(result, str):
            await async_revoke(self.hass, self._address | credentials)
            return self._show_oauth(
                "authorize_failed" if result == "invalid_auth" else result
            )
        return result

    def _show_oauth(self, error: str | None = None) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="oauth",
            data_schema=OAUTH_SCHEMA,
            description_placeholders={"url": self._address[CONF_URL]},
            errors={"base": error} if error else {},
        )

    # --- What all ways have in common

    async def _local_url(self) -> str | None:
        """Return the address of a Beeper on this machine that is not set up yet."""
        if any(
            entry.data[CONF_URL] == LOCAL_URL for entry in self._async_current_entries()
        ):
            return None
        try:
            async with asyncio.timeout(LOCAL_TIMEOUT):
                client = create_client(self.hass, {CONF_URL: LOCAL_URL})
                await client.info(retry=False)
        except BeeperError, TimeoutError:
            return None
        return LOCAL_URL

    async def _check_address(self, user_input: Mapping[str, Any]) -> str | None:
        """Remember the address if a usable Beeper answers; else return the error.

        Somebody who has left out the port is understood if Beeper is at its own, and so
        is somebody who has written http for https.
        """
        try:
            url = normalize_url(user_input[CONF_URL])
        except ValueError:
            return "cannot_connect"
        verify_ssl = (
            {} if user_input.get(CONF_VERIFY_SSL, True) else {CONF_VERIFY_SSL: False}
        )
        error = await self._try_address({CONF_URL: url} | verify_ssl)
        likely_urls = []
        if error == "not_beeper":
            likely_urls.append(with_https(url))
        if error in ("cannot_connect", "not_beeper"):
            likely_urls.append(at_default_port(url))
        for likely in filter(None, likely_urls):
            likely_error = await self._try_address({CONF_URL: likely} | verify_ssl)
            if likely_error in (None, "signed_out"):
                return likely_error
        return error

    async def _try_address(self, address: dict[str, Any]) -> str | None:
        self._async_abort_entries_match({CONF_URL: address[CONF_URL]})
        client = create_client(self.hass, address)
        try:
            await client.info()
        except BeeperError as err:
            return error_key(err, Context.ADDRESS)
        if await client.is_signed_out():
            return "signed_out"
        self._address = address
        return None

    async def _finish(self, credentials: dict[str, Any]) -> ConfigFlowResult | str:
        """Store what is proven to work.

        Returns the error where it does not. Raises `AbortFlow` where it is another's, and
        `UnknownFlow` where the dialog was closed in the meantime.
        """
        data = self._address | credentials
        result = await _check_access_token(create_client(self.hass, data))
        if isinstance(result, str):
            return result
        if self._is_over:
            raise UnknownFlow
        accounts, setup = result
        if setup and setup.matrix:
            data[CONF_USER_ID] = setup.matrix.user_id
        # Somebody may have added the same one in the meantime
        self._async_abort_entries_match({CONF_URL: data[CONF_URL]})
        if self.source == SOURCE_USER:
            return self.async_create_entry(title=_title(accounts, setup), data=data)
        return await self._update(data)

    async def _update(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Give the entry at hand this data, if it is the same user's.

        Where Beeper does not tell whose it is, it is taken to be.
        """
        entry = (
            self._get_reauth_entry()
            if self.source == SOURCE_REAUTH
            else self._get_reconfigure_entry()
        )
        before = dict(entry.data)
        if user_id := before.get(CONF_USER_ID):
            data = {CONF_USER_ID: user_id} | data
            if data[CONF_USER_ID] != user_id:
                raise AbortFlow("wrong_account", {"name": escape(entry.title)})
        result = self.async_update_reload_and_abort(entry, data=data)
        if before[CONF_ACCESS_TOKEN] != data[CONF_ACCESS_TOKEN]:
            # Not at the old address: who knows who listens there now
            await async_revoke(self.hass, self._address | _credentials(before))
        return result


def _credentials(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the data of an entry holds of a sign-in."""
    return {key: data[key] for key in CREDENTIALS if key in data}


async def _check_access_token(
    client: BeeperClient,
) -> tuple[tuple[Account, ...], AppSetup | None] | str:
    """Prove a token by reading with it all that is ever polled.

    Returns what was read, or the error.
    """
    try:
        await client.bridges()
        return await client.accounts(), await _app_setup(client)
    except BeeperError as err:
        key = error_key(err, Context.ACCESS_TOKEN)
        if key == "invalid_auth" and await client.is_signed_out():
            return "signed_out"
        if key == "unknown":
            if err.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                # A proxy before Beeper, which lets only some requests pass
                return "not_beeper"
            _LOGGER.error(
                "Unexpected answer of Beeper while checking the access token: %s", err
            )
        return key


async def _app_setup(client: BeeperClient) -> AppSetup | None:
    """Return whether Beeper is signed in; `None` where it does not tell."""
    try:
        return await client.app_setup()
    except BeeperError:
        return None


def _token_error(err: BeeperError) -> str:
    """Return what to tell of a code that Beeper gives no token for."""
    if err.code == "invalid_grant":
        return "authorize_expired"
    return error_key(err, Context.AUTHORIZATION)


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
        user_id = setup.matrix.user_id[:MAX_READ]
        if name := person_name(user_id.partition(":")[0]):
            return f"Beeper ({name})"
    return "Beeper"
