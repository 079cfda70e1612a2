// Elements of the card: our own, and those of Home Assistant that it is made of.

/**
 * Create an element the way Lit's templates do: `.name` is a property, `@name` a
 * listener, all else an attribute. Strings become text, never markup.
 */
export const element = (tag, properties = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("@")) {
      node.addEventListener(name.slice(1), value);
    } else if (name.startsWith(".")) {
      node[name.slice(1)] = value;
    } else if (value !== undefined && value !== null && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child || child === 0));
  return node;
};

/** Create a shadow root with a style sheet. */
export const shadowRoot = (host, css) => {
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  return root;
};

/** Text of the card, by its key in the integration's translations. */
export const text = (hass, key, placeholders) =>
  (localize ?? hass.localize)(
    `component.beeper.config_panel.accounts_card.${key}`,
    placeholders
  );

/** Text for an error of Home Assistant's WebSocket API, in the user's language. */
export const errorText = async (hass, error) => {
  const { translation_domain: domain, translation_key: key } = error;
  const explain =
    domain && key && (await hass.loadBackendTranslation("exceptions", domain));
  return (
    explain?.(
      `component.${domain}.exceptions.${key}.message`,
      error.translation_placeholders
    ) ||
    error.message ||
    text(hass, "failed")
  );
};

let texts;
let language;
let localize;

/** Load the texts, in the language of the page; they are there when this resolves. */
export const loadTexts = (hass) => {
  if (language !== hass.language) {
    const wanted = hass.language;
    language = wanted;
    texts = hass.loadBackendTranslation("config_panel", "beeper").then(
      (loaded) => {
        if (language === wanted) {
          localize = loaded;
        }
      },
      () => {
        language = undefined; // the next one to ask tries again
      }
    );
  }
  return texts;
};

// Home Assistant loads its elements when one of its own cards needs them. The tile card
// is made of what this card is made of, and its editor is a form.

let cardElements;
let formElements;

export const loadCardElements = () => {
  cardElements ??= (async () => {
    const helpers = await window.loadCardHelpers();
    helpers.createCardElement({ type: "tile", entity: "sun.sun" });
    await customElements.whenDefined("hui-tile-card");
  })();
  return cardElements;
};

export const loadFormElements = () => {
  formElements ??= (async () => {
    await loadCardElements();
    await customElements.get("hui-tile-card").getConfigElement();
    await customElements.whenDefined("ha-form");
  })();
  return formElements;
};
