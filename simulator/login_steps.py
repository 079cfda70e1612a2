"""What login flows are made of: steps, the answers to them, and who signs in."""

import base64
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from .login_errors import FATAL_ERRORS
from .scenario import Json

COOKIES = "cookies"
DISPLAY_AND_WAIT = "display_and_wait"
USER_INPUT = "user_input"
WEBAUTHN = "webauthn"

SESSION_LIFETIME = 1800.0
"""Seconds that a login may take as a whole (bridgev2's provisioning API)."""


class LoginFailed(Exception):
    """The login has ended without success; the reason is one of FATAL_ERRORS."""

    def __init__(self, reason: str) -> None:
        """Initialise with the reason."""
        super().__init__(FATAL_ERRORS[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What was submitted, or, to a step that waits, what happened on the phone."""

    fields: Mapping[str, str] = field(default_factory=dict)
    last_url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is shown to the client."""

    type: str
    step_id: str
    instructions: str
    members: Json
    """The members that belong to the type, as the rich shape has them."""
    right: Mapping[str, str] = field(default_factory=dict)
    """What the network sent the person, or they know: a right answer for each field."""
    renew: Callable[[], Step] | None = None
    """Makes the same step with a new code; None: there is only this one."""
    lasts: tuple[float, ...] = ()
    """Seconds after which this code and those to come are renewed; empty: never."""
    expires: float | None = None
    """Seconds until the network gives up on what is displayed; None: it does not."""

    @property
    def wire(self) -> Json:
        """The step with all members that Beeper may send."""
        return {
            "type": self.type,
            "stepID": self.step_id,
            "instructions": self.instructions,
            **self.members,
        }

    @property
    def display_type(self) -> str | None:
        """What is displayed, for a step that displays something."""
        display: dict[str, str] = self.members.get("display", {})
        return display.get("type")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in to the network."""

    login_id: str
    user: Mapping[str, str] = field(default_factory=dict)
    scoped: bool = False
    """Account ids name the login, as those of workspaces do."""


type Flow = Generator[Step, Answer, Identity]
type Exchange = Generator[Step, Answer, Answer]


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One attempt to sign in, as the network sees it."""

    random: Random
    number: int
    """Different for each attempt of a simulator."""
    base_url: str
    account: Json | None = None
    """The account to be reconnected; None, too, once somebody else signs in."""
    demands: frozenset[str] = frozenset()
    """What the network asks for on top; see scenario.DEMANDS."""
    webauthn: bool = True
    """Whether Beeper can show a step that asks for a passkey."""

    @property
    def two_factor(self) -> bool:
        """Whether the person uses two-factor authentication."""
        return "twoFactor" in self.demands

    @property
    def phone_number(self) -> str:
        """The person's phone number, in E.164 format."""
        return self._known("phoneNumber", f"+155555{50200 + self.number:05}")

    @property
    def email(self) -> str:
        """The person's mail address."""
        return self._known("email", f"alice{self.number}@example.com")

    def digits(self, length: int) -> str:
        """Return random digits."""
        return "".join(self.random.choices("0123456789", k=length))

    def letters(self, length: int) -> str:
        """Return random capital letters."""
        return "".join(self.random.choices("ABCDEFGHJKLMNPQRSTVWXYZ", k=length))

    def base64(self, size: int) -> str:
        """Return that many random bytes in base64."""
        return base64.b64encode(self.random.randbytes(size)).decode()

    def base64url(self, size: int) -> str:
        """Return that many random bytes in base64 for URLs, without padding."""
        return (
            base64.urlsafe_b64encode(self.random.randbytes(size)).decode().rstrip("=")
        )

    def _known(self, member: str, default: str) -> str:
        """Return what is known about the person, for an account that exists."""
        value = user_of(self.account).get(member) if self.account else None
        return value if isinstance(value, str) else default


@dataclass(frozen=True, slots=True)
class LoginFlow:
    """A way to sign in to a network."""

    id: str
    name: str
    description: str
    run: Callable[[Attempt], Flow]
    lifetime: float = SESSION_LIFETIME
    """Seconds after which such a login is over, whatever it waits for."""

    @property
    def wire(self) -> Json:
        """The flow as served."""
        return {"id": self.id, "name": self.name, "description": self.description}


def user_of(account: Json) -> Json:
    """Return the user of an account; a recorded one may have none."""
    user = account.get("user")
    return user if isinstance(user, dict) else {}


# Steps, with the members of the rich shape


def input_field(
    name: str, label: str, kind: str, hint: str = "", **more: object
) -> Json:
    """Return a field of a user_input step.

    more: `options`, `pattern`, `initialValue`, `optional`.
    """
    hints = {"placeholder": hint} if hint else {}
    return {"id": name, "label": label, "type": kind, **hints, **more}


def user_input(
    step_id: str, instructions: str, *fields: Json, right: Mapping[str, str]
) -> Step:
    """Return a step that asks for input."""
    return Step(USER_INPUT, step_id, instructions, {"fields": list(fields)}, right)


def qr_code(
    step_id: str,
    instructions: str,
    data: Callable[[], str],
    lasts: tuple[float, ...] = (),
) -> Step:
    """Return a step with a QR code.

    lasts: seconds that each code lasts, one after the other; none: the only one stays.
    """
    return _qr_code(step_id, instructions, data, lasts, sum(lasts) or None)


def _qr_code(
    step_id: str,
    instructions: str,
    data: Callable[[], str],
    lasts: tuple[float, ...],
    expires: float | None,
) -> Step:
    """Return a step with a QR code of which `lasts` tells how it goes on."""

    def renew() -> Step:
        return _qr_code(step_id, instructions, data, lasts[1:] or lasts, expires)

    return Step(
        DISPLAY_AND_WAIT,
        step_id,
        instructions,
        {"display": {"type": "qr", "data": data()}},
        renew=renew if lasts else None,
        lasts=lasts,
        expires=expires,
    )


def display(
    step_id: str,
    instructions: str,
    displayed: Json,
    right: Mapping[str, str] | None = None,
    expires: float | None = None,
) -> Step:
    """Return a step with something else to display.

    expires: seconds until the network gives up on it; None: it does not.
    """
    return Step(
        DISPLAY_AND_WAIT,
        step_id,
        instructions,
        {"display": displayed},
        right or {},
        expires=expires,
    )


def cookies(
    step_id: str,
    instructions: str,
    url: str,
    fields: list[Json],
    right: Mapping[str, str],
    **more: object,
) -> Step:
    """Return a step that asks for what a browser stores or sends after sign-in.

    more: `expectedFinalURLRegex`, `extractJS`, `userAgent`, `hidden`.
    """
    members = {"url": url, "fields": fields, **more}
    return Step(COOKIES, step_id, instructions, members, right)


def cookie_field(
    name: str, *sources: Json, required: bool = True, pattern: str | None = None
) -> Json:
    """Return a field of a cookies step.

    `name` and `type` are those of the first source that the published schema can name.
    """
    found: Json = {"id": name}
    for source in sources:
        if source["type"] in _PUBLISHED_SOURCES:
            found |= {
                "name": source["name"],
                "type": _PUBLISHED_SOURCES[source["type"]],
            }
            break
    found |= {"required": required, "sources": list(sources)}
    if pattern is not None:
        found["pattern"] = pattern
    return found


_PUBLISHED_SOURCES = {
    "cookie": "cookie",
    "local_storage": "local_storage",
    "request_header": "header",
}
"""What the published schema calls the sources of a cookie field, as far as it has them."""


def cookie(name: str, domain: str | None = None) -> Json:
    """Return a cookie as a source."""
    found: Json = {"type": "cookie", "name": name}
    return found if domain is None else found | {"cookieDomain": domain}


def local_storage(name: str) -> Json:
    """Return an item of the page's local storage as a source."""
    return {"type": "local_storage", "name": name}


def request_header(name: str, url_regex: str) -> Json:
    """Return a header of requests to such addresses as a source."""
    return {"type": "request_header", "name": name, "requestURLRegex": url_regex}


def request_body(name: str, url_regex: str) -> Json:
    """Return a member of the body of requests to such addresses as a source."""
    return {"type": "request_body", "name": name, "requestURLRegex": url_regex}


def special(name: str) -> Json:
    """Return what only the extraction script has as a source."""
    return {"type": "special", "name": name}


def complaining(step: Step, complaint: str, step_id: str | None = None) -> Step:
    """Return a step that asks again, with a complaint; step_id: unless it is the same."""
    return replace(step, step_id=step_id or step.step_id, instructions=complaint)
