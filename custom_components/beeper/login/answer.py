"""Answers to a login step, proven before they are sent: for actions and for the card."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..api import LoginStep, StepType
from ..const import DOMAIN
from ..texts import MAX_NAME, MAX_STATE, shortened
from .engine import LoginEngine
from .pasted import CookieTextError, async_pick_cookies
from .session import Login


def known_login(logins: LoginEngine, login_session_id: str) -> Login:
    """Return the login of this ID.

    Raises `ServiceValidationError` where it was not started here, or ended long ago.
    """
    if (login := logins.get(login_session_id)) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="unknown_login_session",
            translation_placeholders={"login_session_id": login_session_id},
        )
    return login


def current_step(login: Login, step_id: str | None) -> LoginStep:
    """Return the step that can be answered now, if it is the one that is meant.

    Raises `ServiceValidationError` where there is none.
    """
    if login.has_ended:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="login_session_ended",
            translation_placeholders={
                "status": shortened(login.session.status or "", MAX_NAME)
            },
        )
    step = login.step
    if step is None or not login.is_supported:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="step_not_supported"
        )
    if step_id is not None and step_id != step.step_id:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="step_not_current",
            translation_placeholders={
                "step_id": step_id,
                "current_step_id": shortened(step.step_id or "", MAX_STATE),
            },
        )
    return step


async def async_pick_fields(
    hass: HomeAssistant, step: LoginStep, text: str
) -> dict[str, str]:
    """Return the fields that a text from the browser's developer tools holds.

    Raises `ServiceValidationError` where it holds none, or the step asks for no cookies.
    """
    if step.type != StepType.COOKIES:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="fields_are_text"
        )
    try:
        return await async_pick_cookies(hass, text, step.fields)
    except CookieTextError:
        # Not chained: the text is full of credentials
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="cookies_not_understood"
        ) from None


def check_fields(step: LoginStep, fields: Mapping[str, str]) -> None:
    """Refuse what the step does not ask for, and what it asks for but does not get.

    Raises `ServiceValidationError`.
    """
    known = {field.id for field in step.fields}
    if fields and not known:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_fields"
        )
    if unknown := fields.keys() - known:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="unknown_fields",
            translation_placeholders={
                "fields": ", ".join(sorted(unknown)),
                "known": shortened(", ".join(sorted(known)), MAX_STATE),
            },
        )
    missing = [
        field.id
        for field in step.fields
        if field.is_required and not fields.get(field.id)
    ]
    if missing:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="missing_fields",
            translation_placeholders={
                "fields": shortened(", ".join(missing), MAX_STATE)
            },
        )
