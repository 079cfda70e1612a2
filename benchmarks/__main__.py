"""Measure and print: `scripts/bench`."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
import logging
from pathlib import Path
import sys

from .beeper import BenchmarkFailed, running_beeper
from .card import card_figures
from .client import client_figures
from .home_assistant import home_assistant_figures
from .imports import import_figures
from .loop_hold import loop_hold_figures
from .measure import Effort
from .phases import PEER_FOLDER, phase_figures
from .report import Figure, as_json, machine, table

SIZES = (10, 100, 1000)
EFFORT = Effort(rounds=50, batch=0.015)

LARGE = 4000
"""Accounts with which phases are measured once more, to see how they grow."""

ROUNDS = 3
"""Lives of an entry; each takes a while."""

IMPORTS = 15

CARD_SIZES = (100, 1000)
CARD_ROUNDS = 5

QUICK_SIZES = (2, 10, 20)
QUICK_EFFORT = Effort(rounds=3, batch=0.001)
QUICK_CARD_SIZES = (2, 10)
QUICK_CARD_ROUNDS = 1


def _parse_arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure what the integration costs, against yardsticks."
        " A goal that is missed is reported, it is not an error.",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to a file, too"
    )
    parser.add_argument(
        "--card",
        action="store_true",
        help="only the dashboard card, in a browser; all else is measured without it",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="only see whether everything can be measured; the figures mean nothing",
    )
    return parser.parse_args()


async def _figures(sizes: Sequence[int], effort: Effort) -> list[Figure]:
    """Measure the client, polls and the event loop. Raises BenchmarkFailed."""
    async with AsyncExitStack() as stack:
        beepers = [
            await stack.enter_async_context(running_beeper(size)) for size in sizes
        ]
        # The client comes first: with a Home Assistant around, garbage collection costs
        # more
        return [
            *await client_figures(beepers, effort),
            *await home_assistant_figures(beepers, effort),
            # Last, since nothing is as before after it
            *await loop_hold_figures(beepers[-1]),
        ]


async def _phases(sizes: Sequence[int], rounds: int) -> list[Figure]:
    """Measure the life of an entry with Beepers of two sizes."""
    async with AsyncExitStack() as stack:
        beepers = [
            await stack.enter_async_context(running_beeper(size)) for size in sizes
        ]
        return await phase_figures(beepers, rounds)


async def _card_figures(*, is_quick: bool) -> list[Figure]:
    """Measure the card. Raises BenchmarkFailed."""
    if is_quick:
        return await card_figures(QUICK_CARD_SIZES, QUICK_CARD_ROUNDS)
    return await card_figures(CARD_SIZES, CARD_ROUNDS)


def main() -> int:
    """Run and return the exit status."""
    arguments = _parse_arguments()
    # Home Assistant warns of what is no matter here, custom integrations for one
    logging.disable(logging.WARNING)
    is_quick = arguments.quick
    sizes, effort = (QUICK_SIZES, QUICK_EFFORT) if is_quick else (SIZES, EFFORT)
    if not arguments.card and not PEER_FOLDER.exists():
        print(
            "Without uptime_kuma's library nothing is compared with it", file=sys.stderr
        )
    try:
        if arguments.card:
            figures = asyncio.run(_card_figures(is_quick=is_quick))
        else:
            figures = [
                *import_figures(1 if is_quick else IMPORTS),
                *asyncio.run(_figures(sizes, effort)),
                *asyncio.run(
                    _phases(
                        (sizes[-2], sizes[-1]) if is_quick else (sizes[-1], LARGE),
                        1 if is_quick else ROUNDS,
                    )
                ),
            ]
    except BenchmarkFailed as err:
        print(err, file=sys.stderr)
        return 1
    print(table(figures))
    time = "time of the page's thread" if arguments.card else "client's CPU time"
    print(f"\nMedians of the {time} and of the rounds' ratios, on {machine()}.")
    if arguments.json:
        arguments.json.write_text(as_json(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
