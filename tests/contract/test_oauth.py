"""Signing in by OAuth as an app does that knows only the RFCs and the official SDK."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
import secrets
from typing import Any

from aiohttp import ClientSession
from beeper_desktop_api import (
    AsyncBeeperDesktop,
    AuthenticationError,
    PermissionDeniedError,
)
from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from simulator import Simulator

REDIRECT_URI = "http://127.0.0.1:8765/callback"
ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
)


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """Return a client of the foreign app."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def endpoints(sim: Simulator) -> dict[str, str]:
    """Return the endpoints as the SDK discovers them, without a token."""
    async with AsyncBeeperDesktop(
        base_url=sim.url,
        access_token="none yet",
        max_retries=0,
        _strict_response_validation=True,
    ) as sdk:
        found = (await sdk.info.retrieve()).endpoints.oauth
    return {name: getattr(found, name) for name in ENDPOINTS}


async def post(http: ClientSession, url: str, **form: str) -> Any:
    """Post a form and return the answer."""
    async with http.post(url, data=form, raise_for_status=True) as response:
        return await response.json()


async def sign_in(
    sim: Simulator, http: ClientSession, endpoints: dict[str, str], scope: str
) -> Any:
    """Register, let the person approve, and return the answer with the token."""
    metadata = {
        "client_name": "Example Ltd",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": "read write",
        "token_endpoint_auth_method": "none",
    }
    async with http.post(
        endpoints["registration_endpoint"], json=metadata, raise_for_status=True
    ) as response:
        client_id = (await response.json())["client_id"]
    verifier = secrets.token_urlsafe(32)
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=")
    state = secrets.token_urlsafe()
    link = URL(endpoints["authorization_endpoint"]).with_query(
        client_id=client_id,
        redirect_uri=REDIRECT_URI,
        response_type="code",
        scope=scope,
        state=state,
        code_challenge=challenge.decode(),
        code_challenge_method="S256",
    )
    back = URL(await sim.oauth.approve(str(link)))
    assert back.query["state"] == state
    return await post(
        http,
        endpoints["token_endpoint"],
        grant_type="authorization_code",
        client_id=client_id,
        code=back.query["code"],
        code_verifier=verifier,
        redirect_uri=REDIRECT_URI,
    )


def connect(sim: Simulator, token: str) -> AsyncBeeperDesktop:
    """Connect the SDK with a token."""
    return AsyncBeeperDesktop(
        base_url=sim.url,
        access_token=token,
        max_retries=0,
        _strict_response_validation=True,
    )


async def test_both_ways_of_discovery_agree(
    sim: Simulator, http: ClientSession, endpoints: dict[str, str]
) -> None:
    """The metadata of RFC 8414 name the endpoints that the SDK finds."""
    url = f"{sim.url}/.well-known/oauth-authorization-server"
    async with http.get(url) as response:
        metadata = await response.json()

    assert metadata["issuer"] == sim.url
    # The metadata of a real Beeper lack that for introspection
    assert "introspection_endpoint" not in metadata
    assert {
        name: metadata[name] for name in ENDPOINTS if name != "introspection_endpoint"
    }.items() <= endpoints.items()
    assert "S256" in metadata["code_challenge_methods_supported"]
    assert "code" in metadata["response_types_supported"]
    assert "none" in metadata["token_endpoint_auth_methods_supported"]


async def test_sdk_works_with_the_token(
    sim: Simulator, http: ClientSession, endpoints: dict[str, str]
) -> None:
    """A token so obtained reads accounts and starts a login."""
    answer = await sign_in(sim, http, endpoints, "read write")

    assert answer["token_type"] == "Bearer"
    assert answer["scope"] == "read write"
    assert "refresh_token" not in answer
    async with connect(sim, answer["access_token"]) as sdk:
        assert len(await sdk.accounts.list()) == 8
        session = await sdk.bridges.login_sessions.create("local-whatsapp")
    assert session.status == "waiting_for_display"


async def test_sdk_is_held_to_the_scope(
    sim: Simulator, http: ClientSession, endpoints: dict[str, str]
) -> None:
    """A token for reading reads, and changes nothing."""
    answer = await sign_in(sim, http, endpoints, "read")

    async with connect(sim, answer["access_token"]) as sdk:
        assert len((await sdk.bridges.list()).items) == 13
        with pytest.raises(PermissionDeniedError):
            await sdk.bridges.login_sessions.create("local-whatsapp")


async def test_token_of_the_sdk_is_told_about(
    sim: Simulator, http: ClientSession, endpoints: dict[str, str]
) -> None:
    """Introspection and user info name the person that the SDK sees, too."""
    token = (await sign_in(sim, http, endpoints, "read"))["access_token"]

    told = await post(http, endpoints["introspection_endpoint"], token=token)
    headers = {"Authorization": f"Bearer {token}"}
    async with http.get(endpoints["userinfo_endpoint"], headers=headers) as response:
        user = await response.json()
    async with connect(sim, token) as sdk:
        setup = await sdk.app.setup.retrieve()

    assert setup.matrix is not None
    assert told["active"] is True
    assert told["scope"] == "read"
    assert told["sub"] == user["sub"] == setup.matrix.user_id


async def test_sdk_is_refused_after_revocation(
    sim: Simulator, http: ClientSession, endpoints: dict[str, str]
) -> None:
    """A token that the app gives up is a 401."""
    token = (await sign_in(sim, http, endpoints, "read"))["access_token"]

    async with http.post(
        endpoints["revocation_endpoint"], data={"token": token}
    ) as response:
        assert (response.status, await response.read()) == (200, b"")

    async with connect(sim, token) as sdk:
        with pytest.raises(AuthenticationError):
            await sdk.accounts.list()


async def test_sdk_is_refused_after_expiry(
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    http: ClientSession,
    endpoints: dict[str, str],
) -> None:
    """A token that has expired is a 401, like any other that is not good."""
    sim.oauth.token_lifetime = 3600
    answer = await sign_in(sim, http, endpoints, "read")
    freezer.tick(answer["expires_in"])

    async with connect(sim, answer["access_token"]) as sdk:
        with pytest.raises(AuthenticationError) as raised:
            await sdk.accounts.list()

    assert raised.value.body == {
        "message": "Unauthorized: Token expired",
        "code": "unauthorized",
    }
