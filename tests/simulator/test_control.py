"""The control API, as the phone page, the demo and curl use it."""

from typing import Any

from aiohttp import ClientSession
import pytest

from simulator import Fault, LoginSettings, Simulator
from tests.accounts import WHATSAPP

CODE = "FI.MAU.WHATSAPP"
ACCOUNT = {
    "accountID": "a/b",
    "bridge": {"id": "discordgo", "provider": "cloud", "type": "discordgo"},
    "status": "connected",
    "user": {"id": "@alice:beeper.com"},
}


@pytest.fixture
async def anyone(sim: Simulator) -> Any:
    """Return a client without a token."""
    async with ClientSession(sim.url) as session:
        yield session


async def start_login(sim: Simulator, bridge_id: str, **body: str) -> str:
    """Start a login session and return its id."""
    headers = {"Authorization": f"Bearer {sim.token}"}
    path = f"/v1/bridges/{bridge_id}/login-sessions"
    async with (
        ClientSession(sim.url, headers=headers) as client,
        client.post(path, json=body) as response,
    ):
        session_id: str = (await response.json())["loginSessionID"]
        return session_id


async def test_state(sim: Simulator, anyone: ClientSession) -> None:
    """The state shows accounts, sessions and faults, but no token."""
    session_id = await start_login(sim, "local-whatsapp", flowID="phone")
    sim.inject(Fault(path="/v1/accounts", status=500, body=b"x"))

    async with anyone.get("/control/state") as response:
        text = await response.text()
        state = await response.json()

    assert state["accounts"] == list(sim.accounts.values())
    assert state["appState"] == "ready"
    assert state["waiting"] == 0
    assert state["openConnections"] == 1
    assert state["faults"] == [
        {"method": "*", "path": "/v1/accounts", "status": 500, "body": "x"}
    ]
    (session,) = state["sessions"]
    assert session["loginSessionID"] == session_id
    assert session["status"] == "waiting_for_input"
    assert session["displayName"] == "WhatsApp"
    assert session["codes"] == sim.phone.codes(session_id)
    assert session["actions"] == ["grow_old", "time_out", "fail"]
    assert sim.token not in text
    assert sim.read_only_token not in text


async def test_set_status(sim: Simulator, anyone: ClientSession) -> None:
    """An account's status and its text can be set, any status."""
    path = "/control/accounts/matrix/status"
    async with anyone.post(path, json={"status": "x", "statusText": "y"}) as response:
        assert response.status == 200
    assert sim.accounts["matrix"]["status"] == "x"
    assert sim.accounts["matrix"]["statusText"] == "y"

    async with anyone.post(path, json={"status": "connected"}):
        pass
    assert sim.accounts["matrix"]["status"] == "connected"
    assert "statusText" not in sim.accounts["matrix"]


async def test_add_and_remove_an_account(sim: Simulator, anyone: ClientSession) -> None:
    """Accounts come and go."""
    async with anyone.post("/control/accounts", json=ACCOUNT) as response:
        assert response.status == 200
    assert sim.accounts["a/b"] == ACCOUNT

    async with anyone.delete("/control/accounts/a%2Fb") as response:
        assert response.status == 200
    assert "a/b" not in sim.accounts


async def test_app_state(sim: Simulator, anyone: ClientSession) -> None:
    """Beeper can be signed out."""
    async with anyone.post("/control/app-state", json={"state": "needs-login"}):
        pass
    assert sim.app_state == "needs-login"


async def test_faults(sim: Simulator, anyone: ClientSession) -> None:
    """Faults are injected as JSON, and all taken back together."""
    async with anyone.post(
        "/control/faults", json={"path": "/v1/info", "status": 503, "times": 2}
    ) as response:
        assert response.status == 200
    async with anyone.get("/v1/info") as response:
        assert response.status == 503

    async with anyone.delete("/control/faults"):
        pass
    async with anyone.get("/v1/info") as response:
        assert response.status == 200


async def test_login_settings(sim: Simulator, anyone: ClientSession) -> None:
    """How logins are treated is changed member by member, and shown."""
    path = "/control/login-settings"
    async with anyone.post(path, json={"style": "framework"}) as response:
        assert response.status == 200
    async with anyone.post(path, json={"shape": "schema", "start_delay": 1.5}):
        pass

    assert sim.logins == LoginSettings(
        style="framework", shape="schema", start_delay=1.5
    )
    async with anyone.get("/control/state") as response:
        assert (await response.json())["loginSettings"] == {
            "style": "framework",
            "shape": "schema",
            "start_delay": 1.5,
            "repeats_id": False,
        }


async def test_somebody_else(sim: Simulator, anyone: ClientSession) -> None:
    """Whoever reconnects an account may be another person."""
    account_id = WHATSAPP
    session_id = await start_login(sim, "local-whatsapp", accountID=account_id)

    for action in ("somebody-else", "scan"):
        path = f"/control/login-sessions/{session_id}/{action}"
        async with anyone.post(path) as response:
            assert response.status == 200

    assert account_id not in sim.accounts


@pytest.mark.parametrize(
    ("bridge_id", "action", "body", "status", "code"),
    [
        ("local-whatsapp", "scan", None, "complete", None),
        ("local-whatsapp", "approve", None, "complete", None),
        ("local-whatsapp", "refuse", None, "failed", f"{CODE}.CANCELLED_ON_PHONE"),
        ("local-whatsapp", "time_out", None, "failed", f"{CODE}.LOGIN_TIMEOUT"),
        ("local-whatsapp", "time-out", None, "failed", f"{CODE}.LOGIN_TIMEOUT"),
        ("local-whatsapp", "grow_old", None, "waiting_for_display", None),
        ("local-whatsapp", "rotate", None, "waiting_for_display", None),
        (
            "local-whatsapp",
            "fail",
            {"code": "device_limit_reached"},
            "failed",
            f"{CODE}.DEVICE_LIMIT_REACHED",
        ),
    ],
)
async def test_acting_on_the_phone(
    sim: Simulator,
    anyone: ClientSession,
    bridge_id: str,
    action: str,
    body: dict[str, str] | None,
    status: str,
    code: str | None,
) -> None:
    """Each action has its effect on the session."""
    session_id = await start_login(sim, bridge_id)

    path = f"/control/login-sessions/{session_id}/{action}"
    async with anyone.post(path, json=body) as response:
        assert response.status == 200

    session = sim.sessions[session_id].wire
    assert session["status"] == status
    assert session.get("error", {}).get("code") == code


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/control/accounts/nonsense/status", {"status": "x"}, 404),
        ("POST", "/control/accounts/matrix/status", {}, 400),
        ("POST", "/control/accounts/matrix/status", {"status": 1}, 400),
        ("POST", "/control/accounts", {}, 400),
        ("POST", "/control/accounts", ACCOUNT | {"user": {}}, 400),
        ("POST", "/control/accounts", ACCOUNT | {"bridge": {"id": "x"}}, 404),
        ("POST", "/control/accounts", ACCOUNT | {"accountID": "matrix"}, 409),
        ("DELETE", "/control/accounts/nonsense", None, 404),
        ("POST", "/control/app-state", {}, 400),
        ("POST", "/control/login-settings", {"shape": "round"}, 400),
        ("POST", "/control/login-settings", {"style": "baroque"}, 400),
        ("POST", "/control/login-settings", {"start_delay": -1}, 400),
        ("POST", "/control/login-settings", {"start_delay": "1"}, 400),
        ("POST", "/control/login-settings", {"nonsense": 1}, 400),
        ("POST", "/control/login-sessions/{id}/somebody_else", None, 409),
        ("POST", "/control/faults", {"status": 99}, 400),
        ("POST", "/control/faults", {"nonsense": 1}, 400),
        ("POST", "/control/login-sessions/nonsense/scan", None, 404),
        ("POST", "/control/login-sessions/{id}/nonsense", None, 404),
        ("POST", "/control/login-sessions/{id}/tap", {"emoji": "⭐"}, 409),
        ("POST", "/control/login-sessions/{id}/fail", {}, 400),
        ("POST", "/control/login-sessions/{id}/fail", {"code": "x"}, 409),
        ("GET", "/control/nonsense", None, 404),
    ],
)
async def test_bad_control_request(
    sim: Simulator,
    anyone: ClientSession,
    method: str,
    path: str,
    body: Any,
    status: int,
) -> None:
    """A request that cannot be met says why and changes nothing."""
    session_id = await start_login(sim, "local-whatsapp")
    before = sim.accounts

    path = path.replace("{id}", session_id)
    async with anyone.request(method, path, json=body) as response:
        assert response.status == status
        assert (await response.json())["message"]

    assert sim.accounts == before
    assert sim.faults == []
    assert sim.logins == LoginSettings()
    assert sim.sessions[session_id].status == "waiting_for_display"


@pytest.mark.parametrize("path", ["/control/state", "/phone"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "{url}"}, 200),
        ({"Origin": "{url}", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "example.com"}, 403),
        ({"Host": "example.com", "Origin": "http://example.com"}, 403),
        ({"Host": "localhost"}, 200),
    ],
)
async def test_only_this_machines_own_page(
    sim: Simulator,
    anyone: ClientSession,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    """A page elsewhere, also under a name that leads here, gets nothing."""
    sent = {name: value.replace("{url}", sim.url) for name, value in headers.items()}

    async with anyone.get(path, headers=sent) as response:
        assert response.status == status


async def test_control_requests_are_not_recorded(
    sim: Simulator, anyone: ClientSession
) -> None:
    """The record is about Beeper's own endpoints."""
    for path in ("/phone", "/control/state", "/emoji/star.svg"):
        async with anyone.get(path) as response:
            assert response.status == 200

    assert sim.requests == []


async def test_unknown_picture(anyone: ClientSession) -> None:
    """There are only so many emoji."""
    async with anyone.get("/emoji/nonsense.svg") as response:
        assert response.status == 404
