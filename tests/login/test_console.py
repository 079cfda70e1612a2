"""What to enter in a browser's console."""

import pytest

from custom_components.beeper.login.console import console_script

BEFORE = "((copy, text) => (copy(text), text))(copy, JSON.stringify(await (\n"
AFTER = "\n)))"

SCRIPT = """\
new Promise(resolve => {
\tconst find = () => {
\t\t// Don't wait for it's sake
\t\tif (/["'\\n]/.test(location.host)) return /* isn't it */ 1
\t\tconst lines = localStorage.a.split("\\n"), b = 'it\\'s\\t', c = `\\n`, d = 1 / 2
\t\tif (lines) resolve({ token: lines[0].replace(/[/\\t]/g, "") })
\t}
\twindow.setInterval(find, 1000)
})"""


def test_script_is_run_and_what_it_finds_is_copied() -> None:
    """The script itself stays as it is."""
    assert console_script(f"{SCRIPT} ;\n") == f"{BEFORE}{SCRIPT}{AFTER}"


@pytest.mark.parametrize("end", ["", "\n", "\\n", ";\\r\\n"])
def test_line_breaks_that_were_lost(end: str) -> None:
    r"""Where a script came with literal `\n` and `\t`, these are white space again.

    Those in texts and regular expressions stay.
    """
    flat = SCRIPT.replace("\n", "\\n").replace("\t", "\\t")

    assert console_script(flat + end) == f"{BEFORE}{SCRIPT}{AFTER}"


def test_script_with_line_breaks_keeps_its_escapes() -> None:
    """Nothing was lost there."""
    assert console_script("find(\n\\n)") == f"{BEFORE}find(\n\\n){AFTER}"


@pytest.mark.parametrize(
    "script",
    [None, "", " ;\n", "\\n;\\t", "x" * 10_001],
    ids=["no", "", ";", "n", "long"],
)
def test_without_a_script_there_is_nothing_to_run(script: str | None) -> None:
    """One that is too long to be entered is none; a part of it would be of no use."""
    assert console_script(script) is None


@pytest.mark.parametrize("quote", ['"', "'", "`", "/*", "//", "(/", "(/["])
def test_script_that_ends_in_the_middle(quote: str) -> None:
    """It is no good, but it is not changed either."""
    assert console_script(f"a {quote} b") == f"{BEFORE}a {quote} b{AFTER}"
