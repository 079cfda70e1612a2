"""What cannot be shown here."""

from dataclasses import replace
from html import unescape
import json
import re

import pytest

from homeassistant.core import HomeAssistant
from simulator import Fault, Simulator
from simulator.login_flows import Answer, Step as ServedStep
from tests.lookup import get_state

from .person import Network, Person, asks_for, attached, displays


@pytest.mark.parametrize(
    "step",
    [
        ServedStep("riddle", "com.example.riddle", "Guess", {}),
        ServedStep(
            "hologram",
            "com.example.hologram",
            "Look",
            {"display": {"type": "qr", "data": "1"}},
        ),
        displays(type="nfc", data="1"),
        displays(type="qr", data="x" * 5000),
        displays(type="qr"),
        displays(type="code"),
        displays(type="emoji"),
        displays(type="emoji", imageURL="javascript:alert(1)"),
        displays(type="emoji", imageURL="file:///etc/passwd"),
        displays(type="emoji", imageURL="data:text/html,<script>alert(1)</script>"),
        displays(type="emoji", imageURL="https://example.com/" + "x" * 70_000),
        ServedStep("display_and_wait", "com.example.display", "Look", {}),
    ],
    ids=[
        "step",
        "step with a QR code",
        "display",
        "QR too long",
        "no QR",
        "no code",
        "no emoji",
        "script",
        "file",
        "page",
        "picture too long",
        "nothing",
    ],
)
async def test_what_cannot_be_shown_is_finished_in_beeper(
    person: Person, network: Network, step: ServedStep
) -> None:
    """The dialog says so, and moves on as soon as that has happened."""
    network(step, asks_for({"id": "a"}))

    dialog = await person.connect("local-signal")

    assert (dialog.at, dialog.title) == ("finish_in_beeper", "Finish in Beeper Desktop")
    assert step.instructions in dialog.text
    person.session.advance(Answer())
    await person.dialogs.see(dialog, after=6)
    assert dialog.at == "user_input"


async def test_long_word_does_not_make_a_picture_wider(
    person: Person, network: Network
) -> None:
    """Its caption may be broken anywhere; what is escaped stays whole."""
    step = displays(type="qr", data="1")
    network(replace(step, instructions="See " + "example." * 4))

    dialog = await person.connect("local-signal")

    caption = re.search("<caption>(.*)</caption>", dialog.placeholders["picture"])
    assert caption is not None
    assert unescape(caption[1]).split("\u200b") == [
        "See example.exam",
        "ple.example.",
        "example.",
    ]


async def test_emoji_without_a_picture_is_shown_as_text(
    person: Person, network: Network
) -> None:
    """Joined ones stay joined."""
    network(displays(type="emoji", data="👩\u200d🚀"))

    dialog = await person.connect("local-signal")

    assert dialog.at == "tap_emoji"
    assert dialog.placeholders["picture"] == "Look\n\n# 👩\u200d🚀"


@pytest.mark.parametrize(
    ("attachments", "at"),
    [
        ([{"type": "m.image", "fileName": "captcha.png"}], "finish_in_beeper"),
        (["something else"], "finish_in_beeper"),
        ([attached("image/png", "<svg>")], "finish_in_beeper"),
        ([attached("text/html")], "finish_in_beeper"),
        ([attached("image/png", "A" * 200_000)], "finish_in_beeper"),
        ([attached("image/png"), attached("audio/ogg")], "user_input"),
        ([], "user_input"),
        (None, "user_input"),
    ],
    ids=[
        "nothing in it",
        "unknown",
        "damaged",
        "page",
        "too large",
        "both",
        "none",
        "null",
    ],
)
async def test_form_about_what_cannot_be_shown_is_finished_in_beeper(
    hass: HomeAssistant,
    person: Person,
    network: Network,
    attachments: list[object] | None,
    at: str,
) -> None:
    """Without it one could only guess."""
    form = asks_for({"id": "captcha"}, instructions="Type what you see")
    form.members["attachments"] = attachments
    network(form, displays(type="nothing"))

    dialog = await person.connect("local-signal")

    assert dialog.at == at
    assert "Type what you see" in dialog.text
    state = get_state(hass, "sensor.beeper_login_session")
    assert state.attributes["supported"] is (at == "user_input")
    person.session.advance(Answer({"captcha": "x"}))
    await person.dialogs.see(dialog, after=6)
    if at == "finish_in_beeper":
        assert dialog.at == "wait"


@pytest.mark.parametrize("first", [[], [asks_for({"id": "a"})]], ids=["first", "later"])
async def test_form_with_too_many_fields_is_finished_in_beeper(
    person: Person, network: Network, first: list[ServedStep]
) -> None:
    """There are texts for twenty."""
    fields = [{"id": f"id{number}", "optional": True} for number in range(25)]
    network(*first, asks_for(*fields), displays(type="nothing"))

    dialog = await person.connect("local-signal")
    for _ in first:
        await person.enter(dialog, field_1="a")

    assert dialog.at == "finish_in_beeper"
    person.session.advance(Answer())
    await person.dialogs.see(dialog, after=6)
    assert dialog.at == "wait"


async def test_form_that_became_too_long_is_not_answered(
    person: Person, network: Network
) -> None:
    """Somebody else has answered the step before."""
    fields = [{"id": f"id{number}"} for number in range(25)]
    network(asks_for({"id": "a"}), asks_for(*fields))
    dialog = await person.connect("local-signal")
    person.session.advance(Answer({"a": "a"}))
    await person.dialogs.see(dialog, after=6)

    await person.enter(dialog, field_1="a")

    assert dialog.at == "finish_in_beeper"


async def test_session_without_a_step_is_waited_for(
    beeper: Simulator, person: Person
) -> None:
    """Nothing tells what it waits for, but it may go on."""
    dialog = await person.connect("local-telegram", "phone")
    session = dict(person.session.wire)
    del session["currentStep"]
    beeper.inject(
        Fault(
            method="POST", path="*/steps/*", body=json.dumps(session).encode(), times=1
        )
    )

    await person.enter(dialog, field_1="+15555550100")

    assert (dialog.at, dialog.title) == ("start", "Sign in")
    assert "Waiting for the next step." in dialog.text
    await person.dialogs.see(dialog, after=6)
    assert dialog.at == "user_input"
