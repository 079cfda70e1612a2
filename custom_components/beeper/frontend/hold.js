// Telling a tap from holding, as Home Assistant's own cards do.

/** Milliseconds after which a press is no tap any more. */
const HOLD_TIME = 500;

/** Pixels that a finger may move meanwhile; farther than that it scrolls. */
const SLACK = 10;

export class Hold {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isOver = false;
  #x = 0;
  #y = 0;
  /** @type {() => void} */
  #onHold;

  /** @param {() => void} onHold */
  constructor(onHold) {
    this.#onHold = onHold;
  }

  /**
   * A pointer is down.
   * @param {PointerEvent} event
   */
  down({ clientX, clientY, button }) {
    this.#isOver = false;
    this.up();
    if (button === 0) {
      [this.#x, this.#y] = [clientX, clientY];
      this.#timer = setTimeout(() => {
        this.#isOver = true;
        this.#onHold();
      }, HOLD_TIME);
    }
  }

  /**
   * A pointer has moved.
   * @param {PointerEvent} event
   */
  move({ clientX, clientY }) {
    if (Math.hypot(clientX - this.#x, clientY - this.#y) > SLACK) {
      this.up();
    }
  }

  /** A pointer is up, or elsewhere. */
  up() {
    clearTimeout(this.#timer);
  }

  /** Whether the click that comes now was a hold, which has been dealt with. */
  get wasHeld() {
    const wasHeld = this.#isOver;
    this.#isOver = false;
    return wasHeld;
  }
}
