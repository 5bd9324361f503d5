// What is in the wallet, by person; or the welcome to an empty one.

import { h, now, t } from "./page.js";
import { frame } from "./frame.js";
import { ago, at, birth, copies, fullName, mark, outcome, title } from "./marks.js";

export async function home(app) {
  const { people, unknown } = await app.core.list();
  const add = h("button.primary.wide", { onclick: () => app.go("scan"), "data-action": "add" }, mark("scan"), t("wallet.add"));
  if (people.length === 0 && !unknown) return frame(app, "home", t("wallet.title"), welcome(add, app));
  return frame(
    app, "home", t("wallet.title"),
    people.map(({ person, holdings }) => of(app, person, holdings)),
    unknown > 0 && h("p.notice", {}, t("wallet.unknown", { count: unknown })),
    h("div.foot", {}, add),
  );
}

const welcome = (add, app) => [
  h("section.welcome", {},
    h("img", { src: "icon.svg", alt: "", width: 96, height: 96 }),
    h("h2", {}, t("wallet.welcome")),
    h("p.lead", {}, t("wallet.welcome-words"))),
  h("ol.promises", {},
    ["keep", "choose", "offline"].map((name, index) =>
      h("li", {}, h("span.number", { "aria-hidden": "true" }, String(index + 1)), h("div", {}, h("strong", {}, t(`wallet.promise-${name}`)), h("p", {}, t(`wallet.promise-${name}-words`)))))),
  h("div.stack", {}, add, h("button.wide", { onclick: () => app.go("settings"), "data-action": "restore-start" }, t("wallet.restore-start"))),
];

/** A person with their holdings; `open` is what a touch on one does. */
export const of = (app, person, holdings, open = (number) => app.go("holding", { number })) =>
  h("section.person", {},
    h("h2", {}, mark("person"), h("span", {}, fullName(person))),
    person?.birth && h("p.soft.small.born", {}, t("wallet.born", { date: birth(person.birth) })),
    h("ul.cards", {}, holdings.map((one) => h("li", {}, card(app, one, open)))));

/** A holding as a ticket: what it says, and how much of it is left. */
function card(app, one, open) {
  const found = outcome(one);
  const state = app.isOver(one) ? "expired" : (found ?? "neutral");
  const sampled = one.result?.sampled_at ?? one.entry?.sampled_at;
  return h(
    `button.ticket.${state}`,
    { onclick: () => open(one.number), "data-holding": one.number, "data-kind": one.kind },
    h("span.what", {}, title(one)),
    h("span.outcome", {}, found ? t(`wallet.${found}`) : one.entry ? detail(one.entry) : t("wallet.on-its-way")),
    sampled && h("span.when", {}, one.kind === "pass" ? t("wallet.sampled-hour", { ago: ago(sampled, now()) }) : t("wallet.sampled", { ago: ago(sampled, now()) })),
    h("span.stub", {}, foot(app, one)),
    h("span.go", {}, mark("more")),
  );
}

function detail(entry) {
  if (entry.kind === "vaccination") return t("wallet.dose", { dose: entry.dose, doses: entry.doses });
  if (entry.kind === "recovery") return t("wallet.valid-span", { from: entry.from, until: entry.until });
  return t("wallet.certificate");
}

function foot(app, one) {
  if (one.is_expired) return t("wallet.expired-on", { date: at(one.expires_at) });
  if (app.isWithdrawn(one.number)) return t("wallet.withdrawn");
  if (one.kind === "certificate") return t("wallet.eu");
  if (one.is_moved_away) return t("wallet.moved-away");
  if (app.running.has(one.number) && !one.is_ready) return [h("span.spinner", { "aria-hidden": "true" }), t("wallet.waiting-short")];
  if (!one.is_ready) return t("wallet.no-copies-yet");
  return copies(one);
}
