"""The one way to a Beeper: HTTP with a token, limits, and an error for each failure."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
import re
from typing import Any, Protocol
from urllib.parse import unquote, urlencode

from aiohttp import (
    ClientConnectorCertificateError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
)
import orjson
from yarl import URL

from .address import parse_url
from .exceptions import (
    BeeperAccessProxyError,
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
    BeeperTimeoutError,
)
from .limits import MAX_BODY, MAX_RETRY_AFTER, MAX_VERSION
from .models import ErrorBody
from .parsing import parse
from .reading import read

REQUEST_TIMEOUT = ClientTimeout(total=30, connect=10)
"""Seconds for most requests.

The computer is near and reads are local to it; a login step may have to ask the
network.
"""

RETRY_PAUSE = 1.0
"""Seconds after which a read that was cut off is tried once more."""

_VERSION_HEADER = "X-Beeper-Desktop-Version"
"""Every answer of Beeper has it (docs)."""

_PASSING = frozenset(
    {
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Failures of the way to Beeper, or of a bridge behind it, that are over soon as a rule."""

_REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

_SIGN_IN = re.compile(
    r"(?<![a-z])(?:log[-_]?in|sign[-_]?in|oauth2?|auth|authorize|authenticate|sso|saml2?"
    r"|access)(?![a-z])"
    r"|cloudflareaccess|authelia|authentik|keycloak|pangolin",
    re.IGNORECASE,
)
"""What the addresses of pages are called on which people sign in."""

_ERRORS: dict[int, type[BeeperError]] = {
    400: BeeperInvalidRequestError,
    401: BeeperAuthenticationError,
    403: BeeperScopeError,
    404: BeeperNotFoundError,
    409: BeeperConflictError,
    422: BeeperInvalidRequestError,
    429: BeeperRateLimitError,
}


class Asks(Protocol):
    """Whoever sends requests as aiohttp's session does, on one of its own."""

    def request(
        self, method: str, url: URL, **more: Any
    ) -> AbstractAsyncContextManager[ClientResponse]:
        """Ask; the answer can be read within the context."""


class Transport:
    """The way to a Beeper at one address.

    Every method raises a `BeeperError`, and nothing else.
    """

    def __init__(
        self,
        session: ClientSession | Asks,
        url: str,
        access_token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Go to `url`, which may have a path prefix and has no trailing slash.

        The `headers` are for a proxy that stands there, and go with every request.
        """
        self._session = session
        self.url = url
        self.access_token = access_token
        self._headers = headers or {}
        self.version: str | None = None
        """Beeper's version, as its latest answer gave it."""

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        timeout: ClientTimeout = REQUEST_TIMEOUT,
        authenticate: bool = True,
        retry: bool = True,
        accept: str = "application/json",
    ) -> bytes:
        """Ask and return the body of a successful answer, of the type to `accept`.

        What is sent is either a `body`, as JSON, or a `form`, as browsers send them. A
        GET that fails for what may be over in a second is tried once more, if `retry`.
        Nothing else is ever sent twice: it may have been received.
        """
        headers = {**self._headers, "Accept": accept}
        if authenticate and self.access_token is not None:
            headers["Authorization"] = f"Bearer {_header_value(self.access_token)}"
        data: bytes | None = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = _encode(body)
        elif form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            data = urlencode(form, errors="replace").encode()
        try:
            return await self._send(method, path, headers, data, timeout)
        except BeeperError as err:
            if method != "GET" or not retry or not _may_pass(err):
                raise
        await asyncio.sleep(RETRY_PAUSE)
        return await self._send(method, path, headers, data, timeout)

    async def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        data: bytes | None,
        timeout: ClientTimeout,
    ) -> bytes:
        try:
            async with self._session.request(
                method,
                parse_url(self.url + path, encoded=True),
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
            raise BeeperTimeoutError("Beeper did not answer in time") from err
        except (ClientError, OSError) as err:
            raise BeeperConnectionError(
                f"No connection to Beeper: {type(err).__name__}"
            ) from err
        except ValueError as err:
            # Not chained: an address can hold a password
            raise BeeperResponseError(
                f"An address makes no sense: {type(err).__name__}"
            ) from None
        version = answer_headers.get(_VERSION_HEADER, "")
        # Whatever is kept must be writable: no half characters
        if version and version.isprintable():
            self.version = version[:MAX_VERSION]
        if 200 <= status < 300:
            return answer
        raise _error(status, answer, answer_headers, self.url + path)


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


def _encode(body: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:
        # Not chained: what cannot be encoded may be a password
        raise BeeperInvalidRequestError(
            "The request holds text that is not valid Unicode"
        ) from None


def _error(
    status: int, body: bytes, headers: Mapping[str, str], asked: str
) -> BeeperError:
    """Return the error that an answer with this status stands for."""
    if 300 <= status < 400:
        return _redirect_error(status, headers.get("Location", ""), asked)
    reason = f"HTTP {status}"
    kind = (
        BeeperServerError if status >= 500 else _ERRORS.get(status, BeeperResponseError)
    )
    said = _error_body(body)
    if status in _REFUSALS and not _is_beepers(said, headers):
        kind, reason = BeeperAccessProxyError, f"{reason} of something before Beeper"
    return kind(
        reason,
        status=status,
        message=said.message,
        code=said.code or said.error,
        details=said.details,
        retry_after=_seconds(headers.get("Retry-After")),
    )


def _redirect_error(status: int, location: str, asked: str) -> BeeperResponseError:
    kind = BeeperResponseError
    if _leads_to_sign_in(location, asked):
        kind = BeeperAccessProxyError
    error = kind(f"HTTP {status}: redirects are not followed", status=status)
    error.location = location
    return error


def _leads_to_sign_in(location: str, asked: str) -> bool:
    """Return whether a redirect is that of an access proxy.

    It leads to a page that is called so, or that is told where to go on afterwards, but
    not to the same page at another port or with https.
    """
    try:
        here = parse_url(asked, encoded=True)
        there = here.join(parse_url(location))
    except ValueError:
        return False
    if (there.host, there.path.rstrip("/")) == (here.host, here.path):
        return False
    goes_on = here.raw_path in unquote(unquote(there.raw_query_string))
    return goes_on or _SIGN_IN.search(f"{there.host}{there.path}") is not None


def _error_body(body: bytes) -> ErrorBody:
    """Return what an error says; proxies answer errors too, in words of their own."""
    try:
        said, _ = read(ErrorBody, parse(body))
    except BeeperResponseError:
        said = None
    return said or ErrorBody()


def _is_beepers(said: ErrorBody, headers: Mapping[str, str]) -> bool:
    """Tell what Beeper itself refuses from a proxy that wants a password or a captcha.

    Some proxies take the header away.
    """
    return _VERSION_HEADER in headers or None not in (said.message, said.code)


def _may_pass(err: BeeperError) -> bool:
    """Return whether the same read may go well a moment later.

    What took its whole time already, and a server that wants to be left alone, is not
    asked again.
    """
    if err.status in _PASSING:
        return (err.retry_after or 0.0) <= RETRY_PAUSE
    return isinstance(err, BeeperConnectionError) and not isinstance(
        err, (BeeperCertificateError, BeeperTimeoutError)
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
