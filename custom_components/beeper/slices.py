"""Work for hundreds of things without holding the event loop: in slices.

Home Assistant runs on one thread. What takes 0.1 ms for one account would stop all of it
for a tenth of a second with a thousand.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import batched
from typing import Final

SLICE: Final = 20
"""Accounts or devices that are seen to without a break.

They take some milliseconds, and ten times as long on a small computer: less than what
anybody would notice.
"""


async def async_slices[ItemT](
    items: Iterable[ItemT], size: int = SLICE
) -> AsyncIterator[tuple[ItemT, ...]]:
    """Yield slices of some items; after each one all else that is due has its turn.

    The size of a slice is less than usual where one item is more work.
    The first one comes at once, so that an eager task that sees to a few is through
    with them when it has started.
    """
    is_first = True
    for part in batched(items, size, strict=False):
        if not is_first:
            await asyncio.sleep(0)
        is_first = False
        yield part


async def async_for_each[ItemT](
    items: Iterable[ItemT], act: Callable[[ItemT], object]
) -> None:
    """Do something for each of some items, in slices."""
    async for part in async_slices(items):
        for item in part:
            act(item)
