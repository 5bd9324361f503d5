// The wallet page: opens the wallet, and puts one screen in the place of another.

import { ask, h, has, now, show, start, t, toast, languageButton } from "./page.js";
import { Core } from "./core.js";
import { mark } from "./marks.js";
import { Store } from "./store.js";
import { home } from "./home.js";
import { holding } from "./holding.js";
import { paper } from "./paper.js";
import { offer } from "./offer.js";
import { scan } from "./scan.js";
import { settings } from "./settings.js";
import { choice, showing } from "./showing.js";

const SCREENS = { home, holding, paper, offer, scan, settings, choice, showing };
/** How long the page may be out of sight before a locked wallet locks again, in milliseconds. */
const AWAY = 5 * 60_000;
/** How often it looks whether something is to be fetched, in milliseconds. */
const LOOK = 60_000;
const DAY = 86_400;

/** What screens share. */
const app = {
  core: null,
  store: null,
  /** What was scanned or opened and is not carried out yet: it is in no address and no history. */
  offer: null,
  challenge: null,
  /** The steps of pick-ups that are on their way, by number; a new one is under `new`. */
  running: new Map(),
  leave: null,

  tools: () => [
    languageButton(draw),
    h("button.quiet.round", { onclick: () => app.go("settings"), "aria-label": t("shared.settings"), "data-action": "settings" }, mark("settings")),
  ],
  tend: (when) => tend(when).catch(() => {}),

  /** Goes to another screen. */
  go(screen, params = {}, { replace = false } = {}) {
    const state = { screen, params };
    if (replace) history.replaceState(state, "");
    else history.pushState(state, "");
    return draw();
  },
  back: () => history.back(),
  home: () => app.go("home", {}, { replace: true }),

  /** Whether the test centre has said that it withdrew a result: it is said once, and then stands beside the result. */
  isWithdrawn: (number) => localStorage.getItem(`withdrawn ${number}`) !== null,
  /** Whether nothing of a holding can be shown any more. */
  isOver: (one) => one.is_expired || one.is_moved_away || app.isWithdrawn(one.number),
  /** Forgets what was noted beside the vault of a result, or of all. */
  forget(number = null) {
    const names = Object.keys(localStorage).filter((name) => /^(looked|withdrawn) /.test(name));
    names.filter((name) => number === null || name.endsWith(` ${number}`)).forEach((name) => localStorage.removeItem(name));
  },

  /** Draws the screen again, if it is one that shows what has changed. */
  changed: () => (["home", "holding"].includes(history.state?.screen) ? draw({ quietly: true }) : undefined),

  /** Words for whatever went wrong. */
  words(error) {
    const key = `wallet.error-${error?.code}`;
    return has(key) ? t(key, { said: error.message ?? "" }) : t("wallet.error", { code: error?.code ?? String(error) });
  },
  sorry: (error) => ask(t("wallet.sorry"), [h("p", { "data-error": error?.code ?? "unknown" }, app.words(error))], [
    { value: "ok", label: t("shared.close"), kind: "primary" },
  ]),

  /** Says that a restored result is here: the backup that it came from is used up, and the next loss would find none. */
  async moved() {
    // Several results of one backup need one new backup.
    if (document.querySelector("[data-moved]")) return;
    const next = await ask(t("wallet.moved"), [h("p", { "data-moved": "" }, t("wallet.moved-words"))], [
      { value: "backup", label: t("wallet.moved-backup"), kind: "primary" }, { value: "", label: t("wallet.moved-later") },
    ]);
    if (next) await app.go("settings");
  },

  /** Fetches what a result lacks, in the background. */
  async refresh(number, { quietly = false } = {}) {
    if (app.running.has(number)) return;
    const tell = ({ step, hasMoved }) => {
      // At once, and not when the ledger has it: who closes the page before would not hear of it.
      if (hasMoved) app.moved();
      const before = app.running.get(number);
      app.running.set(number, step);
      if (before !== step && step === "wait") app.changed();
    };
    const known = app.isWithdrawn(number);
    app.running.set(number, "ask");
    app.changed();
    try {
      const { replaced, moved } = await app.core.pickUp({ call: "refresh", number }, tell);
      localStorage.setItem(`looked ${number}`, String(now()));
      localStorage.removeItem(`withdrawn ${number}`);
      if (replaced) {
        // The copy that is on the screen has no key any more.
        const { screen, params } = history.state ?? {};
        if (["choice", "showing"].includes(screen) && params.number === number) app.go("holding", { number }, { replace: true });
        await ask(t("wallet.replaced"), [h("p", {}, t("wallet.replaced-words"))], [{ value: "ok", label: t("shared.close"), kind: "primary" }]);
      } else if (!quietly && !moved) toast(t("wallet.up-to-date"));
    } catch (error) {
      const isNews = (error.code === "issuer-result-not-standing" && !known) || error.code === "issuer-receipt-moved";
      if (error.code === "issuer-result-not-standing") localStorage.setItem(`withdrawn ${number}`, "");
      if (!quietly || isNews) await app.sorry(error);
    } finally {
      app.running.delete(number);
      app.changed();
    }
  },
};

/**
 * What runs low or waits for its proof is fetched, and once a day the test centre is asked for corrections.
 * @param {{again?: number}} [when] after how many seconds what is missing is asked for again
 */
async function tend({ again = 50 } = {}) {
  if (!app.core || !navigator.onLine || document.hidden) return;
  const { people } = await app.core.list();
  for (const { kind, number, is_expired: expired, is_moved_away: away, runs_low: low, waiting, awaited } of people.flatMap((one) => one.holdings)) {
    const looked = Number(localStorage.getItem(`looked ${number}`) ?? 0);
    if (kind !== "pass" || expired || away || app.running.has(number)) continue;
    if ((!app.isWithdrawn(number) && (low || waiting || awaited) ? again : DAY) <= now() - looked) {
      localStorage.setItem(`looked ${number}`, String(now()));
      app.refresh(number, { quietly: true });
    }
  }
}

async function draw({ quietly = false } = {}) {
  app.leave?.();
  app.leave = null;
  const { screen = "home", params = {} } = history.state ?? {};
  try {
    const content = await SCREENS[screen](app, params);
    if (content) put(content, quietly);
  } catch (error) {
    if (screen === "home") throw error;
    // What was here is gone, as after it was deleted.
    await app.sorry(error);
    app.home();
  }
}

/** Puts a screen in the place of the last; dialogs and what is said in passing stay. */
function put(content, quietly = false) {
  let root = document.getElementById("page");
  if (!root) document.body.prepend((root = h("div", { id: "page" })));
  if (quietly) return root.replaceChildren(...[content].flat(Infinity).filter(Boolean));
  show(root, content);
  scrollTo(0, 0);
}

/** A page without a wallet: why, and what can be done. */
const closed = (name, heading, ...content) =>
  put([
    h("header.bar", {}, h("img", { src: "icon.svg", alt: "" }), h("strong", {}, t("wallet.title")), languageButton(() => location.reload())),
    h("main.centred", { "data-screen": name }, h("h1", {}, heading), content),
  ]);

/** Asks for the passphrase of a locked wallet. */
function locked() {
  const field = h("input", { type: "password", id: "passphrase", autocomplete: "current-password", required: true });
  const wrong = h("p.notice.bad", { role: "alert", hidden: true }, t("wallet.error-wallet-wrong-passphrase"));
  const button = h("button.primary.wide", { "data-action": "unlock" }, t("wallet.unlock"));
  const unlock = async (event) => {
    event.preventDefault();
    [button.disabled, wrong.hidden] = [true, true];
    try {
      await begin(field.value);
    } catch (error) {
      if (error.code !== "wallet-wrong-passphrase") return failed(error);
      [button.disabled, wrong.hidden] = [false, false];
      field.select();
    }
  };
  closed(
    "locked", t("wallet.locked"), h("div.emblem", {}, mark("lock")),
    h("form", { onsubmit: unlock }, h("label", { for: "passphrase" }, t("wallet.passphrase")), field, wrong, h("div.row", {}, button)),
    h("details.forgotten", {}, h("summary", {}, t("wallet.forgotten")), h("p", {}, t("wallet.forgotten-words")), h("div.row", {}, eraseButton())),
  );
  field.focus();
}

/** What can be done when the wallet cannot be opened. Nothing is written over. */
function failed(error) {
  const known = ["wallet-other-window", "wallet-no-store", "module-unavailable"].includes(error.code);
  const rescue = () => {
    const link = h("a", { href: URL.createObjectURL(app.store.sealed), download: "attest-wallet-damaged.bin" });
    link.click();
  };
  closed(
    "failed", known ? t("wallet.sorry") : t("wallet.damaged"), h("div.emblem.bad", {}, mark("warn")),
    h("p", { "data-error": error.code ?? "unknown" }, known ? app.words(error) : t("wallet.damaged-words", { code: error.code ?? String(error) })),
    h("div.stack", {},
      h("button.primary.wide", { onclick: () => location.reload() }, t("wallet.again")),
      !known && app.store?.sealed && h("button.wide", { onclick: rescue, "data-action": "rescue" }, t("wallet.rescue")),
      !known && app.store && eraseButton()),
  );
}

/** The end of a wallet that cannot be opened: a new one can take its backup in. */
function eraseButton() {
  const erase = async () => {
    const sure = await ask(t("wallet.erase"), [h("p", {}, t("wallet.erase-words"))], [
      { value: "", label: t("shared.cancel") }, { value: "yes", label: t("wallet.erase"), kind: "danger" },
    ]);
    if (!sure) return;
    await app.store.erase();
    app.forget();
    history.replaceState(null, "");
    location.reload();
  };
  return h("button.danger.wide", { onclick: erase, "data-action": "erase" }, mark("bin"), t("wallet.erase"));
}

async function begin(passphrase) {
  const core = new Core(app.store);
  try {
    await core.open(passphrase);
  } catch (error) {
    core.end();
    throw error;
  }
  app.core = core;
  arrived();
  await draw();
  app.tend();
}

/** Takes an offer out of the address, which nobody who looks over it later needs to see. */
function arrived() {
  const link = location.href;
  const has = location.hash.startsWith("#credential_offer=");
  if (location.hash) history.replaceState(history.state, "", location.pathname);
  if (!has) return false;
  app.offer = link;
  history.replaceState({ screen: "home", params: {} }, "");
  history.pushState({ screen: "offer", params: {} }, "");
  return true;
}

addEventListener("popstate", () => app.core && draw());
addEventListener("hashchange", () => app.core && arrived() && draw());
addEventListener("online", () => app.tend({ again: 0 }));
setInterval(() => app.tend(), LOOK);

let hiddenSince = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenSince = Date.now();
  else if (app.store?.hasLock && app.core && Date.now() - hiddenSince > AWAY) location.reload();
  else app.tend();
});

await start(async () => {
  try {
    app.store = await Store.open();
    // What was scanned is gone with the window, and a showing is not taken up again by itself.
    if (["offer", "choice", "showing", "scan"].includes(history.state?.screen)) history.replaceState({ screen: "home", params: {} }, "");
    if (app.store.isLocked) locked();
    else await begin();
  } catch (error) {
    failed(error);
  }
});
