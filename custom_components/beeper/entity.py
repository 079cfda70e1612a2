"""Base entities: the hub device of an entry with its bridges, and accounts below it.

Each account is a device of its own.
"""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import Event, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import Account, Bridge
from .const import DOMAIN
from .coordinator import BeeperConfigEntry, BeeperCoordinator
from .names import account_name, bridge_name, network_name


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


class BeeperBridgeEntity(BeeperEntity):
    """An entity of a bridge; bridges have no devices, their accounts do."""

    def __init__(
        self,
        coordinator: BeeperCoordinator,
        description: EntityDescription,
        bridge: Bridge,
    ) -> None:
        """Hang the entity under the hub device."""
        super().__init__(coordinator, description)
        entry_id = coordinator.config_entry.entry_id
        self._bridge_id = bridge.id
        self._written: tuple[bool, Bridge | None] = (True, bridge)
        self._attr_unique_id = f"{entry_id}_bridge_{bridge.id}_{description.key}"
        self._attr_translation_placeholders = {"bridge": bridge_name(bridge)}
        self._attr_entity_registry_enabled_default = bool(bridge.accounts)

    @property
    def bridge(self) -> Bridge:
        """The bridge as Beeper's last good answer has it.

        It is there only while the entity is available.
        """
        return self.coordinator.data.bridges[self._bridge_id]

    @property
    @override
    def available(self) -> bool:
        """A bridge that Beeper does not list at the moment is not available."""
        return super().available and self._bridge_id in self.coordinator.data.bridges

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a state only when something changed for this bridge."""
        now = (self.available, self.coordinator.data.bridges.get(self._bridge_id))
        if now != self._written:
            self._written = now
            self.async_write_ha_state()


class BeeperAccountEntity(CoordinatorEntity[BeeperCoordinator]):
    """An entity of an account."""

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: BeeperCoordinator,
        description: EntityDescription,
        account: Account,
    ) -> None:
        """Hang the entity under the account's device, and that under the hub."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        bridge = coordinator.data.bridge_of(account)
        self._account_id = account.account_id
        self._written: tuple[bool, Account | None] = (True, account)
        self.entity_description = description
        self._attr_unique_id = (
            f"{entry.entry_id}_{account.account_id}_{description.key}"
        )
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, f"{entry.entry_id}_{account.account_id}")},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer="Beeper",
            model=network_name(coordinator.data, account),
            model_id=bridge.id if bridge else None,
            name=account_name(coordinator.data, account),
            via_device_id=coordinator.hub_device_id,
        )

    @property
    def account(self) -> Account:
        """The account as Beeper's last good answer has it.

        It is there only while the entity is available.
        """
        return self.coordinator.data.accounts[self._account_id]

    @property
    @override
    def available(self) -> bool:
        """An account that Beeper does not list at the moment is not available."""
        return super().available and self._account_id in self.coordinator.data.accounts

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a state only when something changed for this account."""
        now = (self.available, self.coordinator.data.accounts.get(self._account_id))
        if now != self._written:
            self._written = now
            self.async_write_ha_state()


@callback
def async_add_bridge_entities(
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BeeperCoordinator, Bridge], BeeperBridgeEntity],
) -> None:
    """Add what `create` makes for each bridge, now and whenever a bridge appears."""
    coordinator = entry.runtime_data.coordinator
    added: set[str] = set()

    @callback
    def add_new() -> None:
        new = [
            bridge
            for bridge in coordinator.data.bridges.values()
            if bridge.id not in added
        ]
        if not new:
            return
        added.update(bridge.id for bridge in new)
        async_add_entities(create(coordinator, bridge) for bridge in new)

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))


@callback
def async_add_account_entities(
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BeeperCoordinator, Account], Iterable[BeeperAccountEntity]],
) -> None:
    """Add what `create` makes for each account, now and whenever an account appears."""
    coordinator = entry.runtime_data.coordinator
    added: set[str] = set()

    @callback
    def add_new() -> None:
        new = [
            account
            for account in coordinator.data.accounts.values()
            if account.account_id not in added
        ]
        if not new:
            return
        added.update(account.account_id for account in new)
        async_add_entities(
            entity for account in new for entity in create(coordinator, account)
        )

    @callback
    def forget_removed(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        """Treat an account that comes back after its device was removed as new."""
        if event.data["action"] != "remove":
            return
        for domain, identifier in event.data["device"]["identifiers"]:
            if domain == DOMAIN:
                added.discard(identifier.removeprefix(f"{entry.entry_id}_"))

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))
    entry.async_on_unload(
        coordinator.hass.bus.async_listen(
            dr.EVENT_DEVICE_REGISTRY_UPDATED, forget_removed
        )
    )
