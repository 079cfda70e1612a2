"""Beeper for Home Assistant: its chat accounts, and whether they are connected."""

from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.typing import ConfigType

from .api import BeeperClient
from .const import DOMAIN
from .coordinator import (
    BeeperConfigEntry,
    BeeperCoordinator,
    BeeperRuntimeData,
    account_id_of,
)
from .login import LoginEngine
from .services import async_setup_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [Platform.IMAGE, Platform.SENSOR]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BeeperConfigEntry) -> bool:
    """Set up one Beeper."""
    client = BeeperClient(
        async_get_clientsession(hass),
        entry.data[CONF_URL],
        entry.data[CONF_ACCESS_TOKEN],
    )
    coordinator = BeeperCoordinator(hass, entry, client)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = BeeperRuntimeData(coordinator, LoginEngine(hass, coordinator))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BeeperConfigEntry) -> bool:
    """Unload one Beeper; login sessions do not outlive their entry."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.logins.async_shut_down()
    return unloaded


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: BeeperConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Let a person delete the device of an account that Beeper no longer lists.

    Others would only come back.
    """
    account_id = account_id_of(entry, device)
    accounts = entry.runtime_data.coordinator.data.accounts
    return account_id is not None and account_id not in accounts
