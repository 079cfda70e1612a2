"""Triggers: an account was lost, is back, needs somebody or soon will; a login waits."""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from typing import ClassVar, override

import voluptuous as vol

from homeassistant.components.sensor import (
    DOMAIN as SENSOR_DOMAIN,
    SensorEntityDescription,
)
from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
    Trigger,
    TriggerConfig,
)
from homeassistant.helpers.typing import ConfigType

from .account_targets import (
    EVERYTHING,
    async_check_target,
    is_everything,
    targeted_sensors,
)
from .api import AccountStatus, LoginSessionStatus, StepType
from .const import HEALTHY, NEEDING_ATTENTION
from .entity import account_id_of_entity
from .runtime import BeeperRuntimeData
from .sensor import ACCOUNT_STATUS, LOGIN_SESSION
from .status_history import GROUPS, SETTLED, StatusHistory, Stay

CONF_STEP_TYPE = "step_type"

_SENSORS = {SENSOR_DOMAIN: DomainSpec()}

_STEP_TYPES = (StepType.USER_INPUT, StepType.COOKIES, StepType.DISPLAY_AND_WAIT)

_WAITING = frozenset(
    {
        LoginSessionStatus.WAITING_FOR_INPUT,
        LoginSessionStatus.WAITING_FOR_COOKIES,
        LoginSessionStatus.WAITING_FOR_DISPLAY,
    }
)


class BeeperTrigger(EntityTriggerBase):
    """Something became of sensors of one kind; without a target, of all of them."""

    _domain_specs = _SENSORS
    # How things were before an interruption is for the triggers to say
    _excluded_from_states: ClassVar[frozenset[str]] = frozenset()
    _sensors: ClassVar[SensorEntityDescription]

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Refuse what this cannot be about."""
        config = await super().async_validate_config(hass, {CONF_TARGET: {}, **config})
        await async_check_target(hass, config[CONF_TARGET], cls._sensors)
        return config

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Follow what is meant."""
        super().__init__(hass, config)
        self._chosen = config.target
        if is_everything(config.target):
            self._target = dict(EVERYTHING)

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave what is meant, and add what a Beeper that was chosen stands for."""
        return targeted_sensors(self._hass, self._chosen, self._sensors)


class AccountTrigger(BeeperTrigger):
    """An account got into one of some statuses, whenever that was.

    What it was before an outage of Beeper, before a restart, or before it was connecting
    counts as what it was before.
    """

    _sensors = ACCOUNT_STATUS
    _from_statuses: ClassVar[AbstractSet[str]]
    _to_group: ClassVar[str]

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the account is there, or still counts as being there."""
        status: str | None = state.state
        if status not in SETTLED:
            status = _history(self._hass, state.entity_id).status
        return status in GROUPS[self._to_group]

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether the account has only just got there."""
        if from_state.state in SETTLED and from_state.state != to_state.state:
            # Also where somebody sets a state by hand
            return from_state.state in self._from_statuses
        history = _history(self._hass, to_state.entity_id)
        stay = history.stays.get(self._to_group)
        if stay is None or stay.came_from not in self._from_statuses:
            return False
        # What waited for it to last had to stop waiting with an interruption
        return self._to_group in history.entered or (
            history.is_resumed and not self._was_told(stay)
        )

    @override
    def count_matches(
        self,
        entity_ids: Iterable[str],
        states: Mapping[str, State | None] | None = None,
    ) -> tuple[int, int]:
        """Count the accounts that are there, and those that can be counted.

        After an interruption accounts come back one by one, so this cannot leave out
        those that are not back yet.
        """
        matches = [
            self._matches(state)
            for entity_id in entity_ids
            if (state := (states or self._hass.states).get(entity_id)) is not None
        ]
        return matches.count(True), len(matches) - matches.count(None)

    def _matches(self, state: State) -> bool | None:
        """Return whether an account is there; `None` leaves it out.

        One that is not back yet counts as what it was. If it waited for that to last, it
        begins to when it is back.
        """
        history = _history(self._hass, state.entity_id)
        if history.status is None or history.is_shown:
            if not self._should_include(state):
                return None
            return self.is_valid_state(state, _report_nothing)
        runtime, account_id = _account(self._hass, state.entity_id)
        if runtime is None or not runtime.coordinator.last_update_success:
            return None
        account = runtime.coordinator.data.accounts.get(account_id)
        if account and account.status in SETTLED - GROUPS[self._to_group]:
            return False  # It is about to leave
        stay = history.stays.get(self._to_group)
        return stay is not None and self._was_told(stay)

    def _was_told(self, stay: Stay) -> bool:
        """Return whether the account has been there for long enough to fire."""
        return self._duration is None or stay.held >= self._duration.total_seconds()


def _report_nothing(reason: str, /, **data: object) -> None:
    """Report to nobody why something did not fire."""


def _account(
    hass: HomeAssistant, entity_id: str
) -> tuple[BeeperRuntimeData | None, str]:
    """Return the ID of a status sensor's account, and what its entry has while loaded."""
    # It may have been deleted a moment ago
    entity = er.async_get(hass).async_get(entity_id)
    entry_id = (entity and entity.config_entry_id) or ""
    entry = hass.config_entries.async_get_entry(entry_id)
    # Only there from the first answer until the entry is unloaded
    runtime: BeeperRuntimeData | None = getattr(entry, "runtime_data", None)
    return runtime, account_id_of_entity(entity, ACCOUNT_STATUS) if entity else ""


def _history(hass: HomeAssistant, entity_id: str) -> StatusHistory:
    """Return a status sensor's history; an empty one while its entry is not loaded."""
    runtime, account_id = _account(hass, entity_id)
    return runtime.histories[account_id] if runtime else StatusHistory()


class AccountDisconnectedTrigger(AccountTrigger):
    """An account whose messages did flow was lost."""

    _from_statuses = HEALTHY
    _to_group = "lost"


class AccountConnectedTrigger(AccountTrigger):
    """The messages of an account flow, and did not before."""

    _from_statuses = frozenset(AccountStatus) - HEALTHY
    _to_group = "healthy"


class AccountNeedsAttentionTrigger(AccountTrigger):
    """An account waits for a person, and did not before."""

    _from_statuses = frozenset(AccountStatus) - NEEDING_ATTENTION
    _to_group = "needing_attention"


class AccountWarnedTrigger(BeeperTrigger):
    """Beeper says something new on an account that is connected.

    What it said before an outage of Beeper, or before a restart, is not new after it.
    """

    _sensors = ACCOUNT_STATUS
    _schema = ENTITY_STATE_TRIGGER_SCHEMA

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the account is connected."""
        return state.state == AccountStatus.CONNECTED

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether this came with what Beeper says now."""
        return _history(self._hass, to_state.entity_id).is_warned


class LoginWaitingTrigger(BeeperTrigger):
    """A login session waits for a person to do something new.

    Its sensor is there while it waits. So one that comes from nowhere began during an
    outage.
    """

    _sensors = LOGIN_SESSION
    _schema = ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {
            vol.Required(CONF_OPTIONS, default={}): {
                vol.Optional(CONF_STEP_TYPE): vol.All(
                    cv.ensure_list, vol.Length(min=1), [vol.In(_STEP_TYPES)]
                ),
            },
        }
    )

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether it waits, and for what this is about."""
        step_types = self._options.get(CONF_STEP_TYPE)
        return state.state in _WAITING and (
            step_types is None or state.attributes.get("step_type") in step_types
        )

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether this is another step, not a code that was replaced."""
        return _step(from_state) != _step(to_state)


def _step(login: State) -> tuple[str | None, str | None]:
    attributes = login.attributes
    return attributes.get("login_session_id"), attributes.get("step_id")


TRIGGERS: dict[str, type[Trigger]] = {
    "account_connected": AccountConnectedTrigger,
    "account_disconnected": AccountDisconnectedTrigger,
    "account_needs_attention": AccountNeedsAttentionTrigger,
    "account_warned": AccountWarnedTrigger,
    "login_waiting": LoginWaitingTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
