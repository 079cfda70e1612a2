"""What all models have in common."""

from dataclasses import replace

from custom_components.beeper.api import Account, AccountBridge
from custom_components.beeper.api.models import User

ACCOUNT = Account("whatsapp", "connected", User("@alice", full_name="Alice Example"))


def test_models_are_equal_by_their_members() -> None:
    """Two that were read from the same JSON count as one, also in a set."""
    same = Account("whatsapp", "connected", User("@alice", full_name="Alice Example"))

    assert same == ACCOUNT
    assert {same, ACCOUNT} == {ACCOUNT}


def test_models_differ_by_any_member_and_by_their_kind() -> None:
    """A member of a member counts, too, and so does what a model is of."""
    other = replace(ACCOUNT, user=User("@alice", full_name="Bob Example"))

    assert other != ACCOUNT
    assert replace(ACCOUNT, status_text="Gone") != ACCOUNT
    assert AccountBridge("whatsapp") != User("whatsapp")


def test_models_show_nothing_of_a_person() -> None:
    """What ends up in a log tells which account it is, and not whose."""
    assert repr(replace(ACCOUNT, login_id="15555550100")) == (
        "Account(account_id='whatsapp', status='connected', user=User(id='@alice',"
        " cannot_message=None, is_self=None), bridge=None, network=None,"
        " status_text=None)"
    )
