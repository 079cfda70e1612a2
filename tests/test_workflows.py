"""Workflows: what they may do, what they run, and that they do what they are for.

Their commands run here as GitHub runs them, with a `gh` that notes down what it is asked.
"""

from collections.abc import Callable, Iterator, Mapping
import json
import os
from pathlib import Path
import re
import shlex
import subprocess
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

from .test_release import CHANGELOG, NOTES, UNRELEASED, Project

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"

type Workflow = Mapping[str | bool, Any]
type Run = Callable[..., subprocess.CompletedProcess[str]]

TEXTS = {file.stem: file.read_text() for file in GITHUB.glob("workflows/*.yml")}
WORKFLOWS: Mapping[str, Workflow] = {
    name: yaml.safe_load(text) for name, text in TEXTS.items()
}

# What each job may do; a line here is to be thought about twice
PERMISSIONS = {
    ("canary", "check"): {"contents": "read"},
    ("canary", "report"): {"issues": "write"},
    ("release", "pack"): {"contents": "read"},
    ("release", "publish"): {"contents": "write"},
    ("release", "test"): {"contents": "read"},
    ("test", "test"): {"contents": "read"},
    ("validate", "hacs"): {"contents": "read"},
    ("validate", "hassfest"): {"contents": "read"},
}

USES = re.compile(r"^ *(?:- )?uses: (.*)$", re.MULTILINE)
OWN = re.compile(r"\./\.github/workflows/\w+\.yml(?: #.*)?")
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # (v\d+\.\d+\.\d+|main|master)")


@pytest.fixture(autouse=True)
def real_http() -> None:
    """Need no Home Assistant."""


def jobs() -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """Yield all jobs, by workflow and name."""
    for workflow, content in WORKFLOWS.items():
        for name, job in content["jobs"].items():
            yield (workflow, name), job


def step(workflow: str, job: str, name: str) -> Mapping[str, Any]:
    """Return a step by its name."""
    [found] = [
        step
        for step in WORKFLOWS[workflow]["jobs"][job]["steps"]
        if step.get("name") == name
    ]
    return dict(found)


# --- What they may do


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_actions_are_pinned(name: str) -> None:
    """To a commit, with its version beside it; tags can be moved."""
    for use in USES.findall(TEXTS[name]):
        assert OWN.fullmatch(use) or PINNED.fullmatch(use), use


def test_one_version_of_each_action() -> None:
    """Each is the same everywhere, so that one update is enough."""
    pins: dict[str, set[str]] = {}
    for text in TEXTS.values():
        for use in USES.findall(text):
            pins.setdefault(use.split("@")[0], set()).add(use)

    assert {action: used for action, used in pins.items() if len(used) > 1} == {}


def test_permissions() -> None:
    """A workflow has none, a job what it needs."""
    assert all(workflow["permissions"] == {} for workflow in WORKFLOWS.values())
    assert {job: content["permissions"] for job, content in jobs()} == PERMISSIONS


def test_checkouts_leave_no_token() -> None:
    """What runs after one finds none in the files."""
    checkouts = [
        step
        for _, job in jobs()
        for step in job.get("steps", ())
        if step.get("uses", "").startswith("actions/checkout@")
    ]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_who_may_write_runs_nothing_of_the_repository() -> None:
    """A change of a script cannot get hold of that token."""
    for job, content in jobs():
        if "write" in content["permissions"].values():
            used = [step.get("uses", "").split("@")[0] for step in content["steps"]]
            assert {*used} <= {"", "actions/download-artifact"}, job


def test_nothing_runs_with_the_rights_of_main_for_others() -> None:
    """Such as for a pull request from a fork."""
    for name, workflow in WORKFLOWS.items():
        # YAML 1.1 reads the key `on` as true
        triggers = {*workflow[True]}
        assert triggers <= {
            *("push", "pull_request", "schedule", "workflow_call", "workflow_dispatch")
        }, name


# --- What they run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs the commands of a step, as GitHub does.

    What `gh` is asked ends up in `asked`; it answers with a number from `answer`.
    """
    (tmp_path / "bin").mkdir()
    gh = tmp_path / "bin" / "gh"
    gh.write_text(
        "#!/usr/bin/env python3\n"
        "import json, pathlib, sys\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "with (folder / 'asked').open('a') as asked:\n"
        "    print(json.dumps(sys.argv[1:]), file=asked)\n"
        "if sys.argv[2] == 'list' and (folder / 'answer').exists():\n"
        "    print((folder / 'answer').read_text())\n"
    )
    gh.chmod(0o755)

    def run(
        step: Mapping[str, Any], folder: Path = tmp_path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env={
                "HOME": str(tmp_path),
                "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def asked(tmp_path: Path) -> list[list[str]]:
    """Return what `gh` was asked to do, beside looking."""
    commands = [
        json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()
    ]
    return [command for command in commands if command[1] != "list"]


TITLE = "Something does not work on the newest Home Assistant"


@pytest.mark.parametrize(
    ("result", "is_open", "expected"),
    [
        ("success", False, []),
        (
            "success",
            True,
            [["issue", "close", "7", "--comment", "Green again: https://run"]],
        ),
        (
            "failure",
            False,
            [
                ["label", "create", "canary"],
                ["issue", "create", "--label", "canary", "--title", TITLE],
            ],
        ),
        ("failure", True, [["issue", "edit", "7"]]),
    ],
)
def test_canary_keeps_one_issue(
    tmp_path: Path,
    run: Run,
    result: str,
    is_open: bool,
    expected: list[list[str]],
) -> None:
    """It is opened when the run is red, kept up to date, and closed when it is green."""
    if is_open:
        (tmp_path / "answer").write_text("7")

    ran = run(
        step("canary", "report", "Tell in an issue"), RESULT=result, RUN="https://run"
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    commands = asked(tmp_path)
    assert [
        command[: len(wanted)]
        for command, wanted in zip(commands, expected, strict=True)
    ] == expected
    assert all(
        "https://run" in command[-1] for command in commands if "--body" in command
    )


def test_canary_runs_the_newest_and_the_next(run: Run, tmp_path: Path) -> None:
    """Each of them what a release would consist of, and all tests."""
    (tmp_path / "scripts").mkdir()
    for name in ("demo", "test"):
        script = tmp_path / "scripts" / name
        script.write_text('#!/bin/sh\necho "${0##*/} $*"\n')
        script.chmod(0o755)
    job = WORKFLOWS["canary"]["jobs"]["check"]

    assert "schedule" in WORKFLOWS["canary"][True]
    assert [
        [
            run(step, PRE=home_assistant["pre"]).stdout.strip()
            for step in job["steps"]
            if "run" in step
        ]
        for home_assistant in job["strategy"]["matrix"]["include"]
    ] == [
        ["demo --check --home-assistant newest", "test --home-assistant newest"],
        [
            "demo --check --home-assistant newest --pre",
            "test --home-assistant newest --pre",
        ],
    ]


@pytest.mark.parametrize(
    ("tag", "changelog", "expected"),
    [
        ("v0.2.0", None, {"version": "0.2.0", "prerelease": "false"}),
        ("v0.2.0b1", UNRELEASED, {"version": "0.2.0b1", "prerelease": "true"}),
    ],
    ids=["release", "prerelease"],
)
def test_release(
    tmp_path: Path,
    run: Run,
    tag: str,
    changelog: str | None,
    expected: Mapping[str, str],
) -> None:
    """The zip that HACS fetches has the tag's version, and notes of the changelog."""
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project")
    for name in ("pack", "pack.py"):
        project.copy(name)
    project.commit(changelog=changelog or CHANGELOG)
    project.push()
    project.git("tag", tag)

    for name in ("Check the tag and write the notes", "Pack"):
        ran = run(
            step("release", "pack", name),
            project.root,
            GITHUB_REF_NAME=tag,
            GITHUB_OUTPUT=str(tmp_path / "output"),
            VERSION=expected["version"],
        )
        assert (ran.returncode, ran.stderr) == (0, "")
    output = dict(
        line.split("=") for line in (tmp_path / "output").read_text().splitlines()
    )
    ran = run(
        step("release", "publish", "Release"),
        project.root / "release",
        GITHUB_REF_NAME=tag,
        PRERELEASE=output["prerelease"],
    )

    assert output == expected
    hacs = json.loads((ROOT / "hacs.json").read_text())
    with ZipFile(project.root / "release" / hacs["filename"]) as packed:
        assert json.loads(packed.read("manifest.json"))["version"] == output["version"]
    notes = (project.root / "release" / "notes.md").read_text()
    assert notes == ("- What comes.\n" if changelog else NOTES)
    assert asked(tmp_path) == [
        [
            *("release", "create", tag, hacs["filename"], "--verify-tag"),
            *("--title", tag, "--notes-file", "notes.md"),
            f"--prerelease={output['prerelease']}",
        ]
    ]


def test_release_waits_for_tests_and_checks() -> None:
    """The tests are those of every change, run for the commit of the tag."""
    release = WORKFLOWS["release"]["jobs"]

    assert {*release["publish"]["needs"]} == {"test", "pack"}
    assert release["test"]["uses"] == "./.github/workflows/test.yml"
    assert "if" not in release["publish"]
    assert WORKFLOWS["release"][True] == {"push": {"tags": ["v[0-9]*"]}}


def test_a_refused_tag_ends_the_release(tmp_path: Path, run: Run) -> None:
    """Nothing is packed."""
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project")
    project.commit()  # is not on main
    project.git("tag", "v0.2.0")

    ran = run(
        step("release", "pack", "Check the tag and write the notes"),
        project.root,
        GITHUB_REF_NAME="v0.2.0",
        GITHUB_OUTPUT=str(tmp_path / "output"),
    )

    assert ran.returncode == 1
    assert "is not on origin/main" in ran.stderr


def test_tests_run_for_changes_and_releases() -> None:
    """The whole command, as on any machine."""
    assert {*WORKFLOWS["test"][True]} == {"push", "pull_request", "workflow_call"}
    commands = [
        step["run"]
        for step in WORKFLOWS["test"]["jobs"]["test"]["steps"]
        if "run" in step
    ]
    assert commands == ["scripts/test"]


def test_lint_looks_at_workflows_and_scripts() -> None:
    """Whatever these find has to be mended or explained."""
    commands = [
        shlex.split(line, comments=True)
        for line in (ROOT / "scripts" / "lint").read_text().splitlines()
    ]
    programs = {word for command in commands for word in command}

    assert {"jactionlint", ".venv/bin/shellcheck", ".venv/bin/zizmor"} <= programs


# --- Updates


DEPENDABOT = yaml.safe_load((GITHUB / "dependabot.yml").read_text())
[PYTHON] = [
    update for update in DEPENDABOT["updates"] if update["package-ecosystem"] == "uv"
]


def requirements(name: str) -> dict[str, str]:
    """Return the packages of a file of requirements, with their pins."""
    lines = (ROOT / name).read_text().splitlines()
    found = (re.match(r"([A-Za-z][\w.-]*)(?:==([\w.]+))?", line) for line in lines)
    return {match[1].lower(): match[2] for match in found if match}


def test_updates_are_proposed() -> None:
    """For actions, Python and the development container."""
    assert [update["package-ecosystem"] for update in DEPENDABOT["updates"]] == [
        *("github-actions", "uv", "docker")
    ]
    for update in DEPENDABOT["updates"]:
        assert (ROOT / update["directory"].lstrip("/")).is_dir()


def test_dependabot_can_lock() -> None:
    """It reads from the locked file how that is made, and leaves out a large one."""
    locked = (ROOT / "requirements.txt").read_text()
    head = "".join(line for line in locked.splitlines()[:5] if line.startswith("#"))

    assert "--universal" in head
    assert "--python-version=3.14.2" in head
    assert len(locked.encode()) < 500_000


def test_dependabot_takes_nothing_else_for_requirements() -> None:
    """It looks at all such files, down to the first folders, and guesses."""
    listed = subprocess.run(
        ["git", "ls-files", "*.txt", "*.in"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    looked_at = {name for name in listed.stdout.split() if name.count("/") < 2}

    assert looked_at - {"requirements.in", "requirements.txt"} <= {
        *PYTHON.get("exclude-paths", ())
    }


def test_lock_is_that_of_the_requirements() -> None:
    """What is asked for is locked, in the version that is asked for."""
    locked = requirements("requirements.txt")

    for name, version in requirements("requirements.in").items():
        assert version in (None, locked[name]), name


def test_updates_that_belong_together() -> None:
    """A group names nothing that nobody asks for."""
    asked_for = requirements("requirements.in")

    for group in PYTHON["groups"].values():
        for pattern in group["patterns"]:
            expression = re.escape(pattern.lower()).replace(r"\*", ".*")
            assert any(re.fullmatch(expression, name) for name in asked_for), pattern


def test_no_registry_is_named() -> None:
    """The lock serves whatever index a machine uses."""
    assert "://" not in (ROOT / "requirements.txt").read_text()
