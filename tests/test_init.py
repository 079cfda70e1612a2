"""Set-up, unload, reload and removal of an entry and its devices."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION, STATE_UNAVAILABLE
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles
from simulator import Fault, Simulator

from .accounts import WHATSAPP
from .clock import Clock
from .conftest import OurLog, Poll, StateOf
from .lookup import get_device, state_of_entry


async def test_unload_leaves_nothing_behind(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
) -> None:
    """An unloaded entry asks nothing, listens to nothing and runs nothing."""
    coordinator = loaded.runtime_data.coordinator
    assert await hass.config_entries.async_unload(loaded.entry_id)
    await hass.async_block_till_done()
    asked = len(beeper.requests)

    await poll(3600)

    assert loaded.state is ConfigEntryState.NOT_LOADED
    assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE
    assert len(beeper.requests) == asked
    assert list(coordinator.async_contexts()) == []
    assert not [
        task for task in asyncio.all_tasks() if "Beeper (Alice" in task.get_name()
    ]


async def test_reload_brings_back_the_same_entities(
    hass: HomeAssistant, loaded: MockConfigEntry, poll: Poll, state_of: StateOf
) -> None:
    """After a reload every entity is the one it was, and there is none twice."""
    registry = er.async_get(hass)
    before = er.async_entries_for_config_entry(registry, loaded.entry_id)

    for _ in range(3):
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done()
    await poll()

    assert er.async_entries_for_config_entry(registry, loaded.entry_id) == before
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


OBEYS_RETRY_AFTER = (MAJOR_VERSION, MINOR_VERSION) >= (2026, 11)
"""Whether Home Assistant itself waits as long as a Beeper asks for at set-up."""


@pytest.mark.parametrize(
    ("retry_after", "early", "late"), [("120", 115, 10), ("99999999", 3590, 20)]
)
async def test_leaves_beeper_alone_at_set_up_for_an_hour_at_most(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    poll: Poll,
    retry_after: str,
    early: float,
    late: float,
) -> None:
    """A Retry-After counts as long at set-up as later on."""
    beeper.inject(Fault(status=429, headers={"Retry-After": retry_after}))
    assert not await hass.config_entries.async_setup(entry.entry_id)
    beeper.clear_faults()

    await poll(early)
    is_waiting = entry.state is ConfigEntryState.SETUP_RETRY
    assert is_waiting == OBEYS_RETRY_AFTER
    await poll(late)
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    "fault",
    [
        Fault(drop=0),
        Fault(path="/v1/info", status=404),
        Fault(path="/v1/info", body=b"hello"),
        Fault(path="/v1/accounts", status=500),
        Fault(path="/v1/bridges", status=404),
    ],
)
async def test_set_up_is_tried_again_until_beeper_answers(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    fault: Fault,
) -> None:
    """Home Assistant may start before Beeper does."""
    beeper.inject(fault)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason

    beeper.clear_faults()
    await poll(61)
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_poll_that_ends_after_the_unload_is_the_last_one(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    status: int,
) -> None:
    """Whatever Beeper says to an entry that is gone by then."""
    beeper.inject(Fault(path="/v1/bridges", status=status, delay=3))
    polling = hass.async_create_task(loaded.runtime_data.coordinator.async_refresh())
    await beeper.wait_for_request("/v1/bridges")
    unloading = hass.async_create_task(
        hass.config_entries.async_unload(loaded.entry_id)
    )
    await clock.run(10)
    assert polling.done()
    assert await unloading

    assert not [
        argument
        for timer in get_scheduled_timer_handles(hass.loop)
        if not timer.cancelled()
        for argument in timer._args or ()  # noqa: SLF001  # the job that it runs
        if isinstance(argument, HassJob) and "Beeper" in str(argument.name)
    ]


async def test_removed_entry_takes_its_devices_along(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Removing the integration leaves no device or entity behind."""
    assert await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()

    assert not dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    assert not er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id)


@pytest.mark.parametrize(
    ("identifier", "listed", "success"),
    [
        (f"_{WHATSAPP}", True, False),
        (f"_{WHATSAPP}", False, True),
        ("", True, False),
    ],
    ids=["account in Beeper", "account gone from Beeper", "hub"],
)
async def test_person_can_delete_the_device_of_an_account_that_is_gone(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    identifier: str,
    listed: bool,
    success: bool,
) -> None:
    """One need not wait for ten minutes; what Beeper still has would only come back."""
    assert await async_setup_component(hass, "config", {})
    if not listed:
        beeper.remove_account(WHATSAPP)
        await poll()
    registry = dr.async_get(hass)
    device = get_device(hass, loaded, identifier)

    client = await hass_ws_client(hass)
    response = await client.remove_device(device.id)

    assert response["success"] is success
    assert (registry.async_get(device.id) is None) is success
    await poll()
    await poll(601)
    await poll()


async def test_device_cannot_be_deleted_while_nobody_knows_whether_it_is_gone(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
) -> None:
    """Beeper is away since Home Assistant started; the person is told so."""
    assert await async_setup_component(hass, "config", {})
    registry = dr.async_get(hass)
    device = get_device(hass, loaded, f"_{WHATSAPP}")
    await beeper.stop()
    await hass.config_entries.async_reload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.SETUP_RETRY

    client = await hass_ws_client(hass)
    response = await client.remove_device(device.id)

    assert response["error"]["code"] == "home_assistant_error"
    assert "rejected by integration" in response["error"]["message"]
    assert registry.async_get(device.id)


@pytest.mark.usefixtures("pause")
@pytest.mark.parametrize("fault", [Fault(drop=10), Fault(status=502)])
async def test_unload_does_not_wait_for_a_second_try(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    our_log: OurLog,
    fault: Fault,
) -> None:
    """A poll that is about to be tried once more ends with the entry, without a word."""
    beeper.inject(fault)
    asked = len(beeper.requests)
    while len(beeper.requests) == asked:
        await clock.run(1)

    unloading = hass.async_create_task(
        hass.config_entries.async_unload(loaded.entry_id)
    )
    await clock.run()
    assert unloading.done()
    await clock.run(60)

    assert len(beeper.requests) == asked + 1
    assert our_log() == []
