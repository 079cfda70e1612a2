r"""The two shapes in which Beeper serves a step.

`rich` is what the official CLI handles: `options` and `pattern` of an input field,
`required`, `pattern` and `sources` of a cookie field, the emoji beside its picture.
`schema` is what is published, and nothing else (reference, SDK 6.0.0). Attachments are
in both: the published schema has them, as an array of unknown.

In the shape `schema` an extraction script has literal `\n` and `\t` instead of line
breaks and tabs, as is seen now and then.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from .login_steps import COOKIES, DISPLAY_AND_WAIT, USER_INPUT, Step
from .scenario import Json

type Shape = Literal["schema", "rich"]

SHAPES: tuple[Shape, ...] = get_args(Shape.__value__)

_STEPS = {
    USER_INPUT: ("fields", "attachments"),
    COOKIES: ("url", "fields", "expectedFinalURLRegex", "extractJS", "userAgent"),
    DISPLAY_AND_WAIT: ("display",),
}
_FIELDS = {
    USER_INPUT: ("id", "initialValue", "label", "optional", "placeholder", "type"),
    COOKIES: ("id", "name", "type"),
}
_DISPLAYS = {
    "qr": ("type", "data"),
    "code": ("type", "data"),
    "emoji": ("type", "imageURL"),
    "nothing": ("type",),
}
_WHITE_SPACE = str.maketrans({"\n": r"\n", "\t": r"\t"})


def serve(step: Step, shape: Shape) -> Json:
    """Return a step as it is served; what is not published stays as it is in `rich`."""
    if shape == "rich" or step.type not in _STEPS:
        return step.wire
    members = _only(step.members, _STEPS[step.type])
    if "fields" in members:
        published = _FIELDS[step.type]
        members["fields"] = [_only(item, published) for item in members["fields"]]
    if "display" in members:
        kind = members["display"]["type"]
        published = _DISPLAYS.get(kind, tuple(members["display"]))
        members["display"] = _only(members["display"], published)
    if "extractJS" in members:
        members["extractJS"] = members["extractJS"].translate(_WHITE_SPACE)
    return {
        "type": step.type,
        "stepID": step.step_id,
        "instructions": step.instructions,
        **members,
    }


def _only(value: Mapping[str, object], names: tuple[str, ...]) -> Json:
    """Return an object with nothing but these members."""
    return {name: member for name, member in value.items() if name in names}
