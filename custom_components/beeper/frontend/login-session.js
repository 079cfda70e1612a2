// A login in the card, from the first question to its end: asks Home Assistant, and says
// what happened. How the login then stands is up to `login-state.js`.
//
// A login whose page only lost its connection goes on when there is a new one: the app of a
// phone is cut off when one switches to another app, to type the code that is shown here.

/** @import { HomeAssistant, Unsubscribe } from "../../../typings/home-assistant.d.ts" */
/** @import { Flow, Login, State } from "./login-state.js" */

/**
 * How an account can be signed in to, and the login of it that runs already.
 * @typedef {object} Offer
 * @property {Flow[]} flows
 * @property {{ login_session_id: string, is_shown: boolean } | null} running
 */

import { answerOf, typed } from "./login-form.js";
import * as login from "./login-state.js";
import { offeredHere } from "./login-ways.js";
import { errorText } from "./texts.js";

/** Milliseconds for which one can read that the account is connected again. */
const SUCCESS_TIME = 5_000;

export class LoginSession {
  /** @type {HomeAssistant} */
  hass;

  /**
   * The status sensor of the account.
   * @type {string}
   */
  entityId;

  /**
   * What the account is called.
   * @type {string}
   */
  name;

  /**
   * How it stands.
   * @type {State}
   */
  state = login.FIRST;

  /** Whether nobody has seen it yet. */
  isNew = true;

  /** Whether there are several ways to sign in, so that one may go back to choose. */
  hasChoice = false;

  /**
   * Is called when it stands differently.
   * @type {() => void}
   */
  onChange = () => {};

  /**
   * Is called when there is no more of it to be shown where it was shown.
   * @type {() => void}
   */
  onGone = () => {};

  /**
   * What a person has filled in so far that is no secret, by field ID: it is not to be typed
   * once more after another start.
   * @type {Map<string, string>}
   */
  #typed = new Map();

  /**
   * The status of the account, when it was looked at last.
   * @type {string | undefined}
   */
  #status;

  /** What is still on its way from an earlier attempt does not count: it is aborted. */
  #attempt = new AbortController();

  /**
   * Ends the login on the server.
   * @type {Unsubscribe | undefined}
   */
  #unsubscribe;

  /**
   * The login in which somebody else has signed in. The account is gone then, and connected
   * anew.
   * @type {{ instead_of?: string }}
   */
  #insteadOf = {};

  /**
   * @param {HomeAssistant} hass
   * @param {string} entityId
   * @param {string} name
   */
  constructor(hass, entityId, name) {
    this.hass = hass;
    this.entityId = entityId;
    this.name = name;
  }

  /**
   * Begin, or go on with a login of the account that has lost its page.
   * @param {{ isAsked: boolean }} how whether somebody has pressed a button for it. If not,
   *   the way to sign in that comes first is taken, and nobody else's login is ended.
   */
  start({ isAsked } = { isAsked: true }) {
    const { connection } = this.hass;
    connection.addEventListener("disconnected", this.#onDisconnected);
    connection.addEventListener("ready", this.#onReady);
    globalThis.addEventListener("pagehide", this.#onPageHide);
    return this.#begin({ isAsked, isFirst: true });
  }

  /** Have a way to sign in chosen, where there are several, and begin. */
  startOver() {
    return this.#begin({ isAsked: true, isFirst: false });
  }

  /** @param {{ isAsked: boolean, isFirst: boolean }} how */
  async #begin({ isAsked, isFirst }) {
    const attempt = this.#newAttempt();
    this.#follow(login.looking(this.state));
    try {
      const { flows, running } = await /** @type {Promise<Offer>} */ (
        this.hass.callWS({
          type: "beeper/login/flows",
          entity_id: this.entityId,
          ...this.#insteadOf,
        })
      );
      if (attempt.aborted) {
        return;
      }
      this.hasChoice = flows.length > 1;
      if (isFirst && running && !running.is_shown) {
        await this.#takeOver(running.login_session_id);
        return;
      }
      if (running && !isAsked) {
        this.#follow(login.shownElsewhere(this.state));
        return;
      }
      const offered = offeredHere(flows);
      if (flows.length === 1 || (flows.length > 1 && !isAsked)) {
        await this.choose(offered[0].flow_id);
      } else {
        this.#follow(login.offered(this.state, offered));
      }
    } catch (error) {
      await this.#fail(attempt, error);
    }
  }

  /**
   * Sign in in this way.
   * @param {string} flowId
   */
  async choose(flowId) {
    const attempt = this.#newAttempt();
    this.#follow(login.beginning(this.state));
    try {
      await this.#subscribe({
        type: "beeper/login/start",
        flow_id: flowId,
        ...this.#insteadOf,
      });
    } catch (error) {
      await this.#fail(attempt, error);
    }
  }

  /**
   * Go on with a login that nobody shows: its page was lost, or an action has started it.
   * @param {string} sessionId
   */
  async #takeOver(sessionId) {
    const attempt = this.#newAttempt();
    this.#follow(login.beginning(this.state));
    try {
      await this.#subscribe({
        type: "beeper/login/resume",
        login_session_id: sessionId,
      });
    } catch (error) {
      await this.#fail(attempt, error);
    }
  }

  /**
   * Take over what a person has filled in so far.
   * @param {Record<string, string>} values
   */
  fillIn(values) {
    this.#follow(login.filledIn(this.state, values));
  }

  /** Send what a person has filled in. */
  async submit() {
    const { state } = this;
    if (state.phase !== "running" || !state.form || state.form.isSubmitting) {
      return;
    }
    const { login_session_id, step } = state.login;
    for (const [fieldId, value] of typed(step?.fields ?? [], state.form.values)) {
      this.#typed.set(fieldId, value);
    }
    const attempt = this.#attempt.signal;
    const isWaiting = () => !attempt.aborted && login.isSubmitting(this.state);
    this.#follow(login.submitting(state));
    try {
      const next = await /** @type {Promise<Login>} */ (
        this.hass.callWS({
          type: "beeper/login/submit",
          entity_id: this.entityId,
          login_session_id,
          step_id: step?.step_id,
          ...answerOf(step?.fields ?? [], state.form.values),
        })
      );
      if (isWaiting()) {
        this.#follow(login.answered(this.state, next, this.#typed));
      }
    } catch (error) {
      const words = await errorText(this.hass, error);
      if (isWaiting()) {
        this.#follow(login.rejected(this.state, words));
      }
    }
  }

  /** Say that the page may not load the picture of the step. */
  missPicture() {
    this.#follow(login.pictureMissing(this.state));
  }

  /**
   * Take note of how the account is: somebody may sign in with Beeper itself meanwhile.
   * @param {string | undefined} status
   */
  notice(status) {
    const isNews = this.#status !== undefined && status !== this.#status;
    this.#status = status;
    if (isNews && status === "connected") {
      this.#follow(login.connectedElsewhere(this.state));
    }
  }

  /** End it, and show it no more. */
  close() {
    if (this.state.phase === "closed") {
      return;
    }
    const { connection } = this.hass;
    connection.removeEventListener("disconnected", this.#onDisconnected);
    connection.removeEventListener("ready", this.#onReady);
    globalThis.removeEventListener("pagehide", this.#onPageHide);
    this.#follow(login.closed(this.state));
    this.onGone();
  }

  #onPageHide = () => this.close();

  // Later, so that nothing here can get in the way of a new connection
  #onDisconnected = () => queueMicrotask(() => this.#lose());
  #onReady = () => queueMicrotask(() => this.#resume());

  #lose() {
    this.#unsubscribe = undefined;
    this.#follow(login.disconnected(this.state));
  }

  async #resume() {
    if (this.state.phase !== "running") {
      return;
    }
    const attempt = this.#attempt.signal;
    const { login_session_id } = this.state.login;
    try {
      await this.#subscribe({ type: "beeper/login/resume", login_session_id });
    } catch {
      if (!attempt.aborted) {
        this.#follow(login.lost(this.state));
      }
    }
  }

  /**
   * Hear how a login stands, from now on until it ends.
   * @param {{ type: string } & Record<string, unknown>} message
   */
  async #subscribe(message) {
    const attempt = this.#attempt.signal;
    const unsubscribe = await this.hass.connection.subscribeMessage(
      (/** @type {Login} */ next) => {
        if (!attempt.aborted) {
          this.#follow(login.received(this.state, next, this.#typed));
        }
      },
      { ...message, entity_id: this.entityId },
      // A login that has been lost is not to be started once more by itself
      { resubscribe: false },
    );
    if (attempt.aborted) {
      unsubscribe().catch(() => undefined);
    } else {
      this.#unsubscribe = unsubscribe;
    }
  }

  /**
   * @param {AbortSignal} attempt
   * @param {unknown} error
   */
  async #fail(attempt, error) {
    const words = await errorText(this.hass, error);
    if (!attempt.aborted) {
      this.#follow(login.failed(this.state, words));
    }
  }

  /**
   * Go on with another state.
   * @param {State} state
   */
  #follow(state) {
    if (state === this.state) {
      return;
    }
    this.state = state;
    if (login.isOver(state)) {
      this.#newAttempt();
    }
    if (state.phase === "over" && state.insteadOf) {
      this.#insteadOf = { instead_of: state.insteadOf };
    }
    if (state.phase === "over" && state.severity === "success") {
      setTimeout(() => state === this.state && this.close(), SUCCESS_TIME);
    }
    this.onChange();
  }

  /** End what runs, also on the server; returns what says whether the next one does. */
  #newAttempt() {
    this.#attempt.abort();
    this.#attempt = new AbortController();
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    // Without a connection the server waits for a while, and then ends it by itself
    unsubscribe?.().catch(() => undefined);
    return this.#attempt.signal;
  }
}
