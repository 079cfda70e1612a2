"""What happens in the life of an entry, and what it costs with many accounts.

Against the least integration (`floor`), and against core's `uptime_kuma`: for each entity, and
for each account, as a monitor there is a device, too.
"""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
import gc
from statistics import median
import sys
from time import process_time
from unittest.mock import AsyncMock, patch

from aiohttp import ClientSession
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.beeper.const import CONF_NO_REPAIRS_FOR, DOMAIN
from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_API_KEY,
    CONF_URL,
    CONF_VERIFY_SSL,
    EVENT_STATE_CHANGED,
    Platform,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from .beeper import REPOSITORY, Beeper, Control
from .floor import FLOOR, install_floor
from .house import running_home_assistant
from .report import Figure

PEER_FOLDER = REPOSITORY / ".cache" / "bench" / "peer"
"""Where `scripts/bench` puts what `uptime_kuma` requires."""

EXPONENT = 1.1
"""How much faster than in proportion a phase may grow."""

TOKEN_ROWS = 288
"""A day has as many times at which Home Assistant changes the tokens of images."""

type Times = dict[str, list[float]]

ONE_CHANGED = 5
"""How often one account changes: it is over so quickly."""


async def phase_figures(beepers: Sequence[Beeper], rounds: int) -> list[Figure]:
    """Measure with these two beepers, ordered by size; the large one once only."""
    ours: dict[int, Times] = {}
    floor: dict[int, Times] = {}
    rows = 0
    for beeper in beepers:
        ours[beeper.accounts], floor[beeper.accounts] = {}, {}
        for _ in range(rounds if beeper is beepers[0] else 1):
            async with running_home_assistant() as hass:
                install_floor(hass)
                session = async_get_clientsession(hass)
                control = Control(session, beeper)
                for domain, times in (
                    (FLOOR, floor[beeper.accounts]),
                    (DOMAIN, ours[beeper.accounts]),
                ):
                    entry = _entry(domain, beeper)
                    await _live(hass, entry, control, times)
    async with running_home_assistant() as hass:
        rows = await _rows_a_day(hass, beepers[0])
    small, large = (beeper.accounts for beeper in beepers)
    figures = [
        Figure(
            f"{phase} / least integration",
            f"{small:,}",
            ours[small][phase],
            floor[small][phase],
            goal=goal,
        )
        for phase, goal in (
            ("Set-up", None),
            ("One changed", 0.5),
            ("All changed", 1.5),
            ("Unload", None),
            ("Removal", None),
        )
    ]
    figures += [
        _exponent(phase, small, large, ours[small][phase], ours[large][phase])
        for phase in ours[small]
    ]
    figures.append(
        Figure(
            "Recorded states a day while nothing happens / of a picture",
            f"{small:,}",
            [rows],
            [TOKEN_ROWS],
            goal=0,
            is_count=True,
        )
    )
    if PEER_FOLDER.exists():
        figures += await _peer_figures(small, rounds, ours[small])
    return figures


def _exponent(
    phase: str, small: int, large: int, before: list[float], after: list[float]
) -> Figure:
    """Return how a phase grows: the goal is that of a power of the size."""
    return Figure(
        f"Growth of {phase.lower()}",
        f"{small:,} → {large:,}",
        [median(after)],
        [median(before)],
        goal=(large / small) ** EXPONENT,
    )


def _entry(domain: str, beeper: Beeper) -> MockConfigEntry:
    return MockConfigEntry(
        domain=domain,
        data={CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token},
        # Else a poll may come while accounts are being changed, and do half of a phase
        pref_disable_polling=True,
    )


async def _live(
    hass: HomeAssistant, entry: MockConfigEntry, control: Control, times: Times
) -> None:
    """Let an entry live from its set-up to its removal, and note what each phase takes."""

    async def note(phase: str, act: Callable[[], Awaitable[object]]) -> None:
        times.setdefault(phase, []).append(await _cpu_seconds(hass, act))

    accounts = await control.accounts()
    await control.set_status(accounts, "connected")
    entry.add_to_hass(hass)
    await note("Set-up", lambda: hass.config_entries.async_setup(entry.entry_id))
    runtime = entry.runtime_data
    coordinator = runtime if entry.domain == FLOOR else runtime.coordinator
    for account in accounts[:ONE_CHANGED]:
        await control.set_status([account], "disabled")
        await note("One changed", coordinator.async_refresh)
    await control.set_status(accounts, "backfilling")
    await note("All changed", coordinator.async_refresh)
    await control.set_status(accounts, "attention_required")
    await note("All lost", coordinator.async_refresh)
    if entry.domain == DOMAIN:

        async def silence() -> None:
            hass.config_entries.async_update_entry(
                entry, options={CONF_NO_REPAIRS_FOR: accounts}
            )

        await note("All silenced", silence)
    await note("Unload", lambda: hass.config_entries.async_unload(entry.entry_id))
    await note("Removal", lambda: hass.config_entries.async_remove(entry.entry_id))


async def _cpu_seconds(
    hass: HomeAssistant, act: Callable[[], Awaitable[object]]
) -> float:
    """Return the CPU seconds of an act, and of all that follows from it.

    Garbage collections are left out: one comes upon whichever phase is next, by chance, and
    takes as long as there is memory, that of everybody else.
    """
    gc.disable()
    try:
        start = process_time()
        await act()
        await hass.async_block_till_done(wait_background_tasks=True)
        return process_time() - start
    finally:
        gc.enable()


async def _rows_a_day(hass: HomeAssistant, beeper: Beeper) -> int:
    """Return how many states the recorder would store in a day without any change."""
    entry = _entry(DOMAIN, beeper)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    rows = 0

    @callback
    def count(_: Event[EventStateChangedData]) -> None:
        nonlocal rows
        rows += 1

    hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    now = dt_util.utcnow()
    hours = 1
    for turn in range(1, hours * 12 + 1):
        async_fire_time_changed(hass, now + timedelta(minutes=5 * turn, seconds=1))
        await hass.async_block_till_done(wait_background_tasks=True)
    return rows * 24 // hours


# --- The peer


async def _peer_figures(
    monitors: int, rounds: int, ours: Mapping[str, list[float]]
) -> list[Figure]:
    """Return what ours costs for each entity, against `uptime_kuma`."""
    times: Times = {}
    async with _running_kuma(monitors) as url:
        for _ in range(rounds):
            async with running_home_assistant() as hass:
                entities = await _live_as_peer(hass, url, times)
    figures = []
    for phase, goal in (
        ("Set-up", None),
        ("All changed", 1.0),
        ("Unload", 1.0),
        ("Removal", 1.0),
    ):
        figures += [
            Figure(
                f"{phase} of an entity / of uptime_kuma",
                f"{monitors:,}",
                [seconds / (2 * monitors) for seconds in ours[phase]],
                [seconds / entities for seconds in times[phase]],
                goal=goal,
            ),
            # Each is a device; that of the peer has ten entities, of which one changes
            Figure(
                f"{phase} of an account / of a monitor of uptime_kuma",
                f"{monitors:,}",
                [seconds / monitors for seconds in ours[phase]],
                [seconds / monitors for seconds in times[phase]],
            ),
        ]
    return figures


async def _live_as_peer(hass: HomeAssistant, url: str, times: Times) -> int:
    """Let an entry of the peer live; returns how many entities it has."""
    sys.path.append(str(PEER_FOLDER))
    try:
        from homeassistant.components import uptime_kuma  # noqa: PLC0415  # needs the path
    finally:
        sys.path.remove(str(PEER_FOLDER))
    entry = MockConfigEntry(
        domain="uptime_kuma",
        data={CONF_URL: url, CONF_API_KEY: "key", CONF_VERIFY_SSL: True},
    )
    entry.add_to_hass(hass)
    # It would look for an update of Uptime Kuma in the web
    hass.data["uptime_kuma"] = AsyncMock()

    async def note(phase: str, act: Callable[[], Awaitable[object]]) -> None:
        times.setdefault(phase, []).append(await _cpu_seconds(hass, act))

    session: ClientSession = async_get_clientsession(hass)
    with patch.object(uptime_kuma, "_PLATFORMS", [Platform.SENSOR]):
        async with session.post(url, data="1"):
            pass
        await note("Set-up", lambda: hass.config_entries.async_setup(entry.entry_id))
        entities = len(hass.states.async_entity_ids("sensor"))
        async with session.post(url, data="0"):
            pass
        await note("All changed", entry.runtime_data.async_refresh)
        await note("Unload", lambda: hass.config_entries.async_unload(entry.entry_id))
        await note("Removal", lambda: hass.config_entries.async_remove(entry.entry_id))
    return entities


@asynccontextmanager
async def _running_kuma(monitors: int) -> AsyncIterator[str]:
    """Run an Uptime Kuma; yields its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.kuma", str(monitors)),
        cwd=REPOSITORY,
        stdout=PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.communicate()
