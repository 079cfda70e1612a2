"""Notifications: what a person is told of their accounts, where Configure says "Tell me".

How it gets to phones and notify entities is in `recipients.py`.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
import logging
import re
from time import monotonic
from typing import Final

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry, ConfigEntryChange
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .api import Account, AccountStatus
from .const import (
    CONF_NO_REPAIRS_FOR,
    CONF_NOTIFY_WARNINGS,
    CONF_REMIND_AFTER,
    DISCONNECTED_AFTER,
    DOMAIN,
    HEALTHY,
    LOST,
    NEEDING_ATTENTION,
    UNSTABLE_LOSSES,
    UNSTABLE_WITHIN,
)
from .devices import account_devices, account_path, configure_path
from .internals import async_follow_entries
from .issues import reconnect_issue_id
from .limits import MAX_STATE
from .names import account_name
from .recipients import Chosen, Notification, Recipients
from .runtime import BeeperConfigEntry
from .texts import is_blank, plain, shortened
from .words import async_status, async_words

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1

UNSTABLE: Final = "unstable"
DISCONNECTED: Final = "lost"
NEEDS_ATTENTION: Final = "needs_attention"

_KINDS: Final = (UNSTABLE, DISCONNECTED, NEEDS_ATTENTION)
"""As what an account can have been told of; each is news after those before it."""

_NUMBER: Final = re.compile(r"\d+")

type _Stored = dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True)
class _Told:
    """What a person was told last of an account: as what, since when it is so, and when."""

    kind: str
    since: datetime
    at: datetime


@dataclass
class _Watched:
    """What was seen of an account since Home Assistant started.

    `due` is when it has had its time to come back, in monotonic seconds. `losses` are
    when it was lost within the last hour: in monotonic seconds, and by the clock.
    """

    is_lost: bool = False
    due: float | None = None
    losses: list[tuple[float, datetime]] = field(default_factory=list)


def _time(value: str) -> datetime:
    return dt_util.as_utc(datetime.fromisoformat(value))


_TOLD: Final = vol.Schema(
    {
        vol.Required("kind"): vol.In(_KINDS),
        vol.Required("since"): _time,
        vol.Required("at"): _time,
    }
)

_STORED: Final = vol.Schema(
    {
        vol.Required("told"): {str: _TOLD},
        vol.Required("warned"): {str: {vol.Required("text"): str}},
    }
)


def _store(hass: HomeAssistant, entry: ConfigEntry) -> Store[_Stored]:
    return Store(
        hass, _VERSION, f"{DOMAIN}.{entry.entry_id}.notifications", private=True
    )


async def async_notify_of_accounts(
    hass: HomeAssistant, entry: BeeperConfigEntry
) -> None:
    """Tell of the accounts of an entry for as long as it is loaded.

    This has to be when its sensors know their histories.
    """
    notifications = AccountNotifications(hass, entry, _store(hass, entry))
    await notifications.async_load()
    # Before that, nobody can be told: phones and automations are not there yet
    entry.async_on_unload(async_at_started(hass, notifications.start))


async def async_forget_notifications(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget what was told of an entry that is removed."""
    await _store(hass, entry).async_remove()


class AccountNotifications:
    """What a person was told of the accounts of a loaded entry, and is to be told next.

    An account that is lost is told of once, as the repair issue is raised: what needs a
    person at once, what is disconnected after a while. It is told of again when it is
    back. One that is lost again and again is told of as such, and then no more until it
    has been well for a while. What was told is kept over restarts.
    """

    def __init__(
        self, hass: HomeAssistant, entry: BeeperConfigEntry, store: Store[_Stored]
    ) -> None:
        """Begin with nothing told."""
        self._hass = hass
        self._entry = entry
        self._store = store
        self._coordinator = entry.runtime_data.coordinator
        self._messages = Messages(hass, entry)
        self._told: dict[str, _Told] = {}
        self._warned: dict[str, str] = {}
        """What Beeper said on a connected account, as far as it was told."""
        self._watched: dict[str, _Watched] = {}
        self._kept = self._as_stored()
        self._cancel_timer: CALLBACK_TYPE | None = None

    async def async_load(self) -> None:
        """Go on from what was told before a restart; begin anew if that cannot be read."""
        try:
            kept = _STORED(await self._store.async_load() or {"told": {}, "warned": {}})
        except HomeAssistantError, OSError, vol.Invalid, ValueError, TypeError:
            _LOGGER.warning("What was told of accounts cannot be read; it starts anew")
            return
        self._told = {account: _Told(**told) for account, told in kept["told"].items()}
        self._warned = {
            account: warned["text"] for account, warned in kept["warned"].items()
        }
        self._kept = self._as_stored()

    @callback
    def start(self, _: HomeAssistant) -> None:
        """Follow the accounts, and the entry's options, until the entry is unloaded."""
        entry = self._entry
        entry.async_on_unload(self._coordinator.async_add_listener(self.update))
        entry.async_on_unload(async_follow_entries(self._hass, self._on_entry_changed))
        entry.async_on_unload(self._stop_timer)
        self.update()

    @callback
    def _on_entry_changed(self, _: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Follow the entry's options."""
        if entry is self._entry:
            self.update()

    @callback
    def update(self, _: datetime | None = None) -> None:
        """Tell what is to be told by Beeper's last answer, and by the entry's options.

        An outage says nothing of accounts. After it they may be on their way: those
        disconnected get their time anew.
        """
        self._stop_timer()
        if not Chosen.from_options(self._entry.options):
            self._told.clear()
            self._warned.clear()
            self._watched.clear()
        elif not self._coordinator.last_update_success:
            for watched in self._watched.values():
                watched.due = None
        else:
            self._look()
            self._start_timer()
        self._keep()

    def _look(self) -> None:
        """Look at all accounts of Beeper's last answer."""
        accounts = self._coordinator.data.accounts
        silenced: list[str] = self._entry.options.get(CONF_NO_REPAIRS_FOR, [])
        if gone := (self._told | self._warned).keys() - accounts.keys():
            for account_id in gone - account_devices(self._hass, self._entry).keys():
                self._forget(account_id)
        for account_id, account in accounts.items():
            if account_id in silenced or account.status == AccountStatus.DISABLED:
                self._forget(account_id)
            elif account.status in LOST:
                self._look_at_lost(account)
            elif account.status in HEALTHY:
                self._look_at_healthy(account)

    def _look_at_lost(self, account: Account) -> None:
        """Tell of an account that is lost, if that is news or to be brought to mind."""
        now = monotonic()
        watched = self._watched.setdefault(account.account_id, _Watched())
        if not watched.is_lost:
            watched.is_lost = True
            watched.losses.append((now, self._lost_since(account)))
        if watched.due is None:
            watched.due = now + DISCONNECTED_AFTER.total_seconds()
        told = self._told.get(account.account_id)
        is_unstable = self._is_unstable(watched)
        if account.status in NEEDING_ATTENTION or now >= watched.due:
            kind = (
                NEEDS_ATTENTION if account.status in NEEDING_ATTENTION else DISCONNECTED
            )
            is_news = told is None or (
                not is_unstable and _KINDS.index(kind) > _KINDS.index(told.kind)
            )
            if is_news or self._is_reminder_due(account.account_id):
                self._tell(account, kind)
        elif told is None and is_unstable:
            self._tell(account, UNSTABLE)

    def _look_at_healthy(self, account: Account) -> None:
        """Tell that an account is back, or what Beeper says on one that never was away."""
        account_id = account.account_id
        watched = self._watched.setdefault(account_id, _Watched())
        watched.is_lost = False
        watched.due = None
        told = self._told.get(account_id)
        if told and self._is_unstable(watched):
            if told.kind != UNSTABLE:
                self._tell(account, UNSTABLE, is_quiet=True)
            return
        if told:
            self._tell_connected(account, told)
        if account.status == AccountStatus.CONNECTED:
            self._look_at_warning(account)

    def _look_at_warning(self, account: Account) -> None:
        """Tell what Beeper says on a connected account, if it is something else.

        A number that has changed, such as of days, is the same warning.
        """
        account_id = account.account_id
        is_wanted = self._entry.options.get(CONF_NOTIFY_WARNINGS, False)
        said = _said(account) if is_wanted else ""
        warned = self._warned.get(account_id)
        if not said:
            if warned is not None:
                self._withdraw(account_id)
        elif _NUMBER.sub("", said) != _NUMBER.sub("", warned or ""):
            self._warned[account_id] = said
            self._messages.send_warning(account)

    # --- What is known of an account

    def _lost_since(self, account: Account) -> datetime:
        """Return since when an account is lost, as its sensor says if it is enabled."""
        history = self._entry.runtime_data.histories.get(account.account_id)
        stay = history.stays.get("lost") if history else None
        return stay.since if stay else dt_util.utcnow()

    @staticmethod
    def _is_unstable(watched: _Watched) -> bool:
        """Return whether an account was lost again and again of late."""
        begin = monotonic() - UNSTABLE_WITHIN.total_seconds()
        watched.losses = [loss for loss in watched.losses if loss[0] > begin]
        return len(watched.losses) >= UNSTABLE_LOSSES

    def _reminder_due(self, account_id: str) -> datetime | None:
        """Return when to bring an account to mind that still is as it was told."""
        hours: float | None = self._entry.options.get(CONF_REMIND_AFTER)
        told = self._told.get(account_id)
        if not hours or told is None or told.kind == UNSTABLE:
            return None
        return told.at + timedelta(hours=hours)

    def _is_reminder_due(self, account_id: str) -> bool:
        due = self._reminder_due(account_id)
        return due is not None and due <= dt_util.utcnow()

    # --- Telling it

    def _tell(self, account: Account, kind: str, *, is_quiet: bool = False) -> None:
        """Tell that an account is not as it should be."""
        account_id = account.account_id
        told = self._told.get(account_id)
        is_known = told is not None and told.kind != UNSTABLE
        since = told.since if told and is_known else self._lost_since(account)
        self._told[account_id] = _Told(kind, since, dt_util.utcnow())
        self._warned.pop(account_id, None)
        if kind == UNSTABLE:
            losses = self._watched[account_id].losses
            self._messages.send_unstable(
                account, len(losses), losses[0][1], is_quiet=is_quiet
            )
        else:
            self._messages.send_lost(account, kind, since)

    def _tell_connected(self, account: Account, told: _Told) -> None:
        """Tell that an account is back."""
        del self._told[account.account_id]
        self._messages.send_connected(account, told.since)

    def _forget(self, account_id: str) -> None:
        """Follow an account no more: it is gone, or switched off, or not to be told of."""
        self._watched.pop(account_id, None)
        self._withdraw(account_id)

    def _withdraw(self, account_id: str) -> None:
        """Take back what was told of an account."""
        told = self._told.pop(account_id, None)
        if self._warned.pop(account_id, None) is not None or told is not None:
            self._messages.withdraw(account_id)

    # --- What is kept

    def _as_stored(self) -> _Stored:
        return {
            "told": {
                account_id: {
                    "kind": told.kind,
                    "since": told.since.isoformat(),
                    "at": told.at.isoformat(),
                }
                for account_id, told in self._told.items()
            },
            "warned": {
                account_id: {"text": text} for account_id, text in self._warned.items()
            },
        }

    def _keep(self) -> None:
        """Keep over a restart what was told."""
        if (stored := self._as_stored()) != self._kept:
            self._kept = stored
            # Home Assistant waits for it before the entry can be set up anew
            self._entry.async_create_task(self._hass, self._store.async_save(stored))

    # Nobody hears of a poll in which nothing changed, but time passes

    def _start_timer(self) -> None:
        """Come back when the next account is to be told of, if nothing happens to it."""
        now, clock = monotonic(), dt_util.utcnow()
        due: list[float] = []
        for account_id, watched in self._watched.items():
            if watched.due is not None:
                due.append(watched.due - now)
            if self._is_unstable(watched):
                calm = watched.losses[-UNSTABLE_LOSSES][0]
                due.append(calm + UNSTABLE_WITHIN.total_seconds() - now)
            if watched.is_lost and (reminder := self._reminder_due(account_id)):
                due.append((reminder - clock).total_seconds())
        if seconds := min((each for each in due if each > 0), default=0):
            self._cancel_timer = async_call_later(
                self._hass,
                seconds,
                HassJob(self.update, "accounts to tell of", cancel_on_shutdown=True),
            )

    @callback
    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None


# --- The words


class Messages:
    """What is told, in the language of Home Assistant, one after the other.

    What is newer replaces what is older, so nothing may overtake.
    """

    def __init__(self, hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
        """Begin with nothing to send."""
        self._hass = hass
        self._entry = entry
        self._recipients = Recipients(hass)
        self._outbox: deque[Callable[[], Awaitable[None]]] = deque()
        self._is_sending = False

    def send_lost(self, account: Account, kind: str, since: datetime) -> None:
        """Tell that an account was lost, and since when it is."""
        self._send(
            account,
            kind,
            "since",
            link=self._page(account),
            has_button=True,
            time=_clock(since),
        )

    def send_unstable(
        self, account: Account, count: int, since: datetime, *, is_quiet: bool
    ) -> None:
        """Tell how often an account was lost; only phones show what is quiet."""
        self._send(
            account,
            UNSTABLE,
            "times",
            link=self._page(account),
            has_button=True,
            is_quiet=is_quiet,
            time=_clock(since),
            count=str(count),
        )

    def send_warning(self, account: Account) -> None:
        """Tell what Beeper says on an account that is connected."""
        self._send(account, "warned", link=self._page(account))

    def send_connected(self, account: Account, since: datetime) -> None:
        """Tell that an account is back, and when it was lost."""
        self._send(account, "connected", "lost_at", has_words=False, time=_clock(since))

    def withdraw(self, account_id: str) -> None:
        """Take back what was told of an account."""
        self._post(
            partial(
                self._recipients.async_withdraw, self._chosen, self._tag(account_id)
            )
        )

    def _send(
        self,
        account: Account,
        title: str,
        addition: str | None = None,
        *,
        link: str | None = None,
        has_words: bool = True,
        has_button: bool = False,
        is_quiet: bool = False,
        **gaps: str,
    ) -> None:
        """Tell what Beeper says of an account, between a title and an addition of ours.

        These two are keys of our words, and the gaps are what is filled in there.
        """
        gaps["account"] = plain(
            account_name(self._entry.runtime_data.coordinator.data, account)
        )
        tag = self._tag(account.account_id)
        chosen = self._chosen

        async def send() -> None:
            words = await async_words(self._hass, "notification")
            lines = []
            if has_words:
                status = str(account.status)
                lines.append(_said(account) or await async_status(self._hass, status))
            if addition is not None:
                lines.append(words[addition].format(**gaps))
            await self._recipients.async_send(
                chosen,
                Notification(
                    tag=tag,
                    title=words[title].format(**gaps),
                    message="\n".join(lines),
                    link=link,
                    button=words["reconnect"] if has_button else None,
                    is_quiet=is_quiet,
                ),
            )

        self._post(send)

    def _post(self, send: Callable[[], Awaitable[None]]) -> None:
        self._outbox.append(send)
        if not self._is_sending:
            self._is_sending = True
            self._entry.async_create_background_task(
                self._hass, self._async_send_all(), "notifications"
            )

    async def _async_send_all(self) -> None:
        try:
            while self._outbox:
                await self._outbox.popleft()()
        finally:
            self._is_sending = False

    @property
    def _chosen(self) -> Chosen:
        return Chosen.from_options(self._entry.options)

    def _tag(self, account_id: str) -> str:
        """Return by what phones know the notifications of an account again.

        It goes through the servers of others, and IDs may be made of phone numbers.
        """
        digest = sha256(f"{self._entry.entry_id}_{account_id}".encode()).hexdigest()
        return f"{DOMAIN}_{digest[:16]}"

    def _page(self, account: Account) -> str:
        """Return where an account is reconnected: on its own page, if there is one.

        Else it is at its repair, if it has one that is listed.
        """
        account_id = account.account_id
        if path := account_path(self._hass, self._entry, account_id):
            return path
        issue = ir.async_get(self._hass).async_get_issue(
            DOMAIN, reconnect_issue_id(self._entry, account_id)
        )
        if issue is None or issue.dismissed_version:
            return configure_path(self._entry)
        return "/config/repairs"


def _said(account: Account) -> str:
    """Return what Beeper says of an account, without a way to reach anybody."""
    said = shortened(account.status_text or "", MAX_STATE)
    return "" if is_blank(said) else said


def _clock(time: datetime) -> str:
    """Return a time as people here read it; with its day if that is not today."""
    local = dt_util.as_local(time)
    is_today = local.date() == dt_util.now().date()
    return local.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M")
