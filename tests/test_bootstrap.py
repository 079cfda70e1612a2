"""The environment of contributors, on machines that have little."""

from collections.abc import Sequence
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from scripts.browser import CHROMIUM_NAMES
from scripts.demo import BEEPER_PORT, HOME_ASSISTANT_PORT

ROOT = Path(__file__).parents[1]

# What macOS and Linux both have, beside git, Python and a compiler
TOOLS = (
    *("basename", "bash", "cat", "chmod", "cp", "cut", "dirname", "env", "git", "grep"),
    *("head", "id", "ln", "ls", "mkdir", "mv", "pwd", "rm", "sed", "sh", "sleep"),
    *("tail", "touch", "tr", "true", "uname", "wc", "xargs"),
)

UV = """\
#!/bin/sh
echo "uv $*" >>asked
case "$1 $2" in
  "python find") echo {python} ;;
  "venv "*) mkdir -p .venv/bin && ln -sf {python} .venv/bin/python ;;
esac
"""


class Machine:
    """A machine with a fresh clone, on which nothing is installed."""

    def __init__(self, folder: Path) -> None:
        """Give it its tools."""
        self.clone = folder / "clone"
        (self.clone / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "bootstrap", self.clone / "scripts")
        shutil.copy(ROOT / "requirements.txt", self.clone)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in TOOLS:
            path = shutil.which(name)
            assert path, name
            (self.bin / name).symlink_to(path)
        self.program("uv", UV.format(python=sys.executable))
        self.program("c++", "#!/bin/sh\n")

    def program(self, name: str, text: str) -> None:
        """Install a program."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def bootstrap(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        return subprocess.run(
            ["scripts/bootstrap", *arguments],
            cwd=self.clone,
            env={"PATH": str(self.bin), "HOME": str(self.clone)},
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self) -> Sequence[str]:
        """Return what uv was asked since it was last looked at."""
        file = self.clone / "asked"
        if not file.exists():
            return []
        commands = [line.split()[1] for line in file.read_text().splitlines()]
        file.unlink()
        return commands


@pytest.fixture(autouse=True)
def real_http() -> None:
    """Need no Home Assistant."""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine without a browser, packages of Debian or tools of GNU."""
    return Machine(tmp_path)


ALL = ["python", "venv", "pip"]


def test_nothing_is_asked_for_that_is_not_needed(machine: Machine) -> None:
    """No browser, no apt-get, no timeout, no sha256sum, no readlink."""
    ran = machine.bootstrap()

    assert ran.returncode == 0, ran.stderr
    assert machine.asked() == ALL
    assert "not found" not in ran.stderr
    assert os.access(machine.clone / ".venv" / "bin" / "python", os.X_OK)


def test_nothing_is_done_twice(machine: Machine) -> None:
    """Every command begins with it."""
    machine.bootstrap()
    machine.asked()

    ran = machine.bootstrap()

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert machine.asked() == []


def test_another_lock_is_installed(machine: Machine) -> None:
    """Such as after a pull."""
    machine.bootstrap()
    machine.asked()
    with (machine.clone / "requirements.txt").open("a") as lock:
        lock.write("another==1.0\n")

    assert machine.bootstrap().returncode == 0
    assert machine.asked() == ["python", "pip"]


def test_an_environment_that_does_not_run_is_made_anew(machine: Machine) -> None:
    """Such as that of the machine whose folder a container shares."""
    machine.bootstrap()
    machine.asked()
    python = machine.clone / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/somewhere/else/python3.14")

    assert machine.bootstrap().returncode == 0
    assert machine.asked() == ALL


def test_lock_comes_from_the_requirements(machine: Machine) -> None:
    """It is resolved, then installed."""
    ran = machine.bootstrap("--lock")

    assert ran.returncode == 0, ran.stderr
    assert machine.asked() == ["python", "pip", "venv", "pip"]


def test_a_missing_compiler_is_asked_for(machine: Machine) -> None:
    """Where it cannot be installed."""
    (machine.bin / "c++").unlink()

    ran = machine.bootstrap()

    assert ran.returncode == 1
    assert "install a C++ compiler (on a Mac: xcode-select --install)" in ran.stderr


def test_a_missing_python_is_asked_for(machine: Machine) -> None:
    """Where neither uv nor Debian has one."""
    machine.program("uv", "#!/bin/sh\nexit 1\n")

    ran = machine.bootstrap()

    assert ran.returncode == 1
    assert "install Python >= 3.14.2 and run scripts/bootstrap again" in ran.stderr


def test_container_has_what_it_needs() -> None:
    """What bootstrap does not bring along, and the ports of the demo."""
    folder = ROOT / ".devcontainer"
    container = json.loads((folder / "devcontainer.json").read_text())
    packages = (folder / container["build"]["dockerfile"]).read_text().split()

    assert os.access(ROOT / container["onCreateCommand"], os.X_OK)
    assert {"g++", "python3-venv"} <= {*packages}
    assert {*CHROMIUM_NAMES} & {*packages}
    assert container["forwardPorts"] == [HOME_ASSISTANT_PORT, BEEPER_PORT]
    assert {*container["portsAttributes"]} == {*map(str, container["forwardPorts"])}
