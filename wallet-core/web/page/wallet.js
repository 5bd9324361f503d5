import { start, h, t } from "./page.js";

function draw() {
  document.body.replaceChildren(h("main", {}, h("h1", {}, t("wallet.title"))));
}

start(draw);
