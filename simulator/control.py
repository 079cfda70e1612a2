"""The phone page and the control API behind it: the simulator's own endpoints.

They need no token and obey anyone on this machine, so they answer only to loopback
and never to a page of another origin. Faults do not befall them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from pathlib import Path
import secrets
from typing import Any

from aiohttp import web

from .api import json_response, read_json
from .desktop import Desktop
from .emoji import EMOJIS, picture
from .errors import ApiError, bad_request, conflict, not_found
from .faults import Fault, FaultError, Faults
from .login_errors import FATAL_ERRORS
from .login_session import LoginSession
from .login_sessions import LoginSessions
from .login_settings import LoginSettings
from .loopback import is_loopback
from .phone import Phone, PhoneError
from .scenario import ACCOUNT_STATUSES, Json, ScenarioError

_PAGE = (Path(__file__).parent / "phone.html").read_text(encoding="utf-8")
_SAME_ORIGIN = ("same-origin", "none")
_SHOWN_ENDED = 5


class Control:
    """The handlers under /control and /phone."""

    def __init__(
        self,
        desktop: Desktop,
        sessions: LoginSessions,
        phone: Phone,
        faults: Faults,
        count_connections: Callable[[], int],
    ) -> None:
        """Control these parts of a simulator; count_connections: how many are open."""
        self._desktop = desktop
        self._sessions = sessions
        self._phone = phone
        self._faults = faults
        self._count_connections = count_connections

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        routes: list[tuple[str, str, Callable[[web.Request], Awaitable[object]]]] = [
            ("GET", "/control/state", self._state),
            ("POST", "/control/accounts", self._add_account),
            ("DELETE", "/control/accounts/{accountID}", self._remove_account),
            ("POST", "/control/accounts/{accountID}/status", self._set_status),
            ("POST", "/control/app-state", self._set_app_state),
            ("POST", "/control/login-settings", self._set_logins),
            ("POST", "/control/faults", self._inject),
            ("DELETE", "/control/faults", self._clear_faults),
            ("POST", "/control/login-sessions/{id}/{action}", self._act),
        ]
        return [
            web.get("/phone", self._page),
            *(web.route(method, path, _answer(run)) for method, path, run in routes),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        """Serve the phone page."""
        _authorize(request)
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; connect-src 'self'; img-src 'self';"
            f" script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}';"
            " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return web.Response(
            text=_PAGE.replace("{nonce}", nonce),
            content_type="text/html",
            headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"},
        )

    async def _state(self, request: web.Request) -> Json:
        """Return all there is to see and to choose from."""
        sessions = [
            session
            for session in self._sessions.by_id.values()
            if not session.forgotten
        ]
        live = [session for session in sessions if not session.ended]
        ended = [session for session in sessions if session.ended][-_SHOWN_ENDED:]
        return {
            "accounts": list(self._desktop.accounts.values()),
            "appState": self._desktop.app_state,
            "emojis": EMOJIS,
            "errors": FATAL_ERRORS,
            "faults": [_fault(fault) for fault in self._faults],
            "loginSettings": asdict(self._sessions.settings),
            "openConnections": self._count_connections(),
            "sessions": [self._session(session) for session in (*live, *ended)],
            "statuses": ACCOUNT_STATUSES,
            "waiting": self._sessions.waiting,
        }

    async def _add_account(self, request: web.Request) -> None:
        """Add an account in the wire shape."""
        try:
            self._desktop.add_account(await read_json(request))
        except ScenarioError as err:
            raise bad_request(str(err)) from None

    async def _remove_account(self, request: web.Request) -> None:
        """Remove an account."""
        self._desktop.remove_account(request.match_info["accountID"])

    async def _set_status(self, request: web.Request) -> None:
        """Change an account's status: `{status, statusText?}`."""
        body = await read_json(request)
        self._desktop.set_status(
            request.match_info["accountID"],
            _text(body, "status"),
            _text(body, "statusText") if "statusText" in body else None,
        )

    async def _set_app_state(self, request: web.Request) -> None:
        """Change the state of the app: `{state}`."""
        self._desktop.set_app_state(_text(await read_json(request), "state"))

    async def _set_logins(self, request: web.Request) -> None:
        """Change how login sessions are treated: members of LoginSettings."""
        settings = self._sessions.settings
        try:
            changed = LoginSettings(**asdict(settings) | await read_json(request))
        except (TypeError, ValueError) as err:
            raise bad_request(str(err)) from None
        for item in fields(changed):
            setattr(settings, item.name, getattr(changed, item.name))

    async def _inject(self, request: web.Request) -> None:
        """Inject a fault."""
        try:
            self._faults.inject(Fault.from_json(await read_json(request)))
        except FaultError as err:
            raise bad_request(str(err)) from None

    async def _clear_faults(self, request: web.Request) -> None:
        """Take all faults away."""
        self._faults.clear()

    async def _act(self, request: web.Request) -> None:
        """Do something on the phone; `tap` needs `{emoji}`, `fail` needs `{code}`."""
        session_id = request.match_info["id"]
        phone = self._phone
        if session_id not in self._sessions.by_id:
            raise not_found(f"Login session {session_id}")
        try:
            match request.match_info["action"].replace("-", "_"):
                case "scan":
                    phone.scan(session_id)
                case "approve":
                    phone.approve(session_id)
                case "refuse":
                    phone.refuse(session_id)
                case "rotate":
                    phone.rotate(session_id)
                case "somebody_else":
                    phone.somebody_else(session_id)
                case "grow_old":
                    phone.grow_old(session_id)
                case "time_out":
                    phone.time_out(session_id)
                case "tap":
                    phone.tap(session_id, _text(await read_json(request), "emoji"))
                case "fail":
                    phone.fail(session_id, _text(await read_json(request), "code"))
                case action:
                    raise not_found(f"Action {action}")
        except PhoneError as err:
            raise conflict("not_now", str(err)) from None

    def _session(self, session: LoginSession) -> Json:
        """Return a session with what the person at the phone knows."""
        phone = self._phone
        shown = {
            **session.wire,
            "displayName": session.bridge.display_name,
            "waiting": session.waiting.is_set(),
        }
        if session.ended:
            return {**shown, "actions": [], "codes": {}}
        return {
            **shown,
            "actions": phone.actions(session.id),
            "codes": phone.codes(session.id),
        }


async def emoji_picture(request: web.Request) -> web.Response:
    """Serve the picture of an emoji, as a network's own server would."""
    if (svg := picture(request.match_info["name"])) is None:
        raise not_found("Picture")
    return web.Response(text=svg, content_type="image/svg+xml")


def _answer(
    run: Callable[[web.Request], Awaitable[object]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return a handler for an authorised request that answers with JSON."""

    async def handle(request: web.Request) -> web.Response:
        _authorize(request)
        result = await run(request)
        return json_response({} if result is None else result)

    return handle


def _authorize(request: web.Request) -> None:
    """Refuse who is not on this machine, and pages that are not the phone page.

    The name in the Host header is checked too: a page elsewhere may let its own name
    point to this machine. Raises ApiError 403.
    """
    origin = request.headers.get("Origin")
    same_origin = origin in (None, f"{request.scheme}://{request.host}")
    site = request.headers.get("Sec-Fetch-Site", "none")
    local = is_loopback(request.remote) and is_loopback(request.url.host)
    if not (same_origin and site in _SAME_ORIGIN and local):
        raise ApiError(403, "forbidden", "Only this machine's own page may do this")


def _text(body: Json, name: str) -> str:
    """Return a text from a body. Raises ApiError 400."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise bad_request(f"{name} must be a text that is not empty")
    return value


def _fault(fault: Fault) -> Json:
    """Return a fault in its JSON form."""
    values: dict[str, Any] = {
        item.name: getattr(fault, item.name) for item in fields(fault)
    }
    for name in ("body", "raw"):
        if (sent := values[name]) is not None:
            values[name] = sent.decode(errors="replace")
    values["headers"] = dict(fault.headers)
    return {name: value for name, value in values.items() if value not in (None, {})}
