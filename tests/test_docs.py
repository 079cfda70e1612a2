"""Every example of the documentation runs, and every option is told, as it is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
import json
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from homeassistant.components.persistent_notification import (
    _async_get_or_create_notifications as notifications,
    async_dismiss_all as dismiss_all,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
from simulator import Fault, Simulator
from simulator.login_flows import FLOWS, Attempt, Flow, Identity, LoginFlow, Step

from .accounts import SLACK, WHATSAPP
from .clock import Clock
from .conftest import Poll
from .lookup import get_state

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components" / "beeper"
STRINGS = json.loads((INTEGRATION / "strings.json").read_text())
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]

type Until = Callable[[Callable[[], object]], Awaitable[None]]
type Person = Callable[[HomeAssistant, Simulator, Until], Awaitable[None]]


def page_of(kind: str, name: str) -> Path:
    """Return the page of an action, a trigger or a condition."""
    return DOCS / kind / f"{name}.md"


def example(page: Path) -> object:
    """Return the one YAML example of a page."""
    [yaml] = re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    return parse_yaml(yaml)


def shown(hass: HomeAssistant) -> list[str]:
    """Return what the notifications say that were shown so far."""
    return [notification["message"] for notification in notifications(hass).values()]


@pytest.fixture
def until(hass: HomeAssistant) -> Until:
    """Return a function that lets everything run on until something is so."""

    async def until(condition: Callable[[], object]) -> None:
        for _ in range(20_000):
            if condition():
                return
            await asyncio.sleep(0)
        pytest.fail("it never came to that")

    return until


# --- What a person does meanwhile


async def nothing(hass: HomeAssistant, beeper: Simulator, until: Until) -> None:
    """Watch."""


async def scan(hass: HomeAssistant, beeper: Simulator, until: Until) -> None:
    """Scan the code after it rotated once."""
    await until(lambda: shown(hass) and beeper.waiting)
    [session_id] = beeper.sessions
    beeper.phone.rotate(session_id)
    await beeper.wait_for_waiter(session_id)
    beeper.phone.scan(session_id)


async def scan_on_phone(hass: HomeAssistant, beeper: Simulator, until: Until) -> None:
    """Type the pairing code on the phone once its picture is shown."""
    await until(lambda: shown(hass))
    [session_id] = beeper.sessions
    [picture] = shown(hass)
    assert picture == "![Code](/api/image_proxy/image.beeper_login_qr_code)"
    dismiss_all(hass)
    beeper.phone.approve(session_id)


async def type_code(hass: HomeAssistant, beeper: Simulator, until: Until) -> None:
    """Type the code that came to the phone into the helper."""
    await until(lambda: shown(hass))
    [session_id] = beeper.sessions
    [code] = beeper.phone.codes(session_id).values()
    hass.states.async_set("input_text.login_code", code)


PEOPLE: dict[str, tuple[Person, list[str]]] = {
    "cancel_login_session": (
        nothing,
        ["Nobody scanned the code, so the login was cancelled."],
    ),
    "create_login_session": (
        scan,
        ["![Scan me](/api/image_proxy/image.beeper_login_qr_code)", "complete"],
    ),
    "get_bridge": (nothing, ["2 accounts: reconnect_required, connecting"]),
    "get_bridge_capabilities": (nothing, ["WhatsApp can write to any phone number."]),
    "get_bridges": (
        nothing,
        [
            (
                "WhatsApp, Telegram, Signal, Google Messages, Slack, Discord, Facebook"
                " Messenger, Instagram, iMessage"
            )
        ],
    ),
    "get_login_flows": (nothing, ["QR, Pairing code"]),
    "get_login_session": (nothing, ["fi.mau.telegram.login.code"]),
    "get_logins": (nothing, ["Slack wants you to sign in again."]),
    "reconnect_account": (scan_on_phone, ["WhatsApp is connected again."]),
    "remove_login": (nothing, [SLACK]),
    "submit_login_step": (
        type_code,
        [
            "Type in the code that Telegram has sent you.",
            "Telegram: waiting_for_input",
        ],
    ),
}
"""Per action: what a person does while the example runs, and what it shows."""


async def test_every_action_has_a_page(hass: HomeAssistant, beeper: Simulator) -> None:
    """No action is without documentation, and no page without its action."""
    assert await async_setup_component(hass, "beeper", {})
    actions = set(hass.services.async_services_for_domain("beeper"))
    assert {page.stem for page in (DOCS / "actions").glob("*.md")} == actions
    assert actions == PEOPLE.keys()


@pytest.mark.parametrize("name", PEOPLE)
async def test_example_of_an_action_runs(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    until: Until,
    freezer: FrozenDateTimeFactory,
    name: str,
) -> None:
    """The example on the page of an action does what the page says."""
    person, expected = PEOPLE[name]
    sequence = example(page_of("actions", name))
    assert f"beeper.{name}" in str(sequence)
    assert await async_setup_component(
        hass, "script", {"script": {"example": {"sequence": sequence}}}
    )
    assert await async_setup_component(hass, "persistent_notification", {})
    hass.states.async_set("input_text.login_code", "")

    running = asyncio.ensure_future(
        hass.services.async_call("script", "example", blocking=True)
    )
    await person(hass, beeper, until)
    while not running.done():
        freezer.tick(5)
        async_fire_time_changed(hass)
        for _ in range(50):
            await asyncio.sleep(0)
    await running

    assert shown(hass) == expected


async def test_example_of_the_readme_runs_as_an_automation(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    until: Until,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The phone gets the code, the next one when it rotates, and that it is done."""
    sent = async_mock_service(hass, "notify", "mobile_app_my_phone")

    def is_sent(codes: int) -> Callable[[], bool]:
        return lambda: len(sent) == codes and beeper.waiting > 0

    automation = example(ROOT / "README.md")
    assert await async_setup_component(hass, "automation", {"automation": automation})
    beeper.set_status(WHATSAPP, "connected")
    await loaded.runtime_data.coordinator.async_refresh()

    beeper.set_status(WHATSAPP, "reconnect_required")
    await loaded.runtime_data.coordinator.async_refresh()
    await until(is_sent(1))
    [session_id] = beeper.sessions
    for codes in (2, 3):
        freezer.tick(1)
        beeper.phone.rotate(session_id)
        await until(is_sent(codes))
    beeper.phone.scan(session_id)
    await until(lambda: len(sent) == 4)

    assert [call.data["title"] for call in sent] == ["WhatsApp needs you"] * 3 + [
        "WhatsApp"
    ]
    assert sent[0].data["message"] == (
        "Scan the QR code with the WhatsApp mobile app to log in"
    )
    assert sent[0].data["data"] == {
        "tag": "beeper-login",
        "image": "/api/image_proxy/image.beeper_login_qr_code",
    }
    assert sent[3].data["message"] == "WhatsApp is connected again."


async def test_example_of_the_readme_starts_a_login_once(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, clock: Clock
) -> None:
    """An account that needs somebody is no news after an outage."""
    async_mock_service(hass, "notify", "mobile_app_my_phone")
    automation = example(ROOT / "README.md")
    assert await async_setup_component(hass, "automation", {"automation": automation})
    beeper.set_status(WHATSAPP, "connected")
    await clock.run(16)
    beeper.set_status(WHATSAPP, "reconnect_required")
    await clock.run(16)
    [session_id] = beeper.sessions
    await hass.services.async_call(
        "beeper",
        "cancel_login_session",
        {"login_session_id": session_id},
        blocking=True,
    )

    beeper.inject(Fault(status=502))
    await clock.run(61)
    beeper.clear_faults()
    await clock.run(61)

    assert get_state(hass, "sensor.whatsapp_alice_example_status").state == (
        "reconnect_required"
    )
    assert [*beeper.sessions] == [session_id]


# --- Dashboard


@pytest.mark.parametrize("flow_id", ["qr", "phone"])
async def test_dashboard_shows_a_picture_only_of_a_code(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    flow_id: str,
) -> None:
    """The card with the code is hidden while there is none, to scan or to type."""
    dashboard = load_yaml_dict(ROOT / "docs" / "example_dashboard.yaml")
    [card] = [
        card
        for section in dashboard["views"][0]["sections"]
        for card in section["cards"]
        if card["type"] == "picture-entity"
    ]
    [condition] = card["visibility"]
    assert condition.keys() == {"condition", "entity", "state_not"}

    def visible() -> bool:
        return get_state(hass, condition["entity"]).state not in condition["state_not"]

    assert not visible()
    await hass.services.async_call(
        "beeper",
        "reconnect_account",
        {"entity_id": "sensor.whatsapp_alice_example_status", "flow_id": flow_id},
        blocking=True,
    )
    await clock.run(1)

    assert get_state(hass, "sensor.beeper_login_session").state == "waiting_for_display"
    assert visible()


# --- Triggers and conditions


@pytest.mark.parametrize(
    ("name", "before", "now", "expected"),
    [
        ("account_disconnected", "connected", "disconnected", ["Lost: Disconnected"]),
        (
            "account_connected",
            "disconnected",
            "connected",
            ["WhatsApp (Alice Example) is connected."],
        ),
        ("account_needs_attention", "connected", "reconnect_required", []),
    ],
)
async def test_example_of_an_account_trigger_runs(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    name: str,
    before: str,
    now: str,
    expected: list[str],
) -> None:
    """The example for a trigger does what the page says."""
    beeper.set_status(WHATSAPP, before)
    await clock.run(20)
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(
        hass, "automation", {"automation": example(page_of("triggers", name))}
    )

    beeper.set_status(WHATSAPP, now)
    await clock.run(320)

    assert shown(hass) == expected
    assert len(beeper.sessions) == (name == "account_needs_attention")


async def test_example_of_the_warning_trigger_runs(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, clock: Clock
) -> None:
    """What Beeper says on a connected account is shown."""
    beeper.set_status(WHATSAPP, "connected")
    await clock.run(20)
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(
        hass,
        "automation",
        {"automation": example(page_of("triggers", "account_warned"))},
    )

    beeper.set_status(WHATSAPP, "connected", "Your phone was not seen for 12 days")
    await clock.run(20)

    assert shown(hass) == ["Your phone was not seen for 12 days"]


def unexplained(attempt: Attempt) -> Flow:
    """Show a QR code without a word."""
    yield Step("display_and_wait", "qr", "", {"display": {"type": "qr", "data": "2@"}})
    return Identity(attempt.phone_number)


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (
            FLOWS["whatsapp"][0],
            "Scan the QR code with the WhatsApp mobile app to log in",
        ),
        (replace(FLOWS["whatsapp"][0], run=unexplained), "A login is waiting for you."),
    ],
    ids=["explained", "unexplained"],
)
async def test_example_of_the_login_trigger_runs(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    flow: LoginFlow,
    expected: str,
) -> None:
    """The instructions of a login are shown once it waits, or that it does."""
    monkeypatch.setitem(FLOWS, "whatsapp", (flow,))
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(
        hass,
        "automation",
        {"automation": example(page_of("triggers", "login_waiting"))},
    )

    await hass.services.async_call(
        "beeper",
        "create_login_session",
        {"bridge_id": "local-whatsapp"},
        blocking=True,
        return_response=True,
    )
    await clock.run()

    assert shown(hass) == [expected]


@pytest.mark.parametrize(
    ("name", "status"),
    [("needs_attention", "reconnect_required"), ("is_connected", "connected")],
)
@pytest.mark.parametrize("holds", [True, False])
async def test_example_of_a_condition_runs(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    name: str,
    status: str,
    holds: bool,
) -> None:
    """The example for a condition does what the page says."""
    beeper.set_status(WHATSAPP, status if holds else "disabled")
    await poll()
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(
        hass, "automation", {"automation": example(page_of("conditions", name))}
    )

    for _ in range(3):
        await poll(86400)
    hass.bus.async_fire("doorbell")
    await hass.async_block_till_done()

    assert bool(shown(hass)) is holds
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )


# --- What the pages say, and what a person sees


def described(kind: str) -> dict[str, Any]:
    """Return the descriptions of actions, triggers or conditions."""
    descriptions = load_yaml_dict(INTEGRATION / f"{kind}.yaml")
    return {key: it for key, it in descriptions.items() if not key.startswith(".")}


def sections(page: Path) -> dict[str, str]:
    """Return the text of a page under each of its headings."""
    _, *parts = re.split(r"^#+ (.+)\n", page.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of the first table in a text, by their first cell."""
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table is not None
    _, _, *lines = table[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {first: others for first, *others in cells}


def on_one_line(text: str) -> str:
    """Return a text that is wrapped as if it were not."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", sorted(described("services")))
def test_page_of_an_action_tells_its_fields(name: str) -> None:
    """Each field is there, and whether it is required."""
    page = page_of("actions", name)
    [title, *_] = sections(page)
    assert title == STRINGS["services"][name]["name"]
    assert f"`beeper.{name}`" in page.read_text()
    told = {
        field: cells[0] == "yes" for field, cells in rows(sections(page)[title]).items()
    }
    assert told == {
        f"`{field}`": details.get("required", False)
        for field, details in described("services")[name]["fields"].items()
    }


@pytest.mark.parametrize("kind", ["triggers", "conditions"])
def test_every_trigger_and_condition_has_a_page(kind: str) -> None:
    """It is listed where people look, under its name; and there is none besides."""
    names = {key: STRINGS[kind][key]["name"] for key in described(kind)}
    assert {page.stem for page in (DOCS / kind).glob("*.md")} == names.keys()
    for index, folder in (DOCS / f"{kind}.md", ""), (ROOT / "README.md", "docs/"):
        listed = re.findall(
            rf"^\| \[(.+)\]\({folder}{kind}/(\w+)\.md\) \|",
            index.read_text(),
            re.MULTILINE,
        )
        assert {key: name for name, key in listed} == names


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind in ("triggers", "conditions") for key in described(kind)],
)
def test_page_of_a_trigger_or_condition_tells_its_options(kind: str, key: str) -> None:
    """Each is told as the editor names it, and as it is written in YAML."""
    page, texts = page_of(kind, key), STRINGS[kind][key]
    fields = described(kind)[key]["fields"]
    told = sections(page)
    assert next(iter(told)) == texts["name"]
    in_editor, in_yaml = told["In the user interface"], told["In YAML"]

    # The way there
    add = f"select **Add {kind.removesuffix('s')}**, search for **Beeper**"
    assert add in on_one_line(in_editor)
    assert f"select **{texts['name']}**" in on_one_line(in_editor)
    automation: Any = example(page)
    [used] = automation[kind]
    assert used[kind.removesuffix("s")] == f"beeper.{key}"

    # The options
    if not fields:
        assert "There are no options." in in_editor
        assert in_yaml.rstrip().endswith("```")
        return
    labels = {field: f"**{texts['fields'][field]['name']}**" for field in fields}
    assert [*rows(in_editor)] == [*labels.values()]
    assert [*rows(in_yaml)] == [f"`{field}`" for field in fields]
    for field, details in fields.items():
        [meaning] = rows(in_editor)[labels[field]]
        default, meaning_in_yaml = rows(in_yaml)[f"`{field}`"]
        match details["selector"]:
            case {"automation_behavior": _}:
                assert default == f"`{details['default']}`"
            case {"select": {"options": options, "translation_key": words}}:
                for option in options:
                    assert f"**{STRINGS['selector'][words]['options'][option]}**" in (
                        meaning
                    )
                    assert f"`{option}`" in meaning_in_yaml


def test_fields_of_the_set_up_are_told() -> None:
    """All that a person may be asked for when setting up, under its name."""
    asked = {
        f"**{label}**"
        for step in STRINGS["config"]["step"].values()
        for part in (step, *step.get("sections", {}).values())
        for label in part.get("data", {}).values()
    }
    assert rows(sections(ROOT / "README.md")["Set it up"]).keys() == asked
    scopes = STRINGS["selector"]["scope"]["options"].values()
    [told] = rows(sections(ROOT / "README.md")["Set it up"])[
        "**Allow Home Assistant to**"
    ]
    assert all(f"**{scope.partition(' (')[0]}**" in told for scope in scopes)


def test_choices_of_configure_are_told() -> None:
    """All that a person may choose there, and each setting, under its name."""
    choices = STRINGS["selector"]["configure"]["options"]
    told = rows(sections(ROOT / "README.md")["When an account needs you"])
    assert [*told] == [f"**{choice}**" for choice in choices.values()]
    [settings] = told[f"**{choices['settings']}**"]
    for label in STRINGS["options"]["step"]["settings"]["data"].values():
        assert f"**{label}**" in settings


def test_fields_of_tell_me_are_told() -> None:
    """All that a person may choose there, and all titles of notifications."""
    told = sections(DOCS / "notifications.md")
    fields = STRINGS["options"]["step"]["tell_me"]["data"].values()
    assert [*rows(told["Notifications"])] == [f"**{field}**" for field in fields]
    words = STRINGS["selector"]["notification"]["options"].values()
    titles = [
        f"**{word.format(account='WhatsApp')}**"
        for word in words
        if "{account}" in word
    ]
    assert sorted(rows(told["What you are told"])) == sorted(titles)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them of its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """What a page links to in this repository is there, down to the heading."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
