"""Sounds of captchas for dialogs, whose markdown only plays what has an address of ours.

The card has no need of it: there a sound is held in its own address.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import quote

from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback

from .form import Attachment, form_of
from .session import Login

SOUND_PATH: Final = "/api/beeper/sound/{entry_id}/{login_session_id}"

_LIFETIME: Final = timedelta(minutes=30)
"""As long as a login lives (bridge framework)."""


def sound_of(login: Login) -> Attachment | None:
    """Return the sound that belongs to what a login asks for; `None` without one."""
    form = form_of(login)
    sounds = (it for it in form.attachments if it.is_sound) if form else iter(())
    return next(sounds, None)


@callback
def async_sound_path(hass: HomeAssistant, entry_id: str, login: Login) -> str | None:
    """Return the address at which whoever asks now hears the sound of a login.

    `None` where it has none.
    """
    if sound_of(login) is None:
        return None
    path = SOUND_PATH.format(
        entry_id=entry_id, login_session_id=quote(login.id, safe="")
    )
    return async_sign_path(hass, path, _LIFETIME)
