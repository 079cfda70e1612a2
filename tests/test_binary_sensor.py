"""The binary sensors, as a person sees them."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.api import AccountStatus
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulator import Fault, Simulator

from .accounts import WHATSAPP
from .conftest import Poll
from .lookup import get_state

CONNECTED = "binary_sensor.whatsapp_alice_example_connectivity"
PROBLEM = "binary_sensor.beeper_problem"


async def test_unique_ids(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """There is one for the hub and one for each account."""
    entries = er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id)

    assert {
        entity.unique_id for entity in entries if entity.domain == "binary_sensor"
    } == {
        f"{loaded.entry_id}_problem",
        *(
            f"{loaded.entry_id}_{account_id}_connected"
            for account_id in beeper.accounts
        ),
    }
    assert get_state(hass, CONNECTED).attributes["device_class"] == "connectivity"
    assert get_state(hass, PROBLEM).attributes["device_class"] == "problem"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (status, STATE_ON if status in ("connected", "backfilling") else STATE_OFF)
        for status in AccountStatus
        if status != "disabled"
    ]
    + [("disabled", STATE_UNKNOWN), ("hibernating", STATE_UNKNOWN)],
)
async def test_account_is_connected(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    status: str,
    state: str,
) -> None:
    """An account is connected while its messages flow; one that is off is neither."""
    beeper.set_status(WHATSAPP, status)
    await poll()

    assert get_state(hass, CONNECTED).state == state


async def test_account_that_beeper_does_not_list(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """Nobody knows whether such an account is connected."""
    beeper.remove_account(WHATSAPP)
    await poll()

    assert get_state(hass, CONNECTED).state == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("connected", STATE_OFF),
        ("backfilling", STATE_OFF),
        ("connecting", STATE_OFF),
        ("disabled", STATE_OFF),
        ("hibernating", STATE_OFF),
        ("disconnected", STATE_ON),
        ("connection_required", STATE_ON),
        ("reconnect_required", STATE_ON),
        ("attention_required", STATE_ON),
    ],
)
async def test_any_lost_account_is_a_problem(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    status: str,
    state: str,
) -> None:
    """One account that is lost is a problem, one that is switched off is none."""
    for account_id in beeper.accounts:
        beeper.set_status(account_id, "connected")
    beeper.set_status(WHATSAPP, status)
    await poll()

    assert get_state(hass, PROBLEM).state == state


async def test_outage(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """While Beeper does not answer, nothing is known."""
    beeper.inject(Fault(status=502))
    await poll()

    assert get_state(hass, PROBLEM).state == STATE_UNAVAILABLE
    assert get_state(hass, CONNECTED).state == STATE_UNAVAILABLE
