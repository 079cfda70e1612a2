"""Triggers: an account was lost, is back or needs somebody, and a login waits."""

from collections.abc import Set as AbstractSet
from typing import ClassVar, override

import voluptuous as vol

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import CONF_OPTIONS, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
    Trigger,
)

from .api import AccountStatus, LoginSessionStatus, StepType
from .const import HEALTHY, LOST, NEEDING_ATTENTION
from .sensor import ACCOUNT_STATUS, LOGIN_SESSION, only_sensors
from .status_history import SETTLED, status_history

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


class AccountTrigger(EntityTriggerBase):
    """An account got into one of some statuses, whenever that was.

    What it was before an outage of Beeper, before a restart, or before it was connecting
    counts as what it was before.
    """

    _domain_specs = _SENSORS
    _excluded_from_states: ClassVar[frozenset[str]] = frozenset()
    _from_statuses: ClassVar[AbstractSet[str]]
    _to_statuses: ClassVar[AbstractSet[str]]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave only status sensors of accounts."""
        return only_sensors(self._hass, ACCOUNT_STATUS, entities)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the account is there, or still counts as being there."""
        if state.state != AccountStatus.CONNECTING:
            return state.state in self._to_statuses
        settled = status_history(self._hass, state.entity_id).settled
        return settled is not None and settled.status in self._to_statuses

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether the account has only just got there."""
        history = status_history(self._hass, to_state.entity_id)
        if from_state.state == to_state.state and not history.is_resumed:
            return False  # Beeper just words it differently
        before = history.before
        if from_state.state in SETTLED and from_state.state != to_state.state:
            status = from_state.state
        else:
            status = before.status if before else from_state.state
        if status not in self._to_statuses:
            return status in self._from_statuses
        # It was there already, but what waited for it to last had to stop waiting
        return (
            history.is_resumed
            and before is not None
            and self._duration is not None
            and before.held < self._duration.total_seconds()
        )


class AccountDisconnectedTrigger(AccountTrigger):
    """An account whose messages did flow was lost."""

    _from_statuses = HEALTHY
    _to_statuses = LOST


class AccountConnectedTrigger(AccountTrigger):
    """The messages of an account flow, and did not before."""

    _from_statuses = frozenset(AccountStatus) - HEALTHY
    _to_statuses = HEALTHY


class AccountNeedsAttentionTrigger(AccountTrigger):
    """An account waits for a person, and did not before."""

    _from_statuses = frozenset(AccountStatus) - NEEDING_ATTENTION
    _to_statuses = NEEDING_ATTENTION


class LoginWaitingTrigger(EntityTriggerBase):
    """A login session waits for a person to do something new."""

    _domain_specs = _SENSORS
    # Nothing new has happened to a login while Beeper did not answer
    _excluded_from_states: ClassVar[frozenset[str]] = frozenset({STATE_UNAVAILABLE})
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
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave only the sensors that show login sessions."""
        return only_sensors(self._hass, LOGIN_SESSION, entities)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether it waits, and for what this is about."""
        step_types = self._options.get(CONF_STEP_TYPE)
        return state.state in _WAITING and (
            step_types is None or state.attributes["step_type"] in step_types
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
    "login_waiting": LoginWaitingTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
