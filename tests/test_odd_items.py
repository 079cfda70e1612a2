"""One odd account or bridge: it is shown as well as it can be, and costs no other."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import ClientSession
import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator

from .accounts import MATRIX, RESTLESS, WHATSAPP
from .conftest import OurLog, Poll, StateOf
from .lookup import get_device, get_schema

type Json = dict[str, object]
type Change = Callable[[Json], object]
type Answers = Callable[..., None]

UNKNOWN: dict[str, Change] = {
    "no status": lambda account: account.pop("status"),
    "null for a status": lambda account: account.update(status=None),
    "a number for a status": lambda account: account.update(status=7),
}
"""What leaves an account's status unknown."""

KNOWN: dict[str, Change] = {
    "no user": lambda account: account.pop("user"),
    "null for a user": lambda account: account.update(user=None),
    "a user without an ID": lambda account: account.update(user={"fullName": "Eve"}),
    "null for a bridge": lambda account: account.update(bridge=None),
    "a bridge without a type": lambda account: account.update(
        bridge={"id": "local-whatsapp"}
    ),
    "a number for a status text": lambda account: account.update(statusText=7),
    "an unknown member": lambda account: account.update(colour="green"),
}
"""What leaves it known."""

NAMELESS: dict[str, Change] = {
    "no ID": lambda account: account.pop("accountID"),
    "null for an ID": lambda account: account.update(accountID=None),
    "an empty ID": lambda account: account.update(accountID=""),
    "a list for an ID": lambda account: account.update(accountID=["a"]),
}
"""What leaves nobody to show."""


def changes(*kinds: dict[str, Change]) -> pytest.MarkDecorator:
    """Return the mark of a test that is for each of these changes."""
    return pytest.mark.parametrize(
        "change",
        [
            pytest.param(change, id=name)
            for kind in kinds
            for name, change in kind.items()
        ],
    )


@pytest.fixture
async def answers(beeper: Simulator) -> Answers:
    """Return a function that lets Beeper answer with its WhatsApp account changed.

    It is changed in both answers that list it, unless only in that of accounts.
    """
    for account_id in RESTLESS:
        beeper.set_status(account_id, "connected")
    headers = {"Authorization": f"Bearer {beeper.token}"}
    async with ClientSession(beeper.url, headers=headers) as session:
        bridges = await (await session.get("/v1/bridges")).json()

    def spoil(account: Json, changes: Iterable[Change], matrix: str) -> None:
        if account["accountID"] == MATRIX:
            account["status"] = matrix
        if account["accountID"] == WHATSAPP:
            for change in changes:
                change(account)

    def answers(
        *odd: Change,
        in_bridges: bool = True,
        bridge: Change | None = None,
        matrix: str = "connected",
    ) -> None:
        beeper.clear_faults()
        sent = orjson.loads(orjson.dumps(bridges))
        for item in sent["items"]:
            for account in item["accounts"]:
                spoil(account, odd if in_bridges else (), matrix)
            if bridge and item["id"] == "local-whatsapp":
                bridge(item)
        accounts = list(beeper.accounts.values())
        for account in accounts:
            spoil(account, odd, matrix)
        beeper.inject(Fault(path="/v1/bridges", body=orjson.dumps(sent)))
        beeper.inject(Fault(path="/v1/accounts", body=orjson.dumps(accounts)))

    return answers


@pytest.fixture
def others(hass: HomeAssistant, beeper: Simulator) -> Callable[[], dict[str, str]]:
    """Return a function that returns the states of all other accounts, by entity ID."""

    def others() -> dict[str, str]:
        return {
            state.entity_id: state.state
            for state in hass.states.async_all("sensor")
            if state.attributes.get("account_id") not in (None, WHATSAPP)
        }

    return others


@contextmanager
def nothing_raised(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that no exception was logged; the servers of tests log their own."""
    yield
    assert not [
        record
        for record in caplog.records
        if record.exc_info and not record.name.startswith("aiohttp.")
    ]


# --- While Beeper is watched


@changes(UNKNOWN, KNOWN)
async def test_odd_account_is_shown_as_well_as_it_can_be(
    answers: Answers,
    change: Change,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    others: Callable[[], dict[str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its status is unknown where Beeper does not tell; nobody else notices."""
    await poll()
    before = others()
    assert len(before) == 7

    answers(change)
    with nothing_raised(caplog):
        await poll()

    is_known = change not in UNKNOWN.values()
    state = state_of(f"{WHATSAPP}_status")
    assert state.state == ("reconnect_required" if is_known else STATE_UNKNOWN)
    assert state.attributes["bridge_type"] == "whatsapp"
    assert state.attributes["provider"] == "local"
    assert others() == before

    # And all is well again with the next answer that is
    answers()
    await poll()
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"
    assert others() == before


@changes(NAMELESS)
async def test_account_without_an_id_is_not_there(
    hass: HomeAssistant,
    answers: Answers,
    change: Change,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    others: Callable[[], dict[str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody knows which account it is: none loses its device for that."""
    await poll()
    before = others()
    answers(change)

    with nothing_raised(caplog):
        await poll()
        assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE
        assert others() == before
        for _ in range(5):
            await poll(601)

    assert get_device(hass, loaded, f"_{WHATSAPP}")
    answers()
    await poll()
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


@changes(UNKNOWN, NAMELESS)
@pytest.mark.usefixtures("loaded")
async def test_account_that_is_odd_in_one_answer_is_known_from_the_other(
    answers: Answers, change: Change, poll: Poll, state_of: StateOf
) -> None:
    """Bridges list their accounts once more."""
    answers(change, in_bridges=False)
    await poll()
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


@pytest.mark.usefixtures("loaded")
async def test_what_is_odd_is_said_once_for_as_long_as_it_is(
    answers: Answers, poll: Poll, our_log: OurLog
) -> None:
    """Said again only if it went and came back; no poll repeats it."""
    odd = UNKNOWN["no status"]
    for matrix in ("connected", "connecting", "connected"):
        answers(odd, matrix=matrix)
        await poll()
    [line] = our_log()
    assert line.startswith("WARNING Beeper 4.")
    assert line.endswith("1 of the accounts (Account.status)")
    assert WHATSAPP not in line

    # What is odd beside it is said by itself
    answers(odd, bridge=lambda bridge: bridge.pop("displayName"))
    await poll()
    assert our_log()[1].endswith(": 1 of the bridges (Bridge.displayName)")

    # An outage in between makes no difference
    answers(odd)
    await poll()
    assert len(our_log()) == 2

    answers()
    await poll()
    answers(odd, NAMELESS["no ID"])
    await poll()
    assert len(our_log()) == 3
    assert our_log()[2].endswith(
        ": accounts without an ID (Account.status, Account.accountID)"
    )


@pytest.mark.usefixtures("loaded")
async def test_outage_does_not_let_what_is_odd_be_said_again(
    beeper: Simulator, answers: Answers, poll: Poll, our_log: OurLog
) -> None:
    """It was odd before, and is after."""
    answers(UNKNOWN["no status"])
    await poll()
    await beeper.stop()
    await poll()
    await beeper.start()
    await poll(61)
    answers(UNKNOWN["no status"], matrix="connecting")
    await poll()
    assert [line.split()[0] for line in our_log()] == ["WARNING", "ERROR", "INFO"]


async def test_unreadable_text_is_no_outage(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, state_of: StateOf
) -> None:
    """Half an emoji at the end of a text is replaced."""
    accounts = list(beeper.accounts.values())
    accounts[0] |= {"status": "disconnected", "statusText": "HERE"}
    body = orjson.dumps(accounts).replace(b"HERE", rb"Phone not seen \ud83d")
    beeper.inject(Fault(path="/v1/accounts", body=body))

    await poll()

    state = state_of(f"{accounts[0]['accountID']}_status")
    assert state.state == "disconnected"
    assert state.attributes["status_text"] == "Phone not seen \ufffd"


# --- At set-up


@changes(UNKNOWN, KNOWN, NAMELESS)
async def test_odd_account_does_not_keep_others_from_being_set_up(
    hass: HomeAssistant,
    answers: Answers,
    change: Change,
    entry: MockConfigEntry,
    state_of: StateOf,
    others: Callable[[], dict[str, str]],
    our_log: OurLog,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All others are there from the start."""
    answers(change)
    with nothing_raised(caplog):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.LOADED
    assert len(others()) == 7
    assert STATE_UNKNOWN not in others().values()
    unique_id = f"{entry.entry_id}_{WHATSAPP}_status"
    if change in NAMELESS.values():
        registry = er.async_get(hass)
        assert not registry.async_get_entity_id("sensor", "beeper", unique_id)
    else:
        is_known = change not in UNKNOWN.values()
        assert state_of(f"{WHATSAPP}_status").state == (
            "reconnect_required" if is_known else STATE_UNKNOWN
        )
    expects_a_line = change is not KNOWN["an unknown member"]
    if change is KNOWN["null for a bridge"]:
        # As before Beeper Desktop 4.2.785
        expects_a_line = False
    assert len(our_log()) == expects_a_line


async def test_account_of_nobody_known_is_named_by_its_network(
    hass: HomeAssistant, answers: Answers, entry: MockConfigEntry, state_of: StateOf
) -> None:
    """Neither name nor ID of a user is needed."""
    answers(KNOWN["no user"])
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(f"{WHATSAPP}_status").name == "WhatsApp Status"


ONLY_ID_AND_TYPE = {"id": "local-whatsapp", "type": "whatsapp"}


def bare(bridge: Json) -> None:
    """Leave of a bridge its ID and type."""
    bridge.clear()
    bridge.update(ONLY_ID_AND_TYPE)


async def test_bridge_may_have_nothing_but_id_and_type(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    answers: Answers,
    entry: MockConfigEntry,
    state_of: StateOf,
    others: Callable[[], dict[str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Bridge, accounts, actions, diagnostics and dialogs work all the same."""
    answers(bridge=bare)
    with nothing_raised(caplog):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert await async_setup_component(hass, "diagnostics", {})
        told: Any = await hass.services.async_call(
            "beeper", "get_bridges", {}, blocking=True, return_response=True
        )
        diagnostics: Any = await get_diagnostics_for_config_entry(
            hass, hass_client, entry
        )
        flow = await hass.config_entries.options.async_init(entry.entry_id)
        flow = await hass.config_entries.options.async_configure(
            flow["flow_id"], {"action": "connect"}
        )

    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"
    assert len(others()) == 7
    assert ONLY_ID_AND_TYPE | {"accounts": []} in told["bridges"]
    assert er.async_get(hass).async_get_entity_id(
        "sensor", "beeper", f"{entry.entry_id}_bridge_local-whatsapp_status"
    )
    [bridge] = [item for item in diagnostics["bridges"] if not item["provider"]]
    assert (bridge["type"], bridge["status"]) == ("whatsapp", None)
    # Beeper may know whether another account can be connected; it is not kept from it
    labels = {
        option["value"]: option["label"]
        for option in get_schema(flow).schema["bridge"].config["options"]
    }
    assert labels["local-whatsapp"] == "whatsapp"


@pytest.mark.parametrize("info", [b'{"app": {}}', b'{"app": {"version": null}}'])
async def test_beeper_may_tell_little_of_itself(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    entry: MockConfigEntry,
    info: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What it says of itself is for display only."""
    beeper.inject(Fault(path="/v1/info", body=info))
    with nothing_raised(caplog):
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert await async_setup_component(hass, "diagnostics", {})
        diagnostics: Any = await get_diagnostics_for_config_entry(
            hass, hass_client, entry
        )
    assert diagnostics["beeper"]["os"] is None
    hub = get_device(hass, entry)
    assert (hub.model, (hub.sw_version or "")[:2]) == ("Beeper Desktop", "4.")
