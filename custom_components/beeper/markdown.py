"""Texts that `texts.py` has made fit to be shown, escaped where markdown is rendered."""

import re
from string import punctuation
from typing import Final

from .limits import MAX_LENGTH
from .texts import plain, visible

_LONG_WORD: Final = re.compile(r"\S{30}(?=\S)")
"""A part of a word after which it may go on in the next line."""
_PUNCTUATION: Final = {
    ord(character): f"&#{ord(character)};" for character in punctuation
}
_CODE: Final = _PUNCTUATION | {ord("\n"): "&#10;", ord("\r"): ""}


def breakable(text: str) -> str:
    """Return a text whose long words do not make a list wider than its window."""
    return _LONG_WORD.sub("\\g<0>\u200b", text)


def escape(text: str, limit: int = MAX_LENGTH) -> str:
    """Return a text that looks the same when it is rendered as markdown.

    A numeric character reference is only ever a character: it has no part in markdown's
    structure (CommonMark, 2.5), in HTML or in a link that is recognised by itself.
    """
    return plain(text, limit).translate(_PUNCTUATION)


def escape_address(address: str) -> str:
    """Return the address of a page or a picture for inside of quotes, whole."""
    return address.translate(_PUNCTUATION)


def escape_code(text: str) -> str:
    """Return a text of several lines as it is, in one line, for inside of `<pre>`.

    Only what nobody can see is left out: it must not be copied unawares.
    """
    return visible(text).translate(_CODE)
