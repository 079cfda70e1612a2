"""How a Beeper treats the login sessions that are started from now on."""

from dataclasses import dataclass

from .shapes import SHAPES, Shape
from .styles import STYLES, StyleName


@dataclass(slots=True, kw_only=True)
class LoginSettings:
    """What can be set at any time; sessions that exist keep what they began with."""

    shape: Shape = "rich"
    """What is told of a step: what is published, or all that is known to come."""
    style: StyleName = "beeper"
    """How a failure is told: by the session, or by an HTTP error that ends it."""
    start_delay: float = 0.0
    """Seconds that each start takes. Who gives up earlier leaves a session behind."""
    repeats_id: bool = False
    """Whether a new session gets the ID of the newest one, whose place it takes."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.shape not in SHAPES:
            raise ValueError(f"shape must be one of {', '.join(SHAPES)}")
        if self.style not in STYLES:
            raise ValueError(f"style must be one of {', '.join(STYLES)}")
        if self.start_delay < 0:
            raise ValueError("start_delay must not be negative")
