"""One answer of Beeper: its accounts and bridges, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .api import Account, AccountBridge, Bridge
from .const import HEALTHY, NEEDING_ATTENTION, TRANSITIONAL
from .distinct_names import DistinctNames


@dataclass(frozen=True, eq=False)
class BeeperData:
    """One answer of Beeper.

    Accounts are by account ID, bridges by bridge ID, both in Beeper's order. `names`
    remembers what accounts are called from one answer to the next.

    Two of them are only equal when they are the same object, which is what an unchanged
    poll returns.
    """

    accounts: Mapping[str, Account]
    bridges: Mapping[str, Bridge]
    names: DistinctNames = field(default_factory=DistinctNames)

    def bridge_of(self, account: Account) -> AccountBridge | Bridge | None:
        """Return the bridge an account runs on.

        Beeper Desktop before 4.2.785 only tells it the other way round.
        """
        bridge = account.bridge
        if bridge is None:
            return self._bridge_by_account.get(account.account_id)
        if bridge.type is None or bridge.provider is None:
            return self.bridges.get(bridge.id, bridge)
        return bridge

    @cached_property
    def _bridge_by_account(self) -> Mapping[str, Bridge]:
        return {
            account.account_id: bridge
            for bridge in self.bridges.values()
            for account in bridge.accounts
        }

    @cached_property
    def connected(self) -> tuple[Account, ...]:
        """Accounts whose messages flow."""
        return tuple(
            account for account in self.accounts.values() if account.status in HEALTHY
        )

    @cached_property
    def needing_attention(self) -> tuple[Account, ...]:
        """Accounts that wait for a person."""
        return tuple(
            account
            for account in self.accounts.values()
            if account.status in NEEDING_ATTENTION
        )

    @cached_property
    def transitional(self) -> tuple[Account, ...]:
        """Accounts that are about to change their status by themselves."""
        return tuple(
            account
            for account in self.accounts.values()
            if account.status in TRANSITIONAL
        )


def merged(
    bridges: tuple[Bridge, ...], accounts: tuple[Account, ...], names: DistinctNames
) -> BeeperData:
    """Both lists name accounts; an account that is in one of them exists.

    Where the one does not tell its status, the other may.
    """
    by_id = {account.account_id: account for account in accounts}
    for bridge in bridges:
        for account in bridge.accounts:
            known = by_id.setdefault(account.account_id, account)
            if known.status is None:
                by_id[account.account_id] = account
    return BeeperData(
        accounts=by_id,
        bridges={bridge.id: bridge for bridge in bridges},
        names=names,
    )
