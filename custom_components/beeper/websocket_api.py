"""WebSocket commands of the dashboard card: a login as a subscription.

It starts with the subscription, tells each change as an event, and is cancelled in
Beeper when the card unsubscribes. A card that lost its connection can resume it for a
while. The shapes are described in docs/card.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import wraps
import re
from typing import Any

import voluptuous as vol
from yarl import URL

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import ERR_HOME_ASSISTANT_ERROR
from homeassistant.components.websocket_api.decorators import (
    async_response,
    require_admin,
    websocket_command,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
    service,
)

from .api import Account, BeeperError, LoginField, LoginFlow, LoginStep, StepType
from .const import DOMAIN
from .devices import account_id_of
from .errors import known_bridge, not_an_account, translated
from .login.answer import async_pick_fields, check_fields, current_step, known_login
from .login.pasted import console_script, is_in_local_storage
from .login.session import Login
from .names import account_name
from .qr_code import qr_code_uri
from .runtime import BeeperConfigEntry
from .texts import plain

type _Message = dict[str, Any]
type _Command = Callable[[HomeAssistant, ActiveConnection, _Message], Awaitable[None]]
type _Handler = Callable[
    [HomeAssistant, ActiveConnection, _Message, BeeperConfigEntry, Account],
    Awaitable[None],
]

_PICTURE = re.compile(r"data:image/(?:gif|jpeg|png|svg\+xml|webp)[;,]", re.IGNORECASE)
_INPUT_TYPES = {
    "2fa_code": "text",
    "email": "email",
    "password": "password",
    "phone_number": "tel",
    "token": "password",
    "url": "url",
}
"""How a browser should ask for a field, by Beeper's type; as plain text by default."""


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, _handle_flows)
    websocket_api.async_register_command(hass, _handle_start)
    websocket_api.async_register_command(hass, _handle_resume)
    websocket_api.async_register_command(hass, _handle_submit)


def _on_account(handler: _Handler) -> _Command:
    """Give a command the account that it is about.

    What goes wrong is told to the card alone: what a network says is not for the log.
    """

    @wraps(handler)
    async def handle(
        hass: HomeAssistant, connection: ActiveConnection, msg: _Message
    ) -> None:
        try:
            entry, account = _account(hass, msg[ATTR_ENTITY_ID])
            coordinator = entry.runtime_data.coordinator
            try:
                await handler(hass, connection, msg, entry, account)
            except BeeperError as err:
                raise translated(coordinator, err) from err
        except HomeAssistantError as err:
            connection.send_error(
                msg["id"],
                ERR_HOME_ASSISTANT_ERROR,
                str(err),
                translation_domain=err.translation_domain,
                translation_key=err.translation_key,
                translation_placeholders=err.translation_placeholders,
            )

    return handle


# --- Commands


@require_admin
@websocket_command(
    {
        vol.Required("type"): "beeper/login/flows",
        vol.Required(ATTR_ENTITY_ID): cv.entity_id,
    }
)
@async_response
@_on_account
async def _handle_flows(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: _Message,
    entry: BeeperConfigEntry,
    account: Account,
) -> None:
    """Return the ways to sign in to an account's network."""
    flows = await entry.runtime_data.coordinator.client.login_flows(
        _bridge_id(entry, account)
    )
    connection.send_result(msg["id"], {"flows": [_told_flow(flow) for flow in flows]})


@require_admin
@websocket_command(
    {
        vol.Required("type"): "beeper/login/start",
        vol.Required(ATTR_ENTITY_ID): cv.entity_id,
        vol.Optional("flow_id"): cv.string,
    }
)
@async_response
@_on_account
async def _handle_start(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: _Message,
    entry: BeeperConfigEntry,
    account: Account,
) -> None:
    """Start to reconnect an account, and tell how it goes until it is unsubscribed."""
    subscription = _Subscription(hass, connection, msg["id"], entry)
    # From the beginning: the page may be closed while Beeper starts the session
    connection.subscriptions[msg["id"]] = subscription.async_unsubscribe
    try:
        login = await entry.runtime_data.logins.async_create(
            _bridge_id(entry, account),
            account_id=account.account_id,
            flow_id=msg.get("flow_id"),
        )
    except BeeperError, HomeAssistantError:
        connection.subscriptions.pop(msg["id"], None)
        raise
    subscription.async_follow(login)


@require_admin
@websocket_command(
    {
        vol.Required("type"): "beeper/login/resume",
        vol.Required(ATTR_ENTITY_ID): cv.entity_id,
        vol.Required("login_session_id"): cv.string,
    }
)
@async_response
@_on_account
async def _handle_resume(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: _Message,
    entry: BeeperConfigEntry,
    _: Account,
) -> None:
    """Go on to tell how a login goes, after the connection was lost."""
    login = known_login(entry.runtime_data.logins, msg["login_session_id"])
    subscription = _Subscription(hass, connection, msg["id"], entry)
    connection.subscriptions[msg["id"]] = subscription.async_unsubscribe
    subscription.async_follow(login)


@require_admin
@websocket_command(
    {
        vol.Required("type"): "beeper/login/submit",
        vol.Required(ATTR_ENTITY_ID): cv.entity_id,
        vol.Required("login_session_id"): cv.string,
        vol.Required("step_id"): cv.string,
        vol.Optional("fields", default=dict): {str: str},
        vol.Optional("text", default=""): str,
        vol.Optional("script_result", default=""): str,
    }
)
@async_response
@_on_account
async def _handle_submit(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: _Message,
    entry: BeeperConfigEntry,
    _: Account,
) -> None:
    """Answer the current step, and return how the login stands then."""
    login = known_login(entry.runtime_data.logins, msg["login_session_id"])
    step = current_step(login, msg["step_id"])
    texts = msg["text"], msg["script_result"]
    fields = await _async_filled_in(hass, step, msg["fields"], texts)
    check_fields(step, fields)
    await entry.runtime_data.logins.async_submit(login, step, fields=fields)
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


def _account(hass: HomeAssistant, entity_id: str) -> tuple[BeeperConfigEntry, Account]:
    """Return the account of an entity, and the entry of its Beeper."""
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None or registered.platform != DOMAIN:
        raise not_an_account(entity_id)
    entry: BeeperConfigEntry = service.async_get_config_entry(
        hass, DOMAIN, registered.config_entry_id
    )
    device = dr.async_get(hass).async_get(registered.device_id or "")
    if device is None or (account_id := account_id_of(entry, device)) is None:
        raise not_an_account(entity_id)
    account = entry.runtime_data.coordinator.data.accounts.get(account_id)
    if account is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="account_gone"
        )
    return entry, account


def _bridge_id(entry: BeeperConfigEntry, account: Account) -> str:
    return known_bridge(entry.runtime_data.coordinator.data, account).id


async def _async_filled_in(
    hass: HomeAssistant,
    step: LoginStep,
    fields: Mapping[str, str],
    texts: Iterable[str],
) -> Mapping[str, str]:
    """Return the values of a form.

    A field that was filled in wins over what texts from the browser's developer tools
    have for it; one that was left empty is not sent.
    """
    values: dict[str, str] = {}
    for text in texts:
        if text.strip():
            values |= await async_pick_fields(hass, step, text)
    return values | {name: value for name, value in fields.items() if value}


# --- What is told


def _told_flow(flow: LoginFlow) -> dict[str, str | None]:
    return {
        "flow_id": flow.id,
        "name": plain(flow.name or flow.id),
        "description": _plain(flow.description),
    }


async def _async_told(
    hass: HomeAssistant, entry: BeeperConfigEntry, login: Login
) -> dict[str, Any]:
    """Return how a login stands, made for a page: no text in it needs to be trusted."""
    error = login.session.error
    qr_code = None
    if code := login.qr_code:
        qr_code = await hass.async_add_executor_job(qr_code_uri, code)
    return {
        "login_session_id": login.id,
        "status": login.session.status,
        "is_replaced": login.is_replaced,
        "other_account": _told_account(entry, login.other_account),
        "error": _told_error(error.code, error.message) if error else None,
        "step": _told_step(login, step, qr_code) if (step := login.step) else None,
    }


def _told_account(entry: BeeperConfigEntry, account: Account | None) -> str | None:
    if account is None:
        return None
    return plain(account_name(entry.runtime_data.coordinator.data, account))


def _told_error(code: str | None, message: str | None) -> dict[str, str | None]:
    return {"code": _plain(code), "message": _plain(message)}


def _told_step(login: Login, step: LoginStep, qr_code: str | None) -> dict[str, Any]:
    is_drawable = qr_code is not None or login.qr_code is None
    display = login.display
    is_cookies = step.type == StepType.COOKIES
    return {
        "step_id": step.step_id,
        "type": step.type,
        "is_supported": login.is_supported and is_drawable,
        "is_outdated": login.is_outdated,
        "instructions": _plain(step.instructions),
        "display_type": step.display.type if step.display else None,
        "qr_code": qr_code,
        "pairing_code": _plain(login.pairing_code),
        "picture": _picture(display.image_url) if display else None,
        "url": _web_address(step.url),
        "script": console_script(step.extract_js) if is_cookies else None,
        "fields": [_told_field(step, field) for field in step.fields],
    }


def _told_field(step: LoginStep, field: LoginField) -> dict[str, Any]:
    is_cookie = step.type == StepType.COOKIES
    return {
        "field_id": field.id,
        "label": plain(field.label or field.name or field.id),
        # Whoever has a cookie is signed in
        "type": "password" if is_cookie else _INPUT_TYPES.get(field.type or "", "text"),
        "is_code": field.type == "2fa_code",
        "is_required": field.is_required,
        "is_in_local_storage": is_cookie and is_in_local_storage(field),
        "hint": _plain(field.placeholder),
        "value": None if field.is_secret else field.initial_value,
        "options": [
            {"value": value, "label": plain(label)} for value, label in field.choices
        ],
    }


def _plain(text: str | None) -> str | None:
    return plain(text) if text else None


def _web_address(text: str | None) -> str | None:
    """Return an address that may become a link: nothing that would run in the page."""
    try:
        url = URL(text or "")
    except ValueError:
        return None
    return str(url) if url.scheme in ("http", "https") and url.host else None


def _picture(address: str | None) -> str | None:
    if address and _PICTURE.match(address):
        return address
    return _web_address(address)
