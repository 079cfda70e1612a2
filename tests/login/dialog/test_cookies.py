"""What a browser keeps, as people bring it to a dialog."""

from collections.abc import Callable
from html import unescape
import json
import re
import shlex
from typing import Any

import pytest

from simulator.login_flows import Step as ServedStep

from .person import Network, Person, cookies, keyed


def as_header(cookies: dict[str, str]) -> str:
    """Write cookies into a header."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def as_curl(cookies: dict[str, str]) -> str:
    """Write cookies into a command."""
    return f"curl 'https://example.com/' -b {shlex.quote(as_header(cookies))}"


@pytest.mark.parametrize(
    "write",
    [
        lambda right: {"paste": json.dumps(right)},
        lambda right: {"paste": as_curl({"a": "b", **right})},
        lambda right: {"paste": f"Cookie: {as_header(right)}"},
        lambda right: {"paste": as_header(right)},
        keyed,
        lambda right: {
            "paste": json.dumps(dict(list(right.items())[1:])),
            "field_1": right["c_user"],
        },
        lambda right: {
            "paste": json.dumps({**right, "c_user": "wrong"}),
            "field_1": right["c_user"],
        },
        lambda right: {"paste": "", **keyed(right)},
    ],
    ids=["JSON", "cURL", "header", "bare", "each", "mixed", "corrected", "empty"],
)
async def test_cookies_are_taken_as_people_bring_them(
    person: Person,
    network: Network,
    write: Callable[[dict[str, str]], dict[str, str]],
) -> None:
    """In one piece, one by one, or both; what was entered by itself counts."""
    right = {"c_user": "1", "xs": "2:3", "datr": "4="}
    fields = [{"id": name, "name": name, "type": "cookie"} for name in right]
    step = ServedStep(
        "cookies", "com.example.cookies", "", {"url": "", "fields": fields}
    )
    answers = network(step)
    dialog = await person.connect("local-signal")

    await person.enter(dialog, **write(right))

    assert dialog.at == "connected"
    assert answers == [right]


async def test_header_of_a_command_is_found(person: Person, network: Network) -> None:
    """A field may be a header, and a cookie be called otherwise than its field."""
    answers = network(
        cookies(
            {"id": "token", "name": "Authorization", "type": "header"},
            {"id": "session", "name": "d", "type": "cookie"},
        )
    )
    dialog = await person.connect("local-signal")

    await person.enter(
        dialog,
        paste="curl 'https://example.com/api/boot' -H 'authorization: xoxc-1'"
        " -b 'd=xoxd-2; x=1'",
    )

    assert dialog.at == "connected"
    assert answers == [{"token": "xoxc-1", "session": "xoxd-2"}]


@pytest.mark.parametrize("end", ["", "\n", " ;\n", ";;"], ids=repr)
async def test_script_can_be_copied_as_it_is(
    person: Person, network: Network, end: str
) -> None:
    """Line breaks, indentation and quotes are part of it; the console gives its result.

    That is what a promise resolves to, as text. A console lends `copy` only to what runs
    before the first `await`.
    """
    script = 'new Promise(\r\n    resolve => resolve("*x*" < b)) // [y](z)'
    network(cookies(extractJS=script + end))
    dialog = await person.connect("local-signal")

    shown = dialog.placeholders["script"]
    match = re.fullmatch(r"<pre><code>([^<>\n]*)</code></pre>", shown)
    assert match is not None
    assert unescape(match[1]).split("\n") == [
        "((copy, text) => (copy(text), text))(copy, JSON.stringify(await (",
        *script.split("\r\n"),
        ")))",
    ]


async def test_script_finds_what_is_in_no_request(
    person: Person, network: Network
) -> None:
    """Both are pasted; what the script found counts."""
    answers = network(
        cookies(
            {"id": "token", "name": "Authorization", "type": "header"},
            {"id": "cookie", "name": "d", "type": "cookie"},
            extractJS="new Promise(find)",
        )
    )
    dialog = await person.connect("local-signal")

    await person.enter(dialog, paste="Cookie: d=1; x=2")

    assert dialog.errors == {
        "base": "Not found in what you entered: Authorization. Run the script as well,"
        " and paste what it copies."
    }
    await person.enter(
        dialog, paste="Cookie: d=1; x=2", script_result='{"token": "xoxc"}'
    )
    assert dialog.at == "connected"
    assert answers == [{"token": "xoxc", "cookie": "1"}]


async def test_cookies_that_a_script_has_not_found_are_copied(
    person: Person, network: Network
) -> None:
    """It was run already: what is missing has to come from somewhere else."""
    network(
        cookies({"id": "d", "type": "cookie"}, extractJS="new Promise(find)"),
    )
    dialog = await person.connect("local-signal")

    await person.enter(dialog, script_result='{"token": "xoxc"}')

    assert "copy again" in dialog.errors["base"]


@pytest.mark.parametrize(
    "pasted",
    [
        "Promise { <pending> }",
        "((copy, text) => (copy(text), text))(copy, 1)",
        "{a: 1}",
    ],
)
async def test_what_no_script_copies_is_refused(
    person: Person, network: Network, pasted: str
) -> None:
    """The dialog says what to paste; what was found in the rest is not sent."""
    answers = network(
        cookies({"id": "d", "type": "cookie"}, extractJS="new Promise(find)")
    )
    dialog = await person.connect("local-signal")

    await person.enter(dialog, script_result=pasted, field_1="1")

    assert [*dialog.errors] == ["script_result"]
    assert "Run the script in the console" in dialog.errors["script_result"]
    assert dialog.suggested("script_result") == pasted
    assert answers == []


@pytest.mark.parametrize("script", ["", " ;\n", "x" * 10_001], ids=["", ";", "long"])
async def test_without_a_script_nothing_is_asked_of_it(
    person: Person, network: Network, script: str
) -> None:
    """One that is too long to be shown is none; a part of it would be of no use."""
    network(cookies({"id": "d", "type": "cookie"}, extractJS=script))

    dialog = await person.connect("local-signal")

    assert [*dialog.fields] == ["paste", "field_1"]
    assert dialog.placeholders["script"] == ""


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ([{"type": "local_storage"}], "local_storage"),
        ([{"type": "local_storage"}, {"type": "cookie"}], "local_storage"),
        ([{"sources": [{"type": "local_storage", "name": "t"}]}], "local_storage"),
        ([{"type": "local_storage", "required": False}, {"type": "cookie"}], "cookies"),
        (
            [{"type": "local_storage", "sources": [{"type": "cookie", "name": "t"}]}],
            "cookies",
        ),
        ([{}], "cookies"),
        ([{"type": "header"}], "api_request"),
    ],
    ids=["type", "mixed", "source", "optional", "both", "unknown", "header"],
)
async def test_what_no_request_has_is_looked_up(
    person: Person, network: Network, fields: list[dict[str, Any]], at: str
) -> None:
    """A copied request never holds what a page has put into the local storage."""
    network(cookies(*({"id": f"id{n}", **field} for n, field in enumerate(fields))))

    dialog = await person.connect("local-signal")

    assert dialog.at == at
    assert ("**Local Storage**" in dialog.text) == (at == "local_storage")
    assert ("Copy as cURL" in dialog.text) == (at != "local_storage")
    assert ("Fetch/XHR" in dialog.text) == (at == "api_request")


async def test_script_spares_looking_up_the_local_storage(
    person: Person, network: Network
) -> None:
    """It is there to find what is in no request."""
    field = {"id": "token", "type": "local_storage"}
    network(cookies(field, extractJS="new Promise(find)"))

    dialog = await person.connect("local-signal")

    assert dialog.at == "cookies"


async def test_request_without_the_local_storage_is_not_blamed(
    person: Person, network: Network
) -> None:
    """Who copies a request all the same is told where to look."""
    network(cookies({"id": "token", "type": "local_storage"}))
    dialog = await person.connect("local-signal")
    assert [*dialog.fields] == ["field_1", "paste"]

    await person.enter(dialog, paste="curl 'https://example.com/' -b 'a=1'")

    assert dialog.at == "local_storage"
    assert dialog.errors == {
        "base": "Not found in what you entered: token. Look it up in the developer"
        " tools, under Local Storage."
    }
    await person.enter(dialog, field_1="1")
    assert dialog.at == "connected"


async def test_easier_way_is_told_first(person: Person) -> None:
    """Few people have ever seen the developer tools of a browser."""
    dialog = await person.connect("instagramgo")

    assert dialog.text.index("Easier: sign in") < dialog.text.index("1. ")


async def test_text_that_is_none_of_the_forms_is_refused(person: Person) -> None:
    """It stays there to be corrected, and nothing is sent."""
    dialog = await person.connect("instagramgo")
    assert dialog.folded == {"values": True}

    await person.enter(dialog, paste="these are my cookies", field_1="1")

    # What was filled in is not hidden
    assert dialog.folded == {"values": False}

    assert [*dialog.errors] == ["paste"]
    assert "a browser copies" in dialog.errors["paste"]
    assert dialog.suggested("paste") == "these are my cookies"
    assert dialog.suggested("field_1") == "1"
    assert not any("/steps/" in request.path for request in person.beeper.requests)


async def test_missing_cookies_are_named(person: Person) -> None:
    """Nothing is sent before all are there."""
    dialog = await person.connect("instagramgo")

    await person.enter(dialog, paste='{"csrftoken": "2", "sessionid": ""}')

    assert dialog.errors["base"].startswith(
        "Not found in what you entered: sessionid, ds_user_id, mid, ig_did."
    )
    assert dialog.suggested("paste") == '{"csrftoken": "2", "sessionid": ""}'
    assert not any("/steps/" in request.path for request in person.beeper.requests)


async def test_cookies_that_were_refused_are_asked_for_again(
    person: Person, network: Network
) -> None:
    """The page to sign in at is still told, and nobody is blamed without a word."""
    fields = [{"id": "a", "type": "cookie"}]
    step = ServedStep(
        "cookies",
        "com.example.cookies",
        "Sign in there",
        {"url": "https://example.com/", "fields": fields},
    )
    answers = network(step, step)
    dialog = await person.connect("local-signal")

    await person.enter(dialog, field_1="1")

    assert dialog.at == "cookies"
    assert "asking for this again" in dialog.errors["base"]
    assert "Sign in there" in dialog.text
    assert "https://example.com/" in dialog.text
    await person.enter(dialog, field_1="2")
    assert dialog.at == "connected"
    assert answers == [{"a": "1"}, {"a": "2"}]


async def test_cookies_beyond_the_fields_of_a_form_can_be_pasted(
    person: Person, network: Network
) -> None:
    """Only twenty can be entered one by one."""
    names = [f"cookie{number}" for number in range(300)]
    step = ServedStep(
        "cookies",
        "com.example.cookies",
        "",
        {"url": "", "fields": [{"id": name, "type": "cookie"} for name in names]},
    )
    answers = network(step)
    dialog = await person.connect("local-signal")
    assert len(dialog.fields) == 21

    await person.enter(dialog, field_1="1")
    assert "cookie1, cookie2" in dialog.errors["base"]
    await person.enter(dialog, paste=json.dumps(dict.fromkeys(names, "1")))

    assert dialog.at == "connected"
    assert answers == [dict.fromkeys(names, "1")]
