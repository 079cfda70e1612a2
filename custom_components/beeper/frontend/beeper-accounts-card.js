// The card `custom:beeper-accounts-card`: accounts, those in need first, and a login
// where one is to be reconnected. docs/card.md describes it.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { BeeperAccountRow, RowSurroundings } from "./account-row.js" */
/** @import { CardConfig } from "./card-config.js" */
/** @import { PropertyValues } from "lit" */

import "./accounts-badge.js";
import { AccountList, isSame } from "./account-list.js";
import { rowStyles } from "./account-row.js";
import { groupOf } from "./account-status.js";
import { contrastStyles } from "./contrast-style.js";
import { assertConfig, configForm } from "./card-config.js";
import { banners, hints } from "./card-notes.js";
import { offerCard } from "./card-picker.js";
import "./dashboard-strategy.js";
import { Hubs } from "./hubs.js";
import { loadCardElements } from "./home-assistant-elements.js";
import { leftLogins } from "./left-logins.js";
import { css, html, LitElement, nothing, repeat } from "./lit.js";
import { LoginSession } from "./login-session.js";
import { loadedText, loadTexts, localizeOf, text } from "./texts.js";

const TYPE = "beeper-accounts-card";

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
  .accounts {
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

class BeeperAccountsCard extends LitElement {
  /** @override */
  static styles = [cardStyles, rowStyles, contrastStyles];

  /** @override */
  static properties = {
    hass: { attribute: false },
    config: { state: true },
    preview: { attribute: false },
    isUnfolded: { state: true },
  };

  static getStubConfig() {
    return {};
  }

  static getConfigForm() {
    return configForm(loadedText);
  }

  /**
   * The logins that are shown, by the status sensors of their accounts.
   * @type {Map<string, LoginSession>}
   */
  #sessions = new Map();

  #list = new AccountList();

  /**
   * What was shown the last time.
   * @type {unknown[]}
   */
  #seen = [];

  /** @type {RowSurroundings} */
  #surroundings = { isAdmin: false, readOnly: [], config: {} };

  /**
   * What the surroundings of the rows follow from.
   * @type {unknown[]}
   */
  #surroundedBy = [];

  /** @type {Promise<void> | undefined} */
  #texts;

  /** Draw it anew, whatever has changed. */
  #redraw = () => {
    this.#seen = [];
    this.requestUpdate();
  };

  /** What is known of each Beeper itself. */
  #hubs = new Hubs(this.#redraw);

  constructor() {
    super();
    /** @type {HomeAssistant | undefined} */
    this.hass;
    /** @type {CardConfig | undefined} */
    this.config;
    /** Whether somebody edits the dashboard, or looks for a card. */
    this.preview = false;
    /** Whether those are shown that are folded away. */
    this.isUnfolded = false;
    loadCardElements().catch((error) => console.error(TYPE, error));
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    leftLogins.listen(this.#redraw);
    this.#redraw();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    leftLogins.ignore(this.#redraw);
    this.#hubs.stop();
  }

  /** @param {CardConfig} config */
  setConfig(config) {
    assertConfig(config);
    const entities = config.entities && [...new Set(config.entities)];
    this.config = { ...config, entities };
  }

  getCardSize() {
    const { hass, config } = this;
    const rows = hass && config ? this.#list.entityIds(hass, config).length : 0;
    return 1 + Math.max(rows, 1);
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  /**
   * @override
   * @param {PropertyValues} changed
   */
  shouldUpdate(changed) {
    if (!this.hass || !this.config) {
      return false;
    }
    this.#loadTexts(this.hass);
    const { localize, formatEntityState, entities, devices, states, user } = this.hass;
    const seen = [
      localize,
      formatEntityState,
      entities,
      devices,
      user,
      ...this.#list.entityIds(this.hass, this.config).map((it) => states[it]),
    ];
    // A Home Assistant has many states; most of the time it is another one that changed
    const isSeen = isSame(seen, this.#seen);
    this.#seen = seen;
    return !isSeen ||
      ["config", "isUnfolded", "preview"].some((name) => changed.has(name));
  }

  /** @param {HomeAssistant} hass */
  #loadTexts(hass) {
    const texts = loadTexts(hass);
    if (this.#texts !== texts) {
      this.#texts = texts;
      // The card picker gives its cards no newer Home Assistant that would have them
      texts.then(this.#redraw);
    }
  }

  /** @override */
  willUpdate() {
    const { hass, config } = this.#shown();
    const entityIds = this.#list.entityIds(hass, config);
    if (this.isConnected) {
      entityIds.forEach((entityId) => this.#take(leftLogins.take(entityId)));
      this.#hubs.look(hass, entityIds);
    }
    this.#list.sort(hass, config, this.#sessions.size > 0);
    const { localize, formatEntityState, user } = hass;
    const readOnly = this.#hubs.readOnly.map((hub) => hub.device_id);
    const surroundedBy = [
      localize,
      formatEntityState,
      user,
      localizeOf(hass),
      config,
      ...readOnly,
    ];
    if (!isSame(surroundedBy, this.#surroundedBy)) {
      this.#surroundedBy = surroundedBy;
      this.#surroundings = { isAdmin: Boolean(user?.is_admin), readOnly, config };
    }
    this.#hide(
      Boolean(config.hide_when_well) && !this.preview && this.#sessions.size === 0 &&
        this.#list.order.every((it) => groupOf(hass.states[it])?.isWell),
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
    const { hass, config } = this.#shown();
    const { order } = this.#list;
    const wanted = config.healthy === "hide"
      ? order.filter((entityId) => !this.#isQuiet(hass, entityId))
      : order;
    const isFolded = new Set(wanted.filter((it) => this.#isFolded(hass, config, it)));
    const open = wanted.filter((entityId) => !isFolded.has(entityId));
    const folded = [...isFolded];
    const none = order.length > 0 ? "all_well" : "no_accounts";
    return html`
      <ha-card
        class="${config.title ? "titled" : ""} ${config.compact ? "compact" : ""}"
        style="--columns: ${config.columns ?? 1}"
        .header=${config.title}
      >
        <div class="content">
          ${banners(hass, this.#hubs, order)}
          ${wanted.length > 0
            ? this.#rows(hass, open)
            : html`<p class="hint">${text(hass, none)}</p>`}
          ${folded.length > 0 ? this.#fold(hass, folded) : nothing}
          ${hints(hass, this.#hubs, open)}
        </div>
      </ha-card>
    `;
  }

  /**
   * Whether an account needs nobody, and nobody is busy with it.
   * @param {HomeAssistant} hass
   * @param {string} entityId
   */
  #isQuiet(hass, entityId) {
    return !this.#sessions.has(entityId) &&
      Boolean(groupOf(hass.states[entityId])?.isWell);
  }

  /**
   * Whether an account is shown only to who wants to see it.
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   * @param {string} entityId
   */
  #isFolded(hass, config, entityId) {
    if (config.healthy === "fold" && this.#isQuiet(hass, entityId)) {
      return true;
    }
    const group = groupOf(hass.states[entityId]);
    // Of accounts whose Beeper is gone there is nothing to tell
    return !this.#sessions.has(entityId) && group?.name === "unavailable" &&
      Boolean(this.#hubs.of(hass, entityId)?.outage);
  }

  /**
   * @param {HomeAssistant} hass
   * @param {string[]} entityIds
   */
  #fold(hass, entityIds) {
    const count = String(entityIds.length);
    return html`
      <ha-button
        class="fold"
        size="s"
        appearance="plain"
        variant="neutral"
        @click=${() => (this.isUnfolded = !this.isUnfolded)}
      >
        <ha-icon
          slot="start"
          icon=${this.isUnfolded ? "mdi:chevron-up" : "mdi:chevron-down"}
        ></ha-icon>
        ${text(hass, this.isUnfolded ? "fewer_accounts" : "more_accounts", { count })}
      </ha-button>
      ${this.isUnfolded ? this.#rows(hass, entityIds) : nothing}
    `;
  }

  /**
   * @param {HomeAssistant} hass
   * @param {string[]} entityIds
   */
  #rows(hass, entityIds) {
    return entityIds.length > 0
      ? html`
        <div class="accounts" role="list">
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
    const session = this.#sessions.get(entityId);
    const deviceId = hass.entities[entityId]?.device_id;
    if (session) {
      session.hass = hass;
    }
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
        @beeper-reconnect=${this.#reconnect}
      ></beeper-account>
    `;
  }

  /** What it shows; it is drawn only once there is something. */
  #shown() {
    return /** @type {{ hass: HomeAssistant, config: CardConfig }} */ (this);
  }

  /** @returns {HTMLElement | null | undefined} */
  #focused() {
    return /** @type {HTMLElement | null | undefined} */ (
      this.shadowRoot?.activeElement
    );
  }

  // --- Logins

  /** @param {Event} event */
  #reconnect({ currentTarget }) {
    const { hass, entityId, name } = /** @type {BeeperAccountRow} */ (
      currentTarget
    );
    const session = new LoginSession(hass, entityId, name);
    this.#take(session);
    session.start();
    this.#redraw();
  }

  /**
   * Show a login until it is closed, or left to another card.
   * @param {LoginSession | undefined} session
   */
  #take(session) {
    if (!session) {
      return;
    }
    const { entityId } = session;
    this.#sessions.set(entityId, session);
    session.onGone = async () => {
      if (this.#sessions.get(entityId) !== session) {
        return; // another one has been left to this card meanwhile
      }
      this.#sessions.delete(entityId);
      this.#redraw();
      await this.updateComplete;
      const rows = /** @type {NodeListOf<BeeperAccountRow>} */ (
        this.renderRoot.querySelectorAll("beeper-account")
      );
      [...rows].find((row) => row.entityId === entityId)?.focusButton();
    };
  }
}

customElements.define(TYPE, BeeperAccountsCard);
offerCard(TYPE);
