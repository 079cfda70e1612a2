"""The login sessions of the simulated Beeper, which is ahead of what a page shows."""

from simulator import Simulator
from simulator.login_session import LoginSession

from .patience import until


def live(simulator: Simulator) -> list[LoginSession]:
    """Return the login sessions that go on."""
    return [
        session
        for session in simulator.sessions.values()
        if not session.ended and not session.forgotten
    ]


async def started(simulator: Simulator) -> LoginSession:
    """Return the login session that goes on, as soon as there is one."""
    await until(lambda: len(live(simulator)) == 1)
    return live(simulator)[0]


async def displayed(session: LoginSession) -> str:
    """Return what a login session displays, as soon as it displays something."""
    await until(lambda: session.step is not None and "display" in session.step.members)
    assert session.step is not None
    data: str = session.step.members["display"]["data"]
    return data
