"""The triggers in real automations: what fires them, and what must not."""

from collections.abc import Awaitable, Callable, Mapping
from itertools import product
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.beeper.api import AccountStatus
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.restore_state import StoredState, async_get as restore_state
from homeassistant.setup import async_setup_component
from homeassistant.util.json import json_loads
from simulator import Fault, Simulator

from .clock import Clock
from .conftest import Poll

WHATSAPP = "local-whatsapp_ba_rG7f0Jc4mQ9zYw"
TELEGRAM = "local-telegram_ba_Kd83hsTq0aLwX2"
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

type Automate = Callable[..., Awaitable[list[ServiceCall]]]
type Restart = Callable[..., Awaitable[list[ServiceCall]]]
type Change = Callable[..., Awaitable[None]]


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


def fired(calls: list[ServiceCall]) -> list[str]:
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

    async def automate(triggers: object, **more: object) -> list[ServiceCall]:
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
def change(beeper: Simulator, poll: Poll) -> Change:
    """Return a function that changes the status of WhatsApp and lets it be seen."""

    async def change(status: str, account_id: str = WHATSAPP) -> None:
        beeper.set_status(account_id, status)
        await poll()

    return change


@pytest.fixture
def outage(beeper: Simulator, poll: Poll) -> Callable[..., Awaitable[None]]:
    """Return a function by which Beeper is gone and, in another status, back."""

    async def outage(status: str, seconds: float = 61) -> None:
        beeper.inject(Fault(status=502))
        await poll()
        beeper.set_status(WHATSAPP, status)
        beeper.clear_faults()
        await poll(seconds)

    return outage


@pytest.fixture
def restart(
    hass: HomeAssistant,
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
        status: str, triggers: object, *, late: bool = False
    ) -> list[ServiceCall]:
        kept = [
            json_loads(json_dumps(state.as_dict()))
            for state in restore_state(hass).async_get_stored_states()
        ]
        assert await hass.config_entries.async_unload(entry.entry_id)
        for state in hass.states.async_all():
            hass.states.async_remove(state.entity_id)
        await hass.async_block_till_done()
        restore_state(hass).last_states = {
            state["state"]["entity_id"]: StoredState.from_dict(state) for state in kept
        }
        beeper.set_status(WHATSAPP, status)
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
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    automate: Automate,
    change: Change,
    before: str,
    now: str,
) -> None:
    """A change of status fires just the triggers that the table names."""
    beeper.set_status(WHATSAPP, before)
    assert await hass.config_entries.async_setup(entry.entry_id)
    calls = await automate(all_triggers())

    await change(now)

    assert fired(calls) == expected(before, now)


@pytest.mark.parametrize(("before", "now"), product(SETTLED, STATUSES))
@pytest.mark.parametrize("meanwhile", ["connecting", "hibernating"])
async def test_change_by_way_of_another_status(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    automate: Automate,
    change: Change,
    before: str,
    meanwhile: str,
    now: str,
) -> None:
    """An account that is connecting, or that nobody knows, counts as what it was."""
    beeper.set_status(WHATSAPP, before)
    assert await hass.config_entries.async_setup(entry.entry_id)
    calls = await automate(all_triggers())

    await change(meanwhile)
    await change(now)

    assert fired(calls) == expected(before, now)


@pytest.mark.parametrize(("before", "now"), product(SETTLED, STATUSES))
async def test_change_during_an_outage(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    automate: Automate,
    outage: Change,
    before: str,
    now: str,
) -> None:
    """What changed while Beeper was gone is told when it is back; the outage is not."""
    beeper.set_status(WHATSAPP, before)
    assert await hass.config_entries.async_setup(entry.entry_id)
    calls = await automate(all_triggers())

    await outage(now)

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
async def lost(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    automate: Automate,
    change: Change,
) -> list[ServiceCall]:
    """Return the calls of an automation after WhatsApp was lost."""
    await change("connected")
    calls = await automate(all_triggers())
    await change("reconnect_required")
    assert fired(calls) == ["account_disconnected", "account_needs_attention"]
    return calls


async def test_another_text_is_no_change(
    beeper: Simulator, lost: list[ServiceCall], poll: Poll
) -> None:
    """Beeper wording a status differently fires nothing."""
    beeper.set_status(WHATSAPP, "reconnect_required", status_text="Still logged out")
    await poll()

    assert len(lost) == 2


async def test_reload_is_no_change(
    hass: HomeAssistant, loaded: MockConfigEntry, lost: list[ServiceCall]
) -> None:
    """An entry that is loaded again fires nothing."""
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    assert len(lost) == 2


async def test_change_during_a_reload(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    lost: list[ServiceCall],
) -> None:
    """What changed while the entry was not loaded is told when it is."""
    beeper.set_status(WHATSAPP, "connected")
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    assert [call.data["trigger"] for call in lost[2:]] == ["account_connected"]


async def test_what_was_told_is_not_told_again(
    lost: list[ServiceCall], restart: Restart
) -> None:
    """A second restart does not repeat what the first one brought."""
    assert len(await restart("connected", all_triggers())) == 1


async def test_account_that_is_back_in_the_list(
    beeper: Simulator, lost: list[ServiceCall], poll: Poll
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
        hass.states.get("sensor.whatsapp_example_ltd_2_status").state
        == "reconnect_required"
    )
    assert calls == []


async def test_state_that_somebody_sets(
    hass: HomeAssistant, loaded: MockConfigEntry, automate: Automate, change: Change
) -> None:
    """An automation can be tried out by setting the state by hand."""
    await change("connected")
    calls = await automate(all_triggers())

    hass.states.async_set(WHATSAPP_STATUS, "disconnected")
    await hass.async_block_till_done()

    assert fired(calls) == ["account_disconnected"]


async def test_state_that_somebody_sets_while_nothing_is_loaded(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    automate: Automate,
) -> None:
    """Even then nothing breaks."""
    calls = await automate(all_triggers())
    assert await hass.config_entries.async_unload(loaded.entry_id)

    for status in ("connecting", "disconnected", "connected"):
        hass.states.async_set(WHATSAPP_STATUS, status)
        await hass.async_block_till_done()

    assert fired(calls) == ["account_connected"]


# --- For how long


@pytest.fixture
async def waiting(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    automate: Automate,
    change: Change,
) -> list[ServiceCall]:
    """Return the calls of an automation that waits since WhatsApp was lost."""
    await change("connected")
    calls = await automate(all_triggers(options=FIVE_MINUTES))
    await change("disconnected")
    assert calls == []
    return calls


async def test_fires_after_it_lasted(waiting: list[ServiceCall], poll: Poll) -> None:
    """An account that was lost for five minutes fires then, not earlier."""
    await poll(298)
    assert waiting == []
    await poll(3)

    assert fired(waiting) == ["account_disconnected"]


async def test_recovery_in_time(
    waiting: list[ServiceCall], change: Change, poll: Poll
) -> None:
    """An account that is back in time was never lost."""
    await poll(250)
    await change("connected")
    await poll(250)
    await change("disconnected")
    await poll(250)

    assert waiting == []


async def test_tries_to_connect_do_not_start_it_anew(
    waiting: list[ServiceCall], change: Change
) -> None:
    """An account that tries in vain is lost all the time."""
    for _ in range(11):
        await change("connecting")
        await change("disconnected")

    assert fired(waiting) == ["account_disconnected"]


async def test_outage_starts_it_anew(
    waiting: list[ServiceCall], outage: Change, poll: Poll
) -> None:
    """Nobody knows what happened during an outage, so the time begins after it."""
    for _ in range(4):
        await poll(200)
        await outage("disconnected")
    assert waiting == []
    await poll(301)

    assert fired(waiting) == ["account_disconnected"]


async def test_outage_afterwards(
    waiting: list[ServiceCall], outage: Change, poll: Poll
) -> None:
    """What has fired does not fire again after an outage, however short it lasts then."""
    await poll(301)
    await outage("disconnected")
    await outage("disconnected")
    await poll(301)

    assert fired(waiting) == ["account_disconnected"]


async def test_connecting_after_an_outage(
    waiting: list[ServiceCall], outage: Change, change: Change, poll: Poll
) -> None:
    """A Beeper that was restarted connects at first; what stays lost is told."""
    await outage("connecting")
    await change("disconnected")
    await poll(301)

    assert fired(waiting) == ["account_disconnected"]


@pytest.mark.parametrize("late", [False, True])
async def test_restart_starts_it_anew(
    waiting: list[ServiceCall], restart: Restart, poll: Poll, late: bool
) -> None:
    """What was lost shortly before a restart is told after it, once it lasted."""
    calls = await restart("disconnected", all_triggers(options=FIVE_MINUTES), late=late)
    assert calls == []
    await poll(301)

    assert fired(calls) == ["account_disconnected"]


async def test_restart_afterwards(
    waiting: list[ServiceCall], restart: Restart, poll: Poll
) -> None:
    """What has fired does not fire again after a restart."""
    await poll(301)
    calls = await restart("disconnected", all_triggers(options=FIVE_MINUTES))
    await poll(301)

    assert calls == []


# --- Of what


@pytest.mark.parametrize("kind", ["entity", "device", "area", "label"])
async def test_target(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    automate: Automate,
    change: Change,
    kind: str,
) -> None:
    """The account can be meant by its sensor, its device, an area or a label."""
    entity = er.async_get(hass).async_get(WHATSAPP_STATUS)
    area = ar.async_get(hass).async_create("Office")
    label = lr.async_get(hass).async_create("Chats")
    dr.async_get(hass).async_update_device(
        entity.device_id, area_id=area.id, labels={label.label_id}
    )
    ids = {
        "entity": entity.entity_id,
        "device": entity.device_id,
        "area": area.id,
        "label": label.label_id,
    }
    await change("connected")
    await change("connected", TELEGRAM)
    calls = await automate(
        {
            "trigger": "beeper.account_disconnected",
            "target": {f"{kind}_id": ids[kind]},
        }
    )

    await change("disconnected", TELEGRAM)
    await change("disconnected")

    assert [call.data["entity"] for call in calls] == [WHATSAPP_STATUS]


async def test_other_entities_are_nothing_to_it(
    hass: HomeAssistant, loaded: MockConfigEntry, automate: Automate
) -> None:
    """Neither sensors of others nor our other ones are accounts."""
    hass.states.async_set("sensor.other", "connected")
    entity_ids = [
        "sensor.other",
        "sensor.beeper_login_session",
        "binary_sensor.whatsapp_alice_example_connectivity",
    ]
    calls = await automate(
        [{**trigger, "target": {"entity_id": entity_ids}} for trigger in all_triggers()]
    )

    for entity_id in entity_ids:
        hass.states.async_set(entity_id, "connected")
        hass.states.async_set(entity_id, "disconnected")
    await hass.async_block_till_done()

    assert calls == []


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
    await change("connected")
    await change("connected", TELEGRAM)
    calls = await automate(
        {
            "trigger": "beeper.account_disconnected",
            "target": {"entity_id": [WHATSAPP_STATUS, TELEGRAM_STATUS]},
            "options": {"behavior": behavior},
        }
    )

    await change("disconnected")
    await change("connecting")
    await change("reconnect_required", TELEGRAM)

    assert [call.data["entity"] for call in calls] == lost


# --- A login that waits


@pytest.fixture
def login(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, clock: Clock
) -> Callable[..., Awaitable[str]]:
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


async def test_login_waits_for_each_new_step(
    beeper: Simulator, automate: Automate, login: Callable[..., Awaitable[str]]
) -> None:
    """It fires with each thing that is asked for, a wrong answer included."""
    calls = await automate(login_trigger())

    session_id = await login(bridge_id="local-telegram", flow_id="phone")
    assert len(calls) == 1
    await login(
        "submit_login_step",
        login_session_id=session_id,
        fields={"phone_number": "+15555550100"},
    )
    assert len(calls) == 2
    await login(
        "submit_login_step", login_session_id=session_id, fields={"code": "00000"}
    )
    assert len(calls) == 3
    code = beeper.phone.codes(session_id)["code"]
    await login("submit_login_step", login_session_id=session_id, fields={"code": code})

    assert len(calls) == 3


async def test_rotating_code_is_no_new_step(
    beeper: Simulator,
    automate: Automate,
    login: Callable[..., Awaitable[str]],
    clock: Clock,
) -> None:
    """It fires once for a QR code, however often that is replaced."""
    calls = await automate(login_trigger())

    session_id = await login(bridge_id="local-signal")
    beeper.phone.rotate(session_id)
    await clock.run(5)

    assert len(calls) == 1


async def test_login_after_an_outage(
    beeper: Simulator,
    automate: Automate,
    login: Callable[..., Awaitable[str]],
    clock: Clock,
) -> None:
    """A login that still waits after an outage asks for nothing new."""
    calls = await automate(login_trigger())
    await login(bridge_id="local-telegram", flow_id="phone")

    beeper.inject(Fault(status=502))
    await clock.run(20)
    beeper.clear_faults()
    await clock.run(61)

    assert len(calls) == 1


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
    automate: Automate,
    login: Callable[..., Awaitable[str]],
    step_type: object,
    times: int,
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

    assert hass.states.get("automation.watch").state == "unavailable"
