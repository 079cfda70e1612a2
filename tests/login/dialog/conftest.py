"""A person in front of a dialog, and a network that asks for anything."""

from collections.abc import Generator

import pytest

from homeassistant.core import HomeAssistant
from simulator import Simulator
from simulator.login_flows import (
    FLOWS,
    Attempt,
    Flow,
    Identity,
    LoginFlow,
    Step as ServedStep,
)
from tests.dialog import Dialogs

from .person import Network, Person


@pytest.fixture
def person(hass: HomeAssistant, beeper: Simulator, dialogs: Dialogs) -> Person:
    """Return somebody who signs in, and holds the phone."""
    return Person(hass, beeper, dialogs)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Return a function that makes Signal ask for these steps, one after the other.

    It returns the answers, as they come in.
    """

    def network(*steps: ServedStep) -> list[dict[str, str]]:
        answers: list[dict[str, str]] = []

        def run(_: Attempt) -> Flow:
            for step in steps:
                answer = yield step
                answers.append(dict(answer.fields))
            return Identity("8d1f6a52-0c7b-4d0e-9a53-2f4be1c0a104")

        monkeypatch.setitem(FLOWS, "signal", (LoginFlow("only", "", "", run),))
        return answers

    return network


@pytest.fixture(autouse=True)
def nothing_goes_wrong(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Check that Home Assistant had no reason to log an error."""
    yield
    assert [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelname in ("ERROR", "CRITICAL")
    ] == []
