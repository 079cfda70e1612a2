"""Home Assistant of any version, each in an environment of its own under .cache.

An environment is made once and has what a new Home Assistant needs to start and to show
its pages, of the versions that it pins itself. Each run puts an empty environment on
top, in which Home Assistant then installs what an integration requires.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.parser import HeaderParser
import fcntl
from hashlib import sha256
import json
from pathlib import Path
import platform
import re
import shutil
import sys
from typing import Final

import uv

ROOT: Final = Path(__file__).parents[1]
ENVIRONMENTS: Final = ROOT / ".cache" / "home-assistant"
LOCKED_VERSIONS: Final = ROOT / "home-assistant-versions.txt"

NEWEST: Final = "newest"
LOCKED: Final = "locked"
VERSION: Final = re.compile(r"\d{4}\.[1-9]\d?\.(0|[1-9]\d*)(b\d+)?")

# Home Assistant brings it along, to install requirements with
UV: Final = Path(uv.__file__).parents[4] / "bin" / "uv"

# What is part of the demo's configuration or always looked at, and each kind of entity:
# a page that lists actions or triggers imports all of those. What is not named here Home
# Assistant installs by itself, but at each start anew.
INTEGRATIONS: Final = ("frontend", "hassio", "history", "logbook")

PYTHON_CLASSIFIER: Final = "Programming Language :: Python :: "
LOCK_INTERVAL: Final = 0.5  # seconds between two looks whether somebody else is done


class InstallationFailed(Exception):
    """There is no such Home Assistant here, and the message says why.

    It is meant for a person.
    """


@dataclass(frozen=True)
class Installation:
    """A Home Assistant in its environment."""

    version: str
    environment: Path

    async def put_on_top(self, folder: Path) -> Path:
        """Make an empty environment that has this one's packages as well.

        Returns the path of its Python. What is installed in there leaves this one as it
        is. Raises InstallationFailed.
        """
        await run_uv("venv", "--python", str(_python(self.environment)), str(folder))
        lower = _site_packages(self.environment)
        (_site_packages(folder) / "lower.pth").write_text(
            f"import site; site.addsitedir({str(lower)!r})\n"
        )
        return _python(folder)


def installed_in(folder: Path) -> list[str]:
    """Return name and version of each package in an environment itself, in order."""
    names = (
        info.name.removesuffix(".dist-info").replace("-", " ")
        for info in _site_packages(folder).glob("*.dist-info")
    )
    return sorted(names)


def locked_versions() -> list[str]:
    """Return the versions in which every test run tries the integration, oldest first."""
    lines = LOCKED_VERSIONS.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


async def find_versions(asked: str, *, prereleases: bool = False) -> list[str]:
    """Return which versions are meant: one, those that are `locked`, or the `newest`.

    Which that is the package index knows. Raises InstallationFailed.
    """
    if asked == LOCKED:
        return locked_versions()
    if asked == NEWEST:
        allow = "allow" if prereleases else "disallow"
        found = await _look_up("homeassistant", "--prerelease", allow)
        return [found.rpartition("==")[2]]
    if not VERSION.fullmatch(asked):
        raise InstallationFailed(
            f"{asked!r} is not a version of Home Assistant: that looks like "
            f"{locked_versions()[-1]}, or is {NEWEST} or {LOCKED}"
        )
    return [asked]


async def installation(version: str, environments: Path = ENVIRONMENTS) -> Installation:
    """Return Home Assistant of this version; makes its environment if need be.

    One that was left half-made, or is for another Python, is made anew. Raises
    InstallationFailed.
    """
    environment = environments / version
    complete = environment / ".complete"
    if not _is_complete(complete):
        await _look_up(f"homeassistant=={version}")
        async with _alone(environments, version):
            if not _is_complete(complete):
                print(
                    f"Making an environment with Home Assistant {version}", flush=True
                )
                try:
                    await _make(environment, version)
                except BaseException:
                    shutil.rmtree(environment, ignore_errors=True)
                    raise
                complete.write_text(_recipe())
    return Installation(version, environment)


@asynccontextmanager
async def _alone(environments: Path, version: str) -> AsyncIterator[None]:
    """Keep others from making the same environment at the same time."""
    environments.mkdir(parents=True, exist_ok=True)
    with (environments / f"{version}.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(LOCK_INTERVAL)
            else:
                break
        yield


def _is_complete(mark: Path) -> bool:
    """Tell whether an environment was made to the end, and as one is made now."""
    return mark.exists() and mark.read_text() == _recipe()


def _recipe() -> str:
    """Return what changes when environments have to be made anew."""
    return sha256(Path(__file__).read_bytes() + sys.version.encode()).hexdigest()


async def _make(environment: Path, version: str) -> None:
    home_assistant = f"homeassistant=={version}"
    python = _python(environment)
    await run_uv("venv", "--clear", "--python", sys.executable, str(environment))
    # First by itself: it says which Python it is for, and what else it pins.
    await _install(python, "--no-deps", home_assistant)
    package = _site_packages(environment) / "homeassistant"
    _check_python(version, package.with_name(f"homeassistant-{version}.dist-info"))
    await _install(
        python,
        *("--constraint", str(package / "package_constraints.txt")),
        home_assistant,
        *_requirements(package / "components"),
    )


def _check_python(version: str, info: Path) -> None:
    """Raise InstallationFailed if Home Assistant is not made for the Python here.

    Its metadata name each that it is made for. Without this an old one would be built
    from source for minutes, and then fail.
    """
    metadata = HeaderParser().parsestr((info / "METADATA").read_text())
    made_for = [
        classifier.removeprefix(PYTHON_CLASSIFIER)
        for classifier in metadata.get_all("Classifier", [])
        if classifier.startswith(f"{PYTHON_CLASSIFIER}3.")
    ]
    here = platform.python_version()
    if made_for and here.rpartition(".")[0] not in made_for:
        raise InstallationFailed(
            f"Home Assistant {version} is made for Python {' and '.join(made_for)}, and here is {here}"
        )


def _requirements(components: Path) -> list[str]:
    """Return what Home Assistant pins for the integrations that it is to have."""
    manifests = {
        file.parent.name: json.loads(file.read_text())
        for file in components.glob("*/manifest.json")
    }
    wanted: set[str] = set()
    found = [
        domain
        for domain, manifest in manifests.items()
        if domain in INTEGRATIONS or manifest.get("integration_type") == "entity"
    ]
    while found:
        domain = found.pop()
        if domain not in wanted:
            wanted.add(domain)
            found += manifests[domain].get("dependencies", [])
    return sorted(
        {
            requirement
            for domain in wanted
            for requirement in manifests[domain].get("requirements", [])
        }
    )


async def _look_up(requirement: str, *options: str) -> str:
    """Return what the package index has for a requirement, as `NAME==VERSION`."""
    try:
        return await run_uv(
            *("pip", "compile", "--python", sys.executable, "--no-deps"),
            *("--no-header", "--no-annotate", "--refresh-package", "homeassistant"),
            *(*options, "-"),
            given=requirement,
        )
    except InstallationFailed as err:
        raise InstallationFailed(
            f"{requirement} cannot be had from the package index:\n{err}"
        ) from err


async def _install(python: Path, *requirements: str) -> None:
    """Install packages, from what this machine has already if that is enough."""
    install = ("pip", "install", "--python", str(python))
    try:
        await run_uv(*install, "--offline", *requirements)
    except InstallationFailed:
        await run_uv(*install, *requirements)


async def run_uv(*arguments: str, given: str = "") -> str:
    """Run uv with something to read; returns what it prints.

    Raises InstallationFailed with its own words.
    """
    process = await asyncio.create_subprocess_exec(
        UV,
        *("--quiet", "--no-progress", "--color", "never"),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = await process.communicate(given.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise InstallationFailed(errors.decode(errors="replace").strip())
    return output.decode().strip()


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _site_packages(environment: Path) -> Path:
    [folder] = environment.glob("lib/python3*/site-packages")
    return folder
