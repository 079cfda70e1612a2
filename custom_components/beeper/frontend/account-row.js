// One account: what it is called, how it is, and the login while there is one. It draws
// itself anew only when something that it shows has changed.

/** @import { Device, HassEntity, HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { CardConfig } from "./card-config.js" */
/** @import { StatusGroup } from "./account-status.js" */
/** @import { LoginSession } from "./login-session.js" */

import { groupOf, networkIcon } from "./account-status.js";
import { Hold } from "./hold.js";
import { css, html, keyed, LitElement, nothing } from "./lit.js";
import "./login.js";
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
  .says {
    color: var(--secondary-text-color);
    overflow-wrap: anywhere;
  }
  .reconnect {
    flex: none;
    margin-inline-start: auto;
  }
  beeper-account > beeper-login {
    flex: 1 0 100%;
  }
  beeper-account.open {
    grid-column: 1 / -1;
  }
  .compact .about {
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
`;

/**
 * What all rows show their accounts with; another object once that may look different.
 * @typedef {object} RowSurroundings
 * @property {boolean} isAdmin whether who looks at it may reconnect accounts
 * @property {CardConfig} config what is set of the card
 * @property {string[]} readOnly the devices of those Beepers that may only be read
 */

class AccountRow extends LitElement {
  /** @override */
  static properties = {
    // A Home Assistant is another one with each change of anything in it
    hass: { attribute: false, hasChanged: () => false },
    entityId: { attribute: false },
    state: { attribute: false },
    device: { attribute: false },
    surroundings: { attribute: false },
    session: { attribute: false },
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
  }

  /** What the account is called. */
  get name() {
    return (
      this.device?.name_by_user ||
      this.device?.name ||
      this.state?.attributes.friendly_name ||
      this.entityId
    );
  }

  /** @override */
  createRenderRoot() {
    return this;
  }

  /** @override */
  willUpdate() {
    this.session?.notice(this.state?.state);
  }

  /** @override */
  render() {
    const group = groupOf(this.state);
    const bridge = this.state?.attributes.bridge_type ??
      this.device?.model_id ?? "";
    return html`
      <button
        type="button"
        class="about"
        @click=${() => this.#hold.wasHeld || this.#act("tap")}
        @pointerdown=${(/** @type {PointerEvent} */ event) => this.#hold.down(event)}
        @pointermove=${(/** @type {PointerEvent} */ event) => this.#hold.move(event)}
        @pointerup=${() => this.#hold.up()}
        @pointercancel=${() => this.#hold.up()}
        @contextmenu=${(/** @type {Event} */ event) => this.#keepMenuAway(event)}
      >
        <span class="icon ${group?.name ?? ""}" aria-hidden="true">
          <ha-icon icon=${networkIcon(bridge)}></ha-icon>
        </span>
        <span class="words">
          <span class="name"><bdi>${this.name}</bdi></span>
          ${this.#status(group)}
        </span>
      </button>
      ${group?.canReconnect ? this.#button(group) : nothing}
      ${keyed(this.session, this.#login())}
    `;
  }

  #login() {
    return this.session
      ? html`
        <beeper-login .hass=${this.hass} .session=${this.session}></beeper-login>
      `
      : nothing;
  }

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
      return html`<span class="state">${missing}</span>`;
    }
    const status = hass.formatEntityState(state);
    const said = this.#said(state);
    const words = isSameText(said, status) ? [status] : [status, said];
    if (group?.canReconnect) {
      words.reverse(); // the reason comes first
    }
    const [first, second] = words.filter(Boolean);
    return html`
      <span class="state">
        <bdi>${first}</bdi> ·
        <ha-relative-time
          .hass=${hass}
          .datetime=${this.#since(state)}
        ></ha-relative-time>
      </span>
      ${second ? html`<span class="says"><bdi>${second}</bdi></span>` : nothing}
      ${group?.helpsItself
        ? html`<span class="says">${text(hass, "disconnected_help")}</span>`
        : nothing}
    `;
  }

  /**
   * Since when it is like this.
   * @param {HassEntity} state
   */
  #since(state) {
    // An attempt to connect, or a restart, is no new beginning
    const lost = groupOf(state)?.canReconnect && state.attributes.lost_since;
    return new Date(lost || state.last_changed);
  }

  /**
   * What Beeper says of it.
   * @param {HassEntity} state
   */
  #said(state) {
    return state.attributes.status_text
      ? this.hass.formatEntityAttributeValue(state, "status_text")
      : "";
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
        @click=${this.#reconnect}
      >
        <span aria-hidden="true">${text(this.hass, key)}</span>
        <span class="hidden">${all}</span>
      </ha-button>
    `;
  }

  #reconnect() {
    this.dispatchEvent(new CustomEvent("beeper-reconnect"));
  }

  /**
   * Have Home Assistant do what is set for a tap, or for holding.
   * @param {"tap" | "hold"} action
   */
  #act(action) {
    const { tap_action, hold_action } = this.surroundings.config;
    const config = { entity: this.entityId, tap_action, hold_action };
    if (action === "hold" && !hold_action) {
      return;
    }
    this.dispatchEvent(
      new CustomEvent("hass-action", {
        bubbles: true,
        composed: true,
        detail: { config, action },
      }),
    );
  }

  #hold = new Hold(() => this.#act("hold"));

  /**
   * On phones, holding would open a menu.
   * @param {Event} event
   */
  #keepMenuAway(event) {
    if (this.surroundings.config.hold_action) {
      event.preventDefault();
    }
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

/**
 * Whether two texts say the same: networks repeat the status, with other marks at the end.
 * @param {string} some
 * @param {string} other
 */
const isSameText = (some, other) => bare(some) === bare(other);

/** @param {string} words */
const bare = (words) => words.toLowerCase().replace(/[\s.…!]+$/, "");

customElements.define("beeper-account", AccountRow);

/** @typedef {AccountRow} BeeperAccountRow */
