// What a citizen and a doorman do with the pages.

import assert from "node:assert/strict";
import { device, photo, PHONE } from "./chromium.mjs";

/** How long a wallet waits for the ledger: two batches, each of up to a minute, and the quorum. */
export const ANCHORED = 240_000;

/** The link that a desk shows as a QR code. */
export const link = (world, { offer }) => `${world.wallet}#credential_offer=${encodeURIComponent(JSON.stringify(offer))}`;

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
    again: async () => {
      await press("show");
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
  return {
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
    /** Types a text, as a reader that is a keyboard does. */
    type: async (text) => {
      if (await verdict.isVisible()) await page.keyboard.press("Escape");
      await page.keyboard.type(text, { delay: 0 });
      await page.keyboard.press("Enter");
      return read();
    },
  };
}

/** Nothing went wrong behind the pages, and the policy had nothing to refuse. */
export function quiet(...devices) {
  for (const { problems } of devices) assert.deepEqual(problems.filter((text) => !/net::ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(text)), []);
}
