"""Names of accounts and people, which never tell a phone number or mail address."""

import re

from .api import Account, Bridge, User
from .coordinator import BeeperData

_MAX_LENGTH = 64
"""Characters of a name that comes from a network."""

_MAIL_ADDRESS = re.compile(r"[^\s@<>(),;:]{1,64}+@[^\s@<>(),;:]{1,255}\.\w+")
"""With the lengths of RFC 5321, 4.5.3.1: else a long text takes its square of time."""
_PHONE_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[\s().-]*\d){6,14}(?!\d)")
"""7 to 15 digits, as E.164 has it, in any spelling."""
_LOOK_AHEAD = 16
"""How many times as much of a text is read as is shown: one that is cut in the middle of
an address does not look like one any more, and one with many becomes shorter."""


def account_name(data: BeeperData, account: Account) -> str:
    """Return the name of an account: its network, and whose it is where known."""
    network = network_name(data, account)
    name = user_name(account.user)
    return f"{network} ({name})" if name else network


def network_name(data: BeeperData, account: Account) -> str:
    """Return the name of an account's network, as precisely as Beeper tells it."""
    if account.network:
        return shortened(account.network, _MAX_LENGTH)
    if (bridge := data.bridge_of(account)) is None:
        return "Beeper"
    listed = data.bridges.get(bridge.id)
    return bridge_name(listed) if listed else bridge.type[:_MAX_LENGTH]


def bridge_name(bridge: Bridge) -> str:
    """Return what a bridge is called."""
    return shortened(bridge.display_name, _MAX_LENGTH)


def user_name(user: User) -> str | None:
    """Return what a person is called; `None` where only their number is known."""
    for name in (user.full_name, user.username):
        if name and not has_contact_details(name[: _LOOK_AHEAD * _MAX_LENGTH]):
            return name.removeprefix("@")[:_MAX_LENGTH]
    return None


def has_contact_details(text: str) -> bool:
    """Return whether a text holds a phone number or a mail address."""
    return bool(_MAIL_ADDRESS.search(text) or _PHONE_NUMBER.search(text))


def without_contact_details(text: str) -> str:
    """Return a text with an ellipsis for every phone number and mail address."""
    return _PHONE_NUMBER.sub("…", _MAIL_ADDRESS.sub("…", text))


def shortened(text: str, length: int) -> str:
    """Return the beginning of a network's text, without contact details."""
    return without_contact_details(text[: _LOOK_AHEAD * length])[:length]
