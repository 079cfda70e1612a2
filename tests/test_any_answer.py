"""No answer whatsoever makes entities fall over: all come back with the next good one."""

import logging

from hypothesis import HealthCheck, example, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from simulator import Fault, Simulator

from .api.test_any_answer import (
    ACCOUNT,
    LISTED,
    Json,
    any_json,
    nearly_valid,
    on_the_wire,
)

POLLED: dict[str, Json] = {
    "/v1/accounts": [ACCOUNT],
    "/v1/bridges": {"items": [LISTED]},
}
INFO: Json = {
    "app": {"bundle_id": "b", "name": "n", "version": "v"},
    "platform": {"arch": "a", "os": "o", "release": "r"},
    "server": {"hostname": "h", "port": 1, "status": "running", "remote_access": True},
    "endpoints": {"spec": "s"},
}

in_one_home_assistant = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def states_of(hass: HomeAssistant) -> dict[str, str]:
    """Return all states."""
    return {state.entity_id: state.state for state in hass.states.async_all()}


def exceptions(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the exceptions in the log, and forget them."""
    found = [record.getMessage() for record in caplog.records if record.exc_info]
    caplog.clear()
    return found


@pytest.mark.parametrize("path", POLLED)
@in_one_home_assistant
@given(data=st.data())
async def test_entities_survive_any_answer(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    path: str,
    data: st.DataObject,
) -> None:
    """A poll whose answer is anything is an outage or an answer, and no exception."""
    caplog.set_level(logging.INFO)
    coordinator = loaded.runtime_data.coordinator
    beeper.clear_faults()
    await coordinator.async_refresh()
    await hass.async_block_till_done()
    before = states_of(hass)
    json = any_json | nearly_valid([POLLED[path]])

    body = data.draw(json.map(on_the_wire) | st.binary(max_size=200))
    beeper.inject(Fault(path=path, body=body))
    await coordinator.async_refresh()
    await hass.async_block_till_done()
    beeper.clear_faults()
    await coordinator.async_refresh()
    await hass.async_block_till_done()

    after = states_of(hass)
    assert {entity_id: after[entity_id] for entity_id in before} == before
    assert exceptions(caplog) == []


@settings(in_one_home_assistant, max_examples=50)
@given(
    body=(any_json | nearly_valid([INFO])).map(on_the_wire) | st.binary(max_size=200)
)
@example(body=on_the_wire(INFO))
async def test_set_up_survives_any_answer(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    body: bytes,
) -> None:
    """Whatever Beeper says of itself, set-up succeeds or is tried again."""
    caplog.set_level(logging.INFO)
    beeper.inject(Fault(path="/v1/info", body=body))
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert loaded.state in (ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY)

    beeper.clear_faults()
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert loaded.state is ConfigEntryState.LOADED
    assert exceptions(caplog) == []
