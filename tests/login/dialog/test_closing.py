"""Dialogs that are closed, whose entry goes, and two of them at once."""

import asyncio
import json
import threading
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.limits import MAX_INLINE
from custom_components.beeper.login.pasted.reader import pick_cookies
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator import Fault, Simulator
from tests.accounts import SIGNAL, SLACK, WHATSAPP
from tests.conftest import StateOf
from tests.dialog import Json
from tests.lookup import get_state

from .person import Person, keyed

# --- The entry goes


@pytest.mark.parametrize("bridge_id", ["local-signal", "local-telegram", "instagramgo"])
@pytest.mark.parametrize("way", ["async_unload", "async_reload", "async_remove"])
async def test_entry_that_goes_while_a_dialog_is_open(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    person: Person,
    bridge_id: str,
    way: str,
) -> None:
    """The dialog says that its session is over, and starts over as soon as it can."""
    dialog = await person.connect(bridge_id, "phone")
    step, session = dialog.at, person.session
    entered = keyed(person.right)

    await getattr(hass.config_entries, way)(loaded.entry_id)
    await person.dialogs.see(dialog)
    if entered:
        await person.enter(dialog, **entered)

    assert dialog.at == "cancelled"
    assert session.forgotten
    await dialog.start_over()
    assert dialog.at == (step if way == "async_reload" else "not_loaded")


@pytest.mark.parametrize("way", ["async_unload", "async_remove"])
async def test_entry_that_goes_before_a_way_to_sign_in_is_chosen(
    hass: HomeAssistant, loaded: MockConfigEntry, person: Person, way: str
) -> None:
    """There is nothing more to do in this dialog."""
    dialog = await person.connect("local-whatsapp")
    await getattr(hass.config_entries, way)(loaded.entry_id)

    await dialog.enter()

    assert (dialog.step["type"], dialog.at) == ("abort", "not_loaded")
    assert person.beeper.sessions == {}


# --- Closing


@pytest.mark.parametrize(
    ("bridge_id", "flow_id"),
    [
        ("local-signal", "qr"),
        ("local-telegram", "phone"),
        ("instagramgo", "instagram"),
        ("imessage", "nothing"),
    ],
)
async def test_session_ends_with_its_dialog(
    hass: HomeAssistant, person: Person, bridge_id: str, flow_id: str
) -> None:
    """Closing the dialog cancels the session in Beeper, and leaves nothing behind."""
    dialog = await person.connect(bridge_id, flow_id)

    await dialog.close()
    await person.dialogs.see()

    assert person.session.status == "cancelled"
    assert person.session.forgotten
    assert person.beeper.waiting == 0
    assert get_state(hass, "sensor.beeper_login_session").state == "cancelled"
    before = sessions_asked(person.beeper)
    await person.dialogs.see(after=60)
    assert sessions_asked(person.beeper) == before


@pytest.mark.parametrize("account_id", [WHATSAPP, SIGNAL, SLACK])
async def test_session_ends_with_the_dialog_of_an_issue(
    hass: HomeAssistant, entry: MockConfigEntry, person: Person, account_id: str
) -> None:
    """The issue stays."""
    dialog = await person.fix(account_id)
    if account_id != SIGNAL:
        await dialog.enter()

    await dialog.close()
    await person.dialogs.see(after=16)

    assert person.session.forgotten
    issue_id = f"reconnect_{entry.entry_id}_{account_id}"
    assert ir.async_get(hass).async_get_issue("beeper", issue_id)


async def test_session_ends_with_its_dialog_while_beeper_is_away(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """Beeper cannot be told, but nobody goes on waiting for the session."""
    dialog = await person.connect("local-signal")
    await beeper.stop()

    await dialog.close()
    await person.dialogs.see(after=1)
    await beeper.start()

    assert get_state(hass, "sensor.beeper_login_session").state == "cancelled"
    before = sessions_asked(beeper)
    await person.dialogs.see(after=60)
    assert sessions_asked(beeper) == before


async def test_dialog_that_is_closed_after_the_end_cancels_nothing(
    person: Person,
) -> None:
    """There is no session any more."""
    dialog = await person.connect("local-signal")
    await person.on_phone(dialog, "refuse")

    await dialog.close()
    await person.dialogs.see()

    assert person.session.status == "failed"
    assert not any(request.method == "DELETE" for request in person.beeper.requests)


async def test_dialog_that_is_closed_before_there_is_a_session_leaves_none_behind(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """A session that starts when the dialog is closed already is cancelled."""
    dialog = await person.connect("local-whatsapp")
    beeper.inject(Fault(method="POST", path="*/login-sessions", delay=2))
    arrived = hass.async_create_task(
        beeper.wait_for_request("/v1/bridges/local-whatsapp/login-sessions")
    )
    chosen = hass.async_create_task(dialog.send_anything({"flow": "qr"}))
    await arrived

    await dialog.close()
    await person.dialogs.see(after=3)

    assert await chosen == 404
    assert person.session.forgotten
    assert get_state(hass, "sensor.beeper_login_session").state == "cancelled"


async def test_dialog_that_is_closed_while_a_long_text_is_read(
    hass: HomeAssistant, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read in another thread; what is found there is for nobody."""
    dialog = await person.connect("instagramgo", "cookies")
    started, closed = threading.Event(), threading.Event()

    def read(*arguments: Any) -> dict[str, str]:
        started.set()
        assert closed.wait(timeout=10)
        return pick_cookies(*arguments)

    monkeypatch.setattr(
        "custom_components.beeper.login.pasted.reader.pick_cookies", read
    )
    text = json.dumps(person.right | {"a": "1" * MAX_INLINE})
    sent = hass.async_create_task(dialog.send_anything({"paste": text}))
    await hass.async_add_executor_job(started.wait, 10)

    await dialog.close()
    closed.set()

    assert await sent == 404
    await person.dialogs.see()
    assert person.session.forgotten
    assert not any("/steps/" in request.path for request in person.beeper.requests)


@pytest.mark.parametrize("bridge_id", ["local-telegram", "instagramgo"])
async def test_dialog_that_is_closed_while_an_answer_is_on_its_way(
    hass: HomeAssistant, beeper: Simulator, person: Person, bridge_id: str
) -> None:
    """What Beeper makes of the answer is for nobody."""
    dialog = await person.connect(bridge_id, "phone")
    session = person.session
    beeper.inject(Fault(method="POST", path="*/steps/*", delay=2, times=1))
    arrived = hass.async_create_task(
        beeper.wait_for_request(
            f"/v1/bridges/{bridge_id}/login-sessions/{session.id}"
            f"/steps/{session.step.step_id}"
        )
    )
    entered: Json = keyed(person.right)
    if bridge_id == "instagramgo":
        entered = {"values": entered}
    sent = hass.async_create_task(dialog.send_anything(entered))
    await arrived

    await dialog.close()
    await person.dialogs.see(after=3)

    assert await sent == 404
    assert session.forgotten


async def test_dialog_that_is_closed_while_an_answer_is_refused(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """Nobody is there to be told why, even where Beeper has not heard of the end yet."""
    dialog = await person.connect("local-telegram", "phone")
    session = person.session
    beeper.inject(Fault(method="DELETE", path="*/login-sessions/*", delay=4))
    beeper.inject(Fault(method="POST", path="*/cancel", delay=4))
    beeper.inject(Fault(method="POST", path="*/steps/*", delay=2, status=500))
    arrived = hass.async_create_task(
        beeper.wait_for_request(
            f"/v1/bridges/local-telegram/login-sessions/{session.id}"
            f"/steps/{session.step.step_id}"
        )
    )
    sent = hass.async_create_task(dialog.send_anything(keyed(person.right)))
    await arrived

    await dialog.close()
    await person.dialogs.see(after=6)

    assert await sent == 404


async def test_two_clicks_leave_one_session(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """Whoever starts twice at once has one session in the dialog, and none besides."""
    dialog = await person.connect("local-whatsapp")
    beeper.inject(Fault(method="POST", path="*/login-sessions", delay=2, times=2))
    clicks = [hass.async_create_task(dialog.enter(flow="qr")) for _ in range(2)]
    await beeper.wait_for_request("/v1/bridges/local-whatsapp/login-sessions")
    await person.dialogs.see(after=5)
    await asyncio.gather(*clicks)

    first, second = beeper.sessions.values()
    assert (first.forgotten, second.forgotten) == (True, False)
    await dialog.reload()
    await person.on_phone(dialog, "scan")
    assert dialog.at == "connected"


def sessions_asked(beeper: Simulator) -> int:
    """Return how many requests for login sessions Beeper was sent."""
    return sum("login-sessions" in request.path for request in beeper.requests)


# --- Two at once


@pytest.mark.parametrize("account_id", [WHATSAPP, SLACK])
async def test_later_dialog_takes_over(person: Person, account_id: str) -> None:
    """The earlier one says so, and can take the account back."""
    earlier = await person.fix(account_id, None)
    await earlier.enter()
    entered = keyed(person.right)

    later = await person.reconnect(account_id, None)
    await later.enter()
    await person.dialogs.see(earlier, later)
    if entered:
        await person.enter(earlier, **entered)

    assert (earlier.at, earlier.title) == ("taken_over", "Started somewhere else")
    assert later.at in ("scan_qr_code", "user_input")
    assert earlier.button == "Continue here instead"
    await earlier.start_over()
    await person.dialogs.see(later)
    if entered:
        await person.enter(later, **entered)
    assert earlier.at in ("scan_qr_code", "user_input")
    assert later.at == "taken_over"
    live = [item for item in person.beeper.sessions.values() if not item.ended]
    assert live == [person.session]


async def test_dialog_that_makes_way_for_nothing_says_no_more_than_it_knows(
    beeper: Simulator, person: Person
) -> None:
    """The later one could not start: nobody is connecting the account now."""
    earlier = await person.reconnect(SIGNAL)
    beeper.inject(Fault(method="POST", path="*/login-sessions", status=502))

    later = await person.reconnect(SIGNAL)
    await person.dialogs.see(earlier)

    assert (earlier.at, later.at) == ("taken_over", "not_started")
    assert "is being connected" not in earlier.text
    assert "That ended the sign-in in this window." in earlier.text
    beeper.clear_faults()
    await earlier.start_over()
    assert earlier.at == "scan_qr_code"


async def test_action_takes_over_from_a_dialog(
    hass: HomeAssistant, person: Person, state_of: StateOf
) -> None:
    """An automation that reconnects the account is one more way to do so."""
    dialog = await person.reconnect(WHATSAPP, "qr")

    await hass.services.async_call(
        "beeper",
        "reconnect_account",
        {"entity_id": state_of(f"{WHATSAPP}_status").entity_id},
        blocking=True,
        return_response=True,
    )
    await person.dialogs.see(dialog)

    assert dialog.at == "taken_over"
    await dialog.close()
    await person.dialogs.see()
    assert not person.session.ended


async def test_dialog_takes_over_from_an_action(
    hass: HomeAssistant, person: Person, state_of: StateOf
) -> None:
    """There is one session per account."""
    await hass.services.async_call(
        "beeper",
        "reconnect_account",
        {"entity_id": state_of(f"{WHATSAPP}_status").entity_id},
        blocking=True,
        return_response=True,
    )
    started = person.session

    dialog = await person.reconnect(WHATSAPP, "qr")

    assert dialog.at == "scan_qr_code"
    assert started.forgotten


async def test_dialogs_for_new_accounts_do_not_disturb_each_other(
    person: Person,
) -> None:
    """Two people may connect an account each."""
    one = await person.connect("local-signal")
    other = await person.connect("local-signal")

    for session in list(person.beeper.sessions.values()):
        person.beeper.phone.scan(session.id)
    await person.dialogs.see(one, other)

    assert (one.at, other.at) == ("connected", "connected")
