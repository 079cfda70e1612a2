"""What Beeper does not tell of accounts and bridges as it should: said once, not in each poll."""

from collections import Counter
from collections.abc import Collection, Iterable
import logging

from .api import Account, Oddity
from .const import KNOWN
from .limits import MAX_ODD_LINES, MAX_ODD_REPORTS, MAX_UNKNOWN_STATUSES
from .texts import shown_word

_LOGGER = logging.getLogger(__name__)


class OddItems:
    """What was odd in the last answer, and therefore was said already."""

    def __init__(self) -> None:
        """Begin without anything odd."""
        self._said: frozenset[Oddity] = frozenset()
        self._reports = 0

    def report(self, oddities: frozenset[Oddity], version: str | None) -> None:
        """Log what is odd now and was not before.

        What has been well in between is said again. No value is told, and no ID: networks
        make theirs of phone numbers.
        """
        new = oddities - self._said
        self._said = oddities
        if not new or self._reports > MAX_ODD_REPORTS:
            return
        self._reports += 1
        if self._reports > MAX_ODD_REPORTS:
            _LOGGER.warning(
                "Beeper %s lists something else that is odd again and again; that is not told any more",
                version,
            )
            return
        lines = _lines(new)
        more = len(lines) - MAX_ODD_LINES
        _LOGGER.warning(
            "Beeper %s lists accounts or bridges of which something is missing or odd; they are shown as far "
            "as they are known, and left out without an ID: %s",
            version,
            "; ".join(
                lines[:MAX_ODD_LINES] + ([f"and {more} more"] if more > 0 else [])
            ),
        )


class UnknownStatuses:
    """The statuses that a newer Beeper has, each of which is said once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._said: set[str] = set()
        self._is_enough = False

    def report(self, accounts: Iterable[Account], version: str | None) -> None:
        """Log the statuses that are not known here and were not said before.

        Only so many of them: who makes up another one each time says nothing by it.
        """
        for account in accounts:
            status = account.status
            if not status or status in KNOWN or self._is_enough:
                continue
            # The word may be a number or an address
            word = shown_word(status)
            if word in self._said:
                continue
            self._said.add(word)
            if len(self._said) > MAX_UNKNOWN_STATUSES:
                self._is_enough = True
                _LOGGER.warning(
                    "Beeper %s reports more connection statuses that are not known; they are not told any more",
                    version,
                )
                continue
            _LOGGER.warning(
                "Beeper %s reports the connection status %r, which this version of the integration does not "
                "know; it is shown as unknown until you update the integration",
                version,
                word,
            )


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
