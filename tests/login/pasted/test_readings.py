"""What a text gets on its way here, and what is not to be read at all."""

from collections.abc import Callable
import json

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.beeper.login.pasted import CookieTextError
from custom_components.beeper.login.pasted.reader import pick_cookies

from .browsers import FORMS
from .wanted import DISCORD, GOOGLE, LINKEDIN, SLACK, TUMBLR

RIGHT = {"SID": "1", "HSID": "2"}

ADDED: dict[str, Callable[[str], str]] = {
    "byte order mark": lambda text: f"\ufeff{text}",
    "zero-width spaces": lambda text: text.replace("SID", "S\u200bI\u2060D"),
    "marks of direction": lambda text: f"\u2068{text}\u2069\u200e",
    "hard spaces": lambda text: text.replace(" ", "\xa0"),
    "Windows": lambda text: text.replace("\n", "\r\n"),
    "old Mac": lambda text: text.replace("\n", "\r"),
    "empty lines": lambda text: f"\n\n  {text}\n\n",
    "fence": lambda text: f"```\n{text}\n```",
    "fence with a language": lambda text: f"```bash\n{text}\n```\n",
    "inline code": lambda text: f"`{text}`",
    "fence in a line": lambda text: f"```{text}```",
    "quoted": lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    "quoted twice": lambda text: "\n".join(f">> {line}" for line in text.split("\n")),
    "text before": lambda text: f"Here it is:\n\n{text}",
    "text after": lambda text: f"{text}\n\nThank you!",
}


@pytest.mark.parametrize("added", ADDED)
@pytest.mark.parametrize(
    "form",
    ["JSON", "header", "HTTP/1 headers", "Chrome, bash", "Chrome, cmd", "cookies.txt"],
)
def test_what_is_added_on_the_way(form: str, added: str) -> None:
    """Editors and chat apps add to a text, most of which nobody sees."""
    text = ADDED[added](FORMS[form]({"a": "b", **RIGHT}).replace("\r\n", "\n"))

    assert pick_cookies(text, GOOGLE) == RIGHT


@pytest.mark.parametrize(
    "text",
    [
        "- SID=1\n- HSID=2",
        "• SID=1\n• HSID=2",
        "* Cookie: SID=1; HSID=2",
        "curl “https://x.example” -b “SID=1; HSID=2”",
        "curl ‘https://x.example’ -b ‘SID=1; HSID=2’",
        "curl „https://x.example“ –b „SID=1; HSID=2“",
        "curl 'https://x.example' —cookie 'SID=1; HSID=2'",
        "{“SID”: “1”, “HSID”: “2”}",
        "“SID=1; HSID=2”",
        '‘{"SID": "1", "HSID": "2"}’',
    ],
)
def test_bullets_and_typographic_signs(text: str) -> None:
    """Word processors and telephones replace quotes and dashes."""
    assert pick_cookies(text, GOOGLE) == RIGHT


def test_typographic_signs_in_a_value_stay() -> None:
    """Only where nothing else is found they are taken for others."""
    text = "curl 'https://x.example' -b 'SID=it’s; HSID=“a” — b'"

    assert pick_cookies(text, GOOGLE) == {"SID": "it’s", "HSID": "“a” — b"}


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_object_in_quotes(quote: str) -> None:
    """A console shows a text in quotes, and escapes those that stand in it."""
    text = json.dumps({"token": "a'b`c"}).replace(quote, f"\\{quote}")

    assert pick_cookies(f"{quote}{text}{quote}", DISCORD) == {"token": "a'b`c"}


@pytest.mark.parametrize(
    "text",
    [
        # Escaped like the literal it is
        r"""'{"token": "a\\"b\\\\c\\nd"}'""",
        # Not escaped at all
        r"""'{"token": "a\"b\\c\nd"}'""",
        # Quoted again
        json.dumps(json.dumps(json.dumps({"token": 'a"b\\c\nd'}))),
        '\'{\\n  "token": "a\\\\"b\\\\\\\\c\\\\nd"\\n}\'',
    ],
)
def test_escapes_of_a_console(text: str) -> None:
    """Whether a console escapes what it shows depends on the browser."""
    assert pick_cookies(text, DISCORD) == {"token": 'a"b\\c\nd'}


@pytest.mark.parametrize("text", ["'SID=1; HSID=2'", '"SID=1; HSID=2"'])
def test_cookies_in_quotes(text: str) -> None:
    """That is how a console shows `document.cookie`."""
    assert pick_cookies(text, GOOGLE) == RIGHT


# --- What is none of the forms


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "SID",
        '"SID"',
        "'" * 2_000,
        "new Promise(resolve => {\n\tconst a = 1\n\tresolve({ a })\n})",
        "((copy, text) => (copy(text), text))(copy, 1)",
        "https://www.example.com/?SID=1",
        "Traceback (most recent call last): x = 1",
    ],
    ids=lambda text: text[:20],
)
def test_other_texts_are_refused(text: str) -> None:
    """A text of another form, or only a part of one, is no good."""
    with pytest.raises(CookieTextError):
        pick_cookies(text, GOOGLE)


def test_error_quotes_nothing() -> None:
    """What is in the text may be a credential, complete or not."""
    with pytest.raises(CookieTextError) as raised:
        pick_cookies('{"SID": "secret', GOOGLE)

    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


PIECES = st.sampled_from(
    [
        *("curl ", "curl.exe ", "-H ", "-b", "--data-raw ", "--cookie=", "-F a="),
        *("https://www.tumblr.com/ ", "fetch(", "fetch('u', ", "Invoke-WebRequest "),
        *(
            "New-Object System.Net.Cookie(",
            "-Headers @{",
            "-Uri ",
            "-Body ",
            "$([char]",
        ),
        *(
            "GET / HTTP/1.1\n",
            "Host: x\n",
            "Cookie: ",
            "cookie:\n",
            ":path: /\n",
            "a\t",
        ),
        *('{"SID": ', '"headers": ', '"cookies": [', '"request": {', '"name": "SID", '),
        *(
            "SID=",
            "HSID=1; ",
            "token=1&",
            "--b\n",
            "content-disposition: x; name=a\n\n",
        ),
        *(
            ".x.com\tTRUE\t/\tTRUE\t0\tSID\t1\n",
            "'",
            '"',
            "$'",
            '^"',
            "`",
            "\\",
            "^",
            "“",
        ),
        *(
            "\n",
            " ",
            "\r\n",
            ";",
            "&",
            "}",
            "]",
            ")",
            "{",
            "[",
            "(",
            ",",
            ":",
            "=",
            "%",
        ),
        *(
            "\\ud83d",
            "\\u{110000}",
            "\\x4",
            "%ff",
            "%e2%82",
            "\ud800",
            "\x00",
            "> ",
            "```",
        ),
    ]
)
"""What the forms are made of."""


@settings(deadline=None, max_examples=300)
@given(
    text=st.one_of(
        st.text(),
        st.lists(PIECES, max_size=40).map("".join),
        st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=30).map("".join),
        st.text("curl -HbX'\"\\$^;=: \nu0x!{}[]"),
        st.text("{}[]\",:'ab1 \\u").map(lambda text: f'{{"a": {text}'),
    )
)
def test_no_text_is_too_strange(text: str) -> None:
    """Whatever is pasted gives values, or the one error that says it is no good."""
    try:
        picked = pick_cookies(text, [*GOOGLE, *SLACK, *DISCORD, *LINKEDIN, *TUMBLR])
    except CookieTextError:
        return
    for value in picked.values():
        assert value
        assert value.encode()


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_no_part_of_a_text_is_too_strange(form: str, data: st.DataObject) -> None:
    """A form may be cut off, or have something else in it, at any place."""
    text = FORMS[form]({"SID": "1", "HSID": 'a"b%41'})
    start, end = sorted(
        data.draw(st.tuples(*[st.integers(0, len(text)), st.integers(0, len(text))]))
    )
    texts = (text[start:end], text[:start] + data.draw(PIECES) + text[end:])

    for changed in texts:
        try:
            picked = pick_cookies(changed, [*GOOGLE, *SLACK, *TUMBLR])
        except CookieTextError:
            continue
        assert all(picked.values())
