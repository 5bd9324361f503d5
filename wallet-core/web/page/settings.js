// Language, lock, backup and restore, and the end of everything.

import { ask, choose, h, language, t, toast } from "./page.js";
import { Module } from "./module.js";
import { frame } from "./frame.js";
import { mark } from "./marks.js";

/** Fewest characters of a new passphrase: with 600,000 rounds of PBKDF2 or scrypt's 128 MiB, four words take years. */
const SHORTEST = 12;

export async function settings(app) {
  const languages = [["de", "Deutsch"], ["en", "English"]];
  const redraw = () => app.go("settings", {}, { replace: true });
  const file = h("input.sr", { type: "file", id: "backup-file", onchange: () => restore(app, file) });
  return frame(
    app, "settings", t("shared.settings"),
    h("section.card", {}, h("h2", {}, t("wallet.language")),
      h("div.row.switch", {}, languages.map(([code, name]) => h("button", { lang: code, "aria-pressed": String(code === language), onclick: () => choose(code, redraw), "data-language": code }, name)))),
    h("section.card", {}, h("h2", {}, mark("lock"), t("wallet.lock")),
      h("p", {}, t(app.store.hasLock ? "wallet.lock-on" : "wallet.lock-off")), h("p.hint", {}, t("wallet.lock-words")),
      h("div.row", {},
        h("button.wide", { onclick: () => setLock(app, redraw), "data-action": "lock" }, t(app.store.hasLock ? "wallet.lock-change" : "wallet.lock-set")),
        app.store.hasLock && h("button.quiet.wide", { onclick: () => unsetLock(app, redraw), "data-action": "unlock" }, t("wallet.lock-remove")))),
    h("section.card", {}, h("h2", {}, mark("shield"), t("wallet.backup")),
      h("p", {}, t("wallet.backup-words")), h("p.hint", {}, t("wallet.backup-old-copies")),
      h("div.stack", {},
        h("button.wide", { onclick: () => backup(app), "data-action": "backup" }, t("wallet.backup-save")),
        h("label.button.wide", { for: "backup-file", "data-action": "restore" }, t("wallet.restore")), file)),
    h("section.card", {}, h("h2", {}, t("wallet.kept")), h("p.hint", {}, t("wallet.kept-words"))),
    h("div.row", {}, h("button.danger.wide", { onclick: () => erase(app), "data-action": "erase" }, mark("bin"), t("wallet.erase"))),
  );
}

/** Asks for a passphrase, twice when it is a new one. */
async function passphrase(title, words, isNew) {
  const field = (id, label, complete) => [h("label", { for: id }, label), h("input", { type: "password", id, autocomplete: complete, required: true, minlength: isNew ? SHORTEST : 1 })];
  for (let said = null; ; ) {
    const first = field("pass-1", t("wallet.passphrase"), isNew ? "new-password" : "current-password");
    const second = isNew ? field("pass-2", t("wallet.passphrase-again"), "new-password") : [];
    const done = await ask(title, [h("p", {}, words), said && h("p.notice.bad", { role: "alert" }, said), first, isNew && h("p.hint", {}, t("wallet.passphrase-hint")), second], [
      { value: "yes", label: t("wallet.go-on"), kind: "primary" }, { value: "", label: t("shared.cancel") },
    ]);
    if (!done) return null;
    if (!isNew || first[1].value === second[1].value) return first[1].value;
    said = t("wallet.passphrases-differ");
  }
}

async function setLock(app, redraw) {
  const chosen = await passphrase(t("wallet.lock"), t("wallet.lock-set-words"), true);
  if (!chosen) return;
  try {
    await app.core.lock(chosen);
    toast(t("wallet.lock-on"));
    redraw();
  } catch (error) {
    app.sorry(error);
  }
}

async function unsetLock(app, redraw) {
  await app.core.lock(null).then(redraw, app.sorry);
}

/** A module of its own for the passphrase's work, whose 128 MiB end with it. */
async function sealing(call, body) {
  const module = new Module("wallet.wasm");
  try {
    return await module.call(call, body);
  } finally {
    module.end();
  }
}

async function backup(app) {
  const chosen = await passphrase(t("wallet.backup"), t("wallet.backup-passphrase"), true);
  if (!chosen) return;
  toast(t("wallet.working"));
  try {
    const { body: plain } = await app.core.call({ call: "export" });
    const random = Array.from(crypto.getRandomValues(new Uint8Array(48)));
    const { body } = await sealing({ call: "seal", passphrase: chosen, random }, plain.buffer);
    const day = new Date().toISOString().slice(0, 10);
    const link = h("a", { href: URL.createObjectURL(new Blob([body])), download: `attest-wallet-${day}.age` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    toast(t("wallet.backup-done"));
  } catch (error) {
    app.sorry(error);
  }
}

async function restore(app, input) {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  const typed = await passphrase(t("wallet.restore"), t("wallet.restore-passphrase"), false);
  if (!typed) return;
  const working = toast(t("wallet.working"));
  try {
    const { body: plain } = await sealing({ call: "unseal", passphrase: typed }, await file.arrayBuffer());
    const { ok } = await app.core.call({ call: "restore" }, plain.buffer);
    await app.core.save();
    working.remove();
    await ask(t("wallet.restored"), [h("p", {}, t("wallet.restored-words", { certificates: ok.certificates, receipts: ok.receipts, held: ok.already_held })), ok.receipts > 0 && h("p", {}, t("wallet.restored-copies"))], [
      { value: "ok", label: t("shared.close"), kind: "primary" },
    ]);
    app.go("home");
    app.tend();
  } catch (error) {
    working.remove();
    app.sorry(error);
  }
}

async function erase(app) {
  const sure = await ask(t("wallet.erase"), [h("p", {}, t("wallet.erase-words"))], [
    { value: "", label: t("shared.cancel"), kind: "primary" }, { value: "yes", label: t("wallet.erase"), kind: "danger" },
  ]);
  if (!sure) return;
  await app.store.erase();
  localStorage.clear();
  history.replaceState(null, "");
  location.reload();
}
