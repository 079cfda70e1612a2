"""Login sessions as HTTP sees them: waiting, conflicts, time-outs, restarts.

What each network asks for is in tests/contract/test_login_flows.py.
"""

import asyncio
from typing import Any

from aiohttp import ClientConnectionError, ClientSession
from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Fault, Simulator, Timings, load_scenario
from simulator.phone import PhoneError
from tests.accounts import OTHER_WHATSAPP, WHATSAPP

from .login import (
    PATIENCE,
    Session,
    Waiter,
    address,
    create,
    read,
    running,
    sessions_of,
    submit,
    wait,
)

QR_STEP = "fi.mau.whatsapp.login.qr"
NETWORK_ACTIONS = ["grow_old", "time_out", "fail"]


def data(session: Session) -> str:
    """Return the displayed QR data."""
    text: str = session["currentStep"]["display"]["data"]
    return text


@pytest.fixture
async def session(client: ClientSession) -> Session:
    """Return a session that displays the QR code of a new WhatsApp account."""
    return await create(client, "local-whatsapp")


@pytest.fixture
async def waiter(sim: Simulator, client: ClientSession, session: Session) -> Waiter:
    """Return the task of a submit to that session, which blocks."""
    return await wait(sim, client, session)


async def until_forgotten(client: ClientSession, session: Session) -> None:
    """Read a session until it is 404."""
    async with asyncio.timeout(PATIENCE):
        while (await read(client, session))[0] != 404:
            pass


async def until_connected(client: ClientSession, account_id: str) -> None:
    """Read an account until it is connected."""
    status = None
    async with asyncio.timeout(PATIENCE):
        while status != "connected":
            async with client.get(f"/v1/accounts/{account_id}") as response:
                status = (await response.json())["status"]


async def test_submit_blocks_until_the_phone_acts(
    sim: Simulator, session: Session, waiter: Waiter
) -> None:
    """Nothing is answered before, everything after."""
    assert sim.waiting == 1
    assert not waiter.done()

    sim.phone.scan(session["loginSessionID"])
    status, done = await waiter
    assert (status, done["status"]) == (200, "complete")
    assert sim.waiting == 0


async def test_session_can_be_read_while_somebody_waits(
    sim: Simulator, client: ClientSession, session: Session, waiter: Waiter
) -> None:
    """Reading is always safe."""
    assert await read(client, session) == (200, session)

    sim.phone.refuse(session["loginSessionID"])
    await waiter


async def test_second_waiter_is_a_conflict(
    sim: Simulator, client: ClientSession, session: Session, waiter: Waiter
) -> None:
    """One request waits; another is refused and does not disturb it."""
    status, error = await submit(client, session)
    assert (status, error["code"]) == (409, "step_in_progress")

    sim.phone.scan(session["loginSessionID"])
    assert (await waiter)[1]["status"] == "complete"


async def test_client_that_leaves_frees_the_step(
    sim: Simulator, client: ClientSession, session: Session, waiter: Waiter
) -> None:
    """After a dropped connection another request may wait."""
    sim.drop_connections()
    with pytest.raises(ClientConnectionError):
        await waiter

    again = await wait(sim, client, session)
    sim.phone.scan(session["loginSessionID"])
    assert (await again)[1]["status"] == "complete"


async def test_client_that_gives_up_frees_the_step(
    sim: Simulator, client: ClientSession, session: Session, waiter: Waiter
) -> None:
    """A client may end its wait by closing the connection."""
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter

    # The server learns of it a moment later
    async with asyncio.timeout(PATIENCE):
        while sim.waiting:
            assert await read(client, session) == (200, session)
    again = await wait(sim, client, session)
    sim.phone.scan(session["loginSessionID"])
    assert (await again)[1]["status"] == "complete"


async def test_rotation_by_time() -> None:
    """A code that nobody scans is replaced again and again."""
    async with running(Timings(qr_rotation=0.02)) as (_, client):
        session = await create(client, "local-whatsapp")
        codes = {data(session)}
        for _ in range(3):
            status, session = await submit(client, session)
            assert status == 200
            assert session["currentStep"]["stepID"] == QR_STEP
            codes.add(data(session))

    assert len(codes) == 4


async def test_missed_rotation_answers_at_once(
    sim: Simulator, client: ClientSession
) -> None:
    """Who shows a code that has rotated meanwhile is told when they wait."""
    session = await create(client, "local-whatsapp")
    sim.phone.rotate(session["loginSessionID"])

    status, rotated = await submit(client, session)

    assert status == 200
    assert data(rotated) != data(session)
    waiter = await wait(sim, client, rotated)
    sim.phone.scan(session["loginSessionID"])
    await waiter


async def test_time_out_by_itself(freezer: FrozenDateTimeFactory) -> None:
    """When nobody scans for too long the wait ends, and the session can be read."""
    timings = Timings(qr_rotation=3600, qr_lifetime=160)
    async with running(timings) as (sim, client):
        waiter = await wait(sim, client, await create(client, "local-whatsapp"))
        freezer.tick(161)
        _, session = await waiter

        assert session["status"] == "failed"
        assert session["error"]["code"] == "FI.MAU.WHATSAPP.LOGIN_TIMEOUT"
        assert await read(client, session) == (200, session)


async def test_session_that_waits_for_input_is_forgotten() -> None:
    """Sessions are temporary."""
    async with running(Timings(session_timeout=0.01)) as (_, client):
        session = await create(client, "local-whatsapp", flowID="phone")
        await until_forgotten(client, session)


async def test_ended_session_is_forgotten() -> None:
    """An ended session can be read for a while only."""
    async with running(Timings(ended=0.01)) as (sim, client):
        session = await create(client, "local-whatsapp")
        sim.phone.refuse(session["loginSessionID"])
        await until_forgotten(client, session)


async def test_cancelling_frees_the_waiter(
    sim: Simulator, client: ClientSession, session: Session, waiter: Waiter
) -> None:
    """Who waits is told that the session is gone."""
    async with client.delete(address(session)) as response:
        assert (await response.json())["status"] == "cancelled"

    assert (await waiter)[0] == 404
    assert (await read(client, session))[0] == 404
    assert sim.sessions[session["loginSessionID"]].status == "cancelled"


@pytest.mark.parametrize("end", ["scan", "refuse"])
async def test_ended_session_takes_nothing_more(
    sim: Simulator, client: ClientSession, end: str
) -> None:
    """Submitting and cancelling conflict with a session that has ended."""
    session = await create(client, "local-whatsapp")
    getattr(sim.phone, end)(session["loginSessionID"])

    status, error = await submit(client, session)
    assert (status, error["code"]) == (409, "session_ended")
    async with client.delete(address(session)) as response:
        assert response.status == 409


async def test_step_that_is_not_current(client: ClientSession) -> None:
    """Only the current step takes a submission."""
    session = await create(client, "local-whatsapp")

    status, error = await submit(client, session, "fi.mau.whatsapp.login.code")

    assert (status, error["code"]) == (409, "step_not_current")
    assert QR_STEP in error["message"]


@pytest.mark.parametrize(
    ("flow", "body", "path"),
    [
        ("qr", {"type": "nonsense"}, ["type"]),
        ("qr", {"type": None}, ["type"]),
        ("qr", {"type": "user_input"}, ["type"]),
        ("phone", {"type": "display_and_wait"}, ["type"]),
        ("phone", {"type": "user_input"}, ["fields", "phone_number"]),
        (
            "phone",
            {"type": "user_input", "fields": {"phone_number": ""}},
            ["fields", "phone_number"],
        ),
        (
            "phone",
            {"type": "user_input", "fields": {"phone_number": 1}},
            ["fields", "phone_number"],
        ),
        (
            "phone",
            {"type": "user_input", "fields": {"phone_number": "+1", "x": "y"}},
            ["fields", "x"],
        ),
        ("phone", {"type": "user_input", "fields": []}, ["fields"]),
        ("phone", {"type": "user_input", "lastURL": 1}, ["lastURL"]),
        ("phone", {"type": "user_input", "source": "moon"}, ["source"]),
    ],
)
async def test_invalid_submission(
    client: ClientSession, flow: str, body: dict[str, Any], path: list[str]
) -> None:
    """What does not fit the step is refused by name, and the step stays."""
    session = await create(client, "local-whatsapp", flowID=flow)

    status, error = await submit(client, session, **body)

    assert status == 422
    assert [issue["path"] for issue in error["details"]["issues"]] == [path]
    assert await read(client, session) == (200, session)


async def test_malformed_submission(client: ClientSession) -> None:
    """What is not JSON is a bad request."""
    session = await create(client, "local-whatsapp")
    async with client.post(f"{address(session)}/steps/{QR_STEP}", data="{") as response:
        assert response.status == 400


async def test_session_belongs_to_its_bridge(client: ClientSession) -> None:
    """Under another bridge there is no such session."""
    session = await create(client, "local-whatsapp")

    status, _ = await read(client, session | {"bridgeID": "local-signal"})

    assert status == 404


async def test_account_connects_after_the_login() -> None:
    """It is connecting at first, and connected a little later."""
    async with running(Timings(connecting=0.05)) as (sim, client):
        session = await create(client, "local-whatsapp", accountID=WHATSAPP)
        sim.phone.scan(session["loginSessionID"])
        _, session = await read(client, session)
        assert session["account"]["status"] == "connecting"

        await until_connected(client, WHATSAPP)

        assert "statusText" not in sim.accounts[WHATSAPP]
        # The session tells how things were when it ended
        assert (await read(client, session))[1] == session


async def test_status_set_while_connecting_stays() -> None:
    """Finishing to connect does not undo what happened meanwhile."""
    async with running(Timings(connecting=0.01)) as (sim, client):
        first = await create(client, "local-whatsapp", accountID=WHATSAPP)
        sim.phone.scan(first["loginSessionID"])
        sim.set_status(WHATSAPP, "attention_required")

        other = await create(client, "local-whatsapp", accountID=OTHER_WHATSAPP)
        sim.phone.scan(other["loginSessionID"])
        await until_connected(client, OTHER_WHATSAPP)

        assert sim.accounts[WHATSAPP]["status"] == "attention_required"


async def test_removed_account_comes_back_as_a_new_one(
    sim: Simulator, client: ClientSession
) -> None:
    """An account that is removed during its reconnect is signed in anew."""
    session = await create(client, "local-whatsapp", accountID=WHATSAPP)
    sim.remove_account(WHATSAPP)

    sim.phone.scan(session["loginSessionID"])

    _, session = await read(client, session)
    assert session["status"] == "complete"
    assert session["account"]["accountID"] in sim.accounts


async def test_same_login_again_is_no_second_account(
    sim: Simulator, client: ClientSession
) -> None:
    """Signing in where one is signed in already reconnects that account."""
    before = set(sim.accounts)
    session = await create(client, "local-whatsapp", flowID="phone")

    fields = {"phone_number": "+1 555 555 0100"}
    _, session = await submit(client, session, type="user_input", fields=fields)
    sim.phone.approve(session["loginSessionID"])

    _, session = await read(client, session)
    assert session["account"]["accountID"] == WHATSAPP
    assert set(sim.accounts) == before


async def test_new_accounts_have_ids_of_their_own(
    sim: Simulator, client: ClientSession
) -> None:
    """However often one signs in."""
    before = len(sim.accounts)
    for bridge in ("local-whatsapp", "discordgo", "local-signal") * 3:
        session = await create(client, bridge, flowID="qr")
        sim.phone.scan(session["loginSessionID"])

    assert len(sim.accounts) == before + 9


async def test_full_bridge_still_reconnects(
    sim: Simulator, client: ClientSession
) -> None:
    """A bridge that takes no new account keeps those it has alive."""
    account = sim.accounts["discordgo"] | {
        "accountID": "linkedin",
        "bridge": {"id": "linkedin", "type": "linkedin", "provider": "cloud"},
    }
    sim.add_account(account)

    async with client.post(sessions_of("linkedin"), json={}) as response:
        assert response.status == 409
    assert await create(client, "linkedin", accountID="linkedin")


async def test_bridge_for_one_account(sim: Simulator, client: ClientSession) -> None:
    """Where only one account fits, a second one is a conflict."""
    session = await create(client, "imessage")
    sim.phone.approve(session["loginSessionID"])

    async with client.post(sessions_of("imessage"), json={}) as response:
        assert response.status == 409
        assert (await response.json())["code"] == "account_exists"


async def test_lost_answer(sim: Simulator, client: ClientSession) -> None:
    """An answer that is lost on the way has had its effect; reading tells."""
    session = await create(client, "local-whatsapp")
    sim.inject(Fault(method="POST", path="*/steps/*", drop=0, times=1))
    waiter = await wait(sim, client, session)

    sim.phone.scan(session["loginSessionID"])

    with pytest.raises(ClientConnectionError):
        await waiter
    assert (await read(client, session))[1]["status"] == "complete"


async def test_future_step_and_display() -> None:
    """Steps that no client knows are served, and finished in Beeper itself."""
    async with running(scenario="future") as (sim, client):
        passkey = await create(client, "carrierpigeon", flowID="passkey")
        assert passkey["currentStep"]["type"] == "webauthn"
        sim.phone.approve(passkey["loginSessionID"])
        assert (await read(client, passkey))[1]["status"] == "complete"

        touch = await create(client, "carrierpigeon", flowID="touch")
        assert touch["currentStep"]["display"]["type"] == "nfc"
        waiter = await wait(sim, client, touch)
        sim.phone.approve(touch["loginSessionID"])
        assert (await waiter)[1]["status"] == "complete"


async def test_same_seed_same_codes() -> None:
    """A run can be repeated to the letter."""
    codes = []
    for seed in (1, 1, 2):
        sim = Simulator(load_scenario("home"), seed=seed)
        headers = {"Authorization": f"Bearer {sim.token}"}
        async with sim, ClientSession(sim.url, headers=headers) as client:
            codes.append(data(await create(client, "local-whatsapp")))

    assert codes[0] == codes[1] != codes[2]


@pytest.mark.parametrize(
    ("bridge_id", "flow", "actions"),
    [
        ("local-whatsapp", "qr", ["scan", "approve", "refuse", "rotate"]),
        ("local-whatsapp", "phone", []),
        ("imessage", "nothing", ["approve", "refuse"]),
        ("facebookgo", "facebook", []),
        (
            "discordgo",
            "qr",
            ["scan", "approve", "refuse"],
        ),
    ],
)
async def test_what_the_phone_can_do(
    sim: Simulator, client: ClientSession, bridge_id: str, flow: str, actions: list[str]
) -> None:
    """Only what can happen at the step can be done; the rest says so."""
    session_id = (await create(client, bridge_id, flowID=flow))["loginSessionID"]

    assert sim.phone.actions(session_id) == actions + NETWORK_ACTIONS
    for action in {"scan", "approve", "refuse", "rotate"} - set(actions):
        with pytest.raises(PhoneError, match=f"cannot {action} now"):
            getattr(sim.phone, action)(session_id)
    with pytest.raises(PhoneError, match="cannot tap now"):
        sim.phone.tap(session_id, "⭐")
    with pytest.raises(PhoneError, match="there are only login_timed_out"):
        sim.phone.fail(session_id, "nonsense")


async def test_phone_without_session(sim: Simulator, client: ClientSession) -> None:
    """Unknown and ended sessions are told apart from silence."""
    with pytest.raises(PhoneError, match="there is no login session nonsense"):
        sim.phone.scan("nonsense")

    session = await create(client, "local-whatsapp")
    sim.phone.scan(session["loginSessionID"])
    with pytest.raises(PhoneError, match="the login session is complete"):
        sim.phone.scan(session["loginSessionID"])
