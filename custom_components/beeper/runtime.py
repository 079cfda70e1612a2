"""What an entry has while it is loaded, and its type: the one file that knows poll and logins both."""

from collections import defaultdict
from dataclasses import dataclass, field

from homeassistant.config_entries import ConfigEntry

from .coordinator import BeeperCoordinator
from .login.engine import LoginEngine
from .login.seen import LoginsSeen
from .outage_log import OutageLog
from .status_history import StatusHistories, StatusHistory

type BeeperConfigEntry = ConfigEntry[BeeperRuntimeData]


@dataclass(frozen=True)
class BeeperRuntimeData:
    """What an entry has while it is loaded."""

    coordinator: BeeperCoordinator
    logins: LoginEngine
    seen: LoginsSeen
    outages: OutageLog
    histories: StatusHistories = field(
        default_factory=lambda: defaultdict(StatusHistory)
    )
