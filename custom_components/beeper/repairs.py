"""Repairs: an account that needs attention is reconnected in the dialog of its issue."""

from collections.abc import Mapping
from typing import override

import voluptuous as vol

from homeassistant.components.repairs import (
    RepairsFlow,
    RepairsFlowContext,
    RepairsFlowResult,
)
from homeassistant.core import HomeAssistant

from .api import AccountStatus
from .const import HEALTHY
from .login.dialog import LoginDialog, async_said
from .markdown import escape
from .names import account_name
from .runtime import BeeperConfigEntry


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the guided reconnect of the account that an issue is about."""
    assert data is not None
    return ReconnectRepairFlow(str(data["entry_id"]), str(data["account_id"]))


class ReconnectRepairFlow(
    LoginDialog[RepairsFlowContext, RepairsFlowResult], RepairsFlow
):
    """Reconnect one account."""

    def __init__(self, entry_id: str, account_id: str) -> None:
        """Reconnect this account of this entry."""
        self._entry_id = entry_id
        self._repaired_account_id = account_id

    @property
    @override
    def _entry(self) -> BeeperConfigEntry:
        return self.hass.config_entries.async_get_known_entry(self._entry_id)

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin at once."""
        data = self._runtime.coordinator.data
        if (account := data.accounts.get(self._repaired_account_id)) is None:
            return self.async_abort(reason="account_gone")
        name = account_name(data, account)
        if account.status in HEALTHY:
            return self._async_complete({"account": escape(name)})
        if (bridge := data.bridge_of(account)) is None:
            return self.async_abort(reason="unsupported_version")
        if account.status == AccountStatus.DISCONNECTED:
            return await self.async_step_lost_connection()
        return await self._async_begin(name, bridge.id, account.account_id)

    async def async_step_lost_connection(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say what helps an account that may come back by itself; sign in if not."""
        data = self._runtime.coordinator.data
        account = data.accounts.get(self._repaired_account_id)
        bridge = data.bridge_of(account) if account else None
        if account is None or bridge is None:
            return self.async_abort(reason="account_gone")
        name = account_name(data, account)
        if user_input is not None:
            return await self._async_begin(name, bridge.id, account.account_id)
        said = await async_said(self.hass, self._entry.runtime_data, account)
        return self.async_show_form(
            step_id="lost_connection",
            data_schema=vol.Schema({}),
            description_placeholders={"account": escape(name), "said": said},
            last_step=False,
        )

    @override
    def _async_complete(self, placeholders: Mapping[str, str]) -> RepairsFlowResult:
        return self.async_create_entry(data={}, description_placeholders=placeholders)
