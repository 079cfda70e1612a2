"""Who is called when an account or a bridge is another than before, and nobody else.

Home Assistant's coordinator calls all its listeners after each answer that is not the last
one. With a thousand accounts that is two thousand calls because of one of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .api import Account, Bridge
from .beeper_data import BeeperData
from .const import DOMAIN
from .slices import async_for_each

type Item = Account | Bridge

_NOTHING: Final[Mapping[str, Item]] = MappingProxyType({})


@dataclass(frozen=True)
class ListedItem:
    """What a listener is about: the account or the bridge with this ID."""

    kind: type[Item]
    item_id: str


@dataclass(eq=False)
class _Kind:
    """The listeners of all accounts, or of all bridges."""

    listeners: dict[str, list[CALLBACK_TYPE]] = field(default_factory=dict)
    seen: Mapping[str, Item] = _NOTHING
    """What the last answer listed of which they were told."""

    def take_over(self, items: Mapping[str, Item]) -> list[list[CALLBACK_TYPE]]:
        """Return the listeners of what is another than before, by item."""
        before, self.seen = self.seen, items
        if items is before:
            return []
        return [
            listeners
            for item_id, listeners in self.listeners.items()
            if items.get(item_id) is not before.get(item_id)
        ]


class ItemListeners:
    """The listeners of the accounts and the bridges of one entry.

    More than some accounts at once are told in slices, by a task of the entry: other things
    happen in between. Each listener looks at what there is when it is called.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin without any."""
        self._hass = hass
        self._entry = entry
        self._kinds: dict[type[Item], _Kind] = {Account: _Kind(), Bridge: _Kind()}
        self._is_available = False

    @callback
    def async_add(self, listener: CALLBACK_TYPE, item: ListedItem) -> CALLBACK_TYPE:
        """Call a listener when this item changes, comes, goes, or cannot be known.

        Returns what ends that.
        """
        kind = self._kinds[item.kind]
        kind.listeners.setdefault(item.item_id, []).append(listener)

        @callback
        def remove() -> None:
            listeners = kind.listeners[item.item_id]
            listeners.remove(listener)
            if not listeners:
                del kind.listeners[item.item_id]

        return remove

    @callback
    def async_update(self, data: BeeperData, *, is_available: bool) -> None:
        """Call those for whom something is different from the last time.

        `is_available` says whether `data` is what Beeper says now, or what it said last.
        """
        changed = [
            *self._kinds[Account].take_over(data.accounts),
            *self._kinds[Bridge].take_over(data.bridges),
        ]
        if is_available is not self._is_available:
            self._is_available = is_available
            self.async_call_all()
        elif changed:
            self._call(changed)

    @callback
    def async_call_all(self) -> None:
        """Call everybody."""
        self._call(
            list(
                chain.from_iterable(
                    kind.listeners.values() for kind in self._kinds.values()
                )
            )
        )

    def _call(self, changed: Iterable[list[CALLBACK_TYPE]]) -> None:
        self._entry.async_create_background_task(
            self._hass,
            async_for_each(changed, _call_each),
            f"{DOMAIN} what is new of accounts and bridges",
        )


def _call_each(listeners: list[CALLBACK_TYPE]) -> None:
    # A listener may remove itself
    for listener in list(listeners):
        listener()
