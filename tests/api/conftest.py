"""The client, and a simulated Beeper for it."""

from collections.abc import AsyncGenerator

from aiohttp import ClientSession
import pytest

from custom_components.beeper.api import BeeperClient
from simulator import Simulator


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    """Return an HTTP session."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
def client(session: ClientSession, beeper: Simulator) -> BeeperClient:
    """Return a client with a token that may do everything."""
    return BeeperClient(session, beeper.url, beeper.token)
