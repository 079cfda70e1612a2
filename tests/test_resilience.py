"""Each trouble of `troubles.py`: what a person notices of it, and that it passes."""

import asyncio
from collections.abc import Callable, Generator, Iterator
from copy import deepcopy
import gc
import gzip
import json
import logging
from pathlib import Path
import ssl
import tracemalloc
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import trustme

from custom_components.beeper.api import transport
from custom_components.beeper.api.limits import MAX_BODY
from custom_components.beeper.const import DOMAIN, POLL_INTERVAL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_URL,
    CONF_VERIFY_SSL,
    MAJOR_VERSION,
    MINOR_VERSION,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from scripts.reliability import PAGE, page
from simulator import Fault, Simulator

from .accounts import MATRIX, WHATSAPP
from .clock import Clock
from .conftest import OurLog
from .troubles import HOST, TROUBLES, Trouble, World

pytestmark = pytest.mark.usefixtures("pause")

A_POLL = POLL_INTERVAL.total_seconds() + 1
CHUNKS = 3 * 1024 * 1024
"""Bytes that aiohttp holds while it decompresses, however long the answer is."""
LASTS = 120
"""Seconds for which each trouble lasts."""

EXCEPTIONS = json.loads(
    (Path(__file__).parents[1] / "custom_components/beeper/strings.json").read_text()
)["exceptions"]

every_trouble = pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(trouble, id=trouble.what.split(" (")[0])
        for troubles in TROUBLES.values()
        for trouble in troubles
    ],
)


@pytest.fixture(scope="module")
def certificate() -> ssl.SSLContext:
    """Return what a server needs to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture
def at_rest() -> bool:
    """Let nothing change by itself."""
    return True


@pytest.fixture
def ssl_context(
    certificate: ssl.SSLContext, request: pytest.FixtureRequest
) -> ssl.SSLContext | None:
    """Let Beeper be behind TLS where the trouble of a test is about that."""
    callspec = getattr(request.node, "callspec", None)
    trouble = callspec and callspec.params.get("trouble")
    return certificate if trouble and trouble.https else None


@pytest.fixture
def world(
    beeper: Simulator,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    certificate: ssl.SSLContext,
) -> Generator[World]:
    """Return Beeper and what is around it; it is known by name, on another computer."""
    world = World(beeper, freezer, monkeypatch, certificate)
    with (
        patch(
            "homeassistant.helpers.aiohttp_client._async_make_resolver",
            side_effect=lambda hass: world.names,
        ),
        # Home Assistant looks at redirects itself, but not at those of its own computer
        patch(
            "homeassistant.helpers.aiohttp_client._is_ssrf_address", return_value=False
        ),
    ):
        yield world


@pytest.fixture
def entry(hass: HomeAssistant, world: World) -> MockConfigEntry:
    """Return the config entry of that Beeper, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Beeper (Alice Example)",
        data={
            CONF_URL: world.beeper.url.replace("127.0.0.1", HOST),
            CONF_ACCESS_TOKEN: world.beeper.token,
            CONF_VERIFY_SSL: False,
        },
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def states(
    hass: HomeAssistant, entry: MockConfigEntry
) -> Callable[[], dict[str, State]]:
    """Return a function that returns all states of the entry, by unique ID."""

    def states() -> dict[str, State]:
        return {
            entity.unique_id: state
            for entity in er.async_entries_for_config_entry(
                er.async_get(hass), entry.entry_id
            )
            if (state := hass.states.get(entity.entity_id))
        }

    return states


# Seconds; from 2026.11 on, Home Assistant waits at set-up for as long as Beeper asks
TRIES_AGAIN_WITHIN = 310 if (MAJOR_VERSION, MINOR_VERSION) >= (2026, 11) else 150

type States = Callable[[], dict[str, State]]


def told(trouble: Trouble) -> list[str]:
    """Return the lines that the log has of a trouble while it lasts."""
    if trouble.outage is None:
        return []
    why = EXCEPTIONS[trouble.outage]["message"].rstrip(".")
    return [f"ERROR Error fetching Beeper (Alice Example) data: {why}"]


def astray(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what must not be in the log: exceptions, and what nobody waited for."""
    return [
        record.getMessage()
        for record in caplog.records
        # Not ours: the simulator, where it writes to a connection that was cut
        if record.name != "aiohttp.server"
        and (record.exc_info or "never retrieved" in record.getMessage())
    ]


def values(states: dict[str, State]) -> dict[str, tuple[str, str, dict[str, object]]]:
    """Return what a person sees of states; the address of an image changes by itself."""
    return {
        unique_id: (
            state.entity_id,
            state.state,
            {
                name: value
                for name, value in state.attributes.items()
                if name not in ("access_token", "entity_picture")
            },
        )
        for unique_id, state in states.items()
    }


@every_trouble
async def test_trouble_is_told_once_and_passes(
    hass: HomeAssistant,
    world: World,
    loaded: MockConfigEntry,
    clock: Clock,
    states: States,
    our_log: OurLog,
    caplog: pytest.LogCaptureFixture,
    trouble: Trouble,
) -> None:
    """All is as before when it is over, by itself, and nothing that happened is lost."""
    # Given a Beeper that is watched
    caplog.set_level(logging.INFO)
    before = values(states())
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    status = f"{loaded.entry_id}_{MATRIX}_status"

    # When something goes wrong for a while
    async with trouble.happens(world):
        await clock.run(LASTS)

        # Then all entities are unavailable, or none
        away = {state.state == STATE_UNAVAILABLE for state in states().values()}
        assert away == {trouble.outage is not None}
        # And the log tells once which trouble it is
        assert our_log() == told(trouble)
        assert bool(_asked_to_sign_in(hass)) is trouble.asks_to_sign_in
        world.beeper.set_status(MATRIX, "disabled")

    # When it is over
    await clock.run(trouble.back_after)

    # Then Home Assistant knows what happened meanwhile
    assert states()[status].state == "disabled"
    # And all else is as it was
    world.beeper.set_status(MATRIX, "connected")
    await clock.run(A_POLL)
    assert values(states()) == before
    assert devices == dr.async_entries_for_config_entry(
        dr.async_get(hass), loaded.entry_id
    )
    # And the log tells that it is over, and of nothing else
    assert our_log()[1:] == (
        ["INFO Fetching Beeper (Alice Example) data recovered"]
        if trouble.outage
        else []
    )
    assert astray(caplog) == []
    # And nobody is asked to do anything about it
    assert not _asked_to_sign_in(hass)
    assert not [
        issue_id
        for _, issue_id in ir.async_get(hass).issues
        if "reconnect" not in issue_id
    ]
    # And no other computer heard of it
    assert world.elsewhere is None or world.elsewhere.heard == []


@every_trouble
async def test_trouble_at_start_passes_too(
    hass: HomeAssistant,
    world: World,
    loaded: MockConfigEntry,
    clock: Clock,
    states: States,
    caplog: pytest.LogCaptureFixture,
    trouble: Trouble,
) -> None:
    """Home Assistant may start while it lasts; it tries until all is well.

    Only for a token that is refused then a person has to sign in, as everywhere in Home
    Assistant.
    """
    # Given a Beeper that was watched before, so long ago that its address is forgotten
    caplog.set_level(logging.INFO)
    before = values(states())
    await hass.config_entries.async_unload(loaded.entry_id)
    await clock.run(A_POLL)

    # When Home Assistant starts while something is wrong
    async with trouble.happens(world):
        start = asyncio.create_task(hass.config_entries.async_setup(loaded.entry_id))
        await clock.run(LASTS)

        # Then set-up is tried again, unless it went well
        assert await start is (trouble.outage is None)
        assert loaded.state is (
            ConfigEntryState.LOADED
            if trouble.outage is None
            else ConfigEntryState.SETUP_ERROR
            if trouble.asks_to_sign_in
            else ConfigEntryState.SETUP_RETRY
        )
        assert bool(_asked_to_sign_in(hass)) is trouble.asks_to_sign_in

    # When it is over
    if trouble.asks_to_sign_in:
        assert await hass.config_entries.async_reload(loaded.entry_id)
    await clock.run(TRIES_AGAIN_WITHIN)

    # Then all is as it was
    assert loaded.state is ConfigEntryState.LOADED
    assert values(states()) == before
    assert astray(caplog) == []


@pytest.fixture
def only_whatsapp(beeper: Simulator) -> None:
    """Leave one account, so that the answer is short."""
    for account_id in beeper.accounts:
        if account_id != WHATSAPP:
            beeper.remove_account(account_id)


@pytest.mark.parametrize(
    "how", ["cut", "drop", "truncate"], ids=["plain", "chunked", "length announced"]
)
@pytest.mark.usefixtures("only_whatsapp")
async def test_answer_may_end_at_any_byte(
    beeper: Simulator,
    loaded: MockConfigEntry,
    states: States,
    our_log: OurLog,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    """Half an answer is none, wherever it ends: never a state that is not so."""
    caplog.set_level(logging.INFO)
    # There are thousands of ends, each of which is tried twice
    monkeypatch.setattr(transport, "RETRY_PAUSE", 0.0)
    # Given an answer of so many bytes
    before = values(states())
    refresh = loaded.runtime_data.coordinator.async_refresh
    body = len(json.dumps(list(beeper.accounts.values()), separators=(",", ":")))

    outages = 0
    # Only what is counted from the status line on is longer than the body
    for end in range(body + (1000 if how == "cut" else 1)):
        # When it ends too early
        faults = {
            "cut": Fault(path="/v1/accounts", cut=end),
            "drop": Fault(path="/v1/accounts", drop=end),
            "truncate": Fault(path="/v1/accounts", truncate=end),
        }
        beeper.inject(faults[how])
        await refresh()
        # Then all is unavailable, but if the end is the end
        if values(states()) == before:
            break
        assert {state.state for state in states().values()} == {STATE_UNAVAILABLE}
        outages += 1

        # And all is as it was with the next whole one
        beeper.clear_faults()
        await refresh()
        assert values(states()) == before

    # And each outage is told once
    assert len(our_log()) == 2 * outages
    assert (
        outages - body
        in {
            "cut": range(100, 1000),
            "drop": [1],  # the end of the chunks is missing
            "truncate": [0],
        }[how]
    )
    assert astray(caplog) == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(huge=100 * 1024 * 1024),
        Fault(
            body=gzip.compress(bytes(100 * 1024 * 1024)),
            headers={"Content-Encoding": "gzip"},
        ),
    ],
    ids=["plain", "compressed"],
)
async def test_long_answer_is_not_kept_in_memory(
    beeper: Simulator, loaded: MockConfigEntry, fault: Fault
) -> None:
    """Of a hundred megabytes no more than the longest answer is ever held."""
    beeper.inject(fault)
    gc.collect()
    tracemalloc.start()
    await loaded.runtime_data.coordinator.async_refresh()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert not loaded.runtime_data.coordinator.last_update_success
    assert most < MAX_BODY + CHUNKS


async def test_refused_token_is_tried_again_and_can_be_replaced(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    states: States,
    our_log: OurLog,
) -> None:
    """An outage in between makes no difference: one line, one request to sign in."""
    beeper.inject(Fault(status=401))
    await clock.run(A_POLL)
    assert len(_asked_to_sign_in(hass)) == 1
    beeper.clear_faults()
    await beeper.stop()
    await clock.run(100)
    assert len(_asked_to_sign_in(hass)) == 1
    assert len(our_log()) == 1

    await beeper.start()
    await clock.run(61)

    assert _asked_to_sign_in(hass) == []
    assert STATE_UNAVAILABLE not in {state.state for state in states().values()}


async def test_unloaded_entry_does_not_try_a_refused_token(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, clock: Clock
) -> None:
    """What asks again for itself ends with the entry."""
    beeper.inject(Fault(status=401))
    await clock.run(A_POLL)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    asked = len(beeper.requests)

    await clock.run(600)

    assert len(beeper.requests) == asked


WRONG: tuple[object, ...] = (None, True, 7, -1, 1.5, "", "x", [], [None], {}, {"a": 1})
"""One value of each type, and some more; -1 stands for nothing at all."""


def places(answer: Any, *way: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each value in an answer; of lists to those in two items."""
    for key in list(answer) if isinstance(answer, dict) else range(len(answer[:2])):
        yield (*way, key)
        if isinstance(answer[key], (dict, list)):
            yield from places(answer[key], *way, key)


def spoiled(answer: Any, way: tuple[str | int, ...], value: object) -> bytes:
    """Return an answer with one value of it replaced, or left out."""
    answer = deepcopy(answer)
    where = answer
    for key in way[:-1]:
        where = where[key]
    where[way[-1]] = value
    if value == -1:
        del where[way[-1]]
    return json.dumps(answer).encode()


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/bridges"])
async def test_any_value_may_be_wrong(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    states: States,
    our_log: OurLog,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    """It costs what it is a part of: an account, a bridge, or nothing that is shown."""
    caplog.set_level(logging.INFO)
    before = values(states())
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    refresh = loaded.runtime_data.coordinator.async_refresh
    async with ClientSession(
        headers={"Authorization": f"Bearer {beeper.token}"}
    ) as session:
        answer = await (await session.get(beeper.url + path)).json()

    outages = 0
    for way in places(answer):
        odd = answer[way[0]]["accountID"] if path == "/v1/accounts" else None
        for value in WRONG:
            # When one value is wrong
            beeper.inject(Fault(path=path, body=spoiled(answer, way, value)))
            await refresh()
            await hass.async_block_till_done()
            if way == ("items",) and type(value) is not list:
                # Then what is no list at all is an outage
                assert {state.state for state in states().values()} == {
                    STATE_UNAVAILABLE
                }
                outages += 1
            else:
                # Then all other accounts are as they were
                assert loaded.runtime_data.coordinator.last_update_success
                now = values(states())
                for account_id in beeper.accounts.keys() - {odd}:
                    unique_id = f"{loaded.entry_id}_{account_id}_status"
                    assert now[unique_id] == before[unique_id]

            # And all is as it was with the next good one
            beeper.clear_faults()
            await refresh()
            await hass.async_block_till_done()
            after = values(states())
            assert {name: after[name] for name in before} == before

    # And each outage is told once, and nothing goes wrong
    told = [line for line in our_log() if "fetching" in line.lower()]
    assert len(told) == 2 * outages
    assert astray(caplog) == []
    assert all(dr.async_get(hass).async_get(device.id) == device for device in devices)


def _asked_to_sign_in(hass: HomeAssistant) -> list[object]:
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == "reauth"
    ]


def test_page_tells_what_was_tried() -> None:
    """`docs/reliability.md` is made of the table; `python -m scripts.reliability` does it."""
    assert PAGE.read_text() == page()
