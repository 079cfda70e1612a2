// What Home Assistant's card picker lists of the card and the tile.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */

import { loadTexts, text } from "./texts.js";

/**
 * What a card is called, by the keys of texts, and what is suggested for an entity of Beeper.
 * @typedef {object} Offer
 * @property {string} name
 * @property {string} description
 * @property {(hass: HomeAssistant, entityId: string) => unknown} suggest
 */

/**
 * Have the card picker list a card.
 * @param {string} type the name of its element
 * @param {Offer} offer
 */
export const offerCard = (type, { name, description, suggest }) => {
  const page = /** @type {HTMLElement & { hass?: HomeAssistant } | null} */ (
    document.querySelector("home-assistant")
  );

  // What it lists is read before there is any card
  const loadPageTexts = () => page?.hass && loadTexts(page.hass);
  page?.addEventListener("translations-updated", loadPageTexts);
  loadPageTexts();

  window.customCards ??= [];
  window.customCards.push({
    type,
    preview: true,
    get name() {
      return (page?.hass && text(page.hass, name)) || "Beeper accounts";
    },
    get description() {
      return page?.hass && text(page.hass, description);
    },
    documentationURL:
      "https://github.com/beeper-home-assistant/beeper-home-assistant/blob/main/docs/card.md",
    getEntitySuggestion: (hass, entityId) =>
      hass.entities[entityId]?.platform === "beeper" ? suggest(hass, entityId) : null,
  });
};
