"""All that can go wrong between Home Assistant and Beeper: one table for tests and page.

`test_resilience.py` tries each row, `scripts/reliability.py` makes the page of them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
import gzip
from ssl import SSLContext, SSLError
from typing import override

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
import freezegun.api
from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.util.dt import utcnow
from simulator import Fault, Simulator

type Happens = Callable[[World], AbstractAsyncContextManager[None]]

HOST = "beeper.example"
"""The name under which Home Assistant knows Beeper's computer."""


class Names(AbstractResolver):
    """A name service that knows Beeper's computer, unless it is out of order."""

    def __init__(self) -> None:
        """Be in order."""
        self.is_broken = False

    @override
    async def resolve(
        self, host: str, port: int = 0, family: int = 0
    ) -> list[ResolveResult]:
        """Return where Beeper's computer is. Raises OSError as the system does."""
        if self.is_broken or host != HOST:
            raise OSError(-3, "Temporary failure in name resolution")
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=2,
                proto=0,
                flags=0,
            )
        ]

    @override
    async def close(self) -> None:
        """Have nothing to close."""

    real_close = close


@dataclass
class World:
    """A Beeper that Home Assistant watches, and what is around both."""

    beeper: Simulator
    freezer: FrozenDateTimeFactory
    patch: pytest.MonkeyPatch
    certificate: SSLContext
    names: Names = field(default_factory=Names)
    elsewhere: Stranger | None = None
    """Another server, to which Beeper redirects."""
    _ahead: timedelta = timedelta()
    """By how much the clock on the wall is ahead of that of the timers."""

    @property
    def port(self) -> int:
        """Where Beeper listens."""
        return int(self.beeper.url.rpartition(":")[2])

    def jump(self, by: timedelta) -> None:
        """Set the clock on the wall, which no timer goes by."""
        if not self._ahead:
            frozen: Callable[[], float] = freezegun.api._get_fake_monotonic  # noqa: SLF001  # frozen, both clocks are one
            self.patch.setattr(
                freezegun.api,
                "_get_fake_monotonic",
                lambda: frozen() - self._ahead.total_seconds(),
            )
        self._ahead += by
        self.freezer.tick(by)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that goes wrong, and what a person notices of it."""

    what: str
    made: str
    """How it is made here."""
    happens: Happens
    outage: str | None = None
    """What the log says, as a key of our translated exceptions.

    None: nothing, and all entities keep their states.
    """
    asks_to_sign_in: bool = False
    """Whether Home Assistant also asks for a new token while it lasts."""
    https: bool = False
    """Whether Beeper is behind a proxy with a certificate."""
    back_after: int = 61
    """Seconds after which all is well again, at the most."""


@dataclass(frozen=True)
class Stranger:
    """A server that is not Beeper."""

    url: str
    heard: list[Mapping[str, str]]
    """The headers of all requests."""


@asynccontextmanager
async def stranger(
    port: int = 0,
    body: bytes = b"{}",
    content_type: str = "application/json",
    certificate: SSLContext | None = None,
    status: int = 200,
) -> AsyncIterator[Stranger]:
    """Give one answer at every path of a port; 0 takes a free one."""
    heard: list[Mapping[str, str]] = []

    async def serve(request: web.Request) -> web.Response:
        heard.append(dict(request.headers))
        return web.Response(body=body, content_type=content_type, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    if certificate:
        _ignore_tls_errors()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=certificate).start()
    try:
        host, port = runner.addresses[0]
        yield Stranger(f"http://{host}:{port}", heard)
    finally:
        await runner.cleanup()


def _ignore_tls_errors() -> None:
    """Let the loop keep to itself that somebody does not speak TLS with a server."""
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler() or (lambda loop, context: None)
    loop.set_exception_handler(
        lambda loop, context: (
            None
            if isinstance(context.get("exception"), SSLError)
            else handler(loop, context)
        )
    )


# --- How things go wrong


def _faults(*faults: Fault) -> Happens:
    @asynccontextmanager
    async def happens(world: World) -> AsyncIterator[None]:
        for fault in faults:
            world.beeper.inject(fault)
        yield
        world.beeper.clear_faults()

    return happens


def _fault(what: str, fault: Fault, made: str = "", **more: object) -> Trouble:
    """Return a row for what one fault of the simulator does."""
    made = made or f"`Fault({_arguments(fault)})`"
    return Trouble(what=what, made=made, happens=_faults(fault), **more)  # type: ignore[arg-type]  # members by name


# Rows for the two outages that most faults end in
_lost = partial(_fault, outage="cannot_connect")
_nonsense = partial(_fault, outage="invalid_response")


def _arguments(fault: Fault) -> str:
    """Return the arguments that a fault was made with."""
    default = Fault()
    given = {
        name: getattr(fault, name)
        for name in Fault.__slots__
        if getattr(fault, name) != getattr(default, name)
    }
    return ", ".join(f"{name}={value!r}" for name, value in given.items())


@asynccontextmanager
async def _switched_off(world: World) -> AsyncIterator[None]:
    await world.beeper.stop()
    yield
    await world.beeper.start()


@asynccontextmanager
async def _restarted(world: World) -> AsyncIterator[None]:
    await world.beeper.stop()
    await world.beeper.start()
    yield


@asynccontextmanager
async def _connections_cut(world: World) -> AsyncIterator[None]:
    world.beeper.drop_connections()
    yield


@asynccontextmanager
async def _signed_out(world: World) -> AsyncIterator[None]:
    world.beeper.set_app_state("needs-login")
    yield
    world.beeper.set_app_state("ready")


@asynccontextmanager
async def _busy_until(world: World) -> AsyncIterator[None]:
    then: datetime = utcnow() + timedelta(minutes=5)
    headers = {"Retry-After": format_datetime(then, usegmt=True)}
    world.beeper.inject(Fault(status=429, headers=headers))
    yield
    world.beeper.clear_faults()


@asynccontextmanager
async def _redirected(world: World) -> AsyncIterator[None]:
    async with stranger() as world.elsewhere:
        world.beeper.inject(
            Fault(status=307, redirect=f"{world.elsewhere.url}/v1/accounts")
        )
        yield
        world.beeper.clear_faults()


def _replaced(
    body: bytes, content_type: str = "application/json", status: int = 200
) -> Happens:
    @asynccontextmanager
    async def happens(world: World) -> AsyncIterator[None]:
        await world.beeper.stop()
        async with stranger(world.port, body, content_type, status=status):
            yield
        await world.beeper.start()

    return happens


@asynccontextmanager
async def _tls_for_http(world: World) -> AsyncIterator[None]:
    await world.beeper.stop()
    async with stranger(world.port, certificate=world.certificate):
        yield
    await world.beeper.start()


@asynccontextmanager
async def _names_unknown(world: World) -> AsyncIterator[None]:
    world.beeper.drop_connections()
    world.names.is_broken = True
    yield
    world.names.is_broken = False


def _asleep(hours: int) -> Happens:
    @asynccontextmanager
    async def happens(world: World) -> AsyncIterator[None]:
        world.freezer.tick(timedelta(hours=hours))
        yield

    return happens


def _jumped(hours: int) -> Happens:
    @asynccontextmanager
    async def happens(world: World) -> AsyncIterator[None]:
        world.jump(timedelta(hours=hours))
        yield

    return happens


# --- The table

_MB = 1024 * 1024
_HTML = b"<!doctype html><title>Router</title>"

TROUBLES: Mapping[str, tuple[Trouble, ...]] = {
    "Slow": (
        _fault("Beeper takes 20 seconds to answer", Fault(delay=20), back_after=81),
        _lost("Beeper takes a minute to answer", Fault(delay=60), back_after=91),
        _lost(
            "Beeper takes requests and never answers", Fault(delay=86400), back_after=91
        ),
        _fault("The answer drips in over 20 seconds", Fault(drip=2), back_after=81),
        _lost("The answer drips in over a minute", Fault(drip=6), back_after=91),
    ),
    "Broken connections": (
        _lost("The connection ends before an answer", Fault(drop=0)),
        _lost(
            "The connection ends in the headers (tried at every byte)", Fault(cut=100)
        ),
        _lost("The connection ends in the body (tried at every byte)", Fault(cut=400)),
        _lost("The connection ends in a chunked body", Fault(drop=100)),
        _lost("Fewer bytes come than were announced", Fault(truncate=100)),
        _fault("The connection ends once, before an answer", Fault(drop=0, times=1)),
        _fault("The connection ends once, in the body", Fault(drop=100, times=1)),
        Trouble(
            what="All connections are cut once",
            made="connections aborted",
            happens=_connections_cut,
        ),
        Trouble(
            what="Beeper is restarted between two polls",
            made="server stopped and started",
            happens=_restarted,
        ),
        Trouble(
            what="Beeper is not running",
            made="server stopped",
            happens=_switched_off,
            outage="cannot_connect",
        ),
        Trouble(
            what="The name of Beeper's computer is not known any more",
            made="name service that fails",
            happens=_names_unknown,
            outage="cannot_connect",
        ),
    ),
    "Refusals": (
        _fault(
            "The token is refused",
            Fault(status=401),
            outage="invalid_auth",
            asks_to_sign_in=True,
        ),
        _fault(
            "The token may not read",
            Fault(status=403),
            outage="missing_scope",
            asks_to_sign_in=True,
        ),
        Trouble(
            what="Nobody is signed in to Beeper",
            made="state `needs-login`",
            happens=_signed_out,
            outage="signed_out",
        ),
        _fault(
            "Beeper is too old to know bridges",
            Fault(path="/v1/bridges", status=404),
            outage="unsupported_version",
        ),
        _nonsense("Beeper sees a conflict", Fault(status=409)),
        _nonsense("Beeper does not accept the request", Fault(status=422)),
        _fault("Beeper has enough", Fault(status=429), outage="rate_limited"),
        _fault(
            "Beeper has enough for five minutes",
            Fault(status=429, headers={"Retry-After": "300"}),
            outage="rate_limited",
            back_after=301,
        ),
        Trouble(
            what="Beeper has enough until a certain time",
            made="`Fault(status=429)` with `Retry-After: <date in five minutes>`",
            happens=_busy_until,
            outage="rate_limited",
            back_after=301,
        ),
        _fault(
            "Beeper has an internal error", Fault(status=500), outage="server_error"
        ),
        _fault(
            "A proxy gets no answer of Beeper",
            Fault(status=502, body=b"<html>Bad Gateway</html>"),
            outage="server_error",
        ),
        _fault(
            "A proxy gets no answer of Beeper, once",
            Fault(status=502, body=b"<html>Bad Gateway</html>", times=1),
        ),
        _nonsense(
            "A proxy asks for a password of its own",
            Fault(
                status=401,
                headers={"WWW-Authenticate": "Basic"},
                body=b"",
                by_proxy=True,
            ),
        ),
        _nonsense(
            "A proxy asks whether one is human",
            Fault(status=403, body=b"<html>Just a moment</html>", by_proxy=True),
        ),
        _fault("Beeper is overloaded", Fault(status=503), outage="server_error"),
        _fault("Beeper is overloaded for a moment", Fault(status=503, times=1)),
        _fault(
            "Beeper is overloaded for five minutes",
            Fault(status=503, headers={"Retry-After": "300"}),
            outage="server_error",
            back_after=301,
        ),
    ),
    "Answers that make no sense": (
        _nonsense("No JSON", Fault(body=b"hello")),
        _nonsense("Half of the JSON", Fault(body=b'[{"accountID": "a", ')),
        _nonsense("Nothing at all", Fault(body=b"")),
        _nonsense("Other JSON", Fault(body=b'{"ok": true}')),
        _nonsense("An object for a list", Fault(path="/v1/accounts", body=b"{}")),
        _nonsense("A text for a list", Fault(path="/v1/accounts", body=b'""')),
        _nonsense(
            "Lists without end",
            Fault(body=b"[" * 100_000),
            made="`Fault(body=<100,000 × [>)`",
        ),
        _fault("A wrong content type", Fault(content_type="text/html")),
        _lost("Not compressed as it says", Fault(headers={"Content-Encoding": "gzip"})),
        _nonsense("A body of 100 MB", Fault(huge=100 * _MB)),
        _nonsense(
            "100 MB, compressed to 100 kB",
            Fault(
                body=gzip.compress(bytes(100 * _MB)),
                headers={"Content-Encoding": "gzip"},
            ),
            made="`Fault(body=<gzip>, headers={'Content-Encoding': 'gzip'})`",
        ),
    ),
    "Redirects": (
        _nonsense("A redirect to itself, without end", Fault(redirect="/v1/accounts")),
        Trouble(
            what="A redirect to another host (which hears nothing, least of all the token)",
            made="`Fault(status=307, redirect=<another server>)`",
            happens=_redirected,
            outage="invalid_response",
        ),
        _nonsense("A redirect to an address that is none", Fault(redirect="http://[")),
    ),
    "Something else at the address": (
        Trouble(
            what="A web page",
            made="another server on the port",
            happens=_replaced(_HTML, "text/html"),
            outage="invalid_response",
        ),
        Trouble(
            what="A web server that has no such page",
            made="another server on the port, which answers 404 to everything",
            happens=_replaced(_HTML, "text/html", status=404),
            outage="invalid_response",
        ),
        Trouble(
            what="Another JSON API",
            made="another server on the port",
            happens=_replaced(b'{"status": "ok", "data": []}'),
            outage="invalid_response",
        ),
        _lost(
            "A server that does not speak HTTP", Fault(raw=b"SSH-2.0-OpenSSH_10.0\r\n")
        ),
        Trouble(
            what="A server that speaks https where http is expected",
            made="TLS server on the port",
            happens=_tls_for_http,
            outage="cannot_connect",
        ),
        Trouble(
            what="A server that speaks http where https is expected",
            made="server without TLS on the port",
            happens=_replaced(b"{}"),
            outage="cannot_connect",
            https=True,
        ),
    ),
    "Time": (
        Trouble(
            what="Home Assistant's computer sleeps for eight hours",
            made="all clocks moved by eight hours between two polls",
            happens=_asleep(8),
        ),
        Trouble(
            what="The clock is put forward by a day",
            made="wall clock moved",
            happens=_jumped(24),
        ),
        Trouble(
            what="The clock is put back by a day",
            made="wall clock moved",
            happens=_jumped(-24),
        ),
    ),
}
