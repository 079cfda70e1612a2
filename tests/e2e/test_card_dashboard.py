"""The tile and the badge of the accounts, and the dashboard that needs no editing."""

from typing import Any

from playwright.async_api import Page, expect
import pytest

from simulator import Simulator
from tests.accounts import SIGNAL, SLACK

from . import pictures
from .camera import expect_scan
from .conftest import EMPTY
from .house import House
from .patience import hold_timers, let_pass
from .sessions import displayed, started
from .test_card import SUCCESS_TIME, add_dashboard, card_on, expect_cancel


@pytest.fixture
def path() -> str:
    """Return where the page begins: nowhere, each test has a dashboard of its own."""
    return EMPTY


async def test_badge(page: Page, simulator: Simulator, house: House) -> None:
    """It counts the accounts that need somebody, and leads to the first of them."""
    badge = {"type": "custom:beeper-accounts-badge"}
    view = {"type": "sections", "badges": [badge], "sections": []}
    await add_dashboard(house, "/with-badge", {"views": [view]})
    await page.goto("/with-badge")
    shown = page.locator("beeper-accounts-badge")
    await expect(shown).to_contain_text("Need attention: 3")

    await shown.get_by_role("button").click()
    await expect(page.locator("ha-more-info-info")).to_be_visible()
    await page.keyboard.press("Escape")

    for statuses, words in (
        ({}, "No account needs you."),
        ({SIGNAL: "disconnected"}, "Disconnected: 1"),
    ):
        for account_id in simulator.accounts:
            status = statuses.get(account_id, "connected")
            simulator.set_status(account_id, status)
        await house.look()
        await expect(shown).to_contain_text(words)
    # While Beeper does not answer, nobody knows whether all is well
    await simulator.stop()
    await house.look()
    await expect(shown).to_contain_text("Unavailable: 8")


async def test_tile(page: Page, simulator: Simulator, house: House) -> None:
    """It is one account, which it reconnects, or all of them, in one line."""
    tile = {"type": "custom:beeper-accounts-tile"}
    status = "sensor.{}_alice_example_status"
    cards: list[dict[str, Any]] = [
        tile,
        {**tile, "entity": status.format("signal")},
        {**tile, "entity": status.format("discord")},
    ]
    view = {"type": "sections", "sections": [{"type": "grid", "cards": cards}]}
    await add_dashboard(house, "/with-tiles", {"views": [view]})
    await page.goto("/with-tiles")
    whole, signal, discord = [
        page.locator("beeper-accounts-tile").nth(i) for i in range(3)
    ]
    await expect(whole).to_contain_text("Need attention: 3")
    await expect(signal).to_contain_text("Connection required ·")
    assert (await signal.bounding_box() or {"height": 99})["height"] == 56
    await pictures.take(page, "tiles")

    reconnect = signal.get_by_role("button", name="Reconnect Signal (Alice Example)")
    await reconnect.click()
    dialog = page.get_by_role("dialog", name="Reconnect Signal (Alice Example)")
    session = await started(simulator)
    await expect_scan(dialog.get_by_role("img"), await displayed(session))
    await pictures.take(page, "tile-login")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect_cancel(simulator, session)
    await expect(reconnect).to_be_focused()

    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("img")).to_be_visible()
    session = await started(simulator)
    await hold_timers(page)
    simulator.phone.scan(session.id)
    await expect(dialog).to_contain_text("is connected again.")
    await let_pass(page, SUCCESS_TIME)
    await expect(dialog).to_have_count(0)

    for tile_of_one, name in ((signal, "Signal"), (discord, "Discord")):
        await tile_of_one.get_by_role("button", name=name).click()
        await expect(page.locator("ha-more-info-info")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("ha-more-info-info")).to_have_count(0)
    for account_id in simulator.accounts:
        simulator.set_status(account_id, "connected")
    await house.look()
    await expect(whole).to_contain_text("No account needs you.")
    await expect(whole.get_by_role("button")).to_be_disabled()


async def test_tile_of_an_account_that_is_signed_in_elsewhere(
    page: Page, simulator: Simulator, house: House
) -> None:
    """Its window closes by itself, as it says."""
    entity = "sensor.slack_alice_example_status"
    tile = {"type": "custom:beeper-accounts-tile", "entity": entity}
    await add_dashboard(house, "/with-slack", {"views": [{"cards": [tile]}]})
    await page.goto("/with-slack")
    await page.get_by_role("button", name="Reconnect Slack").click()
    dialog = page.get_by_role("dialog", name="Reconnect Slack")
    await dialog.get_by_role("button", name="Auth token").first.click()
    await expect(dialog).to_contain_text("Easier: sign in to this account in Beeper")

    await hold_timers(page)
    simulator.set_status(SLACK, "connected")
    await house.look()

    await expect(dialog).to_contain_text("is connected again.")
    await let_pass(page, SUCCESS_TIME)
    await expect(dialog).to_have_count(0)


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
