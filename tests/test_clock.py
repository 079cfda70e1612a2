"""The clock that other tests go by."""

import asyncio
import threading
from time import monotonic

import pytest

from .clock import Clock

WHEN_FREE = 0.1
"""Real seconds after which a thread has its way: many times what bytes may take."""


@pytest.mark.parametrize("how", ["to_thread", "run_in_executor"])
async def test_time_stands_still_while_a_thread_is_at_work(
    clock: Clock, how: str
) -> None:
    """A time-out is for the answer of a Beeper, and not for a machine that is busy."""
    free = threading.Event()
    timer = threading.Timer(WHEN_FREE, free.set)
    timer.start()

    async def work() -> float:
        begin = monotonic()
        if how == "to_thread":
            await asyncio.to_thread(free.wait)
        else:
            await asyncio.get_running_loop().run_in_executor(None, free.wait)
        return monotonic() - begin

    task = asyncio.create_task(work())
    await clock.run(60)

    assert task.result() < 1
    timer.join()
