"""LINE, IRC, Bluesky and Zulip: a form, and for LINE a PIN to type on the phone."""

import re

from simulator.login_steps import (
    Attempt,
    Flow,
    Identity,
    LoginFailed,
    LoginFlow,
    complaining,
    display,
    input_field,
    user_input,
)

from .exchanges import ask

_IRC_NETWORKS = ["libera", "oftc", "hackint"]


def _line(attempt: Attempt) -> Flow:
    """Enter mail address and password, then type a PIN on the phone.

    The PIN stands in the instructions only; nothing is displayed.
    """
    step = user_input(
        "dev.highest.matrix.line.enter_creds",
        "Please enter your LINE email and password.",
        input_field("email", "Email", "username"),
        input_field("password", "Password", "password"),
        right={"email": attempt.email, "password": f"password-{attempt.digits(6)}"},
    )
    yield from ask(
        step,
        complaining(step, "Error when logging in: Account ID or password is wrong"),
    )
    pin = attempt.digits(6)
    yield display(
        "dev.highest.matrix.line.wait_verification",
        f"Open LINE and enter this PIN on your mobile device: {pin}",
        {"type": "nothing"},
        right={"pin": pin},
    )
    return Identity(f"u{attempt.random.randbytes(16).hex()}")


def _irc(attempt: Attempt) -> Flow:
    """Choose a network and enter nick and credentials; an unknown network is fatal."""
    nick = f"alice{attempt.number}"
    answer = yield user_input(
        "fi.mau.irc.credentials",
        "",
        input_field("network", "IRC network", "select", options=_IRC_NETWORKS),
        input_field("nick", "IRC nick", "username"),
        input_field(
            "credentials",
            "Auth credentials",
            "password",
            "User name and password for SASL, with a colon in between. To sign in"
            " without authentication, enter nothing but a single colon (`:`)",
            pattern="^.*:.*$",
        ),
        right={
            "network": _IRC_NETWORKS[0],
            "nick": nick,
            "credentials": f"{nick}:password-{attempt.digits(6)}",
        },
    )
    network = answer.fields["network"].lower()
    if network not in _IRC_NETWORKS:
        raise LoginFailed("invalid_credentials")
    return Identity(f"{network}-{attempt.digits(6)}", {"username": nick})


def _bluesky(attempt: Attempt) -> Flow:
    """Enter server, handle and password; what is wrong is fatal."""
    handle = f"alice{attempt.number}.bsky.social"
    step = user_input(
        "fi.mau.bluesky.password",
        "",
        input_field(
            "domain",
            "Server",
            "domain",
            "Bluesky server. The default server is `bsky.social`",
        ),
        input_field(
            "username",
            "Username or email",
            "username",
            "Bluesky account handle or email address",
        ),
        input_field("password", "Password", "password", "Bluesky account password"),
        right={
            "domain": "bsky.social",
            "username": handle,
            "password": f"password-{attempt.digits(6)}",
        },
    )
    answer = yield step
    if answer.fields != step.right:
        raise LoginFailed("invalid_credentials")
    return Identity(f"did:plc:{attempt.letters(24).lower()}", {"username": handle})


def _zulip(attempt: Attempt) -> Flow:
    """Enter server, mail address and API key; what is wrong is fatal."""
    step = user_input(
        "fi.mau.zulip.apitoken",
        "",
        input_field("url", "Zulip server URL", "url"),
        input_field("email", "Email", "email"),
        input_field("token", "API key", "token", pattern="^[A-Za-z0-9]{32}$"),
        right={
            "url": "https://chat.example.com",
            "email": attempt.email,
            "token": re.sub(r"[-_]", "0", attempt.base64url(24)),
        },
    )
    answer = yield step
    if answer.fields != step.right:
        raise LoginFailed("invalid_credentials")
    return Identity(attempt.digits(6), {"email": attempt.email})


LINE = (
    LoginFlow(
        "dev.highest.matrix.line.email_login", "Login", "Use your password", _line
    ),
)
IRC = (LoginFlow("nick", "Nick", "Choose a nick", _irc),)
BLUESKY = (LoginFlow("password", "Username & password", "Use your password", _bluesky),)
ZULIP = (LoginFlow("apitoken", "API token", "Use your API key", _zulip),)
