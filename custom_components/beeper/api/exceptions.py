"""Errors of the Beeper client, one class for each way a caller can react."""

from collections.abc import Mapping


class BeeperError(Exception):
    """Beeper could not do what was asked.

    `message` is the server's own wording for a person, `code` its machine-readable code
    and `details` whatever it added; all three are `None` where the server said nothing.
    `status` is the HTTP status. `retry_after` is the number of seconds the server asked
    to be left alone.

    The text of the exception holds none of the server's words, because those can quote
    what a person typed: it is safe to log.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        message: str | None = None,
        code: str | None = None,
        details: Mapping[str, object] | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep what is known about the failure."""
        super().__init__(reason)
        self.status = status
        self.message = message
        self.code = code
        self.details = details
        self.retry_after = retry_after


class BeeperConnectionError(BeeperError):
    """No answer: nobody listens there, the connection broke, or it took too long."""


class BeeperCertificateError(BeeperConnectionError):
    """The server's certificate is not one to trust: self-signed, expired, or another's.

    Nothing was said to that server.
    """


class BeeperTimeoutError(BeeperConnectionError):
    """No answer in time."""


class BeeperResponseError(BeeperError):
    """An answer Beeper would not give: not its JSON, far too long, or a redirect.

    `location` is where a redirect leads, and `None` for what is none.
    """

    location: str | None = None


class BeeperAccessProxyError(BeeperResponseError):
    """Something before Beeper wants a sign-in of its own, or challenges whoever comes.

    That is a refusal (401, 403) that is not Beeper's, or a redirect to where people sign
    in.
    """


class BeeperAuthenticationError(BeeperError):
    """The access token is missing, wrong, expired or revoked (401)."""


class BeeperScopeError(BeeperError):
    """The access token does not allow this (403)."""


class BeeperNotFoundError(BeeperError):
    """Beeper does not have what was asked for (404).

    There is no such bridge, login or login session, or Beeper is too old to know the
    address.
    """


class BeeperConflictError(BeeperError):
    """The request does not fit the current state (409).

    A second waiter on a step is an example.
    """


class BeeperInvalidRequestError(BeeperError):
    """Beeper does not accept a value of the request (400, 422).

    Or a network does not, of those of a login: it may refuse them with any status.
    """


class BeeperRateLimitError(BeeperError):
    """Too many requests (429)."""


class BeeperServerError(BeeperError):
    """Beeper itself (500) or the bridge behind it (502) failed.

    The same request may work later.
    """
