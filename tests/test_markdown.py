"""Texts of networks as markdown, and as code."""

from html import unescape
import re
from string import punctuation

from hypothesis import given, strategies as st

from custom_components.beeper.markdown import escape, escape_code
from custom_components.beeper.texts import plain

texts = st.text(alphabet=st.characters(codec="utf-8"))
"""Whatever JSON can hold."""


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
def test_code_is_one_line_of_only_text(text: str) -> None:
    """An empty line would end the block that it stands in."""
    escaped = escape_code(text)

    assert not set(re.sub(r"&#\d+;", "", escaped)) & {*punctuation, "\n", "\r"}


def test_code_is_kept_as_it_is() -> None:
    """But for what cannot be seen."""
    code = "if (a  <  b) {\r\n\treturn '*\u202ex*'\n}\n"

    assert unescape(escape_code(code)) == "if (a  <  b) {\n\treturn '*x*'\n}\n"
