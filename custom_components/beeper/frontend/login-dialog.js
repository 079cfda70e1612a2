// A login in a window of its own, for a tile, in which there is no room for it.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { LoginSession } from "./login-session.js" */

import { css, html, keyed, LitElement, nothing } from "./lit.js";
import "./login.js";
import { text } from "./texts.js";

class BeeperLoginDialog extends LitElement {
  /** @override */
  static styles = css`
    dialog {
      box-sizing: border-box;
      width: min(480px, calc(100vw - 2 * var(--ha-space-4, 16px)));
      max-height: calc(100vh - 2 * var(--ha-space-4, 16px));
      padding: var(--ha-space-4, 16px);
      overflow-y: auto;
      border: none;
      border-radius: var(--ha-border-radius-2xl, 24px);
      background: var(
        --ha-dialog-surface-background,
        var(--card-background-color, white)
      );
      color: var(--primary-text-color);
      font-size: var(--ha-font-size-m, 14px);
      cursor: auto;
    }
    dialog::backdrop {
      background: rgba(0, 0, 0, 0.5);
    }
    h2 {
      margin: 0 0 var(--ha-space-4, 16px);
      font-size: var(--ha-font-size-l, 16px);
      font-weight: var(--ha-font-weight-medium, 500);
      overflow-wrap: anywhere;
    }
    beeper-login {
      --login-margin: 0;
      --login-padding: 0;
      --login-border: none;
    }
  `;

  /** @override */
  static properties = {
    hass: { attribute: false },
    session: { attribute: false },
  };

  constructor() {
    super();
    /** @type {HomeAssistant} */
    this.hass;
    /**
     * The login to show, as long as there is one.
     * @type {LoginSession | undefined}
     */
    this.session;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.requestUpdate(); // what leaves the page does not stay open
  }

  /** @override */
  render() {
    const { hass, session } = this;
    return session
      ? html`
        <dialog
          aria-labelledby="title"
          @cancel=${this.#cancel}
        >
          <h2 id="title" dir="auto">
            ${text(hass, "reconnect_account", { name: session.name })}
          </h2>
          ${keyed(
            session,
            html`<beeper-login .hass=${hass} .session=${session}></beeper-login>`,
          )}
        </dialog>
      `
      : nothing;
  }

  /** @override */
  updated() {
    const dialog = this.renderRoot.querySelector("dialog");
    if (dialog && !dialog.open && this.isConnected) {
      dialog.showModal();
    }
  }

  /** @param {Event} event */
  #cancel(event) {
    event.preventDefault();
    this.session?.close();
  }
}

customElements.define("beeper-login-dialog", BeeperLoginDialog);
