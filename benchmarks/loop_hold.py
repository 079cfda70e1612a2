"""How long a single callback holds the event loop of a Home Assistant with many accounts.

Nothing else runs there meanwhile: whatever holds it is of the integration, or is Home
Assistant's work on what the integration has asked for.
"""

from asyncio import events
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
import gc
from time import thread_time
from unittest.mock import patch

from custom_components.beeper import stale_items
from custom_components.beeper.const import STALE_ANSWERS
from custom_components.beeper.coordinator import BeeperCoordinator
from custom_components.beeper.devices import account_devices
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .beeper import Beeper, BenchmarkFailed, Control
from .house import running_home_assistant, set_up
from .report import Figure

GOAL = 0.05
"""Seconds that a callback may take."""

SETUP_GOAL = 0.1
"""Seconds that one may take at set-up, where Home Assistant's own part is the largest."""

UNCHANGED_REFRESHES = 10


@dataclass
class Holds:
    """How long callbacks took, in CPU seconds of the loop's thread."""

    longest: float = 0.0
    name: str = field(default="", repr=False)
    """The longest one, for whoever looks for the reason."""


@contextmanager
def watched_loop() -> Iterator[Holds]:
    """Note how long each callback holds the event loop.

    A garbage collection is left out: it comes upon whoever makes an object next, and takes
    as long as there is memory, that of everybody else.
    """
    holds = Holds()
    run = events.Handle._run  # noqa: SLF001  # asyncio has no other place to look at
    collected = 0.0

    def note_collection(phase: str, _: object) -> None:
        nonlocal collected
        collected += thread_time() if phase == "stop" else -thread_time()

    def timed(handle: events.Handle) -> None:
        start = thread_time() - collected
        run(handle)
        taken = thread_time() - collected - start
        if taken > holds.longest:
            holds.longest, holds.name = taken, repr(handle)

    gc.callbacks.append(note_collection)
    try:
        with patch.object(events.Handle, "_run", timed):
            yield holds
    finally:
        gc.callbacks.remove(note_collection)


async def loop_hold_figures(beeper: Beeper) -> list[Figure]:
    """Measure with this Beeper, whose accounts are lost and removed on the way.

    Raises BenchmarkFailed when nothing happens where something should.
    """
    async with running_home_assistant() as hass:
        session = async_get_clientsession(hass)
        control = Control(session, beeper)
        with watched_loop() as setup:
            coordinator = await set_up(hass, beeper)
        with watched_loop() as steady:
            for _ in range(UNCHANGED_REFRESHES):
                await coordinator.async_refresh()
        accounts = list(coordinator.data.accounts)
        for status in ("backfilling", "connected"):
            await control.set_status(accounts, status)
            with watched_loop() as changed:
                await _refresh(hass, coordinator)
        await control.set_status(accounts, "attention_required")
        with watched_loop() as lost:
            await _refresh(hass, coordinator)
        await control.remove(accounts[1:])
        removed = await _remove_devices(hass, coordinator)

    def figure(phase: str, holds: Holds, goal: float = GOAL) -> Figure:
        return Figure(
            f"Longest hold of the event loop, {phase} / goal",
            f"{beeper.accounts:,}",
            [holds.longest],
            [goal],
            goal=1,
        )

    return [
        figure("set-up", setup, SETUP_GOAL),
        figure("steady state", steady),
        figure("all changed", changed),
        figure("all lost", lost),
        figure("devices removed", removed),
    ]


async def _refresh(hass: HomeAssistant, coordinator: BeeperCoordinator) -> None:
    """Poll, and wait until everybody has been told."""
    before = coordinator.data
    await coordinator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    if coordinator.data is before:
        raise BenchmarkFailed("A change of all accounts was not noticed")


async def _remove_devices(hass: HomeAssistant, coordinator: BeeperCoordinator) -> Holds:
    """Poll until the devices of accounts that are gone go, too."""
    entry = coordinator.config_entry
    with (
        patch.object(stale_items, "STALE_AFTER", timedelta()),
        watched_loop() as holds,
    ):
        for _ in range(STALE_ANSWERS):
            await coordinator.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)
    if len(account_devices(hass, entry)) > 1:
        raise BenchmarkFailed("Devices of accounts that are gone stayed")
    return holds
