"""The Beeper Desktop API over HTTP: a method per endpoint, one `_request` for all."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from mashumaro.codecs.orjson import ORJSONDecoder
import orjson
from yarl import URL

from .exceptions import (
    BeeperAuthenticationError,
    BeeperConflictError,
    BeeperConnectionError,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    BeeperRateLimitError,
    BeeperResponseError,
    BeeperScopeError,
    BeeperServerError,
)
from .models import (
    Account,
    AppSetup,
    Bridge,
    BridgeLogin,
    CancelledLoginSession,
    ErrorBody,
    Info,
    Items,
    LoginFlow,
    LoginSession,
    ProvisioningCapabilities,
    RemovedLogin,
    RemoveScope,
    StepType,
)

REQUEST_TIMEOUT = ClientTimeout(total=30, connect=10)
"""Seconds for most requests.

The computer is near and reads are local to it; a login step may have to ask the
network.
"""

WAIT_TIMEOUT = ClientTimeout(total=600, connect=10)
"""Seconds to submit a `display_and_wait` step.

It blocks until the person has acted, up to minutes.
"""

MAX_BODY = 16 * 1024 * 1024
"""Bytes; whatever is longer than this is not Beeper.

A thousand accounts take about half of one MiB.
"""

MAX_VERSION = 64
"""Characters; a longer version is not one, and would end up in a registry."""

MAX_RETRY_AFTER = 3600.0
"""Seconds. A server that asks to be left alone for longer is asked again after this."""

_ACCOUNTS = ORJSONDecoder(tuple[Account, ...])
_ACCOUNT = ORJSONDecoder(Account)
_APP_SETUP = ORJSONDecoder(AppSetup)
_BRIDGES = ORJSONDecoder(Items[Bridge])
_BRIDGE = ORJSONDecoder(Bridge)
_CANCELLED = ORJSONDecoder(CancelledLoginSession)
_CAPABILITIES = ORJSONDecoder(ProvisioningCapabilities)
_ERROR = ORJSONDecoder(ErrorBody)
_FLOWS = ORJSONDecoder(Items[LoginFlow])
_INFO = ORJSONDecoder(Info)
_LOGIN = ORJSONDecoder(BridgeLogin)
_LOGINS = ORJSONDecoder(Items[BridgeLogin])
_REMOVED = ORJSONDecoder(RemovedLogin)
_SESSION = ORJSONDecoder(LoginSession)

_ERRORS: dict[int, type[BeeperError]] = {
    400: BeeperInvalidRequestError,
    401: BeeperAuthenticationError,
    403: BeeperScopeError,
    404: BeeperNotFoundError,
    409: BeeperConflictError,
    422: BeeperInvalidRequestError,
    429: BeeperRateLimitError,
}


class BeeperClient:
    """A Beeper Desktop or Beeper Server at one address.

    Every method raises a `BeeperError`, and nothing else, when Beeper cannot be asked
    or does not answer as it should.
    """

    def __init__(
        self, session: ClientSession, url: str, access_token: str | None = None
    ) -> None:
        """Talk to the API at `url` through an injected session.

        `url` may have a path prefix and has no trailing slash.
        """
        self._session = session
        self._url = url
        self._access_token = access_token
        self._polled: dict[str, tuple[bytes, object]] = {}
        self.version: str | None = None
        """Beeper's version, as its latest answer gave it."""

    # --- Beeper itself

    async def info(self) -> Info:
        """Return who answers at the address; needs no token."""
        return await self._request("GET", "/v1/info", _INFO, authenticate=False)

    async def app_setup(self) -> AppSetup:
        """Return whether Beeper itself is signed in; needs no token while it is not."""
        return await self._request("GET", "/v1/app/setup", _APP_SETUP)

    # --- Accounts and bridges

    async def accounts(self) -> tuple[Account, ...]:
        """Return all accounts.

        The very same object as before is returned when Beeper's answer is the same,
        byte for byte.
        """
        return await self._poll("/v1/accounts", _ACCOUNTS)

    async def account(self, account_id: str) -> Account:
        """Return one account."""
        return await self._request("GET", _path("v1", "accounts", account_id), _ACCOUNT)

    async def bridges(self) -> tuple[Bridge, ...]:
        """Return all bridges.

        The very same object as before is returned when Beeper's answer is the same,
        byte for byte.

        Raises `BeeperNotFoundError` on a Beeper that is too old to know bridges.
        """
        return (await self._poll("/v1/bridges", _BRIDGES)).items

    async def bridge(self, bridge_id: str) -> Bridge:
        """Return one bridge."""
        return await self._request("GET", _bridge_path(bridge_id), _BRIDGE)

    async def capabilities(self, bridge_id: str) -> ProvisioningCapabilities:
        """Return what a bridge can do beyond chatting."""
        return await self._request(
            "GET", _bridge_path(bridge_id, "capabilities"), _CAPABILITIES
        )

    # --- Logins

    async def login_flows(self, bridge_id: str) -> tuple[LoginFlow, ...]:
        """Return the ways to sign in to a bridge's network."""
        return (
            await self._request("GET", _bridge_path(bridge_id, "login-flows"), _FLOWS)
        ).items

    async def logins(self, bridge_id: str) -> tuple[BridgeLogin, ...]:
        """Return the identities that are signed in on a bridge (SDK 6.0.0)."""
        return (
            await self._request("GET", _bridge_path(bridge_id, "logins"), _LOGINS)
        ).items

    async def login(self, bridge_id: str, login_id: str) -> BridgeLogin:
        """Return one signed-in identity (SDK 6.0.0)."""
        return await self._request(
            "GET", _bridge_path(bridge_id, "logins", login_id), _LOGIN
        )

    async def remove_login(
        self, bridge_id: str, login_id: str, scope: RemoveScope
    ) -> RemovedLogin:
        """Sign an identity out, on this device or on all (SDK 6.0.0)."""
        path = _bridge_path(bridge_id, "logins", login_id, "remove")
        return await self._request("POST", path, _REMOVED, body={"scope": scope})

    # --- Login sessions

    async def create_login_session(
        self,
        bridge_id: str,
        *,
        flow_id: str | None = None,
        login_id: str | None = None,
        account_id: str | None = None,
    ) -> LoginSession:
        """Start to connect a new account, or to reconnect the given login or account.

        Without `flow_id` Beeper chooses the way to sign in.
        """
        body = _present(flowID=flow_id, loginID=login_id, accountID=account_id)
        return await self._request(
            "POST", _session_path(bridge_id), _SESSION, body=body
        )

    async def login_session(
        self, bridge_id: str, login_session_id: str
    ) -> LoginSession:
        """Return a login session; always safe, even while its step is waited on."""
        return await self._request(
            "GET", _session_path(bridge_id, login_session_id), _SESSION
        )

    async def submit_login_step(
        self,
        bridge_id: str,
        login_session_id: str,
        step_id: str,
        step_type: str,
        *,
        fields: Mapping[str, str] | None = None,
        last_url: str | None = None,
        source: str | None = None,
    ) -> LoginSession:
        """Answer the current step and return the session's next state.

        A `display_and_wait` step blocks until the person has acted or what is displayed
        has changed; a second waiter gets a `BeeperConflictError`.
        """
        waits = step_type == StepType.DISPLAY_AND_WAIT
        return await self._request(
            "POST",
            _session_path(bridge_id, login_session_id, "steps", step_id),
            _SESSION,
            body={"type": step_type}
            | _present(fields=fields, lastURL=last_url, source=source),
            timeout=WAIT_TIMEOUT if waits else REQUEST_TIMEOUT,
        )

    async def cancel_login_session(
        self, bridge_id: str, login_session_id: str
    ) -> CancelledLoginSession:
        """End a login session."""
        return await self._request(
            "DELETE", _session_path(bridge_id, login_session_id), _CANCELLED
        )

    # --- The one way to the server

    async def _poll[T](self, path: str, decoder: ORJSONDecoder[T]) -> T:
        """GET what is read repeatedly, and parse it only when it has changed."""
        body = await self._exchange("GET", path)
        if (last := self._polled.get(path)) is not None and last[0] == body:
            return last[1]  # type: ignore[return-value]  # a path is always read with the same decoder
        answer = _decode(body, decoder)
        self._polled[path] = (body, answer)
        return answer

    async def _request[T](
        self,
        method: str,
        path: str,
        decoder: ORJSONDecoder[T],
        *,
        body: Mapping[str, object] | None = None,
        timeout: ClientTimeout = REQUEST_TIMEOUT,
        authenticate: bool = True,
    ) -> T:
        """Ask and parse the answer."""
        return _decode(
            await self._exchange(
                method, path, body=body, timeout=timeout, authenticate=authenticate
            ),
            decoder,
        )

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        timeout: ClientTimeout = REQUEST_TIMEOUT,
        authenticate: bool = True,
    ) -> bytes:
        """Ask and return the body of a successful answer."""
        headers = {"Accept": "application/json"}
        if authenticate and self._access_token is not None:
            headers["Authorization"] = f"Bearer {_header_value(self._access_token)}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method,
                URL(self._url + path, encoded=True),
                data=None if body is None else _encode(body),
                headers=headers,
                timeout=timeout,
                # A redirect would carry the token to wherever it points
                allow_redirects=False,
            ) as response:
                answer = await _read(response)
                status, answer_headers = response.status, response.headers
        except TimeoutError as err:
            raise BeeperConnectionError("Beeper did not answer in time") from err
        except (ClientError, OSError) as err:
            raise BeeperConnectionError(
                f"No connection to Beeper: {type(err).__name__}"
            ) from err
        if version := answer_headers.get("X-Beeper-Desktop-Version"):
            self.version = version[:MAX_VERSION]
        if 200 <= status < 300:
            return answer
        raise _error(status, answer, answer_headers.get("Retry-After"))


async def _read(response: ClientResponse) -> bytes:
    """Read a body, but not an endless one."""
    chunks = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_BODY:
            raise BeeperResponseError(
                f"The answer is longer than {MAX_BODY} bytes", status=response.status
            )
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _decode[T](body: bytes, decoder: ORJSONDecoder[T]) -> T:
    try:
        return decoder.decode(body)
    except (ValueError, TypeError, LookupError, AttributeError) as err:
        # Not chained: mashumaro's errors quote the value, which may be a secret
        raise BeeperResponseError(
            f"The answer is not Beeper's: {type(err).__name__}"
        ) from None


def _encode(body: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:
        # Not chained: what cannot be encoded may be a password
        raise BeeperInvalidRequestError(
            "The request holds text that is not valid Unicode"
        ) from None


def _error(status: int, body: bytes, retry_after: str | None) -> BeeperError:
    """Return the error that an answer with this status stands for."""
    if 300 <= status < 400:
        return BeeperResponseError(
            f"HTTP {status}: redirects are not followed", status=status
        )
    try:
        said = _decode(body, _ERROR)
    except BeeperResponseError:
        said = ErrorBody()
    kind = (
        BeeperServerError if status >= 500 else _ERRORS.get(status, BeeperResponseError)
    )
    return kind(
        f"HTTP {status}",
        status=status,
        message=said.message,
        code=said.code,
        details=said.details,
        retry_after=_seconds(retry_after),
    )


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds a Retry-After header asks for.

    It gives seconds or a date (RFC 9110, 10.2.3).
    """
    if retry_after is None:
        return None
    if retry_after.isdecimal():
        seconds = float(retry_after)
    else:
        try:
            date = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        # A date without a zone is in UTC
        seconds = (
            date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)
        ).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _header_value(token: str) -> str:
    """Refuse what cannot stand in a header, a token with a line break in it for one."""
    if not (token.isascii() and token.isprintable()):
        raise BeeperAuthenticationError(
            "The access token holds characters that no token has"
        )
    return token


def _path(*segments: str) -> str:
    """Return the path of these segments.

    IDs are opaque and may hold anything, `/` and `..` included.
    """
    if any(segment in ("", ".", "..") for segment in segments):
        raise BeeperNotFoundError("That is not an ID")
    return "".join(
        f"/{quote(segment, safe='', errors='replace')}" for segment in segments
    )


def _bridge_path(bridge_id: str, *more: str) -> str:
    return _path("v1", "bridges", bridge_id, *more)


def _session_path(bridge_id: str, *more: str) -> str:
    return _bridge_path(bridge_id, "login-sessions", *more)


def _present(**members: object) -> dict[str, object]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
