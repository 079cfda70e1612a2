"""Commands of "Copy as cURL"."""

import subprocess

import pytest

from custom_components.beeper.api import LoginField
from custom_components.beeper.login.pasted import CookieTextError
from custom_components.beeper.login.pasted.reader import pick_cookies

from .wanted import GOOGLE, SLACK, SLACK_PUBLISHED, body, cookie, header

RIGHT = {"SID": "1", "HSID": "2"}


@pytest.mark.parametrize(
    "text",
    [
        "curl 'https://x.example' -b'SID=1; HSID=2'",
        'curl "https://x.example" -b"SID=1; HSID=2"',
        "curl 'https://x.example' --cookie='SID=1; HSID=2'",
        "curl 'https://x.example' -b='SID=1; HSID=2'",
        "curl 'https://x.example' -H'cookie: SID=1; HSID=2'",
        "curl 'https://x.example' --header='cookie: SID=1; HSID=2'",
        "curl 'https://x.example' -sSLb 'SID=1; HSID=2' -o /dev/null",
        "curl 'https://x.example' -H 'Cookie:SID=1;HSID=2'",
        "curl 'https://x.example' -b 'Cookie: SID=1; HSID=2'",
        "curl 'https://x.example' -H 'cookie: SID=1' -H 'cookie: HSID=2'",
        "curl 'https://x.example' -b 'cookies.txt' -H 'cookie: SID=1; HSID=2'",
        "curl -b 'SID=1; HSID=2' -- 'https://x.example'",
        "curl https://x.example/?a=1&b=2 -b SID=1;HSID=2",
        'curl.exe "https://x.example" `\n  -b "SID=1; HSID=2"',
        "CURL.EXE 'https://x.example' -b 'SID=1; HSID=2'",
        # Only a line or two of it
        "-b 'SID=1; HSID=2' \\",
        "  -H 'cookie: SID=1; HSID=2' \\\n",
        '-H ^"cookie: SID=1; HSID=2^" ^',
        "Here:\n-H 'x: y' \\\n--cookie='SID=1; HSID=2' \\",
        # What stands before and after
        "$ curl 'https://x.example' -b 'SID=1; HSID=2'",
        "me@home:~$ curl 'https://x.example' \\\n> -b 'SID=1; HSID=2'\n{\"a\": 1}",
        'C:\\Users\\me>curl "https://x.example" ^\nMore? -b "SID=1; HSID=2"',
        "PS C:\\> curl.exe 'https://x.example' -b 'SID=1; HSID=2'",
        "/usr/bin/curl 'https://x.example' -b 'SID=1; HSID=2'",
        "That's what curl got:\n\ncurl 'https://x.example' -b 'SID=1; HSID=2'\nHi!",
        "Here: curl 'https://x.example' -b 'SID=1; HSID=2'; it's all",
        # Line breaks that were lost, or that nothing joins
        "curl 'https://x.example' \\  -b 'SID=1; HSID=2' \\",
        "curl 'https://x.example' \\ -b 'SID=1; HSID=2'",
        "curl 'https://x.example'\n  -b 'SID=1; HSID=2'",
        "curl\n'https://x.example'\n-b\n'SID=1; HSID=2'",
        "curl 'https://x.example' \\ \n  -b 'SID=1; HSID=2'",
        'curl ^"https://x.example^"\n  -b ^"SID=1; HSID=2^"',
    ],
)
def test_command_in_other_words(text: str) -> None:
    """People write commands in all the ways that curl and their shell take."""
    assert pick_cookies(text, GOOGLE) == RIGHT


@pytest.mark.parametrize(
    "text",
    [
        "curl 'https://www.example.com/' -H 'cookie: SID=1",
        'curl "https://www.example.com/" -b "SID=1',
        "curl $'https://www.example.com/' -b $'SID=1\\'",
        'curl ^"https://www.example.com/^" -b ^"SID=1',
        "I use curl to look at it",
        "curl",
        "curl -sS",
    ],
)
def test_what_is_no_whole_command_is_refused(text: str) -> None:
    """A part of a command has a part of a value, which is a wrong one."""
    with pytest.raises(CookieTextError):
        pick_cookies(text, GOOGLE)


def test_command_that_was_cut_off_is_left_out() -> None:
    """Those that are whole count."""
    text = "curl 'https://x' -b 'SID=1' ;\ncurl 'https://y' -b 'SID=2; HSID="

    assert pick_cookies(text, GOOGLE) == {"SID": "1"}


# --- Several commands


@pytest.mark.parametrize("between", [" ;\n", " &\r\n", "\n", "\n\nand\n\n", " && "])
def test_request_with_most_of_the_values_wins(between: str) -> None:
    """Values of one request belong together; others add what it has not."""
    commands = [
        "curl 'https://a.example' -b 'SID=other; x=1'",
        "curl 'https://b.example' -b 'SID=right; HSID=right'",
        "curl 'https://c.example' -b 'SID=other; SSID=added'",
    ]
    fields = [*GOOGLE, LoginField("SSID", type="cookie")]

    assert pick_cookies(between.join(commands), fields) == {
        "SID": "right",
        "HSID": "right",
        "SSID": "added",
    }


def test_all_commands_for_cmd() -> None:
    """Chrome copies all requests at once for cmd, too."""
    text = (
        'curl ^"https://a.example/?x=1^&y=2^" ^\n  -b ^"SID=1^" &\r\n'
        'curl ^"https://b.example^" ^\n  -b ^"HSID=2^" &\r\n'
        'curl ^"https://c.example^"'
    )

    assert pick_cookies(text, GOOGLE) == RIGHT


# --- Headers and the address


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
def test_header_names_have_no_case(name: str) -> None:
    """Browsers write header names as they like."""
    text = f"curl 'https://example.com' -H '{name}: xoxc-1' -b 'd=xoxd-2'"

    assert pick_cookies(text, SLACK_PUBLISHED) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
    }


def test_header_and_cookie_are_told_apart() -> None:
    """A cookie that has the name of a header is not that header, and the reverse."""
    text = "curl 'https://example.com' -H 'd: header' -b 'Authorization=cookie'"

    assert pick_cookies(text, SLACK_PUBLISHED) == {}


def test_options_that_are_headers() -> None:
    """Some headers have an option of their own."""
    text = "curl 'https://x.com/' -A 'Mozilla/5.0' --referer https://x.com/home"
    fields = [header("user-agent", r"^https://x\.com/"), header("Referer")]

    assert pick_cookies(text, fields) == {
        "user-agent": "Mozilla/5.0",
        "Referer": "https://x.com/home",
    }


@pytest.mark.parametrize(
    ("command", "is_right"),
    [
        ("curl 'https://x.com/i/api' -H 'x: 1'", True),
        ("curl -H 'x: 1' 'https://x.com/i/api'", True),
        ("curl --url 'https://x.com/i/api' -H 'x: 1'", True),
        ("curl --proxy http://p.example -H 'x: 1' https://x.com/i/api", True),
        ("curl 'https://x.com/i\\[a\\]' -H 'x: 1'", True),
        ("curl 'https://y.com/' -H 'x: 1'", False),
        ("curl 'https://y.com/' -e 'https://x.com/i' -H 'x: 1'", False),
    ],
)
def test_header_is_from_the_right_request(command: str, is_right: bool) -> None:
    """A field may tell of which requests its header is."""
    fields = [header("x", r"^https://x\.com/i(/api|\[a\])$")]

    assert pick_cookies(command, fields) == ({"x": "1"} if is_right else {})


# --- Bodies

URL = "https://team.slack.com/api/client.counts?_x_id=1"
MULTIPART = (
    "------WebKitFormBoundaryA1\r\nContent-Disposition: form-data; "
    'name="token"\r\n\r\nxoxc-1\r\n------WebKitFormBoundaryA1\r\nContent-Disposition: '
    'form-data; filename="x"; name="file"\r\nContent-Type: text/plain\r\n\r\na\r\n\r\nb'
    "\r\n------WebKitFormBoundaryA1--\r\n"
)


def ansi_c(text: str) -> str:
    """Quote a text with line breaks for bash."""
    return "$'{}'".format(text.replace("\r", r"\r").replace("\n", r"\n"))


def carets(text: str) -> str:
    """Quote a text with line breaks for cmd."""
    escaped = text.replace('"', '\\"').replace('"', '^"').replace("\r\n", "^\n\n")
    return f'^"{escaped}^"'


@pytest.mark.parametrize(
    "data",
    [
        f"--data-raw {ansi_c(MULTIPART)}",
        f"--data-binary {ansi_c(MULTIPART)}",
        "--data-raw '" + MULTIPART.replace("\r\n", "\n") + "'",
        "--data-raw 'a=1&token=xoxc-1&b=2'",
        "--data 'a=1' --data 'token=xoxc-1'",
        "-d 'token=xoxc%2D1'",
        "-d'token=xoxc-1'",
        "--data='token=xoxc-1'",
        '--data-raw \'{"token": "xoxc-1", "a": {"token": "wrong"}}\'',
        '--json \'{"token": "xoxc-1"}\'',
        "--data-urlencode 'token=xoxc-1'",
        "--form 'token=xoxc-1'",
        "-F 'token=\"xoxc-1\";type=text/plain'",
        "-F token=xoxc-1;type=text/plain",
        "-d 'token=xoxc-1&token=xoxc-2'",
    ],
)
def test_value_in_the_body(data: str) -> None:
    """Slack's token is in the body of requests to its API, in whatever form."""
    text = f"curl '{URL}' -b 'd=xoxd-2' {data}"

    assert pick_cookies(text, SLACK) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
    }


def test_value_in_the_body_for_cmd() -> None:
    """A body of several lines has line breaks that cmd takes as they are."""
    text = f'curl ^"{URL}^" ^\n  -b ^"d=xoxd-2^" ^\n  --data-raw {carets(MULTIPART)}'

    assert pick_cookies(text, SLACK) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
    }


def test_parts_of_a_form_keep_their_lines() -> None:
    """A part ends at the boundary, and an empty line in it is its own."""
    text = f"curl '{URL}' --data-raw {ansi_c(MULTIPART)}"

    assert pick_cookies(text, [body("file")]) == {"file": "a\n\nb"}


def test_body_is_from_the_right_request() -> None:
    """Requests to other pages may have a field of the same name."""
    other = "curl 'https://team.slack.com/log' -b 'd=xoxd-2' -d 'token=xoxc-wrong'"

    assert pick_cookies(other, SLACK) == {"cookie_token": "xoxd-2"}
    assert pick_cookies(f"{other} ;\ncurl '{URL}' -d 'token=xoxc-1'", SLACK) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
    }


@pytest.mark.parametrize("data", ['{"token": "xo', "--", "a", "", '{"token": ["x"]}'])
def test_body_without_fields(data: str) -> None:
    """A body may be anything."""
    text = f"curl '{URL}' -b 'd=xoxd-2' --data-raw '{data}'"

    assert pick_cookies(text, SLACK) == {"cookie_token": "xoxd-2"}


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

    assert pick_cookies(text, [header("x")]) == {"x": f"<{ESCAPES[escapes]}>"}
    assert bash_reads(text) == ["-H", f"x: <{ESCAPES[escapes]}>"]


def test_other_quotes_are_those_of_bash() -> None:
    """Within double quotes a backslash has a meaning before few characters."""
    text = r"""curl -H "x: \$a \`b\` \"c\" \\ \d"\ 'e\f'g\h"""

    assert pick_cookies(text.replace(r"\ '", "'"), [header("x")]) == {
        "x": r'$a `b` "c" \ \de\fgh'
    }
    assert bash_reads(text.replace(r"\ '", "'"))[1] == r'x: $a `b` "c" \ \de\fgh'


def test_bytes_that_are_no_utf_8_are_latin_1() -> None:
    """HTTP knows bytes, and browsers show them as Latin-1."""
    assert pick_cookies(r"curl 'https://x' -b $'SID=caf\xe9'", GOOGLE) == {
        "SID": "café"
    }


@pytest.mark.parametrize(
    ("escaped", "character"),
    [
        (r"\ud83d\ude42", "\U0001f642"),
        (r"\ud83d", "\ufffd"),
        (r"\Uffffffff", "\ufffd"),
    ],
)
def test_character_in_two_halves(escaped: str, character: str) -> None:
    """Browsers write what is beyond 16 bits as two escapes; one cannot be sent."""
    text = rf"curl 'https://x' -b $'SID=a{escaped}'"

    assert pick_cookies(text, GOOGLE) == {"SID": f"a{character}"}


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

    assert pick_cookies(text, GOOGLE) == {"SID": '"q"/&|<>^', "HSID": "a\\b%%!"}


def test_cmd_with_plain_quotes() -> None:
    """Older browsers quote for cmd without a caret; inside, a caret is a caret."""
    text = 'curl "https://www.example.com/" ^\n -H "Cookie: SID=a^b"%"20c; HSID=""1"""'

    assert pick_cookies(text, GOOGLE) == {"SID": "a^b c", "HSID": '"1"'}


def test_caret_in_a_command_for_bash_is_a_caret() -> None:
    """A caret and a quote alone do not make it a command for cmd."""
    text = "curl 'https://x' -b 'SID=^\"a^\"; HSID=^^'"

    assert pick_cookies(text, GOOGLE) == {"SID": '^"a^"', "HSID": "^^"}


def test_cookie_of_the_site_that_is_meant() -> None:
    """Two sites may have a cookie of one name; that of another one is the last resort."""
    fields = [cookie("OSID", "messages.google.com")]
    other = "curl 'https://accounts.google.com/' -b 'OSID=other; a=1'"

    assert pick_cookies(other, fields) == {"OSID": "other"}
    text = f"{other} ;\ncurl 'https://messages.google.com/web' -b 'OSID=right'"
    assert pick_cookies(text, fields) == {"OSID": "right"}
