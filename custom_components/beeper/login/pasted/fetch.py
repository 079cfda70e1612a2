"""Calls as "Copy as fetch" gives them, for browsers and for Node.js."""

import re
from typing import Final

from .findings import Finding
from .json_forms import request_of
from .literals import LiteralError, read_literal

_CALL: Final = re.compile(r"(?:^|(?<=[\s;]))fetch\(")
_COMMA: Final = re.compile(r"\s*+,\s*+(?=\{)")


def read_fetch(text: str) -> list[Finding]:
    """Return the requests of all calls in a text."""
    found: list[Finding] = []
    call = _CALL.search(text)
    while call is not None:
        end = call.end()
        try:
            url, end = read_literal(text, end)
            comma = _COMMA.match(text, end)
            options, end = read_literal(text, comma.end()) if comma else ({}, end)
        except LiteralError:
            pass
        else:
            if isinstance(url, str) and isinstance(options, dict):
                found.append(request_of(options | {"url": url}))
        call = _CALL.search(text, end)
    return found
