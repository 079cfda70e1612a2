// The badge `custom:beeper-accounts-badge`: how many accounts need somebody, for the top of
// a view. docs/card.md describes it.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { CardConfig } from "./card-config.js" */
/** @import { PropertyValues } from "lit" */

import { AccountList, isSame } from "./account-list.js";
import { groupOf } from "./account-status.js";
import { assertConfig } from "./card-config.js";
import { loadBadgeElements } from "./home-assistant-elements.js";
import { css, html, LitElement, nothing } from "./lit.js";
import { loadedText, loadTexts, text } from "./texts.js";

const TYPE = "beeper-accounts-badge";

class BeeperAccountsBadge extends LitElement {
  /** @override */
  static styles = css`
    .needed {
      --badge-color: var(--error-color);
    }
    .unknown {
      --badge-color: var(--state-unavailable-color);
    }
    .well {
      --badge-color: var(--success-color);
    }
  `;

  /** @override */
  static properties = {
    hass: { attribute: false },
    config: { state: true },
  };

  static getStubConfig() {
    return {};
  }

  #list = new AccountList();

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
    loadBadgeElements().catch((error) => console.error(TYPE, error));
  }

  /** @param {CardConfig} config */
  setConfig(config) {
    assertConfig(config);
    this.config = config;
  }

  /**
   * @override
   * @param {PropertyValues} changed
   */
  shouldUpdate(changed) {
    if (!this.hass || !this.config) {
      return false;
    }
    const texts = loadTexts(this.hass);
    if (this.#texts !== texts) {
      this.#texts = texts;
      texts.then(() => this.requestUpdate());
    }
    const { localize, states } = this.hass;
    const entityIds = this.#list.entityIds(this.hass, this.config);
    const seen = [
      localize,
      text(this.hass, "name"),
      ...entityIds.map((it) => states[it]),
    ];
    const isSeen = isSame(seen, this.#seen);
    this.#seen = seen;
    return !isSeen || changed.has("config");
  }

  /** @override */
  render() {
    const { hass, config } = this;
    if (!hass || !config) {
      return nothing;
    }
    const entityIds = this.#list.entityIds(hass, config);
    const needed = entityIds.filter((entityId) => {
      const group = groupOf(hass.states[entityId]);
      return group?.canReconnect || group === undefined;
    });
    const isWell = entityIds.every((it) => groupOf(hass.states[it])?.isWell);
    const { kind, icon, words } = needed.length > 0
      ? {
        kind: "needed",
        icon: "mdi:message-alert",
        words: text(hass, "need_you", { count: String(needed.length) }),
      }
      : isWell
      ? { kind: "well", icon: "mdi:message-check", words: text(hass, "all_well") }
      // While nobody knows, all is not well
      : {
        kind: "unknown",
        icon: "mdi:message-off",
        words: hass.localize("state.default.unavailable"),
      };
    return html`
      <ha-badge
        type="button"
        class=${kind}
        .label=${text(hass, "name")}
        @click=${() => this.#act(needed[0])}
      >
        <ha-icon
          slot="icon"
          icon=${icon}
        ></ha-icon>
        ${words}
      </ha-badge>
    `;
  }

  /**
   * Do what is set for a tap: show the first account that needs somebody by default.
   * @param {string | undefined} entity
   */
  #act(entity) {
    const { tap_action } = this.config ?? {};
    if (!tap_action && !entity) {
      return;
    }
    this.dispatchEvent(
      new CustomEvent("hass-action", {
        bubbles: true,
        composed: true,
        detail: { config: { entity, tap_action }, action: "tap" },
      }),
    );
  }
}

customElements.define(TYPE, BeeperAccountsBadge);

window.customBadges ??= [];
window.customBadges.push({
  type: TYPE,
  preview: true,
  get name() {
    return loadedText("name");
  },
  get description() {
    return loadedText("badge_description");
  },
});
