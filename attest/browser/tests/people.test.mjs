// A wallet of several people, over days: kept apart, deleted for good, shown again with consent, locked, damaged and rescued.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { accessible } from "../access.mjs";
import { keep, keepFile, pages } from "../chromium.mjs";
import { citizen, doorman, quiet, shown } from "../people.mjs";
import { openWorld } from "../world.mjs";

const PASSPHRASE = "vier Wörter gegen Neugier";
let world, guest, door;

/** Does something in the wallet's database, as nobody but a damaged disk would. */
const inDatabase = (does) =>
  guest.page.evaluate(async (source) => {
    const done = (request) => new Promise((resolve, reject) => ([request.onsuccess, request.onerror] = [() => resolve(request.result), () => reject(request.error)]));
    const database = await done(indexedDB.open("attest-wallet"));
    const stores = database.transaction(["vault", "keys"], "readwrite");
    const result = await new Function("done", "vault", "keys", `return (${source})(done, vault, keys)`)(done, stores.objectStore("vault"), stores.objectStore("keys"));
    database.close();
    return result;
  }, String(does));
const keys = () => inDatabase((done, vault, keys) => done(keys.getAllKeys()));
const reload = async (screen = "home") => {
  await guest.page.goto("about:blank");
  await guest.page.goto(world.wallet);
  await guest.at(screen).waitFor();
};
const left = (count) => guest.page.locator(`[data-state="ready"][data-left="${count}"]`).waitFor({ timeout: 150_000 });

before(async () => {
  world = await openWorld();
  world.crowd();
  [guest, door] = await Promise.all([citizen(world, { bypassCSP: true }), doorman(world)]);
  const [erika, max] = [await world.submit(), await world.submit({ given: "Max", born: "1990-02-01" })];
  await guest.pickUp(erika);
  await guest.ready();
  await guest.pickUp(max);
  await guest.ready();
});

after(async () => {
  await Promise.all([guest?.close(), door?.close()]);
  await world?.close();
});

test("two people are kept apart, each by name and date of birth", async () => {
  await reload();
  const people = guest.page.locator("section.person");
  assert.equal(await people.count(), 2);
  for (const [at, words] of [/Erika Mustermann[^]*12\. August 1964/, /Max Mustermann[^]*1\. Februar 1990/].entries()) {
    assert.match(await people.nth(at).innerText(), words);
    assert.equal(await people.nth(at).locator("[data-holding]").count(), 1);
  }
  await keep(guest.page, "wallet-people-de");
});

test("a door's challenge asks which person it is for", async () => {
  await door.open();
  await door.rules((page) => page.locator("#challenge-on").check());
  await guest.bringText((await door.challenge()).text);
  await guest.at("choice").waitFor();
  assert.deepEqual(await guest.page.locator(".person h2").allInnerTexts(), ["Erika Mustermann", "Max Mustermann"]);
  await keep(guest.page, "wallet-which-de");
  await guest.page.locator("[data-holding]").nth(1).click();
  await guest.answer("name");
  const judged = await door.known(async () => (await shown(guest.page)).text);
  assert.equal(judged.verdict, "accept", judged.code);
  assert.match(judged.words, /Max/);
  await guest.press("done");
  await door.rules((page) => page.locator("#challenge-on").uncheck());
});

test("what is deleted is gone with its keys, and the other stays", async () => {
  await reload();
  const before = await keys();
  await guest.page.locator("section.person", { hasText: "Max" }).locator("[data-holding]").click();
  await guest.press("delete");
  await guest.page.locator("dialog").getByRole("button", { name: "Abbrechen" }).click();
  await guest.at("holding").waitFor();
  await guest.press("delete");
  await accessible(guest.page, "the dialog");
  await keep(guest.page, "wallet-delete-de");
  await guest.page.locator('dialog button[value="yes"]').click();
  await guest.at("home").waitFor();
  for (const how of ["at once", "after a reload"]) {
    if (how !== "at once") await reload();
    assert.doesNotMatch(await guest.at("home").innerText(), /Max/, how);
    assert.match(await guest.at("home").innerText(), /Erika/, how);
    const after = await keys();
    assert.equal(after.length, before.length - 4, how);
    assert.ok(after.every((key) => before.includes(key)), how);
  }
});

test("without a network copies run out, and another showing takes consent", async () => {
  await guest.page.locator("[data-holding]").click();
  await left(4);
  await guest.context.setOffline(true);
  for (let copy = 4; copy > 0; copy--) {
    await guest.present("initials");
    await guest.done();
  }
  await left(0);
  await keep(guest.page, "wallet-out-de");
  await guest.press("show");
  await guest.press("present");
  const dialog = guest.page.locator("dialog[open]");
  assert.match(await dialog.innerText(), /schon einmal|schon gezeigt/);
  await keep(guest.page, "wallet-consent-de");
  await accessible(guest.page, "the consent");
  await dialog.locator("button").first().click();
  await guest.at("choice").waitFor();
  assert.equal(await guest.at("showing").count(), 0);
  await guest.press("present");
  await dialog.locator('button[value="yes"]').click();
  const { text } = await shown(guest.page);
  const judged = await door.known(async () => text);
  assert.match(judged.verdict, /accept|reject/);
  await guest.done();
});

test("with a network fresh copies come by themselves", async () => {
  await guest.context.setOffline(false);
  await guest.page.locator('[data-state="ready"]:not([data-left="0"])').waitFor({ timeout: 150_000 });
  await guest.present("initials");
  const judged = await door.known(async () => (await shown(guest.page)).text);
  assert.equal(judged.verdict, "accept", judged.code);
  await guest.done();
});

test("a print is of a certificate of its own, says that it is static, and is accepted as paper", async () => {
  await guest.press("paper");
  await guest.press("fetch-paper");
  const sheet = guest.page.locator('[data-paper="whole"]');
  await sheet.locator(".code svg").waitFor({ timeout: 120_000 });
  assert.match(await sheet.locator(".static").innerText(), /Statischer Code/);
  await guest.page.emulateMedia({ media: "print" });
  const picture = await guest.page.screenshot({ fullPage: true });
  await keepFile("wallet-print-de.png", picture);
  const pdf = await guest.page.pdf({ format: "A4" });
  await keepFile("wallet-print.pdf", pdf);
  assert.equal(pages(pdf), 1);
  await guest.page.emulateMedia({ media: null });
  const judged = await door.picture(picture);
  assert.equal(judged.verdict, "accept", judged.code);
  await guest.page.locator('[data-form="travel"]').click();
  await guest.page.locator('[data-paper="travel"] .code svg').waitFor();
  await keep(guest.page, "wallet-paper-travel-de");
  const { text } = await guest.page.locator(".sheet .code").evaluate(({ dataset }) => ({ text: dataset.text }));
  assert.match((await door.take(text)).code, /proof-missing/);
});

test("a lock opens with its passphrase alone", async () => {
  await reload();
  await guest.press("settings");
  await guest.press("lock");
  await guest.passphrase(PASSPHRASE);
  await guest.page.locator('[data-action="unlock"]').waitFor();
  assert.equal(await inDatabase((done, vault) => done(vault.get("key"))), undefined, "no key is left beside the vault");
  await reload("locked");
  await keep(guest.page, "wallet-locked-de");
  await accessible(guest.page, "the lock");
  await guest.page.locator("#passphrase").fill("eine andere Passphrase");
  await guest.press("unlock");
  await guest.page.locator('[role="alert"]:visible').waitFor();
  await guest.page.locator("#passphrase").fill(PASSPHRASE);
  await guest.press("unlock");
  await guest.at("home").waitFor();
  assert.equal(await guest.page.locator("[data-holding]").count(), 2);
  await guest.press("settings");
  await guest.press("unlock");
  await guest.page.locator('[data-action="unlock"]').waitFor({ state: "detached" });
  await reload();
});

test("a damaged vault is left as it is, and its bytes can be saved", async () => {
  const sealed = await inDatabase(async (done, vault) => {
    const kept = await done(vault.get("vault"));
    new Uint8Array(kept.sealed)[20] ^= 1;
    await done(vault.put(kept, "vault"));
    return Array.from(new Uint8Array(kept.sealed));
  });
  await reload("failed");
  assert.equal(await guest.page.locator("[data-error]").getAttribute("data-error"), "wallet-damaged");
  await keep(guest.page, "wallet-damaged-de");
  await accessible(guest.page, "the rescue");
  const saving = guest.page.waitForEvent("download");
  await guest.press("rescue");
  const saved = await readFile(await (await saving).path());
  assert.deepEqual(Array.from(saved.subarray(12)), sealed);
  // Nothing was written over: with the byte mended the wallet is back.
  await inDatabase(async (done, vault) => {
    const kept = await done(vault.get("vault"));
    new Uint8Array(kept.sealed)[20] ^= 1;
    return done(vault.put(kept, "vault"));
  });
  await reload();
  assert.equal(await guest.page.locator("[data-holding]").count(), 2);
});

test("a second window says that there is a first", async () => {
  const second = await guest.context.newPage();
  await second.goto(world.wallet);
  await second.locator('[data-error="wallet-other-window"]').waitFor();
  await second.close();
});

test("who forgot the passphrase can begin anew", async () => {
  await guest.press("settings");
  await guest.press("lock");
  await guest.passphrase(PASSPHRASE);
  await guest.page.locator('[data-action="unlock"]').waitFor();
  await reload("locked");
  await guest.page.locator("summary").click();
  await guest.press("erase");
  await guest.page.locator('dialog button[value="yes"]').click();
  await guest.at("home").waitFor();
  assert.equal(await guest.page.locator("[data-holding]").count(), 0);
  assert.deepEqual(await keys(), []);
  assert.doesNotMatch(await guest.page.evaluate(() => JSON.stringify({ ...localStorage })), /looked|withdrawn/);
});

test("nothing went wrong behind the pages", () => quiet(guest, door));
