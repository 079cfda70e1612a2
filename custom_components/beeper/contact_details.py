"""Where a text has phone numbers and mail addresses, however they are spelled or hidden.

A text is looked at in a form of its own: as Unicode's NFKC has it, with one dash, one
dot, one slash and one space, the digits of all scripts as ASCII, percent-encoding
undone, and without what nobody can see. What is found is told by its place in the text
as it is.
"""

from collections.abc import Iterator
import re
from typing import Final
import unicodedata

from .phone_numbers import FEWEST, MOST, phone_numbers

LONGEST: Final = 400
"""Characters, as they are read, of the longest thing that is found: a mail address.

It has up to 64 before its sign and 255 after it (RFC 5321, 4.5.3.1), and an end.
"""

# --- How a text is read

_ALIKE: Final = {
    character: alike
    for characters, alike in (
        ("\u02d7\u2043\u2212\u2796\u30fc", "-"),
        ("\u00b7\u2022\u2027\u2219\u22c5\u3002\u30fb", "."),
        ("\\|\u00a6\u2044\u2215\u2216\u2502\u2571\u2572\u29f8\u29f9", "/"),
        ("\u2795", "+"),
        ("[{\u27e8\u3010\u3014", "("),
        ("]}\u27e9\u3011\u3015", ")"),
        ("\u2800", " "),  # A pattern of Braille that has no dot
        ("\u115f\u1160\u3164\uffa0", ""),  # Letters of Hangul that fill a place
        ("…", "…"),  # No three dots, but something that was left out
    )
    for character in characters
}

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Cs", "Me", "Mn"})
"""Control, format, half and unassigned characters, and marks on other characters."""


def _reading_of(character: str) -> str:
    """Return as what a character is read; nothing for one that nobody can see."""
    if (alike := _ALIKE.get(character)) is not None:
        return alike
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in _UNSEEN:
        return ""
    if category == "Pd":
        return "-"
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    compatible = unicodedata.normalize("NFKC", character)
    if compatible == character:
        return character
    return "".join(map(_reading_of, compatible))


class _Readings(dict[int, str]):
    """As what each character is read, found out once."""

    def __missing__(self, codepoint: int) -> str:
        reading = self[codepoint] = _reading_of(chr(codepoint))
        return reading


_READINGS: Final = _Readings()

_PERCENT_ENCODED: Final = re.compile(r"%([2-7][\dA-F])", re.IGNORECASE)
"""A printable character in an address (RFC 3986, 2.1)."""


def _read(text: str) -> str:
    reading = text.translate(_READINGS)
    if "%" not in reading:
        return reading
    # As long as it was, for everything to keep its place
    return _PERCENT_ENCODED.sub(
        lambda encoded: f"\0\0{chr(int(encoded[1], 16))}", reading
    )


# --- What is found

_BEFORE_SIGN: Final = 64
_NOT_IN_ADDRESS: Final = frozenset(' @<>(),;:"“”„«»‹›\0…')

_DOMAIN: Final = re.compile(
    r"[\w.-]{1,255} \. (?: [A-Za-z][A-Za-z\d-]* | [^\W\d_][\w-]* )", re.VERBOSE
)
"""A version (`bridge@0.12.1`) is none."""


def _mail_addresses(reading: str) -> Iterator[tuple[int, int]]:
    """Yield where mail addresses begin and end, in their order.

    A Matrix user (`@alice:example.com`) has nothing before the sign.
    """
    after = 0
    sign = -1
    while (sign := reading.find("@", sign + 1)) >= 0:
        end = sign
        while end > after and reading[end - 1] == "\0":
            end -= 1
        first = max(end - _BEFORE_SIGN, after)
        if reading[end - 1 : end] == '"':
            opening = reading.rfind('"', first, end - 1)
            start = end if opening < 0 else opening
        else:
            start = end
            while start > first and reading[start - 1] not in _NOT_IN_ADDRESS:
                start -= 1
        domain = _DOMAIN.match(reading, sign + 1)
        if start < end and reading[end - 1] not in "/." and domain:
            after = domain.end()
            yield start, after


_BETWEEN_DIGITS: Final = re.compile(r"[-+./()\x20_~*\0]")

CUT: Final = "…"
"""What stands where something was left out."""


def is_in(text: str) -> bool:
    """Return whether there are any in a text, whose length is bounded."""
    return bool(_find(text))


def is_number(text: str) -> bool:
    """Return whether a text is nothing but digits, as many as a phone number has."""
    digits = _BETWEEN_DIGITS.sub("", _read(text))
    return digits.isdecimal() and FEWEST <= len(digits) <= MOST


def cut_out(text: str, *, goes_on: bool = False) -> str:
    """Return a text, whose length is bounded, with an ellipsis for each of them.

    The end of one that goes on may be half of something. Its last `LONGEST` characters
    only serve to know what begins before them, and are left out.
    """
    end = len(text)
    if goes_on:
        origins = _origins(text)
        end = origins[max(len(origins) - 1 - LONGEST, 0)]
    parts = []
    before = 0
    for start, after in _find(text):
        if start >= end:
            break
        parts += [text[before:start], CUT]
        before = after
    parts.append(text[before:end])
    return "".join(parts)


def _find(text: str) -> list[tuple[int, int]]:
    """Return where contact details begin and end, in their order."""
    if text.isascii() and not _POSSIBLE.search(text):
        return []
    reading = _read(text)
    found: list[tuple[int, int]] = []
    if "@" in reading:
        found += _mail_addresses(reading)
        for start, end in found:
            # Their digits are no phone numbers
            reading = f"{reading[:start]}{'@' * (end - start)}{reading[end:]}"
    if len(_DIGIT.findall(reading)) >= FEWEST:
        found += phone_numbers(reading)
    if not found:
        return []
    origins = _origins(text)
    return [
        # A character may be read as several
        (origins[start], max(origins[end], origins[end - 1] + 1))
        for start, end in sorted(found)
    ]


_POSSIBLE: Final = re.compile(r"[@%\d]")
_DIGIT: Final = re.compile(r"\d")


def _origins(text: str) -> list[int]:
    """Return where each character that is read stands in the text, and its end."""
    return [
        place for place, character in enumerate(text) for _ in _READINGS[ord(character)]
    ] + [len(text)]
