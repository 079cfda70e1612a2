"""The headless browser: who needs one gets one, and nobody else is asked for it."""

import asyncio
from collections.abc import Callable
import os
from pathlib import Path
import sys

import pytest

from scripts import browser
from scripts.browser import NoBrowser, install_chromium

type Program = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def real_http() -> None:
    """Need no Home Assistant."""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no browser: nothing on the PATH, and nothing of Playwright."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Return a function that puts a program with these lines on the PATH."""

    def program(name: str, lines: str) -> Path:
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o755)
        return path

    return program


@pytest.fixture
def download(
    monkeypatch: pytest.MonkeyPatch, program: Program
) -> Callable[[str], None]:
    """Return a function that says what Playwright's download does instead."""

    def download(lines: str) -> None:
        monkeypatch.setattr(sys, "executable", str(program("python", lines)))

    return download


def user(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Be this user."""
    monkeypatch.setattr(os, "geteuid", lambda: number)


async def test_a_machine_without_a_browser_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    download: Callable[[str], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Such as one without a network, and without the packages of Debian."""
    user(monkeypatch, 0)
    download("exit 1")

    with pytest.raises(NoBrowser, match="Install Chromium or Google Chrome"):
        async with browser.browser():
            pytest.fail("there is one after all")

    assert "installing one" in capfd.readouterr().err


async def test_playwrights_own_browser_is_preferred(
    download: Callable[[str], None], tmp_path: Path
) -> None:
    """It is the one that fits Playwright best."""
    download(f'echo "$@" >{tmp_path}/asked')

    assert await install_chromium() is None
    assert (tmp_path / "asked").read_text() == (
        "-m playwright install chromium-headless-shell\n"
    )


async def test_packages_of_the_system_are_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
    download: Callable[[str], None],
    program: Program,
    tmp_path: Path,
) -> None:
    """Root may install them."""
    user(monkeypatch, 0)
    download("exit 1")
    program(
        "apt-get",
        f'echo "$@" >>{tmp_path}/asked\n'
        f"[ $2 = update ] || {{ : >{tmp_path}/bin/chromium;"
        f" /bin/chmod +x {tmp_path}/bin/chromium; }}",
    )

    assert await install_chromium() == str(tmp_path / "bin" / "chromium")
    assert (tmp_path / "asked").read_text().splitlines() == [
        "-qq update",
        "-qq install --yes --no-install-recommends chromium",
    ]


async def test_nobody_but_root_installs_packages_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
    download: Callable[[str], None],
    program: Program,
    tmp_path: Path,
) -> None:
    """Nobody else may."""
    user(monkeypatch, 1000)
    download("exit 1")
    program("apt-get", f": >{tmp_path}/asked")

    with pytest.raises(NoBrowser):
        await install_chromium()
    assert not (tmp_path / "asked").exists()


async def test_a_download_that_never_ends_is_ended(
    monkeypatch: pytest.MonkeyPatch,
    download: Callable[[str], None],
    tmp_path: Path,
) -> None:
    """With all that it has started."""
    user(monkeypatch, 1000)
    monkeypatch.setattr(browser, "INSTALL_TIMEOUT", 0.5)
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    reader = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    download(f"/bin/sleep 3600 >{alive} &\nwait")

    with pytest.raises(NoBrowser):
        await install_chromium()

    # It comes to its end when nobody is left who could write to it
    os.set_blocking(reader, True)
    assert await asyncio.to_thread(os.read, reader, 1) == b""
    os.close(reader)
