"""Signing in within the card: what people are told, and what they are spared."""

from playwright.async_api import Browser, Page, expect
import pytest
import pytest_asyncio

from simulator import Simulator

from .house import House
from .patience import becomes, hold_timers, let_pass
from .sessions import displayed, started
from .test_card import CARD, SUCCESS_TIME, account, add_dashboard, reconnect, with_card

DASHBOARD = "/beeper-logins"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def house(house: House) -> House:
    """Return a Home Assistant with the card on a dashboard."""
    await add_dashboard(house, DASHBOARD, with_card(CARD))
    return house


@pytest.fixture
def path() -> str:
    """Return where the card is."""
    return DASHBOARD


async def test_copied_code(page: Page, simulator: Simulator) -> None:
    """A pairing code can be copied, also where pages may not write to the clipboard."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    login = await reconnect(page, "WhatsApp (Alice Example)", "Pairing code")
    code = await displayed(await started(simulator))
    for is_allowed in (True, False):
        await page.evaluate("navigator.clipboard.writeText('nothing')")
        if not is_allowed:
            await page.evaluate("() => { navigator.clipboard.writeText = null; }")
        await login.get_by_role("button", name="Copy").click()

        await becomes(lambda: page.evaluate("navigator.clipboard.readText()"), code)
        await expect(page.get_by_text("Copied to clipboard").first).to_be_visible()


async def test_another_way(page: Page, simulator: Simulator) -> None:
    """From a step one can go back to the choice, and the step is given up."""
    login = await reconnect(page, "WhatsApp (Alice Example)", "Pairing code")
    await expect(login.get_by_label("Pairing code")).to_be_visible()

    await login.get_by_role("button", name="Sign in another way").click()
    await login.get_by_role("button", name="QR").first.click()

    await expect(login.get_by_role("img", name="QR code")).to_be_visible()
    await login.get_by_role("button", name="Cancel").click()
    await reconnect(page, "Signal (Alice Example)")
    await expect(login.get_by_role("button", name="another way")).to_have_count(0)


async def test_typed_before(page: Page, simulator: Simulator, house: House) -> None:
    """What was typed is still there after another start, unless it is secret."""
    login = await reconnect(page, "Slack (Alice Example)", "Email")
    email = login.get_by_role("textbox", name="Email")
    await email.fill("alice@example.com")
    await email.press("Enter")
    await expect(login.get_by_role("textbox", name="code")).to_have_value("")

    await login.get_by_role("button", name="Sign in another way").click()
    await login.get_by_role("button", name="Email").click()

    await expect(email).to_have_value("alice@example.com")


async def test_signed_in_elsewhere(
    page: Page, simulator: Simulator, house: House
) -> None:
    """Whoever signs in with Beeper itself need not tell the card."""
    login = await reconnect(page, "Slack (Alice Example)", "Auth token")
    await expect(login).to_contain_text("Easier: sign in to this account in Beeper")

    await hold_timers(page)
    slack = next(it for it in simulator.accounts if "slack" in it)
    simulator.set_status(slack, "connected")
    await house.look()

    await expect(login).to_contain_text("is connected again.")
    await let_pass(page, SUCCESS_TIME)
    await expect(login).to_have_count(0)
    await expect(account(page, "Slack")).to_contain_text("Connected ·")


async def test_on_a_phone(
    house: House, simulator: Simulator, chromium: Browser
) -> None:
    """On a phone the way comes first that needs no other screen to scan."""
    context = await chromium.new_context(
        storage_state=house.signed_in,
        base_url=house.home_assistant.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    async with context:
        page = await context.new_page()
        await page.goto(DASHBOARD)

        login = await reconnect(page, "WhatsApp (Alice Example)")

        ways = login.locator(".choice .name")
        await expect(ways).to_have_text(["Pairing code", "QR"])
