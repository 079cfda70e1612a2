"""Commands of "Copy as PowerShell"."""

import pytest

from custom_components.beeper.login.pasted import CookieTextError
from custom_components.beeper.login.pasted.reader import pick_cookies

from .wanted import GOOGLE, SLACK, TUMBLR, cookie, header

SESSION = "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n"


def add(name: str, value: str, domain: str = ".example.com") -> str:
    """Write the line that adds a cookie."""
    return (
        "$session.Cookies.Add((New-Object System.Net.Cookie("
        f'"{name}", "{value}", "/", "{domain}")))\n'
    )


def test_command_of_chrome() -> None:
    """Cookies are in a session, and all else in the command."""
    text = (
        f'{SESSION}$session.UserAgent = "Mozilla/5.0"\n{add("d", "xoxd-2", ".slack.com")}'
        'Invoke-WebRequest -UseBasicParsing -Uri "https://a.slack.com/api/users.list" `\n'
        '-Method "POST" `\n-WebSession $session `\n-Headers @{\n'
        '"authority"="a.slack.com"\n  "sec-ch-ua"="`"Chromium`";v=`"150`""\n} `\n'
        '-ContentType "application/x-www-form-urlencoded" `\n-Body "token=xoxc-1&a=b"'
    )
    fields = [
        *SLACK,
        header("user-agent"),
        header("sec-ch-ua", r"\.slack\.com/"),
        header("content-type"),
    ]

    assert pick_cookies(text, fields) == {
        "auth_token": "xoxc-1",
        "cookie_token": "xoxd-2",
        "user-agent": "Mozilla/5.0",
        "sec-ch-ua": '"Chromium";v="150"',
        "content-type": "application/x-www-form-urlencoded",
    }


def test_command_of_firefox() -> None:
    """It has spaces round the equals signs."""
    text = (
        f"{SESSION}{add('SID', '1')}"
        'Invoke-WebRequest -UseBasicParsing -Uri "https://example.com/" `\n'
        '-WebSession $session `\n-UserAgent "Mozilla/5.0" `\n-Headers @{\n'
        '"Accept" = "*/*"\n  "X-Token" = "2"\n}'
    )
    fields = [GOOGLE[0], header("x-token"), header("user-agent")]

    assert pick_cookies(text, fields) == {
        "SID": "1",
        "x-token": "2",
        "user-agent": "Mozilla/5.0",
    }


def test_quotes_and_escapes() -> None:
    """A backtick escapes, a quote may be doubled, and characters have numbers."""
    text = (
        "Invoke-RestMethod 'https://example.com/' -Headers @{"
        '\'x\'=\'it\'\'s $5\'; "y"="`$5 `"a`" ""b"" `t$([char]233)$([char]9999999)"}'
    )

    assert pick_cookies(text, [header("x", r"example\.com"), header("y")]) == {
        "x": "it's $5",
        "y": '$5 "a" "b" \té\ufffd',
    }


def test_whole_cookie_header_of_a_session() -> None:
    """There is no header in the command, but it can be told from the session."""
    session = add("pfu", "1%2B2", ".tumblr.com") + add("sid", "a", "www.tumblr.com")
    text = f'{SESSION}{session}Invoke-WebRequest -Uri "https://www.tumblr.com/api"'

    assert pick_cookies(text, TUMBLR) == {"cookie_header": "pfu=1%2B2; sid=a"}


@pytest.mark.parametrize("session", [SESSION, ""])
def test_several_commands(session: str) -> None:
    """Chrome copies all requests at once, each with a session of its own."""
    text = ";\r\n".join(
        f'{session}{add(name, value)}Invoke-WebRequest -Uri "https://example.com/{name}"'
        for name, value in {"SID": "1", "HSID": "2", "x": "3"}.items()
    )

    assert pick_cookies(text, GOOGLE) == {"SID": "1", "HSID": "2"}


def test_domain_of_a_cookie() -> None:
    """A session has the cookies of the site and of those above it."""
    text = (
        f"{SESSION}{add('OSID', 'other', 'accounts.google.com')}"
        f"{add('OSID', 'right', 'messages.google.com')}"
        '$session.Cookies.Add((New-Object System.Net.Cookie("SID", "1")))\n'
        '$session.Cookies.Add((New-Object System.Net.Cookie("HSID")))\n'
        'Invoke-WebRequest -Uri "https://messages.google.com/" -WebSession $session'
    )
    fields = [cookie("OSID", "messages.google.com"), *GOOGLE]

    assert pick_cookies(text, fields) == {"OSID": "right", "SID": "1"}


def test_command_that_was_cut_off_is_left_out() -> None:
    """A value may be a part of one."""
    command = f'{SESSION}{add("SID", "1")}Invoke-WebRequest -Uri "https://a.example"'

    text = f'{command};\n{SESSION}{add("HSID", "2")}Invoke-WebRequest -Uri "htt'
    assert pick_cookies(text, GOOGLE) == {"SID": "1"}
    with pytest.raises(CookieTextError):
        pick_cookies(command[:-1], GOOGLE)
