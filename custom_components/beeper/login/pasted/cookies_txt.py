"""Tables of cookies: the file cookies.txt, and rows of the developer tools."""

from typing import Final

from .findings import Cookie, Finding, request

_HTTP_ONLY: Final = "#HttpOnly_"
_FLAGS: Final = frozenset(("TRUE", "FALSE"))


def read_cookies_txt(text: str) -> list[Finding]:
    """Return the cookies of a table."""
    cookies = [cookie for line in text.split("\n") if (cookie := _cookie(line))]
    return [request(cookies=cookies)] if cookies else []


def _cookie(line: str) -> Cookie | None:
    """Return the cookie of a line, `None` for a comment or anything else.

    Netscape's columns are domain, whether it is for hosts below, path, whether it is
    only for HTTPS, expiry, name and value. Chrome's begin with name, value, domain and
    path. Tabs are between them, or spaces where a tab could not be pasted.
    """
    line = line.strip().removeprefix(_HTTP_ONLY)
    if line.startswith("#"):
        return None
    columns = line.split("\t") if "\t" in line else line.split(maxsplit=6)
    match columns:
        case [domain, below, _, secure, _, name, *value] if {below, secure} <= _FLAGS:
            return Cookie(name, "\t".join(value), domain)
        case [name, value, domain, path, *_] if path.startswith("/") and "." in domain:
            return Cookie(name, value, domain)
    return None
