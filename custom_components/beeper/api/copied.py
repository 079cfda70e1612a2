"""What copying leaves around addresses, tokens and headers, and nobody sees or means."""

import unicodedata

QUOTES = "\"'`´“”„‟‘’‚‛«»‹›<>「」『』《》〈〉"
"""What people, chat apps and word processors put around what is to be copied."""

_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\ufe0e\ufe0f\uffa0")
"""What fills a place or changes how a character looks, and is not called invisible."""

_LINE_ENDS = frozenset("\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")

_FULL_WIDTH = range(0xFF01, 0xFF5F)
_TO_ASCII = 0xFF01 - ord("!")


def plain(text: str) -> str:
    """Return a text without what nobody can see, and with ASCII where that is meant.

    All white space becomes spaces and line feeds. Full-width characters, which input
    methods for East Asian languages write, become those that they stand for.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_plain, text.replace("\r\n", "\n")))


def _plain(character: str) -> str:
    if character in _LINE_ENDS:
        return "\n"
    if character.isspace():
        return " "
    # Control characters, marks of a direction, zero width, byte order marks
    if character in _BLANK or unicodedata.category(character) in ("Cc", "Cf"):
        return ""
    if ord(character) in _FULL_WIDTH:
        return chr(ord(character) - _TO_ASCII)
    return character
