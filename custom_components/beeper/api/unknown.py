"""What Beeper sends and no model has: members, and values where the values are known.

It is looked for in the JSON of answers, apart from reading them: of the lists that are
polled only when somebody wants to know (`polled.py`), of all else as it comes. Nothing of
what was sent is kept but names of members and values that stand for a word of Beeper's,
and of both only a few.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Final, get_args, get_origin

from .limits import MAX_NOTED_WORD, MAX_UNKNOWN
from .models import (
    Account,
    AccountBridge,
    AccountStatus,
    App,
    AppSetup,
    AppState,
    Bridge,
    BridgeLogin,
    BridgeStatus,
    Display,
    DisplayType,
    LoginField,
    LoginSession,
    LoginSessionStatus,
    LoginStep,
    MatrixAccount,
    OAuthToken,
    Platform,
    RemoveScope,
    StepType,
)
from .reading import Model

_PROVIDERS: Final = frozenset({"cloud", "local", "platform-sdk", "self-hosted"})

_KNOWN_VALUES: Final[Mapping[tuple[type[Model], str], frozenset[str]]] = {
    (Account, "status"): frozenset(AccountStatus),
    (AccountBridge, "provider"): _PROVIDERS,
    (AppSetup, "state"): frozenset(AppState),
    (Bridge, "provider"): _PROVIDERS,
    (Bridge, "status"): frozenset(BridgeStatus),
    (BridgeLogin, "removeScopes"): frozenset(RemoveScope),
    (BridgeLogin, "status"): frozenset(
        {"connected", "connecting", "logged_out", "needs_login", "unknown"}
    ),
    (Display, "type"): frozenset(DisplayType),
    (LoginField, "type"): frozenset(
        {
            # Of an input field, and of a cookie field (the open-source bridges)
            *(
                "2fa_code",
                "captcha_code",
                "domain",
                "email",
                "password",
                "phone_number",
            ),
            *("select", "text", "token", "url", "username"),
            *("cookie", "header", "local_storage"),
        }
    ),
    (LoginSession, "status"): frozenset(LoginSessionStatus),
    (LoginStep, "type"): frozenset(StepType),
}

_NOT_READ: Final[Mapping[type[Model], frozenset[str]]] = {
    App: frozenset({"name"}),
    AppSetup: frozenset({"e2ee", "verification"}),
    MatrixAccount: frozenset({"deviceID", "homeserver"}),
    OAuthToken: frozenset({"scope"}),
    Platform: frozenset({"release"}),
}
"""Members that are published (SDK 6.0.0), and of no use here."""


@dataclass(frozen=True)
class Unknown:
    """Names of members such as `Account.mood`, and values by the member that had them."""

    members: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()


class UnknownParts:
    """What was found in answers so far."""

    def __init__(self, before: Unknown | None = None) -> None:
        """Begin with what was found before."""
        self._members = dict.fromkeys(before.members if before else ())
        self._values = dict.fromkeys(before.values if before else ())

    @property
    def found(self) -> Unknown:
        """What was found, in the order in which it came."""
        return Unknown(tuple(self._members), tuple(self._values))

    def look(self, model: type[Model], value: object) -> None:
        """Look at the JSON of an object, and of what is in it.

        What is no object at all is passed over, as it is where it is read.
        """
        if type(value) is not dict:
            return
        plan = _plan(model)
        for name, member in value.items():
            look_inside = plan.get(name)
            if look_inside is not None:
                look_inside(self, member)
            elif name not in _NOT_READ.get(model, ()):
                _note(self._members, f"{model.__name__}.{name[:MAX_NOTED_WORD]}")

    def look_at_all(self, model: type[Model], values: object) -> None:
        """Look at each object of a list, if it is one."""
        for value in values if type(values) is list else ():
            self.look(model, value)

    def note_value(self, name: str, known: frozenset[str], value: object) -> None:
        """Note a word that is not known; lists have several, and what is no text none."""
        for word in value if type(value) is list else (value,):
            if type(word) is str and word not in known:
                _note(self._values, (name, word[:MAX_NOTED_WORD]))


type _LookInside = Callable[[UnknownParts, object], None]


def _note[T](noted: dict[T, None], item: T) -> None:
    if len(noted) < MAX_UNKNOWN:
        noted[item] = None


_PLANS: Final[dict[type[Model], Mapping[str, _LookInside]]] = {}


def _plan(model: type[Model]) -> Mapping[str, _LookInside]:
    """Return what to do with each member that a model has, by its name on the wire."""
    if (known := _PLANS.get(model)) is not None:
        return known
    _PLANS[model] = plan = dict[str, _LookInside]()
    for item in fields(model):
        name = model.wire_names.get(item.name, item.name)
        words = _KNOWN_VALUES.get((model, name))
        if words is not None:
            plan[name] = _looks_at_words(f"{model.__name__}.{name}", words)
        else:
            plan[name] = _looks_at(item.type)
    return plan


def _looks_at_words(name: str, known: frozenset[str]) -> _LookInside:
    return lambda parts, value: parts.note_value(name, known, value)


def _looks_at(kind: object) -> _LookInside:
    """Return what looks at a value of an annotated type: into models, nowhere else."""
    if isinstance(kind, type) and issubclass(kind, Model):
        return lambda parts, value: parts.look(kind, value)
    for inner in get_args(kind):
        look_inside = _looks_at(inner)
        if look_inside is _pass_over:
            continue
        if get_origin(kind) is tuple:
            return lambda parts, value: _each_of_list(parts, value, look_inside)
        if get_origin(kind) is dict:
            return lambda parts, value: _each_by_name(parts, value, look_inside)
        return look_inside
    return _pass_over


def _each_of_list(parts: UnknownParts, value: object, look_inside: _LookInside) -> None:
    for item in value if isinstance(value, list) else ():
        look_inside(parts, item)


def _each_by_name(parts: UnknownParts, value: object, look_inside: _LookInside) -> None:
    for item in value.values() if isinstance(value, dict) else ():
        look_inside(parts, item)


def _pass_over(parts: UnknownParts, value: object) -> None:
    """Look at nothing."""
