"""Beeper for Home Assistant: its chat accounts, and whether they are connected."""

import asyncio
from contextlib import suppress

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .api import BeeperClient, BeeperError
from .card import async_register_card
from .connection import async_create_client, async_hold_session
from .const import CONF_USER_ID, DOMAIN, SETUP_LIMIT
from .coordinator import BeeperCoordinator
from .devices import account_id_of, async_remove_account_devices
from .issues import async_raise_issues, async_setup_issues
from .login.engine import LoginEngine
from .login.seen import LoginsSeen
from .login.ways import async_remember_ways
from .moved_accounts import async_follow_moves, async_forget_accounts
from .notifications import async_forget_notifications, async_notify_of_accounts
from .oauth import async_revoke, async_watch_expiry
from .outage_log import OutageLog, async_forget_outages
from .runtime import BeeperConfigEntry, BeeperRuntimeData
from .sensor import async_show_to_automations
from .services import async_setup_services
from .sound_view import SoundView
from .websocket_api import async_setup_websocket_api
from .websocket_hubs import async_setup_websocket_hubs
from .websocket_outages import async_setup_websocket_outages

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [Platform.BINARY_SENSOR, Platform.IMAGE, Platform.SENSOR]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions, the repair issues and the dashboard card."""
    async_setup_services(hass)
    async_setup_websocket_api(hass)
    async_setup_websocket_hubs(hass)
    async_setup_websocket_outages(hass)
    hass.http.register_view(SoundView)
    await async_register_card(hass)
    async_setup_issues(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BeeperConfigEntry) -> bool:
    """Set up one Beeper."""
    entry.async_on_unload(async_hold_session(hass, entry.data))
    client = async_create_client(hass, entry.data)
    coordinator = BeeperCoordinator(hass, entry, client)
    give_up_at = asyncio.get_running_loop().time() + SETUP_LIMIT.total_seconds()
    try:
        async with asyncio.timeout_at(give_up_at):
            await coordinator.async_config_entry_first_refresh()
    except TimeoutError:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="cannot_connect"
        ) from None
    # Nothing depends on it before the next sign-in
    with suppress(TimeoutError):
        async with asyncio.timeout_at(give_up_at):
            await _remember_user(hass, entry, client)
    async_watch_expiry(hass, entry)
    logins = LoginEngine(hass, coordinator)
    seen = LoginsSeen()
    seen.follow(logins)
    async_remember_ways(hass, entry, logins)
    outages = OutageLog(hass, coordinator)
    await outages.async_load()
    entry.runtime_data = BeeperRuntimeData(coordinator, logins, seen, outages)
    await async_follow_moves(hass, entry)
    outages.start()
    async_raise_issues(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    async_show_to_automations(hass, entry)
    await async_notify_of_accounts(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BeeperConfigEntry) -> bool:
    """Unload one Beeper."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    # From 2026.11 on, methods of entries may return nothing, which is success as well
    return unloaded is not False


async def async_remove_entry(hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
    """Give the token back, if it was obtained by signing in, and forget the accounts."""
    await async_forget_accounts(hass, entry)
    await async_forget_notifications(hass, entry)
    await async_forget_outages(hass, entry)
    await async_revoke(hass, entry.data)
    await async_remove_account_devices(hass, entry)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: BeeperConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Let a person delete the device of an account that Beeper no longer lists.

    Others would only come back, and nobody knows which those are while the entry is not
    loaded.
    """
    if entry.state is not ConfigEntryState.LOADED:
        return False
    account_id = account_id_of(entry, device)
    accounts = entry.runtime_data.coordinator.data.accounts
    return account_id is not None and account_id not in accounts


async def _remember_user(
    hass: HomeAssistant, entry: BeeperConfigEntry, client: BeeperClient
) -> None:
    """Note whose Beeper it is, unless that is known, for the next sign-in.

    An entry has no unique ID: Beeper tells nothing that stays with an installation,
    and one user may well have a Beeper on each of several computers.
    """
    if CONF_USER_ID in entry.data:
        return
    try:
        setup = await client.app_setup()
    except BeeperError:
        return
    if setup.matrix:
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_USER_ID: setup.matrix.user_id}
        )
