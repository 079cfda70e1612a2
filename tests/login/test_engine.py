"""The login engine: what may go wrong with a session, and that nothing of it stays behind."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import logging
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.api import BeeperClient
from custom_components.beeper.const import DOMAIN
from custom_components.beeper.login.engine import CANCEL_TIMEOUT, FORGET_AFTER
from custom_components.beeper.login.form import form_of
from custom_components.beeper.login.pace import LOOK_INTERVAL
from custom_components.beeper.login.session import Login, Unsupported
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_ACCESS_TOKEN,
    CONF_URL,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator
from tests.accounts import RESTLESS, WHATSAPP
from tests.clock import Clock
from tests.conftest import OurLog, StateOf
from tests.login.conftest import Act, Shown, Start
from tests.lookup import get_state
from tests.network_flows import TELEGRAM_PHONE

WHATSAPP_STATUS = "sensor.whatsapp_alice_example_status"
SESSIONS = "*/login-sessions*"
STEPS = "*/steps/*"

type AskedIn = Callable[[float], Awaitable[int]]
type CheckCompletes = Callable[..., Awaitable[None]]
type Enter = Callable[..., Coroutine[Any, Any, dict[str, Any]]]
type Stop = Callable[[], Awaitable[None]]


@pytest.fixture(params=["local-signal", "local-telegram"])
async def session_id(
    request: pytest.FixtureRequest, loaded: MockConfigEntry, start: Start
) -> str:
    """Return the ID of a session that waits for the phone, and of one with a form."""
    return await start(request.param)


@pytest.fixture
def enter_number(act: Act) -> Enter:
    """Return a function that answers a session which asks for a phone number."""

    async def enter_number(
        session_id: str, field: str = TELEGRAM_PHONE.field
    ) -> dict[str, Any]:
        return await act(
            "submit_login_step",
            login_session_id=session_id,
            fields={field: "+15555550199"},
        )

    return enter_number


@pytest.fixture
def asked_in(beeper: Simulator, clock: Clock) -> AskedIn:
    """Return a function that lets seconds pass, and counts requests for sessions."""

    async def asked_in(seconds: float) -> int:
        before = asked(beeper)
        await clock.run(seconds)
        return asked(beeper) - before

    return asked_in


@pytest.fixture
def check_completes(beeper: Simulator, clock: Clock, shown: Shown) -> CheckCompletes:
    """Return a function that scans a code, and asserts that the login is complete then.

    By default that is at once; it can also be within some seconds.
    """

    async def check_completes(session_id: str, within: float = 0) -> None:
        beeper.phone.scan(session_id)
        await clock.run(within)
        assert shown() == ("complete", None)

    return check_completes


SHOWS_QR = ("waiting_for_display", "fi.mau.signal.login.qr")
ASKS_FOR_NUMBER = ("waiting_for_input", "fi.mau.telegram.login.phone_number")
ASKS_FOR_CODE = ("waiting_for_input", "fi.mau.telegram.login.code")


def count(beeper: Simulator, method: str, path: str = "login-sessions") -> int:
    """Return how many such requests a Beeper was sent."""
    return sum(
        request.method == method and path in request.path for request in beeper.requests
    )


def asked(beeper: Simulator) -> int:
    """Return how many requests for login sessions a Beeper was sent."""
    return sum("login-sessions" in request.path for request in beeper.requests)


# --- Sessions that end without success


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("submit_login_step", {"fields": {"phone_number": "+15555550100"}}),
        ("cancel_login_session", {}),
    ],
)
async def test_stopped_script_leaves_a_login_that_is_followed(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    start: Start,
    asked_in: AskedIn,
    action: str,
    data: dict[str, Any],
) -> None:
    """Whether Beeper has received what the script asked for is found out."""
    session_id = await start("local-whatsapp", flow_id="phone")
    perform = {
        "action": f"beeper.{action}",
        "data": data | {"login_session_id": session_id},
    }
    script = {"script": {"answer": {"sequence": [perform]}}}
    assert await async_setup_component(hass, "script", script)
    beeper.inject(Fault(method="POST", path=STEPS, delay=5))
    beeper.inject(Fault(method="DELETE", path=SESSIONS, delay=5))
    await hass.services.async_call("script", "answer")
    await clock.run(1)

    await hass.services.async_call(
        "script", "turn_off", {ATTR_ENTITY_ID: "script.answer"}
    )

    await clock.run(30)
    assert await asked_in(60) > 0


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("reason", "code", "message"),
    [
        (
            "login_timed_out",
            "FI.MAU.BRIDGE.LOGIN_TIMED_OUT",
            "Entering code or scanning QR timed out. Please try again.",
        ),
        (
            "cancelled_on_phone",
            "FI.MAU.SIGNAL.DEVICE_LINK_REJECTED",
            "The login was cancelled on the phone.",
        ),
        (
            "device_limit_reached",
            "FI.MAU.SIGNAL.DEVICE_LIMIT_REACHED",
            "The account has no room for another linked device.",
        ),
    ],
)
async def test_failure_is_told(
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    state_of: StateOf,
    reason: str,
    code: str,
    message: str,
) -> None:
    """What ends a session on the phone or on the network's side is told at once."""
    session_id = await start()

    beeper.phone.fail(session_id, reason)
    await clock.run()

    state = state_of("login_session")
    assert (state.state, state.attributes["error"]) == ("failed", message)
    session = await act("get_login_session", login_session_id=session_id)
    assert session["status"] == "failed"
    assert session["error"] == {"code": code, "message": message}
    assert "current_step" not in session
    assert beeper.waiting == 0


@pytest.mark.usefixtures("loaded")
async def test_session_that_nobody_acts_on_times_out_by_itself(
    clock: Clock, start: Start, shown: Shown
) -> None:
    """A network gives up a code that nobody scans, and we hear of it through the wait."""
    await start()

    await clock.run(899)
    assert shown() == SHOWS_QR
    await clock.run(2)
    assert shown() == ("failed", None)


@pytest.mark.usefixtures("loaded")
async def test_form_that_nobody_fills_in_is_lost(
    clock: Clock, act: Act, start: Start, state_of: StateOf
) -> None:
    """Beeper forgets a session that waits for input for too long; it then is unknown."""
    session_id = await start("local-telegram")

    await clock.run(600 + LOOK_INTERVAL)

    assert state_of("login_session").state == "failed"
    session = await act("get_login_session", login_session_id=session_id)
    assert session["error"]["code"] == "login_session_lost"


async def test_cancel_ends_the_session_in_beeper(
    beeper: Simulator, act: Act, asked_in: AskedIn, shown: Shown, session_id: str
) -> None:
    """A session is cancelled whether it waits for the phone or for a form."""
    session = await act("cancel_login_session", login_session_id=session_id)

    assert session["status"] == "cancelled"
    assert shown() == ("cancelled", None)
    assert count(beeper, "DELETE") == 1
    assert beeper.sessions[session_id].forgotten
    assert beeper.waiting == 0
    assert await asked_in(60) == 0


@pytest.mark.usefixtures("loaded")
async def test_ended_session_is_not_cancelled_again(
    beeper: Simulator, act: Act, start: Start
) -> None:
    """Cancelling what has ended changes nothing and asks nobody."""
    session_id = await start()
    await act("cancel_login_session", login_session_id=session_id)

    session = await act("cancel_login_session", login_session_id=session_id)

    assert session["status"] == "cancelled"
    assert count(beeper, "DELETE") == 1


@pytest.mark.usefixtures("loaded")
async def test_cancel_that_comes_too_late_is_refused_and_the_end_is_shown(
    beeper: Simulator, clock: Clock, act: Act, start: Start, shown: Shown
) -> None:
    """A session that has ended in Beeper before we heard of it keeps its true end."""
    session_id = await start("local-telegram")
    beeper.phone.time_out(session_id)

    with pytest.raises(HomeAssistantError) as raised:
        await act("cancel_login_session", login_session_id=session_id)
    assert raised.value.translation_key == "conflict"

    await clock.run(LOOK_INTERVAL)
    assert shown() == ("failed", None)


@pytest.mark.usefixtures("loaded")
async def test_cancel_that_fails_leaves_the_session_running(
    beeper: Simulator, clock: Clock, act: Act, start: Start, shown: Shown
) -> None:
    """A session that could not be cancelled is followed on."""
    session_id = await start()
    beeper.inject(Fault(method="DELETE", status=500, times=1))

    with pytest.raises(HomeAssistantError) as raised:
        await act("cancel_login_session", login_session_id=session_id)
    assert raised.value.translation_key == "bridge_failed"
    await clock.run()
    assert shown() == SHOWS_QR
    assert beeper.waiting == 1

    await act("cancel_login_session", login_session_id=session_id)
    assert shown() == ("cancelled", None)


async def test_restart_of_beeper_loses_the_session(
    beeper: Simulator, clock: Clock, act: Act, state_of: StateOf, session_id: str
) -> None:
    """A session lives in Beeper's memory: after a restart it has failed, in words."""
    await beeper.stop()
    await clock.run(20)
    await beeper.start()
    await clock.run(60)

    message = (
        "Beeper no longer knows this login session. It took too long, was "
        "canceled, or Beeper was restarted. Start a new one."
    )
    state = state_of("login_session")
    assert (state.state, state.attributes["error"]) == ("failed", message)
    session = await act("get_login_session", login_session_id=session_id)
    assert session["error"] == {"code": "login_session_lost", "message": message}


@pytest.mark.usefixtures("loaded")
async def test_cancel_of_a_session_that_is_gone_is_no_error(
    beeper: Simulator, act: Act, start: Start
) -> None:
    """Gone is what was wanted."""
    session_id = await start("local-telegram")
    await beeper.stop()
    await beeper.start()

    session = await act("cancel_login_session", login_session_id=session_id)

    assert session["status"] == "cancelled"


@pytest.mark.usefixtures("loaded")
async def test_answer_to_a_session_that_is_gone_ends_it(
    beeper: Simulator, start: Start, enter_number: Enter, shown: Shown
) -> None:
    """Whoever fills in a form of before a restart is told so."""
    session_id = await start("local-telegram")
    await beeper.stop()
    await beeper.start()

    with pytest.raises(ServiceValidationError) as raised:
        await enter_number(session_id)

    assert raised.value.translation_key == "not_found"
    assert shown() == ("failed", None)


# --- Trouble on the way


TROUBLES = [
    pytest.param(Fault(path=STEPS, times=3, status=500), id="500"),
    pytest.param(Fault(path=STEPS, times=3, status=502), id="502"),
    pytest.param(
        Fault(path=STEPS, times=3, status=429, headers={"Retry-After": "7"}), id="429"
    ),
    pytest.param(Fault(path=STEPS, times=3, status=401), id="401"),
    pytest.param(Fault(path=STEPS, times=3, status=403), id="403"),
    pytest.param(Fault(path=STEPS, times=3, status=404), id="404"),
    pytest.param(Fault(path=STEPS, times=3, body=b"<html>"), id="garbage"),
    pytest.param(Fault(path=STEPS, times=3, body=b"[]"), id="other JSON"),
    pytest.param(Fault(path=STEPS, times=3, body=b""), id="nothing"),
    pytest.param(Fault(path=STEPS, times=3, truncate=20, body=b"{" * 99), id="half"),
    pytest.param(Fault(path=STEPS, times=3, drop=0, body=b""), id="dropped"),
    pytest.param(
        Fault(path=STEPS, times=3, redirect="https://example.com"), id="redirect"
    ),
    pytest.param(Fault(path=SESSIONS, times=5, status=500), id="500 for all"),
    pytest.param(Fault(path=SESSIONS, times=5, drop=0, body=b""), id="dropped for all"),
]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("fault", TROUBLES)
async def test_waiting_survives_trouble(
    beeper: Simulator,
    start: Start,
    asked_in: AskedIn,
    shown: Shown,
    check_completes: CheckCompletes,
    our_log: OurLog,
    fault: Fault,
) -> None:
    """Whatever a wait ends with, the session goes on, and nobody needs to read of it."""
    session_id = await start()
    beeper.inject(fault)
    beeper.phone.rotate(session_id)

    assert await asked_in(60) < 20
    assert shown() == SHOWS_QR
    assert beeper.waiting == 1
    await check_completes(session_id)
    assert our_log() == []


@pytest.mark.usefixtures("loaded")
async def test_cut_connection_is_noticed_at_once(
    beeper: Simulator, clock: Clock, start: Start, check_completes: CheckCompletes
) -> None:
    """After a proxy has cut the wait we look, and wait again without delay."""
    session_id = await start()
    await clock.run(10)

    for _ in range(3):
        beeper.drop_connections()
        await clock.run()
        assert beeper.waiting == 1
        await clock.run(40)

    beeper.drop_connections()
    await check_completes(session_id)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("fault", "most"),
    [
        (Fault(path=SESSIONS, status=500), 7),
        # aiohttp makes a lost connection anew, and we try a read once more
        (Fault(path=SESSIONS, drop=0, body=b""), 13),
        (Fault(path=SESSIONS, body=b"[]"), 7),
        (Fault(path=SESSIONS, status=401), 7),
        (Fault(path=STEPS, status=500), 7),
        (Fault(path=STEPS, status=403), 7),
        (Fault(path=STEPS, body=b"[]"), 7),
    ],
)
async def test_lasting_trouble_is_met_with_patience(
    beeper: Simulator,
    clock: Clock,
    start: Start,
    asked_in: AskedIn,
    fault: Fault,
    most: int,
) -> None:
    """The longer it lasts the less often Beeper is asked: every half minute in the end."""
    # Given a code that does not rotate: a new one would be a sign of life
    await start("imessage")

    # When it has lasted for a minute
    beeper.inject(fault)
    beeper.drop_connections()
    await clock.run(60)

    # Then there are three pauses in a minute and a half, after each a look and maybe a
    # try to wait
    assert 2 <= await asked_in(90) <= most


@pytest.mark.usefixtures("loaded")
async def test_address_that_swallows_everything_is_met_with_patience(
    beeper: Simulator, clock: Clock, start: Start, asked_in: AskedIn
) -> None:
    """Requests that time out one after the other are made ever less often, too."""
    await start()
    beeper.inject(Fault(method="GET", path=SESSIONS, delay=3600))
    beeper.drop_connections()
    await clock.run(180)

    # 30 seconds until the time-out and 30 of pause
    assert 2 <= await asked_in(180) <= 4


@pytest.mark.usefixtures("loaded")
async def test_beeper_that_asks_to_be_left_alone_is_left_alone(
    beeper: Simulator,
    clock: Clock,
    start: Start,
    asked_in: AskedIn,
    check_completes: CheckCompletes,
) -> None:
    """A Retry-After also holds for a session; the login goes on after it."""
    session_id = await start()
    beeper.inject(
        Fault(path=SESSIONS, times=1, status=429, headers={"Retry-After": "100"})
    )
    beeper.phone.rotate(session_id)
    await clock.run()

    assert await asked_in(98) == 0
    await clock.run(3)
    assert beeper.waiting == 1
    await check_completes(session_id)


@pytest.mark.usefixtures("loaded")
async def test_beeper_that_does_not_block_is_not_hammered(
    beeper: Simulator, start: Start, asked_in: AskedIn, check_completes: CheckCompletes
) -> None:
    """After many answers at once it is only looked at; changes still come through."""
    session_id = await start()
    same = orjson.dumps(beeper.sessions[session_id].wire)
    beeper.inject(Fault(path=STEPS, body=same))
    beeper.drop_connections()

    assert await asked_in(120) < 60
    await check_completes(session_id, within=30)


@pytest.mark.usefixtures("loaded")
async def test_answers_without_a_change_do_not_make_a_code_stale(
    beeper: Simulator, clock: Clock, start: Start, state_of: StateOf
) -> None:
    """A wait that is answered as another one joins is no trouble: we wait again."""
    session_id = await start()
    same = orjson.dumps(beeper.sessions[session_id].wire)
    beeper.inject(Fault(path=STEPS, times=8, delay=5, body=same))
    beeper.drop_connections()
    started = state_of("login_session").attributes["last_changed"]
    await clock.run(42)
    assert state_of("login_session").attributes["last_changed"] == started
    assert beeper.waiting == 1

    beeper.phone.rotate(session_id)
    await clock.run()

    assert state_of("login_session").attributes["last_changed"] > started


def qr_code_of(login: Login) -> str | None:
    """Return the code that is shown of a login."""
    form = form_of(login)
    return form.qr_code if form else None


@pytest.mark.parametrize("asked", ["look", "wait"])
async def test_answer_that_comes_late_does_not_bring_back_an_old_code(
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    act: Act,
    start: Start,
    asked: str,
) -> None:
    """Where two answers were on their way, what holds is looked up."""
    session_id = await start()
    login = loaded.runtime_data.logins.get(session_id)
    session = beeper.sessions[session_id]
    old = orjson.dumps(session.wire)
    if asked == "look":
        beeper.inject(Fault(method="GET", path=SESSIONS, times=1, delay=3, body=old))
        looking = asyncio.create_task(
            act("get_login_session", login_session_id=session_id)
        )
        await clock.run(1)
        beeper.phone.rotate(session_id)
        await clock.run(3)
        display = looking.result()["current_step"]["display"]
        assert display["data"] == session.wire["currentStep"]["display"]["data"]
    else:
        beeper.inject(Fault(path=STEPS, times=1, delay=3, body=old))
        beeper.drop_connections()
        await clock.run(1)
        beeper.phone.rotate(session_id)
        await act("get_login_session", login_session_id=session_id)
        await clock.run(3)

    assert qr_code_of(login) == session.wire["currentStep"]["display"]["data"]
    assert beeper.waiting == 1


@pytest.mark.usefixtures("loaded")
async def test_token_that_is_revoked_asks_for_a_new_one_only(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    loaded: MockConfigEntry,
    start: Start,
    asked_in: AskedIn,
) -> None:
    """While the token is no good the session is left alone, and unloading still works."""
    await start()
    beeper.revoke(beeper.token)
    beeper.drop_connections()
    await clock.run(90)

    flows = hass.config_entries.flow.async_progress()
    assert [flow["step_id"] for flow in flows] == ["reauth_confirm"]
    assert await asked_in(60) <= 3
    assert await hass.config_entries.async_unload(loaded.entry_id)


async def test_read_only_token_starts_nothing(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    entry: MockConfigEntry,
    act: Act,
    shown: Shown,
) -> None:
    """A token that may only read is refused by Beeper, and we say what is missing."""
    hass.config_entries.async_update_entry(
        entry,
        data={CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.read_only_token},
    )
    await hass.config_entries.async_setup(entry.entry_id)

    with pytest.raises(HomeAssistantError) as raised:
        await act("create_login_session", bridge_id="local-signal")
    await clock.run(60)

    assert raised.value.translation_key == "missing_write_scope"
    assert shown() == ("idle", None)
    assert beeper.sessions == {}
    # Once more to see that it is the token that may not
    assert asked(beeper) == 2


@pytest.mark.usefixtures("loaded")
async def test_beeper_that_nobody_is_signed_in_to_is_told(
    beeper: Simulator, clock: Clock, act: Act
) -> None:
    """It takes no token, but another one would not help."""
    beeper.set_app_state("needs-login")
    await clock.run(16)

    with pytest.raises(HomeAssistantError) as raised:
        await act("create_login_session", bridge_id="local-signal")

    assert raised.value.translation_key == "signed_out"


@pytest.mark.usefixtures("loaded")
async def test_pairing_code_that_may_be_over_is_not_shown(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    start: Start,
    enter_number: Enter,
    state_of: StateOf,
) -> None:
    """The picture has it again as soon as Beeper says that it is still the one."""

    def has_code() -> bool:
        return get_state(hass, "image.beeper_login_qr_code").state != STATE_UNKNOWN

    session_id = await start("local-whatsapp", flow_id="phone")
    assert not has_code()
    await enter_number(session_id, "phone_number")
    await clock.run()
    assert has_code()
    beeper.inject(Fault(path="*/login-sessions/*", status=503))
    beeper.drop_connections()
    await clock.run(10)
    assert has_code()

    await clock.run(10)

    assert not has_code()
    assert state_of("login_session").state == "waiting_for_display"
    beeper.clear_faults()
    await clock.run(30)
    assert has_code()


@pytest.mark.usefixtures("loaded")
async def test_action_waits_for_the_session_and_not_for_beeper(
    beeper: Simulator, clock: Clock, act: Act, start: Start
) -> None:
    """What is displayed comes and goes with an outage, but nothing has happened."""
    session_id = await start("local-whatsapp", flow_id="phone")
    await act(
        "submit_login_step",
        login_session_id=session_id,
        fields={"phone_number": "+15555550199"},
    )
    waiting = asyncio.create_task(act("submit_login_step", login_session_id=session_id))
    await clock.run()
    beeper.inject(Fault(path="*/login-sessions/*", status=503))
    beeper.drop_connections()
    await clock.run(30)
    beeper.clear_faults()
    await clock.run(30)
    assert not waiting.done()

    beeper.phone.approve(session_id)
    await clock.run()

    assert waiting.result()["status"] == "complete"


@pytest.mark.usefixtures("loaded")
async def test_form_about_a_picture_is_not_answered(
    beeper: Simulator, act: Act, start: Start, clock: Clock
) -> None:
    """What cannot be shown has to be done in Beeper."""
    session_id = await start("local-telegram")
    wire = beeper.sessions[session_id].wire
    wire["currentStep"]["attachments"] = [{"fileName": "captcha.png"}]
    beeper.inject(Fault(method="GET", path=SESSIONS, body=orjson.dumps(wire)))
    await clock.run(LOOK_INTERVAL)

    with pytest.raises(ServiceValidationError) as raised:
        await act(
            "submit_login_step",
            login_session_id=session_id,
            fields={"phone_number": "+15555550199"},
        )

    assert raised.value.translation_key == "step_not_supported"
    assert count(beeper, "POST", "/steps/") == 0


# --- Somebody else waits


@pytest.mark.usefixtures("loaded")
async def test_somebody_else_may_wait_and_we_look(
    beeper: Simulator,
    clock: Clock,
    start: Start,
    shown: Shown,
    state_of: StateOf,
    somebody_else: BeeperClient,
) -> None:
    """With another client at the step we look every few seconds and miss nothing."""
    # Given somebody who was quicker, during a moment of trouble
    session_id = await start()
    beeper.inject(Fault(path=STEPS, times=2, status=502))
    beeper.phone.rotate(session_id)
    await clock.run()
    assert beeper.waiting == 0
    step_id = "fi.mau.signal.login.qr"
    other = asyncio.create_task(
        somebody_else.submit_login_step(
            "local-signal", session_id, step_id, "display_and_wait"
        )
    )
    await clock.run()
    assert beeper.waiting == 1

    # When the code rotates it is taken over
    before = asked(beeper)
    started = state_of("login_session").attributes["last_changed"]
    await clock.run(15)
    assert state_of("login_session").attributes["last_changed"] == started
    beeper.phone.rotate(session_id)
    assert (await other).current_step
    other = asyncio.create_task(
        somebody_else.submit_login_step(
            "local-signal", session_id, step_id, "display_and_wait"
        )
    )
    await clock.run(LOOK_INTERVAL + 1)
    assert state_of("login_session").attributes["last_changed"] > started
    assert asked(beeper) - before < 16

    # When it is scanned the login is complete
    beeper.phone.scan(session_id)
    await clock.run(LOOK_INTERVAL + 1)
    assert (await other).status == "complete"
    assert shown() == ("complete", None)


@pytest.mark.usefixtures("loaded")
async def test_waiting_is_taken_over_from_somebody_who_goes(
    beeper: Simulator,
    clock: Clock,
    start: Start,
    shown: Shown,
    somebody_else: BeeperClient,
) -> None:
    """As soon as the other client is gone we wait ourselves again."""
    # Given a form that somebody else fills in, who then waits on what it leads to
    session_id = await start("local-whatsapp", flow_id="phone")
    await somebody_else.submit_login_step(
        "local-whatsapp",
        session_id,
        "fi.mau.whatsapp.login.phone",
        "user_input",
        fields={"phone_number": "+15555550199"},
    )
    step_id = "fi.mau.whatsapp.login.code"
    other = asyncio.create_task(
        somebody_else.submit_login_step(
            "local-whatsapp", session_id, step_id, "display_and_wait"
        )
    )
    await clock.run(30)
    assert shown() == ("waiting_for_display", step_id)
    refused = [request for request in beeper.requests if request.status == 409]
    assert 3 < len(refused) < 12

    # When the other goes
    other.cancel()
    await clock.run()
    assert beeper.waiting == 0
    await clock.run(LOOK_INTERVAL + 1)

    # Then we are the ones who wait
    assert beeper.waiting == 1
    beeper.phone.approve(session_id)
    await clock.run()
    assert shown() == ("complete", None)


@pytest.mark.usefixtures("loaded")
async def test_session_that_somebody_else_cancels_is_lost(
    clock: Clock, start: Start, shown: Shown, somebody_else: BeeperClient
) -> None:
    """A session that another client ends is over for us, too."""
    session_id = await start()

    await somebody_else.cancel_login_session("local-signal", session_id)
    await clock.run()

    assert shown() == ("failed", None)


# --- What may have been received is not sent again


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("fault", "sessions"),
    [
        (Fault(method="POST", drop=0), 1),
        (Fault(method="POST", truncate=10), 1),
        (Fault(method="POST", status=500), 0),
        (Fault(method="POST", status=503, headers={"Retry-After": "1"}), 0),
        (Fault(method="POST", status=429, headers={"Retry-After": "1"}), 0),
        (Fault(method="POST", delay=3600), 0),
    ],
)
async def test_start_is_sent_once(
    beeper: Simulator, clock: Clock, act: Act, shown: Shown, fault: Fault, sessions: int
) -> None:
    """A start that fails may have been received: it is for a person to try again."""
    beeper.inject(fault)

    starting = asyncio.create_task(
        act("create_login_session", bridge_id="local-signal")
    )
    await clock.run(120)

    with pytest.raises(HomeAssistantError):
        starting.result()
    # Who does not answer in time may still do so for a while
    await clock.run(600)
    assert count(beeper, "POST") == 1
    assert len(beeper.sessions) == sessions
    assert shown() == ("idle", None)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("fault", "translation_key", "step"),
    [
        (Fault(path=STEPS, drop=0), "cannot_connect", ASKS_FOR_CODE),
        (Fault(path=STEPS, truncate=10), "cannot_connect", ASKS_FOR_CODE),
        (Fault(path=STEPS, times=1, status=502), "bridge_failed", ASKS_FOR_NUMBER),
    ],
    ids=["dropped on the way back", "half on the way back", "never arrived"],
)
async def test_answer_is_sent_once(
    beeper: Simulator,
    clock: Clock,
    start: Start,
    enter_number: Enter,
    shown: Shown,
    fault: Fault,
    translation_key: str,
    step: tuple[str, str],
) -> None:
    """Beeper may have taken it: where the session stands then is looked up."""
    session_id = await start("local-telegram")
    beeper.inject(fault)

    with pytest.raises(HomeAssistantError) as raised:
        await enter_number(session_id)
    assert raised.value.translation_key == translation_key
    await clock.run(LOOK_INTERVAL)

    assert shown() == step
    assert count(beeper, "POST", "/steps/") == 1


@pytest.mark.usefixtures("loaded")
async def test_answer_that_never_arrived_can_be_given_again(
    beeper: Simulator, clock: Clock, start: Start, enter_number: Enter, shown: Shown
) -> None:
    """After a failure of the bridge the same step can be answered once more."""
    session_id = await start("local-telegram")
    beeper.inject(Fault(path=STEPS, times=1, status=502))
    with pytest.raises(HomeAssistantError):
        await enter_number(session_id)
    await clock.run(LOOK_INTERVAL)

    await enter_number(session_id)

    assert shown() == ASKS_FOR_CODE


@pytest.mark.usefixtures("loaded")
async def test_session_that_others_move_on_is_seen_to_move(
    clock: Clock,
    start: Start,
    asked_in: AskedIn,
    shown: Shown,
    somebody_else: BeeperClient,
) -> None:
    """A form can be filled in elsewhere; it is looked at every five seconds."""
    session_id = await start("local-telegram")
    assert await asked_in(61) == 60 / LOOK_INTERVAL

    await somebody_else.submit_login_step(
        "local-telegram",
        session_id,
        TELEGRAM_PHONE.step_id,
        "user_input",
        fields={TELEGRAM_PHONE.field: "+15555550199"},
    )
    await clock.run(LOOK_INTERVAL)
    assert shown() == ASKS_FOR_CODE


# --- Nothing stays behind


@pytest.fixture
async def check_left(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry, clock: Clock
) -> Callable[[], Awaitable[None]]:
    """Return a function that asserts that no more is there than without our entry."""
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    await clock.run(60)
    tasks, listeners = asyncio.all_tasks(), hass.bus.async_listeners()

    async def check_left() -> None:
        # Connections that nobody uses are closed after a while
        await clock.run(60)
        assert asyncio.all_tasks() <= tasks | {asyncio.current_task()}
        assert hass.bus.async_listeners() == listeners
        assert (beeper.waiting, beeper.open_connections) == (0, 0)
        assert [
            session for session in beeper.sessions.values() if not session.ended
        ] == []

    return check_left


@pytest.fixture
def stop(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Stop]:
    """Return the ways in which an entry stops, by name."""

    async def unload() -> None:
        await hass.config_entries.async_unload(entry.entry_id)

    async def disable() -> None:
        await hass.config_entries.async_set_disabled_by(
            entry.entry_id, ConfigEntryDisabler.USER
        )

    async def remove() -> None:
        await hass.config_entries.async_remove(entry.entry_id)

    async def reload_and_unload() -> None:
        await hass.config_entries.async_reload(entry.entry_id)
        await unload()

    return {
        "unload": unload,
        "disable": disable,
        "remove": remove,
        "reload": reload_and_unload,
    }


@pytest.mark.parametrize("how", ["unload", "disable", "remove", "reload"])
async def test_sessions_do_not_outlive_their_entry(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    clock: Clock,
    check_left: Callable[[], Awaitable[None]],
    act: Act,
    start: Start,
    stop: dict[str, Stop],
    how: str,
) -> None:
    """However an entry stops, its sessions end in Beeper and nothing of them is left."""
    await hass.config_entries.async_setup(entry.entry_id)
    running = [
        await start(),
        await start("local-whatsapp", account_id=WHATSAPP),
        await start("local-telegram"),
        await start("facebookgo"),
    ]
    ended = await start("discordgo", account_id="discordgo")
    await act("cancel_login_session", login_session_id=ended)
    failed = await start("gmessages", account_id="gmessages", flow_id="qr")
    beeper.phone.time_out(failed)
    await clock.run()
    assert beeper.waiting == 2

    await stop[how]()

    assert beeper.waiting == 0
    assert count(beeper, "DELETE") == 5
    assert all(beeper.sessions[session_id].forgotten for session_id in running)
    await check_left()


@pytest.mark.usefixtures("loaded")
async def test_sessions_do_not_outlive_home_assistant(
    hass: HomeAssistant, beeper: Simulator, clock: Clock, start: Start
) -> None:
    """When Home Assistant stops, sessions end in Beeper while it still can be told."""
    await start()
    await start("local-telegram")
    assert beeper.waiting == 1

    await hass.async_stop()

    assert beeper.waiting == 0
    assert count(beeper, "DELETE") == 2
    assert all(session.forgotten for session in beeper.sessions.values())
    await clock.run()
    assert not [task for task in asyncio.all_tasks() if DOMAIN in task.get_name()]
    assert beeper.open_connections == 0


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault(method="DELETE", delay=3600), CANCEL_TIMEOUT),
        (Fault(method="DELETE", drip=3600), CANCEL_TIMEOUT),
        (Fault(method="DELETE", status=500), 0),
        (Fault(method="DELETE", status=429, headers={"Retry-After": "60"}), 0),
        (Fault(method="DELETE", drop=0, body=b""), 0),
        (Fault(method="DELETE", body=b"?"), 0),
        (None, 0),
    ],
    ids=["hangs", "drips", "500", "429", "drops", "garbage", "away"],
)
async def test_unload_does_not_wait_for_a_beeper_in_trouble(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    start: Start,
    our_log: OurLog,
    fault: Fault | None,
    seconds: float,
) -> None:
    """However many sessions there are, they are given one time-out in all."""
    for bridge_id in ("local-signal", "local-whatsapp", "local-telegram"):
        await start(bridge_id)
    if fault:
        beeper.inject(fault)
    else:
        await beeper.stop()

    unloading = asyncio.create_task(hass.config_entries.async_unload(loaded.entry_id))
    await clock.run()
    assert unloading.done() is (seconds == 0)
    # aiohttp and asyncio round
    await clock.run(seconds + 0.1)

    assert unloading.done()
    assert unloading.result() is True
    assert beeper.waiting == 0
    assert our_log() == []


async def test_session_that_starts_during_an_unload_is_cancelled(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    act: Act,
) -> None:
    """A start that is under way when its entry goes leaves no session in Beeper."""
    beeper.inject(Fault(method="POST", delay=5))
    starting = asyncio.create_task(
        act("create_login_session", bridge_id="local-signal")
    )
    await clock.run()
    assert await hass.config_entries.async_unload(loaded.entry_id)

    await clock.run(10)

    assert starting.result()["status"] == "cancelled"
    [session] = beeper.sessions.values()
    assert session.forgotten
    assert beeper.waiting == 0


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("status", [None, 502], ids=["starts", "fails"])
async def test_start_that_nobody_waits_for_any_more_leaves_no_session(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    status: int | None,
    our_log: OurLog,
) -> None:
    """A script may be stopped when Beeper has started a session that it never sees."""
    start = {"action": "beeper.create_login_session", "data": {"bridge_id": "imessage"}}
    scripts = {"script": {"connect": {"sequence": [start]}}}
    assert await async_setup_component(hass, "script", scripts)
    beeper.inject(Fault(method="POST", path=SESSIONS, delay=5, status=status))
    await hass.services.async_call("script", "connect")
    await clock.run(1)

    await hass.services.async_call(
        "script", "turn_off", {ATTR_ENTITY_ID: "script.connect"}
    )
    await clock.run(10)

    assert get_state(hass, "script.connect").state == "off"
    assert [session.forgotten for session in beeper.sessions.values()] == (
        [] if status else [True]
    )
    assert beeper.waiting == 0
    assert our_log() == []


async def test_answer_during_an_unload_leaves_nobody_waiting(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    start: Start,
    enter_number: Enter,
    asked_in: AskedIn,
) -> None:
    """An answer that is under way when its entry goes starts no new wait."""
    session_id = await start("local-whatsapp", flow_id="phone")
    beeper.inject(Fault(path=STEPS, delay=5))
    answering = asyncio.create_task(enter_number(session_id, "phone_number"))
    await clock.run()
    assert await hass.config_entries.async_unload(loaded.entry_id)

    await clock.run(10)

    with pytest.raises(ServiceValidationError) as raised:
        answering.result()
    assert raised.value.translation_key == "not_found"
    assert beeper.waiting == 0
    assert await asked_in(60) == 0


async def test_whoever_waits_for_a_session_is_released_by_an_unload(
    hass: HomeAssistant, loaded: MockConfigEntry, clock: Clock, act: Act, start: Start
) -> None:
    """A script that waits for the scan goes on when the entry goes."""
    session_id = await start()
    waiting = asyncio.create_task(act("submit_login_step", login_session_id=session_id))
    await clock.run(5)
    assert not waiting.done()

    await hass.config_entries.async_unload(loaded.entry_id)
    await clock.run()

    assert waiting.result()["status"] == "cancelled"


# --- One session for each account


async def reconnect(hass: HomeAssistant) -> str:
    """Start to reconnect the WhatsApp account through its sensor; return the session's ID."""
    response = await hass.services.async_call(
        DOMAIN,
        "reconnect_account",
        {ATTR_ENTITY_ID: WHATSAPP_STATUS},
        blocking=True,
        return_response=True,
    )
    assert response
    session: Any = response[WHATSAPP_STATUS]
    session_id: str = session["login_session_id"]
    return session_id


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "again", [{"account_id": WHATSAPP}, {"login_id": "15555550100"}]
)
async def test_second_session_for_an_account_replaces_the_first(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    again: dict[str, str],
) -> None:
    """However an account is named, only its newest session goes on."""
    first = await reconnect(hass)
    second = await start("local-whatsapp", **again)

    session = await act("get_login_session", login_session_id=first)
    assert session["status"] == "cancelled"
    assert beeper.sessions[first].forgotten
    assert beeper.waiting == 1

    third = await reconnect(hass)
    await clock.run()
    assert beeper.sessions[second].forgotten
    assert beeper.waiting == 1
    beeper.phone.scan(third)
    await clock.run()
    assert get_state(hass, WHATSAPP_STATUS).state in ("connecting", "connected")


@pytest.mark.usefixtures("loaded")
async def test_account_that_was_not_polled_yet_has_one_session_too(
    beeper: Simulator, start: Start
) -> None:
    """An account that is newer than the last poll is known by its session."""
    new = {"accountID": "local-whatsapp_new", "loginID": "15555550109"}
    beeper.add_account(beeper.accounts[WHATSAPP] | new)
    first = await start("local-whatsapp", login_id="15555550109")

    second = await start("local-whatsapp", account_id="local-whatsapp_new")

    assert beeper.sessions[first].forgotten
    assert not beeper.sessions[second].ended
    assert beeper.waiting == 1


@pytest.mark.usefixtures("loaded")
async def test_session_that_starts_another_time_at_once_is_one(
    hass: HomeAssistant, beeper: Simulator, clock: Clock
) -> None:
    """Two automations with the same idea do not leave two sessions."""
    await asyncio.gather(*(reconnect(hass) for _ in range(3)))
    await clock.run()

    assert len(beeper.sessions) == 3
    assert sum(not session.ended for session in beeper.sessions.values()) == 1
    assert beeper.waiting == 1


@pytest.mark.usefixtures("loaded")
async def test_sessions_for_new_accounts_do_not_replace_each_other(
    beeper: Simulator, start: Start
) -> None:
    """Nobody can know who will scan which."""
    for _ in range(3):
        await start("local-whatsapp")
    await start("local-whatsapp", account_id=WHATSAPP)
    await start("local-whatsapp", account_id=RESTLESS[0])

    assert beeper.waiting == 5
    assert count(beeper, "DELETE") == 0


@pytest.mark.usefixtures("loaded")
async def test_first_session_is_given_up_even_if_it_cannot_be_cancelled(
    hass: HomeAssistant, beeper: Simulator, clock: Clock, act: Act
) -> None:
    """A new attempt matters more than a tidy end of the old one."""
    first = await reconnect(hass)
    await clock.run()
    beeper.inject(Fault(method="DELETE", times=1, status=502))

    second = await reconnect(hass)
    await clock.run()

    session = await act("get_login_session", login_session_id=first)
    assert session["status"] == "cancelled"
    assert beeper.sessions[second].waiting.is_set()
    assert not beeper.sessions[first].waiting.is_set()


# --- What is known of a session, and for how long


@pytest.mark.usefixtures("loaded")
async def test_ended_session_is_forgotten_after_a_while(
    clock: Clock, act: Act, start: Start, shown: Shown
) -> None:
    """One can ask how it ended for five minutes; then all is as if it had never been."""
    session_id = await start()
    await act("cancel_login_session", login_session_id=session_id)

    await clock.run(FORGET_AFTER - 1)
    session = await act("get_login_session", login_session_id=session_id)
    assert session["status"] == "cancelled"
    assert shown() == ("cancelled", None)

    await clock.run(1.1)
    assert shown() == ("idle", None)
    with pytest.raises(ServiceValidationError) as raised:
        await act("get_login_session", login_session_id=session_id)
    assert raised.value.translation_key == "unknown_login_session"


@pytest.mark.usefixtures("loaded")
async def test_of_several_sessions_the_newest_that_runs_is_shown(
    beeper: Simulator, clock: Clock, act: Act, start: Start, state_of: StateOf
) -> None:
    """There is room for one: the newest that runs, else the one that ended last."""

    def shown_id() -> object:
        return state_of("login_session").attributes["login_session_id"]

    oldest = await start("local-telegram")
    await clock.run(1)
    middle = await start()
    await clock.run(1)
    newest = await start("local-whatsapp")
    assert shown_id() == newest

    beeper.phone.refuse(newest)
    await clock.run(1)
    assert shown_id() == middle
    await act("cancel_login_session", login_session_id=oldest)
    await clock.run(1)
    assert shown_id() == middle
    beeper.phone.scan(middle)
    await clock.run(1)
    assert shown_id() == middle
    assert state_of("login_session").state == "complete"


@pytest.mark.usefixtures("loaded")
async def test_accounts_are_polled_fast_while_a_session_runs(
    beeper: Simulator, clock: Clock, act: Act, start: Start
) -> None:
    """Every three seconds, so that a new account is there at once; fifteen otherwise."""

    async def polls(seconds: float) -> int:
        before = count(beeper, "GET", "/v1/accounts")
        await clock.run(seconds)
        return count(beeper, "GET", "/v1/accounts") - before

    # Home Assistant rounds up to a second
    assert await polls(60) in (3, 4)
    session_id = await start()
    assert 15 <= await polls(60) <= 20
    await act("cancel_login_session", login_session_id=session_id)
    await polls(15)
    assert await polls(60) in (3, 4)


# --- A Beeper of tomorrow

tomorrow = pytest.mark.parametrize("scenario", ["future"], indirect=True)


@tomorrow
@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("flow_id", "status"),
    [("passkey", "waiting_for_input"), ("touch", "waiting_for_display")],
)
async def test_unknown_step_can_be_finished_elsewhere(
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    state_of: StateOf,
    flow_id: str,
    status: str,
) -> None:
    """A step nobody knows here is shown as such, left to others, and seen to be over."""
    session_id = await start("carrierpigeon", flow_id=flow_id)
    await clock.run(30)
    state = state_of("login_session")
    assert (state.state, state.attributes["supported"]) == (status, False)
    assert state.attributes["step_type"] in ("webauthn", "display_and_wait")
    assert beeper.waiting == 0

    beeper.phone.approve(session_id)
    await clock.run(LOOK_INTERVAL)

    assert state_of("login_session").state == "complete"
    session = await act("get_login_session", login_session_id=session_id)
    assert session["account"]["bridge"]["id"] == "carrierpigeon"


@tomorrow
@pytest.mark.parametrize(
    ("flow_id", "reason"),
    [("passkey", Unsupported.PASSKEY), ("touch", Unsupported.UNKNOWN)],
)
async def test_why_a_step_cannot_be_done_here_is_known(
    loaded: MockConfigEntry, start: Start, flow_id: str, reason: Unsupported
) -> None:
    """A passkey needs another way to sign in, what is new an update."""
    session_id = await start("carrierpigeon", flow_id=flow_id)

    assert loaded.runtime_data.logins.get(session_id).unsupported is reason


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ({"type": "webauthn"}, Unsupported.PASSKEY),
        ({"type": "client_http"}, Unsupported.CLIENT_HTTP),
        ({"type": "riddle"}, Unsupported.UNKNOWN),
        ({"type": "display_and_wait"}, Unsupported.UNKNOWN),
        ({"type": "user_input", "attachments": [{}]}, None),
        ({"type": "user_input", "fields": []}, None),
        ({"type": "cookies", "fields": []}, None),
        (None, None),
    ],
)
async def test_step_is_supported_unless_there_is_a_reason(
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    start: Start,
    step: dict[str, Any] | None,
    reason: Unsupported | None,
) -> None:
    """Where there is no step, there is nothing that could not be done."""
    session_id = await start("local-telegram")
    wire = beeper.sessions[session_id].wire
    del wire["currentStep"]
    if step is not None:
        wire["currentStep"] = {"stepID": "next", **step}
    beeper.inject(Fault(method="GET", path=SESSIONS, body=orjson.dumps(wire)))

    await clock.run(LOOK_INTERVAL)

    login = loaded.runtime_data.logins.get(session_id)
    assert (login.unsupported, login.is_supported) == (reason, reason is None)


@tomorrow
@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("flow_id", ["passkey", "touch"])
async def test_unknown_step_can_be_cancelled(
    beeper: Simulator, act: Act, start: Start, shown: Shown, flow_id: str
) -> None:
    """One can always change one's mind."""
    session_id = await start("carrierpigeon", flow_id=flow_id)

    await act("cancel_login_session", login_session_id=session_id)

    assert shown() == ("cancelled", None)
    assert beeper.sessions[session_id].forgotten


@pytest.mark.usefixtures("loaded")
async def test_unknown_status_of_a_session_is_followed(
    beeper: Simulator, clock: Clock, start: Start, state_of: StateOf, our_log: OurLog
) -> None:
    """A status that nobody knows here is unknown, and what comes after it is shown."""
    session_id = await start("local-telegram")
    wire = beeper.sessions[session_id].wire
    del wire["currentStep"]
    hatching = orjson.dumps(wire | {"status": "hatching"})
    beeper.inject(Fault(method="GET", path=SESSIONS, body=hatching))
    await clock.run(30)
    state = state_of("login_session")
    assert (state.state, state.attributes["step_id"]) == ("unknown", None)

    beeper.clear_faults()
    await clock.run(LOOK_INTERVAL)
    assert state_of("login_session").state == "waiting_for_input"
    assert our_log() == []


@pytest.mark.usefixtures("loaded")
async def test_nothing_of_all_this_is_logged_for_a_person(
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    caplog: pytest.LogCaptureFixture,
    our_log: OurLog,
) -> None:
    """What ends a session is told where it is shown; the log is for what is broken."""
    caplog.set_level(logging.DEBUG, "custom_components.beeper")
    for code in ("login_timed_out", "rate_limited", "checkpoint_required"):
        beeper.phone.fail(await start(), code)
        await clock.run()
    await act("cancel_login_session", login_session_id=await start())

    assert our_log() == []
