"""The phone page in a real browser."""

import re
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Page, expect
import pytest

from simulator import Simulator

MARKUP = '<img src=x onerror="document.title = `hacked`"><b>bold</b>'


@pytest.fixture
async def page(sim: Simulator, page: Page) -> Page:
    """Open the phone page."""
    await page.goto(f"{sim.url}/phone")
    return page


async def start_login(client: ClientSession, bridge_id: str, **body: str) -> Any:
    """Start a login session."""
    path = f"/v1/bridges/{bridge_id}/login-sessions"
    async with client.post(path, json=body) as response:
        return await response.json()


async def enter_codes(
    sim: Simulator, client: ClientSession, session: Any, kind: str
) -> Any:
    """Answer the step of a session with what the person knows; return the session."""
    session_id, step_id = session["loginSessionID"], session["currentStep"]["stepID"]
    path = f"/v1/bridges/{session['bridgeID']}/login-sessions/{session_id}/steps/"
    body = {"type": kind, "fields": sim.phone.codes(session_id)}
    async with client.post(path + step_id, json=body) as response:
        assert response.status == 200
        return await response.json()


async def test_person_plays_the_other_side(
    sim: Simulator, client: ClientSession, page: Page
) -> None:
    """Sessions show up by themselves, with what is displayed, and can be acted on."""
    await expect(page.get_by_text("Nobody is signing in")).to_be_visible()

    session = await start_login(client, "local-whatsapp", flowID="qr")
    card = page.locator(f'[data-session="{session["loginSessionID"]}"]')
    shown = card.locator("code")
    first = session["currentStep"]["display"]["data"]
    await expect(shown).to_have_text(first)

    await card.get_by_role("button", name="New code now").click()
    await expect(shown).not_to_have_text(first)

    await card.get_by_role("button", name="Scan").click()
    await expect(card).to_contain_text("complete")
    await expect(card.get_by_role("button")).to_have_count(0)
    assert sim.sessions[session["loginSessionID"]].status == "complete"


async def test_person_knows_the_code_that_was_sent(
    sim: Simulator, client: ClientSession, page: Page
) -> None:
    """What the network sent can be read off, to be typed in."""
    session = await start_login(client, "local-telegram", flowID="phone")
    session_id = session["loginSessionID"]
    await enter_codes(sim, client, session, "user_input")

    card = page.locator(f'[data-session="{session_id}"]')

    await expect(card.locator("dt")).to_have_text("Code")
    [code] = sim.phone.codes(session_id).values()
    await expect(card.locator("dd")).to_have_text(code)


async def test_person_taps_an_emoji(
    sim: Simulator, client: ClientSession, page: Page
) -> None:
    """The displayed emoji is among those that can be tapped."""
    session = await start_login(client, "gmessages", flowID="google")
    session = await enter_codes(sim, client, session, "cookies")
    image_url = session["currentStep"]["display"]["imageURL"]
    (name,) = re.findall(r"/emoji/(\w+)\.svg$", image_url)

    card = page.locator(f'[data-session="{session["loginSessionID"]}"]')
    await expect(card.get_by_alt_text("The emoji")).to_have_js_property(
        "complete", True
    )
    await card.get_by_role("button", name=f"Tap {name}").click()

    await expect(card).to_contain_text("complete")


async def test_person_sets_a_status(sim: Simulator, page: Page) -> None:
    """An account's status follows the choice, and the page goes on to refresh."""
    choice = page.get_by_label("Status of discordgo")
    await expect(choice).to_have_value("disabled")

    # The page shows the choice before Beeper knows of it
    async with page.expect_response("**/control/accounts/discordgo/status"):
        await choice.select_option("reconnect_required")
    await expect(choice).to_have_value("reconnect_required")
    assert sim.accounts["discordgo"]["status"] == "reconnect_required"

    sim.set_status("discordgo", "hibernating", "Zzz")
    await expect(choice).to_have_value("hibernating")
    await expect(page.get_by_text("Zzz")).to_be_visible()


async def test_everything_is_escaped(
    sim: Simulator, client: ClientSession, page: Page
) -> None:
    """Markup from a network is shown as text and does nothing."""
    account = sim.accounts["discordgo"]
    sim.add_account(
        account
        | {
            "accountID": MARKUP,
            "network": MARKUP,
            "status": MARKUP,
            "statusText": MARKUP,
            "user": {"id": MARKUP, "fullName": MARKUP},
        }
    )
    await start_login(client, "discordgo", flowID="qr", accountID=MARKUP)

    await expect(page.locator("#accounts")).to_contain_text(MARKUP)
    await expect(page.locator("#sessions")).to_contain_text(MARKUP)
    await expect(page.locator("b")).to_have_count(0)
    await expect(page.locator("img")).to_have_count(0)
    await expect(page).to_have_title("The phone · simulated Beeper")


async def test_page_needs_nothing_from_elsewhere(
    sim: Simulator, client: ClientSession
) -> None:
    """The page is whole in itself, and its policy forbids anything else."""
    async with client.get("/phone") as response:
        policy = response.headers["Content-Security-Policy"]
        html = await response.text()

    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http:" not in html
    assert "https:" not in html
