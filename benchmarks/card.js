// Measures in a page of Home Assistant what the card costs, and what Home Assistant's own
// entities card costs with the same states: milliseconds of the page's thread, from new
// states until all is laid out. benchmarks/card.py runs it.

/** @import { HassEntity, HomeAssistant } from "../typings/home-assistant.d.ts" */

/**
 * @typedef {HTMLElement & {
 *   hass: HomeAssistant,
 *   setConfig?(config: Record<string, unknown>): void,
 * }} Card
 * @typedef {"ours" | "yardstick"} Side
 * @typedef {{ what: string, accounts: number, ours: number[], yardstick: number[] }} Samples
 * @typedef {Record<string, HassEntity>} States
 */

const page = /** @type {HTMLElement & { hass: HomeAssistant }} */ (
  document.querySelector("home-assistant")
);
const helpers = await window.loadCardHelpers();

/** @type {Record<Side, (entities: string[]) => Card>} */
const NEW_CARDS = {
  ours: (entities) => newCard({ type: "custom:beeper-accounts-card", entities }),
  yardstick: (entities) =>
    newCard({ type: "entities", show_header_toggle: false, entities }),
};

/** @param {Record<string, unknown>} config */
const newCard = (config) => /** @type {Card} */ (helpers.createCardElement(config));

/** Wait until all is done that elements have put off. */
const done = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(undefined);
  });

/** Wait until it is drawn. */
const drawn = () =>
  new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/** @param {Card} card */
const isLaidOut = async (card) => {
  await done();
  await done();
  return card.offsetHeight;
};

/** A place on the page, as wide as a card on a dashboard. */
const newPlace = () => {
  const place = document.createElement("div");
  place.style.cssText = "position: absolute; top: 0; width: 480px; z-index: 1";
  document.body.append(place);
  return place;
};

/**
 * Home Assistant with other states of some entities.
 * @param {HomeAssistant} hass
 * @param {States} states
 */
const withStates = (hass, states) => ({
  ...hass,
  states: { ...hass.states, ...states },
});

/**
 * A state that is another one, as of now.
 * @param {HassEntity} state
 * @param {string} status
 */
const changed = (state, status) => {
  const last_changed = new Date().toISOString();
  return { ...state, state: status, last_changed, last_updated: last_changed };
};

/**
 * What changes, as two Home Assistants that follow each other by turns.
 * @type {Record<string, (hass: HomeAssistant, entities: string[]) => States[]>}
 */
const CHANGES = {
  "one state changed": ({ states }, entities) => {
    const entity = entities[Math.floor(entities.length / 2)];
    // Both are of one group: its row stays where it is
    return ["connecting", "backfilling"].map((status) => ({
      [entity]: changed(states[entity], status),
    }));
  },
  "one state changed, row moved": ({ states }, entities) => {
    const entity = entities[Math.floor(entities.length / 2)];
    return ["connected", "reconnect_required"].map((status) => ({
      [entity]: changed(states[entity], status),
    }));
  },
  "all states changed": ({ states }, entities) =>
    ["connecting", "connected"].map((status) =>
      Object.fromEntries(entities.map((it) => [it, changed(states[it], status)]))
    ),
  "all states changed, rows moved": ({ states }, entities) => [
    Object.fromEntries(entities.map((it) => [it, changed(states[it], "unavailable")])),
    Object.fromEntries(
      entities.map((it) => [it, changed(states[it], states[it].state)]),
    ),
  ],
};

/**
 * @param {string[]} entities
 * @param {Side} side
 */
const firstRender = async (entities, side) => {
  const place = newPlace();
  await drawn();
  const start = performance.now();
  const card = NEW_CARDS[side](entities);
  card.hass = page.hass;
  place.append(card);
  await isLaidOut(card);
  const took = performance.now() - start;
  await drawn();
  place.remove();
  return took;
};

/**
 * @param {Card} card
 * @param {HomeAssistant[]} turns
 * @param {number} times
 */
const updates = async (card, turns, times) => {
  await drawn();
  const start = performance.now();
  for (let i = 0; i < times; i++) {
    card.hass = turns[i % turns.length];
    await isLaidOut(card);
  }
  return (performance.now() - start) / times;
};

/**
 * Measure both cards by turns, with this many entities.
 * @param {{ entities: string[], rounds: number, times: number }} effort
 * @returns {Promise<Samples[]>}
 */
const measure = async ({ entities, rounds, times }) => {
  const sides = /** @type {Side[]} */ (["ours", "yardstick"]);
  const accounts = entities.length;
  /** @type {Samples} */
  const first = { what: "first render", accounts, ours: [], yardstick: [] };
  for (let round = -1; round < rounds; round++) {
    for (const side of sides) {
      const took = await firstRender(entities, side);
      if (round >= 0) {
        first[side].push(took); // the one before only warms up
      }
    }
  }

  const cards = sides.map((side) => {
    const card = NEW_CARDS[side](entities);
    card.hass = page.hass;
    newPlace().append(card);
    return card;
  });
  const samples = [first];
  for (const [what, states] of Object.entries(CHANGES)) {
    const turns = states(page.hass, entities).map((it) => withStates(page.hass, it));
    /** @type {Samples} */
    const sample = { what, accounts, ours: [], yardstick: [] };
    for (let round = -1; round < rounds; round++) {
      for (const [index, side] of sides.entries()) {
        const took = await updates(cards[index], turns, times);
        if (round >= 0) {
          sample[side].push(took);
        }
      }
    }
    samples.push(sample);
  }
  cards.forEach((card) => card.parentElement?.remove());
  return samples;
};

Object.assign(window, { measureCards: measure });
