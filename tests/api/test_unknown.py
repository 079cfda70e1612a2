"""What no model has: found in every answer, and looked for only when somebody asks."""

import json
from typing import Any

import pytest

from custom_components.beeper.api import BeeperClient, Model, Unknown
from custom_components.beeper.api.limits import MAX_NOTED_WORD, MAX_UNKNOWN
from custom_components.beeper.api.unknown import UnknownParts
from simulator import Fault, Simulator

type Json = dict[str, Any]

NEW: Json = {"new": {"status": "hidden"}}
USER: Json = {"id": "u", **NEW}
BRIDGE: Json = {"id": "b", "type": "signal", "provider": "moon", **NEW}
ACCOUNT: Json = {"accountID": "a", "status": "asleep", "user": USER, "bridge": BRIDGE}


def answer(beeper: Simulator, path: str, body: object) -> None:
    """Let Beeper answer something else."""
    beeper.inject(Fault(path=path, body=json.dumps(body).encode(), times=1))


async def test_nothing_is_unknown(client: BeeperClient) -> None:
    """What Beeper is known to send is not told."""
    await client.app_setup()
    await client.accounts()
    for bridge in await client.bridges():
        await client.bridge(bridge.id)
        await client.capabilities(bridge.id)
        await client.login_flows(bridge.id)
        await client.logins(bridge.id)
    for bridge_id in ("local-telegram", "slackgo", "local-whatsapp"):
        await client.create_login_session(bridge_id)

    assert client.unknown == Unknown()


async def test_unknown_parts_of_lists(client: BeeperClient, beeper: Simulator) -> None:
    """Of accounts and bridges as they were listed last, also those left out."""
    answer(beeper, "/v1/accounts", [ACCOUNT, None, {"accountID": None, "odd": 1}])
    answer(beeper, "/v1/bridges", {"items": [BRIDGE | {"accounts": [{"mood": 1}]}]})
    await client.accounts()
    await client.bridges()

    assert client.unknown == Unknown(
        members=(
            *("User.new", "AccountBridge.new", "Account.odd"),
            *("Bridge.new", "Account.mood"),
        ),
        values=(
            ("Account.status", "asleep"),
            ("AccountBridge.provider", "moon"),
            ("Bridge.provider", "moon"),
        ),
    )

    await client.accounts()
    await client.bridges()

    assert client.unknown == Unknown()


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        (
            {"group_creation": {"group": {"avatar": {"max_size": 1, "settings": {}}}}},
            Unknown(members=("GroupFieldCapability.max_size",)),
        ),
        (
            {"group_creation": [{"odd": 1}], "resolve_identifier": "odd", "video": {}},
            Unknown(members=("ProvisioningCapabilities.video",)),
        ),
    ],
)
async def test_unknown_parts_of_capabilities(
    client: BeeperClient, beeper: Simulator, body: Json, unknown: Unknown
) -> None:
    """However deep they are; what is of another type is passed over."""
    answer(beeper, "/v1/bridges/slackgo/capabilities", body)

    await client.capabilities("slackgo")

    assert client.unknown == unknown


async def test_unknown_parts_of_logins(client: BeeperClient, beeper: Simulator) -> None:
    """Of lists, each word counts; what is no word is none."""
    login = {"loginID": "l", "removeScopes": ["all-devices", "moon", 7], "status": None}
    answer(beeper, "/v1/bridges/slackgo/logins", {"items": [login, login | NEW]})
    answer(beeper, "/v1/bridges/slackgo/login-flows", {"items": [{"id": "f"} | NEW]})

    await client.logins("slackgo")
    await client.login_flows("slackgo")

    assert client.unknown == Unknown(
        members=("BridgeLogin.new", "LoginFlow.new"),
        values=(("BridgeLogin.removeScopes", "moon"),),
    )


async def test_unknown_parts_of_login_sessions(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Steps, displays and fields that are new, whatever they come with."""
    field = {"id": "f", "type": "slider", "options": [NEW], "steps": 5}
    step = {"type": "slide", "stepID": "s", "fields": [field, "odd"], "display": NEW}
    session = {"loginSessionID": "l", "status": "sliding", "currentStep": step}
    answer(beeper, "/v1/bridges/slackgo/login-sessions", session)

    await client.create_login_session("slackgo")

    assert client.unknown == Unknown(
        members=("LoginField.steps", "Display.new"),
        values=(
            ("LoginSession.status", "sliding"),
            ("LoginStep.type", "slide"),
            ("LoginField.type", "slider"),
        ),
    )


async def test_only_so_much_is_noted(client: BeeperClient, beeper: Simulator) -> None:
    """Who sends names without end costs no memory."""
    names = {f"{'n' * 1000}{number}": 1 for number in range(10)} | {
        f"n{number}": 1 for number in range(MAX_UNKNOWN * 2)
    }
    scopes = [f"{number}{'s' * 1000}" for number in range(MAX_UNKNOWN * 2)]
    login = {"loginID": "l", "removeScopes": scopes} | names
    answer(beeper, "/v1/bridges/slackgo/logins", {"items": [login]})

    await client.logins("slackgo")

    unknown = client.unknown
    assert len(unknown.members) == len(unknown.values) == MAX_UNKNOWN
    assert unknown.members[0] == f"BridgeLogin.{'n' * MAX_NOTED_WORD}"
    assert unknown.members[1] == "BridgeLogin.n0"
    assert {len(value) for _, value in unknown.values} == {MAX_NOTED_WORD}


async def test_polls_look_for_nothing(
    client: BeeperClient, beeper: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It costs time only when somebody wants to know."""
    looks = 0
    look_at_all = UnknownParts.look_at_all

    def look(parts: UnknownParts, model: type[Model], values: object) -> None:
        nonlocal looks
        looks += 1
        look_at_all(parts, model, values)

    monkeypatch.setattr(UnknownParts, "look_at_all", look)
    for status in ("connected", "asleep", "connected"):
        beeper.set_status("discordgo", status)
        await client.bridges()
        await client.accounts()

    assert looks == 0
    assert client.unknown == Unknown()
    assert looks == 2
