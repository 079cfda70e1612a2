"""System health: whether Beeper can be reached, and how it stands there.

Where there are several Beepers, each line has them all, in the order of their entries.
Nothing tells whose they are: the page is made to be copied.
"""

import asyncio
from collections.abc import Sequence

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .api import BeeperError, Info
from .connection import async_create_client
from .const import DOMAIN
from .errors import Context, error_key
from .limits import MAX_NAME
from .runtime import BeeperConfigEntry
from .texts import plain, without_contact_details
from .version import async_get_version

TIMEOUT = 5
"""Seconds that Beeper has to answer; somebody is looking at the page."""

type Answer = Info | str
"""What Beeper says, or why it says nothing in the words of the page."""


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register what there is to tell."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, object]:
    """Return what is known, and what can be found out by asking Beeper."""
    entries: list[BeeperConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_disabled=False
    )
    if not entries:
        return {}
    coordinators = [
        entry.runtime_data.coordinator
        if entry.state is ConfigEntryState.LOADED
        else None
        for entry in entries
    ]
    installed = await async_get_version(hass)
    # One question has the answer to three lines
    asking = hass.async_create_task(_ask(hass, entries))
    return {
        "integration_version": installed.number,
        "is_release": installed.is_release,
        "reachable": _reachable(asking),
        "version": _version(asking),
        "remote_access": _remote_access(asking),
        "accounts": _line(
            [
                len(coordinator.data.accounts) if coordinator else None
                for coordinator in coordinators
            ]
        ),
        "last_good_poll": _line(
            [
                coordinator.last_update_success_time if coordinator else None
                for coordinator in coordinators
            ]
        ),
    }


async def _ask(
    hass: HomeAssistant, entries: Sequence[BeeperConfigEntry]
) -> Sequence[Answer]:
    """Ask each Beeper who it is; that needs no token."""
    return await asyncio.gather(*(_ask_one(hass, entry) for entry in entries))


async def _ask_one(hass: HomeAssistant, entry: BeeperConfigEntry) -> Answer:
    try:
        async with asyncio.timeout(TIMEOUT):
            return await async_create_client(hass, entry.data).info()
    except TimeoutError:
        return "timeout"
    except BeeperError as err:
        return error_key(err, Context.SYSTEM_HEALTH)


async def _reachable(asking: asyncio.Task[Sequence[Answer]]) -> object:
    """Return the first failure there is."""
    for answer in await asking:
        if isinstance(answer, str):
            return {"type": "failed", "error": answer}
    return "ok"


async def _version(asking: asyncio.Task[Sequence[Answer]]) -> object:
    return _line(
        [
            plain(without_contact_details(answer.app.version), MAX_NAME)
            if isinstance(answer, Info) and answer.app.version
            else None
            for answer in await asking
        ]
    )


async def _remote_access(asking: asyncio.Task[Sequence[Answer]]) -> object:
    return _line(
        [
            answer.server.remote_access if isinstance(answer, Info) else None
            for answer in await asking
        ]
    )


def _line(values: Sequence[object]) -> object:
    """Return what stands in a line: the value, or all of them where there are several.

    A single value keeps its type, by which the page shows times in the local zone.
    """
    known = ["unknown" if value is None else value for value in values]
    if len(known) == 1:
        return known[0]
    return ", ".join(str(value).lower() for value in known)
