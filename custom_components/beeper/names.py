"""What accounts, networks and people are called, without a way to reach anybody."""

from .api import Account, Bridge, User
from .beeper_data import BeeperData
from .limits import MAX_NAME
from .texts import has_contact_details, is_blank, is_number, shortened


def account_name(data: BeeperData, account: Account) -> str:
    """Return the name of an account: its network, and whose it is where known.

    Accounts that would have one name are told apart by a number. They get it in Beeper's
    order when they are first seen, and keep it.
    """
    names = data.names
    if account.account_id not in names:
        for listed in data.accounts.values():
            if listed.account_id not in names:
                names.of(listed.account_id, _said_name(data, listed))
    return names.of(account.account_id, _said_name(data, account))


def _said_name(data: BeeperData, account: Account) -> str:
    """Return the name of an account as far as it follows from what Beeper says of it."""
    network = network_name(data, account)
    name = user_name(account.user)
    return f"{network} ({name})" if name else network


def network_name(data: BeeperData, account: Account) -> str:
    """Return the name of an account's network, as precisely as Beeper tells it."""
    if name := _name(account.network):
        return name
    if (bridge := data.bridge_of(account)) is None:
        return "Beeper"
    listed = data.bridges.get(bridge.id)
    return bridge_name(listed) if listed else _name(bridge.type) or "Beeper"


def bridge_name(bridge: Bridge) -> str:
    """Return what a bridge is called."""
    return (
        _name(bridge.display_name)
        or _name(bridge.network)
        or _name(bridge.type)
        or "Beeper"
    )


def user_name(user: User) -> str | None:
    """Return what a person is called; `None` where only their number is known."""
    return person_name(user.full_name) or person_name(user.username)


def person_name(said: str | None) -> str | None:
    """Return a name of a person; `None` where it is a way to reach them instead."""
    if not said or has_contact_details(said) or is_number(said):
        return None
    return _name(said.removeprefix("@"))


def _name(said: str | None) -> str | None:
    """Return a name as it can be shown; `None` where there is nothing to see of it."""
    name = shortened(said or "", MAX_NAME)
    return None if is_blank(name) else name
