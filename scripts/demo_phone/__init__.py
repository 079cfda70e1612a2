"""The phone of the demo: takes the companion app's notifications and shows them in Home Assistant.

Only the demo's Home Assistant has it, so that the README's automation runs there as it stands.
"""

import voluptuous as vol

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

SCHEMA = vol.Schema(
    {
        vol.Required("message"): cv.string,
        vol.Optional("title"): cv.string,
        vol.Optional("data", default=dict): vol.Schema(
            {vol.Optional("tag"): cv.string, vol.Optional("image"): cv.string},
            # The companion app knows more, such as buttons; they are not shown here
            extra=vol.ALLOW_EXTRA,
        ),
    }
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the action that the companion app of a phone called "My phone" has."""

    @callback
    def show(call: ServiceCall) -> None:
        data = call.data["data"]
        image = data.get("image")
        text = call.data["message"] + (f"\n\n![Picture]({image})" if image else "")
        # As on a phone, a notification replaces the one with the same tag
        persistent_notification.async_create(
            hass, text, call.data.get("title"), data.get("tag")
        )

    hass.services.async_register("notify", "mobile_app_my_phone", show, SCHEMA)
    return True
