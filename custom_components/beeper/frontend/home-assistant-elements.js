// Home Assistant's own elements, of which the card is made. It loads them when one of its
// own cards needs them: a tile card has those of this card, and its editor has a form.

/** @type {Promise<void> | undefined} */
let cardElements;
/** @type {Promise<void> | undefined} */
let badgeElements;
/** @type {Promise<void> | undefined} */
let formElements;

/** Load what a card consists of; it is there when this resolves. */
export const loadCardElements = () => {
  cardElements ??= (async () => {
    const helpers = await window.loadCardHelpers();
    helpers.createCardElement({ type: "tile", entity: "sun.sun" });
    await customElements.whenDefined("hui-tile-card");
  })();
  return cardElements;
};

/** Load what a badge consists of; it is there when this resolves. */
export const loadBadgeElements = () => {
  badgeElements ??= (async () => {
    const helpers = await window.loadCardHelpers();
    helpers.createBadgeElement({ type: "entity", entity: "sun.sun" });
    await customElements.whenDefined("ha-badge");
  })();
  return badgeElements;
};

/** Load what a form consists of; it is there when this resolves. */
export const loadFormElements = () => {
  formElements ??= (async () => {
    await loadCardElements();
    const tile =
      /** @type {{ getConfigElement(): Promise<HTMLElement> } | undefined} */ (
        /** @type {unknown} */ (customElements.get("hui-tile-card"))
      );
    await tile?.getConfigElement();
    await customElements.whenDefined("ha-form");
  })();
  return formElements;
};
