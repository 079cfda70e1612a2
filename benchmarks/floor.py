"""The least integration that shows what ours does: what Home Assistant itself costs.

Two entities for each account, on a device of its own, of what aiohttp and orjson read. It
does all at once, compares nothing, and knows no trouble.
"""

from collections.abc import Mapping
import logging
from typing import Any, Final, override

import orjson
from pytest_homeassistant_custom_component.common import (
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.update_coordinator import (
    CoordinatorEntity,
    DataUpdateCoordinator,
)

from .bare import bodies
from .beeper import Beeper

FLOOR: Final = "floor"
_PLATFORMS: Final = (Platform.BINARY_SENSOR, Platform.SENSOR)

_LOGGER = logging.getLogger(__name__)

type _Accounts = dict[str, Any]
type _Coordinator = DataUpdateCoordinator[_Accounts]


class _Flow(ConfigFlow, domain=FLOOR):
    """Home Assistant sets up no entry without one."""


class _Entity(CoordinatorEntity[_Coordinator]):
    _attr_has_entity_name = True

    def __init__(self, coordinator: _Coordinator, account_id: str, name: str) -> None:
        super().__init__(coordinator)
        self._id = account_id
        self._attr_name = name
        self._attr_unique_id = f"{account_id}_{name}"
        self._attr_device_info = DeviceInfo(
            identifiers={(FLOOR, account_id)}, name=account_id
        )


class _Status(_Entity, SensorEntity):
    _attr_device_class = SensorDeviceClass.ENUM

    @property
    @override
    def native_value(self) -> str:
        return str(self.coordinator.data[self._id]["status"])

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        account = self.coordinator.data[self._id]
        return {
            "account_id": self._id,
            "bridge_id": account["bridge"]["id"],
            "bridge_type": account["bridge"]["type"],
            "network": account.get("network"),
            "provider": account["bridge"]["provider"],
            "login_id": account.get("loginID"),
            "status_text": account.get("statusText"),
        }


class _Connected(_Entity, BinarySensorEntity):
    @property
    @override
    def is_on(self) -> bool:
        return str(self.coordinator.data[self._id]["status"]) == "connected"


def install_floor(hass: HomeAssistant) -> None:
    """Let Home Assistant know it."""

    async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        session = async_get_clientsession(hass)
        beeper = Beeper(0, entry.data[CONF_URL], entry.data[CONF_ACCESS_TOKEN])

        async def update() -> _Accounts:
            answers = await bodies(session, beeper)
            read = {path: orjson.loads(body) for path, body in answers.items()}
            return {item["accountID"]: item for item in read["/v1/accounts"]}

        coordinator: _Coordinator = DataUpdateCoordinator(
            hass,
            _LOGGER,
            config_entry=entry,
            name=FLOOR,
            update_method=update,
        )
        await coordinator.async_config_entry_first_refresh()
        entry.runtime_data = coordinator
        await hass.config_entries.async_forward_entry_setups(entry, _PLATFORMS)
        return True

    async def unload(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, _PLATFORMS)

    mock_integration(
        hass,
        MockModule(FLOOR, async_setup_entry=set_up, async_unload_entry=unload),
    )
    mock_platform(hass, f"{FLOOR}.config_flow")
    for platform, kind, name in (
        (Platform.BINARY_SENSOR, _Connected, "Connected"),
        (Platform.SENSOR, _Status, "Status"),
    ):
        mock_platform(hass, f"{FLOOR}.{platform}", _platform(kind, name))


def _platform(kind: type[_Entity], name: str) -> MockPlatform:
    async def set_up(
        hass: HomeAssistant,
        entry: ConfigEntry,
        async_add_entities: AddEntitiesCallback,
    ) -> None:
        coordinator = entry.runtime_data
        async_add_entities(
            kind(coordinator, account_id, name) for account_id in coordinator.data
        )

    return MockPlatform(async_setup_entry=set_up)
