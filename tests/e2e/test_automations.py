"""Automations as a person makes them: in the real editor, and from the blueprints."""

from contextlib import suppress
import json
from pathlib import Path
import re
from typing import Any, Final

from playwright.async_api import Locator, Page, Position, TimeoutError, expect
import pytest

from homeassistant.util.yaml import parse_yaml
from scripts.home_assistant import HomeAssistantFailed
from simulator import Simulator
from tests.accounts import WHATSAPP

from . import pictures
from .camera import expect_scan
from .conftest import EMPTY
from .house import House
from .patience import becomes
from .sessions import displayed, started

ROOT: Final = Path(__file__).parents[2]
INTEGRATION: Final = ROOT / "custom_components" / "beeper"
BLUEPRINTS: Final = ROOT / "blueprints" / "automation" / "beeper"
STRINGS: Final = json.loads((INTEGRATION / "strings.json").read_text())

WHATSAPP_STATUS: Final = "sensor.whatsapp_alice_example_status"
TELEGRAM_STATUS: Final = "sensor.telegram_alice_example_status"
PHONE: Final = "notify.mobile_app_my_phone"

# What nobody should have to read
RAW: Final = re.compile(r"[a-z]_[a-z]|beeper\.|component\.|Unknown|\[object")

LISTEN: Final = """phone => {
  window.told = [];
  return document.querySelector("home-assistant").hass.connection.subscribeEvents(
    ({ data: { domain, service, service_data } }) => {
      if (`${domain}.${service}` === phone) window.told.push(service_data);
    },
    "call_service",
  ).then(() => {});
}"""
TOLD: Final = """([key, value]) =>
  window.told.find(it => String({ ...it, ...it.data }[key]).startsWith(value))"""
HIDE_SIDEBAR: Final = (
    """() => localStorage.setItem("dockedSidebar", '"always_hidden"')"""
)

SOON: Final = 3_000  # milliseconds in which a row opens that has heard of a press

# Where a row can be pressed without pressing one of its targets
BESIDE_TARGETS: Final[Position] = {"x": 30, "y": 10}

ACCOUNTS: Final = {"entity_id": [WHATSAPP_STATUS, TELEGRAM_STATUS]}
LOGIN: Final = {"entity_id": ["sensor.beeper_login_session"]}
LOST: Final = "WhatsApp (Alice Example) is lost."
NOTIFY: Final = {
    "action": "persistent_notification.create",
    "data": {"message": "{{ device_name(trigger.entity_id) }} is lost."},
}

BY_HAND: Final[dict[str, Any]] = {
    "id": "by_hand",
    "alias": "By hand",
    "triggers": [],
    "actions": [NOTIFY],
}
# With each trigger and condition that there is
EVERYTHING: Final[dict[str, Any]] = {
    "id": "everything",
    "alias": "My accounts",
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
        {"trigger": "beeper.account_warned", "target": ACCOUNTS},
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


@pytest.fixture
def path() -> str:
    """Return where the page begins: nowhere, each test has an automation of its own."""
    return EMPTY


def entity_of(name: str) -> str:
    """Return the entity of an automation with this name."""
    return "automation." + name.lower().replace(" ", "_")


async def running(house: House, name: str) -> dict[str, Any] | None:
    """Return what an automation does; `None` where none of this name listens."""
    try:
        found = await house.home_assistant.command(
            "automation/config", entity_id=entity_of(name)
        )
    except HomeAssistantFailed:
        return None
    config: dict[str, Any] = found["config"]
    # It has a state as soon as its triggers are attached
    return config if await house.state(entity_of(name)) == "on" else None


async def edit(page: Page, house: House, automation: dict[str, Any]) -> None:
    """Have an automation run, and open it in the editor."""
    path = f"config/automation/config/{automation['id']}"
    await house.home_assistant.post(f"/api/{path}", automation)
    await becomes(lambda: running(house, automation["alias"]), automation)
    await page.goto(f"/config/automation/edit/{automation['id']}")


async def save(page: Page, house: House, name: str) -> None:
    """Save with the button, and wait until the automation that was saved runs."""
    before = await running(house, name)
    await page.get_by_role("button", name="Save").click()

    async def is_saved() -> bool:
        return await running(house, name) not in (None, before)

    await becomes(is_saved, True)


async def change(house: House, simulator: Simulator, status: str) -> None:
    """Change the status of WhatsApp, and wait until Home Assistant has seen it."""
    simulator.set_status(WHATSAPP, status)
    await house.look()
    await becomes(lambda: house.state(WHATSAPP_STATUS), status)


async def told(page: Page, key: str, value: str) -> dict[str, Any]:
    """Return the notification on the phone that has this, as soon as there is one."""
    found = await page.wait_for_function(TOLD, arg=[key, value])
    notification: dict[str, Any] = await found.json_value()
    return notification


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


async def add_target(page: Page, search: str) -> Locator:
    """Look for something to add as a target; returns what is offered."""
    await page.get_by_role("button", name="Add target").click()
    picker = page.locator("ha-target-picker ha-picker-combo-box")
    await picker.get_by_placeholder("Search").fill(search)
    return picker.locator("ha-combo-box-item")


async def open_row(row: Locator, opened: Locator) -> None:
    """Press the row of a trigger or condition until there is what opens beside it.

    An editor that was just loaded does not hear of each press.
    """

    async def press() -> bool:
        # A second press at once would close it again
        await row.click(position=BESIDE_TARGETS)
        with suppress(TimeoutError):
            await opened.wait_for(timeout=SOON)
        return await opened.is_visible()

    await becomes(press, True)


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
    for index, key in enumerate(keys):
        row = rows.nth(index)
        await expect(row.locator("h3")).to_contain_text(STRINGS[kind][key]["name"])
        await open_row(row, form.get_by_text(STRINGS[kind][key]["description"]).first)
        for text in words(kind, key, descriptions[key]):
            await expect(form.get_by_text(text).first).to_be_visible()
        await expect(page.get_by_text(RAW)).to_have_count(0)
        await pictures.take(page, f"editor-{key}")


async def test_targets(page: Page, house: House) -> None:
    """Of an account its status is offered, and nothing else that it has."""
    await page.evaluate(HIDE_SIDEBAR)
    await page.set_viewport_size({"width": 1280, "height": 660})
    await edit(page, house, EVERYTHING)
    add_target_button = page.get_by_role("button", name="Add target")
    await open_row(page.locator("ha-automation-trigger-row").first, add_target_button)
    await pictures.show(page.locator("ha-automation-editor"), "triggers")

    offered = await add_target(page, "Signal Alice Example")

    await expect(offered).to_have_count(2)
    await expect(offered.first).to_contain_text("Status")
    await expect(offered.first).to_contain_text("Signal (Alice Example)")
    await expect(offered.last).to_contain_text("Signal (Alice Example)")
    await expect(offered.last).not_to_contain_text("Status")
    await pictures.take(page, "editor-targets")


@pytest.mark.parametrize("search", ["Beeper", "account"])
async def test_trigger_added_by_hand(
    page: Page, simulator: Simulator, house: House, search: str
) -> None:
    """A trigger is found by searching, and fires when the account is lost."""
    await house.call("persistent_notification.dismiss_all")
    await change(house, simulator, "connected")
    await edit(page, house, BY_HAND)

    await page.get_by_role("button", name="Add trigger").click()
    await page.get_by_placeholder("Search").fill(search)
    await page.get_by_text("Beeper account disconnected", exact=True).click()
    offered = await add_target(page, "WhatsApp Alice Example")
    await expect(offered).to_have_count(2)
    await offered.last.click()
    await save(page, house, BY_HAND["alias"])
    await change(house, simulator, "reconnect_required")

    await page.get_by_role("button", name="Notifications").click()
    told = page.locator("notification-item").get_by_text(LOST)
    await expect(told).to_be_visible()


def inputs(blueprint: dict[str, Any]) -> list[str]:
    """Return all that the form of a blueprint has to say."""
    return [
        text
        for it in (blueprint, *blueprint["input"].values())
        for text in (it["name"], it.get("description"))
        if text is not None
    ]


async def use_blueprint(
    page: Page, house: House, name: str
) -> tuple[dict[str, Any], Locator]:
    """Import a blueprint, and begin an automation; returns both blueprint and form."""
    text = (BLUEPRINTS / f"{name}.yaml").read_text()
    await house.home_assistant.command(
        "blueprint/save",
        domain="automation",
        path=f"beeper/{name}",
        yaml=text,
        allow_override=True,
    )
    blueprint = parse_yaml(text)
    assert isinstance(blueprint, dict)
    await page.goto("/config/blueprint/dashboard")
    await page.get_by_text(blueprint["blueprint"]["name"], exact=True).click()
    return blueprint["blueprint"], page.locator("blueprint-automation-editor")


@pytest.mark.parametrize("name", [it.stem for it in BLUEPRINTS.glob("*.yaml")])
async def test_blueprint_speaks_in_words(page: Page, house: House, name: str) -> None:
    """The form of a blueprint says what it does, and what each input is for."""
    blueprint, form = await use_blueprint(page, house, name)

    for text in inputs(blueprint):
        shown = form.get_by_text(text, exact=True).filter(visible=True)
        await expect(shown.first).to_be_visible()
    await pictures.take(page, f"blueprint-{name}")


async def test_lost_account_is_reconnected(
    page: Page, tab: Page, simulator: Simulator, house: House
) -> None:
    """From the blueprint's form to the notification, its button and the login."""
    await change(house, simulator, "connected")
    await page.evaluate(HIDE_SIDEBAR)
    blueprint, form = await use_blueprint(page, house, "account_lost")
    # All accounts are watched unless one chooses some
    accounts = form.locator("ha-settings-row", has_text="Accounts").first
    await accounts.locator("ha-entity-picker").click()
    await page.get_by_placeholder("Search").fill("WhatsApp Alice Example")
    offered = form.locator("ha-combo-box-item", has_text="Status")
    await expect(offered).to_have_count(1)
    await offered.click()
    await expect(accounts.get_by_role("button", name="Add entity")).to_be_visible()
    notify = form.locator("ha-settings-row", has_text="Notify action")
    await notify.get_by_role("textbox").fill(PHONE)
    await notify.get_by_role("textbox").blur()
    await pictures.take(page, "blueprint-filled-in")
    await page.set_viewport_size({"width": 1000, "height": 1400})
    await pictures.show(form.locator("ha-card"), "blueprint")
    how_long = form.locator("ha-settings-row", has_text="For how long")
    await how_long.get_by_role("spinbutton", name="mm").fill("0")
    await how_long.get_by_role("spinbutton", name="mm").blur()
    await save(page, house, blueprint["name"])
    await page.evaluate(LISTEN, PHONE)

    await change(house, simulator, "reconnect_required")
    lost = await told(page, "title", "WhatsApp (Alice Example)")
    [button] = lost["data"]["actions"]
    assert button["title"] == "Reconnect"
    assert simulator.sessions == {}

    # A tap in the app opens a page of Home Assistant; what was told stays in this one
    await tab.goto(button["uri"])
    session = await started(simulator)
    code = await displayed(session)
    await expect_scan(tab.get_by_role("img", name="QR code"), code)
    simulator.phone.scan(session.id)
    await told(page, "message", "Connected again.")
    assert [*simulator.sessions.values()] == [session]
    assert session.status == "complete"
