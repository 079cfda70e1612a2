"""The login sessions of a Beeper: starting, finding and cancelling them."""

import asyncio
from dataclasses import replace
from itertools import count
from random import Random

from .desktop import Desktop
from .errors import bridge_failed, conflict, invalid, not_found
from .login_flows import FLOWS
from .login_session import LoginSession
from .login_settings import LoginSettings
from .login_steps import Attempt, LoginFlow
from .scenario import Bridge, Json
from .styles import style_of
from .timings import Timings


class LoginSessions:
    """All login sessions of a Beeper since it was started."""

    def __init__(
        self,
        desktop: Desktop,
        timings: Timings,
        random: Random,
        settings: LoginSettings,
    ) -> None:
        """Start without sessions."""
        self.by_id: dict[str, LoginSession] = {}
        self.settings = settings
        self._desktop = desktop
        self._timings = timings
        self._random = random
        self._numbers = count()
        self._starting: set[asyncio.Task[LoginSession]] = set()

    @property
    def waiting(self) -> int:
        """The number of sessions on which a client blocks."""
        return sum(session.waiting.is_set() for session in self.by_id.values())

    def close(self) -> None:
        """Forget all sessions, as a restart does."""
        for task in self._starting:
            task.cancel()
        for session in self.by_id.values():
            session.forget()
        self.by_id = {}

    def flows(self, bridge_id: str) -> tuple[LoginFlow, ...]:
        """Return the login flows of a bridge, the default one first. Raises 404."""
        return FLOWS.get(self._desktop.bridge(bridge_id).type, ())

    async def create(
        self,
        bridge_id: str,
        base_url: str,
        flow_id: str | None = None,
        account_id: str | None = None,
        login_id: str | None = None,
    ) -> LoginSession:
        """Start a session; with an account or a login it is a reconnect.

        Raises ApiError: 404 for an unknown bridge, account or login; 409 or 502 when
        the bridge takes no new account now, or never any; 422 for an unknown flow or
        an account and a login that do not belong together; what the style has for a
        start that fails.
        """
        bridge = self._desktop.bridge(bridge_id)
        accounts = self._accounts(bridge, account_id, login_id)
        if not accounts:
            self._check_free(bridge)
        flow = self._flow(bridge_id, flow_id)
        settings = replace(self.settings)
        if not settings.start_delay:
            return self._start(bridge, accounts, flow, base_url, settings)

        async def start() -> LoginSession:
            await asyncio.sleep(settings.start_delay)
            return self._start(bridge, accounts, flow, base_url, settings)

        starting = asyncio.get_running_loop().create_task(start())
        self._starting.add(starting)
        starting.add_done_callback(self._started)
        # It goes on without a client that has given up; then nobody is told of an error
        await asyncio.wait({starting})
        return starting.result()

    def get(self, bridge_id: str, session_id: str) -> LoginSession:
        """Return a session. Raises ApiError 404."""
        session = self.by_id.get(session_id)
        if session is None or session.forgotten or session.bridge.id != bridge_id:
            raise style_of(self.settings.style).unknown(session_id)
        return session

    def cancel(self, bridge_id: str, session_id: str) -> Json:
        """Cancel a session. Raises ApiError 404, and 409 if it has ended."""
        self.get(bridge_id, session_id).cancel()
        return {
            "bridgeID": bridge_id,
            "loginSessionID": session_id,
            "status": "cancelled",
        }

    def _started(self, starting: asyncio.Task[LoginSession]) -> None:
        """Forget a start; why it failed is nobody's business once the client is gone."""
        self._starting.discard(starting)
        if not starting.cancelled():
            starting.exception()

    def _start(
        self,
        bridge: Bridge,
        accounts: list[Json],
        flow: LoginFlow,
        base_url: str,
        settings: LoginSettings,
    ) -> LoginSession:
        """Return a session at its first step, or over. Raises ApiError."""
        target = accounts[0]["accountID"] if accounts else bridge.id
        attempt = Attempt(
            random=self._random,
            number=next(self._numbers),
            account=accounts[0] if accounts else None,
            demands=self._desktop.demands(target),
            webauthn=settings.shape == "rich",
            base_url=base_url,
        )
        session = LoginSession(
            self._new_id(settings),
            flow,
            attempt,
            bridge=bridge,
            accounts=accounts,
            desktop=self._desktop,
            timings=self._timings,
            settings=settings,
        )
        session.start()
        if (replaced := self.by_id.pop(session.id, None)) is not None:
            replaced.forget()
        self.by_id[session.id] = session
        return session

    def _new_id(self, settings: LoginSettings) -> str:
        """Return the ID of a new session."""
        if settings.repeats_id and self.by_id:
            return next(reversed(self.by_id))
        return f"login_{self._random.randbytes(12).hex()}"

    def _accounts(
        self, bridge: Bridge, account_id: str | None, login_id: str | None
    ) -> list[Json]:
        """Return the accounts to be reconnected, the named one first."""
        accounts: list[Json] = []
        if account_id is not None:
            account = self._desktop.account(account_id)
            if account not in self._desktop.accounts_of(bridge):
                raise not_found(f"Account {account_id} of bridge {bridge.id}")
            if login_id not in (None, account.get("loginID")):
                raise invalid("The account belongs to another login", "loginID")
            accounts.append(account)
            login_id = account.get("loginID")
        if login_id is not None:
            accounts += [
                account
                for account in self._desktop.accounts_of_login(bridge, login_id)
                if account not in accounts
            ]
        return accounts

    def _check_free(self, bridge: Bridge) -> None:
        """Refuse a new account where the bridge takes none; reconnects are free."""
        described = self._desktop.describe_bridge(bridge.id)
        reason = described.get("statusText", "The bridge takes no new account")
        match described["status"]:
            case "limit_reached" | "disabled" as status:
                raise conflict(status, reason)
            case "temporarily_unavailable":
                raise bridge_failed(reason)
        if not self._desktop.takes_account(bridge):
            raise conflict("account_exists", "The bridge has its only account")

    def _flow(self, bridge_id: str, flow_id: str | None) -> LoginFlow:
        """Return a flow by its id, or the default one."""
        flows = self.flows(bridge_id)
        if not flows:
            raise conflict("login_not_supported", "The bridge has no login flow")
        if flow_id is None:
            return flows[0]
        for flow in flows:
            if flow.id == flow_id:
                return flow
        raise invalid(f"There is no flow {flow_id}", "flowID")
