"""The card on a real dashboard, in a real browser, with a simulated Beeper."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
import json
from pathlib import Path
import re
from typing import Any, Final

from playwright.async_api import (
    Browser,
    Locator,
    Page,
    Request,
    Route,
    StorageState,
    expect,
)
import pytest
import pytest_asyncio
import yaml

from benchmarks.card import GOALS, measure
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION
from scripts.home_assistant import HomeAssistantFailed
from simulator import Fault, Simulator
from simulator.login_flows import Step
from simulator.login_session import LoginSession
from tests.accounts import SIGNAL, TELEGRAM

from . import pictures
from .camera import expect_scan
from .conftest import HOSTILE
from .house import House, become
from .navigation import go
from .patience import becomes, hold_timers, let_pass, rest, until
from .sessions import displayed, started

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "docs" / "example_dashboard.yaml"
STATES: Final[dict[str, str]] = json.loads(
    (ROOT / "custom_components/beeper/strings.json").read_text()
)["entity"]["sensor"]["status"]["state"]

STATUSES: Final = {words: status for status, words in STATES.items()}
URGENCY: Final = {
    "Reconnect required": 0,
    "Connection required": 0,
    "Attention required": 0,
    "Disconnected": 1,
    "Connecting": 2,
    "Loading messages": 2,
    "Connected": 3,
    "Disabled": 4,
}
"""Where the accounts of a status are listed: those with the lowest number first."""

AT_FIRST: Final = {
    "Beeper": "Connected",
    "WhatsApp (Alice": "Reconnect required",
    "WhatsApp (Example": "Connecting",
    "Telegram": "Loading messages",
    "Signal": "Connection required",
    "Google Messages": "Disconnected",
    "Slack": "Attention required",
    "Discord": "Disabled",
}
"""What the rows of the accounts begin with, in the order that Beeper has, and their status."""

DASHBOARD: Final = "/beeper-accounts"
CARD: Final = {"type": "custom:beeper-accounts-card"}

GRACE: Final = 10_000
"""Milliseconds that a login waits for a card to come back, in left-logins.js."""

SUCCESS_TIME: Final = 5_000
"""Milliseconds for which a card says that a login is complete, in login-session.js."""

# As Home Assistant does with a view, and with a page that is hidden for five minutes
TAKE_AWAY: Final = """() => {
    const find = (root) => root.querySelector("beeper-accounts-card") ??
        [...root.querySelectorAll("*")].map((it) => it.shadowRoot && find(it.shadowRoot))
            .find(Boolean);
    const card = find(document);
    const parent = card.parentNode;
    window.putBack = () => { parent.append(card); };
    card.remove();
}"""

# Rows of which anything is another one since then
WATCH_ROWS: Final = """([, ...rows]) => {
    window.changedRows = new Set();
    for (const row of rows) {
        const look = () => window.changedRows.add(row.querySelector(".name").textContent);
        new MutationObserver(look).observe(row, {
            attributes: true, characterData: true, childList: true, subtree: true,
        });
    }
}"""

# As in the web views of old wall tablets (Chrome before 73, Safari before 16.4)
NO_STYLE_SHEETS: Final = """() => {
    delete Document.prototype.adoptedStyleSheets;
    delete ShadowRoot.prototype.adoptedStyleSheets;
    delete CSSStyleSheet.prototype.replace;
    window.CSSStyleSheet = new Proxy(CSSStyleSheet, {
        construct() { throw new TypeError("Illegal constructor"); },
    });
}"""

CUT_OFF: Final = """() => window.hassConnection.then(({ conn }) => {
    const { createSocket } = conn.options;
    conn.options.createSocket = (options) => new Promise((resolve) => {
        window.comeBack = () => {
            conn.options.createSocket = createSocket;
            resolve(createSocket(options));
        };
    });
    conn.socket.close();
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def house(house: House) -> House:
    """Return a Home Assistant with the card on a dashboard."""
    await add_dashboard(house, DASHBOARD, with_card(CARD))
    return house


@pytest.fixture
def path() -> str:
    """Return where the card is."""
    return DASHBOARD


async def add_dashboard(house: House, path: str, config: dict[str, Any]) -> None:
    """Add a dashboard."""
    url_path = path.removeprefix("/")
    await house.home_assistant.command(
        "lovelace/dashboards/create",
        url_path=url_path,
        title="Accounts",
        mode="storage",
    )
    await house.home_assistant.command(
        "lovelace/config/save", url_path=url_path, config=config
    )


def with_card(card: dict[str, Any]) -> dict[str, Any]:
    """Return a dashboard with one card."""
    section = {"type": "grid", "cards": [card]}
    return {"views": [{"type": "sections", "sections": [section]}]}


def card_on(page: Page) -> Locator:
    """Return the card."""
    return page.locator("beeper-accounts-card")


def account(page: Page, name: str) -> Locator:
    """Return the row of an account."""
    return card_on(page).get_by_role("listitem").filter(has_text=name)


async def reconnect(page: Page, name: str, flow: str | None = None) -> Locator:
    """Start to reconnect an account; returns the login in the card."""
    await account(page, name).locator(".reconnect").click()
    login = card_on(page).get_by_role("region", name=f"Reconnect {name}")
    if flow:
        await login.get_by_role("button", name=flow).click()
    return login


def reconnect_buttons(page: Page) -> Locator:
    """Return the buttons of all accounts that can be reconnected."""
    return card_on(page).locator("ha-button.reconnect")


async def cut_off(page: Page) -> None:
    """Take the connection to Home Assistant away until the page calls `comeBack`."""
    await page.evaluate(CUT_OFF)
    await page.wait_for_function("() => Boolean(window.comeBack)")


async def expect_cancel(simulator: Simulator, session: LoginSession) -> None:
    """Wait until a session gets cancelled in Beeper."""
    path = f"/v1/bridges/{session.bridge.id}/login-sessions/{session.id}"
    await until(
        lambda: any(
            request.method == "DELETE" and request.path == path
            for request in simulator.requests
        )
    )


# --- States


async def test_each_status(page: Page) -> None:
    """Each account is shown by name and in words, those in need first."""
    rows = card_on(page).get_by_role("listitem")

    async def statuses() -> dict[str, int]:
        return {
            words: index
            for index, row in enumerate(await rows.all_inner_texts())
            for words in STATES.values()
            if is_in(words, row)
        }

    async def words_shown() -> set[str]:
        return {*await statuses()}

    await becomes(words_shown, {*STATES.values()})
    await expect(rows).to_have_count(8)
    places = await statuses()
    assert sorted(
        places[STATES[status]]
        for status in (
            "reconnect_required",
            "connection_required",
            "attention_required",
        )
    ) == [0, 1, 2]
    assert places["Disconnected"] == 3
    assert places["Disabled"] == 7
    name = rows.get_by_text("WhatsApp (Alice Example)", exact=True)
    await expect(name).to_have_count(1)
    await expect(card_on(page)).to_contain_text("Logged out from your phone.")


async def test_page_that_loads_slowly(tab: Page, simulator: Simulator) -> None:
    """The card is there also where it is loaded long before Home Assistant itself.

    Home Assistant then replaces the registry of elements, with all that was in it. From
    2026.11 on it waits with all modules until it has.
    """
    waits = (MAJOR_VERSION, MINOR_VERSION) >= (2026, 11)
    loaded = asyncio.Event()

    def look(request: Request) -> None:
        if request.url.endswith("/registry.js"):
            loaded.set()

    tab.on("requestfinished", look)

    async def wait_for_card(route: Route) -> None:
        if waits:
            assert not loaded.is_set()
            await route.continue_()
            return
        await loaded.wait()
        # By then it has been run, unless it waits
        await tab.evaluate("new Promise(done => setTimeout(done))")
        await route.continue_()

    await tab.route("**/frontend_latest/app.*.js", wait_for_card)
    await tab.goto(DASHBOARD)

    await expect(card_on(tab).get_by_role("listitem")).to_have_count(8)
    assert loaded.is_set()


async def test_change(page: Page, simulator: Simulator, house: House) -> None:
    """A card follows by itself, and an account that is well moves down."""
    row = account(page, "Signal")
    await expect(row).to_contain_text("Connection required")

    simulator.set_status(SIGNAL, "connected")
    await house.look()

    await expect(row).to_contain_text("Connected ·")
    await expect(row.locator("ha-button")).to_have_count(0)
    names = card_on(page).locator(".name")

    async def is_low() -> bool:
        shown = await names.all_inner_texts()
        return shown.index("Signal (Alice Example)") > 3

    await becomes(is_low, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"Signal": "Connected"},
        {"Discord": "Reconnect required"},
        {"Signal": "Connected", "Beeper": "Disconnected", "Telegram": "Connected"},
        {
            "Signal": "Connected",
            "Slack": "Connecting",
            "WhatsApp (Alice": "Disconnected",
            "Google Messages": "Connected",
            "Telegram": "Attention required",
            "WhatsApp (Example": "Connection required",
            "Beeper": "Connecting",
            "Discord": "Disconnected",
        },
    ],
    ids=["down", "up", "several", "all"],
)
async def test_order(
    page: Page, simulator: Simulator, house: House, changes: dict[str, str]
) -> None:
    """Each row is where it belongs, however many change place at once."""
    ids = dict(zip(AT_FIRST, simulator.accounts, strict=True))
    row = account(page, "Signal").locator(".about")
    for statuses in (changes, AT_FIRST):
        await row.focus()
        for name in changes:
            simulator.set_status(ids[name], STATUSES[statuses[name]])
        await house.look()

        expected = sorted(
            (URGENCY[words], name) for name, words in (AT_FIRST | statuses).items()
        )
        await becomes(lambda: shown_rows(page), expected)
        await expect(row).to_be_focused()


async def test_order_during_a_login(
    page: Page, simulator: Simulator, house: House
) -> None:
    """While somebody signs in no row jumps away; afterwards each goes where it belongs."""
    login = await reconnect(page, "WhatsApp (Alice Example)", "QR")
    await expect(login.get_by_role("img")).to_be_visible()
    before = [name for _, name in await shown_rows(page)]

    simulator.set_status(SIGNAL, "connected")
    await house.look()
    await expect(account(page, "Signal")).to_contain_text("Connected ·")
    assert [name for _, name in await shown_rows(page)] == before

    await login.get_by_role("button", name="Cancel").click()
    at_last = {**AT_FIRST, "Signal": "Connected"}
    expected = sorted((URGENCY[words], name) for name, words in at_last.items())
    await becomes(lambda: shown_rows(page), expected)


async def shown_rows(page: Page) -> list[tuple[int, str]]:
    """Return the rows from top to bottom, each with its urgency and its name."""
    texts = await card_on(page).get_by_role("listitem").all_inner_texts()
    return [
        (URGENCY[words], name)
        for text in texts
        for name in AT_FIRST
        if text.startswith(name)
        for words in STATUSES
        if is_in(words, text)
    ]


def is_in(words: str, row: str) -> bool:
    """Return whether a row has these words as its status: it, or the reason, comes first."""
    return any(line.partition(" · ")[0] == words for line in row.splitlines()[1:])


async def test_change_of_one(page: Page, simulator: Simulator, house: House) -> None:
    """What has changed of one account is drawn there, and nowhere else."""
    rows = card_on(page).get_by_role("listitem")
    await expect(rows).to_have_count(8)
    await rest(page)
    await rows.evaluate_all(WATCH_ROWS)

    simulator.set_status(TELEGRAM, "backfilling", "Nearly there")
    await house.look()

    await expect(account(page, "Telegram")).to_contain_text("Nearly there")
    changed = await page.evaluate("[...window.changedRows]")
    assert changed == ["Telegram (Alice Example)"]


async def test_benchmark(page: Page) -> None:
    """What the card costs can be measured, against the entities card."""
    await expect(card_on(page).get_by_role("listitem")).to_have_count(8)

    figures = await measure(page, sizes=(2, 8), rounds=1)

    assert [figure.goal for figure in figures] == [*GOALS.values()] * 2
    assert {figure.accounts for figure in figures} == {"2", "8"}
    assert all(figure.ratio > 0 for figure in figures)


async def test_old_web_view(tab: Page, simulator: Simulator) -> None:
    """Where style sheets cannot be constructed, the card and its logins look the same."""
    await tab.add_init_script(f"({NO_STYLE_SHEETS})()")
    await tab.goto(DASHBOARD)

    login = await reconnect(tab, "Signal (Alice Example)")

    await expect(login.get_by_role("img")).to_be_visible()
    await expect(login).to_have_css("border-top-style", "solid")
    await expect(account(tab, "Signal")).to_have_css("display", "flex")
    assert not await tab.evaluate("'adoptedStyleSheets' in Document.prototype")


async def test_beeper_is_gone(page: Page, simulator: Simulator, house: House) -> None:
    """Who looks is told once that Beeper does not answer, and what to check."""
    rows = card_on(page).get_by_role("listitem")
    await expect(rows).to_have_count(8)

    await simulator.stop()
    await house.look()
    banner = card_on(page).locator("ha-alert.gone")
    await expect(banner).to_have_count(1)
    await expect(banner).to_contain_text("Check that it is running")
    await expect(rows).to_have_count(0)
    await pictures.take(page, "card-gone")
    await card_on(page).get_by_role("button", name="Show 8 more").click()
    await expect(account(page, "Signal")).to_contain_text("Unavailable")
    await expect(reconnect_buttons(page)).to_have_count(0)

    await simulator.start()
    await house.look()
    await expect(account(page, "Signal")).to_contain_text("Connection required")
    await expect(banner).to_have_count(0)
    await expect(rows).to_have_count(8)


async def test_reason(page: Page, simulator: Simulator, house: House) -> None:
    """What Beeper says comes first, with the time; what says the same is not said twice."""
    lines = account(page, "WhatsApp (Alice Example)").locator(".words > *")
    await expect(lines.nth(1)).to_have_text(
        re.compile(r"^\s*Logged out from your phone\..* ·")
    )
    await expect(lines.nth(2)).to_have_text("Reconnect required")
    lines = account(page, "WhatsApp (Example Ltd)").locator(".words > *")
    await expect(lines).to_have_count(2)
    await expect(lines.nth(1)).to_have_text(re.compile(r"^\s*Connecting ·"))


async def test_disconnected(page: Page, simulator: Simulator, house: House) -> None:
    """An account that is only offline is told what helps, and to sign in at last.

    Of several, that is said once.
    """
    row = account(page, "Google Messages")
    simulator.set_status(TELEGRAM, "disconnected")
    await house.look()
    await expect(account(page, "Telegram")).to_contain_text("Disconnected")
    await expect(
        card_on(page).get_by_text("This usually resolves itself")
    ).to_have_count(1)
    await expect(row.locator(".state")).to_contain_text("Your phone is not responding.")
    await expect(row).to_contain_text("This usually resolves itself.")
    button = row.get_by_role("button", name="Sign in again: Google Messages")
    await expect(button).to_be_visible()
    await expect(row.locator(".reconnect")).to_have_attribute("appearance", "plain")


async def test_read_only(page: Page, simulator: Simulator, house: House) -> None:
    """Where Home Assistant may only read, no button leads nowhere, and the card says why."""
    await expect(reconnect_buttons(page)).to_have_count(4)
    simulator.inject(
        Fault(
            path="/oauth/introspect",
            body=b'{"active": true, "scope": "read"}',
        )
    )

    await page.reload()

    hint = card_on(page).locator("ha-alert.locked")
    await expect(hint).to_contain_text("The access token is read-only.")
    await expect(reconnect_buttons(page)).to_have_count(0)


async def test_more_info(page: Page) -> None:
    """An account leads to its details."""
    await account(page, "Slack").get_by_role("button", name="Slack").first.click()

    await expect(page.locator("ha-more-info-info")).to_be_visible()


# --- Logins


async def test_reconnect_by_qr_code(page: Page, simulator: Simulator) -> None:
    """The code can be scanned off the screen, before and after it rotates."""
    login = await reconnect(page, "WhatsApp (Alice Example)", "QR")
    code = login.get_by_role("img", name="QR code to scan")
    session = await started(simulator)
    first = await displayed(session)
    await expect_scan(code, first)
    await pictures.show(card_on(page), "card")

    simulator.phone.rotate(session.id)
    assert await displayed(session) != first
    await expect_scan(code, await displayed(session))

    await hold_timers(page)
    simulator.phone.scan(session.id)
    await expect(login).to_contain_text("is connected again.")
    await let_pass(page, SUCCESS_TIME)
    await expect(login).to_have_count(0)  # it has been read by then
    await expect(account(page, "WhatsApp (Alice Example)")).to_contain_text("Connected")


async def test_reconnect_by_form(
    page: Page, simulator: Simulator, house: House
) -> None:
    """A wrong code, the right one and a password that nobody can read."""
    simulator.set_status(TELEGRAM, "reconnect_required")
    await house.look()
    login = await reconnect(page, "Telegram (Alice Example)", "Phone number")
    code = login.get_by_role("textbox", name="Code")
    await expect(code).to_be_focused()
    for _ in range(2):
        await code.fill("wrong")
        await login.get_by_role("button", name="Submit").click()
        await expect(code).to_have_value("")
        await expect(login).to_contain_text("Incorrect code")
    session = await started(simulator)
    await code.fill(*simulator.phone.codes(session.id).values())
    await code.press("Enter")

    password = login.get_by_role("textbox", name="Password")
    await expect(password).to_have_attribute("type", "password")
    await password.fill(*simulator.phone.codes(session.id).values())
    await password.press("Enter")

    await expect(login).to_contain_text("is connected again.")


async def test_required_field(page: Page, simulator: Simulator) -> None:
    """A form without what it needs is not sent."""
    login = await reconnect(page, "Slack (Alice Example)", "Email")
    email = login.get_by_role("textbox", name="Email")
    await expect(email).to_be_focused()
    session = await started(simulator)
    assert session.step is not None
    step_id = session.step.step_id
    await login.get_by_role("button", name="Submit").click()
    await expect(email).to_be_focused()

    await email.fill("alice@example.com")
    await login.get_by_role("button", name="Submit").click()

    code = login.get_by_role("textbox", name="Confirmation code")
    await expect(code).to_be_visible()
    answers = [
        request.path
        for request in simulator.requests
        if session.id in request.path and request.path.endswith(f"/steps/{step_id}")
    ]
    assert len(answers) == 1


async def test_pairing_code(page: Page, simulator: Simulator) -> None:
    """A code to type on the phone is shown large."""
    login = await reconnect(page, "WhatsApp (Alice Example)", "Pairing code")

    code = login.get_by_label("Pairing code")
    await expect(code).to_have_text(await displayed(await started(simulator)))
    size = await code.evaluate("code => parseFloat(getComputedStyle(code).fontSize)")
    assert size >= 20


async def test_cookies(page: Page, simulator: Simulator) -> None:
    """Cookies are pasted in one piece."""
    login = await reconnect(page, "Google Messages (Alice Example)", "Google account")
    link = login.get_by_role("link", name="https://accounts.google.com/")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(login.locator("p").first).to_contain_text("Easier: sign in")
    await expect(login.locator("p").first).to_be_in_viewport()
    await expect(login.get_by_role("listitem").nth(1)).to_have_text(
        "In the developer tools, select Network."
    )
    values = login.get_by_role("button", name="Single values")
    await expect(values).to_have_attribute("aria-expanded", "false")
    await values.click()
    for field in ("SID", "SAPISID"):
        await expect(
            login.get_by_role("textbox", name=field, exact=True)
        ).to_have_attribute("type", "password")
    pasted = login.get_by_role("textbox", name="What you copied")
    await pasted.fill("{nonsense")
    await login.get_by_role("button", name="Submit").click()
    await expect(login).to_contain_text("not something that a browser copies")
    session = await started(simulator)
    await pasted.fill(json.dumps(simulator.phone.codes(session.id)))
    await login.get_by_role("button", name="Submit").click()

    await expect(login).to_contain_text("is connected again.")


async def test_picture(
    page: Page, simulator: Simulator, signal_asks: Callable[[Step], None]
) -> None:
    """A picture that is to be tapped on the phone is shown."""
    display = {"type": "emoji", "imageURL": f"{simulator.url}/emoji/moon.svg"}
    signal_asks(Step("display_and_wait", "s", "Tap", {"display": display}))

    login = await reconnect(page, "Signal (Alice Example)")

    picture = login.get_by_role("img", name="Picture to select on your phone")
    await expect(picture).to_be_visible()
    is_loaded = "image => image.complete && image.naturalWidth > 0"
    await becomes(lambda: picture.evaluate(is_loaded), True)


async def test_script(page: Page, simulator: Simulator) -> None:
    """A script to run in the browser is shown, with a place for what it copies."""
    login = await reconnect(page, "Slack (Alice Example)", "Auth token")
    await expect(login.locator("pre")).to_contain_text("copy(text)")
    await pictures.take(page, "card-cookies")
    codes = simulator.phone.codes((await started(simulator)).id)

    copied = login.get_by_role("textbox", name="What the script copied")
    await copied.fill(json.dumps(codes))
    await login.get_by_role("button", name="Submit").click()

    await expect(login).to_contain_text("is connected again.")


async def test_picture_that_does_not_load(
    page: Page, simulator: Simulator, signal_asks: Callable[[Step], None]
) -> None:
    """A picture that the page may not load can be opened elsewhere."""
    address = f"{simulator.url}/emoji/none.svg"
    display = {"type": "emoji", "imageURL": address}
    signal_asks(Step("display_and_wait", "s", "Tap", {"display": display}))

    login = await reconnect(page, "Signal (Alice Example)")

    link = login.get_by_role("link", name="Open the picture")
    await expect(link).to_have_attribute("href", address)


async def test_value_in_local_storage(
    page: Page, signal_asks: Callable[[Step], None]
) -> None:
    """What no request has is not to be copied from one, but to be looked up."""
    fields = [{"id": "token", "type": "local_storage"}]
    members = {"url": "https://example.com/", "fields": fields}
    signal_asks(Step("cookies", "s", "Sign in", members))
    login = await reconnect(page, "Signal (Alice Example)")

    await expect(login).to_contain_text("then Local Storage, and there")
    await expect(login.get_by_role("textbox").first).to_have_attribute(
        "type", "password"
    )
    await expect(login).not_to_contain_text("Copy as cURL")


async def test_refusal_outlives_the_connection(
    page: Page, simulator: Simulator
) -> None:
    """Why a login was refused is not replaced by something else."""
    simulator.inject(Fault(path="*/login-sessions", status=429))
    login = await reconnect(page, "Signal (Alice Example)")
    refusal = login.locator("ha-alert")
    await expect(refusal).to_be_visible()
    words = await refusal.inner_text()

    await cut_off(page)

    await expect(refusal).to_have_text(words)


async def test_view_that_comes_back(page: Page, simulator: Simulator) -> None:
    """A card that was left shows no code that nobody serves any more."""
    login = await reconnect(page, "Signal (Alice Example)")
    await expect(login.get_by_role("img")).to_be_visible()
    session = await started(simulator)

    await hold_timers(page)
    await page.evaluate(TAKE_AWAY)
    await let_pass(page, GRACE)
    await expect_cancel(simulator, session)
    await page.evaluate("putBack()")

    await expect(account(page, "Signal")).to_be_visible()
    await expect(login).to_have_count(0)
    await expect(account(page, "Signal").locator("ha-button")).to_be_visible()


async def test_card_that_is_away_for_a_moment(page: Page, simulator: Simulator) -> None:
    """A login goes on in a card that is shown again, and its cancel button acts at once."""
    login = await reconnect(page, "Signal (Alice Example)")
    code = login.get_by_role("img")
    await expect(code).to_be_visible()
    session = await started(simulator)

    await page.evaluate(TAKE_AWAY)
    await page.evaluate("new Promise(done => setTimeout(done, 100))")
    await page.evaluate("putBack()")

    await expect_scan(code, await displayed(session))
    assert [it.method for it in simulator.requests].count("DELETE") == 0
    await login.get_by_role("button", name="Cancel").click()
    await expect_cancel(simulator, session)


async def test_unknown_step(page: Page, signal_asks: Callable[[Step], None]) -> None:
    """A step from the future is left to Beeper Desktop, with the network's words."""
    signal_asks(Step("riddle", "s", "Guess who you are", {}))

    login = await reconnect(page, "Signal (Alice Example)")

    await expect(login).to_contain_text("Guess who you are")
    await expect(login).to_contain_text("Finish it in Beeper Desktop")


async def test_passkey(
    page: Page, simulator: Simulator, signal_asks: Callable[[Step], None]
) -> None:
    """A passkey can be used nowhere but at the network: the card offers a new start."""
    signal_asks(Step("webauthn", "s", "Use your passkey", {}))

    login = await reconnect(page, "Signal (Alice Example)")

    await expect(login).to_contain_text("requires a passkey")
    [session] = simulator.sessions.values()
    await expect_cancel(simulator, session)
    await pictures.take(page, "card-passkey")
    await expect(login.get_by_role("button", name="Start over")).to_be_visible()


async def test_captcha(
    page: Page, simulator: Simulator, signal_asks: Callable[[Step], None]
) -> None:
    """What a form is about is shown and can be heard; what does not fit is said."""
    field = {
        "id": "a",
        "label": "Text",
        "type": "captcha_code",
        "pattern": "^[a-z]{4}$",
    }
    picture = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6"
        "kgAAAABJRU5ErkJggg=="
    )
    attachments = [
        {"content": picture, "info": {"mimetype": "image/png"}},
        {"content": "T2dnUw==", "info": {"mimetype": "audio/ogg"}},
    ]
    signal_asks(
        Step(
            "user_input",
            "s",
            "Type what you see or hear",
            {"fields": [field], "attachments": attachments},
        )
    )

    login = await reconnect(page, "Signal (Alice Example)")

    shown = login.get_by_role("img", name="Picture that shows what to enter")
    await expect(shown).to_have_js_property("naturalWidth", 1)
    await expect(login.locator("audio")).to_be_visible()
    await pictures.take(page, "card-captcha")
    text = login.get_by_role("textbox")
    await text.fill("1")
    await login.get_by_role("button", name="Submit").click()
    await expect(login).to_contain_text("are not in the form that the network expects")
    await text.fill("abcd")
    await login.get_by_role("button", name="Submit").click()
    await expect(login).not_to_contain_text(
        "are not in the form that the network expects"
    )


@pytest_asyncio.fixture(loop_scope="package")
async def newcomers(house: House, simulator: Simulator) -> AsyncGenerator[None]:
    """Let the accounts that are connected in a test be gone after it."""
    before = set(simulator.accounts)
    yield
    devices = house.home_assistant
    [entry] = await house.entries()
    for account_id in set(simulator.accounts) - before:
        simulator.remove_account(account_id)
        [device_id] = [
            device["id"]
            for device in await devices.command("config/device_registry/list")
            if ["beeper", f"{entry['entry_id']}_{account_id}"] in device["identifiers"]
        ]

        async def is_removed(device_id: str = device_id) -> bool:
            """Try to remove it, which works once nobody lists it any more."""
            await house.look()
            try:
                await devices.command(
                    "config/device_registry/remove_config_entry",
                    config_entry_id=entry["entry_id"],
                    device_id=device_id,
                )
            except HomeAssistantFailed:
                return False
            return True

        await becomes(is_removed, True)


@pytest.mark.usefixtures("newcomers")
async def test_somebody_else_signs_in(page: Page, simulator: Simulator) -> None:
    """The card says what that does, before and after, and connects the account anew."""
    login = await reconnect(page, "WhatsApp (Alice Example)")
    await login.get_by_role("button", name="QR").first.click()
    await expect(login).to_contain_text("Sign in as the same person as before")
    first = await started(simulator)
    simulator.phone.somebody_else(first.id)
    simulator.phone.scan(first.id)
    await expect(login).to_contain_text("has been signed out and removed from Beeper")
    await pictures.take(page, "card-somebody-else")

    await login.get_by_role("button", name="Start over").click()
    await login.get_by_role("button", name="QR").first.click()
    await expect(login.get_by_role("img")).to_be_visible()
    second = await started(simulator)

    assert "accountID" not in second.wire
    await expect(login).not_to_contain_text("Sign in as the same person")


async def test_failure_and_a_new_start(page: Page, simulator: Simulator) -> None:
    """A login that failed says why, and can be started over."""
    login = await reconnect(page, "Signal (Alice Example)")
    await expect(login.get_by_role("img")).to_be_visible()
    first = await started(simulator)
    simulator.phone.time_out(first.id)
    await expect(login).to_contain_text("timed out")

    await login.get_by_role("button", name="Start over").click()
    await expect(login.get_by_role("img")).to_be_visible()
    second = await started(simulator)
    assert second.id != first.id

    await login.get_by_role("button", name="Cancel").click()
    await expect_cancel(simulator, second)


async def test_closed_page(page: Page, simulator: Simulator) -> None:
    """A page that is closed ends its login."""
    login = await reconnect(page, "Signal (Alice Example)")
    await expect(login.get_by_role("img")).to_be_visible()
    session = await started(simulator)

    async with page.expect_event("close"):
        await page.close(run_before_unload=True)

    await expect_cancel(simulator, session)


async def test_another_page_of_home_assistant(page: Page, simulator: Simulator) -> None:
    """A login ends when its dashboard is left for another page."""
    login = await reconnect(page, "Signal (Alice Example)")
    await expect(login.get_by_role("img")).to_be_visible()
    session = await started(simulator)

    await hold_timers(page)
    await page.get_by_role("link", name="Activity").click()
    await let_pass(page, GRACE)

    await expect_cancel(simulator, session)


async def test_lost_connection(page: Page, simulator: Simulator) -> None:
    """A login goes on where it is when the browser has Home Assistant again."""
    login = await reconnect(page, "Signal (Alice Example)")
    code = login.get_by_role("img")
    await expect(code).to_be_visible()
    session = await started(simulator)
    picture = await code.get_attribute("src")

    await cut_off(page)
    simulator.phone.rotate(session.id)
    await expect(code).to_have_attribute("src", picture or "")
    await page.evaluate("comeBack()")

    await expect(code).not_to_have_attribute("src", picture or "")
    await expect_scan(code, await displayed(session))
    simulator.phone.scan(session.id)
    await expect(login).to_contain_text("is connected again.")


async def test_lost_login(page: Page, simulator: Simulator, house: House) -> None:
    """A login that is over when the browser is back can be started anew."""
    login = await reconnect(page, "Signal (Alice Example)")
    await expect(login.get_by_role("img")).to_be_visible()

    await cut_off(page)
    await house.reload_beeper()
    await page.evaluate("comeBack()")

    await expect(login).to_contain_text("The connection to Home Assistant was lost")
    await login.get_by_role("button", name="Start over").click()
    await expect(login.get_by_role("img")).to_be_visible()


async def test_two_browsers(
    page: Page, simulator: Simulator, house: House, chromium: Browser
) -> None:
    """The later browser takes over, and the earlier one says so."""
    async with house.page(chromium) as later:
        await later.goto(DASHBOARD)
        first = await reconnect(page, "Signal (Alice Example)")
        await expect(first.get_by_role("img")).to_be_visible()

        second = await reconnect(later, "Signal (Alice Example)")

        await expect(second.get_by_role("img")).to_be_visible()
        await expect(first).to_contain_text("taken over somewhere else")
        simulator.phone.scan((await started(simulator)).id)
        await expect(second).to_contain_text("is connected again.")


async def test_somebody_else(
    tab: Page, simulator: Simulator, house: House, viewer: StorageState
) -> None:
    """Who is no administrator sees the accounts, and can reconnect none."""
    await become(tab, viewer)
    await tab.goto(DASHBOARD)
    await expect(account(tab, "Signal")).to_contain_text("Connection required")
    await expect(reconnect_buttons(tab)).to_have_count(0)
    await expect(card_on(tab)).to_contain_text("Only Home Assistant administrators")


# --- Hostile texts


async def test_hostile_texts(
    page: Page,
    simulator: Simulator,
    house: House,
    signal_asks: Callable[[Step], None],
) -> None:
    """What a network says is shown as it is: no element, nothing that runs."""
    fields = [
        {"id": "__proto__", "label": HOSTILE, "type": "text", "placeholder": HOSTILE},
        {"id": "y", "label": "Y", "type": "select", "options": [HOSTILE]},
    ]
    signal_asks(Step("user_input", HOSTILE, HOSTILE, {"fields": fields}))
    simulator.set_status(SIGNAL, "connection_required", HOSTILE)
    await house.look()
    row = account(page, "Signal")
    await expect(row).to_contain_text(HOSTILE)

    login = await reconnect(page, "Signal (Alice Example)")

    await expect(login.locator("p")).to_have_text(HOSTILE)
    await expect(login.locator("input").first).to_be_visible()
    await rest(page)
    assert await login.locator("img, b").count() == 0
    assert await row.locator("img, b").count() == 0
    assert await page.evaluate("window.hacked") is None


# --- Keyboard, and other pages


async def test_keyboard(page: Page) -> None:
    """A login can be started, answered and left without a mouse."""
    name = "Reconnect WhatsApp (Alice Example)"
    button = card_on(page).get_by_role("button", name=name)
    await expect(button).to_be_visible()
    await rest(page)
    await account(page, "WhatsApp (Alice Example)").locator(".about").focus()
    await page.keyboard.press("Tab")
    await expect(button).to_be_focused()
    await page.keyboard.press("Enter")
    login = card_on(page).get_by_role("region")
    await expect(login.get_by_role("button", name="QR")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(login.get_by_role("img")).to_be_visible()
    await expect(login.get_by_role("button", name="Cancel")).to_be_visible()
    await rest(page)
    for name in ("Sign in another way", "Cancel"):
        await page.keyboard.press("Tab")
        await expect(login.get_by_role("button", name=name)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(login).to_have_count(0)
    await expect(button).to_be_focused()


async def test_editor(page: Page) -> None:
    """The card has an editor with words, and offers itself for an account."""
    await page.goto(f"{DASHBOARD}?edit=1")
    await page.locator("hui-card-edit-mode").hover()
    await page.locator("hui-card-edit-mode").click()
    dialog = page.locator("hui-dialog-edit-card")
    await expect(dialog.get_by_role("textbox", name="Title")).to_be_visible()
    await expect(dialog).to_contain_text("Entities")
    await expect(dialog).to_contain_text("Leave empty to show all accounts.")
    for label in (
        "Accounts that do not need you",
        "Hide the card while no account needs you",
        "Compact",
        "Columns",
        "Tap behavior",
        "Hold behavior",
    ):
        await expect(dialog.get_by_text(label, exact=True).first).to_be_visible()
    await dialog.get_by_role("textbox", name="Title").fill("My accounts")
    await expect(dialog.locator("beeper-accounts-card")).to_contain_text("My accounts")

    suggest = """() => {
        const { hass } = document.querySelector("home-assistant");
        const card = window.customCards.find(
            ({ type }) => type === "beeper-accounts-card"
        );
        return [
            "sensor.signal_alice_example_status",
            "sensor.beeper_login_session",
            "sun.sun",
        ].map((entity) => card.getEntitySuggestion(hass, entity));
    }"""
    every = {"label": "All accounts", "config": CARD}
    one = {**CARD, "entities": ["sensor.signal_alice_example_status"]}
    expected = [[{"config": one}, every], every, None]
    await becomes(lambda: page.evaluate(suggest), expected)


async def test_chosen_accounts(page: Page, house: House) -> None:
    """A card can have a title and show some accounts only, even missing ones."""
    entities = ["sensor.slack_alice_example_status", "sensor.missing"]
    card = {**CARD, "title": "Family", "entities": entities}
    await add_dashboard(house, "/chosen-accounts", with_card(card))

    await go(page, "/chosen-accounts")

    await expect(card_on(page)).to_contain_text("Family")
    await expect(card_on(page).get_by_role("listitem")).to_have_count(2)
    await expect(card_on(page)).to_contain_text("Entity not available: sensor.missing")


async def test_no_chosen_accounts(page: Page, house: House) -> None:
    """A card of which the editor has taken the last account away shows all of them."""
    await add_dashboard(house, "/none-chosen", with_card({**CARD, "entities": []}))

    await go(page, "/none-chosen")

    await expect(card_on(page).get_by_role("listitem")).to_have_count(8)


async def test_no_accounts(page: Page, house: House) -> None:
    """A card without accounts says so; hidden ones are not shown."""
    entity_ids = [it for it in await house.entities() if it.endswith("_status")]
    await expect(card_on(page).get_by_role("listitem")).to_have_count(8)

    for entity_id in entity_ids:
        await hide(house, entity_id, "user")

    await expect(card_on(page)).to_contain_text("No accounts to show.")
    for entity_id in entity_ids:
        await hide(house, entity_id, None)
    await expect(card_on(page).get_by_role("listitem")).to_have_count(8)


async def hide(house: House, entity_id: str, hidden_by: str | None) -> None:
    """Hide an entity, or show it again."""
    await house.home_assistant.command(
        "config/entity_registry/update", entity_id=entity_id, hidden_by=hidden_by
    )


async def test_picker_in_another_language(page: Page, house: House) -> None:
    """The card picker finds the card by its name, and shows it with all its texts."""
    await add_dashboard(house, "/no-cards", {"views": [{"cards": []}]})
    texts = json.loads(
        (ROOT / "custom_components/beeper/translations/de.json").read_text()
    )["config_panel"]["accounts_card"]
    await page.evaluate("localStorage.setItem('selectedLanguage', '\"de\"')")

    await page.goto("/no-cards?edit=1")
    await page.get_by_role("button", name="Karte hinzufügen").click()
    dialog = page.locator("hui-dialog-create-card")
    await dialog.get_by_role("tab", name="Nach Karte").click()
    await dialog.locator("ha-input-search input").fill(texts["name"])

    found = dialog.locator(".card", has=page.locator("beeper-accounts-card"))
    await expect(found.locator(".card-header")).to_have_text(texts["name"])
    buttons = found.locator("ha-button.reconnect")
    await expect(buttons).not_to_have_count(0)
    await expect(buttons.first).to_contain_text(texts["reconnect"])

    await dialog.locator("ha-input-search input").fill(texts["tile_name"])
    found = dialog.locator(".card", has=page.locator("beeper-accounts-tile"))
    await expect(found).to_contain_text(texts["need_you"].format(count=3))
    await found.locator(".overlay").click()
    editor = page.locator("hui-dialog-edit-card")
    await expect(editor).to_contain_text(texts["entity_help"])
    await expect(editor.locator("beeper-accounts-tile")).to_be_visible()
    await pictures.keep(page, "tile-editor")


async def test_example_dashboard(page: Page, house: House) -> None:
    """The dashboard of core's own cards loads, and each of its cards finds its entity."""
    config = yaml.safe_load(EXAMPLE.read_text())
    await add_dashboard(house, "/core-cards", config)

    await go(page, "/core-cards")

    [view] = config["views"]
    cards = Counter(
        card["type"]
        for section in view["sections"]
        for card in section["cards"]
        if "visibility" not in card
    )
    for kind, count in cards.items():
        drawn = page.locator(f"hui-{kind}-card").filter(visible=True)
        await expect(drawn).to_have_count(count)
    await expect(page.locator("hui-markdown-card")).to_contain_text("Waiting for you")
    await rest(page)
    for trouble in ("hui-error-card", "hui-warning", "hui-card-error"):
        await expect(page.locator(trouble)).to_have_count(0)
    sections = page.locator("hui-section")
    await expect(sections).to_have_count(len(view["sections"]))
    await expect(sections.filter(has_text="not available:")).to_have_count(0)
