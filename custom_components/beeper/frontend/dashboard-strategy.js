// The dashboard strategy `custom:beeper-accounts`: a dashboard that has all of Beeper, and
// what is new there, without being edited. docs/card.md describes it.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */

import { isAccountStatus } from "./account-status.js";
import { loadedText } from "./texts.js";

const TYPE = "beeper-accounts";

/** Hours of the history: a week shows what comes back again and again. */
const HOURS = 168;

/** Sensors of Beeper itself that belong at the top, by what their names translate. */
const COUNTS = ["accounts_needing_attention", "accounts_connected"];

class BeeperDashboardStrategy extends HTMLElement {
  /**
   * Return the dashboard.
   * @param {unknown} _config
   * @param {HomeAssistant} hass
   */
  static generate(_config, hass) {
    const accounts = Object.keys(hass.entities).filter(
      (entityId) => !hass.entities[entityId].hidden && isAccountStatus(hass, entityId),
    );
    const cards = [{
      type: "custom:beeper-accounts-card",
      grid_options: { columns: 12 },
    }];
    const past = [
      { type: "heading", heading: hass.localize("panel.history") },
      { type: "history-graph", entities: accounts, hours_to_show: HOURS },
      { type: "heading", heading: hass.localize("panel.logbook") },
      { type: "logbook", target: { entity_id: accounts }, hours_to_show: HOURS },
    ];
    return {
      views: [
        {
          type: "sections",
          badges: countsOf(hass).map((entity) => ({
            type: "entity",
            entity,
            show_name: true,
          })),
          sections: [
            { type: "grid", cards },
            ...(accounts.length > 0 ? [{ type: "grid", cards: past }] : []),
          ],
        },
      ],
    };
  }
}

/** @param {HomeAssistant} hass */
const countsOf = ({ entities }) =>
  COUNTS.flatMap((key) =>
    Object.keys(entities).filter((it) =>
      entities[it].platform === "beeper" && entities[it].translation_key === key
    )
  );

customElements.define(`ll-strategy-dashboard-${TYPE}`, BeeperDashboardStrategy);

window.customStrategies ??= [];
window.customStrategies.push({
  type: TYPE,
  strategyType: "dashboard",
  get name() {
    return loadedText("name");
  },
  get description() {
    return loadedText("description");
  },
});
