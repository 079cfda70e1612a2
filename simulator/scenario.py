"""Scenarios: what a simulated Beeper knows when it starts, read from YAML.

A file has these members:

    app: {version, name, bundleID}          optional
    user: {id}                              the Beeper account
    twoFactor: [accountID or bridge id]     accounts (for reconnects) and bridges (for
                                            new accounts) with two-factor authentication
    captcha, passkey, oneWorkspace          likewise: who is asked to solve a captcha,
                                            who has a passkey, and a single workspace
    bridges:
      - id, type, displayName, provider     as served
        network, status, statusText         optional; the status follows from the
                                            accounts unless given
        supportsMultipleAccounts            optional, true
        capabilities                        optional
        extra                               members added to what is served, unchecked
    accounts:
      - accountID, status, user             as served
        bridge                              a bridge's id, or null: sent without bridge
        loginID, network, statusText, capabilities   optional
        extra                               as above, wins over the other members
      - generate: N                         N accounts; `{n}` in any text is the number,
        statuses: [...]                     used in turn; the rest as above

Or it has a `recording` of what a real Beeper answered, of `scripts/record`; see there.
"""

from collections.abc import Iterator, Mapping, Set as AbstractSet
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import yaml

from .recording import Recording, RecordingError, items_by_id, parse_recording

type Json = dict[str, Any]
"""A JSON object as served; its members depend on the endpoint."""

ACCOUNT_STATUSES = (
    "connected",
    "connecting",
    "backfilling",
    "connection_required",
    "reconnect_required",
    "attention_required",
    "disconnected",
    "disabled",
)
BRIDGE_STATUSES = (
    "available",
    "connected",
    "limit_reached",
    "temporarily_unavailable",
    "disabled",
)
DEMANDS = ("twoFactor", "captcha", "passkey", "oneWorkspace")
"""What a network may ask for on top."""
PROVIDERS = ("cloud", "self-hosted", "local", "platform-sdk")

DEFAULT_CAPABILITIES: Json = {
    "group_creation": {},
    "resolve_identifier": {
        "any_phone": False,
        "contact_list": True,
        "create_dm": True,
        "lookup_email": False,
        "lookup_phone": False,
        "lookup_username": False,
        "search": True,
    },
}

_FOLDER = Path(__file__).parent / "scenarios"
# The same in C, ten times as fast, where PyYAML was built with it
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class ScenarioError(ValueError):
    """A scenario is not valid; the message names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A bridge without its accounts."""

    id: str
    type: str
    display_name: str
    provider: str
    network: str | None
    status: str | None
    status_text: str | None
    supports_multiple_accounts: bool
    capabilities: Json
    extra: Json
    recorded: Json | None = None
    """The bridge as it was recorded, which is then as it is served."""

    @property
    def reference(self) -> Json:
        """The bridge as an account names it."""
        return {"id": self.id, "provider": self.provider, "type": self.type}

    @property
    def recorded_account_ids(self) -> AbstractSet[str]:
        """The accounts that a recorded bridge listed; they may not tell their bridge."""
        listed = self.recorded.get("accounts") if self.recorded else None
        return items_by_id(listed, "accountID").keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A valid scenario."""

    name: str
    app: Json
    user_id: str
    demands: Mapping[str, frozenset[str]]
    """Accounts and bridges by each of DEMANDS."""
    bridges: tuple[Bridge, ...]
    accounts: tuple[Json, ...]
    """In the wire shape, each id once."""
    recording: Recording | None = None
    """What a real Beeper answered, odd items and all."""


@dataclass(frozen=True, slots=True)
class _Member:
    """What a member of a mapping must look like."""

    kind: type
    required: bool = False
    choices: tuple[str, ...] = ()


_TEXT = _Member(str)
_TEXTS = _Member(list)
_OBJECT = _Member(dict)
_FLAG = _Member(bool)
_REQUIRED_TEXT = _Member(str, required=True)
_STATUS = _Member(str, required=True, choices=ACCOUNT_STATUSES)

_SCENARIO = {
    "app": _OBJECT,
    "user": _Member(dict, required=True),
    **dict.fromkeys(DEMANDS, _TEXTS),
    "bridges": _Member(list, required=True),
    "accounts": _Member(list, required=True),
}
_APP = {"version": _TEXT, "name": _TEXT, "bundleID": _TEXT}
_SIGNED_IN_USER = {"id": _REQUIRED_TEXT}
_BRIDGE = {
    "id": _REQUIRED_TEXT,
    "type": _REQUIRED_TEXT,
    "displayName": _REQUIRED_TEXT,
    "provider": _Member(str, required=True, choices=PROVIDERS),
    "network": _TEXT,
    "status": _Member(str, choices=BRIDGE_STATUSES),
    "statusText": _TEXT,
    "supportsMultipleAccounts": _FLAG,
    "capabilities": _OBJECT,
    "extra": _OBJECT,
}
_USER = {
    "id": _REQUIRED_TEXT,
    "cannotMessage": _FLAG,
    "email": _TEXT,
    "fullName": _TEXT,
    "imgURL": _TEXT,
    "isSelf": _FLAG,
    "phoneNumber": _TEXT,
    "username": _TEXT,
    "extra": _OBJECT,
}
_ACCOUNT = {
    "accountID": _REQUIRED_TEXT,
    "status": _STATUS,
    "statusText": _TEXT,
    "user": _Member(dict, required=True),
    "loginID": _TEXT,
    "network": _TEXT,
    "capabilities": _OBJECT,
    "extra": _OBJECT,
}
_GENERATOR = {
    **{name: member for name, member in _ACCOUNT.items() if name != "status"},
    "generate": _Member(int, required=True),
    "statuses": _Member(list, required=True),
}


def load_scenario(name: str | Path) -> Scenario:
    """Return one of the scenarios that come along, by name, or the one in a file.

    Raises ScenarioError. Reads a file: not for a running event loop that matters.
    """
    path = Path(name)
    if path.suffix not in (".json", ".yaml", ".yml"):
        path = _FOLDER / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            data = json.loads(text)
        else:
            data = yaml.load(text, _LOADER)
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.yaml")))
        raise ScenarioError(
            f"{path}: no such scenario; there are {known}, or give a file: .yaml, .json"
        ) from None
    except (OSError, ValueError, yaml.YAMLError) as err:
        raise ScenarioError(f"{path}: {err}") from err
    try:
        return _scenario(path.stem, data)
    except ScenarioError as err:
        raise ScenarioError(f"{path.name}: {err}") from None


def check_account(account: object) -> Json:
    """Return an account in the wire shape if it can be served.

    Any status and additional members are allowed. Raises ScenarioError.
    """
    if not isinstance(account, dict):
        raise ScenarioError("account: must be an object")
    for name in ("accountID", "status"):
        if not isinstance(account.get(name), str) or not account[name]:
            raise ScenarioError(f"account.{name}: must be a text that is not empty")
    user = account.get("user")
    if not isinstance(user, dict) or not isinstance(user.get("id"), str):
        raise ScenarioError("account.user.id: must be a text")
    bridge = account.get("bridge")
    if "bridge" in account and (
        not isinstance(bridge, dict) or not isinstance(bridge.get("id"), str)
    ):
        raise ScenarioError("account.bridge.id: must be a text")
    return account


def _scenario(name: str, data: object) -> Scenario:
    """Check a whole scenario."""
    if isinstance(data, dict) and "recording" in data:
        return _recorded(name, data["recording"])
    data = _check(data, _SCENARIO, "")
    app = _check(data.get("app", {}), _APP, "app")
    user = _check(data["user"], _SIGNED_IN_USER, "user")
    bridges = [
        _bridge(item, f"bridges[{index}]") for index, item in enumerate(data["bridges"])
    ]
    _check_unique([bridge.id for bridge in bridges], "bridges", "id")
    by_id = {bridge.id: bridge for bridge in bridges}
    accounts = [
        account
        for index, item in enumerate(data["accounts"])
        for account in _accounts(item, by_id, f"accounts[{index}]")
    ]
    account_ids = [account["accountID"] for account in accounts]
    _check_unique(account_ids, "accounts", "accountID")
    for demand in DEMANDS:
        for index, item in enumerate(data.get(demand, [])):
            if item not in by_id and item not in account_ids:
                raise ScenarioError(
                    f"{demand}[{index}]: there is no account or bridge {item!r}"
                )
    return Scenario(
        name=name,
        app=app,
        user_id=user["id"],
        demands={demand: frozenset(data.get(demand, [])) for demand in DEMANDS},
        bridges=tuple(bridges),
        accounts=tuple(accounts),
    )


def _recorded(name: str, data: object) -> Scenario:
    """Return a recording as a scenario.

    Accounts and bridges without an ID are only in the recording; of all others what is
    needed to log in there is here, too. An account may be in a bridge's list alone.
    """
    try:
        recording = parse_recording(data)
    except RecordingError as err:
        raise ScenarioError(str(err)) from None
    bridges = items_by_id(recording.bridges, "id")
    accounts = items_by_id(recording.accounts, "accountID")
    for bridge in bridges.values():
        accounts = items_by_id(bridge.get("accounts"), "accountID") | accounts
    app = {
        "version": recording.member("info", "app", "version"),
        "name": recording.member("info", "app", "name"),
        "bundleID": recording.member("info", "app", "bundle_id"),
    }
    return Scenario(
        name=name,
        app={member: value for member, value in app.items() if value is not None},
        user_id=recording.member("setup", "matrix", "userID") or "@alice:beeper.com",
        demands={demand: frozenset() for demand in DEMANDS},
        bridges=tuple(_recorded_bridge(bridge) for bridge in bridges.values()),
        accounts=tuple(accounts.values()),
        recording=recording,
    )


def _recorded_bridge(recorded: Json) -> Bridge:
    """Return a bridge of a recording; it may lack everything but an ID."""

    def text(member: str) -> str | None:
        value = recorded.get(member)
        return value if isinstance(value, str) else None

    provider = text("provider")
    return Bridge(
        id=recorded["id"],
        type=text("type") or "",
        display_name=text("displayName") or recorded["id"],
        provider=provider if provider in PROVIDERS else "cloud",
        network=text("network"),
        status=text("status"),
        status_text=text("statusText"),
        supports_multiple_accounts=recorded.get("supportsMultipleAccounts")
        is not False,
        capabilities=DEFAULT_CAPABILITIES,
        extra={},
        recorded=recorded,
    )


def _bridge(item: object, place: str) -> Bridge:
    """Check a bridge."""
    data = _check(item, _BRIDGE, place)
    return Bridge(
        id=data["id"],
        type=data["type"],
        display_name=data["displayName"],
        provider=data["provider"],
        network=data.get("network"),
        status=data.get("status"),
        status_text=data.get("statusText"),
        supports_multiple_accounts=data.get("supportsMultipleAccounts", True),
        capabilities=data.get("capabilities", DEFAULT_CAPABILITIES),
        extra=data.get("extra", {}),
    )


def _accounts(
    item: object, bridges: Mapping[str, Bridge], place: str
) -> Iterator[Json]:
    """Check an entry of `accounts` and yield the accounts it stands for."""
    if not isinstance(item, dict):
        raise ScenarioError(f"{place}: must be a mapping")
    if "bridge" not in item:
        raise ScenarioError(f"{place}.bridge: is missing")
    data = {name: value for name, value in item.items() if name != "bridge"}
    bridge_id = item["bridge"]
    if bridge_id is not None and bridge_id not in bridges:
        raise ScenarioError(f"{place}.bridge: there is no bridge {bridge_id!r}")
    bridge = bridges.get(bridge_id)
    if "generate" not in data:
        yield _account(_check(data, _ACCOUNT, place), bridge, place)
        return
    template = _check(data, _GENERATOR, place)
    number = template.pop("generate")
    statuses = template.pop("statuses")
    if number < 1 or not statuses:
        raise ScenarioError(f"{place}: generate and statuses must not be empty")
    for n in range(1, number + 1):
        account = _numbered(template, n)
        account["status"] = statuses[(n - 1) % len(statuses)]
        yield _account(_check(account, _ACCOUNT, place), bridge, place)


def _account(data: Json, bridge: Bridge | None, place: str) -> Json:
    """Return a checked account in the wire shape."""
    user = _check(data["user"], _USER, f"{place}.user")
    account = {name: value for name, value in data.items() if name != "extra"}
    account["user"] = {
        **{name: value for name, value in user.items() if name != "extra"},
        **user.get("extra", {}),
    }
    if bridge:
        account["bridge"] = bridge.reference
        if bridge.network:
            account.setdefault("network", bridge.network)
    return {**account, **data.get("extra", {})}


def _numbered(value: Any, n: int) -> Any:
    """Return a copy of parsed YAML with `{n}` in every text replaced."""
    match value:
        case str():
            return value.replace("{n}", str(n))
        case dict():
            return {key: _numbered(item, n) for key, item in value.items()}
        case _:
            return value


def _check(value: object, members: Mapping[str, _Member], place: str) -> Json:
    """Return a mapping if its members are as they must be."""
    if not isinstance(value, dict):
        raise ScenarioError(f"{place or 'scenario'}: must be a mapping")
    prefix = f"{place}." if place else ""
    for name in value:
        if name not in members:
            raise ScenarioError(
                f"{prefix}{name}: is unknown; known are {', '.join(members)}"
            )
    for name, member in members.items():
        if name not in value:
            if member.required:
                raise ScenarioError(f"{prefix}{name}: is missing")
            continue
        if type(value[name]) is not member.kind:
            raise ScenarioError(
                f"{prefix}{name}: must be of type {member.kind.__name__}"
            )
        if member.choices and value[name] not in member.choices:
            raise ScenarioError(
                f"{prefix}{name}: {value[name]!r} is not one of"
                f" {', '.join(member.choices)}"
            )
    return value


def _check_unique(ids: list[str], place: str, name: str) -> None:
    """Refuse an id that occurs twice."""
    seen: set[str] = set()
    for index, item in enumerate(ids):
        if item in seen:
            raise ScenarioError(f"{place}[{index}].{name}: {item!r} occurs twice")
        seen.add(item)
