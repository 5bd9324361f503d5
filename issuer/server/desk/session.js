// Who is signed in. The key is in the tab's session storage: a reload keeps the desk working, closing the tab forgets it, and
// no other tab or later visitor has it. Browsers bring session storage back after a crash; so the last moment of work is
// kept beside it, and a desk that was left alone is signed out then too.

/** How long a desk may be left alone. */
export const IDLE_MINUTES = 15;

const KEY = "desk.key";
const SEEN = "desk.seen";
const UNANSWERED = "desk.unanswered";

let left = () => {};

/** The station's key, or null. */
export function key() {
  if (sessionStorage.getItem(KEY) && isLeftAlone()) forget();
  return sessionStorage.getItem(KEY);
}

/** @param {string} key */
export function remember(key) {
  sessionStorage.setItem(KEY, key);
  seen();
}

export function forget() {
  for (const name of [KEY, SEEN, UNANSWERED]) sessionStorage.removeItem(name);
}

/** Notes that an entry was sent and is not answered yet: its random name alone, nothing of the person. */
export function expectAnswer(requestId) {
  sessionStorage.setItem(UNANSWERED, requestId);
}

export function answered() {
  sessionStorage.removeItem(UNANSWERED);
}

/** Whether the page was closed or loaded again before an entry was answered. */
export const isUnanswered = () => sessionStorage.getItem(UNANSWERED) !== null;

/** Calls `then` once the desk is left alone. @param {() => void} then */
export function watch(then) {
  left = then;
  for (const event of ["keydown", "pointerdown", "wheel"]) addEventListener(event, seen, { passive: true });
  setInterval(() => {
    if (sessionStorage.getItem(KEY) && isLeftAlone()) left();
  }, 10_000);
}

function seen() {
  if (sessionStorage.getItem(KEY)) sessionStorage.setItem(SEEN, String(Date.now()));
}

function isLeftAlone() {
  return Date.now() - Number(sessionStorage.getItem(SEEN)) > IDLE_MINUTES * 60_000;
}
