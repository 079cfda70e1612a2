"""The simulator itself: one simulated Beeper Desktop behind a real HTTP server."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import random
from ssl import SSLContext
from typing import Self

from aiohttp import web

from . import faults
from .api import Api, error_response
from .control import Control, emoji_picture
from .desktop import READ, READ_WRITE, Desktop, Token, new_token
from .errors import ApiError
from .faults import Fault, Faults
from .login_session import LoginSession
from .login_sessions import LoginSessions
from .login_settings import LoginSettings
from .oauth import OAuth
from .phone import Phone
from .scenario import Json, Scenario
from .shapes import Shape
from .styles import StyleName
from .timings import Timings

type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OWN_PATHS = ("/control/", "/emoji/", "/phone")
_KEPT_REQUESTS = 100_000
_SHUTDOWN_TIMEOUT = 1.0


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """A request that was served."""

    method: str
    path: str
    """Percent-decoded, without query."""
    status: int
    """0: the connection ended before there was an answer."""


class Simulator:
    """A simulated Beeper Desktop.

    It can be started again after a stop, on the same port: then Beeper was restarted.
    Its login sessions are gone, its accounts are kept.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        timings: Timings | None = None,
        shape: Shape = "rich",
        style: StyleName = "beeper",
        seed: int = 0,
        control: bool = True,
        ssl_context: SSLContext | None = None,
    ) -> None:
        """Prepare a Beeper.

        port: 0 takes a free one. shape, style: see LoginSettings. seed: whatever is random follows from it.
        control: whether the phone page and the control API are served.
        ssl_context: serve https with this certificate, as a proxy would; None: http.
        """
        self._host = host
        self._port = port
        self._ssl_context = ssl_context
        self._random = random.Random(seed)
        self.token = new_token(self._random)
        self.read_only_token = new_token(self._random)
        self._desktop = Desktop(
            scenario,
            {
                self.token: Token(scopes=READ_WRITE),
                self.read_only_token: Token(scopes=READ),
            },
        )
        timings = timings or Timings()
        self.logins = LoginSettings(shape=shape, style=style)
        self._sessions = LoginSessions(
            self._desktop, timings, self._random, self.logins
        )
        self.oauth = OAuth(self._desktop, timings, self._random)
        self.phone = Phone(lambda session_id: self.sessions.get(session_id))
        self._faults = Faults()
        self._requests: deque[ServedRequest] = deque(maxlen=_KEPT_REQUESTS)
        self._awaited: dict[str, list[asyncio.Future[None]]] = {}
        self._runner: web.AppRunner | None = None
        self._routes = [
            *Api(self._desktop, self._sessions).routes(),
            *self.oauth.routes(),
            web.get("/emoji/{name}.svg", emoji_picture),
        ]
        if control:
            self._routes += Control(
                self._desktop,
                self._sessions,
                self.phone,
                self._faults,
                lambda: self.open_connections,
            ).routes()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def start(self, port: int | None = None) -> None:
        """Start serving, where it was before or on another port.

        Raises OSError if the port is taken.
        """
        if port is not None:
            self._port = port
        app = web.Application(middlewares=[self._serve])
        app.add_routes(self._routes)
        app.on_response_prepare.append(self._add_version)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_SHUTDOWN_TIMEOUT,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(
                self._runner, self._host, self._port, ssl_context=self._ssl_context
            ).start()
        except OSError:
            await self.stop()
            raise
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop serving; every connection ends at once."""
        if self._runner is None:
            return
        self.drop_connections()
        await self._runner.cleanup()
        self._runner = None
        self._sessions.close()
        self.oauth.close()
        self._desktop.close()

    @property
    def url(self) -> str:
        """The base URL; known once it was started."""
        scheme = "http" if self._ssl_context is None else "https"
        return f"{scheme}://{self._host}:{self._port}"

    @property
    def accounts(self) -> dict[str, Json]:
        """A copy of the accounts by id, in the wire shape."""
        return self._desktop.accounts

    @property
    def app_state(self) -> str:
        """What /v1/app/setup says."""
        return self._desktop.app_state

    @property
    def faults(self) -> list[Fault]:
        """The faults that wait for their requests."""
        return list(self._faults)

    @property
    def requests(self) -> list[ServedRequest]:
        """The requests served so far, without those of the phone page and control."""
        return list(self._requests)

    @property
    def open_connections(self) -> int:
        """The number of open client connections."""
        if self._runner is None or self._runner.server is None:
            return 0
        return len(self._runner.server.connections)

    @property
    def sessions(self) -> dict[str, LoginSession]:
        """The login sessions since the start by id, live and ended."""
        return self._sessions.by_id

    @property
    def waiting(self) -> int:
        """The number of submits that block until something happens on the phone."""
        return self._sessions.waiting

    async def wait_for_waiter(self, session_id: str) -> None:
        """Return as soon as a client blocks on the session's step."""
        await self.sessions[session_id].waiting.wait()

    async def wait_for_request(self, path: str) -> None:
        """Return as soon as the next request for this path has come in."""
        arrived = asyncio.get_running_loop().create_future()
        self._awaited.setdefault(path, []).append(arrived)
        await arrived

    def drop_connections(self) -> None:
        """Cut every open client connection, whatever it is waiting for."""
        if self._runner is None or self._runner.server is None:
            return
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def set_status(
        self, account_id: str, status: str, status_text: str | None = None
    ) -> None:
        """Change an account's status, also to one that no client knows."""
        self._desktop.set_status(account_id, status, status_text)

    def add_account(self, account: Json) -> None:
        """Add an account in the wire shape; it also shows in its bridge."""
        self._desktop.add_account(account)

    def remove_account(self, account_id: str) -> None:
        """Remove an account."""
        self._desktop.remove_account(account_id)

    def set_app_state(self, state: str) -> None:
        """Change what /v1/app/setup says; in `needs-login` no token is accepted."""
        self._desktop.set_app_state(state)

    def set_version(self, version: str) -> None:
        """Be updated."""
        self._desktop.app["version"] = version

    def revoke(self, token: str) -> None:
        """Take a token back."""
        self._desktop.tokens.pop(token, None)

    def inject(self, fault: Fault) -> None:
        """Let a fault befall the requests to come; the oldest matching one counts."""
        self._faults.inject(fault)

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self._faults.clear()

    @web.middleware
    async def _serve(
        self, request: web.Request, handler: _Handler
    ) -> web.StreamResponse:
        """Serve one request: faults, errors, and the record of it."""

        async def serve() -> web.StreamResponse:
            return await _answer(request, handler)

        if request.path.startswith(_OWN_PATHS):
            return await serve()
        for arrived in self._awaited.pop(request.path, ()):
            if not arrived.done():
                arrived.set_result(None)
        status = 0
        try:
            fault = self._faults.take(request.method, request.path)
            if fault is None:
                response = await serve()
            else:
                response = await faults.answer(request, fault, serve)
            if response.prepared or _is_open(request):
                status = response.status
            return response
        finally:
            self._requests.append(ServedRequest(request.method, request.path, status))

    async def _add_version(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        """Add the header that every answer of Beeper carries."""
        if request.get(faults.BY_PROXY):
            return
        response.headers["X-Beeper-Desktop-Version"] = self._desktop.app["version"]


async def _answer(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer a request; errors have JSON bodies, too."""
    try:
        return await handler(request)
    except ApiError as err:
        return error_response(err)
    except web.HTTPException as err:
        code = err.reason.lower().replace(" ", "_")
        return error_response(ApiError(err.status, code, err.reason))


def _is_open(request: web.Request) -> bool:
    """Return whether a request's connection can still take an answer."""
    return request.transport is not None and not request.transport.is_closing()
