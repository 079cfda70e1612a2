"""What must stay secret stays so, whatever happens."""

from collections.abc import Iterator
import contextlib
import json
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
from sqlalchemy import select

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import StateAttributes, States
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.recorder import session_scope
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator

from .accounts import SLACK, TELEGRAM
from .clock import Clock
from .conftest import Poll
from .network_flows import TELEGRAM_PHONE

WRONG_TOKEN = "marker-of-a-wrong-token"

FAULTS = [
    Fault(drop=0),
    Fault(truncate=100),
    Fault(status=403),
    Fault(status=404),
    Fault(status=429, headers={"Retry-After": "1"}),
    Fault(status=500, body=b'{"message": "+15555550100", "code": "alice@example.com"}'),
    Fault(redirect="https://example.com"),
    Fault(body=b'[{"accountID": 1, "status": "+15555550100"}]'),
    Fault(body=b"not JSON, alice@example.com"),
    Fault(path="/v1/bridges", status=401),
]


@pytest.fixture
def secrets(beeper: Simulator) -> list[str]:
    """Return what nobody may read."""
    users = [account["user"] for account in beeper.accounts.values()]
    contacts = {user.get(key) for user in users for key in ("phoneNumber", "email")}
    found = [contact for contact in contacts if contact]
    # phone numbers also without the plus, as WhatsApp has them in its IDs
    found += [contact.removeprefix("+") for contact in found]
    assert len(found) > 3
    return [beeper.token, beeper.read_only_token, WRONG_TOKEN, *found]


async def test_secrets_reach_no_log_state_or_registry(
    hass: HomeAssistant,
    beeper: Simulator,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
    secrets: list[str],
) -> None:
    """From the first form to the last fault, with everybody logging all they can."""
    caplog.set_level(logging.DEBUG)

    result = await hass.config_entries.flow.async_init(
        "beeper", context={"source": SOURCE_USER}, data={CONF_URL: beeper.url}
    )
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "access_token"}
    )
    for token in (WRONG_TOKEN, f"{WRONG_TOKEN}\nbroken", beeper.token):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_ACCESS_TOKEN: token}
        )
    entry = result["result"]
    await hass.async_block_till_done()
    for fault in FAULTS:
        beeper.inject(fault)
        await poll(61)
        beeper.clear_faults()
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    await beeper.stop()
    await poll(61)

    told = list(_told(hass, caplog))
    assert any("does not answer" in text for text in told)
    assert any("whatsapp" in text for text in told)
    for text in told:
        for secret in secrets:
            assert secret not in text


# --- Login sessions


@pytest.fixture
def recorder_db_url() -> str:
    """Keep the recorder's database in memory.

    The framework's own fixture insists on coming before `hass`, for databases that are
    not; here `hass` is in use by then.
    """
    return "sqlite://"


class _Person:
    """Signs in to networks through actions, and remembers what must stay secret."""

    def __init__(self, hass: HomeAssistant, beeper: Simulator, clock: Clock) -> None:
        self._hass = hass
        self._beeper = beeper
        self._clock = clock
        self.secrets: set[str] = set()
        self.pairing_codes: set[str] = set()

    async def sign_in(self, bridge_id: str, flow_id: str, **more: str) -> None:
        """Go through a flow, with wrong answers before the right ones."""
        session = await self._act(
            "create_login_session", bridge_id=bridge_id, flow_id=flow_id, **more
        )
        session_id = session["login_session_id"]
        while step := session.get("current_step"):
            await self._clock.run()
            if step["type"] == "display_and_wait":
                await self._look_and_act(session_id)
                session = await self._act(
                    "get_login_session", login_session_id=session_id
                )
                continue
            right = self._beeper.phone.codes(session_id)
            self.secrets |= set(right.values())
            if step["type"] == "user_input" and _repeats(step):
                patterns = {it["id"]: it.get("pattern") for it in step["fields"]}
                # What does not fit a pattern would not be sent
                wrong = {
                    name: value[::-1]
                    if patterns[name]
                    else f"marker-{name}-{session_id}"
                    for name, value in right.items()
                }
                self.secrets |= set(wrong.values())
                await self._answer(session_id, wrong)
            last_url = f"https://example.com/?code=marker-url-{session_id}"
            self.secrets.add(last_url)
            fields: object = right
            if step["type"] == "cookies" and flow_id == "facebook":
                fields = json.dumps(right)
            session = await self._answer(session_id, fields, last_url=last_url)
        assert session["status"] == "complete"

    async def _look_and_act(self, session_id: str) -> None:
        """Let the code rotate where it does, then scan or type it."""
        self._note_display(session_id)
        if "rotate" in self._beeper.phone.actions(session_id):
            self._beeper.phone.rotate(session_id)
            await self._clock.run()
            self._note_display(session_id)
        self._beeper.phone.approve(session_id)
        await self._clock.run()

    def _note_display(self, session_id: str) -> None:
        display = self._beeper.sessions[session_id].wire["currentStep"]["display"]
        seen = self.pairing_codes if display["type"] == "code" else self.secrets
        seen.add(display["data"])

    async def _answer(
        self, session_id: str, fields: object, **more: str
    ) -> dict[str, Any]:
        return await self._act(
            "submit_login_step", login_session_id=session_id, fields=fields, **more
        )

    async def _act(self, action: str, **data: object) -> dict[str, Any]:
        response: Any = await self._hass.services.async_call(
            "beeper", action, data, blocking=True, return_response=True
        )
        assert isinstance(response, dict)
        return response


def _repeats(step: dict[str, Any]) -> bool:
    """Return whether a step asks again after a wrong answer."""
    return {field["type"] for field in step["fields"]} <= {"2fa_code", "password"}


async def _sign_in_everywhere(person: _Person) -> None:
    """Type, scan and paste everything that there is."""
    telegram = TELEGRAM
    await person.sign_in("local-telegram", "phone", account_id=telegram)
    await person.sign_in("local-telegram", "qr", account_id=telegram)
    await person.sign_in("local-whatsapp", "qr")
    await person.sign_in("local-whatsapp", "phone")
    await person.sign_in("slackgo", "email", account_id=SLACK)
    await person.sign_in("slackgo", "token")
    await person.sign_in("facebookgo", "facebook")
    await person.sign_in("discordgo", "token", account_id="discordgo")
    # not secret: the name of a workspace
    person.secrets -= {"Example Ltd"}
    assert len(person.secrets) > 25
    assert len(person.pairing_codes) == 1


@pytest.mark.usefixtures("loaded")
async def test_what_is_typed_and_scanned_reaches_no_log_state_or_registry(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Numbers, addresses, passwords, cookies and codes are passed on and forgotten."""
    caplog.set_level(logging.DEBUG)
    person = _Person(hass, beeper, clock)

    await _sign_in_everywhere(person)

    told = [*_told(hass, caplog)]
    assert any("whatsapp" in text for text in told)
    for text in told:
        for secret in person.secrets | person.pairing_codes:
            assert secret not in text
            assert secret.removeprefix("+") not in text


@pytest.mark.usefixtures("loaded")
async def test_error_that_quotes_what_was_typed_is_not_logged(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A network may repeat a number or an address when it complains about it."""
    caplog.set_level(logging.DEBUG)
    person = _Person(hass, beeper, clock)
    quoting = json.dumps(
        {"message": "No +15555550166, no marker@example.com", "code": "invalid"}
    )
    for status in (400, 409, 422, 429, 500, 502):
        beeper.inject(
            Fault(
                path="*/login-sessions*", times=1, status=status, body=quoting.encode()
            )
        )
        with pytest.raises(HomeAssistantError) as raised:
            await person.sign_in("local-whatsapp", "qr")
        assert "marker@example.com" not in str(raised.value)
        assert "5555550166" not in str(raised.value)

    for text in _told(hass, caplog):
        assert "marker@example.com" not in text
        assert "5555550166" not in text


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422, 429, 500, 502])
@pytest.mark.usefixtures("loaded")
async def test_password_that_a_network_repeats_is_for_whoever_asked(
    hass: HomeAssistant,
    beeper: Simulator,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    """It is in the answer, and in no log: not that of the action, nor that of a script."""
    caplog.set_level(logging.INFO)
    words = b'{"message": "The password hunter2 was refused", "code": "M_FORBIDDEN"}'
    script = {
        "sequence": [
            {
                "action": "beeper.create_login_session",
                "data": {"bridge_id": "local-telegram", "flow_id": "phone"},
            }
        ]
    }
    assert await async_setup_component(hass, "script", {"script": {"begin": script}})
    client = await hass_ws_client(hass)
    beeper.inject(
        Fault(method="POST", path="*/login-sessions", status=status, body=words)
    )

    await client.send_json(
        {
            "id": 1,
            "type": "call_service",
            "domain": "beeper",
            "service": "create_login_session",
            "service_data": {"bridge_id": "local-telegram", "flow_id": "phone"},
            "return_response": True,
        }
    )
    answer = await client.receive_json()
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call("script", "begin", blocking=True)

    told = answer["error"]["translation_placeholders"]["message"]
    assert told == "The password hunter2 was refused"
    assert "hunter2" not in str(raised.value)
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("get_bridge", {"bridge_id": "local-telegram"}),
        ("get_logins", {"bridge_id": "local-telegram"}),
        (
            "remove_login",
            {"bridge_id": "b", "login_id": "a", "scope": "all-devices"},
        ),
        ("get_login_session", {}),
        ("submit_login_step", {"fields": {TELEGRAM_PHONE.field: "+15555550109"}}),
        ("cancel_login_session", {}),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_no_answer_with_a_password_gets_into_the_log(
    hass: HomeAssistant,
    beeper: Simulator,
    caplog: pytest.LogCaptureFixture,
    action: str,
    data: dict[str, Any],
) -> None:
    """Whatever fails with whatever status, in a script and outside of one."""
    session: Any = await hass.services.async_call(
        "beeper",
        "create_login_session",
        {"bridge_id": "local-telegram", "flow_id": "phone"},
        blocking=True,
        return_response=True,
    )
    if "session" in action or action == "submit_login_step":
        data = {**data, "login_session_id": session["login_session_id"]}
    step = {"action": f"beeper.{action}", "data": data, "response_variable": "told"}
    assert await async_setup_component(
        hass, "script", {"script": {"example": {"sequence": [step]}}}
    )
    caplog.set_level(logging.INFO)
    body = json.dumps(
        {
            "message": "The password hunter2 was refused",
            "code": "M_HUNTER2_hunter2",
            "error": "hunter2",
            "details": {"issues": [{"message": "hunter2"}], "hunter2": "hunter2"},
        }
    ).encode()

    statuses = (*range(400, 419), 422, 423, 429, 451, *range(500, 508), 599)
    # A session that is gone is not asked for again
    for status in sorted(statuses, key=lambda status: status in (404, 410)):
        beeper.inject(Fault(path="/v1/bridges/*", status=status, body=body))
        with contextlib.suppress(HomeAssistantError):
            await hass.services.async_call("script", "example", blocking=True)
        with contextlib.suppress(HomeAssistantError):
            await hass.services.async_call(
                "beeper", action, data, blocking=True, return_response=True
            )
        beeper.clear_faults()

    assert "Error executing script" in caplog.text
    assert "hunter2" not in caplog.text


async def test_history_holds_no_code_and_nothing_that_was_typed(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
) -> None:
    """The pairing code is shown as a picture while it is valid, and not kept."""
    person = _Person(hass, beeper, clock)
    await _sign_in_everywhere(person)
    await async_wait_recording_done(hass)

    rows = await recorder_mock.async_add_executor_job(_history, hass)

    # The states are there, with what they wait for
    assert any("waiting_for_display" in row for row in rows)
    assert any("fi.mau.whatsapp.login.code" in row for row in rows)
    for row in rows:
        for secret in person.secrets | person.pairing_codes:
            assert secret not in row
            assert secret.removeprefix("+") not in row


def _history(hass: HomeAssistant) -> list[str]:
    """Return all states in the database, with their attributes."""
    with session_scope(hass=hass, read_only=True) as session:
        rows = session.execute(
            select(States.state, StateAttributes.shared_attrs).outerjoin(
                StateAttributes, States.attributes_id == StateAttributes.attributes_id
            )
        )
        return [repr(tuple(row)) for row in rows]


def _told(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Yield all that a person, or a program that is not ours, could read."""
    formatter = logging.Formatter()
    for record in caplog.records:
        # Home Assistant itself repeats every action and every state
        if record.name == "homeassistant.core" and record.msg.startswith("Bus:"):
            continue
        yield formatter.format(record)
    for state in hass.states.async_all():
        yield repr(state.as_dict())
    for device in dr.async_get(hass).devices:
        yield repr(device.dict_repr)
    for entity in er.async_get(hass).entities.values():
        yield repr(entity.extended_dict)
    for issue in ir.async_get(hass).issues.values():
        yield repr(issue)
