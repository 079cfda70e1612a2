"""CPU time of this process.

What is compared takes turns, so that a busy machine slows all of it alike.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import process_time

type Work = Callable[[], Awaitable[object]]

WARM_UP_BATCHES = 10


@dataclass(frozen=True)
class Effort:
    """How thoroughly to measure."""

    rounds: int
    batch: float
    """CPU seconds that the calls of one sample take together."""


async def cpu_seconds[K](
    works: Mapping[K, Work], effort: Effort
) -> dict[K, list[float]]:
    """Return the CPU seconds that one call of each work takes, round by round.

    CPU time of all threads of this process, garbage collection included, since it is
    left as it is.
    """
    calls = {
        key: await _calls_per_batch(work, effort.batch) for key, work in works.items()
    }
    samples: dict[K, list[float]] = {key: [] for key in works}
    for _ in range(effort.rounds):
        for key, work in works.items():
            samples[key].append(await _sample(work, calls[key]))
    return samples


async def _calls_per_batch(work: Work, batch: float) -> int:
    """Warm up, and return how many calls make a batch; at least one does."""
    start = process_time()
    calls = 0
    while process_time() - start < WARM_UP_BATCHES * batch:
        await work()
        calls += 1
    return max(1, calls // WARM_UP_BATCHES)


async def _sample(work: Work, calls: int) -> float:
    """Return the CPU seconds per call of one batch."""
    # Caches and memory are left as the work before needed them; what that costs depends
    # on the order alone
    await work()
    start = process_time()
    for _ in range(calls):
        await work()
    return (process_time() - start) / calls
