// Browser profiles: each is a device of its own, with its own camera.

import { chromium } from "playwright-core";
import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { AS_SEEN, CAMERA, FLAGS, scene } from "./scene.mjs";

/** A phone of 360 pixels' width, as the cheapest ones have. */
export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

/** All devices, those too that are being turned on: a browser that outlives a failed test keeps its file from ending. */
const devices = [];
after(() => Promise.allSettled(devices.map(async (device) => (await device).close())));

/** Starts a browser; a second time where the first one fell over, as on a machine that is busy with others. */
const launch = (folder, options) =>
  chromium.launchPersistentContext(join(folder, "profile"), options).catch(() => chromium.launchPersistentContext(join(folder, "again"), options));

/**
 * A device: a browser with a profile of its own that is gone with it.
 * @param {object} options what Playwright takes for a context; `camera` is whether its camera shows what `look` puts there
 */
export function device(options) {
  const turnedOn = turnOn(options);
  devices.push(turnedOn);
  return turnedOn;
}

async function turnOn({ camera = false, locale = "de-DE", ...options } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "attest-profile-"));
  const film = join(folder, "camera.mjpeg");
  const flags = camera ? [...FLAGS, `--use-file-for-fake-video-capture=${film}`] : FLAGS;
  if (camera) await writeFile(film, await blank());
  const context = await launch(folder, {
    executablePath: process.env.CHROMIUM,
    args: flags,
    permissions: camera ? ["camera"] : [],
    locale,
    timezoneId: "Europe/Berlin",
    ...options,
  });
  const problems = [];
  context.on("weberror", (error) => problems.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  return {
    context,
    /** Errors of the pages' scripts, and what the content security policy refused. */
    problems,
    page: () => context.pages()[0] ?? context.newPage(),
    /** Puts a picture before the camera, before the page turns it on. */
    look: async (jpeg) => writeFile(film, Buffer.concat([jpeg, jpeg])),
    close: async () => {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A picture that a camera would take of a code on a screen: turned, a little out of focus, on grey. */
export async function photo(code, { turn = 7, blur = 0.8, side = 620 } = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  try {
    const page = await browser.newPage(CAMERA);
    await page.setContent(scene(code, { turn, blur, side }));
    return await page.screenshot(AS_SEEN);
  } finally {
    await browser.close();
  }
}

async function blank() {
  const jpeg = await photo("");
  return Buffer.concat([jpeg, jpeg]);
}

/** Keeps a screenshot as test output. */
export async function keep(page, name) {
  await mkdir(process.env.SCREENS, { recursive: true });
  // A dialog is before the page as a window shows it.
  const fullPage = !(await page.locator("dialog[open]").count());
  await page.screenshot({ path: join(process.env.SCREENS, `${name}.png`), fullPage });
}

/** How many pages a PDF of Chromium has. */
export const pages = (pdf) => pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;

/** Keeps a file as test output. */
export async function keepFile(name, bytes) {
  await mkdir(process.env.SCREENS, { recursive: true });
  await writeFile(join(process.env.SCREENS, name), bytes);
}

/** A document as a browser prints it, and as a picture of its page. */
export async function printed(html) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  try {
    const page = await browser.newPage({ viewport: { width: 794, height: 1123 } });
    await page.setContent(html);
    return { pdf: await page.pdf({ format: "A4" }), png: await page.screenshot() };
  } finally {
    await browser.close();
  }
}
