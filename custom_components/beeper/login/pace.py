"""When to ask Beeper next how a login session stands: in calm, in trouble, after silence.

It has no clock of its own: it is told how each attempt went and how long that took.
"""

from dataclasses import dataclass

LOOK_INTERVAL = 5.0
"""Seconds between two looks at a session that nobody can be asked to wait for.

That is one with a form to fill in, with a step we do not know, or with a display that
somebody else waits on.
"""

MAX_PAUSE = 30.0
"""Seconds; the longest time between two attempts while Beeper does not answer."""

STEADY_AFTER = 20.0
"""Seconds a wait has to last for its end to be no sign of trouble.

Some proxies cut every connection after a minute; one that cannot even be made is given
up after ten seconds.
"""

SHORT_WAIT = 1.0
"""Seconds; a wait that is over earlier did not block."""

MANY_WAITS = 10
"""Short waits in a row after which not to hurry any more.

An answer at once is right after a change that was missed, and where another waiter
joins, but no server makes so many.
"""

TRUSTED_FOR = 20.0
"""Seconds without an answer for which what is displayed still counts.

A QR code may rotate as often as that.
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What to do next: pause, then wait for an answer or look how the session stands."""

    waits: bool
    pause: float
    """Seconds."""


class Pace:
    """The pace at which one session is followed.

    Where Beeper offers to answer when something changes, that is waited for. After any
    failure comes a look, at first at once, then ever less often.
    """

    def __init__(self, *, look_now: bool = False) -> None:
        """Begin in calm, or with a look at once."""
        self._look_in: float | None = 0.0 if look_now else None
        """Pause before a look that has to come next; `None` in calm."""
        self._failures = 0
        """Since the session last changed, or a wait was a long one."""
        self._short_waits = 0
        self._blocks = True
        """Whether Beeper lets us wait, and does not answer at once without any news."""
        self._silence: float | None = None
        """Seconds since the first of the looks that all failed."""
        self._attempt = Attempt(waits=False, pause=0.0)

    @property
    def is_outdated(self) -> bool:
        """Whether what is displayed will no longer count when the next attempt is due."""
        if self._silence is None:
            return False
        return self._silence + (self._look_in or 0.0) > TRUSTED_FOR

    def next(self, *, can_wait: bool) -> Attempt:
        """Return what to do; `can_wait`: Beeper answers when the step is over."""
        if self._look_in is not None:
            self._attempt = Attempt(waits=False, pause=self._look_in)
        elif can_wait:
            self._attempt = Attempt(waits=True, pause=0.0)
        else:
            self._attempt = Attempt(waits=False, pause=LOOK_INTERVAL)
        return self._attempt

    def answered(self, seconds: float, *, has_changed: bool) -> None:
        """Note that the attempt was answered after so many seconds.

        An answer without a change is no failure: another waiter may have joined, or a
        look was quicker. A server that does not block is looked at until it has news.
        """
        self._count_wait(seconds)
        self._silence = None
        if has_changed:
            self._failures = 0
        if self._attempt.waits:
            self._blocks = not self._is_hurried
        elif has_changed:
            self._blocks = True
        self._look_in = None if self._blocks else LOOK_INTERVAL

    def failed(
        self,
        seconds: float,
        *,
        retry_after: float | None = None,
        somebody_waits: bool = False,
    ) -> None:
        """Note that the attempt failed after so many seconds.

        `retry_after` is for how many seconds Beeper asked to be left alone;
        `somebody_waits`: it let nobody wait beside another client.
        """
        self._count_wait(seconds)
        if self._attempt.waits and seconds > STEADY_AFTER:
            self._failures = 0
        longest = LOOK_INTERVAL if somebody_waits else MAX_PAUSE
        pause = min(2.0 ** min(self._failures, 8) - 1, longest)
        self._failures += 1
        if self._is_hurried:
            pause = max(pause, LOOK_INTERVAL)
        self._look_in = max(pause, retry_after or 0.0)
        # A wait that broke says little: it is followed by a look, as a rule
        if self._silence is not None:
            self._silence += self._attempt.pause + seconds
        elif retry_after or not self._attempt.waits:
            self._silence = 0.0

    @property
    def _is_hurried(self) -> bool:
        return self._short_waits > MANY_WAITS

    def _count_wait(self, seconds: float) -> None:
        if self._attempt.waits:
            self._short_waits = self._short_waits + 1 if seconds < SHORT_WAIT else 0
