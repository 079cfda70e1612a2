"""Percent-encoding, in which networks keep the values of cookies."""

import re
from typing import Final

_TAIL: Final = "%[89ab][0-9a-f]"

_CHARACTERS: Final = re.compile(
    rf"""
    (?:
        %[0-7][0-9a-f]
        | %(?:c[2-9a-f]|d[0-9a-f]){_TAIL}
        | %(?:e0%[ab][0-9a-f]|ed%[89][0-9a-f]|e[1-9a-cef]{_TAIL}){_TAIL}
        | %(?:f0%[9ab][0-9a-f]|f[1-3]{_TAIL}|f4%8[0-9a-f]){_TAIL}{_TAIL}
    )++
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Characters in well-formed UTF-8 (Unicode 16, table 3-7)."""


def percent_decoded(text: str) -> str:
    """Return a text with each `%` and two digits decoded, once, as UTF-8.

    What is no character stays as it is, and so does `+`.
    """
    return _CHARACTERS.sub(_decoded, text)


def _decoded(encoded: re.Match[str]) -> str:
    return bytes.fromhex(encoded[0].replace("%", "")).decode()
