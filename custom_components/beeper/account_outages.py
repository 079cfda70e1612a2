"""The outages of one account: when it was lost, for how long, and how often this month.

An outage is the time in which an account needs a person or is disconnected. It ends when
messages flow again, or when somebody switches the account off. An attempt to connect, a
Beeper that does not answer and a restart neither begin nor end one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import voluptuous as vol

from homeassistant.util import dt as dt_util

from .const import OUTAGE_STEP, OUTAGES_KEPT_FOR
from .limits import MAX_OUTAGES
from .stored_time import stored_time


@dataclass(frozen=True)
class Outage:
    """One outage, in UTC; `end` is `None` while it lasts."""

    start: datetime
    end: datetime | None = None

    def is_over(self, by: datetime) -> bool:
        """Return whether it ended by then."""
        return self.end is not None and self.end <= by

    def lasted(self, now: datetime) -> timedelta:
        """Return how long it was; for one that lasts, how long it has been so far."""
        return max((self.end or now) - self.start, timedelta())


@dataclass(frozen=True)
class MonthlyOutages:
    """The outages of a calendar month, as far as they are in it.

    `since` is when the month began, in UTC.
    """

    since: datetime
    count: int = 0
    lost: timedelta = timedelta()

    def more(self, lost: timedelta) -> MonthlyOutages:
        """Return these and one more."""
        return replace(self, count=self.count + 1, lost=self.lost + lost)


@dataclass(frozen=True)
class Month:
    """A calendar month in the time zone of Home Assistant; both times are in UTC."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, time: datetime) -> Month:
        """Return the month in which a time is."""
        first = dt_util.as_local(time).date().replace(day=1)
        next_first = (first + timedelta(days=31)).replace(day=1)
        return cls(
            dt_util.as_utc(dt_util.start_of_local_day(first)),
            dt_util.as_utc(dt_util.start_of_local_day(next_first)),
        )

    def with_part_of(
        self, outage: Outage, now: datetime, outages: MonthlyOutages
    ) -> MonthlyOutages:
        """Return these outages and what of another one is in this month.

        One that lasts counts until `now`.
        """
        is_before = outage.is_over(self.start) and outage.start < self.start
        if is_before or outage.start >= self.end:
            return outages
        end = outage.end or max(now, outage.start)
        return outages.more(min(end, self.end) - max(outage.start, self.start))


def last_step(now: datetime) -> datetime:
    """Return up to when the time of an outage that lasts has been told."""
    return now - timedelta(seconds=now.timestamp() % OUTAGE_STEP.total_seconds())


def _now() -> datetime:
    return dt_util.utcnow().replace(microsecond=0)


def _in_order(outages: list[Outage]) -> list[Outage]:
    """Prove that stored outages follow each other, and that only the last one lasts."""
    ended = [outage.end for outage in outages[:-1]]
    times = [time for outage in outages for time in (outage.start, outage.end) if time]
    if None in ended or times != sorted(times):
        raise vol.Invalid("outages that overlap")
    return outages


_OUTAGE: Final = vol.All(
    vol.ExactSequence([stored_time, vol.Any(None, stored_time)]),
    lambda times: Outage(*times),
)

_MOST: Final = 31 * 86_400 + 3_600
"""Seconds of a month; nobody could have been lost more often."""

_STORED: Final = vol.Schema(
    {
        vol.Required("outages"): vol.All([_OUTAGE], _in_order),
        vol.Required("forgotten"): {
            vol.Required("since"): stored_time,
            vol.Required("count"): vol.All(int, vol.Range(0, _MOST)),
            vol.Required("seconds"): vol.All(int, vol.Range(0, _MOST)),
        },
    }
)
"""What `as_dict` gives."""


class AccountOutages:
    """The outages of one account as they are remembered."""

    def __init__(self) -> None:
        """Begin with an account that was never lost."""
        self._outages: list[Outage] = []
        """The oldest first; only the last one can last."""
        self._forgotten = MonthlyOutages(dt_util.utc_from_timestamp(0))
        """Those of a month that are too many to be remembered one by one."""

    def restore(self, stored: object) -> None:
        """Go on from what `as_dict` gave before a restart or a reload.

        Anything else, such as what another version has left, is passed over.
        """
        try:
            kept = _STORED(stored)
        except vol.Invalid, ValueError, OverflowError:
            return
        self._outages = kept["outages"]
        forgotten = kept["forgotten"]
        self._forgotten = MonthlyOutages(
            forgotten["since"],
            forgotten["count"],
            timedelta(seconds=forgotten["seconds"]),
        )

    def as_dict(self) -> dict[str, object]:
        """Return what is kept over a restart."""
        return {
            "outages": [
                [outage.start.isoformat(), outage.end and outage.end.isoformat()]
                for outage in self._outages
            ],
            "forgotten": {
                "since": self._forgotten.since.isoformat(),
                "count": self._forgotten.count,
                "seconds": int(self._forgotten.lost.total_seconds()),
            },
        }

    @property
    def since(self) -> datetime | None:
        """Since when the account is lost, in UTC; `None` while it is not."""
        last = self._outages[-1] if self._outages else None
        return last.start if last and last.end is None else None

    def last(self) -> Sequence[Outage]:
        """Return the outages that are remembered, the newest first."""
        self._forget(_now())
        return self._outages[::-1]

    def of_month(self, now: datetime) -> MonthlyOutages:
        """Return the outages of the month in which `now` is."""
        month = Month.of(now)
        outages = self._forgotten_of(month)
        for outage in self._outages:
            outages = month.with_part_of(outage, now, outages)
        return outages

    def begin(self) -> bool:
        """Note that the account is lost; returns whether that is news."""
        if self.since is not None:
            return False
        start = now = _now()
        if self._outages and (end := self._outages[-1].end):
            start = max(end, now)  # a clock may have been put back meanwhile
        self._outages.append(Outage(start))
        self._forget(now)
        return True

    def end(self) -> bool:
        """Note that the account is not lost; returns whether that is news."""
        if (since := self.since) is None:
            return False
        self._outages[-1] = Outage(since, max(since, _now()))
        return True

    def _forget(self, now: datetime) -> None:
        """Remember no more than is to be remembered; count what is of this month."""
        while len(self._outages) > MAX_OUTAGES:
            month = Month.of(now)
            outages = self._forgotten_of(month)
            self._forgotten = month.with_part_of(self._outages.pop(0), now, outages)
        while self._outages and self._outages[0].is_over(now - OUTAGES_KEPT_FOR):
            del self._outages[0]

    def _forgotten_of(self, month: Month) -> MonthlyOutages:
        is_same = self._forgotten.since == month.start
        return self._forgotten if is_same else MonthlyOutages(month.start)
