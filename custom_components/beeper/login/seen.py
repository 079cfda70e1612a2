"""What login sessions asked for and how they ended, by types and codes alone.

It is for diagnostics: enough to add a network, or to mend one, from a bug report. No value
and no text is kept, and of everything only a few.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.core import callback

from ..api import LoginField, LoginSession, LoginStep
from ..limits import MAX_FIELDS_SEEN, MAX_LOGINS_SEEN, MAX_SEEN_WORD
from .engine import LoginEngine
from .form import form_of
from .session import Login


@dataclass(frozen=True)
class FieldSeen:
    """A field: its type, where its value comes from, and which members tell more of it."""

    type: str | None
    members: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class StepSeen:
    """A step of a flow. `attachments` are their types; `is_supported`: whether here."""

    bridge_id: str
    flow_id: str | None
    type: str
    display_type: str | None
    fields: tuple[FieldSeen, ...]
    attachments: tuple[str, ...]
    is_supported: bool


@dataclass(frozen=True)
class EndSeen:
    """How a login ended, and at a step of which type; `code` is that of a failure."""

    bridge_id: str
    flow_id: str | None
    step_type: str | None
    status: str | None
    code: str | None


class LoginsSeen:
    """What the login sessions of one entry were like, since it was loaded."""

    def __init__(self) -> None:
        """Begin without any."""
        self.steps: dict[StepSeen, None] = {}
        """In the order in which they came."""
        self.ends: Counter[EndSeen] = Counter()
        self._last: dict[str, LoginSession] = {}

    @callback
    def follow(self, engine: LoginEngine) -> None:
        """Note what happens to the login sessions of an entry, for as long as it runs."""
        engine.async_add_listener(lambda: self._note_changes(engine.known))

    def _note_changes(self, logins: Iterable[Login]) -> None:
        before = self._last
        # Forgotten as soon as the engine forgets them
        self._last = {login.id: login.session for login in logins}
        for login in logins:
            last = before.get(login.id)
            if login.session is last:
                continue
            if login.step is not None:
                self._note_step(login, login.step)
            if login.has_ended:
                self._note_end(login, last)

    def _note_step(self, login: Login, step: LoginStep) -> None:
        if len(self.steps) >= MAX_LOGINS_SEEN:
            return
        form = form_of(login)
        seen = StepSeen(
            bridge_id=login.session.bridge_id,
            flow_id=_cut(login.flow_id),
            type=step.type[:MAX_SEEN_WORD],
            display_type=_cut(step.display.type) if step.display else None,
            fields=tuple(map(_field, step.fields[:MAX_FIELDS_SEEN])),
            attachments=_types(step.attachments),
            is_supported=form is None or form.is_supported,
        )
        self.steps[seen] = None

    def _note_end(self, login: Login, last: LoginSession | None) -> None:
        session = login.session
        step = last.current_step if last else None
        seen = EndSeen(
            bridge_id=session.bridge_id,
            flow_id=_cut(login.flow_id),
            step_type=_cut(step.type) if step else None,
            status=_cut(session.status),
            code=_cut(session.error.code) if session.error else None,
        )
        if seen in self.ends or len(self.ends) < MAX_LOGINS_SEEN:
            self.ends[seen] += 1


_MEMBERS: Final[Mapping[str, str]] = {
    "initial_value": "initialValue",
    "label": "label",
    "name": "name",
    "optional": "optional",
    "options": "options",
    "pattern": "pattern",
    "placeholder": "placeholder",
    "required": "required",
}
"""Members of a field, and their names on the wire."""


def _field(field: LoginField) -> FieldSeen:
    return FieldSeen(
        type=_cut(field.type),
        members=tuple(
            wire_name
            for name, wire_name in _MEMBERS.items()
            if getattr(field, name) is not None
        ),
        sources=_types(field.sources),
    )


def _types(items: list[object] | None) -> tuple[str, ...]:
    """Return the types of objects, each once."""
    types = [
        item["type"][:MAX_SEEN_WORD]
        for item in (items or ())[:MAX_FIELDS_SEEN]
        if isinstance(item, dict) and isinstance(item.get("type"), str)
    ]
    return tuple(dict.fromkeys(types))


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:MAX_SEEN_WORD]
