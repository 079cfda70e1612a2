"""The integration on show, with a simulated Beeper and a real Home Assistant.

A dashboard shows the accounts. `scripts/demo` lets a person play with them.
`scripts/demo --check` plays itself, in a headless browser, and compares what the page
shows with what the simulator serves.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import re
import signal
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import aiohttp
from playwright.async_api import Error as BrowserError, Page, expect
import yaml

from simulator import ScenarioError, Simulator, load_scenario

from .browser import browser, new_page, sign_in
from .home_assistant import (
    INTEGRATION,
    PASSWORD,
    USERNAME,
    HomeAssistant,
    HomeAssistantFailed,
    free_port,
    is_free,
    log_records,
    running_home_assistant,
)

BEEPER_PORT: Final = 23373
HOME_ASSISTANT_PORT: Final = 8123

DASHBOARD: Final = "beeper-accounts"
SCREENSHOT: Final = Path(".cache/demo/accounts.png")

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

# The account, and the README's automation, with which the check plays a reconnect
WHATSAPP: Final = "local-whatsapp_ba_rG7f0Jc4mQ9zYw"
README: Final = Path(__file__).parents[1] / "README.md"
AUTOMATION: Final = re.compile(
    r"<!-- example: reconnect -->\n```yaml\n(.*?)```", re.DOTALL
)


class DemoFailed(Exception):
    """The demo cannot go on, or its check found a difference.

    The message is meant for a person.
    """


class Shown(NamedTuple):
    """What a person reads about one account on the dashboard."""

    name: str
    state: str


@dataclass(frozen=True)
class Demo:
    """A simulated Beeper and a Home Assistant in which it is set up."""

    simulator: Simulator
    home_assistant: HomeAssistant
    account_names: dict[str, str]  # by account id, in the order of the dashboard

    @property
    def dashboard_url(self) -> str:
        """The address of the accounts' dashboard."""
        return f"{self.home_assistant.url}/{DASHBOARD}"


@asynccontextmanager
async def running_demo(
    folder: Path, *, scenario: str, beeper_port: int, home_assistant_port: int
) -> AsyncIterator[Demo]:
    """Run simulator and Home Assistant, set the integration up and make the dashboard.

    `folder` is an empty one for Home Assistant's configuration. Raises DemoFailed and
    HomeAssistantFailed.
    """
    try:
        simulator = Simulator(load_scenario(scenario), port=beeper_port)
    except ScenarioError as err:
        raise DemoFailed(str(err)) from err
    async with (
        simulator,
        running_home_assistant(folder, home_assistant_port) as home_assistant,
    ):
        entry_id = await home_assistant.add_integration(
            "beeper",
            {
                "user": {"url": simulator.url},
                "sign_in": {"next_step_id": "access_token"},
                "access_token": {"access_token": simulator.token},
            },
        )
        account_names = await _create_dashboard(simulator, home_assistant, entry_id)
        await _create_automation(home_assistant)
        yield Demo(simulator, home_assistant, account_names)


async def _create_automation(home_assistant: HomeAssistant) -> None:
    """Add the automation of the README, as a person would paste it into the editor."""
    found = AUTOMATION.search(README.read_text())
    if found is None:
        raise DemoFailed("README.md has no automation to run")
    await home_assistant.post(
        "/api/config/automation/config/reconnect", yaml.safe_load(found[1])
    )


async def _create_dashboard(
    simulator: Simulator, home_assistant: HomeAssistant, entry_id: str
) -> dict[str, str]:
    """Save a dashboard made of core's cards only.

    Returns the accounts' names by id, in its order.
    """
    entities = {
        entity["unique_id"]: entity
        for entity in await home_assistant.command("config/entity_registry/list")
        if entity["config_entry_id"] == entry_id
    }
    devices = {
        device["id"]: device
        for device in await home_assistant.command("config/device_registry/list")
    }

    sensors = {
        account_id: f"{entry_id}_{account_id}_status"
        for account_id in simulator.accounts
    }
    if missing := [
        account_id for account_id, sensor in sensors.items() if sensor not in entities
    ]:
        raise DemoFailed(
            f"Home Assistant has no status sensor for {', '.join(missing)}"
        )
    names = {
        account_id: devices[entities[sensor]["device_id"]]["name"]
        for account_id, sensor in sensors.items()
    }

    await home_assistant.command(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Accounts",
        icon="mdi:message-badge",
        mode="storage",
    )
    await home_assistant.command(
        "lovelace/config/save",
        url_path=DASHBOARD,
        config=dashboard(
            accounts=[entities[sensor]["entity_id"] for sensor in sensors.values()],
            hub=[
                entities[f"{entry_id}_{key}"]["entity_id"]
                for key in (
                    "accounts_connected",
                    "accounts_needing_attention",
                    "login_session",
                )
            ],
            qr_code=entities[f"{entry_id}_login_qr_code"]["entity_id"],
            phone_page=f"{simulator.url}/phone",
        ),
    )
    return names


def dashboard(
    *, accounts: Sequence[str], hub: Sequence[str], qr_code: str, phone_page: str
) -> dict[str, Any]:
    """Describe the dashboard: a tile per account, the hub's sensors, and how to play.

    Accounts are given by entity id.
    """
    account_tiles = [
        {
            "type": "tile",
            "entity": entity_id,
            "name": {"type": "device"},
            "state_content": ["state", "status_text"],
            "icon_tap_action": {
                "action": "perform-action",
                "perform_action": "beeper.reconnect_account",
                "target": {"entity_id": entity_id},
            },
            "grid_options": {"columns": "full"},
        }
        for entity_id in accounts
    ]
    hub_tiles = [
        {
            "type": "tile",
            "entity": entity_id,
            "name": {"type": "entity"},
            "grid_options": {"columns": "full"},
        }
        for entity_id in hub
    ]
    code_to_scan = {
        "type": "picture-entity",
        "entity": qr_code,
        "show_name": False,
        "show_state": False,
        "visibility": [
            {
                "condition": "state",
                "entity": hub[-1],
                "state": "waiting_for_display",
            }
        ],
        "grid_options": {"columns": "full"},
    }
    how_to_play = {
        "type": "markdown",
        "content": f"Beeper is simulated here. [Its phone page]({phone_page}) plays everything outside of Home Assistant: "
        "there an account loses its connection, and there a QR code gets scanned. Changes show up here within 15 seconds. "
        "Click the icon of an account to reconnect it; when WhatsApp loses its connection an automation does.",
        "grid_options": {"columns": "full"},
    }
    sections: list[tuple[str, list[dict[str, Any]]]] = [
        ("Accounts", account_tiles),
        ("Beeper", [*hub_tiles, code_to_scan, how_to_play]),
    ]
    return {
        "views": [
            {
                "title": "Accounts",
                "type": "sections",
                "max_columns": 2,
                "sections": [
                    {
                        "type": "grid",
                        "cards": [{"type": "heading", "heading": heading}, *cards],
                    }
                    for heading, cards in sections
                ],
            }
        ]
    }


async def show(arguments: argparse.Namespace) -> None:
    """Run the demo for a person until it is cancelled."""
    with TemporaryDirectory(prefix="demo-") as folder:
        print("Starting Home Assistant. This takes some seconds.", flush=True)
        async with running_demo(
            Path(folder),
            scenario=arguments.scenario,
            beeper_port=choose_port(arguments.port, BEEPER_PORT),
            home_assistant_port=choose_port(
                arguments.home_assistant_port, HOME_ASSISTANT_PORT
            ),
        ) as demo:
            print(
                f"\n  Home Assistant  {demo.dashboard_url}"
                f"\n  to get in       {USERNAME} / {PASSWORD}"
                f"\n  phone page      {demo.simulator.url}/phone (plays the other side: networks and phones)"
                f"\n  to stop         Ctrl-C\n",
                flush=True,
            )
            await demo.home_assistant.ended()


async def check(arguments: argparse.Namespace) -> None:
    """Run the demo without a person.

    Raises DemoFailed where the page differs from the simulator.
    """
    with TemporaryDirectory(prefix="demo-") as folder:
        async with (
            running_demo(
                Path(folder),
                scenario=arguments.scenario,
                beeper_port=choose_port(arguments.port, 0),
                home_assistant_port=choose_port(arguments.home_assistant_port, 0),
            ) as demo,
            browser() as chromium,
            new_page(chromium) as page,
        ):
            await sign_in(page, demo.dashboard_url, USERNAME, PASSWORD)
            await _check_page(page, demo, arguments.screenshot)
            if WHATSAPP in demo.account_names:
                await _check_reconnect(page, demo, arguments.screenshot)
        if found := complaints(demo.home_assistant.log):
            raise DemoFailed(
                "Home Assistant's log has complaints about the integration:\n"
                + "\n".join(found)
            )
    print(
        "The demo is as it should be: no difference between page and simulator, no complaint in the log."
    )


async def _check_page(page: Page, demo: Demo, screenshot: Path) -> None:
    """Compare the page with the simulator, now and after a change there."""
    expected = await expected_on_page(demo)
    if not expected:
        raise DemoFailed("This scenario has no accounts: there is nothing to check")
    await _wait_until_shown(page, demo, expected, screenshot)
    print(f"{len(expected)} accounts are shown in the state that the simulator serves:")
    for shown in expected:
        print(f"  {shown.name}: {shown.state}")
    print(f"Screenshot: {screenshot}", flush=True)

    await page.evaluate("window.loadedOnce = true")
    account_id, name = next(iter(demo.account_names.items()))
    status = (
        "connected"
        if demo.simulator.accounts[account_id]["status"] != "connected"
        else "disconnected"
    )
    await _set_status(demo, account_id, status)
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
    print(f"{name} was set to {status}, and the page followed by itself.", flush=True)


async def _check_reconnect(page: Page, demo: Demo, screenshot: Path) -> None:
    """Lose WhatsApp, and see the README's automation bring it back via the phone."""
    simulator = demo.simulator
    after = screenshot.with_stem(f"{screenshot.stem}-reconnected")
    await _set_status(demo, WHATSAPP, "connected")
    await _wait_until_shown(page, demo, await expected_on_page(demo), after)
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
    print("WhatsApp was lost, and the automation of the README brought it back.")


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
    tiles = page.locator("hui-section").first.locator("hui-tile-card")
    milliseconds = PAGE_TIMEOUT * 1000
    try:
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


def choose_port(asked: int | None, usual: int) -> int:
    """Return the port that was asked for, else the usual one, else any free one.

    With a usual port of 0 it is any free one, too.
    """
    if asked is None:
        return free_port(usual)
    if not is_free(asked):
        raise DemoFailed(
            f"Port {asked} is in use. Leave the option out, and a free one is taken."
        )
    return asked


async def run(arguments: argparse.Namespace) -> None:
    """Show or check; SIGINT and SIGTERM cancel it, so that all is stopped in order."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await (check if arguments.check else show)(arguments)


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Show Beeper accounts in a real Home Assistant.",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="check it in a headless browser instead, then end",
    )
    parser.add_argument(
        "--scenario",
        default="home",
        help="name of one of the simulator's scenarios (default: home), or a YAML file",
    )
    parser.add_argument(
        "--port",
        type=int,
        help=f"of the simulated Beeper (default: {BEEPER_PORT} or a free one)",
    )
    parser.add_argument(
        "--home-assistant-port",
        type=int,
        help=f"of Home Assistant (default: {HOME_ASSISTANT_PORT} or a free one)",
    )
    parser.add_argument(
        "--screenshot",
        type=Path,
        default=SCREENSHOT,
        help=f"where --check writes it (default: {SCREENSHOT})",
    )
    arguments = parser.parse_args()
    try:
        asyncio.run(run(arguments))
    except asyncio.CancelledError:
        print("Stopped.")
        # A person ends the demo this way; a check that was interrupted has not passed.
        return 128 + signal.SIGINT if arguments.check else 0
    except (DemoFailed, HomeAssistantFailed, BrowserError) as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
