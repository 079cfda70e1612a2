"""Signing in with Beeper as a person does: in a real browser, with two tabs."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
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

TITLE: Final = "Beeper (Alice Example)"
CONNECTED: Final = "sensor.beeper_accounts_connected"
WITH_BEEPER: Final = "Sign in with Beeper (recommended)"
REVOKED: Final = "Beeper no longer accepts the access token."
OUT_OF_REACH: Final = "Beeper does not answer."

STATE: Final = """([entity_id, state]) =>
  document.querySelector("home-assistant").hass?.states?.[entity_id]?.state === state"""
REMOVE: Final = """async () => {
  const { hass } = document.querySelector("home-assistant");
  const path = "config/config_entries/entry";
  for (const { entry_id } of await hass.callApi("GET", `${path}?domain=beeper`)) {
    await hass.callApi("DELETE", `${path}/${entry_id}`);
  }
}"""


@pytest.fixture(autouse=True)
def real_http(socket_enabled: None) -> None:
    """Allow connections to this machine; Home Assistant runs in its own process."""


@pytest.fixture(autouse=True)
def real_names() -> None:
    """Resolve names as this machine does."""


@dataclass(frozen=True)
class Home:
    """A Home Assistant to which Beeper is new, and a browser of somebody signed in."""

    home_assistant: HomeAssistant
    chromium: Browser
    signed_in: StorageState

    def url(self, path: str) -> str:
        """Return the address of a page of Home Assistant."""
        return f"{self.home_assistant.url}/{path}"

    async def entry(self) -> tuple[str, str]:
        """Return title and state of the only Beeper."""
        [entry] = await self.home_assistant.get(
            "/api/config/config_entries/entry?domain=beeper"
        )
        return entry["title"], entry["state"]

    async def entities(self) -> dict[str, str]:
        """Return what the registry has of Beeper: its own IDs by entity ID."""
        entities = await self.home_assistant.command("config/entity_registry/list")
        return {
            entity["entity_id"]: entity["id"]
            for entity in entities
            if entity["platform"] == "beeper"
        }

    async def state(self) -> str:
        """Return how many accounts are connected."""
        answer = await self.home_assistant.get(f"/api/states/{CONNECTED}")
        state: str = answer["state"]
        return state

    async def look(self) -> None:
        """Have Home Assistant ask Beeper now."""
        await self.home_assistant.post(
            "/api/services/homeassistant/update_entity", {"entity_id": CONNECTED}
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    """Return a home; in the end its log must be free of what is not expected."""
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
        assert [
            record
            for record in complaints(home_assistant.log)
            if REVOKED not in record and OUT_OF_REACH not in record
        ] == []


@pytest_asyncio.fixture(loop_scope="module")
async def beeper() -> AsyncGenerator[Simulator]:
    """Return a Beeper with eight accounts."""
    async with Simulator(load_scenario("home")) as simulator:
        yield simulator


@pytest_asyncio.fixture(loop_scope="module")
async def page(home: Home, beeper: Simulator) -> AsyncGenerator[Page]:
    """Return a page of somebody whose browser finds the way back from Beeper.

    Afterwards Home Assistant knows no Beeper again.
    """

    async def send_back(route: Route) -> None:
        """Do as My Home Assistant, which knows where one's own Home Assistant is."""
        query = route.request.url.partition("?")[2]
        location = home.url(f"auth/external/callback?{query}")
        await route.fulfill(status=302, headers={"Location": location})

    async with new_page(home.chromium, home.signed_in) as page:
        await page.context.route(
            "https://my.home-assistant.io/redirect/oauth?**", send_back
        )
        yield page
        await page.evaluate(REMOVE)


async def start(page: Page, home: Home) -> Dialog:
    """Open the dialog to add a Beeper."""
    await page.goto(home.url("config/integrations/dashboard/add?domain=beeper"))
    await page.get_by_role("button", name="OK").click()
    dialog = Dialog(page)
    await expect(dialog.field("Address")).to_be_visible()
    return dialog


async def enter_address(dialog: Dialog, beeper: Simulator) -> None:
    """Tell where Beeper is."""
    await dialog.field("Address").fill(beeper.url)
    await dialog.send("Submit")


async def choose_beeper(dialog: Dialog) -> None:
    """Choose to sign in with Beeper."""
    await dialog.text(WITH_BEEPER).click()
    await expect(dialog.text("Home Assistant may").first).to_be_visible()


async def leave(dialog: Dialog) -> Page:
    """Go on from what to allow; returns the tab of Beeper that opens."""
    async with dialog.page.expect_popup() as opened:
        await dialog.send("Submit")
    return await opened.value


async def decide(tab: Page, button: str) -> None:
    """Give Beeper an answer, with which its tab closes."""
    async with tab.expect_event("close"):
        await tab.get_by_role("button", name=button).click()


async def add(page: Page, home: Home, beeper: Simulator) -> None:
    """Add a Beeper by signing in with it."""
    dialog = await start(page, home)
    await enter_address(dialog, beeper)
    await choose_beeper(dialog)
    await decide(await leave(dialog), "Approve")
    await dialog.send("Skip and finish")
    await expect(dialog.button("Skip and finish")).to_be_hidden()


async def wait_for_state(page: Page, state: str) -> None:
    """Wait until the page knows that so many accounts are connected."""
    await page.wait_for_function(STATE, arg=[CONNECTED, state])


async def test_denied_then_approved(page: Page, home: Home, beeper: Simulator) -> None:
    """Who denies by mistake is told so, and approves from the same dialog."""
    dialog = await start(page, home)
    await pictures.take(page, "sign-in-address")
    await enter_address(dialog, beeper)
    await expect(dialog.text(f"Beeper was found at {beeper.url}")).to_be_visible()
    await pictures.take(page, "sign-in-menu")
    await choose_beeper(dialog)
    await pictures.take(page, "sign-in-allow")

    tab = await leave(dialog)
    await expect(tab.get_by_role("heading")).to_contain_text("Allow Home Assistant")
    await pictures.take(tab, "sign-in-approval")
    await expect(dialog.text("Approve Home Assistant")).to_be_visible()
    await pictures.take(page, "sign-in-waiting")
    await decide(tab, "Deny")

    await expect(dialog.box.locator("ha-alert")).to_contain_text(
        "You did not approve the connection in Beeper."
    )
    await pictures.take(page, "sign-in-denied")
    assert beeper.oauth.tokens == {}

    await decide(await leave(dialog), "Approve")

    await expect(dialog.text("Name and assign")).to_be_visible()
    assert len(beeper.oauth.tokens) == 1
    await dialog.send("Skip and finish")
    await page.goto(home.url("config/integrations/integration/beeper"))
    for account in beeper.accounts.values():
        await expect(
            page.locator("ha-config-entry-device-row", has_text=account["network"])
        ).not_to_have_count(0)
    await pictures.take(page, "sign-in-added")
    assert await home.entry() == (TITLE, "loaded")
    assert CONNECTED in await home.entities()


async def test_closed_tab(page: Page, home: Home, beeper: Simulator) -> None:
    """Who has closed the tab of Beeper, or has never seen it, opens it again."""
    dialog = await start(page, home)
    await enter_address(dialog, beeper)
    await choose_beeper(dialog)
    tab = await leave(dialog)
    await tab.close()

    async with page.context.expect_page() as opened:
        await dialog.box.get_by_role("link", name="Open website").click()
    tab = await opened.value
    await tab.get_by_role("button", name="Approve").click()

    await expect(dialog.text("Name and assign")).to_be_visible()
    assert await home.entry() == (TITLE, "loaded")


async def test_revoked(page: Page, home: Home, beeper: Simulator) -> None:
    """Of a revoked sign-in there is a repair; with a new one all is as before."""
    await add(page, home, beeper)
    entities, state = await home.entities(), await home.state()
    [token] = beeper.oauth.tokens

    beeper.revoke(token)
    await home.look()

    await page.goto(home.url("config/repairs"))
    await wait_for_state(page, "unavailable")
    repair = page.locator(
        "ha-list-item-button", has_text=f"Authentication expired for {TITLE}"
    )
    await repair.click()
    dialog = Dialog(page)
    await expect(dialog.text(TITLE)).to_be_visible()
    await pictures.take(page, "sign-in-again")
    await choose_beeper(dialog)
    await decide(await leave(dialog), "Approve")
    await expect(dialog.text("Re-authentication was successful")).to_be_visible()

    await wait_for_state(page, state)
    await expect(repair).to_be_hidden()
    assert await home.entry() == (TITLE, "loaded")
    assert await home.entities() == entities
    [new_token] = beeper.oauth.tokens
    assert new_token != token


async def test_moved(page: Page, home: Home, beeper: Simulator) -> None:
    """A Beeper that comes back elsewhere keeps its entities and its sign-in."""
    await add(page, home, beeper)
    entities, state = await home.entities(), await home.state()
    tokens = beeper.oauth.tokens

    await beeper.stop()
    await beeper.start(free_port())
    await home.look()

    await page.goto(home.url("config/integrations/integration/beeper"))
    await wait_for_state(page, "unavailable")
    entry = page.locator("ha-config-entry-row")
    await entry.get_by_role("button", name="Menu").first.click()
    await page.get_by_role("menuitem", name="Reconfigure").click()
    dialog = Dialog(page)
    await expect(dialog.field("Address")).to_be_visible()
    await pictures.take(page, "sign-in-moved")
    await enter_address(dialog, beeper)
    await expect(dialog.text("Reconfiguration was successful")).to_be_visible()

    await wait_for_state(page, state)
    assert await home.entry() == (TITLE, "loaded")
    assert await home.entities() == entities
    assert beeper.oauth.tokens == tokens
