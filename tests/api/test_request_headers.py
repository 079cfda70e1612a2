"""Request headers for an access proxy, as people enter them."""

import pytest

from custom_components.beeper.api import (
    HeaderLineError,
    ReservedHeaderError,
    masked,
    parse_request_headers,
)

SECRET = "s3cr3t-value"
CLOUDFLARE = {"CF-Access-Client-Id": "a.access", "CF-Access-Client-Secret": SECRET}


@pytest.mark.parametrize(
    "text",
    [
        f"CF-Access-Client-Id: a.access\nCF-Access-Client-Secret: {SECRET}",
        f"\n CF-Access-Client-Id:a.access \r\n\r\nCF-Access-Client-Secret:  {SECRET}\r\n",
        f"CF-Access-Client-Id： a.access\u200b\nCF-Access-Client-Secret:\xa0{SECRET}",
        # From a command
        f"-H 'CF-Access-Client-Id: a.access'\n-H 'CF-Access-Client-Secret: {SECRET}'",
        f"-H \"CF-Access-Client-Id: a.access\" --header 'CF-Access-Client-Secret: {SECRET}'",
        f"-H “CF-Access-Client-Id: a.access” -H “CF-Access-Client-Secret: {SECRET}”",
        (
            "curl x \\\n -H 'CF-Access-Client-Id: a.access' \\\n"
            f" -H 'CF-Access-Client-Secret: {SECRET}' \\"
        ),
        f"curl -H $'CF-Access-Client-Id: a.access' --header='CF-Access-Client-Secret: {SECRET}' x",
        f"-H CF-Access-Client-Id:a.access\n--header CF-Access-Client-Secret:{SECRET} \\",
        # In quotes
        f"'CF-Access-Client-Id: a.access'\n“CF-Access-Client-Secret: {SECRET}”",
        f'"CF-Access-Client-Id": "a.access",\n"CF-Access-Client-Secret": "{SECRET}"',
        f"`CF-Access-Client-Id`: `a.access`\nCF-Access-Client-Secret: `{SECRET}`",
        # The last one counts
        (
            "cf-access-client-secret: old\nCF-Access-Client-Id: a.access\n"
            f"CF-Access-Client-Secret: {SECRET}"
        ),
    ],
)
def test_headers_are_read_as_they_are_pasted(text: str) -> None:
    """A line is a header, or what a command has of it."""
    headers = parse_request_headers(text, {})
    assert sorted(headers.items()) == sorted(CLOUDFLARE.items())


@pytest.mark.parametrize("text", ["", "\n \n", "\u200b"])
def test_nothing_is_no_header(text: str) -> None:
    """Who empties the field wants none."""
    assert parse_request_headers(text, CLOUDFLARE) == {}


def test_value_may_hold_colons_and_quotes() -> None:
    """Only those around it are not its own."""
    text = 'Cookie: a="b:c"; d=e'
    assert parse_request_headers(text, {}) == {"Cookie": 'a="b:c"; d=e'}


@pytest.mark.parametrize(
    "line",
    [
        SECRET,
        f": {SECRET}",
        f"Two words: {SECRET}",
        f"Näme: {SECRET}",
        f"X-Name: {SECRET}ü",
        f"X-Name: {SECRET}😀",
        "X-Name:",
        "X-Name: ''",
        f"-H 'X-Name: {SECRET}",
        f"X(Name): {SECRET}",
        # There is no value of this name to keep
        "X-Name: ••••••••",
    ],
)
def test_line_that_is_no_header_is_named_without_its_value(line: str) -> None:
    """It may hold a secret."""
    with pytest.raises(HeaderLineError) as caught:
        parse_request_headers(f"X-A: b\n\n{line}\nX-C: d", {})
    assert caught.value.line == 3
    assert not isinstance(caught.value, ReservedHeaderError)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "authorization",
        "Host",
        "Content-Type",
        "content-length",
        "Accept",
        "Transfer-Encoding",
        "Connection",
    ],
)
def test_header_that_is_sent_anyway_is_refused(name: str) -> None:
    """The token, the address and the body have their own."""
    with pytest.raises(ReservedHeaderError) as caught:
        parse_request_headers(f"X-A: b\n{name}: {SECRET}", {})
    assert caught.value.line == 2
    assert SECRET not in str(caught.value)


def test_header_cannot_bring_another_one_in() -> None:
    """What ends a line in HTTP ends one here."""
    with pytest.raises(ReservedHeaderError):
        parse_request_headers("X-A: b\rHost: elsewhere", {})
    with pytest.raises(ReservedHeaderError):
        parse_request_headers("X-A: b\x85Host: elsewhere", {})


def test_values_are_not_shown_but_kept() -> None:
    """Names may be told; who leaves the dots keeps the value."""
    shown = masked(CLOUDFLARE)
    assert shown.splitlines() == [
        "CF-Access-Client-Id: ••••••••",
        "CF-Access-Client-Secret: ••••••••",
    ]
    assert parse_request_headers(shown, CLOUDFLARE) == CLOUDFLARE

    changed = shown.replace("Client-Id: ••••••••", "Client-Id: new").lower()
    assert parse_request_headers(changed, CLOUDFLARE) == {
        "cf-access-client-id": "new",
        "cf-access-client-secret": SECRET,
    }
