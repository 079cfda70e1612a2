"""Writes docs/reliability.md: what was tried, and what a person notices of it.

Run it as `python -m scripts.reliability` after a change to the table of the tests.
"""

import json
from pathlib import Path
from typing import Final

from tests.troubles import TROUBLES, Trouble

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "reliability.md"

_HEAD: Final = """\
# Reliability

What watches connections must itself be the last thing to fall over. Each of these
troubles is made in a test (`tests/test_resilience.py`) over real HTTP, with a simulated
Beeper and a real Home Assistant: once while Beeper is watched, and once while Home
Assistant starts. This page is made of the table that drives these tests.

- **Entities** are either kept as they are, or all unavailable while the trouble lasts.
- **The log** has one line when the trouble begins (in the table) and one when it is
  over: "Fetching Beeper data recovered". What leaves the entities alone is not logged.
- **All is well again** by itself, at the latest after the seconds in the table. What
  happened to accounts meanwhile is then shown; entities, devices and names are the same.
- A **read that is cut off**, or answered 502, 503 or 504, is tried once more after a
  second before it counts. What a person does is never sent twice.
- While Home Assistant **starts**, set-up is tried again until it succeeds. A token that
  is refused then has to be replaced, as everywhere in Home Assistant.
"""

_TAIL: Final = """\
## In the long run

- An answer ends at **each of its bytes**: headers and body, with its length announced,
  and in chunks. Half an answer is never taken for one.
- **Each value** of the two answers that are polled is left out, and replaced by values
  of all other types. That costs the account or the bridge it is a part of, never another:
  it is shown as well as it can be, or not at all without an ID, with one line in the log
  for as long as it stays so (`tests/test_odd_items.py`).
- **Text that is damaged**, such as half an emoji, is replaced by �, not an outage.
- **Random answers** and random bytes are given at every endpoint, in polls, and while
  Home Assistant starts (`hypothesis`).
- Of a body of **100 MB** not much more is held in memory than the longest answer may
  have (4 MiB), compressed or not.
- **10,000 polls** with random troubles in random order (`tests/test_chaos.py`) end with
  the right states. There is no exception in the log; tasks, sockets and memory do not
  grow; the recorder has only what was really so.
"""


def page() -> str:
    """Return the text of the page."""
    exceptions = json.loads(
        (ROOT / "custom_components" / "beeper" / "strings.json").read_text()
    )["exceptions"]
    parts = [_HEAD]
    for group, troubles in TROUBLES.items():
        parts.append(f"## {group}\n")
        rows = [
            "| trouble | how it is made | entities | the log says | well again after |",
            "|---|---|---|---|---|",
            *(_row(trouble, exceptions) for trouble in troubles),
        ]
        parts.append("\n".join(rows) + "\n")
    return "\n".join([*parts, _TAIL])


def _row(trouble: Trouble, exceptions: dict[str, dict[str, str]]) -> str:
    if trouble.outage is None:
        entities, line, back = "kept", "nothing", "-"
    else:
        entities = "unavailable"
        line = exceptions[trouble.outage]["message"]
        back = f"{trouble.back_after} s"
    if trouble.asks_to_sign_in:
        entities += "; you are asked to sign in again, as long as it lasts"
    cells = (trouble.what, trouble.made, entities, line, back)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"Wrote {PAGE.relative_to(ROOT)}")
