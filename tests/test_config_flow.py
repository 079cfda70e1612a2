"""Setting Beeper up, as a person does it, and giving it a new token."""

from collections.abc import AsyncGenerator

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper import config_flow
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator import Fault, Simulator, load_scenario


@pytest.fixture
async def other_beeper() -> AsyncGenerator[Simulator]:
    """Return a second Beeper."""
    async with Simulator(load_scenario("empty")) as simulator:
        yield simulator


async def start(hass: HomeAssistant, url: str | None = None) -> ConfigFlowResult:
    """Open the dialog and enter an address."""
    data = None if url is None else {CONF_URL: url}
    return await hass.config_entries.flow.async_init(
        "beeper", context={"source": SOURCE_USER}, data=data
    )


async def enter(
    hass: HomeAssistant, result: ConfigFlowResult, **data: str
) -> ConfigFlowResult:
    """Submit the form that the dialog shows."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], data)
    await hass.async_block_till_done()
    return result


async def test_beeper_is_set_up_with_address_and_token(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """Two short forms make an entry that is named after the Beeper user."""
    result = await start(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    assert result["errors"] == {}

    result = await enter(hass, result, url=beeper.url)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "access_token")
    assert result["errors"] == {}
    assert result["description_placeholders"] == {"url": beeper.url}

    result = await enter(hass, result, access_token=f" {beeper.token}\n")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Beeper (Alice Example)"
    assert result["data"] == {CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token}
    assert result["result"].state is ConfigEntryState.LOADED


async def test_read_only_token_is_enough_to_watch(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """Who only wants to be told needs no token that can do more."""
    result = await start(hass, beeper.url)
    result = await enter(hass, result, access_token=beeper.read_only_token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("setup", "title"),
    [
        (None, "Beeper (alice)"),
        (Fault(path="/v1/app/setup", body=b'{"state": "ready"}'), "Beeper"),
        (Fault(path="/v1/app/setup", status=404), "Beeper"),
    ],
)
async def test_title_without_a_name_is_still_a_title(
    hass: HomeAssistant, beeper: Simulator, setup: Fault | None, title: str
) -> None:
    """The Beeper account may have no name, and an old Beeper does not tell the user."""
    beeper.remove_account("matrix")
    if setup:
        beeper.inject(setup)
    result = await start(hass, beeper.url)
    result = await enter(hass, result, access_token=beeper.token)
    assert result["title"] == title


# --- The address


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("{host}", "{url}"),
        ("{host}/", "{url}"),
        ("  {url}/  ", "{url}"),
        ("{url}/?token=1#top", "{url}"),
    ],
)
async def test_address_is_understood_as_people_write_it(
    hass: HomeAssistant, beeper: Simulator, typed: str, url: str
) -> None:
    """Scheme, slash and white space need no care."""
    host = beeper.url.removeprefix("http://")
    result = await start(hass, typed.format(host=host, url=beeper.url))
    result = await enter(hass, result, access_token=beeper.token)
    assert result["data"][CONF_URL] == url.format(url=beeper.url)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "http://", "ftp://{host}", "http://me:secret@{host}", "http://[", "a b"],
)
async def test_address_that_is_none_is_refused(
    hass: HomeAssistant, beeper: Simulator, typed: str
) -> None:
    """What is not the address of a server gets a clear error, and can be corrected."""
    result = await start(hass, typed.format(host=beeper.url.removeprefix("http://")))
    assert result["errors"] == {"base": "cannot_connect"}
    assert (await enter(hass, result, url=beeper.url))["step_id"] == "access_token"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(drop=0), "cannot_connect"),
        (Fault(status=503), "cannot_connect"),
        (Fault(status=429), "cannot_connect"),
        (Fault(status=404), "not_beeper"),
        (Fault(status=401), "not_beeper"),
        (Fault(body=b"<html>"), "not_beeper"),
        (Fault(body=b'{"app": "else"}'), "not_beeper"),
        (Fault(redirect="https://example.com"), "not_beeper"),
    ],
)
async def test_server_that_is_not_beeper_is_told_from_none(
    hass: HomeAssistant, beeper: Simulator, fault: Fault, error: str
) -> None:
    """A person must know whether to look for the computer or for the port."""
    beeper.inject(fault)
    result = await start(hass, beeper.url)
    assert result["step_id"] == "user"
    assert result["errors"] == {"base": error}

    beeper.clear_faults()
    assert (await enter(hass, result, url=beeper.url))["step_id"] == "access_token"


async def test_beeper_nobody_is_signed_in_to_is_told_so(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """A token would not help there."""
    beeper.set_app_state("needs-login")
    result = await start(hass, beeper.url)
    assert result["errors"] == {"base": "signed_out"}


async def test_beeper_that_is_set_up_is_refused(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """The same address cannot be added twice."""
    result = await start(hass, f"{beeper.url}/")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_beeper_that_was_set_up_meanwhile_is_refused(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """Two dialogs at once end in one entry."""
    first = await start(hass, beeper.url)
    second = await start(hass, beeper.url)
    first = await enter(hass, first, access_token=beeper.token)
    assert first["type"] is FlowResultType.CREATE_ENTRY

    second = await enter(hass, second, access_token=beeper.token)
    assert second["reason"] == "already_configured"


async def test_second_beeper_can_be_added(
    hass: HomeAssistant, loaded: MockConfigEntry, other_beeper: Simulator
) -> None:
    """A household may have several."""
    result = await start(hass, other_beeper.url)
    result = await enter(hass, result, access_token=other_beeper.token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_beeper_on_this_machine_is_suggested(
    hass: HomeAssistant,
    beeper: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where Beeper runs beside Home Assistant there is nothing to type."""
    monkeypatch.setattr(config_flow, "LOCAL_URL", beeper.url)
    result = await start(hass)
    [marker] = result["data_schema"].schema
    assert marker.description == {"suggested_value": beeper.url}


async def test_beeper_on_this_machine_that_is_set_up_is_not_suggested(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody who adds another one does not mean the first."""
    monkeypatch.setattr(config_flow, "LOCAL_URL", beeper.url)
    result = await start(hass)
    [marker] = result["data_schema"].schema
    assert marker.description == {"suggested_value": None}


async def test_nothing_is_suggested_where_nothing_is(
    hass: HomeAssistant, beeper: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form is empty when no Beeper answers on this machine."""
    await beeper.stop()
    monkeypatch.setattr(config_flow, "LOCAL_URL", beeper.url)
    result = await start(hass)
    [marker] = result["data_schema"].schema
    assert marker.description == {"suggested_value": None}


# --- The token

TOKEN_ERRORS = [
    (Fault(path="/v1/accounts", status=403), "missing_scope"),
    (Fault(path="/v1/bridges", status=404), "unsupported_version"),
    (Fault(drop=0), "cannot_connect"),
    (Fault(status=500), "cannot_connect"),
    (Fault(status=429), "cannot_connect"),
    (Fault(path="/v1/accounts", body=b"[1]"), "unknown"),
    (Fault(path="/v1/bridges", status=401), "invalid_auth"),
]


@pytest.mark.parametrize(("fault", "error"), TOKEN_ERRORS)
async def test_token_is_proven_before_an_entry_is_made(
    hass: HomeAssistant, beeper: Simulator, fault: Fault, error: str
) -> None:
    """Each way a token can fail is named; the dialog stays open for another try."""
    result = await start(hass, beeper.url)
    beeper.inject(fault)
    result = await enter(hass, result, access_token=beeper.token)
    assert result["step_id"] == "access_token"
    assert result["errors"] == {"base": error}
    assert hass.config_entries.async_entries("beeper") == []

    beeper.clear_faults()
    result = await enter(hass, result, access_token=beeper.token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("token", ["wrong", "", "wr\nong", "wröng"])
async def test_wrong_token_is_refused(
    hass: HomeAssistant, beeper: Simulator, token: str
) -> None:
    """Also one that could never have been right."""
    result = await start(hass, beeper.url)
    result = await enter(hass, result, access_token=token)
    assert result["errors"] == {"base": "invalid_auth"}


async def test_beeper_that_was_signed_out_meanwhile_is_told_from_a_wrong_token(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """The token is not to blame."""
    result = await start(hass, beeper.url)
    beeper.set_app_state("needs-login")
    result = await enter(hass, result, access_token=beeper.token)
    assert result["errors"] == {"base": "signed_out"}


# --- A new token


async def test_new_token_keeps_everything(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry
) -> None:
    """After a new sign-in the entry works on with its entities."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_ACCESS_TOKEN: "revoked"}
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    [result] = hass.config_entries.flow.async_progress()

    result = await enter(hass, result, access_token="wrong")
    assert result["step_id"] == "reauth_confirm"
    assert result["errors"] == {"base": "invalid_auth"}

    result = await enter(hass, result, access_token=beeper.token)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data == {CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token}
    assert entry.state is ConfigEntryState.LOADED
