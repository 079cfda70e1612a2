"""Image: the code that a login session shows at the moment, to scan or to type."""

from base64 import b64decode
from collections.abc import Callable
from typing import override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import BeeperEntity
from .login.engine import LoginEngine
from .login.form import Form, form_of
from .pairing_code import draw_pairing_code
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
    """The code to scan or to type now; an empty picture while there is none.

    A picture is in no trace, unlike what is in an attribute.
    """

    _attr_content_type = "image/png"

    def __init__(self, hass: HomeAssistant, entry: BeeperConfigEntry) -> None:
        """Show what the login engine of this entry knows."""
        self._code: tuple[Callable[[str], bytes], str] | None = None
        """What draws it, and what it is."""
        BeeperEntity.__init__(self, entry.runtime_data.coordinator, LOGIN_QR_CODE)
        ImageEntity.__init__(self, hass)
        self._logins: LoginEngine = entry.runtime_data.logins
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
        code = _code_in(form_of(login) if login else None)
        if code == self._code:
            return
        self._code = code
        self.async_update_token()
        self._picture = None
        self._attr_image_last_updated = login.changed if login and code else None
        self._write()

    @callback
    @override
    def async_update_token(self) -> None:
        """Change the token in the picture's address, which is recorded with the state.

        Home Assistant does so every five minutes. An empty picture is nobody's secret: it
        keeps its token, for the history would have 288 states a day in which nothing is.
        """
        if self._code is not None or not self.access_tokens:
            super().async_update_token()

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
            draw, data = code
            picture = await self.hass.async_add_executor_job(draw, data)
            if code == self._code:
                self._picture = picture
            return picture
        return self._picture


def _code_in(form: Form | None) -> tuple[Callable[[str], bytes], str] | None:
    """Return what draws the code of a form, and the code; `None` where it has none."""
    if form is None:
        return None
    if form.qr_code:
        return draw_qr_code, form.qr_code
    return (draw_pairing_code, form.code) if form.code else None
