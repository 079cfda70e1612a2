"""What a person gave, made fit to be sent: alike in dialog, card and actions.

It is picked out of what was pasted, decoded, trimmed and checked, and what is missing is
named. Nothing of it is ever quoted: it is full of credentials.
"""

from collections.abc import Iterable, Mapping
import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN
from ..limits import MAX_NAME, MAX_STATE
from ..texts import shortened, visible
from .engine import LoginEngine
from .form import FieldKind, Form, FormField, FormKind, form_of
from .pasted import CookieTextError, async_pick_cookies, value_to_send
from .pattern import fits
from .session import Login


class Pasted(StrEnum):
    """What was copied in one piece, by the names of its fields in dialog and card."""

    PASTE = "paste"
    """From a browser's developer tools, or an extension."""
    SCRIPT_RESULT = "script_result"


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be sent, and what is wrong with it."""

    values: Mapping[str, str] = dataclasses.field(repr=False)
    """By field ID, as they are sent."""
    missing: tuple[FormField, ...]
    """What has to be there, and is not."""
    not_found: tuple[FormField, ...]
    """Cookies that are not there, but may not be needed: Beeper does not say."""
    misfits: tuple[FormField, ...]
    """What cannot be right, as the network describes it."""
    not_understood: tuple[Pasted, ...]
    """What is none of the forms in which browsers give cookies away."""


async def async_answer(
    hass: HomeAssistant,
    form: Form,
    fields: Mapping[str, str],
    pasted: Mapping[Pasted, str] | None = None,
) -> Answer:
    """Return the answer to a form, made of its fields by ID, and of pasted texts.

    A field that was filled in wins over what was pasted, and the result of a script over
    other texts.
    """
    values: dict[str, str] = {}
    not_understood: list[Pasted] = []
    for source in Pasted:
        if not (text := (pasted or {}).get(source, "")).strip():
            continue
        asked = [field.asked for field in form.fields]
        try:
            values |= await async_pick_cookies(hass, text, asked)
        except CookieTextError:
            not_understood.append(source)
    misfits: list[FormField] = []
    for field in form.fields:
        if (given := fields.get(field.id)) is None:
            continue
        if not (typed := _trimmed(field, given)):
            if form.kind is FormKind.INPUT:
                # It was emptied: what the network had filled in does not count
                values[field.id] = ""
            continue
        if (value := _sent(field, typed)) is None:
            misfits.append(field)
        else:
            values[field.id] = value
    lacking = [it for it in form.fields if not values.get(it.id) and it not in misfits]
    is_cookies = form.kind is FormKind.COOKIES
    # What a browser has is never nothing
    is_nothing = is_cookies and not values
    return Answer(
        values=values,
        missing=tuple(it for it in lacking if it.is_required or is_nothing),
        not_found=tuple(it for it in lacking if is_cookies and not it.is_optional),
        misfits=tuple(misfits),
        not_understood=tuple(not_understood),
    )


_AS_TYPED: Final = frozenset({FieldKind.PASSWORD, FieldKind.SELECT})
"""What counts to the last space."""


def _trimmed(field: FormField, typed: str) -> str:
    """Return what was typed without what came along unseen, as numbers of contacts do."""
    return typed if field.kind in _AS_TYPED else visible(typed).strip()


def _sent(field: FormField, typed: str) -> str | None:
    """Return what was typed as it is sent; `None` if that cannot be right."""
    if field.kind is FieldKind.COOKIE:
        return value_to_send(field.asked, typed)
    return typed if fits(field.asked.pattern, typed) else None


# --- For those that can only say no: actions and the card


def known_login(logins: LoginEngine, login_session_id: str) -> Login:
    """Return the login of this ID.

    Raises `ServiceValidationError` where it was not started here, or ended long ago.
    """
    if (login := logins.get(login_session_id)) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="unknown_login_session",
            translation_placeholders={
                "login_session_id": shortened(login_session_id, MAX_NAME)
            },
        )
    return login


def current_form(login: Login, step_id: str | None) -> Form:
    """Return what is asked for now, if that is the step that is meant.

    Raises `ServiceValidationError` where there is nothing to answer or to wait for.
    """
    form = form_of(login)
    if login.has_ended:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="login_session_ended",
            translation_placeholders={
                "status": shortened(login.session.status or "", MAX_NAME)
            },
        )
    if form is None or not form.is_supported:
        is_passkey = form is not None and form.kind is FormKind.PASSKEY
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="passkey_needed" if is_passkey else "step_not_supported",
        )
    if step_id is not None and step_id != form.step.step_id:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="step_not_current",
            translation_placeholders={
                "step_id": shortened(step_id, MAX_STATE),
                "current_step_id": shortened(form.step.step_id or "", MAX_STATE),
            },
        )
    return form


async def async_values(
    hass: HomeAssistant,
    form: Form,
    fields: Mapping[str, str],
    pasted: Mapping[Pasted, str] | None = None,
) -> Mapping[str, str]:
    """Return the values to send.

    Raises `ServiceValidationError` for what the form does not ask for, for what does not
    look as it should, and where something is missing that has to be there.
    """
    if pasted and form.kind is not FormKind.COOKIES:
        raise _refused("fields_are_text")
    if fields and not form.fields:
        raise _refused("no_fields")
    known = {field.id for field in form.fields}
    if unknown := fields.keys() - known:
        raise _refused("unknown_fields", fields=sorted(unknown), known=sorted(known))
    answer = await async_answer(hass, form, fields, pasted)
    if answer.not_understood:
        # Not chained: the text is full of credentials
        raise _refused("cookies_not_understood")
    if answer.misfits:
        raise _refused("fields_do_not_fit", fields=_ids(answer.misfits))
    if answer.missing:
        raise _refused("missing_fields", fields=_ids(answer.missing))
    return answer.values


def _ids(fields: Iterable[FormField]) -> list[str]:
    return [field.id for field in fields]


def _refused(key: str, **ids: Iterable[str]) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={
            name: shortened(", ".join(listed), MAX_STATE)
            for name, listed in ids.items()
        },
    )
