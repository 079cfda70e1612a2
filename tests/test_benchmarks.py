"""The benchmarks: that they measure; what they measure is for people to judge."""

from dataclasses import replace
import json
from pathlib import Path
import platform
import re
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.measure import Effort, cpu_seconds
from benchmarks.report import Figure, growth, table

REPOSITORY = Path(__file__).parents[1]

FIGURE = Figure("Reading / another way", "1,000", [0.002], [0.001], goal=2)


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """Run the quick benchmarks as a person would; returns what they print and write."""
    written = tmp_path_factory.mktemp("bench") / "figures.json"
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json", written],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout, json.loads(written.read_text())


def test_every_part_yields_ratios(quick_run: tuple[str, dict[str, Any]]) -> None:
    """Each part of the poll is measured, with ours and the yardstick above nothing."""
    figures = quick_run[1]["figures"]

    named = {re.split(" / | of |, | a day", figure["what"])[0] for figure in figures}
    # What is compared with is not in every environment
    assert named - {"Import"} == {
        "Fetch and parse",
        "Unchanged poll",
        "Parse only",
        "Unchanged refresh",
        "Growth",
        "State writes",
        "Listener calls",
        "Longest hold",
        "Set-up",
        "One changed",
        "All changed",
        "Unload",
        "Removal",
        "Recorded states",
    }
    for figure in figures:
        assert figure["yardstick"] > 0
        assert figure["ours"] > 0 or figure["unit"] == "count"
        assert (figure["ratio"] > 0) is (figure["ours"] > 0)


def test_table_and_file_agree(quick_run: tuple[str, dict[str, Any]]) -> None:
    """The table has a line for each figure of the file, and says on what machine."""
    out, written = quick_run
    lines = [line for line in out.splitlines() if line.startswith("|")]

    for line, figure in zip(lines[2:], written["figures"], strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[:2] == [figure["what"], figure["accounts"]]
        assert cells[4] == f"{figure['ratio']:.3f}"
    assert written["machine"] in out
    assert platform.python_version() in written["machine"]
    assert platform.node() not in out


def test_counts_are_of_real_writes_and_calls(
    quick_run: tuple[str, dict[str, Any]],
) -> None:
    """A refresh that changes something has some, one that changes nothing has none."""
    counts = [figure for figure in quick_run[1]["figures"] if figure["unit"] == "count"]

    assert [figure["ours"] for figure in counts] == [0, 0, 0]
    assert all(figure["yardstick"] >= 1 for figure in counts)


async def test_work_is_compared_by_its_cpu_time() -> None:
    """Twenty times the work takes clearly longer."""

    async def little() -> None:
        sum(range(10_000))

    async def much() -> None:
        sum(range(200_000))

    times = await cpu_seconds({"little": little, "much": much}, Effort(5, 0.002))

    assert len(times["little"]) == len(times["much"]) == 5
    assert 0 < min(times["little"]) * 5 < min(times["much"])


@pytest.mark.parametrize(
    ("goal", "cell"), [(3, "yes"), (2, "yes"), (1.9, "**no**"), (None, "–")]
)
def test_goal_is_met_up_to_its_value(goal: float | None, cell: str) -> None:
    """The table says which goals are met."""
    last_cell = table([replace(FIGURE, goal=goal)]).splitlines()[-1].split("|")[-2]

    assert last_cell.strip() == cell


def test_ratio_is_the_median_of_the_rounds() -> None:
    """A machine that is slow for one round slows both, which changes nothing."""
    figure = replace(FIGURE, ours=[2, 20, 4], yardstick=[1, 10, 1])

    assert figure.ratio == 2


def test_growth_compares_the_two_largest() -> None:
    """Linear growth is the goal, give or take some noise."""
    figure = growth("Growth", {10: [0.001], 1000: [0.03], 100: [0.002]})

    assert figure.accounts == "100 → 1,000"
    assert figure.ratio == 15
    assert figure.goal == pytest.approx(11)
    assert figure.met is False
