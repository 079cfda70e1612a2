"""The bytes of an answer become JSON: damaged text costs its characters, not the answer."""

import re

import orjson

from .exceptions import BeeperResponseError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""The beginning of an escaped surrogate: half a character, alone or one of a pair."""

_ESCAPES = re.compile(
    rb"((?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u(?![dD][89a-fA-F])|\\[^u])+)"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""Escapes of JSON that are fine, as the group, or a surrogate without its other half."""


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
    return _ESCAPES.sub(lambda found: found[1] or rb"\ufffd", text)
