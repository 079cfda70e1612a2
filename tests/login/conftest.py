"""A Beeper that is at rest, and those who run login sessions in it by actions."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.beeper.api import BeeperClient
from custom_components.beeper.const import DOMAIN
from homeassistant.core import HomeAssistant
from simulator import Simulator
from tests.clock import Clock
from tests.conftest import StateOf

type Act = Callable[..., Coroutine[Any, Any, dict[str, Any]]]
type Shown = Callable[[], tuple[str, str | None]]
type Start = Callable[..., Awaitable[str]]


@pytest.fixture
def at_rest() -> bool:
    """Let no account be under way."""
    return True


@pytest.fixture
async def somebody_else(beeper: Simulator) -> AsyncGenerator[BeeperClient]:
    """Return another client of the same Beeper."""
    async with ClientSession() as session:
        yield BeeperClient(session, beeper.url, beeper.token)


@pytest.fixture
def act(hass: HomeAssistant) -> Act:
    """Return a function that runs an action and returns its response."""

    async def act(action: str, **data: Any) -> dict[str, Any]:
        response = await hass.services.async_call(
            DOMAIN, action, data, blocking=True, return_response=True
        )
        assert isinstance(response, dict)
        return response

    return act


@pytest.fixture
def start(act: Act, clock: Clock) -> Start:
    """Return a function that starts a login session, by default for a new Signal account.

    It returns the session's ID, once what follows from the start has happened.
    """

    async def start(bridge_id: str = "local-signal", **data: str) -> str:
        response = await act("create_login_session", bridge_id=bridge_id, **data)
        await clock.run()
        session_id: str = response["login_session_id"]
        return session_id

    return start


@pytest.fixture
def shown(state_of: StateOf) -> Shown:
    """Return a function that tells the state and the step which a person sees."""

    def shown() -> tuple[str, str | None]:
        state = state_of("login_session")
        assert state is not None
        return state.state, state.attributes.get("step_id")

    return shown
