"""The picture of the QR code, read back the way a phone reads it."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from io import BytesIO
import threading
from typing import Any

import orjson
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import segno
import zxingcpp

from custom_components.beeper.pairing_code import draw_pairing_code
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from simulator import Fault, Simulator

from .clock import Clock
from .lookup import get_state

ENTITY_ID = "image.beeper_login_qr_code"
STEPS = "*/steps/*"

type Picture = Callable[[], Awaitable[Image.Image]]
type Start = Callable[..., Awaitable[str]]


@pytest.fixture
async def picture(
    loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> Picture:
    """Return a function that fetches the picture as a dashboard does."""
    client = await hass_client()

    async def picture() -> Image.Image:
        response = await client.get(f"/api/image_proxy/{ENTITY_ID}")
        assert response.status == HTTPStatus.OK
        assert response.content_type == "image/png"
        image = Image.open(BytesIO(await response.read()))
        image.load()
        return image

    return picture


@pytest.fixture
def start(hass: HomeAssistant, clock: Clock, loaded: MockConfigEntry) -> Start:
    """Return a function that starts a login session and returns its ID."""

    async def start(bridge_id: str = "local-signal", **data: str) -> str:
        response: Any = await hass.services.async_call(
            "beeper",
            "create_login_session",
            {"bridge_id": bridge_id, **data},
            blocking=True,
            return_response=True,
        )
        await clock.run()
        session_id: str = response["login_session_id"]
        return session_id

    return start


def read(image: Image.Image) -> str | None:
    """Return what a phone reads; `None` where there is no QR code."""
    found = zxingcpp.read_barcodes(
        image.convert("L"),
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
    )
    return found[0].text if found else None


def is_empty(image: Image.Image) -> bool:
    """Return whether an image is one pixel that cannot be seen."""
    return image.size == (1, 1) and image.convert("RGBA").tobytes()[3] == 0


def served(beeper: Simulator, session_id: str) -> str:
    """Return the code that Beeper serves now."""
    code: str = beeper.sessions[session_id].wire["currentStep"]["display"]["data"]
    return code


def updated(hass: HomeAssistant) -> str:
    """Return the state: when the picture was last another one."""
    state = hass.states.get(ENTITY_ID)
    assert state is not None
    return state.state


async def test_code_stays_while_the_poll_fails(
    hass: HomeAssistant, beeper: Simulator, clock: Clock, start: Start, picture: Picture
) -> None:
    """A login goes on apart from the poll, and so does what there is to scan."""
    session_id = await start()
    beeper.inject(Fault(path="/v1/accounts", status=500))

    await clock.run(20)

    state = hass.states.get("sensor.beeper_accounts_connected")
    assert state is not None
    assert state.state == STATE_UNAVAILABLE
    state = hass.states.get(ENTITY_ID)
    assert state is not None
    assert state.state != STATE_UNAVAILABLE
    session = beeper.sessions[session_id]
    assert session.step is not None
    [code] = zxingcpp.read_barcodes(await picture())
    assert code.text == session.step.members["display"]["data"]


async def test_computer_that_fell_asleep(
    hass: HomeAssistant, beeper: Simulator, clock: Clock, start: Start
) -> None:
    """It never ends the wait for its answer, and its code does not stay for ever."""
    await start()
    state = hass.states.get(ENTITY_ID)
    assert state is not None
    assert state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)
    beeper.inject(Fault(delay=1000))

    await clock.run(120)

    state = hass.states.get(ENTITY_ID)
    assert state is not None
    assert state.state == STATE_UNAVAILABLE


async def test_empty_while_there_is_nothing_to_scan(
    hass: HomeAssistant, picture: Picture
) -> None:
    """Without a login session there is a picture, too, but nothing is on it."""
    assert is_empty(await picture())
    assert updated(hass) == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("bridge_id", "flow_id"),
    [
        ("local-whatsapp", "qr"),
        ("local-telegram", "qr"),
        ("local-signal", "qr"),
        ("gmessages", "qr"),
        ("discordgo", "qr"),
    ],
)
async def test_code_can_be_scanned(
    beeper: Simulator, picture: Picture, start: Start, bridge_id: str, flow_id: str
) -> None:
    """Each network's code is read back from the picture letter by letter."""
    if bridge_id in ("gmessages", "discordgo"):
        session_id = await start(bridge_id, flow_id=flow_id, account_id=bridge_id)
    else:
        session_id = await start(bridge_id, flow_id=flow_id)

    image = await picture()

    assert read(image) == served(beeper, session_id)
    # Large enough for a phone across the table, and with a quiet zone around
    assert min(image.size) >= 250


async def test_picture_follows_every_rotation(
    hass: HomeAssistant, beeper: Simulator, clock: Clock, picture: Picture, start: Start
) -> None:
    """What is shown is what Beeper serves now, and the state tells of each change."""
    session_id = await start()
    codes = [read(await picture())]
    states = [updated(hass)]

    for _ in range(3):
        await clock.run(45)
        assert read(await picture()) == served(beeper, session_id)
        codes.append(read(await picture()))
        states.append(updated(hass))

    assert len(set(codes)) == len(set(states)) == 4
    assert states == sorted(states)


async def test_code_that_rotates_while_it_is_drawn_is_not_kept(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    picture: Picture,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever comes next gets the new code, and not the one that took so long."""
    # Given a computer that takes its time to draw
    is_drawing, may_go_on = asyncio.Event(), threading.Event()
    make_qr = segno.make_qr

    def make_slowly(content: str) -> segno.QRCode:
        hass.loop.call_soon_threadsafe(is_drawing.set)
        assert may_go_on.wait(timeout=60)
        return make_qr(content)

    monkeypatch.setattr(segno, "make_qr", make_slowly)
    session_id = await start()
    old = served(beeper, session_id)
    asking = asyncio.ensure_future(picture())
    await is_drawing.wait()

    # When the code rotates meanwhile
    beeper.phone.rotate(session_id)
    await clock.run()
    may_go_on.set()

    assert read(await asking) == old
    assert read(await picture()) == served(beeper, session_id) != old


async def test_state_stays_while_the_code_does(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    start: Start,
    written: list[str],
) -> None:
    """A dashboard loads the picture when it is another one, and only then."""
    await start()
    written.clear()
    await clock.run(15)

    assert ENTITY_ID not in written


@pytest.mark.parametrize("end", ["scan", "refuse", "time_out", "cancel", "lose"])
async def test_empty_once_the_code_is_over(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    picture: Picture,
    start: Start,
    end: str,
) -> None:
    """However a session ends, its code is gone with it."""
    session_id = await start()
    assert not is_empty(await picture())

    if end == "cancel":
        await hass.services.async_call(
            "beeper",
            "cancel_login_session",
            {"login_session_id": session_id},
            blocking=True,
        )
    elif end == "lose":
        await beeper.stop()
        await beeper.start()
        await clock.run(60)
    else:
        getattr(beeper.phone, end)(session_id)
    await clock.run()

    assert is_empty(await picture())
    assert updated(hass) == STATE_UNKNOWN


async def test_code_to_type_can_be_read(
    hass: HomeAssistant, beeper: Simulator, clock: Clock, picture: Picture, start: Start
) -> None:
    """It is in no attribute, which a trace would keep; a form has no picture."""
    session_id = await start("local-whatsapp", flow_id="phone")
    assert is_empty(await picture())

    await hass.services.async_call(
        "beeper",
        "submit_login_step",
        {
            "login_session_id": session_id,
            "fields": {"phone_number": "+15555550199"},
        },
        blocking=True,
    )
    await clock.run()
    assert beeper.waiting == 1
    code = served(beeper, session_id)
    image = await picture()
    drawn = Image.open(BytesIO(draw_pairing_code(code)))
    other = Image.open(BytesIO(draw_pairing_code(code[::-1])))
    assert image.tobytes() == drawn.tobytes() != other.tobytes()
    # Black on white, with room around it
    assert image.getextrema() == (0, 255)
    assert set(image.crop((0, 0, image.width, 16)).tobytes()) == {255}

    beeper.phone.approve(session_id)
    await clock.run()
    assert is_empty(await picture())


async def test_code_of_the_newest_session_is_shown(
    beeper: Simulator, clock: Clock, picture: Picture, start: Start
) -> None:
    """Picture and sensor are about the same session."""
    older = await start("local-whatsapp")
    await clock.run(1)
    newer = await start()
    assert read(await picture()) == served(beeper, newer)

    beeper.phone.scan(newer)
    await clock.run()
    assert read(await picture()) == served(beeper, older)


@pytest.mark.parametrize(("length", "fits"), [(2953, True), (2954, False)])
async def test_more_than_a_qr_code_can_hold_is_not_drawn(
    beeper: Simulator,
    clock: Clock,
    picture: Picture,
    start: Start,
    length: int,
    fits: bool,
) -> None:
    """A network that asks for the impossible gets no picture, and no error."""
    session_id = await start()
    wire = beeper.sessions[session_id].wire
    wire["currentStep"]["display"] = {"type": "qr", "data": "x" * length}
    beeper.inject(Fault(path=STEPS, times=1, body=orjson.dumps(wire)))
    beeper.drop_connections()
    await clock.run()

    image = await picture()

    assert is_empty(image) is not fits
    if fits:
        assert read(image) == "x" * length


async def test_code_that_may_be_over_is_not_shown(
    hass: HomeAssistant, beeper: Simulator, clock: Clock, picture: Picture, start: Start
) -> None:
    """While Beeper does not answer nobody replaces it; then it is there again."""
    session_id = await start()
    beeper.inject(Fault(path="*/login-sessions/*", status=503))
    beeper.drop_connections()
    await clock.run(10)
    assert not is_empty(await picture())

    await clock.run(10)

    assert is_empty(await picture())
    assert updated(hass) == STATE_UNKNOWN
    beeper.clear_faults()
    await clock.run(30)
    assert read(await picture()) == served(beeper, session_id)


async def test_picture_goes_with_the_entry(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    start: Start,
) -> None:
    """After an unload no code is left to be seen."""
    await start()
    await hass.config_entries.async_unload(loaded.entry_id)

    client = await hass_client()
    response = await client.get(f"/api/image_proxy/{ENTITY_ID}")

    assert response.status == HTTPStatus.NOT_FOUND
    assert updated(hass) == STATE_UNAVAILABLE


async def test_picture_without_a_code_has_no_history(
    hass: HomeAssistant, start: Start, clock: Clock, loaded: MockConfigEntry
) -> None:
    """Home Assistant changes the token of each picture every five minutes."""
    before = get_state(hass, ENTITY_ID)
    await clock.run(3_600)
    assert get_state(hass, ENTITY_ID) is before

    await start()
    shown = get_state(hass, ENTITY_ID).attributes["access_token"]
    assert shown != before.attributes["access_token"]
    await clock.run(301)
    assert get_state(hass, ENTITY_ID).attributes["access_token"] != shown
