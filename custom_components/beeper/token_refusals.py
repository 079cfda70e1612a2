"""When to ask for a new sign-in, and when to take that back, as a token is refused or not.

A Beeper that starts up, or a proxy before it, may refuse a token once that is good. One that
does so again and again is a matter for one request, not for one each time.
"""

from time import monotonic

from .const import REFUSALS_SETTLED_AFTER, REFUSALS_TO_ASK_AGAIN


class TokenRefusals:
    """What became of the token in the last answers."""

    def __init__(self) -> None:
        """Begin with a token that was never refused."""
        self._in_a_row = 0
        self._last = 0.0
        """When it was refused last, in monotonic seconds."""
        self._is_asked = False
        self._was_taken_back = False
        """Whether a request was, since the token has been settled last."""

    def refused(self) -> bool:
        """Note a refusal; return whether a new sign-in is to be asked for."""
        if self._is_settled:
            self._was_taken_back = False
        self._in_a_row += 1
        self._last = monotonic()
        if self._was_taken_back and self._in_a_row < REFUSALS_TO_ASK_AGAIN:
            return False
        self._is_asked = True
        return True

    def accepted(self) -> bool:
        """Note that the token works; return whether to take back what was asked for.

        That is at once the first time, and later only when it stays so.
        """
        self._in_a_row = 0
        if not self._is_asked or (self._was_taken_back and not self._is_settled):
            return False
        self._is_asked = False
        self._was_taken_back = True
        return True

    @property
    def _is_settled(self) -> bool:
        return monotonic() - self._last >= REFUSALS_SETTLED_AFTER.total_seconds()
