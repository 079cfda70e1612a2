"""Patterns of what a network asks for, tried on what it is given.

Form, answer and pasted texts all check with `fits`, so that they cannot disagree.
"""

from dataclasses import dataclass
from functools import lru_cache
import re
from typing import Final, Self

from ..limits import MAX_PATTERN, MAX_WAYS


def fits(pattern: str | None, value: str) -> bool:
    """Return whether a value fits a pattern, as far as that can be told here.

    Patterns are Go regular expressions (bridge framework, `LoginCookieField.Pattern`)
    that may match anywhere in the value. Python tries one way to match after the other,
    where Go follows all of them at once. So everything fits a pattern that Python does
    not know, that repeats what can itself match in several ways, or that has more ways
    to match a value of this length than are tried.
    """
    check = _check(pattern) if pattern else None
    if check is None or check.ways.for_length(len(value)) > MAX_WAYS:
        return True
    return check.expression.search(value) is not None


@dataclass(frozen=True, slots=True)
class _Ways:
    """How many ways to match there are at most: factor * (length + 1) ** degree."""

    factor: int = 1
    degree: int = 0

    def for_length(self, length: int) -> int:
        """Return how many there are in a value of so many characters."""
        ways: int = self.factor * (length + 1) ** self.degree
        return ways

    def then(self, other: Self) -> _Ways:
        """Return the ways to match one after the other."""
        return _Ways(self.factor * other.factor, self.degree + other.degree)

    def or_else(self, other: Self) -> _Ways:
        """Return the ways to match one or the other."""
        return _Ways(self.factor + other.factor, max(self.degree, other.degree))


_ONE_WAY: Final = _Ways()


@dataclass(frozen=True, slots=True)
class _Check:
    """A pattern that can be tried."""

    expression: re.Pattern[str]
    ways: _Ways


_TOKEN: Final = re.compile(
    r"""
    (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<flags>\(\?[ims]+\))
    | (?P<open>\((?:\?(?:[ims]*:|P?<\w+>|<?[=!]))?)(?!\?)
    | (?P<close>\))
    | (?P<or>\|)
    | (?P<repeat>(?:[*+?]|\{(?P<least>\d+)(?:(?P<to>,)(?P<most>\d*))?\})\??(?![*+?]))
    | (?P<end>\$)
    | (?P<item>\\.|[^\\*+?\[])
    """,
    re.DOTALL | re.VERBOSE,
)

_IN_SET: Final = re.compile(r"\[:|--")
"""What is something else to Python, such as [[:alpha:]], or may be one day."""

_ANCHORED: Final = re.compile(r"(?:\(\?[is]+\))?(?:\^|\\A)")


@lru_cache(maxsize=128)
def _check(pattern: str) -> _Check | None:
    """Return how a pattern is tried; `None` for one that is better left alone."""
    if len(pattern) > MAX_PATTERN or (ways := _ways(pattern)) is None:
        return None
    try:
        # Go's \d, \w, \s and \b are those of ASCII
        expression = re.compile(_TOKEN.sub(_in_python, pattern), re.ASCII)
    except re.PatternError, OverflowError, RecursionError:
        return None
    return _Check(expression, ways)


def _in_python(token: re.Match[str]) -> str:
    """Return a part of a Go expression as Python writes it."""
    text = token[0]
    match token.lastgroup:
        case "end":
            # To Python, `$` is also before a line break at the end
            return r"\z"
        case "item" if text == "{":
            # `{,3}` is plain text to Go
            return r"\{"
        case "open" if text.startswith("(?<") and text.endswith(">"):
            return text.replace("?<", "?P<")
        case "set":
            # Plain to Go, but kept for sets of sets in Python
            return "[" + re.sub(r"\\.|(?=[\[&|~])", _escaped, text[1:])
    return text


def _escaped(match: re.Match[str]) -> str:
    return match[0] or "\\"


# --- How long it may take


@dataclass(slots=True)
class _Group:
    """What has been read of a group, or of the whole pattern."""

    branches: _Ways | None = None
    before: _Ways = _ONE_WAY
    """Of the branch that is being read, without its last item."""
    last: _Ways = _ONE_WAY

    @property
    def ways(self) -> _Ways:
        """The ways to match the group, if it ends here."""
        branch = self.before.then(self.last)
        return self.branches.or_else(branch) if self.branches else branch

    def add(self, item: _Ways) -> None:
        """Add what follows."""
        self.before, self.last = self.before.then(self.last), item

    def add_branch(self) -> None:
        """Begin another alternative."""
        self.branches = self.ways
        self.before = self.last = _ONE_WAY


def _ways(pattern: str) -> _Ways | None:
    """Return the ways to match; `None` if they cannot be told, or grow too fast."""
    groups = [_Group()]
    position = 0
    token = None
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None or (token["set"] and _IN_SET.search(token[0])):
            return None
        position = token.end()
        match token.lastgroup:
            case "open":
                groups.append(_Group())
            case "close":
                closed = groups.pop()
                if not groups:
                    return None
                groups[-1].add(closed.ways)
            case "or":
                groups[-1].add_branch()
            case "repeat":
                if (repeated := _repeated(groups[-1].last, token)) is None:
                    return None
                groups[-1].last = repeated
            case "set" | "end" | "item":
                groups[-1].add(_ONE_WAY)
    whole = groups.pop()
    if groups:
        return None
    if token and token.lastgroup == "repeat" and whole.last == _Ways(degree=1):
        # Nothing after it can fail, so that it is never tried with less
        whole.last = _ONE_WAY
    if whole.branches or not _ANCHORED.match(pattern):
        return whole.ways.then(_Ways(degree=1))
    return whole.ways


def _repeated(item: _Ways, repeat: re.Match[str]) -> _Ways | None:
    """Return the ways to match an item again and again; `None` if they explode."""
    if repeat[0].startswith("?"):
        return item.or_else(_ONE_WAY)
    if item != _ONE_WAY:
        return None
    match repeat["least"], repeat["to"], repeat["most"]:
        case str(), None, _:
            return item
        case str(least), ",", str(most) if most:
            return _Ways(factor=max(int(most) - int(least), 0) + 1)
    return _Ways(degree=1)
