// Asks for the page again while somebody looks at it. Without this script it is as good, and as old as it says.
"use strict";
setInterval(async () => {
  if (document.hidden || document.activeElement?.closest("main")) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const opened = [...document.querySelectorAll("details")].map((details) => details.open);
    document.querySelector("main").replaceWith(fresh);
    document.querySelectorAll("details").forEach((details, at) => (details.open = opened[at] ?? false));
  } catch {
    // The next time may go better; until then the page says how old it is.
  }
}, 20_000);
