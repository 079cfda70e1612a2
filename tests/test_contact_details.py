"""Phone numbers and mail addresses are found, in any spelling, and nothing else is."""

from datetime import datetime
import re
import time
import unicodedata

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.beeper.limits import MAX_READ
from custom_components.beeper.texts import (
    has_contact_details,
    is_number,
    shortened,
    without_contact_details,
)

from .accounts import WHATSAPP

HARMLESS = [
    # Times and dates
    "Banned until 2026-08-02 14:30:00",
    "Try again at 14:30:00.123456789, on 2.8.2026 or 08/02/2026",
    "2026-08-02T14:30:00+02:00",
    "Sun, 02 Aug 2026 14:30:00 +0200 (CEST)",
    "14:30 2026-08-02",
    "14:30-15:45, 08.30-17.00",
    "GMT+2 2026-08-02",
    "20260802143000",
    "20260802-143000",
    "backup-2026-08-02-143000",
    "since 2024-2026",
    # Addresses of a network, and what looks like them
    "Proxy 192.168.178.123:8080 does not answer",
    "192.168.178.123 2026-08-02 14:30",
    "172.16.0.0/12",
    "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    "2001:470:1234:5678:9012:3456:7890:1234",
    "fe80::1%12",
    # Versions
    "4.3.73",
    "10.0.22621.1234",
    "Chrome 120.0.6099.129",
    "Version 26.1 (20261104)",
    "4.3.73 (12345678)",
    "4.3.73-12345678",
    "bridge@0.12.1",
    # Builds, errors, codes
    "build 20261104",
    "build 123456789",
    "Error 10060",
    "error 4294967295",
    "Error code: 131026",
    "error 0x80070005",
    "HTTP 429",
    "Issue #123456789",
    "Enter 123456 on your phone",
    "PIN: 4711-0815",
    "Your code is 123 456",
    "Code: 123-456-789",
    "Enter the code from SMS 123456",
    "8d1f6a52-0c7b-4d0e-9a53-2f4be1c0a103",
    "12345678-1234-1234-1234-123456789012",
    # Amounts, how many of how many
    "$1,234,567.89",
    "1.234.567,89 €",
    "123.456.789,00 EUR",
    "EUR 123 456 789",
    "Backfilling 12000/250000",
    "Limit of 1 000 000 messages",
    "99.9 % of 10 accounts, 24/7",
    "52.520008, 170.1234567",
    # Names and IDs
    "john.19851012",
    "alice_1985",
    "@alice:beeper.com",
    "https://matrix.to/#/@alice.smith:beeper.com",
    "alice@localhost",
    "@john.19851012:beeper.com",
    WHATSAPP,
    "100000000000000105",
    "T0EXAMPLE-U0ALICE",
    # Not what they are read as
    "👩\u200d🚀 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ½ … ① ﬁ",
    "می\u200cخواهم ۱۲۳",
    "50 % off, 100 %20",
]

NUMBERS = [
    "+49 170 1234567",
    "(030) 1234-5678",
    "(030) 12345",
    "0049 170 1234567",
    "00491701234567",
    "1-800-555-0199",
    "1.800.555.0199",
    "800.555.0199",
    "(555) 555-0100",
    "1 (555) 555-0100",
    "+1 (555) 555-0100",
    "+49 (0) 170 1234567",
    "(+49) 170 1234567",
    "+1 (555 555 0100)",
    "+(49) 170 1234567",
    "+49 1701 2000-01-01",
    "0170 1234567",
    "030/1234567",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "8 (912) 345-67-89",
    "91 98765 43210",
    "601 234 567",
    "15555550100",
    "1 5 5 5 5 5 5 0 1 0 0",
    "+49.170.1234567",
    "+49/170/1234567",
    "+49\\170\\1234567",
    "+49|170|1234567",
    "+49_170_1234567",
    "+49:170:1234567",
    "+49,170,1234567",
    # White space and dashes
    "+49\u00a0170\u202f1234567",
    "0170\u2009123\u20034567",
    "+49\u2010170\u20111234\u2012567",
    "+49\u2013170\u20141234\u2015567",
    "+49\u2212170\u30fc1234567",
    # Digits of other scripts, wide, in circles, on keys
    "＋４９ １７０ １２３４５６７",
    "٠١٧٠١٢٣٤٥٦٧",
    "+٤٩ ١٧٠ ١٢٣٤٥٦٧",
    "०१७० १२३ ४५६७",
    "𝟎𝟏𝟕𝟎 𝟏𝟐𝟑𝟒𝟓𝟔𝟕",
    "①⑤⑤⑤⑤⑤⑤⓪①⓪⓪",
    "\ufe0f\u20e3".join("15555550100"),
    # What nobody sees, before and within
    "+49\u200b170\u200c12\u200d34567",
    "+4\u202e9 170 1\u00ad2\u20603\ufeff4567",
    "\u20660\u20691\u061c70\x00123\x1b4567",
    "01\u034f70\U000e0041123\u31644567",
    # Several
    "0170 1234567 / 030 1234567",
    "555 555 0100 555 555 0101",
    "+1 555 555 0100 555 555 0101",
    # In one word with something else
    "4915112345678@s.whatsapp.net",
    "4915112345678-1577836800@g.us",
]

ADDRESSES = [
    "alice@example.com",
    "alice.smith+beeper@mail.example.co.uk",
    "alice＠example。com",
    "álice@exämple.xn--p1ai",
    '"alice smith"@example.com',
    "al\u200bice@exam\u2060ple.c\u00adom",
    "a\u0301lice@example.com",
    "alice%40example.com",
]

# --- What stays, and what goes


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_contact_detail_stays(text: str) -> None:
    """However many digits it has."""
    assert without_contact_details(text) == text
    assert not has_contact_details(text)


@given(texts=st.lists(st.sampled_from(HARMLESS), max_size=8))
def test_what_stays_also_stays_side_by_side(texts: list[str]) -> None:
    """A date beside a version is not a number either."""
    text = "; ".join(texts)[:MAX_READ].strip()

    assert without_contact_details(text) == text


numbers_of_a_form = st.one_of(
    st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1)).flatmap(
        lambda moment: st.sampled_from(
            [
                str(moment),
                moment.isoformat(),
                *map(
                    moment.strftime,
                    (
                        *("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%y", "%Y/%m/%d"),
                        *("%H:%M:%S %d-%m-%Y", "%Y%m%d-%H%M%S", "%Y%m%d%H%M%S"),
                    ),
                ),
            ]
        )
    ),
    st.ip_addresses().map(str),
    st.ip_addresses(v=4).map("{}:23373".format),
    st.tuples(*[st.integers(0, 99)] * 3, st.integers(10_000, 99_999)).map(
        lambda parts: ".".join(map(str, parts))
    ),
    st.uuids().map(str),
    st.integers(0, 10**8 - 1).map(str),
    st.integers(0, 2**32 - 1).map("error {}".format),
    st.integers(0, 10**10 - 1).map("PIN: {}".format),
    st.decimals(0, 10**9 - 1, places=2).map("{:,} EUR".format),
)


@settings(max_examples=300)
@given(texts=st.lists(numbers_of_a_form, max_size=5))
def test_what_has_a_form_of_its_own_stays(texts: list[str]) -> None:
    """Whatever the digits are."""
    text = " and ".join(texts)

    assert without_contact_details(text) == text


@pytest.mark.parametrize("contact", [*NUMBERS, *ADDRESSES])
@pytest.mark.parametrize("text", ["{}", "Sent to {}, again", "From ({})", "“{}”!"])
def test_contact_details_go_from_sentences(contact: str, text: str) -> None:
    """All of them goes, and nothing else."""
    assert without_contact_details(text.format(contact)) == text.format("…")
    assert has_contact_details(text.format(contact))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tel:+491701234567", "tel:…"),
        ("tel:5550199;ext=1", "tel:…;ext=1"),
        ("Tel. 555 0199", "Tel. …"),
        ("☎ 555 0199", "☎ …"),
        ("mailto:alice@example.com", "mailto:…"),
        ("https://wa.me/15555550100", "https://wa.me/…"),
        (
            "https://example.com/?to=%2B49%20170%201234567&x=1",
            "https://example.com/?to=…&x=1",
        ),
        ("4915112345678:12@s.whatsapp.net", "…:…"),
        ("123456789012345@lid", "…@lid"),
        ("@whatsapp_15555550100:beeper.local", "@whatsapp_…:beeper.local"),
        ("user15555550100", "user…"),
        ("@alice@example.com", "@…"),
        ('Alice"@example.com', 'Alice"@example.com'),
        (
            "Banned +15555550100 until 2026-08-02 14:30",
            "Banned … until 2026-08-02 14:30",
        ),
        ("+1 555 555 0100 2026-08-02", "… 2026-08-02"),
        ("2026-08-02 14:30:00 15555550100", "2026-08-02 14:30:00 …"),
        ("error: 15555550100 is unknown", "error: … is unknown"),
        ("Code 1-800-555-0199", "Code …"),
        ("4.3.73-15555550100", "4.3.73-…"),
        ("12:30 +49 170 1234567", "12:30 …"),
    ],
)
def test_what_is_around_contact_details_stays(text: str, told: str) -> None:
    """Where a number or an address begins and ends is known."""
    assert without_contact_details(text) == told


# --- Whatever a number looks like

INVISIBLE = [
    *map(chr, range(0x20)),
    *"\x7f\x80\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200e",
    *"\u200f\u202a\u202e\u2060\u2061\u2065\u2066\u2069\u206a\u206f\u3164\ufe0e\ufe0f\ufeff",
    *"\uffa0\ufff9\ufffb\U0001bca0\U0001d173\U000e0001\U000e0031\U000e007f\U000e0100",
]
INVISIBLE = [character for character in INVISIBLE if not character.isspace()]
SCRIPTS = [ord(zero) for zero in "0０٠۰०০๐༠᠐𝟎𝟘𝟶"]
SEPARATORS = [
    *(
        " ",
        "\u00a0",
        "\u2003",
        "\u3000",
        "-",
        " - ",
        ".",
        "/",
        " / ",
        "_",
        "~",
        "|",
        "\\",
    ),
    *("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\uff0d"),
    *("．", "／", "·", "・", "⁄", "", ""),
]


@st.composite
def spelled(draw: st.DrawFn) -> str:
    """Return a phone number in some spelling, with something hidden in it."""
    number = draw(st.from_regex(r"[1-9][0-9]{8,13}", fullmatch=True))
    match draw(st.sampled_from(["+", "00", "0", "(0", "(", "tel:", "", "jid"])):
        case "+":
            text = f"+{_grouped(draw, number)}"
        case "00":
            text = f"00{_grouped(draw, number)}"
        case "0":
            text = f"0{_grouped(draw, number, 2)}"
        case "(0":
            text = f"(0{number[:2]}){_grouped(draw, number[2:])}"
        case "(":
            text = f"({number[:3]}) {number[3:6]}-{number[6:]}"
        case "tel:":
            text = f"tel:{number[:7]}"
        case "jid":
            return f"{number}@s.whatsapp.net"
        case _:
            text = number
    return _hidden(draw, text)


def _grouped(draw: st.DrawFn, number: str, first: int = 1) -> str:
    """Return digits with separators somewhere between them."""
    parts = [number[:first]]
    rest = number[first:]
    while rest:
        size = draw(st.integers(2, 5))
        parts += [draw(st.sampled_from(SEPARATORS)), rest[:size]]
        rest = rest[size:]
    return "".join(parts)


def _hidden(draw: st.DrawFn, text: str) -> str:
    zero = draw(st.sampled_from(SCRIPTS))
    between = st.text(st.sampled_from(INVISIBLE), max_size=3)
    return "".join(
        (chr(zero + int(character)) if character.isdecimal() else character)
        + draw(between)
        for character in text
    )


def digits_of(text: str) -> str:
    """Return the digits that a person reads in a text."""
    found = (unicodedata.digit(character, None) for character in text)
    return "".join(str(digit) for digit in found if digit is not None)


@settings(max_examples=300)
@given(
    number=spelled(),
    text=st.sampled_from(["{}", "Sent to {}!", "x {} y", "({})", "a,{};"]),
)
def test_no_spelling_hides_a_number(number: str, text: str) -> None:
    """Whatever its digits are, what is between them, and what nobody sees of it."""
    told = without_contact_details(text.format(number))

    assert digits_of(told) == ""
    assert "…" in told


@given(
    address=st.from_regex(r"[a-z]{1,64}@[a-z]{1,20}\.[a-z]{2,6}", fullmatch=True),
    data=st.data(),
)
def test_no_spelling_hides_an_address(address: str, data: st.DataObject) -> None:
    """Nor in wide characters, or with something in it that nobody sees."""
    wide = data.draw(st.booleans())
    between = st.text(st.sampled_from(INVISIBLE), max_size=2)
    hidden = "".join(
        (chr(ord(character) + 0xFEE0) if wide else character) + data.draw(between)
        for character in address
    )

    assert without_contact_details(f"To {hidden} now") == "To … now"


# --- Texts without an end

LONG = [
    "1", "1 ", "1 2-3.", "a@", "a@a.", "a", "1.1.", '"@"', "\u200b", "\u0301", "+1", "((1",
    "+15555550100 ", "12345678-", "14:30", "code 1", "%41", "tel:12345678 ", "$1 111 ",
    "00 ", "1.1.11 ", "123456789a", "\u0661 ", " ", "alice@example.com ",
]  # fmt: skip


@pytest.mark.parametrize("part", LONG)
def test_long_text_takes_no_time(part: str) -> None:
    """What is not shown is not looked at; a text of 4 MB took seconds."""
    text = part * (4_000_000 // len(part))

    took = []
    # Another program may take some of the time
    for _ in range(3):
        began = time.process_time()
        told = shortened(text, 255)
        has_contact_details(text)
        is_number(text)
        took.append(time.process_time() - began)
        assert len(told) <= 255

    assert min(took) < 0.1


@given(
    before=st.integers(0, MAX_READ + 400),
    contact=st.sampled_from([*NUMBERS, *ADDRESSES, f"{'a' * 64}@{'b' * 250}.com"]),
    filler=st.sampled_from(["x", "é ", "\u200bx", "1@b.co "]),
)
@example(before=1010, contact="+1 555 555 0100", filler="x")
def test_contact_details_are_not_cut_in_half(
    before: int, contact: str, filler: str
) -> None:
    """Half an address does not look like one, so that none is left where a text ends."""
    text = f"{filler * (before // len(filler))} {contact}{' and more' * 500}"

    told = without_contact_details(text)

    assert len(told) <= MAX_READ
    assert not re.search(r"\d\d|alice|b\.co|@", told)
