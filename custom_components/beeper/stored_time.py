"""Times that were stored before a restart, as they are read again."""

from datetime import datetime, timedelta
from typing import Final

import voluptuous as vol

from homeassistant.util import dt as dt_util

_AHEAD: Final = timedelta(days=36_525)
"""How far a stored time may lie ahead, a century.

A clock can be put back, and a computer without one of its own starts in 1970.
"""


def stored_time(value: object) -> datetime:
    """Return a stored time, in UTC.

    Raises `vol.Invalid`, `ValueError` or `OverflowError` for what is none.
    """
    time = datetime.fromisoformat(value) if isinstance(value, str) else None
    if time is None or time.tzinfo is None or time > dt_util.utcnow() + _AHEAD:
        raise vol.Invalid("no time at which something was seen")
    return dt_util.as_utc(time)
