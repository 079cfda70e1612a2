"""The real Home Assistant that the demo and the browser tests run."""

from pathlib import Path

import pytest

from scripts.home_assistant import (
    HomeAssistantFailed,
    free_port,
    running_home_assistant,
)
from simulator import Simulator, load_scenario


async def test_refused_dialog_and_restart(tmp_path: Path) -> None:
    """A refused answer is told in the dialog's own words.

    What was set up survives a restart.
    """
    async with (
        Simulator(load_scenario("home")) as beeper,
        running_home_assistant(tmp_path, free_port()) as home_assistant,
    ):
        way = {
            "user": {"url": beeper.url},
            "sign_in": {"next_step_id": "access_token"},
        }
        with pytest.raises(
            HomeAssistantFailed,
            match="at step access_token: Beeper does not accept this access token",
        ):
            await home_assistant.add_integration(
                "beeper", way | {"access_token": {"access_token": "wrong"}}
            )

        entry_id = await home_assistant.add_integration(
            "beeper", way | {"access_token": {"access_token": beeper.token}}
        )
        await home_assistant.stop()
        await home_assistant.start()

        entries = await home_assistant.get("/api/config/config_entries/entry")
        states = {entry["entry_id"]: entry["state"] for entry in entries}
        assert states[entry_id] == "loaded"
