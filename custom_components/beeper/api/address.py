"""Addresses of Beeper, as people write them."""

from yarl import URL

DEFAULT_PORT = 23373
"""Where Beeper listens unless told otherwise (docs)."""


def normalize_url(text: str) -> str:
    """Return the base URL that a person means, without a trailing slash.

    It has the form `http://host:port/prefix`. A bare host gets `http` and Beeper's own
    port, since that is how Beeper serves; an address with a scheme is taken as it
    stands. Raises `ValueError` for what is not the address of an HTTP server.
    """
    text = text.strip()
    has_scheme = "://" in text
    url = URL(text if has_scheme else f"http://{text}")
    if (
        url.scheme not in ("http", "https")
        or not url.host
        # A password would have to stand where the access token goes
        or url.user
        or url.password
        or any(character.isspace() for character in text)
    ):
        raise ValueError("not the address of an HTTP server")
    if not has_scheme and url.explicit_port is None:
        url = url.with_port(DEFAULT_PORT)
    return str(url.with_query(None).with_fragment(None)).rstrip("/")
