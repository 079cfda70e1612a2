"""WebSocket command of the dashboard card: the outages of an account in numbers.

The sensors that tell them are disabled by default, and the card is to do without. The
shape is described in docs/card.md.
"""

from typing import Any

import voluptuous as vol

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import websocket_command
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from .account_targets import account_of
from .const import DOMAIN
from .errors import tell_card
from .limits import MAX_SHOWN_OUTAGES


@callback
def async_setup_websocket_outages(hass: HomeAssistant) -> None:
    """Register the command."""
    websocket_api.async_register_command(hass, _handle_outages)


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/outages",
        vol.Required(ATTR_ENTITY_ID): cv.entity_id,
    }
)
@callback
def _handle_outages(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Tell whoever may see an entity of an account when that was lost."""
    entity_id = msg[ATTR_ENTITY_ID]
    if not connection.user.permissions.check_entity(entity_id, POLICY_READ):
        raise Unauthorized(entity_id=entity_id, permission=POLICY_READ)
    try:
        entry, account_id = account_of(hass, entity_id)
    except HomeAssistantError as err:
        tell_card(connection, msg["id"], err)
        return
    outages = entry.runtime_data.outages.of(account_id)
    now = dt_util.utcnow()
    month = outages.of_month(now)
    connection.send_result(
        msg["id"],
        {
            "this_month": {
                "count": month.count,
                "seconds": int(month.lost.total_seconds()),
            },
            "last": [
                {
                    "start": outage.start,
                    "end": outage.end,
                    "seconds": int(outage.lasted(now).total_seconds()),
                }
                for outage in outages.last()[:MAX_SHOWN_OUTAGES]
            ],
        },
    )
