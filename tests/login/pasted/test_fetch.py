"""Calls of "Copy as fetch"."""

import json

import pytest

from custom_components.beeper.login.pasted import CookieTextError
from custom_components.beeper.login.pasted.reader import pick_cookies

from .wanted import GOOGLE, LINKEDIN, SLACK, header

HEADERS = {
    "accept": "*/*",
    "x-li-track": '{"clientVersion":"1.13"}',
    "x-li-page-instance": "urn:li:page:feed",
}
VALUES = {
    "X-LI-Track": '{"clientVersion":"1.13"}',
    "X-LI-Page-Instance": "urn:li:page:feed",
}


@pytest.mark.parametrize("begin", ["fetch(", "await fetch(", "let a = await fetch("])
@pytest.mark.parametrize("indent", [2, 4])
def test_headers_of_a_call(begin: str, indent: int) -> None:
    """Chrome and Firefox write what a page would call; that has no cookies."""
    options = json.dumps(
        {"headers": HEADERS, "body": None, "method": "GET", "mode": "cors"},
        indent=indent,
    )

    text = f'{begin}"https://www.linkedin.com/voyager/api/me", {options});'

    assert pick_cookies(text, LINKEDIN) == VALUES


def test_call_for_node_has_cookies() -> None:
    """Only this form has the values of all fields."""
    headers = HEADERS | {"cookie": 'li_at=1; JSESSIONID="ajax:1"'}
    text = f'fetch("https://www.linkedin.com/me", {json.dumps({"headers": headers})});'

    assert pick_cookies(text, LINKEDIN) == VALUES | {"Cookie": headers["cookie"]}


def test_body_of_a_call() -> None:
    """The body stands in the call, too."""
    options = {"headers": {"cookie": "d=xoxd-2"}, "body": "a=1&token=xoxc-1"}
    text = f'fetch("https://a.slack.com/api/users.list", {json.dumps(options)});'

    assert pick_cookies(text, SLACK) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
    }


def test_several_calls() -> None:
    """Chrome copies all requests at once; a call may have no options."""
    text = (
        'fetch("https://a.example/");\nfetch(url, {"headers": {"x": "wrong"}}) ;\n'
        'fetch("https://b.example/", {"headers": {"cookie": "SID=1"}}) ;\n'
        'fetch("https://c.example/", {"headers": {"cookie": "HSID=2"}, }) ;\n'
    )

    assert pick_cookies(text, GOOGLE) == {"SID": "1", "HSID": "2"}


def test_call_of_another_site() -> None:
    """The address of the call counts."""
    text = 'fetch("https://y.com/", {"headers": {"x": "1"}});'

    assert pick_cookies(text, [header("x", r"^https://x\.com/")]) == {}


@pytest.mark.parametrize(
    "text",
    [
        'fetch("https://x.example/", {"headers": {"cookie": "SID=1"',
        'fetch("https://x.exam',
        "fetch(",
        "fetch([1], {})",
        "fetch(, {})",
    ],
)
def test_part_of_a_call_is_refused(text: str) -> None:
    """It may have a part of a value."""
    with pytest.raises(CookieTextError):
        pick_cookies(text, GOOGLE)
