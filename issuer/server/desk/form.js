// One rapid test of one person: typed from top to bottom, sent with Enter.

import * as api from "./api.js";
import { birthDate, birthWords, local, withOffset, years } from "./dates.js";
import { kit } from "./kit.js";
import { shown } from "./keys.js";
import { h, show, t } from "./page.js";
import { isUnanswered } from "./session.js";
import { requestId, send } from "./submit.js";

/** How long a rapid test takes: the sample was most likely taken then. */
const MINUTES = 15;

/** An empty entry; its name goes with it until it is answered. @param {string} [device] the kit of the entry before */
export function newEntry(device = "") {
  const sampled = new Date(Date.now() - api.clockAhead() - MINUTES * 60_000);
  return { requestId: requestId(), replaces: null, family: "", given: "", birth: "", device, result: "", sampled: local(sampled), isBegun: false };
}

/**
 * The entry that corrects another: what was typed is there again while the page still has it. Otherwise all of it is empty, the
 * time too: a guess would be signed.
 * @param {string} id
 * @param {object} [typed]
 */
export const correction = (id, typed = {}) => ({ ...newEntry(), sampled: "", ...typed, replaces: id });

export function formScreen(ways, entry) {
  const { desk, main } = ways;
  desk.entry = entry;
  const said = h("div", { id: "said" });
  const button = h("button.primary", { id: "submit" }, t(entry.replaces ? "desk.correct-now" : "desk.issue"), shown("Enter"));
  const typed = (name) => (event) => {
    entry[name] = event.target.value;
    entry.isBegun = true;
  };

  const text = (id, name, autofocus) => [
    h("label", { for: id }, t(`desk.${id}`)),
    h("input", { id, value: entry[name], required: true, maxlength: 80, autocomplete: "off", spellcheck: "false", autocapitalize: "words", autofocus, oninput: typed(name) }),
  ];
  const birthHint = h("p.hint", { id: "birth-hint", "aria-live": "polite" });
  const birth = h("input", { id: "birth", value: entry.birth, required: true, autocomplete: "off", inputmode: "text", "aria-describedby": "birth-hint", placeholder: t("desk.birth-placeholder"), oninput: (event) => { typed("birth")(event); sayBirth(); }, onchange: () => sayBirth(true) });
  /** Whoever is still typing is not told that it is wrong. */
  const sayBirth = (isDone) => {
    const iso = birthDate(entry.birth);
    birth.setCustomValidity(entry.birth && !iso ? t("desk.birth-wrong") : "");
    const isWrong = isDone && entry.birth && !iso;
    birthHint.classList.toggle("wrong", Boolean(isWrong));
    birthHint.textContent = isWrong ? t("desk.birth-wrong") : iso ? t("desk.birth-read", { date: birthWords(iso), years: years(iso) }) : t("desk.birth-hint");
  };

  const outcome = (value, key) =>
    h(`label.outcome.${value}`, { for: value },
      h("input", { type: "radio", name: "result", id: value, value, required: true, checked: entry.result === value, onchange: typed("result") }),
      h("span", {}, h("strong", {}, t(`desk.${value}`)), h("span.small", {}, t(`desk.${value}-text`))), shown(key));
  const pick = (event) => {
    const value = { n: "not-detected", p: "detected" }[event.key.toLowerCase()];
    if (!value || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    document.getElementById(value).click();
    document.getElementById(value).focus();
  };

  const sampledHint = h("p.hint", { id: "sampled-hint" });
  const sampled = h("input", { id: "sampled", type: "datetime-local", value: entry.sampled, required: true, "aria-describedby": "sampled-hint", oninput: (event) => { typed("sampled")(event); sayAge(); } });
  const sayAge = () => {
    const minutes = Math.round((Date.now() - api.clockAhead() - new Date(entry.sampled)) / 60_000);
    sampled.setCustomValidity(minutes < 0 ? t("desk.sampled-ahead") : minutes > 4 * 24 * 60 ? t("desk.sampled-old") : "");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    sampledHint.textContent = Number.isNaN(minutes) ? "" : minutes < 0 ? t("desk.sampled-ahead") : minutes < 120 ? t("desk.sampled-minutes", { minutes, zone }) : t("desk.sampled-hours", { hours: Math.round(minutes / 60), zone });
  };

  const fields = h("fieldset.plain", { id: "fields" },
    h("div.pair", {}, h("div", {}, text("family", "family", true)), h("div", {}, text("given", "given"))),
    h("div.pair", {},
      h("div", {}, h("label", { for: "birth" }, t("desk.birth")), birth, birthHint),
      h("div", {}, h("label", { for: "sampled" }, t("desk.sampled")), sampled, sampledHint)),
    h("label", { for: "kit" }, t("desk.kit")),
    kit(desk.sets.devices, entry.device, (code) => Object.assign(entry, { device: code ?? "" })),
    h("p.hint", { id: "kit-hint" }, t("desk.kit-hint")),
    h("fieldset.outcomes", { onkeydown: pick }, h("legend", {}, t("desk.result")), h("div.pair", {}, outcome("not-detected", "N"), outcome("detected", "P"))),
  );

  const submission = () => ({
    request_id: entry.requestId,
    person: { given_name: entry.given.trim(), family_name: entry.family.trim(), date_of_birth: birthDate(entry.birth) },
    test: { kind: "rapid-antigen", device: entry.device, result: entry.result, sampled_at: withOffset(new Date(entry.sampled)), centre: desk.account.name.slice(0, 80) },
  });
  const waiting = (refused, seconds, { again, stop }) => {
    said.replaceChildren(
      h("div.notice", { role: "alert", "data-code": refused.code },
        h("p", {}, h("strong", {}, t("desk.waiting"))), h("p", {}, t("desk.waiting-text", { seconds })),
        h("div.row", {}, h("button.primary", { id: "again", type: "button", onclick: again }, t("desk.again")), h("button.plain", { id: "stop", type: "button", onclick: stop }, t("desk.stop")))),
    );
    document.getElementById("again").focus();
  };
  const submit = async (event) => {
    event.preventDefault();
    if (fields.disabled) return;
    fields.disabled = button.disabled = true;
    said.replaceChildren(h("p.soft", { role: "status" }, t("desk.issuing")));
    const { left } = ways;
    try {
      const submitted = await send(submission(), entry.replaces, waiting);
      entry.isBegun = false;
      desk.kit = entry.device;
      if (!left.aborted) ways.handOver(submitted, entry);
      ways.refreshAccount().catch(() => {});
    } catch (refused) {
      if (left.aborted) return;
      fields.disabled = button.disabled = false;
      said.replaceChildren(ways.refused(refused));
      if (refused.code === "issuer-request-id-taken") {
        // The name is used up: this entry can only be corrected, and the next one begins anew.
        entry.isBegun = false;
        said.append(h("div.row", {}, h("button.plain", { type: "button", id: "to-cases", onclick: ways.cases }, t("desk.cases"), shown("F4"))));
      }
      said.tabIndex = -1;
      said.focus();
    }
  };

  show(
    main,
    h("h1", {}, t(entry.replaces ? "desk.correct-title" : "desk.new-title", { code: entry.replaces?.slice(0, 8) ?? "" })),
    entry.replaces && h("div.notice", {}, h("p", {}, t("desk.correct-text")), h("p.small", {}, t("desk.correct-wallet"))),
    !entry.isBegun && isUnanswered() && h("div.notice", { role: "alert", id: "unanswered" }, t("desk.unanswered")),
    h("form.card", { id: "test-form", onsubmit: submit }, fields, said,
      h("div.row", {}, button, entry.replaces && h("button.plain", { type: "button", id: "cancel", onclick: () => ways.open(entry.replaces) }, t("shared.cancel")))),
  );
  sayBirth();
  sayAge();
  const timer = setInterval(sayAge, 30_000);
  ways.left.addEventListener("abort", () => clearInterval(timer));
  document.getElementById("family").focus();
}
