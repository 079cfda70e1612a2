"""What every endpoint has in common: tokens, scopes, errors, headers, ids."""

from typing import Any
from urllib.parse import quote

from aiohttp import ClientSession
import pytest
from yarl import URL

from simulator import Simulator, load_scenario

UNAUTHORIZED = {
    "message": "Unauthorized: Invalid or missing token",
    "code": "unauthorized",
}
WHATSAPP = "/v1/bridges/local-whatsapp"
READS = [
    "/v1/app/setup",
    "/v1/accounts",
    "/v1/accounts/matrix",
    "/v1/bridges",
    WHATSAPP,
    f"{WHATSAPP}/capabilities",
    f"{WHATSAPP}/login-flows",
    f"{WHATSAPP}/logins",
    f"{WHATSAPP}/logins/15555550100",
]
WRITES = [
    ("POST", f"{WHATSAPP}/logins/15555550100/remove"),
    ("POST", f"{WHATSAPP}/login-sessions"),
    ("DELETE", f"{WHATSAPP}/login-sessions/any"),
    ("POST", f"{WHATSAPP}/login-sessions/any/steps/any"),
]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic nonsense", ""])
async def test_token_is_needed(sim: Simulator, path: str, header: str | None) -> None:
    """Without a known bearer token the answer is the one of a live Beeper."""
    headers = {} if header is None else {"Authorization": header}
    async with (
        ClientSession(sim.url) as client,
        client.get(path, headers=headers) as response,
    ):
        assert response.status == 401
        assert await response.json() == UNAUTHORIZED


@pytest.mark.parametrize("path", READS)
async def test_read_scope_is_enough_to_read(sim: Simulator, path: str) -> None:
    """A read-only token reads everything."""
    headers = {"Authorization": f"Bearer {sim.read_only_token}"}
    async with (
        ClientSession(sim.url) as client,
        client.get(path, headers=headers) as response,
    ):
        assert response.status == 200


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_write_scope_is_needed_to_change(
    sim: Simulator, method: str, path: str
) -> None:
    """A read-only token changes nothing."""
    headers = {"Authorization": f"Bearer {sim.read_only_token}"}
    async with (
        ClientSession(sim.url) as client,
        client.request(method, path, headers=headers, json={}) as response,
    ):
        assert response.status == 403
        assert (await response.json())["code"] == "forbidden"


async def test_info_needs_no_token(sim: Simulator) -> None:
    """Anyone may ask whether this is Beeper."""
    async with ClientSession(sim.url) as client, client.get("/v1/info") as response:
        assert response.status == 200


async def test_revoked_token(sim: Simulator, client: ClientSession) -> None:
    """A token that was taken back is unknown; the other one still works."""
    sim.revoke(sim.token)

    async with client.get("/v1/accounts") as response:
        assert response.status == 401
    headers = {"Authorization": f"Bearer {sim.read_only_token}"}
    async with client.get("/v1/accounts", headers=headers) as response:
        assert response.status == 200


async def test_signed_out_beeper(sim: Simulator, client: ClientSession) -> None:
    """A signed-out Beeper says so without a token, and accepts none elsewhere."""
    sim.set_app_state("needs-login")

    async with (
        ClientSession(sim.url) as stranger,
        stranger.get("/v1/app/setup") as response,
    ):
        assert (await response.json())["state"] == "needs-login"
    async with client.get("/v1/accounts") as response:
        assert response.status == 401

    sim.set_app_state("ready")
    async with client.get("/v1/accounts") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/accounts", 200),
        ("GET", "/v1/accounts/nonsense", 404),
        ("GET", "/nonsense", 404),
        ("DELETE", "/v1/accounts", 405),
        ("POST", f"{WHATSAPP}/login-sessions", 400),
    ],
)
async def test_version_header(
    client: ClientSession, method: str, path: str, status: int
) -> None:
    """Every response carries Beeper's version."""
    async with client.request(method, path) as response:
        assert response.status == status
        assert response.headers["X-Beeper-Desktop-Version"] == "4.3.73"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/nonsense", 404),
        ("GET", "/v1/accounts/nonsense", 404),
        ("GET", "/v1/bridges/nonsense", 404),
        ("GET", "/v1/bridges/nonsense/capabilities", 404),
        ("GET", "/v1/bridges/nonsense/login-flows", 404),
        ("GET", "/v1/bridges/nonsense/logins", 404),
        ("GET", f"{WHATSAPP}/logins/nonsense", 404),
        ("GET", f"{WHATSAPP}/login-sessions/nonsense", 404),
        ("DELETE", f"{WHATSAPP}/login-sessions/nonsense", 404),
        ("PUT", "/v1/accounts", 405),
    ],
)
async def test_error_body(
    client: ClientSession, method: str, path: str, status: int
) -> None:
    """Every error has a JSON body with message and code."""
    async with client.request(method, path) as response:
        assert response.status == status
        assert response.content_type == "application/json"
        assert set(await response.json()) == {"message", "code"}


@pytest.mark.parametrize(
    "path",
    [
        f"{WHATSAPP}/logins/15555550100/remove",
        f"{WHATSAPP}/login-sessions",
    ],
)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
async def test_malformed_json(client: ClientSession, path: str, body: bytes) -> None:
    """What is not JSON is a bad request."""
    async with client.post(path, data=body) as response:
        assert response.status == 400
        assert (await response.json())["code"] == "bad_request"


@pytest.mark.parametrize(
    ("path", "body", "issue_path"),
    [
        (f"{WHATSAPP}/logins/15555550100/remove", {}, ["scope"]),
        (f"{WHATSAPP}/logins/15555550100/remove", {"scope": "moon"}, ["scope"]),
        (f"{WHATSAPP}/login-sessions", [], []),
        (f"{WHATSAPP}/login-sessions", {"flowID": 1}, ["flowID"]),
        (f"{WHATSAPP}/login-sessions", {"accountID": True}, ["accountID"]),
        (f"{WHATSAPP}/login-sessions", {"loginID": {}}, ["loginID"]),
        (
            f"{WHATSAPP}/login-sessions",
            {
                "accountID": "local-whatsapp_ba_rG7f0Jc4mQ9zYw",
                "loginID": "15555550101",
            },
            ["loginID"],
        ),
    ],
)
async def test_invalid_body(
    client: ClientSession, path: str, body: Any, issue_path: list[str]
) -> None:
    """A body that breaks the schema is told where it does."""
    async with client.post(path, json=body) as response:
        assert response.status == 422
        error = await response.json()
    (issue,) = error["details"]["issues"]
    assert issue["path"] == issue_path
    assert issue["message"]
    assert issue["code"]


@pytest.mark.parametrize(
    "account_id", ["a/b", "a:b@c!d", "a b", "a%2Fb", "a?b#c", "ä", "%"]
)
async def test_opaque_ids_in_paths(
    sim: Simulator, client: ClientSession, account_id: str
) -> None:
    """An id is percent-encoded into the path, whatever it holds."""
    account = sim.accounts["discordgo"] | {
        "accountID": account_id,
        "loginID": account_id,
    }
    sim.add_account(account)
    url = URL(f"{sim.url}/v1/accounts/{quote(account_id, safe='')}", encoded=True)

    async with client.get(url) as response:
        assert await response.json() == account


async def test_unchanged_state_has_identical_bytes(
    sim: Simulator, client: ClientSession
) -> None:
    """A client may compare bodies: only a change changes them."""

    async def read(path: str) -> bytes:
        async with client.get(path) as response:
            return await response.read()

    before = {path: await read(path) for path in READS}
    assert {path: await read(path) for path in READS} == before

    sim.set_status("matrix", "disconnected", "Offline")
    changed = {path for path in READS if await read(path) != before[path]}
    assert changed == {"/v1/accounts", "/v1/accounts/matrix", "/v1/bridges"}

    sim.set_status("matrix", "connected")
    assert {path: await read(path) for path in READS} == before


async def test_added_and_removed_accounts_show_in_their_bridge(
    sim: Simulator, client: ClientSession
) -> None:
    """Accounts and bridges always agree."""
    account = sim.accounts["discordgo"] | {"accountID": "second"}
    sim.add_account(account)

    async with client.get("/v1/bridges/discordgo") as response:
        assert (await response.json())["accounts"][1] == account

    sim.remove_account("second")
    async with client.get("/v1/bridges/discordgo") as response:
        assert len((await response.json())["accounts"]) == 1
    async with client.get("/v1/accounts/second") as response:
        assert response.status == 404


async def test_requests_are_recorded_without_secrets(
    sim: Simulator, client: ClientSession
) -> None:
    """The record has method, path and status in order, and nothing else."""
    async with client.get("/v1/accounts?secret=1"):
        pass
    async with client.get("/v1/accounts/a%2Fb"):
        pass
    async with client.post(f"{WHATSAPP}/login-sessions", json={}):
        pass

    assert [
        (request.method, request.path, request.status) for request in sim.requests
    ] == [
        ("GET", "/v1/accounts", 200),
        ("GET", "/v1/accounts/a/b", 404),
        ("POST", f"{WHATSAPP}/login-sessions", 200),
    ]
    assert sim.token not in repr(sim.requests)


async def test_tokens_follow_from_the_seed() -> None:
    """A simulator is reproducible, another seed makes another one."""
    scenario = load_scenario("empty")

    assert Simulator(scenario).token == Simulator(scenario).token
    assert Simulator(scenario, seed=1).token != Simulator(scenario, seed=2).token
    assert Simulator(scenario).token != Simulator(scenario).read_only_token


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/bridges"])
async def test_lists_follow_every_change(
    sim: Simulator, client: ClientSession, path: str
) -> None:
    """Bodies that were kept are not served after a change."""

    async def read() -> bytes:
        async with client.get(path) as response:
            return await response.read()

    before = await read()
    sim.add_account(sim.accounts["discordgo"] | {"accountID": "second"})
    assert b'"second"' in await read()

    sim.remove_account("second")
    assert await read() == before
