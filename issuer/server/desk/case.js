// One case: the offer again, paper, revoke, correct.

import * as api from "./api.js";
import { pickUp, state } from "./cases.js";
import { dayAndTime } from "./dates.js";
import { correction } from "./form.js";
import { on, shown } from "./keys.js";
import { ask, h, show, t, toast } from "./page.js";
import { paperButtons } from "./paper.js";

export async function caseScreen(ways, id) {
  const { main, left } = ways;
  const said = h("div", { id: "said" });
  on("Escape", ways.cases);
  let result;
  try {
    result = await api.result(id);
  } catch (refused) {
    if (!left.aborted) show(main, h("h1", {}, t("desk.case", { code: id.slice(0, 8) })), ways.refused(refused), back(ways));
    return;
  }
  if (left.aborted) return;
  const stands = result.state === "issued";
  const again = async () => {
    try {
      ways.handOver(await api.offer(id));
    } catch (refused) {
      said.replaceChildren(ways.refused(refused));
    }
  };
  const fact = (label, ...value) => h("div", {}, h("dt", {}, label), h("dd", {}, ...value));
  show(
    main,
    h("h1", {}, t("desk.case", { code: id.slice(0, 8) })),
    said,
    h("dl.card.facts", { id: "case", "data-state": result.state },
      fact(t("desk.state"), state(result)),
      fact(t("desk.pick-up"), pickUp(result)),
      fact(t("desk.issued-at"), dayAndTime(result.issued_at)),
      fact(t("desk.expires-at"), dayAndTime(result.expires_at)),
      result.replaced_by && fact(t("desk.replaced-by"), h("button.quiet.mono", { id: "successor", onclick: () => ways.open(result.replaced_by) }, result.replaced_by.slice(0, 8)))),
    stands && h("section.card", {}, h("h2", {}, t("desk.give")),
      h("div.stack", {},
        !result.picked_up && h("button.primary.wide", { id: "offer-again", onclick: again }, t("desk.offer-again")),
        paperButtons(ways, id))),
    stands && h("section.card", {}, h("h2", {}, t("desk.wrong")),
      h("p.soft", {}, t("desk.wrong-text")),
      h("div.row", {},
        h("button.plain", { id: "correct", onclick: () => ways.newTest(correction(id)) }, t("desk.correct")),
        h("button.danger", { id: "revoke", onclick: () => revoke(ways, id, said) }, t("desk.revoke")))),
    back(ways),
  );
}

const back = (ways) => h("div.row", {}, h("button.quiet", { id: "back", onclick: ways.cases, "aria-keyshortcuts": "Escape" }, t("desk.back-to-cases"), shown("Esc")));

async function revoke(ways, id, said) {
  const reasons = ways.desk.sets.reasons.map((reason) =>
    h("label.choice", {}, h("input", { type: "radio", name: "reason", value: reason, required: true }), t(`desk.reason-${reason}`)));
  const group = h("fieldset", { id: "reasons" }, h("legend", {}, t("desk.reason")), reasons);
  const asked = ask(t("desk.revoke-title", { code: id.slice(0, 8) }), [h("p", {}, t("desk.revoke-text")), group], [
    { value: "revoke", label: t("desk.revoke-now"), kind: "danger" },
    { value: "", label: t("shared.cancel") },
  ]);
  group.querySelector("input").focus();
  if ((await asked) !== "revoke") return document.getElementById("revoke")?.focus();
  const reason = group.querySelector(":checked")?.value;
  try {
    await api.revoke(id, reason);
    toast(t("desk.revoked"));
    ways.open(id);
  } catch (refused) {
    said.replaceChildren(ways.refused(refused));
  }
}
