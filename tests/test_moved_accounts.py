"""Accounts under another ID: the same person on the same network keeps what there was."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from homeassistant.components.recorder import history
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.recorder import get_instance
from homeassistant.util.dt import utcnow
from simulator import Fault, Simulator

from .accounts import OTHER_WHATSAPP, TELEGRAM, WHATSAPP
from .conftest import Change, OurLog, Poll, StateOf
from .lookup import get_device, get_state

OLD = WHATSAPP
NEW = "whatsapp_cloud"
STATUS = "sensor.whatsapp_alice_example_status"
GONE_FOR_GOOD = 4
"""Polls, five minutes apart."""

LOCAL = {"id": "local-whatsapp", "provider": "local", "type": "whatsapp"}
CLOUD = {"id": "whatsapp", "provider": "cloud", "type": "whatsapp"}


def unique_ids(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the ends of the unique IDs of the entry's entities, by entity ID."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {
        entity.entity_id: entity.unique_id.removeprefix(f"{entry.entry_id}_")
        for entity in entities
    }


def account_ids(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the IDs of the accounts that have a device."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {
        identifier.removeprefix(f"{entry.entry_id}_")
        for device in devices
        for _, identifier in device.identifiers
        if identifier != entry.entry_id
    }


def move(
    beeper: Simulator, old_id: str = OLD, new_id: str = NEW, **members: object
) -> None:
    """Have Beeper list an account under another ID."""
    account = beeper.accounts[old_id]
    beeper.remove_account(old_id)
    beeper.add_account(account | {"accountID": new_id} | members)


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the entry up anew."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: object) -> None:
    """Prepare the recorder before Home Assistant, as it has to be."""


# --- What is kept


@pytest.mark.parametrize("while_running", [True, False])
async def test_account_under_another_id_keeps_its_device_and_its_entities(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    our_log: OurLog,
    while_running: bool,
) -> None:
    """Moved from cloud to device or back: name, area, IDs and whatever was chosen."""
    entities, devices = er.async_get(hass), dr.async_get(hass)
    device = get_device(hass, loaded, f"_{OLD}")
    area = ar.async_get(hass).async_create("Office")
    devices.async_update_device(device.id, area_id=area.id, name_by_user="Mine")
    entities.async_update_entity(STATUS, name="Chats", icon="mdi:cat")
    entities.async_update_entity(STATUS, new_entity_id="sensor.chats")
    connected = "binary_sensor.whatsapp_alice_example_connectivity"
    entities.async_update_entity(connected, disabled_by=er.RegistryEntryDisabler.USER)
    helper = entities.async_get_or_create(
        "sensor", "template", f"{loaded.entry_id}_{OLD}_x", device_id=device.id
    )
    await hass.async_block_till_done()
    before = unique_ids(hass, loaded)

    if while_running:
        move(beeper, status="connected")
        await poll()
    else:
        await hass.config_entries.async_unload(loaded.entry_id)
        move(beeper, status="connected")
        await restart(hass, loaded)

    after = unique_ids(hass, loaded)
    assert after == {
        entity_id: unique_id.replace(OLD, NEW)
        for entity_id, unique_id in before.items()
    }
    moved = get_device(hass, loaded, f"_{NEW}")
    assert (moved.id, moved.area_id, moved.name_by_user) == (
        device.id,
        area.id,
        "Mine",
    )
    assert OLD not in account_ids(hass, loaded)
    entity = entities.async_get("sensor.chats")
    assert entity is not None
    assert (entity.name, entity.icon, entity.device_id) == (
        "Chats",
        "mdi:cat",
        device.id,
    )
    state = state_of(f"{NEW}_status")
    assert (state.entity_id, state.state) == ("sensor.chats", "connected")
    assert state.attributes["account_id"] == NEW
    assert hass.states.get(connected) is None
    assert entities.async_get(helper.entity_id) == helper
    assert our_log() == [
        "INFO Beeper lists WhatsApp (Alice Example) under another ID; its device and its entities stay"
    ]


@pytest.mark.usefixtures("loaded")
async def test_account_under_another_id_is_followed_from_then_on(
    hass: HomeAssistant, beeper: Simulator, poll: Poll, change: Change
) -> None:
    """Without an outage in between."""
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    move(beeper, status="connected")
    await poll()
    await change(NEW, "disconnected")

    assert [
        state.state
        for event in changes
        if (state := event.data["new_state"]) and state.entity_id == STATUS
    ] == ["connected", "disconnected"]


@pytest.mark.usefixtures("recorder_mock", "loaded")
async def test_history_goes_on(
    hass: HomeAssistant, beeper: Simulator, poll: Poll
) -> None:
    """What was recorded under the one ID and what comes under the other is one history."""
    await async_wait_recording_done(hass)
    move(beeper, status="connected")
    await poll()
    await async_wait_recording_done(hass)

    recorded = await get_instance(hass).async_add_executor_job(
        history.state_changes_during_period,
        hass,
        utcnow() - timedelta(hours=1),
        utcnow() + timedelta(hours=1),
        STATUS,
    )
    told = [(state.attributes["account_id"], state.state) for state in recorded[STATUS]]
    assert list(dict.fromkeys(told)) == [
        (OLD, "reconnect_required"),
        (NEW, "connected"),
    ]


@pytest.mark.usefixtures("loaded")
async def test_automations_are_told_of_what_became_of_it(
    hass: HomeAssistant, beeper: Simulator, poll: Poll, entry: MockConfigEntry
) -> None:
    """What the account was before counts as what it was under the other ID."""
    histories = entry.runtime_data.histories
    assert histories[OLD].status == "reconnect_required"
    move(beeper, status="connected")
    await poll()

    assert OLD not in histories
    assert histories[NEW].status == "connected"
    assert histories[NEW].stays["healthy"].came_from == "reconnect_required"


async def test_what_may_alarm_stays_as_it_was_chosen(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """An account that raises no repair issues does not begin to."""
    registry = ir.async_get(hass)
    issue_id = f"reconnect_{loaded.entry_id}"
    assert registry.async_get_issue("beeper", f"{issue_id}_{OLD}")
    hass.config_entries.async_update_entry(
        loaded, options={"no_repairs_for": ["somebody", OLD]}
    )
    move(beeper)
    await poll()

    assert loaded.options == {"no_repairs_for": ["somebody", NEW]}
    assert not registry.async_get_issue("beeper", f"{issue_id}_{OLD}")
    assert not registry.async_get_issue("beeper", f"{issue_id}_{NEW}")


async def test_issue_goes_over_to_the_other_id(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """One who has to be signed in still has to be, once."""
    move(beeper)
    await poll()

    issues = [
        issue_id
        for _, issue_id in ir.async_get(hass).issues
        if "ba_rG7f0Jc4mQ9zYw" in issue_id or NEW in issue_id
    ]
    assert issues == [f"reconnect_{loaded.entry_id}_{NEW}"]


async def test_login_that_moved_it_has_connected_the_right_account(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """It was started for the account under the ID that it had then."""
    for account_id in (OTHER_WHATSAPP, OLD):
        await hass.services.async_call(
            "beeper",
            "create_login_session",
            {"bridge_id": "local-whatsapp", "account_id": account_id},
            blocking=True,
        )
    move(beeper)
    await loaded.runtime_data.coordinator.async_refresh()

    logins = loaded.runtime_data.logins.known
    assert [login.account_id for login in logins] == [OTHER_WHATSAPP, NEW]


async def test_name_with_a_number_is_kept(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """The device keeps its name, and nobody else gets it."""
    twin = beeper.accounts[OLD]
    twin |= {"accountID": "twin", "user": twin["user"] | {"id": "@whatsapp_1:x"}}
    del twin["user"]["phoneNumber"]
    beeper.add_account(twin)
    await poll()
    assert get_device(hass, loaded, "_twin").name == "WhatsApp (Alice Example) (2)"

    move(beeper, "twin", "moved")
    await poll()
    assert get_device(hass, loaded, "_moved").name == "WhatsApp (Alice Example) (2)"
    assert get_device(hass, loaded, f"_{OLD}").name == "WhatsApp (Alice Example)"


async def test_account_may_move_back(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """And be another account later, under an ID that was in use before."""
    before = unique_ids(hass, loaded)
    move(beeper)
    await poll()
    move(beeper, NEW, OLD)
    await poll()
    assert unique_ids(hass, loaded) == before
    assert get_state(hass, STATUS).state == "reconnect_required"

    beeper.add_account(
        beeper.accounts[OLD] | {"accountID": NEW, "user": {"id": "@whatsapp_7:x"}}
    )
    await poll()
    assert {OLD, NEW} <= account_ids(hass, loaded)
    assert f"{NEW}_status" in unique_ids(hass, loaded).values()


async def test_account_may_come_back_a_while_after_it_went(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """Who moves one signs out here first, then signs in there: within ten minutes."""
    account = beeper.accounts[OLD]
    beeper.remove_account(OLD)
    await poll()
    await poll(300)
    assert get_state(hass, STATUS).state == STATE_UNAVAILABLE

    beeper.add_account(account | {"accountID": NEW})
    await poll()
    assert get_state(hass, STATUS).state == "reconnect_required"
    await poll(301)
    await poll(301)
    assert get_state(hass, STATUS).state == "reconnect_required"
    assert NEW in account_ids(hass, loaded)


async def test_entity_can_be_renamed_afterwards(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """Home Assistant adds it anew then; that brings no device of the old ID."""
    move(beeper)
    await poll()
    er.async_get(hass).async_update_entity(STATUS, new_entity_id="sensor.chats")
    await hass.async_block_till_done()

    assert get_state(hass, "sensor.chats").state == "reconnect_required"
    assert OLD not in account_ids(hass, loaded)


async def test_nobody_can_be_read_in_what_is_stored(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Whose an account is has to be known after a restart, but not to a reader."""
    await hass.async_block_till_done(wait_background_tasks=True)
    stored = orjson.dumps(hass_storage[f"beeper.{loaded.entry_id}"]).decode()
    assert OLD in stored
    for word in ("Alice", "alice", "5555550100", "@whatsapp", "example.com"):
        assert word not in stored


async def test_removed_entry_leaves_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Its accounts are forgotten with it."""
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert f"beeper.{loaded.entry_id}" not in hass_storage


@pytest.mark.parametrize(
    ("stored", "is_said"),
    [
        ({"data": ["?"]}, False),
        ({"data": "?"}, False),
        ({"data": 7}, False),
        ({"data": None}, False),
        ({"version": 2}, True),
    ],
    ids=["list", "text", "number", "nothing", "of a newer version"],
)
async def test_store_that_makes_no_sense_costs_no_entity(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stored: dict[str, object],
    *,
    is_said: bool,
) -> None:
    """Whose accounts there are is learnt anew."""
    hass_storage[f"beeper.{loaded.entry_id}"] |= stored

    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    assert loaded.state is ConfigEntryState.LOADED
    assert OLD in hass_storage[f"beeper.{loaded.entry_id}"]["data"]
    assert ("cannot be read" in caplog.text) is is_said


async def test_stored_in_another_shape_is_passed_over(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Then it is a new account, as it would be without."""
    await hass.config_entries.async_unload(loaded.entry_id)
    hass_storage[f"beeper.{loaded.entry_id}"]["data"] = {OLD: ["?"], OTHER_WHATSAPP: 7}
    move(beeper)
    await restart(hass, loaded)
    assert {OLD, NEW} <= account_ids(hass, loaded)


# --- Who is the same


class World:
    """A Beeper that lists one account, of whatever shape."""

    def __init__(self, beeper: Simulator) -> None:
        """Let it answer by faults."""
        self._beeper = beeper

    def serve(self, *accounts: dict[str, Any]) -> None:
        """List these accounts from now on."""
        self._beeper.clear_faults()
        self._beeper.inject(Fault(path="/v1/bridges", body=b'{"items": []}'))
        self._beeper.inject(Fault(path="/v1/accounts", body=orjson.dumps(accounts)))


@pytest.fixture
def world(beeper: Simulator) -> World:
    """Return a Beeper that lists what a test wants."""
    return World(beeper)


def listed(
    account_id: str, bridge: object = LOCAL, **members: object
) -> dict[str, Any]:
    """Return an account as Beeper lists it."""
    user = members.pop("user", {})
    return {
        "accountID": account_id,
        "bridge": bridge,
        "network": "WhatsApp",
        "status": "connected",
        "user": user,
    } | members


PHONE = {"phoneNumber": "+1 555 555 0100"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"user": {"id": "u"}}, {"user": {"id": "u"}}),
        ({"user": {"id": "u"} | PHONE}, {"user": {"id": "u", "phoneNumber": "+2"}}),
        # another server of Matrix, and the prefix of another bridge
        (
            {"user": {"id": "@whatsapp_15:beeper.local"}},
            {"user": {"id": "@whatsappgo_15:local-whatsapp.localhost"}},
        ),
        # a login on this device is called after nobody (docs)
        (
            {"user": {"id": "@whatsapp_15:beeper.local"} | PHONE},
            {"user": {"id": "ba_1", "phoneNumber": "+15555550100"}, "loginID": "ba_1"},
        ),
        (
            {"user": {"id": "", "username": "@Alice"}},
            {"user": {"username": "alice"}, "loginID": "ba_1"},
        ),
        ({"user": {"email": "A@example.com"}}, {"user": {"email": "a@example.com"}}),
        ({"loginID": "l"}, {"loginID": "l", "user": {"id": "u"}}),
        # as a bridge calls it, or as Beeper does
        (
            {"user": {"id": "u"}, "network": "WhatsApp (device)"},
            {"user": {"id": "u"}, "network": "WhatsApp (cloud)"},
        ),
        (
            {"user": {"id": "u"}, "bridge": None},
            {"user": {"id": "u"}},
        ),
    ],
)
async def test_is_known_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    world: World,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """By the person on the network, whatever the bridge makes of them."""
    world.serve(listed("old", **before))
    await restart(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)

    world.serve(listed("new", **{"bridge": CLOUD} | after))
    await restart(hass, entry)
    assert account_ids(hass, entry) == {"new"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({"user": {"id": "u"}}, {"user": {"id": "v"}}),
        (
            {"user": {"id": "u", "fullName": "A"}},
            {"user": {"id": "v", "fullName": "A"}},
        ),
        # one person on another network
        (
            {"user": {"id": "u"} | PHONE},
            {
                "user": {"id": "u"} | PHONE,
                "network": "Signal",
                "bridge": CLOUD | {"type": "signal"},
            },
        ),
        # one login, two people
        (
            {"user": {"id": "u"}, "loginID": "l"},
            {"user": {"id": "v"}, "loginID": "l"},
        ),
        # one person in two workspaces
        (
            {"user": {"id": "@slackgo_t1-u1:x", "email": "a@example.com"}},
            {"user": {"id": "@slackgo_t2-u2:x", "email": "a@example.com"}},
        ),
        # one phone, two names
        (
            {"user": {"id": "u", "username": "a"} | PHONE},
            {"user": {"id": "v", "username": "b"} | PHONE},
        ),
    ],
)
async def test_somebody_else_is_a_new_account(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    world: World,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Nobody gets the history of others."""
    world.serve(listed("old", **before))
    await restart(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)

    world.serve(listed("new", **after))
    await restart(hass, entry)
    assert account_ids(hass, entry) == {"old", "new"}


async def test_person_that_beeper_does_not_name_for_a_while_is_remembered(
    hass: HomeAssistant, entry: MockConfigEntry, world: World, poll: Poll
) -> None:
    """An account that connects may be told without its user."""
    world.serve(listed("old", user={"id": "u"}))
    await restart(hass, entry)
    world.serve(listed("old"))
    await poll()
    world.serve(listed("new", user={"id": "u"}))
    await poll()
    assert account_ids(hass, entry) == {"new"}


# --- Where nobody can know


@pytest.mark.parametrize(
    ("before", "after", "devices"),
    [
        # both are there
        (["old"], ["old", "new"], {"old", "new"}),
        # two went, or two came
        (["old", "older"], ["new"], {"old", "older", "new"}),
        (["old"], ["new", "newer"], {"old", "new", "newer"}),
        # one of the two stays
        (["old", "older"], ["older", "new"], {"old", "older", "new"}),
        # nothing came
        (["old", "other"], ["other"], {"old", "other"}),
    ],
)
@pytest.mark.parametrize("while_running", [True, False])
async def test_nothing_is_moved_where_it_could_be_another(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    world: World,
    poll: Poll,
    before: list[str],
    after: list[str],
    devices: set[str],
    while_running: bool,
) -> None:
    """One person may have several accounts on a network."""
    alice = {"id": "u"}
    world.serve(*(listed(account_id, user=alice) for account_id in before))
    await restart(hass, entry)
    world.serve(*(listed(account_id, user=alice) for account_id in after))
    if while_running:
        await poll()
    else:
        await hass.config_entries.async_unload(entry.entry_id)
        await restart(hass, entry)

    assert account_ids(hass, entry) == devices


async def test_account_that_was_there_beside_the_other_is_not_merged_with_it(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """Not later either, when one of the two goes."""
    beeper.add_account(beeper.accounts[OLD] | {"accountID": NEW})
    await poll()
    beeper.remove_account(OLD)
    await poll()
    assert {OLD, NEW} <= account_ids(hass, loaded)
    assert get_state(hass, STATUS).state == STATE_UNAVAILABLE


async def test_account_without_an_id_may_be_the_one_that_is_missing(
    hass: HomeAssistant, entry: MockConfigEntry, world: World, poll: Poll
) -> None:
    """Then nothing is moved."""
    world.serve(listed("old", user={"id": "u"}))
    await restart(hass, entry)
    nameless = listed("", user={"id": "u"})
    del nameless["accountID"]
    world.serve(listed("new", user={"id": "u"}), nameless)
    await poll()
    assert account_ids(hass, entry) == {"old", "new"}


async def test_account_whose_device_has_gone_is_a_new_one(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """There is nothing left to keep."""
    for account_id in (OTHER_WHATSAPP, TELEGRAM):
        beeper.set_status(account_id, "connected")
    account = beeper.accounts[OLD]
    beeper.remove_account(OLD)
    for _ in range(GONE_FOR_GOOD):
        await poll(301)
    beeper.add_account(account | {"accountID": NEW})
    await poll()
    assert OLD not in account_ids(hass, loaded)
    assert get_state(hass, STATUS).state == "reconnect_required"
