"""What each network asks for when one signs in, as tests see it from the outside.

How to use it:

- `LOGINS` has every way to sign in: each `Login` names the bridge, the flow, the account
  to be reconnected (None: a new one), and the steps in order. All of them are in the
  scenario `networks`.
- `RUNS` has each of them in each of the two shapes (`SHAPES`), as parameters for tests:
  `@pytest.mark.parametrize(("login", "shape"), RUNS)`. The simulator of such a test is
  `Simulator(load_scenario("networks"), shape=shape)`.
- A step says what is served: `step.step_id`, `step.type`, `step.status`, and for its
  fields `step.served(shape)`, member for member. What is right to enter is told by
  `simulator.phone.codes(session_id)`, by field ID.
  - `Form`: `fields`; of the last one (`field`) a `wrong` value that is asked for again,
    as the step `asked_again`. Without `wrong` there is none that is not fatal.
  - `Cookies`: `wanted`; `fields` are their IDs, `required` those that the network needs.
    `step.brought(right)` is where a browser has the values: cookies (percent-encoded, as
    a browser keeps them), headers, storage, request body, and what the script returns.
  - `Display`: `shows` what kind; `rotations` are seconds after which a QR code is
    replaced by the next one, for the first two times; none where it stays.
  - `Passkey`: a step that cannot be done here (of type webauthn). In the shape `schema`
    there is none: the login ends there (`login.ending(shape)` is then its reason).
- `ENDINGS` has ways in which a login ends without success: do `ending.before` right,
  then enter `ending.entered(right)` with `ending.last_url`, or let `ending.happen(...)`.
  `ENDING_RUNS` has each of them in each of the two styles (`STYLES`). In the style
  `beeper` the answer is 200 with `failed`; in `framework` it is `ending.status`, and the
  session is gone. In both the error has `ending.code` and `ending.message`.
- `NEW` and `RECONNECT` are those that the scenario `home` has, too, with forms of a
  single field: `(bridge or account, flow, steps)`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, ClassVar
from urllib.parse import quote

import pytest

from simulator.emoji import EMOJIS
from simulator.login_errors import FATAL_ERRORS
from simulator.phone import Phone
from simulator.shapes import SHAPES, Shape
from simulator.styles import STYLES

from .accounts import SIGNAL, SLACK, TELEGRAM, WHATSAPP

type Json = dict[str, Any]


# --- Steps


@dataclass(frozen=True)
class Field:
    """A field of a form, as the rich shape has it."""

    id: str
    type: str
    label: str
    hint: str | None = None
    options: tuple[str, ...] = ()
    pattern: str | None = None

    def served(self, shape: Shape) -> Json:
        """Return the field as it is served."""
        found: Json = {"id": self.id, "type": self.type, "label": self.label}
        if self.hint is not None:
            found["placeholder"] = self.hint
        if shape == "rich":
            if self.options:
                found["options"] = list(self.options)
            if self.pattern is not None:
                found["pattern"] = self.pattern
        return found


@dataclass(frozen=True)
class Source:
    """A place in a browser where a value is found."""

    type: str
    """cookie, local_storage, request_header, request_body or special."""
    name: str
    where: str | None = None
    """A cookie's domain, or the pattern of a request's address."""

    @property
    def served(self) -> Json:
        """The source as it is served; only the rich shape has it."""
        found = {"type": self.type, "name": self.name}
        if self.where is not None:
            key = "cookieDomain" if self.type == "cookie" else "requestURLRegex"
            found[key] = self.where
        return found


@dataclass(frozen=True)
class Wanted:
    """What a step asks for of a browser, as the rich shape has it."""

    id: str
    sources: tuple[Source, ...]
    required: bool = True
    pattern: str | None = None

    PUBLISHED: ClassVar = {
        "cookie": "cookie",
        "local_storage": "local_storage",
        "request_header": "header",
    }
    """The sources that the published schema can name, and what it calls them."""

    def served(self, shape: Shape) -> Json:
        """Return the field as it is served.

        What is in a request's body or known to the script has no name and no type.
        """
        found: Json = {"id": self.id}
        for source in self.sources:
            if source.type in self.PUBLISHED:
                found |= {"name": source.name, "type": self.PUBLISHED[source.type]}
                break
        if shape == "rich":
            sources = [source.served for source in self.sources]
            found |= {"required": self.required, "sources": sources}
            if self.pattern is not None:
                found["pattern"] = self.pattern
        return found


@dataclass(frozen=True)
class Form:
    """A step that asks for input."""

    step_id: str
    fields: tuple[Field, ...]
    wrong: str | None = None
    """A value of the last field that is asked for again; None: all wrong ones are fatal.

    It fits the pattern of the field; for a select it is none of the options.
    """
    again: str | None = None
    """The ID of the step that asks again; None: the same."""

    type: ClassVar = "user_input"
    status: ClassVar = "waiting_for_input"

    @property
    def field(self) -> str:
        """The ID of the last field."""
        return self.fields[-1].id

    @property
    def asked_again(self) -> Form:
        """The step that follows a wrong answer."""
        return replace(self, step_id=self.again or self.step_id)

    def served(self, shape: Shape) -> list[Json]:
        """Return the fields as they are served."""
        return [item.served(shape) for item in self.fields]


@dataclass(frozen=True)
class Brought:
    """Where a browser has what a step asks for."""

    cookies: dict[str, str] = field(default_factory=dict)
    """By name, percent-encoded as a browser keeps them."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of requests, by name."""
    storage: dict[str, str] = field(default_factory=dict)
    """The page's local storage."""
    body: dict[str, str] = field(default_factory=dict)
    """Members of a request's body, by name."""
    script: dict[str, str] = field(default_factory=dict)
    """What the extraction script returns, by field ID."""


@dataclass(frozen=True)
class Cookies:
    """A step that asks for what a browser stores or sends."""

    step_id: str
    wanted: tuple[Wanted, ...]
    url: str
    has_script: bool = False
    """Whether there is a script that finds some of it."""

    type: ClassVar = "cookies"
    status: ClassVar = "waiting_for_cookies"

    @property
    def fields(self) -> tuple[str, ...]:
        """The IDs of the fields."""
        return tuple(item.id for item in self.wanted)

    @property
    def required(self) -> tuple[str, ...]:
        """The IDs of the fields that the network needs."""
        return tuple(item.id for item in self.wanted if item.required)

    def served(self, shape: Shape) -> list[Json]:
        """Return the fields as they are served."""
        return [item.served(shape) for item in self.wanted]

    def brought(self, right: Mapping[str, str]) -> Brought:
        """Return where a browser has these values, each in its first source."""
        found = Brought()
        for item in self.wanted:
            if item.id not in right:
                continue
            source, value = item.sources[0], right[item.id]
            match source.type:
                case "cookie":
                    found.cookies[source.name] = quote(value, safe="")
                case "request_header":
                    found.headers[source.name] = value
                case "local_storage":
                    found.storage[source.name] = value
                case "request_body":
                    found.body[source.name] = value
                case _:
                    found.script[item.id] = value
        return found


@dataclass(frozen=True)
class Display:
    """A step with something to look at."""

    step_id: str
    shows: str
    """qr, code, emoji or nothing."""
    lasts: tuple[float, float] | None = None
    """Seconds that the first QR code and each further one last; None: it stays."""

    type: ClassVar = "display_and_wait"
    status: ClassVar = "waiting_for_display"

    @property
    def rotations(self) -> tuple[float, ...]:
        """Seconds after which the next QR code is there, for the first two times."""
        return () if self.lasts is None else tuple(item + 1 for item in self.lasts)

    def served(self, shape: Shape) -> list[Json]:
        """Return the fields as they are served: none."""
        return []


@dataclass(frozen=True)
class Passkey:
    """A step that asks for a passkey; in the shape `schema` the login ends instead."""

    step_id: str

    type: ClassVar = "webauthn"
    status: ClassVar = "waiting_for_input"

    def served(self, shape: Shape) -> list[Json]:
        """Return the fields as they are served: none."""
        return []


type Step = Form | Cookies | Display | Passkey


@dataclass(frozen=True)
class Login:
    """A way to sign in."""

    bridge: str
    flow: str
    steps: tuple[Step, ...]
    account: str | None = None
    """The account that is reconnected; None: a new one is connected."""

    @property
    def name(self) -> str:
        """What a test of it is called."""
        kind = "new" if self.account is None else "again"
        return f"{self.bridge}-{self.flow}-{kind}"

    def steps_in(self, shape: Shape) -> tuple[Step, ...]:
        """Return the steps of a shape, up to where it ends."""
        if self.ending(shape) is None:
            return self.steps
        return tuple(step for step in self.steps if not isinstance(step, Passkey))

    def ending(self, shape: Shape) -> str | None:
        """Return the reason for which it ends without success in a shape, if it does."""
        has_passkey = any(isinstance(step, Passkey) for step in self.steps)
        return "passkey_unsupported" if has_passkey and shape == "schema" else None


def form(
    step_id: str, *fields: Field, wrong: str | None = None, again: str | None = None
) -> Form:
    """Return a step that asks for input."""
    return Form(step_id, fields, wrong, again)


def site(step_id: str, url: str, *wanted: Wanted, has_script: bool = False) -> Cookies:
    """Return a step that asks for what a browser stores or sends."""
    return Cookies(step_id, wanted, url, has_script)


def cookie(name: str, domain: str | None = None, *, required: bool = True) -> Wanted:
    """Return a cookie that is a field of its own name."""
    return Wanted(name, (Source("cookie", name, domain),), required)


def solution() -> Wanted:
    """Return the solution of a captcha, which only a script has."""
    return Wanted("captcha_token", (Source("special", "captcha_token"),))


# --- WhatsApp, Telegram, Signal

WHATSAPP_QR = Display("fi.mau.whatsapp.login.qr", "qr", (60, 20))
WHATSAPP_PHONE = form(
    "fi.mau.whatsapp.login.phone",
    Field(
        "phone_number",
        "phone_number",
        "Phone number",
        "Your WhatsApp phone number in international format",
    ),
)
WHATSAPP_CODE = Display("fi.mau.whatsapp.login.code", "code")
WHATSAPP_PASSKEY = Passkey("fi.mau.whatsapp.login.passkey")

TELEGRAM_LOGIN = "fi.mau.telegram.login"
TELEGRAM_PHONE = form(
    f"{TELEGRAM_LOGIN}.phone_number",
    Field(
        f"{TELEGRAM_LOGIN}.phone_number",
        "phone_number",
        "Phone number",
        "Include the country code with +",
    ),
)
TELEGRAM_CODE = form(
    f"{TELEGRAM_LOGIN}.code",
    Field(
        f"{TELEGRAM_LOGIN}.code",
        "2fa_code",
        "Code",
        "The code was sent to the Telegram app on your phone",
    ),
    wrong="00000",
    again=f"{TELEGRAM_LOGIN}.code.incorrect",
)
TELEGRAM_PASSWORD = form(
    f"{TELEGRAM_LOGIN}.password",
    Field(f"{TELEGRAM_LOGIN}.password", "password", "Password"),
    wrong="hunter2",
    again=f"{TELEGRAM_LOGIN}.password.incorrect",
)
TELEGRAM_QR = Display(f"{TELEGRAM_LOGIN}.show_qr", "qr", (30, 30))
TELEGRAM_BOT = form(
    f"{TELEGRAM_LOGIN}.bot_token",
    Field(
        f"{TELEGRAM_LOGIN}.bot_token",
        "token",
        "Bot token",
        pattern=r"^\d+:[A-Za-z0-9_-]{35}$",
    ),
)
TELEGRAM_MANUAL = form(
    f"{TELEGRAM_LOGIN}.manual_session",
    Field(
        f"{TELEGRAM_LOGIN}.manual_session",
        "token",
        "Session data JSON",
        pattern=r'^\{[a-zA-Z0-9/+=":,. ]+\}$',
    ),
)

SIGNAL_QR = Display("fi.mau.signal.login.qr", "qr", (45, 45))

# --- Google

_GOOGLE = ("SID", "HSID", "SSID", "APISID", "SAPISID")
GMESSAGES_COOKIES = site(
    "fi.mau.gmessages.google_account",
    "https://accounts.google.com/AccountChooser?continue=https://messages.google.com/web/config",
    cookie("OSID", "messages.google.com"),
    *(cookie(name, ".google.com") for name in _GOOGLE),
    cookie("__Secure-1PSIDTS", ".google.com", required=False),
)
GMESSAGES_EMOJI = Display("fi.mau.gmessages.emoji", "emoji")
GMESSAGES_QR = Display("fi.mau.gmessages.qr", "qr", (30, 30))
GVOICE = site(
    "fi.mau.gvoice.cookies",
    "https://voice.google.com/signup",
    cookie("OSID", "voice.google.com", required=False),
    cookie("COMPASS", "clients6.google.com", required=False),
    *(cookie(name, ".google.com") for name in _GOOGLE),
    cookie("__Secure-1PSIDTS", ".google.com", required=False),
)

# --- Slack

_SLACK_API = r"^https://.+?\.slack\.com/api/(client|experiments|api|users|teams|conversations)\..+$"
SLACK_EMAIL = form(
    "fi.mau.slack.login.enter_email",
    Field("email", "email", "Email", pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    wrong="alice@example.invalid",
)
SLACK_CAPTCHA = site(
    "fi.mau.slack.login.email_captcha",
    "https://slack.com/signin",
    solution(),
    has_script=True,
)
SLACK_CODE = form(
    "fi.mau.slack.login.enter_email_code",
    Field(
        "code",
        "2fa_code",
        "Confirmation code",
        "Six-character code from Slack",
        pattern=r"^[a-zA-Z0-9]{3}-?[a-zA-Z0-9]{3}$",
    ),
    wrong="AAA000",
)
SLACK_WORKSPACE = form(
    "fi.mau.slack.login.select_workspace",
    Field(
        "workspace",
        "select",
        "Workspace",
        "Slack workspace to connect",
        options=("Example Ltd", "Example Ltd Guests"),
    ),
    wrong="Elsewhere",
)
SLACK_2FA = form(
    "fi.mau.slack.login.two_factor",
    Field(
        "two_factor_code",
        "2fa_code",
        "Authentication code",
        "Six-digit code from your Slack authenticator or SMS",
        pattern=r"^\d{6}$",
    ),
    wrong="000000",
)
SLACK_TOKEN = site(
    "fi.mau.slack.login.enter_auth_token",
    "https://slack.com/signin",
    Wanted(
        "auth_token",
        (
            Source("special", "fi.mau.slack.auth_token"),
            Source("request_body", "token", _SLACK_API),
        ),
        pattern="^xoxc-.+$",
    ),
    Wanted(
        "cookie_token",
        (Source("cookie", "d", "slack.com"),),
        pattern="^xoxd-[a-zA-Z0-9/+=]+$",
    ),
    has_script=True,
)
SLACK_APP = form(
    "fi.mau.slack.login.enter_app_tokens",
    Field(
        "bot_token",
        "token",
        "Bot token",
        "Token of the bot, beginning with `xoxb-`",
        pattern="^xoxb-.+$",
    ),
    Field(
        "app_token",
        "token",
        "App token",
        "Token of the app, beginning with `xapp-`",
        pattern="^xapp-.+$",
    ),
)

# --- Meta

_FACEBOOK = ("xs", "c_user", "datr")
FACEBOOK = site(
    "fi.mau.meta.cookies",
    "https://www.facebook.com/",
    *(cookie(name, "facebook.com") for name in _FACEBOOK),
)
MESSENGER = site(
    "fi.mau.meta.cookies",
    "https://www.messenger.com/?no_redirect=true",
    *(cookie(name, "messenger.com") for name in _FACEBOOK),
)
INSTAGRAM = site(
    "fi.mau.meta.cookies",
    "https://www.instagram.com/accounts/login/",
    *(
        cookie(name, "instagram.com")
        for name in ("sessionid", "csrftoken", "ds_user_id", "mid", "ig_did")
    ),
)
_NATIVE = "fi.mau.meta.messengerlite"
MESSENGER_PASSWORD = form(
    f"{_NATIVE}.email_password",
    Field("username", "username", "Username or email address"),
    Field("password", "password", "Password"),
    wrong="hunter2",
)
MESSENGER_CAPTCHA = form(
    f"{_NATIVE}.captcha",
    Field("captcha_code", "captcha_code", "Captcha code"),
    wrong="nonsense",
)
"""It has a picture and a sound as attachments; a wrong answer brings new ones."""
MESSENGER_WAY = form(
    f"{_NATIVE}.mfa_type",
    Field(
        "mfatype",
        "select",
        "Login method",
        options=(
            "Notification on another device",
            "Authentication app",
            "Text message",
        ),
    ),
    wrong="Smoke signals",
)
MESSENGER_DEVICE = Display(f"{_NATIVE}.afad_wait", "nothing")

# --- Discord

DISCORD_TOKEN = site(
    "fi.mau.discord.cookies",
    "https://discord.com/login",
    Wanted("token", (Source("special", "fi.mau.discord.token"),)),
    has_script=True,
)
DISCORD_QR = Display("fi.mau.discord.qr", "qr")
DISCORD_TYPED = form(
    "fi.mau.discord.enter_token",
    Field(
        "token",
        "password",
        "Discord user account token",
        pattern=(
            r"^(mfa\.[a-zA-Z0-9_-]{20,})|"
            r"([a-zA-Z0-9_-]{23,}\.[a-zA-Z0-9_-]{6,7}\.[a-zA-Z0-9_-]{27,})$"
        ),
    ),
    wrong="mfa.aaaaaaaaaaaaaaaaaaaaaaaa",
)
DISCORD_PASSWORD = form(
    "fi.mau.discord.creds",
    Field("username_or_phone", "username", "Email or phone number"),
    Field("password", "password", "Password"),
    wrong="hunter2",
)
DISCORD_CAPTCHA = site(
    "fi.mau.discord.captcha",
    "https://discord.com/company-information",
    solution(),
    has_script=True,
)
DISCORD_MAIL = form(
    "fi.mau.discord.email_verification",
    Field(
        "email_verification",
        "select",
        "Verification",
        options=("I\N{RIGHT SINGLE QUOTATION MARK}ve verified the login",),
    ),
)
DISCORD_WAY = form(
    "fi.mau.discord.mfa.method",
    Field(
        "mfa_method",
        "select",
        "Verification Method",
        options=("Text me a code", "Use my authenticator app", "Enter a backup code"),
    ),
    wrong="Smoke signals",
)
DISCORD_CODE = form(
    "fi.mau.discord.mfa.totp",
    Field("mfa_totp_code", "2fa_code", "Authentication code", pattern=r"^(\d+)$"),
    wrong="000000",
)

# --- X, LinkedIn, Tumblr


def _x_tokens() -> Iterable[Wanted]:
    """Yield what X's own sign-in asks of a browser."""
    for number in range(1, 9):
        suffix = "" if number == 1 else f"_{number}"
        key = f"fi.mau.twitter.castle_token{suffix}"
        yield Wanted(
            f"castle_token{suffix}",
            (Source("special", key), Source("local_storage", key)),
            required=number == 1,
            pattern=r"^[\s\S]{128,}$",
        )
    for name in ("user_agent", "sec_ch_ua", "sec_ch_ua_platform", "sec_ch_ua_mobile"):
        yield Wanted(
            f"browser_{name}",
            (
                Source("request_header", name.replace("_", "-"), r"^https://x\.com/"),
                Source("special", f"browser_{name}"),
            ),
            required=name == "user_agent",
            pattern=r"^\?[01]$" if name.endswith("mobile") else r"^[^\r\n]{1,1024}$",
        )
    for name in (
        "__cf_bm",
        "__cuid",
        "gt",
        "guest_id",
        "guest_id_ads",
        "guest_id_marketing",
        "personalization_id",
    ):
        key = f"fi.mau.twitter.cookie.{name}"
        yield Wanted(
            name,
            (
                Source("cookie", name, "x.com"),
                Source("cookie", name, ".x.com"),
                Source("special", key),
                Source("local_storage", key),
            ),
            required=False,
        )


X_COOKIES = site(
    "fi.mau.twitter.login.enter_cookies",
    "https://x.com/i/flow/login",
    cookie("ct0"),
    cookie("auth_token"),
)
X_PASSWORD = form(
    "fi.mau.twitter.login.enter_credentials",
    Field(
        "identifier",
        "username",
        "Username, email, or phone",
        "The identifier you use to sign in to X.",
    ),
    Field("password", "password", "Password"),
    wrong="hunter2",
)
X_TOKENS = site(
    "fi.mau.twitter.login.castle_token",
    "https://x.com/robots.txt",
    *_x_tokens(),
    has_script=True,
)
"""It comes twice, under the same ID, which is no complaint."""
X_WAY = form(
    "fi.mau.twitter.login.select_auth_method",
    Field(
        "auth_method",
        "select",
        "Verification method",
        "Choose the method X should use for this login.",
        options=("Use your authenticator app", "Use your security key"),
    ),
    wrong="Smoke signals",
)
X_CODE = form(
    "fi.mau.twitter.login.enter_verification",
    Field("verification_code", "2fa_code", "Verification code"),
    wrong="000000",
)
X_PIN = form(
    "fi.mau.twitter.login.juicebox_pin",
    Field("pin", "2fa_code", "Passcode", pattern="^[0-9]{4}$"),
    wrong="0000",
)

_LINKEDIN = "fi.mau.linkedin.login"
LINKEDIN = site(
    f"{_LINKEDIN}.enter_cookies",
    "https://linkedin.com/login",
    *(
        Wanted(
            f"{_LINKEDIN}.{name}",
            (Source("request_header", header, "https://www.linkedin.com"),),
            pattern=pattern,
        )
        for name, header, pattern in (
            ("cookie_header", "Cookie", r"\bJSESSIONID=[^;]+"),
            ("x_li_track", "X-LI-Track", "clientVersion"),
            ("x_li_page_instance", "X-LI-Page-Instance", "urn:li:page"),
        )
    ),
)
"""The whole Cookie header, and two that only requests to the site's API have."""

_TUMBLR = "com.ifixrobots.tumblr_dms"
_TUMBLR_API = r"^https://www\.tumblr\.com/api/.*"
TUMBLR = site(
    f"{_TUMBLR}.login.cookies",
    "https://www.tumblr.com/messages",
    Wanted(
        "cookie_header",
        (
            Source("request_header", "Cookie", r"^https://www\.tumblr\.com/.*"),
            Source("special", f"{_TUMBLR}.cookie_header"),
        ),
    ),
    *(cookie(name, required=False) for name in ("pfu", "sid", "logged_in", "tmgioct")),
    Wanted(
        "api_token",
        (
            Source("request_header", "Authorization", _TUMBLR_API),
            Source("special", f"{_TUMBLR}.api_token"),
        ),
        required=False,
    ),
    Wanted(
        "csrf_token",
        (
            Source("request_header", "X-CSRF", _TUMBLR_API),
            Source("request_header", "X-CSRF-Token", _TUMBLR_API),
            Source("special", f"{_TUMBLR}.csrf_token"),
        ),
        required=False,
    ),
    Wanted(
        "api_version",
        (Source("request_header", "X-Version", _TUMBLR_API),),
        required=False,
    ),
    has_script=True,
)

# --- Forms

LINE_PASSWORD = form(
    "dev.highest.matrix.line.enter_creds",
    Field("email", "username", "Email"),
    Field("password", "password", "Password"),
    wrong="hunter2",
)
LINE_PIN = Display("dev.highest.matrix.line.wait_verification", "nothing")
"""The PIN to type on the phone stands in the instructions."""
IRC = form(
    "fi.mau.irc.credentials",
    Field("network", "select", "IRC network", options=("libera", "oftc", "hackint")),
    Field("nick", "username", "IRC nick"),
    Field(
        "credentials",
        "password",
        "Auth credentials",
        "User name and password for SASL, with a colon in between. To sign in without"
        " authentication, enter nothing but a single colon (`:`)",
        pattern="^.*:.*$",
    ),
)
BLUESKY = form(
    "fi.mau.bluesky.password",
    Field(
        "domain",
        "domain",
        "Server",
        "Bluesky server. The default server is `bsky.social`",
    ),
    Field(
        "username",
        "username",
        "Username or email",
        "Bluesky account handle or email address",
    ),
    Field("password", "password", "Password", "Bluesky account password"),
)
ZULIP = form(
    "fi.mau.zulip.apitoken",
    Field("url", "url", "Zulip server URL"),
    Field("email", "email", "Email"),
    Field("token", "token", "API key", pattern="^[A-Za-z0-9]{32}$"),
)
IMESSAGE = Display("com.beeper.imessage.login.permission", "nothing")

_MESSENGER = (
    MESSENGER_PASSWORD,
    MESSENGER_CAPTCHA,
    MESSENGER_WAY,
    MESSENGER_DEVICE,
)

_ALL = (
    Login("local-whatsapp", "qr", (WHATSAPP_QR,)),
    Login("local-whatsapp", "phone", (WHATSAPP_PHONE, WHATSAPP_CODE)),
    Login("whatsapp", "qr", (WHATSAPP_QR, WHATSAPP_PASSKEY)),
    Login("whatsapp", "phone", (WHATSAPP_PHONE, WHATSAPP_CODE, WHATSAPP_PASSKEY)),
    Login("local-telegram", "phone", (TELEGRAM_PHONE, TELEGRAM_CODE)),
    Login("local-telegram", "qr", (TELEGRAM_QR,)),
    Login("local-telegram", "bot", (TELEGRAM_BOT,)),
    Login("local-telegram", "manual", (TELEGRAM_MANUAL,)),
    Login("local-signal", "qr", (SIGNAL_QR,)),
    Login("gmessages", "google", (GMESSAGES_COOKIES, GMESSAGES_EMOJI)),
    Login("gmessages", "qr", (GMESSAGES_QR,)),
    Login("gvoice", "cookies", (GVOICE,)),
    Login("slackgo", "email", (SLACK_EMAIL, SLACK_CODE, SLACK_WORKSPACE)),
    Login("sh-slack", "email", (SLACK_EMAIL, SLACK_CAPTCHA, SLACK_CODE, SLACK_2FA)),
    Login("slackgo", "token", (SLACK_TOKEN,)),
    Login("slackgo", "app", (SLACK_APP,)),
    Login("facebookgo", "facebook", (FACEBOOK,)),
    Login("facebookgo", "messenger", (MESSENGER,)),
    Login("facebookgo", "messenger-lite", _MESSENGER),
    Login("facebookgo", "messenger-lite-android", _MESSENGER),
    Login("instagramgo", "instagram", (INSTAGRAM,)),
    Login("discordgo", "token", (DISCORD_TOKEN,)),
    Login("discordgo", "qr", (DISCORD_QR,)),
    Login("discordgo", "DEBUG_USERINPUT_token", (DISCORD_TYPED,)),
    Login(
        "discordgo",
        "machine",
        (DISCORD_PASSWORD, DISCORD_CAPTCHA, DISCORD_MAIL, DISCORD_WAY, DISCORD_CODE),
    ),
    Login("twitter", "cookies", (X_COOKIES, X_PIN)),
    Login(
        "twitter", "password", (X_PASSWORD, X_TOKENS, X_TOKENS, X_WAY, X_CODE, X_PIN)
    ),
    Login("linkedin", "cookies", (LINKEDIN,)),
    Login("tumblr", "cookies", (TUMBLR,)),
    Login("line", "dev.highest.matrix.line.email_login", (LINE_PASSWORD, LINE_PIN)),
    Login("irc", "nick", (IRC,)),
    Login("bluesky", "password", (BLUESKY,)),
    Login("zulip", "apitoken", (ZULIP,)),
    Login("imessage", "nothing", (IMESSAGE,)),
    # To reconnect may begin later, and has two-factor authentication for some
    Login("local-whatsapp", "qr", (WHATSAPP_QR,), WHATSAPP),
    Login("local-whatsapp", "phone", (WHATSAPP_CODE,), WHATSAPP),
    Login("local-telegram", "phone", (TELEGRAM_CODE, TELEGRAM_PASSWORD), TELEGRAM),
    Login("local-telegram", "qr", (TELEGRAM_QR, TELEGRAM_PASSWORD), TELEGRAM),
    Login("local-signal", "qr", (SIGNAL_QR,), SIGNAL),
    Login("gmessages", "google", (GMESSAGES_COOKIES,), "gmessages"),
    Login("gmessages", "qr", (GMESSAGES_QR,), "gmessages"),
    Login("gvoice", "cookies", (GVOICE,), "gvoice"),
    Login(
        "slackgo", "email", (SLACK_EMAIL, SLACK_CODE, SLACK_WORKSPACE, SLACK_2FA), SLACK
    ),
    Login("slackgo", "token", (SLACK_TOKEN,), SLACK),
    Login("facebookgo", "messenger-lite", _MESSENGER, "facebookgo"),
    Login("instagramgo", "instagram", (INSTAGRAM,), "instagramgo"),
    Login("discordgo", "token", (DISCORD_TOKEN,), "discordgo"),
    Login("discordgo", "qr", (DISCORD_QR,), "discordgo"),
    Login("twitter", "cookies", (X_COOKIES, X_PIN), "twitter"),
    Login("linkedin", "cookies", (LINKEDIN,), "linkedin"),
    Login(
        "line",
        "dev.highest.matrix.line.email_login",
        (LINE_PASSWORD, LINE_PIN),
        "line",
    ),
    Login("irc", "nick", (IRC,), "irc"),
    Login("bluesky", "password", (BLUESKY,), "bluesky"),
    Login("zulip", "apitoken", (ZULIP,), "zulip"),
)

LOGINS = {login.name: login for login in _ALL}
"""All logins by name."""

RUNS = [
    pytest.param(login, shape, id=f"{login.name}-{shape}")
    for login, shape in product(LOGINS.values(), SHAPES)
]
"""All logins in both shapes: `("login", "shape")`."""


# --- Endings without success


@dataclass(frozen=True)
class Ending:
    """A way in which a login ends without success."""

    name: str
    login: Login
    reason: str
    """One of FATAL_ERRORS."""
    code: str
    status: int
    """The HTTP status in the style `framework`."""
    at: int = 0
    """The number of steps that are done right before."""
    changed: Mapping[str, str | None] | None = None
    """What is entered otherwise than it would be right, None: left out. Without it,
    something happens on the phone."""
    last_url: str = ""
    """Where the browser was in the end."""
    phone: tuple[str, ...] = ()
    """What happens on the phone: a method of `Phone`, and its arguments."""

    @property
    def before(self) -> tuple[Step, ...]:
        """The steps that are done right before."""
        return self.login.steps[: self.at]

    @property
    def step(self) -> Step:
        """The step at which it ends."""
        return self.login.steps[self.at]

    @property
    def message(self) -> str:
        """What a person is told."""
        return FATAL_ERRORS[self.reason]

    def entered(self, right: Mapping[str, str]) -> dict[str, str]:
        """Return what is entered, given what would be right."""
        values = {**right, **(self.changed or {})}
        return {name: value for name, value in values.items() if value is not None}

    def happen(self, phone: Phone, session_id: str) -> None:
        """Let happen on the phone what ends the login."""
        action, *arguments = self.phone
        if action == "tap":
            right = phone.codes(session_id)["emoji"]
            arguments = [next(emoji for emoji in EMOJIS if emoji != right)]
        getattr(phone, action)(session_id, *arguments)


ENDINGS = (
    Ending(
        "number too short",
        LOGINS["local-whatsapp-phone-new"],
        "phone_number_too_short",
        "FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT",
        400,
        changed={"phone_number": "+1555"},
    ),
    Ending(
        "number not international",
        LOGINS["local-telegram-phone-new"],
        "phone_number_not_international",
        "M_UNKNOWN",
        500,
        changed={f"{TELEGRAM_LOGIN}.phone_number": "0555 5550100"},
    ),
    Ending(
        "nobody scans",
        LOGINS["local-whatsapp-qr-new"],
        "login_timed_out",
        "FI.MAU.WHATSAPP.LOGIN_TIMEOUT",
        400,
        phone=("time_out",),
    ),
    Ending(
        "code refused on the phone",
        LOGINS["local-whatsapp-phone-new"],
        "cancelled_on_phone",
        "FI.MAU.WHATSAPP.CANCELLED_ON_PHONE",
        400,
        at=1,
        phone=("refuse",),
    ),
    Ending(
        "too many attempts",
        LOGINS["local-signal-qr-new"],
        "rate_limited",
        "FI.MAU.SIGNAL.DEVICE_LINK_RATE_LIMITED",
        429,
        phone=("fail", "rate_limited"),
    ),
    Ending(
        "no room for a device",
        LOGINS["local-signal-qr-again"],
        "device_limit_reached",
        "FI.MAU.SIGNAL.DEVICE_LIMIT_REACHED",
        400,
        phone=("fail", "device_limit_reached"),
    ),
    Ending(
        "wrong emoji",
        LOGINS["gmessages-google-new"],
        "wrong_emoji",
        "FI.MAU.GMESSAGES.PAIR_INCORRECT_EMOJI",
        400,
        at=1,
        phone=("tap",),
    ),
    Ending(
        "cookie missing",
        LOGINS["facebookgo-facebook-new"],
        "missing_cookies",
        "FI.MAU.META_MISSING_COOKIES",
        400,
        changed={"datr": None},
    ),
    Ending(
        "checkpoint",
        LOGINS["facebookgo-facebook-new"],
        "checkpoint_required",
        "FI.MAU.META_CHECKPOINT_ERROR",
        400,
        changed={},
        last_url="https://www.facebook.com/checkpoint/1501092823525282/",
    ),
    Ending(
        "consent",
        LOGINS["instagramgo-instagram-new"],
        "consent_required",
        "FI.MAU.META_CONSENT_ERROR",
        400,
        changed={},
        last_url="https://www.instagram.com/consent/",
    ),
    Ending(
        "cookies refused with 401",
        LOGINS["twitter-cookies-new"],
        "missing_cookies",
        "FI.MAU.TWITTER.BAD_COOKIES",
        401,
        changed={"ct0": None},
    ),
    Ending(
        "account locked, 403",
        LOGINS["twitter-cookies-new"],
        "checkpoint_required",
        "FI.MAU.TWITTER.ACCOUNT_LOCKED",
        403,
        changed={},
        last_url="https://x.com/account/access",
    ),
    Ending(
        "wrong password",
        LOGINS["bluesky-password-new"],
        "invalid_credentials",
        "M_UNKNOWN",
        500,
        changed={"password": "hunter2"},
    ),
)
"""Ways in which a login ends without success."""

ENDING_RUNS = [
    pytest.param(ending, style, id=f"{ending.name}-{style}")
    for ending, style in product(ENDINGS, STYLES)
]
"""All of them in both styles: `("ending", "style")`."""


# --- What the scenario `home` has, too

_HOME = {
    "local-whatsapp",
    "local-telegram",
    "local-signal",
    "gmessages",
    "slackgo",
    "discordgo",
    "facebookgo",
    "instagramgo",
    "imessage",
}
_HOME_ACCOUNTS = {WHATSAPP, TELEGRAM, SIGNAL, SLACK, "gmessages", "discordgo"}


def _is_simple(login: Login) -> bool:
    """Return whether each of its forms has a single field."""
    return all(len(step.fields) == 1 for step in login.steps if isinstance(step, Form))


NEW: list[tuple[str, str, list[Step]]] = [
    (login.bridge, login.flow, [*login.steps])
    for login in LOGINS.values()
    if login.account is None and login.bridge in _HOME and _is_simple(login)
]
"""Bridge, flow and the steps for a new account."""

RECONNECT: list[tuple[str, str, list[Step]]] = [
    (login.account, login.flow, [*login.steps])
    for login in LOGINS.values()
    if login.account in _HOME_ACCOUNTS and _is_simple(login)
]
"""Account, flow and the steps to reconnect it, where two-factor authentication adds one."""


def names(cases: Iterable[tuple[Any, ...]]) -> list[str]:
    """Return the names of test cases."""
    return ["-".join(str(part) for part in case[:2]) for case in cases]
