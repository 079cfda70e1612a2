"""Diagnostics tell the shape of Beeper's answers: enough to add what is new, and no value."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.beeper.limits import MAX_LOGINS_SEEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulator import Fault, Simulator

from .accounts import WHATSAPP
from .clock import Clock
from .conftest import Poll
from .lookup import get_device

type Json = dict[str, Any]

REDACTED = "**REDACTED**"


async def act(hass: HomeAssistant, action: str, **data: Any) -> Json:
    """Run an action and return its response."""
    response: Any = await hass.services.async_call(
        "beeper", action, data, blocking=True, return_response=True
    )
    return dict(response)


async def start(hass: HomeAssistant, bridge_id: str, **data: str) -> str:
    """Start a login session and return its ID."""
    session = await act(hass, "create_login_session", bridge_id=bridge_id, **data)
    return str(session["login_session_id"])


@pytest.fixture
def answers(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, loaded: MockConfigEntry
) -> Any:
    """Return a function that returns what diagnostics tell of answers."""

    async def answers() -> Json:
        told: Json = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
        return dict(told["answers"])

    return answers


def tell(beeper: Simulator, **members: object) -> None:
    """Let Beeper list an account with these members, too."""
    account = {"accountID": "new", "status": "connected", "user": {"id": "@new:x"}}
    beeper.add_account(account | members)


async def test_nothing_new(answers: Any) -> None:
    """What is known is not told."""
    assert await answers() == {
        "unknown_members": [],
        "unknown_values": [],
        "missing_or_odd": [],
        "login_steps": [],
        "login_ends": [],
        "login_failures": [],
    }


async def test_what_is_new_is_told_by_its_name(
    answers: Any, beeper: Simulator, poll: Poll
) -> None:
    """Members and words that no version knew, and what is not as it should be."""
    tell(beeper, status="hibernating", mood={"value": "calm"}, network=7)
    await poll()

    told = await answers()

    assert told["unknown_members"] == ["Account.mood"]
    assert told["unknown_values"] == ["Account.status: hibernating"]
    assert told["missing_or_odd"] == ["Account.network"]


async def test_what_is_missing_is_told(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    beeper: Simulator,
    poll: Poll,
) -> None:
    """A bridge with little more than an ID is told with what it has."""
    bridges = [{"id": "b", "type": "signal"}, {"type": "nameless"}]
    beeper.inject(
        Fault(path="/v1/bridges", body=json.dumps({"items": bridges}).encode())
    )
    await poll()

    told: Json = await get_diagnostics_for_config_entry(hass, hass_client, loaded)

    assert told["bridges"][0]["type"] == "signal"
    assert told["bridges"][0]["status"] is None
    assert "Bridge.status" in told["answers"]["missing_or_odd"]
    assert "Bridge.id" in told["answers"]["missing_or_odd"]


@pytest.mark.parametrize(
    "name",
    [
        *("+15555550177", "15555550177", "marker@example.com", "Marker Example"),
        *("mxc://beeper.com/marker", "bpr_0123456789abcdef", "Cookie: session=marker"),
        *("T0123", "n\u200bame", "näme", "", " ", "-", "a" * 100),
        *(
            "alice",
            "Alice",
            "aliceMood",
            "likedByAlice",
            "is_example",
            "ALICE_MODE",
            "unalice",
        ),
    ],
)
async def test_names_that_may_be_private_are_not_told(
    answers: Any, beeper: Simulator, poll: Poll, name: str
) -> None:
    """A member may be named after somebody or something; a word may be anything."""
    tell(beeper, **{name: 1}, status=name or " ")
    await poll()

    told = await answers()

    assert told["unknown_members"] == [f"Account.{REDACTED}"]
    assert told["unknown_values"] == [f"Account.status: {REDACTED}"]


@pytest.mark.parametrize("name", ["Whatsapp", "whatsapp_mode"])
async def test_person_who_is_called_like_a_network(
    answers: Any, beeper: Simulator, poll: Poll, name: str
) -> None:
    """The name of a network tells nothing of them."""
    user = {"id": "@new:x", "fullName": "Whatsapp", "email": "whatsapp@example.com"}
    tell(beeper, user=user, **{name: 1})
    await poll()

    assert (await answers())["unknown_members"] == [f"Account.{name}"]


async def test_only_so_many_names_are_told(
    answers: Any, beeper: Simulator, poll: Poll
) -> None:
    """A file stays one that a person can read."""
    letters = "abcdefghij"
    tell(
        beeper, **{f"new_{first}{second}": 1 for first in letters for second in letters}
    )
    await poll()

    told = await answers()

    assert len(told["unknown_members"]) == 31
    assert told["unknown_members"][0] == "Account.new_aa"
    assert told["unknown_members"][-1] == "…"


async def test_steps_of_logins(
    answers: Any, hass: HomeAssistant, beeper: Simulator
) -> None:
    """Types of steps and fields, and which members a field has; no value."""
    await start(hass, "local-whatsapp", account_id=WHATSAPP, flow_id="qr")
    await start(hass, "slackgo", flow_id="token")
    session_id = await start(hass, "local-telegram", flow_id="phone")
    await act(
        hass,
        "submit_login_step",
        login_session_id=session_id,
        fields=beeper.phone.codes(session_id),
    )

    assert (await answers())["login_steps"] == [
        {
            "bridge_type": "whatsapp",
            "flow": "qr",
            "type": "display_and_wait",
            "display_type": "qr",
            "fields": [],
            "attachments": [],
            "is_supported": True,
        },
        {
            "bridge_type": "slackgo",
            "flow": "token",
            "type": "cookies",
            "display_type": None,
            "fields": [
                {
                    "type": None,
                    "members": ["pattern", "required"],
                    "sources": ["special", "request_body"],
                },
                {
                    "type": "cookie",
                    "members": ["name", "pattern", "required"],
                    "sources": ["cookie"],
                },
            ],
            "attachments": [],
            "is_supported": True,
        },
        {
            "bridge_type": "telegram",
            "flow": "phone",
            "type": "user_input",
            "display_type": None,
            "fields": [
                {
                    "type": "phone_number",
                    "members": ["label", "placeholder"],
                    "sources": [],
                },
            ],
            "attachments": [],
            "is_supported": True,
        },
        {
            "bridge_type": "telegram",
            "flow": "phone",
            "type": "user_input",
            "display_type": None,
            "fields": [
                {"type": "2fa_code", "members": ["label", "placeholder"], "sources": []}
            ],
            "attachments": [],
            "is_supported": True,
        },
    ]


async def test_ends_of_logins(
    answers: Any, hass: HomeAssistant, beeper: Simulator, clock: Clock
) -> None:
    """With the network's code, at which step, and how often."""
    for reason in ("login_timed_out", "login_timed_out", "device_limit_reached"):
        session_id = await start(hass, "local-whatsapp", flow_id="qr")
        await clock.run()
        beeper.phone.fail(session_id, reason)
        await clock.run()
    session_id = await start(hass, "local-whatsapp", flow_id="qr")
    await act(hass, "cancel_login_session", login_session_id=session_id)

    told = await answers()

    where = {"bridge_type": "whatsapp", "flow": "qr", "step_type": "display_and_wait"}
    assert told["login_ends"] == [
        {
            **where,
            "status": "failed",
            "code": "FI.MAU.WHATSAPP.LOGIN_TIMEOUT",
            "count": 2,
        },
        {
            **where,
            "status": "failed",
            "code": "FI.MAU.WHATSAPP.DEVICE_LIMIT_REACHED",
            "count": 1,
        },
        {**where, "status": "cancelled", "code": None, "count": 1},
    ]
    assert len(told["login_steps"]) == 1


def answer(beeper: Simulator, **members: object) -> None:
    """Let Beeper answer the next start of a login session in its own way."""
    session = {"loginSessionID": "l", "bridgeID": "b", "status": "waiting_for_input"}
    beeper.inject(
        Fault(
            method="POST",
            path="/v1/bridges/slackgo/login-sessions",
            body=json.dumps(session | members).encode(),
            times=1,
        )
    )


async def test_steps_that_are_new(
    answers: Any, hass: HomeAssistant, beeper: Simulator
) -> None:
    """Whatever they have; of somebody else's words nothing is told."""
    answer(
        beeper,
        status="waiting_for_moon",
        currentStep={
            "type": "moonrise",
            "stepID": "s",
            "phase": 1,
            "display": {"type": "alice"},
            "fields": [
                {
                    "id": "f",
                    "type": "slider",
                    "sources": [{"type": "moon"}, {"type": 7}, 7, {"type": "moon"}],
                    "initialValue": "marker",
                    "options": [],
                }
            ],
            "attachments": [{"type": "m.image"}, {"type": "+15555550177"}],
        },
    )
    await start(hass, "slackgo", flow_id="Alice's own")

    told = await answers()

    assert told["unknown_members"] == ["LoginStep.phase"]
    assert told["unknown_values"] == [
        "LoginSession.status: waiting_for_moon",
        "LoginStep.type: moonrise",
        f"Display.type: {REDACTED}",
        "LoginField.type: slider",
    ]
    assert told["login_steps"] == [
        {
            "bridge_type": None,
            "flow": REDACTED,
            "type": "moonrise",
            "display_type": REDACTED,
            "fields": [
                {
                    "type": "slider",
                    "members": ["initialValue", "options"],
                    "sources": ["moon"],
                }
            ],
            "attachments": ["m.image", REDACTED],
            "is_supported": False,
        }
    ]


async def test_failures_of_logins(
    answers: Any, hass: HomeAssistant, beeper: Simulator
) -> None:
    """A network that refuses already the start, by its status and its code."""
    path = "/v1/bridges/slackgo/login-sessions"
    bodies = [
        b'{"message": "marker", "code": "FI.MAU.SLACK.TEAM_NOT_FOUND"}',
        b'{"message": "marker", "code": "FI.MAU.SLACK.TEAM_NOT_FOUND"}',
        b'{"message": "marker", "code": "T0123EXAMPLE"}',
        b"<html>marker",
    ]
    for body in bodies:
        beeper.inject(Fault(path=path, status=500, body=body, times=1))
    beeper.inject(Fault(path=path, drop=0, times=1))
    for _ in range(5):
        with pytest.raises(HomeAssistantError):
            await start(hass, "slackgo")

    told = {"bridge_type": "slackgo", "request": "create_login_session", "status": 500}
    assert (await answers())["login_failures"] == [
        {**told, "code": "FI.MAU.SLACK.TEAM_NOT_FOUND", "count": 2},
        {**told, "code": REDACTED, "count": 1},
        {**told, "code": None, "count": 1},
    ]


async def test_login_that_is_over_at_once(
    answers: Any, hass: HomeAssistant, beeper: Simulator
) -> None:
    """It ended at no step."""
    answer(beeper, bridgeID="slackgo", status="failed", error={"code": "M_NO"})
    await start(hass, "slackgo")

    assert (await answers())["login_ends"] == [
        {
            "bridge_type": "slackgo",
            "flow": None,
            "step_type": None,
            "status": "failed",
            "code": "M_NO",
            "count": 1,
        }
    ]


async def test_only_so_many_logins_are_kept(
    answers: Any, hass: HomeAssistant, beeper: Simulator
) -> None:
    """A network that invents steps and codes without end costs no memory."""
    for number in range(MAX_LOGINS_SEEN + 5):
        error = json.dumps({"code": f"{'c' * 200}{number}"}).encode()
        path = "/v1/bridges/slackgo/login-flows"
        beeper.inject(Fault(path=path, status=400 + number, body=error, times=1))
        with pytest.raises(HomeAssistantError):
            await act(hass, "get_login_flows", bridge_id="slackgo")
        word = "".join("abcdefghij"[int(digit)] for digit in f"{number:02}")
        answer(
            beeper,
            loginSessionID=f"step {number}",
            currentStep={"type": word, "fields": [{"id": "f"}] * 100},
        )
        await start(hass, "slackgo")
        answer(
            beeper,
            loginSessionID=f"end {number}",
            status="failed",
            error={"code": word},
        )
        await start(hass, "slackgo")

    told = await answers()

    kept = ("login_steps", "login_ends", "login_failures")
    assert [len(told[name]) for name in kept] == [MAX_LOGINS_SEEN] * 3
    assert {len(step["fields"]) for step in told["login_steps"]} == {25}


async def test_account_has_the_same(
    answers: Any,
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    beeper: Simulator,
    poll: Poll,
) -> None:
    """Whoever has trouble with one account downloads its file."""
    tell(beeper, mood="calm")
    await poll()
    device = get_device(hass, loaded, f"_{WHATSAPP}")

    told: Json = await get_diagnostics_for_device(hass, hass_client, loaded, device)

    assert told["answers"] == await answers()
