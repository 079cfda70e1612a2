"""What one fresh process measures: `python -m benchmarks.fresh_import PEER_FOLDER`.

Prints the CPU seconds that importing the integration takes, and those that uptime_kuma
and its library take, after all that others have imported already.
"""

from importlib import import_module
from pathlib import Path
import re
import sys
from time import process_time

OURS = "custom_components.beeper"
PEER = "homeassistant.components.uptime_kuma"

FILES = (
    *("", "binary_sensor", "condition", "config_flow", "diagnostics", "image"),
    *("repairs", "sensor", "system_health", "trigger", "update"),
)
"""What Home Assistant imports of an integration that is set up, where there is such a file."""

PEER_LIBRARIES = ("pythonkuma", "prometheus_client")


def _modules(package: str) -> list[str]:
    folder = Path(import_module(package).__path__[0])
    return [
        f"{package}.{name}".rstrip(".")
        for name in FILES
        if not name or (folder / f"{name}.py").exists()
    ]


def _cpu_seconds(modules: list[str], *packages: str) -> float:
    """Import modules again, with these packages as if nobody had."""
    for name in list(sys.modules):
        if any(
            name == package or name.startswith(f"{package}.") for package in packages
        ):
            del sys.modules[name]
    re.purge()
    start = process_time()
    for module in modules:
        import_module(module)
    return process_time() - start


def main() -> None:
    """Measure and print."""
    sys.path.append(sys.argv[1])
    ours, peer = _modules(OURS), _modules(PEER)
    for module in (*ours, *peer):
        import_module(module)
    print(
        _cpu_seconds(ours, OURS),
        _cpu_seconds(peer, PEER, *PEER_LIBRARIES),
    )


if __name__ == "__main__":
    main()
