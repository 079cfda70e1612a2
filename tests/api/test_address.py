"""Addresses, as people write them."""

from socket import gethostname

import pytest

from custom_components.beeper.api import (
    at_default_port,
    is_same_server,
    normalize_url,
    with_https,
)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("http://localhost:23373", "http://localhost:23373"),
        ("localhost", "http://localhost:23373"),
        ("localhost:80", "http://localhost"),
        ("192.168.1.20:23374/", "http://192.168.1.20:23374"),
        ("mac.local/beeper/", "http://mac.local:23373/beeper"),
        ("https://example.com/beeper/", "https://example.com/beeper"),
        ("https://example.com:443", "https://example.com"),
        ("HTTPS://Example.COM", "https://example.com"),
        ("http://example.com", "http://example.com"),
        ("[::1]:23373", "http://[::1]:23373"),
        (" http://localhost:23373/?a=b#c\n", "http://localhost:23373"),
        ("http://bücher.example", "http://xn--bcher-kva.example"),
        # IPv6, with brackets and without
        ("::1", "http://[::1]:23373"),
        ("[fd00::20]", "http://[fd00::20]:23373"),
        ("fe80::1%eth0/", "http://[fe80::1%eth0]:23373"),
        ("http://::1/beeper/", "http://[::1]/beeper"),
        # Names of the local network
        ("mac.local", "http://mac.local:23373"),
        ("mac.local.:23374", "http://mac.local.:23374"),
        # Pages that people have open when they copy the address
        ("http://localhost:23373/v1/info", "http://localhost:23373"),
        ("localhost:23373/v0/mcp", "http://localhost:23373"),
        ("https://example.com/beeper/v1/spec?a=b", "https://example.com/beeper"),
        ("https://example.com/v1", "https://example.com"),
        (
            "http://localhost:23373/oauth/authorize?redirect_uri=http://[::1]/",
            "http://localhost:23373",
        ),
        (
            "http://mac.local/.well-known/oauth-authorization-server",
            "http://mac.local",
        ),
        # Only a whole part of the path is such a page
        ("https://example.com/v10/oauth2", "https://example.com/v10/oauth2"),
        ("https://example.com/a%2Fb/", "https://example.com/a%2Fb"),
    ],
)
def test_address_is_normalised(typed: str, url: str) -> None:
    """One Beeper has one address, however it was typed."""
    assert normalize_url(typed) == url
    assert normalize_url(url) == url


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        # Into a field that had something in it
        ("http://http://mac.local:23373", "http://mac.local:23373"),
        ("http://https://example.com/beeper", "https://example.com/beeper"),
        ("https://http://mac.local", "http://mac.local"),
        # Slips of the finger
        ("http:/mac.local:23373", "http://mac.local:23373"),
        ("http:///mac.local", "http://mac.local"),
        ("http//mac.local", "http://mac.local"),
        ("http:mac.local:80", "http://mac.local"),
        ("HTTP:\\\\mac.local\\beeper\\", "http://mac.local/beeper"),
        ("//mac.local/", "http://mac.local:23373"),
        ("http:23374", "http://http:23374"),
        ("http.local", "http://http.local:23373"),
        # From chats, mails and documents
        ("‹http://mac.local›", "http://mac.local"),
        ("<http://mac.local>", "http://mac.local"),
        ("“mac.local”", "http://mac.local:23373"),
        ("« http://mac.local »", "http://mac.local"),
        ("„http://mac.local“", "http://mac.local"),
        ("`http://mac.local`", "http://mac.local"),
        ("**http://mac.local**", "http://mac.local"),
        ("(http://mac.local).", "http://mac.local"),
        ("http://mac.local:23373,", "http://mac.local:23373"),
        ("http://mac.local/a(b)", "http://mac.local/a(b)"),
        ("[http://[::1]:23373]", "http://[::1]:23373"),
        ("[Beeper](http://mac.local:23373/v1/info)", "http://mac.local:23373"),
        ("[x](<http://mac.local> 'Beeper')", "http://mac.local"),
        ("[http://[::1]](http://[::1])", "http://[::1]"),
        ('<a href="http://mac.local/">Beeper</a>', "http://mac.local"),
        # What nobody sees
        ("\ufeffhttp://mac\u200b.local\u2060:23373\xa0", "http://mac.local:23373"),
        ("\u202ahttp://mac.local\u202c", "http://mac.local"),
        # Torn
        ("http:// mac.local: 23373", "http://mac.local:23373"),
        ("http://mac.local:23373/\nbeeper", "http://mac.local:23373/beeper"),
        # Input methods
        (
            "ｈｔｔｐ：／／１９２．１６８．１．２０：２３３７３",
            "http://192.168.1.20:23373",
        ),
        ("192。168。1。20：23374", "http://192.168.1.20:23374"),
        ("http∶∕∕mac.local", "http://mac.local"),
        # Addresses in an address
        (
            "localhost:23373/oauth/authorize?redirect_uri=http://mac.local/",
            "http://localhost:23373",
        ),
    ],
)
def test_address_is_understood_as_it_is_pasted(pasted: str, url: str) -> None:
    """Whatever was around it, and however it was torn."""
    assert normalize_url(pasted) == url
    assert normalize_url(url) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://ftp://example.com",
        "ftp:///example.com",
        "mac.local\nmac.lan",
        "()",
        "“”",
        pytest.param(f"http://{'a' * 2_048}", id="too long"),
        "http://",
        "ftp://example.com",
        "file:///etc/passwd",
        "http://alice:secret@example.com",
        "http://alice@example.com",
        "http://example.com:99999",
        "http://[::1",
        "x[::1].local@?",
        "http://[]@",
        "fd00::1:99999",
        "::g",
        "two words",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    """Better at once than as an odd error later."""
    with pytest.raises(ValueError, match=r"."):
        normalize_url(typed)


@pytest.mark.parametrize(
    ("url", "likely"),
    [
        ("http://mac.local", "http://mac.local:23373"),
        ("http://[::1]/beeper", "http://[::1]:23373/beeper"),
        ("http://mac.local:23374", None),
        ("https://example.com", None),
    ],
)
def test_port_that_was_left_out_is_guessed(url: str, likely: str | None) -> None:
    """Only where nobody has chosen one, and no proxy is likely."""
    assert at_default_port(url) == likely


@pytest.mark.parametrize(
    ("url", "likely"),
    [
        ("http://beeper.example", "https://beeper.example"),
        ("http://beeper.example:8443/beeper", "https://beeper.example:8443/beeper"),
        ("http://[::1]:443", "https://[::1]"),
        ("https://beeper.example", None),
    ],
)
def test_https_is_guessed_for_http(url: str, likely: str | None) -> None:
    """Never the reverse: what was to be encrypted is not sent in the clear."""
    assert with_https(url) == likely


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST.", "127.0.0.1", "127.0.1.1", "[::1]"),
        gethostname(),
        f"{gethostname().partition('.')[0].upper()}.local",
    ],
)
def test_a_machine_has_several_names_for_itself(host: str) -> None:
    """Port and path have to be the same."""
    url = f"http://{host}:23373/beeper"

    assert is_same_server(url, "http://localhost:23373/beeper")
    assert is_same_server("http://127.0.0.1:23373/beeper", url)
    assert not is_same_server(url, "http://localhost:23374/beeper")
    assert not is_same_server(url, "http://localhost:23373")
    assert not is_same_server(url, "https://localhost:23373/beeper")


@pytest.mark.parametrize(
    "host", ["192.168.1.20", "mac.local", "localhost.example.com", "[fd00::20]"]
)
def test_other_machines_have_one_name_each(host: str) -> None:
    """Nobody knows which of them is which."""
    url = f"http://{host}:23373"

    assert is_same_server(url, url)
    assert not is_same_server(url, "http://localhost:23373")
