"""Who refuses, as a person is told of it: only Beeper's own refusal asks to sign in again."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from simulator import Fault, Simulator

from .accounts import WHATSAPP
from .conftest import OurLog, Poll, StateOf

CHALLENGE = b"<!doctype html><title>Just a moment...</title>"
REASON = b'{"message": "Invalid password", "code": "FI.MAU.INVALID_PASSWORD"}'

PROXIES = [
    pytest.param(
        Fault(
            status=401,
            body=b"Authorization Required",
            headers={"WWW-Authenticate": 'Basic realm="Home"'},
            by_proxy=True,
        ),
        id="asks for a password",
    ),
    pytest.param(
        Fault(status=403, body=CHALLENGE, content_type="text/html", by_proxy=True),
        id="asks whether one is human",
    ),
]


def asked_to_sign_in(hass: HomeAssistant) -> bool:
    """Return whether Home Assistant asks for a new token."""
    return any(
        flow["context"]["source"] == "reauth"
        for flow in hass.config_entries.flow.async_progress()
    )


async def act(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    """Run an action and return its response."""
    response = await hass.services.async_call(
        "beeper", action, data, blocking=True, return_response=True
    )
    assert isinstance(response, dict)
    return response


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("fault", PROXIES)
async def test_proxy_that_refuses_is_an_outage(
    hass: HomeAssistant,
    beeper: Simulator,
    poll: Poll,
    state_of: StateOf,
    our_log: OurLog,
    fault: Fault,
) -> None:
    """A new token would not help; all is well when the proxy lets us through again."""
    beeper.inject(fault)
    await poll()
    await poll()
    assert state_of(f"{WHATSAPP}_status").state == STATE_UNAVAILABLE
    assert not asked_to_sign_in(hass)
    [line] = our_log()
    assert "What answers is not Beeper" in line

    beeper.clear_faults()
    await poll(61)
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"


@pytest.mark.parametrize("fault", PROXIES)
async def test_proxy_that_refuses_at_start_is_tried_again(
    hass: HomeAssistant, beeper: Simulator, entry: MockConfigEntry, fault: Fault
) -> None:
    """Set-up is not given up for a token that nobody has looked at."""
    beeper.inject(fault)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert not asked_to_sign_in(hass)


@pytest.mark.parametrize("fault", PROXIES)
async def test_proxy_that_lets_only_some_requests_pass_is_told_at_set_up(
    hass: HomeAssistant, beeper: Simulator, fault: Fault
) -> None:
    """The token may be right, and must not be called wrong."""
    flows = hass.config_entries.flow
    flow = await flows.async_init("beeper", context={"source": SOURCE_USER})
    flow = await flows.async_configure(flow["flow_id"], {"url": beeper.url})
    flow = await flows.async_configure(
        flow["flow_id"], {"next_step_id": "access_token"}
    )
    beeper.inject(fault)

    token = {"access_token": beeper.token}
    flow = await flows.async_configure(flow["flow_id"], token)
    assert flow["errors"] == {"base": "access_proxy"}

    beeper.clear_faults()
    flow = await flows.async_configure(flow["flow_id"], token)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("status", [401, 403])
async def test_network_that_refuses_is_told_with_its_reason(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    state_of: StateOf,
    our_log: OurLog,
    status: int,
) -> None:
    """The token is as good as before: nobody is asked to sign in to Beeper again."""
    # Given a login that asks for something
    session = await act(
        hass, "create_login_session", bridge_id="local-telegram", flow_id="phone"
    )
    [field] = session["current_step"]["fields"]
    answer = {
        "login_session_id": session["login_session_id"],
        "fields": {field["id"]: "+15555550100"},
    }

    # When the network refuses it in the way in which Beeper refuses tokens
    beeper.inject(Fault(path="*/steps/*", status=status, body=REASON, times=1))
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "submit_login_step", **answer)

    # Then its reason is told, and all else goes on
    assert raised.value.translation_key == "invalid_request"
    assert raised.value.translation_placeholders == {"message": "Invalid password"}
    await loaded.runtime_data.coordinator.async_refresh()
    assert not asked_to_sign_in(hass)
    assert state_of(f"{WHATSAPP}_status").state == "reconnect_required"
    assert our_log() == []
    told = await act(hass, "submit_login_step", **answer)
    assert told["current_step"]["step_id"] != session["current_step"]["step_id"]


@pytest.mark.usefixtures("loaded")
async def test_network_that_lets_nobody_begin_is_told_with_its_reason(
    hass: HomeAssistant, beeper: Simulator, state_of: StateOf
) -> None:
    """It is not the token that may not write."""
    body = b'{"message": "This network has banned you", "code": "M_FORBIDDEN"}'
    beeper.inject(Fault(method="POST", path="*/login-sessions", status=403, body=body))
    with pytest.raises(ServiceValidationError) as raised:
        await act(
            hass,
            "reconnect_account",
            entity_id=state_of(f"{WHATSAPP}_status").entity_id,
        )
    assert raised.value.translation_placeholders == {
        "message": "This network has banned you"
    }


@pytest.mark.usefixtures("loaded")
async def test_token_that_was_revoked_is_told_in_a_login(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """Beeper refuses whatever is asked with it."""
    beeper.revoke(beeper.token)
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "create_login_session", bridge_id="local-signal")
    assert raised.value.translation_key == "invalid_auth"
