"""JSON that holds values: what a script found, cookies of an extension, a HAR file."""

from collections.abc import Iterator
import re
from typing import Final

from .body import read_body
from .findings import Cookie, Finding, request
from .literals import Literal, LiteralError, read_literal

_MAX_DEPTH: Final = 5
"""Objects within objects in which values are looked for; a HAR file has so many."""

_BEGIN: Final = re.compile(r"[{\[]")

_OF_REQUEST: Final = ("headers", "cookies", "postData")
"""Objects and lists that make an object a request (fetch, HAR 1.2)."""

_NOT_WITHIN: Final = (*_OF_REQUEST, "response")
"""Members in which nothing else is looked for."""

_COOKIE_KEYS: Final = (
    ("name", "value", "domain"),
    # Cookie Quick Manager
    ("Name raw", "Content raw", "Host raw"),
)
"""What extensions call the name, the value and the domain of a cookie."""


def read_json(text: str) -> tuple[list[Finding], bool]:
    """Return what the objects and lists of a text hold, and whether it begins with one.

    What stands before, between and after them does not matter.
    """
    found: list[Finding] = []
    begin = _BEGIN.search(text)
    while begin is not None:
        try:
            value, end = read_literal(text, begin.start())
        except LiteralError:
            # It is not tried again further within, which could take for ever
            break
        found.extend(_findings(value))
        begin = _BEGIN.search(text, end)
    return found, bool(found) and text.startswith(("{", "["))


def _findings(value: Literal, depth: int = 0) -> Iterator[Finding]:
    """Yield what an object or a list holds, the outer before the inner."""
    inner: list[Literal] = []
    if isinstance(value, dict):
        if any(isinstance(value.get(name), dict | list) for name in _OF_REQUEST):
            yield request_of(value)
        else:
            # A script may find headers, and name them as the browser does
            members = _texts(value)
            yield request(headers=members.items(), members=members)
        inner = [item for name, item in value.items() if name not in _NOT_WITHIN]
    elif isinstance(value, list):
        if cookies := [*_cookies(value)]:
            yield request(cookies=cookies)
        else:
            inner = value
    if depth < _MAX_DEPTH:
        for item in inner:
            yield from _findings(item, depth + 1)


def request_of(value: dict[str, Literal]) -> Finding:
    """Return the request that an object describes, as fetch and HAR files do."""
    members = _texts(value)
    body = read_body(members.get("body", ""))
    match value.get("postData"):
        case {"text": str(text)}:
            body = read_body(text)
        case {"params": [*params]}:
            body = {cookie.name: cookie.value for cookie in _cookies(params)}
    headers = ((cookie.name, cookie.value) for cookie in _cookies(value.get("headers")))
    cookies = _cookies(value.get("cookies"))
    return request(members.get("url"), headers, cookies, body)


def _cookies(value: Literal) -> Iterator[Cookie]:
    """Yield the cookies of an object or a list; headers have the same two shapes."""
    if isinstance(value, dict):
        for name, text in _texts(value).items():
            yield Cookie(name, text)
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, dict):
            continue
        texts = _texts(item)
        for name, text, domain in _COOKIE_KEYS:
            if name in texts and text in texts:
                yield Cookie(texts[name], texts[text], texts.get(domain))


def _texts(value: dict[str, Literal]) -> dict[str, str]:
    return {name: item for name, item in value.items() if isinstance(item, str)}
