"""A real Home Assistant for the tests of a module, and for each a Beeper and a browser.

Home Assistant takes its time to start; it is reloaded instead. The simulated Beeper is
new for each test, behind the address that the last one had.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, StorageState, expect
import pytest
import pytest_socket

from scripts.browser import browser, new_page, sign_in
from scripts.home_assistant import (
    PASSWORD,
    USERNAME,
    HomeAssistant,
    free_port,
    running_home_assistant,
)
from simulator import Simulator, Timings, load_scenario

# Nothing rotates or gives up by itself while a test looks at it
STEADY = Timings(connecting=0.01, qr_rotation=600, qr_lifetime=600)


@dataclass(frozen=True)
class House:
    """A Home Assistant in which the integration is set up, and somebody signed in."""

    home_assistant: HomeAssistant
    beeper_port: int
    entry_id: str
    signed_in: StorageState


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    """Return a Home Assistant that runs for all tests of a module.

    Its loop only runs in here: a module has none that its tests would share.
    """
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()

    def run[T](coroutine: Coroutine[Any, Any, T]) -> T:
        # The framework forbids connections before each test
        pytest_socket.enable_socket()
        return loop.run_until_complete(coroutine)

    try:
        yield run(_build(stack, tmp_path_factory.mktemp("home_assistant")))
    finally:
        run(stack.aclose())
        run(loop.shutdown_default_executor())
        loop.close()


async def _build(stack: AsyncExitStack, folder: Path) -> House:
    home_assistant = await stack.enter_async_context(
        running_home_assistant(folder, free_port())
    )
    beeper_port = free_port()
    async with _beeper(beeper_port) as beeper, browser() as chromium:
        entry_id = await home_assistant.add_integration(
            "beeper",
            {
                "user": {"url": beeper.url},
                "sign_in": {"next_step_id": "access_token"},
                "access_token": {"access_token": beeper.token},
            },
        )
        async with new_page(chromium) as page:
            await sign_in(page, home_assistant.url, USERNAME, PASSWORD)
            await page.locator("home-assistant-main").wait_for()
            return House(
                home_assistant,
                beeper_port,
                entry_id,
                await page.context.storage_state(),
            )


def _beeper(port: int) -> Simulator:
    """Return a Beeper; each has the same accounts and the same token."""
    return Simulator(load_scenario("home"), port=port, timings=STEADY)


@pytest.fixture
async def simulator(house: House) -> AsyncGenerator[Simulator]:
    """Return the Beeper that Home Assistant watches, as it is at first."""
    async with _beeper(house.beeper_port) as simulator:
        yield simulator


@pytest.fixture
async def chromium() -> AsyncGenerator[Browser]:
    """Return a browser."""
    async with browser() as chromium:
        yield chromium


@pytest.fixture
async def page(
    house: House, simulator: Simulator, chromium: Browser
) -> AsyncGenerator[Page]:
    """Return a page of somebody who is signed in; Home Assistant knows this Beeper."""
    async with new_page(chromium, house.signed_in) as page:
        await page.goto(f"{house.home_assistant.url}/config/repairs")
        await expect(page.locator("#ha-launch-screen")).to_be_hidden(timeout=30_000)
        await page.evaluate(
            """entry_id =>
              document.querySelector("home-assistant").hass.callApi(
                "POST", `config/config_entries/entry/${entry_id}/reload`)""",
            house.entry_id,
        )
        yield page
