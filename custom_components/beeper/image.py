"""Image: the QR code that a login session shows at the moment."""

from base64 import b64decode
from typing import override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BeeperEntity
from .login.engine import LoginEngine
from .login.form import form_of
from .qr_code import draw_qr_code
from .runtime import BeeperConfigEntry

PARALLEL_UPDATES = 0

LOGIN_QR_CODE = ImageEntityDescription(
    key="login_qr_code",
    translation_key="login_qr_code",
    entity_category=EntityCategory.DIAGNOSTIC,
)

_EMPTY = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAA"
    "SUVORK5CYII="
)
"""One transparent pixel, for when there is no code."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BeeperConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the image."""
    async_add_entities([BeeperLoginQRCode(hass, entry)])


class BeeperLoginQRCode(BeeperEntity, ImageEntity):
    """The QR code to scan now; an empty picture while there is none."""

    _attr_content_type = "image/png"

    def __init__(self, hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
        """Show what the login engine of this entry knows."""
        BeeperEntity.__init__(self, entry.runtime_data.coordinator, LOGIN_QR_CODE)
        ImageEntity.__init__(self, hass)
        self._logins: LoginEngine = entry.runtime_data.logins
        self._code: str | None = None
        self._picture: bytes | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the login sessions."""
        await super().async_added_to_hass()
        self.async_on_remove(self._logins.async_add_listener(self._handle_logins))
        self._handle_logins()

    @callback
    def _handle_logins(self) -> None:
        """Take over a code that is new, or that there is none any more."""
        login = self._logins.current
        form = form_of(login) if login else None
        code = form.qr_code if form else None
        if code == self._code:
            return
        self._code = code
        self._picture = None
        self._attr_image_last_updated = login.changed if login and code else None
        self.async_write_ha_state()

    @property
    @override
    def available(self) -> bool:
        """A code is followed apart from the poll, also while that fails."""
        return super().available or self._code is not None

    @override
    async def async_image(self) -> bytes:
        """Return the code as a PNG."""
        if (code := self._code) is None:
            return _EMPTY
        if self._picture is None:
            picture = await self.hass.async_add_executor_job(draw_qr_code, code)
            if code == self._code:
                self._picture = picture
            return picture
        return self._picture
