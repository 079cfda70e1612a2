"""Signal: a QR code."""

from urllib.parse import quote

from simulator.login_steps import Attempt, Flow, LoginFlow, qr_code

from .exchanges import phone_identity


def _qr(attempt: Attempt) -> Flow:
    """Scan a QR code: a provisioning address and key."""
    yield qr_code(
        "fi.mau.signal.login.qr",
        "Scan the QR code on your Signal app to log in",
        lambda: (
            f"sgnl://linkdevice?uuid={attempt.base64url(16)}"
            f"&pub_key={quote(attempt.base64(33), safe='')}"
        ),
        (45.0,) * 20,
    )
    return phone_identity(attempt.phone_number)


FLOWS = (LoginFlow("qr", "QR", "Scan a QR code with your phone", _qr),)
