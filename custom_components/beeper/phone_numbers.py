"""Phone numbers among other digits, in a text that `contact_details` has read.

There is no list of the world's numbering plans here, as the package `phonenumbers` has
one: that tells whether a number exists, in a country which one has to know beforehand,
and it is a requirement of some megabytes that nothing else in Home Assistant has. The
question here is whether digits may be a number to call. They are taken for one

- after `+`, `tel:` or the picture of a telephone, and after an international `00`;
- after an area code that looks like one: `(030) ...`, `0170 ...`, `(555) ...`;
- where there are 9 to 15 of them (E.164 allows no more), in one piece or in groups.

The last two do not count for what has a form of its own: a date, a time, an IP address,
a version, an amount, or what is called a code, a build or an error. Fewer digits are
left alone, for nothing tells them from a PIN or a date.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
import re
from typing import Final, NamedTuple

FEWEST: Final = 7
"""Digits of a number, where something tells that they are one ..."""

ENOUGH: Final = 9
"""... and where nothing does."""

MOST: Final = 15
"""Digits of a number with its country code (E.164)."""

# --- Digits that are something else

_OCTET: Final = r"(?: 25[0-5] | 2[0-4]\d | 1\d\d | [1-9]?\d )"
_YEAR: Final = r"(?: 19 | 20 | 21 ) \d\d"
_MONTH: Final = r"(?: 1[0-2] | 0?[1-9] )"
_DAY: Final = r"(?: 3[01] | [12]\d | 0?[1-9] )"
_CLOCK: Final = r"(?: [01]\d | 2[0-3] ) [0-5]\d (?: [0-5]\d )?"
_END: Final = r"(?! \d | [-./]\d )"
_CURRENCY: Final = (
    r"(?: [$\u00a2-\u00a5\u0e3f\u20a0-\u20c0]"
    r" | EUR | USD | GBP | CHF | JPY | INR | BRL | RUB | PLN | SEK | NOK | DKK | CNY )"
)
_AMOUNT: Final = r"[1-9]\d{0,2} (?: [.\x20]\d{3} )+ (?! \d )"

_OF_A_FORM: Final = re.compile(
    rf"""
    (?<! \d ) (?<! \d[-./] )
    (?:
      # 14:30, 14:30:00, 14:30:00.123456
      \d\d? : [0-5]\d (?: : [0-5]\d (?: [.,]\d+ )? )? (?! \d )
    |
      # 2026-08-02, 2.8.2026, 8/2/26, 2026-08-02_143000
      (?: {_YEAR} (?P<y> [-./] ) {_MONTH} (?P=y) {_DAY}
        | {_DAY} (?P<d> [-./] ) {_MONTH} (?P=d) (?: {_YEAR} | \d\d )
        | {_MONTH} / {_DAY} / (?: {_YEAR} | \d\d ) )
      (?: [-_] {_CLOCK} )? {_END}
    |
      # 20260802-143000, 20260802143000
      {_YEAR} (?: 1[0-2] | 0[1-9] ) (?: 3[01] | [12]\d | 0[1-9] )
      (?: [-_\x20] {_CLOCK} | (?: [01]\d | 2[0-3] ) (?: [0-5]\d ){{2}} ) {_END}
    |
      # 192.168.178.123, 192.168.178.0/24
      (?: {_OCTET} \. ){{3}} {_OCTET} (?: /\d\d? )? {_END}
    |
      # 12.345.678,90 and 12 345 678 EUR
      {_AMOUNT} (?: ,\d\d? (?! \d ) | (?: [.,]\d\d? )? \x20? {_CURRENCY} )
    |
      # 4.3.73, 10.0.22621.1234, 4.3.73-1234
      (?P<version> \d{{1,4}} (?: \. (?: 20\d{{6}} | \d{{1,5}} ) (?! \d ) ){{2,}} )
      (?: [-+_]\d{{1,8}} (?! \d ) )?
    |
      # 26.1, 0.5
      (?P<fraction> (?: 0 | [1-9]\d{{0,3}} ) \. \d\d? {_END} )
    )
  |
    # 8d1f6a52-0c7b-4d0e-9a53-2f4be1c0a103
    (?<! [\da-f] ) [\da-f]{{8}} (?: -[\da-f]{{4}} ){{3}} -[\da-f]{{12}} (?! [\da-f] )
  |
    # EUR 12 345 678
    {_CURRENCY} \x20? {_AMOUNT} (?: [.,]\d\d? )? {_END}
  |
    # PIN: 4711-081-523, build 123456789, #123456789, error 4294967295
    (?: (?<! \w )
        (?: (?: pin | otp | code | passcode | password ) (?: \x20 is )? :?
          # Without a colon: after that comes what is wrong, which may be a number
          | (?: build | version | revision | errno | error )
            (?: \x20 (?: code | number | no\.? ) )? )
        [=\x20]{{0,3}}
      | \# )
    \d (?: [-./\x20]?\d ){{0,9}} (?! [-./\x20]{{0,3}}\d )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Digits that are no phone number, with what tells so."""

_DOTTED_NUMBER: Final = re.compile(
    r"""
    0\d [\d.]+
  | (?: \d{1,3} \. )? (?: \d{2,4} \. )* \d{3} \. \d{4}
  | (?: \d{1,3} \. )? \d{3} (?: \. \d{3} ){2}
  | (?: \d{1,3} \. )? \d\d (?: \. \d\d ){4,}
    """,
    re.VERBOSE,
)
"""What is no version although it looks like one: 1.800.555.0199, 06.12.34.56.78."""

# --- Digits that are a number

_CALLED: Final = re.compile(
    r"""
    (?: (?<! \w ) (?: tel (?: \.?: | [.\x20] ) | (?: sms | callto | facetime ) : ) /{0,2}
      | wa\.me/
      | [\u260e\u260f\u2706\U0001f4de\U0001f57b-\U0001f57f] )
    \x20* \Z
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What stands before a number and says that it is one."""

_LONGEST_COUNTRY_CODE: Final = 4
"""Digits, with the zero before an area code."""

_OF_A_ZONE: Final = re.compile(
    r"(?: GMT | UTC | \d\d:\d\d (?: :\d\d (?: [.,]\d+ )? )? ) \x20? \Z", re.VERBOSE
)
"""What stands before the plus of a time zone, such as that of 14:30:00+02:00."""

_RUN: Final = re.compile(r"(?: \0\0 )? [\d+(] [\d+./()\x20_~*\0:,'-]*", re.VERBOSE)
"""Digits with all that may stand between those of one number."""

_GROUP: Final = re.compile(r"\d+")
_GAP: Final = re.compile(r"[./()\x20_~*\0-]{0,8}")
"""What may stand between two groups of digits ..."""
_WIDE_GAP: Final = re.compile(r"[./()\x20_~*\0-]{0,8} | [:,']", re.VERBOSE)
"""... and what else may where there is no doubt about the number."""
_LOOK_AROUND: Final = 48
"""Characters of what stands before and after digits and tells what they are."""

_LEAD: Final = re.compile(r"(?: \0\0 )? \+ [+(\x20\0]* \Z", re.VERBOSE)
"""A plus before a number."""


class _Form(NamedTuple):
    """What has a form of its own."""

    start: int
    end: int
    is_fraction: bool
    """Whether it is a number with a fraction, which may as well be part of another."""


class _Group(NamedTuple):
    """Digits in one piece."""

    start: int
    end: int
    digits: str
    gap: str
    """What stands between the group before and this one."""
    form: _Form | None
    """What they are part of."""


def phone_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield where phone numbers begin and end, in their order.

    Its digits are ASCII, and so is what stands between them.
    """
    for run in _RUN.finditer(text):
        digits = [group.span() for group in _GROUP.finditer(run[0])]
        if sum(end - start for start, end in digits) >= FEWEST:
            yield from _in_run(text, _groups(text, *run.span()))


def _groups(text: str, first: int, last: int) -> list[_Group]:
    """Return the groups of digits in a part of a text."""
    forms = [
        _Form(*form.span(), is_fraction=form["fraction"] is not None)
        for form in _OF_A_FORM.finditer(
            text, max(first - _LOOK_AROUND, 0), last + _LOOK_AROUND
        )
        if not _is_number(form)
    ]
    groups = []
    before = first
    for group in _GROUP.finditer(text, first, last):
        start, end = group.span()
        place = bisect_right(forms, start, key=lambda form: form.start) - 1
        form = forms[place] if place >= 0 and start < forms[place].end else None
        groups.append(_Group(start, end, group[0], text[before:start], form))
        before = end
    return groups


def _is_number(form: re.Match[str]) -> bool:
    """Return whether what looks like a version is a phone number."""
    version = form["version"]
    return version is not None and _DOTTED_NUMBER.fullmatch(version) is not None


def _in_run(text: str, groups: Sequence[_Group]) -> Iterator[tuple[int, int]]:
    """Yield where phone numbers are among groups of digits that stand close together."""
    first = 0
    while first < len(groups):
        if after := _end(text, groups, first):
            yield _span(text, groups[first:after])
            first = after
        else:
            first += 1


def _end(text: str, groups: Sequence[_Group], first: int) -> int:
    """Return the group after the number that begins with this one; 0 for no number."""
    group = groups[first]
    lead = _LEAD.search(group.gap)
    start = group.start - len(lead[0]) if lead else group.start
    before = text[max(start - _LOOK_AROUND, 0) : start]
    is_zone = _OF_A_ZONE.search(before) and len(group.digits) in (1, 2, 4)
    if (lead and not is_zone) or (first == 0 and _CALLED.search(before)):
        ends = _ends(groups, first, MOST, _WIDE_GAP, through_forms=True)
        if ends and ends[-1][1] >= FEWEST:
            return _with_rest(groups, ends[-1][0])
    if group.form is not None:
        return 0
    if group.digits.startswith("00") and group.digits[2:3] != "0":
        ends = _ends(groups, first, len("00") + MOST, _GAP, through_forms=True)
        if ends and ends[-1][1] >= ENOUGH:
            return _with_rest(groups, ends[-1][0])
    is_area_code = group.digits.startswith("0") and len(group.digits) > 2
    ends = _ends(groups, first, MOST, _GAP, through_forms=is_area_code)
    for after, digits in reversed(ends):
        if _looks_like_number(text, groups[first:after], digits):
            return _with_rest(groups, after)
    return 0


def _ends(
    groups: Sequence[_Group],
    first: int,
    most: int,
    gap: re.Pattern[str],
    *,
    through_forms: bool,
) -> list[tuple[int, int]]:
    """Return where a number can end that has at most so many digits.

    That is the group after it, with how many digits it has. A part of it may happen to
    look like a date, unless it has enough digits without that.
    """
    ends = []
    digits = 0
    before = groups[first].form
    for after, group in enumerate(islice(groups, first, first + most), first + 1):
        form = group.form
        begins = form is not None and form is not before
        before = form
        may_be_part = through_forms and (
            digits <= ENOUGH or (form and form.is_fraction)
        )
        if digits and (
            not gap.fullmatch(group.gap)
            or (begins and not may_be_part)
            # In brackets is the area code of another one
            or ("(" in group.gap and digits > _LONGEST_COUNTRY_CODE)
        ):
            break
        digits += len(group.digits)
        if digits > most:
            break
        ends.append((after, digits))
    return ends


def _with_rest(groups: Sequence[_Group], after: int) -> int:
    """Return where the digits after a number end, if they are as many as one has.

    Two numbers that stand side by side may be taken apart at the wrong place.
    """
    digits = 0
    end = after
    for group in islice(groups, after, None):
        if group.form is not None or not _GAP.fullmatch(group.gap):
            break
        digits += len(group.digits)
        end += 1
    return end if digits >= FEWEST else after


def _looks_like_number(text: str, number: Sequence[_Group], digits: int) -> bool:
    """Return whether so many digits are grouped like those of a phone number."""
    if len(number) == 1:
        start, end, *_ = number[0]
        is_in_word = text[start - 1 : start].isalpha() or text[end : end + 1].isalpha()
        return digits > ENOUGH if is_in_word else digits >= ENOUGH
    area_code, gap = number[0].digits, number[0].gap
    has_trunk_prefix = area_code.startswith("0")
    if has_trunk_prefix and gap.endswith("(") and ")" in number[1].gap:
        return digits >= FEWEST
    if digits < ENOUGH:
        return False
    if has_trunk_prefix and len(area_code) > 1:
        return True
    sizes = [len(group.digits) for group in number]
    if len(number) == 2:
        between = number[1].gap.strip(" ")
        if between == "." or (between == "/" and sizes[0] > 3 and sizes[1] < 7):
            return False  # A number with a fraction, or how many of so many
    # Only a country code and an area code have a single digit, or all
    return 1 not in sizes[2:] or set(sizes) == {1}


def _span(text: str, number: Sequence[_Group]) -> tuple[int, int]:
    """Return where a number begins and ends, with its plus and its brackets."""
    lead = _LEAD.search(number[0].gap)
    start = number[0].start - len(lead[0]) if lead else number[0].start
    end = number[-1].end
    inside = text[start:end]
    unopened = inside.count(")") - inside.count("(")
    if unopened > 0 and text[start - 1 : start] == "(":
        start -= 1
    if unopened < 0 and text[end : end + 1] == ")":
        end += 1
    return start, end
