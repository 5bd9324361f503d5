// What the page keeps on the device for the time without a network: what the door is set up with, and the ledger's files.

const DOOR = "door";
const LEDGER = "ledger";
/** The files that change under their names, in the order in which they are kept: what a checkpoint lacks, heads cannot have. */
const CHANGING = ["checkpoint", "checkpoint-post-quantum", "heads"];
const LEDGER_ADDRESS = new URL("/ledger/", location.origin);

/**
 * What the door is set up with, as it is now, or as it was when the network was there last; null when it never was.
 * @param {string} name such as `policy.json`
 */
export async function setUpFile(name) {
  const address = new URL(`/door/${name}`, location.origin).href;
  const kept = await caches.open(DOOR);
  try {
    const answer = await get(address, "no-cache");
    if (answer.ok) {
      await kept.put(address, answer.clone());
      return await answer.json();
    }
  } catch {
    // Without a network.
  }
  return (await kept.match(address))?.json() ?? null;
}

/** The ledger's files as they were kept. */
export class Kept {
  #used = new Set();

  /** @param {string} path @returns {Promise<ArrayBuffer | null>} */
  async read(path) {
    const address = new URL(path, LEDGER_ADDRESS).href;
    const answer = await (await caches.open(LEDGER)).match(address);
    if (!answer) return null;
    this.#used.add(address);
    return answer.arrayBuffer();
  }

  /** Forgets the files that reading did not need: narrower bundles and earlier snapshots. */
  async tidy() {
    const kept = await caches.open(LEDGER);
    const left = (await kept.keys()).filter(({ url }) => !this.#used.has(url));
    await Promise.all(left.map((request) => kept.delete(request)));
  }
}

/** The ledger's files as they are now. They are kept once all of them were good. */
export class Served {
  #read = new Map();

  /** @param {string} path @returns {Promise<ArrayBuffer | null>} null when there is no such file */
  async read(path) {
    const answer = await get(new URL(path, LEDGER_ADDRESS), CHANGING.includes(path) ? "no-cache" : "default");
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    this.#read.set(path, bytes.slice(0));
    return bytes;
  }

  /** Keeps what was read, the checkpoint last: whatever is cut off, the old checkpoint has all of its files. */
  async keep() {
    const kept = await caches.open(LEDGER);
    const put = (path) => kept.put(new URL(path, LEDGER_ADDRESS), new Response(this.#read.get(path)));
    await Promise.all([...this.#read.keys()].filter((path) => !CHANGING.includes(path)).map(put));
    for (const path of CHANGING) if (this.#read.has(path)) await put(path);
  }
}

/** The same request for everybody: no cookie, no referrer, nothing in the address but the file. */
function get(address, cache) {
  return fetch(address, { cache, credentials: "omit", referrerPolicy: "no-referrer" });
}
