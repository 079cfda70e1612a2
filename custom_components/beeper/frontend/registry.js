// Waits until elements can be defined. While its page loads, Home Assistant replaces the
// registry of elements, and HTMLElement with it: what was defined before would be lost.

await customElements.whenDefined("home-assistant");
