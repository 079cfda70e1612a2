"""What an automation, or the card, means by its target, and that it can mean it.

Beeper's own device, an area or a label that this is in, and no target at all mean all
accounts, those that come later included.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import voluptuous as vol

from homeassistant.components.sensor import (
    DOMAIN as SENSOR_DOMAIN,
    SensorEntityDescription,
)
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, ATTR_LABEL_ID
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er, service
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .const import DOMAIN
from .devices import account_devices, account_id_of
from .errors import async_message, not_an_account
from .runtime import BeeperConfigEntry
from .sensor import ACCOUNT_STATUS, LOGIN_SESSION, only_sensors

type Target = Mapping[str, list[str]]

EVERYTHING: Final[Mapping[str, list[str]]] = {ATTR_DEVICE_ID: [DOMAIN]}
"""In the place of no target, which Home Assistant would not follow.

No device has this ID. So it is for `targeted_sensors` to say what is meant.
"""

_NOT_MEANT: Final[Mapping[str, str]] = {
    ACCOUNT_STATUS.key: "not_an_account",
    LOGIN_SESSION.key: "not_a_login_session",
}
"""The message for an entity that no automation of a kind can be about."""


def account_of(hass: HomeAssistant, entity_id: str) -> tuple[BeeperConfigEntry, str]:
    """Return the entry of an account's entity, and the ID of the account."""
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None or registered.platform != DOMAIN:
        raise not_an_account(entity_id)
    entry: BeeperConfigEntry = service.async_get_config_entry(
        hass, DOMAIN, registered.config_entry_id
    )
    device = dr.async_get(hass).async_get(registered.device_id or "")
    if device is None or (account_id := account_id_of(entry, device)) is None:
        raise not_an_account(entity_id)
    return entry, account_id


def is_everything(target: Target | None) -> bool:
    """Return whether nothing was chosen."""
    return not target or not TargetSelection(dict(target)).has_any_target


async def async_check_target(
    hass: HomeAssistant, target: Target | None, description: SensorEntityDescription
) -> None:
    """Prove that a target can be about our sensors of this description.

    What is not there (yet) is left alone, as Home Assistant does. Areas and labels get
    what is in them later. Raises `vol.Invalid`, which tells the first thing that is
    something else.
    """
    target = target or {}
    entity_ids = target.get(ATTR_ENTITY_ID, [])
    ours = only_sensors(hass, description, set(entity_ids))
    for entity_id in entity_ids:
        if entity_id not in ours and _is_known(hass, entity_id):
            raise vol.Invalid(
                await async_message(
                    hass, _NOT_MEANT[description.key], {"entity_id": entity_id}
                )
            )
    meant = set(_devices_meant(hass, description))
    for device_id in target.get(ATTR_DEVICE_ID, []):
        device = dr.async_get(hass).async_get(device_id)
        if device is not None and device_id not in meant:
            raise vol.Invalid(
                await async_message(
                    hass,
                    "not_a_device_of_beeper",
                    {"device": device.name_by_user or device.name or device_id},
                )
            )


def targeted_sensors(
    hass: HomeAssistant, target: Target | None, description: SensorEntityDescription
) -> set[str]:
    """Return the entity IDs of our sensors of this description that a target means."""
    target = target or {}
    more = _accounts_meant(hass, target)
    if is_everything(target):
        more = set(_devices_meant(hass, description))
    selection = TargetSelection(
        {**target, ATTR_DEVICE_ID: [*target.get(ATTR_DEVICE_ID, []), *more]}
    )
    selected = async_extract_referenced_entity_ids(
        hass, selection, expand_group=False, primary_entities_only=False
    )
    return only_sensors(
        hass, description, selected.referenced | selected.indirectly_referenced
    )


def _is_known(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether it is known what an entity is."""
    return (
        split_entity_id(entity_id)[0] != SENSOR_DOMAIN
        or er.async_get(hass).async_get(entity_id) is not None
        or hass.states.get(entity_id) is not None
    )


def _beepers(
    hass: HomeAssistant,
) -> Iterator[tuple[dr.AnyDeviceEntry, list[dr.AnyDeviceEntry]]]:
    """Yield the device of each Beeper, and those of its accounts."""
    devices = dr.async_get(hass)
    for entry in hass.config_entries.async_entries(DOMAIN):
        hub = devices.async_get_device_by_identifier(
            (DOMAIN, entry.entry_id), entry.entry_id
        )
        if hub is not None:
            yield hub, list(account_devices(hass, entry).values())


def _devices_meant(
    hass: HomeAssistant, description: SensorEntityDescription
) -> Iterator[str]:
    """Yield the IDs of all devices that can be chosen."""
    for hub, accounts in _beepers(hass):
        yield hub.id
        if description is ACCOUNT_STATUS:
            yield from (account.id for account in accounts)


def _accounts_meant(hass: HomeAssistant, target: Target) -> set[str]:
    """Return the IDs of the devices of the accounts of each Beeper that is chosen.

    Of a Beeper that is only in a chosen area, accounts that are in an area of their own
    are not meant.
    """
    selected = async_extract_referenced_entity_ids(
        hass, TargetSelection(dict(target)), expand_group=False
    )
    if not selected.referenced_devices:
        return set()
    meant: set[str] = set()
    for hub, accounts in _beepers(hass):
        if hub.id not in selected.referenced_devices:
            continue
        is_chosen = hub.id in target.get(ATTR_DEVICE_ID, []) or bool(
            hub.labels.intersection(target.get(ATTR_LABEL_ID, []))
        )
        meant.update(
            account.id for account in accounts if is_chosen or not account.area_id
        )
    return meant
