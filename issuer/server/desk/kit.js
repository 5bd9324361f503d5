// The field of the rapid test: a list that shrinks as one types (ARIA Authoring Practices, "Editable Combobox With List
// Autocomplete").

import { h, t } from "./page.js";

/**
 * @param {Array<{code: string, name: string}>} devices
 * @param {string} chosen the code to begin with
 * @param {(code: string | null) => void} changed
 * @returns {HTMLElement} the field; its input is `#kit`
 */
export function kit(devices, chosen, changed) {
  let matches = [];
  let active = -1;
  const input = h("input", {
    id: "kit", role: "combobox", autocomplete: "off", spellcheck: "false", required: true,
    "aria-expanded": "false", "aria-controls": "kits", "aria-autocomplete": "list", "aria-describedby": "kit-hint",
    placeholder: t("desk.kit-placeholder"),
  });
  const list = h("ul", { id: "kits", role: "listbox", "aria-label": t("desk.kit"), hidden: true });
  const label = ({ code, name }) => `${name} (${code})`;

  const note = (code) => {
    input.setCustomValidity(code ? "" : t("desk.kit-missing"));
    changed(code);
  };
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (device) => {
    input.value = label(device);
    note(device.code);
    close();
  };
  const point = (index) => {
    active = index;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    const item = list.children[index];
    if (!item) return;
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  const open = (text) => {
    const words = text.toLocaleLowerCase().split(/[\s,()]+/).filter(Boolean);
    matches = devices.filter((device) => words.every((word) => label(device).toLocaleLowerCase().includes(word)));
    const items = matches.map((device, at) =>
      h("li", { id: `kit-${device.code}`, role: "option", "aria-selected": "false", onpointerdown: (event) => { event.preventDefault(); choose(matches[at]); } },
        h("span", {}, device.name), h("span.mono.soft", {}, device.code)),
    );
    list.replaceChildren(...items);
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
    point(words.length && items.length ? 0 : -1);
  };

  input.addEventListener("input", () => {
    note(null);
    open(input.value);
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && open(""));
  input.addEventListener("blur", () => {
    // What was typed whole, such as the number alone, is chosen.
    const only = matches.length === 1 && !list.hidden ? matches[0] : devices.find(({ code }) => code === input.value.trim());
    if (only) choose(only);
    close();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) open("");
      if (matches.length) point((active + step + matches.length) % matches.length);
    } else if (event.key === "Enter" && !list.hidden && matches[active]) {
      event.preventDefault();
      choose(matches[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  const first = devices.find(({ code }) => code === chosen);
  if (first) input.value = label(first);
  input.setCustomValidity(first ? "" : t("desk.kit-missing"));
  return h("div.kit", {}, input, list);
}
