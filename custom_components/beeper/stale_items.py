"""What Beeper has not listed for long enough goes: devices of accounts, entities of bridges."""

from collections.abc import Callable, Collection, KeysView, Mapping
from dataclasses import dataclass
import logging
from time import monotonic
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .beeper_data import BeeperData
from .const import DOMAIN, STALE_AFTER, STALE_ANSWERS
from .devices import account_devices
from .slices import async_for_each

_LOGGER = logging.getLogger(__name__)

BRIDGE_STATUS_KEY: Final = "bridge_status"
"""Translation key of the entities of bridges."""


def bridge_unique_id(entry: ConfigEntry, bridge_id: str, key: str) -> str:
    """Return the unique ID of an entity of a bridge."""
    return f"{entry.entry_id}_bridge_{bridge_id}_{key}"


def bridge_entities(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str]:
    """Return the entity IDs of the bridges of an entry, also disabled ones, by bridge ID."""
    start, end = bridge_unique_id(entry, "\0", "status").split("\0")
    return {
        entity.unique_id.removeprefix(start).removesuffix(end): entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if entity.translation_key == BRIDGE_STATUS_KEY
    }


class StaleItems:
    """Removes what is left of accounts and bridges that are gone for good."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin with nothing missing."""

        def devices() -> Mapping[str, str]:
            return {
                account_id: device.id
                for account_id, device in account_devices(hass, entry).items()
            }

        def remove_device(device_id: str) -> None:
            registry = dr.async_get(hass)
            if device := registry.async_get(device_id):
                _LOGGER.info(
                    "%s was removed from Beeper; removing its device", device.name
                )
                registry.async_remove_device(device_id)

        def remove_entity(entity_id: str) -> None:
            registry = er.async_get(hass)
            if registry.async_get(entity_id):
                _LOGGER.info(
                    "The bridge of %s was removed from Beeper; removing it", entity_id
                )
                registry.async_remove(entity_id)

        self._accounts = _Absences(hass, entry, devices, remove_device)
        self._bridges = _Absences(
            hass, entry, lambda: bridge_entities(hass, entry), remove_entity
        )

    @callback
    def note(self, data: BeeperData, nameless: Collection[str]) -> None:
        """Start counting for what is not listed, stop for what is back.

        `nameless` are the kinds, `account` and `bridge`, of which this new answer has some
        without an ID: any of those that are missing may be one of them.
        """
        self._accounts.note(data.accounts.keys(), is_complete="account" not in nameless)
        self._bridges.note(data.bridges.keys(), is_complete="bridge" not in nameless)

    @callback
    def begin_anew(self) -> None:
        """Forget how long anything was missing.

        What was missing before an outage may just have been going down with it.
        """
        self._accounts.begin_anew()
        self._bridges.begin_anew()

    @callback
    def count(self) -> None:
        """Count an answer, new or not, and remove what is missing for good."""
        self._accounts.count()
        self._bridges.count()


@dataclass
class _Absence:
    """Since when and from how many good answers something has been missing.

    `since` is in monotonic seconds.
    """

    since: float
    answers: int = 0


class _Absences:
    """What is registered and not listed, of one kind."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        registered: Callable[[], Mapping[str, str]],
        remove: Callable[[str], None],
    ) -> None:
        """Begin with nothing missing.

        `registered` tells the ID in a registry of each item that there is, by its own, and
        `remove` removes it from there.
        """
        self._hass = hass
        self._entry = entry
        self._registered = registered
        self._remove = remove
        self._absences: dict[str, _Absence] = {}
        self._gone: dict[str, str] = {}
        """What is about to go, and its ID in the registry."""
        self._listed: frozenset[str] = frozenset()
        """What the last answer listed that tells what is missing."""

    def note(self, listed: KeysView[str], *, is_complete: bool) -> None:
        """Start counting for what is missing in a new answer.

        One without anything proves nothing, and what is missing right after it may be on
        its way: a signed-in Beeper lists at least its own Matrix account and the bridge of
        that, an empty list comes from one that is still starting up. Nor does an answer that
        is not complete.
        """
        if not listed or not is_complete:
            self._listed = frozenset()
            self._gone.clear()
            self._absences.clear()
            return
        if listed == self._listed:
            # Whatever is registered since then is listed
            return
        self._listed = frozenset(listed)
        self._gone.clear()
        now = monotonic()
        self._absences = {
            item_id: self._absences.get(item_id, _Absence(now))
            for item_id in self._registered()
            if item_id not in listed
        }

    def begin_anew(self) -> None:
        """Let nothing have been missing so far."""
        self._gone.clear()
        now = monotonic()
        self._absences = {item_id: _Absence(now) for item_id in self._absences}

    def count(self) -> None:
        """Count an answer, and remove what was missing in enough of them."""
        if not self._absences:
            return
        now = monotonic()
        for absence in self._absences.values():
            absence.answers += 1
        missing = [
            item_id
            for item_id, absence in self._absences.items()
            if absence.answers >= STALE_ANSWERS
            and now - absence.since >= STALE_AFTER.total_seconds()
        ]
        if not missing or self._gone:
            return
        registered = self._registered()
        for item_id in missing:
            if item_id in registered:
                self._gone[item_id] = registered[item_id]
            else:
                del self._absences[item_id]
        self._entry.async_create_background_task(
            self._hass,
            async_for_each(missing, self._remove_one),
            f"{DOMAIN} what is gone",
        )

    def _remove_one(self, item_id: str) -> None:
        """Remove something, unless an answer has come meanwhile, or an outage."""
        if registry_id := self._gone.pop(item_id, None):
            del self._absences[item_id]
            self._remove(registry_id)
