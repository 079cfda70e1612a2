"""Signing in with Beeper: as a person in a browser does it, and as an attacker would.

The dialogs are driven over Home Assistant's own HTTP API, and the browser comes back
from Beeper to the address that Home Assistant has for that.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
import json
import logging
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.beeper.api.limits import MAX_BODY
from custom_components.beeper.const import CONF_USER_ID
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_CLIENT_ID, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.config_entry_oauth2_flow import MY_AUTH_CALLBACK_PATH
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator, load_scenario
from simulator.oauth import ApprovalError, WebRedirects

from .access_proxy import TEXT, access_proxy
from .clock import Clock
from .conftest import OurLog, Poll

FLOWS = "/api/config/config_entries/flow"
FRONTEND = "http://homeassistant.local:8123"
REDIRECT_URI = f"{FRONTEND}/auth/external/callback"
USER_ID = "@alice:beeper.com"
SOMEBODY_ELSE = json.dumps(
    {
        "state": "ready",
        "matrix": {
            "deviceID": "OTHERDEV",
            "homeserver": "https://matrix.beeper.com",
            "userID": "@other:beeper.com",
        },
    }
).encode()
DAY = 24 * 60 * 60

type Flow = dict[str, Any]


class Browser:
    """The browser of a person who is signed in to Home Assistant."""

    def __init__(
        self, user: TestClient[Any, Any], anybody: TestClient[Any, Any]
    ) -> None:
        """Use these clients: one with a token of Home Assistant, one without."""
        self._user = user
        self._anybody = anybody
        self.headers = {"HA-Frontend-Base": FRONTEND}

    async def post(self, path: str, data: Flow) -> Flow:
        """Send what a person has entered to a dialog, and return what it shows."""
        response = await self._user.post(path, json=data, headers=self.headers)
        assert response.status == 200, await response.text()
        answer: Flow = await response.json()
        return answer

    async def submit(self, flow: Flow, **data: object) -> Flow:
        """Submit a form, or choose from a menu."""
        return await self.post(f"{FLOWS}/{flow['flow_id']}", data)

    async def open(self, url: str) -> Flow:
        """Open the dialog to add a Beeper, up to where one signs in with it."""
        flow = await self.post(FLOWS, {"handler": "beeper"})
        flow = await self.submit(flow, url=url)
        assert flow["step_id"] == "sign_in"
        return await self.choose(flow)

    async def choose(self, flow: Flow) -> Flow:
        """Choose to sign in with Beeper."""
        flow = await self.submit(flow, next_step_id="oauth")
        assert (flow["type"], flow["step_id"]) == ("form", "oauth")
        assert flow["errors"] == {}
        return flow

    async def leave(self, flow: Flow, scope: str = "read_write") -> Flow:
        """Choose what to allow, which leads to Beeper."""
        flow = await self.submit(flow, scope=scope)
        assert (flow["type"], flow["step_id"]) == ("external", "authorize")
        return flow

    async def enter(self, flow: Flow, **data: object) -> int:
        """Submit a form to a dialog that may be gone; returns the HTTP status."""
        path = f"{FLOWS}/{flow['flow_id']}"
        return (await self._user.post(path, json=data)).status

    async def come_back(self, location: str) -> int:
        """Follow Beeper's redirect to Home Assistant; returns the HTTP status."""
        assert location.startswith(f"{REDIRECT_URI}?")
        path = location.removeprefix(FRONTEND)
        response = await self._anybody.get(URL(path, encoded=True))
        return response.status

    async def see(self, flow: Flow) -> int:
        """Look at a dialog that may be gone; returns the HTTP status."""
        return (await self._user.get(f"{FLOWS}/{flow['flow_id']}")).status

    async def look(self, flow: Flow) -> Flow:
        """Return what the dialog shows now."""
        response = await self._user.get(f"{FLOWS}/{flow['flow_id']}")
        assert response.status == 200, await response.text()
        answer: Flow = await response.json()
        return answer

    async def close(self, flow: Flow) -> None:
        """Close the dialog."""
        response = await self._user.delete(f"{FLOWS}/{flow['flow_id']}")
        assert response.status == 200

    async def sign_in(
        self, beeper: Simulator, flow: Flow, scope: str = "read_write"
    ) -> Flow:
        """Go to Beeper, approve, and come back."""
        flow = await self.leave(flow, scope)
        assert await self.come_back(await beeper.oauth.approve(flow["url"])) == 200
        return await self.look(flow)


@pytest.fixture
async def browser(
    hass: HomeAssistant,
    beeper: Simulator,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> Browser:
    """Return a browser in which Home Assistant is open."""
    # All that is served: a server for tests takes nothing more once it runs
    for component in ("auth", "config", "beeper"):
        assert await async_setup_component(hass, component, {})
    return Browser(await hass_client(), await hass_client_no_auth())


@pytest.fixture
async def signed_in(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> ConfigEntry:
    """Return an entry that was made by signing in."""
    flow = await browser.sign_in(beeper, await browser.open(beeper.url))
    assert flow["type"] == "create_entry"
    await hass.async_block_till_done()
    return the_entry(hass)


def the_entry(hass: HomeAssistant) -> ConfigEntry:
    """Return the only entry."""
    [entry] = hass.config_entries.async_entries("beeper")
    return entry


def the_flow(hass: HomeAssistant) -> Flow:
    """Return the only dialog that is open."""
    [flow] = hass.config_entries.flow.async_progress()
    return {**flow}


def requests_for(beeper: Simulator, path: str) -> int:
    """Return how often a path was asked for."""
    return [request.path for request in beeper.requests].count(path)


# --- Signing in


@pytest.mark.parametrize(
    ("scope", "scopes"), [("read_write", {"read", "write"}), ("read", {"read"})]
)
async def test_approval_in_beeper_makes_an_entry(
    hass: HomeAssistant,
    beeper: Simulator,
    browser: Browser,
    scope: str,
    scopes: set[str],
) -> None:
    """There is nothing to copy, and the token may do just what was chosen."""
    flow = await browser.sign_in(beeper, await browser.open(beeper.url), scope)
    await hass.async_block_till_done()

    assert (flow["type"], flow["title"]) == ("create_entry", "Beeper (Alice Example)")
    [(value, token)] = beeper.oauth.tokens.items()
    assert token.scopes == scopes
    entry = the_entry(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data == {
        CONF_URL: beeper.url,
        CONF_ACCESS_TOKEN: value,
        CONF_CLIENT_ID: token.client_id,
        "expires_in": 30 * DAY,
        "expires_at": dt_util.utcnow().timestamp() + 30 * DAY,
        CONF_USER_ID: USER_ID,
    }


async def test_read_and_write_is_what_is_proposed(
    beeper: Simulator, browser: Browser
) -> None:
    """Whoever only selects Submit gets everything that the integration can do."""
    flow = await browser.open(beeper.url)
    [field] = flow["data_schema"]
    assert field["default"] == "read_write"
    assert field["selector"]["select"]["options"] == ["read_write", "read"]
    assert flow["description_placeholders"] == {"url": beeper.url}


async def test_home_assistant_registers_with_its_own_address_only(
    beeper: Simulator, browser: Browser
) -> None:
    """Beeper sends codes nowhere else, and knows Home Assistant by its name."""
    flow = await browser.leave(await browser.open(beeper.url))
    [client] = beeper.oauth.clients.values()
    assert client.name == "Home Assistant"
    assert client.redirect_uris == (REDIRECT_URI,)

    elsewhere = URL(flow["url"]).update_query(redirect_uri="https://example.com/")
    with pytest.raises(ApprovalError, match="cannot be trusted"):
        await beeper.oauth.approve(str(elsewhere))


async def test_my_home_assistant_brings_the_browser_back(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """As everywhere in Home Assistant, where that is switched on."""
    hass.config.components.add("my")
    flow = await browser.leave(await browser.open(beeper.url))
    [client] = beeper.oauth.clients.values()
    assert client.redirect_uris == (MY_AUTH_CALLBACK_PATH,)

    location = await beeper.oauth.approve(flow["url"])
    assert location.startswith(f"{MY_AUTH_CALLBACK_PATH}?")
    query = location.partition("?")[2]
    assert await browser.come_back(f"{REDIRECT_URI}?{query}") == 200
    assert (await browser.look(flow))["type"] == "create_entry"


async def test_code_is_worth_nothing_without_what_home_assistant_keeps(
    beeper: Simulator, browser: Browser
) -> None:
    """The address has a fresh PKCE challenge every time, never what it is made of."""
    queries = []
    for _ in range(2):
        flow = await browser.leave(await browser.open(beeper.url))
        queries.append(URL(flow["url"]).query)
        await browser.close(flow)
    first, second = queries
    assert first["code_challenge_method"] == "S256"
    assert first["code_challenge"] != second["code_challenge"]
    assert first["state"] != second["state"]
    assert set(first) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "scope",
        "code_challenge",
        "code_challenge_method",
    }


async def test_looking_again_while_away_changes_nothing(
    beeper: Simulator, browser: Browser
) -> None:
    """The person may reload the page of the dialog."""
    flow = await browser.leave(await browser.open(beeper.url))
    assert (await browser.look(flow))["url"] == flow["url"]
    assert len(beeper.oauth.clients) == 1


async def test_entry_that_was_added_meanwhile_is_not_added_twice(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """The token that nobody needs is given back."""
    flow = await browser.leave(await browser.open(beeper.url))
    MockConfigEntry(
        domain="beeper",
        data={CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token},
    ).add_to_hass(hass)
    await browser.come_back(await beeper.oauth.approve(flow["url"]))
    flow = await browser.look(flow)
    assert (flow["type"], flow["reason"]) == ("abort", "already_configured")
    assert beeper.oauth.tokens == {}


# --- Beeper does not let Home Assistant begin


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(path="/oauth/register", status=429), "cannot_connect"),
        (Fault(path="/oauth/register", status=500), "cannot_connect"),
        (Fault(path="/oauth/register", drop=0), "cannot_connect"),
        (Fault(path="/oauth/register", body=b"<html>"), "authorize_failed"),
        (Fault(path="/oauth/register", body=b'{"client_id": 1}'), "authorize_failed"),
        (Fault(path="/oauth/register", huge=MAX_BODY + 1), "authorize_failed"),
        (
            Fault(path="/oauth/register", redirect="https://example.com"),
            "authorize_failed",
        ),
        (
            Fault(path="/oauth/register", redirect="https://example.com/login"),
            "access_proxy",
        ),
        (
            Fault(path="/oauth/register", status=403, body=b"", by_proxy=True),
            "access_proxy",
        ),
        (Fault(path="/.well-known/*", status=500), "cannot_connect"),
    ],
)
async def test_each_way_not_to_begin_is_told(
    beeper: Simulator, browser: Browser, fault: Fault, error: str
) -> None:
    """The dialog stays open, and works as soon as Beeper does."""
    flow = await browser.open(beeper.url)
    beeper.inject(fault)
    flow = await browser.submit(flow, scope="read_write")
    assert (flow["type"], flow["step_id"]) == ("form", "oauth")
    assert flow["errors"] == {"base": error}

    beeper.clear_faults()
    flow = await browser.sign_in(beeper, flow)
    assert flow["type"] == "create_entry"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(path="/oauth/register", status=400), "registration_refused"),
        (Fault(path="/oauth/register", status=401), "registration_refused"),
        (Fault(path="/oauth/register", status=403), "registration_refused"),
        (Fault(path="/oauth/register", status=409), "registration_refused"),
        (Fault(path="/oauth/register", status=404), "oauth_unsupported"),
        (Fault(path="/oauth/authorize", status=404), "oauth_unsupported"),
        (Fault(path="/oauth/authorize", status=422), "authorize_refused"),
        (
            Fault(
                path="/.well-known/*",
                body=b'{"authorization_endpoint": "http://a/b",'
                b' "token_endpoint": "http://a/c"}',
            ),
            "oauth_unsupported",
        ),
    ],
)
async def test_beeper_that_never_lets_home_assistant_sign_in_leads_to_the_token(
    beeper: Simulator, browser: Browser, fault: Fault, error: str
) -> None:
    """The form for a token says why, and that way is as good."""
    flow = await browser.open(beeper.url)
    beeper.inject(fault)
    flow = await browser.submit(flow, scope="read_write")
    assert (flow["type"], flow["step_id"]) == ("form", "access_token")
    assert flow["errors"] == {"base": error}

    flow = await browser.submit(flow, access_token=beeper.token)
    assert flow["type"] == "create_entry"


# --- Behind an access proxy


async def test_beeper_behind_an_access_proxy_is_signed_in_to(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """Home Assistant sends the headers each time; the browser signs in there itself."""
    async with access_proxy(beeper) as proxy:
        flow = await browser.post(FLOWS, {"handler": "beeper"})
        headers = {"headers": TEXT}
        flow = await browser.submit(flow, url=proxy.url, access_proxy=headers)
        flow = await browser.leave(await browser.choose(flow))
        page = flow["url"].replace(proxy.url, beeper.url)
        await browser.come_back(await beeper.oauth.approve(page))
        assert (await browser.look(flow))["type"] == "create_entry"
        await hass.async_block_till_done()
        entry = the_entry(hass)
        assert entry.state is ConfigEntryState.LOADED

        await hass.config_entries.async_remove(entry.entry_id)
        assert beeper.oauth.tokens == {}
        paths = {path for path, _ in proxy.requests}
        assert {
            "/.well-known/oauth-authorization-server",
            "/oauth/register",
            "/oauth/authorize",
            "/oauth/token",
            "/oauth/revoke",
        } <= paths
        assert proxy.refused == []


async def test_headers_that_have_expired_are_told_at_a_new_sign_in(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """They are entered in another dialog, which the text names."""
    async with access_proxy(beeper) as proxy:
        entry = MockConfigEntry(
            domain="beeper",
            data={CONF_URL: proxy.url, CONF_ACCESS_TOKEN: beeper.token},
        )
        entry.add_to_hass(hass)
        entry.async_start_reauth(hass)
        await hass.async_block_till_done()
        flow = await browser.choose(the_flow(hass))
        flow = await browser.submit(flow, scope="read")
        assert (flow["step_id"], flow["errors"]) == ("oauth", {"base": "access_proxy"})


# --- Beeper does not redirect to addresses on the web


@pytest.mark.parametrize("refusal", ["returned", "refused"])
async def test_refused_redirect_address_leads_to_the_token(
    hass: HomeAssistant,
    beeper: Simulator,
    browser: Browser,
    refusal: WebRedirects,
) -> None:
    """No page opens on which there would be nothing to approve."""
    hass.config.components.add("my")
    beeper.oauth.web_redirects = refusal
    flow = await browser.open(beeper.url)
    flow = await browser.submit(flow, scope="read")
    assert (flow["type"], flow["step_id"]) == ("form", "access_token")
    assert flow["errors"] == {"base": "authorize_refused"}

    flow = await browser.submit(flow, access_token=beeper.token)
    assert flow["type"] == "create_entry"


async def test_refused_redirect_address_leads_to_the_token_at_a_new_sign_in(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, loaded: MockConfigEntry
) -> None:
    """As at set-up: Beeper was updated in between."""
    beeper.oauth.web_redirects = "refused"
    loaded.async_start_reauth(hass)
    await hass.async_block_till_done()
    flow = await browser.choose(the_flow(hass))
    flow = await browser.submit(flow, scope="read")
    assert flow["errors"] == {"base": "authorize_refused"}
    flow = await browser.submit(flow, access_token=beeper.read_only_token)
    assert flow["reason"] == "reauth_successful"


@pytest.mark.parametrize(
    ("error", "step", "told"),
    [
        ("invalid_request", "access_token", "authorize_refused"),
        ("unauthorized_client", "access_token", "authorize_refused"),
        ("server_error", "oauth", "authorize_failed"),
        ("temporarily_unavailable", "oauth", "authorize_failed"),
    ],
)
async def test_refusal_that_only_the_browser_gets_is_told(
    beeper: Simulator, browser: Browser, error: str, step: str, told: str
) -> None:
    """Beeper has changed its mind since Home Assistant had a look."""
    flow = await browser.leave(await browser.open(beeper.url))
    state = URL(flow["url"]).query["state"]
    back = URL(REDIRECT_URI).with_query({"error": error, "state": state})
    await browser.come_back(str(back))
    flow = await browser.look(flow)
    assert (flow["step_id"], flow["errors"]) == (step, {"base": told})


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(drop=0),
        Fault(status=401, body=b"", by_proxy=True),
        Fault(redirect="https://login.example.com/?next=/oauth/authorize"),
    ],
)
async def test_page_that_only_the_browser_can_open_is_left_to_it(
    beeper: Simulator, browser: Browser, fault: Fault
) -> None:
    """A person may be signed in at a proxy where Home Assistant is not."""
    beeper.inject(replace(fault, path="/oauth/authorize", times=1))
    flow = await browser.sign_in(beeper, await browser.open(beeper.url))
    assert flow["type"] == "create_entry"


@pytest.mark.parametrize(
    "frontend",
    [
        "http://localhost:8123",
        "http://127.0.0.1:8123",
        "https://[::1]",
        "http://127.1.2.3",
    ],
)
@pytest.mark.parametrize("my", [True, False])
async def test_browser_on_the_same_machine_is_sent_straight_back(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, frontend: str, my: bool
) -> None:
    """Beeper refuses addresses on the web, but not this one."""
    if my:
        hass.config.components.add("my")
    beeper.oauth.web_redirects = "refused"
    browser.headers = {"HA-Frontend-Base": frontend}
    flow = await browser.leave(await browser.open(beeper.url))
    [client] = beeper.oauth.clients.values()
    assert client.redirect_uris == (f"{frontend}/auth/external/callback",)

    location = await beeper.oauth.approve(flow["url"])
    assert location.startswith(f"{client.redirect_uris[0]}?")
    query = location.partition("?")[2]
    assert await browser.come_back(f"{REDIRECT_URI}?{query}") == 200
    assert (await browser.look(flow))["type"] == "create_entry"


@pytest.mark.parametrize(
    "frontend",
    [
        "http://localhost.example.com",
        "http://192.168.1.20:8123",
        "https://home.example.com/localhost",
        "http://localhost@example.com",
        "http://[",
        "",
    ],
)
async def test_browser_on_another_machine_comes_back_over_my_home_assistant(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, frontend: str
) -> None:
    """Also one that says something odd of itself."""
    hass.config.components.add("my")
    browser.headers = {"HA-Frontend-Base": frontend}
    await browser.leave(await browser.open(beeper.url))
    [client] = beeper.oauth.clients.values()
    assert client.redirect_uris == (MY_AUTH_CALLBACK_PATH,)


async def test_dialog_outside_of_the_frontend_cannot_lead_to_beeper(
    beeper: Simulator, browser: Browser
) -> None:
    """Home Assistant learns its own address from the frontend."""
    flow = await browser.open(beeper.url)
    browser.headers = {}
    flow = await browser.submit(flow, scope="read")
    assert flow["step_id"] == "access_token"
    assert flow["errors"] == {"base": "no_redirect_address"}
    assert beeper.oauth.clients == {}


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault(status=status) for status in (404, 302, 401, 403)),
        Fault(status=401, body=b"", by_proxy=True),
        Fault(body=b"<html>"),
        Fault(body=b'{"authorization_endpoint": "", "token_endpoint": "http://a/b"}'),
    ],
)
async def test_endpoints_are_also_found_in_the_info(
    beeper: Simulator, browser: Browser, fault: Fault
) -> None:
    """A proxy may keep the paths of the metadata for itself."""
    beeper.inject(replace(fault, path="/.well-known/*"))
    flow = await browser.sign_in(beeper, await browser.open(beeper.url))
    assert flow["type"] == "create_entry"


# --- Where the endpoints are


@pytest.mark.parametrize("host", ["http://10.0.0.1:1", "https://example.com"])
async def test_endpoints_of_another_host_are_looked_for_at_the_address(
    beeper: Simulator, browser: Browser, host: str
) -> None:
    """Neither person nor code is led away from the Beeper that was named."""
    metadata = {
        f"{name}_endpoint": f"{host}/oauth/{path}"
        for name, path in (
            ("authorization", "authorize"),
            ("token", "token"),
            ("registration", "register"),
        )
    }
    beeper.inject(Fault(path="/.well-known/*", body=json.dumps(metadata).encode()))
    flow = await browser.leave(await browser.open(beeper.url))
    assert flow["url"].startswith(f"{beeper.url}/oauth/authorize?")

    await browser.come_back(await beeper.oauth.approve(flow["url"]))
    assert (await browser.look(flow))["type"] == "create_entry"


@pytest.mark.parametrize(
    "endpoint",
    [
        "javascript:alert(1)",
        "@example.com/",
        "token",
        "http://[",
        "http://[]@",
        "http:token",
    ],
)
async def test_endpoint_that_is_no_address_is_refused(
    beeper: Simulator, browser: Browser, endpoint: str
) -> None:
    """What does not begin with a slash could change the host it is appended to."""
    metadata = {
        "authorization_endpoint": endpoint,
        "token_endpoint": "http://localhost/oauth/token",
        "registration_endpoint": "http://localhost/oauth/register",
    }
    beeper.inject(Fault(path="/.well-known/*", body=json.dumps(metadata).encode()))
    flow = await browser.open(beeper.url)
    flow = await browser.submit(flow, scope="read")
    assert flow["errors"] == {"base": "authorize_failed"}
    assert beeper.oauth.clients == {}


@pytest.fixture
async def proxy(beeper: Simulator) -> AsyncGenerator[str]:
    """Return the address of a Beeper behind a proxy, with a path prefix."""

    async def forward(request: web.Request) -> web.Response:
        headers = {
            name: request.headers[name]
            for name in ("Authorization", "Content-Type")
            if name in request.headers
        }
        async with (
            ClientSession() as session,
            session.request(
                request.method,
                f"{beeper.url}/{request.match_info['path']}",
                params=request.query,
                data=await request.read(),
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            headers = {
                name: answer.headers[name]
                for name in ("Content-Type", "Location")
                if name in answer.headers
            }
            return web.Response(
                status=answer.status, body=await answer.read(), headers=headers
            )

    app = web.Application()
    app.router.add_route("*", "/beeper/{path:.*}", forward)
    async with TestServer(app) as server:
        yield str(server.make_url("/beeper"))


async def test_beeper_behind_a_path_prefix_is_signed_in_to(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, proxy: str
) -> None:
    """Beeper does not know of the prefix, and of the host only what it sees itself."""
    flow = await browser.leave(await browser.open(f"{proxy}/v1/info"))
    assert flow["url"].startswith(f"{proxy}/oauth/authorize?")

    await browser.come_back(await beeper.oauth.approve(flow["url"]))
    flow = await browser.look(flow)
    assert flow["type"] == "create_entry"
    await hass.async_block_till_done()
    assert the_entry(hass).data[CONF_URL] == proxy
    assert the_entry(hass).state is ConfigEntryState.LOADED


async def test_prefix_that_beeper_knows_of_is_not_put_there_twice(
    beeper: Simulator, browser: Browser, proxy: str
) -> None:
    """Some proxies correct the addresses in what they pass on."""
    metadata = {
        "authorization_endpoint": f"{proxy}/oauth/authorize",
        "token_endpoint": f"{proxy}/oauth/token",
        "registration_endpoint": f"{proxy}/oauth/register",
    }
    beeper.inject(Fault(path="/.well-known/*", body=json.dumps(metadata).encode()))
    flow = await browser.leave(await browser.open(proxy))
    assert flow["url"].startswith(f"{proxy}/oauth/authorize?")


LEADING_OUT = [
    "/../admin/token",
    "/oauth/../../admin",
    "/%2e%2e/admin",
    "/%2E./admin",
    "/oauth/%2e%2e/%2e%2e/admin",
    "/%252e%252e/admin",
    "/%25252e%25252e/admin",
    "/..%2fadmin",
    "/..%5cadmin",
    "/..\\admin",
    "/..;/admin",
    "/..;a=b/admin",
    "/..",
    "/./..",
    "/%2e%2e",
    "//../admin",
    "/oauth/..",
    "/..%09/admin",
    "/.%00./admin",
]


@pytest.mark.parametrize("path", LEADING_OUT)
@pytest.mark.parametrize("is_metadata", [True, False])
async def test_endpoint_that_leads_out_of_the_prefix_is_refused(
    beeper: Simulator, browser: Browser, proxy: str, path: str, is_metadata: bool
) -> None:
    """What else a proxy has is asked for nothing, however Beeper spells the way to it."""
    endpoints = {
        "authorization_endpoint": f"{beeper.url}{path}",
        "token_endpoint": f"https://elsewhere.example.com{path}",
        "registration_endpoint": f"{proxy}{path}",
        "revocation_endpoint": f"{proxy}{path}",
    }
    if is_metadata:
        beeper.inject(Fault(path="/.well-known/*", body=json.dumps(endpoints).encode()))
    else:
        info = {"app": {}, "endpoints": {"oauth": endpoints}}
        beeper.inject(Fault(path="/.well-known/*", status=404))
        beeper.inject(Fault(path="/v1/info", body=json.dumps(info).encode()))
    flow = await browser.open(proxy)
    asked = {request.path for request in beeper.requests}

    flow = await browser.submit(flow, scope="read")

    assert flow["errors"] == {"base": "authorize_failed"}
    assert {request.path for request in beeper.requests} - asked <= {
        "/.well-known/oauth-authorization-server",
        "/v1/info",
    }


# --- The browser comes back with less than a good code


async def test_denial_is_told_and_can_be_reconsidered(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """The person has pressed the wrong button, or wanted to allow less."""
    flow = await browser.leave(await browser.open(beeper.url))
    assert await browser.come_back(await beeper.oauth.deny(flow["url"])) == 200
    flow = await browser.look(flow)
    assert flow["step_id"] == "oauth"
    assert flow["errors"] == {"base": "authorize_denied"}
    assert hass.config_entries.async_entries("beeper") == []

    flow = await browser.sign_in(beeper, flow, "read")
    assert flow["type"] == "create_entry"


async def test_other_refusal_is_told(beeper: Simulator, browser: Browser) -> None:
    """Beeper did not even ask the person: it does not know this scope."""
    flow = await browser.leave(await browser.open(beeper.url))
    asked = URL(flow["url"]).update_query(scope="read write everything")
    location = await beeper.oauth.approve(str(asked))
    assert URL(location).query["error"] == "invalid_scope"
    await browser.come_back(location)
    assert (await browser.look(flow))["errors"] == {"base": "authorize_failed"}


async def test_code_that_has_expired_is_told(
    beeper: Simulator, browser: Browser, freezer: FrozenDateTimeFactory
) -> None:
    """The computer with the browser was asleep in between."""
    flow = await browser.leave(await browser.open(beeper.url))
    location = await beeper.oauth.approve(flow["url"])
    freezer.tick(61)
    await browser.come_back(location)
    assert (await browser.look(flow))["errors"] == {"base": "authorize_expired"}
    assert beeper.oauth.tokens == {}


async def test_code_that_somebody_has_used_is_told(
    beeper: Simulator, browser: Browser
) -> None:
    """A thief who does not know the verifier only makes the code worthless."""
    flow = await browser.leave(await browser.open(beeper.url))
    location = await beeper.oauth.approve(flow["url"])
    form = {
        "grant_type": "authorization_code",
        "client_id": URL(flow["url"]).query["client_id"],
        "code": URL(location).query["code"],
        "code_verifier": "x" * 43,
        "redirect_uri": REDIRECT_URI,
    }
    async with (
        ClientSession() as thief,
        thief.post(f"{beeper.url}/oauth/token", data=form) as response,
    ):
        assert response.status == 400

    await browser.come_back(location)
    assert (await browser.look(flow))["errors"] == {"base": "authorize_expired"}
    assert beeper.oauth.tokens == {}


async def test_code_of_an_earlier_try_is_refused(
    beeper: Simulator, browser: Browser
) -> None:
    """It was made for another client and another verifier."""
    flow = await browser.leave(await browser.open(beeper.url))
    earlier = await beeper.oauth.approve(flow["url"])
    await browser.come_back(await beeper.oauth.deny(flow["url"]))
    flow = await browser.leave(await browser.look(flow))

    await browser.come_back(earlier)
    assert (await browser.look(flow))["errors"] == {"base": "authorize_expired"}
    assert beeper.oauth.tokens == {}


async def test_code_for_another_verifier_is_refused(
    beeper: Simulator, browser: Browser
) -> None:
    """An attacker's code cannot be slipped in: it was made for another challenge."""
    flow = await browser.leave(await browser.open(beeper.url))
    other = URL(flow["url"]).update_query(code_challenge="A" * 43)
    await browser.come_back(await beeper.oauth.approve(str(other)))
    assert (await browser.look(flow))["errors"] == {"base": "authorize_expired"}
    assert beeper.oauth.tokens == {}


# --- Abuse of the address to which the browser comes back


@pytest.mark.parametrize(
    "state",
    [
        "",
        "wrong",
        # Made with another key; unsigned
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.",
    ],
)
async def test_wrong_state_is_refused(
    beeper: Simulator, browser: Browser, state: str
) -> None:
    """Nobody can end another's sign-in without the state that Home Assistant signed."""
    flow = await browser.leave(await browser.open(beeper.url))
    location = URL(await beeper.oauth.approve(flow["url"]))
    assert await browser.come_back(str(location.update_query(state=state))) == 400
    assert (await browser.look(flow))["type"] == "external"
    assert beeper.oauth.tokens == {}

    assert await browser.come_back(str(location)) == 200
    assert (await browser.look(flow))["type"] == "create_entry"


async def test_state_of_another_dialog_ends_only_that_one(
    beeper: Simulator, browser: Browser
) -> None:
    """A code of one's own cannot be slipped into another's dialog either."""
    first = await browser.leave(await browser.open(beeper.url))
    second = await browser.leave(await browser.open(beeper.url))
    code = URL(await beeper.oauth.approve(first["url"])).query["code"]
    state = URL(second["url"]).query["state"]
    await browser.come_back(
        str(URL(REDIRECT_URI).with_query({"code": code, "state": state}))
    )
    assert (await browser.look(first))["type"] == "external"
    assert (await browser.look(second))["errors"] == {"base": "authorize_expired"}


async def test_return_that_says_nothing_is_refused(
    beeper: Simulator, browser: Browser
) -> None:
    """Neither a code nor an error."""
    flow = await browser.leave(await browser.open(beeper.url))
    state = URL(flow["url"]).query["state"]
    await browser.come_back(str(URL(REDIRECT_URI).with_query({"state": state})))
    assert (await browser.look(flow))["type"] == "external"


async def test_return_before_the_dialog_goes_on_counts_once(
    beeper: Simulator, browser: Browser
) -> None:
    """The page that comes back is loaded twice, the second time with another code."""
    flow = await browser.leave(await browser.open(beeper.url))
    location = await beeper.oauth.approve(flow["url"])
    again = str(URL(location).update_query(code="another"))
    assert await browser.come_back(location) == 200
    assert await browser.come_back(again) == 200
    assert requests_for(beeper, "/oauth/token") == 0

    assert (await browser.look(flow))["type"] == "create_entry"
    assert requests_for(beeper, "/oauth/token") == 1


async def test_return_that_is_replayed_after_a_refusal_is_not_listened_to(
    beeper: Simulator, browser: Browser
) -> None:
    """The dialog shows a form again, which takes no codes."""
    flow = await browser.leave(await browser.open(beeper.url))
    location = await beeper.oauth.deny(flow["url"])
    await browser.come_back(location)
    await browser.look(flow)
    assert await browser.come_back(location) == 400
    assert (await browser.look(flow))["step_id"] == "oauth"


async def test_return_that_is_replayed_after_the_end_changes_nothing(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """Somebody finds the address in the history of the browser."""
    flow = await browser.leave(await browser.open(beeper.url))
    location = await beeper.oauth.approve(flow["url"])
    await browser.come_back(location)
    assert (await browser.look(flow))["type"] == "create_entry"
    await hass.async_block_till_done()
    before = dict(the_entry(hass).data)

    assert await browser.come_back(location) >= 400
    await hass.async_block_till_done()
    assert the_entry(hass).data == before
    assert len(beeper.oauth.tokens) == 1
    assert requests_for(beeper, "/oauth/token") == 1


async def test_dialog_that_was_closed_gets_no_token(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """The person has changed their mind, and approves nevertheless."""
    flow = await browser.leave(await browser.open(beeper.url))
    await browser.close(flow)
    assert await browser.come_back(await beeper.oauth.approve(flow["url"])) >= 400
    assert hass.config_entries.flow.async_progress() == []
    assert beeper.oauth.tokens == {}


async def test_dialog_that_is_closed_while_the_token_is_proven_gives_it_back(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, clock: Clock
) -> None:
    """Nobody would know of that token."""
    # Given somebody who has come back from Beeper, which is slow
    flow = await browser.leave(await browser.open(beeper.url))
    assert await browser.come_back(await beeper.oauth.approve(flow["url"])) == 200
    beeper.inject(Fault(path="/v1/bridges", delay=5))
    looking = hass.async_create_task(browser.see(flow))
    await beeper.wait_for_request("/v1/bridges")
    assert len(beeper.oauth.tokens) == 1

    # When they close the dialog
    await browser.close(flow)
    await clock.run(6)

    # Then nothing is left of it
    assert await looking == 404
    assert hass.config_entries.async_entries("beeper") == []
    assert beeper.oauth.tokens == {}


async def test_dialog_that_is_closed_while_the_token_is_proven_changes_nothing(
    hass: HomeAssistant,
    beeper: Simulator,
    browser: Browser,
    signed_in: ConfigEntry,
    clock: Clock,
) -> None:
    """The entry goes on with the token it had."""
    before = dict(signed_in.data)
    signed_in.async_start_reauth(hass)
    await clock.run()
    flow = the_flow(hass)
    flow = await browser.submit(flow, next_step_id="access_token")
    beeper.inject(Fault(path="/v1/accounts", delay=5))
    entering = hass.async_create_task(
        browser.enter(flow, access_token=beeper.read_only_token)
    )
    await beeper.wait_for_request("/v1/accounts")

    await browser.close(flow)
    await clock.run(6)

    assert await entering == 404
    assert signed_in.data == before
    assert list(beeper.oauth.tokens) == [before[CONF_ACCESS_TOKEN]]


# --- The token endpoint


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(drop=0), "cannot_connect"),
        (Fault(status=500), "cannot_connect"),
        (Fault(status=503), "cannot_connect"),
        (Fault(status=429), "cannot_connect"),
        (Fault(status=400), "authorize_failed"),
        (Fault(status=400, body=b'{"error": 5}'), "authorize_failed"),
        (Fault(status=400, body=b'{"error": "invalid_client"}'), "authorize_failed"),
        (Fault(status=401), "authorize_failed"),
        (Fault(status=404), "authorize_failed"),
        (Fault(body=b"<html>"), "authorize_failed"),
        (Fault(body=b"[]"), "authorize_failed"),
        (Fault(body=b"{}"), "authorize_failed"),
        (Fault(body=b'{"access_token": 1}'), "authorize_failed"),
        (Fault(body=b'{"access_token": ""}'), "authorize_failed"),
        (Fault(body=b'{"access_token": "wrong"}'), "authorize_failed"),
        (Fault(body=b'{"access_token": "line\\nbreak"}'), "authorize_failed"),
        (Fault(truncate=20), "cannot_connect"),
        (Fault(huge=MAX_BODY + 1), "authorize_failed"),
        (Fault(status=403, body=b"<html>", by_proxy=True), "access_proxy"),
    ],
)
async def test_token_endpoint_that_fails_is_told(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, fault: Fault, error: str
) -> None:
    """Whatever it answers, the dialog stays open for another try."""
    beeper.inject(replace(fault, path="/oauth/token"))
    flow = await browser.sign_in(beeper, await browser.open(beeper.url))
    assert (flow["type"], flow["step_id"]) == ("form", "oauth")
    assert flow["errors"] == {"base": error}
    assert hass.config_entries.async_entries("beeper") == []

    beeper.clear_faults()
    assert (await browser.sign_in(beeper, flow))["type"] == "create_entry"


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_code_does_not_follow_a_redirect(
    beeper: Simulator, browser: Browser, status: int
) -> None:
    """Code and verifier together are as good as the token."""
    async with Simulator(load_scenario("empty")) as thief:
        beeper.inject(
            Fault(
                path="/oauth/token", status=status, redirect=f"{thief.url}/oauth/token"
            )
        )
        flow = await browser.sign_in(beeper, await browser.open(beeper.url))
        assert flow["errors"] == {"base": "authorize_failed"}
        assert thief.requests == []


async def test_token_that_may_do_less_than_was_asked_is_used_as_it_is(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """Beeper may let a person allow less; what needs more tells so."""
    body = b'{"access_token": "%s", "scope": "read"}' % beeper.read_only_token.encode()
    beeper.inject(Fault(path="/oauth/token", body=body))
    flow = await browser.sign_in(beeper, await browser.open(beeper.url), "read_write")
    await hass.async_block_till_done()
    assert flow["type"] == "create_entry"
    assert the_entry(hass).state is ConfigEntryState.LOADED

    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call(
            "beeper",
            "create_login_session",
            {"bridge_id": "local-signal"},
            blocking=True,
        )
    assert refused.value.translation_key == "missing_write_scope"
    assert the_entry(hass).state is ConfigEntryState.LOADED
    assert asks(hass, the_entry(hass)) == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(path="/v1/accounts", status=403), "missing_scope"),
        (Fault(path="/v1/bridges", status=404), "unsupported_version"),
        (Fault(path="/v1/accounts", status=500), "cannot_connect"),
    ],
)
async def test_token_that_is_no_use_is_given_back(
    beeper: Simulator, browser: Browser, fault: Fault, error: str
) -> None:
    """It is proven like one that was pasted."""
    beeper.inject(fault)
    flow = await browser.sign_in(beeper, await browser.open(beeper.url))
    assert flow["errors"] == {"base": error}
    assert beeper.oauth.tokens == {}


# --- The token ends


def asks(hass: HomeAssistant, entry: ConfigEntry) -> int:
    """Return how many dialogs wait for somebody to sign in again."""
    return len(list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})))


@pytest.mark.parametrize(
    ("lifetime", "notice"),
    [(30 * DAY, DAY), (4 * DAY, DAY), (DAY, DAY / 4), (3600, 900), (600, 150)],
)
async def test_new_sign_in_is_asked_for_before_the_token_ends(
    hass: HomeAssistant,
    beeper: Simulator,
    browser: Browser,
    poll: Poll,
    lifetime: int,
    notice: int,
) -> None:
    """A day before, or in the last quarter of the time of one that lasts so short."""
    beeper.oauth.token_lifetime = lifetime
    await browser.sign_in(beeper, await browser.open(beeper.url))
    await hass.async_block_till_done()
    entry = the_entry(hass)
    assert entry.data["expires_in"] == lifetime
    assert entry.data["expires_at"] == pytest.approx(
        dt_util.utcnow().timestamp() + lifetime
    )

    await poll(lifetime - notice - 60)
    assert asks(hass, entry) == 0
    await poll(120)
    assert asks(hass, entry) == 1
    await poll(60)
    assert asks(hass, entry) == 1
    assert entry.state is ConfigEntryState.LOADED


async def test_new_sign_in_is_still_asked_for_when_the_token_was_refused_for_a_moment(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, poll: Poll
) -> None:
    """It works again, but still ends soon."""
    # Given a token that ends within a day
    beeper.oauth.token_lifetime = 30 * DAY
    await browser.sign_in(beeper, await browser.open(beeper.url))
    await hass.async_block_till_done()
    entry = the_entry(hass)
    await poll(29 * DAY + 60)
    assert asks(hass, entry) == 1

    # When Beeper refuses it for a moment
    beeper.inject(Fault(path="/v1/bridges", status=401))
    await poll()
    beeper.clear_faults()
    await poll(61)

    # Then somebody still has to sign in
    assert entry.runtime_data.coordinator.last_update_success
    assert asks(hass, entry) == 1


async def test_request_to_sign_in_goes_with_its_reason_though_the_token_ends_one_day(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, poll: Poll
) -> None:
    """That is long from now."""
    beeper.oauth.token_lifetime = 30 * DAY
    await browser.sign_in(beeper, await browser.open(beeper.url))
    await hass.async_block_till_done()
    entry = the_entry(hass)
    beeper.inject(Fault(path="/v1/bridges", status=401))
    await poll()
    assert asks(hass, entry) == 1

    beeper.clear_faults()
    await poll(61)
    assert asks(hass, entry) == 0


async def test_new_sign_in_is_asked_for_at_start_if_that_is_due(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry
) -> None:
    """Home Assistant was off when it was; the entry works on until the end."""
    expires_at = dt_util.utcnow().timestamp() + DAY - 60
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "expires_at": expires_at}
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert asks(hass, entry) == 1


NO_TIME: list[object] = [
    "soon",
    "",
    "1e400",
    "4000000000",
    [],
    {},
    [4e9],
    True,
    False,
    float("inf"),
    float("-inf"),
    float("nan"),
    1e300,
    -1e300,
    2**63 - 1,
    -5,
    0,
]


@pytest.mark.parametrize("stored", NO_TIME, ids=lambda stored: repr(stored)[:12])
async def test_end_that_is_no_time_asks_for_a_new_sign_in(
    hass: HomeAssistant, entry: MockConfigEntry, poll: Poll, stored: object
) -> None:
    """What is stored may be anything; the entry is set up all the same."""
    data = {"client_id": "client", "expires_in": 3600, "expires_at": stored}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **data})

    await hass.config_entries.async_setup(entry.entry_id)
    await poll(1)

    assert entry.state is ConfigEntryState.LOADED
    assert asks(hass, entry) == 1


@pytest.mark.parametrize("stored", NO_TIME, ids=lambda stored: repr(stored)[:12])
async def test_lifetime_that_is_none_changes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, poll: Poll, stored: object
) -> None:
    """Then a new sign-in is asked for a day before the end, at the latest."""
    end = dt_util.utcnow().timestamp() + 2 * DAY
    data = {"client_id": "client", "expires_in": stored, "expires_at": end}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **data})

    await hass.config_entries.async_setup(entry.entry_id)
    await poll(1)

    assert entry.state is ConfigEntryState.LOADED
    assert asks(hass, entry) == 0
    await poll(2 * DAY)
    assert asks(hass, entry) == 1


async def test_entry_that_is_unloaded_asks_for_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, poll: Poll
) -> None:
    """Somebody has switched it off."""
    expires_at = dt_util.utcnow().timestamp() + 2 * DAY
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "expires_at": expires_at}
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    await poll(3 * DAY)
    assert asks(hass, entry) == 0


@pytest.mark.parametrize(
    ("expires_in", "kept"),
    [
        (b"null", None),
        (b'"soon"', None),
        (b"1e300", None),
        (b"31536000000", None),
        (b"-5", None),
        (b"0", None),
        (b"59", None),
        (b"true", None),
        (b'"3600s"', None),
        (b'"3600"', 3600),
        (b"7200.5", 7200.5),
    ],
)
async def test_lifetime_that_makes_no_sense_does_no_harm(
    hass: HomeAssistant,
    beeper: Simulator,
    browser: Browser,
    expires_in: bytes,
    kept: float | None,
) -> None:
    """At worst a new sign-in is asked for when Beeper refuses the token."""
    body = b'{"access_token": "%s", "expires_in": %s}'
    beeper.inject(
        Fault(path="/oauth/token", body=body % (beeper.token.encode(), expires_in))
    )
    flow = await browser.sign_in(beeper, await browser.open(beeper.url))
    assert flow["type"] == "create_entry"
    await hass.async_block_till_done()
    assert the_entry(hass).state is ConfigEntryState.LOADED
    assert the_entry(hass).data.get("expires_in") == kept
    assert asks(hass, the_entry(hass)) == 0


async def test_revoked_token_is_asked_for_at_once(
    hass: HomeAssistant, beeper: Simulator, signed_in: ConfigEntry, poll: Poll
) -> None:
    """The person has removed Home Assistant from the approved connections."""
    beeper.revoke(signed_in.data[CONF_ACCESS_TOKEN])
    await poll()
    assert asks(hass, signed_in) == 1


# --- Signing in again


async def sign_in_again(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, entry: ConfigEntry
) -> Flow:
    """Open the dialog that asks for it, and sign in with Beeper."""
    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    flow = the_flow(hass)
    flow = await browser.sign_in(beeper, await browser.choose(flow))
    await hass.async_block_till_done()
    return flow


async def test_new_sign_in_takes_the_place_of_the_old(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, signed_in: ConfigEntry
) -> None:
    """The old token is given back, and the entry goes on with the new one."""
    old = signed_in.data[CONF_ACCESS_TOKEN]
    flow = await sign_in_again(hass, beeper, browser, signed_in)
    assert (flow["type"], flow["reason"]) == ("abort", "reauth_successful")
    assert signed_in.state is ConfigEntryState.LOADED
    assert list(beeper.oauth.tokens) == [signed_in.data[CONF_ACCESS_TOKEN]]
    assert old not in beeper.oauth.tokens


async def test_sign_in_takes_the_place_of_a_pasted_token(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, loaded: MockConfigEntry
) -> None:
    """The pasted one stays good: it may be in use elsewhere."""
    flow = await sign_in_again(hass, beeper, browser, loaded)
    assert flow["reason"] == "reauth_successful"
    assert [loaded.data[CONF_ACCESS_TOKEN]] == list(beeper.oauth.tokens)
    assert requests_for(beeper, "/oauth/revoke") == 0


async def test_pasted_token_takes_the_place_of_a_sign_in(
    hass: HomeAssistant, beeper: Simulator, browser: Browser
) -> None:
    """Nothing is left that only a sign-in has, its end above all."""
    beeper.oauth.token_lifetime = 30 * DAY
    await browser.sign_in(beeper, await browser.open(beeper.url))
    await hass.async_block_till_done()
    entry = the_entry(hass)
    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    flow = the_flow(hass)

    flow = await browser.submit(flow, next_step_id="access_token")
    flow = await browser.submit(flow, access_token=beeper.token)
    assert flow["reason"] == "reauth_successful"
    assert entry.data == {
        CONF_URL: beeper.url,
        CONF_ACCESS_TOKEN: beeper.token,
        CONF_USER_ID: USER_ID,
    }
    assert beeper.oauth.tokens == {}


async def test_sign_in_as_another_user_is_refused(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, loaded: MockConfigEntry
) -> None:
    """The token for the wrong user is given back."""
    before = dict(loaded.data)
    beeper.inject(Fault(path="/v1/app/setup", body=SOMEBODY_ELSE))
    flow = await sign_in_again(hass, beeper, browser, loaded)
    assert (flow["type"], flow["reason"]) == ("abort", "wrong_account")
    assert loaded.data == before
    assert beeper.oauth.tokens == {}


async def test_new_address_is_kept_when_it_needs_a_sign_in(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, loaded: MockConfigEntry
) -> None:
    """Beeper has moved, and its token was not taken along."""
    async with Simulator(load_scenario("empty")) as moved:
        moved.revoke(moved.token)
        flow = await browser.post(
            FLOWS, {"handler": "beeper", "entry_id": loaded.entry_id}
        )
        flow = await browser.submit(flow, url=moved.url)
        flow = await browser.sign_in(moved, await browser.choose(flow))
        await hass.async_block_till_done()
        assert flow["reason"] == "reconfigure_successful"
        assert loaded.data[CONF_URL] == moved.url
        assert [loaded.data[CONF_ACCESS_TOKEN]] == list(moved.oauth.tokens)
        await hass.config_entries.async_unload(loaded.entry_id)


async def test_old_token_is_not_given_to_whoever_is_at_the_old_address(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, signed_in: ConfigEntry
) -> None:
    """Beeper has moved, and gets the old token back where it is now."""
    # Given a Beeper that has moved, and another server in its place
    old = signed_in.data[CONF_ACCESS_TOKEN]
    port = int(beeper.url.rpartition(":")[2])
    await beeper.stop()
    await beeper.start(port=0)
    async with Simulator(load_scenario("empty"), port=port) as stranger:
        # When somebody enters the new address and signs in again
        flow = await browser.post(
            FLOWS, {"handler": "beeper", "entry_id": signed_in.entry_id}
        )
        flow = await browser.submit(flow, url=beeper.url, sign_in=True)
        asked = len(stranger.requests)
        flow = await browser.sign_in(beeper, await browser.choose(flow))
        await hass.async_block_till_done()

        # Then the old token is no good any more, and the other server has not heard it
        assert flow["reason"] == "reconfigure_successful"
        assert list(beeper.oauth.tokens) == [signed_in.data[CONF_ACCESS_TOKEN]]
        assert old != signed_in.data[CONF_ACCESS_TOKEN]
        assert len(stranger.requests) == asked


async def test_old_token_is_not_given_to_whoever_does_not_prove_to_be_the_same(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, signed_in: ConfigEntry
) -> None:
    """Who answers at a new address may be anybody, and take any sign-in."""
    async with Simulator(load_scenario("empty")) as stranger:
        stranger.inject(Fault(path="/v1/app/setup", status=404))
        flow = await browser.post(
            FLOWS, {"handler": "beeper", "entry_id": signed_in.entry_id}
        )
        flow = await browser.submit(flow, url=stranger.url, sign_in=True)
        flow = await browser.sign_in(stranger, await browser.choose(flow))
        await hass.async_block_till_done()

        assert flow["reason"] == "reconfigure_successful"
        assert signed_in.data[CONF_URL] == stranger.url
        assert requests_for(stranger, "/oauth/revoke") == 0
        await hass.config_entries.async_unload(signed_in.entry_id)


async def test_old_token_is_given_back_where_it_came_from(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, signed_in: ConfigEntry
) -> None:
    """Who is there knows it anyway, also where Beeper does not tell whose it is."""
    old = signed_in.data[CONF_ACCESS_TOKEN]
    beeper.inject(Fault(path="/v1/app/setup", status=404))
    await sign_in_again(hass, beeper, browser, signed_in)
    assert old not in beeper.oauth.tokens


async def test_moving_keeps_a_token_that_still_works(
    hass: HomeAssistant, beeper: Simulator, browser: Browser, signed_in: ConfigEntry
) -> None:
    """With all that belongs to it; it is not given back."""
    before = dict(signed_in.data)
    moved = beeper.url.replace("127.0.0.1", "localhost")
    flow = await browser.post(
        FLOWS, {"handler": "beeper", "entry_id": signed_in.entry_id}
    )
    flow = await browser.submit(flow, url=moved)
    assert flow["reason"] == "reconfigure_successful"
    assert signed_in.data == before | {CONF_URL: moved}
    assert before[CONF_ACCESS_TOKEN] in beeper.oauth.tokens


# --- Giving the token back


async def test_removed_entry_gives_its_token_back(
    hass: HomeAssistant, beeper: Simulator, signed_in: ConfigEntry
) -> None:
    """Nothing of Home Assistant stays behind in Beeper."""
    await hass.config_entries.async_remove(signed_in.entry_id)
    assert beeper.oauth.tokens == {}


async def test_removed_entry_leaves_a_pasted_token_alone(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """It is the person's, who may use it elsewhere."""
    await hass.config_entries.async_remove(loaded.entry_id)
    assert requests_for(beeper, "/oauth/revoke") == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path="/oauth/revoke", status=500),
        Fault(path="/oauth/revoke", status=400, body=b'{"error": "invalid_request"}'),
        Fault(drop=0),
        Fault(path="/.well-known/*", body=b'{"token_endpoint": 1}'),
        Fault(
            path="/.well-known/*",
            body=b'{"authorization_endpoint": "http://a/b",'
            b' "token_endpoint": "http://a/c"}',
        ),
    ],
)
async def test_entry_is_removed_even_if_beeper_does_not_take_the_token(
    hass: HomeAssistant,
    beeper: Simulator,
    signed_in: ConfigEntry,
    our_log: OurLog,
    fault: Fault,
) -> None:
    """Beeper may be gone for good; that is no reason to complain."""
    beeper.inject(fault)
    await hass.config_entries.async_remove(signed_in.entry_id)
    assert hass.config_entries.async_entries("beeper") == []
    assert our_log() == []


async def test_removal_does_not_wait_for_ever(
    hass: HomeAssistant, beeper: Simulator, signed_in: ConfigEntry, clock: Clock
) -> None:
    """A person looks at the dialog until it is done."""
    await hass.config_entries.async_unload(signed_in.entry_id)
    beeper.inject(Fault(path="/oauth/revoke", delay=1000))
    removal = hass.async_create_task(
        hass.config_entries.async_remove(signed_in.entry_id)
    )
    await clock.run(9)
    assert not removal.done()
    await clock.run(2)
    assert removal.done()
    assert hass.config_entries.async_entries("beeper") == []


# --- Secrets


async def test_no_secret_of_a_sign_in_reaches_the_log(
    hass: HomeAssistant,
    beeper: Simulator,
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither code nor verifier nor token, with everybody logging all they can."""
    caplog.set_level(logging.DEBUG)
    flow = await browser.leave(await browser.open(beeper.url))
    locations = [await beeper.oauth.approve(flow["url"])]
    beeper.inject(Fault(path="/oauth/token", times=1, status=500))
    await browser.come_back(locations[0])
    flow = await browser.leave(await browser.look(flow))
    locations.append(await beeper.oauth.approve(flow["url"]))
    await browser.come_back(locations[1])
    await browser.look(flow)
    await hass.async_block_till_done()
    entry = the_entry(hass)
    secrets = [URL(location).query["code"] for location in locations]
    secrets.append(entry.data[CONF_ACCESS_TOKEN])
    await hass.config_entries.async_remove(entry.entry_id)

    formatter = logging.Formatter()
    told = [
        formatter.format(record)
        for record in caplog.records
        # The server that the browser comes back to, and the browser itself, are not ours
        if record.name.startswith(("custom_components", "homeassistant"))
    ]
    assert told
    assert not [text for text in told for secret in secrets if secret in text]


# --- The token is refused for a moment


@pytest.fixture
def requests_to_sign_in(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Return the IDs of all dialogs that asked for a new sign-in so far."""
    begun: list[str] = []
    init = hass.config_entries.flow.async_init

    async def note(handler: str, **more: Any) -> Any:
        result = await init(handler, **more)
        if more["context"]["source"] == SOURCE_REAUTH:
            begun.append(result["flow_id"])
        return result

    monkeypatch.setattr(hass.config_entries.flow, "async_init", note)
    return begun


async def test_token_that_is_refused_and_accepted_in_turn_is_asked_for_once(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    requests_to_sign_in: list[str],
) -> None:
    """Sixty requests would bury all else, and each needs somebody to close it."""
    for _ in range(60):
        beeper.inject(Fault(status=401))
        await poll(61)
        beeper.clear_faults()
        await poll(61)
        assert loaded.state is ConfigEntryState.LOADED

    assert len(requests_to_sign_in) == 1
    assert asks(hass, loaded) == 0


async def test_token_that_is_refused_most_of_the_time_is_asked_for_until_it_settles(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    requests_to_sign_in: list[str],
) -> None:
    """The second request stays; it goes when the token was good for ten minutes."""
    for number in range(20):
        beeper.inject(Fault(status=401))
        await poll(61)
        await poll(61)
        assert asks(hass, loaded) == 1
        beeper.clear_faults()
        await poll(61)
        assert asks(hass, loaded) == (0 if number == 0 else 1)
    assert len(requests_to_sign_in) == 2

    await poll(480)
    assert asks(hass, loaded) == 1
    await poll(61)
    assert asks(hass, loaded) == 0


async def test_token_that_was_good_for_a_while_is_asked_for_at_once(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    requests_to_sign_in: list[str],
) -> None:
    """What was long ago does not count."""
    for number in (1, 2):
        beeper.inject(Fault(status=401))
        await poll(61)
        assert asks(hass, loaded) == 1
        assert len(requests_to_sign_in) == number
        beeper.clear_faults()
        await poll(61)
        assert asks(hass, loaded) == 0
        await poll(600)
