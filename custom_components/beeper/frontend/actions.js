// Having Home Assistant do what is set for a tap, or for holding.

/** @import { CardConfig } from "./card-config.js" */

/**
 * Perform an action of a card; without a setting a tap shows the details of an entity, and
 * holding does nothing.
 * @param {HTMLElement} element in the card
 * @param {"tap" | "hold"} action
 * @param {string | undefined} entity
 * @param {CardConfig} config
 */
export const perform = (element, action, entity, { tap_action, hold_action }) => {
  if (action === "hold" && !hold_action) {
    return;
  }
  element.dispatchEvent(
    new CustomEvent("hass-action", {
      bubbles: true,
      composed: true,
      detail: { config: { entity, tap_action, hold_action }, action },
    }),
  );
};
