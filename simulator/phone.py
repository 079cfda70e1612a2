"""The other side of a login: the person with the phone, or the network itself."""

from collections.abc import Callable

from .emoji import EMOJIS
from .login_errors import FATAL_ERRORS
from .login_session import LoginSession
from .login_steps import COOKIES, DISPLAY_AND_WAIT, USER_INPUT, Answer, Step


class PhoneError(ValueError):
    """What was asked for cannot happen on the phone now."""


class Phone:
    """Acts on login sessions, each named by its id.

    Every method raises PhoneError when the session is not there, has ended, or is at
    a step where this cannot happen.
    """

    def __init__(self, session: Callable[[str], LoginSession | None]) -> None:
        """Act on the sessions found by this function."""
        self._session = session

    def scan(self, session_id: str) -> None:
        """Scan the displayed QR code."""
        self._require(session_id, "scan").advance(Answer())

    def approve(self, session_id: str) -> None:
        """Agree: type the pairing code, grant permission, use the passkey."""
        self._require(session_id, "approve").advance(Answer())

    def refuse(self, session_id: str) -> None:
        """Cancel on the phone."""
        self._require(session_id, "refuse").fail("cancelled_on_phone")

    def tap(self, session_id: str, emoji: str) -> None:
        """Tap an emoji, the right or a wrong one."""
        session = self._require(session_id, "tap")
        if emoji not in EMOJIS:
            raise PhoneError(f"there are only {' '.join(EMOJIS)}")
        session.advance(Answer({"emoji": emoji}))

    def rotate(self, session_id: str) -> None:
        """Let the displayed code be replaced now."""
        self._require(session_id, "rotate").rotate()

    def somebody_else(self, session_id: str) -> None:
        """Let somebody else sign in than who is to be reconnected.

        The steps to come are answered by that person, and the login that was to be
        reconnected is signed out and removed when the new one is complete.
        """
        self._require(session_id, "somebody_else").become_somebody_else()

    def grow_old(self, session_id: str) -> None:
        """Let hours pass for a session: it can be read, and each submission is 500."""
        self._require(session_id, "grow_old").grow_old()

    def time_out(self, session_id: str) -> None:
        """Let the network lose patience."""
        self.fail(session_id, "login_timed_out")

    def fail(self, session_id: str, reason: str) -> None:
        """Let the network end the login for one of FATAL_ERRORS."""
        session = self._require(session_id, "fail")
        if reason not in FATAL_ERRORS:
            raise PhoneError(f"there are only {', '.join(FATAL_ERRORS)}")
        session.fail(reason)

    def codes(self, session_id: str) -> dict[str, str]:
        """Return what the network told the person: right answers by field id."""
        _, step = self._live(session_id)
        return dict(step.right)

    def actions(self, session_id: str) -> list[str]:
        """Return the names of the methods that can be called now."""
        session, step = self._live(session_id)
        actions = _actions(step)
        if session.can_be_somebody_else:
            actions.append("somebody_else")
        return [*actions, "grow_old", "time_out", "fail"]

    def _require(self, session_id: str, action: str) -> LoginSession:
        """Return a session at a step where this can happen."""
        session, _ = self._live(session_id)
        actions = self.actions(session_id)
        if action not in actions:
            raise PhoneError(f"cannot {action} now, only {', '.join(actions)}")
        return session

    def _live(self, session_id: str) -> tuple[LoginSession, Step]:
        """Return a session that has not ended, and its step."""
        session = self._session(session_id)
        if session is None or session.forgotten:
            raise PhoneError(f"there is no login session {session_id}")
        if session.step is None or session.ended:
            status = session.status if session.step is None else "failed"
            raise PhoneError(f"the login session is {status}")
        return session, session.step


def _actions(step: Step) -> list[str]:
    """Return what a person can do on the phone at a step."""
    if step.type in (USER_INPUT, COOKIES):
        return []
    if step.type != DISPLAY_AND_WAIT:
        return ["approve"]
    if step.display_type == "emoji":
        return ["tap", "refuse"]
    if step.display_type == "qr":
        scan = ["scan", "approve", "refuse"]
        return scan if step.renew is None else [*scan, "rotate"]
    return ["approve", "refuse"]
