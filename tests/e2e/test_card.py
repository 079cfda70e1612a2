"""The card on a real dashboard, in a real browser, with a simulated Beeper."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
import json
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, Locator, Page, Request, Route, expect
import pytest
import pytest_asyncio
from pytest_socket import enable_socket
import yaml
import zxingcpp

from scripts.browser import browser, new_page, sign_in
from scripts.demo import complaints
from scripts.home_assistant import (
    PASSWORD,
    USERNAME,
    HomeAssistant,
    free_port,
    running_home_assistant,
)
from simulator import Simulator, Timings, load_scenario
from simulator.login_flows import FLOWS, LoginFlow, Step

from .pictures import show

# One Home Assistant for all tests here: starting it takes longer than any of them
pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "example_dashboard.yaml"
PICTURES = ROOT / ".cache" / "card"
STATES: dict[str, str] = json.loads(
    (ROOT / "custom_components/beeper/strings.json").read_text()
)["entity"]["sensor"]["status"]["state"]

WHATSAPP = "local-whatsapp_ba_rG7f0Jc4mQ9zYw"
HOSTILE = '<img src="x" onerror="window.hacked = true"><b>Hello</b>'
DASHBOARD = "beeper-accounts"
VIEWER = "viewer"

PATIENCE = 30_000  # milliseconds


@pytest.fixture(autouse=True)
def real_http(socket_enabled: None) -> None:
    """Allow connections to this machine; Home Assistant runs in its own process."""


@pytest.fixture(autouse=True)
def real_names() -> None:
    """Resolve names as this machine does."""


@dataclass(frozen=True)
class Home:
    """A Beeper, a Home Assistant with the card on a dashboard, and a browser."""

    beeper: Simulator
    home_assistant: HomeAssistant
    chromium: Browser

    @asynccontextmanager
    async def page(
        self, path: str = DASHBOARD, username: str = USERNAME
    ) -> AsyncIterator[Page]:
        """Open a page in a browser of its own, signed in."""
        async with new_page(self.chromium) as page:
            page.set_default_timeout(PATIENCE)
            url = f"{self.home_assistant.url}/{path}"
            await sign_in(page, url, username, PASSWORD)
            try:
                yield page
            except BaseException:
                PICTURES.mkdir(parents=True, exist_ok=True)
                await page.screenshot(path=PICTURES / "failure.png")
                raise

    async def set_status(
        self, account_id: str, status: str, text: str | None = None
    ) -> None:
        """Change the status of an account, and have Home Assistant look."""
        self.beeper.set_status(account_id, status, text)
        await self.look()

    async def look(self) -> None:
        """Have Home Assistant ask Beeper now."""
        await self.home_assistant.post(
            "/api/services/homeassistant/update_entity",
            {"entity_id": "sensor.beeper_accounts_connected"},
        )

    def account_id(self, name: str) -> str:
        """Return the ID of the first account on a bridge of this name."""
        return next(it for it in self.beeper.accounts if name in it)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    """Return a home with eight accounts, one in each status."""
    enable_socket()  # what lets tests connect comes after what they share
    # Threads that begin during a test are taken for left over ones
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    await asyncio.to_thread(int)
    timings = Timings(connecting=0.01, qr_rotation=600, qr_lifetime=600)
    async with (
        Simulator(load_scenario("home"), timings=timings) as beeper,
        running_home_assistant(
            tmp_path_factory.mktemp("home_assistant"), free_port()
        ) as home_assistant,
        browser() as chromium,
    ):
        await home_assistant.add_integration(
            "beeper",
            {
                "user": {"url": beeper.url},
                "sign_in": {"next_step_id": "access_token"},
                "access_token": {"access_token": beeper.token},
            },
        )
        await add_dashboard(
            home_assistant, DASHBOARD, {"type": "custom:beeper-accounts-card"}
        )
        await add_viewer(home_assistant)
        yield Home(beeper, home_assistant, chromium)
        assert [
            record
            for record in complaints(home_assistant.log)
            if "Beeper does not answer." not in record
        ] == []


async def add_dashboard(
    home_assistant: HomeAssistant, path: str, card: dict[str, Any]
) -> None:
    """Add a dashboard with one card."""
    await home_assistant.command(
        "lovelace/dashboards/create", url_path=path, title="Accounts", mode="storage"
    )
    section = {"type": "grid", "cards": [card]}
    await home_assistant.command(
        "lovelace/config/save",
        url_path=path,
        config={"views": [{"type": "sections", "sections": [section]}]},
    )


async def add_viewer(home_assistant: HomeAssistant) -> None:
    """Add a user who is no administrator."""
    created = await home_assistant.command(
        "config/auth/create", name="Viewer", group_ids=["system-users"]
    )
    await home_assistant.command(
        "config/auth_provider/homeassistant/create",
        user_id=created["user"]["id"],
        username=VIEWER,
        password=PASSWORD,
    )


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def as_before(home: Home) -> AsyncGenerator[None]:
    """Leave the accounts as they were found."""
    before = home.beeper.accounts
    yield
    for account_id, account in before.items():
        home.beeper.set_status(account_id, account["status"], account.get("statusText"))
    await home.look()


def card_on(page: Page) -> Locator:
    """Return the card."""
    return page.locator("beeper-accounts-card")


def account(page: Page, name: str) -> Locator:
    """Return the row of an account."""
    return card_on(page).get_by_role("listitem").filter(has_text=name)


async def reconnect(page: Page, name: str, flow: str | None = None) -> Locator:
    """Start to reconnect an account; returns the login in the card."""
    button = account(page, name).get_by_role("button", name=f"Reconnect {name}")
    await button.click()
    login = card_on(page).get_by_role("region", name=f"Reconnect {name}")
    if flow:
        await login.get_by_role("button", name=flow).click()
    return login


def reconnect_buttons(page: Page) -> Locator:
    """Return the buttons of all accounts that can be reconnected."""
    return card_on(page).locator("ha-button.reconnect")


def session_of(home: Home) -> Any:
    """Return the newest login session in Beeper."""
    return [*home.beeper.sessions.values()][-1]


def served(home: Home) -> str:
    """Return the code that Beeper serves now."""
    code: str = session_of(home).wire["currentStep"]["display"]["data"]
    return code


async def scanned(page: Page) -> str | None:
    """Return what a phone reads on the screen; `None` where there is no code."""
    screenshot = Image.open(BytesIO(await page.screenshot()))
    found = zxingcpp.read_barcodes(
        screenshot.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
    )
    return found[0].text if found else None


# --- States


async def test_each_status(home: Home) -> None:
    """Each account is shown by name and in words, those in need first."""
    await home.look()
    async with home.page() as page:
        rows = card_on(page).get_by_role("listitem")
        await expect(rows).to_have_count(8)
        shown = [await row.inner_text() for row in await rows.all()]

    statuses = {
        STATES[status]: index
        for index, words in enumerate(shown)
        for status in STATES
        if f"\n{STATES[status]} · " in words
    }
    assert statuses.keys() == set(STATES.values())
    assert [*statuses.values()] and sorted(
        statuses[STATES[status]]
        for status in (
            "reconnect_required",
            "connection_required",
            "attention_required",
        )
    ) == [0, 1, 2]
    assert statuses["Disconnected"] == 3
    assert statuses["Disabled"] == 7
    assert any(words.startswith("WhatsApp (Alice Example)") for words in shown)
    assert any("Logged out from your phone." in words for words in shown)


async def test_page_that_loads_slowly(home: Home) -> None:
    """The card is there also where it is loaded long before Home Assistant itself.

    Home Assistant then replaces the registry of elements, with all that was in it.
    """
    async with new_page(home.chromium) as page:
        loaded = asyncio.Event()

        def look(request: Request) -> None:
            if request.url.endswith("/registry.js"):
                loaded.set()

        page.on("requestfinished", look)

        async def wait_for_card(route: Route) -> None:
            if "/auth/authorize" not in page.url:
                await loaded.wait()
                # By then it has been run, unless it waits
                await page.evaluate("new Promise(done => setTimeout(done))")
            await route.continue_()

        await page.route("**/frontend_latest/app.*.js", wait_for_card)
        url = f"{home.home_assistant.url}/{DASHBOARD}"
        await sign_in(page, url, USERNAME, PASSWORD)

        await expect(card_on(page).get_by_role("listitem")).to_have_count(8)


async def test_change(home: Home) -> None:
    """A card follows by itself, and an account that is well moves down."""
    async with home.page() as page:
        row = account(page, "Signal")
        await expect(row).to_contain_text("Connection required")

        await home.set_status(home.account_id("signal"), "connected")

        await expect(row).to_contain_text("Connected ·")
        await expect(row.locator("ha-button")).to_have_count(0)
        rows = await card_on(page).get_by_role("listitem").all_inner_texts()
        assert [it.startswith("Signal") for it in rows].index(True) > 3


async def test_beeper_is_gone(home: Home) -> None:
    """Accounts stay in place, as unavailable ones, while Beeper does not answer."""
    async with home.page() as page:
        await expect(account(page, "Signal")).to_contain_text("Connection required")
        await home.beeper.stop()
        try:
            await home.look()
            await expect(account(page, "Signal")).to_contain_text("Unavailable")
            await expect(reconnect_buttons(page)).to_have_count(0)
        finally:
            await home.beeper.start()
            await home.look()
        await expect(account(page, "Signal")).to_contain_text("Connection required")


async def test_more_info(home: Home) -> None:
    """An account leads to its details."""
    async with home.page() as page:
        await account(page, "Slack").get_by_role("button", name="Slack").first.click()

        await expect(page.locator("ha-more-info-info")).to_be_visible()


# --- Logins


async def test_reconnect_by_qr_code(home: Home) -> None:
    """The code can be scanned off the screen, before and after it rotates."""
    async with home.page() as page:
        login = await reconnect(page, "WhatsApp (Alice Example)", "QR")
        code = login.get_by_role("img", name="QR code to scan")
        await expect(code).to_be_visible()
        picture = await code.get_attribute("src")
        first = served(home)
        await code.scroll_into_view_if_needed()
        assert await scanned(page) == first

        home.beeper.phone.rotate(session_of(home).id)
        await expect(code).not_to_have_attribute("src", picture or "")
        assert await scanned(page) == served(home) != first

        home.beeper.phone.scan(session_of(home).id)
        await expect(login).to_contain_text("is connected again.")
        await login.get_by_role("button", name="Close").click()
        await expect(login).to_have_count(0)
        await expect(account(page, "WhatsApp (Alice Example)")).to_contain_text(
            "Connected"
        )


async def test_reconnect_by_form(home: Home) -> None:
    """A number, a wrong code, the right one and a password that nobody can read."""
    await home.set_status(home.account_id("telegram"), "reconnect_required")
    async with home.page() as page:
        login = await reconnect(page, "Telegram (Alice Example)", "Phone number")
        await expect(login.get_by_role("textbox", name="Phone number")).to_be_focused()
        await page.keyboard.type("+15555550101")
        await page.keyboard.press("Enter")
        await expect(login).to_contain_text("Enter the code sent to")
        await expect(login.get_by_role("textbox", name="Code")).to_be_focused()
        for _ in range(2):
            await login.get_by_role("textbox", name="Code").fill("wrong")
            await login.get_by_role("button", name="Submit").click()
            await expect(login.get_by_role("textbox", name="Code")).to_have_value("")
            await expect(login).to_contain_text("Incorrect code")
        session = session_of(home)
        await login.get_by_role("textbox", name="Code").fill(
            home.beeper.phone.codes(session.id)["code"]
        )
        await page.keyboard.press("Enter")

        password = login.get_by_role("textbox", name="Password")
        await expect(password).to_have_attribute("type", "password")
        await password.fill(home.beeper.phone.codes(session.id)["password"])
        await page.keyboard.press("Enter")

        await expect(login).to_contain_text("is connected again.")


async def test_required_field(home: Home) -> None:
    """A form without what it needs is not sent."""
    async with home.page() as page:
        login = await reconnect(page, "WhatsApp (Alice Example)", "Pairing code")
        await expect(login.get_by_role("textbox", name="Phone number")).to_be_focused()
        await login.get_by_role("button", name="Submit").click()

        await expect(login.get_by_role("textbox", name="Phone number")).to_be_focused()
        paths = [request.path for request in home.beeper.requests]
        assert not any(
            session_of(home).id in path and "/steps/" in path for path in paths
        )


async def test_pairing_code(home: Home) -> None:
    """A code to type on the phone is shown large."""
    async with home.page() as page:
        login = await reconnect(page, "WhatsApp (Alice Example)", "Pairing code")
        await login.get_by_role("textbox", name="Phone number").fill("+15555550100")
        await login.get_by_role("button", name="Submit").click()

        code = login.get_by_label("Pairing code")
        await expect(code).to_be_visible()
        assert await code.inner_text() == served(home)
        size = await code.evaluate(
            "code => parseFloat(getComputedStyle(code).fontSize)"
        )
        assert size >= 20


async def test_cookies_and_picture(home: Home) -> None:
    """Cookies are pasted in one piece, and then a picture is to be tapped."""
    async with home.page() as page:
        login = await reconnect(
            page, "Google Messages (Alice Example)", "Google account"
        )
        link = login.get_by_role("link", name="Open the sign-in page")
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        for field in ("SID", "SAPISID"):
            await expect(
                login.get_by_role("textbox", name=field, exact=True)
            ).to_have_attribute("type", "password")
        pasted = login.get_by_role("textbox", name="Copied request")
        await pasted.fill("{nonsense")
        await login.get_by_role("button", name="Submit").click()
        await expect(login).to_contain_text("neither a JSON object")
        codes = home.beeper.phone.codes(session_of(home).id)
        await pasted.fill(json.dumps(codes))
        await login.get_by_role("button", name="Submit").click()

        picture = login.get_by_role("img", name="Picture to choose on your phone")
        await expect(picture).to_be_visible()
        assert await picture.evaluate("image => image.decode().then(() => true)")
        emoji = home.beeper.phone.codes(session_of(home).id)["emoji"]
        home.beeper.phone.tap(session_of(home).id, emoji)
        await expect(login).to_contain_text("is connected again.")


async def test_picture_that_does_not_load(home: Home) -> None:
    """A picture that the page may not load can be opened elsewhere."""
    address = f"{home.beeper.url}/emoji/none.svg"
    step = Step(
        "display_and_wait",
        "s",
        "Tap",
        {"display": {"type": "emoji", "imageURL": address}},
    )
    with flow_on("signal", step):
        async with home.page() as page:
            login = await reconnect(page, "Signal (Alice Example)")

            link = login.get_by_role("link", name="Open the picture")
            await expect(link).to_have_attribute("href", address)


class flow_on:  # reads as a statement: with flow_on(...)
    """Give a network a single flow, with a single step, for a while."""

    def __init__(self, bridge_type: str, step: Step) -> None:
        """Take the type of the bridge, and the step."""
        self._bridge_type = bridge_type
        self._step = step
        self._before = FLOWS[bridge_type]

    def __enter__(self) -> None:
        """Begin."""

        def run(attempt: object) -> Any:
            yield self._step
            raise AssertionError("nobody answers this step")

        FLOWS[self._bridge_type] = (LoginFlow("qr", HOSTILE, HOSTILE, run),)

    def __exit__(self, *_: object) -> None:
        """End."""
        FLOWS[self._bridge_type] = self._before


async def test_unknown_step(home: Home) -> None:
    """A step from the future is left to Beeper Desktop, with the network's words."""
    step = Step("webauthn", "s", "Use your passkey", {})
    with flow_on("signal", step):
        async with home.page() as page:
            login = await reconnect(page, "Signal (Alice Example)")

            await expect(login).to_contain_text("Use your passkey")
            await expect(login).to_contain_text("Finish it in Beeper Desktop")


async def test_failure_and_a_new_start(home: Home) -> None:
    """A login that failed says why, and can be started over."""
    async with home.page() as page:
        login = await reconnect(page, "Signal (Alice Example)")
        await expect(login.get_by_role("img")).to_be_visible()
        first = session_of(home)
        home.beeper.phone.time_out(first.id)
        await expect(login).to_contain_text("timed out")

        await login.get_by_role("button", name="Start over").click()
        await expect(login.get_by_role("img")).to_be_visible()
        second = session_of(home)
        assert second.id != first.id

        async with self_cancelled(home, second.id):
            await login.get_by_role("button", name="Cancel").click()


@asynccontextmanager
async def self_cancelled(home: Home, session_id: str) -> AsyncIterator[None]:
    """Expect that a session gets cancelled in Beeper by what is done here."""
    bridge_id = home.beeper.sessions[session_id].bridge.id
    path = f"/v1/bridges/{bridge_id}/login-sessions/{session_id}"
    yield
    while not any(
        request.method == "DELETE" and request.path == path
        for request in home.beeper.requests
    ):
        await home.beeper.wait_for_request(path)


async def test_closed_page(home: Home) -> None:
    """A page that is closed ends its login."""
    async with home.page() as page:
        login = await reconnect(page, "Signal (Alice Example)")
        await expect(login.get_by_role("img")).to_be_visible()

        async with self_cancelled(home, session_of(home).id):
            await page.close()


async def test_another_page_of_home_assistant(home: Home) -> None:
    """A login ends when its dashboard is left for another page."""
    async with home.page() as page:
        login = await reconnect(page, "Signal (Alice Example)")
        await expect(login.get_by_role("img")).to_be_visible()

        async with self_cancelled(home, session_of(home).id):
            await page.get_by_role("link", name="Activity").click()


async def test_lost_connection(home: Home) -> None:
    """A browser that loses Home Assistant says so, and its login ends."""
    async with home.page() as page:
        login = await reconnect(page, "Signal (Alice Example)")
        await expect(login.get_by_role("img")).to_be_visible()

        async with self_cancelled(home, session_of(home).id):
            await page.evaluate(
                """window.hassConnection.then(({ conn }) => {
                    conn.options.createSocket = () => new Promise(() => {});
                    conn.socket.close();
                })"""
            )

        await expect(login).to_contain_text("The connection to Home Assistant was lost")


async def test_two_browsers(home: Home) -> None:
    """The later browser takes over, and the earlier one says so."""
    async with home.page() as earlier, home.page() as later:
        first = await reconnect(earlier, "Signal (Alice Example)")
        await expect(first.get_by_role("img")).to_be_visible()

        second = await reconnect(later, "Signal (Alice Example)")

        await expect(second.get_by_role("img")).to_be_visible()
        await expect(first).to_contain_text("taken over somewhere else")
        home.beeper.phone.scan(session_of(home).id)
        await expect(second).to_contain_text("is connected again.")


async def test_somebody_else(home: Home) -> None:
    """Who is no administrator sees the accounts, and can reconnect none."""
    async with home.page(username=VIEWER) as page:
        await expect(account(page, "Signal")).to_contain_text("Connection required")
        await expect(reconnect_buttons(page)).to_have_count(0)


# --- Hostile texts


async def test_hostile_texts(home: Home) -> None:
    """What a network says is shown as it is: no element, nothing that runs."""
    fields = [
        {"id": "__proto__", "label": HOSTILE, "type": "text", "placeholder": HOSTILE},
        {"id": "y", "label": "Y", "type": "select", "options": [HOSTILE]},
    ]
    step = Step("user_input", HOSTILE, HOSTILE, {"fields": fields})
    await home.set_status(home.account_id("signal"), "connection_required", HOSTILE)
    with flow_on("signal", step):
        async with home.page() as page:
            row = account(page, "Signal")
            await expect(row).to_contain_text(HOSTILE)
            login = await reconnect(page, "Signal (Alice Example)")
            await expect(login.locator("p")).to_have_text(HOSTILE)
            await expect(login.locator("input").first).to_be_visible()

            assert await login.locator("img, b").count() == 0
            assert await row.locator("img, b").count() == 0
            assert await page.evaluate("window.hacked") is None


# --- Keyboard, and other pages


async def test_keyboard(home: Home) -> None:
    """A login can be started, answered and left without a mouse."""
    async with home.page() as page:
        name = "Reconnect WhatsApp (Alice Example)"
        button = card_on(page).get_by_role("button", name=name)
        await expect(button).to_be_visible()
        await account(page, "WhatsApp (Alice Example)").locator(".about").focus()
        await page.keyboard.press("Tab")
        await expect(button).to_be_focused()
        await page.keyboard.press("Enter")
        login = card_on(page).get_by_role("region")
        await expect(login.get_by_role("button", name="QR")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(login.get_by_role("img")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(login.get_by_role("button", name="Cancel")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(login).to_have_count(0)
        await expect(button).to_be_focused()


async def test_editor(home: Home) -> None:
    """The card has an editor with words, and offers itself for an account."""
    async with home.page(f"{DASHBOARD}?edit=1") as page:
        await page.locator("hui-card-edit-mode").hover()
        await page.locator("hui-card-edit-mode").click()
        dialog = page.locator("hui-dialog-edit-card")
        await expect(dialog.get_by_role("textbox", name="Title")).to_be_visible()
        await expect(dialog).to_contain_text("Entities")
        await expect(dialog).to_contain_text("Leave empty to show all accounts.")
        await dialog.get_by_role("textbox", name="Title").fill("My accounts")
        await expect(dialog.locator("beeper-accounts-card")).to_contain_text(
            "My accounts"
        )

        suggested = await page.evaluate(
            """() => {
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
        )
    card = "custom:beeper-accounts-card"
    every = {"label": "All accounts", "config": {"type": card}}
    one = {"type": card, "entities": ["sensor.signal_alice_example_status"]}
    assert suggested == [[{"config": one}, every], every, None]


async def test_chosen_accounts(home: Home) -> None:
    """A card can have a title and show some accounts only, even missing ones."""
    await add_dashboard(
        home.home_assistant,
        "chosen-accounts",
        {
            "type": "custom:beeper-accounts-card",
            "title": "Family",
            "entities": ["sensor.slack_alice_example_status", "sensor.missing"],
        },
    )
    async with home.page("chosen-accounts") as page:
        await expect(card_on(page)).to_contain_text("Family")
        await expect(card_on(page).get_by_role("listitem")).to_have_count(2)
        await expect(card_on(page)).to_contain_text(
            "Entity not available: sensor.missing"
        )


async def test_no_accounts(home: Home) -> None:
    """A card without accounts says what to do."""
    await add_dashboard(
        home.home_assistant,
        "no-accounts",
        {"type": "custom:beeper-accounts-card", "entities": []},
    )
    async with home.page("no-accounts") as page:
        await expect(card_on(page)).to_contain_text("No accounts to show.")


async def test_example_dashboard(home: Home) -> None:
    """The dashboard of core's own cards loads, and each of its cards finds its entity."""
    config = yaml.safe_load(EXAMPLE.read_text())
    await home.home_assistant.command(
        "lovelace/dashboards/create",
        url_path="core-cards",
        title="Core",
        mode="storage",
    )
    await home.home_assistant.command(
        "lovelace/config/save", url_path="core-cards", config=config
    )
    async with home.page("core-cards") as page:
        await expect(page.locator("hui-tile-card").first).to_be_visible()
        await page.wait_for_load_state("networkidle")
        for trouble in ("hui-error-card", "hui-warning", "hui-card-error"):
            assert await page.locator(trouble).count() == 0, trouble
        for section in await page.locator("hui-section").all():
            await expect(section).not_to_contain_text("not available:")


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pictures(home: Home, width: int, scheme: str) -> None:
    """The card fits, light and dark, wide and narrow; the pictures are to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with home.page() as page:
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of both
        await page.set_viewport_size({"width": width, "height": 1000})
        await expect(card_on(page).get_by_role("listitem")).to_have_count(8)
        await expect(page.locator("#ha-launch-screen")).to_be_hidden()
        name = f"{scheme}-{width}"
        await page.screenshot(path=PICTURES / f"{name}-accounts.png")
        login = await reconnect(page, "WhatsApp (Alice Example)", "QR")
        await expect(login.get_by_role("img")).to_be_visible()
        await page.screenshot(path=PICTURES / f"{name}-qr.png")
        assert await scanned(page) == served(home)
        if name == "light-1280":
            await show(card_on(page), "card")
        wider = await card_on(page).evaluate(
            "card => card.scrollWidth > card.clientWidth"
        )
        assert not wider
