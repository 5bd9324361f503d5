// Every screen in both languages, by day and by night, on the smallest telephone: kept as pictures, usable by everybody.

import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { keep, keepFile } from "../chromium.mjs";
import { citizen, doorman, link, station } from "../people.mjs";
import { seen } from "../seen.mjs";
import { openWorld } from "../world.mjs";

const PASSPHRASE = "vier Wörter gegen Neugier";
let world, paper;

before(async () => {
  world = await openWorld();
  world.crowd();
  paper = (await world.submit({ family: "Papier", given: "Paula" })).result_id;
});

after(() => world?.close());

const certificate = async (how = "") => (await world.station(`/v1/results/${paper}/certificate${how}`)).text;

for (const locale of ["de-DE", "en-GB"]) {
  const language = locale.slice(0, 2);

  test(`the wallet's screens, ${language}`, async () => {
    const guest = await citizen(world, { camera: true, locale, bypassCSP: true });
    const { page } = guest;
    const shot = seen(page, "wallet", language);
    const dialog = page.locator("dialog[open]");
    const anew = async (screen = "home") => {
      await page.goto("about:blank");
      await page.goto(world.wallet);
      await guest.at(screen).waitFor();
    };
    /** A dialog, and out of it. */
    const asks = async (screen, button = "last") => {
      await dialog.waitFor({ timeout: 20_000 });
      await shot(screen);
      await dialog.locator("button")[button]().click();
      await dialog.waitFor({ state: "detached" });
    };
    await guest.open();
    await shot("empty");
    const submitted = await world.submit();
    await page.goto("about:blank");
    await page.goto(link(world, submitted));
    await guest.at("offer").waitFor();
    await shot("offer");
    await guest.pickUp(submitted, submitted.tx_code === "000000" ? "000001" : "000000");
    await page.locator("[data-error]:visible").waitFor();
    await shot("wrong-code");
    await guest.pickUp(submitted);
    await guest.at("holding").waitFor();
    if (await page.locator('[data-state="waiting"]').isVisible()) await shot("waiting");
    await guest.ready();
    await shot("holding");
    await guest.press("show");
    await guest.at("choice").waitFor();
    await shot("choice");
    await guest.press("present");
    await page.locator('[data-code="presentation"] svg').waitFor();
    await shot("showing");
    await guest.done();
    await guest.context.setOffline(true);
    for (let copy = 0; copy < 4; copy++) {
      await guest.again("result");
      await guest.done();
    }
    await shot("out-of-copies");
    await guest.press("show");
    await guest.press("present");
    await asks("consent", "first");
    await guest.press("back");
    await guest.press("delete");
    await asks("delete", "first");
    await guest.context.setOffline(false);

    await anew();
    await guest.press("add");
    await guest.at("scan").waitFor();
    await shot("add");
    await guest.bringText("HC1:6BF");
    await asks("import-refused");
    await guest.bringText(await certificate());
    await guest.at("holding").waitFor();
    await page.locator('[data-code="certificate"] svg').waitFor();
    await shot("certificate");
    await guest.press("paper");
    await page.locator('[data-paper="whole"] svg').waitFor();
    await shot("paper");
    await page.emulateMedia({ media: "print" });
    await keep(page, `wallet-print-${language}`);
    await page.emulateMedia({ media: null });
    await anew();
    await shot("home");
    await page.locator('[data-kind="pass"]').click();
    await guest.press("paper");
    await guest.at("paper").waitFor();
    await shot("paper-to-fetch");

    // A door that asks, and the answer to it.
    await anew();
    await guest.bringText("AC1:/UGF6BBT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1J5A/Y1/Y1/Y1/Y1/Y1/Y1/Y1UY1");
    await guest.at("choice").waitFor();
    await shot("door-asks");
    await guest.give("initials");
    await shot("answer");

    // The test centre has withdrawn it.
    await page.evaluate(() => Object.assign(localStorage, { "withdrawn 0": "", "looked 0": String(Math.floor(Date.now() / 1000)) }));
    await anew();
    await page.locator('[data-kind="pass"]').click();
    await page.locator('[data-state="withdrawn"]').waitFor();
    await shot("withdrawn");

    await anew();
    await guest.press("settings");
    await guest.at("settings").waitFor();
    await shot("settings");
    await guest.press("backup");
    await guest.passphrase(PASSPHRASE, "etwas anderes, so lang");
    await page.locator('dialog [role="alert"]').waitFor();
    await asks("passphrase");
    const [saving] = [page.waitForEvent("download"), await guest.press("backup"), await guest.passphrase(PASSPHRASE)];
    const file = await readFile(await (await saving).path());
    await page.locator("#backup-file").setInputFiles({ name: "b.age", mimeType: "", buffer: file });
    await asks("restore");
    await guest.restore(Buffer.from("nothing"), PASSPHRASE);
    await asks("restore-refused");
    await guest.restore(file, PASSPHRASE);
    await asks("restored");
    await anew();
    await guest.press("settings");
    await guest.press("lock");
    await guest.passphrase(PASSPHRASE);
    await page.locator('[data-action="unlock"]').waitFor();
    await anew("locked");
    await page.locator("#passphrase").fill("falsch");
    await guest.press("unlock");
    await page.locator('[role="alert"]:visible').waitFor();
    await page.locator("summary").click();
    await shot("locked");
    const second = await guest.context.newPage();
    await second.goto(world.wallet);
    await second.locator("[data-error]").waitFor();
    await seen(second, "wallet", language)("second-window");
    await second.close();
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          indexedDB.open("attest-wallet").onsuccess = ({ target: { result: database } }) => {
            const vault = database.transaction("vault", "readwrite").objectStore("vault");
            vault.put({ sealed: new ArrayBuffer(40), iv: new Uint8Array(12), lock: null, revision: 1 }, "vault").onsuccess = () => (database.close(), resolve());
          };
        }),
    );
    await anew("failed");
    await shot("rescue");
    await guest.press("erase");
    await asks("erase", "first");
    await guest.close();
  });

  test(`the scanner's screens, ${language}`, async () => {
    const door = await doorman(world, { locale });
    const { page } = door;
    const shot = seen(page, "scanner", language);
    await door.open();
    await door.fresh();
    await shot("scan");
    await door.known(certificate);
    await shot("accept");
    await door.take(await certificate("?print=travel"));
    await shot("cannot-tell");
    await door.take("HC1:NOT A CERTIFICATE");
    await shot("reject");
    await page.keyboard.press("Escape");
    await page.locator("#fresh").click();
    await page.locator("dialog[open]").waitFor();
    await shot("ledger");
    await page.locator("dialog button").click();
    await page.locator("#tab-rules").click();
    await page.locator("#rules-form").waitFor();
    await shot("rules");
    const rules = await page.locator("#rules-code").getAttribute("data-link");
    await page.locator("#tab-today").click();
    await page.locator(".chart").waitFor();
    await shot("today");
    await page.locator("#counts-clear").click();
    await page.locator("#counts-none").waitFor();
    await shot("today-none");
    await door.rules(() => page.locator("#challenge-on").check());
    await door.challenge();
    await shot("challenge");
    await page.goto("about:blank");
    await page.goto(rules);
    await page.locator("dialog[open]").waitFor();
    await shot("rules-offered");
    await door.close();
  });

  test(`the desk's screens, ${language}`, async () => {
    const desk = await station(world, { locale, viewport: { width: 360, height: 740 } });
    const { page } = desk;
    const shot = seen(page, "desk", language);
    await page.goto(world.desk);
    await page.locator("#key").waitFor();
    await shot("sign-in");
    await desk.signIn("attest_nobody");
    await page.locator("[data-code]:visible").waitFor();
    await shot("wrong-key");
    await desk.signIn();
    await page.locator("#test-form").waitFor();
    await shot("form");
    await page.locator("#birth").fill("31.2.1964");
    await page.locator("#kit").fill("ab");
    await page.locator("#kits li").first().waitFor();
    await shot("form-typing");
    const handed = await desk.test();
    await shot("handover");
    await keepFile(`desk-slip-${language}.png`, (await desk.print("#print-slip")).picture);
    await page.locator("#nav-cases").click();
    await page.locator("[data-case]").first().waitFor();
    await page.locator("#search").fill(handed.case);
    await page.locator("#cases tr:only-child").waitFor();
    await shot("cases");
    await page.locator("[data-case]").first().click();
    await page.locator("#case").waitFor();
    await page.locator("#print-certificate:enabled").waitFor({ timeout: 60_000 });
    await shot("case");
    await keepFile(`desk-certificate-${language}.png`, (await desk.print("#print-certificate")).picture);
    await page.locator("#revoke").click();
    await page.locator("dialog[open]").waitFor();
    await shot("revoke");
    await page.locator('dialog button[value=""]').click();
    await page.locator("#correct").click();
    await page.locator("#test-form").waitFor();
    await shot("correction");
    await page.locator("#cancel").click();
    await page.locator("#revoke").click();
    await page.locator('dialog input[value="fraud"]').check();
    await page.locator('dialog button[value="revoke"]').click();
    await page.locator('#case[data-state="revoked"]').waitFor();
    await shot("revoked");
    await desk.close();
  });
}
