"""Addresses, as people write them."""

import pytest

from custom_components.beeper.api import normalize_url


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
    ],
)
def test_address_is_normalised(typed: str, url: str) -> None:
    """One Beeper has one address, however it was typed."""
    assert normalize_url(typed) == url
    assert normalize_url(url) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://",
        "ftp://example.com",
        "file:///etc/passwd",
        "http://alice:secret@example.com",
        "http://alice@example.com",
        "http://example.com:99999",
        "http://[::1",
        "two words",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    """Better at once than as an odd error later."""
    with pytest.raises(ValueError, match=r"."):
        normalize_url(typed)
