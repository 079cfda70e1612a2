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

_PROMISES: Final = (
    (
        "Each trouble of the tables above is told once, and passes",
        ("test_resilience.py::test_trouble_is_told_once_and_passes",),
    ),
    (
        "Each of them while Home Assistant starts passes, too",
        ("test_resilience.py::test_trouble_at_start_passes_too",),
    ),
    (
        (
            "An answer may end at **each of its bytes**: headers and body, with its length "
            "announced, and in chunks; half an answer is never taken for one"
        ),
        ("test_resilience.py::test_answer_may_end_at_any_byte",),
    ),
    (
        (
            "**Each value** of the two answers that are polled is left out, and replaced by "
            "values of all other types: that costs the account or the bridge it is a part "
            "of, never another"
        ),
        ("test_resilience.py::test_any_value_may_be_wrong",),
    ),
    (
        (
            "What is odd is shown as well as it can be, or not at all without an ID, with "
            "one line in the log for as long as it stays so"
        ),
        ("test_odd_items.py",),
    ),
    (
        (
            "Of what is odd again and again, and of words that are made up without end, "
            "only so much is told"
        ),
        (
            "test_limits.py::test_what_is_odd_again_and_again_is_told_of_for_a_while",
            "test_limits.py::test_statuses_without_end_are_told_of_once",
        ),
    ),
    (
        (
            "**Text that is damaged**, such as half an emoji, is replaced by �, and no "
            "outage"
        ),
        ("api/test_odd_answers.py",),
    ),
    (
        (
            "**Random answers**, random bytes and random HTTP are given at every endpoint, "
            "in polls, and while Home Assistant starts"
        ),
        (
            "api/test_any_answer.py",
            "test_any_answer.py",
            "test_fuzz.py::test_any_bytes_for_an_answer_are_an_outage_or_an_answer",
        ),
    ),
    (
        "Whatever is stored, the entry is loaded",
        (
            "test_fuzz.py::test_any_stored_data_leads_to_an_entry_that_is_loaded",
            "test_status_history.py",
            "test_outages.py::test_what_else_is_stored_is_passed_over",
            "test_outages.py::test_store_that_makes_no_sense",
        ),
    ),
    (
        (
            "Of a body of **100 MB** not much more is held in memory than the longest "
            "answer may have (4 MiB), compressed or not"
        ),
        ("test_resilience.py::test_long_answer_is_not_kept_in_memory",),
    ),
    (
        "A token that is refused for a while is tried again, and asked for once",
        (
            "test_resilience.py::test_refused_token_is_tried_again_and_can_be_replaced",
            "test_oauth.py::test_token_that_is_refused_and_accepted_in_turn_is_asked_for_once",
        ),
    ),
    (
        "What a person does is never sent twice",
        ("api/test_retries.py::test_what_changes_something_is_never_sent_twice",),
    ),
    (
        (
            "**10,000 polls** with random troubles in random order end with the right "
            "states: no exception in the log; tasks, sockets and memory do not grow; the "
            "recorder has only what was really so"
        ),
        ("test_chaos.py",),
    ),
)
"""What is promised beyond the tables of troubles, and the tests that prove it."""

_TAIL: Final = """\
## What is promised, and what proves it

A file without a name after it stands for all of its tests.

| promise | tests |
|---|---|
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
    promises = [
        f"| {promise} | {', '.join(f'`tests/{test}`' for test in tests)} |\n"
        for promise, tests in _PROMISES
    ]
    return "\n".join([*parts, _TAIL]) + "".join(promises)


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
