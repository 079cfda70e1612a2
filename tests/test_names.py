"""Names of accounts: each has its own, and keeps it."""

import time
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.distinct_names import DistinctNames
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulator import Fault, Simulator

from .conftest import Poll, StateOf
from .dialog import Dialogs

BRIDGE = {"id": "local-whatsapp", "provider": "local", "type": "whatsapp"}
GONE_FOR_GOOD = 4
"""Polls, five minutes apart."""


def account(account_id: str, **user: str) -> dict[str, Any]:
    """Return a WhatsApp account of which only the number is known, if not more."""
    number = f"1555555{sum(map(ord, account_id)):04}"
    return {
        "accountID": account_id,
        "bridge": BRIDGE,
        "network": "WhatsApp",
        "status": "attention_required",
        "user": {"id": f"@whatsapp_{number}:x", "fullName": f"+{number}"} | user,
    }


class Beeper:
    """A Beeper whose list of accounts is as a test wants it."""

    def __init__(self, hass: HomeAssistant, beeper: Simulator, poll: Poll) -> None:
        """Let it answer by faults."""
        self._hass = hass
        self._beeper = beeper
        self._poll = poll
        beeper.inject(Fault(path="/v1/bridges", body=b'{"items": []}'))

    def serve(self, *accounts: dict[str, Any]) -> None:
        """List these accounts from now on, in this order."""
        self._beeper.clear_faults()
        self._beeper.inject(Fault(path="/v1/bridges", body=b'{"items": []}'))
        self._beeper.inject(Fault(path="/v1/accounts", body=orjson.dumps(accounts)))

    async def list(self, *accounts: dict[str, Any]) -> None:
        """List these accounts, and let it be seen."""
        self.serve(*accounts)
        await self._poll()

    async def lose_others(self, *accounts: dict[str, Any]) -> None:
        """List these accounts for so long that the devices of others go."""
        self.serve(*accounts)
        await self._poll()
        for number in range(GONE_FOR_GOOD):
            # Else nothing has changed
            accounts[0]["statusText"] = str(number)
            self.serve(*accounts)
            await self._poll(301)


@pytest.fixture
def world(hass: HomeAssistant, beeper: Simulator, poll: Poll) -> Beeper:
    """Return a Beeper that lists what a test wants."""
    return Beeper(hass, beeper, poll)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the entry up, or anew as after a restart."""
    if entry.state.recoverable:
        assert await hass.config_entries.async_reload(entry.entry_id)
    else:
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def names(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str | None]:
    """Return the names of the devices of accounts, by account ID."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {
        identifier.removeprefix(f"{entry.entry_id}_"): device.name
        for device in devices
        for _, identifier in device.identifiers
        if identifier != entry.entry_id
    }


async def test_accounts_of_one_name_are_numbered(
    hass: HomeAssistant, entry: MockConfigEntry, world: Beeper, state_of: StateOf
) -> None:
    """In the order in which Beeper lists them, and without a digit of their numbers."""
    world.serve(account("b"), account("a"), account("c", fullName="Alice Example"))
    await set_up(hass, entry)

    assert names(hass, entry) == {
        "b": "WhatsApp",
        "a": "WhatsApp (2)",
        "c": "WhatsApp (Alice Example)",
    }
    state = state_of("a_status")
    assert state.entity_id == "sensor.whatsapp_2_status"
    needing = state_of("accounts_needing_attention")
    assert needing.attributes["accounts"] == [
        "WhatsApp",
        "WhatsApp (2)",
        "WhatsApp (Alice Example)",
    ]


async def test_accounts_of_one_person_are_numbered(
    hass: HomeAssistant, entry: MockConfigEntry, world: Beeper
) -> None:
    """One may have several on a network."""
    alice = {"fullName": "Alice Example"}
    world.serve(account("a", **alice), account("b", **alice), account("c", **alice))
    await set_up(hass, entry)

    assert list(names(hass, entry).values()) == [
        "WhatsApp (Alice Example)",
        "WhatsApp (Alice Example) (2)",
        "WhatsApp (Alice Example) (3)",
    ]


@pytest.mark.parametrize("reload", [False, True])
async def test_name_does_not_change_with_others(
    hass: HomeAssistant, entry: MockConfigEntry, world: Beeper, *, reload: bool
) -> None:
    """Whoever comes first in the list, and whoever was there before a restart."""
    world.serve(account("a"), account("b"))
    await set_up(hass, entry)

    await world.list(account("c"), account("b"), account("d"), account("a"))
    if reload:
        world.serve(account("d"), account("c"), account("b"), account("a"))
        await set_up(hass, entry)

    assert names(hass, entry) == {
        "a": "WhatsApp",
        "b": "WhatsApp (2)",
        "c": "WhatsApp (3)",
        "d": "WhatsApp (4)",
    }


async def test_name_does_not_change_when_its_first_owner_goes(
    hass: HomeAssistant, entry: MockConfigEntry, world: Beeper
) -> None:
    """A name is free when the device is removed; others keep their numbers."""
    world.serve(account("a"), account("b"))
    await set_up(hass, entry)

    await world.list(account("b"))
    await world.list(account("b"), account("c"))
    assert names(hass, entry)["c"] == "WhatsApp (3)"

    await world.lose_others(account("b"), account("c"))
    await world.list(account("d"), account("b"), account("c"))
    await set_up(hass, entry)

    assert names(hass, entry) == {
        "b": "WhatsApp (2)",
        "c": "WhatsApp (3)",
        "d": "WhatsApp",
    }


async def test_account_that_comes_back_has_its_name(
    hass: HomeAssistant, entry: MockConfigEntry, world: Beeper
) -> None:
    """As long as it has its device, also over a restart without it."""
    world.serve(account("a"), account("b"))
    await set_up(hass, entry)
    world.serve(account("c"), account("b"))
    await set_up(hass, entry)
    await world.list(account("c"), account("b"), account("a"))

    assert names(hass, entry) == {
        "a": "WhatsApp",
        "b": "WhatsApp (2)",
        "c": "WhatsApp (3)",
    }


async def test_account_whose_person_becomes_known_is_called_so(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    world: Beeper,
    dialogs: Dialogs,
) -> None:
    """In dialogs at once, and its device after a restart; nobody gets its old name."""
    await world.list(account("a"), account("b"))
    for name in ("Example Club", "Example Society", "Example Club"):
        await world.list(account("a", fullName=name), account("b"), account("c"))
        dialog = await dialogs.configure("settings")
        assert list(dialog.choices("repairs_for").values()) == [
            f"WhatsApp ({name})",
            "WhatsApp (2)",
            "WhatsApp (3)",
        ]

    await set_up(hass, entry)
    listed = names(hass, entry)
    assert {account_id: listed[account_id] for account_id in "abc"} == {
        "a": "WhatsApp (Example Club)",
        "b": "WhatsApp (2)",
        "c": "WhatsApp (3)",
    }


async def test_devices_that_have_one_name_are_told_apart(
    hass: HomeAssistant, entry: MockConfigEntry, world: Beeper
) -> None:
    """As an earlier version left them: who was there first keeps the name."""
    for account_id in ("b", "a"):
        dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={("beeper", f"{entry.entry_id}_{account_id}")},
            name="WhatsApp",
        )
    world.serve(account("a"), account("b"))
    await set_up(hass, entry)

    assert names(hass, entry) == {"b": "WhatsApp", "a": "WhatsApp (2)"}


async def test_person_who_is_called_like_a_number(
    hass: HomeAssistant, entry: MockConfigEntry, world: Beeper
) -> None:
    """What is made up here may be what somebody is called."""
    two = {"fullName": "2"}
    world.serve(account("a"), account("b", **two), account("c"), account("d", **two))
    await set_up(hass, entry)

    assert list(names(hass, entry).values()) == [
        "WhatsApp",
        "WhatsApp (2)",
        "WhatsApp (3)",
        "WhatsApp (2) (2)",
    ]


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"fullName": "john.19851012"}, "WhatsApp (john.19851012)"),
        ({"fullName": "4915112345678"}, "WhatsApp"),
        ({"fullName": "555 0102"}, "WhatsApp"),
        ({"fullName": "+49\u200b170 1234567", "username": "alice"}, "WhatsApp (alice)"),
        ({"fullName": "\u3164\u200b", "username": "@alice"}, "WhatsApp (alice)"),
        ({"fullName": "\u202eecilA\nExample"}, "WhatsApp (ecilA Example)"),
        ({"fullName": "🦊"}, "WhatsApp (🦊)"),
        ({"fullName": "4915112345678@s.whatsapp.net"}, "WhatsApp"),
        ({"fullName": "@whatsapp_15555550100:x"}, "WhatsApp"),
    ],
)
async def test_name_of_a_person(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    world: Beeper,
    user: dict[str, str],
    name: str,
) -> None:
    """It is what can be read of it, if it is no number."""
    world.serve(account("a", **user))
    await set_up(hass, entry)

    assert names(hass, entry) == {"a": name}


@pytest.mark.parametrize(
    ("network", "bridge", "name"),
    [
        ("What\u00adsApp\u200b", BRIDGE, "WhatsApp"),
        ("\u200b", BRIDGE, "whatsapp"),
        ("+15555550100", BRIDGE, "whatsapp"),
        ("", BRIDGE | {"type": "\u200b"}, "Beeper"),
        ("", None, "Beeper"),
    ],
)
async def test_name_of_a_network(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    world: Beeper,
    network: str,
    bridge: dict[str, str] | None,
    name: str,
) -> None:
    """Where there is nothing to see of it, the bridge has one."""
    world.serve(account("a") | {"network": network, "bridge": bridge})
    await set_up(hass, entry)

    assert names(hass, entry) == {"a": name}


def test_many_accounts_of_one_name_take_no_time() -> None:
    """Nor do they leave anything behind that grows with each poll."""
    distinct = DistinctNames()

    began = time.process_time()
    given = [distinct.of(str(number), "WhatsApp") for number in range(20_000)]
    assert time.process_time() - began < 1.0
    assert len(set(given)) == 20_000
    assert given[-1] == "WhatsApp (20000)"


def test_account_that_is_called_as_before_has_its_number_again() -> None:
    """Beeper may know the person at one time and not at another."""
    distinct = DistinctNames({"a": "WhatsApp", "b": "WhatsApp (2)"})

    assert distinct.of("b", "WhatsApp (Alice Example)") == "WhatsApp (Alice Example)"
    assert distinct.of("b", "WhatsApp") == "WhatsApp (2)"
    assert distinct.of("c", "WhatsApp (Alice Example)") == "WhatsApp (Alice Example)"
    assert distinct.of("a", "WhatsApp") == "WhatsApp"


def test_names_that_change_with_each_poll_leave_nothing_behind() -> None:
    """Whatever Beeper makes up, there are as many names as accounts, or twice that."""
    distinct = DistinctNames()

    for number in range(1_000):
        for account_id in ("a", "b"):
            distinct.of(account_id, f"WhatsApp ({number} Example)")
    assert sum(map(len, vars(distinct).values())) < 20

    for account_id in ("a", "b", "never there"):
        distinct.forget(account_id)
    assert distinct.of("c", "WhatsApp (999 Example)") == "WhatsApp (999 Example)"
