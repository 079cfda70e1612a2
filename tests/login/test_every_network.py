"""Every way to sign in to every network, in both shapes: by dialog, card and action."""

from abc import ABC, abstractmethod
import json
import shlex
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.beeper.const import DOMAIN
from custom_components.beeper.words import word_key
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulator import Simulator
from simulator.shapes import Shape
from tests.clock import Clock
from tests.dialog import STRINGS, Dialog, Dialogs
from tests.network_flows import RUNS, Cookies, Display, Form, Login, Passkey, Step

from .conftest import Act


class Face(ABC):
    """A person who signs in somewhere in Home Assistant, and holds the phone."""

    def __init__(self, hass: HomeAssistant, beeper: Simulator, clock: Clock) -> None:
        """Sit in front of this Home Assistant."""
        self.hass = hass
        self.beeper = beeper
        self.clock = clock

    @property
    def session_id(self) -> str:
        """The session that was started last."""
        return list(self.beeper.sessions)[-1]

    @property
    def right(self) -> dict[str, str]:
        """What is right to enter now, by field ID."""
        return self.beeper.phone.codes(self.session_id)

    async def on_phone(self) -> None:
        """Do what is displayed."""
        if (emoji := self.right.get("emoji")) is not None:
            self.beeper.phone.tap(self.session_id, emoji)
        else:
            self.beeper.phone.approve(self.session_id)
        await self.clock.run()

    @abstractmethod
    async def start(self, login: Login) -> None:
        """Begin."""

    @abstractmethod
    async def fill_in(self, values: dict[str, str]) -> None:
        """Fill in a form."""

    @abstractmethod
    async def bring(self, pasted: str, script_result: str) -> None:
        """Paste what a browser has."""

    @abstractmethod
    async def sees(self, step: Step, shape: Shape) -> None:
        """Check that a step is shown."""

    @abstractmethod
    async def ends(self, *, connected: bool) -> None:
        """Check how it ended."""


class InDialog(Face):
    """Somebody in front of the dialog of Configure."""

    dialogs: Dialogs
    dialog: Dialog

    @override
    async def start(self, login: Login) -> None:
        what = "connect" if login.account is None else "reconnect"
        field = "bridge" if login.account is None else "account"
        self.dialog = await self.dialogs.configure(
            what, {field: login.account or login.bridge}
        )
        if self.dialog.at == "choose_flow":
            await self.dialog.enter(flow=login.flow)
        await self.dialogs.see(self.dialog)

    @override
    async def fill_in(self, values: dict[str, str]) -> None:
        step = self.beeper.sessions[self.session_id].wire["currentStep"]
        keys = {field["id"]: n for n, field in enumerate(step["fields"], 1)}
        entered = {f"field_{keys[name]}": value for name, value in values.items()}
        await self.dialog.enter(**entered)
        await self.dialogs.see(self.dialog)

    @override
    async def bring(self, pasted: str, script_result: str) -> None:
        pieces = {"paste": pasted, "script_result": script_result}
        shown = {key: text for key, text in pieces.items() if key in self.dialog.fields}
        session = self.beeper.sessions[self.session_id]
        step = session.step
        await self.dialog.enter(**shown)
        if session.step is step and "may not be" in self.dialog.errors.get("base", ""):
            await self.dialog.enter(**shown)
        await self.dialogs.see(self.dialog)

    @override
    async def sees(self, step: Step, shape: Shape) -> None:
        await self.dialogs.see(self.dialog)
        match step:
            case Form():
                assert self.dialog.at == "user_input"
                # Our own word comes before the network's
                assert [*self.dialog.labels.values()] == [
                    OUR_WORDS.get(word_key(field.label), field.label)
                    for field in step.fields
                ]
            case Cookies():
                assert self.dialog.at in ("cookies", "api_request", "local_storage")
            case Display(shows=shows):
                assert self.dialog.at == DISPLAYED[shows][0]
            case Passkey():
                assert self.dialog.at == "passkey"

    @override
    async def ends(self, *, connected: bool) -> None:
        await self.dialogs.see(self.dialog)
        assert self.dialog.at == ("connected" if connected else "failed")


OUR_WORDS = STRINGS["selector"]["network_word"]["options"]

DISPLAYED = {
    "qr": ("scan_qr_code", "scan"),
    "code": ("enter_code", "type_code"),
    "emoji": ("tap_emoji", "choose"),
    "nothing": ("wait", "wait"),
}
"""What a dialog and a card show a display as."""


class ByAction(Face):
    """An automation."""

    act: Act
    response: dict[str, Any]

    @override
    async def start(self, login: Login) -> None:
        more = {} if login.account is None else {"account_id": login.account}
        self.response = await self.act(
            "create_login_session", bridge_id=login.bridge, flow_id=login.flow, **more
        )
        await self.clock.run()

    @override
    async def fill_in(self, values: dict[str, str]) -> None:
        self.response = await self.act(
            "submit_login_step", login_session_id=self.session_id, fields=values
        )
        await self.clock.run()

    @override
    async def bring(self, pasted: str, script_result: str) -> None:
        # There is one text: what the script brings is given by field ID
        found = json.loads(script_result or "{}")
        self.response = await self.act(
            "submit_login_step",
            login_session_id=self.session_id,
            fields=self.right | found,
        )
        await self.clock.run()

    @override
    async def sees(self, step: Step, shape: Shape) -> None:
        told = await self.act("get_login_session", login_session_id=self.session_id)
        assert told["status"] == step.status
        assert told["current_step"]["type"] == step.type
        assert told["current_step"]["step_id"] == step.step_id
        served = [field["id"] for field in told["current_step"].get("fields", [])]
        assert served == [field["id"] for field in step.served(shape)]

    @override
    async def ends(self, *, connected: bool) -> None:
        told = await self.act("get_login_session", login_session_id=self.session_id)
        assert told["status"] == ("complete" if connected else "failed")


class InCard(Face):
    """Somebody in front of the card."""

    client: Any
    entity_id: str
    event: dict[str, Any]

    @override
    async def start(self, login: Login) -> None:
        assert login.account is not None
        [entry] = self.hass.config_entries.async_entries(DOMAIN)
        entity_id = er.async_get(self.hass).async_get_entity_id(
            "sensor", DOMAIN, f"{entry.entry_id}_{login.account}_status"
        )
        assert entity_id is not None
        self.entity_id = entity_id
        self._number = 1
        flows = await self._ask("flows")
        assert login.flow in [flow["flow_id"] for flow in flows["flows"]]
        await self._ask("start", flow_id=login.flow)
        # A code is drawn in another thread
        self.event = (await self.client.receive_json())["event"]

    @override
    async def fill_in(self, values: dict[str, str]) -> None:
        await self._submit(fields=values)

    @override
    async def bring(self, pasted: str, script_result: str) -> None:
        await self._submit(paste=pasted, script_result=script_result)

    @override
    async def sees(self, step: Step, shape: Shape) -> None:
        await self._settle()
        told = self.event["step"]
        match step:
            case Form():
                labels = [field["label"] for field in told["fields"]]
                assert labels == [field.label for field in step.fields]
                assert told["kind"] == "input"
            case Cookies():
                assert told["kind"] == "cookies"
            case Display(shows=shows):
                assert told["kind"] == DISPLAYED[shows][1]
            case Passkey():
                assert told["kind"] == "passkey"

    @override
    async def ends(self, *, connected: bool) -> None:
        await self._settle()
        assert self.event["status"] == ("complete" if connected else "failed")

    async def _submit(self, **answer: object) -> None:
        await self._ask(
            "submit",
            login_session_id=self.session_id,
            step_id=self.event["step"]["step_id"],
            **answer,
        )

    async def _settle(self) -> None:
        await self.clock.run()
        await self._ask("flows")

    async def _ask(self, command: str, **more: object) -> Any:
        """Send a command, and read all that comes before its answer."""
        self._number += 1
        number = self._number
        await self.client.send_json(
            {
                "id": number,
                "type": f"beeper/login/{command}",
                "entity_id": self.entity_id,
                **more,
            }
        )
        while True:
            await self.clock.run()
            message = await self.client.receive_json()
            if message["type"] == "event":
                self.event = message["event"]
            elif message["id"] == number:
                assert message["success"], message
                return message["result"]


@pytest.fixture
def scenario() -> str:
    """Let Beeper have every network."""
    return "networks"


def as_pasted(step: Cookies, right: dict[str, str]) -> tuple[str, str]:
    """Return what a browser copies as a cURL command, and what the script brings."""
    brought = step.brought(right)
    parts = ["curl", step.url]
    for name, value in brought.headers.items():
        parts += ["-H", f"{name}: {value}"]
    if brought.cookies:
        parts += ["-b", "; ".join(f"{k}={v}" for k, v in brought.cookies.items())]
    if brought.body:
        parts += ["--data-raw", json.dumps(brought.body)]
    script = json.dumps(brought.script | brought.storage) if step.has_script else ""
    if brought.storage and not step.has_script:
        return json.dumps(brought.storage), ""
    has_request = len(parts) > 2
    return (shlex.join(parts) if has_request else ""), script


async def sign_in(face: Face, login: Login, shape: Shape) -> None:
    """Do all that is asked for, and first what people do wrong."""
    await face.start(login)
    for step in login.steps_in(shape):
        await face.sees(step, shape)
        match step:
            case Form(wrong=wrong):
                is_choice = shape == "rich" and step.fields[-1].options
                if wrong is not None and not is_choice:
                    await face.fill_in(face.right | {step.field: wrong})
                    await face.sees(step.asked_again, shape)
                await face.fill_in(face.right)
            case Cookies():
                await face.bring(*as_pasted(step, face.right))
            case Display():
                await face.on_phone()
            case Passkey():
                # Nobody gets further here
                return
    await face.ends(connected=login.ending(shape) is None)


@pytest.mark.parametrize(("login", "shape"), RUNS)
async def test_by_dialog(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    dialogs: Dialogs,
    login: Login,
    shape: Shape,
) -> None:
    """Each network can be signed in to in Configure."""
    person = InDialog(hass, beeper, clock)
    person.dialogs = dialogs
    await sign_in(person, login, shape)


@pytest.mark.parametrize(("login", "shape"), RUNS)
async def test_by_action(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    loaded: MockConfigEntry,
    act: Act,
    login: Login,
    shape: Shape,
) -> None:
    """Each network can be signed in to by automations."""
    automation = ByAction(hass, beeper, clock)
    automation.act = act
    await sign_in(automation, login, shape)


@pytest.mark.parametrize(
    ("login", "shape"), [run for run in RUNS if "-again-" in str(run.id)]
)
async def test_in_card(
    hass: HomeAssistant,
    beeper: Simulator,
    clock: Clock,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    login: Login,
    shape: Shape,
) -> None:
    """Each account that is there can be reconnected in the card."""
    person = InCard(hass, beeper, clock)
    person.client = await hass_ws_client(hass)
    await sign_in(person, login, shape)
