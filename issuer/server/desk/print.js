// Paper: made for the moment of printing, and gone after it. It says what is signed, as the service reads it back.

import * as api from "./api.js";
import { birthWords, dayAndTime } from "./dates.js";
import { h, svg, t } from "./page.js";

/** The offer to take home: above the line the code to scan, below it the code to type. */
export function printSlip(ways, submitted, picture) {
  const { result_id: id, tx_code: code, expires_at: expires } = submitted;
  const { issuer, name } = ways.desk.account;
  print("slip", [
    h("header", {}, h("h1", {}, t("desk.slip-title")), h("p", {}, `${name} · ${issuer}`)),
    h("div.beside", {}, drawn(picture, t("desk.offer-code")),
      h("div", {},
        h("ol", {}, h("li", {}, t("desk.slip-scan")), h("li", {}, t("desk.slip-type")), h("li", {}, t("desk.slip-show"))),
        h("p", {}, t("desk.slip-until", { until: dayAndTime(expires) })), h("p.mono", {}, t("desk.case", { code: id.slice(0, 8) })))),
    h("p.cut", { "aria-hidden": "true" }, "✂"),
    h("div.part", {}, h("p", {}, t("desk.slip-code")), h("p.digits.mono", {}, `${code.slice(0, 3)} ${code.slice(3)}`), h("p", {}, t("desk.slip-apart")), h("p.mono", {}, t("desk.case", { code: id.slice(0, 8) }))),
  ]);
}

/** The certificate, with its proof or for travel. In both languages, whatever the page's is: it is read elsewhere. */
export async function printCertificate(ways, id, travel) {
  const [{ words }, picture] = await Promise.all([api.certificate(id), api.certificateCode(id, travel)]);
  if (ways.left.aborted) return;
  const line = (de, en, value) => value && h("div", {}, h("dt", {}, de, h("span", { lang: "en" }, en)), h("dd", {}, value));
  const result = { detected: "POSITIV / DETECTED", "not-detected": "NEGATIV / NOT DETECTED" }[words.result];
  print("certificate", [
    h("header", {}, h("h1", {}, "COVID-19-Testzertifikat"), h("p", { lang: "en" }, "COVID-19 test certificate")),
    h("div.beside", {}, drawn(picture, t("desk.certificate-code")),
      h("dl", {},
        line("Name, Vorname", "Surname, given name", `${words.family_name}, ${words.given_name}`),
        line("Geburtsdatum", "Date of birth", `${words.date_of_birth} (${birthWords(words.date_of_birth)})`),
        line("Ergebnis", "Result", h("strong", {}, result)),
        line("Probenahme", "Date and time of sample", dayAndTime(words.sampled_at)))),
    h("dl.more", {},
      line("Art des Tests", "Type of test", words.kind === "naat" ? "PCR / NAAT" : "Antigen-Schnelltest / Rapid antigen test"),
      line("Test", "Test", words.device ?? words.name),
      line("Teststelle", "Testing centre", words.centre),
      line("Aussteller, Land", "Issuer, country", `${words.issuer}, ${words.country}`),
      line("Gültig bis", "Valid until", dayAndTime(words.expires_at)),
      line("Kennung", "Certificate identifier", h("span.mono", {}, words.id))),
    h("footer", {},
      h("p", {}, travel ? "Für Reisen: ohne Verankerungsnachweis, für alle EU-Prüfgeräte." : "Mit Nachweis der Verankerung im Register. Papier ist unveränderlich und gilt weniger als die Wallet: mit Ausweis zeigen."),
      h("p", { lang: "en" }, travel ? "For travel: without the proof of anchoring, for every EU verifier." : "With the proof of anchoring in the ledger. Paper is static and counts for less than the wallet: show it with an identity card.")),
  ]);
}

function drawn(picture, label) {
  const code = svg(picture);
  code.setAttribute("aria-label", label);
  return h("div.code", {}, code);
}

function print(kind, content) {
  document.getElementById("paper")?.remove();
  const paper = h(`article.${kind}`, { id: "paper" }, content);
  document.body.append(paper);
  addEventListener("afterprint", () => paper.remove(), { once: true });
  window.print();
}
