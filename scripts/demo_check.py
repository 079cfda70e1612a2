"""The demo without a person: page, simulator and log compared, before and after a restart."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
import json
from pathlib import Path
import re
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import aiohttp
from playwright.async_api import Page, expect

from .browser import sign_in
from .demo_setup import TILES, Demo, DemoFailed
from .home_assistant import INTEGRATION, PASSWORD, USERNAME, log_records

type Say = Callable[[str], None]

# Seconds until the page shows what it should; the integration polls every 15.
PAGE_TIMEOUT: Final = 60
LOOK_INTERVAL: Final = 0.2

# What of the log is about this integration, and the one warning that every custom
# integration gets.
OURS: Final = re.compile(r"custom_components[./]beeper|(?<![\w/-])beeper(?![\w/-])")
EXPECTED_WARNING: Final = (
    "We found a custom integration beeper which has not been tested by Home Assistant"
)

# Where a tile of the dashboard has its two texts
NAME: Final = "span.primary"
STATE: Final = "state-display"

STATES_FILE: Final = INTEGRATION / "translations" / "en.json"

# The account with which the check plays a reconnect
WHATSAPP: Final = "local-whatsapp_ba_rG7f0Jc4mQ9zYw"


class Shown(NamedTuple):
    """What a person reads about one account on the dashboard."""

    name: str
    state: str


async def check(page: Page, demo: Demo, screenshot: Path, say: Say) -> None:
    """Play with the demo on a page of nobody, and tell what is as it should be.

    Home Assistant is restarted once. Raises DemoFailed where the page differs from the
    simulator. What Home Assistant had to complain is looked at when it is stopped:
    `check_log`.
    """
    await sign_in(page, demo.dashboard_url, USERNAME, PASSWORD)
    await _check_page(page, demo, screenshot, say)
    if WHATSAPP in demo.account_names:
        await _check_reconnect(page, demo, screenshot, say)
    await _check_restart(page, demo, screenshot, say)


def check_log(log: str) -> None:
    """Look through the log of a Home Assistant that is stopped.

    Raises DemoFailed where it complains about the integration.
    """
    if not any(EXPECTED_WARNING in record for _, record in log_records(log)):
        raise DemoFailed(
            "Home Assistant's log cannot be read: it lacks the warning that every custom "
            f"integration gets. It begins with:\n{log[:500]}"
        )
    if found := complaints(log):
        raise DemoFailed(
            "Home Assistant's log has complaints about the integration:\n"
            + "\n".join(found)
        )


async def _check_page(page: Page, demo: Demo, screenshot: Path, say: Say) -> None:
    """Compare the page with the simulator, now and after a change there."""
    expected = await expected_on_page(demo)
    if not expected:
        raise DemoFailed("This scenario has no accounts: there is nothing to check")
    await _wait_until_shown(page, demo, expected, screenshot)
    say(f"{len(expected)} accounts are shown in the state that the simulator serves:")
    for shown in expected:
        say(f"  {shown.name}: {shown.state}")
    say(f"Screenshot: {screenshot}")

    await page.evaluate("window.loadedOnce = true")
    name, status = await _change_first(demo)
    if WHATSAPP in demo.account_names:
        await _set_status(demo, WHATSAPP, "connected")  # for what comes next
    await _wait_until_shown(
        page,
        demo,
        await expected_on_page(demo),
        screenshot.with_stem(f"{screenshot.stem}-changed"),
    )
    if not await page.evaluate("window.loadedOnce === true"):
        raise DemoFailed(
            "The page was loaded again while it should have followed by itself"
        )
    say(f"{name} was set to {status}, and the page followed by itself.")


async def _change_first(demo: Demo) -> tuple[str, str]:
    """Give the first account another status; returns its name, and the status."""
    account_id, name = next(iter(demo.account_names.items()))
    status = (
        "connected"
        if demo.simulator.accounts[account_id]["status"] != "connected"
        else "disconnected"
    )
    await _set_status(demo, account_id, status)
    return name, status


async def _check_reconnect(page: Page, demo: Demo, screenshot: Path, say: Say) -> None:
    """Lose WhatsApp, which is shown as connected.

    The README's automation has to bring it back via the phone.
    """
    simulator = demo.simulator
    after = screenshot.with_stem(f"{screenshot.stem}-reconnected")
    await _set_status(demo, WHATSAPP, "reconnect_required")
    async with _patience("the automation did not start a reconnect"):
        while not simulator.waiting:
            await asyncio.sleep(LOOK_INTERVAL)
    [session_id] = [
        session_id
        for session_id, session in simulator.sessions.items()
        if session.waiting.is_set()
    ]
    await _wait_for_notification(demo, "Scan the QR code")
    code = page.locator("hui-picture-entity-card img")
    await expect(code).to_be_visible(timeout=PAGE_TIMEOUT * 1000)
    await code.evaluate("image => image.decode()")
    await page.screenshot(path=screenshot.with_stem(f"{screenshot.stem}-reconnect"))

    shown = await code.get_attribute("src")
    simulator.phone.rotate(session_id)
    await expect(code).not_to_have_attribute(
        "src", shown or "", timeout=PAGE_TIMEOUT * 1000
    )
    simulator.phone.scan(session_id)
    await _wait_for_notification(demo, "WhatsApp is connected again.")
    async with _patience("WhatsApp did not become connected"):
        while simulator.accounts[WHATSAPP]["status"] != "connected":
            await asyncio.sleep(LOOK_INTERVAL)
    await _wait_until_shown(page, demo, await expected_on_page(demo), after)
    say("WhatsApp was lost, and the automation of the README brought it back.")


async def _check_restart(page: Page, demo: Demo, screenshot: Path, say: Say) -> None:
    """Restart Home Assistant, and compare the page with the simulator once more.

    An account changes meanwhile: what is only remembered would be wrong.
    """
    await demo.home_assistant.stop()
    name, status = await _change_first(demo)
    await demo.home_assistant.start()
    await page.goto(demo.dashboard_url)
    await _wait_until_shown(
        page,
        demo,
        await expected_on_page(demo),
        screenshot.with_stem(f"{screenshot.stem}-restarted"),
    )
    say(
        f"Home Assistant was restarted while {name} was set to {status}, and all "
        f"{len(demo.account_names)} accounts are right again."
    )


@asynccontextmanager
async def _patience(otherwise: str) -> AsyncIterator[None]:
    """Wait for something to happen, but not for ever."""
    try:
        async with asyncio.timeout(PAGE_TIMEOUT):
            yield
    except TimeoutError:
        raise DemoFailed(f"After {PAGE_TIMEOUT} s {otherwise}") from None


async def _wait_for_notification(demo: Demo, text: str) -> None:
    """Wait until the phone of the demo shows this text."""
    async with _patience(f"the phone did not show {text!r}"):
        while not any(
            text in notification["message"]
            for notification in await demo.home_assistant.command(
                "persistent_notification/get"
            )
        ):
            await asyncio.sleep(LOOK_INTERVAL)


async def _wait_until_shown(
    page: Page, demo: Demo, expected: Sequence[Shown], screenshot: Path
) -> None:
    """Wait until the page shows what is expected.

    Takes a screenshot of what it shows in the end.
    """
    rows = page.locator("beeper-accounts-card").get_by_role("listitem")
    section = page.locator("hui-section").filter(has_text=TILES)
    tiles = section.locator("hui-tile-card")
    milliseconds = PAGE_TIMEOUT * 1000
    try:
        await expect(rows).to_have_count(len(expected), timeout=milliseconds)
        for account in expected:
            await expect(rows.filter(has_text=account.name)).not_to_have_count(
                0, timeout=milliseconds
            )
        await expect(tiles.locator(NAME)).to_have_text(
            [shown.name for shown in expected], timeout=milliseconds
        )
        await expect(tiles.locator(STATE)).to_have_text(
            [shown.state for shown in expected], timeout=milliseconds
        )
    except AssertionError:
        shown = [
            Shown(
                " ".join(await tile.locator(NAME).all_inner_texts()),
                " ".join(await tile.locator(STATE).all_inner_texts()),
            )
            for tile in await tiles.all()
        ]
        raise DemoFailed(
            f"After {PAGE_TIMEOUT} s the page still differs from what the simulator serves "
            f"(screenshot: {screenshot}):\n"
            + "\n".join(differences(expected, shown))
            + f"\n{demo.home_assistant.end_of_log}"
        ) from None
    finally:
        screenshot.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=screenshot, full_page=True)


def differences(expected: Sequence[Shown], shown: Sequence[Shown]) -> list[str]:
    """Explain, a line each, what the page shows otherwise than expected.

    The order of accounts is not looked at.
    """
    lines = []
    for account in [account for account in expected if account not in shown]:
        others = [other.state for other in shown if other.name == account.name]
        instead = (
            f"is shown as {' and '.join(map(repr, others))}"
            if others
            else "is not shown"
        )
        lines.append(
            f"  {account.name} {instead}, the simulator serves {account.state!r}"
        )
    known = {account.name for account in expected}
    lines += [
        f"  {account.name} is shown, the simulator does not serve it"
        for account in shown
        if account.name not in known
    ]
    return lines


async def expected_on_page(demo: Demo) -> list[Shown]:
    """Say how the simulator's accounts should look on the page.

    Asks the simulator, as any client would.
    """
    headers = {"Authorization": f"Bearer {demo.simulator.read_only_token}"}
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.get(f"{demo.simulator.url}/v1/accounts", headers=headers) as response,
    ):
        accounts = {account["accountID"]: account for account in await response.json()}
    words = json.loads(STATES_FILE.read_text())["entity"]["sensor"]["status"]["state"]
    return [
        Shown(name, in_words(accounts[account_id], words))
        for account_id, name in demo.account_names.items()
    ]


def in_words(account: dict[str, Any], words: dict[str, str]) -> str:
    """Tell an account's status as its tile should.

    That is the state's translation and Beeper's own text, if there is one.
    """
    return " · ".join(
        filter(
            None, [words.get(account["status"], "Unknown"), account.get("statusText")]
        )
    )


async def _set_status(demo: Demo, account_id: str, status: str) -> None:
    url = f"{demo.simulator.url}/control/accounts/{quote(account_id, safe='')}/status"
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.post(url, json={"status": status}),
    ):
        pass


def complaints(log: str) -> list[str]:
    """Return the records of Home Assistant's log that are about this integration.

    Only warnings and worse are among them.
    """
    return [
        record
        for level, record in log_records(log)
        if level in ("WARNING", "ERROR", "CRITICAL")
        and OURS.search(record)
        and EXPECTED_WARNING not in record
    ]
