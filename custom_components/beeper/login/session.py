"""One login session as it stands, and who is notified of its changes."""

import asyncio
from dataclasses import replace
from enum import StrEnum

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..api import (
    Account,
    BeeperAuthenticationError,
    BeeperConflictError,
    BeeperError,
    BeeperNotFoundError,
    BeeperScopeError,
    BeeperServerError,
    Display,
    DisplayType,
    LoginSession,
    LoginSessionError,
    LoginSessionStatus,
    LoginStep,
    StepType,
)

ENDED = frozenset(
    {
        LoginSessionStatus.COMPLETE,
        LoginSessionStatus.CANCELLED,
        LoginSessionStatus.FAILED,
    }
)

STUCK_AFTER = 2
"""Answers of a person to one step, refused in a row, after which to offer a new start."""

STUCK_AFTER_WAITS = 6
"""Waits on one step, refused in a row, after which to offer a new start.

They are repeated by themselves, ever less often: so many take half a minute, in which a
bridge may well restart.
"""

LOST_AFTER_LOOKS = 6
"""Looks that Beeper fails to answer in a row, after it said why a login ended.

That is most of a minute. A session lives in the bridge's memory: what does not come back
by then is gone.
"""

_GONE = frozenset({404, 410})
"""HTTP statuses of a session that there is no more."""


class Unsupported(StrEnum):
    """Why a step cannot be done here."""

    PASSKEY = "passkey"
    """It asks for a passkey (`webauthn`), which only the network's own site can use."""
    CLIENT_HTTP = "client_http"
    """It asks the client to talk to the network itself, as a part of a passkey's use."""
    UNKNOWN = "unknown"
    """It is of a type, or shows something, that a newer Beeper has."""


_UNSUPPORTED_TYPES = {
    "webauthn": Unsupported.PASSKEY,
    "client_http": Unsupported.CLIENT_HTTP,
}
"""Step types of the bridge framework that Beeper's published schema does not have."""


class Login:
    """A login session as the engine knows it, and when it started and last changed."""

    def __init__(
        self, session: LoginSession, account_id: str | None, flow_id: str | None
    ) -> None:
        """Begin with what Beeper answered to the start of the session."""
        self.session = session
        self.id = session.login_session_id
        self.account_id = account_id
        self.flow_id = flow_id
        self.is_replaced = False
        """Whether it ended because another one was started for the same account."""
        self.is_outdated = False
        """Whether what it displays may be over: Beeper has not answered for a while."""
        self.answered: list[LoginStep] = []
        """The steps that were answered, the last one at the end; each once."""
        self.attached = 0
        """How many pages show it, of those that it is to end with."""
        self.reason: LoginSessionError | None = None
        """Why Beeper refused the step; if the session is gone then, why it ended."""
        self.started = self.changed = dt_util.utcnow()
        self._other_id: str | None = None
        self._refusals = 0
        self._failed_looks = 0
        self._change = asyncio.Event()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ID, and the other one if Beeper has called the session otherwise since."""
        return (self.id,) if self._other_id is None else (self.id, self._other_id)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more can happen."""
        return self.session.status in ENDED

    @property
    def other_account(self) -> Account | None:
        """The account that was connected instead of the one that was to be.

        A login may carry several accounts, of which the session names one.
        """
        account, login = self.session.account, self.session.login
        if account is None or self.account_id in (None, account.account_id):
            return None
        if login and self.account_id in (login.account_ids or ()):
            return None
        return account

    @property
    def step(self) -> LoginStep | None:
        """What the session waits for; `None` once it has ended."""
        return None if self.has_ended else self.session.current_step

    @property
    def unsupported(self) -> Unsupported | None:
        """Why the step cannot be done here; `None` where it can, or there is none."""
        if (step := self.step) is None:
            return None
        match step.type:
            case StepType.DISPLAY_AND_WAIT:
                is_known = step.display is not None and step.display.type in DisplayType
                return None if is_known else Unsupported.UNKNOWN
            case StepType.USER_INPUT | StepType.COOKIES:
                return None
        return _UNSUPPORTED_TYPES.get(step.type, Unsupported.UNKNOWN)

    @property
    def is_supported(self) -> bool:
        """Whether the step can be done here; a newer Beeper may ask for new things."""
        return self.unsupported is None

    @property
    def is_stuck(self) -> bool:
        """Whether Beeper refuses all that is sent to the step, which is not over.

        Sessions that are hours old are like that; only a new start helps.
        """
        if (step := self.step) is None:
            return False
        waits = step.type == StepType.DISPLAY_AND_WAIT
        return self._refusals >= (STUCK_AFTER_WAITS if waits else STUCK_AFTER)

    @property
    def display(self) -> Display | None:
        """What there is to look at; `None` also where it may be over by now."""
        if self.step is None or self.is_outdated:
            return None
        return self.step.display

    def own(self, session: LoginSession) -> LoginSession:
        """Return an answer to a request about this login as one about it.

        Beeper may name another session ID in it, which `ids` then has, too.
        """
        if session.login_session_id not in self.ids:
            self._other_id = session.login_session_id
        return replace(
            session, login_session_id=self.id, bridge_id=self.session.bridge_id
        )

    @callback
    def note_failed_look(self, err: BeeperError) -> bool:
        """Note that a look failed; return whether that means that the session is gone.

        What is asked after a login has ended is 404 or another error (bridge framework).
        """
        if is_gone(err):
            return True
        if self.reason is None or _reason(err) is None or err.status == 429:
            return False
        self._failed_looks += 1
        return (
            not isinstance(err, BeeperServerError)
            or self._failed_looks >= LOST_AFTER_LOOKS
        )

    @callback
    def note_look(self, reason: LoginSessionError | None) -> None:
        """Note that a look was answered; `reason` was known when it began."""
        self._failed_looks = 0
        if self.reason is reason:
            # It goes on in spite of it, or says by itself why it failed
            self.reason = None

    @callback
    def note_refusal(self, err: BeeperError) -> None:
        """Note that Beeper did not take what was sent to the step."""
        if self.reason is None:
            self.reason = _reason(err)
        if isinstance(err, (BeeperNotFoundError, BeeperServerError)):
            self._count_refusals(self._refusals + 1)

    @callback
    def note_acceptance(self) -> None:
        """Note that Beeper took what was sent to the step."""
        self.reason = None
        self._count_refusals(0)

    @callback
    def _count_refusals(self, refusals: int) -> None:
        was_stuck = self.is_stuck
        self._refusals = refusals
        if self.is_stuck != was_stuck:
            self._notify()

    @callback
    def update(self, session: LoginSession) -> None:
        """Take over what Beeper says of the session now."""
        if _step_id(session) != _step_id(self.session):
            self._refusals = 0
        self.session = session
        self.is_outdated = False
        self.changed = dt_util.utcnow()
        self._notify()

    @callback
    def move(self, login_session_id: str) -> None:
        """Call the session by this one of its IDs from now on."""
        self._other_id, self.id = self.id, login_session_id

    @callback
    def note_answer(self, step: LoginStep) -> None:
        """Remember that a step was answered."""
        self.answered = [other for other in self.answered if other != step] + [step]

    @callback
    def outdate(self) -> None:
        """Take it that what is displayed may be over."""
        self.is_outdated = True
        self._notify()

    @callback
    def _notify(self) -> None:
        change, self._change = self._change, asyncio.Event()
        change.set()

    async def async_wait_for_change(self) -> None:
        """Return with the next change; at once if there will be none."""
        if not self.has_ended:
            await self._change.wait()


def is_gone(err: BeeperError) -> bool:
    """Return whether an error means that there is no such session any more."""
    return err.status in _GONE


def _step_id(session: LoginSession) -> str | None:
    return session.current_step.step_id if session.current_step else None


def _reason(err: BeeperError) -> LoginSessionError | None:
    """Return why Beeper or the network refused; `None` where they did not say.

    Beeper's errors have a code and a message, those of a proxy before it have not. About
    the token, and that somebody else waits, is nothing that ends a login.
    """
    if isinstance(
        err, (BeeperAuthenticationError, BeeperConflictError, BeeperScopeError)
    ):
        return None
    if not err.code or not err.message:
        return None
    details = None if err.details is None else dict(err.details)
    return LoginSessionError(err.code, err.message, details)
