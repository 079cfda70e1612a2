"""What a browser is shown and told on the way through Beeper's OAuth server."""

from html import escape
from pathlib import Path
import secrets
from string import Template
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from .oauth_clients import Client

_PAGE = Template((Path(__file__).parent / "oauth.html").read_text(encoding="utf-8"))
_APPROVAL = Template("""\
<h1>Allow <bdi>$client</bdi> to use your Beeper?</h1>
<p>It asks to:</p>
<ul>$scopes</ul>
<p class="quiet">You are signed in as <bdi>$user</bdi>. Your answer is sent to
<bdi>$receiver</bdi>.</p>
<form method="post" action="authorize/callback">
<input type="hidden" name="ticket" value="$ticket">
<button class="main" name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button>
</form>""")
_REFUSAL = Template("""\
<h1>$title</h1>
<p>$text</p>""")

SCOPES = {
    "read": "See your accounts, chats and messages",
    "write": "Act for you: connect and sign out accounts, send messages",
}
"""What an app may be allowed, as it is put to the person."""


def approval_page(
    client: Client, scopes: frozenset[str], redirect_uri: str, user_id: str, ticket: str
) -> web.Response:
    """Return the page that asks the person."""
    listed = "".join(
        f"<li>{escape(text)} (<code>{scope}</code>)</li>"
        for scope, text in SCOPES.items()
        if scope in scopes
    )
    content = _APPROVAL.substitute(
        client=escape(client.name),
        scopes=listed,
        user=escape(user_id),
        receiver=escape(_receiver(redirect_uri)),
        ticket=ticket,
    )
    return _page("Approve a connection", content)


def _receiver(redirect_uri: str) -> str:
    """Return who gets the person's answer: what an app cannot make up."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}"


def redirect(redirect_uri: str, state: str, parameters: dict[str, str]) -> web.Response:
    """Send the browser back to the client."""
    if state:
        parameters = {**parameters, "state": state}
    separator = "&" if "?" in redirect_uri else "?"
    headers = {
        "Location": f"{redirect_uri}{separator}{urlencode(parameters)}",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(status=303, headers=headers)


def refuse(title: str, text: str, status: int = 400) -> web.Response:
    """Tell the person why the browser is not sent back."""
    content = _REFUSAL.substitute(title=escape(title), text=escape(text))
    return _page(title, content, status)


def refuse_signed_out() -> web.Response:
    """Tell the person that somebody has to be signed in to approve anything."""
    return refuse("Sign in to Beeper first", "Then load this page again.", 409)


def _page(title: str, content: str, status: int = 200) -> web.Response:
    """Return a page; content: HTML.

    The policy says nothing of `form-action`: browsers also apply it to the address
    that the answer to the form redirects to, and to all that one redirects to.
    """
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; img-src data:; style-src 'nonce-{nonce}';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    html = _PAGE.substitute(title=escape(title), nonce=nonce, content=content)
    return web.Response(
        text=html,
        status=status,
        content_type="text/html",
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        },
    )
