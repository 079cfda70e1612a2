"""Request headers that a proxy before Beeper wants, as people enter them.

They are as secret as the access token: no error quotes one.
"""

from collections.abc import Iterator, Mapping
import re

from .copied import plain

MASK = "•" * 8
"""What is shown instead of a value; no header can have it as its value."""

_OPTION = re.compile(
    r"""(?:^|\s)(?:-H|--header)[\s=]*\$?(?P<quote>["'“”‘’])(?P<header>.*?)"""
    r"""(?:(?P=quote)|[”’])(?=\s|\\|$)"""
)
"""A header in a command line of curl."""

_NAME = re.compile(r"[!#$%&*+.^_|~0-9A-Za-z-]+")
"""RFC 9110, 5.6.2, without the quotes: of those one was left over."""

_OPTION_NAME = re.compile(r"(?:-H|--header)[\s=]+")

_COMMAND = re.compile(r"\s*curl\b")

_QUOTED = re.compile(r"""(["'`“‘«‹])((?:(?!\1).)*)["'`”’»›],?""")

_OURS = re.compile(
    # Where, who and what is asked, and how it comes
    r"authorization|host|content-.*|accept|accept-encoding|connection|expect|keep-alive"
    r"|proxy-connection|te|trailer|transfer-encoding|upgrade",
    re.IGNORECASE,
)


class HeaderLineError(ValueError):
    """A line holds no header that can be sent; lines are counted from 1."""

    def __init__(self, line: int) -> None:
        """Tell which line, and nothing of it."""
        super().__init__(f"line {line} holds no header that can be sent")
        self.line = line


class ReservedHeaderError(HeaderLineError):
    """A line holds a header that is sent anyway, with a value of its own."""


def parse_request_headers(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return the headers in a text of lines `Name: value`.

    A line may also be part of a command, such as `-H 'Name: value'`. `MASK` stands for
    the value that the header of this name has among the `known` ones. The last of
    several headers of one name counts.

    Raises `HeaderLineError`.
    """
    values = {name.lower(): value for name, value in known.items()}
    headers: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(plain(text).split("\n"), start=1):
        for written in _written_in(line):
            name, value = _split(written)
            if value == MASK:
                value = values.get(name.lower(), "")
            if _OURS.fullmatch(name):
                raise ReservedHeaderError(number)
            # More than ASCII means something else to each server
            is_text = value.isascii() and value.isprintable()
            if not (_NAME.fullmatch(name) and value and is_text):
                raise HeaderLineError(number)
            headers[name.lower()] = (name, value)
    return dict(headers.values())


def masked(headers: Mapping[str, str]) -> str:
    """Return headers as lines that can be shown: names without values."""
    return "\n".join(f"{name}: {MASK}" for name in headers)


def _written_in(line: str) -> Iterator[str]:
    """Yield the headers that a line holds: itself, or what it gives to a command."""
    line = line.strip().removesuffix("\\").strip()
    if options := list(_OPTION.finditer(line)):
        for option in options:
            yield option["header"]
    elif line and not _COMMAND.match(line):
        yield _OPTION_NAME.sub("", line, count=1) if line.startswith("-") else line


def _split(header: str) -> tuple[str, str]:
    """Return name and value of a header, without the quotes around it or them."""
    name, _, value = _unquoted(header.strip()).partition(":")
    return _unquoted(name.strip()), _unquoted(value.strip())


def _unquoted(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    return quoted[2].strip() if quoted else text
