"""Codes to type on a phone, as pictures: unlike text, those are kept in no trace."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_HEIGHT: Final = 64
"""Pixels of a line of text."""

_MARGIN: Final = 32
"""Pixels around the code."""


def draw_pairing_code(code: str) -> bytes:
    """Return a code, of a length that somebody would type, as a PNG.

    Pillow comes with Home Assistant, and with a font of its own for Latin letters. It takes
    some milliseconds: for the executor.
    """
    font = ImageFont.load_default(_HEIGHT)
    left, top, right, bottom = font.getbbox(code)
    size = (round(right - left) + 2 * _MARGIN, round(bottom - top) + 2 * _MARGIN)
    picture = Image.new("L", size, "white")
    ImageDraw.Draw(picture).text((_MARGIN - left, _MARGIN - top), code, "black", font)
    png = BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()
