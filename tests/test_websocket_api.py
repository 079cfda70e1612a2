"""The WebSocket commands of the card, over real connections on both sides."""

import asyncio
from collections.abc import Awaitable, Callable
import json
import logging
from typing import Any

from aiohttp import ClientWebSocketResponse
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import segno

from custom_components.beeper.card import async_register_card
from homeassistant.components import frontend
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator
from simulator.login_flows import FLOWS, LoginFailed, LoginFlow, Step
from simulator.styles import STYLES, StyleName

from .accounts import SIGNAL, TELEGRAM, WHATSAPP
from .clock import Clock
from .network_flows import TELEGRAM_CODE

WHATSAPP_STATUS = "sensor.whatsapp_alice_example_status"
TELEGRAM_STATUS = "sensor.telegram_alice_example_status"
SIGNAL_STATUS = "sensor.signal_alice_example_status"
SLACK_STATUS = "sensor.slack_alice_example_status"
DISCORD_STATUS = "sensor.discord_alice_example_status"
MESSAGES_STATUS = "sensor.google_messages_alice_example_status"

HOSTILE = "<img src=x onerror=alert(1)>"


class Card:
    """A card in a browser: sends commands, and keeps what it is told."""

    def __init__(self, client: Any, clock: Clock) -> None:
        """Talk through this connection, by this clock."""
        self._client = client
        self._clock = clock
        self._last_id = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []

    async def send(self, command: str, **fields: Any) -> int:
        """Send a command and return its ID."""
        self._last_id += 1
        await self._client.send_json(
            {"id": self._last_id, "type": f"beeper/login/{command}", **fields}
        )
        return self._last_id

    async def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return its answer; events before it are kept."""
        number = await self.send(command, **fields)
        return await self.answer(number)

    async def answer(self, number: int) -> dict[str, Any]:
        """Return the answer to a command."""
        while number not in self._answers:
            await self._receive()
        return self._answers.pop(number)

    async def event(self) -> dict[str, Any]:
        """Return the next event."""
        while not self.events:
            await self._receive()
        return self.events.pop(0)

    async def settle(self) -> list[dict[str, Any]]:
        """Return all events that are on their way."""
        answered = await self.ask("ping_is_no_command")
        assert answered["error"]["code"] == "unknown_command"
        events, self.events = self.events, []
        return events

    async def unsubscribe(self, number: int) -> None:
        """End a subscription."""
        self._last_id += 1
        await self._client.send_json(
            {
                "id": self._last_id,
                "type": "unsubscribe_events",
                "subscription": number,
            }
        )
        assert (await self.answer(self._last_id))["success"]
        await self._clock.run()

    async def close(self) -> None:
        """Close the page."""
        await self._client.close()
        await self._clock.run()

    async def _receive(self) -> None:
        await self._clock.run()
        message = await self._client.receive_json()
        if message["type"] == "event":
            self.events.append(message["event"])
        else:
            self._answers[message["id"]] = message


type NewCard = Callable[..., Awaitable[Card]]


@pytest.fixture
async def new_card(
    hass: HomeAssistant,
    clock: Clock,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> NewCard:
    """Return a function that opens a card, for an admin unless told otherwise."""

    async def new_card(token: str | None = None) -> Card:
        client: ClientWebSocketResponse = (
            await hass_ws_client(hass, token) if token else await hass_ws_client(hass)
        )
        return Card(client, clock)

    return new_card


@pytest.fixture
async def card(new_card: NewCard) -> Card:
    """Return a card on an admin's dashboard."""
    return await new_card()


async def start(card: Card, entity_id: str, flow_id: str) -> tuple[int, dict[str, Any]]:
    """Start a login; returns the subscription and the first event."""
    number = await card.send("start", entity_id=entity_id, flow_id=flow_id)
    assert (await card.answer(number))["success"]
    return number, await card.event()


async def resume(card: Card, event: dict[str, Any]) -> int:
    """Resume the login of an event; returns the subscription."""
    number = await card.send(
        "resume",
        entity_id=SIGNAL_STATUS,
        login_session_id=event["login_session_id"],
    )
    assert (await card.answer(number))["success"]
    return number


async def linger(card: Card, clock: Clock) -> None:
    """Let more than five minutes pass in front of a card that stays connected."""
    for _ in range(8):
        await clock.run(40)
        await card.settle()  # or Home Assistant takes its connection for a dead one


def status(beeper: Simulator, event: dict[str, Any]) -> str:
    """Return how the session stands in Beeper."""
    return beeper.sessions[event["login_session_id"]].status


def display(beeper: Simulator, event: dict[str, Any]) -> str:
    """Return the code that Beeper serves now."""
    session = beeper.sessions[event["login_session_id"]]
    data: str = session.wire["currentStep"]["display"]["data"]
    return data


def drawn(code: str) -> str:
    """Return how a QR code is drawn, so that two can be compared."""
    return segno.make_qr(code).png_data_uri(scale=10)


# --- Flows


async def test_flows(card: Card) -> None:
    """The ways to sign in to the account's network are told by name."""
    answer = await card.ask("flows", entity_id=WHATSAPP_STATUS)

    assert answer["result"] == {
        "flows": [
            {
                "flow_id": "qr",
                "name": "QR",
                "name_key": "qr",
                "description": "Scan a QR code with your phone",
                "description_key": "scan_a_qr_code_with_your_phone",
            },
            {
                "flow_id": "phone",
                "name": "Pairing code",
                "name_key": "pairing_code",
                "description": "Type a code on your phone",
                "description_key": "type_a_code_on_your_phone",
            },
        ],
        "running": None,
    }


async def test_login_that_runs_is_told(
    beeper: Simulator, new_card: NewCard, clock: Clock
) -> None:
    """A page that is opened knows whether it would end what somebody is busy with."""
    card, other = await new_card(), await new_card()
    _, event = await start(card, SIGNAL_STATUS, "qr")
    running = {"login_session_id": event["login_session_id"], "is_shown": True}

    answer = await other.ask("flows", entity_id=SIGNAL_STATUS)
    assert answer["result"]["running"] == running
    elsewhere = await other.ask("flows", entity_id=WHATSAPP_STATUS)
    assert elsewhere["result"]["running"] is None

    # A phone that switches to another app loses its connection, and may come back
    await card.close()
    answer = await other.ask("flows", entity_id=SIGNAL_STATUS)
    assert answer["result"]["running"] == running | {"is_shown": False}
    resumed = await resume(other, event)
    answer = await other.ask("flows", entity_id=SIGNAL_STATUS)
    assert answer["result"]["running"] == running

    await other.unsubscribe(resumed)
    answer = await other.ask("flows", entity_id=SIGNAL_STATUS)
    assert answer["result"]["running"] is None
    assert status(beeper, event) == "cancelled"


async def test_login_of_a_dialog_is_told(
    hass: HomeAssistant, loaded: MockConfigEntry, card: Card
) -> None:
    """Whoever signs in with a dialog is not to be disturbed either."""
    dialogs = hass.config_entries.options
    dialog = (await dialogs.async_init(loaded.entry_id))["flow_id"]
    await dialogs.async_configure(dialog, {"action": "reconnect"})
    await dialogs.async_configure(dialog, {"account": SIGNAL})

    answer = await card.ask("flows", entity_id=SIGNAL_STATUS)
    assert answer["result"]["running"]["is_shown"] is True

    dialogs.async_abort(dialog)
    await card.settle()
    answer = await card.ask("flows", entity_id=SIGNAL_STATUS)
    assert answer["result"]["running"] is None


# --- A login from start to end


async def test_qr_code(beeper: Simulator, card: Card) -> None:
    """The code is a picture, replaced when it rotates, and the end is told."""
    _, event = await start(card, WHATSAPP_STATUS, "qr")

    assert event["status"] == "waiting_for_display"
    assert event["step"]["qr_code"] == drawn(display(beeper, event))
    assert event["step"]["kind"] == "scan"
    first = event["step"]["qr_code"]

    beeper.phone.rotate(event["login_session_id"])
    event = await card.event()
    assert event["step"]["qr_code"] == drawn(display(beeper, event))
    assert event["step"]["qr_code"] != first

    beeper.phone.scan(event["login_session_id"])
    event = await card.event()
    assert event["status"] == "complete"
    assert event["step"] is None
    assert event["error"] is None
    assert event["is_replaced"] is False


async def test_code_that_rotates_while_it_is_drawn(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    card: Card,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A code that is over before its picture is done is never shown."""
    draw = segno.make_qr
    codes: list[str] = []

    async def rotate() -> None:
        [session_id] = beeper.sessions
        beeper.phone.rotate(session_id)
        await loaded.runtime_data.logins.get(session_id).async_wait_for_change()

    def draw_slowly(code: str) -> segno.QRCode:
        if not codes:
            asyncio.run_coroutine_threadsafe(rotate(), hass.loop).result()
        codes.append(code)
        return draw(code)

    monkeypatch.setattr(segno, "make_qr", draw_slowly)

    _, event = await start(card, SIGNAL_STATUS, "qr")

    assert event["step"]["qr_code"] == drawn(display(beeper, event))
    assert codes[0] != codes[1]


async def test_form(card: Card) -> None:
    """A form leads to what is next, which is told as an answer and as an event."""
    _, event = await start(card, TELEGRAM_STATUS, "phone")
    assert event["step"]["where_to_tap"] == "telegram_code"
    assert event["step"]["fields"] == [
        {
            "field_id": TELEGRAM_CODE.field,
            "kind": "2fa_code",
            "label": "Code",
            "label_key": "code",
            "hint": "The code was sent to the Telegram app on your phone",
            "value": None,
            "options": [],
            "is_required": True,
            "is_masked": False,
            "is_in_local_storage": False,
            "are_choices_untold": False,
        }
    ]

    answer = await card.ask(
        "submit",
        entity_id=TELEGRAM_STATUS,
        login_session_id=event["login_session_id"],
        step_id=event["step"]["step_id"],
        fields={TELEGRAM_CODE.field: "00000"},
    )

    assert answer["result"]["step"]["step_id"] == TELEGRAM_CODE.again
    assert await card.event() == answer["result"]


async def test_pairing_code(beeper: Simulator, card: Card) -> None:
    """A code to type is told as it is."""
    _, event = await start(card, WHATSAPP_STATUS, "phone")

    assert event["step"]["kind"] == "type_code"
    assert event["step"]["code"] == display(beeper, event)


async def test_wrong_code_is_asked_for_again(beeper: Simulator, card: Card) -> None:
    """The same wrong answer twice is answered each time, though nothing changed."""
    _, event = await start(card, TELEGRAM_STATUS, "phone")
    submit = {
        "entity_id": TELEGRAM_STATUS,
        "login_session_id": event["login_session_id"],
    }
    step = event["step"]
    for _ in range(2):
        told = await card.ask(
            "submit",
            **submit,
            step_id=step["step_id"],
            fields={TELEGRAM_CODE.field: "wrong"},
        )
        step = told["result"]["step"]
        assert step["again"] == "complaint"
        assert step["instructions"] == "Incorrect code, please try again"

    right = beeper.phone.codes(event["login_session_id"])
    told = await card.ask("submit", **submit, step_id=step["step_id"], fields=right)
    assert told["result"]["step"]["fields"][0]["kind"] == "password"
    assert told["result"]["step"]["fields"][0]["is_masked"] is True


@pytest.mark.parametrize("style", STYLES)
async def test_why_a_login_failed_is_told_however_beeper_tells_it(
    beeper: Simulator, card: Card, style: StyleName
) -> None:
    """The session says so, or the wait is refused and the session is gone."""
    beeper.logins.style = style
    _, event = await start(card, SIGNAL_STATUS, "qr")

    beeper.phone.fail(event["login_session_id"], "device_limit_reached")

    event = await card.event()
    assert event["status"] == "failed"
    assert event["error"] == {
        "code": "FI.MAU.SIGNAL.DEVICE_LIMIT_REACHED",
        "message": "The account has no room for another linked device.",
    }


async def test_choice(beeper: Simulator, card: Card) -> None:
    """A workspace is chosen from a list."""
    _, event = await start(card, SLACK_STATUS, "email")
    submit = {
        "entity_id": SLACK_STATUS,
        "login_session_id": event["login_session_id"],
    }
    step = event["step"]
    while not step["fields"][0]["options"]:
        right = beeper.phone.codes(event["login_session_id"])
        told = await card.ask("submit", **submit, step_id=step["step_id"], fields=right)
        step = told["result"]["step"]

    assert step["fields"][0]["options"] == [
        {"value": "Example Ltd", "label": "Example Ltd"},
        {"value": "Example Ltd Guests", "label": "Example Ltd Guests"},
    ]


async def test_emoji(
    beeper: Simulator, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An emoji to tap is a picture."""
    address = f"{beeper.url}/emoji/moon.svg"
    step = Step(
        "display_and_wait",
        "1",
        "Tap",
        {"display": {"type": "emoji", "imageURL": address}},
    )
    monkeypatch.setitem(FLOWS, "whatsapp", (flow_of(step),))

    _, event = await start(card, WHATSAPP_STATUS, "qr")

    step = event["step"]
    assert (step["kind"], step["picture"]) == ("choose", address)
    assert step["qr_code"] is step["code"] is None


async def test_pasted_request(card: Card) -> None:
    """Cookies are picked from a pasted text, and what is typed is added."""
    _, event = await start(card, MESSAGES_STATUS, "google")
    session_id = event["login_session_id"]
    step = event["step"]
    assert step["url"].startswith("https://accounts.google.com/")
    assert all(field["is_masked"] for field in step["fields"])
    assert not any(field["is_in_local_storage"] for field in step["fields"])
    assert step["guide"] == "cookies"
    cookies = dict.fromkeys((field["field_id"] for field in step["fields"]), "pasted")

    told = await card.ask(
        "submit",
        entity_id=MESSAGES_STATUS,
        login_session_id=session_id,
        step_id=step["step_id"],
        paste="Cookie: " + "; ".join(f"{name}={it}" for name, it in cookies.items()),
        fields={"SID": "typed", "HSID": ""},
    )

    assert told["result"]["status"] == "complete"


async def test_script(beeper: Simulator, card: Card) -> None:
    """What a script brings comes beside what is copied; both are put together."""
    _, event = await start(card, SLACK_STATUS, "token")
    session_id, step = event["login_session_id"], event["step"]
    assert step["script"].startswith("((copy, text) =>")
    right = beeper.phone.codes(session_id)

    told = await card.ask(
        "submit",
        entity_id=SLACK_STATUS,
        login_session_id=session_id,
        step_id=step["step_id"],
        paste=f"Cookie: d={right['cookie_token']}",
        script_result=f'{{"auth_token": "{right["auth_token"]}"}}',
    )

    assert told["result"]["status"] == "complete"
    assert told["result"]["other_account"] is None


async def test_value_that_is_typed(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """A field that is filled in wins over what was pasted."""
    sent: dict[str, str] = {}
    fields = [{"id": name, "name": name, "type": "cookie"} for name in ("a", "b")]

    def run(attempt: object) -> Any:
        answer = yield Step("cookies", "step", "Sign in", {"fields": fields})
        sent.update(answer.fields)
        raise LoginFailed("missing_cookies")

    monkeypatch.setitem(FLOWS, "signal", (LoginFlow("cookies", "", "", run),))
    _, event = await start(card, SIGNAL_STATUS, "cookies")

    await card.ask(
        "submit",
        entity_id=SIGNAL_STATUS,
        login_session_id=event["login_session_id"],
        step_id="step",
        paste="Cookie: a=pasted; b=pasted",
        fields={"a": "typed", "b": ""},
    )

    assert sent == {"a": "typed", "b": "pasted"}


async def test_value_in_local_storage(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that no request has is marked, so that one can look it up."""
    members = {
        "url": "https://example.com/",
        "fields": [{"id": "token", "type": "local_storage"}],
    }
    step = Step("cookies", "1", "Sign in", members)
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))
    _, event = await start(card, SIGNAL_STATUS, "qr")

    [field] = event["step"]["fields"]
    assert field["is_in_local_storage"] is True
    assert event["step"]["guide"] == "local_storage"
    assert event["step"]["script"] is None


async def test_another_account(beeper: Simulator, card: Card) -> None:
    """Who signs in as somebody else is told which account that is."""
    _, event = await start(card, TELEGRAM_STATUS, "phone")
    complete = beeper.sessions[event["login_session_id"]].wire | {
        "status": "complete",
        "account": beeper.accounts[TELEGRAM]
        | {"accountID": "other", "user": {"id": "2", "fullName": "Example Ltd"}},
    }
    complete.pop("currentStep")
    beeper.inject(
        Fault(method="POST", path="*/steps/*", body=json.dumps(complete).encode())
    )

    told = await card.ask(
        "submit",
        entity_id=TELEGRAM_STATUS,
        login_session_id=event["login_session_id"],
        step_id=event["step"]["step_id"],
        fields={TELEGRAM_CODE.field: "12345"},
    )

    assert told["result"]["status"] == "complete"
    assert told["result"]["other_account"] == "Telegram (Example Ltd)"


async def test_pasted_nonsense(card: Card, caplog: pytest.LogCaptureFixture) -> None:
    """A text without cookies is refused, and never written to the log."""
    caplog.set_level(logging.INFO)
    _, event = await start(card, MESSAGES_STATUS, "google")

    told = await card.ask(
        "submit",
        entity_id=MESSAGES_STATUS,
        login_session_id=event["login_session_id"],
        step_id=event["step"]["step_id"],
        paste="{secret-cookie",
    )

    assert told["error"]["translation_key"] == "cookies_not_understood"
    assert "secret-cookie" not in caplog.text


# --- Failures


async def test_failed(beeper: Simulator, card: Card) -> None:
    """A login that the network ends is told with the network's reason."""
    _, event = await start(card, SIGNAL_STATUS, "qr")
    beeper.phone.time_out(event["login_session_id"])

    event = await card.event()

    assert event["status"] == "failed"
    assert event["error"]["code"] == "FI.MAU.BRIDGE.LOGIN_TIMED_OUT"
    assert event["error"]["message"].startswith(
        "Entering code or scanning QR timed out"
    )


@pytest.mark.parametrize(
    "entity_id", ["sensor.no_such_entity", "sensor.beeper_accounts_connected"]
)
@pytest.mark.parametrize("command", ["flows", "start"])
async def test_not_an_account(card: Card, command: str, entity_id: str) -> None:
    """Only an account can be reconnected."""
    answer = await card.ask(command, entity_id=entity_id)

    assert answer["error"]["translation_domain"] == "beeper"
    assert answer["error"]["translation_key"] == "not_an_account"
    assert answer["error"]["translation_placeholders"] == {"entity_id": entity_id}


async def test_account_that_is_gone(
    beeper: Simulator, card: Card, clock: Clock
) -> None:
    """An account that Beeper does not list cannot be reconnected."""
    beeper.remove_account(WHATSAPP)
    await clock.run(20)

    answer = await card.ask("start", entity_id=WHATSAPP_STATUS)

    assert answer["error"]["translation_key"] == "account_gone"


async def test_old_beeper(card: Card, beeper: Simulator, clock: Clock) -> None:
    """An account whose bridge is not known cannot be reconnected."""
    account = {**beeper.accounts[WHATSAPP]}
    account.pop("bridge")
    beeper.remove_account(WHATSAPP)
    beeper.add_account(account)
    await clock.run(20)

    answer = await card.ask("start", entity_id=WHATSAPP_STATUS)

    assert answer["error"]["translation_key"] == "unsupported_version"


async def test_beeper_refuses(
    beeper: Simulator, card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    """What Beeper says of an error is told to the person, and not to the log."""
    beeper.inject(
        Fault(
            path="*/login-sessions",
            status=409,
            body=b'{"code": "conflict", "message": "Other login of +15555550100"}',
            content_type="application/json",
        )
    )

    answer = await card.ask("start", entity_id=WHATSAPP_STATUS, flow_id="qr")

    assert answer["error"]["translation_key"] == "conflict"
    assert answer["error"]["translation_placeholders"] == {
        "message": "Other login of …"
    }
    assert "Other login" not in caplog.text


@pytest.mark.parametrize(
    ("command", "fields"), [("submit", {"step_id": "step"}), ("resume", {})]
)
async def test_unknown_login_session(
    card: Card, command: str, fields: dict[str, str]
) -> None:
    """A session that was not started here can be neither answered nor resumed."""
    answer = await card.ask(
        command, entity_id=WHATSAPP_STATUS, login_session_id="unknown", **fields
    )

    assert answer["error"]["translation_key"] == "unknown_login_session"


async def test_missing_value(card: Card) -> None:
    """A form that is not filled in is not sent."""
    _, event = await start(card, TELEGRAM_STATUS, "phone")

    answer = await card.ask(
        "submit",
        entity_id=TELEGRAM_STATUS,
        login_session_id=event["login_session_id"],
        step_id=event["step"]["step_id"],
        fields={TELEGRAM_CODE.field: ""},
    )

    assert answer["error"]["translation_key"] == "missing_fields"
    assert await card.settle() == []


async def test_code_that_may_be_over(
    beeper: Simulator, card: Card, clock: Clock
) -> None:
    """While Beeper does not answer there is nothing to scan; then there is again."""
    _, event = await start(card, WHATSAPP_STATUS, "qr")
    assert event["step"]["kind"] == "scan"
    beeper.inject(Fault(path="*/login-sessions/*", status=503))
    beeper.drop_connections()
    await clock.run(10)
    assert await card.settle() == []

    await clock.run(10)

    [outdated] = await card.settle()
    assert outdated["status"] == "waiting_for_display"
    assert outdated["step"]["kind"] == "no_answer"
    assert outdated["step"]["qr_code"] is None
    beeper.clear_faults()
    await clock.run(30)
    *_, back = await card.settle()
    assert back["step"]["qr_code"] == drawn(display(beeper, event))
    assert back["step"]["kind"] == "scan"


async def test_picture_that_may_be_over(
    beeper: Simulator, card: Card, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of a picture is not told either."""
    shown = {"type": "emoji", "imageURL": "https://example.com/moon.svg"}
    step = Step("display_and_wait", "1", "Tap it", {"display": shown})
    monkeypatch.setitem(FLOWS, "whatsapp", (flow_of(step),))
    _, event = await start(card, WHATSAPP_STATUS, "qr")
    assert event["step"]["picture"] == "https://example.com/moon.svg"
    beeper.inject(Fault(path="*/login-sessions/*", status=503))
    beeper.drop_connections()

    await clock.run(20)

    [outdated] = await card.settle()
    assert outdated["step"]["picture"] is None
    assert outdated["step"]["kind"] == "no_answer"


async def test_form_while_beeper_does_not_answer(
    beeper: Simulator, card: Card, clock: Clock
) -> None:
    """A card that is told something draws it anew, and somebody may be typing."""
    await start(card, SLACK_STATUS, "email")
    beeper.inject(Fault(path="*/login-sessions/*", status=503))

    await clock.run(40)

    assert await card.settle() == []


async def test_outage_while_a_code_is_drawn(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    card: Card,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A picture that is done too late is not shown."""
    draw = segno.make_qr
    told: list[str] = []

    async def outdate() -> None:
        [session_id] = beeper.sessions
        loaded.runtime_data.logins.get(session_id).outdate()

    def draw_slowly(code: str) -> segno.QRCode:
        told.append(code)
        asyncio.run_coroutine_threadsafe(outdate(), hass.loop).result()
        return draw(code)

    monkeypatch.setattr(segno, "make_qr", draw_slowly)

    _, event = await start(card, WHATSAPP_STATUS, "qr")

    assert len(told) == 1
    assert event["step"]["qr_code"] is None
    assert event["step"]["kind"] == "no_answer"


async def test_form_about_a_picture(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is about cannot be shown: it has to be done in Beeper."""
    members = {"fields": [{"id": "captcha"}], "attachments": [{"fileName": "a.png"}]}
    step = Step("user_input", "1", "Type what you see", members)
    monkeypatch.setitem(FLOWS, "whatsapp", (flow_of(step),))

    _, event = await start(card, WHATSAPP_STATUS, "qr")

    assert event["step"]["kind"] == "elsewhere"


async def test_signed_out_beeper(beeper: Simulator, card: Card, clock: Clock) -> None:
    """That nobody is signed in to Beeper is not the token's fault."""
    beeper.set_app_state("needs-login")
    await clock.run(16)

    answer = await card.ask("flows", entity_id=WHATSAPP_STATUS)

    assert answer["error"]["translation_key"] == "signed_out"


# --- The end of a card


async def test_unsubscribing_cancels(beeper: Simulator, card: Card) -> None:
    """A card that stops ends the session in Beeper and is told nothing more."""
    number, event = await start(card, SIGNAL_STATUS, "qr")

    await card.unsubscribe(number)

    assert status(beeper, event) == "cancelled"
    assert await card.settle() == []


async def test_lost_connection_is_resumed(beeper: Simulator, new_card: NewCard) -> None:
    """A card that comes back is told how its login stands, and how it goes on."""
    card = await new_card()
    _, event = await start(card, SIGNAL_STATUS, "qr")
    await card.close()
    beeper.phone.rotate(event["login_session_id"])

    card = await new_card()
    await resume(card, event)

    resumed = await card.event()
    assert resumed["step"]["qr_code"] == drawn(display(beeper, event))
    assert resumed["step"]["qr_code"] != event["step"]["qr_code"]
    beeper.phone.scan(event["login_session_id"])
    assert (await card.event())["status"] == "complete"


async def test_done_while_the_connection_was_lost(
    beeper: Simulator, new_card: NewCard, clock: Clock
) -> None:
    """A card that comes back late is told the end; one that is too late, nothing."""
    card = await new_card()
    _, event = await start(card, SIGNAL_STATUS, "qr")
    await card.close()
    beeper.phone.scan(event["login_session_id"])
    await clock.run(120)

    late = await new_card()
    await resume(late, event)

    assert (await late.event())["status"] == "complete"
    await linger(late, clock)
    answer = await late.ask(
        "resume",
        entity_id=SIGNAL_STATUS,
        login_session_id=event["login_session_id"],
    )
    assert answer["error"]["translation_key"] == "unknown_login_session"


async def test_lost_for_good(beeper: Simulator, card: Card, clock: Clock) -> None:
    """A login that no card comes back to ends in Beeper after five minutes."""
    _, event = await start(card, SLACK_STATUS, "email")

    await card.close()

    await clock.run(299)
    assert status(beeper, event) == "waiting_for_input"
    await clock.run(2)
    assert status(beeper, event) == "cancelled"


async def test_card_that_came_back_stays(
    beeper: Simulator, new_card: NewCard, clock: Clock
) -> None:
    """The five minutes are over as soon as a card is back."""
    card = await new_card()
    _, event = await start(card, SLACK_STATUS, "email")
    await card.close()
    await clock.run(200)

    card = await new_card()
    await resume(card, event)

    await linger(card, clock)
    assert status(beeper, event) == "waiting_for_input"


async def test_lost_connection_that_is_noticed_late(
    beeper: Simulator, new_card: NewCard, clock: Clock
) -> None:
    """A card that came back keeps its login when its first connection ends."""
    first, second = await new_card(), await new_card()
    _, event = await start(first, SLACK_STATUS, "email")
    number = await resume(second, event)

    await first.close()

    await linger(second, clock)
    assert status(beeper, event) == "waiting_for_input"
    await second.unsubscribe(number)
    assert status(beeper, event) == "cancelled"


async def test_unload_while_the_connection_is_lost(
    hass: HomeAssistant, beeper: Simulator, card: Card, loaded: MockConfigEntry
) -> None:
    """Nobody waits for a card to come back to what is unloaded."""
    _, event = await start(card, SIGNAL_STATUS, "qr")
    await card.close()

    assert await hass.config_entries.async_unload(loaded.entry_id)

    assert status(beeper, event) == "cancelled"


async def test_page_closed_during_start(
    beeper: Simulator, card: Card, clock: Clock
) -> None:
    """A session that starts after its page was closed does not stay behind."""
    beeper.inject(Fault(path="*/login-sessions", delay=5))
    await card.send("start", entity_id=SIGNAL_STATUS, flow_id="qr")
    await clock.run()

    await card.close()
    await clock.run(10)

    [session] = beeper.sessions.values()
    assert session.status == "cancelled"


async def test_end_that_beeper_does_not_hear_of(
    beeper: Simulator, card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    """A Beeper that does not answer is no reason for an error in the log."""
    number, _ = await start(card, SIGNAL_STATUS, "qr")
    await beeper.stop()

    await card.unsubscribe(number)

    assert not [it for it in caplog.records if it.levelno >= logging.ERROR]
    await beeper.start()


async def test_unsubscribing_after_the_end(beeper: Simulator, card: Card) -> None:
    """A login that is complete stays so."""
    number, event = await start(card, SIGNAL_STATUS, "qr")
    beeper.phone.scan(event["login_session_id"])
    assert (await card.event())["status"] == "complete"

    await card.unsubscribe(number)

    assert status(beeper, event) == "complete"


async def test_unload_ends_the_login(
    hass: HomeAssistant, card: Card, loaded: MockConfigEntry, clock: Clock
) -> None:
    """A card is told when the integration is unloaded under it."""
    await start(card, SIGNAL_STATUS, "qr")

    assert await hass.config_entries.async_unload(loaded.entry_id)

    assert (await card.event())["status"] == "cancelled"
    answer = await card.ask("start", entity_id=SIGNAL_STATUS)
    assert answer["success"] is False


async def test_later_card_takes_over(beeper: Simulator, new_card: NewCard) -> None:
    """Of two browsers the later one goes on, and the earlier one is told so."""
    earlier, later = await new_card(), await new_card()
    _, first = await start(earlier, SIGNAL_STATUS, "qr")

    _, second = await start(later, SIGNAL_STATUS, "qr")

    event = await earlier.event()
    assert event["status"] == "cancelled"
    assert event["is_replaced"] is True
    assert status(beeper, first) == "cancelled"
    await earlier.close()
    assert status(beeper, second) == "waiting_for_display"


# --- Who may, and what is made harmless


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("flows", {}),
        ("start", {}),
        ("submit", {"login_session_id": "1", "step_id": "1"}),
        ("resume", {"login_session_id": "1"}),
    ],
)
async def test_admins_only(
    new_card: NewCard,
    beeper: Simulator,
    hass_read_only_access_token: str,
    command: str,
    fields: dict[str, str],
) -> None:
    """Nobody else may see or start a login."""
    card = await new_card(hass_read_only_access_token)

    answer = await card.ask(command, entity_id=WHATSAPP_STATUS, **fields)

    assert answer["error"]["code"] == "unauthorized"
    assert beeper.sessions == {}


def flow_of(*steps: Step) -> LoginFlow:
    """Return a flow of these steps."""

    def run(attempt: object) -> Any:
        # A generator, since answers are sent to it
        yield from (step for step in steps)

    return LoginFlow("qr", HOSTILE, HOSTILE, run)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,hi",
        "file:///etc/passwd",
        "http://",
        "http://[",
    ],
)
async def test_harmful_addresses(
    card: Card, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """An address that a page must not open or load is left out."""
    step = Step(
        "cookies",
        "step",
        "Sign in",
        {
            "url": address,
            "fields": [],
            "display": {"type": "emoji", "imageURL": address},
        },
    )
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))

    _, event = await start(card, SIGNAL_STATUS, "qr")

    assert event["step"]["url"] is None
    assert event["step"]["picture"] is None


async def test_picture_in_the_address(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture that comes with its address needs no server."""
    picture = "data:image/png;base64,iVBORw0KGgo="
    display = {"display": {"type": "emoji", "imageURL": picture}}
    step = Step("display_and_wait", "step", "Tap", display)
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))

    _, event = await start(card, SIGNAL_STATUS, "qr")

    assert event["step"]["picture"] == picture


async def test_code_too_long_to_draw(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no QR code can hold has to be done in Beeper Desktop."""
    step = Step(
        "display_and_wait",
        "step",
        "Scan",
        {"display": {"type": "qr", "data": "x" * 9000}},
    )
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))

    _, event = await start(card, SIGNAL_STATUS, "qr")

    assert event["step"]["kind"] == "elsewhere"
    assert event["step"]["qr_code"] is None


async def test_odd_options(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options with labels are told; what is none is left out."""
    options = [
        "a",
        {"value": "b"},
        {"value": "c", "label": "See\u202e"},
        {"id": "d", "name": "Dee"},
        4,
        {"x": "y"},
    ]
    fields = [{"id": "x", "type": "select", "options": options, "optional": True}]
    step = Step("user_input", "step", "", {"fields": fields})
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))

    _, event = await start(card, SIGNAL_STATUS, "qr")

    [field] = event["step"]["fields"]
    assert field["is_required"] is False
    assert field["options"] == [
        {"value": "a", "label": "a"},
        {"value": "b", "label": "b"},
        {"value": "c", "label": "See"},
        {"value": "d", "label": "Dee"},
    ]


async def test_secret_is_not_filled_in(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is shown a password that they have not typed."""
    fields = [
        {"id": kind, "type": kind, "initialValue": "Hello"}
        for kind in ("email", "password")
    ]
    step = Step("user_input", "step", "", {"fields": fields})
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))

    _, event = await start(card, SIGNAL_STATUS, "qr")

    values = {field["field_id"]: field["value"] for field in event["step"]["fields"]}
    assert values == {"email": "Hello", "password": None}


async def test_form_in_any_shape(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card is told the same as the dialog: what fits, and what has to be known."""
    fields = [
        {"id": "phone", "type": "phone_number", "placeholder": "h" * 600},
        {"id": "site", "type": "select", "pattern": "^(a|b)$"},
        {"id": "one", "type": "text", "options": ["a"], "initialValue": "b"},
    ]
    picture = {
        "content": "iVBORw0KGgo=",
        "info": {"mimetype": "image/png"},
    }
    sound = {"content": "T2dnUw==", "info": {"mimetype": "audio/ogg"}}
    step = Step(
        "user_input", "1", "Go", {"fields": fields, "attachments": [picture, sound]}
    )
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))

    _, event = await start(card, SIGNAL_STATUS, "qr")

    told = event["step"]
    assert (told["kind"], told["may_be_somebody_else"]) == ("input", True)
    assert [len(field["hint"] or "") for field in told["fields"]] == [500, 7, 0]
    assert [field["are_choices_untold"] for field in told["fields"]] == [
        False,
        True,
        False,
    ]
    assert told["fields"][2]["options"] == [{"value": "a", "label": "a"}]
    assert told["fields"][2]["value"] is None
    assert told["attachments"] == [
        {"is_sound": False, "uri": "data:image/png;base64,iVBORw0KGgo="},
        {"is_sound": True, "uri": "data:audio/ogg;base64,T2dnUw=="},
    ]


async def test_form_of_too_many_fields(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a dialog has no room for, a card has none for either."""
    fields = [{"id": f"id{number}"} for number in range(21)]
    step = Step("user_input", "1", "Go", {"fields": fields})
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))

    _, event = await start(card, SIGNAL_STATUS, "qr")

    assert event["step"]["kind"] == "elsewhere"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"a": "12345"}, "fields_do_not_fit"),
        ({"a": " "}, "missing_fields"),
        ({"a": "123456", "b": "1"}, "unknown_fields"),
    ],
)
async def test_answer_that_does_not_fit(
    card: Card, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], key: str
) -> None:
    """It is refused before anything is sent, and without being quoted."""
    field = {"id": "a", "label": "Code", "pattern": "^[0-9]{6}$"}
    step = Step("user_input", "1", "Go", {"fields": [field]})
    wait = Step("display_and_wait", "2", "Wait", {"display": {"type": "nothing"}})
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step, wait),))
    _, event = await start(card, SIGNAL_STATUS, "qr")
    submit = {
        "entity_id": SIGNAL_STATUS,
        "login_session_id": event["login_session_id"],
        "step_id": "1",
    }

    refused = await card.ask("submit", **submit, fields=fields)

    assert refused["error"]["translation_key"] == key
    assert "12345" not in refused["error"]["message"]
    told = await card.ask("submit", **submit, fields={"a": "\u200b123456 "})
    assert told["result"]["step"]["kind"] == "wait"


@pytest.mark.parametrize(
    "more",
    [
        {"fields": {"a": 5550123}},
        {"fields": ["marker"]},
        {"fields": None},
        {"paste": {"cookie": "marker"}},
        {"script_result": 5550123},
        {"step_id": ["marker"]},
        {"login_session_id": None},
        {"password": "marker"},
    ],
)
async def test_command_that_makes_no_sense(
    card: Card, caplog: pytest.LogCaptureFixture, more: dict[str, Any]
) -> None:
    """It is refused without being quoted anywhere: it may hold what somebody typed."""
    caplog.set_level(logging.INFO)
    _, event = await start(card, TELEGRAM_STATUS, "phone")
    command = {
        "entity_id": TELEGRAM_STATUS,
        "login_session_id": event["login_session_id"],
        "step_id": event["step"]["step_id"],
    }

    refused = await card.ask("submit", **(command | more))

    assert refused["error"]["translation_key"] == "invalid_command"
    assert refused["error"]["message"].endswith("Reload the page")
    for text in (caplog.text, str(refused)):
        assert "marker" not in text
        assert "5550123" not in text


async def test_passkey(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can use one here, and the card says so instead of sending people away."""
    step = Step("webauthn", "1", "Use your passkey", {})
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))

    _, event = await start(card, SIGNAL_STATUS, "qr")

    assert event["step"]["kind"] == "passkey"
    told = await card.ask(
        "submit",
        entity_id=SIGNAL_STATUS,
        login_session_id=event["login_session_id"],
        step_id="1",
    )
    assert told["error"]["translation_key"] == "passkey_needed"


async def test_session_that_takes_nothing(
    beeper: Simulator, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card is told that only a new start helps."""
    step = Step("user_input", "1", "Go", {"fields": [{"id": "a"}]})
    monkeypatch.setitem(FLOWS, "signal", (flow_of(step),))
    _, event = await start(card, SIGNAL_STATUS, "qr")
    beeper.phone.grow_old(event["login_session_id"])
    submit = {
        "entity_id": SIGNAL_STATUS,
        "login_session_id": event["login_session_id"],
        "step_id": "1",
        "fields": {"a": "1"},
    }
    for _ in range(2):
        assert event["step"]["is_stuck"] is False
        refused = await card.ask("submit", **submit)
        assert refused["error"]["translation_key"] == "bridge_failed"

    event = await card.event()

    assert event["step"]["is_stuck"] is True


async def test_account_is_connected_anew_after_somebody_else(
    beeper: Simulator, card: Card
) -> None:
    """The network has signed it out, so there is no account to reconnect any more."""
    number, event = await start(card, WHATSAPP_STATUS, "qr")
    first = event["login_session_id"]
    beeper.phone.somebody_else(first)
    beeper.phone.scan(first)
    event = await card.event()
    assert (event["status"], event["step"]) == ("complete", None)
    assert event["other_account"] is not None
    await card.unsubscribe(number)
    gone = await card.ask("flows", entity_id=WHATSAPP_STATUS)
    assert gone["error"]["translation_key"] == "account_gone"

    told = await card.ask("flows", entity_id=WHATSAPP_STATUS, instead_of=first)
    assert [flow["flow_id"] for flow in told["result"]["flows"]] == ["qr", "phone"]
    await card.ask("start", entity_id=WHATSAPP_STATUS, flow_id="qr", instead_of=first)
    event = await card.event()
    assert event["step"]["may_be_somebody_else"] is False
    beeper.phone.scan(event["login_session_id"])

    event = await card.event()
    assert (event["status"], event["other_account"]) == ("complete", None)
    unknown = await card.ask("flows", entity_id=WHATSAPP_STATUS, instead_of="unknown")
    assert unknown["error"]["translation_key"] == "unknown_login_session"


# --- The card itself


async def test_card_is_served_and_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client_no_auth: Any
) -> None:
    """Every page of Home Assistant loads the card, from an address of its own."""
    assert await async_setup_component(hass, "frontend", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    [url] = [
        url
        for url in hass.data[frontend.DATA_EXTRA_MODULE_URL].urls
        if url.startswith("/beeper/")
    ]
    client = await hass_client_no_auth()
    for name in ("beeper-accounts-card.js", "login.js", "lit.js"):
        response = await client.get(f"{url.rpartition('/')[0]}/{name}")
        assert response.status == 200
        assert "javascript" in response.headers["Content-Type"]


async def test_no_frontend(hass: HomeAssistant) -> None:
    """A Home Assistant without frontend does without the card."""
    await async_register_card(hass)

    assert frontend.DATA_EXTRA_MODULE_URL not in hass.data
