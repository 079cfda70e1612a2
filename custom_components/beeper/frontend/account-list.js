// Which accounts the card shows, and in which order.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { CardConfig } from "./card-config.js" */

import { groupOf, isAccountStatus, urgencyOf } from "./account-status.js";

export class AccountList {
  /**
   * The status sensors that are shown, in the order of the page.
   * @type {string[]}
   */
  order = [];

  /**
   * What the order follows from.
   * @type {unknown[]}
   */
  #orderedBy = [];

  /**
   * The status sensors among the entities of the registry, and the registry.
   * @type {{ entities?: HomeAssistant["entities"], entityIds: string[] }}
   */
  #known = { entityIds: [] };

  /**
   * The status sensors to show; the editor leaves an empty list where none was chosen.
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   */
  entityIds(hass, config) {
    if (config.entities?.length) {
      return config.entities;
    }
    const { entities, states } = hass;
    if (this.#known.entities !== entities) {
      const entityIds = Object.keys(entities).filter(
        (entityId) => !entities[entityId].hidden && isAccountStatus(hass, entityId),
      );
      this.#known = { entities, entityIds };
    }
    return this.#known.entityIds.filter((entityId) => entityId in states);
  }

  /**
   * Put the most urgent first, then by name; those that were chosen stay as they were chosen.
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   * @param {boolean} isHeld whether the order is to stay: a login must not jump away under
   *   somebody's hands
   */
  sort(hass, config, isHeld) {
    const entityIds = this.entityIds(hass, config);
    const isNew = entityIds.some((entityId) => !this.order.includes(entityId));
    if (isHeld && !isNew) {
      this.order = this.order.filter((entityId) => entityIds.includes(entityId));
      return;
    }
    const isChosen = Boolean(config.entities?.length);
    const language = hass.locale?.language;
    const accounts = entityIds.map((entityId) => {
      const state = hass.states[entityId];
      const name = state?.attributes.friendly_name ?? entityId;
      return { entityId, urgency: urgencyOf(state), name };
    });
    const orderedBy = [
      isChosen,
      language,
      ...accounts.flatMap((it) => [it.entityId, it.urgency, it.name]),
    ];
    if (isSame(orderedBy, this.#orderedBy)) {
      return;
    }
    this.#orderedBy = orderedBy;
    const { compare } = new Intl.Collator(language);
    accounts.sort(
      (a, b) => a.urgency - b.urgency || (isChosen ? 0 : compare(a.name, b.name)),
    );
    this.order = accounts.map(({ entityId }) => entityId);
  }
}

/**
 * Tell those accounts that are shown from those that are folded away.
 * @param {HomeAssistant} hass
 * @param {CardConfig} config
 * @param {string[]} order
 * @param {(entityId: string) => boolean} isBusy whether somebody signs in to an account
 * @param {(entityId: string) => boolean} isGone whether the Beeper of an account is gone
 */
export const arranged = (hass, { healthy }, order, isBusy, isGone) => {
  /** @type {string[]} */
  const open = [];
  /** @type {string[]} */
  const folded = [];
  for (const entityId of order) {
    const group = groupOf(hass.states[entityId]);
    const isQuiet = group?.isWell && !isBusy(entityId);
    if (isQuiet && healthy === "hide") {
      continue;
    }
    // Of accounts whose Beeper is gone there is nothing to tell
    const isUntold = group?.name === "unavailable" && !isBusy(entityId) &&
      isGone(entityId);
    (isUntold || isQuiet && healthy === "fold" ? folded : open).push(entityId);
  }
  return { open, folded };
};

/**
 * Whether two lists have the same in the same order.
 * @param {unknown[]} some
 * @param {unknown[]} others
 */
export const isSame = (some, others) =>
  some.length === others.length && some.every((it, i) => it === others[i]);
