"""Setting Beeper up, as a person does it, a new token for it, and a new address.

How to sign in without a token is in test_oauth.py.
"""

from collections.abc import AsyncGenerator
import json
import socket

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import pytest_socket
from yarl import URL

from custom_components.beeper import config_flow
from custom_components.beeper.api import address
from custom_components.beeper.const import CONF_USER_ID
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator import Fault, Simulator, load_scenario

from .lookup import get_schema

USER_ID = "@alice:beeper.com"
SOMEBODY_ELSE = json.dumps(
    {
        "state": "ready",
        "matrix": {
            "deviceID": "OTHERDEV",
            "homeserver": "https://matrix.beeper.com",
            "userID": "@other:beeper.com",
        },
    }
).encode()


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


async def choose(
    hass: HomeAssistant, result: ConfigFlowResult, option: str = "access_token"
) -> ConfigFlowResult:
    """Choose from the menu that the dialog shows."""
    assert result["type"] is FlowResultType.MENU
    return await enter(hass, result, next_step_id=option)


async def test_beeper_is_set_up_with_address_and_token(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """Two short forms make an entry that is named after the Beeper user."""
    result = await start(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    assert result["errors"] == {}

    result = await enter(hass, result, url=beeper.url)
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "sign_in")
    assert result["menu_options"] == ["oauth", "access_token"]
    assert result["description_placeholders"] == {"url": beeper.url}

    result = await choose(hass, result)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "access_token")
    assert result["errors"] == {}
    assert result["description_placeholders"] == {"url": beeper.url}

    result = await enter(hass, result, access_token=f" {beeper.token}\n")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Beeper (Alice Example)"
    assert result["data"] == {
        CONF_URL: beeper.url,
        CONF_ACCESS_TOKEN: beeper.token,
        CONF_USER_ID: USER_ID,
    }
    assert result["result"].state is ConfigEntryState.LOADED


async def test_read_only_token_is_enough_to_watch(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """Who only wants to be told needs no token that can do more."""
    result = await start(hass, beeper.url)
    result = await choose(hass, result)
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
    result = await choose(hass, result)
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
        ("http://{url}", "{url}"),
        ("http:/{host}", "{url}"),
        ("‹{url}›", "{url}"),
        ("[Beeper]({url}/v1/info).", "{url}"),
        ("\ufeff{host}\u200b\xa0", "{url}"),
    ],
)
async def test_address_is_understood_as_people_write_it(
    hass: HomeAssistant, beeper: Simulator, typed: str, url: str
) -> None:
    """Scheme, slash and white space need no care."""
    host = beeper.url.removeprefix("http://")
    result = await start(hass, typed.format(host=host, url=beeper.url))
    result = await choose(hass, result)
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
    assert (await enter(hass, result, url=beeper.url))["step_id"] == "sign_in"


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
    assert (await enter(hass, result, url=beeper.url))["step_id"] == "sign_in"


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


async def test_beeper_that_is_set_up_by_another_name_is_refused(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """A machine has several names for itself."""
    moved = beeper.url.replace("127.0.0.1", "localhost")
    result = await choose(hass, await start(hass, moved))
    result = await enter(hass, result, access_token=beeper.token)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize("user_id", [None, "@bob:beeper.com"])
async def test_other_user_at_the_same_port_of_this_machine_is_somebody_else(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    user_id: str | None,
) -> None:
    """Nobody is refused for what only seems to be the same."""
    moved = beeper.url.replace("127.0.0.1", "localhost")
    hass.config_entries.async_update_entry(
        loaded, data={**loaded.data, CONF_USER_ID: user_id}
    )
    result = await choose(hass, await start(hass, moved))
    result = await enter(hass, result, access_token=beeper.token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_beeper_that_was_set_up_meanwhile_is_refused(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """Two dialogs at once end in one entry."""
    first = await choose(hass, await start(hass, beeper.url))
    second = await choose(hass, await start(hass, beeper.url))
    first = await enter(hass, first, access_token=beeper.token)
    assert first["type"] is FlowResultType.CREATE_ENTRY

    second = await enter(hass, second, access_token=beeper.token)
    assert second["reason"] == "already_configured"


async def test_second_beeper_can_be_added(
    hass: HomeAssistant, loaded: MockConfigEntry, other_beeper: Simulator
) -> None:
    """A household may have several."""
    result = await start(hass, other_beeper.url)
    result = await choose(hass, result)
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
    marker = next(iter(get_schema(result).schema))
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
    marker = next(iter(get_schema(result).schema))
    assert marker.description == {"suggested_value": None}


async def test_nothing_is_suggested_where_nothing_is(
    hass: HomeAssistant, beeper: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form is empty when no Beeper answers on this machine."""
    await beeper.stop()
    monkeypatch.setattr(config_flow, "LOCAL_URL", beeper.url)
    result = await start(hass)
    marker = next(iter(get_schema(result).schema))
    assert marker.description == {"suggested_value": None}


# --- The token

TOKEN_ERRORS = [
    (Fault(path="/v1/accounts", status=403), "missing_scope"),
    (Fault(path="/v1/bridges", status=404), "unsupported_version"),
    (Fault(drop=0), "cannot_connect"),
    (Fault(status=500), "cannot_connect"),
    (Fault(status=429), "cannot_connect"),
    (Fault(path="/v1/accounts", body=b"{}"), "unknown"),
    (Fault(path="/v1/bridges", status=401), "invalid_auth"),
]


@pytest.mark.parametrize(("fault", "error"), TOKEN_ERRORS)
async def test_token_is_proven_before_an_entry_is_made(
    hass: HomeAssistant, beeper: Simulator, fault: Fault, error: str
) -> None:
    """Each way a token can fail is named; the dialog stays open for another try."""
    result = await start(hass, beeper.url)
    result = await choose(hass, result)
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
    result = await choose(hass, result)
    result = await enter(hass, result, access_token=token)
    assert result["errors"] == {"base": "invalid_auth"}


@pytest.mark.parametrize(
    "pasted",
    [
        "Bearer {}",
        "Authorization: Bearer {}",
        "“{}”",
        "\ufeff\u2060{}\u200b\xa0",
        "-H 'Authorization: Bearer {}' \\",
    ],
)
async def test_token_is_understood_as_it_is_pasted(
    hass: HomeAssistant, beeper: Simulator, pasted: str
) -> None:
    """Only the token itself is stored."""
    result = await choose(hass, await start(hass, beeper.url))
    result = await enter(hass, result, access_token=pasted.format(beeper.token))
    assert result["data"][CONF_ACCESS_TOKEN] == beeper.token


async def test_token_that_was_torn_is_whole_again_also_at_a_new_sign_in(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """A mail has put line breaks into it."""
    result = await choose(hass, await loaded.start_reauth_flow(hass))
    token = beeper.read_only_token
    torn = f"{token[:20]}\r\n  {token[20:40]}\n{token[40:]}"
    result = await enter(hass, result, access_token=torn)
    assert result["reason"] == "reauth_successful"
    assert loaded.data[CONF_ACCESS_TOKEN] == token


async def test_beeper_that_was_signed_out_meanwhile_is_told_from_a_wrong_token(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """The token is not to blame."""
    result = await start(hass, beeper.url)
    result = await choose(hass, result)
    beeper.set_app_state("needs-login")
    result = await enter(hass, result, access_token=beeper.token)
    assert result["errors"] == {"base": "signed_out"}


async def test_token_is_accepted_where_beeper_does_not_tell_its_user(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """All that is polled can be read; that is what counts."""
    beeper.inject(Fault(path="/v1/app/setup", status=403))
    result = await choose(hass, await start(hass, beeper.url))
    result = await enter(hass, result, access_token=beeper.token)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_USER_ID not in result["data"]


# --- The port that people leave out


@pytest.mark.parametrize("typed", ["http://127.0.0.1", "http://127.0.0.1/v1/info"])
async def test_port_that_was_left_out_is_found(
    hass: HomeAssistant,
    beeper: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
) -> None:
    """Who writes `http://` without a port hardly means port 80."""
    monkeypatch.setattr(address, "DEFAULT_PORT", URL(beeper.url).port)
    result = await choose(hass, await start(hass, typed))
    result = await enter(hass, result, access_token=beeper.token)
    assert result["data"][CONF_URL] == beeper.url


async def test_what_is_wrong_at_the_usual_port_is_told(
    hass: HomeAssistant, beeper: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beeper is there, so its own trouble counts, not that of port 80."""
    monkeypatch.setattr(address, "DEFAULT_PORT", URL(beeper.url).port)
    beeper.set_app_state("needs-login")
    result = await start(hass, "http://127.0.0.1")
    assert result["errors"] == {"base": "signed_out"}


async def test_address_without_port_where_nothing_is_cannot_be_reached(
    hass: HomeAssistant, beeper: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying the usual port is no cure for everything."""
    monkeypatch.setattr(address, "DEFAULT_PORT", URL(beeper.url).port)
    await beeper.stop()
    result = await start(hass, "http://127.0.0.1")
    assert result["errors"] == {"base": "cannot_connect"}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the computer `mac.local` be this one, and let there be no other."""
    real = socket.getaddrinfo

    def resolve(host: str, *args: int, **kwargs: int) -> object:
        if host == "mac.local":
            return real("127.0.0.1", *args, **kwargs)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.usefixtures("names")
async def test_beeper_is_found_by_the_name_of_its_computer(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """A name of the local network is kept, so that the number may change."""
    typed = f"mac.local:{URL(beeper.url).port}"
    result = await choose(hass, await start(hass, typed))
    result = await enter(hass, result, access_token=beeper.token)
    assert result["data"][CONF_URL] == f"http://{typed}"
    assert result["result"].state is ConfigEntryState.LOADED


@pytest.mark.usefixtures("names")
async def test_name_that_nobody_knows_cannot_be_reached(hass: HomeAssistant) -> None:
    """A typing error in the name of the computer."""
    result = await start(hass, "no-such-computer.local")
    assert result["errors"] == {"base": "cannot_connect"}


async def test_beeper_at_an_ipv6_address_is_set_up(hass: HomeAssistant) -> None:
    """With the brackets that an address with a port needs."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"])
    async with Simulator(load_scenario("empty"), host="::1") as beeper:
        port = beeper.url.rpartition(":")[2]
        result = await choose(hass, await start(hass, f"[::1]:{port}"))
        result = await enter(hass, result, access_token=beeper.token)
        assert result["data"][CONF_URL] == f"http://[::1]:{port}"
        assert result["result"].state is ConfigEntryState.LOADED
        await hass.config_entries.async_unload(result["result"].entry_id)


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
    assert result["step_id"] == "reauth_confirm"

    result = await enter(hass, result, next_step_id="access_token")
    result = await enter(hass, result, access_token="wrong")
    assert result["step_id"] == "access_token"
    assert result["errors"] == {"base": "invalid_auth"}

    result = await enter(hass, result, access_token=beeper.token)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data == {
        CONF_URL: beeper.url,
        CONF_ACCESS_TOKEN: beeper.token,
        CONF_USER_ID: USER_ID,
    }
    assert entry.state is ConfigEntryState.LOADED


async def test_reauth_offers_both_ways_to_sign_in(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """Somebody who pasted a token once may do without now, and the reverse."""
    result = await loaded.start_reauth_flow(hass)
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["oauth", "access_token"]
    assert result["description_placeholders"] == {
        "name": "Beeper &#40;Alice Example&#41;",
        "url": beeper.url,
    }


async def test_token_of_another_user_is_refused(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """The entities would suddenly be about somebody else."""
    before = dict(loaded.data)
    beeper.inject(Fault(path="/v1/app/setup", body=SOMEBODY_ELSE))
    result = await choose(hass, await loaded.start_reauth_flow(hass))
    result = await enter(hass, result, access_token=beeper.read_only_token)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_account"
    assert loaded.data == before


async def test_beeper_that_does_not_tell_its_user_is_believed(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """An older Beeper has no such endpoint; what is known of its user is kept."""
    beeper.inject(Fault(path="/v1/app/setup", status=404))
    result = await choose(hass, await loaded.start_reauth_flow(hass))
    result = await enter(hass, result, access_token=beeper.read_only_token)
    assert result["reason"] == "reauth_successful"
    assert loaded.data[CONF_ACCESS_TOKEN] == beeper.read_only_token
    assert loaded.data[CONF_USER_ID] == USER_ID


async def test_user_is_remembered_at_set_up(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """An entry from before the user was noted gets to know it, and asks only once."""
    assert loaded.data[CONF_USER_ID] == USER_ID

    asked = len(beeper.requests)
    await hass.config_entries.async_reload(loaded.entry_id)
    paths = [request.path for request in beeper.requests[asked:]]
    assert paths == ["/v1/info", "/v1/bridges", "/v1/accounts"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path="/v1/app/setup", status=404),
        Fault(path="/v1/app/setup", body=b'{"state": "ready"}'),
    ],
)
async def test_entry_works_where_beeper_does_not_tell_its_user(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry, fault: Fault
) -> None:
    """Nothing but the check at the next sign-in depends on it."""
    beeper.inject(fault)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert CONF_USER_ID not in entry.data


# --- A new address


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, **data: object
) -> ConfigFlowResult:
    """Open the dialog that asks for the address, and fill it in."""
    result = await entry.start_reconfigure_flow(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "reconfigure")
    result = await hass.config_entries.flow.async_configure(result["flow_id"], data)
    await hass.async_block_till_done()
    return result


async def test_beeper_that_has_moved_keeps_its_entities(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """The address is all that changes."""
    registry = er.async_get(hass)
    before = er.async_entries_for_config_entry(registry, loaded.entry_id)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    moved = beeper.url.replace("127.0.0.1", "localhost")

    result = await reconfigure(hass, loaded, url=f"{moved}/v1/info")

    assert result["reason"] == "reconfigure_successful"
    assert loaded.state is ConfigEntryState.LOADED
    assert loaded.data == {
        CONF_URL: moved,
        CONF_ACCESS_TOKEN: beeper.token,
        CONF_USER_ID: USER_ID,
    }
    assert er.async_entries_for_config_entry(registry, loaded.entry_id) == before
    assert (
        dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
        == devices
    )


async def test_form_for_a_new_address_shows_the_old_one(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """So that there is only to type what has changed."""
    result = await loaded.start_reconfigure_flow(hass)
    suggested = {
        str(marker): (marker.description or {}).get("suggested_value")
        for marker in get_schema(result).schema
    }
    assert suggested == {
        "url": beeper.url,
        "verify_ssl": None,
        "sign_in": None,
        "access_proxy": None,
    }
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["name"] == "Beeper &#40;Alice Example&#41;"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(drop=0), "cannot_connect"),
        (Fault(status=404), "not_beeper"),
        (Fault(path="/v1/accounts", status=500), "cannot_connect"),
        (Fault(path="/v1/bridges", status=404), "unsupported_version"),
    ],
)
async def test_wrong_new_address_changes_nothing(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    fault: Fault,
    error: str,
) -> None:
    """The dialog stays open, with what was typed, for another try."""
    before = dict(loaded.data)
    moved = beeper.url.replace("127.0.0.1", "localhost")
    beeper.inject(fault)
    result = await reconfigure(hass, loaded, url=moved)
    assert result["step_id"] == "reconfigure"
    assert result["errors"] == {"base": error}
    marker = next(iter(get_schema(result).schema))
    assert marker.description == {"suggested_value": moved}
    assert loaded.data == before

    beeper.clear_faults()
    result = await enter(hass, result, url=moved)
    assert result["reason"] == "reconfigure_successful"


async def test_token_that_does_not_work_at_the_new_address_is_replaced(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    other_beeper: Simulator,
) -> None:
    """Beeper was installed anew on another computer."""
    other_beeper.revoke(other_beeper.token)
    result = await reconfigure(hass, loaded, url=other_beeper.url)
    assert result["step_id"] == "sign_in"

    result = await choose(hass, result)
    result = await enter(hass, result, access_token=other_beeper.read_only_token)
    assert result["reason"] == "reconfigure_successful"
    assert loaded.data[CONF_URL] == other_beeper.url
    assert loaded.data[CONF_ACCESS_TOKEN] == other_beeper.read_only_token
    assert loaded.state is ConfigEntryState.LOADED


async def test_somebody_can_sign_in_again_without_need(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """A token that may only read is replaced by one that may write, or the reverse."""
    result = await reconfigure(hass, loaded, url=beeper.url, sign_in=True)
    result = await choose(hass, result)
    result = await enter(hass, result, access_token=beeper.read_only_token)
    assert result["reason"] == "reconfigure_successful"
    assert loaded.data[CONF_ACCESS_TOKEN] == beeper.read_only_token


async def test_beeper_of_another_user_is_refused_at_the_new_address(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """That Beeper is to be added, not to take the place of this one."""
    before = dict(loaded.data)
    beeper.inject(Fault(path="/v1/app/setup", body=SOMEBODY_ELSE))
    result = await reconfigure(hass, loaded, url=beeper.url)
    assert result["reason"] == "wrong_account"
    assert result["description_placeholders"] == {
        "name": "Beeper &#40;Alice Example&#41;"
    }
    assert loaded.data == before


async def test_new_address_that_is_another_name_of_one_that_is_set_up_is_refused(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry
) -> None:
    """Two entries for one Beeper would show everything twice, whatever it is called."""
    gone = MockConfigEntry(
        domain="beeper",
        data={
            CONF_URL: "http://192.168.1.20:23373",
            CONF_ACCESS_TOKEN: beeper.token,
            CONF_USER_ID: USER_ID,
        },
    )
    gone.add_to_hass(hass)
    moved = beeper.url.replace("127.0.0.1", "localhost")
    result = await reconfigure(hass, gone, url=moved)
    assert result["reason"] == "already_configured"


async def test_new_address_of_a_beeper_that_is_set_up_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, other_beeper: Simulator
) -> None:
    """Two entries for one Beeper would show everything twice."""
    MockConfigEntry(
        domain="beeper",
        data={CONF_URL: other_beeper.url, CONF_ACCESS_TOKEN: other_beeper.token},
    ).add_to_hass(hass)
    result = await reconfigure(hass, loaded, url=other_beeper.url)
    assert result["reason"] == "already_configured"
