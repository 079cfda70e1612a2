// The card `custom:beeper-accounts-card`: accounts, those in need first, and a login
// where one is to be reconnected. docs/card.md describes it.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { BeeperAccountRow, RowSurroundings } from "./account-row.js" */
/** @import { CardConfig } from "./card-config.js" */
/** @import { PropertyValues } from "lit" */

import { arranged, isSame } from "./account-list.js";
import { rowStyles } from "./account-row.js";
import { groupOf, isAccountStatus } from "./account-status.js";
import "./accounts-badge.js";
import { AccountsElement } from "./accounts-element.js";
import "./accounts-tile.js";
import { perform } from "./actions.js";
import { CARD_OPTIONS, configForm } from "./card-config.js";
import { banners, foldButton, hints } from "./card-notes.js";
import { offerCard } from "./card-picker.js";
import { contrastStyles } from "./contrast-style.js";
import "./dashboard-strategy.js";
import { Hold } from "./hold.js";
import { Hubs } from "./hubs.js";
import { loadCardElements } from "./home-assistant-elements.js";
import { css, html, nothing, repeat } from "./lit.js";
import { ShownLogins } from "./shown-logins.js";
import { loadedText, localizeOf, text } from "./texts.js";

const TYPE = "beeper-accounts-card";
const CUSTOM_TYPE = `custom:${TYPE}`;

const cardStyles = css`
  ha-card {
    display: flex;
    flex-direction: column;
    height: 100%;
    overflow: hidden;
  }
  .content {
    flex: 1 1 auto;
    min-height: 0;
    overflow-y: auto;
    padding: var(--ha-space-2, 8px) 0;
  }
  .titled .content {
    padding-top: 0;
  }
  .side-by-side .accounts {
    display: grid;
    grid-template-columns: repeat(
      auto-fit,
      minmax(max(calc(100% / var(--columns, 1) - 1px), min(100%, 220px)), 1fr)
    );
    align-items: start;
  }
  .hint {
    margin: 0;
    padding: var(--ha-space-2, 8px) var(--ha-space-4, 16px);
    color: var(--secondary-text-color);
  }
  ha-alert {
    display: block;
    margin: var(--ha-space-2, 8px) var(--ha-space-4, 16px);
  }
  .fold {
    margin: 0 var(--ha-space-2, 8px);
  }
  /* As high as a finger needs it */
  @media (max-width: 600px), (pointer: coarse) {
    ha-button {
      --ha-button-height: 40px;
    }
  }
`;

class BeeperAccountsCard extends AccountsElement {
  /** @override */
  static styles = [cardStyles, rowStyles, contrastStyles];

  /** @override */
  static properties = {
    preview: { attribute: false },
    isUnfolded: { state: true },
  };

  static getConfigForm() {
    return configForm(loadedText, CARD_OPTIONS);
  }

  /** The logins that are shown. */
  #logins = new ShownLogins(this.redraw, (entityId) => this.#focusRow(entityId));

  /** @type {RowSurroundings} */
  #surroundings = { isAdmin: false, readOnly: [] };

  /**
   * What the surroundings of the rows follow from.
   * @type {unknown[]}
   */
  #surroundedBy = [];

  /**
   * The first account of which is said what helps; the others need not repeat it.
   * @type {string | undefined}
   */
  #explained;

  /** What is known of each Beeper itself. */
  #hubs = new Hubs(this.redraw);

  constructor() {
    super();
    /** Whether somebody edits the dashboard, or looks for a card. */
    this.preview = false;
    /** Whether those are shown that are folded away. */
    this.isUnfolded = false;
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
    const entities = config.entities && [...new Set(config.entities)];
    this.config = { ...config, entities };
  }

  getCardSize() {
    const { hass, config } = this;
    const rows = hass && config ? this.list.entityIds(hass, config).length : 0;
    return 1 + Math.max(rows, 1);
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  /** @override */
  willUpdate() {
    const { hass, config } = this.shown;
    const entityIds = this.list.entityIds(hass, config);
    if (this.isConnected) {
      this.#logins.takeLeft(entityIds);
      this.#hubs.look(hass, entityIds);
    }
    this.#logins.follow(hass);
    this.list.sort(hass, config, this.#logins.areAny);
    const { localize, formatEntityState, user } = hass;
    const readOnly = this.#hubs.readOnly.map((hub) => hub.device_id);
    const surroundedBy = [
      localize,
      formatEntityState,
      user,
      localizeOf(hass),
      ...readOnly,
    ];
    if (!isSame(surroundedBy, this.#surroundedBy)) {
      this.#surroundedBy = surroundedBy;
      this.#surroundings = { isAdmin: Boolean(user?.is_admin), readOnly };
    }
    this.#hide(
      Boolean(config.hide_when_well) && !this.preview && !this.#logins.areAny &&
        this.list.order.every((it) => groupOf(hass.states[it])?.isWell),
    );
  }

  /** Home Assistant asks for it: a card that it hides has to be drawn to come back. */
  connectedWhileHidden = true;

  /** @param {boolean} isHidden */
  #hide(isHidden) {
    if (this.hidden !== isHidden) {
      this.hidden = isHidden;
      const detail = { value: !isHidden };
      this.dispatchEvent(
        new CustomEvent("card-visibility-changed", {
          bubbles: true,
          composed: true,
          detail,
        }),
      );
    }
  }

  /**
   * @override
   * @param {PropertyValues} changed
   */
  update(changed) {
    const focused = this.#focused();
    super.update(changed);
    if (focused?.isConnected && focused !== this.#focused()) {
      focused.focus(); // an element that is moved loses it
    }
  }

  /** @override */
  render() {
    const { hass, config } = this.shown;
    const { order } = this.list;
    const { open, folded } = arranged(
      hass,
      config,
      order,
      (entityId) => this.isBusy(entityId),
      (entityId) => Boolean(this.#hubs.of(hass, entityId)?.outage),
    );
    this.#explained = open.find((it) => groupOf(hass.states[it])?.helpsItself);
    const none = order.length > 0 ? "all_well" : "no_accounts";
    return html`
      <ha-card
        class=${classesOf(config)}
        style="--columns: ${config.columns ?? 1}"
        .header=${config.title}
      >
        <div class="content">
          ${banners(hass, this.#hubs, order)}
          ${open.length + folded.length > 0
            ? this.#rows(hass, open)
            : html`<p class="hint" dir="auto">${text(hass, none)}</p>`}
          ${folded.length > 0
            ? foldButton(
              hass,
              folded.length,
              this.isUnfolded,
              () => (this.isUnfolded = !this.isUnfolded),
            )
            : nothing}
          ${this.isUnfolded ? this.#rows(hass, folded) : nothing}
          ${hints(hass, this.#hubs, open)}
        </div>
      </ha-card>
    `;
  }

  /**
   * @param {HomeAssistant} hass
   * @param {string[]} entityIds
   */
  #rows(hass, entityIds) {
    return entityIds.length > 0
      ? html`
        <div
          class="accounts"
          role="list"
          @click=${this.#click}
          @pointerdown=${this.#hold}
          @pointermove=${this.#hold}
          @pointerup=${this.#hold}
          @pointercancel=${this.#hold}
          @contextmenu=${this.#hold}
        >
          ${repeat(
            entityIds,
            (entityId) => entityId,
            (entityId) => this.#row(hass, entityId),
          )}
        </div>
      `
      : nothing;
  }

  /**
   * @param {HomeAssistant} hass
   * @param {string} entityId
   */
  #row(hass, entityId) {
    const session = this.#logins.of(entityId);
    const deviceId = hass.entities[entityId]?.device_id;
    return html`
      <beeper-account
        class=${session ? "open" : ""}
        role="listitem"
        .hass=${hass}
        .entityId=${entityId}
        .state=${hass.states[entityId]}
        .device=${deviceId ? hass.devices[deviceId] : undefined}
        .surroundings=${this.#surroundings}
        .session=${session}
        .isExplained=${entityId === this.#explained}
      ></beeper-account>
    `;
  }

  /** @returns {HTMLElement | null | undefined} */
  #focused() {
    return /** @type {HTMLElement | null | undefined} */ (
      this.shadowRoot?.activeElement
    );
  }

  #hold = new Hold({
    selector: ".about",
    onTap: (about) => this.#act("tap", about),
    onHold: (about) => this.#act("hold", about),
    canHold: () => Boolean(this.config?.hold_action),
  });

  /**
   * @param {"tap" | "hold"} action
   * @param {Element} about
   */
  #act(action, about) {
    perform(this, action, rowOf(about).entityId, this.shown.config);
  }

  /** @param {Event} event */
  #click(event) {
    const button = /** @type {Element} */ (event.target).closest(".reconnect");
    if (button) {
      this.reconnect(rowOf(button).entityId);
    } else {
      this.#hold.handleEvent(event);
    }
  }

  /**
   * Whether somebody is busy with an account here.
   * @param {string} entityId
   */
  isBusy(entityId) {
    return Boolean(this.#logins.of(entityId));
  }

  /**
   * Begin to reconnect an account that is shown.
   * @param {string} entityId
   * @param {{ isAsked: boolean }} [how] whether somebody has pressed its button
   */
  reconnect(entityId, how) {
    const row = this.#rowOf(entityId);
    if (row) {
      this.#logins.start(row.hass, entityId, row.name, how);
    }
  }

  /** @param {string} entityId */
  #rowOf(entityId) {
    const rows = /** @type {NodeListOf<BeeperAccountRow>} */ (
      this.renderRoot.querySelectorAll("beeper-account")
    );
    return [...rows].find((row) => row.entityId === entityId);
  }

  /**
   * Give the focus back to the row of an account.
   * @param {string} entityId
   */
  async #focusRow(entityId) {
    await this.updateComplete;
    this.#rowOf(entityId)?.focusButton();
  }
}

/** @param {CardConfig} config */
const classesOf = ({ title, compact, columns = 1 }) =>
  [
    ...(title ? ["titled"] : []),
    ...(compact ? ["compact"] : []),
    // A grid takes longer to be laid out
    ...(columns > 1 ? ["side-by-side"] : []),
  ].join(" ");

/**
 * The row in which something is.
 * @param {Element} element
 */
const rowOf = (
  element,
) => /** @type {BeeperAccountRow} */ (element.closest("beeper-account"));

customElements.define(TYPE, BeeperAccountsCard);

/** @typedef {BeeperAccountsCard} AccountsCard */

offerCard(TYPE, {
  name: "name",
  description: "description",
  suggest: (hass, entityId) => {
    const all = { label: text(hass, "all_accounts"), config: { type: CUSTOM_TYPE } };
    return isAccountStatus(hass, entityId)
      ? [{ config: { type: CUSTOM_TYPE, entities: [entityId] } }, all]
      : all;
  },
});
