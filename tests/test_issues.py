"""Repair issues: raised once, kept as they are while nothing is known, gone when well."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, flush_store
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator

from .accounts import MESSAGES, SIGNAL, SLACK, WHATSAPP
from .conftest import Change, Poll
from .lookup import get_device, state_of_entry

NEEDY = {WHATSAPP, SIGNAL, SLACK}

type IssueOf = Callable[[str], ir.IssueEntry]
type NoRepairsFor = Callable[..., None]
type Raised = Callable[[], set[str]]


def find_issue(
    hass: HomeAssistant, entry: MockConfigEntry, about: str
) -> ir.IssueEntry | None:
    """Return the issue about an account ID or of a kind, if there is one."""
    registry = ir.async_get(hass)
    return registry.async_get_issue(
        "beeper", f"reconnect_{entry.entry_id}_{about}"
    ) or registry.async_get_issue("beeper", f"{about}_{entry.entry_id}")


@pytest.fixture
def issue_of(hass: HomeAssistant, entry: MockConfigEntry) -> IssueOf:
    """Return a function from an account ID or a kind to the issue about it."""

    def issue_of(about: str) -> ir.IssueEntry:
        issue = find_issue(hass, entry, about)
        assert issue is not None, f"there is no issue about {about}"
        return issue

    return issue_of


def placeholders_of(issue: ir.IssueEntry) -> dict[str, str]:
    """Return what fills the gaps in the text of an issue."""
    assert issue.translation_placeholders is not None
    return issue.translation_placeholders


@pytest.fixture
def raised(hass: HomeAssistant, entry: MockConfigEntry) -> Raised:
    """Return a function that returns the accounts and kinds with an active issue."""
    entry_id = entry.entry_id

    def raised() -> set[str]:
        return {
            issue_id.removeprefix(f"reconnect_{entry_id}_").removesuffix(f"_{entry_id}")
            for (domain, issue_id), issue in ir.async_get(hass).issues.items()
            if domain == "beeper" and issue.active
        }

    return raised


@pytest.fixture
def no_repairs_for(hass: HomeAssistant, loaded: MockConfigEntry) -> NoRepairsFor:
    """Return a function that sets the option which accounts may not raise repairs."""

    def no_repairs_for(*account_ids: str) -> None:
        hass.config_entries.async_update_entry(
            loaded, options={"no_repairs_for": [*account_ids]}
        )

    return no_repairs_for


@pytest.fixture
def changes(hass: HomeAssistant) -> list[str]:
    """Return what happens in the issue registry from now on."""
    changes: list[str] = []

    @callback
    def note(event: Event[ir.EventIssueRegistryUpdatedData]) -> None:
        issue_id = event.data["issue_id"]
        changes.append(f"{event.data['action']} {issue_id.rpartition('_')[2]}")

    hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, note)
    return changes


@pytest.fixture
def device(hass: HomeAssistant, loaded: MockConfigEntry) -> dr.DeviceEntry:
    """Return the device of the WhatsApp account."""
    return get_device(hass, loaded, f"_{WHATSAPP}")


@pytest.fixture
async def long_gone(
    beeper: Simulator, loaded: MockConfigEntry, poll: Poll, raised: Raised
) -> None:
    """Have Beeper away for more than a quarter of an hour, and told to be."""
    beeper.inject(Fault(drop=0))
    await poll()
    await poll(901)
    assert raised() == NEEDY | {"unreachable"}


def ignore(hass: HomeAssistant, issue: ir.IssueEntry | None) -> None:
    """Ignore an issue, as a person does."""
    assert issue is not None
    ir.async_ignore_issue(hass, "beeper", issue.issue_id, ignore=True)


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Bring issues and entry to where they are after a restart of Home Assistant."""
    await hass.config_entries.async_unload(entry.entry_id)
    registry = ir.async_get(hass)
    await flush_store(registry._store)  # noqa: SLF001  # as at the end of a run
    await registry.async_load()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


# --- Accounts: what raises and what clears


@pytest.mark.usefixtures("loaded")
async def test_account_that_needs_a_person_has_an_issue(
    entry: MockConfigEntry, raised: Raised, issue_of: IssueOf
) -> None:
    """There is one per such account, and it says which account and what is wrong."""
    assert raised() == NEEDY
    issue = issue_of(WHATSAPP)
    assert issue.is_fixable
    assert not issue.is_persistent
    assert issue.severity is ir.IssueSeverity.ERROR
    assert issue.translation_key == "reconnect"
    assert issue.data == {"entry_id": entry.entry_id, "account_id": WHATSAPP}
    assert issue.translation_placeholders == {
        "name": "WhatsApp (Alice Example)",
        "account": "WhatsApp &#40;Alice Example&#41;",
    }


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("status", "from_healthy", "from_needy"),
    [
        ("connected", False, False),
        ("backfilling", False, False),
        ("connecting", False, True),
        ("connection_required", True, True),
        ("reconnect_required", True, True),
        ("attention_required", True, True),
        ("disconnected", False, True),
        ("disabled", False, False),
        ("hibernating", False, True),
    ],
)
async def test_status_decides_whether_there_is_an_issue(
    beeper: Simulator,
    change: Change,
    raised: Raised,
    status: str,
    from_healthy: bool,
    from_needy: bool,
) -> None:
    """What is neither good nor bad leaves things as they are."""
    beeper.set_status("matrix", status)
    await change(WHATSAPP, status)

    assert ("matrix" in raised()) is from_healthy
    assert (WHATSAPP in raised()) is from_needy


@pytest.mark.usefixtures("loaded")
async def test_unchanged_account_is_not_raised_again(
    change: Change, poll: Poll, changes: list[str]
) -> None:
    """Nobody hears of an issue to which nothing has happened."""
    await poll()
    # the poll brings something new, but not for those with an issue
    await change("discordgo", "connecting")

    assert changes == []


@pytest.mark.usefixtures("loaded")
async def test_issue_says_who_it_is_now(
    beeper: Simulator, poll: Poll, changes: list[str], issue_of: IssueOf
) -> None:
    """A new name updates the issue that is there."""
    account = beeper.accounts[WHATSAPP]
    account["user"]["fullName"] = "Example Club"
    beeper.remove_account(WHATSAPP)
    beeper.add_account(account)
    await poll()
    assert changes == ["update rG7f0Jc4mQ9zYw"]
    assert placeholders_of(issue_of(WHATSAPP))["name"] == "WhatsApp (Example Club)"


@pytest.mark.usefixtures("loaded")
async def test_issue_goes_when_somebody_has_fixed_the_account(
    change: Change, changes: list[str], raised: Raised
) -> None:
    """It does not matter who did it, and where; the next loss is a new issue."""
    await change(WHATSAPP, "connected")
    assert raised() == NEEDY - {WHATSAPP}

    await change(WHATSAPP, "reconnect_required")
    assert raised() == NEEDY
    assert changes == ["remove rG7f0Jc4mQ9zYw", "create rG7f0Jc4mQ9zYw"]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "text",
    [
        "<b>Call</b> [us](https://example.com) ![x](https://example.com/x.png)",
        "# Heading\n\n- {{ states('sun.sun') }} `code`",
        "\u202eevil\u202c <ha-alert>now</ha-alert>",
    ],
)
async def test_text_of_a_network_is_harmless(
    beeper: Simulator, poll: Poll, issue_of: IssueOf, text: str
) -> None:
    """Dialogs are markdown: nothing that a network says has a part in that.

    The title is only text.
    """
    account = beeper.accounts[WHATSAPP]
    account["user"]["fullName"] = text
    account["statusText"] = text
    beeper.remove_account(WHATSAPP)
    beeper.add_account(account)
    await poll()

    placeholders = placeholders_of(issue_of(WHATSAPP))
    assert not set(placeholders["account"]) & set("<>[]()*_`\n\u202e{}!")
    assert not set(placeholders["name"]) & set("\n\u202e")
    assert len(placeholders["name"]) <= 100


# --- Accounts that are disconnected


@pytest.mark.usefixtures("loaded")
async def test_disconnected_account_has_five_minutes(
    poll: Poll, raised: Raised
) -> None:
    """Most come back by themselves; the time passes though no poll brings news."""
    await poll(280)
    assert MESSAGES not in raised()
    await poll(25)
    assert MESSAGES in raised()


@pytest.mark.usefixtures("loaded")
async def test_disconnected_account_that_comes_back_in_time_has_no_issue(
    change: Change, poll: Poll, raised: Raised, changes: list[str]
) -> None:
    """Its five minutes begin anew with the next loss."""
    await poll(200)
    await change(MESSAGES, "connected")
    await change(MESSAGES, "disconnected")
    await poll(200)
    assert changes == []

    await poll(100)
    assert MESSAGES in raised()


@pytest.mark.usefixtures("loaded")
async def test_attempts_to_connect_do_not_begin_the_five_minutes_anew(
    change: Change, poll: Poll, raised: Raised
) -> None:
    """An account that tries for ever and never succeeds is lost as well."""
    await poll(200)
    await change(MESSAGES, "connecting")
    await poll(100)
    assert MESSAGES not in raised()

    await change(MESSAGES, "disconnected")
    assert MESSAGES in raised()


@pytest.mark.usefixtures("loaded")
async def test_each_disconnected_account_has_its_own_five_minutes(
    change: Change, poll: Poll, raised: Raised
) -> None:
    """The second one is not raised with the first one."""
    both = {MESSAGES, "matrix"}
    await poll(200)
    await change("matrix", "disconnected")
    await poll(90)
    assert both & raised() == {MESSAGES}
    await poll(215)
    assert both <= raised()


@pytest.mark.usefixtures("loaded")
async def test_outage_begins_the_five_minutes_anew(
    beeper: Simulator, poll: Poll, raised: Raised
) -> None:
    """Right after an outage accounts may just be on their way."""
    await poll(200)
    await beeper.stop()
    await poll()
    await poll(600)
    await beeper.start()
    await poll(61)
    assert raised() == NEEDY

    await poll(301)
    assert raised() == NEEDY | {MESSAGES}


async def test_unloaded_entry_raises_nothing(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    change: Change,
    poll: Poll,
    raised: Raised,
) -> None:
    """The five minutes end with the entry, also after polls that brought news."""
    await change("matrix", "disconnected")
    await hass.config_entries.async_unload(loaded.entry_id)
    await poll(400)

    assert raised() == NEEDY


# --- Accounts that somebody has seen to


@pytest.fixture
def seen_to(
    hass: HomeAssistant, loaded: MockConfigEntry, changes: list[str], issue_of: IssueOf
) -> None:
    """Have the dialog about WhatsApp completed, with which its issue ends."""
    issue = issue_of(WHATSAPP)
    ir.async_delete_issue(hass, "beeper", issue.issue_id)


@pytest.mark.usefixtures("seen_to")
async def test_account_that_somebody_has_seen_to_has_a_minute(
    change: Change, poll: Poll, changes: list[str]
) -> None:
    """What polls bring in that time may still be from before; then it counts."""
    await change(WHATSAPP, "connection_required")
    await poll(30)
    assert changes == ["remove rG7f0Jc4mQ9zYw"]
    await poll()
    assert changes == ["remove rG7f0Jc4mQ9zYw", "create rG7f0Jc4mQ9zYw"]


@pytest.mark.usefixtures("seen_to")
async def test_minute_of_an_account_ends_also_during_an_outage(
    beeper: Simulator, poll: Poll, raised: Raised
) -> None:
    """The first good answer then counts."""
    beeper.inject(Fault(drop=0))
    await poll()
    await poll(61)
    assert raised() == NEEDY - {WHATSAPP}
    beeper.clear_faults()
    await poll(61)

    assert raised() == NEEDY


@pytest.mark.usefixtures("seen_to")
async def test_account_that_is_well_and_lost_again_in_its_minute_has_an_issue(
    change: Change, raised: Raised
) -> None:
    """That is a new loss."""
    await change(WHATSAPP, "connected")
    await change(WHATSAPP, "reconnect_required")

    assert raised() == NEEDY


@pytest.mark.usefixtures("seen_to")
async def test_minute_of_an_account_ends_with_its_entry(
    hass: HomeAssistant, loaded: MockConfigEntry, poll: Poll, raised: Raised
) -> None:
    """What is not loaded raises nothing; another account has had time left, too."""
    await hass.config_entries.async_unload(loaded.entry_id)
    await poll(301)

    assert raised() == NEEDY - {WHATSAPP}


# --- Accounts nothing is known about


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(drop=0),
        Fault(status=500),
        Fault(body=b"[]", path="/v1/accounts"),
        Fault(path="/v1/*", body=b"{}"),
    ],
)
async def test_outage_changes_no_issue(
    beeper: Simulator, poll: Poll, changes: list[str], fault: Fault
) -> None:
    """Going away and coming back is no reason to raise or clear anything."""
    beeper.inject(fault)
    for _ in range(3):
        await poll(61)
    beeper.clear_faults()
    await poll(61)

    assert changes == []


@pytest.mark.usefixtures("loaded")
async def test_missing_account_keeps_its_issue_until_its_device_goes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    beeper: Simulator,
    poll: Poll,
    raised: Raised,
    changes: list[str],
) -> None:
    """An account that is missing from an answer may be back in the next one."""
    account = beeper.accounts[WHATSAPP]
    beeper.set_status(MESSAGES, "connected")
    beeper.remove_account(WHATSAPP)
    await poll()
    assert changes == []

    await poll(601)
    await poll()
    assert raised() == NEEDY - {WHATSAPP}

    beeper.add_account(account)
    await poll()
    assert raised() == NEEDY
    assert changes == ["remove rG7f0Jc4mQ9zYw", "create rG7f0Jc4mQ9zYw"]


async def test_issue_goes_with_a_device_that_a_person_deletes(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    beeper: Simulator,
    device: dr.DeviceEntry,
    poll: Poll,
    raised: Raised,
) -> None:
    """Who deletes an account's device wants to hear no more of it."""
    assert await async_setup_component(hass, "config", {})
    beeper.remove_account(WHATSAPP)
    await poll()

    await (await hass_ws_client(hass)).remove_device(device.id)
    await hass.async_block_till_done()

    assert raised() == NEEDY - {WHATSAPP}


async def test_issue_stays_whatever_happens_to_other_devices(
    hass: HomeAssistant, device: dr.DeviceEntry, changes: list[str]
) -> None:
    """A device may get another name, and one of another integration may go."""
    registry = dr.async_get(hass)
    registry.async_update_device(device.id, name_by_user="My WhatsApp")
    sun = MockConfigEntry(domain="sun")
    sun.add_to_hass(hass)
    other = registry.async_get_or_create(
        config_entry_id=sun.entry_id, identifiers={("sun", WHATSAPP)}
    )
    registry.async_remove_device(other.id)
    await hass.async_block_till_done()

    assert changes == []


# --- What a person has decided


async def test_ignored_issue_stays_ignored(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    change: Change,
    poll: Poll,
    issue_of: IssueOf,
) -> None:
    """Through reloads, restarts, outages and whatever else Beeper has to say."""
    ignore(hass, issue_of(WHATSAPP))

    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert issue_of(WHATSAPP).dismissed_version

    await beeper.stop()
    await poll()
    await beeper.start()
    await poll(61)
    assert issue_of(WHATSAPP).dismissed_version

    await restart(hass, loaded)
    assert issue_of(WHATSAPP).active
    assert issue_of(WHATSAPP).dismissed_version

    for status in ("attention_required", "connecting", "disconnected"):
        await change(WHATSAPP, status)
    assert issue_of(WHATSAPP).active
    assert issue_of(WHATSAPP).dismissed_version


async def test_ignored_issue_is_a_new_one_after_recovery(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    change: Change,
    issue_of: IssueOf,
) -> None:
    """Ignoring one loss is not ignoring the next, even if it was mended in between."""
    ignore(hass, issue_of(WHATSAPP))
    ignore(hass, issue_of(SIGNAL))

    await change(SIGNAL, "connected")
    await change(SIGNAL, "connection_required")
    assert issue_of(SIGNAL).dismissed_version is None

    beeper.set_status(WHATSAPP, "connected")
    await restart(hass, loaded)
    assert find_issue(hass, loaded, WHATSAPP) is None


async def test_issue_of_a_disconnected_account_is_back_at_once_after_a_restart(
    hass: HomeAssistant, loaded: MockConfigEntry, poll: Poll, raised: Raised
) -> None:
    """It has had its five minutes."""
    await poll(301)
    await restart(hass, loaded)

    assert MESSAGES in raised()


async def test_account_that_may_not_raise_repairs_has_no_issue(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    no_repairs_for: NoRepairsFor,
    poll: Poll,
    raised: Raised,
) -> None:
    """A change of that option takes effect at once, in both directions."""
    no_repairs_for(WHATSAPP, MESSAGES)
    assert raised() == NEEDY - {WHATSAPP}

    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    await poll(301)
    assert raised() == NEEDY - {WHATSAPP}

    hass.config_entries.async_update_entry(loaded, options={})
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert raised() == NEEDY


async def test_account_that_may_raise_repairs_again_has_all_its_time(
    no_repairs_for: NoRepairsFor, change: Change, poll: Poll, raised: Raised
) -> None:
    """What became of it meanwhile was nobody's concern."""
    await poll(200)
    no_repairs_for(MESSAGES)
    await change(MESSAGES, "connected")
    await poll(200)
    await change(MESSAGES, "disconnected")

    no_repairs_for()
    await poll(280)
    assert raised() == NEEDY
    await poll(25)
    assert raised() == NEEDY | {MESSAGES}


async def test_options_count_during_an_outage(
    no_repairs_for: NoRepairsFor, beeper: Simulator, poll: Poll, raised: Raised
) -> None:
    """Also for an account that is not listed."""
    beeper.remove_account(WHATSAPP)
    await poll()
    beeper.inject(Fault(drop=0))
    await poll()

    no_repairs_for(WHATSAPP, SIGNAL)

    assert raised() == {SLACK}


# --- Beeper as a whole


@pytest.mark.usefixtures("loaded")
async def test_signed_out_beeper_is_told_at_once(
    beeper: Simulator, poll: Poll, raised: Raised, issue_of: IssueOf
) -> None:
    """Nothing comes back until somebody signs in to Beeper; then all does."""
    beeper.set_app_state("needs-login")
    await poll()
    assert raised() == NEEDY | {"signed_out"}
    issue = issue_of("signed_out")
    assert not issue.is_fixable
    assert issue.translation_key == "signed_out"
    assert placeholders_of(issue)["name"] == "Beeper (Alice Example)"

    beeper.set_app_state("ready")
    await poll(61)
    assert raised() == NEEDY


@pytest.mark.usefixtures("loaded")
async def test_beeper_that_is_too_old_is_told_at_once(
    beeper: Simulator, poll: Poll, raised: Raised, issue_of: IssueOf
) -> None:
    """It is until it has been updated."""
    beeper.inject(Fault(path="/v1/bridges", status=404))
    await poll()
    assert raised() == NEEDY | {"unsupported_version"}
    placeholders = placeholders_of(issue_of("unsupported_version"))
    assert placeholders["min_version"] == "4.2.785"

    beeper.clear_faults()
    await poll(61)
    assert raised() == NEEDY


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "fault",
    [Fault(drop=0), Fault(status=502), Fault(body=b"<html>"), Fault(status=404)],
)
async def test_beeper_that_is_gone_is_told_after_a_while(
    beeper: Simulator, poll: Poll, raised: Raised, issue_of: IssueOf, fault: Fault
) -> None:
    """A restart of its computer is no reason for alarm."""
    beeper.inject(fault)
    await poll()
    await poll(890)
    assert raised() == NEEDY

    await poll(20)
    assert raised() == NEEDY | {"unreachable"}
    placeholders = placeholders_of(issue_of("unreachable"))
    assert placeholders["minutes"] == "15"
    assert placeholders["url"].startswith("http&#58;&#47;&#47;127&#46;0&#46;0&#46;1")

    beeper.clear_faults()
    await poll(61)
    assert raised() == NEEDY


@pytest.mark.usefixtures("long_gone")
async def test_outage_that_becomes_another_is_told_as_what_it_is_now(
    beeper: Simulator, poll: Poll, raised: Raised
) -> None:
    """Beeper goes, comes back signed out, and goes for good."""
    beeper.clear_faults()
    beeper.set_app_state("needs-login")
    await poll(61)
    assert raised() == NEEDY | {"signed_out"}

    beeper.inject(Fault(drop=0))
    await poll(61)
    assert raised() == NEEDY | {"signed_out"}
    await poll(901)
    assert raised() == NEEDY | {"unreachable"}


@pytest.mark.usefixtures("loaded")
async def test_short_outages_do_not_add_up(
    beeper: Simulator, change: Change, poll: Poll, changes: list[str]
) -> None:
    """The quarter of an hour begins anew with each outage."""
    await change(MESSAGES, "connected")
    for _ in range(3):
        beeper.inject(Fault(drop=0))
        await poll()
        await poll(600)
        beeper.clear_faults()
        await poll(61)
    await poll(600)

    assert changes == []


@pytest.mark.usefixtures("long_gone")
async def test_beeper_that_wants_another_token_is_not_gone(
    beeper: Simulator, poll: Poll, raised: Raised
) -> None:
    """For that Home Assistant has a request of its own."""
    beeper.clear_faults()
    beeper.revoke(beeper.token)
    await poll(61)

    assert raised() == NEEDY


# --- Beeper as a whole, when Home Assistant starts


@pytest.fixture
async def retried(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry of a Beeper that is away when Home Assistant starts."""
    beeper.inject(Fault(drop=0))
    await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def test_beeper_that_is_gone_at_the_start_is_told_after_a_while(
    beeper: Simulator, retried: MockConfigEntry, poll: Poll, raised: Raised
) -> None:
    """Each attempt to set up begins anew, the quarter of an hour does not."""
    for _ in range(10):
        await poll(85)
    assert retried.state is ConfigEntryState.SETUP_RETRY
    assert raised() == set()
    await poll(85)
    assert raised() == {"unreachable"}

    beeper.clear_faults()
    await poll(601)
    assert state_of_entry(retried) is ConfigEntryState.LOADED
    assert raised() == NEEDY


async def test_beeper_that_starts_a_little_later_is_not_told(
    beeper: Simulator, retried: MockConfigEntry, poll: Poll, raised: Raised
) -> None:
    """After a power cut Home Assistant may be the first one that is there."""
    for _ in range(3):
        await poll(85)
    beeper.clear_faults()
    await poll(85)
    assert retried.state is ConfigEntryState.LOADED

    await poll(901)
    assert "unreachable" not in raised()


@pytest.mark.parametrize(
    ("fault", "issue"),
    [
        (Fault(path="/v1/bridges", status=401), "signed_out"),
        (Fault(path="/v1/bridges", status=404), "unsupported_version"),
    ],
)
async def test_what_does_not_mend_itself_is_told_at_the_start(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    poll: Poll,
    raised: Raised,
    fault: Fault,
    issue: str,
) -> None:
    """One should not have to guess why nothing is set up."""
    beeper.inject(fault)
    if issue == "signed_out":
        beeper.set_app_state("needs-login")
    await hass.config_entries.async_setup(entry.entry_id)
    assert raised() == {issue}

    beeper.clear_faults()
    beeper.set_app_state("ready")
    await poll(85)
    assert raised() == NEEDY


async def test_beeper_that_wants_another_token_at_the_start_is_not_gone(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    poll: Poll,
    raised: Raised,
) -> None:
    """The same as for one that has been running."""
    beeper.set_app_state("needs-login")
    await hass.config_entries.async_setup(entry.entry_id)
    assert raised() == {"signed_out"}

    beeper.set_app_state("ready")
    beeper.revoke(beeper.token)
    await poll(85)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert raised() == set()


@pytest.mark.usefixtures("long_gone")
async def test_reload_during_an_outage_keeps_the_issue(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    poll: Poll,
    raised: Raised,
    changes: list[str],
) -> None:
    """And the one who has ignored it does not hear of it again."""
    await hass.config_entries.async_reload(entry.entry_id)
    await poll(901)

    assert raised() == NEEDY | {"unreachable"}
    assert changes == []


@pytest.mark.usefixtures("long_gone")
async def test_outage_has_its_time_again_after_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    poll: Poll,
    raised: Raised,
    issue_of: IssueOf,
) -> None:
    """What was ignored before stays ignored, and is no alarm for anything else."""
    ignore(hass, issue_of("unreachable"))
    await restart(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await poll(600)
    assert raised() == set()

    await poll(301)
    assert raised() == {"unreachable"}
    assert issue_of("unreachable").dismissed_version


# --- The end of an entry


@pytest.mark.parametrize("reachable", [True, False])
@pytest.mark.parametrize("how", ["remove", "disable"])
async def test_issues_go_with_their_entry(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    raised: Raised,
    how: str,
    reachable: bool,
) -> None:
    """One that is removed or switched off needs nobody, whatever state it was in."""
    if not reachable:
        beeper.inject(Fault(drop=0))
        await hass.config_entries.async_reload(loaded.entry_id)
        await poll(901)
        assert raised() == NEEDY | {"unreachable"}

    if how == "remove":
        await hass.config_entries.async_remove(loaded.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(
            loaded.entry_id, ConfigEntryDisabler.USER
        )
    await hass.async_block_till_done()
    await poll(901)

    assert not ir.async_get(hass).issues


async def test_entry_that_is_switched_off_raises_nothing_on_its_way(
    hass: HomeAssistant, loaded: MockConfigEntry, changes: list[str]
) -> None:
    """Nobody is told of what is gone the next moment."""
    await hass.config_entries.async_set_disabled_by(
        loaded.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()

    assert {change.split()[0] for change in changes} == {"remove"}


@pytest.mark.parametrize("how", ["remove", "unload"])
@pytest.mark.parametrize("was_loaded", [True, False])
async def test_entry_that_ends_while_beeper_is_away_leaves_no_alarm_behind(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    poll: Poll,
    raised: Raised,
    how: str,
    was_loaded: bool,
) -> None:
    """The quarter of an hour ends with the entry."""
    if was_loaded:
        await hass.config_entries.async_setup(entry.entry_id)
    beeper.inject(Fault(drop=0))
    await poll()
    if not was_loaded:
        await hass.config_entries.async_setup(entry.entry_id)
    end = getattr(hass.config_entries, f"async_{how}")
    await end(entry.entry_id)
    await poll(901)

    assert "unreachable" not in raised()


@pytest.mark.usefixtures("loaded")
async def test_other_integrations_are_left_alone(
    hass: HomeAssistant, poll: Poll, raised: Raised
) -> None:
    """What cannot be set up there is not told of here."""
    sun = MockConfigEntry(domain="sun")
    sun.add_to_hass(hass)
    sun.mock_state(hass, ConfigEntryState.SETUP_RETRY)
    await poll(901)

    assert raised() == NEEDY | {MESSAGES}


async def test_issues_of_others_stay(
    hass: HomeAssistant, loaded: MockConfigEntry, raised: Raised
) -> None:
    """Another Beeper, or another integration, goes alone."""
    entries = [
        MockConfigEntry(domain=domain, data=dict(loaded.data))
        for domain in ("beeper", "sun")
    ]
    for other in entries:
        other.add_to_hass(hass)
        ir.async_create_issue(
            hass,
            other.domain,
            f"too_hot_{other.entry_id}",
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="too_hot",
        )

    for other in entries:
        await hass.config_entries.async_remove(other.entry_id)

    assert raised() == NEEDY
    assert ("sun", f"too_hot_{entries[1].entry_id}") in ir.async_get(hass).issues


async def test_person_sees_the_issues(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, loaded: MockConfigEntry
) -> None:
    """They are listed under repairs, to be fixed there."""
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "repairs/list_issues"})
    response: dict[str, Any] = await client.receive_json()

    assert {
        (issue["issue_id"], issue["is_fixable"], issue["ignored"])
        for issue in response["result"]["issues"]
    } == {(f"reconnect_{loaded.entry_id}_{account}", True, False) for account in NEEDY}
