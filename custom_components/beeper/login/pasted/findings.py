"""What a pasted text holds: a request, a list of cookies, or members of an object."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
import re

from multidict import CIMultiDict


class CookieTextError(ValueError):
    """The text is none of the forms in which browsers give cookies away."""


@dataclass(frozen=True, slots=True, repr=False)
class Cookie:
    """A cookie, and the domain it belongs to where the text tells that."""

    name: str
    value: str
    domain: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """What belongs together: one request, one object or one list.

    The names of cookies and of members have a case, those of headers have none. The
    `members` are those of an object that does not say where its values are from.
    """

    url: str | None = None
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    cookies: Mapping[str, list[Cookie]] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str | None:
        """The host that the request was sent to, in lower case."""
        match = re.match(r"\w+://([^/?#:]+)", self.url or "")
        return match[1].lower() if match else None


def request(
    url: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    cookies: Iterable[Cookie] = (),
    body: Mapping[str, str] | None = None,
    members: Mapping[str, str] | None = None,
) -> Finding:
    """Return a finding whose `Cookie` headers are read as the cookies they hold."""
    collected = CIMultiDict[str]()
    for name, value in headers:
        collected.add(name, value.strip())
    by_name: dict[str, list[Cookie]] = {}
    for header in collected.getall("cookie", ()):
        for cookie in cookies_of_header(header):
            by_name.setdefault(cookie.name, []).append(cookie)
    for cookie in cookies:
        by_name.setdefault(cookie.name, []).append(cookie)
    return Finding(url, collected, by_name, body or {}, members or {})


def cookies_of_header(header: str) -> Iterator[Cookie]:
    """Yield the cookies of a header's value, in their order.

    Values are kept as they are, quotes included, as browsers do (RFC 6265, 5.2).
    """
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            yield Cookie(name.strip(), value.strip())
