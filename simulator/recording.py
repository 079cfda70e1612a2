"""Recordings: what a real Beeper answered, as `scripts/record` writes it down.

A recording is the member `recording` of a scenario file:

    info, setup, accounts, bridges, spec    an answer each
    ofBridges: {bridge ID: {capabilities, login-flows, logins}}   an answer each

An answer is `{status, body}`: the HTTP status, and the JSON that came with it. Without a
`body` it was no JSON; without a `status` there was no answer at all. Whatever was not
recorded is served as for any other scenario.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

ANSWERS = ("info", "setup", "accounts", "bridges", "spec")
ANSWERS_OF_BRIDGES = ("capabilities", "login-flows", "logins")

RECORDED_HOST = "localhost:23373"
"""Host and port in the addresses of a recording."""

_NO_ANSWER = 503


class RecordingError(ValueError):
    """A recording is not one; the message names the place."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one request."""

    status: int
    is_json: bool
    body: object

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return self.is_json and self.status == HTTPStatus.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All that was answered."""

    answers: Mapping[str, Answer]
    """By the names in ANSWERS."""
    of_bridges: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict)
    """By bridge ID and the names in ANSWERS_OF_BRIDGES."""

    @property
    def accounts(self) -> list[object] | None:
        """The accounts as they were listed, the odd ones too; None: no list."""
        body = self.good("accounts")
        return body if isinstance(body, list) else None

    @property
    def bridges(self) -> list[object] | None:
        """The bridges as they were listed, the odd ones too; None: no list."""
        body = self.good("bridges")
        items = body.get("items") if isinstance(body, dict) else None
        return items if isinstance(items, list) else None

    def good(self, name: str) -> Any:
        """Return the body of an answer; None where it is not what was asked for."""
        answer = self.answers.get(name)
        return answer.body if answer is not None and answer.is_good else None

    def member(self, name: str, *path: str) -> str | None:
        """Return a text inside of an answer; None where there is none."""
        value = self.good(name)
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value if isinstance(value, str) and value else None


def parse_recording(data: object) -> Recording:
    """Return a recording that was read from a file. Raises RecordingError."""
    members = _mapping(data, "recording", (*ANSWERS, "ofBridges"))
    of_bridges = members.pop("ofBridges", {})
    if not isinstance(of_bridges, dict):
        raise RecordingError("recording.ofBridges: must be a mapping")
    return Recording(
        answers=_answers(members, "recording"),
        of_bridges={
            bridge_id: _answers(
                _mapping(answers, place, ANSWERS_OF_BRIDGES),
                place,
            )
            for bridge_id, answers in of_bridges.items()
            if (place := f"recording.ofBridges.{bridge_id}")
        },
    )


def items_by_id(values: object, name: str) -> dict[str, dict[str, Any]]:
    """Return those items of a list that have an ID, by it; the first one counts.

    What is no list has none.
    """
    found: dict[str, dict[str, Any]] = {}
    for value in values if isinstance(values, list) else ():
        if isinstance(value, dict) and (item_id := id_of(value, name)) is not None:
            found.setdefault(item_id, value)
    return found


def id_of(value: object, name: str) -> str | None:
    """Return the ID of an item of a list, the member of this name; None: it has none."""
    item_id = value.get(name) if isinstance(value, dict) else None
    return item_id if isinstance(item_id, str) and item_id else None


def _answers(members: dict[str, object], place: str) -> dict[str, Answer]:
    return {name: _answer(value, f"{place}.{name}") for name, value in members.items()}


def _answer(value: object, place: str) -> Answer:
    members = _mapping(value, place, ("status", "body"))
    status = members.get("status", _NO_ANSWER)
    if type(status) is not int or not 200 <= status <= 599:
        raise RecordingError(f"{place}.status: must be that of an answer, 200 to 599")
    return Answer(status, "body" in members, members.get("body"))


def _mapping(value: object, place: str, known: tuple[str, ...]) -> dict[str, object]:
    """Return a copy of a mapping that has no other members than these."""
    if not isinstance(value, dict):
        raise RecordingError(f"{place}: must be a mapping")
    for name in value:
        if name not in known:
            raise RecordingError(
                f"{place}.{name}: is unknown; known are {', '.join(known)}"
            )
    return dict(value)
