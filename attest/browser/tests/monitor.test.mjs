// The monitor's status page, on the smallest telephone and at a desk: while all is well, and when a log has lied.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash, createPrivateKey, sign } from "node:crypto";
import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, device } from "../chromium.mjs";
import { seen } from "../seen.mjs";
import { openWorld } from "../world.mjs";

let world, folder, monitor, elsewhere;
/** What the place beside the log shows: nothing, until the log lies. */
let shown = null;

before(async () => {
  [world, folder] = await Promise.all([openWorld(), mkdtemp(join(tmpdir(), "attest-monitor-"))]);
  world.crowd();
  elsewhere = createServer((request, answer) => {
    answer.statusCode = shown && request.url === "/checkpoint" ? 200 : 404;
    answer.end(shown ?? "");
  });
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  monitor = await start();
});

after(async () => {
  monitor?.child.kill("SIGTERM");
  elsewhere?.close();
  await world?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Starts a monitor of the demo's cooperative. */
async function start() {
  const demo = join(world.folder, "demo-1");
  const network = await readFile(join(demo, "network.toml"), "utf8");
  const registrar = Buffer.from(network.match(/registrar = "(.*)"/)[1], "base64url").toString("hex");
  const place = join(folder, "monitor");
  const init = spawnSync(process.env.ATTEST, ["monitor", "init", place, "--registrar", registrar, "--listen", "127.0.0.1:0"]);
  assert.equal(init.status, 0, String(init.stderr));
  await copyFile(join(demo, "members.policy"), join(place, "members.policy"));
  const config = join(place, "monitor.toml");
  const other = `http://127.0.0.1:${elsewhere.address().port}/checkpoint`;
  await writeFile(config, (await readFile(config, "utf8")).replace("also = []", `also = ["${other}"]`));
  await appendFile(config, `[monitor.pace]\npoll_ms = 500\nretry_ms = 1000\n[[monitor.issuers]]\nnumber = 1\nurl = "${world.issuer}"\n`);
  const child = spawn(process.env.ATTEST, ["monitor", "--config", config], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await Promise.race([
    createInterface({ input: child.stdout })[Symbol.asyncIterator]().next().then(({ value }) => [value]),
    new Promise((_, reject) => child.once("exit", () => reject(new Error("the monitor ended")))),
  ]);
  return { child, url: line.replace("monitor: ", "") };
}

/** A checkpoint of the log's size at hand with another root, signed with the log's own key. */
async function secondHistory() {
  const demo = join(world.folder, "demo-1");
  const [, vkey, log] = (await readFile(join(demo, "members.policy"), "utf8")).match(/^log (\S+) (\S+)/m);
  const [name, id] = vkey.split("+");
  const [origin, size] = (await (await fetch(`${log}/checkpoint`)).text()).split("\n");
  const text = `${origin}\n${size}\n${createHash("sha256").update("another history").digest("base64")}\n`;
  const seed = Buffer.from((await readFile(join(demo, "log/log.key"), "utf8")).trim(), "hex");
  // RFC 8410: the fixed beginning of an Ed25519 key.
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const signature = sign(null, Buffer.from(text), createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  return `${text}\n\u2014 ${name} ${Buffer.concat([Buffer.from(id, "hex"), signature]).toString("base64")}\n`;
}

async function open(locale, size, path = "/") {
  const browser = await device({ ...size, locale, bypassCSP: true });
  const page = await browser.page();
  await page.goto(monitor.url + path);
  return { browser, page };
}

/** Asks for the page until it says so. */
async function until(page, says) {
  for (let tries = 0; tries < 120; tries++) {
    await page.reload();
    if (await page.getByText(says).first().isVisible()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.fail(`the page does not say ${says}`);
}

const SIZES = { phone: PHONE, desk: DESKTOP };
const LOCALES = [["de-DE", "Alles in Ordnung", "Jemand hat sich falsch verhalten"], ["en-GB", "All is well", "Somebody misbehaved"]];

test("nobody else is asked for anything, and nothing is refused", async () => {
  const browser = await device({ ...DESKTOP, locale: "de-DE" });
  const page = await browser.page();
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url())));
  const answer = await page.goto(monitor.url);
  assert.match(answer.headers()["content-security-policy"], /^default-src 'none'/);
  await until(page, "Alles in Ordnung");
  // The page asks again by itself, and keeps what is open.
  await page.locator("summary").click();
  await page.locator("main").evaluate((main) => main.setAttribute("data-old", ""));
  await page.locator("summary").evaluate((summary) => summary.blur());
  await page.locator("main:not([data-old])").waitFor({ timeout: 40_000 });
  assert.ok(await page.locator("details table").isVisible());
  assert.deepEqual([...new Set(asked.map(({ origin }) => origin))], [monitor.url]);
  assert.deepEqual([...new Set(asked.map(({ pathname }) => pathname))].sort(), ["/", "/monitor.css", "/monitor.js"]);
  assert.deepEqual(browser.problems, []);
  await browser.close();
});

for (const [locale, well] of LOCALES) {
  for (const [name, size] of Object.entries(SIZES)) {
    test(`all is well, ${locale} on a ${name}`, async () => {
      const { browser, page } = await open(locale, size);
      await until(page, well);
      assert.equal(await page.locator("#logs + .sheet tbody tr").count(), 1);
      assert.equal(await page.getByRole("row").filter({ hasText: "member-" }).count(), 10);
      await seen(page, `monitor-${name}`, locale.slice(0, 2))("well");
      await page.locator("summary").click();
      assert.equal(await page.locator("details tbody tr").count(), 24);
      await browser.close();
    });
  }
}

test("the other language is one click away", async () => {
  const { browser, page } = await open("de-DE", PHONE);
  await page.getByRole("link", { name: "English" }).click();
  await page.getByRole("heading", { name: "Witnesses" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.getByRole("link", { name: "Deutsch" }).click();
  await page.getByRole("heading", { name: "Zeugen" }).waitFor();
  await browser.close();
});

test("a log that lies is told, with evidence that holds", async () => {
  shown = await secondHistory();
  for (const [locale, , misbehaved] of LOCALES) {
    for (const [name, size] of Object.entries(SIZES)) {
      const { browser, page } = await open(locale, size);
      await until(page, misbehaved);
      await page.getByText("log-two-histories").waitFor();
      await seen(page, `monitor-${name}`, locale.slice(0, 2))("lie");
      const evidence = await page.locator("a[href^=evidence]").first().getAttribute("href");
      const file = join(folder, `${locale}-${name}.json`);
      await writeFile(file, await (await fetch(`${monitor.url}/${evidence}`)).text());
      const network = join(world.folder, "demo-1", "network.toml");
      const said = spawnSync(process.env.ATTEST, ["verify-evidence", file, "--network", network]);
      assert.equal(said.status, 0, String(said.stdout) + said.stderr);
      assert.match(String(said.stdout), /signed two histories/);
      await browser.close();
    }
  }
});
