"use strict";
// The button does what the browser's own menu does as well, so it stands there only where this runs.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
