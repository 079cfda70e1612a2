// Colors of buttons and links with enough contrast to be read (WCAG 2.2, 1.4.3): by day, the default
// theme of Home Assistant has blue on light blue with 2.8 to 1, and white on blue with 3.3.

import { css } from "./lit.js";

export const contrastStyles = css`
  @supports (color: color-mix(in srgb, black, white)) {
    ha-button {
      --wa-color-brand-on-normal: color-mix(
        in srgb,
        var(--ha-color-on-primary-normal) 60%,
        var(--primary-text-color)
      );
      --wa-color-brand-on-quiet: var(--wa-color-brand-on-normal);
      --wa-color-brand-fill-loud: color-mix(
        in srgb,
        var(--ha-color-fill-primary-loud-resting) 70%,
        black
      );
    }
    a {
      color: color-mix(in srgb, var(--primary-color) 60%, var(--primary-text-color));
    }
  }
`;
