// The form of a step, as Home Assistant's `ha-form` takes it, and what was filled in, as
// Home Assistant takes it.

/** @import { FormField, HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { Field, Step } from "./login-state.js" */

import { fieldName } from "./login-state.js";
import { text } from "./texts.js";

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
 * Whether a request can be copied that has what a step asks for.
 * @param {Step} step
 */
export const isCopied = ({ kind, fields }) =>
  // What is only in the local storage is in no request
  kind === "cookies" && !fields.every((field) => field.is_in_local_storage);

/**
 * Describe the form of a step.
 * @param {HomeAssistant} hass
 * @param {Step} step
 * @returns {FormDescription}
 */
export const describeForm = (hass, step) => {
  /** @type {Map<string, string | undefined>} */
  const labels = new Map([
    [PASTE, text(hass, "pasted")],
    [SCRIPT_RESULT, text(hass, "script_result")],
  ]);
  /** @type {Map<string, string | undefined>} */
  const hints = new Map([[PASTE, text(hass, "pasted_help")]]);
  const fields = step.fields.map((field, index) => {
    const name = fieldName(index);
    labels.set(name, field.label);
    hints.set(name, hint(hass, field));
    // A cookie may come with the rest of a copied request
    const required = field.is_required && step.kind !== "cookies";
    return { name, required, selector: selectorFor(field) };
  });
  const pieces = [
    ...(isCopied(step) ? [PASTE] : []),
    ...(step.script ? [SCRIPT_RESULT] : []),
  ].map((name) => ({ name, selector: { text: { multiline: true } } }));
  return {
    schema: [...pieces, ...fields],
    computeLabel: ({ name }) => labels.get(name),
    computeHelper: ({ name }) => hints.get(name),
  };
};

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
  if (field.is_in_local_storage) {
    return text(hass, "local_storage");
  }
  const untold = field.are_choices_untold && text(hass, "choices_untold");
  return [untold, field.hint].filter(Boolean).join(" ") || undefined;
};

/**
 * The selector of Home Assistant that asks for a field.
 * @param {Field} field
 */
const selectorFor = ({ options, is_masked: isMasked, kind }) => {
  if (options.length > 0) {
    return { select: { options, mode: "dropdown" } };
  }
  const type = isMasked ? "password" : (INPUT_TYPES[kind] ?? "text");
  const autocomplete = kind === "2fa_code" ? "one-time-code" : "off";
  return { text: { type, autocomplete } };
};
