"""Our own words for what the frontend does not translate: parts of labels and texts."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN


async def async_words(hass: HomeAssistant, key: str) -> dict[str, str]:
    """Return the options of a selector, in the language of this Home Assistant.

    They stand there because the frontend only translates whole labels and descriptions,
    not what is put into them.
    """
    translations = await async_get_translations(
        hass, hass.config.language, "selector", [DOMAIN]
    )
    prefix = f"component.{DOMAIN}.selector.{key}.options."
    return {
        name.removeprefix(prefix): text
        for name, text in translations.items()
        if name.startswith(prefix)
    }


async def async_status(hass: HomeAssistant, status: str) -> str:
    """Return the status of an account, in the language of this Home Assistant."""
    translations = await async_get_translations(
        hass, hass.config.language, "entity", [DOMAIN]
    )
    return translations[f"component.{DOMAIN}.entity.sensor.status.state.{status}"]
