"""A recording as it goes on: what was answered then, but for what has changed since.

Accounts and bridges stay as odd as they were: what has no ID stays where it stood, and
an account that its bridge told otherwise than the list of accounts goes on to differ
until somebody changes it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from .recording import Answer, Recording, id_of

type Json = dict[str, Any]

_LISTS = frozenset({"accounts", "bridges"})


class Replay:
    """What to answer of a recording."""

    def __init__(self, recording: Recording) -> None:
        """Begin as it was recorded."""
        self._recording = recording
        self._changed: dict[str, None] = {}

    def note_change(self, account_id: str) -> None:
        """Note that an account is not as it was recorded any more."""
        self._changed[account_id] = None

    def answer(
        self, name: str, bridge_id: str | None, accounts: Collection[str]
    ) -> Answer | None:
        """Return an answer that is still as recorded; None: it follows from the rest.

        accounts: the IDs of the bridge's accounts, now and when it was recorded.
        """
        if bridge_id is None:
            answer = self._recording.answers.get(name)
        else:
            answer = self._recording.of_bridges.get(bridge_id, {}).get(name)
        if answer is None or not answer.is_good:
            return answer
        if name in _LISTS and self._values(name) is not None:
            return None
        if name == "logins" and any(item in self._changed for item in accounts):
            return None
        return answer

    def accounts(self, known: Mapping[str, Json]) -> list[object]:
        """Return the list of all accounts; known: those there are now."""
        recorded = self._recording.accounts
        return self._now([] if recorded is None else recorded, known, known)

    def bridges(self, describe: Callable[[str], Json]) -> Json:
        """Return the list of all bridges; describe: returns one of them by its ID."""
        items: list[object] = []
        listed = set()
        for value in self._recording.bridges or ():
            bridge_id = id_of(value, "id")
            if bridge_id is None or bridge_id in listed:
                items.append(value)
            else:
                listed.add(bridge_id)
                items.append(describe(bridge_id))
        return {**self._recording.good("bridges"), "items": items}

    def bridge(
        self, recorded: Json, known: Mapping[str, Json], own: Iterable[str]
    ) -> Json:
        """Return a bridge; own: the IDs of the accounts that it has now."""
        listed = recorded.get("accounts")
        if not isinstance(listed, list):
            return recorded
        return {**recorded, "accounts": self._now(listed, known, own)}

    def _values(self, name: str) -> list[object] | None:
        recording = self._recording
        return recording.accounts if name == "accounts" else recording.bridges

    def _now(
        self,
        recorded: list[object],
        known: Mapping[str, Json],
        own: Iterable[str],
    ) -> list[object]:
        values: list[object] = []
        listed = set()
        for value in recorded:
            account_id = id_of(value, "accountID")
            if account_id is None:
                values.append(value)
            elif account_id in known:
                listed.add(account_id)
                values.append(
                    known[account_id] if account_id in self._changed else value
                )
        values += [
            known[item] for item in own if item in self._changed and item not in listed
        ]
        return values
