"""The Home Assistant of a module's tests, and the Beeper that it watches."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Browser, Page, StorageState

from scripts.browser import new_page, sign_in
from scripts.demo_check import complaints
from scripts.home_assistant import PASSWORD, HomeAssistant
from simulator import Simulator, Timings, load_scenario

from .patience import becomes

CONNECTED: Final = "sensor.beeper_accounts_connected"

# Nothing rotates or gives up by itself while a test looks at it
STEADY: Final = Timings(connecting=0.01, qr_rotation=600, qr_lifetime=600)

# What Home Assistant's log may say about the integration: between two tests there is no
# Beeper, one test takes the access back, and Home Assistant takes platforms for
# integrations when its language is another one
EXPECTED: Final = (
    "Beeper does not answer.",
    "Beeper no longer accepts the access token.",
    "Failed to load integration for translation: Invalid domain beeper.",
)


BECOME: Final = """({ origins }) => {
  localStorage.clear();
  for (const { name, value } of origins[0].localStorage) localStorage.setItem(name, value);
}"""


@dataclass(frozen=True)
class House:
    """A Home Assistant, the port of the Beeper next to it, and somebody signed in."""

    home_assistant: HomeAssistant
    beeper_port: int
    signed_in: StorageState

    def beeper(self) -> Simulator:
        """Return a Beeper; each has the same accounts and the same token."""
        return Simulator(load_scenario("home"), port=self.beeper_port, timings=STEADY)

    def page(
        self, chromium: Browser, signed_in: StorageState | None = None
    ) -> AbstractAsyncContextManager[Page]:
        """Open a page in a browser of its own; it goes to paths of Home Assistant."""
        return new_page(
            chromium, signed_in or self.signed_in, base_url=self.home_assistant.url
        )

    async def add_beeper(self) -> None:
        """Set the integration up."""
        async with self.beeper() as beeper:
            await self.home_assistant.add_integration(
                "beeper",
                {
                    "user": {"url": beeper.url},
                    "sign_in": {"next_step_id": "access_token"},
                    "access_token": {"access_token": beeper.token},
                },
            )

    async def add_user(self, username: str) -> None:
        """Add a user who is no administrator."""
        created = await self.home_assistant.command(
            "config/auth/create", name=username.title(), group_ids=["system-users"]
        )
        await self.home_assistant.command(
            "config/auth_provider/homeassistant/create",
            user_id=created["user"]["id"],
            username=username,
            password=PASSWORD,
        )

    async def reload_beeper(self) -> None:
        """Have Home Assistant know the Beeper that is there now, if it knows any."""
        for entry in await self.entries():
            await self.home_assistant.post(
                f"/api/config/config_entries/entry/{entry['entry_id']}/reload", {}
            )
            await becomes(self.entry, (entry["title"], "loaded"))

    async def remove_beeper(self) -> None:
        """Let the integration be as new again."""
        for entry in await self.entries():
            await self.home_assistant.delete(
                f"/api/config/config_entries/entry/{entry['entry_id']}"
            )

    async def entries(self) -> list[dict[str, Any]]:
        """Return the config entries of the integration."""
        entries: list[dict[str, Any]] = await self.home_assistant.get(
            "/api/config/config_entries/entry?domain=beeper"
        )
        return entries

    async def entry(self) -> tuple[str, str]:
        """Return title and state of the only Beeper."""
        [entry] = await self.entries()
        return entry["title"], entry["state"]

    async def entities(self) -> dict[str, str]:
        """Return what the registry has of Beeper: its own IDs by entity ID."""
        entities = await self.home_assistant.command("config/entity_registry/list")
        return {
            entity["entity_id"]: entity["id"]
            for entity in entities
            if entity["platform"] == "beeper"
        }

    async def state(self, entity_id: str) -> str | None:
        """Return the state of an entity; `None` if it has none."""
        states = await self.home_assistant.get("/api/states")
        return {it["entity_id"]: it["state"] for it in states}.get(entity_id)

    async def call(self, action: str, **data: Any) -> None:
        """Perform an action."""
        path = action.replace(".", "/")
        await self.home_assistant.post(f"/api/services/{path}", data)

    async def look(self) -> None:
        """Have Home Assistant ask Beeper, now or, if it has just done so, very soon."""
        await self.call("homeassistant.update_entity", entity_id=CONNECTED)

    @property
    def complaints(self) -> list[str]:
        """What the log says about the integration, and should not."""
        return [
            complaint
            for complaint in complaints(self.home_assistant.log)
            if not any(expected in complaint for expected in EXPECTED)
        ]


async def sign_in_as(page: Page, username: str, url: str) -> StorageState:
    """Sign somebody in; returns what the browser keeps of that."""
    await sign_in(page, url, username, PASSWORD)
    await page.locator("home-assistant-main").wait_for()
    return await page.context.storage_state()


async def become(page: Page, signed_in: StorageState) -> None:
    """Let a browser keep only what it did when somebody had signed in.

    The pages that it loads from here on are theirs.
    """
    await page.evaluate(BECOME, signed_in)
