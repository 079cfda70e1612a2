"""A login session told as the steps of a dialog.

The options flow and the repair flow are both one of these; they only differ in how they
begin and how they end.
"""

from abc import abstractmethod
import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState, UnknownEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import (
    AbortFlow,
    FlowContext,
    FlowHandler,
    FlowResult,
    UnknownFlow,
)
from homeassistant.helpers.selector import BooleanSelector, SelectOptionDict
from homeassistant.util import dt as dt_util

from ..api import Account, BeeperError, BeeperScopeError, LoginSessionStatus
from ..const import DOMAIN, HEALTHY, LOST
from ..coordinator import BeeperCoordinator
from ..errors import async_explain
from ..internals import async_show_next_step
from ..limits import MAX_LABEL
from ..markdown import escape
from ..names import account_name
from ..runtime import BeeperConfigEntry, BeeperRuntimeData
from ..texts import plain, without_contact_details
from ..words import async_words
from .answer import Answer, Pasted, async_answer
from .dialog_form import (
    VALUES,
    async_note,
    async_placeholders,
    async_shown,
    attachments,
    by_id,
    choice,
    cookie_errors,
    cookies_schema,
    cookies_step,
    input_errors,
    input_schema,
    link,
    script_block,
    typed,
    way_label,
)
from .dialog_updates import DialogUpdates
from .form import Again, Form, FormKind, asks_again, form_of, ways
from .read_only import async_is_read_only
from .session import Login
from .sound import async_sound_path
from .ways import last_first

BEGINS_TO_LISTEN: Final = 0.3
"""Seconds that the first step of progress takes at least: a page listens from it on."""

FLOW: Final = "flow"
ANOTHER_WAY: Final = "another_way"

_AGAIN: Final[Mapping[Again, str]] = {
    Again.COMPLAINT: "asked_again",
    Again.NOT_ACCEPTED: "not_accepted",
    Again.ONCE_MORE: "once_more",
}
"""What is said where the same is asked for again."""

_STEPS: Final[Mapping[FormKind, str]] = {
    FormKind.SCAN: "scan_qr_code",
    FormKind.TYPE_CODE: "enter_code",
    FormKind.CHOOSE: "tap_emoji",
    FormKind.WAIT: "wait",
    FormKind.NO_ANSWER: "no_answer",
    FormKind.ELSEWHERE: "finish_in_beeper",
}
"""The steps in which there is nothing to fill in.

They are forms without fields: Home Assistant's steps of progress leave a third of a phone's
width to what they show, and have no button.
"""


# Any, as Home Assistant's own bound has it: results are invariant in their context
class _EntryDialog[ContextT: FlowContext, ResultT: FlowResult[Any, Any]](
    FlowHandler[ContextT, ResultT, str]
):
    """A dialog of an entry, with the one login session that is run in it at a time."""

    _login: Login | None = None
    _name: str
    """Of the account, or of the network for a new one."""
    _is_closed = False

    @property
    @abstractmethod
    def _entry(self) -> BeeperConfigEntry:
        """The entry of the Beeper to sign in to."""

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

    def _name_of(self, account: Account | None) -> str:
        if account is None:
            return self._name
        return account_name(self._runtime.coordinator.data, account)

    def _placeholders(self, **more: str) -> dict[str, str]:
        return {"account": escape(self._name, MAX_LABEL), **more}


class LoginDialog[ContextT: FlowContext, ResultT: FlowResult[Any, Any]](
    _EntryDialog[ContextT, ResultT]
):
    """A dialog in which one login session at a time is run."""

    _bridge_id: str
    _account_id: str | None
    _flow_id: str | None = None
    _has_choice = False
    _said: str = ""
    """What Beeper says of the account, and since when; until it was shown."""
    _error: str = ""
    """Why no login session could be started, in the words of this integration."""
    _asked: Form
    """The form that was shown last."""
    _typed: Mapping[str, str] = {}
    """What was typed before and is no secret, by field ID, for another start."""
    _named: Form | None = None
    """The form of which was said what is not there and may not be needed."""
    _progress: asyncio.Task[None] | None = None
    """What waits until there is a step to show; `None` before the first one."""
    _coordinator: BeeperCoordinator
    """What tells how the accounts are, since the session was started."""
    _known: frozenset[str]
    """Accounts of which it says nothing that they are connected."""

    @cached_property
    def _updates(self) -> DialogUpdates:
        """What tells the page that the step it shows is over."""
        return DialogUpdates(self.hass, partial(async_show_next_step, self))

    @callback
    @override
    def async_remove(self) -> None:
        """Tell nothing any more, and cancel the session in Beeper."""
        self._updates.stop()
        super().async_remove()

    @abstractmethod
    def _async_complete(self, placeholders: Mapping[str, str]) -> ResultT:
        """End the dialog: the account is connected."""

    # --- Beginning

    async def _async_begin(
        self, name: str, bridge_id: str, account_id: str | None = None
    ) -> ResultT:
        """Reconnect an account, or without one connect a new one."""
        self._name = name
        self._bridge_id = bridge_id
        self._account_id = account_id
        runtime = self._runtime
        account = runtime.coordinator.data.accounts.get(account_id or "")
        self._said = await async_said(self.hass, runtime, account) if account else ""
        if await async_is_read_only(runtime.coordinator.client):
            raise AbortFlow("read_only", self._placeholders())
        return await self.async_step_choose_flow()

    async def async_step_choose_flow(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Choose how to sign in, where there are several ways."""
        self._updates.stop()
        if user_input is not None:
            return await self._async_start(user_input[FLOW])
        coordinator = self._runtime.coordinator
        try:
            listed = await coordinator.client.login_flows(self._bridge_id)
        except BeeperError as err:
            self._error = await async_explain(coordinator, err)
            return await self.async_step_not_started()
        flows = last_first(self._entry, self._bridge_id, ways(listed))
        if not flows:
            raise AbortFlow("no_login_flows", self._placeholders())
        self._has_choice = len(flows) > 1
        if not self._has_choice:
            return await self._async_start(flows[0].id)
        ours = await async_words(self.hass, "network_word")
        return self.async_show_form(
            step_id="choose_flow",
            data_schema=vol.Schema(
                {
                    vol.Required(FLOW, default=flows[0].id): choice(
                        SelectOptionDict(value=way.id, label=way_label(way, ours))
                        for way in flows
                    )
                }
            ),
            description_placeholders=self._placeholders(said=self._said),
            last_step=False,
        )

    async def _async_start(self, flow_id: str) -> ResultT:
        """Start a login session."""
        self._updates.stop()
        self._flow_id = flow_id
        self._named = None
        if self._has_choice:
            self._said = ""
        runtime = self._runtime
        self._coordinator = runtime.coordinator
        accounts = self._coordinator.data.accounts.values()
        self._known = frozenset(
            account.account_id
            for account in accounts
            if self._account_id is None or account.status in HEALTHY
        )
        try:
            login = await runtime.logins.async_create(
                self._bridge_id, account_id=self._account_id, flow_id=flow_id
            )
        except BeeperScopeError as err:
            raise AbortFlow("read_only", self._placeholders()) from err
        except BeeperError as err:
            self._error = await async_explain(runtime.coordinator, err)
            return await self.async_step_not_started()
        # Two clicks may have started two
        self._abandon()
        self._login = login
        # It is shown for as long as it goes on, since it ends with the dialog
        runtime.logins.async_attach(login)
        if self._is_closed:
            self._abandon()
            raise UnknownFlow
        return await self.async_step_login()

    # --- On the way

    async def async_step_login(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Show whatever the session is at."""
        self._updates.stop()
        login = self._login
        if login is None:
            # The dialog was closed while an answer was on its way
            raise UnknownFlow
        account = None if login.has_ended else await self._async_elsewhere(login)
        if login.has_ended:
            return await self._async_ended(login)
        if account is not None:
            self._name = self._name_of(account)
            return self._async_complete(self._placeholders())
        form = form_of(login)
        if form and form.is_stuck:
            return await self.async_step_stuck()
        if form and form.kind is FormKind.INPUT:
            return await self.async_step_user_input()
        if form is None or self._progress is None:
            return await self.async_step_start()
        if form.kind is FormKind.PASSKEY:
            return await self.async_step_passkey()
        if form.kind is FormKind.COOKIES:
            return await self.async_step_cookies()
        return await self.async_step_wait()

    async def async_step_start(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Wait until there is a step to show.

        The page listens to what happens to the flow from here on, so that it is shown even
        where there is one: other steps move on by themselves then.
        """
        login = self._login
        assert login is not None
        if self._progress is None or (self._progress.done() and _is_between(login)):
            self._progress = self._entry.async_create_background_task(
                self.hass, _async_step_of(login), f"{DOMAIN} login dialog"
            )
        if self._progress.done():
            self._updates.repeat()
            return self.async_show_progress_done(next_step_id="login")
        return self.async_show_progress(
            step_id="start",
            progress_action="start",
            progress_task=self._progress,
            description_placeholders=self._placeholders(),
        )

    async def async_step_user_input(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Ask for what the network wants to know."""
        self._updates.stop()
        form = self._current(FormKind.INPUT)
        if form is None:
            return await self.async_step_login()
        user_input = self._answers_to(form, user_input)
        if user_input is not None and user_input.get(ANOTHER_WAY):
            return await self.async_step_choose_flow()
        errors: dict[str, str] = {}
        placeholders = self._placeholders() | await async_placeholders(self.hass, form)
        placeholders["note"] = await self._async_note(form)
        if user_input is not None:
            self._typed = {**self._typed, **typed(form, user_input)}
            answer = await async_answer(self.hass, form, by_id(form, user_input))
            errors = input_errors(form, answer)
            if not errors:
                complaint = await self._async_submit(form, answer)
                if not complaint:
                    return await self.async_step_login()
                errors["base"] = "not_sent"
                placeholders["complaint"] = complaint
        elif form.again:
            errors["base"] = _AGAIN[form.again]
        self._follow(form)
        return self.async_show_form(
            step_id="user_input",
            data_schema=self._with_another_way(
                input_schema(form, user_input, self._typed, is_free=self._has_choice)
            ),
            description_placeholders=placeholders
            | {"attachments": self._attachments(form)},
            errors=errors,
            last_step=False,
        )

    async def async_step_cookies(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Ask for what a browser keeps once one has signed in to the network's site."""
        self._updates.stop()
        form = self._current(FormKind.COOKIES)
        if form is None:
            return await self.async_step_login()
        user_input = self._answers_to(form, user_input)
        if user_input is not None and user_input.get(ANOTHER_WAY):
            return await self.async_step_choose_flow()
        errors: dict[str, str] = {}
        placeholders = self._placeholders() | await async_placeholders(self.hass, form)
        placeholders["note"] = await self._async_note(form)
        if user_input is not None:
            pasted = {source: user_input.get(source, "") for source in Pasted}
            values = user_input.get(VALUES, user_input)
            answer = await async_answer(self.hass, form, by_id(form, values), pasted)
            if (
                now := self._current(FormKind.COOKIES)
            ) is None or now.step != form.step:
                # Closed, or moved on, while a long text was read
                return await self.async_step_login()
            # What may not be needed is named once; whoever sends that again means it
            is_named = self._named is not None and self._named.step == form.step
            errors, wrong = cookie_errors(form, answer, user_input, is_named=is_named)
            if wrong and not (answer.missing or answer.misfits):
                self._named = form
            placeholders["fields"] = plain(", ".join(field.label for field in wrong))
            if not errors:
                complaint = await self._async_submit(form, answer)
                if not complaint:
                    return await self.async_step_login()
                errors["base"] = "not_sent"
                placeholders["complaint"] = complaint
        elif form.again:
            errors["base"] = _AGAIN[form.again]
        self._follow(form)
        return self.async_show_form(
            step_id=cookies_step(form),
            data_schema=self.add_suggested_values_to_schema(
                self._with_another_way(cookies_schema(form, user_input)), user_input
            ),
            description_placeholders=placeholders
            | {"link": link(form.url), "script": script_block(form.script)},
            errors=errors,
            last_step=False,
        )

    # How to get at what is asked for is told by the text
    async_step_api_request = async_step_cookies
    async_step_local_storage = async_step_cookies

    async def async_step_wait(
        self, user_input: dict[str, str] | None = None
    ) -> ResultT:
        """Show what there is to scan, to type or to tap; sending that means to go back."""
        form = self._current(*_STEPS)
        if form is None:
            return await self.async_step_login()
        if self._answers_to(form, user_input) is not None:
            return await self.async_step_choose_flow()
        words = await async_words(self.hass, "login_note")
        placeholders = self._placeholders(
            instructions=escape(form.instructions),
            note=await self._async_note(form),
            picture=await async_shown(self.hass, form, self._name),
            way_back=words["way_back"] if self._has_choice else "",
        )
        if self._current(form.kind) != form:
            # It was replaced, or the dialog closed, while the picture was drawn
            return await self.async_step_login()
        self._follow(form)
        return self.async_show_form(
            step_id=_STEPS[form.kind],
            data_schema=vol.Schema({}),
            description_placeholders=placeholders,
        )

    # What is waited for is told by title and text
    async_step_no_answer = async_step_wait
    async_step_scan_qr_code = async_step_wait
    async_step_enter_code = async_step_wait
    async_step_tap_emoji = async_step_wait
    async_step_finish_in_beeper = async_step_wait

    @callback
    def _follow(self, form: Form) -> None:
        """Have the page ask for the next step as soon as this one is over."""
        login = self._login
        assert login is not None
        self._updates.follow(login, self._coordinator, partial(self._is_over, form))

    def _is_over(self, shown: Form) -> bool:
        """Return whether there is something else to show than this."""
        if shown.kind in _STEPS:
            return self._current(shown.kind) != shown
        # What somebody has typed into a form stays there until it is sent, unless nobody
        # needs it any more
        return self._elsewhere() is not None

    def _current(self, *kinds: FormKind) -> Form | None:
        """Return the form to show; `None` if the session has moved on, or is of no use."""
        form = form_of(self._login) if self._login else None
        if form is None or form.is_stuck or form.kind not in kinds:
            return None
        return form if self._elsewhere() is None else None

    async def _async_elsewhere(self, login: Login) -> Account | None:
        """Return the account, if it was connected by something else than this login."""
        account = self._elsewhere()
        if account is not None:
            # Perhaps it was this one, of which that was not heard yet
            with suppress(BeeperError):
                await self._runtime.logins.async_look(login)
        return account

    def _elsewhere(self) -> Account | None:
        """Return the account that was to be connected, if it is so by now.

        For a new one that is any which was not there before.
        """
        data = self._coordinator.data
        for account in data.accounts.values():
            bridge = data.bridge_of(account)
            if (
                account.status in HEALTHY
                and account.account_id not in self._known
                and self._account_id in (None, account.account_id)
                and bridge is not None
                and bridge.id == self._bridge_id
            ):
                return account
        return None

    async def _async_note(self, form: Form) -> str:
        """Return what one has to know first; what Beeper says of the account, as well.

        Where there is a choice of ways, that was told there.
        """
        return "\n\n".join(
            filter(None, (self._said, await async_note(self.hass, form)))
        )

    def _attachments(self, form: Form) -> str:
        login = self._login
        # It may have been closed meanwhile, and then nobody sees any
        path = (
            async_sound_path(self.hass, self._entry.entry_id, login) if login else None
        )
        return attachments(form, self._name, path)

    def _answers_to[ValueT](
        self, form: Form, user_input: dict[str, ValueT] | None
    ) -> dict[str, ValueT] | None:
        """Return what was entered, unless it answers what was asked before.

        Somebody else may have moved the session on while the form was on the screen,
        and a field's key is only a number.
        """
        is_shown = user_input is not None and asks_again(self._asked.step, form.step)
        self._asked = form
        return user_input if is_shown else None

    async def _async_submit(self, form: Form, answer: Answer) -> str | None:
        """Answer a form; returns why that did not work, if it makes sense to try again."""
        login = self._login
        assert login is not None
        runtime = self._runtime
        try:
            await runtime.logins.async_submit(login, form.step, fields=answer.values)
        except BeeperError as err:
            # Closed meanwhile, moved on, or of no use any more
            if self._login is not login or login.step != form.step or login.is_stuck:
                return None
            return plain(await async_explain(runtime.coordinator, err))
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

    async def async_step_other_account(
        self, user_input: dict[str, bool] | None = None
    ) -> ResultT:
        """Say which account was connected instead of the wanted one.

        The network has signed that one out, and Beeper has removed it: from here on
        there is nothing to reconnect (bridge framework).
        """
        assert self._login is not None
        connected = self._name_of(self._login.other_account)
        if user_input is not None:
            self._account_id = None
        return await self._async_try_again(
            "other_account", user_input, connected=escape(connected, MAX_LABEL)
        )

    async def async_step_stuck(
        self, user_input: dict[str, bool] | None = None
    ) -> ResultT:
        """Say that this login session leads nowhere any more."""
        return await self._async_try_again("stuck", user_input)

    async def async_step_passkey(
        self, user_input: dict[str, bool] | None = None
    ) -> ResultT:
        """Say that this way leads nowhere, and offer another one."""
        if user_input is None:
            form = self._current(FormKind.PASSKEY)
            if form is None:
                return await self.async_step_login()
            self._follow(form)
        return await self._async_try_again("passkey", user_input)

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
        return self.async_show_form(
            step_id=step_id,
            data_schema=self._with_another_way(vol.Schema({})),
            description_placeholders=self._placeholders(**placeholders),
        )

    def _with_another_way(self, schema: vol.Schema) -> vol.Schema:
        """Return a form from which one can go back to the choice, if there is one."""
        if not self._has_choice:
            return schema
        return schema.extend(
            {vol.Required(ANOTHER_WAY, default=False): BooleanSelector()}
        )


def _is_between(login: Login) -> bool:
    """Return whether there is no step to show, but will be one."""
    return not login.has_ended and form_of(login) is None


async def _async_step_of(login: Login) -> None:
    """Return when there is something to show, and the page listens to what follows."""
    await asyncio.sleep(BEGINS_TO_LISTEN)
    while _is_between(login):
        await login.async_wait_for_change()


async def async_said(
    hass: HomeAssistant, runtime: BeeperRuntimeData, account: Account
) -> str:
    """Return what Beeper says of an account, and since when it is lost, as markdown."""
    words = await async_words(hass, "account_said")
    said = []
    if text := without_contact_details(account.status_text or ""):
        said.append(words["says"].format(text=escape(text)))
    if since := lost_since(runtime, account):
        told = words["since"].format(time=since)
        said.append(told if said else f"{told[0].upper()}{told[1:]}")
    return " · ".join(said)


def lost_since(runtime: BeeperRuntimeData, account: Account) -> str | None:
    """Return since when an account is lost, in local time; `None` where it is not."""
    lost = runtime.histories[account.account_id].stays.get("lost")
    if account.status not in LOST or lost is None:
        return None
    return f"{dt_util.as_local(lost.since):%Y-%m-%d %H:%M}"
