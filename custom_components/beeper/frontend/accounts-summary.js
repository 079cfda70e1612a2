// What some accounts come to in one line, for the badge and the tile.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */

import { groupOf } from "./account-status.js";
import { text } from "./texts.js";

/**
 * What is told of a group of statuses, the worst first: the key of a text, and an icon.
 * @type {[name: string, key: string, icon: string][]}
 */
const TOLD = [
  ["needs-you", "need_you", "mdi:message-alert"],
  ["disconnected", "lost_accounts", "mdi:message-off"],
  ["unavailable", "gone_accounts", "mdi:message-question"],
];

/**
 * @typedef {object} Summary
 * @property {string} group the class that gives it its color
 * @property {string} icon
 * @property {string} words
 * @property {string | undefined} entityId the first account that it is about; none where all
 *   are well
 */

/**
 * Sum accounts up: how many of them are in the worst state that one of them is in.
 * @param {HomeAssistant} hass
 * @param {string[]} entityIds their status sensors
 * @returns {Summary}
 */
export const summaryOf = (hass, entityIds) => {
  for (const [group, key, icon] of TOLD) {
    const some = entityIds.filter((entityId) => {
      // What is to be done about a status from the future, somebody has to find out
      const { name } = groupOf(hass.states[entityId]) ?? { name: "needs-you" };
      return name === group;
    });
    if (some.length > 0) {
      const words = text(hass, key, { count: String(some.length) });
      return { group, icon, words, entityId: some[0] };
    }
  }
  const words = text(hass, "all_well");
  return { group: "connected", icon: "mdi:message-check", words, entityId: undefined };
};
