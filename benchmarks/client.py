"""The client alone: reading bridges and accounts.

It is measured against Beeper's own client and against the least it can cost.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from enum import Enum, auto
from typing import override

from aiohttp import ClientSession
from beeper_desktop_api import AsyncBeeperDesktop, DefaultAsyncHttpxClient
import orjson

from custom_components.beeper.api import BeeperClient
from custom_components.beeper.api.polled import PolledLists
from custom_components.beeper.api.transport import Transport

from .bare import PATHS, bodies
from .beeper import Beeper, BenchmarkFailed
from .measure import Effort, Work, cpu_seconds
from .report import Figure, growth


class Reader(Enum):
    """Who reads both lists, and how."""

    FRESH = auto()
    """Our client, which has to parse every answer."""
    SDK = auto()
    """Beeper's own client."""
    FLOOR = auto()
    """aiohttp and orjson.loads."""
    POLL = auto()
    """Our client, which has seen the same answers before."""
    GET = auto()
    """aiohttp, without parsing."""
    CHANGED = auto()
    """Our client, for which one account is another each time."""
    PARSE = auto()
    """Our client as in FRESH, on bodies from memory."""
    LOADS = auto()
    """orjson.loads, on bodies from memory."""


class _Offline(Transport):
    """A way to bodies in memory, by path; the session is never used."""

    def __init__(self, session: ClientSession, answers: Mapping[str, bytes]) -> None:
        """Answer with these bodies."""
        super().__init__(session, "")
        self._answers = answers

    @override
    async def exchange(self, method: str, path: str, **_: object) -> bytes:
        return self._answers[path]


class _Altering(Transport):
    """A way to a Beeper where the first account that is connected is switched off in turn."""

    _turn = 0

    @override
    async def exchange(self, method: str, path: str, **_: object) -> bytes:
        body = await super().exchange(method, path)
        self._turn += path == PATHS[0]
        if self._turn % 2:
            return body
        return body.replace(b'"status":"connected"', b'"status":"disabled"', 1)


class _AlteringClient(BeeperClient):
    """Our client at a Beeper that changes."""

    def __init__(self, session: ClientSession, beeper: Beeper) -> None:
        """Read this Beeper."""
        super().__init__(session, beeper.url, beeper.token)
        self._polled = PolledLists(_Altering(session, beeper.url, beeper.token))


class _OfflineClient(BeeperClient):
    """Our client without HTTP."""

    def __init__(self, session: ClientSession, answers: Mapping[str, bytes]) -> None:
        """Answer from these bodies by path; the session is never used."""
        super().__init__(session, "")
        self._polled = PolledLists(_Offline(session, answers))


async def client_figures(beepers: Sequence[Beeper], effort: Effort) -> list[Figure]:
    """Measure with these beepers, ordered by size."""
    works: dict[tuple[Reader, int], Work] = {}
    async with AsyncExitStack() as stack:
        for beeper in beepers:
            session = await stack.enter_async_context(ClientSession())
            sdk = await stack.enter_async_context(
                AsyncBeeperDesktop(
                    access_token=beeper.token,
                    base_url=beeper.url,
                    # Its own default, but for proxies
                    http_client=DefaultAsyncHttpxClient(trust_env=False),
                )
            )
            readers = await _readers(beeper, session, sdk)
            works |= {(who, beeper.accounts): read for who, read in readers.items()}
        times = await cpu_seconds(works, effort)

    sizes = [beeper.accounts for beeper in beepers]

    def compare(
        what: str,
        ours: Reader,
        yardstick: Reader,
        goal: float | None = None,
        *,
        goal_from: int = 0,
    ) -> list[Figure]:
        return [
            Figure(
                what,
                f"{size:,}",
                times[ours, size],
                times[yardstick, size],
                goal=goal if size >= goal_from else None,
            )
            for size in sizes
        ]

    def grow(what: str, reader: Reader) -> Figure:
        return growth(what, {size: times[reader, size] for size in sizes})

    return [
        *compare(
            "Fetch and parse / Beeper's SDK",
            Reader.FRESH,
            Reader.SDK,
            0.1,
            # Below, it is HTTP that takes the time
            goal_from=100,
        ),
        *compare("Fetch and parse / aiohttp + orjson", Reader.FRESH, Reader.FLOOR, 2.3),
        *compare(
            "Fetch and parse, one changed / aiohttp + orjson",
            Reader.CHANGED,
            Reader.FLOOR,
            1.6,
        ),
        *compare("Unchanged poll / bare GETs", Reader.POLL, Reader.GET, 1.25),
        *compare("Parse only / orjson.loads", Reader.PARSE, Reader.LOADS),
        *compare("Parse only / fetch and parse", Reader.PARSE, Reader.FRESH),
        grow("Growth of fetch and parse", Reader.FRESH),
        grow("Growth of an unchanged poll", Reader.POLL),
    ]


async def _readers(
    beeper: Beeper, session: ClientSession, sdk: AsyncBeeperDesktop
) -> dict[Reader, Work]:
    """Return everything that reads this Beeper's lists."""
    answers = await bodies(session, beeper)
    known = BeeperClient(session, beeper.url, beeper.token)
    altering = _AlteringClient(session, beeper)
    await _read(altering)
    before = await altering.accounts()
    await _read(altering)
    if (
        sum(
            new is not old
            for new, old in zip(await altering.accounts(), before, strict=True)
        )
        != 1
    ):
        raise BenchmarkFailed("Not one account is another each time")

    async def get() -> None:
        await bodies(session, beeper)

    async def floor() -> None:
        for body in (await bodies(session, beeper)).values():
            orjson.loads(body)

    async def loads() -> None:
        for body in answers.values():
            orjson.loads(body)

    async def read_with_sdk() -> None:
        await sdk.bridges.list()
        await sdk.accounts.list()

    return {
        # A client parses nothing twice, so that each read needs a new one
        Reader.FRESH: lambda: _read(BeeperClient(session, beeper.url, beeper.token)),
        Reader.SDK: read_with_sdk,
        Reader.FLOOR: floor,
        Reader.POLL: lambda: _read(known),
        Reader.GET: get,
        Reader.CHANGED: lambda: _read(altering),
        Reader.PARSE: lambda: _read(_OfflineClient(session, answers)),
        Reader.LOADS: loads,
    }


async def _read(client: BeeperClient) -> None:
    """Read what the coordinator reads."""
    await client.bridges()
    await client.accounts()
