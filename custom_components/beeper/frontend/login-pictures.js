// Pictures that a login shows: QR codes, and those of networks, with a link to what the page
// may not load.

import { html } from "./lit.js";

/**
 * A QR code that was drawn here.
 * @param {string} uri with the picture in it
 * @param {string} words for who cannot see it
 */
export const qrCode = (uri, words) =>
  html`<img class="qr-code" part="qr-code" src=${uri} alt=${words} />`;

/**
 * A picture of the network.
 * @param {"qr-code" | "picture"} kind
 * @param {string | null} address
 * @param {string} words for who cannot see it
 * @param {() => void} onMissing what to do where it cannot be loaded
 */
export const picture = (kind, address, words, onMissing) =>
  html`
    <img
      class=${kind}
      part=${kind}
      alt=${words}
      referrerpolicy="no-referrer"
      @error=${onMissing}
      src=${address}
    />
  `;

/**
 * A link that leaves Home Assistant open.
 * @param {string | null} address
 * @param {string} words
 */
export const openable = (address, words) =>
  html`
    <a href=${address} target="_blank" rel="noopener noreferrer"><bdi>${words}</bdi></a>
  `;
