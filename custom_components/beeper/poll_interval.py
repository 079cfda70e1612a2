"""How long to wait until the next poll, worked out from what was found so far."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from .const import FAST_POLL_INTERVAL, FAST_POLL_LIMIT, MAX_BACKOFF, POLL_INTERVAL

type FastReasons = Mapping[str | None, float]
"""Since when, in monotonic seconds, each reason to poll fast has been there.

A reason is the ID of an account, or `None` for a login session.
"""


def still_there(
    before: FastReasons, reasons: Iterable[str | None], now: float
) -> FastReasons:
    """Return the reasons that there are now; one that was there before keeps its time."""
    return {reason: before.get(reason, now) for reason in reasons}


def next_interval(reasons: FastReasons, now: float) -> timedelta:
    """Return how long to wait after a good answer.

    That is short while there is a reason for it that has not been there for too long.
    """
    limit = FAST_POLL_LIMIT.total_seconds()
    is_fast = any(now - since < limit for since in reasons.values())
    return FAST_POLL_INTERVAL if is_fast else POLL_INTERVAL


def backed_off(failures: int) -> timedelta:
    """Return how long to wait after this many polls in a row without a good answer.

    That is 15, 30, 60, 60 ... seconds.
    """
    return min(POLL_INTERVAL * (1 << min(failures - 1, 8)), MAX_BACKOFF)
