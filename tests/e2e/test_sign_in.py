"""Signing in with Beeper as a newcomer does it: in a real browser, in two tabs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Browser, Page, Route, StorageState, expect
import pytest
import pytest_asyncio
from pytest_socket import enable_socket

from scripts.browser import browser, new_page, sign_in
from scripts.demo import complaints
from scripts.home_assistant import (
    PASSWORD,
    USERNAME,
    HomeAssistant,
    free_port,
    running_home_assistant,
)
from simulator import Simulator, load_scenario

from . import pictures
from .dialog import Dialog

# One Home Assistant for all tests here: starting it takes longer than any of them
pytestmark = pytest.mark.asyncio(loop_scope="module")

ADD: Final = "/config/integrations/dashboard/add?domain=beeper"
WITH_BEEPER: Final = "Sign in with Beeper (recommended)"
TITLE: Final = "Beeper (Alice Example)"


@dataclass(frozen=True)
class Home:
    """A Home Assistant that knows no Beeper, and a browser of somebody signed in."""

    home_assistant: HomeAssistant
    chromium: Browser
    signed_in: StorageState


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    """Return a home to which Beeper is new."""
    enable_socket()  # what lets tests connect comes after what they share
    # Threads that begin during a test are taken for left over ones
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    await asyncio.to_thread(int)
    async with (
        running_home_assistant(
            tmp_path_factory.mktemp("home_assistant"), free_port()
        ) as home_assistant,
        browser() as chromium,
    ):
        async with new_page(chromium) as page:
            await sign_in(page, home_assistant.url, USERNAME, PASSWORD)
            await page.locator("home-assistant-main").wait_for()
            signed_in = await page.context.storage_state()
        yield Home(home_assistant, chromium, signed_in)


@pytest_asyncio.fixture(loop_scope="module")
async def beeper(socket_enabled: None) -> AsyncGenerator[Simulator]:
    """Return a Beeper with eight accounts."""
    async with Simulator(load_scenario("home")) as simulator:
        yield simulator


@pytest_asyncio.fixture(loop_scope="module")
async def page(home: Home, beeper: Simulator) -> AsyncGenerator[Page]:
    """Return a page from which Beeper can send one back to Home Assistant.

    In the end Home Assistant knows no Beeper again.
    """

    async def send_back(route: Route) -> None:
        """Do as My Home Assistant does, which knows where one's own is."""
        query = route.request.url.partition("?")[2]
        await route.fulfill(
            status=302,
            headers={
                "Location": f"{home.home_assistant.url}/auth/external/callback?{query}"
            },
        )

    async with new_page(home.chromium, home.signed_in) as page:
        await page.context.route(
            "https://my.home-assistant.io/redirect/oauth?**", send_back
        )
        yield page


async def test_x(page: Page, home: Home, beeper: Simulator) -> None:
    """X."""
    import time
    t = time.time()
    page.set_default_timeout(15000)
    async def step(name, p=None):
        print(f"{time.time()-t:.1f} {name}", (p or page).url, flush=True)
        await pictures.take(p or page, f"sign-in-{name}") if name[:2] in ("re","en") else None
    try:
        await page.goto(home.home_assistant.url + ADD)
        await page.get_by_role("button", name="OK").click()
        dialog = Dialog(page)
        await expect(dialog.field("Address")).to_be_visible()
        await step("address")
        await dialog.field("Address").fill(beeper.url)
        await dialog.send("Submit")
        await expect(dialog.text(WITH_BEEPER)).to_be_visible()
        await step("menu")
        await dialog.text(WITH_BEEPER).click()
        await expect(dialog.button("Submit")).to_be_visible()
        await step("scope")
        async with page.expect_popup() as popup:
            await dialog.send("Submit")
        other = await popup.value
        await expect(other.get_by_role("button", name="Deny")).to_be_visible()
        await step("approval", other)
        await step("waiting")
        async with other.expect_event("close"):
            await other.get_by_role("button", name="Deny").click()
        await expect(dialog.text("You did not approve")).to_be_visible()
        await step("denied")
        async with page.expect_popup() as popup:
            await dialog.send("Submit")
        other = await popup.value
        async with other.expect_event("close"):
            await other.get_by_role("button", name="Approve").click()
        await expect(dialog.text("Name and assign")).to_be_visible()
        await step("done")
        await dialog.send("Skip and finish")
        await expect(dialog.button("Skip and finish")).to_be_hidden()
        [token] = beeper.oauth.tokens
        beeper.revoke(token)
        await home.home_assistant.post("/api/services/homeassistant/update_entity", {"entity_id": "sensor.beeper_accounts_connected"})
        await page.goto(home.home_assistant.url + "/config/integrations/integration/beeper")
        await asyncio.sleep(3)
        await step("revoked-page")
        await page.goto(home.home_assistant.url + "/config/repairs")
        await asyncio.sleep(3)
        await step("revoked-repairs")
        await page.locator("ha-list-item-button", has_text="Authentication expired").click()
        await asyncio.sleep(2)
        await step("reauth")
        await dialog.text(WITH_BEEPER).click()
        await expect(dialog.button("Submit")).to_be_visible()
        async with page.expect_popup() as popup:
            await dialog.send("Submit")
        other = await popup.value
        async with other.expect_event("close"):
            await other.get_by_role("button", name="Approve").click()
        await asyncio.sleep(3)
        await step("reauth-done")
        await page.goto(home.home_assistant.url + "/config/integrations/integration/beeper")
        await asyncio.sleep(2)
        await page.locator("ha-config-entry-row").get_by_role("button", name="Menu").first.click()
        await asyncio.sleep(1)
        await step("entry-menu")
        await page.get_by_role("menuitem", name="Reconfigure").click()
        await asyncio.sleep(1)
        await step("reconfigure")
    finally:
        await page.screenshot(path=".cache/pictures/sign-in-failure.png")
    print(home.home_assistant.log[-3000:])
