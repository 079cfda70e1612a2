"""An environment in which pytest runs with Home Assistant of another version.

It lies on top of that version's own environment (`installation.py`) and has in addition
whatever requirements.txt names that Home Assistant does not bring along. Run it as
`python -m scripts.test_environment VERSION`: the last line that it prints is the
path of the Python to use.
"""

import argparse
import asyncio
from hashlib import sha256
from pathlib import Path
import re
from shutil import rmtree
import sys
from typing import Final

from .installation import (
    ENVIRONMENTS,
    Installation,
    InstallationFailed,
    find_versions,
    installation,
    installed_in,
    locked_versions,
    run_uv,
)

LOCK: Final = Path(__file__).parents[1] / "requirements.txt"

_LOCKED: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==[^\s;]+(?: ; [^\\\n]+)?")
"""A package in the lock, with the machines that it is for."""


async def test_python(version: str) -> Path:
    """Return the Python of the environment for this version; makes it if need be.

    Raises InstallationFailed.
    """
    home_assistant = await installation(version)
    folder = ENVIRONMENTS / f"{version}-tests"
    mark = folder / ".complete"
    recipe = _recipe(home_assistant)
    if not mark.exists() or mark.read_text() != recipe:
        rmtree(folder, ignore_errors=True)
        python = await home_assistant.put_on_top(folder)
        await run_uv(
            *("pip", "install", "--python", str(python), "--no-deps"),
            *_missing(home_assistant),
        )
        mark.write_text(recipe)
    return folder / "bin" / "python"


def _missing(home_assistant: Installation) -> list[str]:
    """Return what the lock names and Home Assistant does not bring along."""
    brought = {
        _normalised(package.split()[0])
        for package in installed_in(home_assistant.environment)
    }
    return [
        package[0].strip()
        for package in map(_LOCKED.match, LOCK.read_text().splitlines())
        if package and _normalised(package["name"]) not in brought
    ]


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _recipe(home_assistant: Installation) -> str:
    """Return what changes when the environment has to be made anew."""
    files = (Path(__file__), LOCK, home_assistant.environment / ".complete")
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def main() -> int:
    """Print the path of the Python; returns the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/test")
    parser.add_argument(
        "version", nargs="?", help="default: the newest that is known here"
    )
    parser.add_argument("--pre", action="store_true")
    arguments = parser.parse_args()
    version = arguments.version or locked_versions()[-1]

    async def find() -> Path:
        versions = await find_versions(version, prereleases=arguments.pre)
        return await test_python(versions[-1])

    try:
        print(asyncio.run(find()))
    except InstallationFailed as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
