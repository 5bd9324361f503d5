// A door that shows a code of its own: the answer counts at this door and in this minute, and nowhere else (schemas/spec/challenge.md).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keep, photo } from "../chromium.mjs";
import { citizen, doorman, quiet, renewed, shown } from "../people.mjs";
import { openWorld } from "../world.mjs";

let world, guest, door, other, answer;

/** The codes of an answer to somebody else, or to another minute. */
const NOT_FOR_US = /^kbt-(audience|nonce)$/;

/** Both clocks go on by so many seconds: what the pages do later happens now. */
const later = (seconds) => Promise.all([guest, door, other].map(({ page }) => page.clock.fastForward(seconds * 1_000)));

before(async () => {
  world = await openWorld();
  world.crowd();
  [guest, door, other] = await Promise.all([citizen(world, { camera: true }), doorman(world), doorman(world)]);
  await Promise.all([guest, door, other].map(({ page }) => page.clock.install()));
  await guest.pickUp(await world.submit());
  await guest.ready();
  await Promise.all([door.open(), other.open()]);
  await guest.present("initials");
  const text = async () => (await shown(guest.page)).text;
  for (const one of [door, other]) assert.equal((await one.known(text)).verdict, "accept");
});

after(async () => {
  await Promise.all([guest?.close(), door?.close(), other?.close()]);
  await world?.close();
});

test("a door that shows a challenge refuses a code that was made for no door", async () => {
  await Promise.all([door, other].map((one) => one.rules((page) => page.locator("#challenge-on").check())));
  const judged = await door.take((await shown(guest.page)).text);
  assert.equal(judged.verdict, "reject");
  assert.match(judged.code, NOT_FOR_US);
  await keep(door.page, "scanner-challenge-plain-de");
  await guest.done();
});

test("a wallet scans the challenge with its camera, and its answer is accepted", async () => {
  const challenge = await door.challenge();
  assert.match(challenge.text, /^AC1:/);
  await keep(door.page, "scanner-challenge-de");
  await guest.hear(challenge);
  // What the door asks for is chosen already, and said.
  assert.equal(await guest.page.locator("[data-challenge]").getAttribute("data-challenge"), "initials");
  assert.equal(await guest.page.locator('input[name="disclose"]:checked').getAttribute("value"), "initials");
  await keep(guest.page, "wallet-challenge-choice-de");
  answer = await guest.answer();
  await keep(guest.page, "wallet-challenge-answer-de");
  const judged = await door.known(async () => (await shown(guest.page)).text);
  assert.equal(judged.verdict, "accept", judged.code);
  assert.match(judged.words, /E\. M\./);
  assert.notEqual(answer.text, challenge.text);
});

test("the same answer is refused at another door, and at one without a challenge", async () => {
  answer = await shown(guest.page);
  const { text } = answer;
  assert.match((await other.take(text)).code, NOT_FOR_US);
  await other.rules((page) => page.locator("#challenge-on").uncheck());
  assert.equal(await other.page.locator("#challenge").isVisible(), false);
  const judged = await other.take(text);
  assert.equal(judged.verdict, "reject");
  assert.match(judged.code, NOT_FOR_US);
});

test("an answer outlives its challenge by 90 seconds, and no longer; the wallet says so too", async () => {
  const first = await door.challenge();
  await later(70);
  await door.page.locator(`#challenge[data-text]:not([data-text="${first.text}"])`).waitFor();
  const { text } = await renewed(guest.page, answer);
  assert.equal((await door.take(text)).verdict, "accept");
  await later(50);
  const last = await renewed(guest.page, { text });
  await later(40);
  const judged = await door.take(last.text);
  assert.equal(judged.verdict, "reject");
  assert.match(judged.code, NOT_FOR_US);
  await keep(door.page, "scanner-challenge-late-de");
  await guest.page.locator('[data-error="answer-over"]').waitFor();
  assert.equal(await guest.page.locator('[data-code="presentation"]').count(), 0);
  await keep(guest.page, "wallet-answer-over-de");
  await guest.done();
});

test("the door reads an answer with its camera", async () => {
  await guest.hear(await door.challenge());
  const { drawing } = await guest.answer();
  await door.look(await photo(drawing));
  await door.page.locator("#turn").click();
  const judged = await door.verdict();
  assert.equal(judged.verdict, "accept", judged.code);
});

test("nothing went wrong behind the pages", () => quiet(guest, door, other));
