"""Simulated Beepers of any size, each in a process of its own.

Their CPU time is nobody's here.
"""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

from aiohttp import ClientSession
import yaml

REPOSITORY = Path(__file__).parents[1]
TEMPLATE = REPOSITORY / "simulator" / "scenarios" / "thousand.yaml"
START_TIMEOUT = 30  # seconds

_AT_ONCE = 20
"""Requests to change something that are on their way at the same time."""


class BenchmarkFailed(Exception):
    """There is nothing to report, since it could not be measured.

    The message is meant for a person.
    """


@dataclass(frozen=True)
class Beeper:
    """A running Beeper and how to reach it."""

    accounts: int
    url: str
    token: str


@asynccontextmanager
async def running_beeper(accounts: int) -> AsyncIterator[Beeper]:
    """Run a Beeper with this many accounts.

    Raises BenchmarkFailed when it does not come up.
    """
    with TemporaryDirectory() as folder:
        scenario = Path(folder) / "scenario.yaml"
        scenario.write_text(_scenario(accounts))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "simulator"),
            *("--port", "0", "--scenario", str(scenario)),
            cwd=REPOSITORY,
            stdout=PIPE,
            # Ctrl-C in a terminal is for this process, which then stops the simulator
            start_new_session=True,
        )
        try:
            greeting = await _greeting(process)
            yield Beeper(
                accounts,
                url=greeting["Beeper Desktop (scenario):"],
                token=greeting["Token (read only):"],
            )
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()


def _scenario(accounts: int) -> str:
    """Return the scenario of a thousand accounts with another number of them.

    They are spread over the same bridges.
    """
    scenario = yaml.safe_load(TEMPLATE.read_text())
    share, rest = divmod(accounts, len(scenario["accounts"]))
    sized = [
        {**generator, "generate": share + (index < rest)}
        for index, generator in enumerate(scenario["accounts"])
    ]
    scenario["accounts"] = [item for item in sized if item["generate"]]
    return yaml.safe_dump(scenario)


async def _greeting(process: Process) -> dict[str, str]:
    """Return what the simulator prints at its start: label to value."""
    assert process.stdout is not None
    greeting: dict[str, str] = {}
    try:
        async with asyncio.timeout(START_TIMEOUT):
            async for line in process.stdout:
                text = line.decode().strip()
                if text.startswith("Ctrl-C"):
                    return greeting
                label, value = text.rsplit(maxsplit=1)
                greeting[label] = value
    except TimeoutError:
        pass
    raise BenchmarkFailed("The simulator did not start")


class Control:
    """Changes what a simulated Beeper lists."""

    def __init__(self, session: ClientSession, beeper: Beeper) -> None:
        """Change this Beeper."""
        self._session = session
        self._beeper = beeper
        self._url = f"{beeper.url}/control/accounts"
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def accounts(self) -> list[str]:
        """Return the IDs of all accounts."""
        async with self._session.get(
            f"{self._beeper.url}/v1/accounts",
            headers={"Authorization": f"Bearer {self._beeper.token}"},
        ) as response:
            return [account["accountID"] for account in await response.json()]

    async def set_status(self, accounts: Sequence[str], status: str) -> None:
        """Give accounts another status."""
        await asyncio.gather(
            *(
                self._send("POST", f"/{account}/status", {"status": status})
                for account in accounts
            )
        )

    async def remove(self, accounts: Sequence[str]) -> None:
        """Remove accounts."""
        await asyncio.gather(
            *(self._send("DELETE", f"/{account}") for account in accounts)
        )

    async def _send(
        self, method: str, path: str, body: dict[str, str] | None = None
    ) -> None:
        async with (
            self._slots,
            self._session.request(
                method, self._url + path, json=body, raise_for_status=True
            ),
        ):
            pass
