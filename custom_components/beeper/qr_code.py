"""QR codes as pictures."""

from base64 import b64encode
from io import BytesIO

import segno

from .limits import MAX_QR_CODE

_PIXELS_PER_MODULE = 10


def fits_qr_code(data: str) -> bool:
    """Return whether a QR code can hold this."""
    return len(data.encode()) <= MAX_QR_CODE


def draw_qr_code(data: str) -> bytes:
    """Return a QR code, of what one can hold, as a PNG.

    It takes tens of milliseconds: for the executor.
    """
    picture = BytesIO()
    segno.make_qr(data).save(picture, kind="png", scale=_PIXELS_PER_MODULE)
    return picture.getvalue()


def qr_code_uri(data: str) -> str:
    """Return a QR code as the address of a picture, which is drawn in it.

    The same holds as for `draw_qr_code`.
    """
    return f"data:image/png;base64,{b64encode(draw_qr_code(data)).decode()}"
