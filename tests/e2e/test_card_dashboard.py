"""The badge of the accounts, and the dashboard that needs no editing."""

from playwright.async_api import Page, expect
import pytest

from simulator import Simulator

from . import pictures
from .house import House
from .test_card import add_dashboard, card_on


@pytest.fixture
def path() -> str:
    """Return where the page begins; each test has a dashboard of its own."""
    return "/profile"


async def test_badge(page: Page, simulator: Simulator, house: House) -> None:
    """It counts the accounts that need somebody, and leads to the first of them."""
    badge = {"type": "custom:beeper-accounts-badge"}
    view = {"type": "sections", "badges": [badge], "sections": []}
    await add_dashboard(house, "/with-badge", {"views": [view]})
    await page.goto("/with-badge")
    shown = page.locator("beeper-accounts-badge")
    await expect(shown).to_contain_text("Need attention: 4")

    await shown.get_by_role("button").click()
    await expect(page.locator("ha-more-info-info")).to_be_visible()
    await page.keyboard.press("Escape")

    for account_id in simulator.accounts:
        simulator.set_status(account_id, "connected")
    await house.look()
    await expect(shown).to_contain_text("No account needs you.")

    # While Beeper does not answer, nobody knows whether all is well
    await simulator.stop()
    await house.look()
    await expect(shown).to_contain_text("Unavailable")


async def test_dashboard(page: Page, house: House) -> None:
    """It has the card, the counts and the past, and is offered by name."""
    strategy = {"type": "custom:beeper-accounts"}
    await add_dashboard(house, "/all-of-beeper", {"strategy": strategy})

    await page.goto("/all-of-beeper")

    await expect(card_on(page).get_by_role("listitem")).to_have_count(8)
    await expect(page.locator("hui-entity-badge")).to_have_count(2)
    await expect(page.locator("hui-history-graph-card")).to_be_visible()
    await expect(page.locator("hui-logbook-card")).to_be_visible()
    await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)
    await pictures.take(page, "dashboard")
    offered = await page.evaluate("window.customStrategies.map(({ name }) => name)")
    assert offered == ["Beeper accounts"]
