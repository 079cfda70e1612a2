"""Which version of this integration is installed, and whether it is a release.

The manifest in the repository names the version that is worked on, such as 0.2.0.dev0;
only what is packed for a release gets the release's own. So whoever copied the folder
out of the repository can be told from whoever installed a release.
"""

from dataclasses import dataclass

from awesomeversion import AwesomeVersion

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from .const import DOMAIN


@dataclass(frozen=True)
class Version:
    """What the manifest says of itself."""

    number: str
    is_release: bool
    """Prereleases are releases, too."""


async def async_get_version(hass: HomeAssistant) -> Version:
    """Return the version that runs."""
    integration = await async_get_integration(hass, DOMAIN)
    # Home Assistant loads no custom integration without one
    number = integration.manifest["version"]
    return Version(number, is_release=not AwesomeVersion(number).dev)
