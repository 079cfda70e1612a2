"""Every endpoint but those of login sessions, read by the official SDK."""

from typing import Any

from beeper_desktop_api import (
    APIResponseValidationError,
    AsyncBeeperDesktop,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)
from pydantic import BaseModel
import pytest

from simulator import Fault, Simulator
from tests.accounts import WHATSAPP

EVERY_SCENARIO = pytest.mark.parametrize(
    "scenario_name", ["home", "networks", "empty", "thousand"]
)
ALL_STATUSES = {
    "connected",
    "connecting",
    "backfilling",
    "connection_required",
    "reconnect_required",
    "attention_required",
    "disconnected",
    "disabled",
}


def wire(model: BaseModel) -> dict[str, Any]:
    """Return a model of the SDK as it came over the wire."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


def unknown_members(value: object) -> list[str]:
    """Return the members anywhere in a model that the SDK does not know."""
    match value:
        case BaseModel():
            found = list(value.model_extra or {})
            for name in type(value).model_fields:
                found += unknown_members(getattr(value, name))
            return found
        case list():
            return [name for item in value for name in unknown_members(item)]
        case _:
            return []


@EVERY_SCENARIO
async def test_info(sim: Simulator, sdk: AsyncBeeperDesktop) -> None:
    """Info describes this server, with addresses that lead back to it."""
    info = await sdk.info.retrieve()

    assert info.app.name == "Beeper"
    assert info.app.version == "4.3.73"
    assert "beeper" in info.app.bundle_id
    assert info.server.base_url == sim.url
    assert f"http://{info.server.hostname}:{info.server.port}" == sim.url
    assert info.server.status == "running"
    assert info.endpoints.oauth.authorization_endpoint == f"{sim.url}/oauth/authorize"
    assert info.endpoints.oauth.token_endpoint == f"{sim.url}/oauth/token"
    assert info.endpoints.oauth.registration_endpoint == f"{sim.url}/oauth/register"
    assert unknown_members(info) == []


@pytest.mark.parametrize(
    ("state", "has_user"),
    [
        ("needs-login", False),
        ("initializing", True),
        ("needs-cross-signing-setup", True),
        ("needs-verification", True),
        ("needs-secrets", True),
        ("needs-first-sync", True),
        ("ready", True),
    ],
)
async def test_app_setup(
    sim: Simulator, sdk: AsyncBeeperDesktop, state: str, has_user: bool
) -> None:
    """Setup tells the state of the app, and who is signed in once somebody is."""
    sim.set_app_state(state)

    setup = await sdk.app.setup.retrieve()

    assert setup.state == state
    assert setup.e2ee.verified is (state == "ready")
    assert setup.e2ee.secrets.recovery_key is (state == "ready")
    assert (setup.matrix is not None) is has_user
    if setup.matrix:
        assert setup.matrix.user_id == "@alice:beeper.com"
    assert unknown_members(setup) == []


@EVERY_SCENARIO
async def test_accounts(sim: Simulator, sdk: AsyncBeeperDesktop) -> None:
    """The list has all accounts, each as it is."""
    accounts = await sdk.accounts.list()

    assert [wire(account) for account in accounts] == list(sim.accounts.values())
    assert unknown_members(accounts) == []


@pytest.mark.parametrize(
    ("scenario_name", "number"), [("home", 8), ("empty", 0), ("thousand", 1000)]
)
async def test_number_of_accounts(
    sdk: AsyncBeeperDesktop, scenario_name: str, number: int
) -> None:
    """The scenarios are as large as they say."""
    assert len(await sdk.accounts.list()) == number


async def test_home_has_every_status_on_seven_networks(
    sdk: AsyncBeeperDesktop,
) -> None:
    """The home shows each status once; where one must act, Beeper says why."""
    accounts = await sdk.accounts.list()

    assert sorted(account.status for account in accounts) == sorted(ALL_STATUSES)
    assert len({account.network for account in accounts}) == 7
    for account in accounts:
        if account.status.endswith("_required") or account.status == "disconnected":
            assert account.status_text


async def test_each_account(sim: Simulator, sdk: AsyncBeeperDesktop) -> None:
    """Each account can be read by its id."""
    for account_id, account in sim.accounts.items():
        assert wire(await sdk.accounts.retrieve(account_id)) == account


async def test_account_whose_id_needs_encoding(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """Ids are opaque; they may hold what has a meaning in paths."""
    account = sim.accounts["discordgo"] | {"accountID": "a/b:c@d!e f%2F?g#h"}
    sim.add_account(account)

    assert wire(await sdk.accounts.retrieve(account["accountID"])) == account


@EVERY_SCENARIO
async def test_bridges(sim: Simulator, sdk: AsyncBeeperDesktop) -> None:
    """The bridges hold all accounts that have one, each once."""
    accounts = sim.accounts

    bridges = (await sdk.bridges.list()).items

    for bridge in bridges:
        for account in bridge.accounts:
            assert wire(account) == accounts[account.account_id]
            assert account.bridge.id == bridge.id
            assert account.bridge.type == bridge.type
            assert account.bridge.provider == bridge.provider
    held = [account.account_id for bridge in bridges for account in bridge.accounts]
    assert sorted(held) == sorted(accounts)
    assert unknown_members(bridges) == []


async def test_bridge_says_whether_it_can_be_used(sdk: AsyncBeeperDesktop) -> None:
    """Every status occurs; available is what has room for another account.

    The official CLI adds an account nowhere else.
    """
    bridges = {bridge.id: bridge for bridge in (await sdk.bridges.list()).items}

    assert {bridge_id: bridge.status for bridge_id, bridge in bridges.items()} == {
        "matrix": "connected",
        "local-whatsapp": "available",
        "local-telegram": "available",
        "local-signal": "available",
        "gmessages": "available",
        "slackgo": "available",
        "discordgo": "available",
        "facebookgo": "available",
        "instagramgo": "available",
        "imessage": "available",
        "linkedin": "limit_reached",
        "twitter": "temporarily_unavailable",
        "googlechat": "disabled",
    }
    assert bridges["local-whatsapp"].active_account_count == 2
    assert bridges["discordgo"].active_account_count == 0
    assert len(bridges["discordgo"].accounts) == 1
    assert bridges["linkedin"].status_text
    assert not bridges["matrix"].supports_multiple_accounts


@EVERY_SCENARIO
async def test_each_bridge(sdk: AsyncBeeperDesktop) -> None:
    """Each bridge can be read by its id and is as in the list."""
    for bridge in (await sdk.bridges.list()).items:
        assert wire(await sdk.bridges.retrieve(bridge.id)) == wire(bridge)


async def test_capabilities(sdk: AsyncBeeperDesktop) -> None:
    """Capabilities reach down to the timers of disappearing messages."""
    capabilities = await sdk.bridges.retrieve_capabilities("local-whatsapp")

    group = capabilities.group_creation["group"]
    assert group.type_description == "Group"
    assert group.name is not None
    assert group.name.required is True
    assert group.name.max_length == 100
    assert group.disappear is not None
    assert group.disappear.settings is not None
    assert group.disappear.settings.types == ["", "after_send"]
    assert group.disappear.settings.timers == [86400000, 604800000, 7776000000]
    assert group.disappear.settings.omit_empty_timer is True
    assert capabilities.resolve_identifier.any_phone is True
    assert capabilities.resolve_identifier.search is True
    assert capabilities.image_pack_import is True
    assert unknown_members(capabilities) == []


@EVERY_SCENARIO
async def test_each_bridge_has_capabilities(sdk: AsyncBeeperDesktop) -> None:
    """Every bridge tells what it can do."""
    for bridge in (await sdk.bridges.list()).items:
        capabilities = await sdk.bridges.retrieve_capabilities(bridge.id)
        assert capabilities.resolve_identifier.create_dm is True


@EVERY_SCENARIO
async def test_login_flows(sdk: AsyncBeeperDesktop) -> None:
    """The flows of each network, the default one first."""
    flows = {
        bridge.id: [
            flow.id
            for flow in (await sdk.bridges.login_flows.list(bridge.id)).items
            if flow.name and flow.description
        ]
        for bridge in (await sdk.bridges.list()).items
    }

    assert (
        flows.items()
        >= {
            "matrix": [],
            "local-whatsapp": ["qr", "phone"],
            "local-telegram": ["phone", "qr", "bot", "manual"],
            "local-signal": ["qr"],
            "gmessages": ["google", "qr"],
            "slackgo": ["email", "token", "app"],
            "discordgo": ["token", "qr", "DEBUG_USERINPUT_token", "machine"],
            "facebookgo": [
                "facebook",
                "messenger",
                "messenger-lite",
                "messenger-lite-android",
            ],
            "instagramgo": ["instagram"],
            "imessage": ["nothing"],
        }.items()
    )


async def test_logins_follow_their_accounts(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """A login has the accounts that name it, and a status made of theirs."""
    logins = (await sdk.bridges.logins.list("local-whatsapp")).items

    assert [(login.login_id, login.status) for login in logins] == [
        ("15555550100", "needs_login"),
        ("15555550101", "connecting"),
    ]
    assert logins[0].bridge_id == "local-whatsapp"
    assert logins[0].account_ids == [WHATSAPP]
    assert logins[0].remove_scopes == ["current-device", "all-devices"]
    assert logins[0].status_text
    assert logins[0].user is not None
    assert logins[0].user.phone_number == "+15555550100"
    assert unknown_members(logins) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("connected", "connected"),
        ("backfilling", "connected"),
        ("connecting", "connecting"),
        ("connection_required", "needs_login"),
        ("reconnect_required", "needs_login"),
        ("attention_required", "needs_login"),
        ("disabled", "logged_out"),
        ("disconnected", "unknown"),
    ],
)
async def test_login_status(
    sim: Simulator, sdk: AsyncBeeperDesktop, status: str, expected: str
) -> None:
    """Each status of an account means one of its login."""
    sim.set_status("gmessages", status)

    login = await sdk.bridges.logins.retrieve(
        "alice@example.com", bridge_id="gmessages"
    )

    assert login.status == expected


@EVERY_SCENARIO
async def test_each_login(sdk: AsyncBeeperDesktop) -> None:
    """Each login can be read by its id and is as in the list."""
    for bridge in (await sdk.bridges.list()).items:
        for login in (await sdk.bridges.logins.list(bridge.id)).items[:5]:
            again = await sdk.bridges.logins.retrieve(
                login.login_id, bridge_id=bridge.id
            )
            assert wire(again) == wire(login)


async def test_removing_a_login_from_all_devices(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """The login and its accounts are gone."""
    removed = await sdk.bridges.logins.remove(
        "15555550100", bridge_id="local-whatsapp", scope="all-devices"
    )

    assert removed.status == "removed"
    assert removed.scope == "all-devices"
    assert removed.bridge_id == "local-whatsapp"
    assert removed.login_id == "15555550100"
    assert removed.affected_account_ids == [WHATSAPP]
    assert WHATSAPP not in sim.accounts
    with pytest.raises(NotFoundError):
        await sdk.bridges.logins.retrieve("15555550100", bridge_id="local-whatsapp")


async def test_removing_a_login_from_this_device(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """The accounts stay known, but off, and the login can be taken up again."""
    await sdk.bridges.logins.remove(
        "15555550100", bridge_id="local-whatsapp", scope="current-device"
    )

    login = await sdk.bridges.logins.retrieve("15555550100", bridge_id="local-whatsapp")
    assert login.status == "logged_out"
    account = await sdk.accounts.retrieve(WHATSAPP)
    assert account.status == "disabled"


async def test_removing_where_the_bridge_cannot(sdk: AsyncBeeperDesktop) -> None:
    """Only the scopes that a login names can be removed."""
    with pytest.raises(ConflictError):
        await sdk.bridges.logins.remove(
            "alice@example.com", bridge_id="gmessages", scope="current-device"
        )


async def test_removing_needs_the_write_scope(sim: Simulator) -> None:
    """A token that only reads removes nothing."""
    before = sim.accounts
    async with AsyncBeeperDesktop(
        base_url=sim.url, access_token=sim.read_only_token, max_retries=0
    ) as sdk:
        with pytest.raises(PermissionDeniedError):
            await sdk.bridges.logins.remove(
                "15555550100", bridge_id="local-whatsapp", scope="all-devices"
            )

    assert sim.accounts == before


async def test_wrong_token(sim: Simulator) -> None:
    """The SDK sees the error as Beeper words it."""
    async with AsyncBeeperDesktop(
        base_url=sim.url, access_token="nonsense", max_retries=0
    ) as sdk:
        with pytest.raises(AuthenticationError) as raised:
            await sdk.accounts.list()

    assert raised.value.body == {
        "message": "Unauthorized: Invalid or missing token",
        "code": "unauthorized",
    }


@pytest.mark.parametrize(
    ("status", "error"), [(400, BadRequestError), (429, RateLimitError)]
)
async def test_injected_status_is_an_error_of_its_kind(
    sim: Simulator, sdk: AsyncBeeperDesktop, status: int, error: type[Exception]
) -> None:
    """Faults look like Beeper's own errors."""
    sim.inject(Fault(path="/v1/accounts", status=status))

    with pytest.raises(error):
        await sdk.accounts.list()


async def test_sdk_is_strict(sim: Simulator, sdk: AsyncBeeperDesktop) -> None:
    """What passes here fits the schema: a status outside it is refused."""
    sim.set_status("matrix", "hibernating")

    with pytest.raises(APIResponseValidationError):
        await sdk.accounts.list()
