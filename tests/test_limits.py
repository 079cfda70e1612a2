"""Nothing of Beeper grows without bound, and nothing is looked through before it is cut."""

from collections.abc import Callable, Iterator
import contextlib
import json
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.beeper import contact_details
from custom_components.beeper.account_marks import AccountMarks
from custom_components.beeper.api import Account, User
from custom_components.beeper.beeper_data import BeeperData
from custom_components.beeper.limits import (
    MAX_ODD_LINES,
    MAX_ODD_REPORTS,
    MAX_READ,
    MAX_UNKNOWN_STATUSES,
)
from custom_components.beeper.names import account_name
from homeassistant.components.recorder.db_schema import MAX_STATE_ATTRS_BYTES
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.json import json_bytes
from simulator import Fault, Simulator

from .conftest import OurLog, Poll, StateOf
from .lookup import get_state

SIGNAL_STATUS = "sensor.signal_alice_example_status"

NUMBER = "15555550188"

type Serve = Callable[..., None]


@pytest.fixture
def serve(beeper: Simulator) -> Serve:
    """Return a function that has Beeper list these accounts and bridges."""

    def serve(
        accounts: list[dict[str, Any]], bridges: list[dict[str, Any]] | None = None
    ) -> None:
        beeper.clear_faults()
        for path, body in (
            ("/v1/accounts", accounts),
            ("/v1/bridges", {"items": bridges or []}),
        ):
            text = json.dumps(body, ensure_ascii=False)
            beeper.inject(Fault(path=path, body=text.encode()))

    return serve


def account(number: object, **members: object) -> dict[str, Any]:
    """Return an account as Beeper lists it, with some members changed."""
    return {
        "accountID": f"account-{number}",
        "status": "connected",
        "network": "WhatsApp",
        "user": {"id": f"user-{number}", "fullName": "Alice"},
        "bridge": {"id": "bridge", "type": "whatsapp", "provider": "local"},
    } | members


def size_of(hass: HomeAssistant, entity_id: str) -> int:
    """Return how many bytes the recorder would have to keep of a state."""
    return len(json_bytes(dict(get_state(hass, entity_id).attributes)))


# --- The log


@pytest.mark.usefixtures("loaded")
async def test_statuses_without_end_are_told_of_once(
    serve: Serve, poll: Poll, our_log: OurLog
) -> None:
    """A Beeper that makes up another word for each account in each poll is not followed."""
    for answer in range(8):
        serve(
            [
                account(number, status=f"status {answer} {number} " + "z" * 9_000)
                for number in range(8)
            ]
        )
        await poll()

    lines = [line for line in our_log() if "connection status" in line]
    assert len(lines) == MAX_UNKNOWN_STATUSES + 1
    assert "not told any more" in lines[-1]
    assert max(map(len, lines)) < 300


@pytest.mark.parametrize("status", [NUMBER, "1555012", "carol@example.com"])
@pytest.mark.usefixtures("loaded")
async def test_status_that_is_a_number_is_in_no_log_and_no_state(
    hass: HomeAssistant, serve: Serve, poll: Poll, our_log: OurLog, status: str
) -> None:
    """Whatever a status is, it is somebody else's word."""
    serve([account(1, status=status)], [{"id": "bridge", "status": status}])
    await poll()

    assert any("'…'" in line for line in our_log())
    assert all(status not in line for line in our_log())
    state = get_state(hass, "sensor.whatsapp_alice_status")
    assert state.attributes["status_text"] == "…"


@pytest.mark.usefixtures("loaded")
async def test_what_is_odd_again_and_again_is_told_of_for_a_while(
    serve: Serve, poll: Poll, our_log: OurLog
) -> None:
    """Each answer has something else that is odd, in an account that was well before."""
    for answer in range(MAX_ODD_REPORTS + 8):
        serve([account(number, network=answer % 2 or "WhatsApp") for number in (1, 2)])
        await poll()
        serve([account(number, statusText=answer % 2 or "-") for number in (1, 2)])
        await poll()

    lines = [line for line in our_log() if "odd" in line]
    assert len(lines) == MAX_ODD_REPORTS + 1
    assert "not told any more" in lines[-1]


@pytest.mark.usefixtures("loaded")
async def test_one_answer_that_is_odd_in_many_ways_makes_a_short_line(
    serve: Serve, poll: Poll, our_log: OurLog
) -> None:
    """Each account misses something else."""
    members = ("status", "statusText", "network", "loginID", "capabilities", "bridge")
    serve(
        [
            account(
                number,
                **{name: 5 for bit, name in enumerate(members) if number >> bit & 1},
            )
            for number in range(2 ** len(members))
        ]
    )
    await poll()

    [line] = [line for line in our_log() if "odd" in line]
    assert line.count(";") == MAX_ODD_LINES + 1
    assert line.endswith(f"and {2 ** len(members) - 1 - MAX_ODD_LINES} more")


# --- IDs


async def test_ids_without_end_are_none(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    serve: Serve,
    poll: Poll,
    our_log: OurLog,
) -> None:
    """Home Assistant would keep them in its registries for ever."""
    for answer in range(3):
        endless = f"{answer}" + "x" * 300_000
        serve(
            [account(1), account(2, accountID=endless)],
            [{"id": "bridge", "accounts": []}, {"id": endless, "accounts": []}],
        )
        await poll()

    entities = er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id)
    assert max(len(entity.unique_id) for entity in entities) < 200
    for device in dr.async_entries_for_config_entry(
        dr.async_get(hass), loaded.entry_id
    ):
        assert len(str(device.identifiers)) < 200
    # What is over is said once, and costs nobody else
    [line] = [line for line in our_log() if "odd" in line]
    assert "accounts without an ID (Account.accountID)" in line
    assert get_state(hass, "sensor.whatsapp_alice_status").state == "connected"


# --- States


@pytest.mark.usefixtures("loaded")
async def test_names_of_many_accounts_fit_into_an_attribute(
    hass: HomeAssistant, serve: Serve, poll: Poll, state_of: StateOf
) -> None:
    """The recorder keeps nothing of a state with more; what is over is counted."""
    serve(
        [
            account(
                number,
                status="reconnect_required",
                user={"id": "a", "fullName": 'é"' * 32},
            )
            for number in range(400)
        ]
    )
    await poll()

    state = state_of("accounts_needing_attention")
    *names, more = state.attributes["accounts"]
    assert state.state == "400"
    assert len(names) > 20
    assert more == f"… +{400 - len(names)}"
    assert size_of(hass, state.entity_id) < MAX_STATE_ATTRS_BYTES


@pytest.mark.usefixtures("loaded")
async def test_fields_without_end_fit_into_an_attribute_and_the_card(
    hass: HomeAssistant, beeper: Simulator, hass_ws_client: WebSocketGenerator
) -> None:
    """A network may ask for anything, in any length."""
    field = {
        "label": "ü" * 9_000,
        "type": "select",
        "options": ["é" * 3_000 + str(number) for number in range(9)],
    }
    step = {
        "type": "cookies",
        "stepID": "x" * 300_000,
        "fields": [
            *({"id": "é" * 250 + str(number)} | field for number in range(40)),
            *({"id": str(number)} for number in range(20_000)),
        ],
    }
    session = {
        "bridgeID": "local-signal",
        "loginSessionID": "login_1",
        "status": "waiting_for_cookies",
        "currentStep": step,
    }
    for body in (session, session | {"currentStep": step | {"type": "user_input"}}):
        beeper.clear_faults()
        beeper.inject(
            Fault(
                path="*/login-sessions*",
                body=json.dumps(body, ensure_ascii=False).encode(),
            )
        )
        client = await hass_ws_client()
        await client.send_json_auto_id(
            {"type": "beeper/login/start", "entity_id": SIGNAL_STATUS}
        )
        answer = await client.receive_json()
        assert answer["success"], answer
        event = await client.receive_json()

        assert len(json.dumps(event, ensure_ascii=False).encode()) < 400_000
        assert event["event"]["step"]["step_id"] is None
        state = get_state(hass, "sensor.beeper_login_session")
        assert state.attributes["fields"][-1].startswith("… +")
        assert size_of(hass, state.entity_id) < MAX_STATE_ATTRS_BYTES


# --- Time


@pytest.fixture
def read_texts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the lengths of all texts that are looked through for contact details."""
    lengths: list[int] = []

    def note(name: str) -> None:
        look: Callable[..., object] = getattr(contact_details, name)

        def look_and_note(text: str, **more: bool) -> object:
            lengths.append(len(text))
            return look(text, **more)

        monkeypatch.setattr(contact_details, name, look_and_note)

    for name in ("cut_out", "is_in", "is_number"):
        note(name)
    return lengths


TEXTS = ["status", "statusText", "network", "loginID"]
ABOUT_USER = ["id", "fullName", "username", "phoneNumber", "email"]


@pytest.mark.parametrize("part", ["x", "1 ", "a@", "é-"])
@pytest.mark.usefixtures("loaded")
async def test_texts_of_megabytes_are_cut_before_they_are_looked_through(
    hass: HomeAssistant,
    beeper: Simulator,
    serve: Serve,
    poll: Poll,
    read_texts: list[int],
    part: str,
) -> None:
    """Looking through one of them takes seconds, in which Home Assistant does nothing."""
    text = part * (150_000 // len(part))
    for number in range(2):
        serve(
            [
                account(
                    1,
                    **dict.fromkeys(TEXTS, text),
                    user=dict.fromkeys(ABOUT_USER, text),
                    bridge={"id": "bridge", "type": text, "provider": text},
                    capabilities={"number": number},
                )
            ],
            [
                {
                    "id": "bridge",
                    **dict.fromkeys(
                        ("displayName", "network", "statusText", "status"), text
                    ),
                    "accounts": [],
                }
            ],
        )
        await poll()
    session = {
        "bridgeID": "local-signal",
        "loginSessionID": "login_1",
        "status": "failed",
        "error": {"code": text, "message": text},
    }
    for status, body in ((200, session), (400, session["error"])):
        beeper.inject(
            Fault(
                path="*/login-sessions*",
                status=status,
                times=1,
                body=json.dumps(body).encode(),
            )
        )
        with contextlib.suppress(HomeAssistantError):
            await hass.services.async_call(
                "beeper",
                "create_login_session",
                {"bridge_id": "local-signal"},
                blocking=True,
            )

    assert len(read_texts) > 10
    assert max(read_texts) <= MAX_READ


def test_account_is_known_again_by_the_beginning_of_endless_texts() -> None:
    """Who an account belongs to is told by a thousand characters as well as by millions."""

    def marks(length: int) -> AccountMarks:
        text = "5 " * length
        account = Account(
            "account",
            login_id=text,
            network=text,
            user=User(text, email=text, phone_number=text, username=text),
        )
        return AccountMarks.of(BeeperData({"account": account}, {}), account, "salt")

    assert marks(1_000_000) == marks(MAX_READ)
    assert max(map(len, marks(MAX_READ).networks)) <= MAX_READ


def test_names_of_many_accounts_take_no_longer_each() -> None:
    """Twenty thousand accounts of one name are numbered in one go."""

    def seconds(count: int) -> Iterator[float]:
        for _ in range(3):
            accounts = {
                f"account-{number}": Account(
                    f"account-{number}", user=User(full_name="Alice"), network="Chat"
                )
                for number in range(count)
            }
            data = BeeperData(accounts, {})
            begin = time.process_time()
            names = {account_name(data, account) for account in accounts.values()}
            yield time.process_time() - begin
            assert len(names) == count

    # Ten times as many; a search from the first number would take a hundred times as long
    assert min(seconds(20_000)) < 40 * min(seconds(2_000))
