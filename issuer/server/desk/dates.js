// Dates as they are typed and as they are sent.

import { locale } from "./page.js";

/**
 * A date of birth as `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; null for what is none. Reads `12.8.1964`, `12/08/1964`, `12081964`,
 * `1964-08-12`, `08.1964`, `1964-08` and `1964`: the day comes first unless the year does.
 * @param {string} text
 */
export function birthDate(text) {
  const plain = text.trim().replace(/[\s./]+/g, "-").replace(/-$/, "");
  const found =
    plain.match(/^(?<y>\d{4})(?:-(?<m>\d{1,2})(?:-(?<d>\d{1,2}))?)?$/) ??
    plain.match(/^(?:(?:(?<d>\d{1,2})-)?(?<m>\d{1,2})-)?(?<y>\d{4})$/) ??
    plain.match(/^(?<d>\d{2})(?<m>\d{2})(?<y>\d{4})$/);
  if (!found) return null;
  const { y, m, d } = found.groups;
  const day = new Date(Date.UTC(y, (m ?? 1) - 1, d ?? 1));
  const exists = day.getUTCMonth() === (m ?? 1) - 1 && day.getUTCDate() === Number(d ?? 1);
  if (!exists || y < 1900 || day > Date.now()) return null;
  return [y, m?.padStart(2, "0"), d?.padStart(2, "0")].filter(Boolean).join("-");
}

/** A date of birth in words, such as `12 August 1964`. @param {string} iso */
export function birthWords(iso) {
  const [y, m, d] = iso.split("-");
  const options = { timeZone: "UTC", year: "numeric", ...(m && { month: "long" }), ...(d && { day: "numeric" }) };
  return new Intl.DateTimeFormat(locale(), options).format(new Date(Date.UTC(y, (m ?? 1) - 1, d ?? 1)));
}

/** Whole years since. @param {string} iso */
export function years(iso) {
  const [y, m = 1, d = 1] = iso.split("-").map(Number);
  const now = new Date();
  const before = now.getMonth() + 1 < m || (now.getMonth() + 1 === m && now.getDate() < d);
  return now.getFullYear() - y - (before ? 1 : 0);
}

/** What a `datetime-local` field holds. @param {Date} date */
export function local(date) {
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** RFC 3339 with this device's offset. @param {Date} date */
export function withOffset(date) {
  const minutes = -date.getTimezoneOffset();
  const two = (number) => String(Math.trunc(Math.abs(number))).padStart(2, "0");
  return `${local(date)}:00${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** @param {string | Date} moment */
export const clock = (moment) => format(moment, { hour: "2-digit", minute: "2-digit" });

/** @param {string | Date} moment */
export const dayAndTime = (moment) =>
  format(moment, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

export const startOfToday = () => new Date(new Date().setHours(0, 0, 0, 0));

const format = (moment, options) => new Intl.DateTimeFormat(locale(), options).format(new Date(moment));
