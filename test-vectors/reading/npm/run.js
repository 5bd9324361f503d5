// Serves the pictures and the readers to headless Chromium, which compares them, and prints the tables.
//
//   node run.js TARGET VECTORS CHROMIUM [--check]

const { chromium } = require("playwright-core");
const { createServer } = require("node:http");
const { open, readFile } = require("node:fs/promises");
const { readFileSync, existsSync } = require("node:fs");
const { cpus } = require("node:os");
const path = require("node:path");

const [target, vectors, executablePath, check] = process.argv.slice(2);
const folder = path.join(__dirname, "..");
const modules = path.join(__dirname, "node_modules");
const zxing = path.join(modules, "zxing-wasm/dist");

const FILES = {
  "/": [path.join(folder, "compare.html"), "text/html"],
  "/compare.js": [path.join(folder, "compare.js"), "text/javascript"],
  "/reader.wasm": [path.join(target, "reader.wasm"), "application/wasm"],
  "/zxing_reader.wasm": [path.join(zxing, "reader/zxing_reader.wasm"), "application/wasm"],
};

async function main() {
  const { server, origin } = await serve();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(String(error)));
    await page.goto(origin);
    await page.waitForFunction("self.ready");
    const detector = await page.evaluate("'BarcodeDetector' in self");
    console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model.trim()} × ${cpus().length}, Chromium ${browser.version()}` +
      `, zxing-wasm ${version("zxing-wasm")}, jsQR ${version("jsqr")}, BarcodeDetector ${detector ? "there" : "not there"}`);
    let failed = false;
    for (const [title, pictures] of Object.entries(sets())) {
      const rows = await page.evaluate((pictures) => self.compare(pictures), pictures);
      console.log(`\n${title}\n${table(rows)}`);
      failed ||= check && rows.filter(({ name, right }) => name === "Attest, photo" && right).length * 2 < pictures.length;
    }
    if (check) console.log(failed ? "0 passed, 1 failed" : "1 passed, 0 failed");
    process.exitCode = failed ? 1 : 0;
  } finally {
    await browser.close();
    server.close();
  }
}

function version(name) {
  return JSON.parse(readFileSync(path.join(modules, name, "package.json"))).version;
}

/** The sets of pictures: address, size if it is brightness alone, the texts it holds (none if null), and what is wrong. */
function sets() {
  const few = (list, step) => (check ? list.filter((_, at) => at % step === 0) : list);
  const all = {};
  if (existsSync(path.join(vectors, "dcc/hcert.jsonl"))) {
    const rows = readFileSync(path.join(vectors, "dcc/hcert.jsonl"), "utf8").trim().split("\n").map((row) => JSON.parse(row));
    const pictures = rows.filter((row) => row.qr_image).map((row) => ({ address: `/dcc/${row.qr_image}`, texts: [row.prefix], sort: "all" }));
    all["Pictures of EU certificates"] = few(pictures, 60);
  } else console.log("left out: pictures of EU certificates: no ../shared/vectors");
  const photographs = JSON.parse(readFileSync(path.join(target, "photographs.json")));
  let at = 0;
  const pictures = photographs.map(({ sort, width, height, text }) => {
    const address = `/photographs/${at}/${width * height}`;
    at += width * height;
    return { address, width, height, texts: text && [text], sort };
  });
  all["Photographs"] = pictures.filter(({ texts }) => texts);
  all["Frames without a code"] = pictures.filter(({ texts }) => !texts);
  return all;
}

/** Markdown: success for each sort and all, median and 95th percentile for all. */
function table(rows) {
  const names = [...new Set(rows.map(({ name }) => name))];
  const sorts = [...new Set(rows.map(({ sort }) => sort))];
  const lines = [`| | ${names.join(" | ")} |`, `|---|${names.map(() => "---|").join("")}`];
  const line = (title, cell, filter = () => true) =>
    lines.push(`| ${title} | ${names.map((name) => cell(rows.filter((row) => row.name === name && filter(row)))).join(" | ")} |`);
  const success = (rows) => `${rows.filter(({ right }) => right).length} of ${rows.length}`;
  const quantile = (share) => (rows) => {
    const times = rows.map(({ time }) => time).sort((a, b) => a - b);
    return `${times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1)} ms`;
  };
  if (sorts.length > 1) for (const sort of sorts) line(sort, success, (row) => row.sort === sort);
  line("**as expected**", success);
  line("another text", (rows) => rows.filter(({ wrong }) => wrong).length);
  line("**median**", quantile(0.5));
  line("95 %", quantile(0.95));
  line("slowest", quantile(1));
  return lines.join("\n");
}

async function serve() {
  const grey = await open(path.join(target, "photographs.grey"));
  const server = createServer(async ({ url }, response) => {
    try {
      const [, kind, first, second] = url.split("/");
      if (kind === "photographs") {
        const pixels = Buffer.alloc(Number(second));
        await grey.read(pixels, 0, pixels.length, Number(first));
        return response.end(pixels);
      }
      const [file, type] = FILES[url] ?? found(url);
      response.writeHead(200, { "content-type": type }).end(await readFile(file));
    } catch (error) {
      response.writeHead(404).end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://localhost:${server.address().port}/` };
}

/** Files of folders: the readers of others, and the vectors. */
function found(url) {
  if (url.includes("..")) throw new Error("no such file");
  if (url.startsWith("/zxing/")) return [path.join(zxing, "es", url.slice(7)), "text/javascript"];
  if (url.startsWith("/dcc/")) return [path.join(vectors, url), "image/png"];
  if (url === "/jsqr.js") return [path.join(target, "jsqr.js"), "text/javascript"];
  throw new Error("no such file");
}

main();
