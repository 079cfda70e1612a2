"""Texts that mean harm, in every place where Beeper or a network can say something.

What becomes of a single text is in test_texts.py and test_contact_details.py; here a
whole Home Assistant has to do with them.
"""

from collections.abc import Callable, Iterator
from inspect import isawaitable
import json
import logging
import re
from string import punctuation
import time
from typing import Any
import unicodedata

import orjson
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.beeper.pairing_code import draw_pairing_code
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator

from .accounts import WHATSAPP
from .conftest import Poll, StateOf
from .dialog import Dialogs

NUMBER = "+49\u200b170\u20111234\u2060567"
ADDRESS = "ali\u200bce＠exa\u00admple.com"
HOSTILE = f"\u202eCall\x1b[31m {NUMBER}\n\nor {ADDRESS} ![x](https://example.com/x.png)"

LONGEST = 3_900_000
"""Characters of a text that fits into an answer of Beeper."""

MOMENT = 0.4
"""Seconds of work that a poll or an action may take, with an answer of that length."""

type Json = dict[str, Any]
type Serve = Callable[..., None]


def assert_harmless(text: str) -> None:
    """Check that a text tells no way to reach anybody, and hides nothing."""
    assert not set(text) & set("\u200b\u00ad\u2060\u202e\x1b\n")
    folded = unicodedata.normalize("NFKC", text)
    assert "example.com" not in folded.replace("https://example.com/x.png", "")
    assert "1234567" not in re.sub(r"\W", "", folded)


def texts_in(value: object) -> Iterator[str]:
    """Yield all texts in something."""
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield from texts_in(name)
                yield from texts_in(inner)
        case list() | tuple() | set() | frozenset():
            for inner in value:
                yield from texts_in(inner)


@pytest.fixture
async def wire(hass: HomeAssistant, beeper: Simulator) -> dict[str, Any]:
    """Return what Beeper answers to each poll, by path."""
    session = async_get_clientsession(hass)
    answers = {}
    for path in ("/v1/accounts", "/v1/bridges"):
        response = await session.get(
            f"{beeper.url}{path}", headers={"Authorization": f"Bearer {beeper.token}"}
        )
        answers[path] = await response.json()
    return answers


@pytest.fixture
def serve(beeper: Simulator, wire: dict[str, Any]) -> Serve:
    """Return a function that has Beeper say the same, with other members."""

    def serve(text: str, *names: str) -> None:
        beeper.clear_faults()
        for path, answer in wire.items():
            body = orjson.dumps(_replaced(answer, text, names))
            beeper.inject(Fault(path=path, body=body))

    return serve


def _replaced(value: Any, text: str, names: tuple[str, ...]) -> Any:
    match value:
        case dict():
            return {
                name: text
                if name in names and isinstance(inner, str)
                else _replaced(inner, text, names)
                for name, inner in value.items()
            }
        case list():
            return [_replaced(inner, text, names) for inner in value]
    return value


SAID = ("fullName", "username", "network", "statusText", "displayName")
WORDS = ("provider", "type", "status")

# --- Every place


@pytest.mark.parametrize("names", [SAID, WORDS, SAID + WORDS, ("loginID",)], ids=str)
async def test_texts_are_harmless_wherever_they_are_told(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    entry: MockConfigEntry,
    serve: Serve,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
    names: tuple[str, ...],
) -> None:
    """In states, registries, issues, logs, diagnostics and on the page of its health."""
    caplog.set_level(logging.INFO)
    assert await async_setup_component(hass, "system_health", {})
    serve(HOSTILE, *names)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await poll()
    for bridge in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        er.async_get(hass).async_update_entity(bridge.entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    told: list[object] = [state.as_dict() for state in hass.states.async_all()]
    assert len(told) > 30
    told += [device.dict_repr for device in dr.async_get(hass).devices]
    told += [entity.extended_dict for entity in er.async_get(hass).entities.values()]
    told += [
        [issue.issue_id, dict(issue.translation_placeholders or {})]
        for issue in ir.async_get(hass).issues.values()
    ]
    told += [
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith("homeassistant.core")
    ]
    told.append(await get_diagnostics_for_config_entry(hass, hass_client, entry))
    health = await get_system_health_info(hass, "beeper")
    told += [str(await line if isawaitable(line) else line) for line in health.values()]
    for text in texts_in(told):
        assert_harmless(text)


@pytest.mark.parametrize("names", [SAID, WORDS], ids=str)
async def test_texts_are_harmless_in_dialogs(
    dialogs: Dialogs, serve: Serve, names: tuple[str, ...]
) -> None:
    """In the lists of Configure, and in the dialogs that begin with them."""
    serve(HOSTILE, *names)
    await dialogs.see(after=16)

    for option in ("reconnect", "connect", "sign_out", "settings"):
        dialog = await dialogs.configure(option)
        told = [dialog.placeholders, dialog.title, dialog.text]
        # Not where there is nothing to choose from
        fields = texts_in(dialog.step.get("data_schema", []))
        told += [text.replace("\u200b", "") for text in fields]
        for text in texts_in(told):
            assert_harmless(re.sub(r"\n+", " ", text))


async def test_names_are_escaped_where_a_dialog_is_markdown(
    dialogs: Dialogs, serve: Serve
) -> None:
    """A network for a new account is called by its bridge's name."""
    serve(HOSTILE, "displayName")
    await dialogs.see(after=16)
    dialog = await dialogs.configure("connect", {"bridge": "local-telegram"})

    assert not set(dialog.placeholders["account"]) & set("![]()\n")
    assert_harmless(dialog.placeholders["account"])


# --- Titles


async def test_title_is_harmless(
    hass: HomeAssistant, beeper: Simulator, serve: Serve
) -> None:
    """The one who Beeper belongs to may be called as they like."""
    serve(HOSTILE, "fullName", "username")
    setup = {"deviceID": "D", "homeserver": "h", "userID": f"@{HOSTILE}:beeper.com"}
    beeper.inject(
        Fault(
            path="/v1/app/setup",
            body=orjson.dumps({"state": "ready", "matrix": setup}),
        )
    )
    result = await _set_up(hass, beeper)

    assert result["title"] == "Beeper"


@pytest.mark.parametrize(
    ("user_id", "title"),
    [
        ("@alice:beeper.com", "Beeper (alice)"),
        ("@al\u202eice:beeper.com", "Beeper (alice)"),
        ("@4915112345678:beeper.com", "Beeper"),
        ("@", "Beeper"),
        (f"@{'a' * 900}", f"Beeper ({'a' * 64})"),
        (f"@{'a' * LONGEST}", "Beeper"),
    ],
    ids=["name", "hidden", "number", "nothing", "long", "no ID"],
)
async def test_title_from_the_user_id(
    hass: HomeAssistant, beeper: Simulator, serve: Serve, user_id: str, title: str
) -> None:
    """Where the account has no name, the user ID has one."""
    serve("", "fullName", "username")
    setup = {"deviceID": "D", "homeserver": "h", "userID": user_id}
    beeper.inject(
        Fault(
            path="/v1/app/setup",
            body=orjson.dumps({"state": "ready", "matrix": setup}),
        )
    )
    result = await _set_up(hass, beeper)

    assert result["title"] == title


async def _set_up(hass: HomeAssistant, beeper: Simulator) -> ConfigFlowResult:
    flow = hass.config_entries.flow
    result = await flow.async_init(
        "beeper", context={"source": SOURCE_USER}, data={CONF_URL: beeper.url}
    )
    result = await flow.async_configure(
        result["flow_id"], {"next_step_id": "access_token"}
    )
    result = await flow.async_configure(
        result["flow_id"], {CONF_ACCESS_TOKEN: beeper.token}
    )
    await hass.async_block_till_done()
    return result


async def test_title_is_escaped_where_a_dialog_is_markdown(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """In a new sign-in, for a new address, and where it is another user's Beeper."""
    title = f"Beeper (![x](https://example.com/x.png){{a}} **b** {'c' * 1000})"
    hass.config_entries.async_update_entry(loaded, title=title)
    other = {"deviceID": "D", "homeserver": "h", "userID": "@other:beeper.com"}
    beeper.inject(
        Fault(
            path="/v1/app/setup",
            body=orjson.dumps({"state": "ready", "matrix": other}),
        )
    )

    reauth = await loaded.start_reauth_flow(hass)
    reconfigure = await loaded.start_reconfigure_flow(hass)
    refused = await hass.config_entries.flow.async_configure(
        reconfigure["flow_id"], {CONF_URL: beeper.url}
    )

    assert refused["reason"] == "wrong_account"
    for result in (reauth, reconfigure, refused):
        placeholders = result["description_placeholders"]
        assert placeholders is not None
        name = placeholders["name"]
        assert not set(re.sub(r"&#\d+;", "", name)) & {*punctuation, "\n"}
        assert len(name) < 1000


# --- Logs


async def test_unknown_status_that_is_a_number_is_not_logged(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    our_log: Callable[[], list[str]],
) -> None:
    """A word that is not known may be anything, and as long as anything."""
    beeper.inject(
        Fault(
            path="/v1/bridges", headers={"X-Beeper-Desktop-Version": "4.3 +15555550100"}
        )
    )
    beeper.set_status(WHATSAPP, f"gone {NUMBER} {'x' * 1000}")
    await poll()

    [line] = our_log()
    assert "'gone … xxx" in line
    assert "5555550100" not in line
    assert_harmless(line)
    assert len(line) < 300


# --- Login sessions


async def _act(hass: HomeAssistant, action: str, **data: object) -> Json:
    response: Any = await hass.services.async_call(
        "beeper", action, data, blocking=True, return_response=True
    )
    assert isinstance(response, dict)
    return response


def _session(**step: object) -> Json:
    return {
        "bridgeID": "local-signal",
        "loginSessionID": "login_1",
        "status": "waiting_for_input",
        "currentStep": {"type": "user_input", "stepID": "code", "fields": []} | step,
    }


async def test_what_a_login_says_is_harmless_in_its_sensor(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, state_of: StateOf
) -> None:
    """IDs, types and texts of a step are all made by a network."""
    session = _session(
        type=HOSTILE,
        stepID=HOSTILE,
        instructions=HOSTILE,
        fields=[{"id": f"{HOSTILE} {number}"} for number in range(5_000)],
        display={"type": HOSTILE, "data": HOSTILE},
    )
    beeper.inject(Fault(method="POST", body=orjson.dumps(session)))
    await _act(hass, "create_login_session", bridge_id="local-signal")

    state = state_of("login_session")
    for text in texts_in(state.as_dict()):
        assert_harmless(text)
    assert len(state.attributes["fields"]) == 50
    assert state.attributes["step_id"] is None
    assert len(json.dumps(state.as_dict(), default=str)) < 16_384


async def test_pairing_code_is_no_phone_number(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """It has to be typed as it is, whatever it looks like."""
    session = _session(
        type="display_and_wait", display={"type": "code", "data": "1234-5678-9012"}
    ) | {"status": "waiting_for_display"}
    beeper.inject(Fault(method="POST", body=orjson.dumps(session)))
    beeper.inject(Fault(path="*/login_1*", body=orjson.dumps(session)))
    await _act(hass, "create_login_session", bridge_id="local-signal")

    client = await hass_client()
    response = await client.get("/api/image_proxy/image.beeper_login_qr_code")
    assert await response.read() == draw_pairing_code("1234-5678-9012")


@pytest.mark.parametrize(
    ("step", "call"),
    [
        ({"stepID": HOSTILE}, {"step_id": "x"}),
        ({"fields": [{"id": HOSTILE}]}, {}),
        ({"fields": [{"id": HOSTILE}]}, {"fields": {"x": "y"}}),
    ],
)
async def test_complaint_about_an_answer_is_harmless(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    step: Json,
    call: Json,
) -> None:
    """It names what the step asks for, and ends up in the log of an automation."""
    beeper.inject(Fault(method="POST", body=orjson.dumps(_session(**step))))
    await _act(hass, "create_login_session", bridge_id="local-signal")
    with pytest.raises(HomeAssistantError) as raised:
        await _act(hass, "submit_login_step", login_session_id="login_1", **call)

    assert "…" in str(raised.value)
    assert_harmless(str(raised.value))


async def test_status_of_a_session_that_ended_is_harmless(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """Only known words end a session, so that one is told as it is."""
    session = _session() | {"status": "failed"}
    beeper.inject(Fault(method="POST", body=orjson.dumps(session)))
    await _act(hass, "create_login_session", bridge_id="local-signal")
    with pytest.raises(HomeAssistantError, match=r"\(failed\)"):
        await _act(hass, "submit_login_step", login_session_id="login_1")


@pytest.mark.parametrize("text", ["command_dnd", "clear_notification", "None"])
async def test_what_is_said_is_no_command_of_an_app(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    text: str,
) -> None:
    """Automations make notifications of it, in which some words are commands."""
    beeper.set_status(WHATSAPP, "disconnected", status_text=text)
    await poll()
    session = _session(instructions=text)
    beeper.inject(Fault(method="POST", body=orjson.dumps(session)))
    await _act(hass, "create_login_session", bridge_id="local-signal")

    account, login = state_of(f"{WHATSAPP}_status"), state_of("login_session")
    assert account.attributes["status_text"] == f"“{text}”"
    assert login.attributes["instructions"] == f"“{text}”"


# --- Texts without an end


@pytest.mark.parametrize("member", ["loginID", "statusText", "network", "status"])
async def test_long_text_of_an_account_does_not_hold_the_loop(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    member: str,
) -> None:
    """It is cut before anything is looked for in it, at each state that is written."""
    account = beeper.accounts[WHATSAPP]
    beeper.remove_account(WHATSAPP)
    beeper.add_account(account | {member: "1-" * (LONGEST // 2)})
    # Both lists have it, and an answer has its limit
    beeper.inject(Fault(path="/v1/bridges", body=b'{"items": []}'))
    await poll()

    # What is written is all of the account, whatever of it has changed
    beeper.set_status(WHATSAPP, "connected")
    began = time.process_time()
    await poll()
    assert time.process_time() - began < MOMENT
    state = state_of(f"{WHATSAPP}_status")
    assert state.attributes["login_id"] is None
    assert len(json.dumps(state.as_dict(), default=str)) < 4_000


@pytest.mark.parametrize("part", ["1-", "a@", "message "])
async def test_long_message_does_not_hold_the_loop(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, part: str
) -> None:
    """What a bridge says of an error may be 4 MB."""
    message = part * (LONGEST // len(part))
    beeper.inject(
        Fault(method="POST", status=500, body=orjson.dumps({"message": message}))
    )

    began = time.process_time()
    with pytest.raises(HomeAssistantError) as raised:
        await _act(hass, "create_login_session", bridge_id="local-signal")
    assert time.process_time() - began < MOMENT
    assert len(str(raised.value)) < 500


async def test_beeper_with_hostile_texts_can_be_set_up(
    hass: HomeAssistant, entry: MockConfigEntry, serve: Serve
) -> None:
    """They cost nothing but themselves."""
    serve(HOSTILE, *SAID, *WORDS)

    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
