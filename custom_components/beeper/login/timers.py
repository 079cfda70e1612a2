"""What is to happen to a login when a while has passed."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .session import Login


class LoginTimers:
    """At most one timer of each login: setting one anew replaces it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without any."""
        self._hass = hass
        self._cancel: dict[Login, CALLBACK_TYPE] = {}

    @callback
    def start(
        self, login: Login, seconds: float, act: Callable[[Login], Awaitable[None]]
    ) -> None:
        """Let something happen to a login after so many seconds."""

        async def fire(_: datetime) -> None:
            self._cancel.pop(login, None)
            await act(login)

        self.stop(login)
        self._cancel[login] = async_call_later(self._hass, seconds, fire)

    @callback
    def stop(self, login: Login) -> None:
        """Let nothing happen to a login."""
        if cancel := self._cancel.pop(login, None):
            cancel()
