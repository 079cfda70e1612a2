// One account: what it is called, how it is, and the login while there is one. It draws
// itself anew only when something that it shows has changed.

/** @import { Device, HassEntity, HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { StatusGroup } from "./account-status.js" */
/** @import { LoginSession } from "./login-session.js" */

import { groupOf, networkIcon } from "./account-status.js";
import { nameOf, sinceOf, wordsOf } from "./account-words.js";
import { css, html, keyed, LitElement, nothing } from "./lit.js";
import "./login.js";
import { unfoldButton, unfoldStyles } from "./outages.js";
import { text } from "./texts.js";

/** Styles of rows, for the card: rows have no root of their own, so a list stays light. */
export const rowStyles = css`
  beeper-account {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    padding-inline-end: var(--ha-space-4, 16px);
  }
  beeper-account:not(.open) {
    content-visibility: auto;
    contain-intrinsic-block-size: auto 52px;
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
    overflow: hidden;
    --mdc-icon-size: 24px;
    transition: color 180ms ease-in-out;
  }
  .icon.needs-you {
    color: var(--error-color);
  }
  .icon.disconnected {
    color: var(--warning-color);
  }
  .icon.unavailable {
    color: var(--state-unavailable-color);
  }
  .icon.connecting {
    color: var(--info-color);
  }
  .icon.connected {
    color: var(--success-color);
  }
  .icon.disabled {
    color: var(--disabled-color);
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
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
    overflow-wrap: anywhere;
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
  .state {
    overflow-wrap: anywhere;
  }
  .state ha-relative-time {
    white-space: nowrap;
  }
  .says {
    color: var(--secondary-text-color);
    overflow-wrap: anywhere;
  }
  .actions {
    flex: none;
    display: flex;
    align-items: center;
    margin-inline-start: auto;
  }
  beeper-account > beeper-login {
    flex: 1 0 100%;
  }
  beeper-account.open {
    grid-column: 1 / -1;
  }
  .compact beeper-account:not(.open) {
    flex-wrap: nowrap;
  }
  .compact .about {
    flex-basis: 0;
    padding-block: var(--ha-space-1, 4px);
  }
  .compact .icon {
    width: 24px;
    height: 24px;
    --mdc-icon-size: 16px;
  }
  .compact .name {
    display: block;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .compact .state {
    display: flex;
    gap: var(--ha-space-1, 4px);
    white-space: nowrap;
  }
  .compact .state bdi {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .compact .says {
    display: none;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  ${unfoldStyles}
`;

/**
 * What all rows show their accounts with; another object once that may look different.
 * @typedef {object} RowSurroundings
 * @property {boolean} isAdmin whether who looks at it may reconnect accounts
 * @property {string[]} readOnly the devices of those Beepers that may only be read
 */

/**
 * Whether a device is another one in what is shown here.
 * @param {Device | undefined} some
 * @param {Device | undefined} other
 */
const isOther = (some, other) =>
  some?.name !== other?.name || some?.name_by_user !== other?.name_by_user ||
  some?.model_id !== other?.model_id || some?.via_device_id !== other?.via_device_id;

class AccountRow extends LitElement {
  /** @override */
  static properties = {
    // A Home Assistant is another one with each change of anything in it
    hass: { attribute: false, hasChanged: () => false },
    entityId: { attribute: false },
    state: { attribute: false },
    // All devices are others as soon as one of them is
    device: { attribute: false, hasChanged: isOther },
    surroundings: { attribute: false },
    session: { attribute: false },
    isUnfolded: { state: true },
    isExplained: { attribute: false },
  };

  constructor() {
    super();
    /** @type {HomeAssistant} */
    this.hass;
    /**
     * The status sensor of the account.
     * @type {string}
     */
    this.entityId;
    /** @type {HassEntity | undefined} */
    this.state;
    /** @type {Device | undefined} */
    this.device;
    /** @type {RowSurroundings} */
    this.surroundings;
    /**
     * The login that is shown here.
     * @type {LoginSession | undefined}
     */
    this.session;
    /** Whether it shows when the account was lost. */
    this.isUnfolded = false;
    /** Whether what is said of several is said here. */
    this.isExplained = false;
  }

  /** What the account is called. */
  get name() {
    return nameOf(this.entityId, this.state, this.device);
  }

  /** @override */
  createRenderRoot() {
    return this;
  }

  /** @override */
  render() {
    const group = groupOf(this.state);
    const bridge = this.state?.attributes.bridge_type ??
      this.device?.model_id ?? "";
    const unfold = this.state
      ? unfoldButton(this.hass, this.name, this.isUnfolded, this.#unfold)
      : nothing;
    return html`
      <button
        type="button"
        class="about"
      >
        <span class="icon ${group?.name ?? ""}" aria-hidden="true">
          <ha-icon icon=${networkIcon(bridge)}></ha-icon>
        </span>
        <span class="words">
          <span class="name"><bdi>${this.name}</bdi></span>
          ${this.#status(group)}
        </span>
      </button>
      ${group?.canReconnect
        ? html`<div class="actions">${this.#button(group)} ${unfold}</div>`
        : unfold}
      ${keyed(this.session, this.#login())} ${this.#outages()}
    `;
  }

  #login() {
    return this.session
      ? html`
        <beeper-login
          exportparts="login, qr-code"
          .hass=${this.hass}
          .session=${this.session}
        ></beeper-login>
      `
      : nothing;
  }

  #outages() {
    return this.state && this.isUnfolded
      ? html`
        <beeper-outages
          role="region"
          aria-label=${text(this.hass, "outages", { name: this.name })}
          .hass=${this.hass}
          .entityId=${this.entityId}
          .changed=${this.state.last_changed}
        ></beeper-outages>
      `
      : nothing;
  }

  #unfold = () => {
    this.isUnfolded = !this.isUnfolded;
  };

  /**
   * What Beeper says of it and since when, and the status; what says the same only once.
   * @param {StatusGroup | undefined} group
   */
  #status(group) {
    const { hass, state } = this;
    if (!state) {
      const missing = hass.localize("ui.panel.lovelace.warning.entity_not_found", {
        entity: this.entityId,
      });
      return html`<span class="state"><bdi>${missing}</bdi></span>`;
    }
    const [first, second] = wordsOf(hass, state);
    return html`
      <span class="state">
        <bdi>${first}</bdi> ·
        <ha-relative-time
          .hass=${hass}
          .datetime=${sinceOf(state)}
        ></ha-relative-time>
      </span>
      ${second ? html`<span class="says"><bdi>${second}</bdi></span>` : nothing}
      ${group?.helpsItself && this.isExplained
        ? html`<span class="says"><bdi>${text(hass, "disconnected_help")}</bdi></span>`
        : nothing}
    `;
  }

  /** @param {StatusGroup} group */
  #button(group) {
    const { isAdmin, readOnly } = this.surroundings;
    const isLocked = readOnly.includes(this.device?.via_device_id ?? "");
    if (!isAdmin || isLocked || this.session) {
      return nothing;
    }
    const name = this.name;
    const key = group.helpsItself ? "sign_in_again" : "reconnect";
    const all = text(this.hass, `${key}_account`, { name });
    return html`
      <ha-button
        class="reconnect"
        size="s"
        appearance=${group.helpsItself ? "plain" : "filled"}
        title=${all}
      >
        <span aria-hidden="true">${text(this.hass, key)}</span>
        <span class="hidden">${all}</span>
      </ha-button>
    `;
  }

  /** Give the focus to what a login has been started with, once it is drawn again. */
  async focusButton() {
    await this.updateComplete;
    const next = /** @type {(HTMLElement & Partial<LitElement>) | null} */ (
      this.querySelector(".reconnect") ?? this.querySelector(".about")
    );
    await next?.updateComplete; // it cannot take the focus before it is drawn
    next?.focus();
  }
}

customElements.define("beeper-account", AccountRow);

/** @typedef {AccountRow} BeeperAccountRow */
