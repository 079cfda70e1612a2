"""Conditions: an account is connected, or needs somebody."""

from typing import override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .const import HEALTHY, NEEDING_ATTENTION
from .sensor import ACCOUNT_STATUS, only_sensors

_SENSORS = {SENSOR_DOMAIN: DomainSpec()}

_CONNECTED: set[str | bool] = set(HEALTHY)
_ATTENTION: set[str | bool] = set(NEEDING_ATTENTION)


class AccountCondition(EntityStateConditionBase):
    """An account is in one of some statuses."""

    _domain_specs = _SENSORS

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave only status sensors of accounts."""
        return only_sensors(self._hass, ACCOUNT_STATUS, entities)


class IsConnectedCondition(AccountCondition):
    """The messages of an account flow."""

    _states = _CONNECTED


class NeedsAttentionCondition(AccountCondition):
    """An account waits for a person."""

    _states = _ATTENTION


CONDITIONS: dict[str, type[Condition]] = {
    "is_connected": IsConnectedCondition,
    "needs_attention": NeedsAttentionCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
