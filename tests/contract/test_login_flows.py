"""Every login flow, driven step by step by the official SDK."""

import asyncio
from collections.abc import Callable, Mapping
import re
from typing import Any

from beeper_desktop_api import (
    APIResponseValidationError,
    APIStatusError,
    AsyncBeeperDesktop,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    UnprocessableEntityError,
)
from beeper_desktop_api.types import LoginSession
from beeper_desktop_api.types.login_session import (
    CurrentStepCookies,
    CurrentStepDisplayAndWait,
    CurrentStepDisplayAndWaitDisplayCode,
    CurrentStepDisplayAndWaitDisplayEmoji,
    CurrentStepDisplayAndWaitDisplayQRCode,
    CurrentStepUserInput,
)
import httpx
import pytest

from simulator import Simulator, load_scenario
from simulator.login_errors import FATAL_ERRORS
from simulator.login_flows import FLOWS
from simulator.shapes import Shape
from simulator.styles import StyleName
from tests.accounts import WHATSAPP
from tests.network_flows import (
    ENDING_RUNS,
    LOGINS,
    RUNS,
    Cookies,
    Display,
    Ending,
    Form,
    Login,
    Passkey,
    Step,
)

from .test_endpoints import unknown_members, wire

KEY = r"[A-Za-z0-9+/]+=*"
QR_DATA = {
    "local-whatsapp": rf"2@{KEY},{KEY},{KEY},{KEY}",
    "local-telegram": r"tg://login\?token=[\w-]+",
    "local-signal": r"sgnl://linkdevice\?uuid=[\w-]+&pub_key=[\w%.-]+",
    "gmessages": (rf"https://support\.google\.com/messages/\?p=web_computer#\?c={KEY}"),
}
NETWORKS = pytest.mark.parametrize("scenario_name", ["networks"])
COOKIES = [
    login
    for login in LOGINS.values()
    if login.account is None and isinstance(login.steps[0], Cookies)
]
ASKED_AGAIN = [
    pytest.param(login, number, id=f"{login.name}-{step.step_id}")
    for login in LOGINS.values()
    if not any(isinstance(step, Passkey) for step in login.steps)
    for number, step in enumerate(login.steps)
    if isinstance(step, Form) and step.wrong is not None
]


class Person:
    """Someone who signs in with the SDK, and holds the phone."""

    def __init__(self, sim: Simulator, sdk: AsyncBeeperDesktop, bridge_id: str) -> None:
        """Sign in to a bridge."""
        self.sim = sim
        self.sdk = sdk
        self.bridge_id = bridge_id

    async def start(self, flow_id: str, **reconnect: str) -> LoginSession:
        """Create a session."""
        return await self.sdk.bridges.login_sessions.create(
            self.bridge_id,
            flow_id=flow_id,
            **reconnect,  # type: ignore[arg-type]  # the ids of a reconnect
        )

    async def enter(
        self,
        session: LoginSession,
        fields: Mapping[str, str] | None = None,
        last_url: str = "https://example.com/",
    ) -> LoginSession:
        """Submit input or cookies: the right ones unless given."""
        step = session.current_step
        assert isinstance(step, CurrentStepUserInput | CurrentStepCookies)
        right = self.sim.phone.codes(session.login_session_id)
        return await self.sdk.bridges.login_sessions.steps.submit(
            step.step_id,
            bridge_id=self.bridge_id,
            login_session_id=session.login_session_id,
            type=step.type,
            fields=dict(right if fields is None else fields),
            last_url=last_url,
            source="api",
        )

    async def wait(
        self, session: LoginSession, act: Callable[[str], None]
    ) -> LoginSession:
        """Wait on what is displayed, and act on the phone while waiting."""
        step = session.current_step
        assert isinstance(step, CurrentStepDisplayAndWait)
        waiting = asyncio.create_task(
            self.sdk.bridges.login_sessions.steps.submit(
                step.step_id,
                bridge_id=self.bridge_id,
                login_session_id=session.login_session_id,
                type="display_and_wait",
            )
        )
        await self.sim.wait_for_waiter(session.login_session_id)
        act(session.login_session_id)
        return await waiting

    async def go_on(self, session: LoginSession) -> LoginSession:
        """Do whatever is right at this step."""
        step = session.current_step
        if not isinstance(step, CurrentStepDisplayAndWait):
            return await self.enter(session)
        match step.display.type:
            case "qr":
                return await self.wait(session, self.sim.phone.scan)
            case "emoji":
                return await self.wait(session, self.tap_right)
            case _:
                return await self.wait(session, self.sim.phone.approve)

    def tap_right(self, session_id: str) -> None:
        """Tap the emoji that is displayed."""
        emoji = self.sim.phone.codes(session_id)["emoji"]
        self.sim.phone.tap(session_id, emoji)

    async def begin(self, login: Login, steps: int = 0) -> LoginSession:
        """Start a login, and do this many steps right."""
        reconnect = {} if login.account is None else {"account_id": login.account}
        session = await self.start(login.flow, **reconnect)
        for _ in range(steps):
            session = await self.go_on(session)
        return session


def sees(session: LoginSession, step: Step, shape: Shape) -> None:
    """Check that a session is at a step, and shows it in this shape."""
    shown = session.current_step
    assert session.status == step.status
    assert isinstance(
        shown, CurrentStepUserInput | CurrentStepCookies | CurrentStepDisplayAndWait
    )
    assert (shown.type, shown.step_id) == (step.type, step.step_id)
    assert shown.instructions is not None
    match shown:
        case CurrentStepDisplayAndWait():
            assert isinstance(step, Display)
            assert shown.display.type == step.shows
        case _:
            assert [wire(item) for item in shown.fields] == step.served(shape)
    if isinstance(step, Cookies):
        assert isinstance(shown, CurrentStepCookies)
        assert shown.url == step.url
        assert (shown.extract_js is not None) == step.has_script
    if shape == "schema":
        assert unknown_members(session) == []


@NETWORKS
@pytest.mark.parametrize(("login", "shape"), RUNS)
async def test_login(
    sim: Simulator, sdk: AsyncBeeperDesktop, login: Login, shape: Shape
) -> None:
    """Each flow shows its steps in order, in both shapes, and connects an account.

    A step that asks for a passkey is unknown to the SDK, which refuses the answer: it
    comes in the rich shape only, and in the other one the login ends instead.
    """
    before = sim.accounts
    person = Person(sim, sdk, login.bridge)

    session = await person.begin(login)
    for step, following in zip(
        login.steps_in(shape), (*login.steps_in(shape)[1:], None), strict=True
    ):
        assert session.account_id == login.account
        sees(session, step, shape)
        if isinstance(following, Passkey):
            with pytest.raises(APIResponseValidationError):
                await person.go_on(session)
            return
        session = await person.go_on(session)

    if reason := login.ending(shape):
        assert_failed(session, "COM.BEEPER.WEBAUTHN_UNSUPPORTED", FATAL_ERRORS[reason])
        return
    assert session.status == "complete"
    assert session.error is None
    assert session.account is not None
    assert session.account.status == "connecting"
    assert session.account.bridge.id == login.bridge
    assert session.account_id == session.account.account_id
    assert session.login is not None
    assert session.login.account_ids == [session.account.account_id]
    assert session.login.status == "connecting"
    assert session.login_id == session.login.login_id == session.account.login_id
    if login.account is None:
        assert set(sim.accounts) == {*before, session.account.account_id}
        assert session.account.account_id not in before
    else:
        assert set(sim.accounts) == set(before)
        assert session.account.account_id == login.account
        assert session.account.user.id == before[login.account]["user"]["id"]


def test_every_flow_is_driven() -> None:
    """No flow of the known networks is forgotten."""
    scenario = load_scenario("networks")
    offered = {
        (bridge.type, flow.id)
        for bridge in scenario.bridges
        for flow in FLOWS.get(bridge.type, ())
    }
    types = {bridge.id: bridge.type for bridge in scenario.bridges}

    assert {(types[item.bridge], item.flow) for item in LOGINS.values()} == offered
    assert FLOWS.keys() - types.values() == {"carrierpigeon"}


@NETWORKS
@pytest.mark.parametrize(("ending", "style"), ENDING_RUNS)
async def test_ending(
    sim: Simulator, sdk: AsyncBeeperDesktop, ending: Ending, style: StyleName
) -> None:
    """A fatal error answers the submission that meets it, in either way.

    It changes no account.
    """
    person = Person(sim, sdk, ending.login.bridge)
    session = await person.begin(ending.login, ending.at)
    before = sim.accounts

    async def go_wrong() -> LoginSession:
        if ending.phone:
            return await person.wait(
                session, lambda session_id: ending.happen(sim.phone, session_id)
            )
        right = sim.phone.codes(session.login_session_id)
        return await person.enter(session, ending.entered(right), ending.last_url)

    async def read() -> LoginSession:
        return await sdk.bridges.login_sessions.retrieve(
            session.login_session_id, bridge_id=ending.login.bridge
        )

    if style == "beeper":
        failed = await go_wrong()
        assert_failed(failed, ending.code, ending.message)
        assert await read() == failed
    else:
        with pytest.raises(APIStatusError) as raised:
            await go_wrong()
        assert raised.value.status_code == ending.status
        assert raised.value.body == {"code": ending.code, "message": ending.message}
        with pytest.raises(NotFoundError):
            await read()
    assert sim.accounts == before


@pytest.mark.parametrize("bridge_id", QR_DATA)
async def test_qr_code_rotates_until_it_is_scanned(
    sim: Simulator, sdk: AsyncBeeperDesktop, bridge_id: str
) -> None:
    """Each rotation answers the wait with another code of the network's own form."""
    person = Person(sim, sdk, bridge_id)
    session = await person.start("qr")

    codes = []
    for _ in range(3):
        step = session.current_step
        assert isinstance(step, CurrentStepDisplayAndWait)
        assert isinstance(step.display, CurrentStepDisplayAndWaitDisplayQRCode)
        codes.append(step.display.data)
        session = await person.wait(session, sim.phone.rotate)

    assert len(set(codes)) == 3
    for code in codes:
        assert re.fullmatch(QR_DATA[bridge_id], code)
    session = await person.wait(session, sim.phone.scan)
    assert session.status == "complete"


async def test_pairing_code_is_eight_characters(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """WhatsApp's pairing code is shown as it is typed on the phone."""
    person = Person(sim, sdk, "local-whatsapp")
    session = await person.enter(await person.start("phone"))

    step = session.current_step
    assert isinstance(step, CurrentStepDisplayAndWait)
    assert isinstance(step.display, CurrentStepDisplayAndWaitDisplayCode)
    assert re.fullmatch(r"[A-Z]{4}-[0-9]{4}", step.display.data)
    assert sim.phone.codes(session.login_session_id) == {"code": step.display.data}


async def test_emoji_picture_is_served(sim: Simulator, sdk: AsyncBeeperDesktop) -> None:
    """The emoji to tap is an image that can be loaded without a token."""
    person = Person(sim, sdk, "gmessages")
    session = await person.enter(await person.start("google"))

    step = session.current_step
    assert isinstance(step, CurrentStepDisplayAndWait)
    assert isinstance(step.display, CurrentStepDisplayAndWaitDisplayEmoji)
    async with httpx.AsyncClient() as browser:
        response = await browser.get(step.display.image_url)
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert "<svg" in response.text


@NETWORKS
@pytest.mark.parametrize(("login", "number"), ASKED_AGAIN)
async def test_wrong_answer_is_asked_for_again(
    sim: Simulator, sdk: AsyncBeeperDesktop, login: Login, number: int
) -> None:
    """A wrong answer leads to the same fields with a complaint, the right one on."""
    step = login.steps[number]
    assert isinstance(step, Form)
    assert step.wrong is not None
    person = Person(sim, sdk, login.bridge)
    session = await person.begin(login, number)
    asked = session.current_step
    assert isinstance(asked, CurrentStepUserInput)

    right = sim.phone.codes(session.login_session_id)
    session = await person.enter(session, {**right, step.field: step.wrong})
    again = session.current_step
    assert isinstance(again, CurrentStepUserInput)
    sees(session, step.asked_again, "rich")
    assert again.instructions != asked.instructions
    assert session.error is None

    session = await person.enter(session)
    following = (*login.steps, None)[number + 1]
    if following is None:
        assert session.status == "complete"
    else:
        sees(session, following, "rich")


async def test_too_many_wrong_codes_end_the_session(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """The network limits the number of attempts."""
    person = Person(sim, sdk, "local-telegram")
    session = await person.enter(await person.start("phone"))
    [field] = sim.phone.codes(session.login_session_id)

    for _ in range(4):
        session = await person.enter(session, {field: "nonsense"})
        assert session.status == "waiting_for_input"
    session = await person.enter(session, {field: "nonsense"})

    assert_failed(session, "FI.MAU.TELEGRAM.RATE_LIMITED", FATAL_ERRORS["rate_limited"])


@NETWORKS
@pytest.mark.parametrize("login", COOKIES, ids=lambda login: login.name)
async def test_only_what_is_required_is_needed(
    sim: Simulator, sdk: AsyncBeeperDesktop, login: Login
) -> None:
    """Without the optional cookies the login goes on, without a required one it ends."""
    step = login.steps[0]
    assert isinstance(step, Cookies)
    person = Person(sim, sdk, login.bridge)

    session = await person.begin(login)
    right = sim.phone.codes(session.login_session_id)
    required = {name: right[name] for name in step.required}
    session = await person.enter(session, required)
    assert session.status != "failed"

    session = await person.begin(login)
    required.popitem()
    session = await person.enter(session, required)
    assert session.status == "failed"
    assert session.error is not None
    assert session.error.message == FATAL_ERRORS["missing_cookies"]


async def test_cookie_that_is_still_percent_encoded_is_refused(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """A browser keeps Slack's cookie percent-encoded; the network wants it decoded."""
    step = LOGINS["slackgo-token-new"].steps[0]
    assert isinstance(step, Cookies)
    person = Person(sim, sdk, "slackgo")
    session = await person.start("token")
    right = sim.phone.codes(session.login_session_id)
    kept = step.brought(right).cookies["d"]
    assert "%2B" in kept

    session = await person.enter(session, right | {"cookie_token": kept})

    assert_failed(session, "M_UNKNOWN", FATAL_ERRORS["invalid_credentials"])


@NETWORKS
async def test_cookies_step_has_all_members(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """A cookies step says where to go, what to look for and who to be."""
    session = await Person(sim, sdk, "facebookgo").start("facebook")

    step = session.current_step
    assert isinstance(step, CurrentStepCookies)
    assert step.url == "https://www.facebook.com/"
    assert step.expected_final_url_regex
    assert re.match(step.expected_final_url_regex, "https://www.facebook.com/")
    assert step.user_agent
    assert step.user_agent.startswith("Mozilla/5.0")


@pytest.mark.parametrize(
    ("shape", "line_break"), [("rich", "\n\t"), ("schema", r"\n\t")]
)
async def test_script_comes_with_line_breaks_of_either_kind(
    sim: Simulator, sdk: AsyncBeeperDesktop, line_break: str
) -> None:
    """Now and then a script has the two characters that stand for a line break."""
    session = await Person(sim, sdk, "slackgo").start("token")

    step = session.current_step
    assert isinstance(step, CurrentStepCookies)
    assert step.extract_js
    assert step.extract_js.count(line_break) >= 2
    assert ("\n" in step.extract_js) == (line_break == "\n\t")


@NETWORKS
@pytest.mark.parametrize("shape", ["schema", "rich"])
async def test_captcha_has_a_picture_and_a_sound(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """Both are in the step, for the SDK as an array of unknown; a wrong answer renews."""
    person = Person(sim, sdk, "facebookgo")
    session = await person.enter(await person.start("messenger-lite"))
    step = session.current_step
    assert isinstance(step, CurrentStepUserInput)

    [picture, sound] = attachments(step)
    assert (picture["type"], sound["type"]) == ("m.image", "m.audio")
    assert picture["info"]["mimetype"] == "image/png"
    assert sound["info"]["mimetype"] == "audio/wav"

    session = await person.enter(session, {"captcha_code": "nonsense"})
    again = session.current_step
    assert isinstance(again, CurrentStepUserInput)
    assert again.step_id == step.step_id
    assert attachments(again)[0]["content"] != picture["content"]


def attachments(step: CurrentStepUserInput) -> list[dict[str, Any]]:
    """Return the attachments of a step, of which the SDK knows nothing."""
    return wire(step)["attachments"]  # type: ignore[no-any-return]  # JSON


@pytest.mark.parametrize(
    ("bridge_id", "flow_id", "inputs"),
    [
        ("local-whatsapp", "qr", 0),
        ("local-whatsapp", "phone", 1),
        ("gmessages", "google", 1),
        ("imessage", "nothing", 0),
    ],
)
async def test_refusing_on_the_phone_ends_the_session(
    sim: Simulator,
    sdk: AsyncBeeperDesktop,
    bridge_id: str,
    flow_id: str,
    inputs: int,
) -> None:
    """The person can say no wherever the phone is asked."""
    person = Person(sim, sdk, bridge_id)
    session = await person.start(flow_id)
    for _ in range(inputs):
        session = await person.enter(session)

    session = await person.wait(session, sim.phone.refuse)

    assert session.status == "failed"
    assert session.error is not None
    assert session.error.message == FATAL_ERRORS["cancelled_on_phone"]


async def test_reading_a_session_shows_the_current_step(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """A session can be read at any time."""
    session = await Person(sim, sdk, "local-whatsapp").start("qr")

    again = await sdk.bridges.login_sessions.retrieve(
        session.login_session_id, bridge_id="local-whatsapp"
    )

    assert again == session


async def test_cancelled_session_is_gone(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """Cancelling answers with what was cancelled; the session is 404 then."""
    session = await Person(sim, sdk, "local-whatsapp").start("qr")

    cancelled = await sdk.bridges.login_sessions.cancel(
        session.login_session_id, bridge_id="local-whatsapp"
    )

    assert cancelled.status == "cancelled"
    assert cancelled.bridge_id == "local-whatsapp"
    assert cancelled.login_session_id == session.login_session_id
    with pytest.raises(NotFoundError):
        await sdk.bridges.login_sessions.retrieve(
            session.login_session_id, bridge_id="local-whatsapp"
        )


async def test_reconnect_by_login(sim: Simulator, sdk: AsyncBeeperDesktop) -> None:
    """A login can be named instead of an account."""
    session = await Person(sim, sdk, "local-whatsapp").start(
        "qr", login_id="15555550100"
    )

    assert session.account_id == WHATSAPP
    assert session.login_id == "15555550100"


async def test_default_flow_is_the_first(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """Without a flow the bridge's first one is taken."""
    session = await sdk.bridges.login_sessions.create("local-telegram")

    sees(session, LOGINS["local-telegram-phone-new"].steps[0], "rich")


@pytest.mark.parametrize(
    ("bridge_id", "body", "error"),
    [
        ("nonsense", {}, NotFoundError),
        ("local-whatsapp", {"account_id": "nonsense"}, NotFoundError),
        ("local-whatsapp", {"account_id": "matrix"}, NotFoundError),
        ("local-whatsapp", {"login_id": "nonsense"}, NotFoundError),
        ("local-whatsapp", {"flow_id": "nonsense"}, UnprocessableEntityError),
        ("matrix", {}, ConflictError),
        ("linkedin", {}, ConflictError),
        ("googlechat", {}, ConflictError),
        ("twitter", {}, InternalServerError),
    ],
)
async def test_refused_session(
    sim: Simulator,
    sdk: AsyncBeeperDesktop,
    bridge_id: str,
    body: dict[str, str],
    error: type[APIStatusError],
) -> None:
    """What cannot be signed in to is refused, with a message to show."""
    with pytest.raises(error) as raised:
        await sdk.bridges.login_sessions.create(
            bridge_id,
            **body,  # type: ignore[arg-type]  # optional parameters
        )

    assert isinstance(raised.value.body, dict)
    assert raised.value.body["message"]
    assert raised.value.body["code"]
    assert sim.sessions == {}


async def test_unavailable_bridge_is_a_bad_gateway(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """A bridge that failed is told from a server that failed."""
    with pytest.raises(InternalServerError) as raised:
        await sdk.bridges.login_sessions.create("twitter")

    assert raised.value.status_code == 502


async def test_read_only_token_starts_no_session(sim: Simulator) -> None:
    """Login sessions need the write scope."""
    async with AsyncBeeperDesktop(
        base_url=sim.url, access_token=sim.read_only_token, max_retries=0
    ) as sdk:
        with pytest.raises(PermissionDeniedError):
            await sdk.bridges.login_sessions.create("local-whatsapp")

    assert sim.sessions == {}


def assert_failed(session: LoginSession, code: str, message: str) -> None:
    """Check that a session has failed with an error."""
    assert session.status == "failed"
    assert session.current_step is None
    assert session.error is not None
    assert (session.error.code, session.error.message) == (code, message)
