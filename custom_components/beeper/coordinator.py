"""The poll: bridges and accounts become `BeeperData`.

What it found decides when to poll next.
"""

import logging
from time import monotonic
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import (
    TimestampDataUpdateCoordinator,
    UpdateFailed,
)
from homeassistant.util import dt as dt_util

from .api import (
    BeeperAuthenticationError,
    BeeperClient,
    BeeperError,
    BeeperNotFoundError,
    BeeperResponseError,
    BeeperScopeError,
    Info,
)
from .beeper_data import BeeperData, merged
from .const import DOMAIN, POLL_INTERVAL, REFRESH_COOLDOWN, SIGN_IN_NEEDED
from .devices import account_devices, async_register_hub
from .distinct_names import DistinctNames
from .errors import Context, error_key
from .internals import async_withdraw_sign_in
from .item_listeners import ItemListeners, ListedItem
from .oauth import sign_in_due
from .odd_items import OddItems, UnknownStatuses, nameless_kinds
from .poll_interval import FastReasons, backed_off, next_interval, still_there
from .stale_items import StaleItems
from .token_refusals import TokenRefusals

_LOGGER = logging.getLogger(__name__)


class BeeperCoordinator(TimestampDataUpdateCoordinator[BeeperData]):
    """Polls one Beeper."""

    config_entry: ConfigEntry

    hub_device_id: str
    """Device registry ID of the hub; there from the first good answer on."""

    info: Info
    """Who answered at set-up."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, client: BeeperClient
    ) -> None:
        """Poll through this client on behalf of this entry."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=POLL_INTERVAL,
            always_update=False,
            request_refresh_debouncer=Debouncer(
                # Home Assistant would wait at a stop for what is not in the background
                hass,
                _LOGGER,
                cooldown=REFRESH_COOLDOWN,
                immediate=True,
                background=True,
            ),
        )
        self.client = client
        self.is_login_running = False
        """Whether a login session has not ended; then an account is about to change."""
        self.item_listeners = ItemListeners(hass, entry)
        """Those who are told of one account or bridge alone."""
        self._answer: tuple[object, object] = (None, None)
        self._version: str | None = None
        self.failures = 0
        """Polls in a row without a good answer."""
        self._outage: str | None = None
        self._token_refusals = TokenRefusals()
        self._fast_reasons: FastReasons = {}
        self._stale_items = StaleItems(hass, entry)
        self._names = DistinctNames(
            {
                account_id: device.name
                for account_id, device in account_devices(hass, entry).items()
            }
        )
        self._odd_items = OddItems()
        self._unknown_statuses = UnknownStatuses()
        # It happens once at most, but a listener for once cannot be removed after it
        entry.async_on_unload(
            hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._async_on_stop)
        )

    async def _async_on_stop(self, _: Event) -> None:
        """Begin no poll any more, also none that somebody has just asked for."""
        await self.async_shutdown()

    @override
    async def _async_setup(self) -> None:
        """Ask once who it is."""
        try:
            self.info = await self.client.info()
        except BeeperNotFoundError as err:
            # Every Beeper has this page
            other = BeeperResponseError("What answers is not Beeper")
            raise await self._failure(other) from err
        except BeeperError as err:
            raise await self._failure(err) from err

    @override
    async def _async_update_data(self) -> BeeperData:
        """Return what Beeper says now.

        It is the very same object as before when nothing has changed.
        """
        try:
            bridges = await self.client.bridges()
            accounts = await self.client.accounts()
        except BeeperError as err:
            self._back_off()
            failure = await self._failure(err)
            self._note_outage(failure.translation_key)
            raise failure from err
        self.failures = 0
        if self._token_refusals.accepted():
            self._withdraw_sign_in()

        if self._version != self.client.version or self.data is None:
            self._version = self.client.version
            self.hub_device_id = async_register_hub(
                self.hass, self.config_entry, self.info, self._version
            )
        data = self.data
        if self._answer[0] is not bridges or self._answer[1] is not accounts:
            data = merged(bridges, accounts, self._names)
            self._answer = (bridges, accounts)
            self._look_at(data)
        self._stale_items.count()
        self._choose_interval(data)
        return data

    # --- Who is told

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: object = None
    ) -> CALLBACK_TYPE:
        """Call a listener after each answer that is not the last one.

        One with a `ListedItem` as its context is only called where that has changed.
        """
        if isinstance(context, ListedItem):
            return self.item_listeners.async_add(update_callback, context)
        return super().async_add_listener(update_callback, context)

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Call those of the whole answer, then those of one account or bridge."""
        super().async_update_listeners()
        if self.data is not None:
            self.item_listeners.async_update(
                self.data, is_available=self.last_update_success
            )

    def _look_at(self, data: BeeperData) -> None:
        """Log what is odd in a new answer, and note what is missing."""
        oddities, version = self.client.oddities, self.client.version
        self._unknown_statuses.report(data.accounts.values(), version)
        self._odd_items.report(oddities, version)
        self._stale_items.note(data, nameless_kinds(oddities))

    # --- Outages

    @property
    def outage(self) -> str | None:
        """Why there is no good answer, as a translation key; `None` where there is."""
        if self.last_update_success:
            return None
        return self._outage or "unknown"

    @callback
    def _note_outage(self, outage: str | None) -> None:
        """Note why there is no good answer.

        Home Assistant notifies listeners of the beginning and the end of an outage, but
        not where one has become another.
        """
        before = self.outage
        self._outage = outage
        if before not in (None, outage):
            self.async_update_listeners()

    # --- When to poll next

    def _choose_interval(self, data: BeeperData) -> None:
        """Poll fast while an account is about to change, or a login runs."""
        now = monotonic()
        was_login_running = None in self._fast_reasons
        if data is not self.data or self.is_login_running is not was_login_running:
            reasons: list[str | None] = [
                account.account_id for account in data.transitional
            ]
            if self.is_login_running:
                reasons.append(None)
            self._fast_reasons = still_there(self._fast_reasons, reasons, now)
        self.update_interval = next_interval(self._fast_reasons, now)

    def _back_off(self) -> None:
        """Ask ever less often without good answers."""
        self._stale_items.begin_anew()
        self.failures += 1
        self.update_interval = backed_off(self.failures)

    # --- Why there is no good answer

    async def _failure(self, err: BeeperError) -> UpdateFailed | ConfigEntryAuthFailed:
        """Return what Home Assistant should make of an error of the client."""
        if isinstance(err, BeeperNotFoundError):
            err = await self._reason_not_found(err)
        key = error_key(err, Context.POLL)
        if key == "invalid_auth" and await self.client.is_signed_out():
            # Its tokens come back with whoever signs in
            key = "signed_out"
        if key in SIGN_IN_NEEDED:
            return self._token_refused(key)
        retry_after = err.retry_after
        if retry_after is not None and self.update_interval is not None:
            # Never ask more often than without it
            retry_after = max(retry_after, self.update_interval.total_seconds())
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=key,
            retry_after=retry_after,
        )

    def _token_refused(
        self, translation_key: str
    ) -> UpdateFailed | ConfigEntryAuthFailed:
        """Ask for a new token, and return what Home Assistant should make of it.

        A Beeper that is starting up, or a proxy before it, may refuse a token that is
        accepted a minute later. After `ConfigEntryAuthFailed` Home Assistant would never
        poll again, so that is only for an entry that is not set up.
        """
        if self._answer[0] is None:
            return ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=translation_key
            )
        if self._token_refusals.refused():
            self.config_entry.async_start_reauth(self.hass)
        return UpdateFailed(translation_domain=DOMAIN, translation_key=translation_key)

    @callback
    def _withdraw_sign_in(self) -> None:
        """Take back what asks for a new token: the one there is works again."""
        due = sign_in_due(self.config_entry.data)
        if due is not None and due <= dt_util.utcnow():
            # It is asked for all the same, because the token ends soon
            return
        async_withdraw_sign_in(self.hass, self.config_entry)

    async def _reason_not_found(self, err: BeeperNotFoundError) -> BeeperError:
        """Tell a Beeper that is too old from another server, which has no such page either.

        Returns the error as it is for the former.
        """
        try:
            await self.client.info()
        except BeeperNotFoundError, BeeperAuthenticationError, BeeperScopeError:
            # Every Beeper has this page, and shows it to everybody
            return BeeperResponseError("What answers is not Beeper")
        except BeeperError as other:
            return other
        return err
