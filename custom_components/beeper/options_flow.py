"""Configure: reconnect, connect and sign out accounts, and choose what may alarm, and whom."""

from collections.abc import Mapping
from typing import Final, override

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigFlowContext,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import Platform
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    DeviceFilterSelectorConfig,
    DeviceSelector,
    DeviceSelectorConfig,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .api import (
    Account,
    AccountBridge,
    BeeperError,
    Bridge,
    BridgeLogin,
    BridgeStatus,
    RemoveScope,
)
from .beeper_data import BeeperData
from .const import (
    CONF_NO_REPAIRS_FOR,
    CONF_NOTIFY_ENTITIES,
    CONF_NOTIFY_PHONES,
    CONF_NOTIFY_WARNINGS,
    CONF_REMIND_AFTER,
    NEEDING_ATTENTION,
)
from .errors import async_explain
from .issues import async_end_account_issues
from .login.dialog import LoginDialog, lost_since
from .login.dialog_form import choice
from .login.read_only import async_is_read_only
from .markdown import escape
from .names import account_name, bridge_name
from .runtime import BeeperConfigEntry
from .texts import plain, without_contact_details
from .words import async_words

ACCOUNT: Final = "account"
BRIDGE: Final = "bridge"
SCOPE: Final = "scope"
REPAIRS_FOR: Final = "repairs_for"

_PROVIDERS: Final = ("local", "platform-sdk", "self-hosted", "cloud")
"""Where bridges run, nearest first."""

_AVAILABLE: Final = frozenset({BridgeStatus.AVAILABLE, BridgeStatus.CONNECTED})

_BEEPER_ITSELF: Final = "matrix"
"""Type of the bridge of the Beeper account, which nobody signs in to or out of."""


def _actions(*actions: str) -> vol.Schema:
    """Return the form that offers these, the first one chosen."""
    return vol.Schema(
        {
            vol.Required("action", default=actions[0]): SelectSelector(
                SelectSelectorConfig(
                    options=list(actions),
                    mode=SelectSelectorMode.LIST,
                    translation_key="configure",
                )
            )
        }
    )


_INIT_SCHEMA: Final = _actions(
    "reconnect", "connect", "sign_out", "tell_me", "settings"
)

_READ_ONLY_SCHEMA: Final = _actions("tell_me", "settings")
"""What can be done without signing anybody in or out."""


_TELL_ME_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_NOTIFY_PHONES): DeviceSelector(
            DeviceSelectorConfig(
                filter=DeviceFilterSelectorConfig(integration="mobile_app"),
                multiple=True,
            )
        ),
        vol.Optional(CONF_NOTIFY_ENTITIES): EntitySelector(
            EntitySelectorConfig(domain=Platform.NOTIFY, multiple=True)
        ),
        vol.Optional(CONF_REMIND_AFTER): NumberSelector(
            NumberSelectorConfig(
                min=1, max=168, unit_of_measurement="h", mode=NumberSelectorMode.BOX
            )
        ),
        vol.Required(CONF_NOTIFY_WARNINGS, default=False): BooleanSelector(),
    }
)


class BeeperOptionsFlow(LoginDialog[ConfigFlowContext, ConfigFlowResult], OptionsFlow):
    """What a person can do with one Beeper.

    Options take effect without a reload, which would end every login that runs.
    """

    _login_to_remove: BridgeLogin

    @property
    @override
    def _entry(self) -> BeeperConfigEntry:
        return self.config_entry

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Choose what to do."""
        runtime = self._runtime
        match user_input:
            case {"action": "reconnect"}:
                return await self.async_step_reconnect()
            case {"action": "connect"}:
                return await self.async_step_connect()
            case {"action": "sign_out"}:
                return await self.async_step_sign_out()
            case {"action": "tell_me"}:
                return await self.async_step_tell_me()
            case {"action": "settings"}:
                return await self.async_step_settings()
        if await async_is_read_only(runtime.coordinator.client):
            return await self.async_step_read_only()
        return self.async_show_form(
            step_id="init", data_schema=_INIT_SCHEMA, last_step=False
        )

    async def async_step_read_only(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Say how to allow more, and offer what can be done as it is."""
        if user_input is not None:
            return await self.async_step_init(user_input)
        return self.async_show_form(
            step_id="read_only", data_schema=_READ_ONLY_SCHEMA, last_step=False
        )

    # --- Reconnecting and connecting

    async def async_step_reconnect(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Choose the account to reconnect."""
        data = self._data
        if user_input is not None:
            account, bridge = self._account(user_input[ACCOUNT])
            return await self._async_begin(
                account_name(data, account), bridge.id, account.account_id
            )
        return await self._show_accounts("reconnect")

    async def async_step_connect(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Choose the network to connect an account of."""
        bridges = [
            bridge
            for bridge in self._data.bridges.values()
            if bridge.type != _BEEPER_ITSELF
        ]
        if user_input is not None:
            bridge = self._data.bridges.get(user_input[BRIDGE])
            if bridge is None:
                raise AbortFlow("bridge_gone")
            return await self._async_begin(bridge_name(bridge), bridge.id)
        available = [bridge for bridge in bridges if _can_connect(bridge)]
        providers = await async_words(self.hass, "bridge_provider")
        reasons = await async_words(self.hass, "bridge_status")
        unavailable = "\n".join(
            f"- {escape(bridge_name(bridge))}: {escape(_why(bridge, reasons))}"
            for bridge in bridges
            if bridge not in available
        )
        placeholders = {"unavailable": unavailable or "–"}
        if not available:
            raise AbortFlow("no_bridges", placeholders)
        return self.async_show_form(
            step_id="connect",
            data_schema=vol.Schema(
                {
                    vol.Required(BRIDGE): choice(
                        SelectOptionDict(
                            value=bridge.id,
                            label=_bridge_label(bridge, providers),
                        )
                        for bridge in sorted(available, key=_place)
                    )
                }
            ),
            description_placeholders=placeholders,
            last_step=False,
        )

    @override
    def _async_complete(self, placeholders: Mapping[str, str]) -> ConfigFlowResult:
        # Ending as "created" would say that options were saved
        return self.async_abort(
            reason="connected", description_placeholders=placeholders
        )

    # --- Signing out

    async def async_step_sign_out(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Choose the account to sign out."""
        if user_input is None:
            return await self._show_accounts("sign_out")
        data = self._data
        account, bridge = self._account(user_input[ACCOUNT])
        self._name = account_name(data, account)
        coordinator = self._runtime.coordinator
        try:
            logins = await coordinator.client.logins(bridge.id)
        except BeeperError as err:
            return await self._show_accounts(
                "sign_out", account, await async_explain(coordinator, err)
            )
        for login in logins:
            if account.login_id == login.login_id or (
                account.account_id in (login.account_ids or ())
            ):
                self._login_to_remove = login
                return await self.async_step_confirm_sign_out()
        return self.async_abort(
            reason="no_login", description_placeholders=self._placeholders()
        )

    async def async_step_confirm_sign_out(
        self, user_input: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Say what will happen, and do it."""
        login = self._login_to_remove
        errors: dict[str, str] = {}
        placeholders = self._placeholders()
        if user_input is not None:
            coordinator = self._runtime.coordinator
            try:
                removed = await coordinator.client.remove_login(
                    login.bridge_id, login.login_id, RemoveScope(user_input[SCOPE])
                )
            except BeeperError as err:
                errors["base"] = "not_sent"
                placeholders["complaint"] = plain(await async_explain(coordinator, err))
            else:
                async_end_account_issues(
                    self.hass,
                    coordinator.config_entry,
                    removed.affected_account_ids or login.account_ids or (),
                )
                await coordinator.async_request_refresh()
                return self.async_abort(
                    reason="signed_out", description_placeholders=placeholders
                )
        scopes = [scope for scope in login.remove_scopes if scope in RemoveScope]
        if not scopes:
            return self.async_abort(
                reason="no_scopes", description_placeholders=placeholders
            )
        data = self._data
        return self.async_show_form(
            step_id="confirm_sign_out",
            data_schema=vol.Schema(
                {
                    vol.Required(
                        SCOPE, default=user_input[SCOPE] if user_input else scopes[0]
                    ): SelectSelector(
                        SelectSelectorConfig(
                            options=scopes,
                            mode=SelectSelectorMode.LIST,
                            translation_key="remove_scope",
                        )
                    )
                }
            ),
            description_placeholders=placeholders
            | {
                "accounts": "\n".join(
                    f"- {escape(account_name(data, account))}"
                    for account_id in login.account_ids or ()
                    if (account := data.accounts.get(account_id))
                )
                or f"- {placeholders['account']}"
            },
            errors=errors,
        )

    # --- Settings

    async def async_step_tell_me(
        self, user_input: dict[str, object] | None = None
    ) -> ConfigFlowResult:
        """Choose who is told of accounts, and of what."""
        options = self.config_entry.options
        keys = {str(key) for key in _TELL_ME_SCHEMA.schema}
        if user_input is not None:
            others = {key: value for key, value in options.items() if key not in keys}
            return self.async_create_entry(data=others | user_input)
        return self.async_show_form(
            step_id="tell_me",
            data_schema=self.add_suggested_values_to_schema(_TELL_ME_SCHEMA, options),
        )

    async def async_step_settings(
        self, user_input: dict[str, list[str]] | None = None
    ) -> ConfigFlowResult:
        """Choose which accounts may raise repairs."""
        data = self._data
        silenced: list[str] = self.config_entry.options.get(CONF_NO_REPAIRS_FOR, [])
        if user_input is not None:
            chosen = user_input[REPAIRS_FOR]
            # One that is not listed at the moment stays as it was chosen
            gone = [account for account in silenced if account not in data.accounts]
            return self.async_create_entry(
                data={
                    **self.config_entry.options,
                    CONF_NO_REPAIRS_FOR: gone
                    + [account for account in data.accounts if account not in chosen],
                }
            )
        return self.async_show_form(
            step_id="settings",
            data_schema=vol.Schema(
                {
                    vol.Required(
                        REPAIRS_FOR,
                        default=[
                            account
                            for account in data.accounts
                            if account not in silenced
                        ],
                    ): SelectSelector(
                        SelectSelectorConfig(
                            options=[
                                SelectOptionDict(
                                    value=account.account_id,
                                    label=plain(account_name(data, account)),
                                )
                                for account in data.accounts.values()
                            ],
                            multiple=True,
                            mode=SelectSelectorMode.LIST,
                        )
                    )
                }
            ),
        )

    # --- Accounts to choose from

    @property
    def _data(self) -> BeeperData:
        return self._runtime.coordinator.data

    def _account(self, account_id: str) -> tuple[Account, AccountBridge | Bridge]:
        """Return an account that was chosen, and its bridge.

        Raises `AbortFlow` if it is gone.
        """
        data = self._data
        account = data.accounts.get(account_id)
        if account is None or (bridge := data.bridge_of(account)) is None:
            raise AbortFlow("account_gone")
        return account, bridge

    async def _show_accounts(
        self,
        step_id: str,
        chosen: Account | None = None,
        complaint: str = "",
    ) -> ConfigFlowResult:
        """Offer the accounts of networks, those in need first.

        With one that was chosen and a complaint it says why nothing came of that.
        """
        data = self._data
        words = await async_words(self.hass, "account_said")
        accounts = sorted(
            (
                account
                for account in data.accounts.values()
                if (bridge := data.bridge_of(account)) and bridge.type != _BEEPER_ITSELF
            ),
            key=lambda account: account.status not in NEEDING_ATTENTION,
        )
        if not accounts:
            has_bridges = all(map(data.bridge_of, data.accounts.values()))
            raise AbortFlow("no_accounts" if has_bridges else "unsupported_version")
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema(
                {
                    vol.Required(
                        ACCOUNT,
                        description={"suggested_value": chosen.account_id}
                        if chosen
                        else None,
                    ): choice(
                        SelectOptionDict(
                            value=account.account_id,
                            label=self._label(account, words),
                        )
                        for account in accounts
                    )
                }
            ),
            errors={"base": "not_sent"} if complaint else None,
            description_placeholders={"complaint": plain(complaint)},
            last_step=False,
        )

    def _label(self, account: Account, words: Mapping[str, str]) -> str:
        """Return an account's name, what Beeper says of it, and since when."""
        runtime = self._runtime
        said = without_contact_details(account.status_text or "")
        since = lost_since(runtime, account)
        return plain(
            " · ".join(
                filter(
                    None,
                    (
                        account_name(runtime.coordinator.data, account),
                        said,
                        since and words["since"].format(time=since),
                    ),
                )
            )
        )


def _bridge_label(bridge: Bridge, providers: Mapping[str, str]) -> str:
    """Return a bridge's name, and where it runs as far as that is known."""
    if bridge.provider is None:
        return plain(bridge_name(bridge))
    provider = providers.get(bridge.provider)
    return plain(
        f"{bridge_name(bridge)} · "
        f"{provider or without_contact_details(bridge.provider)}"
    )


def _can_connect(bridge: Bridge) -> bool:
    """Return whether the bridge takes one more account.

    Where Beeper does not tell, it will say so to whoever tries.
    """
    if bridge.status is not None and bridge.status not in _AVAILABLE:
        return False
    return bridge.supports_multiple_accounts is not False or not bridge.accounts


def _why(bridge: Bridge, reasons: Mapping[str, str]) -> str:
    """Return why no account can be connected, in Beeper's words if it has any."""
    if bridge.status is None or bridge.status in _AVAILABLE:
        return reasons["one_account"]
    said = bridge.status_text or reasons.get(bridge.status, bridge.status)
    return without_contact_details(said)


def _place(bridge: Bridge) -> int:
    """Return where a bridge stands in a list that is grouped by provider."""
    if bridge.provider not in _PROVIDERS:
        return len(_PROVIDERS)
    return _PROVIDERS.index(bridge.provider)
