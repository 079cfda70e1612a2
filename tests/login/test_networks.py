"""Every way to sign in, from the first action to the account that is connected."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from itertools import product
import json
import shlex
from typing import Any

from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import zxingcpp

from homeassistant.const import ATTR_ENTITY_ID, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from simulator import Simulator
from simulator.login_errors import FATAL_ERRORS
from simulator.login_flows import FLOWS, Attempt, Flow, Identity, LoginFlow
from simulator.login_steps import cookie, cookie_field, cookies, request_header
from tests.accounts import WHATSAPP
from tests.clock import Clock
from tests.conftest import StateOf
from tests.lookup import get_state
from tests.network_flows import (
    NEW,
    RECONNECT,
    TELEGRAM_CODE,
    TELEGRAM_PHONE,
    WHATSAPP_QR,
    Cookies,
    Display,
    Form,
    Passkey,
    Step,
    names,
)

LOGIN_SESSION = "sensor.beeper_login_session"
LOGIN_QR_CODE = "image.beeper_login_qr_code"

type Session = dict[str, Any]


# --- Who takes them


@dataclass
class Person:
    """Someone who signs in through Home Assistant's actions, and holds the phone."""

    hass: HomeAssistant
    beeper: Simulator
    clock: Clock
    state_of: StateOf
    get: Callable[[str], Awaitable[Any]]

    async def act(self, action: str, **data: Any) -> Session:
        """Run an action, and let what follows from it happen."""
        response = await self.run(action, **data)
        await self.clock.run()
        return response

    async def run(self, action: str, **data: Any) -> Session:
        """Run an action."""
        response = await self.hass.services.async_call(
            "beeper", action, data, blocking=True, return_response=True
        )
        assert isinstance(response, dict)
        return response

    async def start(self, bridge_id: str, flow_id: str, **reconnect: str) -> Session:
        """Start a login session."""
        return await self.act(
            "create_login_session", bridge_id=bridge_id, flow_id=flow_id, **reconnect
        )

    async def enter(self, session: Session, fields: object, **more: str) -> Session:
        """Answer the step of a session."""
        return await self.act(
            "submit_login_step",
            login_session_id=session["login_session_id"],
            step_id=session["current_step"]["step_id"],
            fields=fields,
            **more,
        )

    async def wait(self, session: Session, meanwhile: Awaitable[None]) -> Session:
        """Wait for what is displayed, while something happens."""
        session_id = session["login_session_id"]
        waiting = self.hass.async_create_task(
            self.run("submit_login_step", login_session_id=session_id)
        )
        await self.beeper.wait_for_waiter(session_id)
        assert not waiting.done()
        await meanwhile
        session = await waiting
        await self.clock.run()
        return session

    async def on_phone(self, session: Session, action: str, *arguments: str) -> None:
        """Do something on the phone."""
        getattr(self.beeper.phone, action)(session["login_session_id"], *arguments)

    def right(self, session: Session) -> dict[str, str]:
        """Return the right answers to the step of a session."""
        return self.beeper.phone.codes(session["login_session_id"])

    async def go_on(self, session: Session, step: Step) -> Session:
        """Do what is right at a step, and before that what people do wrong."""
        match step:
            case Form(wrong=None) | Cookies():
                return await self.enter(session, self.right(session))
            case Form(field=field, wrong=wrong):
                asked = session["current_step"]
                session = await self.enter(session, {field: wrong})
                again = session["current_step"]
                assert again["instructions"] != asked["instructions"]
                assert again["fields"] == asked["fields"]
                await self.sees(session, step.asked_again)
                return await self.enter(session, self.right(session))
            case Display(shows="qr"):
                codes = [session["current_step"]["display"]["data"]]
                for seconds in step.rotations:
                    session = await self.wait(session, self.clock.run(seconds))
                    await self.sees(session, step)
                    codes.append(session["current_step"]["display"]["data"])
                assert len(set(codes)) == len(step.rotations) + 1
                return await self.wait(session, self.on_phone(session, "scan"))
            case Display(shows="emoji"):
                emoji = self.right(session)["emoji"]
                return await self.wait(session, self.on_phone(session, "tap", emoji))
            case Display():
                return await self.wait(session, self.on_phone(session, "approve"))
            case Passkey():
                pytest.fail("Nobody can use a passkey here")

    # --- What is seen

    async def sees(self, session: Session, step: Step) -> None:
        """Check what action, sensor and image tell of a step."""
        served = self.beeper.sessions[session["login_session_id"]].step
        assert served is not None
        told = session["current_step"]
        assert (told["step_id"], told["type"]) == (step.step_id, served.type)
        assert told["instructions"] == served.instructions

        status, fields = "waiting_for_display", list[str]()
        shows: str | None = None
        match step:
            case Form(field=field):
                status, fields = "waiting_for_input", [field]
            case Cookies(fields=names):
                status, fields = "waiting_for_cookies", [*names]
                assert told["url"] == served.members["url"]
            case Display():
                shows = step.shows
                display = served.members["display"]
                assert told["display"]["type"] == shows
                assert told["display"].get("data") == display.get("data")
                assert told["display"].get("image_url") == display.get("imageURL")
        code = told["display"]["data"] if shows in ("qr", "code") else None

        assert session["status"] == status
        assert [field["id"] for field in told.get("fields", [])] == fields
        state = get_state(self.hass, LOGIN_SESSION)
        assert state.state == status
        shown = {
            "login_session_id": session["login_session_id"],
            "bridge_id": session["bridge_id"],
            "step_id": step.step_id,
            "step_type": served.type,
            "display_type": shows,
            "supported": True,
            "instructions": served.instructions,
            "fields": fields,
            "error": None,
        }
        assert shown.items() <= state.attributes.items()
        # Whoever triggers on the sensor has its attributes in a trace
        assert code is None or code not in str(state.as_dict())
        assert await self.qr_code() == (code if shows == "qr" else None)
        # A pairing code is drawn as it is to be read
        assert self.has_picture() is (code is not None)

    async def sees_end(self, session: Session, status: str) -> None:
        """Check that action, sensor and image tell of the end of a session."""
        assert session["status"] == status
        assert "current_step" not in session
        state = get_state(self.hass, LOGIN_SESSION)
        assert state.state == status
        assert state.attributes["login_session_id"] == session["login_session_id"]
        assert state.attributes["step_id"] is None
        assert await self.qr_code() is None
        assert not self.has_picture()

    async def qr_code(self) -> str | None:
        """Return what the QR code says that a browser shows now, `None` without one."""
        response = await self.get(f"/api/image_proxy/{LOGIN_QR_CODE}")
        assert response.headers["Content-Type"] == "image/png"
        with Image.open(BytesIO(await response.read())) as picture:
            codes = [code.text for code in zxingcpp.read_barcodes(picture)]
        return codes[0] if codes else None

    def has_picture(self) -> bool:
        """Return whether there is a code to see."""
        return get_state(self.hass, LOGIN_QR_CODE).state != STATE_UNKNOWN

    def status_of(self, account_id: str) -> str | None:
        """Return the state of an account's sensor, `None` where there is none."""
        state = self.state_of(f"{account_id}_status")
        return state.state if state else None

    async def sees_connected(self, account_id: str) -> None:
        """Check that an account gets connected long before a normal poll."""
        assert self.status_of(account_id) == "connecting"
        await self.clock.run(4)
        assert self.status_of(account_id) == "connected"


@pytest.fixture
async def person(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    state_of: StateOf,
    hass_client: ClientSessionGenerator,
) -> Person:
    """Return a person, and a Beeper in which nothing else is going on."""
    client = await hass_client()
    return Person(hass, beeper, clock, state_of, client.get)


# --- Flows


@pytest.mark.parametrize(("bridge_id", "flow_id", "steps"), NEW, ids=names(NEW))
async def test_new_account_is_connected(
    person: Person, bridge_id: str, flow_id: str, steps: list[Step]
) -> None:
    """Each flow shows its steps in order and ends with a new account, and its sensor."""
    before = person.beeper.accounts

    session = await person.start(bridge_id, flow_id)
    for step in steps:
        assert session["bridge_id"] == bridge_id
        await person.sees(session, step)
        session = await person.go_on(session, step)

    await person.sees_end(session, "complete")
    account = session["account"]
    assert account["account_id"] not in before
    assert account["bridge"]["id"] == bridge_id
    assert session["login"]["account_ids"] == [account["account_id"]]
    await person.sees_connected(account["account_id"])


@pytest.mark.parametrize(
    ("account_id", "flow_id", "steps", "named_by"),
    [
        (*case, named_by)
        for case, named_by in product(RECONNECT, ("account_id", "login_id", "sensor"))
    ],
    ids=[
        f"{name}-{by}"
        for name, by in product(names(RECONNECT), ("account", "login", "sensor"))
    ],
)
async def test_account_is_reconnected(
    person: Person, account_id: str, flow_id: str, steps: list[Step], named_by: str
) -> None:
    """Each flow reconnects an account, however it is named, and adds none."""
    before = person.beeper.accounts
    account = before[account_id]

    if named_by == "sensor":
        entity_id = person.state_of(f"{account_id}_status").entity_id
        response = await person.act(
            "reconnect_account", flow_id=flow_id, **{ATTR_ENTITY_ID: entity_id}
        )
        assert response.keys() == {entity_id}
        session = response[entity_id]
    else:
        name = {"account_id": account_id, "login_id": account["loginID"]}[named_by]
        session = await person.start(
            account["bridge"]["id"], flow_id, **{named_by: name}
        )
    shown = get_state(person.hass, LOGIN_SESSION).attributes
    assert (shown["account_id"], shown["flow_id"]) == (account_id, flow_id)
    for step in steps:
        await person.sees(session, step)
        session = await person.go_on(session, step)

    await person.sees_end(session, "complete")
    assert session["account"]["account_id"] == account_id
    assert person.beeper.accounts.keys() == before.keys()
    await person.sees_connected(account_id)


async def test_without_a_flow_beeper_chooses(person: Person) -> None:
    """The flow may be left out."""
    session = await person.act("create_login_session", bridge_id="local-telegram")

    await person.sees(session, TELEGRAM_PHONE)
    assert get_state(person.hass, LOGIN_SESSION).attributes["flow_id"] is None


async def test_choices_are_told(person: Person) -> None:
    """A field to select from comes with its options."""
    session = await person.start("slackgo", "email")
    session = await person.enter(session, person.right(session))
    session = await person.enter(session, person.right(session))

    assert session["current_step"]["fields"] == [
        {
            "id": "workspace",
            "type": "select",
            "label": "Workspace",
            "placeholder": "Slack workspace to connect",
            "options": ["Example Ltd", "Example Ltd Guests"],
        }
    ]


def as_curl(cookies: dict[str, str]) -> str:
    """Write cookies into a command."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return f"curl 'https://www.facebook.com/' \\\n  -b {shlex.quote(header)}"


@pytest.mark.parametrize(
    "write",
    [
        json.dumps,
        as_curl,
        lambda cookies: "Cookie: " + "; ".join(map("=".join, cookies.items())),
    ],
    ids=["JSON", "cURL", "header"],
)
async def test_cookies_are_submitted_as_one_text(
    person: Person, write: Callable[[dict[str, str]], str]
) -> None:
    """What somebody pastes out of a browser holds the wanted cookies, among others."""
    session = await person.start("facebookgo", "facebook")
    text = write({"locale": "en_GB", **person.right(session), "wd": "1280x720"})

    session = await person.enter(
        session, text, last_url="https://www.facebook.com/", source="browser_extension"
    )

    await person.sees_end(session, "complete")


async def test_header_is_submitted_as_one_text(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field may be a header, and a cookie be called otherwise than its field."""
    wanted = [
        cookie_field("token", request_header("Authorization", "^https://")),
        cookie_field("session", cookie("d")),
    ]
    right = {"token": "xoxc-1", "session": "xoxd-2"}

    def run(_: Attempt) -> Flow:
        yield cookies("step", "Sign in", "https://example.com/", wanted, right)
        return Identity("8d1f6a52-0c7b-4d0e-9a53-2f4be1c0a104")

    monkeypatch.setitem(FLOWS, "signal", (LoginFlow("only", "Only", "Only", run),))
    session = await person.start("local-signal", "only")

    session = await person.enter(
        session,
        "curl 'https://example.com/api/boot' -H 'authorization: xoxc-1'"
        " -b 'd=xoxd-2; x=1'",
    )

    await person.sees_end(session, "complete")


# --- Failures


async def number_too_short(person: Person) -> Session:
    """Enter a phone number that is none."""
    session = await person.start("local-whatsapp", "phone")
    return await person.enter(session, {"phone_number": "+1555"})


async def number_not_international(person: Person) -> Session:
    """Enter a phone number without a country code."""
    session = await person.start("local-telegram", "phone")
    return await person.enter(session, {TELEGRAM_PHONE.field: "0555 5550100"})


async def too_many_wrong_codes(person: Person) -> Session:
    """Try to guess the code."""
    session = await person.start("local-telegram", "phone")
    session = await person.enter(session, person.right(session))
    for _ in range(5):
        session = await person.enter(session, {TELEGRAM_CODE.field: "00000"})
    return session


async def checkpoint(person: Person) -> Session:
    """Sign in where the site wants to see an identity card first."""
    session = await person.start("facebookgo", "facebook")
    url = "https://www.facebook.com/checkpoint/1501092823525282/"
    return await person.enter(session, person.right(session), last_url=url)


async def consent(person: Person) -> Session:
    """Sign in where the site asks for consent first."""
    session = await person.start("instagramgo", "instagram")
    url = "https://www.instagram.com/consent/?flow=user_cookie"
    return await person.enter(session, person.right(session), last_url=url)


async def cookies_not_enough(person: Person) -> Session:
    """Bring cookies of which the network wants more than it has said."""
    session = await person.start("gmessages", "google")
    await person.on_phone(session, "fail", "missing_cookies")
    session_id = session["login_session_id"]
    return await person.act("get_login_session", login_session_id=session_id)


async def wrong_emoji(person: Person) -> Session:
    """Tap another emoji than the one that is shown."""
    session = await person.start("gmessages", "google")
    session = await person.enter(session, person.right(session))
    wrong = "🌙" if person.right(session)["emoji"] != "🌙" else "⭐"
    return await person.wait(session, person.on_phone(session, "tap", wrong))


async def refused(person: Person) -> Session:
    """Say no on the phone."""
    session = await person.start("local-whatsapp", "phone")
    session = await person.enter(session, person.right(session))
    return await person.wait(session, person.on_phone(session, "refuse"))


async def nobody_scans(person: Person) -> Session:
    """Let the code rotate until the network gives up."""
    session = await person.start("local-whatsapp", "qr")
    for seconds in (60.01, *[20.01] * 4):
        session = await person.wait(session, person.clock.run(seconds))
    return await person.wait(session, person.clock.run(20.01))


def network_refuses(code: str) -> Callable[[Person], Awaitable[Session]]:
    """Return what a person sees when the network ends it after the scan."""

    async def refuse(person: Person) -> Session:
        session = await person.start("local-whatsapp", "qr")
        return await person.wait(session, person.on_phone(session, "fail", code))

    return refuse


@pytest.mark.parametrize(
    ("sign_in", "reason"),
    [
        (number_too_short, "phone_number_too_short"),
        (number_not_international, "phone_number_not_international"),
        (too_many_wrong_codes, "rate_limited"),
        (network_refuses("rate_limited"), "rate_limited"),
        (network_refuses("device_limit_reached"), "device_limit_reached"),
        (checkpoint, "checkpoint_required"),
        (consent, "consent_required"),
        (network_refuses("checkpoint_required"), "checkpoint_required"),
        (cookies_not_enough, "missing_cookies"),
        (wrong_emoji, "wrong_emoji"),
        (refused, "cancelled_on_phone"),
        (nobody_scans, "login_timed_out"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_login_fails(
    person: Person, sign_in: Callable[[Person], Awaitable[Session]], reason: str
) -> None:
    """A session that failed says why, in the network's words, and changes no account."""
    before = person.beeper.accounts

    session = await sign_in(person)

    await person.sees_end(session, "failed")
    served = person.beeper.sessions[session["login_session_id"]].error
    assert served is not None
    assert session["error"] == served
    assert served["message"] == FATAL_ERRORS[reason]
    shown = get_state(person.hass, LOGIN_SESSION).attributes["error"]
    assert shown == served["message"]
    assert person.beeper.accounts == before


async def test_after_a_failure_one_can_try_again(person: Person) -> None:
    """A failed login is no obstacle to the next one."""
    await refused(person)

    session = await person.start("local-whatsapp", "qr", account_id=WHATSAPP)
    session = await person.go_on(session, WHATSAPP_QR)

    await person.sees_end(session, "complete")
    await person.sees_connected(WHATSAPP)


async def test_two_people_can_wait_for_the_same_session(person: Person) -> None:
    """A dashboard and an automation both hear of the scan."""
    session = await person.start("local-signal", "qr")
    session_id = session["login_session_id"]
    waiting = [
        person.hass.async_create_task(
            person.run("submit_login_step", login_session_id=session_id)
        )
        for _ in range(2)
    ]

    await person.beeper.wait_for_waiter(session_id)
    await person.on_phone(session, "scan")
    first, second = await asyncio.gather(*waiting)
    await person.clock.run()

    assert first == second
    await person.sees_end(first, "complete")
