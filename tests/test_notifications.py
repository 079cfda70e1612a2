"""Tell me: what phones and notify entities are told of accounts, without any automation."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import re
from typing import Any, override

from aiohttp import web
from aiohttp.test_utils import TestServer
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from homeassistant.components.notify import NotifyEntity
from homeassistant.components.notify.const import DATA_COMPONENT, NotifyEntityFeature
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator

from .accounts import TELEGRAM, WHATSAPP
from .clock import Clock
from .conftest import Change, OurLog, Poll
from .lookup import get_device

WHATSAPP_STATUS = "sensor.whatsapp_alice_example_status"
NAME = "WhatsApp (Alice Example)"
LOGGED_OUT = "Logged out from your phone"
UNSEEN = "Your phone was not seen for 12 days"

type Add = Callable[..., Awaitable[NoteBook]]
type Flap = Callable[..., Awaitable[None]]
type TellMe = Callable[..., None]
type Told = Callable[[], list[str]]


@pytest.fixture
async def well(beeper: Simulator, loaded: MockConfigEntry, poll: Poll) -> None:
    """Have a Beeper whose accounts are all well."""
    for account_id in beeper.accounts:
        beeper.set_status(account_id, "connected", None)
    await poll()


@pytest.fixture
def phone(hass: HomeAssistant) -> dr.AnyDeviceEntry:
    """Return the device of a phone, which its owner has renamed in Home Assistant."""
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    devices = dr.async_get(hass)
    device = devices.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={("mobile_app", "my-phone")},
        name="My Phone",
    )
    devices.async_update_device(device.id, name_by_user="Telephone")
    return device


@pytest.fixture
def calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what is sent to that phone."""
    return async_mock_service(hass, "notify", "mobile_app_my_phone")


@pytest.fixture
def tell_me(
    hass: HomeAssistant, loaded: MockConfigEntry, phone: dr.AnyDeviceEntry
) -> TellMe:
    """Return a function that sets the options; the phone is told if nothing is said."""

    def tell_me(**options: object) -> None:
        options = {"notify_phones": [phone.id], **options}
        hass.config_entries.async_update_entry(loaded, options=options)

    return tell_me


@pytest.fixture
def told(well: None, calls: list[ServiceCall], tell_me: TellMe) -> Told:
    """Have the phone told; returns a function that returns titles since it was asked.

    In place of what is taken away there is the message that does so.
    """
    tell_me()

    def told() -> list[str]:
        titles = [call.data.get("title", call.data["message"]) for call in calls]
        calls.clear()
        return titles

    return told


class NoteBook(NotifyEntity):
    """A notify entity that writes down what it is told."""

    def __init__(self, features: NotifyEntityFeature) -> None:
        """Begin with an empty page."""
        self._attr_name = "Note book"
        self._attr_supported_features = features
        self.notes: list[tuple[str | None, str]] = []

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        self.notes.append((title, message))


@pytest.fixture
async def add(hass: HomeAssistant) -> Add:
    """Return a function that adds a notify entity."""

    async def add(
        features: NotifyEntityFeature = NotifyEntityFeature.TITLE,
    ) -> NoteBook:
        assert await async_setup_component(hass, "notify", {})
        entity = NoteBook(features)
        await hass.data[DATA_COMPONENT].async_add_entities([entity])
        return entity

    return add


@pytest.fixture
def flap(change: Change, poll: Poll) -> Flap:
    """Return a function that has an account lost for a short time, and again."""

    async def flap(times: int, status: str = "disconnected") -> None:
        for _ in range(times):
            await change(WHATSAPP, status)
            await poll(120)
            await change(WHATSAPP, "connected")
            await poll(60)

    return flap


def tag_of(call: ServiceCall) -> str:
    """Return the tag of a notification."""
    tag: str = call.data["data"]["tag"]
    return tag


# --- What is told


async def test_account_that_needs_somebody_is_told_at_once(
    told: Told, calls: list[ServiceCall], change: Change
) -> None:
    """Beeper's words come first; tap and button lead to the repair."""
    await change(WHATSAPP, "reconnect_required", LOGGED_OUT)

    [call] = calls
    assert call.data == {
        "title": f"{NAME} needs you",
        "message": f"{LOGGED_OUT}\nSince {dt_util.now():%H:%M}.",
        "data": {
            "tag": tag_of(call),
            "group": "beeper",
            "url": "/config/repairs",
            "clickAction": "/config/repairs",
            "actions": [
                {"action": "URI", "title": "Reconnect", "uri": "/config/repairs"}
            ],
        },
    }
    # It goes through the servers of others
    assert re.fullmatch(r"beeper_[0-9a-f]{16}", tag_of(call))


async def test_disconnected_account_has_five_minutes(
    told: Told, calls: list[ServiceCall], change: Change, poll: Poll
) -> None:
    """An account that is back earlier was never lost; attempts to connect count."""
    await change(WHATSAPP, "disconnected")
    await poll(200)
    await change(WHATSAPP, "connecting")
    await change(WHATSAPP, "disconnected")
    assert calls == []

    await poll(80)

    assert calls[0].data["message"].startswith("Disconnected\nSince ")
    assert told() == [f"{NAME} lost its connection"]


async def test_poll_without_news_tells_nothing_again(
    told: Told, change: Change, poll: Poll
) -> None:
    """Nor does one that changes another account."""
    await change(WHATSAPP, "reconnect_required")
    assert len(told()) == 1

    await change(TELEGRAM, "connecting")
    for _ in range(3):
        await poll(3600)

    assert told() == []


async def test_disconnected_account_that_begins_to_need_somebody(
    told: Told, change: Change, poll: Poll
) -> None:
    """That is news, and the way back is none."""
    await change(WHATSAPP, "disconnected")
    await poll(310)
    await change(WHATSAPP, "attention_required")
    assert told() == [f"{NAME} lost its connection", f"{NAME} needs you"]

    await change(WHATSAPP, "disconnected")
    await poll(310)

    assert told() == []


async def test_since_when_is_told_in_local_time(
    told: Told, calls: list[ServiceCall], change: Change, poll: Poll, tell_me: TellMe
) -> None:
    """It is when the account was lost, with its day where that is not today."""
    tell_me(remind_after=25)
    await change(WHATSAPP, "disconnected")
    lost = dt_util.now()
    await poll(310)
    seen = dt_util.now()
    await poll(25 * 3600)

    today = "%H:%M" if seen.date() == lost.date() else "%Y-%m-%d %H:%M"
    assert [call.data["message"] for call in calls] == [
        f"Disconnected\nSince {lost.strftime(today)}.",
        f"Disconnected\nSince {lost:%Y-%m-%d %H:%M}.",
    ]


async def test_since_when_without_the_sensor(
    hass: HomeAssistant, told: Told, calls: list[ServiceCall], change: Change
) -> None:
    """Whoever needs no sensors may disable them."""
    er.async_get(hass).async_update_entity(
        WHATSAPP_STATUS, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    await change(WHATSAPP, "reconnect_required")

    assert calls[0].data["message"] == (
        f"Reconnect required\nSince {dt_util.now():%H:%M}."
    )


@pytest.mark.parametrize("said", ["command_stop_tts", "clear_notification", "TTS"])
async def test_words_of_a_network_are_no_command(
    told: Told, calls: list[ServiceCall], change: Change, tell_me: TellMe, said: str
) -> None:
    """Home Assistant's apps act on some messages, if they are all there is."""
    tell_me(notify_warnings=True)
    await change(WHATSAPP, "connected", said)
    await change(WHATSAPP, "reconnect_required", said)

    warned, lost = (call.data["message"] for call in calls)
    assert warned == f"“{said}”"
    assert lost.startswith(f"{said}\n")


@pytest.mark.parametrize("said", ["", "  ", "\u200b"])
async def test_words_that_nobody_can_see_are_none(
    told: Told, calls: list[ServiceCall], change: Change, tell_me: TellMe, said: str
) -> None:
    """An empty message would be a command, too."""
    tell_me(notify_warnings=True)
    await change(WHATSAPP, "connected", said)
    assert calls == []

    await change(WHATSAPP, "reconnect_required", said)

    assert calls[0].data["message"].startswith("Reconnect required\n")


async def test_nothing_leads_to_a_person(
    told: Told, calls: list[ServiceCall], change: Change
) -> None:
    """What is told goes through the servers of others."""
    await change(
        WHATSAPP, "reconnect_required", "Call +1 202 555 0142 or a@example.com"
    )

    assert calls[0].data["message"].startswith("Call … or …\n")


async def test_language(
    hass: HomeAssistant, told: Told, calls: list[ServiceCall], change: Change
) -> None:
    """It is told in the language of this Home Assistant."""
    await hass.config.async_update(language="de")
    await hass.async_block_till_done()
    await change(WHATSAPP, "reconnect_required")

    [call] = calls
    assert call.data["title"] == f"Neu verbinden: {NAME}"
    assert re.fullmatch(r"\w+ .*\nSeit \d\d:\d\d\.", call.data["message"])
    assert "Reconnect" not in call.data["message"]
    assert call.data["data"]["actions"][0]["title"] == "Neu verbinden"


async def test_tap_leads_to_configure_where_the_repair_is_ignored(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    well: None,
    calls: list[ServiceCall],
    tell_me: TellMe,
    change: Change,
) -> None:
    """Home Assistant does not list an ignored repair."""
    await change(WHATSAPP, "reconnect_required")
    ir.async_ignore_issue(
        hass, "beeper", f"reconnect_{loaded.entry_id}_{WHATSAPP}", ignore=True
    )

    tell_me()
    await hass.async_block_till_done()

    page = f"/config/integrations/integration/beeper#config_entry={loaded.entry_id}"
    assert calls[0].data["data"]["url"] == page
    assert calls[0].data["data"]["actions"][0]["uri"] == page


# --- Back again


async def test_account_that_is_back_replaces_what_was_told(
    told: Told, calls: list[ServiceCall], change: Change, poll: Poll
) -> None:
    """It has the same tag, and nothing to tap."""
    await change(WHATSAPP, "disconnected")
    lost = dt_util.now()
    await poll(310)
    await change(WHATSAPP, "connecting")
    await change(WHATSAPP, "backfilling")

    first, back = calls
    assert back.data == {
        "title": f"{NAME} is connected again",
        "message": f"The connection was lost at {lost:%H:%M}.",
        "data": {"tag": tag_of(first), "group": "beeper"},
    }


@pytest.mark.parametrize("way", ["disabled", "silenced", "removed"])
async def test_account_that_is_not_to_be_told_of_is_taken_back(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    beeper: Simulator,
    told: Told,
    calls: list[ServiceCall],
    change: Change,
    poll: Poll,
    tell_me: TellMe,
    way: str,
) -> None:
    """Nobody is needed for it any more."""
    await change(WHATSAPP, "reconnect_required")
    if way == "disabled":
        await change(WHATSAPP, "disabled")
    elif way == "silenced":
        tell_me(no_repairs_for=[WHATSAPP])
        await hass.async_block_till_done()
    else:
        beeper.remove_account(WHATSAPP)
        await poll()
        assert len(calls) == 1, "It may be back with the next answer"
        device = get_device(hass, loaded, f"_{WHATSAPP}")
        dr.async_get(hass).async_remove_device(device.id)
        await change(TELEGRAM, "connecting")

    first, last = calls
    assert last.data == {
        "message": "clear_notification",
        "data": {"tag": tag_of(first)},
    }


async def test_outage_tells_nothing(
    beeper: Simulator, told: Told, change: Change, poll: Poll
) -> None:
    """After it, accounts get their time anew."""
    await change(TELEGRAM, "reconnect_required")
    await change(WHATSAPP, "disconnected")
    assert len(told()) == 1
    beeper.inject(Fault(status=502))
    await poll()
    await poll(310)
    assert told() == []

    beeper.clear_faults()
    await poll(61)
    assert told() == []
    await poll(310)

    assert told() == [f"{NAME} lost its connection"]


# --- Again and again


async def test_account_that_keeps_losing_its_connection_is_told_of_once(
    told: Told, calls: list[ServiceCall], change: Change, poll: Poll, flap: Flap
) -> None:
    """None of the losses was long enough. It is over when few of them were of late."""
    begin = dt_util.now() + timedelta(seconds=16)
    await flap(2)
    assert calls == []
    await flap(4)

    [call] = calls
    assert call.data["title"] == f"{NAME} keeps losing its connection"
    assert (
        call.data["message"]
        == f"Disconnected\nConnection lost 3 times since {begin:%H:%M}."
    )
    calls.clear()
    await poll(2900)
    assert calls == []
    await poll(100)

    assert told() == [f"{NAME} is connected again"]


async def test_account_that_is_lost_for_good_in_the_end(
    told: Told, change: Change, poll: Poll, flap: Flap
) -> None:
    """That is news once it is no loss among others any more."""
    await flap(3)
    assert told() == [f"{NAME} keeps losing its connection"]
    await change(WHATSAPP, "disconnected")
    await poll(400)
    assert told() == []

    await poll(3600)

    assert told() == [f"{NAME} lost its connection"]


async def test_account_that_needs_somebody_again_and_again(
    told: Told, calls: list[ServiceCall], change: Change, poll: Poll, flap: Flap
) -> None:
    """The phone shows what it has come to, without a sound."""
    await flap(5, "reconnect_required")
    quiet = [call for call in calls if call.data["data"].get("alert_once")]

    assert [call.data["title"] for call in quiet] == [
        f"{NAME} keeps losing its connection"
    ]
    assert told() == [
        f"{NAME} needs you",
        f"{NAME} is connected again",
        f"{NAME} needs you",
        f"{NAME} is connected again",
        f"{NAME} needs you",
        f"{NAME} keeps losing its connection",
    ]
    await poll(3600)
    assert told() == [f"{NAME} is connected again"]


# --- Reminders


async def test_reminders(
    told: Told, change: Change, poll: Poll, tell_me: TellMe
) -> None:
    """An account that still is lost is told of again, if that is wanted."""
    tell_me(remind_after=2)
    await change(WHATSAPP, "reconnect_required")
    assert told() == [f"{NAME} needs you"]
    await poll(3600)
    assert told() == []
    await poll(3600)
    assert told() == [f"{NAME} needs you"]
    await poll(7200)
    assert told() == [f"{NAME} needs you"]

    await change(WHATSAPP, "connected")
    await poll(7200)

    assert told() == [f"{NAME} is connected again"]


# --- What Beeper says on connected accounts


async def test_warnings(
    loaded: MockConfigEntry,
    told: Told,
    calls: list[ServiceCall],
    change: Change,
    tell_me: TellMe,
) -> None:
    """They are told before it is too late; another number is no news."""
    tell_me(notify_warnings=True)
    await change(WHATSAPP, "connected", "Your phone was not seen for 12 days")
    await change(WHATSAPP, "connected", "Your phone was not seen for 13 days")
    await change(WHATSAPP, "backfilling", "Fetching messages…")

    [call] = calls
    page = f"/config/integrations/integration/beeper#config_entry={loaded.entry_id}"
    assert call.data == {
        "title": f"{NAME} has a warning",
        "message": "Your phone was not seen for 12 days",
        "data": {
            "tag": tag_of(call),
            "group": "beeper",
            "url": page,
            "clickAction": page,
        },
    }
    await change(WHATSAPP, "connected", "Your phone was not seen for a long time")
    assert len(told()) == 2

    await change(WHATSAPP, "connected")

    assert told() == ["clear_notification"]


async def test_warnings_are_an_option(told: Told, change: Change) -> None:
    """Without it, nothing is told of an account that is connected."""
    await change(WHATSAPP, "connected", "Your phone was not seen for 12 days")

    assert told() == []


async def test_warning_is_replaced_by_the_loss(
    told: Told, calls: list[ServiceCall], change: Change, tell_me: TellMe
) -> None:
    """It has come true; when the account is back it is told anew."""
    tell_me(notify_warnings=True)
    await change(WHATSAPP, "connected", UNSEEN)
    await change(WHATSAPP, "reconnect_required", LOGGED_OUT)
    assert len({tag_of(call) for call in calls}) == 1
    await change(WHATSAPP, "connected", UNSEEN)

    assert told() == [
        f"{NAME} has a warning",
        f"{NAME} needs you",
        f"{NAME} is connected again",
        f"{NAME} has a warning",
    ]


# --- Who is told


@pytest.mark.parametrize(
    ("features", "note"),
    [
        (NotifyEntityFeature.TITLE, (f"{NAME} needs you", "{message}")),
        (NotifyEntityFeature(0), (None, f"{NAME} needs you\n{{message}}")),
    ],
)
async def test_notify_entity(
    hass: HomeAssistant,
    told: Told,
    add: Add,
    change: Change,
    tell_me: TellMe,
    features: NotifyEntityFeature,
    note: tuple[str | None, str],
) -> None:
    """Each gets the text; one without titles gets all of it as the message."""
    entity = await add(features)
    tell_me(notify_entities=[entity.entity_id], notify_phones=[])
    await change(WHATSAPP, "reconnect_required", LOGGED_OUT)

    message = f"{LOGGED_OUT}\nSince {dt_util.now():%H:%M}."
    assert entity.notes == [(note[0], note[1].format(message=message))]
    assert told() == []


async def test_notify_entity_is_told_only_what_is_news(
    told: Told, add: Add, change: Change, flap: Flap, tell_me: TellMe
) -> None:
    """Nothing can be replaced or taken away there."""
    entity = await add()
    tell_me(notify_entities=[entity.entity_id])
    await flap(4, "reconnect_required")
    await change(WHATSAPP, "disabled")

    assert [title for title, _ in entity.notes] == [
        f"{NAME} needs you",
        f"{NAME} is connected again",
        f"{NAME} needs you",
        f"{NAME} is connected again",
        f"{NAME} needs you",
    ]
    assert told()[-2:] == [f"{NAME} keeps losing its connection", "clear_notification"]


@pytest.mark.parametrize("failing", ["fails", "hangs", "is gone"])
async def test_one_that_fails_costs_the_others_nothing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    beeper: Simulator,
    told: Told,
    phone: dr.AnyDeviceEntry,
    add: Add,
    clock: Clock,
    tell_me: TellMe,
    our_log: OurLog,
    failing: str,
) -> None:
    """It is logged once, without what only its own integration should know."""

    async def fail(call: ServiceCall) -> None:
        if failing == "hangs":
            await asyncio.Event().wait()
        raise HomeAssistantError("secret webhook")

    devices = dr.async_get(hass)
    other = devices.async_get_or_create(
        config_entry_id=phone.config_entry_id,
        identifiers={("mobile_app", "other")},
        name="Other phone",
    )
    if failing == "is gone":
        devices.async_remove_device(other.id)
    hass.services.async_register("notify", "mobile_app_other_phone", fail)
    entity = await add()
    tell_me(notify_phones=[other.id, phone.id], notify_entities=[entity.entity_id])

    for status in ("reconnect_required", "connected", "reconnect_required"):
        beeper.set_status(WHATSAPP, status)
        freezer.tick(16)
        async_fire_time_changed(hass)
        await clock.run(31)
        assert len(told()) == 1
    assert len(entity.notes) == 3

    [warning] = our_log()
    assert warning.startswith(f"WARNING The phone or notify entity {other.id} cannot")
    assert "secret" not in warning


async def test_one_that_works_again_is_logged_when_it_fails_anew(
    hass: HomeAssistant, told: Told, change: Change, tell_me: TellMe, our_log: OurLog
) -> None:
    """Whoever reads the log sees each time that something broke."""
    hass.services.async_remove("notify", "mobile_app_my_phone")
    await change(WHATSAPP, "reconnect_required")
    calls = async_mock_service(hass, "notify", "mobile_app_my_phone")
    await change(WHATSAPP, "connected")
    assert (len(our_log()), len(calls)) == (1, 1)

    hass.services.async_remove("notify", "mobile_app_my_phone")
    await change(WHATSAPP, "reconnect_required")

    assert len(our_log()) == 2


async def test_nobody_is_told_if_nobody_is_chosen(
    told: Told, change: Change, tell_me: TellMe
) -> None:
    """Who is chosen later is told of what is lost then, without a reload."""
    await change(WHATSAPP, "reconnect_required")
    assert len(told()) == 1
    tell_me(notify_phones=[])
    await change(TELEGRAM, "reconnect_required")
    assert told() == []

    tell_me()
    await change(TELEGRAM, "disabled")

    assert sorted(told()) == [
        "Telegram (Alice Example) needs you",
        f"{NAME} needs you",
        "clear_notification",
    ]


async def test_nothing_is_told_once_the_entry_is_unloaded(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    told: Told,
    change: Change,
    poll: Poll,
    tell_me: TellMe,
) -> None:
    """Nothing waits that would have told of an account."""
    await change(WHATSAPP, "disconnected")
    assert await hass.config_entries.async_unload(loaded.entry_id)
    tell_me(remind_after=1)
    await poll(400)

    assert told() == []


# --- Restarts


async def test_what_was_told_is_known_after_a_reload(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    told: Told,
    change: Change,
    poll: Poll,
    tell_me: TellMe,
) -> None:
    """It is not told again; who is back meanwhile is."""
    tell_me(notify_warnings=True)
    await change(WHATSAPP, "reconnect_required")
    await change(TELEGRAM, "connected", UNSEEN)
    assert len(told()) == 2

    assert await hass.config_entries.async_reload(loaded.entry_id)
    await poll()
    assert told() == []

    await change(WHATSAPP, "connected")
    assert told() == [f"{NAME} is connected again"]


async def test_nobody_is_told_before_home_assistant_has_started(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    told: Told,
    beeper: Simulator,
    poll: Poll,
) -> None:
    """Until then there are no phones."""
    await hass.config_entries.async_unload(loaded.entry_id)
    hass.set_state(CoreState.starting)
    beeper.set_status(WHATSAPP, "reconnect_required")
    await hass.config_entries.async_setup(loaded.entry_id)
    await poll()
    assert told() == []

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await poll()

    assert told() == [f"{NAME} needs you"]


@pytest.mark.parametrize(
    "stored",
    [
        [],
        {"told": {WHATSAPP: {"kind": "lost"}}, "warned": {}},
        {
            "told": {WHATSAPP: {"kind": "lost", "since": "yesterday", "at": ""}},
            "warned": {},
        },
    ],
)
async def test_what_cannot_be_read_starts_anew(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_storage: dict[str, Any],
    told: Told,
    change: Change,
    poll: Poll,
    our_log: OurLog,
    stored: object,
) -> None:
    """At worst a person is told twice."""
    await change(WHATSAPP, "reconnect_required")
    assert len(told()) == 1
    await hass.config_entries.async_unload(loaded.entry_id)
    hass_storage[f"beeper.{loaded.entry_id}.notifications"]["data"] = stored

    await hass.config_entries.async_setup(loaded.entry_id)
    await poll()

    assert told() == [f"{NAME} needs you"]
    assert our_log() == (
        ["WARNING What was told of accounts cannot be read; it starts anew"]
        if stored
        else []
    )


async def test_nothing_is_kept_of_an_entry_that_is_removed(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_storage: dict[str, Any],
    told: Told,
    change: Change,
) -> None:
    """It holds what Beeper says of accounts."""
    await change(WHATSAPP, "reconnect_required")
    key = f"beeper.{loaded.entry_id}.notifications"
    assert key in hass_storage

    await hass.config_entries.async_remove(loaded.entry_id)

    assert key not in hass_storage


# --- A real app


async def test_phone_as_its_own_integration_has_it(
    hass: HomeAssistant, well: None, change: Change, tell_me: TellMe
) -> None:
    """What is sent reaches the server of the app, whatever the phone is called."""
    pushed: list[dict[str, Any]] = []

    async def push(request: web.Request) -> web.Response:
        pushed.append(await request.json())
        return web.json_response({}, status=201)

    app = web.Application()
    app.router.add_post("/push", push)
    server = TestServer(app)
    await server.start_server()
    entry = MockConfigEntry(
        domain="mobile_app",
        data={
            "app_data": {
                "push_token": "token",
                "push_url": str(server.make_url("/push")),
            },
            "app_id": "io.robbie.HomeAssistant",
            "app_name": "Home Assistant",
            "app_version": "2026.11",
            "device_id": "0123",
            "device_name": "Alice’s Téléphone (2)",
            "manufacturer": "Example",
            "model": "Phone",
            "os_name": "Android",
            "os_version": "17",
            "supports_encryption": False,
            "user_id": "nobody",
            "webhook_id": "webhook",
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)

    tell_me(notify_phones=[device.id])
    await change(WHATSAPP, "reconnect_required", LOGGED_OUT)

    [notification] = pushed
    assert notification["title"] == f"{NAME} needs you"
    assert notification["data"]["clickAction"] == "/config/repairs"
    await hass.config_entries.async_unload(entry.entry_id)
    await server.close()
