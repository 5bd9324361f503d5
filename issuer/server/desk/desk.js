// The desk: who is signed in, which screen is shown, and what every screen has.

import * as api from "./api.js";
import { caseScreen } from "./case.js";
import { casesScreen } from "./cases.js";
import { formScreen, newEntry } from "./form.js";
import { handoverScreen } from "./handover.js";
import { on, shown } from "./keys.js";
import { h, languageButton, show, start, t, toast } from "./page.js";
import { problem } from "./problems.js";
import * as session from "./session.js";

/** What the desk knows while somebody is signed in: the station, what can be entered, and the entry being typed. */
const desk = { account: null, sets: null, entry: null, kit: "" };
/** The screen, drawn anew when the language changes. */
let screen = signIn;
let notice = null;

const main = h("main", { id: "main", "data-screen": "sign-in" });
const bar = h("header.bar", { id: "bar" });

/** What screens may do with the desk. */
const ways = {
  desk,
  main,
  /** What was begun is still there, unless it was a correction. */
  newTest(entry = desk.entry?.isBegun && !desk.entry.replaces ? desk.entry : newEntry(desk.kit)) {
    go("new", () => formScreen(ways, entry));
  },
  cases: () => go("cases", () => casesScreen(ways)),
  open: (id) => go("case", () => caseScreen(ways, id)),
  handOver: (submitted, entry) => go("handover", () => handoverScreen(ways, submitted, entry)),
  /** A key that is refused is of no use any more. */
  refused(error) {
    if (error.code === "issuer-key-unknown") signOut(error);
    return problem(error);
  },
  async refreshAccount() {
    desk.account = await api.account();
    drawBar();
  },
};

let place = "";
/** Ends what a screen began, such as asking again and again. */
let leave = new AbortController();

function go(name, draw) {
  leave.abort();
  leave = new AbortController();
  ways.left = leave.signal;
  for (const key of ["F8", "F9", "Escape"]) on(key);
  place = name;
  main.dataset.screen = name || "sign-in";
  screen = draw;
  drawBar();
  draw();
  scrollTo(0, 0);
}

function drawBar() {
  document.title = t("desk.title");
  const title = [h("img", { src: "icon.svg", alt: "" }), h("strong", {}, t("desk.title"))];
  if (!desk.account) return bar.replaceChildren(...title, languageButton(draw));
  const { name, daily_quota: quota, used_today: used } = desk.account;
  const tab = (id, key, does, label) =>
    h("button.tab", { id, onclick: does, "aria-keyshortcuts": key, "aria-current": place === id.slice(4) ? "page" : null }, label, shown(key));
  bar.replaceChildren(
    ...title,
    h("nav", { "aria-label": t("desk.navigation") }, tab("nav-new", "F2", () => ways.newTest(), t("desk.new")), tab("nav-cases", "F4", ways.cases, t("desk.cases"))),
    h("p.who", {}, h("span", { id: "station" }, name), h("span.soft.small", { id: "quota" }, t("desk.quota", { left: Math.max(0, quota - used), quota }))),
    languageButton(draw),
    h("button.quiet", { id: "sign-out", onclick: () => signOut() }, t("desk.sign-out")),
  );
}

function signOut(why) {
  session.forget();
  Object.assign(desk, { account: null, sets: null, entry: null, kit: "" });
  for (const key of ["F2", "F4"]) on(key);
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  notice = why ?? null;
  go("", signIn);
}

function signIn() {
  const input = h("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true, "aria-describedby": "key-hint" });
  const button = h("button.primary.wide", { id: "sign-in" }, t("desk.sign-in"));
  const said = h("div", { id: "said" }, notice && (notice === "idle" ? h("div.notice", { role: "status" }, t("desk.was-idle", { minutes: session.IDLE_MINUTES })) : problem(notice)));
  const submit = async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    session.remember(input.value.trim());
    try {
      await enter();
    } catch (error) {
      session.forget();
      said.replaceChildren(problem(error));
      button.disabled = false;
      input.select();
    }
  };
  show(
    main,
    h("div.narrow", {},
      h("h1", {}, t("desk.welcome")),
      h("p.soft", {}, t("desk.welcome-text")),
      said,
      h("form.card", { id: "sign-in-form", onsubmit: submit },
        h("label", { for: "key" }, t("desk.key")), input, h("p.hint", { id: "key-hint" }, t("desk.key-hint")),
        h("div.row", {}, button)),
      h("p.soft.small", {}, t("desk.session", { minutes: session.IDLE_MINUTES })),
    ),
  );
  input.focus();
}

async function enter() {
  const account = await api.account();
  if (account.role !== "station") throw new api.Refused({ code: "desk-not-a-station", status: 403 });
  desk.sets = await api.valueSets();
  desk.account = account;
  notice = null;
  on("F2", () => ways.newTest());
  on("F4", ways.cases);
  ways.newTest();
  const ahead = Math.round(api.clockAhead() / 60_000);
  if (ahead) toast(t("desk.clock", { minutes: Math.abs(ahead) }));
}

const draw = () => go(place, screen);

session.watch(() => signOut("idle"));
addEventListener("beforeunload", (event) => {
  if (desk.entry?.isBegun) event.preventDefault();
});

document.body.append(bar, main);
start(async () => {
  draw();
  if (!session.key()) return;
  try {
    await enter();
  } catch (error) {
    signOut(error);
  }
});
