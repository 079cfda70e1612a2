// Statuses of accounts as the card tells them apart: how urgent they are, which of them a
// new sign-in helps, and the icons of networks.

/** @import { HassEntity, HomeAssistant } from "../../../typings/home-assistant.d.ts" */

/**
 * @typedef {object} StatusGroup
 * @property {string} name the class that gives it its color
 * @property {string[]} statuses
 * @property {boolean} [canReconnect] whether to sign in helps
 * @property {boolean} [isWell] whether it needs nobody
 * @property {boolean} [helpsItself] whether it mostly comes back without that
 */

/**
 * The groups of statuses, most urgent first.
 * @type {StatusGroup[]}
 */
const GROUPS = [
  {
    name: "needs-you",
    statuses: [
      "reconnect_required",
      "connection_required",
      "attention_required",
    ],
    canReconnect: true,
  },
  {
    name: "disconnected",
    statuses: ["disconnected"],
    canReconnect: true,
    helpsItself: true,
  },
  { name: "unavailable", statuses: ["unavailable", "unknown"] },
  { name: "connecting", statuses: ["connecting", "backfilling"], isWell: true },
  { name: "connected", statuses: ["connected"], isWell: true },
  { name: "disabled", statuses: ["disabled"], isWell: true },
];

/**
 * Icons of the networks whose sign Home Assistant has, by a part of their bridges' names. All
 * others have a neutral one: its matrix is one of numbers, and a gamepad is no network.
 * @type {[string, string][]}
 */
const NETWORK_ICONS = [
  ["whatsapp", "mdi:whatsapp"],
  ["gmessages", "mdi:message-text"],
  ["slack", "mdi:slack"],
  ["facebook", "mdi:facebook-messenger"],
  ["instagram", "mdi:instagram"],
  ["imessage", "mdi:apple"],
  ["linkedin", "mdi:linkedin"],
  ["googlechat", "mdi:google"],
  ["googlevoice", "mdi:google"],
];

/**
 * Whether an entity is the status sensor of an account.
 * @param {HomeAssistant} hass
 * @param {string} entityId
 */
export const isAccountStatus = (hass, entityId) => {
  const entry = hass.entities[entityId];
  return entry?.platform === "beeper" && entry.translation_key === "status";
};

/**
 * How urgent a state is: the lowest number first. A status from the future comes before all.
 * @param {HassEntity | undefined} state
 */
export const urgencyOf = (state) => URGENCIES.get(state?.state ?? "unavailable") ?? -1;

/**
 * The places of the groups by status.
 * @type {Map<string, number>}
 */
const URGENCIES = new Map(
  GROUPS.flatMap(({ statuses }, place) => statuses.map((status) => [status, place])),
);

/**
 * The group of a state; a status from the future has none.
 * @param {HassEntity | undefined} state
 * @returns {StatusGroup | undefined}
 */
export const groupOf = (state) => GROUPS[urgencyOf(state)];

/**
 * The icon of a network.
 * @param {string} bridge the name of its bridge
 */
export const networkIcon = (bridge) =>
  NETWORK_ICONS.find(([name]) => bridge.includes(name))?.[1] ?? "mdi:message";
