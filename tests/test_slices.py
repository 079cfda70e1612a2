"""With hundreds of accounts, Home Assistant goes on with all else in between."""

from collections import Counter
from collections.abc import Callable, Generator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper import slices
from custom_components.beeper.devices import account_devices
from custom_components.beeper.slices import SLICE
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.util.event_type import EventType
from simulator import Simulator

from .conftest import Poll
from .lookup import get_device

MANY = 3 * SLICE + 5
"""Accounts: they take four slices."""

HUB = 12
"""Entities of the hub and of bridges, which are written at once: more than there are."""

EVENTS: tuple[EventType[Any], ...] = (
    EVENT_STATE_CHANGED,
    dr.EVENT_DEVICE_REGISTRY_UPDATED,
    er.EVENT_ENTITY_REGISTRY_UPDATED,
    ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED,
)

type MostAtOnce = Callable[[EventType[Any]], int]


@pytest.fixture
def accounts(beeper: Simulator) -> list[str]:
    """Let Beeper have many accounts that are connected; returns their IDs."""
    model = next(iter(beeper.accounts.values()))
    for account_id in list(beeper.accounts):
        beeper.remove_account(account_id)
    ids = [f"account-{number}" for number in range(MANY)]
    for account_id in ids:
        account = deepcopy(model)
        account["accountID"] = account["loginID"] = account_id
        account["status"] = "connected"
        account["user"] |= {"id": f"@{account_id}:beeper.local"}
        beeper.add_account(account)
    return ids


@pytest.fixture
def most_at_once(hass: HomeAssistant, accounts: list[str]) -> Generator[MostAtOnce]:
    """Return a function that tells how many events of a kind there were at once, at most.

    At once is between two turns of the event loop, in each of which all others have theirs.
    It begins anew each time.
    """
    turn = 0
    is_over = False
    counts: dict[object, Counter[int]] = {kind: Counter() for kind in EVENTS}
    loop = hass.loop

    def next_turn() -> None:
        nonlocal turn
        turn += 1
        if not is_over:
            loop.call_soon(next_turn)

    @callback
    def count(event: Event[Any]) -> None:
        counts[event.event_type][turn] += 1

    def most_at_once(kind: EventType[Any]) -> int:
        most = max(counts[kind].values())
        for counter in counts.values():
            counter.clear()
        return most

    loop.call_soon(next_turn)
    for kind in EVENTS:
        hass.bus.async_listen(kind, count)
    yield most_at_once
    is_over = True


async def test_entities_are_added_in_slices(
    most_at_once: MostAtOnce, accounts: list[str], loaded: MockConfigEntry
) -> None:
    """A start with many accounts does not hold up the start of all else."""
    assert most_at_once(er.EVENT_ENTITY_REGISTRY_UPDATED) <= 2 * SLICE + HUB


async def test_states_are_written_in_slices(
    hass: HomeAssistant,
    beeper: Simulator,
    most_at_once: MostAtOnce,
    accounts: list[str],
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    """All accounts may change at once, be lost at once, and so may Beeper itself."""
    most_at_once(EVENT_STATE_CHANGED)
    for status in ("backfilling", "attention_required", "connected"):
        for account_id in accounts:
            beeper.set_status(account_id, status)
        await poll()
        assert [
            state.state
            for state in hass.states.async_all("sensor")
            if "account_id" in state.attributes
        ] == [status] * MANY
        assert most_at_once(EVENT_STATE_CHANGED) <= 2 * SLICE + HUB

    await beeper.stop()
    await poll()
    assert all(
        state.state == STATE_UNAVAILABLE for state in hass.states.async_all("sensor")
    )
    assert most_at_once(EVENT_STATE_CHANGED) <= 2 * SLICE + HUB


async def test_issues_are_raised_and_cleared_in_slices(
    hass: HomeAssistant,
    beeper: Simulator,
    most_at_once: MostAtOnce,
    accounts: list[str],
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    """Each of many lost accounts has its issue; those are many at once, too."""
    for status, issues in (("attention_required", MANY), ("connected", 0)):
        for account_id in accounts:
            beeper.set_status(account_id, status)
        await poll()
        assert len(ir.async_get(hass).issues) == issues
        assert most_at_once(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED) <= SLICE


async def test_devices_go_in_slices(
    hass: HomeAssistant,
    beeper: Simulator,
    most_at_once: MostAtOnce,
    accounts: list[str],
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    """Home Assistant takes long to remove a device, and the longer the more there are."""
    most_at_once(EVENT_STATE_CHANGED)
    for account_id in accounts[1:]:
        beeper.remove_account(account_id)
    for _ in range(3):
        await poll(600)

    assert list(account_devices(hass, loaded)) == accounts[:1]
    assert most_at_once(dr.EVENT_DEVICE_REGISTRY_UPDATED) <= SLICE


async def test_devices_go_with_their_entry_in_slices(
    hass: HomeAssistant,
    most_at_once: MostAtOnce,
    accounts: list[str],
    loaded: MockConfigEntry,
) -> None:
    """Whoever removes Beeper removes as many devices, of which the hub is the last one."""
    most_at_once(EVENT_STATE_CHANGED)
    assert await hass.config_entries.async_remove(loaded.entry_id)

    assert not dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    assert most_at_once(dr.EVENT_DEVICE_REGISTRY_UPDATED) <= SLICE + 1


async def test_what_happens_while_devices_go_counts(
    hass: HomeAssistant,
    beeper: Simulator,
    accounts: list[str],
    loaded: MockConfigEntry,
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A person removes some by hand before and meanwhile; what is listed again stays."""
    monkeypatch.setattr(slices, "SLICE", 1)
    registry = dr.async_get(hass)
    first, meanwhile, back = (
        get_device(hass, loaded, f"_{accounts[index]}").id for index in (-2, 2, -1)
    )
    account = beeper.accounts[accounts[-1]]
    for account_id in accounts[1:]:
        beeper.remove_account(account_id)
    await poll(600)
    await poll(600)
    registry.async_remove_device(first)

    @callback
    def interfere(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        stop()
        registry.async_remove_device(meanwhile)
        beeper.add_account(account)
        loaded.async_create_background_task(
            hass, loaded.runtime_data.coordinator.async_refresh(), "poll"
        )

    stop = hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, interfere)
    await poll()
    assert registry.async_get(back) is not None

    await poll()
    assert set(account_devices(hass, loaded)) == {accounts[0], accounts[-1]}


async def test_entities_of_what_is_gone_again_are_not_added(
    hass: HomeAssistant,
    beeper: Simulator,
    accounts: list[str],
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    """An account that goes while those are added with which it came is new when it is back."""
    model = beeper.accounts[accounts[0]]
    new = [f"new-{number}" for number in range(MANY)]
    for account_id in new:
        beeper.add_account({**model, "accountID": account_id})
    coordinator = loaded.runtime_data.coordinator
    gone: list[str] = []

    @callback
    def remove(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        stop()
        gone.append(new[-1])
        # The next answer, which comes before the turn of the last ones
        data = coordinator.data
        left = {key: data.accounts[key] for key in data.accounts if key not in gone}
        coordinator.async_set_updated_data(replace(data, accounts=left))

    stop = hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, remove)
    await poll()
    assert sorted(account_devices(hass, loaded)) == sorted({*accounts, *new[:-1]})

    beeper.set_status(accounts[0], "disabled")
    await poll()
    assert sorted(account_devices(hass, loaded)) == sorted({*accounts, *new})
