// What is kept in the browser: the vault, encrypted, and the copies' keys, which no script can read (schemas/spec/vault.md).

const DATABASE = "attest-wallet";
/** OWASP's figure for PBKDF2 with SHA-256 (Password Storage Cheat Sheet, 2023). */
const ITERATIONS = 600_000;
const FORM = new TextEncoder().encode("attest-vault/web/1");
/** The name of the lock that lets one window at a time have the wallet. */
const WINDOW = "attest-wallet";

/** Why the store said no; `code` is for the page's words. */
export class StoreError extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}

export const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
export const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** A key under a passphrase, which stays in this window's memory. */
async function keyOf(passphrase, { salt, iterations }) {
  const bytes = new TextEncoder().encode(passphrase.normalize("NFKC"));
  const material = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** The wallet's database. One window has it at a time. */
export class Store {
  #database;
  /** The key that the vault is encrypted under; null while it is locked. */
  #key = null;
  /** What is in the database, as this window knows it: `{sealed, iv, revision, lock}`, where `lock` is null or says how. */
  #kept = null;

  /** Opens the database, unless another window has. */
  static async open() {
    if (!globalThis.indexedDB || !crypto.subtle) throw new StoreError("wallet-no-store");
    const store = new Store();
    await new Promise((resolve, reject) => {
      if (!navigator.locks) return resolve();
      navigator.locks.request(WINDOW, { ifAvailable: true }, (lock) => {
        if (!lock) return reject(new StoreError("wallet-other-window"));
        resolve();
        return new Promise(() => {});
      });
    });
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => ["vault", "keys"].forEach((name) => opening.result.createObjectStore(name));
    store.#database = await done(opening).catch((error) => {
      throw new StoreError("wallet-no-store", error);
    });
    store.#kept = (await store.#read("vault", "vault")) ?? null;
    return store;
  }

  get isNew() {
    return this.#kept === null;
  }

  get isLocked() {
    return Boolean(this.#kept?.lock) && this.#key === null;
  }

  get hasLock() {
    return Boolean(this.#kept?.lock);
  }

  /** The bytes as they are kept, for whoever wants to rescue a damaged vault. */
  get sealed() {
    return this.#kept && new Blob([this.#kept.iv, this.#kept.sealed]);
  }

  /**
   * The vault's bytes; none when there is none yet.
   * @param {string} [passphrase] when it is locked
   */
  async unseal(passphrase) {
    if (this.isNew) return new ArrayBuffer(0);
    const { sealed, iv, lock } = this.#kept;
    const key = lock ? (this.#key ?? (await keyOf(passphrase ?? "", lock))) : await this.#read("vault", "key");
    // A key that is missing is damage: the vault is left as it is.
    if (!key) throw new StoreError("wallet-damaged");
    try {
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: FORM }, key, sealed);
      this.#key = key;
      return plain;
    } catch (error) {
      throw new StoreError(lock ? "wallet-wrong-passphrase" : "wallet-damaged", error);
    }
  }

  /**
   * Writes the vault, new keys and the end of old ones in one transaction: all of it, or nothing.
   * @param {Uint8Array} plain
   * @param {{add?: Map<string, CryptoKey>, destroy?: string[], lock?: object | null, key?: CryptoKey}} with_
   */
  async save(plain, { add = new Map(), destroy = [], lock = this.#kept?.lock ?? null, key = this.#key } = {}) {
    key ??= await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: FORM }, key, plain);
    const known = this.#kept?.revision ?? 0;
    const next = { sealed, iv, lock, revision: known + 1 };
    const transaction = this.#database.transaction(["vault", "keys"], "readwrite", { durability: "strict" });
    const [vault, keys] = ["vault", "keys"].map((name) => transaction.objectStore(name));
    const finished = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(new StoreError("wallet-not-saved", transaction.error));
    });
    // What another window wrote since is not ours to write over.
    vault.get("vault").onsuccess = ({ target: { result } }) => {
      if ((result?.revision ?? 0) !== known) return transaction.abort();
      vault.put(next, "vault");
      // Under a passphrase no key of the vault stays on the device.
      if (lock) vault.delete("key");
      else vault.put(key, "key");
      for (const [handle, one] of add) keys.put(one, handle);
      for (const handle of destroy) keys.delete(handle);
    };
    await finished;
    [this.#kept, this.#key] = [next, key];
  }

  /** Puts the vault under a passphrase, or under none. */
  async lock(plain, passphrase) {
    if (!passphrase) return this.save(plain, { lock: null, key: null });
    const lock = { salt: crypto.getRandomValues(new Uint8Array(16)), iterations: ITERATIONS };
    return this.save(plain, { lock, key: await keyOf(passphrase, lock) });
  }

  /** A new key for a copy. It is kept with the next save. */
  async makeKey() {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const handle = toText(crypto.getRandomValues(new Uint8Array(16)));
    return { handle, key: pair.privateKey, public: toText(await crypto.subtle.exportKey("raw", pair.publicKey)) };
  }

  /** Signs with a key that is kept. */
  async sign(handle, bytes) {
    const key = await this.#read("keys", handle);
    if (!key) throw new StoreError("wallet-key-missing");
    return toText(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, bytes));
  }

  /** Ends the keys that the vault has no use for, as after a window was closed in the middle of an order. */
  async tidy(needed) {
    const transaction = this.#database.transaction("keys", "readwrite");
    const keys = transaction.objectStore("keys");
    const all = await done(keys.getAllKeys());
    all.filter((handle) => !needed.includes(handle)).forEach((handle) => keys.delete(handle));
  }

  /** Deletes everything. */
  async erase() {
    this.#database.close();
    await done(indexedDB.deleteDatabase(DATABASE));
  }

  #read(name, key) {
    return done(this.#database.transaction(name).objectStore(name).get(key));
  }
}
