// How fast the pages are: what goes over the line, how soon a door can scan, and how long a frame takes.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { AS_SEEN, CAMERA, FLAGS, scene } from "./scene.mjs";
import { openWorld } from "./world.mjs";

const options = { executablePath: process.env.CHROMIUM };

/** People whose certificates the door sees, one after the other; how long each is held up, in pictures of the film. */
const PEOPLE = 60;
const HELD = 12;
/** Doors that are opened for the first time. */
const OPENINGS = 9;
/** How long the door looks. */
const MINUTES = 1.5;

const LIMITS = { gzip: 450_000, opened: 2_000, verdict: 60 };

const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const median = (values) => quantile(values, 0.5);
const milliseconds = (value) => (value < 100 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);

/** A film of people who hold up their certificates: 1280 × 720, each turned and out of focus in another way. */
async function film(codes) {
  const browser = await chromium.launch({ ...options, args: FLAGS });
  const page = await browser.newPage(CAMERA);
  const pictures = [];
  for (const [number, code] of codes.entries()) {
    const how = { turn: ((number * 37) % 31) - 15, blur: 0.4 + (number % 5) * 0.2, side: 480 + (number % 7) * 30 };
    await page.setContent(scene(code, how));
    const picture = await page.screenshot(AS_SEEN);
    pictures.push(...Array(HELD).fill(picture));
  }
  await browser.close();
  return Buffer.concat(pictures);
}

/** A door in a profile of its own, with a camera that sees the film; gives what `use` makes of its page. */
async function door(reel, address, use) {
  const profile = await mkdtemp(join(tmpdir(), "attest-speed-"));
  const context = await chromium.launchPersistentContext(profile, {
    ...options, args: [...FLAGS, `--use-file-for-fake-video-capture=${reel}`], permissions: ["camera"], viewport: { width: 412, height: 900 },
  });
  try {
    const page = await context.newPage();
    await page.goto(address);
    return await use(page);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
const mark = (page, name) =>
  page.waitForFunction((name) => performance.getEntriesByName(name)[0]?.startTime, name, { timeout: 60_000 }).then((found) => found.jsonValue());

/** The durations of every measure of this name from now on. */
const gather = (page, name) =>
  page.evaluate((name) => {
    self.gathered ??= {};
    self.gathered[name] = [];
    new PerformanceObserver((list) => self.gathered[name].push(...list.getEntriesByName(name).map((entry) => entry.duration)))
      .observe({ type: "measure", buffered: false });
  }, name);

async function sizes() {
  const root = new URL("../../", import.meta.url);
  const pages = { scanner: "verifier/web", wallet: "wallet-core/web", pdf: "schemas/pdf" };
  const rows = [];
  for (const [name, folder] of Object.entries(pages)) {
    const { length } = await readFile(new URL(`${folder}/built/${name}.wasm.gz`, root));
    const limit = name === "pdf" ? null : LIMITS.gzip;
    rows.push([`${name}.wasm, compressed`, `${Math.round(length / 1000)} kB`, limit ? "" : "fetched when a PDF is opened", limit && `≤ ${limit / 1000} kB`, limit && length <= limit]);
  }
  return rows;
}

async function main() {
  const world = await openWorld();
  const folder = await mkdtemp(join(tmpdir(), "attest-speed-"));
  try {
    const results = await Promise.all(Array.from({ length: PEOPLE }, (_, number) => world.submit({ family: `Gast ${String.fromCharCode(65 + (number % 26))}${String.fromCharCode(65 + Math.floor(number / 26))}` })));
    const code = async ({ result_id: id }) => {
      // Batches close once a minute; with its proof the code is as large as most are.
      while (!(await world.station(`/v1/results/${id}/certificate`)).anchored) await pause(2_000);
      return world.read(`/v1/results/${id}/certificate.svg`);
    };
    const reel = join(folder, "people.mjpeg");
    await writeFile(reel, await film(await Promise.all(results.map(code))));
    // The demonstration's door follows the ledger every ten seconds.
    await pause(15_000);

    const opened = [];
    for (let number = 0; number < OPENINGS; number++) {
      opened.push(await door(reel, world.scanner, async (page) => [await mark(page, "ready"), await mark(page, "first-frame")]));
    }
    const seen = await door(reel, world.scanner, async (page) => {
      await mark(page, "first-frame");
      await page.waitForTimeout(3_000);
      for (const name of ["frame", "frame-to-verdict"]) await gather(page, name);
      await page.waitForTimeout(MINUTES * 60_000);
      return page.evaluate(() => ({ ...self.gathered, counts: Object.values(JSON.parse(localStorage.getItem("counts"))) }));
    });

    const ready = opened.map(([ready]) => ready);
    const first = opened.map(([, first]) => first);
    const verdicts = seen["frame-to-verdict"];
    const all = seen.counts.flatMap((hour) => Object.values(hour)).reduce((sum, count) => sum + count, 0);
    const accepted = seen.counts.reduce((sum, { accept = 0 }) => sum + accept, 0);
    const rows = [
      ...(await sizes()),
      [`scanner opened for the first time, to its first frame read, ${OPENINGS} profiles`, milliseconds(median(first)), `slowest ${milliseconds(Math.max(...first))}; ready without the camera ${milliseconds(median(ready))}`, "< 2 s", median(first) < LIMITS.opened],
      [`frame of 1280 × 720 to verdict, ${verdicts.length} people seen`, milliseconds(median(verdicts)), `p95 ${milliseconds(quantile(verdicts, 0.95))}, slowest ${milliseconds(Math.max(...verdicts))}; ${Math.round((100 * accepted) / all)} % accepted`, "p95 ≤ 60 ms", quantile(verdicts, 0.95) <= LIMITS.verdict],
      [`any frame, ${seen.frame.length}`, milliseconds(median(seen.frame)), `p95 ${milliseconds(quantile(seen.frame, 0.95))}`, null, null],
    ];
    console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model.trim()} × ${cpus().length}, load ${loadavg()[0].toFixed(1)}\n`);
    console.log("| what | median | more | limit | holds |\n|---|---|---|---|---|");
    for (const [what, value, more, limit, holds] of rows) console.log(`| ${what} | ${value} | ${more} | ${limit ?? ""} | ${holds === null ? "" : holds ? "yes" : "no"} |`);
    process.exitCode = rows.some(([, , , , holds]) => holds === false) ? 1 : 0;
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
