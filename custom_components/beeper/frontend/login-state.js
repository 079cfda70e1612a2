// How a login in the card stands, and what becomes of it with all that can happen to it.
// States are never changed, only followed by others: here is nothing of a page and nothing
// of a connection. `login-session.js` makes things happen, `login-view.js` shows a state.
//
//   looking ──► choosing ──► beginning ──► running ──► over ──► closed
//      └────────────────────────┘ └──────────────────────┘
//
// From each of them a login may be over, start over or be closed.

/**
 * A way to sign in.
 * @typedef {object} Flow
 * @property {string} flow_id
 * @property {string} name
 * @property {string | null} name_key
 * @property {string | null} description
 * @property {string | null} description_key
 */

/**
 * A field of a step. docs/card.md says what its members are.
 * @typedef {object} Field
 * @property {string} field_id
 * @property {string} kind
 * @property {string} label
 * @property {string | null} label_key
 * @property {string | null} hint
 * @property {string | null} value
 * @property {{ value: string, label: string }[]} options
 * @property {boolean} is_required
 * @property {boolean} is_masked
 * @property {boolean} is_in_local_storage
 * @property {boolean} are_choices_untold
 */

/**
 * What a login waits for. docs/card.md says what its members are.
 * @typedef {object} Step
 * @property {string} step_id
 * @property {"input" | "cookies" | "scan" | "type_code" | "choose" | "wait" | "no_answer"
 *   | "passkey" | "elsewhere"} kind
 * @property {boolean} is_stuck
 * @property {string | null} instructions
 * @property {string | null} where_to_tap
 * @property {"complaint" | "not_accepted" | "once_more" | null} again
 * @property {boolean} may_be_somebody_else
 * @property {{ is_sound: boolean, uri: string }[]} attachments
 * @property {string | null} qr_code
 * @property {string | null} code
 * @property {string | null} picture
 * @property {string | null} emoji
 * @property {string | null} url
 * @property {string | null} script
 * @property {"cookies" | "api_request" | "local_storage" | null} guide
 * @property {Field[]} fields
 */

/**
 * A login, as Home Assistant tells it. docs/card.md says what its members are.
 * @typedef {object} Login
 * @property {string} login_session_id
 * @property {"waiting_for_input" | "waiting_for_cookies" | "waiting_for_display" | "complete"
 *   | "cancelled" | "failed"} status
 * @property {boolean} is_replaced
 * @property {string | null} other_account
 * @property {{ code: string, message: string } | null} error
 * @property {Step | null} step
 */

/**
 * Something to tell: one of the card's texts, or words that come from elsewhere.
 * @typedef {{ key: string, placeholders?: Record<string, string> } | { words: string }} Message
 */

/**
 * A form as it is being filled in.
 * @typedef {object} Form
 * @property {Record<string, string>} values by the names that the form has for its fields
 * @property {boolean} isSubmitting whether they are on their way
 * @property {Message | undefined} complaint what was wrong with the ones before
 */

/**
 * Each state has a `turn`, the number of things to look at so far: with another one there
 * is something new to see, to announce and to focus.
 *
 * @typedef {{ phase: "looking", turn: number }} Looking
 *   Home Assistant is asked for the ways to sign in.
 * @typedef {{ phase: "choosing", turn: number, flows: Flow[] }} Choosing
 *   A person has to choose one.
 * @typedef {{ phase: "beginning", turn: number }} Beginning
 *   A login is being started, and has told nothing yet.
 * @typedef {object} Running
 *   A login waits for a person, or for Beeper.
 * @property {"running"} phase
 * @property {number} turn
 * @property {Login} login
 * @property {Form | undefined} form what its step asks for, if it is to be filled in
 * @property {boolean} isPictureMissing whether the picture of its step cannot be loaded
 * @typedef {object} Over
 *   A login has ended, however it did.
 * @property {"over"} phase
 * @property {number} turn
 * @property {"success" | "info" | "warning" | "error"} severity
 * @property {Message} message
 * @property {boolean} canStartOver
 * @property {string} [insteadOf] the ID of the login, if somebody else has signed in
 * @typedef {{ phase: "closed", turn: number }} Closed
 *   Nobody wants to see it any more.
 * @typedef {Looking | Choosing | Beginning | Running | Over | Closed} State
 */

const ENDED = ["complete", "cancelled", "failed"];

/** @type {State} */
export const FIRST = { phase: "looking", turn: 0 };

/**
 * The ways to sign in are looked for, from the start or once more.
 * @param {State} state
 * @returns {State}
 */
export const looking = ({ turn }) => ({ phase: "looking", turn: turn + 1 });

/**
 * There are several ways to sign in, or none.
 * @param {State} state
 * @param {Flow[]} flows
 * @returns {State}
 */
export const offered = (state, flows) =>
  flows.length > 0
    ? { phase: "choosing", turn: state.turn + 1, flows }
    : over(state, "warning", { key: "no_flows" });

/**
 * A way to sign in was chosen, or there is only one.
 * @param {State} state
 * @returns {State}
 */
export const beginning = ({ turn }) => ({
  phase: "beginning",
  turn: turn + 1,
});

/**
 * Home Assistant tells how the login stands.
 * @param {State} state
 * @param {Login} login
 * @param {ReadonlyMap<string, string>} typed what was filled in before, by field ID
 * @returns {State}
 */
export const received = (state, login, typed) => {
  const before = state.phase === "running" ? state.login : undefined;
  if (JSON.stringify(before) === JSON.stringify(login)) {
    return state;
  }
  if (ENDED.includes(login.status)) {
    return ended(state, login);
  }
  const { step } = login;
  if (step?.is_stuck) {
    return over(state, "error", { key: "stuck" });
  }
  if (step?.kind === "passkey") {
    // Nobody can use one in this page; there may be another way to sign in
    return over(state, "warning", { key: "passkey" });
  }
  if (state.phase === "running" && isNextCode(state.login.step, step)) {
    return { ...state, login };
  }
  const form = step && isForm(step) ? newForm(step, typed) : undefined;
  const turn = state.turn + 1;
  return { phase: "running", turn, login, form, isPictureMissing: false };
};

/**
 * Somebody signs in to the account right now, and is not to be disturbed.
 * @param {State} state
 * @returns {State}
 */
export const shownElsewhere = (state) =>
  over(state, "info", { key: "shown_elsewhere" });

/**
 * A person has changed something in the form.
 * @param {State} state
 * @param {Record<string, string>} values
 * @returns {State}
 */
export const filledIn = (state, values) =>
  state.phase === "running" && state.form
    ? { ...state, form: { ...state.form, values } }
    : state;

/**
 * What a person has filled in is sent.
 * @param {State} state
 * @returns {State}
 */
export const submitting = (state) =>
  state.phase === "running" && state.form
    ? {
      ...state,
      form: { ...state.form, isSubmitting: true, complaint: undefined },
    }
    : state;

/**
 * Whether what was sent is still waited for: meanwhile there may have been something new.
 * @param {State} state
 */
export const isSubmitting = (state) =>
  state.phase === "running" && Boolean(state.form?.isSubmitting);

/**
 * What was sent brought the login on, or back to the same step: a wrong code.
 * @param {State} state
 * @param {Login} login
 * @param {ReadonlyMap<string, string>} typed what was filled in before, by field ID
 * @returns {State}
 */
export const answered = (state, login, typed) =>
  isSubmitting(state) ? received(beginning(state), login, typed) : state;

/**
 * What was sent was not taken.
 * @param {State} state
 * @param {string} words
 * @returns {State}
 */
export const rejected = (state, words) =>
  state.phase === "running" && state.form?.isSubmitting
    ? {
      ...state,
      form: { ...state.form, isSubmitting: false, complaint: { words } },
    }
    : state;

/**
 * The account is connected, without what the login asks for: somebody has signed in with
 * Beeper itself.
 * @param {State} state
 * @returns {State}
 */
export const connectedElsewhere = (state) =>
  state.phase === "running" && state.form && !state.form.isSubmitting
    ? complete(state)
    : state;

/**
 * The picture of the step cannot be loaded by this page.
 * @param {State} state
 * @returns {State}
 */
export const pictureMissing = (state) =>
  state.phase === "running" ? { ...state, isPictureMissing: true } : state;

/**
 * There is no connection to Home Assistant. What is shown stays, since it may be needed
 * elsewhere; a login that has told nothing yet cannot be found again.
 * @param {State} state
 * @returns {State}
 */
export const disconnected = (state) =>
  state.phase === "beginning" ? lost(state) : state;

/**
 * A login was not found again.
 * @param {State} state
 * @returns {State}
 */
export const lost = (state) => over(state, "warning", { key: "lost" });

/**
 * Something could not be done at all.
 * @param {State} state
 * @param {string} words
 * @returns {State}
 */
export const failed = (state, words) => over(state, "error", { words });

/**
 * A person is done with it, or is gone.
 * @param {State} state
 * @returns {State}
 */
export const closed = ({ turn }) => ({ phase: "closed", turn });

/**
 * Whether nothing that is still on its way belongs to what is shown.
 * @param {State} state
 */
export const isOver = ({ phase }) => phase === "over" || phase === "closed";

/**
 * Whether a step has a form.
 * @param {Pick<Step, "kind">} step
 */
export const isForm = ({ kind }) => kind === "input" || kind === "cookies";

/**
 * The name that a form has for a field: what a network calls it is no concern of a page.
 * @param {number} index of the field in its step
 */
export const fieldName = (index) => `field_${index}`;

/**
 * @param {State} state
 * @param {Login} login
 * @returns {State}
 */
const ended = (state, login) => {
  const { status, error, is_replaced: isReplaced, other_account: other } = login;
  if (status === "complete" && other) {
    const message = { key: "other_account", placeholders: { connected: other } };
    const insteadOf = login.login_session_id;
    return { ...over(state, "warning", message), insteadOf };
  }
  if (status === "complete") {
    return complete(state);
  }
  if (isReplaced) {
    return over(state, "warning", { key: "replaced" });
  }
  if (status === "cancelled") {
    return over(state, "info", { key: "cancelled" });
  }
  const words = error?.message;
  return over(state, "error", words ? { words } : { key: "failed" });
};

/** @param {State} state */
const complete = (state) => over(state, "success", { key: "complete" }, false);

/**
 * @param {State} state
 * @param {Over["severity"]} severity
 * @param {Message} message
 * @returns {Over}
 */
const over = ({ turn }, severity, message, canStartOver = true) => ({
  phase: "over",
  turn: turn + 1,
  severity,
  message,
  canStartOver,
});

/**
 * Whether nothing but the QR code of a step is another one.
 * @param {Step | null} before
 * @param {Step | null} step
 */
const isNextCode = (before, step) =>
  Boolean(before?.qr_code && step?.qr_code) &&
  before?.step_id === step?.step_id;

/**
 * @param {Step} step
 * @param {ReadonlyMap<string, string>} typed
 * @returns {Form}
 */
const newForm = (step, typed) => ({
  values: Object.fromEntries(
    step.fields.flatMap(({ field_id: fieldId, value }, index) => {
      const known = typed.get(fieldId) ?? value;
      return known ? [[fieldName(index), known]] : [];
    }),
  ),
  isSubmitting: false,
  complaint: complaintOf(step),
});

/**
 * Why the same is asked for once more: in the network's words, if it has any.
 * @param {Step} step
 * @returns {Message | undefined}
 */
const complaintOf = ({ again, instructions }) => {
  if (again === "complaint") {
    return { words: instructions ?? "" };
  }
  return again ? { key: again } : undefined;
};
