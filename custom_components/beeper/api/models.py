"""What the Beeper Desktop API answers, as dataclasses that nobody may change.

Source of every field: Beeper's API reference and SDK 6.0.0. Values that Beeper may
extend (statuses, step types, providers) stay plain strings, so that a newer Beeper
never breaks a caller; the enums name the known ones. A required member that is missing
or of the wrong type makes the whole answer invalid; an optional one is `None`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, dataclass_transform, override

from mashumaro import DataClassDictMixin
from mashumaro.config import BaseConfig, SerializationStrategyDict


class AccountStatus(StrEnum):
    """Connection status of an account."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    BACKFILLING = "backfilling"
    CONNECTION_REQUIRED = "connection_required"
    RECONNECT_REQUIRED = "reconnect_required"
    ATTENTION_REQUIRED = "attention_required"
    DISCONNECTED = "disconnected"
    DISABLED = "disabled"


class BridgeStatus(StrEnum):
    """Whether a bridge can be used to connect another account."""

    AVAILABLE = "available"
    CONNECTED = "connected"
    LIMIT_REACHED = "limit_reached"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    DISABLED = "disabled"


class LoginSessionStatus(StrEnum):
    """Where a login session stands."""

    WAITING_FOR_INPUT = "waiting_for_input"
    WAITING_FOR_COOKIES = "waiting_for_cookies"
    WAITING_FOR_DISPLAY = "waiting_for_display"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    FAILED = "failed"


class StepType(StrEnum):
    """What a login step asks for."""

    USER_INPUT = "user_input"
    COOKIES = "cookies"
    DISPLAY_AND_WAIT = "display_and_wait"
    COMPLETE = "complete"


class DisplayType(StrEnum):
    """What a `display_and_wait` step shows."""

    QR = "qr"
    EMOJI = "emoji"
    CODE = "code"
    NOTHING = "nothing"


class RemoveScope(StrEnum):
    """Where a login is removed."""

    CURRENT_DEVICE = "current-device"
    ALL_DEVICES = "all-devices"


class AppState(StrEnum):
    """How far Beeper itself is signed in and set up (SDK 6.0.0)."""

    NEEDS_LOGIN = "needs-login"
    INITIALIZING = "initializing"
    NEEDS_CROSS_SIGNING_SETUP = "needs-cross-signing-setup"
    NEEDS_VERIFICATION = "needs-verification"
    NEEDS_SECRETS = "needs-secrets"
    NEEDS_FIRST_SYNC = "needs-first-sync"
    READY = "ready"


def _text(value: object) -> str:
    """Refuse what is not a string.

    Mashumaro passes strings through unchecked, and a list as an account ID would
    surface far from here.
    """
    if type(value) is not str:
        raise ValueError("not a string")
    return value


def _optional_text(value: object) -> str | None:
    return value if type(value) is str else None


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError("not a boolean")
    return value


def _optional_flag(value: object) -> bool | None:
    return value if type(value) is bool else None


def _whole_number(value: object) -> int:
    """JSON knows one kind of number: 3.0 is a whole one."""
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise ValueError("not a whole number")


def _optional_whole_number(value: object) -> int | None:
    try:
        return _whole_number(value)
    except ValueError:
        return None


def _optional_number(value: object) -> float | None:
    return float(value) if type(value) is int or type(value) is float else None


def _optional_object(value: object) -> dict[str, object] | None:
    return value if type(value) is dict else None


def _optional_array(value: object) -> list[object] | None:
    return value if type(value) is list else None


def _as_is[T](value: T) -> T:
    return value


_WIRE_NAMES = {
    "account_id": "accountID",
    "account_ids": "accountIDs",
    "active_account_count": "activeAccountCount",
    "affected_account_ids": "affectedAccountIDs",
    "available_actions": "availableActions",
    "bridge_id": "bridgeID",
    "cannot_message": "cannotMessage",
    "cross_signing": "crossSigning",
    "current_step": "currentStep",
    "device_id": "deviceID",
    "display_name": "displayName",
    "expected_final_url_regex": "expectedFinalURLRegex",
    "extract_js": "extractJS",
    "first_sync_done": "firstSyncDone",
    "full_name": "fullName",
    "has_backed_up_recovery_key": "hasBackedUpRecoveryKey",
    "image_url": "imageURL",
    "img_url": "imgURL",
    "initial_value": "initialValue",
    "is_self": "isSelf",
    "key_backup": "keyBackup",
    "login_id": "loginID",
    "login_session_id": "loginSessionID",
    "master_key": "masterKey",
    "megolm_backup_key": "megolmBackupKey",
    "other_device": "otherDevice",
    "other_user_id": "otherUserID",
    "phone_number": "phoneNumber",
    "recovery_key": "recoveryKey",
    "recovery_key_generated_at": "recoveryKeyGeneratedAt",
    "remove_scopes": "removeScopes",
    "secret_storage": "secretStorage",
    "self_signing_key": "selfSigningKey",
    "status_text": "statusText",
    "step_id": "stepID",
    "supports_multiple_accounts": "supportsMultipleAccounts",
    "user_agent": "userAgent",
    "user_id": "userID",
    "user_signing_key": "userSigningKey",
}
"""Names of members in Python, and on the wire where they differ."""

_CHECKED: Mapping[object, SerializationStrategyDict] = {
    str: {"deserialize": _text},
    str | None: {"deserialize": _optional_text},
    bool: {"deserialize": _flag},
    bool | None: {"deserialize": _optional_flag},
    int: {"deserialize": _whole_number},
    int | None: {"deserialize": _optional_whole_number},
    float | None: {"deserialize": _optional_number},
    dict[str, object] | None: {
        "deserialize": _optional_object,
        "serialize": _as_is,
    },
    list[object] | None: {"deserialize": _optional_array, "serialize": _as_is},
}
"""How each type is read; mashumaro by itself checks or converts only some."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _frozen[T](cls: type[T]) -> type[T]:
    """Make a dataclass that type checkers take for a frozen one.

    At run time a frozen one would set each member by way of a method, which makes up a
    third of the time that a poll takes to parse (`scripts/bench`).
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


class _Model(DataClassDictMixin):
    """Reads from JSON by Beeper's names, writes a dict by Python's.

    Writing is `to_dict`, which leaves out what is absent.
    """

    class Config(BaseConfig):
        """Names on the wire, and a checked type for every value."""

        omit_default = True
        aliases = _WIRE_NAMES
        serialization_strategy = _CHECKED


# --- Accounts and bridges


@_frozen
class User(_Model):
    """The person an account belongs to, as the network knows them.

    `img_url` may be remote, a data URL, a local file of Beeper's computer, or
    temporary.
    """

    id: str
    cannot_message: bool | None = None
    email: str | None = field(default=None, repr=False)
    full_name: str | None = field(default=None, repr=False)
    img_url: str | None = field(default=None, repr=False)
    is_self: bool | None = None
    phone_number: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)


@_frozen
class AccountBridge(_Model):
    """The bridge an account runs on.

    `provider` is cloud, self-hosted, local or platform-sdk.
    """

    id: str
    provider: str
    type: str


@_frozen
class Account(_Model):
    """A chat account added to Beeper.

    `status` is an `AccountStatus` or something newer, `status_text` Beeper's own
    wording of it. `bridge` is `None` before Beeper Desktop 4.2.785. `network` is for
    display only; `bridge.type` is the stable key.
    """

    account_id: str
    status: str
    user: User
    bridge: AccountBridge | None = None
    capabilities: dict[str, object] | None = field(default=None, repr=False)
    login_id: str | None = field(default=None, repr=False)
    network: str | None = None
    status_text: str | None = None


@_frozen
class Bridge(_Model):
    """A connector to a chat network, with the accounts connected through it.

    `status` is a `BridgeStatus` or something newer.
    """

    id: str
    accounts: tuple[Account, ...]
    active_account_count: int
    display_name: str
    provider: str
    status: str
    supports_multiple_accounts: bool
    type: str
    network: str | None = None
    status_text: str | None = None


# --- What a network can do


@_frozen
class DisappearingTimerCapability(_Model):
    """Which disappearing-message timers a network knows.

    `timers` is in milliseconds; `None` stands for any.
    """

    types: tuple[str, ...]
    omit_empty_timer: bool | None = None
    timers: tuple[int, ...] | None = None


@_frozen
class GroupFieldCapability(_Model):
    """Whether and how one property of a new group can be set."""

    allowed: bool
    max_length: int | None = None
    min_length: int | None = None
    required: bool | None = None
    settings: DisappearingTimerCapability | None = None


@_frozen
class GroupTypeCapabilities(_Model):
    """What can be set when a group of one type is created."""

    type_description: str
    avatar: GroupFieldCapability | None = None
    disappear: GroupFieldCapability | None = None
    name: GroupFieldCapability | None = None
    parent: GroupFieldCapability | None = None
    participants: GroupFieldCapability | None = None
    topic: GroupFieldCapability | None = None
    username: GroupFieldCapability | None = None


@_frozen
class ResolveIdentifierCapabilities(_Model):
    """By what a network finds people. `search` is new in SDK 6.0.0."""

    any_phone: bool
    contact_list: bool
    create_dm: bool
    lookup_email: bool
    lookup_phone: bool
    lookup_username: bool
    search: bool | None = None


@_frozen
class ProvisioningCapabilities(_Model):
    """What a bridge can do beyond chatting.

    The keys of `group_creation` are group types.
    """

    group_creation: dict[str, GroupTypeCapabilities]
    resolve_identifier: ResolveIdentifierCapabilities
    image_pack_import: bool | None = None


# --- Logins and login sessions


@_frozen
class LoginFlow(_Model):
    """A way to sign in to a network."""

    id: str
    description: str | None = None
    name: str | None = None


@_frozen
class BridgeLogin(_Model):
    """A signed-in identity on a bridge; it can carry several accounts.

    `status` is connected, connecting, needs_login, logged_out, unknown or something
    newer.
    """

    bridge_id: str
    login_id: str = field(repr=False)
    remove_scopes: tuple[str, ...]
    status: str
    account_ids: tuple[str, ...] | None = None
    status_text: str | None = None
    user: User | None = None


@_frozen
class RemovedLogin(_Model):
    """The answer to removing a login; `status` is removed."""

    bridge_id: str
    login_id: str = field(repr=False)
    scope: str
    status: str
    affected_account_ids: tuple[str, ...] | None = None


@_frozen
class LoginField(_Model):
    """Something a step asks for.

    It is an input field (`label`, `placeholder` ...) or a cookie field (`name`). `type`
    suggests an input (text, password, email ...) or names the browser's storage
    (cookie, header, local_storage). `initial_value` may be a person's phone number or
    mail address.
    """

    id: str
    type: str | None = None
    label: str | None = None
    placeholder: str | None = None
    initial_value: str | None = field(default=None, repr=False)
    optional: bool | None = None
    name: str | None = None
    # Not in the reference, but seen by Beeper's own command line tool
    options: list[object] | None = None
    pattern: str | None = None
    required: bool | None = None
    sources: list[object] | None = None

    @property
    def is_required(self) -> bool:
        """Whether the step cannot be answered without it."""
        return not self.optional and self.required is not False

    @property
    def is_secret(self) -> bool:
        """Whether nobody should be shown what is in it without having typed it."""
        return self.type in ("2fa_code", "password", "token")

    @property
    def choices(self) -> Iterator[tuple[str, str]]:
        """The values to choose from, each with its label.

        Nothing public tells the shape of `options`; what cannot be read is left out.
        """
        for option in self.options or ():
            match option:
                case str(value):
                    yield value, value
                case {"id": str(value), "name": str(label)} | {
                    "value": str(value),
                    "label": str(label),
                }:
                    yield value, label
                case {"value": str(value)}:
                    yield value, value


@_frozen
class Display(_Model):
    """What a step shows.

    `data` is that of a qr or code (a credential while it is valid), `image_url` that of
    an emoji.
    """

    type: str
    data: str | None = field(default=None, repr=False)
    image_url: str | None = field(default=None, repr=False)


@_frozen
class LoginStep(_Model):
    """What a login session waits for now.

    `type` is a `StepType` or something newer and decides which members are there:
    `fields` (and `attachments`) for user_input; `url`, `fields`,
    `expected_final_url_regex`, `extract_js` and `user_agent` for cookies; `display` for
    display_and_wait; `account` and `login` for complete. `step_id` can only be absent
    on complete.
    """

    type: str
    step_id: str | None = None
    instructions: str | None = None
    fields: tuple[LoginField, ...] = ()
    attachments: list[object] | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    expected_final_url_regex: str | None = None
    extract_js: str | None = field(default=None, repr=False)
    user_agent: str | None = None
    display: Display | None = None
    account: Account | None = None
    login: BridgeLogin | None = None


@_frozen
class LoginSessionError(_Model):
    """Why a login session failed; `message` is the network's own wording."""

    code: str
    message: str = field(repr=False)
    details: dict[str, object] | None = field(default=None, repr=False)


@_frozen
class LoginSession(_Model):
    """One attempt to connect or reconnect an account; it lives in Beeper's memory only.

    `status` is a `LoginSessionStatus` or something newer. `current_step` is `None` once
    the session has ended.
    """

    bridge_id: str
    login_session_id: str
    status: str
    account: Account | None = None
    account_id: str | None = None
    current_step: LoginStep | None = None
    error: LoginSessionError | None = None
    login: BridgeLogin | None = None
    login_id: str | None = field(default=None, repr=False)


@_frozen
class CancelledLoginSession(_Model):
    """The answer to cancelling a login session; `status` is cancelled."""

    bridge_id: str
    login_session_id: str
    status: str


# --- Beeper itself


@_frozen
class App(_Model):
    """The application."""

    bundle_id: str
    name: str
    version: str

    @property
    def product(self) -> str:
        """Which of the two it is; only the server's bundle ID has `.server` (docs)."""
        return "Beeper Server" if ".server" in self.bundle_id else "Beeper Desktop"


@_frozen
class Platform(_Model):
    """The computer it runs on."""

    arch: str
    os: str
    release: str | None = None


@_frozen
class Server(_Model):
    """The API server; `status` is running when it is live."""

    base_url: str
    hostname: str
    mcp_enabled: bool
    port: int
    remote_access: bool
    status: str


@_frozen
class OAuthEndpoints(_Model):
    """Absolute addresses of the OAuth 2.0 endpoints.

    The names are those of RFC 8414, which leaves open whether a server has more than
    the first two.
    """

    authorization_endpoint: str
    token_endpoint: str
    introspection_endpoint: str | None = None
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    userinfo_endpoint: str | None = None


@_frozen
class Endpoints(_Model):
    """Absolute addresses of what the server offers."""

    mcp: str
    oauth: OAuthEndpoints
    spec: str
    ws_events: str


@_frozen
class Info(_Model):
    """Who answers at an address; readable without a token."""

    app: App
    endpoints: Endpoints
    platform: Platform
    server: Server


@_frozen
class OAuthClient(_Model):
    """What a registered OAuth client is called (RFC 7591)."""

    client_id: str


@_frozen
class OAuthToken(_Model):
    """An access token that was obtained with OAuth (RFC 6749, 5.1).

    `expires_in` is in seconds, and `None` for a token that does not expire. Beeper
    gives no refresh tokens (docs).
    """

    access_token: str = field(repr=False)
    expires_in: float | None = None
    scope: str | None = None


@_frozen
class Secrets(_Model):
    """Which encryption keys are on this device."""

    master_key: bool
    megolm_backup_key: bool
    recovery_key: bool
    self_signing_key: bool
    user_signing_key: bool


@_frozen
class E2EE(_Model):
    """How far encrypted messaging is set up.

    `recovery_key_generated_at` is a Unix timestamp in seconds.
    """

    cross_signing: bool
    first_sync_done: bool
    has_backed_up_recovery_key: bool
    initialized: bool
    key_backup: bool
    secrets: Secrets
    secret_storage: bool
    verified: bool
    recovery_key_generated_at: float | None = None


@_frozen
class MatrixAccount(_Model):
    """The Beeper account that is signed in."""

    device_id: str
    homeserver: str
    user_id: str


@_frozen
class VerificationError(_Model):
    """Why a device verification stopped."""

    code: str
    reason: str


@_frozen
class VerificationDevice(_Model):
    """The other device of a verification."""

    id: str
    name: str | None = None


@_frozen
class VerificationQR(_Model):
    """The QR code of a verification."""

    data: str = field(repr=False)


@_frozen
class VerificationSAS(_Model):
    """Emoji or numbers to compare on both devices."""

    emojis: str = field(repr=False)
    decimals: str | None = field(default=None, repr=False)


@_frozen
class Verification(_Model):
    """A device verification in progress."""

    id: str
    available_actions: tuple[str, ...]
    direction: str
    methods: tuple[str, ...]
    purpose: str
    state: str
    error: VerificationError | None = None
    other_device: VerificationDevice | None = None
    other_user_id: str | None = None
    qr: VerificationQR | None = None
    sas: VerificationSAS | None = None


@_frozen
class AppSetup(_Model):
    """Whether Beeper itself is signed in (SDK 6.0.0).

    `state` is an `AppState` or something newer. `matrix` is `None` until somebody is
    signed in.
    """

    state: str
    e2ee: E2EE | None = None
    matrix: MatrixAccount | None = None
    verification: Verification | None = None


@_frozen
class Items[T](_Model):
    """The wrapper of every list but that of accounts."""

    items: tuple[T, ...]

    @classmethod
    @override
    def __pre_deserialize__(cls, d: dict[Any, Any]) -> dict[Any, Any]:
        """Refuse what mashumaro takes for an empty list: an empty object or text."""
        if type(d.get("items")) is not list:
            raise ValueError("not a list")
        return d


@_frozen
class ErrorBody(_Model):
    """The body of every error answer (SDK 6.0.0).

    It is tolerant, since proxies answer errors too. `error` is the code of an error of
    the OAuth endpoints (RFC 6749, 5.2).
    """

    message: str | None = field(default=None, repr=False)
    code: str | None = None
    details: dict[str, object] | None = field(default=None, repr=False)
    error: str | None = None
