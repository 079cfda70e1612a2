"""What recordings are held against is what the official SDK has published."""

from typing import Any, Literal, get_args, get_origin

from beeper_desktop_api import types
from beeper_desktop_api.types.app import SetupRetrieveResponse
from beeper_desktop_api.types.shared import User
from pydantic import BaseModel
import pytest

from scripts import published
from scripts.published import (
    ByName,
    Flag,
    Kind,
    Many,
    Number,
    Object,
    OneOf,
    Port,
    Text,
)

MODELS: list[tuple[Object, type[BaseModel]]] = [
    (published.ACCOUNT, types.Account),
    (published.ACCOUNT_BRIDGE, types.AccountBridge),
    (published.BRIDGE, types.Bridge),
    (published.BRIDGE_LOGIN, types.BridgeLogin),
    (published.CAPABILITIES, types.ProvisioningCapabilities),
    (published.INFO, types.InfoRetrieveResponse),
    (published.LOGIN_FLOW, types.LoginFlow),
    (published.SETUP, SetupRetrieveResponse),
    (published.USER, User),
]


@pytest.mark.parametrize(("kind", "model"), MODELS)
def test_published_is_what_the_sdk_has(kind: Object, model: type[BaseModel]) -> None:
    """Each member, whether it is required, its type, and each word it may be."""
    assert shape_of_kind(kind) == shape_of_model(model)


def shape_of_kind(kind: Kind) -> object:
    """Return the shape of what is published, as the one of a model is returned."""
    match kind:
        case Object():
            return {
                name: (name in kind.required, shape_of_kind(member))
                for name, member in kind.members.items()
            }
        case Many():
            return [shape_of_kind(kind.of)]
        case ByName():
            return {"*": shape_of_kind(kind.of)}
        case OneOf():
            return set(kind.values)
        case Text():
            return "string"
        case Flag():
            return "boolean"
        case Number() | Port():
            return "number"
        case _:
            return "anything"


def shape_of_model(model: type[BaseModel]) -> object:
    """Return the shape of a model of the SDK."""
    return {
        field.alias or name: (field.is_required(), shape_of(field.annotation))
        for name, field in model.model_fields.items()
    }


def shape_of(annotation: Any) -> object:
    """Return the shape of an annotated type."""
    arguments = [item for item in get_args(annotation) if item is not type(None)]
    if get_origin(annotation) is Literal:
        # `true` alone is published where it is only told if it is so
        return "boolean" if arguments == [True] else set(arguments)
    if get_origin(annotation) is list:
        return [shape_of(arguments[0])]
    if get_origin(annotation) is dict:
        return {"*": shape_of(arguments[1])}
    if len(arguments) == 1:
        return shape_of(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return shape_of_model(annotation)
    names = {str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(annotation, "anything")
