// When an account was lost: the button of a row that unfolds it, and what is unfolded. It is
// asked for then, and again when the account changes.

/** @import { PropertyValues } from "lit" */
/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */

import { css, html, LitElement, nothing } from "./lit.js";
import { errorText, text } from "./texts.js";

/** Milliseconds after which it is told anew how long an outage lasts. */
const AGAIN = 60_000;

/**
 * The parts of a duration, in seconds.
 * @type {[string, number][]}
 */
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/**
 * The outages of an account. docs/card.md says what its members are.
 * @typedef {object} Outages
 * @property {{ count: number, seconds: number }} this_month
 * @property {{ start: string, end: string | null, seconds: number }[]} last
 */

/** Styles of the button, for the rows. */
export const unfoldStyles = css`
  .unfold {
    flex: none;
    width: 24px;
    height: 44px;
    margin-inline-end: -12px;
    padding: 4px;
    border: none;
    border-radius: var(--ha-border-radius-sm, 4px);
    background: none;
    color: var(--secondary-text-color);
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
  }
  .unfold:hover {
    color: inherit;
  }
  .unfold:focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: -2px;
  }
  /* An arrow: a picture in each row takes longer to be drawn */
  .unfold::after {
    content: "";
    display: block;
    box-sizing: border-box;
    width: 9px;
    height: 9px;
    margin: auto;
    border: solid currentColor;
    border-width: 0 1.6px 1.6px 0;
    transform: translateY(-2px) rotate(45deg);
    transition: transform 180ms ease-in-out;
  }
  .unfold[aria-expanded="true"]::after {
    transform: translateY(2px) rotate(-135deg);
  }
  @media (max-width: 600px), (pointer: coarse) {
    .unfold {
      width: 40px;
      height: 40px;
      padding: 12px;
    }
  }
  @media (max-width: 600px) {
    /* Below the button, there is more room for words */
    .actions {
      flex-direction: column;
      align-items: flex-end;
    }
  }
  .compact .unfold {
    display: none;
  }
  beeper-account > beeper-outages {
    flex: 1 0 100%;
  }
`;

/**
 * The button that unfolds the outages of an account, and folds them.
 * @param {HomeAssistant} hass
 * @param {string} name what the account is called
 * @param {boolean} isUnfolded
 * @param {() => void} onClick
 */
export const unfoldButton = (hass, name, isUnfolded, onClick) => {
  const words = text(hass, "outages", { name });
  return html`
    <button
      type="button"
      class="unfold"
      title=${words}
      aria-label=${words}
      aria-expanded=${isUnfolded ? "true" : "false"}
      @click=${onClick}
    >
    </button>
  `;
};

class BeeperOutages extends LitElement {
  /** @override */
  static styles = css`
    :host {
      display: block;
      box-sizing: border-box;
      /* below the name of the account */
      padding-block-end: var(--ha-space-2, 8px);
      padding-inline-start: calc(
        var(--ha-space-4, 16px) + 36px + var(--ha-space-3, 12px)
      );
      color: var(--secondary-text-color);
      font-size: var(--ha-font-size-s, 12px);
      line-height: 20px;
      letter-spacing: 0.4px;
    }
    p,
    ul {
      margin: 0;
      padding: 0;
      list-style: none;
    }
    p {
      color: var(--primary-text-color);
    }
    li {
      display: flex;
      flex-wrap: wrap;
      justify-content: space-between;
      column-gap: var(--ha-space-4, 16px);
      max-width: 320px;
    }
  `;

  /** @override */
  static properties = {
    hass: { attribute: false },
    entityId: { attribute: false },
    changed: { attribute: false },
    outages: { state: true },
    error: { state: true },
  };

  /** What was asked for last; an answer to something else comes too late. */
  #question = {};

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    super();
    /** @type {HomeAssistant} */
    this.hass;
    /**
     * The status sensor of the account.
     * @type {string}
     */
    this.entityId;
    /**
     * When the status changed.
     * @type {string}
     */
    this.changed;
    /** @type {Outages | undefined} */
    this.outages;
    /**
     * Why nothing is known.
     * @type {string | undefined}
     */
    this.error;
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  /**
   * @override
   * @param {PropertyValues} changed
   */
  willUpdate(changed) {
    if (changed.has("entityId") || changed.has("changed")) {
      this.#ask();
    }
  }

  async #ask() {
    clearTimeout(this.#timer);
    const question = this.#question = {};
    const { hass, entityId } = this;
    /** @type {Outages | undefined} */
    let outages;
    /** @type {string | undefined} */
    let error;
    try {
      outages = await hass.callWS({ type: "beeper/outages", entity_id: entityId });
    } catch (why) {
      error = await errorText(hass, why);
    }
    if (question !== this.#question) {
      return;
    }
    this.outages = outages;
    this.error = error;
    if (this.isConnected && outages?.last.some((outage) => !outage.end)) {
      this.#timer = setTimeout(() => this.#ask(), AGAIN);
    }
  }

  /** @override */
  render() {
    const { hass, outages, error } = this;
    if (!outages) {
      return error ? html`<p>${error}</p>` : nothing;
    }
    const { count, seconds } = outages.this_month;
    const summary = count > 0
      ? text(hass, "outages_this_month", {
        count: String(count),
        duration: durationText(hass, seconds),
      })
      : text(hass, "no_outages_this_month");
    return html`
      <p>${summary}</p>
      ${outages.last.length > 0
        ? html`<ul>${outages.last.map((outage) => this.#outage(outage))}</ul>`
        : nothing}
    `;
  }

  /** @param {Outages["last"][0]} outage */
  #outage({ start, end, seconds }) {
    const time = timeText(this.hass, start);
    return html`
      <li>
        <span>${end ? time : text(this.hass, "outage_since", { start: time })}</span>
        <span>${durationText(this.hass, seconds)}</span>
      </li>
    `;
  }
}

/**
 * A time, as whoever looks at it has set it for Home Assistant.
 * @param {HomeAssistant} hass
 * @param {string} time
 */
const timeText = ({ language, locale, config }, time) =>
  new Intl.DateTimeFormat(locale?.language ?? language, {
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    hourCycle: hourCycle(locale?.time_format),
    timeZone: locale?.time_zone === "server" ? config.time_zone : undefined,
  }).format(new Date(time));

/**
 * How hours are counted; the language says it where nothing else does.
 * @param {string | undefined} format
 */
const hourCycle = (format) => {
  switch (format) {
    case "12":
      return "h12";
    case "24":
      return "h23";
    case "system":
      return new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions()
        .hourCycle;
    default:
      return undefined;
  }
};

/**
 * A duration in its two largest units.
 * @param {HomeAssistant} hass
 * @param {number} seconds
 */
const durationText = ({ language, locale }, seconds) => {
  const largest = UNITS.findIndex(([, size]) => seconds >= size);
  const parts = [];
  let left = seconds;
  for (const [unit, size] of UNITS.slice(largest).slice(0, 2)) {
    const amount = Math.floor(left / size);
    left -= amount * size;
    if (amount > 0 || parts.length === 0) {
      const format = new Intl.NumberFormat(locale?.language ?? language, {
        style: "unit",
        unit,
        unitDisplay: "short",
      });
      parts.push(format.format(amount));
    }
  }
  return parts.join(" ");
};

customElements.define("beeper-outages", BeeperOutages);
