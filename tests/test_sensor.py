"""The sensors, as a person sees them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import orjson
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)

from custom_components.beeper import slices
from custom_components.beeper.api import AccountStatus
from custom_components.beeper.beeper_data import BeeperData
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, EntityCategory
from homeassistant.core import CoreState, Event, HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator

from .accounts import WHATSAPP
from .conftest import Change, OurLog, Poll, StateOf
from .dialog import STRINGS
from .lookup import get_device

NAMED_BY_HOME_ASSISTANT = {
    *("access_token", "device_class", "entity_picture", "friendly_name"),
    *("options", "state_class"),
}


async def test_every_account_shows_its_status(
    beeper: Simulator, loaded: MockConfigEntry, state_of: StateOf
) -> None:
    """After set-up there is a sensor for each account, in each of the statuses."""
    shown = {
        account_id: state_of(f"{account_id}_status").state
        for account_id in beeper.accounts
    }

    assert shown == {
        account_id: account["status"] for account_id, account in beeper.accounts.items()
    }
    assert set(shown.values()) == set(AccountStatus)


@pytest.mark.parametrize("status", AccountStatus)
async def test_status_follows_beeper(
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    status: AccountStatus,
) -> None:
    """A poll brings every change of status, with Beeper's wording of it."""
    beeper.set_status(WHATSAPP, status, status_text="In other words")
    await poll()

    state = state_of(f"{WHATSAPP}_status")
    assert state.state == status
    assert state.attributes["status_text"] == "In other words"


async def test_attributes_tell_what_an_automation_needs(
    loaded: MockConfigEntry, state_of: StateOf
) -> None:
    """The attributes are those of the contract, and none leads to a person."""
    attributes = dict(state_of(f"{WHATSAPP}_status").attributes)

    assert attributes == {
        "options": [status.value for status in AccountStatus],
        "account_id": WHATSAPP,
        "bridge_id": "local-whatsapp",
        "bridge_type": "whatsapp",
        "network": "WhatsApp",
        "provider": "local",
        "login_id": None,  # it is the phone number
        "status_text": (
            "Logged out from your phone. Reconnect WhatsApp to keep chatting."
        ),
        "lost_since": dt_util.utcnow().isoformat(timespec="seconds"),
        "device_class": "enum",
        "friendly_name": "WhatsApp (Alice Example) Status",
    }
    slack = state_of("slackgo.T0EXAMPLE-U0ALICE_status")
    assert slack.attributes["login_id"] == "T0EXAMPLE-U0ALICE"


async def test_every_attribute_has_a_name(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """What a person sees among the details of an entity is translated."""
    await hass.services.async_call(
        "beeper",
        "create_login_session",
        {"bridge_id": "local-telegram"},
        blocking=True,
        return_response=True,
    )
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, loaded.entry_id):
        if (state := hass.states.get(entity.entity_id)) is None:
            continue  # it is disabled
        texts = STRINGS["entity"].get(entity.domain, {}).get(entity.translation_key, {})
        named = texts.get("state_attributes", {})
        assert state.attributes.keys() - named.keys() <= NAMED_BY_HOME_ASSISTANT


async def test_contact_details_are_cut_out_of_texts(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, state_of: StateOf
) -> None:
    """A status text may quote the person; the state, which is recorded, may not."""
    beeper.set_status(
        WHATSAPP,
        "connected",
        status_text="Linked to +1 (555) 555-0100, alice@example.com, since 2025",
    )
    await poll()

    state = state_of(f"{WHATSAPP}_status")
    assert state.attributes["status_text"] == "Linked to …, …, since 2025"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 243 + " alice@example.com +15555550100",
        "x" * 235 + " alice" + "e" * 50 + "@" + "example" * 30 + ".com",
        # What is left out makes room for more, which may end in the middle
        "alice@example.com " * 29,
        "+1 555 555 0100, " * 40 + "alice@" + "example" * 30 + ".com",
    ],
    ids=len,
)
async def test_contact_details_are_not_cut_in_half(
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    text: str,
) -> None:
    """Where a text ends, an address must not be left that does not look like one."""
    beeper.set_status(WHATSAPP, "connected", status_text=text)
    await poll()

    shown = state_of(f"{WHATSAPP}_status").attributes["status_text"]
    assert "alice" not in shown
    assert "1 555" not in shown
    assert 0 < len(shown) <= 255


async def test_status_text_is_cut_to_a_bearable_length(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, state_of: StateOf
) -> None:
    """A network that talks without end does not fill the database."""
    beeper.set_status(WHATSAPP, "connected", status_text="x" * 100_000)
    await poll()

    assert len(state_of(f"{WHATSAPP}_status").attributes["status_text"]) == 255


async def test_unknown_status_is_shown_as_far_as_it_is_known(
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    our_log: OurLog,
) -> None:
    """A status of a newer Beeper is unknown, named in an attribute, and logged once."""
    for account_id in beeper.accounts:
        beeper.set_status(account_id, "hibernating")
    await poll()
    beeper.set_status(WHATSAPP, "hibernating", status_text="Fast asleep")
    await poll()

    assert state_of("discordgo_status").state == STATE_UNKNOWN
    assert state_of("discordgo_status").attributes["status_text"] == "hibernating"
    assert state_of(f"{WHATSAPP}_status").attributes["status_text"] == "Fast asleep"
    assert state_of("accounts_connected").state == "0"
    [line] = our_log()
    assert line.startswith("WARNING Beeper ")
    assert "'hibernating'" in line


# --- Since when an account is lost


@pytest.mark.parametrize(
    ("statuses", "lost_with"),
    [
        (["disconnected"], 0),
        (["attention_required", "reconnect_required"], 0),
        (["disconnected", "connecting"], 0),
        (["disconnected", "connecting", "connection_required"], 0),
        (["disconnected", "hibernating", "disconnected"], 0),
        (["connecting"], None),
        (["connecting", "disconnected"], 1),
        (["disconnected", "connected"], None),
        (["disconnected", "connected", "connecting"], None),
        (["disconnected", "backfilling", "disconnected"], 2),
        (["disconnected", "disabled"], None),
        (["disconnected", "disabled", "disconnected"], 2),
    ],
)
async def test_lost_since(
    change: Change,
    loaded: MockConfigEntry,
    state_of: StateOf,
    statuses: list[str],
    lost_with: int | None,
) -> None:
    """A loss lasts until messages flow again, or until the account is switched off."""
    await change(WHATSAPP, "connected")

    times: list[str] = []
    for status in statuses:
        await change(WHATSAPP, status)
        times.append(dt_util.utcnow().isoformat(timespec="seconds"))

    assert state_of(f"{WHATSAPP}_status").attributes["lost_since"] == (
        None if lost_with is None else times[lost_with]
    )


async def test_lost_since_is_no_reason_to_write(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, written: list[str]
) -> None:
    """It stands still while the account is lost."""
    for _ in range(3):
        await poll()

    assert [entity_id for entity_id in written if "whatsapp" in entity_id] == []


async def test_lost_since_outlives_an_outage_and_a_reload(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
) -> None:
    """An interruption does not begin a loss anew."""
    since = state_of(f"{WHATSAPP}_status").attributes["lost_since"]

    beeper.inject(Fault(status=502))
    await poll()
    beeper.clear_faults()
    await poll(61)
    assert state_of(f"{WHATSAPP}_status").attributes["lost_since"] == since
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    assert state_of(f"{WHATSAPP}_status").attributes["lost_since"] == since


@pytest.mark.parametrize(
    ("before", "now", "while_starting", "then"),
    [
        ("disconnected", "reconnect_required", "before", "before"),
        ("disconnected", "connecting", "before", "before"),
        ("disconnected", "connected", None, None),
        ("disconnected", "disabled", None, None),
        # New to automations when they are there
        ("connected", "disconnected", None, "now"),
    ],
)
async def test_lost_since_outlives_a_restart(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    change: Change,
    freezer: FrozenDateTimeFactory,
    state_of: StateOf,
    before: str,
    now: str,
    while_starting: str | None,
    then: str | None,
) -> None:
    """Neither does a restart, and no loss is told that has ended."""

    def lost_since() -> str | None:
        since: str | None = state_of(f"{WHATSAPP}_status").attributes["lost_since"]
        return since

    await change(WHATSAPP, before)
    times: dict[str | None, str | None] = {None: None, "before": lost_since()}

    assert await hass.config_entries.async_unload(loaded.entry_id)
    freezer.tick(3600)
    hass.set_state(CoreState.not_running)
    beeper.set_status(WHATSAPP, now)
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    assert lost_since() == times[while_starting]
    await hass.async_start()
    await hass.async_block_till_done()

    times["now"] = dt_util.utcnow().isoformat(timespec="seconds")
    assert lost_since() == times[then]


@pytest.mark.parametrize("left", [{"status": "connected", "held": 5.0}, {}])
async def test_what_another_version_remembered(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    state_of: StateOf,
    our_log: OurLog,
    left: dict[str, object],
) -> None:
    """After an update an account has a status, whatever was stored of it."""
    status = State("sensor.whatsapp_alice_example_status", "connected")
    mock_restore_cache_with_extra_data(hass, [(status, left)])

    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"
    assert our_log() == []


async def test_what_changes_while_a_sensor_is_added(
    hass: HomeAssistant, entry: MockConfigEntry, state_of: StateOf
) -> None:
    """A change that comes before the first state is written is taken back like any."""

    @callback
    def change(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        if event.data["entity_id"] != "sensor.whatsapp_alice_example_status":
            return
        coordinator = entry.runtime_data.coordinator
        answers.append(coordinator.data)
        accounts = coordinator.data.accounts
        changed = replace(accounts[WHATSAPP], status="connected")
        coordinator.async_set_updated_data(
            BeeperData({**accounts, WHATSAPP: changed}, coordinator.data.bridges)
        )

    answers: list[BeeperData] = []
    hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, change)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert state_of(f"{WHATSAPP}_status").state == "connected"

    entry.runtime_data.coordinator.async_set_updated_data(answers[0])

    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


# --- The hub, devices


async def test_hub_counts_accounts(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, state_of: StateOf
) -> None:
    """The hub tells how many accounts are well, how many are not, and which."""
    # connected and backfilling
    assert state_of("accounts_connected").state == "2"
    needing = state_of("accounts_needing_attention")
    assert needing.state == "3"
    assert needing.attributes["accounts"] == [
        "WhatsApp (Alice Example)",
        "Signal (Alice Example)",
        "Slack (Alice Example)",
    ]

    beeper.set_status(WHATSAPP, "connected")
    await poll()

    assert state_of("accounts_connected").state == "3"
    assert state_of("accounts_needing_attention").state == "2"


async def test_account_devices_hang_under_the_hub(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """Each account is a device below the one of Beeper itself."""
    devices = dr.async_get(hass)
    hub = get_device(hass, loaded)
    assert hub.name == "Beeper"
    assert hub.model == "Beeper Desktop"
    assert hub.sw_version
    account = get_device(hass, loaded, f"_{WHATSAPP}")
    assert account.via_device_id == hub.id
    assert (account.name, account.model) == ("WhatsApp (Alice Example)", "WhatsApp")
    assert account.configuration_url == (
        "homeassistant://config/integrations/integration/beeper"
        f"#config_entry={loaded.entry_id}"
    )
    assert len(dr.async_entries_for_config_entry(devices, loaded.entry_id)) == 9


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"id": "@a:b", "fullName": "Example Ltd"}, "Signal (Example Ltd)"),
        ({"id": "@a:b", "username": "@alice"}, "Signal (alice)"),
        (
            {"id": "@a:b", "fullName": "+1 555 555 0100", "username": "alice"},
            "Signal (alice)",
        ),
        ({"id": "@a:b", "fullName": "alice@example.com"}, "Signal"),
        # An address that is still going on where the name is cut
        (
            {"id": "@a:b", "fullName": f"{'A' * 60} alice@{'example' * 20}.com"},
            "Signal",
        ),
        ({"id": "@a:b"}, "Signal"),
        ({"id": "@a:b", "fullName": "A" * 300}, f"Signal ({'A' * 64})"),
    ],
)
async def test_device_names_never_tell_a_phone_number_or_mail_address(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    user: dict[str, str],
    name: str,
) -> None:
    """Networks that know no name give the number instead of it."""
    beeper.add_account(
        {
            "accountID": "new",
            "bridge": {"id": "local-signal", "provider": "local", "type": "signal"},
            "network": "Signal",
            "status": "connected",
            "user": user,
        }
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    device = get_device(hass, entry, "_new")
    assert device.name == name


async def test_network_never_tells_a_phone_number_or_mail_address(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry
) -> None:
    """Nor does a network that is named after whom it belongs to."""
    account = beeper.accounts[WHATSAPP]
    beeper.remove_account(WHATSAPP)
    beeper.add_account(account | {"network": "SMS of +15555550100"})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    device = get_device(hass, entry, f"_{WHATSAPP}")
    assert device.name == "SMS of … (Alice Example)"


@pytest.mark.parametrize(
    ("bridge", "network"),
    [
        ({"id": "local-whatsapp", "provider": "local", "type": "whatsapp"}, "WhatsApp"),
        ({"id": "local-icq", "provider": "local", "type": "icq"}, "icq"),
        (None, "Beeper"),
    ],
)
async def test_network_without_a_name_is_named_after_its_bridge(
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    bridge: dict[str, str] | None,
    network: str,
) -> None:
    """Beeper omits the network it does not know, and before 4.2.785 the bridge."""
    account = {"accountID": "x", "status": "connected", "user": {"id": "@a:b"}}
    answer = [account | ({"bridge": bridge} if bridge else {})]
    beeper.inject(Fault(path="/v1/accounts", body=orjson.dumps(answer)))
    await poll()

    assert state_of("x_status").name == f"{network} Status"
    assert state_of("x_status").attributes["bridge_id"] == (bridge and bridge["id"])


async def test_account_that_beeper_stops_listing_is_unavailable(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, state_of: StateOf
) -> None:
    """An account that is missing is unavailable, and is itself again when it is back."""
    account = beeper.accounts[WHATSAPP]
    beeper.remove_account(WHATSAPP)
    await poll()
    assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE

    beeper.add_account(account)
    await poll()
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


async def test_new_account_appears_without_reload(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
) -> None:
    """An account connected in Beeper is there after the next poll."""
    account = beeper.accounts[WHATSAPP]
    beeper.add_account(account | {"accountID": "new", "status": "connected"})
    await poll()
    assert state_of("new_status").state == "connected"

    # and only once
    await poll()
    assert state_of("new_status").state == "connected"


# --- The login session


async def act(hass: HomeAssistant, action: str, **data: object) -> dict[str, Any]:
    """Run an action and return its response."""
    response: Any = await hass.services.async_call(
        "beeper", action, data, blocking=True, return_response=True
    )
    assert isinstance(response, dict)
    return response


async def test_login_session_is_idle_until_there_is_one(
    loaded: MockConfigEntry, state_of: StateOf
) -> None:
    """Without a session there is nothing to tell but that."""
    state = state_of("login_session")

    assert state.state == "idle"
    assert dict(state.attributes) == {
        "login_session_id": None,
        "friendly_name": "Beeper Login session",
    }


async def test_login_session_tells_what_it_waits_for(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    beeper: Simulator,
    loaded: MockConfigEntry,
    state_of: StateOf,
) -> None:
    """A form, then a code to type, then the end; with all that a dashboard needs."""
    started = dt_util.utcnow()
    session = await act(
        hass,
        "create_login_session",
        bridge_id="local-whatsapp",
        flow_id="phone",
    )
    session_id = session["login_session_id"]
    state = state_of("login_session")
    attributes = {
        name: state.attributes[name]
        for name in state.attributes.keys() - {"friendly_name"}
    }
    assert state.state == "waiting_for_input"
    assert attributes == {
        "login_session_id": session_id,
        "bridge_id": "local-whatsapp",
        "account_id": None,
        "flow_id": "phone",
        "step_id": "fi.mau.whatsapp.login.phone",
        "step_type": "user_input",
        "display_type": None,
        "supported": True,
        "instructions": "",
        "fields": ["phone_number"],
        "error": None,
        "started": started,
        "last_changed": started,
    }

    freezer.tick(7)
    await act(
        hass,
        "submit_login_step",
        login_session_id=session_id,
        fields={"phone_number": "+15555550100"},
    )
    state = state_of("login_session")
    assert state.state == "waiting_for_display"
    assert attributes | {
        "step_id": "fi.mau.whatsapp.login.code",
        "step_type": "display_and_wait",
        "display_type": "code",
        "instructions": "Input the pairing code in the WhatsApp mobile app to log in",
        "fields": [],
        "last_changed": started + timedelta(seconds=7),
    } == {name: state.attributes[name] for name in attributes}

    await act(hass, "cancel_login_session", login_session_id=session_id)
    state = state_of("login_session")
    assert state.state == "cancelled"
    assert state.attributes["step_id"] is None


async def test_contact_details_are_cut_out_of_what_a_login_says(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    state_of: StateOf,
) -> None:
    """Instructions and errors may quote the person, at any length."""
    session = {
        "bridgeID": "local-signal",
        "loginSessionID": "login_1",
        "status": "waiting_for_input",
        "currentStep": {
            "type": "user_input",
            "stepID": "code",
            "fields": [{"id": "code", "type": "2fa_code"}],
            "instructions": "Sent to +1 555 555 0100, alice@example.com" + "x" * 1000,
        },
    }
    failed = {
        "bridgeID": "local-signal",
        "loginSessionID": "login_1",
        "status": "failed",
        "error": {"code": "no", "message": "No +15555550100 here, alice@example.com"},
    }
    beeper.inject(Fault(method="POST", body=orjson.dumps(session)))
    beeper.inject(Fault(method="GET", path="*/login_1", body=orjson.dumps(failed)))

    await act(hass, "create_login_session", bridge_id="local-signal")
    instructions = state_of("login_session").attributes["instructions"]
    await act(hass, "get_login_session", login_session_id="login_1")
    error = state_of("login_session").attributes["error"]

    assert instructions.startswith("Sent to …, …")
    assert len(instructions) <= 255
    assert error == "No … here, …"


async def test_login_session_does_not_survive_a_reload(
    hass: HomeAssistant, loaded: MockConfigEntry, state_of: StateOf
) -> None:
    """Sessions end with their entry, so after a reload there is none."""
    await act(hass, "create_login_session", bridge_id="local-telegram")

    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    assert state_of("login_session").state == "idle"


async def test_login_session_goes_on_while_the_poll_fails(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    state_of: StateOf,
) -> None:
    """It is followed apart from the poll: what is known of it is shown to its end."""
    session = await act(hass, "create_login_session", bridge_id="local-signal")
    beeper.inject(Fault(path="/v1/accounts", status=502))
    await loaded.runtime_data.coordinator.async_refresh()
    assert state_of("accounts_connected").state == STATE_UNAVAILABLE
    assert state_of("login_session").state == "waiting_for_display"

    await act(
        hass, "cancel_login_session", login_session_id=session["login_session_id"]
    )

    assert state_of("login_session").state == STATE_UNAVAILABLE


async def test_login_session_is_unavailable_while_beeper_is(
    beeper: Simulator, loaded: MockConfigEntry, state_of: StateOf
) -> None:
    """Where none runs, nobody knows more of logins than of the rest."""
    await beeper.stop()
    await loaded.runtime_data.coordinator.async_refresh()

    assert state_of("login_session").state == STATE_UNAVAILABLE


async def test_devices_of_others_may_change_and_go(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """Their identifiers can have any number of parts."""
    sun = MockConfigEntry(domain="sun")
    sun.add_to_hass(hass)
    registry = dr.async_get(hass)
    device = registry.async_get_or_create(
        config_entry_id=sun.entry_id,
        identifiers={("sun", "a", "b"), ("sun",)},  # type: ignore[arg-type]  # Home Assistant accepts it
    )

    registry.async_update_device(
        device.id,
        new_identifiers={("sun",), ("sun", "c", "d")},  # type: ignore[arg-type]  # see above
    )
    registry.async_remove_device(device.id)
    await hass.async_block_till_done()

    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


# --- Bridges


@pytest.fixture
async def bridges(hass: HomeAssistant, beeper: Simulator) -> list[dict[str, Any]]:
    """Return the bridges as Beeper answers them."""
    response = await async_get_clientsession(hass).get(
        f"{beeper.url}/v1/bridges", headers={"Authorization": f"Bearer {beeper.token}"}
    )
    items: list[dict[str, Any]] = (await response.json())["items"]
    return items


def answer(bridges: list[dict[str, Any]]) -> Fault:
    """Return the answer that there are these bridges."""
    return Fault(path="/v1/bridges", body=orjson.dumps({"items": bridges}))


@pytest.fixture
def used_before(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have sensors of two bridges in use from before, when they were enabled."""
    for bridge_id, name in (("local-whatsapp", "whatsapp"), ("pigeon", "pigeon")):
        er.async_get(hass).async_get_or_create(
            "sensor",
            "beeper",
            f"{entry.entry_id}_bridge_{bridge_id}_status",
            suggested_object_id=f"beeper_{name}_bridge",
            config_entry=entry,
        )


async def test_bridge_shows_its_status(
    hass: HomeAssistant,
    used_before: None,
    loaded: MockConfigEntry,
    state_of: StateOf,
) -> None:
    """A sensor of a bridge is on the device of Beeper itself; one in use stays so."""
    state = state_of("bridge_local-whatsapp_status")

    assert state.entity_id == "sensor.beeper_whatsapp_bridge"
    assert state.state == "available"
    assert dict(state.attributes) == {
        "bridge_id": "local-whatsapp",
        "bridge_type": "whatsapp",
        "network": "WhatsApp",
        "provider": "local",
        "status_text": None,
        "friendly_name": "Beeper Another WhatsApp account can be connected",
    }
    entity = er.async_get(hass).async_get(state.entity_id)
    assert entity is not None
    assert entity.device_id == get_device(hass, loaded).id
    assert entity.entity_category is EntityCategory.DIAGNOSTIC


async def test_bridges_are_disabled(
    hass: HomeAssistant, loaded: MockConfigEntry, bridges: list[dict[str, Any]]
) -> None:
    """Next to their accounts few people want them; they are there when asked for."""
    registry = er.async_get(hass)
    prefix = f"{loaded.entry_id}_bridge_"
    disabled_by = {
        entity.unique_id.removeprefix(prefix).removesuffix(
            "_status"
        ): entity.disabled_by
        for entity in er.async_entries_for_config_entry(registry, loaded.entry_id)
        if entity.unique_id.startswith(prefix)
    }

    assert disabled_by == {
        bridge["id"]: er.RegistryEntryDisabler.INTEGRATION for bridge in bridges
    }


async def test_what_pickers_and_dashboards_offer(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Only accounts have the device class that pickers filter by.

    Dashboards that Home Assistant makes by itself leave out diagnostic entities.
    """
    entities = er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id)

    assert {
        entity.translation_key
        for entity in entities
        if entity.original_device_class == "enum"
    } == {"status"}
    assert {
        entity.translation_key or entity.original_device_class
        for entity in entities
        if entity.entity_category is None
    } == {"status", "accounts_connected", "accounts_needing_attention", "problem"}


@pytest.mark.parametrize(
    ("status", "state", "text"),
    [
        ("limit_reached", "limit_reached", None),
        ("temporarily_unavailable", "temporarily_unavailable", None),
        ("nesting", STATE_UNKNOWN, "nesting"),
    ],
)
async def test_status_of_a_bridge_follows_beeper(
    beeper: Simulator,
    used_before: None,
    loaded: MockConfigEntry,
    bridges: list[dict[str, Any]],
    poll: Poll,
    state_of: StateOf,
    written: list[str],
    status: str,
    state: str,
    text: str | None,
) -> None:
    """A bridge's status is shown as far as it is known; other bridges do not mind."""
    bridges[1]["status"] = status
    beeper.inject(answer(bridges))
    await poll()

    shown = state_of("bridge_local-whatsapp_status")
    assert (shown.state, shown.attributes["status_text"]) == (state, text)
    assert [entity_id for entity_id in written if entity_id.endswith("_bridge")] == [
        "sensor.beeper_whatsapp_bridge"
    ]


async def test_bridges_come_and_go(
    beeper: Simulator,
    used_before: None,
    loaded: MockConfigEntry,
    bridges: list[dict[str, Any]],
    poll: Poll,
    state_of: StateOf,
) -> None:
    """A new bridge appears without a reload, and one that is gone is unavailable."""
    whatsapp = bridges[1]
    others = [bridge for bridge in bridges if bridge is not whatsapp]
    pigeon = {
        **whatsapp,
        "id": "pigeon",
        "displayName": (
            "Carrier Pigeon, call +1 (555) 555-0100 or, at any time of the day, write to "
            "alice@example.com"
        ),
    }
    beeper.inject(answer([*others, pigeon]))
    await poll()

    assert state_of("bridge_local-whatsapp_status").state == STATE_UNAVAILABLE
    new = state_of("bridge_pigeon_status")
    assert new.attributes["friendly_name"] == (
        "Beeper Another Carrier Pigeon, call … or, at any time of the day, write to …"
        " account can be connected"
    )

    beeper.clear_faults()
    await poll()
    assert state_of("bridge_local-whatsapp_status").state == "available"
    assert state_of("bridge_pigeon_status").state == STATE_UNAVAILABLE


@pytest.mark.parametrize("bridge_id", ["local-whatsapp", "linkedin"])
async def test_bridge_that_is_gone_for_good_loses_its_entity(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    bridges: list[dict[str, Any]],
    poll: Poll,
    bridge_id: str,
) -> None:
    """It goes by the rule for accounts, disabled or not, and is new when it is back."""
    registry = er.async_get(hass)

    def entity_id() -> str | None:
        unique_id = f"{loaded.entry_id}_bridge_{bridge_id}_status"
        return registry.async_get_entity_id("sensor", "beeper", unique_id)

    is_shown = hass.states.get(entity_id() or "") is not None
    others = [bridge for bridge in bridges if bridge["id"] != bridge_id]
    nameless = {"displayName": "Nobody knows which"}
    for answers in ([], [*others, nameless]):
        beeper.inject(answer(answers))
        for _ in range(4):
            await poll(600)
        assert entity_id()
        beeper.clear_faults()
        await poll()

    beeper.inject(answer(others))
    await poll(600)
    await poll(300)
    await poll(280)
    assert entity_id()
    await poll(21)
    assert entity_id() is None
    assert len(registry.entities.get_entries_for_config_entry_id(loaded.entry_id)) > 10

    beeper.clear_faults()
    await poll()
    state = hass.states.get(entity_id() or "")
    assert entity_id()
    assert (state is not None and state.state == "available") is is_shown


async def test_person_removes_the_entity_of_a_bridge_meanwhile(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    bridges: list[dict[str, Any]],
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
    our_log: OurLog,
) -> None:
    """Several go in slices, and another one may be gone when its turn comes."""
    monkeypatch.setattr(slices, "SLICE", 1)
    registry = er.async_get(hass)
    [first, second] = (
        registry.async_get_entity_id(
            "sensor", "beeper", f"{loaded.entry_id}_bridge_{bridge['id']}_status"
        )
        for bridge in bridges[1:3]
    )
    assert first
    assert second
    beeper.inject(answer([bridges[0], *bridges[3:]]))

    @callback
    def remove(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        stop()
        registry.async_remove(second)

    stop = hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, remove)
    for _ in range(4):
        await poll(600)

    assert not {first, second} & registry.entities.keys()
    assert [line.partition(" ")[0] for line in our_log()] == ["INFO"]


async def test_bridge_that_is_back_in_time_keeps_its_entity(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    bridges: list[dict[str, Any]],
    poll: Poll,
) -> None:
    """A person may remove it by hand while it is missing, but not before."""
    registry = er.async_get(hass)

    def entity_id() -> str | None:
        unique_id = f"{loaded.entry_id}_bridge_local-whatsapp_status"
        return registry.async_get_entity_id("sensor", "beeper", unique_id)

    beeper.inject(answer(bridges[2:]))
    await poll(600)
    before = entity_id()
    assert before
    registry.async_remove(before)
    assert entity_id() is None
    beeper.clear_faults()
    await poll()
    assert entity_id()
    for _ in range(4):
        await poll(600)
    assert entity_id()


async def test_status_that_is_new_while_home_assistant_starts(
    hass: HomeAssistant, loaded: MockConfigEntry, change: Change, state_of: StateOf
) -> None:
    """It is shown at once; automations are told when they run."""
    hass.set_state(CoreState.starting)

    await change(WHATSAPP, "connected")

    assert state_of(f"{WHATSAPP}_status").state == "connected"
