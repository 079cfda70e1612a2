"""One login session as it stands, and who is told of its changes."""

import asyncio

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..api import (
    Account,
    Display,
    DisplayType,
    LoginSession,
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


class Login:
    """A login session as the engine knows it, and when it started and last changed."""

    def __init__(
        self, session: LoginSession, account_id: str | None, flow_id: str | None
    ) -> None:
        """Begin with what Beeper answered to the start of the session."""
        self.session = session
        self.account_id = account_id
        self.flow_id = flow_id
        self.is_replaced = False
        """Whether it ended because another one was started for the same account."""
        self.is_outdated = False
        """Whether what it displays may be over: Beeper has not answered for a while."""
        self.followers = 0
        """How many pages show it, of those that it is to end with."""
        self.started = self.changed = dt_util.utcnow()
        self._change = asyncio.Event()

    @property
    def id(self) -> str:
        """The login session's ID."""
        return self.session.login_session_id

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
    def is_supported(self) -> bool:
        """Whether the step can be done here; a newer Beeper may ask for new things."""
        if (step := self.step) is None:
            return True
        if step.type == StepType.DISPLAY_AND_WAIT:
            return step.display is not None and step.display.type in DisplayType
        if step.type == StepType.USER_INPUT:
            # Nothing public tells how to show them, and a form may be about nothing else
            return not step.attachments
        return step.type == StepType.COOKIES

    @property
    def display(self) -> Display | None:
        """What there is to look at; `None` also where it may be over by now."""
        if self.step is None or self.is_outdated:
            return None
        return self.step.display

    @property
    def qr_code(self) -> str | None:
        """What the QR code to scan says; `None` where there is none."""
        return self._displayed(DisplayType.QR)

    @property
    def pairing_code(self) -> str | None:
        """The code to type on the phone; `None` where there is none."""
        return self._displayed(DisplayType.CODE)

    def _displayed(self, display_type: DisplayType) -> str | None:
        display = self.display
        return display.data if display and display.type == display_type else None

    @callback
    def update(self, session: LoginSession) -> None:
        """Take over what Beeper says of the session now."""
        self.session = session
        self.is_outdated = False
        self.changed = dt_util.utcnow()
        self._tell()

    @callback
    def outdate(self) -> None:
        """Take it that what is displayed may be over."""
        self.is_outdated = True
        self._tell()

    @callback
    def _tell(self) -> None:
        change, self._change = self._change, asyncio.Event()
        change.set()

    async def async_wait_for_change(self) -> None:
        """Return with the next change; at once if there will be none."""
        if not self.has_ended:
            await self._change.wait()
