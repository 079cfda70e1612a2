"""The bytes of an answer become JSON: damaged text costs its characters, not the answer."""

import json
import re
from typing import NoReturn

import orjson

from .exceptions import BeeperResponseError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""The beginning of an escaped surrogate: half a character, alone or one of a pair."""

_ALONE = re.compile("[\ud800-\udfff]")
"""Half a character without its other half: what is a pair is one character by then."""


def parse(body: bytes) -> object:
    """Return the JSON of a body (RFC 8259).

    What stands for no character is replaced by U+FFFD: invalid UTF-8, and half of an
    emoji, as JavaScript cuts texts. A byte order mark is passed over.

    Raises `BeeperResponseError` for what is no JSON, or nested without end.
    """
    try:
        return _loads(body)
    except ValueError:
        pass
    try:
        return _loads(_mended(body))
    except ValueError:
        # Not chained: the error holds the body
        raise BeeperResponseError("The answer is not Beeper's: not JSON") from None


def _loads(body: bytes) -> object:
    value: object = orjson.loads(body)
    return value


def _mended(body: bytes) -> bytes:
    """Return a body with U+FFFD for all that is no character."""
    text = body.removeprefix(_BYTE_ORDER_MARK).decode(errors="replace").encode()
    if _HALF_CHARACTER.search(text) is None:
        return text
    # The standard library takes half characters, and its C code is done in a moment where
    # looking at each of a million escapes would take seconds
    try:
        value = json.loads(text, parse_constant=_refuse)
        whole = _ALONE.sub("\ufffd", json.dumps(value, ensure_ascii=False))
    except RecursionError:
        raise ValueError("nested without end") from None
    return whole.encode()


def _refuse(constant: str) -> NoReturn:
    """Refuse what is JavaScript but no JSON, such as `NaN`."""
    raise ValueError(constant)
