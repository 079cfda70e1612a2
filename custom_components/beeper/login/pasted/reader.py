"""Values out of a text in any of the forms that are known."""

from collections.abc import Iterable
from typing import Final

from ...api import LoginField
from .cookies_txt import read_cookies_txt
from .curl import read_curl
from .fetch import read_fetch
from .findings import CookieTextError
from .headers import read_headers
from .json_forms import read_json
from .pairs import read_pairs
from .pick import pick
from .powershell import read_powershell
from .readings import readings

_COMMANDS: Final = (read_powershell, read_curl, read_fetch, read_cookies_txt)
"""Readers of forms that are not mistaken for another one."""


def pick_cookies(text: str, fields: Iterable[LoginField]) -> dict[str, str]:
    """Return the values of the wanted fields that a text holds, by field ID.

    Raises `CookieTextError` where the text has none of the known forms. It is the
    caller's to say which of the fields must be there.
    """
    wanted = list(fields)
    best: dict[str, str] | None = None
    for reading in readings(text):
        values = _pick(reading, wanted)
        if values is not None and (best is None or len(values) > len(best)):
            best = values
        if best is not None and len(best) == len(wanted):
            break
    if best is None:
        raise CookieTextError("none of the forms that browsers copy") from None
    return best


def _pick(text: str, fields: list[LoginField]) -> dict[str, str] | None:
    """Return the values in a text that is read as it is; `None` if it has no form."""
    objects, is_json = read_json(text)
    if is_json:
        return pick(objects, fields)
    for read in _COMMANDS:
        if findings := read(text):
            return pick(findings, fields)
    # These look like each other, and like any text, so the one with most values counts
    headers, is_headers = read_headers(text)
    pairs, is_pairs = read_pairs(text)
    picked = [
        (pick(headers, fields), is_headers),
        (pick(pairs, fields), is_pairs),
        (pick(objects, fields), False),
    ]
    likely = [values for values, is_certain in picked if values or is_certain]
    return max(likely, key=len, default=None)
