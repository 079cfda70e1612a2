"""Dialogs while Beeper is in trouble."""

from dataclasses import replace
import json
import re

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.const import CONF_ACCESS_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED
from simulator import Fault, Simulator
from simulator.login_flows import Answer, Step as ServedStep
from tests.accounts import SIGNAL, TELEGRAM, WHATSAPP
from tests.dialog import STRINGS

from .person import (
    INTEGRATION,
    TWO_CODES,
    Network,
    Person,
    asks_for,
    displays,
    keyed,
    told,
)

FAULTS: dict[str, tuple[Fault, str]] = {
    # With a token that still works, these are the network's
    "401": (Fault(status=401, times=1), "invalid_request"),
    "403": (Fault(status=403, times=1), "invalid_request"),
    "409": (Fault(status=409, times=1), "conflict"),
    "422": (Fault(status=422, times=1), "invalid_request"),
    "429": (Fault(status=429, times=1), "too_often"),
    "500": (Fault(status=500, times=1), "bridge_failed"),
    "502": (Fault(status=502, times=1), "bridge_failed"),
    "drop": (Fault(drop=0, status=200, times=1), "cannot_connect"),
    "nonsense": (Fault(body=b"<html>", times=1), "invalid_response"),
}
"""What may become of one request, and how it is told."""


NOT_FOUND = {"404": (Fault(status=404, times=1), "not_found")}


each_fault = pytest.mark.parametrize(("fault", "key"), FAULTS.values(), ids=FAULTS)


each_fault_and_404 = pytest.mark.parametrize(
    ("fault", "key"), (FAULTS | NOT_FOUND).values(), ids=FAULTS | NOT_FOUND
)


@each_fault_and_404
async def test_ways_to_sign_in_that_cannot_be_read_can_be_read_again(
    beeper: Simulator, person: Person, fault: Fault, key: str
) -> None:
    """The dialog says what is wrong, and tries again when asked to."""
    # What is read is tried once more
    beeper.inject(replace(fault, method="GET", path="*/login-flows", times=None))

    dialog = await person.connect("local-whatsapp")
    beeper.clear_faults()

    assert dialog.at == "not_started"
    assert told(key, fault) in dialog.text
    assert (dialog.button, dialog.labels) == ("Try again", {})
    await dialog.start_over()
    assert dialog.at == "choose_flow"


@each_fault_and_404
async def test_session_that_cannot_be_started_can_be_started_again(
    beeper: Simulator, person: Person, fault: Fault, key: str
) -> None:
    """The way to sign in need not be chosen again, but can be."""
    beeper.inject(replace(fault, method="POST", path="*/login-sessions"))

    dialog = await person.connect("local-whatsapp", "phone")

    assert (dialog.at, dialog.title) == ("not_started", "That did not work")
    assert told(key, fault) in dialog.text
    assert dialog.button == "Try again"
    assert dialog.labels == {"another_way": "Sign in another way"}
    await dialog.start_over()
    assert dialog.at == "user_input"


async def test_errors_are_told_in_the_language_of_home_assistant(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """Beeper's that stop a dialog, and ours for a session that is lost."""
    hass.config.language = "de"
    file = INTEGRATION / "translations/de.json"
    messages = json.loads(file.read_text("utf-8"))["exceptions"]
    beeper.inject(Fault(method="POST", path="*/login-sessions", status=409, times=1))

    dialog = await person.connect("local-signal")
    conflict = messages["conflict"]["message"].format(message="Injected 409")
    assert conflict in dialog.text
    await dialog.start_over()
    await beeper.stop()
    await beeper.start()
    await person.dialogs.see(dialog, after=10)

    assert dialog.at == "failed"
    assert messages["login_session_lost"]["message"] in dialog.text


@each_fault
async def test_answer_that_cannot_be_sent_can_be_sent_again(
    beeper: Simulator, person: Person, network: Network, fault: Fault, key: str
) -> None:
    """What was entered is still there, but for secrets."""
    step = asks_for(
        {"id": "a", "type": "text"},
        {"id": "b", "type": "text", "optional": True, "initialValue": "initial"},
        {"id": "c", "type": "password"},
        {"id": "d", "type": "2fa_code"},
        {"id": "e", "type": "token"},
    )
    answers = network(step)
    long = "x" * 1000
    entered = {
        "field_1": long,
        "field_2": "",
        "field_3": "hunter2",
        "field_4": "123456",
        "field_5": "xoxc",
    }
    dialog = await person.connect("local-signal")
    beeper.inject(replace(fault, method="POST", path="*/steps/*"))

    await person.enter(dialog, **entered)

    assert dialog.at == "user_input"
    assert dialog.errors == {"base": told(key, fault)}
    assert "Sign in" in dialog.text
    assert [dialog.suggested(key) for key in dialog.fields] == [long, *[None] * 4]
    assert not {"hunter2", "123456", "xoxc"} & set(re.findall(r"\w+", str(dialog.step)))
    await person.enter(dialog, **entered)
    assert dialog.at == "connected"
    assert answers == [
        {**dict(zip("acde", [long, "hunter2", "123456", "xoxc"], strict=True)), "b": ""}
    ]


@each_fault
async def test_cookies_that_cannot_be_sent_can_be_sent_again(
    beeper: Simulator, person: Person, fault: Fault, key: str
) -> None:
    """To copy them once more would be a lot of work."""
    dialog = await person.connect("instagramgo")
    beeper.inject(replace(fault, method="POST", path="*/steps/*"))
    text = json.dumps(person.right)

    await person.enter(dialog, paste=text)

    assert dialog.at == "cookies"
    assert dialog.errors == {"base": told(key, fault)}
    assert dialog.suggested("paste") == text
    await person.enter(dialog, paste=text)
    assert dialog.at == "connected"


@pytest.mark.parametrize(
    ("bridge_id", "entered"),
    [("local-telegram", {"field_1": "+15555550100"}), ("instagramgo", {"paste": "{}"})],
)
async def test_answer_to_a_session_that_beeper_has_lost(
    beeper: Simulator, person: Person, bridge_id: str, entered: dict[str, str]
) -> None:
    """The dialog says so, and can start over."""
    dialog = await person.connect(bridge_id, "phone")
    fields = {**keyed(person.right), **entered}
    await beeper.stop()
    await beeper.start()

    await person.enter(dialog, **fields)

    assert dialog.at == "failed"
    assert STRINGS["exceptions"]["login_session_lost"]["message"] in dialog.text
    await dialog.start_over()
    assert dialog.at == ("cookies" if bridge_id == "instagramgo" else "user_input")


async def test_read_only_token_says_what_to_do(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, person: Person
) -> None:
    """Beeper may refuse what it did not say that it would."""
    data = {**loaded.data, CONF_ACCESS_TOKEN: beeper.read_only_token}
    hass.config_entries.async_update_entry(loaded, data=data)
    await hass.config_entries.async_reload(loaded.entry_id)
    beeper.inject(Fault(method="POST", path="/oauth/introspect", status=404))

    dialog = await person.reconnect(WHATSAPP, "qr")

    assert (dialog.step["type"], dialog.at) == ("abort", "read_only")
    assert STRINGS["exceptions"]["missing_write_scope"]["message"] in dialog.text


async def test_answer_is_not_taken_for_one_to_another_question(
    beeper: Simulator, person: Person
) -> None:
    """Beeper took the code although the connection broke: it asks for a password now."""
    dialog = await person.reconnect(TELEGRAM, "phone")
    [code] = person.right.values()
    beeper.inject(Fault(method="POST", path="*/steps/*", drop=1, times=1))
    await person.enter(dialog, field_1=code)
    assert dialog.errors == {"base": told("cannot_connect", Fault(status=200))}

    await person.dialogs.see(dialog, after=6)
    await person.enter(dialog, field_1=code)

    assert [*dialog.labels.values()] == ["Password"]
    assert not dialog.errors
    await person.enter(dialog, **keyed(person.right))
    assert dialog.at == "connected"


async def test_answer_is_not_taken_for_one_to_a_like_question(
    beeper: Simulator, person: Person, network: Network
) -> None:
    """The next code is another one, although its field has the same name."""
    answers = network(*TWO_CODES)
    dialog = await person.connect("local-signal")
    beeper.inject(Fault(method="POST", path="*/steps/*", drop=1, times=1))
    await person.enter(dialog, field_1="111111")
    await person.dialogs.see(dialog, after=6)

    await person.enter(dialog, field_1="111111")

    assert "Enter the code of your app" in dialog.text
    assert not dialog.errors
    assert answers == [{"code": "111111"}]


async def test_answer_is_taken_for_the_same_question_asked_again(
    beeper: Simulator, person: Person
) -> None:
    """Beeper refused a code although the connection broke: another can be entered."""
    dialog = await person.connect("local-telegram", "phone")
    await person.enter(dialog, **keyed(person.right))
    beeper.inject(Fault(method="POST", path="*/steps/*", drop=1, times=1))
    await person.enter(dialog, field_1="00000")
    await person.dialogs.see(dialog, after=6)

    await person.enter(dialog, **keyed(person.right))

    assert dialog.at == "connected"


@pytest.mark.parametrize("seconds", [0, 6], ids=["just now", "a while ago"])
@pytest.mark.parametrize("bridge_id", ["local-telegram", "instagramgo"])
async def test_form_that_is_over_shows_what_is_next(
    person: Person, bridge_id: str, seconds: int
) -> None:
    """Somebody else has answered the step meanwhile."""
    dialog = await person.connect(bridge_id, "phone")
    entered = keyed(person.right)
    person.session.advance(Answer(person.right))
    await person.dialogs.see(dialog, after=seconds)

    if dialog.at != "connected":
        await person.enter(dialog, **entered)

    assert dialog.errors == {}
    assert dialog.at == ("connected" if bridge_id == "instagramgo" else "user_input")
    assert [*dialog.labels.values()] == ([] if bridge_id == "instagramgo" else ["Code"])


async def test_outage_while_a_code_is_shown_is_got_over(
    beeper: Simulator, person: Person
) -> None:
    """The dialog waits until Beeper answers again."""
    dialog = await person.connect("local-signal")
    beeper.inject(Fault(path="*/login-sessions/*", status=503, times=5))
    beeper.drop_connections()
    await person.dialogs.see(dialog, after=10)
    assert dialog.at == "scan_qr_code"

    await person.on_phone(dialog, "scan")
    await person.dialogs.see(dialog, after=60)

    assert dialog.at == "connected"


SILENCE = Fault(path="*/login-sessions/*", status=503)
"""What Beeper says of sessions while the network between is down, for instance."""


@pytest.mark.parametrize(
    "step",
    [
        displays(type="qr", data="one"),
        displays(type="code", data="ABCD-1234"),
        displays(type="emoji", data="🌙"),
        displays(type="nothing"),
    ],
    ids=["QR code", "code", "emoji", "nothing"],
)
async def test_what_may_be_over_is_not_shown(
    beeper: Simulator, person: Person, network: Network, step: ServedStep
) -> None:
    """A code that nobody replaces gets old; it comes back when Beeper does."""
    network(step)
    dialog = await person.connect("local-signal")
    before = dialog.at, dialog.placeholders["picture"]
    beeper.inject(SILENCE)
    beeper.drop_connections()

    await person.dialogs.see(dialog, after=30)

    assert (dialog.at, dialog.title) == ("no_answer", "Waiting for Beeper")
    assert "Beeper does not answer at the moment." in dialog.text
    assert dialog.placeholders["picture"] == ""
    beeper.clear_faults()
    await person.dialogs.see(dialog, after=30)
    assert (dialog.at, dialog.placeholders["picture"]) == before
    person.session.advance(Answer())
    await person.dialogs.see(dialog)
    assert dialog.at == "connected"


async def test_session_that_moves_on_during_an_outage_is_shown(
    beeper: Simulator, person: Person
) -> None:
    """What is new is seen with the first answer."""
    dialog = await person.connect("local-telegram", "qr")
    beeper.inject(SILENCE)
    beeper.drop_connections()
    await person.dialogs.see(dialog, after=30)

    beeper.phone.scan(person.session.id)
    beeper.clear_faults()
    await person.dialogs.see(dialog, after=30)

    assert dialog.at == "connected"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_beeper_that_wants_to_be_left_alone_is_no_reason_to_hope(
    beeper: Simulator, person: Person, method: str
) -> None:
    """Nobody will look for longer than a code lives, so it is taken away at once."""
    dialog = await person.connect("local-signal")
    alone = replace(SILENCE, status=429, headers={"Retry-After": "60"})
    beeper.inject(replace(alone, method=method, times=1))
    beeper.drop_connections()

    await person.dialogs.see(dialog, after=1)

    assert dialog.at == "no_answer"
    await person.dialogs.see(dialog, after=60)
    assert dialog.at == "scan_qr_code"


@pytest.mark.parametrize("seconds", [0, 5, 10])
async def test_short_silence_changes_nothing_on_the_screen(
    hass: HomeAssistant, beeper: Simulator, person: Person, seconds: int
) -> None:
    """Not every failed look is a reason to take a code away."""
    dialog = await person.connect("local-signal")
    progressed = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)
    beeper.inject(SILENCE)
    beeper.drop_connections()

    await person.dialogs.see(dialog, after=seconds)
    beeper.clear_faults()
    await person.dialogs.see(dialog, after=8)

    assert dialog.at == "scan_qr_code"
    assert progressed == []


async def test_short_silences_do_not_add_up(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """Between two of them Beeper has said that the code still counts."""
    dialog = await person.connect("local-whatsapp", "phone")
    await person.enter(dialog, **keyed(person.right))
    progressed = async_capture_events(hass, EVENT_DATA_ENTRY_FLOW_PROGRESSED)

    for _ in range(3):
        beeper.inject(replace(SILENCE, times=2))
        beeper.drop_connections()
        await person.dialogs.see(dialog, after=25)

    assert dialog.at == "enter_code"
    assert progressed == []


async def test_beeper_that_nobody_is_signed_in_to_is_told(
    beeper: Simulator, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """It takes no token, but that is not the token's fault."""
    beeper.set_app_state("needs-login")
    await person.dialogs.see(after=20)
    caplog.clear()  # of the failed poll

    dialog = await person.reconnect(SIGNAL)

    assert dialog.at == "not_started"
    assert STRINGS["exceptions"]["signed_out"]["message"] in dialog.text


async def test_restart_of_beeper_while_a_code_is_shown_is_told(
    beeper: Simulator, person: Person
) -> None:
    """Its sessions do not live longer than itself."""
    dialog = await person.connect("local-signal")

    await beeper.stop()
    await beeper.start()
    await person.dialogs.see(dialog, after=10)

    assert dialog.at == "failed"
    assert STRINGS["exceptions"]["login_session_lost"]["message"] in dialog.text
    await dialog.start_over()
    assert dialog.at == "scan_qr_code"


@pytest.mark.parametrize("bridge_id", ["local-signal", "local-telegram"])
async def test_session_that_is_cancelled_elsewhere_is_told(
    hass: HomeAssistant, person: Person, bridge_id: str
) -> None:
    """An automation may cancel what somebody is at."""
    dialog = await person.connect(bridge_id, "phone")
    entered = keyed(person.right)

    await hass.services.async_call(
        "beeper",
        "cancel_login_session",
        {"login_session_id": person.session.id},
        blocking=True,
        return_response=True,
    )
    await person.dialogs.see(dialog)
    if entered:
        await person.enter(dialog, **entered)

    assert (dialog.at, dialog.title) == ("cancelled", "Sign-in canceled")
    await dialog.start_over()
    assert dialog.at == ("user_input" if entered else "scan_qr_code")
