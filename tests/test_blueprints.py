"""The blueprints, loaded and run by Home Assistant itself."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
import logging
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import CoreState, HomeAssistant, ServiceCall, State
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.restore_state import STORAGE_KEY, async_get as restore_state
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator, Timings, load_scenario
from simulator.login_flows import FLOWS

from .accounts import TELEGRAM, WHATSAPP
from .clock import Clock
from .conftest import Change, Poll, Settle
from .lookup import get_state
from .network_flows import TELEGRAM_CODE

ROOT = Path(__file__).parents[1]
BLUEPRINTS = ROOT / "blueprints" / "automation"
README = ROOT / "README.md"

WHATSAPP_STATUS = "sensor.whatsapp_alice_example_status"
TELEGRAM_STATUS = "sensor.telegram_alice_example_status"
PROBLEM = "binary_sensor.beeper_problem"
PHONE = "notify.mobile_app_my_phone"

LOGIN = "sensor.beeper_login_session"
QUIET: Mapping[str, str] = {"quiet_start": "22:00:00", "quiet_end": "07:00:00"}

type Use = Callable[..., Awaitable[list[ServiceCall]]]
type At = Callable[[str], Awaitable[None]]
type Night = list[tuple[str, str]]
type Live = Callable[[Night], Awaitable[None]]


PATIENT = Timings(connecting=0.01, qr_lifetime=86400, session_timeout=86400)
"""Of a Beeper that gives up no login by itself."""


@pytest.fixture
def phone(hass: HomeAssistant) -> dr.AnyDeviceEntry:
    """Return the device of the phone."""
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={("mobile_app", "my-phone")},
        name="My Phone",
    )


@pytest.fixture
async def use(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    tmp_path: Path,
    phone: dr.AnyDeviceEntry,
) -> AsyncGenerator[Use]:
    """Return a function that makes an automation from a blueprint.

    What it returns are the calls of the notify action to come. If nothing else is said,
    a QR code may be shown on the phone.
    """
    (tmp_path / "blueprints").symlink_to(ROOT / "blueprints")

    async def use(
        name: str, notify: str = PHONE, **inputs: object
    ) -> list[ServiceCall]:
        hass.config.config_dir = str(tmp_path)
        if name == "account_lost":
            inputs = {"screens": [phone.id], **inputs}
        calls = async_mock_service(
            hass, "notify", (notify or PHONE).removeprefix("notify.")
        )
        automation = {
            "alias": name,
            "use_blueprint": {
                "path": f"beeper/{name}.yaml",
                "input": {"notify": notify, **inputs},
            },
        }
        assert await async_setup_component(
            hass, "automation", {"automation": automation}
        )
        await hass.async_block_till_done()
        assert get_state(hass, f"automation.{name}").state == "on"
        return calls

    yield use
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )


@pytest.fixture
def settle(clock: Clock) -> Settle:
    """Wait for what is due, but not for automations that wait."""
    return clock.run


@pytest.fixture
def at(poll: Poll) -> At:
    """Return a function that lets time pass until it is so late, in local time."""

    async def at(time: str) -> None:
        now = dt_util.now()
        then = datetime.fromisoformat(f"{now.date()}T{time}").replace(tzinfo=now.tzinfo)
        if then <= now:
            then += timedelta(days=1)
        # The nights on which clocks change are shorter and longer
        await poll(then.timestamp() - now.timestamp())

    return at


@pytest.fixture
def live(hass: HomeAssistant, beeper: Simulator, at: At, poll: Poll) -> Live:
    """Return a function that lives through what happens at which times.

    That is a status of WhatsApp, or that Beeper is `away`, `back`, or unchanged (`-`).
    """

    async def live(night: Night) -> None:
        for time, what in night:
            await at(time)
            if what == "away":
                beeper.inject(Fault(status=502))
            elif what == "back":
                beeper.clear_faults()
            elif what != "-":
                beeper.set_status(WHATSAPP, what)
            await poll(61 if what == "back" else 16)

    return live


@pytest.fixture
async def other_beeper(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> AsyncGenerator[Simulator]:
    """Return a second Beeper, set up, with accounts of the same names."""
    async with Simulator(load_scenario("home"), seed=1, timings=PATIENT) as simulator:
        entry = MockConfigEntry(
            domain="beeper",
            data={CONF_URL: simulator.url, CONF_ACCESS_TOKEN: simulator.token},
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        yield simulator
        await hass.config_entries.async_unload(entry.entry_id)


def messages(calls: list[ServiceCall]) -> list[tuple[str, str]]:
    """Return titles and messages of notifications."""
    return [(call.data["title"], call.data["message"]) for call in calls]


# --- All of them


async def test_home_assistant_lists_them(
    hass: HomeAssistant,
    use: Use,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Home Assistant finds nothing wrong with any of them."""
    await use("weekly_report")
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "blueprint/list", "domain": "automation"})
    listed = (await client.receive_json())["result"]

    assert listed.keys() == {
        str(path.relative_to(BLUEPRINTS)) for path in BLUEPRINTS.rglob("*.yaml")
    }
    for path, blueprint in listed.items():
        assert "error" not in blueprint, path
        assert blueprint["metadata"]["source_url"].endswith(
            f"/blueprints/automation/{path}"
        )


# --- Tell me when an account loses its connection


@pytest.fixture(params=["one account", "all accounts"])
def watched(request: pytest.FixtureRequest, beeper: Simulator) -> dict[str, list[str]]:
    """Return what is chosen to watch WhatsApp; without a choice all are watched.

    All others are well.
    """
    for account_id in beeper.accounts:
        beeper.set_status(account_id, "connected")
    return {"accounts": [WHATSAPP_STATUS]} if request.param == "one account" else {}


async def test_lost_account_is_told(
    use: Use, watched: dict[str, list[str]], change: Change, poll: Poll
) -> None:
    """After five minutes there is a notification with a button."""
    await change(WHATSAPP, "connected")
    calls = await use("account_lost", **watched)

    await change(
        WHATSAPP, "reconnect_required", status_text="Logged out from your phone"
    )
    await poll(280)
    assert calls == []
    await poll(30)

    [call] = calls
    assert call.data == {
        "title": "WhatsApp (Alice Example)",
        "message": "Logged out from your phone",
        "data": {
            "tag": WHATSAPP_STATUS,
            "url": "/config/repairs",
            "clickAction": "/config/repairs",
            "actions": [
                {
                    "action": (
                        f"BEEPER_RECONNECT:automation.account_lost:{WHATSAPP_STATUS}"
                    ),
                    "title": "Reconnect",
                }
            ],
        },
    }


async def test_status_without_words_is_told_in_ours(
    use: Use, change: Change, poll: Poll
) -> None:
    """Where Beeper says nothing, the translated status does."""
    await change(TELEGRAM, "connected")
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS, TELEGRAM_STATUS])

    await change(TELEGRAM, "disconnected")
    await poll(310)

    assert messages(calls) == [("Telegram (Alice Example)", "Disconnected")]


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [({"minutes": 1}, 60), ({"hours": 1, "seconds": 5}, 3605), ("00:00:30", 30)],
)
async def test_for_how_long(
    use: Use, change: Change, poll: Poll, duration: object, seconds: int
) -> None:
    """One can say how long an account has to be lost."""
    await change(WHATSAPP, "connected")
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS], duration=duration)

    await change(WHATSAPP, "disconnected")
    await poll(seconds - 20)
    assert calls == []
    await poll(20)

    assert len(calls) == 1


async def test_other_accounts_and_other_phones(
    use: Use, change: Change, poll: Poll
) -> None:
    """One can say which accounts, and who is told."""
    await change(WHATSAPP, "connected")
    await change(TELEGRAM, "connected")
    calls = await use(
        "account_lost", accounts=[TELEGRAM_STATUS], notify="notify.family"
    )

    await change(WHATSAPP, "disconnected")
    await change(TELEGRAM, "disconnected")
    await poll(310)

    assert [call.service for call in calls] == ["family"]
    assert calls[0].data["title"] == "Telegram (Alice Example)"


@pytest.mark.parametrize(
    ("start", "end", "lost", "told"),
    [
        # Over midnight
        ("22:00:00", "07:00:00", "21:30:00", "21:36:00"),
        ("22:00:00", "07:00:00", "21:58:00", "07:00:30"),
        ("22:00:00", "07:00:00", "23:30:00", "07:00:30"),
        ("22:00:00", "07:00:00", "03:00:00", "07:00:30"),
        ("22:00:00", "07:00:00", "06:58:00", "07:04:00"),
        ("22:00:00", "07:00:00", "12:00:00", "12:06:00"),
        # By day
        ("12:00:00", "14:00:00", "12:30:00", "14:00:30"),
        ("12:00:00", "14:00:00", "15:00:00", "15:06:00"),
        # None
        ("09:00:00", "09:00:00", "08:58:00", "09:04:00"),
        ("00:00:00", "00:00:00", "23:58:00", "00:04:00"),
    ],
)
async def test_quiet_hours(
    use: Use,
    at: At,
    change: Change,
    poll: Poll,
    start: str,
    end: str,
    lost: str,
    told: str,
) -> None:
    """What happens in quiet hours is told once, when they end."""
    await change(WHATSAPP, "connected")
    calls = await use(
        "account_lost", accounts=[WHATSAPP_STATUS], quiet_start=start, quiet_end=end
    )
    await at(lost)

    await change(WHATSAPP, "disconnected")
    await poll(240)
    assert calls == []
    await poll(70)
    await at(told)
    assert len(calls) == 1

    for _ in range(2):
        await at(start)
        await at(end)
    assert len(calls) == 1


async def test_account_that_is_back_in_the_morning(
    use: Use, at: At, change: Change
) -> None:
    """What has mended itself in quiet hours is not told."""
    await change(WHATSAPP, "connected")
    calls = await use(
        "account_lost",
        accounts=[WHATSAPP_STATUS],
        quiet_start="22:00:00",
        quiet_end="07:00:00",
    )
    await at("23:00:00")
    await change(WHATSAPP, "disconnected")
    await at("03:00:00")
    await change(WHATSAPP, "connected")
    await at("07:01:00")

    assert calls == []


@pytest.mark.parametrize(
    "night",
    [
        pytest.param(
            [("06:55", "connecting"), ("06:56", "disconnected"), ("07:00:01", "-")],
            id="tries before",
        ),
        pytest.param(
            [("06:59", "connecting"), ("07:00:01", "-"), ("07:00:20", "disconnected")],
            id="tries at the end",
        ),
        pytest.param([("06:55", "connecting"), ("07:00:01", "-")], id="tries for ever"),
        pytest.param(
            [("06:50", "away"), ("06:57", "back"), ("07:00:01", "-")], id="away before"
        ),
        pytest.param(
            [("06:50", "away"), ("07:00:01", "-"), ("07:10", "back")],
            id="away at the end",
        ),
        pytest.param(
            [
                ("06:50", "away"),
                ("07:00:01", "-"),
                ("07:09", "connecting"),
                ("07:10", "back"),
                ("07:11:30", "disconnected"),
            ],
            id="away, then tries",
        ),
        pytest.param(
            [
                ("06:50", "away"),
                ("07:00:01", "-"),
                ("07:00:01", "-"),
                ("11:00", "back"),
            ],
            id="away for a day",
        ),
        pytest.param(
            [
                ("06:50", "away"),
                ("07:00:01", "-"),
                ("23:00", "back"),
                ("07:00:01", "-"),
            ],
            id="back in the next night",
        ),
    ],
)
async def test_account_lost_in_quiet_hours(
    use: Use,
    watched: dict[str, list[str]],
    at: At,
    change: Change,
    live: Live,
    night: Night,
) -> None:
    """It is told once if it stays lost, whatever happens till they end."""
    await change(WHATSAPP, "connected")
    calls = await use("account_lost", **watched, **QUIET)
    await at("23:00:00")
    await change(WHATSAPP, "disconnected")
    await at("23:10:00")

    await live(night[:1])
    assert calls == []
    await live(night[1:])
    await at("12:00:00")
    assert len(calls) == 1

    for time in ("07:00:01", "12:00:00") * 2:
        await at(time)
    assert len(calls) == 1


@pytest.mark.parametrize(
    "night",
    [
        pytest.param(
            [("06:59:30", "connecting"), ("07:00:30", "connected")], id="tries"
        ),
        pytest.param([("06:50", "away"), ("07:10", "connected"), ("07:11", "back")]),
        pytest.param(
            [
                ("06:50", "away"),
                ("07:10", "connecting"),
                ("07:11", "back"),
                ("07:12:10", "connected"),
            ],
            id="away, then tries",
        ),
        pytest.param([("06:50", "away"), ("07:10", "disabled"), ("07:11", "back")]),
    ],
)
async def test_account_that_was_lost_in_quiet_hours(
    use: Use,
    watched: dict[str, list[str]],
    at: At,
    change: Change,
    live: Live,
    night: Night,
) -> None:
    """It is not told if it mends itself as soon as they end, or Beeper is back."""
    await change(WHATSAPP, "connected")
    calls = await use("account_lost", **watched, **QUIET)
    await at("23:00:00")
    await change(WHATSAPP, "disconnected")

    await live(night)
    await at("12:00:00")
    await at("07:00:30")

    assert calls == []


@pytest.mark.parametrize(
    "night",
    [
        [("06:55", "connecting"), ("06:56", "disconnected"), ("07:00:01", "-")],
        [("03:00", "connecting"), ("03:02", "disconnected"), ("07:00:01", "-")],
        [("03:00", "attention_required"), ("07:00:01", "-")],
        [("03:00", "away"), ("03:02", "back"), ("07:00:01", "-")],
        [("06:50", "away"), ("07:00:01", "-"), ("07:10", "back")],
        [("06:59", "connecting"), ("07:00:01", "-"), ("07:01", "disconnected")],
    ],
)
async def test_account_that_was_told_by_day(
    use: Use, at: At, change: Change, live: Live, night: Night
) -> None:
    """It is not told again in the morning, whatever happens at night."""
    await change(WHATSAPP, "connected")
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS], **QUIET)
    await at("12:00:00")
    await change(WHATSAPP, "disconnected")
    await at("12:10:00")
    assert len(calls) == 1

    for _ in range(3):
        await live(night)
        await at("12:10:00")

    assert len(calls) == 1


@pytest.mark.parametrize(
    ("night", "told"),
    [
        # It has to last anew from then on
        ([("21:54", "disconnected"), ("21:57", "away"), ("22:30", "back")], "07:00:30"),
        ([("06:50", "disconnected"), ("06:54", "away"), ("06:58", "back")], "07:05:00"),
    ],
)
async def test_interruption_at_the_edge_of_quiet_hours(
    use: Use, at: At, change: Change, live: Live, night: Night, told: str
) -> None:
    """An account that is not seen for a while is told once, and in time."""
    await change(WHATSAPP, "connected")
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS], **QUIET)

    await live(night)
    await at("06:59:30" if night[0][0] > "12" else "06:59:50")
    assert calls == []
    await at(told)
    assert len(calls) == 1

    for time in ("12:00:00", "07:00:30") * 2:
        await at(time)
    assert len(calls) == 1


@pytest.mark.parametrize("night", ["2027-03-13", "2027-11-06"])
@pytest.mark.parametrize(
    ("lost", "told"), [("21:30:00", "21:36:00"), ("22:30:00", "07:00:30")]
)
async def test_night_on_which_clocks_change(
    use: Use, at: At, change: Change, poll: Poll, night: str, lost: str, told: str
) -> None:
    """Quiet hours go by the clock on the wall."""
    start = dt_util.start_of_local_day(datetime.fromisoformat(night))
    await poll(start.timestamp() - dt_util.now().timestamp())
    await change(WHATSAPP, "connected")
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS], **QUIET)
    await at(lost)
    await change(WHATSAPP, "disconnected")

    await at(told)
    assert len(calls) == 1
    await at("12:00:00")
    await at("07:00:30")

    assert len(calls) == 1


async def test_two_accounts_come_back_after_quiet_hours_and_a_restart(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    use: Use,
    at: At,
    change: Change,
    poll: Poll,
) -> None:
    """That the first one has been told is no reason not to tell the second one."""
    for account_id in (WHATSAPP, TELEGRAM):
        await change(account_id, "connected")
    await at("23:00:00")
    for account_id in (WHATSAPP, TELEGRAM):
        await change(account_id, "disconnected")
    assert await hass.config_entries.async_unload(loaded.entry_id)
    for state in hass.states.async_all():
        hass.states.async_remove(state.entity_id)
    await at("07:30:00")

    hass.set_state(CoreState.not_running)
    accounts = [WHATSAPP_STATUS, TELEGRAM_STATUS]
    calls = await use("account_lost", accounts=accounts, **QUIET)
    await hass.async_start()
    for entity_id in accounts:
        entity = er.async_get(hass).async_get(entity_id)
        assert entity is not None
        # As a start writes it for an entity that is not there
        entity.write_unavailable_state(hass)
    await poll(60)
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()

    assert sorted(messages(calls)) == [
        ("Telegram (Alice Example)", "Disconnected"),
        ("WhatsApp (Alice Example)", "Disconnected"),
    ]


async def test_two_accounts_at_the_end_of_quiet_hours(
    use: Use, at: At, change: Change, live: Live
) -> None:
    """One that is connecting does not hide another one, and both are told."""
    await change(WHATSAPP, "connected")
    await change(TELEGRAM, "connected")
    calls = await use(
        "account_lost", accounts=[WHATSAPP_STATUS, TELEGRAM_STATUS], **QUIET
    )
    await at("23:00:00")
    await change(TELEGRAM, "disconnected")
    await live([("23:10", "disconnected"), ("06:50", "away"), ("07:10", "back")])

    await at("12:00:00")

    assert sorted(messages(calls)) == [
        ("Telegram (Alice Example)", "Disconnected"),
        ("WhatsApp (Alice Example)", "Disconnected"),
    ]


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize(
    ("last_told", "told"), [(None, 1), ("21:00:00", 1), ("07:00:01", 0)]
)
async def test_home_assistant_is_down_when_quiet_hours_end(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    loaded: MockConfigEntry,
    use: Use,
    at: At,
    change: Change,
    poll: Poll,
    is_late: bool,
    last_told: str | None,
    told: int,
) -> None:
    """What it could not tell then is told when it has started."""
    await change(WHATSAPP, "connected")
    await at("23:00:00")
    await change(WHATSAPP, "disconnected")
    assert await hass.config_entries.async_unload(loaded.entry_id)
    for state in hass.states.async_all():
        hass.states.async_remove(state.entity_id)
    await at("07:30:00")
    if last_told is not None:
        now = dt_util.now()
        last = datetime.fromisoformat(f"{now.date()}T{last_told}").replace(
            tzinfo=now.tzinfo
        )
        last -= timedelta(days=last > now)
        automation = State(
            "automation.account_lost", "on", {"last_triggered": last.isoformat()}
        )
        await restore_state(hass).async_dump_states()
        hass_storage[STORAGE_KEY]["data"].append(
            {"state": automation.as_dict(), "last_seen": last.isoformat()}
        )
        await restore_state(hass).async_load()

    hass.set_state(CoreState.not_running)
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS], **QUIET)
    if not is_late:
        assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_start()
    if is_late:
        # As a start writes it for an entity that is not there
        entity = er.async_get(hass).async_get(WHATSAPP_STATUS)
        assert entity is not None
        entity.write_unavailable_state(hass)
        await poll(60)
        assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    assert len(calls) == told

    await at("12:00:00")
    await at("07:00:30")
    assert len(calls) == told


async def press(
    hass: HomeAssistant, clock: Clock, account: str, automation: str = "account_lost"
) -> None:
    """Press the button of a notification, as the app tells it."""
    hass.bus.async_fire(
        "mobile_app_notification_action",
        {"action": f"BEEPER_RECONNECT:automation.{automation}:{account}"},
    )
    # Of two logins, one is the newer one
    await clock.run(1)


async def test_button_sends_the_qr_code(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """The code comes as a picture, again when it rotates, and then that it is done."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS])

    await press(hass, clock, WHATSAPP_STATUS)
    [session_id] = beeper.sessions
    assert len(calls) == 1
    await clock.run(1)
    beeper.phone.rotate(session_id)
    await clock.run(1)
    assert len(calls) == 2
    beeper.phone.scan(session_id)
    await clock.run(1)

    assert messages(calls) == [
        (
            "WhatsApp (Alice Example)",
            "Scan the QR code with the WhatsApp mobile app to log in",
        )
    ] * 2 + [("WhatsApp (Alice Example)", "Connected again.")]
    assert calls[0].data["data"] == {
        "tag": WHATSAPP_STATUS,
        "alert_once": True,
        "image": "/api/image_proxy/image.beeper_login_qr_code",
    }


async def test_button_and_a_login_that_fails(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """The network's reason is told, with a button to try again."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS])

    await press(hass, clock, WHATSAPP_STATUS)
    [session_id] = beeper.sessions
    await clock.run(1)
    beeper.phone.time_out(session_id)
    await clock.run(1)

    error = get_state(hass, "sensor.beeper_login_session").attributes["error"]
    assert error
    assert messages(calls)[1:] == [
        ("WhatsApp (Alice Example)", f"Could not be reconnected. {error}")
    ]
    [button] = calls[1].data["data"]["actions"]
    assert button["title"] == "Try again"
    assert button["action"].endswith(f":{WHATSAPP_STATUS}")


async def test_button_and_a_form(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """What cannot be done in a notification is done in Home Assistant."""
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS])

    await press(hass, clock, TELEGRAM_STATUS)

    [call] = calls
    assert call.data["message"] == "Open Home Assistant to go on."


INTEGRATION_PAGE = "/config/integrations/integration/beeper"


@pytest.mark.parametrize(
    ("options", "is_ignored", "page"),
    [
        ({}, False, "/config/repairs"),
        ({}, True, INTEGRATION_PAGE),
        ({"no_repairs_for": [TELEGRAM]}, False, INTEGRATION_PAGE),
    ],
)
async def test_page_that_the_notification_opens(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    use: Use,
    change: Change,
    clock: Clock,
    options: dict[str, object],
    is_ignored: bool,
    page: str,
) -> None:
    """It is the list of repairs, where there is one, or else where one can reconnect."""
    hass.config_entries.async_update_entry(loaded, options=options)
    await hass.config_entries.async_reload(loaded.entry_id)
    await change(TELEGRAM, "reconnect_required")
    if is_ignored:
        ir.async_ignore_issue(
            hass, "beeper", f"reconnect_{loaded.entry_id}_{TELEGRAM}", ignore=True
        )
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS])

    await press(hass, clock, TELEGRAM_STATUS)

    if page == INTEGRATION_PAGE:
        page += f"#config_entry={loaded.entry_id}"
    assert calls[0].data["data"] == {
        "tag": TELEGRAM_STATUS,
        "url": page,
        "clickAction": page,
    }


@pytest.fixture
async def frontend(hass: HomeAssistant) -> None:
    """Have Home Assistant show pages; tests name this before what needs an entry."""
    assert await async_setup_component(hass, "frontend", {})


async def test_notification_opens_the_page_of_the_account(
    hass: HomeAssistant, frontend: None, use: Use, clock: Clock
) -> None:
    """Where accounts have pages, one tap leads to the login."""
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS])

    await press(hass, clock, TELEGRAM_STATUS)

    telegram = er.async_get(hass).async_get(TELEGRAM_STATUS)
    assert telegram
    page = f"/beeper-reconnect/{telegram.device_id}"
    assert calls[0].data["data"] == {
        "tag": TELEGRAM_STATUS,
        "url": page,
        "clickAction": page,
    }


async def test_code_to_type_is_not_sent(
    hass: HomeAssistant,
    beeper: Simulator,
    use: Use,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What an action is given is kept in traces: the code is shown elsewhere."""
    monkeypatch.setitem(FLOWS, "whatsapp", FLOWS["whatsapp"][1:])
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS])
    await press(hass, clock, WHATSAPP_STATUS)
    await clock.run(1)

    login = get_state(hass, "sensor.beeper_login_session")
    assert login.attributes["display_type"] == "code"
    assert {call.data["message"] for call in calls} == {"Open Home Assistant to go on."}
    assert len(calls) == 1


GAVE_UP = ("Telegram (Alice Example)", "Could not be reconnected.")


@pytest.mark.parametrize("timings", [PATIENT])
async def test_button_that_nobody_follows_up(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """A login that waits for a quarter of an hour is cancelled."""
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS])

    await press(hass, clock, TELEGRAM_STATUS)
    [session] = beeper.sessions.values()
    await clock.run(895)
    assert session.status == "waiting_for_input"
    await clock.run(10)

    assert session.status == "cancelled"
    assert messages(calls)[1:] == [GAVE_UP]


@pytest.mark.parametrize("timings", [PATIENT])
async def test_code_that_nobody_scans(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """A code that is replaced again and again does not keep a login alive."""
    await use("account_lost", accounts=[WHATSAPP_STATUS])

    await press(hass, clock, WHATSAPP_STATUS)
    [session] = beeper.sessions.values()
    await clock.run(890)
    assert session.status == "waiting_for_display"
    await clock.run(20)

    assert session.status == "cancelled"


@pytest.mark.parametrize("timings", [PATIENT])
async def test_form_that_somebody_fills_in_slowly(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """Each step has its quarter of an hour."""
    await use("account_lost", accounts=[TELEGRAM_STATUS])
    await press(hass, clock, TELEGRAM_STATUS)
    [session_id] = beeper.sessions
    await clock.run(800)

    await hass.services.async_call(
        "beeper",
        "submit_login_step",
        {"login_session_id": session_id, "fields": {TELEGRAM_CODE.field: "00000"}},
        blocking=True,
    )
    await clock.run(800)
    assert beeper.sessions[session_id].status == "waiting_for_input"
    await clock.run(110)

    assert beeper.sessions[session_id].status == "cancelled"


async def test_button_when_beeper_is_gone(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """A login that cannot be started is told as well."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS])
    beeper.inject(Fault(method="POST", status=502))

    await press(hass, clock, WHATSAPP_STATUS)

    assert messages(calls) == [
        (
            "WhatsApp (Alice Example)",
            "The login could not be started. Open Home Assistant to see why.",
        )
    ]


async def test_another_login_takes_over(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """Somebody who starts again elsewhere gets the codes there, and only there."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS])
    await press(hass, clock, WHATSAPP_STATUS)

    await hass.services.async_call(
        "beeper",
        "reconnect_account",
        {"entity_id": WHATSAPP_STATUS},
        blocking=True,
        return_response=True,
    )
    await clock.run(60)

    assert len(calls) == 1


@pytest.mark.parametrize("timings", [PATIENT])
async def test_login_that_somebody_cancels(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """Who cancels it knows."""
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS])
    await press(hass, clock, TELEGRAM_STATUS)
    [session_id] = beeper.sessions

    await hass.services.async_call(
        "beeper",
        "cancel_login_session",
        {"login_session_id": session_id},
        blocking=True,
    )
    await clock.run(1000)

    assert len(calls) == 1


@pytest.mark.parametrize("timings", [PATIENT])
async def test_login_that_ends_with_a_reload(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    use: Use,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who reloads the integration knows, too."""
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS])
    await press(hass, clock, TELEGRAM_STATUS)

    await hass.config_entries.async_reload(loaded.entry_id)
    await clock.run(1000)

    assert len(calls) == 1
    assert not [it for it in caplog.records if it.levelno >= logging.ERROR]


@pytest.mark.parametrize("timings", [PATIENT])
@pytest.mark.parametrize("seconds", [0, 5])
async def test_two_buttons(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock, seconds: int
) -> None:
    """Two logins run side by side, and each is told how it ends."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS, TELEGRAM_STATUS])
    for account in (WHATSAPP_STATUS, TELEGRAM_STATUS):
        hass.bus.async_fire(
            "mobile_app_notification_action",
            {"action": f"BEEPER_RECONNECT:automation.account_lost:{account}"},
        )
        if seconds:
            await clock.run(seconds)
    await clock.run(5)
    [session_id] = [
        it.id for it in beeper.sessions.values() if it.status == "waiting_for_display"
    ]

    beeper.phone.rotate(session_id)
    await clock.run(11)
    beeper.phone.scan(session_id)
    await clock.run(11)
    assert ("WhatsApp (Alice Example)", "Connected again.") in messages(calls)
    assert GAVE_UP not in messages(calls)
    await clock.run(901)

    assert messages(calls)[-1] == GAVE_UP
    assert sorted(it.status for it in beeper.sessions.values()) == [
        "cancelled",
        "complete",
    ]


async def test_login_that_is_hidden_fails(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """It is told why, also while the sensor shows another login."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS, TELEGRAM_STATUS])
    await press(hass, clock, WHATSAPP_STATUS)
    [session_id] = beeper.sessions
    await press(hass, clock, TELEGRAM_STATUS)

    beeper.phone.time_out(session_id)
    await clock.run(11)

    assert messages(calls)[2:] == [
        (
            "WhatsApp (Alice Example)",
            (
                "Could not be reconnected."
                " Entering code or scanning QR timed out. Please try again."
            ),
        )
    ]


async def test_login_that_was_hidden(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """When the other login ends, the code that is good now is sent."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS, TELEGRAM_STATUS])
    await press(hass, clock, WHATSAPP_STATUS)
    [whatsapp] = beeper.sessions
    await press(hass, clock, TELEGRAM_STATUS)
    [telegram] = beeper.sessions.keys() - {whatsapp}
    beeper.phone.rotate(whatsapp)
    await clock.run(10)
    assert len(calls) == 2

    await hass.services.async_call(
        "beeper",
        "cancel_login_session",
        {"login_session_id": telegram},
        blocking=True,
    )
    await clock.run(1)

    assert len(calls) == 3
    assert calls[2].data["data"]["image"] == (
        "/api/image_proxy/image.beeper_login_qr_code"
    )


@pytest.mark.parametrize("timings", [PATIENT])
async def test_form_that_was_hidden(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """When the other login ends, nobody is told of the same form again."""
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS])
    await press(hass, clock, TELEGRAM_STATUS)
    session: Any = await hass.services.async_call(
        "beeper",
        "reconnect_account",
        {"entity_id": WHATSAPP_STATUS},
        blocking=True,
        return_response=True,
    )
    await clock.run(25)

    await hass.services.async_call(
        "beeper",
        "cancel_login_session",
        {"login_session_id": session[WHATSAPP_STATUS]["login_session_id"]},
        blocking=True,
    )
    await clock.run(25)

    assert get_state(hass, LOGIN).state == "waiting_for_input"
    assert len(calls) == 1


@pytest.mark.parametrize("timings", [PATIENT])
async def test_hidden_login_is_cancelled(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """One that nobody follows up ends, also while the sensor shows another one."""
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS])
    await press(hass, clock, TELEGRAM_STATUS)
    [session] = beeper.sessions.values()
    await hass.services.async_call(
        "beeper",
        "reconnect_account",
        {"entity_id": WHATSAPP_STATUS},
        blocking=True,
        return_response=True,
    )

    await clock.run(880)
    assert session.status == "waiting_for_input"
    await clock.run(35)

    assert session.status == "cancelled"
    assert messages(calls)[1:] == [GAVE_UP]


@pytest.mark.parametrize("fault", ["/v1/accounts", "*/login-sessions/*"])
@pytest.mark.parametrize("is_hidden", [False, True])
async def test_beeper_stumbles_during_a_login(
    hass: HomeAssistant,
    beeper: Simulator,
    use: Use,
    clock: Clock,
    fault: str,
    is_hidden: bool,
) -> None:
    """A login that goes on is followed on."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS, TELEGRAM_STATUS])
    await press(hass, clock, WHATSAPP_STATUS)
    [session_id] = beeper.sessions
    if is_hidden:
        await press(hass, clock, TELEGRAM_STATUS)

    beeper.inject(Fault(method="GET", path=fault, status=502))
    await clock.run(25)
    beeper.clear_faults()
    await clock.run(61)
    beeper.phone.scan(session_id)
    await clock.run(11)

    assert messages(calls)[-1] == ("WhatsApp (Alice Example)", "Connected again.")


async def test_account_of_another_beeper(
    hass: HomeAssistant, other_beeper: Simulator, use: Use, clock: Clock
) -> None:
    """With several Beepers, a login is shown and cancelled in the right one."""
    account = f"{TELEGRAM_STATUS}_2"
    calls = await use("account_lost", accounts=[TELEGRAM_STATUS, account])

    await press(hass, clock, account)
    [session] = other_beeper.sessions.values()
    assert messages(calls) == [
        ("Telegram (Alice Example)", "Open Home Assistant to go on.")
    ]
    await clock.run(905)

    assert session.status == "cancelled"


@pytest.mark.parametrize(
    ("account", "automation"),
    [(TELEGRAM_STATUS, "account_lost"), (WHATSAPP_STATUS, "another")],
)
async def test_button_of_another_automation(
    hass: HomeAssistant,
    beeper: Simulator,
    use: Use,
    clock: Clock,
    account: str,
    automation: str,
) -> None:
    """Each automation minds its own buttons."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS])

    await press(hass, clock, account, automation)

    assert not beeper.sessions
    assert calls == []


# Who is told


async def test_phones_and_entities_are_picked(
    hass: HomeAssistant,
    use: Use,
    change: Change,
    poll: Poll,
    phone: dr.AnyDeviceEntry,
) -> None:
    """Several at once; without another screen the button leads to the repair."""
    entities = ["notify.mail", "notify.television"]
    texts = async_mock_service(hass, "notify", "send_message")
    others = async_mock_service(hass, "notify", "family")
    await change(WHATSAPP, "connected")
    calls = await use(
        "account_lost",
        accounts=[WHATSAPP_STATUS],
        notify="",
        phones=[phone.id, "removed"],
        entities=entities,
        screens=[],
    )

    await change(
        WHATSAPP, "reconnect_required", status_text="Logged out from your phone"
    )
    await poll(310)

    [call] = calls
    assert call.data == {
        "title": "WhatsApp (Alice Example)",
        "message": "Logged out from your phone",
        "data": {
            "tag": WHATSAPP_STATUS,
            "url": "/config/repairs",
            "clickAction": "/config/repairs",
            "actions": [
                {"action": "URI", "title": "Reconnect", "uri": "/config/repairs"}
            ],
        },
    }
    [text] = texts
    assert text.data == {
        "entity_id": entities,
        "message": "WhatsApp (Alice Example): Logged out from your phone",
    }
    assert others == []


async def test_automation_from_before_there_were_pickers(
    hass: HomeAssistant, use: Use, change: Change, poll: Poll
) -> None:
    """It goes on telling, with the action it has."""
    texts = async_mock_service(hass, "notify", "send_message")
    await change(WHATSAPP, "connected")
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS], screens=[])

    await change(WHATSAPP, "disconnected")
    await poll(310)
    await change(WHATSAPP, "connected")

    assert messages(calls) == [
        ("WhatsApp (Alice Example)", "Disconnected"),
        ("WhatsApp (Alice Example)", "Connected again."),
    ]
    assert texts == []


@pytest.mark.parametrize("is_scanned", [True, False])
async def test_qr_code_goes_to_another_screen(
    hass: HomeAssistant,
    beeper: Simulator,
    use: Use,
    clock: Clock,
    phone: dr.AnyDeviceEntry,
    is_scanned: bool,
) -> None:
    """The phone that scans is told where it is; when it is over, the picture goes."""
    tablet = dr.async_get(hass).async_get_or_create(
        config_entry_id=phone.config_entry_id,
        identifiers={("mobile_app", "tablet")},
        name="Wall tablet",
    )
    shown = async_mock_service(hass, "notify", "mobile_app_wall_tablet")
    calls = await use(
        "account_lost",
        accounts=[WHATSAPP_STATUS],
        notify="",
        phones=[phone.id],
        screens=[tablet.id],
    )
    await press(hass, clock, WHATSAPP_STATUS)
    await clock.run(1)
    [session_id] = beeper.sessions
    assert messages(calls) == [
        ("WhatsApp (Alice Example)", "Scan the QR code that your other screen shows.")
    ]
    assert "image" not in calls[0].data["data"]
    assert shown[0].data["data"]["image"]

    if is_scanned:
        beeper.phone.scan(session_id)
    else:
        beeper.phone.time_out(session_id)
    await clock.run(1)

    assert shown[1:][0].data == {
        "message": "clear_notification",
        "data": {"tag": WHATSAPP_STATUS},
    }
    assert len(shown) == 2
    _, message = messages(calls)[-1]
    assert message.startswith("Connected again." if is_scanned else "Could not be")


async def test_button_from_before_there_were_screens(
    hass: HomeAssistant, use: Use, clock: Clock
) -> None:
    """A notification that is still there starts a login; its code goes nowhere."""
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS], screens=[])

    await press(hass, clock, WHATSAPP_STATUS)

    assert messages(calls) == [
        ("WhatsApp (Alice Example)", "Open Home Assistant to go on.")
    ]


# Back again


@pytest.fixture
def use_picked(use: Use, phone: dr.AnyDeviceEntry) -> Use:
    """Return a function that makes the automation with the phone picked."""

    async def use_picked(name: str, **inputs: object) -> list[ServiceCall]:
        picked = {"notify": "", "phones": [phone.id], "screens": [], **inputs}
        return await use(name, accounts=[WHATSAPP_STATUS], **picked)

    return use_picked


async def test_account_that_is_back(
    hass: HomeAssistant, use_picked: Use, change: Change, poll: Poll
) -> None:
    """That takes the place of what was told; of a short loss nothing was."""
    texts = async_mock_service(hass, "notify", "send_message")
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost", entities=["notify.mail"])
    await change(WHATSAPP, "disconnected")
    await poll(200)
    await change(WHATSAPP, "connected")
    assert calls == []

    await change(WHATSAPP, "disconnected")
    await poll(310)
    await change(WHATSAPP, "connecting")
    await change(WHATSAPP, "connected")

    assert messages(calls) == [
        ("WhatsApp (Alice Example)", "Disconnected"),
        ("WhatsApp (Alice Example)", "Connected again."),
    ]
    assert calls[1].data["data"] == {"tag": WHATSAPP_STATUS, "alert_once": True}
    assert [text.data["message"] for text in texts] == [
        "WhatsApp (Alice Example): Disconnected",
        "WhatsApp (Alice Example): Connected again.",
    ]


async def test_account_that_is_back_in_quiet_hours(
    use_picked: Use, at: At, change: Change, poll: Poll
) -> None:
    """What is still there goes without a sound."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost", **QUIET)
    await at("21:30:00")
    await change(WHATSAPP, "disconnected")
    await at("21:50:00")
    assert len(calls) == 1
    await at("23:00:00")

    await change(WHATSAPP, "connected")
    await at("08:00:00")

    assert calls[1].data == {
        "message": "clear_notification",
        "data": {"tag": WHATSAPP_STATUS},
    }
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("meanwhile", "last"),
    [("connecting", "clear_notification"), ("disconnected", "Connected again.")],
)
async def test_account_that_is_back_after_quiet_hours(
    use_picked: Use, at: At, change: Change, meanwhile: str, last: str
) -> None:
    """One that tries to connect when they end may not have been told of."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost", **QUIET)
    await at("23:00:00")
    await change(WHATSAPP, "disconnected")
    await at("07:05:00")
    await change(WHATSAPP, meanwhile)
    await change(WHATSAPP, "connected")

    assert [call.data["message"] for call in calls] == ["Disconnected", last]


async def test_account_that_is_back_after_an_outage(
    beeper: Simulator, use_picked: Use, change: Change, poll: Poll
) -> None:
    """Whether anything was told is not known then."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost")
    await change(WHATSAPP, "disconnected")
    beeper.inject(Fault(status=502))
    await poll()
    beeper.set_status(WHATSAPP, "connected")
    beeper.clear_faults()
    await poll(61)

    assert [call.data["message"] for call in calls] == ["clear_notification"]


# Reminders


async def test_reminders(use_picked: Use, change: Change, poll: Poll) -> None:
    """An account that still is lost is told of again, until it is back."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost", remind_after=2)
    await change(WHATSAPP, "disconnected")
    await poll(310)
    assert len(calls) == 1
    await poll(7190)
    assert len(calls) == 1
    await poll(10)
    assert len(calls) == 2
    await poll(7200)

    assert messages(calls) == [("WhatsApp (Alice Example)", "Disconnected")] * 3
    await change(WHATSAPP, "connected")
    assert messages(calls)[3:] == [("WhatsApp (Alice Example)", "Connected again.")]
    await change(WHATSAPP, "disconnected")
    await poll(200)
    await poll(7200)
    # The new loss is told of, and by the old one it is not brought to mind
    assert len(calls) == 5


async def test_reminders_in_quiet_hours(
    use_picked: Use, at: At, change: Change
) -> None:
    """They wait for their end."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost", remind_after=2, **QUIET)
    await at("21:00:00")
    await change(WHATSAPP, "disconnected")
    await at("21:30:00")
    assert len(calls) == 1

    await at("23:59:00")
    await at("06:59:00")
    assert len(calls) == 1
    await at("07:01:00")

    assert len(calls) == 2


async def test_no_reminders(use_picked: Use, change: Change, poll: Poll) -> None:
    """They are an option."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost")
    await change(WHATSAPP, "disconnected")
    for _ in range(5):
        await poll(7200)

    assert len(calls) == 1


# What Beeper says on connected accounts


async def test_warning(
    loaded: MockConfigEntry, use_picked: Use, change: Change
) -> None:
    """It is told before the account is lost; another number is no news."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost", warnings=True)

    await change(
        WHATSAPP, "connected", status_text="Your phone was not seen for 12 days"
    )
    await change(
        WHATSAPP, "connected", status_text="Your phone was not seen for 13 days"
    )

    page = f"{INTEGRATION_PAGE}#config_entry={loaded.entry_id}"
    [call] = calls
    assert call.data == {
        "title": "WhatsApp (Alice Example)",
        "message": "Connected, but: Your phone was not seen for 12 days",
        "data": {"tag": WHATSAPP_STATUS, "url": page, "clickAction": page},
    }
    await change(WHATSAPP, "connected", status_text="12")
    await change(WHATSAPP, "connected", status_text="command_dnd")
    assert [call.data["message"] for call in calls[1:]] == [
        "Connected, but: 12",
        "Connected, but: “command_dnd”",
    ]


async def test_warnings_are_an_option(use_picked: Use, change: Change) -> None:
    """Without it nothing is told."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost")

    await change(
        WHATSAPP, "connected", status_text="Your phone was not seen for 12 days"
    )

    assert calls == []


@pytest.mark.parametrize("is_gone", [False, True])
async def test_warning_in_quiet_hours(
    use_picked: Use, at: At, change: Change, is_gone: bool
) -> None:
    """It waits for their end, if Beeper still says so then."""
    await change(WHATSAPP, "connected")
    calls = await use_picked("account_lost", warnings=True, **QUIET)
    await at("23:00:00")
    await change(
        WHATSAPP, "connected", status_text="Your phone was not seen for 12 days"
    )
    if is_gone:
        await change(WHATSAPP, "connected", status_text="")
    assert calls == []

    await at("07:01:00")

    assert len(calls) == (0 if is_gone else 1)


# --- Weekly report


async def test_weekly_report(
    hass: HomeAssistant, beeper: Simulator, use: Use, at: At
) -> None:
    """Once a week it says which accounts are connected, and which are not."""
    calls = await use("weekly_report", weekday="wed", time="18:30:00")
    days = []
    for _ in range(14):
        await at("18:30:01")
        if calls:
            days.append(dt_util.now().strftime("%a"))
            [call] = calls
            calls.clear()

    assert days == ["Wed", "Wed"]
    lines = call.data["message"].split("\n")
    assert call.data["title"] == "Beeper this week"
    assert lines[0] == "2 of 7 accounts are connected."
    assert sorted(line.split(", for ")[0] for line in lines[1:]) == [
        "Google Messages (Alice Example): Disconnected",
        "Signal (Alice Example): Connection required",
        "Slack (Alice Example): Attention required",
        "WhatsApp (Alice Example): Reconnect required",
        "WhatsApp (Example Ltd): Connecting",
    ]
    assert all(re.search(r", for \d+ (day|week)s?$", line) for line in lines[1:])


async def test_report_of_problems_only(beeper: Simulator, use: Use, at: At) -> None:
    """Who wants to hear of problems hears of them."""
    calls = await use("weekly_report", only_problems=True)

    for _ in range(7):
        await at("09:00:01")

    [(_, message)] = messages(calls)
    assert message.startswith("2 of 7 accounts are connected.\n")


async def test_report_tells_since_when(
    hass: HomeAssistant, loaded: MockConfigEntry, use: Use, at: At, live: Live
) -> None:
    """It is the time since the loss, whatever happened since."""
    calls = await use("weekly_report", weekday="wed")
    while dt_util.now().strftime("%a") != "Sun":
        await at("12:00:00")

    await live(
        [("12:00", "connected"), ("12:01", "disconnected"), ("12:00", "connecting")]
    )
    await live([("12:01", "disconnected"), ("23:00", "away"), ("23:30", "back")])
    await hass.config_entries.async_reload(loaded.entry_id)
    await at("09:00:01")
    await at("09:00:01")

    assert (
        "WhatsApp (Alice Example): Disconnected, for 2 days" in messages(calls)[-1][1]
    )


@pytest.mark.parametrize("only_problems", [False, True])
async def test_report_when_one_of_two_beepers_is_gone(
    beeper: Simulator,
    other_beeper: Simulator,
    use: Use,
    at: At,
    change: Change,
    poll: Poll,
    only_problems: bool,
) -> None:
    """Its accounts are told, too."""
    for account_id in beeper.accounts:
        await change(account_id, "connected")
    calls = await use("weekly_report", only_problems=only_problems)
    other_beeper.inject(Fault(status=502))
    await poll()

    for _ in range(7):
        await at("09:00:01")

    summary, *lines = messages(calls)[0][1].split("\n")
    assert summary == "8 of 16 accounts are connected."
    assert len(lines) == 8
    assert lines[-1].startswith("WhatsApp (Example Ltd): Unavailable, for ")


@pytest.mark.parametrize("only_problems", [False, True])
async def test_report_when_all_is_well(
    beeper: Simulator, use: Use, at: At, change: Change, only_problems: bool
) -> None:
    """One can choose to hear of problems only; what is switched off is none."""
    for account_id in beeper.accounts:
        await change(account_id, "connected")
    await change(TELEGRAM, "disabled")
    calls = await use("weekly_report", only_problems=only_problems)

    for _ in range(7):
        await at("09:00:01")

    well = ("Beeper this week", "7 of 7 accounts are connected.")
    assert messages(calls) == ([] if only_problems else [well])


@pytest.mark.parametrize("only_problems", [False, True])
async def test_report_when_beeper_is_gone(
    beeper: Simulator, use: Use, at: At, poll: Poll, only_problems: bool
) -> None:
    """When there is nothing to report, that is what is reported."""
    calls = await use("weekly_report", only_problems=only_problems)
    beeper.inject(Fault(status=502))
    await poll()

    for _ in range(7):
        await at("09:00:01")

    assert messages(calls) == [
        ("Beeper this week", "Beeper does not answer at the moment.")
    ]


# --- Tell me when Beeper itself is gone


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("connected", "All accounts are connected."),
        ("reconnect_required", "Some accounts are not connected."),
    ],
)
async def test_beeper_is_gone_and_back(
    beeper: Simulator, use: Use, clock: Clock, status: str, text: str
) -> None:
    """After ten minutes it is told, and then that Beeper is back."""
    calls = await use("beeper_gone", beeper=PROBLEM)

    beeper.inject(Fault(status=502))
    await clock.run(16)
    await clock.run(560)
    assert calls == []
    await clock.run(60)
    assert messages(calls) == [
        (
            "Beeper does not answer",
            (
                "Check that Beeper is running, signed in, and reachable from"
                " Home Assistant."
            ),
        )
    ]

    beeper.clear_faults()
    for account_id in beeper.accounts:
        beeper.set_status(account_id, status)
    await clock.run(61)
    assert messages(calls)[1:] == [("Beeper answers again", text)]
    assert {call.data["data"]["tag"] for call in calls} == {PROBLEM}


async def test_short_outage_is_not_told(
    beeper: Simulator, use: Use, clock: Clock
) -> None:
    """A Beeper that is back soon was never gone."""
    calls = await use("beeper_gone", beeper=PROBLEM)

    beeper.inject(Fault(status=502))
    await clock.run(16)
    await clock.run(500)
    beeper.clear_faults()
    await clock.run(61)
    await clock.run(200)

    assert calls == []


async def test_outage_of_another_length(
    beeper: Simulator, use: Use, clock: Clock
) -> None:
    """One can say for how long, and not to be told of the end."""
    calls = await use(
        "beeper_gone", beeper=PROBLEM, duration={"minutes": 1}, tell_when_back=False
    )

    beeper.inject(Fault(status=502))
    await clock.run(16)
    await clock.run(61)
    assert len(calls) == 1
    beeper.clear_faults()
    await clock.run(61)

    assert len(calls) == 1


@pytest.mark.parametrize(("is_back", "told"), [(False, 1), (True, 0)])
async def test_beeper_that_is_gone_when_home_assistant_starts(
    hass: HomeAssistant,
    beeper: Simulator,
    use: Use,
    clock: Clock,
    is_back: bool,
    told: int,
) -> None:
    """It may have gone while Home Assistant was down."""
    beeper.inject(Fault(status=502))
    await clock.run(16)
    hass.set_state(CoreState.not_running)
    calls = await use("beeper_gone", beeper=PROBLEM)
    await hass.async_start()

    if is_back:
        beeper.clear_faults()
    await clock.run(61)
    await clock.run(601)

    assert len(calls) == told
