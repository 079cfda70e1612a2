"""A clock for tests that wait for minutes: timers fire in order, without real waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from math import inf
from selectors import BaseSelector, SelectorKey
from time import monotonic
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory

type _Events = list[tuple[SelectorKey, int]]

IN_FLIGHT: Final = 0.002
"""Real seconds that bytes on the loopback interface may take."""

IN_THREADS: Final = 5.0
"""Real seconds that something in a thread may take before time goes on all the same."""

_MARGIN = 0.001
"""Seconds by which a timer fires late, as timers do.

One that compares the time of day with that of the loop must not find itself too early.
"""


class Clock:
    """Moves the frozen time of the running event loop, from one timer to the next.

    Connections are real: before time goes on, everything that was said is heard and
    answered, because only then the loop has nothing left to do.
    """

    def __init__(
        self, freezer: FrozenDateTimeFactory, in_flight: float = IN_FLIGHT
    ) -> None:
        """Take over the time of the running loop until `close`.

        in_flight: real seconds to wait for bytes before time goes on.
        """
        self._freezer = freezer
        self._in_flight = in_flight
        self._loop = asyncio.get_running_loop()
        self._end = monotonic()
        self._over: asyncio.Future[None] | None = None
        self._selector: BaseSelector = self._loop._selector  # type: ignore[attr-defined]  # noqa: SLF001  # no public way leads to it
        self._really_select: Callable[[float | None], _Events] = self._selector.select
        # Nothing else tells when the loop is idle
        self._selector.select = self._select
        self._in_threads: set[asyncio.Future[Any]] = set()
        self._really_run_in_executor = self._loop.run_in_executor
        setattr(self._loop, "run_in_executor", self._run_in_executor)  # noqa: B010  # mypy lets no method be replaced

    def close(self) -> None:
        """Let the loop be as it was."""
        del self._selector.select
        del self._loop.run_in_executor

    async def run(self, seconds: float = 0.0) -> None:
        """Let time pass; returns when all that is due has happened.

        Without any time that is what happens by itself, such as an answer on its way.
        """
        self._end = monotonic() + seconds
        self._over = self._loop.create_future()
        await self._over

    def _select(self, timeout: float | None = None) -> _Events:
        """Let time pass where the loop would wait for it, or for ever."""
        if self._over is None:
            return self._really_select(timeout)
        due = self._next()
        if timeout is not None and timeout <= 0:
            if due == monotonic():
                # For the loop, a timer is due a moment later
                self._freezer.tick(_MARGIN)
            return self._really_select(timeout)
        wait = IN_THREADS if self._in_threads else self._in_flight
        if events := self._really_select(wait):
            return events
        if due <= self._end:
            self._move(due)
            return []
        self._move(self._end)
        if not self._over.done():  # a test that fails cancels it
            self._over.set_result(None)
        self._over = None
        return []

    def _run_in_executor(
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Know of what goes on in a thread, such as an import: the loop is not idle."""
        future = self._really_run_in_executor(executor, func, *args)
        self._in_threads.add(future)
        future.add_done_callback(self._in_threads.discard)
        return future

    def _next(self) -> float:
        """Return when the next timer is due; the loop has just removed cancelled ones."""
        timers: list[asyncio.TimerHandle] = self._loop._scheduled  # type: ignore[attr-defined]  # noqa: SLF001  # see above
        return timers[0].when() if timers else inf

    def _move(self, to: float) -> None:
        if (seconds := to - monotonic()) > 0:
            self._freezer.tick(seconds + _MARGIN)
