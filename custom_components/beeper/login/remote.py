"""Login sessions in Beeper: asking for them, and what its answers mean for a login.

How a login ended may be told by its session (200, `failed`), or in the way of the bridge
framework: what was sent to the step is answered with an HTTP error that has the reason,
and the session is gone (bridgev2's provisioning API). Here both come to the same.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from homeassistant.core import HomeAssistant

from ..api import (
    BeeperClient,
    BeeperError,
    LoginSession,
    LoginSessionError,
    LoginSessionStatus,
    LoginStep,
)
from ..errors import async_message
from .session import Login, is_gone


class RemoteSessions:
    """The login sessions in one Beeper.

    Each method asks, and lets the `Login` take over what is answered. It raises
    `BeeperError` as it comes.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        client: BeeperClient,
        on_change: Callable[[Login], Awaitable[None]],
    ) -> None:
        """Ask through this client, and notify of each change of a login."""
        self._hass = hass
        self._client = client
        self._on_change = on_change

    async def async_create(
        self,
        bridge_id: str,
        account_id: str | None,
        login_id: str | None,
        flow_id: str | None,
    ) -> LoginSession:
        """Start a session and return it: there is no `Login` yet."""
        return await self._client.create_login_session(
            bridge_id, flow_id=flow_id, login_id=login_id, account_id=account_id
        )

    async def async_look(self, login: Login) -> None:
        """Ask how the session stands; it has failed if it is gone."""
        if not login.has_ended:
            before = login.session
            await self._async_take_over(login, await self._async_ask(login), before)

    async def async_wait(self, login: Login) -> None:
        """Wait until the person has acted or what is displayed has changed.

        A 404 may mean the step or the session: like any failure it calls for a look.
        """
        step = login.step
        assert step is not None
        before = login.session
        session = await self._async_send(login, step)
        await self._async_take_over(login, session, before)

    async def async_submit(
        self,
        login: Login,
        step: LoginStep,
        *,
        fields: Mapping[str, str],
        last_url: str | None,
        source: str | None,
    ) -> None:
        """Answer a step. Who is told of an error can see at once what came of it."""
        before = login.session
        try:
            session = await self._async_send(
                login, step, fields=fields, last_url=last_url, source=source
            )
        except BeeperError as err:
            if err.status is not None and not err.retry_after:
                with suppress(BeeperError):
                    await self.async_look(login)
            raise
        login.note_answer(step)
        await self._async_take_over(login, session, before)

    async def async_cancel(self, login: Login) -> None:
        """End the session in Beeper; that it is gone already is as good."""
        for login_session_id in login.ids:
            try:
                await self._client.cancel_login_session(
                    login.session.bridge_id, login_session_id
                )
            except BeeperError as err:
                if not is_gone(err):
                    raise
            else:
                return

    # --- What becomes of a login

    async def async_end(self, login: Login) -> None:
        """Take it that a login was cancelled."""
        cancelled = replace(
            login.session,
            status=LoginSessionStatus.CANCELLED,
            current_step=None,
            error=None,
        )
        await self._async_take_over(login, cancelled, login.session)

    async def async_outdate(self, login: Login) -> None:
        """Take it that what is displayed may be over."""
        if login.display is not None:
            login.outdate()
            await self._on_change(login)

    async def _async_take_over(
        self, login: Login, session: LoginSession, before: LoginSession
    ) -> None:
        """Take over a session's state, and notify everybody if it is a new one.

        `before` is the state in which Beeper was asked for it.
        """
        if login.session is not before and login.session != session:
            # Somebody else was answered meanwhile: nobody knows which answer is newer
            await self.async_look(login)
            return
        if login.has_ended or (session == login.session and not login.is_outdated):
            return
        login.update(session)
        await self._on_change(login)

    # --- Asking

    async def _async_ask(self, login: Login) -> LoginSession:
        """Return how the session stands; failed, with the reason, if it is gone."""
        reason = login.reason
        gone: BeeperError | None = None
        for login_session_id in login.ids:
            try:
                session = await self._client.login_session(
                    login.session.bridge_id, login_session_id
                )
            except BeeperError as err:
                if not login.note_failed_look(err):
                    raise
                gone = gone or err
                continue
            if login_session_id != login.id:
                login.move(login_session_id)
            login.note_look(reason)
            return login.own(_with_reason(session, reason))
        return await self._async_lost(login, gone)

    async def _async_lost(self, login: Login, gone: BeeperError | None) -> LoginSession:
        """Return a session that vanished: over, timed out, or Beeper was restarted.

        That there is no such session is also said to who answers its step. It is a reason
        only where it is not just that: networks may refuse with 404, too.
        """
        reason = login.reason
        if reason is None or (gone and reason.message == gone.message):
            code = "login_session_lost"
            reason = LoginSessionError(code, await async_message(self._hass, code))
        return replace(
            login.session,
            status=LoginSessionStatus.FAILED,
            current_step=None,
            error=reason,
        )

    async def _async_send(
        self,
        login: Login,
        step: LoginStep,
        *,
        fields: Mapping[str, str] | None = None,
        last_url: str | None = None,
        source: str | None = None,
    ) -> LoginSession:
        """Answer a step, or wait on one that displays something; return what comes next."""
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
        except BeeperError as err:
            login.note_refusal(err)
            raise
        login.note_acceptance()
        return login.own(session)


def _with_reason(
    session: LoginSession, reason: LoginSessionError | None
) -> LoginSession:
    """Return a session, if it failed and does not say why, with the reason known before."""
    error = session.error
    if session.status != LoginSessionStatus.FAILED or (
        error and (error.message or error.code)
    ):
        return session
    return replace(session, error=reason)
