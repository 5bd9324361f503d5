// What is around every screen but the showing.

import { h, t } from "./page.js";
import { mark } from "./marks.js";

/** A bar with where one is, and the screen. */
export function frame(app, name, heading, ...content) {
  const atHome = name === "home";
  const left = atHome
    ? h("img", { src: "icon.svg", alt: "" })
    : h("button.quiet.round", { onclick: app.back, "aria-label": t("shared.back"), "data-action": "back" }, mark("back"));
  return [
    h("header.bar", {}, left, h("strong", { "aria-hidden": "true" }, atHome ? t("wallet.title") : heading), atHome && app.tools()),
    h("main", { "data-screen": name }, h("h1.sr", {}, heading), content),
  ];
}
