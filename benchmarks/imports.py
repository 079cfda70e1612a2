"""What importing the integration costs, each time in a fresh process."""

import subprocess
import sys

from .beeper import REPOSITORY
from .phases import PEER_FOLDER
from .report import Figure

GOAL = 1.1


def import_figures(rounds: int) -> list[Figure]:
    """Measure; there is nothing to compare with where the peer is not installed."""
    if not PEER_FOLDER.exists():
        return []
    ours, peer = [], []
    for _ in range(rounds):
        result = subprocess.run(
            [sys.executable, "-m", "benchmarks.fresh_import", PEER_FOLDER],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = [float(word) for word in result.stdout.split()]
        ours.append(seconds[0])
        peer.append(seconds[1])
    return [Figure("Import / of uptime_kuma", "–", ours, peer, goal=GOAL)]
