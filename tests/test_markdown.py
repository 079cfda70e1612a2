"""Texts of networks: as text, as markdown, and as code."""

from html import unescape
import re
from string import punctuation

from hypothesis import given, strategies as st
import pytest

from custom_components.beeper.markdown import MAX_LENGTH, escape, escape_code, plain

texts = st.text(alphabet=st.characters(codec="utf-8"))
"""Whatever JSON can hold."""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("Alice Example", "Alice Example"),
        ("  two\n\n lines\t", "two lines"),
        ("\u202eevil\u202c \u2066x\u2069\u061c\u200e\u200f", "evil x"),
        ("\ufeffzero\u200bwidth\u2060", "zerowidth"),
        ("\x00\x1b[31mred\x7f\x9b", "[31mred"),
        ("no\u00a0break\u2028line\x85next", "no break line next"),
        ("می\u200cخواهم 👩\u200d🚀", "می\u200cخواهم 👩\u200d🚀"),
    ],
)
def test_plain_text_is_one_line_of_what_can_be_seen(text: str, line: str) -> None:
    """What changes the direction of other text, or hides in it, is gone."""
    assert plain(text) == line


def test_long_text_is_cut() -> None:
    """One sees that there was more."""
    assert plain("x" * MAX_LENGTH) == "x" * MAX_LENGTH
    assert plain("x" * (MAX_LENGTH + 1)) == "x" * (MAX_LENGTH - 1) + "…"
    assert plain("abcdef", 4) == "abc…"


def test_huge_text_is_not_read_to_its_end() -> None:
    """The time it takes does not depend on how much somebody sends."""
    assert plain(" " * 4 * MAX_LENGTH + "late") == ""


def test_all_punctuation_is_escaped() -> None:
    """It is what markdown, HTML and templates are made of."""
    escaped = escape(punctuation)

    assert re.fullmatch(r"(&#\d+;)+", escaped)
    assert unescape(escaped) == punctuation


@given(text=texts)
def test_escaped_text_reads_as_plain_text(text: str) -> None:
    """Nothing of it is more than text, and nothing of it is lost."""
    escaped = escape(text)

    assert not set(re.sub(r"&#\d+;", "", escaped)) & {*punctuation, "\n"}
    assert unescape(escaped) == plain(text)


@given(text=texts)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """To make it plain once more changes nothing."""
    assert plain(plain(text)) == plain(text)


@given(text=texts)
def test_code_is_one_line_of_only_text(text: str) -> None:
    """An empty line would end the block that it stands in."""
    escaped = escape_code(text)

    assert not set(re.sub(r"&#\d+;", "", escaped)) & {*punctuation, "\n", "\r"}


def test_code_is_kept_as_it_is() -> None:
    """But for what cannot be seen."""
    code = "if (a  <  b) {\r\n\treturn '*\u202ex*'\n}\n"

    assert unescape(escape_code(code)) == "if (a  <  b) {\n\treturn '*x*'\n}\n"
