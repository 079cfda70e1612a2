"""What actions respond with: all of it, or what may be kept or told to everybody.

Administrators, and automations that run without a user, get all that Beeper says. Home
Assistant keeps the responses of automations and scripts in their traces, and other users
may run the actions that read: neither has a use for a way to reach or to be a person.
"""

from enum import Enum, auto

from homeassistant.core import ServiceCall
from homeassistant.util.json import JsonValueType

from .api import Model
from .internals import is_traced
from .login.session import Login
from .texts import is_number, shown_id, without_contact_details, without_secret


class Audience(Enum):
    """Who a response is for."""

    ADMINISTRATOR = auto()
    """Whoever may do all: an administrator, or what runs without a user."""
    TRACE = auto()
    """The same, but Home Assistant keeps it with the run of an automation or a script."""
    EVERYBODY = auto()
    """Any user who may run actions."""


async def async_audience(call: ServiceCall) -> Audience:
    """Return who gets the response to an action."""
    if (user_id := call.context.user_id) is not None:
        user = await call.hass.auth.async_get_user(user_id)
        if user is None or not user.is_admin:
            return Audience.EVERYBODY
    return Audience.TRACE if is_traced() else Audience.ADMINISTRATOR


def told(model: Model, audience: Audience) -> dict[str, JsonValueType]:
    """Return a model as response data for somebody."""
    response: dict[str, JsonValueType] = model.to_dict()
    if audience is Audience.ADMINISTRATOR:
        return response
    return _Filter(audience, _code_in(response)).object(response)


def told_session(login: Login, audience: Audience) -> dict[str, JsonValueType]:
    """Return a login session as response data, without what the caller knows already."""
    response = told(login.session, audience)
    return {
        name: response[name]
        for name in (
            "login_session_id",
            "bridge_id",
            "status",
            "current_step",
            "account",
            "login",
            "error",
        )
        if name in response
    }


_SECRET = frozenset(
    {"attachments", "data", "email", "image_url", "initial_value", "phone_number"}
)
"""Members with codes to sign in with, or with ways to reach a person.

The picture of a display is that of a QR code, or the emoji to choose on the phone.
"""

_LEFT_OUT = {
    Audience.TRACE: _SECRET,
    # A page to sign in on may hold a code as well, and only who may answer needs it
    Audience.EVERYBODY: _SECRET | {"expected_final_url_regex", "extract_js", "url"},
}

_IDS = frozenset(
    {
        "account_id",
        "account_ids",
        "affected_account_ids",
        "bridge_id",
        "id",
        "login_id",
        "step_id",
    }
)
"""Members in which a network may have made an ID of a number or an address."""

_AS_IS = {
    # What comes next in an automation needs it; digits in it are no phone number
    Audience.TRACE: (_IDS - {"login_id"})
    | {
        "expected_final_url_regex",
        "extract_js",
        "login_session_id",
        "url",
        "user_agent",
    },
    # They have asked with it
    Audience.EVERYBODY: frozenset({"login_session_id"}),
}

_UNKNOWN = frozenset({"capabilities", "details", "options", "sources"})
"""Members of which only the network knows what is in them, under whatever name."""


class _Filter:
    """Leaves out of a response what is not for somebody."""

    def __init__(self, audience: Audience, code: str | None) -> None:
        """Filter for them, also this code where a text repeats it."""
        self._audience = audience
        self._code = code

    def object(
        self, response: dict[str, JsonValueType], of: str | None = None
    ) -> dict[str, JsonValueType]:
        """Return an object, the member `of` of another, as it may be told."""
        left_out = _LEFT_OUT[self._audience]
        if of == "user" and self._audience is Audience.TRACE:
            # Networks make a person's ID of their phone number
            left_out |= {"id"}
        return {
            name: self._member(name, value)
            for name, value in response.items()
            if name not in left_out
        }

    def _member(self, name: str, value: JsonValueType) -> JsonValueType:
        if name in _UNKNOWN:
            return self._unknown(value)
        if isinstance(value, dict):
            return self.object(value, name)
        if isinstance(value, list):
            return [self._member(name, item) for item in value]
        if not isinstance(value, str) or name in _AS_IS[self._audience]:
            return value
        if name in _IDS:
            return shown_id(value) or "…"
        return self._text(value)

    def _unknown(self, value: JsonValueType) -> JsonValueType:
        if isinstance(value, dict):
            return {
                self._text(name): self._unknown(item) for name, item in value.items()
            }
        if isinstance(value, list):
            return [self._unknown(item) for item in value]
        if isinstance(value, str):
            return self._text(value)
        # A number as JSON has it, such as 15555550100
        return "…" if is_number(str(value)) else value

    def _text(self, text: str) -> str:
        if is_number(text):
            return "…"
        return without_contact_details(without_secret(text, self._code))


def _code_in(response: dict[str, JsonValueType]) -> str | None:
    """Return the code that a login session, or a step of one, displays."""
    match response:
        case {"current_step": {"display": {"data": str(code)}}}:
            return code
    return None
