"""What automations have been told of each account's status.

A state change only tells what was shown before. That says too little of an account
after an outage, after a restart, or while it is connecting: what counts then is the
status from before. The status sensors keep it here, the triggers look it up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import restore_state
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .api import AccountStatus
from .const import DOMAIN, HEALTHY, LOST, NEEDING_ATTENTION

SETTLED: Final = frozenset(AccountStatus) - {AccountStatus.CONNECTING}
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


class StatusHistory:
    """The statuses of one account, as far as automations were there to see them.

    An account that is connecting still counts as what it was before.
    """

    def __init__(self, restored: Mapping[str, Any] | None = None) -> None:
        """Begin with what `as_dict` gave before a restart or a reload.

        What another version has left, in another shape, is passed over.
        """
        self.status: str | None = None
        """What the account counts as; `None` for one that never was anything."""
        self.entered: frozenset[str] = frozenset()
        """The groups that the account got into with what was written last."""
        self.is_resumed = False
        """Whether what was written last is the first since an outage or a restart."""
        self._stays: dict[str, Stay] = {}
        self._watched_since: datetime | None = None
        if restored and restored.keys() == self.as_dict().keys():
            self.status = restored["status"]
            self._stays = {
                group: Stay(
                    stay["came_from"],
                    datetime.fromisoformat(stay["since"]),
                    stay["held"],
                )
                for group, stay in restored["stays"].items()
            }

    def as_dict(self) -> dict[str, Any]:
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
            stays[group] = replace(stay, held=held)
        return stays

    def show(self, status: str | None) -> None:
        """Note that this status is written; `None` where it is not known."""
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
        stays = self.stays
        groups = {group for group, statuses in GROUPS.items() if status in statuses}
        self.entered = frozenset(groups - stays.keys())
        self._stays = {
            group: stays.get(group) or Stay(self.status, now) for group in groups
        }
        self.status = status


STATUS_HISTORIES: HassKey[dict[str, StatusHistory]] = HassKey(f"{DOMAIN}_statuses")
"""Of the status sensors that are loaded, by entity ID."""


def status_history(hass: HomeAssistant, entity_id: str) -> StatusHistory:
    """Return the history of a status sensor, as it was left where that is not loaded."""
    if history := hass.data.get(STATUS_HISTORIES, {}).get(entity_id):
        return history
    left = restore_state.async_get(hass).last_states.get(entity_id)
    return StatusHistory(
        left.extra_data.as_dict() if left and left.extra_data else None
    )
