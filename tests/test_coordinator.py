"""The poll: what it costs, when it happens, and what an outage does and does not do."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.const import MAJOR_VERSION, MINOR_VERSION, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator import Fault, Simulator

from .accounts import RESTLESS, WHATSAPP
from .conftest import Change, OurLog, Poll, StateOf
from .lookup import get_device, get_state

# From 2026.11 on, the name of the device comes before one that a person gives
NAMED_BY_A_PERSON = (
    "WhatsApp (Alice Example) My WhatsApp"
    if (MAJOR_VERSION, MINOR_VERSION) >= (2026, 11)
    else "My WhatsApp"
)

type HasDevice = Callable[[str], bool]
type Interval = Callable[[], float]


@pytest.fixture
def calm(beeper: Simulator) -> None:
    """Bring all accounts into a status that lasts."""
    for account_id in RESTLESS:
        beeper.set_status(account_id, "connected")


@pytest.fixture
def has_device(hass: HomeAssistant, entry: MockConfigEntry) -> HasDevice:
    """Return a function that tells whether an account has a device."""

    def has_device(account_id: str) -> bool:
        identifier = ("beeper", f"{entry.entry_id}_{account_id}")
        registry = dr.async_get(hass)
        device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
        return device is not None

    return has_device


@pytest.fixture
def removed(calm: None, beeper: Simulator, loaded: MockConfigEntry) -> dict[str, Any]:
    """Remove the account of WhatsApp in Beeper, and return it."""
    account = beeper.accounts[WHATSAPP]
    beeper.remove_account(WHATSAPP)
    return account


@pytest.fixture
def interval(loaded: MockConfigEntry) -> Interval:
    """Return a function that tells how many seconds there are until the next poll."""
    coordinator = loaded.runtime_data.coordinator
    return lambda: coordinator.update_interval.total_seconds()


@pytest.fixture
async def never_connected(
    calm: None, interval: Interval, change: Change, poll: Poll
) -> None:
    """Have an account for which Beeper has been polled fast for long enough."""
    await change(WHATSAPP, "connecting")
    await poll(601)
    assert interval() == 15


# --- What a poll costs


@pytest.mark.usefixtures("calm")
async def test_unchanged_poll_touches_nothing(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, written: list[str]
) -> None:
    """An answer equal to the last one is not parsed, and nobody hears of it."""
    coordinator = loaded.runtime_data.coordinator
    data = coordinator.data
    calls: list[int] = []
    loaded.async_on_unload(coordinator.async_add_listener(lambda: calls.append(1)))
    asked = len(beeper.requests)

    for _ in range(3):
        await poll()

    assert [request.path for request in beeper.requests[asked:]] == [
        "/v1/bridges",
        "/v1/accounts",
    ] * 3
    assert (calls, written) == ([], [])
    assert coordinator.data is data


@pytest.mark.usefixtures("calm")
async def test_change_is_written_for_the_changed_account_only(
    loaded: MockConfigEntry, change: Change, written: list[str]
) -> None:
    """With a thousand accounts, one that changes must not write all of them."""
    await change(WHATSAPP, "connecting")

    assert [entity_id for entity_id in written if entity_id.endswith("_status")] == [
        "sensor.whatsapp_alice_example_status"
    ]


@pytest.mark.usefixtures("calm")
async def test_change_of_an_account_writes_nothing_else(
    hass: HomeAssistant, loaded: MockConfigEntry, change: Change, written: list[str]
) -> None:
    """What counts all accounts is written where it counts something else then."""
    await change(WHATSAPP, "connected")
    await change(WHATSAPP, "disconnected")
    written.clear()

    await change(WHATSAPP, "disconnected", "Somewhere else")

    assert sorted(written) == ["sensor.whatsapp_alice_example_status"]

    await change(WHATSAPP, "reconnect_required")
    assert "sensor.beeper_accounts_needing_attention" in written
    assert "binary_sensor.beeper_problem" not in written


# --- When to poll next


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize(
    ("status", "seconds"),
    [
        ("connected", 15),
        ("connecting", 3),
        ("backfilling", 3),
        ("reconnect_required", 15),
        ("disabled", 15),
        ("hibernating", 15),
    ],
)
async def test_polls_fast_while_an_account_is_on_its_way(
    interval: Interval, change: Change, status: str, seconds: int
) -> None:
    """The usual interval is 15 seconds, 3 while something is about to change."""
    await change(WHATSAPP, status)

    assert interval() == seconds


@pytest.mark.usefixtures("calm")
async def test_does_not_poll_fast_for_ever(
    interval: Interval, change: Change, poll: Poll
) -> None:
    """An account that never gets connected is polled fast for ten minutes."""
    await change(WHATSAPP, "connecting")
    await poll(590)
    assert interval() == 3
    await poll(20)
    assert interval() == 15

    # The next time is a new one
    await change(WHATSAPP, "connected")
    await change(WHATSAPP, "connecting")
    assert interval() == 3


@pytest.mark.usefixtures("never_connected")
async def test_each_reason_to_poll_fast_has_its_ten_minutes(
    interval: Interval, change: Change, poll: Poll
) -> None:
    """An account that never gets connected takes nothing away from the next one."""
    await change(RESTLESS[0], "connecting")
    assert interval() == 3
    await poll(601)
    assert interval() == 15


@pytest.mark.usefixtures("never_connected")
async def test_login_is_polled_fast_beside_an_account_that_never_gets_connected(
    hass: HomeAssistant, loaded: MockConfigEntry, interval: Interval
) -> None:
    """Who signs in wants to see at once what comes of it."""
    await hass.services.async_call(
        "beeper", "create_login_session", {"bridge_id": "local-signal"}, blocking=True
    )
    await loaded.runtime_data.coordinator.async_refresh()
    assert interval() == 3


@pytest.mark.usefixtures("calm")
async def test_backs_off_while_beeper_is_away(
    beeper: Simulator, interval: Interval, poll: Poll, state_of: StateOf
) -> None:
    """The longer Beeper is away the less often it is asked; once back, as usual."""
    await beeper.stop()
    intervals = []
    for _ in range(5):
        await poll(61)
        intervals.append(interval())
    assert intervals == [15, 30, 60, 60, 60]

    await beeper.start()
    await poll(61)
    assert interval() == 15
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize(
    ("retry_after", "early", "late"),
    [
        ("120", 118, 3),
        # never more often than without
        ("0", 13, 3),
        ("Mon, 23 Nov 2026 12:05:00 GMT", 240, 50),
        # a date long gone, and no date at all
        ("Mon, 23 Nov 2020 12:05:00 GMT", 13, 3),
        ("soon", 13, 3),
        # an hour at most
        ("99999999", 3590, 11),
    ],
)
async def test_leaves_beeper_alone_for_as_long_as_it_asks(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    beeper: Simulator,
    entry: MockConfigEntry,
    poll: Poll,
    retry_after: str,
    early: float,
    late: float,
) -> None:
    """A Retry-After is honoured, in seconds or as a date."""
    freezer.move_to("2026-11-23 12:00:00+00:00")
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    beeper.inject(Fault(status=429, headers={"Retry-After": retry_after}))
    await poll()
    beeper.clear_faults()
    asked = len(beeper.requests)

    await poll(early)
    assert len(beeper.requests) == asked
    await poll(late)
    assert len(beeper.requests) == asked + 2


# --- Outages


@pytest.mark.usefixtures("loaded")
async def test_outage_is_logged_once_each_way(
    beeper: Simulator, poll: Poll, state_of: StateOf, our_log: OurLog
) -> None:
    """Beeper away: all unavailable and one line. Back: all as before and one line."""
    await beeper.stop()
    for _ in range(3):
        await poll(61)
    assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE
    assert state_of("accounts_connected").state == STATE_UNAVAILABLE
    [away] = our_log()
    assert away == (
        "ERROR Error fetching Beeper (Alice Example) data: Beeper does not answer. "
        "Check that it is running and can be reached from Home Assistant"
    )

    await beeper.start()
    for _ in range(3):
        await poll(61)
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"
    assert our_log() == [away, "INFO Fetching Beeper (Alice Example) data recovered"]


async def test_proxy_that_starts_is_not_a_beeper_that_is_too_old(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry
) -> None:
    """Every Beeper tells who it is; a page that is there a moment later says no more."""
    beeper.inject(Fault(path="/v1/info", status=404, times=1))

    await hass.config_entries.async_setup(entry.entry_id)

    assert entry.error_reason_translation_key == "invalid_response"


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault(drop=0), "does not answer"),
        (Fault(truncate=10), "does not answer"),
        (Fault(path="/v1/bridges", status=404), "too old"),
        (Fault(status=404), "not valid"),
        (Fault(status=429), "too many requests"),
        (Fault(status=500), "internal problem"),
        (Fault(status=502, body=b"<html>"), "internal problem"),
        (Fault(status=418), "not valid"),
        (Fault(redirect="https://example.com/"), "not valid"),
        (Fault(body=b"<html>"), "not valid"),
        (Fault(body=b"[{}]"), "not valid"),
        (Fault(huge=20 * 1024 * 1024), "not valid"),
    ],
)
async def test_bad_answer_is_an_outage_and_nothing_else(
    beeper: Simulator,
    poll: Poll,
    state_of: StateOf,
    our_log: OurLog,
    fault: Fault,
    line: str,
) -> None:
    """Whatever the answer, there is one clear line and full recovery by itself."""
    beeper.inject(fault)
    await poll()
    await poll()
    assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE
    [away] = our_log()
    assert line in away

    beeper.clear_faults()
    await poll(61)
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"
    assert len(our_log()) == 2


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault(drop=0), "does not answer"),
        (Fault(status=503), "internal problem"),
        (Fault(status=401), "not valid"),
        (Fault(body=b"<html>"), "not valid"),
    ],
)
async def test_server_that_does_not_say_it_is_beeper_is_not_a_beeper_that_is_too_old(
    beeper: Simulator, poll: Poll, our_log: OurLog, fault: Fault, line: str
) -> None:
    """Pages are missing at a proxy without its Beeper, too; nobody can update that."""
    beeper.inject(replace(fault, path="/v1/info"))
    beeper.inject(Fault(path="/v1/bridges", status=404))
    await poll()

    [away] = our_log()
    assert line in away


@pytest.mark.usefixtures("loaded")
async def test_answer_that_takes_too_long_is_an_outage(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    beeper: Simulator,
    poll: Poll,
    state_of: StateOf,
) -> None:
    """A Beeper that hangs does not hang Home Assistant."""
    beeper.inject(Fault(delay=3600, times=1))
    request = asyncio.ensure_future(beeper.wait_for_request("/v1/bridges"))
    freezer.tick(16)
    async_fire_time_changed(hass)
    await request
    # the request is under way; now the time it has runs out
    await poll(31)
    assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE

    await poll(61)
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


# --- Tokens


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("status", [401, 403])
async def test_refused_token_asks_for_a_new_one(
    hass: HomeAssistant,
    beeper: Simulator,
    poll: Poll,
    state_of: StateOf,
    our_log: OurLog,
    status: int,
) -> None:
    """A token that was revoked is told from an outage, once."""
    beeper.inject(Fault(path="/v1/bridges", status=status))
    await poll()
    await poll()

    assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    [line] = our_log()
    assert line.startswith("ERROR Error fetching Beeper")


async def test_wrong_token_at_start_asks_for_a_new_one(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry
) -> None:
    """A token revoked while Home Assistant was down is noticed at its start."""
    beeper.revoke(beeper.token)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert entry.state.name == "SETUP_ERROR"
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"


@pytest.mark.usefixtures("loaded")
async def test_beeper_that_is_signed_out_does_not_ask_for_a_token(
    hass: HomeAssistant,
    beeper: Simulator,
    poll: Poll,
    state_of: StateOf,
    our_log: OurLog,
) -> None:
    """When nobody is signed in to Beeper the token is fine, and works again later."""
    beeper.set_app_state("needs-login")
    await poll()
    assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE
    assert "Nobody is signed in to Beeper" in our_log()[0]

    beeper.set_app_state("ready")
    await poll(61)
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"
    assert hass.config_entries.flow.async_progress() == []


# --- Accounts that go


@pytest.mark.usefixtures("removed")
async def test_device_goes_after_three_answers_over_ten_minutes(
    poll: Poll, has_device: HasDevice, our_log: OurLog
) -> None:
    """An account removed in Beeper takes its device along, but not at once."""
    await poll()
    await poll()
    await poll(580)
    assert has_device(WHATSAPP)
    await poll()
    assert not has_device(WHATSAPP)
    assert our_log() == [
        "INFO WhatsApp (Alice Example) was removed from Beeper; removing its device"
    ]


@pytest.mark.usefixtures("removed")
async def test_two_answers_are_too_few_to_remove_a_device(
    poll: Poll, has_device: HasDevice
) -> None:
    """Time alone does not prove that an account is gone."""
    await poll()
    await poll(3600)
    assert has_device(WHATSAPP)
    await poll()
    assert not has_device(WHATSAPP)


@pytest.mark.usefixtures("removed")
async def test_outage_starts_the_count_anew(
    beeper: Simulator, poll: Poll, has_device: HasDevice
) -> None:
    """Answers from before a restart of Beeper do not count after it."""
    await poll()
    await poll(300)
    await beeper.stop()
    await poll(300)
    await beeper.start()
    for _ in range(3):
        await poll(61)
    assert has_device(WHATSAPP)


async def test_account_that_is_back_is_not_counted(
    beeper: Simulator, removed: dict[str, Any], poll: Poll, has_device: HasDevice
) -> None:
    """An account that comes and goes never loses its device."""
    for _ in range(3):
        await poll()
        await poll(590)
        beeper.add_account(removed)
        await poll()
        beeper.remove_account(WHATSAPP)
    assert has_device(WHATSAPP)


@pytest.mark.usefixtures("calm")
async def test_empty_answers_remove_nothing(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    has_device: HasDevice,
) -> None:
    """A Beeper that is starting up lists no account at all, for however long."""
    accounts = list(beeper.accounts.values())
    customised = state_of(f"{WHATSAPP}_status").entity_id
    er.async_get(hass).async_update_entity(customised, name="My WhatsApp")
    for account in accounts:
        beeper.remove_account(account["accountID"])
    for _ in range(5):
        await poll(600)
    assert all(has_device(account["accountID"]) for account in accounts)
    assert get_state(hass, customised).state == STATE_UNAVAILABLE

    for account in accounts:
        beeper.add_account(account)
    await poll()
    assert get_state(hass, customised).state == "reconnect_required"
    assert get_state(hass, customised).name == NAMED_BY_A_PERSON


@pytest.mark.usefixtures("calm")
async def test_half_a_list_after_an_empty_one_removes_nothing(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, has_device: HasDevice
) -> None:
    """A Beeper that took long to start lists its accounts one after the other."""
    accounts = list(beeper.accounts.values())
    for account in accounts:
        beeper.remove_account(account["accountID"])
    await poll()
    await poll(600)
    beeper.add_account(accounts[0])
    for _ in range(4):
        await poll()
    assert all(has_device(account["accountID"]) for account in accounts)


@pytest.mark.usefixtures("calm")
async def test_account_missing_at_start_is_counted_from_there(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    has_device: HasDevice,
) -> None:
    """An account removed while Home Assistant was down takes its device along later."""
    await hass.config_entries.async_unload(loaded.entry_id)
    beeper.remove_account(WHATSAPP)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    assert has_device(WHATSAPP)

    await poll(300)
    await poll(301)
    assert not has_device(WHATSAPP)


async def test_account_that_comes_back_after_its_device_went_is_there_again(
    beeper: Simulator,
    removed: dict[str, Any],
    poll: Poll,
    state_of: StateOf,
    has_device: HasDevice,
) -> None:
    """Connecting the same account again brings its device back without a reload."""
    for _ in range(3):
        await poll(301)
    assert not has_device(WHATSAPP)

    beeper.add_account(removed)
    await poll()
    assert has_device(WHATSAPP)
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


@pytest.mark.usefixtures("calm")
async def test_hub_tells_when_beeper_was_updated(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    """Every answer carries the version, so the device always shows the true one."""
    beeper.set_version("9.9.9")
    await poll()

    hub = get_device(hass, loaded)
    assert hub.sw_version == "9.9.9"
