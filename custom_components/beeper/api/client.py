"""The Beeper Desktop API: a method per endpoint."""

from collections.abc import Mapping
from dataclasses import replace
import logging
from urllib.parse import parse_qsl

from aiohttp import ClientSession, ClientTimeout

from .address import parse_url
from .exceptions import (
    BeeperAuthenticationError,
    BeeperError,
    BeeperInvalidRequestError,
    BeeperNotFoundError,
    BeeperResponseError,
    BeeperScopeError,
)
from .failures import LoginFailure, LoginFailures
from .models import (
    Account,
    AppSetup,
    Bridge,
    BridgeLogin,
    Info,
    LoginFlow,
    LoginSession,
    OAuthClient,
    OAuthEndpoints,
    OAuthToken,
    ProvisioningCapabilities,
    RemovedLogin,
    RemoveScope,
    StepType,
    TokenStatus,
)
from .network import ask_network
from .parsing import parse
from .paths import bridge_path, leads_up, path_of, session_path
from .polled import Oddity, PolledLists
from .reading import Model, read, read_list
from .transport import REQUEST_TIMEOUT, Asks, Transport
from .unknown import Unknown, UnknownParts

_LOGGER = logging.getLogger(__name__)

WAIT_TIMEOUT = ClientTimeout(total=600, connect=10)
"""Seconds to submit a `display_and_wait` step.

It blocks until the person has acted, up to minutes.
"""

START_TIMEOUT = ClientTimeout(total=600, connect=10)
"""Seconds to start a login session.

Networks take up to a minute (WhatsApp with a pairing code). Who gives up earlier leaves a
session in Beeper whose ID it never learns, so that it cannot cancel it.
"""


class BeeperClient:
    """A Beeper Desktop or Beeper Server at one address.

    Every method raises a `BeeperError`, and nothing else, when Beeper cannot be asked
    or does not answer as it should.
    """

    def __init__(
        self,
        session: ClientSession | Asks,
        url: str,
        access_token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Talk to the API at `url` through an injected session.

        `url` may have a path prefix and has no trailing slash. The `headers` are for a
        proxy that stands there, and go with every request.
        """
        self._transport = Transport(session, url, access_token, headers)
        self._polled = PolledLists(self._transport)
        self._unknown = UnknownParts()
        self._login_failures = LoginFailures()

    @property
    def url(self) -> str:
        """The base URL."""
        return self._transport.url

    @property
    def version(self) -> str | None:
        """Beeper's version, as its latest answer gave it."""
        return self._transport.version

    # --- Beeper itself

    async def info(self, *, retry: bool = True) -> Info:
        """Return who answers at the address; needs no token.

        Without `retry`, who does not answer at once is not asked a second time.
        """
        answer = await self._transport.exchange(
            "GET", "/v1/info", authenticate=False, retry=retry
        )
        return _decode(answer, Info)

    async def app_setup(self) -> AppSetup:
        """Return whether Beeper itself is signed in; needs no token while it is not."""
        return await self._get(AppSetup, "/v1/app/setup")

    async def is_signed_out(self) -> bool:
        """Return whether nobody is signed in to this Beeper, as far as it tells.

        Such a Beeper takes no token, and its tokens come back.
        """
        try:
            return (await self.app_setup()).is_signed_out
        except BeeperError:
            return False

    # --- OAuth 2.0

    async def oauth_endpoints(self) -> OAuthEndpoints:
        """Return where to sign in, as paths below the base URL; needs no token.

        The server names addresses as it sees itself: behind a proxy they are wrong,
        and they must not lead a person or a token elsewhere. Only their paths count, and
        none that leads up from there.

        Raises `BeeperNotFoundError` where there is nowhere to sign in, and
        `BeeperResponseError` where an address that is needed is none.
        """
        try:
            answer = await self._transport.exchange(
                "GET", "/.well-known/oauth-authorization-server", authenticate=False
            )
            said: OAuthEndpoints | None = _decode(answer, OAuthEndpoints)
        except (
            BeeperAuthenticationError,
            BeeperNotFoundError,
            BeeperResponseError,
            BeeperScopeError,
        ):
            # A proxy may keep such paths to itself; the same stands here (docs)
            said = (await self.info()).endpoints.oauth
        if said is None:
            raise BeeperNotFoundError("Beeper names no endpoints to sign in at")
        authorization = self._below_base(said.authorization_endpoint)
        token = self._below_base(said.token_endpoint)
        if authorization is None or token is None:
            raise BeeperResponseError("The answer names an endpoint that is none")
        return OAuthEndpoints(
            authorization_endpoint=authorization,
            token_endpoint=token,
            registration_endpoint=self._below_base(said.registration_endpoint),
            revocation_endpoint=self._below_base(said.revocation_endpoint),
        )

    def _below_base(self, url: str | None) -> str | None:
        """Return the path of an address below the base URL; `None` for what is none."""
        try:
            path = parse_url(url or "").raw_path
        except ValueError:
            return None
        if not path.startswith("/") or leads_up(url or ""):
            return None
        prefix = parse_url(self._transport.url).raw_path.rstrip("/")
        return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path

    async def register_oauth_client(
        self, path: str, *, client_name: str, redirect_uri: str, scope: str
    ) -> str:
        """Register a public client at this endpoint and return its ID (RFC 7591)."""
        body = {
            "client_name": client_name,
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "scope": scope,
            "token_endpoint_auth_method": "none",
        }
        answer = await self._transport.exchange(
            "POST", path, body=body, authenticate=False
        )
        return _decode(answer, OAuthClient).client_id

    async def check_authorization(self, path: str, redirect_uri: str) -> None:
        """Ask for the page on which a person approves, as their browser will.

        `path` has the whole query. Raises `BeeperNotFoundError` where there is no such
        page, and `BeeperInvalidRequestError` where Beeper refuses without asking anybody:
        some versions do so where a redirect address is on the web. Whatever else fails
        here may go well in the browser.
        """
        try:
            await self._transport.exchange(
                "GET", path, authenticate=False, retry=False, accept="text/html"
            )
        except BeeperInvalidRequestError, BeeperNotFoundError:
            raise
        except BeeperResponseError as err:
            if error := _refusal_in(err.location or "", redirect_uri):
                raise BeeperInvalidRequestError(
                    "Beeper refuses to ask for an approval", code=error
                ) from None
        except BeeperError:
            return

    async def request_oauth_token(
        self, path: str, form: Mapping[str, str]
    ) -> OAuthToken:
        """Exchange an authorization code for a token (RFC 6749, 4.1.3).

        Raises `BeeperInvalidRequestError` with the code `invalid_grant` for a code that
        has expired, was used before, or was made for somebody else.
        """
        answer = await self._transport.exchange(
            "POST", path, form=form, authenticate=False
        )
        return _decode(answer, OAuthToken)

    async def revoke_oauth_token(self, path: str, client_id: str) -> None:
        """Give back the token that this client was created with (RFC 7009)."""
        form = {
            "token": self._transport.access_token or "",
            "token_type_hint": "access_token",
            "client_id": client_id,
        }
        await self._transport.exchange("POST", path, form=form, authenticate=False)

    async def token_scopes(self) -> frozenset[str]:
        """Return what the token that this client was created with allows (RFC 7662).

        It is empty for a token that Beeper does not take, or says nothing of. The path
        is that of the reference: Beeper names it only in what it says of itself.
        """
        form = {"token": self._transport.access_token or ""}
        answer = await self._transport.exchange(
            "POST", "/oauth/introspect", form=form, authenticate=False
        )
        status = _decode(answer, TokenStatus)
        return frozenset((status.scope or "").split()) if status.active else frozenset()

    # --- Accounts and bridges

    async def accounts(self) -> tuple[Account, ...]:
        """Return all accounts that have an ID.

        The very same object as before is returned when Beeper's answer is the same,
        byte for byte, and of an account that is as before the same one.
        """
        return await self._polled.accounts()

    async def account(self, account_id: str) -> Account:
        """Return one account."""
        return await self._get(Account, path_of("v1", "accounts", account_id))

    async def bridges(self) -> tuple[Bridge, ...]:
        """Return all bridges that have an ID.

        The very same object as before is returned when Beeper's answer is the same,
        byte for byte.

        Raises `BeeperNotFoundError` on a Beeper that is too old to know bridges.
        """
        return await self._polled.bridges()

    @property
    def oddities(self) -> frozenset[Oddity]:
        """What was odd in the accounts and bridges that were read last."""
        return self._polled.oddities

    @property
    def unknown(self) -> Unknown:
        """What no model has in the lists that were read last, and in all other answers.

        The lists are looked through anew, which takes as long as parsing them.
        """
        parts = UnknownParts(self._unknown.found)
        self._polled.look_for_unknown(parts)
        return parts.found

    async def bridge(self, bridge_id: str) -> Bridge:
        """Return one bridge."""
        return await self._get(Bridge, bridge_path(bridge_id))

    async def capabilities(self, bridge_id: str) -> ProvisioningCapabilities:
        """Return what a bridge can do beyond chatting."""
        path = bridge_path(bridge_id, "capabilities")
        return await self._get(ProvisioningCapabilities, path)

    # --- Logins

    @property
    def login_failures(self) -> Mapping[LoginFailure, int]:
        """What was refused of all below here, and how often."""
        return self._login_failures.counts

    async def login_flows(self, bridge_id: str) -> tuple[LoginFlow, ...]:
        """Return the ways to sign in to a bridge's network."""
        path = bridge_path(bridge_id, "login-flows")
        answer = await self._ask_network("login_flows", bridge_id, "GET", path)
        return _decode_items(answer, LoginFlow, self._unknown)

    async def logins(self, bridge_id: str) -> tuple[BridgeLogin, ...]:
        """Return the identities that are signed in on a bridge (SDK 6.0.0)."""
        path = bridge_path(bridge_id, "logins")
        answer = await self._ask_network("logins", bridge_id, "GET", path)
        logins = _decode_items(answer, BridgeLogin, self._unknown)
        return tuple(_of_bridge(login, bridge_id) for login in logins)

    async def login(self, bridge_id: str, login_id: str) -> BridgeLogin:
        """Return one signed-in identity (SDK 6.0.0)."""
        path = bridge_path(bridge_id, "logins", login_id)
        answer = await self._ask_network("login", bridge_id, "GET", path)
        return _of_bridge(_decode(answer, BridgeLogin, self._unknown), bridge_id)

    async def remove_login(
        self, bridge_id: str, login_id: str, scope: RemoveScope
    ) -> RemovedLogin:
        """Sign an identity out, on this device or on all (SDK 6.0.0)."""
        path = bridge_path(bridge_id, "logins", login_id, "remove")
        answer = await self._ask_network(
            "remove_login", bridge_id, "POST", path, body={"scope": scope}
        )
        return _decode(answer, RemovedLogin, self._unknown)

    # --- Login sessions

    async def create_login_session(
        self,
        bridge_id: str,
        *,
        flow_id: str | None = None,
        login_id: str | None = None,
        account_id: str | None = None,
    ) -> LoginSession:
        """Start to connect a new account, or to reconnect the given login or account.

        Without `flow_id` Beeper chooses the way to sign in.
        """
        body = _present(flowID=flow_id, loginID=login_id, accountID=account_id)
        path = session_path(bridge_id)
        answer = await self._ask_network(
            "create_login_session",
            bridge_id,
            "POST",
            path,
            body=body,
            timeout=START_TIMEOUT,
        )
        return _of_bridge(_decode(answer, LoginSession, self._unknown), bridge_id)

    async def login_session(
        self, bridge_id: str, login_session_id: str
    ) -> LoginSession:
        """Return a login session; always safe, even while its step is waited on."""
        path = session_path(bridge_id, login_session_id)
        answer = await self._ask_network("login_session", bridge_id, "GET", path)
        return _of_bridge(_decode(answer, LoginSession, self._unknown), bridge_id)

    async def submit_login_step(
        self,
        bridge_id: str,
        login_session_id: str,
        step_id: str,
        step_type: str,
        *,
        fields: Mapping[str, str] | None = None,
        last_url: str | None = None,
        source: str | None = None,
    ) -> LoginSession:
        """Answer the current step and return the session's next state.

        A `display_and_wait` step blocks until the person has acted or what is displayed
        has changed; a second waiter gets a `BeeperConflictError`.
        """
        waits = step_type == StepType.DISPLAY_AND_WAIT
        answer = await self._ask_network(
            "submit_login_step",
            bridge_id,
            "POST",
            session_path(bridge_id, login_session_id, "steps", step_id),
            body={"type": step_type}
            | _present(fields=fields, lastURL=last_url, source=source),
            timeout=WAIT_TIMEOUT if waits else REQUEST_TIMEOUT,
        )
        return _of_bridge(_decode(answer, LoginSession, self._unknown), bridge_id)

    async def cancel_login_session(self, bridge_id: str, login_session_id: str) -> None:
        """End a login session."""
        path = session_path(bridge_id, login_session_id)
        await self._ask_network("cancel_login_session", bridge_id, "DELETE", path)

    # --- Asking

    async def _ask_network(
        self,
        request: str,
        bridge_id: str,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        timeout: ClientTimeout = REQUEST_TIMEOUT,
    ) -> bytes:
        """Ask something about logins, and note how that fails."""
        try:
            return await ask_network(
                self._transport, bridge_id, method, path, body=body, timeout=timeout
            )
        except BeeperError as err:
            self._login_failures.note(bridge_id, request, err)
            raise

    async def _get[ModelT: Model](self, model: type[ModelT], path: str) -> ModelT:
        answer = await self._transport.exchange("GET", path)
        return _decode(answer, model, self._unknown)


def _decode[ModelT: Model](
    body: bytes, model: type[ModelT], unknown: UnknownParts | None = None
) -> ModelT:
    """Return the object in a body, of which unknown parts are noted.

    Raises `BeeperResponseError` for what is none.
    """
    value = parse(body)
    if unknown:
        unknown.look(model, value)
    item, odd = read(model, value)
    _note_odd(odd)
    if item is None:
        raise BeeperResponseError(f"The answer is not Beeper's: no {model.__name__}")
    return item


def _decode_items[ModelT: Model](
    body: bytes, model: type[ModelT], unknown: UnknownParts
) -> tuple[ModelT, ...]:
    """Return the objects of a list in a body, of which unknown parts are noted.

    Raises `BeeperResponseError` for what is no list.
    """
    answer = parse(body)
    values = answer.get("items") if isinstance(answer, dict) else None
    unknown.look_at_all(model, values)
    items, odd = read_list(model, values)
    _note_odd(odd)
    if items is None:
        raise BeeperResponseError("The answer is not Beeper's: not a list")
    return items


def _refusal_in(location: str, redirect_uri: str) -> str | None:
    """Return the error with which a redirect leads back (RFC 6749, 4.1.2.1)."""
    if not location.startswith(f"{redirect_uri}?"):
        return None
    return dict(parse_qsl(location.partition("?")[2])).get("error")


def _of_bridge[ItemT: (BridgeLogin, LoginSession)](
    item: ItemT, bridge_id: str
) -> ItemT:
    """Return what a bridge was asked for, also where it does not tell its own ID."""
    return item if item.bridge_id else replace(item, bridge_id=bridge_id)


def _note_odd(odd: tuple[str, ...]) -> None:
    if odd:
        names = ", ".join(sorted(set(odd)))
        _LOGGER.debug("Missing or odd in an answer of Beeper: %s", names)


def _present(**members: object) -> dict[str, object]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
