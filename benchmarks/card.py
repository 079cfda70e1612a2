"""The dashboard card in a real browser, against Home Assistant's own entities card.

Both show the same status sensors in the same page, and take turns.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypedDict, cast

from playwright.async_api import Error, Page

from scripts.browser import browser, new_page, sign_in
from scripts.home_assistant import (
    PASSWORD,
    USERNAME,
    HomeAssistant,
    HomeAssistantFailed,
    free_port,
    running_home_assistant,
)

from .beeper import BenchmarkFailed, running_beeper
from .report import Figure

SCRIPT: Final = Path(__file__).with_suffix(".js")

DASHBOARD: Final = "bench-mark"

GOALS: Final = {
    "first render": 1,
    "one state changed": 2,
    "one state changed, row moved": 2,
    "all states changed": 1.5,
    "all states changed, rows moved": 1.5,
}
"""The ratio at most, by what happens."""


class _Samples(TypedDict):
    """What was measured of one thing: milliseconds, round by round."""

    what: str
    accounts: int
    ours: list[float]
    yardstick: list[float]


async def card_figures(sizes: Sequence[int], rounds: int) -> list[Figure]:
    """Measure the card with so many accounts. Raises BenchmarkFailed."""
    try:
        async with running_beeper(max(sizes)) as beeper:
            with TemporaryDirectory() as folder:
                async with (
                    running_home_assistant(Path(folder), free_port()) as home_assistant,
                    browser() as chromium,
                    new_page(chromium) as page,
                ):
                    await home_assistant.add_integration(
                        "beeper",
                        {
                            "user": {"url": beeper.url},
                            "sign_in": {"next_step_id": "access_token"},
                            "access_token": {"access_token": beeper.token},
                        },
                    )
                    await sign_in(page, home_assistant.url, USERNAME, PASSWORD)
                    await page.locator("home-assistant-main").wait_for()
                    await _add_dashboard(home_assistant)
                    await page.goto(f"{home_assistant.url}/{DASHBOARD}")
                    return await measure(page, sizes, rounds)
    except (Error, HomeAssistantFailed) as err:
        raise BenchmarkFailed(str(err)) from err


async def _add_dashboard(home_assistant: HomeAssistant) -> None:
    """Add an empty one: its page has what cards are made with."""
    await home_assistant.command(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Benchmark",
        mode="storage",
    )
    await home_assistant.command(
        "lovelace/config/save",
        url_path=DASHBOARD,
        config={"views": [{"cards": []}]},
    )


async def measure(page: Page, sizes: Sequence[int], rounds: int) -> list[Figure]:
    """Measure in a page of a dashboard, with so many of the accounts that it knows."""
    await page.wait_for_function("() => Boolean(window.loadCardHelpers)")
    await page.add_script_tag(path=SCRIPT, type="module")
    await page.wait_for_function("() => Boolean(window.measureCards)")
    entities = await page.evaluate(
        """() => {
            const { entities, states } = document.querySelector("home-assistant").hass;
            return Object.keys(entities).filter((id) => id in states
                && entities[id].platform === "beeper"
                && entities[id].translation_key === "status");
        }"""
    )
    figures: list[Figure] = []
    for size in sizes:
        # A browser's clock is coarse; the number is even, since they go to and fro
        times = 20 if size <= 100 else 4
        effort = {"entities": entities[:size], "rounds": rounds, "times": times}
        measured = await page.evaluate("effort => measureCards(effort)", effort)
        figures += [_figure(samples) for samples in cast(list[_Samples], measured)]
    return figures


def _figure(samples: _Samples) -> Figure:
    return Figure(
        f"Card, {samples['what']} / entities card",
        f"{samples['accounts']:,}",
        [milliseconds / 1000 for milliseconds in samples["ours"]],
        [milliseconds / 1000 for milliseconds in samples["yardstick"]],
        goal=GOALS[samples["what"]],
    )
