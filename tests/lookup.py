"""What a test looks up in Home Assistant and what has to be there, or the test fails."""

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr


def get_state(hass: HomeAssistant, entity_id: str) -> State:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None, f"there is no {entity_id}"
    return state


def get_device(
    hass: HomeAssistant, entry: ConfigEntry, end: str = ""
) -> dr.DeviceEntry:
    """Return a device of an entry of ours, by the end of its identifier.

    Without an end it is the one of the hub.
    """
    identifier = ("beeper", f"{entry.entry_id}{end}")
    device = dr.async_get(hass).async_get_device_by_identifier(
        identifier, entry.entry_id
    )
    assert device is not None, f"there is no device {identifier}"
    return device


def get_schema(result: ConfigFlowResult) -> vol.Schema:
    """Return what a form asks for."""
    schema = result["data_schema"]
    assert schema is not None, "the form asks for nothing"
    return schema


def state_of_entry(entry: ConfigEntry) -> ConfigEntryState:
    """Return how an entry stands by now.

    A type checker takes the attribute for what it was found to be before.
    """
    return entry.state
