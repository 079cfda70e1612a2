// The tile `custom:beeper-accounts-tile`: one account, or how many need somebody, in one
// line. docs/card.md describes it.

/** @import { HassEntity, HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { CardConfig } from "./card-config.js" */
/** @import { TemplateResult } from "lit" */

import { rowStyles } from "./account-row.js";
import { groupOf, isAccountStatus, networkIcon } from "./account-status.js";
import { nameOf, sinceOf, wordsOf } from "./account-words.js";
import { AccountsElement } from "./accounts-element.js";
import { summaryOf } from "./accounts-summary.js";
import { perform } from "./actions.js";
import { configForm } from "./card-config.js";
import { offerCard } from "./card-picker.js";
import { Hold } from "./hold.js";
import { loadCardElements } from "./home-assistant-elements.js";
import { Hubs } from "./hubs.js";
import { css, html, nothing } from "./lit.js";
import "./login-dialog.js";
import { ShownLogins } from "./shown-logins.js";
import { loadedText, text } from "./texts.js";

const TYPE = "beeper-accounts-tile";
const CUSTOM_TYPE = `custom:${TYPE}`;

const OPTIONS = /** @type {(keyof CardConfig)[]} */ ([
  "entity",
  "tap_action",
  "hold_action",
]);

const tileStyles = css`
  ha-card {
    height: 100%;
    overflow: hidden;
  }
  .about {
    box-sizing: border-box;
    width: 100%;
    height: 100%;
    min-height: 56px;
    padding: var(--ha-space-2, 8px) 10px;
    border-radius: inherit;
  }
  .about[disabled] {
    cursor: default;
  }
  .name,
  .state {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
`;

/**
 * What the tile tells.
 * @typedef {object} Told
 * @property {string} group the class that gives it its color
 * @property {string} icon
 * @property {string} name
 * @property {TemplateResult | string} words
 * @property {string[]} [more] what does not fit into the line
 * @property {string | undefined} entityId the account that a tap is about
 * @property {string} [remedy] what a tap does, where that is to reconnect the account
 */

class BeeperAccountsTile extends AccountsElement {
  /** @override */
  static styles = [rowStyles, tileStyles];

  static getConfigForm() {
    return configForm(loadedText, OPTIONS);
  }

  #logins = new ShownLogins(this.redraw, () => this.#focusButton());

  /** What is known of each Beeper itself. */
  #hubs = new Hubs(this.redraw);

  #hold = new Hold({
    selector: ".about",
    onTap: () => this.#tap(),
    onHold: () => this.#act("hold"),
    canHold: () => Boolean(this.config?.hold_action),
  });

  constructor() {
    super();
    loadCardElements().catch((error) => console.error(TYPE, error));
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.#logins.listen();
    this.redraw();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#logins.ignore();
    this.#hubs.stop();
  }

  /**
   * @override
   * @param {CardConfig} config
   */
  setConfig(config) {
    super.setConfig(config);
    this.config = config.entity ? { ...config, entities: [config.entity] } : config;
  }

  getCardSize() {
    return 1;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: 1, min_rows: 1 };
  }

  /** @override */
  willUpdate() {
    const { hass, config } = this.shown;
    if (this.isConnected && config.entity) {
      this.#logins.takeLeft([config.entity]);
      this.#hubs.look(hass, [config.entity]);
    }
    this.#logins.follow(hass);
  }

  /** @override */
  render() {
    const { hass, config } = this.shown;
    const { group, icon, name, words, more, entityId, remedy } = this.#told();
    const canAct = Boolean(entityId || config.tap_action || config.hold_action);
    const session = config.entity ? this.#logins.of(config.entity) : undefined;
    return html`
      <ha-card>
        <button
          type="button"
          class="about"
          title=${[...(more ?? []), remedy].filter(Boolean).join("\n") || nothing}
          ?disabled=${!canAct}
          @click=${this.#hold}
          @pointerdown=${this.#hold}
          @pointermove=${this.#hold}
          @pointerup=${this.#hold}
          @pointercancel=${this.#hold}
          @contextmenu=${this.#hold}
        >
          <span class="icon ${group}" aria-hidden="true">
            <ha-icon icon=${icon}></ha-icon>
          </span>
          <span class="words">
            <span class="name"><bdi>${name}</bdi></span>
            <span class="state"><bdi>${words}</bdi></span>
          </span>
          ${remedy ? html`<span class="hidden">${remedy}</span>` : nothing}
        </button>
      </ha-card>
      <beeper-login-dialog .hass=${hass} .session=${session}></beeper-login-dialog>
    `;
  }

  /** @returns {Told} */
  #told() {
    const { hass, config } = this.shown;
    if (!config.entity) {
      const summary = summaryOf(hass, this.list.entityIds(hass, config));
      return { ...summary, name: text(hass, "name") };
    }
    return this.#account(config.entity);
  }

  /**
   * @param {string} entityId
   * @returns {Told}
   */
  #account(entityId) {
    const { hass } = this.shown;
    const state = hass.states[entityId];
    const device = this.#device(entityId);
    const name = nameOf(entityId, state, device);
    const group = groupOf(state);
    return {
      entityId,
      name,
      group: group?.name ?? "",
      icon: networkIcon(state?.attributes.bridge_type ?? device?.model_id ?? ""),
      words: state ? this.#status(state) : missing(hass, entityId),
      more: state && wordsOf(hass, state),
      remedy: this.#canReconnect(entityId)
        ? text(
          hass,
          `${group?.helpsItself ? "sign_in_again" : "reconnect"}_account`,
          { name },
        )
        : undefined,
    };
  }

  /** @param {HassEntity} state */
  #status(state) {
    const { hass } = this.shown;
    return html`
      <bdi>${hass.formatEntityState(state)}</bdi> ·
      <ha-relative-time .hass=${hass} .datetime=${sinceOf(state)}></ha-relative-time>
    `;
  }

  /** @param {string} entityId */
  #device(entityId) {
    const { devices, entities } = this.shown.hass;
    return devices[entities[entityId]?.device_id ?? ""];
  }

  /**
   * Whether a tap reconnects an account.
   * @param {string} entityId
   */
  #canReconnect(entityId) {
    const { hass, config } = this.shown;
    const hub = this.#device(entityId)?.via_device_id;
    return !config.tap_action && Boolean(hass.user?.is_admin) &&
      Boolean(groupOf(hass.states[entityId])?.canReconnect) &&
      !this.#hubs.readOnly.some((it) => it.device_id === hub);
  }

  #tap() {
    const { hass, config } = this.shown;
    const { entity } = config;
    if (entity && this.#canReconnect(entity)) {
      const name = nameOf(entity, hass.states[entity], this.#device(entity));
      this.#logins.start(hass, entity, name);
    } else {
      this.#act("tap");
    }
  }

  /** @param {"tap" | "hold"} action */
  #act(action) {
    perform(this, action, this.#told().entityId, this.shown.config);
  }

  /** Give the focus back to what the login has been started with. */
  async #focusButton() {
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector(".about"))
      ?.focus();
  }
}

/**
 * @param {HomeAssistant} hass
 * @param {string} entity
 */
const missing = (hass, entity) =>
  hass.localize("ui.panel.lovelace.warning.entity_not_found", { entity });

customElements.define(TYPE, BeeperAccountsTile);
offerCard(TYPE, {
  name: "tile_name",
  description: "tile_description",
  suggest: (hass, entityId) =>
    isAccountStatus(hass, entityId)
      ? { config: { type: CUSTOM_TYPE, entity: entityId } }
      : null,
});
