"""Command lines, taken apart as the shells of each system do it.

Each function takes a text and the place where a command goes on. It returns the words
up to the command's end, and the place where that is; `None` for the words where a quote
is not closed, which is a command that was not copied whole.
"""

import re
from typing import Final

type Split = tuple[list[str] | None, int]

_GOES_ON: Final = r"""(?=[ \t]*+(?:-[\w-]|[$^]?["']))"""
"""The next line begins with an option or a quote, whatever this one ends with."""


# --- bash, and all that is like it

_BASH: Final = re.compile(
    rf"""
    # A backtick is PowerShell's; some fields of a page take away the line break
    (?P<blank>[ \t]++ | [\\`][ \t]*+\n | \\(?=[ \t]|\Z) | \n{_GOES_ON})
    | (?P<end>\n | [;&|]++(?=\s|\Z))
    | \$'(?P<ansi_c>[^'\\]*+(?:\\.[^'\\]*+)*+)'
    | '(?P<single>[^']*+)'
    | "(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"
    | \\(?P<escaped>.)
    | (?P<plain>[^\s'"\\`$;&|]++ | [;&|]++ | \$(?!') | [^'"\\$])
    """,
    re.DOTALL | re.VERBOSE,
)


def split_bash(text: str, position: int) -> Split:
    """Take a command for bash apart (bash manual, 3.1.2)."""
    return _split(_BASH, text, position)


def _split(syntax: re.Pattern[str], text: str, position: int) -> Split:
    words: list[str] = []
    word: list[str] = []
    while position < len(text):
        token = syntax.match(text, position)
        if token is None:
            return None, position + 1
        position = token.end()
        match token.lastgroup:
            case "blank" | "end" as kind:
                if word:
                    words.append("".join(word))
                    word = []
                if kind == "end":
                    break
            case "ansi_c":
                word.append(_without_escapes(token["ansi_c"]))
            case "double":
                word.append(re.sub(r'\\([\\"$`])', r"\1", token["double"]))
            case "argument":
                word.append(re.sub(r'\\([\\"])|"(")', r"\1\2", token["argument"]))
            case kind:
                word.append(token[kind or 0])
    if word:
        words.append("".join(word))
    return words, position


_ESCAPE: Final = re.compile(
    r"""
    (?P<bytes>(?:\\x[0-9a-fA-F]{1,2})+)
    | \\u(?P<short>[0-9a-fA-F]{1,4})
    | \\U(?P<long>[0-9a-fA-F]{1,8})
    | \\(?P<octal>[0-7]{1,3})
    | \\c(?P<control>.)
    | \\(?P<character>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_CHARACTERS: Final = dict(
    zip("abeEfnrtv\\'\"?", "\a\b\x1b\x1b\f\n\r\t\v\\'\"?", strict=True)
)


def _without_escapes(text: str) -> str:
    r"""Return what bash makes of the inside of $'...' (bash manual, 3.1.2.4).

    Bytes that are no UTF-8 are Latin-1, as in HTTP. A character beyond 16 bits may come
    as two \u...., as browsers count it; these are not put together here.
    """
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    kind = escape.lastgroup or ""
    code = escape[kind]
    match kind:
        case "bytes":
            read = bytes(int(byte, 16) for byte in code.split(r"\x")[1:])
            try:
                return read.decode()
            except UnicodeDecodeError:
                return read.decode("latin-1")
        case "short" | "long":
            point = int(code, 16)
            return chr(point) if point <= 0x10FFFF else "\ufffd"
        case "octal":
            return chr(int(code, 8) & 0xFF)
        case "control":
            return chr(ord(code) & 0x1F)
        case _:
            return _CHARACTERS.get(code, escape[0])


# --- Windows

_CARET: Final = re.compile(
    rf"""
    (?P<quoted>"[^"\n]*+"?)
    | \^\n?(?P<escaped>.)
    | (?P<line>\n{_GOES_ON})
    | (?P<end>\n | [&|]++(?=\s|\Z))
    | (?P<plain>[^"^&|\n]++ | [&|]++ | .)
    """,
    re.DOTALL | re.VERBOSE,
)

_ARGUMENTS: Final = re.compile(
    r"""
    (?P<blank>\s++)
    | "(?P<argument>(?:[^"\\]++|\\.|"")*+)"
    | (?P<plain>[^\s"]++)
    """,
    re.DOTALL | re.VERBOSE,
)


def split_cmd(text: str, position: int) -> Split:
    """Take a command for Windows' cmd apart.

    Outside of quotes `^` takes the next character as it is, and joins two lines. What
    comes of that is taken apart by the program itself, where a quote within quotes is
    `""` or has a backslash before it. A backslash is doubled, as browsers mean it.
    """
    parts: list[str] = []
    while position < len(text):
        token = _CARET.match(text, position)
        assert token is not None
        position = token.end()
        if token.lastgroup == "end":
            break
        parts.append(token[token.lastgroup or 0])
    words, _ = _split(_ARGUMENTS, "".join(parts), 0)
    return words, position
