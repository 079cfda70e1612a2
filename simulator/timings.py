"""How long things take in the simulated Beeper; shorter values make tests fast."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Durations, all in seconds.

    What is None takes as long as with the network itself, which its flow knows.
    """

    qr_rotation: float | None = None
    """A displayed QR code that rotates is replaced by a new one after this time.

    The networks': WhatsApp 60, then 20; Signal 45; Telegram and Google Messages 30.
    """
    qr_lifetime: float | None = None
    """A login that displays something fails when nobody acts for this time.

    The networks': the time that all QR codes last together; some never give up.
    """
    session_timeout: float | None = None
    """A session is over after this time, whatever it waits for.

    The networks': half an hour, Telegram's ten minutes.
    """
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
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be positive")
