"""Somebody who signs in by dialogs, and the steps that networks ask for."""

from base64 import b64decode
from collections.abc import Callable
from html import unescape
from io import BytesIO
import json
from pathlib import Path
import re
from typing import Any

from PIL import Image
import zxingcpp

from custom_components import beeper as beeper_integration
from homeassistant.core import HomeAssistant
from simulator import Fault, Simulator
from simulator.login_flows import FLOWS, Step as ServedStep
from tests.dialog import STRINGS, Dialog, Dialogs
from tests.network_flows import Cookies, Display, Form, Step

INTEGRATION = Path(beeper_integration.__file__).parent


TITLES = {
    "qr": ("scan_qr_code", "Scan the QR code"),
    "code": ("enter_code", "Enter the code"),
    "emoji": ("tap_emoji", "Tap the emoji"),
    "nothing": ("wait", "Waiting for you"),
}
"""Step and title by what is displayed."""


type Network = Callable[..., list[dict[str, str]]]


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
            assert labels == [*values, "Or all values at once"]
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


async def refused(person: Person) -> Dialog:
    """Say no on the phone."""
    dialog = await person.connect("local-whatsapp", "phone")
    await person.enter(dialog, **keyed(person.right))
    await person.on_phone(dialog, "refuse")
    return dialog


def told(key: str, fault: Fault) -> str:
    """Return how an error reads."""
    message: str = STRINGS["exceptions"][key]["message"]
    return message.format(message=f"Injected {fault.status}")


def attached(media_type: str, content: str = "iVBORw0KGgo=") -> dict[str, Any]:
    """Return an attachment of a step (bridge framework)."""
    return {
        "type": f"m.{media_type.partition('/')[0]}",
        "filename": "captcha",
        "content": content,
        "info": {"mimetype": media_type},
    }
