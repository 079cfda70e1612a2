"""The page of one account, to which a tap on a notification leads."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, Literal

from playwright.async_api import (
    Browser,
    Locator,
    Page,
    StorageState,
    ViewportSize,
    expect,
)
import pytest

from simulator import Fault, Simulator

from . import pictures
from .accessibility import findings
from .camera import expect_scan
from .house import House, become
from .navigation import go
from .patience import until
from .sessions import displayed, live, started
from .test_card import cut_off, expect_cancel

SIGNAL: Final = "sensor.signal_alice_example_status"
WHATSAPP: Final = "sensor.whatsapp_alice_example_status"
MESSAGES: Final = "sensor.google_messages_alice_example_status"
TELEGRAM: Final = "sensor.telegram_alice_example_status"

PHONE: Final = ViewportSize(width=390, height=844)


@pytest.fixture
def path() -> str:
    """Return where one was before the tap."""
    return "/profile"


async def link_of(house: House, entity_id: str) -> str:
    """Return what the device of an account leads to, which notifications do as well."""
    command = house.home_assistant.command
    entities = {
        it["entity_id"]: it for it in await command("config/entity_registry/list")
    }
    devices = {it["id"]: it for it in await command("config/device_registry/list")}
    link: str = devices[entities[entity_id]["device_id"]]["configuration_url"]
    return link.removeprefix("homeassistant:/")


@asynccontextmanager
async def phone(
    house: House, chromium: Browser, scheme: Literal["light", "dark"]
) -> AsyncGenerator[Page]:
    """Open a page on a phone."""
    context = await chromium.new_context(
        storage_state=house.signed_in,
        base_url=house.home_assistant.url,
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        color_scheme=scheme,
    )
    async with context:
        yield await context.new_page()


def main(page: Page) -> Locator:
    """Return the page below its header."""
    return page.locator("beeper-reconnect-page main")


def code(page: Page) -> Locator:
    """Return the QR code."""
    return main(page).get_by_role("img", name="QR code")


@pytest.mark.parametrize("scheme", pictures.SCHEMES)
async def test_one_tap(
    house: House,
    simulator: Simulator,
    chromium: Browser,
    scheme: Literal["light", "dark"],
) -> None:
    """The tap on a notification is the only one until a phone can be held to the code."""
    link = await link_of(house, SIGNAL)
    async with phone(house, chromium, scheme) as page:
        await page.goto(link)

        session = await started(simulator)
        await expect_scan(code(page), await displayed(session))
        # As wide as the screen, and never cut off
        box = await code(page).bounding_box()
        assert box and PHONE["width"] * 0.9 < box["width"] < PHONE["width"]
        await expect(code(page)).to_be_in_viewport(ratio=1)
        await expect(main(page)).to_contain_text("In Signal on your phone, open")
        await pictures.keep(page, f"reconnect-page-phone-{scheme}")
        if scheme == "light":
            await pictures.show_window(page, "reconnect-page")
        assert await findings(page, "beeper-reconnect-page", "beeper-login") == []

        simulator.phone.scan(session.id)
        await expect(main(page)).to_contain_text("is connected again.")
        await house.look()
        await expect(main(page)).to_contain_text("This account does not need you.")
        await pictures.keep(page, f"reconnect-page-done-{scheme}")

        # A phone cannot scan itself: the way comes first that needs no second screen
        await page.goto(await link_of(house, WHATSAPP))
        await expect(main(page).get_by_label("Pairing code")).to_be_visible()


async def test_choice(page: Page, simulator: Simulator, house: House) -> None:
    """The first way is taken; the others are a button away, and so is where one was."""
    await go(page, await link_of(house, WHATSAPP))
    first = await started(simulator)
    await expect_scan(code(page), await displayed(first))
    await expect(page.get_by_role("heading")).to_have_text("WhatsApp (Alice Example)")
    await pictures.take(page, "reconnect-page")

    await main(page).get_by_role("button", name="Sign in another way").click()
    await main(page).get_by_role("button", name="Pairing code").click()
    await expect(main(page).get_by_label("Pairing code")).to_be_visible()
    [second] = live(simulator)
    assert second is not first

    # Away and back: it goes on, and none is begun
    await page.get_by_role("button", name="Back").click()
    await expect(page.locator("ha-panel-profile")).to_be_visible()
    await page.go_forward()
    await expect(main(page).get_by_label("Pairing code")).to_be_visible()
    assert live(simulator) == [second]

    # What somebody has ended is not begun again
    await main(page).get_by_role("button", name="Cancel").click()
    await expect_cancel(simulator, second)
    await expect(main(page).locator("ha-button.reconnect")).to_be_visible()
    await main(page).locator(".about").click()
    await expect(page.locator("ha-more-info-info")).to_be_visible()
    assert len(simulator.sessions) == 2


async def test_nothing_begins(
    page: Page, tab: Page, simulator: Simulator, house: House, viewer: StorageState
) -> None:
    """An address alone starts a login only for an account that has to be signed in to."""
    where = page.locator("beeper-reconnect-page")
    for entity_id, words in (
        (MESSAGES, "This usually resolves itself."),
        (TELEGRAM, "This account does not need you."),
    ):
        await go(page, await link_of(house, entity_id))
        await expect(main(page)).to_contain_text(words)
    await pictures.take(page, "reconnect-page-well")
    for hostile in ("unknown", "a/b?account=c", "<img src=x onerror=window.hacked=1>"):
        await go(page, f"/beeper-reconnect/{hostile}")
        await expect(main(page)).to_contain_text("This account is not known here.")
    await pictures.take(page, "reconnect-page-unknown")
    await go(page, "/beeper-reconnect")
    await expect(main(page).get_by_role("listitem")).to_have_count(8)
    await go(page, "/beeper-reconnect/unknown")
    await main(page).get_by_role("button", name="All accounts").click()
    await expect(page).to_have_url("/config/integrations/integration/beeper")
    await expect(where).to_have_count(0)

    simulator.inject(
        Fault(path="/oauth/introspect", body=b'{"active": true, "scope": "read"}')
    )
    await page.goto(await link_of(house, SIGNAL))
    await expect(main(page).locator("ha-alert")).to_contain_text(
        "The access token is read-only."
    )

    await become(tab, viewer)
    await tab.goto(await link_of(house, SIGNAL))
    await expect(main(tab)).to_contain_text("Ask one of them.")
    await expect(main(tab).locator("ha-button")).to_have_count(0)
    assert simulator.sessions == {}


async def test_somebody_is_busy(page: Page, simulator: Simulator, house: House) -> None:
    """A login is not ended by an address, and taken over once its page was lost."""
    link = await link_of(house, SIGNAL)
    await page.goto(link)
    session = await started(simulator)
    await expect(code(page)).to_be_visible()

    async with page.expect_popup() as opened:
        await page.evaluate("link => { open(link); }", link)
    other = await opened.value
    await expect(main(other)).to_contain_text("Somebody is signing in to this account")
    await expect(code(page)).to_be_visible()
    await pictures.take(other, "reconnect-page-busy")

    await cut_off(page)
    await other.reload()
    await expect_scan(code(other), await displayed(session))
    # Where one has come from nowhere in Home Assistant, it leads home
    await other.get_by_role("button", name="Back").click()
    await expect(code(other)).to_have_count(0)
    await expect(other).not_to_have_url(link)
    await other.goto("/manifest.json")
    await expect_cancel(simulator, session)
    await until(lambda: live(simulator) == [])
    assert [*simulator.sessions.values()] == [session]


async def test_device(page: Page, simulator: Simulator, house: House) -> None:
    """The page of a device has a link that leads there."""
    link = await link_of(house, TELEGRAM)
    await page.goto(f"/config/devices/device/{link.rpartition('/')[2]}")

    await page.get_by_role("link", name="Visit").click()

    await expect(page).to_have_url(link)
