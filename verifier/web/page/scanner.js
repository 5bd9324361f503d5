// The scanner: camera, picture or reader to verdict.

import { Camera, picture } from "./camera.js";
import { Challenger, isChallenging } from "./challenge.js";
import { chart, clear, count, hasCounts } from "./counts.js";
import { setUpFile } from "./kept.js";
import { Ledger } from "./ledger.js";
import { Module } from "./module.js";
import { ask, h, languageButton, locale, moment, now, show, start, svg, t, toast } from "./page.js";
import { Rules, drawRules } from "./rules.js";
import { play, soundIsOn, switchSound, wake } from "./sound.js";
import { drawVerdict, readCodes, wordsOf } from "./verdict.js";
import { listen } from "./wedge.js";

const VIEWS = ["scan", "rules", "today"];
/** Milliseconds between frames that are read at most: more often than a hand moves is not needed. */
const PAUSE = 40;

const module = new Module("scanner.wasm");
const ledger = new Ledger(module);
const challenger = new Challenger(module);
const video = h("video", { id: "video", playsinline: true, muted: true, "aria-hidden": "true" });
const camera = new Camera(video);
const verdict = h("section.verdict", { id: "verdict", role: "alertdialog", "aria-labelledby": "verdict-word", "aria-describedby": "verdict-facts", "aria-modal": "true", hidden: true, onclick: hideVerdict });

let rules;
let place = "scan";
let scanning = false;
let starting = false;
let torch = false;
/** Whether a frame was read. */
let looked = false;
let trouble = null;
/** What had the focus before the verdict. */
let focused = null;

/* The frame of the page. */

function draw() {
  document.title = t("scanner.title");
  document.body.replaceChildren(
    h(
      "header.bar",
      {},
      h("img", { src: "icon.svg", alt: "" }),
      h("strong", {}, t("scanner.title")),
      h("button.quiet.fresh", { id: "fresh", "data-state": "loading", onclick: explainLedger }, h("span.dot"), h("span.word", {}, t("scanner.loading"))),
      languageButton(draw),
    ),
    h("main", { id: "view" }),
    h("nav.tabs", { "aria-label": t("scanner.views") }, VIEWS.map((view) => h("button", { id: `tab-${view}`, "data-view": view, onclick: () => go(view) }, t(`scanner.${view}`)))),
    verdict,
  );
  if (!verdict.hidden) hideVerdict();
  go(place);
  drawFreshness();
}

async function go(view) {
  if (place !== view) scrollTo(0, 0);
  place = view;
  document.body.dataset.view = view;
  for (const tab of document.querySelectorAll("nav.tabs button")) {
    tab.toggleAttribute("aria-current", tab.dataset.view === view);
    if (tab.dataset.view === view) tab.setAttribute("aria-current", "page");
  }
  const main = document.getElementById("view");
  if (view === "scan") {
    main.replaceChildren(...drawScan().filter(Boolean));
    drawChallenge();
    // A video that was not on the page has stopped.
    if (scanning) video.play().catch(() => {});
  }
  if (view === "rules" && rules) show(main, await drawRules(rules, rulesChanged));
  if (view === "today") show(main, drawToday());
}

async function takeRules() {
  if (await rules?.offered()) await rulesChanged();
}

/** Does what the rules say from now on. */
async function rulesChanged() {
  const challenged = Boolean(challenger.drawn);
  await challenger.set(isChallenging());
  go(place);
  drawFreshness();
  if (scanning && challenged !== isChallenging()) await camera.start(facing()).catch(() => {});
}

/* Scanning. */

function drawScan() {
  return [
    h("h1.sr", {}, t("scanner.scan")),
    h("div.challenge", { id: "challenge", hidden: true }),
    h(
      "div.viewfinder",
      { id: "viewfinder", "data-on": String(scanning) },
      video,
      h("div.frame", { "aria-hidden": "true" }, h("i"), h("i"), h("i"), h("i")),
      scanning
        ? h("p.aim", {}, isChallenging() ? t("scanner.challenge-answer") : t("scanner.aim"))
        : h(
            "div.begin",
            {},
            trouble && h("p.notice.bad", { id: "camera-trouble", role: "alert" }, t(`scanner.${trouble}`)),
            h("button.primary", { id: "start", onclick: startScanning }, t("scanner.start")),
            h("p", {}, t("scanner.start-hint")),
          ),
    ),
    h(
      "div.tools",
      {},
      scanning && camera.hasTorch && h("button", { id: "torch", "aria-pressed": String(torch), onclick: switchTorch }, t("scanner.torch")),
      scanning && h("button", { id: "turn", onclick: turn }, t("scanner.turn")),
      h("button", { id: "picture", onclick: choosePicture }, t("scanner.picture")),
      h("button", { id: "sound", "aria-pressed": String(soundIsOn()), onclick: mute }, t(soundIsOn() ? "scanner.sound-on" : "scanner.sound-off")),
    ),
    h("p.hint.reader", {}, t("scanner.reader-hint")),
  ];
}

/** A guest who scanned this door's code holds the answer where the screen is. */
const facing = () => (isChallenging() ? "user" : "environment");

async function startScanning() {
  if (scanning || starting) return;
  starting = true;
  wake();
  try {
    await camera.start(facing());
    [trouble, scanning] = [null, true];
  } catch (error) {
    trouble = error.name === "NotAllowedError" ? "camera-denied" : "camera-none";
  }
  starting = false;
  drawScanAgain();
  if (!scanning) return;
  keepAwake();
  look();
}

/** A camera takes a while; who has gone to another view stays there. */
const drawScanAgain = () => place === "scan" && go("scan");

async function turn() {
  torch = false;
  await camera.turn().catch(() => camera.start());
  drawScanAgain();
}

async function switchTorch() {
  torch = !torch;
  await camera.torch(torch).catch(() => (torch = false));
  drawScanAgain();
}

function mute() {
  wake();
  switchSound();
  go("scan");
}

/** Frame after frame, also while a verdict is shown: the next guest's code replaces it. */
async function look() {
  while (scanning) {
    const began = performance.now();
    const frame = place === "scan" && !document.hidden ? await camera.frame() : null;
    if (frame) {
      try {
        await scan(frame, "camera", began);
      } catch (error) {
        toast(wordsOf(error.code, "staff"));
        scanning = false;
        camera.stop();
        return go("scan");
      }
    }
    await new Promise((resolve) => setTimeout(resolve, frame ? PAUSE : 150));
  }
}

/** A picture to verdict, in one call of the module. */
async function scan({ pixels, ...size }, source, began = performance.now()) {
  const { ok } = await module.call({ call: "scan", ...size, source, now: Date.now() }, pixels);
  performance.measure("frame", { start: began });
  if (!looked) performance.mark("first-frame");
  looked = true;
  const [first] = ok.verdicts;
  if (first) {
    showVerdict(first);
    performance.measure("frame-to-verdict", { start: began });
  }
  // Whoever measures has them by now; kept, they would be a list that grows all day.
  performance.clearMeasures();
  return ok.texts;
}

async function examine(text) {
  const began = performance.now();
  const { ok } = await module.call({ call: "examine", text: text.trim(), now: Date.now() });
  showVerdict(ok);
  performance.measure("text-to-verdict", { start: began });
  performance.clearMeasures();
}

async function takeFile(file) {
  try {
    if (!(await scan(await picture(file), "picture"))) toast(t("scanner.no-code"));
  } catch {
    toast(wordsOf("picture-malformed", "staff"));
  }
}

function choosePicture() {
  wake();
  const input = h("input", { type: "file", accept: "image/*" });
  input.addEventListener("change", () => input.files[0] && takeFile(input.files[0]));
  input.click();
}

/* The verdict. */

function showVerdict(judged) {
  if (verdict.hidden) focused = document.activeElement;
  verdict.hidden = false;
  for (const other of document.querySelectorAll("header, main, nav")) other.inert = true;
  drawVerdict(verdict, judged);
  // The same word as before has to be seen to be another one.
  verdict.querySelector(".shape").animate?.([{ scale: 0.6 }, { scale: 1.1 }, { scale: 1 }], { duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 220 });
  count(judged.verdict);
  play(judged.verdict);
}

function hideVerdict() {
  verdict.hidden = true;
  verdict.replaceChildren();
  for (const name of ["verdict", "code", "basis"]) delete verdict.dataset[name];
  for (const other of document.querySelectorAll("header, main, nav")) other.inert = false;
  focused?.focus?.();
}

/* The challenge. */

function drawChallenge() {
  const element = document.getElementById("challenge");
  if (!element) return;
  element.hidden = !challenger.drawn;
  document.body.toggleAttribute("data-challenge", Boolean(challenger.drawn));
  if (!challenger.drawn) return;
  const code = svg(challenger.drawn.svg);
  code.setAttribute("aria-label", t("scanner.challenge-title"));
  element.dataset.text = challenger.drawn.text;
  element.replaceChildren(
    h("h2", {}, t("scanner.challenge-title")),
    h("div.code", {}, code),
    h("p.small", {}, t("scanner.challenge-asks", { what: t(`scanner.asks-${rules.policy.disclosure}`) }), " · ", h("span", { id: "challenge-left" })),
  );
  drawSecondsLeft();
}

function drawSecondsLeft() {
  const left = document.getElementById("challenge-left");
  if (left && challenger.drawn) left.textContent = t("scanner.challenge-renews", { seconds: challenger.secondsLeft });
}

/* The ledger. */

const STATES = { "view-missing": "never", "view-too-old": "old", "quorum-missing": "old", "clock-ahead": "old" };

async function drawFreshness() {
  const button = document.getElementById("fresh");
  if (!button || ledger.reached === null) return;
  const view = await ledger.view();
  const state = view.missing ? (STATES[view.missing.code] ?? "trouble") : "fresh";
  const words = [t(`scanner.${state}`)];
  if (view["as-of"]) words.push(ago(now() - view["as-of"]));
  if (!ledger.reached && view["as-of"]) words.push(t("scanner.offline"));
  Object.assign(button.dataset, { state, asOf: view["as-of"] ?? "", code: view.missing?.code ?? "" });
  button.querySelector(".word").textContent = words.join(", ");
}

function ago(seconds) {
  if (seconds < 90) return t("scanner.just-now");
  if (seconds < 5_400) return t("scanner.minutes", { number: Math.round(seconds / 60) });
  if (seconds < 172_800) return t("scanner.hours", { number: Math.round(seconds / 3_600) });
  return t("scanner.days", { number: Math.round(seconds / 86_400) });
}

async function explainLedger() {
  const view = await ledger.view();
  const rows = [
    ["ledger-as-of", view["as-of"] ? moment(view["as-of"], { dateStyle: "medium", timeStyle: "medium" }) : "–"],
    ["ledger-members", t("scanner.ledger-members-value", { number: view.cosigners })],
    ["ledger-entries", new Intl.NumberFormat(locale()).format(view.entries)],
    ["ledger-limit", t("scanner.ledger-limit-value", { number: Math.round((view.limit / 3_600) * 10) / 10 })],
    ["ledger-update", t(ledger.reached ? "scanner.ledger-update-ok" : "scanner.ledger-update-failed")],
  ];
  const words = view.missing ? view.missing.code : ledger.code !== "ledger-unavailable" && ledger.code;
  await ask(
    t("scanner.ledger"),
    [
      words && h("p.notice", { "data-code": words }, wordsOf(words, "staff")),
      h("dl.rows", {}, rows.map(([name, value]) => [h("dt", {}, t(`scanner.${name}`)), h("dd", {}, value)])),
    ].filter(Boolean),
    [{ value: "close", label: t("shared.close"), kind: "primary" }],
  );
}

/* Counts. */

function drawToday() {
  const forget = () => {
    clear();
    toast(t("scanner.cleared"));
    go("today");
  };
  return [
    h("h1", {}, t("scanner.today-title")),
    h("p.soft", {}, t("scanner.today-hint")),
    ...chart(),
    hasCounts() && h("div.row", {}, h("button", { id: "counts-clear", onclick: forget }, t("scanner.clear"))),
  ];
}

/* Beginning. */

function listenToAll() {
  listen((text) => examine(text));
  addEventListener("paste", (event) => {
    if (event.target.matches?.("input, textarea")) return;
    const [file] = event.clipboardData.files;
    const text = event.clipboardData.getData("text");
    if (file) takeFile(file);
    else if (text.trim()) examine(text);
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) takeFile(file);
  });
  addEventListener("keydown", (event) => {
    const isMeant = event.key === "Escape" || (event.key === "Enter" && event.target.tagName !== "BUTTON");
    if (!verdict.hidden && isMeant) hideVerdict();
  });
  addEventListener("pointerdown", wake, { capture: true });
  addEventListener("hashchange", takeRules);
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden || !scanning) return;
    keepAwake();
    // Some browsers end the camera of a page in the background.
    if (!camera.isOn) await camera.start(facing()).catch(() => {});
  });
  ledger.addEventListener("change", drawFreshness);
  challenger.addEventListener("change", drawChallenge);
  setInterval(drawFreshness, 10_000);
  setInterval(drawSecondsLeft, 1_000);
}

/** The screen stays on while it scans; a browser takes this back when the page is hidden. */
function keepAwake() {
  navigator.wakeLock?.request("screen").catch(() => {});
}

async function begin() {
  const files = ["network.json", "policy.json", "trust.json", "rules.json", "value-sets.json"];
  const [network, policy, trust, countryRules, valueSets] = await Promise.all(files.map(setUpFile));
  await module.call({ call: "set-up", network });
  const import_ = { call: "import", trust: trust ?? [], rules: countryRules ?? [], "value-sets": valueSets ?? [] };
  rules = new Rules(module, policy);
  rules.imported = (await module.call(import_)).ok;
  await rules.start();
  await challenger.set(isChallenging());
  drawChallenge();
  await ledger.start();
  performance.mark("ready");
  document.body.dataset.ready = "true";
  await takeRules();
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (permission?.state === "granted" && !scanning && place === "scan") startScanning();
}

await Promise.all([start(draw), readCodes()]);
listenToAll();
try {
  await begin();
} catch (error) {
  const words = isSecureContext ? wordsOf(error.code, "staff") : t("scanner.insecure");
  show(document.getElementById("view"), h("h1", {}, t("scanner.broken")), h("p.notice.bad", { "data-code": error.code ?? "" }, words));
}
