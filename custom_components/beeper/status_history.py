"""What automations have been told of each account's status.

A state change only says what was shown before. That says too little of an account
after an outage, after a restart, or while it is connecting: what counts then is the
status from before. Each account has a history in the entry's runtime data. Its status
sensor notes there what it writes and keeps the history over restarts; sensor and
triggers read it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import voluptuous as vol

from homeassistant.util import dt as dt_util

from .api import AccountStatus
from .const import HEALTHY, KNOWN, LOST, NEEDING_ATTENTION, TRANSITIONAL
from .stored_time import stored_time

SETTLED: Final = KNOWN - {AccountStatus.CONNECTING}
"""Statuses that stay until something happens."""

GROUPS: Final = {
    "healthy": HEALTHY,
    "lost": LOST,
    "needing_attention": NEEDING_ATTENTION,
}
"""What triggers wait for; an account can be in two of them at once, or in none."""


@dataclass(frozen=True)
class Stay:
    """The time in which an account does not leave a group of statuses.

    `came_from` is the status before; `None` for an account that was not seen before.
    `held` is the longest part without an outage or a restart, in seconds.
    """

    came_from: str | None
    since: datetime
    held: float = 0.0


type StatusHistories = defaultdict[str, StatusHistory]
"""The history of each account of an entry, by account ID."""

_STATUS: Final = vol.Any(None, vol.In([status.value for status in AccountStatus]))

_STAY: Final = vol.Schema(
    {
        vol.Required("came_from"): _STATUS,
        vol.Required("since"): stored_time,
        vol.Required("held"): vol.All(vol.Any(int, float), vol.Range(min=0)),
    }
)

_STORED: Final = vol.Schema(
    {
        vol.Required("status"): _STATUS,
        vol.Required("stays"): {vol.In(list(GROUPS)): _STAY},
        vol.Optional("warning", default=None): vol.Any(None, str),
    }
)
"""What `as_dict` gives."""


class StatusHistory:
    """The statuses of one account, as far as automations were there to see them.

    An account that is connecting still counts as what it was before.
    """

    def __init__(self) -> None:
        """Begin with an account that automations have never seen."""
        self.status: str | None = None
        """What the account counts as; `None` for one that never was anything."""
        self.entered: frozenset[str] = frozenset()
        """The groups that the account got into with what was written last."""
        self.is_resumed = False
        """Whether what was written last is the first since an outage or a restart."""
        self.warning: str | None = None
        """What Beeper says on the account while it is connected, if anything."""
        self.is_warned = False
        """Whether that is new with what was written last."""
        self._stays: dict[str, Stay] = {}
        self._watched_since: datetime | None = None

    def restore(self, stored: object) -> None:
        """Go on from what `as_dict` gave before a restart or a reload.

        Anything else, such as what another version has left, is passed over.
        """
        try:
            kept = _STORED(stored)
        except vol.Invalid, ValueError, OverflowError:
            return
        self.status = kept["status"]
        self.warning = kept["warning"]
        self._stays = {
            group: Stay(stay["came_from"], stay["since"], stay["held"])
            for group, stay in kept["stays"].items()
        }

    def as_dict(self) -> dict[str, object]:
        """Return what is kept over a restart."""
        return {
            "status": self.status,
            "stays": {
                group: {
                    "came_from": stay.came_from,
                    "since": stay.since.isoformat(),
                    "held": stay.held,
                }
                for group, stay in self.stays.items()
            },
            "warning": self.warning,
        }

    @property
    def is_shown(self) -> bool:
        """Whether automations see a status of the account at the moment."""
        return self._watched_since is not None

    @property
    def stays(self) -> Mapping[str, Stay]:
        """How the account has been in the groups that it counts to."""
        if self._watched_since is None:
            return self._stays
        now = dt_util.utcnow()
        stays = {}
        for group, stay in self._stays.items():
            watched = now - max(stay.since, self._watched_since)
            held = max(stay.held, watched.total_seconds())
            stays[group] = Stay(stay.came_from, stay.since, held)
        return stays

    def since(self, group: str) -> datetime | None:
        """Return since when the account is in a group; `None` where it is not."""
        stay = self._stays.get(group)
        return stay.since if stay else None

    def warning_of(self, status: str | None, text: str | None) -> str | None:
        """Return what is a warning once this is written with these words of Beeper.

        On the way to another status they tell how far it has come.
        """
        if status == AccountStatus.CONNECTED:
            return text or None
        return self.warning if status is None or status in TRANSITIONAL else None

    def show(self, status: str | None, text: str | None = None) -> None:
        """Note that this status is written, with what Beeper says of the account.

        A status is `None` where it is not known.
        """
        warning = self.warning_of(status, text)
        is_known = self.status is not None
        self.is_warned = is_known and warning not in (None, self.warning)
        self.warning = warning
        self.entered = frozenset()
        self.is_resumed = status is not None and not self.is_shown
        if status is None:
            self._stays = dict(self.stays)
            self._watched_since = None
            return
        now = dt_util.utcnow()
        if self.is_resumed:
            self._watched_since = now
        if status not in SETTLED and self.status is not None:
            return
        stays = self._stays
        groups = {group for group, statuses in GROUPS.items() if status in statuses}
        self.entered = frozenset(groups - stays.keys())
        self._stays = {
            group: stays.get(group) or Stay(self.status, now) for group in groups
        }
        self.status = status
