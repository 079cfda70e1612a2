"""What stands before Beeper: told from Beeper itself, and given the headers it wants."""

from aiohttp import ClientSession
import pytest

from custom_components.beeper.api import (
    BeeperAccessProxyError,
    BeeperClient,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    BeeperResponseError,
)
from simulator import Fault, Simulator
from tests.access_proxy import HEADERS, access_proxy

BACK = "https://my.home-assistant.io/redirect/oauth"


@pytest.mark.parametrize(
    "location",
    [
        # Cloudflare Access, Pangolin, Authelia, Authentik, oauth2-proxy, Tailscale, others
        "https://a.cloudflareaccess.com/cdn-cgi/access/login/b?kid=1&redirect_url=%2Fv1%2Finfo",
        "https://pangolin.example.com/auth/resource/1?redirect=https%3A%2F%2Fb%2Fv1%2Finfo",
        "https://auth.example.com/?rd=https%3A%2F%2Fb.example.com%2Fv1%2Finfo&rm=GET",
        "https://example.com/outpost.goauthentik.io/start?rd=https%3A%2F%2Fb%2Fv1%2Finfo",
        "/oauth2/sign_in?rd=%2Fv1%2Finfo",
        "/login",
        "login.html",
        "https://id.example.com/realms/home/protocol/saml?RelayState=1",
        "https://id.example.com/?next=https%253A%252F%252Fb%252Fv1%252Finfo",
        "https://sso.example.com",
        "https://signin.example.com/",
    ],
)
async def test_redirect_to_where_people_sign_in_is_a_proxys(
    client: BeeperClient, beeper: Simulator, location: str
) -> None:
    """Whatever the page is called, it wants to know where to go on."""
    beeper.inject(Fault(redirect=location))
    with pytest.raises(BeeperAccessProxyError) as caught:
        await client.info()
    assert location not in str(caught.value)


@pytest.mark.parametrize(
    "location",
    [
        "https://example.com",
        "https://example.com/authors/blogging",
        "/v1/info/",
        "https://127.0.0.1/v1/info",
        "/ui/index.html",
        "http://[",
        "",
    ],
)
async def test_other_redirect_is_just_another_server(
    client: BeeperClient, beeper: Simulator, location: str
) -> None:
    """Also one that only wants https."""
    beeper.inject(Fault(status=302, headers={"Location": location}))
    with pytest.raises(BeeperResponseError) as caught:
        await client.info()
    assert not isinstance(caught.value, BeeperAccessProxyError)


async def test_headers_go_with_every_request(
    session: ClientSession, beeper: Simulator
) -> None:
    """With the token or without it, and when a read is tried once more."""
    async with access_proxy(beeper) as proxy:
        client = BeeperClient(session, proxy.url, beeper.token, HEADERS)
        await client.info()
        beeper.inject(Fault(status=502, times=1))
        await client.accounts()
        with pytest.raises(BeeperError):
            await client.request_oauth_token("/oauth/token", {"code": "x"})
        assert len(proxy.requests) == 4
        assert proxy.refused == []
        sent = [headers for _, headers in proxy.requests]
        assert [headers["Accept"] for headers in sent] == ["application/json"] * 4
        tokens = [headers.get("Authorization") for headers in sent]
        assert tokens == [None, *[f"Bearer {beeper.token}"] * 2, None]


# --- The page on which a person approves


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=400, body=b"<h1>Invalid Request</h1>"),
        Fault(status=422),
        Fault(redirect=f"{BACK}?error=invalid_request&state=1"),
    ],
)
async def test_refusal_without_asking_is_noticed(
    client: BeeperClient, beeper: Simulator, fault: Fault
) -> None:
    """As a page, or with the browser sent back."""
    beeper.inject(fault)
    with pytest.raises(BeeperInvalidRequestError):
        await client.check_authorization("/oauth/authorize?a=b", BACK)


async def test_page_that_is_not_there_is_noticed(
    client: BeeperClient, beeper: Simulator
) -> None:
    """The browser would not find it either."""
    with pytest.raises(BeeperNotFoundError):
        await client.check_authorization("/oauth/nowhere", BACK)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(body=b"<h1>Allow Home Assistant?</h1>"),
        Fault(status=409),
        Fault(status=500),
        Fault(drop=0),
        Fault(status=403, by_proxy=True, body=b""),
        Fault(redirect="https://login.example.com/?error=x"),
        Fault(redirect=f"{BACK}?code=1"),
        Fault(status=302),
    ],
)
async def test_what_may_go_well_in_the_browser_is_left_to_it(
    client: BeeperClient, beeper: Simulator, fault: Fault
) -> None:
    """It is another visitor."""
    beeper.inject(fault)
    await client.check_authorization("/oauth/authorize", BACK)
    assert beeper.requests
