"""The blueprints, loaded and run by Home Assistant itself."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
import re

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator
from simulator.login_flows import FLOWS

from .clock import Clock
from .conftest import Poll

ROOT = Path(__file__).parents[1]
BLUEPRINTS = ROOT / "blueprints" / "automation"
README = ROOT / "README.md"

WHATSAPP = "local-whatsapp_ba_rG7f0Jc4mQ9zYw"
TELEGRAM = "local-telegram_ba_Kd83hsTq0aLwX2"
SIGNAL = "local-signal_ba_Qe5tUo2iVb7nHc"
WHATSAPP_STATUS = "sensor.whatsapp_alice_example_status"
TELEGRAM_STATUS = "sensor.telegram_alice_example_status"
PROBLEM = "binary_sensor.beeper_problem"
PHONE = "notify.mobile_app_my_phone"

type Use = Callable[..., Awaitable[list[ServiceCall]]]
type At = Callable[[str], Awaitable[None]]
type Change = Callable[..., Awaitable[None]]


@pytest.fixture
async def use(
    hass: HomeAssistant, loaded: MockConfigEntry, tmp_path: Path
) -> AsyncGenerator[Use]:
    """Return a function that makes an automation from a blueprint.

    What it returns are the calls of the notify action to come.
    """
    (tmp_path / "blueprints").symlink_to(ROOT / "blueprints")

    async def use(
        name: str, notify: str = PHONE, **inputs: object
    ) -> list[ServiceCall]:
        hass.config.config_dir = str(tmp_path)
        calls = async_mock_service(hass, "notify", notify.removeprefix("notify."))
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
        assert hass.states.get(f"automation.{name}").state == "on"
        return calls

    yield use
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )


@pytest.fixture
def at(poll: Poll) -> At:
    """Return a function that lets time pass until it is so late, in local time."""

    async def at(time: str) -> None:
        now = dt_util.now()
        then = datetime.combine(now.date(), dt_util.parse_time(time), tzinfo=now.tzinfo)
        if then <= now:
            then += timedelta(days=1)
        await poll((then - now).total_seconds())

    return at


@pytest.fixture
def change(beeper: Simulator, poll: Poll) -> Change:
    """Return a function that changes a status and lets it be seen."""

    async def change(status: str, account_id: str = WHATSAPP, **more: str) -> None:
        beeper.set_status(account_id, status, **more)
        await poll()

    return change


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


# --- Tell me when an account is lost


async def test_lost_account_is_told(use: Use, change: Change, poll: Poll) -> None:
    """After five minutes there is a notification with a button."""
    await change("connected")
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS])

    await change("reconnect_required", status_text="Logged out from your phone")
    await poll(280)
    assert calls == []
    await poll(30)

    [call] = calls
    assert call.data == {
        "title": "WhatsApp (Alice Example)",
        "message": "Logged out from your phone",
        "data": {
            "tag": WHATSAPP_STATUS,
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
    await change("connected", TELEGRAM)
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS, TELEGRAM_STATUS])

    await change("disconnected", TELEGRAM)
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
    await change("connected")
    calls = await use("account_lost", accounts=[WHATSAPP_STATUS], duration=duration)

    await change("disconnected")
    await poll(seconds - 20)
    assert calls == []
    await poll(20)

    assert len(calls) == 1


async def test_other_accounts_and_other_phones(
    use: Use, change: Change, poll: Poll
) -> None:
    """One can say which accounts, and who is told."""
    await change("connected")
    await change("connected", TELEGRAM)
    calls = await use(
        "account_lost", accounts=[TELEGRAM_STATUS], notify="notify.family"
    )

    await change("disconnected")
    await change("disconnected", TELEGRAM)
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
    await change("connected")
    calls = await use(
        "account_lost", accounts=[WHATSAPP_STATUS], quiet_start=start, quiet_end=end
    )
    await at(lost)

    await change("disconnected")
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
    await change("connected")
    calls = await use(
        "account_lost",
        accounts=[WHATSAPP_STATUS],
        quiet_start="22:00:00",
        quiet_end="07:00:00",
    )
    await at("23:00:00")
    await change("disconnected")
    await at("03:00:00")
    await change("connected")
    await at("07:01:00")

    assert calls == []


async def press(
    hass: HomeAssistant, clock: Clock, account: str, automation: str = "account_lost"
) -> None:
    """Press the button of a notification, as the app tells it."""
    hass.bus.async_fire(
        "mobile_app_notification_action",
        {"action": f"BEEPER_RECONNECT:automation.{automation}:{account}"},
    )
    await clock.run()


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

    error = hass.states.get("sensor.beeper_login_session").attributes["error"]
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
    assert call.data["data"]["url"] == "/config/repairs"


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
    [session_id] = beeper.sessions
    await clock.run(1)

    await hass.services.async_call(
        "beeper",
        "submit_login_step",
        {
            "login_session_id": session_id,
            "fields": {"phone_number": "+15555550100"},
        },
        blocking=True,
    )
    await clock.run(1)

    code = hass.states.get("sensor.beeper_login_session").attributes["code"]
    assert code
    assert {call.data["message"] for call in calls} == {"Open Home Assistant to go on."}
    assert len(calls) == 2


async def test_button_that_nobody_follows_up(
    hass: HomeAssistant, beeper: Simulator, use: Use, clock: Clock
) -> None:
    """A login that waits for a quarter of an hour is cancelled."""
    await use("account_lost", accounts=[TELEGRAM_STATUS])

    await press(hass, clock, TELEGRAM_STATUS)
    await clock.run(901)

    assert hass.states.get("sensor.beeper_login_session").state in ("cancelled", "idle")


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
    title, *lines = call.data["title"], *call.data["message"].split("\n")
    assert title == "Beeper this week"
    assert lines[0] == "2 of 7 accounts are connected."
    assert sorted(line.split(", for ")[0] for line in lines[1:]) == [
        "Google Messages (Alice Example): Disconnected",
        "Signal (Alice Example): Connection required",
        "Slack (Alice Example): Attention required",
        "WhatsApp (Alice Example): Reconnect required",
        "WhatsApp (Example Ltd): Connecting",
    ]
    assert all(re.search(r", for \d+ (day|week)s?$", line) for line in lines[1:])


@pytest.mark.parametrize("only_problems", [False, True])
async def test_report_when_all_is_well(
    beeper: Simulator, use: Use, at: At, change: Change, only_problems: bool
) -> None:
    """One can choose to hear of problems only; what is switched off is none."""
    for account_id in beeper.accounts:
        await change("connected", account_id)
    await change("disabled", TELEGRAM)
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
        ("connected", "All is well."),
        ("reconnect_required", "Some accounts need you."),
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
                "Look whether Beeper is running, signed in, and reachable from"
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
