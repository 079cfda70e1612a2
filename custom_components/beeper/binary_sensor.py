"""Binary sensors: whether an account is connected, and whether any account is lost."""

from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import AccountStatus
from .const import HEALTHY, KNOWN, LOST
from .entity import BeeperAccountEntity, BeeperEntity, async_add_account_entities
from .runtime import BeeperConfigEntry

PARALLEL_UPDATES = 0

PROBLEM = BinarySensorEntityDescription(
    key="problem", device_class=BinarySensorDeviceClass.PROBLEM
)

CONNECTED = BinarySensorEntityDescription(
    key="connected",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up one for the hub and one for each account."""
    async_add_entities([BeeperProblemSensor(entry.runtime_data.coordinator, PROBLEM)])
    await async_add_account_entities(
        entry,
        async_add_entities,
        lambda coordinator, account: [
            BeeperAccountConnectedSensor(coordinator, CONNECTED, account)
        ],
    )


class BeeperProblemSensor(BeeperEntity, BinarySensorEntity):
    """Whether any account is lost."""

    @property
    @override
    def _shown(self) -> object:
        return self.available, self.is_on

    @property
    @override
    def is_on(self) -> bool:
        """On while messages of an account do not flow, unless by choice."""
        accounts = self.coordinator.data.accounts.values()
        return any(account.status in LOST for account in accounts)


class BeeperAccountConnectedSensor(BeeperAccountEntity, BinarySensorEntity):
    """Whether the messages of an account flow."""

    @property
    @override
    def _shown(self) -> object:
        available = self.available
        return available, available and self.is_on

    @property
    @override
    def is_on(self) -> bool | None:
        """On while they flow.

        Unknown where Beeper has a new status, and while the account is switched off: that
        is no lost connection.
        """
        status = self.account.status
        if status == AccountStatus.DISABLED or status not in KNOWN:
            return None
        return status in HEALTHY
