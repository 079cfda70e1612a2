"""WhatsApp: a QR code or a pairing code, and for some a passkey after it."""

from collections.abc import Generator

from simulator.login_steps import (
    WEBAUTHN,
    Answer,
    Attempt,
    Flow,
    LoginFailed,
    LoginFlow,
    Step,
    display,
    qr_code,
)

from .exchanges import ask_phone_number, phone_identity

_QR_LASTS = (60.0, 20.0, 20.0, 20.0, 20.0, 20.0)


def _qr(attempt: Attempt) -> Flow:
    """Scan a QR code: `2@` and four keys."""
    yield qr_code(
        "fi.mau.whatsapp.login.qr",
        "Scan the QR code with the WhatsApp mobile app to log in",
        lambda: ",".join(
            (f"2@{attempt.base64(96)}", *(attempt.base64(32) for _ in range(3)))
        ),
        _QR_LASTS,
    )
    yield from _passkey(attempt)
    return phone_identity(attempt.phone_number)


def _phone(attempt: Attempt) -> Flow:
    """Type a pairing code on the phone; for a reconnect the number is known."""
    number = attempt.phone_number
    if attempt.account is None:
        number = yield from ask_phone_number(
            "fi.mau.whatsapp.login.phone",
            "phone_number",
            "Your WhatsApp phone number in international format",
            number,
        )
    code = f"{attempt.letters(4)}-{attempt.digits(4)}"
    yield display(
        "fi.mau.whatsapp.login.code",
        "Input the pairing code in the WhatsApp mobile app to log in",
        {"type": "code", "data": code},
        right={"code": code},
        expires=sum(_QR_LASTS),
    )
    yield from _passkey(attempt)
    return phone_identity(number)


def _passkey(attempt: Attempt) -> Generator[Step, Answer]:
    """Ask for the passkey of an account that has one.

    Where Beeper cannot show such a step, the login ends (`fail_on_webauthn` of the
    bridges' provisioning API).
    """
    if "passkey" not in attempt.demands:
        return
    if not attempt.webauthn:
        raise LoginFailed("passkey_unsupported")
    yield Step(
        WEBAUTHN,
        "fi.mau.whatsapp.login.passkey",
        "",
        {
            "url": "https://web.whatsapp.com",
            "publicKey": {
                "challenge": attempt.base64url(32),
                "rpId": "whatsapp.com",
                "timeout": 60000,
                "userVerification": "required",
            },
        },
    )


FLOWS = (
    LoginFlow("qr", "QR", "Scan a QR code with your phone", _qr),
    LoginFlow("phone", "Pairing code", "Type a code on your phone", _phone),
)
