// Texts of the card, in the language of the page: they are among the integration's
// translations, under `config_panel`. A login needs those of other categories, too: our own
// words for what networks say, and how the dialogs tell to copy from a browser.

/** @import { CommandError, HomeAssistant, Localize } from "../../../typings/home-assistant.d.ts" */

const CARD = "component.beeper.config_panel.accounts_card";
const SELECTOR = "component.beeper.selector";

/** @typedef {"config_panel" | "options" | "selector"} Category */

/**
 * What is loaded of a language, by category.
 * @type {Map<Category, Promise<void>>}
 */
const loading = new Map();
/** @type {string | undefined} */
let language;
/** @type {Localize | undefined} */
let loaded;

/**
 * Load the texts of a category. They are there when this resolves; while they are the same
 * ones, so is what is returned.
 * @param {HomeAssistant} hass
 * @param {Category} [category]
 * @returns {Promise<void>}
 */
export const loadTexts = (hass, category = "config_panel") => {
  const wanted = hass.language;
  if (language !== wanted) {
    language = wanted;
    loading.clear();
  }
  const known = loading.get(category);
  if (known) {
    return known;
  }
  const texts = hass.loadBackendTranslation(category, "beeper").then(
    (localize) => {
      if (language === wanted) {
        loaded = localize; // it has all that has come before, too
      }
    },
    () => {
      if (language === wanted) {
        loading.delete(category); // the next one to ask tries again
      }
    },
  );
  loading.set(category, texts);
  return texts;
};

/**
 * Return what translates now. It is another one as soon as texts may be others.
 * @param {HomeAssistant} hass
 * @returns {Localize}
 */
export const localizeOf = (hass) => loaded ?? hass.localize;

/**
 * Return a text of the card where no Home Assistant is at hand.
 * @param {string} key
 */
export const loadedText = (key) => loaded?.(`${CARD}.${key}`) || key;

/** Letters that are written from right to left. */
export const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * A text that may run the other way than those around it, marked so that it does not take
 * them with it (Unicode: FIRST STRONG ISOLATE). For where an element cannot have `dir`.
 * @param {string} words
 */
export const isolated = (words) =>
  words && (document.dir === "rtl" || RIGHT_TO_LEFT.test(words))
    ? `\u2068${words}\u2069`
    : words;

/**
 * Return a text of the card, by its key.
 * @param {HomeAssistant} hass
 * @param {string} key
 * @param {Record<string, string>} [placeholders]
 */
export const text = (hass, key, placeholders = {}) =>
  localizeOf(hass)(
    `${CARD}.${key}`,
    Object.fromEntries(
      Object.entries(placeholders).map(([name, value]) => [name, isolated(value)]),
    ),
  );

/**
 * Return our own word for what a network says, or what it says where we have none.
 * @param {HomeAssistant} hass
 * @param {string | null} key
 * @param {string | null} said
 */
export const word = (hass, key, said) =>
  (key && localizeOf(hass)(`${SELECTOR}.network_word.options.${key}`)) || said;

/**
 * Return what to do with the app on the phone; empty where only the network may know.
 * @param {HomeAssistant} hass
 * @param {string | null} key
 */
export const whereToTap = (hass, key) =>
  key ? localizeOf(hass)(`${SELECTOR}.where_to_tap.options.${key}`) : "";

/**
 * Return a text of the dialogs' step that has the same to say as the card.
 * @param {HomeAssistant} hass
 * @param {string} step
 * @param {string} key
 * @param {Record<string, string>} [placeholders]
 */
export const dialogText = (hass, step, key, placeholders) =>
  localizeOf(hass)(`component.beeper.options.step.${step}.${key}`, placeholders);

/**
 * Return a text for an error of Home Assistant's WebSocket API.
 * @param {HomeAssistant} hass
 * @param {unknown} error
 * @returns {Promise<string>}
 */
export const errorText = async (hass, error) => {
  const {
    translation_domain: domain,
    translation_key: key,
    translation_placeholders: placeholders,
    message,
  } = /** @type {CommandError} */ (error);
  const explain = domain && key &&
    (await hass.loadBackendTranslation("exceptions", domain));
  return (
    (explain &&
      explain(`component.${domain}.exceptions.${key}.message`, placeholders)) ||
    message ||
    text(hass, "failed")
  );
};
