"""How logins go wrong, in the framework's way and in Beeper's, and how they go on late.

What each network ends a login with is in tests/contract/test_login_flows.py.
"""

import asyncio

from aiohttp import ClientConnectionError, ClientSession
from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import LoginSettings, Simulator, Timings
from simulator.login_flows import FLOWS, Attempt, Flow, Identity, LoginFailed, LoginFlow
from simulator.phone import PhoneError
from simulator.styles import StyleName
from tests.accounts import SLACK, WHATSAPP

from .login import (
    PATIENCE,
    Waiter,
    address,
    create,
    enter,
    read,
    running,
    sessions_of,
    start,
    submit,
    wait,
)

NOT_FOUND = {"code": "M_NOT_FOUND", "message": "Login not found"}
TIMED_OUT = {
    "code": "FI.MAU.WHATSAPP.LOGIN_TIMEOUT",
    "message": "Entering code or scanning QR timed out. Please try again.",
}
CANCELLED = {
    "code": "FI.MAU.BRIDGE.LOGIN_CANCELLED",
    "message": "Login process was cancelled",
}
TOO_LATE = {
    "code": "FI.MAU.BRIDGE.LOGIN_TIMED_OUT",
    "message": "Login process timed out",
}
PATIENT = Timings(qr_rotation=86400, qr_lifetime=86400)


@pytest.fixture
def framework(sim: Simulator) -> None:
    """Let the simulator be as the bridges' framework is."""
    sim.logins.style = "framework"


async def until(waiter: Waiter) -> None:
    """Let a waiter's answer arrive."""
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait({waiter})


async def until_connected(sim: Simulator, number: int) -> None:
    """Return when so many requests are under way."""
    async with asyncio.timeout(PATIENCE), ClientSession(sim.url) as other:
        while sim.open_connections < number + 1:
            async with other.get("/v1/info"):
                pass
        # What came in before this is being served
        async with other.get("/v1/info"):
            pass


@pytest.mark.usefixtures("framework")
async def test_session_is_gone_with_its_error(
    sim: Simulator, client: ClientSession
) -> None:
    """Who waits is told why; who comes later only that there is no such login."""
    session = await create(client, "local-whatsapp")
    waiter = await wait(sim, client, session)

    sim.phone.time_out(session["loginSessionID"])

    assert await waiter == (400, TIMED_OUT)
    assert await read(client, session) == (404, NOT_FOUND)
    assert await submit(client, session) == (404, NOT_FOUND)
    async with client.delete(address(session)) as response:
        assert response.status == 404
    assert sim.sessions[session["loginSessionID"]].status == "failed"


@pytest.mark.usefixtures("framework")
async def test_error_waits_for_the_request_that_meets_it(
    sim: Simulator, client: ClientSession
) -> None:
    """While nobody waits, the session looks as before."""
    session = await create(client, "local-whatsapp")
    sim.phone.time_out(session["loginSessionID"])

    assert await read(client, session) == (200, session)
    with pytest.raises(PhoneError, match="the login session is failed"):
        sim.phone.scan(session["loginSessionID"])
    assert await submit(client, session) == (400, TIMED_OUT)
    assert await read(client, session) == (404, NOT_FOUND)


@pytest.mark.usefixtures("framework")
async def test_session_with_an_error_can_be_cancelled(
    sim: Simulator, client: ClientSession
) -> None:
    """Nobody has met the error yet."""
    session = await create(client, "local-whatsapp")
    sim.phone.time_out(session["loginSessionID"])

    async with client.delete(address(session)) as response:
        assert (await response.json())["status"] == "cancelled"
    assert (await read(client, session))[0] == 404


@pytest.mark.usefixtures("framework")
async def test_error_of_what_was_entered(sim: Simulator, client: ClientSession) -> None:
    """The submission that is wrong is answered with the error."""
    session = await create(client, "local-whatsapp", flowID="phone")

    status, error = await enter(sim, client, session, phone_number="+1555")

    assert status == 400
    assert error["code"] == "FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT"
    assert await read(client, session) == (404, NOT_FOUND)


@pytest.mark.usefixtures("framework")
async def test_completion_is_no_error(sim: Simulator, client: ClientSession) -> None:
    """Who waits gets the account; the login itself is gone for whoever submits."""
    session = await create(client, "local-whatsapp")
    waiter = await wait(sim, client, session)
    sim.phone.scan(session["loginSessionID"])

    status, done = await waiter
    assert (status, done["status"]) == (200, "complete")
    assert await read(client, session) == (200, done)
    assert await submit(client, session, "fi.mau.whatsapp.login.qr") == (404, NOT_FOUND)


@pytest.mark.usefixtures("framework")
async def test_second_waiter_joins_the_first(
    sim: Simulator, client: ClientSession
) -> None:
    """Both get the same answer, also where the first one leaves."""
    session = await create(client, "local-whatsapp")
    first = await wait(sim, client, session)
    second = asyncio.create_task(submit(client, session))
    third = asyncio.create_task(submit(client, session))
    await until_connected(sim, 3)
    first.cancel()
    await asyncio.wait({first})

    sim.phone.rotate(session["loginSessionID"])

    status, rotated = await second
    assert status == 200
    assert rotated["currentStep"]["display"] != session["currentStep"]["display"]
    assert await third == (200, rotated)


@pytest.mark.usefixtures("framework")
async def test_both_waiters_get_the_error(
    sim: Simulator, client: ClientSession
) -> None:
    """Nobody is left without the reason."""
    session = await create(client, "local-whatsapp")
    waiters = [await wait(sim, client, session)]
    waiters.append(asyncio.create_task(submit(client, session)))
    await until_connected(sim, 2)

    sim.phone.time_out(session["loginSessionID"])

    assert await asyncio.gather(*waiters) == [(400, TIMED_OUT)] * 2


@pytest.mark.usefixtures("framework")
async def test_who_is_a_step_behind_gets_the_current_one(
    sim: Simulator, client: ClientSession
) -> None:
    """What was submitted a second time is not taken, and no error."""
    session = await create(client, "local-whatsapp", flowID="phone")
    _, shown = await enter(sim, client, session)

    fields = {"phone_number": "+1555"}
    again = await submit(client, session, type="user_input", fields=fields)

    assert again == (200, shown)


@pytest.mark.usefixtures("framework")
async def test_any_other_step_is_refused(client: ClientSession) -> None:
    """It was never asked for; that is no reason to end."""
    session = await create(client, "local-whatsapp")

    status, error = await submit(client, session, "fi.mau.whatsapp.login.code")

    assert (status, error["code"]) == (500, "M_BAD_STATE")
    assert await read(client, session) == (200, session)


@pytest.mark.usefixtures("framework")
async def test_waiter_is_told_of_a_cancellation(
    sim: Simulator, client: ClientSession
) -> None:
    """It is another error than that of a login that is not there."""
    session = await create(client, "local-whatsapp")
    waiter = await wait(sim, client, session)

    async with client.delete(address(session)) as response:
        assert response.status == 200

    assert await waiter == (410, CANCELLED)
    assert await read(client, session) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("bridge_id", "flow_id", "lifetime"),
    [
        ("local-whatsapp", "phone", 1800),
        ("imessage", "nothing", 1800),
        ("discordgo", "qr", 1800),
        ("local-telegram", "phone", 600),
    ],
)
@pytest.mark.parametrize("style", ["beeper", "framework"])
async def test_whole_login_lives_for_half_an_hour(
    freezer: FrozenDateTimeFactory,
    style: StyleName,
    bridge_id: str,
    flow_id: str,
    lifetime: int,
) -> None:
    """Telegram's ends after ten minutes."""
    async with running(style=style) as (_, client):
        session = await create(client, bridge_id, flowID=flow_id)

        freezer.tick(lifetime - 1)
        assert await read(client, session) == (200, session)
        freezer.tick(2)
        status, ended = await read(client, session)

    if status == 200:
        # Where something is displayed, a session can tell that it is over
        assert style == "beeper"
        assert ended["error"]["message"] == TIMED_OUT["message"]
    else:
        assert status == 404


async def test_waiter_is_told_that_a_login_took_too_long(
    freezer: FrozenDateTimeFactory,
) -> None:
    """The framework ends the whole login, whatever it waits for."""
    async with running(PATIENT, style="framework") as (sim, client):
        session = await create(client, "local-whatsapp")
        waiter = await wait(sim, client, session)

        freezer.tick(1801)
        await until(waiter)

        assert waiter.result() == (410, TOO_LATE)
        assert await read(client, session) == (404, NOT_FOUND)


@pytest.mark.parametrize("style", ["beeper", "framework"])
async def test_old_session_can_be_read_only(
    sim: Simulator, client: ClientSession, style: StyleName
) -> None:
    """After hours it still answers, but takes nothing; it can be cancelled."""
    sim.logins.style = style
    session = await create(client, "local-whatsapp")
    waiter = await wait(sim, client, session)

    sim.phone.grow_old(session["loginSessionID"])

    broken = {"code": "M_UNKNOWN", "message": "Internal error in login step"}
    assert await waiter == (500, broken)
    for _ in range(2):
        assert await read(client, session) == (200, session)
        assert await submit(client, session) == (500, broken)
    async with client.delete(address(session)) as response:
        assert response.status == 200


async def test_old_session_ends_never(freezer: FrozenDateTimeFactory) -> None:
    """Nothing of it happens by itself any more."""
    async with running() as (sim, client):
        session = await create(client, "local-whatsapp")
        sim.phone.grow_old(session["loginSessionID"])

        freezer.tick(86400)

        assert await read(client, session) == (200, session)


async def test_somebody_else_replaces_the_login(
    sim: Simulator, client: ClientSession
) -> None:
    """Who signs in as another person than the one to be reconnected signs that one out."""
    before = sim.accounts
    session = await create(client, "local-whatsapp", accountID=WHATSAPP)
    assert "somebody_else" in sim.phone.actions(session["loginSessionID"])
    sim.phone.somebody_else(session["loginSessionID"])
    waiter = await wait(sim, client, session)

    sim.phone.scan(session["loginSessionID"])

    status, done = await waiter
    assert (status, done["status"]) == (200, "complete")
    [added] = sim.accounts.keys() - before.keys()
    assert before.keys() - sim.accounts.keys() == {WHATSAPP}
    assert done["accountID"] == done["account"]["accountID"] == added
    assert done["loginID"] == done["login"]["loginID"] != session["loginID"]
    # Its login is gone with it, so it cannot be reconnected again
    assert (await start(client, "local-whatsapp", accountID=WHATSAPP))[0] == 404
    assert (await start(client, "local-whatsapp", loginID="15555550100"))[0] == 404


async def test_another_address_is_somebody_else(
    sim: Simulator, client: ClientSession
) -> None:
    """The network knows people by what they enter, too."""
    account_id = SLACK
    session = await create(client, "slackgo", accountID=account_id, flowID="email")

    _, session = await enter(sim, client, session, email="bob@example.com")
    while session["status"] != "complete":
        _, session = await enter(sim, client, session)

    assert account_id not in sim.accounts
    assert session["account"]["user"]["email"] == "bob@example.com"


async def test_somebody_else_needs_an_account_to_replace(
    sim: Simulator, client: ClientSession
) -> None:
    """Whoever connects a new account is nobody else."""
    session = await create(client, "local-whatsapp")

    with pytest.raises(PhoneError, match="cannot somebody_else now"):
        sim.phone.somebody_else(session["loginSessionID"])


async def test_start_takes_its_time(
    freezer: FrozenDateTimeFactory, sim: Simulator, client: ClientSession
) -> None:
    """It is answered late, not refused."""
    sim.logins.start_delay = 60
    arrived = asyncio.create_task(sim.wait_for_request(sessions_of("local-whatsapp")))
    starting = asyncio.create_task(create(client, "local-whatsapp"))
    await arrived
    freezer.tick(59)
    assert (await start(client, "nonsense"))[0] == 404
    assert not starting.done()

    freezer.tick(2)

    async with asyncio.timeout(PATIENCE):
        session = await starting
    assert session["status"] == "waiting_for_display"


async def test_start_goes_on_without_who_gave_up(
    freezer: FrozenDateTimeFactory, sim: Simulator, client: ClientSession
) -> None:
    """A session is left behind that the client does not know."""
    sim.logins.start_delay = 60
    arrived = asyncio.create_task(sim.wait_for_request(sessions_of("local-whatsapp")))
    starting = asyncio.create_task(create(client, "local-whatsapp"))
    await arrived
    sim.drop_connections()
    with pytest.raises(ClientConnectionError):
        await starting
    assert sim.sessions == {}

    freezer.tick(61)

    async with asyncio.timeout(PATIENCE):
        while not sim.sessions:
            async with client.get("/v1/info"):
                pass
    [session] = sim.sessions.values()
    assert session.status == "waiting_for_display"


async def test_start_that_fails_late_is_no_trouble(
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    client: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where the client has given up, nobody is left to be told."""
    monkeypatch.setitem(FLOWS, "whatsapp", (LoginFlow("a", "A", "A", never),))
    sim.logins.style = "framework"
    sim.logins.start_delay = 60
    arrived = asyncio.create_task(sim.wait_for_request(sessions_of("local-whatsapp")))
    starting = asyncio.create_task(create(client, "local-whatsapp"))
    await arrived
    sim.drop_connections()
    with pytest.raises(ClientConnectionError):
        await starting

    sim.logins.start_delay = 0
    freezer.tick(61)
    assert (await start(client, "local-signal"))[0] == 200

    assert [session.bridge.id for session in sim.sessions.values()] == ["local-signal"]
    assert "never retrieved" not in caplog.text
    assert "rate" not in caplog.text


async def test_restart_ends_what_is_about_to_start(
    sim: Simulator, client: ClientSession
) -> None:
    """Nothing is left of it."""
    sim.logins.start_delay = 60
    arrived = asyncio.create_task(sim.wait_for_request(sessions_of("local-whatsapp")))
    starting = asyncio.create_task(create(client, "local-whatsapp"))
    await arrived

    await sim.stop()
    with pytest.raises(ClientConnectionError):
        await starting
    await sim.start()

    assert sim.sessions == {}


async def test_same_session_id_twice(sim: Simulator, client: ClientSession) -> None:
    """A new session may take the ID, and the place, of the one before."""
    first = await create(client, "local-whatsapp")
    sim.logins.repeats_id = True

    second = await create(client, "local-whatsapp", flowID="phone")

    assert second["loginSessionID"] == first["loginSessionID"]
    assert await read(client, first) == (200, second)
    assert len(sim.sessions) == 1


async def test_first_session_has_no_id_to_repeat(
    sim: Simulator, client: ClientSession
) -> None:
    """Before there is a session, an ID is new."""
    sim.logins.repeats_id = True

    assert (await create(client, "local-whatsapp"))["loginSessionID"]


def at_once(attempt: Attempt) -> Flow:
    """Be signed in already."""
    yield from ()
    return Identity(attempt.phone_number.removeprefix("+"))


def never(_: Attempt) -> Flow:
    """Be refused by the network."""
    yield from ()
    raise LoginFailed("rate_limited")


async def test_login_is_complete_in_its_first_answer(
    sim: Simulator, client: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked where nothing has to be."""
    monkeypatch.setitem(FLOWS, "whatsapp", (LoginFlow("a", "A", "A", at_once),))

    session = await create(client, "local-whatsapp")

    assert session["status"] == "complete"
    assert session["account"]["accountID"] in sim.accounts
    assert await read(client, session) == (200, session)


@pytest.mark.parametrize("style", ["beeper", "framework"])
async def test_login_fails_in_its_first_answer(
    sim: Simulator,
    client: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    style: StyleName,
) -> None:
    """A start may fail like any other step; the framework then keeps no session."""
    sim.logins.style = style
    monkeypatch.setitem(FLOWS, "whatsapp", (LoginFlow("a", "A", "A", never),))

    status, answer = await start(client, "local-whatsapp")

    if style == "beeper":
        assert (status, answer["status"]) == (200, "failed")
        assert answer["error"]["code"] == "FI.MAU.WHATSAPP.RATE_LIMITED"
        assert await read(client, answer) == (200, answer)
    else:
        assert (status, answer["code"]) == (400, "FI.MAU.WHATSAPP.RATE_LIMITED")
        assert sim.sessions == {}


async def test_session_keeps_the_style_it_began_with(
    sim: Simulator, client: ClientSession
) -> None:
    """A change of the settings is for sessions to come."""
    session = await create(client, "local-whatsapp")
    sim.logins.style = "framework"
    waiter = await wait(sim, client, session)

    sim.phone.time_out(session["loginSessionID"])

    status, failed = await waiter
    assert (status, failed["status"]) == (200, "failed")


@pytest.mark.parametrize(
    "values", [{"shape": "round"}, {"style": "baroque"}, {"start_delay": -1}]
)
def test_settings_that_cannot_be(values: dict[str, object]) -> None:
    """They are refused by name."""
    [name] = values

    with pytest.raises(ValueError, match=f"^{name} must"):
        LoginSettings(**values)  # type: ignore[arg-type]  # that is the point
