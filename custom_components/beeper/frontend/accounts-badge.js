// The badge `custom:beeper-accounts-badge`: how many accounts need somebody, for the top of
// a view. docs/card.md describes it.

/** @import { CardConfig } from "./card-config.js" */

import { AccountsElement } from "./accounts-element.js";
import { summaryOf } from "./accounts-summary.js";
import { perform } from "./actions.js";
import { configForm } from "./card-config.js";
import { loadBadgeElements } from "./home-assistant-elements.js";
import { css, html } from "./lit.js";
import { loadedText, text } from "./texts.js";

const TYPE = "beeper-accounts-badge";

const OPTIONS = /** @type {(keyof CardConfig)[]} */ (["entities", "tap_action"]);

class BeeperAccountsBadge extends AccountsElement {
  /** @override */
  static styles = css`
    .needs-you {
      --badge-color: var(--error-color);
    }
    .disconnected {
      --badge-color: var(--warning-color);
    }
    .unavailable {
      --badge-color: var(--state-unavailable-color);
    }
    .connected {
      --badge-color: var(--success-color);
    }
  `;

  static getConfigForm() {
    return configForm(loadedText, OPTIONS);
  }

  constructor() {
    super();
    loadBadgeElements().catch((error) => console.error(TYPE, error));
  }

  /** @override */
  render() {
    const { hass, config } = this.shown;
    const { group, icon, words, entityId } = summaryOf(
      hass,
      this.list.entityIds(hass, config),
    );
    const canAct = Boolean(entityId || config.tap_action);
    return html`
      <ha-badge
        type=${canAct ? "button" : "badge"}
        class=${group}
        .label=${text(hass, "name")}
        @click=${() => canAct && perform(this, "tap", entityId, config)}
      >
        <ha-icon slot="icon" icon=${icon}></ha-icon>
        <bdi>${words}</bdi>
      </ha-badge>
    `;
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
