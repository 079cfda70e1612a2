"""The devices of an entry: the hub, and those of accounts."""

from collections.abc import Callable, Iterable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .api import Info
from .card import account_page
from .const import DOMAIN
from .limits import MAX_NAME
from .slices import async_for_each
from .texts import shortened


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


@callback
def account_path(
    hass: HomeAssistant, entry: ConfigEntry, account_id: str
) -> str | None:
    """Return the path of the page of an account.

    It is `None` where there is no such page, or no device yet.
    """
    device = dr.async_get(hass).async_get_device_by_identifier(
        account_identifier(entry, account_id), entry.entry_id
    )
    return account_page(hass, device.id) if device else None


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


@callback
def async_follow_removed_accounts(
    hass: HomeAssistant, entry: ConfigEntry, forget: Callable[[str], object]
) -> CALLBACK_TYPE:
    """Call `forget` with the ID of an account whose device is removed: it is gone for good.

    Returns what ends that.
    """

    @callback
    def on_device_updated(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        if event.data["action"] == "remove":
            for account_id in account_ids_of(
                entry, event.data["device"]["identifiers"]
            ):
                forget(account_id)

    return hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, on_device_updated)


async def async_remove_account_devices(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the devices of all accounts of an entry that is being removed, in slices.

    Home Assistant would do it without a break, and begin with the hub: each device that is
    below it would be changed once more before it goes.
    """
    devices = [device.id for device in account_devices(hass, entry).values()]
    await async_for_each(devices, dr.async_get(hass).async_remove_device)
