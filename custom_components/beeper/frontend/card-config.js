// What somebody may set of the card, and the form for it.

/** @import { FormField, Localize } from "../../../typings/home-assistant.d.ts" */

/**
 * An action of Home Assistant's cards: what a tap does, for example.
 * @typedef {{ action: string } & Record<string, unknown>} ActionConfig
 */

/**
 * @typedef {object} CardConfig
 * @property {string} [title] a title above the accounts
 * @property {string[]} [entities] the status sensors to show; all where there is none
 * @property {"show" | "fold" | "hide"} [healthy] what becomes of accounts that need nobody
 * @property {boolean} [hide_when_well] whether the card is there only when one needs somebody
 * @property {boolean} [compact] whether rows are low
 * @property {number} [columns] how many accounts stand side by side, where there is room
 * @property {ActionConfig} [tap_action]
 * @property {ActionConfig} [hold_action]
 */

const HEALTHY = ["show", "fold", "hide"];
const MAX_COLUMNS = 4;

/**
 * What each option may be, and what is said of it where it is something else.
 * @type {[keyof CardConfig, (value: unknown) => boolean, string][]}
 */
const OPTIONS = [
  ["title", (it) => typeof it === "string", "a text"],
  [
    "entities",
    (it) => Array.isArray(it) && it.every((id) => typeof id === "string"),
    "a list of entity IDs",
  ],
  ["healthy", (it) => HEALTHY.includes(String(it)), `one of ${HEALTHY.join(", ")}`],
  ["hide_when_well", (it) => typeof it === "boolean", "true or false"],
  ["compact", (it) => typeof it === "boolean", "true or false"],
  [
    "columns",
    (it) => Number.isInteger(it) && Number(it) >= 1 && Number(it) <= MAX_COLUMNS,
    `a number from 1 to ${MAX_COLUMNS}`,
  ],
  ["tap_action", (it) => typeof it === "object", "an action"],
  ["hold_action", (it) => typeof it === "object", "an action"],
];

/**
 * Refuse what is no configuration of the card. Throws an error for a person.
 * @param {CardConfig} config
 */
export const assertConfig = (config) => {
  for (const [name, isValid, kind] of OPTIONS) {
    if (config[name] !== undefined && !isValid(config[name])) {
      throw new Error(`${name} must be ${kind}`);
    }
  }
};

const CARD = "component.beeper.config_panel.accounts_card";
const GENERIC = "ui.panel.lovelace.editor.card.generic";

/** Where Home Assistant has words of its own for an option. */
const GENERIC_LABELS = ["title", "entities", "tap_action", "hold_action"];

/**
 * The form of Home Assistant's editor for cards.
 * @param {(key: string) => string} text returns a text of the card
 */
export const configForm = (text) => ({
  schema: [
    { name: "title", selector: { text: {} } },
    {
      name: "entities",
      selector: {
        entity: {
          multiple: true,
          reorder: true,
          filter: {
            integration: "beeper",
            domain: "sensor",
            device_class: "enum",
          },
        },
      },
    },
    {
      name: "healthy",
      selector: {
        select: {
          mode: "dropdown",
          options: HEALTHY.map((value) => ({ value, label: text(`healthy_${value}`) })),
        },
      },
    },
    { name: "hide_when_well", selector: { boolean: {} } },
    { name: "compact", selector: { boolean: {} } },
    {
      name: "columns",
      selector: { number: { mode: "box", min: 1, max: MAX_COLUMNS } },
    },
    { name: "tap_action", selector: { ui_action: { default_action: "more-info" } } },
    { name: "hold_action", selector: { ui_action: { default_action: "none" } } },
  ],
  computeLabel: (
    /** @type {FormField} */ { name },
    /** @type {Localize} */ localize,
  ) => localize(`${GENERIC_LABELS.includes(name) ? GENERIC : CARD}.${name}`),
  computeHelper: (
    /** @type {FormField} */ field,
    /** @type {Localize} */ localize,
  ) => field.name === "entities" ? localize(`${CARD}.entities_help`) : undefined,
  assertConfig,
});
