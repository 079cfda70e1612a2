"""Following login sessions to their end, in the background."""

import asyncio
from time import monotonic

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api import BeeperConflictError, BeeperError, StepType
from ..const import DOMAIN
from .pace import Pace
from .remote import RemoteSessions
from .session import Login


class LoginFollower:
    """Follows logins, each in a task of its own that ends with it or with the entry."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, remote: RemoteSessions
    ) -> None:
        """Follow logins in this Beeper on behalf of this entry."""
        self._hass = hass
        self._entry = entry
        self._remote = remote
        self._tasks: dict[Login, asyncio.Task[None]] = {}

    @callback
    def start(self, login: Login) -> None:
        """Follow a login, unless that is so already or it has ended."""
        if not login.has_ended and login not in self._tasks:
            self._start(login, Pace())

    @callback
    def stop(self, login: Login) -> None:
        """Stop following a login."""
        if task := self._tasks.pop(login, None):
            task.cancel()

    @callback
    def look_now(self) -> None:
        """Look at all logins that are followed, whatever they wait for."""
        for login in [login for login in self._tasks if not login.has_ended]:
            self.stop(login)
            self._start(login, Pace(look_now=True))

    def _start(self, login: Login, pace: Pace) -> None:
        self._tasks[login] = self._entry.async_create_background_task(
            self._hass, self._async_follow(login, pace), f"{DOMAIN} login session"
        )

    async def _async_follow(self, login: Login, pace: Pace) -> None:
        while not login.has_ended:
            attempt = pace.next(can_wait=_can_wait_for(login))
            await asyncio.sleep(attempt.pause)
            ask = self._remote.async_wait if attempt.waits else self._remote.async_look
            began, before = monotonic(), login.session
            try:
                await ask(login)
            except BeeperError as err:
                pace.failed(
                    monotonic() - began,
                    retry_after=err.retry_after,
                    somebody_waits=isinstance(err, BeeperConflictError),
                )
                if pace.is_outdated:
                    await self._remote.async_outdate(login)
            else:
                pace.answered(monotonic() - began, has_changed=login.session != before)
        self._tasks.pop(login, None)


def _can_wait_for(login: Login) -> bool:
    """Return whether Beeper answers only when the step is over.

    A step that cannot be done here is left to others: there is room for one who waits.
    """
    step = login.step
    return (
        step is not None
        and step.type == StepType.DISPLAY_AND_WAIT
        and step.step_id is not None
        and login.is_supported
    )
