"""`python -m simulator`, as a person runs it."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import signal
import socket
import sys

from aiohttp import ClientSession
import pytest

REPOSITORY = Path(__file__).parents[2]


@asynccontextmanager
async def run(*arguments: str) -> AsyncIterator[Process]:
    """Run the simulator's command line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        *arguments,
        cwd=REPOSITORY,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def read_greeting(process: Process) -> dict[str, str]:
    """Return what is printed at the start: label to value."""
    assert process.stdout is not None
    greeting: dict[str, str] = {}
    while line := (await process.stdout.readline()).decode().strip():
        if line.startswith("Ctrl-C"):
            return greeting
        label, value = line.rsplit(maxsplit=1)
        greeting[label] = value
    pytest.fail(f"ended early: {greeting}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_start_use_and_stop(number: signal.Signals) -> None:
    """It prints how to reach it, serves, and ends well when told to."""
    async with run("--port", "0") as process:
        greeting = await read_greeting(process)
        url = greeting["Beeper Desktop (home):"]
        async with ClientSession() as client:
            for label in ("Token (read, write):", "Token (read only):"):
                headers = {"Authorization": f"Bearer {greeting[label]}"}
                async with client.get(
                    f"{url}/v1/accounts", headers=headers
                ) as response:
                    assert len(await response.json()) == 8
            async with client.get(greeting["Phone page:"]) as response:
                assert response.status == 200

        process.send_signal(number)

        assert await process.wait() == 0


async def test_without_phone_page() -> None:
    """Neither the page nor the control API is there."""
    async with run("--port", "0", "--scenario", "empty", "--no-phone") as process:
        greeting = await read_greeting(process)
        url = greeting["Beeper Desktop (empty):"]
        async with ClientSession(url) as client:
            for path in ("/phone", "/control/state"):
                async with client.get(path) as response:
                    assert response.status == 404
            async with client.get("/v1/info") as response:
                assert response.status == 200
        assert "Phone page:" not in greeting


async def test_shape_and_style() -> None:
    """What login steps look like, and how a login fails, can be chosen."""
    arguments = ("--shape", "schema", "--style", "framework")
    async with run("--port", "0", *arguments) as process:
        greeting = await read_greeting(process)
        url = greeting["Beeper Desktop (home):"]
        async with ClientSession(url) as client, client.get("/control/state") as state:
            settings = (await state.json())["loginSettings"]

    assert (settings["shape"], settings["style"]) == ("schema", "framework")


@pytest.mark.parametrize(
    ("choice", "status"), [("allowed", 200), ("returned", 303), ("refused", 400)]
)
async def test_web_redirects(choice: str, status: int) -> None:
    """What an app gets whose redirect address is on the web can be chosen."""
    back = "https://example.com/back"
    app = {"client_name": "App", "redirect_uris": [back]}
    async with run("--port", "0", "--web-redirects", choice) as process:
        url = (await read_greeting(process))["Beeper Desktop (home):"]
        async with ClientSession(url) as client:
            async with client.post("/oauth/register", json=app) as response:
                client_id = (await response.json())["client_id"]
            query = {
                "client_id": client_id,
                "redirect_uri": back,
                "response_type": "code",
                "code_challenge": "A" * 43,
                "code_challenge_method": "S256",
            }
            async with client.get(
                "/oauth/authorize", params=query, allow_redirects=False
            ) as response:
                assert response.status == status


async def test_recording(tmp_path: Path) -> None:
    """A file of `scripts/record` is a scenario."""
    accounts = [{"accountID": "a", "mood": "calm"}, None]
    answers = {"accounts": {"status": 200, "body": accounts}}
    path = tmp_path / "beeper-recording.json"
    path.write_text(json.dumps({"about": "", "recording": answers}))
    async with run("--port", "0", "--scenario", str(path)) as process:
        greeting = await read_greeting(process)
        headers = {"Authorization": f"Bearer {greeting['Token (read only):']}"}
        url = greeting["Beeper Desktop (beeper-recording):"]
        async with (
            ClientSession(headers=headers) as client,
            client.get(f"{url}/v1/accounts") as response,
        ):
            assert await response.json() == accounts


async def test_busy_port() -> None:
    """A taken port is explained."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        async with run("--port", str(port)) as process:
            out, err = await process.communicate()

    assert process.returncode == 1
    assert out == b""
    assert f"Cannot listen on 127.0.0.1:{port}" in err.decode()
    assert "--port" in err.decode()
    assert "Traceback" not in err.decode()


async def test_unknown_scenario() -> None:
    """A scenario that is not there is explained."""
    async with run("--scenario", "nonsense") as process:
        _, err = await process.communicate()

    assert process.returncode == 1
    assert "there are empty, future, home, networks, thousand" in err.decode()
    assert "Traceback" not in err.decode()
