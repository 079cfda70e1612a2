"""Lets the test framework load on a Home Assistant that is newer than the one it pins.

`scripts/test` has pytest load this plugin before all others: `-p tests.newer_home_assistant`.
It can go when `pytest-homeassistant-custom-component` pins Home Assistant 2026.11 or
newer; until then it changes nothing on the version that the framework pins.
"""

# Home Assistant 2026.11 puts httpx2 in the place of httpx, for which it has to be
# imported before anybody imports httpx, as the framework does.
from homeassistant.components import logger
import homeassistant.components.logger.helpers as logger_helpers

if not hasattr(logger, "_clear_logger_overwrites"):
    # The framework imports it from where it was until 2026.10
    setattr(  # noqa: B010  # mypy knows no such attribute
        logger,
        "_clear_logger_overwrites",
        logger_helpers._clear_logger_overwrites,  # noqa: SLF001  # the framework's own import
    )
