"""Commands as "Copy as cURL" gives them, for each system."""

from collections.abc import Iterator
import re
from typing import Final

from .body import read_body
from .findings import Finding, request
from .shells import split_bash, split_cmd

_COMMAND: Final = re.compile(
    r"""
    (?<![\w.-]) (?i:curl(?:\.exe)?) (?=[\s^\\`])
    [ \t]*+ (?=[-'"$^\\`\n] | https?: | [\w-]++\.\w)
    | ^[ \t]*+ (?=-(?:b|H|-cookie|-header)[ \t='"$^])
    """,
    re.MULTILINE | re.VERBOSE,
)
"""What follows tells a command from the word in a sentence.

Some copy only the lines with the cookies or the headers.
"""

_CMD: Final = re.compile(r"""[^'"]*+(?:(?<=\^)"|"[^"]*+"\s*?\^\n)""")
"""The first quote is itself escaped, or a line goes on after the first argument."""

_COOKIE: Final = ("-b", "--cookie")
_HEADER: Final = ("-H", "--header")
_DATA: Final = ("-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--json")
_FORM: Final = ("-F", "--form", "--form-string")
_NAMED: Final = {
    "-A": "User-Agent",
    "-e": "Referer",
    "--referer": "Referer",
    "--user-agent": "User-Agent",
}
"""Options that have a header of their own."""

_SHORT: Final = "AbcCdDeEFHhKmoPQrtTuUwxXyYz"
"""Short options with a value (curl 8)."""

_LONG: Final = frozenset(
    (
        *_COOKIE,
        *_HEADER,
        *_DATA,
        *_FORM,
        *_NAMED,
        "--cacert",
        "--cert",
        "--ciphers",
        "--connect-timeout",
        "--connect-to",
        "--cookie-jar",
        "--data-urlencode",
        "--dump-header",
        "--interface",
        "--key",
        "--max-time",
        "--oauth2-bearer",
        "--output",
        "--proxy",
        "--proxy-header",
        "--range",
        "--request",
        "--resolve",
        "--retry",
        "--upload-file",
        "--url",
        "--user",
        "--write-out",
    )
)
"""Long options with a value, which could be taken for the address."""

_FLAGS: Final = re.compile(rf"-[^{_SHORT}]*+")


def read_curl(text: str) -> list[Finding]:
    """Return the requests of all whole commands in a text.

    Before and between them there may be anything, such as a prompt.
    """
    found: list[Finding] = []
    command = _COMMAND.search(text)
    if command is None:
        return found
    # All are for one system
    split = split_cmd if _CMD.match(text, command.end()) else split_bash
    while command is not None:
        words, end = split(text, command.end())
        if words and (finding := _request(words)):
            found.append(finding)
        command = _COMMAND.search(text, end)
    return found


def _request(words: list[str]) -> Finding | None:
    """Return the request of a command's arguments; `None` if there is nothing in it."""
    urls: list[str] = []
    headers: list[tuple[str, str]] = []
    data: list[str] = []
    form: dict[str, str] = {}
    for option, value in _options(words):
        if option in _HEADER:
            name, _, content = value.partition(":")
            headers.append((name.strip(), content))
        elif option in _COOKIE:
            # Without a cookie in it, it is the name of a file
            if "=" in value:
                content = re.sub(r"^cookie:\s*", "", value, flags=re.IGNORECASE)
                headers.append(("Cookie", content))
        elif option in _DATA:
            data.append(value)
        elif option in _FORM or option == "--data-urlencode":
            name, _, content = value.partition("=")
            form.setdefault(name, _form_value(content) if option in _FORM else content)
        elif option in _NAMED:
            headers.append((_NAMED[option], value))
        elif option in ("", "--url"):
            urls.append(value)
    url = _url(urls)
    if not (url or headers or data or form):
        return None
    return request(url, headers, body=form | read_body("&".join(data)))


def _url(words: list[str]) -> str | None:
    """Return the address among the words of a command; `None` if there is none."""
    url = next((word for word in words if "://" in word), None)
    # Chrome escapes what is a pattern to curl
    return re.sub(r"\\([\[\]{}])", r"\1", url) if url else None


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the options that have a value, with it, and all else as without a name.

    A value may stand in the same word, with `=` or without.
    """
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name in _LONG:
                yield name, value if equals else next(rest, "")
        elif word.startswith("-"):
            # Several can stand together, and the last may have a value
            if option := _FLAGS.sub("", word, count=1):
                value = option[1:].removeprefix("=")
                yield f"-{option[0]}", value or next(rest, "")
        else:
            yield "", word


def _form_value(text: str) -> str:
    """Return the value of a part of a form, without what follows on its type."""
    if quoted := re.match(r'"((?:[^"\\]|\\.)*+)"', text, re.DOTALL):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    return re.split(r";(?:type|filename|headers|encoder)=", text, maxsplit=1)[0]
