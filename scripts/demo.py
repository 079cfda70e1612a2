"""The integration on show, with a simulated Beeper and a real Home Assistant.

A dashboard shows the accounts. `scripts/demo` lets a person play with them.
`scripts/demo --check` plays itself, in a headless browser, and compares what the page
shows with what the simulator serves. With `--home-assistant` both do so as for a user:
in a Home Assistant of that version, with the zip of a release.
"""

import argparse
import asyncio
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
import signal
import sys
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, Error as BrowserError

from .browser import browser, new_page
from .demo_check import check, check_log
from .demo_setup import DemoFailed, running_demo
from .home_assistant import (
    PASSWORD,
    USERNAME,
    HomeAssistantFailed,
    Release,
    environment_on_top,
    free_port,
    is_free,
)
from .installation import (
    LOCKED,
    NEWEST,
    InstallationFailed,
    find_versions,
    installation,
    installed_in,
)
from .pack import PackFailed, look_into, pack

BEEPER_PORT: Final = 23373
HOME_ASSISTANT_PORT: Final = 8123

SCREENSHOT: Final = Path(".cache/demo/accounts.png")

# What a person can read and act upon
FAILURES: Final = (
    BrowserError,
    DemoFailed,
    HomeAssistantFailed,
    InstallationFailed,
    PackFailed,
)


async def show(arguments: argparse.Namespace) -> None:
    """Run the demo for a person until it is cancelled."""
    with TemporaryDirectory(prefix="demo-") as name:
        folder = Path(name)
        [release] = await releases_to_run(arguments, folder)
        configuration = folder / "configuration"
        configuration.mkdir()
        print("Starting Home Assistant. This takes some seconds.", flush=True)
        async with running_demo(
            configuration,
            scenario=arguments.scenario,
            beeper_port=choose_port(arguments.port, BEEPER_PORT),
            home_assistant_port=choose_port(
                arguments.home_assistant_port, HOME_ASSISTANT_PORT
            ),
            release=release,
        ) as demo:
            print(
                f"\n  Home Assistant  {demo.dashboard_url}"
                f"\n  to get in       {USERNAME} / {PASSWORD}"
                f"\n  phone page      {demo.simulator.url}/phone (plays the other side: networks and phones)"
                f"\n  to stop         Ctrl-C\n",
                flush=True,
            )
            await demo.home_assistant.ended()


async def check_all(arguments: argparse.Namespace) -> None:
    """Run the demo without a person, in all versions side by side.

    Raises DemoFailed with what was found in each.
    """
    with TemporaryDirectory(prefix="demo-") as name:
        folder = Path(name)
        releases = await releases_to_run(arguments, folder)
        async with browser() as chromium:
            outcomes = await asyncio.gather(
                *(
                    check_one(arguments, release, folder, chromium)
                    for release in releases
                ),
                return_exceptions=True,
            )
    found = []
    for release, outcome in zip(releases, outcomes, strict=True):
        if isinstance(outcome, FAILURES):
            found.append(f"Home Assistant {version_of(release)}: {outcome}")
        elif outcome is not None:
            raise outcome
    if found:
        raise DemoFailed("\n".join(found))


async def check_one(
    arguments: argparse.Namespace,
    release: Release | None,
    folder: Path,
    chromium: Browser,
) -> None:
    """Run the demo without a person in one Home Assistant.

    Raises one of FAILURES where something is not as it should be.
    """
    version = version_of(release)
    screenshot: Path = arguments.screenshot
    if release is not None:
        screenshot = screenshot.with_stem(f"{screenshot.stem}-{version}")

    def say(text: str) -> None:
        print(f"{version}: {text}", flush=True)

    configuration = folder / version
    configuration.mkdir()
    say("Starting this Home Assistant.")
    async with (
        running_demo(
            configuration,
            scenario=arguments.scenario,
            beeper_port=choose_port(arguments.port, 0),
            home_assistant_port=choose_port(arguments.home_assistant_port, 0),
            release=release,
        ) as demo,
        new_page(chromium) as page,
    ):
        if release is not None:
            installed = installed_in(environment_on_top(configuration))
            say(f"Home Assistant has installed {', '.join(installed)} by itself.")
        await check(page, demo, screenshot, say)
    check_log(demo.home_assistant.log)
    say(
        "The demo is as it should be: no difference between page and simulator, no complaint in the log."
    )


async def releases_to_run(
    arguments: argparse.Namespace, folder: Path
) -> Sequence[Release | None]:
    """Return the releases to run, each version of Home Assistant once.

    None is what these scripts run in, with the integration as it stands. A zip is
    packed into the folder unless one was named. Raises InstallationFailed and
    PackFailed.
    """
    if not arguments.home_assistant:
        return [None]
    packed: Path | None = arguments.zip
    if packed is None:
        packed = folder / "beeper.zip"
        pack(packed)
    look_into(packed)
    versions = [
        version
        for asked in arguments.home_assistant
        for version in await find_versions(asked, prereleases=arguments.pre)
    ]
    installations = await asyncio.gather(*map(installation, dict.fromkeys(versions)))
    return [Release(installed, packed) for installed in installations]


def version_of(release: Release | None) -> str:
    """Return the version of a release's Home Assistant, or of the one that is here."""
    if release is None:
        return metadata.version("homeassistant")
    return release.installation.version


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
    await (check_all if arguments.check else show)(arguments)


def parse_arguments() -> argparse.Namespace:
    """Read the command line; ends the command where it makes no sense."""
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
        "--home-assistant",
        nargs="+",
        metavar="VERSION",
        help="run the zip of a release in this version, which gets an environment of its own; "
        f"{NEWEST} is what the package index has, {LOCKED} are those that each test run tries. "
        "--check takes several, side by side "
        f"(default: the integration as it stands here, in {version_of(None)})",
    )
    parser.add_argument(
        "--pre",
        action="store_true",
        help=f"with --home-assistant {NEWEST}: a prerelease, too",
    )
    parser.add_argument(
        "--zip",
        type=Path,
        help="with --home-assistant: this zip (default: one packed of this checkout)",
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
        help=f"where --check writes it, with the version in its name (default: {SCREENSHOT})",
    )
    arguments = parser.parse_args()
    asked: list[str] = arguments.home_assistant or []
    if arguments.pre and NEWEST not in asked:
        parser.error(f"--pre needs --home-assistant {NEWEST}")
    if arguments.zip and not asked:
        parser.error("--zip needs --home-assistant")
    several = len(asked) > 1 or LOCKED in asked
    if several and not arguments.check:
        parser.error("several Home Assistants need --check")
    if several and (arguments.port or arguments.home_assistant_port):
        parser.error("one port is not enough for several Home Assistants")
    return arguments


def main() -> int:
    """Run the command; returns its exit status."""
    arguments = parse_arguments()
    try:
        asyncio.run(run(arguments))
    except asyncio.CancelledError:
        print("Stopped.")
        # A person ends the demo this way; a check that was interrupted has not passed.
        return 128 + signal.SIGINT if arguments.check else 0
    except FAILURES as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
