"""The texts of dialogs."""

from ast import Call, Constant, Name, parse, walk
import json
import re

import pytest

from custom_components.beeper.limits import MAX_FIELDS
from custom_components.beeper.options_flow import BeeperOptionsFlow
from custom_components.beeper.repairs import ReconnectRepairFlow
from custom_components.beeper.words import word_key
from homeassistant.core import HomeAssistant
from tests.dialog import (
    ESCAPED,
    FIX_TEXTS,
    MARKDOWN,
    OPTIONS_TEXTS,
    PLAIN,
    STRINGS,
    Json,
)
from tests.network_flows import NEW

from .person import INTEGRATION, Network, Person, displays


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
    back = {"another_way": "Sign in another way"}
    assert steps["user_input"]["data"] == fields | back
    assert steps["user_input"]["data_description"] == hints
    for step in ("cookies", "api_request"):
        assert steps[step]["data"].items() > fields.items()
        # The options look for them in the section, repairs among the others
        values = steps[step]["sections"]["values"]
        assert values == {"name": "Single values", "data": fields}
        assert steps[step]["data"]["values"] == values["name"]


WHERE_TO_TAP = STRINGS["selector"]["where_to_tap"]["options"]
GERMAN = json.loads((INTEGRATION / "translations/de.json").read_text("utf-8"))
GERMAN_WORDS = GERMAN["selector"]["network_word"]["options"]


@pytest.mark.parametrize(
    ("bridge_id", "flow_id", "told"),
    [
        ("local-whatsapp", "qr", ["whatsapp_scan"]),
        ("local-whatsapp", "phone", [None, "whatsapp_type_code"]),
        ("local-signal", "qr", ["signal_scan"]),
        ("local-telegram", "qr", ["telegram_scan"]),
        ("local-telegram", "phone", [None, "telegram_code", None]),
        ("gmessages", "qr", ["gmessages_scan"]),
        ("gmessages", "google", [None, "gmessages_choose"]),
        ("discordgo", "qr", ["discord_scan"]),
        ("slackgo", "email", [None]),
    ],
)
async def test_where_to_tap_is_told(
    person: Person, bridge_id: str, flow_id: str, told: list[str | None]
) -> None:
    """People do not know their way about the app; it stands above the network's words."""
    [steps] = [flow[2] for flow in NEW if flow[:2] == (bridge_id, flow_id)]

    dialog = await person.connect(bridge_id, flow_id)

    for step, key in zip(steps, told, strict=False):
        shown = [text for text in WHERE_TO_TAP.values() if text in dialog.text]
        assert shown == ([WHERE_TO_TAP[key]] if key else [])
        await person.go_on(dialog, step)


async def test_network_with_steps_of_another_name(
    person: Person, network: Network
) -> None:
    """Where the step does not tell which app it is, the bridge does."""
    network(displays(type="qr", data="sgnl://linkdevice"))

    dialog = await person.connect("local-signal", "only")

    assert WHERE_TO_TAP["signal_scan"] in dialog.text


async def test_known_words_are_translated(hass: HomeAssistant, person: Person) -> None:
    """Nothing in a German dialog is English that we have a German word for."""
    hass.config.language = "de"

    dialog = await person.dialogs.configure("connect", {"bridge": "local-whatsapp"})
    assert dialog.flows == {
        "qr": "QR-Code · Mit dem Smartphone scannen",
        "phone": "Kopplungscode · Auf dem Smartphone eintippen",
    }
    await dialog.enter(flow="phone")

    assert dialog.labels == {"field_1": "Telefonnummer"}


@pytest.mark.parametrize("name", ["Nick", "", "QR ?? code", "Ω"])
def test_word_key(name: str) -> None:
    """It fits where translations stand, whatever a network calls something."""
    assert re.fullmatch(r"[a-z0-9_]*", word_key(name))


def test_words_are_found_by_what_they_say() -> None:
    """The English text of a word is what networks say, and so is its key."""
    words = STRINGS["selector"]["network_word"]["options"]

    assert {key: word_key(text) for key, text in words.items()} == {
        key: key for key in words
    }
    assert words.keys() == GERMAN_WORDS.keys()


CODE = {
    name: parse((INTEGRATION / f"{name}.py").read_text("utf-8"))
    for name in ("login/dialog", "login/dialog_form", "options_flow", "repairs")
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
    used = said("login/dialog", "login/dialog_form", module)
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
