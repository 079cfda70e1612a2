"""Names that nobody else has: accounts of one name are told apart by a number.

A name becomes that of a device, and so of entities: whoever has one keeps it, whatever
order Beeper lists its accounts in, and whoever comes or goes. What remembers it over a
restart is the device registry, where the name of each device stands.
"""

from collections.abc import Mapping


class DistinctNames:
    """The names of all accounts of an entry, by account ID."""

    def __init__(self, registered: Mapping[str, str | None] | None = None) -> None:
        """Begin with the names that the devices of accounts have."""
        self._registered: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._next: dict[str, int] = {}
        """The next number to try for a name; a search from the first would take long."""
        for account_id, name in (registered or {}).items():
            if name and self._owners.setdefault(name, account_id) == account_id:
                self._registered[account_id] = name

    def __contains__(self, account_id: str) -> bool:
        """Return whether an account has been given a name."""
        return account_id in self._names

    def of(self, account_id: str, name: str) -> str:
        """Return this name, with a number if another account has it.

        An account that is called something new gets a new name. Its device has the
        first one until it is set up again, so that nobody else gets that in between.
        """
        current = self._names.get(account_id)
        registered = self._registered.get(account_id)
        given = next(
            (known for known in (current, registered) if _is_numbered(known, name)),
            None,
        )
        if given is None:
            given = self._free(account_id, name)
        if current is not None and current not in (given, registered):
            del self._owners[current]
        self._owners[given] = account_id
        self._names[account_id] = given
        self._registered.setdefault(account_id, given)
        return given

    def forget(self, account_id: str) -> None:
        """Let others have the name of an account whose device was removed."""
        for names in (self._names, self._registered):
            if (name := names.pop(account_id, None)) is not None:
                self._owners.pop(name, None)

    def move(self, account_id: str, new_id: str) -> None:
        """Let an account keep its name under another ID."""
        self.forget(new_id)
        for names in (self._names, self._registered):
            if (name := names.pop(account_id, None)) is not None:
                names[new_id] = name
                self._owners[name] = new_id

    def _free(self, account_id: str, name: str) -> str:
        """Return this name, with the next free number if it is not free itself."""
        if len(self._next) > len(self._owners):
            self._next.clear()
        free = name
        number = self._next.get(name, 2)
        while self._owners.get(free, account_id) != account_id:
            free = f"{name} ({number})"
            self._next[name] = number = number + 1
        return free


def _is_numbered(known: str | None, name: str) -> bool:
    """Return whether a name is this one, with or without a number."""
    if known is None or known == name:
        return known == name
    number = known.removeprefix(f"{name} (").removesuffix(")")
    return number.isdecimal() and known == f"{name} ({number})"
