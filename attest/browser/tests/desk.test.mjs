// What a station does after the test: it corrects, revokes and prints; and what wallet and door make of that.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../access.mjs";
import { keep, keepFile, pages } from "../chromium.mjs";
import { citizen, doorman, quiet, shown, station } from "../people.mjs";
import { openWorld } from "../world.mjs";

let world, desk, guest, other, door, misspelt, corrected, wrong;

/** What a citizen's phone shows. */
const showing = async ({ page } = guest) => (await shown(page)).text;
/** What today's list says of a case, which may be on a later page of it. */
const state = async (code) => {
  await desk.page.locator("#search").fill(code);
  return desk.page.locator(`tr:has([data-case^="${code}"]) [data-state]`).getAttribute("data-state");
};
/** Loads the page again. */
const again = async () => {
  await desk.page.reload();
  await desk.page.locator("#test-form").waitFor();
};

before(async () => {
  world = await openWorld();
  world.crowd();
  [desk, guest, other, door] = await Promise.all([station(world), citizen(world), citizen(world), doorman(world)]);
  await desk.signIn();
  wrong = await desk.test({ family: "Wiesel" });
  await desk.page.locator("#next").click();
  misspelt = await desk.test({ family: "Mustermnan" });
  await Promise.all([guest.pickUp(misspelt), other.pickUp(wrong)]);
  for (const one of [guest, other]) {
    await one.ready();
    await one.present("name");
    // It learns of what the station does when the tests say so.
    await one.context.setOffline(true);
  }
});

after(async () => {
  await Promise.all([desk, guest, other, door].map((one) => one?.close()));
  await world?.close();
});

test("a misspelt name is corrected, with what was typed still there", async () => {
  await desk.page.locator("#correct").click();
  assert.equal(await desk.page.locator("#family").inputValue(), "Mustermnan");
  assert.match(await desk.page.locator("#kit").inputValue(), /1232/);
  assert.equal(await desk.page.locator("#not-detected").isChecked(), true);
  await keep(desk.page, "desk-correction-de");
  await desk.page.locator("#family").fill("Mustermann");
  await desk.page.locator("#submit").press("Enter");
  await desk.page.locator(`#pick-up-code[data-text]:not([data-text="${misspelt.link}"]) svg`).waitFor();
  corrected = await desk.handedOver();
  assert.notEqual(corrected.case, misspelt.case);
});

test("a result is revoked with a reason, and can be neither given out nor corrected any more", async () => {
  await desk.openCase(wrong.case);
  await desk.page.locator("#revoke").click();
  await accessible(desk.page, "the dialog");
  await desk.page.locator('dialog button[value="revoke"]').click();
  assert.equal(await desk.page.locator("dialog[open]").count(), 1, "a reason is needed");
  await desk.page.locator('input[value="wrong-result"]').check();
  await keep(desk.page, "desk-revoke-de");
  await desk.page.locator('dialog button[value="revoke"]').click();
  await desk.page.locator('#case[data-state="revoked"]').waitFor();
  assert.equal(await desk.page.locator("#correct, #print-certificate, #offer-again").count(), 0);
  await world.station("/v1/status/publish", null, world.supervisor);
});

test("today's cases tell what became of both, after a reload too", async () => {
  for (const how of ["before", "after"]) {
    if (how === "after") await again();
    await desk.openCase(misspelt.case);
    assert.equal(await desk.page.locator("#case").getAttribute("data-state"), "replaced");
    assert.equal(await desk.page.locator("#revoke").count(), 0);
    await keep(desk.page, "desk-replaced-de");
    await desk.page.locator("#successor").click();
    await desk.page.locator('#case[data-state="issued"]').waitFor();
    await desk.page.locator("#back").click();
    const states = [];
    for (const one of [misspelt, corrected, wrong]) states.push(await state(one.case));
    assert.deepEqual(states, ["replaced", "issued", "revoked"]);
    assert.doesNotMatch(await desk.page.locator("body").innerHTML(), /Mustermann|Erika|Wiesel/);
  }
});

test("a case without what was typed is corrected from an empty form", async () => {
  const wrong = await world.submit({ family: "Falsch" });
  await desk.openCase(wrong.result_id.slice(0, 8));
  await desk.page.locator("#correct").click();
  for (const field of ["#family", "#given", "#birth", "#sampled"]) assert.equal(await desk.page.locator(field).inputValue(), "", field);
  const hour = await desk.page.evaluate(() => new Date(Date.now() - 3_600_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16));
  const right = await desk.test({ family: "Falsch", found: "detected", sampled: hour });
  await desk.openCase(wrong.result_id.slice(0, 8));
  assert.match(await desk.page.locator("#successor").innerText(), new RegExp(right.case));
});

test("the slip opens the pick-up", async () => {
  await desk.page.locator("#nav-new").click();
  const slip = await desk.test({ family: "Zettel", given: "Zora" });
  const { picture, pdf } = await desk.print("#print-slip");
  await keepFile("desk-slip-print.png", picture);
  await keepFile("desk-slip.pdf", pdf);
  assert.equal(pages(pdf), 1);
  const taker = await citizen(world);
  await taker.open();
  await taker.bring("zettel.png", "image/png", picture);
  await taker.page.locator("#tx-code").fill(slip.tx_code);
  await taker.press("pick-up");
  await taker.at("holding").waitFor({ timeout: 20_000 });
  assert.match(await taker.at("holding").innerText(), /Zora Zettel/);
  await desk.page.locator("#picked-up").waitFor();
  quiet(taker);
  await taker.close();
});

test("the door refuses a copy of before the correction, and one that was revoked", async () => {
  await door.open();
  await door.fresh();
  for (const one of [guest, other]) {
    let judged;
    for (let views = 0; views < 3 && judged?.code !== "revoked"; views++) {
      if (judged) await door.newer();
      judged = await door.take(await showing(one));
    }
    assert.equal(judged.code, "revoked");
    await one.done();
  }
  await keep(door.page, "scanner-revoked-de");
});

test("the certificate on paper is accepted as what it is, and refused where paper is", async () => {
  await desk.openCase(corrected.case);
  await desk.page.locator("#print-certificate:enabled").waitFor({ timeout: 120_000 });
  const { picture, pdf } = await desk.print("#print-certificate");
  await keepFile("desk-certificate-print.png", picture);
  await keepFile("desk-certificate.pdf", pdf);
  assert.equal(pages(pdf), 1);
  assert.equal(await desk.page.locator("#paper").count(), 0, "nothing of a person stays behind");
  let judged = await door.picture(picture);
  if (/batch-missing/.test(judged.code)) {
    await door.newer();
    judged = await door.picture(picture);
  }
  assert.equal(judged.verdict, "accept", judged.code);
  assert.match(judged.words, /Mustermann/);
  assert.match(judged.words, /leicht zu kopieren/, "a door is told that paper is static");
  await keep(door.page, "scanner-paper-de");
  await door.rules((page) => page.locator("#paper-on").uncheck());
  const refused = await door.picture(picture);
  assert.equal(refused.verdict, "reject");
  assert.match(refused.code, /shape/);
});

test("the print for travel has no proof, and a door says so", async () => {
  await door.rules((page) => page.locator("#paper-on").check());
  const { picture } = await desk.print("#print-travel");
  const judged = await door.picture(picture);
  assert.equal(judged.verdict, "indeterminate");
  assert.match(judged.code, /proof-missing/);
});

test("the wallet fetches the correction, and the door reads the right name", async () => {
  await guest.nextDay();
  const { words } = await guest.told();
  assert.match(words, /berichtigt/);
  await guest.ready();
  assert.match(await guest.at("holding").innerText(), /Mustermann/);
  assert.doesNotMatch(await guest.at("holding").innerText(), /Mustermnan/);
  await guest.present("name");
  const judged = await door.known(showing);
  assert.equal(judged.verdict, "accept", judged.code);
  assert.match(judged.words, /Mustermann/);
});

test("the wallet says once and for all that a result was withdrawn", async () => {
  // Until copies run low, when a wallet asks every minute.
  for (const disclose of ["initials", "name", "name"]) {
    await other.again(disclose);
    await other.done();
  }
  await other.nextDay();
  assert.equal((await other.told()).code, "issuer-result-not-standing");
  for (let times = 0; times < 2; times++) {
    await other.at("holding").locator('[data-state="withdrawn"]').waitFor();
    assert.equal(await other.page.locator('[data-action="show"]').count(), 0);
    await other.page.reload();
    const asked = other.page.waitForResponse((response) => response.url().endsWith("/token"));
    await other.context.setOffline(true);
    await other.nextDay();
    await asked;
    await other.page.locator('[data-action="refresh"]:enabled').waitFor();
    assert.equal(await other.page.locator("dialog[open]").count(), 0, "it is said once");
  }
});

test("nothing went wrong behind the pages", () => quiet(desk, guest, other, door));
