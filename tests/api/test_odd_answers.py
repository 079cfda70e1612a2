"""One odd item costs that item: the others of its list are read as if it was not there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from itertools import product
import json
from typing import Any

from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings, strategies as st
import orjson
import pytest

from custom_components.beeper.api import (
    AccountBridge,
    BeeperClient,
    BeeperNotFoundError,
    BeeperResponseError,
    Model,
    RemoveScope,
    User,
)
from custom_components.beeper.api.limits import MAX_ID, MAX_ITEMS, MAX_LISTED
from simulator import Fault, Simulator
from tests.accounts import WHATSAPP

from .test_any_answer import ASKS, Ask, Json, any_json

ACCOUNTS = "/v1/accounts"
BRIDGES = "/v1/bridges"

ABSENT = object()
"""Stands for a member that is not there."""

JUNK: list[Json] = [None, True, 7, "x", [], {}]
"""What may stand in a list in place of an item."""

NO_ID: list[Json] = [None, "", 5, [], {}]

ODD_FIELDS: list[Json] = [*JUNK, {"id": "a", "optional": "no", "options": {}}]


def changed(value: Mapping[str, Any], members: Mapping[str, object]) -> dict[str, Any]:
    """Return an object with some members changed, or left out."""
    return {
        name: member
        for name, member in (dict(value) | dict(members)).items()
        if member is not ABSENT
    }


@pytest.fixture
async def served(session: ClientSession, beeper: Simulator) -> Callable[[str], Any]:
    """Return a function that asks Beeper, and returns the JSON as it was sent."""
    headers = {"Authorization": f"Bearer {beeper.token}"}

    async def served(path: str) -> Any:
        async with session.get(beeper.url + path, headers=headers) as response:
            return await response.json()

    return served


type Served = Callable[[str], Awaitable[Any]]


# --- Accounts


@pytest.mark.parametrize(
    ("members", "read"),
    [
        ({"status": ABSENT}, {"status": None}),
        ({"status": None}, {"status": None}),
        ({"status": 5}, {"status": None}),
        ({"user": ABSENT}, {"user": User()}),
        ({"user": None}, {"user": User()}),
        ({"user": "Alice"}, {"user": User()}),
        ({"user": {}}, {"user": User()}),
        ({"user": {"id": None, "fullName": "A"}}, {"user": User(full_name="A")}),
        ({"user": {"id": 5, "isSelf": "yes"}}, {"user": User()}),
        ({"bridge": ABSENT}, {"bridge": None}),
        ({"bridge": None}, {"bridge": None}),
        ({"bridge": []}, {"bridge": None}),
        ({"bridge": {"type": "whatsapp"}}, {"bridge": None}),
        ({"bridge": {"id": "b"}}, {"bridge": AccountBridge("b")}),
        (
            {"bridge": {"id": "b", "type": 1, "provider": None}},
            {"bridge": AccountBridge("b")},
        ),
        ({"statusText": {"text": "Hello"}}, {"status_text": None}),
        ({"network": 1}, {"network": None}),
        ({"loginID": 1}, {"login_id": None}),
        ({"capabilities": "all"}, {"capabilities": None}),
        ({"newMember": {"a": [1]}}, {}),
    ],
)
async def test_account_is_read_as_well_as_it_can_be(
    client: BeeperClient,
    beeper: Simulator,
    members: Mapping[str, object],
    read: Mapping[str, Any],
) -> None:
    """What is missing or of another type is not known; all else is."""
    before = await client.accounts()
    sent = list(beeper.accounts.values())
    sent[3] = changed(sent[3], members)
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(sent)))

    accounts = await client.accounts()

    assert accounts[:3] + accounts[4:] == before[:3] + before[4:]
    assert accounts[3] == replace(before[3], **read)


@pytest.mark.parametrize("item", [*JUNK, *({"accountID": value} for value in NO_ID)])
@pytest.mark.parametrize("place", [0, 3, 8])
async def test_account_without_an_id_is_left_out(
    client: BeeperClient, beeper: Simulator, item: Json, place: int
) -> None:
    """Nobody could say which one it is; it is no reason to lose the others."""
    before = await client.accounts()
    sent: list[object] = list(beeper.accounts.values())
    if isinstance(item, dict) and item:
        item = beeper.accounts["matrix"] | item
    sent.insert(place, item)
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(sent)))

    assert await client.accounts() == before


async def test_each_member_is_read_by_itself(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Whatever the others are: none of all combinations of types spoils another."""
    values = [ABSENT, None, True, 7, 1.5, "x", "", [], {}]
    bridges = [
        changed({}, dict(zip(("id", "provider", "type"), members, strict=True)))
        for members in product(values, repeat=3)
    ]
    sent = [{"accountID": str(n), "bridge": b} for n, b in enumerate(bridges)]
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(sent)))

    accounts = await client.accounts()

    def text(value: object) -> str | None:
        return value if isinstance(value, str) else None

    assert [account.bridge for account in accounts] == [
        AccountBridge("x", text(bridge.get("provider")), text(bridge.get("type")))
        if bridge.get("id") == "x"
        else None
        for bridge in bridges
    ]


async def test_one_account_may_be_odd_too(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Asked for alone, it is read by the same rules."""
    beeper.inject(Fault(path=f"{ACCOUNTS}/*", body=b'{"accountID": "a", "user": null}'))
    account = await client.account("a")
    assert (account.account_id, account.status, account.user) == ("a", None, User())


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"accountID": ""}', b"null"])
async def test_what_is_no_account_is_none(
    client: BeeperClient, beeper: Simulator, body: bytes
) -> None:
    """Who asks for one thing has to be told that it is not there."""
    beeper.inject(Fault(body=body))
    with pytest.raises(BeeperResponseError):
        await client.account("a")


# --- Bridges


async def test_bridge_may_have_nothing_but_id_and_type(
    client: BeeperClient, beeper: Simulator, served: Served
) -> None:
    """It is there, and all others are as before."""
    before = await client.bridges()
    sent = await served(BRIDGES)
    sent["items"].insert(2, {"id": "new", "type": "newchat"})
    beeper.inject(Fault(path=BRIDGES, body=orjson.dumps(sent)))

    bridges = await client.bridges()

    assert bridges[:2] + bridges[3:] == before
    assert bridges[2].to_dict() == {"id": "new", "type": "newchat", "accounts": []}


@pytest.mark.parametrize(
    ("members", "read"),
    [
        ({"accounts": None}, {"accounts": ()}),
        ({"accounts": ABSENT}, {"accounts": ()}),
        ({"accounts": {}}, {"accounts": ()}),
        ({"activeAccountCount": "3"}, {"active_account_count": None}),
        ({"displayName": None}, {"display_name": None}),
        ({"provider": 1}, {"provider": None}),
        ({"status": None}, {"status": None}),
        ({"supportsMultipleAccounts": "yes"}, {"supports_multiple_accounts": None}),
        ({"type": ABSENT}, {"type": None}),
        ({"statusText": 1}, {"status_text": None}),
        ({"loginFlows": []}, {}),
    ],
)
async def test_bridge_is_read_as_well_as_it_can_be(
    client: BeeperClient,
    beeper: Simulator,
    served: Served,
    members: Mapping[str, object],
    read: Mapping[str, Any],
) -> None:
    """One odd member is not known; the rest, and the other bridges, are."""
    before = await client.bridges()
    sent = await served(BRIDGES)
    sent["items"][1] = changed(sent["items"][1], members)
    beeper.inject(Fault(path=BRIDGES, body=orjson.dumps(sent)))

    bridges = await client.bridges()

    assert bridges[:1] + bridges[2:] == before[:1] + before[2:]
    assert bridges[1] == replace(before[1], **read)


@pytest.mark.parametrize("junk", [*JUNK, {"type": "whatsapp"}, {"id": ""}])
async def test_bridge_without_an_id_is_left_out(
    client: BeeperClient, beeper: Simulator, served: Served, junk: Json
) -> None:
    """The other bridges stay."""
    before = await client.bridges()
    sent = await served(BRIDGES)
    sent["items"].append(junk)
    beeper.inject(Fault(path=BRIDGES, body=orjson.dumps(sent)))

    assert await client.bridges() == before


async def test_odd_account_of_a_bridge_costs_the_bridge_nothing(
    client: BeeperClient, beeper: Simulator, served: Served
) -> None:
    """Accounts inside bridges are read one by one like all others."""
    before = {bridge.id: bridge for bridge in await client.bridges()}["local-whatsapp"]
    sent = await served(BRIDGES)
    bridge = next(item for item in sent["items"] if item["id"] == before.id)
    bridge["accounts"][0].pop("status")
    bridge["accounts"].append(None)
    beeper.inject(Fault(path=BRIDGES, body=orjson.dumps(sent)))

    bridges = {bridge.id: bridge for bridge in await client.bridges()}

    accounts = bridges[before.id].accounts
    assert accounts[1:] == before.accounts[1:]
    assert (accounts[0].account_id, accounts[0].status) == (WHATSAPP, None)


# --- What is odd is told


async def test_what_is_odd_is_told_without_what_was_sent(
    client: BeeperClient, beeper: Simulator
) -> None:
    """By the names on the wire, once for each account however often it is listed."""
    sent = list(beeper.accounts.values())
    sent[0] = changed(sent[0], {"status": ABSENT, "user": {"email": 5}})
    sent[1] = changed(sent[1], {"accountID": None})
    items = [sent[0], sent[1], "+15555550100", *sent[3:]]
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(items)))
    account_id = sent[0]["accountID"]

    await client.bridges()
    assert client.oddities == frozenset()
    await client.accounts()

    assert {(odd.kind, odd.item_id, odd.members) for odd in client.oddities} == {
        ("account", account_id, ("Account.status", "User.id", "User.email")),
        ("account", None, ("Account.accountID",)),
        ("account", None, ("Account",)),
    }
    assert account_id not in repr(client.oddities)

    beeper.clear_faults()
    await client.accounts()
    assert client.oddities == frozenset()


async def test_older_beeper_is_not_odd(client: BeeperClient, beeper: Simulator) -> None:
    """What Beeper may leave out, as versions before 4.2.785 do, is nothing to tell."""
    sent = [
        {"accountID": "a", "status": "connected", "user": {"id": "u", "email": None}}
    ]
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(sent)))
    await client.accounts()
    assert client.oddities == frozenset()


# --- The same account is the same object


async def test_account_that_is_as_before_is_the_very_same_object(
    client: BeeperClient, beeper: Simulator
) -> None:
    """With a thousand accounts, one that changes must not cost as much as all of them."""
    bridges, before = await client.bridges(), await client.accounts()
    in_bridges = [account for bridge in bridges for account in bridge.accounts]
    assert {id(account) for account in in_bridges} == {
        id(account) for account in before
    }

    beeper.set_status(WHATSAPP, "connected")
    bridges, after = await client.bridges(), await client.accounts()

    for old, new in zip(before, after, strict=True):
        assert (old is new) is (new.account_id != WHATSAPP)
    in_bridges = [account for bridge in bridges for account in bridge.accounts]
    assert {id(account) for account in in_bridges} == {id(account) for account in after}


async def test_odd_account_that_is_as_before_is_still_odd(
    client: BeeperClient, beeper: Simulator
) -> None:
    """It is not forgotten because it was not read again."""
    sent = list(beeper.accounts.values())
    del sent[0]["status"]
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(sent), times=1))
    [before, *_] = await client.accounts()
    [odd] = client.oddities
    sent[1]["status"] = "disabled"
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(sent), times=1))

    [account, *_] = await client.accounts()

    assert account is before
    assert client.oddities == {odd}


# --- Logins


@pytest.mark.parametrize("junk", [*JUNK, {"id": ""}, {"id": None, "name": "QR"}])
async def test_login_flow_without_an_id_is_left_out(
    client: BeeperClient, beeper: Simulator, served: Served, junk: Json
) -> None:
    """One way to sign in that makes no sense does not take the others away."""
    path = f"{BRIDGES}/local-whatsapp/login-flows"
    before = await client.login_flows("local-whatsapp")
    sent = await served(path)
    sent["items"].insert(0, junk)
    sent["items"].append({"id": "new", "name": 5, "description": None})
    beeper.inject(Fault(path=path, body=orjson.dumps(sent)))

    [*flows, new] = await client.login_flows("local-whatsapp")

    assert tuple(flows) == before
    assert new.to_dict() == {"id": "new"}


@pytest.mark.parametrize("junk", [*JUNK, {"bridgeID": "slackgo"}])
async def test_odd_login_is_read_as_well_as_it_can_be(
    client: BeeperClient, beeper: Simulator, served: Served, junk: Json
) -> None:
    """It belongs to the bridge that was asked."""
    path = f"{BRIDGES}/slackgo/logins"
    before = await client.logins("slackgo")
    sent = await served(path)
    sent["items"] += [
        junk,
        {"loginID": "l", "removeScopes": ["all-devices", 5], "accountIDs": "a"},
        {"loginID": "m", "removeScopes": None, "user": None, "status": []},
    ]
    beeper.inject(Fault(path=path, body=orjson.dumps(sent)))

    [*logins, one, other] = await client.logins("slackgo")

    assert tuple(logins) == before
    assert one.to_dict() == {
        "bridge_id": "slackgo",
        "login_id": "l",
        "remove_scopes": ["all-devices"],
    }
    assert other.to_dict() == {
        "bridge_id": "slackgo",
        "login_id": "m",
        "remove_scopes": [],
    }


@pytest.mark.parametrize(
    "body", [b"{}", b'{"status": null, "affectedAccountIDs": [5]}']
)
async def test_login_that_was_removed_is_removed(
    client: BeeperClient, beeper: Simulator, body: bytes
) -> None:
    """Whatever else the answer says."""
    beeper.inject(Fault(method="POST", body=body))
    removed = await client.remove_login("slackgo", "x", RemoveScope.ALL_DEVICES)
    assert not removed.affected_account_ids


@pytest.mark.parametrize("body", [b"", b"null", b"OK", b'{"status": "gone"}'])
async def test_session_that_was_cancelled_is_cancelled(
    client: BeeperClient, beeper: Simulator, body: bytes
) -> None:
    """Nobody reads the answer."""
    beeper.inject(Fault(method="DELETE", body=body))
    await client.cancel_login_session("local-signal", "x")


SESSION = {
    "bridgeID": "b",
    "loginSessionID": "s",
    "status": "waiting_for_input",
    "currentStep": {
        "type": "user_input",
        "stepID": "t",
        "fields": [{"id": "code", "label": "Code"}],
    },
}


@pytest.mark.parametrize(
    ("members", "read"),
    [
        ({"bridgeID": ABSENT}, {}),
        ({"bridgeID": None}, {}),
        ({"status": None}, {"status": None}),
        ({"currentStep": None}, {"current_step": None}),
        ({"currentStep": "form"}, {"current_step": None}),
        ({"currentStep": {"stepID": "t"}}, {"current_step": None}),
        ({"error": "Wrong code"}, {}),
        ({"error": {"message": "Wrong code"}}, {"error": {"message": "Wrong code"}}),
        ({"error": {"code": "X", "message": 5}}, {"error": {"code": "X"}}),
        ({"account": {"status": "connected"}}, {}),
        (
            {"account": {"accountID": "a"}},
            {"account": {"account_id": "a", "user": {}}},
        ),
        ({"login": []}, {}),
        ({"loginID": 1, "accountID": 2}, {}),
    ],
)
async def test_login_session_is_read_as_well_as_it_can_be(
    client: BeeperClient,
    beeper: Simulator,
    members: Mapping[str, object],
    read: Mapping[str, object],
) -> None:
    """A person is in the middle of it: what can be shown is shown."""
    beeper.inject(Fault(body=orjson.dumps(changed(SESSION, members))))
    session = await client.login_session("b", "s")
    assert session.to_dict() == {
        name: value
        for name, value in (
            {
                "bridge_id": "b",
                "login_session_id": "s",
                "status": "waiting_for_input",
                "current_step": {
                    "type": "user_input",
                    "step_id": "t",
                    "fields": [{"id": "code", "label": "Code"}],
                },
            }
            | dict(read)
        ).items()
        if value is not None
    }


async def test_session_without_an_id_is_none(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Nobody could answer it."""
    body = orjson.dumps(changed(SESSION, {"loginSessionID": None}))
    beeper.inject(Fault(body=body))
    with pytest.raises(BeeperResponseError):
        await client.create_login_session("b")


@pytest.mark.parametrize(
    ("step", "read"),
    [
        ({"fields": None}, {}),
        ({"fields": {"id": "a"}}, {}),
        ({"fields": ODD_FIELDS}, {"fields": [{"id": "a"}]}),
        (
            {"fields": [{"id": "a", "type": 1, "initialValue": 2, "sources": ""}]},
            {"fields": [{"id": "a"}]},
        ),
        ({"attachments": "none"}, {}),
        ({"display": {"data": "x"}}, {}),
        ({"display": {"type": "qr", "data": 5}}, {"display": {"type": "qr"}}),
        ({"instructions": ["Scan"], "url": 5}, {}),
    ],
)
async def test_step_is_read_as_well_as_it_can_be(
    client: BeeperClient,
    beeper: Simulator,
    step: Mapping[str, object],
    read: Mapping[str, object],
) -> None:
    """One odd field costs that field."""
    step = {"type": "user_input", "stepID": "t"} | dict(step)
    beeper.inject(Fault(body=orjson.dumps(SESSION | {"currentStep": step})))
    session = await client.login_session("b", "s")
    assert session.current_step is not None
    assert session.current_step.to_dict() == {
        "type": "user_input",
        "step_id": "t",
    } | dict(read)


async def test_options_that_make_no_sense_are_left_out(
    client: BeeperClient, beeper: Simulator
) -> None:
    """The others can be chosen."""
    options = ["a", None, 5, ["x"], {"id": 1, "name": "n"}, {"value": "b"}, {}]
    step = {"type": "user_input", "fields": [{"id": "f", "options": options}]}
    beeper.inject(Fault(body=orjson.dumps(SESSION | {"currentStep": step})))
    session = await client.login_session("b", "s")
    assert session.current_step is not None
    [field] = session.current_step.fields
    assert list(field.choices) == [("a", "a"), ("b", "b")]


async def test_capabilities_are_read_as_well_as_they_can_be(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Kinds of groups are read one by one, too."""
    body = (
        b'{"group_creation": {"a": null, "b": {"type_description": 1,'
        b' "name": {"allowed": true, "settings": {"types": ["", 5], "timers": [1, "2"]}},'
        b' "topic": []}}, "resolve_identifier": {"any_phone": 1, "search": true}}'
    )
    beeper.inject(Fault(body=body))
    assert (await client.capabilities("b")).to_dict() == {
        "group_creation": {
            "b": {"name": {"allowed": True, "settings": {"types": [""], "timers": [1]}}}
        },
        "resolve_identifier": {"search": True},
    }


# --- Beeper itself


@pytest.mark.parametrize(
    "body", [b'{"app": {}}', b'{"app": {"version": 1}, "server": []}']
)
async def test_beeper_may_tell_little_of_itself(
    client: BeeperClient, beeper: Simulator, body: bytes
) -> None:
    """Everything here is for display."""
    beeper.inject(Fault(body=body))
    info = await client.info()
    assert (info.app.product, info.server.remote_access) == ("Beeper Desktop", None)


async def test_beeper_without_a_place_to_sign_in_at_says_so(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Signing in with a token is left."""
    beeper.inject(Fault(path="/.well-known/*", status=404))
    beeper.inject(
        Fault(path="/v1/info", body=b'{"app": {}, "endpoints": {"oauth": 1}}')
    )
    with pytest.raises(BeeperNotFoundError):
        await client.oauth_endpoints()


async def test_odd_endpoint_that_is_not_needed_is_not_there(
    client: BeeperClient, beeper: Simulator
) -> None:
    """One can sign in without being able to give the token back."""
    body = {
        "authorization_endpoint": "http://b/oauth/authorize",
        "token_endpoint": "http://b/oauth/token",
        "registration_endpoint": "oauth/register",
        "revocation_endpoint": "http://[",
    }
    beeper.inject(Fault(body=orjson.dumps(body)))
    endpoints = await client.oauth_endpoints()
    assert endpoints.to_dict() == {
        "authorization_endpoint": "/oauth/authorize",
        "token_endpoint": "/oauth/token",
    }


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
async def test_odd_endpoint_that_is_needed_is_told(
    client: BeeperClient, beeper: Simulator, name: str
) -> None:
    """A person is not led to somewhere else."""
    body = {
        "authorization_endpoint": "http://b/oauth/authorize",
        "token_endpoint": "http://b/oauth/token",
    } | {name: "here"}
    beeper.inject(Fault(body=orjson.dumps(body)))
    with pytest.raises(BeeperResponseError, match="endpoint"):
        await client.oauth_endpoints()


@pytest.mark.parametrize("state", [b"{}", b'{"state": 1, "matrix": {"userID": null}}'])
async def test_state_of_beeper_may_be_unknown(
    client: BeeperClient, beeper: Simulator, state: bytes
) -> None:
    """It is asked only to explain other trouble."""
    beeper.inject(Fault(body=state))
    assert (await client.app_setup()).to_dict() == {}


# --- Text and numbers


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"Phone not seen \ud83d", "Phone not seen \ufffd"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\ude00\ud83d", "\ufffd\ufffd"),
        (rb"\uD83D\uDE00\uDBFF.", "\U0001f600\ufffd."),
        (rb"\\ud83d \\\ud83d \"\u00e9\n", '\\ud83d \\\ufffd "é\n'),
        (b"caf\xe9", "caf\ufffd"),
        (b"\xf0\x9f\x98", "\ufffd"),
        (b"\xed\xa0\xbd", "\ufffd\ufffd\ufffd"),
        (b"caf\xe9 \\ud83d \xf0\x9f\x98\x80", "caf\ufffd \ufffd \U0001f600"),
    ],
)
async def test_text_that_is_damaged_is_replaced(
    client: BeeperClient, beeper: Simulator, sent: bytes, read: str
) -> None:
    """JavaScript cuts a text in the middle of an emoji; that is no outage."""
    before = await client.accounts()
    accounts = list(beeper.accounts.values())
    accounts[0]["statusText"] = "HERE"
    body = json.dumps(accounts).encode().replace(b"HERE", sent)
    beeper.inject(Fault(path=ACCOUNTS, body=body))

    [account, *others] = await client.accounts()

    assert account.status_text == read
    assert tuple(others) == before[1:]
    assert client.oddities == frozenset()


@pytest.mark.parametrize("name", ["accounts", "bridges"])
async def test_byte_order_mark_is_passed_over(
    client: BeeperClient, beeper: Simulator, served: Served, name: str
) -> None:
    """Some proxies put one before every text."""
    before = await ASKS[name](client)
    body = b"\xef\xbb\xbf" + orjson.dumps(await served(f"/v1/{name}"))
    beeper.inject(Fault(body=body))
    assert await ASKS[name](client) == before


async def test_damaged_text_of_an_error_is_replaced_too(
    client: BeeperClient, beeper: Simulator
) -> None:
    """The reason is what a person needs most."""
    body = b'\xef\xbb\xbf{"message": "Wrong \\ud83d", "code": "c"}'
    beeper.inject(Fault(status=404, body=body))
    with pytest.raises(BeeperNotFoundError) as caught:
        await client.accounts()
    assert caught.value.message == "Wrong \ufffd"


NONSENSE = [
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"items":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b"[1e999]",
    b"-",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    rb"\ud83d" * 1000,
]


# Nobody reads the answer to a cancellation
@pytest.mark.parametrize("name", sorted(ASKS.keys() - {"cancel_login_session"}))
async def test_answer_that_does_not_parse_is_said_to_be_none(
    client: BeeperClient, beeper: Simulator, name: str
) -> None:
    """Always by the same error, whatever it is that makes no sense."""
    for body in NONSENSE:
        beeper.clear_faults()
        beeper.inject(Fault(body=body))
        with pytest.raises(BeeperResponseError):
            await ASKS[name](client)


@pytest.mark.parametrize("depth", [10, 150, 250, 900])
@pytest.mark.parametrize("bracket", ["[]", "{}"])
async def test_what_is_nested_deeply_can_be_told_or_is_left_out(
    client: BeeperClient, beeper: Simulator, depth: int, bracket: str
) -> None:
    """More levels can be read than Home Assistant can write."""
    deep = '{"a":' * depth + "1" + "}" * depth
    if bracket == "[]":
        deep = '{"a":' + "[" * depth + "]" * depth + "}"
    accounts = list(beeper.accounts.values())
    accounts[0]["capabilities"] = "HERE"
    for status in ("connected", "disabled"):
        accounts[1]["status"] = status
        body = json.dumps(accounts).replace('"HERE"', deep).encode()
        beeper.inject(Fault(path=ACCOUNTS, body=body, times=1))
        [account, *_] = read = await client.accounts()
        assert read[1].status == status
        assert (account.capabilities is None) is (depth > 200)
        orjson.dumps([[[account.to_dict()]]])


@pytest.mark.parametrize("number", ["1e300", "-1e300", "18446744073709551616", "0.5"])
async def test_number_that_counts_nothing_is_not_known(
    client: BeeperClient, beeper: Simulator, served: Served, number: str
) -> None:
    """Numbers of any size are JSON; Home Assistant could not write them."""
    sent = await served(BRIDGES)
    sent["items"][0]["activeAccountCount"] = "HERE"
    body = json.dumps(sent).replace('"HERE"', number).encode()
    beeper.inject(Fault(path=BRIDGES, body=body))
    bridges = await client.bridges()
    assert bridges[0].active_account_count is None
    assert len(bridges) == len(sent["items"])


# --- Whatever it is


def ids(models: object) -> list[str]:
    """Return what was read, without the objects themselves."""
    assert isinstance(models, tuple)
    return [orjson.dumps(model.to_dict()).decode() for model in models]


LISTS: Mapping[str, tuple[str, Ask]] = {
    "accounts": (ACCOUNTS, lambda client: client.accounts()),
    "bridges": (BRIDGES, lambda client: client.bridges()),
    "login_flows": (
        f"{BRIDGES}/local-whatsapp/login-flows",
        lambda client: client.login_flows("local-whatsapp"),
    ),
    "logins": (
        f"{BRIDGES}/local-whatsapp/logins",
        lambda client: client.logins("local-whatsapp"),
    ),
}

ID_NAMES = {
    "accounts": "accountID",
    "bridges": "id",
    "login_flows": "id",
    "logins": "loginID",
}


@pytest.mark.parametrize("name", LISTS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_any_one_item_may_be_anything(
    client: BeeperClient,
    beeper: Simulator,
    served: Served,
    name: str,
    data: st.DataObject,
) -> None:
    """All others are there, each time; the odd one is there if it has an ID."""
    path, ask = LISTS[name]
    beeper.clear_faults()
    before = ids(await ask(client))
    sent = await served(path)
    items = sent if isinstance(sent, list) else sent["items"]
    place = data.draw(st.integers(0, len(items) - 1))
    if data.draw(st.booleans()):
        # One or more members of any kind
        odd = data.draw(
            st.dictionaries(st.sampled_from(sorted(items[place])), any_json, min_size=1)
        )
        items[place] = items[place] | odd
        for member in data.draw(st.lists(st.sampled_from(sorted(items[place])))):
            items[place].pop(member, None)
    else:
        items[place] = data.draw(any_json)
    # Its integers may be of any size
    beeper.inject(Fault(path=path, body=json.dumps(sent).encode()))

    after = ids(await ask(client))

    item_id = isinstance(items[place], dict) and items[place].get(ID_NAMES[name])
    if item_id and isinstance(item_id, str):
        assert len(after) == len(before)
        del after[place]
    del before[place]
    assert after == before


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_what_was_read_before_makes_no_difference(
    session: ClientSession,
    beeper: Simulator,
    data: st.DataObject,
) -> None:
    """An account that is taken for the same as before is what one would read anew."""
    polling = BeeperClient(session, beeper.url, beeper.token)
    for _ in range(data.draw(st.integers(2, 4))):
        sent = [
            {"accountID": data.draw(st.sampled_from("ab"))}
            | data.draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "status": st.sampled_from(["connected", None]),
                        "user": st.sampled_from([{}, {"id": "u"}, None]),
                        "capabilities": st.sampled_from([{}, {"x": 1.5}]),
                    },
                )
            )
            for _ in range(data.draw(st.integers(0, 3)))
        ]
        beeper.clear_faults()
        beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(sent)))
        anew = BeeperClient(session, beeper.url, beeper.token)
        assert await polling.accounts() == await anew.accounts()
        assert polling.oddities == anew.oddities


def test_models_are_written_by_names_of_python() -> None:
    """What is absent is left out, down to the innermost object."""

    def written(model: Model) -> Mapping[str, object]:
        return model.to_dict()

    assert written(User()) == {}
    assert written(User("u", full_name="A")) == {"id": "u", "full_name": "A"}


# --- Without end


async def test_only_so_many_accounts_and_bridges_are_taken(
    client: BeeperClient, beeper: Simulator
) -> None:
    """What is over is noted, and so is that the list is not complete."""
    number = MAX_LISTED + 5
    accounts = [{"accountID": f"{index}"} for index in range(number)]
    bridges: list[dict[str, object]] = [{"id": f"{index}"} for index in range(number)]
    bridges[0] |= {"accounts": accounts}
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(accounts)))
    beeper.inject(Fault(path=BRIDGES, body=orjson.dumps({"items": bridges})))

    [first, *others] = await client.bridges()
    assert len(first.accounts) == len(others) + 1 == MAX_LISTED
    over = {(odd.kind, odd.members) for odd in client.oddities if odd.item_id is None}
    assert over == {(kind, ("more than 10000",)) for kind in ("account", "bridge")}
    assert len(await client.accounts()) == MAX_LISTED


@pytest.mark.parametrize(
    ("length", "is_read"), [(MAX_ID, True), (MAX_ID + 1, False), (300_000, False)]
)
async def test_id_without_end_is_none(
    client: BeeperClient, beeper: Simulator, length: int, is_read: bool
) -> None:
    """It costs its account, and nothing else."""
    accounts = [{"accountID": "x" * length}, {"accountID": "y"}]
    beeper.inject(Fault(path=ACCOUNTS, body=orjson.dumps(accounts)))

    read = [account.account_id for account in await client.accounts()]

    assert read[-1] == "y"
    assert (len(read) == 2) is is_read


async def test_list_without_end_is_cut(client: BeeperClient, beeper: Simulator) -> None:
    """Twenty thousand fields are no login step."""
    fields = [{"id": f"{index}"} for index in range(20_000)]
    session = {
        "loginSessionID": "login",
        "currentStep": {"type": "cookies", "stepID": "step", "fields": fields},
    }
    beeper.inject(Fault(body=orjson.dumps(session)))

    step = (await client.create_login_session("local-signal")).current_step

    assert step is not None
    assert len(step.fields) == MAX_ITEMS


async def test_half_characters_in_lists_without_end_are_no_answer(
    client: BeeperClient, beeper: Simulator
) -> None:
    """What mends them must not go deeper than what reads them."""
    body = b"[" * 100_000 + b'"\\ud83d"' + b"]" * 100_000
    beeper.inject(Fault(path=ACCOUNTS, body=body))
    with pytest.raises(BeeperResponseError):
        await client.accounts()


async def test_not_a_number_beside_half_a_character_is_no_answer(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Only JavaScript has it."""
    beeper.inject(Fault(path=ACCOUNTS, body=b'[{"accountID": "\\ud83d"}, NaN]'))
    with pytest.raises(BeeperResponseError):
        await client.accounts()
