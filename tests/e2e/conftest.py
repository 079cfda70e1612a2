"""A real Home Assistant for the tests of a module, and for each a Beeper and a browser.

Home Assistant takes its time to start; it is reloaded instead. The simulated Beeper is
new for each test, behind the address that the last one had.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect
import pytest
import pytest_socket

from scripts.browser import browser
from scripts.home_assistant import free_port, running_home_assistant
from simulator import Simulator

from . import pictures
from .house import House, signed_in
from .patience import PATIENCE

type Run = Callable[[Coroutine[Any, Any, Any]], Any]

HAS_FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limit the time of each test alone: the start of Home Assistant has its own."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(func_only=True))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember of each test whether it has failed."""
    report = yield
    if report.when == "call":
        item.stash[HAS_FAILED] = report.failed
    return report


@pytest.fixture(autouse=True)
def real_http(socket_enabled: None) -> None:
    """Allow connections to this machine; Home Assistant runs in its own process."""


@pytest.fixture(scope="module")
def run() -> Generator[Run]:
    """Return a function that runs what the fixtures of a module do.

    Its loop only runs in here: a module has none that its tests would share.
    """
    loop = asyncio.new_event_loop()

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        # The framework forbids connections before each test
        pytest_socket.enable_socket()
        return loop.run_until_complete(coroutine)

    yield run
    run(loop.shutdown_default_executor())
    loop.close()


@pytest.fixture(scope="module")
def new_house(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    """Return a Home Assistant that runs for all tests of a module, without Beeper.

    In the end its log must be free of what is not expected.
    """
    folder = tmp_path_factory.mktemp("home_assistant")
    stack = AsyncExitStack()
    try:
        house = run(_build(stack, folder))
        yield house
    finally:
        run(stack.aclose())
    assert house.complaints == []


async def _build(stack: AsyncExitStack, folder: Path) -> House:
    home_assistant = await stack.enter_async_context(
        running_home_assistant(folder, free_port())
    )
    somebody = await signed_in(home_assistant.url)
    return House(home_assistant, free_port(), somebody)


@pytest.fixture(scope="module")
def house(new_house: House, run: Run) -> House:
    """Return a Home Assistant in which the integration is set up."""
    run(new_house.add_beeper())
    return new_house


@pytest.fixture
async def simulator(house: House) -> AsyncGenerator[Simulator]:
    """Return the Beeper that Home Assistant watches, as it is at first."""
    async with house.beeper() as simulator:
        await house.reload_beeper()
        yield simulator


@pytest.fixture
async def chromium() -> AsyncGenerator[Browser]:
    """Return a browser."""
    async with browser() as chromium:
        yield chromium


@pytest.fixture
def path() -> str:
    """Return where the page begins."""
    return "/config/repairs"


@pytest.fixture
async def page(
    request: pytest.FixtureRequest,
    house: House,
    simulator: Simulator,
    chromium: Browser,
    path: str,
) -> AsyncGenerator[Page]:
    """Return a page of somebody who is signed in."""
    async with house.page(chromium) as page:
        await page.goto(path)
        await expect(page.locator("#ha-launch-screen")).to_be_hidden()
        yield page
        if request.node.stash.get(HAS_FAILED, False):
            await pictures.keep(page, f"failed-{request.node.name}")
