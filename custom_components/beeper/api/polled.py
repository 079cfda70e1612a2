"""What is read again and again: accounts and bridges, and nothing of them twice.

A body that is the last one, byte for byte, is not parsed, and gives the very same object.
Of any other body, accounts that are as before are the very same objects: those that
`/v1/bridges` lists once more, too. For that the JSON of each account is kept, whose texts
are those of the account anyway: about 1 kB for each.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from .exceptions import BeeperResponseError
from .limits import MAX_LISTED
from .models import Account, Bridge
from .parsing import parse
from .reading import read
from .transport import Transport
from .unknown import UnknownParts

_ACCOUNTS: Final = "/v1/accounts"
_BRIDGES: Final = "/v1/bridges"


@dataclass(frozen=True)
class Oddity:
    """An account or a bridge of which Beeper does not tell all that it should.

    It is shown as far as it is known. `item_id` is `None` where it has no ID: that one
    is left out. `members` are missing or of another type, by their names on the wire.
    """

    kind: Literal["account", "bridge"]
    item_id: str | None = field(repr=False)
    members: tuple[str, ...]


type _KnownAccounts = dict[str, tuple[object, Account, tuple[str, ...]]]
"""The JSON of accounts by ID, what was read from it, and what was odd in it."""


@dataclass(slots=True)
class _Answer[ItemT: (Account, Bridge)]:
    """An answer, and what was made of it."""

    body: bytes = b""
    items: tuple[ItemT, ...] = ()
    known: _KnownAccounts = field(default_factory=dict)
    oddities: frozenset[Oddity] = frozenset()


class PolledLists:
    """The accounts and the bridges of one Beeper.

    Both methods raise `BeeperError`; only what is no list at all is a bad answer.
    """

    def __init__(self, transport: Transport) -> None:
        """Ask this Beeper."""
        self._transport = transport
        self._accounts = _Answer[Account]()
        self._bridges = _Answer[Bridge]()

    @property
    def oddities(self) -> frozenset[Oddity]:
        """What was odd in the last good answers."""
        return self._accounts.oddities | self._bridges.oddities

    def look_for_unknown(self, parts: UnknownParts) -> None:
        """Look for what no model has in the last good answers; polls take no time for it."""
        if self._accounts.body:
            parts.look_at_all(Account, parse(self._accounts.body))
        if self._bridges.body:
            parts.look_at_all(Bridge, _items_of(parse(self._bridges.body)))

    async def accounts(self) -> tuple[Account, ...]:
        """Return all accounts."""
        body = await self._transport.exchange("GET", _ACCOUNTS)
        if body != self._accounts.body:
            values = _list(parse(body))
            reader = _AccountReader(self._bridges.known, self._accounts.known)
            items = reader.read(reader.up_to_limit("account", values))
            self._accounts = reader.answer(body, items)
        return self._accounts.items

    async def bridges(self) -> tuple[Bridge, ...]:
        """Return all bridges."""
        body = await self._transport.exchange("GET", _BRIDGES)
        if body != self._bridges.body:
            values = _list(_items_of(parse(body)))
            reader = _AccountReader(self._bridges.known, self._accounts.known)
            bridges = tuple(
                bridge
                for value in reader.up_to_limit("bridge", values)
                if (bridge := _read_bridge(value, reader)) is not None
            )
            self._bridges = reader.answer(body, bridges)
        return self._bridges.items


class _AccountReader:
    """Reads the accounts of one answer, and notes what is odd in it."""

    def __init__(self, *before: _KnownAccounts) -> None:
        """Know the accounts of these answers, the likeliest first."""
        self._before = before
        self._known: _KnownAccounts = {}
        self._oddities: set[Oddity] = set()

    def answer[ItemT: (Account, Bridge)](
        self, body: bytes, items: tuple[ItemT, ...]
    ) -> _Answer[ItemT]:
        """Return the answer that was read."""
        return _Answer(body, items, self._known, frozenset(self._oddities))

    def up_to_limit(
        self, kind: Literal["account", "bridge"], values: list[object]
    ) -> list[object]:
        """Return as many of a list as are taken, and note that there are more."""
        if len(values) > MAX_LISTED:
            self.note(kind, None, (f"more than {MAX_LISTED}",))
        return values[:MAX_LISTED]

    def read(self, values: list[object]) -> tuple[Account, ...]:
        """Return the accounts that can be read."""
        likely, known_now = self._before[0], self._known
        accounts = []
        for value in values:
            account: Account | None
            # Most are as before, each time: they take the short way
            try:
                known = likely.get(value["accountID"])  # type: ignore[index]  # it may be anything
            except KeyError, TypeError:
                known = None
            if known is not None and known[0] == value and not known[2]:
                account = known[1]
                known_now[account.account_id] = known
            else:
                account = self._read_one(value)
            if account is not None:
                accounts.append(account)
        return tuple(accounts)

    def note(
        self,
        kind: Literal["account", "bridge"],
        item_id: str | None,
        members: tuple[str, ...],
    ) -> None:
        """Note what is odd in an item."""
        self._oddities.add(Oddity(kind, item_id, members))

    def _read_one(self, value: object) -> Account | None:
        account_id = value.get("accountID") if isinstance(value, dict) else None
        if isinstance(account_id, str):
            for before in self._before:
                known = before.get(account_id)
                # JSON's true and 1 are equal here; nothing is told by such a change
                if known is not None and known[0] == value:
                    self._known[account_id] = known
                    if known[2]:
                        self.note("account", account_id, known[2])
                    return known[1]
        account, odd = read(Account, value)
        if account is None:
            self.note("account", None, odd)
            return None
        self._known[account.account_id] = (value, account, odd)
        if odd:
            self.note("account", account.account_id, odd)
        return account


def _read_bridge(value: object, reader: _AccountReader) -> Bridge | None:
    accounts: tuple[Account, ...] = ()
    if isinstance(value, dict) and isinstance(value.get("accounts"), list):
        accounts = reader.read(reader.up_to_limit("account", value["accounts"]))
        value = value | {"accounts": []}
    bridge, odd = read(Bridge, value)
    if odd:
        reader.note("bridge", bridge.id if bridge else None, odd)
    return replace(bridge, accounts=accounts) if bridge else None


def _items_of(answer: object) -> object:
    return answer.get("items") if isinstance(answer, dict) else None


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise BeeperResponseError("The answer is not Beeper's: not a list")
    return value
