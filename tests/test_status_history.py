"""What is stored of an account's history, and whatever else may stand in its place."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers.restore_state import STORAGE_KEY, async_get as restore_state
from homeassistant.util import dt as dt_util
from simulator import Simulator

from .accounts import WHATSAPP
from .conftest import Change, StateOf

type Stored = dict[str, Any]
type Break = Callable[[Stored], object]


def _stay(stored: Stored) -> Stored:
    """Return what is stored of the time in which an account is lost."""
    stay: Stored = stored["stays"]["lost"]
    return stay


def _changed(change: Callable[[Stored], object]) -> Break:
    """Return a function that changes what is stored, and returns all of it."""

    def changed(stored: Stored) -> Stored:
        change(stored)
        return stored

    return changed


BROKEN: Mapping[str, Break] = {
    "list": lambda _: [1, 2],
    "text": lambda _: "reconnect_required",
    "number": lambda _: 7,
    "nothing": lambda _: None,
    "empty": lambda _: {},
    "without a status": _changed(lambda stored: stored.pop("status")),
    "without stays": _changed(lambda stored: stored.pop("stays")),
    "more than there is": _changed(lambda stored: stored.update(more=1)),
    "status of another type": _changed(lambda stored: stored.update(status=[1])),
    "status of another version": _changed(lambda stored: stored.update(status="gone")),
    "stays in a list": _changed(lambda stored: stored.update(stays=[])),
    "group of another version": _changed(
        lambda stored: stored["stays"].update(gone=_stay(stored))
    ),
    "stay without a time": _changed(lambda stored: _stay(stored).pop("since")),
    "stay without an origin": _changed(lambda stored: _stay(stored).pop("came_from")),
    "time that is none": _changed(lambda stored: _stay(stored).update(since="soon")),
    "time as a number": _changed(lambda stored: _stay(stored).update(since=1)),
    "naive time": _changed(
        lambda stored: _stay(stored).update(since="2026-07-01T12:00:00")
    ),
    "time in the year 9999": _changed(
        lambda stored: _stay(stored).update(since="9999-12-31T23:59:59-12:00")
    ),
    "time before there was UTC": _changed(
        lambda stored: _stay(stored).update(since="0001-01-01T00:00:00+14:00")
    ),
    "negative length": _changed(lambda stored: _stay(stored).update(held=-1)),
    "length as text": _changed(lambda stored: _stay(stored).update(held="long")),
}


@pytest.fixture
async def stored(
    hass: HomeAssistant,
    hass_storage: Stored,
    loaded: MockConfigEntry,
    change: Change,
    freezer: FrozenDateTimeFactory,
) -> Stored:
    """Return what Home Assistant has stored of an account that is lost."""
    await change(WHATSAPP, "connected")
    await change(WHATSAPP, "reconnect_required")
    assert await hass.config_entries.async_unload(loaded.entry_id)
    await restore_state(hass).async_dump_states()
    freezer.tick(3600)
    [entity] = [
        entity
        for entity in hass_storage[STORAGE_KEY]["data"]
        if entity["state"]["entity_id"] == "sensor.whatsapp_alice_example_status"
    ]
    assert isinstance(entity, dict)
    return entity


async def test_history_is_kept(
    hass: HomeAssistant, loaded: MockConfigEntry, stored: Stored, state_of: StateOf
) -> None:
    """An account stays lost since it was."""
    await restore_state(hass).async_load()
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()

    state = state_of(f"{WHATSAPP}_status")
    assert state is not None
    since = dt_util.parse_datetime(state.attributes["lost_since"], raise_on_error=True)
    assert (dt_util.utcnow() - since).total_seconds() == pytest.approx(3600, abs=2)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_anything_else_is_passed_over(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    stored: Stored,
    state_of: StateOf,
    caplog: pytest.LogCaptureFixture,
    broken: Break,
) -> None:
    """The sensor is there, with a history that begins now."""
    stored["extra_data"] = broken(deepcopy(stored["extra_data"]))
    await restore_state(hass).async_load()
    caplog.clear()
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()

    state = state_of(f"{WHATSAPP}_status")
    assert state is not None
    assert state.state == "reconnect_required"
    since = dt_util.parse_datetime(state.attributes["lost_since"], raise_on_error=True)
    assert (dt_util.utcnow() - since).total_seconds() < 2
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


async def test_clock_that_was_ahead(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    stored: Stored,
    state_of: StateOf,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A computer without a clock of its own may start in the past; nothing is lost."""
    await restore_state(hass).async_load()
    freezer.tick(-3600 - 86_400)
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()

    state = state_of(f"{WHATSAPP}_status")
    assert state is not None
    since = dt_util.parse_datetime(state.attributes["lost_since"], raise_on_error=True)
    assert (since - dt_util.utcnow()).total_seconds() == pytest.approx(86_400, abs=2)
