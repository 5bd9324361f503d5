// The buttons for the certificate on paper: with its proof once the ledger has it, and for travel at once.

import * as api from "./api.js";
import { on, shown } from "./keys.js";
import { h, t } from "./page.js";
import { printCertificate } from "./print.js";

/** Milliseconds between looks at whether it is anchored; a batch closes within a minute. */
const LOOK = 5_000;

export function paperButtons(ways, id) {
  const { left } = ways;
  const said = h("p.hint", { id: "paper-said", role: "status" }, t("desk.anchoring"));
  const print = async (travel) => {
    try {
      await printCertificate(ways, id, travel);
    } catch (refused) {
      if (!left.aborted) said.replaceChildren(ways.refused(refused));
    }
  };
  const paper = h("button.plain.wide", { id: "print-certificate", disabled: true, onclick: () => print(false), "aria-keyshortcuts": "F9" }, t("desk.print-certificate"), shown("F9"));
  const look = async () => {
    try {
      const { anchored } = await api.certificate(id);
      if (left.aborted) return;
      if (!anchored) return setTimeout(() => left.aborted || look(), LOOK);
      paper.disabled = false;
      on("F9", () => print(false));
      said.textContent = t("desk.anchored");
    } catch (refused) {
      if (left.aborted) return;
      if (refused.isUncertain) return setTimeout(() => left.aborted || look(), LOOK);
      said.replaceChildren(ways.refused(refused));
    }
  };
  look();
  return [paper, said, h("button.quiet.wide", { id: "print-travel", onclick: () => print(true) }, t("desk.print-travel"))];
}
