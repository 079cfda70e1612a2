"""A running simulator, a plain HTTP client and a browser."""

from collections.abc import AsyncIterator

from aiohttp import ClientSession
from playwright.async_api import Page, expect
import pytest

from scripts.browser import PAGE_TIMEOUT, browser, new_page
from simulator import Simulator, Timings, load_scenario

expect.set_options(timeout=PAGE_TIMEOUT / 2)


@pytest.fixture(autouse=True)
def _allow_sockets(socket_enabled: None) -> None:
    """Allow real HTTP."""


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """Run a simulated Beeper with the home scenario.

    Codes outlast the test, however slow the machine is.
    """
    timings = Timings(qr_rotation=3600, qr_lifetime=3600)
    async with Simulator(load_scenario("home"), timings=timings) as simulator:
        yield simulator


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[ClientSession]:
    """Return a client with the token of all scopes."""
    headers = {"Authorization": f"Bearer {sim.token}"}
    async with ClientSession(sim.url, headers=headers) as session:
        yield session


@pytest.fixture
async def page(sim: Simulator) -> AsyncIterator[Page]:
    """Open a browser; whatever goes wrong on its pages fails the test.

    It is closed before the simulator stops, whose absence pages would complain about.
    """
    problems: list[str] = []
    async with browser() as chromium, new_page(chromium) as page:
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                problems.append(message.text) if message.type == "error" else None
            ),
        )
        yield page
    assert problems == []
