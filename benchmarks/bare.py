"""The least that reading can cost: aiohttp alone."""

from aiohttp import ClientSession

from .beeper import Beeper

PATHS = ("/v1/bridges", "/v1/accounts")
"""What the integration polls."""


async def bodies(session: ClientSession, beeper: Beeper) -> dict[str, bytes]:
    """GET what the integration polls; returns the bodies by path.

    Raises aiohttp's ClientError.
    """
    headers = {"Authorization": f"Bearer {beeper.token}"}
    read = {}
    for path in PATHS:
        async with session.get(
            beeper.url + path, headers=headers, raise_for_status=True
        ) as response:
            read[path] = await response.read()
    return read
