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
    test: async ({ family = "Mustermann", given = "Erika", born = "12.8.1964", found = "not-detected" } = {}) => {
      await page.locator("#family").fill(family);
      await page.locator("#given").fill(given);
      await page.locator("#birth").fill(born);
      await page.locator("#kit").focus();
      await page.keyboard.type("1232");
      await page.keyboard.press("Enter");
      await page.locator(`#${found}`).check();
      await page.locator("#submit").press("Enter");
      const code = page.locator("#pick-up-code[data-text]");
      await code.locator("svg").waitFor();
      return {
        link: await code.getAttribute("data-text"),
        tx_code: await page.locator("#tx-code").getAttribute("data-code"),
        drawing: await code.innerHTML(),
      };
    },
  };
}

/** A citizen with a phone. */
export async function citizen(world, options = {}) {
  const phone = await device({ ...PHONE, ...options });
  const page = await phone.page();
  const at = (screen) => page.locator(`[data-screen="${screen}"]`);
  const press = (action) => page.locator(`[data-action="${action}"]`).first().click();
  return {
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
      await page.locator(`input[name="disclose"][value="${disclose}"]`).check();
      await press("present");
      const agree = page.locator('dialog button[value="yes"]');
      await Promise.race([agree.waitFor().then(() => agree.click()), at("showing").waitFor()]);
      return await shown(page);
    },
    done: async () => {
      await press("done");
      await at("holding").waitFor();
    },
  };
}

/** The code on the screen. */
export async function shown(page) {
  const code = page.locator('[data-code="presentation"][data-text]');
  await code.locator("svg").waitFor();
  return { text: await code.getAttribute("data-text"), drawing: await code.innerHTML() };
}

/** The next code of the same showing. */
export async function renewed(page) {
  const before = await shown(page);
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
    /** Waits until the door knows the batch of what `present` shows: it follows the ledger once a minute. */
    known: async (present) => {
      for (let attempt = 0; ; attempt++) {
        await fresh();
        const judged = await doorman.take(await present());
        if (!/batch-missing/.test(judged.code) || attempt === 20) return judged;
        await new Promise((resolve) => setTimeout(resolve, 8_000));
        await page.reload();
        await page.locator('body[data-ready="true"]').waitFor({ timeout: 20_000 });
      }
    },
  };
  return doorman;
}

/** Nothing went wrong behind the pages, and the policy had nothing to refuse. */
export function quiet(...devices) {
  for (const { problems } of devices) assert.deepEqual(problems.filter((text) => !/net::ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(text)), []);
}
