"""Where a browser has the values that a step asks for."""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from ...api import LoginField


class PlaceKind(StrEnum):
    """What a browser keeps or sends a value in."""

    COOKIE = auto()
    HEADER = auto()
    BODY = auto()
    LOCAL_STORAGE = auto()
    SPECIAL = auto()
    """What only the network's own script can find, or is newer than this version."""
    UNTOLD = auto()


_KINDS: Final = {
    "cookie": PlaceKind.COOKIE,
    "header": PlaceKind.HEADER,
    "request_header": PlaceKind.HEADER,
    "request_body": PlaceKind.BODY,
    "local_storage": PlaceKind.LOCAL_STORAGE,
    "special": PlaceKind.SPECIAL,
}
"""By the names that Beeper and the bridges have for them."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a browser may have the value of a field, and its name there.

    A cookie may have to be one of `domain`, a header or a part of a body that of a
    request whose address fits the pattern `url`.
    """

    kind: PlaceKind
    name: str
    domain: str | None = None
    url: str | None = None


def places_of(field: LoginField) -> list[Place]:
    """Return the places where a browser may have a field, the best one first.

    A field that names its sources has no others; but some only have a type and a name,
    and some not even these, which every known client takes for cookies.
    """
    places = [
        Place(
            _KINDS.get(kind, PlaceKind.SPECIAL),
            name,
            _text(source.get("cookieDomain")),
            _text(source.get("requestURLRegex")),
        )
        for source in field.sources or ()
        if isinstance(source, dict)
        and isinstance(kind := source.get("type"), str)
        and isinstance(name := source.get("name"), str)
    ]
    if field.type:
        kind = _KINDS.get(field.type, PlaceKind.SPECIAL)
        places.append(Place(kind, field.name or field.id))
    if places:
        return places
    name = field.name or field.id
    # There is no cookie of this name
    is_header = name.lower() == "cookie"
    return [Place(PlaceKind.HEADER if is_header else PlaceKind.UNTOLD, name)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def is_in_local_storage(field: LoginField) -> bool:
    """Return whether only a browser's local storage has a field, and no request."""
    kinds = {place.kind for place in places_of(field)}
    return kinds == {PlaceKind.LOCAL_STORAGE}
