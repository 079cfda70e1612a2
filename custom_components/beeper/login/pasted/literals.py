"""Objects as text: JSON, and what programs write that is almost JSON.

Read without recursion, in a time that grows with the text's length.
"""

from dataclasses import dataclass
import re
from typing import Final

type Literal = str | None | list[Literal] | dict[str, Literal]
"""A value. Numbers are texts, as they are written; `None` is what is no text."""


class LiteralError(ValueError):
    """There is no whole object where one should be."""


_TOKEN: Final = re.compile(
    r"""
    \s*+(?:
        "(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"
        | '(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*+)'
        | (?P<word>[\w.+-]++)
        | (?P<sign>[{}\[\],:])
    )
    """,
    re.DOTALL | re.VERBOSE,
)

_NO_TEXT: Final = frozenset(
    ("true", "false", "null", "undefined", "NaN", "True", "False", "None")
)


def read_literal(text: str, start: int = 0) -> tuple[Literal, int]:
    """Return the object, list or text that begins at a place, and the place after it.

    Raises `LiteralError`. Texts may be in single quotes, too, and a comma may stand
    before a closing bracket; but names are in quotes. Consoles show objects without,
    and leave out the middle of texts that are long.
    """
    opened: list[_Opened] = []
    position = start
    while True:
        token = _TOKEN.match(text, position)
        if token is None:
            raise LiteralError
        position = token.end()
        match token["sign"]:
            case "{":
                opened.append(_Opened({}))
                continue
            case "[":
                opened.append(_Opened([]))
                continue
            case "," | ":" as sign:
                if not opened:
                    raise LiteralError
                opened[-1].separate(sign)
                continue
            case "}" | "]" as sign:
                if not opened or not opened[-1].can_close(sign):
                    raise LiteralError
                value: Literal = opened.pop().value
            case _:
                value = _text(token)
        if not opened:
            return value, position
        opened[-1].add(value, is_quoted=token["word"] is None)


@dataclass(slots=True)
class _Opened:
    """An object or a list that is being read."""

    value: dict[str, Literal] | list[Literal]
    name: str | None = None
    """Of the member that is being read."""
    before: str = ","
    """The separator that was read last; empty after an item."""

    def separate(self, separator: str) -> None:
        """Take the separator that follows an item or the name of a member."""
        if self.before or (separator == ":") is not (self.name is not None):
            raise LiteralError
        self.before = separator

    def add(self, item: Literal, *, is_quoted: bool) -> None:
        """Take an item, or the name of a member."""
        if not self.before:
            raise LiteralError
        if isinstance(self.value, list):
            self.value.append(item)
        elif self.name is not None:
            self.value[self.name] = item
            self.name = None
        elif is_quoted and isinstance(item, str):
            self.name = item
        else:
            raise LiteralError
        self.before = ""

    def can_close(self, sign: str) -> bool:
        """Return whether a bracket is the right one, at the right place."""
        return self.name is None and isinstance(self.value, dict) is (sign == "}")


def _text(token: re.Match[str]) -> str | None:
    if (word := token["word"]) is not None:
        return None if word in _NO_TEXT else word
    text: str = token["double"] if token["single"] is None else token["single"]
    return without_escapes(text)


_ESCAPE: Final = re.compile(
    r"""
    \\(?:
        x(?P<byte>[0-9a-fA-F]{2})
        | u(?P<unit>[0-9a-fA-F]{4})
        | u\{(?P<point>[0-9a-fA-F]{1,6})\}
        | (?P<character>.)
    )
    """,
    re.DOTALL | re.VERBOSE,
)
_CHARACTERS: Final = dict(
    zip("bfnrtv\n", ("\b", "\f", "\n", "\r", "\t", "\v", ""), strict=True)
)


def without_escapes(text: str) -> str:
    """Return what JavaScript makes of the inside of quotes.

    What is beyond 16 bits may come in two halves, which are not put together here.
    """
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    if (character := escape["character"]) is not None:
        return _CHARACTERS.get(character, character)
    code = int(escape["byte"] or escape["unit"] or escape["point"], 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
