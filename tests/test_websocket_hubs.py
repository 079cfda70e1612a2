"""The WebSocket command that tells the card how each Beeper is, over real connections."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.beeper.const import DOMAIN
from homeassistant.const import CONF_ACCESS_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulator import Fault, Simulator

from .clock import Clock

type AskHubs = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def ask_hubs(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> AskHubs:
    """Return a function that asks as a card does, for an admin unless told otherwise."""

    async def ask_hubs(token: str | None = None) -> list[dict[str, Any]]:
        client = await (hass_ws_client(hass, token) if token else hass_ws_client(hass))
        await client.send_json_auto_id({"type": "beeper/hubs"})
        hubs: list[dict[str, Any]] = (await client.receive_json())["result"]["hubs"]
        return hubs

    return ask_hubs


async def read_only(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator
) -> None:
    """Have Home Assistant sign in with what may only read."""
    data = {**loaded.data, CONF_ACCESS_TOKEN: beeper.read_only_token}
    hass.config_entries.async_update_entry(loaded, data=data)
    assert await hass.config_entries.async_reload(loaded.entry_id)


async def test_all_is_well(
    hass: HomeAssistant, loaded: MockConfigEntry, ask_hubs: AskHubs
) -> None:
    """A Beeper that answers is told by its device, and by the name a person gave it."""
    devices = dr.async_get(hass)
    [device] = [
        device
        for device in dr.async_entries_for_config_entry(devices, loaded.entry_id)
        if (DOMAIN, loaded.entry_id) in device.identifiers
    ]
    devices.async_update_device(device.id, name_by_user="The Mac")

    assert await ask_hubs() == [
        {
            "device_id": device.id,
            "name": "The Mac",
            "outage": None,
            "is_read_only": False,
        }
    ]


async def test_read_only(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    beeper: Simulator,
    ask_hubs: AskHubs,
    hass_read_only_access_token: str,
) -> None:
    """Who may reconnect accounts is told where Home Assistant may only read."""
    await read_only(hass, loaded, beeper)

    [hub] = await ask_hubs()
    assert hub["is_read_only"] is True
    [hub] = await ask_hubs(hass_read_only_access_token)
    assert hub["is_read_only"] is False


@pytest.mark.parametrize("status", [401, 500])
async def test_access_that_is_not_told(
    beeper: Simulator, ask_hubs: AskHubs, status: int
) -> None:
    """Where Beeper does not say what is allowed, nothing is taken for forbidden."""
    beeper.inject(Fault(path="/oauth/introspect", status=status))

    [hub] = await ask_hubs()

    assert (hub["outage"], hub["is_read_only"]) == (None, False)


async def test_outage(beeper: Simulator, ask_hubs: AskHubs, clock: Clock) -> None:
    """Why Beeper does not answer is told, while it lasts."""
    await beeper.stop()
    await clock.run(20)
    [hub] = await ask_hubs()
    assert hub["outage"] == "cannot_connect"

    await beeper.start()
    await clock.run(60)
    [hub] = await ask_hubs()
    assert hub["outage"] is None


async def test_no_start(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, ask_hubs: AskHubs
) -> None:
    """Also while the entry cannot be set up, or is about to be."""
    await beeper.stop()
    await hass.config_entries.async_reload(loaded.entry_id)
    [hub] = await ask_hubs()
    assert hub["outage"] == "cannot_connect"

    assert await hass.config_entries.async_unload(loaded.entry_id)
    [hub] = await ask_hubs()
    assert hub["outage"] is None
