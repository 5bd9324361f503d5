// Sends an entry until it is answered: under the same name, so that it is issued once however often it is sent.

import * as api from "./api.js";
import { answered, expectAnswer } from "./session.js";

/** Seconds between the attempts. */
const PAUSES = [1, 2, 4, 8, 15, 30];

/** A name for one entry (RFC 9562 section 5.4). `crypto.randomUUID` is not there over plain HTTP. */
export function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * @param {object} submission
 * @param {string | null} replaces the result that it corrects
 * @param {(refused: api.Refused, seconds: number, next: {again: () => void, stop: () => void}) => void} waiting called before
 *   each pause
 * @returns {Promise<object>} the answer; a refusal that is certain is thrown, and the last one after `stop`
 */
export async function send(submission, replaces, waiting) {
  expectAnswer(submission.request_id);
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await (replaces ? api.correct(replaces, submission) : api.submit(submission));
      answered();
      return answer;
    } catch (refused) {
      if (!refused.isUncertain) {
        answered();
        throw refused;
      }
      const seconds = PAUSES[Math.min(attempt, PAUSES.length - 1)];
      await new Promise((again, stop) => {
        const timer = setTimeout(again, seconds * 1000);
        const ended = () => clearTimeout(timer);
        addEventListener("online", () => (ended(), again()), { once: true });
        waiting(refused, seconds, { again: () => (ended(), again()), stop: () => (ended(), stop(refused)) });
      });
    }
  }
}
