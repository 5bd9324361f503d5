// What a citizen and a doorman do with the pages.

import assert from "node:assert/strict";
import { DESKTOP, PHONE, device, photo } from "./chromium.mjs";

/** How long a wallet waits for the ledger: two batches, each of up to a minute, and the quorum. */
export const ANCHORED = 240_000;

/** The link that a desk shows as a QR code. */
export const link = (world, { offer, link }) => link ?? `${world.wallet}#credential_offer=${encodeURIComponent(JSON.stringify(offer))}`;

/** A station at its desk. */
export async function station(world, options = {}) {
  const desk = await device({ ...DESKTOP, ...options });
  const page = await desk.page();
  return {
    ...desk,
    page,
    signIn: async (key = world.key) => {
      await page.goto(world.desk);
      await page.locator("#key").fill(key);
      await page.locator("#sign-in").click();
    },
    /** A walk-in's rapid test, by the keyboard alone; gives what is handed over. */
    test: async ({ family = "Mustermann", given = "Erika", born = "12.8.1964", found = "not-detected", sampled } = {}) => {
      await page.locator("#family").fill(family);
      await page.locator("#given").fill(given);
      await page.locator("#birth").fill(born);
      if (sampled) await page.locator("#sampled").fill(sampled);
      await page.locator("#kit").focus();
      await page.keyboard.type("1232");
      await page.keyboard.press("Enter");
      await page.locator(`#${found}`).check();
      await page.locator("#submit").press("Enter");
      return handedOver(page);
    },
    /** What is on the screen for handing over. */
    handedOver: () => handedOver(page),
    /** Opens a case among today's. */
    openCase: async (code) => {
      await page.locator("#nav-cases").click();
      await page.locator("#search").fill(code);
      await page.locator(`[data-case^="${code}"]`).click();
      await page.locator("#case").waitFor();
    },
    /** What goes on paper, seen as the printer does: a picture, and the PDF that a browser makes of it. */
    print: async (button) => {
      await page.evaluate(() => (window.print = () => {}));
      await page.locator(button).click();
      await page.locator("#paper .code svg").waitFor({ state: "attached" });
      await page.emulateMedia({ media: "print" });
      const picture = await page.screenshot({ fullPage: true });
      await page.emulateMedia({ media: null });
      return { picture, pdf: await page.pdf({ format: "A4", preferCSSPageSize: true }) };
    },
  };
}

/** What a desk hands over after an entry. */
async function handedOver(page) {
  const code = page.locator("#pick-up-code[data-text]");
  await code.locator("svg").waitFor();
  return {
    link: await code.getAttribute("data-text"),
    tx_code: await page.locator("#tx-code").getAttribute("data-code"),
    drawing: await code.innerHTML(),
    case: (await page.locator("#main").innerText()).match(/[0-9a-f]{8}/)[0],
  };
}

/** A citizen with a phone. */
export async function citizen(world, options = {}) {
  const phone = await device({ ...PHONE, ...options });
  const page = await phone.page();
  const at = (screen) => page.locator(`[data-screen="${screen}"]`);
  const press = (action) => page.locator(`[data-action="${action}"]`).first().click();
  const citizen = {
    ...phone,
    page,
    at,
    press,
    open: async () => {
      await page.goto(world.wallet);
      await at("home").waitFor();
    },
    /** Opens the offer's link and types the code that came apart from it. */
    pickUp: async (submitted, code = submitted.tx_code) => {
      await page.goto("about:blank");
      await page.goto(link(world, submitted));
      await page.locator("#tx-code").fill(code);
      await press("pick-up");
    },
    /** Scans the offer's code with the camera, then types the other. */
    scanOffer: async ({ drawing, tx_code }) => {
      await phone.look(await photo(drawing));
      await press("add");
      await page.locator("#tx-code").fill(tx_code, { timeout: 20_000 });
      await press("pick-up");
    },
    /** Opens the first holding once a copy of it can be shown. */
    ready: () => page.locator('[data-screen="holding"] [data-action="show"]:enabled').waitFor({ timeout: ANCHORED }),
    /** Shows a copy and gives the code's text and its drawing. */
    present: async (disclose = "initials") => {
      await press("show");
      await page.locator(`input[name="disclose"][value="${disclose}"]`).check();
      await press("present");
      return await shown(page);
    },
    /** Shows a copy, a spent one if there is no other. */
    again: async (disclose = "result") => {
      await press("show");
      return citizen.give(disclose);
    },
    /** Chooses what to disclose, and agrees when a spent copy is to be shown again. */
    give: async (disclose) => {
      await page.locator(`input[name="disclose"][value="${disclose}"]`).check();
      await press("present");
      const agree = page.locator('dialog button[value="yes"]');
      await agree.or(at("showing")).first().waitFor();
      if (await agree.isVisible()) await agree.click();
      return await shown(page);
    },
    /** The network comes back a day later, so that the wallet asks the test centre for corrections by itself. */
    nextDay: async () => {
      await page.evaluate(() => Object.keys(localStorage).forEach((name) => name.startsWith("looked ") && localStorage.removeItem(name)));
      await phone.context.setOffline(false);
    },
    /** Takes in what a file has: a picture or a PDF. */
    bring: async (name, mimeType, buffer) => {
      if (!(await at("scan").isVisible())) await press("add");
      await page.locator("#file").setInputFiles({ name, mimeType, buffer });
    },
    /** Takes in a text that is pasted. */
    bringText: async (text) => {
      if (!(await at("scan").isVisible())) await press("add");
      await page.locator("#text").fill(text);
      await press("take-text");
    },
    /** Types a passphrase where a dialog asks for one, twice where it asks for a new one. */
    passphrase: async (text, again = text) => {
      await page.locator("#pass-1").fill(text);
      const second = page.locator("#pass-2");
      if (await second.isVisible()) await second.fill(again);
      await page.locator('dialog button[value="yes"]').click();
    },
    /** Takes a backup in, on the screen of the settings. */
    restore: async (buffer, passphrase) => {
      await page.locator("#backup-file").setInputFiles({ name: "backup.age", mimeType: "application/octet-stream", buffer });
      await page.locator("#pass-1").fill(passphrase);
      await page.locator('dialog button[value="yes"]').click();
      await page.locator("#pass-1").waitFor({ state: "detached" });
    },
    /** The words of the dialog that says what went wrong or what has changed; closes it. */
    told: async () => {
      // By its name: another one may follow at once.
      const name = await page.locator("dialog[open]").first().getAttribute("aria-labelledby", { timeout: 20_000 });
      const dialog = page.locator(`dialog[aria-labelledby="${name}"]`);
      const refused = dialog.locator("[data-error]");
      const [words, code] = [await dialog.innerText(), (await refused.count()) ? await refused.getAttribute("data-error") : null];
      await dialog.locator("button").last().click();
      await dialog.waitFor({ state: "detached" });
      return { words, code };
    },
    done: async () => {
      await press("done");
      await at("holding").waitFor();
    },
    /** Scans a door's challenge with the camera, or pastes it where there is none; then the choice is on the screen. */
    hear: async ({ text, drawing }) => {
      if (options.camera) await phone.look(await photo(drawing));
      await press("door");
      if (!options.camera) await citizen.bringText(text);
      await at("choice").waitFor({ timeout: 20_000 });
    },
    /** Answers the challenge that was heard, with what the door asks for or with something else. */
    answer: async (disclose) => {
      disclose ??= await page.locator('input[name="disclose"]:checked').getAttribute("value");
      return citizen.give(disclose);
    },
  };
  return citizen;
}

/** The code on the screen. */
export async function shown(page) {
  const code = page.locator('[data-code="presentation"][data-text]');
  await code.locator("svg").waitFor();
  return { text: await code.getAttribute("data-text"), drawing: await code.innerHTML() };
}

/** The next code of the same showing, after the one that is on the screen or another one. */
export async function renewed(page, before) {
  before ??= await shown(page);
  await page.locator(`[data-code="presentation"]:not([data-text="${before.text}"]) svg`).waitFor({ timeout: 45_000 });
  return await shown(page);
}

/** A doorman with a phone whose camera looks at `drawing`. */
export async function doorman(world, options = {}) {
  const phone = await device({ camera: true, ...PHONE, ...options });
  const page = await phone.page();
  const verdict = page.locator("#verdict[data-verdict]");
  const read = async () => {
    await verdict.waitFor({ timeout: 20_000 });
    return {
      verdict: await verdict.getAttribute("data-verdict"),
      code: await verdict.getAttribute("data-code"),
      words: await verdict.innerText(),
    };
  };
  const fresh = () => page.locator('#fresh[data-state="fresh"]').waitFor({ timeout: 60_000 });
  const doorman = {
    ...phone,
    page,
    fresh,
    /** What is on the screen. */
    verdict: read,
    open: async (address = world.scanner) => {
      await page.goto(address);
      await page.locator('body[data-ready="true"]').waitFor({ timeout: 20_000 });
    },
    /** Puts a code before the camera, and reads the verdict. */
    scan: async ({ drawing }, how) => {
      await phone.look(await photo(drawing, how));
      await page.reload();
      await page.locator('body[data-ready="true"]').waitFor({ timeout: 20_000 });
      await fresh();
      return read();
    },
    /** Puts nothing before the camera. What the door had seen is in the page's memory, and gone. */
    lookAway: async () => {
      await phone.look(await photo(""));
      await page.reload();
      await page.locator('body[data-ready="true"]').waitFor({ timeout: 20_000 });
      await fresh();
    },
    /** Chooses a picture, and reads the verdict on it. */
    picture: async (buffer, mimeType = "image/png") => {
      if (await verdict.isVisible()) await page.keyboard.press("Escape");
      const choosing = page.waitForEvent("filechooser");
      await page.locator("#picture").click();
      await (await choosing).setFiles({ name: "photo", mimeType, buffer });
      return read();
    },
    /** Pastes a text, and reads the verdict on it. */
    take: async (text) => {
      if (await verdict.isVisible()) await page.keyboard.press("Escape");
      await verdict.waitFor({ state: "hidden" });
      await page.evaluate((pasted) => {
        const data = new DataTransfer();
        data.setData("text", pasted);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
      }, text);
      return read();
    },
    /** Waits until the door knows the batch of what `present` shows: its server follows the ledger every ten seconds. */
    known: async (present) => {
      await fresh();
      for (let attempt = 0; ; attempt++) {
        const judged = await doorman.take(await present());
        if (!/batch-missing/.test(judged.code) || attempt === 20) return judged;
        await doorman.newer();
      }
    },
    /** Waits for a newer view of the ledger, and has the page look for it as it does when a network comes back. */
    newer: async () => {
      const asOf = () => page.locator("#fresh").getAttribute("data-as-of");
      const [before, until] = [await asOf(), Date.now() + 90_000];
      while ((await asOf()) === before) {
        assert.ok(Date.now() < until, "the door gets no newer view of the ledger");
        await page.evaluate(() => dispatchEvent(new Event("online")));
        await page.locator(`#fresh:not([data-as-of="${before}"])`).waitFor({ timeout: 3_000 }).catch(() => {});
      }
    },
    /** Changes the door's rules, then goes on scanning. */
    rules: async (change) => {
      if (await verdict.isVisible()) await page.keyboard.press("Escape");
      await page.locator("#tab-rules").click();
      await page.locator("#rules-form").waitFor();
      await change(page);
      await page.evaluate(() => document.getElementById("toasts")?.replaceChildren());
      await page.locator("#rules-save").click();
      await page.locator(".toast").waitFor();
      await page.locator("#tab-scan").click();
    },
    /** The challenge on the screen. */
    challenge: async () => {
      if (await verdict.isVisible()) await page.keyboard.press("Escape");
      const challenge = page.locator("#challenge[data-text]");
      await challenge.locator(".code svg").waitFor();
      return { text: await challenge.getAttribute("data-text"), drawing: await challenge.locator(".code").innerHTML() };
    },
  };
  return doorman;
}

/** Nothing went wrong behind the pages, and the policy had nothing to refuse. */
export function quiet(...devices) {
  for (const { problems } of devices) assert.deepEqual(problems.filter((text) => !/net::ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(text)), []);
}
