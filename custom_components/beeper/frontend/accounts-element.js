// What the card, the tile and the badge have in common: they know which accounts they show,
// and are drawn anew only when something of these, or a text, is another one.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { CardConfig } from "./card-config.js" */
/** @import { PropertyDeclarations, PropertyValues } from "lit" */

import { AccountList, isSame } from "./account-list.js";
import { assertConfig } from "./card-config.js";
import { LitElement } from "./lit.js";
import { loadTexts } from "./texts.js";

/**
 * What there is to show; it is drawn only once there is something.
 * @typedef {{ hass: HomeAssistant, config: CardConfig }} Shown
 */

export class AccountsElement extends LitElement {
  /**
   * @override
   * @type {PropertyDeclarations}
   */
  static properties = {
    hass: { attribute: false },
    config: { state: true },
  };

  static getStubConfig() {
    return {};
  }

  /** Which accounts it shows. */
  list = new AccountList();

  /**
   * What was shown the last time.
   * @type {unknown[]}
   */
  #seen = [];

  /** @type {Promise<void> | undefined} */
  #texts;

  constructor() {
    super();
    /** @type {HomeAssistant | undefined} */
    this.hass;
    /** @type {CardConfig | undefined} */
    this.config;
  }

  /** @param {CardConfig} config */
  setConfig(config) {
    assertConfig(config);
    this.config = config;
  }

  /** What it shows, while it is drawn. */
  get shown() {
    return /** @type {Shown} */ (/** @type {unknown} */ (this));
  }

  /** Draw it anew, whatever has changed. */
  redraw = () => {
    this.#seen = [];
    this.requestUpdate();
  };

  /**
   * @override
   * @param {PropertyValues} changed
   */
  shouldUpdate(changed) {
    const { hass, config } = this;
    if (!hass || !config) {
      return false;
    }
    this.#loadTexts(hass);
    const { localize, formatEntityState, entities, devices, states, user } = hass;
    const seen = [
      localize,
      formatEntityState,
      entities,
      devices,
      user,
      ...this.list.entityIds(hass, config).map((it) => states[it]),
    ];
    // A Home Assistant has many states; most of the time it is another one that changed
    const isSeen = isSame(seen, this.#seen);
    this.#seen = seen;
    return !isSeen || [...changed.keys()].some((name) => name !== "hass");
  }

  /** @param {HomeAssistant} hass */
  #loadTexts(hass) {
    const texts = loadTexts(hass);
    if (this.#texts !== texts) {
      this.#texts = texts;
      // A picker gives what it shows no newer Home Assistant that would have them
      texts.then(this.redraw);
    }
  }
}
