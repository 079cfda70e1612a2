"""Texts of Beeper and the networks, made fit to be shown, kept and logged.

All that they say comes through here, or through `names.py`, which builds on it. What is
rendered as markdown is then escaped by `markdown.py`. A text is cut to a limit before
anything is looked for in it, however long it is.
"""

from collections.abc import Iterable
from itertools import accumulate
import re
from typing import Final

from homeassistant.helpers.json import json_bytes

from . import contact_details
from .limits import MAX_LENGTH, MAX_LIST, MAX_NAME, MAX_READ, MAX_SHOWN_ID

# --- What can be seen

_FLAG: Final = "(\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f)"
"""That of a part of a country, which is spelled in characters that nobody can see."""

_INVISIBLE: Final = re.compile(
    # Control characters but white space, what changes the direction of text, what fills
    # a place, and what only tells programs something. The joiners (U+200C, U+200D) stay:
    # they are part of how a word or an emoji is written, and so are variation selectors
    f"{_FLAG}|"
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)

_NOTHING: Final = f" \u200c\u200d\u2800\ufe0e\ufe0f{contact_details.CUT}"
"""What is left of a text, and is nothing by itself."""


def visible(text: str) -> str:
    """Return a text without what nobody can see, but with its lines."""
    return _INVISIBLE.sub(r"\1", text)


def is_blank(text: str) -> bool:
    """Return whether there is nothing to see of a text, or nothing is left of it."""
    return not text.strip(_NOTHING)


def plain(text: str, limit: int = MAX_LENGTH) -> str:
    """Return a text as one line that a person can read, for where text is only text.

    Those are titles, labels and errors.
    """
    line = _line(text[: 4 * limit])
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _line(text: str) -> str:
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(visible(text).split())


# --- What may be told to everybody


def has_contact_details(text: str) -> bool:
    """Return whether a text holds a phone number or a mail address."""
    return contact_details.is_in(text[:MAX_READ])


def is_number(text: str) -> bool:
    """Return whether a text is nothing but digits, as many as a phone number has.

    That is less than it takes in a sentence: what is called so, is one.
    """
    return contact_details.is_number(text[:MAX_READ])


def without_contact_details(text: str) -> str:
    """Return a text as one line, with an ellipsis for each phone number and mail address.

    What nobody can see goes first: a number could be hidden behind it.
    """
    return contact_details.cut_out(_line(text[:MAX_READ]), goes_on=len(text) > MAX_READ)


def without_secret(text: str, secret: str | None) -> str:
    """Return the beginning of a text, with an ellipsis wherever it repeats a secret."""
    text = text[: 2 * MAX_READ]
    return text.replace(secret, contact_details.CUT) if secret else text


def shortened(text: str, limit: int) -> str:
    """Return the beginning of a text, as it may be kept in a state, a name or a log."""
    return without_contact_details(text)[:limit]


def shown_word(text: str) -> str:
    """Return a name, or a word such as a type or a status."""
    return contact_details.CUT if is_number(text) else shortened(text, MAX_NAME)


def shown_id(text: str) -> str | None:
    """Return an ID; `None` where it is too long, or leads to a person.

    Networks make IDs of phone numbers and mail addresses.
    """
    if len(text) > MAX_SHOWN_ID or text != _line(text):
        return None
    is_contact = contact_details.is_number(text) or contact_details.is_in(text)
    return None if is_contact else text


_MORE: Final = 16
"""Bytes of what says that there are more."""


def fitting(texts: Iterable[str], limit: int = MAX_LIST) -> list[str]:
    """Return as many texts as an attribute has room for, and how many more there are."""
    told = list(texts)
    # As JSON, with a comma
    sizes = accumulate(len(json_bytes(text)) + 1 for text in told)
    fit = sum(size <= limit - _MORE for size in sizes)
    return told if fit == len(told) else [*told[:fit], f"… +{len(told) - fit}"]


_COMMAND: Final = re.compile(
    r"command_\w+ | clear_(?:badge | notification) | delete_alert | remove_channel"
    r" | request_location_update | update_(?:complications | widgets) | tts | none",
    re.VERBOSE | re.IGNORECASE,
)
"""Messages on which Home Assistant's apps act instead of showing them, and one that a
template takes for no message.
"""


def as_message(text: str) -> str:
    """Return a text that is nothing else than text where it is a whole notification."""
    return f"“{text}”" if _COMMAND.fullmatch(text) else text
