"""No answer whatsoever makes the client raise anything but its own errors."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

from aiohttp import ClientSession, web
from hypothesis import HealthCheck, example, given, settings, strategies as st
import orjson
import pytest

from custom_components.beeper.api import BeeperClient, BeeperError, RemoveScope

type Ask = Callable[[BeeperClient], Awaitable[object]]
type Json = None | bool | int | float | str | list[Json] | dict[str, Json]

ASKS: dict[str, Ask] = {
    "info": lambda client: client.info(),
    "app_setup": lambda client: client.app_setup(),
    "accounts": lambda client: client.accounts(),
    "account": lambda client: client.account("a"),
    "bridges": lambda client: client.bridges(),
    "bridge": lambda client: client.bridge("b"),
    "capabilities": lambda client: client.capabilities("b"),
    "login_flows": lambda client: client.login_flows("b"),
    "logins": lambda client: client.logins("b"),
    "login": lambda client: client.login("b", "l"),
    "remove_login": lambda client: client.remove_login(
        "b", "l", RemoveScope.ALL_DEVICES
    ),
    "create_login_session": lambda client: client.create_login_session("b"),
    "submit_login_step": lambda client: client.submit_login_step(
        "b", "s", "t", "user_input", fields={}
    ),
    "oauth_endpoints": lambda client: client.oauth_endpoints(),
    "register_oauth_client": lambda client: client.register_oauth_client(
        "/r", client_name="n", redirect_uri="http://a", scope="read"
    ),
    "request_oauth_token": lambda client: client.request_oauth_token("/t", {}),
    "login_session": lambda client: client.login_session("b", "s"),
    "cancel_login_session": lambda client: client.cancel_login_session("b", "s"),
}

USER: dict[str, Json] = {"id": "@a:b", "fullName": "Alice", "isSelf": True}
BRIDGE: dict[str, Json] = {"id": "b", "provider": "local", "type": "whatsapp"}
ACCOUNT: dict[str, Json] = {
    "accountID": "a",
    "bridge": BRIDGE,
    "status": "connected",
    "user": USER,
    "capabilities": {"x": 1},
    "loginID": "l",
    "network": "n",
    "statusText": "t",
}
LISTED: dict[str, Json] = BRIDGE | {
    "accounts": [ACCOUNT],
    "activeAccountCount": 1,
    "displayName": "d",
    "status": "available",
    "supportsMultipleAccounts": True,
}
LOGIN: dict[str, Json] = {
    "bridgeID": "b",
    "loginID": "l",
    "removeScopes": ["all-devices"],
    "status": "connected",
    "accountIDs": ["a"],
    "user": USER,
}
TIMER: dict[str, Json] = {
    "types": ["after_read"],
    "timers": [1],
    "omit_empty_timer": True,
}
FIELD: dict[str, Json] = {"allowed": True, "max_length": 1, "settings": TIMER}
STEP: dict[str, Json] = {
    "type": "display_and_wait",
    "stepID": "s",
    "fields": [{"id": "f", "optional": True}],
    "display": {"type": "qr", "data": "d"},
    "account": ACCOUNT,
    "login": LOGIN,
    "attachments": [1],
}
# One answer that has a bit of everything, so that each part of it gets replaced
VALID: list[Json] = [
    [ACCOUNT],
    {"items": [LISTED, {**LOGIN, "id": "f"}]},
    LISTED
    | {
        "group_creation": {"g": {"type_description": "t", "avatar": FIELD}},
        "resolve_identifier": dict.fromkeys(
            (
                "any_phone",
                "contact_list",
                "create_dm",
                "lookup_email",
                "lookup_phone",
                "lookup_username",
            ),
            True,
        ),
    },
    LOGIN
    | {
        "loginSessionID": "s",
        "currentStep": STEP,
        "error": {"code": "c", "message": "m", "details": {}},
        "scope": "all-devices",
    },
    {
        "state": "ready",
        "matrix": {"deviceID": "d", "homeserver": "h", "userID": "u"},
        "e2ee": {"secrets": {}, "recoveryKeyGeneratedAt": 1},
    },
]

any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.text(min_size=1, max_size=3).map(lambda text: text * 1000),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.text(max_size=8), children, max_size=4)
    ),
    max_leaves=8,
)


@st.composite
def nearly_valid(draw: st.DrawFn, answers: Sequence[Json] = VALID) -> Json:
    """Return a valid answer with one part of it replaced or left out."""
    answer: Json = orjson.loads(orjson.dumps(draw(st.sampled_from(answers))))
    where: Any = answer
    while True:
        keys = range(len(where)) if isinstance(where, list) else sorted(where)
        key = draw(st.sampled_from(keys))
        inner = where[key]
        if isinstance(inner, (list, dict)) and inner and draw(st.booleans()):
            where = inner
            continue
        if isinstance(where, dict) and draw(st.booleans()):
            del where[key]
        else:
            where[key] = draw(any_json)
        return answer


def on_the_wire(body: Json) -> bytes:
    """Return an answer as it is sent."""
    try:
        return orjson.dumps(body)
    except TypeError:  # an integer of more than 64 bits
        return repr(body).encode()


@pytest.fixture
def answered(socket_enabled: None) -> Generator[Callable[[Ask, bytes, int], object]]:
    """Return a function that asks a server which gives this answer, over real HTTP."""
    answer = (200, b"")

    async def serve(request: web.Request) -> web.Response:
        status, body = answer
        return web.Response(status=status, body=body)

    with asyncio.Runner() as runner:

        async def start() -> tuple[web.AppRunner, ClientSession, str]:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", serve)
            server = web.AppRunner(app)
            await server.setup()
            site = web.TCPSite(server, "127.0.0.1", 0)
            await site.start()
            host, port = server.addresses[0]
            return server, ClientSession(), f"http://{host}:{port}"

        server, session, url = runner.run(start())

        def ask(ask: Ask, body: bytes, status: int) -> object:
            nonlocal answer
            answer = (status, body)
            return runner.run(ask(BeeperClient(session, url, "token")))

        yield ask
        runner.run(session.close())
        runner.run(server.cleanup())


@pytest.mark.parametrize("name", ASKS)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    body=any_json | nearly_valid(),
    status=st.sampled_from([200, 200, 200, 400, 401, 422, 500]),
)
@example(body=[10**18, 1e300], status=200)
@example(body=[2**70], status=200)
def test_any_json_is_an_answer_or_an_error_of_ours(
    answered: Callable[[Ask, bytes, int], object], name: str, body: Json, status: int
) -> None:
    """Whatever JSON a server answers with, a caller has to handle BeeperError only."""
    try:
        answered(ASKS[name], on_the_wire(body), status)
    except BeeperError as err:
        assert err.args  # noqa: PT017  # the point is what else may be raised: nothing


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=st.binary(max_size=200))
@example(body=b"[" * 100_000)
@example(body=b'{"a":' * 100_000)
@example(body=b"1" * 5000)
@example(body=b"[1e999]")
@example(body=b'"\\ud800"')
def test_any_bytes_are_an_answer_or_an_error_of_ours(
    answered: Callable[[Ask, bytes, int], object], body: bytes
) -> None:
    """The same for what is no JSON at all."""
    with pytest.raises(BeeperError):
        answered(ASKS["info"], body, 200)
