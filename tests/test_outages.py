"""Outages of accounts in numbers: the sensors that tell them, and what is kept of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.beeper.api import AccountStatus
from custom_components.beeper.const import CONF_NO_REPAIRS_FOR, DOMAIN
from custom_components.beeper.limits import MAX_OUTAGES
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
    STATE_UNAVAILABLE,
    EntityCategory,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator

from .accounts import SIGNAL, WHATSAPP
from .conftest import Change, Poll, Settle
from .lookup import get_device, get_state

COUNT: Final = "sensor.outages"
TIME: Final = "sensor.outage_time"
SENSORS: Final = {"outages_this_month": COUNT, "outage_time_this_month": TIME}

SECONDS: Final = {"s": 1, "h": 3600}
"""What has been in the registry before is not told in hours."""

BERLIN: Final = "Europe/Berlin"

type Numbers = Callable[[], tuple[int, timedelta]]
type Stored = dict[str, Any]
type GoTo = Callable[[str], Any]


@pytest.fixture
def watched() -> str:
    """Return the account whose sensors are enabled; it is connected at first."""
    return WHATSAPP


@pytest.fixture
def enabled(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    watched: str,
) -> None:
    """Have somebody enable the sensors of an account, at noon in the middle of a month."""
    freezer.move_to(datetime(2031, 3, 12, 12, tzinfo=UTC))
    for account_id, account in beeper.accounts.items():
        if account["status"] != "disabled":
            beeper.set_status(account_id, "connected")
    for key, entity_id in SENSORS.items():
        er.async_get(hass).async_get_or_create(
            "sensor",
            DOMAIN,
            f"{entry.entry_id}_{watched}_{key}",
            config_entry=entry,
            suggested_object_id=entity_id.removeprefix("sensor."),
        )


@pytest.fixture
async def loaded(
    hass: HomeAssistant, enabled: None, loaded: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry, set up with these sensors."""
    return loaded


@pytest.fixture
def numbers(hass: HomeAssistant) -> Numbers:
    """Return a function that reads both sensors."""

    def numbers() -> tuple[int, timedelta]:
        time = get_state(hass, TIME)
        seconds = float(time.state) * SECONDS[time.attributes["unit_of_measurement"]]
        return int(get_state(hass, COUNT).state), timedelta(seconds=round(seconds))

    return numbers


@pytest.fixture
def go_to(hass: HomeAssistant, freezer: FrozenDateTimeFactory, settle: Settle) -> GoTo:
    """Return a function that lets it be a time in Berlin, as `2031-03-12 12:00`."""

    async def go_to(time: str) -> None:
        freezer.move_to(
            datetime.fromisoformat(time)
            .replace(tzinfo=ZoneInfo(BERLIN))
            .astimezone(UTC)
        )
        async_fire_time_changed(hass)
        await settle()

    return go_to


@pytest.fixture
async def in_berlin(hass: HomeAssistant) -> None:
    """Have Home Assistant stand in Berlin."""
    await hass.config.async_set_time_zone(BERLIN)


def last_reset(hass: HomeAssistant) -> set[datetime]:
    """Return when the months of both sensors began."""
    return {
        datetime.fromisoformat(get_state(hass, entity_id).attributes["last_reset"])
        for entity_id in SENSORS.values()
    }


def writes(hass: HomeAssistant) -> list[str]:
    """Return a list to which the entity ID of each write of both sensors is added."""
    written: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        if event.data["entity_id"] in SENSORS.values():
            written.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    hass.bus.async_listen(EVENT_STATE_REPORTED, note, callback(lambda _: True))
    return written


# --- What they are


async def test_sensors_are_for_statistics_and_disabled_at_first(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Each account has them; who wants statistics enables them."""
    entities = er.async_get(hass)
    shown = {}
    for key in SENSORS:
        entity_id = entities.async_get_entity_id(
            "sensor", DOMAIN, f"{loaded.entry_id}_{SIGNAL}_{key}"
        )
        assert entity_id is not None
        entity = entities.async_get(entity_id)
        assert entity is not None
        assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        assert entity.entity_category is EntityCategory.DIAGNOSTIC
        entities.async_update_entity(entity_id, disabled_by=None)
        shown[key] = entity_id
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    month = dt_util.as_utc(datetime(2031, 3, 1, tzinfo=dt_util.DEFAULT_TIME_ZONE))
    assert {
        key: dict(get_state(hass, entity_id).attributes)
        for key, entity_id in shown.items()
    } == {
        "outages_this_month": {
            "friendly_name": "Signal (Alice Example) Outages this month",
            "state_class": "total",
            "last_reset": month.isoformat(),
        },
        "outage_time_this_month": {
            "friendly_name": "Signal (Alice Example) Outage time this month",
            "state_class": "total",
            "device_class": "duration",
            "unit_of_measurement": "h",
            "last_reset": month.isoformat(),
        },
    }


# --- What counts


@pytest.mark.parametrize("status", AccountStatus)
@pytest.mark.usefixtures("loaded")
async def test_outage_is_what_needs_somebody_or_is_disconnected(
    change: Change, poll: Poll, numbers: Numbers, status: AccountStatus
) -> None:
    """Connecting begins none, and who switches an account off misses nothing."""
    assert numbers() == (0, timedelta())
    await change(WHATSAPP, status)
    await poll(3600)

    is_outage = status.value in {
        *("connection_required", "reconnect_required", "attention_required"),
        "disconnected",
    }
    assert (numbers()[0], bool(numbers()[1])) == (int(is_outage), is_outage)


@pytest.mark.parametrize("status", ["connected", "backfilling", "disabled"])
@pytest.mark.usefixtures("loaded")
async def test_outage_ends(
    change: Change, poll: Poll, numbers: Numbers, status: str
) -> None:
    """Its length is exact once it is over, and stays what it is."""
    await change(WHATSAPP, "disconnected")
    await poll(1000)
    await change(WHATSAPP, status)
    await poll(7200)

    assert numbers() == (1, timedelta(seconds=1016))


@pytest.mark.parametrize("status", ["connecting", "gone_fishing", "reconnect_required"])
@pytest.mark.usefixtures("loaded")
async def test_outage_goes_on(
    change: Change, numbers: Numbers, poll: Poll, status: str
) -> None:
    """Attempts to connect, new words of Beeper and other losses are part of it."""
    await change(WHATSAPP, "disconnected")
    await change(WHATSAPP, status)
    await change(WHATSAPP, "disconnected")
    await change(WHATSAPP, "connected")

    assert numbers() == (1, timedelta(seconds=48))


@pytest.mark.usefixtures("loaded")
async def test_account_that_is_lost_again(change: Change, numbers: Numbers) -> None:
    """Each loss is one."""
    for _ in range(3):
        await change(WHATSAPP, "disconnected")
        await change(WHATSAPP, "connected")

    assert numbers() == (3, timedelta(seconds=48))


async def test_beeper_that_is_gone_is_no_outage_of_an_account(
    beeper: Simulator,
    loaded: MockConfigEntry,
    change: Change,
    poll: Poll,
    numbers: Numbers,
) -> None:
    """It neither begins one nor ends it, and the numbers stay there."""
    beeper.inject(Fault(drop=0))
    await poll(3600)
    assert loaded.runtime_data.coordinator.outage is not None
    assert numbers() == (0, timedelta())

    beeper.clear_faults()
    await poll(120)
    await change(WHATSAPP, "disconnected")
    beeper.inject(Fault(drop=0))
    await poll(1800)
    await poll(1800)
    assert loaded.runtime_data.coordinator.outage is not None
    assert numbers()[1] >= timedelta(minutes=45)

    beeper.clear_faults()
    await poll(120)
    await change(WHATSAPP, "connected")
    assert numbers() == (1, timedelta(seconds=3600 + 120 + 16))


async def test_account_that_is_missing_says_nothing(
    beeper: Simulator,
    loaded: MockConfigEntry,
    change: Change,
    poll: Poll,
    numbers: Numbers,
) -> None:
    """An outage goes on while Beeper does not list the account."""
    await change(WHATSAPP, "disconnected")
    account = beeper.accounts[WHATSAPP]
    beeper.remove_account(WHATSAPP)
    await poll()
    beeper.add_account(account)
    await change(WHATSAPP, "connected")

    assert numbers() == (1, timedelta(seconds=32))


async def test_account_that_raises_no_repairs_is_counted(
    hass: HomeAssistant, loaded: MockConfigEntry, change: Change, numbers: Numbers
) -> None:
    """Who does not want to be told may still want to know."""
    hass.config_entries.async_update_entry(
        loaded, options={CONF_NO_REPAIRS_FOR: [WHATSAPP]}
    )
    await change(WHATSAPP, "disconnected")
    assert numbers()[0] == 1


# --- When it is written


async def test_nothing_is_written_while_nothing_happens(
    hass: HomeAssistant, loaded: MockConfigEntry, change: Change, poll: Poll
) -> None:
    """Neither while an account is well nor when something else of it changes."""
    written = writes(hass)
    for _ in range(24):
        await poll(3600)
    await change(WHATSAPP, "connected", "Phone not seen for 12 days")

    assert written == []


async def test_outage_that_lasts_is_written_in_steps(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    change: Change,
    poll: Poll,
    numbers: Numbers,
) -> None:
    """Each quarter of an hour, whatever Beeper says meanwhile, and at its end."""
    written = writes(hass)
    await change(WHATSAPP, "disconnected")
    assert written == [COUNT]

    written.clear()
    for minute in range(60):
        await change(WHATSAPP, "disconnected", f"Attempt {minute}")
        await poll(60 - 16)
    assert written == [TIME] * 4
    assert numbers() == (1, timedelta(minutes=60, seconds=-16))

    written.clear()
    await change(WHATSAPP, "connected")
    assert written == [TIME]
    assert numbers() == (1, timedelta(minutes=60, seconds=16))


# --- Months


@pytest.mark.usefixtures("in_berlin", "loaded")
async def test_month_ends_at_midnight_of_home_assistant(
    hass: HomeAssistant, change: Change, go_to: GoTo, numbers: Numbers
) -> None:
    """The numbers begin anew by themselves; also where the clocks have changed."""
    await go_to("2031-03-30 00:00")
    await change(WHATSAPP, "disconnected")
    await go_to("2031-03-30 06:00")
    await change(WHATSAPP, "connected")
    assert numbers() == (1, timedelta(hours=5))  # that night has an hour less
    assert last_reset(hass) == {datetime(2031, 2, 28, 23, tzinfo=UTC)}

    await go_to("2031-03-31 23:59")
    assert numbers() == (1, timedelta(hours=5))
    await go_to("2031-04-01 00:00")
    assert numbers() == (0, timedelta())
    assert last_reset(hass) == {datetime(2031, 3, 31, 22, tzinfo=UTC)}

    await go_to("2031-10-26 00:00")
    await change(WHATSAPP, "disconnected")
    await go_to("2031-10-26 06:00")
    await change(WHATSAPP, "connected")
    assert numbers() == (1, timedelta(hours=7))
    await go_to("2031-11-01 00:00")
    assert numbers() == (0, timedelta())
    assert last_reset(hass) == {datetime(2031, 10, 31, 23, tzinfo=UTC)}


@pytest.mark.usefixtures("in_berlin", "loaded")
async def test_outage_across_the_end_of_a_month_counts_with_its_part(
    change: Change, go_to: GoTo, numbers: Numbers
) -> None:
    """In each month that it is in."""
    await go_to("2031-12-31 21:59:44")
    await change(WHATSAPP, "disconnected")
    await go_to("2031-12-31 23:45")
    assert numbers() == (1, timedelta(hours=1, minutes=45))
    await go_to("2032-01-01 00:00")
    assert numbers() == (1, timedelta())
    await go_to("2032-01-01 03:00")
    await change(WHATSAPP, "connected")
    assert numbers() == (1, timedelta(hours=3, seconds=16))


@pytest.mark.usefixtures("in_berlin", "loaded")
async def test_another_time_zone(
    hass: HomeAssistant, change: Change, go_to: GoTo, settle: Settle, numbers: Numbers
) -> None:
    """In which it is still, or already, another month."""
    await change(WHATSAPP, "disconnected")
    await change(WHATSAPP, "connected")
    await go_to("2031-04-01 08:00")
    assert numbers()[0] == 0

    await hass.config.async_update(time_zone="America/Los_Angeles")
    await settle()
    assert numbers()[0] == 1
    await go_to("2031-04-01 09:00")
    assert numbers()[0] == 0


# --- What is kept


@pytest.fixture
def key(entry: MockConfigEntry) -> str:
    """Return under which key the outages of the entry are stored."""
    return f"beeper.{entry.entry_id}.outages"


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the entry up anew."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_numbers_are_kept_over_a_restart(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    change: Change,
    poll: Poll,
    numbers: Numbers,
) -> None:
    """An outage that lasted goes on, or was one until it is seen to be over."""
    await change(WHATSAPP, "disconnected")
    await change(WHATSAPP, "connected")
    await change(WHATSAPP, "disconnected")
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert get_state(hass, COUNT).state == STATE_UNAVAILABLE
    await poll(3600)
    await restart(hass, loaded)
    assert numbers() == (2, timedelta(minutes=60, seconds=16 - 48))

    assert await hass.config_entries.async_unload(loaded.entry_id)
    beeper.set_status(WHATSAPP, "connected")
    await poll(3600)
    await restart(hass, loaded)
    assert numbers() == (2, timedelta(hours=2, seconds=16))


async def test_outages_are_stored_sparingly(
    hass_storage: Stored, key: str, loaded: MockConfigEntry, change: Change, poll: Poll
) -> None:
    """Nothing while all is well; else a minute later, what has come in between as well."""
    await poll(3600)
    assert key not in hass_storage
    await change(WHATSAPP, "disconnected")
    await change(WHATSAPP, "connected")
    assert key not in hass_storage
    await poll(60)
    assert hass_storage[key]["data"].keys() == {WHATSAPP}
    assert len(hass_storage[key]["data"][WHATSAPP]["outages"]) == 1

    before = hass_storage[key]
    await poll(86_400)
    assert hass_storage[key] is before


async def test_account_under_another_id_keeps_its_outages(
    hass: HomeAssistant,
    hass_storage: Stored,
    key: str,
    beeper: Simulator,
    loaded: MockConfigEntry,
    change: Change,
    poll: Poll,
    numbers: Numbers,
) -> None:
    """Its sensors and what is stored go on, whether it is moved now or while away."""
    await change(WHATSAPP, "disconnected")
    account = beeper.accounts[WHATSAPP]
    beeper.remove_account(WHATSAPP)
    beeper.add_account({**account, "accountID": "whatsapp_cloud"})
    await poll()
    await change("whatsapp_cloud", "connected")
    assert numbers() == (1, timedelta(seconds=32))

    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert hass_storage[key]["data"].keys() == {"whatsapp_cloud"}
    account = beeper.accounts["whatsapp_cloud"]
    beeper.remove_account("whatsapp_cloud")
    beeper.add_account({**account, "accountID": WHATSAPP})
    await restart(hass, loaded)
    assert numbers() == (1, timedelta(seconds=32))
    await change(WHATSAPP, "disconnected")
    assert numbers()[0] == 2


async def test_account_that_is_gone_leaves_nothing(
    hass: HomeAssistant,
    hass_storage: Stored,
    key: str,
    beeper: Simulator,
    loaded: MockConfigEntry,
    change: Change,
) -> None:
    """With its device its outages go; those of others, and other devices, do not matter."""
    await change(WHATSAPP, "disconnected")
    await change(SIGNAL, "disconnected")
    devices = dr.async_get(hass)
    for account_id in (WHATSAPP, "matrix"):
        beeper.remove_account(account_id)
        devices.async_remove_device(get_device(hass, loaded, f"_{account_id}").id)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert hass_storage[key]["data"].keys() == {SIGNAL}

    beeper.remove_account(SIGNAL)
    devices.async_remove_device(get_device(hass, loaded, f"_{SIGNAL}").id)
    await restart(hass, loaded)
    await change("gmessages", "disconnected")
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert hass_storage[key]["data"].keys() == {"gmessages"}


async def test_entry_that_is_removed_leaves_nothing(
    hass: HomeAssistant,
    hass_storage: Stored,
    key: str,
    loaded: MockConfigEntry,
    change: Change,
    poll: Poll,
) -> None:
    """Its outages are forgotten with it."""
    await change(WHATSAPP, "disconnected")
    await poll(61)
    assert key in hass_storage
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert key not in hass_storage


# --- Many of them


def stored_outages(outages: Sequence[object], **forgotten: object) -> Stored:
    """Return what is stored of one account."""
    nothing = {"since": "1970-01-01T00:00:00+00:00", "count": 0, "seconds": 0}
    return {"outages": outages, "forgotten": nothing | forgotten}


@pytest.fixture
async def started_with(
    hass: HomeAssistant,
    hass_storage: Stored,
    key: str,
    entry: MockConfigEntry,
    enabled: None,
) -> Callable[[object], Any]:
    """Return a function that sets the entry up with what is stored of the account."""

    async def start(stored: object) -> None:
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert await hass.config_entries.async_unload(entry.entry_id)
        hass_storage[key] = {
            "version": 1,
            "minor_version": 1,
            "key": key,
            "data": {WHATSAPP: stored, SIGNAL: stored_outages([])},
        }
        await restart(hass, entry)

    return start


async def test_so_many_are_remembered_and_all_are_counted(
    hass: HomeAssistant,
    hass_storage: Stored,
    key: str,
    entry: MockConfigEntry,
    started_with: Callable[[object], Any],
    change: Change,
    numbers: Numbers,
) -> None:
    """Of an account that is lost again and again the newest are remembered one by one."""
    begin = datetime(2031, 3, 1, 12, tzinfo=UTC)
    starts = [begin + timedelta(hours=hour) for hour in range(MAX_OUTAGES)]
    await started_with(
        stored_outages(
            [
                [each.isoformat(), (each + timedelta(minutes=1)).isoformat()]
                for each in starts
            ]
        )
    )
    assert numbers() == (MAX_OUTAGES, timedelta(minutes=MAX_OUTAGES))

    for _ in range(2):
        await change(WHATSAPP, "disconnected")
        await change(WHATSAPP, "connected")
    expected = (MAX_OUTAGES + 2, timedelta(minutes=MAX_OUTAGES, seconds=32))
    assert numbers() == expected

    assert await hass.config_entries.async_unload(entry.entry_id)
    outages = hass_storage[key]["data"][WHATSAPP]["outages"]
    assert len(outages) == MAX_OUTAGES
    assert outages[0][0] == starts[2].isoformat()
    await restart(hass, entry)
    assert numbers() == expected


async def test_old_ones_are_forgotten(
    hass: HomeAssistant,
    hass_storage: Stored,
    key: str,
    entry: MockConfigEntry,
    started_with: Callable[[object], Any],
    change: Change,
    numbers: Numbers,
) -> None:
    """What ended more than two months ago is of no interest."""
    await started_with(
        stored_outages(
            [
                ["2031-01-08T12:00:00+00:00", "2031-01-09T11:00:00+00:00"],
                ["2031-01-09T12:00:00+00:00", "2031-01-10T12:00:00+00:00"],
            ],
            since="2031-02-01T08:00:00+00:00",
            count=9,
            seconds=9,
        )
    )
    await change(WHATSAPP, "disconnected")
    await change(WHATSAPP, "connected")
    assert numbers() == (1, timedelta(seconds=16))

    assert await hass.config_entries.async_unload(entry.entry_id)
    outages = hass_storage[key]["data"][WHATSAPP]["outages"]
    assert [start for start, _ in outages] == [
        "2031-01-09T12:00:00+00:00",
        "2031-03-12T12:00:16+00:00",
    ]


async def test_clock_that_is_behind(
    started_with: Callable[[object], Any], change: Change, numbers: Numbers
) -> None:
    """A computer without a clock of its own may start in the past; then nothing adds up."""
    await started_with(
        stored_outages(
            [
                ["2031-03-12T13:00:00+00:00", "2031-03-12T14:00:00+00:00"],
                ["2031-04-12T12:00:00+00:00", "2031-04-12T13:00:00+00:00"],
            ]
        )
    )
    assert numbers() == (1, timedelta(hours=1))
    await change(WHATSAPP, "disconnected")
    await change(WHATSAPP, "connected")
    assert numbers() == (1, timedelta(hours=1))


# --- Anything else


OK: Final = ["2031-03-10T12:00:00+00:00", "2031-03-10T13:00:00+00:00"]
LASTING: Final = ["2031-03-10T12:00:00+00:00", None]

BROKEN: Final[Mapping[str, object]] = {
    "list": [1, 2],
    "text": "outages",
    "nothing": None,
    "empty": {},
    "without a count": {"outages": [OK]},
    "more than there is": {**stored_outages([OK]), "more": 1},
    "outage without an end": stored_outages([OK[:1]]),
    "outage with more": stored_outages([[*OK, None]]),
    "outage that is none": stored_outages(["soon"]),
    "time that is none": stored_outages([["soon", None]]),
    "naive time": stored_outages([["2031-03-10T12:00:00", None]]),
    "time before there was UTC": stored_outages([["0001-01-01T00:00:00+14:00", None]]),
    "end before the start": stored_outages([OK[::-1]]),
    "outages that overlap": stored_outages([OK, OK]),
    "outage after one that lasts": stored_outages([LASTING, OK]),
    "count below nothing": stored_outages([OK], count=-1),
    "seconds as text": stored_outages([OK], seconds="long"),
}


@pytest.mark.parametrize("stored", BROKEN.values(), ids=BROKEN.keys())
async def test_what_else_is_stored_is_passed_over(
    started_with: Callable[[object], Any],
    change: Change,
    numbers: Numbers,
    caplog: pytest.LogCaptureFixture,
    stored: object,
) -> None:
    """The account begins anew, and nobody is bothered with it."""
    await started_with(stored)
    assert numbers() == (0, timedelta())
    await change(WHATSAPP, "disconnected")
    assert numbers()[0] == 1
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    ("stored", "is_said"),
    [({"data": ["?"]}, False), ({"data": None}, False), ({"version": 2}, True)],
    ids=["list", "nothing", "of a newer version"],
)
async def test_store_that_makes_no_sense(
    hass: HomeAssistant,
    hass_storage: Stored,
    key: str,
    entry: MockConfigEntry,
    started_with: Callable[[object], Any],
    numbers: Numbers,
    caplog: pytest.LogCaptureFixture,
    stored: Stored,
    *,
    is_said: bool,
) -> None:
    """All accounts begin anew, which is said where something may be lost."""
    await started_with(stored_outages([OK]))
    assert numbers() == (1, timedelta(hours=1))
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[key] |= stored
    await restart(hass, entry)

    assert numbers() == (0, timedelta())
    assert ("cannot be read" in caplog.text) is is_said
