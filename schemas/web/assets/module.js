// The page's WebAssembly module, in a worker of its own, so that the page stays quick while it works.

/** What a module refused: `code` is the stable code, for which the page has words. */
export class Refused extends Error {
  constructor({ code, text }) {
    super(text);
    this.code = code;
  }
}

/** A module by its address. Calls are answered in their order. */
export class Module {
  #worker;
  #waiting = new Map();
  #next = 0;

  constructor(address) {
    this.#worker = new Worker(new URL("worker.js", document.baseURI), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onerror = () => this.#failed("module-stopped", "the worker stopped");
    this.#worker.postMessage({ load: new URL(address, document.baseURI).href });
  }

  /**
   * Calls the module.
   * @param {object} head what is asked, in JSON; `call` names it
   * @param {ArrayBuffer} [body] bytes that go with it; the page gives them away
   * @returns {Promise<{ok: any, body: Uint8Array}>} the answer; a `Refused` is thrown
   */
  call(head, body) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, head, body }, body ? [body] : []);
    });
  }

  /** Ends it, and lets go of its memory. */
  end() {
    this.#worker.terminate();
    this.#failed("module-stopped", "it was ended");
  }

  #answered({ id, ok, body, refused }) {
    if (id === undefined) return this.#failed(refused.code, refused.text);
    const waiting = this.#waiting.get(id);
    // What was told already that the module is not there.
    if (!waiting) return;
    const { resolve, reject } = waiting;
    this.#waiting.delete(id);
    if (refused) reject(new Refused(refused));
    else resolve({ ok, body });
  }

  #failed(code, text) {
    for (const { reject } of this.#waiting.values()) reject(new Refused({ code, text }));
    this.#waiting.clear();
  }
}
