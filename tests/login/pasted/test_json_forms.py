"""JSON: the result of a script, an object by hand, cookies of an extension, HAR."""

import json

import pytest

from custom_components.beeper.api import LoginField
from custom_components.beeper.login.pasted import CookieTextError
from custom_components.beeper.login.pasted.reader import pick_cookies

from .wanted import (
    DISCORD,
    GOOGLE,
    SLACK,
    SLACK_PUBLISHED,
    TUMBLR,
    TUMBLR_PUBLISHED,
    body,
    cookie,
    header,
)


def test_object_is_read_by_field_id_first() -> None:
    """An object may name what it holds as Beeper does, or as the browser does."""
    by_id = {"auth_token": "xoxc-1", "cookie_token": "xoxd-2"}
    by_name = {"Authorization": "xoxc-3", "d": "xoxd-4"}

    assert pick_cookies(json.dumps(by_id), SLACK_PUBLISHED) == by_id
    assert pick_cookies(json.dumps(by_name | by_id), SLACK_PUBLISHED) == by_id
    assert pick_cookies(json.dumps(by_name), SLACK_PUBLISHED) == {
        "auth_token": "xoxc-3",
        "cookie_token": "xoxd-4",
    }


@pytest.mark.parametrize("name", ["auth_token", "fi.mau.slack.auth_token", "token"])
def test_result_of_a_script(name: str) -> None:
    """A script names a value by the field's ID, or by a source of it."""
    text = json.dumps({name: "xoxc-%41+"})

    assert pick_cookies(text, SLACK) == {"auth_token": "xoxc-%41+"}


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
def test_header_names_have_no_case(name: str) -> None:
    """Somebody may write them as the browser does."""
    text = json.dumps({name: "xoxc-1", "d": "xoxd-2"})

    assert pick_cookies(text, SLACK_PUBLISHED) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
    }


def test_local_storage_is_only_in_objects() -> None:
    """No command and no header holds what a page has stored."""
    assert pick_cookies('{"token": "abc.%41"}', DISCORD) == {"token": "abc.%41"}
    assert pick_cookies("token=abc.def", DISCORD) == {}
    assert pick_cookies("curl 'https://x' -H 'token: a' -b 'token=b'", DISCORD) == {}


def test_newer_kind_of_storage_is_only_in_objects() -> None:
    """What is not known yet can be named by somebody who knows it."""
    field = LoginField("a", sources=[{"type": "session_storage", "name": "b"}])

    assert pick_cookies('{"b": "%41"}', [field]) == {"a": "%41"}
    assert pick_cookies("b=1; a=2", [field]) == {}


def test_numbers_stay_as_they_are_written() -> None:
    """A user ID is a number to JSON, and longer than a number may be."""
    text = '{"SID": 100000000000000000000000105, "HSID": 1.10}'

    assert pick_cookies(text, GOOGLE) == {
        "SID": "100000000000000000000000105",
        "HSID": "1.10",
    }


def test_what_is_no_text_is_not_there() -> None:
    """Only texts and numbers can be sent."""
    text = '{"SID": null, "HSID": {"value": "1"}, "APISID": true, "OSID": "", "A": []}'
    fields = [LoginField(name) for name in ("SID", "HSID", "APISID", "OSID", "A")]

    assert pick_cookies(text, fields) == {}


def test_half_an_emoji_is_replaced() -> None:
    """It cannot be sent."""
    text = r'{"SID": "a\ud83d", "HSID": "\ud83d\ude42"}'

    assert pick_cookies(text, GOOGLE) == {"SID": "a\ufffd", "HSID": "\U0001f642"}


@pytest.mark.parametrize(
    "text",
    [
        '{"SID": "1", "HSID": "2"} undefined',
        'Result: {"SID": "1", "HSID": "2"}',
        '{"SID": "1"}\n{"HSID": "2"}',
        '[{"SID": "1"}, {"HSID": "2"}]',
        '{"SID": "1", "HSID": "2",}',
        "{'SID': '1', 'HSID': '2', 'a': None}",
        "cookies = {\n    'SID': '1',\n    'HSID': '2',\n}\nheaders = {'a': 'b'}",
        '{"cookies": {"SID": "1", "HSID": "2"}}',
        '{"Request Cookies": {"SID": "1", "HSID": "2"}}',
        (
            '{"url": "https://x.example", "cookies": [{"name": "SID", "value": "1"},'
            ' {"name": "HSID", "value": "2"}]}'
        ),
        (
            '{"Request Headers (1 KB)": {"headers": [{"name": "Cookie",'
            ' "value": "SID=1; HSID=2"}]}}'
        ),
        '{"Cookie": "SID=1; HSID=2"}',
        r'{"SID": "\x31", "HSID": "\u{32}"}',
        r'{"S\
ID": "1", "HSID": "\2"}',
        '{"SID": 1, "HSID": 2, "a": [[], {}, [1, "b", null]]}',
    ],
)
def test_other_objects(text: str) -> None:
    """Programs write objects in many ways, and consoles write something around them."""
    assert pick_cookies(text, GOOGLE) == {"SID": "1", "HSID": "2"}


def test_token_within_an_object() -> None:
    """Slack keeps its token within an object, which can be copied as a whole."""
    text = json.dumps({"teams": {"T1": {"id": "T1", "token": "xoxc-1"}}, "v": 2})

    assert pick_cookies(text, SLACK) == {"auth_token": "xoxc-1"}


def test_outer_object_counts_first() -> None:
    """A member of the same name further within is another thing."""
    text = '{"SID": "right", "HSID": "right", "a": {"SID": "wrong", "b": "c"}}'

    assert pick_cookies(text, GOOGLE) == {"SID": "right", "HSID": "right"}


def test_names_of_a_request_can_be_those_of_values() -> None:
    """A network may call a field as it likes."""
    fields = [LoginField(name, type="special") for name in ("cookies", "headers")]

    assert pick_cookies('{"cookies": "1", "headers": "2"}', fields) == {
        "cookies": "1",
        "headers": "2",
    }


# --- Cookie extensions


@pytest.mark.parametrize(
    "names",
    [("domain", "name", "value"), ("Host raw", "Name raw", "Content raw")],
    ids=["EditThisCookie", "Cookie Quick Manager"],
)
@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ("messages.google.com", "messages"),
        (".google.com", "google"),
        # A browser sends it there, too
        ("voice.google.com", "google"),
        # The only one there is, on a host below
        ("example.com", "below"),
        ("ogle.com", None),
        (None, "first"),
    ],
)
def test_cookie_of_the_right_domain(
    names: tuple[str, str, str], wanted: str | None, value: str | None
) -> None:
    """A list may hold the cookies of all sites, some of one name."""
    exported = [
        (".youtube.com", "first"),
        ("sub.example.com", "below"),
        ("accounts.google.com", "accounts"),
        (".google.com", "google"),
        ("Messages.Google.com", "messages"),
    ]
    text = json.dumps(
        [
            dict(zip(names, (domain, "SID", value), strict=True))
            for domain, value in exported
        ]
    )

    picked = pick_cookies(text, [cookie("SID", wanted)])

    assert picked == ({"SID": value} if value else {})


def test_list_with_something_else_in_it() -> None:
    """What is no cookie is left out."""
    text = '[{"name": "SID"}, {"name": "SID", "value": "1"}, 2, {"value": "3"}]'

    assert pick_cookies(text, GOOGLE) == {"SID": "1"}


@pytest.mark.parametrize(
    ("fields", "domains", "value"),
    [
        (TUMBLR, (".tumblr.com", "www.tumblr.com"), "a=1%2B; b=2"),
        (TUMBLR, (".tumblr.com", ".example.com"), "a=1%2B"),
        (TUMBLR_PUBLISHED, (".tumblr.com", "www.tumblr.com"), "a=1%2B; b=2"),
        (TUMBLR_PUBLISHED, (".tumblr.com", ".example.com"), None),
    ],
)
def test_whole_cookie_header_of_a_list(
    fields: list[LoginField], domains: tuple[str, str], value: str | None
) -> None:
    """It is made of what a browser sends there, and never of cookies of other sites."""
    text = json.dumps(
        [
            {"domain": domain, "name": name, "value": content}
            for domain, name, content in zip(domains, "ab", ("1%2B", "2"), strict=True)
        ]
    )

    picked = pick_cookies(text, fields)

    assert picked == ({"cookie_header": value} if value else {})


def test_whole_cookie_header_of_cookies_without_a_domain() -> None:
    """Whoever leaves the domain out has those of one site."""
    text = '{"cookies": {"a": "1%2B", "b": "2"}}'

    assert pick_cookies(text, TUMBLR_PUBLISHED) == {"cookie_header": "a=1%2B; b=2"}


# --- HAR


def test_har_file() -> None:
    """A panel can export all requests; answers do not count."""

    def entry(url: str, headers: dict[str, str], post: object) -> dict[str, object]:
        return {
            "request": {
                "url": url,
                "headers": [
                    {"name": name, "value": it} for name, it in headers.items()
                ],
                "postData": post,
            },
            "response": {"headers": [{"name": "x", "value": "wrong"}]},
        }

    api = "https://a.slack.com/api/users.list"
    entries = [
        entry("https://y.com/", {"x": "wrong"}, None),
        entry(api, {"cookie": "d=xoxd-2"}, {"text": "token=xoxc-1"}),
        entry(api, {}, {"params": [{"name": "p", "value": "3"}, {"name": "q"}]}),
        entry("https://x.com/", {"X": "right"}, {}),
    ]
    fields = [*SLACK, header("x", "x.com"), body("p")]

    assert pick_cookies(json.dumps({"log": {"entries": entries}}), fields) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
        "x": "right",
        "p": "3",
    }


# --- What is none


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "}",
        "[]",
        "[1, 2]",
        '{"SID": "1"',
        '{"SID": "1", "HSID": "2',
        "{SID: '1'}",
        "{a: 1}",
        '{"SID" "1"}',
        '{"SID": : "1"}',
        '{"SID", "1"}',
        '{"SID": }',
        '{"SID": "1" "HSID": "2"}',
        '{"SID": "1"]',
        '["SID": "1"]',
        '{, "SID": "1"}',
        '{1: "1"}',
        '{"SID": "1", {"a": "b"}}',
        "Promise { <pending> }",
        '{"a":' * 100_000,
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_object_is_refused(text: str) -> None:
    """Consoles show objects with bare names, and leave out parts of long texts."""
    with pytest.raises(CookieTextError):
        pick_cookies(text, GOOGLE)


def test_objects_far_within_do_not_count() -> None:
    """Nobody means them, and whoever writes them so wants to do harm."""
    deep = '{"a":' * 50_000 + '{"SID": "1"}' + "}" * 50_000

    assert pick_cookies(f'{{"HSID": "2", "b": {deep}}}', GOOGLE) == {"HSID": "2"}
