"""The log of outages of an entry's accounts: follows what Beeper says, and is kept on disk.

What an outage is says `account_outages.py`. All accounts are followed, those that raise no
repair issue too. Sensors, card and diagnostics read the log.
"""

from collections.abc import Coroutine
from datetime import datetime
from functools import partial
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .account_outages import AccountOutages, Month, last_step
from .api import AccountStatus
from .const import DOMAIN, HEALTHY, LOST, OUTAGE_STEP
from .coordinator import BeeperCoordinator
from .devices import account_devices, async_follow_removed_accounts
from .slices import async_for_each

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1

_SAVE_DELAY: Final = 60
"""Seconds until what is new is stored: an account may be lost again and again."""

_ENDING: Final = HEALTHY | {AccountStatus.DISABLED}
"""Statuses that end an outage: nobody misses messages of what they have switched off."""

type _Stored = dict[str, object]


def _store(hass: HomeAssistant, entry: ConfigEntry) -> Store[_Stored]:
    return Store(hass, _VERSION, f"{DOMAIN}.{entry.entry_id}.outages", private=True)


async def async_forget_outages(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget the outages of an entry that is removed."""
    await _store(hass, entry).async_remove()


class OutageLog:
    """The outages of all accounts of an entry, while it is loaded."""

    def __init__(self, hass: HomeAssistant, coordinator: BeeperCoordinator) -> None:
        """Begin without any."""
        self._hass = hass
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._store = _store(hass, self._entry)
        self._accounts: dict[str, AccountOutages] = {}
        """Of accounts that were lost at least once."""
        self._is_unsaved = False
        self._listeners: set[CALLBACK_TYPE] = set()
        self._cancel_timer: CALLBACK_TYPE | None = None

    def of(self, account_id: str) -> AccountOutages:
        """Return the outages of an account."""
        return self._accounts.get(account_id) or AccountOutages()

    # --- What is kept

    async def async_load(self) -> None:
        """Go on from what was there before a restart; begin anew if that cannot be read.

        Of accounts that are gone meanwhile nothing is kept.
        """
        try:
            stored: object = await self._store.async_load()
        except HomeAssistantError, OSError:
            _LOGGER.warning("The outages of accounts cannot be read; they start anew")
            return
        if not isinstance(stored, dict):
            return
        known = account_devices(self._hass, self._entry)
        for account_id in stored.keys() & known.keys():
            self._accounts[account_id] = AccountOutages()
            self._accounts[account_id].restore(stored[account_id])

    @callback
    def move(self, old_id: str, new_id: str) -> None:
        """Let an account under another ID keep its outages."""
        if old_id in self._accounts:
            self._accounts[new_id] = self._accounts.pop(old_id)
            self._keep()

    def _keep(self) -> None:
        self._is_unsaved = True
        self._store.async_delay_save(self._as_stored, _SAVE_DELAY)

    def _as_stored(self) -> _Stored:
        self._is_unsaved = False
        return {
            account_id: outages.as_dict()
            for account_id, outages in self._accounts.items()
        }

    @callback
    def _async_keep_now(self) -> Coroutine[None, None, None] | None:
        """Store what waits for it; Home Assistant sets up the entry anew after that."""
        return self._store.async_save(self._as_stored()) if self._is_unsaved else None

    # --- What is noted

    @callback
    def start(self) -> None:
        """Follow the accounts until the entry is unloaded.

        This has to be when accounts under another ID are known.
        """
        entry = self._entry
        entry.async_on_unload(self._async_keep_now)
        entry.async_on_unload(self._stop_timer)
        entry.async_on_unload(self._coordinator.async_add_listener(self.update))
        entry.async_on_unload(
            async_follow_removed_accounts(self._hass, entry, self._forget)
        )
        # In another time zone it may be another month
        entry.async_on_unload(
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._tick)
        )
        self.update()
        self._start_timer()

    @callback
    def update(self) -> None:
        """Note which accounts are lost and which are back, by Beeper's last good answer.

        What connects may still go either way, and what is missing, or has a status from
        the future, says nothing. While Beeper does not answer, nothing is new.
        """
        is_news = False
        for account_id, account in self._coordinator.data.accounts.items():
            if account.status in LOST:
                outages = self._accounts.setdefault(account_id, AccountOutages())
                is_news |= outages.begin()
            elif account.status in _ENDING and account_id in self._accounts:
                is_news |= self._accounts[account_id].end()
        if is_news:
            self._keep()
            self._start_timer()

    @callback
    def _forget(self, account_id: str) -> None:
        if self._accounts.pop(account_id, None):
            self._keep()

    # --- Time that passes

    def _start_timer(self) -> None:
        """Come back when there is something else to tell though nothing has happened."""
        self._stop_timer()
        now = dt_util.utcnow()
        due = Month.of(now).end
        if any(outages.since for outages in self._accounts.values()):
            due = min(due, last_step(now) + OUTAGE_STEP)
        self._cancel_timer = async_track_point_in_utc_time(
            self._hass,
            HassJob(self._tick, "outages of accounts", cancel_on_shutdown=True),
            due,
        )

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when something else is to be told because of the time alone.

        Returns what ends that.
        """
        self._listeners.add(listener)
        return partial(self._listeners.discard, listener)

    @callback
    def _tick(self, _: datetime | Event) -> None:
        """Have the sensors look at the time."""
        self._start_timer()
        self._entry.async_create_background_task(
            self._hass,
            async_for_each(list(self._listeners), lambda listener: listener()),
            f"{DOMAIN} outages that last",
        )

    @callback
    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
