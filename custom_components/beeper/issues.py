"""Repair issues: which ones an entry raises, and when they go.

The flow that fixes the fixable one is in `repairs.py`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from time import monotonic

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import CONF_URL
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .api import Account, AccountStatus
from .const import (
    CONF_NO_REPAIRS_FOR,
    DISCONNECTED_AFTER,
    DOMAIN,
    HEALTHY,
    LOST,
    MIN_VERSION,
    NEEDING_ATTENTION,
    SETTLED_AFTER,
    SIGN_IN_NEEDED,
    UNREACHABLE_AFTER,
)
from .devices import async_follow_removed_accounts
from .internals import async_follow_entries
from .markdown import escape
from .names import account_name
from .runtime import BeeperConfigEntry
from .slices import async_for_each
from .texts import plain

UNREACHABLE = "unreachable"
"""Beeper has given no good answer for a while, for most reasons."""

INVALID_CERTIFICATE = "invalid_certificate"
"""Its certificate has been one not to trust for a while."""

AFTER_A_WHILE = frozenset({UNREACHABLE, INVALID_CERTIFICATE})
"""Outages that may end by themselves."""

AT_ONCE = frozenset({"signed_out", "unsupported_version"})
"""Outages that do not end by themselves."""


@callback
def async_setup_issues(hass: HomeAssistant) -> None:
    """Follow all entries, whether they can be loaded or not."""
    hass.data[_OUTAGE_ISSUES] = OutageIssues(hass)


@callback
def async_raise_issues(hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
    """Raise and clear the issues of an entry for as long as it is loaded."""
    coordinator = entry.runtime_data.coordinator
    outages = hass.data[_OUTAGE_ISSUES]
    accounts = AccountIssues(hass, entry)

    @callback
    def update() -> None:
        outages.update(entry, coordinator.outage)
        accounts.update()

    update()
    entry.async_on_unload(coordinator.async_add_listener(update))


# --- Accounts


def reconnect_issue_id(entry: BeeperConfigEntry, account_id: str) -> str:
    """Return the ID of the issue for an account that needs attention."""
    return f"reconnect_{entry.entry_id}_{account_id}"


@callback
def async_end_account_issues(
    hass: HomeAssistant, entry: BeeperConfigEntry, account_ids: Iterable[str]
) -> None:
    """End the issues of accounts that were signed out; nobody is needed for them."""
    for account_id in account_ids:
        ir.async_delete_issue(hass, DOMAIN, reconnect_issue_id(entry, account_id))


class AccountIssues:
    """The issues of the accounts of a loaded entry.

    An issue that is not active (ignored, or from before a restart) is still known: it
    is raised again as the one it was. Only an account that is healthy or switched off
    loses its issue; the next loss is then a new one.

    Others end issues, too: Home Assistant when the dialog of one is complete, and who
    signs an account out. Such an account has some time to be well, or gone.
    """

    def __init__(self, hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
        """Follow the accounts of this entry until it is unloaded."""
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data.coordinator
        # When an account has had its time to come back, in monotonic seconds
        self._disconnected_until: dict[str, float] = {}
        self._settling_until: dict[str, float] = {}
        self._silenced: frozenset[str] = frozenset()
        """IDs of the accounts that may raise no issue."""
        self._seen: Mapping[str, Account] = {}
        """The accounts that were looked at since the last outage."""
        self._cancel_timer: CALLBACK_TYPE | None = None
        entry.async_on_unload(self._stop_timer)
        entry.async_on_unload(async_follow_removed_accounts(hass, entry, self._clear))
        entry.async_on_unload(
            hass.bus.async_listen(
                ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, self._on_issue_updated
            )
        )
        entry.async_on_unload(async_follow_entries(hass, self._on_entry_changed))

    @callback
    def update(self, _: datetime | None = None) -> None:
        """Raise and clear issues by Beeper's last answer, and by the entry's options.

        An outage, and an account that is missing, change nothing about them. But after
        an outage accounts may be on their way: those disconnected get their time anew.
        """
        self._stop_timer()
        before, self._silenced = self._silenced, self._silenced_now()
        looks = {*(before ^ self._silenced)}
        if self._coordinator.last_update_success:
            accounts = self._coordinator.data.accounts
            seen, self._seen = self._seen, accounts
            looks.update(self._disconnected_until, self._settling_until)
            looks.update(
                account_id
                for account_id, account in accounts.items()
                if seen.get(account_id) is not account
            )
        else:
            self._disconnected_until.clear()
            self._seen = {}
        self._entry.async_create_background_task(
            self._hass, self._async_look_at(looks), f"{DOMAIN} issues of accounts"
        )

    async def _async_look_at(self, account_ids: Collection[str]) -> None:
        """Raise and clear issues by what there is of each account when its turn comes."""
        await async_for_each(account_ids, self._update)
        self._start_timer()

    def _silenced_now(self) -> frozenset[str]:
        """Return the IDs of the accounts that may raise no issue."""
        return frozenset(self._entry.options.get(CONF_NO_REPAIRS_FOR, ()))

    def _update(self, account_id: str) -> None:
        """Raise or clear an account's issue; what connects may still go either way."""
        if account_id in self._silenced:
            self._clear(account_id)
            return
        account = self._coordinator.data.accounts.get(account_id)
        if account is None or not self._coordinator.last_update_success:
            return
        if account.status in HEALTHY or account.status == AccountStatus.DISABLED:
            self._clear(account.account_id)
        elif not self._is_settling(account) and (
            account.status in NEEDING_ATTENTION or self._is_lost(account)
        ):
            self._raise(account)

    def _is_settling(self, account: Account) -> bool:
        """Return whether somebody has just seen to an account.

        What Beeper says of it may still be from before.
        """
        return monotonic() < self._settling_until.get(account.account_id, 0.0)

    def _is_lost(self, account: Account) -> bool:
        """Return whether an account is disconnected and has had its time to come back.

        Attempts to connect in between are part of that time.
        """
        if account.status != AccountStatus.DISCONNECTED:
            return False
        issue_id = reconnect_issue_id(self._entry, account.account_id)
        if ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id):
            return True
        now = monotonic()
        until = now + DISCONNECTED_AFTER.total_seconds()
        return now >= self._disconnected_until.setdefault(account.account_id, until)

    def _raise(self, account: Account) -> None:
        """Raise an account's issue; one that is there is updated if it has changed."""
        name = plain(account_name(self._coordinator.data, account))
        is_disconnected = account.status == AccountStatus.DISCONNECTED
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            reconnect_issue_id(self._entry, account.account_id),
            data={
                "entry_id": self._entry.entry_id,
                "account_id": account.account_id,
            },
            is_fixable=True,
            # It may come back by itself
            severity=ir.IssueSeverity.WARNING
            if is_disconnected
            else ir.IssueSeverity.ERROR,
            translation_key="disconnected" if is_disconnected else "reconnect",
            translation_placeholders={"name": name, "account": escape(name)},
        )

    def _clear(self, account_id: str) -> None:
        self._disconnected_until.pop(account_id, None)
        self._settling_until.pop(account_id, None)
        ir.async_delete_issue(
            self._hass, DOMAIN, reconnect_issue_id(self._entry, account_id)
        )

    @callback
    def _on_issue_updated(self, event: Event[ir.EventIssueRegistryUpdatedData]) -> None:
        """Give an account its time if somebody else has ended its issue.

        That is one which still ought to have an issue.
        """
        prefix = reconnect_issue_id(self._entry, "")
        issue_id = event.data["issue_id"]
        if event.data["action"] != "remove" or not issue_id.startswith(prefix):
            return
        account_id = issue_id.removeprefix(prefix)
        account = self._coordinator.data.accounts.get(account_id)
        if account and account.status in LOST and account_id not in self._silenced:
            self._settling_until[account_id] = (
                monotonic() + SETTLED_AFTER.total_seconds()
            )
            self._start_timer()

    @callback
    def _on_entry_changed(self, _: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Follow the entry's options."""
        if entry is self._entry:
            self.update()

    # Nobody hears of a poll in which nothing changed, but time passes

    def _start_timer(self) -> None:
        """Come back when the next account has had its time."""
        self._stop_timer()
        now = monotonic()
        due = (*self._disconnected_until.values(), *self._settling_until.values())
        if seconds := min((each - now for each in due if each > now), default=0):
            self._cancel_timer = async_call_later(
                self._hass,
                seconds,
                HassJob(self.update, "accounts to come back", cancel_on_shutdown=True),
            )

    @callback
    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None


# --- Beeper as a whole


class OutageIssues:
    """The issues of entries whose Beeper gives no good answer.

    They are not part of a loaded entry, because one may never get so far, and each
    attempt to set it up begins from nothing.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Follow all entries, for as long as Home Assistant runs."""
        self._hass = hass
        self._cancel_timers: dict[str, CALLBACK_TYPE] = {}
        self._kinds: dict[str, str] = {}
        """As what an outage that may end by itself is to be told, by entry ID."""
        async_follow_entries(hass, self._on_entry_changed)

    @callback
    def update(self, entry: BeeperConfigEntry, outage: str | None) -> None:
        """Raise or clear the issue of an outage.

        `outage` says why there is no good answer, as a translation key. An issue stays
        until there is one, or until an issue of another kind takes its place.
        """
        if outage is None or outage in SIGN_IN_NEEDED:
            self._stop_timer(entry)
            self._clear(entry)
        elif outage in AT_ONCE:
            self._stop_timer(entry)
            self._raise(entry, outage)
        else:
            self._kinds[entry.entry_id] = (
                outage if outage in AFTER_A_WHILE else UNREACHABLE
            )
            if self._is_told(entry):
                self._tell(entry)
            else:
                self._start_timer(entry)

    def _is_told(self, entry: BeeperConfigEntry) -> bool:
        """Return whether there is an issue for an outage that has had its time."""
        registry = ir.async_get(self._hass)
        issues = (
            registry.async_get_issue(DOMAIN, _outage_issue_id(entry, kind))
            for kind in AFTER_A_WHILE
        )
        return any(issue is not None and issue.active for issue in issues)

    def _tell(self, entry: BeeperConfigEntry) -> None:
        self._raise(entry, self._kinds[entry.entry_id])

    def _start_timer(self, entry: BeeperConfigEntry) -> None:
        """Give Beeper some time to come back."""
        if entry.entry_id not in self._cancel_timers:
            self._cancel_timers[entry.entry_id] = async_call_later(
                self._hass,
                UNREACHABLE_AFTER,
                HassJob(
                    callback(lambda _: self._tell(entry)),
                    "outage",
                    cancel_on_shutdown=True,
                ),
            )

    def _stop_timer(self, entry: BeeperConfigEntry) -> None:
        self._kinds.pop(entry.entry_id, None)
        if cancel := self._cancel_timers.pop(entry.entry_id, None):
            cancel()

    def _raise(self, entry: BeeperConfigEntry, kind: str) -> None:
        """Raise an issue, and clear those of the other kinds."""
        self._clear(entry, but=kind)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _outage_issue_id(entry, kind),
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=kind,
            translation_placeholders={
                "name": plain(entry.title),
                "url": escape(entry.data[CONF_URL]),
                "minutes": str(UNREACHABLE_AFTER // timedelta(minutes=1)),
                "min_version": MIN_VERSION,
            },
        )

    def _clear(self, entry: BeeperConfigEntry, but: str | None = None) -> None:
        for kind in (AFTER_A_WHILE | AT_ONCE) - {but}:
            ir.async_delete_issue(self._hass, DOMAIN, _outage_issue_id(entry, kind))

    @callback
    def _on_entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Follow what becomes of an entry."""
        if entry.domain != DOMAIN:
            return
        if change is ConfigEntryChange.REMOVED or entry.disabled_by:
            self._stop_timer(entry)
            _clear_all(self._hass, entry)
        elif entry.state is ConfigEntryState.SETUP_RETRY:
            self.update(entry, entry.error_reason_translation_key or UNREACHABLE)
        elif entry.state is ConfigEntryState.SETUP_ERROR:
            # Beeper has answered: it wants another token
            self.update(entry, None)
        elif entry.state is ConfigEntryState.NOT_LOADED:
            self._stop_timer(entry)


_OUTAGE_ISSUES: HassKey[OutageIssues] = HassKey(f"{DOMAIN}_outage_issues")


def _outage_issue_id(entry: BeeperConfigEntry, kind: str) -> str:
    return f"{kind}_{entry.entry_id}"


def _clear_all(hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
    """Clear all issues of an entry, those that were raised before a restart too."""
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and entry.entry_id in issue_id:
            ir.async_delete_issue(hass, domain, issue_id)
