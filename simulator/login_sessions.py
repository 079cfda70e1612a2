"""Login sessions: one state machine each, driven by a client and by the phone."""

import asyncio
from collections.abc import Mapping
import copy
from itertools import count
from random import Random
from typing import Any

from .desktop import Desktop
from .errors import ApiError, bridge_failed, conflict, invalid, not_found
from .login_flows import (
    FATAL_ERRORS,
    FLOWS,
    Answer,
    Attempt,
    Flow,
    Identity,
    LoginFailed,
    LoginFlow,
    Step,
)
from .scenario import Bridge, Json
from .timings import Timings

COOKIES = "cookies"
DISPLAY_AND_WAIT = "display_and_wait"
USER_INPUT = "user_input"

_STATUS = {
    COOKIES: "waiting_for_cookies",
    DISPLAY_AND_WAIT: "waiting_for_display",
    USER_INPUT: "waiting_for_input",
}
_ENDED = ("complete", "cancelled", "failed")


class LoginSession:
    """A login session.

    It owns two timers: the rotation of a displayed code, and the deadline after which
    the present state does not last. Both end with the session.
    """

    def __init__(
        self,
        session_id: str,
        flow: Flow,
        *,
        bridge: Bridge,
        accounts: list[Json],
        desktop: Desktop,
        timings: Timings,
    ) -> None:
        """Start at the first step; accounts: those to be reconnected, none for new."""
        self.id = session_id
        self.bridge = bridge
        self.status = "waiting_for_input"
        self.step: Step | None = None
        self.error: Json | None = None
        self.forgotten = False
        """Whether it is 404 now."""
        self.waiting = asyncio.Event()
        """Set while a client blocks on the step."""
        self._account_ids = [account["accountID"] for account in accounts]
        self._login_id: str | None = accounts[0].get("loginID") if accounts else None
        self._result: Json = {}
        self._flow = flow
        self._desktop = desktop
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        self._seen: Step | None = None
        self._moved: asyncio.Future[None] | None = None
        self._rotation: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._enter(next(flow))

    @property
    def ended(self) -> bool:
        """Whether it is complete, cancelled or failed."""
        return self.status in _ENDED

    @property
    def wire(self) -> Json:
        """The session as served."""
        session: Json = {
            "bridgeID": self.bridge.id,
            "loginSessionID": self.id,
            "status": self.status,
        }
        if self._account_ids:
            session["accountID"] = self._account_ids[0]
        if self._login_id is not None:
            session["loginID"] = self._login_id
        if self.step is not None:
            session["currentStep"] = self.step.wire
        if self.error is not None:
            session["error"] = self.error
        return session | self._result

    def deliver(self) -> Json:
        """Return the session as served, to a client that now knows the step."""
        self._seen = self.step
        return self.wire

    async def submit(
        self, step_id: str, kind: str, fields: Mapping[str, str], last_url: str
    ) -> None:
        """Take a submission; one to display_and_wait blocks until something happens.

        Raises ApiError: 404 when it was cancelled meanwhile; 409 for an ended session,
        a step that is not the current one, or a second waiter; 422 for what does not
        fit the step.
        """
        if self.step is None:
            raise conflict("session_ended", f"The login session is {self.status}")
        if self.step.step_id != step_id:
            raise conflict(
                "step_not_current", f"The current step is {self.step.step_id}"
            )
        if self.step.type != kind:
            raise invalid(f"The current step is of type {self.step.type}", "type")
        if kind == DISPLAY_AND_WAIT:
            await self._wait(self.step)
            return
        _check_fields(self.step, fields)
        self.advance(Answer(fields, last_url))

    def advance(self, answer: Answer) -> None:
        """Go on with an answer to the current step."""
        try:
            step = self._flow.send(answer)
        except StopIteration as done:
            self._complete(done.value)
        except LoginFailed as err:
            self.fail(err.code)
        else:
            self._enter(step)

    def rotate(self) -> None:
        """Replace the displayed code. Raises ValueError if it does not rotate."""
        if self.step is None or self.step.renew is None:
            raise ValueError("nothing that rotates is displayed")
        self._show(self.step.renew())

    def fail(self, code: str) -> None:
        """End with one of the fatal errors."""
        self.error = {"code": code, "message": FATAL_ERRORS[code]}
        self._end("failed")

    def cancel(self) -> None:
        """End at once; a waiting client is told that there is no such session."""
        self._end("cancelled")
        self.forget()

    def forget(self) -> None:
        """Let it be 404 from now on."""
        self.forgotten = True
        self.close()

    def close(self) -> None:
        """Stop the timers."""
        for timer in (self._rotation, self._deadline):
            if timer is not None:
                timer.cancel()

    async def _wait(self, step: Step) -> None:
        """Block until the step moves on; at once if the client missed that it did."""
        if self._moved is not None:
            raise conflict("step_in_progress", "Another request waits on this step")
        if self._seen is not step:
            return
        self._moved = self._loop.create_future()
        self.waiting.set()
        try:
            await self._moved
        finally:
            self._moved = None
            self.waiting.clear()
        if self.forgotten:
            raise not_found(f"Login session {self.id}")

    def _enter(self, step: Step) -> None:
        """Enter the next step of the flow."""
        self.status = _STATUS.get(step.type, "waiting_for_input")
        self.close()
        if step.type == DISPLAY_AND_WAIT:
            self._deadline = self._loop.call_later(
                self._timings.qr_lifetime, self.fail, "login_timed_out"
            )
        else:
            self._deadline = self._loop.call_later(
                self._timings.session_timeout, self.forget
            )
        self._show(step)

    def _show(self, step: Step) -> None:
        """Show a step, or the same one with a new code."""
        self.step = step
        if self._rotation is not None:
            self._rotation.cancel()
        if step.renew is not None:
            self._rotation = self._loop.call_later(
                self._timings.qr_rotation, self.rotate
            )
        self._release()

    def _complete(self, identity: Identity) -> None:
        """Connect the account and end."""
        account_id = self._desktop.sign_in(
            self.bridge, self._account_ids, identity, self._timings.connecting
        )
        account = copy.deepcopy(self._desktop.account(account_id))
        self._account_ids = [account_id]
        self._result = {"account": account}
        if (login_id := account.get("loginID")) is not None:
            self._login_id = login_id
            self._result["login"] = self._desktop.login(self.bridge.id, login_id)
        self._end("complete")

    def _end(self, status: str) -> None:
        """End with a status; it can still be read for a while."""
        self.status = status
        self.step = None
        self._flow.close()
        self.close()
        self._deadline = self._loop.call_later(self._timings.ended, self.forget)
        self._release()

    def _release(self) -> None:
        """Let a waiting client go."""
        if self._moved is not None and not self._moved.done():
            self._moved.set_result(None)


class LoginSessions:
    """All login sessions of a Beeper since it was started."""

    def __init__(self, desktop: Desktop, timings: Timings, random: Random) -> None:
        """Start without sessions."""
        self.by_id: dict[str, LoginSession] = {}
        self._desktop = desktop
        self._timings = timings
        self._random = random
        self._numbers = count()

    def close(self) -> None:
        """Forget all sessions, as a restart does."""
        for session in self.by_id.values():
            session.forget()
        self.by_id = {}

    def flows(self, bridge_id: str) -> tuple[LoginFlow, ...]:
        """Return the login flows of a bridge, the default one first. Raises 404."""
        return FLOWS.get(self._desktop.bridge(bridge_id).type, ())

    def create(
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
        an account and a login that do not belong together.
        """
        bridge = self._desktop.bridge(bridge_id)
        accounts = self._accounts(bridge, account_id, login_id)
        if not accounts:
            self._check_free(bridge)
        flow = self._flow(bridge_id, flow_id)
        target = accounts[0]["accountID"] if accounts else bridge_id
        attempt = Attempt(
            random=self._random,
            number=next(self._numbers),
            account=accounts[0] if accounts else None,
            two_factor=target in self._desktop.two_factor,
            base_url=base_url,
        )
        session = LoginSession(
            f"login_{self._random.randbytes(12).hex()}",
            flow.run(attempt),
            bridge=bridge,
            accounts=accounts,
            desktop=self._desktop,
            timings=self._timings,
        )
        self.by_id[session.id] = session
        return session

    def get(self, bridge_id: str, session_id: str) -> LoginSession:
        """Return a session. Raises ApiError 404."""
        session = self.by_id.get(session_id)
        if session is None or session.forgotten or session.bridge.id != bridge_id:
            raise not_found(f"Login session {session_id}")
        return session

    def cancel(self, bridge_id: str, session_id: str) -> Json:
        """Cancel a session. Raises ApiError 404, and 409 if it has ended."""
        session = self.get(bridge_id, session_id)
        if session.ended:
            raise conflict("session_ended", f"The login session is {session.status}")
        session.cancel()
        return {
            "bridgeID": bridge_id,
            "loginSessionID": session_id,
            "status": "cancelled",
        }

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
        if described["accounts"] and not bridge.supports_multiple_accounts:
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


def _check_fields(step: Step, fields: Mapping[str, str]) -> None:
    """Refuse unknown fields, and missing ones where input is asked for.

    Missing cookies are for the network to judge. Raises ApiError 422.
    """
    known: dict[str, dict[str, Any]] = {
        item["id"]: item for item in step.members["fields"]
    }
    for name in fields:
        if name not in known:
            raise _invalid_field("There is no such field", name)
    if step.type == COOKIES:
        return
    for name, item in known.items():
        if not fields.get(name) and not item.get("optional"):
            raise _invalid_field("The field is required", name)


def _invalid_field(message: str, name: str) -> ApiError:
    """Return the error for a field."""
    return invalid(message, "fields", name)
