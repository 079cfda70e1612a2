"""Who refuses: Beeper a token, a network what was typed, or a proxy whoever comes."""

from collections.abc import Awaitable, Callable

from aiohttp import ClientSession
import pytest

from custom_components.beeper.api import (
    BeeperAuthenticationError,
    BeeperClient,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperResponseError,
    BeeperScopeError,
    RemoveScope,
)
from simulator import Fault, Simulator

REASON = b'{"message": "Invalid password", "code": "FI.MAU.INVALID_PASSWORD"}'

type Ask = Callable[[BeeperClient], Awaitable[object]]

SESSION = "login_s"
ASKS: dict[str, Ask] = {
    "create": lambda client: client.create_login_session("local-signal"),
    "look": lambda client: client.login_session("local-signal", SESSION),
    "submit": lambda client: client.submit_login_step(
        "local-signal", SESSION, "t", "user_input", fields={"password": "x"}
    ),
    "wait": lambda client: client.submit_login_step(
        "local-signal", SESSION, "t", "display_and_wait"
    ),
    "cancel": lambda client: client.cancel_login_session("local-signal", SESSION),
    "remove": lambda client: client.remove_login(
        "local-signal", "l", RemoveScope.ALL_DEVICES
    ),
}
PATHS = {
    "create": "/v1/bridges/*/login-sessions",
    "look": f"*/{SESSION}",
    "submit": "*/steps/*",
    "wait": "*/steps/*",
    "cancel": f"*/{SESSION}",
    "remove": "*/remove",
}


# --- A proxy


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Just a moment...</title>",
        b'{"message": "Unauthorized"}',
        b'{"error": "forbidden", "code": 1020}',
        b'"no"',
    ],
)
@pytest.mark.parametrize("ask", ["accounts", "bridges", "info", "app_setup"])
async def test_refusal_of_a_proxy_is_not_about_the_token(
    client: BeeperClient, beeper: Simulator, status: int, body: bytes, ask: str
) -> None:
    """It does not even know our token: another one would not help."""
    headers = {"WWW-Authenticate": 'Basic realm="Home"'} if status == 401 else {}
    beeper.inject(Fault(status=status, body=body, headers=headers, by_proxy=True))
    with pytest.raises(BeeperResponseError) as caught:
        await getattr(client, ask)()
    assert caught.value.status == status


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("ask", ASKS)
async def test_refusal_of_a_proxy_is_not_about_what_was_typed(
    client: BeeperClient, beeper: Simulator, status: int, ask: str
) -> None:
    """Whatever was to be done, it is not Beeper that answers."""
    beeper.inject(Fault(status=status, body=b"<html>", by_proxy=True))
    with pytest.raises(BeeperResponseError):
        await ASKS[ask](client)
    assert len(beeper.requests) == 1


# --- Beeper


@pytest.mark.parametrize(
    ("status", "kind"), [(401, BeeperAuthenticationError), (403, BeeperScopeError)]
)
@pytest.mark.parametrize(
    ("body", "by_proxy"),
    [
        # Its version is enough, and so are its words: some proxies change headers
        (b"", False),
        (b"<html>", False),
        (b'{"message": "Unauthorized: Token expired", "code": "unauthorized"}', True),
    ],
)
async def test_refusal_of_beeper_is_about_the_token(
    client: BeeperClient,
    beeper: Simulator,
    status: int,
    kind: type[BeeperError],
    body: bytes,
    by_proxy: bool,
) -> None:
    """Then somebody has to sign in again."""
    beeper.inject(Fault(status=status, body=body, by_proxy=by_proxy))
    with pytest.raises(kind):
        await client.accounts()


@pytest.mark.parametrize("ask", ASKS)
async def test_token_that_was_revoked_is_the_token_in_a_login_too(
    client: BeeperClient, beeper: Simulator, ask: str
) -> None:
    """Nothing else is read with it any more."""
    beeper.revoke(beeper.token)
    with pytest.raises(BeeperAuthenticationError):
        await ASKS[ask](client)


@pytest.mark.parametrize("ask", ["create", "remove"])
async def test_token_that_may_only_read_is_told_from_one_that_may_not_do_this(
    session: ClientSession, beeper: Simulator, ask: str
) -> None:
    """It is good for the poll, so that only trying shows what it may do."""
    client = BeeperClient(session, beeper.url, beeper.read_only_token)
    with pytest.raises(BeeperScopeError):
        await ASKS[ask](client)
    assert beeper.sessions == {}


async def test_token_that_cannot_be_one_is_not_tried(
    session: ClientSession, beeper: Simulator
) -> None:
    """It is refused here, and Beeper never hears of it."""
    with pytest.raises(BeeperAuthenticationError):
        await ASKS["create"](BeeperClient(session, beeper.url, "a\nb"))
    assert beeper.requests == []


# --- A network


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("ask", ASKS)
async def test_refusal_of_a_network_is_told_with_its_reason(
    client: BeeperClient, beeper: Simulator, status: int, ask: str
) -> None:
    """Beeper hands on how a network answers; the token still works."""
    beeper.inject(Fault(path=PATHS[ask], status=status, body=REASON))
    with pytest.raises(BeeperInvalidRequestError) as caught:
        await ASKS[ask](client)
    err = caught.value
    assert (err.status, err.message) == (status, "Invalid password")
    assert err.code == "FI.MAU.INVALID_PASSWORD"
    assert "password" not in str(err)
    assert beeper.sessions == {}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "trouble", [Fault(drop=0), Fault(status=500), Fault(status=401, by_proxy=True)]
)
async def test_refusal_stays_what_it_seems_where_beeper_cannot_be_asked(
    client: BeeperClient, beeper: Simulator, status: int, trouble: Fault
) -> None:
    """The poll will tell."""
    beeper.inject(Fault(path="*/steps/*", status=status, body=REASON))
    beeper.inject(trouble)
    with pytest.raises((BeeperAuthenticationError, BeeperScopeError)) as caught:
        await ASKS["submit"](client)
    assert caught.value.message == "Invalid password"
