"""A simulated Beeper, and a Home Assistant that watches it over real HTTP."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import ExitStack
from contextvars import Context
from functools import lru_cache, partial
import gc
from inspect import iscoroutinefunction
import logging
import ssl
from threading import get_ident
from types import CodeType
from typing import Any
from unittest.mock import patch

from aiohttp import ThreadedResolver
from freezegun.api import FrozenDateTimeFactory
from jinja2 import Environment, nodes
import pytest
from pytest_homeassistant_custom_component import common
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.beeper.api import transport
from custom_components.beeper.const import DOMAIN, POLL_INTERVAL
from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_URL,
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
)
from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
from simulator import Simulator, Timings, load_scenario
from simulator.shapes import Shape

from .clock import IN_FLIGHT, Clock
from .dialog import Dialogs
from .lookup import get_state
from .timeless_modules import stop_time_faster

RETRY_PAUSE = transport.RETRY_PAUSE

type Change = Callable[..., Awaitable[None]]
type Install = Callable[[str], Awaitable[None]]
type Poll = Callable[..., Awaitable[None]]
type Settle = Callable[[], Awaitable[None]]
type StateOf = Callable[[str], State]
type OurLog = Callable[[], list[str]]
type Targets = Callable[[str], dict[str, str]]


def pytest_configure(config: pytest.Config) -> None:
    """Let the clock be stopped faster, and only that be logged which somebody reads."""
    stop_time_faster()
    root = logging.getLogger()
    # The framework's goes to the screen, where pytest shows the same once more
    for handler in list(root.handlers):
        root.removeHandler(handler)
    if config.get_verbosity() <= 0:
        # Tests that read the log, by `caplog`, get all of it
        root.setLevel(logging.WARNING)
        logging.getLogger("custom_components.beeper").setLevel(logging.DEBUG)
    # It asks the clock, which stands still, how long requests took, and fails
    logging.getLogger("aiohttp.access").setLevel(logging.CRITICAL + 1)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is there to stay: modules, and the tests.

    It went through all of them again and again, and found next to nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> AsyncGenerator[None]:
    """Refuse calls from other threads and coroutines as callbacks, as in debug mode.

    The framework's fixture of this name has debug mode do it, which also keeps a stack
    trace for each future, task, coroutine and connection and takes the time of each
    callback: a fifth of the time of a test.
    """
    loop = asyncio.get_running_loop()
    thread = get_ident()
    call_soon, call_at = loop.call_soon, loop.call_at

    def check(callback: object, method: str) -> None:
        if get_ident() != thread:
            raise RuntimeError(f"{method}() was called from another thread")
        if iscoroutinefunction(callback) or not callable(callback):
            raise TypeError(f"{method}() cannot call {callback!r}")

    def checked_call_soon[*Ts](
        callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        check(callback, "call_soon")
        return call_soon(callback, *args, context=context)

    def checked_call_at[*Ts](
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        check(callback, "call_at")
        return call_at(when, callback, *args, context=context)

    with (
        patch.object(loop, "call_soon", checked_call_soon),
        patch.object(loop, "call_at", checked_call_at),
    ):
        yield


@pytest.fixture(autouse=True, scope="session")
def compiled_templates() -> Generator[None]:
    """Compile a template once, not anew in each Home Assistant.

    An environment with other filters or tests, such as the limited one, has its own.
    """
    compile_template: Callable[..., CodeType | str] = Environment.compile
    compiled: dict[
        tuple[str, type, frozenset[str], frozenset[str]], CodeType | str
    ] = {}

    def compile_once(
        environment: Environment, source: str | nodes.Template, *options: object
    ) -> CodeType | str:
        if options or not isinstance(source, str):
            return compile_template(environment, source, *options)
        key = (
            source,
            type(environment),
            frozenset(environment.filters),
            frozenset(environment.tests),
        )
        if key not in compiled:
            compiled[key] = compile_template(environment, source)
        return compiled[key]

    with patch.object(Environment, "compile", compile_once):
        yield


@pytest.fixture(autouse=True)
def real_http(
    socket_enabled: None,
    enable_custom_integrations: None,
    hass_storage: dict[str, object],
) -> None:
    """Allow connections to this machine, and our integration in Home Assistant.

    What Home Assistant stores is in memory, and goes with the test.
    """


@pytest.fixture
def hass_storage() -> Generator[dict[str, Any]]:
    """Return what Home Assistant has stored, by key.

    As the framework's, whose mocks are made for each test to look like what they stand
    for: they took longer than all that is stored.
    """

    def patch_plainly(target: str, *, side_effect: object, autospec: bool) -> object:
        return patch(target, new=side_effect)

    with ExitStack() as stack:
        with patch.object(common, "patch", patch_plainly):
            stored = stack.enter_context(common.mock_storage())
        yield stored


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a read be tried once more at once: time stands still here."""
    monkeypatch.setattr(transport, "RETRY_PAUSE", 0.0)


@pytest.fixture
def pause(no_pause: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass before a read is tried once more; a clock has to run."""
    monkeypatch.setattr(transport, "RETRY_PAUSE", RETRY_PAUSE)


class _Resolver(ThreadedResolver):
    """Resolves names as this machine does."""

    real_close = ThreadedResolver.close


@pytest.fixture(autouse=True)
def real_names() -> Generator[None]:
    """Resolve names; the framework's own resolver is closed with the first test."""
    with patch(
        "homeassistant.helpers.aiohttp_client._async_make_resolver",
        side_effect=lambda hass: _Resolver(),
    ):
        yield


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> str:
    """Return the scenario that Beeper plays; tests name another by a parameter."""
    name: str = getattr(request, "param", "home")
    return name


@pytest.fixture
def timings() -> Timings:
    """Return how long things take in Beeper."""
    return Timings(connecting=0.01)


@pytest.fixture
def shape() -> Shape:
    """Return the shape of login steps; tests override it by a parameter."""
    return "rich"


@pytest.fixture
def ssl_context() -> ssl.SSLContext | None:
    """Return with what Beeper speaks TLS, if it does."""
    return None


@pytest.fixture
def at_rest() -> bool:
    """Return whether accounts that are connecting or backfilling have already done so."""
    return False


_scenario = lru_cache(load_scenario)


@pytest.fixture
async def beeper(
    freezer: FrozenDateTimeFactory,
    scenario: str,
    timings: Timings,
    shape: Shape,
    ssl_context: ssl.SSLContext | None,
    at_rest: bool,
) -> AsyncGenerator[Simulator]:
    """Return a Beeper, by default with eight accounts, one in each status.

    The clock stands still from here on; tests move it. A folder or a test that needs
    another Beeper overrides the fixture of what is to be different.
    """
    simulator = Simulator(
        _scenario(scenario), timings=timings, shape=shape, ssl_context=ssl_context
    )
    if at_rest:
        for account_id, account in simulator.accounts.items():
            if account["status"] in ("connecting", "backfilling"):
                simulator.set_status(account_id, "connected")
    async with simulator:
        yield simulator


@pytest.fixture
def entry(hass: HomeAssistant, beeper: Simulator) -> MockConfigEntry:
    """Return the config entry of that Beeper, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Beeper (Alice Example)",
        data={CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the config entry of that Beeper, set up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.fixture
def install(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that has another version of the integration installed."""

    async def install(version: str) -> None:
        integration = await async_get_integration(hass, DOMAIN)
        monkeypatch.setitem(integration.manifest, "version", version)

    return install


@pytest.fixture
def settle(hass: HomeAssistant) -> Settle:
    """Return a function that waits until all that is due has happened."""
    return partial(hass.async_block_till_done, wait_background_tasks=True)


@pytest.fixture
def poll(hass: HomeAssistant, freezer: FrozenDateTimeFactory, settle: Settle) -> Poll:
    """Return a function that lets seconds pass, and with them a poll that is due."""

    async def pass_time(seconds: float = POLL_INTERVAL.total_seconds() + 1) -> None:
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await settle()

    return pass_time


@pytest.fixture
def change(beeper: Simulator, poll: Poll) -> Change:
    """Return a function that changes the status of an account and lets it be seen."""

    async def change(
        account_id: str, status: str, status_text: str | None = None
    ) -> None:
        beeper.set_status(account_id, status, status_text)
        await poll()

    return change


@pytest.fixture
def in_flight() -> float:
    """Return for how many real seconds the clock waits for bytes on their way."""
    return IN_FLIGHT


@pytest.fixture
async def clock(
    beeper: Simulator, freezer: FrozenDateTimeFactory, in_flight: float
) -> AsyncGenerator[Clock]:
    """Return the clock that all timers here go by."""
    clock = Clock(freezer, in_flight)
    yield clock
    clock.close()


@pytest.fixture
async def dialogs(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    clock: Clock,
) -> Dialogs:
    """Return a browser in which dialogs of that entry can be opened."""
    for component in ("config", "repairs"):
        assert await async_setup_component(hass, component, {})
    return Dialogs(hass, await hass_client(), loaded.entry_id, clock)


@pytest.fixture
def state_of(hass: HomeAssistant, entry: MockConfigEntry) -> StateOf:
    """Return a function from the end of a unique ID to the state of that entity."""

    def state_of(key: str) -> State:
        entity_id = er.async_get(hass).async_get_entity_id(
            "sensor", DOMAIN, f"{entry.entry_id}_{key}"
        )
        assert entity_id is not None, f"there is no sensor {key}"
        return get_state(hass, entity_id)

    return state_of


@pytest.fixture
def targets(hass: HomeAssistant) -> Targets:
    """Return a function from an entity ID to all that an automation can mean it by.

    The entity's device is put in an area and gets a label.
    """

    def targets(entity_id: str) -> dict[str, str]:
        entity = er.async_get(hass).async_get(entity_id)
        assert entity is not None
        assert entity.device_id is not None
        area = ar.async_get(hass).async_create("Office")
        label = lr.async_get(hass).async_create("Chats")
        dr.async_get(hass).async_update_device(
            entity.device_id, area_id=area.id, labels={label.label_id}
        )
        return {
            "entity_id": entity_id,
            "device_id": entity.device_id,
            "area_id": area.id,
            "label_id": label.label_id,
        }

    return targets


@pytest.fixture
def written(hass: HomeAssistant) -> list[str]:
    """Return the entity IDs of all states written from now on, unchanged ones too."""
    entity_ids: list[str] = []

    @callback
    def write(
        event: Event[EventStateChangedData] | Event[EventStateReportedData],
    ) -> None:
        entity_ids.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, write)
    hass.bus.async_listen(
        EVENT_STATE_REPORTED, write, event_filter=callback(lambda _: True)
    )
    return entity_ids


@pytest.fixture
def our_log(caplog: pytest.LogCaptureFixture) -> OurLog:
    """Return a function that lists what we have logged for a person to read."""
    return lambda: [
        f"{record.levelname} {record.getMessage()}"
        for record in caplog.records
        if record.name.startswith("custom_components.beeper")
        and record.levelno >= logging.INFO
    ]
