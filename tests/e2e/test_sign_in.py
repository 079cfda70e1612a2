"""Signing in with Beeper as a person does: in a real browser, with two tabs."""

from collections.abc import AsyncGenerator
from typing import Final

from playwright.async_api import Page, expect
import pytest
import pytest_asyncio

from scripts.home_assistant import HomeAssistantFailed, free_port
from simulator import Fault, Simulator
from tests.access_proxy import TEXT, access_proxy

from . import pictures
from .dialog import Dialog
from .house import CONNECTED, House
from .patience import becomes

TITLE: Final = "Beeper (Alice Example)"
WITH_BEEPER: Final = "Sign in with Beeper"
INTEGRATION: Final = "/config/integrations/integration/beeper"


@pytest.fixture(scope="module")
def house(new_house: House) -> House:
    """Return a Home Assistant to which Beeper is new."""
    return new_house


@pytest.fixture
def path() -> str:
    """Return where the dialog to add a Beeper begins."""
    return "/config/integrations/dashboard/add?domain=beeper"


@pytest_asyncio.fixture(loop_scope="package")
async def page(page: Page, house: House) -> AsyncGenerator[Page]:
    """Return a page of somebody; afterwards Home Assistant knows no Beeper again.

    They have Home Assistant open under a loopback address, where Beeper sends them back.
    """
    yield page
    await house.remove_beeper()


async def start(page: Page) -> Dialog:
    """Open the dialog to add a Beeper."""
    await page.get_by_role("button", name="OK").click()
    dialog = Dialog(page)
    await expect(dialog.field("Address")).to_be_visible()
    return dialog


async def enter_address(dialog: Dialog, simulator: Simulator) -> None:
    """Tell where Beeper is."""
    await dialog.field("Address").fill(simulator.url)
    await dialog.send("Submit")


async def choose_beeper(dialog: Dialog) -> None:
    """Choose to sign in with Beeper."""
    await dialog.text(WITH_BEEPER).click()
    await expect(dialog.text("Allow Home Assistant to").first).to_be_visible()


async def leave(dialog: Dialog) -> Page:
    """Go on from what to allow; returns the tab of Beeper that opens."""
    async with dialog.page.expect_popup() as opened:
        await dialog.send("Submit")
    return await opened.value


async def decide(tab: Page, button: str) -> None:
    """Give Beeper an answer, with which its tab closes."""
    async with tab.expect_event("close"):
        await tab.get_by_role("button", name=button).click()


async def add(page: Page, simulator: Simulator) -> None:
    """Add a Beeper by signing in with it."""
    dialog = await start(page)
    await enter_address(dialog, simulator)
    await choose_beeper(dialog)
    await decide(await leave(dialog), "Approve")
    await dialog.send("Skip and finish")
    await expect(dialog.button("Skip and finish")).to_be_hidden()


async def expect_connected(house: House, state: str | None) -> None:
    """Wait until Home Assistant has this as the number of accounts connected."""
    await becomes(lambda: house.state(CONNECTED), state)


async def test_denied_then_approved(
    page: Page, house: House, simulator: Simulator
) -> None:
    """Who denies by mistake is told so, and approves from the same dialog."""
    dialog = await start(page)
    await pictures.take(page, "sign-in-address")
    await enter_address(dialog, simulator)
    await expect(dialog.text(f"Beeper was found at {simulator.url}")).to_be_visible()
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
    assert simulator.oauth.tokens == {}

    await decide(await leave(dialog), "Approve")

    await expect(dialog.text("Name and assign")).to_be_visible()
    await expect(
        dialog.text("To be notified when an account loses its connection")
    ).to_be_visible()
    await expect(dialog.text("To see your accounts")).to_be_visible()
    await pictures.take(page, "sign-in-what-next")
    assert len(simulator.oauth.tokens) == 1
    await dialog.send("Skip and finish")
    await expect(dialog.button("Skip and finish")).to_be_hidden()
    await page.goto(INTEGRATION)
    for account in simulator.accounts.values():
        await expect(
            page.locator("ha-config-entry-device-row", has_text=account["network"])
        ).not_to_have_count(0)
    await pictures.take(page, "sign-in-added")
    await becomes(house.entry, (TITLE, "loaded"))
    assert CONNECTED in await house.entities()


async def test_refused(page: Page, house: House, simulator: Simulator) -> None:
    """Where Beeper refuses without asking, no tab opens: the token is asked for."""
    simulator.inject(Fault(path="/oauth/authorize", status=400))
    tabs: list[Page] = []
    page.on("popup", lambda tab: tabs.append(tab))
    dialog = await start(page)
    await enter_address(dialog, simulator)
    await choose_beeper(dialog)
    await dialog.send("Submit")

    await expect(dialog.box.locator("ha-alert")).to_contain_text(
        "Beeper refused the sign-in without asking you."
    )
    await pictures.take(page, "sign-in-refused")
    assert tabs == []
    await dialog.field("Access token").fill(f"Bearer “{simulator.token}”")
    await dialog.send("Submit")

    await expect(dialog.text("Name and assign")).to_be_visible()
    await becomes(house.entry, (TITLE, "loaded"))


async def test_access_proxy(page: Page, house: House, simulator: Simulator) -> None:
    """Headers are folded away, asked for where they are needed, and not shown again."""
    async with access_proxy(simulator) as proxy:
        dialog = await start(page)
        headers = dialog.box.get_by_role("textbox", name="Request headers")
        await expect(headers).to_be_hidden()
        await pictures.take(page, "access-proxy-folded")
        await dialog.field("Address").fill(proxy.url)
        await dialog.send("Submit")

        await expect(dialog.box.locator("ha-alert")).to_contain_text(
            "Something in front of Beeper asks for a sign-in of its own."
        )
        await expect(headers).to_be_visible()
        await headers.fill(TEXT)
        await pictures.take(page, "access-proxy-headers")
        proxy.requests.clear()
        await dialog.send("Submit")
        await dialog.text("Use an access token").click()
        await dialog.field("Access token").fill(simulator.token)
        await dialog.send("Submit")
        await expect(dialog.text("Name and assign")).to_be_visible()
        await dialog.send("Skip and finish")
        await becomes(house.entry, (TITLE, "loaded"))

        await page.goto(INTEGRATION)
        entry = page.locator("ha-config-entry-row")
        await entry.get_by_role("button", name="Menu").first.click()
        await page.get_by_role("menuitem", name="Reconfigure").click()
        await expect(dialog.field("Address")).to_be_visible()
        await expect(headers).to_be_hidden()
        await dialog.text("Access proxy").first.click()
        await expect(headers).to_have_value(
            "CF-Access-Client-Id: ••••••••\nCF-Access-Client-Secret: ••••••••"
        )
        await pictures.take(page, "access-proxy-kept")
        await dialog.send("Submit")
        await expect(dialog.text("Reconfiguration was successful")).to_be_visible()
        await becomes(house.entry, (TITLE, "loaded"))
        assert proxy.refused == []

        await page.goto(INTEGRATION)
        await entry.get_by_role("button", name="Menu").first.click()
        await page.get_by_role("menuitem", name="Reconfigure").click()
        await dialog.text("Access proxy").first.click()
        await headers.fill("")
        await dialog.send("Submit")
        await expect(dialog.box.locator("ha-alert")).to_contain_text(
            "asks for a sign-in"
        )
        await house.remove_beeper()


async def test_closed_tab(page: Page, house: House, simulator: Simulator) -> None:
    """Who has closed the tab of Beeper, or has never seen it, opens it again."""
    dialog = await start(page)
    await enter_address(dialog, simulator)
    await choose_beeper(dialog)
    tab = await leave(dialog)
    await tab.close()

    async with page.context.expect_page() as opened:
        await dialog.box.get_by_role("link", name="Open website").click()
    tab = await opened.value
    await tab.get_by_role("button", name="Approve").click()

    await expect(dialog.text("Name and assign")).to_be_visible()
    await becomes(house.entry, (TITLE, "loaded"))


async def test_revoked(page: Page, house: House, simulator: Simulator) -> None:
    """Of a revoked sign-in there is a repair; with a new one all is as before."""
    await add(page, simulator)
    entities, state = await house.entities(), await house.state(CONNECTED)
    [token] = simulator.oauth.tokens

    simulator.revoke(token)
    await house.look()
    await expect_connected(house, "unavailable")

    await page.goto("/config/repairs")
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

    await expect_connected(house, state)
    await expect(repair).to_be_hidden()
    await becomes(house.entry, (TITLE, "loaded"))
    await becomes(house.entities, entities)
    [new_token] = simulator.oauth.tokens
    assert new_token != token


async def test_moved(page: Page, house: House, simulator: Simulator) -> None:
    """A Beeper that comes back elsewhere keeps its entities and its sign-in."""
    await add(page, simulator)
    entities, state = await house.entities(), await house.state(CONNECTED)
    tokens = simulator.oauth.tokens

    await simulator.stop()
    await simulator.start(free_port())
    await house.look()
    await expect_connected(house, "unavailable")

    await page.goto(INTEGRATION)
    entry = page.locator("ha-config-entry-row")
    await entry.get_by_role("button", name="Menu").first.click()
    await page.get_by_role("menuitem", name="Reconfigure").click()
    dialog = Dialog(page)
    await expect(dialog.field("Address")).to_be_visible()
    await pictures.take(page, "sign-in-moved")
    await enter_address(dialog, simulator)
    await expect(dialog.text("Reconfiguration was successful")).to_be_visible()

    await expect_connected(house, state)
    await becomes(house.entry, (TITLE, "loaded"))
    await becomes(house.entities, entities)
    assert simulator.oauth.tokens == tokens


async def test_refused_access_token(house: House, simulator: Simulator) -> None:
    """Scripts that set Beeper up are told of a refusal in the dialog's own words."""
    with pytest.raises(
        HomeAssistantFailed,
        match="at step access_token: Beeper does not accept this access token",
    ):
        await house.home_assistant.add_integration(
            "beeper",
            {
                "user": {"url": simulator.url},
                "sign_in": {"next_step_id": "access_token"},
                "access_token": {"access_token": "wrong"},
            },
        )
