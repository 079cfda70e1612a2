"""Draws the integration's pictures from docs/brand's SVG files.

Home Assistant and HACS show them. Each drawing has a light and a dark variant, by
`prefers-color-scheme`, and two sizes.
"""

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.async_api import Browser

from .browser import browser

ROOT: Final = Path(__file__).parents[1]
SOURCES: Final = ROOT / "docs" / "brand"
PICTURES: Final = ROOT / "custom_components" / "beeper" / "brand"

type Scheme = Literal["light", "dark"]

PREFIXES: Final[dict[Scheme, str]] = {"light": "", "dark": "dark_"}
SUFFIXES: Final = {1: "", 2: "@2x"}
HEIGHT: Final = 256  # pixels of the normal size


async def draw(chromium: Browser, drawing: Path, scheme: Scheme, scale: int) -> bytes:
    """Return a PNG of an SVG file on a transparent ground.

    It has `scale` times the normal height.
    """
    context = await chromium.new_context(color_scheme=scheme, device_scale_factor=scale)
    page = await context.new_page()
    await page.set_content(
        f"<style>svg {{ display: block; height: {HEIGHT}px }}</style>"
        + drawing.read_text()
    )
    picture = await page.locator("svg").screenshot(omit_background=True)
    await context.close()
    return picture


async def main() -> None:
    """Draw all pictures."""
    PICTURES.mkdir(exist_ok=True)
    async with browser() as chromium:
        for drawing in sorted(SOURCES.glob("*.svg")):
            for scheme, prefix in PREFIXES.items():
                for scale, suffix in SUFFIXES.items():
                    picture = await draw(chromium, drawing, scheme, scale)
                    file = PICTURES / f"{prefix}{drawing.stem}{suffix}.png"
                    Image.open(BytesIO(picture)).save(file, optimize=True)
                    print(file.relative_to(ROOT))


if __name__ == "__main__":
    asyncio.run(main())
