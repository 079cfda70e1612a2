// Texts of the card, in the language of the page: they are among the integration's
// translations, under `config_panel`.

/** @import { CommandError, HomeAssistant, Localize } from "../../../typings/home-assistant.d.ts" */

const CARD = "component.beeper.config_panel.accounts_card";

/** @type {Promise<void> | undefined} */
let loading;
/** @type {string | undefined} */
let language;
/** @type {Localize | undefined} */
let loaded;

/**
 * Load the texts. They are there when this resolves; while they are the same ones, so is
 * what is returned.
 * @param {HomeAssistant} hass
 * @returns {Promise<void>}
 */
export const loadTexts = (hass) => {
  if (loading && language === hass.language) {
    return loading;
  }
  const wanted = hass.language;
  language = wanted;
  loading = hass.loadBackendTranslation("config_panel", "beeper").then(
    (localize) => {
      if (language === wanted) {
        loaded = localize;
      }
    },
    () => {
      language = undefined; // the next one to ask tries again
    },
  );
  return loading;
};

/**
 * Return what translates now. It is another one as soon as texts may be others.
 * @param {HomeAssistant} hass
 * @returns {Localize}
 */
export const localizeOf = (hass) => loaded ?? hass.localize;

/**
 * Return a text of the card, by its key.
 * @param {HomeAssistant} hass
 * @param {string} key
 * @param {Record<string, string>} [placeholders]
 */
export const text = (hass, key, placeholders) =>
  localizeOf(hass)(`${CARD}.${key}`, placeholders);

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
