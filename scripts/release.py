"""What has to be so before a tag becomes a release, and the notes of that release.

The release workflow runs it, and whoever tags may do so before. Like packing, it needs
nothing but git and the standard library, of any Python 3.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Final

ROOT: Final = Path(__file__).parents[1]
CHANGELOG: Final = "CHANGELOG.md"
MANIFEST: Final = "custom_components/beeper/manifest.json"
MAIN: Final = "origin/main"

TAG: Final = re.compile(r"v(?P<number>\d+\.\d+\.\d+)(?P<prerelease>(a|b|rc)\d+)?")

# ## [1.2.3] - 2026-12-24
HEADING: Final = re.compile(r"## \[(?P<name>[^]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?")
UNRELEASED: Final = "Unreleased"
LINK: Final = re.compile(r"\[[^]]+\]: \S+")
RELATIVE: Final = re.compile(r"(?<=\]\()(?![a-z]+:|#)")

# A line that begins something, and so does not go on with what stands before it
BEGINS: Final = re.compile(r"\s*([-*#>|]|\d+\. )|$")


class ReleaseRefused(Exception):
    """It must not be released, and the message says why.

    It is meant for a person.
    """


@dataclass(frozen=True)
class Release:
    """What is released."""

    tag: str
    version: str
    """Of the packed manifest: that of the tag."""

    number: str
    """The version without what makes it a prerelease."""

    @property
    def is_prerelease(self) -> bool:
        """Return whether only those get it who asked for such."""
        return self.version != self.number


def check(tag: str, root: Path = ROOT) -> Release:
    """Return what the checked out commit is released as. Raises ReleaseRefused."""
    release = parse(tag)
    expected = f"{release.number}.dev0"
    manifest = json.loads((root / MANIFEST).read_text())
    if manifest["version"] != expected:
        raise ReleaseRefused(
            f"{tag} is not what is worked on: the manifest has version "
            f"{manifest['version']}, and would need {expected}"
        )
    head = _git(root, "rev-parse", "HEAD")
    if tag not in _git(root, "tag", "--points-at", head).split():
        raise ReleaseRefused(f"{tag} is not a tag of the commit that is checked out")
    if _git(root, "merge-base", head, MAIN) != head:
        raise ReleaseRefused(f"{tag} is not on {MAIN}")
    return release


def parse(tag: str) -> Release:
    """Return what a tag stands for. Raises ReleaseRefused."""
    if not (match := TAG.fullmatch(tag)):
        raise ReleaseRefused(
            f"{tag!r} is no tag of a release: that looks like v1.2.3, "
            "of a prerelease like v1.2.3b1"
        )
    return Release(tag, tag.removeprefix("v"), match["number"])


def notes(release: Release, root: Path = ROOT) -> str:
    """Return the notes of a release: its section of the changelog.

    Those of a prerelease are what is not released yet. Raises ReleaseRefused.
    """
    sections = read(root / CHANGELOG)
    unreleased = sections.get(UNRELEASED, "")
    if release.is_prerelease:
        if not unreleased:
            raise ReleaseRefused(f"{CHANGELOG} has nothing under [{UNRELEASED}]")
        text = unreleased
    else:
        if not (text := sections.get(release.version, "")):
            raise ReleaseRefused(f"{CHANGELOG} has no section [{release.version}]")
        if unreleased:
            raise ReleaseRefused(
                f"{CHANGELOG} still has something under [{UNRELEASED}]: "
                f"move it to [{release.version}]"
            )
    repository = json.loads((root / MANIFEST).read_text())["documentation"]
    text = RELATIVE.sub(f"{repository}/blob/{release.tag}/", text)
    return "\n".join(unwrapped(text.splitlines())) + "\n"


def read(changelog: Path) -> dict[str, str]:
    """Return the sections of a changelog by their names, in its order.

    Raises ReleaseRefused where a heading is none of a section, or comes twice.
    """
    sections: dict[str, list[str]] = {}
    lines: list[str] = []  # what stands before the first section is for nobody
    for line in changelog.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = HEADING.fullmatch(line)
            if not heading or (heading["name"] == UNRELEASED) is bool(heading["date"]):
                raise ReleaseRefused(
                    f"{changelog.name} has a heading that is neither "
                    f"'## [{UNRELEASED}]' nor like '## [1.2.3] - 2026-12-24': {line}"
                )
            if heading["name"] in sections:
                raise ReleaseRefused(f"{changelog.name} has twice: {line}")
            lines = sections.setdefault(heading["name"], [])
        elif not LINK.fullmatch(line):
            lines.append(line)
    return {name: "\n".join(lines).strip() for name, lines in sections.items()}


def unwrapped(lines: Sequence[str]) -> list[str]:
    """Return a text whose paragraphs are a line each.

    GitHub ends a line of release notes where the text does.
    """
    whole: list[str] = []
    for line in lines:
        if whole and whole[-1] and not BEGINS.match(line):
            whole[-1] += f" {line.strip()}"
        else:
            whole.append(line)
    return whole


def _git(root: Path, *arguments: str) -> str:
    """Return what git says. Raises ReleaseRefused where it fails."""
    ran = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise ReleaseRefused(f"git {' '.join(arguments)}: {ran.stderr.strip()}")
    return ran.stdout.strip()


def main() -> int:
    """Run the command; returns its exit status.

    What it prints is also what the steps of a workflow read.
    """
    parser = argparse.ArgumentParser(
        prog="scripts/release",
        description="Say whether this commit may be released, and with which notes.",
    )
    parser.add_argument("tag", help="such as v1.2.3, or v1.2.3b1 for a prerelease")
    parser.add_argument("--notes", type=Path, help="where the release notes go")
    arguments = parser.parse_args()
    try:
        release = check(arguments.tag)
        text = notes(release)
    except ReleaseRefused as err:
        print(err, file=sys.stderr)
        return 1
    if arguments.notes:
        arguments.notes.write_text(text, encoding="utf-8")
    print(f"version={release.version}")
    print(f"prerelease={str(release.is_prerelease).lower()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
