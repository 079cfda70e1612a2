"""iMessage: permission is granted on the computer itself."""

from simulator.login_steps import Attempt, Flow, Identity, LoginFlow, display


def _permission(attempt: Attempt) -> Flow:
    """Grant permission on the computer itself."""
    yield display(
        "com.beeper.imessage.login.permission",
        "Allow Beeper to use Messages on this computer",
        {"type": "nothing"},
    )
    return Identity(attempt.email, {"email": attempt.email})


FLOWS = (
    LoginFlow("nothing", "iMessage", "Allow access on this computer", _permission),
)
