"""What must stay secret stays so, whatever happens."""

from collections.abc import Iterator
import logging

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from simulator import Fault, Simulator

from .conftest import Poll

WRONG_TOKEN = "marker-of-a-wrong-token"

FAULTS = [
    Fault(drop=0),
    Fault(truncate=100),
    Fault(status=403),
    Fault(status=404),
    Fault(status=429, headers={"Retry-After": "1"}),
    Fault(status=500, body=b'{"message": "+15555550100", "code": "alice@example.com"}'),
    Fault(redirect="https://example.com"),
    Fault(body=b'[{"accountID": 1, "status": "+15555550100"}]'),
    Fault(body=b"not JSON, alice@example.com"),
    Fault(path="/v1/bridges", status=401),
]


@pytest.fixture
def secrets(beeper: Simulator) -> list[str]:
    """Return what nobody may read."""
    users = [account["user"] for account in beeper.accounts.values()]
    contacts = {user.get(key) for user in users for key in ("phoneNumber", "email")}
    found = [contact for contact in contacts if contact]
    # phone numbers also without the plus, as WhatsApp has them in its IDs
    found += [contact.removeprefix("+") for contact in found]
    assert len(found) > 3
    return [beeper.token, beeper.read_only_token, WRONG_TOKEN, *found]


async def test_secrets_reach_no_log_state_or_registry(
    hass: HomeAssistant,
    beeper: Simulator,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
    secrets: list[str],
) -> None:
    """From the first form to the last fault, with everybody logging all they can."""
    caplog.set_level(logging.DEBUG)

    result = await hass.config_entries.flow.async_init(
        "beeper", context={"source": SOURCE_USER}, data={CONF_URL: beeper.url}
    )
    for token in (WRONG_TOKEN, f"{WRONG_TOKEN}\nbroken", beeper.token):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_ACCESS_TOKEN: token}
        )
    entry: MockConfigEntry = result["result"]
    await hass.async_block_till_done()
    for fault in FAULTS:
        beeper.inject(fault)
        await poll(61)
        beeper.clear_faults()
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    await beeper.stop()
    await poll(61)

    told = list(_told(hass, caplog))
    assert any("does not answer" in text for text in told)
    assert any("whatsapp" in text for text in told)
    for text in told:
        for secret in secrets:
            assert secret not in text


def _told(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Yield all that a person, or a program that is not ours, could read."""
    formatter = logging.Formatter()
    for record in caplog.records:
        yield formatter.format(record)
    for state in hass.states.async_all():
        yield repr(state.as_dict())
    for device in dr.async_get(hass).devices:
        yield repr(device.dict_repr)
    for entity in er.async_get(hass).entities.values():
        yield repr(entity.extended_dict)
    for issue in ir.async_get(hass).issues.values():
        yield repr(issue)
