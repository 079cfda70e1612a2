"""Cookies as people bring them: out of a browser's developer tools, in one piece."""

import argparse
from collections.abc import Iterable
import json
import re
import shlex
from typing import NoReturn, override

from .api import LoginField


class CookieTextError(ValueError):
    """The text is none of the forms in which browsers give cookies away."""


def pick_cookies(text: str, fields: Iterable[LoginField]) -> dict[str, str]:
    """Return the values of the wanted fields that a text holds, by field ID.

    The text is a JSON object, a `Cookie:` header or a whole "Copy as cURL" command (for
    bash or for cmd). Raises `CookieTextError` for anything else. It is a person's to say
    which of the fields must be there.
    """
    found = _read(text.strip())
    wanted = {field.id: _names(field) for field in fields}
    return {
        field_id: value
        for field_id, names in wanted.items()
        if (value := next((found[name] for name in names if name in found), None))
    }


def _names(field: LoginField) -> list[str]:
    """Return the names under which a field may stand, in lower case, best first."""
    sources = [
        source["name"]
        for source in field.sources or ()
        if isinstance(source, dict) and isinstance(source.get("name"), str)
    ]
    return [name.lower() for name in (field.id, field.name, *sources) if name]


def _read(text: str) -> dict[str, str]:
    """Return all names and values, names in lower case as header names have no case."""
    if text.startswith("{"):
        found = _read_json(text)
    elif re.match(r"curl(\.exe)?\s", text):
        found = _read_curl(text)
    elif "=" in text:
        found = _read_cookie_header(re.sub(r"^cookie:", "", text, flags=re.IGNORECASE))
    else:
        raise CookieTextError("neither JSON, a Cookie header nor a cURL command")
    return {name.lower(): value for name, value in found.items()}


def _read_json(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        raise CookieTextError("not valid JSON") from None
    return {name: str(value) for name, value in found.items() if value is not None}


def _read_cookie_header(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _read_curl(text: str) -> dict[str, str]:
    """Return the headers and cookies of a cURL command."""
    if "^" in text and "$'" not in text and not re.search(r"\s'", text):
        text = _without_cmd_quoting(text)
    # bash's $'...' has backslash escapes, which browsers use for control characters and
    # the exclamation mark only
    text = re.sub(r"\$'", "'", text).replace("\\u0021", "!")
    try:
        arguments, _ = _CurlParser().parse_known_args(shlex.split(text)[1:])
    except ValueError:
        raise CookieTextError("not a whole cURL command") from None
    found: dict[str, str] = {}
    for header in arguments.header:
        name, _, value = header.partition(":")
        if name.strip().lower() == "cookie":
            found |= _read_cookie_header(value)
        else:
            found[name.strip()] = value.strip()
    for cookie in arguments.cookie:
        found |= _read_cookie_header(cookie)
    return found


def _without_cmd_quoting(text: str) -> str:
    """Return the command that Windows' cmd makes of this one: ^ takes the next as it is."""
    text = re.sub(r"\^\r?\n", " ", text)
    return re.sub(r"\^(.)", r"\1", text)


class _CurlParser(argparse.ArgumentParser):
    """Knows the two options of cURL that carry cookies."""

    def __init__(self) -> None:
        super().__init__(add_help=False, allow_abbrev=False, exit_on_error=False)
        self.add_argument("-H", "--header", action="append", default=[])
        self.add_argument("-b", "--cookie", action="append", default=[])

    @override
    def error(self, message: str) -> NoReturn:
        raise CookieTextError("not a whole cURL command")
