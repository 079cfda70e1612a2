"""Steps and displays that no client knows yet, or that lack what clients look for."""

from simulator.login_steps import (
    WEBAUTHN,
    Attempt,
    Flow,
    Identity,
    LoginFlow,
    Step,
    display,
)


def _passkey(attempt: Attempt) -> Flow:
    """Sign in with a passkey: a step of an unknown type."""
    yield Step(
        WEBAUTHN,
        "com.example.carrierpigeon.login.webauthn",
        "Use your passkey",
        {"url": "https://example.com/", "publicKey": {"challenge": attempt.base64(32)}},
    )
    return Identity(attempt.digits(9))


def _touch(attempt: Attempt) -> Flow:
    """Touch the phone: a display of an unknown type."""
    yield display(
        "com.example.carrierpigeon.login.nfc",
        "Hold your phone against the computer",
        {"type": "nfc", "payload": attempt.base64(32)},
    )
    return Identity(attempt.digits(9))


def _sign(attempt: Attempt) -> Flow:
    """Choose an emoji of which there is no picture."""
    yield display(
        "com.example.carrierpigeon.login.sign",
        "Choose this sign on your phone",
        {"type": "emoji", "data": "\N{BIRD}"},
    )
    return Identity(attempt.digits(9))


def _print(attempt: Attempt) -> Flow:
    """Scan a QR code that is only a picture."""
    yield display(
        "com.example.carrierpigeon.login.print",
        "Scan the code on your phone",
        {"type": "qr", "imageURL": f"{attempt.base_url}/emoji/diamond.svg"},
    )
    return Identity(attempt.digits(9))


FLOWS = (
    LoginFlow("passkey", "Passkey", "Use a passkey", _passkey),
    LoginFlow("touch", "Touch", "Hold your phone against the computer", _touch),
    LoginFlow("sign", "Sign", "Choose a sign on your phone", _sign),
    LoginFlow("print", "Print", "Scan a printed code", _print),
)
