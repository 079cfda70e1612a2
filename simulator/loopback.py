"""Which addresses are this machine."""

from ipaddress import ip_address


def is_loopback(host: str | None) -> bool:
    """Return whether a name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
