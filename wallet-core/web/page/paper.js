// A sheet to print: a certificate that is the same for everybody who scans it, and says so.

import { h, svg, t } from "./page.js";
import { frame } from "./frame.js";
import { at, birth, facts, fullName, outcome, title } from "./marks.js";
import { find } from "./holding.js";

export async function paper(app, { number, travel = false }) {
  const one = await find(app, number);
  if (one.kind === "pass") return fetchFirst(app, one);
  const { ok } = await app.core.call({ call: "certificate", number, form: travel ? "travel" : "whole" });
  const drawn = svg(ok.svg);
  drawn.setAttribute("aria-label", t("wallet.code-of-certificate"));
  const { entry } = one;
  const form = (value, label) => h("button.wide", { "aria-pressed": String(travel === value), onclick: () => app.go("paper", { number, travel: value }, { replace: true }), "data-form": value ? "travel" : "whole" }, label);
  return frame(
    app, "paper", t("wallet.paper"),
    h("div.row.switch.no-print", {}, form(false, t("wallet.paper-home")), form(true, t("wallet.paper-travel"))),
    h("p.hint.no-print", {}, t(travel ? "wallet.paper-travel-words" : "wallet.paper-home-words")),
    h("article.sheet", { "data-paper": travel ? "travel" : "whole" },
      h("header", {}, h("img", { src: "icon.svg", alt: "" }), h("div", {}, h("h2", {}, title(one)), h("p", {}, fullName(one.person)))),
      h("div.code", { "data-text": ok.text }, drawn),
      h("p.static", {}, t("wallet.paper-static")),
      entry && facts([
        [t("wallet.fact-name"), fullName(one.person)], [t("wallet.fact-birth"), birth(one.person?.birth)],
        [t("wallet.fact-result"), outcome(one) && t(`wallet.${outcome(one)}`)], [t("wallet.fact-sampled"), entry.sampled_at ? at(entry.sampled_at) : null],
        [t("wallet.fact-dose"), entry.doses && t("wallet.dose", entry)], [t("wallet.fact-issuer"), entry.issuer],
        [t("wallet.fact-country"), entry.country], [t("wallet.fact-expires"), one.expires_at && at(one.expires_at)],
      ]),
      h("footer.small", {}, t(travel || !one.has_proof ? "wallet.paper-without-proof" : "wallet.paper-with-proof"))),
    h("div.stack.no-print", {}, h("button.primary.wide", { onclick: () => print(), "data-action": "print" }, t("wallet.print"))),
  );
}

/** A result's paper is a certificate of its own, which the test centre gives out once the ledger has it. */
function fetchFirst(app, one) {
  const said = h("p", { role: "status" });
  const button = h("button.primary.wide", { "data-action": "fetch-paper" }, t("wallet.paper-fetch"));
  button.onclick = async () => {
    button.disabled = true;
    said.replaceChildren(h("span.spinner"), t("wallet.fetching"));
    try {
      const tell = ({ hasMoved }) => hasMoved && app.moved();
      const { number, done } = await app.core.pickUp({ call: "paper", number: one.number }, tell);
      if (!done) throw { code: "copy-not-anchored" };
      if (history.state?.screen === "paper") await app.go("paper", { number }, { replace: true });
    } catch (error) {
      button.disabled = false;
      said.replaceChildren();
      await app.sorry(error);
    }
  };
  return frame(app, "paper", t("wallet.paper"),
    h("section.card", {}, h("h2", {}, t("wallet.paper-differs")), h("p", {}, t("wallet.paper-differs-words")), h("p.notice", {}, t("wallet.paper-static")), said, h("div.row", {}, button)));
}
