"""Scenarios: those that come along, and what is wrong with others."""

from pathlib import Path

import pytest

from simulator import ScenarioError, load_scenario

STATUSES = {
    "connected",
    "connecting",
    "backfilling",
    "connection_required",
    "reconnect_required",
    "attention_required",
    "disconnected",
    "disabled",
}

VALID = """
user: {id: "@alice:beeper.com"}
bridges:
  - {id: signal, type: signal, displayName: Signal, network: Signal, provider: local}
accounts:
  - {accountID: a, bridge: signal, status: connected, user: {id: u}}
"""


def write(folder: Path, text: str) -> Path:
    """Write a scenario to a file."""
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_home() -> None:
    """Eight accounts in eight statuses, and every member of a user."""
    accounts = load_scenario("home").accounts

    assert len(accounts) == 8
    assert {account["status"] for account in accounts} == STATUSES
    assert {name for account in accounts for name in account["user"]} == {
        "id",
        "cannotMessage",
        "email",
        "fullName",
        "imgURL",
        "isSelf",
        "phoneNumber",
        "username",
    }


def test_networks() -> None:
    """Each bridge has an account, but where nobody is signed in on this computer."""
    scenario = load_scenario("networks")

    bridges = {bridge.id for bridge in scenario.bridges}
    taken = {account["bridge"]["id"] for account in scenario.accounts}
    assert bridges - taken == {"imessage"}


def test_empty() -> None:
    """A fresh Beeper has bridges, but no accounts."""
    scenario = load_scenario("empty")

    assert scenario.accounts == ()
    assert "matrix" in {bridge.id for bridge in scenario.bridges}


def test_thousand() -> None:
    """A thousand accounts with ids of their own, in all statuses."""
    accounts = load_scenario("thousand").accounts

    assert len({account["accountID"] for account in accounts}) == 1000
    assert len({account["user"]["id"] for account in accounts}) == 1000
    assert {account["status"] for account in accounts} == STATUSES


def test_future() -> None:
    """Values and members that no client knows."""
    accounts = {
        account["accountID"]: account for account in load_scenario("future").accounts
    }

    assert accounts["pigeon/coop:7@example.com!1"]["status"] == "hibernating"
    assert accounts["pigeon/coop:7@example.com!1"]["mood"]["value"] == "calm"
    assert "bridge" not in accounts["yesterday"]


def test_scenario_from_a_file(tmp_path: Path) -> None:
    """A path leads to anyone's own scenario."""
    scenario = load_scenario(write(tmp_path, VALID))

    assert scenario.name == "mine"
    assert scenario.accounts == (
        {
            "accountID": "a",
            "status": "connected",
            "user": {"id": "u"},
            "bridge": {"id": "signal", "provider": "local", "type": "signal"},
            "network": "Signal",
        },
    )


def test_unknown_name() -> None:
    """The names there are come with the error."""
    with pytest.raises(
        ScenarioError, match="there are empty, future, home, networks, thou"
    ):
        load_scenario("nonsense")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (VALID, "[", "mine.yaml: while parsing"),
        (VALID, "- a", "scenario: must be a mapping"),
        ("user: {id:", "user: {name:", "user.name: is unknown; known are id"),
        ('user: {id: "@alice:beeper.com"}', "", "user: is missing"),
        ("accounts:", "acounts:", "acounts: is unknown"),
        ("displayName: Signal,", "", "bridges[0].displayName: is missing"),
        ("provider: local", "provider: moon", "bridges[0].provider: 'moon' is not one"),
        ("type: signal", "type: 1", "bridges[0].type: must be of type str"),
        ("id: signal", "id: sig", "accounts[0].bridge: there is no bridge 'signal'"),
        ("bridge: signal,", "", "accounts[0].bridge: is missing"),
        ("connected", "conected", "accounts[0].status: 'conected' is not one of"),
        ("user: {id: u}", "user: {}", "accounts[0].user.id: is missing"),
        (
            "user: {id: u}",
            "user: {id: u, mail: x}",
            "accounts[0].user.mail: is unknown",
        ),
        ("user: {id: u}", "user: u", "accounts[0].user: must be of type dict"),
        ("bridges:", "twoFactor: [b]\nbridges:", "twoFactor[0]: there is no account"),
        ("bridges:", "passkey: [a, b]\nbridges:", "passkey[1]: there is no account"),
        ("bridges:", "captcha: a\nbridges:", "captcha: must be of type list"),
        (
            "accounts:",
            "accounts:\n  - {accountID: a, bridge: signal, status: disabled, user: {id: u}}",
            "accounts[1].accountID: 'a' occurs twice",
        ),
        (
            "accountID: a, bridge: signal, status: connected",
            "accountID: a, bridge: signal, generate: 2, statuses: [connected]",
            "accounts[1].accountID: 'a' occurs twice",
        ),
        (
            "status: connected",
            "generate: 0, statuses: [connected]",
            "accounts[0]: generate and statuses must not be empty",
        ),
    ],
)
def test_invalid_scenario(tmp_path: Path, old: str, new: str, message: str) -> None:
    """The error names the file and the place."""
    assert old in VALID
    path = write(tmp_path, VALID.replace(old, new))

    with pytest.raises(ScenarioError) as raised:
        load_scenario(path)

    assert message in str(raised.value)
    assert "mine.yaml: " in str(raised.value)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is an error like any other."""
    with pytest.raises(ScenarioError, match=r"mine\.yaml: no such scenario"):
        load_scenario(tmp_path / "mine.yaml")
