// The whole system by the real binary, in a folder that goes with the test.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { randomUUID } from "node:crypto";

/** How long the demo's tour may take on a busy machine. */
const PATIENCE = 180_000;

/** Starts `attest demo` and reads from what it prints where the pages are. */
export async function openWorld() {
  const folder = await mkdtemp(join(tmpdir(), "attest-browser-"));
  const child = spawn(process.env.ATTEST, ["demo", "--data", folder], { stdio: ["ignore", "pipe", "inherit"] });
  const world = new World(child, folder);
  try {
    await world.ready();
  } catch (error) {
    await world.close();
    throw error;
  }
  return world;
}

class World {
  #child;
  #crowd = null;

  constructor(child, folder) {
    this.#child = child;
    this.folder = folder;
  }

  async ready() {
    const found = {};
    const lines = createInterface({ input: this.#child.stdout });
    const read = new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        // As printed: `  desk     http://…/desk/   key attest_…`
        const page = line.match(/^ {2}(desk|wallet|scanner) +(http:\S+)(?: +key (\S+))?(?: +supervisor (\S+))?/);
        if (page) found[page[1]] = { address: page[2], key: page[3], supervisor: page[4] };
        if (["desk", "wallet", "scanner"].every((name) => found[name])) resolve();
      });
      lines.on("close", () => reject(new Error("the demo ended before it printed its pages")));
    });
    const late = new Promise((_, reject) => setTimeout(reject, PATIENCE, new Error("the demo took too long")).unref());
    await Promise.race([read, late]);
    this.desk = found.desk.address;
    this.wallet = found.wallet.address;
    this.scanner = found.scanner.address;
    this.issuer = new URL(this.desk).origin;
    this.key = found.desk.key;
    this.supervisor = found.desk.supervisor;
  }

  /** Calls the issuer as the station; the answer is JSON, or nothing. */
  async station(path, body, key = this.key) {
    const text = await this.read(path, body, key);
    return text ? JSON.parse(text) : null;
  }

  /** Calls the issuer as the station; the answer as it is. */
  async read(path, body, key = this.key) {
    const answer = await fetch(`${this.issuer}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text;
  }

  /** Submits one result. */
  submit({ given = "Erika", family = "Mustermann", born = "1964-08-12", result = "not-detected", kind = "naat", at = new Date() } = {}) {
    const test =
      kind === "naat"
        ? { kind, name: "SARS-CoV-2 RT-PCR", result, sampled_at: at.toISOString() }
        : { kind, device: "1232", result, sampled_at: at.toISOString() };
    return this.station("/v1/results", {
      request_id: randomUUID(),
      person: { given_name: given, family_name: family, date_of_birth: born },
      test,
    });
  }

  /** Withdraws a result, and publishes that at once. */
  async revoke(result) {
    await this.station(`/v1/results/${result}/revoke`, { reason: "laboratory-error" });
    await this.station("/v1/status/publish", null, this.supervisor);
  }

  /** Other people being tested, so that batches fill in seconds. */
  crowd() {
    let open = true;
    const letters = "ABCDEFGHIKLMNOPRSTUVW";
    const visit = async () => {
      for (let number = 0; open; number++) {
        const family = `Gast ${letters[number % 21]}${letters[Math.floor(number / 21) % 21]}`;
        await Promise.all(Array.from({ length: 8 }, () => this.submit({ family }).catch(() => null)));
        await new Promise((resolve) => setTimeout(resolve, 400));
      }
    };
    this.#crowd = { done: visit(), leave: () => (open = false) };
    return this.#crowd;
  }

  async close() {
    this.#crowd?.leave();
    await this.#crowd?.done;
    if (this.#child.exitCode === null) {
      const ended = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill("SIGTERM");
      const kill = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(kill);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
