"""Paths of the API, with IDs in them that may hold anything."""

from urllib.parse import quote

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
