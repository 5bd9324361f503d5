// A backup leaves one wallet and comes into another one, with its passphrase only.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { keep } from "../chromium.mjs";
import { citizen, doorman, quiet, shown } from "../people.mjs";
import { openWorld } from "../world.mjs";

const PASSPHRASE = "vier Wörter gegen Neugier";
const run = promisify(execFile);
let world, lost, found, door, file;

/** `attest wallet` on a vault of its own. */
const wallet = (...given) =>
  run(process.env.ATTEST, ["wallet", "--vault", join(world.folder, "wallet.age"), ...given], { env: { ...process.env, ATTEST_PASSPHRASE: PASSPHRASE } });

before(async () => {
  world = await openWorld();
  world.crowd();
  [lost, found, door] = await Promise.all([citizen(world), citizen(world), doorman(world)]);
  await lost.pickUp(await world.submit());
  await lost.ready();
  const { result_id: id } = await world.submit({ family: "Papier", given: "Paul" });
  await lost.page.goto("about:blank");
  await lost.open();
  await lost.bringText((await world.station(`/v1/results/${id}/certificate`)).text);
  await lost.at("holding").waitFor();
});

after(async () => {
  await Promise.all([lost?.close(), found?.close(), door?.close()]);
  await world?.close();
});

test("a backup is saved under a passphrase that is long enough and typed twice", async () => {
  const { page } = lost;
  await page.goto("about:blank");
  await lost.open();
  await lost.press("settings");
  await lost.press("backup");
  await lost.passphrase("zu kurz");
  assert.equal(await page.locator("dialog[open]").count(), 1);
  await lost.passphrase(PASSPHRASE, "etwas ganz anderes");
  await page.locator('dialog [role="alert"]').waitFor();
  await keep(page, "wallet-passphrase-de");
  const saving = page.waitForEvent("download");
  await lost.passphrase(PASSPHRASE);
  const saved = await saving;
  assert.match(saved.suggestedFilename(), /^attest-wallet-\d{4}-\d\d-\d\d\.age$/);
  file = await readFile(await saved.path());
  assert.match(file.toString("latin1"), /^age-encryption\.org\/v1\n-> scrypt /);
  assert.doesNotMatch(file.toString("latin1"), /Mustermann|Paul|HC1/);
});

test("what is no backup, is damaged, or has another passphrase brings nothing", async () => {
  await found.open();
  await found.press("restore-start");
  const bent = Buffer.from(file);
  bent[bent.length - 5] ^= 1;
  const refused = [
    [file, "eine andere Passphrase", "file-wrong-passphrase"],
    [bent, PASSPHRASE, "file-damaged"],
    [file.subarray(0, file.length - 40), PASSPHRASE, "file-damaged"],
    [Buffer.from("Urlaubsfoto"), PASSPHRASE, "file-foreign"],
    [Buffer.alloc(0), PASSPHRASE, "file-foreign"],
  ];
  for (const [bytes, passphrase, code] of refused) {
    await found.restore(bytes, passphrase);
    const told = await found.told();
    assert.equal(told.code, code);
    assert.doesNotMatch(told.words, /Etwas ist schiefgegangen/);
  }
  await found.press("back");
  assert.equal(await found.page.locator("[data-holding]").count(), 0);
});

test("the right passphrase brings certificates and receipts, and the copies come by themselves", async () => {
  await found.press("restore-start");
  await found.restore(file, PASSPHRASE);
  const { words } = await found.told();
  assert.match(words, /Zertifikate: 1, Belege: 1/);
  await found.at("home").waitFor();
  await keep(found.page, "wallet-restored-de");
  assert.equal(await found.page.locator("[data-holding]").count(), 2);
  await found.page.locator("dialog [data-moved]").waitFor({ timeout: 60_000 });
  await keep(found.page, "wallet-moved-de");
  assert.match((await found.told()).words, /Kopien auf dem anderen Gerät sind zu Ende/);
  await found.page.locator('[data-kind="pass"]').click();
  await found.ready();
  assert.match(await found.at("holding").innerText(), /Erika Mustermann/);
});

test("the same backup again brings nothing new", async () => {
  await found.page.goto("about:blank");
  await found.open();
  await found.press("settings");
  await found.restore(file, PASSPHRASE);
  assert.match((await found.told()).words, /Zertifikate: 0, Belege: 0. Schon da: 2/);
  await found.at("home").waitFor();
  assert.equal(await found.page.locator("[data-holding]").count(), 2);
});

test("the restored wallet is accepted at the door", async () => {
  await door.open();
  await found.page.locator('[data-kind="pass"]').click();
  await found.present("initials");
  const judged = await door.known(async () => (await shown(found.page)).text);
  assert.equal(judged.verdict, "accept", judged.code);
  assert.match(judged.words, /E\. M\./);
});

test("the copies on the lost phone have ended, and it says so", async () => {
  await lost.page.goto("about:blank");
  await lost.open();
  await lost.page.locator('[data-kind="pass"]').click();
  await lost.present("initials");
  await world.station("/v1/status/publish", null, world.supervisor);
  let judged = await door.take((await shown(lost.page)).text);
  for (let attempt = 0; attempt < 12 && judged.code !== "revoked"; attempt++) {
    await door.newer();
    judged = await door.take((await shown(lost.page)).text);
  }
  assert.deepEqual([judged.verdict, judged.code], ["reject", "revoked"]);
  await lost.done();
  await lost.press("refresh");
  assert.equal((await lost.told()).code, "issuer-receipt-moved");
  await lost.page.locator('[data-state="moved-away"]').waitFor();
  await keep(lost.page, "wallet-moved-away-de");
  assert.equal(await lost.page.locator('[data-action="show"]').count(), 0);
});

test("the command line opens the page's backup, and the page the command line's", async () => {
  const [backup, exported] = ["backup.age", "exported.age"].map((name) => join(world.folder, name));
  await writeFile(backup, file);
  await wallet("create");
  await wallet("restore", backup);
  const { stdout } = await wallet("list");
  assert.equal(stdout.trim().split("\n").filter((line) => /^\s*\d/.test(line)).length, 2, stdout);
  await wallet("export", exported);
  const third = await citizen(world);
  await third.open();
  await third.press("restore-start");
  await third.restore(await readFile(exported), PASSPHRASE);
  assert.match((await third.told()).words, /Zertifikate: 1, Belege: 1/);
  quiet(third);
  await third.close();
});

test("nothing went wrong behind the pages", () => quiet(lost, found, door));
