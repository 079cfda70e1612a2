"""The page of one account: where it is, who leads there, and what is done without it."""

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from homeassistant.components.frontend import async_register_built_in_panel
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from .accounts import SIGNAL, WHATSAPP
from .conftest import Change, Poll
from .lookup import get_device


@pytest.fixture
async def frontend(hass: HomeAssistant) -> None:
    """Have Home Assistant show pages; tests name this before an entry that is set up."""
    assert await async_setup_component(hass, "frontend", {})


@pytest.fixture
def page(frontend: None, hass: HomeAssistant, loaded: MockConfigEntry) -> str:
    """Return the path of the page of WhatsApp."""
    return f"/beeper-reconnect/{get_device(hass, loaded, f'_{WHATSAPP}').id}"


async def test_page_is_there_and_in_no_menu(
    hass: HomeAssistant,
    page: str,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Everybody may open it, under its own address; it says itself who may do what."""
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "get_panels"})
    panel = (await client.receive_json())["result"]["beeper-reconnect"]
    assert (panel["title"], panel["icon"], panel["require_admin"]) == (
        None,
        None,
        False,
    )
    http = await hass_client()
    module = panel["config"]["_panel_custom"]["module_url"]
    answer = await http.get(module)
    assert 'customElements.define("beeper-reconnect-page"' in await answer.text()
    # The card is the very same module for both, or it would be defined twice
    assert module.endswith("/beeper-reconnect-page.js")
    assert panel["config"]["_panel_custom"]["name"] == "beeper-reconnect-page"


async def test_device_leads_to_the_page(
    hass: HomeAssistant, page: str, loaded: MockConfigEntry
) -> None:
    """Its link has nothing of the account in it, and stays what it is."""
    link = f"homeassistant:/{page}"
    assert get_device(hass, loaded, f"_{WHATSAPP}").configuration_url == link
    changes: list[object] = []
    hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, changes.append)

    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()

    assert get_device(hass, loaded, f"_{WHATSAPP}").configuration_url == link
    assert changes == []
    assert get_device(hass, loaded).configuration_url is None


async def test_page_outlives_the_entry(
    hass: HomeAssistant, page: str, loaded: MockConfigEntry
) -> None:
    """Another entry, or the same one anew, finds it where it was."""
    await hass.config_entries.async_remove(loaded.entry_id)
    again = MockConfigEntry(domain="beeper", data=loaded.data)
    again.add_to_hass(hass)

    assert await hass.config_entries.async_setup(again.entry_id)
    await hass.async_block_till_done()

    device = get_device(hass, again, f"_{WHATSAPP}")
    assert device.configuration_url == (f"homeassistant://beeper-reconnect/{device.id}")


async def test_notification_leads_to_the_page(
    hass: HomeAssistant, page: str, loaded: MockConfigEntry, change: Change, poll: Poll
) -> None:
    """A tap on it does, and so does its button, and what warns of an account."""
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    phone = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("mobile_app", "a")}, name="Phone"
    )
    calls = async_mock_service(hass, "notify", "mobile_app_phone")
    await change(WHATSAPP, "connected")
    await change(SIGNAL, "connected")
    hass.config_entries.async_update_entry(
        loaded, options={"notify_phones": [phone.id], "notify_warnings": True}
    )
    await poll()
    calls.clear()

    await change(WHATSAPP, "reconnect_required")
    await change(WHATSAPP, "connected", "Your phone was not seen for 12 days")

    lost, connected, warned = (call.data["data"] for call in calls)
    assert (lost["url"], lost["clickAction"]) == (page, page)
    assert [action["uri"] for action in lost["actions"]] == [page]
    assert "url" not in connected
    assert (warned["url"], warned["clickAction"]) == (page, page)


async def test_address_that_somebody_else_has(
    hass: HomeAssistant, frontend: None, entry: MockConfigEntry
) -> None:
    """A dashboard that is called the same stays, and devices lead where they can."""
    async_register_built_in_panel(
        hass, "lovelace", "Mine", frontend_url_path="beeper-reconnect"
    )

    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert get_device(hass, entry, f"_{WHATSAPP}").configuration_url == (
        "homeassistant://config/integrations/integration/beeper"
        f"#config_entry={entry.entry_id}"
    )
