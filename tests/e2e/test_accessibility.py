"""Card and editor are for everybody: axe-core finds nothing of ours, light or dark."""

from typing import Final, Literal

from playwright.async_api import Page, expect
import pytest
import pytest_asyncio

from simulator import Simulator

from .accessibility import findings
from .house import House
from .sessions import started
from .test_card import CARD, add_dashboard, card_on, reconnect, with_card
from .test_dialogs import repair

DASHBOARD: Final = "/beeper-for-everybody"
OURS: Final = ("beeper-accounts-card", "beeper-login")

NOT_OURS: Final = frozenset(
    {
        # Dialogs take `alt` away; a caption names the picture, which axe-core does not count
        "image-alt",
        "role-img-alt",
        # The color of links, and that a script in a box cannot be reached to scroll it
        "color-contrast",
        "scrollable-region-focusable",
    }
)
"""Rules that the frontend breaks in the markdown of dialogs, whatever is written there."""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def house(house: House) -> House:
    """Return a Home Assistant with the card on a dashboard."""
    await add_dashboard(house, DASHBOARD, with_card({**CARD, "healthy": "fold"}))
    return house


@pytest.fixture
def path() -> str:
    """Return where the card is."""
    return DASHBOARD


@pytest_asyncio.fixture(params=["light", "dark"], autouse=True, loop_scope="package")
async def scheme(request: pytest.FixtureRequest, page: Page) -> None:
    """Look at each thing by day and by night."""
    scheme: Literal["light", "dark"] = request.param
    await page.emulate_media(color_scheme=scheme)


async def test_accounts(page: Page) -> None:
    """The accounts, also those that are unfolded."""
    await card_on(page).get_by_role("button", name="Show 4 more").click()
    await expect(card_on(page).get_by_role("listitem")).to_have_count(8)

    assert await findings(page, *OURS) == []


@pytest.mark.parametrize(
    ("name", "flow"),
    [
        ("WhatsApp (Alice Example)", None),
        ("WhatsApp (Alice Example)", "QR"),
        ("WhatsApp (Alice Example)", "Pairing code"),
        ("Slack (Alice Example)", "Auth token"),
        ("Slack (Alice Example)", "Email"),
    ],
    ids=["ways", "qr", "code", "cookies", "form"],
)
async def test_login(
    page: Page, simulator: Simulator, name: str, flow: str | None
) -> None:
    """Each step of a login."""
    login = await reconnect(page, name, flow)
    await expect(login.get_by_role("button", name="Cancel")).to_be_visible()

    assert await findings(page, *OURS) == []


async def test_beeper_is_gone(page: Page, simulator: Simulator, house: House) -> None:
    """The banner."""
    await simulator.stop()
    await house.look()
    await expect(card_on(page).locator("ha-alert.gone")).to_be_visible()

    assert await findings(page, *OURS) == []


async def test_editor(page: Page) -> None:
    """The card's editor, with the card that it shows."""
    await page.goto(f"{DASHBOARD}?edit=1")
    await page.locator("hui-card-edit-mode").hover()
    await page.locator("hui-card-edit-mode").click()
    dialog = page.locator("hui-dialog-edit-card")
    await expect(dialog.get_by_role("textbox", name="Title")).to_be_visible()
    await expect(dialog.locator("beeper-accounts-card")).to_be_visible()

    assert await findings(page, "hui-card-element-editor", *OURS) == []


@pytest.mark.parametrize(
    ("account", "way"),
    [
        ("WhatsApp", "QR"),
        ("Slack", "Email"),
        ("Slack", "Auth token"),
    ],
    ids=["qr", "form", "cookies"],
)
async def test_dialog(page: Page, simulator: Simulator, account: str, way: str) -> None:
    """What the dialogs of repairs say and show."""
    await page.goto("/config/repairs")
    dialog = await repair(page, account)
    await dialog.choose(way)
    await started(simulator)
    await expect(dialog.box.locator("ha-markdown").first).to_be_visible()
    await expect(dialog.text("Select how to sign in")).to_be_hidden()

    found = await findings(page, "ha-markdown")
    assert [it for it in found if it.partition(":")[0] not in NOT_OURS] == []
