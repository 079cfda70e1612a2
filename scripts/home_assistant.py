"""A real Home Assistant in a folder of its own: made, started, talked to and stopped.

The demo and the browser tests use it through Home Assistant's own doors only: its start
command, its REST API and its WebSocket API.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import json
import os
from pathlib import Path
import random
import re
import socket
import sys
from typing import Any, Final

import aiohttp

from .installation import Installation
from .pack import unpack

USERNAME: Final = "demo"
PASSWORD: Final = "demo"

START_TIMEOUT: Final = 180  # seconds; about 10 on an idle machine
STOP_TIMEOUT: Final = 60  # seconds
ANSWER_TIMEOUT: Final = 60  # seconds for one request
POLL_INTERVAL: Final = 0.2  # seconds between two looks whether it is up

# Below those that outgoing connections get: what is free now is still free when somebody
# comes to listen there
PORTS: Final = range(20_000, 32_000)

INTEGRATION: Final = Path(__file__).parents[1] / "custom_components" / "beeper"
DEMO_PHONE: Final = Path(__file__).with_name("demo_phone")

CONFIGURATION: Final = """\
homeassistant:
  name: Demo
  country: US
  language: en
  time_zone: UTC
  unit_system: metric
automation: !include automations.yaml
config:
demo_phone:
frontend:
history:
logbook:
my:
script: !include scripts.yaml
"""

RECORD: Final = re.compile(
    # From 2026.11 on with the time zone
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+(?:[+-]\d\d:\d\d)? (?P<level>[A-Z]+) ",
    re.MULTILINE,
)


# What belongs to the environment of whoever starts Home Assistant, not to its own
FOREIGN_VARIABLES: Final = frozenset(
    {"PYTHONHOME", "PYTHONPATH", "UV_PYTHON", "UV_SYSTEM_PYTHON", "VIRTUAL_ENV"}
)


@dataclass(frozen=True)
class Release:
    """What a user has: a Home Assistant, and the zip that HACS unpacks into it."""

    installation: Installation
    zip: Path


class HomeAssistantFailed(Exception):
    """Home Assistant did not do what it was asked to.

    The message is meant for a person.
    """


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of the loopback interface."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError:
            return False
    return True


def free_port(preferred: int = 0) -> int:
    """Return the preferred port if it is free, otherwise any free one.

    Both are ports of the loopback interface.
    """
    port = preferred
    while not port or not is_free(port):
        port = random.SystemRandom().choice(PORTS)
    return port


def log_records(log: str) -> list[tuple[str, str]]:
    """Split a log into (level, text) pairs.

    A traceback belongs to the record above it.
    """
    starts = [*RECORD.finditer(log)]
    ends = [start.start() for start in starts[1:]] + [len(log)]
    return [
        (start["level"], log[start.start() : end].rstrip())
        for start, end in zip(starts, ends, strict=False)  # no record has one end
    ]


@asynccontextmanager
async def running_home_assistant(
    folder: Path, port: int, release: Release | None = None
) -> AsyncIterator[HomeAssistant]:
    """Make a new Home Assistant in an empty folder and run it on a free port.

    It is the one that these scripts run in, with this repository's integration as it
    stands, or the one of a release. It is stopped in the end. Raises
    HomeAssistantFailed, InstallationFailed and PackFailed.
    """
    write_configuration(folder, port)
    custom_components = folder / "custom_components"
    custom_components.mkdir()
    (custom_components / DEMO_PHONE.name).symlink_to(DEMO_PHONE)
    integration = custom_components / INTEGRATION.name
    if release is None:
        integration.symlink_to(INTEGRATION)
        # The environment has every requirement already: nothing is to be downloaded.
        home_assistant = HomeAssistant(folder, port, options=("--skip-pip",))
    else:
        unpack(release.zip, integration)
        python = await release.installation.put_on_top(environment_on_top(folder))
        home_assistant = HomeAssistant(folder, port, python)
    await home_assistant.start()
    try:
        yield home_assistant
    finally:
        await home_assistant.stop()


def environment_on_top(folder: Path) -> Path:
    """Return where a release's Home Assistant installs what integrations require."""
    return folder / "environment"


def write_configuration(folder: Path, port: int) -> None:
    """Write what Home Assistant finds at its first start."""
    (folder / "configuration.yaml").write_text(CONFIGURATION)
    (folder / "automations.yaml").write_text("[]\n")
    (folder / "scripts.yaml").write_text("{}\n")
    # Of onboarding only the user is left to do: the other steps would add integrations
    # that use the internet.
    _store(
        folder,
        "onboarding",
        (4, 1),
        {"done": ["core_config", "analytics", "integration"]},
    )
    # A port in configuration.yaml would be on trial for five minutes and then be taken
    # back. Stored in the first version's form Home Assistant fills in the settings that
    # are not named here.
    _store(
        folder,
        "http",
        (1, 1),
        {"server_host": ["127.0.0.1"], "server_port": port},
    )


def _store(
    folder: Path, key: str, version: tuple[int, int], data: dict[str, Any]
) -> None:
    """Write one of Home Assistant's own files."""
    storage = folder / ".storage"
    storage.mkdir(exist_ok=True)
    major, minor = version
    stored = {"version": major, "minor_version": minor, "key": key, "data": data}
    (storage / key).write_text(json.dumps(stored))


def _session() -> aiohttp.ClientSession:
    """Return a session for one request."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT))


class HomeAssistant:
    """One Home Assistant with one user and this repository's integrations.

    The user is `USERNAME`, with `PASSWORD`. One event loop starts and stops it; talking
    to it works in any.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        python: Path = Path(sys.executable),
        options: Sequence[str] = (),
    ) -> None:
        """Take its configuration's folder, and its port of the loopback interface.

        Then which Python it is started with, and options for its start command.
        """
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self._command = (
            *(str(python), "-m", "homeassistant", "--config", str(folder)),
            *("--log-no-color", *options),
        )
        self._process: asyncio.subprocess.Process | None = None
        self._token: str | None = None

    # Running

    async def start(self) -> None:
        """Start Home Assistant and return as soon as it has started completely.

        Raises HomeAssistantFailed, with the last lines of its log, when it ends or does
        not come up in time.
        """
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                env={
                    name: value
                    for name, value in os.environ.items()
                    if name not in FOREIGN_VARIABLES
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal reaches the caller alone, which then stops this
                # process in its own order.
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(START_TIMEOUT):
                if self._token is None:
                    await self._until("/api/onboarding")
                    self._token = await self._create_user()
                await self._until("/api/config", state="RUNNING")
        except TimeoutError:
            await self.stop()
            raise self._failure(f"did not start within {START_TIMEOUT} s") from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop Home Assistant as a system would, and the hard way if that fails.

        `start` starts it again.
        """
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            pass
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def ended(self) -> None:
        """Wait until Home Assistant ends by itself, which it should not.

        Always raises HomeAssistantFailed.
        """
        assert self._process is not None
        status = await self._process.wait()
        raise self._failure(f"ended by itself with status {status}")

    @property
    def log(self) -> str:
        """All warnings and errors that Home Assistant has written since it was made."""
        return self._log_file.read_text(errors="replace")

    @property
    def end_of_log(self) -> str:
        """The last lines of the log, introduced, to explain a failure."""
        last_lines = "\n".join(f"  {line}" for line in self.log.splitlines()[-25:])
        return f"The end of Home Assistant's log:\n{last_lines}"

    # Talking

    async def get(self, path: str) -> Any:
        """GET a path of the REST API and return the decoded JSON.

        Raises HomeAssistantFailed.
        """
        return await self._request("GET", path)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """POST JSON to a path of the REST API and return the decoded JSON.

        Raises HomeAssistantFailed.
        """
        return await self._request("POST", path, json=body)

    async def delete(self, path: str) -> Any:
        """DELETE a path of the REST API and return the decoded JSON.

        Raises HomeAssistantFailed.
        """
        return await self._request("DELETE", path)

    async def command(self, command: str, **fields: Any) -> Any:
        """Send one command over the WebSocket API and return its result.

        Raises HomeAssistantFailed.
        """
        async with (
            _session() as session,
            session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as socket_,
        ):
            await socket_.receive_json()  # auth_required
            await socket_.send_json({"type": "auth", "access_token": self._token})
            await socket_.receive_json()  # auth_ok
            await socket_.send_json({"id": 1, "type": command, **fields})
            answer = await socket_.receive_json(timeout=ANSWER_TIMEOUT)
        if not answer["success"]:
            raise HomeAssistantFailed(
                f"Home Assistant refused {command}: {answer['error']['message']}"
            )
        return answer["result"]

    async def add_integration(
        self, domain: str, answers: dict[str, dict[str, Any]]
    ) -> str:
        """Set an integration up as its dialog would; returns the config entry's id.

        `answers` has what to enter per step: the form's fields, or `next_step_id` for a
        menu. Raises HomeAssistantFailed with the dialog's own words when it refuses an
        answer.
        """
        texts = await self._dialog_texts(domain)
        flow = await self.post("/api/config/config_entries/flow", {"handler": domain})
        while flow["type"] in ("form", "menu"):
            step = flow["step_id"]
            if errors := flow.get("errors"):
                reasons = "; ".join(
                    texts.get(f"error.{key}", key) for key in errors.values()
                )
                raise HomeAssistantFailed(
                    f"Setting up {domain} stopped at step {step}: {reasons}"
                )
            if step not in answers:
                raise HomeAssistantFailed(
                    f"Setting up {domain} stopped at step {step}: nobody said what to enter there"
                )
            flow = await self.post(
                f"/api/config/config_entries/flow/{flow['flow_id']}", answers[step]
            )
        if flow["type"] != "create_entry":
            reason = flow.get("reason", flow["type"])
            raise HomeAssistantFailed(
                f"Setting up {domain} ended: {texts.get(f'abort.{reason}', reason)}"
            )
        entry = flow["result"]
        if entry["state"] != "loaded":
            raise HomeAssistantFailed(
                f"{domain} was set up but is in state {entry['state']}: {entry['reason']}"
            )
        entry_id: str = entry["entry_id"]
        return entry_id

    async def _dialog_texts(self, domain: str) -> dict[str, str]:
        """Return the English texts of an integration's dialogs.

        They are by `error.KEY`, `abort.KEY` and so on.
        """
        translations = await self.command(
            "frontend/get_translations",
            language="en",
            category="config",
            integration=domain,
            config_flow=True,
        )
        prefix = f"component.{domain}.config."
        return {
            key.removeprefix(prefix): text
            for key, text in translations["resources"].items()
        }

    async def _request(self, method: str, path: str, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with (
            _session() as session,
            session.request(
                method, self.url + path, headers=headers, **arguments
            ) as response,
        ):
            if not response.ok:
                message = await response.text()
                raise HomeAssistantFailed(
                    f"Home Assistant answered {method} {path} with {response.status}: {message}"
                )
            return await response.json()

    # Inside

    @property
    def _log_file(self) -> Path:
        return self._folder / "output.log"

    def _failure(self, what: str) -> HomeAssistantFailed:
        return HomeAssistantFailed(f"Home Assistant {what}. {self.end_of_log}")

    async def _until(self, path: str, **expected: str) -> None:
        """Wait until a GET is answered with (at least) the expected values."""
        assert self._process is not None
        while self._process.returncode is None:
            with suppress(aiohttp.ClientError, HomeAssistantFailed):
                answer = await self.get(path)
                if all(answer[key] == value for key, value in expected.items()):
                    return
            await asyncio.sleep(POLL_INTERVAL)
        raise self._failure(
            f"ended with status {self._process.returncode} while starting"
        )

    async def _create_user(self) -> str:
        """Create the user as onboarding's first step does; returns an access token."""
        client_id = f"{self.url}/"
        user = await self.post(
            "/api/onboarding/users",
            {
                "client_id": client_id,
                "name": "Demo",
                "username": USERNAME,
                "password": PASSWORD,
                "language": "en",
            },
        )
        code = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "code": user["auth_code"],
        }
        tokens = await self._request("POST", "/auth/token", data=code)
        access_token: str = tokens["access_token"]
        return access_token
