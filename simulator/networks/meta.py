"""Facebook, Messenger and Instagram: cookies, or Messenger's own sign-in.

The native sign-in asks for a captcha and a second factor of those who have them. A
complaint repeats the step that it is about, under the same ID.
"""

import base64
from collections.abc import Generator
from dataclasses import replace

from simulator.captcha import picture, sound
from simulator.login_steps import (
    Answer,
    Attempt,
    Exchange,
    Flow,
    Identity,
    LoginFlow,
    Step,
    complaining,
    cookie,
    cookie_field,
    cookies,
    display,
    input_field,
    user_input,
)

from .exchanges import USER_AGENT, ask, ask_cookies

_INSTRUCTIONS = (
    "Enter a JSON object with your cookies, or a cURL command copied from browser"
    " devtools."
)
_FACEBOOK = ("xs", "c_user", "datr")
_INSTAGRAM = ("sessionid", "csrftoken", "ds_user_id", "mid", "ig_did")

_OTHER_DEVICE = "Notification on another device"
_APP = "Authentication app"
_SMS = "Text message"


def _facebook(attempt: Attempt) -> Flow:
    """Bring the cookies of facebook.com."""
    return _website(
        attempt,
        "facebook.com",
        "https://www.facebook.com/",
        _FACEBOOK,
        expectedFinalURLRegex=(
            r"^https://www\.facebook\.com/(?:messages/(?:e2ee/)?(?:t/[0-9]+/?)?)?(?:\?.*)?$"
        ),
        userAgent=USER_AGENT,
    )


def _messenger(attempt: Attempt) -> Flow:
    """Bring the cookies of messenger.com."""
    return _website(
        attempt,
        "messenger.com",
        "https://www.messenger.com/?no_redirect=true",
        _FACEBOOK,
        expectedFinalURLRegex=(
            r"^https://www\.messenger\.com/(?:e2ee/)?(?:t/[0-9]+/?)?(?:\?.*)?$"
        ),
        userAgent=USER_AGENT,
    )


def _instagram(attempt: Attempt) -> Flow:
    """Bring the cookies of instagram.com."""
    return _website(
        attempt,
        "instagram.com",
        "https://www.instagram.com/accounts/login/",
        _INSTAGRAM,
        expectedFinalURLRegex=(
            r"^https://www\.instagram\.com/(?:direct/(?:inbox/|t/[0-9]+/)?)?(?:\?.*)?$"
        ),
    )


def _website(
    attempt: Attempt, domain: str, url: str, names: tuple[str, ...], **more: str
) -> Flow:
    """Bring the cookies of a website, all of them required."""
    yield from ask_cookies(
        cookies(
            "fi.mau.meta.cookies",
            _INSTRUCTIONS,
            url,
            [cookie_field(name, cookie(name, domain)) for name in names],
            right={name: attempt.base64url(24) for name in names},
            **more,
        )
    )
    return Identity(attempt.digits(15))


def _native(attempt: Attempt) -> Flow:
    """Sign in with username and password."""
    yield from _ask_credentials(attempt)
    if "captcha" in attempt.demands:
        yield from _ask_captcha(attempt)
    if attempt.two_factor:
        yield from _ask_second_factor(attempt)
    return Identity(attempt.digits(15))


def _ask_credentials(attempt: Attempt) -> Exchange:
    """Ask for username and password."""
    text = "Enter your Facebook credentials."
    step = user_input(
        "fi.mau.meta.messengerlite.email_password",
        text,
        input_field("username", "Username or email address", "username"),
        input_field("password", "Password", "password"),
        right={"username": attempt.email, "password": f"password {attempt.digits(6)} "},
    )
    return ask(step, complaining(step, f"Wrong password. {text}"))


def _ask_captcha(attempt: Attempt) -> Exchange:
    """Ask what a picture shows or a sound says; a wrong answer brings another one."""

    def again() -> Step:
        rejected = "Facebook rejected that captcha solution"
        return complaining(_captcha(attempt), rejected)

    return ask(_captcha(attempt), again)


def _captcha(attempt: Attempt) -> Step:
    """Return a step with a new captcha."""
    code = attempt.digits(6)
    shown = picture(code)
    heard = sound(code)
    step = user_input(
        "fi.mau.meta.messengerlite.captcha",
        "Facebook requires solving a captcha",
        input_field("captcha_code", "Captcha code", "captcha_code"),
        right={"captcha_code": code},
    )
    attachments = [
        {
            "type": "m.image",
            "filename": "captcha.png",
            "content": base64.b64encode(shown.content).decode(),
            "info": {
                "mimetype": "image/png",
                "w": shown.width,
                "h": shown.height,
                "size": len(shown.content),
            },
        },
        {
            "type": "m.audio",
            "filename": "captcha.wav",
            "content": base64.b64encode(heard).decode(),
            "info": {"mimetype": "audio/wav", "size": len(heard)},
        },
    ]
    return replace(step, members=step.members | {"attachments": attachments})


def _ask_second_factor(attempt: Attempt) -> Generator[Step, Answer]:
    """Let the person choose a second factor, and ask for it."""
    ways = [_OTHER_DEVICE, _APP, _SMS]
    step = user_input(
        "fi.mau.meta.messengerlite.mfa_type",
        "Choose how to finish signing in",
        input_field("mfatype", "Login method", "select", options=ways),
        right={"mfatype": _OTHER_DEVICE},
    )
    answer = yield from ask(
        step,
        complaining(step, "Choose one of these ways to finish signing in"),
        lambda answer, _: answer.fields["mfatype"] in ways,
    )
    way = answer.fields["mfatype"]
    if way == _OTHER_DEVICE:
        yield display(
            "fi.mau.meta.messengerlite.afad_wait",
            "We sent a notification to your other device. Approve it there.",
            {"type": "nothing"},
        )
    elif way == _APP:
        yield from _ask_six_digits(attempt, "totp", "from your authenticator app")
    else:
        yield from _ask_six_digits(attempt, "sms", "that was sent to your phone")


def _ask_six_digits(attempt: Attempt, kind: str, where: str) -> Exchange:
    """Ask for a code."""
    text = f"Enter a six-digit code {where}"
    step = user_input(
        f"fi.mau.meta.messengerlite.{kind}",
        text,
        input_field(f"{kind}_code", "Six-digit code", "2fa_code"),
        right={f"{kind}_code": attempt.digits(6)},
    )
    return ask(step, complaining(step, f"That code is wrong. {text}"))


FACEBOOK = (
    LoginFlow("facebook", "facebook.com", "Use the cookies of facebook.com", _facebook),
    LoginFlow(
        "messenger", "messenger.com", "Use the cookies of messenger.com", _messenger
    ),
    LoginFlow("messenger-lite", "Messenger iOS", "Use your password", _native),
    LoginFlow(
        "messenger-lite-android", "Messenger Android", "Use your password", _native
    ),
)
INSTAGRAM = (
    LoginFlow(
        "instagram", "instagram.com", "Use the cookies of instagram.com", _instagram
    ),
)
