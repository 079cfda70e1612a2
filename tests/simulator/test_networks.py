"""What is peculiar to networks beyond the order of their steps.

All flows are driven in tests/contract/test_login_flows.py.
"""

import base64
from io import BytesIO
import json
from typing import Any
import wave

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory
from PIL import Image
import pytest

from simulator import Simulator, Timings, captcha
from simulator.login_flows import FLOWS, Attempt, Flow, Identity, LoginFlow, Step
from simulator.login_steps import SESSION_LIFETIME

from .login import create, enter, read, running, submit, wait

WHATSAPP = [60, *[20] * 5]
SIGNAL = [45] * 20
GMESSAGES = [30] * 6


@pytest.mark.parametrize(
    ("bridge_id", "lasts"),
    [("local-whatsapp", WHATSAPP), ("local-signal", SIGNAL), ("gmessages", GMESSAGES)],
)
async def test_codes_last_as_long_as_the_network_has_it(
    freezer: FrozenDateTimeFactory, bridge_id: str, lasts: list[int]
) -> None:
    """Each code is replaced in its time; after the last one the login is over."""
    async with running() as (_, client):
        session = await create(client, bridge_id, flowID="qr")
        codes = []
        for seconds in lasts:
            codes.append(session["currentStep"]["display"]["data"])
            freezer.tick(seconds - 1)
            assert await read(client, session) == (200, session)
            freezer.tick(1.01)
            _, session = await read(client, session)

    assert len(set(codes)) == len(lasts)
    assert session["status"] == "failed"
    assert "timed out" in session["error"]["message"]


async def test_code_of_discord_stays(freezer: FrozenDateTimeFactory) -> None:
    """It is not replaced for as long as the login lives."""
    async with running() as (_, client):
        session = await create(client, "discordgo", flowID="qr")
        freezer.tick(SESSION_LIFETIME - 1)

        assert await read(client, session) == (200, session)


@pytest.mark.parametrize(
    ("timings", "rotates", "ends"),
    [(Timings(qr_rotation=5), True, False), (Timings(qr_lifetime=5), False, True)],
)
async def test_timings_are_stronger_than_the_network(
    freezer: FrozenDateTimeFactory, timings: Timings, rotates: bool, ends: bool
) -> None:
    """Tests may set what suits them."""
    async with running(timings) as (_, client):
        session = await create(client, "local-signal")
        freezer.tick(6)
        _, later = await read(client, session)

    assert (later["status"] == "failed") == ends
    assert ("currentStep" in later and later != session) == rotates


async def test_pairing_code_expires(freezer: FrozenDateTimeFactory) -> None:
    """WhatsApp waits for it as long as for its QR codes."""
    async with running() as (sim, client):
        session = await create(client, "local-whatsapp", flowID="phone")
        _, session = await enter(sim, client, session)
        freezer.tick(159)
        assert await read(client, session) == (200, session)
        freezer.tick(2)
        _, session = await read(client, session)

    assert session["error"]["code"] == "FI.MAU.WHATSAPP.LOGIN_TIMEOUT"


async def test_passkey() -> None:
    """A step of a type that the published schema does not have, after the QR code."""
    async with running(scenario="networks") as (sim, client):
        session = await create(client, "whatsapp", flowID="qr")
        waiter = await wait(sim, client, session)
        sim.phone.scan(session["loginSessionID"])

        _, session = await waiter
        step = session["currentStep"]
        assert (step["type"], step["stepID"]) == (
            "webauthn",
            "fi.mau.whatsapp.login.passkey",
        )
        assert step["publicKey"]["rpId"] == "whatsapp.com"
        assert sim.phone.actions(session["loginSessionID"])[0] == "approve"

        sim.phone.approve(session["loginSessionID"])
        assert (await read(client, session))[1]["status"] == "complete"


async def test_captcha_can_be_solved() -> None:
    """Its picture shows what has to be typed, and the sound has a tone for each digit."""
    async with running(scenario="networks") as (sim, client):
        session = await create(client, "facebookgo", flowID="messenger-lite")
        _, session = await enter(sim, client, session)
        shown, heard = session["currentStep"]["attachments"]
        [code] = sim.phone.codes(session["loginSessionID"]).values()

    content = base64.b64decode(shown["content"])
    assert (shown["filename"], shown["info"]["size"]) == ("captcha.png", len(content))
    with Image.open(BytesIO(content)) as picture:
        assert picture.size == (shown["info"]["w"], shown["info"]["h"])
        assert spell(picture) == spell_out(code)
    with wave.open(BytesIO(base64.b64decode(heard["content"]))) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(0.9)


def spell(picture: Image.Image) -> list[str]:
    """Return the dots of a picture, a line each."""
    width, height = picture.size
    return [
        "".join(
            "x" if picture.getpixel((x, y)) == 0 else "." for x in range(5, width, 10)
        )
        for y in range(5, height, 10)
    ]


def spell_out(digits: str) -> list[str]:
    """Return the dots that stand for digits, with a margin."""
    glyphs = [captcha.GLYPHS[digit].split() for digit in digits]
    lines = [
        "." + "".join(f"{glyph[row]}." for glyph in glyphs) + "." for row in range(5)
    ]
    return ["." * len(lines[0]), *lines, "." * len(lines[0])]


@pytest.mark.parametrize(
    ("bridge_id", "flow_id", "way", "step_id"),
    [
        ("facebookgo", "messenger-lite", "Authentication app", "messengerlite.totp"),
        ("facebookgo", "messenger-lite", "Text message", "messengerlite.sms"),
        ("discordgo", "machine", "Text me a code", "discord.mfa.sms"),
        ("discordgo", "machine", "Enter a backup code", "discord.mfa.backup"),
    ],
)
async def test_other_second_factors(
    bridge_id: str, flow_id: str, way: str, step_id: str
) -> None:
    """What is chosen is asked for."""
    async with running(scenario="networks") as (sim, client):
        session = await create(client, bridge_id, flowID=flow_id)
        while not is_choice_of(session, way):
            _, session = await enter(sim, client, session)
        [field] = session["currentStep"]["fields"]
        _, session = await enter(sim, client, session, **{field["id"]: way})
        assert session["currentStep"]["stepID"].endswith(step_id)

        _, session = await enter(sim, client, session)

    assert session["status"] == "complete"


def is_choice_of(session: dict[str, Any], way: str) -> bool:
    """Return whether a session asks for a choice in which this is an option."""
    fields = session["currentStep"]["fields"]
    return any(way in field.get("options", ()) for field in fields)


@pytest.mark.parametrize(
    ("bridge_id", "flow_id", "wrong", "code"),
    [
        ("local-telegram", "bot", "nonsense", "M_UNKNOWN"),
        ("local-telegram", "manual", "nonsense", "M_UNKNOWN"),
        ("local-telegram", "manual", "[]", "M_UNKNOWN"),
        ("local-telegram", "manual", '{"dc":2}', "M_UNKNOWN"),
        ("slackgo", "app", "nonsense", "M_UNKNOWN"),
        ("zulip", "apitoken", "nonsense", "M_UNKNOWN"),
        ("irc", "nick", "nonsense", "M_NOT_FOUND"),
    ],
)
async def test_what_is_wrong_is_fatal(
    bridge_id: str, flow_id: str, wrong: str, code: str
) -> None:
    """These networks ask for nothing a second time."""
    async with running(scenario="networks") as (sim, client):
        session = await create(client, bridge_id, flowID=flow_id)
        name = session["currentStep"]["fields"][0]["id"]
        _, session = await enter(sim, client, session, **{name: wrong})

    assert session["status"] == "failed"
    assert session["error"]["code"] == code


async def test_session_made_elsewhere_fits_its_pattern(
    sim: Simulator, client: ClientSession
) -> None:
    """Telegram's is JSON in one line."""
    session = await create(client, "local-telegram", flowID="manual")
    [value] = sim.phone.codes(session["loginSessionID"]).values()

    assert json.loads(value)["key"]


async def test_code_with_a_dash_and_small_letters(
    sim: Simulator, client: ClientSession
) -> None:
    """Slack takes its code as people copy it."""
    session = await create(client, "slackgo", flowID="email")
    _, session = await enter(sim, client, session)
    code = sim.phone.codes(session["loginSessionID"])["code"].lower()

    _, session = await enter(sim, client, session, code=f"{code[:3]}-{code[3:]}")

    assert session["currentStep"]["stepID"] == "fi.mau.slack.login.select_workspace"


async def test_wrong_account_is_paired_anew(
    sim: Simulator, client: ClientSession
) -> None:
    """Google Messages asks for the emoji where it does not know the phone."""
    session = await create(client, "gmessages", flowID="google", accountID="gmessages")
    sim.phone.somebody_else(session["loginSessionID"])

    _, session = await enter(sim, client, session)

    assert session["currentStep"]["stepID"] == "fi.mau.gmessages.emoji"


async def test_second_browser_token_is_no_complaint() -> None:
    """X asks for it under the same ID, with the same words."""
    async with running(scenario="networks") as (sim, client):
        session = await create(client, "twitter", flowID="password")
        _, first = await enter(sim, client, session)
        _, second = await enter(sim, client, first)

    assert first["currentStep"] == second["currentStep"]
    assert len(first["currentStep"]["fields"]) == 19
    assert sum(field["required"] for field in first["currentStep"]["fields"]) == 2


async def test_displays_that_lack_what_clients_look_for() -> None:
    """An emoji may come without a picture, and a QR code as nothing but a picture."""
    async with running(scenario="future") as (sim, client):
        sign = await create(client, "carrierpigeon", flowID="sign")
        code = await create(client, "carrierpigeon", flowID="print")

        assert sign["currentStep"]["display"] == {"type": "emoji", "data": "🐦"}
        shown = code["currentStep"]["display"]
        assert shown == {"type": "qr", "imageURL": f"{sim.url}/emoji/diamond.svg"}
        async with client.get(shown["imageURL"]) as response:
            assert response.status == 200
        waiter = await wait(sim, client, code)
        sim.phone.scan(code["loginSessionID"])
        assert (await waiter)[1]["status"] == "complete"


async def test_unpublished_members_are_left_out() -> None:
    """The shape `schema` has nothing that is not published, wherever it is."""
    async with running(scenario="networks", shape="schema") as (sim, client):
        session = await create(client, "gmessages", flowID="google")
        _, session = await enter(sim, client, session)
        assert session["currentStep"]["display"].keys() == {"type", "imageURL"}

        session = await create(client, "twitter", flowID="password")
        _, session = await enter(sim, client, session)
        step = session["currentStep"]
        assert "hidden" not in step
        assert step["fields"][0] == {
            "id": "castle_token",
            "name": "fi.mau.twitter.castle_token",
            "type": "local_storage",
        }


async def test_unknown_steps_and_displays_have_one_shape(
    sim: Simulator, client: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not published at all is served as it is."""
    display = {"type": "nfc", "payload": "x"}

    def run(_: Attempt) -> Flow:
        yield Step("display_and_wait", "a", "A", {"display": display})
        yield Step("dance", "b", "B", {"tempo": 120})
        return Identity("1")

    monkeypatch.setitem(FLOWS, "signal", (LoginFlow("a", "A", "A", run),))
    sim.logins.shape = "schema"
    session = await create(client, "local-signal")
    assert session["currentStep"]["display"] == display
    waiter = await wait(sim, client, session)
    sim.phone.approve(session["loginSessionID"])

    _, session = await waiter
    assert session["currentStep"] == {
        "type": "dance",
        "stepID": "b",
        "instructions": "B",
        "tempo": 120,
    }
    status, _ = await submit(client, session, type="user_input")
    assert status == 422
