"""The session in which Beeper is asked: ours alone, and without cookies."""

import asyncio
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import (
    CONF_ACCESS_TOKEN,
    CONF_URL,
    CONF_VERIFY_SSL,
    EVENT_HOMEASSISTANT_CLOSE,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import (
    async_create_clientsession,
    async_get_clientsession,
)
from simulator import Fault, Simulator

from .access_proxy import HEADERS, access_proxy
from .clock import Clock
from .conftest import Poll


@contextmanager
def new_sessions() -> Iterator[list[ClientSession]]:
    """Return the sessions that are made from now on."""
    made: list[ClientSession] = []

    def note(*arguments: Any, **more: Any) -> ClientSession:
        made.append(async_create_clientsession(*arguments, **more))
        return made[-1]

    with patch("custom_components.beeper.connection.async_create_clientsession", note):
        yield made


async def test_cookies_of_others_and_those_of_beeper_stay_apart(
    hass: HomeAssistant, beeper: Simulator, poll: Poll
) -> None:
    """On one host, Beeper gets no session of another integration, and ends none."""
    async with access_proxy(beeper) as proxy:
        url = str(URL(proxy.url).with_host("localhost"))
        common = async_get_clientsession(hass).cookie_jar
        common.update_cookies({"session": "of-another"}, URL(url))
        entry = MockConfigEntry(
            domain="beeper",
            data={
                CONF_URL: url,
                CONF_ACCESS_TOKEN: beeper.token,
                "headers": HEADERS,
            },
        )
        entry.add_to_hass(hass)
        beeper.inject(Fault(headers={"Set-Cookie": "session=of-beeper; Path=/"}))

        assert await hass.config_entries.async_setup(entry.entry_id)
        await poll()

        assert len(proxy.requests) > 4
        assert not any("Cookie" in headers for _, headers in proxy.requests)
        assert common.filter_cookies(URL(url))["session"].value == "of-another"
        assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def made() -> Generator[list[ClientSession]]:
    """Return the sessions that are made."""
    with new_sessions() as made:
        yield made


@pytest.fixture
def entries(hass: HomeAssistant, beeper: Simulator) -> list[MockConfigEntry]:
    """Return two entries, not set up yet, that may share a session."""
    entries = [
        MockConfigEntry(
            domain="beeper",
            data={CONF_URL: url, CONF_ACCESS_TOKEN: beeper.token},
        )
        for url in (beeper.url, beeper.url.replace("127.0.0.1", "localhost"))
    ]
    for entry in entries:
        entry.add_to_hass(hass)
    return entries


async def test_entries_share_a_session_until_the_last_is_unloaded(
    hass: HomeAssistant,
    made: list[ClientSession],
    entries: list[MockConfigEntry],
    poll: Poll,
) -> None:
    """It is kept between their requests, and closed with the last of them."""
    # With the first one, Home Assistant sets up both
    assert await hass.config_entries.async_setup(entries[0].entry_id)
    await poll()
    for entry in entries:
        assert [session.closed for session in made] == [False]
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert [session.closed for session in made] == [True]

    assert await hass.config_entries.async_setup(entries[0].entry_id)
    assert [session.closed for session in made] == [True, False]
    assert await hass.config_entries.async_unload(entries[0].entry_id)


async def test_session_is_closed_with_home_assistant(
    hass: HomeAssistant, made: list[ClientSession], entries: list[MockConfigEntry]
) -> None:
    """Entries are not unloaded then."""
    assert await hass.config_entries.async_setup(entries[0].entry_id)
    await hass.async_block_till_done()

    hass.bus.async_fire(EVENT_HOMEASSISTANT_CLOSE)
    await hass.async_block_till_done()

    assert [session.closed for session in made] == [True]
    for entry in entries:
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_dialogs_have_a_session_for_each_request(
    hass: HomeAssistant, beeper: Simulator, made: list[ClientSession]
) -> None:
    """One that verifies certificates, or does not; nothing is left of them."""
    for verify_ssl in (True, False):
        result = await hass.config_entries.flow.async_init(
            "beeper",
            context={"source": SOURCE_USER},
            data={CONF_URL: beeper.url, CONF_VERIFY_SSL: verify_ssl},
        )
        assert result["step_id"] == "sign_in"
        hass.config_entries.flow.async_abort(result["flow_id"])
    assert len(made) >= 2
    assert all(session.closed for session in made)


async def test_session_goes_after_the_last_requests_of_an_entry(
    hass: HomeAssistant,
    beeper: Simulator,
    made: list[ClientSession],
    entries: list[MockConfigEntry],
    clock: Clock,
) -> None:
    """A login that starts while its entry is unloaded is cancelled, and that is the end."""
    entry, other = entries
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(other.entry_id)
    beeper.logins.start_delay = 5
    starting = asyncio.create_task(
        hass.services.async_call(
            "beeper",
            "create_login_session",
            {"bridge_id": "local-signal", "config_entry_id": entry.entry_id},
            blocking=True,
            return_response=True,
        )
    )
    await clock.run(1)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert [session.closed for session in made] == [False]

    await clock.run(10)

    assert starting.done()
    [session] = beeper.sessions.values()
    assert session.forgotten
    assert all(session.closed for session in made)


async def test_set_up_that_fails_leaves_no_session(
    hass: HomeAssistant,
    beeper: Simulator,
    made: list[ClientSession],
    entries: list[MockConfigEntry],
) -> None:
    """It is tried again with another one."""
    await beeper.stop()
    assert not await hass.config_entries.async_setup(entries[0].entry_id)
    assert made
    assert all(session.closed for session in made)
    assert await hass.config_entries.async_unload(entries[0].entry_id)
