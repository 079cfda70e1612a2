"""Tables of cookies."""

import pytest

from custom_components.beeper.login.pasted import CookieTextError
from custom_components.beeper.login.pasted.reader import pick_cookies

from .wanted import GOOGLE, cookie

FILE = """\
# Netscape HTTP Cookie File
# This is a generated file! Do not edit.

.youtube.com\tTRUE\t/\tTRUE\t1800000000\tSID\twrong
#HttpOnly_.google.com\tTRUE\t/\tFALSE\t1800000000.5\tSID\tright%2B
#.google.com\tTRUE\t/\tTRUE\t1800000000\tHSID\ta comment
.google.com\ttrue\t/\ttrue\t0\tHSID\t
messages.google.com\tFALSE\t/web\tTRUE\t0\tOSID\ta b
"""
FIELDS = [cookie("SID", ".google.com"), cookie("OSID", "messages.google.com")]


@pytest.mark.parametrize(
    "text",
    [FILE, FILE.replace("\n", "\r\n"), FILE.replace("\t", "    "), FILE[30:]],
    ids=["file", "Windows", "spaces", "rows"],
)
def test_file(text: str) -> None:
    """Lines of `HttpOnly` cookies are no comments, and a domain may be asked for."""
    assert pick_cookies(text, FIELDS) == {"SID": "right+", "OSID": "a b"}
    assert pick_cookies(text, GOOGLE) == {"SID": "wrong"}


def test_rows_of_the_developer_tools() -> None:
    """A table of cookies can be marked and copied."""
    text = (
        "Name\tValue\tDomain\tPath\tExpires\tSize\n"
        "SID\t1\t.google.com\t/\t2027-01-01T00:00:00.000Z\t4\t✓\t✓\n"
        "HSID\t2\t.example.com\t/\tSession\t5\n"
    )

    assert pick_cookies(text, GOOGLE) == {"SID": "1", "HSID": "2"}
    assert pick_cookies(text, [cookie("HSID", "google.com")]) == {}


def test_other_tables_are_refused() -> None:
    """Columns alone make no cookies."""
    with pytest.raises(CookieTextError):
        pick_cookies("a\tb\tc\td\te\tf\tg\n1, 2, 3, 4, 5, 6, 7", GOOGLE)
