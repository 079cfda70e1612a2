"""How long things take in the simulated Beeper; shorter values make tests fast."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Durations, all in seconds.

    The defaults are those of the real networks: a code that rotates about every
    20 seconds and a login that gives up after a few minutes.
    """

    qr_rotation: float = 20.0
    """A displayed QR code is replaced by a new one after this time."""
    qr_lifetime: float = 160.0
    """A login that displays something fails when nobody acts for this time."""
    session_timeout: float = 600.0
    """A session that waits for input or cookies is forgotten after this time."""
    ended: float = 300.0
    """A session that completed or failed can be read for this time."""
    connecting: float = 2.0
    """A newly signed-in account is `connecting` for this time, then `connected`."""
    approval: float = 600.0
    """An approval page that nobody answers is worth nothing after this time."""
    code_lifetime: float = 60.0
    """An authorization code can be exchanged for a token for this time."""

    def __post_init__(self) -> None:
        """Refuse durations that are not positive."""
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive")
