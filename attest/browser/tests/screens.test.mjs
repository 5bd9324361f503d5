// Every screen in both languages, by day and by night, on the smallest telephone: kept as pictures, usable by everybody.

import { after, before, test } from "node:test";
import { accessible, fits } from "../access.mjs";
import { keep } from "../chromium.mjs";
import { citizen, doorman, station } from "../people.mjs";
import { openWorld } from "../world.mjs";

let world;

before(async () => {
  world = await openWorld();
  world.crowd();
});

after(() => world?.close());

const LOOKS = [
  { locale: "de-DE", colorScheme: "light", name: "de-light" },
  { locale: "en-GB", colorScheme: "dark", name: "en-dark" },
];

/** Keeps a screen and examines it. */
async function see(page, screen) {
  await keep(page, screen);
  await fits(page, screen);
  await accessible(page, screen);
}

for (const { name, ...look } of LOOKS) {
  test(`the wallet's screens, ${name}`, async () => {
    const guest = await citizen(world, { camera: true, ...look });
    const { page } = guest;
    const shot = (screen) => see(page, `wallet-${screen}-${name}`);
    await guest.open();
    await shot("empty");
    await guest.press("settings");
    await guest.at("settings").waitFor();
    await shot("settings");
    await guest.press("back");
    await guest.press("add");
    await guest.at("scan").waitFor();
    await shot("add");
    const submitted = await world.submit();
    await guest.pickUp(submitted, submitted.tx_code === "000000" ? "000001" : "000000");
    await page.locator("[data-error]:visible").waitFor();
    await shot("wrong-code");
    await guest.pickUp(submitted);
    await guest.ready();
    await shot("holding");
    await guest.press("show");
    await guest.at("choice").waitFor();
    await shot("choice");
    await guest.press("present");
    await page.locator('[data-code="presentation"] svg').waitFor();
    await shot("showing");
    await guest.done();
    await page.goto("about:blank");
    await guest.open();
    await shot("home");
    await guest.close();
  });

  test(`the scanner's screens, ${name}`, async () => {
    const door = await doorman(world, look);
    const { page } = door;
    const shot = (screen) => see(page, `scanner-${screen}-${name}`);
    await door.open();
    await door.fresh();
    await shot("scan");
    await door.take("HC1:NOT A CERTIFICATE");
    await shot("reject");
    await page.keyboard.press("Escape");
    await page.locator("#tab-rules").click();
    await page.locator("#rules-form").waitFor();
    await shot("rules");
    await page.locator("#tab-today").click();
    await shot("today");
    await door.close();
  });

  test(`the desk's screens, ${name}`, async () => {
    const desk = await station(world, { ...look, viewport: { width: 360, height: 740 } });
    const { page } = desk;
    const shot = (screen) => see(page, `desk-${screen}-${name}`);
    await page.goto(world.desk);
    await page.locator("#key").waitFor();
    await shot("sign-in");
    await desk.signIn();
    await page.locator("#test-form").waitFor();
    await shot("form");
    await desk.test();
    await shot("handover");
    await page.locator("#nav-cases").click();
    await page.locator("[data-case]").first().waitFor();
    await shot("cases");
    await page.locator("[data-case]").first().click();
    await page.locator("#case").waitFor();
    await shot("case");
    await desk.close();
  });
}
