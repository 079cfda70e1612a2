"""Beeper for Home Assistant: the chat accounts behind Beeper, and whether they are connected."""

from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api import BeeperClient
from .coordinator import BeeperConfigEntry, BeeperCoordinator, account_id_of

PLATFORMS = [Platform.SENSOR]


async def async_setup_entry(hass: HomeAssistant, entry: BeeperConfigEntry) -> bool:
    """Set up one Beeper."""
    client = BeeperClient(
        async_get_clientsession(hass),
        entry.data[CONF_URL],
        entry.data[CONF_ACCESS_TOKEN],
    )
    coordinator = BeeperCoordinator(hass, entry, client)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BeeperConfigEntry) -> bool:
    """Unload one Beeper; the coordinator stops with its entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: BeeperConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Let a person delete the device of an account that Beeper no longer lists; others would only come back."""
    account_id = account_id_of(entry, device)
    return account_id is not None and account_id not in entry.runtime_data.data.accounts
