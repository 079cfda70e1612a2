"""Each way to sign in to each network, from its first step to its last."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulator.login_flows import FLOWS
from tests.conftest import StateOf
from tests.network_flows import NEW, RECONNECT, Step, names

from .person import Network, Person, asks_for, displays


@pytest.mark.parametrize(("bridge_id", "flow_id", "steps"), NEW, ids=names(NEW))
async def test_new_account_is_connected(
    person: Person, bridge_id: str, flow_id: str, steps: list[Step]
) -> None:
    """Each flow shows its steps in order and ends with a new account."""
    before = person.beeper.accounts

    dialog = await person.connect(bridge_id, flow_id)
    for step in steps:
        person.sees(dialog, step)
        await person.go_on(dialog, step)

    assert (dialog.step["type"], dialog.at) == ("abort", "connected")
    assert "is connected" in dialog.text
    [account_id] = person.beeper.accounts.keys() - before.keys()
    assert person.beeper.accounts[account_id]["bridge"]["id"] == bridge_id


@pytest.mark.parametrize("way", ["reconnect", "fix"])
@pytest.mark.parametrize(
    ("account_id", "flow_id", "steps"), RECONNECT, ids=names(RECONNECT)
)
async def test_account_is_reconnected(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    person: Person,
    state_of: StateOf,
    account_id: str,
    flow_id: str,
    steps: list[Step],
    way: str,
) -> None:
    """Each flow reconnects an account from the options and from its issue."""
    person.beeper.set_status(account_id, "reconnect_required")
    await person.dialogs.see(after=16)
    before = person.beeper.accounts
    issue_id = f"reconnect_{entry.entry_id}_{account_id}"
    assert ir.async_get(hass).async_get_issue("beeper", issue_id)

    start = {"reconnect": person.reconnect, "fix": person.fix}[way]
    dialog = await start(account_id, flow_id)
    for step in steps:
        person.sees(dialog, step)
        await person.go_on(dialog, step)

    ends = {
        "reconnect": ("abort", "connected"),
        "fix": ("create_entry", "create_entry"),
    }
    assert (dialog.step["type"], dialog.at) == ends[way]
    assert "is connected" in dialog.text
    assert person.beeper.accounts.keys() == before.keys()
    await person.dialogs.see(after=4)
    assert state_of(f"{account_id}_status").state == "connected"
    assert ir.async_get(hass).async_get_issue("beeper", issue_id) is None


async def test_steps_follow_each_other_whatever_they_are(
    person: Person, network: Network
) -> None:
    """A form may follow a code, a code another code, and a form another form."""
    network(
        displays(type="nothing"),
        displays(type="qr", data="one"),
        displays(type="code", data="ABCD-1234"),
        asks_for({"id": "a", "label": "A"}),
        asks_for({"id": "b", "label": "B"}),
        displays(type="nothing"),
    )
    dialog = await person.connect("local-signal")
    seen = [dialog.at]

    for _ in range(3):
        await person.on_phone(dialog, "approve")
        seen.append(dialog.at)
    for value in "ab":
        await person.enter(dialog, field_1=value)
        seen.append(dialog.at)
    await person.on_phone(dialog, "approve")

    assert seen == [
        "wait",
        "scan_qr_code",
        "enter_code",
        "user_input",
        "user_input",
        "wait",
    ]
    assert dialog.at == "connected"


@pytest.mark.parametrize(
    "bridge_id", ["local-whatsapp", "local-telegram", "instagramgo"]
)
async def test_page_can_be_loaded_again(person: Person, bridge_id: str) -> None:
    """Looking once more changes nothing."""
    dialog = await person.connect(
        bridge_id, FLOWS[bridge_id.removeprefix("local-")][0].id
    )
    before = dialog.step

    await dialog.reload()

    assert dialog.step == before
    assert len(person.beeper.sessions) == 1
