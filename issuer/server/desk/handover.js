// What the person gets: the QR code to scan, apart from it the code to type, and paper.

import * as api from "./api.js";
import { correction } from "./form.js";
import { on, shown } from "./keys.js";
import { h, show, svg, t } from "./page.js";
import { paperButtons } from "./paper.js";
import { printSlip } from "./print.js";

/** Milliseconds between looks at whether it was picked up. */
const LOOK = 4_000;

/** @param {object} submitted the service's answer @param {object} [entry] what was typed, while it is still there */
export function handoverScreen(ways, submitted, entry) {
  const { main, left } = ways;
  const { result_id: id, tx_code: code } = submitted;
  const picture = h("div.code", { id: "pick-up-code", "data-text": submitted.link, "aria-busy": "true" });
  const said = h("div", { id: "said" });
  const digits = `${code.slice(0, 3)} ${code.slice(3)}`;
  let drawn = null;
  const slip = () => drawn && printSlip(ways, submitted, drawn);
  on("F8", slip);

  show(
    main,
    h("h1", {}, t("desk.handover-title")),
    h("p.soft", {}, t("desk.case", { code: id.slice(0, 8) })),
    said,
    h("div.handover", { id: "handover" },
      h("section.card", { "aria-labelledby": "step-scan" },
        h("h2", { id: "step-scan" }, h("span.step", {}, "1"), t("desk.step-scan")), picture, h("p.hint", {}, t("desk.step-scan-text"))),
      h("div", {},
        h("section.card", { "aria-labelledby": "step-code" },
          h("h2", { id: "step-code" }, h("span.step", {}, "2"), t("desk.step-code")),
          h("p.digits.mono", { id: "tx-code", "data-code": code, "aria-label": [...code].join(" ") }, digits), h("p.hint", {}, t("desk.step-code-text"))),
        h("section.card", { "aria-labelledby": "step-paper" },
          h("h2", { id: "step-paper" }, h("span.step", {}, "3"), t("desk.step-paper")),
          h("div.stack", {},
            h("button.plain.wide", { id: "print-slip", onclick: slip, "aria-keyshortcuts": "F8" }, t("desk.print-slip"), shown("F8")),
            paperButtons(ways, id))))),
    h("div.row", {},
      h("button.primary", { id: "next", onclick: () => ways.newTest(), "aria-keyshortcuts": "F2" }, t("desk.next"), shown("F2")),
      entry && h("button.plain", { id: "correct", onclick: () => ways.newTest(correction(id, typed(entry))) }, t("desk.correct")),
      h("button.quiet", { id: "open-case", onclick: () => ways.open(id) }, t("desk.open-case"))),
  );
  document.getElementById("next").focus({ preventScroll: true });

  const draw = async () => {
    try {
      const text = await api.offerCode(id);
      if (left.aborted) return;
      drawn = text;
      const code = svg(text);
      code.setAttribute("aria-label", t("desk.offer-code"));
      picture.replaceChildren(code);
      picture.removeAttribute("aria-busy");
    } catch (refused) {
      if (left.aborted) return;
      said.replaceChildren(ways.refused(refused));
      if (refused.isUncertain) setTimeout(() => left.aborted || draw(), LOOK);
    }
  };
  const look = async () => {
    const shown = await api.result(id).catch(() => null);
    if (left.aborted) return;
    if (!shown?.picked_up) return setTimeout(look, LOOK);
    said.replaceChildren(h("div.notice.good", { role: "status", id: "picked-up" }, h("strong", {}, t("desk.picked-up"))));
    document.getElementById("handover").classList.add("done");
    on("F8");
  };
  draw();
  setTimeout(look, LOOK);
}

const typed = ({ family, given, birth, device, result, sampled }) => ({ family, given, birth, device, result, sampled });
