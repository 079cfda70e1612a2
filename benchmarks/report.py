"""The figures, as a person and as a program read them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import json
from pathlib import Path
import platform
from statistics import median

NOISE = 1.1
"""How far linear growth may seem to go beyond linear."""

HEADER = ("what", "accounts", "ours", "yardstick", "ratio", "goal", "met")


@dataclass(frozen=True)
class Figure:
    """One ratio; `ours` and `yardstick` are CPU seconds or counts, round by round."""

    what: str
    accounts: str
    ours: Sequence[float]
    yardstick: Sequence[float]
    goal: float | None = None
    """The ratio at most; `None`: only for orientation."""
    is_count: bool = False

    @property
    def ratio(self) -> float:
        """How much of the yardstick ours takes: the median of the rounds.

        Each round has its own ratio, since a machine that slows down for a while slows
        both of its parts.
        """
        return median(
            ours / yardstick
            for ours, yardstick in zip(self.ours, self.yardstick, strict=True)
        )

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; `None` without a goal."""
        return None if self.goal is None else self.ratio <= self.goal


def growth(what: str, by_size: Mapping[int, Sequence[float]]) -> Figure:
    """Return how values grow between the two largest sizes.

    The goal is growth in proportion to the size at most.
    """
    smaller, larger = sorted(by_size)[-2:]
    return Figure(
        what,
        f"{smaller:,} → {larger:,}",
        by_size[larger],
        by_size[smaller],
        goal=larger / smaller * NOISE,
    )


def table(figures: Iterable[Figure]) -> str:
    """Return a Markdown table."""
    rows = [HEADER, *(_row(figure) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    # Text to the left, numbers to the right
    rules = ["-" * width for width in widths]
    rules[1:6] = [f"{rule[1:]}:" for rule in rules[1:6]]
    lines = [
        [
            cell.rjust(width) if 0 < index < 6 else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    return "\n".join(
        f"| {' | '.join(line)} |" for line in (lines[0], rules, *lines[1:])
    )


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{_cpu()}, {platform.python_implementation()} {platform.python_version()}"


def as_json(figures: Iterable[Figure]) -> str:
    """Return the figures with all their digits."""
    return json.dumps(
        {
            "machine": machine(),
            "figures": [
                {
                    "what": figure.what,
                    "accounts": figure.accounts,
                    "unit": "count" if figure.is_count else "CPU seconds",
                    "ours": median(figure.ours),
                    "yardstick": median(figure.yardstick),
                    "ratio": figure.ratio,
                    "goal": figure.goal,
                    "met": figure.met,
                }
                for figure in figures
            ],
        },
        indent=2,
    )


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.what,
        figure.accounts,
        _value(figure, figure.ours),
        _value(figure, figure.yardstick),
        f"{figure.ratio:.3f}",
        "–" if figure.goal is None else f"≤ {figure.goal:g}",
        {None: "–", True: "yes", False: "**no**"}[figure.met],
    )


def _value(figure: Figure, values: Sequence[float]) -> str:
    value = median(values)
    return f"{value:,.0f}" if figure.is_count else f"{value * 1e6:,.0f} µs"


def _cpu() -> str:
    """Return the model of the processor; only Linux tells it in a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
