"""Base entities: the hub device of an entry with its bridges, and accounts below it.

Each account is a device of its own.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import override

from homeassistant.core import Event, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import Account, Bridge
from .const import DOMAIN
from .coordinator import BeeperCoordinator
from .devices import account_devices, account_identifier, account_ids_of, configure_path
from .names import account_name, bridge_name, network_name
from .runtime import BeeperConfigEntry
from .texts import shown_id


class BeeperEntity(CoordinatorEntity[BeeperCoordinator]):
    """An entity of the hub."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: BeeperCoordinator, description: EntityDescription
    ) -> None:
        """Hang the entity under the hub device."""
        super().__init__(coordinator)
        entry_id = coordinator.config_entry.entry_id
        self.entity_description = description
        self._attr_unique_id = f"{entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})


class BeeperListedEntity[ItemT: (Account, Bridge)](
    CoordinatorEntity[BeeperCoordinator]
):
    """An entity of something that Beeper lists."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: BeeperCoordinator, description: EntityDescription, item: str
    ) -> None:
        """Follow the account or bridge with this ID."""
        super().__init__(coordinator)
        self.entity_description = description
        self._item_id = item
        self._written: tuple[bool, ItemT | None] | None = None

    @property
    @abstractmethod
    def _items(self) -> Mapping[str, ItemT]:
        """What Beeper's last good answer lists, by ID."""

    @property
    @override
    def available(self) -> bool:
        """What Beeper does not list at the moment is not available."""
        return super().available and self._item_id in self._items

    @override
    async def async_added_to_hass(self) -> None:
        """Follow Beeper's answers from the one on that Home Assistant writes now."""
        await super().async_added_to_hass()
        self._written = self._shown

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a state only when something changed for this account or bridge."""
        if self._shown != self._written:
            self._written = self._shown
            self.async_write_ha_state()

    @property
    def _shown(self) -> tuple[bool, ItemT | None]:
        """All that the state depends on."""
        return self.available, self._items.get(self._item_id)


class BeeperBridgeEntity(BeeperListedEntity[Bridge]):
    """An entity of a bridge."""

    def __init__(
        self,
        coordinator: BeeperCoordinator,
        description: EntityDescription,
        bridge: Bridge,
    ) -> None:
        """Hang the entity under the hub device."""
        super().__init__(coordinator, description, bridge.id)
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = f"{entry_id}_bridge_{bridge.id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})
        self._attr_translation_placeholders = {"bridge": bridge_name(bridge)}
        self._attr_entity_registry_enabled_default = bool(bridge.accounts)

    @property
    @override
    def _items(self) -> Mapping[str, Bridge]:
        return self.coordinator.data.bridges

    @property
    def bridge(self) -> Bridge:
        """The bridge as Beeper's last good answer has it.

        It is there only while the entity is available.
        """
        return self._items[self._item_id]


class BeeperAccountEntity(BeeperListedEntity[Account]):
    """An entity of an account."""

    def __init__(
        self,
        coordinator: BeeperCoordinator,
        description: EntityDescription,
        account: Account,
    ) -> None:
        """Hang the entity under the account's device, and that under the hub."""
        super().__init__(coordinator, description, account.account_id)
        self._stand_for(account)

    def _stand_for(self, account: Account) -> None:
        coordinator = self.coordinator
        self._item_id = account.account_id
        self._attr_unique_id = (
            f"{coordinator.config_entry.entry_id}"
            f"_{account.account_id}_{self.entity_description.key}"
        )
        self._attr_device_info = account_device_info(coordinator, account)

    @callback
    @override
    def async_registry_entry_updated(self) -> None:
        """Follow an account that got another ID."""
        entity = self.registry_entry
        assert entity is not None
        if entity.unique_id != self.unique_id:
            account_id = account_id_of_entity(entity, self.entity_description)
            self._stand_for(self._items[account_id])
            self._handle_coordinator_update()

    @property
    @override
    def _items(self) -> Mapping[str, Account]:
        return self.coordinator.data.accounts

    @property
    def account(self) -> Account:
        """The account as Beeper's last good answer has it.

        It is there only while the entity is available.
        """
        return self._items[self._item_id]


def account_device_info(coordinator: BeeperCoordinator, account: Account) -> DeviceInfo:
    """Return what there is to tell of the device of an account; the hub is above it."""
    data = coordinator.data
    bridge = data.bridge_of(account)
    return DeviceInfo(
        identifiers={account_identifier(coordinator.config_entry, account.account_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer="Beeper",
        model=network_name(data, account),
        model_id=shown_id(bridge.id) if bridge else None,
        name=account_name(data, account),
        via_device_id=coordinator.hub_device_id,
        configuration_url=f"homeassistant:/{configure_path(coordinator.config_entry)}",
    )


def account_id_of_entity(
    entity: er.RegistryEntry, description: EntityDescription
) -> str:
    """Return the ID of the account that an entity of this description belongs to."""
    return entity.unique_id.removeprefix(f"{entity.config_entry_id}_").removesuffix(
        f"_{description.key}"
    )


@callback
def async_add_bridge_entities(
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BeeperCoordinator, Bridge], BeeperBridgeEntity],
) -> None:
    """Add what `create` makes for each bridge, now and whenever a bridge appears."""
    _add_new(
        entry,
        lambda coordinator: coordinator.data.bridges,
        lambda coordinator, bridges: async_add_entities(
            create(coordinator, bridge) for bridge in bridges
        ),
    )


@callback
def async_add_account_entities(
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BeeperCoordinator, Account], Iterable[BeeperAccountEntity]],
) -> None:
    """Add what `create` makes for each account, now and whenever an account appears."""
    added = _add_new(
        entry,
        lambda coordinator: coordinator.data.accounts,
        lambda coordinator, accounts: async_add_entities(
            entity for account in accounts for entity in create(coordinator, account)
        ),
    )

    @callback
    def follow_devices(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        """Treat an account that comes back after its device was removed as new.

        One that goes on under another ID is not new.
        """
        data = event.data
        if data["action"] == "remove":
            for account_id in account_ids_of(entry, data["device"]["identifiers"]):
                added.discard(account_id)
                coordinator.data.names.forget(account_id)
        elif data["action"] == "update" and "identifiers" in data["changes"]:
            before = account_ids_of(entry, data["changes"]["identifiers"])
            added.difference_update(before)
            added.update(
                account_id
                for account_id, device in account_devices(
                    coordinator.hass, entry
                ).items()
                if device.id == data["device_id"]
            )

    coordinator = entry.runtime_data.coordinator
    entry.async_on_unload(
        coordinator.hass.bus.async_listen(
            dr.EVENT_DEVICE_REGISTRY_UPDATED, follow_devices
        )
    )


def _add_new[ItemT](
    entry: BeeperConfigEntry,
    listed: Callable[[BeeperCoordinator], Mapping[str, ItemT]],
    add: Callable[[BeeperCoordinator, list[ItemT]], None],
) -> set[str]:
    """Add what is listed, now and whenever something new is.

    Returns the IDs of what was added: without one there it counts as new again.
    """
    coordinator = entry.runtime_data.coordinator
    added: set[str] = set()

    @callback
    def add_new() -> None:
        items = listed(coordinator)
        if new := items.keys() - added:
            added.update(new)
            add(coordinator, [items[item] for item in items if item in new])

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))
    return added
