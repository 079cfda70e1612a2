"""An access proxy before a simulated Beeper: it lets only those pass that it knows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from simulator import Simulator

type Refusal = Literal["login page", "another login page", "challenge", "password"]
"""What somebody gets who is not known."""

REFUSALS: Final[tuple[Refusal, ...]] = (
    "login page",
    "another login page",
    "challenge",
    "password",
)

CLIENT_ID: Final = "0123456789abcdef.access"
CLIENT_SECRET: Final = "marker-of-a-header-value"
HEADERS: Final = {
    "CF-Access-Client-Id": CLIENT_ID,
    "CF-Access-Client-Secret": CLIENT_SECRET,
}
TEXT: Final = "\n".join(f"{name}: {value}" for name, value in HEADERS.items())

_PASSED_ON: Final = ("Accept", "Authorization", "Content-Type")
_HANDED_BACK: Final = ("Content-Type", "Location", "X-Beeper-Desktop-Version")


class AccessProxy:
    """Passes requests on that have both headers, and remembers all."""

    def __init__(self, beeper: Simulator) -> None:
        """Stand before this Beeper."""
        self.url = ""
        self.refusal: Refusal = "login page"
        self.requests: list[tuple[str, CIMultiDictProxy[str]]] = []
        """Path and headers of each request."""
        self._beeper = beeper

    @property
    def refused(self) -> list[str]:
        """The paths of requests that did not pass."""
        return [path for path, headers in self.requests if not _passes(headers)]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Pass a request on, or refuse it."""
        self.requests.append((request.path, request.headers))
        if not _passes(request.headers):
            return self._refuse(request)
        async with (
            ClientSession() as session,
            session.request(
                request.method,
                URL(self._beeper.url + request.raw_path, encoded=True),
                data=await request.read(),
                headers=_some(request.headers, _PASSED_ON),
                allow_redirects=False,
            ) as answer,
        ):
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                headers=_some(answer.headers, _HANDED_BACK),
            )

    def _refuse(self, request: web.Request) -> web.Response:
        back = str(request.url)
        match self.refusal:
            case "login page":
                login = "https://home.cloudflareaccess.com/cdn-cgi/access/login/beeper"
                location = URL(login).with_query(redirect_url=request.path)
                return web.Response(status=302, headers={"Location": str(location)})
            case "another login page":
                location = URL("https://id.example.com/").with_query(rd=back)
                return web.Response(status=303, headers={"Location": str(location)})
            case "challenge":
                text = "<!doctype html><title>Forbidden</title>"
                return web.Response(status=403, text=text, content_type="text/html")
            case "password":
                headers = {"WWW-Authenticate": 'Basic realm="Home"'}
                return web.Response(status=401, headers=headers)


@asynccontextmanager
async def access_proxy(beeper: Simulator) -> AsyncIterator[AccessProxy]:
    """Run a proxy before a Beeper."""
    proxy = AccessProxy(beeper)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.serve)
    async with TestServer(app) as server:
        proxy.url = str(server.make_url("")).rstrip("/")
        yield proxy


def _passes(headers: CIMultiDictProxy[str]) -> bool:
    return all(headers.getall(name, []) == [value] for name, value in HEADERS.items())


def _some(headers: CIMultiDictProxy[str], names: tuple[str, ...]) -> CIMultiDict[str]:
    return CIMultiDict((name, headers[name]) for name in names if name in headers)
