"""Header lines of requests, as HTTP writes them and as browsers' panels copy them."""

from dataclasses import dataclass, field
import re
from typing import Final

from .body import read_body
from .findings import Finding, request
from .pairs import is_cut

_REQUEST_LINE: Final = re.compile(r"[A-Z]+ (?P<target>\S+) HTTP/[\d.]+")

_STATUS_LINE: Final = re.compile(r"HTTP/[\d.]+ \d{3}\b")

_HEADER: Final = re.compile(
    r"""
    (?P<name>:?[\w!#$%&'*+.^`|~-]++|Request\ URL) (?::(?!//)\s*+|\t\s*+) (?P<value>.*)
    | (?P<alone>cookie)
    """,
    re.ASCII | re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
"""Panels also have the name in a column of its own, or in a line."""

_NEXT_HEADER: Final = re.compile(r":?[\w-]++:(?:\s|$)", re.ASCII)
"""Begins a line that is no value for the name in the line before."""

_BODY: Final = re.compile(r"--|\{|[^\s=]++=\S*+$")
"""Begins what follows on the empty line after the headers."""

_ONCE: Final = frozenset((":authority", ":method", "host", "request url"))
"""Headers that a request has once; the second one begins another request."""


def read_headers(text: str) -> tuple[list[Finding], bool]:
    """Return the requests of which a text holds the header lines.

    And whether it is certain that these are header lines: there are several and no
    others, or at least an address or a `Cookie` header.
    """
    blocks, has_others = _read(text)
    is_certain = any(block.url or "cookie" in block.told for block in blocks)
    findings = [block.request for block in blocks]
    are_all = not has_others and sum(len(block.lines) for block in blocks) > 1
    return findings, is_certain or are_all


@dataclass(slots=True, repr=False)
class _Block:
    """The lines of one request."""

    target: str | None = None
    lines: list[tuple[str, list[str]]] = field(default_factory=list)
    """The name of each header, and its value, which may go on in further lines."""
    told: dict[str, str] = field(default_factory=dict)
    """The first line of each value, by the name in lower case."""
    body: list[str] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        """Add a header."""
        self.lines.append((name, [value]))
        self.told.setdefault(name.lower(), value)

    @property
    def url(self) -> str | None:
        """The address, whatever lines tell it."""
        target = self.target or self.told.get(":path")
        host = self.told.get(":authority") or self.told.get("host")
        if target is None or "://" in target:
            return target or self.told.get("request url")
        return f"{self.told.get(':scheme', 'https')}://{host}{target}" if host else None

    @property
    def request(self) -> Finding:
        """What was read."""
        headers = [(name, " ".join(lines)) for name, lines in self.lines]
        body = read_body("\n".join(self.body))
        if not body and not self.url:
            # A panel shows the body's fields just as it shows headers
            body = dict(reversed(headers))
        return request(self.url, headers, body=body)


def _read(text: str) -> tuple[list[_Block], bool]:
    """Return the requests, and whether there are lines that are not theirs."""
    blocks = [_Block()]
    has_others = False
    lines = text.split("\n")
    position, header_end = 0, -1
    while position < len(lines):
        line = lines[position].strip()
        follows_empty_line = position > 0 and not lines[position - 1].strip()
        is_indented = lines[position][:1].isspace()
        position += 1
        block = blocks[-1]
        if first := _REQUEST_LINE.fullmatch(line):
            if block.lines:
                blocks.append(block := _Block())
            block.target = first["target"]
        elif block.body or (follows_empty_line and block.lines and _BODY.match(line)):
            block.body.append(line)
        elif header := _HEADER.fullmatch(line):
            name, value = header["name"] or header["alone"], header["value"]
            if not value and position < len(lines):
                following = lines[position].strip()
                if not _NEXT_HEADER.match(following):
                    value = following
                    position += 1
            if name.lower() in _ONCE and name.lower() in block.told:
                blocks.append(block := _Block())
            block.add(name, value or "")
            header_end = position
        elif line and block.lines and (is_indented or _is_open(block)):
            block.lines[-1][1].append(line)
            header_end = position
        elif line and not _STATUS_LINE.match(line):
            has_others = True
            if header_end == position - 1 and is_cut(line):
                block.lines.pop()
    return [block for block in blocks if block.lines], has_others


def _is_open(block: _Block) -> bool:
    """Return whether the value that was read last has to go on."""
    return block.lines[-1][1][-1].endswith(";")
