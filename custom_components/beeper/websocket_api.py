"""WebSocket commands of the dashboard card: a login as a subscription.

It starts with the subscription, tells each change as an event, and is cancelled in
Beeper when the card unsubscribes. A card that lost its connection can resume it for a
while. The shapes are described in docs/card.md.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final, cast

import voluptuous as vol

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    require_admin,
    websocket_command,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType

from .account_targets import account_of
from .api import Account, BeeperError
from .const import DOMAIN
from .errors import known_bridge, tell_card, translated
from .limits import MAX_READ
from .login.answer import Pasted, async_values, current_form, known_login
from .login.dialog_form import cookies_step
from .login.form import Form, FormField, FormKind, form_of, ways
from .login.session import Login
from .login.ways import last_first
from .names import account_name
from .qr_code import qr_code_uri
from .runtime import BeeperConfigEntry
from .texts import plain
from .words import word_key

type _Message = dict[str, Any]
type _WebSocketCommand = Callable[[HomeAssistant, ActiveConnection, _Message], None]
type _Handler = Callable[
    [HomeAssistant, ActiveConnection, _Message, BeeperConfigEntry], Awaitable[None]
]


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, _handle_flows)
    websocket_api.async_register_command(hass, _handle_start)
    websocket_api.async_register_command(hass, _handle_resume)
    websocket_api.async_register_command(hass, _handle_submit)


# Home Assistant's type for schemas does not know of this marker
_ANYTHING: Final = cast("VolDictType", {vol.Extra: object})


def _login_command(
    name: str, schema: VolDictType
) -> Callable[[_Handler], _WebSocketCommand]:
    """Make a command about an account's login of what handles it.

    What goes wrong is told to the card alone: Home Assistant writes what it refuses by
    itself into its log, as it was sent, and what a network says is not for the log either.
    """
    is_as_agreed = vol.Schema(
        {
            vol.Required("id"): int,
            vol.Required("type"): str,
            vol.Required(ATTR_ENTITY_ID): cv.entity_id,
            **schema,
        }
    )

    def decorate(handler: _Handler) -> _WebSocketCommand:
        @require_admin
        @websocket_command({vol.Required("type"): f"{DOMAIN}/login/{name}"} | _ANYTHING)
        @async_response
        @wraps(handler)
        async def handle(
            hass: HomeAssistant, connection: ActiveConnection, msg: _Message
        ) -> None:
            try:
                try:
                    checked = is_as_agreed(msg)
                except vol.Invalid:
                    raise ServiceValidationError(
                        translation_domain=DOMAIN, translation_key="invalid_command"
                    ) from None
                entry, _ = account_of(hass, checked[ATTR_ENTITY_ID])
                coordinator = entry.runtime_data.coordinator
                try:
                    await handler(hass, connection, checked, entry)
                except BeeperError as err:
                    raise translated(coordinator, err) from err
            except HomeAssistantError as err:
                tell_card(connection, msg["id"], err)

        return handle

    return decorate


# --- Commands


@_login_command(
    "flows",
    {
        vol.Optional("instead_of"): cv.string,
    },
)
async def _handle_flows(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: _Message,
    entry: BeeperConfigEntry,
) -> None:
    """Return the ways to sign in to an account's network, and whether a login runs."""
    bridge_id, account_id = _wanted(hass, entry, msg)
    flows = await entry.runtime_data.coordinator.client.login_flows(bridge_id)
    told = [
        {
            "flow_id": way.id,
            "name": way.name,
            "name_key": word_key(way.name),
            "description": way.description or None,
            "description_key": word_key(way.description) or None,
        }
        for way in last_first(entry, bridge_id, ways(flows))
    ]
    login = account_id and entry.runtime_data.logins.running_for(account_id)
    running = (
        {"login_session_id": login.id, "is_shown": login.attached > 0}
        if login
        else None
    )
    connection.send_result(msg["id"], {"flows": told, "running": running})


@_login_command(
    "start",
    {
        vol.Optional("flow_id"): cv.string,
        vol.Optional("instead_of"): cv.string,
    },
)
async def _handle_start(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: _Message,
    entry: BeeperConfigEntry,
) -> None:
    """Start to reconnect an account, and tell how it goes until it is unsubscribed."""
    bridge_id, account_id = _wanted(hass, entry, msg)
    subscription = _Subscription(hass, connection, msg["id"], entry)
    # From the beginning: the page may be closed while Beeper starts the session
    connection.subscriptions[msg["id"]] = subscription.async_unsubscribe
    try:
        login = await entry.runtime_data.logins.async_create(
            bridge_id, account_id=account_id, flow_id=msg.get("flow_id")
        )
    except BeeperError, HomeAssistantError:
        connection.subscriptions.pop(msg["id"], None)
        raise
    subscription.async_follow(login)


@_login_command(
    "resume",
    {
        vol.Required("login_session_id"): cv.string,
    },
)
async def _handle_resume(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: _Message,
    entry: BeeperConfigEntry,
) -> None:
    """Go on to tell how a login goes, after the connection was lost."""
    login = known_login(entry.runtime_data.logins, msg["login_session_id"])
    subscription = _Subscription(hass, connection, msg["id"], entry)
    connection.subscriptions[msg["id"]] = subscription.async_unsubscribe
    subscription.async_follow(login)


@_login_command(
    "submit",
    {
        vol.Required("login_session_id"): cv.string,
        vol.Required("step_id"): cv.string,
        vol.Optional("fields", default=dict): {str: str},
        vol.Optional(Pasted.PASTE.value, default=""): str,
        vol.Optional(Pasted.SCRIPT_RESULT.value, default=""): str,
    },
)
async def _handle_submit(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: _Message,
    entry: BeeperConfigEntry,
) -> None:
    """Answer the current step, and return how the login stands then."""
    login = known_login(entry.runtime_data.logins, msg["login_session_id"])
    form = current_form(login, msg["step_id"])
    pasted = {source: text for source in Pasted if (text := msg[source].strip())}
    values = await async_values(hass, form, msg["fields"], pasted)
    await entry.runtime_data.logins.async_submit(login, form.step, fields=values)
    connection.send_result(msg["id"], await _async_told(hass, entry, login))


class _Subscription:
    """A card that runs a login.

    The login ends with the card, or when the card does not come back for a while after
    its connection was lost: the app of a phone is cut off when one switches to another
    app, to type the code that the card shows.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        connection: ActiveConnection,
        msg_id: int,
        entry: BeeperConfigEntry,
    ) -> None:
        """Take the command of a card on the account of this entry."""
        self._hass = hass
        self._connection = connection
        self._msg_id = msg_id
        self._entry = entry
        # An entry that is unloaded has no runtime data any more
        self._logins = entry.runtime_data.logins
        self._is_over = False
        self._login: Login | None = None
        self._unfollow: CALLBACK_TYPE | None = None
        self._follower: asyncio.Task[None] | None = None

    @callback
    def async_follow(self, login: Login) -> None:
        """Send each state of the login, beginning with the one it is in."""
        self._login = login
        if self._is_over:
            self._cancel(login)
            return
        self._connection.send_result(self._msg_id)
        self._unfollow = self._logins.async_attach(login)
        self._follower = self._hass.async_create_background_task(
            self._async_follow(login), f"{DOMAIN} login in a card"
        )

    @callback
    def async_unsubscribe(self) -> None:
        """End the login, unless it has ended by itself or the card may come back."""
        self._is_over = True
        if self._follower:
            self._follower.cancel()
        if self._unfollow:
            self._unfollow()
        # A lost connection calls this for all subscriptions that it still has
        is_lost = self._msg_id in self._connection.subscriptions
        if self._login and not is_lost:
            self._cancel(self._login)

    async def _async_follow(self, login: Login) -> None:
        while True:
            session, is_outdated = login.session, login.is_outdated
            event = await _async_told(self._hass, self._entry, login)
            if (login.session, login.is_outdated) != (session, is_outdated):
                continue
            self._connection.send_event(self._msg_id, event)
            if login.has_ended:
                return
            await login.async_wait_for_change()

    def _cancel(self, login: Login) -> None:
        self._entry.async_create_background_task(
            self._hass,
            self._logins.async_abandon(login),
            f"{DOMAIN} end of a login in a card",
        )


# --- What is asked for


def _wanted(
    hass: HomeAssistant, entry: BeeperConfigEntry, msg: _Message
) -> tuple[str, str | None]:
    """Return the bridge to sign in to, and the account to reconnect.

    A login in which somebody else has signed in leaves no account to reconnect: it is
    `instead_of` that one that a new account is connected.
    """
    if (session_id := msg.get("instead_of")) is not None:
        login = known_login(entry.runtime_data.logins, session_id)
        return login.session.bridge_id, None
    _, account_id = account_of(hass, msg[ATTR_ENTITY_ID])
    data = entry.runtime_data.coordinator.data
    if (account := data.accounts.get(account_id)) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="account_gone"
        )
    return known_bridge(data, account).id, account_id


# --- What is told


async def _async_told(
    hass: HomeAssistant, entry: BeeperConfigEntry, login: Login
) -> dict[str, Any]:
    """Return how a login stands, made for a page: no text in it needs to be trusted."""
    error = login.session.error
    form = form_of(login)
    qr_code = None
    if form and form.qr_code:
        qr_code = await hass.async_add_executor_job(qr_code_uri, form.qr_code)
    return {
        "login_session_id": login.id,
        "status": _plain(login.session.status),
        "is_replaced": login.is_replaced,
        "other_account": _told_account(entry, login.other_account),
        "error": _told_error(error.code, error.message) if error else None,
        "step": _told_form(form, qr_code) if form else None,
    }


def _told_account(entry: BeeperConfigEntry, account: Account | None) -> str | None:
    if account is None:
        return None
    return plain(account_name(entry.runtime_data.coordinator.data, account))


def _told_error(code: str | None, message: str | None) -> dict[str, str | None]:
    return {"code": _plain(code), "message": _plain(message)}


def _told_form(form: Form, qr_code: str | None) -> dict[str, Any]:
    return {
        "step_id": _whole(form.step.step_id),
        "kind": form.kind,
        "instructions": form.instructions or None,
        "where_to_tap": form.where_to_tap,
        "again": form.again,
        "is_stuck": form.is_stuck,
        "may_be_somebody_else": form.may_be_somebody_else,
        "fields": [_told_field(field) for field in form.shown_fields],
        "attachments": [
            {"is_sound": attachment.is_sound, "uri": attachment.uri}
            for attachment in form.attachments
        ],
        "url": form.url,
        "script": form.script,
        "guide": cookies_step(form) if form.kind is FormKind.COOKIES else None,
        "qr_code": qr_code,
        "code": form.code,
        "picture": form.picture,
        "emoji": form.emoji or None,
    }


def _told_field(field: FormField) -> dict[str, Any]:
    return {
        "field_id": field.id,
        "kind": field.kind,
        "label": field.label,
        "label_key": word_key(field.label),
        "hint": field.hint or None,
        "value": field.value or None,
        "options": [
            {"value": value, "label": label} for value, label in field.options.items()
        ],
        "is_required": field.is_required,
        "is_masked": field.is_masked,
        "is_in_local_storage": field.is_in_local_storage,
        "are_choices_untold": field.are_choices_untold,
    }


def _whole(step_id: str | None) -> str | None:
    """Return an ID that may be sent to a page; a part of one is of no use."""
    return step_id if step_id and len(step_id) <= MAX_READ else None


def _plain(text: str | None) -> str | None:
    return plain(text) if text else None
