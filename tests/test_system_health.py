"""System health: the lines about Beeper on the page, and in what is copied from it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator, load_scenario

from .clock import Clock
from .conftest import Install, Poll

INSTALLED = {"integration_version": "1.2.3", "is_release": True}


@pytest.fixture(autouse=True)
async def same_in_every_run(
    hass: HomeAssistant,
    beeper: Simulator,
    freezer: FrozenDateTimeFactory,
    install: Install,
) -> None:
    """Let it be the same time and version in every run, and the page be there."""
    freezer.move_to("2026-11-23 12:00:00+00:00")
    await install("1.2.3")
    assert await async_setup_component(hass, "system_health", {})


async def page(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> Mapping[str, Any]:
    """Return what the page shows in the end: keys and values."""
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "system_health/info"})
    assert (await client.receive_json())["success"]
    event = (await client.receive_json())["event"]
    lines: dict[str, Any] = event["data"]["beeper"]["info"]
    while (event := (await client.receive_json())["event"])["type"] == "update":
        assert event["success"]
        if event["domain"] == "beeper":
            lines[event["key"]] = event["data"]
    return lines


@pytest.mark.usefixtures("loaded")
async def test_page_tells_how_beeper_is(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    beeper: Simulator,
    poll: Poll,
) -> None:
    """Where it answers, which one it is, and what was last heard of it."""
    beeper.set_version("4.4.0")
    asked = len(beeper.requests)

    assert await page(hass, hass_ws_client) == {
        **INSTALLED,
        "reachable": "ok",
        "version": "4.4.0",
        "remote_access": False,
        "accounts": 8,
        "last_good_poll": {"type": "date", "value": "2026-11-23T12:00:00+00:00"},
    }
    assert [request.path for request in beeper.requests[asked:]] == ["/v1/info"]


@pytest.mark.usefixtures("loaded")
async def test_page_tells_a_release_from_the_repository(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, install: Install
) -> None:
    """What was copied out of the repository says so."""
    await install("1.3.0.dev0")

    lines = await page(hass, hass_ws_client)

    assert (lines["integration_version"], lines["is_release"]) == ("1.3.0.dev0", False)


@pytest.mark.usefixtures("loaded")
async def test_page_tells_of_a_beeper_that_tells_little(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, beeper: Simulator
) -> None:
    """It can be reached, which is what matters."""
    beeper.inject(Fault(path="/v1/info", body=b'{"app": {}, "server": null}'))
    lines = await page(hass, hass_ws_client)
    assert lines["reachable"] == "ok"
    assert (lines["version"], lines["remote_access"]) == ("unknown", "unknown")


@pytest.mark.usefixtures("loaded")
async def test_page_tells_that_beeper_is_gone(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    beeper: Simulator,
    poll: Poll,
) -> None:
    """And until when it was there."""
    await beeper.stop()
    await poll()

    assert await page(hass, hass_ws_client) == {
        **INSTALLED,
        "reachable": {"type": "failed", "error": "unreachable"},
        "version": "unknown",
        "remote_access": "unknown",
        "accounts": 8,
        "last_good_poll": {"type": "date", "value": "2026-11-23T12:00:00+00:00"},
    }


async def test_page_tells_of_a_beeper_that_was_never_there(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    beeper: Simulator,
    entry: MockConfigEntry,
) -> None:
    """Home Assistant still tries to set it up."""
    beeper.inject(Fault(drop=0))
    await hass.config_entries.async_setup(entry.entry_id)

    assert await page(hass, hass_ws_client) == {
        **INSTALLED,
        "reachable": {"type": "failed", "error": "unreachable"},
        "version": "unknown",
        "remote_access": "unknown",
        "accounts": "unknown",
        "last_good_poll": "unknown",
    }


@pytest.mark.parametrize("how", ["removed", "disabled"])
async def test_page_says_nothing_where_there_is_no_beeper(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    loaded: MockConfigEntry,
    how: str,
) -> None:
    """One that is not asked is not fine."""
    if how == "removed":
        await hass.config_entries.async_remove(loaded.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(
            loaded.entry_id, ConfigEntryDisabler.USER
        )

    assert await page(hass, hass_ws_client) == {}


@pytest.mark.usefixtures("loaded")
async def test_page_does_not_wait_for_ever(
    hass: HomeAssistant, beeper: Simulator, clock: Clock
) -> None:
    """A Beeper that hangs is one that cannot be reached."""
    beeper.inject(Fault(path="/v1/info", delay=3600))
    info = await get_system_health_info(hass, "beeper")
    asking = asyncio.gather(info["reachable"], info["version"], info["remote_access"])
    await clock.run(6)

    assert asking.done()
    assert [*asking.result()] == [
        {"type": "failed", "error": "timeout"},
        "unknown",
        "unknown",
    ]


async def test_page_tells_of_several_beepers(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
) -> None:
    """Each line has all of them, in the order of their entries, and no names."""
    async with Simulator(load_scenario("empty")) as other:
        other.set_version("4.5.1")
        for url, disabled_by in (
            (other.url, None),
            ("http://127.0.0.1:1", ConfigEntryDisabler.USER),
        ):
            another = MockConfigEntry(
                domain="beeper",
                title="Beeper (Example Ltd)",
                data={CONF_URL: url, CONF_ACCESS_TOKEN: other.token},
                disabled_by=disabled_by,
            )
            another.add_to_hass(hass)
            await hass.config_entries.async_setup(another.entry_id)

        lines = await page(hass, hass_ws_client)
        assert lines == {
            **INSTALLED,
            "reachable": "ok",
            "version": "4.3.73, 4.5.1",
            "remote_access": "false, false",
            "accounts": f"8, {len(other.accounts)}",
            "last_good_poll": "2026-11-23 12:00:00+00:00, 2026-11-23 12:00:00+00:00",
        }

        other.inject(Fault(drop=0))
        lines = await page(hass, hass_ws_client)
        assert lines["reachable"] == {"type": "failed", "error": "unreachable"}
        assert lines["version"] == "4.3.73, unknown"


@pytest.mark.usefixtures("loaded")
async def test_version_that_is_none_does_not_flood_the_page(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, beeper: Simulator
) -> None:
    """What comes from the other side is not believed."""
    beeper.set_version("\u202e" + "9" * 1000)

    version = (await page(hass, hass_ws_client))["version"]

    assert version == "9" * 63 + "…"
