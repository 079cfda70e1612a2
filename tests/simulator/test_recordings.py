"""Recordings of real Beepers: played as they were, and on from there."""

from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
import pytest

from simulator import ScenarioError, Simulator, Timings, load_scenario

from .login import create, wait

type Json = Any

SIGNAL: Json = {
    "accountID": "local-signal_ba_x1",
    "bridge": {"id": "local-signal", "provider": "local", "type": "signal"},
    "loginID": "x2",
    "status": "connection_required",
    "user": {"id": "@local-signal_x2:beeper.local", "phoneNumber": "+10000001"},
    "mood": {"value": "x3"},
}
WITHOUT_BRIDGE: Json = {"accountID": "x4", "bridge": None, "status": 7, "user": None}
ACCOUNTS: list[Json] = [None, SIGNAL, {"accountID": ""}, WITHOUT_BRIDGE]

SIGNAL_IN_BRIDGE = SIGNAL | {"status": "disconnected"}
BRIDGES: list[Json] = [
    {"type": "nameless"},
    {
        "id": "local-signal",
        "type": "signal",
        "accounts": [[], SIGNAL_IN_BRIDGE, WITHOUT_BRIDGE],
        "status": "nesting",
        "coop": 7,
    },
    {"id": "x5", "type": None, "accounts": "none", "supportsMultipleAccounts": None},
    {"id": "local-signal", "displayName": "Network 1"},
]

LOGINS: Json = {"items": [{"loginID": "x2", "wings": 2}], "next": None}
FLOWS: Json = {"items": [{"id": "qr", "icon": "x6"}, {"name": "Text 1"}]}


def good(body: Json) -> Json:
    """Return a good answer as it is recorded."""
    return {"status": 200, "body": body}


RECORDING: Json = {
    "info": good(
        {
            "app": {"version": "5.0.1", "bundle_id": "com.automattic.beeper.server"},
            "server": {"hostname": "localhost", "port": 23373, "mood": "x7"},
            "endpoints": {"spec": "http://localhost:23373/v1/spec"},
        }
    ),
    "setup": good({"state": "needs-secrets", "matrix": {"userID": "@x8:beeper.com"}}),
    "accounts": good(ACCOUNTS),
    "bridges": good({"items": BRIDGES, "cursor": None}),
    "spec": good({"openapi": "3.1.0"}),
    "ofBridges": {
        "local-signal": {
            "capabilities": {"status": 502, "body": {"message": "Text 2"}},
            "login-flows": good(FLOWS),
            "logins": good(LOGINS),
        },
        "x5": {"capabilities": {"status": 200}, "login-flows": {}},
    },
}

OF_SIGNAL = "/v1/bridges/local-signal"


def write(folder: Path, recording: Json) -> Path:
    """Write a scenario that is a recording."""
    path = folder / "mine.json"
    path.write_text(json.dumps({"about": "x", "recording": recording}))
    return path


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Simulator]:
    """Play the recording."""
    scenario = load_scenario(write(tmp_path, RECORDING))
    async with Simulator(scenario, timings=Timings(connecting=0.01)) as simulator:
        yield simulator


async def get(client: ClientSession, path: str) -> Json:
    """Return an answer's JSON."""
    async with client.get(path) as response:
        assert response.status == 200, path
        return await response.json()


async def test_lists_are_as_they_were(client: ClientSession) -> None:
    """Odd items too, each at its place, and where two lists tell it otherwise."""
    assert await get(client, "/v1/accounts") == ACCOUNTS
    assert await get(client, "/v1/bridges") == {"items": BRIDGES, "cursor": None}
    assert await get(client, "/v1/accounts/x4") == WITHOUT_BRIDGE
    assert await get(client, OF_SIGNAL) == BRIDGES[1]
    assert await get(client, "/v1/bridges/x5") == BRIDGES[2]


async def test_answers_about_bridges_are_as_they_were(client: ClientSession) -> None:
    """Failures too; what was not recorded is served as for any Beeper."""
    assert await get(client, f"{OF_SIGNAL}/login-flows") == FLOWS
    assert await get(client, f"{OF_SIGNAL}/logins") == LOGINS
    assert await get(client, "/v1/bridges/x5/logins") == {"items": []}
    async with client.get(f"{OF_SIGNAL}/capabilities") as response:
        assert response.status == 502
        assert await response.json() == {"message": "Text 2"}
    async with client.get("/v1/bridges/x5/capabilities") as response:
        assert (response.status, response.content_type) == (200, "text/html")
    async with client.get("/v1/bridges/x5/login-flows") as response:
        assert (response.status, response.content_type) == (503, "text/html")
    async with client.get("/v1/bridges/nowhere/logins") as response:
        assert response.status == 404


async def test_addresses_are_those_of_the_simulator(
    sim: Simulator, client: ClientSession
) -> None:
    """A recording has none of its own."""
    info = await get(client, "/v1/info")

    assert info["endpoints"] == {"spec": f"{sim.url}/v1/spec"}
    assert info["server"]["hostname"] == "127.0.0.1"
    assert sim.url.endswith(f":{info['server']['port']}")
    assert info["server"]["mood"] == "x7"


async def test_version_and_state_are_as_they_were(client: ClientSession) -> None:
    """The header of every answer has the version; the state can be changed."""
    async with client.get("/v1/app/setup") as response:
        assert response.headers["X-Beeper-Desktop-Version"] == "5.0.1"
        assert await response.json() == RECORDING["setup"]["body"]
    assert await get(client, "/v1/spec") == {"openapi": "3.1.0"}

    async with client.post("/control/app-state", json={"state": "ready"}) as response:
        assert response.status == 200

    setup = await get(client, "/v1/app/setup")
    assert setup["state"] == "ready"
    assert setup["matrix"]["userID"] == "@x8:beeper.com"


async def test_nobody_else_has_a_specification() -> None:
    """There is none without a recording."""
    async with (
        Simulator(load_scenario("home")) as simulator,
        ClientSession(simulator.url) as client,
        client.get("/v1/spec") as response,
    ):
        assert response.status == 404


async def test_changes_show_in_all_lists(sim: Simulator, client: ClientSession) -> None:
    """What has changed is as it is now; all else is as odd as it was."""
    sim.set_status("local-signal_ba_x1", "connected")
    changed = SIGNAL | {"status": "connected"}

    assert await get(client, "/v1/accounts") == [None, changed, *ACCOUNTS[2:]]
    bridges = (await get(client, "/v1/bridges"))["items"]
    assert bridges[1] == BRIDGES[1] | {"accounts": [[], changed, WITHOUT_BRIDGE]}
    assert [bridges[0], *bridges[2:]] == [BRIDGES[0], *BRIDGES[2:]]
    [login] = (await get(client, f"{OF_SIGNAL}/logins"))["items"]
    assert (login["loginID"], login["status"]) == ("x2", "connected")


async def test_accounts_come_and_go(sim: Simulator, client: ClientSession) -> None:
    """In both lists, after those that were recorded."""
    new = SIGNAL | {"accountID": "new"}
    sim.add_account(new)
    sim.remove_account("local-signal_ba_x1")

    assert await get(client, "/v1/accounts") == [None, *ACCOUNTS[2:], new]
    bridge = await get(client, OF_SIGNAL)
    assert bridge["accounts"] == [[], WITHOUT_BRIDGE, new]


async def test_login_in_a_recording(sim: Simulator, client: ClientSession) -> None:
    """A network that the simulator knows can be signed in to."""
    started = await create(client, "local-signal", accountID="local-signal_ba_x1")
    waiter = await wait(sim, client, started)
    sim.phone.scan(started["loginSessionID"])
    _, session = await waiter

    assert session["status"] == "complete"
    assert session["account"]["mood"] == {"value": "x3"}


async def test_phone_page_of_a_recording(client: ClientSession) -> None:
    """It lists what has an ID."""
    state = await get(client, "/control/state")

    assert [account["accountID"] for account in state["accounts"]] == [
        "local-signal_ba_x1",
        "x4",
    ]


async def test_lists_that_were_none(tmp_path: Path) -> None:
    """An answer that is no list is played as it was."""
    recording = {"accounts": good({"odd": True}), "bridges": good({"items": None})}
    scenario = load_scenario(write(tmp_path, recording))
    async with Simulator(scenario) as simulator:
        headers = {"Authorization": f"Bearer {simulator.token}"}
        async with ClientSession(simulator.url, headers=headers) as client:
            assert await get(client, "/v1/accounts") == {"odd": True}
            assert await get(client, "/v1/bridges") == {"items": None}


async def test_half_a_character(tmp_path: Path) -> None:
    """It is sent escaped, as JavaScript does."""
    account = SIGNAL | {"statusText": "Text 1 \ud83d"}
    scenario = load_scenario(write(tmp_path, {"accounts": good([account])}))
    async with Simulator(scenario) as simulator:
        headers = {"Authorization": f"Bearer {simulator.token}"}
        async with (
            ClientSession(simulator.url, headers=headers) as client,
            client.get("/v1/accounts") as response,
        ):
            assert rb'"Text 1 \ud83d"' in await response.read()


def test_account_that_only_its_bridge_has(tmp_path: Path) -> None:
    """It is known, too."""
    recording = {"bridges": good({"items": [{"id": "b", "accounts": [SIGNAL]}]})}

    scenario = load_scenario(write(tmp_path, recording))

    assert scenario.accounts == (SIGNAL,)


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        (None, "recording: must be a mapping"),
        ({"chats": {}}, "recording.chats: is unknown; known are info, setup"),
        ({"info": []}, "recording.info: must be a mapping"),
        ({"info": {"stauts": 200}}, "recording.info.stauts: is unknown"),
        ({"info": {"status": "200"}}, "recording.info.status: must be that of an an"),
        ({"info": {"status": 99}}, "recording.info.status: must be that of an answer"),
        ({"ofBridges": []}, "recording.ofBridges: must be a mapping"),
        ({"ofBridges": {"b": []}}, "recording.ofBridges.b: must be a mapping"),
        ({"ofBridges": {"b": {"x": {}}}}, "recording.ofBridges.b.x: is unknown"),
    ],
)
def test_invalid_recording(tmp_path: Path, recording: Json, message: str) -> None:
    """The error names the file and the place."""
    with pytest.raises(ScenarioError) as raised:
        load_scenario(write(tmp_path, recording))

    assert str(raised.value).startswith(f"mine.json: {message}")


def test_file_that_is_no_json(tmp_path: Path) -> None:
    """The error names the file."""
    path = tmp_path / "mine.json"
    path.write_text("{")

    with pytest.raises(ScenarioError, match=r"mine\.json: Expecting property name"):
        load_scenario(path)
