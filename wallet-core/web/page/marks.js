// The page's own drawings, and how it writes facts.

import { h, locale, moment, t } from "./page.js";

const PATHS = {
  scan: "M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16",
  add: "M12 5v14M5 12h14",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2",
  paper: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 7a2 2 0 1 1-4 0 2 2 0 0 1 4 0M10 17a2 2 0 1 1-4 0 2 2 0 0 1 4 0",
  back: "M15 5l-7 7 7 7",
  more: "M9 5l7 7-7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  wait: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0",
  warn: "M12 4 2.5 20h19zM12 10v4M12 17v.5",
  shield: "M12 3l8 3v6c0 5-3.4 7.8-8 9-4.6-1.2-8-4-8-9V6z",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  person: "M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0M4 21c.6-4 3.6-6 8-6s7.400 2 8 6",
};

/** A drawing beside words; screen readers pass over it. */
export function mark(name) {
  const ns = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(ns, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "mark");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", PATHS[name]);
  drawing.append(path);
  return drawing;
}

/** Facts as a list of names and values; what is not there is left out. */
export const facts = (rows) =>
  h("dl.facts", {}, rows.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));

/** A date of birth, which may lack its day or month. */
export function birth(iso) {
  const [year, month, day] = (iso ?? "").split("-");
  const date = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)));
  if (Number.isNaN(date.getTime())) return iso ?? "";
  const parts = { year: "numeric", ...(month && { month: "long" }), ...(day && { day: "numeric" }) };
  return new Intl.DateTimeFormat(locale(), { ...parts, timeZone: "UTC" }).format(date);
}

/** A birthday without its year. */
export const birthday = ({ month, day }) =>
  month ? new Intl.DateTimeFormat(locale(), { month: "long", day: "numeric", timeZone: "UTC" }).format(Date.UTC(2000, month - 1, day)) : null;

export const fullName = (person) => (person ? `${person.given} ${person.family}`.trim() : t("wallet.nobody"));

/** A time to the minute, with its zone. */
export const at = (seconds) =>
  moment(seconds, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

/** How long ago, in the largest unit that fits. */
export function ago(seconds, now) {
  const minutes = Math.round((seconds - now) / 60);
  const units = [["minute", 1, 60], ["hour", 60, 48 * 60], ["day", 1440, 60 * 1440], ["month", 43_830, 24 * 43_830], ["year", 525_960, Infinity]];
  const [unit, length] = units.find(([, , below]) => Math.abs(minutes) < below);
  const value = Math.round(minutes / length);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(value, unit);
}

/** Copies as dots: filled ones are left. */
export function copies({ left, copies: all }) {
  const total = Math.max(left, Math.min(all, 8), 1);
  const dots = Array.from({ length: total }, (_, index) => h(`span.dot${index < left ? ".left" : ""}`));
  const words = left === 0 ? t("wallet.no-copy-left") : left === 1 ? t("wallet.copy-left") : t("wallet.copies-left", { count: left });
  return h("span.copies", {}, h("span.dots", { "aria-hidden": "true" }, dots), words);
}

/** The title and the outcome of a holding in words. */
export function title(holding) {
  const { result, entry, kind } = holding;
  if (kind === "pass") return result ? t(`wallet.test-${result.kind}`) : t("wallet.test");
  if (entry?.kind === "test") return t(entry.test ? `wallet.test-${entry.test}` : "wallet.test");
  return t(entry ? `wallet.${entry.kind}` : "wallet.certificate");
}

export const outcome = (holding) => (holding.kind === "pass" ? holding.result?.outcome : holding.entry?.outcome) ?? null;
