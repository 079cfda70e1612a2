"""Cookies out of a browser, in all the forms in which people paste them."""

import subprocess

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.beeper.api import LoginField
from custom_components.beeper.login.pasted.reader import pick_cookies

from .browsers import BASH_FORMS, FORMS, cookie_header
from .wanted import GOOGLE

TRICKY = {
    "SID": 'a=b==&c:"quoted" it\'s 100%25 ^caret \\back\\ $HOME `ls` !bang %CD%',
    "HSID": '"%7B%22key%22%3A1%7D"|<>&(x)$',
}
"""Values with all that is special to a shell or to a header."""

SENT = {
    "SID": 'a=b==&c:"quoted" it\'s 100% ^caret \\back\\ $HOME `ls` !bang %CD%',
    "HSID": '"{"key":1}"|<>&(x)$',
}
"""What is sent of them."""


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_values(form: str) -> None:
    """Whatever is special to a shell, a cookie's value comes through as it was."""
    text = FORMS[form]({"before": "1", **TRICKY, "after": "2"})

    assert pick_cookies(text, GOOGLE) == SENT


NAMES = st.from_regex(r"[A-Za-z0-9_!#$%&'*+.^`|~-]{1,12}", fullmatch=True)
VALUES = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters=";%"), min_size=1
)


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(cookies=st.dictionaries(NAMES, VALUES, min_size=1, max_size=5))
def test_any_cookies_come_back(form: str, cookies: dict[str, str]) -> None:
    """What a browser writes in any of the forms is read back, whatever it is."""
    fields = [LoginField(name, type="cookie") for name in cookies]

    assert pick_cookies(FORMS[form](cookies), fields) == cookies


def bash_reads(text: str) -> list[str]:
    """Return the arguments that the real bash passes on."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{text}"
    bash = ["bash", "-c", script]
    env = {"LC_ALL": "C.UTF-8"}
    output = subprocess.run(bash, capture_output=True, check=True, env=env).stdout
    return output.decode().split("\0")[:-1]


@pytest.mark.parametrize("form", BASH_FORMS)
def test_commands_are_those_that_bash_reads(form: str) -> None:
    """The commands that are tried here are right ones, by the word of bash."""
    text = FORMS[form](TRICKY).replace("\r\n", "\n")

    assert any(cookie_header(TRICKY) in argument for argument in bash_reads(text))
