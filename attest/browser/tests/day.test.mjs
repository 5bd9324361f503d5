// From the walk-in to the accepted scan, and what the door says to everything else. Station, citizen and door are three
// devices, which share nothing but what the station shows and the door sees.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keep } from "../chromium.mjs";
import { citizen, doorman, quiet } from "../people.mjs";
import { openWorld } from "../world.mjs";

let world, crowd, guest, door, submitted, first;

before(async () => {
  world = await openWorld();
  crowd = world.crowd();
  [guest, door] = await Promise.all([citizen(world), doorman(world)]);
});

after(async () => {
  await Promise.all([guest?.close(), door?.close()]);
  await world?.close();
});

test("a wrong code is told, and nothing is lost by it", async () => {
  submitted = await world.submit();
  await guest.pickUp(submitted, submitted.tx_code === "000000" ? "000001" : "000000");
  await guest.page.locator("[data-error]:visible").waitFor();
  await keep(guest.page, "wallet-wrong-code-de");
});

test("a citizen picks a result up by opening the offer", async () => {
  await guest.pickUp(submitted);
  await guest.ready();
  await keep(guest.page, "wallet-holding-de");
});

test("the door accepts what the citizen shows, by its camera", async () => {
  await door.open();
  first = await guest.present("initials");
  await keep(guest.page, "wallet-showing-de");
  const judged = await door.scan(first);
  await keep(door.page, "scanner-accept-de");
  assert.equal(judged.verdict, "accept", judged.code);
  assert.match(judged.words, /E\. M\./);
  assert.doesNotMatch(judged.words, /Mustermann/);
});

test("the same code again is refused", async () => {
  // Without loading the page again: what a door has seen is in its memory alone.
  await door.type(first.text);
  const judged = await door.type(first.text);
  assert.equal(judged.verdict, "reject");
  assert.equal(judged.code, "token-seen");
  await keep(door.page, "scanner-token-seen-de");
});

test("an altered code is refused", async () => {
  const last = first.text.at(-1);
  const judged = await door.type(first.text.slice(0, -1) + (last === "0" ? "1" : "0"));
  assert.equal(judged.verdict, "reject");
  assert.notEqual(judged.code, "token-seen");
});

test("the code on the screen is renewed, and the old one is refused after its time", async () => {
  await guest.page.locator(`[data-code="presentation"]:not([data-text="${first.text}"]) svg`).waitFor({ timeout: 45_000 });
  await guest.done();
  await new Promise((resolve) => setTimeout(resolve, 65_000));
  const judged = await door.type(first.text);
  assert.equal(judged.verdict, "reject");
  assert.match(judged.code, /^kbt-/);
});

test("a positive result is refused, and no screen says what it is", async () => {
  const positive = await world.submit({ given: "Otto", family: "Positiv", result: "detected" });
  const ill = await citizen(world);
  await ill.pickUp(positive);
  await ill.ready();
  const judged = await door.type((await ill.present("result")).text);
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
  assert.equal((await door.type((await holder.present("result")).text)).verdict, "accept");
  await world.revoke(withdrawn.result_id);
  await holder.done();
  let judged;
  for (let attempt = 0; attempt < 12; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await door.page.reload();
    await door.fresh();
    await door.type((await holder.again()).text);
    judged = await door.verdict();
    await holder.done();
    if (judged.verdict === "reject") break;
  }
  assert.equal(judged.code, "revoked");
  await holder.close();
});

test("nothing went wrong behind the pages", () => quiet(guest, door));
