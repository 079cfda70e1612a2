"""A real Home Assistant and a browser for all tests in here, and for each a Beeper.

Home Assistant and the browser take their time to start, so a process starts each once, on
a loop that all tests in here share. A module begins with Home Assistant as if Beeper were
new to it. The simulated Beeper is new for each test, behind the address that the last one
had.
"""

from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, BrowserContext, Page, StorageState, expect
import pytest
import pytest_asyncio
import pytest_socket

from scripts.browser import VIEWPORT, browser, new_context
from scripts.home_assistant import (
    USERNAME,
    HomeAssistant,
    free_port,
    running_home_assistant,
)
from simulator import Simulator
from simulator.login_flows import FLOWS, Answer, Attempt, Identity, LoginFlow, Step

from . import pictures
from .house import House, become, sign_in_as
from .patience import PATIENCE

HOSTILE: Final = '<img src="x" onerror="window.hacked = true"><b>Hello</b>'

VIEWER: Final = "viewer"

HAS_FAILED = pytest.StashKey[bool]()

EMPTY: Final = "/manifest.json"
"""Where a page is that has Home Assistant's address, and nothing of its frontend."""

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have all tests share a loop, and limit the time of each alone.

    What they wait for together, such as the start of Home Assistant, has its own limits.
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(func_only=True))
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> None:
    """Allow connections to what tests share, too.

    The framework forbids them before each test, and allows them with one of its fixtures.
    """
    if fixturedef.scope != "function":
        pytest_socket.enable_socket()


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
def enable_event_loop_debug() -> None:
    """Leave the loop alone: Home Assistant does not run in it."""


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Let the loop go on: browser and Home Assistant live in it from test to test."""


@pytest.fixture(autouse=True)
def real_http(socket_enabled: None) -> None:
    """Allow connections to this machine; Home Assistant runs in its own process."""


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def home_assistant(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[HomeAssistant]:
    """Return a Home Assistant that runs for all tests in here."""
    folder = tmp_path_factory.mktemp("home_assistant")
    async with running_home_assistant(folder, free_port()) as home_assistant:
        yield home_assistant


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def chromium() -> AsyncGenerator[Browser]:
    """Return a browser that runs for all tests in here."""
    async with browser() as chromium:
        yield chromium


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def profile(
    home_assistant: HomeAssistant, chromium: Browser
) -> AsyncGenerator[BrowserContext]:
    """Return what the pages of somebody who is signed in share.

    A page that stays open keeps the process in which others find the frontend compiled.
    """
    async with new_context(chromium, base_url=home_assistant.url) as context:
        page = await context.new_page()
        await sign_in_as(page, USERNAME, home_assistant.url)
        await page.goto(EMPTY)
        yield context


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def building(
    home_assistant: HomeAssistant, profile: BrowserContext
) -> AsyncGenerator[House]:
    """Return a Home Assistant that runs for all tests in here, without Beeper.

    In the end its log must be free of what is not expected.
    """
    house = House(home_assistant, free_port(), await profile.storage_state())
    yield house
    assert house.complaints == []


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def viewer(building: House, profile: BrowserContext) -> StorageState:
    """Return what a browser keeps of a user who is no administrator."""
    await building.add_user(VIEWER)
    [stays, *_] = profile.pages
    await stays.evaluate("localStorage.clear()")
    state = await sign_in_as(stays, VIEWER, building.home_assistant.url)
    await stays.goto(EMPTY)
    await become(stays, building.signed_in)
    return state


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def new_house(building: House) -> AsyncGenerator[House]:
    """Return a Home Assistant to which Beeper is new.

    What its log says of a module must be free of what is not expected.
    """
    yield building
    await building.remove_beeper()
    assert building.complaints == []


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def house(new_house: House) -> House:
    """Return a Home Assistant in which the integration is set up."""
    await new_house.add_beeper()
    return new_house


@pytest_asyncio.fixture(loop_scope="package")
async def simulator(house: House) -> AsyncGenerator[Simulator]:
    """Return the Beeper that Home Assistant watches, as it is at first."""
    async with house.beeper() as simulator:
        await house.reload_beeper()
        yield simulator


@pytest.fixture
def path() -> str:
    """Return where the page begins."""
    return "/config/repairs"


@pytest_asyncio.fixture(loop_scope="package")
async def page(
    request: pytest.FixtureRequest,
    house: House,
    simulator: Simulator,
    profile: BrowserContext,
    path: str,
) -> AsyncGenerator[Page]:
    """Return a page of somebody who is signed in, and has just come.

    It is loaded anew for each test, in the tab of the one before, which takes half as long
    as to open another tab.
    """
    [stays, *tabs] = profile.pages
    page = tabs[0] if tabs else await new_tab(profile)
    await become(page, house.signed_in)
    await page.goto(path)
    await expect(page.locator("#ha-launch-screen")).to_be_hidden()
    yield page
    failed = request.node.stash.get(HAS_FAILED, False)
    if failed:
        await pictures.keep(page, f"failed-{request.node.name}")
    for tab in profile.pages:
        if tab is not stays and (failed or tab is not page):
            await tab.close()
    if not page.is_closed():
        await clear(page)


@pytest_asyncio.fixture(loop_scope="package")
async def tab(house: House, profile: BrowserContext) -> AsyncGenerator[Page]:
    """Return another tab of somebody who is signed in, still empty."""
    tab = await new_tab(profile)
    await become(tab, house.signed_in)
    yield tab
    await tab.close()


async def new_tab(profile: BrowserContext) -> Page:
    """Open a tab that is still empty."""
    page = await profile.new_page()
    await page.goto(EMPTY)
    return page


async def clear(page: Page) -> None:
    """Make a tab as it was when it was opened."""
    await page.goto(EMPTY)
    await page.evaluate("sessionStorage.clear()")
    await page.unroute_all()
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(VIEWPORT)


@pytest.fixture
def signal_asks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Step], None]:
    """Return a function that gives Signal a single flow, with a single step."""

    def ask(step: Step) -> None:
        def run(attempt: Attempt) -> Generator[Step, Answer, Identity]:
            yield step
            raise AssertionError("nobody answers this step")

        flow = LoginFlow("qr", HOSTILE, HOSTILE, run)
        monkeypatch.setitem(FLOWS, "signal", (flow,))

    return ask
