"""The client over real HTTP: what it asks and returns, and each way it can fail."""

from collections.abc import AsyncGenerator

from aiohttp import ClientSession
import pytest

from custom_components.beeper.api import (
    BeeperAuthenticationError,
    BeeperClient,
    BeeperConflictError,
    BeeperConnectionError,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    BeeperRateLimitError,
    BeeperResponseError,
    BeeperScopeError,
    BeeperServerError,
    LoginSessionStatus,
    RemoveScope,
    StepType,
)
from simulator import Fault, Simulator, load_scenario
from tests.accounts import WHATSAPP


@pytest.fixture
async def elsewhere() -> AsyncGenerator[Simulator]:
    """Return another server."""
    async with Simulator(load_scenario("empty")) as simulator:
        yield simulator


# --- Reading


async def test_info_needs_no_token(session: ClientSession, beeper: Simulator) -> None:
    """Who answers at an address can be asked before there is a token."""
    info = await BeeperClient(session, beeper.url).info()
    assert info.server.status == "running"
    assert info.app.product == "Beeper Desktop"


async def test_unchanged_answer_is_the_same_object(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Polling costs next to nothing while nothing happens."""
    bridges, accounts = await client.bridges(), await client.accounts()
    assert await client.bridges() is bridges
    assert await client.accounts() is accounts

    beeper.set_status(WHATSAPP, "connected")
    assert await client.bridges() is not bridges
    assert await client.accounts() is not accounts


async def test_answer_that_does_not_parse_does_not_stick(
    client: BeeperClient, beeper: Simulator
) -> None:
    """A bad answer is bad each time, and forgotten with the next good one."""
    accounts = await client.accounts()
    beeper.inject(Fault(body=b"[{]", times=2))
    for _ in range(2):
        with pytest.raises(BeeperResponseError):
            await client.accounts()
    assert await client.accounts() is accounts


async def test_every_answer_tells_the_version(client: BeeperClient) -> None:
    """Also an error does."""
    assert client.version is None
    with pytest.raises(BeeperNotFoundError):
        await client.bridge("none")
    assert client.version


async def test_version_is_cut_to_a_bearable_length(
    client: BeeperClient, beeper: Simulator
) -> None:
    """It is shown on a device and kept in the registry."""
    beeper.set_version("9" * 1000)
    await client.info()
    assert client.version == "9" * 64


@pytest.mark.parametrize("account_id", ["a/b", "a:b@c!d", "ä ö%2F?#", "..a", "%2e%2e"])
async def test_ids_are_opaque(
    client: BeeperClient, beeper: Simulator, account_id: str
) -> None:
    """An ID may hold whatever a network likes."""
    beeper.add_account(beeper.accounts[WHATSAPP] | {"accountID": account_id})
    assert (await client.account(account_id)).account_id == account_id


@pytest.mark.parametrize("bridge_id", ["", ".", ".."])
async def test_ids_do_not_lead_elsewhere(
    client: BeeperClient, beeper: Simulator, bridge_id: str
) -> None:
    """A path must not be steered by what a person types into an action."""
    with pytest.raises(BeeperNotFoundError):
        await client.login(bridge_id, "x")
    assert not beeper.requests


async def test_url_may_have_a_path(session: ClientSession, beeper: Simulator) -> None:
    """A reverse proxy may serve Beeper below a prefix."""
    with pytest.raises(BeeperNotFoundError):
        await BeeperClient(session, f"{beeper.url}/my/beeper", beeper.token).bridges()
    assert beeper.requests[0].path == "/my/beeper/v1/bridges"


# --- Logins


async def test_login_is_removed(client: BeeperClient, beeper: Simulator) -> None:
    """Signing out tells which accounts went with it."""
    [login, *_] = await client.logins("slackgo")
    assert await client.login("slackgo", login.login_id) == login

    removed = await client.remove_login(
        "slackgo", login.login_id, RemoveScope.ALL_DEVICES
    )

    assert (removed.status, removed.scope) == ("removed", "all-devices")
    assert removed.affected_account_ids == login.account_ids


async def test_login_session_runs_from_step_to_step(
    client: BeeperClient, beeper: Simulator
) -> None:
    """It is created, answered, waited for and complete."""
    session = await client.create_login_session("local-whatsapp", flow_id="phone")
    step = session.current_step
    assert step is not None
    assert step.step_id is not None
    assert (session.status, step.type) == ("waiting_for_input", StepType.USER_INPUT)
    session_id = session.login_session_id
    assert await client.login_session("local-whatsapp", session_id) == session

    session = await client.submit_login_step(
        "local-whatsapp",
        session_id,
        step.step_id,
        step.type,
        fields={step.fields[0].id: "+15555550100"},
    )
    shown = session.current_step and session.current_step.display
    assert shown is not None
    assert shown.type == "code"

    beeper.phone.approve(session_id)
    session = await client.login_session("local-whatsapp", session_id)
    assert session.status == LoginSessionStatus.COMPLETE
    assert session.account is not None
    assert session.account.account_id in beeper.accounts


async def test_login_session_is_cancelled(
    client: BeeperClient, beeper: Simulator
) -> None:
    """A cancelled session is gone."""
    session = await client.create_login_session("local-signal")
    await client.cancel_login_session("local-signal", session.login_session_id)
    with pytest.raises(BeeperNotFoundError):
        await client.login_session("local-signal", session.login_session_id)


async def test_text_that_cannot_be_sent_is_an_error_of_ours(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Half a Unicode character cannot be encoded; the error does not quote it."""
    with pytest.raises(BeeperInvalidRequestError, match="not valid Unicode"):
        await client.submit_login_step(
            "b", "s", "t", StepType.USER_INPUT, fields={"password": "\ud800"}
        )
    assert not beeper.requests


# --- Failures


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BeeperInvalidRequestError),
        (401, BeeperAuthenticationError),
        (403, BeeperScopeError),
        (404, BeeperNotFoundError),
        (405, BeeperResponseError),
        (409, BeeperConflictError),
        (422, BeeperInvalidRequestError),
        (429, BeeperRateLimitError),
        (500, BeeperServerError),
        (502, BeeperServerError),
        (503, BeeperServerError),
    ],
)
async def test_errors_have_a_kind_and_carry_what_beeper_says(
    client: BeeperClient, beeper: Simulator, status: int, kind: type[BeeperError]
) -> None:
    """Callers branch on the kind; a person reads the message; the log sees neither."""
    body = b'{"message": "No +15555550100", "code": "nope", "details": {"issues": []}}'
    beeper.inject(Fault(status=status, body=body))
    with pytest.raises(BeeperError) as caught:
        await client.accounts()
    err = caught.value
    assert type(err) is kind
    assert (err.status, err.message, err.code) == (status, "No +15555550100", "nope")
    assert err.details == {"issues": []}
    assert str(err) == f"HTTP {status}"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"message": 1, "code": []}'])
async def test_errors_of_a_proxy_have_a_kind_too(
    client: BeeperClient, beeper: Simulator, body: bytes
) -> None:
    """What stands before Beeper does not answer in its words."""
    beeper.inject(Fault(status=502, body=body))
    with pytest.raises(BeeperServerError) as caught:
        await client.accounts()
    assert (caught.value.message, caught.value.code) == (None, None)


async def test_nobody_there_is_a_connection_error(
    client: BeeperClient, beeper: Simulator
) -> None:
    """A computer that is switched off."""
    await beeper.stop()
    with pytest.raises(BeeperConnectionError):
        await client.info()


@pytest.mark.parametrize("drop", [0, 1, 10, 1000])
async def test_connection_that_breaks_is_a_connection_error(
    client: BeeperClient, beeper: Simulator, drop: int
) -> None:
    """Half an answer is none."""
    beeper.inject(Fault(drop=drop))
    with pytest.raises(BeeperConnectionError):
        await client.accounts()


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "tökén", "\0"])
async def test_token_that_cannot_be_one_is_not_sent(
    session: ClientSession, beeper: Simulator, token: str
) -> None:
    """A token comes from a form, and must not become a header of its own."""
    with pytest.raises(BeeperAuthenticationError):
        await BeeperClient(session, beeper.url, token).accounts()
    assert not beeper.requests


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(
    client: BeeperClient, beeper: Simulator, elsewhere: Simulator, status: int
) -> None:
    """The token goes to the address it was entered for, and nowhere else."""
    beeper.inject(Fault(status=status, redirect=f"{elsewhere.url}/v1/accounts"))
    with pytest.raises(BeeperResponseError, match="redirects are not followed"):
        await client.accounts()
    assert not elsewhere.requests


async def test_endless_answer_is_not_read_to_its_end(
    client: BeeperClient, beeper: Simulator
) -> None:
    """A hundred megabytes would fill the memory of a small computer."""
    beeper.inject(Fault(huge=100 * 1024 * 1024))
    with pytest.raises(BeeperResponseError, match="longer than"):
        await client.accounts()


@pytest.mark.parametrize(
    ("length", "is_read"), [(4 * 1024 * 1024, True), (4 * 1024 * 1024 + 1, False)]
)
async def test_answer_has_a_longest_length(
    client: BeeperClient, beeper: Simulator, length: int, is_read: bool
) -> None:
    """Longer ones would hold up Home Assistant for as long as they are parsed."""
    beeper.inject(Fault(body=b"[" + b" " * (length - 2) + b"]"))
    if is_read:
        assert await client.accounts() == ()
        return
    with pytest.raises(BeeperResponseError, match="longer than"):
        await client.accounts()


async def test_content_type_does_not_matter(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Some proxies label JSON as text."""
    beeper.inject(Fault(content_type="text/plain; charset=ebcdic"))
    assert await client.accounts()


async def test_answer_in_drips_is_an_answer(
    client: BeeperClient, beeper: Simulator
) -> None:
    """A slow line delivers in pieces."""
    beeper.inject(Fault(drip=0))
    assert len(await client.accounts()) == 8


async def test_models_do_not_print_what_is_secret(
    client: BeeperClient, beeper: Simulator
) -> None:
    """An object that ends up in a log by mistake tells no phone number."""
    accounts = await client.accounts()
    assert any(account.user.phone_number for account in accounts)
    assert "+1555" not in repr(accounts)
    assert "example.com" not in repr(accounts)


@pytest.mark.parametrize(("sent", "read"), [("3", 3), ("3.0", 3)])
async def test_whole_number_may_come_as_any_number(
    client: BeeperClient, beeper: Simulator, sent: str, read: int
) -> None:
    """JSON knows one kind of number."""
    beeper.inject(Fault(body=_bridge_with(count=sent)))
    assert (await client.bridge("b")).active_account_count == read


@pytest.mark.parametrize("sent", ["3.5", "true", '"3"', "null", "1e300", "2e16"])
async def test_half_a_number_is_no_count(
    client: BeeperClient, beeper: Simulator, sent: str
) -> None:
    """What cannot be a count is not known; the rest of the bridge is."""
    beeper.inject(Fault(body=_bridge_with(count=sent)))
    bridge = await client.bridge("b")
    assert (bridge.active_account_count, bridge.display_name) == (None, "B")


def _bridge_with(count: str) -> bytes:
    return (
        b'{"id": "b", "accounts": [], "displayName": "B", "provider": "local",'
        b' "status": "available", "supportsMultipleAccounts": true, "type": "b",'
        b' "activeAccountCount": ' + count.encode() + b"}"
    )


@pytest.mark.parametrize(("sent", "read"), [("5", 5), ("5.0", 5), ("5.5", None)])
async def test_optional_number_that_is_none_is_absent(
    client: BeeperClient, beeper: Simulator, sent: str, read: int | None
) -> None:
    """An odd value in a place that matters little does not spoil the answer."""
    field = b'{"allowed": true, "max_length": ' + sent.encode() + b"}"
    lookups = b", ".join(
        b'"%s": true' % name
        for name in (
            b"any_phone",
            b"contact_list",
            b"create_dm",
            b"lookup_email",
            b"lookup_phone",
            b"lookup_username",
        )
    )
    body = (
        b'{"group_creation": {"g": {"type_description": "G", "name": %s}},'
        b' "resolve_identifier": {%s}}' % (field, lookups)
    )
    beeper.inject(Fault(body=body))
    capabilities = await client.capabilities("b")
    assert capabilities.group_creation is not None
    name = capabilities.group_creation["g"].name
    assert name is not None
    assert name.max_length == read


async def test_version_that_cannot_be_written_is_ignored(
    client: BeeperClient, beeper: Simulator
) -> None:
    """Half a character would keep Home Assistant from writing its list of devices."""
    answer = b"HTTP/1.1 200 OK\r\nX-Beeper-Desktop-Version: 9\xff\r\n\r\n[]"
    beeper.inject(Fault(raw=answer))
    assert await client.accounts() == ()
    assert client.version is None


@pytest.mark.parametrize("url", ["http://[::1", "http://[]@"])
async def test_address_that_is_none_is_an_error_of_ours(
    session: ClientSession, beeper: Simulator, url: str
) -> None:
    """Only what was never normalised can be; its words are not repeated."""
    with pytest.raises(BeeperResponseError, match="makes no sense: ValueError"):
        await BeeperClient(session, url).info()


@pytest.mark.parametrize("body", [b"{}", b'""', b"null", b"1"])
async def test_what_is_no_list_is_not_an_empty_one(
    client: BeeperClient, beeper: Simulator, body: bytes
) -> None:
    """All accounts would be gone without a word."""
    beeper.inject(Fault(path="/v1/accounts", body=body))
    beeper.inject(Fault(path="/v1/bridges", body=b'{"items": %s}' % body))
    with pytest.raises(BeeperResponseError):
        await client.accounts()
    with pytest.raises(BeeperResponseError):
        await client.bridges()
