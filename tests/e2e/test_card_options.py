"""What can be set of the card, how it fits where it stands, and what it looks like there."""

from collections.abc import AsyncGenerator, Callable
import re
from typing import Any, Final

from playwright.async_api import Page, expect
import pytest
import pytest_asyncio

from simulator import Simulator
from simulator.login_flows import Step
from tests.accounts import DISCORD, SIGNAL

from . import pictures
from .accessibility import findings
from .conftest import EMPTY
from .house import House
from .patience import becomes, rest
from .test_card import CARD, account, add_dashboard, card_on, reconnect, with_card


@pytest.fixture
def path() -> str:
    """Return where the page begins: nowhere, each test has a dashboard of its own."""
    return EMPTY


# Words that run the other way than the element in which they are, and would take what is
# around them with them. What ends with a full stop or a bracket would begin with it.
BESIDE_OTHERS: Final = r"""() => {
    const isRtl = (words) => /^[^A-Za-z\u0590-\u06ff]*[\u0590-\u06ff]/.test(words);
    const found = [];
    const look = (root, isOurs) => {
        for (const node of root.childNodes) {
            if (node.nodeType === Node.TEXT_NODE && isOurs) {
                const words = node.data.trim();
                const { direction, unicodeBidi } = getComputedStyle(root.host ?? root);
                const hasEnds = /^[^\p{L}\p{N}]|[^\p{L}\p{N}]$/u.test(words);
                if (/[A-Za-z\u0590-\u06ff]/.test(words) && hasEnds
                        && !words.startsWith("\u2068")
                        && unicodeBidi !== "plaintext"
                        && isRtl(words) !== (direction === "rtl")) {
                    found.push(`${root.localName}.${root.className}: ${words}`);
                }
            } else if (node.nodeType === Node.ELEMENT_NODE) {
                const ours = isOurs || node.localName === "beeper-accounts-card";
                if (node.className !== "hidden" && node.localName !== "style") {
                    look(node, ours);
                    if (node.shadowRoot) look(node.shadowRoot, ours);
                }
            }
        }
    };
    look(document.body, false);
    return found;
}"""


async def show(page: Page, house: House, name: str, **options: Any) -> None:
    """Show a card with these options."""
    await add_dashboard(house, f"/{name}", with_card({**CARD, **options}))
    await page.goto(f"/{name}")
    await expect(card_on(page)).to_be_attached()


@pytest_asyncio.fixture(loop_scope="package")
async def arabic_name(house: House) -> AsyncGenerator[str]:
    """Return what the account of Signal is called during a test."""
    devices = await house.home_assistant.command("config/device_registry/list")
    [device] = [it for it in devices if it["name"] == "Signal (Alice Example)"]

    async def rename(name: str | None) -> None:
        await house.home_assistant.command(
            "config/device_registry/update", device_id=device["id"], name_by_user=name
        )

    name = "\u0645\u062d\u0645\u062f (\u0639\u0645\u0644)"
    await rename(name)
    yield name
    await rename(None)


async def all_well(simulator: Simulator, house: House) -> None:
    """Let no account need anybody."""
    for account_id in simulator.accounts:
        simulator.set_status(account_id, "connected")
    await house.look()


async def test_only_those_in_need(
    page: Page, simulator: Simulator, house: House
) -> None:
    """Accounts that need nobody are not shown, if one wants that."""
    await show(page, house, "in-need", healthy="hide")
    await expect(card_on(page).get_by_role("listitem")).to_have_count(4)
    await expect(account(page, "Discord")).to_have_count(0)

    await all_well(simulator, house)

    await expect(card_on(page)).to_contain_text("No account needs you.")


async def test_folded(page: Page, house: House) -> None:
    """Accounts that need nobody are folded away, if one wants that, until one looks."""
    await show(page, house, "folded-accounts", healthy="fold")
    rows = card_on(page).get_by_role("listitem")
    await expect(rows).to_have_count(4)

    await card_on(page).get_by_role("button", name="Show 4 more").click()
    await expect(rows).to_have_count(8)
    await expect(account(page, "Discord")).to_be_visible()

    await card_on(page).get_by_role("button", name="Show fewer").click()
    await expect(rows).to_have_count(4)


async def test_hidden(page: Page, simulator: Simulator, house: House) -> None:
    """The card is gone while all is well, if one wants that, and is back when it is not."""
    await show(page, house, "hidden-card", hide_when_well=True)
    await expect(card_on(page)).to_be_visible()

    await all_well(simulator, house)
    await expect(card_on(page)).to_be_hidden()

    [account_id, *_] = simulator.accounts
    simulator.set_status(account_id, "reconnect_required")
    await house.look()
    await expect(card_on(page)).to_be_visible()


async def test_columns_and_compact(page: Page, house: House) -> None:
    """Accounts stand side by side where there is room, in low rows if one wants that."""
    await show(page, house, "card-columns", columns=2, compact=True, title="Chats")
    rows = card_on(page).get_by_role("listitem")
    await expect(rows).to_have_count(8)
    await rest(page)

    async def highest() -> float:
        boxes = [await row.bounding_box() for row in await rows.all()]
        return max(box["height"] for box in boxes if box)

    async def in_first_line() -> int:
        boxes = [await row.bounding_box() for row in await rows.all()]
        tops = [box["y"] for box in boxes if box]
        return tops.count(min(tops))

    await page.set_viewport_size({"width": 1280, "height": 900})
    await becomes(in_first_line, 2)
    assert await highest() <= 48  # each button beside its account
    await page.set_viewport_size({"width": 390, "height": 844})
    await becomes(in_first_line, 1)
    assert await highest() <= 48
    await pictures.take(page, "card-compact")


@pytest_asyncio.fixture(loop_scope="package")
async def counts_to_24(house: House) -> AsyncGenerator[None]:
    """Have whoever looks prefer 24 hours, for as long as a test takes."""

    command = house.home_assistant.command
    preferred = {"language": "en", "number_format": "language", "time_format": "24"}
    await command("frontend/set_user_data", key="language", value=preferred)
    yield
    # Else it would have its language on each page from here on
    await command("frontend/set_user_data", key="language", value=None)


@pytest.mark.usefixtures("counts_to_24")
async def test_outages(page: Page, simulator: Simulator, house: House) -> None:
    """When an account was lost, and for how long, is unfolded; it follows by itself."""
    await show(page, house, "card-outages")
    row = account(page, "Discord")
    button = row.get_by_role("button", name="Outages: Discord")
    await expect(button).to_have_attribute("aria-expanded", "false")
    await button.click()
    await expect(button).to_have_attribute("aria-expanded", "true")
    await expect(row).to_contain_text("No outages this month")
    outages = row.locator("beeper-outages li")
    await expect(outages).to_have_count(0)

    simulator.set_status(DISCORD, "disconnected")
    await house.look()
    await expect(row).to_contain_text("Outages this month: 1, ")
    await expect(outages).to_have_text(re.compile(r"Since .+ \d+:\d\d\s+\d+ sec"))
    await pictures.take(page, "card-outages")
    assert await findings(page, "beeper-accounts-card", "beeper-outages") == []

    simulator.set_status(DISCORD, "connected")
    await house.look()
    await expect(outages).not_to_contain_text("Since")
    await expect(outages).to_have_count(1)
    await button.click()
    await expect(outages).to_have_count(0)


async def test_actions(page: Page, house: House) -> None:
    """A tap and holding do what is set, and holding is no tap."""
    await show(
        page,
        house,
        "card-actions",
        tap_action={"action": "navigate", "navigation_path": "/profile/security"},
        hold_action={"action": "more-info"},
    )
    about = account(page, "Slack").locator(".about")
    await expect(about).to_be_visible()
    await rest(page)

    await about.click(delay=700)
    await expect(page.locator("ha-more-info-info")).to_be_visible()
    assert "/card-actions" in page.url
    await page.keyboard.press("Escape")
    await expect(page.locator("ha-more-info-info")).to_have_count(0)

    await about.click()
    await page.wait_for_url("**/profile/security")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"columns": 9}, "columns must be a number from 1 to 4"),
        ({"healthy": "gone"}, "healthy must be one of show, fold, hide"),
        ({"title": 1}, "title must be a text"),
    ],
)
async def test_wrong_option(page: Page, option: dict[str, Any], words: str) -> None:
    """What no option can be is said."""
    await page.goto("/profile")
    await page.wait_for_function(
        "() => Boolean(customElements.get('beeper-accounts-card'))"
    )

    said = await page.evaluate(
        """(option) => {
            try {
                document.createElement("beeper-accounts-card").setConfig(option);
            } catch (error) {
                return error.message;
            }
        }""",
        option,
    )

    assert said == words


async def test_fixed_height(page: Page, house: House) -> None:
    """In a card of a fixed height, the last account can be reached."""
    await show(page, house, "fixed-height", grid_options={"columns": 12, "rows": 4})
    rows = card_on(page).get_by_role("listitem")
    await expect(rows).to_have_count(8)
    assert (await card_on(page).bounding_box() or {"height": 999})["height"] < 300

    await rows.last.scroll_into_view_if_needed()

    await expect(rows.last).to_be_in_viewport()
    login = await reconnect(page, "WhatsApp (Alice Example)", "QR")
    await login.get_by_role("button", name="Cancel").click()
    await expect(login).to_have_count(0)


async def test_right_to_left(
    page: Page,
    simulator: Simulator,
    house: House,
    signal_asks: Callable[[Step], None],
    arabic_name: str,
) -> None:
    """A text from right to left stands for itself: none around it changes its place."""
    said = "\u05e9\u05dc\u05d5\u05dd!"
    fields = [
        {"id": "x", "label": said, "type": "text", "placeholder": said},
        {"id": "y", "label": said, "type": "select", "options": [said]},
    ]
    signal_asks(Step("user_input", "s", said, {"fields": fields}))
    simulator.set_status(SIGNAL, "connection_required", said)
    await house.look()
    await show(page, house, "right-to-left")
    row = account(page, arabic_name)
    await expect(row.locator(".state bdi")).to_have_text(said)

    await row.locator(".reconnect").click()

    await expect(row.get_by_role("textbox").first).to_be_visible()
    await expect(row.locator("beeper-login p").first).to_have_text(said)
    await rest(page)
    assert await page.evaluate(BESIDE_OTHERS) == []
    assert await row.locator("beeper-login section").get_attribute("aria-label") == (
        f"Reconnect \u2068{arabic_name}\u2069"
    )
    await pictures.take(page, "card-right-to-left")

    # Home Assistant in Arabic, which the integration does not speak, with an English name
    await page.evaluate("localStorage.setItem('selectedLanguage', '\"ar\"')")
    await page.reload()
    await account(page, "Slack (Alice Example)").locator(".reconnect").click()
    await card_on(page).get_by_role("button", name="Email").click()
    await expect(card_on(page).get_by_role("textbox").first).to_be_visible()
    await rest(page)
    assert await page.evaluate(BESIDE_OTHERS) == []
    await pictures.take(page, "card-arabic")


async def test_icons(page: Page, house: House) -> None:
    """An icon is that of the network, or a neutral one."""
    await show(page, house, "card-icons")

    for name, icon in {
        "WhatsApp (Alice": "mdi:whatsapp",
        "Discord": "mdi:message",
        "Telegram": "mdi:message",
        "Beeper (Alice": "mdi:message",
    }.items():
        shown = account(page, name).locator(".icon ha-icon")
        await expect(shown).to_have_attribute("icon", icon)
