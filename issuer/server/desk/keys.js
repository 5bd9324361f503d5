// Keys for the whole page: function keys, which no field needs and no screen reader takes.

import { h } from "./page.js";

const pressed = new Map();

/** Says what a key does from now on; another call replaces it, none takes it away. @param {string} key @param {() => void} [does] */
export function on(key, does) {
  if (does) pressed.set(key, does);
  else pressed.delete(key);
}

/** A key, shown. @param {string} key */
export const shown = (key) => h("kbd", { "aria-hidden": "true" }, key);

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || document.querySelector("dialog[open]")) return;
  const does = pressed.get(event.key);
  if (!does) return;
  event.preventDefault();
  does();
});
