"""The dashboard card: serves `frontend/` and has every page of Home Assistant load it.

From there comes the page of one account, too: the card with nothing but that account,
under an address to which notifications and devices can lead.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components import frontend
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .internals import async_add_page, async_serve_module

_FOLDER = Path(__file__).parent / "frontend"
_CARD = "beeper-accounts-card.js"
_PAGE = "beeper-reconnect-page"
_PAGE_PATH = "beeper-reconnect"

_HAS_PAGE: Final[HassKey[bool]] = HassKey(f"{DOMAIN}_has_page")


async def async_register_card(hass: HomeAssistant) -> None:
    """Serve card and page; a Home Assistant without frontend has no use for them.

    Both stay until Home Assistant stops, as do the actions: an entry may come back.
    """
    if frontend.DOMAIN not in hass.config.components:
        return
    # Browsers keep it for a month: what has changed needs another address
    version = await hass.async_add_executor_job(_fingerprint)
    path = f"/{DOMAIN}/frontend/{version}"
    hass.data[_HAS_PAGE] = await async_serve_module(
        hass, path, _FOLDER, _CARD
    ) and await async_add_page(hass, _PAGE_PATH, _PAGE, f"{path}/{_PAGE}.js")


@callback
def account_page(hass: HomeAssistant, device_id: str) -> str | None:
    """Return the path of the page of an account, by the ID of its device.

    That ID is made of nothing, and stays when entities are renamed. `None` where there is
    no such page.
    """
    return f"/{_PAGE_PATH}/{device_id}" if hass.data.get(_HAS_PAGE) else None


def _fingerprint() -> str:
    """Return a text that is another one as soon as a file of the card is."""
    fingerprint = sha256()
    for file in sorted(_FOLDER.glob("*.js")):
        fingerprint.update(file.read_bytes())
    return fingerprint.hexdigest()[:16]
