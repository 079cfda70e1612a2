"""The zip that a release consists of: packed, and looked at before it is unpacked.

The release workflow runs `scripts/pack`, the demo calls `pack`. Nothing but git and the
standard library is needed here, of any Python 3: a release waits for no environment.
"""

import argparse
from collections.abc import Mapping
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
import zlib

INTEGRATION: Final = Path(__file__).parents[1] / "custom_components" / "beeper"
MANIFEST: Final = "manifest.json"
VERSION: Final = re.compile(r"\d+\.\d+\.\d+[-.+0-9A-Za-z]*")

# A file that everybody may read, where a zip keeps that
READABLE: Final = 0o100644 << 16


class PackFailed(Exception):
    """There is no sound zip, and the message says why.

    It is meant for a person.
    """


def pack(
    release: Path, version: str | None = None, integration: Path = INTEGRATION
) -> int:
    """Write the zip of a release; returns the number of its files.

    It has the files that git knows, as they are now, and in its manifest the version
    that is asked for. Raises PackFailed.
    """
    contents = {name: (integration / name).read_bytes() for name in _files(integration)}
    if MANIFEST not in contents:
        raise PackFailed(f"There is no {MANIFEST} in {integration}")
    if version is not None:
        contents[MANIFEST] = _with_version(contents[MANIFEST], version)
    _write(release, contents)
    return len(contents)


def look_into(release: Path, integration: Path = INTEGRATION) -> None:
    """Raise PackFailed where a release is not sound.

    That is one that is no zip, is damaged, or lacks a file that this checkout has.
    """
    try:
        with ZipFile(release) as packed:
            lacking = sorted({*_files(integration)} - {*packed.namelist()})
            damaged = packed.testzip()
    except OSError as err:
        raise PackFailed(f"{release} cannot be read: {err.strerror}") from err
    except (BadZipFile, zlib.error) as err:
        raise PackFailed(f"{release} is not a zip, or a damaged one: {err}") from err
    if damaged:
        raise PackFailed(f"{release} is damaged: {damaged} cannot be read")
    if lacking:
        raise PackFailed(
            f"{release} lacks what this checkout has: {', '.join(lacking)}"
        )


def unpack(release: Path, folder: Path) -> None:
    """Unpack a release into a folder, as HACS does. Raises PackFailed."""
    look_into(release)
    with ZipFile(release) as packed:
        packed.extractall(folder)


def _files(integration: Path) -> list[str]:
    """Return the paths of the integration's files within its folder, in order.

    Raises PackFailed where git and the folder disagree: what git does not know, no
    release would have.
    """
    if unknown := _git(integration, "--others", "--exclude-standard"):
        raise PackFailed(
            f"A release would lack what is not in git: {', '.join(unknown)}. "
            "Add it to git, or delete it"
        )
    if deleted := _git(integration, "--deleted"):
        raise PackFailed(
            f"A release would lack what git has, but is not there: {', '.join(deleted)}"
        )
    return _git(integration, "--cached")


def _git(integration: Path, *options: str) -> list[str]:
    """Return the files of one kind that git lists, in order."""
    command = ["git", "ls-files", "-z", *options]
    try:
        listed = subprocess.run(
            command, cwd=integration, capture_output=True, text=True, check=True
        )
    except OSError as err:
        raise PackFailed(f"git cannot be run in {integration}: {err.strerror}") from err
    except subprocess.CalledProcessError as err:
        raise PackFailed(f"git cannot list the files: {err.stderr.strip()}") from err
    return sorted(filter(None, listed.stdout.split("\0")))


def _with_version(manifest: bytes, version: str) -> bytes:
    """Return the manifest with this version."""
    if not VERSION.fullmatch(version):
        raise PackFailed(f"{version!r} is not a version: that looks like 1.2.3")
    described = json.loads(manifest)
    if described["version"] == version:
        return manifest
    changed = json.dumps(described | {"version": version}, indent=2, ensure_ascii=False)
    return f"{changed}\n".encode()


def _write(release: Path, contents: Mapping[str, bytes]) -> None:
    try:
        with ZipFile(release, "w", ZIP_DEFLATED) as packed:
            for name, content in contents.items():
                # Without a date: the same files make the same zip
                file = ZipInfo(name)
                file.external_attr = READABLE
                packed.writestr(file, content, ZIP_DEFLATED)
    except OSError as err:
        raise PackFailed(f"{release} cannot be written: {err.strerror}") from err


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/pack", description="Pack the zip of a release."
    )
    parser.add_argument("file", type=Path, help="where the zip goes")
    parser.add_argument(
        "--version", help="of the release (default: the one in the manifest)"
    )
    arguments = parser.parse_args()
    try:
        number = pack(arguments.file, arguments.version)
    except PackFailed as err:
        print(err, file=sys.stderr)
        return 1
    print(f"{arguments.file} has {number} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
