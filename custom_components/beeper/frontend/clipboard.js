// Copying for somebody, also where a page may not write to the clipboard by itself: that is
// any page of a Home Assistant without HTTPS.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */

/**
 * Copy a text, and say so where Home Assistant says such things.
 * @param {HomeAssistant} hass
 * @param {HTMLElement} element that somebody has selected to do so
 * @param {string} words
 */
export const copy = async (hass, element, words) => {
  await write(element, words);
  element.dispatchEvent(
    new CustomEvent("hass-notification", {
      bubbles: true,
      composed: true,
      detail: { message: hass.localize("ui.common.copied_clipboard") },
    }),
  );
};

/**
 * @param {HTMLElement} element
 * @param {string} words
 */
const write = async (element, words) => {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const field = document.createElement("textarea");
    field.value = words;
    field.style.position = "fixed"; // the page is not to scroll there
    field.style.opacity = "0";
    element.after(field); // a dialog lets nothing have the focus that is outside of it
    field.select();
    document.execCommand("copy");
    field.remove();
    element.focus();
  }
};
