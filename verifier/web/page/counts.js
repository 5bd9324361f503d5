// How many of each verdict in each hour: the only thing that the page keeps of scans.

import { h, locale, svg, t } from "./page.js";

const KEY = "counts";
/** Hours that are kept, and that are shown. */
const KEPT = 24;
const VERDICTS = ["accept", "indeterminate", "reject"];

const hourOf = (time) => Math.floor(time / 3_600_000);

function read() {
  try {
    const oldest = hourOf(Date.now()) - KEPT;
    const entries = Object.entries(JSON.parse(localStorage.getItem(KEY)) ?? {});
    return new Map(entries.map(([hour, counts]) => [Number(hour), counts]).filter(([hour]) => hour > oldest));
  } catch {
    return new Map();
  }
}

/** @param {"accept" | "reject" | "indeterminate"} verdict */
export function count(verdict) {
  const counts = read();
  const hour = hourOf(Date.now());
  const known = counts.get(hour) ?? {};
  counts.set(hour, { ...known, [verdict]: (known[verdict] ?? 0) + 1 });
  localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(counts)));
}

export const hasCounts = () => read().size > 0;

export const clear = () => localStorage.removeItem(KEY);

/** The counts as a chart, and as a table for whoever does not see it. */
export function chart() {
  const counts = read();
  if (!counts.size) return [h("p", { id: "counts-none" }, t("scanner.today-none"))];
  const hours = [...counts.keys()].sort((one, other) => one - other);
  const shown = Array.from({ length: Math.max(8, hours.at(-1) - hours[0] + 1) }, (_, at) => hours.at(-1) - at).reverse();
  const of = (hour, verdict) => counts.get(hour)?.[verdict] ?? 0;
  const total = (hour) => VERDICTS.reduce((sum, verdict) => sum + of(hour, verdict), 0);
  const most = Math.max(...shown.map(total));
  const clock = (hour) => new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(hour * 3_600_000);
  const all = shown.reduce((sum, hour) => sum + total(hour), 0);
  const sums = VERDICTS.map((verdict) => [verdict, shown.reduce((sum, hour) => sum + of(hour, verdict), 0)]);
  return [
    h("dl.sums", {}, sums.map(([verdict, sum]) => h(`div.${verdict}`, {}, h("dt", {}, t(`scanner.${verdict}`)), h("dd", { "data-count": verdict }, String(sum))))),
    h("figure.chart", { role: "img", "aria-label": t("scanner.chart", { total: all }) }, svg(bars(shown, of, total, most, clock))),
    h(
      "table.counts",
      {},
      h("thead", {}, h("tr", {}, [t("scanner.hour"), ...VERDICTS.map((verdict) => t(`scanner.${verdict}`))].map((word) => h("th", { scope: "col" }, word)))),
      h(
        "tbody",
        {},
        hours.map((hour) => h("tr", {}, h("th", { scope: "row" }, clock(hour)), VERDICTS.map((verdict) => h("td", {}, String(of(hour, verdict)))))),
      ),
    ),
  ];
}

function bars(hours, of, total, most, clock) {
  const [width, height, foot] = [380, 190, 26];
  const step = width / hours.length;
  const thick = Math.min(34, step * 0.68);
  const every = Math.ceil(hours.length / 4);
  const parts = hours.map((hour, at) => {
    const x = at * step + (step - thick) / 2;
    let y = height - foot;
    const pieces = VERDICTS.map((verdict) => {
      const size = (of(hour, verdict) / most) * (height - foot - 24);
      y -= size;
      return size ? `<rect class="${verdict}" x="${x}" y="${y}" width="${thick}" height="${size}"/>` : "";
    });
    const middle = x + thick / 2;
    const sum = total(hour) ? `<text class="sum" x="${middle}" y="${y - 7}">${total(hour)}</text>` : "";
    const label = (hours.length - 1 - at) % every ? "" : `<text x="${middle}" y="${height - 6}">${clock(hour)}</text>`;
    return pieces.join("") + sum + label;
  });
  const line = `<line x1="0" x2="${width}" y1="${height - foot}" y2="${height - foot}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" aria-hidden="true">${parts.join("")}${line}</svg>`;
}
