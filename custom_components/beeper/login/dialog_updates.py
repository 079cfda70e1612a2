"""Telling the browser that a dialog has something else to show than it does.

A page asks for the step anew when Home Assistant says that a flow has changed. It listens
for that from the first step of progress in a dialog on.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import DOMAIN
from ..coordinator import BeeperCoordinator
from .session import Login

_PAUSES_AT_FIRST: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Seconds after which Home Assistant's word is repeated to a page that has not asked.

It may not have listened yet.
"""

_PAUSES: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
"""The same for a page that has listened before, such as that of a phone in a pocket.

They are long: of a page that asks twice, the second question may come after the end of the
dialog, and would be answered by an error.
"""


class DialogUpdates:
    """Follows what one dialog shows, from each step that it shows to the next."""

    def __init__(self, hass: HomeAssistant, notify: Callable[[], None]) -> None:
        """Tell by `notify`; it is called in the event loop."""
        self._hass = hass
        self._notify = notify
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: CALLBACK_TYPE | None = None

    @callback
    def follow(
        self, login: Login, coordinator: BeeperCoordinator, is_over: Callable[[], bool]
    ) -> None:
        """Tell as soon as what is shown is over, by a change of the login or by a poll."""
        self.stop()

        @callback
        def look() -> None:
            if is_over():
                self.stop()
                self._start(self._async_tell)

        async def async_follow() -> None:
            while not is_over():
                if login.has_ended:
                    return
                await login.async_wait_for_change()
            self._stop_listening()
            await self._async_tell()

        self._unsubscribe = coordinator.async_add_listener(look)
        self._start(async_follow)

    @callback
    def repeat(self) -> None:
        """Repeat what Home Assistant says by itself about the end of a step of progress."""
        self.stop()
        self._start(partial(self._async_repeat, _PAUSES_AT_FIRST))

    @callback
    def stop(self) -> None:
        """Tell nothing any more: the dialog was asked for, or is closed."""
        self._stop_listening()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _stop_listening(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _start(self, what: Callable[[], Coroutine[None, None, None]]) -> None:
        # It outlives the entry: a dialog has to hear that there is none any more
        self._task = self._hass.async_create_background_task(
            what(), f"{DOMAIN} updates of a dialog"
        )

    async def _async_tell(self) -> None:
        self._notify()
        await self._async_repeat(_PAUSES)

    async def _async_repeat(self, pauses: tuple[float, ...]) -> None:
        for pause in pauses:
            await asyncio.sleep(pause)
            self._notify()
