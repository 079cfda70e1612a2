"""`scripts/demo`: what its own `--check`, which `scripts/test` runs, does not prove."""

import asyncio
from collections.abc import Iterator
import os
from pathlib import Path
import signal
import socket
import sys

import pytest

from scripts.demo import choose_port, parse_arguments
from scripts.demo_check import Shown, check_log, complaints, differences
from scripts.demo_setup import DemoFailed
from scripts.home_assistant import free_port

ROOT = Path(__file__).parents[2]

WHATSAPP = Shown("WhatsApp (Alice Example)", "Reconnect required · Scan again")
SIGNAL = Shown("Signal (Alice Example)", "Connected")


@pytest.fixture
def busy_port() -> Iterator[int]:
    """Return a port on which something else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def start_demo(*arguments: str, temporary: Path) -> asyncio.subprocess.Process:
    """Start the command with a folder for its temporary files."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "scripts.demo", *arguments),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_is_stopped_cleanly(tmp_path: Path) -> None:
    """A stop signal ends everything, successfully, and nothing is left behind."""
    ports = ("--port", "0", "--home-assistant-port", str(free_port()))
    demo = await start_demo(*ports, temporary=tmp_path)
    assert demo.stdout is not None
    shown = (await demo.stdout.readuntil(b"to stop")).decode()

    demo.send_signal(signal.SIGTERM)
    _, errors = await demo.communicate()

    assert "demo / demo" in shown
    assert errors == b""
    assert demo.returncode == 0
    assert list(tmp_path.iterdir()) == []


async def test_asked_port_in_use(busy_port: int, tmp_path: Path) -> None:
    """A port that was asked for and is in use ends the command with an explanation."""
    demo = await start_demo("--port", str(busy_port), temporary=tmp_path)

    _, errors = await demo.communicate()

    assert demo.returncode == 1
    assert errors.decode().startswith(f"Port {busy_port} is in use.")


def test_usual_port_in_use(busy_port: int) -> None:
    """A usual port that is in use is replaced by a free one."""
    assert choose_port(None, busy_port) not in (0, busy_port)


def test_asked_port_is_not_replaced(busy_port: int) -> None:
    """A port that was asked for is not silently replaced."""
    with pytest.raises(DemoFailed, match="in use"):
        choose_port(busy_port, 0)


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        ("--check --pre", "--pre needs --home-assistant newest"),
        (
            "--check --pre --home-assistant 2026.11.0",
            "--pre needs --home-assistant newest",
        ),
        ("--check --zip beeper.zip", "--zip needs --home-assistant"),
        ("--home-assistant locked", "several Home Assistants need --check"),
        ("--home-assistant 2026.10.0 newest", "several Home Assistants need --check"),
        (
            "--check --home-assistant locked --port 23373",
            "one port is not enough for several Home Assistants",
        ),
    ],
)
def test_senseless_arguments(
    arguments: str,
    explanation: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Options that make no sense together end the command with an explanation."""
    monkeypatch.setattr(sys, "argv", ["scripts/demo", *arguments.split()])

    with pytest.raises(SystemExit):
        parse_arguments()

    assert capsys.readouterr().err.endswith(f"scripts/demo: error: {explanation}\n")


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        (("2026.11",), "'2026.11' is not a version of Home Assistant: "),
        (("2026.11.0", "--zip", __file__), f"{__file__} is not a zip, "),
    ],
    ids=["version", "zip"],
)
async def test_nothing_to_run(
    arguments: tuple[str, ...], explanation: str, tmp_path: Path
) -> None:
    """What cannot be run ends the command with an explanation."""
    demo = await start_demo(
        "--check", "--home-assistant", *arguments, temporary=tmp_path
    )

    _, errors = await demo.communicate()

    assert demo.returncode == 1
    assert errors.decode().startswith(explanation)
    assert list(tmp_path.iterdir()) == []


def test_no_difference() -> None:
    """The same accounts in the same states are no difference."""
    assert differences([WHATSAPP, SIGNAL], [WHATSAPP, SIGNAL]) == []


def test_wrong_state_is_reported() -> None:
    """A state that differs is reported with both states."""
    shown = WHATSAPP._replace(state="Connected")

    assert differences([WHATSAPP, SIGNAL], [shown, SIGNAL]) == [
        "  WhatsApp (Alice Example) is shown as 'Connected', the simulator serves 'Reconnect required · Scan again'"
    ]


def test_missing_account_is_reported() -> None:
    """An account that the page lacks is reported."""
    assert differences([WHATSAPP, SIGNAL], [WHATSAPP]) == [
        "  Signal (Alice Example) is not shown, the simulator serves 'Connected'"
    ]


def test_unknown_account_is_reported() -> None:
    """An account that only the page has is reported."""
    assert differences([WHATSAPP], [WHATSAPP, SIGNAL]) == [
        "  Signal (Alice Example) is shown, the simulator does not serve it"
    ]


LOG = """\
2026-11-23 08:00:00.000 WARNING (SyncWorker_0) [homeassistant.loader] \
We found a custom integration beeper which has not been tested by Home Assistant.
2026-11-23 08:00:01.000 ERROR (MainThread) [homeassistant.components.camera] Error
Traceback (most recent call last):
  File "/home/alice/beeper/.venv/lib/camera.py", line 1, in <module>
2026-11-23 08:00:02.000 INFO (MainThread) [custom_components.beeper] All is well
"""


# How Home Assistant writes times: up to 2026.10, and from 2026.11 on
@pytest.fixture(params=["", "+00:00", "-03:30"])
def zone(request: pytest.FixtureRequest) -> str:
    """Return what stands behind each time of a log."""
    return str(request.param)


def test_log_of_others_is_no_complaint(zone: str) -> None:
    """Only what is about this integration, and unexpected, counts."""
    log = LOG.replace(".000 ", f".000{zone} ")

    assert complaints(log) == []
    check_log(log)


@pytest.mark.parametrize(
    "log",
    ["", LOG.replace("2026-11-23 ", "23 Nov 2026 "), LOG[LOG.index("\n") + 1 :]],
    ids=["empty", "other times", "no warning"],
)
def test_log_that_cannot_be_read(log: str) -> None:
    """A log in which nothing is found, not even what always is, proves nothing."""
    with pytest.raises(DemoFailed, match="log cannot be read"):
        check_log(log)


@pytest.mark.parametrize(
    "record",
    [
        "2026-11-23 08:00:03.000 WARNING (MainThread) [custom_components.beeper.sensor] No",
        "2026-11-23 08:00:03.000 ERROR (MainThread) [homeassistant.setup] Setup failed for 'beeper'",
        "2026-11-23 08:00:03.000 ERROR (MainThread) [asyncio] Task failed\n  File /config/custom_components/beeper/sensor.py",
    ],
    ids=["logger", "message", "traceback"],
)
def test_complaint_about_the_integration(record: str, zone: str) -> None:
    """What names the integration is a complaint, told whole."""
    log = (LOG + record + "\n" + LOG).replace(".000 ", f".000{zone} ")
    record = record.replace(".000 ", f".000{zone} ")

    assert complaints(log) == [record]
    with pytest.raises(DemoFailed) as failed:
        check_log(log)
    assert str(failed.value).endswith(f"\n{record}")
