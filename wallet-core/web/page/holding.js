// One result or certificate: what it says, what is left of it, and what can be done.

import { ask, h, now, svg, t, toast } from "./page.js";
import { frame } from "./frame.js";
import { ago, at, birth, copies, facts, fullName, mark, outcome, title } from "./marks.js";

/** Finds a holding by its number. */
export async function find(app, number) {
  const { people } = await app.core.list();
  const found = people.flatMap(({ holdings }) => holdings).find((one) => one.number === number);
  if (!found) throw { code: "not-held" };
  return found;
}

export async function holding(app, { number }) {
  const one = await find(app, number);
  const remove = async () => {
    const words = one.kind === "pass" ? t("wallet.delete-words-pass") : t("wallet.delete-words");
    const sure = await ask(t("wallet.delete"), [h("p", {}, words)], [
      { value: "", label: t("shared.cancel") }, { value: "yes", label: t("wallet.delete"), kind: "danger" },
    ]);
    if (!sure) return;
    await app.core.remove(number);
    app.forget(number);
    toast(t("wallet.deleted"));
    app.home();
  };
  const found = outcome(one);
  const head = h(
    `section.ticket.large.${app.isOver(one) ? "expired" : (found ?? "neutral")}`, { "data-holding": number, "data-outcome": found ?? "" },
    h("span.what", {}, title(one)), h("span.outcome", {}, found ? t(`wallet.${found}`) : one.kind === "pass" ? t("wallet.on-its-way") : title(one)),
    h("span.who", {}, fullName(one.person)),
    h("span.stub", {}, stub(app, one)),
  );
  const body = one.kind === "pass" ? pass(app, one) : certificate(app, one);
  return frame(app, "holding", title(one), head, body,
    h("div.row", {}, h("button.danger.wide", { onclick: remove, "data-action": "delete" }, mark("bin"), t("wallet.delete"))));
}

/** Until when it is good, or why it is not. */
function stub(app, one) {
  if (one.is_expired) return t("wallet.expired-on", { date: at(one.expires_at) });
  if (app.isWithdrawn(one.number)) return t("wallet.withdrawn");
  if (one.is_moved_away) return t("wallet.moved-away");
  return one.expires_at ? t("wallet.valid-until", { date: at(one.expires_at) }) : t("wallet.no-copies-yet");
}

function pass(app, one) {
  const { number, result } = one;
  const running = app.running.get(number);
  const withdrawn = app.isWithdrawn(number);
  const refresh = () => app.refresh(number);
  return [
    !one.is_expired && (withdrawn ? h("p.notice.bad", { "data-state": "withdrawn" }, t("wallet.error-issuer-result-not-standing")) : state(app, one, running)),
    one.is_ready && !app.isOver(one) && h("div.stack", {},
      h("button.primary.wide", { onclick: () => { app.challenge = null; app.go("choice", { number }); }, "data-action": "show" }, mark("code"), t("wallet.show")),
      h("button.wide", { onclick: () => app.go("scan", { number }), "data-action": "door" }, mark("scan"), t("wallet.scan-door"))),
    result && h("section.card", {}, h("h2", {}, t("wallet.facts")),
      facts([
        [t("wallet.fact-result"), t(`wallet.${result.outcome}`)], [t("wallet.fact-kind"), t(`wallet.test-${result.kind}`)],
        [t("wallet.fact-sampled"), `${at(result.sampled_at)} (${ago(result.sampled_at, now())})`],
        [t("wallet.fact-name"), fullName(one.person)], [t("wallet.fact-birth"), birth(one.person?.birth)],
        [t("wallet.fact-from"), new URL(one.service).host], [t("wallet.fact-picked-up"), at(one.ordered_at)],
        [t("wallet.fact-expires"), one.expires_at && at(one.expires_at)],
      ]),
      h("p.hint", {}, t("wallet.facts-words"))),
    h("div.stack", {},
      !app.isOver(one) && h("button.wide", { onclick: () => app.go("paper", { number }), "data-action": "paper" }, mark("paper"), t("wallet.paper")),
      // What was withdrawn may still be corrected.
      !one.is_expired && !one.is_moved_away && h("button.wide", { onclick: refresh, disabled: Boolean(running), "data-action": "refresh" }, running ? h("span.spinner") : null, t("wallet.refresh"))),
  ];
}

/** How many copies there are, and what is being waited for, in honest words. */
function state(app, one, running) {
  const online = navigator.onLine;
  if (one.is_moved_away) return h("section.card", { "data-state": "moved-away" }, h("h2", {}, t("wallet.moved-away-title")), h("p", {}, t("wallet.moved-away-words")));
  if (!one.is_ready) {
    const step = (name, state) => h(`li.${state}`, {}, t(`wallet.step-${name}`));
    const arrived = one.copies > 0;
    return h("section.card", { "data-state": arrived ? "waiting" : "empty" }, h("h2", {}, arrived ? t("wallet.waiting") : t("wallet.to-fetch")),
      h("p", {}, arrived ? t("wallet.waiting-words") : t("wallet.to-fetch-words")),
      arrived && h("ol.steps", {}, step("ask", "done"), step("make-keys", "done"), step("sign", "done"), step("wait", "now")),
      !running && (online ? h("button.wide", { onclick: () => app.refresh(one.number), "data-action": "fetch" }, t("wallet.fetch")) : h("p.notice", {}, t("wallet.offline"))),
      running && !arrived && h("p", {}, h("span.spinner"), t("wallet.fetching")));
  }
  const low = one.left === 0 ? "out" : one.low ? "low" : null;
  return h("section.card.stock", { "data-state": "ready", "data-left": one.left }, h("p.count", {}, copies(one)),
    one.waiting > 0 && h("p.soft.small", {}, t("wallet.waiting-more", { count: one.waiting })),
    low && one.waiting === 0 && h("p.notice", {}, mark("warn"), " ", t(online ? `wallet.${low}-online` : `wallet.${low}-offline`)));
}

function certificate(app, one) {
  const { number, entry } = one;
  const place = h("div.code", { "data-code": "certificate" });
  app.core.call({ call: "certificate", number, form: "whole" }).then(({ ok }) => {
    const drawn = svg(ok.svg);
    drawn.setAttribute("aria-label", t("wallet.code-of-certificate"));
    place.append(drawn);
  });
  const rows = { test: [[t("wallet.fact-result"), entry?.outcome && t(`wallet.${entry.outcome}`)], [t("wallet.fact-sampled"), entry?.sampled_at ? at(entry.sampled_at) : entry?.sampled], [t("wallet.fact-centre"), entry?.centre]],
    vaccination: [[t("wallet.fact-dose"), entry?.doses && t("wallet.dose", entry)], [t("wallet.fact-on"), entry?.on], [t("wallet.fact-product"), entry?.product]],
    recovery: [[t("wallet.fact-positive"), entry?.on], [t("wallet.fact-span"), entry?.from && t("wallet.valid-span", entry)]] };
  return [
    h("section.card", {}, place, h("p.notice", {}, t("wallet.certificate-words"))),
    entry && h("section.card", {}, h("h2", {}, t("wallet.facts")), facts([
      [t("wallet.fact-name"), fullName(one.person)], [t("wallet.fact-birth"), birth(one.person?.birth)], ...rows[entry.kind],
      [t("wallet.fact-disease"), entry.disease], [t("wallet.fact-country"), entry.country], [t("wallet.fact-issuer"), entry.issuer],
      [t("wallet.fact-expires"), one.expires_at && at(one.expires_at)],
    ]), h("p.hint", {}, t("wallet.certificate-unchecked"))),
    h("div.stack", {}, h("button.wide", { onclick: () => app.go("paper", { number }), "data-action": "paper" }, mark("paper"), t("wallet.paper"))),
  ];
}
