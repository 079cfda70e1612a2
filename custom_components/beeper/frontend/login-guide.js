// How to get at what a step wants from a browser, in the words of the dialogs: they have it
// as markdown, of which a few marks are known here.

/** @import { HomeAssistant } from "../../../typings/home-assistant.d.ts" */
/** @import { TemplateResult } from "lit" */

import { html } from "./lit.js";
import { openable } from "./login-pictures.js";
import { dialogText } from "./texts.js";

/** Stands for what the card shows at its own place, or not at all. */
const CUT = "\u0001";
const LINK = "\u0002";

/**
 * What to do, step by step.
 * @param {HomeAssistant} hass
 * @param {string} guide the step of the dialogs
 * @param {string | null} url the page to sign in at
 */
export const guideOf = (hass, guide, url) => {
  const said = dialogText(hass, guide, "description", {
    account: CUT,
    note: CUT,
    instructions: CUT,
    link: LINK,
    script: CUT,
  });
  // What comes before the instructions of the network, the card says in its own way
  const lines = (said.split(CUT)[3] ?? "").split("\n").filter(Boolean);
  const steps = lines.filter((line) => NUMBER.test(line));
  return html`
    ${lines
      .filter((line) => !NUMBER.test(line))
      .map((line) => html`<p dir="auto">${marked(line, url)}</p>`)}
    <ol>
      ${steps.map((line) =>
        html`<li dir="auto">${marked(line.replace(NUMBER, ""), url)}</li>`
      )}
    </ol>
  `;
};

/**
 * A text of the dialogs where nothing can be marked in it.
 * @param {string} words
 */
export const unmarked = (words) => words.replaceAll("**", "");

const NUMBER = /^\d+\.\s*/;

/**
 * @param {string} line
 * @param {string | null} url
 * @returns {(string | TemplateResult)[]}
 */
const marked = (line, url) =>
  line.split("**").flatMap((part, index) =>
    index % 2 ? [html`<b>${part}</b>`] : linked(part, url)
  );

/**
 * @param {string} part
 * @param {string | null} url
 * @returns {(string | TemplateResult)[]}
 */
const linked = (part, url) => {
  const [before, ...after] = part.split(LINK);
  return after.length > 0
    ? [before, url ? openable(url, url) : "–", after.join("")]
    : [before];
};
