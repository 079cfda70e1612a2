"""A running simulator and a plain HTTP client."""

from collections.abc import AsyncIterator

from aiohttp import ClientSession
import pytest

from simulator import Simulator, load_scenario


@pytest.fixture(autouse=True)
def _allow_sockets(socket_enabled: None) -> None:
    """Allow real HTTP."""


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """Run a simulated Beeper with the home scenario."""
    async with Simulator(load_scenario("home")) as simulator:
        yield simulator


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[ClientSession]:
    """Return a client with the token of all scopes."""
    headers = {"Authorization": f"Bearer {sim.token}"}
    async with ClientSession(sim.url, headers=headers) as session:
        yield session
