"""Cookies alone: what a `Cookie` header holds, without its name."""

from itertools import pairwise
import re
from typing import Final

from .body import read_body
from .findings import Finding, cookies_of_header, request

_NO_NAME: Final = re.compile(r'[\s"<>]|://')
"""What no cookie has in its name, but other text has before an equals sign."""


def read_pairs(text: str) -> tuple[list[Finding], bool]:
    """Return the cookies of the lines that consist of them, and whether all lines do."""
    lines = [*map(str.strip, text.split("\n")), ""]
    pairs = [
        line
        for line, following in pairwise(lines)
        if _is_pairs(line) and (_is_pairs(following) or not is_cut(following))
    ]
    if not pairs:
        return [], False
    header = "; ".join(line.rstrip("; \t") for line in pairs)
    # The body of a form looks much the same
    finding = request(headers=[("Cookie", header)], body=read_body(pairs[0]))
    return [finding], len(pairs) == sum(map(bool, lines))


def _is_pairs(line: str) -> bool:
    """Return whether a line begins with a cookie, and has nothing but cookies."""
    return "=" in line.partition(";")[0] and all(
        cookie.name and not _NO_NAME.search(cookie.name)
        for cookie in cookies_of_header(line)
    )


def is_cut(line: str) -> bool:
    """Return whether a line begins with what may be the end of the line before.

    What is cut off there is a part of a value, which is a wrong one.
    """
    begin = line.partition(";")[0]
    return bool(begin) and not re.search(r"\s", begin)
