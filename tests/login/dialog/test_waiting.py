"""Steps in which there is nothing to fill in: they move on by themselves, and lead back."""

from copy import deepcopy
import threading
from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.beeper.const import POLL_INTERVAL
from custom_components.beeper.login.dialog import BEGINS_TO_LISTEN
from custom_components.beeper.qr_code import qr_code_uri
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED
from homeassistant.exceptions import HomeAssistantError
from simulator import Fault, Simulator
from simulator.login_flows import Step as ServedStep
from tests.accounts import SIGNAL, SLACK, WHATSAPP

from .person import Network, Person, asks_for, displays, read_qr_code

A_POLL: Final = POLL_INTERVAL.total_seconds() + 1

WAITING = {
    "scan_qr_code": displays(type="qr", data="anything"),
    "enter_code": displays(type="code", data="ABCD-1234"),
    "tap_emoji": displays(type="emoji", data="\N{SPARKLES}"),
    "wait": displays(type="nothing"),
    "finish_in_beeper": displays(type="a newer one"),
}
"""A step of Beeper for each of ours in which there is nothing to fill in."""


# --- The way back


@pytest.mark.parametrize(("at", "step"), WAITING.items(), ids=WAITING)
async def test_only_way_is_begun_anew(
    person: Person, network: Network, at: str, step: ServedStep
) -> None:
    """What does not work, or is over, need not be waited for."""
    network(step)
    dialog = await person.connect("local-signal")
    first = person.session
    assert (dialog.at, dialog.button) == (at, "Start over")
    assert "another way" not in dialog.text

    await dialog.start_over()

    assert dialog.at == at
    assert person.session is not first
    assert first.forgotten or first.status == "cancelled"


async def test_one_can_go_back_from_a_code_to_the_choice(person: Person) -> None:
    """Who holds the phone that is to scan the code takes the other way."""
    dialog = await person.reconnect(WHATSAPP, "qr")
    assert dialog.at == "scan_qr_code"
    assert dialog.text.endswith("To sign in another way, select **Start over**.")
    left = person.session

    await dialog.start_over()
    assert dialog.at == "choose_flow"
    # The code changes, but that is no longer on the screen
    person.beeper.phone.rotate(left.id)
    await person.dialogs.see(dialog, after=20)
    assert dialog.at == "choose_flow"

    await dialog.choose_flow("Pairing code")
    assert dialog.at == "enter_code"
    assert left.forgotten or left.status == "cancelled"


async def test_going_back_comes_too_late(person: Person) -> None:
    """Who is connected meanwhile is told so, and no other session is started."""
    dialog = await person.connect("local-signal")
    person.beeper.phone.scan(person.session.id)
    await person.dialogs.see(after=5)

    await dialog.start_over()

    assert dialog.at == "connected"
    assert len(person.beeper.sessions) == 1


# --- What the page is told


async def test_page_that_listens_late_is_told_again(
    hass: HomeAssistant, person: Person
) -> None:
    """It may take its time to draw the first step; and some pages are never drawn."""
    told = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)
    dialog = await person.dialogs.configure("connect")
    await dialog.enter(bridge="local-signal")
    assert dialog.at == "start"

    await person.dialogs.see(after=BEGINS_TO_LISTEN + 0.1)
    assert len(told) == 1
    await person.dialogs.see(after=3.5)
    assert len(told) == 3
    await person.dialogs.see(after=36)
    assert len(told) == 6

    await dialog.reload()
    assert dialog.at == "scan_qr_code"
    await person.dialogs.see(after=2)
    assert len(told) == 6


async def test_page_that_slept_is_told_again(
    hass: HomeAssistant, person: Person
) -> None:
    """A phone in a pocket hears nothing; one that hears is told once."""
    dialog = await person.connect("local-signal")
    told = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)
    person.beeper.phone.scan(person.session.id)

    await person.dialogs.see(after=9)
    assert len(told) == 1
    await person.dialogs.see(after=15)
    assert len(told) == 2
    await person.dialogs.see(after=1_000)
    assert len(told) == 7

    await dialog.reload()
    assert dialog.at == "connected"
    await person.dialogs.see(after=1_000)
    assert len(told) == 7


async def test_page_of_a_dialog_that_is_closed_is_told_nothing(
    hass: HomeAssistant, person: Person
) -> None:
    """Nobody looks at it any more."""
    dialog = await person.connect("local-signal")
    person.beeper.phone.scan(person.session.id)
    await person.dialogs.see(after=1)
    told = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)

    await dialog.close()

    await person.dialogs.see(after=1_000)
    assert told == []


async def test_code_that_changes_while_it_is_drawn(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is shown is the code that counts."""
    dialog = await person.connect("local-signal")
    drawn: list[str] = []
    started, replaced = threading.Event(), threading.Event()

    def draw_slowly(data: str) -> str:
        drawn.append(data)
        started.set()
        assert replaced.wait(timeout=10)
        return qr_code_uri(data)

    monkeypatch.setattr(
        "custom_components.beeper.login.dialog_form.qr_code_uri", draw_slowly
    )
    seen = hass.async_create_task(dialog.reload())
    await hass.async_add_executor_job(started.wait, 10)
    [login] = loaded.runtime_data.logins.known
    person.beeper.phone.rotate(person.session.id)
    await login.async_wait_for_change()
    replaced.set()
    await seen

    assert len(drawn) == len({*drawn}) == 2
    assert read_qr_code(dialog.placeholders["picture"]) == drawn[-1]


# --- Somebody signs in elsewhere


@pytest.mark.parametrize(
    ("account_id", "flow_id", "at"),
    [
        (SLACK, "token", "cookies"),
        (WHATSAPP, "qr", "scan_qr_code"),
        (SIGNAL, None, "scan_qr_code"),
    ],
)
@pytest.mark.parametrize("way", ["reconnect", "fix"])
async def test_account_that_is_connected_elsewhere(
    person: Person,
    account_id: str,
    flow_id: str | None,
    at: str,
    way: str,
) -> None:
    """It closes by itself, as it says, and cancels the session that nobody needs."""
    dialog = await getattr(person, way)(account_id, flow_id)
    assert dialog.at == at
    session = person.session

    person.beeper.set_status(account_id, "connected")
    await person.dialogs.see(dialog, after=A_POLL)

    assert dialog.at == ("connected" if way == "reconnect" else "create_entry")
    assert session.forgotten or session.status == "cancelled"


async def test_new_account_that_is_connected_elsewhere(
    person: Person, beeper: Simulator
) -> None:
    """Of the network of the dialog, an account that was not there before is the one."""
    dialog = await person.connect("slackgo", "token")
    slack = deepcopy(beeper.accounts[SLACK])
    other = deepcopy(beeper.accounts[SIGNAL])
    for account in (slack, other):
        account["status"] = "connected"
        account["accountID"] += "2"
    slack["user"]["fullName"] = "Bob Example"

    beeper.add_account(other)
    beeper.set_status(SLACK, "connected")
    await person.dialogs.see(dialog, after=A_POLL)
    assert dialog.at == "cookies"

    beeper.add_account(slack)
    await person.dialogs.see(dialog, after=A_POLL)
    assert dialog.at == "connected"
    assert "Bob Example" in dialog.text


async def test_account_that_is_connected_already_is_no_reason_to_close(
    person: Person,
) -> None:
    """Whoever reconnects an account that works means it."""
    person.beeper.set_status(SIGNAL, "connected")
    await person.dialogs.see(after=A_POLL)
    dialog = await person.reconnect(SIGNAL)

    person.beeper.set_status(SIGNAL, "connected", "Since just now")
    await person.dialogs.see(dialog, after=A_POLL)

    assert dialog.at == "scan_qr_code"


async def test_account_is_seen_to_be_connected_before_its_login_is(
    person: Person, beeper: Simulator
) -> None:
    """A session that has done its work is not cancelled."""
    dialog = await person.fix(SIGNAL)
    session = person.session
    # The wait for the end of the step is not answered in time, a look is
    beeper.inject(Fault(method="POST", path="*/steps/*", delay=30))
    beeper.drop_connections()
    await person.dialogs.see(dialog, after=3)
    beeper.phone.scan(session.id)

    person.beeper.set_status(SIGNAL, "connected")
    await person.dialogs.see(dialog, after=A_POLL)

    assert dialog.at == "create_entry"
    assert session.status == "complete"


async def test_beeper_that_does_not_tell_how_the_session_stands(
    person: Person, beeper: Simulator
) -> None:
    """That the account is connected counts."""
    dialog = await person.fix(SIGNAL)
    beeper.inject(Fault(path="*/login-sessions/*", status=500))

    person.beeper.set_status(SIGNAL, "connected")
    await person.dialogs.see(dialog, after=A_POLL)

    assert dialog.at == "create_entry"


@pytest.mark.parametrize(
    ("step", "at"),
    [
        (
            ServedStep("webauthn", "com.example.passkey", "Use your passkey", {}),
            "passkey",
        ),
        (asks_for({"id": "a"}), "user_input"),
    ],
    ids=["passkey", "input"],
)
async def test_step_that_can_be_done_elsewhere_only(
    person: Person, network: Network, step: ServedStep, at: str
) -> None:
    """A page that has begun to listen hears of it at any step."""
    network(displays(type="nothing"), step)
    dialog = await person.reconnect(SIGNAL)
    await person.on_phone(dialog, "approve")
    assert dialog.at == at

    person.beeper.set_status(SIGNAL, "connected")
    await person.dialogs.see(dialog, after=A_POLL)

    assert dialog.at == "connected"


async def test_session_that_somebody_else_has_worn_out(
    beeper: Simulator, person: Person, hass: HomeAssistant, network: Network
) -> None:
    """Nothing that is typed goes before it is sent."""
    network(displays(type="nothing"), asks_for({"id": "a"}))
    dialog = await person.reconnect(SIGNAL)
    await person.on_phone(dialog, "approve")
    assert dialog.at == "user_input"
    told = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)

    beeper.inject(Fault(method="POST", path="*/steps/*", status=404))
    for _ in range(2):
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(
                "beeper",
                "submit_login_step",
                {"login_session_id": person.session.id, "fields": {"a": "a"}},
                blocking=True,
                return_response=True,
            )
    await person.dialogs.see(dialog, after=9)
    assert told == []

    await person.enter(dialog, field_1="a")

    assert dialog.at == "stuck"
