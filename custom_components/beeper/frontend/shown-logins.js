// The logins that a card or a tile shows: those that were started in it, and those that
// were left to it by one that is gone.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */

import { leftLogins } from "./left-logins.js";
import { LoginSession } from "./login-session.js";

export class ShownLogins {
  /**
   * The logins, by the status sensors of their accounts.
   * @type {Map<string, LoginSession>}
   */
  #sessions = new Map();

  /** @type {() => void} */
  #onChange;

  /** @type {(entityId: string) => void} */
  #onGone;

  /**
   * @param {() => void} onChange is called when there is another one, or one less
   * @param {(entityId: string) => void} onGone is called when that of an account is gone
   */
  constructor(onChange, onGone) {
    this.#onChange = onChange;
    this.#onGone = onGone;
  }

  /** Whether somebody signs in. */
  get areAny() {
    return this.#sessions.size > 0;
  }

  /**
   * The login of an account.
   * @param {string} entityId
   */
  of(entityId) {
    return this.#sessions.get(entityId);
  }

  /**
   * Begin one.
   * @param {HomeAssistant} hass
   * @param {string} entityId the status sensor of the account
   * @param {string} name of the account
   * @param {{ isAsked: boolean }} [how] whether somebody has pressed a button for it
   */
  start(hass, entityId, name, how) {
    const session = new LoginSession(hass, entityId, name);
    this.#add(session);
    session.start(how);
    this.#onChange();
  }

  /**
   * Take those of these accounts that have lost their card.
   * @param {string[]} entityIds
   */
  takeLeft(entityIds) {
    entityIds.map((entityId) => leftLogins.take(entityId)).forEach((it) =>
      this.#add(it)
    );
  }

  /**
   * Have them know Home Assistant as it is now, and how their accounts are: somebody may
   * sign in with Beeper itself meanwhile.
   * @param {HomeAssistant} hass
   */
  follow(hass) {
    for (const [entityId, session] of this.#sessions) {
      session.hass = hass;
      session.notice(hass.states[entityId]?.state);
    }
  }

  /** Hear of those that lose their card from now on. */
  listen() {
    leftLogins.listen(this.#onChange);
  }

  /** Hear no more of them. */
  ignore() {
    leftLogins.ignore(this.#onChange);
  }

  /**
   * Show a login until it is closed, or left to another card.
   * @param {LoginSession | undefined} session
   */
  #add(session) {
    if (!session) {
      return;
    }
    const { entityId } = session;
    this.#sessions.set(entityId, session);
    session.onGone = () => {
      if (this.#sessions.get(entityId) !== session) {
        return; // another one has been left to this card meanwhile
      }
      this.#sessions.delete(entityId);
      this.#onChange();
      this.#onGone(entityId);
    };
  }
}
