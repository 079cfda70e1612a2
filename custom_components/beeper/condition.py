"""Conditions: an account is connected, or needs somebody."""

from typing import override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    Condition,
    ConditionConfig,
    EntityStateConditionBase,
)
from homeassistant.helpers.target import TargetSelection
from homeassistant.helpers.typing import ConfigType

from .account_targets import (
    EVERYTHING,
    async_check_target,
    is_everything,
    targeted_sensors,
)
from .const import HEALTHY, NEEDING_ATTENTION
from .sensor import ACCOUNT_STATUS

_SENSORS = {SENSOR_DOMAIN: DomainSpec()}

_CONNECTED: set[str | bool] = set(HEALTHY)
_ATTENTION: set[str | bool] = set(NEEDING_ATTENTION)


class AccountCondition(EntityStateConditionBase):
    """An account is in one of some statuses; without a target, it is any account."""

    _domain_specs = _SENSORS

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Refuse what is no account."""
        config = await super().async_validate_config(hass, {CONF_TARGET: {}, **config})
        await async_check_target(hass, config[CONF_TARGET], ACCOUNT_STATUS)
        return config

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Follow the accounts that are meant."""
        super().__init__(hass, config)
        self._chosen = config.target
        if is_everything(config.target):
            self._target = dict(EVERYTHING)
            self._target_selection = TargetSelection(self._target)

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave accounts, and add those of a Beeper that was chosen."""
        return targeted_sensors(self._hass, self._chosen, ACCOUNT_STATUS)


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
