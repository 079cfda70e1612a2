// The page of one account, to which notifications and the page of its device lead: the card
// with that account alone, and its login, which begins by itself where that is what one comes
// for. Without an account in the address, it has all of them. docs/reconnect.md describes it.

/** @import { HomeAssistant, Route } from "../../../typings/home-assistant.d.ts" */
/** @import { AccountsCard } from "./beeper-accounts-card.js" */
/** @import { CardConfig } from "./card-config.js" */
/** @import { Hub } from "./hubs.js" */

import { groupOf, isAccountStatus } from "./account-status.js";
import "./beeper-accounts-card.js";
import { contrastStyles } from "./contrast-style.js";
import { css, html, keyed, LitElement, nothing } from "./lit.js";
import { loadTexts, text } from "./texts.js";

const ALL_ACCOUNTS = "/config/integrations/integration/beeper";

/** @type {CardConfig} */
const WITH_ALL = {};

const pageStyles = css`
  :host {
    display: block;
    min-height: 100%;
    background: var(--primary-background-color);
    color: var(--primary-text-color);
  }
  header {
    position: sticky;
    top: 0;
    z-index: 4;
    display: flex;
    align-items: center;
    gap: var(--ha-space-2, 8px);
    box-sizing: border-box;
    height: var(--header-height, 56px);
    padding-inline: var(--ha-space-1, 4px) var(--ha-space-4, 16px);
    border-bottom: var(--app-header-border-bottom, none);
    background: var(--app-header-background-color, var(--primary-color));
    color: var(--app-header-text-color, #fff);
  }
  header button {
    flex: none;
    display: flex;
    align-items: center;
    justify-content: center;
    width: 48px;
    height: 48px;
    border: none;
    border-radius: 50%;
    background: none;
    color: inherit;
    cursor: pointer;
  }
  header button:focus-visible {
    outline: 2px solid currentColor;
    outline-offset: -4px;
  }
  h1 {
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: var(--ha-font-size-xl, 20px);
    font-weight: var(--ha-font-weight-normal, 400);
  }
  main {
    max-width: 560px;
    margin: 0 auto;
    padding: var(--ha-space-4, 16px);
  }
  main > p {
    margin: var(--ha-space-4, 16px);
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--ha-space-2, 8px);
  }
  beeper-accounts-card::part(login) {
    margin: 0;
    margin-inline-end: calc(-1 * var(--ha-space-4, 16px));
    border: none;
  }
  beeper-accounts-card::part(qr-code) {
    width: min(100%, 420px);
  }
  @media (max-width: 600px) {
    main {
      padding: var(--ha-space-2, 8px);
    }
    beeper-accounts-card::part(login) {
      padding-inline: var(--ha-space-2, 8px);
    }
  }
`;

class BeeperReconnectPage extends LitElement {
  /** @override */
  static styles = [pageStyles, contrastStyles];

  /** @override */
  static properties = {
    hass: { attribute: false },
    route: { attribute: false },
  };

  /**
   * What the card is to show.
   * @type {CardConfig | undefined}
   */
  #config;

  /**
   * What that follows from.
   * @type {unknown[]}
   */
  #foundBy = [];

  /** @type {Promise<void> | undefined} */
  #texts;

  #hasTexts = false;

  /**
   * The account for which somebody has come.
   * @type {string | undefined}
   */
  #wanted;

  constructor() {
    super();
    /** @type {HomeAssistant | undefined} */
    this.hass;
    /**
     * Where the page is: what follows its own path is the ID of a device.
     * @type {Route | undefined}
     */
    this.route;
  }

  /** The device of the account; an address may hold anything. */
  get #deviceId() {
    return this.route?.path.replace(/^\//, "") ?? "";
  }

  /** @override */
  willUpdate() {
    const { hass } = this;
    if (!hass) {
      return;
    }
    const texts = loadTexts(hass);
    if (this.#texts !== texts) {
      this.#texts = texts;
      texts.then(() => {
        this.#hasTexts = true;
        this.requestUpdate();
      });
    }
    const { entities } = hass;
    const deviceId = this.#deviceId;
    if (this.#foundBy[0] === entities && this.#foundBy[1] === deviceId) {
      return;
    }
    this.#foundBy = [entities, deviceId];
    const found = Object.keys(entities).find((entityId) =>
      entities[entityId].device_id === deviceId && isAccountStatus(hass, entityId)
    );
    if (!found) {
      this.#config = deviceId ? undefined : WITH_ALL;
    } else if (found !== this.#entityId) {
      this.#config = { entities: [found] };
    }
  }

  /** The status sensor of the account, if the page is that of one. */
  get #entityId() {
    return this.#config?.entities?.[0];
  }

  /** @override */
  render() {
    const { hass } = this;
    // The registries come a moment after all else
    if (!hass || !this.#hasTexts || Object.keys(hass.entities).length === 0) {
      return nothing;
    }
    const device = this.#config && hass.devices[this.#deviceId];
    return html`
      <header>
        <button type="button" aria-label=${hass.localize(
          "ui.common.back",
        )} @click=${back}>
          <ha-icon
            icon=${document.dir === "rtl" ? "mdi:arrow-right" : "mdi:arrow-left"}
          ></ha-icon>
        </button>
        <h1><bdi>${device?.name_by_user || device?.name ||
          text(hass, "name")}</bdi></h1>
      </header>
      <main>
        ${this.#config
          ? this.#accounts(hass, this.#config)
          : html`<p>${text(hass, "account_unknown")}</p>${this.#waysOut(hass)}`}
      </main>
    `;
  }

  /**
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   */
  #accounts(hass, config) {
    const entityId = this.#entityId;
    return html`
      ${keyed(
        config,
        html`
          <beeper-accounts-card
            .hass=${hass}
            .config=${config}
            @hass-action=${this.#showDetails}
          ></beeper-accounts-card>
        `,
      )}
      ${entityId && groupOf(hass.states[entityId])?.isWell
        ? html`<p>${text(hass, "account_well")}</p>${this.#waysOut(hass)}`
        : nothing}
    `;
  }

  /** @param {HomeAssistant} hass */
  #waysOut(hass) {
    return html`
      <div class="buttons">
        ${hass.user?.is_admin
          ? html`
            <ha-button appearance="plain" @click=${() => goTo(ALL_ACCOUNTS)}>
              ${text(hass, "all_accounts")}
            </ha-button>
          `
          : nothing}
        <ha-button @click=${back}>${hass.localize("ui.common.back")}</ha-button>
      </div>
    `;
  }

  /**
   * Do what a dashboard does with a tap on an account.
   * @param {CustomEvent<{ config: { entity: string } }>} event
   */
  #showDetails({ detail: { config } }) {
    this.dispatchEvent(
      new CustomEvent("hass-more-info", {
        bubbles: true,
        composed: true,
        detail: { entityId: config.entity },
      }),
    );
  }

  /** @override */
  updated() {
    const entityId = this.#entityId;
    if (this.#card && entityId !== this.#wanted) {
      this.#wanted = entityId;
      this.#welcome();
    }
  }

  /** @returns {AccountsCard | null} */
  get #card() {
    return this.renderRoot.querySelector("beeper-accounts-card");
  }

  /**
   * Begin to reconnect the account, if that is what one comes for. That is decided once: an
   * account that is lost later, or a login that somebody ends, is left to its button.
   */
  async #welcome() {
    const entityId = this.#wanted;
    await isLookedAt();
    /** @type {Hub[]} */
    let hubs;
    try {
      ({ hubs } = await /** @type {Promise<{ hubs: Hub[] }>} */ (
        /** @type {HomeAssistant} */ (this.hass).callWS({ type: "beeper/hubs" })
      ));
      await this.#card?.updateComplete;
    } catch {
      return;
    }
    const card = this.#card;
    if (
      card && entityId && this.isConnected && entityId === this.#wanted &&
      !card.isBusy(entityId) && this.#isToBegin(entityId, hubs)
    ) {
      card.reconnect(entityId, { isAsked: false });
    }
  }

  /**
   * Whether an account has to be signed in to, and who looks at it may do so.
   * @param {string} entityId
   * @param {Hub[]} hubs
   */
  #isToBegin(entityId, hubs) {
    const { devices, states, user } = /** @type {HomeAssistant} */ (this.hass);
    const group = groupOf(states[entityId]);
    const hubId = devices[this.#deviceId]?.via_device_id;
    const hub = hubs.find((it) => it.device_id === hubId);
    return Boolean(
      group?.canReconnect && !group.helpsItself && user?.is_admin && hub &&
        !hub.is_read_only,
    );
  }
}

/** Wait until somebody sees the page: browsers open some before they are wanted. */
const isLookedAt = async () => {
  while (document.visibilityState !== "visible") {
    await new Promise((resolve) =>
      document.addEventListener("visibilitychange", resolve, { once: true })
    );
  }
};

/** Go where one has come from, or home. */
const back = () => {
  if (history.length > 1) {
    history.back();
  } else {
    goTo("/");
  }
};

/**
 * Have Home Assistant show another page.
 * @param {string} path
 */
const goTo = (path) => {
  history.pushState(null, "", path);
  globalThis.dispatchEvent(
    new CustomEvent("location-changed", { detail: { replace: false } }),
  );
};

customElements.define("beeper-reconnect-page", BeeperReconnectPage);
