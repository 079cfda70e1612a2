"""How long it takes to read a text."""

from collections.abc import Callable, Iterable, Iterator
import contextlib
import gc
import threading
from time import process_time

import pytest

from custom_components.beeper.api import LoginField
from custom_components.beeper.limits import MAX_INLINE
from custom_components.beeper.login.pasted import CookieTextError, async_pick_cookies
from custom_components.beeper.login.pasted.reader import pick_cookies
from homeassistant.core import HomeAssistant

from .wanted import GOOGLE, SLACK, TUMBLR, cookie

FIELDS = [*GOOGLE, *SLACK, *TUMBLR, cookie("v", pattern="^a.+b$")]


def fill(unit: str, begin: str = "", end: str = "") -> Callable[[int], str]:
    """Return a function that makes a text of a length out of one that is repeated."""

    def write(length: int) -> str:
        return begin + unit * (length // len(unit)) + end

    return write


CURL = "curl 'https://x.example/?a=1' \\\n  -H 'accept: */*' \\\n  -b 'v=a%20b; HSID=2'"
JSON = '{"a":"b","c":{"d":"e"}}'

LONG = {
    "many commands": fill(f"{CURL} ;\n"),
    "many headers": fill("-H 'x: abcdefgh' \\\n", f"{CURL} \\\n"),
    "long cookie": fill("v=a; ", "curl 'https://x' -b '", "'"),
    "long body": fill("a=b&", "curl 'https://x' -d '", "'"),
    "escapes": fill(r"\u0021\x41\'", "curl 'https://x' -b 'HSID=1' -d $'", "'"),
    "cmd": fill('-H ^"a: b^" ^\n  ', 'curl ^"https://x^" ^\n  '),
    "cmd, plain": fill('-H "a: b" ^\n  ', 'curl "https://x" ^\n  '),
    "curl, unclosed": fill("\\' curl ", "curl $'"),
    "curl, double": fill('curl "'),
    "curl, word": fill("curl a "),
    "carets": fill("^", 'curl ^"'),
    "backslashes": fill("\\", "curl "),
    "separators": fill(";", "curl -b", "a"),
    "separators, cmd": fill("&", 'curl ^"', "a"),
    "spaces": fill(" ", "curl", "x"),
    "PowerShell": fill(
        'New-Object System.Net.Cookie("v", "1", "/", ".x.com")\n',
        end='Invoke-WebRequest -Uri "https://x.com"',
    ),
    "PowerShell, unclosed": fill('`"', 'Invoke-WebRequest "'),
    "fetch": fill('fetch("https://x", {"headers": {"cookie": "v=1"}});\n'),
    "fetch, unclosed": fill(' fetch("u",{"a":['),
    "headers": fill("x: abcdef\n"),
    "headers in two lines": fill("x:\nabcdef\n"),
    "wrapped header": fill("b=1;\n", "cookie: a=1;\n"),
    "requests": fill("GET / HTTP/1.1\nHost: x\n\na=b\n"),
    "cookies": fill("a=b; "),
    "lines of cookies": fill("a=b\n"),
    "objects": fill(JSON),
    "object within objects": fill('{"a":', end="1"),
    "brackets": fill("["),
    "list": fill('{"name":"v","value":"a","domain":"x"},', "[", "{}]"),
    "quoted objects": fill(JSON.replace('"', r"\""), '"', '"'),
    "quotes": fill('\\"', '"'),
    "cookies.txt": fill(".x.com\tTRUE\t/\tTRUE\t1\tv\tw\n"),
    "parts of a form": fill("--b\ncontent-disposition: x; name=a\n\nx\n", "a: b\n\n"),
    "encoded": fill("%41%c3%a9", "v="),
    "not encoded": fill("%ff", "v="),
    "half an emoji": fill(r"\ud83d", '{"v": "', '"}'),
    "quote marks": fill("> a\n"),
    "fences": fill("```\n"),
    "dashes": fill(" —a"),
    "letters": fill("a"),
}


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    """Keep the garbage collector out of what is measured."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def seconds(text: str) -> float:
    """Return the shortest processor time of a few tries to read a text."""
    tries = []
    for _ in range(3):
        start = process_time()
        with contextlib.suppress(CookieTextError):
            pick_cookies(text, FIELDS)
        tries.append(process_time() - start)
    return min(tries)


@pytest.mark.parametrize("form", LONG)
def test_time_grows_with_the_length(form: str) -> None:
    """Four times the text takes four times as long, and not sixteen times."""
    short, long = (LONG[form](length) for length in (15_000, 60_000))
    seconds(short)

    assert seconds(long) < 9 * seconds(short)


@pytest.mark.parametrize("form", ["long body", "long cookie"])
def test_time_grows_with_the_length_of_a_word(form: str) -> None:
    """A command may have a picture in its body, or a whole file."""
    short, long = (LONG[form](length) for length in (200_000, 800_000))

    assert seconds(long) < 9 * seconds(short)


async def test_home_assistant_goes_on_while_a_long_text_is_read(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short one is read at once, which is faster."""
    threads = []

    def read(text: str, fields: Iterable[LoginField]) -> dict[str, str]:
        threads.append(threading.current_thread())
        return pick_cookies(text, fields)

    monkeypatch.setattr(
        "custom_components.beeper.login.pasted.reader.pick_cookies", read
    )
    text = "HSID=2; SID="

    for length in (MAX_INLINE, MAX_INLINE + 1):
        value = "1" * (length - len(text))
        picked = await async_pick_cookies(hass, text + value, GOOGLE)
        assert picked == {"HSID": "2", "SID": value}
    with pytest.raises(CookieTextError):
        await async_pick_cookies(hass, "1" * (MAX_INLINE + 1), GOOGLE)

    assert [thread is threading.main_thread() for thread in threads] == [
        True,
        False,
        False,
    ]
