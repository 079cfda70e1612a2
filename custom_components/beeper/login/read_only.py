"""Whether Home Assistant may only read, so that no login can be run: dialogs and card say so."""

import asyncio
from typing import Final

from ..api import BeeperClient, BeeperError

_PATIENCE: Final = 3.0
"""Seconds in which Beeper has to say it."""


async def async_is_read_only(client: BeeperClient) -> bool:
    """Return whether Beeper says that Home Assistant may only read.

    Where it does not say that, it is seen when something is refused.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            scopes = await client.token_scopes()
    except BeeperError, TimeoutError:
        return False
    return "read" in scopes and "write" not in scopes
