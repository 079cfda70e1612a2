"""Repairs: where the dialog of an issue begins, and what becomes of the issue."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import CONF_ACCESS_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator

from .accounts import SIGNAL, WHATSAPP
from .dialog import STRINGS, Dialogs


def has_issue(hass: HomeAssistant, entry: MockConfigEntry, account_id: str) -> bool:
    """Return whether there is an issue about an account."""
    issue_id = f"reconnect_{entry.entry_id}_{account_id}"
    return ir.async_get(hass).async_get_issue("beeper", issue_id) is not None


async def test_issue_begins_with_how_to_sign_in(dialogs: Dialogs) -> None:
    """Nobody has to say which account, and nothing has to be confirmed first."""
    dialog = await dialogs.fix(WHATSAPP)

    assert (dialog.at, dialog.title) == ("choose_flow", "Select how to sign in")
    assert dialog.text == (
        "Beeper says: Logged out from your phone. Reconnect WhatsApp to keep chatting."
        f" · since {dt_util.now():%Y-%m-%d %H:%M}"
        "\n\nThere are several ways to connect WhatsApp (Alice Example)."
    )
    assert dialog.flows == {
        "qr": "QR · Scan a QR code with your phone",
        "phone": "Pairing code · Type a code on your phone",
    }


async def test_only_way_to_sign_in_is_taken_at_once(dialogs: Dialogs) -> None:
    """The first thing to see is the code to scan."""
    dialog = await dialogs.fix(SIGNAL)

    assert dialog.at == "scan_qr_code"


async def test_account_that_is_well_again_is_done(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Somebody has fixed it in Beeper, and the issue is about to go."""
    beeper.set_status(WHATSAPP, "connected")
    # The issue is opened at the very moment
    issue = ir.async_get(hass).async_get_issue(
        "beeper", f"reconnect_{loaded.entry_id}_{WHATSAPP}"
    )
    assert issue is not None
    await loaded.runtime_data.coordinator.async_refresh()
    assert not has_issue(hass, loaded, WHATSAPP)
    raise_again(hass, issue)

    dialog = await dialogs.fix(WHATSAPP)

    assert dialog.step["type"] == "create_entry"
    assert dialog.text.startswith("WhatsApp (Alice Example) is connected.")
    assert not has_issue(hass, loaded, WHATSAPP)
    assert beeper.sessions == {}


def raise_again(hass: HomeAssistant, issue: ir.IssueEntry) -> None:
    """Raise an issue as it was."""
    assert issue.severity is not None
    ir.async_create_issue(
        hass,
        issue.domain,
        issue.issue_id,
        data=issue.data,
        is_fixable=True,
        severity=issue.severity,
        translation_key=issue.translation_key or "",
        translation_placeholders=issue.translation_placeholders,
    )


async def test_account_that_beeper_no_longer_lists_is_told(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Its issue stays for as long as its device."""
    beeper.remove_account(WHATSAPP)
    await dialogs.see(after=16)
    assert has_issue(hass, loaded, WHATSAPP)

    dialog = await dialogs.fix(WHATSAPP)

    assert (dialog.step["type"], dialog.at) == ("abort", "account_gone")
    assert has_issue(hass, loaded, WHATSAPP)


async def test_account_without_a_bridge_needs_a_newer_beeper(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Older versions do not tell where to sign in."""
    beeper.add_account(
        {
            "accountID": "yesterday",
            "network": "Yesterday",
            "status": "reconnect_required",
            "user": {"id": "@yesterday:beeper.local"},
        }
    )
    await dialogs.see(after=16)

    dialog = await dialogs.fix("yesterday")

    assert (dialog.step["type"], dialog.at) == ("abort", "unsupported_version")
    assert has_issue(hass, loaded, "yesterday")


async def test_beeper_that_is_away_is_told(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """One can try again as soon as it is back."""
    await beeper.stop()

    dialog = await dialogs.fix(SIGNAL)

    assert dialog.at == "not_started"
    assert "Beeper does not answer" in dialog.text
    await beeper.start()
    await dialog.start_over()
    await dialogs.see(dialog)
    assert dialog.at == "scan_qr_code"
    assert has_issue(hass, loaded, SIGNAL)


@pytest.mark.parametrize("way", ["async_unload", "async_remove"])
async def test_entry_that_is_not_loaded_is_told(
    hass: HomeAssistant, loaded: MockConfigEntry, dialogs: Dialogs, way: str
) -> None:
    """An issue may still be on the screen when its entry has gone."""
    issue = ir.async_get(hass).async_get_issue(
        "beeper", f"reconnect_{loaded.entry_id}_{SIGNAL}"
    )
    assert issue is not None
    await getattr(hass.config_entries, way)(loaded.entry_id)
    raise_again(hass, issue)

    dialog = await dialogs.fix(SIGNAL)

    assert (dialog.step["type"], dialog.at) == ("abort", "not_loaded")


async def test_account_that_fails_again_has_its_issue_again(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """To be connected once is not to stay so."""
    dialog = await dialogs.fix(SIGNAL)
    [session_id] = beeper.sessions
    beeper.phone.scan(session_id)
    await dialogs.see(dialog)
    assert dialog.step["type"] == "create_entry"
    assert not has_issue(hass, loaded, SIGNAL)

    beeper.set_status(SIGNAL, "connection_required")
    await dialogs.see(after=16)

    assert has_issue(hass, loaded, SIGNAL)


async def repeat(hass: HomeAssistant, beeper: Simulator) -> None:
    """Let Beeper say of its accounts for ever what it says now."""
    headers = {"Authorization": f"Bearer {beeper.token}"}
    for path in ("/v1/bridges", "/v1/accounts"):
        response = await async_get_clientsession(hass).get(
            f"{beeper.url}{path}", headers=headers
        )
        beeper.inject(Fault(path=path, body=await response.read()))


@pytest.mark.parametrize(
    ("status", "seconds"), [("connection_required", 60), ("disconnected", 360)]
)
async def test_account_that_stays_as_it_was_has_its_issue_again(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    beeper: Simulator,
    dialogs: Dialogs,
    status: str,
    seconds: float,
) -> None:
    """A login that is complete does not have to help, and then no poll brings news."""
    beeper.set_status(SIGNAL, status)
    await dialogs.see(after=16)
    dialog = await dialogs.fix(SIGNAL)
    if status == "disconnected":
        await dialog.enter()
    await repeat(hass, beeper)
    [session_id] = beeper.sessions
    beeper.phone.scan(session_id)
    await dialogs.see(dialog)
    assert dialog.step["type"] == "create_entry"
    assert not has_issue(hass, loaded, SIGNAL)

    await dialogs.see(after=seconds - 10)
    assert not has_issue(hass, loaded, SIGNAL)
    await dialogs.see(after=20)

    assert has_issue(hass, loaded, SIGNAL)


async def test_account_that_takes_a_while_to_be_well_is_not_told_meanwhile(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Polls may bring news of others before they bring that one."""
    changes: list[str] = []
    hass.bus.async_listen(
        ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED,
        callback(lambda event: changes.append(event.data["action"])),
    )
    dialog = await dialogs.fix(SIGNAL)
    await repeat(hass, beeper)
    [session_id] = beeper.sessions
    beeper.phone.scan(session_id)
    await dialogs.see(dialog)
    assert changes == ["remove"]

    for status in ("connecting", "backfilling"):
        beeper.clear_faults()
        beeper.set_status(SIGNAL, "connection_required")
        beeper.set_status("discordgo", status)
        await repeat(hass, beeper)
        await dialogs.see(after=16)
    beeper.clear_faults()
    beeper.set_status(SIGNAL, "connected")
    await dialogs.see(after=61)

    assert changes == ["remove"]


async def test_failure_leaves_the_issue(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Only what is connected is fixed."""
    beeper.inject(Fault(method="POST", path="*/login-sessions", status=502))

    dialog = await dialogs.fix(SIGNAL)
    await dialog.close()

    assert dialog.at == "not_started"
    assert has_issue(hass, loaded, SIGNAL)


async def test_lost_connection_is_first_told_what_helps(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Who is only offline need not sign in; that comes second."""
    beeper.set_status(WHATSAPP, "disconnected", "Your phone is offline")
    await dialogs.see(after=16)
    issue = ir.async_get(hass).async_get_issue(
        "beeper", f"reconnect_{loaded.entry_id}_{WHATSAPP}"
    )
    assert issue is not None
    assert issue.translation_key == "disconnected"
    assert issue.severity is ir.IssueSeverity.WARNING

    dialog = await dialogs.fix(WHATSAPP)

    assert (dialog.at, dialog.button) == ("lost_connection", "Sign in again")
    assert dialog.text.startswith(
        "**WhatsApp (Alice Example)**\n\nBeeper says: Your phone is offline · since 20"
    )
    assert beeper.sessions == {}
    await dialog.enter()
    assert dialog.at == "choose_flow"


async def test_account_that_goes_while_one_reads(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """There is nothing to sign in to any more."""
    beeper.set_status(WHATSAPP, "disconnected")
    await dialogs.see(after=16)
    dialog = await dialogs.fix(WHATSAPP)
    beeper.remove_account(WHATSAPP)
    await dialogs.see(after=16)

    await dialog.enter()

    assert (dialog.step["type"], dialog.at) == ("abort", "account_gone")


async def test_titles_say_what_happened_to_whom() -> None:
    """They fit a phone. Both kinds of issues have the same dialog."""
    issues = STRINGS["issues"]

    assert issues["reconnect"]["title"] == "{name} needs you"
    assert issues["disconnected"]["title"] == "{name} lost its connection"
    assert issues["disconnected"]["fix_flow"] == issues["reconnect"]["fix_flow"]


async def test_only_way_is_preceded_by_what_beeper_says(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """Nobody has to look for the reason, also where there is nothing to choose."""
    beeper.set_status(SIGNAL, "reconnect_required", "Signed out by your phone")
    await dialogs.see(after=16)

    dialog = await dialogs.fix(SIGNAL)

    assert dialog.placeholders["note"].startswith("Beeper says: Signed out by your")


async def may_only_read(
    hass: HomeAssistant, entry: MockConfigEntry, beeper: Simulator
) -> None:
    """Let the token of an entry be one that may only read."""
    data = {**entry.data, CONF_ACCESS_TOKEN: beeper.read_only_token}
    hass.config_entries.async_update_entry(entry, data=data)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


async def test_read_only_access_is_told_at_once(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """No button leads nowhere; it says how to allow more."""
    await may_only_read(hass, loaded, beeper)

    dialog = await dialogs.fix(WHATSAPP)

    assert (dialog.step["type"], dialog.at) == ("abort", "read_only")
    assert "select Sign in again" in dialog.text


@pytest.mark.parametrize("body", [b"", b"{}", b'{"active": true}', b"[]"])
async def test_read_only_access_that_nobody_tells(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    beeper: Simulator,
    dialogs: Dialogs,
    body: bytes,
) -> None:
    """A Beeper that does not say what a token may still refuses what it may not."""
    await may_only_read(hass, loaded, beeper)
    beeper.inject(Fault(method="POST", path="/oauth/introspect", body=body))

    dialog = await dialogs.fix(SIGNAL)

    assert (dialog.step["type"], dialog.at) == ("abort", "read_only")
    assert beeper.sessions == {}
