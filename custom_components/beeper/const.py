"""Names that more than one module needs."""

from datetime import timedelta
from typing import Final

from .api import AccountStatus

DOMAIN: Final = "beeper"

CONF_USER_ID: Final = "user_id"
"""Matrix user ID of whoever is signed in to Beeper; absent where Beeper is silent."""

CONF_NO_REPAIRS_FOR: Final = "no_repairs_for"
"""Option: IDs of the accounts that raise no repair issue."""

CONF_NOTIFY_PHONES: Final = "notify_phones"
"""Option: device IDs of the phones that are told of accounts."""

CONF_NOTIFY_ENTITIES: Final = "notify_entities"
"""Option: entity IDs of the notify entities that are told of accounts."""

CONF_REMIND_AFTER: Final = "remind_after"
"""Option: hours after which an account that is still lost is told of again; or none."""

CONF_NOTIFY_WARNINGS: Final = "notify_warnings"
"""Option: whether what Beeper says on a connected account is told, too."""

MIN_VERSION: Final = "4.2.785"
"""The first Beeper Desktop that tells on which bridge an account runs."""

KNOWN: Final = frozenset(AccountStatus)
"""All connection statuses that are known; a newer Beeper may have more."""

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

LOST: Final = NEEDING_ATTENTION | {AccountStatus.DISCONNECTED}
"""No messages flow, and not by choice."""

SIGN_IN_NEEDED: Final = frozenset({"invalid_auth", "missing_scope"})
"""Reasons of an outage, as translation keys, for which only a new sign-in helps."""

# Times a user may feel

POLL_INTERVAL: Final = timedelta(seconds=15)
"""Between two polls when all is quiet."""

FAST_POLL_INTERVAL: Final = timedelta(seconds=3)
"""Between two polls while an account is transitional or a login runs."""

FAST_POLL_LIMIT: Final = timedelta(minutes=10)
"""How long to poll fast for one reason; an account that connects forever is none."""

EXPIRY_NOTICE: Final = timedelta(days=1)
"""How long before its end a token has to be replaced ..."""

EXPIRY_NOTICE_SHARE: Final = 1 / 4
"""... or for which part of its life, if that is less."""

REFUSALS_SETTLED_AFTER: Final = timedelta(minutes=10)
"""How long a token must be accepted on end before its refusals count as over."""

REFUSALS_TO_ASK_AGAIN: Final = 2
"""Refusals in a row for which a new sign-in is asked for, until then, once more."""

MAX_BACKOFF: Final = timedelta(seconds=60)
"""The longest time between two polls while Beeper is unreachable."""

SETUP_LIMIT: Final = timedelta(seconds=75)
"""How long a set-up may take; an unload, a removal and a stop wait for its end."""

REFRESH_COOLDOWN: Final = 1.0
"""Seconds between two polls that somebody asks for."""

DISCONNECTED_AFTER: Final = timedelta(minutes=5)
"""How long an account may be disconnected before it is a matter for a person."""

SETTLED_AFTER: Final = timedelta(minutes=1)
"""How long an account may take to come back once a person has seen to it."""

UNSTABLE_LOSSES: Final = 3
"""How often an account must be lost to be told of as one that keeps losing ..."""

UNSTABLE_WITHIN: Final = timedelta(hours=1)
"""... its connection, and within which time."""

OUTAGE_STEP: Final = timedelta(minutes=15)
"""In which steps the time that accounts are lost is told while an outage lasts.

All months begin at one, in each time zone of today.
"""

OUTAGES_KEPT_FOR: Final = timedelta(days=62)
"""How long an outage of an account is remembered once it has ended: two months."""

UNREACHABLE_AFTER: Final = timedelta(minutes=15)
"""How long Beeper may be away before it is a matter for a person."""

STALE_AFTER: Final = timedelta(minutes=10)
"""How long an account must be missing before its device goes ..."""

STALE_ANSWERS: Final = 3
"""... and from how many good answers in a row."""
