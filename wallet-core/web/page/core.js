// The wallet's core in its module, and what it wishes: requests, keys, signatures, and that the vault is saved.

import { Module, Refused } from "./module.js";
import { now } from "./page.js";
import { StoreError, toBytes } from "./store.js";

/** How long to wait before the ledger is asked for again, and how often. A batch closes within a minute. */
const LOOK_AGAIN = 3_000;
const LOOKS = 80;
const TIMEOUT = 20_000;

/** The open wallet. */
export class Core {
  #module = new Module("wallet.wasm");
  #store;
  /** Keys that were made and are not saved yet. */
  #made = new Map();
  #saving = Promise.resolve();
  /** One pick-up at a time. */
  #picking = Promise.resolve();

  constructor(store) {
    this.#store = store;
  }

  /** Opens the vault. @param {string} [passphrase] when it is locked */
  async open(passphrase) {
    const plain = await this.#store.unseal(passphrase);
    const { ok } = await this.#module.call({ call: "open" }, plain);
    await this.#store.tidy(ok.keys);
    if (this.#store.isNew) await this.save();
  }

  /** Ends a wallet that could not be opened. */
  end() {
    this.#module.end();
  }

  /** Calls the module. */
  call(head, body) {
    return this.#module.call(head, body);
  }

  /** Everything, by person. */
  async list() {
    return (await this.call({ call: "list", now: now() })).ok;
  }

  /** Writes what is in the module now. Saves follow one another, so that none writes over a later one. */
  save(destroy = []) {
    const save = async () => {
      const { body } = await this.call({ call: "encode" });
      const add = new Map(this.#made);
      await this.#store.save(body, { add, destroy });
      for (const handle of add.keys()) this.#made.delete(handle);
    };
    this.#saving = this.#saving.catch(() => {}).then(save);
    return this.#saving;
  }

  /** Puts the vault under a passphrase, or (null) under none. */
  async lock(passphrase) {
    await this.save();
    const { body } = await this.call({ call: "encode" });
    await this.#store.lock(body, passphrase);
  }

  async import(text) {
    const { ok } = await this.call({ call: "import", text, now: now() });
    await this.save();
    return ok.number;
  }

  async remove(number) {
    const { ok } = await this.call({ call: "remove", number });
    await this.save(ok.destroy);
  }

  /**
   * Picks up, or fetches what is missing, until there is a copy to show.
   * @param {object} begin the call that begins it
   * @param {(state: {step: string, number: number | null, hasMoved: boolean}) => void} tell what happens; `hasMoved` once, when the result has just moved here
   * @returns {Promise<{number: number, replaced: boolean, moved: boolean, done: boolean}>}
   */
  pickUp(begin, tell = () => {}) {
    const run = () => this.#pickUp(begin, tell);
    const picked = this.#picking.catch(() => {}).then(run);
    this.#picking = picked;
    return picked;
  }

  async #pickUp(begin, tell) {
    let { ok: wish } = await this.call(begin);
    let moved = false;
    for (let looks = 0; ; ) {
      tell({ step: wish.wish, number: wish.number, hasMoved: wish.moved && !moved });
      moved = wish.moved;
      if (wish.wish === "done" || (wish.wish === "wait" && looks >= LOOKS)) {
        return { number: wish.number, replaced: wish.replaced, moved, done: wish.wish === "done" };
      }
      if (wish.wish === "wait") {
        looks++;
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
      }
      const { answer, body } = await this.#carryOut(wish);
      ({ ok: wish } = await this.call({ call: "answer", answer, now: now() }, body));
    }
  }

  async #carryOut(wish) {
    switch (wish.wish) {
      case "ask": {
        const { status, body } = await ask(wish);
        return { answer: { status }, body };
      }
      case "make-keys": {
        const made = await Promise.all(Array.from({ length: wish.count }, () => this.#store.makeKey()));
        for (const { handle, key } of made) this.#made.set(handle, key);
        return { answer: { keys: made.map(({ handle, public: point }) => ({ handle, public: point })) } };
      }
      case "sign": {
        const sign = ({ key, bytes }) => this.#store.sign(key, toBytes(bytes));
        return { answer: { signatures: await Promise.all(wish.requests.map(sign)) } };
      }
      case "save":
        await this.save(wish.destroy);
        return { answer: "saved" };
      default:
        return { answer: "waited" };
    }
  }

  /** Begins a showing: a copy is spent, and that is saved before anything can be on the screen. */
  async show(number, disclose, challenge, reuse) {
    await this.call({ call: "show", number, disclose, challenge, reuse, now: now() });
    await this.save();
  }

  /** The next code of the showing, signed just now. */
  async renew() {
    const { ok, body } = await this.call({ call: "renew", now: now() });
    const signature = await this.#store.sign(ok.key, body);
    return (await this.call({ call: "shown", signature })).ok;
  }
}

/** Makes a request of a pick-up; no cookies, no redirects, no more of an answer than any has. */
async function ask({ url, token, body, media_type: type, limit }) {
  if (new URL(url).origin !== location.origin) throw new Refused({ code: "wallet-other-origin", text: new URL(url).origin });
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(type && { "content-type": type }) };
  let answer;
  try {
    answer = await fetch(url, {
      method: body === null ? "GET" : "POST", headers, body: body ?? undefined, redirect: "error",
      credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(TIMEOUT),
    });
    const bytes = await answer.arrayBuffer();
    return { status: answer.status, body: bytes.slice(0, limit + 1) };
  } catch (error) {
    throw new StoreError("issuer-unreachable", error);
  }
}
