"""The pace at which a login session is followed: what comes next, and when."""

import pytest

from custom_components.beeper.login.pace import (
    LOOK_INTERVAL,
    MANY_WAITS,
    MAX_PAUSE,
    SHORT_WAIT,
    STEADY_AFTER,
    TRUSTED_FOR,
    Attempt,
    Pace,
)

WAIT = Attempt(waits=True, pause=0.0)


def look(after: float) -> Attempt:
    """Return a look after so many seconds."""
    return Attempt(waits=False, pause=after)


def failures(pace: Pace, number: int, *, can_wait: bool = True) -> list[Attempt]:
    """Let attempts fail at once, and return them and the one after them."""
    attempts = [pace.next(can_wait=can_wait)]
    for _ in range(number):
        pace.failed(0.0)
        attempts.append(pace.next(can_wait=can_wait))
    return attempts


def fail_wait(pace: Pace, seconds: float = 0.0) -> Attempt:
    """Let a wait fail, and the look after it find nothing new; return that look."""
    assert pace.next(can_wait=True) == WAIT
    pace.failed(seconds)
    attempt = pace.next(can_wait=True)
    pace.answered(0.0, has_changed=False)
    return attempt


# --- In calm


def test_waits_where_beeper_answers_a_change() -> None:
    """One wait after the other, without a pause."""
    pace = Pace()
    for _ in range(3):
        assert pace.next(can_wait=True) == WAIT
        pace.answered(20.0, has_changed=True)


def test_looks_where_there_is_nothing_to_wait_for() -> None:
    """A form is looked at every few seconds."""
    pace = Pace()
    for _ in range(3):
        assert pace.next(can_wait=False) == look(LOOK_INTERVAL)
        pace.answered(0.1, has_changed=False)


def test_may_begin_with_a_look() -> None:
    """Then it goes on as in calm."""
    pace = Pace(look_now=True)

    assert pace.next(can_wait=True) == look(0.0)
    pace.answered(0.1, has_changed=False)
    assert pace.next(can_wait=True) == WAIT


@pytest.mark.parametrize("seconds", [0.0, SHORT_WAIT, 15.0])
def test_answer_without_a_change_is_no_failure(seconds: float) -> None:
    """Another waiter may have joined, or a look was quicker than the wait."""
    pace = Pace()
    for _ in range(MANY_WAITS):
        assert pace.next(can_wait=True) == WAIT
        pace.answered(seconds, has_changed=False)
    assert pace.next(can_wait=True) == WAIT
    assert not pace.is_outdated


# --- In trouble


def test_failures_are_met_with_ever_longer_pauses() -> None:
    """The first look comes at once, the later ones after up to half a minute."""
    attempts = failures(Pace(), 8)

    assert attempts[0] == WAIT
    pauses = [0.0, 1.0, 3.0, 7.0, 15.0, MAX_PAUSE, MAX_PAUSE, MAX_PAUSE]
    assert attempts[1:] == [look(pause) for pause in pauses]


def test_a_thousand_failures_are_met_like_ten() -> None:
    """Pauses do not grow for ever."""
    assert failures(Pace(), 1000)[-1] == look(MAX_PAUSE)


def test_waits_that_break_are_not_made_good_by_looks() -> None:
    """A look that finds nothing new says nothing about the next wait."""
    pace = Pace()
    pauses = [fail_wait(pace).pause for _ in range(4)]

    assert pauses == [0.0, 1.0, 3.0, 7.0]


def test_a_change_is_the_end_of_trouble() -> None:
    """However it is learned of."""
    pace = Pace()
    for waits in (False, True):
        for _ in range(3):
            fail_wait(pace)
        pace.next(can_wait=waits)
        pace.answered(5.0, has_changed=True)
        assert fail_wait(pace) == look(0.0)


def test_a_long_wait_is_the_end_of_trouble() -> None:
    """Proxies cut connections after a minute, again and again."""
    pace = Pace()
    for _ in range(3):
        fail_wait(pace)

    assert fail_wait(pace, STEADY_AFTER + 1) == look(0.0)
    assert fail_wait(pace, STEADY_AFTER - 1) == look(1.0)


def test_retry_after_is_honoured() -> None:
    """Also where it is longer than any pause of ours, but it makes none shorter."""
    pace = Pace()
    pace.next(can_wait=True)
    pace.failed(0.0, retry_after=100.0)
    assert pace.next(can_wait=True) == look(100.0)
    for _ in range(3):
        pace.failed(0.0, retry_after=1.0)
        attempt = pace.next(can_wait=True)
    assert attempt == look(7.0)


def test_somebody_else_who_waits_is_no_reason_for_long_pauses() -> None:
    """Then looks are all there is."""
    pace = Pace()
    for _ in range(6):
        assert pace.next(can_wait=True) == WAIT
        pace.failed(0.0, somebody_waits=True)
        attempt = pace.next(can_wait=True)
        pace.answered(0.0, has_changed=False)
    assert attempt == look(LOOK_INTERVAL)


# --- A server in a hurry


def hurry(pace: Pace, *, has_changed: bool) -> None:
    """Let one more wait than is usual be answered at once."""
    for _ in range(MANY_WAITS + 1):
        assert pace.next(can_wait=True) == WAIT
        pace.answered(SHORT_WAIT / 2, has_changed=has_changed)


@pytest.mark.parametrize("has_changed", [False, True])
def test_server_that_does_not_block_is_looked_at(has_changed: bool) -> None:
    """It is asked every few seconds, until there is something new."""
    pace = Pace()
    hurry(pace, has_changed=has_changed)

    for _ in range(5):
        assert pace.next(can_wait=True) == look(LOOK_INTERVAL)
        pace.answered(0.1, has_changed=False)
    assert pace.next(can_wait=True) == look(LOOK_INTERVAL)
    pace.answered(0.1, has_changed=True)
    assert pace.next(can_wait=True) == WAIT
    pace.answered(0.1, has_changed=True)
    assert pace.next(can_wait=True) == look(LOOK_INTERVAL)


def test_server_that_blocks_again_is_waited_for_again() -> None:
    """A single wait that is not short makes all good."""
    pace = Pace()
    hurry(pace, has_changed=True)
    pace.next(can_wait=True)
    pace.answered(0.1, has_changed=True)

    assert pace.next(can_wait=True) == WAIT
    pace.answered(SHORT_WAIT, has_changed=False)
    hurry(pace, has_changed=True)


def test_waits_that_break_at_once_are_a_hurry_too() -> None:
    """A change at each look does not make Beeper be asked without end."""
    pace = Pace()
    for _ in range(MANY_WAITS):
        assert pace.next(can_wait=True) == WAIT
        pace.failed(0.0)
        assert pace.next(can_wait=True) == look(0.0)
        pace.answered(0.0, has_changed=True)

    assert pace.next(can_wait=True) == WAIT
    pace.failed(0.0)
    assert pace.next(can_wait=True) == look(LOOK_INTERVAL)


# --- What is displayed


def test_display_counts_for_a_while_without_an_answer() -> None:
    """It is outdated as soon as the next answer would come too late."""
    pace = Pace()
    pace.next(can_wait=True)
    pace.failed(0.0)
    outdated = []
    for pause in (0.0, 1.0, 3.0, 7.0, 15.0):
        assert pace.next(can_wait=True) == look(pause)
        pace.failed(0.5)
        outdated.append(pace.is_outdated)

    # After 12.5 seconds the next look would come after another 15
    assert outdated == [False, False, False, True, True]


def test_time_that_looks_take_counts_too() -> None:
    """An address that swallows everything answers nothing for half a minute."""
    pace = Pace(look_now=True)
    pace.next(can_wait=True)
    pace.failed(30.0)
    assert not pace.is_outdated
    pace.next(can_wait=True)
    pace.failed(TRUSTED_FOR)
    assert pace.is_outdated


@pytest.mark.parametrize("has_changed", [False, True])
def test_answer_makes_what_is_displayed_count_again(has_changed: bool) -> None:
    """Whether or not it is the same."""
    pace = Pace()
    failures(pace, 8)
    assert pace.is_outdated

    pace.answered(0.1, has_changed=has_changed)

    assert not pace.is_outdated


def test_wait_that_breaks_says_nothing_of_what_is_displayed() -> None:
    """Only a look would tell, and where Beeper wants none for long, nothing will."""
    pace = Pace()
    pace.next(can_wait=True)
    pace.failed(300.0)
    assert not pace.is_outdated

    pace = Pace()
    pace.next(can_wait=True)
    pace.failed(0.0, retry_after=TRUSTED_FOR + 1)
    assert pace.is_outdated
