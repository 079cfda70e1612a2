// What is said of one account: its name, the reason or the status, and since when.

/** @import { Device, HassEntity, HomeAssistant } from "../../../typings/home-assistant.d.ts" */

import { groupOf } from "./account-status.js";
import { isolated, RIGHT_TO_LEFT } from "./texts.js";

/**
 * What an account is called.
 * @param {string} entityId its status sensor
 * @param {HassEntity | undefined} state
 * @param {Device | undefined} device
 * @returns {string}
 */
export const nameOf = (entityId, state, device) =>
  device?.name_by_user ||
  (device?.name || state?.attributes.friendly_name || entityId).replace(OWNED, apart);

/** A network, and in brackets whose account it is. */
const OWNED = /^([^(]+ \()(.+)(\)(?: \(\d+\))?)$/;

/**
 * @param {string} match
 * @param {string} network
 * @param {string} owner
 * @param {string} end
 */
const apart = (match, network, owner, end) =>
  RIGHT_TO_LEFT.test(owner) ? network + isolated(owner) + end : match;

/**
 * The status and what Beeper says of it, the more important first; what says the same only
 * once, also where that is in English. Of one that is lost the reason comes first.
 * @param {HomeAssistant} hass
 * @param {HassEntity} state
 * @returns {string[]}
 */
export const wordsOf = (hass, state) => {
  const status = hass.formatEntityState(state);
  const said = state.attributes.status_text
    ? hass.formatEntityAttributeValue(state, "status_text")
    : "";
  const isSame = [status, state.state.replaceAll("_", " ")].map(bare).includes(
    bare(said),
  );
  const words = isSame ? [status] : [status, said];
  if (groupOf(state)?.canReconnect) {
    words.reverse();
  }
  return words.filter(Boolean);
};

/**
 * Since when it is like this.
 * @param {HassEntity} state
 */
export const sinceOf = (state) => {
  // An attempt to connect, or a restart, is no new beginning
  const lost = groupOf(state)?.canReconnect && state.attributes.lost_since;
  return new Date(lost || state.last_changed);
};

/**
 * A text without what may differ where the same is said: networks repeat the status, with
 * other marks at the end.
 * @param {string} words
 */
const bare = (words) => words.toLowerCase().replace(/[\s.…!]+$/, "");
