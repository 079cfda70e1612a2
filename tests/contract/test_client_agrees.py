"""Our client and the official SDK see the same Beeper, field by field."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from aiohttp import ClientSession
from beeper_desktop_api import AsyncBeeperDesktop, NotFoundError
from pydantic import BaseModel
import pytest

from custom_components.beeper.api import (
    BeeperClient,
    BeeperNotFoundError,
    Model,
    RemoveScope,
)
from simulator import Simulator
from tests.accounts import SLACK, WHATSAPP

SLACK_LOGIN = "T0EXAMPLE-U0ALICE"

UNDOCUMENTED = {"options", "pattern", "required", "sources"}
"""Members of a login field that Beeper sends but its reference does not name."""


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[BeeperClient]:
    """Return our client."""
    async with ClientSession() as session:
        yield BeeperClient(session, sim.url, sim.token)


def ours(model: Model | Iterable[Model]) -> object:
    """Return what our client saw, without what is absent or empty."""
    if isinstance(model, Model):
        return without_empty(model.to_dict())
    return [ours(each) for each in model]


def theirs(model: BaseModel | Iterable[BaseModel]) -> object:
    """Return what the SDK saw, without what is absent or empty."""
    if isinstance(model, BaseModel):
        return without_empty(model.model_dump(exclude_none=True, warnings=False))
    return [theirs(each) for each in model]


def without_empty(value: object) -> object:
    """Leave out empty lists, which our models do not tell from absent ones."""
    if isinstance(value, dict):
        return {
            key: without_empty(inner)
            for key, inner in value.items()
            if inner not in ([], ()) and key not in UNDOCUMENTED
        }
    if isinstance(value, (list, tuple)):
        return [without_empty(inner) for inner in value]
    return value


def known_of(seen: object, ours: object) -> object:
    """Return of what was seen what our client knows: it leaves out what nobody reads."""
    if isinstance(seen, dict) and isinstance(ours, dict):
        return {key: known_of(seen[key], ours[key]) for key in ours}
    return seen


async def test_info(client: BeeperClient, sdk: AsyncBeeperDesktop) -> None:
    """Beeper itself."""
    info = ours(await client.info())
    assert info == known_of(theirs(await sdk.info.retrieve()), info)


@pytest.mark.parametrize("state", ["ready", "needs-login", "needs-verification"])
async def test_app_setup(
    sim: Simulator, client: BeeperClient, sdk: AsyncBeeperDesktop, state: str
) -> None:
    """How far Beeper is signed in."""
    sim.set_app_state(state)
    setup = ours(await client.app_setup())
    assert setup == known_of(theirs(await sdk.app.setup.retrieve()), setup)


@pytest.mark.parametrize("scenario_name", ["home", "empty", "thousand"])
async def test_accounts_and_bridges(
    client: BeeperClient, sdk: AsyncBeeperDesktop
) -> None:
    """All that is polled."""
    assert ours(await client.accounts()) == theirs(await sdk.accounts.list())
    assert ours(await client.bridges()) == theirs((await sdk.bridges.list()).items)


async def test_each_account(client: BeeperClient, sdk: AsyncBeeperDesktop) -> None:
    """One account at a time."""
    for account in await client.accounts():
        their_account = await sdk.accounts.retrieve(account.account_id)
        our_account = await client.account(account.account_id)
        assert ours(our_account) == theirs(their_account)
        assert our_account == account


async def test_each_bridge(client: BeeperClient, sdk: AsyncBeeperDesktop) -> None:
    """One bridge at a time, with all that hangs on it."""
    for bridge in await client.bridges():
        assert await client.bridge(bridge.id) == bridge
        assert ours(bridge) == theirs(await sdk.bridges.retrieve(bridge.id))
        assert ours(await client.capabilities(bridge.id)) == theirs(
            await sdk.bridges.retrieve_capabilities(bridge.id)
        )
        assert ours(await client.login_flows(bridge.id)) == theirs(
            (await sdk.bridges.login_flows.list(bridge.id)).items
        )
        logins = await client.logins(bridge.id)
        their_logins = (await sdk.bridges.logins.list(bridge.id)).items
        assert ours(logins) == theirs(their_logins)
        for login in logins:
            assert await client.login(bridge.id, login.login_id) == login
            assert ours(login) == theirs(
                await sdk.bridges.logins.retrieve(login.login_id, bridge_id=bridge.id)
            )


async def test_removed_login(
    sim: Simulator, client: BeeperClient, sdk: AsyncBeeperDesktop
) -> None:
    """Signing out of two Slack accounts, one by each client."""
    account = sim.accounts[SLACK]
    other = {"accountID": "slackgo.other", "loginID": "other"}
    sim.add_account(account | other)

    by_us = await client.remove_login("slackgo", SLACK_LOGIN, RemoveScope.ALL_DEVICES)
    by_sdk = await sdk.bridges.logins.remove(
        "other", bridge_id="slackgo", scope="all-devices"
    )

    assert ours(
        replace(by_us, login_id="other", affected_account_ids=("slackgo.other",))
    ) == theirs(by_sdk)
    assert by_us.login_id == SLACK_LOGIN
    assert by_us.affected_account_ids == (SLACK,)


@pytest.mark.parametrize(
    ("bridge_id", "flow_id"),
    [
        ("local-whatsapp", "qr"),
        ("local-whatsapp", "phone"),
        ("local-telegram", "phone"),
        ("gmessages", "google"),
        ("slackgo", "email"),
        ("slackgo", "token"),
        ("facebookgo", "facebook"),
        ("discordgo", "token"),
        ("imessage", "nothing"),
    ],
)
async def test_first_step_of_a_session(
    client: BeeperClient, sdk: AsyncBeeperDesktop, bridge_id: str, flow_id: str
) -> None:
    """A session that one client starts looks the same to the other."""
    session = await client.create_login_session(bridge_id, flow_id=flow_id)
    assert session.current_step is not None
    their_session = await sdk.bridges.login_sessions.retrieve(
        session.login_session_id, bridge_id=bridge_id
    )
    assert ours(session) == theirs(their_session)


async def test_every_state_of_a_session(
    sim: Simulator, client: BeeperClient, sdk: AsyncBeeperDesktop
) -> None:
    """From the first step to completion, and a failed and a cancelled one."""
    session = await client.create_login_session("local-whatsapp", account_id=WHATSAPP)
    session_id = session.login_session_id
    sim.phone.rotate(session_id)
    await _agree(client, sdk, "local-whatsapp", session_id, "waiting_for_display")
    sim.phone.scan(session_id)
    await _agree(client, sdk, "local-whatsapp", session_id, "complete")

    session = await client.create_login_session("local-signal")
    sim.phone.refuse(session.login_session_id)
    await _agree(client, sdk, "local-signal", session.login_session_id, "failed")


async def _agree(
    client: BeeperClient,
    sdk: AsyncBeeperDesktop,
    bridge_id: str,
    session_id: str,
    status: str,
) -> None:
    session = await client.login_session(bridge_id, session_id)
    assert session.status == status
    assert ours(session) == theirs(
        await sdk.bridges.login_sessions.retrieve(session_id, bridge_id=bridge_id)
    )


async def test_cancelled_session(client: BeeperClient, sdk: AsyncBeeperDesktop) -> None:
    """Cancelling, once by each client."""
    first = await client.create_login_session("local-signal")
    second = await client.create_login_session("local-signal")
    await client.cancel_login_session("local-signal", first.login_session_id)
    await sdk.bridges.login_sessions.cancel(
        second.login_session_id, bridge_id="local-signal"
    )
    with pytest.raises(NotFoundError):
        await sdk.bridges.login_sessions.retrieve(
            first.login_session_id, bridge_id="local-signal"
        )
    with pytest.raises(BeeperNotFoundError):
        await client.login_session("local-signal", second.login_session_id)
