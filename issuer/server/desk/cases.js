// Today's own cases, by code: nothing of the people.

import * as api from "./api.js";
import { clock, startOfToday } from "./dates.js";
import { h, show, t } from "./page.js";

/** A case's state as a word with a shape, never colour alone. @param {object} result */
export function state({ state, reason }) {
  const why = reason ? h("span.soft.small", {}, ` ${t(`desk.reason-${reason}`)}`) : null;
  return h("span", {}, h(`span.state.${state}`, { "data-state": state }, t(`desk.state-${state}`)), why);
}

/** Whether it was picked up, and what goes wrong with it. @param {object} result */
export function pickUp({ state, picked_up: done, wrong_tx_codes: wrong }) {
  const words = done ? t("desk.is-picked-up") : state === "issued" ? t("desk.is-open") : "–";
  return h("span", {}, words, wrong > 0 && h("span.small.warn", {}, ` ${t(wrong >= 5 ? "desk.locked" : "desk.wrong-codes", { wrong })}`));
}

export function casesScreen(ways) {
  const { main, left } = ways;
  const rows = h("tbody", { id: "cases", onkeydown: move });
  const said = h("div", { id: "said" });
  const more = h("button.plain", { id: "more", hidden: true }, t("desk.more"));
  const count = h("p.soft", { id: "count", role: "status" });
  const search = h("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false", placeholder: "9c5f…", oninput: filter });
  let results = [];
  /** Where the next page of today's cases begins; null when all are here. */
  let next = null;
  let loading = false;

  function filter() {
    const wanted = search.value.trim().toLowerCase().replace(/\s/g, "");
    const found = results.filter(({ result_id: id }) => id.startsWith(wanted));
    // A code that is looked for may be on a later page.
    if (wanted && !found.length && next) load(next);
    rows.replaceChildren(...found.map((result) =>
      h("tr", {},
        h("th", { scope: "row" }, h("button.quiet.mono", { "data-case": result.result_id, onclick: () => ways.open(result.result_id) }, result.result_id.slice(0, 8))),
        h("td", { "data-label": t("desk.issued-at") }, clock(result.issued_at)),
        h("td", { "data-label": t("desk.state") }, state(result)),
        h("td", { "data-label": t("desk.pick-up") }, pickUp(result)))));
    const open = found.filter((result) => result.state === "issued" && !result.picked_up).length;
    count.textContent = results.length ? t("desk.count", { count: found.length, open }) : t("desk.no-cases");
  }
  async function load(before) {
    if (loading) return;
    loading = true;
    try {
      const page = await api.results(startOfToday(), before);
      if (left.aborted) return;
      results = before ? [...results, ...page.results] : page.results;
      next = page.next ?? null;
      more.hidden = !next;
      said.replaceChildren();
      loading = false;
      filter();
    } catch (refused) {
      if (!left.aborted) said.replaceChildren(ways.refused(refused));
    } finally {
      loading = false;
    }
  }
  more.onclick = () => load(next);

  show(
    main,
    h("div.head", {}, h("h1", {}, t("desk.cases-title")), h("button.plain", { id: "reload", onclick: () => load() }, t("desk.reload"))),
    h("p.soft", {}, t("desk.cases-text")),
    said,
    h("label", { for: "search" }, t("desk.search")), search, count,
    h("table.cases", {}, h("thead", {}, h("tr", {}, ...["code", "issued-at", "state", "pick-up"].map((name) => h("th", { scope: "col" }, t(`desk.${name}`))))), rows),
    h("div.row", {}, more),
  );
  search.focus();
  load();
}

/** The arrow keys go from case to case. */
function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll("[data-case]")];
  buttons[buttons.indexOf(event.target) + step]?.focus();
}
