"""By which way people have signed in last, which is offered first the next time."""

from collections.abc import Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api import LoginSessionStatus
from ..limits import MAX_SHOWN_ID
from .engine import LoginEngine
from .form import Way

CONF_LAST_WAYS: Final = "last_ways"
"""Option: the IDs of the ways that led to a connected account, by bridge ID."""


@callback
def async_remember_ways(
    hass: HomeAssistant, entry: ConfigEntry, logins: LoginEngine
) -> None:
    """Note by which way each login of an entry was complete, whoever ran it."""

    @callback
    def note() -> None:
        before = _last_ways(entry)
        after = dict(before)
        for login in logins.known:
            bridge_id, flow_id = login.session.bridge_id, login.flow_id
            if (
                login.session.status == LoginSessionStatus.COMPLETE
                and flow_id
                and max(len(bridge_id), len(flow_id)) <= MAX_SHOWN_ID
            ):
                after[bridge_id] = flow_id
        if after != before:
            hass.config_entries.async_update_entry(
                entry, options={**entry.options, CONF_LAST_WAYS: after}
            )

    entry.async_on_unload(logins.async_add_listener(note))


def last_first(entry: ConfigEntry, bridge_id: str, ways: list[Way]) -> list[Way]:
    """Return ways to sign in with the one first that was used last."""
    last = _last_ways(entry).get(bridge_id)
    return sorted(ways, key=lambda way: way.id != last)


def _last_ways(entry: ConfigEntry) -> Mapping[str, str]:
    ways: Mapping[str, str] = entry.options.get(CONF_LAST_WAYS, {})
    return ways
