// The card `custom:beeper-accounts-card`: accounts, those in need first, and a login
// where one is to be reconnected. docs/card.md describes it.

import "./registry.js";
import { element, loadCardElements, loadTexts, shadowRoot, text } from "./elements.js";
import { LOGIN_LEFT, takeLogin } from "./login.js";

const TYPE = "beeper-accounts-card";
const UNAVAILABLE = ["unavailable", "unknown"];

/** The groups of statuses, most urgent first, and the colors that they have. */
const GROUPS = [
  {
    statuses: ["reconnect_required", "connection_required", "attention_required"],
    color: "var(--error-color)",
    canReconnect: true,
  },
  {
    statuses: ["disconnected"],
    color: "var(--warning-color)",
    canReconnect: true,
  },
  { statuses: UNAVAILABLE, color: "var(--state-unavailable-color)" },
  { statuses: ["connecting", "backfilling"], color: "var(--info-color)" },
  { statuses: ["connected"], color: "var(--success-color)" },
  { statuses: ["disabled"], color: "var(--disabled-color)" },
];

/** Icons of the networks that have one, by a part of their bridges' names. */
const NETWORK_ICONS = {
  whatsapp: "mdi:whatsapp",
  telegram: "mdi:send",
  signal: "mdi:message-lock",
  gmessages: "mdi:google",
  slack: "mdi:slack",
  facebook: "mdi:facebook-messenger",
  instagram: "mdi:instagram",
  imessage: "mdi:apple",
  linkedin: "mdi:linkedin",
  twitter: "mdi:twitter",
  matrix: "mdi:matrix",
  discord: "mdi:controller-classic",
  googlechat: "mdi:google",
};

const isAccountStatus = (hass, entityId) => {
  const entry = hass.entities[entityId];
  return entry?.platform === "beeper" && entry.translation_key === "status";
};

const groupOf = (state) =>
  GROUPS.findIndex((group) => group.statuses.includes(state?.state ?? "unavailable"));

const STYLE = `
  ha-card {
    height: 100%;
    overflow: hidden;
  }
  .accounts {
    display: flex;
    flex-direction: column;
    padding: var(--ha-space-2, 8px) 0;
  }
  ha-card[header] .accounts {
    padding-top: 0;
  }
  .account {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    padding-inline-end: var(--ha-space-4, 16px);
  }
  .about {
    flex: 1 1 200px;
    min-width: 0;
    display: flex;
    align-items: center;
    gap: var(--ha-space-3, 12px);
    padding: var(--ha-space-2, 8px) var(--ha-space-4, 16px);
    border: none;
    border-radius: var(--ha-border-radius-sm, 4px);
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
  }
  .about:focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: -2px;
  }
  .icon {
    position: relative;
    flex: none;
    display: flex;
    align-items: center;
    justify-content: center;
    width: 36px;
    height: 36px;
    border-radius: var(--ha-border-radius-pill, 18px);
    color: var(--account-color);
    overflow: hidden;
    --mdc-icon-size: 24px;
    transition: color 180ms ease-in-out;
  }
  .icon::before {
    content: "";
    position: absolute;
    inset: 0;
    background: currentColor;
    opacity: 0.2;
  }
  .about:hover .icon::before {
    opacity: 0.35;
  }
  .words {
    min-width: 0;
    display: flex;
    flex-direction: column;
  }
  .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: var(--ha-font-size-m, 14px);
    font-weight: var(--ha-font-weight-medium, 500);
    line-height: 20px;
    letter-spacing: 0.1px;
  }
  .state,
  .says {
    font-size: var(--ha-font-size-s, 12px);
    line-height: 16px;
    letter-spacing: 0.4px;
  }
  .says {
    color: var(--secondary-text-color);
    overflow-wrap: anywhere;
  }
  .reconnect {
    flex: none;
    margin-inline-start: auto;
  }
  .account > beeper-login {
    flex: 1 0 100%;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .none {
    margin: 0;
    padding: var(--ha-space-2, 8px) var(--ha-space-4, 16px);
    color: var(--secondary-text-color);
  }
`;

/** One account: what it is called, how it is, and the login while there is one. */
class AccountRow {
  constructor(card, entityId) {
    this._card = card;
    this._entityId = entityId;
    this._icon = element("ha-icon");
    this._name = element("span", { class: "name" });
    this._state = element("span", { class: "state" });
    this._says = element("span", { class: "says" });
    this._about = element(
      "button",
      { type: "button", class: "about", "@click": () => this._showMore() },
      element("span", { class: "icon", "aria-hidden": "true" }, this._icon),
      element("span", { class: "words" }, this._name, this._state, this._says)
    );
    this.element = element("div", { class: "account", role: "listitem" }, this._about);
  }

  /** Whether a login is shown here. */
  get isOpen() {
    return Boolean(this._login);
  }

  update(hass, isAdmin) {
    this._hass = hass;
    const state = hass.states[this._entityId];
    const group = GROUPS[groupOf(state)];
    const device = hass.devices[hass.entities[this._entityId]?.device_id];
    this._accountName =
      device?.name_by_user || device?.name || state?.attributes.friendly_name;
    this._accountName ??= this._entityId;
    this._name.textContent = this._accountName;
    this.element.style.setProperty("--account-color", group?.color ?? "inherit");
    const network = state?.attributes.bridge_type ?? device?.model_id ?? "";
    const known = Object.keys(NETWORK_ICONS).find((name) => network.includes(name));
    this._icon.setAttribute("icon", NETWORK_ICONS[known] ?? "mdi:message");
    const login = takeLogin(this._entityId);
    if (login) {
      this._open(login);
    }
    this._updateState(hass, state, group?.canReconnect);
    this._updateButton(hass, isAdmin && group?.canReconnect);
    if (this._login) {
      this._login.hass = hass;
    }
  }

  _updateState(hass, state, canReconnect) {
    if (!state) {
      this._state.textContent = hass.localize(
        "ui.panel.lovelace.warning.entity_not_found",
        { entity: this._entityId }
      );
      this._says.textContent = "";
      return;
    }
    // An attempt to connect, or a restart, is no new beginning
    const since = (canReconnect && state.attributes.lost_since) || state.last_changed;
    if (this._since !== since) {
      this._since = since;
      this._words = element("span");
      this._state.replaceChildren(
        this._words,
        " · ",
        element("ha-relative-time", {
          ".hass": hass,
          ".datetime": new Date(since),
        })
      );
    }
    this._words.textContent = hass.formatEntityState(state);
    this._says.textContent = state.attributes.status_text
      ? hass.formatEntityAttributeValue(state, "status_text")
      : "";
  }

  _updateButton(hass, canReconnect) {
    const isWanted = canReconnect && !this.isOpen;
    if (!isWanted) {
      this._button?.remove();
      this._button = undefined;
      return;
    }
    const words = text(hass, "reconnect");
    const all = text(hass, "reconnect_account", { name: this._accountName });
    if (!this._button) {
      this._button = element("ha-button", {
        class: "reconnect",
        size: "s",
        appearance: "filled",
        "@click": () => this._reconnect(),
      });
      this.element.append(this._button);
    }
    if (this._button.title !== all) {
      this._button.title = all;
      this._button.replaceChildren(
        element("span", { "aria-hidden": "true" }, words),
        element("span", { class: "hidden" }, all)
      );
    }
  }

  _reconnect() {
    this._open(
      element("beeper-login", {
        ".hass": this._hass,
        ".entityId": this._entityId,
        ".name": this._accountName,
      })
    );
    this._card.update();
  }

  _open(login) {
    this._login = login;
    login.onClosed = () => this._close();
    this.element.append(login);
  }

  async _close() {
    this._login.remove();
    this._login = undefined;
    this._card.update();
    const next = this._button ?? this._about;
    await next.updateComplete; // it cannot take the focus before it is drawn
    next.focus();
  }

  _showMore() {
    this._about.dispatchEvent(
      new CustomEvent("hass-more-info", {
        bubbles: true,
        composed: true,
        detail: { entityId: this._entityId },
      })
    );
  }
}

class BeeperAccountsCard extends HTMLElement {
  static getStubConfig() {
    return {};
  }

  static getConfigForm() {
    return {
      schema: [
        { name: "title", selector: { text: {} } },
        {
          name: "entities",
          selector: {
            entity: {
              multiple: true,
              reorder: true,
              filter: { integration: "beeper", domain: "sensor", device_class: "enum" },
            },
          },
        },
      ],
      computeLabel: (schema, localize) =>
        localize(`ui.panel.lovelace.editor.card.generic.${schema.name}`),
      computeHelper: (schema, localize) =>
        schema.name === "entities"
          ? localize("component.beeper.config_panel.accounts_card.entities_help")
          : undefined,
      assertConfig: assertConfig,
    };
  }

  constructor() {
    super();
    this._rows = new Map();
    this._list = element("div", { class: "accounts", role: "list" });
    this._card = element("ha-card", {}, this._list);
    shadowRoot(this, STYLE).append(this._card);
    this._onLoginLeft = () => this.update();
    loadCardElements().catch((error) => console.error(TYPE, error));
  }

  connectedCallback() {
    window.addEventListener(LOGIN_LEFT, this._onLoginLeft);
  }

  disconnectedCallback() {
    window.removeEventListener(LOGIN_LEFT, this._onLoginLeft);
  }

  setConfig(config) {
    assertConfig(config);
    this._config = config;
    this._card.toggleAttribute("header", Boolean(config.title));
    this._card.header = config.title;
    this.update();
  }

  set hass(hass) {
    this._hass = hass;
    const texts = loadTexts(hass);
    if (this._texts !== texts) {
      this._texts = texts;
      // The card picker gives its cards no newer Home Assistant that would have them
      texts.then(() => this.update());
    }
    const seen = [
      hass.localize,
      hass.formatEntityState,
      hass.entities,
      hass.devices,
      hass.user,
      ...this._entityIds().map((entityId) => hass.states[entityId]),
    ];
    // A Home Assistant has many states; most of the time it is another one that changed
    if (seen.length === this._seen?.length && seen.every((it, i) => it === this._seen[i])) {
      return;
    }
    this._seen = seen;
    this.update();
  }

  getCardSize() {
    return 1 + Math.max(this._rows.size, 1);
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  /** Show what is known now. */
  update() {
    if (!this._hass || !this._config) {
      return;
    }
    const hass = this._hass;
    const entityIds = this._entityIds();
    for (const entityId of this._rows.keys()) {
      if (!entityIds.includes(entityId)) {
        this._rows.get(entityId).element.remove();
        this._rows.delete(entityId);
      }
    }
    for (const entityId of entityIds) {
      if (!this._rows.has(entityId)) {
        this._rows.set(entityId, new AccountRow(this, entityId));
      }
      this._rows.get(entityId).update(hass, hass.user?.is_admin);
    }
    this._arrange(entityIds);
  }

  /** Whether only some accounts are to be shown; the editor leaves an empty list. */
  get _isChosen() {
    return this._config?.entities?.length > 0;
  }

  _entityIds() {
    if (this._isChosen) {
      return this._config.entities;
    }
    const { entities, states } = this._hass;
    return Object.keys(entities).filter(
      (entityId) =>
        entityId in states &&
        !entities[entityId].hidden &&
        isAccountStatus(this._hass, entityId)
    );
  }

  _arrange(entityIds) {
    const rows = entityIds.map((entityId) => this._rows.get(entityId));
    if (rows.length === 0) {
      this._list.replaceChildren(
        element("p", { class: "none" }, text(this._hass, "no_accounts"))
      );
      return;
    }
    // A login must not jump away under somebody's hands
    const isLoggingIn = rows.some((row) => row.isOpen);
    if (isLoggingIn && rows.every((row) => row.element.isConnected)) {
      return;
    }
    const wanted = this._sorted(entityIds).map(
      (entityId) => this._rows.get(entityId).element
    );
    if (wanted.some((row, i) => row !== this._list.children[i])) {
      const focused = this.shadowRoot.activeElement;
      this._list.replaceChildren(...wanted);
      focused?.focus(); // an element that is moved loses it
    }
  }

  _sorted(entityIds) {
    const { states, locale } = this._hass;
    const rank = (entityId) => groupOf(states[entityId]);
    const name = (entityId) => states[entityId]?.attributes.friendly_name ?? entityId;
    return [...entityIds].sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (this._isChosen ? 0 : name(a).localeCompare(name(b), locale?.language))
    );
  }
}

function assertConfig(config) {
  if (config.title !== undefined && typeof config.title !== "string") {
    throw new Error("title must be a text");
  }
  const { entities } = config;
  const isList = Array.isArray(entities) && entities.every((it) => typeof it === "string");
  if (entities !== undefined && !isList) {
    throw new Error("entities must be a list of entity IDs");
  }
}

customElements.define(TYPE, BeeperAccountsCard);

// What the card picker lists is read before there is any card
const page = document.querySelector("home-assistant");
const loadPageTexts = () => page?.hass && loadTexts(page.hass);
page?.addEventListener("translations-updated", loadPageTexts);
loadPageTexts();

window.customCards ??= [];
window.customCards.push({
  type: TYPE,
  preview: true,
  get name() {
    return (page?.hass && text(page.hass, "name")) || "Beeper accounts";
  },
  get description() {
    return page?.hass && text(page.hass, "description");
  },
  documentationURL:
    "https://github.com/beeper-home-assistant/beeper-home-assistant/blob/main/docs/card.md",
  getEntitySuggestion: (hass, entityId) => {
    if (hass.entities[entityId]?.platform !== "beeper") {
      return null;
    }
    const type = `custom:${TYPE}`;
    const all = { label: text(hass, "all_accounts"), config: { type } };
    return isAccountStatus(hass, entityId)
      ? [{ config: { type, entities: [entityId] } }, all]
      : all;
  },
});
