"""Every login flow, driven step by step by the official SDK."""

import asyncio
from collections.abc import Callable, Mapping
import re

from beeper_desktop_api import (
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

from simulator import Simulator

KEY = r"[A-Za-z0-9+/]+=*"
QR_DATA = {
    "local-whatsapp": rf"2@{KEY},{KEY},{KEY},{KEY}",
    "local-telegram": r"tg://login\?token=[\w-]+",
    "local-signal": r"sgnl://linkdevice\?uuid=[\w-]+&pub_key=[\w%.-]+",
    "gmessages": (rf"https://support\.google\.com/messages/\?p=web_computer#\?c={KEY}"),
    "discordgo": r"https://discord\.com/ra/[\w-]+",
}


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

    def tap_wrong(self, session_id: str) -> None:
        """Tap another emoji."""
        right = self.sim.phone.codes(session_id)["emoji"]
        self.sim.phone.tap(session_id, "⭐" if right != "⭐" else "🌙")


def shape(session: LoginSession) -> tuple[str, ...]:
    """Return what a session shows: status, step type, step id, display or fields."""
    step = session.current_step
    match step:
        case CurrentStepDisplayAndWait():
            return (session.status, step.type, step.step_id, step.display.type)
        case CurrentStepUserInput():
            fields = (f"{field.id}:{field.type}" for field in step.fields)
            return (session.status, step.type, step.step_id, *fields)
        case CurrentStepCookies():
            fields = (f"{field.name}:{field.type}" for field in step.fields)
            return (session.status, step.type, step.step_id, *fields)
        case _:
            return (session.status,)


def qr_step(step_id: str) -> tuple[str, ...]:
    """Return the shape of a QR step."""
    return ("waiting_for_display", "display_and_wait", step_id, "qr")


def input_step(step_id: str, *fields: str) -> tuple[str, ...]:
    """Return the shape of a user_input step."""
    return ("waiting_for_input", "user_input", step_id, *fields)


def cookies_step(step_id: str, *fields: str) -> tuple[str, ...]:
    """Return the shape of a cookies step."""
    return ("waiting_for_cookies", "cookies", step_id, *fields)


TELEGRAM_PHONE = input_step("fi.mau.telegram.login.phone", "phone_number:phone_number")
TELEGRAM_CODE = input_step("fi.mau.telegram.login.code", "code:2fa_code")
TELEGRAM_PASSWORD = input_step("fi.mau.telegram.login.password", "password:password")
TELEGRAM_QR = qr_step("fi.mau.telegram.login.qr")
WHATSAPP_QR = qr_step("fi.mau.whatsapp.login.qr")
WHATSAPP_PHONE = input_step("fi.mau.whatsapp.login.phone", "phone_number:phone_number")
WHATSAPP_CODE = (
    "waiting_for_display",
    "display_and_wait",
    "fi.mau.whatsapp.login.code",
    "code",
)
SIGNAL_QR = qr_step("fi.mau.signal.login.qr")
GOOGLE_COOKIES = cookies_step(
    "fi.mau.gmessages.login.cookies",
    "SID:cookie",
    "HSID:cookie",
    "SSID:cookie",
    "APISID:cookie",
    "SAPISID:cookie",
    "OSID:cookie",
)
GOOGLE_EMOJI = (
    "waiting_for_display",
    "display_and_wait",
    "fi.mau.gmessages.login.emoji",
    "emoji",
)
SLACK_EMAIL = (
    input_step("fi.mau.slack.login.email", "email:email"),
    input_step("fi.mau.slack.login.code", "code:2fa_code"),
    input_step("fi.mau.slack.login.workspace", "workspace:select"),
)
SLACK_2FA = input_step("fi.mau.slack.login.2fa", "2fa_code:2fa_code")
SLACK_TOKEN = cookies_step(
    "fi.mau.slack.login.authtoken", "Authorization:header", "d:cookie"
)
IMESSAGE = (
    "waiting_for_display",
    "display_and_wait",
    "com.beeper.imessage.login.permission",
    "nothing",
)

NEW = [
    ("local-whatsapp", "qr", [WHATSAPP_QR]),
    ("local-whatsapp", "phone", [WHATSAPP_PHONE, WHATSAPP_CODE]),
    ("local-telegram", "phone", [TELEGRAM_PHONE, TELEGRAM_CODE]),
    ("local-telegram", "qr", [TELEGRAM_QR]),
    ("local-signal", "qr", [SIGNAL_QR]),
    ("gmessages", "google", [GOOGLE_COOKIES, GOOGLE_EMOJI]),
    ("gmessages", "qr", [qr_step("fi.mau.gmessages.login.qr")]),
    ("slackgo", "email", [*SLACK_EMAIL]),
    ("slackgo", "authtoken", [SLACK_TOKEN]),
    (
        "facebookgo",
        "cookies",
        [
            cookies_step(
                "fi.mau.login.cookies", "c_user:cookie", "xs:cookie", "datr:cookie"
            )
        ],
    ),
    (
        "instagramgo",
        "cookies",
        [
            cookies_step(
                "fi.mau.login.cookies",
                "sessionid:cookie",
                "ds_user_id:cookie",
                "mid:cookie",
            )
        ],
    ),
    ("discordgo", "qr", [qr_step("fi.mau.discord.login.qr")]),
    (
        "discordgo",
        "token",
        [cookies_step("fi.mau.discord.login.token", "token:local_storage")],
    ),
    ("imessage", "nothing", [IMESSAGE]),
]

RECONNECT = [
    ("local-whatsapp_ba_rG7f0Jc4mQ9zYw", "qr", [WHATSAPP_QR]),
    ("local-whatsapp_ba_rG7f0Jc4mQ9zYw", "phone", [WHATSAPP_PHONE, WHATSAPP_CODE]),
    (
        "local-telegram_ba_Kd83hsTq0aLwX2",
        "phone",
        [TELEGRAM_PHONE, TELEGRAM_CODE, TELEGRAM_PASSWORD],
    ),
    ("local-telegram_ba_Kd83hsTq0aLwX2", "qr", [TELEGRAM_QR, TELEGRAM_PASSWORD]),
    ("local-signal_ba_Qe5tUo2iVb7nHc", "qr", [SIGNAL_QR]),
    ("gmessages", "google", [GOOGLE_COOKIES, GOOGLE_EMOJI]),
    ("slackgo.T0EXAMPLE-U0ALICE", "email", [*SLACK_EMAIL, SLACK_2FA]),
    ("slackgo.T0EXAMPLE-U0ALICE", "authtoken", [SLACK_TOKEN]),
    ("discordgo", "qr", [qr_step("fi.mau.discord.login.qr")]),
]


@pytest.mark.parametrize(("bridge_id", "flow_id", "steps"), NEW)
async def test_connecting_a_new_account(
    sim: Simulator,
    sdk: AsyncBeeperDesktop,
    bridge_id: str,
    flow_id: str,
    steps: list[tuple[str, ...]],
) -> None:
    """Each flow shows its steps in order and ends with a new account."""
    before = set(sim.accounts)
    person = Person(sim, sdk, bridge_id)

    session = await person.start(flow_id)
    seen = []
    while session.current_step is not None:
        assert session.bridge_id == bridge_id
        assert session.account_id is None
        assert session.current_step.instructions
        seen.append(shape(session))
        session = await person.go_on(session)

    assert seen == steps
    assert session.status == "complete"
    assert session.error is None
    assert session.account is not None
    assert session.account.account_id not in before
    assert set(sim.accounts) == before | {session.account.account_id}
    assert session.account.status == "connecting"
    assert session.account.bridge.id == bridge_id
    assert session.account.user.id
    assert session.account_id == session.account.account_id
    assert session.login is not None
    assert session.login.account_ids == [session.account.account_id]
    assert session.login.status == "connecting"
    assert session.login_id == session.login.login_id == session.account.login_id


@pytest.mark.parametrize(("account_id", "flow_id", "steps"), RECONNECT)
async def test_reconnecting_an_account(
    sim: Simulator,
    sdk: AsyncBeeperDesktop,
    account_id: str,
    flow_id: str,
    steps: list[tuple[str, ...]],
) -> None:
    """Each flow reconnects an account; two-factor authentication adds its step."""
    before = sim.accounts
    account = before[account_id]
    person = Person(sim, sdk, account["bridge"]["id"])

    session = await person.start(flow_id, account_id=account_id)
    seen = []
    while session.current_step is not None:
        assert session.account_id == account_id
        assert session.login_id == account["loginID"]
        seen.append(shape(session))
        session = await person.go_on(session)

    assert seen == steps
    assert session.status == "complete"
    assert session.account is not None
    assert session.account.account_id == account_id
    assert session.account.status == "connecting"
    assert session.account.user.id == account["user"]["id"]
    assert set(sim.accounts) == set(before)


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


@pytest.mark.parametrize(
    ("bridge_id", "flow_id", "reconnect", "right_before", "wrong"),
    [
        ("local-telegram", "phone", {}, 1, {"code": "nonsense"}),
        (
            "local-telegram",
            "phone",
            {"account_id": "local-telegram_ba_Kd83hsTq0aLwX2"},
            2,
            {"password": "nonsense"},
        ),
        ("slackgo", "email", {}, 0, {"email": "nonsense"}),
        ("slackgo", "email", {}, 1, {"code": "nonsense"}),
        ("slackgo", "email", {}, 2, {"workspace": "nonsense"}),
        (
            "slackgo",
            "email",
            {"account_id": "slackgo.T0EXAMPLE-U0ALICE"},
            3,
            {"2fa_code": "nonsense"},
        ),
    ],
)
async def test_wrong_answer_is_asked_for_again(
    sim: Simulator,
    sdk: AsyncBeeperDesktop,
    bridge_id: str,
    flow_id: str,
    reconnect: dict[str, str],
    right_before: int,
    wrong: dict[str, str],
) -> None:
    """A wrong answer leads to the same fields with a complaint, the right one on."""
    person = Person(sim, sdk, bridge_id)
    session = await person.start(flow_id, **reconnect)
    for _ in range(right_before):
        session = await person.enter(session)
    asked = session.current_step
    assert isinstance(asked, CurrentStepUserInput)

    session = await person.enter(session, wrong)
    again = session.current_step
    assert isinstance(again, CurrentStepUserInput)
    assert again.step_id == f"{asked.step_id}.incorrect"
    assert again.instructions != asked.instructions
    assert again.fields == asked.fields
    assert session.error is None

    session = await person.enter(session)
    assert session.current_step is None or shape(session)[2] not in (
        asked.step_id,
        again.step_id,
    )


async def test_too_many_wrong_codes_end_the_session(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """The network limits the number of attempts."""
    person = Person(sim, sdk, "local-telegram")
    session = await person.enter(await person.start("phone"))

    for _ in range(4):
        session = await person.enter(session, {"code": "nonsense"})
        assert session.status == "waiting_for_input"
    session = await person.enter(session, {"code": "nonsense"})

    assert_failed(session, "rate_limited")


@pytest.mark.parametrize("bridge_id", ["local-whatsapp", "local-telegram"])
@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+1555", "phone_number_too_short"),
        ("0555 5550100", "phone_number_not_international"),
    ],
)
async def test_bad_phone_number_ends_the_session(
    sim: Simulator, sdk: AsyncBeeperDesktop, bridge_id: str, number: str, code: str
) -> None:
    """A phone number that cannot be right is fatal."""
    person = Person(sim, sdk, bridge_id)
    session = await person.enter(await person.start("phone"), {"phone_number": number})

    assert_failed(session, code)


@pytest.mark.parametrize(
    ("bridge_id", "flow_id"),
    [
        ("facebookgo", "cookies"),
        ("instagramgo", "cookies"),
        ("gmessages", "google"),
        ("slackgo", "authtoken"),
        ("discordgo", "token"),
    ],
)
async def test_missing_cookie_ends_the_session(
    sim: Simulator, sdk: AsyncBeeperDesktop, bridge_id: str, flow_id: str
) -> None:
    """All cookies are needed."""
    person = Person(sim, sdk, bridge_id)
    session = await person.start(flow_id)
    cookies = sim.phone.codes(session.login_session_id)
    cookies.popitem()

    assert_failed(await person.enter(session, cookies), "missing_cookies")


@pytest.mark.parametrize(
    ("last_url", "code"),
    [
        (
            "https://www.facebook.com/checkpoint/1501092823525282/",
            "checkpoint_required",
        ),
        ("https://www.facebook.com/privacy/consent/gdp/", "consent_required"),
    ],
)
async def test_network_wants_something_on_its_own_site(
    sim: Simulator, sdk: AsyncBeeperDesktop, last_url: str, code: str
) -> None:
    """A browser that ended at a checkpoint or a question is not signed in."""
    person = Person(sim, sdk, "facebookgo")
    session = await person.start("cookies")

    assert_failed(await person.enter(session, last_url=last_url), code)


async def test_cookies_step_has_all_members(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """A cookies step says where to go, what to look for and who to be."""
    session = await Person(sim, sdk, "facebookgo").start("cookies")

    step = session.current_step
    assert isinstance(step, CurrentStepCookies)
    assert step.url == "https://www.facebook.com/login"
    assert step.expected_final_url_regex
    assert re.match(step.expected_final_url_regex, "https://www.facebook.com/")
    assert step.user_agent
    assert step.user_agent.startswith("Mozilla/5.0")


async def test_slack_token_comes_with_an_extraction_script(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """What no cookie holds is found by a script."""
    session = await Person(sim, sdk, "slackgo").start("authtoken")

    step = session.current_step
    assert isinstance(step, CurrentStepCookies)
    assert step.url == "https://slack.com/signin"
    assert step.extract_js


async def test_workspace_is_chosen_from_options(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """A select field names its options and the first of them as initial value."""
    person = Person(sim, sdk, "slackgo")
    session = await person.enter(await person.enter(await person.start("email")))

    step = session.current_step
    assert isinstance(step, CurrentStepUserInput)
    (field,) = step.fields
    assert field.initial_value == "Example Ltd"
    assert field.model_extra == {"options": ["Example Ltd", "Example Ltd Guests"]}


async def test_wrong_emoji_ends_the_session(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """Only the displayed emoji proves who holds the phone."""
    person = Person(sim, sdk, "gmessages")
    session = await person.enter(await person.start("google"))

    assert_failed(await person.wait(session, person.tap_wrong), "wrong_emoji")


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

    assert_failed(session, "cancelled_on_phone")


@pytest.mark.parametrize(
    "code",
    [
        "login_timed_out",
        "rate_limited",
        "device_limit_reached",
        "checkpoint_required",
        "consent_required",
    ],
)
async def test_network_ends_the_session(
    sim: Simulator, sdk: AsyncBeeperDesktop, code: str
) -> None:
    """A fatal error answers the wait, stays readable, and changes no account."""
    before = sim.accounts
    person = Person(sim, sdk, "local-whatsapp")
    session = await person.start("qr")

    session = await person.wait(
        session, lambda session_id: sim.phone.fail(session_id, code)
    )

    assert_failed(session, code)
    again = await sdk.bridges.login_sessions.retrieve(
        session.login_session_id, bridge_id="local-whatsapp"
    )
    assert again == session
    assert sim.accounts == before


async def test_time_out_is_worded_as_the_networks_do(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """A code nobody scanned ends in a time-out."""
    person = Person(sim, sdk, "local-signal")
    session = await person.wait(await person.start("qr"), sim.phone.time_out)

    assert session.error is not None
    assert session.error.code == "login_timed_out"
    assert session.error.message == (
        "Entering code or scanning QR timed out. Please try again."
    )


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

    assert session.account_id == "local-whatsapp_ba_rG7f0Jc4mQ9zYw"
    assert session.login_id == "15555550100"


async def test_default_flow_is_the_first(
    sim: Simulator, sdk: AsyncBeeperDesktop
) -> None:
    """Without a flow the bridge's first one is taken."""
    session = await sdk.bridges.login_sessions.create("local-telegram")

    assert shape(session) == TELEGRAM_PHONE


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


def assert_failed(session: LoginSession, code: str) -> None:
    """Check that a session has failed with an error."""
    assert session.status == "failed"
    assert session.current_step is None
    assert session.error is not None
    assert session.error.code == code
    assert session.error.message
