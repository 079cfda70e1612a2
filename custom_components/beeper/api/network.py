"""Asking what a network has its say in: its refusals are told from those of the token."""

from collections.abc import Mapping
from uuid import uuid4

from aiohttp import ClientTimeout

from .exceptions import (
    BeeperAuthenticationError,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    BeeperScopeError,
)
from .paths import session_path
from .transport import REQUEST_TIMEOUT, Transport


async def ask_network(
    transport: Transport,
    bridge_id: str,
    method: str,
    path: str,
    *,
    body: Mapping[str, object] | None = None,
    timeout: ClientTimeout = REQUEST_TIMEOUT,
) -> bytes:
    """Ask something about logins, and return the body of the answer.

    A bridge hands on how its network refuses a password: with the statuses by which
    Beeper refuses a token. Raises `BeeperInvalidRequestError` where the token still
    works, else `BeeperError` as the transport does.
    """
    try:
        return await transport.exchange(method, path, body=body, timeout=timeout)
    except (BeeperAuthenticationError, BeeperScopeError) as err:
        may_only_read = (
            isinstance(err, BeeperScopeError)
            and method != "GET"
            # Who has a login session was allowed to have one
            and "/login-sessions/" not in path
        )
        if err.status is None or await _is_token_refused(
            transport, bridge_id if may_only_read else None
        ):
            raise
        raise BeeperInvalidRequestError(
            f"{err} of the network",
            status=err.status,
            message=err.message,
            code=err.code,
            details=err.details,
            retry_after=err.retry_after,
        ) from None


async def _is_token_refused(transport: Transport, writes_to: str | None) -> bool:
    """Return whether Beeper refuses the token, to read or to write to a bridge.

    To write is tried with what changes nothing: to cancel a login session that there
    never was. Where Beeper cannot be asked, the refusal stays what it looks like.
    """
    try:
        await transport.exchange("GET", "/v1/accounts")
        if writes_to is not None:
            await transport.exchange("DELETE", session_path(writes_to, str(uuid4())))
    except BeeperNotFoundError:
        return False
    except BeeperError:
        return True
    return False
