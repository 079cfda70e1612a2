"""What the flows of several networks have in common."""

from collections.abc import Callable, Generator, Mapping
import re

from simulator.login_steps import (
    Answer,
    Exchange,
    Identity,
    LoginFailed,
    Step,
    input_field,
    user_input,
)
from simulator.scenario import Json

MAX_ANSWERS = 5
"""So many answers a network takes to one question."""

USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/150.0.0.0 Safari/537.36"
)
"""What a bridge that wants to know it says of its browser."""

_CHECKPOINTS = ("/checkpoint/", "/challenge/", "/account/access")


def is_right(answer: Answer, step: Step) -> bool:
    """Return whether an answer is what the network sent or the person knows."""
    return answer.fields == step.right


def ask(
    step: Step,
    again: Step | Callable[[], Step],
    accepts: Callable[[Answer, Step], bool] = is_right,
) -> Exchange:
    """Ask until the answer is right; the network loses patience at some point.

    again: what is asked after a wrong answer.
    """
    for _ in range(MAX_ANSWERS):
        answer = yield step
        if accepts(answer, step):
            return answer
        step = again() if callable(again) else again
    raise LoginFailed("rate_limited")


def ask_phone_number(
    step_id: str, field_id: str, hint: str, number: str
) -> Generator[Step, Answer, str]:
    """Ask for a phone number and return it in E.164 format; a wrong one is fatal."""
    answer = yield user_input(
        step_id,
        "",
        input_field(field_id, "Phone number", "phone_number", hint),
        right={field_id: number},
    )
    digits = re.sub(r"\D", "", answer.fields[field_id])
    if len(digits) <= 6:
        raise LoginFailed("phone_number_too_short")
    if digits.startswith("0"):
        raise LoginFailed("phone_number_not_international")
    return f"+{digits}"


def ask_cookies(step: Step) -> Exchange:
    """Ask for cookies.

    The login ends without those that are required, with one that does not fit its
    pattern, and with what the network's site did on the way.
    """
    answer = yield step
    if any(part in answer.last_url for part in _CHECKPOINTS):
        raise LoginFailed("checkpoint_required")
    if "/consent/" in answer.last_url:
        raise LoginFailed("consent_required")
    check_cookies(step, answer.fields)
    return answer


def check_cookies(step: Step, values: Mapping[str, str]) -> None:
    """Raise LoginFailed unless the values are those of a browser that is signed in."""
    fields: list[Json] = step.members["fields"]
    if not all(values.get(item["id"]) for item in fields if item.get("required")):
        raise LoginFailed("missing_cookies")
    for item in fields:
        value = values.get(item["id"], "")
        if value and not re.search(item.get("pattern", ""), value):
            raise LoginFailed("invalid_credentials")


def phone_identity(number: str) -> Identity:
    """Return the identity of a network that knows people by their phone number."""
    return Identity(number.removeprefix("+"), {"phoneNumber": number})
