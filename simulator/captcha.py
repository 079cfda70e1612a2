"""Captchas, drawn and played here: six digits as a picture and as tones."""

from dataclasses import dataclass
from io import BytesIO
import math
import struct
import wave
import zlib

GLYPHS = {
    "0": "xxx x.x x.x x.x xxx",
    "1": ".x. xx. .x. .x. xxx",
    "2": "xxx ..x xxx x.. xxx",
    "3": "xxx ..x xxx ..x xxx",
    "4": "x.x x.x xxx ..x ..x",
    "5": "xxx x.. xxx ..x xxx",
    "6": "xxx x.. xxx x.x xxx",
    "7": "xxx ..x .x. .x. .x.",
    "8": "xxx x.x xxx x.x xxx",
    "9": "xxx x.x xxx ..x xxx",
}
"""The digits: a group of dots for each row."""
_ROWS = 5
_COLUMNS = 4
"""Of a digit, the gap to the next one included."""
_SCALE = 10
_MARGIN = 1
_RATE = 8000
_TONE = 0.15
"""Seconds that each digit lasts."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG file and its size in pixels."""

    content: bytes
    width: int
    height: int


def picture(digits: str) -> Picture:
    """Return a picture of digits, black on white."""
    lines = ["." * (len(digits) * _COLUMNS + 2 * _MARGIN)] * _MARGIN
    for row in range(_ROWS):
        line = "".join(GLYPHS[digit].split()[row] + "." for digit in digits)
        lines.append(f"{'.' * _MARGIN}{line}{'.' * _MARGIN}")
    lines += lines[:_MARGIN]
    pixels = b"".join(
        (b"\0" + b"".join((b"\0" if dot == "x" else b"\xff") * _SCALE for dot in line))
        * _SCALE
        for line in lines
    )
    width, height = len(lines[0]) * _SCALE, len(lines) * _SCALE
    # 8 bits of grey, without interlacing
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(pixels))
        + _chunk(b"IEND", b"")
    )
    return Picture(content, width, height)


def sound(digits: str) -> bytes:
    """Return a WAV file with a tone for each digit, higher for greater ones."""
    samples = bytes(
        round(127 + 60 * math.sin(2 * math.pi * (300 + 60 * int(digit)) * n / _RATE))
        for digit in digits
        for n in range(round(_RATE * _TONE))
    )
    file = BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(_RATE)
        recording.writeframes(samples)
    return file.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
