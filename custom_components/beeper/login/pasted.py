"""Cookies as people bring them: out of a browser's developer tools, in one piece."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
import json
import re
import shlex

from multidict import CIMultiDict

from ..api import LoginField

_MAX_SCRIPT = 10_000
"""Characters of an extraction script; a part of one would be of no use."""


class CookieTextError(ValueError):
    """The text is none of the forms in which browsers give cookies away."""


@dataclass(frozen=True, slots=True, repr=False)
class _Found:
    """What a text holds: cookies and headers by name, or members of a JSON object.

    Cookie names have a case, header names have none.
    """

    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=CIMultiDict)
    members: Mapping[str, str] = field(default_factory=dict)

    def value(self, kind: str | None, name: str) -> str | None:
        """Return what a browser keeps under this name in a storage of this kind.

        A JSON object does not say where its values are from.
        """
        if kind in ("header", "request_header"):
            return self.headers.get(name)
        if kind in ("cookie", None) and name in self.cookies:
            return self.cookies[name]
        return self.members.get(name)


def pick_cookies(text: str, fields: Iterable[LoginField]) -> dict[str, str]:
    """Return the values of the wanted fields that a text holds, by field ID.

    The text is a JSON object (also in quotes, as consoles show it), a `Cookie:` header
    or a whole "Copy as cURL" command (for bash or for cmd). Raises `CookieTextError` for
    anything else. It is the caller's to say which of the fields must be there.
    """
    found = _read(text.strip())
    values = {field.id: _value(found, field) for field in fields}
    return {field_id: value for field_id, value in values.items() if value}


def _value(found: _Found, field: LoginField) -> str | None:
    """Return the value of a field, from the best place that has one."""
    if value := found.members.get(field.id):
        return value
    values = (found.value(kind, name) for kind, name in _places(field))
    return next((value for value in values if value), None)


def is_in_local_storage(field: LoginField) -> bool:
    """Return whether only a browser's local storage has a field, and no request."""
    kinds = {kind for kind, _ in _places(field)} - {None}
    return kinds == {"local_storage"}


def console_script(extract_js: str | None) -> str | None:
    """Return what to enter in a browser's console; `None` without a script to run.

    Extraction scripts evaluate to a promise of an object. The console can put text on
    the clipboard, but only lends the function for that to what runs before the first
    `await`; Firefox takes no text that comes later, so that it is shown, too.
    """
    script = (extract_js or "").rstrip("; \t\r\n")
    if not script or len(script) > _MAX_SCRIPT:
        return None
    return (
        "((copy, text) => (copy(text), text))(copy, JSON.stringify(await (\n"
        f"{script}\n)))"
    )


def _places(field: LoginField) -> Iterator[tuple[str | None, str]]:
    """Yield the storages and the names under which a browser may keep a field."""
    yield field.type, field.name or field.id
    for source in field.sources or ():
        match source:
            case {"type": str(kind), "name": str(name)}:
                yield kind, name


_QUOTED = re.compile(r"""(?P<quote>['"`])(?P<json>\{.*\})(?P=quote)""", re.DOTALL)
"""A JSON object as consoles show a text: in quotes that fit, and with escapes."""


def _read(text: str) -> _Found:
    if quoted := _QUOTED.fullmatch(text):
        text = re.sub(r"\\(.)", r"\1", quoted["json"])
    if text.startswith("{"):
        return _read_json(text)
    if re.match(r"curl(\.exe)?\s", text):
        return _read_curl(text)
    return _read_cookie_header(text)


def _read_json(text: str) -> _Found:
    try:
        # Numbers stay as they are written
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError, RecursionError:
        raise CookieTextError("not valid JSON") from None
    members = {name: value for name, value in found.items() if isinstance(value, str)}
    return _Found(headers=CIMultiDict(members), members=members)


def _read_cookie_header(text: str) -> _Found:
    header = re.sub(r"^cookie:\s*", "", text, flags=re.IGNORECASE)
    cookies = _cookies(header)
    if "\n" in header or not cookies or not all(map(_can_be_cookie, cookies)):
        raise CookieTextError("neither JSON, a Cookie header nor a cURL command")
    return _Found(cookies=cookies)


def _cookies(header: str) -> dict[str, str]:
    """Return the cookies of a header's value; of two with one name, the first counts.

    Values are kept as they are, quotes included, as browsers do (RFC 6265, 5.2).
    """
    pairs = [pair.partition("=") for pair in header.split(";") if "=" in pair]
    return {name.strip(): value.strip() for name, _, value in reversed(pairs)}


def _can_be_cookie(name: str) -> bool:
    """Return whether a name can be one of a cookie, and not a part of other text."""
    return not re.search(r'[\s"]', name)


# --- cURL commands


def _read_curl(text: str) -> _Found:
    """Return the headers and the cookies of a cURL command."""
    try:
        arguments = shlex.split(_for_cmd(text) if _CMD.match(text) else _for_bash(text))
    except ValueError:
        raise CookieTextError("not a whole cURL command") from None
    headers: CIMultiDict[str] = CIMultiDict()
    for option, value in pairwise(arguments):
        if option in ("-H", "--header"):
            name, _, content = value.partition(":")
            headers.add(name.strip(), content.strip())
        elif option in ("-b", "--cookie"):
            headers.add("cookie", value)
    cookies = _cookies(";".join(headers.getall("cookie", ())))
    return _Found(cookies=cookies, headers=headers)


_CMD = re.compile(r"""curl\S*\s[^'"]*(\^"|"[^"]*"\s*\^\r?\n)""")
"""The first quote is itself escaped, or a line goes on after the first argument."""


def _for_cmd(text: str) -> str:
    """Return the command line that Windows' cmd makes of this one.

    Outside of quotes, `^` takes the next character as it is, and joins two lines.
    """

    def plain(part: re.Match[str]) -> str:
        return part["escaped"] or part[0]

    return re.sub(r'"[^"]*"|\^(?:\r?\n)?(?P<escaped>.)', plain, text, flags=re.DOTALL)


_FOR_BASH = re.compile(
    r"""
    (?P<continuation>\\\r?\n)
    | \$'(?P<ansi_c>(?:[^'\\]|\\.)*)'
    # What shlex understands by itself, so that nothing is found inside of it
    | '[^']*' | "(?:[^"\\]|\\.)*" | \\.
    """,
    re.DOTALL | re.VERBOSE,
)


def _for_bash(text: str) -> str:
    """Return the command without the two things of bash that shlex does not know."""

    def plain(part: re.Match[str]) -> str:
        match part.lastgroup:
            case "continuation":
                return ""
            case "ansi_c":
                return shlex.quote(_without_escapes(part["ansi_c"]))
            case _:
                return part[0]

    return _FOR_BASH.sub(plain, text)


_ESCAPE = re.compile(
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
_CHARACTERS = dict(zip("abeEfnrtv\\'\"?", "\a\b\x1b\x1b\f\n\r\t\v\\'\"?", strict=True))


def _without_escapes(text: str) -> str:
    r"""Return what bash makes of the inside of $'...' (bash manual, 3.1.2.4).

    Bytes that are no UTF-8 are Latin-1, as in HTTP. A character beyond 16 bits may come
    as two \u...., as browsers count it.
    """

    def character(escape: re.Match[str]) -> str:
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
                return chr(int(code, 16))
            case "octal":
                return chr(int(code, 8) & 0xFF)
            case "control":
                return chr(ord(code) & 0x1F)
            case _:
                return _CHARACTERS.get(code, escape[0])

    decoded = _ESCAPE.sub(character, text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16")
