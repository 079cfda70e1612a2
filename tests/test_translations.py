"""Languages: each is complete, and says what the English texts say."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re

import pytest

INTEGRATION = Path(__file__).parents[1] / "custom_components" / "beeper"
TRANSLATIONS = INTEGRATION / "translations"

LANGUAGES = {
    *("de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt-BR", "ru", "tr", "zh-Hans")
}

PLACEHOLDER = re.compile(r"{(\w+)}")
MARKUP = re.compile(r"\*\*|^#+ |^> |^- |^\d\. |\n", re.MULTILINE)

# What is a name in every language, or made of placeholders alone
UNTRANSLATED = re.compile(r"(\W*{\w+}\W*)+|Beeper Cloud|Remote Access")

type Texts = Mapping[str, str]


def texts(file: Path) -> Texts:
    """Return all texts of a file by their dotted keys."""

    def walk(prefix: str, node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        for key, value in node.items():
            match value:
                case str():
                    yield f"{prefix}{key}", value
                case dict():
                    yield from walk(f"{prefix}{key}.", value)
                case _:
                    raise AssertionError(f"{prefix}{key} is neither text nor object")

    return dict(walk("", json.loads(file.read_text())))


ENGLISH = texts(INTEGRATION / "strings.json")


@pytest.fixture(params=sorted(LANGUAGES - {"en"}))
def translated(request: pytest.FixtureRequest) -> Texts:
    """Return the texts in one of the other languages."""
    return texts(TRANSLATIONS / f"{request.param}.json")


def test_languages() -> None:
    """There is a file for each language, and none besides."""
    assert {file.stem for file in TRANSLATIONS.glob("*.json")} == LANGUAGES


def test_complete(translated: Texts) -> None:
    """No text is missing, and none is there that nobody shows; the order is the same."""
    assert list(translated) == list(ENGLISH)


def test_placeholders(translated: Texts) -> None:
    """Each text has the placeholders of the English one, as often."""
    assert {
        key: sorted(PLACEHOLDER.findall(text)) for key, text in translated.items()
    } == {key: sorted(PLACEHOLDER.findall(text)) for key, text in ENGLISH.items()}


@pytest.mark.parametrize("step", ["cookies", "api_request", "local_storage"])
def test_order_of_a_guide(translated: Texts, step: str) -> None:
    """The card finds the steps of the dialog where they are in English."""
    key = f"options.step.{step}.description"
    assert PLACEHOLDER.findall(translated[key]) == PLACEHOLDER.findall(ENGLISH[key])


def test_markup(translated: Texts) -> None:
    """Each text is made up like the English one."""
    assert {key: sorted(MARKUP.findall(text)) for key, text in translated.items()} == {
        key: sorted(MARKUP.findall(text)) for key, text in ENGLISH.items()
    }


def test_well_formed(translated: Texts) -> None:
    """No text has what ICU messages or markdown would stumble over."""
    assert {
        key: text
        for key, text in translated.items()
        if text != text.strip()
        or not text
        or "'" in text
        or "{" in PLACEHOLDER.sub("", text)
        or "<" in text
    } == {}


TITLE = re.compile(r"(config|options|issues\.\w+\.fix_flow)\.step\.\w+\.title")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_titles_fit_a_phone(language: str) -> None:
    """The frontend cuts the title of a dialog that is longer, on a screen of 390 pixels."""
    assert {
        key: text
        for key, text in texts(TRANSLATIONS / f"{language}.json").items()
        if TITLE.fullmatch(key) and len(text) > 30
    } == {}


def test_translated(translated: Texts) -> None:
    """Whole sentences are not left in English."""
    assert {
        key: text
        for key, text in translated.items()
        if text == ENGLISH[key] and " " in text and not UNTRANSLATED.fullmatch(text)
    } == {}
