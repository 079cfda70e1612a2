// In which order ways to sign in are offered: the server has the one first that was used
// last; on a phone come those first that need no second screen.

/** @import { Flow } from "./login-state.js" */

/** A phone, which cannot scan its own screen. */
const PHONE = "(pointer: coarse) and (max-width: 600px)";

/**
 * Return ways to sign in as they are to be offered on this screen.
 * @param {Flow[]} flows
 */
export const offeredHere = (flows) =>
  globalThis.matchMedia(PHONE).matches
    ? [...flows].sort((a, b) => Number(isScanned(a)) - Number(isScanned(b)))
    : flows;

/**
 * Whether a code is to be scanned with the phone.
 * @param {Flow} flow
 */
const isScanned = ({ flow_id: flowId, name, description }) =>
  /\bqr\b/i.test([flowId, name, description].join(" "));
