"""The shape of Beeper's answers, without any value: what diagnostics tell of them.

It is what a person who adds or mends a network has to know, and who reports a bug cannot:
what no model has, what is missing or of another type, and what logins asked for, how they
ended and what was refused.
"""

from collections.abc import Iterable, Mapping
import re

from homeassistant.components.diagnostics import REDACTED

from .api import LoginFailure
from .beeper_data import BeeperData
from .limits import MAX_CALLED, MAX_NAMES_TOLD
from .login.seen import EndSeen, StepSeen
from .runtime import BeeperConfigEntry
from .texts import has_contact_details

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,47}", re.ASCII)
"""A member, a code, a flow: those have more shapes than words."""

_MOST_DIGITS = 2
"""Digits in a name; with more of them it may be an ID."""

_SHORTEST_INSIDE = 4
"""Letters of what a person is called that are looked for inside of a name, too."""

_IN_WORDS = re.compile(r"[A-Z]*[^\W\dA-Z_]+|[A-Z]+")
"""Runs of letters; a capital begins a new one."""


def shape_of_answers(entry: BeeperConfigEntry) -> Mapping[str, object]:
    """Return the shape of Beeper's answers, without any value.

    That is what no model has, what is missing or of another type, and what logins asked
    for and how they ended.
    """
    coordinator = entry.runtime_data.coordinator
    names = Names(coordinator.data)
    unknown = coordinator.client.unknown
    seen = entry.runtime_data.seen
    return {
        "unknown_members": _few(
            f"{model}.{names.clean(name)}"
            for model, _, name in (member.partition(".") for member in unknown.members)
        ),
        "unknown_values": _few(
            f"{member}: {names.clean(value)}" for member, value in unknown.values
        ),
        "missing_or_odd": sorted(
            {name for odd in coordinator.client.oddities for name in odd.members}
        ),
        "login_steps": [names.step(step) for step in seen.steps],
        "login_ends": [
            {**names.end(end), "count": count} for end, count in seen.ends.items()
        ],
        "login_failures": [
            {**names.failure(failure), "count": count}
            for failure, count in coordinator.client.login_failures.items()
        ],
    }


def _few(texts: Iterable[str]) -> list[str]:
    """Return each text once, and not too many; an ellipsis is for those left out."""
    different = list(dict.fromkeys(texts))
    if len(different) <= MAX_NAMES_TOLD:
        return different
    return [*different[:MAX_NAMES_TOLD], "…"]


class Names:
    """Names and words that are Beeper's, and not somebody's.

    A member may be named after a person, where it is one of many.
    """

    def __init__(self, data: BeeperData) -> None:
        """Know the bridges, and what the persons of all accounts are called.

        Somebody may be called like a network, which tells nothing of them then.
        """
        self._bridges = data.bridges
        texts = [
            text
            for user in (account.user for account in data.accounts.values())
            for text in (
                user.full_name,
                user.username,
                (user.email or "").partition("@")[0],
            )
            if text
        ]
        networks = {
            word
            for bridge in data.bridges.values()
            for text in (bridge.id, bridge.type)
            if text
            for word in _words(text)
        }
        self._persons = {
            word for text in texts for word in _words(text[:MAX_CALLED])
        } - networks

    def clean(self, name: str | None) -> str | None:
        """Return a name if it looks like one; `None` where there is none."""
        if name is None:
            return None
        words = set(_words(name))
        folded = name.casefold()
        is_private = (
            sum(character.isdigit() for character in name) > _MOST_DIGITS
            or not words.isdisjoint(self._persons)
            or any(
                word in folded
                for word in self._persons
                if len(word) >= _SHORTEST_INSIDE
            )
        )
        is_like = _NAME.fullmatch(name) and not has_contact_details(name)
        return name if is_like and not is_private else REDACTED

    def step(self, step: StepSeen) -> Mapping[str, object]:
        """Return what a step of a login was like."""
        return {
            **self._flow(step.bridge_id, step.flow_id),
            "type": self.clean(step.type),
            "display_type": self.clean(step.display_type),
            "fields": [
                {
                    "type": self.clean(field.type),
                    "members": field.members,
                    "sources": list(map(self.clean, field.sources)),
                }
                for field in step.fields
            ],
            "attachments": list(map(self.clean, step.attachments)),
            "is_supported": step.is_supported,
        }

    def end(self, end: EndSeen) -> Mapping[str, object]:
        """Return how a login ended."""
        return {
            **self._flow(end.bridge_id, end.flow_id),
            "step_type": self.clean(end.step_type),
            "status": self.clean(end.status),
            "code": self.clean(end.code),
        }

    def failure(self, failure: LoginFailure) -> Mapping[str, object]:
        """Return which request about logins failed, and how."""
        return {
            "bridge_type": self._bridge_type(failure.bridge_id),
            "request": failure.request,
            "status": failure.status,
            "code": self.clean(failure.code),
        }

    def _bridge_type(self, bridge_id: str) -> str | None:
        bridge = self._bridges.get(bridge_id)
        return self.clean(bridge.type) if bridge else None

    def _flow(self, bridge_id: str, flow_id: str | None) -> Mapping[str, object]:
        return {
            "bridge_type": self._bridge_type(bridge_id),
            "flow": self.clean(flow_id),
        }


def _words(text: str) -> list[str]:
    """Return the words of a text, of names in camel case too."""
    return [word.casefold() for word in _IN_WORDS.findall(text)]
