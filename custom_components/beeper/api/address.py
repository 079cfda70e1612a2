"""Addresses of Beeper, as people write and paste them."""

from ipaddress import IPv6Address, ip_address
import re
from socket import gethostname

from yarl import URL

from .copied import QUOTES, plain
from .limits import MAX_ADDRESS

DEFAULT_PORT = 23373
"""Where Beeper listens unless told otherwise (docs)."""

_HOST = re.compile(r"(?=.*\w)[\w.:%~-]+", re.ASCII)
"""A name, or an IP address with the zone that an IPv6 one may have."""

_PAGE = re.compile(r"/(?:v0|v1|oauth|\.well-known)(?:/.*)?$")
"""A page of Beeper's, such as `/v1/info` or `/v0/mcp`, that somebody has pasted."""

_LINKS = (
    re.compile(r"\]\(\s*<?([^\s<>]+?)>?(?:\s[^)]*)?\)"),
    re.compile(r"""\bhref=["']?([^\s"'>]+)""", re.IGNORECASE),
)
"""An address in a link, in markdown and in HTML."""

_AROUND = f"{QUOTES}* \n"
_PUNCTUATION = ".,;:!?、"

_LOOKALIKES = str.maketrans("。｡∶꞉⁄∕⧸\\", "..::////")
"""Characters that are taken for those of an address; browsers turn backslashes, too."""

_TORN = re.compile(r"\s*([:/])\s*")
"""Where lines end, and where keyboards of phones put a space by themselves."""

_SCHEMES = re.compile(r"(?:(https?)(?::/+|//+|:(?!\d+(?:/|$))))+", re.IGNORECASE)
"""What an address begins with: perhaps twice, as forms come with `http://` in them."""

_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


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
    Beeper's own pages is left out, and so is what an address gets around it where it is
    copied: quotes, brackets, punctuation, a link. Raises `ValueError` for what is not
    the address of an HTTP server.
    """
    text = _TORN.sub(r"\1", _bare(text))
    schemes = _SCHEMES.match(text)
    scheme, rest = ("http", text.lstrip("/"))
    if schemes:
        scheme, rest = schemes[1].lower(), text[schemes.end() :]
    if _OTHER_SCHEME.match(rest):
        raise ValueError("not the address of an HTTP server")
    url = parse_url(f"{scheme}://{_bracketed(rest)}")
    if (
        not _HOST.fullmatch(url.raw_host or "")
        # A password would have to stand where the access token goes
        or url.user
        or url.password
        or any(character.isspace() for character in text)
    ):
        raise ValueError("not the address of an HTTP server")
    if not schemes and url.explicit_port is None:
        url = url.with_port(DEFAULT_PORT)
    url = url.with_path(_PAGE.sub("", url.raw_path), encoded=True)
    return _unwrapped(str(url), f"/{_PUNCTUATION}")


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


def is_same_server(url: str, other: str) -> bool:
    """Return whether two base URLs lead to one server, for all that can be told from them.

    A machine knows itself as `localhost`, by loopback addresses and by its own name.
    """
    return _with_one_name(url) == _with_one_name(other)


def _with_one_name(url: str) -> URL:
    """Return an address with `localhost` for all names of this machine."""
    address = URL(url)
    return address.with_host("localhost") if _is_here(address.host or "") else address


def _is_here(host: str) -> bool:
    """Return whether a host is this machine, as far as its name tells."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        own = gethostname().casefold().removesuffix(".")
        host = host.casefold().removesuffix(".")
        return host in ("localhost", own, f"{own.partition('.')[0]}.local")


def _bare(text: str) -> str:
    """Return an address without what stands around it."""
    if len(text) > MAX_ADDRESS:
        raise ValueError("longer than any address")
    text = plain(text)
    for link in _LINKS:
        if found := link.search(text):
            text = found[1]
    return _unwrapped(text.translate(_LOOKALIKES), _PUNCTUATION)


def _unwrapped(text: str, ends: str) -> str:
    """Return an address without quotes and brackets around it, and `ends` at its end."""
    before = None
    while text != before:
        before = text
        text = text.strip(_AROUND).rstrip(ends)
        for opening, closing in ("()", "{}", "[]"):
            # An IPv6 address begins with one that belongs to it
            if text.startswith(opening) and (opening != "[" or "://" in text):
                text = text[1:]
            if text.endswith(closing) and text.count(closing) > text.count(opening):
                text = text[:-1]
    return text


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
