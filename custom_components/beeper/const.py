"""Names that more than one module needs."""

from datetime import timedelta
from typing import Final

from .api import AccountStatus

DOMAIN: Final = "beeper"

# Groups of connection statuses; `disabled` is in none of them: off by choice is never
# an alarm.

HEALTHY: Final = frozenset({AccountStatus.CONNECTED, AccountStatus.BACKFILLING})
"""Messages flow."""

TRANSITIONAL: Final = frozenset({AccountStatus.CONNECTING, AccountStatus.BACKFILLING})
"""On the way to another status by itself."""

NEEDING_ATTENTION: Final = frozenset(
    {
        AccountStatus.CONNECTION_REQUIRED,
        AccountStatus.RECONNECT_REQUIRED,
        AccountStatus.ATTENTION_REQUIRED,
    }
)
"""Nothing happens until a person does something."""

# Times a user may feel

POLL_INTERVAL: Final = timedelta(seconds=15)
"""Between two polls when all is quiet."""

FAST_POLL_INTERVAL: Final = timedelta(seconds=3)
"""Between two polls while an account is transitional or a login runs."""

FAST_POLL_LIMIT: Final = timedelta(minutes=10)
"""How long to poll fast on end; an account that connects forever is no reason to."""

MAX_BACKOFF: Final = timedelta(seconds=60)
"""The longest time between two polls while Beeper is unreachable."""

REFRESH_COOLDOWN: Final = 1.0
"""Seconds between two polls that somebody asks for."""

STALE_AFTER: Final = timedelta(minutes=10)
"""How long an account must be missing before its device goes ..."""

STALE_ANSWERS: Final = 3
"""... and from how many good answers in a row."""
