"""What a network asks for in any shape, and answers as people give them."""

from html import unescape

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.beeper.limits import MAX_OPTION
from homeassistant.core import HomeAssistant
from simulator import Simulator
from simulator.login_flows import (
    FLOWS,
    Attempt,
    Flow,
    Identity,
    LoginFlow,
    Step as ServedStep,
)
from tests.accounts import WHATSAPP
from tests.dialog import STRINGS

from .person import Network, Person, asks_for, attached, cookies, displays, source

NOTE = STRINGS["selector"]["login_note"]["options"]


# --- What is typed


@pytest.mark.parametrize(
    ("kind", "typed", "sent"),
    [
        ("2fa_code", " 123 456\n", "123 456"),
        ("captcha_code", "\tab1 ", "ab1"),
        ("domain", " example.com ", "example.com"),
        ("email", "\u200balice@example.com\u2060", "alice@example.com"),
        ("phone_number", "\u202a+1 555 555 0100\u202c", "+1 555 555 0100"),
        ("token", " xoxc-1 ", "xoxc-1"),
        ("url", " https://example.com ", "https://example.com"),
        ("username", " alice ", "alice"),
        ("text", " a b ", "a b"),
        ("unheard_of", " a b ", "a b"),
        (None, " a b ", "a b"),
        ("password", " hunter2\u200b ", " hunter2\u200b "),
    ],
)
async def test_white_space_is_trimmed_but_of_passwords(
    person: Person, network: Network, kind: str | None, typed: str, sent: str
) -> None:
    """Nor does anything count that nobody can see, where it has no place."""
    answers = network(asks_for({"id": "a", "type": kind}))
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1=typed)

    assert dialog.at == "connected"
    assert answers == [{"a": sent}]


async def test_nothing_but_white_space_is_nothing(
    person: Person, network: Network
) -> None:
    """It is asked for again."""
    answers = network(asks_for({"id": "a", "type": "2fa_code"}))
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1=" \u200b ")

    assert dialog.errors == {"field_1": "Fill in this field."}
    await person.enter(dialog, field_1="1")
    assert answers == [{"a": "1"}]


async def test_chosen_value_is_sent_as_it_is(person: Person, network: Network) -> None:
    """However it is written, and however long it is."""
    long = " " + "x" * 300
    answers = network(asks_for({"id": "a", "type": "text", "options": [long, "b"]}))
    dialog = await person.connect("local-signal")
    assert len(dialog.choices("field_1")[long]) == 100

    await person.enter(dialog, field_1=long)

    assert answers == [{"a": long}]


async def test_only_options_for_which_there_is_room_are_offered(
    person: Person, network: Network
) -> None:
    """A part of one would be sent as another one; the others can still be chosen."""
    options = [
        *(letter * MAX_OPTION for letter in "abc"),
        "d" * (MAX_OPTION + 1),
        "e",
        "f" * MAX_OPTION,
        "g",
    ]
    answers = network(asks_for({"id": "a", "type": "select", "options": options}))
    dialog = await person.connect("local-signal")
    offered = [option[:1] for option in dialog.choices("field_1")]
    assert offered == ["a", "b", "c"]

    await person.enter(dialog, field_1=options[1])

    assert answers == [{"a": options[1]}]


async def test_option_that_is_too_long_is_left_out(
    person: Person, network: Network
) -> None:
    """The others are offered."""
    options = ["x" * (MAX_OPTION + 1), "b"]
    network(asks_for({"id": "a", "type": "select", "options": options}))
    dialog = await person.connect("local-signal")

    assert list(dialog.choices("field_1")) == ["b"]


async def test_pattern_is_checked_before_anything_is_sent(
    person: Person, network: Network
) -> None:
    """The field says so, and what is right is still there."""
    answers = network(
        asks_for(
            {"id": "a", "label": "Name", "type": "text"},
            {"id": "b", "label": "Code", "type": "text", "pattern": "^[0-9]{6}$"},
            {"id": "c", "type": "text", "pattern": "(", "optional": True},
        )
    )
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="Alice", field_2="12345", field_3="x")

    assert dialog.errors == {
        "field_2": "This is not in the form that the network expects. Check what you entered."
    }
    assert dialog.suggested("field_1") == "Alice"
    assert answers == []
    await person.enter(dialog, field_1="Alice", field_2=" 123456 ", field_3="x")
    assert answers == [{"a": "Alice", "b": "123456", "c": "x"}]


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ({}, NOTE["choices_untold"]),
        (
            {"placeholder": "The network", "pattern": "^(a|b)$"},
            f"{NOTE['choices_untold']} The network ^(a|b)$",
        ),
    ],
    ids=["nothing", "hints"],
)
async def test_choices_that_are_not_told_can_be_typed(
    person: Person, network: Network, more: dict[str, str], hint: str
) -> None:
    """The published schema has no member for them."""
    answers = network(asks_for({"id": "a", "type": "select", **more}))

    dialog = await person.connect("local-signal")

    assert dialog.hints == {"field_1": hint}
    await person.enter(dialog, field_1="a")
    assert answers == [{"a": "a"}]


async def test_long_hint_is_shown(person: Person, network: Network) -> None:
    """Some networks need some sentences."""
    hint = " ".join(["word"] * 90)
    network(asks_for({"id": "a", "placeholder": hint}))

    dialog = await person.connect("local-signal")

    assert dialog.hints == {"field_1": hint}


async def test_emptied_field_is_sent_empty(person: Person, network: Network) -> None:
    """What the network had filled in is not what the person wants."""
    answers = network(
        asks_for({"id": "a", "optional": True, "initialValue": "initial"})
    )
    dialog = await person.connect("local-signal")
    assert dialog.suggested("field_1") == "initial"

    await person.enter(dialog, field_1="")

    assert answers == [{"a": ""}]


# --- Cookies


async def test_what_is_not_told_is_not_required(
    person: Person, network: Network
) -> None:
    """It is named once, and then done without; nothing at all is no answer."""
    names = ("SID", "HSID", "OSID")
    answers = network(cookies(*({"id": name, "type": "cookie"} for name in names)))
    dialog = await person.connect("local-signal")

    for _ in range(2):
        await person.enter(dialog)
        assert dialog.errors["base"].startswith(
            "Not found in what you entered: SID, HSID, OSID. Check"
        )
    await person.enter(dialog, field_1="1")
    assert dialog.errors["base"].startswith(
        "Not found in what you entered: HSID, OSID. It may not be needed"
    )
    assert answers == []
    await person.enter(dialog, field_1="1")

    assert answers == [{"SID": "1"}]


@pytest.mark.parametrize(
    ("flag", "is_demanded", "is_named"),
    [
        ({"required": True}, True, True),
        ({"optional": False}, False, True),
        ({"required": False}, False, False),
        ({"optional": True}, False, False),
        ({"required": True, "optional": True}, False, False),
    ],
    ids=["required", "not optional", "not required", "optional", "both"],
)
async def test_what_is_told_of_a_cookie_counts(
    person: Person,
    network: Network,
    flag: dict[str, bool],
    *,
    is_demanded: bool,
    is_named: bool,
) -> None:
    """What is required is demanded again and again; what is optional is not named."""
    field = {"id": "b", "type": "cookie", **flag}
    answers = network(cookies({"id": "a", "type": "cookie"}, field))
    dialog = await person.connect("local-signal")

    for _ in range(3 if is_demanded else is_named):
        await person.enter(dialog, field_1="1")
        assert "Not found in what you entered: b." in dialog.errors["base"]
    await person.enter(dialog, field_1="1", **({"field_2": "2"} if is_demanded else {}))

    assert answers == [{"a": "1"} | ({"b": "2"} if is_demanded else {})]


async def test_single_cookie_is_decoded_once(person: Person, network: Network) -> None:
    """As when it is found in what was pasted; what does not fit is named."""
    pattern = "^xoxd-[a-zA-Z0-9/+=]+$"
    field = {"id": "d", "label": "Cookie d", "type": "cookie", "pattern": pattern}
    answers = network(cookies(field, {"id": "v", "type": "header"}))
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="xoxc-1", field_2="1")
    assert dialog.errors["base"].startswith(
        "Not in the form that the network expects: Cookie d."
    )
    assert answers == []
    await person.enter(dialog, field_1=" xoxd-abc%2Bdef%2Fghi%3D ", field_2="a%2Bb")

    assert answers == [{"d": "xoxd-abc+def/ghi=", "v": "a%2Bb"}]


# --- Once more


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("2fa_code", "not accepted"),
        ("password", "not accepted"),
        ("captcha_code", "not accepted"),
        ("username", "not accepted"),
        (None, "not accepted"),
        ("token", "asking for this again"),
    ],
)
async def test_question_again_is_a_refusal_only_of_what_can_be_wrong(
    person: Person, network: Network, kind: str | None, says: str
) -> None:
    """X asks for several tokens of a browser under one name."""
    step = asks_for({"id": "a", "type": kind})
    network(step, step)
    dialog = await person.connect("local-signal")
    assert dialog.errors == {}

    await person.enter(dialog, field_1="1")

    assert says in dialog.errors["base"]
    assert "Sign in" in dialog.text


async def test_complaint_that_is_repeated_is_still_one(
    person: Person, network: Network
) -> None:
    """It is told apart from the question by what was asked first."""
    wrong = asks_for({"id": "a", "type": "token"}, instructions="Wrong")
    network(asks_for({"id": "a", "type": "token"}), wrong, wrong)
    dialog = await person.connect("local-signal")

    for _ in range(2):
        await person.enter(dialog, field_1="1")
        assert dialog.errors == {"base": "Wrong"}
        assert "Wrong" not in dialog.text


# --- As whom one signs in


@pytest.mark.parametrize(
    ("step", "is_told"),
    [
        (asks_for({"id": "a", "type": "phone_number"}), True),
        (asks_for({"id": "a", "type": "username"}, {"id": "b"}), True),
        (asks_for({"id": "a", "type": "2fa_code"}), False),
        (asks_for({"id": "a", "type": "password"}), False),
        (cookies({"id": "a", "type": "cookie"}), True),
        (displays(type="qr", data="1"), True),
        (displays(type="code", data="1"), False),
        (displays(type="nothing"), False),
    ],
    ids=["number", "name", "code", "password", "cookies", "QR", "typed", "nothing"],
)
async def test_who_reconnects_is_told_to_be_the_same_person(
    person: Person, network: Network, step: ServedStep, *, is_told: bool
) -> None:
    """Wherever somebody else could sign in, and only where an account is at stake."""
    network(step)
    [account_id] = [
        account_id
        for account_id, account in person.beeper.accounts.items()
        if account["bridge"]["id"] == "local-signal"
    ]

    connecting = await person.connect("local-signal")
    reconnecting = await person.reconnect(account_id)

    assert NOTE["somebody_else"] not in connecting.text
    assert (NOTE["somebody_else"] in reconnecting.text) is is_told


# --- What there is to see and to hear


async def test_pictures_and_sounds_belong_to_a_form(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    person: Person,
    network: Network,
) -> None:
    """A captcha is one of the two; the sound is there as long as it is asked for."""
    form = asks_for({"id": "captcha", "type": "captcha_code"})
    form.members["attachments"] = [
        attached("image/PNG"),
        attached("audio/ogg", "T2dnUw=="),
    ]
    answers = network(form, asks_for({"id": "a"}))

    dialog = await person.connect("local-signal")

    attachments = dialog.placeholders["attachments"]
    assert source(attachments) == "data:image/png;base64,iVBORw0KGgo="
    _, _, path = attachments.partition('<audio controls src="')
    path = unescape(path.partition('"')[0])
    browser = await hass_client_no_auth()
    response = await browser.get(path)
    assert (response.status, await response.read()) == (200, b"OggS")
    assert response.content_type == "audio/ogg"
    assert (await browser.get(path.partition("?")[0])).status == 401
    await person.enter(dialog, field_1="x")
    assert answers == [{"captcha": "x"}]
    assert (await browser.get(path)).status == 404
    allowed = await hass_client()
    assert (await allowed.get("/api/beeper/sound/unknown/1")).status == 404


async def test_code_that_is_only_a_picture_is_shown(
    person: Person, network: Network
) -> None:
    """It has the place of one that is drawn here."""
    address = "https://example.com/code.png?size=300&scale=2"
    network(displays(type="qr", imageURL=address))

    dialog = await person.connect("local-signal")

    assert dialog.at == "scan_qr_code"
    assert source(dialog.placeholders["picture"]) == address


@pytest.mark.parametrize(
    "address", ["", "http:foo", "ftp://example.com/", "//example.com", "x" * 3000]
)
async def test_only_a_page_becomes_a_link(
    person: Person, network: Network, address: str
) -> None:
    """There is none to open otherwise."""
    network(cookies({"id": "a", "type": "cookie"}, url=address))

    dialog = await person.connect("local-signal")

    assert dialog.placeholders["link"] == "–"


# --- Passkeys


@pytest.mark.parametrize("has_choice", [False, True])
@pytest.mark.parametrize("kind", ["webauthn", "client_http"])
async def test_passkey_is_said_to_be_impossible_here(
    person: Person, monkeypatch: pytest.MonkeyPatch, kind: str, *, has_choice: bool
) -> None:
    """Another way of signing in is offered where there is one."""
    passkey = ServedStep(kind, "com.example.passkey", "Use your passkey", {})
    ways = (flow_of("passkey", passkey), flow_of("name", asks_for({"id": "a"})))
    monkeypatch.setitem(FLOWS, "signal", ways if has_choice else ways[:1])

    dialog = await person.connect("local-signal", "passkey")

    assert (dialog.at, dialog.title) == ("passkey", "A passkey is needed")
    assert "Beeper Desktop" in dialog.text
    assert [*dialog.fields] == (["another_way"] if has_choice else [])
    if has_choice:
        await dialog.start_over(another_way=True)
        await person.enter(dialog, flow="name")
        assert dialog.at == "user_input"
    else:
        await person.enter(dialog)
        assert dialog.at == "passkey"


def flow_of(flow_id: str, step: ServedStep) -> LoginFlow:
    """Return a way to sign in that consists of one step."""

    def run(_: Attempt) -> Flow:
        yield step
        return Identity("8d1f6a52-0c7b-4d0e-9a53-2f4be1c0a104")

    return LoginFlow(flow_id, flow_id, "", run)


# --- Somebody else


async def test_after_somebody_else_the_account_is_connected_anew(
    person: Person, beeper: Simulator
) -> None:
    """The network has signed it out: there is nothing left to reconnect."""
    dialog = await person.reconnect(WHATSAPP, "qr")
    beeper.phone.somebody_else(person.session.id)
    await person.on_phone(dialog, "scan")
    assert dialog.at == "other_account"
    assert "signed out and removed from Beeper" in dialog.text
    assert WHATSAPP not in beeper.accounts

    await dialog.start_over(another_way=False)
    await person.dialogs.see(dialog)

    assert dialog.at == "scan_qr_code"
    assert "accountID" not in person.session.wire
    await person.on_phone(dialog, "scan")
    assert dialog.at == "connected"


# --- Sessions that take nothing any more


async def test_session_that_takes_nothing_is_begun_anew(
    person: Person, network: Network
) -> None:
    """It can be read, but hours later each answer is refused by its bridge."""
    network(asks_for({"id": "a"}))
    dialog = await person.connect("local-signal")
    old = person.session
    person.beeper.phone.grow_old(old.id)
    await person.enter(dialog, field_1="1")
    assert dialog.at == "user_input"
    assert [*dialog.errors] == ["base"]

    await person.enter(dialog, field_1="1")

    assert (dialog.at, dialog.title) == ("stuck", "This sign-in is stuck")
    await dialog.start_over()
    await person.dialogs.see(dialog)
    assert dialog.at == "user_input"
    assert person.session is not old
    await person.enter(dialog, field_1="1")
    assert dialog.at == "connected"


async def test_code_that_nobody_takes_is_begun_anew(
    person: Person, network: Network
) -> None:
    """A code that is shown moves on by itself to the way out."""
    network(displays(type="qr", data="1"))
    dialog = await person.connect("local-signal")
    assert dialog.at == "scan_qr_code"
    person.beeper.phone.grow_old(person.session.id)

    await person.dialogs.see(dialog, after=60)

    assert dialog.at == "stuck"
