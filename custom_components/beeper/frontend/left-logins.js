// Logins that have lost their card, until it is back or another card shows them: a card is
// shown on conditions, and after a lost connection Home Assistant builds all of them anew.

/** @import { LoginSession } from "./login-session.js" */

/** Milliseconds that a login waits for a card; then nobody wants it any more. */
const GRACE = 10_000;

class LeftLogins {
  /**
   * The logins, by the status sensors of their accounts.
   * @type {Map<string, LoginSession>}
   */
  #sessions = new Map();

  /**
   * What is called when there is one more.
   * @type {Set<() => void>}
   */
  #listeners = new Set();

  /**
   * Leave a login to whichever card shows its account, for a while.
   * @param {LoginSession} session
   */
  add(session) {
    this.#sessions.set(session.entityId, session);
    this.#listeners.forEach((listener) => listener());
    setTimeout(() => {
      if (this.#sessions.get(session.entityId) === session) {
        this.#sessions.delete(session.entityId);
        session.close();
      }
    }, GRACE);
  }

  /**
   * Return the login of an account that has lost its card; the caller has to show it.
   * @param {string} entityId
   * @returns {LoginSession | undefined}
   */
  take(entityId) {
    if (this.#sessions.size === 0) {
      return undefined;
    }
    const session = this.#sessions.get(entityId);
    this.#sessions.delete(entityId);
    return session;
  }

  /** @param {() => void} listener */
  listen(listener) {
    this.#listeners.add(listener);
  }

  /** @param {() => void} listener */
  ignore(listener) {
    this.#listeners.delete(listener);
  }
}

export const leftLogins = new LeftLogins();
