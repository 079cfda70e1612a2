"""Going from one page of Home Assistant to another, which its frontend draws by itself."""

from typing import Final

from playwright.async_api import Page

# A dialog takes its step in the history back once it has closed. A dashboard that was
# just added has to become known.
_IS_READY: Final = """path => {
  const { panels } = document.querySelector("home-assistant").hass ?? {};
  return !history.state?.dialog && path.split(/[/?]/)[1] in (panels ?? {});
}"""

_GO: Final = """path => {
  history.pushState(null, "", path);
  dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
}"""


async def go(page: Page, path: str) -> None:
    """Go somewhere as a link does: nothing that is loaded is loaded again.

    No dialog may be open.
    """
    await page.wait_for_function(_IS_READY, arg=path)
    await page.evaluate(_GO, path)
