"""What is proven before anything is stored: a Beeper at an address, and a token for it.

Whatever is not so is told in words of the config flow's dialogs.
"""

import asyncio
from collections.abc import Mapping
import logging
from typing import Final

from .api import Account, AppSetup, BeeperClient, BeeperError
from .errors import Context, error_key

_LOGGER = logging.getLogger(__name__)

LOCAL_TIMEOUT: Final = 2
"""Seconds to look for a Beeper on this machine before the first form is shown."""


class CheckFailedError(Exception):
    """Something is not as it must be.

    `key` is that of an error in the dialogs, and `placeholders` what its text needs.
    `url` is the address that it is about, if that is another one than was entered.
    """

    def __init__(
        self,
        key: str,
        *,
        placeholders: Mapping[str, str] | None = None,
        url: str | None = None,
    ) -> None:
        """Keep what there is to tell."""
        super().__init__(key)
        self.key = key
        self.placeholders = placeholders or {}
        self.url = url


async def is_beeper_near(client: BeeperClient) -> bool:
    """Return whether a Beeper answers at once, as one on this machine does."""
    try:
        async with asyncio.timeout(LOCAL_TIMEOUT):
            await client.info(retry=False)
    except BeeperError, TimeoutError:
        return False
    return True


async def check_beeper(client: BeeperClient) -> None:
    """Find out whether a Beeper that somebody is signed in to is there.

    Raises `CheckFailedError`.
    """
    try:
        await client.info()
    except BeeperError as err:
        raise CheckFailedError(error_key(err, Context.ADDRESS)) from None
    if await client.is_signed_out():
        raise CheckFailedError("signed_out")


async def check_access_token(
    client: BeeperClient,
) -> tuple[tuple[Account, ...], AppSetup | None]:
    """Prove a token by reading with it all that is ever polled.

    Returns what was read; of the app `None` where it does not tell. Raises
    `CheckFailedError`.
    """
    try:
        await client.bridges()
        return await client.accounts(), await _app_setup(client)
    except BeeperError as err:
        raise CheckFailedError(await _token_error(client, err)) from None


async def _token_error(client: BeeperClient, err: BeeperError) -> str:
    key = error_key(err, Context.ACCESS_TOKEN)
    if key == "invalid_auth" and await client.is_signed_out():
        return "signed_out"
    if key == "unknown":
        _LOGGER.error(
            "Unexpected answer of Beeper while checking the access token: %s", err
        )
    return key


async def _app_setup(client: BeeperClient) -> AppSetup | None:
    try:
        return await client.app_setup()
    except BeeperError:
        return None


def registration_error(err: BeeperError) -> str:
    """Return what to tell of a Beeper that does not let us begin to sign in."""
    return error_key(err, Context.REGISTRATION)


def approval_error(error: object) -> str:
    """Return what to tell of an error instead of an approval (RFC 6749, 4.1.2.1).

    It is `None` where Beeper has shown a page, and brought the browser nowhere.
    """
    match error:
        case "access_denied":
            return "authorize_denied"
        case "invalid_scope" | "server_error" | "temporarily_unavailable":
            return "authorize_failed"
    return "authorize_refused"


def code_error(err: BeeperError) -> str:
    """Return what to tell of a code that Beeper gives no token for."""
    if err.code == "invalid_grant":
        return "authorize_expired"
    return error_key(err, Context.AUTHORIZATION)
