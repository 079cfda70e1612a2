"""OAuth 2.0 as Beeper Desktop serves it: apps register, the person approves, tokens.

Authorization code with PKCE S256 for public clients, without refresh tokens (RFC 6749,
7009, 7591, 7636, 7662, 8414). Errors have the bodies of these RFCs, not Beeper's own.
The approval page stands for the dialog in Beeper: whoever opens it is the person.
"""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random
import re
import time
from typing import Literal
from urllib.parse import parse_qsl

from aiohttp import ClientSession, web
from yarl import URL

from .api import base_url, bearer_token, json_response, oauth_endpoints
from .desktop import SIGNED_OUT, Desktop, Token, new_token
from .oauth_clients import (
    AUTH_METHOD,
    GRANT_TYPE,
    RESPONSE_TYPE,
    Client,
    OAuthError,
    is_on_the_web,
    join_scopes,
    read_client,
)
from .oauth_pages import SCOPES, approval_page, redirect, refuse, refuse_signed_out
from .timings import Timings

type _Handler = Callable[[web.Request], Awaitable[web.Response]]
type _Parameters = list[tuple[str, str]]

type WebRedirects = Literal["allowed", "returned", "refused"]
"""What happens where an app asks to be redirected to an address on the web.

Some versions of Beeper refuse that although the address was registered: 4.2.860 sent
the browser back with `invalid_request`, and newer ones show a page that says so
(public reports raycast/extensions #28293, #30599 and #31272). Nobody is asked then.
"""

TOKEN_LIFETIME = 30 * 86400
"""Seconds; a real Beeper's tokens always expire, after a time that is not published."""

_NO_WEB_REDIRECT = "redirect_uri must be on this machine, or lead to an app on it"
_CHALLENGE_METHOD = "S256"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_TICKET = re.compile(r'name="ticket" value="([0-9a-f]+)"')
_HEADING = re.compile(r"<h1>(.*)</h1>")


class ApprovalError(Exception):
    """There was no approval page to answer, or Beeper refused the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a client asks of the person, and what it gets once that is approved."""

    client: Client
    redirect_uri: str
    scopes: frozenset[str]
    state: str
    """Handed back to the client; empty: it sent none."""
    challenge: str
    """The PKCE code challenge."""
    expires: float
    """When approval page or code is worth nothing any more, by the loop's clock."""


class OAuth:
    """The authorization server; its clients and tokens survive a restart."""

    def __init__(self, desktop: Desktop, timings: Timings, random: Random) -> None:
        """Give out tokens for this Beeper."""
        self.token_lifetime: int | None = TOKEN_LIFETIME
        """Seconds for which a new token is good; None: until it is revoked."""
        self.web_redirects: WebRedirects = "allowed"
        """What happens to apps whose redirect address is on the web."""
        self._desktop = desktop
        self._timings = timings
        self._random = random
        self._clients: dict[str, Client] = {}
        self._pending: dict[str, Grant] = {}
        self._codes: dict[str, Grant] = {}
        self._spent: dict[str, str] = {}

    def close(self) -> None:
        """Forget approval pages and codes, which a restart does not survive."""
        self._pending.clear()
        self._codes.clear()

    @property
    def clients(self) -> dict[str, Client]:
        """The clients that have registered, by id."""
        return dict(self._clients)

    @property
    def tokens(self) -> dict[str, Token]:
        """The tokens given to clients and not revoked since; they may have expired."""
        return {
            value: token
            for value, token in self._desktop.tokens.items()
            if token.client_id is not None
        }

    async def approve(self, url: str) -> str:
        """Open an authorization URL as a browser does, and press Approve.

        Returns the address that the browser is sent to, which is that of an error
        where Beeper asks nobody. Raises ApprovalError.
        """
        return await _press(url, "approve")

    async def deny(self, url: str) -> str:
        """Open an authorization URL as a browser does, and press Deny.

        Returns the address that the browser is sent to. Raises ApprovalError.
        """
        return await _press(url, "deny")

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/.well-known/oauth-authorization-server", self._metadata),
            web.get("/oauth/authorize", self._ask),
            web.post("/oauth/authorize/callback", self._decide),
            web.post("/oauth/register", _answer(self._register)),
            web.post("/oauth/token", _answer(self._token)),
            web.post("/oauth/introspect", _answer(self._introspect)),
            web.post("/oauth/revoke", _answer(self._revoke)),
            web.get("/oauth/userinfo", self._userinfo),
        ]

    async def _metadata(self, request: web.Request) -> web.Response:
        """Describe the server (RFC 8414)."""
        base = base_url(request)
        return json_response(
            {
                "issuer": base,
                **_metadata_endpoints(base),
                "scopes_supported": list(SCOPES),
                "response_types_supported": [RESPONSE_TYPE],
                "response_modes_supported": ["query"],
                "grant_types_supported": [GRANT_TYPE],
                "token_endpoint_auth_methods_supported": [AUTH_METHOD],
                "revocation_endpoint_auth_methods_supported": [AUTH_METHOD],
                "code_challenge_methods_supported": [_CHALLENGE_METHOD],
            }
        )

    async def _register(self, request: web.Request) -> web.Response:
        """Register a client (RFC 7591). Raises OAuthError."""
        client = await read_client(request, self._random.randbytes(16).hex())
        self._clients[client.id] = client
        endpoints = oauth_endpoints(base_url(request))
        return _private(
            {
                "client_id": client.id,
                "client_id_issued_at": int(time.time()),
                "client_name": client.name,
                "redirect_uris": client.redirect_uris,
                "grant_types": [GRANT_TYPE],
                "response_types": [RESPONSE_TYPE],
                "token_endpoint_auth_method": AUTH_METHOD,
                "scope": join_scopes(client.scopes),
                "authorization_endpoint": endpoints["authorization_endpoint"],
                "token_endpoint": endpoints["token_endpoint"],
            },
            status=201,
        )

    async def _ask(self, request: web.Request) -> web.Response:
        """Show the approval page.

        An unknown client or address is never redirected to: the person is told. Other
        mistakes are the client's to hear.
        """
        parameters = list(request.query.items())
        client = self._clients.get(_single(parameters, "client_id"))
        if client is None:
            return refuse("Beeper does not know this app", "It has to register first.")
        redirect_uri = _single(parameters, "redirect_uri")
        if redirect_uri not in client.redirect_uris:
            return refuse(
                "This link cannot be trusted",
                "It leads to an address that the app has not registered.",
            )
        if self.web_redirects == "refused" and is_on_the_web(redirect_uri):
            return refuse("Invalid Request", _NO_WEB_REDIRECT)
        try:
            grant = self._asked(client, redirect_uri, parameters)
        except OAuthError as err:
            return redirect(redirect_uri, _single(parameters, "state"), err.body)
        if self._signed_out:
            return refuse_signed_out()
        ticket = self._random.randbytes(24).hex()
        self._pending[ticket] = grant
        return approval_page(
            client, grant.scopes, redirect_uri, self._desktop.user_id, ticket
        )

    def _asked(
        self, client: Client, redirect_uri: str, parameters: _Parameters
    ) -> Grant:
        """Return what a client asks for. Raises OAuthError."""
        query = _unrepeated(parameters)
        if self.web_redirects == "returned" and is_on_the_web(redirect_uri):
            raise OAuthError("invalid_request", _NO_WEB_REDIRECT)
        if _required(query, "response_type") != RESPONSE_TYPE:
            raise OAuthError("unsupported_response_type", "Only code is supported")
        challenge = _required(query, "code_challenge")
        if query.get("code_challenge_method") != _CHALLENGE_METHOD:
            raise OAuthError(
                "invalid_request", "code_challenge_method must be S256 (RFC 7636)"
            )
        if not _CHALLENGE.fullmatch(challenge):
            raise OAuthError("invalid_request", "code_challenge is malformed")
        scopes = frozenset(query.get("scope", "").split()) or client.scopes
        if not scopes <= client.scopes:
            raise OAuthError("invalid_scope", "The app has not registered this scope")
        return Grant(
            client=client,
            redirect_uri=redirect_uri,
            scopes=scopes,
            state=query.get("state", ""),
            challenge=challenge,
            expires=_now() + self._timings.approval,
        )

    async def _decide(self, request: web.Request) -> web.Response:
        """Take the person's answer and send the browser back to the client.

        The ticket proves that the answer comes from the page: other sites cannot read
        it, so they cannot approve in the person's name.
        """
        try:
            form = await _read_form(request)
        except OAuthError as err:
            return refuse("This cannot be read", f"{err}.")
        decision = form.get("decision")
        if decision not in ("approve", "deny"):
            return refuse("This is no answer", "Approve or deny the connection.")
        if self._signed_out:
            return refuse_signed_out()
        grant = self._pending.pop(form.get("ticket", ""), None)
        if grant is None or grant.expires <= _now():
            return refuse(
                "This page is no longer valid", "Start again where you came from."
            )
        if decision == "deny":
            denied = OAuthError("access_denied", "The person has denied it")
            return redirect(grant.redirect_uri, grant.state, denied.body)
        code = self._random.randbytes(24).hex()
        expires = _now() + self._timings.code_lifetime
        self._codes[code] = replace(grant, expires=expires)
        return redirect(grant.redirect_uri, grant.state, {"code": code})

    async def _token(self, request: web.Request) -> web.Response:
        """Give a token for a code. Raises OAuthError."""
        form = await _read_form(request)
        if _required(form, "grant_type") != GRANT_TYPE:
            raise OAuthError("unsupported_grant_type", f"Only {GRANT_TYPE}")
        client = self._client(_required(form, "client_id"))
        code = _required(form, "code")
        verifier = _required(form, "code_verifier")
        redirect_uri = _required(form, "redirect_uri")
        if not _VERIFIER.fullmatch(verifier):
            raise OAuthError("invalid_request", "code_verifier is malformed")
        if self._signed_out:
            raise OAuthError("invalid_grant", "Nobody is signed in to Beeper")
        grant = self._redeem(code)
        if grant.client != client:
            raise OAuthError("invalid_grant", "The code is another client's")
        if grant.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri is another one")
        if _challenge(verifier) != grant.challenge:
            raise OAuthError("invalid_grant", "code_verifier is another one")
        value = new_token(self._random)
        self._spent[code] = value
        return self._give(value, grant)

    def _redeem(self, code: str) -> Grant:
        """Return what was granted for a code, which is then used up.

        It is so after a failed attempt, too: nobody gets to try verifiers. Of a code
        that comes a second time somebody else knows, so the token given for it is
        revoked (RFC 6749, 4.1.2). Raises OAuthError.
        """
        if (value := self._spent.pop(code, None)) is not None:
            self._desktop.tokens.pop(value, None)
        grant = self._codes.pop(code, None)
        if grant is None or grant.expires <= _now():
            raise OAuthError("invalid_grant", "The code is unknown, used or expired")
        return grant

    def _give(self, value: str, grant: Grant) -> web.Response:
        """Answer with a new token for what was granted."""
        lifetime = self.token_lifetime
        self._desktop.tokens[value] = Token(
            scopes=grant.scopes,
            client_id=grant.client.id,
            expires=None if lifetime is None else _now() + lifetime,
        )
        answer = {
            "access_token": value,
            "token_type": "Bearer",
            "scope": join_scopes(grant.scopes),
        }
        if lifetime is None:
            return _private(answer)
        return _private(answer | {"expires_in": lifetime})

    async def _introspect(self, request: web.Request) -> web.Response:
        """Tell what a token is good for (RFC 7662). Raises OAuthError."""
        form = await _read_form(request)
        token = self._desktop.token(_required(form, "token"))
        if token is None:
            return _private({"active": False})
        answer = {
            "active": True,
            "scope": join_scopes(token.scopes),
            "sub": self._desktop.user_id,
            "token_type": "Bearer",
        }
        if token.client_id is not None:
            answer["client_id"] = token.client_id
        if token.expires is not None:
            answer["exp"] = int(time.time() + token.expires - _now())
        return _private(answer)

    async def _revoke(self, request: web.Request) -> web.Response:
        """Revoke a token (RFC 7009); one that is unknown is none. Raises OAuthError.

        A client need not say who it is; if it does, the token must be its own.
        """
        form = await _read_form(request)
        value = _required(form, "token")
        token = self._desktop.tokens.get(value)
        if client_id := form.get("client_id"):
            client = self._client(client_id)
            if token is not None and token.client_id != client.id:
                raise OAuthError("invalid_grant", "The token is another client's")
        self._desktop.tokens.pop(value, None)
        return web.Response(headers={"Cache-Control": "no-store"})

    async def _userinfo(self, request: web.Request) -> web.Response:
        """Tell who is signed in. Raises ApiError 401."""
        value = bearer_token(request)
        if self._desktop.token(value) is None:
            raise self._desktop.refusal(value)
        return _private({"sub": self._desktop.user_id})

    @property
    def _signed_out(self) -> bool:
        """Whether there is nobody who could approve anything."""
        return self._desktop.app_state == SIGNED_OUT

    def _client(self, client_id: str) -> Client:
        """Return a client. Raises OAuthError 401."""
        if (client := self._clients.get(client_id)) is None:
            raise OAuthError("invalid_client", "The client is unknown", 401)
        return client


def _metadata_endpoints(base: str) -> dict[str, str]:
    """Return the endpoints that the metadata names.

    A real Beeper lists no introspection endpoint there, only in /v1/info.
    """
    endpoints = oauth_endpoints(base)
    del endpoints["introspection_endpoint"]
    return endpoints


def _answer(handler: _Handler) -> _Handler:
    """Return a handler whose refusals have the body of RFC 6749, 5.2."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except OAuthError as err:
            return _private(err.body, err.status)

    return handle


async def _read_form(request: web.Request) -> dict[str, str]:
    """Return the parameters in a form body. Raises OAuthError."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "The body must be a form")
    try:
        body = (await request.read()).decode()
    except UnicodeDecodeError:
        raise OAuthError("invalid_request", "The body is not UTF-8") from None
    return _unrepeated(parse_qsl(body, keep_blank_values=True))


def _unrepeated(parameters: _Parameters) -> dict[str, str]:
    """Return parameters by name; empty ones count as absent. Raises OAuthError.

    RFC 6749, 3.1 and 3.2: none may be there twice.
    """
    found: dict[str, str] = {}
    for name, value in parameters:
        if name in found:
            raise OAuthError("invalid_request", "A parameter is repeated")
        found[name] = value
    return {name: value for name, value in found.items() if value}


def _single(parameters: _Parameters, name: str) -> str:
    """Return a parameter, empty if it is absent or repeated."""
    values = [value for key, value in parameters if key == name]
    return values[0] if len(values) == 1 else ""


def _required(parameters: dict[str, str], name: str) -> str:
    """Return a parameter that must be there. Raises OAuthError."""
    if (value := parameters.get(name)) is None:
        raise OAuthError("invalid_request", f"{name} is missing")
    return value


def _challenge(verifier: str) -> str:
    """Return the S256 code challenge for a verifier (RFC 7636, 4.2)."""
    digest = sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _now() -> float:
    """Return the time by the loop's clock, in seconds."""
    return asyncio.get_running_loop().time()


def _private(value: object, status: int = 200) -> web.Response:
    """Return an answer with a JSON body that nobody may keep."""
    response = json_response(value, status)
    response.headers["Cache-Control"] = "no-store"
    return response


async def _press(url: str, decision: str) -> str:
    """Answer an approval page by plain HTTP; see OAuth.approve. Raises ApprovalError.

    Whoever answers this way trusts every certificate: it may be a throw-away one.
    """
    async with ClientSession() as browser:
        async with browser.get(url, allow_redirects=False, ssl=False) as response:
            if location := response.headers.get("Location"):
                return location
            page = await response.text()
        if (ticket := _TICKET.search(page)) is None:
            raise ApprovalError(_heading(page))
        async with browser.post(
            URL(url).with_query(None) / "callback",
            data={"ticket": ticket[1], "decision": decision},
            allow_redirects=False,
            ssl=False,
        ) as response:
            if location := response.headers.get("Location"):
                return location
            raise ApprovalError(_heading(await response.text()))


def _heading(page: str) -> str:
    """Return what a page says first."""
    found = _HEADING.search(page)
    return found[1] if found else page
