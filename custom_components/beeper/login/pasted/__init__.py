"""What people paste: values out of whatever a browser, or an extension, copies.

A module reads each form and tells what it found (`findings`); `places` knows where each
field may stand, and `pick` brings the two together. `reader` has all of them, and is not
imported before somebody pastes something.
"""

from collections.abc import Callable, Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ...api import LoginField
from ...limits import MAX_INLINE
from .findings import CookieTextError
from .pick import value_to_send
from .places import Place, PlaceKind, is_in_local_storage, places_of

__all__ = [
    "CookieTextError",
    "Place",
    "PlaceKind",
    "async_pick_cookies",
    "is_in_local_storage",
    "places_of",
    "value_to_send",
]


async def async_pick_cookies(
    hass: HomeAssistant, text: str, fields: Iterable[LoginField]
) -> dict[str, str]:
    """Return the values of the wanted fields that a text holds, by field ID.

    Home Assistant goes on while a long text is read. Raises `CookieTextError` where the
    text has none of the known forms.
    """
    # The readers of all forms make up a fifth of what an import of the integration takes
    reader = await async_import_module(hass, f"{__name__}.reader")
    pick_cookies: Callable[..., dict[str, str]] = reader.pick_cookies
    if len(text) <= MAX_INLINE:
        return pick_cookies(text, fields)
    return await hass.async_add_executor_job(pick_cookies, text, fields)
