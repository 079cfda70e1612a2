"""Login sessions over plain HTTP, for the tests of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from simulator import Simulator, Timings, load_scenario
from simulator.shapes import Shape
from simulator.styles import StyleName

type Session = dict[str, Any]
type Answer = tuple[int, Session]
type Waiter = asyncio.Task[Answer]

PATIENCE = 60
"""Seconds until something that has to happen counts as failed."""


def sessions_of(bridge_id: str) -> str:
    """Return the path of a bridge's login sessions."""
    return f"/v1/bridges/{bridge_id}/login-sessions"


async def start(client: ClientSession, bridge_id: str, **body: str) -> Answer:
    """Start a login session and return status and body of the answer."""
    async with client.post(sessions_of(bridge_id), json=body) as response:
        return response.status, await response.json()


async def create(client: ClientSession, bridge_id: str, **body: str) -> Session:
    """Create a login session."""
    status, session = await start(client, bridge_id, **body)
    assert status == 200
    return session


async def read(client: ClientSession, session: Session) -> Answer:
    """Read a session and return status and body."""
    async with client.get(address(session)) as response:
        return response.status, await response.json()


async def submit(
    client: ClientSession, session: Session, step_id: str | None = None, **body: Any
) -> Answer:
    """Submit to the session's step; display_and_wait unless the body says else."""
    path = f"{address(session)}/steps/{step_id or session['currentStep']['stepID']}"
    async with client.post(path, json={"type": "display_and_wait"} | body) as response:
        return response.status, await response.json()


async def enter(
    sim: Simulator, client: ClientSession, session: Session, **changes: str
) -> Answer:
    """Submit input or cookies: the right ones but for changes."""
    right = sim.phone.codes(session["loginSessionID"])
    kind = session["currentStep"]["type"]
    return await submit(client, session, type=kind, fields=right | changes)


def address(session: Session) -> str:
    """Return a session's path."""
    return f"{sessions_of(session['bridgeID'])}/{session['loginSessionID']}"


@asynccontextmanager
async def running(
    timings: Timings | None = None,
    scenario: str = "home",
    shape: Shape = "rich",
    style: StyleName = "beeper",
) -> AsyncIterator[tuple[Simulator, ClientSession]]:
    """Run a simulator of one's own, and a client."""
    sim = Simulator(load_scenario(scenario), timings=timings, shape=shape, style=style)
    headers = {"Authorization": f"Bearer {sim.token}"}
    timeout = ClientTimeout()  # none: tests make hours pass
    async with (
        sim,
        ClientSession(sim.url, headers=headers, timeout=timeout) as client,
    ):
        yield sim, client


async def wait(sim: Simulator, client: ClientSession, session: Session) -> Waiter:
    """Return the task of a submit that blocks."""
    waiter = asyncio.create_task(submit(client, session))
    await sim.wait_for_waiter(session["loginSessionID"])
    return waiter
