"""The values of fields, out of what was found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
import re
from typing import Final

from ...api import LoginField
from ..pattern import fits
from .findings import Finding
from .percent import percent_decoded
from .places import Place, PlaceKind, places_of

_HALVES: Final = re.compile(r"[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
"""What is beyond 16 bits, as JavaScript counts it; one without the other is no text."""

_HOST: Final = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")
"""A host in the pattern of an address, once its backslashes are gone."""


def pick(findings: Iterable[Finding], fields: Iterable[LoginField]) -> dict[str, str]:
    """Return the values of the fields that were found, by field ID.

    What belongs together is kept together: the finding with the most values counts, and
    others only add what it lacks. A value that does not fit the pattern of its field is
    passed over for the next one.
    """
    wanted = [(field, places_of(field)) for field in fields]
    picked = [_pick(finding, wanted) for finding in findings]
    picked.sort(key=_sure, reverse=True)
    values: dict[str, str] = {}
    for is_doubtful in (False, True):
        for choices in picked:
            for field_id, choice in choices.items():
                if choice.is_doubtful is is_doubtful:
                    values.setdefault(field_id, choice.value)
    return values


def value_to_send(field: LoginField, value: str) -> str | None:
    """Return the value of a field by itself as it is sent; `None` if it does not fit."""
    choice = _Choice(value, is_cookie=_is_cookie(places_of(field)[0]))
    return _spelled(field, choice)


@dataclass(frozen=True, slots=True, repr=False)
class _Choice:
    """A value that a field may have."""

    value: str
    is_cookie: bool = False
    is_doubtful: bool = False
    """It may be the cookie of another site."""

    @property
    def spellings(self) -> Iterator[str]:
        """The value as it is sent, and after that as it was found.

        Cookies are percent-decoded before they are sent, as every known client does.
        """
        value = _HALVES.sub(_whole, self.value)
        if self.is_cookie:
            yield percent_decoded(value)
        yield value


def _whole(halves: re.Match[str]) -> str:
    return halves[0].encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sure(choices: dict[str, _Choice]) -> int:
    return sum(not choice.is_doubtful for choice in choices.values())


def _pick(
    finding: Finding, wanted: list[tuple[LoginField, list[Place]]]
) -> dict[str, _Choice]:
    """Return the best choice that a finding has for each field."""
    picked: dict[str, _Choice] = {}
    for field, places in wanted:
        for choice in _fitting(finding, field, places):
            if not choice.is_doubtful:
                picked[field.id] = choice
                break
            picked.setdefault(field.id, choice)
    return picked


def _fitting(
    finding: Finding, field: LoginField, places: list[Place]
) -> Iterator[_Choice]:
    """Yield the choices that fit the pattern of a field, as they are to be sent."""
    for choice in _choices(finding, field, places):
        if value := _spelled(field, choice):
            yield _Choice(value, is_doubtful=choice.is_doubtful)


def _spelled(field: LoginField, choice: _Choice) -> str | None:
    """Return a choice as it is to be sent; `None` if it does not fit the pattern."""
    for value in choice.spellings:
        if value and fits(field.pattern, value):
            return value
    return None


def _choices(
    finding: Finding, field: LoginField, places: list[Place]
) -> Iterator[_Choice]:
    """Yield what a field may have, the best place first.

    An object may name what it holds as Beeper does, or as the browser does. What goes by
    the field's ID is taken to be from the first place: a cookie, or what a script found.
    """
    if (value := finding.members.get(field.id)) is not None:
        yield _Choice(value, is_cookie=_is_cookie(places[0]))
    for place in places:
        if _is_cookie(place):
            yield from _cookies(finding, place)
        if place.kind in (PlaceKind.HEADER, PlaceKind.UNTOLD):
            yield from map(_Choice, _headers(finding, place))
        if place.kind in (PlaceKind.BODY, PlaceKind.UNTOLD):
            yield from map(_Choice, _body(finding, place))
        if (value := finding.members.get(place.name)) is not None:
            yield _Choice(value, is_cookie=_is_cookie(place))


def _is_cookie(place: Place) -> bool:
    return place.kind in (PlaceKind.COOKIE, PlaceKind.UNTOLD)


# --- Cookies


def _cookies(finding: Finding, place: Place) -> Iterator[_Choice]:
    """Yield the cookies of a name, those of the nearest domain first.

    The host that a request was sent to has the cookies of all domains above it. A
    request to another site is better than none: known clients do not look at it.
    """
    cookies = finding.cookies.get(place.name, [])
    if place.domain is None:
        yield from (_Choice(cookie.value, is_cookie=True) for cookie in cookies)
        return
    by_distance = [
        (distance, cookie)
        for cookie in cookies
        if (distance := _distance(cookie.domain, place.domain)) is not None
    ]
    by_distance.sort(key=lambda pair: pair[0])
    is_elsewhere = finding.host is not None and not _is_in(finding.host, place.domain)
    for _, cookie in by_distance:
        is_doubtful = cookie.domain is None and is_elsewhere
        yield _Choice(cookie.value, is_cookie=True, is_doubtful=is_doubtful)


def _distance(domain: str | None, wanted: str) -> int | None:
    """Return how far a cookie's domain is from the wanted one; `None` for another site.

    A browser also sends the cookies of domains above; those of hosts below it keeps to
    them, but the network's own clients take them, too (command line tool 0.6.2).
    """
    if domain is None:
        return 0
    if _is_in(wanted, domain):
        return 0 if _is_in(domain, wanted) else 1
    return 2 if _is_in(domain, wanted) else None


def _is_in(host: str, domain: str) -> bool:
    host, domain = host.lower().lstrip("."), domain.lower().lstrip(".")
    return f".{host}".endswith(f".{domain}")


# --- Headers and bodies


def _headers(finding: Finding, place: Place) -> Iterator[str]:
    """Yield the headers of a name that are from the right request."""
    if not _is_from(finding, place):
        return
    if place.name.lower() != "cookie":
        yield from finding.headers.getall(place.name, ())
    elif headers := finding.headers.getall("cookie", ()):
        yield "; ".join(headers)
    else:
        yield _cookie_header(finding, place)


def _is_from(finding: Finding, place: Place) -> bool:
    return finding.url is None or fits(place.url, finding.url)


def _cookie_header(finding: Finding, place: Place) -> str:
    """Return the header that a browser makes of the cookies that were found.

    A list may hold those of all sites there are: the wanted address tells which ones
    are sent there, and without one all have to be those of one site.
    """
    cookies = [cookie for named in finding.cookies.values() for cookie in named]
    domains = [cookie.domain for cookie in cookies if cookie.domain]
    host = _HOST.search((place.url or "").replace("\\", ""))
    if host:
        cookies = [it for it in cookies if not it.domain or _is_in(host[0], it.domain)]
    elif domains:
        site = min(domains, key=len)
        if not all(_is_in(domain, site) for domain in domains):
            return ""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)


def _body(finding: Finding, place: Place) -> Iterator[str]:
    """Yield the field of a body that is from the right request."""
    if _is_from(finding, place) and (value := finding.body.get(place.name)):
        yield value
