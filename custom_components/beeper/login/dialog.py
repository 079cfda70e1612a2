"""A login session told as the steps of a dialog.

The options flow and the repair flow are both one of these; they only differ in how they
begin and how they end.
"""

from abc import abstractmethod
from asyncio import Task
from collections.abc import Iterable, Mapping
from itertools import islice
import re
from typing import Any, Final, override

import voluptuous as vol
from yarl import URL

from homeassistant.config_entries import ConfigEntryState, UnknownEntry
from homeassistant.core import callback
from homeassistant.data_entry_flow import (
    AbortFlow,
    FlowContext,
    FlowHandler,
    FlowResult,
    UnknownFlow,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.typing import VolDictType

from ..api import (
    Account,
    BeeperError,
    Display,
    DisplayType,
    LoginField,
    LoginFlow as BeeperLoginFlow,
    LoginSessionStatus,
    LoginStep,
    StepType,
)
from ..const import DOMAIN
from ..errors import async_explain
from ..markdown import breakable, escape, escape_code
from ..names import account_name
from ..qr_code import qr_code_uri
from ..runtime import BeeperConfigEntry, BeeperRuntimeData
from ..texts import MAX_LENGTH, plain
from .pasted import (
    CookieTextError,
    async_pick_cookies,
    console_script,
    is_in_local_storage,
)
from .session import Login

MAX_FIELDS: Final = 20
"""Fields of a form; the translations name so many."""

FLOW: Final = "flow"
ANOTHER_WAY: Final = "another_way"
PASTE: Final = "paste"
SCRIPT_RESULT: Final = "script_result"

_PASTED: Final[Mapping[str, str]] = {
    PASTE: "cookies_not_understood",
    SCRIPT_RESULT: "script_not_understood",
}
"""Fields for what was copied in one piece, and the error where it is something else."""

_LIST_LIMIT: Final = 15
"""Options that are shown all at once."""

_MAX_LABEL = 100
"""Characters of a field's or an option's name."""

_MAX_OPTIONS = 100
"""Options of a field, and ways to sign in."""

_MAX_URL = 2048
"""Characters of a page's address; a part of one would lead elsewhere."""

_MAX_PICTURE = 65_536
"""Characters of a picture's address, which may hold the picture itself."""

_FIELD_TYPES: Final[Mapping[str, TextSelectorConfig]] = {
    "2fa_code": {"autocomplete": "one-time-code"},
    "email": {"type": TextSelectorType.EMAIL, "autocomplete": "email"},
    "password": {"type": TextSelectorType.PASSWORD, "autocomplete": "off"},
    "phone_number": {"type": TextSelectorType.TEL, "autocomplete": "tel"},
    "token": {"type": TextSelectorType.PASSWORD, "autocomplete": "off"},
    "url": {"type": TextSelectorType.URL},
}
"""How to ask for a field; types that a network makes up are plain text."""

_LONG_WORD: Final = re.compile(r"(?:&#\d+;|[^\s&]){12}(?=\S)")
"""A part of a word that is escaped, after which it may go on in the next line."""


# Any, as Home Assistant's own bound has it: results are invariant in their context
class LoginFlow[ContextT: FlowContext, ResultT: FlowResult[Any, Any]](
    FlowHandler[ContextT, ResultT, str]
):
    """A dialog in which one login session at a time is run."""

    _login: Login | None = None
    _bridge_id: str
    _account_id: str | None
    _flow_id: str | None = None
    _has_choice = False
    _name: str
    """Of the account, or of the network for a new one."""
    _error: str = ""
    """Why no login session could be started, in the words of this integration."""
    _asked: LoginStep
    """The form that was shown last."""
    _answered: LoginStep | None = None
    """The form that was sent last."""
    _change: Task[None] | None = None
    """What waits until there is something else to show."""
    _is_closed = False

    @property
    @abstractmethod
    def _entry(self) -> BeeperConfigEntry:
        """The entry of the Beeper to sign in to."""

    @abstractmethod
    def _async_complete(self, placeholders: Mapping[str, str]) -> ResultT:
        """End the dialog: the account is connected."""

    @property
    def _runtime(self) -> BeeperRuntimeData:
        """Coordinator and login engine. Raises `AbortFlow` while Beeper is not there."""
        self._check_loaded()
        return self._entry.runtime_data

    def _check_loaded(self) -> None:
        try:
            state = self._entry.state
        except UnknownEntry:
            # A dialog can stay open for longer than there is an entry
            state = ConfigEntryState.NOT_LOADED
        if state is not ConfigEntryState.LOADED:
            raise AbortFlow("not_loaded")

    @callback
    @override
    def async_remove(self) -> None:
        """Cancel the session in Beeper: the dialog was closed."""
        self._is_closed = True
        self._abandon()

    @callback
    def _abandon(self) -> None:
        login, self._login = self._login, None
        if login is None or login.has_ended:
            return
        # One that has not ended belongs to an entry that is loaded
        self._entry.async_create_background_task(
            self.hass,
            self._entry.runtime_data.logins.async_abandon(login),
            f"{DOMAIN} cancel login session",
        )

    # --- Beginning

    async def _async_begin(
        self, name: str, bridge_id: str, account_id: str | None = None
    ) -> ResultT:
        """Reconnect an account, or without one connect a new one."""
        self._name = name
        self._bridge_id = bridge_id
        self._account_id = account_id
        return await self.async_step_choose_flow()

    async def async_step_choose_flow(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Choose how to sign in, where there are several ways."""
        if user_input is not None:
            return await self._async_start(user_input[FLOW])
        coordinator = self._runtime.coordinator
        try:
            listed = await coordinator.client.login_flows(self._bridge_id)
        except BeeperError as err:
            self._error = await async_explain(coordinator, err)
            return await self.async_step_not_started()
        flows = [flow for flow in listed if len(flow.id) <= _MAX_LABEL][:_MAX_OPTIONS]
        if not flows:
            raise AbortFlow("no_login_flows", self._placeholders())
        self._has_choice = len(flows) > 1
        if not self._has_choice:
            return await self._async_start(flows[0].id)
        return self.async_show_form(
            step_id="choose_flow",
            data_schema=vol.Schema(
                {
                    vol.Required(FLOW, default=flows[0].id): choice(
                        SelectOptionDict(value=flow.id, label=_flow_label(flow))
                        for flow in flows
                    )
                }
            ),
            description_placeholders=self._placeholders(),
            last_step=False,
        )

    async def _async_start(self, flow_id: str) -> ResultT:
        """Start a login session."""
        self._flow_id = flow_id
        self._answered = None
        runtime = self._runtime
        try:
            login = await runtime.logins.async_create(
                self._bridge_id, account_id=self._account_id, flow_id=flow_id
            )
        except BeeperError as err:
            self._error = await async_explain(runtime.coordinator, err)
            return await self.async_step_not_started()
        # Two clicks may have started two
        self._abandon()
        self._login = login
        if self._is_closed:
            self._abandon()
            raise UnknownFlow
        return await self.async_step_login()

    # --- On the way

    async def async_step_login(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Show whatever the session is at."""
        login = self._login
        if login is None:
            # The dialog was closed while an answer was on its way
            raise UnknownFlow
        if login.has_ended:
            return await self._async_ended(login)
        form = _form(login)
        if form is None:
            return await self.async_step_wait()
        if form.type == StepType.COOKIES:
            return await self.async_step_cookies()
        return await self.async_step_user_input()

    async def async_step_user_input(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Ask for what the network wants to know."""
        step = self._current(StepType.USER_INPUT)
        if step is None:
            return await self.async_step_login()
        user_input = self._answers_to(step, user_input)
        errors: dict[str, str] = {}
        placeholders = self._placeholders()
        instructions = step.instructions or ""
        if user_input is not None:
            errors = {
                key: "required"
                for key, field in _keys(step).items()
                if field.is_required and not user_input.get(key)
            }
            if not errors:
                values = {
                    field.id: user_input[key]
                    for key, field in _keys(step).items()
                    if key in user_input
                }
                if error := await self._async_submit(step, values):
                    errors["base"] = "not_sent"
                    placeholders["complaint"] = error
                else:
                    return await self.async_step_login()
        elif self._answered and _asks_again(self._answered, step):
            errors["base"] = "asked_again" if instructions else "not_accepted"
            placeholders["complaint"] = plain(instructions)
            instructions = ""
        return self.async_show_form(
            step_id="user_input",
            data_schema=vol.Schema(
                {
                    _marker(key, field, user_input): _selector(field)
                    for key, field in _keys(step).items()
                }
            ),
            description_placeholders=placeholders
            | {"instructions": escape(instructions)}
            | _labels(step),
            errors=errors,
            last_step=False,
        )

    async def async_step_cookies(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Ask for what a browser keeps once one has signed in to the network's site."""
        step = self._current(StepType.COOKIES)
        if step is None:
            return await self.async_step_login()
        user_input = self._answers_to(step, user_input)
        errors: dict[str, str] = {}
        placeholders = self._placeholders()
        if user_input is not None:
            values: dict[str, str] = {}
            for key, error in _PASTED.items():
                try:
                    if text := user_input.get(key):
                        values |= await async_pick_cookies(self.hass, text, step.fields)
                except CookieTextError:
                    errors[key] = error
            if self._current(StepType.COOKIES) != step:
                # Closed, or moved on, while a long text was read
                return await self.async_step_login()
            values |= {
                field.id: value
                for key, field in _keys(step).items()
                if (value := user_input.get(key))
            }
            missing = [
                field
                for field in step.fields
                if field.is_required and not values.get(field.id)
            ]
            if missing and not errors:
                errors["base"] = _where_to_look(step, missing, user_input)
                placeholders["fields"] = plain(", ".join(map(_label, missing)))
            if not errors:
                if complaint := await self._async_submit(step, values):
                    errors["base"] = "not_sent"
                    placeholders["complaint"] = complaint
                else:
                    return await self.async_step_login()
        elif self._answered and _asks_again(self._answered, step):
            errors["base"] = "not_accepted"
        return self.async_show_form(
            step_id="local_storage" if _is_in_storage(step) else "cookies",
            data_schema=self.add_suggested_values_to_schema(
                _cookies_schema(step), user_input
            ),
            description_placeholders=placeholders
            | {
                "instructions": escape(step.instructions or ""),
                "link": _link(step.url or ""),
                "script": _script(step),
            }
            | _labels(step),
            errors=errors,
            last_step=False,
        )

    # How to get at what is asked for is told by the text
    async_step_local_storage = async_step_cookies

    async def async_step_wait(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Show what there is to scan, to type or to tap until something changes."""
        login = self._login
        assert login is not None
        if login.has_ended or _form(login):
            return self.async_show_progress_done(next_step_id="login")
        if self._change is None or self._change.done():
            # Before anything is drawn, so that no change is missed meanwhile; and only
            # one, as each would take the dialog a step further
            self._change = self._entry.async_create_background_task(
                self.hass, login.async_wait_for_change(), f"{DOMAIN} login dialog"
            )
        instructions = escape((login.step and login.step.instructions) or "")
        step_id, picture = "finish_in_beeper", ""
        if login.is_outdated:
            step_id = "no_answer"
        elif login.display and login.is_supported:
            name = instructions or escape(self._name, _MAX_LABEL)
            step_id, picture = await self._async_picture(login.display, name)
        return self.async_show_progress(
            step_id=step_id,
            progress_action=step_id,
            progress_task=self._change,
            description_placeholders=self._placeholders(
                instructions=instructions, picture=picture
            ),
        )

    # What is waited for is told by title and text
    async_step_no_answer = async_step_wait
    async_step_scan_qr_code = async_step_wait
    async_step_enter_code = async_step_wait
    async_step_tap_emoji = async_step_wait
    async_step_finish_in_beeper = async_step_wait

    async def _async_picture(self, display: Display, name: str) -> tuple[str, str]:
        """Return which step shows a display, and the display as markdown.

        `name` is what a picture is called, escaped.
        """
        match display.type:
            case DisplayType.QR if display.data and (
                uri := await self.hass.async_add_executor_job(qr_code_uri, display.data)
            ):
                return "scan_qr_code", _figure(uri, name)
            case DisplayType.CODE if display.data:
                # A narrow dialog must not break it in two
                text = escape(display.data, _MAX_LABEL)
                return "enter_code", text.replace("&#45;", "&#8209;")
            case DisplayType.EMOJI if picture := _picture(display, name):
                return "tap_emoji", picture
            case DisplayType.NOTHING:
                return "wait", ""
        return "finish_in_beeper", ""

    def _current(self, step_type: StepType) -> LoginStep | None:
        """Return the step to fill in; `None` if the session has moved on."""
        step = _form(self._login) if self._login else None
        return step if step and step.type == step_type else None

    def _answers_to(
        self, step: LoginStep, user_input: dict[str, str] | None
    ) -> dict[str, str] | None:
        """Return what was entered, unless it answers what was asked before.

        Somebody else may have moved the session on while the form was on the screen,
        and a field's key is only a number.
        """
        is_shown = user_input is not None and _asks_again(self._asked, step)
        self._asked = step
        return user_input if is_shown else None

    async def _async_submit(
        self, step: LoginStep, values: Mapping[str, str]
    ) -> str | None:
        """Answer a step; returns why that did not work, if it is still asked for."""
        login = self._login
        assert login is not None
        runtime = self._runtime
        try:
            await runtime.logins.async_submit(login, step, fields=values)
        except BeeperError as err:
            if login.step != step:
                return None
            return plain(await async_explain(runtime.coordinator, err))
        self._answered = step
        return None

    # --- Ending

    async def _async_ended(self, login: Login) -> ResultT:
        if login.session.status == LoginSessionStatus.COMPLETE:
            return await self._async_connected(login)
        if login.session.status == LoginSessionStatus.FAILED:
            return await self.async_step_failed()
        if login.is_replaced:
            return await self.async_step_taken_over()
        return await self.async_step_cancelled()

    async def _async_connected(self, login: Login) -> ResultT:
        """Say who is connected, which may be somebody else than was wanted."""
        if self._account_id is None:
            self._name = self._name_of(login.session.account)
        elif login.other_account:
            return await self.async_step_other_account()
        return self._async_complete(self._placeholders())

    def _name_of(self, account: Account | None) -> str:
        if account is None:
            return self._name
        return account_name(self._runtime.coordinator.data, account)

    async def async_step_other_account(
        self, user_input: dict[str, bool] | None = None
    ) -> ResultT:
        """Say which account was connected instead of the wanted one."""
        assert self._login is not None
        connected = self._name_of(self._login.other_account)
        return await self._async_try_again(
            "other_account", user_input, connected=escape(connected, _MAX_LABEL)
        )

    async def async_step_failed(
        self, user_input: dict[str, bool] | None = None
    ) -> ResultT:
        """Say why the network let nobody in."""
        assert self._login is not None
        error = self._login.session.error
        message = (error.message or error.code or "") if error else ""
        return await self._async_try_again(
            "failed", user_input, message=escape(message)
        )

    async def async_step_not_started(
        self, user_input: dict[str, bool] | None = None
    ) -> ResultT:
        """Say why there is no login session."""
        return await self._async_try_again(
            "not_started", user_input, message=escape(self._error)
        )

    async def async_step_taken_over(
        self, user_input: dict[str, bool] | None = None
    ) -> ResultT:
        """Say that the account is being connected somewhere else."""
        return await self._async_try_again("taken_over", user_input)

    async def async_step_cancelled(
        self, user_input: dict[str, bool] | None = None
    ) -> ResultT:
        """Say that somebody has cancelled the login session."""
        return await self._async_try_again("cancelled", user_input)

    async def _async_try_again(
        self, step_id: str, user_input: dict[str, bool] | None, **placeholders: str
    ) -> ResultT:
        """Offer another try, and start it, in the same way or in another one."""
        if user_input is not None:
            if self._flow_id is None or user_input.get(ANOTHER_WAY):
                return await self.async_step_choose_flow()
            return await self._async_start(self._flow_id)
        schema: VolDictType = {}
        if self._has_choice:
            schema[vol.Required(ANOTHER_WAY, default=False)] = BooleanSelector()
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema(schema),
            description_placeholders=self._placeholders(**placeholders),
        )

    def _placeholders(self, **more: str) -> dict[str, str]:
        return {"account": escape(self._name, _MAX_LABEL), **more}


def _form(login: Login) -> LoginStep | None:
    """Return the step to fill in; `None` if there is none, or none for a dialog."""
    step = login.step
    if step is None or not login.is_supported:
        return None
    if step.type == StepType.USER_INPUT:
        return step if len(step.fields) <= MAX_FIELDS else None
    return step if step.type == StepType.COOKIES else None


def _asks_again(answered: LoginStep, step: LoginStep) -> bool:
    """Return whether a network wants the same things once more.

    Bridges tell so by the same step ID, or by a longer one (`….code.incorrect`). The
    IDs of the fields alone do not tell it: many a question is for a `code`.
    """
    shorter, longer = sorted((answered.step_id or "", step.step_id or ""), key=len)
    return f"{longer}.".startswith(f"{shorter}.") and (
        [field.id for field in answered.fields] == [field.id for field in step.fields]
    )


def _flow_label(flow: BeeperLoginFlow) -> str:
    """Return a way to sign in as the network tells it."""
    label = plain(flow.name or flow.id, _MAX_LABEL)
    if not flow.description:
        return label
    return plain(f"{label} · {flow.description}", 2 * _MAX_LABEL)


# --- Fields


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


def _keys(step: LoginStep) -> dict[str, LoginField]:
    """Return the fields by the names they have in a form."""
    return {
        f"field_{number}": field
        for number, field in enumerate(islice(step.fields, MAX_FIELDS), 1)
    }


def _label(field: LoginField) -> str:
    return plain(field.label or field.name or field.id, _MAX_LABEL)


def _labels(step: LoginStep) -> dict[str, str]:
    """Return the placeholders that the translations of the fields are made of."""
    labels: dict[str, str] = {}
    for number, field in enumerate(_keys(step).values(), 1):
        labels[f"label_{number}"] = _label(field)
        labels[f"hint_{number}"] = escape(field.placeholder or "", _MAX_LABEL)
    return labels


def _marker(
    key: str, field: LoginField, user_input: Mapping[str, str] | None
) -> vol.Marker:
    """Return the field as a form has it, with what is known already."""
    marker = vol.Required if field.is_required else vol.Optional
    if field.is_secret:
        return marker(key)
    value = _initial_value(field) if user_input is None else user_input.get(key)
    return marker(key, description={"suggested_value": value} if value else None)


def _initial_value(field: LoginField) -> str | None:
    """Return what the network fills in; `None` if a form could not have it as it is."""
    value = field.initial_value or ""
    if options := _options(field):
        return value if value in options else None
    return value if len(value) <= MAX_LENGTH else None


def _options(field: LoginField) -> dict[str, str]:
    """Return the labels of the values to choose from; empty where one can only type."""
    if field.type != "select":
        return {}
    return {
        value: label
        for value, label in islice(field.choices, _MAX_OPTIONS)
        if len(value) <= _MAX_LABEL
    }


def _selector(field: LoginField) -> TextSelector | SelectSelector:
    options = [
        SelectOptionDict(value=value, label=plain(label, _MAX_LABEL))
        for value, label in _options(field).items()
    ]
    if options:
        return SelectSelector(
            SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
        )
    return TextSelector(_FIELD_TYPES.get(field.type or "", TextSelectorConfig()))


# --- Cookies


def _is_in_storage(step: LoginStep) -> bool:
    """Return whether something has to be looked up in the browser's local storage."""
    return not _script(step) and any(
        field.is_required and is_in_local_storage(field) for field in step.fields
    )


def _cookies_schema(step: LoginStep) -> vol.Schema:
    """Return a form for what was copied in one piece, and for each value by itself."""
    text = TextSelector(TextSelectorConfig(multiline=True))
    pieces: VolDictType = {vol.Optional(PASTE): text}
    if _script(step):
        pieces[vol.Optional(SCRIPT_RESULT)] = text
    values: VolDictType = {
        vol.Optional(key): TextSelector(_FIELD_TYPES["password"]) for key in _keys(step)
    }
    return vol.Schema(values | pieces if _is_in_storage(step) else pieces | values)


def _where_to_look(
    step: LoginStep, missing: Iterable[LoginField], user_input: Mapping[str, str]
) -> str:
    """Return the error for values that are still missing, which tells where they are."""
    if _script(step) and not user_input.get(SCRIPT_RESULT):
        return "script_missing"
    if all(map(is_in_local_storage, missing)):
        return "storage_missing"
    return "cookies_missing"


def _script(step: LoginStep) -> str:
    """Return what to enter in a browser's console, as markdown; empty without that."""
    script = console_script(step.extract_js)
    return f"<pre><code>{escape_code(script)}</code></pre>" if script else ""


# --- Markdown


def _link(url: str) -> str:
    """Return a link to a page of the network; its address alone where it is no page."""
    try:
        is_page = len(url) <= _MAX_URL and URL(url).scheme in ("http", "https")
    except ValueError:
        is_page = False
    text = escape(url, _MAX_URL)
    return f'<a href="{text}" target="_blank">{text}</a>' if is_page else text


def _figure(url: str, name: str) -> str:
    """Return a picture with the text that tells what it is.

    Dialogs take away what an image could be named by. But they leave a table its role,
    and a caption names it; the table around it is there to take the lines away. A long
    word would make both wider than the window, and the picture with them.
    """
    caption = _LONG_WORD.sub(r"\g<0>&#8203;", name)
    return (
        '<table role="presentation" width="100%"><tr><td>'
        f'<table role="img" width="100%"><caption>{caption}</caption>'
        f'<tr><td><img src="{url}"></td></tr></table></td></tr></table>'
    )


def _picture(display: Display, name: str) -> str | None:
    """Return the picture of an emoji, or the emoji itself."""
    url = display.image_url or ""
    if url.isascii() and url.startswith(("http://", "https://", "data:image/")):
        text = escape(url, _MAX_PICTURE)
        if len(text) <= _MAX_PICTURE:
            return _figure(text, name)
    return f"{name}\n\n# {escape(display.data, _MAX_LABEL)}" if display.data else None
