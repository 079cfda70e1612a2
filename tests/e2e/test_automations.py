"""Automations as a person makes them: in the real editor, and from the blueprints."""

import asyncio
from base64 import b64decode
from io import BytesIO
import json
from pathlib import Path
import re
from typing import Any, Final

from PIL import Image
from playwright.async_api import Locator, Page, expect
import pytest
import zxingcpp

from homeassistant.util.yaml import parse_yaml
from scripts.home_assistant import HomeAssistantFailed
from simulator import Simulator

from . import pictures
from .conftest import House

ROOT: Final = Path(__file__).parents[2]
INTEGRATION: Final = ROOT / "custom_components" / "beeper"
BLUEPRINTS: Final = ROOT / "blueprints" / "automation" / "beeper"
STRINGS: Final = json.loads((INTEGRATION / "strings.json").read_text())

WHATSAPP: Final = "local-whatsapp_ba_rG7f0Jc4mQ9zYw"
WHATSAPP_STATUS: Final = "sensor.whatsapp_alice_example_status"
TELEGRAM_STATUS: Final = "sensor.telegram_alice_example_status"
PHONE: Final = "notify.mobile_app_my_phone"

PATIENCE: Final = 15  # seconds

# What nobody should have to read
RAW: Final = re.compile(r"[a-z]_[a-z]|beeper\.|component\.|Unknown|\[object")

# What a phone is told from now on
LISTEN: Final = """phone => {
  window.told = [];
  return document.querySelector("home-assistant").hass.connection.subscribeEvents(
    ({data: {domain, service, service_data}}) => {
      if (`${domain}.${service}` === phone) window.told.push(service_data);
    },
    "call_service",
  ).then(() => {});
}"""
DOWNLOAD: Final = """async path => {
  const { hass } = document.querySelector("home-assistant");
  const file = await (await hass.fetchWithAuth(path)).arrayBuffer();
  return btoa(String.fromCharCode(...new Uint8Array(file)));
}"""

ACCOUNTS: Final = {"entity_id": [WHATSAPP_STATUS, TELEGRAM_STATUS]}
LOGIN: Final = {"entity_id": ["sensor.beeper_login_session"]}
NOTIFY: Final = {
    "action": "persistent_notification.create",
    "data": {"message": "{{ device_name(trigger.entity_id) }} is lost."},
}

# With each trigger and condition that there is
EVERYTHING: Final = {
    "alias": "Everything",
    "triggers": [
        {
            "trigger": "beeper.account_disconnected",
            "target": ACCOUNTS,
            "options": {"behavior": "each", "for": "00:05:00"},
        },
        {
            "trigger": "beeper.account_connected",
            "target": ACCOUNTS,
            "options": {"behavior": "all"},
        },
        {"trigger": "beeper.account_needs_attention", "target": ACCOUNTS},
        {
            "trigger": "beeper.login_waiting",
            "target": LOGIN,
            "options": {"step_type": ["display_and_wait"]},
        },
    ],
    "conditions": [
        {"condition": "beeper.is_connected", "target": ACCOUNTS},
        {
            "condition": "beeper.needs_attention",
            "target": ACCOUNTS,
            "options": {"behavior": "all", "for": {"hours": 12}},
        },
    ],
    "actions": [NOTIFY],
}


async def edit(page: Page, house: House, automation: dict[str, Any]) -> None:
    """Save an automation, and open it in the editor."""
    api = "api/config/automation/config"
    await house.home_assistant.post(f"/{api}/everything", automation)
    await page.goto(f"{house.home_assistant.url}/config/automation/edit/everything")


async def save(page: Page, house: House, alias: str) -> None:
    """Save with the button, and wait until the automation that was saved runs."""
    entity_id = f"automation.{alias.lower().replace(' ', '_')}"
    async with page.expect_response("**/api/config/automation/config/*") as response:
        await page.get_by_role("button", name="Save").click()
    saved = (await response.value).request.post_data_json
    async with asyncio.timeout(PATIENCE):
        while await running(house, entity_id) != saved:
            await asyncio.sleep(0.05)


async def running(house: House, entity_id: str) -> dict[str, Any] | None:
    """Return what an automation does; `None` where there is none."""
    try:
        answer = await house.home_assistant.command(
            "automation/config", entity_id=entity_id
        )
    except HomeAssistantFailed:
        return None
    config: dict[str, Any] = answer["config"]
    return config


async def change(simulator: Simulator, house: House, status: str) -> None:
    """Change the status of WhatsApp, and have Home Assistant see it."""
    simulator.set_status(WHATSAPP, status)
    await house.home_assistant.post(
        "/api/services/homeassistant/update_entity", {"entity_id": WHATSAPP_STATUS}
    )


def described(file: str) -> dict[str, dict[str, Any]]:
    """Return the descriptions of triggers or conditions."""
    parsed = parse_yaml((INTEGRATION / file).read_text())
    assert isinstance(parsed, dict)
    return {key: it for key, it in parsed.items() if not key.startswith(".")}


def words(kind: str, key: str, description: dict[str, Any]) -> list[str]:
    """Return all that the form of a trigger or condition has to say."""
    texts = STRINGS[kind][key]
    found = [texts["name"], texts["description"]]
    for field, options in description["fields"].items():
        found += texts["fields"][field].values()
        if select := options["selector"].get("select"):
            labels = STRINGS["selector"][select["translation_key"]]["options"]
            found += [labels[option] for option in select["options"]]
    return found


@pytest.mark.parametrize("kind", ["triggers", "conditions"])
async def test_editor_speaks_in_words(page: Page, house: House, kind: str) -> None:
    """Each trigger and condition has a name, a description and labels of its fields."""
    item = kind.removesuffix("s")
    keys = [it[item].removeprefix("beeper.") for it in EVERYTHING[kind]]
    descriptions = described(f"{kind}.yaml")
    assert descriptions.keys() == set(keys)

    await edit(page, house, EVERYTHING)

    rows = page.locator(f"ha-automation-{item}-row")
    form = page.locator(f"ha-automation-sidebar-{item}")
    await expect(rows).to_have_count(len(keys))
    await pictures.take(page, f"editor-{kind}")
    for index, key in enumerate(keys):
        row = rows.nth(index)
        await expect(row.locator("h3")).to_contain_text(STRINGS[kind][key]["name"])
        # Beside what else can be pressed in a row
        await row.click(position={"x": 30, "y": 10})
        for text in words(kind, key, descriptions[key]):
            await expect(form.get_by_text(text, exact=True).first).to_be_visible()
        await expect(page.get_by_text(RAW)).to_have_count(0)
        await pictures.take(page, f"editor-{kind}-{key}")
