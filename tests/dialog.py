"""A dialog as the frontend runs it: over Home Assistant's HTTP API, with its texts."""

from html import unescape
import json
from pathlib import Path
import re
from string import punctuation
from typing import Any, Final

from aiohttp.test_utils import TestClient

from custom_components.beeper.login.dialog import BEGINS_TO_LISTEN
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED

from .clock import Clock

type Json = dict[str, Any]

MAX_SIZE: Final = 450_000
"""Bytes of a step, which no network may exceed."""

STRINGS: Final[Json] = json.loads(
    (Path(__file__).parent.parent / "custom_components/beeper/strings.json").read_text(
        encoding="utf-8"
    )
)
OPTIONS_TEXTS: Final[Json] = STRINGS["options"]
FIX_TEXTS: Final[Json] = STRINGS["issues"]["reconnect"]["fix_flow"]

PLAIN: Final = re.compile(r"complaint|description_\d+|fields|label_\d+|name")
"""Placeholders of texts that are only text."""

ESCAPED: Final = re.compile(r"account|connected|hint_\d+|instructions|message")
"""Placeholders of markdown that are only text."""

MARKDOWN: Final = re.compile(
    r"accounts|attachments|link|note|picture|said|script|unavailable|way_back"
)
"""Placeholders of markdown that are markdown themselves."""


class Dialog:
    """A dialog on somebody's screen.

    It shows what Home Assistant last answered. As in the frontend, it looks again when
    an event says that there is something new, and never by itself; and it only listens
    from the first step of progress on (home-assistant-frontend 20261028.4,
    `dialog-data-entry-flow`). Whatever it shows must have all its texts.
    """

    def __init__(
        self, hass: HomeAssistant, client: TestClient[Any, Any], url: str, texts: Json
    ) -> None:
        """Open nothing yet."""
        self._hass = hass
        self._client = client
        self._url = url
        self._texts = texts
        self._is_listening = False
        self._is_told = False
        self.step: Json = {}
        """What Home Assistant answered last."""
        self.title = ""
        self.text = ""
        """The description, as a person reads it."""
        self.errors: dict[str, str] = {}
        """What is wrong, by field."""
        self.labels: dict[str, str] = {}
        self.hints: dict[str, str] = {}
        self.button = ""
        """What sends a form; empty where Home Assistant's own word does."""
        hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESSED, self._note)

    @callback
    def _note(self, event: Event[Any]) -> None:
        if self._is_listening and event.data["flow_id"] == self.step["flow_id"]:
            self._is_told = True

    # --- What a person does

    async def open(self, **data: str) -> None:
        """Open the dialog."""
        await self._ask("post", self._url, data)

    async def choose_flow(self, name: str) -> None:
        """Choose the way to sign in that is called so."""
        names = {key: label.split(" · ")[0] for key, label in self.flows.items()}
        await self.enter(flow=next(key for key in names if names[key] == name))

    async def start_over(self, *, another_way: bool | None = None) -> None:
        """Try again what did not work."""
        fields = {} if another_way is None else {"another_way": another_way}
        await self.enter(**fields)

    async def enter(self, **fields: Any) -> None:
        """Fill in a form and send it."""
        assert self.step["type"] == "form"
        data: Json = {}
        for field in self.step["data_schema"]:
            name = field["name"]
            if field.get("type") == "expandable":
                inside = {each["name"] for each in field["schema"]}
                data[name] = {key: fields.pop(key) for key in inside & fields.keys()}
        await self._send(data | fields)

    async def reload(self) -> None:
        """Show the step anew, as after the page was loaded again."""
        await self._ask("get", f"{self._url}/{self.step['flow_id']}")

    async def see(self) -> None:
        """Show what is new, as far as Home Assistant says that there is something."""
        await self._hass.async_block_till_done()
        while self._is_told:
            self._is_told = False
            await self.reload()
            await self._hass.async_block_till_done()

    async def close(self) -> None:
        """Close the dialog."""
        response = await self._client.delete(f"{self._url}/{self.step['flow_id']}")
        assert response.status == 200

    async def send_anything(self, data: Json) -> int:
        """Send what the frontend would not; returns the HTTP status."""
        response = await self._client.post(
            f"{self._url}/{self.step['flow_id']}", json=data
        )
        return response.status

    async def _send(self, data: Json) -> None:
        await self._ask("post", f"{self._url}/{self.step['flow_id']}", data)

    async def _ask(self, method: str, url: str, data: Json | None = None) -> None:
        response = await self._client.request(method, url, json=data)
        body = await response.read()
        assert response.status == 200, body
        assert len(body) < MAX_SIZE
        self._show(json.loads(body))

    # --- What a person sees

    @property
    def at(self) -> str:
        """The step, or how the dialog has ended."""
        step = self.step
        name: str = step.get("step_id") or step.get("reason") or step["type"]
        return name

    @property
    def placeholders(self) -> dict[str, str]:
        """What fills the gaps of the texts."""
        return self.step["description_placeholders"] or {}

    @property
    def fields(self) -> dict[str, Json]:
        """The fields of a form, by key, those that are folded away included.

        The way back from what is filled in is none of them.
        """
        fields = {
            field["name"]: field
            for part in self.step["data_schema"]
            for field in part.get("schema", [part])
        }
        if self.can_go_back:
            del fields["another_way"]
        return fields

    @property
    def can_go_back(self) -> bool:
        """Whether one can go back to the choice of ways from what is filled in."""
        names = [part["name"] for part in self.step["data_schema"]]
        return "another_way" in names and len(names) > 1

    @property
    def folded(self) -> dict[str, bool]:
        """Whether each section of a form is folded."""
        return {
            part["name"]: not part["expanded"]
            for part in self.step["data_schema"]
            if part.get("type") == "expandable"
        }

    def suggested(self, key: str) -> str | list[str] | None:
        """Return what a field is filled in with; a list where several can be chosen."""
        field = self.fields[key]
        value: str | list[str] | None = field.get("description", {}).get(
            "suggested_value"
        )
        return field.get("default") if value is None else value

    @property
    def flows(self) -> dict[str, str]:
        """The ways to sign in that are offered, by ID."""
        return self.choices("flow")

    def choices(self, key: str) -> dict[str, str]:
        """Return the labels of a select field, by value."""
        options = self.fields[key]["selector"]["select"]["options"]
        return {option["value"]: option["label"] for option in options}

    def _show(self, step: Json) -> None:
        self.step = step
        if step.get("description_placeholders"):
            check_placeholders(step["description_placeholders"])
        self.labels, self.hints, self.errors = {}, {}, {}
        texts = self._texts
        match step["type"]:
            case "abort":
                self.title, self.text = "", self._read(texts["abort"][step["reason"]])
                return
            case "create_entry":
                self.title = ""
                if "create_entry" in texts:
                    self.text = self._read(texts["create_entry"]["default"])
                return
        own = texts["step"][step["step_id"]]
        self.title = self._fill(own["title"])
        self.text = self._read(own.get("description", ""))
        match step["type"]:
            case "form":
                self.button = own.get("submit", "")
                data, hints = own.get("data", {}), own.get("data_description", {})
                self.labels = {key: self._fill(data[key]) for key in self.fields}
                self.hints = {
                    key: self._read(hints[key]) for key in self.fields if key in hints
                }
                self.errors = {
                    key: self._fill(texts["error"][error])
                    for key, error in (step["errors"] or {}).items()
                }
            case "progress":
                self._is_listening = True
                self.text = self._read(texts["progress"][step["progress_action"]])
            case other:
                raise AssertionError(other)

    def _fill(self, text: str) -> str:
        """Return a text whose gaps are filled; each must have something to fill it."""
        return re.sub(r"\{(\w+)\}", lambda gap: self.placeholders[gap[1]], text)

    def _read(self, markdown: str) -> str:
        """Return how markdown reads."""
        return unescape(self._fill(markdown))


def check_placeholders(placeholders: dict[str, str]) -> None:
    """Check that nothing a network says can be more than text."""
    for name, value in placeholders.items():
        text = re.sub(r"&#\d+;", "", value)
        if PLAIN.fullmatch(name):
            assert "\n" not in value
            assert len(value) <= 500
        elif ESCAPED.fullmatch(name):
            assert not set(text) & {*punctuation, "\n"}
            # Long words may be broken anywhere
            assert len(unescape(value).replace("\u200b", "")) <= 500
        else:
            assert MARKDOWN.fullmatch(name)


class Dialogs:
    """Where dialogs are opened."""

    def __init__(
        self,
        hass: HomeAssistant,
        client: TestClient[Any, Any],
        entry_id: str,
        clock: Clock,
    ) -> None:
        """Open dialogs of this entry, in the browser of this client."""
        self._hass = hass
        self._client = client
        self._entry_id = entry_id
        self._clock = clock

    async def configure(self, *path: str | Json) -> Dialog:
        """Open the options, and choose and enter this on the way."""
        url = "/api/config/config_entries/options/flow"
        dialog = Dialog(self._hass, self._client, url, OPTIONS_TEXTS)
        await dialog.open(handler=self._entry_id)
        for part in path:
            if isinstance(part, str):
                await dialog.enter(action=part)
            else:
                await dialog.enter(**part)
        await self.see(dialog)
        return dialog

    async def fix(self, account_id: str) -> Dialog:
        """Open the dialog of the issue about an account."""
        url = "/api/repairs/issues/fix"
        dialog = Dialog(self._hass, self._client, url, FIX_TEXTS)
        issue_id = f"reconnect_{self._entry_id}_{account_id}"
        await dialog.open(handler="beeper", issue_id=issue_id)
        await self.see(dialog)
        return dialog

    async def see(self, *dialogs: Dialog, after: float = 0.0) -> None:
        """Let seconds pass, and what follows from it come onto the screens."""
        await self._clock.run(after)
        for dialog in dialogs:
            await dialog.see()
            if dialog.at == "start":
                await self._clock.run(BEGINS_TO_LISTEN)
                await dialog.see()
