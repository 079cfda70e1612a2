"""Diagnostics: they help to find out what is wrong, and tell nothing private."""

import json
from typing import Any

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator

from .accounts import WHATSAPP
from .clock import Clock
from .conftest import Install, Poll
from .lookup import get_device

type Json = dict[str, Any]


OF_THIS_MACHINE = props("arch", "os", "port")


@pytest.fixture(autouse=True)
async def same_in_every_run(
    beeper: Simulator, freezer: FrozenDateTimeFactory, install: Install
) -> None:
    """Let it be the same time, and the same version of the integration."""
    freezer.move_to("2026-11-23 12:00:00+00:00")
    await install("1.2.3")


async def start_login(hass: HomeAssistant) -> dict[str, Any]:
    """Start to reconnect WhatsApp with a QR code."""
    response: Any = await hass.services.async_call(
        "beeper",
        "create_login_session",
        {"bridge_id": "local-whatsapp", "account_id": WHATSAPP, "flow_id": "qr"},
        blocking=True,
        return_response=True,
    )
    assert response["status"] == "waiting_for_display"
    return dict(response)


# --- What they tell


async def test_diagnostics_of_an_entry(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    """All accounts and bridges, how polling goes, and what sign-ins are under way."""
    await start_login(hass)

    diagnostics: Json = await get_diagnostics_for_config_entry(
        hass, hass_client, loaded
    )

    assert diagnostics == snapshot(exclude=OF_THIS_MACHINE)


@pytest.mark.parametrize(
    ("version", "is_release"),
    [("0.2.0", True), ("0.2.0b1", True), ("0.2.0rc2", True), ("0.2.0.dev0", False)],
)
async def test_diagnostics_tell_a_release_from_the_repository(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    install: Install,
    version: str,
    is_release: bool,
) -> None:
    """Only what is packed for a release has a version that is one."""
    await install(version)

    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, loaded)

    assert diagnostics["integration"] == {"version": version, "is_release": is_release}


async def test_diagnostics_of_an_account(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    """Only that account, its bridge and its logins."""
    await start_login(hass)
    device = get_device(hass, loaded, f"_{WHATSAPP}")

    diagnostics: Json = await get_diagnostics_for_device(
        hass, hass_client, loaded, device
    )

    assert diagnostics == snapshot(exclude=OF_THIS_MACHINE)


async def test_diagnostics_of_another_account_tell_nothing_of_a_login(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, loaded: MockConfigEntry
) -> None:
    """Each account is a matter of its own."""
    await start_login(hass)
    device = get_device(hass, loaded, "_discordgo")

    diagnostics: Json = await get_diagnostics_for_device(
        hass, hass_client, loaded, device
    )

    assert diagnostics["logins"] == []
    assert diagnostics["account"]["bridge_type"] == "discordgo"


async def test_diagnostics_of_the_hub_are_those_of_the_entry(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, loaded: MockConfigEntry
) -> None:
    """The hub stands for all of Beeper."""
    device = get_device(hass, loaded)

    assert await get_diagnostics_for_device(
        hass, hass_client, loaded, device
    ) == await get_diagnostics_for_config_entry(hass, hass_client, loaded)


async def test_diagnostics_of_a_missing_account(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    """That it is missing is what one wants to know."""
    beeper.remove_account(WHATSAPP)
    await poll()
    device = get_device(hass, loaded, f"_{WHATSAPP}")

    diagnostics: Json = await get_diagnostics_for_device(
        hass, hass_client, loaded, device
    )

    assert diagnostics["account"] is None
    assert diagnostics["bridge"] is None


async def test_diagnostics_of_accounts_without_a_bridge(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    """An older Beeper does not say which bridge an account runs on."""
    beeper.add_account(
        {"accountID": "old", "status": "connected", "user": {"id": "@old"}}
    )
    await poll()
    device = get_device(hass, loaded, "_old")

    diagnostics: Json = await get_diagnostics_for_device(
        hass, hass_client, loaded, device
    )

    assert diagnostics["account"]["bridge_type"] is None
    assert diagnostics["account"]["status"] == "connected"


async def test_diagnostics_tell_of_an_outage(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    """Since when, how often, and why there was no answer."""
    beeper.inject(Fault(status=502))
    await poll(20)
    await poll(20)

    diagnostics: Json = await get_diagnostics_for_config_entry(
        hass, hass_client, loaded
    )

    assert diagnostics["poll"] == {
        "last_good": "2026-11-23T12:00:00+00:00",
        "outage": "server_error",
        "failures": 2,
        "interval": 30,
    }


async def test_diagnostics_of_an_entry_that_cannot_be_set_up(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    entry: MockConfigEntry,
) -> None:
    """Then one needs them most."""
    beeper.inject(Fault(drop=0))
    await hass.config_entries.async_setup(entry.entry_id)

    diagnostics: Json = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert list(diagnostics) == ["integration", "entry"]
    assert diagnostics["entry"]["state"] == "setup_retry"
    assert diagnostics["entry"]["reason"] == "cannot_connect"


async def test_diagnostics_tell_of_the_machine(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, loaded: MockConfigEntry
) -> None:
    """What differs from machine to machine, and so is in no snapshot."""
    diagnostics: Json = await get_diagnostics_for_config_entry(
        hass, hass_client, loaded
    )

    assert diagnostics["beeper"]["os"] == "linux"
    assert diagnostics["beeper"]["arch"] in ("x86_64", "aarch64", "arm64")
    assert loaded.data[CONF_URL].endswith(str(diagnostics["entry"]["address"]["port"]))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("darwin", "darwin"),
        ("win32", "win32"),
        ("alice15550100", "**REDACTED**"),
        ("Alice's computer", "**REDACTED**"),
    ],
)
async def test_diagnostics_tell_the_operating_system_by_its_name_only(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    entry: MockConfigEntry,
    said: str,
    told: str,
) -> None:
    """Names of operating systems may end with a number."""
    async with ClientSession() as session:
        info = await (await session.get(f"{beeper.url}/v1/info")).json()
    info["platform"]["os"] = said
    beeper.inject(Fault(path="/v1/info", body=json.dumps(info).encode()))
    assert await hass.config_entries.async_setup(entry.entry_id)

    diagnostics: Json = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert diagnostics["beeper"]["os"] == told


@pytest.mark.parametrize(
    ("url", "host", "has_path"),
    [
        ("http://localhost:23373", "localhost", False),
        ("http://127.0.0.1:23373", "loopback address", False),
        ("http://[::1]:23373", "loopback address", False),
        ("http://192.168.1.20:23373", "local address", False),
        ("http://[fe80::1]:23373", "local address", False),
        ("https://8.8.8.8/secret-prefix", "public address", True),
        ("https://alice.example.com/secret-prefix/", "name", True),
    ],
)
async def test_diagnostics_tell_what_kind_of_an_address_it_is(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    url: str,
    host: str,
    has_path: bool,
) -> None:
    """That is enough to see what may be wrong with it."""
    entry = MockConfigEntry(
        domain="beeper", data={CONF_URL: url}, disabled_by=ConfigEntryDisabler.USER
    )
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "beeper", {})
    await hass.async_block_till_done()

    diagnostics: Json = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert diagnostics["entry"]["address"]["host"] == host
    assert diagnostics["entry"]["address"]["has_path"] is has_path
    assert "secret-prefix" not in json.dumps(diagnostics)


# --- What they do not tell


SECRET_TEXTS = [
    "+15555550177",
    "15555550177",
    "marker@example.com",
    "Marker Example",
    "mxc://beeper.com/MARKERavatar",
    "https://marker:password@example.com/path?token=marker",
    "bpr_0123456789abcdef0123456789abcdef0123456789abcdef",
    "Cookie: session=marker",
]


async def test_diagnostics_hold_nothing_private(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    entry: MockConfigEntry,
    clock: Clock,
) -> None:
    """Wherever Beeper, a network or somebody at the keyboard may have put it."""
    everywhere = " ".join(SECRET_TEXTS)
    for number, text in enumerate([*SECRET_TEXTS, everywhere]):
        beeper.add_account(_account_full_of(text, number))
    hass.config_entries.async_update_entry(
        entry,
        title="Beeper (Marker Example)",
        data={**entry.data, "user_id": "@marker:beeper.com", "client_id": "marker-id"},
        options={"no_repairs_for": [WHATSAPP], "other": "marker-option"},
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    session = await start_login(hass)
    await clock.run()
    display = beeper.sessions[session["login_session_id"]].wire["currentStep"]
    await hass.services.async_call(
        "beeper",
        "create_login_session",
        {"bridge_id": "local-telegram", "flow_id": "phone"},
        blocking=True,
        return_response=True,
    )

    told = await _download(hass, hass_client, entry)

    secrets = {
        *SECRET_TEXTS,
        "marker",
        "Marker",
        "MARKER",
        "Alice",
        "alice",
        "5555550",
        beeper.token,
        beeper.read_only_token,
        display["display"]["data"],
        session["login_session_id"],
        beeper.url,
        "Logged out from your phone",
    }
    assert '"whatsapp"' in told
    assert "waiting_for_display" in told
    for secret in secrets:
        assert secret not in told


async def test_ids_are_only_told_by_home_assistant_itself(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
) -> None:
    """It adds the open repair issues, whose IDs have those of the accounts."""
    diagnostics: Json = await get_diagnostics_for_config_entry(
        hass, hass_client, loaded
    )

    told = json.dumps(diagnostics)
    for account in beeper.accounts.values():
        ids = [account.get("loginID"), account["user"]["id"]]
        # on clouds the ID of a single account is that of its bridge
        if account["accountID"] != account["bridge"]["id"]:
            ids.append(account["accountID"])
        for private in filter(None, ids):
            assert private not in told


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("4.3.73", "4.3.73"),
        ("4.2.785-nightly", "4.2.785-nightly"),
        ("+15555550100", "**REDACTED**"),
        ("marker@example.com", "**REDACTED**"),
    ],
)
async def test_version_is_told_if_it_is_one(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    entry: MockConfigEntry,
    version: str,
    told: str,
) -> None:
    """What comes from the other side is not believed."""
    beeper.set_version(version)
    await hass.config_entries.async_setup(entry.entry_id)

    diagnostics: Json = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    assert diagnostics["beeper"]["version"] == told


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("hibernating", "hibernating"),
        ("waiting_for-moon", "waiting_for-moon"),
        ("Call +15555550100", "**REDACTED**"),
        ("a" * 33, "**REDACTED**"),
    ],
)
async def test_new_status_is_told_if_it_looks_like_one(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    status: str,
    told: str,
) -> None:
    """A word that the integration does not know is what one has to report."""
    beeper.set_status(WHATSAPP, status)
    await poll()
    device = get_device(hass, loaded, f"_{WHATSAPP}")

    diagnostics: Json = await get_diagnostics_for_device(
        hass, hass_client, loaded, device
    )

    assert diagnostics["account"]["status"] == told


async def _download(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry
) -> str:
    """Return the files of an entry and all its devices, without Home Assistant's part.

    That is about itself, and about issues by their IDs.
    """
    files: list[object] = [
        await get_diagnostics_for_config_entry(hass, hass_client, entry)
    ]
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        files.append(  # noqa: PERF401  # each asks for the next, one after the other
            await get_diagnostics_for_device(hass, hass_client, entry, device)
        )
    return json.dumps(files)


def _account_full_of(text: str, number: int) -> dict[str, Any]:
    """Return an account with a text in every place that there is."""
    return {
        "accountID": f"{text} {number}",
        "status": text,
        "statusText": text,
        "network": text,
        "loginID": text,
        "bridge": {"id": "local-whatsapp", "type": text, "provider": text},
        "capabilities": {text: text},
        "user": {
            "id": text,
            "email": text,
            "fullName": text,
            "imgURL": text,
            "phoneNumber": text,
            "username": text,
            text: text,
        },
        text: text,
    }
