"""A Beeper behind a proxy with a sign-in of its own, such as Cloudflare Access."""

from collections.abc import AsyncGenerator, Awaitable
import json
import logging
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.beeper.api import address
from custom_components.beeper.diagnostics import async_get_config_entry_diagnostics
from custom_components.beeper.system_health import system_health_info
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_HEADERS, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from simulator import Fault, Simulator, load_scenario

from .access_proxy import (
    CLIENT_ID,
    CLIENT_SECRET,
    HEADERS,
    REFUSALS,
    TEXT,
    AccessProxy,
    Refusal,
    access_proxy,
)
from .conftest import Poll
from .lookup import get_schema

MASKED = "\n".join(f"{name}: ••••••••" for name in HEADERS)


@pytest.fixture
async def proxy(beeper: Simulator) -> AsyncGenerator[AccessProxy]:
    """Return the proxy before Beeper."""
    async with access_proxy(beeper) as proxy:
        yield proxy


@pytest.fixture
async def behind(
    hass: HomeAssistant, beeper: Simulator, proxy: AccessProxy
) -> AsyncGenerator[MockConfigEntry]:
    """Return the loaded entry of a Beeper behind that proxy."""
    entry = MockConfigEntry(
        domain="beeper",
        title="Beeper (Alice Example)",
        data={
            CONF_URL: proxy.url,
            CONF_ACCESS_TOKEN: beeper.token,
            CONF_HEADERS: HEADERS,
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def enter(
    hass: HomeAssistant, result: ConfigFlowResult, **data: object
) -> ConfigFlowResult:
    """Submit what the dialog shows."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], data)
    await hass.async_block_till_done()
    return result


async def start(
    hass: HomeAssistant, url: str, headers: str | None = None
) -> ConfigFlowResult:
    """Open the dialog and enter an address, and perhaps headers."""
    data: dict[str, object] = {CONF_URL: url}
    if headers is not None:
        data["access_proxy"] = {"headers": headers}
    return await hass.config_entries.flow.async_init(
        "beeper", context={"source": SOURCE_USER}, data=data
    )


def folded_part(result: ConfigFlowResult) -> tuple[section, object]:
    """Return the part of a form for the headers, and what it has in it."""
    part = get_schema(result).schema["access_proxy"]
    assert isinstance(part, section)
    [marker] = part.schema.schema
    return part, (marker.description or {}).get("suggested_value")


# --- Set-up


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_proxy_is_told_from_another_server(
    hass: HomeAssistant, proxy: AccessProxy, refusal: Refusal
) -> None:
    """The text says what to enter, and the form shows where."""
    proxy.refusal = refusal
    result = await start(hass, proxy.url)
    assert (result["step_id"], result["errors"]) == ("user", {"base": "access_proxy"})
    part, value = folded_part(result)
    assert part.options == {"collapsed": False}
    assert value is None


async def test_headers_are_folded_away(hass: HomeAssistant, beeper: Simulator) -> None:
    """Most people have no such proxy."""
    result = await hass.config_entries.flow.async_init(
        "beeper", context={"source": SOURCE_USER}
    )
    assert folded_part(result)[0].options == {"collapsed": True}


@pytest.mark.parametrize(
    "headers", [TEXT, "".join(f"-H '{line}' \\\n" for line in TEXT.split("\n"))]
)
async def test_beeper_behind_a_proxy_is_set_up(
    hass: HomeAssistant, beeper: Simulator, proxy: AccessProxy, headers: str
) -> None:
    """Nothing is ever asked without the headers."""
    result = await start(hass, proxy.url, headers)
    assert result["step_id"] == "sign_in"
    result = await enter(hass, result, next_step_id="access_token")
    result = await enter(hass, result, access_token=beeper.token)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.data[CONF_HEADERS] == HEADERS
    assert entry.state is ConfigEntryState.LOADED
    assert proxy.refused == []
    await hass.config_entries.async_unload(entry.entry_id)


async def test_headers_are_kept_but_not_shown_while_the_address_is_corrected(
    hass: HomeAssistant, beeper: Simulator, proxy: AccessProxy
) -> None:
    """There is nothing to paste again."""
    result = await start(hass, f"{proxy.url}/elsewhere", TEXT)
    assert result["errors"] == {"base": "not_beeper"}
    assert folded_part(result)[1] == MASKED
    assert CLIENT_SECRET not in repr(result)
    assert CLIENT_SECRET not in repr(get_schema(result).schema)

    result = await enter(hass, result, url=proxy.url, access_proxy={"headers": MASKED})
    assert result["step_id"] == "sign_in"
    assert proxy.refused == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("CF-Access-Client-Secret", "invalid_header"),
        (f"CF-Access-Client-Secret: {CLIENT_SECRET}é", "invalid_header"),
        (f"Authorization: {CLIENT_SECRET}", "reserved_header"),
        (f"Host: {CLIENT_SECRET}", "reserved_header"),
        (f"Content-Type: {CLIENT_SECRET}", "reserved_header"),
    ],
)
async def test_line_that_cannot_be_sent_is_named(
    hass: HomeAssistant, proxy: AccessProxy, line: str, error: str
) -> None:
    """By its number, for the line may hold a secret. Nobody is asked anything."""
    result = await start(hass, proxy.url, f"X-First: 1\n{line}")
    assert result["errors"] == {"base": error}
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["line"] == "2"
    part, value = folded_part(result)
    assert (part.options, value) == ({"collapsed": False}, None)
    assert CLIENT_SECRET not in repr(result)
    assert proxy.requests == []


async def test_headers_go_to_no_address_but_the_one_that_was_entered(
    hass: HomeAssistant,
    beeper: Simulator,
    proxy: AccessProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another port, or https, may be another's."""
    monkeypatch.setattr(address, "DEFAULT_PORT", URL(proxy.url).port)
    result = await start(hass, "http://127.0.0.1", TEXT)
    assert result["errors"] == {"base": "cannot_connect"}
    assert proxy.requests == []


async def test_proxy_that_is_found_nearby_is_told_with_its_address(
    hass: HomeAssistant, proxy: AccessProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the headers it is then asked there."""
    monkeypatch.setattr(address, "DEFAULT_PORT", URL(proxy.url).port)
    result = await start(hass, "http://127.0.0.1")
    assert result["errors"] == {"base": "access_proxy"}
    marker = next(iter(get_schema(result).schema))
    assert marker.description == {"suggested_value": proxy.url}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_headers_do_not_follow_a_redirect(
    hass: HomeAssistant, beeper: Simulator, status: int
) -> None:
    """Not even to another port of the same machine."""
    async with access_proxy(beeper) as elsewhere:
        beeper.inject(Fault(status=status, redirect=f"{elsewhere.url}/v1/info"))
        result = await start(hass, beeper.url, TEXT)
        assert result["errors"] == {"base": "not_beeper"}
        assert elsewhere.requests == []


async def test_wrong_headers_are_told_when_the_token_is_proven(
    hass: HomeAssistant, beeper: Simulator, proxy: AccessProxy
) -> None:
    """Some proxies let anybody see who is there."""
    body = json.dumps({"app": {}, "platform": {}, "server": {}, "endpoints": {}})

    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path == "/v1/info":
            return web.Response(text=body, content_type="application/json")
        return await proxy.serve(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(app) as server:
        result = await start(hass, str(server.make_url("")), "CF-Access-Client-Id: x")
        result = await enter(hass, result, next_step_id="access_token")
        result = await enter(hass, result, access_token=beeper.token)
    assert result["step_id"] == "access_token"
    assert result["errors"] == {"base": "access_proxy"}


# --- Every request


async def test_every_request_has_the_headers(
    hass: HomeAssistant, beeper: Simulator, proxy: AccessProxy, behind: MockConfigEntry
) -> None:
    """Those of polls, logins and actions, and of the page that tells how all is."""

    async def act(action: str, **data: object) -> Any:
        return await hass.services.async_call(
            "beeper", action, data, blocking=True, return_response=True
        )

    await behind.runtime_data.coordinator.async_refresh()
    session = await act(
        "create_login_session", bridge_id="local-telegram", flow_id="phone"
    )
    session_id = session["login_session_id"]
    [field] = session["current_step"]["fields"]
    await act(
        "submit_login_step",
        login_session_id=session_id,
        fields={field["id"]: "+15555550100"},
    )
    await act("cancel_login_session", login_session_id=session_id)
    session = await act(
        "create_login_session", bridge_id="local-whatsapp", flow_id="qr"
    )
    session_id = session["login_session_id"]
    step_id = session["current_step"]["step_id"]
    path = f"/v1/bridges/local-whatsapp/login-sessions/{session_id}/steps/{step_id}"
    await beeper.wait_for_request(path)
    await act("cancel_login_session", login_session_id=session_id)
    await act("get_logins", bridge_id="local-telegram")
    health = await system_health_info(hass)
    lines = {
        name: await line for name, line in health.items() if isinstance(line, Awaitable)
    }
    assert lines["reachable"] == "ok"

    paths = {path.rpartition("/")[2] for path, _ in proxy.requests}
    assert {"info", "accounts", "bridges", "login-sessions", "logins"} <= paths
    assert path in [path for path, _ in proxy.requests]
    assert proxy.refused == []


async def test_poll_that_the_proxy_refuses_is_an_outage(
    hass: HomeAssistant, proxy: AccessProxy, behind: MockConfigEntry, poll: Poll
) -> None:
    """The headers have expired; a new access token would not help."""
    changed = {**behind.data, CONF_HEADERS: {**HEADERS, "CF-Access-Client-Id": "x"}}
    hass.config_entries.async_update_entry(behind, data=changed)
    await hass.config_entries.async_reload(behind.entry_id)
    assert behind.state is ConfigEntryState.SETUP_RETRY
    assert hass.config_entries.flow.async_progress() == []


# --- Afterwards


async def test_new_token_leaves_the_headers(
    hass: HomeAssistant, beeper: Simulator, proxy: AccessProxy, behind: MockConfigEntry
) -> None:
    """They are the proxy's, which has not refused anything."""
    result = await behind.start_reauth_flow(hass)
    result = await enter(hass, result, next_step_id="access_token")
    result = await enter(hass, result, access_token="wrong")
    assert result["errors"] == {"base": "invalid_auth"}
    result = await enter(hass, result, access_token=beeper.read_only_token)
    assert result["reason"] == "reauth_successful"
    assert behind.data[CONF_ACCESS_TOKEN] == beeper.read_only_token
    assert behind.data[CONF_HEADERS] == HEADERS
    assert proxy.refused == []


async def test_reconfiguring_shows_that_there_are_headers_and_no_more(
    hass: HomeAssistant, proxy: AccessProxy, behind: MockConfigEntry
) -> None:
    """Who only looks, or changes something else, changes nothing of them."""
    result = await behind.start_reconfigure_flow(hass)
    part, value = folded_part(result)
    assert (part.options, value) == ({"collapsed": True}, MASKED)
    assert CLIENT_SECRET not in repr(result)
    assert CLIENT_ID not in repr(get_schema(result).schema)

    result = await enter(hass, result, url=proxy.url, access_proxy={"headers": MASKED})
    assert result["reason"] == "reconfigure_successful"
    assert behind.data[CONF_HEADERS] == HEADERS

    result = await behind.start_reconfigure_flow(hass)
    result = await enter(hass, result, url=proxy.url)
    assert result["reason"] == "reconfigure_successful"
    assert behind.data[CONF_HEADERS] == HEADERS


async def test_one_header_is_replaced(
    hass: HomeAssistant, proxy: AccessProxy, behind: MockConfigEntry
) -> None:
    """The others stay, though nobody types them again."""
    expired = {**behind.data, CONF_HEADERS: {**HEADERS, "CF-Access-Client-Secret": "x"}}
    hass.config_entries.async_update_entry(behind, data=expired)
    result = await behind.start_reconfigure_flow(hass)
    result = await enter(hass, result, url=proxy.url, access_proxy={"headers": MASKED})
    assert result["errors"] == {"base": "access_proxy"}

    new = MASKED.replace("Client-Secret: ••••••••", f"Client-Secret: {CLIENT_SECRET}")
    result = await enter(hass, result, url=proxy.url, access_proxy={"headers": new})
    assert result["reason"] == "reconfigure_successful"
    assert behind.data[CONF_HEADERS] == HEADERS
    assert behind.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("part", [{}, {"headers": ""}, {"headers": " \n"}])
async def test_headers_go_when_nobody_wants_them_any_more(
    hass: HomeAssistant,
    beeper: Simulator,
    behind: MockConfigEntry,
    part: dict[str, str],
) -> None:
    """Beeper can now be reached without the proxy."""
    result = await behind.start_reconfigure_flow(hass)
    result = await enter(hass, result, url=beeper.url, access_proxy=part)
    assert result["reason"] == "reconfigure_successful"
    assert CONF_HEADERS not in behind.data


async def test_known_beeper_moves_behind_a_proxy(
    hass: HomeAssistant, proxy: AccessProxy, loaded: MockConfigEntry
) -> None:
    """Its token goes on, with the headers."""
    result = await loaded.start_reconfigure_flow(hass)
    result = await enter(hass, result, url=proxy.url)
    assert result["errors"] == {"base": "access_proxy"}
    proxy.requests.clear()

    result = await enter(hass, result, url=proxy.url, access_proxy={"headers": TEXT})
    assert result["reason"] == "reconfigure_successful"
    assert loaded.data[CONF_HEADERS] == HEADERS
    assert loaded.state is ConfigEntryState.LOADED
    assert proxy.refused == []
    await hass.config_entries.async_unload(loaded.entry_id)


async def test_headers_do_not_go_to_the_old_address(
    hass: HomeAssistant, beeper: Simulator, proxy: AccessProxy, behind: MockConfigEntry
) -> None:
    """Nor does one that is new there go to where it was not entered."""
    async with Simulator(load_scenario("empty")) as moved, access_proxy(moved) as there:
        asked = len(proxy.requests)
        moved.revoke(moved.token)
        new = TEXT + "\nX-New: 1"
        result = await behind.start_reconfigure_flow(hass)
        result = await enter(hass, result, url=there.url, access_proxy={"headers": new})
        assert result["step_id"] == "sign_in"
        assert len(proxy.requests) == asked
        assert all("X-New" in headers for _, headers in there.requests)
        await hass.config_entries.async_unload(behind.entry_id)


# --- Secrets


async def test_values_of_headers_reach_no_log_and_no_diagnostics(
    hass: HomeAssistant,
    beeper: Simulator,
    proxy: AccessProxy,
    caplog: pytest.LogCaptureFixture,
    poll: Poll,
) -> None:
    """From the first form to an outage, with everybody logging all they can."""
    caplog.set_level(logging.DEBUG)
    await start(hass, f"{proxy.url}/elsewhere", TEXT)
    await start(hass, proxy.url, f"{TEXT}ü")
    await start(hass, "http://127.0.0.1:1", TEXT)
    result = await start(hass, proxy.url, TEXT)
    result = await enter(hass, result, next_step_id="access_token")
    result = await enter(hass, result, access_token=beeper.token)
    entry = result["result"]
    told = json.dumps(
        await async_get_config_entry_diagnostics(hass, entry), default=str
    )
    assert "**REDACTED**" in told
    for fault in (Fault(drop=0), Fault(status=500), Fault(body=b"{")):
        beeper.inject(fault)
        await poll(61)
        beeper.clear_faults()
    await hass.config_entries.async_unload(entry.entry_id)

    formatter = logging.Formatter()
    logged = [
        formatter.format(record)
        for record in caplog.records
        if record.name.startswith(("custom_components", "homeassistant"))
    ]
    assert logged
    for text in (told, *logged):
        assert CLIENT_SECRET not in text
        assert CLIENT_ID not in text
