"""Random attacks of each kind that have tests of their own elsewhere, a few seconds each.

JSON bodies are tried in `test_any_answer.py`, pasted texts in `login/pasted`.
"""

from collections.abc import Mapping
from datetime import timedelta
import json
import logging
from typing import Any

from hypothesis import HealthCheck, example, given, settings, strategies as st
import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.account_outages import AccountOutages
from custom_components.beeper.api import Account, User
from custom_components.beeper.beeper_data import BeeperData
from custom_components.beeper.distinct_names import DistinctNames
from custom_components.beeper.names import account_name
from custom_components.beeper.status_history import GROUPS, StatusHistory
from custom_components.beeper.texts import has_contact_details
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator

from .api.test_any_answer import Json, any_json
from .test_any_answer import exceptions, states_of

in_one_home_assistant = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# --- Raw HTTP

NAMES = st.sampled_from(
    [
        b"Content-Length",
        b"Transfer-Encoding",
        b"Content-Encoding",
        b"Content-Type",
        b"Location",
        b"Retry-After",
        b"Connection",
        b"Upgrade",
        b"Set-Cookie",
        b"X-Beeper-Desktop-Version",
    ]
) | st.binary(max_size=20)
VALUES = st.sampled_from(
    [
        b"0",
        b"-1",
        b"5, 6",
        b"99999999999999999999",
        b"chunked",
        b"gzip",
        b"br",
        b"gzip, chunked",
        b"application/json; charset=utf-7",
        b"text/html",
        b"//[",
        b"Thu, 99 Foo 99999 99:99:99 GMT",
        b"close",
        b"x" * 9_000,
    ]
) | st.binary(max_size=30)
STATUS_LINES = st.builds(
    lambda version, status, reason: b"%b %b %b" % (version, status, reason),
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"HTTP/", b""]),
    st.sampled_from([b"200", b"100", b"101", b"204", b"304", b"401", b"999", b"-1"])
    | st.binary(max_size=5),
    st.sampled_from([b"OK", b""]) | st.binary(max_size=20),
)
BODIES = st.sampled_from(
    [b"[]", b"5\r\n[]\r\n", b"FFFFFFFFFF\r\n", b"-1\r\n[]", b"\x1f\x8b\x08\x00", b""]
) | st.binary(max_size=60)


@st.composite
def raw_answers(draw: st.DrawFn) -> bytes:
    """Return bytes that begin like an answer, and go on somehow."""
    headers = draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))
    end = draw(st.sampled_from([b"\r\n", b"\n", b"\r"]))
    lines = [draw(STATUS_LINES), *(b"%b: %b" % header for header in headers)]
    answer = end.join([*lines, b"", draw(BODIES)])
    return answer[: draw(st.integers(0, len(answer)) | st.just(len(answer)))]


@in_one_home_assistant
@given(
    raw=raw_answers() | st.binary(max_size=200),
    path=st.sampled_from(["/v1/accounts", "/v1/bridges"]),
)
async def test_any_bytes_for_an_answer_are_an_outage_or_an_answer(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    raw: bytes,
    path: str,
) -> None:
    """Entities come back with the next good one, and no exception is logged."""
    caplog.set_level(logging.INFO)
    coordinator = loaded.runtime_data.coordinator
    before = states_of(hass)

    beeper.inject(Fault(path=path, raw=raw))
    await coordinator.async_refresh()
    await hass.async_block_till_done()
    beeper.clear_faults()
    await coordinator.async_refresh()
    await hass.async_block_till_done()

    after = states_of(hass)
    assert {entity_id: after[entity_id] for entity_id in before} == before
    assert exceptions(caplog) == []


# --- What is stored

STORED_TIME = st.datetimes().map(lambda time: f"{time.isoformat()}+00:00") | any_json
STORED_STAY = st.fixed_dictionaries(
    {"came_from": st.sampled_from(["connected", "disconnected"]) | any_json},
    optional={
        "since": STORED_TIME,
        "held": st.floats() | any_json,
    },
)
STORED_HISTORY = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["connected", "disconnected"]) | any_json,
        "stays": st.dictionaries(
            st.sampled_from(sorted(GROUPS)) | st.text(max_size=5), STORED_STAY
        )
        | any_json,
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stored=STORED_HISTORY | any_json)
@example(stored={"status": "connected", "stays": {"lost": {"held": float("nan")}}})
def test_any_stored_history_is_taken_or_passed_over(stored: object) -> None:
    """What is made of it can be stored again, and read."""
    history = StatusHistory()
    history.restore(stored)
    history.show("disconnected")
    history.show(None)
    history.show("connected")

    kept = orjson.loads(orjson.dumps(history.as_dict()))
    assert kept["status"] == "connected"
    again = StatusHistory()
    again.restore(kept)
    assert again.as_dict() == kept


def forgotten(**members: object) -> object:
    """Return what is stored of outages that are only counted."""
    month = dt_util.as_utc(dt_util.start_of_local_day().replace(day=1))
    nothing = {"since": month.isoformat(), "count": 0, "seconds": 0}
    return {"outages": [], "forgotten": nothing | members}


STORED_OUTAGE = st.tuples(STORED_TIME, STORED_TIME | st.none()) | any_json

STORED_OUTAGES = st.fixed_dictionaries(
    {
        "outages": st.lists(STORED_OUTAGE, max_size=3) | any_json,
        "forgotten": st.fixed_dictionaries(
            {
                "since": STORED_TIME,
                "count": st.integers() | any_json,
                "seconds": st.integers() | any_json,
            }
        )
        | any_json,
    }
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stored=STORED_OUTAGES | any_json)
@example(stored=forgotten(count=10**30))
@example(stored=forgotten(seconds=10**30))
def test_any_stored_outages_are_taken_or_passed_over(stored: object) -> None:
    """What is made of them can be counted, stored again, and read."""
    outages = AccountOutages()
    outages.restore(stored)
    outages.end()
    assert outages.begin()
    assert outages.of_month(dt_util.utcnow()).lost >= timedelta()

    kept = orjson.loads(orjson.dumps(outages.as_dict()))
    again = AccountOutages()
    again.restore(kept)
    assert again.as_dict() == kept


def as_stored(value: object) -> Any:
    """Return a value as it comes back from a file; numbers beyond 64 bits as others."""
    return orjson.loads(json.dumps(value))


@settings(in_one_home_assistant, max_examples=25)
@given(
    marks=st.dictionaries(st.text(max_size=5), any_json, max_size=3) | any_json,
    data=st.fixed_dictionaries(
        {},
        optional={
            name: any_json | st.floats(allow_nan=False, allow_infinity=False)
            for name in ("client_id", "expires_at", "expires_in", "user_id")
        },
    ),
)
async def test_any_stored_data_leads_to_an_entry_that_is_loaded(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    marks: Json,
    data: Mapping[str, object],
) -> None:
    """Others may change it, and so may a disk."""
    caplog.set_level(logging.INFO)
    before = dict(loaded.data)
    await hass.config_entries.async_unload(loaded.entry_id)
    hass_storage[f"beeper.{loaded.entry_id}"] = {
        "version": 1,
        "minor_version": 1,
        "key": f"beeper.{loaded.entry_id}",
        "data": as_stored(marks),
    }
    hass.config_entries.async_update_entry(loaded, data={**before, **as_stored(data)})

    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()

    assert loaded.state is ConfigEntryState.LOADED
    assert exceptions(caplog) == []
    hass.config_entries.async_update_entry(loaded, data=before)


# --- Names

SAID = st.text(max_size=40) | st.sampled_from(
    ["Alice", "Alice (2)", "Alice (10)", "+15555550188", "carol@example.com", "", " "]
)


@settings(max_examples=200, deadline=None)
@given(
    registered=st.dictionaries(st.integers(0, 9).map(str), st.none() | SAID),
    doings=st.lists(
        st.tuples(
            st.sampled_from(["name", "name", "name", "forget", "move"]),
            st.integers(0, 9).map(str),
            SAID,
            st.integers(0, 9).map(str),
        ),
        max_size=40,
    ),
)
def test_no_two_accounts_have_one_name_whatever_happens(
    registered: dict[str, str | None], doings: list[tuple[str, str, str, str]]
) -> None:
    """However they are renamed, moved and forgotten."""
    names = DistinctNames(registered)
    current: dict[str, str] = {}
    for doing, account_id, name, other_id in doings:
        if doing == "name":
            current[account_id] = names.of(account_id, name)
            assert current[account_id].startswith(name)
        elif doing == "forget":
            names.forget(account_id)
            current.pop(account_id, None)
        elif account_id != other_id:
            names.move(account_id, other_id)
            current.pop(other_id, None)
            if account_id in current:
                current[other_id] = current.pop(account_id)
        assert len(set(current.values())) == len(current)


@settings(max_examples=200, deadline=None)
@given(
    said=st.lists(
        st.tuples(SAID, SAID, SAID, st.text(max_size=5)), min_size=1, max_size=5
    )
)
def test_names_lead_to_nobody_whatever_a_network_says(
    said: list[tuple[str, str, str, str]],
) -> None:
    """There is something to see in each, and no number or address."""
    accounts = {
        f"{number}": Account(
            f"{number}",
            user=User(full_name=full_name, username=username, id=user_id),
            network=network,
        )
        for number, (full_name, username, network, user_id) in enumerate(said)
    }
    data = BeeperData(accounts, {})
    names = [account_name(data, account) for account in accounts.values()]
    assert len(set(names)) == len(names)
    for name in names:
        assert name.strip()
        assert not has_contact_details(name)
