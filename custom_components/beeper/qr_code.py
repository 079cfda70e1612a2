"""QR codes as pictures."""

from base64 import b64encode
from io import BytesIO

import segno

_PIXELS_PER_MODULE = 10


def draw_qr_code(data: str) -> bytes | None:
    """Return a QR code as a PNG; `None` for more than a QR code can hold.

    It takes tens of milliseconds: for the executor.
    """
    try:
        qr_code = segno.make_qr(data)
    except segno.DataOverflowError:
        return None
    picture = BytesIO()
    qr_code.save(picture, kind="png", scale=_PIXELS_PER_MODULE)
    return picture.getvalue()


def qr_code_uri(data: str) -> str | None:
    """Return a QR code as the address of a picture, which is drawn in it.

    The same holds as for `draw_qr_code`.
    """
    if (picture := draw_qr_code(data)) is None:
        return None
    return f"data:image/png;base64,{b64encode(picture).decode()}"
