"""The texts of dialogs."""

from ast import Call, Constant, Name, parse, walk
import re

import pytest

from custom_components.beeper.limits import MAX_FIELDS
from custom_components.beeper.options_flow import BeeperOptionsFlow
from custom_components.beeper.repairs import ReconnectRepairFlow
from tests.dialog import ESCAPED, FIX_TEXTS, MARKDOWN, OPTIONS_TEXTS, PLAIN, Json

from .person import INTEGRATION


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
