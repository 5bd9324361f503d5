// A verdict, readable across a counter: a colour, a shape, one large word; then what to compare, or what to say.

import { h, has, locale, moment, show, svg, t } from "./page.js";

const SHAPES = {
  accept: '<circle cx="50" cy="50" r="46"/><path d="m28 52 15 16 30-34"/>',
  reject: '<path class="body" d="M31 4h38l27 27v38L69 96H31L4 69V31z"/><path d="m32 32 36 36M68 32 32 68"/>',
  indeterminate: '<path class="body" d="M50 6 97 92H3z"/><path d="M39 47c0-16 23-15 22-1-1 9-11 9-11 19"/><circle class="dot" cx="50" cy="79" r="4"/>',
};

let groups = {};

/** Reads which codes have the same words. */
export async function readCodes() {
  groups = await (await fetch(new URL("codes.json", document.baseURI))).json();
}

/** The words for a code: `guest` or `staff`. */
export function wordsOf(code, whom) {
  const key = `codes.${groups[code] ?? "mistake"}.${whom}`;
  return has(key) ? t(key) : t(`codes.mistake.${whom}`);
}

/** The verdict's whole screen; the button does what a touch anywhere does. */
export function drawVerdict(element, verdict) {
  const said = verdict.reasons ?? verdict.missing ?? [];
  const word = verdict.verdict;
  Object.assign(element.dataset, { verdict: word, code: said.map(({ code }) => code).join(" "), basis: verdict.basis ?? "" });
  show(
    element,
    h(
      "div.sign",
      {},
      h("span.shape", {}, svg(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" aria-hidden="true">${SHAPES[word]}</svg>`)),
      h("h1", { id: "verdict-word" }, t(`scanner.${word}`)),
    ),
    h("div.facts", { id: "verdict-facts" }, word === "accept" ? accepted(verdict) : explained(said, verdict)),
    h("button.next", { id: "verdict-next" }, t("scanner.next")),
  );
}

function accepted({ shown, basis, notes = [], checks = [] }) {
  const isStatic = checks.some(({ check, evidence }) => check === "shape" && evidence === "hcert");
  const hints = [isStatic && "scanner.static", `scanner.basis-${basis}`, ...notes.map(({ code }) => `scanner.note-${code}`)].filter((key) => key && has(key));
  return [person(shown?.person), test(shown), hints.map((key) => h("p.basis", {}, t(key)))];
}

function person(person) {
  if (!person) {
    return [h("p.who.small", { "data-shown": "nobody" }, t("scanner.nobody")), h("p", {}, t("scanner.nobody-hint"))];
  }
  const compare = h("p.label", {}, t("scanner.compare"));
  if (person.name) {
    return [
      compare,
      h("p.who", { "data-shown": "person" }, person.name),
      h("p.born", {}, t("scanner.born", { date: date(person["birth-date"]) })),
    ];
  }
  const { "given-initial": given, "family-initial": family, "birth-month-and-day": day } = person;
  return [
    compare,
    h("p.who", { "data-shown": "initials", "aria-hidden": "true" }, `${given}. ${family}.`),
    h("p.small", {}, t("scanner.initials-of", { given, family })),
    day && h("p.born", {}, t("scanner.birthday", { date: date(day) })),
  ];
}

function test(shown) {
  if (!shown) return null;
  const sampled = shown["sampled-at"] && Date.parse(shown["sampled-at"]) / 1000;
  const hours = sampled && Math.max(0, Math.floor((Date.now() / 1000 - sampled) / 3600));
  const time = sampled && moment(sampled, { weekday: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  const kind = shown.test && t(`scanner.${shown.test}`);
  return h(
    "p.test",
    {},
    [kind, sampled && t(hours ? "scanner.ago" : "scanner.ago-less", { hours, time })].filter(Boolean).join(", "),
    h("br"),
    h("span.small", {}, t("scanner.by", { issuer: shown.issuer })),
  );
}

/** `YYYY-MM-DD` or less of it, or `--MM-DD`, as people write it; what is no date is shown as it is. */
function date(text) {
  const [, year, month, day] = /^(\d{4}|-)(?:-(\d\d))?(?:-(\d\d))?$/.exec(text) ?? [];
  if (!month) return text;
  const options = { timeZone: "UTC", month: "long", ...(day && { day: "numeric" }), ...(year !== "-" && { year: "numeric" }) };
  return new Intl.DateTimeFormat(locale(), options).format(Date.UTC(year === "-" ? 2000 : year, month - 1, day ?? 1));
}

function explained(said, { shown }) {
  const [{ code } = { code: "basis-missing" }, ...others] = said;
  return [
    h("p.label", {}, t("scanner.for-guest")),
    h("p.guest", { "data-words": "guest" }, wordsOf(code, "guest")),
    h("p.label", {}, t("scanner.for-staff")),
    h("p.staff", { "data-words": "staff" }, wordsOf(code, "staff")),
    code === "disclosure-missing" && test(shown),
    // The code of a detected result is health data, which no screen at a door shows.
    code !== "result-detected" && h("p.mono", {}, t("scanner.code", { code })),
    others.length > 0 && h("p.small", {}, t("scanner.and-more", { number: others.length })),
  ];
}
