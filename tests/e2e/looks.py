"""How a page can look, and what has to be right of it in each: width, colors, language.

An ordinary run walks through two looks that have nothing in common. `LOOKS=all` in the
environment has it walk through all eight, as the canary does each day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
import json
import os
from pathlib import Path
import re
from typing import Any, Final, Literal, TypedDict, override

from playwright.async_api import Locator, Page

from . import pictures
from .accessibility import findings
from .patience import becomes, rest

TRANSLATIONS: Final = (
    Path(__file__).parents[2] / "custom_components/beeper/translations"
)

TOUCH: Final = 40
"""How wide and high something has to be to be hit with a finger, in CSS pixels."""

SENTENCE: Final = 20
"""From how many characters on words are ours alone: networks say "Scan the QR code", too."""

# The texts of a page, and what is wrong with them and with what can be selected. `ours` are
# the elements in which all is ours or filled in by us; an element whose name begins with
# "beeper-" draws all that is right below its root.
LOOK: Final = """({ ours, touch }) => {
  const found = { texts: [], ours: 0, cut: [], outside: [], small: [] };
  const width = document.documentElement.clientWidth;
  const has = (element) => [...element.childNodes]
    .some((it) => it.nodeType === Node.TEXT_NODE && it.data.trim());
  const label = (element) => `${element.localName}.${element.className}: `
    + (element.textContent.trim() || element.getRootNode().host?.textContent || "")
      .trim().slice(0, 60);
  const clips = ({ overflowX, overflowY }) =>
    [overflowX, overflowY].some((it) => it === "hidden" || it === "clip");
  const targets = "button, ha-button, ha-icon-button, summary, [role=button]";
  const look = (parent, isOurs, isDrawnByUs) => {
    for (const element of parent.children) {
      if (["script", "style"].includes(element.localName)) continue;
      const style = getComputedStyle(element);
      const isSeen = style.display === "contents"
        || element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
      if (!isSeen) continue;
      const mine = isOurs || ours.includes(element.localName);
      const drawn = isDrawnByUs || element.localName.startsWith("beeper-");
      const box = element.getBoundingClientRect();
      if (has(element)) {
        found.texts.push(element.textContent);
        if (mine) found.ours += 1;
      }
      const isEllipsis = style.textOverflow === "ellipsis";
      if (element.textContent.trim() || isEllipsis) {
        const isRead = mine && box.width > 1 && box.height > 1
          && style.display !== "inline";
        const isTyped = ["pre", "textarea"].includes(element.localName);
        const isCut = isEllipsis || has(element)
          || style.webkitLineClamp !== "none";
        if (isRead && isCut && !isTyped && clips(style)
            && (element.scrollWidth > element.clientWidth + 1
              || element.scrollHeight > element.clientHeight + 1)) {
          found.cut.push(label(element));
        }
        if (isRead && has(element) && (box.left < -1 || box.right > width + 1)) {
          found.outside.push(label(element));
        }
      }
      if (drawn && touch && element.matches(targets)) {
        // The frontend draws the button itself in the root of its own
        const hit = element.shadowRoot?.querySelector("button, a") ?? element;
        const { width: wide, height: high } = hit.getBoundingClientRect();
        if (Math.min(wide, high) < touch - 0.5) {
          found.small.push(`${Math.round(wide)} x ${Math.round(high)} ${label(element)}`);
        }
      }
      look(element, mine, drawn);
      if (element.shadowRoot) {
        look(element.shadowRoot, mine, element.localName.startsWith("beeper-"));
      }
    }
  };
  look(document, false, false);
  if (document.scrollingElement.scrollWidth > width) found.outside.push("the page");
  return found;
}"""


class _Seen(TypedDict):
    """What LOOK finds."""

    texts: list[str]
    ours: int
    cut: list[str]
    outside: list[str]
    small: list[str]


@dataclass(frozen=True)
class Look:
    """One way in which somebody may see a page."""

    width: int  # CSS pixels
    scheme: Literal["light", "dark"]
    language: Literal["en", "de"]

    @override
    def __str__(self) -> str:
        """Return the name that tests and pictures have."""
        return f"{self.width}-{self.scheme}-{self.language}"

    @property
    def is_phone(self) -> bool:
        """Whether somebody uses a finger."""
        return self.width < 600

    @property
    def texts(self) -> dict[str, Any]:
        """All texts of the integration in this language."""
        return texts(self.language)

    async def put_on(self, page: Page) -> None:
        """Let a page look like this, from the next address on."""
        await page.set_viewport_size({"width": self.width, "height": 844})
        await page.emulate_media(color_scheme=self.scheme)
        await page.evaluate(
            "language => localStorage.setItem('selectedLanguage', language)",
            json.dumps(self.language),
        )


SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
LANGUAGES: Final[tuple[Literal["en", "de"], ...]] = ("en", "de")
ALL: Final = [Look(*it) for it in product((1280, 390), SCHEMES, LANGUAGES)]
LOOKS: Final = (
    ALL
    if os.environ.get("LOOKS") == "all"
    else [Look(390, "dark", "de"), Look(1280, "light", "en")]
)


@cache
def texts(language: str) -> dict[str, Any]:
    """Return all texts of the integration in a language."""
    translated: dict[str, Any] = json.loads(
        (TRANSLATIONS / f"{language}.json").read_text()
    )
    return translated


def _leaves(values: dict[str, Any]) -> Iterator[str]:
    for value in values.values():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield value


@cache
def foreign(language: str) -> frozenset[str]:
    """Return pieces of our texts that nobody should read who reads this language.

    A piece is what stands between what is filled in, marks and ends of lines.
    """
    [other] = {"en", "de"} - {language}
    known = "\n".join(_leaves(texts(language)))
    pieces = {
        piece.strip(" .:;>#-–")
        for text in _leaves(texts(other))
        for piece in re.split(r"\{\w+\}|\*\*|\n|^\d+\. ", text, flags=re.MULTILINE)
    }
    return frozenset(
        it for it in pieces if len(it) >= SENTENCE and " " in it and it not in known
    )


async def inspect(page: Page, look: Look, *ours: str) -> None:
    """See that all is right of what a page shows, in elements like these.

    Nothing of ours is cut off, sticks out or is in another language; on a phone all that
    can be selected can be hit; and axe-core finds nothing.
    """
    await rest(page)
    await becomes(lambda: page.evaluate(pictures.TOO_WIDE), [])
    seen: _Seen = await page.evaluate(
        LOOK, {"ours": [*ours], "touch": TOUCH if look.is_phone else 0}
    )
    assert seen["ours"]
    wrong = {key: seen[key] for key in ("cut", "outside", "small") if seen[key]}
    assert not wrong, wrong
    read = "\n".join(" ".join(it.split()) for it in seen["texts"])
    misplaced = [it for it in foreign(look.language) if it in read]
    assert not misplaced, misplaced


async def is_free_of_obstacles(
    page: Page, ours: Sequence[str], known: frozenset[str] = frozenset()
) -> None:
    """See that axe-core finds nothing right below the roots of these elements.

    Rules that the frontend breaks itself there are known.
    """
    found = await findings(page, *ours)
    obstacles = [it for it in found if it.partition(":")[0] not in known]
    assert not obstacles, obstacles


async def width_of(picture: Locator) -> float:
    """Return how wide a picture is, in CSS pixels."""
    box = await picture.bounding_box()
    return box["width"] if box else 0
