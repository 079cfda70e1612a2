"""Header lines, and cookies alone."""

import pytest

from custom_components.beeper.api import LoginField
from custom_components.beeper.login.pasted import CookieTextError
from custom_components.beeper.login.pasted.reader import pick_cookies

from .wanted import GOOGLE, LINKEDIN, SLACK, TUMBLR, TUMBLR_PUBLISHED, body, header

LINKEDIN_VALUES = {
    "Cookie": 'li_at=AQ%3D; JSESSIONID="ajax:1"',
    "X-LI-Track": '{"clientVersion":"1.13"}',
    "X-LI-Page-Instance": "urn:li:page:feed;a==",
}


@pytest.mark.parametrize("fields", [TUMBLR, TUMBLR_PUBLISHED, [LoginField("Cookie")]])
@pytest.mark.parametrize(
    "text",
    [
        "Cookie: pfu=1%2B2; sid=a%3Db; pfu=3",
        "cookie:pfu=1%2B2; sid=a%3Db; pfu=3",
        "pfu=1%2B2; sid=a%3Db; pfu=3",
        "cookie:\npfu=1%2B2; sid=a%3Db; pfu=3",
        "Cookie\npfu=1%2B2; sid=a%3Db; pfu=3",
        "Cookie\tpfu=1%2B2; sid=a%3Db; pfu=3",
        "curl 'https://www.tumblr.com/' -b 'pfu=1%2B2; sid=a%3Db; pfu=3'",
        "curl 'https://www.tumblr.com/' -H 'Cookie: pfu=1%2B2; sid=a%3Db; pfu=3'",
        (
            'fetch("https://www.tumblr.com/", {"headers":'
            ' {"cookie": "pfu=1%2B2; sid=a%3Db; pfu=3"}});'
        ),
        '{"Cookie": "pfu=1%2B2; sid=a%3Db; pfu=3"}',
        "Host: www.tumblr.com\nCookie: pfu=1%2B2; sid=a%3Db; pfu=3\nAccept: */*",
        "cookie: pfu=1%2B2\ncookie: sid=a%3Db\ncookie: pfu=3",
    ],
)
def test_whole_cookie_header(text: str, fields: list[LoginField]) -> None:
    """A network may want the header as it is, with nothing decoded."""
    assert pick_cookies(text, fields) == {
        fields[0].id: "pfu=1%2B2; sid=a%3Db; pfu=3",
    }


@pytest.mark.parametrize(
    "text",
    [
        "GET /voyager/api/me HTTP/1.1\r\nHost: www.linkedin.com\r\n{}",
        "GET /voyager/api/me HTTP/2\nHost: www.linkedin.com\n{}",
        (
            ":authority: www.linkedin.com\n:method: GET\n:path: /voyager/api/me\n"
            ":scheme: https\naccept: */*\n{}"
        ),
        "{}",
        "Request URL: https://www.linkedin.com/voyager/api/me\nRequest Method: GET\n{}",
        "Request Headers\n\nSome of them:\n{}",
        "> GET /voyager/api/me HTTP/2\n> Host: www.linkedin.com\n{}",
    ],
)
def test_request_headers(text: str) -> None:
    """LinkedIn wants three headers of a request to its API."""
    lines = "\n".join(f"{name}: {value}" for name, value in LINKEDIN_VALUES.items())

    assert pick_cookies(text.format(lines), LINKEDIN) == LINKEDIN_VALUES


@pytest.mark.parametrize(
    "first", [":authority:\nwww.linkedin.com\n", "Origin:\n\n", ""]
)
def test_names_and_values_in_lines_of_their_own(first: str) -> None:
    """Panels copy each name and each value as a line; a value may be empty."""
    lines = "\n".join(
        f"{name.lower()}:\n{value}" for name, value in LINKEDIN_VALUES.items()
    )

    assert pick_cookies(f"{first}{lines}\nuser-agent:\nx", LINKEDIN) == LINKEDIN_VALUES


def test_empty_header_takes_no_other_one() -> None:
    """A header without a value is followed by a header."""
    assert pick_cookies("Origin:\nCookie: SID=1; HSID=2", GOOGLE) == {
        "SID": "1",
        "HSID": "2",
    }


def test_headers_of_another_site() -> None:
    """The lines tell of which request they are."""
    text = "GET / HTTP/1.1\nHost: {}\nCookie: JSESSIONID=1"

    assert pick_cookies(text.format("www.linkedin.com"), LINKEDIN[:1])
    assert pick_cookies(text.format("www.example.com"), LINKEDIN[:1]) == {}
    absolute = "GET http://www.example.com/ HTTP/1.1\nCookie: JSESSIONID=1"
    assert pick_cookies(absolute, LINKEDIN[:1]) == {}


@pytest.mark.parametrize(
    "text",
    [
        "GET / HTTP/1.1\nHost: a\nCookie: SID=1\n\nGET / HTTP/1.1\nHost: b\nX: right",
        "Host: a\nCookie: SID=1\nHost: b\nX: right",
        ":method: GET\nCookie: SID=1\n\n:method: POST\nX: right",
    ],
)
def test_headers_of_several_requests(text: str) -> None:
    """Each request adds what the others lack."""
    assert pick_cookies(text, [GOOGLE[0], header("x")]) == {"SID": "1", "x": "right"}


def test_headers_of_the_answer_do_not_count() -> None:
    """Somebody may copy the whole panel."""
    text = "HTTP/2 200 OK\ndate: now\n\nGET / HTTP/2\nCookie: SID=1; HSID=2"

    assert pick_cookies(text, GOOGLE) == {"SID": "1", "HSID": "2"}


def test_header_that_was_wrapped() -> None:
    """A value goes on in a line that is indented, or after a semicolon."""
    text = "Host: x\nCookie: SID=1;\nHSID=2;\n  SSID=3\n   ; OSID=4"
    fields = [
        LoginField(name, type="cookie") for name in ("SID", "HSID", "SSID", "OSID")
    ]

    assert pick_cookies(text, fields) == {
        "SID": "1",
        "HSID": "2",
        "SSID": "3",
        "OSID": "4",
    }


@pytest.mark.parametrize(
    "content",
    [
        "a=1&token=xoxc-1",
        '{"token": "xoxc-1"}',
        '--b\nContent-Disposition: form-data; name="token"\n\nxoxc-1\n--b--',
    ],
)
def test_body_below_the_headers(content: str) -> None:
    """Proxies show requests as they are sent."""
    text = (
        "POST /api/client.counts HTTP/1.1\nHost: team.slack.com\nCookie: d=xoxd-2"
        f"\n\n{content}"
    )

    assert pick_cookies(text, SLACK) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
    }


@pytest.mark.parametrize(
    "text",
    [
        "token=xoxc-1&a=b",
        "token: xoxc-1\na: b",
        "token:\nxoxc-1\na:\nb",
        '{"token": "xoxc-1"}',
    ],
)
def test_body_alone(text: str) -> None:
    """Panels show the fields of a body on a page of their own."""
    assert pick_cookies(text, SLACK) == {"auth_token": "xoxc-1"}


# --- Cookies alone


@pytest.mark.parametrize(
    "text",
    [
        "SID=1; HSID=2",
        "SID=1;HSID=2;",
        "SID=1\nHSID=2",
        "SID=1;\r\nHSID=2;\r\n",
        "SID=1; Path=/; Secure; HttpOnly\nHSID=2; Path=/; HttpOnly",
        "Here they are:\nSID=1; HSID=2\nThank you",
    ],
)
def test_cookies_alone(text: str) -> None:
    """Some copy the value of the header, or write a cookie in each line."""
    assert pick_cookies(text, GOOGLE) == {"SID": "1", "HSID": "2"}


def test_of_two_cookies_with_one_name_the_first_counts() -> None:
    """Browsers put the cookie of the longest path first."""
    assert pick_cookies("SID=right; HSID=1; SID=wrong", GOOGLE)["SID"] == "right"


@pytest.mark.parametrize("text", ["SID=right; sid=wrong; hsid=wrong"])
@pytest.mark.parametrize("form", ["{}", "Cookie: {}", "curl 'https://x' -b '{}'"])
def test_cookie_names_have_a_case(form: str, text: str) -> None:
    """`sid` and `SID` are two cookies."""
    assert pick_cookies(form.format(text), GOOGLE) == {"SID": "right"}


def test_headers_are_no_cookies() -> None:
    """A header that has the name of a cookie is not that cookie."""
    assert pick_cookies("SID: wrong\nCookie: HSID=2", GOOGLE) == {"HSID": "2"}


@pytest.mark.parametrize(
    "text",
    [
        "https://www.example.com/?SID=1",
        "my cookies are = secret",
        "SID=1; HSID=se\ncret",
        "Cookie: SID=1; HSID=se\ncret; a=b",
        "Cookie: SID=1;\nHSID=se\ncret",
        "Note: this",
        "<a href='x=1'>",
    ],
)
def test_other_lines_are_refused(text: str) -> None:
    """A line that only looks like cookies, or goes on in the middle of a value."""
    with pytest.raises(CookieTextError):
        pick_cookies(text, GOOGLE[1:])


def test_headers_without_what_is_wanted() -> None:
    """They are understood; the caller says what is missing."""
    assert pick_cookies("Accept: */*\nHost: x", GOOGLE) == {}
    assert pick_cookies("Cookie: a=1", GOOGLE) == {}


def test_body_field_is_no_header_of_a_request() -> None:
    """Only a list of names and values that has no address may be that of a body."""
    text = "GET / HTTP/1.1\nHost: x\ntoken: 1"

    assert pick_cookies(text, [body("token")]) == {}
