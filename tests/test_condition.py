"""The conditions in real automations: when they let one run."""

from collections.abc import Awaitable, Callable

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.beeper.api import AccountStatus
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Fault, Simulator

from .accounts import WHATSAPP
from .conftest import Change, Poll, Targets

WHATSAPP_STATUS = "sensor.whatsapp_alice_example_status"
TELEGRAM_STATUS = "sensor.telegram_alice_example_status"
TARGET = {"entity_id": WHATSAPP_STATUS}

EXPECTED = {
    "is_connected": {"connected", "backfilling"},
    "needs_attention": {
        "connection_required",
        "reconnect_required",
        "attention_required",
    },
}

type Passes = Callable[[], Awaitable[bool]]
type Automate = Callable[..., Awaitable[Passes]]


@pytest.fixture
def automate(hass: HomeAssistant, loaded: MockConfigEntry) -> Automate:
    """Return a function that sets up an automation with one condition.

    What it returns tells whether the automation runs now.
    """

    async def automate(condition: str, **more: object) -> Passes:
        calls = async_mock_service(hass, "test", "automation")
        automation = {
            "triggers": {"trigger": "event", "event_type": "test"},
            "conditions": {
                "condition": f"beeper.{condition}",
                "target": TARGET,
                **more,
            },
            "actions": {"action": "test.automation"},
        }
        assert await async_setup_component(
            hass, "automation", {"automation": automation}
        )

        async def passes() -> bool:
            calls.clear()
            hass.bus.async_fire("test")
            await hass.async_block_till_done()
            return bool(calls)

        return passes

    return automate


@pytest.mark.parametrize("condition", EXPECTED)
@pytest.mark.parametrize("status", [*AccountStatus, "hibernating"])
async def test_each_status(
    automate: Automate, change: Change, condition: str, status: str
) -> None:
    """A condition holds in just the statuses that are documented for it."""
    await change(WHATSAPP, status)
    passes = await automate(condition)

    assert await passes() == (status in EXPECTED[condition])


@pytest.mark.parametrize(
    ("condition", "status"),
    [("is_connected", "connected"), ("needs_attention", "reconnect_required")],
)
async def test_outage(
    beeper: Simulator,
    automate: Automate,
    change: Change,
    poll: Poll,
    condition: str,
    status: str,
) -> None:
    """While Beeper does not answer, nothing is known of an account."""
    await change(WHATSAPP, status)
    passes = await automate(condition)
    assert await passes()

    beeper.inject(Fault(status=502))
    await poll()

    assert not await passes()


@pytest.mark.parametrize(("behavior", "expected"), [("any", True), ("all", False)])
async def test_behavior(
    beeper: Simulator, automate: Automate, behavior: str, expected: bool
) -> None:
    """One of several accounts can be enough, or all may have to be so."""
    passes = await automate(
        "is_connected",
        target={"entity_id": [WHATSAPP_STATUS, TELEGRAM_STATUS]},
        options={"behavior": behavior},
    )

    assert await passes() is expected


async def test_for_how_long(
    beeper: Simulator,
    automate: Automate,
    change: Change,
    poll: Poll,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It can be asked for how long; another status of the same kind makes no break."""
    passes = await automate("needs_attention", options={"for": "00:05:00"})
    assert not await passes()

    await poll(150)
    beeper.set_status(WHATSAPP, "attention_required")
    await poll(149)
    assert not await passes()
    freezer.tick(2)
    assert await passes()

    await change(WHATSAPP, "connected")
    await change(WHATSAPP, "attention_required")
    assert not await passes()


@pytest.mark.parametrize("kind", ["device_id", "area_id", "label_id"])
async def test_target(automate: Automate, targets: Targets, kind: str) -> None:
    """The account can be meant by its device, an area or a label."""
    target = {kind: targets(WHATSAPP_STATUS)[kind]}

    passes = await automate("needs_attention", target=target)

    assert await passes()


@pytest.mark.parametrize("kind", ["device_id", "area_id", "label_id", "nothing"])
async def test_all_accounts_are_meant(
    beeper: Simulator, automate: Automate, targets: Targets, change: Change, kind: str
) -> None:
    """Beeper's own device, what that is in, and no target mean all accounts."""
    for account_id in beeper.accounts:
        beeper.set_status(account_id, "connected")
    await change(WHATSAPP, "connected")
    own = targets("sensor.beeper_accounts_connected")
    target = {kind: own[kind]} if kind in own else {}
    passes = await automate("is_connected", target=target, options={"behavior": "all"})
    assert await passes()

    await change(WHATSAPP, "disconnected")

    assert not await passes()


async def test_no_target_and_for_how_long(
    automate: Automate, change: Change, freezer: FrozenDateTimeFactory
) -> None:
    """Of all accounts it can be asked for how long, too."""
    options = {"for": "00:05:00", "behavior": "any"}
    passes = await automate("needs_attention", target={}, options=options)
    assert not await passes()

    freezer.tick(301)

    assert await passes()


async def test_what_is_no_account_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """A sensor that happens to say the same is no account; it says so by name."""
    hass.states.async_set("sensor.other", "connected")
    client = await hass_ws_client()
    await client.send_json_auto_id(
        {
            "type": "validate_config",
            "conditions": {
                "condition": "beeper.is_connected",
                "target": {"entity_id": ["sensor.other"]},
            },
        }
    )

    checked = (await client.receive_json())["result"]["conditions"]

    assert checked == {
        "valid": False,
        "error": "sensor.other is not the status sensor of an account."
        " Select one that is.",
    }
