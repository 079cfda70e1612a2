"""Signing an app in by OAuth 2.0, and every way in which that is refused."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from html import escape
import json
import re
from ssl import Purpose, create_default_context
from time import time
from typing import Any

from aiohttp import ClientResponse, ClientSession, FormData, TCPConnector, web
from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, given, settings, strategies as st
from playwright.async_api import Page, expect
import pytest
from trustme import CA
from yarl import URL

from simulator import Fault, Simulator, Timings, load_scenario
from simulator.oauth import ApprovalError, WebRedirects

AUTHORIZE = "/oauth/authorize"
CALLBACK = "/oauth/authorize/callback"
REGISTER = "/oauth/register"
TOKEN = "/oauth/token"
INTROSPECT = "/oauth/introspect"
REVOKE = "/oauth/revoke"
USERINFO = "/oauth/userinfo"
LOGIN_SESSIONS = "/v1/bridges/local-whatsapp/login-sessions"

RECEIVER = "http://homeassistant.local:8123"
REDIRECT_URI = f"{RECEIVER}/auth/external/callback"
STATE = "st4te + more&state=%2B?#ü"
VERIFIER = "0123456789-abcdefghijklmnopqrstuvwxyz._~ABCD"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
MARKUP = '<img src=x onerror="document.title = `hacked`"><b>bold</b>$ticket'

CONTRAST_RATIOS = """nodes => {
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const light = color => parts(color).slice(0, 3)
    .map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => {
    const color = getComputedStyle(node).backgroundColor;
    return parts(color)[3] === 0 ? ground(node.parentElement) : color;
  };
  return nodes.map(node => {
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}"""

type Changes = dict[str, str | None]


@dataclass
class App:
    """An app that has registered and asks for a token."""

    http: ClientSession
    base: str
    id: str
    redirect_uri: str = REDIRECT_URI

    def link(self, changes: Changes | None = None) -> str:
        """Return the authorization URL, with changes; None leaves a parameter out."""
        parameters: Changes = {
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "read write",
            "state": STATE,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return str(URL(self.base + AUTHORIZE).with_query(_changed(parameters, changes)))

    async def exchange(
        self, code: str, changes: Changes | None = None
    ) -> tuple[int, Any]:
        """Ask for a token and return status and body."""
        parameters: Changes = {
            "grant_type": "authorization_code",
            "client_id": self.id,
            "code": code,
            "code_verifier": VERIFIER,
            "redirect_uri": self.redirect_uri,
        }
        return await send(self.http, TOKEN, **_changed(parameters, changes))


def _changed(parameters: Changes, changes: Changes | None) -> dict[str, str]:
    """Return parameters with changes, without those that are None."""
    changed = parameters | (changes or {})
    return {name: value for name, value in changed.items() if value is not None}


async def send(http: ClientSession, path: str, **form: str) -> tuple[int, Any]:
    """Send a form and return status and body of the answer, which nobody may keep.

    The body is None where it is empty.
    """
    async with http.post(path, data=form) as response:
        assert response.headers["Cache-Control"] == "no-store"
        body = await response.read()
        return response.status, json.loads(body) if body else None


async def register(http: ClientSession, **metadata: object) -> App:
    """Register an app."""
    body = {"client_name": "Home Assistant", "redirect_uris": [REDIRECT_URI]}
    async with http.post(REGISTER, json=body | metadata) as response:
        assert response.status == 201
        client = await response.json()
    base = client["token_endpoint"].removesuffix(TOKEN)
    return App(http, base, client["client_id"], client["redirect_uris"][0])


async def get_code(sim: Simulator, app: App, **changes: str | None) -> str:
    """Let the person approve, and return the code."""
    return URL(await sim.oauth.approve(app.link(changes))).query["code"]


async def get_token(sim: Simulator, app: App, **changes: str | None) -> str:
    """Let the person approve, and return the token."""
    status, answer = await app.exchange(await get_code(sim, app, **changes))
    assert status == 200
    token: str = answer["access_token"]
    return token


async def use(
    http: ClientSession, token: str, path: str = "/v1/accounts", method: str = "GET"
) -> int:
    """Use a token and return the status."""
    headers = {"Authorization": f"Bearer {token}"}
    async with http.request(
        method, path, headers=headers, json={} if method == "POST" else None
    ) as response:
        return response.status


async def read_ticket(response: ClientResponse) -> str:
    """Return the ticket in an approval page."""
    assert response.status == 200
    found = re.search(r'name="ticket" value="(\w+)"', await response.text())
    assert found
    return found[1]


@asynccontextmanager
async def running(site: web.Application) -> AsyncIterator[str]:
    """Run somebody else's site, and return its address."""
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def assert_told(response: ClientResponse, title: str, status: int = 400) -> None:
    """Check that the person is told something, and the browser sent nowhere."""
    assert response.status == status
    assert response.content_type == "text/html"
    assert "Location" not in response.headers
    page = await response.text()
    assert f"<h1>{title}</h1>" in page
    assert "<form" not in page


@pytest.fixture
async def http(sim: Simulator) -> AsyncIterator[ClientSession]:
    """Return a client without a token."""
    async with ClientSession(sim.url) as session:
        yield session


@pytest.fixture
async def app(http: ClientSession) -> App:
    """Return an app that has registered."""
    return await register(http)


# Discovery


async def test_metadata(sim: Simulator, http: ClientSession) -> None:
    """The server describes itself, with the endpoints that /v1/info names, too.

    Only /v1/info names that for introspection.
    """
    async with http.get("/.well-known/oauth-authorization-server") as response:
        metadata = await response.json()
    async with http.get("/v1/info") as response:
        endpoints = (await response.json())["endpoints"]["oauth"]

    assert endpoints == {
        "authorization_endpoint": f"{sim.url}{AUTHORIZE}",
        "token_endpoint": f"{sim.url}{TOKEN}",
        "registration_endpoint": f"{sim.url}{REGISTER}",
        "introspection_endpoint": f"{sim.url}{INTROSPECT}",
        "revocation_endpoint": f"{sim.url}{REVOKE}",
        "userinfo_endpoint": f"{sim.url}{USERINFO}",
    }
    del endpoints["introspection_endpoint"]
    assert metadata == endpoints | {
        "issuer": sim.url,
        "scopes_supported": ["read", "write"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
    }


async def test_addresses_are_those_the_request_came_to(http: ClientSession) -> None:
    """Who calls Beeper by another name is told the addresses under that name."""
    headers = {"Host": "beeper.local:8080"}
    async with http.get(
        "/.well-known/oauth-authorization-server", headers=headers
    ) as response:
        metadata = await response.json()
    async with http.get("/v1/info", headers=headers) as response:
        info = await response.json()
    async with http.post(
        REGISTER, headers=headers, json={"redirect_uris": [REDIRECT_URI]}
    ) as response:
        client = await response.json()

    assert metadata["issuer"] == "http://beeper.local:8080"
    assert info["server"]["base_url"] == "http://beeper.local:8080"
    for endpoint in (
        metadata["token_endpoint"],
        info["endpoints"]["oauth"]["token_endpoint"],
        client["token_endpoint"],
    ):
        assert endpoint == "http://beeper.local:8080/oauth/token"
    assert client["authorization_endpoint"] == f"http://beeper.local:8080{AUTHORIZE}"


async def test_everything_over_https() -> None:
    """Behind a certificate of one's own all addresses are https, and all works."""
    context = create_default_context(Purpose.CLIENT_AUTH)
    CA().issue_cert("127.0.0.1").configure_cert(context)
    async with (
        Simulator(load_scenario("home"), ssl_context=context) as sim,
        ClientSession(sim.url, connector=TCPConnector(ssl=False)) as http,
    ):
        app = await register(http)

        assert app.base.startswith("https://")
        assert await use(http, await get_token(sim, app)) == 200


# Registration


async def test_registration(
    sim: Simulator, http: ClientSession, freezer: FrozenDateTimeFactory
) -> None:
    """An app registers itself and is told what was registered."""
    freezer.move_to("2026-11-01T12:00:00Z")
    metadata = {
        "client_name": "Home Assistant",
        "redirect_uris": [REDIRECT_URI, "https://my.home-assistant.io/redirect/oauth"],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": "write read",
        "token_endpoint_auth_method": "none",
    }

    async with http.post(REGISTER, json=metadata) as response:
        assert response.status == 201
        assert response.headers["Cache-Control"] == "no-store"
        registered = await response.json()

    (client,) = sim.oauth.clients.values()
    assert registered == metadata | {
        "client_id": client.id,
        "client_id_issued_at": 1793534400,
        "scope": "read write",
        "authorization_endpoint": f"{sim.url}{AUTHORIZE}",
        "token_endpoint": f"{sim.url}{TOKEN}",
    }
    assert client.name == "Home Assistant"
    assert client.redirect_uris == tuple(metadata["redirect_uris"])
    assert client.scopes == {"read", "write"}


async def test_registration_fills_in(http: ClientSession) -> None:
    """Only the address is needed; what is asked in excess is not registered."""
    metadata = {
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["refresh_token", "authorization_code"],
        "response_types": ["token", "code"],
        "logo_uri": "https://example.com/logo.png",
    }

    async with http.post(REGISTER, json=metadata) as response:
        registered = await response.json()

    assert registered["client_name"] == "An app without a name"
    assert registered["grant_types"] == ["authorization_code"]
    assert registered["response_types"] == ["code"]
    assert registered["scope"] == "read write"
    assert registered["token_endpoint_auth_method"] == "none"
    assert "logo_uri" not in registered


async def test_each_registration_is_a_client_of_its_own(
    sim: Simulator, http: ClientSession
) -> None:
    """Two apps are two, even if they say the same of themselves."""
    first, second = await register(http), await register(http)

    assert first.id != second.id
    assert set(sim.oauth.clients) == {first.id, second.id}


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": REDIRECT_URI}, "invalid_redirect_uri"),
        ({"redirect_uris": [REDIRECT_URI, 1]}, "invalid_redirect_uri"),
        ({"client_name": ""}, "invalid_client_metadata"),
        ({"client_name": "  "}, "invalid_client_metadata"),
        ({"client_name": 1}, "invalid_client_metadata"),
        ({"client_name": "Home\u202eAssistant"}, "invalid_client_metadata"),
        ({"client_name": "Home\nAssistant"}, "invalid_client_metadata"),
        ({"client_name": "\ud800"}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"grant_types": "authorization_code"}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"response_types": {"code": 1}}, "invalid_client_metadata"),
        ({"scope": "read admin"}, "invalid_client_metadata"),
        ({"scope": ""}, "invalid_client_metadata"),
        ({"scope": ["read"]}, "invalid_client_metadata"),
        (
            {"token_endpoint_auth_method": "client_secret_basic"},
            "invalid_client_metadata",
        ),
    ],
)
async def test_registration_is_refused(
    sim: Simulator, http: ClientSession, metadata: dict[str, object], error: str
) -> None:
    """What is missing, of the wrong type or not supported is refused."""
    body = {"client_name": "Home Assistant", "redirect_uris": [REDIRECT_URI]}
    async with http.post(REGISTER, json=body | metadata) as response:
        assert response.status == 400
        refusal = await response.json()

    assert refusal["error"] == error
    assert refusal["error_description"]
    assert sim.oauth.clients == {}


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"redirect_uris":["https://example.com/"]}', "text/plain"),
        (b"redirect_uris=https://example.com/", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"\xff", "application/json"),
        (b"[]", "application/json"),
        (b"", "application/json"),
    ],
)
async def test_registration_needs_a_json_object(
    sim: Simulator, http: ClientSession, data: bytes, content_type: str
) -> None:
    """Anything else is refused in the words of the RFC."""
    async with http.post(
        REGISTER, data=data, headers={"Content-Type": content_type}
    ) as response:
        assert response.status == 400
        assert (await response.json())["error"] == "invalid_client_metadata"

    assert sim.oauth.clients == {}


@pytest.mark.parametrize(
    "uri",
    [
        "https://my.home-assistant.io/redirect/oauth",
        "http://[fe80::1]:8123/auth/external/callback",
        "http://127.0.0.1:8123/callback?state=1",
        "com.example.app:/callback",
    ],
)
async def test_redirect_uri_is_accepted(http: ClientSession, uri: str) -> None:
    """Web addresses and those of apps can be registered."""
    assert (await register(http, redirect_uris=[uri])).redirect_uri == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/auth/external/callback",
        "//example.com/callback",
        "http:///callback",
        "http://:8123/callback",
        "http://[::1/callback",
        "https://example.com/#fragment",
        "https://example.com/#",
        "https://beeper.com@example.com/",
        "https://example.com/\r\nSet-Cookie: a=b",
        "https://example.com/a b",
        "https://exämple.com/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "file:///etc/passwd",
    ],
)
async def test_redirect_uri_is_refused(http: ClientSession, uri: str) -> None:
    """A browser is not sent where it could do harm or nothing at all."""
    async with http.post(REGISTER, json={"redirect_uris": [uri]}) as response:
        assert response.status == 400
        assert (await response.json())["error"] == "invalid_redirect_uri"


# The approval page


async def test_approval_page(sim: Simulator, app: App) -> None:
    """The person sees who asks, for what, as whom, and where the answer goes."""
    async with app.http.get(app.link(), allow_redirects=False) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        page = await response.text()

    assert "Allow <bdi>Home Assistant</bdi> to use your Beeper?" in page
    assert "<code>read</code>" in page
    assert "<code>write</code>" in page
    assert "<bdi>@alice:beeper.com</bdi>" in page
    assert f"<bdi>{RECEIVER}</bdi>" in page
    assert sim.oauth.tokens == {}


@pytest.mark.parametrize(
    ("registered", "asked", "shown"),
    [
        ("read write", "read", {"read"}),
        ("read write", "write read", {"read", "write"}),
        ("read write", None, {"read", "write"}),
        ("read write", "", {"read", "write"}),
        ("read", None, {"read"}),
    ],
)
async def test_approval_page_names_the_scopes(
    http: ClientSession, registered: str, asked: str | None, shown: set[str]
) -> None:
    """Who asks for none asks for all that were registered."""
    app = await register(http, scope=registered)

    async with http.get(app.link({"scope": asked})) as response:
        page = await response.text()

    assert set(re.findall(r"<code>(\w+)</code>", page)) == shown


async def test_approval_page_escapes(http: ClientSession) -> None:
    """A name is anything; it is shown, not obeyed."""
    app = await register(http, client_name=MARKUP)

    async with http.get(app.link()) as response:
        page = await response.text()

    assert MARKUP not in page
    assert escape(MARKUP) in page


async def test_pages_are_sealed(app: App) -> None:
    """Nobody can frame, keep or script a page, and it needs nothing from elsewhere."""
    for link in (app.link(), app.link({"client_id": "nonsense"})):
        async with app.http.get(link) as response:
            policy = response.headers["Content-Security-Policy"]
            headers = response.headers
            html = await response.text()

        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in html
        assert "https:" not in html


async def test_approved(sim: Simulator, app: App) -> None:
    """The browser is sent back with a code, and the state as it was."""
    location = URL(await sim.oauth.approve(app.link()))

    assert str(location.with_query(None)) == REDIRECT_URI
    assert set(location.query) == {"code", "state"}
    assert location.query["state"] == STATE
    assert sim.oauth.tokens == {}


async def test_denied(sim: Simulator, app: App) -> None:
    """The browser is sent back with an error, and the state as it was."""
    location = URL(await sim.oauth.deny(app.link()))

    assert str(location.with_query(None)) == REDIRECT_URI
    assert set(location.query) == {"error", "error_description", "state"}
    assert location.query["error"] == "access_denied"
    assert location.query["state"] == STATE


async def test_no_state(sim: Simulator, app: App) -> None:
    """Without a state none comes back."""
    link = app.link({"state": None})

    assert set(URL(await sim.oauth.approve(link)).query) == {"code"}
    assert "state" not in URL(await sim.oauth.deny(link)).query


async def test_redirect_uri_keeps_its_own_query(
    sim: Simulator, http: ClientSession
) -> None:
    """The answer is added to what the address has already."""
    app = await register(http, redirect_uris=[f"{REDIRECT_URI}?entry=a%20b"])

    location = URL(await sim.oauth.approve(app.link()))

    assert location.query["entry"] == "a b"
    assert location.query["state"] == STATE
    assert location.query["code"]


WEB = "https://my.home-assistant.io/redirect/oauth"


@pytest.mark.parametrize("uri", [WEB, REDIRECT_URI, "http://192.168.1.2:8123/callback"])
async def test_web_redirect_is_sent_back_at_once(
    sim: Simulator, http: ClientSession, uri: str
) -> None:
    """Some versions refuse addresses on the web, though registered, and ask nobody."""
    sim.oauth.web_redirects = "returned"
    app = await register(http, redirect_uris=[uri])

    async with http.get(app.link(), allow_redirects=False) as response:
        location = URL(response.headers["Location"])
        assert response.status == 303

    assert str(location.with_query(None)) == uri
    assert location.query["error"] == "invalid_request"
    assert location.query["state"] == STATE
    assert "code" not in location.query


@pytest.mark.parametrize("uri", [WEB, REDIRECT_URI])
async def test_web_redirect_is_refused_on_a_page(
    sim: Simulator, http: ClientSession, uri: str
) -> None:
    """Other versions tell the person, and send the browser nowhere."""
    sim.oauth.web_redirects = "refused"
    app = await register(http, redirect_uris=[uri])

    async with http.get(app.link(), allow_redirects=False) as response:
        await assert_told(response, "Invalid Request")


@pytest.mark.parametrize("refusal", ["returned", "refused"])
@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:8123/auth/external/callback",
        "https://127.0.0.1:8123/auth/external/callback",
        "http://[::1]:8123/auth/external/callback",
        "com.example.app:/callback",
    ],
)
async def test_other_redirects_are_never_refused(
    sim: Simulator, http: ClientSession, refusal: WebRedirects, uri: str
) -> None:
    """Apps on this machine are always asked for, by an address or their own scheme."""
    sim.oauth.web_redirects = refusal
    app = await register(http, redirect_uris=[uri])

    assert (await sim.oauth.approve(app.link())).startswith(uri)


@pytest.mark.parametrize("client_id", ["nonsense", "", None])
async def test_unknown_client(app: App, client_id: str | None) -> None:
    """Who has not registered gets no redirect."""
    link = app.link({"client_id": client_id})

    async with app.http.get(link, allow_redirects=False) as response:
        await assert_told(response, "Beeper does not know this app")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/auth/external/callback",
        "http://homeassistant.local:8123.evil.example/auth/external/callback",
        "http://homeassistant.local/auth/external/callback",
        "https://homeassistant.local:8123/auth/external/callback",
        f"{REDIRECT_URI}/",
        f"{REDIRECT_URI}/../../../evil",
        f"{REDIRECT_URI}?next=https://evil.example",
        REDIRECT_URI.upper(),
        "javascript:alert(1)",
        "",
        None,
    ],
)
async def test_foreign_redirect_uri(app: App, redirect_uri: str | None) -> None:
    """An address that is not exactly a registered one is never redirected to."""
    link = app.link({"redirect_uri": redirect_uri})

    async with app.http.get(link, allow_redirects=False) as response:
        await assert_told(response, "This link cannot be trusted")


async def test_redirect_uri_of_another_client(http: ClientSession, app: App) -> None:
    """An app cannot use what another one has registered."""
    other = await register(http, redirect_uris=["https://other.example/"])

    async with http.get(
        app.link({"redirect_uri": other.redirect_uri}), allow_redirects=False
    ) as response:
        await assert_told(response, "This link cannot be trusted")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("client_id", "Beeper does not know this app"),
        ("redirect_uri", "This link cannot be trusted"),
    ],
)
async def test_repeated_client_or_address(app: App, name: str, title: str) -> None:
    """What decides on the redirect must be unambiguous."""
    link = URL(app.link()).extend_query({name: "https://evil.example/"})

    async with app.http.get(link, allow_redirects=False) as response:
        await assert_told(response, title)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1]}, "invalid_request"),
        ({"code_challenge": f"{CHALLENGE}="}, "invalid_request"),
        ({"code_challenge": f"{CHALLENGE[:-1]}+"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "read write admin"}, "invalid_scope"),
        ({"scope": "read,write"}, "invalid_scope"),
    ],
)
async def test_mistakes_are_the_clients_to_hear(
    sim: Simulator, app: App, changes: Changes, error: str
) -> None:
    """The person is not asked; the browser goes back with the error and the state."""
    async with app.http.get(app.link(changes), allow_redirects=False) as response:
        assert response.status == 303
        location = URL(response.headers["Location"])

    assert str(location.with_query(None)) == REDIRECT_URI
    assert location.query["error"] == error
    assert location.query["error_description"]
    assert location.query["state"] == STATE
    assert "code" not in location.query
    assert URL(await sim.oauth.approve(app.link(changes))) == location


async def test_scope_that_was_not_registered(http: ClientSession) -> None:
    """An app gets no more than it has registered for."""
    app = await register(http, scope="read")

    async with http.get(app.link(), allow_redirects=False) as response:
        assert URL(response.headers["Location"]).query["error"] == "invalid_scope"


@pytest.mark.parametrize("name", ["scope", "code_challenge", "whatever"])
async def test_repeated_parameter(app: App, name: str) -> None:
    """No parameter may be there twice (RFC 6749, 3.1)."""
    link = URL(app.link()).extend_query([(name, "read"), (name, "read")])

    async with app.http.get(link, allow_redirects=False) as response:
        query = URL(response.headers["Location"]).query
    assert query["error"] == "invalid_request"
    assert query["state"] == STATE


async def test_repeated_state(app: App) -> None:
    """Of two states neither can be the right one."""
    link = URL(app.link()).extend_query(state="another")

    async with app.http.get(link, allow_redirects=False) as response:
        query = URL(response.headers["Location"]).query
    assert query["error"] == "invalid_request"
    assert "state" not in query


async def test_unknown_parameters_are_ignored(sim: Simulator, app: App) -> None:
    """Extensions do no harm (RFC 6749, 3.1)."""
    assert await get_token(sim, app, resource="http://example.com/", prompt="login")


async def test_signed_out_beeper_asks_nobody(sim: Simulator, app: App) -> None:
    """Without anybody signed in the page says what to do, and works afterwards."""
    sim.set_app_state("needs-login")

    async with app.http.get(app.link(), allow_redirects=False) as response:
        await assert_told(response, "Sign in to Beeper first", 409)

    sim.set_app_state("ready")
    assert await get_token(sim, app)


async def test_signed_out_before_the_answer(sim: Simulator, app: App) -> None:
    """An answer needs somebody who gives it; the page is good once there is."""
    async with app.http.get(app.link()) as response:
        answer = {"ticket": await read_ticket(response), "decision": "approve"}
    sim.set_app_state("needs-login")

    async with app.http.post(CALLBACK, data=answer) as response:
        await assert_told(response, "Sign in to Beeper first", 409)

    sim.set_app_state("ready")
    async with app.http.post(CALLBACK, data=answer, allow_redirects=False) as response:
        assert URL(response.headers["Location"]).query["code"]


@pytest.mark.parametrize("decision", ["approve", "deny"])
async def test_page_can_be_answered_once(app: App, decision: str) -> None:
    """A second press, or going back in the browser, gives no second code."""
    async with app.http.get(app.link()) as response:
        answer = {"ticket": await read_ticket(response), "decision": decision}
    async with app.http.post(CALLBACK, data=answer, allow_redirects=False) as response:
        assert response.status == 303

    async with app.http.post(CALLBACK, data=answer) as response:
        await assert_told(response, "This page is no longer valid")


@pytest.mark.parametrize(("seconds", "status"), [(599, 303), (600, 400)])
async def test_page_expires(
    freezer: FrozenDateTimeFactory, app: App, seconds: int, status: int
) -> None:
    """A page that was left open for long is worth nothing."""
    async with app.http.get(app.link()) as response:
        answer = {"ticket": await read_ticket(response), "decision": "approve"}
    freezer.tick(seconds)

    async with app.http.post(CALLBACK, data=answer, allow_redirects=False) as response:
        assert response.status == status


@pytest.mark.parametrize(
    ("form", "title"),
    [
        ({"decision": "approve"}, "This page is no longer valid"),
        ({"decision": "approve", "ticket": "0"}, "This page is no longer valid"),
        ({}, "This is no answer"),
        ({"decision": "maybe"}, "This is no answer"),
    ],
)
async def test_answer_without_the_page(
    app: App, form: dict[str, str], title: str
) -> None:
    """Another site, which cannot read the page, cannot answer it."""
    async with app.http.get(app.link()):
        pass
    form = {"client_id": app.id, "redirect_uri": REDIRECT_URI} | form

    async with app.http.post(CALLBACK, data=form, allow_redirects=False) as response:
        await assert_told(response, title)


async def test_answer_that_is_no_form(app: App) -> None:
    """Other bodies are not read."""
    async with app.http.get(app.link()) as response:
        answer = {"ticket": await read_ticket(response), "decision": "approve"}

    async with app.http.post(CALLBACK, json=answer) as response:
        await assert_told(response, "This cannot be read")


async def test_there_is_no_page_to_press(sim: Simulator, app: App) -> None:
    """Tests that press what is not there are told what is."""
    with pytest.raises(ApprovalError, match="Beeper does not know this app"):
        await sim.oauth.approve(app.link({"client_id": "nonsense"}))


async def test_pressing_is_refused(sim: Simulator, app: App) -> None:
    """Tests are told what came instead of the redirect."""
    sim.inject(Fault(path=CALLBACK, method="POST", status=500, body=b"broken"))

    with pytest.raises(ApprovalError, match="broken"):
        await sim.oauth.approve(app.link())


# Tokens


async def test_token(sim: Simulator, app: App) -> None:
    """A code becomes a token, which works, and no refresh token."""
    status, answer = await app.exchange(await get_code(sim, app))

    assert status == 200
    ((token, details),) = sim.oauth.tokens.items()
    assert answer == {
        "access_token": token,
        "token_type": "Bearer",
        "scope": "read write",
        "expires_in": 30 * 86400,
    }
    assert details.client_id == app.id
    assert await use(app.http, token) == 200
    assert await use(app.http, token, LOGIN_SESSIONS, "POST") == 200


async def test_read_only_token(sim: Simulator, app: App) -> None:
    """A token does what was approved, and nothing else."""
    status, answer = await app.exchange(await get_code(sim, app, scope="read"))

    assert (status, answer["scope"]) == (200, "read")
    assert await use(app.http, answer["access_token"]) == 200
    assert await use(app.http, answer["access_token"], LOGIN_SESSIONS, "POST") == 403


async def test_write_only_token(sim: Simulator, app: App) -> None:
    """Writing does not include reading."""
    token = await get_token(sim, app, scope="write")

    assert await use(app.http, token) == 403
    assert await use(app.http, token, LOGIN_SESSIONS, "POST") == 200


async def test_token_expires(
    freezer: FrozenDateTimeFactory, sim: Simulator, app: App
) -> None:
    """Where tokens expire, the app is told when; nothing renews them."""
    sim.oauth.token_lifetime = 3600
    status, answer = await app.exchange(await get_code(sim, app))
    token = answer["access_token"]

    assert (status, answer["expires_in"]) == (200, 3600)
    freezer.tick(3599)
    assert await use(app.http, token) == 200
    freezer.tick(1)
    assert await use(app.http, token) == 401
    assert await use(app.http, token, USERINFO) == 401
    assert await use(app.http, sim.token) == 200


async def test_lifetime_is_that_of_new_tokens(
    freezer: FrozenDateTimeFactory, sim: Simulator, app: App
) -> None:
    """A token keeps the lifetime it was given with."""
    lasting = await get_token(sim, app)
    sim.oauth.token_lifetime = 60
    short = await get_token(sim, app)

    freezer.tick(61)

    assert await use(app.http, lasting) == 200
    assert await use(app.http, short) == 401


async def test_code_used_twice(sim: Simulator, app: App) -> None:
    """It gives no second token, and takes back the first (RFC 6749, 4.1.2)."""
    code = await get_code(sim, app)
    other = await get_token(sim, app)
    _, first = await app.exchange(code)

    status, answer = await app.exchange(code)

    assert (status, answer["error"]) == (400, "invalid_grant")
    assert await use(app.http, first["access_token"]) == 401
    assert list(sim.oauth.tokens) == [other]
    assert await use(app.http, other) == 200


async def test_code_used_twice_after_its_token_was_revoked(
    sim: Simulator, app: App
) -> None:
    """There is nothing left to take back."""
    code = await get_code(sim, app)
    _, first = await app.exchange(code)
    sim.revoke(first["access_token"])

    for _ in range(2):
        status, answer = await app.exchange(code)
        assert (status, answer["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 400)])
async def test_code_expires(
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    app: App,
    seconds: int,
    status: int,
) -> None:
    """A code is good for a minute after the approval."""
    code = await get_code(sim, app)
    freezer.tick(seconds)

    assert (await app.exchange(code))[0] == status


async def test_lifetime_of_codes_can_be_set(freezer: FrozenDateTimeFactory) -> None:
    """Tests choose how long a code is good."""
    async with (
        Simulator(load_scenario("home"), timings=Timings(code_lifetime=5)) as sim,
        ClientSession(sim.url) as http,
    ):
        app = await register(http)
        code = await get_code(sim, app)
        freezer.tick(5)

        assert (await app.exchange(code))[0] == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "nonsense"},
        {"code_verifier": VERIFIER[::-1]},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": f"{REDIRECT_URI}/"},
        {"redirect_uri": "https://evil.example/"},
    ],
    ids=["unknown code", "verifier", "challenge as verifier", "slash", "redirect"],
)
async def test_what_was_not_granted(sim: Simulator, app: App, changes: Changes) -> None:
    """Whoever has only intercepted the code gets nothing for it."""
    code = await get_code(sim, app)

    status, answer = await app.exchange(code, changes)

    assert (status, answer["error"]) == (400, "invalid_grant")
    assert answer["error_description"]
    assert sim.oauth.tokens == {}


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": VERIFIER[::-1]}, {"redirect_uri": "https://evil.example/"}],
    ids=["verifier", "redirect"],
)
async def test_code_is_used_up_by_a_failed_attempt(
    sim: Simulator, app: App, changes: Changes
) -> None:
    """Nobody gets to try verifiers."""
    code = await get_code(sim, app)
    await app.exchange(code, changes)

    status, answer = await app.exchange(code)

    assert (status, answer["error"]) == (400, "invalid_grant")


async def test_code_of_another_client(
    sim: Simulator, http: ClientSession, app: App
) -> None:
    """A code is good only for the app that the person has approved."""
    other = await register(http)

    status, answer = await other.exchange(await get_code(sim, app))

    assert (status, answer["error"]) == (400, "invalid_grant")
    assert sim.oauth.tokens == {}


async def test_unknown_client_gets_no_token(sim: Simulator, app: App) -> None:
    """An app that is not registered does not use up anything either."""
    code = await get_code(sim, app)

    status, answer = await app.exchange(code, {"client_id": "nonsense"})

    assert (status, answer["error"]) == (401, "invalid_client")
    assert (await app.exchange(code))[0] == 200


@pytest.mark.parametrize(
    "name", ["grant_type", "client_id", "code", "code_verifier", "redirect_uri"]
)
@pytest.mark.parametrize("value", [None, ""])
async def test_token_request_lacks_something(
    sim: Simulator, app: App, name: str, value: str | None
) -> None:
    """Everything is needed; the refusal names what is missing."""
    code = await get_code(sim, app)

    status, answer = await app.exchange(code, {name: value})

    assert (status, answer["error"]) == (400, "invalid_request")
    assert answer["error_description"] == f"{name} is missing"
    assert (await app.exchange(code))[0] == 200


@pytest.mark.parametrize(
    "grant_type", ["refresh_token", "password", "client_credentials", "Code"]
)
async def test_unsupported_grant_type(
    sim: Simulator, app: App, grant_type: str
) -> None:
    """There is one way to a token."""
    code = await get_code(sim, app)

    status, answer = await app.exchange(code, {"grant_type": grant_type})

    assert (status, answer["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "verifier", [VERIFIER[:42], "a" * 129, f"{VERIFIER}+", f"{VERIFIER}ü"]
)
async def test_malformed_verifier(sim: Simulator, app: App, verifier: str) -> None:
    """A verifier has 43 to 128 characters of a small set (RFC 7636, 4.1)."""
    digest = sha256(verifier.encode()).digest()
    challenge = urlsafe_b64encode(digest).decode().rstrip("=")
    code = await get_code(sim, app, code_challenge=challenge)

    status, answer = await app.exchange(code, {"code_verifier": verifier})

    assert (status, answer["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", [TOKEN, INTROSPECT, REVOKE])
@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"token":"a"}', "application/json"),
        (b"token=a", "text/plain"),
        (b"token=a", ""),
        (b"token=\xff", "application/x-www-form-urlencoded"),
        (b"token=a&token=a", "application/x-www-form-urlencoded"),
        (b"token=a&token=", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"token", "application/x-www-form-urlencoded"),
    ],
)
async def test_body_must_be_a_form(
    http: ClientSession, path: str, data: bytes, content_type: str
) -> None:
    """Other bodies, and forms that say something twice or nothing, are refused."""
    async with http.post(
        path, data=data, headers={"Content-Type": content_type}
    ) as response:
        assert response.status == 400
        assert response.headers["Cache-Control"] == "no-store"
        assert (await response.json())["error"] == "invalid_request"


async def test_multipart_is_no_form(sim: Simulator, app: App) -> None:
    """OAuth knows one encoding."""
    form = FormData({"token": "a"}, default_to_multipart=True)

    async with app.http.post(INTROSPECT, data=form) as response:
        assert response.status == 400
        assert (await response.json())["error"] == "invalid_request"


@pytest.mark.parametrize("path", [REGISTER, TOKEN, INTROSPECT, REVOKE])
async def test_only_posts(http: ClientSession, path: str) -> None:
    """Codes and tokens do not belong in addresses."""
    async with http.get(f"{path}?token=a") as response:
        assert response.status == 405


async def test_signed_out_beeper_gives_no_token(sim: Simulator, app: App) -> None:
    """Without anybody signed in there is nobody's Beeper to use."""
    code = await get_code(sim, app)
    sim.set_app_state("needs-login")

    status, answer = await app.exchange(code)

    assert (status, answer["error"]) == (400, "invalid_grant")
    sim.set_app_state("ready")
    assert (await app.exchange(code))[0] == 200


async def test_restart(sim: Simulator, app: App) -> None:
    """Apps and tokens are kept; who was about to sign in starts again."""
    token = await get_token(sim, app)
    code = await get_code(sim, app)
    async with app.http.get(app.link()) as response:
        answer = {"ticket": await read_ticket(response), "decision": "approve"}

    await sim.stop()
    await sim.start()

    assert await use(app.http, token) == 200
    assert (await app.exchange(code))[1]["error"] == "invalid_grant"
    async with app.http.post(CALLBACK, data=answer) as response:
        await assert_told(response, "This page is no longer valid")
    assert await get_token(sim, app)


# What a token is, and its end


async def test_introspection(
    sim: Simulator, app: App, freezer: FrozenDateTimeFactory
) -> None:
    """Whoever has a token may ask what it is good for, and how long."""
    freezer.move_to("2026-11-01T12:00:00Z")
    sim.oauth.token_lifetime = 3600
    token = await get_token(sim, app, scope="read")
    freezer.tick(600)

    assert await send(app.http, INTROSPECT, token=token) == (
        200,
        {
            "active": True,
            "scope": "read",
            "sub": "@alice:beeper.com",
            "token_type": "Bearer",
            "client_id": app.id,
            "exp": 1793538000,
        },
    )


async def test_introspection_tells_the_time_of_day(sim: Simulator, app: App) -> None:
    """The end is told by the clock on the wall, which is not that of the loop."""
    sim.oauth.token_lifetime = 3600

    _, answer = await send(app.http, INTROSPECT, token=await get_token(sim, app))

    assert answer["exp"] == pytest.approx(time() + 3600, abs=60)


async def test_introspection_of_a_token_made_in_settings(
    sim: Simulator, http: ClientSession
) -> None:
    """Such a token has no client and does not expire."""
    assert await send(
        http, INTROSPECT, token=sim.token, token_type_hint="access_token"
    ) == (
        200,
        {
            "active": True,
            "scope": "read write",
            "sub": "@alice:beeper.com",
            "token_type": "Bearer",
        },
    )


async def test_introspection_of_a_token_that_is_none(
    freezer: FrozenDateTimeFactory, sim: Simulator, app: App
) -> None:
    """Unknown, revoked, expired or without anybody signed in: no more is told."""
    inactive = (200, {"active": False})
    revoked = await get_token(sim, app)
    sim.revoke(revoked)
    sim.oauth.token_lifetime = 60
    expired = await get_token(sim, app)
    freezer.tick(60)

    for token in ("nonsense", revoked, expired):
        assert await send(app.http, INTROSPECT, token=token) == inactive
    sim.set_app_state("needs-login")
    assert await send(app.http, INTROSPECT, token=sim.token) == inactive


@pytest.mark.parametrize("says_who_it_is", [True, False])
async def test_revocation(sim: Simulator, app: App, says_who_it_is: bool) -> None:
    """A revoked token is gone, another one of the same app is not."""
    kept, token = await get_token(sim, app), await get_token(sim, app)
    client = {"client_id": app.id} if says_who_it_is else {}

    answer = await send(
        app.http, REVOKE, token=token, token_type_hint="access_token", **client
    )

    assert answer == (200, None)
    assert await use(app.http, token) == 401
    assert list(sim.oauth.tokens) == [kept]


async def test_revocation_of_a_token_that_is_none(app: App) -> None:
    """What is not there is as good as revoked (RFC 7009, 2.2)."""
    assert await send(app.http, REVOKE, token="nonsense") == (200, None)
    assert await send(app.http, REVOKE, token="nonsense", client_id=app.id) == (
        200,
        None,
    )


async def test_revocation_of_a_token_made_in_settings(
    sim: Simulator, http: ClientSession
) -> None:
    """Whoever has a token may give it up."""
    assert await send(http, REVOKE, token=sim.token) == (200, None)
    assert await use(http, sim.token) == 401


async def test_revocation_by_another_client(
    sim: Simulator, http: ClientSession, app: App
) -> None:
    """An app that says who it is revokes only its own tokens."""
    token, other = await get_token(sim, app), await register(http)

    for foreign in (token, sim.token):
        status, answer = await send(http, REVOKE, token=foreign, client_id=other.id)
        assert (status, answer["error"]) == (400, "invalid_grant")
        assert await use(http, foreign) == 200


async def test_revocation_by_an_unknown_client(sim: Simulator, app: App) -> None:
    """Who says who it is must be known."""
    token = await get_token(sim, app)

    status, answer = await send(app.http, REVOKE, token=token, client_id="nonsense")

    assert (status, answer["error"]) == (401, "invalid_client")
    assert await use(app.http, token) == 200


async def test_revocation_in_beeper(sim: Simulator, app: App) -> None:
    """The person can take a token back without asking the app."""
    token = await get_token(sim, app)

    sim.revoke(token)

    assert await use(app.http, token) == 401
    assert sim.oauth.tokens == {}


async def test_userinfo(sim: Simulator, app: App) -> None:
    """A token leads to the person who has approved it."""
    headers = {"Authorization": f"Bearer {await get_token(sim, app)}"}

    async with app.http.get(USERINFO, headers=headers) as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert await response.json() == {"sub": "@alice:beeper.com"}


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic nonsense"])
async def test_userinfo_needs_a_token(http: ClientSession, header: str | None) -> None:
    """Nobody else is told who is signed in."""
    headers = {} if header is None else {"Authorization": header}

    async with http.get(USERINFO, headers=headers) as response:
        assert response.status == 401
        assert (await response.json())["code"] == "unauthorized"


@pytest.mark.parametrize("path", [USERINFO, "/v1/accounts"])
@pytest.mark.parametrize(
    ("scheme", "status"), [("Bearer", 200), ("bearer", 200), ("Basic", 401)]
)
async def test_token_is_a_bearer_token(
    sim: Simulator, http: ClientSession, path: str, scheme: str, status: int
) -> None:
    """A good token under another scheme is none; case does not matter (RFC 9110)."""
    headers = {"Authorization": f"{scheme} {sim.token}"}

    async with http.get(path, headers=headers) as response:
        assert response.status == status


# Like any other endpoint


async def test_requests_are_recorded_without_codes(sim: Simulator, app: App) -> None:
    """The record has no query and no body, so neither state, code nor token."""
    await get_token(sim, app)

    assert [
        (request.method, request.path, request.status) for request in sim.requests
    ] == [
        ("POST", REGISTER, 201),
        ("GET", AUTHORIZE, 200),
        ("POST", CALLBACK, 303),
        ("POST", TOKEN, 200),
    ]


async def test_faults_befall_the_endpoints(sim: Simulator, app: App) -> None:
    """An answer that gets lost leaves a token that nobody has."""
    code = await get_code(sim, app)
    sim.inject(Fault(path=TOKEN, truncate=5, times=1))

    with pytest.raises(Exception, match="payload"):
        await app.exchange(code)

    assert len(sim.oauth.tokens) == 1
    assert (await app.exchange(code))[1]["error"] == "invalid_grant"
    assert sim.oauth.tokens == {}


@settings(
    deadline=None,
    max_examples=200,
    # A busy machine takes its time for making examples
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    path=st.sampled_from([CALLBACK, REGISTER, TOKEN, INTROSPECT, REVOKE]),
    data=st.binary(max_size=200),
    form=st.booleans(),
)
async def test_no_body_breaks_it(
    http: ClientSession, path: str, data: bytes, form: bool
) -> None:
    """Whatever is sent, it is refused or understood."""
    kind = "x-www-form-urlencoded" if form else "json"
    headers = {"Content-Type": f"application/{kind}"}

    async with http.post(path, data=data, headers=headers) as response:
        assert response.status in (200, 400)


@pytest.mark.parametrize(
    "query", ["%", "%ff", "state=%ed%a0%80", "state=%ff%00", "=", "&&", "state=%0d%0a"]
)
async def test_no_query_breaks_it(app: App, query: str) -> None:
    """Whatever is in an address, it ends up in no header as it was."""
    link = URL(f"{app.link({'state': None, 'scope': 'admin'})}&{query}", encoded=True)

    async with app.http.get(link, allow_redirects=False) as response:
        assert response.status == 303
        assert response.headers["Location"].startswith(f"{REDIRECT_URI}?error=")


# In a real browser


@pytest.fixture
async def receiver() -> AsyncIterator[str]:
    """Run the app's own site, and return the address the browser is sent back to."""

    async def show(request: web.Request) -> web.Response:
        return web.Response(text="Back again")

    site = web.Application()
    site.router.add_get("/{path:.*}", show)
    async with running(site) as url:
        yield f"{url}/callback"


async def test_person_approves(
    sim: Simulator, http: ClientSession, page: Page, receiver: str
) -> None:
    """The page says what it is about; a press on Approve leads back to the app."""
    app = await register(http, redirect_uris=[receiver])
    await page.goto(app.link({"scope": "read"}))
    await expect(page).to_have_title("Approve a connection · simulated Beeper")
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Allow Home Assistant to use your Beeper?"
    )
    await expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)

    await page.get_by_role("button", name="Approve").click()

    await expect(page.locator("body")).to_have_text("Back again")
    query = URL(page.url).query
    assert query["state"] == STATE
    status, answer = await app.exchange(query["code"])
    assert (status, answer["scope"]) == (200, "read")


async def test_person_approves_behind_a_proxy(
    http: ClientSession, page: Page, receiver: str
) -> None:
    """The page leads nowhere but to where it came from, a path prefix included."""
    app = await register(http, redirect_uris=[receiver])

    async def forward(request: web.Request) -> web.Response:
        async with http.request(
            request.method,
            URL(f"/{request.match_info['path']}").with_query(request.query),
            data=await request.read(),
            headers={"Content-Type": request.content_type},
            allow_redirects=False,
        ) as answer:
            names = {"Content-Type", "Location"} & set(answer.headers)
            headers = {name: answer.headers[name] for name in names}
            return web.Response(
                status=answer.status, body=await answer.read(), headers=headers
            )

    proxy = web.Application()
    proxy.router.add_route("*", "/beeper/{path:.*}", forward)
    async with running(proxy) as url:
        app.base = f"{url}/beeper"
        await page.goto(app.link())
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator("body")).to_have_text("Back again")

    assert (await app.exchange(URL(page.url).query["code"]))[0] == 200


async def test_person_denies_with_the_keyboard(
    http: ClientSession, page: Page, receiver: str
) -> None:
    """Both buttons are reached by the keyboard, in the order they are seen."""
    app = await register(http, redirect_uris=[receiver])
    await page.goto(app.link())
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Approve")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Deny")).to_be_focused()

    await page.keyboard.press("Enter")

    await expect(page.locator("body")).to_have_text("Back again")
    assert URL(page.url).query["error"] == "access_denied"


async def test_hostile_name_is_only_a_name(http: ClientSession, page: Page) -> None:
    """Markup in a name is text for the browser."""
    app = await register(http, client_name=MARKUP)

    await page.goto(app.link())

    await expect(page.get_by_role("heading", level=1)).to_contain_text(MARKUP)
    await expect(page.locator("b, img")).to_have_count(0)
    await expect(page).to_have_title("Approve a connection · simulated Beeper")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_page_can_be_read(app: App, page: Page, scheme: Any) -> None:
    """Texts stand out from their ground by 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    await page.emulate_media(color_scheme=scheme)
    await page.goto(app.link())

    ratios = await page.locator("h1, li, .quiet, button").evaluate_all(CONTRAST_RATIOS)

    assert len(ratios) == 6
    assert min(ratios) >= 4.5
