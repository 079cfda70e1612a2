"""A Home Assistant that no longer has what it never documented for integrations."""

from collections.abc import Callable
import json
import sys
from types import SimpleNamespace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.beeper import internals
from custom_components.beeper.const import CONF_NO_REPAIRS_FOR, DOMAIN
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowHandler
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator

from .accounts import SIGNAL, WHATSAPP
from .conftest import OurLog, Poll, StateOf
from .dialog import Dialogs
from .lookup import get_device

MY = "https://my.home-assistant.io/redirect/oauth"

type Lose = Callable[[str], None]


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Lose:
    """Return a function after which a module of Home Assistant has nothing in it."""
    internals._warn_once.cache_clear()  # noqa: SLF001  # it is once for a process

    def lose(module: str) -> None:
        monkeypatch.setattr(internals, module, SimpleNamespace())

    return lose


async def _set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await async_setup_component(hass, "frontend", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def _offered(hass_ws_client: WebSocketGenerator, platform: str) -> list[str]:
    """Return our triggers or conditions in the editor of automations."""
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": f"{platform}_platforms/subscribe"})
    await client.receive_json()
    told = await client.receive_json()
    return [key for key in told["event"] if key.startswith(f"{DOMAIN}.")]


def _warnings(our_log: OurLog) -> list[str]:
    return [line for line in our_log() if "go together" in line]


async def test_nothing_is_lost_today(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    our_log: OurLog,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Home Assistant still has all of it."""
    assert await async_setup_component(hass, "automation", {})
    await _set_up(hass, entry)

    assert await _offered(hass_ws_client, "trigger") != []
    assert await _offered(hass_ws_client, "condition") != []

    assert _warnings(our_log) == []
    assert [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if DOMAIN in url] != []


@pytest.mark.parametrize("module", ["frontend", "http_server"])
async def test_without_a_way_to_load_the_card(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    our_log: OurLog,
    state_of: StateOf,
    lose: Lose,
    module: str,
) -> None:
    """There is no card, but all else."""
    lose(module)
    await _set_up(hass, entry)

    assert state_of(f"{WHATSAPP}_status") is not None
    [line] = _warnings(our_log)
    assert "there is no dashboard card" in line


@pytest.mark.parametrize(
    ("module", "lost"),
    [
        ("panel_custom", "links to accounts lead to where all are listed"),
        ("http_server", "there is no dashboard card"),
    ],
)
async def test_without_a_way_to_add_a_page(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    our_log: OurLog,
    lose: Lose,
    module: str,
    lost: str,
) -> None:
    """Links lead where they can: a page without its modules is none."""
    lose(module)
    await _set_up(hass, entry)

    [line] = _warnings(our_log)
    assert lost in line
    assert get_device(hass, entry, f"_{WHATSAPP}").configuration_url == (
        "homeassistant://config/integrations/integration/beeper"
        f"#config_entry={entry.entry_id}"
    )


@pytest.mark.parametrize("module", ["config_entries", "dispatcher"])
async def test_without_news_of_entries(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    our_log: OurLog,
    state_of: StateOf,
    poll: Poll,
    lose: Lose,
    module: str,
) -> None:
    """Repair issues follow Beeper all the same; options count from the next change on."""
    lose(module)
    await _set_up(hass, entry)
    assert state_of(f"{WHATSAPP}_status") is not None
    before = len(ir.async_get(hass).issues)
    assert before

    hass.config_entries.async_update_entry(
        entry, options={CONF_NO_REPAIRS_FOR: [WHATSAPP]}
    )
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert len(ir.async_get(hass).issues) == before - 1
    [line] = _warnings(our_log)
    assert "repair issues" in line
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_without_a_way_to_withdraw_a_sign_in(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    our_log: OurLog,
    state_of: StateOf,
    poll: Poll,
    lose: Lose,
) -> None:
    """The request stays, and the poll goes on."""
    await _set_up(hass, entry)
    beeper.inject(Fault(path="/v1/bridges", status=401))
    await poll()
    beeper.clear_faults()
    lose("config_entries")
    await poll()

    assert len(hass.config_entries.flow.async_progress()) == 1
    state = state_of(f"{WHATSAPP}_status")
    assert state is not None
    assert state.state == "reconnect_required"
    [line] = _warnings(our_log)
    assert "sign in again" in line


async def test_without_a_way_to_tell_a_dialog_of_another_step(
    beeper: Simulator,
    dialogs: Dialogs,
    our_log: OurLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It shows what is next as soon as its button is selected."""
    internals._warn_once.cache_clear()  # noqa: SLF001  # it is once for a process
    dialog = await dialogs.fix(SIGNAL)
    assert dialog.at == "scan_qr_code"
    monkeypatch.delattr(FlowHandler, "async_notify_flow_changed")

    beeper.phone.scan(next(reversed(beeper.sessions)))
    await dialogs.see(dialog, after=1)
    assert dialog.at == "scan_qr_code"
    await dialog.start_over()

    assert dialog.at == "create_entry"
    [warning] = _warnings(our_log)
    assert "only continue when a button" in warning


@pytest.mark.parametrize(
    ("lost", "redirect_uri"),
    [(False, "http://localhost:8123/auth/external/callback"), (True, MY)],
)
async def test_without_the_request_of_the_page(
    hass: HomeAssistant,
    beeper: Simulator,
    hass_client: ClientSessionGenerator,
    our_log: OurLog,
    lose: Lose,
    lost: bool,
    redirect_uri: str,
) -> None:
    """A sign-in then comes back over My Home Assistant, as from any other machine."""
    assert await async_setup_component(hass, "auth", {})
    assert await async_setup_component(hass, "config", {})
    hass.config.components.add("my")
    client = await hass_client()
    flows = "/api/config/config_entries/flow"
    answers = ({"url": beeper.url}, {"next_step_id": "oauth"}, {"scope": "read"})
    page = {"HA-Frontend-Base": "http://localhost:8123"}
    if lost:
        lose("http")

    response = await client.post(flows, json={"handler": DOMAIN}, headers=page)
    assert response.status == 200, await response.text()
    flow = await response.json()
    for answer in answers:
        path = f"{flows}/{flow['flow_id']}"
        response = await client.post(path, json=answer, headers=page)
        flow = await response.json()

    assert flow["step_id"] == "authorize"
    [registered] = beeper.oauth.clients.values()
    assert registered.redirect_uris == (redirect_uri,)
    assert len(_warnings(our_log)) == lost


async def test_without_a_way_to_tell_what_is_traced(
    hass: HomeAssistant, loaded: MockConfigEntry, our_log: OurLog, lose: Lose
) -> None:
    """Actions then leave out what no trace may keep."""

    async def answer() -> str:
        bridges = await hass.services.async_call(
            DOMAIN, "get_bridges", {}, blocking=True, return_response=True
        )
        return json.dumps(bridges)

    assert "phone_number" in await answer()
    lose("trace")
    for _ in range(2):
        assert "phone_number" not in await answer()
    [line] = _warnings(our_log)
    assert "actions leave out" in line


@pytest.mark.parametrize(
    ("platform", "gone"),
    [
        ("trigger", "homeassistant.helpers.trigger.EntityTriggerBase"),
        ("trigger", "homeassistant.helpers.automation.DomainSpec"),
        ("condition", "homeassistant.helpers.condition.EntityStateConditionBase"),
        ("condition", "homeassistant.helpers.automation.DomainSpec"),
    ],
)
async def test_without_bases_of_triggers_and_conditions(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    state_of: StateOf,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    gone: str,
) -> None:
    """There are none of ours then, but all else."""
    monkeypatch.delattr(gone)
    monkeypatch.delitem(
        sys.modules, f"custom_components.beeper.{platform}", raising=False
    )
    assert await async_setup_component(hass, "automation", {})
    await _set_up(hass, entry)

    assert state_of(f"{WHATSAPP}_status") is not None
    assert await _offered(hass_ws_client, platform) == []
