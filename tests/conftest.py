"""A simulated Beeper, and a Home Assistant that watches it over real HTTP."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.beeper.const import DOMAIN, POLL_INTERVAL
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from simulator import Simulator, Timings, load_scenario

type Poll = Callable[..., Awaitable[None]]


@pytest.fixture(autouse=True)
def real_http(socket_enabled: None, enable_custom_integrations: None) -> None:
    """Allow connections to this machine, and our integration in Home Assistant."""


@pytest.fixture
async def beeper() -> AsyncGenerator[Simulator]:
    """Return a Beeper with eight accounts, one in each status."""
    async with Simulator(
        load_scenario("home"), timings=Timings(connecting=0.01)
    ) as simulator:
        yield simulator


@pytest.fixture
def entry(hass: HomeAssistant, beeper: Simulator) -> MockConfigEntry:
    """Return the config entry of that Beeper, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Beeper (Alice Example)",
        data={CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the config entry of that Beeper, set up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.fixture
def poll(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Poll:
    """Return a function that lets some seconds pass, and with them a poll that is due."""

    async def pass_time(seconds: float = POLL_INTERVAL.total_seconds() + 1) -> None:
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    return pass_time
