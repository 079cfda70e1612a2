"""Networks that mean harm."""

from dataclasses import replace
import json
import re
from string import punctuation

import pytest

from simulator import Fault, Simulator
from simulator.login_flows import FLOWS, Answer, Step as ServedStep
from tests.accounts import TELEGRAM

from .person import Network, Person, asks_for, keyed

HOSTILE = {
    "markup": "<script>hacked()</script><img src=x onerror=hacked()>"
    "<ha-alert>now</ha-alert> &lt;b&gt; &#60; \\",
    "markdown": "# Title\n\n- [link](javascript:hacked()) ![x](x)\n\n---\n\n    block"
    " `code` **bold** _em_ ~~no~~ | a | b |",
    "templates": "{account} {{ states('sensor.x') }} {x, select, other {y}} %s"
    " www.example.com https://example.com/ alice@example.com",
    "invisible": "\u202eevil\u202c \u200bhidden \u2066x\u2069 \ufeff \x00\x1b[31m",
    "punctuation": "<" * 100_000,
    "nothing": "\n" * 100_000 + "late",
    "emoji": "😀" * 100_000,
}


each_hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def is_text(markdown: str) -> bool:
    """Return whether markdown is only text."""
    return not set(punctuation) & set(re.sub(r"&#\d+;", "", markdown))


def without_picture(markdown: str) -> str:
    """Return what is left without our own markup of a picture."""
    return re.sub(
        r'<img src="[^"<>\n]*">'
        r'|</?(table|caption|tr|td)( role="\w+")?( width="(100%|340)")?>'
        r"|\n\n# ",
        "",
        markdown,
    )


@each_hostile
async def test_hostile_form_is_harmless(
    person: Person, network: Network, text: str
) -> None:
    """Texts are only text, and short enough; what is sent back is what was served."""
    short = text[:1_000]
    field = dict.fromkeys(
        ("label", "placeholder", "initialValue", "type", "name"), short
    )
    options = [short, *({"id": f"{n}", "name": short} for n in range(200))]
    answers = network(
        asks_for(
            *({**field, "id": f"{short}{n}"} for n in range(19)),
            {**field, "id": "a", "type": "select", "options": options},
            instructions=text,
        )
    )

    dialog = await person.connect("local-signal")

    assert dialog.at == "user_input"
    assert not set("\u202e\u200b\u2066\x00\x1b") & set(str(dialog.labels))
    await person.enter(
        dialog, **{f"field_{n}": "x" for n in range(1, 20)}, field_20="3"
    )
    assert dialog.at == "connected"
    assert answers == [{**{f"{short}{n}": "x" for n in range(19)}, "a": "3"}]


@each_hostile
async def test_hostile_cookie_step_is_harmless(
    person: Person, network: Network, text: str
) -> None:
    """A link leads to a page or is none, and a script is only to be read."""
    short = text[:1_000]
    fields = [{"id": f"{short}{n}", "name": short, "type": short} for n in range(30)]
    members = {"url": text, "fields": fields, "extractJS": text[:10_000]}
    network(ServedStep("cookies", "com.example.cookies", text, members))

    dialog = await person.connect("local-signal")

    assert is_text(dialog.placeholders["link"])
    script = dialog.placeholders["script"]
    assert is_text(script.removeprefix("<pre><code>").removesuffix("</code></pre>"))
    await person.enter(dialog, paste="a=1")
    assert dialog.at == "cookies"
    assert dialog.errors["base"].startswith("Not found")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "\u200bjavascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "//example.com/",
        "http://[",
        "",
        "https://example.com/" + "x" * 2048,
    ],
    ids=range(10),
)
async def test_link_leads_to_a_page_or_is_none(
    person: Person, network: Network, url: str
) -> None:
    """Other addresses are shown, but lead nowhere."""
    members = {"url": url, "fields": []}
    network(ServedStep("cookies", "com.example.cookies", "", members))

    dialog = await person.connect("local-signal")

    assert is_text(dialog.placeholders["link"])


@each_hostile
async def test_hostile_displays_are_harmless(
    person: Person, network: Network, text: str
) -> None:
    """Nothing but our own picture is more than text."""
    network(
        *(
            ServedStep(
                "display_and_wait",
                f"com.example.{number}",
                text,
                {"display": {"data": text, **display}},
            )
            for number, display in enumerate(
                (
                    {"type": "qr"},
                    {"type": "code"},
                    {"type": "emoji"},
                    {"type": "emoji", "imageURL": text},
                    {"type": "emoji", "imageURL": f"https://{text}"},
                    {"type": "emoji", "imageURL": f"https://{text[:60_000]}"},
                    {"type": "emoji", "imageURL": f"data:image/{text[:1_000]}"},
                    {"type": "nothing"},
                    {"type": text},
                )
            )
        )
    )
    dialog = await person.connect("local-signal")

    for _ in range(9):
        assert is_text(without_picture(dialog.placeholders["picture"]))
        person.session.advance(Answer())
        await person.dialogs.see(dialog, after=6)

    assert dialog.at == "connected"


@each_hostile
async def test_hostile_failures_are_harmless(
    beeper: Simulator, person: Person, text: str
) -> None:
    """So is what a network says at the end, and Beeper of what it cannot do."""
    body = {"message": text, "code": text, "details": {"issues": [{"message": text}]}}
    fault = Fault(method="POST", status=422, body=json.dumps(body).encode(), times=1)
    beeper.inject(replace(fault, path="*/login-sessions"))
    dialog = await person.connect("local-telegram", "phone")
    assert dialog.at == "not_started"
    await dialog.start_over()

    beeper.inject(replace(fault, path="*/steps/*"))
    await person.enter(dialog, field_1="+15555550100")
    assert [*dialog.errors] == ["base"]

    ended = person.session.wire | {"status": "failed", "error": body}
    del ended["currentStep"]
    beeper.inject(Fault(path="*/steps/*", body=json.dumps(ended).encode()))
    await person.enter(dialog, field_1="+15555550100")
    assert dialog.at == "failed"


@each_hostile
async def test_hostile_ways_to_sign_in_are_harmless(
    person: Person, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """So are their names."""
    flow = FLOWS["signal"][0]
    flows = tuple(
        replace(
            flow,
            id=f"{text[:1_000]}{n}" if n % 2 else f"{n}",
            name=text[:1_000],
            description=text[:1_000],
        )
        for n in range(300)
    )
    monkeypatch.setitem(FLOWS, "signal", flows)

    dialog = await person.connect("local-signal")

    assert len(dialog.flows) == 100
    assert all(len(name) <= 210 for name in dialog.flows.values())
    await person.enter(dialog, flow=[*dialog.flows][-1])
    assert dialog.at == "scan_qr_code"


async def test_nothing_secret_is_logged(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is entered and shown stays in the dialog, however much is logged."""
    caplog.set_level("DEBUG")
    secrets = set()
    for start, target in (
        (person.connect, "local-telegram"),
        (person.reconnect, TELEGRAM),
    ):
        dialog = await start(target, "phone")
        for _ in range(2):
            secrets |= set(person.right.values())
            await person.enter(dialog, **keyed(person.right))
        assert dialog.at == "connected"
    dialog = await person.connect("instagramgo")
    secrets |= set(person.right.values())
    await person.enter(dialog, paste=json.dumps(person.right))
    dialog = await person.connect("local-signal")
    secrets.add(person.session.step.members["display"]["data"])

    assert len(secrets) == 10
    assert not [secret for secret in secrets if secret in caplog.text]
