"""What people paste: values out of whatever a browser, or an extension, copies.

A module reads each form and tells what it found (`findings`); `places` knows where each
field may stand, and `pick` brings the two together.
"""

from collections.abc import Iterable
from typing import Final

from homeassistant.core import HomeAssistant

from ...api import LoginField
from ...limits import MAX_INLINE
from .cookies_txt import read_cookies_txt
from .curl import read_curl
from .fetch import read_fetch
from .headers import read_headers
from .json_forms import read_json
from .pairs import read_pairs
from .pick import pick, value_to_send
from .places import Place, PlaceKind, is_in_local_storage, places_of
from .powershell import read_powershell
from .readings import readings

__all__ = [
    "MAX_INLINE",
    "CookieTextError",
    "Place",
    "PlaceKind",
    "async_pick_cookies",
    "is_in_local_storage",
    "pick_cookies",
    "places_of",
    "value_to_send",
]

_COMMANDS: Final = (read_powershell, read_curl, read_fetch, read_cookies_txt)
"""Readers of forms that are not mistaken for another one."""


class CookieTextError(ValueError):
    """The text is none of the forms in which browsers give cookies away."""


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


async def async_pick_cookies(
    hass: HomeAssistant, text: str, fields: Iterable[LoginField]
) -> dict[str, str]:
    """Do what `pick_cookies` does; Home Assistant goes on while a long text is read."""
    if len(text) <= MAX_INLINE:
        return pick_cookies(text, fields)
    return await hass.async_add_executor_job(pick_cookies, text, fields)


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
