"""The API as Beeper Desktop serves it: paths, authentication, validation, errors."""

from collections.abc import Awaitable, Callable
import json
import platform

from aiohttp import web

from .desktop import SIGNED_OUT, Desktop, to_bytes
from .errors import ApiError, bad_request, forbidden, invalid, not_found
from .login_session import LoginSession
from .login_sessions import LoginSessions
from .login_steps import COOKIES, DISPLAY_AND_WAIT, USER_INPUT
from .recording import RECORDED_HOST
from .scenario import Json

type _Handler = Callable[[web.Request], Awaitable[web.Response]]

_SETUP = "/v1/app/setup"

_WITH_ADDRESSES = frozenset({"info", "spec"})
"""What names addresses of the server itself."""


class Api:
    """The handlers of the endpoints under /v1."""

    def __init__(self, desktop: Desktop, sessions: LoginSessions) -> None:
        """Serve this Beeper and its login sessions."""
        self._desktop = desktop
        self._sessions = sessions

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        bridge = "/v1/bridges/{bridgeID}"
        login = f"{bridge}/logins/{{loginID}}"
        sessions = f"{bridge}/login-sessions"
        session = f"{sessions}/{{loginSessionID}}"
        routes: list[tuple[str, str, _Handler]] = [
            ("GET", _SETUP, self._replayed("setup", self._setup)),
            ("GET", "/v1/accounts", self._replayed("accounts", self._list_accounts)),
            ("GET", "/v1/accounts/{accountID}", self._account),
            ("GET", "/v1/bridges", self._replayed("bridges", self._list_bridges)),
            ("GET", bridge, self._bridge),
            (
                "GET",
                f"{bridge}/capabilities",
                self._replayed("capabilities", self._capabilities),
            ),
            ("GET", f"{bridge}/logins", self._replayed("logins", self._list_logins)),
            ("GET", login, self._login),
            ("POST", f"{login}/remove", self._remove_login),
            (
                "GET",
                f"{bridge}/login-flows",
                self._replayed("login-flows", self._list_login_flows),
            ),
            ("POST", sessions, self._create_login_session),
            ("GET", session, self._login_session),
            ("DELETE", session, self._cancel_login_session),
            ("POST", f"{session}/steps/{{stepID}}", self._submit_login_step),
        ]
        return [
            web.get("/v1/info", self._replayed("info", self._info)),
            web.get("/v1/spec", self._replayed("spec", self._spec)),
            *(
                web.route(method, path, self._authorized(handler))
                for method, path, handler in routes
            ),
        ]

    def _replayed(self, name: str, handler: _Handler) -> _Handler:
        """Return a handler that only runs for what is not as it was recorded."""

        async def handle(request: web.Request) -> web.Response:
            bridge_id = request.match_info.get("bridgeID")
            answer = self._desktop.recorded(name, bridge_id)
            if answer is None:
                return await handler(request)
            if not answer.is_json:
                return web.Response(
                    text="<!doctype html>",
                    status=answer.status,
                    content_type="text/html",
                )
            body = to_bytes(answer.body)
            if name in _WITH_ADDRESSES:
                body = _here(body, request)
            return _bytes_response(body, answer.status)

        return handle

    def _authorized(self, handler: _Handler) -> _Handler:
        """Return a handler that only runs with a good token."""

        async def handle(request: web.Request) -> web.Response:
            self._authorize(request)
            return await handler(request)

        return handle

    def _authorize(self, request: web.Request) -> None:
        """Check the token and its scopes. Raises ApiError 401, 403.

        Reading needs `read`; whatever changes something needs `write`.
        """
        if self._desktop.app_state == SIGNED_OUT and request.path == _SETUP:
            return
        value = bearer_token(request)
        if (token := self._desktop.token(value)) is None:
            raise self._desktop.refusal(value)
        needed = "read" if request.method == "GET" else "write"
        if needed not in token.scopes:
            raise forbidden(needed)

    async def _info(self, request: web.Request) -> web.Response:
        """Describe the app, its platform, the server and its endpoints."""
        base = base_url(request)
        port = request.url.port
        return json_response(
            {
                "app": self._desktop.app,
                "platform": {
                    "arch": platform.machine(),
                    "os": platform.system().lower(),
                    "release": platform.release(),
                },
                "server": {
                    "base_url": base,
                    "hostname": request.url.host,
                    "port": port,
                    "status": "running",
                    "remote_access": False,
                    "mcp_enabled": False,
                },
                "endpoints": {
                    "mcp": f"{base}/v0/mcp",
                    "spec": f"{base}/v1/spec",
                    "ws_events": f"{base.replace('http', 'ws', 1)}/v1/ws",
                    "oauth": oauth_endpoints(base),
                },
            }
        )

    async def _spec(self, request: web.Request) -> web.Response:
        """Describe the API; only a recording can."""
        raise not_found("Specification")

    async def _setup(self, request: web.Request) -> web.Response:
        """Tell how far the app is with its sign-in."""
        return _bytes_response(self._desktop.body("setup", self._desktop.setup))

    async def _list_accounts(self, request: web.Request) -> web.Response:
        """List the accounts."""
        return _bytes_response(
            self._desktop.body("accounts", self._desktop.list_accounts)
        )

    async def _account(self, request: web.Request) -> web.Response:
        """Return an account."""
        return json_response(self._desktop.account(request.match_info["accountID"]))

    async def _list_bridges(self, request: web.Request) -> web.Response:
        """List the bridges with their accounts."""
        return _bytes_response(
            self._desktop.body("bridges", self._desktop.list_bridges)
        )

    async def _bridge(self, request: web.Request) -> web.Response:
        """Return a bridge with its accounts."""
        bridge_id = request.match_info["bridgeID"]
        return json_response(self._desktop.describe_bridge(bridge_id))

    async def _capabilities(self, request: web.Request) -> web.Response:
        """Return what a bridge can do."""
        bridge = self._desktop.bridge(request.match_info["bridgeID"])
        return json_response(bridge.capabilities)

    async def _list_logins(self, request: web.Request) -> web.Response:
        """List the logins of a bridge."""
        bridge_id = request.match_info["bridgeID"]
        return json_response(self._desktop.list_logins(bridge_id))

    async def _login(self, request: web.Request) -> web.Response:
        """Return a login."""
        return json_response(self._desktop.login(**_ids(request)))

    async def _remove_login(self, request: web.Request) -> web.Response:
        """Remove a login from this or all devices."""
        body = await read_json(request)
        scope = body.get("scope")
        if scope not in ("current-device", "all-devices"):
            raise invalid("Expected current-device or all-devices", "scope")
        return json_response(self._desktop.remove_login(**_ids(request), scope=scope))

    async def _list_login_flows(self, request: web.Request) -> web.Response:
        """List the login flows of a bridge."""
        flows = self._sessions.flows(request.match_info["bridgeID"])
        return json_response({"items": [flow.wire for flow in flows]})

    async def _create_login_session(self, request: web.Request) -> web.Response:
        """Start a login session."""
        body = await read_json(request)
        names = ("flowID", "accountID", "loginID")
        flow_id, account_id, login_id = (_optional_text(body, name) for name in names)
        session = await self._sessions.create(
            request.match_info["bridgeID"],
            base_url(request),
            flow_id,
            account_id,
            login_id,
        )
        return json_response(session.deliver())

    async def _login_session(self, request: web.Request) -> web.Response:
        """Return a login session."""
        return json_response(self._session(request).deliver())

    async def _cancel_login_session(self, request: web.Request) -> web.Response:
        """Cancel a login session."""
        return json_response(
            self._sessions.cancel(
                request.match_info["bridgeID"], request.match_info["loginSessionID"]
            )
        )

    async def _submit_login_step(self, request: web.Request) -> web.Response:
        """Submit something to the current step of a login session."""
        session = self._session(request)
        body = await read_json(request)
        if body.get("type") not in _SUBMITTED_TYPES:
            raise invalid(f"Expected one of {', '.join(_SUBMITTED_TYPES)}", "type")
        if body.get("source", "api") not in _SOURCES:
            raise invalid(f"Expected one of {', '.join(_SOURCES)}", "source")
        await session.submit(
            request.match_info["stepID"],
            body["type"],
            _fields(body),
            _optional_text(body, "lastURL") or "",
        )
        return json_response(session.deliver())

    def _session(self, request: web.Request) -> LoginSession:
        """Return the login session of a request. Raises ApiError 404."""
        return self._sessions.get(
            request.match_info["bridgeID"], request.match_info["loginSessionID"]
        )


_OAUTH = {
    "authorization": "authorize",
    "token": "token",
    "registration": "register",
    "introspection": "introspect",
    "revocation": "revoke",
    "userinfo": "userinfo",
}


_SUBMITTED_TYPES = (USER_INPUT, COOKIES, DISPLAY_AND_WAIT)
_SOURCES = ("api", "webview", "browser_extension")


def _optional_text(body: Json, name: str) -> str | None:
    """Return a member that may be absent. Raises ApiError 422."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid("Expected a string", name)
    return value


def _fields(body: Json) -> dict[str, str]:
    """Return the submitted fields. Raises ApiError 422."""
    fields = body.get("fields", {})
    if not isinstance(fields, dict):
        raise invalid("Expected an object", "fields")
    for name, value in fields.items():
        if not isinstance(value, str):
            raise invalid("Expected a string", "fields", name)
    return fields


def _ids(request: web.Request) -> dict[str, str]:
    """Return bridge and login of a request as keyword arguments."""
    return {
        "bridge_id": request.match_info["bridgeID"],
        "login_id": request.match_info["loginID"],
    }


def base_url(request: web.Request) -> str:
    """Return the base URL that a request came to."""
    return f"{request.scheme}://{request.host}"


def _here(body: bytes, request: web.Request) -> bytes:
    """Return a recorded body with this server's address in it."""
    host, port = RECORDED_HOST.rsplit(":", maxsplit=1)
    body = body.replace(RECORDED_HOST.encode(), request.host.encode())
    body = body.replace(
        f'"hostname":"{host}"'.encode(), f'"hostname":"{request.url.host}"'.encode()
    )
    return body.replace(
        f'"port":{port}'.encode(), f'"port":{request.url.port}'.encode()
    )


def bearer_token(request: web.Request) -> str:
    """Return the bearer token of a request; empty: none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def oauth_endpoints(base: str) -> dict[str, str]:
    """Return the addresses of the OAuth endpoints, as discovery names them."""
    return {f"{name}_endpoint": f"{base}/oauth/{path}" for name, path in _OAUTH.items()}


async def read_json(request: web.Request) -> Json:
    """Return the JSON object in a request's body. Raises ApiError 400, 422."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise bad_request("The body is not valid JSON") from None
    if not isinstance(body, dict):
        raise invalid("Expected an object")
    return body


def json_response(value: object, status: int = 200) -> web.Response:
    """Return an answer with a JSON body."""
    return _bytes_response(to_bytes(value), status)


def error_response(error: ApiError) -> web.Response:
    """Return an error answer."""
    return json_response(error.body, error.status)


def _bytes_response(body: bytes, status: int = 200) -> web.Response:
    """Return an answer with a serialised JSON body."""
    return web.Response(
        body=body,
        status=status,
        content_type="application/json",
        charset="utf-8",
    )
