"""Starting, stopping, and what is left: nothing."""

import asyncio
import gc
import socket

from aiohttp import ClientConnectionError, ClientSession
import pytest

from simulator import Fault, Simulator, Timings, load_scenario
from tests.accounts import WHATSAPP

SESSIONS = "/v1/bridges/local-whatsapp/login-sessions"


async def test_restart_on_the_same_port() -> None:
    """Restarted, Beeper is where it was, with its accounts but without sessions."""
    sim = Simulator(load_scenario("home"))
    headers = {"Authorization": f"Bearer {sim.token}"}
    await sim.start()
    url = sim.url
    sim.set_status("matrix", "disconnected")
    accounts = sim.accounts
    async with ClientSession(headers=headers) as client:
        async with client.post(url + SESSIONS, json={}) as response:
            session_id = (await response.json())["loginSessionID"]

        await sim.stop()
        with pytest.raises(ClientConnectionError):
            await client.get(f"{url}/v1/info")

        await sim.start()
        assert sim.url == url
        async with client.get(f"{url}{SESSIONS}/{session_id}") as response:
            assert response.status == 404
        async with client.get(f"{url}/v1/accounts") as response:
            assert await response.json() == list(accounts.values())
        assert sim.sessions == {}
    await sim.stop()


async def test_stop_leaves_nothing() -> None:
    """Not even with requests that hang, waiters and running timers."""
    loop = asyncio.get_running_loop()
    tasks_before = asyncio.all_tasks()
    sim = Simulator(load_scenario("home"), timings=Timings(connecting=3600))
    await sim.start()
    async with ClientSession(
        sim.url, headers={"Authorization": f"Bearer {sim.token}"}
    ) as client:
        async with client.post(SESSIONS, json={"flowID": "qr"}) as response:
            done = await response.json()
        sim.phone.scan(done["loginSessionID"])
        async with client.post(SESSIONS, json={"flowID": "qr"}) as response:
            session = await response.json()
        path = f"{SESSIONS}/{session['loginSessionID']}/steps"
        step_id = session["currentStep"]["stepID"]
        sim.inject(Fault(path="/v1/accounts", delay=3600))
        requests = [
            asyncio.create_task(client.get("/v1/accounts")),
            asyncio.create_task(
                client.post(f"{path}/{step_id}", json={"type": "display_and_wait"})
            ),
        ]
        await sim.wait_for_waiter(session["loginSessionID"])

        await sim.stop()

        for request in requests:
            with pytest.raises(ClientConnectionError):
                await request
    assert sim.open_connections == 0
    assert sim.waiting == 0
    assert asyncio.all_tasks() <= tasks_before
    timers = [
        timer
        for timer in loop._scheduled  # type: ignore[attr-defined]  # noqa: SLF001  # the only list of timers there is
        if not timer.cancelled() and "simulator" in repr(timer)
    ]
    assert timers == []
    gc.collect()  # an open socket would be reported here, and fail the test


async def test_accounts_on_their_way_are_connected_after_a_restart() -> None:
    """A restart takes longer than connecting."""
    sim = Simulator(load_scenario("home"), timings=Timings(connecting=3600))
    account_id = WHATSAPP
    async with sim, ClientSession(sim.url) as client:
        headers = {"Authorization": f"Bearer {sim.token}"}
        body = {"flowID": "qr", "accountID": account_id}
        async with client.post(SESSIONS, json=body, headers=headers) as response:
            session = await response.json()
        sim.phone.scan(session["loginSessionID"])
        assert sim.accounts[account_id]["status"] == "connecting"

    assert sim.accounts[account_id]["status"] == "connected"


async def test_stopping_twice_does_no_harm(sim: Simulator) -> None:
    """A stopped simulator can be stopped again."""
    await sim.stop()
    await sim.stop()


async def test_busy_port() -> None:
    """A taken port is an OSError, and leaves nothing running."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        sim = Simulator(load_scenario("empty"), port=other.getsockname()[1])

        with pytest.raises(OSError, match="address already in use"):
            await sim.start()

    assert sim.open_connections == 0


async def test_open_connections(sim: Simulator) -> None:
    """Connections are counted while they are open."""
    assert sim.open_connections == 0
    async with ClientSession(sim.url) as first, ClientSession(sim.url) as second:
        async with first.get("/v1/info"):
            assert sim.open_connections == 1
        async with second.get("/v1/info"):
            assert sim.open_connections == 2


async def test_accounts_are_copies(sim: Simulator) -> None:
    """Only the methods change what is served."""
    sim.accounts["matrix"]["status"] = "disabled"

    assert sim.accounts["matrix"]["status"] == "connected"
