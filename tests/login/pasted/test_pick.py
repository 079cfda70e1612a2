"""Which value a field gets, and how it is spelled."""

import pytest

from custom_components.beeper.api import LoginField
from custom_components.beeper.login.pasted import is_in_local_storage
from custom_components.beeper.login.pasted.reader import pick_cookies

from .wanted import SLACK, body, cookie, header

# --- Percent-encoding


def test_cookie_of_slack_is_decoded() -> None:
    """Known clients decode the values of cookies before they send them."""
    text = "Cookie: d=xoxd-abc%2Bdef%2Fghi%3D"

    assert pick_cookies(text, SLACK) == {"cookie_token": "xoxd-abc+def/ghi="}


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("a%2Bb", "a+b"),
        ("a+b%20c", "a+b c"),
        ("a%252Bb", "a%2Bb"),
        ("19%3Aabc%3A2%3A-1%3a", "19:abc:2:-1:"),
        ("caf%C3%A9%F0%9F%99%82", "café\U0001f642"),
        # What is no escape, or no character, stays
        ("100%", "100%"),
        ("%zz%2B%2", "%zz+%2"),
        ("%C3%28%41", "%C3(A"),
        ("%e9%ED%A0%80%c0%80%f5%80", "%e9%ED%A0%80%c0%80%f5%80"),
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "Cookie: v={}",
        "v={}",
        '{{"v": "{}"}}',
        '[{{"name": "v", "value": "{}"}}]',
        "curl 'https://x.example' -b 'v={}'",
        ".x.example\tTRUE\t/\tTRUE\t0\tv\t{}",
    ],
)
@pytest.mark.parametrize(
    "field",
    [LoginField("v", type="cookie"), LoginField("v"), cookie("v")],
    ids=["published", "untold", "rich"],
)
def test_cookies_are_decoded_once(
    field: LoginField, text: str, value: str, sent: str
) -> None:
    """Whatever form they are in, and whatever shape the field has."""
    assert pick_cookies(text.format(value), [field]) == {"v": sent}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (header("v"), "v: %2B\nCookie: v=1"),
        (header("v"), "curl 'https://x.example' -H 'v: %2B'"),
        (header("v"), '{"v": "%2B"}'),
        (header("Cookie"), "%2B=%2B"),
        (LoginField("v", type="header"), '{"v": "%2B"}'),
        (LoginField("v", type="local_storage"), '{"v": "%2B"}'),
        (LoginField("v", sources=[{"type": "special", "name": "w"}]), '{"v": "%2B"}'),
        (LoginField("v", sources=[{"type": "special", "name": "w"}]), '{"w": "%2B"}'),
        (body("v"), "curl 'https://x.example' -d '{\"v\": \"%2B\"}'"),
        (body("v"), '{"v": "%2B"}'),
        # What a form encodes is decoded by reading it, and not again
        (body("v"), "curl 'https://x.example' -d 'v=%252B'"),
    ],
)
def test_nothing_else_is_decoded(field: LoginField, text: str) -> None:
    """Headers, bodies, storage and what a script finds come as they are."""
    [value] = pick_cookies(text, [field]).values()

    assert value in ("%2B", "%2B=%2B")


@pytest.mark.parametrize(
    ("pattern", "sent"),
    [
        (r"^a\+b$", "a+b"),
        ("^a%2Bb$", "a%2Bb"),
        ("b", "a+b"),
        ("^c$", None),
        # Better left alone
        ("(", "a+b"),
        ("(c+)+$", "a+b"),
        ("", "a+b"),
    ],
)
def test_pattern_decides_between_the_two_spellings(
    pattern: str, sent: str | None
) -> None:
    """Where it fits only one of them, that one is sent."""
    picked = pick_cookies("v=a%2Bb", [cookie("v", pattern=pattern)])

    assert picked == ({"v": sent} if sent else {})


# --- Patterns pass over what does not fit


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (cookie("v", pattern="^right$"), "v=wrong; v=right"),
        (
            cookie("v", "x.example", pattern="^right$"),
            (
                '[{"name": "v", "value": "wrong", "domain": "x.example"},'
                ' {"name": "v", "value": "right", "domain": ".a.x.example"}]'
            ),
        ),
        (header("v", pattern="^right$"), "v: wrong\nv: right"),
        (
            header("v", pattern="^right$"),
            "curl 'https://x' -H 'v: wrong' ;\ncurl 'https://x' -H 'v: right'",
        ),
        (
            LoginField(
                "v",
                pattern="^right$",
                sources=[
                    {"type": "cookie", "name": "a"},
                    {"type": "request_header", "name": "b"},
                ],
            ),
            "b: right\nCookie: a=wrong",
        ),
        (
            LoginField("v", type="cookie", name="a", pattern="^right$"),
            '{"v": "wrong", "a": "right"}',
        ),
    ],
)
def test_value_that_does_not_fit_is_passed_over(field: LoginField, text: str) -> None:
    """The next one is taken, from the same place or from another."""
    assert pick_cookies(text, [field]) == {"v": "right"}


# --- Places


def test_sources_name_other_places() -> None:
    """Newer versions list several places, of which the first that has a value counts."""
    field = LoginField(
        "token",
        sources=[
            "not an object",
            {"type": "local_storage", "name": "stored"},
            {"type": "request_header", "name": "X-Token"},
            {"type": "cookie", "name": "tok"},
            {"type": "cookie"},
            {"type": ["cookie"], "name": "tok"},
        ],
    )

    assert pick_cookies("curl 'https://x' -H 'x-token: a' -b 'tok=b'", [field]) == {
        "token": "a"
    }
    assert pick_cookies("tok=b", [field]) == {"token": "b"}
    assert pick_cookies('{"stored": "c", "tok": "b"}', [field]) == {"token": "c"}


def test_field_with_sources_is_nowhere_else() -> None:
    """Its ID says nothing about the browser then, only its type does."""
    sources: list[object] = [{"type": "request_body", "name": "token"}]

    assert pick_cookies("auth=1", [LoginField("auth", sources=sources)]) == {}
    field = LoginField("auth", type="cookie", sources=sources)
    assert pick_cookies("auth=1", [field]) == {"auth": "1"}


@pytest.mark.parametrize(
    "text", ["v=1", "v: 1\na: b", "curl 'https://x' -d 'v=1'", '{"v": "1"}']
)
def test_field_of_which_nothing_is_told(text: str) -> None:
    """It is a cookie to known clients, but whatever has its name will do."""
    assert pick_cookies(text, [LoginField("v")]) == {"v": "1"}


@pytest.mark.parametrize(
    ("field", "is_there"),
    [
        (LoginField("v", type="local_storage"), True),
        (LoginField("v", sources=[{"type": "local_storage", "name": "w"}]), True),
        (
            LoginField(
                "v",
                sources=[
                    {"type": "special", "name": "w"},
                    {"type": "local_storage", "name": "w"},
                ],
            ),
            False,
        ),
        (LoginField("v", type="cookie"), False),
        (LoginField("v"), False),
    ],
)
def test_what_no_request_has(field: LoginField, is_there: bool) -> None:
    """People have to be told where to look for it."""
    assert is_in_local_storage(field) is is_there


def test_fields_that_are_alike() -> None:
    """Several fields can be the same cookie, and one that nobody has is left out."""
    fields = [
        LoginField("a", type="cookie", name="v"),
        LoginField("b", type="cookie", name="v"),
        LoginField("c", type="cookie"),
    ]

    assert pick_cookies("v=1", fields) == {"a": "1", "b": "1"}
    assert pick_cookies("v=1", []) == {}
