"""A headless browser that uses Home Assistant's real pages as a person would.

A machine that has none gets one, but only once somebody needs it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import os
import shutil
import signal
import sys
from typing import Final

from playwright.async_api import (
    Browser,
    BrowserContext,
    BrowserType,
    Error,
    Page,
    StorageState,
    ViewportSize,
    async_playwright,
)

CHROMIUM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")

# It talks to this machine alone, works without a graphics card, as root and in a
# container with a small /dev/shm.
CHROMIUM_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages of one site find what others of it have compiled
    "--process-per-site",
)

INSTALL_TIMEOUT: Final = 300
"""Seconds; behind a firewall a download may never end."""

PAGE_TIMEOUT: Final = (
    60_000  # milliseconds; the first page of a fresh Home Assistant takes seconds
)


VIEWPORT: Final = ViewportSize(width=1280, height=900)
"""What of a page can be seen at first, in CSS pixels."""


class NoBrowser(Error):
    """There is no Chromium, and none could be installed."""


def find_chromium() -> str | None:
    """Return the path of the Chromium on the PATH.

    It is None where there is only Playwright's own.
    """
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


async def install_chromium() -> str | None:
    """Install Playwright's own Chromium, or where that fails, that of the system.

    Returns its path, None for Playwright's own. Raises NoBrowser.
    """
    _say("no Chromium here; installing one")
    playwright = (sys.executable, "-m", "playwright")
    if await _succeeds(*playwright, "install", "chromium-headless-shell"):
        return None
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _say("Playwright could not download it; trying the packages of the system")
        apt_get = ("apt-get", "-qq")
        await _succeeds(*apt_get, "update")
        await _succeeds(
            *apt_get, "install", "--yes", "--no-install-recommends", "chromium"
        )
    if chromium := find_chromium():
        return chromium
    raise NoBrowser(
        "There is no Chromium here and none could be installed. Install Chromium or "
        "Google Chrome so that it is on the PATH; only scripts/demo --check and the "
        "browser tests need it."
    )


async def _succeeds(*command: str) -> bool:
    """Run a command that may take its time; what it says goes to standard error."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=2, start_new_session=True
    )
    try:
        async with asyncio.timeout(INSTALL_TIMEOUT):
            return await process.wait() == 0
    except TimeoutError:
        _say(f"{command[0]} has not ended within {INSTALL_TIMEOUT} seconds")
        return False
    finally:
        if process.returncode is None:
            # It has children that do the work
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _say(text: str) -> None:
    print(f"browser: {text}", file=sys.stderr)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Run a headless Chromium. Raises NoBrowser."""
    async with async_playwright() as playwright:
        chromium = await _launch(playwright.chromium)
        try:
            yield chromium
        finally:
            await chromium.close()


async def _launch(kind: BrowserType) -> Browser:
    """Start the Chromium of this machine; where there is none it is installed first."""

    async def launch(executable: str | None) -> Browser:
        return await kind.launch(
            executable_path=executable,
            args=CHROMIUM_ARGUMENTS,
            # Who interrupts decides in which order things end.
            handle_sigint=False,
            handle_sigterm=False,
        )

    executable = find_chromium()
    try:
        return await launch(executable)
    except Error as err:
        if executable or "Executable doesn't exist" not in err.message:
            raise
    return await launch(await install_chromium())


@asynccontextmanager
async def new_context(
    chromium: Browser,
    signed_in: StorageState | None = None,
    base_url: str | None = None,
) -> AsyncIterator[BrowserContext]:
    """Open a browser context, whose pages know nothing of those in others.

    Nobody is signed in, or who was in the context that this state was taken from. With
    a base URL, a path is enough to go somewhere.
    """
    context = await chromium.new_context(
        locale="en-US",
        # Without a graphics card, what moves takes a tenth of the time of a test
        reduced_motion="reduce",
        viewport=VIEWPORT,
        storage_state=signed_in,
        base_url=base_url,
    )
    context.set_default_timeout(PAGE_TIMEOUT)
    try:
        yield context
    finally:
        await context.close()


@asynccontextmanager
async def new_page(
    chromium: Browser,
    signed_in: StorageState | None = None,
    base_url: str | None = None,
) -> AsyncIterator[Page]:
    """Open a page in a browser context of its own."""
    async with new_context(chromium, signed_in, base_url) as context:
        yield await context.new_page()


async def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Open a page of Home Assistant and pass the login page that stands before it."""
    await page.goto(url)
    await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url(lambda address: "/auth/" not in address)
