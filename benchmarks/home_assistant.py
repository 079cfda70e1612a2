"""The whole poll in a real Home Assistant: what it costs, and whom it disturbs when nothing has changed."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory
from typing import cast

from aiohttp import ClientSession, ThreadedResolver
from pytest_homeassistant_custom_component.common import (  # type: ignore[import-untyped]  # it has no types
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.beeper.const import DOMAIN
from custom_components.beeper.coordinator import BeeperCoordinator
from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_URL,
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
)
from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.aiohttp_client import (
    DATA_RESOLVER,
    HassAsyncDNSResolver,
    async_get_clientsession,
)
from homeassistant.loader import DATA_CUSTOM_COMPONENTS

from .bare import bodies
from .beeper import Beeper, BenchmarkFailed
from .measure import Effort, Work, cpu_seconds
from .report import Figure, growth

UNCHANGED_REFRESHES = 10


@dataclass
class _Disturbance:
    """What a refresh set in motion."""

    state_writes: int = 0
    """Also of states that are as before."""
    listener_calls: int = 0


async def home_assistant_figures(
    beepers: Sequence[Beeper], effort: Effort
) -> list[Figure]:
    """Measure with these beepers, ordered by size. Raises BenchmarkFailed."""
    async with _home_assistant() as hass:
        session = async_get_clientsession(hass)
        coordinators = [await _set_up(hass, beeper) for beeper in beepers]
        works: dict[tuple[str, int], Work] = {}
        for beeper, coordinator in zip(beepers, coordinators, strict=True):
            works["refresh", beeper.accounts] = coordinator.async_refresh
            works["get", beeper.accounts] = partial(bodies, session, beeper)
        times = await cpu_seconds(works, effort)
        unchanged = await _unchanged(hass, coordinators[-1])
        changed = await _one_changed(hass, coordinators[-1], session, beepers[-1])

    sizes = [beeper.accounts for beeper in beepers]
    refreshes = {size: times["refresh", size] for size in sizes}
    return [
        *(
            Figure(
                "Unchanged refresh in Home Assistant / bare GETs",
                f"{size:,}",
                refreshes[size],
                times["get", size],
                goal=1.25,
            )
            for size in sizes
        ),
        growth("Growth of an unchanged refresh", refreshes),
        *(
            Figure(
                f"{what} of {UNCHANGED_REFRESHES} unchanged refreshes / of one with a changed account",
                f"{sizes[-1]:,}",
                ours,
                yardstick,
                goal=0,
                is_count=True,
            )
            for what, ours, yardstick in (
                ("State writes", unchanged.state_writes, changed.state_writes),
                ("Listener calls", unchanged.listener_calls, changed.listener_calls),
            )
        ),
    ]


@asynccontextmanager
async def _home_assistant() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant without any integration."""
    with TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            # Preset to none, for tests that do not want any
            del hass.data[DATA_CUSTOM_COMPONENTS]
            # Home Assistant's own needs its network integrations; no name is resolved here
            hass.data[DATA_RESOLVER] = cast(HassAsyncDNSResolver, ThreadedResolver())
            try:
                yield hass
            finally:
                await hass.async_stop(force=True)


async def _set_up(hass: HomeAssistant, beeper: Beeper) -> BeeperCoordinator:
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


async def _unchanged(
    hass: HomeAssistant, coordinator: BeeperCoordinator
) -> _Disturbance:
    """Refresh while nothing changes."""
    with _watching(hass, coordinator) as disturbance:
        for _ in range(UNCHANGED_REFRESHES):
            await coordinator.async_refresh()
    return disturbance


async def _one_changed(
    hass: HomeAssistant,
    coordinator: BeeperCoordinator,
    session: ClientSession,
    beeper: Beeper,
) -> _Disturbance:
    """Refresh after one account was disconnected. Raises BenchmarkFailed when nobody notices."""
    account_id = next(account.account_id for account in coordinator.data.connected)
    with _watching(hass, coordinator) as disturbance:
        async with session.post(
            f"{beeper.url}/control/accounts/{account_id}/status",
            json={"status": "disconnected"},
            raise_for_status=True,
        ):
            await coordinator.async_refresh()
    if not (disturbance.state_writes and disturbance.listener_calls):
        raise BenchmarkFailed(
            "A change was not noticed, so that none counts for nothing"
        )
    return disturbance


@contextmanager
def _watching(
    hass: HomeAssistant, coordinator: BeeperCoordinator
) -> Iterator[_Disturbance]:
    """Count until the end of the context."""
    disturbance = _Disturbance()

    @callback
    def write(
        event: Event[EventStateChangedData] | Event[EventStateReportedData],
    ) -> None:
        disturbance.state_writes += 1

    @callback
    def call() -> None:
        disturbance.listener_calls += 1

    stops = [
        hass.bus.async_listen(EVENT_STATE_CHANGED, write),
        hass.bus.async_listen(
            EVENT_STATE_REPORTED, write, event_filter=callback(lambda _: True)
        ),
        coordinator.async_add_listener(call),
    ]
    try:
        yield disturbance
    finally:
        for stop in stops:
            stop()
