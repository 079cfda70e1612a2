"""A Home Assistant to measure in, with the integration in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import cast

from aiohttp import ThreadedResolver
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.beeper.const import DOMAIN
from custom_components.beeper.coordinator import BeeperCoordinator
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame
from homeassistant.helpers.aiohttp_client import DATA_RESOLVER, HassAsyncDNSResolver
from homeassistant.loader import DATA_CUSTOM_COMPONENTS

from .beeper import Beeper, BenchmarkFailed


@asynccontextmanager
async def running_home_assistant() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant without any integration."""
    with TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            # As Home Assistant's own start does
            frame.async_setup(hass)
            # Preset to none, for tests that do not want any
            del hass.data[DATA_CUSTOM_COMPONENTS]
            # Home Assistant's own needs its network integrations; no name is resolved
            # here
            hass.data[DATA_RESOLVER] = cast(HassAsyncDNSResolver, ThreadedResolver())
            try:
                yield hass
            finally:
                await hass.async_stop(force=True)


async def set_up(hass: HomeAssistant, beeper: Beeper) -> BeeperCoordinator:
    """Set up the integration for a Beeper. Raises BenchmarkFailed."""
    entry = MockConfigEntry(
        domain=DOMAIN, data={CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token}
    )
    entry.add_to_hass(hass)
    is_set_up = await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    if not is_set_up:
        raise BenchmarkFailed(f"The integration could not be set up: {entry.reason}")
    coordinator: BeeperCoordinator = entry.runtime_data.coordinator
    return coordinator
