"""What Beeper does not tell of accounts and bridges as it should: said once, not in each poll."""

from collections import Counter
from collections.abc import Collection
import logging

from .api import Oddity

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


def has_nameless_account(oddities: Collection[Oddity]) -> bool:
    """Return whether an account was left out, because it has no ID."""
    return any(odd.kind == "account" and odd.item_id is None for odd in oddities)


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
