"""Our own words for what the frontend does not translate: parts of labels and texts.

Networks name things in English alone. What is known is told in the language of Home
Assistant: `network_word` has names of ways and fields, `where_to_tap` what to do with the
app on the phone.
"""

import re
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN

_MAX_KEY: Final = 50
"""Characters of a name that we could have a word of our own for."""


def word_key(name: str) -> str:
    """Return under which key our own word for a name would be, if there is one."""
    return re.sub(r"[^a-z0-9]+", "_", name[:_MAX_KEY].lower()).strip("_")


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
