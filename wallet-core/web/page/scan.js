// Whatever a person brings: an offer, a door's challenge, a certificate; by camera, as a picture or PDF, or pasted.

import { h, has, now, t, toast } from "./page.js";
import { Camera, picture } from "./camera.js";
import { Module } from "./module.js";
import { frame } from "./frame.js";
import { mark } from "./marks.js";

/** Pauses between two frames, in milliseconds: the camera brings 30 a second, and a phone gets warm. */
const PAUSE = 120;

/** @param {{number?: number}} params the result that a door's challenge is for, if one was chosen before */
export async function scan(app, { number }) {
  const video = h("video", { playsinline: true, muted: true, "aria-label": t("wallet.camera") });
  const camera = new Camera(video);
  const hint = h("p.hint.centre", { role: "status" }, t("wallet.scan-hint"));
  let open = true;
  app.leave = () => {
    open = false;
    camera.stop();
  };

  const found = async (text) => {
    app.leave?.();
    try {
      await take(app, text.trim(), number);
    } catch (error) {
      await app.sorry(error);
      app.go("scan", { number }, { replace: true });
    }
  };
  const look = async () => {
    try {
      await camera.start();
    } catch {
      finder.hidden = true;
      hint.textContent = t("wallet.no-camera");
      return;
    }
    if (!open) return camera.stop();
    torch.hidden = !camera.hasTorch;
    while (open) {
      const seen = await camera.frame();
      if (seen) {
        const { pixels, ...size } = seen;
        const { ok } = await app.core.call({ call: "read", ...size }, pixels);
        if (open && ok.texts[0]) return found(await first(app, ok.texts));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  };
  const file = async (chosen) => {
    if (!chosen) return;
    try {
      const texts = await read(app, chosen);
      if (texts.length === 0) throw { code: "import-no-code" };
      await found(await first(app, texts));
    } catch (error) {
      await app.sorry(error);
    } finally {
      input.value = "";
    }
  };

  let lit = false;
  const torch = h("button.quiet", { hidden: true, onclick: () => camera.torch((lit = !lit)) }, t("wallet.torch"));
  const finder = h("div.viewfinder", {}, video, h("div.aim", { "aria-hidden": "true" }));
  const input = h("input.sr", { type: "file", id: "file", accept: "image/*,application/pdf,.pdf", onchange: () => file(input.files[0]) });
  const text = h("textarea", { id: "text", rows: 3, autocomplete: "off", spellcheck: "false", placeholder: "HC1:…" });
  look().catch((error) => open && app.sorry(error));

  return frame(
    app, "scan", t("wallet.add"), finder, hint,
    h("div.row.spread", {}, torch, h("button.quiet", { onclick: () => camera.turn().catch(() => {}) }, t("wallet.other-camera"))),
    h("section.card", { ondragover: (event) => event.preventDefault(), ondrop: (event) => { event.preventDefault(); file(event.dataTransfer.files[0]); } },
      h("h2", {}, t("wallet.no-scan")),
      h("label.button.wide", { for: "file" }, mark("paper"), t("wallet.choose-file")), input,
      h("p.hint", {}, t("wallet.choose-file-hint")),
      h("label", { for: "text" }, t("wallet.paste")), text,
      h("div.row", {}, h("button.wide", { onclick: () => text.value.trim() && found(text.value), "data-action": "take-text" }, t("wallet.take")))),
  );
}

/** Of several codes, such as on a sheet that has a web address too, the first that a wallet has a use for. */
async function first(app, texts) {
  for (const text of texts) if (await app.core.call({ call: "recognise", text }).catch(() => null)) return text;
  return texts[0];
}

/** The texts of the codes in a file. A PDF is read by a module that is loaded then. */
async function read(app, file) {
  if (file.type === "application/pdf" || file.name.toLowerCase().endsWith(".pdf")) {
    const pdf = new Module("pdf.wasm");
    try {
      return (await pdf.call({ call: "read" }, await file.arrayBuffer())).ok.texts;
    } finally {
      pdf.end();
    }
  }
  const { width, height, pixels } = await picture(file).catch(() => {
    throw { code: "import-no-picture" };
  });
  return (await app.core.call({ call: "read", width, height, is_file: true }, pixels)).ok.texts;
}

/** Goes on with what a text is for. */
export async function take(app, text, number) {
  const { ok } = await app.core.call({ call: "recognise", text }).catch(damaged(text.startsWith("AC1:") ? "challenge-malformed" : "offer-malformed"));
  if (ok.kind === "offer") {
    app.offer = text;
    return app.go("offer", {}, { replace: true });
  }
  if (ok.kind === "challenge") {
    app.challenge = { text, disclose: ok.disclose, heard: now() };
    return app.go("choice", { number }, { replace: true });
  }
  const taken = await app.core.import(text).catch(damaged("import-damaged"));
  toast(t("wallet.imported"));
  return app.go("holding", { number: taken }, { replace: true });
}

/** Whichever part of a text is broken, a person reads that it is broken, and what to do. */
const damaged = (code) => (error) => {
  throw has(`wallet.error-${error.code}`) ? error : { code };
};
