"""The login engine: every login session of an entry, whoever started it.

Whoever shows or answers one only ever looks at a `Login`.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
import logging
from weakref import WeakValueDictionary

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback

from ..api import (
    BeeperError,
    BeeperTimeoutError,
    LoginSession,
    LoginSessionStatus,
    LoginStep,
)
from ..const import DOMAIN
from ..coordinator import BeeperCoordinator
from .follower import LoginFollower
from .remote import RemoteSessions
from .session import Login
from .timers import LoginTimers

_LOGGER = logging.getLogger(__name__)

START_LIMIT = 90.0
"""Seconds a person waits for a login session to start.

Networks take up to a minute for it (WhatsApp with a pairing code). One that starts later
is cancelled in Beeper.
"""

FORGET_AFTER = 300.0
"""Seconds for which an ended session can still be looked at."""

ABANDON_AFTER = 300.0
"""Seconds for which a session goes on after the last page that showed it was lost."""

CANCEL_TIMEOUT = 5.0
"""Seconds to cancel a session in Beeper that ends here in any case.

An unload, a shutdown and the start of another session wait for no longer.
"""


class LoginEngine:
    """The login sessions of one entry.

    What a person asks for raises `BeeperError` as it comes and is never repeated by
    itself: a create or a submit that failed may have been received all the same.
    """

    def __init__(self, hass: HomeAssistant, coordinator: BeeperCoordinator) -> None:
        """Run login sessions in the Beeper of this coordinator."""
        self._hass = hass
        self._coordinator = coordinator
        self._remote = RemoteSessions(hass, coordinator.client, self._async_on_change)
        self._follower = LoginFollower(hass, coordinator.config_entry, self._remote)
        self._logins: list[Login] = []
        # To abandon a login, or once it has ended to forget it
        self._timers = LoginTimers(hass)
        self._listeners: list[CALLBACK_TYPE] = []
        # Two at once for the same account would not know of each other
        self._starting: WeakValueDictionary[object, asyncio.Lock] = (
            WeakValueDictionary()
        )
        self._is_shut_down = False
        coordinator.config_entry.async_on_unload(
            coordinator.async_add_listener(self._on_poll)
        )
        # Login sessions do not outlive their entry
        coordinator.config_entry.async_on_unload(self.async_shut_down)
        coordinator.config_entry.async_on_unload(
            hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_on_stop)
        )

    # --- Looking

    @property
    def known(self) -> tuple[Login, ...]:
        """Every login that runs or ended a while ago, the oldest first."""
        return tuple(self._logins)

    @property
    def current(self) -> Login | None:
        """The one to show where there is room for one.

        That is the newest that runs, else the one that ended last.
        """

        def rank(login: Login) -> tuple[bool, datetime]:
            running = not login.has_ended
            return running, login.started if running else login.changed

        return max(self._logins, key=rank, default=None)

    def get(self, login_session_id: str) -> Login | None:
        """Return a login; `None` if it was not started here or ended long ago.

        Of several with the same ID, which Beeper may use again, it is the newest.
        """
        return next(
            (
                login
                for login in reversed(self._logins)
                if login_session_id in login.ids
            ),
            None,
        )

    def running_for(self, account_id: str) -> Login | None:
        """Return the login of an account that runs; there is one at a time."""
        return next(
            (login for login in self._running() if login.account_id == account_id), None
        )

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener whenever a login starts, changes or is forgotten."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- Starting

    async def async_create(
        self,
        bridge_id: str,
        *,
        account_id: str | None = None,
        login_id: str | None = None,
        flow_id: str | None = None,
    ) -> Login:
        """Start to reconnect an account or a login, or with neither to connect a new one.

        A login that runs for the same account already is cancelled first. A session that
        starts after `START_LIMIT` seconds, or when nobody waits for it any more, is
        cancelled. Raises `BeeperTimeoutError` in the former case.
        """
        target = account_id or self._account_of(bridge_id, login_id)
        # Nobody can know which new accounts are the same
        key = target or login_id or object()
        async with self._starting.setdefault(key, asyncio.Lock()):
            for login in self._running():
                if target is not None and login.account_id == target:
                    login.is_replaced = True
                    await self.async_abandon(login)
            session = await self._async_start(bridge_id, account_id, login_id, flow_id)
            login = Login(session, target or session.account_id, flow_id)
            if not self._is_shut_down:
                self._logins.append(login)
        if self._is_shut_down:
            await self._async_cancel_in_time(login)
            return login
        self._follow(login)
        # From now on the poll is a fast one
        self._coordinator.config_entry.async_create_background_task(
            self._hass,
            self._coordinator.async_request_refresh(),
            f"{DOMAIN} poll at the start of a login session",
        )
        await self._async_on_change(login)
        return login

    async def _async_start(
        self,
        bridge_id: str,
        account_id: str | None,
        login_id: str | None,
        flow_id: str | None,
    ) -> LoginSession:
        request = self._hass.async_create_background_task(
            self._remote.async_create(bridge_id, account_id, login_id, flow_id),
            f"{DOMAIN} start of a login session",
        )
        is_answered = False
        try:
            done, _ = await asyncio.wait({request}, timeout=START_LIMIT)
            is_answered = bool(done)
        finally:
            if not is_answered:
                self._hass.async_create_background_task(
                    self._async_drop(request), f"{DOMAIN} late start of a login session"
                )
        if not is_answered:
            raise BeeperTimeoutError("No login session has started in time")
        return request.result()

    async def _async_drop(self, request: asyncio.Task[LoginSession]) -> None:
        """Cancel a session that nobody waits for any more when it starts."""
        with suppress(BeeperError):
            login = Login(await request, None, None)
            if not (login.has_ended or self._has_newer(login)):
                await self._remote.async_cancel(login)

    # --- Acting

    async def async_look(self, login: Login) -> None:
        """Ask Beeper how the session stands."""
        await self._remote.async_look(login)

    async def async_submit(
        self,
        login: Login,
        step: LoginStep,
        *,
        fields: Mapping[str, str],
        last_url: str | None = None,
        source: str | None = None,
    ) -> None:
        """Answer a step that asks for input or cookies."""
        self._follower.stop(login)
        try:
            await self._remote.async_submit(
                login, step, fields=fields, last_url=last_url, source=source
            )
        finally:
            # Also after an error, or where a script was stopped: it may have been received
            self._follow(login)

    async def async_cancel(self, login: Login) -> None:
        """End the session in Beeper."""
        if login.has_ended:
            return
        self._follower.stop(login)
        try:
            if not self._has_newer(login):
                await self._remote.async_cancel(login)
            await self._remote.async_end(login)
        finally:
            self._follow(login)

    async def async_abandon(self, login: Login) -> None:
        """End a login for good, whether or not Beeper hears of it."""
        try:
            async with asyncio.timeout(CANCEL_TIMEOUT):
                await self.async_cancel(login)
        except (BeeperError, TimeoutError) as err:
            _LOGGER.debug("A login session could not be cancelled: %s", err)
            self._follower.stop(login)
            await self._remote.async_end(login)

    @callback
    def async_attach(self, login: Login) -> CALLBACK_TYPE:
        """Let a login go on for as long as a page shows it.

        Returns what to call when the page is lost. If that was the last one, and none is
        attached again within `ABANDON_AFTER` seconds, the login is abandoned.
        """
        login.attached += 1
        if not login.has_ended:
            self._timers.stop(login)

        @callback
        def detach() -> None:
            login.attached -= 1
            if not (login.attached or login.has_ended or self._is_shut_down):
                self._timers.start(login, ABANDON_AFTER, self.async_abandon)

        return detach

    async def async_shut_down(self) -> None:
        """Cancel all sessions in Beeper, as far as it answers in time."""
        self._is_shut_down = True
        for login in self._logins:
            self._follower.stop(login)
            self._timers.stop(login)
        await asyncio.gather(*map(self._async_cancel_in_time, self._running()))
        self._logins.clear()

    async def _async_on_stop(self, _: Event) -> None:
        await self.async_shut_down()

    async def _async_cancel_in_time(self, login: Login) -> None:
        try:
            async with asyncio.timeout(CANCEL_TIMEOUT):
                await self._remote.async_cancel(login)
        except (BeeperError, TimeoutError) as err:
            _LOGGER.debug("A login session could not be cancelled: %s", err)
        if not login.has_ended:
            login.update(replace(login.session, status=LoginSessionStatus.CANCELLED))

    # --- What follows from changes

    def _follow(self, login: Login) -> None:
        if not self._is_shut_down:
            self._follower.start(login)

    @callback
    def _on_poll(self) -> None:
        """Look instead of waiting: a computer that fell asleep never ends a wait."""
        if not self._coordinator.last_update_success:
            self._follower.look_now()

    async def _async_on_change(self, login: Login) -> None:
        self._notify()
        if login.has_ended and not self._is_shut_down:
            await self._async_finish(login)

    async def _async_finish(self, login: Login) -> None:
        """Forget a login that has ended, in a while, and see what has come of it."""
        self._timers.start(login, FORGET_AFTER, self._async_forget)
        if login.session.status == LoginSessionStatus.COMPLETE:
            await self._coordinator.async_refresh()

    async def _async_forget(self, login: Login) -> None:
        self._logins.remove(login)
        self._notify()

    @callback
    def _notify(self) -> None:
        self._coordinator.is_login_running = bool(self._running())
        for listener in list(self._listeners):
            listener()

    # --- Which ones

    def _running(self) -> list[Login]:
        return [login for login in self._logins if not login.has_ended]

    def _has_newer(self, login: Login) -> bool:
        """Return whether Beeper has used the session's ID again, and that one runs.

        To cancel the one would end the other.
        """
        for other in reversed(self._logins):
            if other is login:
                break
            if (
                login.id in other.ids
                and other.session.bridge_id == login.session.bridge_id
                and not other.has_ended
            ):
                return True
        return False

    def _account_of(self, bridge_id: str, login_id: str | None) -> str | None:
        """Return the account that a login carries."""
        if login_id is None:
            return None
        data = self._coordinator.data
        for account in data.accounts.values():
            bridge = data.bridge_of(account)
            if account.login_id == login_id and bridge and bridge.id == bridge_id:
                return account.account_id
        return None
