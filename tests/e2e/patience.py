"""Waiting for what takes effect in its own time: in a page, Home Assistant or Beeper."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from playwright.async_api import Page

PATIENCE: Final = 30  # seconds for one thing to happen, on a machine that is busy

_INTERVAL = 0.05
"""Seconds between two looks."""

# The end of all that moves, and of what is done about that end: a dialog takes the focus
# when it has opened. A tab in the background draws nothing.
_REST = """async () => {
  if (document.hidden) return;
  const moving = [];
  const look = (root) => {
    for (const it of root.getAnimations()) {
      const { endTime } = it.effect.getComputedTiming();
      if (it.playState === "running" && endTime !== Infinity) moving.push(it.finished);
    }
    for (const { shadowRoot } of root.querySelectorAll("*")) {
      if (shadowRoot) look(shadowRoot);
    }
  };
  look(document);
  await Promise.allSettled(moving);
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
}"""


# A timer that is over or was cleared is no longer held
_HOLD_TIMERS = """() => {
  const { setTimeout, clearTimeout } = window;
  const held = new Map();
  window.setTimeout = (run, wait, ...rest) => {
    const id = setTimeout((...given) => { held.delete(id); run(...given); }, wait, ...rest);
    held.set(id, { wait, run: () => run(...rest) });
    return id;
  };
  window.clearTimeout = (id) => { held.delete(id); clearTimeout(id); };
  window.letPass = (wait) => {
    const over = [...held].filter(([, it]) => it.wait === wait);
    for (const [id, { run }] of over) {
      window.clearTimeout(id);
      run();
    }
    return over.length > 0;
  };
}"""


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that can be looked up right here. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(_INTERVAL)


async def becomes(look: Callable[[], Awaitable[object]], expected: object) -> None:
    """Wait until a look elsewhere finds exactly this.

    Raises AssertionError with what the last look has found.
    """
    found = await look()
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while found != expected:
                await asyncio.sleep(_INTERVAL)
                found = await look()
    assert found == expected, f"{found!r} has not become {expected!r}"


async def hold_timers(page: Page) -> None:
    """Have a page remember its timers from here on, so that `let_pass` can end them."""
    await page.evaluate(_HOLD_TIMERS)


async def let_pass(page: Page, wait: int) -> None:
    """Let the timers run out that wait this many milliseconds, as soon as there is one."""
    await page.wait_for_function("wait => letPass(wait)", arg=wait)


async def rest(page: Page) -> None:
    """Wait until nothing on a page moves any more, but for what never ends."""
    await page.evaluate(_REST)
