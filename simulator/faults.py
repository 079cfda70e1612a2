"""Faults: everything that can go wrong between a client and a Beeper, on request."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
import json
from types import MappingProxyType
from typing import Any, Self

from aiohttp import web

type Serve = Callable[[], Awaitable[web.StreamResponse]]

BY_PROXY = "by_proxy"
"""Key of a request: whether its answer is not Beeper's."""

_HUGE_CHUNK = b" " * 65536
_DRIP_CHUNKS = 10


class FaultError(ValueError):
    """A fault that makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and the requests it befalls.

    With `status`, `body`, `redirect`, `huge` or `raw` the request is not served: the
    fault stands in for the answer. The others spoil the true answer, so the request has
    had its effect when the client sees an error.
    """

    method: str = "*"
    """HTTP method, or `*` for all."""
    path: str = "*"
    """Path without query, percent-decoded; a glob whose `*` also matches `/`."""
    times: int | None = None
    """Number of requests it befalls, then it is over; None: all."""
    delay: float | None = None
    """Seconds before the request is served."""
    drop: int | None = None
    """Close the connection after this many body bytes; 0: without any answer."""
    status: int | None = None
    """HTTP status."""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Headers added to the answer."""
    body: bytes | None = None
    """Body of the answer."""
    content_type: str | None = None
    """Content type of the answer."""
    truncate: int | None = None
    """Announce the whole body, send this many bytes of it, close the connection."""
    cut: int | None = None
    """Send this many bytes of the answer, status line and headers included, and close."""
    raw: bytes | None = None
    """Send these bytes, which need not be HTTP, and close the connection."""
    redirect: str | None = None
    """Redirect there (302 unless `status` says otherwise)."""
    huge: int | None = None
    """Stream this many bytes as the body."""
    drip: float | None = None
    """Seconds between the ten chunks in which the body is sent."""

    by_proxy: bool | None = None
    """Answer as something between the client and Beeper does: without the header that
    every answer of Beeper has."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        for name in ("cut", "delay", "drip", "drop", "truncate"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise FaultError(f"{name} must not be negative")
        for name in ("times", "huge"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise FaultError(f"{name} must be at least 1")
        if self.status is not None and not 200 <= self.status <= 599:
            raise FaultError("status must be between 200 and 599")
        if not self.path.startswith(("/", "*")):
            raise FaultError("path must start with / or *")
        for names in (("cut", "drop", "truncate", "raw"), ("body", "huge", "raw")):
            if sum(getattr(self, name) is not None for name in names) > 1:
                raise FaultError(f"{', '.join(names)} exclude each other")

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read a fault from JSON; `body` and `raw` are text there.

        Raises FaultError for unknown members and wrong types.
        """
        if not isinstance(data, dict):
            raise FaultError("a fault is a JSON object")
        known = {item.name: item.type for item in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in data.items():
            if name not in known:
                raise FaultError(f"unknown member {name!r}; known: {', '.join(known)}")
            if value is not None:
                values[name] = _from_json(name, value)
        return cls(**values)

    def matches(self, method: str, path: str) -> bool:
        """Return whether it befalls such a request."""
        return self.method in ("*", method) and fnmatchcase(path, self.path)


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "method": (str,),
    "path": (str,),
    "times": (int,),
    "delay": (int, float),
    "drop": (int,),
    "status": (int,),
    "headers": (dict,),
    "body": (str,),
    "content_type": (str,),
    "truncate": (int,),
    "cut": (int,),
    "raw": (str,),
    "redirect": (str,),
    "huge": (int,),
    "drip": (int, float),
    "by_proxy": (bool,),
}


def _from_json(name: str, value: object) -> object:
    """Check one member of a fault's JSON form and return its Python value."""
    kinds = _JSON_TYPES[name]
    # In Python, a boolean is a number
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        expected = " or ".join(kind.__name__ for kind in kinds)
        raise FaultError(f"{name} must be {expected}")
    if isinstance(value, dict) and not all(
        isinstance(text, str) for text in value.values()
    ):
        raise FaultError(f"the values of {name} must be str")
    if name in ("body", "raw") and isinstance(value, str):
        return value.encode()
    return value


@dataclass(slots=True, eq=False)
class _Waiting:
    """A fault and how many requests it still befalls."""

    fault: Fault
    left: int | None


class Faults:
    """The faults that are waiting for their requests."""

    def __init__(self) -> None:
        """Start without faults."""
        self._waiting: list[_Waiting] = []

    def __iter__(self) -> Iterator[Fault]:
        """Iterate over the waiting faults, the oldest first."""
        return (waiting.fault for waiting in self._waiting)

    def inject(self, fault: Fault) -> None:
        """Let a fault befall the requests to come."""
        self._waiting.append(_Waiting(fault, fault.times))

    def clear(self) -> None:
        """Let everything go well again."""
        self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that befalls this request, the oldest one first."""
        for waiting in self._waiting:
            if not waiting.fault.matches(method, path):
                continue
            if waiting.left is not None:
                waiting.left -= 1
                if not waiting.left:
                    self._waiting.remove(waiting)
            return waiting.fault
        return None


async def answer(
    request: web.Request, fault: Fault, serve: Serve
) -> web.StreamResponse:
    """Answer a request as the fault wants it."""
    request[BY_PROXY] = bool(fault.by_proxy)
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.raw is not None:
        _send(request, fault.raw)
        return web.Response()
    response = _replacement(fault) or await serve()
    response.headers.update(fault.headers)
    if fault.content_type is not None:
        response.headers["Content-Type"] = fault.content_type
    if fault.drop == 0:
        _hang_up(request)
        return response
    if fault.cut is not None:
        _send(request, (await _on_the_wire(request, response))[: fault.cut])
        return response
    if fault.drop is None and fault.truncate is None and not (fault.huge or fault.drip):
        return response
    return await _stream(request, fault, response)


def _replacement(fault: Fault) -> web.Response | None:
    """Return the answer that the fault gives in place of the true one, if any."""
    if fault.redirect is not None:
        return web.Response(
            status=fault.status or 302, headers={"Location": fault.redirect}
        )
    if fault.body is not None:
        return web.Response(
            status=fault.status or 200,
            body=fault.body,
            content_type="application/json",
        )
    if fault.status is not None:
        body = {"message": f"Injected {fault.status}", "code": "injected"}
        return web.Response(
            status=fault.status,
            body=json.dumps(body).encode(),
            content_type="application/json",
        )
    if fault.huge is not None:
        return web.Response(body=b"", content_type="application/json")
    return None


async def _stream(
    request: web.Request, fault: Fault, response: web.StreamResponse
) -> web.StreamResponse:
    """Send an answer piece by piece, and not always all of it."""
    body = _body(response)
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    if fault.truncate is not None:
        stream.content_length = len(body)
    else:
        stream.headers.pop("Content-Length", None)
        stream.enable_chunked_encoding()
    await stream.prepare(request)
    for chunk in _chunks(fault, body):
        await stream.write(chunk)
        if fault.drip:
            await asyncio.sleep(fault.drip)
    if fault.drop is not None or fault.truncate is not None:
        _hang_up(request)
    else:
        await stream.write_eof()
    return stream


def _body(response: web.StreamResponse) -> bytes:
    """Return the body of an answer; Beeper streams none."""
    body = response.body if isinstance(response, web.Response) else None
    return body if isinstance(body, bytes) else b""


def _chunks(fault: Fault, body: bytes) -> Iterator[bytes]:
    """Yield what is sent of the body."""
    if fault.huge is not None:
        whole, rest = divmod(fault.huge, len(_HUGE_CHUNK))
        for _ in range(whole):
            yield _HUGE_CHUNK
        yield _HUGE_CHUNK[:rest]
        return
    end = next((n for n in (fault.drop, fault.truncate) if n is not None), len(body))
    size = max(1, -(-len(body) // _DRIP_CHUNKS)) if fault.drip else max(1, len(body))
    for start in range(0, min(end, len(body)), size):
        yield body[start : min(start + size, end)]


async def _on_the_wire(request: web.Request, response: web.StreamResponse) -> bytes:
    """Return all bytes of an answer, from the status line on."""
    body = _body(response)
    await request.match_info.current_app.on_response_prepare.send(request, response)
    response.headers["Content-Length"] = str(len(body))
    lines = [
        f"HTTP/1.1 {response.status} {response.reason}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _send(request: web.Request, answer: bytes) -> None:
    """Send bytes past all that makes HTTP of them, and hang up."""
    if request.transport is not None:
        request.transport.write(answer)
    _hang_up(request)


def _hang_up(request: web.Request) -> None:
    """Close the connection once what was written is on its way."""
    if request.transport is not None:
        request.transport.close()
