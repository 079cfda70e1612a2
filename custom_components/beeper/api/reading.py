"""JSON becomes models, member by member: what is odd costs itself, not what is beside it.

A model is a dataclass. The annotations of its members say how they are read, and their
defaults what a missing or an odd one costs:

- a member without a default is what nothing can be done without, an ID as a rule; a text
  must not be empty, nor longer than `MAX_ID` or what `up_to` says. Without it there is no
  such object.
- any other member has its default then.
- of lists, and of mappings to a model, items that cannot be read are left out.

Members that a model does not have are passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from operator import attrgetter
import re
from types import NoneType
from typing import (
    ClassVar,
    Final,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    override,
)

import orjson

from .limits import MAX_ID, MAX_ITEMS, MAX_LISTED, MAX_WHOLE_NUMBER

type Json = None | bool | int | float | str | list[Json] | dict[str, Json]

type _Odd = list[str]
"""Names of members that are not as they should be."""

type _Convert = Callable[[object, _Odd], object]
"""Returns what a value is read as, `None` where it is none of this type.

What is odd inside of it is added to the list.
"""

ALWAYS: Final[dict[str, object]] = {"always": True}
"""Metadata of a member with a default that Beeper always sends: it is odd without.

Others may be absent or null.
"""

_DIGITS = re.compile(r"\d{1,15}(?:\.\d{1,9})?", re.ASCII)
"""A number that was sent as text."""


def up_to(longest: int) -> dict[str, object]:
    """Return metadata of a member that may have so many characters, or items."""
    return {"longest": longest}


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen[T](cls: type[T]) -> type[T]:
    """Make a dataclass of a model that type checkers take for a frozen one.

    At run time a frozen one would set each member by way of a method, which makes up a
    third of the time that a poll takes to parse (`scripts/bench`). What `Model` has for
    all is not generated for each: that took a tenth of an import of the integration.
    """
    return dataclass(slots=True, eq=False, repr=False)(cls)


MAX_PLANS = 64
"""Combinations of types for which it is remembered which members need a look."""


@frozen
class Model:
    """Something that Beeper sends."""

    wire_names: ClassVar[Mapping[str, str]] = {}
    """Names of members in Python, and on the wire where they differ."""

    @override
    def __eq__(self, other: object) -> bool:
        """Return whether another object is of the same model, with equal members."""
        if type(other) is not type(self):
            return NotImplemented
        members_of = _GETTERS[type(self)]
        return members_of(self) == members_of(other)

    @override
    def __hash__(self) -> int:
        """Return a hash of the members."""
        return hash(_GETTERS[type(self)](self))

    @override
    def __repr__(self) -> str:
        """Return the members, without those that could tell who somebody is."""
        members = ", ".join(
            f"{item.name}={getattr(self, item.name)!r}"
            for item in fields(self)
            if item.repr
        )
        return f"{type(self).__name__}({members})"

    def to_dict(self) -> dict[str, Json]:
        """Return the members by Python's names, without those that are absent.

        A list or an object that Beeper always sends is there, though it be empty.
        """
        return {
            item.name: _to_json(value)
            for item in fields(self)
            if (value := getattr(self, item.name)) != item.default
            or ("always" in item.metadata and isinstance(value, (tuple, Model)))
        }


class _Getters(dict[type[Model], Callable[[Model], object]]):
    """What gets all members of an object of a model, to be compared; made once for each."""

    def __missing__(self, model: type[Model]) -> Callable[[Model], object]:
        self[model] = getter = attrgetter(*(item.name for item in fields(model)))
        return getter


_GETTERS: Final = _Getters()


def read[ModelT: Model](
    model: type[ModelT], value: object
) -> tuple[ModelT | None, tuple[str, ...]]:
    """Return an object, and the names of members that are not as they should be.

    The object is `None` where it cannot be read at all. The names, such as
    `Account.status`, are those on the wire; nothing of what was sent is in them.
    """
    odd: _Odd = []
    item = _model_converter(model)(value, odd)
    if item is None and not odd:
        odd.append(model.__name__)
    return cast("ModelT | None", item), tuple(odd)


def read_list[ModelT: Model](
    model: type[ModelT], value: object
) -> tuple[tuple[ModelT, ...] | None, tuple[str, ...]]:
    """Return the objects of a list that can be read, and the names of odd members.

    It is `None` instead for what is no list.
    """
    odd: _Odd = []
    convert = _list_converter(_model_converter(model), model.__name__, MAX_LISTED)
    items = convert(value, odd)
    return cast("tuple[ModelT, ...] | None", items), tuple(odd)


def _to_json(value: object) -> Json:
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _to_json(item) for key, item in value.items()}
    # All else is as it came
    return cast(Json, value)


# --- Models


def _model_converter(model: type[Model]) -> _Convert:
    """Return what reads an object as this model.

    It is made when the first such object comes: most never do.
    """
    if (known := _CONVERTERS.get(model)) is not None:
        return known
    _CONVERTERS[model] = convert = _new_model_converter(model)
    return convert


def _new_model_converter(model: type[Model]) -> _Convert:
    members = [_Member(model, item) for item in fields(model)]
    names = [member.wire_name for member in members]
    required = [
        (index, member.longest, member.name)
        for index, member in enumerate(members)
        if member.is_required
    ]
    create = cast("Callable[..., object]", model)
    plans: dict[tuple[type, ...], list[tuple[int, _Convert]]] = {}

    def convert(value: object, odd: _Odd) -> object:
        if type(value) is not dict:
            return None
        values = list(map(value.get, names))
        types = tuple(map(type, values))
        # Objects of one kind mostly have the same members, and few need a look
        plan = plans.get(types)
        if plan is None:
            if len(plans) >= MAX_PLANS:
                plans.clear()
            plan = plans[types] = [
                (index, member.read)
                for index, member in enumerate(members)
                if not member.takes(types[index])
            ]
        for index, read_member in plan:
            values[index] = read_member(values[index], odd)
        for index, longest, name in required:
            # An ID that says nothing is none, nor is one without end
            said = values[index]
            if not said or (type(said) is str and len(said) > longest):
                odd.append(name)
                return None
        return create(*values)

    return convert


class _Member:
    """A member of a model, and how it is read."""

    def __init__(self, model: type[Model], item: Field[object]) -> None:
        """Read the member that a field of a dataclass stands for."""
        self.wire_name = model.wire_names.get(item.name, item.name)
        self.name = f"{model.__name__}.{self.wire_name}"
        self.is_required = item.default is MISSING
        self._default = None if self.is_required else item.default
        self._may_be_absent = self.is_required or "always" not in item.metadata
        self._kind = _without_none(item.type)
        is_list = get_origin(self._kind) is tuple
        self.longest: int = item.metadata.get(
            "longest", MAX_ITEMS if is_list else MAX_ID
        )
        self._convert = _converter(self._kind, self.name, self.longest)

    def takes(self, kind: type) -> bool:
        """Return whether any value of this type is taken as it is."""
        if kind is NoneType:
            return self._default is None and self._may_be_absent
        return kind is self._kind and kind in _PLAIN

    def read(self, value: object, odd: _Odd) -> object:
        """Return what a value is read as; the default where it is none."""
        if value is None:
            if not self._may_be_absent:
                odd.append(self.name)
            return self._default
        converted = self._convert(value, odd)
        if converted is not None:
            return converted
        if not self.is_required:
            odd.append(self.name)
        return self._default


def _without_none(annotation: object) -> object:
    """Return the X of `X | None`."""
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(annotation) else annotation


# --- Types of members


def _converter(kind: object, name: str, longest: int) -> _Convert:
    """Return what reads values of an annotated type, for the member of this name."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        return _list_converter(_converter(arguments[0], name, MAX_ITEMS), name, longest)
    if origin is dict and arguments[1] is not object:
        return _mapping_converter(_converter(arguments[1], name, MAX_ITEMS), name)
    if isinstance(kind, type) and issubclass(kind, Model):
        return _model_converter(kind)
    return _CONVERTERS[kind]


def _list_converter(convert_item: _Convert, name: str, longest: int) -> _Convert:
    """Return what reads lists as tuples, without the items that cannot be read.

    Those after the `longest` are not read either.
    """

    def convert(value: object, odd: _Odd) -> object:
        if type(value) is not list:
            return None
        items = [convert_item(item, odd) for item in value[:longest]]
        if None not in items and len(items) == len(value):
            return tuple(items)
        odd.append(name)
        return tuple(item for item in items if item is not None)

    return convert


def _mapping_converter(convert_item: _Convert, name: str) -> _Convert:
    """Return what reads objects as mappings, without the values that cannot be read."""

    def convert(value: object, odd: _Odd) -> object:
        if type(value) is not dict:
            return None
        items = {key: convert_item(item, odd) for key, item in value.items()}
        if None not in items.values():
            return items
        odd.append(name)
        return {key: item for key, item in items.items() if item is not None}

    return convert


def _exactly(kind: type) -> _Convert:
    """Return what takes values of a type as they are."""
    return lambda value, odd: value if type(value) is kind else None


def _anything_in(kind: type) -> _Convert:
    """Return what takes any object or list that can be written as JSON again.

    More levels can be read than written.
    """

    def convert(value: object, odd: _Odd) -> object:
        if type(value) is not kind:
            return None
        try:
            # In an answer of Home Assistant it is some levels deeper
            orjson.dumps([[[[[[[[[[[[[[[[value]]]]]]]]]]]]]]]])
        except TypeError:
            return None
        return value

    return convert


def _whole_number(value: object, odd: _Odd) -> int | None:
    """JSON knows one kind of number: 3.0 is a whole one."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and abs(value) <= MAX_WHOLE_NUMBER:
        return value
    return None


def _number(value: object, odd: _Odd) -> float | None:
    """Many servers give a number of seconds as text."""
    if type(value) is str and _DIGITS.fullmatch(value):
        value = float(value)
    return float(value) if type(value) is int or type(value) is float else None


_PLAIN = frozenset({bool, str})
"""Types all values of which are taken as they are."""

_CONVERTERS: dict[object, _Convert] = {
    bool: _exactly(bool),
    dict[str, object]: _anything_in(dict),
    float: _number,
    int: _whole_number,
    list[object]: _anything_in(list),
    str: _exactly(str),
}
"""How values of each type are read; models join with the first of their objects."""
