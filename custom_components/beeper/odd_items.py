"""What Beeper does not tell of accounts and bridges as it should: said once, not in each poll."""

from collections import Counter
from collections.abc import Collection, Iterable
import logging

from .api import Account, AccountStatus, Oddity
from .texts import MAX_NAME, shortened

_LOGGER = logging.getLogger(__name__)


class OddItems:
    """What was odd in the last answer, and therefore was said already."""

    def __init__(self) -> None:
        """Begin without anything odd."""
        self._said: frozenset[Oddity] = frozenset()

    def report(self, oddities: frozenset[Oddity], version: str | None) -> None:
        """Log what is odd now and was not before.

        What has been well in between is said again. No value is told, and no ID: networks
        make theirs of phone numbers.
        """
        new = oddities - self._said
        self._said = oddities
        if new:
            _LOGGER.warning(
                "Beeper %s lists accounts or bridges of which something is missing or odd; they are shown as far "
                "as they are known, and left out without an ID: %s",
                version,
                "; ".join(_lines(new)),
            )


class UnknownStatuses:
    """The statuses that a newer Beeper has, each of which is said once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._said: set[str] = set()

    def report(self, accounts: Iterable[Account], version: str | None) -> None:
        """Log the statuses that are not known here and were not said before."""
        statuses = {account.status for account in accounts if account.status}
        for status in statuses - set(AccountStatus) - self._said:
            _LOGGER.warning(
                "Beeper %s reports the connection status %r, which this version of the integration does not "
                "know; it is shown as unknown until you update the integration",
                shortened(version or "", MAX_NAME),
                shortened(status, MAX_NAME),
            )
        self._said |= statuses


def nameless_kinds(oddities: Collection[Oddity]) -> frozenset[str]:
    """Return of which kinds something was left out, because it has no ID."""
    return frozenset(odd.kind for odd in oddities if odd.item_id is None)


def _lines(oddities: Collection[Oddity]) -> list[str]:
    """Return what is odd in how many of them; those without an ID cannot be counted."""
    counts = Counter(
        (odd.kind, ", ".join(odd.members))
        for odd in oddities
        if odd.item_id is not None
    )
    nameless = {
        (odd.kind, ", ".join(odd.members)) for odd in oddities if odd.item_id is None
    }
    return sorted(
        [
            *(
                f"{count} of the {kind}s ({members})"
                for (kind, members), count in counts.items()
            ),
            *(f"{kind}s without an ID ({members})" for kind, members in nameless),
        ]
    )
