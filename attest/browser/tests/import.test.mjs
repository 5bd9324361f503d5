// An EU certificate comes into the wallet: by camera, as a picture, as a PDF, as text; and what is none is said to be none.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keep, photo, printed } from "../chromium.mjs";
import { citizen, doorman, quiet } from "../people.mjs";
import { openWorld } from "../world.mjs";

let world, guest;

/** A certificate of our own issuer, for a person of its own, as a drawing. It has no proof yet, which an import does not ask for. */
async function certificate(family) {
  const { result_id: id } = await world.submit({ family, given: "Ida" });
  return world.read(`/v1/results/${id}/certificate.svg?print=travel`);
}

const sheet = (code, side = "9cm") => `<body style="font:14px sans-serif"><h1>Zertifikat</h1><div style="width:${side}">${code}</div><p>Zum Ausdrucken.</p>`;
const image = (png) => `<img src="data:image/png;base64,${png.toString("base64")}" style="width:100%">`;

/** The new holding is open, and is this person's. */
async function arrived(family) {
  await guest.at("holding").waitFor({ timeout: 30_000 });
  assert.match(await guest.at("holding").innerText(), new RegExp(`Ida ${family}`));
  await guest.press("back");
  await guest.at("home").waitFor();
}

/** What is in the wallet, on its first screen. */
const held = () => guest.page.locator("[data-holding]").count();

before(async () => {
  world = await openWorld();
  guest = await citizen(world, { camera: true });
  await guest.open();
});

after(async () => {
  await guest?.close();
  await world?.close();
});

test("by camera", async () => {
  await guest.look(await photo(await certificate("Kamera")));
  await guest.press("add");
  await arrived("Kamera");
  await guest.look(await photo(""));
});

test("as a picture, and the same again is said to be here", async () => {
  const { png } = await printed(sheet(await certificate("Bild")));
  await guest.bring("zertifikat.png", "image/png", png);
  await arrived("Bild");
  await guest.bring("zertifikat.png", "image/png", png);
  assert.equal((await guest.told()).code, "import-already-held");
  await guest.press("back");
});

test("as a PDF with a drawn code, and with a picture of one", async () => {
  const { pdf } = await printed(sheet(await certificate("Vektor")));
  await guest.bring("zertifikat.pdf", "application/pdf", pdf);
  await arrived("Vektor");
  const { png } = await printed(`<body style="margin:0"><div style="width:600px">${await certificate("Pixel")}</div>`);
  const scanned = await printed(sheet(image(png)));
  await guest.bring("scan.pdf", "", scanned.pdf);
  await arrived("Pixel");
});

test("of two codes on a sheet, the one that is a certificate", async () => {
  // A door's rules are a web address, which a wallet has no use for.
  const door = await doorman(world);
  await door.open();
  await door.page.locator("#tab-rules").click();
  const web = await door.page.locator("#rules-code").innerHTML();
  await door.close();
  const { pdf, png } = await printed(`<div style="width:7cm">${web}</div>${sheet(await certificate("Zweitens"))}`);
  await guest.bring("beides.pdf", "application/pdf", pdf);
  await arrived("Zweitens");
  await guest.bring("beides.png", "image/png", png);
  assert.equal((await guest.told()).code, "import-already-held");
  await guest.press("back");
});

test("as text, and with a blank around it", async () => {
  const { result_id: id } = await world.submit({ family: "Text", given: "Ida" });
  const { text } = await world.station(`/v1/results/${id}/certificate`);
  await guest.press("add");
  await guest.page.locator("#text").fill(`\n ${text} \n`);
  await guest.press("take-text");
  await arrived("Text");
});

test("what cannot be taken in is told in words, and nothing is lost", async () => {
  const before = await held();
  const { pdf: blank, png: page } = await printed("<h1>Rechnung</h1><p>Kein Code.</p>");
  const { pdf } = await printed(sheet(await certificate("Kaputt")));
  const refused = [
    ["rechnung.pdf", "application/pdf", blank, "import-no-code"],
    ["rechnung.png", "image/png", page, "import-no-code"],
    ["halb.pdf", "application/pdf", pdf.subarray(0, Math.floor(pdf.length / 3)), "pdf-malformed"],
    ["leer.pdf", "application/pdf", Buffer.alloc(0), "pdf-malformed"],
    ["brief.pdf", "application/pdf", Buffer.from("Sehr geehrte Damen und Herren"), "pdf-malformed"],
    ["bild.png", "image/png", Buffer.from("kein Bild"), "import-no-picture"],
    ["gross.pdf", "application/pdf", Buffer.alloc(21 << 20, "%PDF-1.7 "), "too-long"],
  ];
  await guest.press("add");
  for (const [name, type, bytes, code] of refused) {
    await guest.bring(name, type, bytes);
    const told = await guest.told();
    assert.equal(told.code, code, name);
    assert.doesNotMatch(told.words, /wallet\.|error-|\(/, name);
  }
  for (const [text, code] of [["https://example.org", "offer-malformed"], ["HC1:6BF", "import-damaged"], ["HC1:NCFOXN%TS3DH3ZSUZK+.V0ETD%65NL-AH", "import-damaged"], ["AC1:XYZ", "challenge-malformed"], ["SHC:/123", "offer-malformed"]]) {
    await guest.page.locator("#text").fill(text);
    await guest.press("take-text");
    const told = await guest.told();
    assert.equal(told.code, code, text);
    assert.doesNotMatch(told.words, /wallet\.|\(/, text);
    await guest.at("scan").waitFor();
  }
  await keep(guest.page, "wallet-scan-de");
  await guest.press("back");
  await guest.at("home").waitFor();
  assert.equal(await held(), before);
});

test("a certificate stays over a reload, and its paper says that it is static", async () => {
  await guest.page.reload();
  await guest.at("home").waitFor();
  await guest.page.locator("[data-holding]").first().click();
  await guest.page.locator('[data-code="certificate"] svg').waitFor();
  await keep(guest.page, "wallet-certificate-de");
  await guest.press("paper");
  await guest.page.locator('[data-paper="whole"] .code svg').waitFor();
  assert.match(await guest.page.locator(".static").innerText(), /Statischer Code/);
});

test("nothing went wrong behind the pages", () => quiet(guest));
