// What the card says besides the accounts: that a Beeper is gone, why there is no button
// where one would expect it, and how many accounts are folded away.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { Hub, Hubs } from "./hubs.js" */

import { groupOf } from "./account-status.js";
import { html, nothing } from "./lit.js";
import { isolated, text } from "./texts.js";

/**
 * Each Beeper of these accounts that does not answer, and what to check.
 * @param {HomeAssistant} hass
 * @param {Hubs} hubs
 * @param {string[]} entityIds
 */
export const banners = (hass, hubs, entityIds) =>
  among(hubs.gone, hass, hubs, entityIds).map((hub) =>
    html`
      <ha-alert class="gone" alert-type="warning" .title=${isolated(hub.name ?? "")}>
        <bdi>${hub.words}</bdi>
      </ha-alert>
    `
  );

/**
 * Why there is no button at the accounts that are lost.
 * @param {HomeAssistant} hass
 * @param {Hubs} hubs
 * @param {string[]} entityIds
 */
export const hints = (hass, hubs, entityIds) => {
  const lost = entityIds.filter((it) => groupOf(hass.states[it])?.canReconnect);
  if (lost.length === 0) {
    return nothing;
  }
  if (!hass.user?.is_admin) {
    return html`<p class="hint" dir="auto">${text(hass, "ask_administrator")}</p>`;
  }
  return among(hubs.readOnly, hass, hubs, lost).map((hub) =>
    html`<ha-alert class="locked" .title=${
      isolated(hub.name ?? "")
    }><bdi>${hub.words}</bdi></ha-alert>`
  );
};

/**
 * The button that shows the accounts that are folded away, and hides them.
 * @param {HomeAssistant} hass
 * @param {number} count of these accounts
 * @param {boolean} isUnfolded
 * @param {() => void} onClick
 */
export const foldButton = (hass, count, isUnfolded, onClick) => {
  const key = isUnfolded ? "fewer_accounts" : "more_accounts";
  return html`
    <ha-button
      class="fold"
      size="s"
      appearance="plain"
      variant="neutral"
      @click=${onClick}
    >
      <ha-icon
        slot="start"
        icon=${isUnfolded ? "mdi:chevron-up" : "mdi:chevron-down"}
      ></ha-icon>
      ${text(hass, key, { count: String(count) })}
    </ha-button>
  `;
};

/**
 * Those of some Beepers to which accounts belong.
 * @param {Hub[]} some
 * @param {HomeAssistant} hass
 * @param {Hubs} hubs
 * @param {string[]} entityIds
 */
const among = (some, hass, hubs, entityIds) => {
  if (some.length === 0) {
    return some;
  }
  const theirs = new Set(entityIds.map((entityId) => hubs.of(hass, entityId)));
  return some.filter((hub) => theirs.has(hub));
};
