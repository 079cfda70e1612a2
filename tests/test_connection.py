"""The session in which Beeper is asked: ours alone, and without cookies."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession
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


async def test_all_share_a_session_until_the_end(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """There is one for those who verify certificates, and one for those who do not."""
    with new_sessions() as made:
        for verify_ssl in (True, False, True):
            result = await hass.config_entries.flow.async_init(
                "beeper",
                context={"source": SOURCE_USER},
                data={CONF_URL: beeper.url, CONF_VERIFY_SSL: verify_ssl},
            )
            hass.config_entries.flow.async_abort(result["flow_id"])
        entry = MockConfigEntry(
            domain="beeper",
            data={CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token},
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
    assert len(made) == 2
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not any(session.closed for session in made)

    hass.bus.async_fire(EVENT_HOMEASSISTANT_CLOSE)
    await hass.async_block_till_done()

    assert all(session.closed for session in made)
