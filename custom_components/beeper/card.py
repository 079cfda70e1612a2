"""The dashboard card: serves `frontend/` and has every page of Home Assistant load it."""

from hashlib import sha256
from pathlib import Path

from homeassistant.components import frontend
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .internals import async_serve_module

_FOLDER = Path(__file__).parent / "frontend"
_CARD = "beeper-accounts-card.js"


async def async_register_card(hass: HomeAssistant) -> None:
    """Serve the card; a Home Assistant without frontend has no use for it."""
    if frontend.DOMAIN not in hass.config.components:
        return
    # Browsers keep it for a month: what has changed needs another address
    version = await hass.async_add_executor_job(_fingerprint)
    path = f"/{DOMAIN}/frontend/{version}"
    await async_serve_module(hass, path, _FOLDER, _CARD)


def _fingerprint() -> str:
    """Return a text that is another one as soon as a file of the card is."""
    fingerprint = sha256()
    for file in sorted(_FOLDER.glob("*.js")):
        fingerprint.update(file.read_bytes())
    return fingerprint.hexdigest()[:16]
