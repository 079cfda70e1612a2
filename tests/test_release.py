"""Releases: which tag may become one, and what its notes say."""

from collections.abc import Callable
from itertools import pairwise
import json
from pathlib import Path
import re
import shutil
import subprocess

from awesomeversion import AwesomeVersion
import pytest

from scripts.release import ReleaseRefused, notes, parse, read

ROOT = Path(__file__).parents[1]

CHANGELOG = """\
# Changelog

What changed.

## [Unreleased]

## [0.2.0] - 2026-12-24

One sentence
on two lines.

### Added

- A thing, [described](docs/thing.md)
  on two lines, too. [Elsewhere](https://example.com/x) and [below](#below).
- Another.

## [0.1.0] - 2026-11-23

### Added

- The first thing.

[Unreleased]: https://example.com/compare/v0.2.0...HEAD
[0.2.0]: https://example.com/compare/v0.1.0...v0.2.0
[0.1.0]: https://example.com/releases/v0.1.0
"""

UNRELEASED = CHANGELOG.replace(
    "## [Unreleased]\n", "## [Unreleased]\n\n- What comes.\n"
)

NOTES = """\
One sentence on two lines.

### Added

- A thing, [described](https://example.com/beeper/blob/v0.2.0/docs/thing.md) on two \
lines, too. [Elsewhere](https://example.com/x) and [below](#below).
- Another.
"""


@pytest.fixture(autouse=True)
def real_http() -> None:
    """Need no Home Assistant."""


class Project:
    """A project to release, in a repository of its own."""

    def __init__(self, root: Path) -> None:
        """Make it, with a commit on main."""
        self.root = root
        (root / "scripts").mkdir()
        for name in ("__init__.py", "release", "release.py"):
            self.copy(name)
        (root / "custom_components" / "beeper").mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()
        self.push()

    def copy(self, script: str) -> None:
        """Take over one of our scripts."""
        shutil.copy(ROOT / "scripts" / script, self.root / "scripts")

    def git(self, *arguments: str) -> None:
        """Run git."""
        author = ("-c", "user.name=Alice Example", "-c", "user.email=alice@example.com")
        subprocess.run(["git", *author, *arguments], cwd=self.root, check=True)

    def commit(self, version: str = "0.2.0.dev0", changelog: str = CHANGELOG) -> None:
        """Commit a manifest and a changelog."""
        manifest = {"documentation": "https://example.com/beeper", "version": version}
        (self.root / "custom_components" / "beeper" / "manifest.json").write_text(
            json.dumps(manifest)
        )
        (self.root / "CHANGELOG.md").write_text(changelog)
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change things")

    def push(self) -> None:
        """Let main be where the commit is that is checked out."""
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")

    def release(self, tag: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        return subprocess.run(
            ["scripts/release", tag, "--notes", "notes.md"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def notes(self) -> str:
        """The notes that it has written."""
        return (self.root / "notes.md").read_text()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project whose main may be released as 0.2.0."""
    return Project(tmp_path)


def test_release(project: Project) -> None:
    """Its notes are its section of the changelog, fit for a page of its own."""
    project.git("tag", "v0.2.0")

    ran = project.release("v0.2.0")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "version=0.2.0\nprerelease=false\n"
    assert project.notes == NOTES


def test_release_of_an_older_commit_of_main(project: Project) -> None:
    """Main may have gone on; an annotated tag is as good."""
    project.git("tag", "--annotate", "--message", "Release", "v0.2.0")
    project.commit("0.3.0.dev0", UNRELEASED)
    project.push()
    project.git("checkout", "--quiet", "v0.2.0")

    assert project.release("v0.2.0").returncode == 0
    assert project.notes == NOTES


@pytest.mark.parametrize("version", ["0.2.0a1", "0.2.0b12", "0.2.0rc1"])
def test_prerelease(project: Project, version: str) -> None:
    """Its notes are what will be in the release; the manifest is the same."""
    project.commit(changelog=UNRELEASED)
    project.push()
    project.git("tag", f"v{version}")

    ran = project.release(f"v{version}")

    assert ran.stdout == f"version={version}\nprerelease=true\n"
    assert project.notes == "- What comes.\n"


def is_not_on_main(project: Project) -> None:
    """Tag what nobody has merged."""
    project.commit()
    project.git("tag", "v0.2.0")


def is_of_another_commit(project: Project) -> None:
    """Go on after the tag."""
    project.git("tag", "v0.2.0")
    project.commit()
    project.push()


def has_another_version(project: Project) -> None:
    """Tag before the version was raised."""
    project.commit("0.1.0.dev0")
    project.push()
    project.git("tag", "v0.2.0")


def has_its_own_version(project: Project) -> None:
    """Let the repository claim to be a release."""
    project.commit("0.2.0")
    project.push()
    project.git("tag", "v0.2.0")


def has_no_section(project: Project) -> None:
    """Forget the changelog."""
    project.commit(changelog=CHANGELOG.replace("## [0.2.0] - 2026-12-24", ""))
    project.push()
    project.git("tag", "v0.2.0")


def has_an_empty_section(project: Project) -> None:
    """Write a heading only."""
    changelog = re.sub(
        r"(\[0\.2\.0\] - \S+\n).*?(?=\n## )", r"\1", CHANGELOG, flags=re.DOTALL
    )
    project.commit(changelog=changelog)
    project.push()
    project.git("tag", "v0.2.0")


def has_more_to_tell(project: Project) -> None:
    """Forget to move what is in the release."""
    project.commit(changelog=UNRELEASED)
    project.push()
    project.git("tag", "v0.2.0")


@pytest.mark.parametrize(
    ("mistake", "reason"),
    [
        (lambda project: None, "v0.2.0 is not a tag of the commit that is checked out"),
        (is_not_on_main, "v0.2.0 is not on origin/main"),
        (is_of_another_commit, "v0.2.0 is not a tag of the commit"),
        (has_another_version, "the manifest has version 0.1.0.dev0, and would need"),
        (has_its_own_version, "the manifest has version 0.2.0, and would need"),
        (has_no_section, r"CHANGELOG.md has no section [0.2.0]"),
        (has_an_empty_section, "CHANGELOG.md has no section [0.2.0]"),
        (has_more_to_tell, "still has something under [Unreleased]: move it to"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_mistake_is_not_released(
    project: Project, mistake: Callable[[Project], None], reason: str
) -> None:
    """It is told in a line, and nothing is written."""
    mistake(project)

    ran = project.release("v0.2.0")

    assert ran.returncode == 1
    assert reason in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""
    assert not (project.root / "notes.md").exists()


@pytest.mark.parametrize(
    "tag",
    [
        "0.2.0",
        "v0.2",
        "v0.2.0.1",
        "v0.2.0-beta.1",
        "v0.2.0.dev0",
        "v0.2.0b1x",
        "v$(id)",
    ],
)
def test_other_tags_are_no_releases(project: Project, tag: str) -> None:
    """There is one way to write a version."""
    project.git("tag", tag)

    ran = project.release(tag)

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"{tag!r} is no tag of a release")


def test_prerelease_has_something_to_tell(project: Project) -> None:
    """Else there is no use in one."""
    project.git("tag", "v0.2.0b1")

    assert "has nothing under [Unreleased]" in project.release("v0.2.0b1").stderr


@pytest.mark.parametrize(
    ("heading", "reason"),
    [
        ("## [0.2.0]", "neither"),
        ("## 0.2.0 - 2026-12-24", "neither"),
        ("## [0.2.0] - 24.12.2026", "neither"),
        ("## [Unreleased] - 2026-12-24", "neither"),
        ("## [0.1.0] - 2026-12-24", "twice"),
    ],
)
def test_headings_are_uniform(tmp_path: Path, heading: str, reason: str) -> None:
    """A section that nobody finds would be one that nobody reads."""
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(CHANGELOG.replace("## [0.2.0] - 2026-12-24", heading))

    with pytest.raises(ReleaseRefused, match=reason):
        read(changelog)


# --- This project's own


def test_changelog_keeps_to_the_form() -> None:
    """What is not released stands first, then releases, the newest first.

    Each has a link to its changes.
    """
    text = (ROOT / "CHANGELOG.md").read_text()
    unreleased, *released = read(ROOT / "CHANGELOG.md")

    assert unreleased == "Unreleased"
    assert released == sorted(released, key=AwesomeVersion, reverse=True)
    assert re.findall(r"^\[(\S+)\]: https://", text, re.MULTILINE) == [
        unreleased,
        *released,
    ]
    assert {*re.findall(r"^### (.*)", text, re.MULTILINE)} <= {
        *("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
    }


def test_version_is_raised_with_the_first_change() -> None:
    """What is not released yet is not worked on under the number of a release."""
    manifest = json.loads(
        (ROOT / "custom_components" / "beeper" / "manifest.json").read_text()
    )
    number = AwesomeVersion(manifest["version"].removesuffix(".dev0"))
    sections = read(ROOT / "CHANGELOG.md")
    released = [AwesomeVersion(name) for name in sections if name != "Unreleased"]

    assert all(number >= version for version in released)
    if sections["Unreleased"]:
        assert number not in released


def test_next_notes_can_be_read() -> None:
    """Those of a prerelease of now: every paragraph is a line, every link leads on."""
    manifest = json.loads(
        (ROOT / "custom_components" / "beeper" / "manifest.json").read_text()
    )
    number = manifest["version"].removesuffix(".dev0")
    if not read(ROOT / "CHANGELOG.md")["Unreleased"]:
        text = notes(parse(f"v{number}"))
    else:
        text = notes(parse(f"v{number}b1"))

    assert not re.search(r"\]\((?!https://)", text)
    lines = text.splitlines()
    assert [
        (line, after)
        for line, after in pairwise(lines)
        if line and after and not after.startswith(("- ", "  - ", "#"))
    ] == []
