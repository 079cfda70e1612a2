// Telling a tap from holding, as Home Assistant's own cards do.

/** Milliseconds after which a press is no tap any more. */
const HOLD_TIME = 500;

/** Pixels that a finger may move meanwhile; farther than that it scrolls. */
const SLACK = 10;

/**
 * What somebody does with a pointer or a key.
 * @typedef {object} Reactions
 * @property {() => void} onTap
 * @property {() => void} onHold
 * @property {() => boolean} canHold whether holding does anything
 */

/** Listens to `click`, `contextmenu` and what a pointer does. */
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
      case "pointerdown":
        return this.#down(/** @type {PointerEvent} */ (event));
      case "pointermove":
        return this.#move(/** @type {PointerEvent} */ (event));
      case "pointerup":
      case "pointercancel":
        return this.#up();
      case "click":
        return this.#click();
      case "contextmenu":
        if (this.#reactions.canHold()) {
          event.preventDefault(); // on phones, holding would open a menu
        }
    }
  }

  /** @param {PointerEvent} event */
  #down({ clientX, clientY, button }) {
    this.#isOver = false;
    this.#up();
    if (button === 0) {
      [this.#x, this.#y] = [clientX, clientY];
      this.#timer = setTimeout(() => {
        this.#isOver = true;
        this.#reactions.onHold();
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

  #click() {
    const wasHeld = this.#isOver;
    this.#isOver = false;
    if (!wasHeld) {
      this.#reactions.onTap();
    }
  }
}
