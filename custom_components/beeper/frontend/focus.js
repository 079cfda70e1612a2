// Where the keyboard is, while Home Assistant's elements are still being drawn.

/** @import { LitElement } from "lit" */

/**
 * Focus an element, or the first field of a form, as soon as it is drawn. Who has left the
 * host meanwhile stays where they are.
 * @param {HTMLElement} host
 * @param {HTMLElement & Partial<LitElement>} wanted
 */
export const focusWhenDrawn = async (host, wanted) => {
  for (let attempts = 120; attempts > 0; attempts--) {
    await wanted.updateComplete;
    const target = wanted.localName === "ha-form" ? firstField(wanted) : wanted;
    const isElsewhere = !host.matches(":focus-within");
    const isThere = wanted.matches(":focus-within");
    if (isElsewhere || isThere || !wanted.isConnected) {
      return;
    }
    target?.focus();
    await new Promise(requestAnimationFrame);
  }
};

/**
 * The first field of a form, however deep Home Assistant's elements hide it.
 * @param {Element} form
 * @returns {HTMLElement | undefined}
 */
const firstField = (form) => {
  for (const node of form.shadowRoot?.querySelectorAll("*") ?? []) {
    const field = node.matches("input, textarea, button")
      ? /** @type {HTMLElement} */ (node)
      : firstField(node);
    if (field) {
      return field;
    }
  }
  return undefined;
};
