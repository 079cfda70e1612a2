"""Pictures of pages, for people to look at and for the documentation.

They are taken with `PICTURES=docs/images` in the environment: those that the
documentation shows are made anew there, all others land in `.cache/pictures`. Without it
a page still has to fit into each window, and what the documentation shows has to be there.
"""

from collections.abc import Sequence
from io import BytesIO
import os
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.async_api import FloatRect, Locator, Page, ViewportSize, expect

from .patience import becomes, rest

ROOT: Final = Path(__file__).parents[2]
SEEN: Final = ROOT / ".cache" / "pictures"
WANTED: Final = "PICTURES" in os.environ
SHOWN: Final = ROOT / os.environ.get("PICTURES", SEEN / "docs")

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("dark", "light")
# The last of each is what a test goes on with
WINDOWS: Final = {"phone": (390, 844), "desktop": (1280, 900)}

# What has to be moved sideways to be seen; text that is typed or copied may
TOO_WIDE: Final = """() => {
  const found = [];
  const look = (parent) => {
    for (const element of parent.children) {
      const moves = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
      if (moves && element.scrollWidth > element.clientWidth + 1
          && !["input", "pre", "textarea"].includes(element.localName)) {
        found.push(`${element.localName}.${element.className}`);
      }
      look(element);
      if (element.shadowRoot) look(element.shadowRoot);
    }
  };
  look(document);
  return found;
}"""

_FRAME = ViewportSize(width=480, height=800)
"""The window of a picture in a strip, in pixels."""

_GAP = 24
"""Pixels around what is shown, and between two frames of a strip."""


async def take(page: Page, name: str) -> None:
    """Take pictures in a wide window and in one like a phone, light and dark.

    Nothing may be too wide for its window.
    """
    for window, (width, height) in WINDOWS.items():
        await page.set_viewport_size({"width": width, "height": height})
        if WANTED:
            await _take(page, name, window)
        await becomes(lambda: page.evaluate(TOO_WIDE), [])


async def _take(page: Page, name: str, window: str) -> None:
    SEEN.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await rest(page)
        await page.screenshot(
            path=SEEN / f"{name}-{scheme}-{window}.png", animations="disabled"
        )


async def keep(page: Page, name: str) -> None:
    """Take a picture of whatever there is to see."""
    if not page.is_closed():
        SEEN.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SEEN / f"{name}.png")


async def show(box: Locator, name: str) -> None:
    """Take the picture of a part of a page that the documentation shows.

    The part has to be there.
    """
    await expect(box).to_be_visible()
    if not WANTED:
        return
    SHOWN.mkdir(parents=True, exist_ok=True)
    await rest(box.page)
    around = await box.bounding_box()
    assert around is not None
    await box.page.screenshot(
        path=SHOWN / f"{name}.png",
        animations="disabled",
        clip=FloatRect(
            x=around["x"] - _GAP,
            y=around["y"] - _GAP,
            width=around["width"] + 2 * _GAP,
            height=around["height"] + 2 * _GAP,
        ),
    )


async def show_window(page: Page, name: str) -> None:
    """Take the picture of a whole window that the documentation shows."""
    if WANTED:
        SHOWN.mkdir(parents=True, exist_ok=True)
        await rest(page)
        await page.screenshot(path=SHOWN / f"{name}.png", animations="disabled")


async def frame(page: Page) -> Image.Image:
    """Return a small picture of a page, to be put beside others."""
    before = page.viewport_size
    assert before is not None
    await page.set_viewport_size(_FRAME)
    await rest(page)
    picture = await page.screenshot(animations="disabled")
    await page.set_viewport_size(before)
    return Image.open(BytesIO(picture)).convert("RGB")


def strip(name: str, frames: Sequence[Image.Image]) -> None:
    """Show frames side by side in the documentation, or where nothing is shown yet."""
    SHOWN.mkdir(parents=True, exist_ok=True)
    width, height = _FRAME["width"], _FRAME["height"]
    step = width + _GAP
    whole = Image.new("RGB", (step * len(frames) + _GAP, height + 2 * _GAP), "#e5e5e5")
    for number, picture in enumerate(frames):
        whole.paste(picture, (step * number + _GAP, _GAP))
    whole.save(SHOWN / f"{name}.png", optimize=True)
