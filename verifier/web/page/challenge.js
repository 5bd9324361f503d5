// The door's own challenge: a key that stays in this browser, and a new nonce every minute.

const MINUTE = 60_000;

/** Whether this device shows challenges. */
export const isChallenging = () => localStorage.getItem("challenge") === "on";
export const challengeWhen = (on) => localStorage.setItem("challenge", on ? "on" : "off");

/** Shows challenges while it is on. */
export class Challenger extends EventTarget {
  #module;
  #timer;
  #until = 0;
  /** The drawn code. */
  drawn = null;

  constructor(module) {
    super();
    this.#module = module;
  }

  /** Shows a new challenge now and then every minute, or none any more. */
  async set(on) {
    clearTimeout(this.#timer);
    this.drawn = null;
    if (!on) await this.#module.call({ call: "any-door" });
    else await this.#renew();
  }

  /** Seconds until the next one. */
  get secondsLeft() {
    return Math.max(0, Math.ceil((this.#until - Date.now()) / 1_000));
  }

  async #renew() {
    const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
    const { ok } = await this.#module.call({ call: "challenge", door: await nameOfDoor(), nonce, now: Date.now() });
    this.drawn = ok;
    this.#until = Date.now() + MINUTE;
    this.#timer = setTimeout(() => this.#renew(), MINUTE);
    this.dispatchEvent(new Event("change"));
  }
}

/** SHA-256 of the door's public key (`schemas/spec/challenge.md`). */
async function nameOfDoor() {
  const { publicKey } = await key();
  const point = await crypto.subtle.exportKey("raw", publicKey);
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", point)));
}

/** The door's key, made once. The private half cannot leave the browser. */
async function key() {
  const store = await new Promise((resolve, reject) => {
    const opening = indexedDB.open("door", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const known = await done(store.transaction("keys").objectStore("keys").get("door"));
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  await done(store.transaction("keys", "readwrite").objectStore("keys").put(made, "door"));
  return made;
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
