// What somebody may set of the card, and the form for it.

/** @import { FormField, Localize } from "../../../typings/home-assistant.d.ts" */

/**
 * @typedef {object} CardConfig
 * @property {string} [title] a title above the accounts
 * @property {string[]} [entities] the status sensors to show; all where there is none
 */

/**
 * Refuse what is no configuration of the card. Throws an error for a person.
 * @param {CardConfig} config
 */
export const assertConfig = ({ title, entities }) => {
  if (title !== undefined && typeof title !== "string") {
    throw new Error("title must be a text");
  }
  const isList = Array.isArray(entities) &&
    entities.every((it) => typeof it === "string");
  if (entities !== undefined && !isList) {
    throw new Error("entities must be a list of entity IDs");
  }
};

/** The form of Home Assistant's editor for cards. */
export const configForm = () => ({
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
  ],
  computeLabel: (
    /** @type {FormField} */ field,
    /** @type {Localize} */ localize,
  ) => localize(`ui.panel.lovelace.editor.card.generic.${field.name}`),
  computeHelper: (
    /** @type {FormField} */ field,
    /** @type {Localize} */ localize,
  ) =>
    field.name === "entities"
      ? localize("component.beeper.config_panel.accounts_card.entities_help")
      : undefined,
  assertConfig,
});
