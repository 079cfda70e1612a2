"""Accounts that Beeper lists under another ID, such as one moved to this device.

Such an account keeps its device and its entities, with all that a person has made of
them, and so its history. Whose an account is has to be known for that over a restart.
"""

import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.storage import Store

from .account_marks import AccountMarks, Sources, find_moves, sources
from .api import Account
from .beeper_data import BeeperData
from .const import CONF_NO_REPAIRS_FOR, DOMAIN
from .devices import account_devices, account_identifier
from .entity import account_device_info
from .issues import async_end_account_issues
from .odd_items import nameless_kinds
from .runtime import BeeperConfigEntry

_LOGGER = logging.getLogger(__name__)

_VERSION = 1

type _Stored = dict[str, list[object]]


def _store(hass: HomeAssistant, entry: BeeperConfigEntry) -> Store[_Stored]:
    return Store(hass, _VERSION, f"{DOMAIN}.{entry.entry_id}", private=True)


async def async_follow_moves(hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
    """Let accounts keep what they have for as long as the entry is loaded.

    This has to be before any entity is added, and before anybody else hears of an answer.
    """
    store = _store(hass, entry)
    moves = MovedAccounts(hass, entry, store, await _async_stored(store))
    moves.update()
    coordinator = entry.runtime_data.coordinator
    entry.async_on_unload(coordinator.async_add_listener(moves.update))


async def _async_stored(store: Store[_Stored]) -> _Stored:
    """Return what is stored; nothing where that cannot be read, or is something else.

    Then accounts that move meanwhile are new ones. That costs nothing that is there.
    """
    try:
        stored: object = await store.async_load()
    except HomeAssistantError, OSError:
        _LOGGER.warning(
            "What is known of moved accounts cannot be read; it starts anew"
        )
        return {}
    return stored if isinstance(stored, dict) else {}


async def async_forget_accounts(hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
    """Forget whose accounts an entry had that is removed."""
    await _store(hass, entry).async_remove()


class MovedAccounts:
    """The accounts of an entry, and whose each is."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: BeeperConfigEntry,
        store: Store[_Stored],
        stored: _Stored,
    ) -> None:
        """Begin with the accounts that there were when Home Assistant ran last."""
        self._hass = hass
        self._entry = entry
        self._store = store
        self._known = {
            account_id: AccountMarks.from_list(marks)
            for account_id, marks in stored.items()
        }
        self._listed: dict[str, AccountMarks] | None = None
        self._marked: dict[str, tuple[Account, Sources, AccountMarks]] = {}
        """The marks of each account as it was last, and what they were made of."""

    @callback
    def update(self) -> None:
        """Look for accounts that have moved, where others are listed than before."""
        coordinator = self._entry.runtime_data.coordinator
        data = coordinator.data
        self._marked = {
            account.account_id: self._mark(data, account)
            for account in data.accounts.values()
        }
        listed = {account_id: marked[2] for account_id, marked in self._marked.items()}
        if listed == self._listed:
            return
        self._listed = listed
        registered = account_devices(self._hass, self._entry)
        # One without an ID may be any of those that are gone
        if "account" not in nameless_kinds(coordinator.client.oddities):
            for account_id, new_id in find_moves(
                self._known, listed, registered
            ).items():
                self._move(data, registered.pop(account_id), account_id, new_id)
        self._remember(
            {
                account_id: marks
                for account_id, marks in self._known.items()
                if account_id in registered
            }
            | listed
        )

    def _mark(
        self, data: BeeperData, account: Account
    ) -> tuple[Account, Sources, AccountMarks]:
        """Return whose an account is; as last known where Beeper does not tell now."""
        account_id = account.account_id
        marked = self._marked.get(account_id)
        if marked is not None and marked[0] is account:
            return marked
        told = sources(data, account)
        if marked is not None and marked[1] == told:
            return account, told, marked[2]
        marks = AccountMarks.of(data, account, self._entry.entry_id)
        if not marks.person:
            marks = self._known.get(account_id, marks)
        return account, told, marks

    def _remember(self, known: dict[str, AccountMarks]) -> None:
        if known == self._known:
            return
        self._known = known
        stored = {account_id: marks.as_list() for account_id, marks in known.items()}
        # Home Assistant waits for it before the entry can be set up anew
        self._entry.async_create_task(self._hass, self._store.async_save(stored))

    def _move(
        self, data: BeeperData, device: dr.AnyDeviceEntry, old_id: str, new_id: str
    ) -> None:
        """Give an account under its new ID all that it had under the old one."""
        hass, entry = self._hass, self._entry
        runtime = entry.runtime_data
        _LOGGER.info(
            "Beeper lists %s under another ID; its device and its entities stay",
            device.name,
        )
        data.names.move(old_id, new_id)
        if old_id in runtime.histories:
            runtime.histories[new_id] = runtime.histories.pop(old_id)
        runtime.outages.move(old_id, new_id)
        for login in runtime.logins.known:
            if login.account_id == old_id:
                login.account_id = new_id
        async_end_account_issues(hass, entry, [old_id])
        silenced: list[str] = entry.options.get(CONF_NO_REPAIRS_FOR, [])
        if old_id in silenced:
            kept = [new_id if silent == old_id else silent for silent in silenced]
            hass.config_entries.async_update_entry(
                entry, options={**entry.options, CONF_NO_REPAIRS_FOR: kept}
            )
        devices = dr.async_get(hass)
        devices.async_update_device(
            device.id, new_identifiers={account_identifier(entry, new_id)}
        )
        devices.async_get_or_create(
            config_entry_id=entry.entry_id,
            **account_device_info(runtime.coordinator, data.accounts[new_id]),
        )
        entities = er.async_get(hass)
        prefix = f"{entry.entry_id}_{old_id}_"
        for entity in er.async_entries_for_device(
            entities, device.id, include_disabled_entities=True
        ):
            if entity.platform == DOMAIN:
                key = entity.unique_id.removeprefix(prefix)
                entities.async_update_entity(
                    entity.entity_id, new_unique_id=f"{entry.entry_id}_{new_id}_{key}"
                )
