"""Text from Beeper and the networks, made fit for places that render markdown."""

import re
from string import punctuation
from typing import Final

MAX_LENGTH: Final = 500
"""Characters of a text that a person is shown."""

_INVISIBLE: Final = re.compile(
    # Control characters but white space, and what changes the direction of text; the
    # joiners (U+200C, U+200D) stay: they are part of how a word or an emoji is written
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2069\ufeff]"
)
_LONG_WORD: Final = re.compile(r"\S{30}(?=\S)")
"""A part of a word after which it may go on in the next line."""
_PUNCTUATION: Final = {
    ord(character): f"&#{ord(character)};" for character in punctuation
}
_CODE: Final = _PUNCTUATION | {ord("\n"): "&#10;", ord("\r"): ""}


def plain(text: str, limit: int = MAX_LENGTH) -> str:
    """Return a text as one line that a person can read, for where text is only text.

    Those are titles, labels and errors.
    """
    line = " ".join(_INVISIBLE.sub("", text[: 4 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def breakable(text: str) -> str:
    """Return a text whose long words do not make a list wider than its window."""
    return _LONG_WORD.sub("\\g<0>\u200b", text)


def escape(text: str, limit: int = MAX_LENGTH) -> str:
    """Return a text that looks the same when it is rendered as markdown.

    A numeric character reference is only ever a character: it has no part in markdown's
    structure (CommonMark, 2.5), in HTML or in a link that is recognised by itself.
    """
    return plain(text, limit).translate(_PUNCTUATION)


def escape_code(text: str) -> str:
    """Return a text of several lines as it is, in one line, for inside of `<pre>`.

    Only what nobody can see is left out: it must not be copied unawares.
    """
    return _INVISIBLE.sub("", text).translate(_CODE)
