"""What actions respond with to users who are no administrators."""

from collections.abc import Awaitable, Callable
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant
from simulator import Fault, Simulator

from .accounts import SLACK
from .clock import Clock

type Act = Callable[..., Awaitable[dict[str, Any]]]
type Read = Callable[..., Awaitable[str]]

pytestmark = pytest.mark.usefixtures("loaded")

NUMBER = "15555550188"
ADDRESS = "carol@example.com"


@pytest.fixture
def act(hass: HomeAssistant) -> Act:
    """Return a function that runs an action and returns its response."""

    async def act(
        action: str, *, context: Context | None = None, **data: Any
    ) -> dict[str, Any]:
        response: Any = await hass.services.async_call(
            "beeper",
            action,
            data,
            blocking=True,
            context=context,
            return_response=True,
        )
        assert isinstance(response, dict)
        return response

    return act


@pytest.fixture(params=[GROUP_ID_USER, GROUP_ID_READ_ONLY])
async def read(hass: HomeAssistant, act: Act, request: pytest.FixtureRequest) -> Read:
    """Return a function that runs an action as a user who is no administrator."""
    group = await hass.auth.async_get_group(request.param)
    assert group is not None
    user = MockUser(groups=[group]).add_to_hass(hass)

    async def read(action: str, **data: str) -> str:
        context = Context(user_id=user.id)
        return json.dumps(
            await act(action, context=context, **data), ensure_ascii=False
        )

    return read


@pytest.fixture
def contacts(beeper: Simulator) -> list[str]:
    """Return phone numbers and mail addresses, as they are parts of IDs."""
    users = [account["user"] for account in beeper.accounts.values()]
    found = {user.get(key) for user in users for key in ("phoneNumber", "email")}
    contacts = [contact.removeprefix("+") for contact in found if contact]
    assert len(contacts) > 3
    return contacts


@pytest.mark.parametrize("bridge_id", ["local-whatsapp", "slackgo", "gmessages"])
async def test_users_see_accounts_without_a_way_to_reach_anybody(
    act: Act, read: Read, contacts: list[str], bridge_id: str
) -> None:
    """Administrators and automations see it whole."""
    reading: dict[str, dict[str, str]] = {
        "get_bridges": {},
        "get_bridge": {"bridge_id": bridge_id},
        "get_logins": {"bridge_id": bridge_id},
    }
    seen = [await read(action, **data) for action, data in reading.items()]
    whole = json.dumps([await act(action, **data) for action, data in reading.items()])

    for contact in contacts:
        assert contact in whole
        for text in seen:
            assert contact not in text
    assert "Alice Example" in seen[0]
    assert f'"{bridge_id}"' in seen[1]
    assert "remove_scopes" in seen[2]
    # An ID that leads to nobody stays
    assert SLACK in seen[0]


async def test_automation_without_a_user_sees_it_whole(
    act: Act, hass_admin_user: MockUser, contacts: list[str]
) -> None:
    """So does an administrator."""
    for user_id in (None, hass_admin_user.id):
        told = json.dumps(await act("get_bridges", context=Context(user_id=user_id)))
        assert contacts[0] in told


async def test_user_who_is_no_more_sees_no_more_than_others(
    act: Act, contacts: list[str]
) -> None:
    """Who was deleted meanwhile may have been anybody."""
    told = json.dumps(await act("get_bridges", context=Context(user_id="gone")))
    assert contacts[0] not in told


@pytest.mark.parametrize(
    ("number", "also"), [(NUMBER, "+1 555 555 0188"), (ADDRESS, ADDRESS)]
)
async def test_ids_that_are_made_of_a_contact_are_replaced(
    beeper: Simulator, act: Act, read: Read, number: str, also: str
) -> None:
    """Wherever a network puts it, and in what shape."""
    account = {
        "accountID": f"whatsapp_{number}",
        "loginID": number,
        "status": "connected",
        "statusText": f"Signed in as {also}",
        "user": {"id": f"@whatsapp_{number}:beeper.local", "username": number},
        "bridge": {"id": "local-whatsapp", "type": "whatsapp", "provider": "local"},
        "capabilities": {"made": {number: also, "by": [number]}},
    }
    login = {
        "loginID": number,
        "bridgeID": "local-whatsapp",
        "status": "connected",
        "accountIDs": [account["accountID"], "other"],
        "user": account["user"],
    }
    bridge = {"id": "local-whatsapp", "displayName": "WhatsApp", "accounts": [account]}
    for path, body in (
        ("/v1/bridges", {"items": [bridge]}),
        ("/v1/bridges/local-whatsapp", bridge),
        ("/v1/bridges/local-whatsapp/logins", {"items": [login]}),
    ):
        beeper.inject(Fault(path=path, body=json.dumps(body).encode()))

    for action, data in (
        ("get_bridges", {}),
        ("get_bridge", {"bridge_id": "local-whatsapp"}),
        ("get_logins", {"bridge_id": "local-whatsapp"}),
    ):
        seen = await read(action, **data)
        assert number in json.dumps(await act(action, **data))
        assert number not in seen
        assert also not in seen
        assert "local-whatsapp" in seen
    assert '"other"' in seen


async def test_users_see_no_qr_code(
    beeper: Simulator, act: Act, read: Read, clock: Clock
) -> None:
    """Whoever scans it signs in."""
    session = await act("create_login_session", bridge_id="local-signal", flow_id="qr")
    session_id = session["login_session_id"]
    await clock.run()
    code = beeper.sessions[session_id].wire["currentStep"]["display"]["data"]

    seen = await read("get_login_session", login_session_id=session_id)

    assert code not in seen
    assert session_id in seen
    assert "waiting_for_display" in seen
    assert code in json.dumps(
        await act("get_login_session", login_session_id=session_id)
    )


async def test_users_see_no_pairing_code_also_where_a_text_repeats_it(
    beeper: Simulator, act: Act, read: Read
) -> None:
    """Nor the picture of a code, the page to sign in on, or details with a number."""
    served: dict[str, Any] = {
        "bridgeID": "local-whatsapp",
        "loginSessionID": "login_1",
        "status": "waiting_for_display",
        "currentStep": {
            "type": "display_and_wait",
            "stepID": "code",
            "instructions": "Type ABCD-EFGH on +1 555 555 0188",
            "url": "https://example.com/?token=secret-of-a-page",
            "extractJS": "secret of a script",
            "attachments": [{"content": "secret-of-a-captcha"}],
            "display": {
                "type": "code",
                "data": "ABCD-EFGH",
                "imageURL": "https://example.com/secret-of-a-picture",
            },
        },
        "error": {
            "code": "no",
            "message": f"No {ADDRESS}",
            "details": {"number": int(NUMBER), "id": NUMBER, "tries": 3, "ok": True},
        },
    }
    body = json.dumps(served).encode()
    beeper.inject(Fault(path="*/login-sessions*", body=body))
    await act("create_login_session", bridge_id="local-whatsapp")

    seen = await read("get_login_session", login_session_id="login_1")

    for secret in ("ABCD", "secret", NUMBER, "555 0188", ADDRESS):
        assert secret not in seen
    assert "Type … on …" in seen
    assert '"tries": 3, "ok": true' in seen
    whole = json.dumps(await act("get_login_session", login_session_id="login_1"))
    for secret in ("ABCD-EFGH", "secret-of-a-picture", NUMBER, ADDRESS):
        assert secret in whole


# --- What cannot be told


def nested(depth: int) -> Any:
    """Return lists in lists."""
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize("depth", [1, 60, 130, 400])
@pytest.mark.parametrize("count", ["1e300", "-1e300", "1e308", "18446744073709551616"])
async def test_numbers_and_depths_that_cannot_be_told_are_not_known(
    beeper: Simulator, hass_ws_client: WebSocketGenerator, count: str, depth: int
) -> None:
    """A page gets an answer, whoever asks, and never an error that nobody understands."""
    deep = nested(depth)
    account = {
        "accountID": "a",
        "user": {"id": "u"},
        "capabilities": deep,
        "status": "connected",
    }
    bridge = {
        "id": "local-signal",
        "activeAccountCount": "COUNT",
        "accounts": [account],
        "supportsMultipleAccounts": "COUNT",
    }
    field = {"id": "f", "options": [deep], "sources": [deep]}
    session = {
        "loginSessionID": "login",
        "bridgeID": "local-signal",
        "status": "waiting_for_input",
        "currentStep": {
            "type": "user_input",
            "stepID": "step",
            "fields": [field],
            "attachments": [deep],
        },
        "error": {"code": "no", "message": "no", "details": deep},
    }
    capabilities = {
        "group_creation": {"g": {"name": {"max_length": "COUNT"}, "x": deep}},
        "resolve_identifier": deep,
    }
    bodies: dict[str, Any] = {
        "*/login-sessions*": session,
        "*/capabilities": capabilities,
        "*/login-flows": {"items": [{"id": "f", "name": "COUNT", "x": deep}]},
        "*/logins": {
            "items": [{"loginID": "l", "accountIDs": ["COUNT"], "user": deep}]
        },
        "/v1/bridges": {"items": [bridge]},
        "/v1/bridges/local-signal": bridge,
    }
    for path, body in bodies.items():
        text = json.dumps(body).replace('"COUNT"', count)
        beeper.inject(Fault(path=path, body=text.encode()))
    websocket = await hass_ws_client()
    of_bridge = {"bridge_id": "local-signal"}
    actions: list[tuple[str, dict[str, str]]] = [
        ("get_bridges", {}),
        ("get_bridge", of_bridge),
        ("get_bridge_capabilities", of_bridge),
        ("get_login_flows", of_bridge),
        ("get_logins", of_bridge),
        ("create_login_session", of_bridge),
        ("get_login_session", {"login_session_id": "login"}),
    ]
    for action, data in actions:
        await websocket.send_json_auto_id(
            {
                "type": "call_service",
                "domain": "beeper",
                "service": action,
                "service_data": data,
                "return_response": True,
            }
        )
        answer = await websocket.receive_json()
        assert answer["success"], answer
        assert "1e+3" not in json.dumps(answer["result"]["response"])


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000 + b"1", b"1e400"])
async def test_answer_without_end_is_said_to_be_none(
    beeper: Simulator, hass_ws_client: WebSocketGenerator, body: bytes
) -> None:
    """In words that a person understands."""
    websocket = await hass_ws_client()
    beeper.inject(Fault(path="/v1/bridges*", body=body))
    for action, data in (
        ("get_bridges", {}),
        ("get_bridge", {"bridge_id": "local-signal"}),
        ("get_logins", {"bridge_id": "local-signal"}),
    ):
        await websocket.send_json_auto_id(
            {
                "type": "call_service",
                "domain": "beeper",
                "service": action,
                "service_data": data,
                "return_response": True,
            }
        )
        answer = await websocket.receive_json()
        assert answer["error"]["code"] == "home_assistant_error"
        assert answer["error"]["translation_key"] == "invalid_response"
