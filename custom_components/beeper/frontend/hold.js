// Telling a tap from holding, as Home Assistant's own cards do.

/** Milliseconds after which a press is no tap any more. */
const HOLD_TIME = 500;

/** Pixels that a finger may move meanwhile; farther than that it scrolls. */
const SLACK = 10;

/**
 * What is done with what somebody presses.
 * @typedef {object} Reactions
 * @property {string} selector of what can be pressed
 * @property {(pressed: Element) => void} onTap
 * @property {(pressed: Element) => void} onHold
 * @property {() => boolean} canHold whether holding does anything
 */

/**
 * Listens to `click`, `contextmenu` and what a pointer does, for all that is in an element:
 * listeners at each of a thousand buttons cost time.
 */
export class Hold {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isOver = false;
  #x = 0;
  #y = 0;
  #reactions;

  /** @param {Reactions} reactions */
  constructor(reactions) {
    this.#reactions = reactions;
  }

  /** @param {Event} event */
  handleEvent(event) {
    switch (event.type) {
      case "pointermove":
        return this.#move(/** @type {PointerEvent} */ (event));
      case "pointerup":
      case "pointercancel":
        return this.#up();
    }
    const pressed = /** @type {Element} */ (event.target).closest(
      this.#reactions.selector,
    );
    if (!pressed) {
      return;
    }
    switch (event.type) {
      case "pointerdown":
        return this.#down(/** @type {PointerEvent} */ (event), pressed);
      case "click":
        return this.#click(pressed);
      case "contextmenu":
        if (this.#reactions.canHold()) {
          event.preventDefault(); // on phones, holding would open a menu
        }
    }
  }

  /**
   * @param {PointerEvent} event
   * @param {Element} pressed
   */
  #down({ clientX, clientY, button }, pressed) {
    this.#isOver = false;
    this.#up();
    if (button === 0) {
      [this.#x, this.#y] = [clientX, clientY];
      this.#timer = setTimeout(() => {
        this.#isOver = true;
        this.#reactions.onHold(pressed);
      }, HOLD_TIME);
    }
  }

  /** @param {PointerEvent} event */
  #move({ clientX, clientY }) {
    if (Math.hypot(clientX - this.#x, clientY - this.#y) > SLACK) {
      this.#up();
    }
  }

  #up() {
    clearTimeout(this.#timer);
  }

  /** @param {Element} pressed */
  #click(pressed) {
    const wasHeld = this.#isOver;
    this.#isOver = false;
    if (!wasHeld) {
      this.#reactions.onTap(pressed);
    }
  }
}
