"""WebSocket command of the dashboard card: how each Beeper is, and what it lets one do.

States tell how accounts are. That Beeper itself is gone, and why, or that Home Assistant
may only read, is no state of an account. The shape is described in docs/card.md.
"""

import asyncio
from typing import Any

import voluptuous as vol

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .login.read_only import async_is_read_only
from .runtime import BeeperConfigEntry

_FAILED = (ConfigEntryState.SETUP_ERROR, ConfigEntryState.SETUP_RETRY)


@callback
def async_setup_websocket_hubs(hass: HomeAssistant) -> None:
    """Register the command."""
    websocket_api.async_register_command(hass, _handle_hubs)


@websocket_command({vol.Required("type"): f"{DOMAIN}/hubs"})
@async_response
async def _handle_hubs(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Tell of each Beeper what its accounts cannot tell."""
    devices = dr.async_get(hass)
    entries: list[BeeperConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_disabled=False
    )
    hubs = [
        _async_told(entry, device, is_admin=connection.user.is_admin)
        for entry in entries
        if (
            device := devices.async_get_device_by_identifier(
                (DOMAIN, entry.entry_id), entry.entry_id
            )
        )
    ]
    connection.send_result(msg["id"], {"hubs": await asyncio.gather(*hubs)})


async def _async_told(
    entry: BeeperConfigEntry, device: dr.DeviceEntry, *, is_admin: bool
) -> dict[str, Any]:
    outage = _outage(entry)
    return {
        "device_id": device.id,
        "name": device.name_by_user or device.name,
        "outage": outage,
        # Whoever may not reconnect anything need not know, and Beeper has to be asked
        "is_read_only": is_admin
        and outage is None
        and entry.state is ConfigEntryState.LOADED
        and await async_is_read_only(entry.runtime_data.coordinator.client),
    }


def _outage(entry: BeeperConfigEntry) -> str | None:
    """Return why there is no good answer, as a key of an exception's text."""
    if entry.state is ConfigEntryState.LOADED:
        return entry.runtime_data.coordinator.outage
    if entry.state in _FAILED:
        return entry.error_reason_translation_key or "cannot_connect"
    return None  # it is about to be set up, or to go
