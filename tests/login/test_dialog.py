"""Login sessions as dialogs: each step of each network, and everything that may go wrong."""

from ast import Call, Constant, Name, parse, walk
from base64 import b64decode
from collections.abc import Awaitable, Callable, Generator
from dataclasses import replace
from html import unescape
from io import BytesIO
import json
from pathlib import Path
import re
import shlex
from string import punctuation
import threading
from typing import Any

from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
import zxingcpp

from custom_components import beeper as beeper_integration
from custom_components.beeper.login.dialog import MAX_FIELDS
from custom_components.beeper.login.pasted import MAX_INLINE, pick_cookies
from custom_components.beeper.options_flow import BeeperOptionsFlow
from custom_components.beeper.repairs import ReconnectRepairFlow
from homeassistant.const import CONF_ACCESS_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED
from homeassistant.helpers import issue_registry as ir
from simulator import Fault, Simulator
from simulator.login_flows import (
    FATAL_ERRORS,
    FLOWS,
    Answer,
    Attempt,
    Flow,
    Identity,
    LoginFlow,
    Step as ServedStep,
)
from tests.conftest import StateOf
from tests.dialog import (
    ESCAPED,
    FIX_TEXTS,
    MARKDOWN,
    OPTIONS_TEXTS,
    PLAIN,
    STRINGS,
    Dialog,
    Dialogs,
    Json,
)
from tests.lookup import get_state
from tests.network_flows import (
    NEW,
    RECONNECT,
    SIGNAL,
    SLACK,
    TELEGRAM,
    WHATSAPP,
    Cookies,
    Display,
    Form,
    Step,
    names,
)

INTEGRATION = Path(beeper_integration.__file__).parent

TITLES = {
    "qr": ("scan_qr_code", "Scan the QR code"),
    "code": ("enter_code", "Enter the code on your phone"),
    "emoji": ("tap_emoji", "Tap the emoji on your phone"),
    "nothing": ("wait", "Waiting for you"),
}
"""Step and title by what is displayed."""


@pytest.fixture
def beeper(beeper: Simulator) -> Simulator:
    """Return a Beeper in which nothing is going on by itself."""
    for account_id, account in beeper.accounts.items():
        if account["status"] in ("connecting", "backfilling"):
            beeper.set_status(account_id, "connected")
    return beeper


@pytest.fixture
def person(hass: HomeAssistant, beeper: Simulator, dialogs: Dialogs) -> Person:
    """Return somebody who signs in, and holds the phone."""
    return Person(hass, beeper, dialogs)


type Network = Callable[..., list[dict[str, str]]]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Return a function that makes Signal ask for these steps, one after the other.

    It returns the answers, as they come in.
    """

    def network(*steps: ServedStep) -> list[dict[str, str]]:
        answers: list[dict[str, str]] = []

        def run(_: Attempt) -> Flow:
            for step in steps:
                answer = yield step
                answers.append(dict(answer.fields))
            return Identity("8d1f6a52-0c7b-4d0e-9a53-2f4be1c0a104")

        monkeypatch.setitem(FLOWS, "signal", (LoginFlow("only", "", "", run),))
        return answers

    return network


@pytest.fixture(autouse=True)
def nothing_goes_wrong(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Check that Home Assistant had no reason to log an error."""
    yield
    assert [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelname in ("ERROR", "CRITICAL")
        # It cannot tell the time zone of a clock that stands still
        and record.name != "aiohttp.access"
    ] == []


def asks_for(*fields: dict[str, Any], instructions: str = "Sign in") -> ServedStep:
    """Return a step that asks for input."""
    return ServedStep(
        "user_input", "com.example.input", instructions, {"fields": [*fields]}
    )


TWO_CODES = [
    ServedStep(
        "user_input",
        f"com.example.code_{kind}",
        f"Enter the code of your {kind}",
        {"fields": [{"id": "code", "label": "Code", "type": "2fa_code"}]},
    )
    for kind in ("message", "app")
]
"""Two questions with fields of the same name."""


def cookies(*fields: dict[str, Any], **members: str) -> ServedStep:
    """Return a step that asks for what a browser keeps."""
    return ServedStep(
        "cookies",
        "com.example.cookies",
        "",
        {"url": "https://example.com/", "fields": [*fields], **members},
    )


def displays(**display: str) -> ServedStep:
    """Return a step that displays something."""
    return ServedStep(
        "display_and_wait", "com.example.display", "Look", {"display": display}
    )


class Person:
    """Somebody who signs in by dialogs, and holds the phone."""

    def __init__(
        self, hass: HomeAssistant, beeper: Simulator, dialogs: Dialogs
    ) -> None:
        """Sit in front of this Home Assistant."""
        self.hass = hass
        self.beeper = beeper
        self.dialogs = dialogs

    async def connect(self, bridge_id: str, flow_id: str | None = None) -> Dialog:
        """Start to connect a new account."""
        dialog = await self.dialogs.configure("connect", {"bridge": bridge_id})
        await self.choose_flow(dialog, bridge_id, flow_id)
        return dialog

    async def reconnect(self, account_id: str, flow_id: str | None = None) -> Dialog:
        """Start to reconnect an account from the options."""
        dialog = await self.dialogs.configure("reconnect", {"account": account_id})
        await self.choose_flow(dialog, self._bridge_of(account_id), flow_id)
        return dialog

    async def fix(self, account_id: str, flow_id: str | None = None) -> Dialog:
        """Start to reconnect an account from its issue."""
        dialog = await self.dialogs.fix(account_id)
        await self.choose_flow(dialog, self._bridge_of(account_id), flow_id)
        return dialog

    async def choose_flow(
        self, dialog: Dialog, bridge_id: str, flow_id: str | None
    ) -> None:
        """Choose a way to sign in, where there is a choice."""
        if flow_id is not None and dialog.at == "choose_flow":
            bridge_type = {"local-whatsapp": "whatsapp"}.get(
                bridge_id, bridge_id.removeprefix("local-")
            )
            flow = next(flow for flow in FLOWS[bridge_type] if flow.id == flow_id)
            await dialog.choose_flow(flow.name)
            await self.dialogs.see(dialog)

    def _bridge_of(self, account_id: str) -> str:
        bridge_id: str = self.beeper.accounts[account_id]["bridge"]["id"]
        return bridge_id

    @property
    def session(self) -> Any:
        """The login session that was started last, as Beeper knows it."""
        return list(self.beeper.sessions.values())[-1]

    @property
    def right(self) -> dict[str, str]:
        """The right answers to the step, by field ID."""
        return self.beeper.phone.codes(self.session.id)

    async def enter(self, dialog: Dialog, **fields: str) -> None:
        """Fill in a form, and see what comes of it."""
        await dialog.enter(**fields)
        await self.dialogs.see(dialog)

    async def on_phone(self, dialog: Dialog, action: str, *arguments: str) -> None:
        """Do something on the phone, and see what comes of it."""
        getattr(self.beeper.phone, action)(self.session.id, *arguments)
        await self.dialogs.see(dialog)

    async def go_on(self, dialog: Dialog, step: Step) -> None:
        """Do what is right at a step, and before that what people do wrong."""
        match step:
            case Form(wrong=None):
                await self.enter(dialog, **keyed(self.right))
            case Form(wrong=str(wrong)):
                if "select" not in dialog.fields["field_1"]["selector"]:
                    await self.enter(dialog, field_1=wrong)
                    complaint = self.session.step.instructions
                    assert dialog.errors == {"base": complaint}
                    assert complaint not in dialog.text
                await self.enter(dialog, **keyed(self.right))
            case Cookies():
                await self.enter(dialog, paste=json.dumps(self.right))
            case Display(shows="qr"):
                for seconds in step.rotations:
                    before = dialog.placeholders["picture"]
                    await self.dialogs.see(dialog, after=seconds)
                    assert dialog.placeholders["picture"] != before
                    self.sees(dialog, step)
                await self.on_phone(dialog, "scan")
            case Display(shows="emoji"):
                await self.on_phone(dialog, "tap", self.right["emoji"])
            case Display():
                await self.on_phone(dialog, "approve")

    def sees(self, dialog: Dialog, step: Step) -> None:
        """Check that a dialog shows a step as Beeper serves it."""
        served = self.session.step
        assert served.step_id == step.step_id
        assert served.instructions in dialog.text
        match step:
            case Form():
                assert (dialog.at, dialog.title) == ("user_input", "Sign in")
                assert dialog.errors == {}
                self._sees_field(dialog, served.members["fields"][0])
            case Cookies(fields=fields):
                assert dialog.title == "Sign in with your browser"
                self._sees_cookies(dialog, served.members)
                assert [field["id"] for field in served.members["fields"]] == [*fields]
                url = served.members["url"]
                assert unescape(dialog.placeholders["link"]) == (
                    f'<a href="{url}" target="_blank">{url}</a>'
                )
            case Display(shows=shows):
                assert (dialog.at, dialog.title) == TITLES[shows]
                self._sees_display(dialog, served.members["display"])

    def _sees_field(self, dialog: Dialog, served: dict[str, Any]) -> None:
        assert dialog.labels == {"field_1": served["label"]}
        assert dialog.hints == {"field_1": served.get("placeholder", "")}
        assert dialog.suggested("field_1") == served.get("initialValue")
        selector = dialog.fields["field_1"]["selector"]
        match served["type"]:
            case "select":
                assert [*dialog.choices("field_1").values()] == served["options"]
            case "password":
                assert selector["text"]["type"] == "password"
            case "phone_number":
                assert selector["text"]["type"] == "tel"
            case "email":
                assert selector["text"]["type"] == "email"
            case "2fa_code":
                assert selector["text"]["autocomplete"] == "one-time-code"

    def _sees_cookies(self, dialog: Dialog, served: dict[str, Any]) -> None:
        values = [field.get("name", field["id"]) for field in served["fields"]]
        labels = [*dialog.labels.values()]
        if "extractJS" in served:
            assert dialog.at == "cookies"
            assert labels == ["What you copied", "What the script copied", *values]
        elif served["fields"][0]["type"] == "local_storage":
            assert dialog.at == "local_storage"
            assert labels == [*values, "Or all of it in one piece"]
        else:
            assert dialog.at == "cookies"
            assert labels == ["What you copied", *values]

    def _sees_display(self, dialog: Dialog, served: dict[str, Any]) -> None:
        picture = dialog.placeholders["picture"]
        match served["type"]:
            case "qr":
                assert read_qr_code(picture) == served["data"]
            case "code":
                # It is not to be broken in two
                assert unescape(picture) == served["data"].replace("-", "\u2011")
            case "emoji":
                assert source(picture) == served["imageURL"]
            case "nothing":
                assert picture == ""


def keyed(values: dict[str, str]) -> dict[str, str]:
    """Return answers by the keys that their fields have in a form."""
    return {f"field_{number}": value for number, value in enumerate(values.values(), 1)}


def source(picture: str) -> str:
    """Return the address of a picture."""
    match = re.search(r'<img [^>]*src="([^"]*)"', picture)
    assert match is not None
    return unescape(match[1])


def read_qr_code(picture: str) -> str:
    """Return what a QR code says."""
    kind, _, data = source(picture).partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(BytesIO(b64decode(data))) as image:
        [code] = zxingcpp.read_barcodes(image)
    return code.text


# --- Flows


@pytest.mark.parametrize(("bridge_id", "flow_id", "steps"), NEW, ids=names(NEW))
async def test_new_account_is_connected(
    person: Person, bridge_id: str, flow_id: str, steps: list[Step]
) -> None:
    """Each flow shows its steps in order and ends with a new account."""
    before = person.beeper.accounts

    dialog = await person.connect(bridge_id, flow_id)
    for step in steps:
        person.sees(dialog, step)
        await person.go_on(dialog, step)

    assert (dialog.step["type"], dialog.at) == ("abort", "connected")
    assert "is connected" in dialog.text
    [account_id] = person.beeper.accounts.keys() - before.keys()
    assert person.beeper.accounts[account_id]["bridge"]["id"] == bridge_id


@pytest.mark.parametrize("way", ["reconnect", "fix"])
@pytest.mark.parametrize(
    ("account_id", "flow_id", "steps"), RECONNECT, ids=names(RECONNECT)
)
async def test_account_is_reconnected(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    person: Person,
    state_of: StateOf,
    account_id: str,
    flow_id: str,
    steps: list[Step],
    way: str,
) -> None:
    """Each flow reconnects an account from the options and from its issue."""
    person.beeper.set_status(account_id, "reconnect_required")
    await person.dialogs.see(after=16)
    before = person.beeper.accounts
    issue_id = f"reconnect_{entry.entry_id}_{account_id}"
    assert ir.async_get(hass).async_get_issue("beeper", issue_id)

    start = {"reconnect": person.reconnect, "fix": person.fix}[way]
    dialog = await start(account_id, flow_id)
    for step in steps:
        person.sees(dialog, step)
        await person.go_on(dialog, step)

    ends = {
        "reconnect": ("abort", "connected"),
        "fix": ("create_entry", "create_entry"),
    }
    assert (dialog.step["type"], dialog.at) == ends[way]
    assert "is connected" in dialog.text
    assert person.beeper.accounts.keys() == before.keys()
    await person.dialogs.see(after=4)
    assert state_of(f"{account_id}_status").state == "connected"
    assert ir.async_get(hass).async_get_issue("beeper", issue_id) is None


async def test_steps_follow_each_other_whatever_they_are(
    person: Person, network: Network
) -> None:
    """A form may follow a code, a code another code, and a form another form."""
    network(
        displays(type="nothing"),
        displays(type="qr", data="one"),
        displays(type="code", data="ABCD-1234"),
        asks_for({"id": "a", "label": "A"}),
        asks_for({"id": "b", "label": "B"}),
        displays(type="nothing"),
    )
    dialog = await person.connect("local-signal")
    seen = [dialog.at]

    for _ in range(3):
        await person.on_phone(dialog, "approve")
        seen.append(dialog.at)
    for value in "ab":
        await person.enter(dialog, field_1=value)
        seen.append(dialog.at)
    await person.on_phone(dialog, "approve")

    assert seen == [
        "wait",
        "scan_qr_code",
        "enter_code",
        "user_input",
        "user_input",
        "wait",
    ]
    assert dialog.at == "connected"


@pytest.mark.parametrize(
    "bridge_id", ["local-whatsapp", "local-telegram", "instagramgo"]
)
async def test_page_can_be_loaded_again(person: Person, bridge_id: str) -> None:
    """Looking once more changes nothing."""
    dialog = await person.connect(
        bridge_id, FLOWS[bridge_id.removeprefix("local-")][0].id
    )
    before = dialog.step

    await dialog.reload()

    assert dialog.step == before
    assert len(person.beeper.sessions) == 1


# --- Forms


async def test_all_fields_of_a_form_are_sent(person: Person, network: Network) -> None:
    """There may be up to twenty of them."""
    fields = [{"id": f"id {number}", "label": f"No. {number}"} for number in range(20)]
    answers = network(asks_for(*fields))
    dialog = await person.connect("local-signal")
    assert list(dialog.labels.values()) == [field["label"] for field in fields]

    await person.enter(
        dialog, **{f"field_{number}": f"value {number}" for number in range(1, 21)}
    )

    assert dialog.at == "connected"
    assert answers == [{f"id {number}": f"value {number + 1}" for number in range(20)}]


async def test_optional_field_may_be_left_out(person: Person, network: Network) -> None:
    """What was not entered is not sent."""
    answers = network(
        asks_for(
            {"id": "a", "name": "Given name"},
            {"id": "b", "optional": True},
            {"id": "c", "label": "", "name": "", "optional": True},
        )
    )
    dialog = await person.connect("local-signal")
    assert [*dialog.labels.values()] == ["Given name", "b", "c"]
    assert [field["required"] for field in dialog.fields.values()] == [
        True,
        False,
        False,
    ]

    await person.enter(dialog, field_1="Alice")

    assert answers == [{"a": "Alice"}]


async def test_form_without_fields_is_sent_empty(
    person: Person, network: Network
) -> None:
    """A network may only want to be told to go on."""
    answers = network(asks_for())
    dialog = await person.connect("local-signal")

    await person.enter(dialog)

    assert dialog.at == "connected"
    assert answers == [{}]


async def test_required_field_must_be_filled_in(person: Person) -> None:
    """Nothing is sent before that."""
    dialog = await person.connect("local-telegram", "phone")

    await person.enter(dialog, field_1="")

    assert dialog.errors == {"field_1": "Fill in this field."}
    assert person.session.step.instructions in dialog.text
    assert await dialog.send_anything({}) == 400
    assert not any("/steps/" in request.path for request in person.beeper.requests)


async def test_fields_are_filled_in_as_the_network_says(
    person: Person, network: Network
) -> None:
    """Initial values are offered, but for secrets, and for what is too long to be one."""
    network(
        asks_for(
            {"id": "a", "type": "text", "initialValue": "Alice Example"},
            {"id": "b", "type": "password", "initialValue": "password"},
            {"id": "c", "type": "text", "initialValue": "x" * 501},
            {"id": "d", "type": "unheard_of"},
            {
                "id": "e",
                "type": "url",
                "initialValue": "https://example.com/" + "x" * 400,
            },
        )
    )
    dialog = await person.connect("local-signal")

    assert [dialog.suggested(key) for key in dialog.fields] == [
        "Alice Example",
        None,
        None,
        None,
        "https://example.com/" + "x" * 400,
    ]


async def test_choices_come_in_every_shape(person: Person, network: Network) -> None:
    """Nothing public tells the shape of options; one that makes no sense is left out."""
    options = [
        "Plain",
        {"id": "1", "name": "One"},
        {"value": "2", "label": "Two"},
        {"odd": True},
        7,
        "x" * 101,
    ]
    answers = network(
        asks_for(
            {"id": "a", "type": "select", "options": options},
            {"id": "b", "type": "select", "options": [{"odd": True}]},
            {"id": "c", "type": "select"},
        )
    )
    dialog = await person.connect("local-signal")
    assert dialog.choices("field_1") == {"Plain": "Plain", "1": "One", "2": "Two"}
    assert [*dialog.fields["field_2"]["selector"]] == ["text"]
    assert [*dialog.fields["field_3"]["selector"]] == ["text"]
    assert (
        await dialog.send_anything({"field_1": "3", "field_2": "", "field_3": ""})
        == 400
    )

    await person.enter(dialog, field_1="2", field_2="b", field_3="c")

    assert answers == [{"a": "2", "b": "b", "c": "c"}]


async def test_only_what_can_be_chosen_is_filled_in(
    person: Person, network: Network
) -> None:
    """A form that shows something else could not be sent."""
    options = [f"Option {number}" for number in range(150)]
    network(
        asks_for(
            *(
                {
                    "id": value,
                    "type": "select",
                    "options": options,
                    "initialValue": value,
                    "optional": True,
                }
                for value in ("Option 7", "Option 140", "Elsewhere")
            )
        )
    )

    dialog = await person.connect("local-signal")

    assert [dialog.suggested(key) for key in dialog.fields] == ["Option 7", None, None]


async def test_refusal_without_a_word_is_told(person: Person, network: Network) -> None:
    """A network may ask again without saying why."""
    again = asks_for({"id": "a", "type": "password"}, instructions="")
    network(asks_for({"id": "a", "type": "password"}), again)
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="hunter2")

    assert dialog.errors == {
        "base": "That was not accepted. Check what you entered and try again."
    }
    assert "hunter2" not in json.dumps(dialog.step)


async def test_other_question_for_a_field_of_the_same_name_is_no_refusal(
    person: Person, network: Network
) -> None:
    """Many a network calls every code `code`: its instructions are shown as such."""
    network(*TWO_CODES)
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="111111")

    assert dialog.errors == {}
    assert "Enter the code of your app" in dialog.text


@pytest.mark.parametrize(
    "step_id",
    ["com.example.code", "com.example.code.incorrect", "com.example"],
    ids=["same", "longer", "shorter"],
)
async def test_question_asked_again_is_known_by_its_step(
    person: Person, network: Network, step_id: str
) -> None:
    """It has the same ID, or is one below or above it."""
    step = replace(asks_for({"id": "code"}), step_id="com.example.code")
    network(step, replace(step, step_id=step_id, instructions="Wrong"))
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="111111")

    assert dialog.errors == {"base": "Wrong"}


async def test_cookies_of_another_page_are_no_refusal(
    person: Person, network: Network
) -> None:
    """A network may want those of several."""
    step = cookies({"id": "a", "type": "cookie"})
    network(step, replace(step, step_id="com.example.more"))
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="1")

    assert (dialog.at, dialog.errors) == ("cookies", {})


async def test_refusal_is_still_told_after_the_page_is_loaded_again(
    person: Person,
) -> None:
    """It belongs to the step, not to the moment."""
    dialog = await person.connect("local-telegram", "phone")
    await person.enter(dialog, **keyed(person.right))
    await person.enter(dialog, field_1="00000")

    await dialog.reload()

    assert dialog.errors == {"base": "Incorrect code, please try again"}
    assert "Incorrect code" not in dialog.text


# --- Cookies


def as_header(cookies: dict[str, str]) -> str:
    """Write cookies into a header."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def as_curl(cookies: dict[str, str]) -> str:
    """Write cookies into a command."""
    return f"curl 'https://example.com/' -b {shlex.quote(as_header(cookies))}"


@pytest.mark.parametrize(
    "write",
    [
        lambda right: {"paste": json.dumps(right)},
        lambda right: {"paste": as_curl({"a": "b", **right})},
        lambda right: {"paste": f"Cookie: {as_header(right)}"},
        lambda right: {"paste": as_header(right)},
        keyed,
        lambda right: {
            "paste": json.dumps(dict(list(right.items())[1:])),
            "field_1": right["c_user"],
        },
        lambda right: {
            "paste": json.dumps({**right, "c_user": "wrong"}),
            "field_1": right["c_user"],
        },
        lambda right: {"paste": "", **keyed(right)},
    ],
    ids=["JSON", "cURL", "header", "bare", "each", "mixed", "corrected", "empty"],
)
async def test_cookies_are_taken_as_people_bring_them(
    person: Person,
    network: Network,
    write: Callable[[dict[str, str]], dict[str, str]],
) -> None:
    """In one piece, one by one, or both; what was entered by itself counts."""
    right = {"c_user": "1", "xs": "2:3", "datr": "4="}
    fields = [{"id": name, "name": name, "type": "cookie"} for name in right]
    step = ServedStep(
        "cookies", "com.example.cookies", "", {"url": "", "fields": fields}
    )
    answers = network(step)
    dialog = await person.connect("local-signal")

    await person.enter(dialog, **write(right))

    assert dialog.at == "connected"
    assert answers == [right]


async def test_header_of_a_command_is_found(person: Person, network: Network) -> None:
    """A field may be a header, and a cookie be called otherwise than its field."""
    answers = network(
        cookies(
            {"id": "token", "name": "Authorization", "type": "header"},
            {"id": "session", "name": "d", "type": "cookie"},
        )
    )
    dialog = await person.connect("local-signal")

    await person.enter(
        dialog,
        paste="curl 'https://example.com/api/boot' -H 'authorization: xoxc-1'"
        " -b 'd=xoxd-2; x=1'",
    )

    assert dialog.at == "connected"
    assert answers == [{"token": "xoxc-1", "session": "xoxd-2"}]


@pytest.mark.parametrize("end", ["", "\n", " ;\n", ";;"], ids=repr)
async def test_script_can_be_copied_as_it_is(
    person: Person, network: Network, end: str
) -> None:
    """Line breaks, indentation and quotes are part of it; the console gives its result.

    That is what a promise resolves to, as text. A console lends `copy` only to what runs
    before the first `await`.
    """
    script = 'new Promise(\r\n    resolve => resolve("*x*" < b)) // [y](z)'
    network(cookies(extractJS=script + end))
    dialog = await person.connect("local-signal")

    shown = dialog.placeholders["script"]
    match = re.fullmatch(r"<pre><code>([^<>\n]*)</code></pre>", shown)
    assert match is not None
    assert unescape(match[1]).split("\n") == [
        "((copy, text) => (copy(text), text))(copy, JSON.stringify(await (",
        *script.split("\r\n"),
        ")))",
    ]


async def test_script_finds_what_is_in_no_request(
    person: Person, network: Network
) -> None:
    """Both are pasted; what the script found counts."""
    answers = network(
        cookies(
            {"id": "token", "name": "Authorization", "type": "header"},
            {"id": "cookie", "name": "d", "type": "cookie"},
            extractJS="new Promise(find)",
        )
    )
    dialog = await person.connect("local-signal")

    await person.enter(dialog, paste="Cookie: d=1; x=2")

    assert dialog.errors == {
        "base": "Not found in what you entered: Authorization. Run the script as well,"
        " and paste what it copies."
    }
    await person.enter(
        dialog, paste="Cookie: d=1; x=2", script_result='{"token": "xoxc"}'
    )
    assert dialog.at == "connected"
    assert answers == [{"token": "xoxc", "cookie": "1"}]


async def test_cookies_that_a_script_has_not_found_are_copied(
    person: Person, network: Network
) -> None:
    """It was run already: what is missing has to come from somewhere else."""
    network(
        cookies({"id": "d", "type": "cookie"}, extractJS="new Promise(find)"),
    )
    dialog = await person.connect("local-signal")

    await person.enter(dialog, script_result='{"token": "xoxc"}')

    assert "copy again" in dialog.errors["base"]


@pytest.mark.parametrize(
    "pasted",
    [
        "Promise { <pending> }",
        "((copy, text) => (copy(text), text))(copy, 1)",
        "{a: 1}",
    ],
)
async def test_what_no_script_copies_is_refused(
    person: Person, network: Network, pasted: str
) -> None:
    """The dialog says what to paste; what was found in the rest is not sent."""
    answers = network(
        cookies({"id": "d", "type": "cookie"}, extractJS="new Promise(find)")
    )
    dialog = await person.connect("local-signal")

    await person.enter(dialog, script_result=pasted, field_1="1")

    assert [*dialog.errors] == ["script_result"]
    assert "Run the script in the console" in dialog.errors["script_result"]
    assert dialog.suggested("script_result") == pasted
    assert answers == []


@pytest.mark.parametrize("script", ["", " ;\n", "x" * 10_001], ids=["", ";", "long"])
async def test_without_a_script_nothing_is_asked_of_it(
    person: Person, network: Network, script: str
) -> None:
    """One that is too long to be shown is none; a part of it would be of no use."""
    network(cookies({"id": "d", "type": "cookie"}, extractJS=script))

    dialog = await person.connect("local-signal")

    assert [*dialog.fields] == ["paste", "field_1"]
    assert dialog.placeholders["script"] == ""


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ([{"type": "local_storage"}], "local_storage"),
        ([{"type": "local_storage"}, {"type": "cookie"}], "local_storage"),
        ([{"sources": [{"type": "local_storage", "name": "t"}]}], "local_storage"),
        ([{"type": "local_storage", "required": False}, {"type": "cookie"}], "cookies"),
        (
            [{"type": "local_storage", "sources": [{"type": "cookie", "name": "t"}]}],
            "cookies",
        ),
        ([{}], "cookies"),
        ([{"type": "header"}], "cookies"),
    ],
    ids=["type", "mixed", "source", "optional", "both", "unknown", "header"],
)
async def test_what_no_request_has_is_looked_up(
    person: Person, network: Network, fields: list[dict[str, Any]], at: str
) -> None:
    """A copied request never holds what a page has put into the local storage."""
    network(cookies(*({"id": f"id{n}", **field} for n, field in enumerate(fields))))

    dialog = await person.connect("local-signal")

    assert dialog.at == at
    assert ("**Local Storage**" in dialog.text) == (at == "local_storage")
    assert ("Copy as cURL" in dialog.text) == (at == "cookies")


async def test_script_spares_looking_up_the_local_storage(
    person: Person, network: Network
) -> None:
    """It is there to find what is in no request."""
    field = {"id": "token", "type": "local_storage"}
    network(cookies(field, extractJS="new Promise(find)"))

    dialog = await person.connect("local-signal")

    assert dialog.at == "cookies"


async def test_request_without_the_local_storage_is_not_blamed(
    person: Person, network: Network
) -> None:
    """Who copies a request all the same is told where to look."""
    network(cookies({"id": "token", "type": "local_storage"}))
    dialog = await person.connect("local-signal")
    assert [*dialog.fields] == ["field_1", "paste"]

    await person.enter(dialog, paste="curl 'https://example.com/' -b 'a=1'")

    assert dialog.at == "local_storage"
    assert dialog.errors == {
        "base": "Not found in what you entered: token. Look it up in the developer"
        " tools, under Local Storage."
    }
    await person.enter(dialog, field_1="1")
    assert dialog.at == "connected"


async def test_text_that_is_none_of_the_forms_is_refused(person: Person) -> None:
    """It stays there to be corrected, and nothing is sent."""
    dialog = await person.connect("instagramgo")

    await person.enter(dialog, paste="these are my cookies", field_1="1")

    assert [*dialog.errors] == ["paste"]
    assert "neither" in dialog.errors["paste"]
    assert dialog.suggested("paste") == "these are my cookies"
    assert dialog.suggested("field_1") == "1"
    assert not any("/steps/" in request.path for request in person.beeper.requests)


async def test_missing_cookies_are_named(person: Person) -> None:
    """Nothing is sent before all are there."""
    dialog = await person.connect("instagramgo")

    await person.enter(dialog, paste='{"csrftoken": "2", "sessionid": ""}')

    assert dialog.errors["base"].startswith(
        "Not found in what you entered: sessionid, ds_user_id, mid, ig_did."
    )
    assert dialog.suggested("paste") == '{"csrftoken": "2", "sessionid": ""}'
    assert not any("/steps/" in request.path for request in person.beeper.requests)


async def test_cookies_that_were_refused_are_asked_for_again(
    person: Person, network: Network
) -> None:
    """The page to sign in at is still told."""
    fields = [{"id": "a", "type": "cookie"}]
    step = ServedStep(
        "cookies",
        "com.example.cookies",
        "Sign in there",
        {"url": "https://example.com/", "fields": fields},
    )
    answers = network(step, step)
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="1")

    assert dialog.at == "cookies"
    assert "not accepted" in dialog.errors["base"]
    assert "Sign in there" in dialog.text
    assert "https://example.com/" in dialog.text
    await person.enter(dialog, field_1="2")
    assert dialog.at == "connected"
    assert answers == [{"a": "1"}, {"a": "2"}]


async def test_cookies_beyond_the_fields_of_a_form_can_be_pasted(
    person: Person, network: Network
) -> None:
    """Only twenty can be entered one by one."""
    names = [f"cookie{number}" for number in range(300)]
    step = ServedStep(
        "cookies",
        "com.example.cookies",
        "",
        {"url": "", "fields": [{"id": name, "type": "cookie"} for name in names]},
    )
    answers = network(step)
    dialog = await person.connect("local-signal")
    assert len(dialog.fields) == 21

    await person.enter(dialog, field_1="1")
    assert "cookie1, cookie2" in dialog.errors["base"]
    await person.enter(dialog, paste=json.dumps(dict.fromkeys(names, "1")))

    assert dialog.at == "connected"
    assert answers == [dict.fromkeys(names, "1")]


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
        "Another account is connected",
    )
    assert "signed in to Telegram (Example Ltd)" in dialog.text
    assert "another account than Telegram (Alice Example)" in dialog.text
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

    await dialog.enter(flow="qr")
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

    assert (dialog.at, dialog.title) == ("failed", "This did not work")
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


async def refused(person: Person) -> Dialog:
    """Say no on the phone."""
    dialog = await person.connect("local-whatsapp", "phone")
    await person.enter(dialog, **keyed(person.right))
    await person.on_phone(dialog, "refuse")
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


# --- Beeper in trouble


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


def told(key: str, fault: Fault) -> str:
    """Return how an error reads."""
    message: str = STRINGS["exceptions"][key]["message"]
    return message.format(message=f"Injected {fault.status}")


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

    assert (dialog.at, dialog.title) == ("not_started", "This did not work")
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
    """With it accounts can be seen, but not connected."""
    data = {**loaded.data, CONF_ACCESS_TOKEN: beeper.read_only_token}
    hass.config_entries.async_update_entry(loaded, data=data)
    await hass.config_entries.async_reload(loaded.entry_id)

    dialog = await person.reconnect(WHATSAPP, "qr")

    assert dialog.at == "not_started"
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
    await person.dialogs.see(after=seconds)

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

    assert (dialog.at, dialog.title) == ("cancelled", "Sign-in cancelled")
    await dialog.start_over()
    assert dialog.at == ("user_input" if entered else "scan_qr_code")


# --- The entry goes


@pytest.mark.parametrize("bridge_id", ["local-signal", "local-telegram", "instagramgo"])
@pytest.mark.parametrize("way", ["async_unload", "async_reload", "async_remove"])
async def test_entry_that_goes_while_a_dialog_is_open(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    person: Person,
    bridge_id: str,
    way: str,
) -> None:
    """The dialog says that its session is over, and starts over as soon as it can."""
    dialog = await person.connect(bridge_id, "phone")
    step, session = dialog.at, person.session
    entered = keyed(person.right)

    await getattr(hass.config_entries, way)(loaded.entry_id)
    await person.dialogs.see(dialog)
    if entered:
        await person.enter(dialog, **entered)

    assert dialog.at == "cancelled"
    assert session.forgotten
    await dialog.start_over()
    assert dialog.at == (step if way == "async_reload" else "not_loaded")


@pytest.mark.parametrize("way", ["async_unload", "async_remove"])
async def test_entry_that_goes_before_a_way_to_sign_in_is_chosen(
    hass: HomeAssistant, loaded: MockConfigEntry, person: Person, way: str
) -> None:
    """There is nothing more to do in this dialog."""
    dialog = await person.connect("local-whatsapp")
    await getattr(hass.config_entries, way)(loaded.entry_id)

    await dialog.enter()

    assert (dialog.step["type"], dialog.at) == ("abort", "not_loaded")
    assert person.beeper.sessions == {}


# --- Closing


@pytest.mark.parametrize(
    ("bridge_id", "flow_id"),
    [
        ("local-signal", "qr"),
        ("local-telegram", "phone"),
        ("instagramgo", "instagram"),
        ("imessage", "nothing"),
    ],
)
async def test_session_ends_with_its_dialog(
    hass: HomeAssistant, person: Person, bridge_id: str, flow_id: str
) -> None:
    """Closing the dialog cancels the session in Beeper, and leaves nothing behind."""
    dialog = await person.connect(bridge_id, flow_id)

    await dialog.close()
    await person.dialogs.see()

    assert person.session.status == "cancelled"
    assert person.session.forgotten
    assert person.beeper.waiting == 0
    assert get_state(hass, "sensor.beeper_login_session").state == "cancelled"
    before = sessions_asked(person.beeper)
    await person.dialogs.see(after=60)
    assert sessions_asked(person.beeper) == before


@pytest.mark.parametrize("account_id", [WHATSAPP, SIGNAL, SLACK])
async def test_session_ends_with_the_dialog_of_an_issue(
    hass: HomeAssistant, entry: MockConfigEntry, person: Person, account_id: str
) -> None:
    """The issue stays."""
    dialog = await person.fix(account_id)
    if account_id != SIGNAL:
        await dialog.enter()

    await dialog.close()
    await person.dialogs.see(after=16)

    assert person.session.forgotten
    issue_id = f"reconnect_{entry.entry_id}_{account_id}"
    assert ir.async_get(hass).async_get_issue("beeper", issue_id)


async def test_session_ends_with_its_dialog_while_beeper_is_away(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """Beeper cannot be told, but nobody goes on waiting for the session."""
    dialog = await person.connect("local-signal")
    await beeper.stop()

    await dialog.close()
    await person.dialogs.see(after=1)
    await beeper.start()

    assert get_state(hass, "sensor.beeper_login_session").state == "cancelled"
    before = sessions_asked(beeper)
    await person.dialogs.see(after=60)
    assert sessions_asked(beeper) == before


async def test_dialog_that_is_closed_after_the_end_cancels_nothing(
    person: Person,
) -> None:
    """There is no session any more."""
    dialog = await person.connect("local-signal")
    await person.on_phone(dialog, "refuse")

    await dialog.close()
    await person.dialogs.see()

    assert person.session.status == "failed"
    assert not any(request.method == "DELETE" for request in person.beeper.requests)


async def test_dialog_that_is_closed_before_there_is_a_session_leaves_none_behind(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """A session that starts when the dialog is closed already is cancelled."""
    dialog = await person.connect("local-whatsapp")
    beeper.inject(Fault(method="POST", path="*/login-sessions", delay=2))
    arrived = hass.async_create_task(
        beeper.wait_for_request("/v1/bridges/local-whatsapp/login-sessions")
    )
    chosen = hass.async_create_task(dialog.send_anything({"flow": "qr"}))
    await arrived

    await dialog.close()
    await person.dialogs.see(after=3)

    assert await chosen == 404
    assert person.session.forgotten
    assert get_state(hass, "sensor.beeper_login_session").state == "cancelled"


async def test_dialog_that_is_closed_while_a_long_text_is_read(
    hass: HomeAssistant, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read in another thread; what is found there is for nobody."""
    dialog = await person.connect("instagramgo", "cookies")
    started, closed = threading.Event(), threading.Event()

    def read(*arguments: Any) -> dict[str, str]:
        started.set()
        assert closed.wait(timeout=10)
        return pick_cookies(*arguments)

    monkeypatch.setattr("custom_components.beeper.login.pasted.pick_cookies", read)
    text = json.dumps(person.right | {"a": "1" * MAX_INLINE})
    sent = hass.async_create_task(dialog.send_anything({"paste": text}))
    await hass.async_add_executor_job(started.wait, 10)

    await dialog.close()
    closed.set()

    assert await sent == 404
    await person.dialogs.see()
    assert person.session.forgotten
    assert not any("/steps/" in request.path for request in person.beeper.requests)


@pytest.mark.parametrize("bridge_id", ["local-telegram", "instagramgo"])
async def test_dialog_that_is_closed_while_an_answer_is_on_its_way(
    hass: HomeAssistant, beeper: Simulator, person: Person, bridge_id: str
) -> None:
    """What Beeper makes of the answer is for nobody."""
    dialog = await person.connect(bridge_id, "phone")
    session = person.session
    beeper.inject(Fault(method="POST", path="*/steps/*", delay=2, times=1))
    arrived = hass.async_create_task(
        beeper.wait_for_request(
            f"/v1/bridges/{bridge_id}/login-sessions/{session.id}"
            f"/steps/{session.step.step_id}"
        )
    )
    sent = hass.async_create_task(dialog.send_anything(keyed(person.right)))
    await arrived

    await dialog.close()
    await person.dialogs.see(after=3)

    assert await sent == 404
    assert session.forgotten


async def test_two_clicks_leave_one_session(
    hass: HomeAssistant, beeper: Simulator, person: Person
) -> None:
    """Whoever starts twice at once has one session in the dialog, and none besides."""
    dialog = await person.connect("local-whatsapp")
    beeper.inject(Fault(method="POST", path="*/login-sessions", delay=2, times=2))
    clicks = [
        hass.async_create_task(dialog.send_anything({"flow": "qr"})) for _ in range(2)
    ]
    await beeper.wait_for_request("/v1/bridges/local-whatsapp/login-sessions")
    await person.dialogs.see(after=5)
    assert [await click for click in clicks] == [200, 200]

    first, second = beeper.sessions.values()
    assert (first.forgotten, second.forgotten) == (True, False)
    await dialog.reload()
    await person.on_phone(dialog, "scan")
    assert dialog.at == "connected"


def sessions_asked(beeper: Simulator) -> int:
    """Return how many requests for login sessions Beeper was sent."""
    return sum("login-sessions" in request.path for request in beeper.requests)


# --- Two at once


@pytest.mark.parametrize("account_id", [WHATSAPP, SLACK])
async def test_later_dialog_takes_over(person: Person, account_id: str) -> None:
    """The earlier one says so, and can take the account back."""
    earlier = await person.fix(account_id, None)
    await earlier.enter()
    entered = keyed(person.right)

    later = await person.reconnect(account_id, None)
    await later.enter()
    await person.dialogs.see(earlier)
    if entered:
        await person.enter(earlier, **entered)

    assert (earlier.at, earlier.title) == ("taken_over", "Started somewhere else")
    assert later.at in ("scan_qr_code", "user_input")
    assert earlier.button == "Continue here instead"
    await earlier.start_over()
    await person.dialogs.see(later)
    if entered:
        await person.enter(later, **entered)
    assert earlier.at in ("scan_qr_code", "user_input")
    assert later.at == "taken_over"
    live = [item for item in person.beeper.sessions.values() if not item.ended]
    assert live == [person.session]


async def test_dialog_that_makes_way_for_nothing_says_no_more_than_it_knows(
    beeper: Simulator, person: Person
) -> None:
    """The later one could not start: nobody is connecting the account now."""
    earlier = await person.reconnect(SIGNAL)
    beeper.inject(Fault(method="POST", path="*/login-sessions", status=502))

    later = await person.reconnect(SIGNAL)
    await person.dialogs.see(earlier)

    assert (earlier.at, later.at) == ("taken_over", "not_started")
    assert "is being connected" not in earlier.text
    assert "That ended the sign-in in this one." in earlier.text
    beeper.clear_faults()
    await earlier.start_over()
    assert earlier.at == "scan_qr_code"


async def test_action_takes_over_from_a_dialog(
    hass: HomeAssistant, person: Person, state_of: StateOf
) -> None:
    """An automation that reconnects the account is one more way to do so."""
    dialog = await person.reconnect(WHATSAPP, "qr")

    await hass.services.async_call(
        "beeper",
        "reconnect_account",
        {"entity_id": state_of(f"{WHATSAPP}_status").entity_id},
        blocking=True,
        return_response=True,
    )
    await person.dialogs.see(dialog)

    assert dialog.at == "taken_over"
    await dialog.close()
    await person.dialogs.see()
    assert not person.session.ended


async def test_dialog_takes_over_from_an_action(
    hass: HomeAssistant, person: Person, state_of: StateOf
) -> None:
    """There is one session per account."""
    await hass.services.async_call(
        "beeper",
        "reconnect_account",
        {"entity_id": state_of(f"{WHATSAPP}_status").entity_id},
        blocking=True,
        return_response=True,
    )
    started = person.session

    dialog = await person.reconnect(WHATSAPP, "qr")

    assert dialog.at == "scan_qr_code"
    assert started.forgotten


async def test_dialogs_for_new_accounts_do_not_disturb_each_other(
    person: Person,
) -> None:
    """Two people may connect an account each."""
    one = await person.connect("local-signal")
    other = await person.connect("local-signal")

    for session in list(person.beeper.sessions.values()):
        person.beeper.phone.scan(session.id)
    await person.dialogs.see(one, other)

    assert (one.at, other.at) == ("connected", "connected")


# --- What cannot be shown


@pytest.mark.parametrize(
    "step",
    [
        ServedStep("webauthn", "com.example.webauthn", "Use your passkey", {}),
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
        ([], "user_input"),
        (None, "user_input"),
    ],
    ids=["picture", "unknown", "none", "null"],
)
async def test_form_about_a_picture_is_finished_in_beeper(
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

    assert dialog.at == "finish_in_beeper"
    await person.dialogs.see(dialog, after=6)
    assert dialog.at == "user_input"


# --- Hostile networks


HOSTILE = {
    "markup": "<script>hacked()</script><img src=x onerror=hacked()>"
    "<ha-alert>now</ha-alert> &lt;b&gt; &#60; \\",
    "markdown": "# Title\n\n- [link](javascript:hacked()) ![x](x)\n\n---\n\n    block"
    " `code` **bold** _em_ ~~no~~ | a | b |",
    "templates": "{account} {{ states('sensor.x') }} {x, select, other {y}} %s"
    " www.example.com https://example.com/ alice@example.com",
    "invisible": "\u202eevil\u202c \u200bhidden \u2066x\u2069 \ufeff \x00\x1b[31m",
    "punctuation": "<" * 100_000,
    "nothing": "\n" * 100_000 + "late",
    "emoji": "😀" * 100_000,
}

each_hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def is_text(markdown: str) -> bool:
    """Return whether markdown is only text."""
    return not set(punctuation) & set(re.sub(r"&#\d+;", "", markdown))


def without_picture(markdown: str) -> str:
    """Return what is left without our own markup of a picture."""
    return re.sub(
        r'<img src="[^"<>\n]*">|</?(table|caption|tr|td)( role="\w+")?( width="100%")?>'
        r"|\n\n# ",
        "",
        markdown,
    )


@each_hostile
async def test_hostile_form_is_harmless(
    person: Person, network: Network, text: str
) -> None:
    """Texts are only text, and short enough; what is sent back is what was served."""
    short = text[:1_000]
    field = dict.fromkeys(
        ("label", "placeholder", "initialValue", "type", "name"), short
    )
    options = [short, *({"id": f"{n}", "name": short} for n in range(200))]
    answers = network(
        asks_for(
            *({**field, "id": f"{short}{n}"} for n in range(19)),
            {**field, "id": "a", "type": "select", "options": options},
            instructions=text,
        )
    )

    dialog = await person.connect("local-signal")

    assert dialog.at == "user_input"
    assert not set("\u202e\u200b\u2066\x00\x1b") & set(str(dialog.labels))
    await person.enter(
        dialog, **{f"field_{n}": "x" for n in range(1, 20)}, field_20="3"
    )
    assert dialog.at == "connected"
    assert answers == [{**{f"{short}{n}": "x" for n in range(19)}, "a": "3"}]


@each_hostile
async def test_hostile_cookie_step_is_harmless(
    person: Person, network: Network, text: str
) -> None:
    """A link leads to a page or is none, and a script is only to be read."""
    short = text[:1_000]
    fields = [{"id": f"{short}{n}", "name": short, "type": short} for n in range(30)]
    members = {"url": text, "fields": fields, "extractJS": text[:10_000]}
    network(ServedStep("cookies", "com.example.cookies", text, members))

    dialog = await person.connect("local-signal")

    assert is_text(dialog.placeholders["link"])
    script = dialog.placeholders["script"]
    assert is_text(script.removeprefix("<pre><code>").removesuffix("</code></pre>"))
    await person.enter(dialog, paste="a=1")
    assert dialog.at == "cookies"
    assert dialog.errors["base"].startswith("Not found")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "\u200bjavascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "//example.com/",
        "http://[",
        "",
        "https://example.com/" + "x" * 2048,
    ],
    ids=range(10),
)
async def test_link_leads_to_a_page_or_is_none(
    person: Person, network: Network, url: str
) -> None:
    """Other addresses are shown, but lead nowhere."""
    members = {"url": url, "fields": []}
    network(ServedStep("cookies", "com.example.cookies", "", members))

    dialog = await person.connect("local-signal")

    assert is_text(dialog.placeholders["link"])


@each_hostile
async def test_hostile_displays_are_harmless(
    person: Person, network: Network, text: str
) -> None:
    """Nothing but our own picture is more than text."""
    network(
        *(
            ServedStep(
                "display_and_wait",
                f"com.example.{number}",
                text,
                {"display": {"data": text, **display}},
            )
            for number, display in enumerate(
                (
                    {"type": "qr"},
                    {"type": "code"},
                    {"type": "emoji"},
                    {"type": "emoji", "imageURL": text},
                    {"type": "emoji", "imageURL": f"https://{text}"},
                    {"type": "emoji", "imageURL": f"https://{text[:60_000]}"},
                    {"type": "emoji", "imageURL": f"data:image/{text[:1_000]}"},
                    {"type": "nothing"},
                    {"type": text},
                )
            )
        )
    )
    dialog = await person.connect("local-signal")

    for _ in range(9):
        assert is_text(without_picture(dialog.placeholders["picture"]))
        person.session.advance(Answer())
        await person.dialogs.see(dialog, after=6)

    assert dialog.at == "connected"


@each_hostile
async def test_hostile_failures_are_harmless(
    beeper: Simulator, person: Person, text: str
) -> None:
    """So is what a network says at the end, and Beeper of what it cannot do."""
    body = {"message": text, "code": text, "details": {"issues": [{"message": text}]}}
    fault = Fault(method="POST", status=422, body=json.dumps(body).encode(), times=1)
    beeper.inject(replace(fault, path="*/login-sessions"))
    dialog = await person.connect("local-telegram", "phone")
    assert dialog.at == "not_started"
    await dialog.start_over()

    beeper.inject(replace(fault, path="*/steps/*"))
    await person.enter(dialog, field_1="+15555550100")
    assert [*dialog.errors] == ["base"]

    ended = person.session.wire | {"status": "failed", "error": body}
    del ended["currentStep"]
    beeper.inject(Fault(path="*/steps/*", body=json.dumps(ended).encode()))
    await person.enter(dialog, field_1="+15555550100")
    assert dialog.at == "failed"


@each_hostile
async def test_hostile_ways_to_sign_in_are_harmless(
    person: Person, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """So are their names."""
    flow = FLOWS["signal"][0]
    flows = tuple(
        replace(
            flow,
            id=f"{text[:1_000]}{n}" if n % 2 else f"{n}",
            name=text[:1_000],
            description=text[:1_000],
        )
        for n in range(300)
    )
    monkeypatch.setitem(FLOWS, "signal", flows)

    dialog = await person.connect("local-signal")

    assert len(dialog.flows) == 100
    assert all(len(name) <= 210 for name in dialog.flows.values())
    await dialog.enter(flow=[*dialog.flows][-1])
    assert dialog.at == "scan_qr_code"


async def test_nothing_secret_is_logged(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is entered and shown stays in the dialog, however much is logged."""
    caplog.set_level("DEBUG")
    secrets = set()
    for start, target in (
        (person.connect, "local-telegram"),
        (person.reconnect, TELEGRAM),
    ):
        dialog = await start(target, "phone")
        for _ in range(2):
            secrets |= set(person.right.values())
            await person.enter(dialog, **keyed(person.right))
        assert dialog.at == "connected"
    dialog = await person.connect("instagramgo")
    secrets |= set(person.right.values())
    await person.enter(dialog, paste=json.dumps(person.right))
    dialog = await person.connect("local-signal")
    secrets.add(person.session.step.members["display"]["data"])

    assert len(secrets) == 10
    assert not [secret for secret in secrets if secret in caplog.text]


# --- Texts


def test_dialogs_of_options_and_issues_read_the_same() -> None:
    """One is the other, but for where it begins and how it ends."""
    for part in ("step", "progress", "error", "abort"):
        shared = OPTIONS_TEXTS[part].keys() & FIX_TEXTS[part].keys()
        assert shared
        for key in shared:
            assert OPTIONS_TEXTS[part][key] == FIX_TEXTS[part][key]
    assert OPTIONS_TEXTS["abort"]["connected"] == FIX_TEXTS["create_entry"]["default"]


@pytest.mark.parametrize("texts", [OPTIONS_TEXTS, FIX_TEXTS], ids=["options", "issue"])
def test_each_text_has_placeholders_that_are_fit_for_it(texts: Json) -> None:
    """Descriptions are markdown and need what is escaped, all else shows it as it is."""

    def placeholders(text: str) -> list[str]:
        return re.findall(r"\{(\w+)\}", text)

    plain, markdown = [*texts["error"].values()], [*texts["progress"].values()]
    markdown += [*texts["abort"].values(), *texts.get("create_entry", {}).values()]
    for step in texts["step"].values():
        markdown += [
            step.get("description", ""),
            *step.get("data_description", {}).values(),
        ]
        plain += [step["title"], step.get("submit", ""), *step.get("data", {}).values()]
    assert all(PLAIN.fullmatch(name) for text in plain for name in placeholders(text))
    for text in markdown:
        for name in placeholders(text):
            assert ESCAPED.fullmatch(name) or MARKDOWN.fullmatch(name)


@pytest.mark.parametrize("texts", [OPTIONS_TEXTS, FIX_TEXTS], ids=["options", "issue"])
def test_there_are_texts_for_as_many_fields_as_are_shown(texts: Json) -> None:
    """A field without one would show its key."""
    fields = {f"field_{n}": f"{{label_{n}}}" for n in range(1, MAX_FIELDS + 1)}
    hints = {f"field_{n}": f"{{hint_{n}}}" for n in range(1, MAX_FIELDS + 1)}
    steps = texts["step"]
    assert steps["user_input"]["data"] == fields
    assert steps["user_input"]["data_description"] == hints
    assert steps["cookies"]["data"].items() > fields.items()


CODE = {
    name: parse((INTEGRATION / f"{name}.py").read_text("utf-8"))
    for name in ("login/dialog", "options_flow", "repairs")
}


def said(*modules: str) -> set[str]:
    """Return all texts that stand in the code of modules."""
    return {
        node.value
        for module in modules
        for node in walk(CODE[module])
        if isinstance(node, Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize(
    ("handler", "module", "texts"),
    [
        (BeeperOptionsFlow, "options_flow", OPTIONS_TEXTS),
        (ReconnectRepairFlow, "repairs", FIX_TEXTS),
    ],
    ids=["options", "issue"],
)
def test_there_is_a_text_for_all_that_is_used_and_for_nothing_else(
    handler: type, module: str, texts: Json
) -> None:
    """A missing one would show its key, one too many would be translated in vain."""
    steps = {
        name.removeprefix("async_step_")
        for name in dir(handler)
        if name.startswith("async_step_")
    }
    shown_by_others = {"login"} | ({"init"} if module == "repairs" else set())
    assert texts["step"].keys() == steps - shown_by_others
    used = said("login/dialog", module)
    assert texts["progress"].keys() <= steps & used
    assert texts["error"].keys() <= used
    assert texts["abort"].keys() <= used
    reasons = {
        node.value
        for name in ("login/dialog", module)
        for call in walk(CODE[name])
        if isinstance(call, Call)
        for reason in (
            call.args[:1]
            if isinstance(call.func, Name) and call.func.id == "AbortFlow"
            else [each.value for each in call.keywords if each.arg == "reason"]
        )
        # It may depend on something
        for node in walk(reason)
        if isinstance(node, Constant)
    }
    assert texts["abort"].keys() == reasons
