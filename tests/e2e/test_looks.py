"""Card, editor and dialogs in each look: all of it is there, can be read, hit and scanned."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

from playwright.async_api import Browser, Locator, Page, expect
import pytest
import pytest_asyncio

from simulator import Simulator
from simulator.login_flows import Step

from . import pictures
from .camera import expect_scan
from .conftest import EMPTY
from .dialog import Dialog
from .house import House
from .looks import LOOKS, Look, inspect, is_free_of_obstacles, width_of
from .navigation import go
from .patience import rest
from .sessions import displayed, started
from .test_card import CARD, account, add_dashboard, card_on
from .test_reconnect_page import SIGNAL, link_of

DASHBOARD: Final = "/beeper-looks"
PAGE: Final = "beeper-reconnect-page"
OURS: Final = (
    "beeper-accounts-card",
    "beeper-accounts-badge",
    "beeper-accounts-tile",
    "beeper-login",
    "beeper-outages",
)
DIALOG: Final = "dialog-data-entry-flow"

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

WIDE_ENOUGH: Final = 240
"""CSS pixels of a code that a phone reads from an arm's length away."""

FRONTEND: Final = {
    "en": {
        "cancel": "Cancel",
        "close": "Close",
        "next": "Next",
        "configure": "Configure",
        "ok": "OK",
        "submit": "Submit",
    },
    "de": {
        "cancel": "Abbrechen",
        "close": "Schließen",
        "next": "Weiter",
        "configure": "Konfigurieren",
        "ok": "OK",
        "submit": "OK",
    },
}
"""Buttons of Home Assistant itself."""

CHOICE: Final = {
    "fields": [
        {
            "id": "method",
            "type": "select",
            "label": "Verification method",
            "options": ["SMS", "Call"],
        }
    ]
}

LOCAL_STORAGE: Final = {
    "url": "https://example.com/",
    "fields": [{"id": "token", "type": "local_storage", "name": "token"}],
}


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def house(house: House) -> AsyncGenerator[House]:
    """Return a Home Assistant with badge, tiles and card on a dashboard.

    It speaks English again in the end.
    """
    tile = {"type": "custom:beeper-accounts-tile"}
    one = {**tile, "entity": SIGNAL}
    section = {"type": "grid", "cards": [{**CARD, "healthy": "fold"}, tile, one]}
    view = {
        "type": "sections",
        "badges": [{"type": "custom:beeper-accounts-badge"}],
        "sections": [section],
    }
    await add_dashboard(house, DASHBOARD, {"views": [view]})
    yield house
    await house.home_assistant.command("config/core/update", language="en")


@pytest_asyncio.fixture(scope="module", loop_scope="package", params=LOOKS, ids=str)
async def look(house: House, request: pytest.FixtureRequest) -> Look:
    """Return a look, in a Home Assistant of its language."""
    look: Look = request.param
    await house.home_assistant.command("config/core/update", language=look.language)
    return look


@pytest.fixture
def path() -> str:
    """Return where the page begins: nowhere, until it has its look."""
    return EMPTY


@pytest_asyncio.fixture(loop_scope="package")
async def page(page: Page, look: Look) -> Page:
    """Return a page with the look."""
    await look.put_on(page)
    return page


class Walk:
    """What somebody with a look does on a page, and sees."""

    def __init__(self, page: Page, look: Look) -> None:
        """Walk on this page."""
        self.page, self.look = page, look
        self.dialog = Dialog(page)
        self.card = card_on(page)
        self.login = self.card.get_by_role("region")
        self.texts = look.texts["config_panel"]["accounts_card"]
        self.steps: dict[str, Any] = look.texts["options"]["step"]
        self.words: dict[str, str] = look.texts["selector"]["network_word"]["options"]
        self.where: dict[str, str] = look.texts["selector"]["where_to_tap"]["options"]
        self.buttons = FRONTEND[look.language]

    async def see(self, name: str) -> None:
        """See that all is right of the card and its surroundings."""
        await self._keep(f"card-{name}")
        await inspect(self.page, self.look, *OURS)
        await is_free_of_obstacles(self.page, OURS)

    async def see_page(self, name: str) -> None:
        """See that all is right of the page of an account."""
        await self._keep(f"page-{name}")
        await inspect(self.page, self.look, PAGE, *OURS)
        await is_free_of_obstacles(self.page, (PAGE, *OURS))

    async def see_dialog(self, name: str, *more: str) -> None:
        """See that all is right of a dialog."""
        await self._keep(f"dialog-{name}")
        await inspect(self.page, self.look, DIALOG, *more)
        await is_free_of_obstacles(self.page, ("ha-markdown",), NOT_OURS)

    async def _keep(self, name: str) -> None:
        if pictures.WANTED:
            await rest(self.page)
            await pictures.keep(self.page, f"look-{name}-{self.look}")

    # --- In the card

    async def reconnect(self, name: str) -> None:
        """Start to reconnect an account."""
        await account(self.page, name).locator(".reconnect").click()

    async def choose(self, way: str) -> None:
        """Choose how to sign in."""
        choices = self.login.locator(".choice .name")
        await choices.get_by_text(self.words[way], exact=True).click()

    async def press(self, text: str) -> None:
        """Press a button of the login."""
        await self.login.get_by_role("button", name=text).click()

    # --- In dialogs

    async def repair(self, name: str) -> None:
        """Open the repair of an account."""
        await go(self.page, "/config/repairs")
        await self.issue(name).click()

    def issue(self, name: str) -> Locator:
        """Return the repair of an account in the list."""
        title = self.look.texts["issues"]["reconnect"]["title"]
        return self.page.locator(
            "ha-list-item-button", has_text=title.format(name=name)
        )

    async def choose_in_dialog(self, option: str, button: str = "next") -> None:
        """Choose from a list, and send the form."""
        await self.dialog.box.get_by_role("radio", name=option).first.click()
        await self.dialog.send(self.buttons[button])

    async def close(self) -> None:
        """Close the dialog."""
        close = self.dialog.button(self.buttons["close"]).first
        await close.click()
        await expect(self.dialog.window).to_be_hidden()


@pytest.fixture
def walk(page: Page, look: Look) -> Walk:
    """Return somebody with a look."""
    return Walk(page, look)


async def test_card(
    walk: Walk,
    simulator: Simulator,
    house: House,
    signal_asks: Callable[[Step], None],
) -> None:
    """The accounts, each kind of step, and how it ends."""
    await walk.page.goto(DASHBOARD)
    rows = walk.card.get_by_role("listitem")
    await expect(rows).to_have_count(4)
    await walk.card.locator(".fold").click()
    await expect(rows).to_have_count(8)
    unfold = account(walk.page, "Slack").locator(".unfold")
    await unfold.click()
    await expect(walk.card.locator("beeper-outages li")).to_have_count(1)
    await walk.see("accounts")
    await unfold.click()
    await expect(walk.login).to_have_count(0)

    # A choice of ways, a code to type, and one to scan
    await walk.reconnect("WhatsApp (Alice Example)")
    await expect(walk.login.locator(".choice")).to_have_count(2)
    await walk.see("ways")
    await walk.choose("pairing_code")
    await expect(walk.login.locator(".pairing-code")).to_be_visible()
    await walk.see("code")
    await walk.press(walk.texts["another_way"])
    await walk.choose("qr")
    code = walk.login.locator(".qr-code")
    await expect(code).to_be_visible()
    await expect(walk.login).to_contain_text(walk.where["whatsapp_scan"])
    await walk.see("qr")
    assert await width_of(code) >= WIDE_ENOUGH
    await expect_scan(code, await displayed(await started(simulator)))
    simulator.phone.scan((await started(simulator)).id)
    await expect(walk.login.locator("ha-alert")).to_be_visible()
    await walk.see("complete")
    await expect(walk.login).to_have_count(0)

    # A browser to copy from, and a form
    await walk.reconnect("Slack (Alice Example)")
    await walk.choose("auth_token_cookie")
    await expect(walk.login.locator("pre")).to_be_visible()
    await walk.see("cookies")
    await walk.press(walk.texts["another_way"])
    await walk.choose("email")
    await expect(walk.login.get_by_role("textbox")).to_be_visible()
    await walk.see("form")
    await walk.press(walk.buttons["cancel"])
    await expect(walk.login).to_have_count(0)

    # What goes wrong, and what can be done elsewhere only
    await walk.reconnect("Signal (Alice Example)")
    await expect(code).to_be_visible()
    simulator.phone.time_out((await started(simulator)).id)
    await expect(walk.login.locator("ha-alert")).to_be_visible()
    await walk.see("failure")
    signal_asks(Step("user_input", "s", "How do you want it?", CHOICE))
    await walk.press(walk.texts["start_over"])
    await expect(walk.login.locator("ha-form")).to_be_visible()
    await walk.see("choice")
    await walk.press(walk.buttons["cancel"])
    signal_asks(Step("webauthn", "s", "Use your passkey", {}))
    await walk.reconnect("Signal (Alice Example)")
    await expect(walk.login).to_contain_text(walk.texts["passkey"])
    await walk.see("passkey")
    await walk.press(walk.buttons["close"])

    await simulator.stop()
    await house.look()
    await expect(walk.card.locator("ha-alert.gone")).to_be_visible()
    await walk.see("gone")


async def test_page(walk: Walk, simulator: Simulator, house: House) -> None:
    """The page of one account, where a login begins by itself, and what it says after it."""
    await walk.page.goto(await link_of(house, SIGNAL))
    page = walk.page.locator(PAGE)
    code = page.locator(".qr-code")
    await expect(code).to_be_visible()
    await walk.see_page("qr")
    assert await width_of(code) >= WIDE_ENOUGH
    await expect_scan(code, await displayed(await started(simulator)))

    simulator.phone.scan((await started(simulator)).id)
    await expect(walk.login).to_have_count(0)
    await house.look()
    await expect(page).to_contain_text(walk.texts["account_well"])
    await walk.see_page("well")

    await walk.page.goto("/beeper-reconnect/nobody")
    await expect(page).to_contain_text(walk.texts["account_unknown"])
    await walk.see_page("unknown")


async def test_editor(walk: Walk) -> None:
    """The card's editor, with the card that it shows."""
    await walk.page.goto(f"{DASHBOARD}?edit=1")
    edited = walk.page.locator("hui-card-edit-mode").first
    await edited.hover()
    await edited.click()
    dialog = walk.page.locator("hui-dialog-edit-card")
    await expect(dialog.get_by_text(walk.texts["entities_help"])).to_be_visible()
    await expect(dialog.locator("beeper-accounts-card")).to_be_attached()

    await walk.see("editor")
    await is_free_of_obstacles(walk.page, ("hui-card-element-editor",))


async def test_repairs(
    walk: Walk, simulator: Simulator, signal_asks: Callable[[Step], None]
) -> None:
    """The list, the ways, and each kind of step in a dialog."""
    dialog = walk.dialog
    await walk.page.goto("/config/repairs")
    await expect(walk.issue("WhatsApp (Alice Example)")).to_be_visible()
    await walk.see_dialog("repairs", "ha-config-repairs")

    await walk.repair("WhatsApp (Alice Example)")
    await expect(dialog.text(walk.steps["choose_flow"]["title"])).to_be_visible()
    says, _ = walk.look.texts["selector"]["account_said"]["options"]["says"].split("{")
    await expect(dialog.text(says.strip())).to_be_visible()
    await walk.see_dialog("ways")
    await walk.choose_in_dialog(walk.words["qr"])
    await expect(dialog.picture).to_be_visible()
    await walk.see_dialog("qr")
    assert await width_of(dialog.picture) >= WIDE_ENOUGH
    await dialog.shows_code(await displayed(await started(simulator)))
    simulator.phone.scan((await started(simulator)).id)
    connected = walk.look.texts["issues"]["reconnect"]["fix_flow"]["create_entry"]
    _, told = connected["default"].split("{account}")
    await expect(dialog.text(told.partition(".")[2].strip())).to_be_visible()
    await walk.see_dialog("connected")
    await walk.close()

    await walk.repair("Slack (Alice Example)")
    await walk.choose_in_dialog(walk.words["auth_token_cookie"])
    await expect(dialog.text(walk.steps["cookies"]["title"])).to_be_visible()
    note = walk.look.texts["selector"]["login_note"]["options"]["somebody_else"]
    await expect(dialog.text(note)).to_be_visible()
    await walk.see_dialog("cookies")
    await walk.close()
    await walk.repair("Slack (Alice Example)")
    await walk.choose_in_dialog(walk.words["email"])
    await expect(dialog.text(note)).to_be_visible()
    await expect(dialog.box.get_by_role("textbox")).to_be_visible()
    await walk.see_dialog("form")
    await walk.close()
    signal_asks(Step("cookies", "s", "Sign in", LOCAL_STORAGE))
    await walk.repair("Signal (Alice Example)")
    await expect(dialog.box.get_by_role("textbox").first).to_be_visible()
    await walk.see_dialog("local-storage")


async def test_configure(walk: Walk) -> None:
    """What Configure offers, a code to type, who is told, and the first step of a new one."""
    dialog = walk.dialog
    choices = walk.look.texts["selector"]["configure"]["options"]

    async def configure() -> None:
        await go(walk.page, "/config/integrations/integration/beeper")
        button = walk.page.get_by_role("button", name=walk.buttons["configure"])
        await button.first.click()
        await expect(dialog.text(walk.steps["init"]["data"]["action"])).to_be_visible()

    await walk.page.goto("/config/integrations/integration/beeper")
    await configure()
    await walk.see_dialog("configure")
    await walk.choose_in_dialog(choices["tell_me"])
    told = walk.steps["tell_me"]["data_description"]["notify_warnings"]
    await expect(dialog.text(told)).to_be_visible()
    await walk.see_dialog("tell-me")
    await walk.close()

    await configure()
    await walk.choose_in_dialog(choices["reconnect"])
    await walk.choose_in_dialog("WhatsApp (Alice Example)")
    await walk.choose_in_dialog(walk.words["pairing_code"])
    await expect(dialog.box.get_by_role("heading", level=1)).to_be_visible()
    await walk.see_dialog("code")

    await walk.page.goto("/config/integrations/dashboard/add?domain=beeper")
    await walk.page.get_by_role("button", name=walk.buttons["ok"]).click()
    first = walk.look.texts["config"]["step"]["user"]
    await expect(dialog.text(first["title"]).first).to_be_visible()
    await walk.see_dialog("set-up")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("<p>Kopplungscode</p>", None),
        ("<p style='width: 9ch; overflow: hidden; white-space: nowrap'>{}</p>", "cut"),
        ("<p style='position: fixed; left: 380px'>{}</p>", "outside"),
        ("<button style='width: 80px; height: 32px'>{}</button>", "small"),
        ("<p>The sign-in was canceled.</p>", "sign-in was canceled"),
        ("<img src='/x.png'><p>{}</p>", "image-alt"),
    ],
    ids=["nothing", "cut", "outside", "small", "foreign", "obstacle"],
)
async def test_what_is_wrong_is_found(
    chromium: Browser, content: str, found: str | None
) -> None:
    """Each look would see it, were it wrong."""
    drawn = content.format("Kopplungscode")
    page = await chromium.new_page(viewport={"width": 390, "height": 844})
    await page.set_content(
        '<html lang="de"><title>Beeper</title><beeper-login>'
        f'<template shadowrootmode="open">{drawn}</template></beeper-login>'
    )

    async def look() -> None:
        await inspect(page, Look(390, "light", "de"), "beeper-login")
        await is_free_of_obstacles(page, ["beeper-login"])

    if found is None:
        await look()
    else:
        with pytest.raises(AssertionError, match=found):
            await look()
    await page.close()
