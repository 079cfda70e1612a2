"""Sensors: the connection status of each account, and how many accounts are well or not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import AccountStatus
from .coordinator import BeeperConfigEntry, BeeperData
from .entity import BeeperAccountEntity, BeeperEntity, async_add_account_entities
from .names import account_name, has_contact_details, without_contact_details

PARALLEL_UPDATES = 0

_MAX_TEXT = 255
"""Characters of a text that comes from a network."""


@dataclass(frozen=True, kw_only=True)
class BeeperSensorDescription(SensorEntityDescription):
    """How a sensor of the hub reads Beeper's answer."""

    value_fn: Callable[[BeeperData], int]
    attributes_fn: Callable[[BeeperData], Mapping[str, object]] | None = None


HUB_SENSORS = (
    BeeperSensorDescription(
        key="accounts_connected",
        translation_key="accounts_connected",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda data: len(data.connected),
    ),
    BeeperSensorDescription(
        key="accounts_needing_attention",
        translation_key="accounts_needing_attention",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda data: len(data.needing_attention),
        attributes_fn=lambda data: {
            "accounts": [
                account_name(data, account) for account in data.needing_attention
            ]
        },
    ),
)

ACCOUNT_STATUS = SensorEntityDescription(
    key="status",
    translation_key="status",
    device_class=SensorDeviceClass.ENUM,
    options=[status.value for status in AccountStatus],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the hub's sensors and a status sensor for each account."""
    async_add_entities(
        BeeperSensor(entry.runtime_data, description) for description in HUB_SENSORS
    )
    async_add_account_entities(
        entry,
        async_add_entities,
        lambda coordinator, account: [
            BeeperAccountStatusSensor(coordinator, ACCOUNT_STATUS, account)
        ],
    )


class BeeperSensor(BeeperEntity, SensorEntity):
    """A number about all accounts."""

    entity_description: BeeperSensorDescription

    @property
    @override
    def native_value(self) -> int:
        """The number of accounts."""
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object] | None:
        """Which accounts these are, where that helps."""
        if self.entity_description.attributes_fn is None:
            return None
        return self.entity_description.attributes_fn(self.coordinator.data)


class BeeperAccountStatusSensor(BeeperAccountEntity, SensorEntity):
    """The connection status of an account."""

    @property
    @override
    def native_value(self) -> str | None:
        """The status; unknown where Beeper has a new one."""
        status = self.account.status
        return status if status in AccountStatus else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        """What Beeper says of the account; nothing by which its owner can be reached."""
        account = self.account
        bridge = self.coordinator.data.bridge_of(account)
        known = self.native_value is not None
        # For some networks the login ID is a phone number or a mail address
        login_id = account.login_id
        if login_id and has_contact_details(login_id):
            login_id = None
        return {
            "account_id": account.account_id,
            "bridge_id": bridge.id if bridge else None,
            "bridge_type": bridge.type if bridge else None,
            "network": _short(account.network),
            "provider": bridge.provider if bridge else None,
            "login_id": login_id,
            "status_text": _short(
                account.status_text or (None if known else account.status)
            ),
        }


def _short(text: str | None) -> str | None:
    """Cut what a network says to what a state may hold, and contact details out of it."""
    return None if text is None else without_contact_details(text[:_MAX_TEXT])
