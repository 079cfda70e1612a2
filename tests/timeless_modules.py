"""Stops the clock faster: freezegun need not look again at what does not tell the time.

It looks at each of thousands of modules for functions that tell the time, and that for
each test: a tenth of what a test took.
"""

from collections.abc import Iterator, KeysView
import sys
from types import ModuleType, SimpleNamespace

from freezegun import api


class _Modules:
    """Stands for `sys.modules` in freezegun; has what that asks of it."""

    def __init__(self) -> None:
        """Start without having looked at a module."""
        self._timeless: dict[str, tuple[ModuleType, dict[str, object], int]] = {}

    def keys(self) -> KeysView[str]:
        """Return the names of all modules."""
        return sys.modules.keys()

    def get(self, name: str, default: None) -> ModuleType | None:
        """Return a module."""
        return sys.modules.get(name, default)

    def items(self) -> Iterator[tuple[str, ModuleType]]:
        """Return the modules in which time is to be stopped, by name.

        One that has more or fewer names than it had is looked at again.
        """
        for name, module in list(sys.modules.items()):
            known = self._timeless.get(name)
            if known and known[0] is module and len(known[1]) == known[2]:
                continue
            names = getattr(module, "__dict__", {})
            if any(id(value) in api._real_time_object_ids for value in names.values()):  # noqa: SLF001  # what it looks for
                yield name, module
            else:
                self._timeless[name] = (module, names, len(names))


def stop_time_faster() -> None:
    """Have freezegun look only where time is told."""
    setattr(api, "sys", SimpleNamespace(modules=_Modules()))  # noqa: B010  # mypy lets no module be replaced
