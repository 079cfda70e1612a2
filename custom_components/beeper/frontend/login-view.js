// What a login in the card looks like, state by state: templates and nothing else. What a
// network says is only ever shown as text.

/** @import { TemplateResult } from "lit" */
/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { FormDescription } from "./login-form.js" */
/** @import { Choosing, Form, Message, Over, Running, State, Step } from "./login-state.js" */

import { copy } from "./clipboard.js";
import { html, nothing } from "./lit.js";
import { describeForm } from "./login-form.js";
import { guideOf } from "./login-guide.js";
import { isForm } from "./login-state.js";
import { openable, picture, qrCode } from "./login-pictures.js";
import { text, whereToTap, word } from "./texts.js";

/** @typedef {TemplateResult | typeof nothing} View */

/**
 * What a person can do.
 * @typedef {object} Actions
 * @property {(flowId: string) => void} choose
 * @property {(values: Record<string, string>) => void} fillIn
 * @property {() => void} submit
 * @property {() => void} startOver
 * @property {() => void} close
 * @property {() => void} missPicture what a page does whose picture does not load
 */

/** Kinds of steps with something to look at, and the words where the network has none. */
const SHOWN = { scan: "scan", type_code: "type_code", choose: "choose_picture" };

export class LoginView {
  /** @type {HomeAssistant} */
  hass;
  /** @type {string} */
  name;
  /** Whether Home Assistant's form can be had. */
  hasForms = true;
  /** Whether there are other ways to sign in, to which one can go back. */
  hasChoice = false;
  /** @type {Actions} */
  #actions;

  /**
   * Forms that are shown: another description of the same would draw them anew.
   * @type {WeakMap<Step, FormDescription>}
   */
  #forms = new WeakMap();

  /**
   * @param {HomeAssistant} hass
   * @param {string} name of the account
   * @param {Actions} actions
   */
  constructor(hass, name, actions) {
    this.hass = hass;
    this.name = name;
    this.#actions = actions;
  }

  /**
   * What there is to see.
   * @param {State} state
   * @returns {View}
   */
  show(state) {
    switch (state.phase) {
      case "looking":
      case "beginning":
        return this.#waiting("starting");
      case "choosing":
        return this.#choice(state);
      case "running":
        return this.#step(state);
      case "over":
        return this.#end(state);
      case "closed":
        return nothing;
    }
  }

  /**
   * What is read out to who cannot see it; an alert is read out by itself.
   * @param {State} state
   * @returns {string}
   */
  announcement(state) {
    switch (state.phase) {
      case "looking":
      case "beginning":
        return this.text("starting");
      case "choosing":
        return this.text("choose_flow");
      case "running":
        return this.#stepAnnouncement(state.login.step);
      case "over":
      case "closed":
        return "";
    }
  }

  /**
   * @param {string} key
   * @param {Record<string, string>} [placeholders]
   */
  text(key, placeholders) {
    return text(this.hass, key, { name: this.name, ...placeholders });
  }

  /** @param {Message} message */
  #message(message) {
    return "words" in message
      ? message.words
      : this.text(message.key, message.placeholders);
  }

  /** @param {Choosing} state */
  #choice({ flows }) {
    return html`
      <p dir="auto">${this.text("choose_flow")}</p>
      <div class="choices">
        ${flows.map((flow) =>
          html`
            <button
              type="button"
              class="choice"
              @click=${() => this.#actions.choose(flow.flow_id)}
            >
              <span class="name" dir="auto"
              >${word(this.hass, flow.name_key, flow.name)}</span>
              ${flow.description
                ? html`
                  <span class="description" dir="auto">${word(
                    this.hass,
                    flow.description_key,
                    flow.description,
                  )}</span>
                `
                : nothing}
            </button>
          `
        )}
      </div>
      ${this.#buttons(this.#cancelButton())}
    `;
  }

  // --- Steps

  /** @param {Step | null} step */
  #stepAnnouncement(step) {
    if (!step) {
      return this.text("wait");
    }
    if (step.kind === "no_answer") {
      return this.text("no_answer");
    }
    return (isForm(step) && this.hasForms
      ? this.#formWords(step)
      : this.#words(step)) ?? "";
  }

  /** @param {Running} state */
  #step({ login: { step }, form, isPictureMissing }) {
    if (!step) {
      return this.#waiting("wait");
    }
    if (form && this.hasForms) {
      return this.#form(step, form);
    }
    if (step.kind === "no_answer") {
      return html`
        ${this.#waiting("no_answer")} ${this.#buttons(this.#wayOut())}
      `;
    }
    const words = this.#words(step);
    return html`
      ${words ? html`<p dir="auto">${words}</p>` : nothing}
      ${this.#networkSays(step)} ${this.#note(step)}
      ${this.#subject(step, isPictureMissing)} ${this.#buttons(this.#wayOut())}
    `;
  }

  /**
   * What the network says, below our own words for the same.
   * @param {Step} step
   */
  #networkSays({ where_to_tap: tap, instructions, again }) {
    return whereToTap(this.hass, tap) && instructions && again !== "complaint"
      ? html`<p class="network" dir="auto">${instructions}</p>`
      : nothing;
  }

  /**
   * The instructions of a step without a form: ours where we know the app, or where the
   * network gives none.
   * @param {Step} step
   */
  #words({ kind, instructions, where_to_tap: tap }) {
    const words = whereToTap(this.hass, tap) || instructions;
    if (words) {
      return words;
    }
    const isElsewhere = kind === "elsewhere" || isForm({ kind });
    /** @type {Record<string, string | undefined>} */
    const keys = SHOWN;
    return isElsewhere ? undefined : this.text(keys[kind] ?? "wait");
  }

  /**
   * What there is to look at while one waits.
   * @param {Step} step
   * @param {boolean} isPictureMissing
   */
  #subject(step, isPictureMissing) {
    const { missPicture } = this.#actions;
    if (step.kind === "elsewhere" || isForm(step)) {
      return html`<ha-alert><bdi>${this.text("not_supported")}</bdi></ha-alert>`;
    }
    if (step.kind === "scan") {
      const words = this.text("qr_code");
      if (step.qr_code) {
        return qrCode(step.qr_code, words);
      }
      return isPictureMissing
        ? openable(step.picture, this.text("open_picture"))
        : picture("qr-code", step.picture, words, missPicture);
    }
    if (step.code) {
      return html`
        <output
          class="pairing-code"
          aria-label=${this.text("pairing_code")}
          dir="ltr"
        >${step.code}</output>
        ${this.#copyButton(step.code)}
      `;
    }
    if (step.picture) {
      return isPictureMissing
        ? openable(step.picture, this.text("open_picture"))
        : picture("picture", step.picture, this.text("picture"), missPicture);
    }
    if (step.emoji) {
      return html`<output class="emoji">${step.emoji}</output>`;
    }
    return this.#waiting("wait");
  }

  /**
   * What one has to know before one signs in.
   * @param {Step} step
   */
  #note(step) {
    return step.may_be_somebody_else
      ? html`<ha-alert><bdi>${this.text("somebody_else")}</bdi></ha-alert>`
      : nothing;
  }

  // --- Forms

  /** @param {Step} step */
  #formWords(step) {
    const instructions = step.again === "complaint" ? "" : step.instructions;
    return whereToTap(this.hass, step.where_to_tap) || instructions ||
      this.text(step.guide ? "easier" : "fill_in");
  }

  /**
   * @param {Step} step
   * @param {Form} form
   */
  #form(step, { values, isSubmitting, complaint }) {
    const description = this.#forms.get(step) ?? describeForm(this.hass, step);
    this.#forms.set(step, description);
    const { submit, fillIn } = this.#actions;
    return html`
      ${step.guide ? html`<p dir="auto">${this.text("easier")}</p>` : nothing}
      ${step.guide && !step.instructions
        ? nothing
        : html`<p dir="auto">${this.#formWords(step)}</p>`}
      ${this.#networkSays(step)} ${this.#note(step)}
      ${step.attachments.map((it) => this.#attachment(it))}
      ${step.guide ? guideOf(this.hass, step.guide, step.url) : nothing}
      ${step.script
        ? html`
          <pre tabindex="0" dir="ltr">${step.script}</pre>
          ${this.#copyButton(step.script)}
        `
        : nothing}
      <ha-form
        .hass=${this.hass}
        .schema=${description.schema}
        .data=${values}
        .computeLabel=${description.computeLabel}
        .computeHelper=${description.computeHelper}
        .disabled=${isSubmitting}
        @value-changed=${(
          /** @type {CustomEvent<{ value: Record<string, string> }>} */ event,
        ) => fillIn(event.detail.value)}
        @keydown=${(/** @type {KeyboardEvent} */ event) => {
          const [field] = /** @type {Element[]} */ (event.composedPath());
          if (event.key === "Enter" && field.localName === "input") {
            submit();
          }
        }}
      ></ha-form>
      ${complaint
        ? html`
          <ha-alert alert-type="error"><bdi>${this.#message(complaint)}</bdi></ha-alert>
        `
        : nothing}
      ${this.#buttons(html`
        ${this.#wayOut()}
        <ha-button
          appearance="accent"
          ?loading=${isSubmitting}
          @click=${submit}
        >${this.hass.localize("ui.common.submit")}</ha-button>
      `)}
    `;
  }

  /**
   * Pictures and sounds that belong to a form: captchas have one.
   * @param {Step["attachments"][number]} attachment
   */
  #attachment({ is_sound: isSound, uri }) {
    return isSound
      ? html`<audio class="attachment" controls src=${uri}></audio>`
      : html`<img class="attachment" src=${uri} alt=${this.text("captcha")} />`;
  }

  // --- The end

  /** @param {Over} state */
  #end({ severity, message, canStartOver }) {
    const { close, startOver } = this.#actions;
    const words = this.hass.localize("ui.common.close");
    return html`
      <ha-alert alert-type=${severity}><bdi>${this.#message(message)}</bdi></ha-alert>
      ${this.#buttons(
        canStartOver
          ? html`
            ${this.#quietButton(words, close)}
            <ha-button class="first" @click=${startOver}
            >${this.text("start_over")}</ha-button>
          `
          : html`<ha-button class="first" @click=${close}>${words}</ha-button>`,
      )}
    `;
  }

  // --- Parts

  /** @param {string} key */
  #waiting(key) {
    return html`
      <div class="waiting">
        <ha-spinner aria-hidden="true"></ha-spinner>
        <p dir="auto">${this.text(key)}</p>
      </div>
    `;
  }

  /** @param {TemplateResult} buttons */
  #buttons(buttons) {
    return html`<div class="buttons">${buttons}</div>`;
  }

  /** How to leave a step. */
  #wayOut() {
    const { startOver } = this.#actions;
    return html`
      ${this.hasChoice
        ? this.#quietButton(this.text("another_way"), startOver)
        : nothing} ${this.#cancelButton()}
    `;
  }

  /** @param {string} words */
  #copyButton(words) {
    return html`
      <ha-button
        class="copy"
        size="s"
        appearance="filled"
        @click=${(/** @type {Event} */ event) =>
          copy(this.hass, /** @type {HTMLElement} */ (event.currentTarget), words)}
      >${this.hass.localize("ui.common.copy")}</ha-button>
    `;
  }

  #cancelButton() {
    const words = this.hass.localize("ui.common.cancel");
    return this.#quietButton(words, this.#actions.close);
  }

  /**
   * @param {string} words
   * @param {() => void} act
   */
  #quietButton(words, act) {
    return html`
      <ha-button appearance="plain" variant="neutral" @click=${act}
      >${words}</ha-button>
    `;
  }
}
