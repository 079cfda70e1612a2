"""The ways to read a text: as it is, and without what it got on its way here."""

from collections.abc import Iterator
import re
from typing import Final

from .literals import without_escapes

_INVISIBLE: Final = dict.fromkeys(
    (
        0x00AD,  # soft hyphen
        *range(0x200B, 0x2010),  # zero width, and marks of a direction
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,  # byte order mark
    )
) | {ord("\xa0"): " ", 0x2007: " ", 0x202F: " ", 0x2028: "\n", 0x2029: "\n"}

_TYPOGRAPHIC: Final = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")

_FENCE: Final = re.compile(r"^[ \t]*(?:```|~~~)[\w-]*[ \t]*$", re.MULTILINE)
_MARK: Final = re.compile(r"^[ \t]*(?:>[ \t>]*|[-*•‣◦·][ \t]+)", re.MULTILINE)
_MAX_QUOTES: Final = 3
"""How often a text may have been quoted."""

_DASH: Final = re.compile(r"(?<=\s)[–—](?=\w)")


def readings(text: str) -> Iterator[str]:
    """Yield the ways to read a text, the likeliest first.

    Browsers, editors and chat apps add marks that nobody sees, fences, bullets and
    quote marks, or make quotes and dashes typographic; and a console shows a text in
    quotes. The text as it is comes before one that might have lost something.
    """
    plain = text.translate(_INVISIBLE).replace("\r\n", "\n").replace("\r", "\n").strip()
    bare = _MARK.sub("", _FENCE.sub("", plain)).strip()
    if bare.startswith("`"):
        bare = bare.strip("`").strip()
    straight = _DASH.sub(_hyphens, bare.translate(_TYPOGRAPHIC))
    read: list[str] = []
    for version in (plain, bare, straight):
        for reading in (*_unquoted(version), version):
            if reading not in read:
                read.append(reading)
                yield reading


def _unquoted(text: str) -> list[str]:
    """Return what stands in the quotes around a text, the innermost first.

    It comes with escapes or without, and may have been quoted before.
    """
    inside: list[str] = []
    while len(inside) < 2 * _MAX_QUOTES and _is_quoted(text):
        inside = [without_escapes(text[1:-1]), text[1:-1], *inside]
        text = inside[0]
    return inside


def _is_quoted(text: str) -> bool:
    return len(text) > 1 and text[0] in "\"'`" and text[0] == text[-1]


def _hyphens(dash: re.Match[str]) -> str:
    return "--" if dash[0] == "—" else "-"
