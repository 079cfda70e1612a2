// Styles of a login in the card.

import { css } from "./lit.js";

export const loginStyles = css`
  :host {
    display: block;
  }
  section {
    position: relative;
    display: flex;
    flex-direction: column;
    gap: var(--ha-space-4, 16px);
    margin: var(--login-margin, var(--ha-space-2, 8px) 0 var(--ha-space-4, 16px));
    margin-inline: var(--login-margin, var(--ha-space-4, 16px) 0);
    padding: var(--login-padding, var(--ha-space-4, 16px));
    border: var(--login-border, 1px solid var(--divider-color));
    border-radius: var(--ha-card-border-radius, var(--ha-border-radius-lg, 12px));
    outline: none;
  }
  p {
    margin: 0;
    line-height: 20px;
    overflow-wrap: anywhere;
  }
  .network {
    color: var(--secondary-text-color);
    font-size: var(--ha-font-size-s, 12px);
    line-height: 16px;
  }
  ol {
    margin: 0;
    padding-inline-start: var(--ha-space-6, 24px);
  }
  li {
    line-height: 20px;
    overflow-wrap: anywhere;
  }
  li + li {
    margin-top: var(--ha-space-2, 8px);
  }
  .copy {
    align-self: center;
  }
  .choices {
    display: flex;
    flex-direction: column;
    gap: var(--ha-space-2, 8px);
  }
  .choice {
    display: flex;
    flex-direction: column;
    gap: 2px;
    padding: var(--ha-space-3, 12px) var(--ha-space-4, 16px);
    border: 1px solid var(--divider-color);
    border-radius: var(--ha-border-radius-md, 8px);
    background: none;
    color: var(--primary-text-color);
    font: inherit;
    text-align: start;
    overflow-wrap: anywhere;
    cursor: pointer;
  }
  .choice:hover {
    border-color: var(--primary-color);
  }
  .choice:focus-visible,
  a:focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 2px;
  }
  .choice .name {
    font-weight: var(--ha-font-weight-medium, 500);
  }
  .choice .description {
    font-size: var(--ha-font-size-s, 12px);
    color: var(--secondary-text-color);
  }
  .qr-code,
  .picture {
    align-self: center;
    width: min(100%, 280px);
    border-radius: var(--ha-border-radius-md, 8px);
  }
  .qr-code {
    background: #fff;
  }
  .picture {
    width: 96px;
    height: 96px;
    object-fit: contain;
  }
  .attachment {
    align-self: center;
    max-width: 100%;
  }
  img.attachment {
    width: min(100%, 280px);
    background: #fff;
  }
  .emoji {
    align-self: center;
    font-size: 72px;
    line-height: 1.2;
  }
  .pairing-code {
    align-self: center;
    max-width: 100%;
    padding: var(--ha-space-3, 12px) var(--ha-space-5, 20px);
    border-radius: var(--ha-border-radius-md, 8px);
    background: var(--secondary-background-color);
    font-family: var(--ha-font-family-code, monospace);
    font-size: clamp(20px, 8vw, 36px);
    font-weight: var(--ha-font-weight-medium, 500);
    letter-spacing: 0.1em;
    overflow-wrap: anywhere;
    user-select: all;
  }
  pre {
    max-height: 96px;
    margin: 0;
    padding: var(--ha-space-3, 12px);
    overflow: auto;
    border-radius: var(--ha-border-radius-md, 8px);
    background: var(--secondary-background-color);
    font-family: var(--ha-font-family-code, monospace);
    font-size: var(--ha-font-size-s, 12px);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    user-select: all;
  }
  .waiting {
    display: flex;
    align-items: center;
    gap: var(--ha-space-3, 12px);
  }
  .waiting ha-spinner {
    flex: none;
    --ha-spinner-size: 24px;
    font-size: 24px;
  }
  a {
    color: var(--primary-color);
    overflow-wrap: anywhere;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--ha-space-2, 8px);
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  /* As high as a finger needs it */
  @media (max-width: 600px), (pointer: coarse) {
    ha-button {
      --ha-button-height: 40px;
    }
  }
`;
