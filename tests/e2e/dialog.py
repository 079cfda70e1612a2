"""A dialog of Home Assistant as a person sees and uses it."""

from typing import Final

from playwright.async_api import Locator, Page, expect

from .camera import expect_scan
from .patience import becomes, rest

MAX_STEPS: Final = 60

# The elements of some kinds below another, in whatever shadow they stand
ELEMENTS: Final = """(root, names) => {
  const found = [];
  const look = (parent) => {
    for (const element of parent.children) {
      if (names.includes(element.localName)) found.push(element.localName);
      look(element);
      if (element.shadowRoot) look(element.shadowRoot);
    }
  };
  look(root.shadowRoot);
  return found;
}"""
ACTIVE: Final = ("a", "audio", "embed", "form", "iframe", "img", "object", "script")


class Dialog:
    """The dialog that is open on a page."""

    def __init__(self, page: Page) -> None:
        """Look at this page."""
        self.page = page
        self.box = page.locator("dialog-data-entry-flow")
        self.window = self.box.get_by_role("dialog")
        self.switch = self.box.locator("ha-selector-boolean ha-switch")
        self.picture = self.box.locator("ha-markdown img")

    def text(self, text: str) -> Locator:
        """Return where a text stands."""
        return self.box.get_by_text(text)

    def field(self, label: str) -> Locator:
        """Return where to type."""
        return self.box.get_by_role("textbox", name=label)

    def button(self, name: str) -> Locator:
        """Return a button."""
        return self.box.get_by_role("button", name=name)

    async def choose(self, option: str) -> None:
        """Choose from a list, and send the form."""
        await self.box.get_by_role("radio", name=option).first.click()
        await self.send()

    async def answer(self, label: str, text: str) -> None:
        """Type into a field, and send the form."""
        await self.field(label).fill(text)
        await self.send()

    async def send(self, button: str = "Next") -> None:
        """Send the form."""
        await self.button(button).click()

    async def close(self) -> None:
        """Close the dialog with its button."""
        await self.button("Close").click()
        await expect(self.button("Close")).to_be_hidden()

    async def reach(self, target: Locator, key: str = "Tab") -> None:
        """Go to something with a key of the keyboard."""
        await expect(target).to_be_visible()
        await rest(self.page)
        for _ in range(MAX_STEPS):
            if await target.evaluate("element => element.matches(':focus-within')"):
                return
            await self.page.keyboard.press(key)
        raise AssertionError(f"{key} does not lead to {target}")

    async def press(self, target: Locator) -> None:
        """Press a button with the keyboard."""
        await self.reach(target)
        await self.page.keyboard.press("Enter")

    async def type(self, label: str, text: str) -> None:
        """Type into a field, instead of what it holds."""
        await self.reach(self.field(label))
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(text)
        await expect(self.field(label)).to_have_value(text)

    async def shows_code(self, text: str) -> None:
        """Wait until a phone reads this off the screen."""
        await expect(self.picture).to_be_visible()
        await expect_scan(self.picture, text)

    async def has_active(self, *names: str) -> None:
        """Wait until of all elements that could do or load something there are these."""
        await becomes(lambda: self.box.evaluate(ELEMENTS, ACTIVE), [*names])
