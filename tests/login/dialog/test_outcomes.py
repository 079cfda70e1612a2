"""How a login ends, and how it is begun again."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
import json

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator import Fault, Simulator
from simulator.login_flows import FATAL_ERRORS, FLOWS
from tests.accounts import TELEGRAM, WHATSAPP
from tests.dialog import Dialog, Json
from tests.lookup import get_state

from .person import Person, keyed, refused

# --- Who is connected


async def test_new_account_is_told_by_name(person: Person) -> None:
    """Before, only its network was known."""
    dialog = await person.connect("local-signal")

    await person.on_phone(dialog, "scan")

    # She has one already
    assert dialog.text.startswith("Signal (Alice Example) (2) is connected.")


@pytest.mark.parametrize(
    "brings",
    [
        {},
        {"login": {"accountIDs": ["other"]}},
        {"login": {}},
    ],
    ids=["account", "login", "login that names none"],
)
@pytest.mark.parametrize("way", ["reconnect", "fix"])
async def test_other_account_than_the_wanted_one_is_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    person: Person,
    brings: Json,
    way: str,
) -> None:
    """Somebody signed in as somebody else: the wanted account still needs them."""
    person.beeper.set_status(TELEGRAM, "reconnect_required")
    await person.dialogs.see(after=16)
    start = {"reconnect": person.reconnect, "fix": person.fix}[way]
    dialog = await start(TELEGRAM, "phone")
    complete_with(person, "other", **brings)

    await person.enter(dialog, **keyed(person.right))

    assert (dialog.at, dialog.title) == (
        "other_account",
        "Different account connected",
    )
    assert "signed in to Telegram (Example Ltd)" in dialog.text
    assert "not Telegram (Alice Example), the account that you wanted" in dialog.text
    issue_id = f"reconnect_{entry.entry_id}_{TELEGRAM}"
    await person.dialogs.see(after=60)
    assert ir.async_get(hass).async_get_issue("beeper", issue_id)
    person.beeper.clear_faults()
    await dialog.start_over()
    assert dialog.at == "user_input"


@pytest.mark.parametrize(
    ("account_id", "brings"),
    [
        (TELEGRAM, {}),
        ("other", {"login": {"accountIDs": ["other", TELEGRAM]}}),
        (None, {}),
    ],
    ids=["account", "one of several", "unknown"],
)
async def test_wanted_account_is_known_by_its_id(
    person: Person, account_id: str | None, brings: Json
) -> None:
    """A login can carry several accounts; Beeper names one, if any."""
    dialog = await person.reconnect(TELEGRAM, "phone")
    complete_with(person, account_id, **brings)

    await person.enter(dialog, **keyed(person.right))

    assert dialog.at == "connected"
    assert dialog.text.startswith("Telegram (Alice Example) is connected.")


async def test_new_account_that_beeper_does_not_name(person: Person) -> None:
    """Its network is known all the same."""
    dialog = await person.connect("local-telegram", "phone")
    complete_with(person, None)

    await person.enter(dialog, **keyed(person.right))

    assert dialog.text.startswith("Telegram is connected.")


def complete_with(
    person: Person, account_id: str | None, login: Json | None = None
) -> None:
    """Let the next answer complete the session with an account of somebody else."""
    ended = person.session.wire | {"status": "complete"}
    del ended["currentStep"]
    if account_id:
        ended["account"] = person.beeper.accounts[TELEGRAM] | {
            "accountID": account_id,
            "user": {"id": "@other", "fullName": "Example Ltd"},
        }
    if login is not None:
        ended["login"] = {
            "bridgeID": "local-telegram",
            "loginID": "other",
            "removeScopes": [],
            "status": "connected",
        } | login
    person.beeper.inject(
        Fault(method="POST", path="*/steps/*", body=json.dumps(ended).encode())
    )


# --- Ways to sign in


async def test_network_without_a_way_to_sign_in_is_told(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some can only be connected in Beeper itself."""
    monkeypatch.setitem(FLOWS, "signal", ())

    dialog = await person.connect("local-signal")

    assert (dialog.step["type"], dialog.at) == ("abort", "no_login_flows")
    assert "no way to sign in to Signal" in dialog.text


async def test_ways_to_sign_in_are_told_by_name(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a name, if need be its ID, and most have a description."""
    flow = FLOWS["whatsapp"][1]
    flows = [replace(flow, id=f"id{n}", name=f"No. {n}") for n in range(12)]
    flows[0] = replace(flows[0], name="")
    flows[1] = replace(flows[1], description="")
    monkeypatch.setitem(FLOWS, "signal", tuple(flows))

    dialog = await person.connect("local-signal")

    assert dialog.flows == {
        "id0": "id0 · Type a code on your phone",
        "id1": "No. 1",
        **{f"id{n}": f"No. {n} · Type a code on your phone" for n in range(2, 12)},
    }
    assert dialog.fields["flow"]["default"] == "id0"
    await dialog.choose_flow("No. 9")
    assert dialog.at == "user_input"


async def test_only_what_is_offered_can_be_chosen(person: Person) -> None:
    """A list leads nowhere else."""
    dialog = await person.dialogs.configure("connect", {"bridge": "local-whatsapp"})

    assert await dialog.send_anything({"flow": "failed"}) == 400

    await person.enter(dialog, flow="qr")
    assert dialog.at == "scan_qr_code"


# --- Failures


@pytest.mark.parametrize(("code", "message"), FATAL_ERRORS.items())
async def test_failure_is_told_and_one_can_start_over(
    person: Person, code: str, message: str
) -> None:
    """The dialog says what the network says, and goes on without being closed."""
    dialog = await person.reconnect(WHATSAPP, "qr")
    failed = person.session

    await person.on_phone(dialog, "fail", code)

    assert (dialog.at, dialog.title) == ("failed", "That did not work")
    assert f"> {message}" in dialog.text
    assert "WhatsApp (Alice Example) could not be connected" in dialog.text
    assert dialog.button == "Start over"
    assert dialog.labels == {"another_way": "Sign in another way"}
    await dialog.start_over()
    assert dialog.at == "scan_qr_code"
    assert person.session is not failed
    await person.on_phone(dialog, "scan")
    assert dialog.at == "connected"


async def number_too_short(person: Person) -> Dialog:
    """Enter a phone number that is none."""
    dialog = await person.connect("local-whatsapp", "phone")
    await person.enter(dialog, field_1="+1555")
    return dialog


async def number_not_international(person: Person) -> Dialog:
    """Enter a phone number without a country code."""
    dialog = await person.connect("local-telegram", "phone")
    await person.enter(dialog, field_1="0555 5550100")
    return dialog


async def too_many_wrong_codes(person: Person) -> Dialog:
    """Try to guess the code."""
    dialog = await person.connect("local-telegram", "phone")
    await person.enter(dialog, **keyed(person.right))
    for _ in range(5):
        assert dialog.at == "user_input"
        await person.enter(dialog, field_1="00000")
    return dialog


async def wrong_emoji(person: Person) -> Dialog:
    """Tap another emoji than the one that is shown."""
    dialog = await person.connect("gmessages", "google")
    await person.enter(dialog, **keyed(person.right))
    wrong = "🌙" if person.right["emoji"] != "🌙" else "⭐"
    await person.on_phone(dialog, "tap", wrong)
    return dialog


async def nobody_scans(person: Person) -> Dialog:
    """Let the code rotate until the network gives up."""
    dialog = await person.connect("local-whatsapp", "qr")
    for _ in range(8):
        assert dialog.at == "scan_qr_code"
        await person.dialogs.see(dialog, after=20.01)
    return dialog


@pytest.mark.parametrize(
    ("sign_in", "code", "first_step"),
    [
        (number_too_short, "phone_number_too_short", "user_input"),
        (number_not_international, "phone_number_not_international", "user_input"),
        (too_many_wrong_codes, "rate_limited", "user_input"),
        (wrong_emoji, "wrong_emoji", "cookies"),
        (refused, "cancelled_on_phone", "user_input"),
        (nobody_scans, "login_timed_out", "scan_qr_code"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_what_people_do_wrong_is_told(
    person: Person,
    sign_in: Callable[[Person], Awaitable[Dialog]],
    code: str,
    first_step: str,
) -> None:
    """Starting over begins with the first step, and with no word of the last try."""
    dialog = await sign_in(person)

    assert dialog.at == "failed"
    assert FATAL_ERRORS[code] in dialog.text
    await dialog.start_over()
    assert dialog.at == first_step
    assert not dialog.errors


async def test_failure_without_a_message_is_told_by_its_code(
    beeper: Simulator, person: Person
) -> None:
    """Something is better than nothing."""
    dialog = await person.connect("local-telegram", "phone")
    ended = person.session.wire | {"status": "failed"}
    del ended["currentStep"]
    ended["error"] = {"code": "network_down", "message": ""}
    beeper.inject(
        Fault(method="POST", path="*/steps/*", body=json.dumps(ended).encode())
    )

    await person.enter(dialog, field_1="+15555550100")

    assert dialog.at == "failed"
    assert "> network_down" in dialog.text


async def test_failure_without_any_reason_is_told(
    beeper: Simulator, person: Person
) -> None:
    """A session may fail in silence."""
    dialog = await person.connect("local-telegram", "phone")
    ended = person.session.wire | {"status": "failed"}
    del ended["currentStep"]
    beeper.inject(
        Fault(method="POST", path="*/steps/*", body=json.dumps(ended).encode())
    )

    await person.enter(dialog, field_1="+15555550100")

    assert dialog.at == "failed"
    assert "could not be connected" in dialog.text


async def test_one_can_sign_in_another_way(person: Person) -> None:
    """After a failure, any of the ways can be chosen, and is the one to start over."""
    dialog = await person.connect("local-whatsapp", "qr")
    await person.on_phone(dialog, "refuse")

    await dialog.start_over(another_way=True)
    await dialog.choose_flow("Pairing code")
    assert dialog.at == "user_input"
    await person.enter(dialog, field_1="+1555")

    assert dialog.at == "failed"
    await dialog.start_over()
    assert dialog.at == "user_input"


async def test_one_can_go_back_to_the_choice(person: Person, beeper: Simulator) -> None:
    """Who has taken the wrong way need not close the dialog; nothing has to be filled in."""
    for bridge_id, flow in (("local-whatsapp", "phone"), ("gmessages", "google")):
        dialog = await person.connect(bridge_id, flow)
        assert dialog.can_go_back
        left = person.session

        await dialog.enter(another_way=True)

        assert dialog.at == "choose_flow"
        await dialog.enter(flow="qr")
        await person.dialogs.see(dialog)
        assert dialog.at == "scan_qr_code"
        assert left.forgotten or left.status == "cancelled"
        await dialog.close()


async def test_only_way_leads_nowhere_else(person: Person) -> None:
    """Where there is one way, there is nothing to go back to."""
    assert not (await person.connect("instagramgo")).can_go_back


async def test_typed_number_is_still_there(person: Person) -> None:
    """Nobody likes to type a number on a phone twice."""
    dialog = await person.connect("local-whatsapp", "phone")
    await person.enter(dialog, field_1="+15555550100")
    await person.on_phone(dialog, "refuse")
    assert dialog.at == "failed"

    await dialog.start_over()

    assert dialog.at == "user_input"
    assert dialog.suggested("field_1") == "+15555550100"


async def test_password_is_not_kept(person: Person) -> None:
    """What is secret is typed anew."""
    dialog = await person.connect("discordgo", "machine")
    person.beeper.phone.fail(person.session.id, "rate_limited")
    await person.enter(dialog, field_1="alice@example.com", field_2="secret")
    assert dialog.at == "failed"

    await dialog.start_over()

    assert dialog.suggested("field_1") == "alice@example.com"
    assert dialog.suggested("field_2") is None


async def test_way_used_last_comes_first(
    hass: HomeAssistant, loaded: MockConfigEntry, person: Person, beeper: Simulator
) -> None:
    """Also after a restart, and in the card."""
    dialog = await person.reconnect(WHATSAPP, "phone")
    await person.on_phone(dialog, "approve")
    assert dialog.at == "connected"
    assert await hass.config_entries.async_reload(loaded.entry_id)

    dialog = await person.dialogs.configure("reconnect", {"account": WHATSAPP})

    assert [*dialog.flows] == ["phone", "qr"]
    assert dialog.suggested("flow") == "phone"
    dialog = await person.dialogs.configure("connect", {"bridge": "local-telegram"})
    assert [*dialog.flows] == ["phone", "qr", "bot", "manual"]


async def test_failure_that_an_answer_comes_too_late_for(
    beeper: Simulator, person: Person
) -> None:
    """Who was typing meanwhile is told why, not that the answer was refused."""
    dialog = await person.reconnect(TELEGRAM, "phone")
    beeper.phone.fail(person.session.id, "rate_limited")

    await person.enter(dialog, field_1="12345")

    assert dialog.at == "failed"
    assert FATAL_ERRORS["rate_limited"] in dialog.text


async def test_where_there_is_one_way_no_other_is_offered(
    hass: HomeAssistant, person: Person
) -> None:
    """There is only a button."""
    dialog = await person.connect("local-signal")
    session = get_state(hass, "sensor.beeper_login_session")
    assert session.attributes["flow_id"] == "qr"

    await person.on_phone(dialog, "refuse")

    assert dialog.labels == {}
    await dialog.start_over()
    assert dialog.at == "scan_qr_code"
