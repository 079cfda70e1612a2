"""Actions: all that the Beeper Desktop API can do with bridges, logins and login sessions.

Reading is open to everybody who may run actions, though not all that is read
(`responses.py`); what starts, answers, cancels or removes something is for
administrators, and for automations.
"""

from collections.abc import Awaitable, Callable

import voluptuous as vol

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv, service
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.typing import VolDictType

from .api import BeeperClient, BeeperError, RemoveScope
from .const import DOMAIN
from .errors import known_bridge, not_an_account, translated
from .issues import async_end_account_issues
from .login.answer import Pasted, async_values, current_form, known_login
from .responses import async_audience, told, told_session
from .runtime import BeeperConfigEntry
from .sensor import BeeperAccountStatusSensor

_ENTRY: VolDictType = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
_BRIDGE: VolDictType = _ENTRY | {vol.Required("bridge_id"): cv.string}
_SESSION: VolDictType = _ENTRY | {vol.Required("login_session_id"): cv.string}
_FLOW: VolDictType = {vol.Optional("flow_id"): cv.string}

_CREATE: VolDictType = (
    _BRIDGE
    | _FLOW
    | {
        vol.Exclusive("account_id", "reconnect"): cv.string,
        vol.Exclusive("login_id", "reconnect"): cv.string,
    }
)
_REMOVE: VolDictType = _BRIDGE | {
    vol.Required("login_id"): cv.string,
    vol.Required("scope"): vol.Coerce(RemoveScope),
}
_SUBMIT: VolDictType = _SESSION | {
    vol.Optional("step_id"): cv.string,
    vol.Optional("fields"): vol.Any({cv.string: cv.string}, cv.string),
    vol.Optional("last_url"): cv.string,
    vol.Optional("source"): vol.In(["api", "webview", "browser_extension"]),
}

type _Handler = Callable[[ServiceCall, BeeperConfigEntry], Awaitable[ServiceResponse]]


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register all actions."""

    def register(
        name: str,
        handler: _Handler,
        schema: VolDictType,
        *,
        admin: bool,
    ) -> None:
        async def handle(call: ServiceCall) -> ServiceResponse:
            entry: BeeperConfigEntry = service.async_get_config_entry(
                hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
            )
            coordinator = entry.runtime_data.coordinator
            try:
                return await handler(call, entry)
            except BeeperError as err:
                raise translated(coordinator, err) from err

        if admin:
            service.async_register_admin_service(
                hass,
                DOMAIN,
                name,
                handle,
                vol.Schema(schema),
                SupportsResponse.OPTIONAL,
            )
        else:
            hass.services.async_register(
                DOMAIN, name, handle, vol.Schema(schema), SupportsResponse.ONLY
            )

    register("get_bridges", _get_bridges, _ENTRY, admin=False)
    register("get_bridge", _get_bridge, _BRIDGE, admin=False)
    register("get_bridge_capabilities", _get_bridge_capabilities, _BRIDGE, admin=False)
    register("get_login_flows", _get_login_flows, _BRIDGE, admin=False)
    register("get_logins", _get_logins, _BRIDGE, admin=False)
    register("get_login_session", _get_login_session, _SESSION, admin=False)
    register("remove_login", _remove_login, _REMOVE, admin=True)
    register("create_login_session", _create_login_session, _CREATE, admin=True)
    register("submit_login_step", _submit_login_step, _SUBMIT, admin=True)
    register("cancel_login_session", _cancel_login_session, _SESSION, admin=True)
    service.async_register_platform_entity_service(
        hass,
        DOMAIN,
        "reconnect_account",
        admin_only=True,
        entity_domain=SENSOR_DOMAIN,
        schema=_FLOW,
        func=_reconnect_account,
        supports_response=SupportsResponse.OPTIONAL,
    )


# --- Reading


async def _get_bridges(call: ServiceCall, entry: BeeperConfigEntry) -> ServiceResponse:
    bridges = await _client(entry).bridges()
    audience = await async_audience(call)
    return {"bridges": [told(bridge, audience) for bridge in bridges]}


async def _get_bridge(call: ServiceCall, entry: BeeperConfigEntry) -> ServiceResponse:
    bridge = await _client(entry).bridge(call.data["bridge_id"])
    return told(bridge, await async_audience(call))


async def _get_bridge_capabilities(
    call: ServiceCall, entry: BeeperConfigEntry
) -> ServiceResponse:
    capabilities = await _client(entry).capabilities(call.data["bridge_id"])
    return told(capabilities, await async_audience(call))


async def _get_login_flows(
    call: ServiceCall, entry: BeeperConfigEntry
) -> ServiceResponse:
    flows = await _client(entry).login_flows(call.data["bridge_id"])
    audience = await async_audience(call)
    return {"flows": [told(flow, audience) for flow in flows]}


async def _get_logins(call: ServiceCall, entry: BeeperConfigEntry) -> ServiceResponse:
    logins = await _client(entry).logins(call.data["bridge_id"])
    audience = await async_audience(call)
    return {"logins": [told(login, audience) for login in logins]}


async def _get_login_session(
    call: ServiceCall, entry: BeeperConfigEntry
) -> ServiceResponse:
    login = known_login(entry.runtime_data.logins, call.data["login_session_id"])
    await entry.runtime_data.logins.async_look(login)
    return told_session(login, await async_audience(call))


# --- Acting


async def _remove_login(call: ServiceCall, entry: BeeperConfigEntry) -> ServiceResponse:
    removed = await _client(entry).remove_login(
        call.data["bridge_id"], call.data["login_id"], call.data["scope"]
    )
    async_end_account_issues(call.hass, entry, removed.affected_account_ids or ())
    await entry.runtime_data.coordinator.async_request_refresh()
    return told(removed, await async_audience(call))


async def _create_login_session(
    call: ServiceCall, entry: BeeperConfigEntry
) -> ServiceResponse:
    login = await entry.runtime_data.logins.async_create(
        call.data["bridge_id"],
        account_id=call.data.get("account_id"),
        login_id=call.data.get("login_id"),
        flow_id=call.data.get("flow_id"),
    )
    return told_session(login, await async_audience(call))


async def _reconnect_account(entity: Entity, call: ServiceCall) -> ServiceResponse:
    """Reconnect the account of a status sensor."""
    if not isinstance(entity, BeeperAccountStatusSensor):
        raise not_an_account(entity.entity_id)
    coordinator = entity.coordinator
    bridge = known_bridge(coordinator.data, entity.account)
    entry: BeeperConfigEntry = coordinator.config_entry
    try:
        login = await entry.runtime_data.logins.async_create(
            bridge.id,
            account_id=entity.account.account_id,
            flow_id=call.data.get("flow_id"),
        )
    except BeeperError as err:
        raise translated(coordinator, err) from err
    return told_session(login, await async_audience(call))


async def _submit_login_step(
    call: ServiceCall, entry: BeeperConfigEntry
) -> ServiceResponse:
    """Answer the current step; where there is nothing to answer, wait for what comes."""
    login = known_login(entry.runtime_data.logins, call.data["login_session_id"])
    form = current_form(login, call.data.get("step_id"))
    given = call.data.get("fields", {})
    values = await (
        async_values(call.hass, form, {}, {Pasted.PASTE: given})
        if isinstance(given, str)
        else async_values(call.hass, form, given)
    )
    if form.can_be_filled_in:
        await entry.runtime_data.logins.async_submit(
            login,
            form.step,
            fields=values,
            last_url=call.data.get("last_url"),
            source=call.data.get("source"),
        )
    else:
        session = login.session
        # What is displayed may also come and go with Beeper
        while login.session == session:
            await login.async_wait_for_change()
    return told_session(login, await async_audience(call))


async def _cancel_login_session(
    call: ServiceCall, entry: BeeperConfigEntry
) -> ServiceResponse:
    login = known_login(entry.runtime_data.logins, call.data["login_session_id"])
    await entry.runtime_data.logins.async_cancel(login)
    return told_session(login, await async_audience(call))


# --- What is asked for


def _client(entry: BeeperConfigEntry) -> BeeperClient:
    return entry.runtime_data.coordinator.client
