"""A form as Home Assistant's dialogs show it: schemas, placeholders and errors.

Descriptions are markdown, so that all that comes from a network is escaped in them.
Titles, labels and errors are only text.
"""

from collections.abc import Collection, Iterable, Mapping
import re
from typing import Any, Final

import voluptuous as vol

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.typing import VolDictType

from ..limits import MAX_HINT, MAX_LABEL
from ..markdown import breakable, escape, escape_address, escape_code
from ..qr_code import qr_code_uri
from ..texts import plain
from ..words import async_words, word_key
from .answer import Answer, Pasted
from .form import Again, FieldKind, Form, FormField, Request, Way

VALUES: Final = "values"
"""The section with single values, where what was copied in one piece comes first."""

_LIST_LIMIT: Final = 15
"""Options that are shown all at once."""

_NOT_UNDERSTOOD: Final[Mapping[Pasted, str]] = {
    Pasted.PASTE: "cookies_not_understood",
    Pasted.SCRIPT_RESULT: "script_not_understood",
}
"""The error where something else was copied."""

_FIELDS: Final[Mapping[FieldKind, TextSelectorConfig]] = {
    FieldKind.CODE: {"autocomplete": "one-time-code"},
    FieldKind.COOKIE: {"type": TextSelectorType.PASSWORD, "autocomplete": "off"},
    FieldKind.EMAIL: {"type": TextSelectorType.EMAIL, "autocomplete": "email"},
    FieldKind.PASSWORD: {"type": TextSelectorType.PASSWORD, "autocomplete": "off"},
    FieldKind.PHONE_NUMBER: {"type": TextSelectorType.TEL, "autocomplete": "tel"},
    FieldKind.TOKEN: {"type": TextSelectorType.PASSWORD, "autocomplete": "off"},
    FieldKind.USERNAME: {"autocomplete": "username"},
}
"""How to ask for a field, where it is not plain text.

A browser would refuse an address without https://, which networks take.
"""

_QR_CODE_WIDTH: Final = 340
"""Pixels that a QR code has at most: dialogs leave that much of a phone's 390 to a form.

On a larger screen one could not see it as a whole otherwise.
"""

_LONG_WORD: Final = re.compile(r"(?:&#\d+;|[^\s&]){12}(?=\S)")
"""A part of a word of a caption that is escaped, after which it may go on in the next line."""

_LONG_WORD_OF_HINT: Final = re.compile(r"(?:&#\d+;|[^\s&]){30}(?=\S)")
"""The same of a hint, which is wider, and of which one may copy a part."""


def choice(options: Iterable[SelectOptionDict]) -> SelectSelector:
    """Return a list to choose one from.

    It stands in forms where one would expect a menu: the items of Home Assistant's
    menus cannot be reached with the keyboard.
    """
    listed = [
        SelectOptionDict(value=option["value"], label=breakable(option["label"]))
        for option in options
    ]
    mode = (
        SelectSelectorMode.LIST
        if len(listed) <= _LIST_LIMIT
        else SelectSelectorMode.DROPDOWN
    )
    return SelectSelector(SelectSelectorConfig(options=listed, mode=mode))


# --- Placeholders


async def async_placeholders(hass: HomeAssistant, form: Form) -> dict[str, str]:
    """Return what the texts of a form to fill in are made of."""
    words = await async_words(hass, "login_note")
    ours = await async_words(hass, "network_word")
    placeholders = _said(form)
    for number, field in enumerate(form.shown_fields, 1):
        untold = words["choices_untold"] if field.are_choices_untold else ""
        placeholders[f"label_{number}"] = ours.get(word_key(field.label), field.label)
        hint = escape(f"{untold} {field.hint}", MAX_HINT)
        placeholders[f"hint_{number}"] = _LONG_WORD_OF_HINT.sub(r"\g<0>&#8203;", hint)
    return placeholders


def _said(form: Form) -> dict[str, str]:
    """Return what a network says, as the instructions or as a complaint."""
    if form.again is Again.COMPLAINT:
        return {"instructions": "", "complaint": form.instructions}
    return {"instructions": escape(form.instructions)}


async def async_note(hass: HomeAssistant, form: Form) -> str:
    """Return what one has to know before one acts, and where to do it."""
    notes = []
    if form.may_be_somebody_else:
        notes.append((await async_words(hass, "login_note"))["somebody_else"])
    if form.where_to_tap:
        notes.append((await async_words(hass, "where_to_tap"))[form.where_to_tap])
    return "\n\n".join(notes)


async def async_shown(hass: HomeAssistant, form: Form, name: str) -> str:
    """Return what there is to look at, as markdown; `name` is that of the account."""
    caption = escape(form.instructions) or escape(name, MAX_LABEL)
    if form.qr_code:
        address = await hass.async_add_executor_job(qr_code_uri, form.qr_code)
        return _figure(escape_address(address), caption, _QR_CODE_WIDTH)
    if form.picture:
        return _figure(escape_address(form.picture), caption)
    if form.emoji:
        return f"{caption}\n\n# {escape(form.emoji)}"
    # A narrow dialog must not break it in two
    return escape(form.code or "").replace("&#45;", "&#8209;")


def attachments(form: Form, name: str, sound_path: str | None) -> str:
    """Return pictures, and a sound that has an address, of a form as markdown."""
    shown = [
        _figure(escape_address(attachment.uri), escape(name, MAX_LABEL))
        for attachment in form.attachments
        if not attachment.is_sound
    ]
    if sound_path:
        shown.append(f'<audio controls src="{escape_address(sound_path)}"></audio>')
    return "\n\n".join(shown)


def script_block(script: str | None) -> str:
    """Return what to enter in a browser's console, as markdown; empty without that."""
    return f"<pre><code>{escape_code(script)}</code></pre>" if script else ""


def link(url: str | None) -> str:
    """Return a link to a page of the network, as markdown."""
    if url is None:
        return "–"
    address = escape_address(url)
    return f'<a href="{address}" target="_blank">{address}</a>'


def _figure(address: str, name: str, width: int | None = None) -> str:
    """Return a picture with the text that tells what it is; both escaped.

    It has this many pixels, or its own width, or that of the window if that is less.

    Dialogs take away what an image could be named by. But they leave a table its role,
    and a caption names it; the table around it is there to take the lines away. A long
    word would make both wider than the window, and the picture with them.
    """
    caption = _LONG_WORD.sub(r"\g<0>&#8203;", name)
    size = f' width="{width}"' if width else ""
    return (
        f'<table role="presentation" width="100%"><tr><td></td><td{size}>'
        f'<table role="img" width="100%"><caption>{caption}</caption>'
        f'<tr><td><img src="{address}"></td></tr>'
        "</table></td><td></td></tr></table>"
    )


# --- Fields


def way_label(way: Way, ours: Mapping[str, str]) -> str:
    """Return a way to sign in, in our own words as far as it is known."""
    name, description = (
        ours.get(word_key(said), said) for said in (way.name, way.description)
    )
    return plain(f"{name} · {description}" if description else name, 2 * MAX_LABEL)


def keys(form: Form) -> dict[str, FormField]:
    """Return the fields by the names they have in a form."""
    return {
        f"field_{number}": field for number, field in enumerate(form.shown_fields, 1)
    }


def by_id(form: Form, user_input: Mapping[str, str]) -> dict[str, str]:
    """Return what was filled in by the IDs that the network has for it."""
    return {
        field.id: user_input[key]
        for key, field in keys(form).items()
        if key in user_input
    }


def _marker(
    key: str,
    field: FormField,
    user_input: Mapping[str, str] | None,
    typed_before: Mapping[str, str],
    *,
    is_free: bool,
) -> vol.Marker:
    """Return the field as a form has it, with what is known already."""
    marker = vol.Required if field.is_required and not is_free else vol.Optional
    value = typed_before.get(field.id, field.value)
    if user_input is not None:
        value = "" if field.is_secret else user_input.get(key, "")
    return marker(key, description={"suggested_value": value} if value else None)


def _selector(field: FormField) -> TextSelector | SelectSelector:
    if field.options:
        return SelectSelector(
            SelectSelectorConfig(
                options=[
                    SelectOptionDict(value=value, label=label)
                    for value, label in field.options.items()
                ],
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
    return TextSelector(_FIELDS.get(field.kind, TextSelectorConfig()))


# --- Cookies


def _is_in_storage(form: Form) -> bool:
    """Return whether something has to be looked up in the browser's local storage."""
    return not form.script and any(
        field.is_in_local_storage and not field.is_optional for field in form.fields
    )


def cookies_step(form: Form) -> str:
    """Return the step whose text tells how to get at what is asked for."""
    if _is_in_storage(form):
        return "local_storage"
    return "api_request" if form.request is Request.API else "cookies"


def cookies_schema(
    form: Form, user_input: Mapping[str, Any] | None = None
) -> vol.Schema:
    """Return a form for what was copied in one piece, and for each value by itself."""
    text = TextSelector(TextSelectorConfig(multiline=True))
    pieces: VolDictType = {vol.Optional(Pasted.PASTE.value): text}
    if form.script:
        pieces[vol.Optional(Pasted.SCRIPT_RESULT.value)] = text
    values: VolDictType = {
        vol.Optional(key): _selector(field) for key, field in keys(form).items()
    }
    if _is_in_storage(form):
        return vol.Schema(values | pieces)
    if values:
        # Hardly anybody needs them, and there may be twenty
        is_filled_in = any((user_input or {}).get(VALUES, {}).values())
        pieces[vol.Optional(VALUES)] = section(
            vol.Schema(values), {"collapsed": not is_filled_in}
        )
    return vol.Schema(pieces)


def typed(form: Form, user_input: Mapping[str, str]) -> dict[str, str]:
    """Return what one would have to type once more after another start, by field ID.

    That is nothing that is secret, and nothing that is chosen from a list.
    """
    return {
        field.id: user_input[key]
        for key, field in keys(form).items()
        if key in user_input and not field.is_secret and not field.options
    }


def input_schema(
    form: Form,
    user_input: Mapping[str, str] | None,
    typed_before: Mapping[str, str],
    *,
    is_free: bool,
) -> vol.Schema:
    """Return a form for what the network wants to know.

    Home Assistant takes no form in which something required is missing: where one may
    go back instead (`is_free`), it is asked for when the form is sent.
    """
    return vol.Schema(
        {
            _marker(key, field, user_input, typed_before, is_free=is_free): _selector(
                field
            )
            for key, field in keys(form).items()
        }
    )


# --- Errors


def input_errors(form: Form, answer: Answer) -> dict[str, str]:
    """Return what is wrong with each field."""
    names = {field.id: key for key, field in keys(form).items()}
    return {names[field.id]: "required" for field in answer.missing} | {
        names[field.id]: "does_not_fit" for field in answer.misfits
    }


def cookie_errors(
    form: Form, answer: Answer, user_input: Mapping[str, str], *, is_named: bool
) -> tuple[dict[str, str], Collection[FormField]]:
    """Return what is wrong with an answer, and the fields that it is about.

    What may not be needed is named once; whoever sends that again means it (`is_named`).
    """
    if answer.not_understood:
        return {it: _NOT_UNDERSTOOD[it] for it in answer.not_understood}, ()
    if answer.misfits:
        return {"base": "values_do_not_fit"}, answer.misfits
    lacking = answer.missing or (() if is_named else answer.not_found)
    if not lacking:
        return {}, ()
    if form.script and not user_input.get(Pasted.SCRIPT_RESULT):
        return {"base": "script_missing"}, lacking
    if all(field.is_in_local_storage for field in lacking):
        return {"base": "storage_missing"}, lacking
    return {"base": "cookies_missing" if answer.missing else "not_found"}, lacking
