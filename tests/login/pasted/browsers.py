"""How browsers write what they copy."""

from collections.abc import Callable, Mapping
import json
import re
import shlex


def chrome_bash(header: str) -> str:
    """Quote as Chrome does for bash: ANSI-C quoting where there is need of it."""
    if not re.search(r"[\x00-\x1f\x7f-\x9f!']", header):
        return f"'{header}'"
    quoted = header.replace("\\", "\\\\").replace("'", r"\'").replace("!", r"\u0021")
    return f"$'{quoted}'"


def firefox_bash(header: str) -> str:
    """Quote as Firefox does for bash: everything beyond ASCII is escaped, too."""
    if header.isascii() and not re.search("[!']", header):
        return f"'{header}'"
    escaped = ""
    for character in header:
        if character in "\\'":
            escaped += f"\\{character}"
        elif character.isascii() and character != "!":
            escaped += character
        elif ord(character) < 256:
            escaped += "".join(f"\\x{byte:02x}" for byte in character.encode())
        else:
            units = character.encode("utf-16-be").hex(" ", 2).split()
            escaped += "".join(f"\\u{unit}" for unit in units)
    return f"$'{escaped}'"


def safari_bash(header: str) -> str:
    """Quote as Safari does for bash: always ANSI-C, with octal escapes."""
    quoted = header.replace("\\", "\\\\").replace("'", r"\'").replace("!", r"\041")
    return f"$'{quoted}'"


def chrome_cmd(header: str) -> str:
    """Quote as Chrome does for Windows' cmd: a caret before all that is special."""
    quoted = header.replace("\\", "\\\\").replace('"', '\\"')
    quoted = re.sub(r"[^a-zA-Z0-9\s_\-:=+~'/.,?;()*`]", r"^\g<0>", quoted)
    quoted = re.sub(r"%(?=[a-zA-Z0-9_])", "%^", quoted)
    return f'^"{quoted}^"'


def cookie_header(cookies: Mapping[str, str]) -> str:
    """Write the value of a Cookie header."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def powershell(text: str) -> str:
    """Quote as Chrome does for PowerShell."""
    units = text.encode("utf-16-le")
    quoted = ""
    for low, high in zip(units[::2], units[1::2], strict=True):
        character = chr(low | high << 8)
        if character in '`$"':
            quoted += f"`{character}"
        elif " " <= character <= "~":
            quoted += character
        else:
            quoted += f"$([char]{ord(character)})"
    return f'"{quoted}"'


URL = "https://www.example.com/?a=1&b=%20#top"


def curl(
    quote: Callable[[str], str], option: str, new_line: str, prefix: str = ""
) -> Callable[[Mapping[str, str]], str]:
    """Return a function that writes a whole command with cookies in it."""

    def write(cookies: Mapping[str, str]) -> str:
        arguments = [
            quote(URL),
            f"-H {quote('accept: */*')}",
            f"{option} {quote(prefix + cookie_header(cookies))}",
            f"-H {quote('user-agent: Mozilla/5.0 (X11; Linux x86_64)')}",
            f"--data-raw {quote('{"a": "SID=wrong", "b": "it is"}')}",
        ]
        return "curl " + new_line.join(arguments)

    return write


def chrome_powershell(cookies: Mapping[str, str]) -> str:
    """Write a command as Chrome does for PowerShell."""
    session = "".join(
        f"$session.Cookies.Add((New-Object System.Net.Cookie({powershell(name)},"
        f' {powershell(value)}, "/", ".example.com")))\n'
        for name, value in cookies.items()
    )
    return (
        "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n"
        f'$session.UserAgent = "Mozilla/5.0 (X11; Linux x86_64)"\n{session}'
        f"Invoke-WebRequest -UseBasicParsing -Uri {powershell(URL)} `\n"
        '-Method "POST" `\n-WebSession $session `\n-Headers @{\n"accept"="*/*"\n'
        '  "sec-ch-ua"="`"Chromium`";v=`"150`""\n} `\n-ContentType "text/plain" `\n'
        '-Body "{`"SID`":`"wrong`"}"'
    )


def node_fetch(cookies: Mapping[str, str]) -> str:
    """Write a call as Chrome does for Node.js."""
    options = {
        "headers": {"accept": "*/*", "cookie": cookie_header(cookies)},
        "body": '{"SID": "wrong"}',
        "method": "POST",
    }
    return f"fetch({json.dumps(URL)}, {json.dumps(options, indent=2)});"


def extension(cookies: Mapping[str, str]) -> str:
    """Write a list as EditThisCookie and Cookie-Editor do."""
    exported = [
        {
            "domain": ".example.com",
            "expirationDate": 1800000000.5,
            "hostOnly": False,
            "name": name,
            "path": "/",
            "sameSite": None,
            "value": value,
            "id": number,
        }
        for number, (name, value) in enumerate(cookies.items(), 1)
    ]
    return json.dumps(exported, indent=4)


def cookies_txt(cookies: Mapping[str, str]) -> str:
    """Write the file that wget and curl read."""
    lines = [
        f"#HttpOnly_.example.com\tTRUE\t/\tTRUE\t1800000000\t{name}\t{value}\n"
        for name, value in cookies.items()
    ]
    return f"# Netscape HTTP Cookie File\n# Do not edit.\n\n{''.join(lines)}"


def har(cookies: Mapping[str, str]) -> str:
    """Write the file that a network panel exports."""
    entry = {
        "request": {
            "method": "GET",
            "url": URL,
            "headers": [{"name": "cookie", "value": cookie_header(cookies)}],
            "cookies": [
                {"name": name, "value": value} for name, value in cookies.items()
            ],
        },
        "response": {"status": 200, "cookies": [{"name": "SID", "value": "wrong"}]},
    }
    return json.dumps({"log": {"version": "1.2", "entries": [entry]}})


def http_2(cookies: Mapping[str, str]) -> str:
    """Write the headers of a request as Chrome's panel copies them."""
    return (
        ":authority: www.example.com\n:method: GET\n:path: /?a=1\n:scheme: https\n"
        f"accept: */*\ncookie: {cookie_header(cookies)}\nx-empty:\n"
        'sec-ch-ua: "Chromium";v="150"'
    )


def http_1(cookies: Mapping[str, str]) -> str:
    """Write the headers of a request as Firefox copies them."""
    return (
        "GET /?a=1 HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n"
        f"Cookie: {cookie_header(cookies)}\r\n\r\n"
    )


def two_lines(cookies: Mapping[str, str]) -> str:
    """Write the headers of a request as they are marked in a panel, and copied."""
    return (
        ":authority:\nwww.example.com\naccept:\n*/*\nreferer:\nhttps://x.example/\n"
        f"cookie:\n{cookie_header(cookies)}\nx-page:\nurn:li:page:feed"
    )


FORMS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "JSON": json.dumps,
    "value of the header": cookie_header,
    "header": lambda cookies: f"Cookie: {cookie_header(cookies)}",
    "header over two lines": lambda cookies: f"cookie:\n{cookie_header(cookies)}\n",
    "HTTP/2 headers": http_2,
    "HTTP/1 headers": http_1,
    "headers over two lines": two_lines,
    "Chrome, bash": curl(chrome_bash, "-b", " \\\n  "),
    "Chrome before 2024, bash": curl(chrome_bash, "-H", " \\\n  ", "cookie: "),
    "Firefox, bash": curl(firefox_bash, "-H", " \\\r\n  ", "Cookie: "),
    "Safari, bash": curl(safari_bash, "-H", " \\\n", "Cookie: "),
    "by hand": curl(shlex.quote, "--cookie", " "),
    "Chrome, cmd": curl(chrome_cmd, "-b", " ^\n  "),
    "Chrome before 2024, cmd": curl(chrome_cmd, "-H", " ^\r\n  ", "cookie: "),
    "Chrome, PowerShell": chrome_powershell,
    "Chrome, fetch for Node.js": node_fetch,
    "cookie extension": extension,
    "cookies.txt": cookies_txt,
    "HAR": har,
}
"""How cookies look in each form."""

BASH_FORMS = [name for name in FORMS if name.endswith("bash")]
