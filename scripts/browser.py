"""A headless browser that uses Home Assistant's real pages as a person would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import shutil
from typing import Final

from playwright.async_api import Browser, Page, StorageState, async_playwright

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
)

PAGE_TIMEOUT: Final = (
    60_000  # milliseconds; the first page of a fresh Home Assistant takes seconds
)


def find_chromium() -> str | None:
    """Return the path of the Chromium on the PATH.

    It is None where there is only Playwright's own.
    """
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Run a headless Chromium."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=find_chromium(),
            args=CHROMIUM_ARGUMENTS,
            # Who interrupts decides in which order things end.
            handle_sigint=False,
            handle_sigterm=False,
        )
        try:
            yield chromium
        finally:
            await chromium.close()


@asynccontextmanager
async def new_page(
    chromium: Browser,
    signed_in: StorageState | None = None,
    base_url: str | None = None,
) -> AsyncIterator[Page]:
    """Open a page in a browser context of its own.

    Nobody is signed in, or who was in the context that this state was taken from. With
    a base URL, a path is enough to go somewhere.
    """
    context = await chromium.new_context(
        locale="en-US",
        viewport={"width": 1280, "height": 900},
        storage_state=signed_in,
        base_url=base_url,
    )
    context.set_default_timeout(PAGE_TIMEOUT)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Open a page of Home Assistant and pass the login page that stands before it."""
    await page.goto(url)
    await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url(lambda address: "/auth/" not in address)
