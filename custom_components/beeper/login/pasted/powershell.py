"""Commands as "Copy as PowerShell" gives them (Chrome, Edge, Firefox)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
import re
from typing import Final

from .body import read_body
from .findings import Cookie, Finding, request

_TOKEN: Final = re.compile(
    r"""
    "(?P<double>(?:[^"`]++|`.|"")*+)"
    | '(?P<single>(?:[^']++|'')*+)'
    | (?P<cookie>Net\.Cookie\()
    | (?P<session>Commands\.WebRequestSession)
    | (?P<command>Invoke-(?:WebRequest|RestMethod))
    | -(?P<parameter>Uri|Headers|Body|ContentType|UserAgent|Method)\b
    | \.(?P<property>UserAgent)\s*+=
    | (?P<end>\)|\})
    | (?P<unclosed>["'])
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)

_COMMAND: Final = re.compile("Invoke-(?:WebRequest|RestMethod)", re.IGNORECASE)

_ESCAPE: Final = re.compile(r'`(.)|""|\$\(\[char\](\d{1,7})\)', re.DOTALL)
_CHARACTERS: Final = {"0": "\0", "n": "\n", "r": "\r", "t": "\t"}

_HEADERS: Final = {"useragent": "User-Agent", "contenttype": "Content-Type"}
"""Headers with a parameter of their own."""


@dataclass(slots=True, repr=False)
class _Command:
    """What has been read of a command, and of the session before it."""

    is_sent: bool = False
    texts: dict[str, list[str]] = field(default_factory=dict)
    """By the parameter, in lower case, that they follow."""
    cookies: list[Cookie] = field(default_factory=list)

    @property
    def request(self) -> Finding:
        """The request that is sent."""
        pairs = self.texts.get("headers", [])
        headers = [*zip(pairs[::2], pairs[1::2], strict=False)]
        headers += [(_HEADERS[name], self.texts[name][0]) for name in self._named]
        body = read_body(self._first("body") or "")
        return request(self._first("uri", ""), headers, self.cookies, body)

    @property
    def _named(self) -> Iterator[str]:
        return (name for name in _HEADERS if name in self.texts)

    def _first(self, *parameters: str) -> str | None:
        return next((self.texts[it][0] for it in parameters if it in self.texts), None)


def read_powershell(text: str) -> list[Finding]:
    """Return the requests of all commands in a text."""
    if not _COMMAND.search(text):
        return []
    commands = [_Command()]
    parameter = ""
    cookie: list[str] | None = None
    for token in _TOKEN.finditer(text):
        command = commands[-1]
        match token.lastgroup:
            case "double" | "single" as kind:
                if cookie is None:
                    texts = command.texts.setdefault(parameter, [])
                else:
                    texts = cookie
                texts.append(_text(kind, token[kind]))
            case "cookie":
                cookie = []
            case "session" | "command" as kind:
                if command.is_sent:
                    commands.append(command := _Command())
                command.is_sent = kind == "command"
                parameter = ""
            case "parameter" | "property" as kind:
                parameter = token[kind].lower()
            case "end":
                if cookie and len(cookie) > 1:
                    domain = cookie[3] if len(cookie) > 3 else None
                    command.cookies.append(Cookie(cookie[0], cookie[1], domain))
                cookie = None
            case _:
                # It was not copied whole
                commands.pop()
                break
    return [command.request for command in commands if command.is_sent]


def _text(kind: str, inside: str) -> str:
    """Return what PowerShell makes of the inside of quotes."""
    if kind == "single":
        return inside.replace("''", "'")
    return _ESCAPE.sub(_character, inside)


def _character(escape: re.Match[str]) -> str:
    if (code := escape[2]) is not None:
        return chr(int(code)) if int(code) <= 0x10FFFF else "\ufffd"
    return _CHARACTERS.get(escape[1], escape[1] or '"')
