// The card `custom:beeper-accounts-card`: accounts, those in need first, and a login
// where one is to be reconnected. docs/card.md describes it.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { BeeperAccountRow, RowSurroundings } from "./account-row.js" */
/** @import { CardConfig } from "./card-config.js" */
/** @import { PropertyValues } from "lit" */

import { rowStyles } from "./account-row.js";
import { isAccountStatus, urgencyOf } from "./account-status.js";
import { assertConfig, configForm } from "./card-config.js";
import { offerCard } from "./card-picker.js";
import { loadCardElements } from "./home-assistant-elements.js";
import { leftLogins } from "./left-logins.js";
import { css, html, LitElement, repeat } from "./lit.js";
import { LoginSession } from "./login-session.js";
import { loadTexts, localizeOf, text } from "./texts.js";

const TYPE = "beeper-accounts-card";

const cardStyles = css`
  ha-card {
    height: 100%;
    overflow: hidden;
  }
  .accounts {
    display: flex;
    flex-direction: column;
    padding: var(--ha-space-2, 8px) 0;
  }
  .titled .accounts {
    padding-top: 0;
  }
  .none {
    margin: 0;
    padding: var(--ha-space-2, 8px) var(--ha-space-4, 16px);
    color: var(--secondary-text-color);
  }
`;

class BeeperAccountsCard extends LitElement {
  /** @override */
  static styles = [cardStyles, rowStyles];

  /** @override */
  static properties = {
    hass: { attribute: false },
    config: { state: true },
  };

  static getStubConfig() {
    return {};
  }

  static getConfigForm() {
    return configForm();
  }

  /**
   * The logins that are shown, by the status sensors of their accounts.
   * @type {Map<string, LoginSession>}
   */
  #sessions = new Map();

  /**
   * The status sensors that are shown, in the order of the page.
   * @type {string[]}
   */
  #order = [];

  /**
   * What the order follows from.
   * @type {unknown[]}
   */
  #orderedBy = [];

  /**
   * What was shown the last time.
   * @type {unknown[]}
   */
  #seen = [];

  /** @type {RowSurroundings} */
  #surroundings = { isAdmin: false };

  /**
   * What the surroundings of the rows follow from.
   * @type {unknown[]}
   */
  #surroundedBy = [];

  /**
   * The status sensors among the entities of the registry, and the registry.
   * @type {{ entities?: HomeAssistant["entities"], entityIds: string[] }}
   */
  #known = { entityIds: [] };

  /** @type {Promise<void> | undefined} */
  #texts;

  /** Draw it anew, whatever has changed. */
  #redraw = () => {
    this.#seen = [];
    this.requestUpdate();
  };

  constructor() {
    super();
    /** @type {HomeAssistant | undefined} */
    this.hass;
    /** @type {CardConfig | undefined} */
    this.config;
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
  }

  /** @param {CardConfig} config */
  setConfig(config) {
    assertConfig(config);
    const entities = config.entities && [...new Set(config.entities)];
    this.config = { ...config, entities };
  }

  getCardSize() {
    const { hass, config } = this;
    const rows = hass && config ? this.#entityIds(hass, config).length : 0;
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
    const { localize, formatEntityState, entities, devices, user } = this.hass;
    const seen = [
      localize,
      formatEntityState,
      entities,
      devices,
      user,
      ...this.#states(this.hass, this.config),
    ];
    // A Home Assistant has many states; most of the time it is another one that changed
    const isSeen = isSame(seen, this.#seen);
    this.#seen = seen;
    return !isSeen || changed.has("config");
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
    const entityIds = this.#entityIds(hass, config);
    if (this.isConnected) {
      entityIds.forEach((entityId) => this.#take(leftLogins.take(entityId)));
    }
    this.#order = this.#ordered(hass, config, entityIds);
    const { localize, formatEntityState, user } = hass;
    const surroundedBy = [localize, formatEntityState, user, localizeOf(hass)];
    if (!isSame(surroundedBy, this.#surroundedBy)) {
      this.#surroundedBy = surroundedBy;
      this.#surroundings = { isAdmin: Boolean(user?.is_admin) };
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
    return html`
      <ha-card class=${config.title ? "titled" : ""} .header=${config.title}>
        <div class="accounts" role="list">
          ${this.#order.length > 0
            ? repeat(
              this.#order,
              (entityId) => entityId,
              (entityId) => this.#row(hass, entityId),
            )
            : html`<p class="none">${text(hass, "no_accounts")}</p>`}
        </div>
      </ha-card>
    `;
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

  // --- Which accounts, in which order

  /**
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   */
  #states(hass, config) {
    const entityIds = this.#entityIds(hass, config);
    return entityIds.map((entityId) => hass.states[entityId]);
  }

  /**
   * The status sensors to show; the editor leaves an empty list where none was chosen.
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   */
  #entityIds(hass, config) {
    if (config.entities?.length) {
      return config.entities;
    }
    const { entities, states } = hass;
    if (this.#known.entities !== entities) {
      const entityIds = Object.keys(entities).filter(
        (entityId) => !entities[entityId].hidden && isAccountStatus(hass, entityId),
      );
      this.#known = { entities, entityIds };
    }
    return this.#known.entityIds.filter((entityId) => entityId in states);
  }

  /**
   * The most urgent first, then by name; those that were chosen stay as they were chosen.
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   * @param {string[]} entityIds
   */
  #ordered(hass, config, entityIds) {
    // A login must not jump away under somebody's hands
    const isNew = entityIds.some((entityId) => !this.#order.includes(entityId));
    if (this.#sessions.size > 0 && !isNew) {
      return this.#order.filter((entityId) => entityIds.includes(entityId));
    }
    const isChosen = Boolean(config.entities?.length);
    const language = hass.locale?.language;
    const accounts = entityIds.map((entityId) => {
      const state = hass.states[entityId];
      const name = state?.attributes.friendly_name ?? entityId;
      return { entityId, urgency: urgencyOf(state), name };
    });
    const orderedBy = [
      isChosen,
      language,
      ...accounts.flatMap((it) => [it.entityId, it.urgency, it.name]),
    ];
    if (isSame(orderedBy, this.#orderedBy)) {
      return this.#order;
    }
    this.#orderedBy = orderedBy;
    const { compare } = new Intl.Collator(language);
    accounts.sort(
      (a, b) => a.urgency - b.urgency || (isChosen ? 0 : compare(a.name, b.name)),
    );
    return accounts.map(({ entityId }) => entityId);
  }
}

/**
 * Whether two lists have the same in the same order.
 * @param {unknown[]} some
 * @param {unknown[]} others
 */
const isSame = (some, others) =>
  some.length === others.length && some.every((it, i) => it === others[i]);

customElements.define(TYPE, BeeperAccountsCard);
offerCard(TYPE);
