"""Paths of the API, with IDs in them that may hold anything, and those that Beeper names."""

import re
from urllib.parse import quote, unquote

from .exceptions import BeeperNotFoundError


def path_of(*segments: str) -> str:
    """Return the path of these segments.

    IDs are opaque and may hold anything, `/` and `..` included.
    """
    if any(segment in ("", ".", "..") for segment in segments):
        raise BeeperNotFoundError("That is not an ID")
    return "".join(
        f"/{quote(segment, safe='', errors='replace')}" for segment in segments
    )


def bridge_path(bridge_id: str, *more: str) -> str:
    """Return the path of a bridge, or below it."""
    return path_of("v1", "bridges", bridge_id, *more)


def session_path(bridge_id: str, *more: str) -> str:
    """Return the path of the login sessions of a bridge, or below it."""
    return bridge_path(bridge_id, "login-sessions", *more)


_MOST_UNQUOTED = 4
"""How often something may be encoded; each proxy on the way may undo that once."""

_SEPARATOR = re.compile(r"[/\\]")


def leads_up(address: str) -> bool:
    """Return whether some server could take the path of an address for one above it.

    That is one with `..` in it, however that is encoded. Some servers take a backslash
    for a slash, drop control characters, or what follows a semicolon (RFC 3986, 3.3).
    """
    for _ in range(_MOST_UNQUOTED):
        address = unquote(address)
    path = "".join(filter(str.isprintable, address))
    return any(segment.partition(";")[0] == ".." for segment in _SEPARATOR.split(path))
