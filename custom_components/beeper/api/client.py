"""The Beeper Desktop API over HTTP: a method per endpoint, one `_request` for all."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

from aiohttp import (
    ClientConnectorCertificateError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
)
from mashumaro.codecs.orjson import ORJSONDecoder
import orjson

from .address import parse_url
from .exceptions import (
    BeeperAuthenticationError,
    BeeperCertificateError,
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
    OAuthClient,
    OAuthEndpoints,
    OAuthToken,
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

MAX_BODY = 4 * 1024 * 1024
"""Bytes; whatever is longer than this is not Beeper.

A thousand accounts take about half of one MiB. While an answer is parsed, Home Assistant
does nothing else: a fraction of a second for the worst one of this length.
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
_OAUTH_CLIENT = ORJSONDecoder(OAuthClient)
_OAUTH_ENDPOINTS = ORJSONDecoder(OAuthEndpoints)
_OAUTH_TOKEN = ORJSONDecoder(OAuthToken)
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

    # --- OAuth 2.0

    async def oauth_endpoints(self) -> OAuthEndpoints:
        """Return where to sign in, as paths below the base URL; needs no token.

        The server names addresses as it sees itself: behind a proxy they are wrong,
        and they must not lead a person or a token elsewhere. Only their paths count.

        Raises `BeeperResponseError` for what is no address of an endpoint.
        """
        try:
            said = await self._request(
                "GET",
                "/.well-known/oauth-authorization-server",
                _OAUTH_ENDPOINTS,
                authenticate=False,
            )
        except (
            BeeperAuthenticationError,
            BeeperNotFoundError,
            BeeperResponseError,
            BeeperScopeError,
        ):
            # A proxy may keep such paths to itself; the same stands here (docs)
            said = (await self.info()).endpoints.oauth
        return OAuthEndpoints(
            **{name: self._below_base(url) for name, url in said.to_dict().items()}
        )

    def _below_base(self, url: str) -> str:
        try:
            path = parse_url(url).raw_path
        except ValueError:
            path = ""
        if not path.startswith("/"):
            raise BeeperResponseError("The answer names an endpoint that is none")
        prefix = parse_url(self._url).raw_path.rstrip("/")
        return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path

    async def register_oauth_client(
        self, path: str, *, client_name: str, redirect_uri: str, scope: str
    ) -> str:
        """Register a public client at this endpoint and return its ID (RFC 7591)."""
        body = {
            "client_name": client_name,
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "scope": scope,
            "token_endpoint_auth_method": "none",
        }
        answer = await self._exchange("POST", path, body=body, authenticate=False)
        return _decode(answer, _OAUTH_CLIENT).client_id

    async def request_oauth_token(
        self, path: str, form: Mapping[str, str]
    ) -> OAuthToken:
        """Exchange an authorization code for a token (RFC 6749, 4.1.3).

        Raises `BeeperInvalidRequestError` with the code `invalid_grant` for a code that
        has expired, was used before, or was made for somebody else.
        """
        answer = await self._exchange("POST", path, form=form, authenticate=False)
        return _decode(answer, _OAUTH_TOKEN)

    async def revoke_oauth_token(self, path: str, client_id: str) -> None:
        """Give back the token that this client was created with (RFC 7009)."""
        form = {
            "token": self._access_token or "",
            "token_type_hint": "access_token",
            "client_id": client_id,
        }
        await self._exchange("POST", path, form=form, authenticate=False)

    # --- Accounts and bridges

    async def accounts(self) -> tuple[Account, ...]:
        """Return all accounts.

        The very same object as before is returned when Beeper's answer is the same,
        byte for byte.
        """
        return await self._poll("/v1/accounts", _parse_accounts)

    async def account(self, account_id: str) -> Account:
        """Return one account."""
        return await self._request("GET", _path("v1", "accounts", account_id), _ACCOUNT)

    async def bridges(self) -> tuple[Bridge, ...]:
        """Return all bridges.

        The very same object as before is returned when Beeper's answer is the same,
        byte for byte.

        Raises `BeeperNotFoundError` on a Beeper that is too old to know bridges.
        """
        return await self._poll("/v1/bridges", _parse_bridges)

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

    async def _poll[T](self, path: str, parse: Callable[[bytes], T]) -> T:
        """GET what is read repeatedly, and parse it only when it has changed."""
        body = await self._exchange("GET", path)
        if (last := self._polled.get(path)) is not None and last[0] == body:
            return last[1]  # type: ignore[return-value]  # a path is always parsed the same way
        answer = parse(body)
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
        form: Mapping[str, str] | None = None,
        timeout: ClientTimeout = REQUEST_TIMEOUT,
        authenticate: bool = True,
    ) -> bytes:
        """Ask and return the body of a successful answer.

        What is sent is either a `body`, as JSON, or a `form`, as browsers send them.
        """
        headers = {"Accept": "application/json"}
        if authenticate and self._access_token is not None:
            headers["Authorization"] = f"Bearer {_header_value(self._access_token)}"
        data: bytes | None = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = _encode(body)
        elif form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            data = urlencode(form, errors="replace").encode()
        try:
            async with self._session.request(
                method,
                parse_url(self._url + path, encoded=True),
                data=data,
                headers=headers,
                timeout=timeout,
                # A redirect would carry the token to wherever it points
                allow_redirects=False,
            ) as response:
                answer = await _read(response)
                status, answer_headers = response.status, response.headers
        except ClientConnectorCertificateError as err:
            raise BeeperCertificateError(
                "The certificate of the server is not trusted"
            ) from err
        except TimeoutError as err:
            raise BeeperConnectionError("Beeper did not answer in time") from err
        except (ClientError, OSError) as err:
            raise BeeperConnectionError(
                f"No connection to Beeper: {type(err).__name__}"
            ) from err
        except ValueError as err:
            # Not chained: an address can hold a password
            raise BeeperResponseError(
                f"An address makes no sense: {type(err).__name__}"
            ) from None
        version = answer_headers.get("X-Beeper-Desktop-Version", "")
        # Whatever is kept must be writable: no half characters
        if version and version.isprintable():
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


def _parse_accounts(body: bytes) -> tuple[Account, ...]:
    """Return the accounts; mashumaro takes an empty object or text for an empty list."""
    if not body.lstrip().startswith(b"["):
        raise BeeperResponseError("The answer is not Beeper's: not a list")
    return _decode(body, _ACCOUNTS)


def _parse_bridges(body: bytes) -> tuple[Bridge, ...]:
    return _decode(body, _BRIDGES).items


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
        code=said.code or said.error,
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
