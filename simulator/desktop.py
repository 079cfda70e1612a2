"""What the simulated Beeper Desktop remembers: who is signed in, bridges, accounts."""

import asyncio
from collections.abc import Callable, Iterable
import copy
from dataclasses import dataclass
import hashlib
import json
from random import Random
from typing import Any

from .errors import ApiError, conflict, not_found, token_expired, unauthorized
from .login_steps import Identity
from .recording import Answer, id_of
from .replay import Replay
from .scenario import Bridge, Json, Scenario, check_account

READ_WRITE = frozenset({"read", "write"})
READ = frozenset({"read"})

SIGNED_OUT = "needs-login"

_ACTIVE_LOGIN = {
    "connected": "connected",
    "backfilling": "connected",
    "connecting": "connecting",
    "connection_required": "needs_login",
    "reconnect_required": "needs_login",
    "attention_required": "needs_login",
    "disabled": "logged_out",
}

_REMOVE_SCOPES = {
    "local": ["current-device", "all-devices"],
    "self-hosted": ["all-devices"],
    "cloud": ["all-devices"],
    "platform-sdk": ["current-device"],
}


def to_bytes(value: object) -> bytes:
    """Serialise an answer; half a character is escaped, as JavaScript does."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def new_token(random: Random) -> str:
    """Return a bearer token that looks like Beeper's."""
    return f"bpr_{random.randbytes(24).hex()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an access token allows, and for how long."""

    scopes: frozenset[str]
    client_id: str | None = None
    """The app it was given to by OAuth; None: made in Beeper's settings."""
    expires: float | None = None
    """By the loop's clock; None: never."""

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        if self.expires is None:
            return False
        return self.expires <= asyncio.get_running_loop().time()


class Desktop:
    """The state behind the API.

    Bodies are serialised once and kept until something changes, so that serving costs
    next to nothing and unchanged state has identical bytes.
    """

    def __init__(self, scenario: Scenario, tokens: dict[str, Token]) -> None:
        """Start as the scenario says, with these tokens made in Beeper's settings."""
        recording = scenario.recording
        self.replay = Replay(recording) if recording else None
        self._recorded_state = recording and recording.member("setup", "state")
        self.app_state = self._recorded_state or "ready"
        self.app = {
            "bundle_id": scenario.app.get("bundleID", "com.automattic.beeper.desktop"),
            "name": scenario.app.get("name", "Beeper"),
            "version": scenario.app.get("version", "4.3.73"),
        }
        self.user_id = scenario.user_id
        self.bridges = {bridge.id: bridge for bridge in scenario.bridges}
        self._demands = scenario.demands
        self.tokens = tokens
        self._accounts: dict[str, Json] = {
            account["accountID"]: copy.deepcopy(account)
            for account in scenario.accounts
        }
        self._bodies: dict[str, bytes] = {}
        self._connecting: dict[str, asyncio.TimerHandle] = {}

    def close(self) -> None:
        """Stop all timers; accounts on their way are connected at the next start."""
        for account_id in list(self._connecting):
            self._connected(account_id)

    # Reading

    @property
    def accounts(self) -> dict[str, Json]:
        """A copy of the accounts by id, in the wire shape."""
        return copy.deepcopy(self._accounts)

    def token(self, value: str) -> Token | None:
        """Return a token if it is good: known, not expired, and somebody signed in."""
        token = self.tokens.get(value)
        if token is None or self.app_state == SIGNED_OUT or token.has_expired:
            return None
        return token

    def refusal(self, value: str) -> ApiError:
        """Return the error for a token that is not good."""
        token = self.tokens.get(value)
        if token is not None and token.has_expired:
            return token_expired()
        return unauthorized()

    def body(self, name: str, build: Callable[[], object]) -> bytes:
        """Return a body by its name, serialised if there was a change since."""
        if (body := self._bodies.get(name)) is None:
            body = self._bodies[name] = to_bytes(build())
        return body

    def recorded(self, name: str, bridge_id: str | None = None) -> Answer | None:
        """Return what a recording has to be served as it is.

        None: there is nothing, or it has changed since. Raises ApiError 404 for an
        unknown bridge.
        """
        if self.replay is None:
            return None
        if name == "setup" and self.app_state != (self._recorded_state or "ready"):
            return None
        accounts: set[str] = set()
        if bridge_id is not None:
            bridge = self.bridge(bridge_id)
            accounts |= {account["accountID"] for account in self.accounts_of(bridge)}
            accounts |= bridge.recorded_account_ids
        return self.replay.answer(name, bridge_id, accounts)

    def list_accounts(self) -> list[Any]:
        """Return all accounts as served; those of a recording may be odd."""
        if self.replay is not None:
            return self.replay.accounts(self._accounts)
        return list(self._accounts.values())

    def account(self, account_id: str) -> Json:
        """Return an account as served. Raises ApiError 404."""
        if (account := self._accounts.get(account_id)) is None:
            raise not_found(f"Account {account_id}")
        return account

    def bridge(self, bridge_id: str) -> Bridge:
        """Return a bridge. Raises ApiError 404."""
        if (bridge := self.bridges.get(bridge_id)) is None:
            raise not_found(f"Bridge {bridge_id}")
        return bridge

    def list_bridges(self) -> Json:
        """Return all bridges as served; those of a recording may be odd."""
        if self.replay is not None:
            return self.replay.bridges(self.describe_bridge)
        return {"items": [self.describe_bridge(bridge) for bridge in self.bridges]}

    def describe_bridge(self, bridge_id: str) -> Json:
        """Return a bridge with its accounts as served. Raises ApiError 404."""
        bridge = self.bridge(bridge_id)
        accounts = self.accounts_of(bridge)
        if self.replay is not None and bridge.recorded is not None:
            own = [account["accountID"] for account in accounts]
            return self.replay.bridge(bridge.recorded, self._accounts, own)
        active = sum(account["status"] != "disabled" for account in accounts)
        described = {
            "id": bridge.id,
            "accounts": accounts,
            "activeAccountCount": active,
            "displayName": bridge.display_name,
            "provider": bridge.provider,
            "status": bridge.status or self._bridge_status(bridge),
            "supportsMultipleAccounts": bridge.supports_multiple_accounts,
            "type": bridge.type,
        }
        if bridge.network:
            described["network"] = bridge.network
        if bridge.status_text:
            described["statusText"] = bridge.status_text
        return {**described, **bridge.extra}

    def _bridge_status(self, bridge: Bridge) -> str:
        """Return the status that follows from the accounts of a bridge.

        It tells whether the bridge "can currently be used to connect new accounts"
        (SDK 6.0.0): the official CLI adds accounts only where it is `available`.
        """
        return "available" if self.takes_account(bridge) else "connected"

    def takes_account(self, bridge: Bridge) -> bool:
        """Return whether there is room for another account."""
        return bridge.supports_multiple_accounts or not self.accounts_of(bridge)

    def demands(self, target: str) -> frozenset[str]:
        """Return what a network asks for on top, of an account or for a new one.

        target: the ID of the account, or of the bridge for a new one.
        """
        return frozenset(
            name for name, targets in self._demands.items() if target in targets
        )

    def accounts_of(self, bridge: Bridge) -> list[Json]:
        """Return the accounts of a bridge."""
        listed = bridge.recorded_account_ids
        return [
            account
            for account in self._accounts.values()
            if id_of(account.get("bridge"), "id") == bridge.id
            or account["accountID"] in listed
        ]

    def list_logins(self, bridge_id: str) -> Json:
        """Return the logins of a bridge as served. Raises ApiError 404."""
        bridge = self.bridge(bridge_id)
        logins = dict.fromkeys(
            login_id
            for account in self.accounts_of(bridge)
            if (login_id := id_of(account, "loginID")) is not None
        )
        return {"items": [self.login(bridge_id, login_id) for login_id in logins]}

    def login(self, bridge_id: str, login_id: str) -> Json:
        """Return a login, which follows from its accounts. Raises ApiError 404."""
        bridge = self.bridge(bridge_id)
        accounts = self.accounts_of_login(bridge, login_id)
        login = {
            "bridgeID": bridge.id,
            "loginID": login_id,
            "removeScopes": _REMOVE_SCOPES[bridge.provider],
            "status": _login_status(account.get("status") for account in accounts),
            "accountIDs": [account["accountID"] for account in accounts],
        }
        for member in ("user", "statusText"):
            if member in accounts[0]:
                login[member] = accounts[0][member]
        return login

    def accounts_of_login(self, bridge: Bridge, login_id: str) -> list[Json]:
        """Return the accounts of a login, at least one. Raises ApiError 404."""
        accounts = [
            account
            for account in self.accounts_of(bridge)
            if account.get("loginID") == login_id
        ]
        if not accounts:
            raise not_found(f"Login {login_id}")
        return accounts

    def setup(self) -> Json:
        """Return the app's state (SDK 6.0.0: types/app/setup_retrieve_response)."""
        ready = self.app_state == "ready"
        secrets = ("masterKey", "megolmBackupKey", "recoveryKey")
        signing = ("selfSigningKey", "userSigningKey")
        setup: Json = {
            "e2ee": {
                "crossSigning": ready,
                "firstSyncDone": ready,
                "hasBackedUpRecoveryKey": ready,
                "initialized": self.app_state not in (SIGNED_OUT, "initializing"),
                "keyBackup": ready,
                "secrets": dict.fromkeys((*secrets, *signing), ready),
                "secretStorage": ready,
                "verified": ready,
            },
            "state": self.app_state,
        }
        if self.app_state != SIGNED_OUT:
            setup["matrix"] = {
                "deviceID": "EXAMPLEDEV",
                "homeserver": "https://matrix.beeper.com",
                "userID": self.user_id,
            }
        return setup

    # Changing

    def set_app_state(self, state: str) -> None:
        """Change what the app says about its sign-in."""
        self.app_state = state
        self._bodies.clear()

    def set_status(
        self, account_id: str, status: str, status_text: str | None = None
    ) -> None:
        """Change an account's status. Raises ApiError 404."""
        account = self.account(account_id)
        account["status"] = status
        account.pop("statusText", None)
        if status_text is not None:
            account["statusText"] = status_text
        self._note_change(account_id)

    def add_account(self, account: object) -> None:
        """Add an account in the wire shape. Raises ScenarioError, ApiError 404, 409."""
        account = copy.deepcopy(check_account(account))
        if "bridge" in account:
            self.bridge(account["bridge"]["id"])
        if account["accountID"] in self._accounts:
            raise conflict("account_exists", f"{account['accountID']} exists")
        self._accounts[account["accountID"]] = account
        self._note_change(account["accountID"])

    def remove_account(self, account_id: str) -> None:
        """Remove an account. Raises ApiError 404."""
        self.account(account_id)
        del self._accounts[account_id]
        self._note_change(account_id)

    def _note_change(self, account_id: str) -> None:
        """Serialise anew whatever has to do with an account."""
        self._bodies.clear()
        if self.replay is not None:
            self.replay.note_change(account_id)

    def connect(self, account_ids: Iterable[str], after: float) -> None:
        """Let accounts be connecting, and connected after this many seconds."""
        loop = asyncio.get_running_loop()
        for account_id in account_ids:
            self.set_status(account_id, "connecting", "Connecting…")
            if timer := self._connecting.pop(account_id, None):
                timer.cancel()
            self._connecting[account_id] = loop.call_later(
                after, self._connected, account_id
            )

    def sign_in(
        self,
        bridge: Bridge,
        account_ids: Iterable[str],
        identity: Identity,
        connecting: float,
    ) -> str:
        """Connect accounts after a login and return the id of the first.

        account_ids: those to be reconnected. Without any it is a new account, unless
        the same login is there already. connecting: seconds until they are connected.
        """
        ids = [item for item in account_ids if item in self._accounts] or [
            account["accountID"]
            for account in self.accounts_of(bridge)
            if account.get("loginID") == identity.login_id
        ]
        if not ids:
            account = self._new_account(bridge, identity)
            self.add_account(account)
            ids = [account["accountID"]]
        self.connect(ids, connecting)
        return ids[0]

    def _new_account(self, bridge: Bridge, identity: Identity) -> Json:
        """Return an account for an identity, with an id like those of its kind."""
        if bridge.provider == "local":
            digest = hashlib.sha256(identity.login_id.encode()).hexdigest()[:14]
            account_id = f"{bridge.id}_ba_{digest}"
        elif identity.scoped or bridge.id in self._accounts:
            account_id = f"{bridge.id}.{identity.login_id}"
        else:
            account_id = bridge.id
        account: Json = {
            "accountID": account_id,
            "bridge": bridge.reference,
            "loginID": identity.login_id,
            "status": "connecting",
            "user": {
                "id": f"@{bridge.type}_{identity.login_id}:beeper.local",
                "fullName": "Alice Example",
                "isSelf": True,
                **identity.user,
            },
        }
        if bridge.network:
            account["network"] = bridge.network
        return account

    def remove_login(self, bridge_id: str, login_id: str, scope: str) -> Json:
        """Remove a login. Raises ApiError 404, 409.

        From all devices its accounts, and so the login, are gone. From this device
        only, its accounts are still known to Beeper and can be reconnected: they are
        `disabled` and the login is `logged_out`.
        """
        login = self.login(bridge_id, login_id)
        if scope not in login["removeScopes"]:
            raise conflict("scope_not_supported", f"Cannot remove from {scope}")
        for account_id in login["accountIDs"]:
            if scope == "all-devices":
                self.remove_account(account_id)
            else:
                self.set_status(account_id, "disabled")
        return {
            "bridgeID": bridge_id,
            "loginID": login_id,
            "scope": scope,
            "status": "removed",
            "affectedAccountIDs": login["accountIDs"],
        }

    def _connected(self, account_id: str) -> None:
        """Finish connecting unless something else has happened to the account."""
        self._connecting.pop(account_id).cancel()
        account = self._accounts.get(account_id)
        if account and account.get("status") == "connecting":
            self.set_status(account_id, "connected")


def _login_status(statuses: Iterable[Any]) -> str:
    """Return the status of a login from those of its accounts; the best one counts."""
    states = {_ACTIVE_LOGIN.get(str(status), "unknown") for status in statuses}
    order = ("connected", "connecting", "needs_login", "logged_out", "unknown")
    return next(state for state in order if state in states)
