"""A running simulator and the official SDK as its client."""

from collections.abc import AsyncIterator

from beeper_desktop_api import AsyncBeeperDesktop
import pytest

from simulator import Simulator, load_scenario
from simulator.shapes import Shape
from simulator.styles import StyleName


@pytest.fixture(autouse=True)
def _allow_sockets(socket_enabled: None) -> None:
    """Allow real HTTP."""


@pytest.fixture
def scenario_name() -> str:
    """Return the scenario that is run; tests override it by a parameter."""
    return "home"


@pytest.fixture
def shape() -> Shape:
    """Return the shape of login steps; tests override it by a parameter."""
    return "rich"


@pytest.fixture
def style() -> StyleName:
    """Return how a login fails; tests override it by a parameter."""
    return "beeper"


@pytest.fixture
async def sim(
    scenario_name: str, shape: Shape, style: StyleName
) -> AsyncIterator[Simulator]:
    """Run a simulated Beeper."""
    scenario = load_scenario(scenario_name)
    async with Simulator(scenario, shape=shape, style=style) as simulator:
        yield simulator


@pytest.fixture
async def sdk(sim: Simulator) -> AsyncIterator[AsyncBeeperDesktop]:
    """Connect the official SDK, which refuses whatever breaks the schema."""
    async with AsyncBeeperDesktop(
        base_url=sim.url,
        access_token=sim.token,
        max_retries=0,
        _strict_response_validation=True,
    ) as client:
        yield client
