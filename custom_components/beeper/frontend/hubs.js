// What the accounts cannot tell: whether each Beeper answers, why not, and whether Home
// Assistant may only read. It is asked for when accounts look as if there was an answer.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */

import { groupOf } from "./account-status.js";
import { errorText } from "./texts.js";

/** Milliseconds after which a Beeper that is gone is asked about once more. */
const AGAIN = 15_000;

/**
 * A Beeper. docs/card.md says what its members are.
 * @typedef {object} Hub
 * @property {string} device_id
 * @property {string | null} name
 * @property {string | null} outage
 * @property {boolean} is_read_only
 * @property {string} [words] why it is gone, and what to check
 */

export class Hubs {
  /** @type {Hub[]} */
  known = [];

  /** Is called when something of them is different. */
  #onChange;

  /** What it was asked for last; another reason is one to ask again. */
  #reason = "";

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** Those that do not answer. */
  get gone() {
    return this.known.filter((hub) => hub.outage);
  }

  /** Those of which Home Assistant may only read. */
  get readOnly() {
    return this.known.filter((hub) => hub.is_read_only);
  }

  /**
   * The Beeper of an account.
   * @param {HomeAssistant} hass
   * @param {string} entityId
   */
  of(hass, entityId) {
    const deviceId = hubOf(hass, entityId);
    return this.known.find((hub) => hub.device_id === deviceId);
  }

  /**
   * Ask, if the accounts give another reason to.
   * @param {HomeAssistant} hass
   * @param {string[]} entityIds
   */
  look(hass, entityIds) {
    const reason = reasonToAsk(hass, entityIds);
    if (reason !== this.#reason) {
      this.#reason = reason;
      this.#ask(hass);
    }
  }

  /** Ask no more, until there is somebody to look at it. */
  stop() {
    clearTimeout(this.#timer);
    this.#reason = "";
  }

  /** @param {HomeAssistant} hass */
  async #ask(hass) {
    clearTimeout(this.#timer);
    const reason = this.#reason;
    /** @type {Hub[]} */
    let hubs = [];
    if (reason) {
      try {
        ({ hubs } = await /** @type {Promise<{ hubs: Hub[] }>} */ (
          hass.callWS({ type: "beeper/hubs" })
        ));
        hubs = await Promise.all(hubs.map((hub) => explained(hass, hub)));
      } catch {
        hubs = this.known; // Home Assistant itself is gone, or being updated
      }
      if (reason !== this.#reason) {
        return; // it has been asked again
      }
      if (reason.includes("gone")) {
        this.#timer = setTimeout(() => this.#ask(hass), AGAIN);
      }
    }
    if (JSON.stringify(hubs) !== JSON.stringify(this.known)) {
      this.known = hubs;
      this.#onChange();
    }
  }
}

/**
 * Why there may be something to tell; empty where there is not.
 * @param {HomeAssistant} hass
 * @param {string[]} entityIds
 */
const reasonToAsk = (hass, entityIds) => {
  const reasons = new Set();
  for (const entityId of entityIds) {
    const group = groupOf(hass.states[entityId]);
    if (group?.name === "unavailable") {
      reasons.add(`gone ${hubOf(hass, entityId)}`);
    } else if (group?.canReconnect && hass.user?.is_admin) {
      reasons.add(`lost ${hubOf(hass, entityId)}`);
    }
  }
  return [...reasons].sort().join();
};

/**
 * @param {HomeAssistant} hass
 * @param {string} entityId
 */
const hubOf = (hass, entityId) =>
  hass.devices[hass.entities[entityId]?.device_id ?? ""]?.via_device_id;

/**
 * @param {HomeAssistant} hass
 * @param {Hub} hub
 * @returns {Promise<Hub>}
 */
const explained = async (hass, hub) => {
  if (!hub.outage && !hub.is_read_only) {
    return hub;
  }
  const words = await errorText(hass, {
    translation_domain: "beeper",
    translation_key: hub.outage ?? "missing_write_scope",
  });
  return { ...hub, words };
};
