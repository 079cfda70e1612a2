// A login in the card: the element that shows how a session stands, keeps the keyboard
// where it is needed, and ends the session when it leaves the page for good.

/** @import { PropertyValues } from "lit" */
/** @import { HaForm, HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { LoginSession } from "./login-session.js" */
/** @import { State } from "./login-state.js" */

import { contrastStyles } from "./contrast-style.js";
import { focusWhenDrawn } from "./focus.js";
import { loadFormElements } from "./home-assistant-elements.js";
import { leftLogins } from "./left-logins.js";
import { html, keyed, LitElement, nothing } from "./lit.js";
import { loginStyles } from "./login-style.js";
import { LoginView } from "./login-view.js";
import { loadTexts } from "./texts.js";

class BeeperLogin extends LitElement {
  /** @override */
  static styles = [loginStyles, contrastStyles];

  /** @override */
  static properties = {
    hass: { attribute: false },
    session: { attribute: false },
    state: { state: true },
  };

  /** @type {LoginView | undefined} */
  #view;

  /**
   * Whether Home Assistant's form can be had; it is not tried before there is one to show.
   * @type {boolean | undefined}
   */
  #hasForms;

  /** Whether who uses the keyboard is in here, and is to stay in here. */
  #hasFocus = false;

  constructor() {
    super();
    /** @type {HomeAssistant} */
    this.hass;
    /** @type {LoginSession} */
    this.session;
    /**
     * The state that is shown.
     * @type {State | undefined}
     */
    this.state;
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.session.onChange = () => this.#show();
    this.#show();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    // It may only be moved to another place of the page
    queueMicrotask(() => {
      if (!this.isConnected) {
        this.#leave();
      }
    });
  }

  #leave() {
    const { session } = this;
    if (session.state.phase !== "closed") {
      session.onGone();
      leftLogins.add(session);
    }
  }

  async #show() {
    const { state } = this.session;
    await loadTexts(this.hass, "selector");
    if (state.phase === "running" && state.login.step?.guide) {
      await loadTexts(this.hass, "options");
    }
    const hasForm = state.phase === "running" && state.form;
    if (hasForm && this.#hasForms === undefined) {
      this.#hasForms = await loadFormElements().then(
        () => true,
        (error) => {
          console.error("beeper-login", error);
          return false;
        },
      );
    }
    // There may be a later one by now, which shows itself
    if (state === this.session.state) {
      this.state = state;
    }
  }

  /**
   * @override
   * @param {PropertyValues} changed
   */
  update(changed) {
    this.#hasFocus = this.session.isNew || this.matches(":focus-within");
    super.update(changed);
  }

  /** @override */
  render() {
    const { hass, session, state } = this;
    if (!state) {
      return nothing;
    }
    this.#view ??= new LoginView(hass, session.name, {
      choose: (flowId) => session.choose(flowId),
      fillIn: (values) => session.fillIn(values),
      submit: () => this.#submit(),
      startOver: () => session.startOver(),
      close: () => session.close(),
      missPicture: () => session.missPicture(),
    });
    this.#view.hass = hass;
    this.#view.hasChoice = session.hasChoice;
    this.#view.hasForms = this.#hasForms !== false;
    const words = this.#view.announcement(state);
    return html`
      <section
        part="login"
        tabindex="-1"
        aria-label=${this.#view.text("reconnect_account")}
      >
        <div class="hidden" aria-live="polite">
          ${keyed(state.turn, html`${words}`)}
        </div>
        ${keyed(state.turn, this.#view.show(state))}
      </section>
    `;
  }

  /**
   * @override
   * @param {PropertyValues<BeeperLogin>} changed
   */
  updated(changed) {
    if (!this.state || !changed.has("state")) {
      return;
    }
    const before = changed.get("state");
    if (before?.turn !== this.state.turn) {
      this.session.isNew = false;
      if (this.#hasFocus) {
        // For the time being: what is to have it may have to be loaded yet
        this.#panel?.focus();
        // What to do with a browser is to be read from the top: it is more than a form
        this.#focus(isGuided(this.state) ? ".first" : "ha-form, .choice, .first");
      }
    } else if (isBeingSent(before) && !isBeingSent(this.state)) {
      this.#focus("ha-form");
    }
  }

  /** @returns {HTMLElement | null} */
  get #panel() {
    return this.renderRoot.querySelector("section");
  }

  /**
   * Focus the first element like this, as soon as it is drawn.
   * @param {string} selector
   */
  #focus(selector) {
    /** @type {HTMLElement | null} */
    const wanted = this.renderRoot.querySelector(selector);
    if (wanted) {
      focusWhenDrawn(this, wanted);
    }
  }

  #submit() {
    /** @type {HaForm | null} */
    const form = this.renderRoot.querySelector("ha-form");
    if (!form?.reportValidity()) {
      return;
    }
    if (this.matches(":focus-within")) {
      this.#panel?.focus(); // a field that gets disabled would lose it
    }
    this.session.submit();
  }
}

/** @param {State | undefined} state */
const isBeingSent = (state) =>
  state?.phase === "running" && Boolean(state.form?.isSubmitting);

/** @param {State} state */
const isGuided = (state) =>
  state.phase === "running" && Boolean(state.login.step?.guide);

customElements.define("beeper-login", BeeperLogin);
