"""By what an account is known again when Beeper lists it under another ID."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Self

from .api import Account, User
from .beeper_data import BeeperData
from .limits import MAX_READ

_CONTACTS: Final = frozenset({"email", "phone_number", "username"})
"""By what others reach a person on the network, whatever bridge it runs on."""


@dataclass(frozen=True)
class AccountMarks:
    """On which network an account is, and whose it is.

    `person` has a digest for each kind of thing that tells whose: an ID, a phone number
    and so on. Whoever reads it does not see any of them.
    """

    networks: frozenset[str]
    person: Mapping[str, str]

    @classmethod
    def of(cls, data: BeeperData, account: Account, salt: str) -> Self:
        """Return the marks of an account; digests of one salt can be compared."""
        networks, login_id, user = sources(data, account)
        email, number = _cut(user.email), _cut(user.phone_number)
        user_id, username = _cut(user.id), _cut(user.username)
        said = {
            "email": email.strip().casefold(),
            "login_id": _cut(login_id),
            "phone_number": _digits(number),
            "remote_id": _remote_id(user_id),
            "user_id": user_id,
            "username": username.removeprefix("@").casefold(),
        }
        return cls(
            frozenset(_cut(name).casefold() for name in networks if name),
            {kind: _digest(kind, text, salt) for kind, text in said.items() if text},
        )

    def as_list(self) -> list[object]:
        """Return what is stored."""
        return [sorted(self.networks), dict(self.person)]

    @classmethod
    def from_list(cls, stored: object) -> Self:
        """Return what was stored; marks of nobody for anything else."""
        match stored:
            case [[*networks], {**person}]:
                return cls(
                    frozenset(map(str, networks)),
                    {str(kind): str(digest) for kind, digest in person.items()},
                )
        return cls(frozenset(), {})

    def is_same_person(self, other: Self) -> bool:
        """Return whether two accounts on one network are of one person.

        Behind another bridge a person has another Matrix ID, and may have another login.
        A phone number is one person's on a network; a mail address, a name or a login is
        not, as with workspaces of a company: then nothing may speak against it.
        """
        known = self.person.keys() & other.person.keys()
        alike = {kind for kind in known if self.person[kind] == other.person[kind]}
        unlike = known - alike
        if "user_id" in alike:
            return True
        if alike & {"phone_number", "remote_id"}:
            return not unlike & _CONTACTS
        return bool(alike) and not unlike - {"login_id"}

    def places(self) -> Iterator[tuple[str, str, str]]:
        """Return under what to look for others on the network that may be the same."""
        for network in self.networks:
            for kind, digest in self.person.items():
                yield network, kind, digest


type Sources = tuple[tuple[str | None, str | None], str | None, User]
"""All that the marks of an account are made of: its networks, its login and its person."""


def sources(data: BeeperData, account: Account) -> Sources:
    """Return what the marks of an account are made of; making them takes longer."""
    bridge = data.bridge_of(account)
    networks = (bridge.type if bridge else None, account.network)
    return networks, account.login_id, account.user


def find_moves(
    known: Mapping[str, AccountMarks],
    listed: Mapping[str, AccountMarks],
    registered: Collection[str],
) -> dict[str, str]:
    """Return which accounts are listed under another ID now: old IDs and new ones.

    `known` are those of earlier answers and `listed` those of this one, by account ID.
    What was registered and is not listed may have become what is listed and was not
    registered. Where more than these two are of one person, nobody knows.
    """
    gone = {account_id for account_id in registered if account_id not in listed}
    new = [account_id for account_id in listed if account_id not in registered]
    if not gone or not new:
        return {}
    marks = {
        account_id: known[account_id] for account_id in gone if account_id in known
    } | dict(listed)
    ids_at: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for account_id, mark in marks.items():
        for place in mark.places():
            ids_at[place].add(account_id)
    moves = {}
    for new_id in new:
        mark = listed[new_id]
        likely = {other for place in mark.places() for other in ids_at[place]}
        same = [
            other
            for other in likely
            if other != new_id and mark.is_same_person(marks[other])
        ]
        if len(same) == 1 and same[0] in gone:
            moves[same[0]] = new_id
    return moves


def _cut(said: str | None) -> str:
    """Return the part of what is said that counts; none of these is as long in fact."""
    return (said or "")[:MAX_READ]


def _remote_id(user_id: str) -> str | None:
    """Return the network's own ID of a person from `@whatsapp_15555550100:beeper.local`.

    Bridges make such Matrix IDs of it, each with its own prefix and server.
    """
    if not user_id.startswith("@"):
        return None
    return user_id.partition(":")[0].partition("_")[2].casefold()


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdecimal())


def _digest(kind: str, text: str, salt: str) -> str:
    return blake2b(
        f"{kind}:{text}".encode(errors="replace"), key=salt.encode()[:64], digest_size=8
    ).hexdigest()
