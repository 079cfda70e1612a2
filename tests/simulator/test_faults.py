"""Each fault as a client sees it."""

import asyncio
from typing import Any

from aiohttp import (
    ClientPayloadError,
    ClientResponseError,
    ClientSession,
    ServerDisconnectedError,
)
import pytest

from simulator import Fault, Simulator
from simulator.faults import FaultError

ACCOUNTS = "/v1/accounts"


async def whole_body(client: ClientSession) -> bytes:
    """Return the body of the accounts without faults."""
    async with client.get(ACCOUNTS) as response:
        return await response.read()


async def test_status(sim: Simulator, client: ClientSession) -> None:
    """A status alone comes with an error body of Beeper's kind."""
    sim.inject(Fault(path=ACCOUNTS, status=500))

    async with client.get(ACCOUNTS) as response:
        assert response.status == 500
        assert set(await response.json()) == {"message", "code"}
        assert "X-Beeper-Desktop-Version" in response.headers


async def test_status_with_body_and_headers(
    sim: Simulator, client: ClientSession
) -> None:
    """Status, headers, body and content type are as told."""
    sim.inject(
        Fault(
            path=ACCOUNTS,
            status=429,
            headers={"Retry-After": "7"},
            body=b"<html>",
            content_type="text/html",
        )
    )

    async with client.get(ACCOUNTS) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "7"
        assert response.content_type == "text/html"
        assert await response.read() == b"<html>"


async def test_body_alone_is_a_success(sim: Simulator, client: ClientSession) -> None:
    """Malformed JSON comes as if all was well."""
    sim.inject(Fault(path=ACCOUNTS, body=b'[{"accountID":'))

    async with client.get(ACCOUNTS) as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        assert await response.read() == b'[{"accountID":'


async def test_content_type_alone_keeps_the_answer(
    sim: Simulator, client: ClientSession
) -> None:
    """The true body is served under a wrong name."""
    body = await whole_body(client)
    sim.inject(Fault(path=ACCOUNTS, content_type="text/plain"))

    async with client.get(ACCOUNTS) as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        assert await response.read() == body


async def test_headers_alone_keep_the_answer(
    sim: Simulator, client: ClientSession
) -> None:
    """Headers are added to the true answer."""
    body = await whole_body(client)
    sim.inject(Fault(path=ACCOUNTS, headers={"Set-Cookie": "a=b"}))

    async with client.get(ACCOUNTS) as response:
        assert response.headers["Set-Cookie"] == "a=b"
        assert await response.read() == body


async def test_answer_of_a_proxy(sim: Simulator, client: ClientSession) -> None:
    """What stands before Beeper does not name Beeper's version."""
    sim.inject(Fault(path=ACCOUNTS, status=401, body=b"", by_proxy=True))

    async with client.get(ACCOUNTS) as response:
        assert response.status == 401
        assert "X-Beeper-Desktop-Version" not in response.headers


async def test_redirect(sim: Simulator, client: ClientSession) -> None:
    """The answer leads elsewhere."""
    sim.inject(Fault(path=ACCOUNTS, redirect="http://example.com/"))

    async with client.get(ACCOUNTS, allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == "http://example.com/"


async def test_redirect_with_status(sim: Simulator, client: ClientSession) -> None:
    """The kind of the redirect can be chosen."""
    sim.inject(Fault(path=ACCOUNTS, redirect="/v1/bridges", status=307))

    async with client.get(ACCOUNTS, allow_redirects=False) as response:
        assert response.status == 307


async def test_drop_before_answering(sim: Simulator, client: ClientSession) -> None:
    """The connection ends without an answer, and is recorded as such."""
    sim.inject(Fault(method="POST", drop=0))

    with pytest.raises(ServerDisconnectedError):
        await client.post("/v1/bridges/local-whatsapp/login-sessions", json={})

    assert sim.requests[-1].status == 0
    # The request has had its effect: only the answer is lost
    assert len(sim.sessions) == 1


async def test_drop_in_the_body(sim: Simulator, client: ClientSession) -> None:
    """The connection ends in the middle."""
    body = await whole_body(client)
    sim.inject(Fault(path=ACCOUNTS, drop=100))

    async with client.get(ACCOUNTS) as response:
        assert response.status == 200
        assert await response.content.readexactly(100) == body[:100]
        with pytest.raises(ClientPayloadError):
            await response.content.read()


async def test_truncate(sim: Simulator, client: ClientSession) -> None:
    """The whole length is announced, but not sent."""
    body = await whole_body(client)
    sim.inject(Fault(path=ACCOUNTS, truncate=100))

    async with client.get(ACCOUNTS) as response:
        assert response.content_length == len(body)
        assert await response.content.readexactly(100) == body[:100]
        with pytest.raises(ClientPayloadError):
            await response.content.read()


async def test_cut(sim: Simulator, client: ClientSession) -> None:
    """Bytes are counted from the status line on; the headers are Beeper's."""
    body = await whole_body(client)
    sim.inject(Fault(path=ACCOUNTS, cut=40))
    with pytest.raises(ServerDisconnectedError):
        await client.get(ACCOUNTS)
    sim.clear_faults()

    sim.inject(Fault(path=ACCOUNTS, cut=100_000))
    async with client.get(ACCOUNTS) as response:
        assert response.status == 200
        assert "X-Beeper-Desktop-Version" in response.headers
        assert await response.read() == body


async def test_raw(sim: Simulator, client: ClientSession) -> None:
    """What is sent need not be HTTP."""
    sim.inject(Fault(path=ACCOUNTS, raw=b"SSH-2.0-x\r\n"))
    with pytest.raises(ClientResponseError):
        await client.get(ACCOUNTS)
    sim.clear_faults()

    sim.inject(Fault(path=ACCOUNTS, raw=b"HTTP/1.1 200 OK\r\n\r\nhello"))
    async with client.get(ACCOUNTS) as response:
        assert await response.read() == b"hello"


async def test_huge(sim: Simulator, client: ClientSession) -> None:
    """Exactly so many bytes are streamed, without a length."""
    sim.inject(Fault(path=ACCOUNTS, huge=1_000_001))

    async with client.get(ACCOUNTS) as response:
        assert response.status == 200
        assert response.content_length is None
        assert len(await response.read()) == 1_000_001


async def test_huge_to_a_client_that_leaves(
    sim: Simulator, client: ClientSession
) -> None:
    """Who does not want it all may close the connection."""
    sim.inject(Fault(path=ACCOUNTS, huge=10**12, times=1))

    async with client.get(ACCOUNTS) as response:
        await response.content.readany()
        response.close()

    assert await whole_body(client)


async def test_delay(sim: Simulator, client: ClientSession) -> None:
    """The answer takes at least so long."""
    loop = asyncio.get_running_loop()
    sim.inject(Fault(path=ACCOUNTS, delay=0.2))

    start = loop.time()
    body = await whole_body(client)

    assert loop.time() - start >= 0.2
    assert body.startswith(b"[{")


async def test_drip(sim: Simulator, client: ClientSession) -> None:
    """The body comes in ten pieces, and is whole in the end."""
    loop = asyncio.get_running_loop()
    body = await whole_body(client)
    sim.inject(Fault(path=ACCOUNTS, drip=0.02))

    start = loop.time()
    assert await whole_body(client) == body
    assert loop.time() - start >= 10 * 0.02


async def test_times(sim: Simulator, client: ClientSession) -> None:
    """A fault is over after so many requests."""
    sim.inject(Fault(path=ACCOUNTS, status=500, times=2))

    statuses = []
    for _ in range(3):
        async with client.get(ACCOUNTS) as response:
            statuses.append(response.status)

    assert statuses == [500, 500, 200]
    assert sim.faults == []


async def test_oldest_fault_comes_first(sim: Simulator, client: ClientSession) -> None:
    """Faults for the same requests befall them one after the other."""
    for status in (500, 502, 503):
        sim.inject(Fault(path=ACCOUNTS, status=status, times=1))

    statuses = []
    for _ in range(4):
        async with client.get(ACCOUNTS) as response:
            statuses.append(response.status)

    assert statuses == [500, 502, 503, 200]


@pytest.mark.parametrize(
    ("fault", "hits"),
    [
        (Fault(status=500), {("GET", "accounts"), ("GET", "bridges"), ("PUT", "x")}),
        (Fault(path="/v1/accounts", status=500), {("GET", "accounts")}),
        (Fault(path="/v1/*", method="PUT", status=500), {("PUT", "x")}),
        (Fault(path="*s", status=500), {("GET", "accounts"), ("GET", "bridges")}),
    ],
)
async def test_matching(
    sim: Simulator,
    client: ClientSession,
    fault: Fault,
    hits: set[tuple[str, str]],
) -> None:
    """Method and path decide which requests a fault befalls."""
    sim.inject(fault)

    hit = set()
    for method, name in (("GET", "accounts"), ("GET", "bridges"), ("PUT", "x")):
        async with client.request(method, f"/v1/{name}") as response:
            if response.status == 500:
                hit.add((method, name))

    assert hit == hits


async def test_clear_faults(sim: Simulator, client: ClientSession) -> None:
    """All faults end at once."""
    sim.inject(Fault(status=500))
    sim.inject(Fault(drop=0))

    sim.clear_faults()

    async with client.get(ACCOUNTS) as response:
        assert response.status == 200


async def test_faults_spare_the_control_api(
    sim: Simulator, client: ClientSession
) -> None:
    """Whoever injected a fault can take it back."""
    sim.inject(Fault(drop=0))

    async with client.get("/phone") as response:
        assert response.status == 200
    async with client.delete("/control/faults") as response:
        assert response.status == 200
    assert await whole_body(client)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"delay": -1}, "delay must not be negative"),
        ({"drip": -0.1}, "drip must not be negative"),
        ({"drop": -1}, "drop must not be negative"),
        ({"truncate": -1}, "truncate must not be negative"),
        ({"times": 0}, "times must be at least 1"),
        ({"huge": 0}, "huge must be at least 1"),
        ({"status": 99}, "status must be between 200 and 599"),
        ({"path": "v1"}, "path must start with / or *"),
        ({"cut": -1}, "cut must not be negative"),
        ({"drop": 1, "truncate": 1}, "cut, drop, truncate, raw exclude each other"),
        ({"body": "x", "huge": 1}, "body, huge, raw exclude each other"),
        ({"cut": 1, "raw": "x"}, "cut, drop, truncate, raw exclude each other"),
        ({"stats": 500}, "unknown member 'stats'"),
        ({"status": "500"}, "status must be int"),
        ({"times": True}, "times must be int"),
        ({"by_proxy": 1}, "by_proxy must be bool"),
        ({"headers": {"a": 1}}, "the values of headers must be str"),
        ([], "a fault is a JSON object"),
    ],
)
def test_senseless_fault(members: Any, message: str) -> None:
    """A fault that makes no sense is refused with a reason."""
    with pytest.raises(FaultError) as raised:
        Fault.from_json(members)

    assert str(raised.value).startswith(message)


def test_fault_from_json() -> None:
    """The JSON form has the same members; the body is text."""
    members = {"path": "/v1/*", "status": 500, "body": "ä", "delay": 1, "times": None}
    assert Fault.from_json({"raw": "ä"}) == Fault(raw="ä".encode())
    assert Fault.from_json({"by_proxy": True}) == Fault(by_proxy=True)

    assert Fault.from_json(members) == Fault(
        path="/v1/*", status=500, body="ä".encode(), delay=1
    )


async def test_broken_answer_is_recorded_with_its_status(
    sim: Simulator, client: ClientSession
) -> None:
    """Only an answer that never began has no status."""
    sim.inject(Fault(path=ACCOUNTS, status=502, truncate=1))

    async with client.get(ACCOUNTS) as response:
        with pytest.raises(ClientPayloadError):
            await response.read()

    assert sim.requests[-1].status == 502
