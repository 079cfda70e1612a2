"""Cookies out of a browser, in all the forms in which people paste them."""

from collections.abc import Callable, Mapping
import json
import re
import shlex
import subprocess

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.beeper.api import LoginField
from custom_components.beeper.login.pasted import CookieTextError, pick_cookies

GOOGLE = [LoginField(name, type="cookie", name=name) for name in ("SID", "HSID")]
SLACK = [
    LoginField("auth_token", type="header", name="Authorization"),
    LoginField("cookie_token", type="cookie", name="d"),
]
DISCORD = [LoginField("token", type="local_storage", name="token")]


# --- How browsers write a command


def chrome_bash(header: str) -> str:
    """Quote as Chrome does for bash: ANSI-C quoting where there is need of it."""
    if not re.search(r"[\x00-\x1f\x7f-\x9f!']", header):
        return f"'{header}'"
    quoted = header.replace("\\", "\\\\").replace("'", r"\'").replace("!", r"\u0021")
    return f"$'{quoted}'"


def firefox_bash(header: str) -> str:
    """Quote as Firefox does for bash: everything beyond ASCII is escaped, too."""
    if header.isascii() and not re.search("[!']", header):
        return f"'{header}'"
    escaped = ""
    for character in header:
        if character in "\\'":
            escaped += f"\\{character}"
        elif character.isascii() and character != "!":
            escaped += character
        elif ord(character) < 256:
            escaped += "".join(f"\\x{byte:02x}" for byte in character.encode())
        else:
            units = character.encode("utf-16-be").hex(" ", 2).split()
            escaped += "".join(f"\\u{unit}" for unit in units)
    return f"$'{escaped}'"


def safari_bash(header: str) -> str:
    """Quote as Safari does for bash: always ANSI-C, with octal escapes."""
    quoted = header.replace("\\", "\\\\").replace("'", r"\'").replace("!", r"\041")
    return f"$'{quoted}'"


def chrome_cmd(header: str) -> str:
    """Quote as Chrome does for Windows' cmd: a caret before all that is special."""
    quoted = header.replace("\\", "\\\\").replace('"', '\\"')
    quoted = re.sub(r"[^a-zA-Z0-9\s_\-:=+~'/.,?;()*`]", r"^\g<0>", quoted)
    quoted = re.sub(r"%(?=[a-zA-Z0-9_])", "%^", quoted)
    return f'^"{quoted}^"'


def cookie_header(cookies: Mapping[str, str]) -> str:
    """Write the value of a Cookie header."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def command(
    quote: Callable[[str], str], option: str, new_line: str, prefix: str = ""
) -> Callable[[Mapping[str, str]], str]:
    """Return a function that writes a whole command with cookies in it."""

    def write(cookies: Mapping[str, str]) -> str:
        arguments = [
            quote("https://www.example.com/?a=1&b=%20#top"),
            f"-H {quote('accept: */*')}",
            f"{option} {quote(prefix + cookie_header(cookies))}",
            f"-H {quote('user-agent: Mozilla/5.0 (X11; Linux x86_64)')}",
            f"--data-raw {quote('{"a": "SID=wrong", "b": "it is"}')}",
        ]
        return "curl " + new_line.join(arguments)

    return write


FORMS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "JSON": json.dumps,
    "value of the header": cookie_header,
    "header": lambda cookies: f"Cookie: {cookie_header(cookies)}",
    "header over two lines": lambda cookies: f"cookie:\n{cookie_header(cookies)}\n",
    "Chrome, bash": command(chrome_bash, "-b", " \\\n  "),
    "Chrome before 2024, bash": command(chrome_bash, "-H", " \\\n  ", "cookie: "),
    "Firefox, bash": command(firefox_bash, "-H", " \\\r\n  ", "Cookie: "),
    "Safari, bash": command(safari_bash, "-H", " \\\n", "Cookie: "),
    "by hand": command(shlex.quote, "--cookie", " "),
    "Chrome, cmd": command(chrome_cmd, "-b", " ^\n  "),
    "Chrome before 2024, cmd": command(chrome_cmd, "-H", " ^\r\n  ", "cookie: "),
}
BASH_FORMS = [name for name in FORMS if name.endswith("bash")]

TRICKY = {
    "SID": 'a=b==&c:"quoted" it\'s 100%20%25 ^caret \\back\\ $HOME `ls` !bang',
    "HSID": '"%7B%22key%22%3A1%7D"|<>&(x)$',
}
"""Values with all that is special to a shell or to a header."""


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_values(form: str) -> None:
    """Whatever is special to a shell, a cookie's value comes through as it was."""
    text = FORMS[form]({"before": "1", **TRICKY, "after": "2"})

    assert pick_cookies(text, GOOGLE) == TRICKY


NAMES = st.from_regex(r"[A-Za-z0-9_!#$%&'*+.^`|~-]{1,12}", fullmatch=True)
VALUES = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters=";"), min_size=1
)


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(cookies=st.dictionaries(NAMES, VALUES, min_size=1, max_size=5))
def test_any_cookies_come_back(form: str, cookies: dict[str, str]) -> None:
    """What a browser writes in any of the forms is read back, whatever it is."""
    fields = [LoginField(name, type="cookie") for name in cookies]

    assert pick_cookies(FORMS[form](cookies), fields) == cookies


@settings(deadline=None)
@given(
    text=st.one_of(
        st.text(),
        st.text("curl -HbX'\"\\$^;=: \nu0x!{}[]"),
        st.text().map(lambda text: f"curl {text}"),
        st.text("{}[]\",:'ab1 \\u").map(lambda text: f'{{"a": {text}'),
    )
)
def test_no_text_is_too_strange(text: str) -> None:
    """Whatever is pasted gives values, or the one error that says it is no good."""
    try:
        picked = pick_cookies(text, [*GOOGLE, *SLACK, *DISCORD])
    except CookieTextError:
        return
    assert all(isinstance(value, str) and value for value in picked.values())


# --- What is none of the forms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SID",
        "my cookies are = secret",
        "[]",
        '"SID=1"',
        "{",
        '{"SID": "1"',
        '{"a":' * 100_000,
        "curl 'https://www.example.com/' -H 'cookie: SID=1",
        "curl $'\\ud800' -b 'SID=1'",
        "curl $'\\Uffffffff' -b 'SID=1'",
        # Chrome, PowerShell
        (
            "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n"
            '$session.Cookies.Add((New-Object System.Net.Cookie("SID", "1", "/", "")))\n'
            'Invoke-WebRequest -Uri "https://www.example.com/?a=b" -WebSession $session'
        ),
        'Invoke-WebRequest -Uri "https://www.example.com/?a=b" -Method "GET"',
        # Chrome, fetch
        'fetch("https://www.example.com/", {\n  "headers": {"cookie": "SID=1"}\n});',
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


# --- Names, and where they stand


@pytest.mark.parametrize("form", [form for form in FORMS if form != "JSON"])
def test_cookie_names_have_a_case(form: str) -> None:
    """`sid` and `SID` are two cookies."""
    text = FORMS[form]({"SID": "right", "sid": "wrong", "hsid": "wrong"})

    assert pick_cookies(text, GOOGLE) == {"SID": "right"}


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
def test_header_names_have_no_case(name: str) -> None:
    """Browsers write header names as they like."""
    curl = f"curl 'https://example.com' -H '{name}: xoxc-1' -b 'd=xoxd-2'"
    found = {"auth_token": "xoxc-1", "cookie_token": "xoxd-2"}

    assert pick_cookies(curl, SLACK) == found
    assert pick_cookies(json.dumps({name: "xoxc-1", "d": "xoxd-2"}), SLACK) == found


def test_header_and_cookie_are_told_apart() -> None:
    """A cookie that has the name of a header is not that header, and the reverse."""
    curl = "curl 'https://example.com' -H 'd: header' -b 'Authorization=cookie'"

    assert pick_cookies(curl, SLACK) == {}


def test_json_is_read_by_field_id_first() -> None:
    """A JSON object may name what it holds as Beeper does, or as the browser does."""
    by_id = {"auth_token": "xoxc-1", "cookie_token": "xoxd-2"}
    by_name = {"Authorization": "xoxc-3", "d": "xoxd-4"}

    assert pick_cookies(json.dumps(by_id), SLACK) == by_id
    assert pick_cookies(json.dumps(by_name | by_id), SLACK) == by_id
    assert pick_cookies(json.dumps(by_name), SLACK) == {
        "auth_token": "xoxc-3",
        "cookie_token": "xoxd-4",
    }


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_json_may_be_in_quotes(quote: str) -> None:
    """A console shows a text in quotes, and escapes those that stand in it."""
    text = json.dumps({"token": "a'b`c"}).replace(quote, f"\\{quote}")

    assert pick_cookies(f"{quote}{text}{quote}", DISCORD) == {"token": "a'b`c"}


def test_local_storage_is_only_in_json() -> None:
    """No command and no header holds what a page has stored."""
    assert pick_cookies('{"token": "abc.def"}', DISCORD) == {"token": "abc.def"}
    assert pick_cookies("token=abc.def", DISCORD) == {}
    assert pick_cookies("curl 'https://x' -H 'token: a' -b 'token=b'", DISCORD) == {}


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
        ],
    )

    assert pick_cookies("curl 'https://x' -H 'x-token: a' -b 'tok=b'", [field]) == {
        "token": "a"
    }
    assert pick_cookies("tok=b", [field]) == {"token": "b"}
    assert pick_cookies('{"stored": "c", "tok": "b"}', [field]) == {"token": "c"}


def test_of_two_cookies_with_one_name_the_first_counts() -> None:
    """Browsers put the cookie of the longest path first."""
    assert pick_cookies("SID=right; HSID=1; SID=wrong", GOOGLE)["SID"] == "right"


def test_numbers_stay_as_they_are_written() -> None:
    """A user ID is a number to JSON, and longer than a number may be."""
    text = '{"SID": 100000000000000000000000105, "HSID": 1.10}'

    assert pick_cookies(text, GOOGLE) == {
        "SID": "100000000000000000000000105",
        "HSID": "1.10",
    }


def test_what_is_no_text_is_not_there() -> None:
    """Only texts and numbers can be sent."""
    text = '{"SID": null, "HSID": {"value": "1"}, "APISID": true, "OSID": ""}'
    fields = [LoginField(name) for name in ("SID", "HSID", "APISID", "OSID")]

    assert pick_cookies(text, fields) == {}


# --- What bash and cmd make of a command


ESCAPES = {
    r"\u0021\u21 \x41\x4a\xc3\xa9 \101\41 \U0001F642": "!! AJé A! \U0001f642",
    r"\'\"\\\?": "'\"\\?",
    r"\a\b\e\E\f\n\r\t\v\cA": "\a\b\x1b\x1b\f\n\r\t\v\x01",
    r"\q\u\x": r"\q\u\x",
    r"\\u0021 \\\x21": r"\u0021 \!",
}


def bash_reads(text: str) -> list[str]:
    """Return the arguments that the real bash passes on."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{text}"
    bash = ["bash", "-c", script]
    env = {"LC_ALL": "C.UTF-8"}
    output = subprocess.run(bash, capture_output=True, check=True, env=env).stdout
    return output.decode().split("\0")[:-1]


@pytest.mark.parametrize("escapes", ESCAPES)
def test_ansi_c_quoting_is_that_of_bash(escapes: str) -> None:
    """All the escapes of $'...' mean what they mean to bash."""
    text = f"curl -H $'x: <{escapes}>'"
    field = LoginField("x", type="header")

    assert pick_cookies(text, [field]) == {"x": f"<{ESCAPES[escapes]}>"}
    assert bash_reads(text) == ["-H", f"x: <{ESCAPES[escapes]}>"]


def test_bytes_that_are_no_utf_8_are_latin_1() -> None:
    """HTTP knows bytes, and browsers show them as Latin-1."""
    assert pick_cookies(r"curl 'https://x' -b $'SID=caf\xe9'", GOOGLE) == {
        "SID": "café"
    }


def test_character_in_two_halves() -> None:
    """Browsers write what is beyond 16 bits as two escapes."""
    text = r"curl 'https://x' -b $'SID=\ud83d\ude42'"

    assert pick_cookies(text, GOOGLE) == {"SID": "\U0001f642"}


@pytest.mark.parametrize("form", BASH_FORMS)
def test_commands_are_those_that_bash_reads(form: str) -> None:
    """The commands that are tried here are right ones, by the word of bash."""
    text = FORMS[form](TRICKY).replace("\r\n", "\n")

    assert any(cookie_header(TRICKY) in argument for argument in bash_reads(text))


def test_dollar_before_a_closing_quote_opens_nothing() -> None:
    """`$'` is only a quote where no other one is open."""
    text = r"""curl 'https://x' -b 'SID=5$' -H 'y: \x41' -H "z: $'" -b 'HSID=\x41'"""

    assert pick_cookies(text, GOOGLE) == {"SID": "5$", "HSID": r"\x41"}
    assert bash_reads(text)[2] == "SID=5$"


def test_cmd_joins_lines_and_takes_what_follows_a_caret() -> None:
    """A command for cmd, written out as Chrome gives it."""
    text = (
        'curl ^"https://www.example.com/?a=1^&b=^%^20^" ^\r\n'
        '  -H ^"accept-language: en;q=0.9^" ^\r\n'
        '  -b ^"SID=^\\^"q^\\^"^%^2F^&^|^<^>^^; HSID=a^\\^\\b^%^%^!^" ^\r\n'
        '  --data-raw ^"^{^\\^"a^\\^":1^}^"'
    )

    assert pick_cookies(text, GOOGLE) == {"SID": '"q"%2F&|<>^', "HSID": "a\\b%%!"}


def test_cmd_with_plain_quotes() -> None:
    """Older browsers quote for cmd without a caret; inside, a caret is a caret."""
    text = 'curl "https://www.example.com/" ^\n -H "Cookie: SID=a^b"%"20c; HSID=1"'

    assert pick_cookies(text, GOOGLE) == {"SID": "a^b%20c", "HSID": "1"}


def test_caret_in_a_command_for_bash_is_a_caret() -> None:
    """A caret and a quote alone do not make it a command for cmd."""
    text = "curl 'https://x' -b 'SID=^\"a^\"; HSID=^^'"

    assert pick_cookies(text, GOOGLE) == {"SID": '^"a^"', "HSID": "^^"}
