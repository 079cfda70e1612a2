"""Apps that register with Beeper's OAuth server, and what they say of themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
import re
from urllib.parse import urlsplit

from aiohttp import web

from .api import read_json
from .desktop import READ_WRITE
from .errors import ApiError
from .loopback import is_loopback
from .scenario import Json

GRANT_TYPE = "authorization_code"
RESPONSE_TYPE = "code"
AUTH_METHOD = "none"

_PRINTABLE = re.compile(r"[!-~]+")


class OAuthError(Exception):
    """A refusal in the words of the RFCs."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        """Initialise with the members of the body and the HTTP status."""
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An app that has registered itself."""

    id: str
    name: str
    """As the app calls itself: anything."""
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    """What it may ask for."""


async def read_client(request: web.Request, client_id: str) -> Client:
    """Return the client that registers by a request (RFC 7591). Raises OAuthError."""
    metadata = await _read_metadata(request)
    return Client(
        id=client_id,
        name=_client_name(metadata),
        redirect_uris=_redirect_uris(metadata),
        scopes=_registered_scopes(metadata),
    )


async def _read_metadata(request: web.Request) -> Json:
    """Return the metadata of a client that registers. Raises OAuthError."""
    if request.content_type != "application/json":
        raise _bad_metadata("The body must be JSON")
    try:
        metadata = await read_json(request)
    except ApiError as err:
        raise _bad_metadata(err.message) from None
    for name, supported in (
        ("grant_types", GRANT_TYPE),
        ("response_types", RESPONSE_TYPE),
    ):
        values = metadata.get(name, [supported])
        if not isinstance(values, list) or supported not in values:
            raise _bad_metadata(f"{name} must have {supported}")
    method = metadata.get("token_endpoint_auth_method", AUTH_METHOD)
    if method != AUTH_METHOD:
        raise _bad_metadata(f"token_endpoint_auth_method must be {AUTH_METHOD}")
    return metadata


def _client_name(metadata: Json) -> str:
    """Return the name of a client that registers. Raises OAuthError.

    Nothing invisible may be in it, such as what turns the direction of writing.
    """
    name = metadata.get("client_name", "An app without a name")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise _bad_metadata("client_name must be a text that can be shown")
    return name


def _redirect_uris(metadata: Json) -> tuple[str, ...]:
    """Return the redirect URIs of a client that registers. Raises OAuthError."""
    uris = metadata.get("redirect_uris")
    if not isinstance(uris, list) or not uris or not all(map(_is_redirect_uri, uris)):
        raise OAuthError(
            "invalid_redirect_uri",
            "redirect_uris must be absolute, without credentials and fragment",
        )
    return tuple(uris)


def _is_redirect_uri(uri: object) -> bool:
    """Return whether a browser may be sent to an address.

    Besides the web these are apps, by a scheme that is the reverse of a domain name
    (RFC 8252, 7.1). Never are they `javascript:` and the like.
    """
    if not isinstance(uri, str) or not _PRINTABLE.fullmatch(uri) or "#" in uri:
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if "@" in parts.netloc:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname)
    return "." in parts.scheme


def is_on_the_web(uri: str) -> bool:
    """Return whether a redirect address leads away from this machine, to no app."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return False
    return not is_loopback(parts.hostname)


def _registered_scopes(metadata: Json) -> frozenset[str]:
    """Return the scopes a client that registers may ask for. Raises OAuthError."""
    scope = metadata.get("scope", join_scopes(READ_WRITE))
    if not isinstance(scope, str):
        raise _bad_metadata("scope must be a text")
    scopes = frozenset(scope.split())
    if not scopes or not scopes <= READ_WRITE:
        raise _bad_metadata(f"There are only the scopes {join_scopes(READ_WRITE)}")
    return scopes


def _bad_metadata(description: str) -> OAuthError:
    """Return the error for a client that cannot be registered."""
    return OAuthError("invalid_client_metadata", description)


def join_scopes(scopes: Iterable[str]) -> str:
    """Return scopes as they are written in requests and answers."""
    return " ".join(sorted(scopes))
