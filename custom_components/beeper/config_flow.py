"""Config flow: where Beeper is, and a sign-in proven before anything is stored."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_HEADERS,
    CONF_URL,
    CONF_VERIFY_SSL,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow, UnknownFlow
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .address_form import (
    ADDRESS_SCHEMA,
    CONF_SIGN_IN,
    RECONFIGURE_SCHEMA,
    URL_SCHEMA,
    likely_addresses,
    read_address,
    read_headers,
    values_to_show,
    with_headers,
)
from .api import (
    DEFAULT_PORT,
    Account,
    AppSetup,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    is_same_server,
    normalize_access_token,
)
from .checks import (
    CheckFailedError,
    approval_error,
    check_access_token,
    check_beeper,
    code_error,
    is_beeper_near,
    registration_error,
)
from .connection import ADDRESS, async_create_client
from .const import CONF_USER_ID, DOMAIN
from .limits import MAX_READ
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

LOCAL_URL = f"http://localhost:{DEFAULT_PORT}"

CONF_SCOPE = "scope"

# As code, for the frontend makes links of addresses, and this one leads nowhere
PLACEHOLDERS = {"example_url": f"`http://192.168.1.20:{DEFAULT_PORT}`"}

SIGN_IN_METHODS = ["oauth", "access_token"]

NO_WAY_BUT_A_TOKEN: Final = frozenset(
    {
        "authorize_refused",
        "no_redirect_address",
        "oauth_unsupported",
        "registration_refused",
    }
)
"""Errors after which another try to sign in with Beeper would end in the same way."""

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

    _headers: Mapping[str, str] = MappingProxyType({})
    """Request headers as they were entered last; their values are never shown."""

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
        if user_input is None:
            local = {CONF_URL: await self._local_url()}
            return self._show_address("user", URL_SCHEMA, local)
        try:
            await self._find(user_input)
        except CheckFailedError as err:
            has_switch = (
                err.key == "invalid_certificate" or CONF_VERIFY_SSL in user_input
            )
            schema = ADDRESS_SCHEMA if has_switch else URL_SCHEMA
            return self._show_address("user", schema, user_input, err)
        return await self.async_step_sign_in()

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where a known Beeper is now; its token goes on where it still works."""
        entry = self._get_reconfigure_entry()
        name = {"name": escape(entry.title)}
        if user_input is None:
            self._headers = entry.data.get(CONF_HEADERS, {})
            return self._show_address(
                "reconfigure", RECONFIGURE_SCHEMA, entry.data, placeholders=name
            )
        try:
            await self._find(user_input)
            if not user_input[CONF_SIGN_IN]:
                return await self._finish(_credentials(entry.data))
        except CheckFailedError as err:
            if err.key not in ("invalid_auth", "missing_scope"):
                return self._show_address(
                    "reconfigure", RECONFIGURE_SCHEMA, user_input, err, name
                )
        return await self.async_step_sign_in()

    def _show_address(
        self,
        step_id: str,
        schema: vol.Schema,
        shown: Mapping[str, Any],
        error: CheckFailedError | None = None,
        placeholders: Mapping[str, str] = MappingProxyType({}),
    ) -> ConfigFlowResult:
        """Show a form for an address, with these values in it."""
        if error and error.url:
            shown = {**shown, CONF_URL: error.url}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                with_headers(schema, error.key if error else None),
                values_to_show(shown, self._headers),
            ),
            description_placeholders={
                **PLACEHOLDERS,
                **placeholders,
                **(error.placeholders if error else {}),
            },
            errors={"base": error.key} if error else {},
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
        self._address = {key: entry_data[key] for key in ADDRESS if key in entry_data}
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
        if user_input is None:
            return self._show_sign_in("access_token")
        access_token = normalize_access_token(user_input[CONF_ACCESS_TOKEN])
        try:
            return await self._finish({CONF_ACCESS_TOKEN: access_token})
        except CheckFailedError as err:
            return self._show_sign_in("access_token", err.key)

    async def async_step_oauth(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Ask what to allow, then send the person to Beeper."""
        if user_input is None:
            return self._show_sign_in("oauth")
        try:
            self._oauth = await async_register(
                self.hass, self._address, SCOPES[user_input[CONF_SCOPE]]
            )
            self._authorize_url = await self._oauth.async_generate_authorize_url(
                self.flow_id
            )
        except BeeperError as err:
            return self._show_oauth_failed(registration_error(err))
        except RuntimeError:
            # Home Assistant knows its own address from the frontend only
            return self._show_oauth_failed("no_redirect_address")
        try:
            await self._oauth.async_check_authorize_url(self._authorize_url)
        except BeeperNotFoundError:
            return self._show_oauth_failed("oauth_unsupported")
        except BeeperInvalidRequestError as err:
            return self._show_oauth_failed(approval_error(err.code))
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
            return self._show_oauth_failed(
                approval_error(self._authorized.get("error"))
            )
        try:
            credentials = await self._oauth.async_resolve_external_data(
                self._authorized
            )
        except BeeperError as err:
            return self._show_oauth_failed(code_error(err))
        try:
            return await self._finish(credentials)
        except CheckFailedError as err:
            await async_revoke(self.hass, self._address | credentials)
            return self._show_oauth_failed(
                "authorize_failed" if err.key == "invalid_auth" else err.key
            )
        except AbortFlow, UnknownFlow:
            await async_revoke(self.hass, self._address | credentials)
            raise

    def _show_oauth_failed(self, error: str) -> ConfigFlowResult:
        """Say why the sign-in with Beeper failed, where it goes on best."""
        is_hopeless = error in NO_WAY_BUT_A_TOKEN
        return self._show_sign_in("access_token" if is_hopeless else "oauth", error)

    def _show_sign_in(self, step_id: str, error: str | None = None) -> ConfigFlowResult:
        """Show the form of one of the ways to sign in."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=OAUTH_SCHEMA if step_id == "oauth" else ACCESS_TOKEN_SCHEMA,
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
        client = async_create_client(self.hass, {CONF_URL: LOCAL_URL})
        return LOCAL_URL if await is_beeper_near(client) else None

    async def _find(self, user_input: Mapping[str, Any]) -> None:
        """Remember the address if a usable Beeper answers there.

        Raises `CheckFailedError` where it does not.
        """
        self._headers = read_headers(user_input, self._headers)
        address = read_address(user_input, self._headers)
        try:
            await self._try_address(address)
        except CheckFailedError as err:
            failed = err
        else:
            return
        for likely in likely_addresses(address, failed.key):
            try:
                await self._try_address(likely)
            except CheckFailedError as err:
                if err.key in ("signed_out", "access_proxy"):
                    raise CheckFailedError(err.key, url=likely[CONF_URL]) from None
            else:
                return
        raise failed

    async def _try_address(self, address: dict[str, Any]) -> None:
        self._async_abort_entries_match({CONF_URL: address[CONF_URL]})
        await check_beeper(async_create_client(self.hass, address))
        self._address = address

    async def _finish(self, credentials: dict[str, Any]) -> ConfigFlowResult:
        """Store what is proven to work.

        Raises `CheckFailedError` where it does not, `AbortFlow` where it is another's,
        and `UnknownFlow` where the dialog was closed in the meantime.
        """
        data = self._address | credentials
        accounts, setup = await check_access_token(async_create_client(self.hass, data))
        if self._is_over:
            raise UnknownFlow
        if setup and setup.matrix:
            data[CONF_USER_ID] = setup.matrix.user_id
        # Somebody may have added the same one in the meantime
        self._async_abort_entries_match({CONF_URL: data[CONF_URL]})
        self._abort_if_known_by_another_name(data)
        if self.source == SOURCE_USER:
            return self.async_create_entry(title=_title(accounts, setup), data=data)
        return await self._update(data)

    def _abort_if_known_by_another_name(self, data: Mapping[str, Any]) -> None:
        """Raise `AbortFlow` for a Beeper of this machine that has an entry already.

        Two users of one machine cannot have theirs at the same port, but an address may
        lead elsewhere than it seems: so it counts who they are.
        """
        user_id = data.get(CONF_USER_ID)
        for entry in self._async_current_entries(include_ignore=False):
            if (
                user_id is not None
                and entry.data.get(CONF_USER_ID) == user_id
                and entry.entry_id != self.context.get("entry_id")
                and is_same_server(entry.data[CONF_URL], data[CONF_URL])
            ):
                raise AbortFlow("already_configured")

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
        may_give_back = _is_where_it_came_from(before, data)
        if user_id := before.get(CONF_USER_ID):
            data = {CONF_USER_ID: user_id} | data
            if data[CONF_USER_ID] != user_id:
                raise AbortFlow("wrong_account", {"name": escape(entry.title)})
        result = self.async_update_reload_and_abort(entry, data=data)
        if may_give_back and before[CONF_ACCESS_TOKEN] != data[CONF_ACCESS_TOKEN]:
            # Not at the old address: who knows who listens there now
            await async_revoke(self.hass, self._address | _credentials(before))
        return result


def _is_where_it_came_from(before: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Return whether a token may be given back to whoever answers now.

    It is where it was used until now, or the Beeper of the same user.
    """
    is_same_address = before[CONF_URL] == data[CONF_URL]
    user_id = before.get(CONF_USER_ID)
    return is_same_address or (
        user_id is not None and data.get(CONF_USER_ID) == user_id
    )


def _credentials(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the data of an entry holds of a sign-in."""
    return {key: data[key] for key in CREDENTIALS if key in data}


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
