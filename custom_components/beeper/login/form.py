"""What a login session asks for, ready to be shown: alike in dialog, card and actions.

It is made of what Beeper and a network say, in both shapes that Beeper has for it: the
published one, and the richer one of the bridges. Not told is not required, and a text
is cut and free of what nobody can see; whoever renders markdown still has to escape it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from itertools import islice
import re
from typing import Final

from yarl import URL

from ..api import Display, DisplayType, LoginField, LoginFlow, LoginStep, StepType
from ..limits import (
    MAX_ATTACHMENTS,
    MAX_CHOICE,
    MAX_DATA,
    MAX_FIELDS,
    MAX_HINT,
    MAX_LABEL,
    MAX_LENGTH,
    MAX_OPTION,
    MAX_OPTIONS,
    MAX_PICKED,
    MAX_URL,
)
from ..qr_code import fits_qr_code
from ..texts import plain
from .console import console_script
from .pasted import Place, PlaceKind, is_in_local_storage, places_of
from .session import Login, Unsupported


class FormKind(StrEnum):
    """What a person has to do."""

    INPUT = auto()
    """Fill in fields."""
    COOKIES = auto()
    """Bring what a browser has once one has signed in to the network's site."""
    SCAN = auto()
    """Scan a QR code: `qr_code`, or a `picture` of one."""
    TYPE_CODE = auto()
    """Type a `code` on the phone."""
    CHOOSE = auto()
    """Choose a `picture`, or an `emoji`, on the phone."""
    WAIT = auto()
    """Do what the instructions say; there is nothing to show."""
    NO_ANSWER = auto()
    """Nothing: Beeper is not there, and what there was to see may be over."""
    PASSKEY = auto()
    """Use a passkey, which only works in the app or site that it belongs to."""
    ELSEWHERE = auto()
    """Something that cannot be shown here."""


class FieldKind(StrEnum):
    """What goes into a field; Beeper's types of fields, and one for all cookies."""

    CAPTCHA = "captcha_code"
    CODE = "2fa_code"
    COOKIE = "cookie"
    DOMAIN = "domain"
    EMAIL = "email"
    PASSWORD = "password"
    PHONE_NUMBER = "phone_number"
    SELECT = "select"
    TEXT = "text"
    TOKEN = "token"
    URL = "url"
    USERNAME = "username"


class Request(StrEnum):
    """Which of a page's requests has what is asked for."""

    PAGE = auto()
    """That of the page itself."""
    API = auto()
    """One that the page makes, which has headers or a body of its own."""


class Again(StrEnum):
    """Why the same is asked for once more."""

    COMPLAINT = auto()
    """The instructions say what was wrong."""
    NOT_ACCEPTED = auto()
    """Nobody says so, but what was entered can be wrong."""
    ONCE_MORE = auto()
    """Some networks ask several times, for something new under the same name."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FormField:
    """Something to fill in."""

    asked: LoginField
    """What is answered by it."""
    kind: FieldKind
    label: str
    hint: str
    value: str = ""
    """What is filled in already; empty for what nobody should see."""
    options: Mapping[str, str]
    """The labels of the values to choose from; empty where one can only type."""
    is_required: bool
    """Whether Beeper says that it has to be there."""
    is_optional: bool
    """Whether Beeper says that it need not be there."""
    is_in_local_storage: bool = False

    @property
    def id(self) -> str:
        """Its ID, as the network has it."""
        return self.asked.id

    @property
    def are_choices_untold(self) -> bool:
        """Whether it is one of several values, which Beeper does not tell."""
        return self.kind is FieldKind.SELECT and not self.options

    @property
    def is_secret(self) -> bool:
        """Whether nobody should be shown what is in it without having typed it."""
        return self.is_masked or self.kind is FieldKind.CODE

    @property
    def is_masked(self) -> bool:
        """Whether nobody should see what is typed."""
        return self.kind in (FieldKind.COOKIE, FieldKind.PASSWORD, FieldKind.TOKEN)


@dataclass(frozen=True, slots=True, repr=False)
class Attachment:
    """A picture or a sound."""

    media_type: str
    content: str
    """In Base64."""

    @property
    def is_sound(self) -> bool:
        """Whether it is to be heard."""
        return self.media_type.startswith("audio/")

    @property
    def uri(self) -> str:
        """It, held in its own address."""
        return f"data:{self.media_type};base64,{self.content}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Form:
    """What a login session waits for; like its parts it prints nothing of that."""

    step: LoginStep
    """What is answered by it."""
    kind: FormKind
    instructions: str = ""
    fields: tuple[FormField, ...] = ()
    """All that is asked for."""
    attachments: tuple[Attachment, ...] = ()
    again: Again | None = None
    is_stuck: bool = False
    """Whether Beeper refuses all that is sent to it, so that only a new start helps."""
    may_be_somebody_else: bool = False
    """Whether an account is reconnected, and one could sign in as somebody else."""
    # To sign in with a browser
    url: str | None = None
    script: str | None = None
    request: Request = Request.PAGE
    # To look at
    where_to_tap: str | None = None
    """What to do in the app on the phone: a key of our own words (`words.py`)."""
    qr_code: str | None = None
    code: str | None = None
    picture: str | None = None
    emoji: str | None = None

    @property
    def shown_fields(self) -> tuple[FormField, ...]:
        """Those that can be filled in one by one."""
        return self.fields[:MAX_FIELDS]

    @property
    def is_supported(self) -> bool:
        """Whether it can be done here."""
        return self.kind not in (FormKind.ELSEWHERE, FormKind.PASSKEY)

    @property
    def can_be_filled_in(self) -> bool:
        """Whether it takes an answer."""
        return self.kind in (FormKind.INPUT, FormKind.COOKIES)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to sign in to a network."""

    id: str
    name: str
    description: str


def ways(flows: tuple[LoginFlow, ...]) -> list[Way]:
    """Return the ways to sign in that can be chosen."""
    fitting = (flow for flow in flows if len(flow.id) <= MAX_LABEL)
    return [
        Way(
            flow.id,
            plain(flow.name or flow.id, MAX_LABEL),
            plain(flow.description or ""),
        )
        for flow in islice(fitting, MAX_OPTIONS)
    ]


def form_of(login: Login) -> Form | None:
    """Return what a login waits for; `None` where it waits for nothing."""
    if (step := login.step) is None:
        return None
    form = _form_of(login, step)
    return replace(
        form, is_stuck=login.is_stuck, where_to_tap=_where_to_tap(login, form)
    )


def _form_of(login: Login, step: LoginStep) -> Form:
    again = _again(login.answered, step)
    match step.type:
        case StepType.USER_INPUT if _can_be_asked(step):
            fields = tuple(map(_input_field, step.fields))
            return Form(
                step=step,
                kind=FormKind.INPUT,
                instructions=plain(step.instructions or ""),
                fields=fields,
                attachments=tuple(_attachments(step)),
                again=again,
                may_be_somebody_else=_is_reconnect(login)
                and any(field.kind in _TELLING_WHO for field in fields),
            )
        case StepType.COOKIES:
            return Form(
                step=step,
                kind=FormKind.COOKIES,
                instructions=plain(step.instructions or ""),
                fields=tuple(map(_cookie_field, islice(step.fields, MAX_PICKED))),
                again=again,
                may_be_somebody_else=_is_reconnect(login),
                url=web_page(step.url),
                script=console_script(step.extract_js),
                request=_request(step),
            )
        case StepType.DISPLAY_AND_WAIT if login.is_outdated:
            return Form(step=step, kind=FormKind.NO_ANSWER)
        case StepType.DISPLAY_AND_WAIT if step.display:
            return _display(login, step, step.display)
    is_passkey = login.unsupported in (Unsupported.PASSKEY, Unsupported.CLIENT_HTTP)
    return Form(
        step=step,
        kind=FormKind.PASSKEY if is_passkey else FormKind.ELSEWHERE,
        instructions=plain(step.instructions or ""),
    )


_WHERE_TO_TAP: Final[Mapping[tuple[str, FormKind], str]] = {
    ("whatsapp", FormKind.SCAN): "whatsapp_scan",
    ("whatsapp", FormKind.TYPE_CODE): "whatsapp_type_code",
    ("signal", FormKind.SCAN): "signal_scan",
    ("telegram", FormKind.SCAN): "telegram_scan",
    ("telegram", FormKind.INPUT): "telegram_code",
    ("gmessages", FormKind.SCAN): "gmessages_scan",
    ("gmessages", FormKind.CHOOSE): "gmessages_choose",
    ("discord", FormKind.SCAN): "discord_scan",
}
"""The networks whose apps are known, as they stand in IDs of steps and bridges."""


def _where_to_tap(login: Login, form: Form) -> str | None:
    """Return what to do in the app; `None` where the network alone may know."""
    if form.kind is FormKind.INPUT and not any(
        field.kind is FieldKind.CODE for field in form.fields
    ):
        return None
    for said in (form.step.step_id, login.session.bridge_id):
        for (network, kind), key in _WHERE_TO_TAP.items():
            if kind is form.kind and network in (said or "")[:MAX_LABEL].lower():
                return key
    return None


def _can_be_asked(step: LoginStep) -> bool:
    """Return whether a form has room for a step, and shows what it is about."""
    is_shown = not step.attachments or any(_attachments(step))
    return is_shown and len(step.fields) <= MAX_FIELDS


_TELLING_WHO: Final = frozenset(FieldKind) - {
    FieldKind.CAPTCHA,
    FieldKind.CODE,
    FieldKind.PASSWORD,
    FieldKind.SELECT,
}
"""What decides as whom one signs in."""

_FALLIBLE: Final = frozenset(FieldKind) - {FieldKind.COOKIE, FieldKind.TOKEN}
"""What people type, and can get wrong."""


def _is_reconnect(login: Login) -> bool:
    return login.account_id is not None


def _again(answered: list[LoginStep], step: LoginStep) -> Again | None:
    """Return why a network wants the same things once more; `None` if it does not.

    Bridges complain under the same step ID, or under a longer one (`….code.incorrect`),
    and in both cases with other instructions than at first.
    """
    if not answered or not asks_again(answered[-1], step):
        return None
    is_told = any(
        (other.step_id, other.instructions) != (step.step_id, step.instructions)
        for other in answered
        if asks_again(other, step)
    )
    if is_told and step.instructions:
        return Again.COMPLAINT
    kinds = {_kind(field) for field in step.fields}
    if is_told or (step.type == StepType.USER_INPUT and kinds & _FALLIBLE):
        return Again.NOT_ACCEPTED
    return Again.ONCE_MORE


def asks_again(answered: LoginStep, step: LoginStep) -> bool:
    """Return whether a step asks for what another one has asked for.

    The IDs of the fields alone do not tell it: many a question is for a `code`.
    """
    shorter, longer = sorted((answered.step_id or "", step.step_id or ""), key=len)
    return f"{longer}.".startswith(f"{shorter}.") and (
        [field.id for field in answered.fields] == [field.id for field in step.fields]
    )


# --- Fields


def _kind(field: LoginField) -> FieldKind:
    """Return what goes into a field; types that a network makes up are plain text."""
    try:
        return FieldKind(field.type or "")
    except ValueError:
        return FieldKind.TEXT


def _input_field(field: LoginField) -> FormField:
    options = _options(field)
    kind = FieldKind.SELECT if options else _kind(field)
    hint = plain(field.placeholder or "", MAX_HINT)
    if kind is FieldKind.SELECT and not options and field.pattern:
        hint = plain(f"{hint} {field.pattern}", MAX_HINT)
    return FormField(
        asked=field,
        kind=kind,
        label=_label(field),
        hint=hint,
        value=_value(field, kind, options),
        options=options,
        # Of an input field the published schema says that it may be left out
        is_required=not field.optional and field.required is not False,
        is_optional=field.optional is True or field.required is False,
    )


def _options(field: LoginField) -> dict[str, str]:
    """Return the labels of the values to choose from, of those that have room."""
    options: dict[str, str] = {}
    room = MAX_CHOICE
    for value, label in islice(field.choices, MAX_OPTIONS):
        room -= len(value)
        if room < 0:
            break
        if len(value) <= MAX_OPTION:
            options[value] = plain(label, MAX_LABEL)
    return options


def _value(field: LoginField, kind: FieldKind, options: Mapping[str, str]) -> str:
    """Return what the network fills in; empty if a form could not have it as it is."""
    value = field.initial_value or ""
    if kind in (FieldKind.CODE, FieldKind.PASSWORD, FieldKind.TOKEN):
        return ""
    if options:
        return value if value in options else ""
    return value if len(value) <= MAX_LENGTH else ""


def _cookie_field(field: LoginField) -> FormField:
    return FormField(
        asked=field,
        # Whoever has a cookie is signed in
        kind=FieldKind.COOKIE,
        label=_label(field),
        hint=plain(field.placeholder or "", MAX_HINT),
        options={},
        is_required=field.required is True and not field.optional,
        is_optional=field.optional is True or field.required is False,
        is_in_local_storage=is_in_local_storage(field),
    )


def _label(field: LoginField) -> str:
    return plain(field.label or field.name or field.id, MAX_LABEL)


def _request(step: LoginStep) -> Request:
    """Return which request has what is asked for; that of the page, if it may be."""
    fields = [places_of(field) for field in step.fields]
    is_page = all(any(map(_is_of_page, places)) for places in fields)
    return Request.PAGE if is_page else Request.API


def _is_of_page(place: Place) -> bool:
    """Return whether a value may be found where the request of a page is copied.

    What is in no request at all is no reason to copy another one.
    """
    if place.kind is PlaceKind.HEADER:
        return place.name.lower() in _HEADERS_OF_PAGES
    return place.kind is not PlaceKind.BODY


_HEADERS_OF_PAGES: Final = frozenset(
    {"accept-language", "cookie", "referer", "user-agent"}
)
"""Headers that browsers send with any request."""


# --- What there is to see


def _display(login: Login, step: LoginStep, display: Display) -> Form:
    """Return what is displayed, if it is one of the known things and is all there."""
    instructions = plain(step.instructions or "")
    data = display.data or ""
    url = picture(display.image_url)
    # What is filled in before a code to type has decided who signs in
    somebody = _is_reconnect(login)
    match display.type:
        case DisplayType.QR if data and fits_qr_code(data):
            return Form(
                step=step,
                kind=FormKind.SCAN,
                instructions=instructions,
                qr_code=data,
                may_be_somebody_else=somebody,
            )
        case DisplayType.QR if url:
            return Form(
                step=step,
                kind=FormKind.SCAN,
                instructions=instructions,
                picture=url,
                may_be_somebody_else=somebody,
            )
        case DisplayType.CODE if code := plain(data, MAX_LABEL):
            return Form(
                step=step,
                kind=FormKind.TYPE_CODE,
                instructions=instructions,
                code=code,
            )
        case DisplayType.EMOJI if url or data:
            return Form(
                step=step,
                kind=FormKind.CHOOSE,
                instructions=instructions,
                picture=url,
                emoji=plain(data, MAX_LABEL),
            )
        case DisplayType.NOTHING:
            return Form(step=step, kind=FormKind.WAIT, instructions=instructions)
    return Form(step=step, kind=FormKind.ELSEWHERE, instructions=instructions)


def _attachments(step: LoginStep) -> Iterator[Attachment]:
    """Yield the pictures and sounds of a step.

    Shape: bridge framework, `LoginUserInputAttachment`.
    """
    for attachment in islice(step.attachments or (), MAX_ATTACHMENTS):
        match attachment:
            case {
                "content": str(content),
                "info": {"mimetype": str(kind)},
            } if len(content) <= MAX_DATA and _MEDIA_TYPE.fullmatch(kind):
                if _BASE64.fullmatch(content) and len(content) % 4 == 0:
                    yield Attachment(kind.lower(), content)


_MEDIA_TYPE: Final = re.compile(
    r"image/(?:gif|jpeg|png|svg\+xml|webp)|audio/[a-z0-9.+-]{1,30}", re.IGNORECASE
)

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")

_PICTURE: Final = re.compile(
    r"data:image/(?:gif|jpeg|png|svg\+xml|webp)[;,]", re.IGNORECASE
)
"""The beginning of a picture that is held in its own address."""


def web_page(address: str | None) -> str | None:
    """Return an address that may become a link: nothing that would run in the page."""
    if not address or len(address) > MAX_URL:
        return None
    try:
        url = URL(address)
    except ValueError:
        return None
    return str(url) if url.scheme in ("http", "https") and url.host else None


def picture(address: str | None) -> str | None:
    """Return an address that may be shown as a picture."""
    if address and _PICTURE.match(address):
        is_fit = len(address) <= MAX_DATA and address.isascii()
        return address if is_fit else None
    return web_page(address)
