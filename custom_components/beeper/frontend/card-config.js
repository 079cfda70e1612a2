// What somebody may set of the card, the tile and the badge, and the forms for that.

/** @import { FormField, Localize } from "../../../typings/home-assistant.d.ts" */

/**
 * An action of Home Assistant's cards: what a tap does, for example.
 * @typedef {{ action: string } & Record<string, unknown>} ActionConfig
 */

/**
 * @typedef {object} CardConfig
 * @property {string} [title] a title above the accounts
 * @property {string[]} [entities] the status sensors to show; all where there is none
 * @property {string} [entity] the only status sensor to show, in a tile
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
  ["entity", (it) => typeof it === "string", "an entity ID"],
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

/** What can be set of the card, in the order of its form. */
export const CARD_OPTIONS = /** @type {(keyof CardConfig)[]} */ ([
  "title",
  "entities",
  "healthy",
  "hide_when_well",
  "compact",
  "columns",
  "tap_action",
  "hold_action",
]);

const CARD = "component.beeper.config_panel.accounts_card";
const GENERIC = "ui.panel.lovelace.editor.card.generic";

/** Where Home Assistant has words of its own for an option. */
const GENERIC_LABELS = ["title", "entities", "entity", "tap_action", "hold_action"];

/** Options that need an explanation. */
const EXPLAINED = ["entities", "entity"];

const ACCOUNTS = {
  filter: { integration: "beeper", domain: "sensor", device_class: "enum" },
};

/**
 * How Home Assistant asks for each option.
 * @type {Record<keyof CardConfig, (text: (key: string) => string) => object>}
 */
const SELECTORS = {
  title: () => ({ text: {} }),
  entities: () => ({ entity: { ...ACCOUNTS, multiple: true, reorder: true } }),
  entity: () => ({ entity: ACCOUNTS }),
  healthy: (text) => ({
    select: {
      mode: "dropdown",
      options: HEALTHY.map((value) => ({ value, label: text(`healthy_${value}`) })),
    },
  }),
  hide_when_well: () => ({ boolean: {} }),
  compact: () => ({ boolean: {} }),
  columns: () => ({ number: { mode: "box", min: 1, max: MAX_COLUMNS } }),
  tap_action: () => ({ ui_action: { default_action: "more-info" } }),
  hold_action: () => ({ ui_action: { default_action: "none" } }),
};

/**
 * The form of Home Assistant's editors for some options.
 * @param {(key: string) => string} text returns a text of the card
 * @param {(keyof CardConfig)[]} options
 */
export const configForm = (text, options) => ({
  schema: options.map((name) => ({ name, selector: SELECTORS[name](text) })),
  computeLabel: (
    /** @type {FormField} */ { name },
    /** @type {Localize} */ localize,
  ) => localize(`${GENERIC_LABELS.includes(name) ? GENERIC : CARD}.${name}`),
  computeHelper: (
    /** @type {FormField} */ { name },
    /** @type {Localize} */ localize,
  ) => EXPLAINED.includes(name) ? localize(`${CARD}.${name}_help`) : undefined,
  assertConfig,
});
