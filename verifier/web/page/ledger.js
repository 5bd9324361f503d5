// The view of the ledger: followed every minute with the same files for everybody, whatever was scanned.

import { Kept, Served } from "./kept.js";

/** How often, in milliseconds. It never depends on what was scanned, so that nobody learns of a scan. */
const EVERY = 60_000;
/** Files at a time. */
const AT_ONCE = 6;

/** Follows the ledger for the module. */
export class Ledger extends EventTarget {
  #module;
  #timer;
  #following = false;
  /** Whether the last attempt reached the ledger; null before the first. */
  reached = null;
  /** The code of why not, where the files were refused. */
  code = null;

  constructor(module) {
    super();
    this.#module = module;
  }

  /** Reads what is kept, then follows for as long as the page is open. Done as soon as there is something to go by. */
  async start() {
    const kept = new Kept();
    let isKept = true;
    try {
      await this.#follow(kept);
      await kept.tidy();
    } catch {
      // Nothing is kept yet, or not all of it: the network has it.
      isKept = false;
    }
    addEventListener("online", () => this.#now());
    const followed = this.#now();
    if (!isKept) await followed;
  }

  /** How fresh the view is. */
  async view() {
    return (await this.#module.call({ call: "view", now: Date.now() })).ok;
  }

  async #now() {
    if (this.#following) return;
    this.#following = true;
    clearTimeout(this.#timer);
    try {
      const served = new Served();
      await this.#follow(served);
      await served.keep();
      [this.reached, this.code] = [true, null];
    } catch (error) {
      [this.reached, this.code] = [false, error.code ?? "ledger-unavailable"];
    }
    this.#following = false;
    this.#timer = setTimeout(() => this.#now(), EVERY);
    this.#changed();
  }

  async #follow(source) {
    let { wanted } = (await this.#module.call({ call: "follow" })).ok;
    while (wanted.length) {
      const files = wanted.slice(0, AT_ONCE);
      const read = await Promise.all(files.map(async ({ path, instead }) => (await source.read(path)) ?? (instead && (await source.read(instead)))));
      for (const [at, { path }] of files.entries()) {
        if (!read[at]) throw new Error(`${path} is missing`);
        ({ wanted } = (await this.#module.call({ call: "supply", path }, read[at])).ok);
      }
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
