"""Thousands of polls, and whatever can go wrong with them, leave all as it was."""

import asyncio
from collections.abc import Generator, Iterable
import gc
from itertools import groupby, pairwise
import logging
from pathlib import Path
from random import Random
import ssl
import tracemalloc

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.beeper.api import Account, AccountStatus
from homeassistant.components.recorder import history
from homeassistant.components.recorder.core import Recorder
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.recorder import get_instance
from homeassistant.util.dt import utcnow
from simulator import Simulator

from .clock import Clock
from .conftest import OurLog, StateOf
from .length import LONG
from .troubles import TROUBLES, Trouble, World

pytestmark = pytest.mark.usefixtures("pause")

SEED = 20261123
POLLS = 10_000 if LONG else 2_500

NOISE = 5
"""Bytes for each poll; Python keeps some hundred freed objects to use them again.

Whatever would be kept of each poll, or of one in ten, takes more.
"""

OURS = [
    tracemalloc.Filter(True, "*/custom_components/beeper/*"),
    tracemalloc.Filter(True, "*/aiohttp/client*"),
    tracemalloc.Filter(True, "*/aiohttp/connector.py"),
    # The store of the test framework keeps every issue that it was ever to write
    tracemalloc.Filter(False, "*/custom_components/beeper/issues.py"),
    # Of each account the newest hundred are kept, which takes longer to come together
    tracemalloc.Filter(False, "*/custom_components/beeper/account_outages.py"),
]
"""The code of which the memory must not grow: ours, and what it asks with."""

QUICK: list[Trouble] = [
    trouble
    for troubles in TROUBLES.values()
    for trouble in troubles
    # Beeper is not asked by name or https here, what is big takes its time, and history
    # is sorted by the clock
    if not any(
        word in trouble.what for word in ("The name", "https", "100 MB", "put back")
    )
]


@pytest.fixture
def recorder_config() -> dict[str, object]:
    """Let the recorder write every five minutes: a second makes many timers of it."""
    return {"commit_interval": 300}


@pytest.fixture(autouse=True)
def text_only() -> Generator[None]:
    """Let the log that is captured not hold on to exceptions and all that was there."""

    def to_text(record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage(), None
        return True

    logger = logging.getLogger("custom_components.beeper.coordinator")
    logger.addFilter(to_text)
    yield
    logger.removeFilter(to_text)


@pytest.fixture
def in_flight() -> float:
    """Let the clock be in a hurry: bytes that are late are one more trouble."""
    return 0


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: object) -> None:
    """Prepare the recorder before Home Assistant, as it has to be."""


class _Chaos:
    """Accounts that change, and troubles that come and go, as a generator says."""

    def __init__(self, world: World, clock: Clock, random: Random) -> None:
        self._world = world
        self._clock = clock
        self._random = random
        self.truth = {
            account_id: [account["status"]]
            for account_id, account in world.beeper.accounts.items()
        }
        """All statuses that each account has ever had."""

    async def round(self) -> None:
        """Let some good time pass, and some in which something is wrong."""
        await self._time_passes(600)
        async with self._random.choice(QUICK).happens(self._world):
            await self._time_passes(150)

    async def _time_passes(self, seconds: int) -> None:
        end = self._random.uniform(0, seconds)
        while end > 0:
            self._change()
            step = min(end, self._random.uniform(1, 200))
            await self._clock.run(step)
            end -= step

    def _change(self) -> None:
        account_id = self._random.choice(list(self.truth))
        status = self._random.choice(list(AccountStatus))
        self._world.beeper.set_status(account_id, status)
        self.truth[account_id].append(status)


@pytest.mark.timeout(
    300
)  # with LONG 40 seconds on a machine that has nothing else to do
async def test_thousands_of_polls_with_random_troubles(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    beeper: Simulator,
    entry: MockConfigEntry,
    clock: Clock,
    our_log: OurLog,
    state_of: StateOf,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """States and history are true, the log is short, and nothing grows."""
    # Given a Beeper that is watched and recorded
    caplog.set_level(logging.WARNING)
    caplog.set_level(logging.WARNING, "sqlalchemy.engine.Engine")
    caplog.set_level(logging.INFO, "custom_components.beeper")
    start = utcnow()
    await hass.config_entries.async_setup(entry.entry_id)
    await clock.run(60)
    tasks, sockets = len(asyncio.all_tasks()), _sockets()
    world = World(beeper, freezer, monkeypatch, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    chaos = _Chaos(world, clock, Random(SEED))

    # When it goes through all kinds of trouble
    memory: list[int] = []
    for share in (0.2, 0.6, 1.0):
        while _polls(beeper) < POLLS * share:
            await chaos.round()
        await clock.run(900)
        if not tracemalloc.is_tracing():
            tracemalloc.start()
            continue
        await async_wait_recording_done(hass)
        _forget_errors(caplog)
        gc.collect()
        memory.append(_memory())
    tracemalloc.stop()

    # Then Home Assistant shows what is so
    status_of = {
        account_id: state_of(f"{account_id}_status") for account_id in chaos.truth
    }
    for account_id, state in status_of.items():
        assert state.state == chaos.truth[account_id][-1], SEED

    # And the log has a line for each beginning and each end
    lines = our_log()
    assert len(lines) % 2 == 0, SEED
    assert {line.partition(" ")[0] for line in lines[::2]} == {"ERROR"}, SEED
    assert {line.partition(" data")[2] for line in lines[1::2]} == {" recovered"}, SEED
    assert not [record for record in caplog.records if record.exc_info], SEED

    # And the recorder has what was so, and nothing twice
    await async_wait_recording_done(hass)
    for account_id, state in status_of.items():
        recorded = await get_instance(hass).async_add_executor_job(
            history.state_changes_during_period, hass, start, utcnow(), state.entity_id
        )
        states = recorded[state.entity_id]
        for one, other in pairwise(states):
            assert _shown(one) != _shown(other), SEED
        seen = [state.state for state in states]
        assert seen.count(STATE_UNAVAILABLE) == len(lines) // 2, SEED
        assert _is_part(
            _without_repetition(
                status for status in seen if status != STATE_UNAVAILABLE
            ),
            _without_repetition(chaos.truth[account_id]),
        ), SEED

    # And nothing has grown
    assert len(asyncio.all_tasks()) <= tasks, SEED
    assert _sockets() <= sockets, SEED
    half, whole = memory
    assert whole - half < POLLS * NOISE, SEED
    # Those of the last answer, and of what entities have written last
    assert _alive(Account) <= 4 * len(beeper.accounts), SEED


def _polls(beeper: Simulator) -> int:
    return sum(request.path == "/v1/bridges" for request in beeper.requests)


def _shown(state: State) -> tuple[str, object]:
    return state.state, state.attributes


def _without_repetition(statuses: Iterable[str]) -> list[str]:
    return [status for status, _ in groupby(statuses)]


def _is_part(part: list[str], whole: list[str]) -> bool:
    """Return whether the one comes out of the other by leaving some out."""
    rest = iter(whole)
    return all(status in rest for status in part)


def _forget_errors(caplog: pytest.LogCaptureFixture) -> None:
    """Keep of the log what it says: its errors hold on to all that was at hand."""
    for record in caplog.records:
        record.msg, record.args = record.getMessage(), ()


def _memory() -> int:
    """Return how many bytes are held that our code has asked for."""
    snapshot = tracemalloc.take_snapshot().filter_traces(OURS)
    return sum(trace.size for trace in snapshot.traces)


def _sockets() -> int:
    """Return how many sockets this process has."""
    return sum(
        str(file.readlink()).startswith("socket:")
        for file in Path("/proc/self/fd").iterdir()
        if file.is_symlink()
    )


def _alive(kind: type) -> int:
    """Return how many instances there are."""
    return sum(type(item) is kind for item in gc.get_objects())
