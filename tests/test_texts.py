"""Texts of networks, made fit to be shown, kept and logged."""

from hypothesis import given, strategies as st
import pytest

from custom_components.beeper.limits import MAX_LENGTH, MAX_READ, MAX_SHOWN_ID
from custom_components.beeper.texts import (
    as_message,
    is_blank,
    plain,
    shortened,
    shown_id,
    without_contact_details,
)

from .accounts import SLACK, WHATSAPP

texts = st.text(alphabet=st.characters(codec="utf-8"))
"""Whatever JSON can hold."""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("Alice Example", "Alice Example"),
        ("  two\n\n lines\t", "two lines"),
        ("\u202eevil\u202c \u2066x\u2069\u061c\u200e\u200f", "evil x"),
        ("\ufeffzero\u200bwidth\u2060", "zerowidth"),
        ("\x00\x1b[31mred\x7f\x9b", "[31mred"),
        ("no\u00a0break\u2028line\x85next", "no break line next"),
        ("a\u00adb\u034fc\u180ed\u3164e\uffa0f\ufff9g\U000e0041h\u2065i", "abcdefghi"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f\U000e0067",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("می\u200cخواهم 👩\u200d🚀", "می\u200cخواهم 👩\u200d🚀"),
    ],
)
def test_plain_text_is_one_line_of_what_can_be_seen(text: str, line: str) -> None:
    """What changes the direction of other text, or hides in it, is gone."""
    assert plain(text) == line


def test_long_text_is_cut() -> None:
    """One sees that there was more."""
    assert plain("x" * MAX_LENGTH) == "x" * MAX_LENGTH
    assert plain("x" * (MAX_LENGTH + 1)) == "x" * (MAX_LENGTH - 1) + "…"
    assert plain("abcdef", 4) == "abc…"


def test_huge_text_is_not_read_to_its_end() -> None:
    """The time it takes does not depend on how much somebody sends."""
    assert plain(" " * 4 * MAX_LENGTH + "late") == ""


@given(text=texts)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """To make it plain once more changes nothing."""
    assert plain(plain(text)) == plain(text)


@given(text=texts)
def test_what_is_told_is_one_line_of_what_can_be_seen(text: str) -> None:
    """Also where something was cut out of it."""
    told = without_contact_details(text)

    assert plain(told, MAX_READ) == told


def test_shortened_text_is_cut() -> None:
    """What is cut out of it makes room for what follows."""
    assert shortened("x" * 300, 255) == "x" * 255
    assert shortened("+1 555 555 0100, " * 3 + "abcdef", 13) == "…, …, …, abcd"


@pytest.mark.parametrize(
    "text",
    ["", " ", "…", "\u200b", "\u3164 \u2800", "\u200d\ufe0f", "+15555550100", " … …"],
)
def test_text_of_nothing_is_blank(text: str) -> None:
    """Whoever is called so has no name."""
    assert is_blank(without_contact_details(text))


@pytest.mark.parametrize("text", ["x", "🦊", "… x", "x …"])
def test_text_with_something_is_not_blank(text: str) -> None:
    """A fox is a name."""
    assert not is_blank(without_contact_details(text))


@pytest.mark.parametrize(
    "text",
    [
        WHATSAPP,
        SLACK,
        "100000000000000105",
        "fi.mau.whatsapp.login.code",
        "x" * MAX_SHOWN_ID,
    ],
)
def test_id_of_nobody_is_shown(text: str) -> None:
    """Automations need it."""
    assert shown_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "15555550100",
        "5550102",
        "555-0102",
        "alice@example.com",
        "whatsapp_15555550100",
        "two\nlines",
        "in\u200bvisible",
        "x" * (MAX_SHOWN_ID + 1),
    ],
)
def test_id_of_a_person_is_not_shown(text: str) -> None:
    """Networks make IDs of numbers and addresses; a part of an ID is no use."""
    assert shown_id(text) is None


@pytest.mark.parametrize(
    "text", ["command_dnd", "clear_notification", "delete_alert", "TTS", "None", "none"]
)
def test_text_is_no_command_of_an_app(text: str) -> None:
    """The apps of Home Assistant act on some messages instead of showing them."""
    assert as_message(text) == f"“{text}”"
    assert as_message(f"Say {text}") == f"Say {text}"
