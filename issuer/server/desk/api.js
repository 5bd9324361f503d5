// The service's interface, as any station's software calls it (`/openapi.json`).

import { key } from "./session.js";

/** A refusal: `code` is the service's stable code, or the page's own `desk-unreachable` and `desk-answer`. */
export class Refused extends Error {
  constructor({ code, title = "", detail = "", status = 0 }) {
    super(title);
    Object.assign(this, { code, title, detail, status });
  }

  /** Whether nothing is known to have happened, so that the same is asked again. */
  get isUncertain() {
    return this.status === 0 || this.status >= 500;
  }
}

/** How long an answer may take; the service itself gives up after 15 seconds. */
const PATIENCE = 20_000;

let ahead = 0;

/** Milliseconds by which this device's clock is ahead of the service's. */
export const clockAhead = () => ahead;

/** @param {string} path @param {object} [body] what is posted; nothing is asked for */
async function call(path, body) {
  const request = {
    method: body ? "POST" : "GET",
    headers: { Authorization: `Bearer ${key()}` },
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(PATIENCE),
  };
  if (body) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  let response, text;
  try {
    response = await fetch(new URL(`../${path}`, document.baseURI), request);
    text = await response.text();
  } catch {
    throw new Refused({ code: "desk-unreachable" });
  }
  const date = Date.parse(response.headers.get("Date"));
  if (date) ahead = Date.now() - date;
  if (response.ok) return text;
  let problem;
  try {
    problem = JSON.parse(text);
  } catch {
    problem = {};
  }
  throw new Refused({ code: "desk-answer", ...problem, status: response.status });
}

const json = async (path, body) => {
  const text = await call(path, body);
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused({ code: "desk-answer" });
  }
};

const of = (id) => `v1/results/${encodeURIComponent(id)}`;

export const account = () => json("v1/account");
export const valueSets = () => json("v1/value-sets");
export const submit = (submission) => json("v1/results", submission);
export const correct = (id, submission) => json(`${of(id)}/correct`, submission);
export const revoke = (id, reason) => json(`${of(id)}/revoke`, { reason });
export const result = (id) => json(of(id));
export const offer = (id) => json(`${of(id)}/offer`);
export const offerCode = (id) => call(`${of(id)}/offer.svg`);
export const certificate = (id) => json(`${of(id)}/certificate`);
/** @param {string} id @param {boolean} travel smaller, without the proof */
export const certificateCode = (id, travel) => call(`${of(id)}/certificate.svg${travel ? "?print=travel" : ""}`);

/** @param {Date} since @param {string} [before] */
export function results(since, before) {
  const query = new URLSearchParams({ since: since.toISOString(), ...(before ? { before } : {}) });
  return json(`v1/results?${query}`);
}
