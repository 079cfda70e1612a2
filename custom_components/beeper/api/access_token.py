"""Access tokens, as people paste them."""

import re
import unicodedata

from .copied import QUOTES, plain

_BULLET = re.compile(r"\s*(?:[-*•>]\s+)+")

_BEARER = re.compile(rf"\bbearer[{QUOTES}\s:]+([\w.~+/-][^{QUOTES}]*)", re.IGNORECASE)
"""A token in the way in which it is sent, perhaps in a command."""

_NAMED = re.compile(
    rf"\W*(?:-H\W+|--header\W+)?(?:authorization|access[ _-]?token|token)"
    rf"[{QUOTES}\s]*[:=][{QUOTES}\s]*([^{QUOTES},;]+)",
    re.IGNORECASE,
)
"""A token with its name, as it stands in files and answers."""

_OF_TOKENS = frozenset("-_~+/=")
"""What a token may begin or end with besides letters and digits (RFC 6750, 2.1).

It may hold a full stop, too, but that at its end is one of a sentence.
"""


def normalize_access_token(text: str) -> str:
    """Return the token that a person means.

    It is without the word `Bearer` or another name before it, quotes and punctuation
    around it, and the line breaks that a mail or a terminal has put into it. What is
    no token at all stays as wrong as it was.
    """
    text = plain(text)
    if bullet := _BULLET.match(text):
        text = text[bullet.end() :]
    if found := _BEARER.search(text) or _NAMED.match(text):
        text = found[1]
    token = "".join(text.split())
    begin, end = 0, len(token)
    while begin < end and _is_around(token[begin]):
        begin += 1
    while begin < end and _is_around(token[end - 1]):
        end -= 1
    return token[begin:end]


def _is_around(character: str) -> bool:
    """Return whether a character is no part of a token's beginning or end."""
    return character not in _OF_TOKENS and unicodedata.category(character)[0] in "PS"
