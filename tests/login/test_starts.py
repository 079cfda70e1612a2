"""How logins start: slowly, too late, over at once, or with an ID that was there before."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.login.engine import (
    CANCEL_TIMEOUT,
    FORGET_AFTER,
    START_LIMIT,
    LoginEngine,
)
from custom_components.beeper.login.pace import LOOK_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator
from simulator.login_flows import FLOWS, Attempt, Flow, Identity, LoginFlow
from simulator.login_steps import LoginFailed
from tests.accounts import SIGNAL, WHATSAPP
from tests.clock import Clock
from tests.conftest import OurLog, StateOf
from tests.login.conftest import Act, Shown, Start
from tests.network_flows import TELEGRAM_CODE, TELEGRAM_PHONE

SESSION = "*/login-sessions/*"

type Starting = asyncio.Task[dict[str, Any]]
type Begin = Callable[..., Starting]


@pytest.fixture
def begin(beeper: Simulator, act: Act) -> Begin:
    """Return a function that begins to start a session, for which Beeper takes a while."""

    def begin(delay: float, bridge_id: str = "local-signal", **data: str) -> Starting:
        beeper.logins.start_delay = delay
        return asyncio.create_task(
            act("create_login_session", bridge_id=bridge_id, **data)
        )

    return begin


@pytest.fixture
def logins(loaded: MockConfigEntry) -> LoginEngine:
    """Return the logins of the entry."""
    engine: LoginEngine = loaded.runtime_data.logins
    return engine


# --- Starts that take long


@pytest.mark.usefixtures("loaded")
async def test_start_may_take_as_long_as_a_network(
    beeper: Simulator, clock: Clock, begin: Begin, shown: Shown
) -> None:
    """WhatsApp takes up to a minute for a pairing code."""
    starting = begin(61)

    await clock.run(62)

    assert starting.result()["status"] == "waiting_for_display"
    assert shown()[0] == "waiting_for_display"
    assert beeper.waiting == 1


@pytest.mark.usefixtures("loaded")
async def test_start_that_comes_too_late_leaves_no_session(
    beeper: Simulator, clock: Clock, begin: Begin, shown: Shown, our_log: OurLog
) -> None:
    """Who asked for it is told in time, and Beeper when it has started."""
    starting = begin(START_LIMIT + 60)
    await clock.run(START_LIMIT + 1)

    with pytest.raises(HomeAssistantError) as raised:
        starting.result()
    assert raised.value.translation_key == "cannot_connect"
    assert beeper.sessions == {}
    await clock.run(60)

    [session] = beeper.sessions.values()
    assert session.forgotten
    assert shown() == ("idle", None)
    assert beeper.waiting == 0
    assert our_log() == []


@pytest.mark.usefixtures("loaded")
async def test_start_that_comes_too_late_may_be_over(
    beeper: Simulator, clock: Clock, begin: Begin, connects_at_once: None
) -> None:
    """There is nothing to cancel then."""
    starting = begin(START_LIMIT + 60)

    await clock.run(START_LIMIT + 61)

    assert starting.exception()

    [session] = beeper.sessions.values()
    assert session.status == "complete"
    assert [request for request in beeper.requests if request.method == "DELETE"] == []


@pytest.mark.usefixtures("loaded")
async def test_one_can_try_again_before_a_late_start_has_come(
    beeper: Simulator, clock: Clock, begin: Begin, shown: Shown
) -> None:
    """The first one is not waited for, and does not end the second."""
    first = begin(START_LIMIT + 60, "local-whatsapp", account_id=WHATSAPP)
    await clock.run(START_LIMIT + 1)
    assert first.exception()

    second = begin(0, "local-whatsapp", account_id=WHATSAPP)
    await clock.run()
    session_id = second.result()["login_session_id"]
    await clock.run(60)

    [late] = [
        session for session in beeper.sessions.values() if session.id != session_id
    ]
    assert late.forgotten
    assert not beeper.sessions[session_id].ended
    beeper.phone.scan(session_id)
    await clock.run()
    assert shown() == ("complete", None)


@pytest.mark.usefixtures("loaded")
async def test_late_start_with_the_id_of_one_that_runs_is_not_cancelled(
    beeper: Simulator, clock: Clock, begin: Begin, shown: Shown
) -> None:
    """It would be the end of that one."""
    beeper.logins.repeats_id = True
    first = begin(START_LIMIT + 60, "local-whatsapp", account_id=WHATSAPP)
    await clock.run(START_LIMIT + 1)
    assert first.exception()
    second = begin(0, "local-whatsapp", account_id=WHATSAPP)
    await clock.run()
    session_id = second.result()["login_session_id"]

    await clock.run(61)

    [session] = beeper.sessions.values()
    assert session.id == session_id
    assert not session.ended
    await clock.run(LOOK_INTERVAL)
    beeper.phone.scan(session_id)
    await clock.run(LOOK_INTERVAL)
    assert shown() == ("complete", None)


@pytest.mark.usefixtures("loaded")
async def test_slow_network_does_not_hold_up_another(
    beeper: Simulator, clock: Clock, begin: Begin
) -> None:
    """Only two starts for the same account wait for each other."""
    slow = begin(25, "local-whatsapp", account_id=WHATSAPP)
    await clock.run(1)
    again = begin(0, "local-whatsapp", account_id=WHATSAPP)
    other = begin(0, "local-signal")
    await clock.run(1)

    assert other.result()["status"] == "waiting_for_display"
    assert (slow.done(), again.done()) == (False, False)
    await clock.run(25)
    first, second = slow.result(), again.result()
    assert beeper.sessions[first["login_session_id"]].forgotten
    assert not beeper.sessions[second["login_session_id"]].ended


@pytest.mark.usefixtures("loaded")
async def test_start_does_not_wait_for_the_end_of_the_session_before(
    beeper: Simulator, clock: Clock, start: Start, begin: Begin
) -> None:
    """That one ends here, whether or not Beeper says that it has ended there."""
    await start("local-whatsapp", account_id=WHATSAPP)
    beeper.inject(Fault(method="DELETE", delay=3600))

    starting = begin(0, "local-whatsapp", account_id=WHATSAPP)
    await clock.run(CANCEL_TIMEOUT + 0.1)

    assert starting.result()["status"] == "waiting_for_display"


@pytest.mark.usefixtures("loaded")
async def test_home_assistant_stops_during_a_start(
    hass: HomeAssistant, beeper: Simulator, clock: Clock
) -> None:
    """It does not wait for a network, and a script that does is stopped by it."""
    start = {"action": "beeper.create_login_session", "data": {"bridge_id": "imessage"}}
    scripts = {"script": {"connect": {"sequence": [start]}}}
    assert await async_setup_component(hass, "script", scripts)
    beeper.logins.start_delay = 600
    await hass.services.async_call("script", "connect")
    await clock.run(1)

    stopping = asyncio.create_task(hass.async_stop())
    await clock.run(CANCEL_TIMEOUT + 1)

    assert stopping.done()
    assert beeper.open_connections == 0


# --- Starts that are over at once


def at_once(monkeypatch: pytest.MonkeyPatch, reason: str | None) -> None:
    """Let Signal connect without any step, or let nobody in for a reason."""

    def run(_: Attempt) -> Flow:
        yield from ()
        if reason is not None:
            raise LoginFailed(reason)
        return Identity("8d1f6a52-0c7b-4d0e-9a53-2f4be1c0a104")

    monkeypatch.setitem(FLOWS, "signal", (LoginFlow("only", "Only", "Only", run),))


@pytest.fixture
def connects_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Signal connect without any step."""
    at_once(monkeypatch, None)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("reason", "status"), [(None, "complete"), ("rate_limited", "failed")]
)
async def test_session_that_is_over_at_once_is_told_and_forgotten(
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
    reason: str | None,
    status: str,
) -> None:
    """It is like any other, for five minutes."""
    at_once(monkeypatch, reason)

    session_id = await start()

    assert shown() == (status, None)
    session = await act("get_login_session", login_session_id=session_id)
    assert session["status"] == status
    await clock.run(FORGET_AFTER - 1)
    assert shown() == (status, None)
    await clock.run(1.1)
    assert shown() == ("idle", None)
    with pytest.raises(ServiceValidationError):
        await act("get_login_session", login_session_id=session_id)


@pytest.mark.usefixtures("loaded", "connects_at_once")
async def test_account_that_is_connected_at_once_is_there_at_once(
    act: Act, state_of: StateOf
) -> None:
    """It is polled before the action says that it is done."""
    session = await act("create_login_session", bridge_id="local-signal")

    account_id = session["account"]["account_id"]
    assert state_of(f"{account_id}_status").state in ("connecting", "connected")


@pytest.mark.usefixtures("connects_at_once")
async def test_session_that_is_over_during_an_unload_keeps_its_end(
    hass: HomeAssistant, loaded: MockConfigEntry, clock: Clock, begin: Begin
) -> None:
    """It cannot be cancelled any more."""
    starting = begin(5)
    await clock.run()
    assert await hass.config_entries.async_unload(loaded.entry_id)

    await clock.run(10)

    assert starting.result()["status"] == "complete"


# --- IDs that come twice, or change


async def test_second_session_with_the_same_id_loses_none(
    beeper: Simulator, logins: LoginEngine, clock: Clock, start: Start, shown: Shown
) -> None:
    """The first one ends, whoever shows it is told, and the second one goes on."""
    first_id = await start("local-telegram")
    [first] = logins.known
    beeper.logins.repeats_id = True

    second_id = await start("local-signal")
    assert second_id == first_id
    await clock.run(LOOK_INTERVAL)

    assert first.session.status == "failed"
    second = logins.get(second_id)
    assert second not in (None, first)
    await clock.run(FORGET_AFTER + 1)
    assert logins.known == (second,)
    beeper.phone.scan(second_id)
    await clock.run()
    assert shown() == ("complete", None)


async def test_end_of_a_session_does_not_end_another_with_its_id(
    beeper: Simulator, logins: LoginEngine, clock: Clock, start: Start, shown: Shown
) -> None:
    """Who closes the dialog of the first one has nothing to do with the second."""
    await start("local-whatsapp")
    [first] = logins.known
    beeper.logins.repeats_id = True
    session_id = await start("local-whatsapp")

    await logins.async_abandon(first)
    await clock.run(LOOK_INTERVAL)

    assert first.session.status == "cancelled"
    assert not beeper.sessions[session_id].ended
    assert shown()[0] == "waiting_for_display"
    second = logins.get(session_id)
    assert second is not None
    await logins.async_cancel(second)
    assert beeper.sessions[session_id].forgotten


@pytest.mark.usefixtures("loaded")
async def test_reconnect_that_gets_the_same_id_again_goes_on(
    beeper: Simulator, clock: Clock, start: Start, shown: Shown
) -> None:
    """What is to happen to the one that it replaces does not happen to it."""
    beeper.logins.repeats_id = True
    first = await start("local-signal", account_id=SIGNAL)
    second = await start("local-signal", account_id=SIGNAL)
    assert first == second

    await clock.run(FORGET_AFTER + 1)

    assert shown()[0] == "waiting_for_display"
    assert beeper.waiting == 1
    beeper.phone.scan(second)
    await clock.run()
    assert shown() == ("complete", None)


def rename(beeper: Simulator, session_id: str, name: str) -> None:
    """Let Beeper call a session otherwise from now on."""
    session = beeper.sessions.pop(session_id)
    session.id = name
    beeper.sessions[name] = session


async def test_session_that_changes_its_id_goes_on(
    beeper: Simulator,
    logins: LoginEngine,
    clock: Clock,
    act: Act,
    start: Start,
    shown: Shown,
) -> None:
    """It is found by both, and asked for by the one that Beeper knows."""
    session_id = await start("local-telegram")
    wire = beeper.sessions[session_id].wire | {"loginSessionID": "another"}
    beeper.inject(Fault(method="GET", path=SESSION, times=1, body=orjson.dumps(wire)))
    await clock.run(LOOK_INTERVAL)
    rename(beeper, session_id, "another")
    await clock.run(LOOK_INTERVAL)
    assert shown() == ("waiting_for_input", TELEGRAM_PHONE.step_id)

    await act(
        "submit_login_step",
        login_session_id=session_id,
        fields={TELEGRAM_PHONE.field: "+15555550199"},
    )

    assert shown() == ("waiting_for_input", TELEGRAM_CODE.step_id)
    session = await act("get_login_session", login_session_id="another")
    assert session["login_session_id"] == "another"
    [login] = logins.known
    await act("cancel_login_session", login_session_id=session_id)
    assert beeper.sessions["another"].forgotten
    assert login.session.status == "cancelled"


@pytest.mark.usefixtures("loaded")
async def test_session_that_changed_its_id_is_cancelled_by_either(
    beeper: Simulator, clock: Clock, act: Act, start: Start
) -> None:
    """Also before anybody has looked by the new one."""
    session_id = await start("local-telegram")
    wire = beeper.sessions[session_id].wire | {"loginSessionID": "another"}
    beeper.inject(Fault(method="GET", path=SESSION, times=1, body=orjson.dumps(wire)))
    await clock.run(LOOK_INTERVAL)
    rename(beeper, session_id, "another")

    await act("cancel_login_session", login_session_id="another")

    assert beeper.sessions["another"].forgotten


@pytest.mark.usefixtures("loaded")
async def test_answers_that_name_another_id_change_nothing(
    beeper: Simulator, clock: Clock, act: Act, start: Start, shown: Shown
) -> None:
    """As long as Beeper knows the session by the first one, that is used."""
    session_id = await start("local-telegram")
    wire = beeper.sessions[session_id].wire | {"loginSessionID": "another"}
    beeper.inject(Fault(method="GET", path=SESSION, body=orjson.dumps(wire)))
    await clock.run(LOOK_INTERVAL)

    session = await act(
        "submit_login_step",
        login_session_id="another",
        fields={TELEGRAM_PHONE.field: "+15555550199"},
    )

    assert session["login_session_id"] == session_id
    assert shown() == ("waiting_for_input", TELEGRAM_CODE.step_id)
