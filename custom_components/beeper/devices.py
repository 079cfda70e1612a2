"""The devices of an entry: the hub, and those of accounts that are gone for good."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
import logging
from time import monotonic

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .api import Info
from .const import DOMAIN, STALE_AFTER, STALE_ANSWERS
from .texts import MAX_NAME, shortened

_LOGGER = logging.getLogger(__name__)


@callback
def async_register_hub(
    hass: HomeAssistant, entry: ConfigEntry, info: Info, version: str | None
) -> str:
    """Create the hub device, or tell it that Beeper was updated. Returns its ID."""
    return (
        dr.async_get(hass)
        .async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(DOMAIN, entry.entry_id)},
            entry_type=dr.DeviceEntryType.SERVICE,
            manufacturer="Beeper",
            model=info.app.product,
            name="Beeper",
            sw_version=shortened(version or info.app.version or "", MAX_NAME) or None,
        )
        .id
    )


def configure_path(entry: ConfigEntry) -> str:
    """Return the path of the page on which an entry is configured.

    There any account can be reconnected.
    """
    return f"/config/integrations/integration/{DOMAIN}#config_entry={entry.entry_id}"


def account_identifier(entry: ConfigEntry, account_id: str) -> tuple[str, str]:
    """Return the identifier of the device of an account."""
    return DOMAIN, f"{entry.entry_id}_{account_id}"


def account_ids_of(
    entry: ConfigEntry, identifiers: Iterable[tuple[str, str]]
) -> list[str]:
    """Return the IDs of the accounts of an entry that stand in identifiers of a device.

    Those of others may have any number of parts.
    """
    prefix = f"{entry.entry_id}_"
    return [
        identifier[1].removeprefix(prefix)
        for identifier in identifiers
        if identifier[0] == DOMAIN and identifier[1].startswith(prefix)
    ]


def account_id_of(entry: ConfigEntry, device: dr.AnyDeviceEntry) -> str | None:
    """Return the ID of the account that a device of this entry stands for.

    It is `None` for the hub.
    """
    return next(iter(account_ids_of(entry, device.identifiers)), None)


def account_devices(
    hass: HomeAssistant, entry: ConfigEntry
) -> dict[str, dr.AnyDeviceEntry]:
    """Return the devices of the accounts of an entry, by account ID."""
    return {
        account_id: device
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        )
        if (account_id := account_id_of(entry, device))
    }


@dataclass
class _Absence:
    """Since when and from how many good answers an account has been missing.

    `since` is in monotonic seconds.
    """

    since: float
    answers: int = 0


class StaleDevices:
    """Removes the device of an account that Beeper has not listed for long enough."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin with nothing missing."""
        self._hass = hass
        self._entry = entry
        self._absences: dict[str, _Absence] = {}

    def note(self, listed: Collection[str], *, is_complete: bool) -> None:
        """Start counting for devices without an account, stop for those back.

        `listed` are the IDs of the accounts of a new answer. One without any account
        proves nothing, and what is missing right after it may be on its way: a signed-in
        Beeper lists at least its own Matrix account, an empty list comes from one that is
        still starting up. Nor does an answer that is not complete.
        """
        if not listed or not is_complete:
            self._absences.clear()
            return
        now = monotonic()
        self._absences = {
            account_id: self._absences.get(account_id, _Absence(now))
            for account_id in account_devices(self._hass, self._entry)
            if account_id not in listed
        }

    def begin_anew(self) -> None:
        """Forget how long anything was missing.

        What was missing before an outage may just have been going down with it.
        """
        now = monotonic()
        self._absences = {account_id: _Absence(now) for account_id in self._absences}

    @callback
    def count(self) -> None:
        """Count an answer, new or not, and remove what is missing for good."""
        if not self._absences:
            return
        now = monotonic()
        devices = account_devices(self._hass, self._entry)
        for account_id, absence in list(self._absences.items()):
            absence.answers += 1
            missing_for = now - absence.since
            if (
                absence.answers < STALE_ANSWERS
                or missing_for < STALE_AFTER.total_seconds()
            ):
                continue
            del self._absences[account_id]
            if device := devices.get(account_id):
                _LOGGER.info(
                    "%s was removed from Beeper; removing its device", device.name
                )
                dr.async_get(self._hass).async_remove_device(device.id)
