"""What axe-core finds on a page: obstacles for people who do not see, hear or point."""

from importlib.resources import files
from typing import Final

from playwright.async_api import Page

from .patience import rest

_AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text()
"""The whole of axe-core, as its Python package has it."""

# Elements in roots of Home Assistant's own elements are its, also where we use them. The
# path of an element has a selector for each root around it.
_FINDINGS: Final = """async (ours) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes
    .map(({ target }) => target.at(-1) instanceof Array ? target.at(-1) : target)
    .filter((path) => ours.some((name) => String(path.at(-2) ?? "").includes(name)))
    .map((path) => `${id}: ${path.slice(-2).join(" > ")}`));
}"""


async def findings(page: Page, *ours: str) -> list[str]:
    """Return what is wrong right below the roots of these elements."""
    await rest(page)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE)
    found: list[str] = await page.evaluate(_FINDINGS, list(ours))
    return found
