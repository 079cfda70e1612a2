"""The guided dialogs as a person meets them: the real frontend in a real browser."""

import json
from pathlib import Path
import shlex
from typing import Final

from playwright.async_api import Locator, Page, expect
import pytest
from yarl import URL

from simulator import Simulator
from simulator.login_flows import (
    FATAL_ERRORS,
    FLOWS,
    Attempt,
    Flow,
    LoginFailed,
    LoginFlow,
    Step,
)
from tests.accounts import SLACK, TELEGRAM, WHATSAPP

from . import pictures
from .dialog import Dialog
from .house import House
from .navigation import go
from .patience import becomes, until
from .sessions import displayed, live, started

ROOT: Final = Path(__file__).parents[2]
STRINGS: Final = json.loads(
    (ROOT / "custom_components" / "beeper" / "strings.json").read_text()
)


CONNECTED: Final = "is connected."

# What it looks like, and then a million characters of it
MARKUP: Final = (
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    '<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>'
    "[link](javascript:window.hacked=1) ![image](/static/icons/favicon.ico)"
    " <https://example.com> www.example.com {{ 1 + 1 }} {account} `code` **bold**"
    " \u202egnp.exe\u2066"
)
HOSTILE: Final = MARKUP + "\n\n# heading\n| cell |\n" + "A" * 100_000
SHOWN: Final = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


def issue(page: Page, account: str) -> Locator:
    """Return the issue of an account in the list of repairs."""
    return page.locator(
        "ha-list-item-button", has_text=f"{account} (Alice Example) needs you"
    )


async def repair(page: Page, account: str) -> Dialog:
    """Open the repair of an account."""
    await issue(page, account).click()
    return Dialog(page)


async def repair_by_keyboard(page: Page, account: str) -> Dialog:
    """Open the repair of an account without a mouse."""
    dialog = Dialog(page)
    await expect(issue(page, account)).to_be_visible()
    await dialog.reach(page.get_by_role("list", name="Repairs"))
    await page.keyboard.press("Home")
    await dialog.reach(issue(page, account), "ArrowDown")
    await page.keyboard.press("Enter")
    return dialog


async def configure(page: Page, option: str, choice: str | None = None) -> Dialog:
    """Open Configure, and choose from its list and from the one behind it."""
    await go(page, "/config/integrations/integration/beeper")
    await page.get_by_role("button", name="Configure").first.click()
    dialog = Dialog(page)
    await dialog.choose(option)
    if choice is not None:
        await dialog.choose(choice)
    return dialog


async def test_whatsapp_by_qr_code(page: Page, simulator: Simulator) -> None:
    """WhatsApp needs you: one scans the code that is on the screen, and it is connected."""
    frames = [await pictures.frame(page)]
    await pictures.take(page, "repairs")
    await pictures.show(page.locator("ha-card").first, "reconnect-needs-you")

    dialog = await repair(page, "WhatsApp")
    await expect(dialog.text("Select how to sign in")).to_be_visible()
    await pictures.take(page, "choose-flow")
    await pictures.show(dialog.window, "reconnect-choose")

    await dialog.choose("QR")
    session = await started(simulator)
    first = await displayed(session)
    await dialog.shows_code(first)
    await pictures.take(page, "scan-qr-code")
    await pictures.show(dialog.window, "reconnect-scan")
    frames.append(await pictures.frame(page))

    shown = await dialog.picture.get_attribute("src")
    simulator.phone.rotate(session.id)
    await expect(dialog.picture).not_to_have_attribute("src", shown or "")
    assert await displayed(session) != first
    await dialog.shows_code(await displayed(session))

    simulator.phone.scan(session.id)
    await expect(dialog.text(CONNECTED)).to_be_visible()
    await pictures.take(page, "connected")
    await pictures.show(dialog.window, "reconnect-connected")
    frames.append(await pictures.frame(page))
    await dialog.send("Finish")
    await expect(issue(page, "WhatsApp")).to_be_hidden()
    await expect(issue(page, "Signal")).to_be_visible()
    await until(lambda: simulator.accounts[WHATSAPP]["status"] == "connected")
    pictures.strip("reconnect-strip", frames)


@pytest.mark.parametrize(
    ("window", "scheme"), [("phone", "light"), ("desktop", "dark")]
)
async def test_code_can_be_scanned_anywhere(
    page: Page, simulator: Simulator, scheme: str, window: str
) -> None:
    """The largest code of all can be read; test_looks.py has the other two of these."""
    width, height = pictures.WINDOWS[window]
    await page.set_viewport_size({"width": width, "height": height})
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

    dialog = await repair(page, "WhatsApp")
    await dialog.choose("QR")

    session = await started(simulator)
    await dialog.shows_code(await displayed(session))
    if window == "phone":
        await pictures.show_window(page, "reconnect-phone")
        box = await dialog.picture.bounding_box()
        assert box and box["width"] > 0.8 * width


async def test_back_from_a_code(page: Page, simulator: Simulator, house: House) -> None:
    """A code is no dead end, and what is done elsewhere meanwhile is noticed."""
    dialog = await repair(page, "WhatsApp")
    await dialog.choose("QR")
    await dialog.shows_code(await displayed(await started(simulator)))

    await dialog.send("Start over")
    await dialog.choose("Pairing code")
    await expect(dialog.text("Enter the code").first).to_be_visible()

    simulator.set_status(WHATSAPP, "connected")
    await house.look()
    await expect(dialog.text(CONNECTED)).to_be_visible()
    await until(lambda: live(simulator) == [])


async def test_whatsapp_by_pairing_code(page: Page, simulator: Simulator) -> None:
    """A pairing code is in large type, and in one piece on a phone."""
    dialog = await configure(page, "Connect a new account", "WhatsApp")
    await dialog.choose("Pairing code")
    await expect(dialog.field("Phone number")).to_have_attribute("type", "tel")
    await pictures.take(page, "phone-number")
    await dialog.answer("Phone number", "+15555550199")

    heading = dialog.box.get_by_role("heading", level=1)
    session = await started(simulator)
    code = (await displayed(session)).replace("-", "\N{NON-BREAKING HYPHEN}")
    await expect(heading).to_have_text(code)
    await pictures.take(page, "enter-code")
    await page.set_viewport_size({"width": 390, "height": 844})
    in_one_line = """heading => heading.getBoundingClientRect().height
      < 2 * parseFloat(getComputedStyle(heading).fontSize)"""
    await becomes(lambda: heading.evaluate(in_one_line), True)

    simulator.phone.approve(session.id)
    await expect(dialog.text(CONNECTED)).to_be_visible()


async def test_tell_me(page: Page) -> None:
    """Who is told is chosen in Configure, and is what it says the next time."""
    dialog = await configure(page, "Tell me when an account loses its connection")
    texts = STRINGS["options"]["step"]["tell_me"]
    for text in (*texts["data"].values(), *texts["data_description"].values()):
        await expect(dialog.text(text).first).to_be_visible()
    await pictures.take(page, "tell-me")
    await dialog.box.get_by_role("spinbutton").fill("12")
    await dialog.switch.click()
    await dialog.send("Submit")
    await expect(dialog.text("Options successfully saved")).to_be_visible()
    await dialog.send("Finish")

    dialog = await configure(page, "Tell me when an account loses its connection")

    await expect(dialog.box.get_by_role("spinbutton")).to_have_value("12")


async def test_telegram_with_a_wrong_code(page: Page, simulator: Simulator) -> None:
    """A wrong code is complained about, and the password behind it is not shown."""
    dialog = await configure(page, "Reconnect an account", "Telegram")
    await dialog.choose("Phone number")
    session = await started(simulator)

    await expect(dialog.field("Code")).to_be_visible()
    await pictures.take(page, "code")
    await dialog.answer("Code", "wrong")
    complaint = dialog.box.locator("ha-alert")
    await expect(complaint).to_have_text("Incorrect code, please try again")
    await expect(dialog.field("Code")).to_have_value("")
    await pictures.take(page, "wrong-code")
    [code] = simulator.phone.codes(session.id).values()
    await dialog.answer("Code", code)

    await expect(dialog.text("You have two-factor authentication")).to_be_visible()
    await expect(complaint).to_be_hidden()
    await expect(dialog.field("Password")).to_have_attribute("type", "password")
    await pictures.take(page, "password")
    [password] = simulator.phone.codes(session.id).values()
    await dialog.answer("Password", password)

    await expect(dialog.text(CONNECTED)).to_be_visible()
    await pictures.take(page, "connected-from-configure")
    await until(lambda: simulator.accounts[TELEGRAM]["status"] == "connected")


async def test_slack_by_curl_command(page: Page, simulator: Simulator) -> None:
    """What the browser's developer tools copy is understood; other things are not."""
    dialog = await repair(page, "Slack")
    await dialog.choose("Auth token")
    session = await started(simulator)
    codes = simulator.phone.codes(session.id)
    await expect(
        dialog.box.get_by_role("link", name="https://slack.com/signin")
    ).to_have_attribute("href", "https://slack.com/signin")
    await pictures.take(page, "cookies")

    await dialog.answer("What you copied", "Hello")
    await expect(
        dialog.text("This is not something that a browser copies")
    ).to_be_visible()
    await pictures.take(page, "cookies-not-understood")
    cookie = shlex.quote(f"cookie: d={codes['cookie_token']}")
    await dialog.answer("What you copied", f"curl 'https://slack.com/' -H {cookie}")
    await expect(dialog.text("Not found in what you entered")).to_be_visible()
    await pictures.take(page, "cookies-missing")
    token = json.dumps({"auth_token": codes["auth_token"]})
    await dialog.answer("What the script copied", token)

    await expect(dialog.text(CONNECTED)).to_be_visible()
    await until(lambda: simulator.accounts[SLACK]["status"] == "connected")


async def test_google_messages_by_emoji(page: Page, simulator: Simulator) -> None:
    """The emoji to tap is a picture, and has a name for those who do not see it."""
    dialog = await configure(page, "Connect a new account")
    await expect(dialog.text("You have reached the account limit")).to_be_visible()
    await pictures.take(page, "connect")
    await dialog.box.get_by_role("radio", name="Google Messages").click()
    await dialog.send()
    await dialog.choose("Google account")
    session = await started(simulator)
    await dialog.answer(
        "What you copied", json.dumps(simulator.phone.codes(session.id))
    )

    instructions = "Tap the emoji on the Google Messages app on your phone"
    await expect(dialog.box.get_by_role("img", name=instructions)).to_be_visible()
    is_large = "image => image.naturalWidth > 0 && image.width > 200"
    await becomes(lambda: dialog.picture.evaluate(is_large), True)
    await pictures.take(page, "tap-emoji")

    simulator.phone.tap(session.id, simulator.phone.codes(session.id)["emoji"])
    await expect(dialog.text(CONNECTED)).to_be_visible()


async def test_new_signal_account(page: Page, simulator: Simulator) -> None:
    """A network with one way to sign in goes straight to its code."""
    accounts = set(simulator.accounts)
    dialog = await configure(page, "Connect a new account", "Signal")
    session = await started(simulator)
    await dialog.shows_code(await displayed(session))

    simulator.phone.scan(session.id)
    await expect(dialog.text(CONNECTED)).to_be_visible()
    [account_id] = set(simulator.accounts) - accounts
    assert simulator.accounts[account_id]["network"] == "Signal"


async def test_picture_has_a_name(page: Page, simulator: Simulator) -> None:
    """In Chromium's own accessibility tree a code is named by its instructions."""
    dialog = await repair(page, "Signal")
    await dialog.shows_code(await displayed(await started(simulator)))
    client = await page.context.new_cdp_session(page)

    async def is_named() -> bool:
        tree = await client.send("Accessibility.getFullAXTree")
        return "Scan the QR code on your Signal app to log in" in [
            node["name"]["value"]
            for node in tree["nodes"]
            if not node["ignored"] and node["role"]["value"] == "image"
        ]

    await becomes(is_named, True)
    await dialog.close()


async def test_sign_out(page: Page, simulator: Simulator) -> None:
    """Signing out says what will happen, and can be done without a mouse."""
    dialog = await configure(page, "Sign out an account")
    choice = dialog.box.get_by_role("radio")
    await expect(choice.first).to_be_visible()
    await pictures.take(page, "sign-out")
    await dialog.reach(choice.first)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(dialog.box.get_by_role("radio", name="Slack")).to_be_checked()
    await dialog.press(dialog.button("Next"))

    await expect(dialog.text("disappear from Beeper")).to_be_visible()
    await expect(dialog.box.locator("li")).to_have_text("Slack (Alice Example)")
    assert SLACK in simulator.accounts
    await pictures.take(page, "confirm-sign-out")
    await dialog.press(dialog.button("Sign out"))

    await expect(dialog.text("Slack (Alice Example) is signed out.")).to_be_visible()
    await pictures.take(page, "signed-out")
    assert SLACK not in simulator.accounts


async def test_settings(page: Page, simulator: Simulator, house: House) -> None:
    """An account that may not raise repairs loses its own."""
    # No other test looks at this one
    simulator.set_status("discordgo", "reconnect_required")
    await house.look()
    name = "Discord (alice_example)"
    repair = page.locator("ha-list-item-button", has_text=f"{name} needs you")
    await expect(repair).to_be_visible()

    dialog = await configure(page, "Settings")
    choice = dialog.box.get_by_role("checkbox", name=name)
    await expect(choice).to_be_checked()
    await pictures.take(page, "settings")
    await dialog.text(name).click()
    await expect(choice).not_to_be_checked()
    await dialog.send("Submit")
    await dialog.send("Finish")
    await expect(dialog.button("Finish")).to_be_hidden()

    await go(page, "/config/repairs")
    await expect(issue(page, "WhatsApp")).to_be_visible()
    await expect(repair).to_be_hidden()


@pytest.mark.parametrize("step", ["form", "code"])
async def test_closed_half_way(page: Page, simulator: Simulator, step: str) -> None:
    """Closing a dialog cancels its login session in Beeper."""
    account = "Slack" if step == "form" else "WhatsApp"
    dialog = await repair(page, account)
    await dialog.choose("Email" if step == "form" else "QR")
    session = await started(simulator)
    shown = dialog.field("Email") if step == "form" else dialog.picture
    await expect(shown).to_be_visible()

    await dialog.close()

    await until(lambda: session.status == "cancelled")
    assert live(simulator) == []
    await expect(issue(page, account)).to_be_visible()


async def test_two_windows(page: Page, tab: Page, simulator: Simulator) -> None:
    """The later dialog takes over, the earlier one says so and can take it back."""
    earlier = await repair(page, "Signal")
    first = await started(simulator)
    await earlier.shows_code(await displayed(first))
    await tab.goto("/config/repairs")
    later = await repair(tab, "Signal")

    await expect(earlier.text("in another window")).to_be_visible()
    await pictures.take(page, "taken-over")
    await until(lambda: first.status == "cancelled")
    await later.shows_code(await displayed(await started(simulator)))

    await earlier.send("Continue here instead")
    await expect(later.text("in another window")).to_be_visible()
    session = await started(simulator)
    await earlier.shows_code(await displayed(session))
    simulator.phone.scan(session.id)
    await expect(earlier.text(CONNECTED)).to_be_visible()


async def test_start_over(page: Page, simulator: Simulator) -> None:
    """A failure is told in the network's words, and the same dialog can try again."""
    dialog = await repair(page, "WhatsApp")
    await dialog.choose("QR")
    session = await started(simulator)
    await dialog.shows_code(await displayed(session))
    simulator.phone.refuse(session.id)
    await expect(dialog.text(FATAL_ERRORS["cancelled_on_phone"])).to_be_visible()
    await pictures.take(page, "failed")

    await dialog.send("Start over")
    session = await started(simulator)
    await dialog.shows_code(await displayed(session))
    simulator.phone.fail(session.id, "rate_limited")
    await dialog.switch.click()
    await dialog.send("Start over")
    await dialog.choose("QR")
    simulator.phone.scan((await started(simulator)).id)
    await expect(dialog.text(CONNECTED)).to_be_visible()


async def test_by_keyboard_alone(
    page: Page, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the list of repairs to the end, nothing needs a mouse."""
    monkeypatch.setitem(FLOWS, "signal", FLOWS["slackgo"])
    dialog = await repair_by_keyboard(page, "Signal")
    ways = dialog.box.get_by_role("radio")
    await expect(ways).to_have_count(3)
    await dialog.reach(ways.first)
    await page.keyboard.press("ArrowDown")
    await expect(ways.nth(1)).to_be_checked()
    await dialog.press(dialog.button("Next"))
    session = await started(simulator)
    await expect(dialog.field("What you copied")).to_be_visible()
    simulator.phone.fail(session.id, "rate_limited")
    cookies = {"auth_token": "xoxc-Hello", "cookie_token": "xoxd-Hello"}
    await dialog.type("What you copied", json.dumps(cookies))
    await dialog.press(dialog.button("Next"))
    await dialog.reach(dialog.switch)
    await page.keyboard.press("Space")
    await expect(dialog.switch).to_have_js_property("checked", True)
    await dialog.press(dialog.button("Start over"))
    await dialog.press(dialog.button("Next"))
    session = await started(simulator)

    await dialog.type("Email", "alice@example.com")
    await dialog.press(dialog.button("Next"))
    code = "Confirmation code"
    await expect(dialog.field(code)).to_be_visible()
    await dialog.type(code, simulator.phone.codes(session.id)["code"])
    await page.keyboard.press("Enter")
    workspace = dialog.box.locator("ha-selector-select")
    await expect(workspace).to_be_visible()
    await pictures.take(page, "select")
    await dialog.reach(workspace)
    await page.keyboard.press("Space")
    options = workspace.get_by_role("menuitem")
    await expect(options.first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(options.last).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(options.last).to_be_hidden()
    await expect(workspace).to_contain_text("Example Ltd Guests")
    await dialog.press(dialog.button("Next"))

    await expect(dialog.text(CONNECTED)).to_be_visible()
    await dialog.press(dialog.button("Finish"))
    await expect(dialog.button("Finish")).to_be_hidden()
    await expect(issue(page, "Signal")).to_be_hidden()


async def test_closed_by_keyboard(page: Page, simulator: Simulator) -> None:
    """A dialog that waits can be left without a mouse."""
    dialog = await repair_by_keyboard(page, "Signal")
    session = await started(simulator)
    await dialog.shows_code(await displayed(session))

    await dialog.press(dialog.button("Close"))

    await until(lambda: session.status == "cancelled")


def _hostile_login(attempt: Attempt) -> Flow:
    """Ask for everything, and put markup into all of it."""
    fields = [
        {"id": "a", "label": HOSTILE, "placeholder": HOSTILE, "type": "text"},
        {
            "id": "b",
            "label": HOSTILE,
            "type": "select",
            "options": ["<b>b</b>", HOSTILE],
            "initialValue": "<b>b</b>",
        },
    ]
    yield Step("user_input", "form", HOSTILE, {"fields": fields})
    yield Step(
        "display_and_wait", "qr", HOSTILE, {"display": {"type": "qr", "data": SHOWN}}
    )
    yield Step(
        "display_and_wait",
        "code",
        HOSTILE,
        {"display": {"type": "code", "data": HOSTILE}},
    )
    yield Step(
        "display_and_wait",
        "emoji",
        HOSTILE,
        {"display": {"type": "emoji", "imageURL": f"https://127.0.0.1:1/\"'>{SHOWN}"}},
    )
    yield Step(
        "cookies",
        "cookies",
        HOSTILE,
        {
            "url": f"javascript:window.hacked=1//{HOSTILE}",
            "fields": [{"id": "c", "name": HOSTILE, "type": "cookie"}],
            "extractJS": f"</code></pre>{MARKUP}\n\n{MARKUP}",
        },
    )
    raise LoginFailed("wrong_emoji")


async def test_hostile_network(
    page: Page, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a network says is shown as text, and the dialog stays usable."""
    flow = LoginFlow("<b>", HOSTILE, HOSTILE, _hostile_login)
    monkeypatch.setitem(FLOWS, "signal", (flow, flow))
    monkeypatch.setitem(FATAL_ERRORS, "wrong_emoji", HOSTILE)
    dialog = Dialog(page)
    text = dialog.box.locator("ha-markdown").first

    async def is_harmless(*elements: str) -> None:
        await dialog.has_active(*elements)
        assert await page.evaluate("window.hacked") is None
        length = await dialog.box.evaluate("box => box.shadowRoot.textContent.length")
        assert length < 10_000

    await issue(page, "Signal").click()
    await expect(dialog.text(SHOWN).first).to_be_visible()
    await pictures.take(page, "hostile-choice")
    await is_harmless()

    await dialog.choose("<img")
    session = await started(simulator)
    await expect(text).to_contain_text(SHOWN)
    await pictures.take(page, "hostile-form")
    await is_harmless()
    await dialog.box.get_by_role("textbox").first.fill("Hello")
    await dialog.send()

    await expect(dialog.picture).to_be_visible()
    await expect(text).to_contain_text(SHOWN)
    await pictures.take(page, "hostile-qr-code")
    await page.set_viewport_size({"width": 390, "height": 844})
    await dialog.shows_code(SHOWN)
    await is_harmless("img")
    simulator.phone.scan(session.id)

    heading = dialog.box.get_by_role("heading", level=1)
    await expect(heading).to_contain_text("<img src=x onerror=")
    await pictures.take(page, "hostile-code")
    await is_harmless()
    simulator.phone.approve(session.id)

    await expect(dialog.picture).to_have_attribute(
        "src", str(URL(f"https://127.0.0.1:1/\"'>{SHOWN}"))
    )
    await expect(text).to_contain_text(SHOWN)
    await is_harmless("img")
    simulator.phone.tap(session.id, "⭐")

    # What is no page has no link
    await expect(text).to_contain_text("the developer tools with F12: –")
    await pictures.take(page, "hostile-cookies")
    await is_harmless()
    await dialog.answer("What you copied", json.dumps({"c": "Hello"}))

    await expect(dialog.text("That did not work")).to_be_visible()
    await expect(text).to_contain_text(SHOWN)
    await pictures.take(page, "hostile-failure")
    await is_harmless()
    await dialog.send("Start over")
    await expect(dialog.box.get_by_role("textbox").first).to_be_visible()


async def test_hostile_name(page: Page, simulator: Simulator, house: House) -> None:
    """What accounts and people are called is shown as text in every place."""
    simulator.add_account(
        {
            "accountID": "hostile",
            "bridge": {"id": "local-signal", "provider": "local", "type": "signal"},
            "network": MARKUP,
            "loginID": "hostile",
            "status": "reconnect_required",
            "statusText": HOSTILE,
            "user": {"id": "hostile", "fullName": HOSTILE, "isSelf": True},
        }
    )
    await house.look()
    await page.locator("ha-list-item-button", has_text="<img src=x").click()
    dialog = Dialog(page)
    await dialog.shows_code(await displayed(await started(simulator)))
    await expect(dialog.box.locator("ha-markdown")).to_contain_text(SHOWN[:50])
    await pictures.take(page, "hostile-name")
    await dialog.has_active("img")
    await dialog.close()

    dialog = await configure(page, "Reconnect an account")
    choice = dialog.box.get_by_role("radio", name="<img src=x")
    await expect(choice).to_be_visible()
    await pictures.take(page, "hostile-choice")
    # The dialog's own link to the documentation
    await dialog.has_active("a")
    await choice.click()
    await dialog.send()
    await dialog.shows_code(await displayed(await started(simulator)))
    assert await page.evaluate("window.hacked") is None
    await dialog.close()
