"""Run a simulated Beeper Desktop: `python -m simulator`."""

import argparse
import asyncio
from contextlib import suppress
import signal
import sys
from typing import get_args

from .oauth import WebRedirects
from .scenario import ScenarioError, load_scenario
from .server import Simulator
from .shapes import SHAPES
from .styles import STYLES


def _parse_arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Run a simulated Beeper Desktop.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=int, default=23373, help="port to listen on, 0: a free one"
    )
    parser.add_argument(
        "--scenario",
        default="home",
        help="home, networks, empty, thousand, future, or the path of a file: .yaml, .json",
    )
    parser.add_argument(
        "--shape",
        choices=SHAPES,
        default="rich",
        help="what is told of login steps: what is published, or all that may come",
    )
    parser.add_argument(
        "--style",
        choices=STYLES,
        default="beeper",
        help="how a login fails: its session says so, or an HTTP error that ends it",
    )
    parser.add_argument(
        "--web-redirects",
        choices=get_args(WebRedirects.__value__),
        default="allowed",
        help="what apps with a redirect address on the web get: an approval page, their"
        " address with an error, or a page with one",
    )
    parser.add_argument(
        "--no-phone",
        action="store_true",
        help="serve neither the phone page nor the control API",
    )
    return parser.parse_args()


async def _run(simulator: Simulator, name: str, phone: bool) -> None:
    """Run until a signal ends it. Raises OSError if the port cannot be had."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with simulator:
        print(f"Beeper Desktop ({name}): {simulator.url}")
        print(f"Token (read, write): {simulator.token}")
        print(f"Token (read only):   {simulator.read_only_token}")
        if phone:
            print(f"Phone page:          {simulator.url}/phone")
        print("Ctrl-C ends it.", flush=True)
        await stop.wait()


def main() -> int:
    """Run and return the exit status."""
    arguments = _parse_arguments()
    try:
        scenario = load_scenario(arguments.scenario)
        simulator = Simulator(
            scenario,
            host=arguments.host,
            port=arguments.port,
            shape=arguments.shape,
            style=arguments.style,
            control=not arguments.no_phone,
        )
        simulator.oauth.web_redirects = arguments.web_redirects
        with suppress(KeyboardInterrupt):
            asyncio.run(_run(simulator, scenario.name, not arguments.no_phone))
    except ScenarioError as err:
        print(err, file=sys.stderr)
        return 1
    except OSError as err:
        print(
            f"Cannot listen on {arguments.host}:{arguments.port}: {err.strerror}."
            " Choose another one with --port.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
