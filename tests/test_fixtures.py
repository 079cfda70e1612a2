"""What the fixtures do for all tests: refuse misuse of the event loop, stop the clock."""

import asyncio
from datetime import UTC, datetime
import sys
from time import time
from types import ModuleType

import freezegun
import pytest


async def nothing() -> None:
    """Do nothing, as a coroutine."""


async def test_the_event_loop_is_refused_to_other_threads() -> None:
    """Only what is made for other threads is for them."""
    loop = asyncio.get_running_loop()
    called = asyncio.Event()
    for schedule in (loop.call_soon, lambda call: loop.call_later(1, call)):
        with pytest.raises(RuntimeError, match="from another thread"):
            await asyncio.to_thread(schedule, called.set)
    await asyncio.to_thread(loop.call_soon_threadsafe, called.set)
    await called.wait()


async def test_the_event_loop_calls_no_coroutines() -> None:
    """Nobody would ever run them."""
    loop = asyncio.get_running_loop()
    for schedule in (loop.call_soon, lambda call: loop.call_later(1, call)):
        with pytest.raises(TypeError, match="cannot call"):
            schedule(nothing)


def test_the_clock_stops_in_modules_that_come_to_tell_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One in which there was nothing to stop is looked at again once it has changed."""
    module = ModuleType("tests.tells_the_time")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    stopped_at = datetime(2026, 11, 1, tzinfo=UTC)
    with freezegun.freeze_time(stopped_at):
        pass
    setattr(module, "now", time)  # noqa: B010  # mypy knows no such attribute

    with freezegun.freeze_time(stopped_at):
        assert module.now() == stopped_at.timestamp()
    assert module.now() > stopped_at.timestamp()
