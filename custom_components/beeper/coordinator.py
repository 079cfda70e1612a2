"""The poll: bridges and accounts become `BeeperData`.

What it found decides when to poll next.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
import logging
from time import monotonic
from typing import TYPE_CHECKING, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import (
    TimestampDataUpdateCoordinator,
    UpdateFailed,
)
from homeassistant.util import dt as dt_util

from .api import (
    Account,
    AccountBridge,
    AccountStatus,
    AppState,
    BeeperAuthenticationError,
    BeeperCertificateError,
    BeeperClient,
    BeeperConnectionError,
    BeeperError,
    BeeperNotFoundError,
    BeeperRateLimitError,
    BeeperResponseError,
    BeeperScopeError,
    BeeperServerError,
    Bridge,
    Info,
)
from .const import (
    DOMAIN,
    FAST_POLL_INTERVAL,
    FAST_POLL_LIMIT,
    HEALTHY,
    MAX_BACKOFF,
    NEEDING_ATTENTION,
    POLL_INTERVAL,
    REFRESH_COOLDOWN,
    STALE_AFTER,
    STALE_ANSWERS,
    TRANSITIONAL,
)
from .distinct_names import DistinctNames
from .internals import async_withdraw_sign_in
from .oauth import sign_in_due
from .odd_items import OddItems, has_nameless_account
from .status_history import StatusHistories, StatusHistory
from .texts import MAX_NAME, shortened

if TYPE_CHECKING:
    from .login.engine import LoginEngine
    from .login.seen import LoginsSeen

_LOGGER = logging.getLogger(__name__)

_OUTAGES: tuple[tuple[type[BeeperError], str], ...] = (
    (BeeperCertificateError, "invalid_certificate"),
    (BeeperConnectionError, "cannot_connect"),
    (BeeperNotFoundError, "unsupported_version"),
    (BeeperRateLimitError, "rate_limited"),
    (BeeperServerError, "server_error"),
    (BeeperError, "invalid_response"),
)
"""What to tell of an error that is not about the token."""

type BeeperConfigEntry = ConfigEntry[BeeperRuntimeData]


@dataclass(frozen=True)
class BeeperRuntimeData:
    """What an entry has while it is loaded."""

    coordinator: BeeperCoordinator
    logins: LoginEngine
    seen: LoginsSeen
    histories: StatusHistories = field(
        default_factory=lambda: defaultdict(StatusHistory)
    )


@dataclass(frozen=True, eq=False)
class BeeperData:
    """One answer of Beeper.

    Accounts are by account ID, bridges by bridge ID, both in Beeper's order. `names`
    remembers what accounts are called from one answer to the next.

    Two of them are only equal when they are the same object, which is what an unchanged
    poll returns.
    """

    accounts: Mapping[str, Account]
    bridges: Mapping[str, Bridge]
    names: DistinctNames = field(default_factory=DistinctNames)

    def bridge_of(self, account: Account) -> AccountBridge | Bridge | None:
        """Return the bridge an account runs on.

        Beeper Desktop before 4.2.785 only tells it the other way round.
        """
        bridge = account.bridge
        if bridge is None:
            return self._bridge_by_account.get(account.account_id)
        if bridge.type is None or bridge.provider is None:
            return self.bridges.get(bridge.id, bridge)
        return bridge

    @cached_property
    def _bridge_by_account(self) -> Mapping[str, Bridge]:
        return {
            account.account_id: bridge
            for bridge in self.bridges.values()
            for account in bridge.accounts
        }

    @cached_property
    def connected(self) -> tuple[Account, ...]:
        """Accounts whose messages flow."""
        return tuple(
            account for account in self.accounts.values() if account.status in HEALTHY
        )

    @cached_property
    def needing_attention(self) -> tuple[Account, ...]:
        """Accounts that wait for a person."""
        return tuple(
            account
            for account in self.accounts.values()
            if account.status in NEEDING_ATTENTION
        )

    @cached_property
    def transitional(self) -> tuple[Account, ...]:
        """Accounts that are about to change their status by themselves."""
        return tuple(
            account
            for account in self.accounts.values()
            if account.status in TRANSITIONAL
        )


@dataclass
class _Absence:
    """Since when and from how many good answers an account has been missing.

    `since` is in monotonic seconds.
    """

    since: float
    answers: int = 0


class BeeperCoordinator(TimestampDataUpdateCoordinator[BeeperData]):
    """Polls one Beeper."""

    config_entry: BeeperConfigEntry

    hub_device_id: str
    """Device registry ID of the hub; there from the first good answer on."""

    info: Info
    """Who answered at set-up."""

    def __init__(
        self, hass: HomeAssistant, entry: BeeperConfigEntry, client: BeeperClient
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
                hass, _LOGGER, cooldown=REFRESH_COOLDOWN, immediate=True
            ),
        )
        self.client = client
        self.is_login_running = False
        """Whether a login session has not ended; then an account is about to change."""
        self._answer: tuple[object, object] = (None, None)
        self._version: str | None = None
        self.failures = 0
        """Polls in a row without a good answer."""
        self._outage: str | None = None
        self._is_token_refused = False
        """Whether Beeper has refused the token since its last good answer."""
        self._fast_since: dict[str | None, float] = {}
        """Since when, in monotonic seconds, each reason to poll fast has been there.

        A reason is the ID of an account, or `None` for a login session.
        """
        self._absences: dict[str, _Absence] = {}
        self._reported_statuses: set[str] = set()
        self._names = DistinctNames(
            {
                account_id: device.name
                for device in dr.async_entries_for_config_entry(
                    dr.async_get(hass), entry.entry_id
                )
                if (account_id := account_id_of(entry, device))
            }
        )
        self._odd_items = OddItems()

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
        if self._is_token_refused:
            self._withdraw_sign_in()

        if self._version != self.client.version or self.data is None:
            self._register_hub()
        data = self.data
        if self._answer[0] is not bridges or self._answer[1] is not accounts:
            data = _merge(bridges, accounts, self._names)
            self._answer = (bridges, accounts)
            self._report_unknown_statuses(data)
            self._odd_items.report(self.client.oddities, self.client.version)
            self._note_absences(data)
        if self._absences:
            self._remove_stale_devices()
        self._choose_interval(data)
        return data

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
        """Poll fast while there is a reason for it that has not been there for too long."""
        now = monotonic()
        reasons: list[str | None] = [
            account.account_id for account in data.transitional
        ]
        if self.is_login_running:
            reasons.append(None)
        self._fast_since = {
            reason: self._fast_since.get(reason, now) for reason in reasons
        }
        limit = FAST_POLL_LIMIT.total_seconds()
        is_fast = any(now - since < limit for since in self._fast_since.values())
        self.update_interval = FAST_POLL_INTERVAL if is_fast else POLL_INTERVAL

    def _back_off(self) -> None:
        """Back off without good answers: ask after 15, 30, 60, 60 ... seconds."""
        # What was missing before an outage may just have been going down with it
        self._absences = {
            account_id: _Absence(monotonic()) for account_id in self._absences
        }
        self.update_interval = min(
            POLL_INTERVAL * 2 ** min(self.failures, 8), MAX_BACKOFF
        )
        self.failures += 1

    async def _failure(self, err: BeeperError) -> UpdateFailed | ConfigEntryAuthFailed:
        """Return what Home Assistant should make of an error of the client."""
        if isinstance(err, BeeperScopeError):
            return self._token_refused("missing_scope")
        if isinstance(err, BeeperAuthenticationError):
            if not await self._is_signed_out():
                return self._token_refused("invalid_auth")
            translation_key = "signed_out"
        else:
            if isinstance(err, BeeperNotFoundError):
                err = await self._reason_not_found(err)
            translation_key = next(
                key for kind, key in _OUTAGES if isinstance(err, kind)
            )
        retry_after = err.retry_after
        if retry_after is not None and self.update_interval is not None:
            # Never ask more often than without it
            retry_after = max(retry_after, self.update_interval.total_seconds())
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=translation_key,
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
        self._is_token_refused = True
        if self._answer[0] is None:
            return ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=translation_key
            )
        self.config_entry.async_start_reauth(self.hass)
        return UpdateFailed(translation_domain=DOMAIN, translation_key=translation_key)

    @callback
    def _withdraw_sign_in(self) -> None:
        """Take back what asks for a new token: the one there is works again."""
        self._is_token_refused = False
        due = sign_in_due(self.config_entry.data)
        if due is not None and due <= dt_util.utcnow():
            # It is asked for all the same, because the token ends soon
            return
        async_withdraw_sign_in(self.hass, self.config_entry)

    async def _is_signed_out(self) -> bool:
        """Tell a signed-out Beeper from a token that is no good.

        Nobody is signed in to such a Beeper, and its tokens come back.
        """
        try:
            setup = await self.client.app_setup()
        except BeeperError:
            return False
        return setup.state == AppState.NEEDS_LOGIN

    async def _reason_not_found(self, err: BeeperNotFoundError) -> BeeperError:
        """Tell a Beeper that is too old from another server, which has no such page either.

        Returns the error as it is for the former.
        """
        try:
            await self.client.info()
        except BeeperNotFoundError:
            return BeeperResponseError("What answers is not Beeper")
        except BeeperError as other:
            return other
        return err

    # --- The devices

    @callback
    def _register_hub(self) -> None:
        """Create the hub device, or tell it that Beeper was updated."""
        entry = self.config_entry
        self._version = self.client.version
        self.hub_device_id = (
            dr.async_get(self.hass)
            .async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={(DOMAIN, entry.entry_id)},
                entry_type=dr.DeviceEntryType.SERVICE,
                manufacturer="Beeper",
                model=self.info.app.product,
                name="Beeper",
                sw_version=shortened(
                    self._version or self.info.app.version or "", MAX_NAME
                )
                or None,
            )
            .id
        )

    def _report_unknown_statuses(self, data: BeeperData) -> None:
        statuses = {
            account.status for account in data.accounts.values() if account.status
        }
        for status in statuses - set(AccountStatus) - self._reported_statuses:
            _LOGGER.warning(
                "Beeper %s reports the connection status %r, which this version of the integration does not "
                "know; it is shown as unknown until you update the integration",
                shortened(self.client.version or "", MAX_NAME),
                shortened(status, MAX_NAME),
            )
        self._reported_statuses |= statuses

    def _note_absences(self, data: BeeperData) -> None:
        """Start counting for account devices without an account, stop for those back.

        An answer without any account proves nothing, and what is missing right after it
        may be on its way: a signed-in Beeper lists at least its own Matrix account, an
        empty list comes from one that is still starting up. Nor does one with an account
        that has no ID: it may be any of those that are missing.
        """
        if not data.accounts or has_nameless_account(self.client.oddities):
            self._absences.clear()
            return
        now = monotonic()
        devices = dr.async_entries_for_config_entry(
            dr.async_get(self.hass), self.config_entry.entry_id
        )
        known = {
            account_id
            for device in devices
            if (account_id := account_id_of(self.config_entry, device))
        }
        self._absences = {
            account_id: self._absences.get(account_id, _Absence(now))
            for account_id in known - data.accounts.keys()
        }

    @callback
    def _remove_stale_devices(self) -> None:
        """Count this answer, and remove devices whose account is missing for good."""
        now = monotonic()
        entry_id = self.config_entry.entry_id
        registry = dr.async_get(self.hass)
        for account_id, absence in list(self._absences.items()):
            absence.answers += 1
            missing_for = now - absence.since
            if (
                absence.answers < STALE_ANSWERS
                or missing_for < STALE_AFTER.total_seconds()
            ):
                continue
            del self._absences[account_id]
            if device := registry.async_get_device_by_identifier(
                (DOMAIN, f"{entry_id}_{account_id}"), entry_id
            ):
                _LOGGER.info(
                    "%s was removed from Beeper; removing its device", device.name
                )
                registry.async_remove_device(device.id)


def account_id_of(entry: BeeperConfigEntry, device: dr.AnyDeviceEntry) -> str | None:
    """Return the ID of the account that a device of this entry stands for.

    It is `None` for the hub.
    """
    prefix = f"{entry.entry_id}_"
    return next(
        (
            identifier.removeprefix(prefix)
            for domain, identifier in device.identifiers
            if domain == DOMAIN and identifier.startswith(prefix)
        ),
        None,
    )


def _merge(
    bridges: tuple[Bridge, ...], accounts: tuple[Account, ...], names: DistinctNames
) -> BeeperData:
    """Both lists name accounts; an account that is in one of them exists.

    Where the one does not tell its status, the other may.
    """
    by_id = {account.account_id: account for account in accounts}
    for bridge in bridges:
        for account in bridge.accounts:
            known = by_id.setdefault(account.account_id, account)
            if known.status is None:
                by_id[account.account_id] = account
    return BeeperData(
        accounts=by_id,
        bridges={bridge.id: bridge for bridge in bridges},
        names=names,
    )
