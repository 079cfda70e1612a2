"""What the demo shows: a simulated Beeper, a Home Assistant that watches it, a dashboard."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any, Final

import yaml

from simulator import ScenarioError, Simulator, load_scenario

from .home_assistant import HomeAssistant, Release, running_home_assistant

DASHBOARD: Final = "beeper-accounts"

# The README's automation, for the account that the check lets go
README: Final = Path(__file__).parents[1] / "README.md"
AUTOMATION: Final = re.compile(
    r"<!-- example: reconnect -->\n```yaml\n(.*?)```", re.DOTALL
)


TILES: Final = "Without the card"
"""Heading of the accounts as tiles of Home Assistant's own."""


class DemoFailed(Exception):
    """The demo cannot go on, or its check found a difference.

    The message is meant for a person.
    """


@dataclass(frozen=True)
class Demo:
    """A simulated Beeper and a Home Assistant in which it is set up."""

    simulator: Simulator
    home_assistant: HomeAssistant
    account_names: dict[str, str]  # by account id, in the order of the dashboard

    @property
    def dashboard_url(self) -> str:
        """The address of the accounts' dashboard."""
        return f"{self.home_assistant.url}/{DASHBOARD}"


@asynccontextmanager
async def running_demo(
    folder: Path,
    *,
    scenario: str,
    beeper_port: int,
    home_assistant_port: int,
    release: Release | None = None,
) -> AsyncIterator[Demo]:
    """Run simulator and Home Assistant, set the integration up and make the dashboard.

    `folder` is an empty one for Home Assistant's configuration. Raises DemoFailed, and
    what running_home_assistant does.
    """
    try:
        simulator = Simulator(load_scenario(scenario), port=beeper_port)
    except ScenarioError as err:
        raise DemoFailed(str(err)) from err
    async with (
        simulator,
        running_home_assistant(folder, home_assistant_port, release) as home_assistant,
    ):
        entry_id = await home_assistant.add_integration(
            "beeper",
            {
                "user": {"url": simulator.url},
                "sign_in": {"next_step_id": "access_token"},
                "access_token": {"access_token": simulator.token},
            },
        )
        account_names = await _create_dashboard(simulator, home_assistant, entry_id)
        await _create_automation(home_assistant)
        yield Demo(simulator, home_assistant, account_names)


async def _create_automation(home_assistant: HomeAssistant) -> None:
    """Add the automation of the README, as a person would paste it into the editor."""
    found = AUTOMATION.search(README.read_text())
    if found is None:
        raise DemoFailed("README.md has no automation to run")
    await home_assistant.post(
        "/api/config/automation/config/reconnect", yaml.safe_load(found[1])
    )


async def _create_dashboard(
    simulator: Simulator, home_assistant: HomeAssistant, entry_id: str
) -> dict[str, str]:
    """Save the dashboard of the demo.

    Returns the accounts' names by id, in its order.
    """
    entities = {
        entity["unique_id"]: entity
        for entity in await home_assistant.command("config/entity_registry/list")
        if entity["config_entry_id"] == entry_id
    }
    devices = {
        device["id"]: device
        for device in await home_assistant.command("config/device_registry/list")
    }

    sensors = {
        account_id: f"{entry_id}_{account_id}_status"
        for account_id in simulator.accounts
    }
    shown = {state["entity_id"] for state in await home_assistant.get("/api/states")}
    if missing := [
        account_id
        for account_id, sensor in sensors.items()
        if sensor not in entities or entities[sensor]["entity_id"] not in shown
    ]:
        raise DemoFailed(
            f"Home Assistant has no status sensor for {', '.join(missing)}\n"
            f"{home_assistant.end_of_log}"
        )
    names = {
        account_id: devices[entities[sensor]["device_id"]]["name"]
        for account_id, sensor in sensors.items()
    }

    await home_assistant.command(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Accounts",
        icon="mdi:message-badge",
        mode="storage",
    )
    await home_assistant.command(
        "lovelace/config/save",
        url_path=DASHBOARD,
        config=dashboard(
            accounts=[entities[sensor]["entity_id"] for sensor in sensors.values()],
            hub=[
                entities[f"{entry_id}_{key}"]["entity_id"]
                for key in (
                    "accounts_connected",
                    "accounts_needing_attention",
                    "login_session",
                )
            ],
            qr_code=entities[f"{entry_id}_login_qr_code"]["entity_id"],
            phone_page=f"{simulator.url}/phone",
        ),
    )
    return names


def dashboard(
    *, accounts: Sequence[str], hub: Sequence[str], qr_code: str, phone_page: str
) -> dict[str, Any]:
    """Describe the dashboard: our card, how to play, the hub's sensors, and tiles.

    Accounts are given by entity id.
    """
    card = {
        "type": "custom:beeper-accounts-card",
        "grid_options": {"columns": "full"},
    }
    account_tiles = [
        {
            "type": "tile",
            "entity": entity_id,
            "name": {"type": "device"},
            "state_content": ["state", "status_text"],
            "icon_tap_action": {
                "action": "perform-action",
                "perform_action": "beeper.reconnect_account",
                "target": {"entity_id": entity_id},
            },
            "grid_options": {"columns": "full"},
        }
        for entity_id in accounts
    ]
    hub_tiles = [
        {
            "type": "tile",
            "entity": entity_id,
            "name": {"type": "entity"},
            "grid_options": {"columns": "full"},
        }
        for entity_id in hub
    ]
    code_to_scan = {
        "type": "picture-entity",
        "entity": qr_code,
        "show_name": False,
        "show_state": False,
        "visibility": [
            {
                "condition": "state",
                "entity": hub[-1],
                "state": "waiting_for_display",
            }
        ],
        "grid_options": {"columns": "full"},
    }
    how_to_play = {
        "type": "markdown",
        "content": f"Beeper is simulated here. [Its phone page]({phone_page}) plays everything outside of Home Assistant: "
        "there an account loses its connection, and there a QR code gets scanned. Changes show up here within 15 seconds. "
        "Reconnect an account in the card; when WhatsApp loses its connection an automation does.",
        "grid_options": {"columns": "full"},
    }
    sections: list[tuple[str, list[dict[str, Any]]]] = [
        ("Accounts", [card, how_to_play]),
        ("Beeper", [*hub_tiles, code_to_scan]),
        (TILES, account_tiles),
    ]
    return {
        "views": [
            {
                "title": "Accounts",
                "type": "sections",
                "max_columns": 3,
                "sections": [
                    {
                        "type": "grid",
                        "cards": [{"type": "heading", "heading": heading}, *cards],
                    }
                    for heading, cards in sections
                ],
            }
        ]
    }
