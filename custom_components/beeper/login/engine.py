"""The login engine: every login session of an entry, whoever started it.

It alone talks to the login session endpoints, and follows each session from its start to
its end: whoever shows or answers one only ever looks at a `Login`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
import logging
from time import monotonic

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..api import (
    BeeperConflictError,
    BeeperError,
    BeeperNotFoundError,
    BeeperResponseError,
    LoginSession,
    LoginSessionError,
    LoginSessionStatus,
    LoginStep,
    StepType,
)
from ..const import DOMAIN
from ..coordinator import BeeperCoordinator
from ..errors import async_message
from .session import ENDED, Login

_LOGGER = logging.getLogger(__name__)

LOOK_INTERVAL = 5.0
"""Seconds between two looks at a session that nobody can be asked to wait for.

That is one with a form to fill in, with a step we do not know, or with a display that
somebody else waits on.
"""

MAX_PAUSE = 30.0
"""Seconds; the longest time between two tries while Beeper does not answer."""

STEADY_AFTER = 20.0
"""Seconds a wait has to last for its end to be no sign of trouble.

Some proxies cut every connection after a minute; one that cannot even be made is given
up after ten seconds.
"""

MANY_WAITS = 10
"""Waits in a row, each over in less than a second, after which not to hurry any more.

An answer at once is right after a change that was missed, but no server makes so many.
"""

TRUSTED_FOR = 20.0
"""Seconds without an answer for which what is displayed still counts.

A QR code may rotate as often as that.
"""

FORGET_AFTER = 300.0
"""Seconds for which an ended session can still be looked at."""

ABANDON_AFTER = 300.0
"""Seconds for which a session goes on after the last one who followed it was lost."""

CANCEL_TIMEOUT = 5.0
"""Seconds an unload or a shutdown spends on cancelling sessions in Beeper."""


class LoginEngine:
    """The login sessions of one entry.

    What a person asks for raises `BeeperError` as it comes and is never repeated by
    itself: a create or a submit that failed may have been received all the same.
    """

    def __init__(self, hass: HomeAssistant, coordinator: BeeperCoordinator) -> None:
        """Run login sessions in the Beeper of this coordinator."""
        self._hass = hass
        self._coordinator = coordinator
        self._client = coordinator.client
        self._logins: dict[str, Login] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        # Of each login at most one: to abandon it, or once it has ended to forget it
        self._timers: dict[str, CALLBACK_TYPE] = {}
        self._listeners: list[CALLBACK_TYPE] = []
        # Two at once for the same account would not know of each other
        self._creating = asyncio.Lock()
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
        return tuple(self._logins.values())

    @property
    def current(self) -> Login | None:
        """The one to show where there is room for one.

        That is the newest that runs, else the one that ended last.
        """

        def rank(login: Login) -> tuple[bool, datetime]:
            running = not login.has_ended
            return running, login.started if running else login.changed

        return max(self._logins.values(), key=rank, default=None)

    def get(self, login_session_id: str) -> Login | None:
        """Return a login; `None` if it was not started here or ended long ago."""
        return self._logins.get(login_session_id)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener whenever a login starts, changes or is forgotten."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- Acting

    async def async_create(
        self,
        bridge_id: str,
        *,
        account_id: str | None = None,
        login_id: str | None = None,
        flow_id: str | None = None,
    ) -> Login:
        """Start to reconnect an account or a login, or with neither to connect a new one.

        A login that runs for the same account already is cancelled first. One that
        nobody waits for any more when it has started is abandoned.
        """
        starting = self._hass.async_create_task(
            self._async_start(bridge_id, account_id, login_id, flow_id),
            f"{DOMAIN} start of a login session",
        )
        try:
            await asyncio.wait({starting})
        except asyncio.CancelledError:
            self._hass.async_create_task(
                self._async_give_up(starting), f"{DOMAIN} end of a login session"
            )
            raise
        return starting.result()

    async def _async_start(
        self,
        bridge_id: str,
        account_id: str | None,
        login_id: str | None,
        flow_id: str | None,
    ) -> Login:
        async with self._creating:
            target = account_id or self._account_of(bridge_id, login_id)
            for login in self._running():
                if target is not None and login.account_id == target:
                    login.is_replaced = True
                    await self.async_abandon(login)
            session = await self._client.create_login_session(
                bridge_id, flow_id=flow_id, login_id=login_id, account_id=account_id
            )
            login = Login(session, target or session.account_id, flow_id)
            if self._is_shut_down:
                await self._async_cancel_in_time(login)
                return login
            self._logins[login.id] = login
            self._notify()
            self._watch(login)
        # From now on the poll is a fast one
        await self._coordinator.async_request_refresh()
        return login

    async def _async_give_up(self, starting: asyncio.Task[Login]) -> None:
        with suppress(BeeperError):
            await self.async_abandon(await starting)

    async def async_look(self, login: Login) -> None:
        """Ask Beeper how the session stands."""
        if login.has_ended:
            return
        try:
            session = await self._client.login_session(
                login.session.bridge_id, login.id
            )
        except BeeperNotFoundError:
            await self._async_lose(login)
        else:
            await self._async_update(login, session)

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
        self._stop_watching(login)
        try:
            session = await self._client.submit_login_step(
                login.session.bridge_id,
                login.id,
                step.step_id or "",
                step.type,
                fields=fields,
                last_url=last_url,
                source=source,
            )
        except BeeperNotFoundError:
            await self._async_lose(login)
            raise
        except BeeperConflictError:
            # The session has moved on: whoever is told of the error wants to know
            with suppress(BeeperError):
                await self.async_look(login)
            raise
        else:
            await self._async_update(login, session)
        finally:
            # Also after an error, or where a script was stopped: it may have been received
            self._watch(login)

    async def async_cancel(self, login: Login) -> None:
        """End the session in Beeper."""
        if login.has_ended:
            return
        self._stop_watching(login)
        try:
            with suppress(
                BeeperNotFoundError
            ):  # Gone already, which is what was wanted
                await self._client.cancel_login_session(
                    login.session.bridge_id, login.id
                )
            await self._async_end(login, LoginSessionStatus.CANCELLED)
        finally:
            self._watch(login)

    async def async_abandon(self, login: Login) -> None:
        """End a login for good, whether or not Beeper hears of it."""
        try:
            await self.async_cancel(login)
        except BeeperError as err:
            _LOGGER.debug("A login session could not be cancelled: %s", err)
            self._stop_watching(login)
            await self._async_end(login, LoginSessionStatus.CANCELLED)

    @callback
    def async_follow(self, login: Login) -> CALLBACK_TYPE:
        """Let a login go on for as long as it is followed.

        Returns what to call when the follower is lost. If that was the last one, and
        nobody follows the login again within `ABANDON_AFTER` seconds, it is abandoned.
        """
        login.followers += 1
        if not login.has_ended:
            self._stop_timer(login)

        @callback
        def unfollow() -> None:
            login.followers -= 1
            if not (login.followers or login.has_ended or self._is_shut_down):
                self._start_timer(login, ABANDON_AFTER, self.async_abandon)

        return unfollow

    async def async_shut_down(self) -> None:
        """Cancel all sessions in Beeper, as far as it answers in time."""
        self._is_shut_down = True
        for login in self._logins.values():
            self._stop_watching(login)
            self._stop_timer(login)
        await asyncio.gather(*map(self._async_cancel_in_time, self._running()))
        self._logins.clear()

    async def _async_on_stop(self, _: Event) -> None:
        await self.async_shut_down()

    async def _async_cancel_in_time(self, login: Login) -> None:
        try:
            async with asyncio.timeout(CANCEL_TIMEOUT):
                await self._client.cancel_login_session(
                    login.session.bridge_id, login.id
                )
        except (BeeperError, TimeoutError) as err:
            _LOGGER.debug("A login session could not be cancelled: %s", err)
        login.update(replace(login.session, status=LoginSessionStatus.CANCELLED))

    # --- Following

    @callback
    def _on_poll(self) -> None:
        """Look instead of waiting: a computer that fell asleep never ends a wait."""
        if self._coordinator.last_update_success:
            return
        for login in self._running():
            if login.id in self._watchers:
                self._stop_watching(login)
                self._watch(login, pause=0.0)

    def _watch(self, login: Login, pause: float | None = None) -> None:
        """Follow a session in the background."""
        if login.has_ended or self._is_shut_down or login.id in self._watchers:
            return
        self._watchers[login.id] = (
            self._coordinator.config_entry.async_create_background_task(
                self._hass, self._async_watch(login, pause), f"{DOMAIN} login session"
            )
        )

    def _stop_watching(self, login: Login) -> None:
        if watcher := self._watchers.pop(login.id, None):
            watcher.cancel()

    async def _async_watch(self, login: Login, pause: float | None) -> None:
        """Follow a session until it has ended.

        Where Beeper offers to answer when something changes, wait for that. After any
        trouble look how the session stands, at first at once, then ever less often.
        """
        troubles = 0
        short_waits = 0
        silent_since = None
        while not login.has_ended:
            began = monotonic()
            before = login.session
            waits = pause is None and _can_wait_for(login)
            try:
                if waits:
                    await self._async_wait(login)
                else:
                    await asyncio.sleep(LOOK_INTERVAL if pause is None else pause)
                    await self.async_look(login)
            except BeeperError as err:
                if waits and monotonic() - began > STEADY_AFTER:
                    troubles = 0
                pause = _pause(troubles, err)
                troubles += 1
                # A wait that broke says little: it is followed by a look, as a rule
                if not waits or err.retry_after:
                    silent_since = silent_since or monotonic()
                    if monotonic() + pause - silent_since > TRUSTED_FOR:
                        self._outdate(login)
            else:
                pause = None
                silent_since = None
                if login.session != before:
                    troubles = 0
            if waits:
                short_waits = short_waits + 1 if monotonic() - began < 1.0 else 0
                if short_waits > MANY_WAITS:
                    pause = max(pause or 0.0, LOOK_INTERVAL)
        self._watchers.pop(login.id, None)

    async def _async_wait(self, login: Login) -> None:
        """Wait until the person has acted or what is displayed has changed.

        A 404 may mean the step or the session: like any trouble it leads to a look.
        """
        step = login.step
        assert step is not None
        assert step.step_id is not None
        session = await self._client.submit_login_step(
            login.session.bridge_id, login.id, step.step_id, step.type
        )
        if session == login.session:
            raise BeeperResponseError("Beeper answered although nothing had changed")
        await self._async_update(login, session)

    async def _async_update(self, login: Login, session: LoginSession) -> None:
        """Take over a session's state, and tell everybody if it is a new one."""
        if login.has_ended or (session == login.session and not login.is_outdated):
            return
        login.update(session)
        self._notify()
        if session.status not in ENDED or self._is_shut_down:
            return
        self._start_timer(login, FORGET_AFTER, self._async_forget)
        if session.status == LoginSessionStatus.COMPLETE:
            await self._coordinator.async_refresh()

    @callback
    def _outdate(self, login: Login) -> None:
        """Tell everybody that what is displayed may be over."""
        if login.display is not None:
            login.outdate()
            self._notify()

    async def _async_end(
        self,
        login: Login,
        status: LoginSessionStatus,
        error: LoginSessionError | None = None,
    ) -> None:
        """End a login that Beeper no longer knows."""
        await self._async_update(
            login,
            replace(login.session, status=status, current_step=None, error=error),
        )

    async def _async_lose(self, login: Login) -> None:
        """End a login whose session vanished: timed out, or Beeper was restarted."""
        code = "login_session_lost"
        error = LoginSessionError(code, await async_message(self._hass, code))
        await self._async_end(login, LoginSessionStatus.FAILED, error)

    async def _async_forget(self, login: Login) -> None:
        self._logins.pop(login.id, None)
        self._notify()

    @callback
    def _start_timer(
        self, login: Login, seconds: float, action: Callable[[Login], Awaitable[None]]
    ) -> None:
        async def act(_: datetime) -> None:
            self._timers.pop(login.id, None)
            await action(login)

        self._stop_timer(login)
        self._timers[login.id] = async_call_later(self._hass, seconds, act)

    @callback
    def _stop_timer(self, login: Login) -> None:
        if stop := self._timers.pop(login.id, None):
            stop()

    @callback
    def _notify(self) -> None:
        self._coordinator.is_login_running = bool(self._running())
        for listener in list(self._listeners):
            listener()

    def _running(self) -> list[Login]:
        return [login for login in self._logins.values() if not login.has_ended]

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


def _can_wait_for(login: Login) -> bool:
    """Return whether Beeper answers only when the step is over.

    A step that has to be finished in Beeper Desktop is left to it: there is room for
    one who waits.
    """
    step = login.step
    return (
        step is not None
        and step.type == StepType.DISPLAY_AND_WAIT
        and step.step_id is not None
        and login.is_supported
    )


def _pause(troubles: int, err: BeeperError) -> float:
    """Return for how many seconds to leave a session alone after this trouble."""
    somebody_else_waits = isinstance(err, BeeperConflictError)
    longest = LOOK_INTERVAL if somebody_else_waits else MAX_PAUSE
    return max(min(2.0 ** min(troubles, 8) - 1, longest), err.retry_after or 0.0)
