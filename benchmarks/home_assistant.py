"""The whole poll in a real Home Assistant.

What it costs, and whom it disturbs when nothing has changed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
import logging

from aiohttp import ClientSession

from custom_components.beeper.const import POLL_INTERVAL
from custom_components.beeper.coordinator import BeeperCoordinator
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .bare import bodies
from .beeper import Beeper, BenchmarkFailed
from .house import running_home_assistant, set_up
from .measure import Effort, Work, cpu_seconds
from .report import Figure, growth

UNCHANGED_REFRESHES = 10


class _Poll(Enum):
    """Who polls, and how."""

    REFRESH = auto()
    """Our coordinator."""
    GET = auto()
    """aiohttp, with Home Assistant's session."""
    BARE_REFRESH = auto()
    """A coordinator of nothing but these GETs: what Home Assistant itself adds."""


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
    async with running_home_assistant() as hass:
        session = async_get_clientsession(hass)
        coordinators = [await set_up(hass, beeper) for beeper in beepers]
        works: dict[tuple[_Poll, int], Work] = {}
        for beeper, coordinator in zip(beepers, coordinators, strict=True):
            size = beeper.accounts
            get = partial(bodies, session, beeper)
            works[_Poll.REFRESH, size] = coordinator.async_refresh
            works[_Poll.GET, size] = get
            works[_Poll.BARE_REFRESH, size] = _bare_coordinator(hass, get).async_refresh
        times = await cpu_seconds(works, effort)
        unchanged = await _unchanged(hass, coordinators[-1])
        changed = await _one_changed(hass, coordinators[-1], session, beepers[-1])

    sizes = [beeper.accounts for beeper in beepers]

    def compare(what: str, yardstick: _Poll, goal: float | None) -> list[Figure]:
        return [
            Figure(
                what,
                f"{size:,}",
                times[_Poll.REFRESH, size],
                times[yardstick, size],
                goal=goal,
            )
            for size in sizes
        ]

    def count(what: str, ours: int, yardstick: int) -> Figure:
        return Figure(
            f"{what} of {UNCHANGED_REFRESHES} unchanged refreshes / of 1 with a change",
            f"{sizes[-1]:,}",
            [ours],
            [yardstick],
            goal=0,
            is_count=True,
        )

    return [
        *compare("Unchanged refresh / bare GETs", _Poll.GET, 1.2),
        *compare(
            "Unchanged refresh / bare GETs in a coordinator", _Poll.BARE_REFRESH, None
        ),
        growth(
            "Growth of an unchanged refresh",
            {size: times[_Poll.REFRESH, size] for size in sizes},
        ),
        count("State writes", unchanged.state_writes, changed.state_writes),
        count("Listener calls", unchanged.listener_calls, changed.listener_calls),
    ]


def _bare_coordinator(hass: HomeAssistant, get: Work) -> DataUpdateCoordinator[None]:
    """Return a coordinator with our settings that only reads."""

    async def update() -> None:
        await get()

    coordinator = DataUpdateCoordinator(
        hass,
        logging.getLogger(__name__),
        config_entry=None,
        name="Bare",
        update_interval=POLL_INTERVAL,
        update_method=update,
        always_update=False,
    )
    # Without a listener it would not plan the next refresh
    coordinator.async_add_listener(lambda: None)
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
    """Refresh after one account was disconnected.

    Raises BenchmarkFailed when nobody notices.
    """
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
