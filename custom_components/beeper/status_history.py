"""What automations have been told of each account's status.

A state change only tells what was shown before. That says too little of an account
after an outage, after a restart, or while it is connecting: what counts then is the
status from before. The status sensors keep it here, the triggers look it up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.restore_state import ExtraStoredData
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .api import AccountStatus
from .const import DOMAIN

SETTLED: Final = frozenset(AccountStatus) - {AccountStatus.CONNECTING}
"""Statuses that stay until something happens."""


@dataclass(frozen=True)
class Settled(ExtraStoredData):
    """A settled status of an account.

    `held` is the longest time it was seen without an outage or a restart, in seconds.
    """

    status: str
    held: float = 0.0

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return what is kept over a restart."""
        return {"status": self.status, "held": self.held}


class StatusHistory:
    """The statuses of one account, as far as automations were there to see them.

    An account that is connecting still counts as what it was before.
    """

    def __init__(self, restored: Mapping[str, Any] | None) -> None:
        """Begin with what `Settled.as_dict` gave before a restart or a reload."""
        self.before: Settled | None = None
        """What the account was before it became what is shown."""
        self.is_resumed = False
        """Whether what is shown is the first since an outage or a restart."""
        self._settled = Settled(**restored) if restored else None
        self._shown: str | None = None
        self._since = dt_util.utcnow()

    @property
    def settled(self) -> Settled | None:
        """What the account is, or was last; `None` for one that never was anything."""
        if self._settled is None or self._shown is None:
            return self._settled
        seconds = (dt_util.utcnow() - self._since).total_seconds()
        return replace(self._settled, held=max(self._settled.held, seconds))

    def show(self, status: str | None) -> None:
        """Note that this status is written; `None` where it is not known."""
        self.is_resumed = self._shown is None and status is not None
        if status == self._shown:
            return
        settled = self.settled
        if status is not None:
            self.before = settled
        is_new = status in SETTLED and (settled is None or settled.status != status)
        if is_new or self._shown is None:
            self._since = dt_util.utcnow()
        self._settled = Settled(status) if status and is_new else settled
        self._shown = status


STATUS_HISTORIES: HassKey[dict[str, StatusHistory]] = HassKey(f"{DOMAIN}_statuses")
"""By the entity ID of the status sensor."""


def status_history(hass: HomeAssistant, entity_id: str) -> StatusHistory:
    """Return the history of a status sensor; an empty one while it is not loaded."""
    return hass.data.get(STATUS_HISTORIES, {}).get(entity_id, StatusHistory(None))
