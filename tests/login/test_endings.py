"""How logins end without success: the reason is told, and nothing later replaces it."""

import asyncio
from collections.abc import Mapping

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.api import BeeperClient, BeeperError
from custom_components.beeper.login.pace import LOOK_INTERVAL, MAX_PAUSE
from custom_components.beeper.login.session import STUCK_AFTER, Login
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulator import Fault, Simulator
from simulator.styles import STYLES, StyleName
from tests.clock import Clock
from tests.conftest import StateOf
from tests.dialog import Dialogs
from tests.login.conftest import Act, Shown, Start
from tests.network_flows import ENDING_RUNS, TELEGRAM_CODE, TELEGRAM_PHONE, Ending

LOST = (
    "Beeper no longer knows this login session. It took too long, was "
    "canceled, or Beeper was restarted. Start a new one."
)
BANNED = {"message": "This number is banned", "code": "FI.MAU.SIGNAL.BANNED"}
SESSION = "*/login-sessions/*"
STEPS = "*/steps/*"

networks = pytest.mark.parametrize("scenario", ["networks"], indirect=True)
styles = pytest.mark.parametrize("style", STYLES)


def says(body: Mapping[str, str], status: int = 400, path: str = STEPS) -> Fault:
    """Return an answer of Beeper in such words, once."""
    return Fault(path=path, times=1, status=status, body=orjson.dumps(body))


def is_stuck(login: Login) -> bool:
    """Return whether a login leads nowhere, asked anew each time."""
    return login.is_stuck


def login_of(entry: MockConfigEntry, session_id: str) -> Login:
    """Return what the engine knows of a session."""
    login = entry.runtime_data.logins.get(session_id)
    assert isinstance(login, Login)
    return login


async def enter_number(act: Act, session_id: str, number: str = "+15555550199") -> None:
    """Answer a session that asks for a phone number."""
    await act(
        "submit_login_step",
        login_session_id=session_id,
        fields={TELEGRAM_PHONE.field: number},
    )


# --- Both ways in which a login ends


@networks
@pytest.mark.parametrize(("ending", "style"), ENDING_RUNS)
async def test_reason_is_told_and_stays(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    act: Act,
    start: Start,
    state_of: StateOf,
    ending: Ending,
    style: StyleName,
) -> None:
    """The session says why it failed, or an HTTP error does and the session is gone."""
    # Given a login that is at the step at which it will end
    beeper.logins.style = style
    login = ending.login
    again = {} if login.account is None else {"account_id": login.account}
    session_id = await start(login.bridge, flow_id=login.flow, **again)

    known = login_of(loaded, session_id)

    async def enter(fields: Mapping[str, str], last_url: str = "") -> None:
        assert known.step
        await loaded.runtime_data.logins.async_submit(
            known, known.step, fields=fields, last_url=last_url
        )
        await clock.run()

    for _ in ending.before:
        await enter(beeper.phone.codes(session_id))

    # When what ends it happens
    if ending.phone:
        ending.happen(beeper.phone, session_id)
    else:
        fields = ending.entered(beeper.phone.codes(session_id))
        if style == "framework":
            with pytest.raises(BeeperError) as raised:
                await enter(fields, ending.last_url)
            assert raised.value.message == ending.message
        else:
            await enter(fields, ending.last_url)
    await clock.run()

    # Then the reason is there, and is there later
    for _ in range(2):
        state = state_of("login_session")
        told = state.state, state.attributes["error"]
        assert told == ("failed", ending.message)
        session = await act("get_login_session", login_session_id=session_id)
        assert session["status"] == "failed"
        assert session["error"] == {"code": ending.code, "message": ending.message}
        await clock.run(60)
    # And nobody is asked for another token
    assert hass.config_entries.flow.async_progress() == []


@styles
async def test_reason_is_told_by_a_dialog(
    beeper: Simulator, dialogs: Dialogs, clock: Clock, style: StyleName
) -> None:
    """It goes on to say why the login has failed, and offers to start over."""
    beeper.logins.style = style
    dialog = await dialogs.configure("connect", {"bridge": "local-telegram"})
    await dialog.choose_flow("Phone number")
    await dialogs.see(dialog)

    await dialog.enter(field_1="0555 5550100")
    await dialogs.see(dialog)

    assert dialog.at == "failed"
    assert "The phone number must be international" in dialog.text


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("status", [401, 403])
async def test_wrong_password_is_no_matter_of_the_token(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    state_of: StateOf,
    status: int,
) -> None:
    """A network refuses it with a status by which Beeper refuses tokens."""
    session_id = await start("local-telegram")
    body = {"message": "Invalid password", "code": "M_FORBIDDEN"}
    beeper.inject(says(body, status))
    beeper.sessions[session_id].forget()

    with pytest.raises(HomeAssistantError) as raised:
        await enter_number(act, session_id)

    assert raised.value.translation_key == "invalid_request"
    assert state_of("login_session").attributes["error"] == "Invalid password"
    await clock.run(60)
    assert hass.config_entries.flow.async_progress() == []


@pytest.mark.usefixtures("loaded")
async def test_reason_of_a_wait_is_the_first_one(
    beeper: Simulator, clock: Clock, start: Start, state_of: StateOf
) -> None:
    """Whatever Beeper is asked next, it may answer with another error."""
    session_id = await start()
    beeper.inject(says(BANNED))
    unknown = {"message": "Login not found", "code": "M_UNKNOWN"}
    for _ in range(2):
        beeper.inject(says(unknown, 500, SESSION))
    beeper.phone.rotate(session_id)
    await clock.run()
    beeper.sessions[session_id].forget()

    await clock.run(30)

    state = state_of("login_session")
    assert (state.state, state.attributes["error"]) == ("failed", BANNED["message"])


@pytest.mark.usefixtures("loaded")
async def test_reason_of_an_answer_is_the_first_one(
    beeper: Simulator, clock: Clock, act: Act, start: Start, state_of: StateOf
) -> None:
    """Who tries again while Beeper cannot be looked at is told something else."""
    session_id = await start("local-telegram")
    beeper.inject(says(BANNED))
    beeper.inject(says({"message": "Bad state", "code": "M_BAD_STATE"}))
    beeper.inject(Fault(method="GET", path=SESSION, times=2, status=500))
    for _ in range(2):
        with pytest.raises(HomeAssistantError):
            await enter_number(act, session_id)
    beeper.sessions[session_id].forget()

    await clock.run(LOOK_INTERVAL)

    assert state_of("login_session").attributes["error"] == BANNED["message"]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("status", [404, 410])
async def test_reason_may_come_as_a_session_that_is_gone(
    beeper: Simulator, act: Act, start: Start, state_of: StateOf, status: int
) -> None:
    """Networks refuse with any status; what a look says then is something else."""
    session_id = await start("local-telegram")
    beeper.inject(says(BANNED, status))
    beeper.inject(says({"message": "No such login", "code": "GONE"}, status, SESSION))

    with pytest.raises(HomeAssistantError):
        await enter_number(act, session_id)

    assert state_of("login_session").attributes["error"] == BANNED["message"]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("error", [None, {}])
async def test_failed_session_without_a_reason_has_the_one_before(
    beeper: Simulator,
    act: Act,
    start: Start,
    state_of: StateOf,
    error: Mapping[str, str] | None,
) -> None:
    """The submission was told why, the session only says that it failed."""
    session_id = await start("local-telegram")
    failed = beeper.sessions[session_id].wire | {"status": "failed"}
    del failed["currentStep"]
    if error is not None:
        failed["error"] = error
    beeper.inject(says(BANNED, 422))
    beeper.inject(Fault(method="GET", path=SESSION, body=orjson.dumps(failed)))

    with pytest.raises(HomeAssistantError):
        await enter_number(act, session_id)

    assert state_of("login_session").attributes["error"] == BANNED["message"]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(("status", "seconds"), [(400, 1), (422, 1), (500, 60)])
@pytest.mark.parametrize("bridge_id", ["local-signal", "local-telegram"])
async def test_session_that_is_gone_may_answer_with_another_error(
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    state_of: StateOf,
    status: int,
    seconds: float,
    bridge_id: str,
) -> None:
    """The login ends with the reason; a server that fails may only be busy at first."""
    session_id = await start(bridge_id)
    beeper.inject(says(BANNED))
    words = orjson.dumps({"message": "No login", "code": "M_BAD_STATE"})
    beeper.inject(Fault(method="GET", path=SESSION, status=status, body=words))
    if bridge_id == "local-telegram":
        with pytest.raises(HomeAssistantError):
            await enter_number(act, session_id)
    else:
        beeper.phone.rotate(session_id)
        await clock.run()
    if status == 500:
        assert state_of("login_session").state.startswith("waiting")

    await clock.run(seconds)

    state = state_of("login_session")
    assert (state.state, state.attributes["error"]) == ("failed", BANNED["message"])


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="GET", path=SESSION, status=500, body=b"<h1>Oh</h1>"),
        Fault(method="GET", path=SESSION, status=429),
        Fault(method="GET", status=401),
        Fault(method="GET", path=SESSION, drop=0, body=b""),
    ],
    ids=["proxy", "429", "401", "cut off"],
)
async def test_session_that_cannot_be_seen_is_not_gone(
    beeper: Simulator, clock: Clock, start: Start, shown: Shown, fault: Fault
) -> None:
    """After a reason it may go on all the same."""
    session_id = await start()
    beeper.inject(says(BANNED))
    beeper.inject(fault)
    beeper.phone.rotate(session_id)

    await clock.run(120)

    assert shown()[0] == "waiting_for_display"
    beeper.clear_faults()
    await clock.run(MAX_PAUSE + 1)
    beeper.phone.scan(session_id)
    await clock.run()
    assert shown() == ("complete", None)


# --- What is no reason


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=STEPS, times=1, status=502, body=b"<h1>Bad gateway</h1>"),
        Fault(path=STEPS, times=1, status=502, body=b'{"message": "Bad gateway"}'),
        Fault(path=STEPS, times=1, status=403, body=b"<html>", by_proxy=True),
        Fault(path=STEPS, times=1, drop=0, body=b""),
        says({"message": "Another request waits", "code": "step_in_progress"}, 409),
    ],
    ids=["proxy", "proxy with JSON", "proxy that refuses", "cut off", "conflict"],
)
@pytest.mark.parametrize("bridge_id", ["local-signal", "local-telegram"])
async def test_other_errors_are_no_reason(
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    state_of: StateOf,
    fault: Fault,
    bridge_id: str,
) -> None:
    """A session that is gone after one of them is just gone."""
    session_id = await start(bridge_id)
    beeper.inject(fault)
    beeper.sessions[session_id].forget()

    if bridge_id == "local-telegram":
        with pytest.raises(HomeAssistantError):
            await enter_number(act, session_id)
    await clock.run(LOOK_INTERVAL + 1)

    state = state_of("login_session")
    assert (state.state, state.attributes["error"]) == ("failed", LOST)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("bridge_id", ["local-signal", "local-telegram"])
async def test_reason_is_none_once_the_session_goes_on(
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    state_of: StateOf,
    bridge_id: str,
) -> None:
    """What was refused an hour ago has not ended the login now."""
    session_id = await start(bridge_id)
    beeper.inject(says(BANNED))
    if bridge_id == "local-telegram":
        with pytest.raises(HomeAssistantError):
            await enter_number(act, session_id)
    else:
        beeper.phone.rotate(session_id)
    await clock.run(LOOK_INTERVAL)
    assert state_of("login_session").state.startswith("waiting")

    beeper.sessions[session_id].forget()
    await clock.run(LOOK_INTERVAL)

    assert state_of("login_session").attributes["error"] == LOST


@pytest.mark.usefixtures("loaded")
async def test_answer_that_is_taken_ends_the_reason(
    beeper: Simulator,
    clock: Clock,
    act: Act,
    start: Start,
    shown: Shown,
    state_of: StateOf,
) -> None:
    """Also where the session could not be looked at in between."""
    session_id = await start("local-telegram")
    beeper.inject(says(BANNED))
    beeper.inject(Fault(method="GET", path=SESSION, times=1, status=500))
    with pytest.raises(HomeAssistantError):
        await enter_number(act, session_id)

    await enter_number(act, session_id)
    assert shown() == ("waiting_for_input", TELEGRAM_CODE.step_id)
    beeper.sessions[session_id].forget()
    await clock.run(LOOK_INTERVAL)

    assert state_of("login_session").attributes["error"] == LOST


@pytest.mark.usefixtures("loaded")
async def test_reason_that_is_told_during_a_look_stays(
    beeper: Simulator, clock: Clock, act: Act, start: Start, state_of: StateOf
) -> None:
    """The look was asked before, and its answer says that all is well."""
    session_id = await start("local-telegram")
    well = orjson.dumps(beeper.sessions[session_id].wire)
    beeper.inject(Fault(method="GET", path=SESSION, times=1, delay=3, body=well))
    looking = asyncio.create_task(act("get_login_session", login_session_id=session_id))
    await clock.run(1)
    beeper.inject(says(BANNED))
    beeper.inject(Fault(method="GET", path=SESSION, times=1, status=500))
    with pytest.raises(HomeAssistantError):
        await enter_number(act, session_id)
    beeper.sessions[session_id].forget()

    await clock.run(LOOK_INTERVAL + 1)

    assert (await looking)["status"]
    assert state_of("login_session").attributes["error"] == BANNED["message"]


@pytest.mark.usefixtures("loaded")
async def test_step_that_is_gone_is_not_the_session(
    beeper: Simulator, act: Act, start: Start, shown: Shown
) -> None:
    """A 404 on a submission may mean the step: the session is looked at."""
    session_id = await start("local-telegram")
    beeper.inject(says({"message": "No such step", "code": "not_found"}, 404))

    with pytest.raises(HomeAssistantError):
        await enter_number(act, session_id)

    assert shown() == ("waiting_for_input", TELEGRAM_PHONE.step_id)


# --- Sessions that take nothing any more


async def test_session_that_refuses_each_answer_is_stuck(
    beeper: Simulator, loaded: MockConfigEntry, act: Act, start: Start
) -> None:
    """One that is hours old can be read, and answers whatever is entered with 500."""
    session_id = await start("local-telegram")
    login = login_of(loaded, session_id)
    beeper.phone.grow_old(session_id)

    for number in range(1, STUCK_AFTER + 2):
        assert is_stuck(login) is (number > STUCK_AFTER)
        with pytest.raises(HomeAssistantError):
            await enter_number(act, session_id)
    assert not login.has_ended


async def test_session_that_takes_an_answer_again_is_not_stuck(
    beeper: Simulator, loaded: MockConfigEntry, clock: Clock, act: Act, start: Start
) -> None:
    """Refusals count in a row, of one step, and only those of a server."""
    session_id = await start("local-telegram")
    login = login_of(loaded, session_id)
    refuse = Fault(path=STEPS, times=1, status=500)

    async def is_refused(fault: Fault) -> None:
        beeper.inject(fault)
        with pytest.raises(HomeAssistantError):
            await enter_number(act, session_id)

    for _ in range(STUCK_AFTER):
        await is_refused(says(BANNED, 422))
    assert not is_stuck(login)
    for _ in range(STUCK_AFTER):
        await is_refused(refuse)
    assert is_stuck(login)

    await enter_number(act, session_id)
    assert login.step
    assert login.step.step_id == TELEGRAM_CODE.step_id
    assert not is_stuck(login)
    for code in ("1", "2"):
        # The same step again is an answer
        beeper.inject(refuse)
        with pytest.raises(HomeAssistantError):
            await act(
                "submit_login_step",
                login_session_id=session_id,
                fields={TELEGRAM_CODE.field: "12345"},
            )
        await act(
            "submit_login_step",
            login_session_id=session_id,
            fields={TELEGRAM_CODE.field: code},
        )
        assert not is_stuck(login)


async def test_step_that_others_move_on_is_not_stuck(
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    act: Act,
    start: Start,
    somebody_else: BeeperClient,
) -> None:
    """What was refused was about another step."""
    session_id = await start("local-telegram")
    login = login_of(loaded, session_id)
    for _ in range(STUCK_AFTER):
        beeper.inject(Fault(path=STEPS, times=1, status=500))
        with pytest.raises(HomeAssistantError):
            await enter_number(act, session_id)
    assert is_stuck(login)

    await somebody_else.submit_login_step(
        "local-telegram",
        session_id,
        TELEGRAM_PHONE.step_id,
        "user_input",
        fields={TELEGRAM_PHONE.field: "+15555550199"},
    )
    await clock.run(LOOK_INTERVAL)

    assert login.step
    assert login.step.step_id == TELEGRAM_CODE.step_id
    assert not is_stuck(login)


async def test_wait_that_is_refused_for_long_is_stuck(
    beeper: Simulator, loaded: MockConfigEntry, clock: Clock, start: Start
) -> None:
    """Who looks at a code that nobody takes any more is told; a restart is shorter."""
    session_id = await start()
    login = login_of(loaded, session_id)
    waiting = asyncio.create_task(login.async_wait_for_change())
    beeper.phone.grow_old(session_id)

    await clock.run(15)
    assert not is_stuck(login)
    assert not waiting.done()
    await clock.run(15)

    assert is_stuck(login)
    assert waiting.done()
    assert login.step is not None
    beeper.sessions[session_id].forget()
    await clock.run(MAX_PAUSE + 1)
    assert login.has_ended
    assert not is_stuck(login)
    await login.async_wait_for_change()
