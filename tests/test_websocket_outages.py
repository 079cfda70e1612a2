"""The WebSocket command that tells the card when an account was lost."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import Simulator

from .accounts import WHATSAPP
from .conftest import Change, Poll

STATUS = "sensor.whatsapp_alice_example_status"

type Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(autouse=True)
def middle_of_a_month(freezer: FrozenDateTimeFactory) -> None:
    """Let it be long before the end of the month; access tokens are made after that."""
    freezer.move_to(datetime(2031, 3, 15, 12, tzinfo=UTC))


@pytest.fixture
def ask(
    hass: HomeAssistant,
    beeper: Simulator,
    request: pytest.FixtureRequest,
    hass_ws_client: WebSocketGenerator,
) -> Ask:
    """Return a function that asks as the card does; the account is connected at first."""
    beeper.set_status(WHATSAPP, "connected")
    request.getfixturevalue("loaded")

    async def ask(
        entity_id: object = STATUS, token: str | None = None
    ) -> dict[str, Any]:
        client = await (hass_ws_client(hass, token) if token else hass_ws_client(hass))
        await client.send_json_auto_id(
            {"type": "beeper/outages", "entity_id": entity_id}
        )
        answer: dict[str, Any] = await client.receive_json()
        return answer

    return ask


async def test_account_that_was_never_lost(ask: Ask) -> None:
    """There is nothing to tell."""
    assert (await ask())["result"] == {
        "this_month": {"count": 0, "seconds": 0},
        "last": [],
    }


async def test_outages(
    ask: Ask, change: Change, poll: Poll, hass_read_only_access_token: str
) -> None:
    """The numbers are those of this moment; the newest outages come first."""
    for _ in range(6):
        await change(WHATSAPP, "disconnected")
        await change(WHATSAPP, "connected")
    await change(WHATSAPP, "reconnect_required")
    lost = dt_util.utcnow()
    await poll(100)

    answer = await ask(token=hass_read_only_access_token)

    result = answer["result"]
    assert result["this_month"] == {"count": 7, "seconds": 6 * 16 + 100}
    assert result["last"][0] == {
        "start": lost.isoformat(),
        "end": None,
        "seconds": 100,
    }
    assert result["last"][1] == {
        "start": (lost - timedelta(seconds=32)).isoformat(),
        "end": (lost - timedelta(seconds=16)).isoformat(),
        "seconds": 16,
    }
    assert len(result["last"]) == 5


@pytest.mark.parametrize(
    ("entity_id", "code", "key"),
    [
        ("sensor.nobody", "home_assistant_error", "not_an_account"),
        ("sensor.beeper_login_session", "home_assistant_error", "not_an_account"),
        ("?", "invalid_format", None),
        (None, "invalid_format", None),
    ],
)
async def test_no_account(
    ask: Ask, entity_id: object, code: str, key: str | None
) -> None:
    """Whoever asks for something else is told so."""
    error = (await ask(entity_id))["error"]
    assert error["code"] == code
    assert error.get("translation_key") == key


async def test_entry_that_is_not_loaded(
    hass: HomeAssistant,
    ask: Ask,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody knows anything then; a card that asks is not a matter for the log."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert (await ask())["error"]["code"] == "home_assistant_error"
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


async def test_who_may_not_see_the_account(ask: Ask, hass_admin_user: MockUser) -> None:
    """Whoever may not see its status need not know how it was."""
    hass_admin_user.groups = []
    assert (await ask())["error"]["code"] == "unauthorized"
