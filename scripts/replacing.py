"""Answers of a Beeper with all that tells of a person replaced, alike where it was alike.

What may stay is on a list: words that are published, types of bridges, names of networks,
versions. Of an ID only such words stay, and what stands between; each other run of letters
or digits is replaced by itself, so that `slackgo.T1-U1` becomes `slackgo.X1-X2`, and a
number that is a login ID is the same one in the ID of its user. A word that is published
nowhere stays where Beeper has a word, such as a status, if it looks like one and is no part
of what a person is called. Members that are not published keep their names, if those look
like names.

Nothing but the standard library of Python 3.10 is needed here.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
import math
import re
import sys
from typing import Final
from urllib.parse import urlsplit

from scripts.published import (
    ACCOUNT,
    ACCOUNT_BRIDGE,
    BRIDGE,
    BRIDGE_LOGIN,
    CAPABILITIES,
    DISAPPEARING_TIMER,
    SETUP,
    USER,
    Anything,
    ByName,
    Kind,
    Many,
    Number,
    Object,
    OneOf,
    Port,
    Role,
    Text,
)

RECORDED_HOST: Final = "localhost:23373"
"""What the simulator takes for its own address."""

RECORDED_PORT: Final = 23373

# --- What may stay


def _these(words: str, between: str = " ") -> frozenset[str]:
    return frozenset(words.split(between))


TYPES: Final = _these(
    "beeper bluesky discord discordgo facebook facebookgo gmessages googlechat"
    " googlevoice groupme gvoice hungryserv imessage imessagego instagram instagramgo irc"
    " kakaotalk line linkedin linkedingo matrix mattermost messenger meta signal slack"
    " slackgo sms snapchat telegram telegramgo tiktok tumblr twitter viber wechat whatsapp"
    " x zulip"
)
"""Types of bridges that are known in public, and what IDs make of them."""

WORDS_OF_IDS: Final = TYPES | _these(
    "ba bridge cloud com go local localhost login mxc self hosted sh team user"
)
"""What tells the kind of an ID, and nothing of a person."""

NETWORKS: Final = _these(
    "beeper|bluesky|discord|facebook|facebook messenger|facebook/messenger|google chat"
    "|google messages|google voice|groupme|imessage|instagram|irc|kakaotalk|line|linkedin"
    "|matrix|mattermost|messenger|signal|slack|sms|snapchat|telegram|tiktok|tumblr|twitter"
    "|viber|wechat|whatsapp|x|zulip",
    "|",
)
"""What networks are called, in small letters."""

_QUALIFIED: Final = re.compile(
    r"([^()]+?) ?\((cloud|local|matrix|on-device|self-hosted|twitter)\)", re.IGNORECASE
)

MACHINES: Final = _these(
    "aarch64 amd64 arm arm64 armv7l darwin freebsd ia32 linux riscv64 win32 windows x64"
    " x86_64"
)

PRODUCTS: Final = frozenset({"Beeper", "Beeper Desktop", "Beeper Server"})

HOSTS: Final = frozenset({"127.0.0.1", "0.0.0.0", "::", "::1", "localhost"})

ENDPOINT_WORDS: Final = _these(
    "authorize introspect mcp oauth register revoke spec token userinfo v0 v1 ws"
)

WORDS: Final = _these(
    "Unauthorized: Invalid or missing token|Unauthorized: Token expired|Not Found"
    "|Connected|Connecting…|Connecting|Disconnected|Disabled",
    "|",
)
"""For people to read, the same for everybody."""

_SCHEMES: Final = _these("data file http https mxc ws wss asset localmxc")
_MEDIA: Final = _these(
    "image/png image/jpeg image/gif image/webp image/svg+xml audio/mpeg audio/ogg"
)
_SUFFIX: Final = re.compile(r"\.(png|jpe?g|gif|webp|svg|ogg|mp3)$", re.IGNORECASE)

_WORD: Final = re.compile(r"[a-z][a-z_-]{0,31}", re.ASCII)
_FLOW: Final = re.compile(r"[a-z][a-z0-9_.-]{0,31}", re.ASCII)
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z_.]{0,63}", re.ASCII)
_VERSION: Final = re.compile(
    r"\d{1,4}(\.\d{1,5}){1,3}(-(nightly|beta|alpha|rc))?", re.ASCII
)
_BUNDLE: Final = re.compile(
    r"com\.(automattic\.)?beeper(\.(desktop|server|nightly)){1,3}"
)
_NAME: Final = re.compile(r"[a-z_$][A-Za-z0-9_.:/+*$-]{0,47}", re.ASCII)
_DIGIT: Final = re.compile(r"\d")
_MANY_DIGITS: Final = 2
"""Digits in a name or a word beyond which it may be an ID."""

_WHOLE_HOUR: Final = 3_600_000
"""Milliseconds; timers of networks are whole hours."""

_LARGEST_COUNT: Final = 99_999
_SMALLEST_TELLING: Final = 10
"""A number below tells nothing of a person, whatever it is."""

_LONGEST_ID: Final = 256

_SHORTEST_INSIDE: Final = 4
"""Letters of what a person is called that are looked for inside of words, too."""

_SPECIFIED: Final = re.compile(r"[A-Za-z0-9_.$#/{}+-]{1,120}", re.ASCII)
"""A name, a path or a reference of OpenAPI."""

_MANY_DIGITS_IN_PATH: Final = 4

_STRUCTURE: Final = _these(
    "$ref const enum format in name openapi operationId propertyName required type"
)
"""Keywords of OpenAPI whose values are part of the structure."""

_NAMING: Final = _these(
    "$defs callbacks content headers mapping parameters paths properties requestBodies"
    " responses schemas securitySchemes"
)
"""Keywords of OpenAPI whose value is an object of names that somebody chose."""


_FOR_PEOPLE: Final = _these(
    "default description example examples externalDocs info pattern servers summary tags"
    " title"
)
"""Keywords of OpenAPI whose values say nothing of the structure; so do `x-…`."""

# --- What is looked at

_TOKEN: Final = re.compile(r"[^\W_]+")
_BETWEEN: Final = frozenset("-_.:/@!+=~#|,")
_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://|(data):", re.IGNORECASE)
_MAIL: Final = re.compile(r"\s*([^\s@:]+)@([^\s@:]+\.[^\s@:]+)\s*")
_HALVES: Final = re.compile("[\ud800-\udfff]")
_CALLED: Final = re.compile(
    r"name|user|mail|phone|handle|nick|title|owner|author|person|sender", re.IGNORECASE
)
"""Members that tell what a person is called, whether they are published or not."""


class Replacing:
    """Replaces what a Beeper tells of persons, for as long as this object is kept."""

    def __init__(self, answers: Iterable[tuple[Kind, object]]) -> None:
        """Know what persons are called, and the types of bridges, in these answers.

        A word that may be a person's, because it is in an ID or in a text of which nothing
        is published, is no word of Beeper's either, unless it is the type of a bridge.
        """
        self._persons: set[str] = set()
        self._mentioned: set[str] = set()
        self._types: set[str] = set()
        self._stand_ins: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()
        known = list(answers)
        for kind, value in known:
            for text in _texts_about_persons(kind, value):
                self._persons |= _words_of(text) - _NOBODY
        for kind, value in known:
            for text in _bridge_types(kind, value):
                if self._is_plain(text, _WORD):
                    self._types.update(_TOKEN.findall(text))
        for kind, value in known:
            for text in _other_texts(kind, value):
                self._mentioned |= _words_of(text) - _NOBODY - self._types

    def replace(self, kind: Kind, value: object) -> object:
        """Return an answer, of which this is published, with all that has to go replaced."""
        if isinstance(value, dict):
            return self._object(kind, value)
        if isinstance(value, list):
            of = kind.of if isinstance(kind, Many) else Anything()
            return [self.replace(of, item) for item in value]
        if isinstance(value, str):
            return self._text(kind, value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(kind, value)
        return value

    def specification(self, value: object) -> object:
        """Return Beeper's description of its API, with nothing but its structure."""
        return self._specified(value, "", are_names=False)

    # --- Objects

    def _object(self, kind: Kind, value: dict[str, object]) -> dict[str, object]:
        members = kind.members if isinstance(kind, Object) else {}
        other = kind.of if isinstance(kind, ByName) else Anything()
        replaced: dict[str, object] = {}
        for name, item in value.items():
            if name in members:
                replaced[name] = self.replace(members[name], item)
                continue
            told = self.name(name)
            if isinstance(item, str) and isinstance(other, Anything):
                replaced[told] = self._unpublished(name, item)
            else:
                replaced[told] = self.replace(other, item)
        return replaced

    def name(self, name: str) -> str:
        """Return the name of a member, if it looks like one, else one for it."""
        if self._is_plain(name, _NAME):
            return name
        return self._stand_in("member", name)

    def _specified(self, value: object, keyword: str, *, are_names: bool) -> object:
        """Return a part of a specification.

        keyword: what it is the value of. are_names: whether its members are names of
        something, else they are keywords.
        """
        if isinstance(value, dict):
            return {
                self._name_in_specification(name): self._specified(
                    item, name, are_names=not are_names and name in _NAMING
                )
                for name, item in value.items()
                if are_names or not (name in _FOR_PEOPLE or name.startswith("x-"))
            }
        if isinstance(value, list):
            return [self._specified(item, keyword, are_names=False) for item in value]
        if isinstance(value, str):
            is_structure = keyword in _STRUCTURE and self._is_plain(
                value, _SPECIFIED, _MANY_DIGITS_IN_PATH
            )
            return value if is_structure else self._by_look(value)
        return self.replace(Anything(), value)

    def _name_in_specification(self, name: str) -> str:
        if self._is_plain(name, _SPECIFIED, _MANY_DIGITS_IN_PATH):
            return name
        return self._stand_in("member", name)

    # --- Numbers

    def _number(self, kind: Kind, value: float) -> float:
        if isinstance(kind, Port):
            return RECORDED_PORT
        if isinstance(value, float) and not math.isfinite(value):
            return sys.float_info.max
        if isinstance(kind, Number):
            if abs(value) <= _LARGEST_COUNT or value % _WHOLE_HOUR == 0:
                return value
        elif abs(value) < _SMALLEST_TELLING and value == int(value):
            return value
        number = int(self._digits(str(abs(int(value)))))
        if isinstance(value, int):
            return number if value > 0 else -number
        return number + (0.0 if value.is_integer() else 0.5)

    # --- Texts

    def _text(self, kind: Kind, text: str) -> str:
        if not text:
            return text
        if isinstance(kind, OneOf):
            is_word = text in kind.values or self._is_plain(text, _WORD)
            return text if is_word else self._stand_in("value", text)
        if isinstance(kind, Text):
            return self._of_role(kind.role, text)
        return self._unpublished("", text)

    def _of_role(self, role: Role, text: str) -> str:
        if role is Role.WORD:
            is_word = text in TYPES or self._is_plain(text, _FLOW)
            return text if is_word else self._stand_in("value", text)
        if role is Role.CODE:
            return text if self._is_plain(text, _CODE) else self._stand_in("CODE", text)
        if role is Role.VERSION:
            # Of a kernel's what comes after the numbers may be whose it is
            version = _VERSION.match(text)
            return version[0] if version else self.id(text)
        if role is Role.NETWORK:
            return text if _is_network(text) else self._stand_in("Network", text)
        if role is Role.WORDS:
            return text if text in WORDS else self._words(text)
        if role is Role.ADDRESS:
            return self._by_look(text)
        if role is Role.ENDPOINT:
            return self._endpoint(text)
        if role is Role.PERSON:
            # A handle is of a piece, and stands in IDs, too
            is_handle = not any(character.isspace() for character in text.strip())
            return self.id(text) if is_handle else self._stand_in("Person", text)
        if role in _KEPT:
            return text if _KEPT[role](text) else self.id(text)
        return self._by_look(text) if role is Role.MAIL else self.id(text)

    def _unpublished(self, name: str, text: str) -> str:
        """Return what a text of a member becomes of which nothing is published."""
        if text in PUBLISHED_VALUES and not _CALLED.search(name):
            return text
        return self._by_look(text)

    def _by_look(self, text: str) -> str:
        if not text:
            return text
        if address := _ADDRESS.match(text):
            return self._address(text, (address[1] or address[2]).lower())
        if mail := _MAIL.fullmatch(text):
            return f"{self.id(mail[1])}@{self.id(mail[2])}.example"
        if len(text) > _LONGEST_ID or any(char.isspace() for char in text):
            return self._words(text)
        return self.id(text)

    def _words(self, text: str) -> str:
        """Return words for words; half a character stays half a character."""
        stand_in = self._stand_in("Text", text)
        return f"{stand_in} \ud83d" if _HALVES.search(text) else stand_in

    def _address(self, text: str, scheme: str) -> str:
        number = self._stand_in("x", text, between="")
        if scheme == "data":
            media = re.split("[;,]", text[len("data:") :], maxsplit=1)[0].lower()
            media = media if media in _MEDIA else "application/octet-stream"
            return f"data:{media};base64,{base64.b64encode(number.encode()).decode()}"
        scheme = scheme if scheme in _SCHEMES else "https"
        suffix = _SUFFIX.search(text)
        host = "" if scheme == "file" else f"{number}.example"
        return f"{scheme}://{host}/{number}{suffix[0].lower() if suffix else ''}"

    def _endpoint(self, text: str) -> str:
        """Return an address of Beeper itself, of which the path below it may stay."""
        try:
            address = urlsplit(text)
        except ValueError:
            return self.id(text)
        if address.scheme not in _SCHEMES or not address.netloc:
            return self._by_look(text)
        path = self._tokens(address.path, ENDPOINT_WORDS)
        return f"{address.scheme}://{RECORDED_HOST}{path}"

    def id(self, text: str) -> str:
        """Return an ID for an ID, the same for the same and another for another."""
        if (known := self._ids.get(text)) is not None:
            return known
        stand_in = self._tokens(text, WORDS_OF_IDS | self._types)
        if stand_in in self._taken:
            stand_in = f"{stand_in}_{self._stand_in('x', text, between='')}"
        self._taken.add(stand_in)
        self._ids[text] = stand_in
        return stand_in

    def _tokens(self, text: str, kept: frozenset[str]) -> str:
        parts = []
        end = 0
        for token in _TOKEN.finditer(text):
            parts += [_between(text[end : token.start()]), self._token(token[0], kept)]
            end = token.end()
        return "".join([*parts, _between(text[end:])])

    def _token(self, token: str, kept: frozenset[str]) -> str:
        if token in kept:
            return token
        if token.isascii() and token.isdecimal():
            return self._digits(token)
        if token.isupper():
            return self._stand_in("x", token.lower(), between="").upper()
        return self._stand_in("x", token, between="")

    def _digits(self, digits: str) -> str:
        """Return digits for digits, of the same length if that is not too short."""
        number = self._stand_in("", digits, between="")
        return f"1{number.zfill(max(len(digits), 6) - 1)}"

    def _stand_in(self, kind: str, text: str, between: str = "-") -> str:
        """Return what stands for a text; another for each, and always the same."""
        if (known := self._stand_ins.get((kind, text))) is None:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            between = " " if kind in ("Person", "Text", "Network") else between
            known = self._stand_ins[kind, text] = f"{kind}{between}{number}"
        return known

    # --- Persons

    def _is_plain(
        self, text: str, pattern: re.Pattern[str], digits: int = _MANY_DIGITS
    ) -> bool:
        """Return whether a text looks as it should, and is not about a person."""
        if pattern.fullmatch(text) is None or len(_DIGIT.findall(text)) > digits:
            return False
        words = _words_of(text)
        if not (words.isdisjoint(self._persons) and words.isdisjoint(self._mentioned)):
            return False
        folded = text.casefold()
        return not any(
            person in folded
            for person in self._persons
            if len(person) >= _SHORTEST_INSIDE
        )


def _words_of(text: str) -> set[str]:
    return {word.casefold() for word in _TOKEN.findall(text) if not word.isdecimal()}


def _between(text: str) -> str:
    return "".join(char if char in _BETWEEN else "_" for char in text)


def _is_network(text: str) -> bool:
    qualified = _QUALIFIED.fullmatch(text)
    return (qualified[1] if qualified else text).casefold() in NETWORKS


_KEPT: Final = {
    Role.BUNDLE: lambda text: _BUNDLE.fullmatch(text) is not None,
    Role.HOST: lambda text: text in HOSTS,
    Role.MACHINE: lambda text: text in MACHINES,
    Role.PRODUCT: lambda text: text in PRODUCTS,
}
"""What stays of texts of these roles; all else of them is taken for an ID."""


def _published_values(kind: Kind) -> Iterator[str]:
    if isinstance(kind, OneOf):
        yield from kind.values
    elif isinstance(kind, (Many, ByName)):
        yield from _published_values(kind.of)
    elif isinstance(kind, Object):
        for member in kind.members.values():
            yield from _published_values(member)


PUBLISHED_VALUES: Final = frozenset(
    value
    for kind in (
        ACCOUNT,
        ACCOUNT_BRIDGE,
        BRIDGE,
        BRIDGE_LOGIN,
        CAPABILITIES,
        DISAPPEARING_TIMER,
        SETUP,
        USER,
    )
    for value in _published_values(kind)
)
"""Words with a meaning, wherever they stand."""

_NOBODY: Final = WORDS_OF_IDS | {
    word for value in PUBLISHED_VALUES for word in _TOKEN.findall(value)
}
"""Words that tell nothing of a person, though somebody be called like that."""


def _texts_about_persons(kind: Kind, value: object) -> Iterator[str]:
    """Yield what persons are called, and how they can be reached."""
    if isinstance(value, dict):
        members: Mapping[str, Kind] = kind.members if isinstance(kind, Object) else {}
        for name, item in value.items():
            known = members.get(
                name, kind.of if isinstance(kind, ByName) else Anything()
            )
            if (
                isinstance(item, str)
                and isinstance(known, Anything)
                and _CALLED.search(name)
            ):
                yield item
            else:
                yield from _texts_about_persons(known, item)
    elif isinstance(value, list):
        of = kind.of if isinstance(kind, Many) else Anything()
        for item in value:
            yield from _texts_about_persons(of, item)
    elif isinstance(value, str) and isinstance(kind, Text):
        if kind.role in (Role.PERSON, Role.PHONE, Role.HOST):
            yield value
        elif kind.role is Role.MAIL:
            yield value.partition("@")[0]


def _other_texts(kind: Kind, value: object) -> Iterator[str]:
    """Yield IDs, and texts of which nothing is published."""
    if isinstance(value, dict):
        members: Mapping[str, Kind] = kind.members if isinstance(kind, Object) else {}
        other = kind.of if isinstance(kind, ByName) else Anything()
        for name, item in value.items():
            yield from _other_texts(members.get(name, other), item)
    elif isinstance(value, list):
        of = kind.of if isinstance(kind, Many) else Anything()
        for item in value:
            yield from _other_texts(of, item)
    elif isinstance(value, str):
        if kind == Text(Role.ID) or not isinstance(kind, (Text, OneOf)):
            yield value


def _bridge_types(kind: Kind, value: object) -> Iterator[str]:
    """Yield the types of bridges, known ones or not."""
    if isinstance(value, dict) and isinstance(kind, Object):
        bridge_type = value.get("type")
        if kind.name in (BRIDGE.name, ACCOUNT_BRIDGE.name) and isinstance(
            bridge_type, str
        ):
            yield bridge_type
        for name, item in value.items():
            yield from _bridge_types(kind.members.get(name, Anything()), item)
    elif isinstance(value, list) and isinstance(kind, Many):
        for item in value:
            yield from _bridge_types(kind.of, item)
