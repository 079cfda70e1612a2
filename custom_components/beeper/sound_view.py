"""Serves the sounds of captchas to dialogs."""

from base64 import b64decode

from aiohttp import web

from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from .const import DOMAIN
from .login.sound import SOUND_PATH, sound_of
from .runtime import BeeperConfigEntry


class SoundView(HomeAssistantView):
    """The sound that belongs to what a login asks for."""

    url = SOUND_PATH
    name = "api:beeper:sound"

    async def get(
        self, request: web.Request, entry_id: str, login_session_id: str
    ) -> web.Response:
        """Return the sound; 404 where there is none any more."""
        entries = request.app[KEY_HASS].config_entries
        entry: BeeperConfigEntry
        for entry in entries.async_loaded_entries(DOMAIN):
            login = entry.runtime_data.logins.get(login_session_id)
            if entry.entry_id == entry_id and login and (sound := sound_of(login)):
                return web.Response(
                    body=b64decode(sound.content),
                    content_type=sound.media_type,
                    headers={"Cache-Control": "no-store"},
                )
        raise web.HTTPNotFound
