"""The actions: what they return, what they refuse, and who may run them."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from http import HTTPStatus
import json
import re
from typing import Any

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)
import voluptuous as vol
import yaml

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_ACCESS_TOKEN,
    CONF_URL,
    STATE_UNAVAILABLE,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator, load_scenario
from simulator.login_flows import FLOWS, Attempt, Flow, Identity, LoginFlow
from simulator.login_steps import input_field, user_input

from .accounts import SLACK, WHATSAPP
from .clock import Clock
from .conftest import StateOf
from .lookup import get_state
from .network_flows import TELEGRAM_CODE, TELEGRAM_PHONE
from .test_packaging import INTEGRATION

WHATSAPP_STATUS = "sensor.whatsapp_alice_example_status"
SIGNAL_STATUS = "sensor.signal_alice_example_status"
SLACK_STATUS = "sensor.slack_alice_example_status"
LOGIN_SESSION = "sensor.beeper_login_session"
TELEGRAM_NUMBER = TELEGRAM_PHONE.field

type Act = Callable[..., Awaitable[dict[str, Any]]]
type Start = Callable[..., Awaitable[str]]
type Served = Callable[[str], Awaitable[Any]]
type Traced = Callable[..., Awaitable[str]]


def shown(err: HomeAssistantError) -> str:
    """Return what a person is shown of an error: more than what is logged."""
    return str(
        type(err)(
            translation_domain=err.translation_domain,
            translation_key=err.translation_key,
            translation_placeholders=err.translation_placeholders,
        )
    )


def qr_code_of(beeper: Simulator, session_id: str) -> str:
    """Return the code that Beeper serves now."""
    code: str = beeper.sessions[session_id].wire["currentStep"]["display"]["data"]
    return code


@pytest.fixture
def act(hass: HomeAssistant) -> Act:
    """Return a function that runs an action and returns its response."""

    async def act(
        action: str, *, context: Context | None = None, **data: Any
    ) -> dict[str, Any]:
        response = await hass.services.async_call(
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


@pytest.fixture
def start(act: Act) -> Start:
    """Return a function that starts a login session and returns its ID."""

    async def start(bridge_id: str, flow_id: str, **reconnect: str) -> str:
        session = await act(
            "create_login_session", bridge_id=bridge_id, flow_id=flow_id, **reconnect
        )
        session_id: str = session["login_session_id"]
        return session_id

    return start


async def set_up(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Set up an entry of this Beeper."""
    entry = MockConfigEntry(
        domain="beeper",
        data={CONF_URL: simulator.url, CONF_ACCESS_TOKEN: simulator.token},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.fixture
async def other_entry(hass: HomeAssistant) -> AsyncGenerator[MockConfigEntry]:
    """Return the entry of a second Beeper, set up; that one is new and has no account."""
    async with Simulator(load_scenario("empty"), seed=1) as simulator:
        entry = await set_up(hass, simulator)
        yield entry
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def tomorrow(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[Simulator]:
    """Return a Beeper that is newer than we are, set up."""
    async with Simulator(load_scenario("future")) as simulator:
        await set_up(hass, simulator)
        yield simulator


# --- Responses


def snake_cased(wire: Any) -> Any:
    """Return what Beeper serves with the names that the actions use."""
    if isinstance(wire, dict):
        return {
            re.sub(r"([a-z])([A-Z]+)", r"\1_\2", name).lower(): snake_cased(value)
            for name, value in wire.items()
        }
    if isinstance(wire, list):
        return [snake_cased(item) for item in wire]
    return wire


@pytest.fixture
def served(beeper: Simulator) -> Served:
    """Return a function that asks Beeper without us, for what the actions should tell."""

    async def served(path: str) -> Any:
        headers = {"Authorization": f"Bearer {beeper.token}"}
        async with (
            ClientSession(beeper.url, headers=headers) as session,
            session.get(f"/v1/{path}") as response,
        ):
            return snake_cased(await response.json())

    return served


@pytest.mark.usefixtures("loaded")
async def test_get_bridges(act: Act, served: Served) -> None:
    """All bridges with their accounts, as Beeper lists them."""
    bridges = (await served("bridges"))["items"]

    assert len(bridges) == 13
    assert await act("get_bridges") == {"bridges": bridges}


@pytest.mark.usefixtures("loaded")
async def test_get_bridge(act: Act, served: Served) -> None:
    """The bridge itself, not wrapped in anything."""
    bridge = await act("get_bridge", bridge_id="local-whatsapp")

    assert bridge == await served("bridges/local-whatsapp")
    assert bridge["display_name"] == "WhatsApp"
    assert bridge["accounts"][0]["user"]["phone_number"] == "+15555550100"


@pytest.mark.usefixtures("loaded")
async def test_get_bridge_capabilities(act: Act, served: Served) -> None:
    """The capabilities themselves."""
    capabilities = await act("get_bridge_capabilities", bridge_id="local-whatsapp")

    assert capabilities == await served("bridges/local-whatsapp/capabilities")
    assert capabilities["resolve_identifier"]["lookup_phone"] is True


@pytest.mark.usefixtures("loaded")
async def test_get_login_flows(act: Act) -> None:
    """The ways to sign in, Beeper's choice first."""
    assert await act("get_login_flows", bridge_id="local-whatsapp") == {
        "flows": [
            {
                "id": "qr",
                "name": "QR",
                "description": "Scan a QR code with your phone",
            },
            {
                "id": "phone",
                "name": "Pairing code",
                "description": "Type a code on your phone",
            },
        ]
    }
    assert await act("get_login_flows", bridge_id="matrix") == {"flows": []}


@pytest.mark.usefixtures("loaded")
async def test_get_logins(act: Act, served: Served) -> None:
    """Who is signed in on a bridge."""
    logins = await act("get_logins", bridge_id="slackgo")

    assert logins == {"logins": (await served("bridges/slackgo/logins"))["items"]}
    assert logins["logins"][0]["login_id"] == "T0EXAMPLE-U0ALICE"
    assert logins["logins"][0]["remove_scopes"] == ["all-devices"]


async def test_remove_login(
    beeper: Simulator,
    loaded: MockConfigEntry,
    act: Act,
    clock: Clock,
    state_of: StateOf,
) -> None:
    """What was removed is told, and the account is gone without waiting for a poll."""
    removed = await act(
        "remove_login",
        bridge_id="slackgo",
        login_id="T0EXAMPLE-U0ALICE",
        scope="all-devices",
    )
    await clock.run()

    assert removed == {
        "bridge_id": "slackgo",
        "login_id": "T0EXAMPLE-U0ALICE",
        "scope": "all-devices",
        "status": "removed",
        "affected_account_ids": [SLACK],
    }
    assert SLACK not in beeper.accounts
    assert state_of(f"{SLACK}_status").state == STATE_UNAVAILABLE


@pytest.mark.parametrize("told", [True, False])
async def test_nobody_is_needed_for_an_account_whose_login_is_removed(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    act: Act,
    clock: Clock,
    told: bool,
) -> None:
    """Its issue goes at once, if Beeper tells which account it is.

    If the account is connected again and lost, there is a new issue.
    """
    issue_id = f"reconnect_{loaded.entry_id}_{SLACK}"
    issues = ir.async_get(hass)
    assert issues.async_get_issue("beeper", issue_id)
    account = beeper.accounts[SLACK]
    if not told:
        removed = {"bridgeID": "x", "loginID": "x", "scope": "x", "status": "removed"}
        beeper.inject(Fault(path="*/remove", body=json.dumps(removed).encode()))
        beeper.remove_account(SLACK)

    await act("remove_login", **ACTING["remove_login"])

    assert bool(issues.async_get_issue("beeper", issue_id)) is not told
    await clock.run(61)
    assert bool(issues.async_get_issue("beeper", issue_id)) is not told
    beeper.add_account(account)
    await clock.run(16)
    assert issues.async_get_issue("beeper", issue_id)


@pytest.mark.usefixtures("loaded")
async def test_session_is_told_by_all_actions_alike(
    beeper: Simulator, act: Act, clock: Clock
) -> None:
    """Starting, looking at, answering and cancelling return the session."""
    session = await act(
        "create_login_session", bridge_id="local-telegram", flow_id="phone"
    )
    session_id = session["login_session_id"]
    assert session_id in beeper.sessions
    about = {"login_session_id": session_id, "bridge_id": "local-telegram"}
    assert session == about | {
        "status": "waiting_for_input",
        "current_step": {
            "type": "user_input",
            "step_id": TELEGRAM_PHONE.step_id,
            "instructions": "",
            "fields": TELEGRAM_PHONE.served("rich"),
        },
    }
    assert session == await act("get_login_session", login_session_id=session_id)

    session = await act(
        "submit_login_step",
        login_session_id=session_id,
        fields={TELEGRAM_NUMBER: "+15555550109"},
    )
    assert session == about | {
        "status": "waiting_for_input",
        "current_step": {
            "type": "user_input",
            "step_id": TELEGRAM_CODE.step_id,
            "instructions": "",
            "fields": TELEGRAM_CODE.served("rich"),
        },
    }

    session = await act("cancel_login_session", login_session_id=session_id)
    assert session == about | {"status": "cancelled"}
    assert beeper.sessions[session_id].forgotten
    assert session == await act("get_login_session", login_session_id=session_id)


@pytest.mark.usefixtures("loaded")
async def test_complete_session_tells_account_and_login(
    beeper: Simulator, act: Act, start: Start, clock: Clock, served: Served
) -> None:
    """At the end there is what was connected."""
    session_id = await start("local-whatsapp", "qr", account_id=WHATSAPP)
    await beeper.wait_for_waiter(session_id)
    beeper.phone.scan(session_id)
    await clock.run()

    session = await act("get_login_session", login_session_id=session_id)

    [login, _] = (await served("bridges/local-whatsapp/logins"))["items"]
    assert session == {
        "login_session_id": session_id,
        "bridge_id": "local-whatsapp",
        "status": "complete",
        "account": await served(f"accounts/{WHATSAPP}"),
        "login": login,
    }
    assert session["account"]["status"] == "connecting"


@pytest.mark.usefixtures("loaded")
async def test_qr_code_is_told(beeper: Simulator, act: Act) -> None:
    """What to draw comes as it is."""
    response = await act("reconnect_account", entity_id=SIGNAL_STATUS)

    [session_id] = beeper.sessions
    assert response == {
        SIGNAL_STATUS: {
            "login_session_id": session_id,
            "bridge_id": "local-signal",
            "status": "waiting_for_display",
            "current_step": {
                "type": "display_and_wait",
                "step_id": "fi.mau.signal.login.qr",
                "instructions": "Scan the QR code on your Signal app to log in",
                "display": {
                    "type": "qr",
                    "data": qr_code_of(beeper, session_id),
                },
            },
        }
    }


@pytest.mark.usefixtures("loaded")
async def test_cookie_step_tells_where_to_go(beeper: Simulator, act: Act) -> None:
    """A step for a browser has the address, the names and what else the browser needs."""
    session = await act("create_login_session", bridge_id="facebookgo")

    step = session["current_step"]
    assert step.keys() == {
        "type",
        "step_id",
        "instructions",
        "url",
        "fields",
        "expected_final_url_regex",
        "user_agent",
    }
    assert step["url"] == "https://www.facebook.com/"
    assert step["fields"][0] == {
        "id": "xs",
        "name": "xs",
        "type": "cookie",
        "required": True,
        "sources": [{"type": "cookie", "name": "xs", "cookieDomain": "facebook.com"}],
    }


@pytest.mark.usefixtures("loaded")
async def test_reconnect_several_accounts_at_once(beeper: Simulator, act: Act) -> None:
    """Each account gets its own session."""
    response = await act(
        "reconnect_account", entity_id=[SIGNAL_STATUS, WHATSAPP_STATUS]
    )

    assert {
        entity_id: session["bridge_id"] for entity_id, session in response.items()
    } == {SIGNAL_STATUS: "local-signal", WHATSAPP_STATUS: "local-whatsapp"}
    told = {session["login_session_id"] for session in response.values()}
    assert told == beeper.sessions.keys()


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("create_login_session", {"bridge_id": "local-signal"}),
        ("reconnect_account", {ATTR_ENTITY_ID: SIGNAL_STATUS}),
    ],
)
async def test_response_need_not_be_asked_for(
    hass: HomeAssistant, beeper: Simulator, action: str, data: dict[str, str]
) -> None:
    """An automation that only starts something does not have to take the response."""
    assert await hass.services.async_call("beeper", action, data, blocking=True) is None
    assert len(beeper.sessions) == 1


# --- Which Beeper


@pytest.mark.usefixtures("loaded")
async def test_beeper_has_to_be_named_where_there_are_two(
    loaded: MockConfigEntry, other_entry: MockConfigEntry, act: Act
) -> None:
    """With two entries each action needs to be told which one is meant."""
    with pytest.raises(ServiceValidationError) as raised:
        await act("get_bridges")
    assert raised.value.translation_key == (
        "service_found_multiple_config_entry_for_domain"
    )

    here = await act("get_bridges", config_entry_id=loaded.entry_id)
    there = await act("get_bridges", config_entry_id=other_entry.entry_id)
    assert sum(len(bridge["accounts"]) for bridge in here["bridges"]) == 8
    assert sum(len(bridge["accounts"]) for bridge in there["bridges"]) == 0


async def test_account_is_reconnected_in_its_own_beeper(
    loaded: MockConfigEntry, other_entry: MockConfigEntry, beeper: Simulator, act: Act
) -> None:
    """An entity knows to which Beeper it belongs."""
    await act("reconnect_account", entity_id=SIGNAL_STATUS)

    assert len(beeper.sessions) == 1


async def test_session_belongs_to_its_beeper(
    loaded: MockConfigEntry, other_entry: MockConfigEntry, act: Act
) -> None:
    """The other Beeper does not know it."""
    session = await act(
        "create_login_session",
        bridge_id="local-signal",
        config_entry_id=loaded.entry_id,
    )

    with pytest.raises(ServiceValidationError) as raised:
        await act(
            "get_login_session",
            login_session_id=session["login_session_id"],
            config_entry_id=other_entry.entry_id,
        )
    assert raised.value.translation_key == "unknown_login_session"


async def test_unknown_beeper_is_refused(loaded: MockConfigEntry, act: Act) -> None:
    """An entry that there is not cannot be asked."""
    with pytest.raises(ServiceValidationError) as raised:
        await act("get_bridges", config_entry_id="nonsense")

    assert raised.value.translation_key == "service_config_entry_not_found"


@pytest.mark.parametrize("is_named", [True, False])
async def test_unloaded_beeper_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, act: Act, is_named: bool
) -> None:
    """The actions stay when an entry is unloaded, and say what is the matter."""
    await hass.config_entries.async_unload(loaded.entry_id)
    data = {"config_entry_id": loaded.entry_id} if is_named else {}

    with pytest.raises(ServiceValidationError) as raised:
        await act("get_bridges", **data)

    assert raised.value.translation_key == "service_config_entry_not_loaded"


# --- What is refused before anything is sent


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("bridge_id", "flow_id", "data", "translation_key", "message"),
    [
        (
            "local-telegram",
            "phone",
            {"step_id": "nonsense", "fields": {TELEGRAM_NUMBER: "+15555550109"}},
            "step_not_current",
            (
                "The step nonsense is over. The login session is now at step"
                f" {TELEGRAM_PHONE.step_id}"
            ),
        ),
        (
            "local-telegram",
            "phone",
            {"fields": {TELEGRAM_NUMBER: "+15555550109", "number": "1", "code": "2"}},
            "unknown_fields",
            f"The current step does not ask for: code, number. It asks for: {TELEGRAM_NUMBER}",
        ),
        (
            "local-telegram",
            "phone",
            {},
            "missing_fields",
            f"The current step also needs a value for: {TELEGRAM_NUMBER}",
        ),
        (
            "local-telegram",
            "phone",
            {"fields": {TELEGRAM_NUMBER: ""}},
            "missing_fields",
            f"The current step also needs a value for: {TELEGRAM_NUMBER}",
        ),
        (
            "facebookgo",
            "facebook",
            {"fields": {"xs": "1"}},
            "missing_fields",
            "The current step also needs a value for: c_user, datr",
        ),
        (
            "facebookgo",
            "facebook",
            {"fields": "Cookie: xs=1; locale=en_GB"},
            "missing_fields",
            "The current step also needs a value for: c_user, datr",
        ),
        (
            "facebookgo",
            "facebook",
            {"fields": "I do not know where to look"},
            "cookies_not_understood",
            (
                "This text is not something that a browser copies from a page: a cURL or"
                " fetch command, headers, cookies or a JSON object. Copy all of it again"
            ),
        ),
        (
            "local-telegram",
            "phone",
            {"fields": "phone_number=1"},
            "fields_are_text",
            (
                "Only a step that asks for cookies accepts all its fields as a single text."
                " For this step, enter a value for each field ID"
            ),
        ),
        (
            "local-signal",
            "qr",
            {"fields": "code=1"},
            "fields_are_text",
            (
                "Only a step that asks for cookies accepts all its fields as a single text."
                " For this step, enter a value for each field ID"
            ),
        ),
        (
            "local-signal",
            "qr",
            {"fields": {"code": "1"}},
            "no_fields",
            (
                "The current step has no fields. It is waiting for you to do something on your"
                " phone or computer"
            ),
        ),
        (
            "local-signal",
            "qr",
            {"step_id": "nonsense"},
            "step_not_current",
            (
                "The step nonsense is over. The login session is now at step"
                " fi.mau.signal.login.qr"
            ),
        ),
    ],
)
async def test_answer_that_does_not_fit_is_refused(
    beeper: Simulator,
    act: Act,
    start: Start,
    clock: Clock,
    bridge_id: str,
    flow_id: str,
    data: dict[str, Any],
    translation_key: str,
    message: str,
) -> None:
    """An answer is checked against the step, and not sent if it cannot be right."""
    session_id = await start(bridge_id, flow_id)
    await clock.run()
    step = beeper.sessions[session_id].step
    asked = len(beeper.requests)

    with pytest.raises(ServiceValidationError) as raised:
        await act("submit_login_step", login_session_id=session_id, **data)

    assert raised.value.translation_key == translation_key
    assert str(raised.value) == message
    await clock.run()
    assert len(beeper.requests) == asked
    assert beeper.sessions[session_id].step is step


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "action", ["get_login_session", "submit_login_step", "cancel_login_session"]
)
async def test_unknown_session_is_refused(
    beeper: Simulator, act: Act, action: str
) -> None:
    """Only sessions that were started here can be seen and answered."""
    asked = len(beeper.requests)

    with pytest.raises(ServiceValidationError) as raised:
        await act(action, login_session_id="nonsense")

    assert raised.value.translation_key == "unknown_login_session"
    assert str(raised.value) == (
        "There is no login session nonsense. It was not started here, or it ended a"
        " while ago. Start a new one"
    )
    assert len(beeper.requests) == asked


@pytest.mark.usefixtures("loaded")
async def test_ended_session_is_refused(
    beeper: Simulator, act: Act, start: Start, clock: Clock
) -> None:
    """What is over cannot be answered any more."""
    session_id = await start("local-telegram", "phone")
    await act("cancel_login_session", login_session_id=session_id)
    await clock.run()
    asked = len(beeper.requests)

    with pytest.raises(ServiceValidationError) as raised:
        await act(
            "submit_login_step",
            login_session_id=session_id,
            fields={TELEGRAM_NUMBER: "+15555550109"},
        )

    assert raised.value.translation_key == "login_session_ended"
    assert str(raised.value) == (
        "This login session has ended (cancelled). Start a new one"
    )
    assert len(beeper.requests) == asked


@pytest.mark.parametrize(
    ("flow_id", "status", "step_id"),
    [
        (
            "passkey",
            "waiting_for_input",
            "com.example.carrierpigeon.login.webauthn",
        ),
        ("touch", "waiting_for_display", "com.example.carrierpigeon.login.nfc"),
    ],
)
async def test_step_of_tomorrow_is_for_beeper_desktop(
    hass: HomeAssistant,
    tomorrow: Simulator,
    act: Act,
    flow_id: str,
    status: str,
    step_id: str,
) -> None:
    """A step that we do not know can be seen and cancelled, but not be done here."""
    session = await act(
        "create_login_session", bridge_id="carrierpigeon", flow_id=flow_id
    )
    session_id = session["login_session_id"]
    asked = len(tomorrow.requests)
    with pytest.raises(ServiceValidationError) as raised:
        await act("submit_login_step", login_session_id=session_id)

    is_passkey = flow_id == "passkey"
    key = "passkey_needed" if is_passkey else "step_not_supported"
    assert raised.value.translation_key == key
    assert ("Beeper Desktop" in str(raised.value)) is not is_passkey
    assert len(tomorrow.requests) == asked

    assert session["current_step"]["step_id"] == step_id
    assert await act("get_login_session", login_session_id=session_id) == session
    state = get_state(hass, LOGIN_SESSION)
    assert state.state == status
    assert state.attributes["step_id"] == step_id
    assert state.attributes["supported"] is False

    session = await act("cancel_login_session", login_session_id=session_id)
    assert session["status"] == "cancelled"
    assert get_state(hass, LOGIN_SESSION).state == "cancelled"
    assert tomorrow.sessions[session_id].forgotten


@pytest.mark.usefixtures("loaded")
async def test_hub_cannot_be_reconnected(beeper: Simulator, act: Act) -> None:
    """Only an account can be; a sensor of the hub is none."""
    with pytest.raises(ServiceValidationError) as raised:
        await act("reconnect_account", entity_id=LOGIN_SESSION)

    assert raised.value.translation_key == "not_an_account"
    assert str(raised.value) == (
        f"{LOGIN_SESSION} is not the status sensor of an account. Select one that is"
    )
    assert beeper.sessions == {}


async def test_account_of_yesterday_cannot_be_reconnected(
    tomorrow: Simulator, act: Act
) -> None:
    """Where Beeper does not tell an account's bridge, it is too old for that."""
    with pytest.raises(HomeAssistantError) as raised:
        await act("reconnect_account", entity_id="sensor.yesterday_status")

    assert raised.value.translation_key == "unsupported_version"
    assert tomorrow.sessions == {}


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("get_bridge", {}),
        ("get_bridges", {"bridge_id": "matrix"}),
        (
            "create_login_session",
            {"bridge_id": "a", "account_id": "b", "login_id": "c"},
        ),
        ("remove_login", {"bridge_id": "a", "login_id": "b"}),
        ("remove_login", {"bridge_id": "a", "login_id": "b", "scope": "everywhere"}),
        ("submit_login_step", {"login_session_id": "a", "source": "elsewhere"}),
        ("submit_login_step", {"login_session_id": "a", "fields": ["a"]}),
        ("submit_login_step", {"login_session_id": "a", "fields": {"a": ["b"]}}),
    ],
)
async def test_data_that_makes_no_sense_is_refused(
    beeper: Simulator, act: Act, action: str, data: dict[str, Any]
) -> None:
    """Home Assistant checks the data of an action before we get it."""
    asked = len(beeper.requests)

    with pytest.raises(vol.Invalid):
        await act(action, **data)

    assert len(beeper.requests) == asked


# --- What Beeper refuses

NO = "Sorry, alice@example.com: +1 555 555 0100 cannot do that"
NO_TOLD = "Sorry, …: … cannot do that"
PROBLEM = (
    "Beeper or its bridge to this network has a problem. Try again later. Beeper says: "
)
NONSENSE = (
    "What answers is not Beeper, or its answer is not valid. Check the address, and"
    " check that Beeper is up to date"
)
CREATE = "/v1/bridges/local-signal/login-sessions"


def refusal(status: int) -> dict[str, Any]:
    """Return what a fault is made of by which Beeper refuses in its own words."""
    body = json.dumps({"message": NO, "code": "no"}).encode()
    return {"status": status, "body": body}


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("action", ["create_login_session", "reconnect_account"])
@pytest.mark.parametrize(
    ("fault", "kind", "translation_key", "message"),
    [
        (
            refusal(400),
            ServiceValidationError,
            "invalid_request",
            f"Beeper does not accept this: {NO_TOLD}",
        ),
        # With a token that still works, these two are the network's
        *(
            (
                refusal(status),
                ServiceValidationError,
                "invalid_request",
                f"Beeper does not accept this: {NO_TOLD}",
            )
            for status in (401, 403)
        ),
        (
            refusal(404),
            ServiceValidationError,
            "not_found",
            f"Beeper does not know what you asked for: {NO_TOLD}",
        ),
        (
            refusal(409),
            HomeAssistantError,
            "conflict",
            f"Beeper cannot do this right now: {NO_TOLD}",
        ),
        (
            refusal(422),
            ServiceValidationError,
            "invalid_request",
            f"Beeper does not accept this: {NO_TOLD}",
        ),
        (
            refusal(429) | {"headers": {"Retry-After": "60"}},
            HomeAssistantError,
            "too_often",
            f"There were too many attempts. Try again later. Beeper says: {NO_TOLD}",
        ),
        (refusal(500), HomeAssistantError, "bridge_failed", f"{PROBLEM}{NO_TOLD}"),
        (
            {"status": 502, "body": b"<html>Bad gateway</html>"},
            HomeAssistantError,
            "bridge_failed",
            f"{PROBLEM}HTTP 502",
        ),
        (
            {"body": b"not JSON, alice@example.com"},
            HomeAssistantError,
            "invalid_response",
            NONSENSE,
        ),
        (
            {"redirect": "https://example.com/"},
            HomeAssistantError,
            "invalid_response",
            NONSENSE,
        ),
        (
            {"drop": 0},
            HomeAssistantError,
            "cannot_connect",
            (
                "Beeper does not answer. Check that it is running and can be reached from"
                " Home Assistant"
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
async def test_error_of_beeper_is_told(
    beeper: Simulator,
    act: Act,
    action: str,
    fault: dict[str, Any],
    kind: type[HomeAssistantError],
    translation_key: str,
    message: str,
) -> None:
    """An error is told in Beeper's own words where they help, without contact details."""
    target = {
        "create_login_session": {"bridge_id": "local-signal"},
        "reconnect_account": {ATTR_ENTITY_ID: SIGNAL_STATUS},
    }
    beeper.inject(Fault(method="POST", path=CREATE, **fault))

    with pytest.raises(HomeAssistantError) as raised:
        await act(action, **target[action])

    assert type(raised.value) is kind
    assert raised.value.translation_key == translation_key
    assert shown(raised.value) == message
    # It may end up in the log
    assert "cannot do that" not in str(raised.value)
    assert sum(request.path == CREATE for request in beeper.requests) == 1


@pytest.mark.usefixtures("loaded")
async def test_beeper_that_is_away_is_told(beeper: Simulator, act: Act) -> None:
    """Nobody listens."""
    await beeper.stop()

    with pytest.raises(HomeAssistantError) as raised:
        await act("get_bridges")

    assert raised.value.translation_key == "cannot_connect"


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("action", "data", "message"),
    [
        (
            "create_login_session",
            {"bridge_id": "local-signal", "flow_id": "nonsense"},
            "Beeper does not accept this: Validation failed: There is no flow nonsense",
        ),
        (
            "create_login_session",
            {"bridge_id": "linkedin"},
            "Beeper cannot do this right now: You have reached the account limit of your plan",
        ),
        (
            "create_login_session",
            {"bridge_id": "twitter"},
            f"{PROBLEM}Temporarily unavailable",
        ),
        (
            "remove_login",
            {"bridge_id": "slackgo", "login_id": "x", "scope": "all-devices"},
            "Beeper does not know what you asked for: Login x not found",
        ),
        (
            "get_bridge",
            {"bridge_id": "../accounts"},
            "Beeper does not know what you asked for: Bridge ../accounts not found",
        ),
        (
            "get_login_flows",
            {"bridge_id": "x" * 1000},
            "Beeper does not know what you asked for: Bridge " + "x" * 248,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
async def test_refusal_is_told(
    act: Act, action: str, data: dict[str, str], message: str
) -> None:
    """What Beeper refuses in daily life reads well, and not without end."""
    with pytest.raises(HomeAssistantError) as raised:
        await act(action, **data)

    assert shown(raised.value) == message


async def test_token_that_may_only_read(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry, act: Act
) -> None:
    """With such a token one can look, but nothing more."""
    token = {CONF_ACCESS_TOKEN: beeper.read_only_token}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **token})
    assert await hass.config_entries.async_setup(entry.entry_id)

    assert len((await act("get_bridges"))["bridges"]) == 13
    for action, data in ACTING.items():
        if "login_session_id" in data:
            continue  # there can be none
        with pytest.raises(HomeAssistantError) as raised:
            await act(action, **data)
        assert raised.value.translation_key == "missing_write_scope"
    assert beeper.sessions == {}


# --- Who may

BRIDGE = {"bridge_id": "local-signal"}
READING: dict[str, dict[str, str]] = {
    "get_bridges": {},
    "get_bridge": BRIDGE,
    "get_bridge_capabilities": BRIDGE,
    "get_login_flows": BRIDGE,
    "get_logins": BRIDGE,
    "get_login_session": {"login_session_id": "{session}"},
}
ACTING = {
    "create_login_session": BRIDGE,
    "submit_login_step": {"login_session_id": "{session}"},
    "cancel_login_session": {"login_session_id": "{session}"},
    "remove_login": {
        "bridge_id": "slackgo",
        "login_id": "T0EXAMPLE-U0ALICE",
        "scope": "all-devices",
    },
    "reconnect_account": {ATTR_ENTITY_ID: SLACK_STATUS},
}


def about(session_id: str, data: dict[str, str]) -> dict[str, str]:
    """Return the data of an action about this session."""
    return {name: value.format(session=session_id) for name, value in data.items()}


@pytest.fixture
async def user(hass: HomeAssistant) -> MockUser:
    """Return a user who may control every entity, but is no administrator."""
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group is not None
    return MockUser(groups=[group]).add_to_hass(hass)


@pytest.mark.usefixtures("loaded")
async def test_everybody_may_read(user: MockUser, act: Act, start: Start) -> None:
    """Whoever may run actions may look."""
    session_id = await start("local-signal", "qr")
    context = Context(user_id=user.id)

    for action, data in READING.items():
        assert await act(action, context=context, **about(session_id, data))


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("action", ACTING)
async def test_only_administrators_may_act(
    beeper: Simulator, user: MockUser, act: Act, start: Start, clock: Clock, action: str
) -> None:
    """Who is no administrator can start, answer, cancel and remove nothing."""
    session_id = await start("local-signal", "qr")
    await clock.run()
    asked = len(beeper.requests)

    with pytest.raises(Unauthorized):
        await act(
            action,
            context=Context(user_id=user.id),
            **about(session_id, ACTING[action]),
        )

    await clock.run()
    assert len(beeper.requests) == asked


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("is_automation", [False, True])
async def test_administrators_and_automations_may_act(
    beeper: Simulator, hass_admin_user: MockUser, act: Act, is_automation: bool
) -> None:
    """An automation has no user; it was written by somebody who may."""
    context = Context(user_id=None if is_automation else hass_admin_user.id)

    session = await act(
        "create_login_session", context=context, bridge_id="local-telegram"
    )
    session_id = session["login_session_id"]
    session = await act(
        "submit_login_step",
        context=context,
        login_session_id=session_id,
        fields={TELEGRAM_NUMBER: "+15555550109"},
    )
    assert session["current_step"]["step_id"] == "fi.mau.telegram.login.code"
    session = await act(
        "cancel_login_session", context=context, login_session_id=session_id
    )
    assert session["status"] == "cancelled"
    await act("reconnect_account", context=context, entity_id=WHATSAPP_STATUS)
    assert len(beeper.sessions) == 2
    await act("remove_login", context=context, **ACTING["remove_login"])
    assert SLACK not in beeper.accounts


@pytest.mark.usefixtures("loaded")
async def test_rest_api_knows_who_may(
    hass: HomeAssistant,
    beeper: Simulator,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    """What holds for users holds for their tokens."""
    assert await async_setup_component(hass, "api", {})
    client = await hass_client(hass_read_only_access_token)

    read = await client.post(
        "/api/services/beeper/get_bridge?return_response", json={"bridge_id": "matrix"}
    )
    acted = await client.post(
        "/api/services/beeper/create_login_session?return_response", json=BRIDGE
    )

    assert read.status == HTTPStatus.OK
    assert (await read.json())["service_response"]["display_name"] == "Beeper (Matrix)"
    assert acted.status == HTTPStatus.UNAUTHORIZED
    assert beeper.sessions == {}


# --- Traces


@pytest.fixture
async def traced(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Traced:
    """Return a function that runs a sequence as a script, and returns its trace."""

    async def traced(*sequence: dict[str, Any]) -> str:
        config = {"script": {"example": {"sequence": [*sequence]}}}
        assert await async_setup_component(hass, "script", config)
        websocket = await hass_ws_client()
        # In a task of its own, because what is called from here on would be traced, too
        await hass.async_create_task(
            hass.services.async_call("script", "example", blocking=True)
        )
        item = {"domain": "script", "item_id": "example"}
        await websocket.send_json_auto_id({"type": "trace/list", **item})
        [run] = (await websocket.receive_json())["result"]
        await websocket.send_json_auto_id(
            {"type": "trace/get", **item, "run_id": run["run_id"]}
        )
        trace = (await websocket.receive_json())["result"]
        assert trace["script_execution"] == "finished"
        # As it is, and not with the plus or an umlaut escaped
        return json.dumps(trace, ensure_ascii=False)

    return traced


@pytest.fixture
def contacts(beeper: Simulator) -> list[str]:
    """Return phone numbers and mail addresses, as well as they are parts of IDs."""
    users = [account["user"] for account in beeper.accounts.values()]
    found = {user.get(key) for user in users for key in ("phoneNumber", "email")}
    contacts = [contact.removeprefix("+") for contact in found if contact]
    assert len(contacts) > 3
    return contacts


def action(name: str, **data: str) -> dict[str, Any]:
    """Return a step of a script that takes the response of an action."""
    return {"action": f"beeper.{name}", "data": data, "response_variable": "told"}


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("bridge_id", ["local-whatsapp", "slackgo", "gmessages"])
async def test_trace_holds_no_contact_details(
    act: Act, traced: Traced, contacts: list[str], bridge_id: str
) -> None:
    """A script that reads what there is leaves nothing behind that leads to a person."""
    trace = await traced(
        action("get_bridges"),
        action("get_bridge", bridge_id=bridge_id),
        action("get_logins", bridge_id=bridge_id),
    )

    assert "Alice Example" in trace
    assert "remove_scopes" in trace
    for contact in contacts:
        assert contact not in trace
    told = json.dumps(
        [
            await act("get_bridges"),
            await act("get_bridge", bridge_id=bridge_id),
            await act("get_logins", bridge_id=bridge_id),
        ]
    )
    for contact in contacts:
        assert contact in told


@pytest.mark.usefixtures("loaded")
async def test_trace_holds_no_qr_code(
    beeper: Simulator,
    hass_ws_client: WebSocketGenerator,
    traced: Traced,
    contacts: list[str],
) -> None:
    """A script can start a login and follow it; the code is in the response to others."""
    trace = await traced(
        action("create_login_session", bridge_id="local-whatsapp", flow_id="qr"),
        action("get_login_session", login_session_id="{{ told.login_session_id }}"),
    )

    [session_id] = beeper.sessions
    qr_code = qr_code_of(beeper, session_id)
    assert "Scan the QR code with the WhatsApp mobile app to log in" in trace
    assert session_id in trace
    assert qr_code not in trace
    assert qr_code[:20] not in trace
    session = await over_websocket(
        hass_ws_client, "get_login_session", login_session_id=session_id
    )
    assert session["current_step"]["display"] == {"type": "qr", "data": qr_code}


@pytest.mark.usefixtures("loaded")
async def test_trace_holds_no_pairing_code(
    beeper: Simulator, start: Start, hass_ws_client: WebSocketGenerator, traced: Traced
) -> None:
    """Nor does it hold a code to type on the phone."""
    session_id = await start("local-whatsapp", "phone")
    session = await over_websocket(
        hass_ws_client,
        "submit_login_step",
        login_session_id=session_id,
        fields={"phone_number": "+15555550109"},
    )

    trace = await traced(action("get_login_session", login_session_id=session_id))

    code = beeper.phone.codes(session_id)["code"]
    assert session["current_step"]["display"] == {"type": "code", "data": code}
    assert "Input the pairing code in the WhatsApp mobile app to log in" in trace
    assert code not in trace


@pytest.mark.usefixtures("loaded")
async def test_trace_holds_no_suggested_value(
    beeper: Simulator,
    act: Act,
    traced: Traced,
    contacts: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a form begins with is a mail address, which only those see who fill it in."""

    def run(attempt: Attempt) -> Flow:
        email = attempt.email
        field = input_field("email", "Email", "email", initialValue=email)
        yield user_input("step", "Enter your mail", field, right={"email": email})
        return Identity("1")

    monkeypatch.setitem(FLOWS, "slackgo", (LoginFlow("email", "Email", "", run),))
    trace = await traced(
        {
            **action("reconnect_account", flow_id="email"),
            "target": {"entity_id": SLACK_STATUS},
        }
    )

    [session_id] = beeper.sessions
    assert "Enter your mail" in trace
    assert "alice@example.com" not in trace
    session = await act("get_login_session", login_session_id=session_id)
    [field] = session["current_step"]["fields"]
    assert field["initial_value"] == "alice@example.com"


@pytest.mark.usefixtures("loaded")
async def test_trace_of_a_completed_login_holds_no_contact_details(
    beeper: Simulator, start: Start, clock: Clock, traced: Traced, contacts: list[str]
) -> None:
    """At the end Beeper tells who signed in, but the trace does not."""
    session_id = await start("local-whatsapp", "qr", account_id=WHATSAPP)
    await beeper.wait_for_waiter(session_id)
    beeper.phone.scan(session_id)
    await clock.run()

    trace = await traced(action("get_login_session", login_session_id=session_id))

    assert '"status": "complete"' in trace
    assert WHATSAPP in trace
    for contact in contacts:
        assert contact not in trace


@pytest.mark.usefixtures("loaded")
async def test_what_is_for_machines_stays_whole_in_a_trace(
    beeper: Simulator, traced: Traced
) -> None:
    """Addresses, IDs and versions have as many digits as a phone number."""
    session: dict[str, Any] = {
        "bridgeID": "sh-bridge-20250101",
        "loginSessionID": "login_1234567890",
        "status": "waiting_for_cookies",
        "currentStep": {
            "type": "cookies",
            "stepID": "step.10000000",
            "url": "http://192.168.178.25/?client_id=1234567890",
            "userAgent": "Mozilla/5.0 Chrome/150.0.7204.157 Safari/537.36",
            "expectedFinalURLRegex": "^http://192.168.178.25/",
            "extractJS": "setTimeout(token, 10000000)",
            "fields": [{"id": "cookie_20250101", "name": "SID"}],
            "instructions": "Sign in as +1 555 555 0100",
        },
    }
    body = json.dumps(session).encode()
    beeper.inject(Fault(method="POST", path="*/login-sessions", body=body, times=1))

    trace = await traced(action("create_login_session", bridge_id="facebookgo"))

    step = session["currentStep"]
    for kept in (
        session["bridgeID"],
        session["loginSessionID"],
        step["stepID"],
        step["url"],
        step["userAgent"],
        step["expectedFinalURLRegex"],
        step["extractJS"],
        step["fields"][0]["id"],
        "Sign in as …",
    ):
        assert json.dumps(kept, ensure_ascii=False) in trace


async def over_websocket(
    hass_ws_client: WebSocketGenerator, service: str, **data: Any
) -> dict[str, Any]:
    """Run an action as the developer tools do."""
    websocket = await hass_ws_client()
    await websocket.send_json_auto_id(
        {
            "type": "call_service",
            "domain": "beeper",
            "service": service,
            "service_data": data,
            "return_response": True,
        }
    )
    answer = await websocket.receive_json()
    assert answer["success"], answer
    response: dict[str, Any] = answer["result"]["response"]
    return response


# --- How they are described


async def test_description_names_the_fields_that_are_accepted(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """The form for each action offers just what the action takes, and needs."""
    assert await async_setup_component(hass, "beeper", {})
    described = yaml.safe_load((INTEGRATION / "services.yaml").read_text())

    registered = hass.services.async_services_for_domain("beeper")
    assert registered.keys() == described.keys()
    # Its schema is Home Assistant's own for actions on entities, plus our field
    assert described.pop("reconnect_account")["fields"].keys() == {"flow_id"}
    for name, description in described.items():
        schema = registered[name].schema
        assert isinstance(schema, vol.Schema), name
        accepted = {str(key): isinstance(key, vol.Required) for key in schema.schema}
        assert accepted == {
            field: details.get("required", False)
            for field, details in description["fields"].items()
        }, name
