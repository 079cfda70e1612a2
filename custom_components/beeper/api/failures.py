"""What Beeper refuses of all that has to do with logins: by status and code, and how often."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .exceptions import BeeperError
from .limits import MAX_FAILURES, MAX_NOTED_WORD


@dataclass(frozen=True)
class LoginFailure:
    """A request that was answered with an error.

    `request` is the method of the client that made it, `code` the error's own.
    """

    bridge_id: str
    request: str
    status: int
    code: str | None


class LoginFailures:
    """The failures so far."""

    def __init__(self) -> None:
        """Begin without any."""
        self._counts: Counter[LoginFailure] = Counter()

    @property
    def counts(self) -> Mapping[LoginFailure, int]:
        """How often each of them was answered, in the order in which they came."""
        return self._counts

    def note(self, bridge_id: str, request: str, err: BeeperError) -> None:
        """Note an error, if it was an answer."""
        if err.status is None:
            return
        code = None if err.code is None else err.code[:MAX_NOTED_WORD]
        failure = LoginFailure(bridge_id, request, err.status, code)
        if failure in self._counts or len(self._counts) < MAX_FAILURES:
            self._counts[failure] += 1
