// Picking up: the offer of a test centre, and the code that came apart from it.

import { h, t } from "./page.js";
import { frame } from "./frame.js";

const STEPS = ["ask", "make-keys", "sign", "wait"];

export async function offer(app) {
  if (!app.offer) return app.home();
  const { ok } = await app.core.call({ call: "recognise", text: app.offer });
  const issuer = new URL(ok.issuer);
  if (issuer.origin !== location.origin) return elsewhere(app, issuer);

  const code = h("input.code-entry", {
    id: "tx-code", inputmode: "numeric", autocomplete: "one-time-code", pattern: "[0-9]{6}", maxlength: 6, required: true,
    "aria-describedby": "tx-hint", placeholder: "••••••",
  });
  const wrong = h("p.notice.bad", { role: "alert", hidden: true });
  const button = h("button.primary.wide", { "data-action": "pick-up" }, t("wallet.pick-up"));
  const progress = h("ol.steps", { hidden: true, role: "status" },
    STEPS.map((step) => h("li", { "data-step": step }, t(`wallet.step-${step}`))));
  const tell = ({ step, number }) => {
    const at = STEPS.indexOf({ save: "make-keys" }[step] ?? step);
    if (at >= 0) [...progress.children].forEach((item, index) => {
      item.classList.toggle("done", index < at);
      item.classList.toggle("now", index === at);
    });
    // The copies are here: what is still missing comes by itself, on the result's own screen.
    if (step === "wait") {
      app.running.set(number, "wait");
      if (history.state?.screen === "offer") app.go("holding", { number }, { replace: true });
    }
  };
  const pickUp = async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    [button.disabled, code.disabled, progress.hidden] = [true, true, false];
    let number = null;
    try {
      const picked = await app.core.pickUp({ call: "take-up", offer: app.offer, code: code.value }, (state) => {
        number = state.number;
        tell(state);
      });
      app.offer = null;
      app.running.delete(number);
      if (history.state?.screen === "offer") await app.go("holding", { number: picked.number }, { replace: true });
      else app.changed();
    } catch (error) {
      app.running.delete(number);
      if (history.state?.screen !== "offer") return app.changed();
      [button.disabled, code.disabled, progress.hidden] = [false, false, true];
      wrong.textContent = app.words(error);
      wrong.dataset.error = error.code;
      wrong.hidden = false;
      code.focus();
      code.select();
    }
  };
  setTimeout(() => code.focus());
  return frame(
    app, "offer", t("wallet.pick-up"),
    h("form.card.offer", { onsubmit: pickUp },
      h("p.eyebrow", {}, t("wallet.offer-from")), h("p.issuer", {}, issuer.host),
      h("label", { for: "tx-code" }, t("wallet.tx-code")), code,
      h("p.hint", { id: "tx-hint" }, t("wallet.tx-code-hint")), wrong, progress, h("div.row", {}, button)),
    h("p.soft.small", {}, t("wallet.pick-up-words")),
  );
}

/** A wallet page speaks to its own test centre alone; the offer opens with the wallet of the other. */
const elsewhere = (app, issuer) =>
  frame(app, "offer", t("wallet.pick-up"),
    h("section.card", {}, h("h2", {}, t("wallet.elsewhere")), h("p", {}, t("wallet.elsewhere-words", { host: issuer.host })),
      h("a.button.primary.wide", { href: `${issuer.href.replace(/\/$/, "")}/wallet/${new URL(app.offer, location.href).hash || ""}`, rel: "noreferrer" }, t("wallet.elsewhere-open"))));
