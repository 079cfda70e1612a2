"""What Home Assistant does not document for integrations, and what is done without it.

All such uses stand here, and in `trigger.py` and `condition.py`, which Home Assistant
loads apart from all else. One that fails costs what it was for, with one line in the
log, but never an entity or an entry.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
import logging
from pathlib import Path
from types import TracebackType
from typing import Any, override

from homeassistant import config_entries
from homeassistant.components import frontend, panel_custom
from homeassistant.components.http import server as http_server
from homeassistant.config_entries import ConfigEntry, ConfigEntryChange
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowHandler
from homeassistant.helpers import dispatcher, http, trace
from homeassistant.helpers.config_entry_oauth2_flow import HEADER_FRONTEND_BASE

_LOGGER = logging.getLogger(__name__)


class DoingWithout(AbstractContextManager[None, bool]):
    """Goes on where Home Assistant does not offer something any more."""

    def __init__(self, lost: str) -> None:
        """Take what does not work then, in the words of the log."""
        self._lost = lost

    @override
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Say so once; nobody knows how it will fail."""
        if not isinstance(exc_value, Exception):
            return False
        _warn_once(self._lost, repr(exc_value))
        return True


@cache
def _warn_once(lost: str, reason: str) -> None:
    _LOGGER.warning(
        "This version of Home Assistant does not go together with all of Beeper: %s (%s). "
        "Look for an update of the integration",
        lost,
        reason,
    )


@callback
def async_follow_entries(
    hass: HomeAssistant, listener: Callable[[ConfigEntryChange, ConfigEntry], None]
) -> CALLBACK_TYPE:
    """Call the listener when any entry is added, updated, removed or in another state.

    Returns what ends that.
    """
    with DoingWithout("repair issues follow neither options nor failed starts"):
        return dispatcher.async_dispatcher_connect(
            hass, config_entries.SIGNAL_CONFIG_ENTRY_CHANGED, listener
        )
    return _nothing_to_end


def _nothing_to_end() -> None:
    """End what was never begun."""


def is_traced() -> bool:
    """Return whether what is returned now will be kept in a trace.

    That is what automations and scripts are told. Where it cannot be found out, it is
    taken to be kept: less is told then.
    """
    with DoingWithout("actions leave out codes and phone numbers everywhere"):
        return trace.trace_id_get() is not None
    return True


def frontend_base() -> str | None:
    """Return the address under which the page that asks now has Home Assistant open.

    It is `None` where no page asks. Where it cannot be found out, it is none, too.
    """
    with DoingWithout("no sign-in comes back to localhost"):
        request = http.current_request.get()
        return request.headers.get(HEADER_FRONTEND_BASE) if request else None
    return None


@callback
def async_withdraw_sign_in(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take back what asks for a new sign-in."""
    with DoingWithout("a request to sign in again stays although it is not needed"):
        flows = entry.async_get_active_flows(hass, {config_entries.SOURCE_REAUTH})
        for flow in list(flows):
            hass.config_entries.flow.async_abort(flow["flow_id"])


@callback
def async_show_next_step(flow: FlowHandler[Any, Any, str]) -> None:
    """Have the page that shows a dialog ask for its step anew, whatever it is."""
    with DoingWithout("dialogs only continue when a button in them is selected"):
        flow.async_notify_flow_changed()


async def async_serve_module(
    hass: HomeAssistant, path: str, folder: Path, module: str
) -> bool:
    """Serve a folder, and have each page of Home Assistant load a module from it.

    Returns whether that can be done.
    """
    with DoingWithout("there is no dashboard card"):
        await hass.http.async_register_static_paths(
            [http_server.StaticPathConfig(path, str(folder))]
        )
        frontend.add_extra_js_url(hass, f"{path}/{module}")
        return True
    return False


async def async_add_page(
    hass: HomeAssistant, path: str, element: str, module: str
) -> bool:
    """Have Home Assistant show an element as a page of its own, which no menu lists.

    The module defines it. Returns whether that can be done.
    """
    with DoingWithout("links to accounts lead to where all are listed"):
        await panel_custom.async_register_panel(
            hass,
            frontend_url_path=path,
            webcomponent_name=element,
            module_url=module,
        )
        return True
    return False
