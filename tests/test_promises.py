"""What docs/security.md and docs/reliability.md promise is proven by the tests that they name."""

import ast
from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[1]
HEADING = "| promise | tests |"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def rows(page: str) -> list[str]:
    """Return the rows of the table of promises on a page."""
    _, _, table = (
        (ROOT / "docs" / page).read_text().partition(f"{HEADING}\n|---|---|\n")
    )
    return table.split("\n\n")[0].splitlines()


def names_of_tests(path: Path) -> set[str]:
    """Return the names of the tests of a file."""
    return {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name.startswith("test_")
    }


@pytest.mark.parametrize("page", ["security.md", "reliability.md"])
def test_each_promise_has_a_test_that_there_is(page: str) -> None:
    """A test that was renamed or taken away leaves a promise that nothing proves."""
    promises = rows(page)
    assert len(promises) > 5
    for row in promises:
        _, promise, tests, _ = row.split("|")
        named = NAMED.findall(tests)
        assert promise.strip()
        assert named, row
        # Nothing else stands there that looks like a test and is none
        assert len(named) == tests.count("tests/")
        for file, test in named:
            found = names_of_tests(ROOT / file)
            assert found, file
            assert not test or test in found, f"{file}::{test}"
