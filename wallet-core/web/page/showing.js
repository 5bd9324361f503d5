// Choosing what a door learns, and showing it.

import { ask, h, now, svg, t } from "./page.js";
import { frame } from "./frame.js";
import { at, birth, birthday, copies, fullName, mark } from "./marks.js";
import { of } from "./home.js";
import { find } from "./holding.js";

/** Seconds after which no door takes the answer to its challenge: a minute until it shows the next, and 90 s (schemas/spec/challenge.md). */
const ANSWER_ENDS = 150;
const CHOICES = ["result", "initials", "name"];

/** Exactly what a choice discloses. */
function disclosed({ result, initials, person }, choice) {
  const rows = [`${t(`wallet.test-${result.kind}`)}: ${t(`wallet.${result.outcome}`)}`, t("wallet.sampled-at", { date: at(result.sampled_at) })];
  if (choice === "initials") rows.push(t("wallet.shows-initials", { initials: `${initials.given}. ${initials.family}.` }), birthday(initials) && t("wallet.shows-birthday", { date: birthday(initials) }));
  if (choice === "name") rows.push(fullName(person), t("wallet.born", { date: birth(person.birth) }));
  return rows.filter(Boolean);
}

export async function choice(app, { number }) {
  if (number === undefined) return which(app);
  const one = await find(app, number);
  if (!one.is_ready || !one.result) throw { code: "copy-not-anchored" };
  const asked = app.challenge?.disclose ?? null;
  const begin = async (event) => {
    event.preventDefault();
    const disclose = new FormData(event.target).get("disclose");
    await present(app, one, disclose);
  };
  const option = (name) =>
    h(`label.choice.option${asked === name ? ".asked" : ""}`, {},
      h("input", { type: "radio", name: "disclose", value: name, checked: name === (asked ?? "initials") }),
      h("span", {}, h("strong", {}, t(`wallet.choice-${name}`)), asked === name && h("span.tag", {}, t("wallet.door-asks")),
        h("span.hint.block", {}, t(`wallet.choice-${name}-words`)),
        h("ul.plain", {}, disclosed(one, name).map((row) => h("li", {}, row)))));
  return frame(
    app, "choice", t("wallet.choose"),
    app.challenge && h("p.notice.good", { "data-challenge": asked }, t("wallet.challenge-words")),
    h("form", { onsubmit: begin },
      h("fieldset.options", {}, h("legend", {}, t("wallet.choose-words")), CHOICES.map(option)),
      h("p.soft.small", {}, t("wallet.always-seen")),
      h("div.stack", {},
        h("button.primary.wide", { "data-action": "present" }, mark("code"), t("wallet.present")),
        h("p.hint.centre", {}, one.left > 0 ? [t("wallet.costs"), " ", copies(one)] : t("wallet.none-left")))),
  );
}

/** A door has asked, and there are several results: which one. */
async function which(app) {
  const { people } = await app.core.list();
  const isUsable = (one) => one.kind === "pass" && one.is_ready && !app.isOver(one);
  const usable = people.map(({ person, holdings }) => ({ person, holdings: holdings.filter(isUsable) })).filter(({ holdings }) => holdings.length);
  const choose = (number) => app.go("choice", { number }, { replace: true });
  const numbers = usable.flatMap(({ holdings }) => holdings.map(({ number }) => number));
  if (numbers.length === 1) return choose(numbers[0]);
  return frame(app, "choice", t("wallet.which"),
    h("p.notice", {}, t(numbers.length ? "wallet.challenge-words" : "wallet.nothing-to-show")),
    usable.map(({ person, holdings }) => of(app, person, holdings, choose)));
}

async function present(app, one, disclose) {
  const { text: challenge, heard } = app.challenge ?? { text: null, heard: null };
  // No copy is spent on a door that would not take it.
  if (heard !== null && now() - heard > ANSWER_ENDS) return app.sorry({ code: "answer-over" });
  const begin = (reuse) => app.core.show(one.number, disclose, challenge, reuse);
  try {
    await begin(false);
  } catch (error) {
    if (!["no-fresh-copy", "copy-not-anchored"].includes(error.code)) return app.sorry(error);
    const agreed = await ask(t("wallet.reuse"), [h("p", {}, t("wallet.reuse-words")), h("p.soft", {}, t(one.waiting > 0 ? "wallet.reuse-waiting" : navigator.onLine ? "wallet.reuse-online" : "wallet.reuse-offline"))], [
      { value: "", label: t("shared.cancel"), kind: "primary" }, { value: "yes", label: t("wallet.reuse-agree") },
    ]);
    if (!agreed) return;
    try {
      await begin(true);
    } catch (again) {
      return app.sorry(again);
    }
  }
  app.shown = { rows: disclosed(one, disclose), disclose, heard };
  app.challenge = null;
  await app.go("showing", { number: one.number }, { replace: true });
}

/** The code, as large as the screen allows, black on white also in the dark, renewed as long as it is on the screen. */
export async function showing(app) {
  if (!app.shown) return app.home();
  const { rows, disclose, heard } = app.shown;
  const place = h("div.code", { "data-code": "presentation" });
  const left = h("strong", { "data-countdown": "" });
  const ring = h("progress", { max: 30, "aria-label": t("wallet.countdown-label") });
  const problem = h("p.notice.bad", { role: "alert", hidden: true });
  let next = 0;
  let busy = false;
  const tick = async () => {
    if (busy || document.hidden) return;
    if (heard !== null && now() - heard > ANSWER_ENDS) return over();
    const seconds = next - now();
    // After the clock was set back the countdown would be longer than it can be.
    if (seconds > 0 && seconds <= 30) {
      left.textContent = t("wallet.countdown", { seconds });
      ring.value = seconds;
      return;
    }
    busy = true;
    try {
      const shown = await app.core.renew();
      const drawn = svg(shown.svg);
      drawn.setAttribute("aria-label", t("wallet.code-of-presentation"));
      place.replaceChildren(drawn);
      place.dataset.text = shown.text;
      next = shown.next_at;
      problem.hidden = true;
    } catch (error) {
      place.replaceChildren();
      problem.textContent = app.words(error);
      problem.hidden = false;
    } finally {
      busy = false;
    }
  };
  const over = () => {
    clearInterval(timer);
    place.parentElement?.querySelectorAll(".code, .countdown, .seen, .live").forEach((part) => part.remove());
    problem.textContent = t("wallet.error-answer-over");
    problem.dataset.error = "answer-over";
    problem.hidden = false;
  };
  let awake = null;
  const wake = () => navigator.wakeLock?.request("screen").then((lock) => (awake = lock)).catch(() => {});
  const seen = () => !document.hidden && (wake(), tick());
  const timer = setInterval(tick, 250);
  document.addEventListener("visibilitychange", seen);
  document.documentElement.classList.add("bright");
  app.leave = () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
    document.documentElement.classList.remove("bright");
    awake?.release();
    app.shown = null;
    app.core.call({ call: "hide" });
  };
  wake();
  await tick();
  await tick();
  return h("main.showing", { "data-screen": "showing", "data-disclose": disclose },
    h("div.top", {}, h("h1", {}, t(`wallet.choice-${disclose}`)), h("button.quiet.round", { onclick: app.back, "aria-label": t("shared.close"), "data-action": "close" }, "✕")),
    place, h("div.countdown", {}, ring, left), problem,
    h("section.seen", {}, h("h2", {}, t(heard !== null ? "wallet.this-door-sees" : "wallet.door-sees")), h("ul.plain", {}, rows.map((row) => h("li", {}, row)))),
    h("p.small.live", {}, t("wallet.live-words")),
    h("div.row", {}, h("button.primary.wide", { onclick: app.back, "data-action": "done" }, t("wallet.finished"))));
}
