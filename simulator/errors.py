"""The errors the simulated Beeper answers with.

Each is `{"message": str, "code": str, "details"?: object}` with the matching HTTP
status. Only the body of a 401 is known from a live Beeper; the other codes are
chosen here, since Beeper publishes none.
"""

from typing import Any


class ApiError(Exception):
    """An error answer."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Initialise with the HTTP status and the members of the body."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    @property
    def body(self) -> dict[str, Any]:
        """The error body as Beeper sends it."""
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.details is not None:
            body["details"] = self.details
        return body


def bad_request(message: str) -> ApiError:
    """Return the error for a request that cannot be read at all."""
    return ApiError(400, "bad_request", message)


def unauthorized() -> ApiError:
    """Return the error for a missing or unknown token (body observed on 4.3.73)."""
    return ApiError(401, "unauthorized", "Unauthorized: Invalid or missing token")


def token_expired() -> ApiError:
    """Return the error for a token that was good once (message seen in public)."""
    return ApiError(401, "unauthorized", "Unauthorized: Token expired")


def forbidden(scope: str) -> ApiError:
    """Return the error for a token that lacks a scope."""
    return ApiError(403, "forbidden", f"Forbidden: The token lacks the scope {scope}")


def not_found(what: str) -> ApiError:
    """Return the error for something that is not there."""
    return ApiError(404, "not_found", f"{what} not found")


def conflict(code: str, message: str) -> ApiError:
    """Return the error for a conflict with the current state."""
    return ApiError(409, code, message)


def invalid(message: str, *path: str) -> ApiError:
    """Return the error for a member of the body, named by its path."""
    issue = {"code": "invalid", "message": message, "path": list(path)}
    return ApiError(422, "validation_error", "Validation failed", {"issues": [issue]})


def bridge_failed(message: str) -> ApiError:
    """Return the error for a bridge behind Beeper that failed."""
    return ApiError(502, "bridge_error", message)
