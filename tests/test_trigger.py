"""The triggers in real automations: what fires them, and what must not."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from itertools import product
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.beeper.api import AccountStatus
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.restore_state import async_get as restore_state
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator, load_scenario

from .accounts import TELEGRAM, WHATSAPP
from .clock import Clock
from .conftest import Change, Poll, Targets
from .lookup import get_device, get_state
from .network_flows import TELEGRAM_CODE, TELEGRAM_PHONE

WHATSAPP_STATUS = "sensor.whatsapp_alice_example_status"
TELEGRAM_STATUS = "sensor.telegram_alice_example_status"
TARGET = {"entity_id": WHATSAPP_STATUS}
FIVE_MINUTES = {"for": "00:05:00"}
TRIGGERS = ("account_connected", "account_disconnected", "account_needs_attention")

HEALTHY = ("connected", "backfilling")
NEEDING = ("connection_required", "reconnect_required", "attention_required")
BACK = {"account_connected"}
LOST = {"account_disconnected"}
NEEDED = {"account_needs_attention"}

type Calls = list[ServiceCall]
type AllLost = Callable[..., Awaitable[Calls]]
type Automate = Callable[..., Awaitable[Calls]]
type Interrupt = Callable[
    [object, Callable[[], Awaitable[None]], str], Awaitable[Calls]
]
type Login = Callable[..., Awaitable[str]]
type Outage = Callable[[str], Awaitable[None]]
type Restart = Callable[..., Awaitable[Calls]]
type Watch = Callable[[str], Awaitable[Calls]]


def group(status: str) -> str:
    """Return which group a status belongs to, as the documentation names them."""
    if status in HEALTHY:
        return "healthy"
    return "needing attention" if status in NEEDING else status


# What fires, by the groups of the status before and now
EXPECTED: Mapping[tuple[str, str], set[str]] = {
    ("healthy", "disconnected"): LOST,
    ("healthy", "needing attention"): LOST | NEEDED,
    ("disconnected", "healthy"): BACK,
    ("disconnected", "needing attention"): NEEDED,
    ("needing attention", "healthy"): BACK,
    ("disabled", "healthy"): BACK,
    ("disabled", "needing attention"): NEEDED,
    # Only for an account that has never been anything else
    ("connecting", "healthy"): BACK,
    ("connecting", "needing attention"): NEEDED,
}

STATUSES = [status.value for status in AccountStatus]
SETTLED = [status for status in STATUSES if status != "connecting"]


def expected(before: str, now: str) -> list[str]:
    """Return the triggers that a change of status fires."""
    return sorted(EXPECTED.get((group(before), group(now)), set()))


def fired(calls: Calls) -> list[str]:
    """Return the IDs of the triggers that fired."""
    return sorted(call.data["trigger"] for call in calls)


def all_triggers(**more: Any) -> list[dict[str, Any]]:
    """Return all triggers for accounts, each with its name as its ID."""
    return [
        {"trigger": f"beeper.{name}", "id": name, "target": TARGET, **more}
        for name in TRIGGERS
    ]


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return a function that sets up an automation and returns its calls to come."""

    async def automate(triggers: object, **more: object) -> Calls:
        calls = async_mock_service(hass, "test", "automation")
        automation = {
            "alias": "Watch",
            "mode": "queued",
            "triggers": triggers,
            "actions": {
                "action": "test.automation",
                "data": {
                    "trigger": "{{ trigger.id }}",
                    "entity": "{{ trigger.entity_id }}",
                },
            },
            **more,
        }
        assert await async_setup_component(
            hass, "automation", {"automation": automation}
        )
        await hass.async_block_till_done()
        return calls

    return automate


@pytest.fixture
def watch(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry, automate: Automate
) -> Watch:
    """Return a function that watches WhatsApp by all triggers, from a status on.

    It returns the calls to come.
    """

    async def watch(status: str) -> Calls:
        beeper.set_status(WHATSAPP, status)
        assert await hass.config_entries.async_setup(entry.entry_id)
        return await automate(all_triggers())

    return watch


@pytest.fixture
def outage(beeper: Simulator, poll: Poll) -> Outage:
    """Return a function by which Beeper is gone and, in another status, back."""

    async def outage(status: str) -> None:
        beeper.inject(Fault(status=502))
        await poll()
        beeper.set_status(WHATSAPP, status)
        beeper.clear_faults()
        await poll(61)

    return outage


@pytest.fixture
def restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    beeper: Simulator,
    entry: MockConfigEntry,
    automate: Automate,
    freezer: FrozenDateTimeFactory,
) -> Restart:
    """Return a function that stops and starts Home Assistant, for the first time.

    Automations are only there from the start on. With `late`, Beeper answers only when
    Home Assistant is running.
    """

    async def restart(
        status: str, triggers: object, *, late: bool = False, said: str | None = None
    ) -> Calls:
        await restore_state(hass).async_dump_states()
        assert await hass.config_entries.async_unload(entry.entry_id)
        for state in hass.states.async_all():
            hass.states.async_remove(state.entity_id)
        await hass.async_block_till_done()
        await restore_state(hass).async_load()
        beeper.set_status(WHATSAPP, status, said)
        freezer.tick(3600)

        hass.set_state(CoreState.not_running)
        calls = await automate(triggers)
        if not late:
            assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_start()
        if late:
            # As a start writes them for entities that are not there
            for entity in er.async_entries_for_config_entry(
                er.async_get(hass), entry.entry_id
            ):
                entity.write_unavailable_state(hass)
            assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        return calls

    return restart


# --- Each status to each other one


@pytest.mark.parametrize(("before", "now"), product(STATUSES, STATUSES))
async def test_change_of_status(
    watch: Watch, change: Change, before: str, now: str
) -> None:
    """A change of status fires just the triggers that the table names."""
    calls = await watch(before)

    await change(WHATSAPP, now)

    assert fired(calls) == expected(before, now)


@pytest.mark.parametrize(("before", "now"), product(SETTLED, STATUSES))
@pytest.mark.parametrize("meanwhile", ["connecting", "hibernating"])
async def test_change_by_way_of_another_status(
    watch: Watch, change: Change, before: str, meanwhile: str, now: str
) -> None:
    """An account that is connecting, or that nobody knows, counts as what it was."""
    calls = await watch(before)

    await change(WHATSAPP, meanwhile)
    await change(WHATSAPP, now)

    assert fired(calls) == expected(before, now)


@pytest.mark.parametrize(("before", "now"), product(SETTLED, STATUSES))
async def test_change_during_an_outage(
    beeper: Simulator, watch: Watch, poll: Poll, before: str, now: str
) -> None:
    """What changed while Beeper was gone is told when it is back; the outage is not."""
    calls = await watch(before)

    beeper.inject(Fault(status=502))
    beeper.set_status(WHATSAPP, now)
    await poll()
    assert calls == []
    beeper.clear_faults()
    await poll(61)

    assert fired(calls) == expected(before, now)


@pytest.mark.parametrize(("before", "now"), product(SETTLED, STATUSES))
@pytest.mark.parametrize("late", [False, True])
async def test_change_while_home_assistant_was_down(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    restart: Restart,
    before: str,
    now: str,
    late: bool,
) -> None:
    """What changed during a restart is told after it, whenever Beeper answers again."""
    beeper.set_status(WHATSAPP, before)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    calls = await restart(now, all_triggers(), late=late)

    assert fired(calls) == expected(before, now)


# --- What is no change


@pytest.fixture
async def lost(loaded: MockConfigEntry, automate: Automate, change: Change) -> Calls:
    """Return the calls of an automation after WhatsApp was lost."""
    await change(WHATSAPP, "connected")
    calls = await automate(all_triggers())
    await change(WHATSAPP, "reconnect_required")
    assert fired(calls) == ["account_disconnected", "account_needs_attention"]
    return calls


async def test_another_text_is_no_change(
    beeper: Simulator, lost: Calls, poll: Poll
) -> None:
    """Beeper wording a status differently fires nothing."""
    beeper.set_status(WHATSAPP, "reconnect_required", status_text="Still logged out")
    await poll()

    assert len(lost) == 2


async def test_reload_is_no_change(
    hass: HomeAssistant, loaded: MockConfigEntry, lost: Calls
) -> None:
    """An entry that is loaded again fires nothing."""
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    assert len(lost) == 2


async def test_change_during_a_reload(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, lost: Calls
) -> None:
    """What changed while the entry was not loaded is told when it is."""
    beeper.set_status(WHATSAPP, "connected")
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    assert [call.data["trigger"] for call in lost[2:]] == ["account_connected"]


async def test_what_was_told_is_not_told_again(lost: Calls, restart: Restart) -> None:
    """A second restart does not repeat what the first one brought."""
    assert len(await restart("connected", all_triggers())) == 1


async def test_account_that_is_back_in_the_list(
    beeper: Simulator, lost: Calls, poll: Poll
) -> None:
    """An account that Beeper did not list for a while has not changed."""
    account = beeper.accounts[WHATSAPP]
    beeper.remove_account(WHATSAPP)
    await poll()
    beeper.add_account(account)
    await poll()

    assert len(lost) == 2


async def test_new_account_is_no_change(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    automate: Automate,
    poll: Poll,
) -> None:
    """An account that is seen for the first time fires nothing."""
    account = beeper.accounts[WHATSAPP]
    calls = await automate(
        [
            {**trigger, "target": {"entity_id": "sensor.whatsapp_example_ltd_2_status"}}
            for trigger in all_triggers()
        ]
    )
    beeper.add_account(
        {
            **account,
            "accountID": "local-whatsapp_new",
            "user": {"id": "new", "fullName": "Example Ltd 2"},
        }
    )
    await poll()

    assert (
        get_state(hass, "sensor.whatsapp_example_ltd_2_status").state
        == "reconnect_required"
    )
    assert calls == []


async def test_state_that_somebody_sets(
    hass: HomeAssistant, loaded: MockConfigEntry, automate: Automate, change: Change
) -> None:
    """An automation can be tried out by setting the state by hand."""
    await change(WHATSAPP, "connected")
    calls = await automate(all_triggers())

    hass.states.async_set(WHATSAPP_STATUS, "disconnected")
    await hass.async_block_till_done()

    assert fired(calls) == ["account_disconnected"]


async def test_state_that_somebody_sets_while_nothing_is_loaded(
    hass: HomeAssistant, loaded: MockConfigEntry, automate: Automate
) -> None:
    """Even then nothing breaks."""
    calls = await automate(all_triggers())
    assert await hass.config_entries.async_unload(loaded.entry_id)

    for status in ("connecting", "disconnected", "connected"):
        hass.states.async_set(WHATSAPP_STATUS, status)
        await hass.async_block_till_done()

    assert fired(calls) == ["account_connected"]


# --- What Beeper says on accounts that are connected

UNSEEN = "Your phone was not seen for 12 days"
WARNED = {"trigger": "beeper.account_warned", "id": "account_warned", "target": TARGET}


@pytest.fixture
async def warned(loaded: MockConfigEntry, automate: Automate, change: Change) -> Calls:
    """Return the calls of an automation after Beeper has said something on WhatsApp."""
    await change(WHATSAPP, "connected")
    calls = await automate([WARNED])
    await change(WHATSAPP, "connected", UNSEEN)
    assert [call.data["entity"] for call in calls] == [WHATSAPP_STATUS]
    calls.clear()
    return calls


@pytest.mark.parametrize(
    ("said", "fires"),
    [(UNSEEN, False), ("", False), (None, False), ("Your phone is off", True)],
)
async def test_other_words_on_a_connected_account(
    warned: Calls, change: Change, said: str | None, fires: bool
) -> None:
    """Words that are the same, or that are gone, are no warning."""
    await change(WHATSAPP, "connected", said)

    assert bool(warned) == fires


@pytest.mark.parametrize("status", ["connecting", "backfilling"])
async def test_words_on_the_way_are_no_warning(
    warned: Calls, change: Change, status: str
) -> None:
    """They tell how far it is; when it is over, those from before are not new."""
    await change(WHATSAPP, status, "Fetching messages…")
    await change(WHATSAPP, "connected", UNSEEN)

    assert warned == []


@pytest.mark.parametrize("status", [*NEEDING, "disconnected", "disabled"])
async def test_words_on_a_lost_account_are_no_warning(
    warned: Calls, change: Change, status: str
) -> None:
    """Once the account is back, words are new."""
    await change(WHATSAPP, status, "Logged out")
    assert warned == []

    await change(WHATSAPP, "connected", UNSEEN)

    assert len(warned) == 1


@pytest.mark.parametrize(
    ("said", "fires"), [(UNSEEN, False), (None, False), ("Your phone is off", True)]
)
@pytest.mark.parametrize("interruption", ["outage", "reload", "restart", "late"])
@pytest.mark.parametrize("days", [0, 2])
async def test_words_after_an_interruption(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    beeper: Simulator,
    warned: Calls,
    poll: Poll,
    restart: Restart,
    interruption: str,
    days: int,
    said: str | None,
    fires: bool,
) -> None:
    """Only those are a warning then that are new since, however long it is connected."""
    await poll(days * 86_400)
    if interruption == "outage":
        beeper.inject(Fault(status=502))
        await poll()
        beeper.set_status(WHATSAPP, "connected", said)
        beeper.clear_faults()
        await poll(61)
    elif interruption == "reload":
        beeper.set_status(WHATSAPP, "connected", said)
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done()
    else:
        late = interruption == "late"
        warned = await restart("connected", [WARNED], said=said, late=late)

    assert bool(warned) == fires


async def test_words_on_an_account_that_is_new(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry, automate: Automate
) -> None:
    """Nobody knows since when Beeper says so."""
    calls = await automate([WARNED])
    beeper.set_status(WHATSAPP, "connected", UNSEEN)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert calls == []


async def test_only_accounts_have_warnings(
    hass: HomeAssistant, loaded: MockConfigEntry, automate: Automate
) -> None:
    """Other sensors of Beeper that are targets are passed over."""
    calls = await automate(
        [{**WARNED, "target": {"entity_id": "sensor.beeper_login_session"}}]
    )

    hass.states.async_set(
        "sensor.beeper_login_session", "connected", {"status_text": "x"}
    )
    await hass.async_block_till_done()

    assert calls == []


# --- For how long


@pytest.fixture
async def waiting(loaded: MockConfigEntry, automate: Automate, change: Change) -> Calls:
    """Return the calls of an automation that waits since WhatsApp was lost."""
    await change(WHATSAPP, "connected")
    calls = await automate(all_triggers(options=FIVE_MINUTES))
    await change(WHATSAPP, "disconnected")
    assert calls == []
    return calls


async def test_fires_after_it_lasted(waiting: Calls, poll: Poll) -> None:
    """An account that was lost for five minutes fires then, not earlier."""
    await poll(298)
    assert waiting == []
    await poll(3)

    assert fired(waiting) == ["account_disconnected"]


async def test_recovery_in_time(waiting: Calls, change: Change, poll: Poll) -> None:
    """An account that is back in time was never lost."""
    await poll(250)
    await change(WHATSAPP, "connected")
    await poll(250)
    await change(WHATSAPP, "disconnected")
    await poll(250)

    assert waiting == []


async def test_tries_to_connect_do_not_start_it_anew(
    waiting: Calls, change: Change
) -> None:
    """An account that tries in vain is lost all the time."""
    for _ in range(11):
        await change(WHATSAPP, "connecting")
        await change(WHATSAPP, "disconnected")

    assert fired(waiting) == ["account_disconnected"]


async def test_outage_starts_it_anew(
    waiting: Calls, outage: Outage, poll: Poll
) -> None:
    """Nobody knows what happened during an outage, so the time begins after it."""
    for _ in range(4):
        await poll(200)
        await outage("disconnected")
    assert waiting == []
    await poll(301)

    assert fired(waiting) == ["account_disconnected"]


async def test_outage_afterwards(waiting: Calls, outage: Outage, poll: Poll) -> None:
    """What has fired does not fire again after an outage, however short it lasts then."""
    await poll(301)
    for _ in range(2):
        await outage("disconnected")
    await poll(301)

    assert fired(waiting) == ["account_disconnected"]


async def test_connecting_after_an_outage(
    waiting: Calls, outage: Outage, change: Change, poll: Poll
) -> None:
    """A Beeper that was restarted connects at first; what stays lost is told."""
    await outage("connecting")
    await change(WHATSAPP, "disconnected")
    await poll(301)

    assert fired(waiting) == ["account_disconnected"]


@pytest.mark.parametrize("late", [False, True])
async def test_restart_starts_it_anew(
    waiting: Calls, restart: Restart, poll: Poll, late: bool
) -> None:
    """What was lost shortly before a restart is told after it, once it lasted."""
    calls = await restart("disconnected", all_triggers(options=FIVE_MINUTES), late=late)
    assert calls == []
    await poll(301)

    assert fired(calls) == ["account_disconnected"]


async def test_restart_afterwards(waiting: Calls, restart: Restart, poll: Poll) -> None:
    """What has fired does not fire again after a restart."""
    await poll(301)
    calls = await restart("disconnected", all_triggers(options=FIVE_MINUTES))
    await poll(301)

    assert calls == []


# --- Of what


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("kind", ["entity_id", "device_id", "area_id", "label_id"])
async def test_target(
    automate: Automate, change: Change, targets: Targets, kind: str
) -> None:
    """The account can be meant by its sensor, its device, an area or a label."""
    target = {kind: targets(WHATSAPP_STATUS)[kind]}
    await change(WHATSAPP, "connected")
    await change(TELEGRAM, "connected")
    calls = await automate({"trigger": "beeper.account_disconnected", "target": target})

    await change(TELEGRAM, "disconnected")
    await change(WHATSAPP, "disconnected")

    assert [call.data["entity"] for call in calls] == [WHATSAPP_STATUS]


async def another_account(
    hass: HomeAssistant, beeper: Simulator, poll: Poll, *, area_id: str | None = None
) -> str:
    """Connect another account, and return the entity ID of its sensor."""
    account = {
        **beeper.accounts[WHATSAPP],
        "accountID": "local-whatsapp_new",
        "status": "connected",
        "user": {"id": "new", "fullName": "Bob Example"},
    }
    beeper.add_account(account)
    await poll()
    entity = er.async_get(hass).async_get("sensor.whatsapp_bob_example_status")
    assert entity is not None
    assert entity.device_id is not None
    dr.async_get(hass).async_update_device(entity.device_id, area_id=area_id)
    await hass.async_block_till_done()
    return entity.entity_id


@pytest.mark.parametrize(
    "kind", ["device_id", "area_id", "label_id", "nothing", "no target", "empty list"]
)
async def test_all_accounts_are_meant(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    automate: Automate,
    targets: Targets,
    change: Change,
    poll: Poll,
    kind: str,
) -> None:
    """Beeper's own device, and no target, mean all accounts, later ones too."""
    await change(WHATSAPP, "connected")
    own = targets("sensor.beeper_accounts_connected")
    none: dict[str, dict[str, Any]] = {
        "nothing": {"target": {}},
        "no target": {},
        "empty list": {"target": {"entity_id": []}},
    }
    chosen = none.get(kind, {"target": {kind: own.get(kind)}})
    calls = await automate({"trigger": "beeper.account_disconnected", **chosen})
    new = await another_account(hass, beeper, poll)

    await change(WHATSAPP, "disconnected")
    await change("local-whatsapp_new", "disconnected")

    assert [call.data["entity"] for call in calls] == [WHATSAPP_STATUS, new]


async def test_accounts_in_an_area_of_their_own(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    automate: Automate,
    targets: Targets,
    change: Change,
    poll: Poll,
) -> None:
    """The area of Beeper does not mean an account that was put into another one."""
    await change(WHATSAPP, "connected")
    area_id = targets("sensor.beeper_accounts_connected")["area_id"]
    calls = await automate(
        {"trigger": "beeper.account_disconnected", "target": {"area_id": area_id}}
    )
    kitchen = ar.async_get(hass).async_create("Kitchen")
    await another_account(hass, beeper, poll, area_id=kitchen.id)

    await change("local-whatsapp_new", "disconnected")
    await change(WHATSAPP, "disconnected")

    assert [call.data["entity"] for call in calls] == [WHATSAPP_STATUS]


NOT_AN_ACCOUNT = [
    "sensor.beeper_login_session",
    "sensor.beeper_accounts_connected",
    "sensor.beeper_whatsapp_bridge",
    "binary_sensor.whatsapp_alice_example_connectivity",
    "sensor.of_others",
    "sensor.other",
    "group.accounts",
]


@pytest.fixture
def others(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Have sensors that are no accounts; returns the ID of a device of others."""
    entities = er.async_get(hass)
    entities.async_get_or_create(
        "sensor",
        "beeper",
        f"{entry.entry_id}_bridge_local-whatsapp_status",
        suggested_object_id="beeper_whatsapp_bridge",
        config_entry=entry,
    )
    entities.async_get_or_create("sensor", "demo", "1", suggested_object_id="of_others")
    hass.states.async_set("sensor.other", "connected")
    other = MockConfigEntry(domain="demo")
    other.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("demo", "1")}, name="Television"
    )
    return device.id


type Refusal = Callable[..., Awaitable[str | None]]


@pytest.fixture
def refusal(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Refusal:
    """Return a function that asks as the editor does why a trigger cannot be used."""

    async def refusal(trigger: str, **target: str) -> str | None:
        client = await hass_ws_client()
        await client.send_json_auto_id(
            {
                "type": "validate_config",
                "triggers": {"trigger": f"beeper.{trigger}", "target": target},
            }
        )
        checked = (await client.receive_json())["result"]["triggers"]
        assert checked["valid"] == (checked["error"] is None)
        error: str | None = checked["error"]
        return error

    return refusal


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("entity_id", NOT_AN_ACCOUNT)
async def test_what_is_no_account_is_refused(
    others: str, loaded: MockConfigEntry, refusal: Refusal, trigger: str, entity_id: str
) -> None:
    """Neither sensors of others nor our other ones are accounts; it says so by name."""
    assert await refusal(trigger, entity_id=entity_id) == (
        f"{entity_id} is not the status sensor of an account. Select one that is."
    )
    assert await refusal(trigger, entity_id=WHATSAPP_STATUS) is None


async def test_refusal_is_in_the_language_of_home_assistant(
    hass: HomeAssistant, others: str, loaded: MockConfigEntry, refusal: Refusal
) -> None:
    """Who reads it is the one who has chosen the wrong thing."""
    hass.config.language = "de"

    assert await refusal("account_connected", entity_id="sensor.other") == (
        "sensor.other ist nicht der Statussensor eines Kontos. Wähle einen Statussensor."
    )


async def test_device_of_others_is_refused(
    hass: HomeAssistant, others: str, loaded: MockConfigEntry, refusal: Refusal
) -> None:
    """It has no accounts, and never will. What is not there may come.

    A Beeper that never answered has no device at all.
    """
    MockConfigEntry(domain="beeper").add_to_hass(hass)
    for trigger in (*TRIGGERS, "login_waiting"):
        error = await refusal(trigger, device_id=others)
        assert error is not None
        assert error.startswith("The device Television cannot be used here.")
        assert await refusal(trigger, device_id="not_there") is None


async def test_what_is_not_there_yet_is_not_refused(
    loaded: MockConfigEntry, refusal: Refusal
) -> None:
    """An automation may be there before its account."""
    assert await refusal("account_connected", entity_id="sensor.new_status") is None


@pytest.mark.parametrize(
    ("behavior", "lost"),
    [
        ("each", [WHATSAPP_STATUS, TELEGRAM_STATUS]),
        ("first", [WHATSAPP_STATUS]),
        ("all", [TELEGRAM_STATUS]),
    ],
)
async def test_behavior(
    loaded: MockConfigEntry,
    automate: Automate,
    change: Change,
    behavior: str,
    lost: list[str],
) -> None:
    """It can be about each account, the first of several, or all of them."""
    await change(WHATSAPP, "connected")
    await change(TELEGRAM, "connected")
    calls = await automate(
        {
            "trigger": "beeper.account_disconnected",
            "target": {"entity_id": [WHATSAPP_STATUS, TELEGRAM_STATUS]},
            "options": {"behavior": behavior},
        }
    )

    await change(WHATSAPP, "disconnected")
    await change(WHATSAPP, "connecting")
    await change(TELEGRAM, "reconnect_required")

    assert [call.data["entity"] for call in calls] == lost


# --- A login that waits


@pytest.fixture
def login(hass: HomeAssistant, loaded: MockConfigEntry, clock: Clock) -> Login:
    """Return a function that acts on a login session and returns its ID."""

    async def login(action: str = "create_login_session", **data: Any) -> str:
        session: Any = await hass.services.async_call(
            "beeper", action, data, blocking=True, return_response=True
        )
        await clock.run()
        session_id: str = session["login_session_id"]
        return session_id

    return login


def login_trigger(**options: Any) -> dict[str, Any]:
    """Return the trigger of a login that waits."""
    return {
        "trigger": "beeper.login_waiting",
        "id": "login_waiting",
        "target": {"entity_id": "sensor.beeper_login_session"},
        "options": options,
    }


async def test_login_can_be_meant_in_several_ways(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    automate: Automate,
    targets: Targets,
    login: Login,
) -> None:
    """By its sensor, by what Beeper's device is in, or by nothing."""
    chosen: list[dict[str, Any]] = [
        {},
        *({key: it} for key, it in targets("sensor.beeper_login_session").items()),
    ]
    calls = await automate([login_trigger() | {"target": target} for target in chosen])

    await login(bridge_id="local-signal")

    assert len(calls) == len(chosen) == 5


async def test_what_shows_no_login_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, refusal: Refusal
) -> None:
    """An account shows no login."""
    error = await refusal("login_waiting", entity_id=WHATSAPP_STATUS)
    assert error is not None
    assert error.startswith(f"{WHATSAPP_STATUS} is not the Login session sensor")
    device = get_device(hass, loaded, f"_{WHATSAPP}")
    assert await refusal("login_waiting", device_id=device.id) is not None


@pytest.fixture
async def asked(loaded: MockConfigEntry, automate: Automate) -> Calls:
    """Return the calls of an automation for whatever a login waits for."""
    return await automate(login_trigger())


async def test_login_waits_for_each_new_step(
    beeper: Simulator, asked: Calls, login: Login
) -> None:
    """It fires with each thing that is asked for, a wrong answer included."""
    session_id = await login(bridge_id="local-telegram", flow_id="phone")
    assert len(asked) == 1
    await login(
        "submit_login_step",
        login_session_id=session_id,
        fields={TELEGRAM_PHONE.field: "+15555550100"},
    )
    assert len(asked) == 2
    await login(
        "submit_login_step",
        login_session_id=session_id,
        fields={TELEGRAM_CODE.field: "00000"},
    )
    assert len(asked) == 3
    right = beeper.phone.codes(session_id)
    await login("submit_login_step", login_session_id=session_id, fields=right)

    assert len(asked) == 3


async def test_rotating_code_is_no_new_step(
    beeper: Simulator, asked: Calls, login: Login, clock: Clock
) -> None:
    """It fires once for a QR code, however often that is replaced."""
    session_id = await login(bridge_id="local-signal")
    beeper.phone.rotate(session_id)
    await clock.run(5)

    assert len(asked) == 1


async def test_login_after_an_outage(
    beeper: Simulator, asked: Calls, login: Login, clock: Clock
) -> None:
    """A login that still waits after an outage asks for nothing new."""
    await login(bridge_id="local-telegram", flow_id="phone")

    beeper.inject(Fault(status=502))
    await clock.run(20)
    beeper.clear_faults()
    await clock.run(61)

    assert len(asked) == 1


@pytest.mark.parametrize(
    ("step_type", "times"),
    [
        (["user_input"], 1),
        ("user_input", 1),
        (["cookies", "display_and_wait"], 0),
        (["cookies", "user_input"], 1),
    ],
)
async def test_step_type(
    automate: Automate, login: Login, step_type: object, times: int
) -> None:
    """It can be about some kinds of steps only."""
    calls = await automate(login_trigger(step_type=step_type))

    await login(bridge_id="local-telegram", flow_id="phone")

    assert len(calls) == times


@pytest.mark.parametrize("step_type", [[], "complete"])
async def test_step_type_that_nobody_waits_at(
    hass: HomeAssistant, loaded: MockConfigEntry, automate: Automate, step_type: object
) -> None:
    """An automation that could never run is refused."""
    await automate(login_trigger(step_type=step_type))

    assert get_state(hass, "automation.watch").state == "unavailable"


async def test_step_of_a_login_that_goes_on_during_an_outage(
    beeper: Simulator, asked: Calls, login: Login, clock: Clock
) -> None:
    """What a login asks for while the poll gets no answer is told at once."""
    session_id = await login(
        bridge_id="local-telegram", flow_id="qr", account_id=TELEGRAM
    )

    beeper.inject(Fault(status=502, path="/v1/accounts"))
    await clock.run(20)
    beeper.phone.scan(session_id)
    await clock.run(5)

    assert len(asked) == 2


async def test_login_that_begins_during_an_outage(
    beeper: Simulator, asked: Calls, login: Login, clock: Clock
) -> None:
    """A login that can be started although the poll gets no answer is told as well."""
    beeper.inject(Fault(status=502, path="/v1/accounts"))
    await clock.run(20)

    await login(bridge_id="local-signal")

    assert len(asked) == 1


async def test_login_that_somebody_sets(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    automate: Automate,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A state without the attributes of a login breaks nothing."""
    calls = await automate(login_trigger(step_type="user_input"))

    hass.states.async_set("sensor.beeper_login_session", "waiting_for_input")
    await hass.async_block_till_done()

    assert calls == []
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


# --- Interruptions


def lost_trigger(entity_id: object, **options: object) -> dict[str, Any]:
    """Return the trigger of accounts that are lost."""
    return {
        "trigger": "beeper.account_disconnected",
        "target": {"entity_id": entity_id},
        "options": options,
    }


INTERRUPTIONS = ("outage", "reload", "restart", "late restart")


@pytest.fixture(params=INTERRUPTIONS)
def interrupt(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    automate: Automate,
    outage: Outage,
    restart: Restart,
) -> Interrupt:
    """Return a function that interrupts what triggers watch.

    It does what comes before the interruption, and returns the calls that come after.
    """

    async def interrupt(
        triggers: object, before: Callable[[], Awaitable[None]], now: str
    ) -> Calls:
        if "restart" in request.param:
            await before()
            return await restart(now, triggers, late=request.param == "late restart")
        calls = await automate(triggers)
        await before()
        calls.clear()
        if request.param == "outage":
            await outage(now)
            return calls
        beeper: Simulator = request.getfixturevalue("beeper")
        beeper.set_status(WHATSAPP, now)
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        return calls

    return interrupt


@pytest.mark.parametrize(
    ("past", "again"),
    [
        # Told long ago, then worse in other words
        (
            [("connected", 0), ("reconnect_required", 400), ("attention_required", 0)],
            [],
        ),
        ([("connected", 0), ("disconnected", 400), ("reconnect_required", 0)], NEEDED),
        ([("disconnected", 0), ("backfilling", 400), ("connected", 0)], []),
        ([("connected", 400), ("backfilling", 0)], []),
        # Waited, then went on waiting in other words
        (
            [("connected", 0), ("disconnected", 0), ("reconnect_required", 0)],
            LOST | NEEDED,
        ),
        ([("connected", 0), ("disconnected", 0), ("connecting", 0)], LOST),
        ([("disconnected", 0), ("backfilling", 0), ("connected", 0)], BACK),
        # In all, it has lasted
        (
            [("connected", 0), ("disconnected", 200), ("attention_required", 200)],
            NEEDED,
        ),
        ([("disconnected", 0), ("backfilling", 200), ("connected", 200)], []),
        # Never waited
        ([("connected", 0)], []),
        ([("disconnected", 0)], []),
        ([("reconnect_required", 0)], []),
        ([("disabled", 0), ("disconnected", 0)], []),
        ([("disabled", 0), ("reconnect_required", 0)], NEEDED),
        ([("reconnect_required", 0), ("disconnected", 0)], []),
    ],
)
async def test_wait_that_is_interrupted(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    change: Change,
    poll: Poll,
    interrupt: Interrupt,
    past: list[tuple[str, float]],
    again: set[str],
) -> None:
    """What waited before an interruption does so again; nothing else does."""
    beeper.set_status(WHATSAPP, past[0][0])
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    async def before() -> None:
        for status, seconds in past:
            await change(WHATSAPP, status)
            await poll(seconds)

    calls = await interrupt(all_triggers(options=FIVE_MINUTES), before, past[-1][0])
    assert calls == []
    await poll(301)

    assert fired(calls) == sorted(again)


LONG, SHORTLY, MEANWHILE, BACK_MEANWHILE, NEVER = PASTS = (
    "lost for long",
    "lost shortly before",
    "lost meanwhile",
    "back meanwhile",
    "never lost",
)


def expected_of_two(pasts: tuple[str, str], told: set[str]) -> dict[str, int]:
    """Return how often each behavior fires after an interruption.

    `told` are the pasts that have fired before it.
    """
    lost = [past for past in pasts if past in (LONG, SHORTLY, MEANWHILE)]
    new = [past for past in lost if past not in told]
    return {
        "each": len(new),
        "first": int(bool(new) and new == lost),
        "all": int(bool(new) and len(lost) == len(pasts)),
    }


@pytest.mark.parametrize("pasts", product(PASTS, PASTS))
async def test_two_accounts_and_an_interruption(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    interrupt: Interrupt,
    pasts: tuple[str, str],
) -> None:
    """Accounts that come back one by one count as what they were until they do."""
    past = dict(zip((WHATSAPP, TELEGRAM), pasts, strict=True))

    async def become(status: str, *which: str) -> None:
        for account_id, its_past in past.items():
            if its_past in which:
                beeper.set_status(account_id, status)

    async def before() -> None:
        await become("connected", *PASTS)
        await poll()
        await become("disconnected", LONG, BACK_MEANWHILE)
        await poll()
        await poll(301)
        await become("disconnected", SHORTLY)
        await poll()
        await become("disconnected", MEANWHILE)
        await become("connected", BACK_MEANWHILE)

    calls = await interrupt(
        [
            {
                "id": f"{behavior}{' after a while' if options else ''}",
                **lost_trigger(
                    [WHATSAPP_STATUS, TELEGRAM_STATUS], behavior=behavior, **options
                ),
            }
            for behavior in ("each", "first", "all")
            for options in ({}, FIVE_MINUTES)
        ],
        before,
        "disconnected" if pasts[0] in (LONG, SHORTLY, MEANWHILE) else "connected",
    )
    at_once = Counter(fired(calls))
    calls.clear()
    await poll(301)

    assert at_once == Counter(expected_of_two(pasts, told={LONG, SHORTLY}))
    assert Counter(fired(calls)) == Counter(
        {
            f"{behavior} after a while": times
            for behavior, times in expected_of_two(pasts, told={LONG}).items()
        }
    )


@pytest.fixture
def all_lost(loaded: MockConfigEntry, automate: Automate, change: Change) -> AllLost:
    """Return a function that watches whether all of some accounts are lost."""

    async def all_lost(*entity_ids: str) -> Calls:
        await change(WHATSAPP, "connected")
        await change(TELEGRAM, "connected")
        return await automate(lost_trigger(list(entity_ids), behavior="all"))

    return all_lost


async def test_all_without_those_of_a_beeper_that_is_away(
    hass: HomeAssistant, all_lost: AllLost, change: Change
) -> None:
    """A Beeper that is gone, for how long ever, does not keep `all` from firing."""
    async with Simulator(load_scenario("home")) as other:
        entry = MockConfigEntry(
            domain="beeper", data={CONF_URL: other.url, CONF_ACCESS_TOKEN: other.token}
        )
        entry.add_to_hass(hass)
        other.set_status(WHATSAPP, "connected")
        assert await hass.config_entries.async_setup(entry.entry_id)
        calls = await all_lost(WHATSAPP_STATUS, f"{WHATSAPP_STATUS}_2")
        await change(WHATSAPP, "disconnected")
        assert calls == []

        other.inject(Fault(status=502))
        # By the time that it counts as gone, it was asked twice
        await change(WHATSAPP, "connected")
        await change(WHATSAPP, "disconnected")
        await change(WHATSAPP, "connected")
        assert get_state(hass, f"{WHATSAPP_STATUS}_2").state == "unavailable"
        await change(WHATSAPP, "disconnected")
        assert len(calls) == 2

        await change(WHATSAPP, "connected")
        assert await hass.config_entries.async_unload(entry.entry_id)
        await change(WHATSAPP, "disconnected")
        assert len(calls) == 3


async def test_all_with_one_that_was_deleted(
    hass: HomeAssistant, all_lost: AllLost, change: Change
) -> None:
    """Who sets its state by hand says nothing of an account."""
    calls = await all_lost(WHATSAPP_STATUS, TELEGRAM_STATUS)
    er.async_get(hass).async_remove(TELEGRAM_STATUS)
    await hass.async_block_till_done()
    hass.states.async_set(TELEGRAM_STATUS, "connecting")

    await change(WHATSAPP, "disconnected")

    assert [call.data["entity"] for call in calls] == [WHATSAPP_STATUS]


async def test_all_with_one_that_is_not_listed(
    beeper: Simulator, all_lost: AllLost, change: Change, poll: Poll
) -> None:
    """An account that a Beeper that starts up does not list yet is what it was."""
    calls = await all_lost(WHATSAPP_STATUS, TELEGRAM_STATUS)
    account = beeper.accounts[TELEGRAM]
    beeper.remove_account(TELEGRAM)
    await poll()

    await change(WHATSAPP, "disconnected")
    assert calls == []
    beeper.add_account({**account, "status": "disconnected"})
    await poll()

    assert [call.data["entity"] for call in calls] == [TELEGRAM_STATUS]


@pytest.mark.parametrize(("before", "fires"), [("connected", False), (None, True)])
async def test_all_with_one_that_nobody_knows(
    beeper: Simulator,
    entry: MockConfigEntry,
    hass: HomeAssistant,
    change: Change,
    automate: Automate,
    before: str | None,
    fires: bool,
) -> None:
    """A status of a newer Beeper counts as the one before, where there was one."""
    beeper.set_status(WHATSAPP, "connected")
    beeper.set_status(TELEGRAM, before or "hibernating")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await change(TELEGRAM, "hibernating")
    calls = await automate(
        lost_trigger([WHATSAPP_STATUS, TELEGRAM_STATUS], behavior="all")
    )

    await change(WHATSAPP, "disconnected")

    assert bool(calls) == fires


async def test_first_goes_on_without_the_others(
    beeper: Simulator,
    loaded: MockConfigEntry,
    automate: Automate,
    change: Change,
    poll: Poll,
) -> None:
    """What happens to the other accounts does not stop the time of the first."""
    await change(WHATSAPP, "connected")
    await change(TELEGRAM, "connected")
    calls = await automate(
        lost_trigger(
            [WHATSAPP_STATUS, TELEGRAM_STATUS], behavior="first", **FIVE_MINUTES
        )
    )
    await change(WHATSAPP, "disconnected")

    beeper.remove_account(TELEGRAM)
    await poll(250)
    assert calls == []
    await poll(51)

    assert [call.data["entity"] for call in calls] == [WHATSAPP_STATUS]


async def test_account_that_gets_another_entity_id_during_an_outage(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    automate: Automate,
    change: Change,
    poll: Poll,
) -> None:
    """It is still the same account, so what happened meanwhile is told."""
    await change(WHATSAPP, "connected")
    calls = await automate(lost_trigger("sensor.my_whatsapp"))

    beeper.inject(Fault(status=502))
    await poll()
    er.async_get(hass).async_update_entity(
        WHATSAPP_STATUS, new_entity_id="sensor.my_whatsapp"
    )
    await hass.async_block_till_done()
    beeper.set_status(WHATSAPP, "disconnected")
    beeper.clear_faults()
    await poll(61)

    assert [call.data["entity"] for call in calls] == ["sensor.my_whatsapp"]
