"""Sensors of an account for statistics: how often it was lost this month, and how long.

Both begin anew with each month, which `last_reset` tells the statistics: the second number
may be the same as before, so that a fall would tell nothing (docs: "Sensor entity",
`SensorStateClass.TOTAL`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.util import dt as dt_util

from .account_outages import MonthlyOutages, last_step
from .api import Account
from .coordinator import BeeperCoordinator
from .entity import BeeperAccountEntity
from .runtime import BeeperConfigEntry


@dataclass(frozen=True, kw_only=True)
class OutageSensorDescription(SensorEntityDescription):
    """What a sensor tells of the outages of a month."""

    value_fn: Callable[[MonthlyOutages], int]


ACCOUNT_OUTAGES: Final = (
    OutageSensorDescription(
        key="outages_this_month",
        translation_key="outages_this_month",
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda outages: outages.count,
    ),
    OutageSensorDescription(
        key="outage_time_this_month",
        translation_key="outage_time_this_month",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda outages: int(outages.lost.total_seconds()),
    ),
)


class BeeperAccountOutageSensor(BeeperAccountEntity, SensorEntity):
    """A number about the outages of an account this month."""

    entity_description: OutageSensorDescription

    def __init__(
        self,
        coordinator: BeeperCoordinator,
        description: OutageSensorDescription,
        account: Account,
    ) -> None:
        """Read the log of the account's entry."""
        super().__init__(coordinator, description, account)
        entry: BeeperConfigEntry = coordinator.config_entry
        self._log = entry.runtime_data.outages

    @override
    async def async_added_to_hass(self) -> None:
        """Look at the time, too: an outage that lasts gets longer by itself."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self._log.async_add_listener(self._handle_coordinator_update)
        )

    @property
    @override
    def available(self) -> bool:
        """What has been is true, whether Beeper answers or not."""
        return True

    @property
    @override
    def _shown(self) -> object:
        return self._outages.since, self.native_value

    @property
    def _outages(self) -> MonthlyOutages:
        """The outages of this month; one that lasts is told in steps."""
        now = last_step(dt_util.utcnow())
        return self._log.of(self._item_id).of_month(now)

    @property
    @override
    def native_value(self) -> int:
        """The number so far."""
        return self.entity_description.value_fn(self._outages)

    @property
    @override
    def last_reset(self) -> datetime:
        """When the month began."""
        return self._outages.since
