// A login in a card: what it waits for, step by step, until it is done.
//
// It starts with the element and is cancelled when the element leaves the page. A login
// whose page only lost its connection goes on when there is a new one: the app of a phone
// is cut off when one switches to another app, to type the code that is shown here. What
// a network says is only ever shown as text.

import "./registry.js";
import { element, errorText, loadFormElements, shadowRoot, text } from "./elements.js";

const STYLE = `
  :host {
    display: block;
  }
  section {
    position: relative;
    display: flex;
    flex-direction: column;
    gap: var(--ha-space-4, 16px);
    margin: var(--ha-space-2, 8px) 0 var(--ha-space-4, 16px);
    margin-inline: var(--ha-space-4, 16px) 0;
    padding: var(--ha-space-4, 16px);
    border: 1px solid var(--divider-color);
    border-radius: var(--ha-card-border-radius, var(--ha-border-radius-lg, 12px));
    outline: none;
  }
  p {
    margin: 0;
    line-height: 20px;
    overflow-wrap: anywhere;
  }
  .choices {
    display: flex;
    flex-direction: column;
    gap: var(--ha-space-2, 8px);
  }
  .choice {
    display: flex;
    flex-direction: column;
    gap: 2px;
    padding: var(--ha-space-3, 12px) var(--ha-space-4, 16px);
    border: 1px solid var(--divider-color);
    border-radius: var(--ha-border-radius-md, 8px);
    background: none;
    color: var(--primary-text-color);
    font: inherit;
    text-align: start;
    overflow-wrap: anywhere;
    cursor: pointer;
  }
  .choice:hover {
    border-color: var(--primary-color);
  }
  .choice:focus-visible,
  a:focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 2px;
  }
  .choice .name {
    font-weight: var(--ha-font-weight-medium, 500);
  }
  .choice .description {
    font-size: var(--ha-font-size-s, 12px);
    color: var(--secondary-text-color);
  }
  .qr-code,
  .picture {
    align-self: center;
    width: min(100%, 280px);
    border-radius: var(--ha-border-radius-md, 8px);
  }
  .qr-code {
    background: #fff;
  }
  .picture {
    width: 96px;
    height: 96px;
    object-fit: contain;
  }
  .attachment {
    align-self: center;
    max-width: 100%;
  }
  img.attachment {
    width: min(100%, 280px);
    background: #fff;
  }
  .emoji {
    align-self: center;
    font-size: 72px;
    line-height: 1.2;
  }
  .pairing-code {
    align-self: center;
    max-width: 100%;
    padding: var(--ha-space-3, 12px) var(--ha-space-5, 20px);
    border-radius: var(--ha-border-radius-md, 8px);
    background: var(--secondary-background-color);
    font-family: var(--ha-font-family-code, monospace);
    font-size: clamp(20px, 8vw, 36px);
    font-weight: var(--ha-font-weight-medium, 500);
    letter-spacing: 0.1em;
    overflow-wrap: anywhere;
    user-select: all;
  }
  pre {
    max-height: 96px;
    margin: 0;
    padding: var(--ha-space-3, 12px);
    overflow: auto;
    border-radius: var(--ha-border-radius-md, 8px);
    background: var(--secondary-background-color);
    font-family: var(--ha-font-family-code, monospace);
    font-size: var(--ha-font-size-s, 12px);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    user-select: all;
  }
  .waiting {
    display: flex;
    align-items: center;
    gap: var(--ha-space-3, 12px);
  }
  .waiting ha-spinner {
    flex: none;
    --ha-spinner-size: 24px;
    font-size: 24px;
  }
  a {
    color: var(--primary-color);
    overflow-wrap: anywhere;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--ha-space-2, 8px);
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
`;

const ENDED = ["complete", "cancelled", "failed"];
const PASTE = "paste";
const SCRIPT_RESULT = "script_result";

/** Kinds of forms, and the words for each where the network has none. */
const SHOWN = { scan: "scan", type_code: "type_code", choose: "choose_picture" };

/** How a browser should ask for a field, by its kind; as plain text by default. */
const INPUT_TYPES = { email: "email", phone_number: "tel" };

/**
 * Milliseconds after a lost connection in which Home Assistant may replace the card: it
 * builds the whole dashboard anew.
 */
const REBUILD_TIME = 10_000;

/** Logins whose card was replaced, by the status sensors of their accounts. */
const left = new Map();

/** What a page is told when there is a login without a card. */
export const LOGIN_LEFT = "beeper-login-left";

/** Return the login of an account that has lost its card; the caller has to show it. */
export const takeLogin = (entityId) => {
  const login = left.get(entityId);
  left.delete(entityId);
  return login;
};

/** Names of a form's values: what a network calls its fields is no concern of a page. */
const fieldName = (index) => `field_${index}`;

class BeeperLogin extends HTMLElement {
  /** The status sensor of the account, and what the account is called. */
  entityId;
  name;
  /** What to do when the person is done with it. */
  onClosed;

  constructor() {
    super();
    this._live = element("div", { class: "hidden", "aria-live": "polite" });
    this._view = element("div", { style: "display: contents" });
    this._panel = element("section", { tabindex: "-1" }, this._live, this._view);
    shadowRoot(this, STYLE).append(this._panel);
    // Later, so that nothing here can get in the way of a new connection
    this._onDisconnected = () => queueMicrotask(() => this._onLost());
    this._onReady = () => queueMicrotask(() => this._onFound());
    this._onPageHide = () => this._close();
  }

  set hass(hass) {
    this._hass = hass;
    if (this._form) {
      this._form.hass = hass;
    }
  }

  connectedCallback() {
    if (this._isStarted) {
      // Home Assistant moved the card to another place of the page, or shows it again
      left.delete(this.entityId);
      return;
    }
    this._isStarted = true;
    this._panel.setAttribute("aria-label", this._text("reconnect_account", this._names));
    const { connection } = this._hass;
    connection.addEventListener("disconnected", this._onDisconnected);
    connection.addEventListener("ready", this._onReady);
    window.addEventListener("pagehide", this._onPageHide);
    this._start();
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) {
        return;
      }
      if (this._isClosed || !(performance.now() - this._foundAt < REBUILD_TIME)) {
        this._leave();
        return;
      }
      left.set(this.entityId, this);
      window.dispatchEvent(new Event(LOGIN_LEFT));
      setTimeout(() => {
        if (left.get(this.entityId) === this) {
          left.delete(this.entityId);
          this._leave();
        }
      }, REBUILD_TIME);
    });
  }

  _leave() {
    const { connection } = this._hass;
    connection.removeEventListener("disconnected", this._onDisconnected);
    connection.removeEventListener("ready", this._onReady);
    window.removeEventListener("pagehide", this._onPageHide);
    if (!this._isClosed) {
      this._close(); // Home Assistant keeps views, and may show this card again
    }
  }

  // --- The login

  /**
   * Have a way to sign in chosen, where there are several, and begin. `instead_of` is a
   * login in which somebody else has signed in: the account is gone, and connected anew.
   */
  async _start() {
    const attempt = this._beginAttempt();
    try {
      const { flows } = await this._hass.callWS({
        type: "beeper/login/flows",
        entity_id: this.entityId,
        ...this._insteadOf,
      });
      if (attempt !== this._attempt) {
        return;
      }
      if (flows.length === 1) {
        await this._begin(flows[0].flow_id);
      } else if (flows.length === 0) {
        this._showEnd("warning", this._text("no_flows"));
      } else {
        this._showChoice(flows);
      }
    } catch (error) {
      await this._showError(attempt, error);
    }
  }

  async _begin(flowId) {
    const attempt = this._beginAttempt();
    try {
      await this._follow({
        type: "beeper/login/start",
        flow_id: flowId,
        ...this._insteadOf,
      });
    } catch (error) {
      await this._showError(attempt, error);
    }
  }

  /** Show each state of a login, from now on until it ends. */
  async _follow(message) {
    const attempt = this._attempt;
    this._isFollowing = true;
    const unsubscribe = await this._hass.connection.subscribeMessage(
      (login) => attempt === this._attempt && this._update(login),
      { ...message, entity_id: this.entityId },
      // A login that has been lost is not to be started once more by itself
      { resubscribe: false }
    );
    if (attempt === this._attempt) {
      this._unsubscribe = unsubscribe;
    } else {
      unsubscribe().catch(() => undefined);
    }
  }

  /** End what runs; what is still on its way from an earlier attempt is not shown. */
  _beginAttempt() {
    this._end();
    this._login = undefined;
    this._show({ announce: this._text("starting") }, this._waiting("starting"));
    return this._attempt;
  }

  /** End the login on the server; nothing that comes from it counts any more. */
  _end() {
    this._attempt = {};
    this._isFollowing = false;
    const unsubscribe = this._unsubscribe;
    this._unsubscribe = undefined;
    // Without a connection the server waits for a while, and then ends it by itself
    unsubscribe?.().catch(() => undefined);
  }

  /** The connection is lost: what is shown stays, since it may be needed elsewhere. */
  _onLost() {
    this._unsubscribe = undefined;
    if (this._isFollowing && !this._login) {
      this._showLost();
    }
  }

  /** There is a new connection. */
  async _onFound() {
    this._foundAt = performance.now();
    if (!this._isFollowing || !this._login) {
      return;
    }
    const attempt = this._attempt;
    const { login_session_id } = this._login;
    try {
      await this._follow({ type: "beeper/login/resume", login_session_id });
    } catch {
      if (attempt === this._attempt) {
        this._showLost();
      }
    }
  }

  _showLost() {
    this._end();
    this._showEnd("warning", this._text("lost"));
  }

  async _submit(step) {
    if (this._isSubmitting || !this._form.reportValidity()) {
      return;
    }
    const attempt = this._attempt;
    const values = this._form.data;
    const fields = step.fields.flatMap((field, index) => {
      const value = values[fieldName(index)];
      return value === undefined ? [] : [[field.field_id, value]];
    });
    if (this.matches(":focus-within")) {
      this._panel.focus(); // a field that gets disabled would lose it
    }
    this._setSubmitting(true);
    this._alert.replaceChildren();
    try {
      const login = await this._hass.callWS({
        type: "beeper/login/submit",
        entity_id: this.entityId,
        login_session_id: this._login.login_session_id,
        step_id: step.step_id,
        fields: Object.fromEntries(fields),
        [PASTE]: values[PASTE] ?? "",
        [SCRIPT_RESULT]: values[SCRIPT_RESULT] ?? "",
      });
      if (attempt === this._attempt && this._isSubmitting) {
        this._login = undefined; // the same step once more: a wrong code
        this._update(login);
      }
    } catch (error) {
      const words = await errorText(this._hass, error);
      if (attempt === this._attempt && this._isSubmitting) {
        this._setSubmitting(false);
        this._alert.append(element("ha-alert", { "alert-type": "error" }, words));
        this._focus(this._form);
      }
    }
  }

  _setSubmitting(isSubmitting) {
    this._isSubmitting = isSubmitting;
    this._submitButton.toggleAttribute("loading", isSubmitting);
    this._form.disabled = isSubmitting;
  }

  // --- What is shown

  /** Show how the login stands. */
  _update(login) {
    const before = this._login;
    if (JSON.stringify(before) === JSON.stringify(login)) {
      return;
    }
    this._login = login;
    if (ENDED.includes(login.status)) {
      this._end();
      this._showOutcome(login);
      return;
    }
    const { step } = login;
    if (step?.qr_code && before?.step?.qr_code && step.step_id === before.step.step_id) {
      this._view.querySelector(".qr-code").src = step.qr_code;
      return;
    }
    this._showStep(step);
  }

  _showStep(step) {
    if (step?.is_stuck) {
      this._end();
      this._showEnd("error", this._text("stuck"));
      return;
    }
    switch (step?.kind) {
      case "input":
      case "cookies":
        this._showForm(step);
        break;
      case "passkey":
        this._showPasskey();
        break;
      case "elsewhere":
        this._showInstructions(
          step,
          undefined,
          element("ha-alert", {}, this._text("not_supported"))
        );
        break;
      case "no_answer":
        this._show(
          { announce: this._text("no_answer") },
          this._waiting("no_answer"),
          this._buttons(this._cancelButton())
        );
        break;
      case undefined:
        this._show({ announce: this._text("wait") }, this._waiting("wait"));
        break;
      default:
        this._showInstructions(step, SHOWN[step.kind] ?? "wait", this._shown(step));
    }
  }

  /** What there is to look at while one waits. */
  _shown(step) {
    if (step.kind === "scan") {
      return step.qr_code
        ? element("img", {
            class: "qr-code",
            src: step.qr_code,
            alt: this._text("qr_code"),
          })
        : this._picture(step.picture, "qr-code");
    }
    if (step.code) {
      return element(
        "output",
        { class: "pairing-code", "aria-label": this._text("pairing_code") },
        step.code
      );
    }
    if (step.picture) {
      return this._picture(step.picture, "picture");
    }
    if (step.emoji) {
      return element("output", { class: "emoji" }, step.emoji);
    }
    return this._waiting("wait");
  }

  /** Nobody can use a passkey in this page; there may be another way to sign in. */
  _showPasskey() {
    this._end();
    this._showEnd("warning", this._text("passkey"));
  }

  /** A picture of the network; where the page may not load it, a link to it. */
  _picture(address, kind) {
    return element("img", {
      class: kind,
      alt: this._text(kind === "qr-code" ? "qr_code" : "picture"),
      referrerpolicy: "no-referrer",
      "@error": (event) => event.target.replaceWith(this._link(address, "open_picture")),
      src: address,
    });
  }

  /** Show instructions, ours where the network gives none, with what they are about. */
  _showInstructions(step, otherwise, ...content) {
    const words = step.instructions || (otherwise && this._text(otherwise));
    this._show(
      { announce: words },
      words && element("p", {}, words),
      this._note(step),
      ...content,
      this._buttons(this._cancelButton())
    );
  }

  /** What one has to know before one signs in. */
  _note(step) {
    const words = this._text("somebody_else", this._names);
    return step.may_be_somebody_else && element("ha-alert", {}, words);
  }

  /** Pictures and sounds that belong to a form: captchas have one. */
  _attachment({ is_sound: isSound, uri }) {
    return isSound
      ? element("audio", { class: "attachment", controls: "", src: uri })
      : element("img", { class: "attachment", src: uri, alt: this._text("captcha") });
  }

  /** Why the same is asked for once more: in the network's words, if it has any. */
  _complaint(step) {
    const words =
      step.again === "complaint" ? step.instructions : this._text(step.again);
    return element("ha-alert", { "alert-type": "error" }, words);
  }

  async _showForm(step) {
    const attempt = this._attempt;
    const shown = this._login;
    try {
      await loadFormElements();
    } catch (error) {
      console.error("beeper-login", error);
      this._showStep({ ...step, kind: "elsewhere" });
      return;
    }
    if (attempt !== this._attempt || shown !== this._login) {
      return;
    }
    const isCookies = step.kind === "cookies";
    // What is only in the local storage is in no request
    const isCopied =
      isCookies && !step.fields.every((field) => field.is_in_local_storage);
    this._submitButton = this._button(
      this._hass.localize("ui.common.submit"),
      () => this._submit(step),
      { appearance: "accent" }
    );
    const form = this._newForm(step, isCookies, isCopied);
    const alert = element(
      "div",
      { style: "display: contents" },
      step.again && this._complaint(step)
    );
    const howToCopy = step.request === "api" ? "sign_in_api" : "sign_in";
    const instructions = step.again === "complaint" ? "" : step.instructions;
    const words = instructions || this._text(isCopied ? howToCopy : "fill_in");
    this._show(
      { announce: words, focus: form },
      element("p", {}, words),
      this._note(step),
      ...step.attachments.map((attachment) => this._attachment(attachment)),
      isCopied && instructions && element("p", {}, this._text(howToCopy)),
      step.url && element("p", {}, this._link(step.url, "open_sign_in")),
      step.script && element("p", {}, this._text("run_script")),
      step.script && element("pre", { tabindex: "0" }, step.script),
      form,
      alert,
      this._buttons(this._cancelButton(), this._submitButton)
    );
    this._form = form;
    this._alert = alert;
    this._isSubmitting = false;
  }

  _newForm(step, isCookies, isCopied) {
    const labels = {
      [PASTE]: this._text("pasted"),
      [SCRIPT_RESULT]: this._text("script_result"),
    };
    const hints = { [PASTE]: this._text("pasted_help") };
    const data = {};
    const schema = step.fields.map((field, index) => {
      const name = fieldName(index);
      labels[name] = field.label;
      hints[name] = this._hint(field);
      if (field.value) {
        data[name] = field.value;
      }
      // A cookie may come with the rest of a copied request
      const required = field.is_required && !isCookies;
      return { name, required, selector: selectorFor(field) };
    });
    const pieces = [isCopied && PASTE, step.script && SCRIPT_RESULT].filter(Boolean);
    schema.unshift(
      ...pieces.map((name) => ({ name, selector: { text: { multiline: true } } }))
    );
    return element("ha-form", {
      ".hass": this._hass,
      ".schema": schema,
      ".data": data,
      ".computeLabel": ({ name }) => labels[name],
      ".computeHelper": ({ name }) => hints[name],
      "@value-changed": (event) => {
        event.target.data = event.detail.value;
      },
      "@keydown": (event) => {
        if (event.key === "Enter" && event.composedPath()[0].localName === "input") {
          this._submit(step);
        }
      },
    });
  }

  _hint(field) {
    if (field.is_in_local_storage) {
      return this._text("local_storage");
    }
    const untold = field.are_choices_untold && this._text("choices_untold");
    return [untold, field.hint].filter(Boolean).join(" ") || undefined;
  }

  _showChoice(flows) {
    const choices = flows.map((flow) =>
      element(
        "button",
        { type: "button", class: "choice", "@click": () => this._begin(flow.flow_id) },
        element("span", { class: "name" }, flow.name),
        flow.description && element("span", { class: "description" }, flow.description)
      )
    );
    const words = this._text("choose_flow");
    this._show(
      { announce: words, focus: choices[0] },
      element("p", {}, words),
      element("div", { class: "choices" }, ...choices),
      this._buttons(this._cancelButton())
    );
  }

  _showOutcome(login) {
    const { status, error, is_replaced: isReplaced, other_account: other } = login;
    const { login_session_id: loginSessionId } = login;
    if (status === "complete" && other) {
      const names = { ...this._names, connected: other };
      this._insteadOf = { instead_of: loginSessionId };
      this._showEnd("warning", this._text("other_account", names));
    } else if (status === "complete") {
      this._showEnd("success", this._text("complete", this._names), false);
    } else if (isReplaced) {
      this._showEnd("warning", this._text("replaced"));
    } else if (status === "cancelled") {
      this._showEnd("info", this._text("cancelled"));
    } else {
      this._showEnd("error", error?.message || this._text("failed"));
    }
  }

  async _showError(attempt, error) {
    const words = await errorText(this._hass, error);
    if (attempt === this._attempt) {
      this._end();
      this._showEnd("error", words);
    }
  }

  _showEnd(type, words, canStartOver = true) {
    const close = this._button(
      this._hass.localize("ui.common.close"),
      () => this._close(),
      canStartOver ? QUIET : {}
    );
    const startOver =
      canStartOver && this._button(this._text("start_over"), () => this._start());
    this._show(
      { focus: startOver || close },
      element("ha-alert", { "alert-type": type }, words),
      this._buttons(close, startOver)
    );
  }

  /**
   * Show something new. Who is in the panel with the keyboard stays in it; who is
   * elsewhere stays there.
   */
  _show({ announce = "", focus = this._panel }, ...content) {
    const hadFocus = !this._isShown || this.matches(":focus-within");
    this._isShown = true;
    this._form = undefined;
    this._isSubmitting = false;
    this._view.replaceChildren(...content.filter(Boolean));
    this._live.textContent = announce;
    if (hadFocus) {
      // For the time being: what is to have it may have to be loaded yet
      this._panel.focus();
      this._focus(focus);
    }
  }

  /** Focus an element, or the first field of a form, as soon as it is drawn. */
  async _focus(wanted) {
    for (let attempts = 120; attempts > 0; attempts--) {
      await wanted.updateComplete;
      const target = wanted.localName === "ha-form" ? firstField(wanted) : wanted;
      const isElsewhere = !this.matches(":focus-within");
      if (isElsewhere || wanted.matches(":focus-within") || !wanted.isConnected) {
        return;
      }
      target?.focus();
      await new Promise(requestAnimationFrame);
    }
  }

  _waiting(key) {
    return element(
      "div",
      { class: "waiting" },
      element("ha-spinner", { "aria-hidden": "true" }),
      element("p", {}, this._text(key))
    );
  }

  _link(address, key) {
    const attributes = { href: address, target: "_blank", rel: "noopener noreferrer" };
    return element("a", attributes, this._text(key));
  }

  _buttons(...buttons) {
    return element("div", { class: "buttons" }, ...buttons);
  }

  _button(words, act, attributes = {}) {
    return element("ha-button", { "@click": act, ...attributes }, words);
  }

  _cancelButton() {
    const words = this._hass.localize("ui.common.cancel");
    return this._button(words, () => this._close(), QUIET);
  }

  _close() {
    this._end();
    this._isClosed = true;
    this.onClosed();
  }

  get _names() {
    return { name: this.name };
  }

  _text(key, placeholders) {
    return text(this._hass, key, placeholders);
  }
}

const QUIET = { appearance: "plain", variant: "neutral" };

/** The selector of Home Assistant that asks for a field. */
function selectorFor(field) {
  if (field.options.length > 0) {
    return { select: { options: field.options, mode: "dropdown" } };
  }
  const type = field.is_masked ? "password" : (INPUT_TYPES[field.kind] ?? "text");
  const autocomplete = field.kind === "2fa_code" ? "one-time-code" : "off";
  return { text: { type, autocomplete } };
}

/** The first field of a form, however deep Home Assistant's elements hide it. */
function firstField(form) {
  for (const node of form.shadowRoot?.querySelectorAll("*") ?? []) {
    const field = node.matches("input, textarea, button") ? node : firstField(node);
    if (field) {
      return field;
    }
  }
  return undefined;
}

customElements.define("beeper-login", BeeperLogin);
