// A screen by day and by night.

import { accessible, fits } from "./access.mjs";
import { keep } from "./chromium.mjs";

/** Keeps a screen by day and by night, and examines both. */
export function seen(page, place, language) {
  return async (screen) => {
    for (const scheme of ["light", "dark"]) {
      const name = `${place}-${screen}-${language}-${scheme}`;
      await page.emulateMedia({ colorScheme: scheme });
      await keep(page, name);
      await fits(page, name);
      // By night the colours alone are others.
      await accessible(page, name, scheme === "dark" ? ["color-contrast"] : undefined);
    }
  };
}
