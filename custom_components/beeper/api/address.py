"""Addresses of Beeper, as people write them."""

from ipaddress import IPv6Address
import re

from yarl import URL

DEFAULT_PORT = 23373
"""Where Beeper listens unless told otherwise (docs)."""

_PAGE = re.compile(r"/(?:v0|v1|oauth|\.well-known)(?:/.*)?$")
"""A page of Beeper's, such as `/v1/info` or `/v0/mcp`, that somebody has pasted."""


def parse_url(text: str, *, encoded: bool = False) -> URL:
    """Return the URL. Raises `ValueError` for what is none.

    `encoded` tells that nothing in it is left to be quoted.
    """
    try:
        return URL(text, encoded=encoded)
    except IndexError as err:
        # What yarl makes of brackets before an "@" that nothing follows
        raise ValueError("not a URL") from err


def normalize_url(text: str) -> str:
    """Return the base URL that a person means, without a trailing slash.

    It has the form `http://host:port/prefix`. A bare host gets `http` and Beeper's own
    port, since that is how Beeper serves; an address with a scheme is taken as it
    stands. An IPv6 address needs no brackets unless a port follows. The path of one of
    Beeper's own pages is left out. Raises `ValueError` for what is not the address of
    an HTTP server.
    """
    text = text.strip()
    has_scheme = "://" in text
    scheme, _, rest = (text if has_scheme else f"http://{text}").partition("://")
    url = parse_url(f"{scheme}://{_bracketed(rest)}")
    if (
        url.scheme not in ("http", "https")
        or not url.host
        # A password would have to stand where the access token goes
        or url.user
        or url.password
        or any(character.isspace() for character in text)
    ):
        raise ValueError("not the address of an HTTP server")
    if not has_scheme and url.explicit_port is None:
        url = url.with_port(DEFAULT_PORT)
    url = url.with_path(_PAGE.sub("", url.raw_path), encoded=True)
    return str(url).rstrip("/")


def at_default_port(url: str) -> str | None:
    """Return the same address at Beeper's own port, for somebody who left it out.

    It is `None` where that was not left out: for `https`, which a proxy serves, and
    for an address with a port.
    """
    address = URL(url)
    if address.scheme != "http" or address.explicit_port is not None:
        return None
    return str(address.with_port(DEFAULT_PORT)).rstrip("/")


def with_https(url: str) -> str | None:
    """Return the same address with `https`, for somebody who took it for `http`.

    A port stays the same. It is `None` where it is `https` already.
    """
    address = URL(url)
    if address.scheme == "https":
        return None
    return str(address.with_scheme("https")).rstrip("/")


def _bracketed(rest: str) -> str:
    """Put the brackets around an IPv6 address that has none.

    `rest` is what follows the scheme; the address ends where a path begins.
    """
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    try:
        IPv6Address(host)
    except ValueError:
        return rest
    return f"[{host}]{rest.removeprefix(host)}"
