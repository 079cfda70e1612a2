"""`scripts/record`: what a Beeper answers, written down without what is private, and played."""

import ast
import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
import json
import os
from pathlib import Path
import pty
import socket
import ssl
import sys
from typing import Any
from urllib.parse import quote

from aiohttp import ClientSession, web
import pytest
import trustme
import yaml
from yarl import URL

from scripts import recording
from scripts.recording import TOKEN_VARIABLE, main
from simulator import Fault, Simulator, load_scenario
from simulator.shapes import SHAPES, Shape

ROOT = Path(__file__).parents[1]

type Json = Any
type Record = Callable[..., Awaitable[int]]

NAME = "Zebulon Quixote"
MAIL = "zebulon.quixote@quixote-mail.net"
NUMBER = "+4917155501239"
HANDLE = "zebulon_q"
PICTURE = "data:image/png;base64,WmVidWxvbiBRdWl4b3Rl"
ADDRESS = "https://quixote.home.example:8443/zebulon?key=Rosinante#la"
KEY = "bpr_a1b2c3d4e5f60718293a4b5c6d7e8f90"
SIGNED = "Cookie: sid=Rosinante; path=/"
HIDDEN = "Zebu\u200blon at 4917155501239 \U0001f40e"
WORD = "zebulon"
PLACE = "Quixote/Zürich, Ωmega 12"

PERSONAL = [
    *(NAME, MAIL, NUMBER, HANDLE, PICTURE, ADDRESS, KEY, SIGNED, HIDDEN, WORD, PLACE),
    *("mxc://quixote.net/Zebulon", "file:///home/zebulon/me.JPG", "{Zebulon}", " "),
]

PARTS = [
    *("zebulon", "quixote", "rosinante", "4917155501239", "5550123", "zürich", "ωmega"),
    *("a1b2c3d4", "wmvid", "lon at", "31415926", "48.137", "\U0001f40e", "zebu"),
]
"""What is in no recording, in small letters."""

TELLING = {
    *("accountID", "loginID", "userID", "deviceID", "statusText", "displayName"),
    *("fullName", "username", "email", "phoneNumber", "imgURL", "hostname"),
    *("homeserver", "message", "description", "release", "type_description"),
}
"""Members of which each text is somebody's here; IDs keep what makes them differ."""


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Return a function that records a Beeper to a file, and returns the exit status."""

    async def record(
        url: str, token: str = "nonsense", path: Path = tmp_path / "recording.json"
    ) -> int:
        monkeypatch.setenv(TOKEN_VARIABLE, token)
        return await asyncio.to_thread(main, [url, "--output", str(path)])

    return record


@pytest.fixture
def refused_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up soon on whatever does not answer."""
    monkeypatch.setattr(recording, "TIMEOUT", 0.2)


async def read(beeper: Simulator, path: str) -> Json:
    """Return the status and the JSON of an answer; `None`: it is no JSON."""
    headers = {"Authorization": f"Bearer {beeper.token}"}
    async with (
        ClientSession() as session,
        session.get(
            URL(f"{beeper.url}{path}", encoded=True), headers=headers
        ) as response,
    ):
        body = await response.read()
        is_json = response.content_type == "application/json"
        return response.status, json.loads(body) if is_json else None


async def read_all(beeper: Simulator) -> dict[str, Json]:
    """Return all answers that are recorded, by their paths with numbers for bridges."""
    paths = ["info", "app/setup", "accounts", "bridges", "spec"]
    answers = {path: await read(beeper, f"/v1/{path}") for path in paths}
    ids = [
        item["id"]
        for item in answers["bridges"][1]["items"]
        if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]
    ]
    for number, bridge_id in enumerate(dict.fromkeys(ids)):
        path = f"/v1/bridges/{quote(bridge_id, safe='')}"
        for name in ("capabilities", "login-flows", "logins"):
            answers[f"{number}/{name}"] = await read(beeper, f"{path}/{name}")
    return answers


def shape(value: Json) -> Json:
    """Return what a value is like: its types, its members and how many there are."""
    match value:
        case dict():
            return [
                ("?" if is_replaced(name) else name, shape(item))
                for name, item in value.items()
            ]
        case list():
            return [shape(item) for item in value]
        case str():
            return "text" if value else "nothing"
        case _:
            return type(value).__name__


def is_replaced(name: str) -> bool:
    """Return whether the name of a member is somebody's, or stands for such a one."""
    return name.startswith("member-") or name in PERSONAL or "Zebulon" in name


# --- A Beeper full of what is private, and of what is odd


def planted(answers: dict[str, Json]) -> dict[str, Json]:
    """Return a recording with something private in every text, and odd items."""
    texts = iter_forever(PERSONAL)

    def plant(value: Json, member: str = "") -> Json:
        if isinstance(value, dict):
            if member == "user":
                value = {"fullName": "", "username": "", **value}
            grown = {name: plant(item, name) for name, item in value.items()}
            return grown | {
                "hobby": next(texts),
                "since": 31415926,
                "latitude": 48.137,
                next(texts): {"deep": [next(texts), 4917155501239, None, True]},
            }
        if isinstance(value, list):
            return [plant(item, member) for item in value]
        if isinstance(value, str) and member in TELLING:
            text = next(texts)
            return f"{value}/{text}" if member.endswith("ID") else text
        return value

    def answer(name: str) -> Json:
        status, body = answers[name]
        return {"status": status, "body": plant(body)}

    bridges = answer("bridges")
    accounts = answer("accounts")
    accounts["body"] += [
        None,
        NAME,
        {},
        {"accountID": None, "status": NAME},
        {"accountID": f"slackgo.{NAME}-{HANDLE}", "user": None, "bridge": None},
        {"accountID": 31415926, "user": {"id": NUMBER}},
        {
            "accountID": "odd",
            "status": WORD,
            "user": [NAME],
            "bridge": {"id": WORD, "type": f"{WORD}go", "provider": NAME},
            "capabilities": {NAME: NAME},
            "statusText": "half an emoji \ud83d",
        },
    ]
    bridges["body"]["items"] += [
        None,
        [NAME],
        {"type": NAME},
        {"id": f"sh-{HANDLE}", "type": MAIL, "accounts": NAME, "status": NUMBER},
        {"id": "mastodon", "type": "mastodon", "accounts": [None, {"accountID": WORD}]},
        {"id": "mastodon", "displayName": NAME},
    ]
    spec = {
        "openapi": "3.1.0",
        "info": {"title": NAME, "contact": {"email": MAIL}},
        "servers": [{"url": ADDRESS}],
        "paths": {
            "/v1/bridges/{bridgeID}": {
                "get": {
                    "operationId": "getBridge",
                    "description": NAME,
                    "parameters": [
                        {"name": "bridgeID", "in": "path", "required": True}
                    ],
                    "responses": {"200": {"$ref": "#/components/schemas/Bridge"}},
                }
            },
            NAME: {"get": {}},
        },
        "components": {
            "schemas": {
                "Bridge": {
                    "type": "object",
                    "required": ["id", NAME],
                    "properties": {
                        "description": {"type": "string", "example": NAME},
                        "status": {"type": "string", "enum": ["new", NUMBER]},
                        "id": {"type": "string", "x-from": MAIL, "maxLength": 31415926},
                    },
                }
            }
        },
    }
    of_bridges = {
        bridge["id"]: {
            name: answer(f"{number}/{name}")
            for name in ("capabilities", "login-flows", "logins")
        }
        for number, bridge in enumerate(answers["bridges"][1]["items"])
    }
    of_bridges["mastodon"] = {
        "capabilities": {"status": 502, "body": {"message": NAME, "code": "M_UNKNOWN"}},
        "login-flows": {"status": 200},
        "logins": {"status": 200, "body": {"items": NAME}},
    }
    return {
        "recording": {
            "info": answer("info"),
            "setup": answer("app/setup"),
            "accounts": accounts,
            "bridges": bridges,
            "spec": {"status": 200, "body": spec},
            "ofBridges": of_bridges,
        }
    }


def iter_forever(texts: list[str]) -> Iterator[str]:
    """Yield texts, and begin anew after the last one."""
    while True:
        yield from texts


@asynccontextmanager
async def full_of_private_things(
    name: str, shape: Shape, folder: Path
) -> AsyncGenerator[Simulator]:
    """Run a Beeper like that of a scenario, with all that is planted."""
    async with Simulator(load_scenario(name)) as beeper:
        data = planted(await read_all(beeper))
    path = folder / "planted.json"
    path.write_text(json.dumps(data))
    async with Simulator(load_scenario(path), shape=shape) as beeper:
        yield beeper


# --- Recording and playing


@pytest.mark.parametrize("scenario", ["home", "networks", "future"])
@pytest.mark.parametrize("step_shape", SHAPES)
async def test_recording_is_played_as_it_was(
    record: Record, tmp_path: Path, scenario: str, step_shape: Shape
) -> None:
    """All answers have the same shape, and nothing private is in the file."""
    async with full_of_private_things(scenario, step_shape, tmp_path) as beeper:
        real = await read_all(beeper)
        assert await record(beeper.url, beeper.token) == 0
        token, port = beeper.token, beeper.url.rpartition(":")[2]

    path = tmp_path / "recording.json"
    async with Simulator(load_scenario(path), shape=step_shape) as beeper:
        played = await read_all(beeper)

    written = path.read_text()
    readable = f"{written} {json.dumps(json.loads(written), ensure_ascii=False)}"
    for private in (*PARTS, token, port):
        assert private not in readable.casefold()
    del real["spec"], played["spec"]  # Texts for people are left out of it
    assert played.keys() == real.keys()
    for name in real:
        assert (name, shape(played[name])) == (name, shape(real[name]))


async def test_alike_stays_alike(record: Record, tmp_path: Path) -> None:
    """One ID is one wherever it stands, and no two become the same."""
    async with full_of_private_things("home", "rich", tmp_path) as beeper:
        real = await read_all(beeper)
        await record(beeper.url, beeper.token)
    async with Simulator(load_scenario(tmp_path / "recording.json")) as beeper:
        played = await read_all(beeper)

    pairs = {
        pair
        for name in ("accounts", "bridges", "0/logins", "1/logins", "2/logins")
        for pair in ids(real[name][1], played[name][1])
    }
    assert len(pairs) > 30
    assert len({before for before, _ in pairs}) == len(pairs)
    assert len({after for _, after in pairs}) == len(pairs)


def ids(real: Json, played: Json, member: str = "") -> Iterator[tuple[str, str]]:
    """Yield each ID and what stands for it."""
    if isinstance(real, dict):
        for (name, before), after in zip(real.items(), played.values(), strict=True):
            yield from ids(before, after, name)
    elif isinstance(real, list):
        for before, after in zip(real, played, strict=True):
            yield from ids(before, after, member)
    elif isinstance(real, str) and member in (
        "accountID",
        "accountIDs",
        "loginID",
        "id",
    ):
        yield real, played


async def test_ids_that_look_alike_stay_apart(record: Record, tmp_path: Path) -> None:
    """What is replaced by the same is told apart all the same."""
    async with Simulator(load_scenario("empty")) as beeper:
        for account_id in ("a b", "a_b", "a\u200bb", "A_b", "a_B", "1.5", "01.5"):
            user = {"id": account_id}
            beeper.add_account(
                {"accountID": account_id, "status": "connected", "user": user}
            )
        await record(beeper.url, beeper.token)

    scenario = load_scenario(tmp_path / "recording.json")
    assert len({account["accountID"] for account in scenario.accounts}) == 7
    assert all(item["user"]["id"] == item["accountID"] for item in scenario.accounts)


@pytest.mark.parametrize(
    ("word", "stays"),
    [
        *(("bo", False), ("li", False), ("bo_mode", False), ("bonus", True)),
        *(("matilda", False), ("rematildas", False), ("mati", True)),
        *(("signal", True), ("signal_mode", True), ("wanderer", False)),
    ],
)
async def test_words_of_persons(
    record: Record, tmp_path: Path, word: str, stays: bool
) -> None:
    """A word that may be somebody's is not told, whatever it stands for."""
    user = {
        "id": "u",
        "fullName": "Bo Li",
        "email": "matilda@x.net",
        "username": "signal",
    }
    account = {"accountID": "wanderer/7", "status": word, "user": user, word: "x"}
    async with Simulator(load_scenario("empty")) as beeper:
        beeper.add_account(account)
        await record(beeper.url, beeper.token)

    [account] = load_scenario(tmp_path / "recording.json").accounts
    assert (account["status"] == word, word in account) == (stays, stays)


async def test_kinds_of_ids_can_be_told(record: Record, tmp_path: Path) -> None:
    """What an ID says of the bridge stays, and what it says of a person goes."""
    async with Simulator(load_scenario("home")) as beeper:
        await record(beeper.url, beeper.token)

    accounts = json.loads((tmp_path / "recording.json").read_text())["recording"][
        "accounts"
    ]["body"]

    whatsapp, slack = (
        accounts[1],
        next(item for item in accounts if item["accountID"].startswith("slackgo.")),
    )
    assert whatsapp["accountID"].startswith("local-whatsapp_ba_x")
    assert whatsapp["loginID"] in whatsapp["user"]["id"]
    assert whatsapp["user"]["phoneNumber"] == f"+{whatsapp['loginID']}"
    assert slack["accountID"] == f"slackgo.{slack['loginID']}"
    assert slack["loginID"].lower() in slack["user"]["id"]


async def test_what_is_not_published_is_listed(
    record: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unknown members and words, other types, and what is missing, with how often."""
    async with Simulator(load_scenario("future")) as beeper:
        beeper.add_account(
            {"accountID": "a", "status": "connected", "user": {"id": "b"}}
        )
        beeper.inject(Fault(path="/v1/bridges/matrix/logins", status=500))
        await record(beeper.url, beeper.token)

    path = tmp_path / "recording.json"
    told = capsys.readouterr().out
    assert json.loads(path.read_text())["unpublished"] == [
        "/v1/bridges/…/logins: status 500",
        "/v1/spec: status 404",
        "Account.bridge: missing (2 times)",
        "Account.mood: unknown member, object (2 times)",
        "Account.since: unknown member, string (2 times)",
        'Account.status: unknown value "hibernating" (2 times)',
        "Bridge.coopID: unknown member, number",
        "Bridge.features: unknown member, array",
        'Bridge.provider: unknown value "orbital"',
        'Bridge.status: unknown value "nesting"',
        "Bridge.theme: unknown member, object",
        "User.pronouns: unknown member, string (2 times)",
        "User.wings: unknown member, number (3 times)",
    ]
    assert f"Written: {path}" in told
    assert "Accounts: 4\nBridges: 2\n" in told
    assert "  Account.mood: unknown member, object (2 times)\n" in told
    assert "read the file before you send it" in told
    assert path.stat().st_mode & 0o777 == 0o600


async def test_types_are_told(record: Record, tmp_path: Path) -> None:
    """What is of another type is told by the names of both."""
    async with full_of_private_things("home", "rich", tmp_path) as beeper:
        await record(beeper.url, beeper.token)

    told = json.loads((tmp_path / "recording.json").read_text())["unpublished"]
    for note in (
        "/v1/accounts: null instead of object",
        "/v1/accounts: string instead of object",
        "Account.accountID: null instead of string",
        "Account.accountID: number instead of string",
        "Account.user: array instead of object",
        "Account.bridge: null instead of object",
        "Bridge.accounts: string instead of array",
        "BridgeLoginList.items: string instead of array",
        "/v1/bridges/…/login-flows: status 200, no JSON",
    ):
        assert any(line.startswith(note) for line in told), note


async def test_nothing_is_changed(record: Record) -> None:
    """It only reads, for which a token that may do no more is enough."""
    async with Simulator(load_scenario("home")) as beeper:
        before = beeper.accounts
        assert await record(beeper.url, beeper.read_only_token) == 0

        assert {request.method for request in beeper.requests} == {"GET"}
        assert beeper.accounts == before
        assert not beeper.sessions


async def test_failing_answer_costs_no_other(
    record: Record, tmp_path: Path, refused_pause: None
) -> None:
    """Each failure is noted and played as one; all else is there."""
    async with Simulator(load_scenario("home")) as beeper:
        beeper.inject(Fault(path="/v1/app/setup", status=500))
        beeper.inject(Fault(path="/v1/accounts", body=b"<html>", status=200))
        beeper.inject(Fault(path="/v1/bridges/slackgo/login-flows", drop=0))
        beeper.inject(Fault(path="/v1/bridges/slackgo/logins", body=b'{"a": 1e999}'))
        assert await record(beeper.url, beeper.token) == 0
        bridges = await read(beeper, "/v1/bridges")

    async with Simulator(load_scenario(tmp_path / "recording.json")) as beeper:
        assert (await read(beeper, "/v1/app/setup"))[0] == 500
        assert await read(beeper, "/v1/accounts") == (200, None)
        assert await read(beeper, "/v1/bridges/slackgo/login-flows") == (503, None)
        assert (await read(beeper, "/v1/bridges/slackgo/logins"))[0] == 200
        assert shape(await read(beeper, "/v1/bridges")) == shape(bridges)


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": ' * 5000,
        b"[" * 900 + b"]" * 900,
        b'{"a": ' * 100 + b"1" + b"}" * 100,
        b"\xff" * 100,
        b'{"a": NaN, "a": 1e999, "b": 1' + b"0" * 4000 + b"}",
    ],
)
async def test_hostile_answer(record: Record, tmp_path: Path, body: bytes) -> None:
    """Whatever is answered, there is a file, and it can be played."""
    async with Simulator(load_scenario("empty")) as beeper:
        beeper.inject(Fault(path="/v1/bridges/slackgo/*", body=body))
        assert await record(beeper.url, beeper.token) == 0

    async with Simulator(load_scenario(tmp_path / "recording.json")) as beeper:
        assert (await read(beeper, "/v1/bridges/slackgo/logins"))[0] == 200


async def test_answer_without_end(
    record: Record, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read to its end."""
    monkeypatch.setattr(recording, "MAX_BODY", 100_000)
    async with Simulator(load_scenario("empty")) as beeper:
        beeper.inject(Fault(path="/v1/spec", huge=10_000_000))
        assert await record(beeper.url, beeper.token) == 0

    assert "  /v1/spec: status 200, no JSON\n" in capsys.readouterr().out


# --- What can go wrong before


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "ftp://localhost",
            "is not an address of Beeper; one is http://localhost:2337",
        ),
        ("http://user:secret@localhost", "is not an address of Beeper"),
        ("http://", "is not an address of Beeper"),
        ("http://localhost:99999", "is not an address"),
        ("local host", "is not an address of Beeper"),
    ],
)
async def test_wrong_address(
    record: Record, capsys: pytest.CaptureFixture[str], url: str, told: str
) -> None:
    """What is no address is told before anything is asked."""
    assert await record(url) == 1

    assert told in capsys.readouterr().err


async def test_nothing_there(
    record: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing answers; nothing is written."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"127.0.0.1:{free.getsockname()[1]}"

        assert await record(url) == 1

    assert f"Nothing answers at http://{url}. Is Beeper" in capsys.readouterr().err
    assert not (tmp_path / "recording.json").exists()


@asynccontextmanager
async def other_server(
    answer: Callable[[web.Request], web.Response],
) -> AsyncGenerator[str]:
    """Run a server that is not Beeper, and yield its address."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_not_beeper(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    """Another server never sees the token."""
    seen = []

    def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(text="<h1>Router</h1>", content_type="text/html")

    async with other_server(answer) as url:
        assert await record(url) == 1

    assert "is not Beeper (status 200)" in capsys.readouterr().err
    assert seen == [None]


async def test_redirect_is_not_followed(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    """The token goes to no other address."""
    async with (
        Simulator(load_scenario("home")) as beeper,
        other_server(
            lambda request: web.Response(
                status=302, headers={"Location": f"{beeper.url}{request.path}"}
            )
        ) as url,
    ):
        assert await record(url, beeper.token) == 1
        assert not beeper.requests

    assert "is not Beeper (status 302)" in capsys.readouterr().err


async def test_refused_token(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said plainly, and nothing of the token."""
    async with Simulator(load_scenario("home")) as beeper:
        assert await record(beeper.url, "bpr_wrong") == 1

    told = capsys.readouterr()
    assert "Beeper refuses the token (status 401)" in told.err
    assert "bpr_wrong" not in f"{told.out}{told.err}"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            Fault(path="/v1/*", status=403),
            "because it may not read (status 403)",
        ),
        (
            Fault(path="/v1/*", status=401, body=b"<html>", by_proxy=True),
            "Something in front of Beeper refuses to let you through (status 401)",
        ),
    ],
)
async def test_other_refusals(
    record: Record, capsys: pytest.CaptureFixture[str], fault: Fault, told: str
) -> None:
    """A scope that is missing, or a proxy, is not a wrong token."""
    async with Simulator(load_scenario("home")) as beeper:
        beeper.inject(Fault(path="/v1/info", body=b'{"app": {}}'))
        beeper.inject(fault)

        assert await record(beeper.url, beeper.token) == 1

    assert told in capsys.readouterr().err


async def test_certificate_that_is_not_trusted(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody's token goes to who cannot prove to be Beeper."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with Simulator(load_scenario("home"), ssl_context=context) as beeper:
        assert await record(beeper.url, beeper.token) == 1
        assert not beeper.requests

    assert f"The certificate of {beeper.url} cannot be" in capsys.readouterr().err


@pytest.mark.parametrize("token", ["  ", "two words", "zebulön"])
async def test_no_token(
    record: Record, capsys: pytest.CaptureFixture[str], token: str
) -> None:
    """What cannot be one is not sent."""
    async with Simulator(load_scenario("home")) as beeper:
        assert await record(beeper.url, token) == 1
        assert len(beeper.requests) == 1

    assert "That is not an access token." in capsys.readouterr().err


async def test_file_that_cannot_be_written(
    record: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said, without a traceback."""
    async with Simulator(load_scenario("empty")) as beeper:
        path = tmp_path / "missing" / "file.json"
        assert await record(beeper.url, beeper.token, path) == 1

    assert f"{path} cannot be written: No such file" in capsys.readouterr().err


def test_bug_reports_are_asked_for_both() -> None:
    """For diagnostics, and for a recording with where it is told how."""
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text())

    asked = {item["id"]: item["attributes"]["description"] for item in form["body"][4:]}

    assert "Download diagnostics" in asked["diagnostics"]
    assert "scripts/record" in asked["recording"]
    page = asked["recording"].rpartition("/blob/main/")[2]
    assert "scripts/record" in (ROOT / page).read_text()


# --- As a person runs it


@pytest.mark.parametrize("module", ["recording", "replacing", "published"])
def test_any_python_will_do(module: str) -> None:
    """Who has a Beeper has none of our packages, and an older Python."""
    source = (ROOT / "scripts" / f"{module}.py").read_text()

    tree = ast.parse(source, feature_version=(3, 10))

    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert imported <= {*sys.stdlib_module_names, "scripts"}


async def test_token_is_typed_in_and_not_shown(tmp_path: Path) -> None:
    """It is asked for at the terminal, from any folder, and the file is written there."""
    async with Simulator(load_scenario("empty")) as beeper:
        controller, terminal = pty.openpty()
        environment = {name: os.environ[name] for name in ("PATH", "HOME")}
        process = await asyncio.create_subprocess_exec(
            ROOT / "scripts" / "record",
            beeper.url,
            cwd=tmp_path,
            env=environment,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        loop = asyncio.get_running_loop()
        shown = b""
        while b"Access token" not in shown:
            shown += await loop.run_in_executor(None, os.read, controller, 4096)
        os.write(controller, f"{beeper.token}\n".encode())
        with suppress(OSError):
            while more := await loop.run_in_executor(None, os.read, controller, 4096):
                shown += more
        assert await process.wait() == 0
        os.close(controller)

    assert beeper.token.encode() not in shown
    assert b"Nothing was sent to anybody" in shown
    assert load_scenario(tmp_path / "beeper-recording.json").recording is not None


async def test_without_a_terminal() -> None:
    """Then the environment has to have it."""
    async with Simulator(load_scenario("empty")) as beeper:
        process = await asyncio.create_subprocess_exec(
            ROOT / "scripts" / "record",
            beeper.url,
            env={name: os.environ[name] for name in ("PATH", "HOME")},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
        _, told = await process.communicate()

    assert process.returncode == 1
    assert f"put it into {TOKEN_VARIABLE}" in told.decode()
    assert "Traceback" not in told.decode()
