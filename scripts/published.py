"""What is published of Beeper's answers, and what an answer has that is not.

Source of every member: Beeper's API reference and SDK 6.0.0, against which
`tests/contract/test_published.py` holds it. Each text has a role: what it is told for,
and so what may be kept of it in a recording.

Nothing but the standard library of Python 3.10 is needed here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
import json
from typing import Final


class Role(Enum):
    """What a text tells."""

    ADDRESS = "address"
    """Of something elsewhere: a picture, a homeserver."""
    BUNDLE = "bundle"
    """The ID of an app in its store."""
    CODE = "code"
    """Of an error, such as M_NOT_FOUND."""
    ENDPOINT = "endpoint"
    """The address of something of the server itself."""
    HOST = "host"
    ID = "id"
    MACHINE = "machine"
    """An operating system or a processor."""
    MAIL = "mail"
    NETWORK = "network"
    """What a network is called where people read it."""
    PERSON = "person"
    """What a person is called."""
    PHONE = "phone"
    PRODUCT = "product"
    VERSION = "version"
    WORD = "word"
    """One of many that are not published, such as the type of a bridge."""
    WORDS = "words"
    """For a person to read."""


class Kind:
    """What is published of a value."""


@dataclass(frozen=True)
class Text(Kind):
    """A text."""

    role: Role


@dataclass(frozen=True)
class OneOf(Kind):
    """One of some texts."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Flag(Kind):
    """True or false."""


@dataclass(frozen=True)
class Number(Kind):
    """A number; it tells how much, and nothing of a person."""


@dataclass(frozen=True)
class Port(Kind):
    """The number of the port that Beeper listens at."""


@dataclass(frozen=True)
class Anything(Kind):
    """Whatever it is; nothing is published of it."""


@dataclass(frozen=True)
class Object(Kind):
    """An object with these members."""

    name: str
    required: Mapping[str, Kind]
    optional: Mapping[str, Kind] = field(default_factory=dict)

    @property
    def members(self) -> Mapping[str, Kind]:
        """All members."""
        return {**self.required, **self.optional}


@dataclass(frozen=True)
class Many(Kind):
    """A list."""

    of: Kind


@dataclass(frozen=True)
class ByName(Kind):
    """An object whose members are all alike."""

    of: Kind


# --- What is published

_ID: Final = Text(Role.ID)
_WORD: Final = Text(Role.WORD)
_WORDS: Final = Text(Role.WORDS)
_ENDPOINT: Final = Text(Role.ENDPOINT)
_FLAG: Final = Flag()
_NUMBER: Final = Number()

_PROVIDER: Final = OneOf(("cloud", "self-hosted", "local", "platform-sdk"))

USER: Final = Object(
    "User",
    {"id": _ID},
    {
        "cannotMessage": _FLAG,
        "email": Text(Role.MAIL),
        "fullName": Text(Role.PERSON),
        "imgURL": Text(Role.ADDRESS),
        "isSelf": _FLAG,
        "phoneNumber": Text(Role.PHONE),
        "username": Text(Role.PERSON),
    },
)

ACCOUNT_BRIDGE: Final = Object(
    "AccountBridge", {"id": _ID, "provider": _PROVIDER, "type": _WORD}
)

ACCOUNT: Final = Object(
    "Account",
    {
        "accountID": _ID,
        "bridge": ACCOUNT_BRIDGE,
        "status": OneOf(
            (
                "connected",
                "connecting",
                "backfilling",
                "connection_required",
                "reconnect_required",
                "attention_required",
                "disconnected",
                "disabled",
            )
        ),
        "user": USER,
    },
    {
        "capabilities": ByName(Anything()),
        "loginID": _ID,
        "network": Text(Role.NETWORK),
        "statusText": _WORDS,
    },
)

BRIDGE: Final = Object(
    "Bridge",
    {
        "id": _ID,
        "accounts": Many(ACCOUNT),
        "activeAccountCount": _NUMBER,
        "displayName": Text(Role.NETWORK),
        "provider": _PROVIDER,
        "status": OneOf(
            (
                "available",
                "connected",
                "limit_reached",
                "temporarily_unavailable",
                "disabled",
            )
        ),
        "supportsMultipleAccounts": _FLAG,
        "type": _WORD,
    },
    {"network": Text(Role.NETWORK), "statusText": _WORDS},
)

DISAPPEARING_TIMER: Final = Object(
    "DisappearingTimerCapability",
    {"types": Many(OneOf(("", "after_read", "after_read_by_recipient", "after_send")))},
    {"omit_empty_timer": _FLAG, "timers": Many(_NUMBER)},
)

GROUP_FIELD: Final = Object(
    "GroupFieldCapability",
    {"allowed": _FLAG},
    {
        "max_length": _NUMBER,
        "min_length": _NUMBER,
        "required": _FLAG,
        "settings": DISAPPEARING_TIMER,
    },
)

GROUP_TYPE: Final = Object(
    "GroupTypeCapabilities",
    {"type_description": _WORDS},
    dict.fromkeys(
        ("avatar", "disappear", "name", "parent", "participants", "topic", "username"),
        GROUP_FIELD,
    ),
)

RESOLVE_IDENTIFIER: Final = Object(
    "ResolveIdentifierCapabilities",
    dict.fromkeys(
        (
            "any_phone",
            "contact_list",
            "create_dm",
            "lookup_email",
            "lookup_phone",
            "lookup_username",
            "search",
        ),
        _FLAG,
    ),
)

CAPABILITIES: Final = Object(
    "ProvisioningCapabilities",
    {"group_creation": ByName(GROUP_TYPE), "resolve_identifier": RESOLVE_IDENTIFIER},
    {"image_pack_import": _FLAG},
)

LOGIN_FLOW: Final = Object(
    "LoginFlow", {"id": _WORD}, {"description": _WORDS, "name": _WORDS}
)

BRIDGE_LOGIN: Final = Object(
    "BridgeLogin",
    {
        "bridgeID": _ID,
        "loginID": _ID,
        "removeScopes": Many(OneOf(("current-device", "all-devices"))),
        "status": OneOf(
            ("connected", "connecting", "needs_login", "logged_out", "unknown")
        ),
    },
    {"accountIDs": Many(_ID), "statusText": _WORDS, "user": USER},
)

INFO: Final = Object(
    "InfoRetrieveResponse",
    {
        "app": Object(
            "App",
            {
                "bundle_id": Text(Role.BUNDLE),
                "name": Text(Role.PRODUCT),
                "version": Text(Role.VERSION),
            },
        ),
        "endpoints": Object(
            "Endpoints",
            {
                "mcp": _ENDPOINT,
                "oauth": Object(
                    "EndpointsOAuth",
                    dict.fromkeys(
                        (
                            "authorization_endpoint",
                            "introspection_endpoint",
                            "registration_endpoint",
                            "revocation_endpoint",
                            "token_endpoint",
                            "userinfo_endpoint",
                        ),
                        _ENDPOINT,
                    ),
                ),
                "spec": _ENDPOINT,
                "ws_events": _ENDPOINT,
            },
        ),
        "platform": Object(
            "Platform",
            {"arch": Text(Role.MACHINE), "os": Text(Role.MACHINE)},
            {"release": Text(Role.VERSION)},
        ),
        "server": Object(
            "Server",
            {
                "base_url": _ENDPOINT,
                "hostname": Text(Role.HOST),
                "mcp_enabled": _FLAG,
                "port": Port(),
                "remote_access": _FLAG,
                "status": _WORD,
            },
        ),
    },
)

SETUP: Final = Object(
    "SetupRetrieveResponse",
    {
        "e2ee": Object(
            "E2EE",
            {
                **dict.fromkeys(
                    (
                        "crossSigning",
                        "firstSyncDone",
                        "hasBackedUpRecoveryKey",
                        "initialized",
                        "keyBackup",
                        "secretStorage",
                        "verified",
                    ),
                    _FLAG,
                ),
                "secrets": Object(
                    "E2EESecrets",
                    dict.fromkeys(
                        (
                            "masterKey",
                            "megolmBackupKey",
                            "recoveryKey",
                            "selfSigningKey",
                            "userSigningKey",
                        ),
                        _FLAG,
                    ),
                ),
            },
            {"recoveryKeyGeneratedAt": _NUMBER},
        ),
        "state": OneOf(
            (
                "needs-login",
                "initializing",
                "needs-cross-signing-setup",
                "needs-verification",
                "needs-secrets",
                "needs-first-sync",
                "ready",
            )
        ),
    },
    {
        "matrix": Object(
            "Matrix",
            {"deviceID": _ID, "homeserver": Text(Role.ADDRESS), "userID": _ID},
        ),
        "verification": Object(
            "Verification",
            {
                "id": _ID,
                "availableActions": Many(
                    OneOf(
                        (
                            "accept",
                            "cancel",
                            "qr.confirmScanned",
                            "sas.start",
                            "sas.confirm",
                        )
                    )
                ),
                "direction": OneOf(("incoming", "outgoing")),
                "methods": Many(OneOf(("qr", "sas"))),
                "purpose": OneOf(("login", "device")),
                "state": OneOf(
                    (
                        "requested",
                        "ready",
                        "sas_ready",
                        "qr_scanned",
                        "done",
                        "cancelled",
                        "error",
                    )
                ),
            },
            {
                "error": Object(
                    "VerificationError", {"code": Text(Role.CODE), "reason": _WORDS}
                ),
                "otherDevice": Object(
                    "VerificationOtherDevice", {"id": _ID}, {"name": _WORDS}
                ),
                "otherUserID": _ID,
                "qr": Object("VerificationQR", {"data": _WORDS}),
                "sas": Object(
                    "VerificationSAS", {"emojis": _WORDS}, {"decimals": _WORDS}
                ),
            },
        ),
    },
)

ERROR: Final = Object(
    "Error",
    {"code": Text(Role.CODE), "message": _WORDS},
    {"details": Anything()},
)


def items(kind: Object) -> Object:
    """Return what is published of a list of such objects, which is in an object."""
    return Object(f"{kind.name}List", {"items": Many(kind)})


# --- What is not


def unpublished(kind: Kind, value: object, place: str) -> Iterator[str]:
    """Yield what is in an answer and not published, missing, or of another type.

    place: what the value is called until an object with a name of its own is met.
    Values of a closed set that are not in it are told, and so are names of members:
    give it what is replaced already.
    """
    expected = type_of_kind(kind)
    if expected is not None and type_of(value) != expected:
        yield f"{place}: {type_of(value)} instead of {expected}"
    elif isinstance(kind, OneOf):
        if value not in kind.values:
            yield f"{place}: unknown value {json.dumps(value)}"
    elif isinstance(kind, Many) and isinstance(value, list):
        for item in value:
            yield from unpublished(kind.of, item, place)
    elif isinstance(kind, ByName) and isinstance(value, dict):
        for item in value.values():
            yield from unpublished(kind.of, item, place)
    elif isinstance(kind, Object) and isinstance(value, dict):
        yield from _unpublished_members(kind, value)


def _unpublished_members(kind: Object, value: dict[str, object]) -> Iterator[str]:
    members = kind.members
    for name in kind.required:
        if name not in value:
            yield f"{kind.name}.{name}: missing"
    for name, item in value.items():
        if name in members:
            yield from unpublished(members[name], item, f"{kind.name}.{name}")
        else:
            yield f"{kind.name}.{name}: unknown member, {type_of(item)}"


def type_of(value: object) -> str:
    """Return what JSON calls the type of a value."""
    for name, kind in (
        ("null", type(None)),
        ("boolean", bool),
        ("number", (int, float)),
        ("string", str),
        ("array", list),
    ):
        if isinstance(value, kind):
            return name
    return "object"


def type_of_kind(kind: Kind) -> str | None:
    """Return what JSON calls the type that is published; None: any."""
    if isinstance(kind, (Text, OneOf)):
        return "string"
    if isinstance(kind, Flag):
        return "boolean"
    if isinstance(kind, (Number, Port)):
        return "number"
    if isinstance(kind, Many):
        return "array"
    if isinstance(kind, Anything):
        return None
    return "object"
