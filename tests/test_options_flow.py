"""Configure: the options flow, from its beginning to its end."""

from dataclasses import replace
from html import unescape
import re
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_ACCESS_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator import Fault, Simulator

from .accounts import OTHER_WHATSAPP, SIGNAL, SLACK, TELEGRAM, WHATSAPP
from .dialog import STRINGS, Dialogs

HOSTILE = (
    "</li><b>x</b> **y** [z](javascript:hacked())\n\n# {account} \u202e" + "<" * 9_000
)


def has_issue(hass: HomeAssistant, entry: MockConfigEntry, account_id: str) -> bool:
    """Return whether there is an issue about an account."""
    issue_id = f"reconnect_{entry.entry_id}_{account_id}"
    return ir.async_get(hass).async_get_issue("beeper", issue_id) is not None


def told(key: str, message: str = "") -> str:
    """Return how an error reads."""
    text: str = STRINGS["exceptions"][key]["message"]
    return text.format(message=message)


# --- What to do


async def test_there_are_five_things_to_do(dialogs: Dialogs) -> None:
    """Configure begins with a choice."""
    dialog = await dialogs.configure()

    assert (dialog.at, dialog.title) == ("init", "Configure Beeper")
    options = dialog.fields["action"]["selector"]["select"]
    assert options["options"] == [
        "reconnect",
        "connect",
        "sign_out",
        "tell_me",
        "settings",
    ]
    words = STRINGS["selector"][options["translation_key"]]["options"]
    assert [*words] == options["options"]


@pytest.mark.parametrize("way", ["async_unload", "async_disable"])
async def test_nothing_can_be_done_without_beeper(
    hass: HomeAssistant, loaded: MockConfigEntry, dialogs: Dialogs, way: str
) -> None:
    """The dialog says so instead of offering what does not work."""
    if way == "async_unload":
        await hass.config_entries.async_unload(loaded.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(
            loaded.entry_id, ConfigEntryDisabler.USER
        )

    dialog = await dialogs.configure()

    assert (dialog.step["type"], dialog.at) == ("abort", "not_loaded")


@pytest.mark.parametrize("way", ["async_unload", "async_remove"])
@pytest.mark.parametrize(
    "option", ["reconnect", "connect", "sign_out", "tell_me", "settings"]
)
async def test_nothing_can_be_done_when_the_entry_has_gone(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    dialogs: Dialogs,
    option: str,
    way: str,
) -> None:
    """A dialog may be open for longer than there is an entry."""
    dialog = await dialogs.configure()
    await getattr(hass.config_entries, way)(loaded.entry_id)

    await dialog.enter(action=option)

    assert (dialog.step["type"], dialog.at) == ("abort", "not_loaded")


# --- Choosing an account


@pytest.mark.parametrize("option", ["reconnect", "sign_out"])
async def test_accounts_of_networks_can_be_chosen(
    dialogs: Dialogs, option: str
) -> None:
    """Those in need come first; the Beeper account itself is none of a network."""
    dialog = await dialogs.configure(option)

    assert (dialog.at, dialog.labels) == (option, {"account": "Account"})
    assert [*dialog.choices("account")] == [
        WHATSAPP,
        SIGNAL,
        SLACK,
        OTHER_WHATSAPP,
        TELEGRAM,
        "gmessages",
        "discordgo",
    ]
    assert dialog.choices("account")[WHATSAPP] == (
        "WhatsApp (Alice Example) · "
        "Logged out from your phone. Reconnect WhatsApp to keep chatting. · "
        f"since {dt_util.now():%Y-%m-%d %H:%M}"
    )
    assert dialog.choices("account")["discordgo"] == "Discord (alice_example)"
    assert dialog.fields["account"]["selector"]["select"]["mode"] == "list"


@pytest.mark.parametrize("option", ["reconnect", "sign_out"])
async def test_without_an_account_there_is_nothing_to_choose(
    beeper: Simulator, dialogs: Dialogs, option: str
) -> None:
    """The Beeper account itself is there always."""
    for account_id in beeper.accounts.keys() - {"matrix"}:
        beeper.remove_account(account_id)
    await dialogs.see(after=16)

    dialog = await dialogs.configure(option)

    assert (dialog.step["type"], dialog.at) == ("abort", "no_accounts")


@pytest.mark.parametrize("option", ["reconnect", "sign_out"])
async def test_accounts_without_bridges_need_a_newer_beeper(
    beeper: Simulator, dialogs: Dialogs, option: str
) -> None:
    """Older versions do not tell where an account is signed in."""
    account = {
        "accountID": "yesterday",
        "network": "Yesterday",
        "status": "connected",
        "user": {"id": "@yesterday:beeper.local"},
    }
    beeper.inject(Fault(path="/v1/accounts", body=orjson.dumps([account])))
    await serve(beeper, dialogs, [])

    dialog = await dialogs.configure(option)

    assert (dialog.step["type"], dialog.at) == ("abort", "unsupported_version")


@pytest.mark.parametrize("option", ["reconnect", "sign_out"])
async def test_account_that_goes_before_it_is_chosen(
    beeper: Simulator, dialogs: Dialogs, option: str
) -> None:
    """The list was right when it was shown."""
    dialog = await dialogs.configure(option)
    beeper.remove_account(WHATSAPP)
    await dialogs.see(after=16)

    await dialog.enter(account=WHATSAPP)

    assert (dialog.step["type"], dialog.at) == ("abort", "account_gone")


@pytest.mark.parametrize("option", ["reconnect", "sign_out"])
async def test_account_that_loses_its_bridge_before_it_is_chosen(
    beeper: Simulator, dialogs: Dialogs, option: str
) -> None:
    """An older Beeper does not tell where an account is signed in."""
    dialog = await dialogs.configure(option)
    account = beeper.accounts[SIGNAL]
    beeper.remove_account(SIGNAL)
    del account["bridge"]
    beeper.add_account(account)
    await dialogs.see(after=16)

    await dialog.enter(account=SIGNAL)

    assert (dialog.step["type"], dialog.at) == ("abort", "account_gone")


@pytest.mark.parametrize("option", ["reconnect", "sign_out"])
async def test_many_accounts_are_a_list_to_unfold(
    beeper: Simulator, dialogs: Dialogs, option: str
) -> None:
    """More than fifteen would fill the screen."""
    account = beeper.accounts[WHATSAPP]
    for number in range(9):
        beeper.add_account({**account, "accountID": f"whatsapp{number}"})
    await dialogs.see(after=16)

    dialog = await dialogs.configure(option)

    assert len(dialog.choices("account")) == 16
    assert dialog.fields["account"]["selector"]["select"]["mode"] == "dropdown"


async def test_accounts_show_no_contact_details(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """A list may be seen by whoever looks over a shoulder, and is hostile ground."""
    beeper.set_status(
        WHATSAPP, "disconnected", "alice@example.com left +1 555 555 0100"
    )
    beeper.set_status(SIGNAL, "disconnected", HOSTILE)
    await dialogs.see(after=16)

    dialog = await dialogs.configure("reconnect")

    assert dialog.choices("account")[WHATSAPP].split(" · ")[1] == "… left …"
    assert len(dialog.choices("account")[SIGNAL].replace("\u200b", "")) == 500
    assert "\u202e" not in dialog.choices("account")[SIGNAL]


async def test_long_words_do_not_make_a_list_wider(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """They can be broken anywhere; others stay whole."""
    beeper.set_status(SIGNAL, "disconnected", "x" * 70 + " " + "y" * 30)
    await dialogs.see(after=16)

    dialog = await dialogs.configure("reconnect")

    assert dialog.choices("account")[SIGNAL].split(" · ")[1] == (
        f"{'x' * 30}\u200b{'x' * 30}\u200b{'x' * 10} {'y' * 30}"
    )


async def test_account_that_is_not_offered_cannot_be_chosen(dialogs: Dialogs) -> None:
    """The Beeper account can be reconnected nowhere."""
    dialog = await dialogs.configure("reconnect")

    assert await dialog.send_anything({"account": "matrix"}) == 400

    await dialog.enter(account=SIGNAL)
    await dialogs.see(dialog)
    assert dialog.at == "scan_qr_code"


# --- Choosing a network


async def test_networks_can_be_chosen(dialogs: Dialogs) -> None:
    """They are in the order of where they run, and those that cannot be say why."""
    dialog = await dialogs.configure("connect")

    assert (dialog.at, dialog.labels) == ("connect", {"bridge": "Network"})
    assert [*dialog.choices("bridge").items()] == [
        ("local-whatsapp", "WhatsApp · On the computer that runs Beeper"),
        ("local-telegram", "Telegram · On the computer that runs Beeper"),
        ("local-signal", "Signal · On the computer that runs Beeper"),
        ("imessage", "iMessage · Through the computer’s own apps"),
        ("gmessages", "Google Messages · In the Beeper cloud"),
        ("slackgo", "Slack · In the Beeper cloud"),
        ("discordgo", "Discord · In the Beeper cloud"),
        ("facebookgo", "Facebook Messenger · In the Beeper cloud"),
        ("instagramgo", "Instagram · In the Beeper cloud"),
    ]
    assert dialog.text.endswith(
        "- LinkedIn: You have reached the account limit of your plan\n"
        "- X (Twitter): Temporarily unavailable\n"
        "- Google Chat: Disabled"
    )


async def test_network_that_takes_one_account_takes_no_second(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """It is listed with the reason."""
    dialog = await dialogs.configure("connect", {"bridge": "imessage"})
    [session_id] = beeper.sessions
    beeper.phone.approve(session_id)
    await dialogs.see(dialog)
    assert dialog.at == "connected"
    await dialogs.see(after=4)

    dialog = await dialogs.configure("connect")

    assert "imessage" not in dialog.choices("bridge")
    assert "- iMessage: Only one account is allowed, and it is connected" in dialog.text


def bridges(**changes: Any) -> list[dict[str, Any]]:
    """Return bridges as served: one like others, and one with these changes."""
    bridge = {
        "id": "one",
        "accounts": [],
        "activeAccountCount": 0,
        "displayName": "One",
        "provider": "cloud",
        "status": "available",
        "supportsMultipleAccounts": True,
        "type": "one",
    }
    return [bridge, {**bridge, "id": "two", "displayName": "Two", **changes}]


async def serve(beeper: Simulator, dialogs: Dialogs, items: object) -> None:
    """Let Beeper list these bridges."""
    body = orjson.dumps({"items": items})
    beeper.inject(Fault(method="GET", path="/v1/bridges", body=body))
    await dialogs.see(after=16)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "limit_reached"}, "You have reached the limit of your Beeper plan"),
        ({"status": "temporarily_unavailable"}, "Temporarily unavailable"),
        ({"status": "disabled"}, "Turned off"),
        ({"status": "nesting"}, "nesting"),
        ({"status": "nesting", "statusText": "Gone south"}, "Gone south"),
    ],
)
async def test_network_that_is_not_available_says_why(
    beeper: Simulator, dialogs: Dialogs, changes: dict[str, str], reason: str
) -> None:
    """In Beeper's words if it has any."""
    await serve(beeper, dialogs, bridges(**changes))

    dialog = await dialogs.configure("connect")

    assert [*dialog.choices("bridge")] == ["one"]
    assert dialog.text.endswith(f"\n\n- Two: {reason}")


async def test_network_that_runs_somewhere_new_comes_last(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """A newer Beeper may run them anywhere."""
    await serve(beeper, dialogs, bridges(provider="orbital")[::-1])

    dialog = await dialogs.configure("connect")

    assert [*dialog.choices("bridge").items()] == [
        ("one", "One · In the Beeper cloud"),
        ("two", "Two · orbital"),
    ]
    assert dialog.text.endswith("–")


async def test_hostile_networks_are_harmless(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """Names and reasons are only text, and short enough."""
    items = bridges(displayName=HOSTILE, status="x", statusText=HOSTILE)
    items[0] |= {"displayName": HOSTILE, "provider": HOSTILE}
    await serve(beeper, dialogs, items)

    dialog = await dialogs.configure("connect")

    assert len(dialog.choices("bridge")["one"].replace("\u200b", "")) == 500
    unavailable = dialog.placeholders["unavailable"]
    assert re.fullmatch(r"- ([^\W_]|[ …]|&#\d+;)+: ([^\W_]|[ …]|&#\d+;)+", unavailable)
    assert len(unescape(unavailable)) < 1010


@pytest.mark.parametrize(
    ("listed", "unavailable"),
    [
        (bridges(status="disabled", displayName="T_w_o")[1:], "- T_w_o: Turned off"),
        ([], "–"),
    ],
)
async def test_without_a_network_there_is_nothing_to_connect(
    beeper: Simulator, dialogs: Dialogs, listed: list[dict[str, Any]], unavailable: str
) -> None:
    """The dialog says so, and why."""
    await serve(beeper, dialogs, listed)

    dialog = await dialogs.configure("connect")

    assert (dialog.step["type"], dialog.at) == ("abort", "no_bridges")
    assert dialog.text.endswith(f"at the moment:\n\n{unavailable}")


async def test_network_that_goes_before_it_is_chosen(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """The list was right when it was shown."""
    dialog = await dialogs.configure("connect")
    await serve(beeper, dialogs, bridges())

    await dialog.enter(bridge="local-signal")

    assert (dialog.step["type"], dialog.at) == ("abort", "bridge_gone")


# --- Signing out


async def test_account_is_signed_out_on_all_devices(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """What will go is said before, and then gone."""
    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})
    assert (dialog.at, dialog.title) == ("confirm_sign_out", "Sign out?")
    assert "- WhatsApp (Alice Example)\n" in dialog.text
    scopes = dialog.fields["scope"]["selector"]["select"]
    assert scopes["options"] == ["current-device", "all-devices"]
    assert scopes["translation_key"] == "remove_scope"
    assert dialog.suggested("scope") == "current-device"

    await dialog.enter(scope="all-devices")

    assert (dialog.step["type"], dialog.at) == ("abort", "signed_out")
    assert dialog.text == "WhatsApp (Alice Example) is signed out."
    assert WHATSAPP not in beeper.accounts
    await dialogs.see(after=2)
    assert WHATSAPP not in loaded.runtime_data.coordinator.data.accounts


async def test_account_is_signed_out_on_this_device(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """It then is still known to Beeper."""
    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})

    await dialog.enter(scope="current-device")

    assert dialog.at == "signed_out"
    assert beeper.accounts[WHATSAPP]["status"] == "disabled"


async def test_nobody_is_needed_for_an_account_that_was_signed_out(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Its issue goes at once; if it is connected again and lost, there is a new one."""
    account = beeper.accounts[WHATSAPP]
    assert has_issue(hass, loaded, WHATSAPP)
    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})

    await dialog.enter(scope="all-devices")

    assert not has_issue(hass, loaded, WHATSAPP)
    assert has_issue(hass, loaded, SIGNAL)
    await dialogs.see(after=61)
    assert not has_issue(hass, loaded, WHATSAPP)
    beeper.add_account(account)
    await dialogs.see(after=16)
    assert has_issue(hass, loaded, WHATSAPP)


@pytest.mark.parametrize(
    "affected", [{}, {"affectedAccountIDs": []}, {"affectedAccountIDs": [WHATSAPP]}]
)
async def test_account_that_is_still_there_after_its_sign_out_has_its_issue_again(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    beeper: Simulator,
    dialogs: Dialogs,
    affected: dict[str, list[str]],
) -> None:
    """Beeper may need a moment, and does not have to say which accounts will go."""
    removed = {"bridgeID": "x", "loginID": "x", "scope": "x", "status": "removed"}
    beeper.inject(Fault(path="*/remove", body=orjson.dumps(removed | affected)))
    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})

    await dialog.enter(scope="all-devices")

    assert dialog.at == "signed_out"
    await dialogs.see(after=50)
    assert not has_issue(hass, loaded, WHATSAPP)
    await dialogs.see(after=15)
    assert has_issue(hass, loaded, WHATSAPP)


async def test_all_accounts_that_will_go_are_listed(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """One login can carry several accounts, of which one may not be known here."""
    beeper.inject(
        Fault(
            path="*/logins",
            body=orjson.dumps(
                {
                    "items": [
                        {
                            "bridgeID": "local-whatsapp",
                            "loginID": "another",
                            "removeScopes": ["all-devices", "orbit"],
                            "status": "connected",
                            "accountIDs": [OTHER_WHATSAPP, "unheard_of", WHATSAPP],
                        }
                    ]
                }
            ),
        )
    )

    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})

    assert "\n- WhatsApp (Example Ltd)\n- WhatsApp (Alice Example)\n" in dialog.text
    assert dialog.fields["scope"]["selector"]["select"]["options"] == ["all-devices"]


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (None, "no_login"),
        ({"loginID": "another"}, "no_login"),
        ({"loginID": "another", "accountIDs": ["another"]}, "no_login"),
        ({"loginID": "15555550100", "removeScopes": []}, "no_scopes"),
        ({"loginID": "15555550100", "removeScopes": ["orbit"]}, "no_scopes"),
    ],
)
async def test_account_that_cannot_be_signed_out(
    beeper: Simulator, dialogs: Dialogs, login: dict[str, Any] | None, reason: str
) -> None:
    """The dialog says so."""
    base = {"bridgeID": "x", "removeScopes": ["all-devices"], "status": "connected"}
    items = [] if login is None else [base | login]
    beeper.inject(Fault(path="*/logins", body=orjson.dumps({"items": items})))

    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})

    assert (dialog.step["type"], dialog.at) == ("abort", reason)
    assert "WhatsApp (Alice Example)" in dialog.text


FAULTS = {
    # With a token that still works, it is the network's
    "403": (Fault(status=403), told("invalid_request", "Injected 403")),
    "404": (Fault(status=404), told("not_found", "Injected 404")),
    "409": (Fault(status=409), told("conflict", "Injected 409")),
    "429": (Fault(status=429), told("too_often", "Injected 429")),
    "502": (Fault(status=502), told("bridge_failed", "Injected 502")),
    "drop": (Fault(drop=0, status=200), told("cannot_connect")),
}

each_fault = pytest.mark.parametrize(("fault", "message"), FAULTS.values(), ids=FAULTS)


@each_fault
async def test_logins_that_cannot_be_read_can_be_read_again(
    beeper: Simulator, dialogs: Dialogs, fault: Fault, message: str
) -> None:
    """The account that was chosen is still chosen."""
    beeper.inject(replace(fault, path="*/logins"))

    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})

    assert (dialog.at, dialog.errors) == ("sign_out", {"base": message})
    assert dialog.suggested("account") == WHATSAPP
    beeper.clear_faults()
    await dialog.enter(account=WHATSAPP)
    assert dialog.at == "confirm_sign_out"


@each_fault
async def test_sign_out_that_fails_can_be_tried_again(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    beeper: Simulator,
    dialogs: Dialogs,
    fault: Fault,
    message: str,
) -> None:
    """Where to sign out is still chosen."""
    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})
    beeper.inject(replace(fault, path="*/remove"))

    await dialog.enter(scope="all-devices")

    assert (dialog.at, dialog.errors) == ("confirm_sign_out", {"base": message})
    assert dialog.suggested("scope") == "all-devices"
    assert "- WhatsApp (Alice Example)\n" in dialog.text
    assert WHATSAPP in beeper.accounts
    assert has_issue(hass, loaded, WHATSAPP)
    beeper.clear_faults()
    await dialog.enter(scope="all-devices")
    assert dialog.at == "signed_out"


async def test_entry_that_goes_before_it_is_confirmed(
    hass: HomeAssistant, loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Nothing is signed out then."""
    dialog = await dialogs.configure("sign_out", {"account": WHATSAPP})
    await hass.config_entries.async_unload(loaded.entry_id)

    await dialog.enter(scope="all-devices")

    assert (dialog.step["type"], dialog.at) == ("abort", "not_loaded")
    assert WHATSAPP in beeper.accounts


# --- Settings


async def test_accounts_that_may_raise_repairs_are_chosen(
    hass: HomeAssistant, loaded: MockConfigEntry, dialogs: Dialogs
) -> None:
    """All may, to begin with; what is chosen takes effect at once."""
    assert has_issue(hass, loaded, WHATSAPP)
    dialog = await dialogs.configure("settings")
    accounts = [*dialog.choices("repairs_for")]
    assert len(accounts) == 8
    assert dialog.suggested("repairs_for") == accounts

    await dialog.enter(repairs_for=[each for each in accounts if each != WHATSAPP])

    assert dialog.step["type"] == "create_entry"
    assert loaded.options == {"no_repairs_for": [WHATSAPP]}
    assert not has_issue(hass, loaded, WHATSAPP)
    await dialogs.see(after=16)
    assert not has_issue(hass, loaded, WHATSAPP)
    assert has_issue(hass, loaded, SIGNAL)

    dialog = await dialogs.configure("settings")
    assert WHATSAPP not in (dialog.suggested("repairs_for") or ())
    await dialog.enter(repairs_for=accounts)
    assert loaded.options == {"no_repairs_for": []}
    assert has_issue(hass, loaded, WHATSAPP)


async def test_settings_do_not_end_a_login(beeper: Simulator, dialogs: Dialogs) -> None:
    """Somebody may be scanning a code in another window."""
    login = await dialogs.configure("reconnect", {"account": SIGNAL})
    assert login.at == "scan_qr_code"
    dialog = await dialogs.configure("settings")

    await dialog.enter(repairs_for=[])
    await dialogs.see(login)

    assert dialog.step["type"] == "create_entry"
    assert login.at == "scan_qr_code"
    [session_id] = beeper.sessions
    beeper.phone.scan(session_id)
    await dialogs.see(login)
    assert login.at == "connected"


async def test_no_account_at_all_may_raise_repairs(
    loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """Nobody has to be reminded."""
    dialog = await dialogs.configure("settings")

    await dialog.enter(repairs_for=[])

    assert set(loaded.options["no_repairs_for"]) == set(beeper.accounts)


async def test_missing_account_stays_as_it_was_chosen(
    hass: HomeAssistant, loaded: MockConfigEntry, dialogs: Dialogs
) -> None:
    """It may be back tomorrow; other options stay, too."""
    options = {"no_repairs_for": ["unheard_of", SIGNAL], "other": 1}
    hass.config_entries.async_update_entry(loaded, options=options)
    dialog = await dialogs.configure("settings")
    assert "unheard_of" not in dialog.choices("repairs_for")

    await dialog.enter(repairs_for=dialog.suggested("repairs_for"))

    assert loaded.options == options


async def test_settings_without_an_account(
    loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """A Beeper that is starting up may have an empty list."""
    for account_id in beeper.accounts:
        beeper.remove_account(account_id)
    await dialogs.see(after=16)
    dialog = await dialogs.configure("settings")
    assert dialog.choices("repairs_for") == {}

    await dialog.enter(repairs_for=[])

    assert loaded.options == {"no_repairs_for": []}


async def test_settings_during_an_outage(
    loaded: MockConfigEntry, beeper: Simulator, dialogs: Dialogs
) -> None:
    """The accounts are those that Beeper listed last."""
    await beeper.stop()
    await dialogs.see(after=16)

    dialog = await dialogs.configure("settings")

    assert len(dialog.choices("repairs_for")) == 8


@pytest.mark.parametrize("action", ["tell_me", "settings"])
async def test_read_only_access(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    beeper: Simulator,
    dialogs: Dialogs,
    action: str,
) -> None:
    """Only what works is offered, and it says how to allow more."""
    data = {**loaded.data, CONF_ACCESS_TOKEN: beeper.read_only_token}
    hass.config_entries.async_update_entry(loaded, data=data)
    assert await hass.config_entries.async_reload(loaded.entry_id)

    dialog = await dialogs.configure()

    assert dialog.at == "read_only"
    assert "select Sign in again" in dialog.text
    [offered] = dialog.fields.values()
    assert offered["selector"]["select"]["options"] == ["tell_me", "settings"]
    await dialog.enter(action=action)
    assert dialog.at == action


# --- Tell me


async def test_tell_me_offers_phones_and_notify_entities(dialogs: Dialogs) -> None:
    """They are picked from a list, several at once."""
    dialog = await dialogs.configure("tell_me")

    assert (dialog.at, dialog.title) == ("tell_me", "Tell me")
    assert {name: field["selector"] for name, field in dialog.fields.items()} == {
        "notify_phones": {
            "device": {"filter": [{"integration": "mobile_app"}], "multiple": True}
        },
        "notify_entities": {
            "entity": {"domain": ["notify"], "multiple": True, "reorder": False}
        },
        "remind_after": {
            "number": {
                "min": 1,
                "max": 168,
                "step": 1,
                "mode": "box",
                "unit_of_measurement": "h",
            }
        },
        "notify_warnings": {"boolean": {}},
    }


async def test_tell_me_keeps_other_options(
    hass: HomeAssistant, loaded: MockConfigEntry, dialogs: Dialogs
) -> None:
    """What was chosen is shown the next time, and may be taken back."""
    hass.config_entries.async_update_entry(loaded, options={"no_repairs_for": [SIGNAL]})
    chosen = {
        "notify_phones": ["0123"],
        "notify_entities": ["notify.mail"],
        "remind_after": 12,
        "notify_warnings": True,
    }
    dialog = await dialogs.configure("tell_me")
    await dialog.enter(**chosen)
    assert dialog.step["type"] == "create_entry"
    assert loaded.options == {"no_repairs_for": [SIGNAL], **chosen}

    dialog = await dialogs.configure("tell_me")
    assert {name: dialog.suggested(name) for name in chosen} == chosen
    await dialog.enter(notify_phones=["0123"], notify_warnings=False)

    assert loaded.options == {
        "no_repairs_for": [SIGNAL],
        "notify_phones": ["0123"],
        "notify_warnings": False,
    }


async def test_tell_me_does_not_end_a_login(
    beeper: Simulator, dialogs: Dialogs
) -> None:
    """Somebody may be scanning a code in another window."""
    login = await dialogs.configure("reconnect", {"account": SIGNAL})
    dialog = await dialogs.configure("tell_me")

    await dialog.enter(notify_phones=["0123"], notify_warnings=False)
    await dialogs.see(login)

    assert dialog.step["type"] == "create_entry"
    assert login.at == "scan_qr_code"
