"""Phones and notify entities: how a notification gets to each that a person has chosen."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import logging
from typing import Final, Self

from homeassistant.components.notify.const import NotifyEntityFeature
from homeassistant.const import ATTR_ENTITY_ID, ATTR_SUPPORTED_FEATURES, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import slugify

from .const import CONF_NOTIFY_ENTITIES, CONF_NOTIFY_PHONES, DOMAIN
from .texts import as_message

_LOGGER = logging.getLogger(__name__)

_TIMEOUT: Final = 30
"""Seconds that a phone or an entity may take for one notification."""

_CLEAR: Final = "clear_notification"
"""The message at which Home Assistant's apps take a notification away."""


@dataclass(frozen=True, kw_only=True)
class Notification:
    """What is told; on a phone it takes the place of what has the same tag.

    `link` is a path of Home Assistant that a tap opens, and so does the button, if
    there is one. One that is quiet only replaces what a phone shows, without a sound.
    """

    tag: str
    title: str
    message: str
    link: str | None = None
    button: str | None = None
    is_quiet: bool = False

    def as_data(self) -> dict[str, object]:
        """Return it as the apps of Home Assistant take it, on Android and iOS."""
        data: dict[str, object] = {"tag": self.tag, "group": DOMAIN}
        if self.link is not None:
            data |= {"url": self.link, "clickAction": self.link}
        if self.button is not None:
            data["actions"] = [
                {"action": "URI", "title": self.button, "uri": self.link}
            ]
        if self.is_quiet:
            data["alert_once"] = True
        return {
            "title": self.title,
            # What a network says may read like a command for the app
            "message": as_message(self.message),
            "data": data,
        }


@dataclass(frozen=True)
class Chosen:
    """Who is to be told: phones by device ID, and notify entities by entity ID."""

    phones: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()

    @classmethod
    def from_options(cls, options: Mapping[str, list[str]]) -> Self:
        """Return whom the options of an entry name."""
        return cls(
            tuple(options.get(CONF_NOTIFY_PHONES, ())),
            tuple(options.get(CONF_NOTIFY_ENTITIES, ())),
        )

    def __bool__(self) -> bool:
        """Return whether there is anybody."""
        return bool(self.phones or self.entities)


class Recipients:
    """Sends to all that are chosen, side by side.

    One that fails is logged once, until it works again, and costs the others nothing.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nobody who has failed."""
        self._hass = hass
        self._failing: set[str] = set()

    async def async_send(self, chosen: Chosen, notification: Notification) -> None:
        """Send a notification; one that is quiet only to phones."""
        data = notification.as_data()
        calls = [self._async_to_phone(phone, data) for phone in chosen.phones]
        if not notification.is_quiet:
            calls += [
                self._async_to_entity(entity, notification)
                for entity in chosen.entities
            ]
        await asyncio.gather(*calls)

    async def async_withdraw(self, chosen: Chosen, tag: str) -> None:
        """Take a notification away, where that can be done: from phones."""
        data: dict[str, object] = {"message": _CLEAR, "data": {"tag": tag}}
        await asyncio.gather(
            *(self._async_to_phone(phone, data) for phone in chosen.phones)
        )

    async def _async_to_phone(self, device_id: str, data: dict[str, object]) -> None:
        # The app's integration names the action for its name of the device
        device = dr.async_get(self._hass).async_get(device_id)
        name = device.name if device else None
        await self._async_call(slugify(f"mobile_app_{name}"), data, device_id)

    async def _async_to_entity(
        self, entity_id: str, notification: Notification
    ) -> None:
        data = {ATTR_ENTITY_ID: entity_id}
        state = self._hass.states.get(entity_id)
        features = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0) if state else 0
        if features & NotifyEntityFeature.TITLE:
            data["title"] = notification.title
            data["message"] = as_message(notification.message)
        else:
            data["message"] = f"{notification.title}\n{notification.message}"
        await self._async_call("send_message", data, entity_id)

    async def _async_call(
        self, action: str, data: Mapping[str, object], recipient: str
    ) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT):
                await self._hass.services.async_call(
                    Platform.NOTIFY, action, dict(data), blocking=True
                )
        except Exception as err:  # noqa: BLE001  # anything: it is the code of others
            if recipient not in self._failing:
                self._failing.add(recipient)
                # Its message may hold what only the recipient's integration should know
                _LOGGER.warning(
                    "The phone or notify entity %s cannot be told about accounts (%s). "
                    "Look at 'Tell me' under Configure",
                    recipient,
                    type(err).__name__,
                )
        else:
            self._failing.discard(recipient)
