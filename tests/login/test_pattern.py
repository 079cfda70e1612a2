"""Patterns that a network gives for a value."""

from time import process_time

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.beeper.login.pattern import fits

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
SLACK_API = r"^https://.+?\.slack\.com/api/(client|users|teams)\..+$"


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        # Those that networks have
        (r"^xoxd-[a-zA-Z0-9/+=]+$", "xoxd-a+b/c=", "xoxd-a%2Bb"),
        (r"^xoxc-.+$", "xoxc-1", "xoxb-1"),
        (r"^[a-zA-Z0-9]{3}-?[a-zA-Z0-9]{3}$", "ABC-123", "ABC-12"),
        (r"^[0-9]{4}$", "1234", "12345"),
        (r"^[^\r\n]{1,1024}$", "a" * 1024, "a" * 1025),
        (r"^[\s\S]{128,}$", "a\n" * 64, "a" * 127),
        (r"^\?[01]$", "?1", "?2"),
        (EMAIL, "alice@example.com", "alice@example"),
        (r"\bJSESSIONID=[^;]+", 'a=1; JSESSIONID="ajax:1"; ' + "b=2; " * 999, "a=1"),
        ("clientVersion", '{"clientVersion":"1"}', "{}"),
        (SLACK_API, "https://a.slack.com/api/users.list", "https://a.slack.com/api/x"),
        # Go's, as Python has them
        (r"^\d+$", "12", "12\n"),
        (r"^\w\d\b", "a1", "é1"),
        (r"^\d$", "1", "\u0661"),
        ("(?i)^ab$", "AB", "ac"),
        ("(?s)^a.b$", "a\nb", "ab"),
        (r"^(?P<a>x)(?<b>y)(?:z)(?i:q)$", "xyzQ", "xyz"),
        (r"^(?=a)\w$", "a", "b"),
        (r"^a{2}b{2,}c{1,2}$", "aabbbc", "aabc"),
        ("^a{,2}$", "a{,2}", "aa"),
        ("^a{b$", "a{b", "ab"),
        (r"^[]a]+$", "]a", "b"),
        (r"^[^]a]$", "b", "]"),
        (r"^[[a&&b||c~~d\]]+$", "[&|~]", "e"),
        (r"^(ab)*$", "abab", "aba"),
        (r"^(ab){2}$", "abab", "ab"),
        (r"^x(a|b|)y?$", "xby", "xc"),
        ("^a|b$", "xb", "bx"),
        (r"\Aab\z", "ab", "ab\n"),
        (r"^\*\.$", "*.", "a."),
        ("a+?b*", "ccab", "b"),
        ("(a*b)?c", "aabc", "aab"),
    ],
)
def test_values_are_told_apart(pattern: str, right: str, wrong: str) -> None:
    """A pattern is one of Go's, found anywhere in the value."""
    assert fits(pattern, right)
    assert not fits(pattern, wrong)


@pytest.mark.parametrize(
    "pattern",
    [
        None,
        "",
        "(",
        ")",
        "a)",
        "[a",
        "*",
        "a**",
        r"\pL",
        r"\p{Greek}",
        r"\Qa\E",
        "[[:alpha:]]",
        "[+--]",
        "(?U)a",
        "(?P=a)",
        "a(?i)b",
        "a{2}{3}",
        "a{9999999999}",
        "(" * 400 + ")" * 400,
        "a" * 1_001,
        "\\",
        # It may take for ever
        "^(a+)+$",
        "^(a|b)*$",
        "^(a?){9}$",
        r"^([a-z]+\.)+$",
    ],
)
def test_what_cannot_be_tried_fits(pattern: str | None) -> None:
    """Nobody is kept out by a pattern that is not understood here."""
    assert fits(pattern, "1")


def test_long_value_fits_what_would_take_too_long() -> None:
    """How long it may be depends on how many ways there are to match it."""
    assert not fits(EMAIL, "a" * 90)
    assert fits(EMAIL, "a" * 110)
    assert not fits("^a*b$", "a" * 900_000)
    assert fits("^a*a*b$", "a" * 900_000)


SLOW = [
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "(.*)*x",
    "(a*){,50}b",
    "^(a?){30}a{30}$",
    "a?" * 30 + "a" * 30 + "b",
    "^a*a*a*a*b$",
    "a*" * 300 + "b",
    ".*.*.*x",
    "(?=a*b)",
    "(a*a*b)?c",
    "a{0,999}a{0,999}b",
    "^a{0,900}a{0,900}b",
    "(?:a|a|a|a|a|a|a|a)" * 6 + "b",
]


@pytest.mark.parametrize("pattern", SLOW, ids=lambda pattern: pattern[:20])
def test_no_pattern_takes_long(pattern: str) -> None:
    """Whatever the length, it takes less than the blink of an eye."""
    for length in (10, 30, 98, 100, 998, 1_000, 100_000, 800_000):
        value = "a" * length + "!"
        start = process_time()
        fits(pattern, value)

        assert process_time() - start < 1


@pytest.mark.filterwarnings("error")
@settings(deadline=None)
@given(
    pattern=st.text("ab.*+?()[]{}|^$\\,1-:=<>!Pdw", max_size=25),
    value=st.text("ab1", max_size=40),
)
def test_no_pattern_is_too_strange(pattern: str, value: str) -> None:
    """It is tried, or left alone."""
    assert fits(pattern, value) in (True, False)
