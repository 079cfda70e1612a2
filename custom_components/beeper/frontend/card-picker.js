// What Home Assistant's card picker lists of the card.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */

import { isAccountStatus } from "./account-status.js";
import { loadTexts, text } from "./texts.js";

/**
 * Have the card picker list the card.
 * @param {string} name of the card's element
 */
export const offerCard = (name) => {
  const page = /** @type {HTMLElement & { hass?: HomeAssistant } | null} */ (
    document.querySelector("home-assistant")
  );
  const type = `custom:${name}`;

  // What it lists is read before there is any card
  const loadPageTexts = () => page?.hass && loadTexts(page.hass);
  page?.addEventListener("translations-updated", loadPageTexts);
  loadPageTexts();

  window.customCards ??= [];
  window.customCards.push({
    type: name,
    preview: true,
    get name() {
      return (page?.hass && text(page.hass, "name")) || "Beeper accounts";
    },
    get description() {
      return page?.hass && text(page.hass, "description");
    },
    documentationURL:
      "https://github.com/beeper-home-assistant/beeper-home-assistant/blob/main/docs/card.md",
    getEntitySuggestion: (hass, entityId) => {
      if (hass.entities[entityId]?.platform !== "beeper") {
        return null;
      }
      const all = { label: text(hass, "all_accounts"), config: { type } };
      return isAccountStatus(hass, entityId)
        ? [{ config: { type, entities: [entityId] } }, all]
        : all;
    },
  });
};
