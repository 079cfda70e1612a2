"""Base entities: the hub device of an entry with its bridges, and accounts below it.

Each account is a device of its own.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
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
from .devices import (
    account_devices,
    account_identifier,
    account_ids_of,
    account_path,
    configure_path,
)
from .item_listeners import ListedItem
from .names import account_name, bridge_name, network_name
from .runtime import BeeperConfigEntry
from .slices import SLICE, async_slices
from .stale_items import bridge_entities, bridge_unique_id
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
        self._written: object = None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow Beeper's answers from the one on that Home Assistant writes now."""
        await super().async_added_to_hass()
        self._written = self._shown

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a state only when something changed for this entity.

        Most answers change one account, and nothing about all of them.
        """
        if self._shown != self._written:
            self._write()

    @callback
    def _write(self) -> None:
        """Write the state, whatever the reason, and note what it was made of."""
        self._written = self._shown
        self.async_write_ha_state()

    @property
    def _shown(self) -> object:
        """All of Beeper's answer that the state depends on, to be compared."""
        return self.available


class BeeperListedEntity[ItemT: (Account, Bridge)](
    CoordinatorEntity[BeeperCoordinator]
):
    """An entity of something that Beeper lists."""

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: BeeperCoordinator,
        description: EntityDescription,
        item: ListedItem,
    ) -> None:
        """Follow this account or bridge, and be told of nothing else."""
        super().__init__(coordinator, item)
        self.entity_description = description
        self._item_id = item.item_id
        self._written: object = None

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
    def _shown(self) -> object:
        """All that the state depends on, to be compared."""
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
        super().__init__(coordinator, description, ListedItem(Bridge, bridge.id))
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = bridge_unique_id(
            coordinator.config_entry, bridge.id, description.key
        )
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})
        self._attr_translation_placeholders = {"bridge": bridge_name(bridge)}

    @property
    @override
    def _items(self) -> Mapping[str, Bridge]:
        return self.coordinator.data.bridges

    @property
    @override
    def _shown(self) -> object:
        """The bridge without its accounts, which have entities of their own."""
        bridge = self._items.get(self._item_id)
        return self.available, bridge and replace(bridge, accounts=())

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
        super().__init__(
            coordinator, description, ListedItem(Account, account.account_id)
        )
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
            self.async_on_remove(
                self.coordinator.async_add_listener(
                    self._handle_coordinator_update, ListedItem(Account, account_id)
                )
            )
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
        return self.coordinator.data.accounts[self._item_id]


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
        configuration_url=_account_link(coordinator, account.account_id),
    )


def _account_link(coordinator: BeeperCoordinator, account_id: str) -> str:
    """Return where an account can be reconnected, as a link of its device.

    A new device has no ID yet for the first of its entities, but for the next one.
    """
    entry = coordinator.config_entry
    path = account_path(coordinator.hass, entry, account_id) or configure_path(entry)
    return f"homeassistant:/{path}"


def account_id_of_entity(
    entity: er.RegistryEntry, description: EntityDescription
) -> str:
    """Return the ID of the account that an entity of this description belongs to."""
    return entity.unique_id.removeprefix(f"{entity.config_entry_id}_").removesuffix(
        f"_{description.key}"
    )


async def async_add_bridge_entities(
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BeeperCoordinator, Bridge], BeeperBridgeEntity],
) -> None:
    """Add what `create` makes for each bridge, now and whenever a bridge appears.

    One that comes back after its entities were removed has new ones.
    """
    coordinator = entry.runtime_data.coordinator
    added = _Added(
        entry,
        lambda coordinator: coordinator.data.bridges,
        lambda coordinator, bridges: async_add_entities(
            create(coordinator, bridge) for bridge in bridges
        ),
    )
    missing: set[str] = set()

    @callback
    def follow_answers() -> None:
        back = missing & coordinator.data.bridges.keys()
        missing.clear()
        missing.update(added.ids - coordinator.data.bridges.keys())
        if back:
            added.ids.difference_update(back - bridge_entities(hass, entry).keys())

    hass = coordinator.hass
    # Before what is new is added
    entry.async_on_unload(coordinator.async_add_listener(follow_answers))
    await added.async_follow()


async def async_add_account_entities(
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BeeperCoordinator, Account], Iterable[BeeperAccountEntity]],
    number: int = 1,
) -> None:
    """Add what `create` makes for each account, now and whenever an account appears.

    `number` is how many entities those are.
    """
    coordinator = entry.runtime_data.coordinator
    added = _Added(
        entry,
        lambda coordinator: coordinator.data.accounts,
        lambda coordinator, accounts: async_add_entities(
            entity for account in accounts for entity in create(coordinator, account)
        ),
        SLICE // number,
    )

    @callback
    def follow_devices(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        """Treat an account that comes back after its device was removed as new.

        One that goes on under another ID is not new.
        """
        data = event.data
        if data["action"] == "remove":
            for account_id in account_ids_of(entry, data["device"]["identifiers"]):
                added.ids.discard(account_id)
                coordinator.data.names.forget(account_id)
        elif data["action"] == "update" and "identifiers" in data["changes"]:
            before = account_ids_of(entry, data["changes"]["identifiers"])
            added.ids.difference_update(before)
            added.ids.update(
                account_id
                for account_id, device in account_devices(
                    coordinator.hass, entry
                ).items()
                if device.id == data["device_id"]
            )

    entry.async_on_unload(
        coordinator.hass.bus.async_listen(
            dr.EVENT_DEVICE_REGISTRY_UPDATED, follow_devices
        )
    )
    await added.async_follow()


class _Added[ItemT]:
    """What is listed and has its entities, or is about to."""

    def __init__(
        self,
        entry: BeeperConfigEntry,
        listed: Callable[[BeeperCoordinator], Mapping[str, ItemT]],
        add: Callable[[BeeperCoordinator, list[ItemT]], None],
        at_once: int = SLICE,
    ) -> None:
        """Add entities for what is listed, of some items at once."""
        self._entry = entry
        self._coordinator = entry.runtime_data.coordinator
        self._listed = listed
        self._add = add
        self._at_once = at_once
        self.ids: set[str] = set()
        """Without its ID in here an item counts as new again."""

    async def async_follow(self) -> None:
        """Add what is listed now, and later whatever is new."""
        self._entry.async_on_unload(
            self._coordinator.async_add_listener(self._add_later)
        )
        await self._async_add(self._new())

    @callback
    def _add_later(self) -> None:
        if new := self._new():
            self._entry.async_create_background_task(
                self._coordinator.hass,
                self._async_add(new),
                f"{DOMAIN} entities of what is new",
            )

    def _new(self) -> list[str]:
        """Return the IDs of what is new; it is not new any more then."""
        new = [
            item_id
            for item_id in self._listed(self._coordinator)
            if item_id not in self.ids
        ]
        self.ids.update(new)
        return new

    async def _async_add(self, new: list[str]) -> None:
        """Add entities for some items, in slices: Home Assistant does it without a break."""
        async for part in async_slices(new, self._at_once):
            items = self._listed(self._coordinator)
            # What has gone meanwhile is new when it is back
            self.ids.difference_update(
                item_id for item_id in part if item_id not in items
            )
            self._add(
                self._coordinator,
                [items[item_id] for item_id in part if item_id in items],
            )
