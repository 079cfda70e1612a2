"""A clock for tests that wait for minutes: timers fire in order, without real waiting."""

import asyncio
from collections.abc import Callable
from math import inf
from selectors import BaseSelector, SelectorKey
from time import monotonic
from typing import Final

from freezegun.api import FrozenDateTimeFactory

type _Events = list[tuple[SelectorKey, int]]

IN_FLIGHT: Final = 0.002
"""Real seconds that bytes on the loopback interface may take."""

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

    def close(self) -> None:
        """Let the loop be as it was."""
        del self._selector.select

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
        if events := self._really_select(self._in_flight):
            return events
        if due <= self._end:
            self._move(due)
            return []
        self._move(self._end)
        if not self._over.done():  # a test that fails cancels it
            self._over.set_result(None)
        self._over = None
        return []

    def _next(self) -> float:
        """Return when the next timer is due; the loop has just removed cancelled ones."""
        timers: list[asyncio.TimerHandle] = self._loop._scheduled  # type: ignore[attr-defined]  # noqa: SLF001  # see above
        return timers[0].when() if timers else inf

    def _move(self, to: float) -> None:
        if (seconds := to - monotonic()) > 0:
            self._freezer.tick(seconds + _MARGIN)
