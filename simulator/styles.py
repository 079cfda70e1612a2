"""The two ways in which Beeper may tell how a login goes wrong.

Which one it takes can be seen only in part, so clients have to know both.
"""

from abc import ABC, abstractmethod
from typing import Literal, get_args, override

from .errors import ApiError, conflict, not_found

type StyleName = Literal["beeper", "framework"]

STYLES: tuple[StyleName, ...] = get_args(StyleName.__value__)


class Style(ABC):
    """What a login session answers where things do not go on as they should."""

    failure_is_error: bool
    """Whether a failure is an HTTP error, and the session gone with it.

    If not, the session is `failed`, answers 200 and can be read for a while.
    """
    joins: bool
    """Whether a second request waits beside the first, and who is a step behind is told
    of the current one; if not, both are refused."""

    @abstractmethod
    def unknown(self, session_id: str) -> ApiError:
        """Return the error for a session that is not there, or not any more."""

    @abstractmethod
    def over(self, session_id: str, status: str) -> ApiError:
        """Return the error for a submission to a session that has ended."""

    @abstractmethod
    def not_current(self, step_id: str) -> ApiError:
        """Return the error for a submission to another step than the current one."""

    @abstractmethod
    def cancelled(self, session_id: str) -> ApiError:
        """Return the error for who waits on a session that is cancelled."""

    @abstractmethod
    def timed_out(self, session_id: str) -> ApiError:
        """Return the error for who waits on a session whose time is over."""


class BeeperStyle(Style):
    """The session itself tells how it ended, as the published API has it."""

    failure_is_error = False
    joins = False

    @override
    def unknown(self, session_id: str) -> ApiError:
        return not_found(f"Login session {session_id}")

    @override
    def over(self, session_id: str, status: str) -> ApiError:
        return conflict("session_ended", f"The login session is {status}")

    @override
    def not_current(self, step_id: str) -> ApiError:
        return conflict("step_not_current", f"The current step is {step_id}")

    @override
    def cancelled(self, session_id: str) -> ApiError:
        return self.unknown(session_id)

    @override
    def timed_out(self, session_id: str) -> ApiError:
        return self.unknown(session_id)


class FrameworkStyle(Style):
    """Any error is fatal (bridgev2's provisioning API)."""

    failure_is_error = True
    joins = True

    @override
    def unknown(self, session_id: str) -> ApiError:
        return ApiError(404, "M_NOT_FOUND", "Login not found")

    @override
    def over(self, session_id: str, status: str) -> ApiError:
        return self.unknown(session_id)

    @override
    def not_current(self, step_id: str) -> ApiError:
        return ApiError(500, "M_BAD_STATE", "Step ID does not match")

    @override
    def cancelled(self, session_id: str) -> ApiError:
        return ApiError(
            410, "FI.MAU.BRIDGE.LOGIN_CANCELLED", "Login process was cancelled"
        )

    @override
    def timed_out(self, session_id: str) -> ApiError:
        return ApiError(410, "FI.MAU.BRIDGE.LOGIN_TIMED_OUT", "Login process timed out")


_BY_NAME: dict[StyleName, Style] = {
    "beeper": BeeperStyle(),
    "framework": FrameworkStyle(),
}


def style_of(name: StyleName) -> Style:
    """Return a style by its name."""
    return _BY_NAME[name]
