"""How long to wait until the next poll."""

from datetime import timedelta

import pytest

from custom_components.beeper.poll_interval import (
    FastReasons,
    backed_off,
    next_interval,
    still_there,
)


@pytest.mark.parametrize(
    ("reasons", "seconds"),
    [
        ({}, 15),
        ({"a": 1000.0}, 3),
        ({None: 1000.0}, 3),
        ({"a": 400.1}, 3),
        ({"a": 400.0}, 15),
        ({"a": 0.0, None: 900.0}, 3),
        ({"a": 0.0, None: 100.0}, 15),
    ],
)
def test_polls_fast_for_ten_minutes_for_each_reason(
    reasons: FastReasons, seconds: int
) -> None:
    """One that has been there for longer takes nothing away from the others."""
    assert next_interval(reasons, 1000.0) == timedelta(seconds=seconds)


def test_reason_that_stays_keeps_its_time() -> None:
    """One that went and is back begins anew."""
    before: FastReasons = {"a": 1.0, "b": 2.0, None: 3.0}
    now = still_there(before, ["b", "c", None], 9.0)
    assert now == {"b": 2.0, "c": 9.0, None: 3.0}
    assert still_there(now, ["a"], 10.0) == {"a": 10.0}


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 15), (2, 30), (3, 60), (4, 60), (10_000, 60)]
)
def test_backs_off_to_a_minute(failures: int, seconds: int) -> None:
    """However long Beeper is away."""
    assert backed_off(failures) == timedelta(seconds=seconds)
