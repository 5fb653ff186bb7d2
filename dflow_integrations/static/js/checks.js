"use strict";
// A card that htmx replaces keeps what the reader opened, and the focus. Everything works without this.

let kept = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const asked = new URL(event.detail.pathInfo.requestPath, location.href).pathname;
  if (event.detail.xhr.responseURL && new URL(event.detail.xhr.responseURL).pathname !== asked) {
    event.detail.shouldSwap = false; // signed out meanwhile: the answer is the sign-in page
    location.reload();
    return;
  }
  const target = event.detail.target;
  if (!target) return;
  const opened = new Map();
  for (const details of target.querySelectorAll("details[id]")) opened.set(details.id, details.open);
  const focused = target.contains(document.activeElement) ? document.activeElement : null;
  const holder = focused?.closest("details[id]");
  kept = { opened, focus: holder ? `#${CSS.escape(holder.id)} > summary` : null };
});

document.addEventListener("htmx:afterSwap", () => {
  if (!kept) return;
  for (const [id, open] of kept.opened) {
    const details = document.getElementById(id);
    if (details && (open || !details.querySelector(":scope > summary .v.fail"))) details.open = open;
  }
  if (kept.focus) document.querySelector(kept.focus)?.focus();
  kept = null;
});
