"""The login engine under load: many sessions at once, and hundreds with all that goes wrong."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
import gc
import logging
from random import Random
from typing import Any

from aiohttp import ClientSession
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.beeper.api import BeeperClient, BeeperError, LoginSession
from custom_components.beeper.const import DOMAIN
from custom_components.beeper.login.engine import FORGET_AFTER
from custom_components.beeper.login.form import form_of
from custom_components.beeper.login.session import Login
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulator import Fault, Simulator
from simulator.phone import PhoneError
from tests.clock import Clock
from tests.conftest import OurLog, StateOf
from tests.length import LONG

ROUNDS = 20 if LONG else 6
SESSIONS = 50
"""Of each round."""

SIGNED_UP = ("local-whatsapp", "local-signal", "local-telegram")


async def act(hass: HomeAssistant, action: str, **data: object) -> dict[str, Any]:
    """Run an action and return its response."""
    response: Any = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )
    assert isinstance(response, dict)
    return response


async def test_fifty_sessions_at_once(
    hass: HomeAssistant,
    beeper: Simulator,
    loaded: MockConfigEntry,
    clock: Clock,
    state_of: StateOf,
) -> None:
    """Fifty sessions of one entry are followed through rotations to their ends."""
    created = await asyncio.gather(
        *(
            act(
                hass,
                "create_login_session",
                bridge_id=SIGNED_UP[number % 3],
                flow_id="qr",
            )
            for number in range(50)
        )
    )
    ids = [session["login_session_id"] for session in created]
    await clock.run()
    assert beeper.waiting == len(set(ids)) == 50

    async def codes() -> list[str]:
        """Return the codes that are shown, without asking Beeper for them."""
        logins = [loaded.runtime_data.logins.get(session_id) for session_id in ids]
        forms = [form_of(login) for login in logins]
        return [form.qr_code for form in forms if form and form.qr_code]

    seen = await codes()
    # WhatsApp's first code counts for a minute; all of them together for 160 seconds
    for seconds in (61, 46, 46):
        await clock.run(seconds)
        now = await codes()
        assert now == [
            beeper.sessions[session_id].wire["currentStep"]["display"]["data"]
            for session_id in ids
        ]
        assert set(now).isdisjoint(seen)
        seen = now
    assert beeper.waiting == 50
    accounts = len(beeper.accounts)

    for session_id in ids:
        beeper.phone.scan(session_id)
    await clock.run()

    ended = [
        await act(hass, "get_login_session", login_session_id=session_id)
        for session_id in ids
    ]
    assert {session["status"] for session in ended} == {"complete"}
    assert len({session["account"]["account_id"] for session in ended}) == 50
    assert len(beeper.accounts) == accounts + 50
    assert beeper.waiting == 0
    await clock.run(4)
    for session in ended:
        assert state_of(f"{session['account']['account_id']}_status").state == (
            "connected"
        )


class _Soak:
    """A person, a phone and a network that do as a random generator says."""

    def __init__(
        self,
        hass: HomeAssistant,
        beeper: Simulator,
        clock: Clock,
        somebody_else: BeeperClient,
        random: Random,
    ) -> None:
        self._hass = hass
        self._beeper = beeper
        self._clock = clock
        self._somebody_else = somebody_else
        self._random = random
        self._others: list[asyncio.Task[LoginSession]] = []
        self.started = 0
        self.errors: set[str | None] = set()
        self.done: Counter[str] = Counter()

    async def round(self, sessions: int, *, restart: bool) -> None:
        """Start sessions, and let what happens happen for two minutes.

        Beeper may be restarted in the end.
        """
        ids = [
            session_id
            for _ in range(sessions)
            if (session_id := await self._start()) is not None
        ]
        for _ in range(20):
            self._trouble()
            for session_id in self._random.sample(ids, len(ids) // 3):
                await self._something(session_id)
            await self._clock.run(self._random.choice((0, 1, 5, 10)))
        self._beeper.clear_faults()
        if restart:
            await self._finish(self._beeper.stop())
            await self._clock.run(self._random.choice((0, 20)))
            await self._beeper.start()
            self.done["restart"] += 1
        await self._clock.run(60)
        for other in self._others:
            other.cancel()
        await self._clock.run()
        for other in self._others:
            assert other.cancelled() or other.exception() or other.result()
        self._others.clear()

    async def _start(self) -> str | None:
        bridge_id, flow_id = self._random.choice(
            [
                ("local-whatsapp", "qr"),
                ("local-whatsapp", "phone"),
                ("local-signal", "qr"),
                ("local-telegram", "phone"),
                ("local-telegram", "qr"),
            ]
        )
        self.started += 1
        session = await self._try(
            "create_login_session", bridge_id=bridge_id, flow_id=flow_id
        )
        return session["login_session_id"] if session else None

    async def _something(self, session_id: str) -> None:
        """Do something to a session that it may or may not be ready for."""
        what = self._random.choice(
            ["rotate"] * 4
            + ["answer"] * 2
            + ["scan", "approve", "refuse", "time_out"]
            + ["cancel", "look", "cancel elsewhere", "wait elsewhere"]
        )
        bridge_id = self._bridge_of(session_id)
        if bridge_id is None:
            return
        self.done[what] += 1
        match what:
            case "answer":
                await self._answer(session_id)
            case "cancel":
                await self._try("cancel_login_session", login_session_id=session_id)
            case "look":
                await self._try("get_login_session", login_session_id=session_id)
            case "cancel elsewhere":
                await self._elsewhere(bridge_id, session_id)
            case "wait elsewhere":
                self._wait_elsewhere(bridge_id, session_id)
            case _:
                try:
                    getattr(self._beeper.phone, what)(session_id)
                except PhoneError:
                    self.done[what] -= 1

    def _bridge_of(self, session_id: str) -> str | None:
        session = self._beeper.sessions.get(session_id)
        return session.bridge.id if session and not session.ended else None

    async def _answer(self, session_id: str) -> None:
        """Fill in a form, rightly or not."""
        step = self._beeper.sessions[session_id].step
        if step is None or step.type != "user_input":
            return
        fields = dict(step.right)
        if self._random.random() < 0.2:
            fields = dict.fromkeys(fields, "12")
        await self._try("submit_login_step", login_session_id=session_id, fields=fields)

    async def _elsewhere(self, bridge_id: str, session_id: str) -> None:
        try:
            await self._finish(
                self._somebody_else.cancel_login_session(bridge_id, session_id)
            )
        except BeeperError:
            self.done["error elsewhere"] += 1

    def _wait_elsewhere(self, bridge_id: str, session_id: str) -> None:
        """Let another client wait on the step; most of the time we do already."""
        session = self._beeper.sessions[session_id]
        if session.step is None or session.step.type != "display_and_wait":
            return
        if self._random.random() < 0.5:
            self._beeper.drop_connections()
        self._others.append(
            asyncio.create_task(
                self._somebody_else.submit_login_step(
                    bridge_id, session_id, session.step.step_id, "display_and_wait"
                )
            )
        )

    def _trouble(self) -> None:
        """Let something go wrong, most of the time."""
        times = self._random.randint(1, 10)
        fault = self._random.choice(
            [
                None,
                None,
                Fault(path="*/steps/*", times=times, status=500),
                Fault(path="*/steps/*", times=times, status=502),
                Fault(path="*/steps/*", times=times, body=b"<html>"),
                Fault(path="*/steps/*", times=times, drop=0),
                Fault(path="*/login-sessions*", times=times, drop=0),
                Fault(path="*/login-sessions*", times=times, truncate=30),
                Fault(path="*/login-sessions*", times=times, body=b"[1]"),
                Fault(path="*/login-sessions*", times=times, status=404),
                Fault(path="*/login-sessions*", times=times, delay=1),
                Fault(
                    path="*/login-sessions*",
                    times=times,
                    status=429,
                    headers={"Retry-After": "3"},
                ),
            ]
        )
        if fault is not None:
            self._beeper.inject(fault)
        if self._random.random() < 0.1:
            self._beeper.drop_connections()

    async def _try(self, action: str, **data: object) -> dict[str, Any] | None:
        """Run an action that may fail, but only in a way that a person can read."""
        try:
            return await self._finish(act(self._hass, action, **data))
        except HomeAssistantError as err:
            self.errors.add(err.translation_key)
            return None

    async def _finish[T](self, awaitable: Coroutine[Any, Any, T]) -> T:
        """Let the time pass that something needs, and return its result."""
        task = asyncio.create_task(awaitable)
        await self._clock.run()
        while not task.done():
            await self._clock.run(1)
        return task.result()


async def test_hundreds_of_sessions_leave_nothing_behind(
    hass: HomeAssistant,
    beeper: Simulator,
    entry: MockConfigEntry,
    clock: Clock,
    our_log: OurLog,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hundreds of sessions, and whatever can happen to them, leave all as it was."""
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    await clock.run(60)
    tasks, listeners = asyncio.all_tasks(), hass.bus.async_listeners()
    await hass.config_entries.async_setup(entry.entry_id)
    caplog.set_level(logging.WARNING)
    caplog.set_level(logging.INFO, "custom_components.beeper")

    async with ClientSession() as session:
        other = BeeperClient(session, beeper.url, beeper.token)
        soak = _Soak(hass, beeper, clock, other, Random(20261123))
        for number in range(ROUNDS):
            # Chance alone does not see to it that there are enough of them
            await soak.round(SESSIONS, restart=number % 3 == 0)
            # What is kept is bounded by how long ended sessions are remembered
            assert _alive(Login) <= 250
    assert soak.started == ROUNDS * SESSIONS
    assert all(times > ROUNDS // 4 for times in soak.done.values())
    assert len(soak.errors) > 5
    assert None not in soak.errors

    # When the entry goes
    await hass.config_entries.async_unload(entry.entry_id)
    await clock.run(FORGET_AFTER)

    # Then so does all that it had, on both sides
    assert asyncio.all_tasks() <= tasks | {asyncio.current_task()}
    assert hass.bus.async_listeners() == listeners
    assert (beeper.waiting, beeper.open_connections) == (0, 0)
    assert (_alive(Login), _alive(LoginSession)) == (0, 0)
    # And a person reads of Beeper's absences, and of nothing else
    for line in our_log():
        assert "does not answer" in line or "recovered" in line
    assert [
        record.getMessage()
        for record in caplog.records
        # Not ours: the simulator, where it writes to a connection that was cut
        if record.name != "aiohttp.server"
        and (record.exc_info or "never retrieved" in record.getMessage())
    ] == []


def _alive(kind: type) -> int:
    """Return how many instances there are."""
    gc.collect()
    return sum(type(item) is kind for item in gc.get_objects())
