"""Sensors: the connection status of each account, and how many are well or not.

A login session and each bridge have one too. Those of outages are in `outage_sensors.py`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import override

from homeassistant.components.sensor import (
    DOMAIN as SENSOR_DOMAIN,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EntityCategory
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import (
    ExtraStoredData,
    RestoredExtraData,
    RestoreEntity,
)
from homeassistant.helpers.start import async_at_started

from .api import Account, AccountStatus, BridgeStatus, LoginSessionStatus, LoginStep
from .beeper_data import BeeperData
from .const import DOMAIN, KNOWN, LOST
from .coordinator import BeeperCoordinator
from .entity import (
    BeeperAccountEntity,
    BeeperBridgeEntity,
    BeeperEntity,
    async_add_account_entities,
    async_add_bridge_entities,
)
from .limits import MAX_NAMED_FIELDS, MAX_SHOWN_ID, MAX_STATE
from .login.form import form_of
from .names import account_name
from .outage_sensors import ACCOUNT_OUTAGES, BeeperAccountOutageSensor
from .runtime import BeeperConfigEntry
from .stale_items import BRIDGE_STATUS_KEY
from .status_history import SETTLED
from .texts import (
    as_message,
    fitting,
    plain,
    shortened,
    shown_id,
    shown_word,
    without_secret,
)

PARALLEL_UPDATES = 0

IDLE = "idle"
"""State of the login session sensor when there is none."""

_LONGEST_WAIT = timedelta(days=1)
"""An automation that waits longer for a status to last starts anew with a restart."""


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
            "accounts": fitting(
                account_name(data, account) for account in data.needing_attention
            )
        },
    ),
)

# Pickers that filter by the device class enum offer accounts and nothing else, so of all
# sensors only theirs has it

LOGIN_SESSION = SensorEntityDescription(
    key="login_session",
    translation_key="login_session",
    entity_category=EntityCategory.DIAGNOSTIC,
)

ACCOUNT_STATUS = SensorEntityDescription(
    key="status",
    translation_key="status",
    device_class=SensorDeviceClass.ENUM,
    options=[status.value for status in AccountStatus],
)

BRIDGE_STATUS = SensorEntityDescription(
    key="status",
    translation_key=BRIDGE_STATUS_KEY,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the hub's sensors and those of each account and bridge."""
    async_add_entities(
        BeeperSensor(entry.runtime_data.coordinator, description)
        for description in HUB_SENSORS
    )
    async_add_entities([BeeperLoginSessionSensor(entry)])
    await async_add_account_entities(
        entry,
        async_add_entities,
        lambda coordinator, account: [
            BeeperAccountStatusSensor(coordinator, ACCOUNT_STATUS, account),
            *(
                BeeperAccountOutageSensor(coordinator, description, account)
                for description in ACCOUNT_OUTAGES
            ),
        ],
        number=1 + len(ACCOUNT_OUTAGES),
    )
    await async_add_bridge_entities(
        entry,
        async_add_entities,
        lambda coordinator, bridge: BeeperBridgeStatusSensor(
            coordinator, BRIDGE_STATUS, bridge
        ),
    )


@callback
def async_show_to_automations(hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
    """Have the status sensors write once more what nobody was there to see.

    That is when all of them are there, since triggers look at several accounts, and
    Home Assistant has switched automations on.
    """
    coordinator = entry.runtime_data.coordinator

    async def show(_: HomeAssistant) -> None:
        await asyncio.sleep(0)  # The event that this waits for switches them on
        coordinator.item_listeners.async_call_all()

    entry.async_on_unload(async_at_started(hass, show))


def only_sensors(
    hass: HomeAssistant, description: SensorEntityDescription, entity_ids: set[str]
) -> set[str]:
    """Return those of the entities that are our sensors of this description."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entity := registry.async_get(entity_id)) is not None
        and entity.platform == DOMAIN
        and entity.domain == SENSOR_DOMAIN
        and entity.translation_key == description.translation_key
    }


class BeeperSensor(BeeperEntity, SensorEntity):
    """A number about all accounts."""

    entity_description: BeeperSensorDescription

    @property
    @override
    def _shown(self) -> object:
        """The accounts themselves, of which the names take long to make."""
        data = self.coordinator.data
        named = self.entity_description.attributes_fn and data.needing_attention
        return self.available, self.native_value, named

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


class BeeperLoginSessionSensor(BeeperEntity, SensorEntity):
    """The login session that runs, or ended last."""

    # Instructions and errors are the network's words and can quote what somebody typed
    _unrecorded_attributes = frozenset({"error", "instructions", "login_session_id"})

    def __init__(self, entry: BeeperConfigEntry) -> None:
        """Show what the login engine of this entry knows."""
        super().__init__(entry.runtime_data.coordinator, LOGIN_SESSION)
        self._logins = entry.runtime_data.logins

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the login sessions."""
        await super().async_added_to_hass()
        self.async_on_remove(self._logins.async_add_listener(self._write))

    @property
    @override
    def available(self) -> bool:
        """A login that runs is followed apart from the poll, also while that fails."""
        login = self._logins.current
        return super().available or (login is not None and not login.has_ended)

    @property
    @override
    def native_value(self) -> str | None:
        """Where the session stands; unknown where Beeper has a new word for it."""
        if (login := self._logins.current) is None:
            return IDLE
        status = login.session.status
        return status if status in LoginSessionStatus else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        """What the session waits for; nothing that one could sign in with.

        Whatever triggers an automation keeps all attributes in its trace. Codes are shown
        as a picture (`image.py`).
        """
        if (login := self._logins.current) is None:
            # By this attribute templates know the sensor, whatever it is called
            return {"login_session_id": None}
        step = login.step
        form = form_of(login)
        error = login.session.error
        code = step.display.data if step and step.display else None
        return {
            # Made by Beeper for this login alone, which ends with it
            "login_session_id": plain(login.id, MAX_SHOWN_ID),
            "bridge_id": _id(login.session.bridge_id),
            "account_id": _id(login.account_id),
            "flow_id": _id(login.flow_id),
            "step_id": _id(step.step_id) if step else None,
            "step_type": _word(step.type) if step else None,
            "display_type": _word(step.display.type) if step and step.display else None,
            "supported": form is None or form.is_supported,
            "instructions": _text(without_secret(step.instructions, code))
            if step and step.instructions is not None
            else None,
            "fields": _fields(step),
            "error": _text(error.message) if error else None,
            "started": login.started,
            "last_changed": login.changed,
        }


class BeeperAccountStatusSensor(BeeperAccountEntity, SensorEntity, RestoreEntity):
    """The connection status of an account."""

    def __init__(
        self,
        coordinator: BeeperCoordinator,
        description: SensorEntityDescription,
        account: Account,
    ) -> None:
        """Show an account, and note in its history what automations see of it."""
        super().__init__(coordinator, description, account)
        entry: BeeperConfigEntry = coordinator.config_entry
        self._history = entry.runtime_data.histories[account.account_id]
        self._lasting: tuple[object, Mapping[str, object]] = (None, {})
        """Attributes that mostly stay, and what they were made of: cleaning takes long."""
        self._cleaned: tuple[str | None, str | None] = (None, None)
        """Beeper's words on the account, and what is left of them to be shown."""

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what automations were told of this account before."""
        if self._history.status is None:  # else only the entity ID was changed
            stored = await self.async_get_last_extra_data()
            self._history.restore(stored.as_dict() if stored else None)
        await super().async_added_to_hass()
        is_loaded = self.coordinator.config_entry.state is ConfigEntryState.LOADED
        if is_loaded and self.hass.state is CoreState.running:
            self._history.show(*self._seen)  # else with all others

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a status that is new, or that nobody has seen yet."""
        shown = self._shown
        is_new = shown != self._written
        is_unseen = not self._history.is_shown and self._seen[0] is not None
        is_running = self.hass.state is CoreState.running
        if is_new or (is_unseen and is_running):
            self._attr_force_update = not is_new and self._is_missed
            if is_running:
                self._history.show(*self._seen)
            self._written = shown
            self.async_write_ha_state()
            self._attr_force_update = False

    @property
    def _seen(self) -> tuple[str | None, str | None]:
        """The status and Beeper's words as the history has them; `None` where not known."""
        return (self.native_value, self._said) if self.available else (None, None)

    @property
    def _said(self) -> str | None:
        """What Beeper says of the account; history and attributes have it cleaned once."""
        said = self.account.status_text
        if said != self._cleaned[0]:
            self._cleaned = (said, _text(said))
        return self._cleaned[1]

    @property
    def _is_warning_missed(self) -> bool:
        """Whether Beeper's words on a connected account are from before their start."""
        history = self._history
        warning = history.warning_of(*self._seen)
        return warning not in (None, history.warning)

    @property
    def _is_missed(self) -> bool:
        """Whether automations have something to see in a status from before their start.

        It is the change that they missed, if there was one. Those that waited for a
        status to last have to see that it still does.
        """
        history = self._history
        return history.status is not None and (
            self.native_value != history.status
            or self._is_warning_missed
            or any(
                stay.held < _LONGEST_WAIT.total_seconds()
                for stay in history.stays.values()
            )
        )

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        """What automations have been told so far."""
        return RestoredExtraData(self._history.as_dict())

    @property
    def _lost_since(self) -> str | None:
        """When the account was lost, in UTC; `None` while it is not."""
        since = self._history.since("lost")
        # Until there are automations, the history is that of before a restart
        if since is None or self.native_value in SETTLED - LOST:
            return None
        return since.isoformat(timespec="seconds")

    @property
    @override
    def native_value(self) -> str | None:
        """The status; unknown where Beeper has a new one."""
        status = self.account.status
        return status if status in KNOWN else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        """What Beeper says of the account; nothing by which its owner can be reached."""
        account = self.account
        bridge = self.coordinator.data.bridge_of(account)
        known = self.native_value is not None
        said = (
            account.account_id,
            account.network,
            account.login_id,
            (bridge.id, bridge.type, bridge.provider) if bridge else None,
        )
        if said != self._lasting[0]:
            lasting = {
                "account_id": _id(account.account_id),
                "bridge_id": _id(bridge.id) if bridge else None,
                "bridge_type": _word(bridge.type) if bridge else None,
                "network": _word(account.network),
                "provider": _word(bridge.provider) if bridge else None,
                "login_id": _id(account.login_id),
            }
            self._lasting = (said, lasting)
        return {
            **self._lasting[1],
            "status_text": self._said or (None if known else _word(account.status)),
            "lost_since": self._lost_since,
        }


class BeeperBridgeStatusSensor(BeeperBridgeEntity, SensorEntity):
    """Whether a bridge can be used to connect another account."""

    @property
    @override
    def native_value(self) -> str | None:
        """The status; unknown where Beeper has a new one."""
        status = self.bridge.status
        return status if status in BridgeStatus else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, object]:
        """What Beeper says of the bridge."""
        bridge = self.bridge
        return {
            "bridge_id": _id(bridge.id),
            "bridge_type": _word(bridge.type),
            "network": _word(bridge.network),
            "provider": _word(bridge.provider),
            "status_text": _text(bridge.status_text)
            or (None if self.native_value is not None else _word(bridge.status)),
        }


# --- What is said in attributes, which are recorded and seen by everybody


def _text(said: str | None) -> str | None:
    """Return what a network says; automations make messages of it."""
    return None if said is None else as_message(shortened(said, MAX_STATE))


def _word(said: str | None) -> str | None:
    """Return a name, or a word such as a type."""
    return None if said is None else shown_word(said)


def _id(said: str | None) -> str | None:
    """Return an ID, unless it leads to a person."""
    return None if said is None else shown_id(said)


def _fields(step: LoginStep | None) -> list[str]:
    """Return the IDs of what a step asks for."""
    fields = step.fields[:MAX_NAMED_FIELDS] if step else ()
    return fitting(shortened(field.id, MAX_SHOWN_ID) for field in fields)
