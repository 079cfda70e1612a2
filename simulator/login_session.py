"""A login session: a state machine, driven by a client and by the phone."""

import asyncio
from collections.abc import Callable, Mapping
import copy
from typing import Any

from .desktop import Desktop
from .errors import ApiError, conflict, invalid
from .login_errors import login_error
from .login_settings import LoginSettings
from .login_steps import (
    COOKIES,
    DISPLAY_AND_WAIT,
    USER_INPUT,
    Answer,
    Attempt,
    Identity,
    LoginFailed,
    LoginFlow,
    Step,
    user_of,
)
from .scenario import Bridge, Json
from .shapes import serve
from .styles import style_of
from .timings import Timings
from .waiting import Timers, Waiters

_STATUS = {
    COOKIES: "waiting_for_cookies",
    DISPLAY_AND_WAIT: "waiting_for_display",
    USER_INPUT: "waiting_for_input",
}
_ENDED = ("complete", "cancelled", "failed")

_ROTATION = "rotation"
_DISPLAY = "display"
_LIFE = "life"


class LoginSession:
    """A login session.

    It has three timers: the rotation of a displayed code, the end of the network's
    patience with what is displayed, and the end of the session itself.
    """

    def __init__(
        self,
        session_id: str,
        flow: LoginFlow,
        attempt: Attempt,
        *,
        bridge: Bridge,
        accounts: list[Json],
        desktop: Desktop,
        timings: Timings,
        settings: LoginSettings,
    ) -> None:
        """Prepare a session; accounts: those to be reconnected, none for new."""
        self.id = session_id
        self.bridge = bridge
        self.status = "waiting_for_input"
        self.step: Step | None = None
        self.error: Json | None = None
        self.forgotten = False
        """Whether it is 404 now."""
        self.is_old = False
        """Whether it is hours old: it can be read, but takes nothing."""
        self._waiters = Waiters()
        self._account_ids = [account["accountID"] for account in accounts]
        self._login_id: str | None = accounts[0].get("loginID") if accounts else None
        self._result: Json = {}
        self._attempt = attempt
        self._flow = flow.run(attempt)
        self._life = timings.session_timeout or flow.lifetime
        self._desktop = desktop
        self._timings = timings
        self._shape = settings.shape
        self._style = style_of(settings.style)
        self._fatal: ApiError | None = None
        self._timers = Timers()
        self._seen: Step | None = None
        self._previous_id: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in _ENDED or self._fatal is not None

    @property
    def waiting(self) -> asyncio.Event:
        """Set while a client blocks on the step."""
        return self._waiters.present

    @property
    def can_be_somebody_else(self) -> bool:
        """Whether somebody else could sign in than who is to be reconnected."""
        return self._attempt.account is not None

    @property
    def wire(self) -> Json:
        """The session as served."""
        session: Json = {
            "bridgeID": self.bridge.id,
            "loginSessionID": self.id,
            "status": self.status,
        }
        if self._account_ids:
            session["accountID"] = self._account_ids[0]
        if self._login_id is not None:
            session["loginID"] = self._login_id
        if self.step is not None:
            session["currentStep"] = serve(self.step, self._shape)
        if self.error is not None:
            session["error"] = self.error
        return session | self._result

    def deliver(self) -> Json:
        """Return the session as served, to a client that now knows the step."""
        self._seen = self.step
        return self.wire

    def start(self) -> None:
        """Go to the first step. Raises ApiError if a failure is told that way."""
        self._timers.set(_LIFE, self._life, self._expire)
        self._go(lambda: next(self._flow))
        self._meet_failure()

    async def submit(
        self, step_id: str, kind: str, fields: Mapping[str, str], last_url: str
    ) -> None:
        """Take a submission; one to display_and_wait blocks until something happens.

        Raises ApiError: as the style has it for a session that has ended, is cancelled
        or fails, and for a step that is not the current one; 409 for a second waiter
        unless it joins; 422 for what does not fit the step; 500 for an old session.
        """
        self._refuse_old()
        self._meet_failure()
        if self.step is None:
            raise self._style.over(self.id, self.status)
        if self.step.step_id != step_id:
            if self._style.joins and step_id == self._previous_id:
                return
            raise self._style.not_current(self.step.step_id)
        if self.step.type != kind:
            raise invalid(f"The current step is of type {self.step.type}", "type")
        if kind == DISPLAY_AND_WAIT:
            await self._wait(self.step)
            return
        _check_fields(self.step, fields)
        self.advance(Answer(fields, last_url))
        self._meet_failure()

    def advance(self, answer: Answer) -> None:
        """Go on with an answer to the current step."""
        self._go(lambda: self._flow.send(answer))

    def rotate(self) -> None:
        """Replace the displayed code. Raises ValueError if it does not rotate."""
        if self.step is None or self.step.renew is None:
            raise ValueError("nothing that rotates is displayed")
        self._show(self.step.renew())

    def become_somebody_else(self) -> None:
        """Let somebody else sign in than who is to be reconnected."""
        self._attempt.account = None

    def grow_old(self) -> None:
        """Be hours old: from now on it can be read, and each submission is 500."""
        self.is_old = True
        self._timers.close()
        self._waiters.release()

    def fail(self, reason: str) -> None:
        """End for one of the fatal errors.

        Where a failure is an HTTP error, it waits for the request that meets it.
        """
        error = login_error(self.bridge.type, reason)
        if not self._style.failure_is_error:
            self.error = error.body
            self._end("failed")
            return
        self._fatal = error
        self._flow.close()
        self._timers.cancel(_ROTATION, _DISPLAY)
        self._waiters.release()

    def cancel(self) -> None:
        """End at once; a waiting client is told. Raises ApiError 409 if it has ended."""
        if self.status in _ENDED:
            raise conflict("session_ended", f"The login session is {self.status}")
        self._fatal = self._style.cancelled(self.id)
        self._end("cancelled")
        self.forget()

    def forget(self) -> None:
        """Let it be 404 from now on."""
        self.forgotten = True
        self._timers.close()
        self._waiters.release()

    def _go(self, step: Callable[[], Step]) -> None:
        """Enter the next step of the flow, or end with it."""
        try:
            entered = step()
        except StopIteration as done:
            self._complete(done.value)
        except LoginFailed as err:
            self.fail(err.reason)
        else:
            self._enter(entered)

    async def _wait(self, step: Step) -> None:
        """Block until the step moves on; at once if the client missed that it did."""
        if self.waiting.is_set() and not self._style.joins:
            raise conflict("step_in_progress", "Another request waits on this step")
        if self._seen is not step:
            return
        await self._waiters.wait()
        self._refuse_old()
        self._meet_failure()
        if self.forgotten:
            raise self._style.unknown(self.id)

    def _refuse_old(self) -> None:
        """Raise ApiError if it is hours old."""
        if self.is_old:
            raise ApiError(500, "M_UNKNOWN", "Internal error in login step")

    def _meet_failure(self) -> None:
        """Raise the HTTP error it has failed with; it is gone then."""
        if self._fatal is None:
            return
        if self.status not in _ENDED:
            self.status = "failed"
        self.forget()
        raise self._fatal

    def _enter(self, step: Step) -> None:
        """Enter the next step of the flow."""
        self.status = _STATUS.get(step.type, "waiting_for_input")
        self._timers.cancel(_DISPLAY)
        if self.step is not None:
            self._previous_id = self.step.step_id
        if patience := self._patience(step):
            self._timers.set(_DISPLAY, patience, self._lose_patience)
        self._show(step)

    def _patience(self, step: Step) -> float | None:
        """Return how long a network waits for a person who looks at something."""
        if step.type != DISPLAY_AND_WAIT:
            return None
        return self._timings.qr_lifetime or step.expires

    def _show(self, step: Step) -> None:
        """Show a step, or the same one with a new code."""
        self.step = step
        self._timers.cancel(_ROTATION)
        if step.renew is not None and step.lasts:
            after = self._timings.qr_rotation or step.lasts[0]
            self._timers.set(_ROTATION, after, self.rotate)
        self._waiters.release()

    def _lose_patience(self) -> None:
        """Let the network end the login."""
        self.fail("login_timed_out")

    def _expire(self) -> None:
        """End because a login may not take any longer."""
        if self.step is not None and self.step.type == DISPLAY_AND_WAIT:
            if not self._style.failure_is_error:
                self._lose_patience()
                return
        self._fatal = self._style.timed_out(self.id)
        self.forget()

    def _complete(self, identity: Identity) -> None:
        """Connect the account and end.

        Where somebody else has signed in than who was to be reconnected, the old login
        is signed out and removed (bridgev2's provisioning API).
        """
        if self._is_somebody_else(identity):
            for account_id in self._account_ids:
                self._desktop.remove_account(account_id)
            self._account_ids = []
        account_id = self._desktop.sign_in(
            self.bridge, self._account_ids, identity, self._timings.connecting
        )
        account = copy.deepcopy(self._desktop.account(account_id))
        self._account_ids = [account_id]
        self._result = {"account": account}
        if (login_id := account.get("loginID")) is not None:
            self._login_id = login_id
            self._result["login"] = self._desktop.login(self.bridge.id, login_id)
        self._end("complete")

    def _is_somebody_else(self, identity: Identity) -> bool:
        """Return whether another person than the one to be reconnected signed in."""
        known = self._desktop.accounts
        self._account_ids = [item for item in self._account_ids if item in known]
        if not self._account_ids:
            return False
        if self._attempt.account is None:
            return True
        before = user_of(known[self._account_ids[0]])
        return any(
            name in before and before[name] != identity.user.get(name, before[name])
            for name in ("phoneNumber", "email")
        )

    def _end(self, status: str) -> None:
        """End with a status; it can still be read for a while."""
        self.status = status
        self.step = None
        self._flow.close()
        self._timers.close()
        self._timers.set(_LIFE, self._timings.ended, self.forget)
        self._waiters.release()


def _check_fields(step: Step, fields: Mapping[str, str]) -> None:
    """Refuse unknown fields, and missing ones where input is asked for.

    Missing cookies are for the network to judge. Raises ApiError 422.
    """
    known: dict[str, dict[str, Any]] = {
        item["id"]: item for item in step.members["fields"]
    }
    for name in fields:
        if name not in known:
            raise _invalid_field("There is no such field", name)
    if step.type == COOKIES:
        return
    for name, item in known.items():
        if not fields.get(name) and not item.get("optional"):
            raise _invalid_field("The field is required", name)


def _invalid_field(message: str, name: str) -> ApiError:
    """Return the error for a field."""
    return invalid(message, "fields", name)
