"""The fields of a request's body: urlencoded, multipart or JSON."""

import re
from typing import Final
from urllib.parse import parse_qsl

from .literals import LiteralError, read_literal

_PART_NAME: Final = re.compile(
    r"""^content-disposition:[^\n]*?[;\s]name=(?:"([^"\n]*)"|([^;\s]+))""",
    re.IGNORECASE | re.MULTILINE,
)


def read_body(text: str) -> dict[str, str]:
    """Return the fields by name; of several with one name, the first counts.

    The content type is not asked: the three look different, and somebody may have
    copied the body alone.
    """
    text = text.strip()
    if text.startswith("{"):
        return _read_json(text)
    if text.startswith("--"):
        return _read_multipart(text)
    pairs = parse_qsl(text, keep_blank_values=True) if "=" in text else []
    return dict(reversed(pairs))


def _read_json(text: str) -> dict[str, str]:
    try:
        value, _ = read_literal(text)
    except LiteralError:
        return {}
    assert isinstance(value, dict)
    return {name: item for name, item in value.items() if isinstance(item, str)}


def _read_multipart(text: str) -> dict[str, str]:
    """Return the fields of a form in parts (RFC 7578), the first line being a boundary."""
    text = text.replace("\r\n", "\n")
    boundary, _, rest = text.partition("\n")
    fields: dict[str, str] = {}
    for part in f"\n{rest}".split(f"\n{boundary}"):
        head, _, content = part.partition("\n\n")
        if name := _PART_NAME.search(head):
            fields.setdefault(name[1] or name[2] or "", content)
    return fields
