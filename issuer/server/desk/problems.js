// A refusal in words: what happened, and what to do.

import { h, has, t } from "./page.js";

/** @param {import("./api.js").Refused} refused */
export function problem(refused) {
  const known = `desk.error-${refused.code}`;
  const words = has(known) ? t(known) : [refused.title, refused.detail].filter(Boolean).join(". ") || t("desk.error-unknown");
  return h(
    "div.notice.bad",
    { role: "alert", "data-code": refused.code },
    h("p", {}, words),
    h("p.small.soft", {}, t("desk.error-code", { code: refused.code })),
  );
}
