// What counts at this door, in plain words; kept on the device, and handed to other doors as a link. The words become a
// policy here; what a policy may be, and what it means, is for the module.

import { ask, h, language, svg, t, toast } from "./page.js";
import { challengeWhen, isChallenging } from "./challenge.js";

const KEY = "policy";
const FRAGMENT = "#rules=";
const HOURS = { pcr: [24, 48, 72, 96], rapid: [6, 12, 24, 48] };
const DISCLOSURES = ["result-only", "initials", "person"];
/** The states that took part in the EU's certificate (Regulation (EU) 2021/953). */
const COUNTRIES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK CH".split(" ");

/** The door's rules: those on this device, else the business's. */
export class Rules {
  #module;
  #business;
  /** The whole document, as the module describes it. */
  policy;
  /** What the door was given beside them. */
  imported = { signers: 0, rules: 0 };

  /** What holds where a document says nothing. */
  #defaults;

  constructor(module, business) {
    this.#module = module;
    this.#business = business ?? {};
  }

  get isOwn() {
    return localStorage.getItem(KEY) !== null;
  }

  /** Decides by them. Own rules that cannot be read any more are given up. */
  async start() {
    this.#defaults = (await this.#module.call({ call: "describe", policy: {} })).ok.policy;
    try {
      await this.#decide(JSON.parse(localStorage.getItem(KEY)) ?? this.#business);
    } catch {
      localStorage.removeItem(KEY);
      await this.#decide(this.#business);
    }
  }

  async take(policy) {
    await this.#decide(policy);
    localStorage.setItem(KEY, JSON.stringify(this.policy));
  }

  async reset() {
    localStorage.removeItem(KEY);
    await this.#decide(this.#business);
  }

  /** A link that brings these rules to another door, short enough for a code. What stands after `#` goes to no server. */
  link() {
    const said = Object.entries(this.policy).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(this.#defaults[name]));
    return `${location.origin}${location.pathname}${FRAGMENT}${encodeURIComponent(JSON.stringify(Object.fromEntries(said)))}`;
  }

  async code() {
    return (await this.#module.call({ call: "code", text: this.link() })).ok.svg;
  }

  /** Asks whether to take the rules of the link that the page was opened with, and tells whether they were taken. */
  async offered() {
    if (!location.hash.startsWith(FRAGMENT)) return false;
    const text = location.hash.slice(FRAGMENT.length);
    history.replaceState(null, "", location.pathname);
    try {
      const { policy } = (await this.#module.call({ call: "describe", policy: JSON.parse(decodeURIComponent(text)) })).ok;
      const answer = await ask(t("scanner.taken-title"), [h("p", {}, t("scanner.taken-hint")), summary(policy)], [
        { value: "yes", label: t("scanner.taken-yes"), kind: "primary" },
        { value: "no", label: t("scanner.taken-no") },
      ]);
      if (answer !== "yes") return false;
      await this.take(policy);
      toast(t("scanner.saved"));
      return true;
    } catch {
      toast(t("scanner.taken-broken"));
      return false;
    }
  }

  async #decide(policy) {
    this.policy = (await this.#module.call({ call: "decide", policy })).ok.policy;
  }
}

/** Rules in plain words. */
export function summary(policy) {
  const { pcr, rapid } = policy.tests;
  const country = policy.foreign["by-rules-of"];
  const age = (span) => (span === "refused" ? t("scanner.refused") : spanWords(span));
  return h(
    "ul.summary",
    {},
    h("li", {}, `${t("scanner.pcr-hours")}: ${age(pcr)}`),
    h("li", {}, `${t("scanner.rapid-hours")}: ${age(rapid)}`),
    h("li", {}, `${t("scanner.disclosure")}: ${t(`scanner.${policy.disclosure}`)}`),
    h("li", {}, `${t("scanner.foreign")}: ${country ? t("scanner.foreign-by", { country: nameOf(country) }) : t("scanner.foreign-none")}`),
  );
}

const nameOf = (country) => new Intl.DisplayNames([language], { type: "region" }).of(country);
const spanWords = (span) => (span.endsWith("h") ? t("scanner.hours-value", { number: span.slice(0, -1) }) : span);

/** The form, with what becomes of it. */
export async function drawRules(rules, changed) {
  const { policy } = rules;
  const country = policy.foreign["by-rules-of"] ?? "";
  const form = h(
    "form",
    { id: "rules-form" },
    hours("pcr", policy.tests.pcr),
    hours("rapid", policy.tests.rapid),
    h("fieldset", {}, h("legend", {}, t("scanner.disclosure")), DISCLOSURES.map((one) => choice("radio", "disclosure", one, policy.disclosure === one, t(`scanner.${one}`)))),
    h("p.notice", { id: "result-only-warning" }, t("scanner.result-only-warning")),
    h(
      "fieldset",
      {},
      h("legend", {}, t("scanner.paper-title")),
      choice("checkbox", "paper", "on", policy.shapes.includes("hcert"), t("scanner.paper")),
      h("p.hint", {}, t("scanner.paper-hint")),
      h("label", { for: "country" }, t("scanner.foreign")),
      h(
        "select",
        { id: "country", name: "country" },
        h("option", { value: "" }, t("scanner.foreign-none")),
        COUNTRIES.map((code) => [nameOf(code), code])
          .sort(([one], [other]) => one.localeCompare(other, language))
          .map(([name, code]) => h("option", { value: code, selected: code === country }, t("scanner.foreign-by", { country: name }))),
      ),
      !(rules.imported.rules && rules.imported.signers) && h("p.hint", { id: "foreign-hint" }, t("scanner.foreign-without-rules")),
    ),
    h(
      "fieldset",
      {},
      h("legend", {}, t("scanner.challenge")),
      choice("checkbox", "challenge", "on", isChallenging(), t("scanner.challenge-on")),
      h("p.hint", {}, t("scanner.challenge-hint")),
    ),
    h("div.row", {}, h("button.primary", { id: "rules-save" }, t("scanner.save")), rules.isOwn && h("button", { id: "rules-reset", type: "button", onclick: reset }, t("scanner.reset"))),
  );
  const warn = () => form.querySelector("#result-only-warning").toggleAttribute("hidden", form.elements.disclosure.value !== "result-only");
  warn();
  form.addEventListener("input", warn);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    const shapes = policy.shapes.filter((shape) => shape !== "hcert");
    challengeWhen(chosen.has("challenge"));
    await rules.take({
      ...policy,
      shapes: chosen.has("paper") ? [...shapes, "hcert"] : shapes,
      disclosure: chosen.get("disclosure"),
      tests: { pcr: chosen.get("pcr"), rapid: chosen.get("rapid") },
      foreign: chosen.get("country") ? { "by-rules-of": chosen.get("country") } : "refused",
    });
    toast(t("scanner.saved"));
    await changed();
  });
  async function reset() {
    await rules.reset();
    toast(t("scanner.saved"));
    await changed();
  }
  return [
    h("h1", {}, t("scanner.rules-title")),
    h("p.soft", { id: "rules-whose" }, t(rules.isOwn ? "scanner.rules-kept" : "scanner.rules-business")),
    form,
    await share(rules),
  ];
}

function hours(kind, now) {
  const known = HOURS[kind].map((number) => `${number}h`);
  const spans = known.includes(now) || now === "refused" ? known : [now, ...known];
  return [
    h("label", { for: `${kind}-hours` }, t(`scanner.${kind}-hours`)),
    h(
      "select",
      { id: `${kind}-hours`, name: kind },
      spans.map((span) => h("option", { value: span, selected: span === now }, spanWords(span))),
      h("option", { value: "refused", selected: now === "refused" }, t("scanner.refused")),
    ),
  ];
}

function choice(type, name, value, checked, label) {
  return h("label.choice", {}, h("input", { type, name, value, checked, id: `${name}-${value}` }), h("span", {}, label));
}

async function share(rules) {
  const code = svg(await rules.code());
  code.setAttribute("aria-label", t("scanner.share-code"));
  const copy = async () => {
    await navigator.clipboard.writeText(rules.link());
    toast(t("scanner.copied"));
  };
  return h(
    "section.card",
    { "aria-labelledby": "share-title" },
    h("h2", { id: "share-title" }, t("scanner.share")),
    h("p", {}, t("scanner.share-hint")),
    h("div.code.share", { id: "rules-code", "data-link": rules.link() }, code),
    h("div.row", {}, h("button", { id: "rules-copy", onclick: copy }, t("scanner.copy"))),
  );
}
