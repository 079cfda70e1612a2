"""What the camera of a phone reads."""

from io import BytesIO

from PIL import Image
from playwright.async_api import Locator, Page
import zxingcpp

from .patience import becomes


def read(picture: bytes) -> list[str]:
    """Return what the QR codes in a picture say."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    codes = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return [code.text for code in codes]


async def scan(page: Page) -> list[str]:
    """Return what the QR codes on the screen say."""
    return read(await page.screenshot())


async def expect_scan(picture: Locator, text: str) -> None:
    """Wait until the screen, with this picture in view, has one code that says this."""

    async def look() -> list[str]:
        await picture.scroll_into_view_if_needed()
        return await scan(picture.page)

    await becomes(look, [text])
