"""A Beeper behind https: certificates that are trusted, and those that are not."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
import ssl
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import trustme
from yarl import URL

from custom_components.beeper.const import CONF_USER_ID
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_ACCESS_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.util import ssl as ssl_util
from simulator import Simulator, load_scenario

from .conftest import OurLog, Poll
from .lookup import get_schema, state_of_entry

USER_ID = "@alice:beeper.com"
TLS_HANDSHAKE = b"\x16"
"""The first byte of who speaks TLS."""


@pytest.fixture(autouse=True)
async def refused_handshakes(hass: HomeAssistant) -> None:
    """Let the simulator's side of a refused handshake not count as our failure.

    It is served by the same event loop, which reports such a connection as an error.
    """
    loop = asyncio.get_running_loop()
    handle = loop.get_exception_handler()
    assert handle is not None

    def report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "incoming connection" not in context["message"]:
            handle(loop, context)

    loop.set_exception_handler(report)


@pytest.fixture
def ca() -> trustme.CA:
    """Return a throw-away certificate authority that nobody trusts."""
    return trustme.CA()


@pytest.fixture
def certificate(ca: trustme.CA) -> trustme.LeafCert:
    """Return a certificate for this machine."""
    return ca.issue_cert("127.0.0.1", "localhost")


@pytest.fixture
async def secure(certificate: trustme.LeafCert) -> AsyncGenerator[Simulator]:
    """Return a Beeper that is served with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    async with Simulator(load_scenario("home"), ssl_context=context) as simulator:
        assert simulator.url.startswith("https://")
        yield simulator


def trust(ca: trustme.CA) -> None:
    """Let Home Assistant trust a certificate authority, as a person would set it up.

    This adds it to the certificates that its HTTP sessions verify with; others do not
    depend on this one.
    """
    ca.configure_trust(
        ssl_util.client_context(
            ssl_util.SSLCipherList.PYTHON_DEFAULT, ssl_util.SSL_ALPN_HTTP11
        )
    )


async def enter(
    hass: HomeAssistant, result: ConfigFlowResult, **data: object
) -> ConfigFlowResult:
    """Submit what the dialog shows."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], data)
    await hass.async_block_till_done()
    return result


async def start(hass: HomeAssistant, url: str) -> ConfigFlowResult:
    """Open the dialog and enter an address."""
    return await hass.config_entries.flow.async_init(
        "beeper", context={"source": SOURCE_USER}, data={CONF_URL: url}
    )


def fields(result: ConfigFlowResult) -> list[str]:
    """Return the names of a form's fields."""
    return [str(marker) for marker in get_schema(result).schema]


async def sign_in(
    hass: HomeAssistant, result: ConfigFlowResult, beeper: Simulator
) -> ConfigEntry:
    """Paste the token, and return the entry."""
    result = await enter(hass, result, next_step_id="access_token")
    result = await enter(hass, result, access_token=beeper.token)
    return result["result"]


async def test_certificate_of_a_trusted_authority_is_accepted(
    hass: HomeAssistant, secure: Simulator, ca: trustme.CA
) -> None:
    """Also of one's own, once Home Assistant trusts it; nothing has to be switched."""
    trust(ca)
    entry = await sign_in(hass, await start(hass, secure.url), secure)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data == {
        CONF_URL: secure.url,
        CONF_ACCESS_TOKEN: secure.token,
        CONF_USER_ID: USER_ID,
    }


async def test_certificate_that_is_not_trusted_is_told(
    hass: HomeAssistant, secure: Simulator
) -> None:
    """Beeper hears nothing, and the form shows the switch that there is for this."""
    result = await start(hass, secure.url)
    assert result["step_id"] == "user"
    assert result["errors"] == {"base": "invalid_certificate"}
    assert fields(result) == ["url", "verify_ssl", "access_proxy"]
    assert secure.requests == []


async def test_switch_stays_while_the_address_is_corrected(
    hass: HomeAssistant, secure: Simulator
) -> None:
    """Whoever has seen it once need not look for it."""
    result = await start(hass, secure.url)
    result = await enter(hass, result, url=f"{secure.url}/elsewhere", verify_ssl=False)
    assert result["errors"] == {"base": "not_beeper"}
    markers = {str(marker): marker.description for marker in get_schema(result).schema}
    assert markers["verify_ssl"] == {"suggested_value": False}


async def test_certificate_is_not_verified_on_request(
    hass: HomeAssistant, secure: Simulator
) -> None:
    """A self-signed one is better than none."""
    result = await start(hass, secure.url)
    result = await enter(hass, result, url=secure.url, verify_ssl=True)
    assert result["errors"] == {"base": "invalid_certificate"}

    result = await enter(hass, result, url=secure.url, verify_ssl=False)
    entry = await sign_in(hass, result, secure)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data[CONF_VERIFY_SSL] is False
    assert len(hass.states.async_entity_ids("sensor")) > 8


@pytest.mark.parametrize(
    ("name", "expires"), [("beeper.example", None), ("127.0.0.1", -1)]
)
async def test_certificate_for_another_name_or_time_is_not_trusted(
    hass: HomeAssistant, ca: trustme.CA, name: str, expires: int | None
) -> None:
    """Even from an authority that is trusted."""
    trust(ca)
    certificate = ca.issue_cert(
        name,
        not_before=datetime(2000, 1, 1, tzinfo=UTC),
        not_after=datetime.now(UTC) + timedelta(days=expires) if expires else None,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    async with Simulator(load_scenario("empty"), ssl_context=context) as beeper:
        result = await start(hass, beeper.url)
        assert result["errors"] == {"base": "invalid_certificate"}


async def test_https_where_there_is_only_http_cannot_be_connected(
    hass: HomeAssistant, beeper: Simulator
) -> None:
    """The text asks whether it is http or https."""
    result = await start(hass, beeper.url.replace("http", "https"))
    assert result["errors"] == {"base": "cannot_connect"}
    assert fields(result) == ["url", "access_proxy"]


async def test_http_where_there_is_only_https_cannot_be_connected(
    hass: HomeAssistant, secure: Simulator
) -> None:
    """Nothing is said in clear text before that is known."""
    result = await start(hass, secure.url.replace("https", "http"))
    assert result["errors"] == {"base": "cannot_connect"}
    assert secure.requests == []


@pytest.fixture
async def proxy(secure: Simulator) -> AsyncGenerator[str]:
    """Return the https address of a proxy that tells those who speak http so.

    Behind it is Beeper.
    """
    refusal = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
    secure_port = URL(secure.url).port

    async def forward(reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        hello = await reader.read(65536)
        if not hello.startswith(TLS_HANDSHAKE):
            writer.write(refusal)
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", secure_port)
        far_writer.write(hello)
        await asyncio.gather(
            forward(reader, far_writer),
            forward(far_reader, writer),
            return_exceptions=True,
        )

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        yield f"https://127.0.0.1:{port}"
        secure.drop_connections()


async def test_https_is_found_for_who_has_written_http(
    hass: HomeAssistant, secure: Simulator, proxy: str, ca: trustme.CA
) -> None:
    """It is https that is kept then."""
    trust(ca)
    result = await start(hass, proxy.replace("https", "http"))
    assert result["description_placeholders"] == {"url": proxy}
    entry = await sign_in(hass, result, secure)
    assert entry.data[CONF_URL] == proxy
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_https_that_is_not_trusted_is_not_taken_for_http(
    hass: HomeAssistant, secure: Simulator, proxy: str
) -> None:
    """It may be another's: nobody has named it. The text asks for http or https."""
    result = await start(hass, proxy.replace("https", "http"))
    assert result["errors"] == {"base": "not_beeper"}
    assert fields(result) == ["url", "access_proxy"]
    assert secure.requests == []


async def test_beeper_that_moves_behind_https_keeps_its_entities(
    hass: HomeAssistant, beeper: Simulator, loaded: MockConfigEntry, secure: Simulator
) -> None:
    """A proxy was put before it, with a certificate of its own."""
    registry = er.async_get(hass)
    before = er.async_entries_for_config_entry(registry, loaded.entry_id)
    result = await loaded.start_reconfigure_flow(hass)
    result = await enter(hass, result, url=secure.url)
    assert result["errors"] == {"base": "invalid_certificate"}
    assert loaded.data[CONF_URL] == beeper.url

    result = await enter(hass, result, url=secure.url, verify_ssl=False)
    assert result["reason"] == "reconfigure_successful"
    assert loaded.data[CONF_URL] == secure.url
    assert loaded.data[CONF_VERIFY_SSL] is False
    assert loaded.state is ConfigEntryState.LOADED
    assert er.async_entries_for_config_entry(registry, loaded.entry_id) == before


async def test_verifying_can_be_switched_on_again(
    hass: HomeAssistant, secure: Simulator, ca: trustme.CA
) -> None:
    """The certificate was replaced; the entry forgets the exception."""
    entry = _unverified_entry(hass, secure)
    assert await hass.config_entries.async_setup(entry.entry_id)
    trust(ca)
    result = await entry.start_reconfigure_flow(hass)
    suggested = {
        str(marker): (marker.description or {}).get("suggested_value")
        for marker in get_schema(result).schema
    }
    assert suggested["verify_ssl"] is False

    result = await enter(hass, result, url=secure.url, verify_ssl=True)
    assert result["reason"] == "reconfigure_successful"
    assert CONF_VERIFY_SSL not in entry.data
    assert entry.state is ConfigEntryState.LOADED


async def test_new_token_does_not_switch_verifying_on(
    hass: HomeAssistant, secure: Simulator
) -> None:
    """Where Beeper is, and how, is not asked then."""
    entry = _unverified_entry(hass, secure)
    assert await hass.config_entries.async_setup(entry.entry_id)
    result = await entry.start_reauth_flow(hass)
    result = await enter(hass, result, next_step_id="access_token")
    result = await enter(hass, result, access_token=secure.read_only_token)
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_VERIFY_SSL] is False


async def test_certificate_that_goes_bad_is_an_outage(
    hass: HomeAssistant, secure: Simulator, ca: trustme.CA, poll: Poll, our_log: OurLog
) -> None:
    """It is told as one, and is over when the certificate is good again."""
    entry = _verified_entry(hass, secure)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason is not None
    assert entry.reason.startswith("The certificate of Beeper cannot be verified.")
    assert secure.requests == []

    trust(ca)
    await poll(61)
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    assert not [line for line in our_log() if line.startswith("ERROR")]


def issues(hass: HomeAssistant) -> list[str | None]:
    """Return the kinds of the issues there are."""
    return [issue.translation_key for issue in ir.async_get(hass).issues.values()]


async def test_certificate_that_stays_bad_has_an_issue_of_its_own(
    hass: HomeAssistant, secure: Simulator, ca: trustme.CA, poll: Poll
) -> None:
    """What else can keep Beeper from answering is not to blame."""
    entry = _verified_entry(hass, secure)
    await hass.config_entries.async_setup(entry.entry_id)
    await poll(890)
    assert issues(hass) == []
    await poll(20)
    assert issues(hass) == ["invalid_certificate"]

    trust(ca)
    await poll(601)
    assert entry.state is ConfigEntryState.LOADED
    assert "invalid_certificate" not in issues(hass)


async def test_issue_says_what_is_wrong_with_the_certificate_now(
    hass: HomeAssistant, secure: Simulator, poll: Poll
) -> None:
    """Beeper is gone, comes back with another certificate, and goes again."""
    entry = _verified_entry(hass, secure)
    await secure.stop()
    await hass.config_entries.async_setup(entry.entry_id)
    await poll(901)
    assert issues(hass) == ["unreachable"]

    await secure.start()
    await poll(601)
    assert issues(hass) == ["invalid_certificate"]

    await secure.stop()
    await poll(601)
    assert issues(hass) == ["unreachable"]


async def test_issue_is_about_what_is_wrong_when_it_is_raised(
    hass: HomeAssistant, secure: Simulator, poll: Poll
) -> None:
    """The quarter of an hour counts for both."""
    entry = _verified_entry(hass, secure)
    await secure.stop()
    await hass.config_entries.async_setup(entry.entry_id)
    await secure.start()
    await poll(601)
    assert issues(hass) == []

    await poll(300)
    assert issues(hass) == ["invalid_certificate"]


async def test_sign_in_and_its_end_work_without_verifying(
    hass: HomeAssistant,
    secure: Simulator,
    current_request_with_host: None,
) -> None:
    """All that a sign-in asks of Beeper goes by the same rule as the polls."""
    result = await start(hass, secure.url)
    result = await enter(hass, result, url=secure.url, verify_ssl=False)
    result = await enter(hass, result, next_step_id="oauth")
    result = await enter(hass, result, scope="read")
    location = URL(await secure.oauth.approve(result["url"]))
    state = {"redirect_uri": str(location.with_query(None))}
    result = await enter(hass, result, code=location.query["code"], state=state)
    result = await hass.config_entries.flow.async_configure(result["flow_id"])
    await hass.async_block_till_done()
    entry: ConfigEntry = result["result"]
    assert entry.data[CONF_ACCESS_TOKEN] in secure.oauth.tokens

    await hass.config_entries.async_remove(entry.entry_id)
    assert secure.oauth.tokens == {}


async def test_action_tells_that_the_certificate_has_turned_bad(
    hass: HomeAssistant, secure: Simulator, ca: trustme.CA
) -> None:
    """Whether Beeper is running is not what one has to look at then."""
    trust(ca)
    entry = _verified_entry(hass, secure)
    await hass.config_entries.async_setup(entry.entry_id)
    await secure.stop()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    port = URL(secure.url).port
    assert port is not None

    async with Simulator(load_scenario("home"), port=port, ssl_context=context):
        with pytest.raises(HomeAssistantError) as raised:
            await hass.services.async_call(
                "beeper", "get_bridges", blocking=True, return_response=True
            )

    assert raised.value.translation_key == "invalid_certificate"


def _verified_entry(hass: HomeAssistant, beeper: Simulator) -> MockConfigEntry:
    entry = MockConfigEntry(
        domain="beeper",
        title="Beeper",
        data={CONF_URL: beeper.url, CONF_ACCESS_TOKEN: beeper.token},
    )
    entry.add_to_hass(hass)
    return entry


def _unverified_entry(hass: HomeAssistant, beeper: Simulator) -> MockConfigEntry:
    entry = MockConfigEntry(
        domain="beeper",
        data={
            CONF_URL: beeper.url,
            CONF_ACCESS_TOKEN: beeper.token,
            CONF_VERIFY_SSL: False,
        },
    )
    entry.add_to_hass(hass)
    return entry
