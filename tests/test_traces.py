"""What Home Assistant keeps of automations and scripts: nothing that one signs in with."""

from collections.abc import Awaitable, Callable
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator

from .clock import Clock

type Automated = Callable[[dict[str, Any]], Awaitable[None]]
type Traces = Callable[[], Awaitable[list[str]]]

SENSOR = "sensor.beeper_login_session"
LOGIN_WAITING = {
    "trigger": "beeper.login_waiting",
    "target": {"entity_id": SENSOR},
    "options": {"step_type": "display_and_wait"},
}

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.fixture
async def automated(hass: HomeAssistant) -> Automated:
    """Return a function that sets up an automation, which does next to nothing."""

    async def automated(trigger: dict[str, Any]) -> None:
        config = {
            "id": "example",
            "alias": "Example",
            "triggers": [trigger],
            "actions": [{"variables": {"waits": "{{ trigger.to_state.state }}"}}],
        }
        assert await async_setup_component(hass, "automation", {"automation": config})
        await hass.async_block_till_done()

    return automated


@pytest.fixture
async def traces(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Traces:
    """Return a function that returns the traces of that automation."""

    async def traces() -> list[str]:
        await hass.async_block_till_done()
        websocket = await hass_ws_client()
        item = {"domain": "automation", "item_id": "example"}
        await websocket.send_json_auto_id({"type": "trace/list", **item})
        kept = []
        for run in (await websocket.receive_json())["result"]:
            await websocket.send_json_auto_id(
                {"type": "trace/get", **item, "run_id": run["run_id"]}
            )
            kept.append(
                json.dumps(
                    (await websocket.receive_json())["result"], ensure_ascii=False
                )
            )
        return kept

    return traces


@pytest.mark.parametrize(
    "trigger",
    [
        LOGIN_WAITING,
        {"trigger": "state", "entity_id": SENSOR, "to": "waiting_for_display"},
        {"trigger": "state", "entity_id": SENSOR},
        {"trigger": "state", "entity_id": SENSOR, "attribute": "step_id"},
        {
            "trigger": "numeric_state",
            "entity_id": SENSOR,
            "value_template": "{{ 1 if state.attributes.display_type == 'code' else 0 }}",
            "above": 0,
        },
        {
            "trigger": "template",
            "value_template": f"{{{{ is_state('{SENSOR}', 'waiting_for_display') }}}}",
        },
    ],
)
async def test_pairing_code_is_in_no_trace(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    automated: Automated,
    traces: Traces,
    trigger: dict[str, Any],
) -> None:
    """Whatever an automation waits for, its trace has the sensor as it was."""
    await automated(trigger)

    session_id = await _begin(hass)
    await clock.run()

    code = beeper.phone.codes(session_id)["code"]
    kept = await traces()
    assert any('"state": "waiting_for_display"' in trace for trace in kept)
    for trace in kept:
        assert code not in trace


async def test_code_that_the_instructions_repeat_is_in_no_trace(
    hass: HomeAssistant, beeper: Simulator, automated: Automated, traces: Traces
) -> None:
    """A network may say it in a sentence."""
    await automated(LOGIN_WAITING)
    served = {
        "bridgeID": "local-whatsapp",
        "loginSessionID": "login_1",
        "status": "waiting_for_display",
        "currentStep": {
            "type": "display_and_wait",
            "stepID": "code",
            "instructions": "Type ABCD-EFGH on your phone",
            "display": {"type": "code", "data": "ABCD-EFGH"},
        },
    }
    beeper.inject(Fault(path="*/login-sessions*", body=json.dumps(served).encode()))

    await hass.services.async_call(
        "beeper",
        "create_login_session",
        {"bridge_id": "local-whatsapp"},
        blocking=True,
    )

    [trace] = await traces()
    assert "Type … on your phone" in trace
    assert "ABCD" not in trace


async def _begin(hass: HomeAssistant) -> str:
    """Begin to connect WhatsApp with a pairing code, and return the session's ID."""
    session: Any = await hass.services.async_call(
        "beeper",
        "create_login_session",
        {"bridge_id": "local-whatsapp", "flow_id": "phone"},
        blocking=True,
        return_response=True,
    )
    session_id: str = session["login_session_id"]
    await hass.services.async_call(
        "beeper",
        "submit_login_step",
        {"login_session_id": session_id, "fields": {"phone_number": "+15555550109"}},
        blocking=True,
    )
    return session_id
