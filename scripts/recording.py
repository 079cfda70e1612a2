"""Write down what a real Beeper answers, for the simulator to play, without what is private.

It only reads, and sends nothing anywhere but to that Beeper. Who has one runs
`scripts/record`, reads the file, and may then attach it to a bug report. What is replaced,
and by what, is in `replacing.py`; what the list of unpublished things is made by, in
`published.py`.

Nothing but the standard library of Python 3.10 is needed here.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
import getpass
from http import HTTPStatus
from http.client import HTTPException
import json
import os
from pathlib import Path
import ssl
import sys
from typing import IO, Final
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)
import warnings

from scripts.published import (
    ACCOUNT,
    BRIDGE,
    BRIDGE_LOGIN,
    CAPABILITIES,
    ERROR,
    INFO,
    LOGIN_FLOW,
    SETUP,
    Anything,
    Kind,
    Many,
    items,
    unpublished,
)
from scripts.replacing import Replacing

DEFAULT_URL: Final = "http://localhost:23373"
DEFAULT_OUTPUT: Final = "beeper-recording.json"

TOKEN_VARIABLE: Final = "BEEPER_ACCESS_TOKEN"
"""The environment variable in which Beeper's own tools look for the token, too."""

TIMEOUT: Final = 60.0
"""Seconds; a network may be slow to tell how one signs in to it."""

MAX_BODY: Final = 16 * 1024 * 1024
"""Bytes; the specification is by far the longest answer."""

MAX_DEPTH: Final = 64
"""Levels; what is nested deeper than this is no answer of Beeper."""

_VERSION_HEADER: Final = "X-Beeper-Desktop-Version"
_NO_JSON: Final = (ValueError, RecursionError)
_REFUSALS: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

ANSWERS: Final[Mapping[str, tuple[str, Kind]]] = {
    "info": ("/v1/info", INFO),
    "setup": ("/v1/app/setup", SETUP),
    "accounts": ("/v1/accounts", Many(ACCOUNT)),
    "bridges": ("/v1/bridges", items(BRIDGE)),
    "spec": ("/v1/spec", Anything()),
}
"""What is asked once: the path, and what is published of the answer."""

ANSWERS_OF_BRIDGES: Final[Mapping[str, Kind]] = {
    "capabilities": CAPABILITIES,
    "login-flows": items(LOGIN_FLOW),
    "logins": items(BRIDGE_LOGIN),
}
"""What is asked of each bridge, by the end of the path."""

WITHOUT_TOKEN: Final = frozenset({"info", "spec"})


class RecordingFailed(Exception):
    """There is nothing to write down, and the message says why.

    It is meant for a person.
    """


@dataclass(frozen=True)
class Answer:
    """What was answered to one request."""

    status: int | None = None
    """None: nothing was answered."""
    is_json: bool = False
    body: object = None
    is_beepers: bool = False
    """Whether it has the header that all of Beeper's answers have."""

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return self.is_json and self.status == HTTPStatus.OK


class Beeper:
    """A Beeper that is only read."""

    def __init__(self, url: str, token: str = "") -> None:
        """Ask the one at this address."""
        self.url = url
        self.token = token
        # Neither a redirect nor a proxy of the environment is the token's business
        self._opener = OpenerDirector()
        for handler in (
            HTTPHandler(),
            HTTPSHandler(),
            HTTPDefaultErrorHandler(),
            HTTPErrorProcessor(),
        ):
            self._opener.add_handler(handler)

    def get(self, path: str, *, authenticate: bool = True) -> Answer:
        """Return what is answered to a GET."""
        headers = {"Accept": "application/json"}
        if authenticate:
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(self.url + path, headers=headers)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return _answer(response.status, response.headers, response)
        except HTTPError as err:
            with err:
                return _answer(err.code, err.headers, err)
        except (OSError, HTTPException) as err:
            if isinstance(getattr(err, "reason", None), ssl.SSLCertVerificationError):
                raise RecordingFailed(
                    f"The certificate of {self.url} cannot be verified. Run this on the computer that Beeper runs"
                    f" on, with {DEFAULT_URL}."
                ) from err
            return Answer()


def _answer(status: int, headers: Message, stream: IO[bytes]) -> Answer:
    body = stream.read(MAX_BODY + 1)
    is_beepers = _VERSION_HEADER in headers
    if len(body) > MAX_BODY:
        return Answer(status, is_beepers=is_beepers)
    try:
        value = json.loads(body.decode("utf-8-sig", errors="replace"))
    except _NO_JSON:
        return Answer(status, is_beepers=is_beepers)
    if _is_too_deep(value):
        return Answer(status, is_beepers=is_beepers)
    return Answer(status, True, value, is_beepers)


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for outer in level
            if isinstance(outer, (dict, list))
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


# --- Asking


def record(
    beeper: Beeper, ask_token: Callable[[], str], say: Callable[[str], None]
) -> tuple[dict[str, Answer], dict[str, dict[str, Answer]]]:
    """Return all that a Beeper answers: what is asked once, and of each bridge by its ID.

    The token is asked for once it is known that there is a Beeper. Raises
    RecordingFailed; a request that fails costs its answer and no other.
    """
    info = beeper.get(ANSWERS["info"][0], authenticate=False)
    _check_is_beeper(beeper.url, info)
    beeper.token = ask_token()
    answers = {"info": info}
    for name, (path, _) in ANSWERS.items():
        if name not in answers:
            say(f"Reading {path}")
            answers[name] = beeper.get(path, authenticate=name not in WITHOUT_TOKEN)
    _check_token(answers)
    of_bridges: dict[str, dict[str, Answer]] = {}
    for bridge_id in _bridge_ids(answers["bridges"].body):
        say(f"Reading of bridge {len(of_bridges) + 1}")
        path = f"/v1/bridges/{quote(bridge_id, safe='', errors='replace')}"
        of_bridges[bridge_id] = {
            name: beeper.get(f"{path}/{name}") for name in ANSWERS_OF_BRIDGES
        }
    return answers, of_bridges


def _check_is_beeper(url: str, info: Answer) -> None:
    """Raise RecordingFailed where there is no Beeper."""
    if info.status is None:
        raise RecordingFailed(
            f"Nothing answers at {url}. Is Beeper running? From another computer, is Remote Access switched on in"
            " its settings?"
        )
    if not (info.is_good and isinstance(info.body, dict) and "app" in info.body):
        raise RecordingFailed(
            f"What answers at {url} is not Beeper (status {info.status}). Its address is {DEFAULT_URL} on its own"
            " computer; older versions than 4.2 cannot be recorded."
        )


def _check_token(answers: Mapping[str, Answer]) -> None:
    """Raise RecordingFailed where Beeper refuses the token for all there is to see."""
    lists = [answers["accounts"], answers["bridges"]]
    if any(answer.status not in _REFUSALS for answer in lists):
        return
    if not any(answer.is_beepers or _has_words(answer.body) for answer in lists):
        raise RecordingFailed(
            f"Something in front of Beeper refuses to let you through (status {lists[0].status}). Use Beeper's own"
            f" address, such as {DEFAULT_URL} on its own computer."
        )
    if lists[0].status == HTTPStatus.FORBIDDEN:
        raise RecordingFailed(
            "Beeper refuses the token because it may not read (status 403). Make one with the scope read."
        )
    raise RecordingFailed(
        "Beeper refuses the token (status 401): it is wrong, was revoked or has expired, or nobody is signed in to"
        " Beeper. Make a new one in Beeper's settings, under Developers (Integrations in newer versions) > Approved"
        " connections."
    )


def _has_words(body: object) -> bool:
    """Return whether a body is that of an error of Beeper: some proxies take its header."""
    return isinstance(body, dict) and {"message", "code"} <= body.keys()


def _bridge_ids(bridges: object) -> list[str]:
    """Return the IDs in a list of bridges, each once; what cannot stand in a path is none."""
    values = bridges.get("items") if isinstance(bridges, dict) else None
    ids = [
        value.get("id")
        for value in (values if isinstance(values, list) else [])
        if isinstance(value, dict)
    ]
    return list(
        dict.fromkeys(
            item
            for item in ids
            if isinstance(item, str) and item not in ("", ".", "..")
        )
    )


# --- Writing down


def scenario(
    answers: Mapping[str, Answer], of_bridges: Mapping[str, Mapping[str, Answer]]
) -> dict[str, object]:
    """Return a scenario for the simulator, and with it what is not published.

    Whatever tells of a person is replaced.
    """
    told: list[tuple[str, Kind, Answer]] = [
        (path, kind, answers[name]) for name, (path, kind) in ANSWERS.items()
    ]
    told += [
        (f"/v1/bridges/…/{name}", kind, of_bridge[name])
        for of_bridge in of_bridges.values()
        for name, kind in ANSWERS_OF_BRIDGES.items()
    ]
    replacing = Replacing(
        (kind if answer.is_good else ERROR, answer.body)
        for path, kind, answer in told
        if path != ANSWERS["spec"][0]
    )
    notes: Counter[str] = Counter()

    def write(name: str, path: str, kind: Kind, answer: Answer) -> dict[str, object]:
        written: dict[str, object] = {}
        if answer.status is not None:
            written["status"] = answer.status
        if answer.is_json:
            if name == "spec":
                written["body"] = replacing.specification(answer.body)
            else:
                kind = kind if answer.is_good else ERROR
                written["body"] = replacing.replace(kind, answer.body)
                notes.update(unpublished(kind, written["body"], path))
        if not answer.is_good:
            notes[f"{path}: {_failure(answer)}"] += 1
        return written

    recording: dict[str, object] = {
        name: write(name, path, kind, answers[name])
        for name, (path, kind) in ANSWERS.items()
    }
    # The longest, and the least to be read
    specification = recording.pop("spec")
    recording["ofBridges"] = {
        replacing.id(bridge_id): {
            name: write(name, f"/v1/bridges/…/{name}", kind, of_bridge[name])
            for name, kind in ANSWERS_OF_BRIDGES.items()
        }
        for bridge_id, of_bridge in of_bridges.items()
    }
    recording["spec"] = specification
    return {
        "about": "What a Beeper answered. Whatever tells of a person is replaced. Made by scripts/record; to play it:"
        " python -m simulator --scenario FILE",
        "unpublished": [
            f"{note} ({count} times)" if count > 1 else note
            for note, count in sorted(notes.items())
        ],
        "recording": recording,
    }


def _failure(answer: Answer) -> str:
    if answer.status is None:
        return "no answer"
    return f"status {answer.status}{'' if answer.is_json else ', no JSON'}"


# --- The command line


def normalize(url: str) -> str:
    """Return an address of Beeper without what it does not need. Raises RecordingFailed."""
    text = url.strip()
    text = (text if "://" in text else f"http://{text}").rstrip("/")
    try:
        address = urlsplit(text)
        port = address.port
    except ValueError:
        raise RecordingFailed(f"{url} is not an address") from None
    if (
        address.scheme not in ("http", "https")
        or not address.hostname
        or address.username is not None
        or address.query
        or address.fragment
        or any(char.isspace() for char in text)
        or port == 0
    ):
        raise RecordingFailed(
            f"{url} is not an address of Beeper; one is {DEFAULT_URL}"
        )
    return text


def ask_token() -> str:
    """Return the token, of the environment or as somebody types it in, unseen.

    Raises RecordingFailed.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        try:
            with warnings.catch_warnings():
                # It would be seen on the screen
                warnings.simplefilter("error", getpass.GetPassWarning)
                token = getpass.getpass("Access token (it is not shown): ")
        except (getpass.GetPassWarning, EOFError) as err:
            raise RecordingFailed(
                f"There is no terminal to ask for the token at; put it into {TOKEN_VARIABLE}."
            ) from err
    token = token.strip().removeprefix("Bearer ").strip()
    if not token or not (token.isascii() and token.isprintable()) or " " in token:
        raise RecordingFailed("That is not an access token.")
    return token


def main(arguments: list[str] | None = None) -> int:
    """Record a Beeper and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/record",
        description="Write down what your Beeper answers, without what is private, for a bug report.",
        epilog=f"It only reads. The token is asked for, and not shown; {TOKEN_VARIABLE} may hold it instead.",
    )
    parser.add_argument(
        "url", nargs="?", default=DEFAULT_URL, help=f"default: {DEFAULT_URL}"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(DEFAULT_OUTPUT),
        help=f"the file to write, {DEFAULT_OUTPUT} if not given",
    )
    parsed = parser.parse_args(arguments)
    try:
        answers, of_bridges = record(
            Beeper(normalize(parsed.url)),
            ask_token,
            lambda text: print(text, file=sys.stderr),
        )
        written = scenario(answers, of_bridges)
        _write(parsed.output, written)
    except RecordingFailed as err:
        print(err, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nNothing was written.", file=sys.stderr)
        return 130
    print(_summary(parsed.output, answers, of_bridges, written))
    return 0


def _write(path: Path, written: Mapping[str, object]) -> None:
    """Write the file, for its owner alone to read. Raises RecordingFailed."""
    text = json.dumps(written, indent=1)
    try:
        path.touch(mode=0o600)
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as err:
        raise RecordingFailed(f"{path} cannot be written: {err.strerror}") from err


def _summary(
    path: Path,
    answers: Mapping[str, Answer],
    of_bridges: Mapping[str, object],
    written: Mapping[str, object],
) -> str:
    """Return what was written, and what to do with it."""
    accounts = answers["accounts"].body
    notes = written["unpublished"]
    lines = notes if isinstance(notes, list) else []
    return "\n".join(
        [
            f"Written: {path.resolve()}, {path.stat().st_size} bytes",
            f"Accounts: {len(accounts) if isinstance(accounts, list) else 'no list'}",
            f"Bridges: {len(of_bridges)}",
            "",
            "What was answered otherwise than published, or not at all:",
            *(f"  {line}" for line in lines or ["nothing"]),
            "",
            "Nothing was sent to anybody. Names, numbers, IDs, addresses and texts were replaced. Names of members and",
            "words that Beeper has for a status or a type stay, so read the file before you send it: search it for your",
            "name, your number and your mail address. Then attach it to a bug report.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
