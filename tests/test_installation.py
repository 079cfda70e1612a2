"""Home Assistants of other versions: found, installed once, and left as they are.

uv is the real one; the package index is a folder with some small packages.
"""

import asyncio
import json
from pathlib import Path
import platform
from zipfile import ZipFile

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from scripts import test_environment as for_tests
from scripts.installation import (
    UV,
    Installation,
    InstallationFailed,
    find_versions,
    installation,
    installed_in,
    locked_versions,
)

VERSION = "2026.10.0"
HERE = platform.python_version().rpartition(".")[0]

MANIFESTS = {
    # Shown in any case, and what it depends on
    "frontend": {"requirements": ["pages"], "dependencies": ["http"]},
    "http": {"requirements": ["server==1.0"]},
    # A kind of entity
    "camera": {"integration_type": "entity", "requirements": ["pictures==1.0"]},
    # Any other
    "toaster": {"integration_type": "device", "requirements": ["bread==1.0"]},
}


def put_package(
    index: Path,
    name: str,
    version: str,
    files: dict[str, str] | None = None,
    metadata: str = "",
) -> None:
    """Add a wheel to the package index."""
    info = f"{name}-{version}.dist-info"
    with ZipFile(index / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in (files or {f"{name}.py": ""}).items():
            wheel.writestr(path, text)
        wheel.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        )
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{info}/RECORD", "")


def put_home_assistant(index: Path, version: str, python: str = HERE) -> None:
    """Add a Home Assistant, made for this Python, to the package index."""
    files = {
        f"homeassistant/components/{domain}/manifest.json": json.dumps(manifest)
        for domain, manifest in MANIFESTS.items()
    }
    put_package(
        index,
        "homeassistant",
        version,
        files
        | {
            "homeassistant/__init__.py": "",
            "homeassistant/package_constraints.txt": "pages==1.0\n",
        },
        metadata="Classifier: Programming Language :: Python :: 3\n"
        f"Classifier: Programming Language :: Python :: {python}\n",
    )


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package index with some Home Assistants and what they require."""
    folder = tmp_path / "index"
    folder.mkdir()
    put_home_assistant(folder, VERSION)
    put_home_assistant(folder, "2026.9.4")
    put_home_assistant(folder, "2026.11.0b2")
    for name in ("pages", "server", "pictures", "bread"):
        put_package(folder, name, "1.0")
    put_package(folder, "pages", "2.0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", folder.as_uri())
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    """Return a folder for environments, which is not there yet."""
    return tmp_path / "environments"


async def packages(environment: Path) -> set[str]:
    """Return what is installed in an environment, as `NAME==VERSION`."""
    return set((await uv("freeze", environment)).split())


async def uv(command: str, environment: Path, *packages: str) -> str:
    """Have uv look at or change the packages of an environment."""
    process = await asyncio.create_subprocess_exec(
        UV,
        *("--quiet", "pip", command, *packages),
        *("--python", str(environment / "bin" / "python")),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


# Which version


@pytest.mark.parametrize(
    ("asked", "prereleases", "versions"),
    [
        ("2026.9.4", False, ["2026.9.4"]),
        ("2026.11.0b2", False, ["2026.11.0b2"]),
        ("newest", False, ["2026.10.0"]),
        ("newest", True, ["2026.11.0b2"]),
        ("locked", False, locked_versions()),
    ],
)
async def test_versions(asked: str, prereleases: bool, versions: list[str]) -> None:
    """The newest is what the package index has; a prerelease only for who wants one."""
    assert await find_versions(asked, prereleases=prereleases) == versions


async def test_newest_follows_the_index(
    index: Path, monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> None:
    """What has come out since the last look is found, though an index may be cached."""

    async def listing(request: web.Request) -> web.Response:
        wheels = sorted(index.glob(f"{request.match_info['name']}-*.whl"))
        links = "".join(f'<a href="/{it.name}">{it.name}</a>' for it in wheels)
        headers = {"Cache-Control": "max-age=600"}
        return web.Response(text=links, content_type="text/html", headers=headers)

    application = web.Application()
    application.router.add_get("/simple/{name}/", listing)
    application.router.add_static("/", index)
    async with TestServer(application) as server:
        monkeypatch.setenv("UV_DEFAULT_INDEX", str(server.make_url("/simple")))
        monkeypatch.delenv("UV_FIND_LINKS")
        assert await find_versions("newest") == ["2026.10.0"]

        put_home_assistant(index, "2026.10.1")

        assert await find_versions("newest") == ["2026.10.1"]


@pytest.mark.parametrize("asked", ["2026.10", "2026.010.0", "../2026.10.0", "-h", ""])
async def test_not_a_version(asked: str) -> None:
    """What cannot be a version is told so, with what one looks like."""
    with pytest.raises(
        InstallationFailed, match=f"'{asked}' is not a version of Home Assistant"
    ):
        await find_versions(asked)


async def test_unknown_version(environments: Path) -> None:
    """A version that does not exist is told so, and leaves nothing behind."""
    with pytest.raises(
        InstallationFailed,
        match=r"^homeassistant==2026\.10\.9 cannot be had from the package index:\n"
        r"(?s:.*) no version of homeassistant==2026\.10\.9",
    ):
        await installation("2026.10.9", environments)
    assert not environments.exists()


async def test_too_old_for_this_python(index: Path, environments: Path) -> None:
    """A version that is not made for the Python here is not even tried."""
    put_home_assistant(index, "2020.1.0", "3.7")

    with pytest.raises(
        InstallationFailed,
        match=rf"^Home Assistant 2020\.1\.0 is made for Python 3\.7, and here is {HERE}",
    ):
        await installation("2020.1.0", environments)
    assert not (environments / "2020.1.0").exists()


# Its environment


async def test_environment(environments: Path) -> None:
    """It has what a new Home Assistant needs, of the versions that this one pins."""
    made = await installation(VERSION, environments)

    assert made.environment == environments / VERSION
    assert await packages(made.environment) == {
        f"homeassistant=={VERSION}",
        "pages==1.0",
        "server==1.0",
        "pictures==1.0",
    }


async def test_what_is_missing_in_the_index(index: Path, environments: Path) -> None:
    """What cannot be installed is told in uv's words, and leaves nothing behind."""
    (index / "server-1.0-py3-none-any.whl").unlink()

    with pytest.raises(InstallationFailed, match="server"):
        await installation(VERSION, environments)
    assert not (environments / VERSION).exists()


async def test_complete_is_reused(index: Path, environments: Path) -> None:
    """One that is complete is used as it is, and without the package index."""
    made = await installation(VERSION, environments)
    (made.environment / "mark").touch()
    for wheel in index.iterdir():
        wheel.unlink()

    assert await installation(VERSION, environments) == made
    assert (made.environment / "mark").exists()


@pytest.mark.parametrize(
    "complete", [None, "for another Python"], ids=["half-made", "outdated"]
)
async def test_incomplete_is_made_anew(
    environments: Path, complete: str | None
) -> None:
    """One that somebody has stopped to make, or was made otherwise, is made anew."""
    made = await installation(VERSION, environments)
    expected = await packages(made.environment)
    await uv("uninstall", made.environment, "server")
    (made.environment / "mark").touch()
    if complete is None:
        (made.environment / ".complete").unlink()
    else:
        (made.environment / ".complete").write_text(complete)

    assert await installation(VERSION, environments) == made
    assert await packages(made.environment) == expected
    assert not (made.environment / "mark").exists()


async def test_two_at_once(
    environments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who wants the same one at the same time waits, and does not make it again."""
    one, other = await asyncio.gather(
        installation(VERSION, environments), installation(VERSION, environments)
    )

    assert one == other
    assert capsys.readouterr().out.splitlines() == [
        f"Making an environment with Home Assistant {VERSION}"
    ]


async def test_on_top(environments: Path, tmp_path: Path) -> None:
    """What is installed on top comes to what is below, and leaves that as it is."""
    below = await installation(VERSION, environments)
    expected = await packages(below.environment)
    top = tmp_path / "top"

    python = await below.put_on_top(top)
    assert installed_in(top) == []
    await uv("install", top, "bread==1.0")

    process = await asyncio.create_subprocess_exec(
        python, "-c", "import bread, homeassistant, pages, pictures, server"
    )
    assert await process.wait() == 0
    assert installed_in(top) == ["bread 1.0"]
    assert await packages(below.environment) == expected


async def test_python_for_tests(
    environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has what the lock names in addition, made once, and anew when that changes."""
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        "bread==1.0 \\\n    --hash=sha256:0\nhomeassistant==2000.1.0\n"
        "server==7.0\nwindow==1.0 ; sys_platform == 'win32' \\\n"
    )
    monkeypatch.setattr(for_tests, "LOCK", lock)
    monkeypatch.setattr(for_tests, "ENVIRONMENTS", environments)

    async def made(version: str) -> Installation:
        return await installation(version, environments)

    monkeypatch.setattr(for_tests, "installation", made)
    python = await for_tests.test_python(VERSION)
    folder = environments / f"{VERSION}-tests"
    assert python.is_relative_to(folder)
    assert installed_in(folder) == ["bread 1.0"]

    (folder / "mark").touch()
    assert await for_tests.test_python(VERSION) == python
    assert (folder / "mark").exists()

    lock.write_text("bread==1.0\n")
    await for_tests.test_python(VERSION)
    assert not (folder / "mark").exists()
    assert installed_in(folder) == ["bread 1.0"]
