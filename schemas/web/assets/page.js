// What every page does: words in two languages, elements, dialogs, and working without a network.

const LANGUAGES = ["de", "en"];
let words = {};
export let language = "en";

/**
 * The words of a key such as `wallet.empty`, with `{name}` put in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const dot = key.indexOf(".");
  const text = words[key.slice(0, dot)]?.[key.slice(dot + 1)]?.[language] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether there are words for a key. */
export const has = (key) => t(key) !== key;

/**
 * Makes an element. Attributes that are functions listen (`onclick`), `true` is set, `false` and `null` are left out.
 * Text is text, never markup.
 * @param {string} tag such as `button.primary`
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | false | Array)} children
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** Puts new content in an element's place, and the keyboard's focus on its heading. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  const heading = element.querySelector("h1, h2");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

/** Draws an SVG that this page's own module made. */
export function svg(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  return document.importNode(parsed, true);
}

/**
 * Says something in passing, in the place of what was said before; screen readers read it out.
 * @returns {HTMLElement} what was said, for whoever takes it back
 */
export function toast(text) {
  let region = document.getElementById("toasts");
  if (!region) {
    region = h("div", { id: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  const item = h("p.toast", {}, text);
  region.replaceChildren(item);
  setTimeout(() => item.remove(), 6000);
  return item;
}

/**
 * A dialog. Resolves with the value of the button that closed it, or null; a button without a value cancels.
 * @param {string} title
 * @param {Array} content
 * @param {Array<{value: string, label: string, kind?: string}>} buttons
 * @returns {Promise<string | null>}
 */
export function ask(title, content, buttons) {
  return new Promise((resolve) => {
    const id = `dialog-${Math.random().toString(36).slice(2)}`;
    const row = buttons.map(({ value, label, kind }) => h(`button.${kind ?? "plain"}`, { value, formnovalidate: !value }, label));
    const dialog = h(
      "dialog",
      { "aria-labelledby": id },
      h("form", { method: "dialog" }, h("h2", { id }, title), content, h("div.row", {}, row)),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue || null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** How dates and numbers are written: in English as in Europe, where these pages are used. */
export const locale = () => (language === "en" ? "en-GB" : language);

/** A date and time as people here write it, with the zone. */
export function moment(seconds, options = { dateStyle: "medium", timeStyle: "long" }) {
  return new Intl.DateTimeFormat(locale(), options).format(new Date(seconds * 1000));
}

export const now = () => Math.floor(Date.now() / 1000);

/** Switches the language and draws the page again. */
export function choose(next, draw) {
  language = next;
  localStorage.setItem("language", next);
  document.documentElement.lang = next;
  draw();
}

/** The button that switches to the other language. */
export function languageButton(draw) {
  const other = LANGUAGES.find((one) => one !== language);
  const label = { de: "Deutsch", en: "English" }[other];
  return h("button.quiet", { lang: other, onclick: () => choose(other, draw) }, label);
}

/** Reads the words and starts the page's service worker; `draw` draws the page. */
export async function start(draw) {
  const stored = localStorage.getItem("language");
  language = LANGUAGES.includes(stored) ? stored : navigator.language.startsWith("de") ? "de" : "en";
  document.documentElement.lang = language;
  words = await (await fetch(new URL("messages.json", document.baseURI))).json();
  // The page is kept for the time without a network; a newer one takes over when it is opened again.
  navigator.serviceWorker?.register(new URL("offline.js", document.baseURI)).catch(() => {});
  draw();
}
