// The form of a step, as Home Assistant's `ha-form` takes it, and what was filled in, as
// Home Assistant takes it.

/** @import { FormField, HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { Field, Step } from "./login-state.js" */

import { fieldName } from "./login-state.js";
import { unmarked } from "./login-guide.js";
import { dialogText, isolated, text, word } from "./texts.js";

const PASTE = "paste";
const SCRIPT_RESULT = "script_result";

/**
 * How a browser should ask for a field, by its kind; as plain text by default.
 * @type {Record<string, string | undefined>}
 */
const INPUT_TYPES = { email: "email", phone_number: "tel" };

/**
 * @typedef {object} FormDescription
 * @property {FormField[]} schema
 * @property {(field: FormField) => string | undefined} computeLabel
 * @property {(field: FormField) => string | undefined} computeHelper
 */

/**
 * Describe the form of a step.
 * @param {HomeAssistant} hass
 * @param {Step} step
 * @returns {FormDescription}
 */
export const describeForm = (hass, step) => {
  /** @type {Map<string, string | undefined>} */
  const labels = new Map();
  /** @type {Map<string, string | undefined>} */
  const hints = new Map();
  const fields = step.fields.map((field, index) => {
    const name = fieldName(index);
    labels.set(name, isolated(word(hass, field.label_key, field.label) ?? ""));
    hints.set(name, hint(hass, field));
    // A cookie may come with the rest of a copied request
    const required = field.is_required && step.kind !== "cookies";
    return { name, required, selector: selectorFor(field) };
  });
  const { guide } = step;
  const pieces = [
    ...(guide ? [PASTE] : []),
    ...(step.script ? [SCRIPT_RESULT] : []),
  ].map((name) => ({ name, selector: { text: { multiline: true } } }));
  for (const { name } of pieces) {
    labels.set(name, dialogText(hass, guide ?? "", `data.${name}`));
    hints.set(
      name,
      unmarked(dialogText(hass, guide ?? "", `data_description.${name}`)),
    );
  }
  return {
    schema: arranged(hass, guide, pieces, fields),
    computeLabel: ({ name }) => labels.get(name),
    computeHelper: ({ name }) => hints.get(name),
  };
};

/**
 * @param {HomeAssistant} hass
 * @param {Step["guide"]} guide
 * @param {FormField[]} pieces what is copied in one
 * @param {FormField[]} fields
 * @returns {FormField[]}
 */
const arranged = (hass, guide, pieces, fields) => {
  if (guide === "local_storage") {
    return [...fields, ...pieces];
  }
  if (!guide || fields.length === 0) {
    return [...pieces, ...fields];
  }
  // Hardly anybody needs them, and there may be twenty
  const title = dialogText(hass, guide, "sections.values.name");
  const folded = { name: "", type: "expandable", flatten: true, title, schema: fields };
  return [...pieces, folded];
};

/**
 * Return what one would have to type once more after another start, by field ID: nothing
 * that is secret, and nothing that is chosen from a list.
 * @param {Field[]} fields
 * @param {Record<string, string>} values
 * @returns {[string, string][]}
 */
export const typed = (fields, values) =>
  fields.flatMap(({ field_id: fieldId, kind, is_masked: isMasked, options }, index) => {
    const value = values[fieldName(index)];
    const isSecret = isMasked || kind === "2fa_code";
    return value && !isSecret && options.length === 0 ? [[fieldId, value]] : [];
  });

/**
 * Return what was filled in as members of `beeper/login/submit`.
 * @param {Field[]} fields
 * @param {Record<string, string>} values
 */
export const answerOf = (fields, values) => ({
  fields: Object.fromEntries(
    fields.flatMap(({ field_id: fieldId }, index) => {
      const value = values[fieldName(index)];
      return value === undefined ? [] : [[fieldId, value]];
    }),
  ),
  [PASTE]: values[PASTE] ?? "",
  [SCRIPT_RESULT]: values[SCRIPT_RESULT] ?? "",
});

/**
 * @param {HomeAssistant} hass
 * @param {Field} field
 */
const hint = (hass, field) => {
  const untold = field.are_choices_untold && text(hass, "choices_untold");
  const said = field.hint && isolated(field.hint);
  return [untold, said].filter(Boolean).join(" ") || undefined;
};

/**
 * The selector of Home Assistant that asks for a field.
 * @param {Field} field
 */
const selectorFor = ({ options, is_masked: isMasked, kind }) => {
  if (options.length > 0) {
    const shown = options.map(({ value, label }) => ({
      value,
      label: isolated(label),
    }));
    return { select: { options: shown, mode: "dropdown" } };
  }
  const type = isMasked ? "password" : (INPUT_TYPES[kind] ?? "text");
  const autocomplete = kind === "2fa_code" ? "one-time-code" : "off";
  return { text: { type, autocomplete } };
};
