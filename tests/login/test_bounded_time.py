"""Unload, removal and stop come to an end in time, whatever Beeper does meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.const import SETUP_LIMIT
from custom_components.beeper.login.engine import CANCEL_TIMEOUT
from custom_components.beeper.oauth import REVOKE_TIMEOUT
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import HomeAssistant
from simulator import Fault, Simulator
from tests.clock import Clock
from tests.conftest import OurLog

from .conftest import Act, Start

HOUR = 3600.0

HANGING = {
    "hangs": Fault(delay=HOUR),
    "drips": Fault(drip=HOUR),
}
"""What Beeper may do with each request: nothing, or answer a byte at a time."""

type Ending = Callable[[], Awaitable[object]]
type Took = Callable[[Awaitable[object]], Awaitable[float]]


@pytest.fixture(params=HANGING)
def hanging(request: pytest.FixtureRequest) -> Fault:
    """Return what is to become of requests."""
    return HANGING[request.param]


@pytest.fixture
def took(clock: Clock) -> Took:
    """Return a function that tells how many seconds something takes, at most an hour."""

    async def took(awaitable: Awaitable[object]) -> float:
        began = ended = monotonic()

        async def note_end() -> None:
            nonlocal ended
            await awaitable
            ended = monotonic()

        task = asyncio.ensure_future(note_end())
        await clock.run(HOUR - 1)
        assert task.done()
        task.result()
        return ended - began

    return took


async def test_stop_right_after_three_starts(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    act: Act,
    took: Took,
    hanging: Fault,
    our_log: OurLog,
) -> None:
    """No poll that is asked for by them begins any more, to be waited for."""
    for bridge_id in ("local-signal", "local-whatsapp", "local-telegram"):
        await act("create_login_session", bridge_id=bridge_id)
    await clock.run()
    beeper.inject(hanging)

    assert await took(hass.async_stop()) < CANCEL_TIMEOUT + 1
    assert our_log() == []


async def test_stop_while_sessions_are_starting(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    act: Act,
    took: Took,
    hanging: Fault,
) -> None:
    """Nobody waits for a network any more."""
    beeper.inject(hanging)
    starts = [
        asyncio.create_task(act("create_login_session", bridge_id=bridge_id))
        for bridge_id in ("local-signal", "local-whatsapp", "local-telegram")
    ]
    await clock.run(1)

    assert await took(hass.async_stop()) < 1
    await asyncio.gather(*starts, return_exceptions=True)


@pytest.mark.parametrize("how", ["unload", "reload", "remove", "stop"])
async def test_end_of_an_entry_that_polls_and_has_logins(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    start: Start,
    act: Act,
    took: Took,
    hanging: Fault,
    how: str,
) -> None:
    """Sessions are given one time-out in all, and the token one of its own.

    What a new set-up takes at most is waited for by a reload.
    """
    hass.config_entries.async_update_entry(
        loaded, data={**loaded.data, CONF_CLIENT_ID: "registered"}
    )
    await start("local-signal")
    await start("local-whatsapp")
    beeper.inject(hanging)
    await clock.run(20)
    starting = asyncio.create_task(
        act("create_login_session", bridge_id="local-telegram")
    )
    await clock.run()
    end: dict[str, tuple[Ending, float]] = {
        "unload": (
            lambda: hass.config_entries.async_unload(loaded.entry_id),
            CANCEL_TIMEOUT,
        ),
        "reload": (
            lambda: hass.config_entries.async_reload(loaded.entry_id),
            CANCEL_TIMEOUT + SETUP_LIMIT.total_seconds(),
        ),
        "remove": (
            lambda: hass.config_entries.async_remove(loaded.entry_id),
            CANCEL_TIMEOUT + REVOKE_TIMEOUT,
        ),
        "stop": (hass.async_stop, CANCEL_TIMEOUT),
    }
    act_now, limit = end[how]

    assert await took(act_now()) < limit + 1
    await asyncio.gather(starting, return_exceptions=True)


@pytest.mark.parametrize("how", ["remove", "stop", "nothing"])
async def test_end_of_a_set_up(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    clock: Clock,
    took: Took,
    hanging: Fault,
    how: str,
) -> None:
    """A set-up gives up before Beeper has had its time for each of the requests."""
    # Each answer comes just in time
    beeper.inject(Fault(path="/v1/info", delay=29))
    beeper.inject(Fault(path="/v1/bridges", delay=29))
    beeper.inject(hanging)
    setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    await clock.run(1)
    end: dict[str, Ending] = {
        "remove": lambda: hass.config_entries.async_remove(entry.entry_id),
        "stop": hass.async_stop,
        "nothing": lambda: setting_up,
    }

    assert await took(end[how]()) < SETUP_LIMIT.total_seconds()
    assert setting_up.done()
    if how == "nothing":
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "cannot_connect"
        assert await hass.config_entries.async_unload(entry.entry_id)
