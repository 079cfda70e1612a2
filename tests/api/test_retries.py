"""A read that goes wrong for a moment is tried once more, a second later; nothing else is."""

import asyncio
from collections.abc import Awaitable

import pytest

from custom_components.beeper.api import (
    BeeperClient,
    BeeperConnectionError,
    BeeperError,
    BeeperTimeoutError,
    RemoveScope,
)
from simulator import Fault, Simulator
from tests.clock import Clock

pytestmark = pytest.mark.usefixtures("pause")

BEFORE_AN_ANSWER = [Fault(drop=0, times=2), Fault(cut=30, times=2)]
"""Where no answer has begun, aiohttp by itself asks again at once, on a new connection."""

MOMENTARY = [
    Fault(drop=10, times=1),
    Fault(truncate=10, times=1),
    Fault(raw=b"SSH-2.0-x\r\n", times=1),
    Fault(status=502, body=b"<html>Bad Gateway</html>", by_proxy=True, times=1),
    Fault(status=503, times=1),
    Fault(status=503, headers={"Retry-After": "0"}, times=1),
    Fault(status=503, headers={"Retry-After": "1"}, times=1),
    Fault(status=504, times=1),
]

LASTING = [
    Fault(status=500, times=1),
    Fault(status=501, times=1),
    Fault(status=429, times=1),
    Fault(status=404, times=1),
    Fault(status=401, times=1),
    Fault(status=502, headers={"Retry-After": "2"}, times=1),
    Fault(status=503, headers={"Retry-After": "300"}, times=1),
    Fault(body=b"[", times=1),
    Fault(redirect="/", times=1),
    Fault(huge=5 * 1024 * 1024, times=1),
]


async def outcome(asking: Awaitable[object]) -> object:
    """Return what came of asking, or the error."""
    try:
        return await asking
    except BeeperError as err:
        return err


@pytest.mark.parametrize("fault", [*MOMENTARY, *BEFORE_AN_ANSWER])
async def test_read_that_fails_for_a_moment_is_tried_once_more(
    client: BeeperClient, beeper: Simulator, clock: Clock, fault: Fault
) -> None:
    """After a second, not before."""
    beeper.inject(fault)
    asking = asyncio.ensure_future(client.accounts())

    await clock.run(0.9)
    assert (len(beeper.requests), asking.done()) == (fault.times, False)
    await clock.run(0.2)

    assert len(asking.result()) == 8
    assert fault.times is not None
    assert len(beeper.requests) == fault.times + 1


@pytest.mark.parametrize("fault", LASTING)
async def test_read_that_fails_for_good_is_not_tried_again(
    client: BeeperClient, beeper: Simulator, clock: Clock, fault: Fault
) -> None:
    """Who wants to be left alone is, and what makes no sense does not make any later."""
    beeper.inject(fault)
    asking = asyncio.ensure_future(outcome(client.accounts()))
    await clock.run(60)
    assert isinstance(asking.result(), BeeperError)
    assert len(beeper.requests) == 1


async def test_read_is_tried_twice_at_the_most(
    client: BeeperClient, beeper: Simulator, clock: Clock
) -> None:
    """The error is that of the second time, with what it says."""
    beeper.inject(Fault(drop=10, times=1))
    beeper.inject(Fault(status=503, headers={"Retry-After": "30"}))
    asking = asyncio.ensure_future(outcome(client.accounts()))
    await clock.run(60)
    err = asking.result()
    assert isinstance(err, BeeperError)
    assert (err.status, err.retry_after) == (503, 30)
    assert len(beeper.requests) == 2


async def test_read_that_takes_too_long_is_not_tried_again(
    client: BeeperClient, beeper: Simulator, clock: Clock
) -> None:
    """It had its time."""
    beeper.inject(Fault(delay=86400))
    asking = asyncio.ensure_future(outcome(client.accounts()))
    await clock.run(29)
    assert not asking.done()
    await clock.run(2)
    assert isinstance(asking.result(), BeeperTimeoutError)
    await clock.run(60)
    assert len(beeper.requests) == 1


async def test_beeper_that_is_restarted_meanwhile_is_found(
    client: BeeperClient, beeper: Simulator, clock: Clock
) -> None:
    """Nobody listens for the moment."""
    await beeper.stop()
    asking = asyncio.ensure_future(client.accounts())
    await clock.run(0.5)
    await beeper.start()
    await clock.run(1)
    assert len(asking.result()) == 8


async def test_beeper_that_somebody_looks_for_is_asked_once(
    client: BeeperClient, beeper: Simulator, clock: Clock
) -> None:
    """A dialog opens with what is found at once."""
    await beeper.stop()
    asking = asyncio.ensure_future(outcome(client.info(retry=False)))
    await clock.run(0.1)
    assert isinstance(asking.result(), BeeperConnectionError)


@pytest.mark.parametrize("fault", MOMENTARY)
async def test_what_changes_something_is_never_sent_twice(
    client: BeeperClient, beeper: Simulator, clock: Clock, fault: Fault
) -> None:
    """It may have been received."""
    for asking in (
        client.create_login_session("local-signal"),
        client.submit_login_step("b", "s", "t", "user_input", fields={}),
        client.submit_login_step("b", "s", "t", "display_and_wait"),
        client.cancel_login_session("b", "s"),
        client.remove_login("b", "l", RemoveScope.ALL_DEVICES),
        client.request_oauth_token("/oauth/token", {}),
        client.register_oauth_client(
            "/oauth/register", client_name="n", redirect_uri="http://a", scope="read"
        ),
        client.revoke_oauth_token("/oauth/revoke", "c"),
    ):
        asked = len(beeper.requests)
        beeper.inject(fault)
        task = asyncio.ensure_future(outcome(asking))
        await clock.run(60)
        assert isinstance(task.result(), BeeperError)
        assert len(beeper.requests) == asked + 1
