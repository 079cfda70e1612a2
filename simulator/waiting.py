"""What a login session waits with: requests that block, and timers."""

import asyncio
from collections.abc import Callable


class Waiters:
    """The requests that block on a step until something happens."""

    def __init__(self) -> None:
        """Start without any."""
        self.present = asyncio.Event()
        """Set while there is one."""
        self._number = 0
        self._moved: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Block until the next release."""
        if self._moved is None:
            self._moved = asyncio.get_running_loop().create_future()
        self._number += 1
        self.present.set()
        try:
            # One that leaves must not take the others along
            await asyncio.shield(self._moved)
        finally:
            self._number -= 1
            if not self._number:
                self.present.clear()

    def release(self) -> None:
        """Let all go that block now."""
        if self._moved is not None:
            self._moved.set_result(None)
            self._moved = None


class Timers:
    """Named timers; setting one anew replaces it."""

    def __init__(self) -> None:
        """Start without any."""
        self._handles: dict[str, asyncio.TimerHandle] = {}

    def set(self, name: str, after: float, act: Callable[[], None]) -> None:
        """Act after this many seconds."""
        self.cancel(name)
        loop = asyncio.get_running_loop()
        self._handles[name] = loop.call_later(after, act)

    def cancel(self, *names: str) -> None:
        """Cancel timers, set or not."""
        for name in names:
            if (handle := self._handles.pop(name, None)) is not None:
                handle.cancel()

    def close(self) -> None:
        """Cancel all timers."""
        self.cancel(*self._handles)
