// What the card has of Lit. `scripts/vendor-lit` makes one module of it, which waits until
// elements can be defined: an import of both would not.

import "./registry.js";

export { css, html, LitElement, nothing } from "lit";
export { keyed } from "lit/directives/keyed.js";
export { repeat } from "lit/directives/repeat.js";
