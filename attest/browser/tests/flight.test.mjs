// Without a network: wallet and scanner from their second visit on, a view that grows old, and what a clock does to both.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keep } from "../chromium.mjs";
import { citizen, doorman, renewed, shown } from "../people.mjs";
import { openWorld } from "../world.mjs";

let world, guest, ill, gone, door;

/** The page's clock goes `hours` ahead from its next load on. */
const ahead = (page, hours) =>
  page.addInitScript((offset) => {
    const now = Date.now.bind(Date);
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...given) {
        super(...(given.length ? given : [now() + offset]));
      }
      static now() {
        return now() + offset;
      }
    };
  }, hours * 3_600_000);

before(async () => {
  world = await openWorld();
  world.crowd();
  [guest, ill, gone, door] = await Promise.all([citizen(world), citizen(world), citizen(world), doorman(world)]);
  const withdrawn = await world.submit({ family: "Widerruf" });
  await Promise.all([guest.pickUp(await world.submit()), ill.pickUp(await world.submit({ family: "Positiv", result: "detected" })), gone.pickUp(withdrawn)]);
  await Promise.all([guest, ill, gone].map((one) => one.ready()));
  await Promise.all([guest, ill, gone].map((one) => one.present("initials")));
  await gone.context.setOffline(true);
  await world.revoke(withdrawn.result_id);
  await door.open();
  for (const one of [guest, ill, gone]) {
    await door.known(async () => (await shown(one.page)).text);
  }
  const revoked = async () => (await door.take((await shown(gone.page)).text)).code === "revoked";
  while (!(await revoked())) await door.newer();
  await guest.done();
  // The second visit is the first one that a service worker serves.
  for (const page of [guest.page, door.page]) {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
  }
  await door.page.locator('body[data-ready="true"]').waitFor();
});

after(async () => {
  await Promise.all([guest, ill, gone, door].map((one) => one?.close()));
  await world?.close();
});

test("both install as apps", async () => {
  for (const { page, context } of [guest, door]) {
    const session = await context.newCDPSession(page);
    const { installabilityErrors: errors } = await session.send("Page.getInstallabilityErrors");
    assert.deepEqual(errors.map((error) => error.errorId), []);
    const { errors: faults, url } = await session.send("Page.getAppManifest");
    assert.deepEqual(faults, []);
    assert.ok(url);
  }
});

test("in flight mode a wallet shows, and a door accepts", async () => {
  // What the wallet has a proof of when it goes, the door has read.
  await guest.context.setOffline(true);
  await door.newer();
  await Promise.all([ill, gone, door].map(({ context }) => context.setOffline(true)));
  await Promise.all([guest.page.reload(), door.page.reload()]);
  await door.page.locator('body[data-ready="true"]').waitFor();
  await guest.at("home").or(guest.at("holding")).waitFor();
  if (await guest.at("home").isVisible()) await guest.page.locator("[data-holding]").first().click();
  const { text } = await guest.again("name");
  const judged = await door.take(text);
  assert.equal(judged.verdict, "accept", judged.code);
  assert.match(judged.words, /Mustermann/);
  await keep(door.page, "scanner-accept-offline-de");
});

test("in flight mode the code on the screen is renewed, and the same one counts once", async () => {
  const { text } = await renewed(guest.page);
  const judged = await door.take(text);
  assert.equal(judged.verdict, "accept", judged.code);
  assert.equal((await door.take(text)).code, "token-seen");
});

test("in flight mode a positive and a revoked result are refused", async () => {
  for (const [one, code] of [[ill, "result-detected"], [gone, "revoked"]]) {
    const judged = await door.take((await shown(one.page)).text);
    assert.equal(judged.verdict, "reject");
    assert.equal(judged.code, code);
    assert.doesNotMatch(judged.words, /result-detected|positiv|detected/i);
  }
  await keep(door.page, "scanner-revoked-offline-de");
});

test("a door that was offline for hours cannot tell, and says what is missing", async () => {
  await ahead(door.page, 10);
  await door.page.reload();
  await door.page.locator('#fresh[data-state="old"]').waitFor({ timeout: 20_000 });
  await ahead(guest.page, 10);
  await guest.page.reload();
  await guest.at("home").or(guest.at("holding")).waitFor();
  if (await guest.at("home").isVisible()) await guest.page.locator("[data-holding]").first().click();
  const judged = await door.take((await guest.again("initials")).text);
  assert.equal(judged.verdict, "indeterminate");
  assert.match(judged.code, /view-too-old/);
  await keep(door.page, "scanner-view-too-old-de");
});

test("what has expired is not shown", async () => {
  await ahead(guest.page, 24 * 7);
  await guest.page.reload();
  await guest.at("home").or(guest.at("holding")).waitFor();
  assert.equal(await guest.page.locator('[data-action="show"]:enabled').count(), 0);
  await keep(guest.page, "wallet-expired-de");
});

test("what has expired is refused at the door, however old its view is", async () => {
  const { result_id: id } = await world.submit({ family: "Papier", given: "Paul" });
  const { text } = await world.station(`/v1/results/${id}/certificate`);
  await door.page.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 5 * 86_400_000;
  });
  const judged = await door.take(text);
  assert.deepEqual([judged.verdict, judged.code], ["reject", "hcert-expired"]);
  await keep(door.page, "scanner-expired-de");
});
