"""What the Beeper Desktop API answers, as dataclasses that nobody may change.

Source of every field: Beeper's API reference and SDK 6.0.0. Values that Beeper may
extend (statuses, step types, providers) stay plain strings, so that a newer Beeper
never breaks a caller; the enums name the known ones.

Real Beepers, older and newer ones and the bridges behind them leave out and change more
than the reference says. So what has no default here is only what nothing can be done
without, and all else is `None` or empty where it is missing or of another type (how
it is read: `reading.py`).
"""

from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum

from .limits import MAX_ADDRESS, MAX_LISTED, MAX_TOKEN
from .reading import ALWAYS, Model, frozen, up_to


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


_WIRE_NAMES = {
    "account_id": "accountID",
    "account_ids": "accountIDs",
    "active_account_count": "activeAccountCount",
    "affected_account_ids": "affectedAccountIDs",
    "bridge_id": "bridgeID",
    "cannot_message": "cannotMessage",
    "current_step": "currentStep",
    "display_name": "displayName",
    "expected_final_url_regex": "expectedFinalURLRegex",
    "extract_js": "extractJS",
    "full_name": "fullName",
    "image_url": "imageURL",
    "img_url": "imgURL",
    "initial_value": "initialValue",
    "is_self": "isSelf",
    "login_id": "loginID",
    "login_session_id": "loginSessionID",
    "phone_number": "phoneNumber",
    "remove_scopes": "removeScopes",
    "status_text": "statusText",
    "step_id": "stepID",
    "supports_multiple_accounts": "supportsMultipleAccounts",
    "user_agent": "userAgent",
    "user_id": "userID",
}
"""Names of members in Python, and on the wire where they differ."""


class _Model(Model):
    """A model of Beeper."""

    __slots__ = ()
    wire_names = _WIRE_NAMES


# --- Accounts and bridges


@frozen
class User(_Model):
    """The person an account belongs to, as the network knows them.

    `img_url` may be remote, a data URL, a local file of Beeper's computer, or
    temporary.
    """

    id: str | None = field(default=None, metadata=ALWAYS)
    cannot_message: bool | None = None
    email: str | None = field(default=None, repr=False)
    full_name: str | None = field(default=None, repr=False)
    img_url: str | None = field(default=None, repr=False)
    is_self: bool | None = None
    phone_number: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)


@frozen
class AccountBridge(_Model):
    """The bridge an account runs on.

    `provider` is cloud, self-hosted, local or platform-sdk.
    """

    id: str
    provider: str | None = field(default=None, metadata=ALWAYS)
    type: str | None = field(default=None, metadata=ALWAYS)


@frozen
class Account(_Model):
    """A chat account added to Beeper.

    `status` is an `AccountStatus` or something newer, `None` where it is not known;
    `status_text` is Beeper's own wording of it. `bridge` is `None` before Beeper Desktop 4.2.785. `network` is for
    display only; `bridge.type` is the stable key.
    """

    account_id: str
    status: str | None = field(default=None, metadata=ALWAYS)
    user: User = field(default=User(), metadata=ALWAYS)
    bridge: AccountBridge | None = None
    capabilities: dict[str, object] | None = field(default=None, repr=False)
    login_id: str | None = field(default=None, repr=False)
    network: str | None = None
    status_text: str | None = None


@frozen
class Bridge(_Model):
    """A connector to a chat network, with the accounts connected through it.

    `status` is a `BridgeStatus` or something newer.
    """

    id: str
    accounts: tuple[Account, ...] = field(
        default=(), metadata=ALWAYS | up_to(MAX_LISTED)
    )
    active_account_count: int | None = field(default=None, metadata=ALWAYS)
    display_name: str | None = field(default=None, metadata=ALWAYS)
    provider: str | None = field(default=None, metadata=ALWAYS)
    status: str | None = field(default=None, metadata=ALWAYS)
    supports_multiple_accounts: bool | None = field(default=None, metadata=ALWAYS)
    type: str | None = field(default=None, metadata=ALWAYS)
    network: str | None = None
    status_text: str | None = None


# --- What a network can do


@frozen
class DisappearingTimerCapability(_Model):
    """Which disappearing-message timers a network knows.

    `timers` is in milliseconds; `None` stands for any.
    """

    types: tuple[str, ...] = field(default=(), metadata=ALWAYS)
    omit_empty_timer: bool | None = None
    timers: tuple[int, ...] | None = None


@frozen
class GroupFieldCapability(_Model):
    """Whether and how one property of a new group can be set."""

    allowed: bool | None = field(default=None, metadata=ALWAYS)
    max_length: int | None = None
    min_length: int | None = None
    required: bool | None = None
    settings: DisappearingTimerCapability | None = None


@frozen
class GroupTypeCapabilities(_Model):
    """What can be set when a group of one type is created."""

    type_description: str | None = field(default=None, metadata=ALWAYS)
    avatar: GroupFieldCapability | None = None
    disappear: GroupFieldCapability | None = None
    name: GroupFieldCapability | None = None
    parent: GroupFieldCapability | None = None
    participants: GroupFieldCapability | None = None
    topic: GroupFieldCapability | None = None
    username: GroupFieldCapability | None = None


@frozen
class ResolveIdentifierCapabilities(_Model):
    """By what a network finds people. `search` is new in SDK 6.0.0."""

    any_phone: bool | None = field(default=None, metadata=ALWAYS)
    contact_list: bool | None = field(default=None, metadata=ALWAYS)
    create_dm: bool | None = field(default=None, metadata=ALWAYS)
    lookup_email: bool | None = field(default=None, metadata=ALWAYS)
    lookup_phone: bool | None = field(default=None, metadata=ALWAYS)
    lookup_username: bool | None = field(default=None, metadata=ALWAYS)
    search: bool | None = None


@frozen
class ProvisioningCapabilities(_Model):
    """What a bridge can do beyond chatting.

    The keys of `group_creation` are group types.
    """

    group_creation: dict[str, GroupTypeCapabilities] | None = field(
        default=None, metadata=ALWAYS
    )
    resolve_identifier: ResolveIdentifierCapabilities | None = field(
        default=None, metadata=ALWAYS
    )
    image_pack_import: bool | None = None


# --- Logins and login sessions


@frozen
class LoginFlow(_Model):
    """A way to sign in to a network."""

    id: str
    description: str | None = None
    name: str | None = None


@frozen
class BridgeLogin(_Model):
    """A signed-in identity on a bridge; it can carry several accounts.

    `status` is connected, connecting, needs_login, logged_out, unknown or something
    newer.
    """

    login_id: str = field(repr=False)
    bridge_id: str = field(default="", metadata=ALWAYS)
    remove_scopes: tuple[str, ...] = field(default=(), metadata=ALWAYS)
    status: str | None = field(default=None, metadata=ALWAYS)
    account_ids: tuple[str, ...] | None = None
    status_text: str | None = None
    user: User | None = None


@frozen
class RemovedLogin(_Model):
    """The answer to removing a login; `status` is removed."""

    bridge_id: str | None = field(default=None, metadata=ALWAYS)
    login_id: str | None = field(default=None, repr=False, metadata=ALWAYS)
    scope: str | None = field(default=None, metadata=ALWAYS)
    status: str | None = field(default=None, metadata=ALWAYS)
    affected_account_ids: tuple[str, ...] | None = None


@frozen
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


@frozen
class Display(_Model):
    """What a step shows.

    `data` is that of a qr or code (a credential while it is valid), `image_url` that of
    an emoji.
    """

    type: str
    data: str | None = field(default=None, repr=False)
    image_url: str | None = field(default=None, repr=False)


@frozen
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


@frozen
class LoginSessionError(_Model):
    """Why a login session failed; `message` is the network's own wording."""

    code: str | None = field(default=None, metadata=ALWAYS)
    message: str | None = field(default=None, repr=False, metadata=ALWAYS)
    details: dict[str, object] | None = field(default=None, repr=False)


@frozen
class LoginSession(_Model):
    """One attempt to connect or reconnect an account; it lives in Beeper's memory only.

    `status` is a `LoginSessionStatus` or something newer. `current_step` is `None` once
    the session has ended.
    """

    login_session_id: str
    bridge_id: str = field(default="", metadata=ALWAYS)
    status: str | None = field(default=None, metadata=ALWAYS)
    account: Account | None = None
    account_id: str | None = None
    current_step: LoginStep | None = None
    error: LoginSessionError | None = None
    login: BridgeLogin | None = None
    login_id: str | None = field(default=None, repr=False)


# --- Beeper itself


@frozen
class App(_Model):
    """The application."""

    bundle_id: str | None = field(default=None, metadata=ALWAYS)
    version: str | None = field(default=None, metadata=ALWAYS)

    @property
    def product(self) -> str:
        """Which of the two it is; only the server's bundle ID has `.server` (docs)."""
        is_server = self.bundle_id is not None and ".server" in self.bundle_id
        return "Beeper Server" if is_server else "Beeper Desktop"


@frozen
class Platform(_Model):
    """The computer it runs on."""

    arch: str | None = field(default=None, metadata=ALWAYS)
    os: str | None = field(default=None, metadata=ALWAYS)


@frozen
class Server(_Model):
    """The API server; `status` is running when it is live."""

    remote_access: bool | None = field(default=None, metadata=ALWAYS)
    status: str | None = field(default=None, metadata=ALWAYS)


@frozen
class OAuthEndpoints(_Model):
    """Absolute addresses of the OAuth 2.0 endpoints.

    The names are those of RFC 8414, which leaves open whether a server has more than
    the first two.
    """

    authorization_endpoint: str = field(metadata=up_to(MAX_ADDRESS))
    token_endpoint: str = field(metadata=up_to(MAX_ADDRESS))
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None


@frozen
class TokenStatus(_Model):
    """What a token is good for; `scope` is a list with spaces (RFC 7662)."""

    active: bool
    scope: str | None = None


@frozen
class Endpoints(_Model):
    """What the server offers."""

    oauth: OAuthEndpoints | None = field(default=None, metadata=ALWAYS)


@frozen
class Info(_Model):
    """Who answers at an address; readable without a token."""

    app: App
    endpoints: Endpoints = field(default=Endpoints(), metadata=ALWAYS)
    platform: Platform = field(default=Platform(), metadata=ALWAYS)
    server: Server = field(default=Server(), metadata=ALWAYS)


@frozen
class OAuthClient(_Model):
    """What a registered OAuth client is called (RFC 7591)."""

    client_id: str


@frozen
class OAuthToken(_Model):
    """An access token that was obtained with OAuth (RFC 6749, 5.1).

    `expires_in` is in seconds, and `None` for a token that does not expire. Beeper
    gives no refresh tokens (docs).
    """

    access_token: str = field(repr=False, metadata=up_to(MAX_TOKEN))
    expires_in: float | None = None


@frozen
class MatrixAccount(_Model):
    """The Beeper account that is signed in."""

    user_id: str


@frozen
class AppSetup(_Model):
    """Whether Beeper itself is signed in (SDK 6.0.0).

    `state` is an `AppState` or something newer. `matrix` is `None` until somebody is signed in.
    """

    state: str | None = field(default=None, metadata=ALWAYS)
    matrix: MatrixAccount | None = None

    @property
    def is_signed_out(self) -> bool:
        """Whether it waits for somebody to sign in."""
        return self.state == AppState.NEEDS_LOGIN


@frozen
class ErrorBody(_Model):
    """The body of every error answer (SDK 6.0.0).

    It is tolerant, since proxies answer errors too. `error` is the code of an error of
    the OAuth endpoints (RFC 6749, 5.2).
    """

    message: str | None = field(default=None, repr=False)
    code: str | None = None
    details: dict[str, object] | None = field(default=None, repr=False)
    error: str | None = None
