"""Card and editor are for everybody: axe-core finds nothing of ours, light or dark."""

from typing import Final, Literal

from playwright.async_api import Page, expect
import pytest
import pytest_asyncio

from simulator import Simulator

from .accessibility import findings
from .house import House
from .test_card import CARD, add_dashboard, card_on, reconnect, with_card

DASHBOARD: Final = "/beeper-for-everybody"
OURS: Final = ("beeper-accounts-card", "beeper-login")


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
