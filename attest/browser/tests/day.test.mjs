// From the walk-in to the accepted scan, and what the door says to everything else. Station, citizen and door are three
// devices, which share nothing but what the station shows and the door sees.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keep } from "../chromium.mjs";
import { citizen, doorman, quiet, renewed, shown, station } from "../people.mjs";
import { openWorld } from "../world.mjs";

let world, desk, guest, door, handed, first;

before(async () => {
  world = await openWorld();
  world.crowd();
  [desk, guest, door] = await Promise.all([station(world), citizen(world, { camera: true }), doorman(world)]);
});

after(async () => {
  await Promise.all([desk?.close(), guest?.close(), door?.close()]);
  await world?.close();
});

test("a station signs in, and a wrong key is told", async () => {
  await desk.signIn("attest_nobody");
  await desk.page.locator("[data-code]:visible").waitFor();
  await keep(desk.page, "desk-wrong-key-de");
  await desk.signIn();
  await desk.page.locator("#test-form").waitFor();
  await keep(desk.page, "desk-form-de");
});

test("a walk-in's rapid test becomes a code to pick up", async () => {
  handed = await desk.test();
  assert.match(handed.tx_code, /^\d{6}$/);
  await keep(desk.page, "desk-handover-de");
});

test("a wrong code is told, and nothing is lost by it", async () => {
  await guest.pickUp(handed, handed.tx_code === "000000" ? "000001" : "000000");
  await guest.page.locator("[data-error]:visible").waitFor();
  await keep(guest.page, "wallet-wrong-code-de");
});

test("a citizen picks a result up by scanning the offer", async () => {
  await guest.open();
  await keep(guest.page, "wallet-empty-de");
  await guest.scanOffer(handed);
  await guest.ready();
  await keep(guest.page, "wallet-holding-de");
});

test("the door accepts what the citizen shows, by its camera", async () => {
  await door.open();
  // A copy that the door cannot know yet is shown again: the codes are of one showing.
  await guest.present("initials");
  await keep(guest.page, "wallet-showing-de");
  assert.equal((await door.known(async () => (await shown(guest.page)).text)).verdict, "accept");
  first = await renewed(guest.page);
  const judged = await door.scan(first);
  await keep(door.page, "scanner-accept-de");
  assert.equal(judged.verdict, "accept", judged.code);
  assert.match(judged.words, /E\. M\./);
  assert.doesNotMatch(judged.words, /Mustermann/);
});

test("the same code again is refused", async () => {
  await door.lookAway();
  const second = await renewed(guest.page);
  assert.equal((await door.take(second.text)).verdict, "accept");
  const judged = await door.take(second.text);
  assert.equal(judged.verdict, "reject");
  assert.equal(judged.code, "token-seen");
  await keep(door.page, "scanner-token-seen-de");
});

test("an altered code is refused", async () => {
  const last = first.text.at(-1);
  const judged = await door.take(first.text.slice(0, -1) + (last === "0" ? "1" : "0"));
  assert.equal(judged.verdict, "reject");
  assert.notEqual(judged.code, "token-seen");
});

test("the code on the screen is renewed, and the old one is refused after its time", async () => {
  await renewed(guest.page);
  await guest.done();
  await door.page.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 65_000;
  });
  const judged = await door.take(first.text);
  assert.equal(judged.verdict, "reject");
  assert.match(judged.code, /^kbt-/);
  await door.lookAway();
});

test("a positive result is refused, and no screen says what it is", async () => {
  const positive = await world.submit({ given: "Otto", family: "Positiv", result: "detected" });
  const ill = await citizen(world);
  await ill.pickUp(positive);
  await ill.ready();
  await ill.present("result");
  const judged = await door.known(async () => (await shown(ill.page)).text);
  assert.equal(judged.verdict, "reject");
  assert.doesNotMatch(judged.words, /result-detected|positiv|detected/i);
  await keep(door.page, "scanner-positive-de");
  quiet(ill);
  await ill.close();
});

test("a revoked result is refused once the door has followed the ledger", async () => {
  const withdrawn = await world.submit({ given: "Wanda", family: "Widerruf" });
  const holder = await citizen(world);
  await holder.pickUp(withdrawn);
  await holder.ready();
  await holder.present("initials");
  assert.equal((await door.known(async () => (await shown(holder.page)).text)).verdict, "accept");
  await world.revoke(withdrawn.result_id);
  let judged;
  for (let attempt = 0; attempt < 12 && judged?.code !== "revoked"; attempt++) {
    await door.newer();
    judged = await door.take((await shown(holder.page)).text);
  }
  assert.equal(judged.code, "revoked");
  await holder.close();
});

test("nothing went wrong behind the pages", () => quiet(desk, guest, door));
