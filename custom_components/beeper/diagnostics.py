"""Diagnostics: what helps to find out what is wrong, and nothing that is private.

Only what is listed here is told. Words of Beeper and of the networks are told only where
they look like what they should be, such as a status or a version.
"""

from collections.abc import Mapping
from ipaddress import ip_address
import re

from yarl import URL

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from homeassistant.util.network import is_local, is_loopback

from .api import Account, Bridge, Info, User
from .beeper_data import BeeperData
from .const import CONF_NO_REPAIRS_FOR
from .coordinator import BeeperCoordinator
from .devices import account_id_of
from .login.form import form_of
from .login.session import Login
from .oauth import CONF_EXPIRES_AT, CONF_EXPIRES_IN
from .runtime import BeeperConfigEntry
from .shapes import Names, shape_of_answers
from .texts import has_contact_details
from .version import async_get_version

_SAFE_DATA = frozenset({CONF_EXPIRES_AT, CONF_EXPIRES_IN, CONF_VERIFY_SSL})
"""What may be told of the data of an entry; anything else is redacted."""

_WORD = re.compile(r"[a-z][a-z_-]{0,31}", re.ASCII)
"""A status, a type, a code; tokens, numbers and addresses are none."""

_OS = re.compile(r"[a-z]{1,16}\d{0,2}", re.ASCII)
"""A platform as Node.js names it: linux, darwin, win32."""

_VERSION = re.compile(r"\d{1,4}(\.\d{1,8}){1,3}(-[a-z]+)?", re.ASCII)
_ARCHITECTURE = re.compile(
    r"(x|ia|arm|aarch|amd|riscv|x86_)\d{1,3}(hf|l)?|arm", re.ASCII
)


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BeeperConfigEntry
) -> Mapping[str, object]:
    """Return how it stands with one Beeper and all its accounts."""
    if entry.state is not ConfigEntryState.LOADED:
        return {"integration": await _integration(hass), "entry": _entry(entry)}
    coordinator = entry.runtime_data.coordinator
    data = coordinator.data
    return {
        "integration": await _integration(hass),
        "entry": _entry(entry),
        "beeper": _beeper(coordinator),
        "poll": _poll(coordinator),
        "bridges": [_bridge(bridge) for bridge in data.bridges.values()],
        "accounts": [_account(entry, account) for account in data.accounts.values()],
        "logins": [_login(data, login) for login in entry.runtime_data.logins.known],
        "answers": shape_of_answers(entry),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: BeeperConfigEntry, device: dr.AnyDeviceEntry
) -> Mapping[str, object]:
    """Return how it stands with one account; with all of Beeper for the hub."""
    account_id = account_id_of(entry, device)
    if account_id is None or entry.state is not ConfigEntryState.LOADED:
        return await async_get_config_entry_diagnostics(hass, entry)
    coordinator = entry.runtime_data.coordinator
    data = coordinator.data
    account = data.accounts.get(account_id)
    bridge = data.bridge_of(account) if account else None
    listed = data.bridges.get(bridge.id) if bridge else None
    return {
        "integration": await _integration(hass),
        "entry": _entry(entry),
        "beeper": _beeper(coordinator),
        "poll": _poll(coordinator),
        "bridge": _bridge(listed) if listed else None,
        "account": _account(entry, account) if account else None,
        "logins": [
            _login(data, login)
            for login in entry.runtime_data.logins.known
            if login.account_id == account_id
        ],
        "answers": shape_of_answers(entry),
    }


async def _integration(hass: HomeAssistant) -> Mapping[str, object]:
    """Return what is installed; without a release it came out of the repository."""
    version = await async_get_version(hass)
    return {"version": version.number, "is_release": version.is_release}


def _entry(entry: BeeperConfigEntry) -> Mapping[str, object]:
    """Return what is stored, and how the entry is."""
    return {
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        "address": _address(URL(entry.data[CONF_URL])),
        "data": async_redact_data(entry.data, entry.data.keys() - _SAFE_DATA),
        "options": async_redact_data(entry.options, entry.options.keys()),
    }


def _address(url: URL) -> Mapping[str, object]:
    """Return what kind of an address Beeper has."""
    return {
        "scheme": url.scheme,
        "host": _kind_of_host(url.host or ""),
        "port": url.port,
        "has_path": url.path != "/",
    }


def _kind_of_host(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return "localhost" if host == "localhost" else "name"
    if is_loopback(address):
        return "loopback address"
    return "local address" if is_local(address) else "public address"


def _beeper(coordinator: BeeperCoordinator) -> Mapping[str, object]:
    """Return which Beeper it is, and how it was set up when it was last asked."""
    info: Info = coordinator.info
    version = coordinator.client.version or info.app.version
    return {
        "product": info.app.product,
        "version": _if_like(_VERSION, version),
        "os": _if_like(_OS, info.platform.os),
        "arch": _if_like(_ARCHITECTURE, info.platform.arch),
        "status": _if_like(_WORD, info.server.status),
        "remote_access": info.server.remote_access,
    }


def _poll(coordinator: BeeperCoordinator) -> Mapping[str, object]:
    """Return how it goes; times are in UTC, the interval is in seconds."""
    interval = coordinator.update_interval
    return {
        "last_good": coordinator.last_update_success_time,
        "outage": coordinator.outage,
        "failures": coordinator.failures,
        "interval": interval.total_seconds() if interval else None,
    }


def _bridge(bridge: Bridge) -> Mapping[str, object]:
    return {
        "type": _if_like(_WORD, bridge.type),
        "provider": _if_like(_WORD, bridge.provider),
        "status": _if_like(_WORD, bridge.status),
        "has_status_text": bridge.status_text is not None,
        "accounts": len(bridge.accounts),
        "active_account_count": bridge.active_account_count,
        "supports_multiple_accounts": bridge.supports_multiple_accounts,
    }


def _account(entry: BeeperConfigEntry, account: Account) -> Mapping[str, object]:
    """Return what is known of an account, without who it belongs to."""
    bridge = entry.runtime_data.coordinator.data.bridge_of(account)
    silenced = entry.options.get(CONF_NO_REPAIRS_FOR, ())
    outages = entry.runtime_data.outages.of(account.account_id)
    return {
        "bridge_type": _if_like(_WORD, bridge.type) if bridge else None,
        "provider": _if_like(_WORD, bridge.provider) if bridge else None,
        "status": _if_like(_WORD, account.status),
        "has_status_text": account.status_text is not None,
        "has_login_id": account.login_id is not None,
        "user": _present_members(account.user),
        "may_raise_repairs": account.account_id not in silenced,
        "outages_this_month": outages.of_month(dt_util.utcnow()).count,
        "outages_remembered": len(outages.last()),
    }


def _present_members(user: User) -> list[str]:
    """Return what Beeper tells of a person: which members, not what they say."""
    return sorted(user.to_dict())


def _login(data: BeeperData, login: Login) -> Mapping[str, object]:
    """Return where a login session stands."""
    step = login.step
    bridge = data.bridges.get(login.session.bridge_id)
    error = login.session.error
    form = form_of(login)
    return {
        "bridge_type": _if_like(_WORD, bridge.type) if bridge else None,
        "is_reconnect": login.account_id is not None,
        "status": _if_like(_WORD, login.session.status),
        "step_type": _if_like(_WORD, step.type) if step else None,
        "display_type": (
            _if_like(_WORD, step.display.type) if step and step.display else None
        ),
        "is_supported": form is None or form.is_supported,
        "error": Names(data).clean(error.code) if error else None,
        "started": login.started,
        "changed": login.changed,
    }


def _if_like(pattern: re.Pattern[str], text: str | None) -> str | None:
    """Return a text if it looks like what it should be; `None` where there is none."""
    if text is None:
        return None
    is_like = pattern.fullmatch(text) and not has_contact_details(text)
    return text if is_like else REDACTED
